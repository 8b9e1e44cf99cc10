"""Rows of CSV and TSV (RFC 4180), one after the other, whatever quotation mark was never closed.

The csv module has one limit on the length of a field for the whole process, which threads would change under one
another, and reads on from a stray quotation mark to the next, however many rows lie between.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_QUOTED = re.compile(r'[^"]*+(?:""[^"]*+)*+')  # up to the closing quotation mark, or the end of the line
_LONGEST_ROW = 200_000_000  # characters; more than the longest text that anybody reads
_LEAST_WHOLE = 0.8  # share of the lines after an opening mark that are rows by themselves if it was never closed
_MOST_REREAD = 3  # characters read again, for each read from the file: what bounds the time of hostile files
_FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "＝",
    "＋",
    "－",
    "＠",
)  # wide ones too: Excel takes them


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Args:
        first, last: Numbers of its lines, from 1.
        cells: What it holds; empty for a blank line.
        error: Why it holds nothing, else ``None``.
    """

    first: int
    last: int
    cells: tuple[str, ...] = ()
    error: str | None = None


class _MalformedError(Exception):
    """A quoted cell goes on behind its closing mark, or ends with the file."""


def split_line(line: str, delimiter: str) -> list[str]:
    """Return the cells of one line, as they are where it is malformed."""
    try:
        cells, open_cell = _split(line, delimiter, is_open=False)
    except _MalformedError:
        return line.rstrip("\r\n").split(delimiter)
    return cells if open_cell is None else [*cells, open_cell]


def read_rows(lines: Iterable[str], delimiter: str) -> Iterator[Row]:
    """Every row, blank lines included; a malformed one says so and costs its own lines.

    Where the lines behind a mark that is never closed are rows by themselves, only the line with the mark is lost.

    Args:
        lines: The lines with their ends.
        delimiter: One character.

    >>> table = ["id,text\\n", '1,"a\\n', "2,b\\n", '3,"c"\\n']
    >>> [row.cells or f"line {row.first}" for row in read_rows(table, ",")]
    [('id', 'text'), 'line 2', ('2', 'b'), ('3', 'c')]
    """
    source = _Lines(lines)
    width = 0
    while source.advance():
        row = _read_row(source, delimiter, width)
        width = width or len(row.cells)
        yield row


class _Lines:
    """Lines that can be given back, with the number of the one that was taken last."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.number = 0
        self.line = ""
        self._rest = iter(lines)
        self._returned: deque[str] = deque()
        self._allowance = 1_000_000  # characters that may still be given back

    def advance(self) -> bool:
        """Take the next line; tells whether there is one."""
        if self._returned:
            self.line = self._returned.popleft()
        else:
            line = next(self._rest, None)
            if line is None:
                return False
            self.line = line
            self._allowance += _MOST_REREAD * len(line)
        self.number += 1
        return True

    def give_back(self, lines: list[str]) -> bool:
        """Give the last lines back, to be taken anew; tells whether that was allowed."""
        size = sum(map(len, lines))
        if size > self._allowance:
            return False
        self._allowance -= size
        self._returned.extendleft(reversed(lines))
        self.number -= len(lines)
        return True


def _read_row(source: _Lines, delimiter: str, width: int) -> Row:
    first, taken = source.number, [source.line]
    try:
        cells, piece = _split(source.line, delimiter, is_open=False)
        pieces, size = [piece or ""], 0
        while piece is not None:
            if size > _LONGEST_ROW or not source.advance():
                raise _MalformedError("a quotation mark is never closed")
            taken.append(source.line)
            size += len(source.line)
            closed, piece = _split(source.line, delimiter, is_open=True)
            if closed:
                cells += ["".join(pieces) + closed[0], *closed[1:]]
                pieces = []
            pieces.append(piece or "")
    except _MalformedError as error:
        return _give_up(source, first, taken, delimiter, width, str(error))
    is_blank = len(taken) == 1 and not source.line.strip("\r\n")
    return Row(first, source.number, () if is_blank else tuple(cells))


def _split(line: str, delimiter: str, *, is_open: bool) -> tuple[list[str], str | None]:
    """Return the cells that end on a line, and the piece of the one that does not, if there is one.

    Args:
        line: The line with its end.
        delimiter: One character.
        is_open: It begins inside a quoted cell.
    """
    cells: list[str] = []
    place, end = 0, len(line.rstrip("\r\n"))
    while True:
        if is_open or line.startswith('"', place):
            start = place if is_open else place + 1
            stop = _quoted_end(line, start)
            piece = line[start:stop].replace('""', '"')
            if stop == len(line):
                return cells, piece
            if stop + 1 < end and line[stop + 1] != delimiter:
                raise _MalformedError("a quoted field goes on behind its closing quotation mark")
            cells.append(piece)
            place, is_open = stop + 1, False
        else:
            found = line.find(delimiter, place, end)
            stop = end if found < 0 else found
            cells.append(line[place:stop])
            place = stop
        if place >= end:
            return cells, None
        place += 1


def _quoted_end(line: str, start: int) -> int:
    match = _QUOTED.match(line, start)
    return match.end() if match else start


def _give_up(source: _Lines, first: int, taken: list[str], delimiter: str, width: int, reason: str) -> Row:
    """Return the error of a malformed row; lines behind its first are given back where they are rows by themselves."""
    behind = taken[1:]
    whole = sum(_is_row(line, delimiter, width) for line in behind)
    if behind and whole >= max(1, _LEAST_WHOLE * (len(behind) - 1)) and source.give_back(behind):
        return Row(first, first, error=f"{reason} (the lines behind it are read as rows of their own)")
    lines = "" if len(taken) == 1 else f" ({len(taken)} lines are lost with it)"
    return Row(first, source.number, error=reason + lines)


def _is_row(line: str, delimiter: str, width: int) -> bool:
    try:
        cells, piece = _split(line, delimiter, is_open=False)
    except _MalformedError:
        return False
    return piece is None and len(cells) == width


def defused(cell: Any) -> Any:
    """Put an apostrophe before a formula, and before one that has some, so that :func:`restored` is exact."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip("'").startswith(_FORMULA) else cell


def restored(cell: Any) -> Any:
    """Return a cell of CSV for a spreadsheet as it was before an apostrophe was put there.

    >>> restored("'+1 News"), restored("'Tis said")
    ('+1 News', "'Tis said")
    """
    is_defused = isinstance(cell, str) and cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA)
    return cell[1:] if is_defused else cell
