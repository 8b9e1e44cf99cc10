"""What a test that measures work measures with: processor time without the garbage collector's.

Other work on the machine does not count in it, nor does the collector, which goes through all that other tests left.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Self

_TRIES = 3  # the least of so many times counts


class Clock:
    """Measures what is done inside ``with Clock() as clock``."""

    seconds: float
    """Of processor time; there once the block has ended, however it ended."""

    def __enter__(self) -> Self:
        self._collects = gc.isenabled()
        gc.disable()
        self._began = time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.process_time() - self._began
        if self._collects:
            gc.enable()


def assert_linear(
    prepare: Callable[[int], Callable[[], object]], short: int, long: int, *, most: float, slack: float = 0.0
) -> None:
    """Fail if ``long`` takes more than ``most`` times what it would take by ``short``, were the work linear.

    ``prepare`` makes the work of a size, and only the work is measured. Each try has another size, so that nothing
    is known from the try before. ``slack`` is in seconds.
    """

    def seconds(size: int) -> float:
        work = prepare(size)
        with Clock() as clock:
            work()
        return clock.seconds

    least = min(seconds(short + number) for number in range(_TRIES))
    bound = most * long / short * least + slack
    taken: list[float] = []
    while not taken or min(taken) >= bound:
        assert len(taken) < _TRIES, f"{long} took {min(taken):.3f} s, {short} {least:.3f} s: more than {bound:.3f} s"
        taken.append(seconds(long + len(taken)))
