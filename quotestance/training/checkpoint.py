"""Weights on disk: what a run that was killed goes on from, and a reader in half precision; nothing is pickled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from quotestance.errors import CheckpointError
from quotestance.io.saving import saving
from quotestance.weights import open_weights, write_weights

FILE, PARTIAL = "checkpoint.safetensors", "checkpoint.partial"
_MODEL, _STATE = "model.", "optimizer."
_OF_STEPS = ("step", "exp_avg", "exp_avg_sq")  # what AdamW keeps of every weight that it has moved


def save(folder: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, epoch: int, scores: list[Any]) -> None:
    """Write a checkpoint in place of the one before, all at once.

    Args:
        folder: The run folder.
        model, optimizer: What has learned.
        epoch: Epochs that are done.
        scores: What the run knows of each of them.

    Raises:
        RunError: It cannot be written.
    """
    tensors = {f"{_MODEL}{name}": weight.detach().clone() for name, weight in model.state_dict().items()}
    moved = optimizer.state_dict()["state"]
    for number, state in moved.items():
        tensors |= {f"{_STATE}{number}.{name}": torch.as_tensor(value).clone() for name, value in state.items()}
    told = {"epoch": str(epoch), "scores": json.dumps(scores), "moved": str(len(moved))}
    with saving(folder / FILE):
        save_file(tensors, folder / PARTIAL, metadata=told)
        (folder / PARTIAL).replace(folder / FILE)


def load(folder: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> tuple[int, list[Any]]:
    """Put the checkpoint of a folder, where there is one, into model and optimizer.

    Returns:
        How many epochs are done, and what is known of each; ``(0, [])`` without a checkpoint.

    Raises:
        CheckpointError: It is damaged, or of another model, or lacks what the optimizer goes on from, or its number of
            epochs is not that of their scores.
    """
    try:
        return _load(folder, model, optimizer)
    except (SafetensorError, ValueError, KeyError, RuntimeError) as error:
        why = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise CheckpointError(
            f"{folder / FILE} is damaged ({why}). Remove it, and the run begins anew with the same command."
        ) from error


def _load(folder: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> tuple[int, list[Any]]:
    if not (folder / FILE).is_file():
        return 0, []
    weights: dict[str, Tensor] = {}
    state: dict[int, dict[str, Tensor]] = {}
    with safe_open(folder / FILE, "pt") as stored:
        for name in stored.keys():  # noqa: SIM118  # not a dict
            if name.startswith(_MODEL):
                weights[name.removeprefix(_MODEL)] = stored.get_tensor(name)
            else:
                number, _, key = name.removeprefix(_STATE).partition(".")
                state.setdefault(int(number), {})[key] = stored.get_tensor(name)
        told = stored.metadata() or {}  # None where a file has none
    model.load_state_dict(weights)
    _check_state(optimizer, state, int(told.get("moved", len(state))))
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
    epoch, scores = int(told["epoch"]), json.loads(told["scores"])
    if not isinstance(scores, list) or len(scores) != epoch:
        raise ValueError(f"it tells of {epoch} epochs, with the scores {told['scores']:.60}")
    return epoch, scores


def _check_state(optimizer: torch.optim.Optimizer, state: Mapping[int, Mapping[str, Tensor]], moved: int) -> None:
    """Check what an optimizer goes on from, which torch takes as it is and stumbles over at the next step.

    Raises:
        KeyError: Something is missing.
        ValueError: Something is of other weights.
    """
    weights = dict(enumerate(weight for group in optimizer.param_groups for weight in group["params"]))
    if len(state) != moved or not state:
        raise ValueError(f"it has the optimizer's state of {len(state)} weights, of {moved or len(weights)}")
    for number, kept in state.items():
        for key in _OF_STEPS:
            if number not in weights or kept[key].shape != (() if key == "step" else weights[number].shape):
                raise ValueError(f"its {_STATE}{number}.{key} is of another model")


def clear(folder: Path) -> None:
    """Remove what only a run that goes on needs."""
    for name in (FILE, PARTIAL):
        (folder / name).unlink(missing_ok=True)


def floating(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights that are floating-point numbers."""
    return {name: weight for name, weight in weights.items() if weight.is_floating_point()}


def half(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the floating-point weights as float16, ready to be written."""
    return {name: weight.half().contiguous() for name, weight in floating(weights).items()}


def save_half(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write a reader with its tokenizer, in half precision, by which the scores lose nothing.

    Args:
        model: An :class:`~quotestance.reader.pretrained.AttributionModel`.
        tokenizer: Its tokenizer.
        folder: Where to; it is made where it is not there.

    Raises:
        RunError: It cannot be written.
    """
    forget_origin(model.config)
    with saving(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_weights(half(model.state_dict()), folder)
        tokenizer.save_pretrained(folder)
        model.config.save_pretrained(folder)
        open_weights(folder)


def forget_origin(config: Any) -> None:
    """Leave out of a configuration where it came from, and what its encoder leaves open."""
    config.name_or_path = ""
    if hasattr(config, "encoder"):
        config.encoder = {
            key: value for key, value in config.encoder.items() if value is not None and key != "_name_or_path"
        }
