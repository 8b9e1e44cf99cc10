"""Compare ways of training the attribution model, on dev, one short run each.

    python training/attribution/compare.py POLNEAR_DIR/data --encoder FOLDER [--variants base dropout ...]
    python training/attribution/compare.py POLNEAR_DIR/data --checkpoints RUN_DIR/epoch-5 OTHER_RUN/epoch-5 ...

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
import logging
import random
from contextlib import nullcontext
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
import train as trainer
from ablate import COLUMNS, row
from examples import Example, make_example, read_forms
from release import decode_all, read_all
from torch import Tensor

from quotestance.checkpoints import load_tokenizer
from quotestance.evaluation import Report, evaluate, read_gold
from quotestance.evaluation.formats.brat import read_annotators
from quotestance.quotes import decoding
from quotestance.quotes.finder import QuoteFinder
from quotestance.reader.model import TAGS, AttributionModel
from quotestance.types import Article

VARIANTS = (
    "base",
    "dropout",
    "float32",
    "unmasked",
    "unaveraged",
    "formless",
    "more",
    "weighted",
    "crf",
    "short",
    "annotators",
)
FORMS_READ = {"formless": 0, "more": None}  # of our own passages, where it is not what train.py reads
BIASES = (0.0, -0.3, -0.6, -0.9)  # tried on the log-odds of content


def share_of(articles: list[Article], share: float) -> list[Article]:
    """So many of the articles, the same ones every time."""
    return random.Random(0).sample(articles, round(share * len(articles)))


def weighted_loss(examples: list[Example]) -> Any:
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
    if hasattr(finder.model, "transitions"):
        decoding._TRANSITIONS = decoding._TRANSITIONS + finder.model.transitions.detach().numpy()
    read = read_all(finder, gold)
    reports = [
        evaluate(gold, decode_all(gold, read, {**finder.settings, "source": 0.05, "content_bias": bias}), draws=0)
        for bias in BIASES
    ]
    return max(reports, key=lambda report: sum(report.figure(column) or 0.0 for column in COLUMNS[:2]))


def run(variant: str, args: argparse.Namespace) -> str:
    """Train one variant; its line of the table."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    tokenizer = load_tokenizer(args.encoder)
    gold = read_gold(args.data / "dev")
    forms = read_forms(trainer.FORMS)[: FORMS_READ.get(variant, trainer.FORMS_READ)]
    articles = share_of(read_gold(args.data / "train"), args.share)
    if variant == "annotators":
        read = read_annotators(args.data / "train")
        articles += [other for article in articles for other in read[article.id][1:]]
    articles += trainer.FORMS_REPEATED * share_of(forms, args.share)
    train = [make_example(article, tokenizer) for article in articles]
    model = trainer.new_model(args.encoder, dropout=0.1 if variant == "dropout" else 0.0)
    change(variant, model, train)
    model.train()
    for _ in trainer.fit(model, train, tokenizer, args):
        pass
    return row(variant, best_on(gold, QuoteFinder(model.eval(), tokenizer)))


def run_checkpoint(checkpoint: str, args: argparse.Namespace) -> str:
    """The line of a checkpoint."""
    torch.set_num_threads(args.threads)
    return row(checkpoint, best_on(read_gold(args.data / "dev"), QuoteFinder.load(checkpoint)))


def change(variant: str, model: Any, train: list[Example]) -> None:
    """Make of train.py what the variant wants, in this process."""
    if variant == "unmasked":
        trainer.MASKED = trainer.MASKED_NAMES = 0.0
    if variant == "unaveraged":
        trainer.AVERAGE_DECAY = 0.0
    if variant == "float32":
        trainer.PRECISION = lambda _: nullcontext()
    if variant == "short":
        trainer.WINDOW = model.config.window = 256
    if variant == "weighted":
        trainer.tag_loss = weighted_loss(train)
    if variant == "crf":
        model.transitions = torch.nn.Parameter(torch.zeros(len(TAGS), len(TAGS)))
        trainer.tag_loss = chain_loss


def main() -> None:
    """Print a line for every variant, each run in a process of its own so that it leaves nothing behind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--encoder")
    given.add_argument("--checkpoints", nargs="+")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=VARIANTS)
    parser.add_argument("--share", type=float, default=0.3)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=trainer.RATE)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=trainer.SEED)
    args = parser.parse_args()
    print("| variant | all | direct + mixed | indirect | passages |\n| --- | --- | --- | --- | --- |", flush=True)
    with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        work, names = (run_checkpoint, args.checkpoints) if args.checkpoints else (run, args.variants)
        for line in pool.imap(partial(work, args=args), names):
            print(line, flush=True)


if __name__ == "__main__":
    main()
