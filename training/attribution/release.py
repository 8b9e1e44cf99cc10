"""Fit a checkpoint's thresholds and confidence on dev, write it to models/ with its card and metrics.

    python -m training.attribution.release CHECKPOINT POLNEAR_DIR/data/dev models/attribution-en

Every figure in the card and in metrics.json is printed again by ``quotestance evaluate POLNEAR_DIR/data/dev``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from quotestance.checkpoints import load_tokenizer
from quotestance.evaluation import Report, evaluate, read_gold
from quotestance.evaluation.metrics.calibration import Bin, expected_calibration_error
from quotestance.quotes.decoding import DECODING
from quotestance.quotes.finder import QuoteFinder
from quotestance.types import Article
from training.attribution.dev import Read, decode_all, find_all, read_all
from training.cards import bin_rows, bins_to_json, line, percent, write_card, write_metrics
from training.fitting import log, make_parser, nearest_of_the_best, start, store

CARD = Path(__file__).with_name("card.md")

GRID: Mapping[str, Sequence[float]] = {
    "content_bias": (0.0, -0.3, -0.5, -0.6, -0.7, -0.8, -0.9, -1.0, -1.2),
    "source": (0.02, 0.05, 0.1, 0.2, 0.5),
    "quoted": (0.4, 0.5, 0.6),
    "join": (0.45, 0.5, 0.55, 0.6),
    "nested_bias": (1.0, 0.5, 0.0, -0.5, -1.0, -1.5, -2.0, -3.0),
}
"""Values tried for each setting of the decoder."""

TUNED_FOR = ("quotes.all.end_to_end.f1", "quotes.direct_mixed.end_to_end.f1")
"""Figures whose sum is tuned for."""

TIE = 0.001
"""Of that sum; among settings that are no further apart the one nearest to the default is taken."""

CONFIDENCES = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Least confidences whose cost the card lists."""

FITTED = ("confidence_content", "confidence_source")
"""Weights of the confidence's logistic function."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a quote's confidence is fitted, and how far it can be believed.

    Args:
        weights: Settings of the decoder.
        error: Expected calibration error, cross-validated by article.
        bins: Of its reliability table.
        curve: What ``min_confidence`` keeps, and how much of it is right.
    """

    weights: Mapping[str, float]
    error: float
    bins: list[Bin]
    curve: list[dict[str, float]]

    def to_json(self) -> dict[str, Any]:
        """What metrics.json holds of it."""
        return {"bins": bins_to_json(self.bins), "curve": self.curve, "ece": self.error}


def score(gold: Sequence[Article], predicted: Sequence[Article]) -> float:
    """What the thresholds are tuned for."""
    report = evaluate(gold, predicted, draws=0)
    return sum(report.figure(name) or 0.0 for name in TUNED_FOR)


def tune(gold: Sequence[Article], read: Read, start: Mapping[str, float]) -> dict[str, float]:
    """Thresholds by coordinate search over the grid from some settings, two rounds; ties go to the default."""
    settings = dict(start)
    for _ in range(2):
        for name, values in GRID.items():
            scores = {value: score(gold, decode_all(gold, read, {**settings, name: value})) for value in values}
            settings[name] = nearest_of_the_best(scores, DECODING[name], tie=TIE)
            log.info("%s = %s: %.4f", name, settings[name], scores[settings[name]])
    return settings


def best_threshold(gold: Sequence[Article], read: Read, settings: Mapping[str, float]) -> float:
    """The confidence below which leaving a quote out raises F1: half the F1 that is reached with calibrated
    confidences (Lipton, Elkan and Naryanaswamy, ECML PKDD 2014)."""
    everything = decode_all(gold, read, {**settings, "min_confidence": 0.0})
    f1 = evaluate(gold, everything, draws=0).figure("quotes.all.end_to_end.f1") or 0.0
    return round(f1 / 2, 2)


def calibrate(gold: Sequence[Article], read: Read, settings: Mapping[str, float]) -> Calibration:
    """Fit the confidence's logistic function to whether a quote was right, end to end; cross-validated by article."""
    kept = {**settings, "min_confidence": 0.0}
    features, predicted = _inputs(gold, read, kept)
    right, groups = _verdicts(gold, predicted)
    model = LogisticRegression(C=10.0)
    held_out = cross_val_predict(model, features, right, groups=groups, cv=GroupKFold(5), method="predict_proba")[:, 1]
    model.fit(features, right)
    weights = {"confidence_intercept": float(model.intercept_[0])}
    weights |= dict(zip(FITTED, map(float, model.coef_[0]), strict=True))
    return Calibration(weights, *expected_calibration_error(held_out, right), curve(held_out, right))


def _inputs(gold: Sequence[Article], read: Read, settings: Mapping[str, float]) -> tuple[Any, list[Article]]:
    """The two inputs of every quote's confidence as log-odds ``(quotes, 2)``, and the articles with those quotes.

    They come back out of the decoder by setting one weight to 1 and the other to 0.
    """
    none = dict.fromkeys(("confidence_intercept", *FITTED), 0.0)
    columns = [decode_all(gold, read, {**settings, **none, name: 1.0}) for name in FITTED]
    logits = [[_logit(quote.confidence) for article in column for quote in article.quotes] for column in columns]
    return np.array(logits).T, columns[0]


def _logit(probability: float | None) -> float:
    value = min(max(probability or 0.0, 1e-4), 1 - 1e-4)
    return math.log(value / (1 - value))


def _verdicts(gold: Sequence[Article], predicted: Sequence[Article]) -> tuple[Any, Any]:
    """For every predicted quote whether content and source are right, and the number of its article."""
    right, groups = [], []
    for number, (one, other) in enumerate(zip(gold, predicted, strict=True)):
        for quote in other.quotes:
            alone = other.replace(quotes=(quote,))
            counts = evaluate([one], [alone], draws=0).metrics["quotes"]["all"]["end_to_end"]
            right.append((counts["precision"] or 0.0) > 0)
            groups.append(number)
    return np.array(right), np.array(groups)


def curve(probability: Any, right: Any) -> list[dict[str, float]]:
    """What ``min_confidence`` keeps, and how much of it is right."""
    return [
        {"min_confidence": least, "kept": float(kept.mean()), "precision": float(right[kept].mean())}
        for least in CONFIDENCES
        if (kept := probability >= least).any()
    ]


def write_model(finder: QuoteFinder, settings: Mapping[str, float], checkpoint: Path, out: Path) -> None:
    """The checkpoint as int8 by row, with its settings (docs/decisions/int8.md)."""
    finder.model.config.decoding = {name: round(value, 4) for name, value in settings.items()}
    store(finder.model, load_tokenizer(checkpoint), out)


def describe(
    report: Report,
    calibration: Calibration,
    settings: Mapping[str, float],
    out: Path,
    *,
    people: Mapping[str, Any] | None = None,
    people_table: str = "This model reads none.",
    stance: Mapping[str, Any] | None = None,
    stance_table: str = "This model tells none.",
) -> None:
    """Write metrics.json and README.md of the model folder.

    Args:
        report: On quotes of PolNeAR dev.
        calibration: Of the confidence of quotes.
        settings: The decoder's.
        out: The folder.
        people: Figures of the speakers that the reader tells.
        people_table: The same as Markdown tables.
        stance: Figures of the stance that the reader tells.
        stance_table: The same as a Markdown table.
    """
    figures = report.to_dict()
    metrics = {
        "dev": {name: figures[name] for name in ("articles", "quotes", "passages", "slices", "intervals")},
        "confidence": calibration.to_json(),
        "decoding": {name: round(value, 4) for name, value in settings.items()},
    }
    metrics |= {name: dict(told) for name, told in (("people", people), ("stance", stance)) if told is not None}
    write_metrics(metrics, out)
    kept = [
        line(f"{one['min_confidence']:.1f}", percent(one["kept"], 0), percent(one["precision"], 0))
        for one in calibration.curve
    ]
    write_card(
        CARD,
        out,
        report=report,
        bins="\n".join(line(*cells) for cells in bin_rows(calibration.bins)),
        curve="\n".join(kept),
        ece=f"{calibration.error:.3f}",
        least=f"{settings['min_confidence']:.2f}",
        people=people_table,
        stance=stance_table,
    )


def fit_decoder(gold: Sequence[Article], read: Read) -> tuple[dict[str, float], Calibration]:
    """Settings of the decoder and its calibration."""
    settings = dict(DECODING)
    for _ in range(2):  # again, now that the unsure quotes are left out
        settings = tune(gold, read, settings)
        calibration = calibrate(gold, read, settings)
        settings |= calibration.weights
        settings["min_confidence"] = best_threshold(gold, read, settings)
    return settings, calibration


def main() -> None:
    """Tune, calibrate, write."""
    parser = make_parser(__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("dev", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    start(threads=args.threads)
    gold = read_gold(args.dev, annotator="first")
    finder = QuoteFinder.load(args.checkpoint, precision="float32")  # its weights are written
    settings, calibration = fit_decoder(gold, read_all(finder, gold))
    write_model(finder, settings, args.checkpoint, args.out)
    predicted = find_all(QuoteFinder.load(args.out), gold)
    report = evaluate(gold, predicted, slices=["kind", "cue_position", "source_form"])
    describe(report, calibration, settings, args.out)
    log.info("\n%s", report)


if __name__ == "__main__":
    main()
