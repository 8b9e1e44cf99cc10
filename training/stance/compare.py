"""Compare ways of training the stance classifier, on the development split, one run each.

    python -m training.stance.compare CORPORA_DIR --encoder FOLDER [--variants base alone ...] [--share 1] [--epochs 3]
    python -m training.stance.compare CORPORA_DIR --checkpoints RUN OTHER_RUN ...

Prints macro-F1 on dev (documents that no label of training came from), as the quotes are and with labels equally
frequent, after fitting temperature and biases there, for each variant. One run of MiniLM takes some minutes on 2 cores;
scores of single seeds move by about 0.01 to 0.02, so smaller gaps are ties. With ``--share`` every variant learns
that share of the training quotes, the same ones for all.

The variants: ``base`` as train.py trains; ``alone`` without the sentence before the quote as a second segment;
``unweighted`` without class weights; ``unsmoothed`` without label smoothing; ``unwritten`` without the quotes of our
own writing; ``dropout`` with the encoder's usual dropout of 0.1; ``rdrop`` with R-Drop (Liang et al., NeurIPS 2021):
every batch read twice under dropout, and the two readings pulled together; ``warmed`` with a first epoch on the human
PLOVER codes, mapped to stances mechanically; ``weak`` with those sentences among the training quotes.

``--left-out`` compares something else: for each source with quotes enough on dev, a model that learned everything but
that source, beside one that went without as many quotes drawn from all sources, on the quotes of that source on dev.

With ``--checkpoints`` nothing is trained: what train.py or average.py left is scored on dev, with and without the
sentence before.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForSequenceClassification

from quotestance.checkpoints import load_model, load_tokenizer
from quotestance.training.calibration import fit_calibration
from quotestance.types import STANCES
from training.cards import head, line, percent
from training.fitting import SEED, make_parser, start
from training.stance.data import Row, gold_of, project_rows, read_jsonl
from training.stance.inputs import Logits, logits_of, predict, tokenize, without_context
from training.stance.train import Settings, apart, class_weights, fit, loss_of, new_model, plain_loss, scores

CHANGES: Mapping[str, Mapping[str, Any]] = {
    "base": {},
    "alone": {},
    "unweighted": {},
    "unsmoothed": {"smoothing": 0.0},
    "unwritten": {},
    "dropout": {"dropout": 0.1},
    "rdrop": {"dropout": 0.1},
    "warmed": {},
    "weak": {},
}
"""What the settings of each variant are, where they are not those of train.py."""

RDROP_WEIGHT = 1.0
"""Of the divergence of two readings beside their loss."""

LEAST_QUOTES = 60
"""Quotes of a source on dev that it needs to be left out."""

WEAK_FILES = ("plv_plover.jsonl", "plover_gsr.jsonl")

COLUMN_NAMES = ("dev macro-F1", "labels equally frequent")


@dataclass(frozen=True, slots=True)
class Learned:
    """A trained model, the tokenized quotes of dev and the id of padding."""

    model: Any
    dev: list[Row]
    pad: int

    def logits(self, rows: Sequence[Row]) -> Logits:
        """Logits of the stances, ``(rows, 3)``."""
        return predict(self.model, rows, self.pad)[:, : len(STANCES)]

    def biases(self, rows: Sequence[Row]) -> Any:
        """The biases that suit all of the rows."""
        return fit_calibration(self.logits(rows), gold_of(rows))[1]

    def scores(self, rows: Sequence[Row], biases: Any = None) -> list[str]:
        """Macro-F1 in % as the quotes are and with labels equally frequent, with biases fitted to them or given."""
        logits = self.logits(rows)
        fitted = fit_calibration(logits, gold_of(rows))[1] if biases is None else biases
        return list(map(percent, scores(logits + fitted, rows)))


def rows_of(corpora: Path, variant: str) -> list[Row]:
    """Labelled and written quotes, as the variant wants them."""
    rows = project_rows(corpora)
    if variant == "unwritten":
        return [row for row in rows if "is_common" in row]
    if variant == "alone":
        for row in rows:
            row.pop("context", None)
    return rows


def weak_rows(corpora: Path) -> Iterator[Row]:
    """Sentences with human event codes, their stance read off the code."""
    for name in WEAK_FILES:
        for row in read_jsonl(corpora / "stance" / name):
            if row.get("weak_stance") in STANCES:
                yield {"text": row["text"], "label": row["weak_stance"], "conditional": False}


def rdrop_loss(model: Any, rows: Sequence[Row], weights: Tensor, pad: int, settings: Settings) -> Tensor:
    """Mean loss of two readings under dropout, and their symmetric Kullback-Leibler divergence on the stance."""
    one, two = (logits_of(model, rows, pad) for _ in range(2))
    main = (loss_of(one, rows, weights, settings) + loss_of(two, rows, weights, settings)) / 2
    return main + RDROP_WEIGHT * apart(one, two).mean()


def learn(variant: str, args: argparse.Namespace, keep: Callable[[list[Row]], list[Row]] = list) -> Learned:
    """Train one variant; ``keep`` tells which quotes it learns."""
    torch.manual_seed(args.seed)
    usual = Settings(epochs=args.epochs, rate=args.rate, seed=args.seed)
    settings = replace(usual, **CHANGES[variant])
    rows = rows_of(args.corpora, variant)
    train, dev = ([row for row in rows if row["split"] == split] for split in ("train", "dev"))
    train = keep(random.Random(0).sample(train, round(args.share * len(train))))
    weak = list(weak_rows(args.corpora)) if variant in ("warmed", "weak") else []
    if variant == "weak":
        train += weak
    tokenizer = load_tokenizer(args.encoder)
    for part in filter(None, (train, dev, weak)):
        tokenize(part, tokenizer)
    weights = torch.ones(3) if variant == "unweighted" else class_weights(train, settings)
    model, pad = new_model(args.encoder, settings), tokenizer.pad_token_id
    if variant == "warmed":
        fit(model, weak, dev, weights, pad, replace(settings, epochs=1))
    step_loss = rdrop_loss if variant == "rdrop" else plain_loss
    fit(model, train, dev, weights, pad, settings, step_loss=step_loss)
    return Learned(model, dev, pad)


def of_source(source: str, rows: Iterable[Row]) -> list[Row]:
    """The rows that come from a source."""
    return [row for row in rows if row.get("source") == source]


def without(source: str, rows: Iterable[Row]) -> list[Row]:
    """The rows that do not come from a source."""
    return [row for row in rows if row.get("source") != source]


def as_many_as_without(source: str, rows: list[Row]) -> list[Row]:
    """Rows drawn from all sources, as many as there are without one."""
    return random.Random(1).sample(rows, len(without(source, rows)))


def compare_variants(args: argparse.Namespace) -> None:
    """Print a line for every variant."""
    print(head("variant", *COLUMN_NAMES), flush=True)
    for variant in args.variants:
        learned = learn(variant, args)
        print(line(variant, *learned.scores(learned.dev)), flush=True)


def compare_sources(args: argparse.Namespace) -> None:
    """Print a line for every source: scores on it when it was learned, and when it was left out."""
    print(head("source", "quotes", "learned", "left out"), flush=True)
    counts = Counter(row["source"] for row in rows_of(args.corpora, "base") if row["split"] == "dev")
    for source in sorted(name for name, count in counts.items() if count >= LEAST_QUOTES):
        cells = []
        for keep in (as_many_as_without, without):
            learned = learn("base", args, partial(keep, source))
            found = learned.scores(of_source(source, learned.dev), learned.biases(learned.dev))
            cells.append(" / ".join(found))
        print(line(source, counts[source], *cells), flush=True)


def compare_checkpoints(args: argparse.Namespace) -> None:
    """Print two lines for every checkpoint, its biases fitted to both readings of dev as release.py does."""
    print(head("checkpoint", *COLUMN_NAMES), flush=True)
    dev = [row for row in rows_of(args.corpora, "base") if row["split"] == "dev"]
    for name in args.checkpoints:
        model, tokenizer = load_model(AutoModelForSequenceClassification, name), load_tokenizer(name)
        tokenize(dev, tokenizer)
        read, alone = Learned(model, dev, tokenizer.pad_token_id), without_context(dev)
        biases = read.biases(dev + alone)
        for rows, words in ((dev, ""), (alone, " without the sentence before")):
            print(line(f"{name}{words}", *read.scores(rows, biases)), flush=True)


def main() -> None:
    """Print a table of variants, of sources or of checkpoints."""
    parser = make_parser(__doc__)
    parser.add_argument("corpora", type=Path)
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--encoder")
    given.add_argument("--checkpoints", nargs="+")
    parser.add_argument("--variants", nargs="+", choices=CHANGES, default=list(CHANGES))
    parser.add_argument("--left-out", action="store_true")
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    start(seed=args.seed, threads=args.threads)
    work = compare_checkpoints if args.checkpoints else compare_sources if args.left_out else compare_variants
    work(args)


if __name__ == "__main__":
    main()
