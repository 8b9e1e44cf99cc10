"""Articles that share an id, found over all parts of a run, and given ids of their own as a plain run gives them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from quotestance.engines.parts import ARTICLES, QUOTES, PartFolder, part_table
from quotestance.io.readers import renamed
from quotestance.io.table import ARTICLE_COLUMNS, COLUMNS, Row, links

Hashes = npt.NDArray[np.uint64]
"""Eight bytes for each id of a part."""

Ids = list[str | None]
"""The ids of a part; ``None`` where a file holds no article."""

_READERS = 16  # threads that wait for files


def hashes_of(ids: Iterable[str]) -> Hashes:
    """Hash ids."""
    return np.array([_hash(one) for one in ids], dtype=np.uint64)


def name_apart(folder: PartFolder, parts: Sequence[str], hashes: Sequence[Hashes]) -> int:
    """Give articles that share an id with one before them an id of their own, and tell how many these are.

    Only if there are such, parts are read and some written again.

    Args:
        folder: Holds the parts.
        parts: All of them, in the order of the input.
        hashes: Of the ids of each part.
    """
    values, counts = np.unique(np.concatenate(hashes), return_counts=True)
    doubled = set(values[counts > 1].tolist())
    if not doubled:
        return 0
    shared = {one for ids in _all_ids(folder, parts) for one in ids if one is not None and _hash(one) in doubled}
    taken: Counter[str] = Counter()
    renamed = 0
    for name, old in zip(parts, _all_ids(folder, parts), strict=True):
        new = [one if one is None or not _may_meet(one, shared) else _free_name(one, taken) for one in old]
        if new != old:
            renamed += sum(a != b for a, b in zip(old, new, strict=True))
            _rename(folder, name, new)
    return renamed


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


def _all_ids(folder: PartFolder, parts: Sequence[str]) -> Iterator[Ids]:
    def ids_of(name: str) -> Ids:
        return list(folder.read(ARTICLES, name)["article_id"].to_pylist())

    with ThreadPoolExecutor(_READERS) as pool:
        for first in range(0, len(parts), _READERS):  # map reads all that it is given, however slowly they are taken
            yield from pool.map(ids_of, parts[first : first + _READERS])


def _may_meet(name: str, shared: set[str]) -> bool:
    """Tell whether an id is shared, or one that an article with a shared id could get."""
    while name not in shared:
        name, mark, number = name.rpartition("#")
        if not (mark and number.isdecimal()):
            return False
    return True


def _free_name(base: str, taken: Counter[str]) -> str:
    """Name an article as :func:`quotestance.read_articles` does."""
    name = base
    while name in taken:
        taken[base] += 1
        name = f"{base}#{taken[base]}"
    taken[name] = 1
    return name


def _rename(folder: PartFolder, name: str, ids: Ids) -> None:
    articles, quotes = folder.read(ARTICLES, name), folder.read(QUOTES, name)
    counts = articles["quotes"].to_pylist()
    of_quotes = [one for one, count in zip(ids, counts, strict=True) for _ in range(count or 0)]
    linked = [{**row, **links(row["article_id"], row["quote"], row["start"])} for row in _with_ids(quotes, of_quotes)]
    folder.write(QUOTES, name, part_table(linked, COLUMNS))
    before = articles["article_id"].to_pylist()
    told = [_told(old, row) for old, row in zip(before, _with_ids(articles, ids), strict=True)]
    folder.write(ARTICLES, name, part_table(told, ARTICLE_COLUMNS))


def _told(old: str | None, row: Row) -> Row:
    """Say of an article that was read if it got another id."""
    if old is None or row["article_id"] == old or row["state"] != "read":
        return row
    return {**row, "why": renamed(old, str(row["article_id"]))}


def _with_ids(table: pa.Table, ids: Ids) -> list[Row]:
    return [{**row, "article_id": one} for row, one in zip(table.to_pylist(), ids, strict=True)]
