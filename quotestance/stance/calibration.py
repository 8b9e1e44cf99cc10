"""From logits to a stance: biases and a temperature that were fitted on held-out articles.

The logits of the stance labels plus a bias for each, divided by a temperature, give the probabilities (vector scaling
with one temperature, Guo et al., ICML 2017).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quotestance.errors import CheckpointError
from quotestance.folders import is_number
from quotestance.stance.logits import LEAST_TEMPERATURE, Logits, softmax
from quotestance.stance.shares import Shares, told
from quotestance.types import STANCES, Stance

_HIGHEST = 30.0  # beyond, a sigmoid is 0 or 1


@dataclass(frozen=True, slots=True)
class Calibration:
    """What is fitted of a stance model.

    Args:
        temperature: What the logits of the stance labels are divided by, ``> 0``.
        biases: What is added to them first, one for each of STANCES.
    """

    temperature: float = 1.0
    biases: tuple[float, ...] = (0.0,) * len(STANCES)

    @classmethod
    def of(cls, decoding: Mapping[str, Any], name: str | Path, *, prefix: str = "") -> Calibration:
        """Read it from the ``decoding`` of a config.

        Args:
            decoding: ``temperature``, and ``bias_`` with each of STANCES, behind the prefix.
            name: What the model is called in errors.
            prefix: What stands before these names.

        Raises:
            CheckpointError: The temperature is below 1e-6, or a bias is no number.
        """
        temperature = decoding.get(f"{prefix}temperature", 1.0)
        biases = tuple(decoding.get(f"{prefix}bias_{label}", 0.0) for label in STANCES)
        if not (is_number(temperature, LEAST_TEMPERATURE) and all(map(is_number, biases))):
            raise CheckpointError(
                f"The stance model {str(name)!r} has the decoding {dict(decoding)!r} in config.json. Give a "
                f"{prefix}temperature above 0, at least {LEAST_TEMPERATURE}, and numbers for the {prefix}biases, or "
                "leave them out."
            )
        return cls(float(temperature), tuple(map(float, biases)))

    def stance(self, logits: Logits, prior: Shares | None, shares: Shares | None) -> Stance:
        """Return the stance that logits stand for.

        Args:
            logits: Of STANCES and of ``conditional``, ``(4,)``.
            prior: Shares of the labels where the probabilities hold; ``None`` for equal ones.
            shares: Shares under which the stance is told; ``None`` for those of ``prior``.
        """
        chances = softmax((logits[: len(STANCES)] + np.array(self.biases)) / self.temperature)
        conditional = 1 / (1 + np.exp(-np.clip(logits[len(STANCES)], -_HIGHEST, _HIGHEST)))
        return told(dict(zip(STANCES, map(float, chances), strict=True)), float(conditional), prior, shares)
