"""Model folders: where the shipped ones lie, and weights stored as 8-bit integers.

A folder is an ordinary Hugging Face one (config.json, model*.safetensors, tokenizer.json). Weights may be stored as
int8 with one scale for every row (absolute maximum / 127), which quarters the file; they are turned back into floats
when the model is loaded. Nothing is unpickled and nothing is fetched unless the user names a hub model.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from quotestance.errors import CheckpointError

_SCALE = ".int8_scale"
_SHARD_BYTES = 90_000_000
# Without any of them transformers would make up a tokenizer that knows no word.
_VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json", "spm.model", "sentencepiece.bpe.model", "spiece.model")


def shipped(name: str) -> Path:
    """Folder of a shipped model; in a checkout it lies beside the package, in an installed wheel inside it.

    Raises:
        CheckpointError: No such model is shipped.
    """
    package = Path(__file__).parent
    for root in (package / "models", package.parent / "models"):
        if (root / name / "config.json").is_file():
            return root / name
    found = sorted(
        p.parent.name for r in (package / "models", package.parent / "models") for p in r.glob("*/config.json")
    )
    raise CheckpointError(f"No model {name!r} is shipped here. Available: {', '.join(found) or 'none'}.")


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


def as_float(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Undo :func:`as_int8`; weights that were stored as floats become float32."""
    weights = {}
    for name, weight in stored.items():
        if name.endswith(_SCALE):
            continue
        scale = stored.get(name + _SCALE)
        weights[name] = weight.float() if scale is None else weight.float() * scale[:, None]
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
        save_file(shards[0], folder / "model.safetensors", metadata={"format": "pt"})
        return
    names = [f"model-{number:05d}-of-{len(shards):05d}.safetensors" for number in range(1, len(shards) + 1)]
    for name, shard in zip(names, shards, strict=True):
        save_file(shard, folder / name, metadata={"format": "pt"})
    placed = {weight: name for name, shard in zip(names, shards, strict=True) for weight in shard}
    total = sum(weight.nbytes for weight in weights.values())
    index = {"metadata": {"total_size": total}, "weight_map": placed}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1, sort_keys=True) + "\n")


def read_weights(folder: Path) -> dict[str, Tensor]:
    """All weights of a folder as float32.

    Raises:
        CheckpointError: A shard is damaged.
    """
    stored: dict[str, Tensor] = {}
    for file in sorted(folder.glob("*.safetensors")):
        try:
            stored |= load_file(file)
        except SafetensorError as error:
            raise CheckpointError(f"{file} cannot be read: {error}. Is it a Git LFS pointer or cut short?") from error
    return as_float(stored)


def load_model(model_class: Any, name: str | Path) -> Any:
    """A model in evaluation mode from a folder (weights stored as floats or as int8) or from a hub name.

    Args:
        model_class: ``AutoModelForSequenceClassification`` or any other class with ``from_pretrained``.
        name: The folder, or the name on the hub, from where it is fetched unless it was before.

    Raises:
        CheckpointError: The folder is incomplete or holds something else.
    """
    folder = Path(name)
    try:
        with _quiet_transformers():
            if folder.is_dir() and _is_int8(folder):
                return _from_int8(model_class, folder)
            model, report = model_class.from_pretrained(str(name), use_safetensors=True, output_loading_info=True)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(
            f"Cannot load a model (config.json, *.safetensors) from {str(name)!r}: {error}"
        ) from error
    if missing := sorted(report["missing_keys"]):
        raise CheckpointError(
            f"The checkpoint {str(name)!r} lacks the weights {', '.join(missing[:5])}. Is it one of a "
            f"{model_class.__name__}, fine-tuned and saved with save_pretrained?"
        )
    return model.float().eval()


def _is_int8(folder: Path) -> bool:
    for file in folder.glob("*.safetensors"):
        with safe_open(file, "pt") as weights:
            if any(name.endswith(_SCALE) for name in weights.keys()):  # noqa: SIM118  # not a dict
                return True
    return False


def _from_int8(model_class: Any, folder: Path) -> Any:
    from transformers import AutoConfig

    config = (getattr(model_class, "config_class", None) or AutoConfig).from_pretrained(folder)
    make = getattr(model_class, "from_config", model_class)  # the Auto classes cannot be called
    model = make(config)
    model.load_state_dict(read_weights(folder))
    return model.eval()


@contextmanager
def _quiet_transformers() -> Iterator[None]:
    """Keep the progress bars and reports of transformers off the user's screen while loading."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def load_tokenizer(name: str | Path) -> Any:
    """The fast tokenizer of a folder or hub model.

    Raises:
        CheckpointError: There is none, or it is not a fast one (offsets need that).
    """
    from transformers import AutoTokenizer

    folder = Path(name)
    if folder.is_dir() and not any((folder / file).is_file() for file in _VOCABULARIES):
        raise CheckpointError(
            f"The folder {str(name)!r} has no {_VOCABULARIES[0]}. Copy the model's own tokenizer there."
        )
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(name))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"Cannot load a tokenizer from {str(name)!r}: {error}") from error
    if not tokenizer.is_fast:
        raise CheckpointError(f"The tokenizer of {str(name)!r} has no tokenizer.json; offsets need a fast tokenizer.")
    return tokenizer
