"""From additive counts to figures, for one sum or for a thousand bootstrap draws at once.

A ratio whose gold has no cases is undefined (NaN here, ``null`` in JSON). Where the gold has cases and the system
gave no answer at all, its precision counts as 0, as in the reference scorer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quotestance.evaluation.metrics.bootstrap import Figures
from quotestance.evaluation.metrics.calibration import calibration_error
from quotestance.evaluation.metrics.classification import f1_by_label, macro_f1
from quotestance.evaluation.metrics.spans import GROUPS, PASSAGES
from quotestance.evaluation.metrics.speakers import FIGURES
from quotestance.evaluation.metrics.stance import NONE
from quotestance.types import STANCES

Values = NDArray[np.float64]


def derive(counts: Figures) -> Figures:
    """Every figure, under dotted names such as ``quotes.all.soft.f1``."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            **_span_figures(counts),
            **_speaker_figures(counts),
            **stance_figures(counts),
            **precision_recall_f1(
                "chain", *(counts[f"chain.{name}"] for name in ("right", "predicted", "right", "gold"))
            ),
        }


def precision_recall_f1(name: str, right: Values, answers: Values, found: Values, gold: Values) -> Figures:
    """Precision, recall and their harmonic mean.

    Args:
        name: What the names of the figures begin with.
        right: Answers that are right.
        answers: All answers.
        found: Gold cases that were found.
        gold: All gold cases.
    """
    no_answer = np.where(gold > 0, 0.0, np.nan)
    precision = np.where(answers > 0, right / answers, no_answer)
    recall = found / gold
    both = precision + recall
    f1 = np.where(both == 0, 0.0, 2 * precision * recall / both)
    return {f"{name}.precision": precision, f"{name}.recall": recall, f"{name}.f1": f1}


def _span_figures(counts: Figures) -> Figures:
    figures: Figures = {}
    for group in (f"quotes.{group}" for group in GROUPS):
        count = {name.removeprefix(f"{group}."): v for name, v in counts.items() if name.startswith(f"{group}.")}
        for metric in ("exact", "soft", "end_to_end", "end_to_end_by_name"):
            values = (count[f"{metric}_predicted"], count["predicted"], count[f"{metric}_gold"], count["gold"])
            figures.update(precision_recall_f1(f"{group}.{metric}", *values))
        tokens = (count[f"token_{name}"] for name in ("predicted", "predicted_all", "gold", "gold_all"))
        figures.update(precision_recall_f1(f"{group}.token", *tokens))
        none_found = np.where(count["sourced"] > 0, 0.0, np.nan)
        for metric in ("attribution", "attribution_by_name"):
            share = count[metric] / count["attributed"]
            figures[f"{group}.{metric}"] = np.where(count["attributed"] > 0, share, none_found)
    for group in (f"passages.{group}" for group in PASSAGES):
        for metric, right in (("end_to_end", "right"), ("end_to_end_by_name", "right_by_name")):
            hits = counts[f"{group}.{right}"]
            values = (hits, counts[f"{group}.predicted"], hits, counts[f"{group}.gold"])
            figures.update(precision_recall_f1(f"{group}.{metric}", *values))
    figures["quotes.ece"] = calibration_error(counts, "quotes")
    return figures


def _speaker_figures(counts: Figures) -> Figures:
    shares = {f"speakers.{name}": counts[f"speakers.{name}.right"] / counts[f"speakers.{name}.all"] for name in FIGURES}
    return {**shares, "speakers.ece": calibration_error(counts, "speakers")}


def stance_figures(counts: Figures) -> Figures:
    """Compute the figures of :func:`stance.classification_figures`, alpha and calibration, for any draws."""
    columns = (*STANCES, NONE)
    cells = np.stack([np.stack([counts[f"stance.cell.{a}.{b}"] for b in columns]) for a in STANCES])
    gold, given, hits = cells.sum(axis=1), cells.sum(axis=0), np.stack([cells[k, k] for k in range(len(STANCES))])
    matrices = np.moveaxis(cells, (0, 1), (-2, -1))
    labels = gold.any(axis=1)  # of the whole set, which stands before its draws
    figures = {
        # Of draws, over the labels of the whole set: one without a rare label tells nothing of that, and has no value.
        "stance.macro_f1": np.where(gold[labels].all(axis=0), macro_f1(matrices, labels), np.nan),
        "stance.accuracy": hits.sum(axis=0) / gold.sum(axis=0),
        "stance.mcc": _correlation(gold, given, hits),
        "stance.alpha": _alpha(_coincidences(cells[:, : len(STANCES)], counts)),
    }
    f1 = f1_by_label(matrices)
    for k, label in enumerate(STANCES):
        figures[f"stance.labels.{label}.f1"] = np.where(gold[k] > 0, f1[..., k], np.nan)
    figures["stance.ece"] = calibration_error(counts, "stance")
    figures["stance.brier"] = counts["stance.brier"] / counts["stance.answered"]
    return figures


def _correlation(gold: Values, given: Values, hits: Values) -> Values:
    size, gold_squares, given_squares = gold.sum(axis=0), (gold**2).sum(axis=0), (given**2).sum(axis=0)
    covariance = hits.sum(axis=0) * size - (gold * given[: len(gold)]).sum(axis=0)
    correlation: Values = covariance / np.sqrt((size**2 - gold_squares) * (size**2 - given_squares))
    return correlation


def _coincidences(cells: Values, counts: Figures) -> Values:
    """Return the matrix of coincidences behind Krippendorff's alpha: every label that another coder answers adds 1.

    Args:
        cells: Confusion matrix ``(labels, labels, draws)`` of two coders; the missing answers are left out.
        counts: Where there are more coders, the counts of ``counting.Tally.add_annotator`` as well.
    """
    if f"stance.coded.{STANCES[0]}.{STANCES[0]}" not in counts:
        return cells + cells.swapaxes(0, 1)
    return np.stack([np.stack([counts[f"stance.coded.{a}.{b}"] for b in STANCES]) for a in STANCES])


def _alpha(coincidences: Values) -> Values:
    """Krippendorff's alpha for nominal data, from matrices of coincidences ``(labels, labels, draws)``."""
    totals = coincidences.sum(axis=1)
    size = totals.sum(axis=0)
    differing = size - np.stack([coincidences[k, k] for k in range(len(coincidences))]).sum(axis=0)
    alpha: Values = 1.0 - (size - 1) * differing / (size**2 - (totals**2).sum(axis=0))
    return alpha
