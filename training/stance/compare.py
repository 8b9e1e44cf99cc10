"""Compare ways of training the stance classifier, on the development split, one run each.

    python training/stance/compare.py CORPORA_DIR --encoder FOLDER [--variants base context ...] [--epochs 3]

Prints macro-F1 on dev (documents that no label of training came from), as the quotes are and with labels equally
frequent, after fitting temperature and biases there, for each variant. One run of MiniLM takes some minutes on 2 cores;
scores of single seeds move by about 0.01 to 0.02, so smaller gaps are ties.

The variants: ``base`` as train.py trains; ``alone`` without the sentence before the quote as a second segment;
``unweighted`` without class weights; ``unsmoothed`` without label smoothing; ``unwritten`` without the quotes of our
own writing; ``warmed`` with a first epoch on the human PLOVER codes, mapped to stances mechanically; ``weak`` with
those sentences among the training quotes.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import train as trainer
from data import read_jsonl
from transformers import AutoTokenizer

from quotestance.types import STANCES

VARIANTS = ("base", "alone", "unweighted", "unsmoothed", "unwritten", "warmed", "weak")
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


def run(variant: str, args: argparse.Namespace) -> tuple[float, float]:
    """Train one variant; macro-F1 on dev as it is and with labels equally frequent."""
    torch.manual_seed(args.seed)
    rows = rows_of(args.corpora, variant)
    train, dev = ([row for row in rows if row["split"] == split] for split in ("train", "dev"))
    weak = list(weak_rows(args.corpora)) if variant in ("warmed", "weak") else []
    if variant == "weak":
        train += weak
    tokenizer = AutoTokenizer.from_pretrained(args.encoder)
    for part in filter(None, (train, dev, weak)):
        trainer.tokenize(part, tokenizer)
    trainer.SMOOTHING = 0.0 if variant == "unsmoothed" else 0.05
    weights = torch.ones(3) if variant == "unweighted" else trainer.class_weights(train)
    model = trainer.new_model(args.encoder)
    pad = tokenizer.pad_token_id
    with tempfile.TemporaryDirectory() as out:
        given = {"seed": args.seed, "rate": args.rate, "out": Path(out)}
        if variant == "warmed":
            trainer.fit(model, weak, dev, weights, pad, Namespace(epochs=1, **given))
        trainer.fit(model, train, dev, weights, pad, Namespace(epochs=args.epochs, **given))
    logits, gold = trainer.predict(model, dev, pad)[:, : len(STANCES)], trainer.gold_of(dev)
    guess = (logits + trainer.fit_calibration(logits, gold)[1]).argmax(1)
    return trainer.macro_f1(gold, guess), trainer.macro_f1(gold, guess, balanced=True)


def main() -> None:
    """Print a line for every variant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=VARIANTS)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=trainer.SEED)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(args.threads)
    for variant in args.variants:
        natural, balanced = run(variant, args)
        print(f"{variant:12s} macro-F1 {100 * natural:.1f}   balanced {100 * balanced:.1f}", flush=True)


if __name__ == "__main__":
    main()
