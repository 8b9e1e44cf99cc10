"""What goes wrong when a file is written, said with what to do about it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quotestance.errors import RunError

_ADVICE = {
    errno.ENOSPC: "Free some space",
    errno.EDQUOT: "Free some space",
    errno.EFBIG: "Raise the limit on the size of files (ulimit -f)",
    errno.ENOENT: "Make the folder anew",
    errno.EROFS: "Name an output in a folder that can be written to",
    errno.EACCES: "Name an output in a folder that can be written to",
}


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
        advice = _ADVICE.get(error.errno or 0, "See to it")
        raise RunError(f"Cannot write {path}: {error.strerror or error}. {advice}, and run the same again.") from error
