"""Time is measured without the garbage collector, and work that is not linear is told from work that is."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from clock import Clock, assert_linear


def test_clock_keeps_the_collector_off_and_leaves_it_as_it_was() -> None:
    with Clock() as outer:
        with suppress(KeyError), Clock():
            assert not gc.isenabled()
            raise KeyError
        assert not gc.isenabled()
    assert gc.isenabled()
    assert outer.seconds >= 0


@pytest.mark.parametrize(("power", "is_linear"), [(0, True), (1, True), (1.3, True), (2, False)])
def test_clock_tells_linear_work_from_other(power: float, is_linear: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "process_time", lambda: now[0])

    def prepare(size: int) -> Callable[[], None]:
        now[0] += 1_000_000 * size  # what comes before the work does not count
        return lambda: now.__setitem__(0, now[0] + size**power)

    if is_linear:
        assert_linear(prepare, 500, 4_000, most=4)
    else:
        with pytest.raises(AssertionError, match=r"4000 took 16000000.000 s, 500 250000.000 s"):
            assert_linear(prepare, 500, 4_000, most=4)


def test_clock_counts_the_least_of_a_few_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    now, disturbed = [0.0], [50.0, 0.0, 50.0, 500.0, 500.0, 0.0]  # seconds more, for three short and three long
    monkeypatch.setattr(time, "process_time", lambda: now[0])

    def prepare(size: int) -> Callable[[], None]:
        return lambda: now.__setitem__(0, now[0] + size + disturbed.pop(0))

    assert_linear(prepare, 10, 80, most=2)
    assert not disturbed
