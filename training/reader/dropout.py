"""Dropout that costs next to nothing: the same units are dropped at every token of a window.

Dropout that draws anew for every token (Srivastava et al., JMLR 2014) takes longer on a processor than everything else
in a step, because of the random numbers.  One draw for all tokens of a sequence is what Gal and Ghahramani (NIPS 2016)
propose for recurrent networks; here it stands where a BERT has its dropout: after the embeddings, and after what
attention and the feed-forward part of each layer add.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

_PLACES = ("embeddings.dropout", "output.dropout")


class WindowDropout(nn.Module):
    """Drops units of states ``(rows, length, units)``, the same at every place of a row, while a model learns.

    Args:
        share: Of the units that are dropped, in [0, 1); what is left is scaled up by as much.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, states: Tensor) -> Tensor:
        """The states, of which some units are 0."""
        if not self.training:
            return states
        kept = torch.rand(len(states), 1, states.shape[-1]) >= self.share
        return states * (kept / (1 - self.share)).to(states.dtype)


def drop_by_windows(encoder: nn.Module, share: float) -> None:
    """Put such dropout in the place of that of a BERT of transformers; attention keeps what it has."""
    for name, _ in list(encoder.named_modules()):
        if name.endswith(_PLACES):
            encoder.set_submodule(name, WindowDropout(share))
