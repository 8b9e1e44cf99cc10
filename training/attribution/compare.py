"""Compare ways of training the attribution model, on dev, one short run each.

    python -m training.attribution.compare POLNEAR_DIR/data --encoder FOLDER [--variants base dropout ...]
    python -m training.attribution.compare POLNEAR_DIR/data --checkpoints RUN_DIR/epoch-5 OTHER_RUN/epoch-5 ...

Every variant learns a share of the training articles and of our own passages, the same for all, for so many epochs, is
decoded with the best ``content_bias`` on dev, and gets a line of a Markdown table with F1 in %. Short runs tell what
helps early, not what is best at the end; gaps under a point are ties.

The variants: ``base`` as train.py trains; ``dropout`` of 0.1 in the encoder; ``float32`` without bfloat16; ``unmasked``
without hidden words; ``unaveraged`` without the running average of the weights; ``formless`` without our own passages,
``more`` with all of them instead of the first 361; ``weighted`` with rare tags weighing more (the inverse square root
of their frequency); ``crf`` with a linear chain over the tags (Lafferty et al., ICML 2001), learned and decoded with
its transitions; ``short`` with windows of 256 tokens; ``annotators`` with every annotator's reading of the articles
that have several.

With ``--checkpoints`` nothing is trained: what train.py or average.py left gets its lines.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from quotestance.checkpoints import load_tokenizer
from quotestance.evaluation import Report, evaluate, read_gold
from quotestance.evaluation.formats.brat import read_annotators
from quotestance.quotes.decoding import best_sequence
from quotestance.quotes.finder import QuoteFinder
from quotestance.reader.model import TAGS
from quotestance.reader.pretrained import AttributionModel
from quotestance.training.examples import Example, make_example
from quotestance.types import Article
from training.attribution.dev import COLUMN_NAMES, COLUMNS, Decoder, decode_all, read_all, row
from training.attribution.forms import read_forms
from training.attribution.train import FORMS, Settings, TagLoss, cross_entropy, fit, new_model
from training.cards import head
from training.fitting import SEED, make_parser, start

CHANGES: Mapping[str, Mapping[str, Any]] = {
    "base": {},
    "dropout": {"dropout": 0.1},
    "float32": {"precision": "float32"},
    "unmasked": {"masked": 0.0, "masked_names": 0.0},
    "unaveraged": {"average_decay": 0.0},
    "formless": {"forms_read": 0},
    "more": {"forms_read": None},
    "weighted": {},
    "crf": {},
    "short": {"window": 256},
    "annotators": {},
}
"""What the settings of each variant are, where they are not those of train.py."""

_Item = TypeVar("_Item")

BIASES_TRIED = (0.0, -0.3, -0.6, -0.9)
"""Added to the log-odds of content."""


def share_of(items: list[_Item], share: float) -> list[_Item]:
    """So many of the items, the same ones every time."""
    return random.Random(0).sample(items, round(share * len(items)))


def weighted_loss(examples: Sequence[Example]) -> TagLoss:
    """Cross-entropy of the tags in which rare tags weigh more, with a mean weight of 1 over the tokens."""
    counts = np.bincount(np.concatenate([example.tags for example in examples]), minlength=len(TAGS))
    raw = 1 / np.sqrt(np.maximum(counts, 1))
    weights = torch.tensor(raw * counts.sum() / (raw * counts).sum(), dtype=torch.float32)

    def loss(_: AttributionModel, tags: Tensor, gold: Tensor) -> Tensor:
        return torch.nn.functional.nll_loss(tags.flatten(0, 1), gold.flatten(), weight=weights)

    return loss


def chain_loss(model: Any, tags: Tensor, gold: Tensor) -> Tensor:
    """Negative log-likelihood of a linear chain over the tokens of each window, per token.

    Tokens without an answer stand at the ends of a window only, so they cut the chain and nothing else.
    """
    asked = gold >= 0
    known = gold.clamp(min=0)
    steps = asked[:, 1:] & asked[:, :-1]
    path = (tags.gather(-1, known[..., None])[..., 0] * asked).sum()
    path = path + (model.transitions[known[:, :-1], known[:, 1:]] * steps).sum()
    alpha, before = tags.new_zeros(tags.shape[0], len(TAGS)), torch.zeros_like(asked[:, 0])
    for place in range(tags.shape[1]):
        moved = torch.logsumexp(alpha[:, :, None] + model.transitions, dim=1)
        moved = torch.where(before[:, None], moved, 0.0) + tags[:, place]
        before = asked[:, place]
        alpha = torch.where(before[:, None], moved, alpha)
    total = torch.logsumexp(alpha, dim=1)[asked.any(1)].sum()
    loss: Tensor = (total - path) / asked.sum()
    return loss


def best_on(gold: list[Article], finder: QuoteFinder) -> Report:
    """Dev figures under the bias on content that suits the model best."""
    learned = getattr(finder.model, "transitions", None)
    decoder = Decoder() if learned is None else Decoder(partial(best_sequence, learned=learned.detach().numpy()))
    read = read_all(finder, gold)
    reports = []
    for bias in BIASES_TRIED:
        settings = {**finder.settings, "source": 0.05, "content_bias": bias}
        reports.append(evaluate(gold, decode_all(gold, read, settings, decoder), draws=0))
    return max(reports, key=lambda report: sum(report.figure(column) or 0.0 for column in COLUMNS[:2]))


def training_articles(variant: str, settings: Settings, args: argparse.Namespace) -> list[Article]:
    """What a variant learns: a share of PolNeAR and of our own passages."""
    articles = share_of(read_gold(args.data / "train", annotator="first"), args.share)
    if variant == "annotators":
        read = read_annotators(args.data / "train")
        articles += [other for article in articles for other in read[article.id][1:]]
    forms = read_forms(FORMS)[: settings.forms_read]
    return articles + settings.forms_repeated * share_of(forms, args.share)


def run(variant: str, args: argparse.Namespace) -> str:
    """Train one variant; its line of the table."""
    start(seed=args.seed, threads=args.threads)
    settings = replace(Settings(epochs=args.epochs, rate=args.rate, seed=args.seed), **CHANGES[variant])
    tokenizer = load_tokenizer(args.encoder)
    train = [make_example(article, tokenizer) for article in training_articles(variant, settings, args)]
    model: Any = new_model(args.encoder, settings)
    if variant == "crf":
        model.transitions = torch.nn.Parameter(torch.zeros(len(TAGS), len(TAGS)))
    tag_loss = {"weighted": weighted_loss(train), "crf": chain_loss}.get(variant, cross_entropy)
    model.train()
    for _ in fit(model, train, tokenizer, settings, tag_loss):
        pass
    return row(variant, best_on(read_gold(args.data / "dev", annotator="first"), QuoteFinder(model.eval(), tokenizer)))


def run_checkpoint(checkpoint: str, args: argparse.Namespace) -> str:
    """The line of a checkpoint."""
    torch.set_num_threads(args.threads)
    return row(checkpoint, best_on(read_gold(args.data / "dev", annotator="first"), QuoteFinder.load(checkpoint)))


def main() -> None:
    """Print a line for every variant."""
    usual = Settings()
    parser = make_parser(__doc__)
    parser.add_argument("data", type=Path)
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--encoder")
    given.add_argument("--checkpoints", nargs="+")
    parser.add_argument("--variants", nargs="+", choices=CHANGES, default=list(CHANGES))
    parser.add_argument("--share", type=float, default=0.3)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=usual.rate)
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    print(head("variant", *COLUMN_NAMES), flush=True)
    work, names = (run_checkpoint, args.checkpoints) if args.checkpoints else (run, args.variants)
    for name in names:
        print(work(name, args), flush=True)


if __name__ == "__main__":
    main()
