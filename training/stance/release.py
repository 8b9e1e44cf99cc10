"""Calibrate a stance checkpoint, and write it to models/ with its card and metrics.

    python training/stance/release.py CHECKPOINT CORPORA_DIR models/stance-en --recipe "How it was trained." [--half]

Weights are stored as int8 by row, with ``--half`` as float16; the card shows what either costs. All figures are on
quotes from documents that no label of training came from (measures.py has them); those "with labels equally frequent"
weigh each quote by the inverse frequency of its label, which is also what the probabilities are calibrated for (see
train.py).
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import torch
from data import load_items, load_pairs, load_written, table, texts
from floors import floors
from measures import Row, conditionals, describe, pairs_right, probabilities, shares_of
from train import calibrate, gold_of, macro_f1, project_rows

from quotestance.checkpoints import as_int8, write_weights
from quotestance.quotes.assembly import QuotedText
from quotestance.stance.classifier import StanceClassifier
from quotestance.stance.utterance import sentence_before
from quotestance.text import quotations
from quotestance.types import STANCES, Span, Stance

CARD = Path(__file__).with_name("card.md")
PICKED = {"lm-f", "lm-g", "lm-h"}  # whose quotes a keyword model picked for being hard (labels/README.md)

log = logging.getLogger("release")


def classify(classifier: StanceClassifier, rows: Sequence[Row]) -> list[Stance]:
    """Stance of every row."""
    return classifier.classify([row["text"] for row in rows], [row.get("context", "") for row in rows])


def fit_to(classifier: StanceClassifier, rows: Sequence[Row]) -> StanceClassifier:
    """The classifier with temperature and biases fitted on held-out quotes, read with and without their context."""
    plain = replace(classifier, temperature=1.0)
    read = [*classify(plain, rows), *classify(plain, [{**row, "context": ""} for row in rows])]
    calibrate(plain.model, np.log(np.clip(probabilities(read), 1e-9, 1)), np.tile(gold_of(rows), 2))
    return replace(plain, temperature=plain.model.config.stance_temperature)


def store(model: Any, tokenizer: Any, out: Path, *, half: bool) -> None:
    """Write a model in reduced precision."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    weights = model.state_dict()
    reduce: Callable[[Any], dict[str, Any]] = (
        (lambda w: {k: v.half().contiguous() for k, v in w.items()}) if half else as_int8
    )
    write_weights(reduce({name: weight for name, weight in weights.items() if weight.is_floating_point()}), out)
    model.config.save_pretrained(out)
    tokenizer.save_pretrained(out)


def forget_origin(folder: Path) -> None:
    """Leave out of a folder's configuration where the encoder came from."""
    config = json.loads((folder / "config.json").read_text())
    config.pop("_name_or_path", None)
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def percent(value: float) -> str:
    """A share in %, with one decimal."""
    return f"{100 * value:.1f}"


def interval(bounds: Sequence[float]) -> str:
    """The two ends of an interval in %."""
    return " to ".join(map(percent, bounds))


def slice_table(name: str, slices: Row) -> str:
    """Slices with how many of their quotes have each label."""
    head = (name, "quotes", "escalatory / de-escalatory / neutral", "macro-F1", "95% interval")
    lines = (
        (value, one["count"], " / ".join(map(str, one["labels"])), percent(one["macro_f1"]), interval(one["interval"]))
        for value, one in slices.items()
    )
    return table(head, *lines)


def label_table(test: Row) -> str:
    """Every label, as the quotes fall and with labels equally frequent."""
    head = ("label", "precision", "recall", "F1", "quotes", "F1, labels equally frequent")
    lines = (
        (
            label,
            *(percent(f[key]) for key in ("precision", "recall")),
            f"{percent(f['f1'])} ({interval(test['f1_interval'][label])})",
            f["support"],
            f"{percent(test['balanced']['f1'][label])} ({interval(test['balanced']['f1_interval'][label])})",
        )
        for label, f in test["labels"].items()
    )
    return table(head, *lines)


def curve_table(curve: Sequence[Row]) -> str:
    """What abstaining leaves."""
    columns = ("coverage", "accuracy", "macro_f1")
    lines = ((f"{one['least']:.1f}", *(percent(one[column]) for column in columns)) for one in curve)
    return table(("abstain below", "% answered", "% right", "macro-F1"), *lines)


def write_card(metrics: Row, name: str, recipe: str, out: Path) -> None:
    """The README of the model folder."""
    test, alone = metrics["test"], metrics["test_without_context"]
    config = json.loads((out / "config.json").read_text())
    bins = (
        (f"{b['from']:.2f}", b["count"], f"{b['confidence']:.2f}", f"{b['right']:.2f}") for b in test["reliability"]
    )
    text = Template(CARD.read_text(encoding="utf-8")).substitute(
        name=name,
        recipe=recipe,
        kind=config["model_type"],
        layers=config["num_hidden_layers"],
        width=config["hidden_size"],
        parameters=f"{metrics['parameters'] / 1e6:.0f}",
        size=f"{sum(file.stat().st_size for file in out.glob('*.safetensors')) / 1e6:.0f}",
        train=metrics["train"],
        written=metrics["written"],
        quotes=test["quotes"],
        documents=metrics["documents"],
        picked=f"{100 * metrics['picked']:.0f}",
        f1=percent(test["macro_f1"]),
        f1_interval=interval(test["interval"]),
        balanced=percent(test["balanced"]["macro_f1"]),
        balanced_interval=interval(test["balanced"]["interval"]),
        shifted=percent(test["under_shares_of_dev"]["macro_f1"]),
        float_f1=percent(metrics["test_float"]),
        alone_f1=percent(alone["macro_f1"]),
        alone_balanced=percent(alone["balanced"]["macro_f1"]),
        **{f"{floor}_f1": percent(score) for floor, score in metrics["floors"].items()},
        **{f"{floor}_balanced": percent(score) for floor, score in metrics["floors_balanced"].items()},
        pairs=f"{100 * metrics['pairs']['all_right']:.0f}",
        groups=metrics["pairs"]["groups"],
        conditional=", ".join(
            f"{100 * metrics['conditional'][key]['f1']:.0f} on {words} ({metrics['conditional'][key]['support']})"
            for key, words in (("test", "the test quotes"), ("pairs", "the pairs"))
        ),
        labels=label_table(test),
        confusion=table(("gold \\ predicted", *STANCES), *zip_rows(test["confusion"])),
        hard=percent(test["all_hard_cases"]["macro_f1"]),
        hard_interval=interval(test["all_hard_cases"]["interval"]),
        hard_count=test["all_hard_cases"]["count"],
        cases=slice_table("hard case", test["hard_cases"]),
        sources=slice_table("source", test["sources"]),
        kinds=slice_table("kind", test["kinds"]),
        temperature=metrics["temperature"],
        ece=f"{test['ece']:.3f}",
        alone_ece=f"{alone['ece']:.3f}",
        fallen_ece=f"{test['ece_as_they_fall']:.3f}",
        shifted_ece=f"{test['ece_under_shares_of_dev']:.3f}",
        shares=", ".join(f"{100 * share:.0f}% {label}" for label, share in metrics["shares_of_dev"].items()),
        bins=table(("confidence from", "quotes", "mean confidence", "share right"), *bins),
        curve=curve_table(test["risk_coverage"]),
        shifted_curve=curve_table(test["risk_coverage_under_shares_of_dev"]),
    )
    (out / "README.md").write_text(text, encoding="utf-8")


def zip_rows(confusion: Sequence[Sequence[int]]) -> list[tuple[object, ...]]:
    """The rows of a confusion matrix with their labels."""
    return [(label, *row) for label, row in zip(STANCES, confusion, strict=True)]


def read_items(corpora: Path) -> list[Row]:
    """The labelled quotes with the columns that they are reported by."""
    documents, _ = texts(corpora)
    quoted = {place: QuotedText(text, quotations(text)) for place, text in documents.items()}
    rows = []
    for item in load_items(corpora):
        inside = quoted.get((item.source, item.path))
        start, end = (item.start, item.end) if inside else (0, len(item.text))
        inside = inside or QuotedText(item.text, quotations(item.text))
        rows.append(
            {
                **{"text": item.text, "label": item.label, "split": item.split, "conditional": item.conditional},
                **{"source": item.source, "document": (item.source, item.path), "hard_case": item.hard_case},
                "context": sentence_before(item.before, len(item.before)),
                "kind": inside.kind([Span.of(inside.text, start, end)]),
                "is_picked": not PICKED.isdisjoint(item.annotators),
            }
        )
    return rows


def main() -> None:
    """Store, calibrate, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--recipe", required=True, help="how the checkpoint was trained, for the card")
    parser.add_argument("--half", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(args.threads)
    items = read_items(args.corpora)
    split = {name: [row for row in items if row["split"] == name] for name in ("train", "dev", "test")}
    pairs = [row for row in load_pairs() if row["split"] == "pairs"]

    full = fit_to(StanceClassifier.load(args.checkpoint), split["dev"])
    store(full.model, full.tokenizer, args.out, half=args.half)
    forget_origin(args.out)
    stored = StanceClassifier.load(args.out)
    test, in_pairs = classify(stored, split["test"]), classify(stored, pairs)
    alone = classify(stored, [{**row, "context": ""} for row in split["test"]])
    guesses = floors(project_rows(args.corpora), split["test"])
    shares = shares_of(split["dev"])
    gold = gold_of(split["test"])
    metrics: Row = {
        "train": len(split["train"]),
        "written": sum(row["split"] == "train" for row in load_pairs()) + len(load_written()),
        "documents": len({row["document"] for row in split["test"]}),
        "picked": float(np.mean([row["is_picked"] for row in split["test"]])),
        "parameters": sum(weight.numel() for weight in stored.model.parameters()),
        "temperature": stored.temperature,
        "shares_of_dev": dict(zip(STANCES, shares.tolist(), strict=True)),
        "dev": describe(probabilities(classify(stored, split["dev"])), split["dev"], shares),
        "test": describe(probabilities(test), split["test"], shares),
        "test_without_context": describe(probabilities(alone), split["test"], shares),
        "test_float": macro_f1(gold, probabilities(classify(full, split["test"])).argmax(1)),
        "pairs": pairs_right(probabilities(in_pairs), pairs),
        "conditional": {"test": conditionals(test, split["test"]), "pairs": conditionals(in_pairs, pairs)},
        "floors": {name: macro_f1(gold, guess) for name, guess in guesses.items()},
        "floors_balanced": {name: macro_f1(gold, guess, balanced=True) for name, guess in guesses.items()},
    }
    (args.out / "metrics.json").write_text(json.dumps(metrics, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    write_card(metrics, args.out.name, args.recipe, args.out)
    for part in ("dev", "test"):
        log.info("%s %.3f balanced %s", part, metrics[part]["macro_f1"], metrics[part]["balanced"])
    log.info("float %.3f ece %.3f pairs %s", metrics["test_float"], metrics["test"]["ece"], metrics["pairs"])
    log.info("labels %s floors %s", metrics["test"]["labels"], metrics["floors"])


if __name__ == "__main__":
    main()
