"""Files and folders of articles -> :class:`Article`, one after the other.

    .txt .md                one article; its text is the file's, untouched (the bytes are decoded, no more)
    .html .htm              one article; its text is the readable text of the page, and offsets point into that
    .json                   one article or a list of them
    .jsonl .ndjson          one article a line
    .csv .tsv .parquet      one article a row

An article in JSON is what :meth:`Article.to_dict` writes, with further fields or without, or any object with a text
column. Title, date and address are taken from the usual field names; what else a record holds becomes ``meta``. Where
the encoding had to be guessed, ``meta["encoding"]`` has its name and ``meta["encoding_confidence"]`` how sure that is,
in [0, 1].

What cannot be read becomes an article with an empty text and ``error`` set, in its place, and the rest goes on.
"""

from __future__ import annotations

import logging
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from quotestance.errors import FormatError
from quotestance.io.encodings import SURE, Encoding, check_encoding, decode_as, detect
from quotestance.io.files import read_file
from quotestance.io.record_articles import failed_article, read_record
from quotestance.io.records import Record, csv_records, jsonl_records, parquet_records, parse_json
from quotestance.io.walk import Found, parts_of_page, walk, why_by_name
from quotestance.io.webpage import detect_page, read_page
from quotestance.text import scalar_values
from quotestance.types import Article

_logger = logging.getLogger(__name__)

NO_ARTICLE = "there is no article in it"
"""Why a file of records that holds none is not read."""
EMPTY = "empty: there is no text in it"
"""Why an article is skipped."""
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")  # of a page or a bucket, as a path has it
_NO_ADDRESS = "Nothing is fetched: save it, and name that file. 'score --engine ray' reads s3:// and the like."


@dataclass(slots=True)
class _Source:
    """A file, the name that the ids of its articles start with, how to read it, and how far that is."""

    path: Path
    name: str
    text_column: str
    id_column: str | None
    encoding: str | None
    tells_quotes: bool = False  # the record that was read last
    is_lost: bool = False  # by a fault of the system


@dataclass(frozen=True, slots=True)
class Input:
    """An article of a file, or a file that is not read.

    Args:
        file: The file, by its path relative to the folder; of a single file, its name.
        article: The article; ``None`` where the file is not read.
        why: Why the file is not read; or what is to be said of an article that is.
        tells_quotes: Whether the article came with its quotes, if only to say that it has none.
        is_lost: Whether the system could not read the file, or the rest of it, which may be so for once.
    """

    file: str
    article: Article | None = None
    why: str | None = None
    tells_quotes: bool = False
    is_lost: bool = False


def read_articles(
    path: str | os.PathLike[str],
    *,
    text_column: str = "text",
    id_column: str | None = None,
    encoding: str | None = None,
) -> Iterator[Article]:
    """Articles of a file, or of a folder and the folders in it, lazily and in a fixed order.

    A file of one article has its path (relative to the folder; of a single file its name) as id; a record has that of
    ``id_column``, else ``path#number``, counted from 1. An id that comes again gets ``#2``, ``#3``... behind it. Hidden
    files, links to folders, the parts of saved pages (``NAME_files``) and files of other kinds are left out. One record
    of a JSON Lines file or a CSV or TSV table is held at a time, of a Parquet table 64.

    Args:
        path: A file of a kind that the module's docstring lists, or a folder.
        text_column: Field that holds the text of a record; where none is called so, the one that differs from it in
            case and blanks around it alone.
        id_column: Field that holds the id of a record, likewise; by default ``"id"``, where a record has it.
        encoding: Encoding of the text files, JSON, CSV and HTML included; by default each is detected.

    Raises:
        FileNotFoundError: Nothing is there.
        FormatError: The suffix of the one file is of no known kind, or there is no such encoding.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.txt").write_text("Liu said no.")
    ...     [(article.id, article.text) for article in read_articles(folder)]
    [('a.txt', 'Liu said no.')]
    """
    root = _checked_root(path, encoding)
    names = ((file, file.name if file == root else file.relative_to(root).as_posix()) for file in article_files(root))
    sources = (_Source(file, name, text_column, id_column, encoding) for file, name in names)
    inputs = (Input(source.name, article) for source in sources for article in _read_file(source))
    return (one.article for one in _with_unique_ids(inputs) if one.article is not None)


def read_inputs(
    path: str | os.PathLike[str],
    *,
    text_column: str = "text",
    id_column: str | None = None,
    encoding: str | None = None,
) -> Iterator[Input]:
    """Articles as :func:`read_articles` gives them, and in their places the files that are not read, with the reason.

    Left out are hidden files and folders, links to folders and links in a circle, FIFOs, sockets, devices, archives,
    files of other kinds and files without a record. Of an article whose id came before, it is said that it got another.

    Args:
        path, text_column, id_column, encoding: As in :func:`read_articles`.

    Raises:
        FileNotFoundError: Nothing is there.
        FormatError: The suffix of the one file is of no known kind, or there is no such encoding.
    """
    root = _checked_root(path, encoding)
    return _with_unique_ids(_inputs(root, text_column, id_column, encoding))


def _inputs(root: Path, text_column: str, id_column: str | None, encoding: str | None) -> Iterator[Input]:
    for found in find_files(root):
        name = root.name if found.path == root else found.path.relative_to(root).as_posix()
        if found.skipped is not None:
            yield Input(scalar_values(name), why=found.skipped)
            continue
        source, count = _Source(found.path, name, text_column, id_column, encoding), 0
        for count, article in enumerate(_read_file(source), 1):  # noqa: B007
            yield Input(scalar_values(name), article, tells_quotes=source.tells_quotes, is_lost=source.is_lost)
        if not count:
            yield Input(scalar_values(name), why=NO_ARTICLE)


def count_inputs(path: str | os.PathLike[str]) -> int | None:
    """How many inputs :func:`read_inputs` gives, where counting files tells it; else ``None``."""
    count = 0
    for found in find_files(path):
        if found.skipped is None and not is_one_article(found.path):
            return None
        count += 1
    return count


def _checked_root(path: str | os.PathLike[str], encoding: str | None) -> Path:
    root = Path(path)
    if not root.exists():
        advice = _NO_ADDRESS if _ADDRESS.match(str(root)) else "Name a file or a folder of articles."
        raise FileNotFoundError(f"{root} does not exist. {advice}")
    if not root.is_dir() and root.suffix.lower() not in _FORMATS:
        if not root.is_file():  # /dev/stdin, or a pipe of the shell's: <(command)
            raise FormatError(f"{root} is no file. Copy what comes out of it into a file; 'analyze -' reads a pipe.")
        raise FormatError(f"{root}: unknown kind of file {root.suffix!r}. Available: {', '.join(_FORMATS)}.")
    check_encoding(encoding)
    return root


def article_files(path: str | os.PathLike[str]) -> Iterator[Path]:
    """List the files that :func:`read_articles` reads, in its order: the file, or those of a folder by name.

    A folder that cannot be listed comes out itself, so that its loss does not go unseen.
    """
    pending = [Path(path)]
    while pending:
        file = pending.pop()
        try:
            if file.is_dir() and (file == Path(path) or not file.is_symlink()):
                if file != Path(path) and (why := parts_of_page(file)):
                    _logger.info("%s: skipped, %s", file, why)
                    continue
                pending += sorted((child for child in file.iterdir() if not child.name.startswith(".")), reverse=True)
            elif file.suffix.lower() in _FORMATS:
                yield file
            else:
                _logger.info("%s: skipped, not a kind of file that is read", file)
        except OSError:
            yield file


def is_one_article(file: Path) -> bool:
    """Whether a file of this name holds one article, no more and no less."""
    return _FORMATS.get(file.suffix.lower()) in (_text_article, _html_article)


def find_files(path: str | os.PathLike[str]) -> Iterator[Found]:
    """List what :func:`read_inputs` finds in a folder, in its order: the files to read, and the others with the reason.

    Args:
        path: The folder, or one file.
    """
    return walk(Path(path), _FORMATS)


def why_not_read(name: PurePath) -> str | None:
    """Why :func:`read_inputs` leaves out a file with this path in a folder, as far as names tell; else ``None``."""
    return why_by_name(name, _FORMATS)


def read_file_as(
    path: Path, name: str, *, text_column: str = "text", id_column: str | None = None, encoding: str | None = None
) -> Iterator[Article]:
    """Read the articles of one file of a folder, lazily, as :func:`read_articles` does; ids may come twice.

    Args:
        path: The file, of a kind that is read.
        name: Its path relative to the folder, with which the ids start.
        text_column, id_column, encoding: As in :func:`read_articles`.
    """
    return _read_file(_Source(path, name, text_column, id_column, encoding))


def _with_unique_ids(inputs: Iterable[Input]) -> Iterator[Input]:
    taken: Counter[int] = Counter()  # by hashes, which are smaller: it grows with every article
    for one in inputs:
        if one.article is None:
            yield one
            continue
        base = name = scalar_values(one.article.id)  # the name of a file may hold bytes that are no text
        while hash(name) in taken:
            taken[hash(base)] += 1
            name = f"{base}#{taken[hash(base)]}"
        taken[hash(name)] = 1
        article = one.article if name == one.article.id else one.article.replace(id=name)
        yield replace(one, article=article, why=None if name == base else renamed(base, name))


def renamed(base: str, name: str) -> str:
    """Say of an article with an id that came before that it got another."""
    return f"the id {base!r} came before: called {name!r}"


def _read_file(source: _Source) -> Iterator[Article]:
    try:
        # Of other names there come only folders that cannot be listed, of which the opening tells.
        yield from _FORMATS.get(source.path.suffix.lower(), _text_article)(source)
    except (OSError, ValueError, MemoryError) as error:
        source.is_lost = isinstance(error, OSError)
        yield failed_article(source.name, str(source.path), error)


def _text_article(source: _Source) -> Iterator[Article]:
    text, guess = _decode(source, detect)
    yield Article(text, id=source.name, meta=_told(guess, source.path))


def _html_article(source: _Source) -> Iterator[Article]:
    markup, guess = _decode(source, detect_page)
    page = read_page(markup)
    if not page.text:
        raise FormatError("no readable text. If a script fills the page, save it from a browser, or copy its text.")
    meta = ({"outlet": page.outlet} if page.outlet else {}) | _told(guess, source.path)
    yield Article(page.text, id=source.name, title=page.title, published=page.published, url=page.url, meta=meta)


def _json_articles(source: _Source) -> Iterator[Article]:
    text, guess = _decode(source, detect)
    data = parse_json(text)
    if isinstance(data, list):
        records = (Record(f"record {number}", item, encoding=guess) for number, item in enumerate(data, 1))
        yield from _articles(source, records)
    else:
        yield _with_encoding(_record_article(data, source.name, source), _told(guess, source.path))


def _jsonl_articles(source: _Source) -> Iterator[Article]:
    return _articles(source, jsonl_records(source.path, source.encoding))


def _csv_articles(source: _Source) -> Iterator[Article]:
    return _articles(source, csv_records(source.path, source.encoding, source.text_column))


def _parquet_articles(source: _Source) -> Iterator[Article]:
    return _articles(source, parquet_records(source.path, source.encoding, source.text_column))


_FORMATS: Mapping[str, Callable[[_Source], Iterator[Article]]] = {
    ".txt": _text_article,
    ".md": _text_article,
    ".html": _html_article,
    ".htm": _html_article,
    ".json": _json_articles,
    ".jsonl": _jsonl_articles,
    ".ndjson": _jsonl_articles,
    ".csv": _csv_articles,
    ".tsv": _csv_articles,
    ".parquet": _parquet_articles,
}


def _decode(source: _Source, find: Callable[[bytes], Encoding]) -> tuple[str, Encoding | None]:
    """Return the text of a file, and its encoding where that is a guess."""
    data = read_file(source.path)
    if source.encoding is None:
        encoding = find(data)
        text = decode_as(data, encoding).removeprefix("\ufeff")
        return text, encoding if encoding.confidence is not None else None
    try:
        return data.decode(source.encoding).removeprefix("\ufeff"), None
    except UnicodeDecodeError as error:
        raise FormatError(
            f"not {source.encoding}: {error.reason} at byte {error.start}. Leave the encoding out to have it detected."
        ) from error


def _told(guess: Encoding | None, where: Path | str) -> dict[str, Any]:
    """Return what ``meta`` tells of an encoding that had to be guessed; the log tells it too where that is unsure."""
    if guess is None or guess.confidence is None:
        return {}
    if guess.confidence < SURE or guess.errors == "replace":
        _logger.warning("%s: read as %s. Check its letters, or name the encoding.", where, guess)
    return {"encoding": guess.name, "encoding_confidence": guess.confidence}


def _with_encoding(article: Article, told: Mapping[str, Any]) -> Article:
    return article.replace(meta={**told, **article.meta}) if told else article


def _articles(source: _Source, records: Iterable[Record]) -> Iterator[Article]:
    told: dict[str, dict[str, Any]] = {}  # each encoding of a file is told once
    for number, record in enumerate(records, 1):
        name = f"{source.name}#{number}"
        try:
            if record.error is not None:
                raise FormatError(record.error)
            article = _record_article(record.content, name, source)
            if record.encoding is not None:
                if record.encoding.name not in told:
                    told[record.encoding.name] = _told(record.encoding, source.path)
                article = _with_encoding(article, told[record.encoding.name])
        except ValueError as error:
            article = failed_article(name, f"{source.path}, {record.where}", error)
        yield article


def _record_article(record: Any, name: str, source: _Source) -> Article:
    article, source.tells_quotes = read_record(record, name, text_column=source.text_column, id_column=source.id_column)
    return article
