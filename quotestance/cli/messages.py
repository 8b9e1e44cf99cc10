"""What the commands say on standard error: one line each, in the words of the command line, harmless to a terminal."""

from __future__ import annotations

import errno
import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

import typer

from quotestance.errors import GoldWarning
from quotestance.io.saving import advice_on
from quotestance.render.wording import one_line

_OPTIONS = {"overwrite=True": "--overwrite", "annotator=NAME": "--annotator NAME"} | {
    f"({name})": f"(--{name.replace('_', '-')})" for name in ("text_column", "id_column")
}
_PACKAGE = logging.getLogger("quotestance")
_MODULES = ("engines.on_ray", "evaluation.runs", "io.batch", "io.writers")
_TOLD = tuple(logging.getLogger(f"quotestance.{name}") for name in _MODULES)
"""Loggers of what is missing from a table or a list, which is told in any case."""
_LINES = "\n"
_TOLD_BARE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EEXIST, errno.ENAMETOOLONG)
"""Errors of the system that tell nobody what to do, and may come from anywhere that something is written."""
_INTERRUPTED = "interrupted."
_ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Stopped(KeyboardInterrupt):
    """A signal asked the process to end.

    Args:
        number: The signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class _StandardError(logging.Handler):
    """Writes records to what standard error is at the time, every line of them harmless."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        for line in self.format(record).split(_LINES):
            print(line[: len(line) - len(line.lstrip(" "))] + one_line(line), file=sys.stderr)


def start_logging(verbose: bool) -> None:
    """Send the library's log to standard error, or nowhere: a command tells its errors itself, once.

    Args:
        verbose: Whether it is to be seen.
    """
    for logger in (_PACKAGE, *_TOLD):
        for handler in [*logger.handlers]:
            if isinstance(handler, _StandardError | logging.NullHandler):
                logger.removeHandler(handler)
    if not verbose:
        for logger in _TOLD:
            logger.addHandler(_StandardError(logging.WARNING))
    shown = _StandardError() if verbose else logging.NullHandler()
    shown.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    _PACKAGE.addHandler(shown)
    _PACKAGE.setLevel(logging.DEBUG if verbose else logging.NOTSET)


def tell(words: str) -> None:
    """Say something on standard error: names of files and fields in it, which strangers choose, do no harm there."""
    print(one_line(words), file=sys.stderr)


def tell_error(error: BaseException) -> None:
    """Say what went wrong, and what was noted of it, with options as the command line has them."""
    empty = _INTERRUPTED if isinstance(error, KeyboardInterrupt) else type(error).__name__
    said = str(error) or empty
    if isinstance(error, OSError) and error.errno in _TOLD_BARE:
        said = f"{said.rpartition('] ')[2]}. {advice_on(error)}, and run the same again."
    words = " ".join([said, *getattr(error, "__notes__", ())])
    tell(f"quotestance: {in_options(words)}")


def in_options(words: str) -> str:
    """Return a message of the library with options of the command line in place of arguments.

    >>> in_options("q.csv is there already. Name another output, or set overwrite=True.")
    'q.csv is there already. Name another output, or set --overwrite.'
    """
    for argument, option in _OPTIONS.items():
        words = words.replace(argument, option)
    return words


def as_options(arguments: Mapping[str, object]) -> dict[str, object]:
    """Return values of options by their names on the command line.

    >>> as_options({"id_column": "key"})
    {'--id-column': 'key'}
    """
    return {f"--{name.replace('_', '-')}": value for name, value in arguments.items()}


def refuse_idle(options: Mapping[str, object], why: str) -> None:
    """Refuse options that would have no effect beside the others.

    Args:
        options: The options by name; those whose value is ``None`` or ``False`` were not given.
        why: Why they have none, and what to do.

    Raises:
        typer.BadParameter: One was given.
    """
    given = [name for name, value in options.items() if value is not None and value is not False]
    if given:
        raise typer.BadParameter(f"{', '.join(given)} would have no effect: {why}")


@contextmanager
def telling_warnings() -> Iterator[None]:
    """Tell what is odd about gold that is read in the block, as it comes, in the words of the command line."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", GoldWarning)
        others = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
            if issubclass(category, GoldWarning):
                tell(in_options(str(message)))
            else:
                others(message, category, *place, **more)

        warnings.showwarning = show
        yield


@contextmanager
def stopping_in_words() -> Iterator[None]:
    """End with a message where the block is interrupted, or asked to end by SIGTERM or SIGHUP.

    What the block has opened is closed and cleared up first.

    Raises:
        typer.Exit: It was; the code is 128 and the number of the signal.
    """

    def stop(number: int, _: FrameType | None) -> None:
        raise Stopped(number)

    with _handling(stop):
        try:
            yield
        except KeyboardInterrupt as error:
            tell_error(error)
            raise typer.Exit(128 + getattr(error, "number", signal.SIGINT)) from None


@contextmanager
def ending_at_once() -> Iterator[None]:
    """End the process with a message, where it is interrupted or asked to end in the block.

    For what leaves nothing behind, as the import of torch and the loading of models: an exception that is raised in
    the midst of them comes out as another one, with a traceback, or not at all.
    """

    def end(number: int, _: FrameType | None) -> None:
        tell(f"quotestance: {_INTERRUPTED}")
        sys.stderr.flush()
        os._exit(128 + number)

    with _handling(end):
        yield


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Give the signals that ask a process to end to a handler; only the main thread may.

    One that is ignored stays so, as nohup has a run live on when its terminal closes; but for Ctrl-C.
    """
    is_main = threading.current_thread() is threading.main_thread()
    heeded = [one for one in _ENDING if one == signal.SIGINT or signal.getsignal(one) != signal.SIG_IGN]
    before = {number: signal.signal(number, handler) for number in heeded} if is_main else {}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
