"""Fit a checkpoint's thresholds and confidence on dev, write it to models/ with its card and metrics.

    python training/attribution/release.py CHECKPOINT POLNEAR_DIR/data/dev models/attribution-en

Every figure in the card and in metrics.json is printed again by ``quotestance evaluate POLNEAR_DIR/data/dev``.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from quotestance.checkpoints import load_tokenizer, write_weights
from quotestance.evaluation import Report, evaluate, read_gold
from quotestance.quotes.assembly import assemble
from quotestance.quotes.decoding import DECODING, decode
from quotestance.quotes.finder import QuoteFinder
from quotestance.reader.inference import Reading, read_windows
from quotestance.reader.tokens import Tokens, plan_windows, tokenize
from quotestance.types import Article

GRID: Mapping[str, Sequence[float]] = {
    "content_bias": (0.0, -0.3, -0.5, -0.6, -0.7, -0.8, -0.9, -1.0, -1.2),
    "source": (0.02, 0.05, 0.1, 0.2, 0.5),
    "quoted": (0.4, 0.5, 0.6),
    "join": (0.45, 0.5, 0.55, 0.6),
}
TUNED_FOR = ("quotes.all.end_to_end.f1", "quotes.direct_mixed.end_to_end.f1")  # their sum
TIE = 0.001  # of that sum; among settings that are no further apart the one nearest to the default is taken
BINS = 15
CARD = Path(__file__).with_name("card.md")

log = logging.getLogger("release")
Read = list[tuple[Tokens, list[Reading]]]


def read_all(
    finder: QuoteFinder, articles: Sequence[Article], change: Callable[[Tokens], Tokens] = lambda tokens: tokens
) -> Read:
    """The model's readings of every article, kept so that the decoder can be tried with many settings.

    Args:
        finder: The model.
        articles: What it reads.
        change: Of what the model is given; the decoder gets the tokens as they are.
    """
    config = finder.model.config
    found: Read = []
    for article in articles:
        tokens = tokenize(article.text, finder.tokenizer)
        windows = plan_windows(tokens, length=config.window, before=config.before, after=config.after)
        given = change(tokens)
        readings = read_windows(finder.model, finder.tokenizer, [(given, window) for window in windows])
        found.append((tokens, [replace(reading, tokens=tokens) for reading in readings]))
    return found


def decode_all(gold: Sequence[Article], read: Read, settings: Mapping[str, float]) -> list[Article]:
    """Predicted articles under some settings of the decoder."""
    predicted = []
    for article, (tokens, readings) in zip(gold, read, strict=True):
        quotes = assemble(tokens, [piece for reading in readings for piece in decode(reading, settings)], settings)
        kept = tuple(quote for quote in quotes if (quote.confidence or 0.0) >= settings["min_confidence"])
        predicted.append(article.replace(quotes=kept, meta={}))
    return predicted


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
            good = [value for value in values if scores[value] >= max(scores.values()) - TIE]
            settings[name] = min((abs(value - DECODING[name]), value) for value in good)[1]
            log.info("%s = %s: %.4f", name, settings[name], scores[settings[name]])
    return settings


def best_threshold(gold: Sequence[Article], read: Read, settings: Mapping[str, float]) -> float:
    """The confidence below which leaving a quote out raises F1: half the F1 that is reached with calibrated
    confidences (Lipton, Elkan and Naryanaswamy, ECML PKDD 2014)."""
    everything = decode_all(gold, read, {**settings, "min_confidence": 0.0})
    f1 = evaluate(gold, everything, draws=0).figure("quotes.all.end_to_end.f1") or 0.0
    return round(f1 / 2, 2)


def calibrate(gold: Sequence[Article], read: Read, settings: Mapping[str, float]) -> dict[str, Any]:
    """Fit the confidence's logistic function to whether a quote was right, end to end; cross-validated by article.

    The two inputs come back out of the decoder by setting one weight to 1 and the other to 0.
    """
    columns = []
    for name in ("confidence_content", "confidence_source"):
        weights = {"confidence_intercept": 0.0, "confidence_content": 0.0, "confidence_source": 0.0, name: 1.0}
        columns.append(decode_all(gold, read, {**settings, **weights}))
    features = np.array(
        [
            [_logit(a.confidence), _logit(b.confidence)]
            for one, two in zip(*columns, strict=True)
            for a, b in zip(one.quotes, two.quotes, strict=True)
        ]
    )
    right, groups = _verdicts(gold, columns[0])
    model = LogisticRegression(C=10.0)
    held_out = cross_val_predict(model, features, right, groups=groups, cv=GroupKFold(5), method="predict_proba")[:, 1]
    model.fit(features, right)
    content, source = (float(weight) for weight in model.coef_[0])
    return {
        "weights": {
            "confidence_intercept": float(model.intercept_[0]),
            "confidence_content": content,
            "confidence_source": source,
        },
        "bins": reliability(held_out, right),
        "ece": calibration_error(held_out, right),
        "curve": curve(held_out, right),
    }


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


def reliability(probability: Any, right: Any) -> list[dict[str, float]]:
    """Equal-width bins: count, mean confidence, share right."""
    places = np.minimum((probability * BINS).astype(int), BINS - 1)
    return [
        {
            "from": place / BINS,
            "count": int(inside.sum()),
            "confidence": float(probability[inside].mean()),
            "right": float(right[inside].mean()),
        }
        for place in range(BINS)
        if (inside := places == place).any()
    ]


def calibration_error(probability: Any, right: Any) -> float:
    """Expected calibration error over equal-width bins (Naeini et al., AAAI 2015)."""
    bins = reliability(probability, right)
    return sum(b["count"] * abs(b["confidence"] - b["right"]) for b in bins) / len(right)


def curve(probability: Any, right: Any) -> list[dict[str, float]]:
    """What ``min_confidence`` keeps, and how much of it is right."""
    return [
        {"min_confidence": least, "kept": float(kept.mean()), "precision": float(right[kept].mean())}
        for least in (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9)
        if (kept := probability >= least).any()
    ]


def write_model(finder: QuoteFinder, settings: Mapping[str, float], checkpoint: Path, out: Path) -> None:
    """The checkpoint in half precision with its settings; the weights lose nothing that the scores show."""
    out.mkdir(parents=True, exist_ok=True)
    config = finder.model.config
    config.decoding = {name: round(value, 4) for name, value in settings.items()}
    config.encoder = {
        key: value for key, value in config.encoder.items() if value is not None and key != "_name_or_path"
    }
    config.save_pretrained(out)
    write_weights(
        {name: w.half().contiguous() for name, w in finder.model.state_dict().items() if w.is_floating_point()}, out
    )
    load_tokenizer(checkpoint).save_pretrained(out)


def write_card(report: Report, calibration: Mapping[str, Any], settings: Mapping[str, float], out: Path) -> None:
    """metrics.json and README.md of the model folder."""
    figures = report.to_dict()
    metrics = {
        "dev": {name: figures[name] for name in ("articles", "quotes", "passages", "slices", "intervals")},
        "confidence": calibration,
        "decoding": {name: round(value, 4) for name, value in settings.items()},
    }
    (out / "metrics.json").write_text(json.dumps(metrics, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    bins = "\n".join(
        f"| {b['from']:.2f} | {b['count']} | {b['confidence']:.2f} | {b['right']:.2f} |" for b in calibration["bins"]
    )
    kept = "\n".join(
        f"| {c['min_confidence']:.1f} | {100 * c['kept']:.0f} | {100 * c['precision']:.0f} |"
        for c in calibration["curve"]
    )
    card = Template(CARD.read_text(encoding="utf-8")).substitute(
        report=str(report),
        bins=bins,
        curve=kept,
        ece=f"{calibration['ece']:.3f}",
        least=f"{settings['min_confidence']:.2f}",
    )
    (out / "README.md").write_text(card, encoding="utf-8")


def main() -> None:
    """Tune, calibrate, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("dev", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(2)
    gold = read_gold(args.dev)
    finder = QuoteFinder.load(args.checkpoint)
    read = read_all(finder, gold)
    settings, calibration = dict(DECODING), {}
    for _ in range(2):  # again, now that the unsure quotes are left out
        settings = tune(gold, read, settings)
        calibration = calibrate(gold, read, {**settings, "min_confidence": 0.0})
        settings |= calibration.pop("weights")
        settings["min_confidence"] = best_threshold(gold, read, settings)
    write_model(finder, settings, args.checkpoint, args.out)
    shipped = QuoteFinder.load(args.out)
    predicted = [found for article in gold for found in shipped.find([article.replace(quotes=(), meta={})])]
    report = evaluate(gold, predicted, slices=["kind", "cue_position", "source_form"])
    write_card(report, calibration, settings, args.out)
    log.info("\n%s", report)


if __name__ == "__main__":
    main()
