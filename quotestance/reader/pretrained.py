"""The reader as a model of transformers: what is trained, saved, and loaded from any checkpoint.

The shipped reader is read without transformers (:class:`quotestance.reader.model.PlainReader`).
"""

from __future__ import annotations

from typing import Any

from torch import nn
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel

from quotestance.reader.model import Reads


class AttributionConfig(PretrainedConfig):  # type: ignore[misc]  # transformers is untyped
    """What rebuilds the model: the encoder's own configuration and the sizes of the heads.

    Args:
        encoder: ``to_dict()`` of the encoder's configuration.
        link_size: Width of the queries and keys of a relation.
        reads_people: Whether the model has the heads for people.
        reads_nested: Whether it has the heads for quotes inside quotes.
        reads_stance: Whether it has the head for stance.
        stance_size: Numbers that this notes of a token for each part of a quote.
        window, before, after: See :func:`quotestance.reader.tokens.plan_windows`.
        decoding: Thresholds and calibration fitted on held-out articles, by name.
    """

    model_type = "quotestance-attribution"

    def __init__(
        self,
        encoder: dict[str, Any] | None = None,
        link_size: int = 128,
        reads_people: bool = False,
        reads_nested: bool = False,
        reads_stance: bool = False,
        stance_size: int = 64,
        window: int = 382,
        before: int = 64,
        after: int = 64,
        decoding: dict[str, float] | None = None,
        **rest: Any,
    ) -> None:
        self.encoder = {"model_type": "bert"} if encoder is None else encoder
        self.link_size = link_size
        self.reads_people = reads_people
        self.reads_nested = reads_nested
        self.reads_stance = reads_stance
        self.stance_size = stance_size
        self.window = window
        self.before = before
        self.after = after
        self.decoding = {} if decoding is None else decoding
        super().__init__(**rest)


class AttributionModel(Reads, PreTrainedModel):  # type: ignore[misc]  # transformers is untyped
    """Encoder with heads for tags and links; loads and saves like any Hugging Face model."""

    config_class = AttributionConfig
    base_model_prefix = "encoder"

    def __init__(self, config: AttributionConfig) -> None:
        super().__init__(config)
        encoder = AutoConfig.for_model(**config.encoder)
        self.encoder = AutoModel.from_config(encoder, add_pooling_layer=False, trust_remote_code=False)
        self._add_heads(encoder.hidden_size)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):  # features and biases begin at zero
            nn.init.zeros_(module.weight)


AutoConfig.register(AttributionConfig.model_type, AttributionConfig)
