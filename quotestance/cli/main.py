"""The command line: ``quotestance analyze | score | evaluate | ...``. Only in this package is printed.

Exit codes: 0 done; 1 some articles failed, the rest is done; 2 nothing could be done: wrong use, nothing to read, or
all failed; 130 interrupted, 143 ended by SIGTERM.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from quotestance.cli import analyze, evaluate, export, link, report, score, train
from quotestance.cli.messages import start_logging, stopping_in_words, tell, tell_error
from quotestance.errors import QuotestanceError
from quotestance.version import __version__

log = logging.getLogger(__name__)

_OF_PYDANTIC = "Value error, "
"""Stands before what a newer typer says of a value that is none of the choices."""


class _Commands(TyperGroup):
    """The commands, which end in words wherever they are interrupted."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the arguments; an empty one would be the current folder, where a shell's variable was never set."""
        if "" in args:
            raise typer.BadParameter("an argument is empty. Is a variable of the shell not set?")
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        start_logging(verbose=False)
        with stopping_in_words():
            try:
                return super().invoke(ctx)
            except typer.BadParameter as error:
                error.message = error.message.removeprefix(_OF_PYDANTIC)
                raise


app = typer.Typer(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Find the quotes of news articles, who said them, and whether they push toward war or away from it.",
    epilog="Start with: quotestance analyze ARTICLE.txt    The models are shipped; nothing is fetched.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"quotestance {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Find the quotes of news articles, who said them, and whether they push toward war or away from it."""


def run() -> None:
    """Run the command line; errors become a line on standard error and exit code 2."""
    if sys.stderr is None:  # closed: what is told there would be printed among the output
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115
    try:
        app(prog_name="quotestance")
    except (QuotestanceError, OSError, ValueError, ImportError) as error:
        log.debug("It ended here", exc_info=True)
        tell_error(error)
    except KeyboardInterrupt as error:
        tell_error(error)
        sys.exit(130)
    except Exception as error:
        log.debug("It ended here", exc_info=True)
        tell(f"quotestance: {type(error).__name__}: {error}. This is a fault: please report what --verbose shows.")
    sys.exit(2)


for commands in (analyze, score, evaluate, export, link, report, train):  # in the order of --help
    commands.register(app)
