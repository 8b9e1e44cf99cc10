"""Which files a run on many machines reads, local or remote, and the articles of each, in parts of one size.

Paths are whatever fsspec knows: ``news/``, ``s3://bucket/news``, ``hdfs://host/news``, ``zip://news::file:///all.zip``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from quotestance.errors import FormatError
from quotestance.io.readers import find_files, is_one_article, read_file_as, why_not_read
from quotestance.io.saving import resolved
from quotestance.types import Article

Part = list[tuple[str, Article | None]]
"""Articles with their files; ``None`` stands for a file that holds no article."""

_MOST_CHARACTERS = 5_000_000  # of a part, beyond which it takes no more articles


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
        skipped: What is not read, each with the reason.
    """

    names: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """Files that one worker reads: one of many records, or many of one article each.

    Args:
        number: Its place in the run, from 0.
        names: The files, as in a :class:`Listing`.
    """

    number: int
    names: tuple[str, ...]


def filesystem(url: str, *, is_listed: bool = False) -> tuple[Any, str]:
    """Give the fsspec file system of a path, and the path in it.

    Args:
        url: The path.
        is_listed: What is there is looked up anew: many file systems keep what they have once listed as long as the
            process lives.

    Raises:
        FormatError: The protocol is unknown, or what it needs is not installed.
    """
    from fsspec.core import url_to_fs

    try:
        system, path = url_to_fs(url)
    except (ValueError, ImportError) as error:
        raise FormatError(f"{url}: {error}") from error
    if is_listed:
        system.invalidate_cache()
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
    system, root = filesystem(source.url, is_listed=True)
    if not system.exists(root):
        raise FileNotFoundError(f"{source.url} does not exist. Name a file or a folder of articles.")
    if system.isfile(root):
        if why_not_read(PurePosixPath(root).with_stem("file")):
            raise FormatError(f"{source.url}: no kind of file that is read; see quotestance.io.readers.")
        return Listing((PurePosixPath(root).name,))
    if is_local(system):  # here links, FIFOs and folders that cannot be listed are treated as in a plain run
        reasons = {one.path.relative_to(root).as_posix(): one.skipped for one in find_files(root)}
    else:
        found = sorted(PurePosixPath(path).relative_to(root) for path in system.find(root))
        reasons = {str(path): why_not_read(path) for path in found}
    skipped = tuple((name, why) for name, why in reasons.items() if why is not None)
    return Listing(tuple(name for name, why in reasons.items() if why is None), skipped)


def is_among(output: str, source: str) -> bool:
    """Tell whether an output would be in the folder that is read, or be the file itself."""
    (system, path), (other, root) = filesystem(output), filesystem(source)
    if system.protocol != other.protocol:
        return False
    if is_local(system):
        return resolved(Path(path)).is_relative_to(Path(root).resolve())
    return PurePosixPath(path).is_relative_to(root)


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


def read_in_parts(source: Source, reading: Reading, size: int) -> Iterator[Part]:
    """Read articles, each with its file, up to ``size`` at a time, fewer where they are long; one part is held at once.

    What cannot be fetched or read becomes an article with ``error`` set.
    """
    part: Part = []
    characters = 0
    for name in reading.names:
        for article in _or_nothing(_read(source, name)):
            part.append((name, article))
            characters += 0 if article is None else len(article.text)
            if len(part) == size or characters > _MOST_CHARACTERS:
                yield part
                part, characters = [], 0
    if part:
        yield part


def _or_nothing(articles: Iterator[Article]) -> Iterator[Article | None]:
    """Yield the articles of a file, or ``None`` once where it holds none."""
    yield next(articles, None)
    yield from articles


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
        except Exception as error:  # file systems raise what they like: OSError, BadZipFile, zlib.error
            yield Article("", id=name, error=f"{shown}: {error}. Check that it exists and may be read.")
        else:
            yield from _read_copy(source, copy, name, shown)


def _read_copy(source: Source, path: Path, name: str, shown: str) -> Iterator[Article]:
    """Read a file that is here; what is said of it names the place that the user knows."""
    for article in read_file_as(path, name, text_column=source.text_column, id_column=source.id_column):
        yield article if article.error is None else article.replace(error=article.error.replace(str(path), shown))
