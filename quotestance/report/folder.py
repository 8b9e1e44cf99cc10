"""Where a report is written: a folder that holds nothing, or an earlier report and nothing else."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import suppress
from pathlib import Path

from quotestance.errors import FormatError
from quotestance.io.saving import check_writable, resolved

MARKER = "report.json"
"""What was read, in numbers; by this a report is known as one."""

_TOLD = frozenset(("version", "made", "quotes", "shown"))  # in the marker of whatever version
_PARTS = re.compile(
    r"articles|speakers|data|index\.html|(?:articles|speakers)(?:-\d+)?\.html|report\.(?:css|js|json)"
    r"|\.DS_Store|Thumbs\.db|desktop\.ini"  # left by systems that show folders
)


def holds_report(folder: Path) -> bool:
    """Whether a folder holds a report."""
    with suppress(OSError, ValueError, RecursionError):  # no file, no JSON
        told = json.loads((folder / MARKER).read_bytes())
        return isinstance(told, dict) and told.keys() >= _TOLD
    return False


def check_report_folder(folder: Path, *, overwrite: bool) -> None:
    """Check that a report may be written there.

    Args:
        folder: The folder of the report.
        overwrite: A report that is there may be replaced.

    Raises:
        FormatError: The folder holds something that is no report, or no part of one, or goes by no name of its own.
        FileExistsError: It holds a report, and that may not be replaced.
        RunError: Nothing can be written there.
    """
    if folder.name in ("", ".."):
        raise FormatError(f"{folder}: a report needs a folder of its own. Name one, such as {folder / 'site'}.")
    if holds_report(folder):
        if not overwrite:
            raise FileExistsError(f"{folder} holds a report already. Name another folder, or set overwrite=True.")
        for path in folder.iterdir():
            if not _PARTS.fullmatch(path.name):
                raise FormatError(
                    f"{path} is no part of a report, and would be lost with the one that is replaced. Move it."
                )
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FormatError(f"{folder}: holds something else than a report. Name another folder.")
    place = place_of(folder)
    check_writable(place.with_name(f".{place.name}.partial"), makes_folders=True)  # it is made beside the folder


def place_of(folder: Path) -> Path:
    """Return the folder itself, or what it points to where it is a link; raises as :func:`resolved` does."""
    return resolved(folder) if folder.is_symlink() else folder


def replace_folder(target: Path, partial: Path) -> None:
    """Put a folder in the place of another, if there is one; that one stays where this fails."""
    if not target.exists():
        partial.rename(target)
        return
    old = partial.with_suffix(".old")
    target.rename(old)
    try:
        partial.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old)
