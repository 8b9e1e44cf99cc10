"""How long a piece of work takes on a machine that others use too."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

REPEATS = 3


@dataclass(frozen=True, slots=True)
class Seconds:
    """The least that a piece of work took in some runs.

    Args:
        clock: On the clock.
        processor: Of the processor, all threads of this process together: moves less when others use the machine.
    """

    clock: float
    processor: float


def best(work: Callable[[], object], repeats: int = REPEATS) -> Seconds:
    """Run a piece of work a few times."""
    clock, processor = [], []
    for _ in range(repeats):
        start, used = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - start)
        processor.append(time.process_time() - used)
    return Seconds(min(clock), min(processor))


def best_seconds(work: Callable[[], object]) -> float:
    """Wall-clock time in seconds, the best of three runs."""
    return best(work).clock
