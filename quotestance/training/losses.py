"""What the reader's answers cost: cross-entropy of labels, and the probability mass on the right tokens of links."""

from __future__ import annotations

import torch
from torch import Tensor

_NOWHERE = -1e4  # log-probability of what does not count


def label_loss(scores: Tensor, gold: Tensor) -> Tensor:
    """Return the cross-entropy of labels; 0 where none is asked for.

    Args:
        scores: Log-probabilities ``(windows, length, labels)``.
        gold: Labels ``(windows, length)``, -100 where no answer is asked.
    """
    if not (gold >= 0).any():
        return scores.sum() * 0
    return torch.nn.functional.nll_loss(scores.flatten(0, 1), gold.flatten())


def link_loss(links: Tensor, right: Tensor) -> Tensor:
    """Return the negative log of the probability mass on the right tokens of each link, on average; 0 without any.

    Args:
        links: Log-probabilities ``(windows, relations, asked, length + 1)``.
        right: The tokens that count as right, of the same shape; a row without any asks for no answer.
    """
    asked = right.any(-1)
    if not asked.any():
        return links[..., 0].sum() * 0
    mass: Tensor = links[asked].masked_fill(~right[asked], _NOWHERE).logsumexp(-1)
    return -mass.mean()


def same_loss(said: Tensor, told: Tensor) -> Tensor:
    """Return how far one model's distributions are from another's: the Kullback-Leibler divergence, on average.

    Args:
        said: Log-probabilities, the last dimension adding up to 1; what learns.
        told: Those that it is held to.
    """
    parted = torch.nn.functional.kl_div(said.clamp(min=_NOWHERE), told.exp(), reduction="none")
    return parted.sum(-1).mean()
