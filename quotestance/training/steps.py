"""A step down a loss, at a learning rate that rises from 0 and falls back to it, and what does not learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Progress = Callable[[int, int], None]
"""Is told after every step how many are done, and of how many."""

_WARM_UP = 0.1  # share of the steps in which the rate rises
_LONGEST_GRADIENT = 1.0  # norm down to which the gradients of a step are clipped


def rate_at(step: int, total: int) -> float:
    """Return the share of the learning rate at a step: it rises from 0 and falls back to it, linearly.

    >>> [round(rate_at(step, 20), 2) for step in (1, 2, 11, 20)]
    [0.5, 1.0, 0.53, 0.05]
    """
    rising = max(1, int(_WARM_UP * total))
    return step / rising if step < rising else (total - step + 1) / (total - rising + 1)


def freeze(encoder: Any, layers: int) -> None:
    """Keep the embeddings and the first layers of an encoder as they are; with 0 layers everything learns.

    What all layers share, such as the bias for distance of MPNet, stays too, or the first would change with it.

    Args:
        encoder: A BERT, an MPNet or a like model of transformers.
        layers: How many of its layers.
    """
    if layers:
        for part in (encoder.embeddings, encoder.encoder):
            part.requires_grad_(requires_grad=False)
        encoder.encoder.layer[layers:].requires_grad_(requires_grad=True)


def take_step(model: torch.nn.Module, optimizer: torch.optim.Optimizer, loss: Tensor, share: float) -> float:
    """Learn from a loss, and return it.

    Args:
        model: What learns.
        optimizer: Over its weights; each of its groups has its learning rate as ``rate``.
        loss: Of a batch.
        share: Of that rate, in [0, 1].
    """
    for group in optimizer.param_groups:
        group["lr"] = share * group["rate"]
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(model.parameters(), _LONGEST_GRADIENT)
    optimizer.step()
    optimizer.zero_grad()
    return float(loss.item())
