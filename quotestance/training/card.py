"""Figures of a trained stance model, and its card, which are written on every save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from quotestance.evaluation.metrics.calibration import expected_calibration_error
from quotestance.evaluation.metrics.classification import (
    balancing_weights,
    confusion,
    f1_by_label,
    macro_f1_of,
    numbered,
)
from quotestance.io.saving import replacing
from quotestance.stance.classifier import CONDITIONAL, CONTEXTS, Classifier
from quotestance.stance.logits import columns_of
from quotestance.training.inputs import Row
from quotestance.types import STANCES
from quotestance.version import __version__

_CARD = Template("""---
language: en
library_name: quotestance
pipeline_tag: text-classification
tags: [stance-detection]
---
# $name

Labels the stance of a quote toward escalation of an international or armed conflict: escalatory, de-escalatory or
neutral, with a probability for each$conditional. An ordinary
sequence-classification folder, made by `quotestance train stance` of quotestance $version:
`quotestance.load(stance="$name")`.

## How it was made

Gone on from $start with the labels of $labels: $epochs epochs, learning rate $rate, $rows_a_step rows a step, seed
$seed$kept. It reads the quote with the words that attribute it$context. The last epoch was
taken; temperature and biases were fitted on dev.

| split | $labels_head |
|---|---|---|---|
$rows

## How good it is

Macro-F1 in %, as the labels fall and with labels equally frequent; the F1 of each label; the expected calibration
error with labels equally frequent, for which the probabilities are told; and, as the labels fall, the macro-F1 of the
model before it learned, and of an answer that is always the same. Temperature and biases
were fitted on dev, so its figures are a little too good; those of test, where there is one, are not. The labels of one
annotator say how well the model follows that annotator.

| split | macro-F1 | labels equally frequent | F1 $f1_head | calibration error | before training | majority class |
|---|---|---|---|---|---|---|---|---|
$figures

## To be filled in

Who labelled what by which codebook, how far annotators agree (`quotestance agreement`), under which licence the texts
and labels stand, and what the model should not be used for. It is made for aggregate study, not for judging
individuals.
""")

_KEPT = "; the embeddings and the first {} layers stayed as they were"


def figures_of(classifier: Classifier, rows: Sequence[Row]) -> dict[str, Any]:
    """Measure a model on rows, each read as in a pipeline.

    Args:
        classifier: The model.
        rows: Labelled quotes, at least one.
    """
    stances = classifier.classify([row["text"] for row in rows], [row["context"] for row in rows])
    chances = np.array([[stance.probabilities[label] for label in STANCES] for stance in stances])
    gold, guess = numbered([row["label"] for row in rows], STANCES), chances.argmax(1)
    majority = np.full_like(gold, np.bincount(gold).argmax())
    weights = balancing_weights(gold, len(STANCES))  # as calibration.py fits them
    error, _ = expected_calibration_error(chances.max(1), gold == guess, weights)
    return {
        "quotes": len(rows),
        "macro_f1": macro_f1_of(gold, guess, len(STANCES)),
        "macro_f1_balanced": macro_f1_of(gold, guess, len(STANCES), as_balanced=True),
        "f1": dict(zip(STANCES, f1_by_label(confusion(gold, guess, len(STANCES))).tolist(), strict=True)),
        "ece": error,
        "majority_macro_f1": macro_f1_of(gold, majority, len(STANCES)),
    }


def write_card(folder: Path, metrics: Mapping[str, Any], *, labels: str, config: Any) -> None:
    """Write the README.md of a model.

    Args:
        folder: The model.
        metrics: Its figures, as ``metrics.json`` holds them.
        labels: Name of the file or folder of labels.
        config: Its config, which says what it reads before a quote, and what it tells.
    """
    reads, tells_more = config.stance_context, CONDITIONAL in columns_of(config)
    rows = [line(name, *counts.values()) for name, counts in metrics["rows"].items()]
    measured = [name for name in ("dev", "test") if name in metrics]
    text = _CARD.substitute(
        metrics["settings"],
        name=folder.resolve().name,
        version=__version__,
        start=f"`{Path(metrics['settings']['start']).name}`",
        labels=f"`{labels}`",
        conditional=", and a probability that the stance hangs on a condition" if tells_more else "",
        context=f", and {CONTEXTS[reads]} as a second segment" if reads else "",
        kept=_KEPT.format(frozen) if (frozen := metrics["settings"]["frozen"]) else "",
        labels_head=" | ".join(STANCES),
        f1_head=" | F1 ".join(STANCES),
        rows="\n".join(rows),
        figures="\n".join(_figures(name, metrics[name], metrics["before"].get(name)) for name in measured),
    )
    with replacing(folder / "README.md") as stream:
        stream.write(text.encode())


def _figures(name: str, one: Mapping[str, Any], before: float | None) -> str:
    scores = (one["macro_f1"], one["macro_f1_balanced"], *one["f1"].values())
    was = "not trained" if before is None else percent(before)
    return line(
        f"{name}, {one['quotes']} quotes", *map(percent, scores), f"{one['ece']:.3f}", was,
        percent(one["majority_macro_f1"]),
    )  # fmt: skip


def percent(share: float) -> str:
    """Return a share in %."""
    return f"{100 * share:.1f}"


def line(*cells: object) -> str:
    """Return a line of a Markdown table."""
    return f"| {' | '.join(map(str, cells))} |"
