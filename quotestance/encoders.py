"""The encoders of the shipped models, BERT and MPNet, in plain torch: for reading, not for learning.

transformers has both, but its import takes longer than loading the models and reading an article with them. MPNet is
read as a BERT without token types whose attention has a bias for the distance of two tokens (Song et al., NeurIPS
2020). The weights are called as transformers calls those of BERT; :func:`bert_names` renames those of MPNet. A test
holds the outputs equal to those of transformers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from quotestance.attention import attend
from quotestance.packing import activated

_FARTHEST = 128  # tokens: MPNet tells no distances apart beyond this
_MPNET_PADDING = 1  # id of the padding token of MPNet, after which its places are counted
_MPNET_NAMES = {
    "attention.attn.q": "attention.self.query",
    "attention.attn.k": "attention.self.key",
    "attention.attn.v": "attention.self.value",
    "attention.attn.o": "attention.output.dense",
    "attention.LayerNorm": "attention.output.LayerNorm",
}
_CLASSIFIER_NAMES = {
    r"^mpnet\.": "encoder.",
    r"^classifier\.dense": "pooler",
    r"^classifier\.out_proj": "classifier",
}
_READ: Mapping[str, tuple[object, ...]] = {
    "model_type": ("bert", "mpnet"),
    "hidden_act": ("gelu",),
    "position_embedding_type": ("absolute", None),
    "is_decoder": (False, None),
    "add_cross_attention": (False, None),
    "relative_attention_num_buckets": (32, None),
}
"""Settings that this module can read, with the values that they may have."""


def is_plain(config: Mapping[str, Any]) -> bool:
    """Whether a config of transformers is of an encoder that this module reads.

    >>> is_plain({"model_type": "bert", "hidden_act": "gelu"}), is_plain({"model_type": "gpt2"})
    (True, False)
    """
    return all(config.get(key) in values for key, values in _READ.items())


def bert_names(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights of an MPNet under the names that those of a BERT have; others keep theirs."""
    renamed = {}
    for name, weight in weights.items():
        for old, new in _MPNET_NAMES.items():
            name = name.replace(old, new)
        renamed[name] = weight
    return renamed


class States(NamedTuple):
    """What an encoder makes of its tokens.

    Args:
        last_hidden_state: ``(rows, length, hidden)``.
    """

    last_hidden_state: Tensor


class Layer(nn.Module):
    """Self-attention and a feed-forward network, each with a residual and a normalisation behind it.

    Args:
        config: Of the encoder, as transformers stores it.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        hidden, inner, eps = config["hidden_size"], config["intermediate_size"], config["layer_norm_eps"]
        self.heads = config["num_attention_heads"]
        asking = nn.ModuleDict({name: nn.Linear(hidden, hidden) for name in ("query", "key", "value")})
        self.attention = nn.ModuleDict({"self": asking, "output": _closing(hidden, hidden, eps)})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(hidden, inner)})
        self.output = _closing(inner, hidden, eps)

    def forward(self, states: Tensor, bias: Tensor | None, seen: Tensor | None) -> Tensor:
        """Return the states ``(rows, length, hidden)`` after this layer.

        Args:
            states: Those before it, of the same shape.
            bias, seen: As of :func:`quotestance.attention.attend`.
        """
        rows, length, _ = states.shape
        asking: Any = self.attention["self"]
        query, key, value = (
            asking[name](states).view(rows, length, self.heads, -1).transpose(1, 2)
            for name in ("query", "key", "value")
        )
        read = attend(query, key, value, bias=bias, seen=seen)
        states = _closed(self.attention["output"], read, states)
        return _closed(self.output, activated(self.intermediate["dense"], states), states)


def _closing(given: int, hidden: int, eps: float) -> nn.ModuleDict:
    return nn.ModuleDict({"dense": nn.Linear(given, hidden), "LayerNorm": nn.LayerNorm(hidden, eps=eps)})


def _closed(closing: Any, given: Tensor, residual: Tensor) -> Tensor:
    states: Tensor = closing["LayerNorm"](closing["dense"](given) + residual)
    return states


class Encoder(nn.Module):
    """A BERT or an MPNet without a pooler.

    Args:
        config: As transformers stores it; one that :func:`is_plain` takes.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        hidden = config["hidden_size"]
        self.config = SimpleNamespace(**config)
        self.is_mpnet = config["model_type"] == "mpnet"
        sizes = {"word": config["vocab_size"], "position": config["max_position_embeddings"]}
        if not self.is_mpnet:
            sizes["token_type"] = config["type_vocab_size"]
        tables: dict[str, nn.Module] = {
            f"{name}_embeddings": nn.Embedding(size, hidden) for name, size in sizes.items()
        }
        self.embeddings = nn.ModuleDict({**tables, "LayerNorm": nn.LayerNorm(hidden, eps=config["layer_norm_eps"])})
        layers = nn.ModuleList(Layer(config) for _ in range(config["num_hidden_layers"]))
        self.encoder = nn.ModuleDict({"layer": layers})
        if self.is_mpnet:
            buckets, heads = config["relative_attention_num_buckets"], config["num_attention_heads"]
            self.encoder["relative_attention_bias"] = nn.Embedding(buckets, heads)

    def get_input_embeddings(self) -> Any:
        """Return the table of the words."""
        return self.embeddings["word_embeddings"]

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
    ) -> States:
        """Read rows of tokens, all of the first segment.

        Args:
            input_ids: Of the tokens, ``(rows, length)``.
            attention_mask: 1 for a token, 0 for padding, ``(rows, length)``; ``None`` where nothing is padding.
            inputs_embeds: The tokens as vectors, ``(rows, length, hidden)``, in the place of ids.
        """
        states = self.get_input_embeddings()(input_ids) if inputs_embeds is None else inputs_embeds
        if not self.is_mpnet:
            types: Any = self.embeddings["token_type_embeddings"]
            states = states + types.weight[0]
        states = states + self.embeddings["position_embeddings"](self._places(input_ids, states))
        states = self.embeddings["LayerNorm"](states)
        seen = None if attention_mask is None or bool(attention_mask.all()) else attention_mask.bool()
        bias = self._bias(states) if self.is_mpnet else None
        layers: Any = self.encoder["layer"]
        for layer in layers:
            states = layer(states, bias, seen)
        return States(states)

    def _places(self, ids: Tensor | None, states: Tensor) -> Tensor:
        """Return the numbers of the places, ``(rows or 1, length)``."""
        if self.is_mpnet and ids is not None:
            counted = ids != _MPNET_PADDING
            return counted.cumsum(1) * counted + _MPNET_PADDING
        first = _MPNET_PADDING + 1 if self.is_mpnet else 0
        return torch.arange(first, first + states.shape[1], device=states.device)[None]

    def _bias(self, states: Tensor) -> Tensor:
        """Return what attention adds for the distance of two tokens, ``(1, heads, length, length)``."""
        place = torch.arange(states.shape[1], device=states.device)
        table: Any = self.encoder["relative_attention_bias"]
        near: Tensor = table(_buckets(place[None] - place[:, None], table.num_embeddings)).permute(2, 0, 1)[None]
        return near.to(states.dtype)


def _buckets(apart: Tensor, buckets: int) -> Tensor:
    """Return the bucket of each distance: half of them for each sign, and of those half by logarithm, as in T5."""
    half = buckets // 2
    exact, size = half // 2, apart.abs()
    by_logarithm = torch.log(size.float() / exact) / math.log(_FARTHEST / exact) * (half - exact)
    far = (exact + by_logarithm.clamp(min=0).long()).clamp(max=half - 1)
    return torch.where(size < exact, size, far) + (apart > 0) * half


class Logits(NamedTuple):
    """What a sequence classifier says.

    Args:
        logits: ``(rows, labels)``.
    """

    logits: Tensor


class SequenceClassifier(nn.Module):
    """An MPNet whose first token is classified, as transformers has it for sequence classification.

    Args:
        config: As transformers stores it; one that :meth:`reads` takes.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        hidden, labels = config["hidden_size"], config["id2label"]
        self.config = SimpleNamespace(**config, num_labels=len(labels))
        self.encoder = Encoder(config)
        self.pooler = nn.Linear(hidden, hidden)
        self.classifier = nn.Linear(hidden, len(labels))

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return self.classifier.weight.device

    @property
    def dtype(self) -> torch.dtype:
        """What its weights are held in."""
        return self.classifier.weight.dtype

    @classmethod
    def reads(cls, config: Mapping[str, Any]) -> bool:
        """Whether it reads a checkpoint with this config."""
        return is_plain(config) and config.get("architectures") == ["MPNetForSequenceClassification"]

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> SequenceClassifier:
        """Make a classifier for this config."""
        return cls(config)

    @classmethod
    def named(cls, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return weights of transformers under the names that they have here."""
        renamed = {}
        for name, weight in bert_names(weights).items():
            for old, new in _CLASSIFIER_NAMES.items():
                name = re.sub(old, new, name)
            renamed[name] = weight
        return renamed

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Logits:
        """Read rows of tokens; see :meth:`Encoder.forward`."""
        first = self.encoder(input_ids, attention_mask).last_hidden_state[:, 0]
        return Logits(self.classifier(torch.tanh(self.pooler(first))))
