"""The folder of a training run.

run.json                  settings, labels, model that was started from, and whether the run has ended
log.txt                   what was done when
checkpoint.safetensors    while the run goes on: what it goes on from
config.json, model.safetensors, tokenizer.json, ...   at the end: the model
metrics.json, README.md   at the end: its figures and its card
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from numbers import Real
from pathlib import Path
from typing import Any

from quotestance.errors import CheckpointError, FormatError, RunError
from quotestance.folders import CONFIG, INDEX, WEIGHTS
from quotestance.io.locking import locked
from quotestance.io.saving import replacing, saving
from quotestance.training import checkpoint
from quotestance.types import check_count

RUN, LOG, LOCK = "run.json", "log.txt", "lock"
# Of a run before; a folder without a config is no model, and a new config must not meet old weights.
_ENDED = (CONFIG, WEIGHTS, INDEX, "metrics.json", "README.md")
log = logging.getLogger(__name__)

_SEED_BITS = 62  # torch takes 63, and every epoch has a seed of its own
_PACKAGE = logging.getLogger("quotestance")


def check_numbers(rate: float | None, seed: int, **counts: int) -> None:
    """Check the settings of a run that are numbers.

    Args:
        rate: Learning rate; ``None`` where it is still to be chosen.
        seed: Of all that is drawn.
        counts: By their names, what is at least 1.

    Raises:
        ValueError: A count is no whole number or below 1, the rate is not in (0, 1), or the seed is no whole number or
            has more than 62 bits.
    """
    for name, number in counts.items():
        check_count(name, number, name.replace("_a_step", " a step"))
    if rate is not None and not (isinstance(rate, Real) and 0 < rate < 1):
        raise ValueError(f"rate is a learning rate between 0 and 1, got {rate!r}.")
    if not isinstance(seed, int) or seed.bit_length() > _SEED_BITS:
        raise ValueError(f"seed is a whole number of at most {_SEED_BITS} bits, got {seed!r}.")


def open_run(folder: Path, settings: Mapping[str, Any], *, overwrite: bool) -> bool:
    """Prepare the folder of a run.

    Args:
        folder: The folder.
        settings: What the run depends on, ready for JSON.
        overwrite: Replace a run of other settings.

    Returns:
        Whether the run has ended already, with these very settings.

    Raises:
        FormatError: The folder holds something else than a run.
        FileExistsError: It holds a run of other settings, and not ``overwrite``.
        RunError: It cannot be written.
    """
    before = _read(folder)
    if before is not None and before["settings"] == settings and not (overwrite and before["ended"]):
        return bool(before["ended"])
    if before is not None and not overwrite:
        raise FileExistsError(
            f"{folder} holds a run with other settings ({_difference(before['settings'], settings)}). Name another "
            "folder, or set overwrite=True."
        )
    with saving(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / LOCK):  # another run that is at work there loses nothing
        with saving(folder):
            checkpoint.clear(folder)
            for name in _ENDED:
                (folder / name).unlink(missing_ok=True)
        note(folder, settings, ended=False)
    return False


def _read(folder: Path) -> dict[str, Any] | None:
    """Return what a folder says of its run; ``None`` where it is empty or not there."""
    if not folder.exists() or (folder.is_dir() and not any(file.name != LOCK for file in folder.iterdir())):
        return None
    try:
        found = json.loads((folder / RUN).read_bytes())
        return {"settings": dict(found["settings"]), "ended": bool(found["ended"])}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise FormatError(f"{folder}: holds something else than a training run. Name another folder.") from error


def _difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    names = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    return ", ".join(f"{name}: {before.get(name)!r}, now {now.get(name)!r}" for name in names)[:300]


def check_apart(folder: Path, start: Path) -> None:
    """Check that a run does not replace the model that it goes on from.

    Raises:
        FormatError: It would.
    """
    if folder.resolve() == start.resolve():
        raise FormatError(f"{folder}: is the model to go on from, which the run would replace. Name another folder.")


def note(folder: Path, settings: Mapping[str, Any], *, ended: bool) -> None:
    """Write down what a run depends on, and whether it has ended."""
    write_json(folder / RUN, {"settings": dict(settings), "ended": ended})


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON, all at once."""
    with saving(path), replacing(path) as stream:
        stream.write(json.dumps(value, indent=1, sort_keys=True).encode() + b"\n")


def read_metrics(folder: Path) -> dict[str, Any]:
    """Return what the metrics.json of a run that has ended holds.

    Raises:
        FormatError: It is not there, or damaged.
    """
    try:
        found: dict[str, Any] = json.loads((folder / "metrics.json").read_bytes())
    except (OSError, ValueError) as error:
        raise FormatError(
            f"{folder / 'metrics.json'} cannot be read ({error}). Train anew with overwrite=True."
        ) from error
    return found


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep a folder for the run in the block, with a log; whatever ends the block says how to go on.

    Raises:
        RunError: Another run writes there, or the log cannot be written.
    """
    with locked(folder / LOCK), logged(folder), telling_how_to_go_on(folder):
        yield
    (folder / LOCK).unlink(missing_ok=True)


def unseen(done: int, total: int) -> None:
    """Show nothing of the progress."""
    log.debug("step %d of %d", done, total)


@contextmanager
def logged(folder: Path) -> Iterator[None]:
    """Write the library's log to the folder's log.txt too while the block runs; elsewhere it shows what it did before.

    Raises:
        RunError: The file cannot be written.
    """
    level, others = _PACKAGE.level, [*_PACKAGE.handlers, *logging.getLogger().handlers]
    as_before = _passing_from(_PACKAGE.getEffectiveLevel())
    with saving(folder / LOG):
        handler = logging.FileHandler(folder / LOG, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    handler.setLevel(logging.INFO)
    for other in others:
        other.addFilter(as_before)
    _PACKAGE.addHandler(handler)
    _PACKAGE.setLevel(min(level or logging.INFO, logging.INFO))
    try:
        yield
    finally:
        _PACKAGE.removeHandler(handler)
        _PACKAGE.setLevel(level)
        for other in others:
            other.removeFilter(as_before)
        handler.close()


def _passing_from(least: int) -> Callable[[logging.LogRecord], bool]:
    """Return a filter that stops the library's messages below a level, unless their own logger has another."""

    def passes(record: logging.LogRecord) -> bool:
        own = logging.getLogger(record.name)
        is_ours = record.name.startswith(f"{_PACKAGE.name}.")
        return not is_ours or record.levelno >= (own.level or least)

    return passes


@contextmanager
def telling_how_to_go_on(folder: Path) -> Iterator[None]:
    """Add to whatever ends the block how the run goes on."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, (RunError, CheckpointError)) and (folder / checkpoint.FILE).is_file():
            error.add_note(f"What is learned so far is saved in {folder}: run the same again to go on from there.")
        raise
