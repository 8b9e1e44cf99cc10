"""Loading a reader: a shipped one in plain torch, any other through transformers."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import torch

from quotestance.batching import rounded_up
from quotestance.checkpoints import load_both
from quotestance.errors import CheckpointError
from quotestance.folders import is_number, is_whole
from quotestance.plain import load_plain
from quotestance.reader.model import PlainReader
from quotestance.reader.tokens import MULTIPLE, SPECIAL_TOKENS
from quotestance.types import STANCES

THRESHOLDS = (
    *("content_bias", "quoted", "join", "source", "nested_bias", "min_confidence"),
    *("confidence_intercept", "confidence_content", "confidence_source"),
    *("speaker_name_bias", "speaker_told_bias", "speaker_role_least", "speaker_home_least"),
    *("speaker_unnamed_role_least", "speaker_role_link", "speaker_home_link"),
    *("speaker_affiliation_least", "speaker_country_least"),
    *("speaker_intercept", "speaker_slope"),
    "stance_temperature",
    *(f"stance_bias_{label}" for label in STANCES),
)
"""Names of all that a ``config.decoding`` may hold; quotes, speakers and stance say what each means."""

FORMER = frozenset(
    (
        *("speaker_unsure", "speaker_country_intercept", "speaker_country_word", "speaker_country_no_word"),
        *("speaker_country_share", "speaker_country_most", "speaker_country_word_most", "speaker_country_last"),
        "speaker_country_size",
    )
)
"""Names that a ``config.decoding`` of an older version may hold too, and that nothing reads any more."""

_SPECIAL = ("pad_token", "cls_token", "sep_token")


def load_reader(name: str | Path, *, device: str, dtype: torch.dtype) -> tuple[Any, Any]:
    """Load a reader with its tokenizer, in evaluation mode.

    Args:
        name: Folder, shipped name or hub name of its checkpoint.
        device: A torch device ("cpu", "cuda").
        dtype: Type of number that the weights are held in.

    Raises:
        CheckpointError: The checkpoint is missing, incomplete or of the wrong kind, or a setting in its config makes no
            sense.
    """
    model, tokenizer = load_plain(PlainReader, name, device=device, dtype=dtype) or _load(name, device, dtype)
    if faults := [*_window_faults(model.config, model.encoder.config), *_decoding_faults(model.config.decoding)]:
        raise CheckpointError(
            f"The attribution model {str(name)!r} has a config.json that is not sound: {'; '.join(faults)}."
        )
    return model, tokenizer


def _load(name: str | Path, device: str, dtype: torch.dtype) -> tuple[Any, Any]:
    """Load any reader that transformers can load, with its tokenizer."""
    from quotestance.reader.pretrained import AttributionModel

    return load_both(AttributionModel, name, device=device, special=_SPECIAL, dtype=dtype)


def _window_faults(config: Any, encoder: Any) -> Iterator[str]:
    for key, least in (("window", 1), ("before", 0), ("after", 0)):
        if not is_whole(value := getattr(config, key), least):
            yield f"{key} is {value!r}, where a whole number of at least {least} belongs"
    places = getattr(encoder, "max_position_embeddings", -1)
    are_whole = is_whole(config.window, 1) and is_whole(places, 0)
    if are_whole and rounded_up(config.window + SPECIAL_TOKENS, MULTIPLE) > places:
        yield f"window is {config.window}, but the encoder has {places} places, special tokens and padding included"


def _decoding_faults(decoding: Any) -> Iterator[str]:
    if not isinstance(decoding, dict):
        yield f"decoding is a {type(decoding).__name__}, where an object belongs"
        return
    for key, value in decoding.items():
        if key not in THRESHOLDS and key not in FORMER:
            (nearest,) = get_close_matches(key, THRESHOLDS, n=1, cutoff=0.0)
            yield f"decoding.{key} is no threshold that there is (did you mean {nearest}?)"
        elif not is_number(value):
            yield f"decoding.{key} is {value!r}, where a number belongs"
