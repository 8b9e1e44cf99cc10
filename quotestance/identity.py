"""What results depend on beside the article: digests of files, by which results of other models or code are told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cached_property, lru_cache
from pathlib import Path

from quotestance.errors import CheckpointError

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


class NotedFolder:
    """A model folder as it is when its model is loaded: sizes and times of its files, and later their digest.

    Make it before the files are read, which costs next to nothing: the digest, which reads them all, waits until it is
    asked for.

    Args:
        folder: The folder.

    Raises:
        OSError: A file cannot be looked at.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._state = _state_of(folder)

    @cached_property
    def digest(self) -> str:
        """The digest of the files that were noted.

        Raises:
            CheckpointError: They are others by now, so that nobody knows the digest of what was loaded.
            OSError: A file cannot be read.
        """
        digest = folder_digest(self.folder) if self.is_unchanged else ""
        if not self.is_unchanged:  # nor while they were read
            raise CheckpointError(
                f"The model folder {str(self.folder)!r} has changed since it was loaded, so its digest would tell of "
                "another model than the one that answers. Load the pipeline anew."
            )
        return digest

    @property
    def is_unchanged(self) -> bool:
        """Whether the files are those that were noted, by name, size and time."""
        try:
            return _state_of(self.folder) == self._state
        except OSError:  # it is gone
            return False


def _state_of(folder: Path) -> list[tuple[str, int, int]]:
    stats = ((file.name, file.stat()) for file in sorted(folder.iterdir()) if file.is_file())
    return [(name, found.st_size, found.st_mtime_ns) for name, found in stats]


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Return the digest of this package's code and word lists: whoever edits a rule gets new results."""
    return digest_of((*_HERE.rglob("*.py"), *(file for file in _HERE.glob("data/**/*") if file.is_file())), _HERE)
