"""The learned model: which words are source, cue and content, and which of them belong together.

An encoder reads a window of an article. A tag head labels every token (source, cue, content or none, as
begin/inside), and a link head lets every content token point at its source, its cue and the first token of its quote,
as a distribution over the tokens of the window and "none". PolNeAR is univocal (Newell et al., LREC 2018): a token
plays one role in one attribution, so a tag sequence and these pointers hold all of its annotation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel

from quotestance.windows import LAYOUT, QUOTING, SHAPES

TAGS = ("O", "B-source", "I-source", "B-cue", "I-cue", "B-content", "I-content")
RELATIONS = ("source", "cue", "quote")
_FARTHEST = 4  # sentences and paragraphs: distances beyond count as this one
_BUCKETS = 32


class AttributionConfig(PretrainedConfig):  # type: ignore[misc]  # transformers is untyped
    """What rebuilds the model: the encoder's own configuration and the sizes of the heads.

    Args:
        encoder: ``to_dict()`` of the encoder's configuration.
        link_size: Width of the queries and keys of a relation.
        window, before, after: See :func:`quotestance.windows.plan_windows`.
        decoding: Thresholds and calibration fitted on held-out articles, by name; see :mod:`quotestance.quotes`.
    """

    model_type = "quotestance-attribution"

    def __init__(
        self,
        encoder: dict[str, Any] | None = None,
        link_size: int = 128,
        window: int = 510,
        before: int = 128,
        after: int = 64,
        decoding: dict[str, float] | None = None,
        **rest: Any,
    ) -> None:
        self.encoder = {"model_type": "bert"} if encoder is None else encoder
        self.link_size = link_size
        self.window = window
        self.before = before
        self.after = after
        self.decoding = {} if decoding is None else decoding
        super().__init__(**rest)


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows of tokens, padded, every array ``(windows, length)``; first and last token of a window are special.

    Args:
        ids, shape, quoting, layout, sentence, paragraph: As in :class:`quotestance.windows.Tokens`.
        mask: 1 for a token, 0 for padding.
    """

    ids: Tensor
    mask: Tensor
    shape: Tensor
    quoting: Tensor
    layout: Tensor
    sentence: Tensor
    paragraph: Tensor

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        return Batch(*(getattr(self, name).to(device) for name in self.__slots__))


class LinkHead(nn.Module):
    """Scores for every pair of tokens and relation, and for "none".

    A scaled dot product of projections, plus learned biases for the distance in tokens (bucketed by logarithm, as in
    T5, Raffel et al. 2020), in sentences and in paragraphs.
    """

    def __init__(self, hidden: int, size: int) -> None:
        super().__init__()
        relations = len(RELATIONS)
        self.size = size
        self.query = nn.Linear(hidden, relations * size)
        self.key = nn.Linear(hidden, relations * size)
        self.none = nn.Linear(hidden, relations)
        self.token_bias = nn.Embedding(2 * _BUCKETS, relations)
        self.sentence_bias = nn.Embedding(2 * _FARTHEST + 1, relations)
        self.paragraph_bias = nn.Embedding(2 * _FARTHEST + 1, relations)

    def forward(self, states: Tensor, batch: Batch) -> Tensor:
        """Log-probabilities ``(windows, relations, length, length + 1)``; the last column is "none"."""
        windows, length, _ = states.shape
        shape = (windows, length, len(RELATIONS), self.size)
        query = self.query(states).view(shape).permute(0, 2, 1, 3)
        key = self.key(states).view(shape).permute(0, 2, 3, 1)
        scores = (query @ key).float() / math.sqrt(self.size)
        scores = scores + self._bias(batch, length).permute(0, 3, 1, 2)
        scores = scores.masked_fill(batch.mask[:, None, None, :] == 0, torch.finfo(torch.float32).min)
        none = self.none(states).float().permute(0, 2, 1).unsqueeze(-1)
        return torch.cat((scores, none), dim=-1).log_softmax(-1)

    def _bias(self, batch: Batch, length: int) -> Tensor:
        place = torch.arange(length, device=batch.ids.device)
        by_token: Tensor = self.token_bias(_bucket(place[None, :] - place[:, None]))
        by_sentence = self._far(self.sentence_bias, batch.sentence)
        return by_token[None] + by_sentence + self._far(self.paragraph_bias, batch.paragraph)

    @staticmethod
    def _far(table: nn.Embedding, numbers: Tensor) -> Tensor:
        distance = (numbers[:, None, :] - numbers[:, :, None]).clamp(-_FARTHEST, _FARTHEST)
        bias: Tensor = table(distance + _FARTHEST)
        return bias


def _bucket(distance: Tensor) -> Tensor:
    """Distance to a bucket: exact up to 8, then by logarithm up to 512, apart by sign."""
    size = distance.abs()
    exact = _BUCKETS // 4
    far = exact + (torch.log(size.clamp(min=1) / exact) / math.log(512 / exact) * (_BUCKETS - exact)).long()
    bucket = torch.where(size < exact, size, far.clamp(max=_BUCKETS - 1))
    return bucket + (distance > 0) * _BUCKETS


class AttributionModel(PreTrainedModel):  # type: ignore[misc]  # transformers is untyped
    """Encoder with a tag head and a link head; loads and saves like any Hugging Face model."""

    config_class = AttributionConfig
    base_model_prefix = "encoder"

    def __init__(self, config: AttributionConfig) -> None:
        super().__init__(config)
        encoder = AutoConfig.for_model(**config.encoder)
        self.encoder = AutoModel.from_config(encoder, add_pooling_layer=False, trust_remote_code=False)
        hidden = encoder.hidden_size
        self.shape = nn.Embedding(len(SHAPES), hidden)
        self.quoting = nn.Embedding(len(QUOTING), hidden)
        self.layout = nn.Embedding(len(LAYOUT), hidden)
        self.tag = nn.Linear(hidden, len(TAGS))
        self.link = LinkHead(hidden, config.link_size)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):  # features and biases begin without a say
            nn.init.zeros_(module.weight)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Read windows.

        Returns:
            Log-probabilities of the tags, ``(windows, length, 7)``, and of the links,
            ``(windows, 3, length, length + 1)``.
        """
        embedded = self.encoder.get_input_embeddings()(batch.ids)
        embedded = embedded + self.shape(batch.shape) + self.quoting(batch.quoting) + self.layout(batch.layout)
        states = self.encoder(inputs_embeds=embedded, attention_mask=batch.mask).last_hidden_state
        return self.tag(states).float().log_softmax(-1), self.link(states, batch)


AutoConfig.register(AttributionConfig.model_type, AttributionConfig)
