"""Macro-F1 against scikit-learn, and with labels equally frequent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

from quotestance.evaluation.metrics.classification import (
    balancing_weights,
    confusion,
    f1_by_label,
    grouped_confusion,
    macro_f1,
    macro_f1_of,
    precisions,
    recalls,
)

CASES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60)


def columns(cases: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    gold, given_ = np.array(cases).T
    return gold, given_


@given(CASES)
def test_classification_scores_are_those_of_scikit_learn(cases: list[tuple[int, int]]) -> None:
    gold, answers = columns(cases)
    cells = confusion(gold, answers, 3)
    for ours, theirs in ((precisions, precision_score), (recalls, recall_score), (f1_by_label, f1_score)):
        expected = theirs(gold, answers, labels=range(3), average=None, zero_division=0)
        assert ours(cells) == pytest.approx(expected)
    present = sorted(set(gold.tolist()))
    assert macro_f1(cells) == pytest.approx(f1_score(gold, answers, labels=present, average="macro", zero_division=0))


@given(CASES)
def test_classification_balanced_weighs_labels_alike(cases: list[tuple[int, int]]) -> None:
    gold, answers = columns(cases)
    weights, present = balancing_weights(gold, 3), sorted(set(gold.tolist()))
    expected = f1_score(gold, answers, labels=present, average="macro", zero_division=0, sample_weight=weights)
    assert macro_f1_of(gold, answers, 3, as_balanced=True) == pytest.approx(expected)
    masses = [weights[gold == label].sum() for label in present]
    assert weights.mean() == pytest.approx(1)
    assert masses == pytest.approx([len(gold) / len(present)] * len(present))


@given(CASES)
def test_classification_groups_add_up(cases: list[tuple[int, int]]) -> None:
    gold, answers = columns(cases)
    cells = grouped_confusion(gold, answers, [number % 7 for number in range(len(gold))], 3)
    assert cells.shape == (min(7, len(gold)), 3, 3)
    assert np.array_equal(cells.sum(0), confusion(gold, answers, 3))


def test_classification_macro_f1_of_nothing_is_undefined() -> None:
    assert np.isnan(macro_f1(np.zeros((3, 4))))
