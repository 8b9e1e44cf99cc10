"""Calibrate a stance checkpoint, and write it to models/ with its card and metrics.

    python -m training.stance.release CHECKPOINT CORPORA_DIR models/stance-en --recipe "How it was trained." [--half]

Weights are stored as int8 by row, with ``--half`` as float16; the card shows what either costs. All figures are on
quotes from documents that no label of training came from (measures.py has them); those "with labels equally frequent"
weigh each quote by the inverse frequency of its label, which is also what the probabilities are calibrated for (see
temperature.py).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from quotestance.checkpoints import as_int8, write_weights
from quotestance.evaluation.metrics.classification import Numbers, macro_f1_of
from quotestance.quotes.assembly import QuotedText
from quotestance.stance.classifier import StanceClassifier
from quotestance.stance.utterance import sentence_before
from quotestance.text import quotations
from quotestance.types import STANCES, Span
from training.cards import interval, percent, table, write_card, write_metrics
from training.fitting import floating, half, log, make_parser, start
from training.stance.data import Row, bare, gold_of, load_items, load_pairs, load_written, project_rows, texts
from training.stance.floors import floors
from training.stance.measures import classify, conditionals, describe, pairs_right, probabilities, shares_of
from training.stance.temperature import calibrate

CARD = Path(__file__).with_name("card.md")

PICKED = frozenset(("lm-f", "lm-g", "lm-h"))
"""Annotators whose quotes a keyword model picked for being hard (labels/README.md)."""


def fit_to(classifier: StanceClassifier, rows: Sequence[Row]) -> StanceClassifier:
    """The classifier with temperature and biases fitted on held-out quotes, read with and without their context."""
    plain = replace(classifier, temperature=1.0)
    read = [*classify(plain, rows), *classify(plain, bare(rows))]
    calibrate(plain.model, np.log(np.clip(probabilities(read), 1e-9, 1)), np.tile(gold_of(rows), 2))
    return replace(plain, temperature=plain.model.config.stance_temperature)


def store(model: Any, tokenizer: Any, out: Path, *, as_half: bool) -> None:
    """Write a model in reduced precision."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    reduce: Callable[[Any], dict[str, Any]] = half if as_half else as_int8
    write_weights(reduce(floating(model.state_dict())), out)
    model.config.save_pretrained(out)
    tokenizer.save_pretrained(out)


def forget_origin(folder: Path) -> None:
    """Leave out of a folder's configuration where the encoder came from."""
    config = json.loads((folder / "config.json").read_text())
    config.pop("_name_or_path", None)
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


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


def card_values(metrics: Row, out: Path) -> Row:
    """What the card says, by the names in its template."""
    test, config = metrics["test"], json.loads((out / "config.json").read_text())
    return {
        "kind": config["model_type"],
        "layers": config["num_hidden_layers"],
        "width": config["hidden_size"],
        "parameters": f"{metrics['parameters'] / 1e6:.0f}",
        "size": f"{sum(file.stat().st_size for file in out.glob('*.safetensors')) / 1e6:.0f}",
        **{name: metrics[name] for name in ("train", "written", "documents", "temperature")},
        "quotes": test["quotes"],
        "picked": percent(metrics["picked"], 0),
        "float_f1": percent(metrics["test_float"]),
        **{f"{floor}_f1": percent(score) for floor, score in metrics["floors"].items()},
        **{f"{floor}_balanced": percent(score) for floor, score in metrics["floors_balanced"].items()},
        "pairs": percent(metrics["pairs"]["all_right"], 0),
        "groups": metrics["pairs"]["groups"],
        "conditional": ", ".join(
            f"{percent(metrics['conditional'][key]['f1'], 0)} on {words} ({metrics['conditional'][key]['support']})"
            for key, words in (("test", "the test quotes"), ("pairs", "the pairs"))
        ),
        "shares": ", ".join(f"{percent(share, 0)}% {label}" for label, share in metrics["shares_of_dev"].items()),
        **score_values(test, metrics["test_without_context"]),
        **calibration_values(test, metrics["test_without_context"]),
    }


def score_values(test: Row, alone: Row) -> Row:
    """The card's scores: with and without the sentence before, by label, hard case, source and kind."""
    hard = test["all_hard_cases"]
    return {
        "f1": percent(test["macro_f1"]),
        "f1_interval": interval(test["interval"]),
        "balanced": percent(test["balanced"]["macro_f1"]),
        "balanced_interval": interval(test["balanced"]["interval"]),
        "shifted": percent(test["under_shares_of_dev"]["macro_f1"]),
        "alone_f1": percent(alone["macro_f1"]),
        "alone_balanced": percent(alone["balanced"]["macro_f1"]),
        "labels": label_table(test),
        "confusion": table(("gold \\ predicted", *STANCES), *zip_rows(test["confusion"])),
        "hard": percent(hard["macro_f1"]),
        "hard_interval": interval(hard["interval"]),
        "hard_count": hard["count"],
        "cases": slice_table("hard case", test["hard_cases"]),
        "sources": slice_table("source", test["sources"]),
        "kinds": slice_table("kind", test["kinds"]),
    }


def calibration_values(test: Row, alone: Row) -> Row:
    """The card's figures on calibration and abstaining."""
    bins = (
        (f"{b['from']:.2f}", b["count"], f"{b['confidence']:.2f}", f"{b['right']:.2f}") for b in test["reliability"]
    )
    return {
        "ece": f"{test['ece']:.3f}",
        "alone_ece": f"{alone['ece']:.3f}",
        "fallen_ece": f"{test['ece_as_they_fall']:.3f}",
        "shifted_ece": f"{test['ece_under_shares_of_dev']:.3f}",
        "bins": table(("confidence from", "quotes", "mean confidence", "share right"), *bins),
        "curve": curve_table(test["risk_coverage"]),
        "shifted_curve": curve_table(test["risk_coverage_under_shares_of_dev"]),
    }


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


def floor_scores(guesses: dict[str, Numbers], gold: Numbers, *, as_balanced: bool = False) -> dict[str, float]:
    """Macro-F1 of what a model has to beat."""
    return {name: macro_f1_of(gold, guess, len(STANCES), as_balanced=as_balanced) for name, guess in guesses.items()}


def measure(full: StanceClassifier, stored: StanceClassifier, corpora: Path, items: Sequence[Row]) -> Row:
    """Every figure of a model; ``full`` is the same before its weights were reduced."""
    split = {name: [row for row in items if row["split"] == name] for name in ("train", "dev", "test")}
    pairs = [row for row in load_pairs() if row["split"] == "pairs"]
    test, in_pairs, alone = (classify(stored, rows) for rows in (split["test"], pairs, bare(split["test"])))
    gold, shares = gold_of(split["test"]), shares_of(split["dev"])
    unreduced = probabilities(classify(full, split["test"])).argmax(1)
    guesses = floors(project_rows(corpora), split["test"])
    return {
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
        "test_float": macro_f1_of(gold, unreduced, len(STANCES)),
        "pairs": pairs_right(probabilities(in_pairs), pairs),
        "conditional": {"test": conditionals(test, split["test"]), "pairs": conditionals(in_pairs, pairs)},
        "floors": floor_scores(guesses, gold),
        "floors_balanced": floor_scores(guesses, gold, as_balanced=True),
    }


def main() -> None:
    """Store, calibrate, measure, write."""
    parser = make_parser(__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--recipe", required=True, help="how the checkpoint was trained, for the card")
    parser.add_argument("--half", action="store_true")
    args = parser.parse_args()
    start(threads=args.threads)
    items = read_items(args.corpora)
    full = fit_to(
        StanceClassifier.load(args.checkpoint, precision="float32"), [row for row in items if row["split"] == "dev"]
    )
    store(full.model, full.tokenizer, args.out, as_half=args.half)
    forget_origin(args.out)
    metrics = measure(full, StanceClassifier.load(args.out), args.corpora, items)
    write_metrics(metrics, args.out)
    write_card(CARD, args.out, name=args.out.name, recipe=args.recipe, **card_values(metrics, args.out))
    for part in ("dev", "test"):
        log.info("%s %.3f balanced %s", part, metrics[part]["macro_f1"], metrics[part]["balanced"])
    log.info("float %.3f ece %.3f pairs %s", metrics["test_float"], metrics["test"]["ece"], metrics["pairs"])
    log.info("labels %s floors %s", metrics["test"]["labels"], metrics["floors"])


if __name__ == "__main__":
    main()
