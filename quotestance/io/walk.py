"""What is in a folder of articles: the files that are read, and those that are not, each with the reason."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

_HIDDEN = "hidden: its name begins with a dot"
_ARCHIVES = frozenset((".7z", ".bz2", ".gz", ".rar", ".tar", ".tgz", ".warc", ".xz", ".zip", ".zst"))
_SPECIAL = (
    (stat.S_ISFIFO, "a FIFO, which may never end: copy what comes out of it into a file"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A file, or a folder that is not looked into.

    Args:
        path: Where it is.
        skipped: Why it is not read; ``None`` for a file that is to be.
    """

    path: Path
    skipped: str | None = None


def walk(root: Path, suffixes: Collection[str]) -> Iterator[Found]:
    """Everything in a folder and the folders in it, sorted by name; of a file, the file itself.

    A folder that cannot be listed comes out as one to be read, so that reading tells why it cannot be.

    Args:
        root: The folder or file, which is never skipped.
        suffixes: In lower case, of the files that are read.
    """
    pending = [root]
    while pending:
        path = pending.pop()
        reason = None if path == root else _reason(path, suffixes)
        if reason is not None:
            yield Found(path, reason)
            continue
        try:
            children = sorted(path.iterdir(), reverse=True) if path.is_dir() else None
        except OSError:  # a folder that cannot be listed, or what is in one that may not be entered
            children = None
        if children is None:
            yield Found(path)
        else:
            pending += children


def _reason(path: Path, suffixes: Collection[str]) -> str | None:
    """Why a path is left out; ``None`` for a folder to look into and for a file to read."""
    if path.name.startswith("."):
        return _HIDDEN
    try:
        mode = path.stat().st_mode
    except OSError as error:
        if error.errno == errno.ELOOP:
            return "a link in a circle"
        if error.errno == errno.ENAMETOOLONG:
            return "its path is longer than the system allows: move it up"
        mode = stat.S_IFREG  # a broken link, or what may not be read: the reader tells
    if stat.S_ISDIR(mode):
        return "a link to a folder: name that folder itself" if path.is_symlink() else parts_of_page(path)
    for is_special, words in _SPECIAL:
        if is_special(mode):
            return words
    return why_by_name(PurePath(path.name), suffixes)


def parts_of_page(folder: Path) -> str | None:
    """Why a folder is left out in which a browser put the parts of the page beside it; ``None`` for another folder."""
    name = folder.name.removesuffix("_files")
    pages = (folder.with_name(name + end) for end in (".html", ".htm"))
    is_of_page = name != folder.name and any(map(os.path.isfile, pages))  # no error where nothing may be looked at
    return f"parts of the saved page {name}" if is_of_page else None


def why_by_name(path: PurePath, suffixes: Collection[str]) -> str | None:
    """Why a file is left out that is known by its name alone; ``None`` where it is read.

    Args:
        path: Its path relative to the folder that is read.
        suffixes: In lower case, of the files that are read.
    """
    if any(part.startswith(".") for part in path.parts):
        return _HIDDEN
    suffix = path.suffix
    if suffix.lower() in suffixes:
        return None
    if suffix.lower() in _ARCHIVES:
        return f"an archive ({suffix}): unpack it"
    return f"no kind of file that is read ({suffix or 'no suffix'})"
