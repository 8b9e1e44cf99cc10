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
