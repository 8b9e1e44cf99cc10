"""Which files a run on many machines reads, local or remote, and the articles of each, in parts of one size.

Paths are whatever fsspec knows: ``news/``, ``s3://bucket/news``, ``hdfs://host/news``, ``zip://news::file:///all.zip``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from quotestance.errors import FormatError
from quotestance.io.readers import article_files, is_article_file, is_one_article, read_file_as
from quotestance.types import Article


@dataclass(frozen=True, slots=True)
class Source:
    """A folder of articles, or one file, and how records are read.

    Args:
        url: As fsspec names it.
        text_column, id_column: As in :func:`quotestance.read_articles`.
    """

    url: str
    text_column: str = "text"
    id_column: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What is in a source.

    Args:
        names: The files to read, relative to the folder, in the order of :func:`quotestance.read_articles`; of a single
            file, its name.
        skipped: Files of other kinds.
    """

    names: tuple[str, ...]
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """Files that one worker reads: one of many records, or many of one article each.

    Args:
        number: Its place in the run, from 0.
        names: The files, as in a :class:`Listing`.
    """

    number: int
    names: tuple[str, ...]


def filesystem(url: str) -> tuple[Any, str]:
    """Give the fsspec file system of a path, and the path in it.

    Raises:
        FormatError: The protocol is unknown, or what it needs is not installed.
    """
    from fsspec.core import url_to_fs

    try:
        system, path = url_to_fs(url)
    except (ValueError, ImportError) as error:
        raise FormatError(f"{url}: {error}") from error
    return system, path


def lasting(path: str | os.PathLike[str]) -> str:
    """Give a path that holds in every process: one of this machine as an absolute one, another as it is."""
    given = os.fspath(path)
    return given if "://" in given or "::" in given else str(Path(given).absolute())


def is_local(system: Any) -> bool:
    """Tell whether a file system is that of this machine."""
    return "file" in ((system.protocol,) if isinstance(system.protocol, str) else system.protocol)


def list_files(source: Source) -> Listing:
    """List the files of a folder, or the one file.

    Raises:
        FileNotFoundError: Nothing is there.
        FormatError: The one file is of no kind that is read.
    """
    system, root = filesystem(source.url)
    if not system.exists(root):
        raise FileNotFoundError(f"{source.url} does not exist. Name a file or a folder of articles.")
    if system.isfile(root):
        if not is_article_file(Path(root)):
            raise FormatError(f"{source.url}: no kind of file that is read; see quotestance.io.readers.")
        return Listing((PurePosixPath(root).name,))
    found = sorted(PurePosixPath(path).relative_to(root).parts for path in system.find(root))
    if is_local(system):  # here links and folders that cannot be listed are treated as in a plain run
        read = [path.relative_to(root).as_posix() for path in article_files(root)]
    else:
        read = ["/".join(parts) for parts in found if not _is_hidden(parts) and is_article_file(Path(parts[-1]))]
    skipped = {"/".join(parts) for parts in found}.difference(read)
    return Listing(tuple(read), tuple(sorted(skipped)))


def readings(names: tuple[str, ...], size: int) -> Iterator[Reading]:
    """Deal files out to workers: a file of records alone, up to ``size`` files of one article together."""
    group: list[str] = []
    number = 0
    for name in names:
        if group and (len(group) == size or not all(is_one_article(Path(one)) for one in (group[0], name))):
            yield Reading(number, tuple(group))
            group, number = [], number + 1
        group.append(name)
    if group:
        yield Reading(number, tuple(group))


def read_in_parts(source: Source, reading: Reading, size: int) -> Iterator[list[tuple[str, Article]]]:
    """Read articles, each with its file, ``size`` at a time; one part is held at once.

    What cannot be fetched or read becomes an article with ``error`` set.
    """
    articles = ((name, article) for name in reading.names for article in _read(source, name))
    while part := list(islice(articles, size)):
        yield part


def _read(source: Source, name: str) -> Iterator[Article]:
    system, root = filesystem(source.url)
    is_single = PurePosixPath(root).name == name and system.isfile(root)
    path = root if is_single else str(PurePosixPath(root) / name)
    shown = source.url if is_single else f"{source.url.rstrip('/')}/{name}"
    if is_local(system):
        yield from _read_copy(source, Path(path), name, shown)
        return
    with TemporaryDirectory() as folder:
        copy = Path(folder) / PurePosixPath(name).name
        try:
            system.get_file(path, str(copy))
        except OSError as error:
            yield Article("", id=name, error=f"{shown}: {error}. Check that it exists and may be read.")
        else:
            yield from _read_copy(source, copy, name, shown)


def _read_copy(source: Source, path: Path, name: str, shown: str) -> Iterator[Article]:
    """Read a file that is here; what is said of it names the place that the user knows."""
    for article in read_file_as(path, name, text_column=source.text_column, id_column=source.id_column):
        yield article if article.error is None else article.replace(error=article.error.replace(str(path), shown))


def _is_hidden(parts: tuple[str, ...]) -> bool:
    return any(part.startswith(".") for part in parts)
