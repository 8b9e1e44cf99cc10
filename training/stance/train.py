"""Fine-tune a stance classifier.

    python -m training.stance.train OUT_DIR --encoder FOLDER --corpora CORPORA_DIR

on the project's labels (see data.py). Labels of your own: ``quotestance train stance``.

FOLDER is a pretrained encoder, or a stance model such as models/stance-en to go on from. OUT_DIR becomes an ordinary
sequence-classification folder with a fitted ``stance_temperature`` in its config and fitted biases, and loads with
``quotestance.load(stance=OUT_DIR)``.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from quotestance.checkpoints import load_tokenizer
from quotestance.evaluation.metrics.classification import macro_f1_of
from quotestance.stance.classifier import PASSAGE
from quotestance.stance.utterance import context, passage
from quotestance.training.calibration import calibrate
from quotestance.training.stance import new_model as model_over
from quotestance.training.steps import freeze
from quotestance.types import STANCES
from training.fitting import SEED, Steps, log, make_parser, save_checkpoint, start
from training.stance.data import Row, gold_of, project_rows
from training.stance.inputs import ROWS_A_BATCH, batches, logits_of, predict, tokenize, without_context
from training.stance.news import learned_rows, swapped_some

NEUTRAL_SHARE = 0.5
"""Share of the neutral quotes of news read in an epoch, drawn anew each time; there are too many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the model is trained.

    Args:
        epochs: Times that the quotes are read.
        rate: Of all weights: as it is for all-mpnet-base-v2; MiniLM wants 2e-4.
        rows_a_step: Quotes of a batch.
        weight_decay: Of AdamW.
        warm_up: Share of the steps in which the rate rises.
        dropout: In the encoder.
        smoothing: Probability that a label leaves to all three.
        neutral_share: See :data:`NEUTRAL_SHARE`.
        conditional_weight: Of the loss of ``conditional`` beside that of the stance.
        context_dropped: Share of the quotes read without what stands before, since not every user has it.
        seed: Of the order of the quotes.
        frozen: Layers of the encoder, from the first, that stay as they are, with the embeddings where there are any.
        sides_weight: Of how far apart the answers are on a quote and on the same with two sides swapped; 0: such quotes
            are read alone.
    """

    epochs: int = 3
    rate: float = 5e-5
    rows_a_step: int = ROWS_A_BATCH
    weight_decay: float = 0.01
    warm_up: float = 0.1
    dropout: float = 0.0
    smoothing: float = 0.05
    neutral_share: float = NEUTRAL_SHARE
    conditional_weight: float = 0.3
    context_dropped: float = 0.4
    seed: int = SEED
    frozen: int = 0
    sides_weight: float = 0.0


StepLoss = Callable[[Any, Sequence[Row], Tensor, int, Settings], Tensor]
"""The loss of a step, from the model, its rows, the weights of the labels and the id of padding."""


def epoch_of(rows: Sequence[Row], settings: Settings, dice: random.Random) -> list[Row]:
    """The rows that an epoch reads: all but a share of the quotes whose ``is_common`` is set, some without context."""
    kept = [row for row in rows if not row.get("is_common") or dice.random() < settings.neutral_share]
    return [
        one for row in kept for one in (without_context([row]) if dice.random() < settings.context_dropped else [row])
    ]


def loss_of(logits: Tensor, rows: Sequence[Row], weights: Tensor, settings: Settings) -> Tensor:
    """Cross-entropy with the stance and with ``conditional``."""
    conditional = torch.tensor([float(row["conditional"]) for row in rows])
    extra = torch.nn.functional.binary_cross_entropy_with_logits(logits[:, len(STANCES)], conditional)
    stance, gold = logits[:, : len(STANCES)], torch.from_numpy(gold_of(rows))
    main = torch.nn.functional.cross_entropy(stance, gold, weight=weights, label_smoothing=settings.smoothing)
    return main + settings.conditional_weight * extra


def plain_loss(model: Any, rows: Sequence[Row], weights: Tensor, pad: int, settings: Settings) -> Tensor:
    """The loss of one reading."""
    return loss_of(logits_of(model, rows, pad), rows, weights, settings)


def sides_loss(model: Any, rows: Sequence[Row], weights: Tensor, pad: int, settings: Settings) -> Tensor:
    """The loss of the rows and of their others together, and how far the answers on the two are apart.

    Apart they are by half of their symmetric Kullback-Leibler divergence, on average over all rows: what R-Drop (Liang
    et al., NeurIPS 2021) does with two readings of one text, done with two texts of one stance.
    """
    numbers = [number for number, row in enumerate(rows) if "other" in row]
    others = [_other(rows[number]) for number in numbers]
    logits = logits_of(model, [*rows, *others], pad)
    main = loss_of(logits, [*rows, *others], weights, settings)
    return main + settings.sides_weight * apart(logits[numbers], logits[len(rows) :]).sum() / len(rows)


def apart(one: Tensor, other: Tensor) -> Tensor:
    """Half of the symmetric Kullback-Leibler divergence of the stances by two logits ``(rows, 4)``, ``(rows,)``."""
    p, q = (logits[:, : len(STANCES)].log_softmax(-1) for logits in (one, other))
    return ((p.exp() - q.exp()) * (p - q)).sum(-1) / 2


def _other(row: Row) -> Row:
    """A row's other, read without what stands before where the row is."""
    other: Row = row["other"]
    return without_context([other])[0] if row["ids"] is row["bare"] else other


def new_model(encoder: str, settings: Settings) -> Any:
    """A classifier with our labels over a pretrained encoder; one of ours goes on learning."""
    return model_over(encoder, dropout=settings.dropout)


def class_weights(rows: Sequence[Row], settings: Settings) -> Tensor:
    """Inverse frequency of every label in an epoch, ``(3,)``: the three are learned as if equally frequent."""
    shares = [(row["label"], settings.neutral_share if row.get("is_common") else 1.0) for row in rows]
    counts = np.array([sum(share for name, share in shares if name == label) for label in STANCES])
    log.info("an epoch reads %s", dict(zip(STANCES, counts.tolist(), strict=True)))
    return torch.tensor(counts.sum() / (3 * np.maximum(counts, 1)), dtype=torch.float32)


def fit(
    model: Any,
    train: Sequence[Row],
    dev: Sequence[Row],
    weights: Tensor,
    pad: int,
    settings: Settings,
    *,
    step_loss: StepLoss = plain_loss,
    out: Path | None = None,
) -> None:
    """Train the model; with ``out``, save it there after every epoch."""
    dice, size = random.Random(settings.seed), settings.rows_a_step
    learned = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=settings.rate, weight_decay=settings.weight_decay, fused=True)
    total = settings.epochs * math.ceil(len(epoch_of(train, settings, random.Random(0))) / size)
    steps = Steps(model, optimizer, total=total, warm_up=settings.warm_up)
    model.train()
    for epoch in range(1, settings.epochs + 1):
        for part in batches(epoch_of(train, settings, dice), size, dice):
            steps.take(step_loss(model, part, weights, pad, settings))
        for name, rows in (("", dev), (" without context", without_context(dev))):
            natural, balanced = scores(predict(model, rows, pad)[:, : len(STANCES)], rows)
            log.info("epoch %d dev%s macro-F1 %.4f, labels equally frequent %.4f", epoch, name, natural, balanced)
        if out is not None:
            model.save_pretrained(out)


def scores(logits: Any, rows: Sequence[Row]) -> tuple[float, float]:
    """Macro-F1 of the greatest logits ``(rows, 3)``, as the quotes are and with labels equally frequent."""
    gold, guess = gold_of(rows), logits.argmax(1)
    natural, balanced = (macro_f1_of(gold, guess, len(STANCES), as_balanced=flag) for flag in (False, True))
    return natural, balanced


def main() -> None:
    """Train, choose nothing on dev but temperature and biases, save."""
    usual = Settings()
    parser = make_parser(__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=usual.epochs)
    parser.add_argument("--rate", type=float, default=usual.rate)
    parser.add_argument("--seed", type=int, default=SEED, help="order of the quotes")
    parser.add_argument("--frozen", type=int, default=0, help="layers of the encoder that stay as they are")
    parser.add_argument(
        "--news", type=float, help="add conflict news and our own passages, and keep this share of the other quotes"
    )
    parser.add_argument("--articles", type=float, default=1.0, help="share of what --news adds that is read")
    parser.add_argument("--newest", type=int, default=0, help="invented articles that are read whatever the share")
    parser.add_argument(
        "--both-sides",
        type=float,
        default=usual.sides_weight,
        metavar="WEIGHT",
        help="with --news: hold quotes with two sides swapped to those they were made of, with this weight",
    )
    parser.add_argument(
        "--sentence",
        action="store_true",
        help="with --news: read the sentence before a quote, not who speaks and two of them",
    )
    args = parser.parse_args()
    settings = Settings(
        epochs=args.epochs, rate=args.rate, seed=args.seed, frozen=args.frozen, sides_weight=args.both_sides
    )
    args.out.mkdir(parents=True, exist_ok=True)
    # Heads begin alike under every seed, so that runs end close enough to be averaged (average.py).
    start(threads=args.threads, log_file=args.out / "log.txt")

    rows = project_rows(args.corpora)
    if args.news is not None:
        dice = random.Random(args.seed)
        rows = [row for row in rows if row["split"] != "train" or dice.random() < args.news]
        before = context if args.sentence else passage
        chosen = {"share": args.articles, "newest": args.newest, "beside": bool(settings.sides_weight)}
        rows = swapped_some(rows, dice, beside=chosen["beside"])
        rows += learned_rows(args.corpora, dice, before, **chosen)
    train, dev = ([row for row in rows if row["split"] == split] for split in ("train", "dev"))
    weights = class_weights(train, settings)
    tokenizer = load_tokenizer(args.encoder)
    tokenize([*train, *dev, *(row["other"] for row in train if "other" in row)], tokenizer)
    model, pad = new_model(args.encoder, settings), tokenizer.pad_token_id
    freeze(model.base_model, settings.frozen)
    step_loss = sides_loss if settings.sides_weight else plain_loss
    fit(model, train, dev, weights, pad, settings, step_loss=step_loss, out=args.out)
    reads_passages = args.news is not None and not args.sentence  # the other quotes have one sentence at most
    model.config.stance_context = PASSAGE if reads_passages else any(row.get("context") for row in train)
    both = dev + without_context(dev)
    calibrate(model, predict(model, both, pad), gold_of(both))
    save_checkpoint(model, tokenizer, args.out)


if __name__ == "__main__":
    main()
