"""What the commands say on standard error: one line each, in the words of the command line, harmless to a terminal."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import typer

from quotestance.render.wording import one_line

Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Log what is done on standard error.")]

_OPTIONS = {"overwrite=True": "--overwrite"} | {
    f"({name})": f"(--{name.replace('_', '-')})" for name in ("text_column", "id_column")
}
_PACKAGE = logging.getLogger("quotestance")
_LINES = "\n"


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
    for handler in [*_PACKAGE.handlers]:
        if isinstance(handler, _StandardError | logging.NullHandler):
            _PACKAGE.removeHandler(handler)
    shown = _StandardError() if verbose else logging.NullHandler()
    shown.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    _PACKAGE.addHandler(shown)
    _PACKAGE.setLevel(logging.DEBUG if verbose else logging.NOTSET)


def tell(words: str) -> None:
    """Say something on standard error: names of files and fields in it, which strangers choose, do no harm there."""
    print(one_line(words), file=sys.stderr)


def tell_error(error: BaseException) -> None:
    """Say what went wrong, and what was noted of it, with options as the command line has them."""
    words = " ".join([str(error) or "interrupted.", *getattr(error, "__notes__", ())])
    tell(f"quotestance: {in_options(words)}")


def in_options(words: str) -> str:
    """Return a message of the library with options of the command line in place of arguments.

    >>> in_options("q.csv is there already. Name another output, or set overwrite=True.")
    'q.csv is there already. Name another output, or set --overwrite.'
    """
    for argument, option in _OPTIONS.items():
        words = words.replace(argument, option)
    return words


@contextmanager
def stopping_in_words() -> Iterator[None]:
    """End with a message where the block is interrupted, or asked to end by SIGTERM or SIGHUP.

    Raises:
        typer.Exit: It was; the code is 128 and the number of the signal.
    """

    def stop(number: int, _: FrameType | None) -> None:
        raise Stopped(number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    except KeyboardInterrupt as error:
        tell_error(error)
        raise typer.Exit(128 + getattr(error, "number", signal.SIGINT)) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
