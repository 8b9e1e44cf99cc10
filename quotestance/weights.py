"""Weights of a model folder, in safetensors: read, written, and stored as 8-bit integers.

Weights may be stored as int8 with one scale for every row (absolute maximum / 127), which quarters the file; they are
turned back into floats when they are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from quotestance.errors import CheckpointError
from quotestance.folders import CONFIG, INDEX, WEIGHTS, weight_files

_SCALE = ".int8_scale"
_SHARD_BYTES = 90_000_000


def as_int8(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights with every matrix as int8 rows and their float32 scales, all else as float32.

    Symmetric quantisation by row: ``w ≈ q * s`` with ``s = max|w| / 127``.
    """
    stored: dict[str, Tensor] = {}
    for name, weight in weights.items():
        if weight.ndim == 2 and weight.is_floating_point():
            scale = weight.float().abs().amax(1).clamp(min=1e-12) / 127
            stored[name] = (weight.float() / scale[:, None]).round().clamp(-127, 127).to(torch.int8)
            stored[name + _SCALE] = scale
        else:
            stored[name] = weight.float().contiguous() if weight.is_floating_point() else weight.contiguous()
    return stored


def has_int8(names: Iterable[str]) -> bool:
    """Whether there are int8 weights among weights of these names, as :func:`as_int8` names them."""
    return any(name.endswith(_SCALE) for name in names)


def as_float(stored: Mapping[str, Tensor], dtype: torch.dtype = torch.float32) -> dict[str, Tensor]:
    """Undo :func:`as_int8`; weights that were stored as floats become floats of a type too.

    Args:
        stored: The weights as they are stored.
        dtype: Type of the floats. Each weight becomes one before the next is expanded.

    Raises:
        CheckpointError: The scales of an int8 weight are missing or do not fit it.
    """
    weights = {}
    for name, weight in stored.items():
        if name.endswith(_SCALE):
            continue
        scale = stored.get(name + _SCALE)
        rows = None if scale is None else tuple(scale.shape)
        if (weight.dtype == torch.int8 or scale is not None) and rows != tuple(weight.shape[:1]):
            raise CheckpointError(f"The weight {name} is stored as int8 without a scale for each of its rows.")
        expanded = weight if scale is None else weight.float().mul_(scale[:, None])
        weights[name] = expanded.to(dtype, copy=True) if expanded is weight else expanded.to(dtype)
    return weights


def write_weights(weights: Mapping[str, Tensor], folder: Path) -> None:
    """Write safetensors shards below 90 MB each with the index that Hugging Face folders have."""
    shards: list[dict[str, Tensor]] = [{}]
    size = 0
    for name, weight in weights.items():
        if size and size + weight.nbytes > _SHARD_BYTES:
            shards.append({})
            size = 0
        shards[-1][name] = weight
        size += weight.nbytes
    if len(shards) == 1:
        save_file(shards[0], folder / WEIGHTS, metadata={"format": "pt"})
        return
    names = [f"model-{number:05d}-of-{len(shards):05d}.safetensors" for number in range(1, len(shards) + 1)]
    for name, shard in zip(names, shards, strict=True):
        save_file(shard, folder / name, metadata={"format": "pt"})
    placed = {weight: name for name, shard in zip(names, shards, strict=True) for weight in shard}
    total = sum(weight.nbytes for weight in weights.values())
    index = {"metadata": {"total_size": total}, "weight_map": placed}
    (folder / INDEX).write_text(json.dumps(index, indent=1, sort_keys=True) + "\n")
    (folder / WEIGHTS).unlink(missing_ok=True)  # of a model that was there before, it would be read in their place


def open_weights(folder: Path) -> None:
    """Let those read the weights of a folder who may read its config: safetensors writes for the owner alone."""
    for file in folder.glob("*.safetensors"):
        file.chmod((folder / CONFIG).stat().st_mode)


def read_weights(folder: Path, dtype: torch.dtype = torch.float32) -> dict[str, Tensor]:
    """All weights of a folder as floats.

    Args:
        folder: Where they are; what is read of it, :func:`quotestance.folders.weight_files` says.
        dtype: Type of the floats.

    Raises:
        CheckpointError: There are none, a shard is missing or damaged, or the scales of an int8 weight do not fit it.
    """
    weights: dict[str, Tensor] = {}
    waiting: dict[str, Tensor] = {}
    files = weight_files(folder)
    try:
        for file in files:
            waiting |= _stored(file)
            weights |= as_float(_take_whole(waiting), dtype)  # one shard after the other: only one is in memory
        return weights | as_float(waiting, dtype)
    except CheckpointError as error:
        raise CheckpointError(f"{folder}: {error} Take the folder anew from where it came.") from error


def _stored(file: Path) -> dict[str, Tensor]:
    with _telling_damage(file):
        stored: dict[str, Tensor] = load_file(file)
    return stored


@contextmanager
def _telling_damage(file: Path) -> Iterator[None]:
    try:
        yield
    except SafetensorError as error:
        raise CheckpointError(f"{file} cannot be read: {error}. Is it a Git LFS pointer or cut short?") from error


def _take_whole(stored: dict[str, Tensor]) -> dict[str, Tensor]:
    """Take out the weights that have no scale in another shard."""
    parted = {name for name, one in stored.items() if one.dtype == torch.int8 and name + _SCALE not in stored}
    names = [
        name for name in stored if name not in parted and (not name.endswith(_SCALE) or name[: -len(_SCALE)] in stored)
    ]
    return {name: stored.pop(name) for name in names}


def weight_shapes(folder: Path) -> dict[str, list[int]]:
    """Return the shapes of the weights of a folder as they are stored, scales included; no weight is read.

    Raises:
        CheckpointError: There are none, or a shard is missing or damaged.
    """
    shapes: dict[str, list[int]] = {}
    for file in weight_files(folder):
        with _telling_damage(file), safe_open(file, "pt") as weights:
            shapes |= {name: weights.get_slice(name).get_shape() for name in weights.keys()}  # noqa: SIM118  # not a dict
    return shapes
