"""The logistic function, by which log-odds become a probability."""

from __future__ import annotations

import math

_HIGHEST = 700.0  # whose exponential a float can hold


def logistic(log_odds: float) -> float:
    """Return the probability of log-odds of any size, in [0, 1].

    >>> logistic(0.0), logistic(-1e9) < 1e-300
    (0.5, True)
    """
    return 1 / (1 + math.exp(min(-log_odds, _HIGHEST)))
