"""Shipped models read without transformers, whose import takes longer than all else until a first article is read.

What is read this way is what a test holds equal to what transformers reads: the shipped folders, as long as their
encoders are of the kinds in :mod:`quotestance.encoders`. Any other folder goes through :mod:`quotestance.checkpoints`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from quotestance.checkpoints import check_finite, check_sizes, loading
from quotestance.errors import CheckpointError
from quotestance.folders import CONFIG, TOKENIZER, TOKENIZER_CONFIG, is_shipped, open_folder, read_object
from quotestance.packing import can_pack, pack
from quotestance.threads import keep_forks_alive
from quotestance.weights import read_weights

_BUILDING = threading.Lock()  # held while layers draw no numbers, so that two threads do not undo each other


@dataclass(frozen=True, slots=True)
class PlainTokenizer:
    """What reading needs of a tokenizer of transformers.

    Args:
        backend_tokenizer: Encodes texts.
        pad_token_id, cls_token_id, sep_token_id: Ids of the special tokens.
    """

    backend_tokenizer: Any
    pad_token_id: int
    cls_token_id: int
    sep_token_id: int

    @classmethod
    def load(cls, folder: Path) -> PlainTokenizer:
        """Load the tokenizer of a shipped model."""
        backend, names = Tokenizer.from_file(str(folder / TOKENIZER)), read_object(folder / TOKENIZER_CONFIG)
        ids: list[Any] = [backend.token_to_id(names[f"{name}_token"]) for name in ("pad", "cls", "sep")]
        if None in ids:
            raise CheckpointError(f"{folder / TOKENIZER_CONFIG}: a special token is not in {TOKENIZER}.")
        return cls(backend, *ids)


class PlainModel(Protocol):
    """A class of models in plain torch."""

    @classmethod
    def reads(cls, config: Mapping[str, Any]) -> bool:
        """Whether it reads a checkpoint with this config."""

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> nn.Module:
        """Make a model for this config."""

    @classmethod
    def named(cls, weights: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Return weights of transformers under the names that they have in this model."""


def load_plain(
    kind: type[PlainModel], name: str | Path, *, device: str = "cpu", dtype: torch.dtype = torch.float32
) -> tuple[Any, PlainTokenizer] | None:
    """Load a shipped model with its tokenizer, or return ``None`` where it takes transformers to read the folder.

    Args:
        kind: What the model is made of.
        name: Folder, shipped name or hub name.
        device: A torch device ("cpu", "cuda").
        dtype: Type of number that the weights are held in.

    Raises:
        CheckpointError: The folder is missing, a file in it is missing or damaged, or the sizes in its config are not
            those of its weights.
    """
    folder = open_folder(name)
    if not is_shipped(folder) or not kind.reads(config := read_object(folder / CONFIG)):
        return None
    keep_forks_alive()
    with loading("a shipped model", name):
        check_sizes(folder)
        with _BUILDING, _undrawn():
            model = kind.of(config)
        model.load_state_dict(kind.named(read_weights(folder, dtype)), assign=True)
        tokenizer = PlainTokenizer.load(folder)
    check_finite(model, name)
    model = model.eval().requires_grad_(requires_grad=False).to(device)
    if can_pack(dtype, device):
        pack(model.get_submodule("encoder"))
    return model, tokenizer


@contextmanager
def _undrawn() -> Iterator[None]:
    """Make layers in this thread without drawing numbers for weights that will be assigned."""
    own = threading.get_ident()

    def skipping(draw: Callable[[Any], None]) -> Callable[[Any], None]:
        return lambda layer: None if threading.get_ident() == own else draw(layer)

    drawing: dict[Any, Callable[[Any], None]] = {
        kind: kind.reset_parameters for kind in (nn.Linear, nn.Embedding, nn.LayerNorm)
    }
    for kind, draw in drawing.items():
        kind.reset_parameters = skipping(draw)
    try:
        yield
    finally:
        for kind, draw in drawing.items():
            kind.reset_parameters = draw
