"""Logits of a sequence classifier for texts of any length, each by itself or with a second segment behind it.

A text longer than a window is read window by window and its logits are averaged, each window weighing as many tokens as
it reads; nothing is cut off. Takes time linear in the length of the texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from quotestance.batching import FloatArray, Precision, computing, equal_lengths
from quotestance.checkpoints import TRIAL, check_outputs, loading
from quotestance.errors import CheckpointError
from quotestance.folders import is_whole
from quotestance.reader.tokens import untouched
from quotestance.text import scalar_values

Logits = npt.NDArray[np.float64]

LEAST_TEMPERATURE = 1e-6
"""What logits may be divided by at least: by far less, and they are infinite and have no probabilities."""

LONGEST_WINDOW = 256  # tokens; quotes are short, and attention costs the square of the window
_PLACES = 512  # where a config does not say how many there are
_LEAST_PLACES = 5  # two that some models leave empty, two special tokens and a word
_MOST_SECOND = 0.6  # of a window, what a second segment may fill
_OVERLAP = 32  # tokens that neighbouring windows of a long text share


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a text: token ids before and after it, and the token types of those after it."""

    before: list[int]
    after: list[int]
    types: list[int]

    @classmethod
    def of(cls, tokenizer: Any, second: str | None = None) -> Frame:
        """Build the frame of a text by itself, or of one that is followed by a second segment.

        It is read off an encoded example, for the special tokens of a pair differ from tokenizer to tokenizer.
        """
        encoding = untouched(tokenizer).encode("a", second)
        own = [place for place, sequence in enumerate(encoding.sequence_ids) if sequence == 0]
        end = own[-1] + 1
        return cls(encoding.ids[: own[0]], encoding.ids[end:], encoding.type_ids[end:])


def window_of(config: Any) -> int:
    """Most tokens that a model with this config reads at once, special tokens counted.

    Raises:
        CheckpointError: The config gives the model no room for a word between its special tokens.
    """
    places = getattr(config, "max_position_embeddings", _PLACES)
    if places == -1:  # XLNet's way of saying that there is no end
        return LONGEST_WINDOW
    if not is_whole(places, _LEAST_PLACES):
        raise CheckpointError(
            f"{config.name_or_path}: max_position_embeddings is {places!r} in config.json. Give the number of places "
            f"that the model was trained with, at least {_LEAST_PLACES}."
        )
    return int(min(places - 2, LONGEST_WINDOW))


def columns_of(config: Any) -> dict[str, int]:
    """For every label of a model with this config, in lower case, the index of its logit."""
    return {str(label).lower(): int(index) for index, label in config.id2label.items()}


def output_layer(model: Any) -> torch.nn.Linear:
    """Return the last linear layer of a classifier, whose outputs are the logits.

    Raises:
        ValueError: It ends in another kind of layer, or in one without biases.
    """
    linear = [module for module in model.modules() if isinstance(module, torch.nn.Linear)]
    if not linear or linear[-1].out_features != model.config.num_labels or linear[-1].bias is None:
        raise ValueError(f"A {type(model).__name__} does not end in a linear layer with a bias for each of its labels.")
    return linear[-1]


def with_outputs(model: Any, labels: Sequence[str]) -> Any:
    """Give a classifier these outputs, in this order, in place; one that it does not tell is 0 for every text.

    Args:
        model: A sequence classifier, whose config names what it tells.
        labels: Names of the outputs, in small letters.

    Raises:
        ValueError: As :func:`output_layer`.
    """
    columns, last = columns_of(model.config), output_layer(model)
    places = [columns.get(label) for label in labels]
    with torch.no_grad():
        for name in ("weight", "bias"):
            old = getattr(last, name)
            rows = [torch.zeros_like(old[0]) if place is None else old[place] for place in places]
            setattr(last, name, torch.nn.Parameter(torch.stack(rows)))
    last.out_features = model.num_labels = len(labels)
    model.config.id2label = dict(enumerate(labels))
    model.config.label2id = {label: index for index, label in enumerate(labels)}
    return model


def check_one_each(texts: Sequence[str], others: Sequence[str] | None, what: str) -> None:
    """Check that texts are many, and that there are as many ``others``, where there are any.

    Args:
        texts: What is classified.
        others: What goes with each text, or ``None``.
        what: What one of the others is, for the message.

    Raises:
        TypeError: Texts are one text, whose letters would be read one by one.
        ValueError: There are more or fewer of the others.
    """
    if isinstance(texts, str):
        raise TypeError("Give a list of texts, not one text: [text].")
    if others is not None and len(others) != len(texts):
        raise ValueError(f"Give one {what} for every text: {len(others)} for {len(texts)} texts.")


def mean_logits(
    model: Any,
    tokenizer: Any,
    texts: Sequence[str],
    *,
    seconds: Sequence[str] | None = None,
    window: int = LONGEST_WINDOW,
    batch_tokens: int = 4_096,
    precision: Precision = "auto",
) -> Logits:
    """Logits ``(texts, outputs)``.

    Args:
        model: A sequence classifier of transformers, in evaluation mode.
        tokenizer: Its fast tokenizer.
        texts: Texts of any length; an empty one is read like any other.
        seconds: For every text a second segment that all its windows are paired with; empty for none, and left out
            where it would fill more than three fifths of a window.
        window: Most tokens read in one pass, special tokens and second segment counted, ``>= 3``.
        batch_tokens: About how many tokens, padding included, are read at once; a longer window is read by itself.
        precision: See :func:`quotestance.batching.computing`.

    Raises:
        ValueError: There are not as many second segments as texts.
    """
    check_one_each(texts, seconds, "second segment")
    texts = list(map(scalar_values, texts))
    seconds = [""] * len(texts) if seconds is None else list(map(scalar_values, seconds))
    frames = frames_of(tokenizer, seconds, window)
    windows, owners, sizes = cut_windows(tokenizer, texts, frames, window)
    sums = np.zeros((len(texts), model.config.num_labels), dtype=np.float64)
    weights = np.zeros(len(texts))
    around = [frames[owner] for owner in owners]
    for place, row in enumerate(_in_batches(model, tokenizer, windows, around, window, batch_tokens, precision)):
        sums[owners[place]] += row * sizes[place]
        weights[owners[place]] += sizes[place]
    means: Logits = sums / weights[:, None]
    return means


def try_out(model: Any, tokenizer: Any, window: int, name: str | Path) -> None:
    """Read a short text, so that a checkpoint that cannot is told from one that can before there are articles.

    Args:
        model, tokenizer, window: As in :func:`mean_logits`.
        name: Folder or hub name of the checkpoint.

    Raises:
        CheckpointError: It cannot be read, or the logits are no numbers.
    """
    with loading("a classifier that runs", name):
        check_outputs(name, mean_logits(model, tokenizer, [TRIAL], seconds=[TRIAL], window=window))


def softmax(logits: Logits) -> Logits:
    """Probabilities of the outputs along the last axis, for logits of any shape."""
    odds = np.exp(logits - logits.max(-1, keepdims=True))
    chances: Logits = odds / odds.sum(-1, keepdims=True)
    return chances


def frames_of(tokenizer: Any, seconds: Sequence[str], window: int) -> list[Frame]:
    """Return the frame of each text, given the second segments."""
    known = {second: Frame.of(tokenizer, second or None) for second in set(seconds)}
    bare = Frame.of(tokenizer)
    most = _MOST_SECOND * window
    return [known[second] if len(known[second].after) <= most else bare for second in seconds]


def cut_windows(
    tokenizer: Any, texts: Sequence[str], frames: Sequence[Frame], window: int
) -> tuple[list[list[int]], list[int], list[int]]:
    """Token ids of every window, the text it belongs to and its weight: how many tokens of the text it reads."""
    windows, owners, sizes = [], [], []
    encodings = untouched(tokenizer).encode_batch(list(texts), add_special_tokens=False)
    for owner, (encoding, frame) in enumerate(zip(encodings, frames, strict=True)):
        ids = encoding.ids
        room = window - len(frame.before) - len(frame.after)
        overlap = min(_OVERLAP, room // 2)
        for start in range(0, max(1, len(ids) - overlap), room - overlap):
            piece = ids[start : start + room]
            windows.append([*frame.before, *piece, *frame.after] or [tokenizer.pad_token_id])
            owners.append(owner)
            sizes.append(max(1, len(piece)))
    return windows, owners, sizes


def _in_batches(
    model: Any,
    tokenizer: Any,
    windows: Sequence[list[int]],
    frames: Sequence[Frame],
    most: int,
    batch_tokens: int,
    precision: Precision,
) -> FloatArray:
    """Logits ``(windows, outputs)``; each window is padded to a multiple of 16, or ``most``, by its length alone.

    Pairs are not read together with single texts: BART takes no rows with different numbers of closing tokens.
    """
    logits = np.zeros((len(windows), model.config.num_labels), dtype=np.float32)
    bare = len(Frame.of(tokenizer).after)
    for is_bare in (True, False):
        own = [row for row, frame in enumerate(frames) if (len(frame.after) == bare) is is_bare]
        for length, places in equal_lengths([len(windows[row]) for row in own], multiple=16, batch_tokens=batch_tokens):
            rows = [own[place] for place in places]
            given = [(windows[row], frames[row]) for row in rows]
            logits[rows] = _read(model, tokenizer, given, min(length, most), precision)
    return logits


def _read(
    model: Any, tokenizer: Any, windows: Sequence[tuple[list[int], Frame]], length: int, precision: Precision
) -> FloatArray:
    ids = torch.full((len(windows), length), tokenizer.pad_token_id)
    mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, (window, frame) in enumerate(windows):
        ids[row, : len(window)] = torch.tensor(window)
        mask[row, : len(window)] = 1
        types[row, len(window) - len(frame.types) : len(window)] = torch.tensor(frame.types)
    given = {"input_ids": ids, "attention_mask": mask}
    if getattr(model.config, "type_vocab_size", 0) > 1:  # the others have no token types, or take no argument for them
        given["token_type_ids"] = types
    with torch.inference_mode(), computing(model.device, precision, held=model.dtype):
        logits = model(**{name: tensor.to(model.device) for name, tensor in given.items()}).logits
    read: FloatArray = logits.float().cpu().numpy()
    return read
