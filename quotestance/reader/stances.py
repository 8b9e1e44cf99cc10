"""Stance toward escalation, read in the reader's own pass: notes on every token, and what a quote's tokens come to.

The encoder has read the article, and its states know what is quoted, by whom and after what. A first layer turns the
state of every token into notes: for each part of a quote (content, source, cue) how much the token counts, and a few
numbers. A quote is the mean of its tokens' numbers, weighed by how much they count, part by part; a small network turns
the three means into logits. So quotes that are assembled long after a window was read need its notes alone.
"""

from __future__ import annotations

from torch import Tensor, nn

from quotestance.types import STANCES

PARTS = ("content", "source", "cue")
OUTPUTS = (*STANCES, "conditional")
"""What the logits are of, in their order."""

_NOWHERE = -1e4  # what a token of another part counts, before the softmax


class StanceHead(nn.Module):
    """Notes of tokens, and logits of quotes from them.

    Args:
        hidden: Width of the encoder's states.
        size: Numbers noted of a token for each part.
    """

    def __init__(self, hidden: int, size: int) -> None:
        super().__init__()
        self.size = size
        self.focus = nn.Linear(hidden, len(PARTS))
        self.values = nn.Linear(hidden, len(PARTS) * size)
        self.dense = nn.Linear(len(PARTS) * size, size)
        self.out = nn.Linear(size, len(OUTPUTS))

    def notes(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """How much tokens count ``(.., 3)``, and their numbers ``(.., 3 * size)``, from states ``(.., hidden)``."""
        return self.focus(states), self.values(states)

    def forward(self, focus: Tensor, values: Tensor, parts: Tensor) -> Tensor:
        """Logits of quotes ``(quotes, 4)``, in the order of :data:`OUTPUTS`.

        Args:
            focus, values: Notes of the tokens around every quote, ``(quotes, tokens, 3)`` and ``(.., 3 * size)``.
            parts: Which of them are its content, source and cue, ``(quotes, 3, tokens)``; a part may have none.
        """
        scores = focus.float().transpose(1, 2).masked_fill(~parts, _NOWHERE)
        shares = (scores.softmax(-1) * parts).to(values.dtype)
        numbers = values.view(*values.shape[:2], len(PARTS), self.size).transpose(1, 2)
        means = (shares.unsqueeze(-2) @ numbers).squeeze(-2).flatten(1)
        logits: Tensor = self.out(self.dense(means.tanh()).tanh()).float()
        return logits
