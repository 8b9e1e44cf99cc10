"""The temperature and the biases of a stance model, fitted to held-out quotes."""

from __future__ import annotations

import logging
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import minimize

from quotestance.evaluation.metrics.classification import Numbers, balancing_weights
from quotestance.stance.logits import output_layer
from quotestance.types import STANCES

log = logging.getLogger(__name__)


TEMPERATURES = (0.1, 10.0)
"""Least and greatest."""


def fit_calibration(logits: npt.NDArray[np.floating], gold: Numbers) -> tuple[float, npt.NDArray[np.float64]]:
    """Fit a temperature and what to add to the logits of the stances, ``(3,)``, for probabilities that hold.

    Of least negative log-likelihood with every label weighing the same (vector scaling with one temperature, Guo et
    al., ICML 2017): probabilities are those of a world in which the three labels are equally frequent, where the label
    of the highest one is the best bet for macro-F1. :meth:`quotestance.types.Stance.under` turns them into another's.
    A standard normal prior on the logarithm of the temperature and on what each bias is above that of the last label
    counts as one quote: of a few quotes a model may be right about every one. The biases sum to 0. A label that does
    not occur is left out and keeps the bias 0: there is nothing to fit it by.
    """
    occurring, places = np.unique(gold, return_inverse=True)
    known, weights = logits[:, occurring], balancing_weights(gold, len(STANCES))

    def nll(values: npt.NDArray[np.float64]) -> float:
        scaled = (known + np.append(values[1:], 0.0)) / math.exp(values[0])
        scaled = scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True)
        loss = -(weights * scaled[np.arange(len(gold)), places]).mean() + np.square(values).sum() / (2 * len(gold))
        return float(loss)

    bounds = [(math.log(TEMPERATURES[0]), math.log(TEMPERATURES[1])), *[(None, None)] * (len(occurring) - 1)]
    best = minimize(nll, np.zeros(len(occurring)), method="L-BFGS-B", bounds=bounds).x
    biases, fitted = np.zeros(len(STANCES)), np.append(best[1:], 0.0)
    biases[occurring] = fitted - fitted.mean()
    return math.exp(best[0]), biases


def calibrate(model: Any, logits: npt.NDArray[np.floating], gold: Numbers) -> None:
    """Set the temperature of a model and the biases of its last layer, by its logits of held-out quotes.

    Its probabilities then hold where the three labels are equally frequent.
    """
    temperature, biases = fit_calibration(logits, gold)
    add_to_biases(model, biases)
    model.config.stance_temperature = round(temperature, 4)
    model.config.stance_prior = None  # what it may have gone on from was for other shares
    log.info("temperature %.3f, biases %s", temperature, biases.round(3).tolist())


def add_to_biases(model: Any, shift: npt.NDArray[np.float64]) -> None:
    """Add to the logits of the stances, the first outputs of a model, ``(3,)``."""
    bias = output_layer(model).bias
    with torch.no_grad():
        bias[: len(shift)] += torch.tensor(shift, dtype=bias.dtype, device=bias.device)
