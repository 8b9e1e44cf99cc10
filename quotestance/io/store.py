"""Results by content, kept in a folder: what is done is not done again, whatever the file is called by now.

The folder holds segments, one for every run that added to it. A line of a segment is a group of results that were
computed together:

    SHA-256 of the rest TAB keys, parted by commas TAB results as JSON, in the order of the keys

or, with a minus before the keys, tells that these are to be forgotten. Lines are only ever appended, and a line whose
checksum is not right counts as never written: a tail that is torn off, and whatever was changed, cut or overwritten
since, is computed again. Lines that are doubled, missing or in another order do no harm, as every result is found by
its key.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from quotestance.errors import RunError
from quotestance.io.saving import replacing, saving

log = logging.getLogger(__name__)

Result = dict[str, Any]
"""What was found in one article, as JSON could hold it."""

SEGMENT = re.compile(r"results-([0-9]{6}|[1-9][0-9]{6,})\.tsv")
"""Name of a segment."""

_KEY_DIGITS = 32  # hexadecimal: 128 bits
_KEYS = re.compile(rb"-?[0-9a-f]{32}(,[0-9a-f]{32})*")
_OFFSET_BITS, _SEGMENT_BITS = 40, 26  # of the number that tells a line; a segment is no longer than a terabyte
_LINE_BITS = _OFFSET_BITS + _SEGMENT_BITS


class Store:
    """The results in a folder; a context manager, which closes its files.

    Args:
        folder: The folder, which is there.
        basis: What results depend on beside the article: models, settings, code. Results made on another basis are
            not seen.

    Raises:
        OSError: A segment cannot be read.
    """

    def __init__(self, folder: Path, basis: str) -> None:
        self.folder = folder
        self.damaged = 0
        """Lines whose checksums are not right, torn tails not counted."""
        self._basis = hashlib.sha256(basis.encode("utf-8", "surrogatepass")).digest()
        self._places: dict[bytes, int] = {}  # lines and positions in them; for each result ever kept, so they are small
        self._used: set[int] = set()  # lines
        self._noted: set[bytes] = set()  # to be forgotten, as a line tells, and here until the store is closed
        self._last = 0  # number of the last segment
        self._adding: BinaryIO | None = None
        self._reading: tuple[int, BinaryIO] | None = None
        self._read: tuple[int, list[Result]] = -1, []  # the line that was read last, with its results
        for number in sorted(self._segments()):
            self._load(number)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def __contains__(self, key: str) -> bool:
        return _packed(key) in self._places

    def key(self, *content: str | None) -> str:
        """Return the key of results for this content, made on the basis of this store."""
        digest = hashlib.sha256(self._basis)
        for part in content:
            data = b"-" if part is None else part.encode("utf-8", "surrogatepass")
            digest.update(f"{part is None}{len(data)}:".encode())
            digest.update(data)
        return digest.hexdigest()[:_KEY_DIGITS]

    def add(self, results: Mapping[str, Result]) -> None:
        """Keep results that were computed together, under their keys; all or none of them survive a sudden end.

        Raises:
            RunError: They cannot be written.
        """
        line = self._append(",".join(results), list(results.values()))
        self._put(results, line)

    def get(self, key: str) -> Result:
        """Return the result under a key that is in the store.

        Raises:
            RunError: It was damaged since the store was opened, or no store wrote it.
        """
        place = self._places[_packed(key)]
        position, line = place >> _LINE_BITS, place & ((1 << _LINE_BITS) - 1)
        self._used.add(line)
        if self._read[0] != line:  # results that were computed together are mostly asked for together
            found = _parse(self._line(line))
            if found is None:
                raise RunError(f"{self._path(line >> _OFFSET_BITS)} was damaged while this run used it.")
            results = _results(found[1])
            if len(results) != found[0].count(",") + 1:
                path = self._path(line >> _OFFSET_BITS)
                raise RunError(f"{path} holds results that no run wrote. Remove it, and run the same again.")
            self._read = line, results
        return self._read[1][position]

    def forget(self, keys: Sequence[str], *, at_once: bool = True) -> None:
        """Let the results under these keys be computed again the next time; what was told once is not written again.

        Args:
            keys: The keys.
            at_once: Forget them in this store too; else it has them until it is closed.

        Raises:
            RunError: That cannot be written.
        """
        new = [key for key in dict.fromkeys(keys) if _packed(key) not in self._noted]  # copies of one text have one key
        if new:
            self._append(f"-{','.join(new)}", [])
            self._noted.update(map(_packed, new))
        for key in keys if at_once else ():
            self._places.pop(_packed(key), None)

    def tidy(self) -> None:
        """Drop what :meth:`get` never asked for, where that is more than half of all, and what is damaged.

        Raises:
            RunError: What remains cannot be written.
        """
        self._close()
        old = self._segments()
        size = sum(self._path(number).stat().st_size for number in old)
        lines = sorted(self._used)
        if not self.damaged and 2 * sum(len(self._line(line)) for line in lines) >= size:
            return
        path = self._path(self._last + 1)
        forgotten: list[str] = []  # that stand on a line which is kept
        with saving(path), replacing(path) as stream:
            for line in map(self._line, lines):
                stream.write(line)
                forgotten += filter(self._is_forgotten, _keys(line))
            if forgotten:
                stream.write(_made_line(f"-{','.join(forgotten)}", []))
        self._close()
        for number in old:
            self._path(number).unlink()
        self._places, self._used, self._noted = {}, set(), set()
        self._load(self._last + 1)

    def _is_forgotten(self, key: str) -> bool:
        return _packed(key) in self._noted or key not in self

    def __len__(self) -> int:
        return len(self._places)

    def size(self) -> int:
        """Bytes on disk."""
        return sum(self._path(number).stat().st_size for number in self._segments())

    def _segments(self) -> list[int]:
        names = (SEGMENT.fullmatch(file.name) for file in self.folder.iterdir() if file.is_file())
        return [int(name[1]) for name in names if name]

    def _path(self, number: int) -> Path:
        return self.folder / f"results-{number:06}.tsv"

    def _load(self, number: int) -> None:
        offset = 0
        with self._path(number).open("rb") as stream:
            for line in stream:
                found = _parse(line)
                if found is not None:
                    self._take(found[0], number << _OFFSET_BITS | offset)
                elif line.endswith(b"\n"):
                    self.damaged += 1
                    log.warning("%s: the line at byte %d is damaged; computed again", self._path(number), offset)
                offset += len(line)
        self._last = max(self._last, number)

    def _take(self, keys: str, line: int) -> None:
        if keys.startswith("-"):
            for key in keys[1:].split(","):
                self._places.pop(_packed(key), None)
        else:
            self._put(keys.split(","), line)

    def _put(self, keys: Iterable[str], line: int) -> None:
        """Note where the results are that stand on a line."""
        for position, key in enumerate(map(_packed, keys)):
            self._places[key] = position << _LINE_BITS | line
            self._noted.discard(key)

    def _append(self, keys: str, results: list[Result]) -> int:
        """Write a line at the end of this run's own segment; tells which it is."""
        line = _made_line(keys, results)
        path = self._path(self._last + (self._adding is None))
        with saving(path):
            if self._adding is None:
                self._adding = path.open("xb", buffering=0)
                self._last += 1
            offset = self._adding.tell()
            _write_all(self._adding, line)
            if os.fstat(self._adding.fileno()).st_nlink == 0:
                raise FileNotFoundError(2, "the file was removed while this run wrote to it")
        return self._last << _OFFSET_BITS | offset

    def _line(self, line: int) -> bytes:
        stream = self._segment(line >> _OFFSET_BITS)
        stream.seek(line & ((1 << _OFFSET_BITS) - 1))
        return stream.readline()

    def _segment(self, number: int) -> BinaryIO:
        """Open a segment for reading; one is open at a time."""
        if self._reading is None or self._reading[0] != number:
            if self._reading is not None:
                self._reading[1].close()
            self._reading = (number, self._path(number).open("rb"))
        return self._reading[1]

    def _close(self) -> None:
        if self._reading is not None:
            self._reading[1].close()
        if self._adding is not None:
            self._adding.close()
        self._reading = self._adding = None


def _write_all(stream: BinaryIO, data: bytes) -> None:
    """Write without a buffer: what the system was given survives the process."""
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) :]


def _packed(key: str) -> bytes:
    return bytes.fromhex(key)


def _made_line(keys: str, results: list[Result]) -> bytes:
    data = f"{keys}\t{json.dumps(results)}".encode()
    return hashlib.sha256(data).hexdigest().encode() + b"\t" + data + b"\n"


def _keys(line: bytes) -> list[str]:
    """Return the keys of a line; none of one that is damaged."""
    found = _parse(line)
    return [] if found is None else found[0].split(",")


def _parse(line: bytes) -> tuple[str, bytes] | None:
    """Keys and results of a line; ``None`` where its checksum is not right, or the keys are none."""
    checksum, _, data = line.removesuffix(b"\n").partition(b"\t")
    if not line.endswith(b"\n") or hashlib.sha256(data).hexdigest().encode() != checksum:
        return None
    keys, _, results = data.partition(b"\t")
    return (keys.decode(), results) if _KEYS.fullmatch(keys) else None


def _results(data: bytes) -> list[Result]:
    """Return the results of a line; none where it holds something else."""
    try:
        results = json.loads(data)
    except (ValueError, RecursionError):
        return []
    return results if isinstance(results, list) and all(isinstance(one, dict) for one in results) else []
