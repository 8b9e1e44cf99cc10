"""The logistic function, by which log-odds become a probability, and the way back."""

from __future__ import annotations

import math

_HIGHEST = 700.0  # whose exponential a float can hold
_LEAST = 1e-3  # probability, and that of the contrary, that is told from none


def logistic(log_odds: float) -> float:
    """Return the probability of log-odds of any size, in [0, 1].

    >>> logistic(0.0), logistic(-1e9) < 1e-300
    (0.5, True)
    """
    return 1 / (1 + math.exp(min(-log_odds, _HIGHEST)))


def log_odds(probability: float) -> float:
    """Return the log-odds of a probability in [0, 1], none further from 0 than 6.9.

    >>> log_odds(0.5), round(log_odds(0.2), 3), round(log_odds(0.0), 3)
    (0.0, -1.386, -6.908)
    """
    return math.log(max(probability, _LEAST) / max(1 - probability, _LEAST))
