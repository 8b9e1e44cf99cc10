"""Expected calibration error and its bins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotestance.evaluation.metrics.calibration import (
    bin_of,
    calibration_error,
    count_calibration,
    expected_calibration_error,
    reliability,
)

ANSWERS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=40)


@given(ANSWERS)
def test_calibration_reliability_bins_hold_every_answer(answers: list[tuple[float, bool]]) -> None:
    table = reliability(count_calibration("x", answers), "x")
    assert sum(int(row["count"] or 0) for row in table) == len(answers)
    for sure, _right in answers:
        row = table[bin_of(sure)]
        assert row["low"] is not None
        assert row["high"] is not None
        assert row["low"] - 1e-9 <= sure <= row["high"] + 1e-9


def test_calibration_bin_holds_its_upper_edge() -> None:
    assert [bin_of(edge / 15) for edge in (1, 5, 10, 15)] == [0, 4, 9, 14]


@given(ANSWERS.filter(bool))
def test_calibration_of_answers_is_that_of_their_counts(answers: list[tuple[float, bool]]) -> None:
    error, bins = expected_calibration_error([sure for sure, _ in answers], [right for _, right in answers])
    counts = count_calibration("x", answers)
    assert error == calibration_error(counts, "x")
    filled = [row for row in reliability(counts, "x") if row["count"]]
    assert [(one.low, one.count, one.confidence, one.right) for one in bins] == [
        (row["low"], row["count"], row["confidence"], row["accuracy"]) for row in filled
    ]


def test_calibration_weighs_answers() -> None:
    error, bins = expected_calibration_error([0.9, 0.9, 0.5], [True, False, True], [3, 1, 4])
    assert error == pytest.approx((4 * 0.15 + 4 * 0.5) / 8)
    assert [(one.count, one.right) for one in bins] == [(1, 1.0), (2, 0.75)]
