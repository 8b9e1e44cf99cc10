"""What results depend on beside the article: digests of files, by which results of other models or code are told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

_HERE = Path(__file__).parent
_CHUNK = 1 << 20  # bytes that are read at once


def digest_of(files: Iterable[Path], folder: Path) -> str:
    """SHA-256, in hexadecimal, over the names and contents of files; their order does not count.

    Args:
        files: The files.
        folder: Names are taken relative to it, so that a copy of it elsewhere has the same digest.

    Raises:
        OSError: A file cannot be read.
    """
    digest = hashlib.sha256()
    for file in sorted(files):
        own = hashlib.sha256()
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                own.update(chunk)
        digest.update(f"{file.relative_to(folder).as_posix()}\0{own.hexdigest()}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def folder_digest(folder: Path) -> str:
    """Return the digest of a model folder: of the files directly in it.

    Raises:
        OSError: A file cannot be read.
    """
    return digest_of((file for file in folder.iterdir() if file.is_file()), folder)


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Return the digest of this package's code and word lists: whoever edits a rule gets new results."""
    return digest_of((*_HERE.rglob("*.py"), *(file for file in _HERE.glob("data/**/*") if file.is_file())), _HERE)
