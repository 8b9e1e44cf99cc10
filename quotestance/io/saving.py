"""Files that appear whole or not at all, what they keep, and what goes wrong meanwhile, with what to do about it."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from quotestance.errors import RunError

_ADVICE = {
    errno.ENOSPC: "Free some space",
    errno.EDQUOT: "Free some space",
    errno.EFBIG: "Raise the limit on the size of files (ulimit -f)",
    errno.ENOENT: "Make the folder anew",
    errno.EROFS: "Name an output in a folder that can be written to",
    errno.EACCES: "Name an output in a folder that can be written to",
    errno.ENAMETOOLONG: "Give a shorter name",
    errno.EEXIST: "Mend the link that leads to what is missing (a disk that is away?), or move what is in the way",
}


def advice_on(error: OSError) -> str | None:
    """Return what to do about an error of the system while something was written; ``None`` where that is not known."""
    return _ADVICE.get(error.errno or 0)


@contextmanager
def saving(path: Path) -> Iterator[None]:
    """Turn an error of the system in the block into a :class:`~quotestance.errors.RunError` that names the file.

    Args:
        path: What the block writes.

    Raises:
        RunError: The block ended in an error of the system.
    """
    try:
        yield
    except RunError:
        raise
    except OSError as error:
        advice = advice_on(error) or "See to it"
        raise RunError(f"Cannot write {path}: {error.strerror or error}. {advice}, and run the same again.") from error


def resolved(path: Path) -> Path:
    """Return where a path leads that is written to, its links followed.

    Raises:
        RunError: They lead in a circle.
    """
    try:
        return path.resolve()
    except RuntimeError as error:  # of pathlib, before Python 3.13
        raise RunError(f"Cannot write {path}: a link in a circle. Remove it, or name another output.") from error


def check_names(*paths: Path) -> None:
    """Check that the system takes names as long as those of these files, which need not be there.

    Raises:
        RunError: One is too long.
    """
    for path in paths:
        try:
            path.lstat()
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise RunError(f"Cannot write {path}: {error.strerror}. {_ADVICE[error.errno]}.") from error


def check_writable(path: Path, *, makes_folders: bool = False) -> None:
    """Check that a file can be put at a path, for those who would work for hours first.

    Args:
        path: The file; one that is there may be replaced. A link stands for what it points to.
        makes_folders: Folders that are missing will be made.

    Raises:
        IsADirectoryError: A folder is there.
        FileExistsError: A device or a pipe is there.
        RunError: Its folder is missing, is no folder, or cannot be written to; its name is too long; or it is a link in
            a circle.
    """
    check_names(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder. Name a file.")
    if path.exists() and not path.is_file():
        raise FileExistsError(f"{path} is a device or a pipe, and would be replaced. Name a file.")
    folder = resolved(path).parent
    while makes_folders and not folder.exists():
        folder = folder.parent
    if not folder.exists():
        raise RunError(f"Cannot write {path}: there is no folder {folder}. Make it, or name another output.")
    if not folder.is_dir():
        raise RunError(f"Cannot write {path}: {folder} is no folder. Name another output.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise RunError(f"Cannot write {path}: {folder} cannot be written to. {_ADVICE[errno.EACCES]}.")


def keep_mode(new: Path, old: Path) -> None:
    """Give a file the permissions of the one whose place it will take, where there is one, as far as it can be done."""
    with suppress(OSError):
        new.chmod(stat.S_IMODE(old.stat().st_mode) & 0o777)


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a new binary file that takes the place of ``path`` if the block ends well, and is removed otherwise.

    A link stays: what it points to is replaced. Who may read and write a file that was there may do so afterwards.

    Raises:
        OSError: It cannot be written; a file that was there stays as it is. Of a folder, a device or a pipe, and of a
            file in a folder that is not there, it is raised before anything is written.
    """
    target = Path(path)
    if target.is_symlink():
        target = resolved(target)
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "This is a folder. Name a file", str(path))
    if target.exists() and not target.is_file():  # a device as /dev/null, a FIFO: others would find a file there
        raise FileExistsError(errno.EEXIST, "This is a device or a pipe, and would be replaced. Name a file", str(path))
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "There is no such folder to write in", str(path))
    partial = target.with_name(f".{uuid4().hex}.partial")
    try:
        with partial.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        keep_mode(partial, target)
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
