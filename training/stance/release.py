"""Calibrate a stance checkpoint, and write it to models/ with its card and metrics.

    python training/stance/release.py CHECKPOINT CORPORA_DIR models/stance-en [--half]

Weights are stored as int8 by row, with ``--half`` as float16; the card shows what either costs. All figures are on
quotes from documents that no label of training came from; those "with labels equally frequent" weigh each quote by the
inverse frequency of its label, which is also what the probabilities are calibrated for (see train.py).
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from data import load_items, load_pairs, load_written
from floors import floors
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support
from train import calibrate, gold_of, label_weights, macro_f1, project_rows

from quotestance.checkpoints import as_int8, write_weights
from quotestance.stance import StanceClassifier, sentence_before
from quotestance.text import quotations
from quotestance.types import STANCES, Stance

BINS = 15
DRAWS = 1000
LEAST_CASE = 20  # quotes that a hard case needs to be listed
CARD = Path(__file__).with_name("card.md")

log = logging.getLogger("release")
Row = dict[str, Any]
Array = npt.NDArray[np.float64]


def classify(classifier: StanceClassifier, rows: Sequence[Row]) -> list[Stance]:
    """Stance of every row."""
    return classifier.classify([row["text"] for row in rows], [row.get("context", "") for row in rows])


def probabilities(stances: Sequence[Stance]) -> Array:
    """``(rows, 3)`` in the order of STANCES."""
    return np.array([[stance.probabilities[name] for name in STANCES] for stance in stances])


def conditionals(stances: Sequence[Stance], rows: Sequence[Row]) -> Row:
    """Precision, recall and F1 of ``conditional`` at a probability of 0.5."""
    given = [(stance.conditional or 0.0) >= 0.5 for stance in stances]
    gold = [row["conditional"] for row in rows]
    p, r, f, _ = precision_recall_fscore_support(gold, given, average="binary", zero_division=0)
    return {"precision": float(p), "recall": float(r), "f1": float(f), "support": sum(gold)}


def interval(gold: npt.NDArray[np.int64], guess: npt.NDArray[np.int64], *, balanced: bool) -> list[float]:
    """95% bootstrap interval of macro-F1 over quotes."""
    draws = np.random.default_rng(0).integers(0, len(gold), (DRAWS, len(gold)))
    scores = np.sort([macro_f1(gold[draw], guess[draw], balanced=balanced) for draw in draws])
    return [float(scores[int(0.025 * DRAWS)]), float(scores[int(0.975 * DRAWS)])]


def reliability(probability: Array, gold: npt.NDArray[np.int64], weights: Array) -> tuple[float, list[Row]]:
    """Expected calibration error of the top label (Naeini et al., AAAI 2015) and its bins, over weighted quotes."""
    sure, right = probability.max(1), probability.argmax(1) == gold
    places = np.minimum((sure * BINS).astype(int), BINS - 1)
    bins = [
        {
            "from": round(place / BINS, 3),
            "count": int(inside.sum()),
            "weight": float(weights[inside].sum() / len(gold)),
            "confidence": float(np.average(sure[inside], weights=weights[inside])),
            "right": float(np.average(right[inside], weights=weights[inside])),
        }
        for place in range(BINS)
        if (inside := places == place).any()
    ]
    return sum(b["weight"] * abs(b["confidence"] - b["right"]) for b in bins), bins


def risk_coverage(probability: Array, gold: npt.NDArray[np.int64]) -> list[Row]:
    """What abstaining below a probability leaves, and its accuracy and macro-F1."""
    sure, guess = probability.max(1), probability.argmax(1)
    return [
        {
            "least": least,
            "coverage": float(kept.mean()),
            "accuracy": float((guess == gold)[kept].mean()),
            "macro_f1": macro_f1(gold[kept], guess[kept]),
        }
        for least in (0.0, 0.5, 0.6, 0.7, 0.8, 0.9)
        if (kept := sure >= least).any()
    ]


def slices(rows: Sequence[Row], guess: npt.NDArray[np.int64], column: str) -> dict[str, Row]:
    """Macro-F1 by the values of a column; within a slice over the labels that occur in it."""
    counts = Counter(row[column] for row in rows)
    found = {}
    for value, count in sorted(counts.items()):
        if count >= LEAST_CASE:
            inside = np.array([row[column] == value for row in rows])
            gold = gold_of(rows)[inside]
            score = f1_score(gold, guess[inside], average="macro", labels=np.unique(gold), zero_division=0)
            found[value] = {"count": count, "macro_f1": float(score)}
    return found


def describe(probability: Array, rows: Sequence[Row]) -> Row:
    """Every figure on one set of quotes."""
    gold, guess = gold_of(rows), probability.argmax(1)
    precision, recall, f1, support = precision_recall_fscore_support(gold, guess, labels=[0, 1, 2], zero_division=0)
    weights = label_weights(gold)
    error, bins = reliability(probability, gold, weights)
    shares = np.bincount(gold, minlength=3) / len(gold)
    natural = probability * shares
    natural_error, _ = reliability(natural / natural.sum(1, keepdims=True), gold, np.ones(len(gold)))
    balanced = precision_recall_fscore_support(gold, guess, labels=[0, 1, 2], zero_division=0, sample_weight=weights)
    return {
        "quotes": len(rows),
        "macro_f1": macro_f1(gold, guess),
        "interval": interval(gold, guess, balanced=False),
        "balanced": {
            "macro_f1": macro_f1(gold, guess, balanced=True),
            "interval": interval(gold, guess, balanced=True),
            "f1": dict(zip(STANCES, map(float, balanced[2]), strict=True)),
        },
        "labels": {
            name: {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(n)}
            for name, p, r, f, n in zip(STANCES, precision, recall, f1, support, strict=True)
        },
        "confusion": confusion_matrix(gold, guess, labels=[0, 1, 2]).tolist(),
        "ece": error,
        "ece_under_own_shares": natural_error,
        "reliability": bins,
        "risk_coverage": risk_coverage(probability, gold),
        "hard_cases": slices(rows, guess, "hard_case"),
        "sources": slices(rows, guess, "source"),
        "marks": slices(rows, guess, "marks"),
    }


def pairs_right(probability: Array, rows: Sequence[Row]) -> Row:
    """Share of the held-out minimal pairs (and triples) of which every member is right."""
    right = probability.argmax(1) == gold_of(rows)
    groups: dict[int, list[bool]] = {}
    for row, one in zip(rows, right, strict=True):
        groups.setdefault(row["pair"], []).append(bool(one))
    return {
        "groups": len(groups),
        "all_right": float(np.mean([all(g) for g in groups.values()])),
        "quotes_right": float(right.mean()),
    }


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


def table(rows: Sequence[Sequence[object]], *header: str) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def write_card(metrics: Row, name: str, out: Path) -> None:
    """The README of the model folder."""
    test = metrics["test"]
    per_label = [
        (label, *(f"{100 * f[key]:.1f}" for key in ("precision", "recall", "f1")), f["support"])
        for label, f in test["labels"].items()
    ]
    cases = [(case, f["count"], f"{100 * f['macro_f1']:.1f}") for case, f in test["hard_cases"].items()]
    sources = [(source, f["count"], f"{100 * f['macro_f1']:.1f}") for source, f in test["sources"].items()]
    marks = [(kind, f["count"], f"{100 * f['macro_f1']:.1f}") for kind, f in test["marks"].items()]
    bins = [
        (f"{b['from']:.2f}", b["count"], f"{b['confidence']:.2f}", f"{b['right']:.2f}") for b in test["reliability"]
    ]
    curve = [
        (f"{c['least']:.1f}", f"{100 * c['coverage']:.0f}", f"{100 * c['accuracy']:.1f}", f"{100 * c['macro_f1']:.1f}")
        for c in test["risk_coverage"]
    ]
    confusion = [(label, *row) for label, row in zip(STANCES, test["confusion"], strict=True)]
    text = Template(CARD.read_text(encoding="utf-8")).substitute(
        name=name,
        train=metrics["train"],
        quotes=test["quotes"],
        f1=f"{100 * test['macro_f1']:.1f}",
        low=f"{100 * test['interval'][0]:.1f}",
        high=f"{100 * test['interval'][1]:.1f}",
        float_f1=f"{100 * metrics['test_float']:.1f}",
        written=metrics["written"],
        balanced=f"{100 * test['balanced']['macro_f1']:.1f}",
        balanced_low=f"{100 * test['balanced']['interval'][0]:.1f}",
        balanced_high=f"{100 * test['balanced']['interval'][1]:.1f}",
        balanced_labels=", ".join(f"{label} {100 * score:.1f}" for label, score in test["balanced"]["f1"].items()),
        lexicon_balanced=f"{100 * metrics['floors_balanced']['cue_lexicon']:.1f}",
        tfidf_balanced=f"{100 * metrics['floors_balanced']['tfidf_logistic_regression']:.1f}",
        alone_f1=f"{100 * metrics['test_without_context']['macro_f1']:.1f}",
        alone_balanced=f"{100 * metrics['test_without_context']['balanced']['macro_f1']:.1f}",
        alone_ece=f"{metrics['test_without_context']['ece']:.3f}",
        natural_ece=f"{test['ece_under_own_shares']:.3f}",
        majority=f"{100 * metrics['floors']['majority']:.1f}",
        lexicon=f"{100 * metrics['floors']['cue_lexicon']:.1f}",
        tfidf=f"{100 * metrics['floors']['tfidf_logistic_regression']:.1f}",
        ece=f"{test['ece']:.3f}",
        temperature=metrics["temperature"],
        conditional=", ".join(
            f"{100 * figures['f1']:.0f} on {name} ({figures['support']})"
            for name, figures in (
                ("the test quotes", metrics["conditional"]["test"]),
                ("the pairs", metrics["conditional"]["pairs"]),
            )
        ),
        pairs=f"{100 * metrics['pairs']['all_right']:.0f}",
        groups=metrics["pairs"]["groups"],
        labels=table(per_label, "label", "precision", "recall", "F1", "quotes"),
        confusion=table(confusion, "gold \\ predicted", *STANCES),
        cases=table(cases, "hard case", "quotes", "macro-F1"),
        sources=table(sources, "source", "quotes", "macro-F1"),
        marks=table(marks, "quote", "quotes", "macro-F1"),
        bins=table(bins, "confidence from", "quotes", "mean confidence", "share right"),
        curve=table(curve, "abstain below", "% answered", "% right", "macro-F1"),
    )
    (out / "README.md").write_text(text, encoding="utf-8")


def read_items(corpora: Path) -> list[Row]:
    """The labelled quotes with the columns that they are reported by."""
    return [
        {
            **{"text": i.text, "label": i.label, "split": i.split, "source": i.source, "hard_case": i.hard_case},
            **{"context": sentence_before(i.before, len(i.before)), "conditional": i.conditional},
            "marks": "words in quotation marks" if any(quotations(i.text)) else "no quotation marks",
        }
        for i in load_items(corpora)
    ]


def main() -> None:
    """Store, calibrate, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("out", type=Path)
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
    metrics: Row = {
        "train": len(split["train"]),
        "temperature": stored.temperature,
        "dev": describe(probabilities(classify(stored, split["dev"])), split["dev"]),
        "test": describe(probabilities(test), split["test"]),
        "test_without_context": describe(probabilities(alone), split["test"]),
        "test_float": macro_f1(gold_of(split["test"]), probabilities(classify(full, split["test"])).argmax(1)),
        "pairs": pairs_right(probabilities(in_pairs), pairs),
        "conditional": {"test": conditionals(test, split["test"]), "pairs": conditionals(in_pairs, pairs)},
        "written": sum(row["split"] == "train" for row in load_pairs()) + len(load_written()),
        "floors": {name: macro_f1(gold_of(split["test"]), guess) for name, guess in guesses.items()},
        "floors_balanced": {
            name: macro_f1(gold_of(split["test"]), guess, balanced=True) for name, guess in guesses.items()
        },
    }
    (args.out / "metrics.json").write_text(json.dumps(metrics, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    write_card(metrics, args.out.name, args.out)
    for part in ("dev", "test"):
        log.info("%s %.3f balanced %s", part, metrics[part]["macro_f1"], metrics[part]["balanced"])
    log.info("float %.3f ece %.3f pairs %s", metrics["test_float"], metrics["test"]["ece"], metrics["pairs"])
    log.info("labels %s floors %s", metrics["test"]["labels"], metrics["floors"])


if __name__ == "__main__":
    main()
