"""Compare ways of training the stance classifier, on the development split, one run each.

    python training/stance/compare.py CORPORA_DIR --encoder FOLDER [--variants base alone ...] [--share 1] [--epochs 3]
    python training/stance/compare.py CORPORA_DIR --checkpoints RUN OTHER_RUN ...

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
import logging
import random
import tempfile
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch
import train as trainer
from data import read_jsonl
from torch import Tensor
from transformers import AutoModelForSequenceClassification

from quotestance.checkpoints import load_model, load_tokenizer
from quotestance.types import STANCES

VARIANTS = ("base", "alone", "unweighted", "unsmoothed", "unwritten", "dropout", "rdrop", "warmed", "weak")
RDROP_WEIGHT = 1.0
LEAST_QUOTES = 60  # of a source on dev, to be left out
SMOOTHING, STEP_LOSS = trainer.SMOOTHING, trainer.step_loss
WEAK = ("plv_plover.jsonl", "plover_gsr.jsonl")

Row = dict[str, Any]


def rows_of(corpora: Path, variant: str) -> list[Row]:
    """Labelled and written quotes, as the variant wants them."""
    rows = trainer.project_rows(corpora)
    if variant == "unwritten":
        return [row for row in rows if "is_common" in row]
    if variant == "alone":
        for row in rows:
            row.pop("context", None)
    return rows


def weak_rows(corpora: Path) -> Iterator[Row]:
    """Sentences with human event codes, their stance read off the code."""
    for name in WEAK:
        for row in read_jsonl(corpora / "stance" / name):
            if row.get("weak_stance") in STANCES:
                yield {"text": row["text"], "label": row["weak_stance"], "conditional": False}


def rdrop_loss(model: Any, rows: list[Row], weights: Tensor, pad: int) -> Tensor:
    """Mean loss of two readings under dropout, and their symmetric Kullback-Leibler divergence on the stance."""
    one, two = (trainer.logits_of(model, rows, pad) for _ in range(2))
    main = (trainer.loss_of(one, rows, weights) + trainer.loss_of(two, rows, weights)) / 2
    p, q = (logits[:, : len(STANCES)].log_softmax(-1) for logits in (one, two))
    apart = ((p.exp() - q.exp()) * (p - q)).sum(-1).mean() / 2
    return main + RDROP_WEIGHT * apart


def of_source(source: str, rows: Iterable[Row]) -> list[Row]:
    """The rows that come from a source."""
    return [row for row in rows if row.get("source") == source]


def learned(
    variant: str, args: argparse.Namespace, keep: Callable[[list[Row]], list[Row]] = list
) -> tuple[Any, list[Row], int]:
    """A model of one variant, the quotes of dev, and the id of padding; ``keep`` tells which quotes it learns."""
    torch.manual_seed(args.seed)
    rows = rows_of(args.corpora, variant)
    train, dev = ([row for row in rows if row["split"] == split] for split in ("train", "dev"))
    train = keep(random.Random(0).sample(train, round(args.share * len(train))))
    weak = list(weak_rows(args.corpora)) if variant in ("warmed", "weak") else []
    if variant == "weak":
        train += weak
    tokenizer = load_tokenizer(args.encoder)
    for part in filter(None, (train, dev, weak)):
        trainer.tokenize(part, tokenizer)
    trainer.SMOOTHING = 0.0 if variant == "unsmoothed" else SMOOTHING
    trainer.step_loss = rdrop_loss if variant == "rdrop" else STEP_LOSS
    weights = torch.ones(3) if variant == "unweighted" else trainer.class_weights(train)
    model = trainer.new_model(args.encoder, dropout=0.1 if variant in ("dropout", "rdrop") else 0.0)
    pad = tokenizer.pad_token_id
    with tempfile.TemporaryDirectory() as out:
        given = {"seed": args.seed, "rate": args.rate, "out": Path(out)}
        if variant == "warmed":
            trainer.fit(model, weak, dev, weights, pad, Namespace(epochs=1, **given))
        trainer.fit(model, train, dev, weights, pad, Namespace(epochs=args.epochs, **given))
    return model, dev, pad


def scores(model: Any, rows: list[Row], pad: int, biases: Any = None) -> tuple[float, float]:
    """Macro-F1 as the quotes are and with labels equally frequent, with biases fitted to them or given."""
    logits, gold = trainer.predict(model, rows, pad)[:, : len(STANCES)], trainer.gold_of(rows)
    guess = (logits + (trainer.fit_calibration(logits, gold)[1] if biases is None else biases)).argmax(1)
    return trainer.macro_f1(gold, guess), trainer.macro_f1(gold, guess, balanced=True)


def without(source: str, rows: list[Row]) -> list[Row]:
    """The rows that do not come from a source."""
    return [row for row in rows if row.get("source") != source]


def as_many_as_without(source: str, rows: list[Row]) -> list[Row]:
    """Rows drawn from all sources, as many as there are without one."""
    return random.Random(1).sample(rows, len(without(source, rows)))


def compare_sources(args: argparse.Namespace) -> None:
    """Print a line for every source: scores on it when it was learned, and when it was left out."""
    print("| source | quotes | learned | left out |\n| --- | --- | --- | --- |", flush=True)
    counts = Counter(row["source"] for row in rows_of(args.corpora, "base") if row["split"] == "dev")
    for source in sorted(name for name, count in counts.items() if count >= LEAST_QUOTES):
        cells = []
        for keep in (as_many_as_without, without):
            model, dev, pad = learned("base", args, partial(keep, source))
            found = scores(model, of_source(source, dev), pad, bias_on(model, dev, pad))
            cells.append(" / ".join(f"{100 * score:.1f}" for score in found))
        print(f"| {source} | {counts[source]} | " + " | ".join(cells) + " |", flush=True)


def bias_on(model: Any, rows: list[Row], pad: int) -> Any:
    """The biases that suit all of the rows."""
    return trainer.fit_calibration(trainer.predict(model, rows, pad), trainer.gold_of(rows))[1]


def compare_checkpoints(args: argparse.Namespace) -> None:
    """Print two lines for every checkpoint, its biases fitted to both readings of dev as release.py does."""
    print("| checkpoint | dev macro-F1 | labels equally frequent |\n| --- | --- | --- |", flush=True)
    dev = [row for row in rows_of(args.corpora, "base") if row["split"] == "dev"]
    for name in args.checkpoints:
        model, tokenizer = load_model(AutoModelForSequenceClassification, name), load_tokenizer(name)
        trainer.tokenize(dev, tokenizer)
        bare, pad = trainer.without_context(dev), tokenizer.pad_token_id
        biases = bias_on(model, dev + bare, pad)
        for rows, words in ((dev, ""), (bare, " without the sentence before")):
            natural, balanced = scores(model, rows, pad, biases)
            print(f"| {name}{words} | {100 * natural:.1f} | {100 * balanced:.1f} |", flush=True)


def main() -> None:
    """Print a line for every variant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--encoder")
    given.add_argument("--checkpoints", nargs="+")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=VARIANTS)
    parser.add_argument("--left-out", action="store_true")
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=trainer.SEED)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(args.threads)
    if args.checkpoints:
        compare_checkpoints(args)
        return
    if args.left_out:
        compare_sources(args)
        return
    print("| variant | dev macro-F1 | labels equally frequent |\n| --- | --- | --- |", flush=True)
    for variant in args.variants:
        natural, balanced = scores(*learned(variant, args))
        print(f"| {variant} | {100 * natural:.1f} | {100 * balanced:.1f} |", flush=True)


if __name__ == "__main__":
    main()
