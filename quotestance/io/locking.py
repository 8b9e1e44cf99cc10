"""One run at a time: a lock file that says who holds it, and that ends with the process that took it."""

from __future__ import annotations

import errno
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from quotestance.errors import RunError
from quotestance.io.saving import saving

try:
    import fcntl
except ImportError:  # no POSIX system
    fcntl = None  # type: ignore[assignment]

_UNSUPPORTED = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)
_held: set[int] = set()  # descriptors of lock files of this process


def _let_go() -> None:
    """Close the lock files in a forked process, which would hold the locks on when its parent was killed."""
    for file in _held:
        os.close(file)
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock while the block runs; the file stays, and says who held it last.

    The system gives the lock of a process that has ended to the next one, whatever the file says; processes that were
    forked from it hold nothing. Where the file system knows no locks, the process and the host that the file names
    decide.

    Args:
        path: The lock file, in a folder that is there.

    Raises:
        RunError: Another process, or another run of this one, holds it; or the file cannot be written.
    """
    file = _open_locked(path)
    _held.add(file)
    try:
        with saving(path):
            holder = json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode()
            os.ftruncate(file, 0)
            os.pwrite(file, holder, 0)
        yield
        if file in _held:
            os.ftruncate(file, 0)
    finally:
        if file in _held:  # else this is a fork, where it is closed
            _held.remove(file)
            os.close(file)


def _open_locked(path: Path) -> int:
    """Open the file with that name, and lock it."""
    while True:
        with saving(path):
            file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
        try:
            _take(file, path)
            if _is_there(file, path):
                return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)  # who held it before removed it: another file has its name by now


def _take(file: int, path: Path) -> None:
    holder = _holder(file)
    try:
        if fcntl is None:
            raise OSError(errno.ENOSYS, "no locks")
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _refusal(path, holder) from None
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        if _may_live(holder):
            raise _refusal(path, holder) from None


def _holder(file: int) -> dict[str, Any]:
    try:
        holder = json.loads(os.pread(file, 1 << 12, 0))
    except (OSError, ValueError):
        return {}
    return holder if isinstance(holder, dict) else {}


def _is_there(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def _may_live(holder: dict[str, Any]) -> bool:
    """Whether the process that a lock file names may still run: of another host nobody can tell."""
    pid = holder.get("pid")
    if not isinstance(pid, int):
        return False
    if holder.get("host") != socket.gethostname():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _refusal(path: Path, holder: dict[str, Any]) -> RunError:
    who = f"process {holder['pid']} on {holder.get('host')}" if "pid" in holder else "another process"
    return RunError(
        f"Another run writes to this output: {who} holds {path}. Wait until it ends, or name another output."
    )
