"""Opening the files that articles come from, without ever waiting for one that nobody writes to."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from quotestance.errors import FormatError

# Without O_NONBLOCK the opening of a FIFO lasts until somebody writes to it; regular files do not heed it.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_file(path: Path) -> BinaryIO:
    """Return a regular file, opened for reading bytes; what the path names is looked at after it is opened, not before.

    Raises:
        FormatError: It is a folder, a FIFO, a socket, a device, or a link that leads nowhere.
        OSError: It cannot be opened.
    """
    if path.is_symlink() and not path.exists():
        raise FormatError("a broken link. Restore what it points to, or remove it.")
    try:
        descriptor = os.open(path, _FLAGS)
    except IsADirectoryError as error:
        raise FormatError(_FOLDER) from error
    except OSError as error:
        if path.is_dir():  # one that may not be listed, as it may not be opened either
            raise FormatError(_FOLDER) from error
        if path.is_file() or not path.exists():
            raise
        raise FormatError(_NO_FILE) from error  # a socket, which cannot be opened at all
    kind = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(kind):
        os.close(descriptor)
        raise FormatError(_FOLDER if stat.S_ISDIR(kind) else _NO_FILE)
    return os.fdopen(descriptor, "rb")


def read_file(path: Path) -> bytes:
    """Return the bytes of a regular file; raises as :func:`open_file` does."""
    with open_file(path) as stream:
        return stream.read()


_FOLDER = "a folder that is not read. Check its permissions, or name the folder that it links to."
_NO_FILE = "neither a file nor a folder. Copy what comes out of it into a file."
