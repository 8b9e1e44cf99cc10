"""How long a piece of work takes on a machine that others use too."""

from __future__ import annotations

import time
from collections.abc import Callable

REPEATS = 3


def best_seconds(work: Callable[[], object]) -> float:
    """Wall-clock time in seconds, the best of three runs."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)
