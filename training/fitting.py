"""What the training scripts share: how a run starts, its optimizer steps, means of weights, and checkpoints."""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import get_linear_schedule_with_warmup

from quotestance.training.checkpoint import floating, forget_origin, half
from quotestance.weights import as_int8, write_weights

SEED = 13
"""Of every random choice, where a script does not say another one."""

LONGEST_GRADIENT = 1.0
"""Norm down to which the gradients of a step are clipped."""

STEPS_A_LINE = 50
"""Optimizer steps that a line of the log tells the mean losses of."""

log = logging.getLogger("training")

Weights = dict[str, Tensor]


def start(*, seed: int = SEED, threads: int = 2, log_file: Path | None = None) -> None:
    """Set the seed and the threads of torch, and log to a file or to the terminal."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", filename=log_file)
    torch.manual_seed(seed)
    torch.set_num_threads(threads)


def make_parser(docstring: str | None) -> argparse.ArgumentParser:
    """A parser that shows a script's docstring as it is written, with ``--threads``."""
    parser = argparse.ArgumentParser(description=docstring, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    return parser


def make_measuring_parser(docstring: str | None) -> argparse.ArgumentParser:
    """The same for a script that measures a model on gold: ``model``, and ``gold``, one or more."""
    parser = make_parser(docstring)
    parser.add_argument("model", type=Path)
    parser.add_argument("gold", type=Path, nargs="+")
    return parser


class Steps:
    """Optimizer steps under a rate that rises from 0 and falls back to it, with a line of log for every 50.

    Args:
        model: What learns.
        optimizer: Over its weights.
        total: Steps of the whole run.
        warm_up: Share of the steps in which the rate rises.
        clip: Longest gradient of a step; None: any.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        *,
        total: int,
        warm_up: float,
        clip: float | None = LONGEST_GRADIENT,
    ) -> None:
        self.model, self.optimizer, self.total, self.clip = model, optimizer, total, clip
        self.schedule = get_linear_schedule_with_warmup(optimizer, int(warm_up * total), total)
        self.taken = 0
        self._began = time.time()
        self._losses: list[tuple[float, ...]] = []

    def take(self, loss: Tensor, **parts: Tensor) -> None:
        """One step down a loss; ``parts`` are logged by their names instead of it."""
        loss.backward()  # type: ignore[no-untyped-call]
        if self.clip is not None:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad()
        self.taken += 1
        shown = parts or {"loss": loss}
        self._losses.append(tuple(part.item() for part in shown.values()))
        if len(self._losses) == STEPS_A_LINE:
            means = np.mean(self._losses, axis=0).tolist()
            words = " ".join(f"{name} {mean:.4f}" for name, mean in zip(shown, means, strict=True))
            log.info("step %d/%d %s  %.0f s", self.taken, self.total, words, time.time() - self._began)
            self._losses.clear()


class RunningAverage:
    """The exponential running average of a model's weights, which changes faster in the first steps.

    Args:
        model: What learns.
        decay: Share of the average that a step keeps, in [0, 1); 0: the average is the weights.
    """

    def __init__(self, model: torch.nn.Module, decay: float) -> None:
        self.model, self.decay = model, decay
        self._average = copied(model)

    @torch.no_grad()
    def follow(self, step: int) -> None:
        """Move toward the weights after a step, counted from 1."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, weight in self.model.state_dict().items():
            if weight.is_floating_point():
                self._average[name].lerp_(weight, 1 - decay)

    def load(self) -> None:
        """Put the average into the model."""
        self.model.load_state_dict(self._average)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The model with the average for its weights; it has its own again afterwards."""
        own = copied(self.model)
        self.load()
        try:
            yield
        finally:
            self.model.load_state_dict(own)


def copied(model: torch.nn.Module) -> Weights:
    """A copy of a model's weights."""
    return {name: weight.clone() for name, weight in model.state_dict().items()}


def mean_weights(states: Sequence[Mapping[str, Tensor]], shares: Sequence[float] | None = None) -> Weights:
    """The mean of every floating-point weight of the first of several states, over those that have it.

    Args:
        states: Of models that began as one.
        shares: How much each counts, above 0; None: all the same.
    """
    counts = shares or [1.0] * len(states)
    return {name: _mean(name, states, counts) for name in floating(states[0])}


def _mean(name: str, states: Sequence[Mapping[str, Tensor]], shares: Sequence[float]) -> Tensor:
    having = [(state[name].float(), share) for state, share in zip(states, shares, strict=True) if name in state]
    whole = sum(share for _, share in having)
    return torch.stack([weight * (share / whole) for weight, share in having]).sum(0)


def store(model: Any, tokenizer: Any, out: Path, *, as_half: bool = False) -> None:
    """Write a model into a folder in place of what is there, as int8 by row or in half precision.

    Its configuration does not tell where its encoder came from.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    reduce: Callable[[Mapping[str, Tensor]], dict[str, Tensor]] = half if as_half else as_int8
    forget_origin(model.config)
    write_weights(reduce(floating(model.state_dict())), out)
    model.config.save_pretrained(out)
    tokenizer.save_pretrained(out)
    config = json.loads((out / "config.json").read_text())
    config.pop("_name_or_path", None)
    (out / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def save_checkpoint(model: Any, tokenizer: Any, out: Path) -> None:
    """Write a model with its tokenizer into a folder."""
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)


def nearest_of_the_best(scores: Mapping[float, float], usual: float, *, tie: float) -> float:
    """Of the values that score no further apart from the best than ``tie`` the one nearest to the usual value.

    >>> nearest_of_the_best({0.3: 0.80, 0.5: 0.79, 0.7: 0.60}, 0.5, tie=0.02)
    0.5
    """
    good = [value for value in scores if scores[value] >= max(scores.values()) - tie]
    return min((abs(value - usual), value) for value in good)[1]
