"""The stance model that reads quotes in their article: one pass of an encoder over a window tells all of its quotes.

The encoder sees which words are content, source or cue of a quote. A quote is told by the words of its own: each of its
parts is pooled over its tokens, with learned weights, and a small network reads the pooled parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel

from quotestance.reader.stances import OUTPUTS, PARTS


class ArticleStanceConfig(PretrainedConfig):  # type: ignore[misc]  # transformers is untyped
    """What rebuilds the model.

    Args:
        encoder: ``to_dict()`` of the encoder's configuration.
        window: Most tokens read at once, special tokens not counted.
        before, after: Tokens of context that a quote has on either side, where the article has them.
        decoding: ``temperature``, what the logits of the stances are divided by, and a ``bias`` for each label, added
            first, all fitted on held-out articles.
    """

    model_type = "quotestance-article-stance"

    def __init__(
        self,
        encoder: dict[str, Any] | None = None,
        window: int = 320,
        before: int = 80,
        after: int = 40,
        decoding: dict[str, float] | None = None,
        **rest: Any,
    ) -> None:
        self.encoder = {"model_type": "bert"} if encoder is None else encoder
        self.window = window
        self.before = before
        self.after = after
        self.decoding = {} if decoding is None else decoding
        super().__init__(**rest)


@dataclass(frozen=True, slots=True)
class StanceBatch:
    """Windows of tokens, padded; first and last token of a window are special.

    Args:
        ids, mask: ``(windows, length)``; the mask is 1 for a token, 0 for padding.
        marks: What a token is part of, ``(windows, length)``: 0 of no quote, else 1 + its index in :data:`PARTS`.
        parts: Which tokens are this part of this quote, ``(windows, quotes, 3, length)``.
    """

    ids: Tensor
    mask: Tensor
    marks: Tensor
    parts: Tensor

    def to(self, device: torch.device) -> StanceBatch:
        """Move the batch to a device."""
        return StanceBatch(*(getattr(self, name).to(device) for name in self.__slots__))


class ArticleStanceModel(PreTrainedModel):  # type: ignore[misc]  # transformers is untyped
    """Encoder with marked quotes and a head over their pooled parts; loads and saves like any Hugging Face model."""

    config_class = ArticleStanceConfig
    base_model_prefix = "encoder"

    def __init__(self, config: ArticleStanceConfig) -> None:
        super().__init__(config)
        encoder = AutoConfig.for_model(**config.encoder)
        self.encoder = AutoModel.from_config(encoder, add_pooling_layer=False, trust_remote_code=False)
        hidden = encoder.hidden_size
        self.mark = nn.Embedding(1 + len(PARTS), hidden)
        self.focus = nn.Linear(hidden, len(PARTS))
        self.dense = nn.Linear(len(PARTS) * hidden, hidden)
        self.out = nn.Linear(hidden, len(OUTPUTS))
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):  # marks begin at zero
            nn.init.zeros_(module.weight)

    def forward(self, batch: StanceBatch) -> Tensor:
        """Logits ``(windows, quotes, 4)`` in the order of :data:`OUTPUTS`."""
        embedded = self.encoder.get_input_embeddings()(batch.ids) + self.mark(batch.marks)
        states = self.encoder(inputs_embeds=embedded, attention_mask=batch.mask).last_hidden_state
        return self.head(states, batch.parts)

    def head(self, states: Tensor, parts: Tensor) -> Tensor:
        """Logits of quotes from the encoder's states ``(windows, length, hidden)``."""
        weights = _shares(self.focus(states).float(), parts).to(states.dtype)
        windows, quotes, kinds, length = weights.shape
        pooled = (weights.view(windows, quotes * kinds, length) @ states).view(windows, quotes, -1)
        logits: Tensor = self.out(torch.tanh(self.dense(pooled))).float()
        return logits


def _shares(scores: Tensor, parts: Tensor) -> Tensor:
    """Weights of the tokens of each part, which sum to 1, or to 0 where a quote lacks the part."""
    masked = scores.transpose(1, 2)[:, None].masked_fill(~parts, torch.finfo(torch.float32).min)
    shares: Tensor = masked.softmax(-1) * parts
    return shares


AutoConfig.register(ArticleStanceConfig.model_type, ArticleStanceConfig)
