"""What people hold -> articles: texts, Articles, records, rows and tables of pandas, Arrow and datasets.

Neither pandas nor pyarrow nor datasets is imported to find out that something is not theirs.
"""

from __future__ import annotations

import math
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from quotestance.errors import FormatError
from quotestance.io.frames import Values, check_columns, check_once, frame_rows, row_article
from quotestance.io.record_articles import ARTICLE_FIELDS
from quotestance.io.records import with_known_names
from quotestance.types import Article

if TYPE_CHECKING:
    import datasets
    import pandas as pd
    import pyarrow as pa

ArticleLike: TypeAlias = "Article | str | Mapping[Any, Any] | pd.Series[Any] | tuple[Any, ...]"
"""What an article is made of: an Article, a text, a record, or the row of a DataFrame (Series or named tuple)."""

Articles: TypeAlias = "Iterable[ArticleLike] | Mapping[Any, Any] | pd.DataFrame | pa.Table | datasets.Dataset"
"""What articles are made of: an iterable of such, or a table (see :func:`to_articles`)."""

_ROWS_TOGETHER = 64  # rows of a table that are decoded at once


def to_article(thing: ArticleLike, *, text_column: str = "text", id_column: str | None = None) -> Article:
    """Make an article of a text, a record or the row of a DataFrame; an Article is given back as it is.

    Fields of a record are understood as :func:`quotestance.read_articles` understands them: id, title, date and
    address under their usual names, what else there is as ``meta``. A row of a DataFrame without an id goes by its
    label.

    Args:
        thing: The text, Article, mapping, ``pandas.Series`` or named tuple.
        text_column: Field that holds the text.
        id_column: Field that holds the id; by default ``"id"``, where there is one.

    Raises:
        FormatError: A record has no text, or a field that cannot be read; or a row has several of that name.
        TypeError: It is nothing of the kind, or a column is named by what is no string.
    """
    _check_names(text_column=text_column, id_column=id_column)
    made = _item_article(thing, text_column, id_column)
    if made is None:
        raise TypeError(f"Give a text, an Article or a record, not {_what_else(thing)}.")
    came_with_error = made is thing or (isinstance(thing, Mapping) and made.error == thing.get("error"))
    if made.error is not None and not came_with_error:
        raise FormatError(made.error)
    return made


def to_articles(things: Articles, *, text_column: str = "text", id_column: str | None = None) -> Iterator[Article]:
    """Make articles of what people hold, lazily and in order.

    Things are an iterable of texts, Articles, records and rows (see :func:`to_article`), or a table: a pandas DataFrame
    or a column of texts, an Arrow table, record batch or reader, a ``datasets.Dataset``, whatever else hands itself
    over as an Arrow stream (Polars, DuckDB), or a mapping of column names to lists. Of a table 64 rows are decoded at
    once. A row without an id goes by its label in a DataFrame, else by its number, from 0. Tables that
    :func:`quotestance.articles_to_dataset` made give their articles back, those with an empty id too.

    A record or row whose text is missing keeps its place: its article has ``error`` set.

    Args:
        things: The iterable or table.
        text_column: Field or column that holds the text.
        id_column: Field or column that holds the id; by default ``"id"``, where there is one.

    Raises:
        TypeError: ``things`` is one article, or no iterable; or, when it is come to, something in it is no article; or
            a column is named by what is no string.
        FormatError: A table, or the first of the records, has no such column, or several; or columns differ in length.

    >>> [(article.id, article.text) for article in to_articles([{"id": 7, "text": "Liu said no."}, "Yes."])]
    [('7', 'Liu said no.'), ('', 'Yes.')]
    >>> [article.id for article in to_articles({"key": ["a", "b"], "body": ["No.", "Yes."]}, text_column="body")]
    ['0', '1']
    """
    _check_names(text_column=text_column, id_column=id_column)
    rows = _table_rows(things, text_column)
    if rows is not None:
        names, named_rows = rows
        if names is not None:
            check_columns(names, text_column=text_column, id_column=id_column)
        return (_named_article(row, name, text_column, id_column) for name, row in named_rows)
    if (fix := _no_articles(things, text_column)) is not None:
        raise TypeError(f"Give an iterable of articles, texts or records, or a table, not {fix}.")
    return _each(things, text_column, id_column)


def _check_names(text_column: object, id_column: object) -> None:
    for argument, name in (("text_column", text_column), ("id_column", "" if id_column is None else id_column)):
        if not isinstance(name, str):
            raise TypeError(f"{argument} is the name of a column, as a string, not {name!r}; of column 0 it is '0'.")


def split_pairs(pairs: Iterable[tuple[Any, Any]], contexts: deque[Any]) -> Iterator[Any]:
    """Yield the first of every pair, and keep the second, until it is its turn.

    Args:
        pairs: Articles, in any form that :func:`to_article` takes, each with its context.
        contexts: Where the contexts go, one before each article.

    Raises:
        TypeError: ``pairs`` is a text, a mapping or a table, or no iterable; or, when it is come to, something in it
            is no pair.
    """
    if isinstance(pairs, str | bytes | Mapping) or hasattr(pairs, "columns") or not isinstance(pairs, Iterable):
        raise TypeError(
            f"With as_tuples give pairs (article, context), not {_a(pairs)}: "
            "zip(texts, contexts), or of a DataFrame zip(frame.to_dict('records'), frame.index)."
        )
    return _firsts(pairs, contexts)


def _firsts(pairs: Iterable[Any], contexts: deque[Any]) -> Iterator[Any]:
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise TypeError(f"With as_tuples give pairs (article, context), not {_a(pair)}.")
        contexts.append(pair[1])
        yield pair[0]


def _each(things: Iterable[Any], text_column: str, id_column: str | None) -> Iterator[Article]:
    is_checked = False
    for one in things:
        thing = one.as_py() if _is(one, "pyarrow", "Scalar") else one
        if isinstance(thing, Mapping) and not is_checked:  # later ones may lack a field; that is told in their place
            check_columns(map(str, thing), text_column=text_column, id_column=id_column)
            is_checked = True
        yield _placed(thing, text_column, id_column)


def _placed(thing: Any, text_column: str, id_column: str | None) -> Article:
    """Make an article of what has a place among others: what is missing keeps it."""
    if any(thing is nothing for nothing in (None, *_missing())) or (isinstance(thing, float) and math.isnan(thing)):
        return Article("", error="no text: the value is missing. Give a text, or leave it out.")
    made = _item_article(thing, text_column, id_column)
    if made is None:
        raise TypeError(f"Give texts, Articles or records, not {_what_else(thing)}.")
    return made


def _item_article(thing: Any, text_column: str, id_column: str | None) -> Article | None:
    """Make an article of one thing, with ``error`` set where its fields are not those of one; else ``None``."""
    if isinstance(thing, Article):
        return thing
    if isinstance(thing, str):
        return Article(thing)
    found = _row(thing)
    if found is None:
        return None
    name, row = found[0], with_known_names(found[1], (text_column, id_column or "id"))
    if text_column not in row and not isinstance(thing, Mapping):
        return None
    if isinstance(row.get(text_column), list):
        return None
    if _is(thing, "pandas", "Series"):
        check_once(map(str, thing.index), text_column=text_column, id_column=id_column)
    return _named_article(row, name, text_column, id_column)


def _row(thing: Any) -> tuple[str, Mapping[str, Any]] | None:
    """Give the name and the fields of a record or row."""
    if isinstance(thing, Mapping):
        return "", thing
    if _is(thing, "pandas", "Series"):
        return "" if thing.name is None else str(thing.name), {str(name): value for name, value in thing.items()}
    if isinstance(thing, tuple) and hasattr(thing, "_asdict"):
        fields = thing._asdict()
        return str(fields.pop("Index", "")), fields
    return None


def _named_article(row: Mapping[str, Any], name: str, text_column: str, id_column: str | None) -> Article:
    # The row is an article, which may have no id.
    is_whole = id_column in (None, "id") and row.keys() == ARTICLE_FIELDS and isinstance(row["id"], str)

    def name_of(_: Values) -> str:
        return "" if is_whole else name

    return row_article(row, name_of, text_column=text_column, id_column=id_column)


_NamedRows: TypeAlias = Iterator[tuple[str, Mapping[str, Any]]]


def _table_rows(table: Any, text_column: str) -> tuple[Iterable[str] | None, _NamedRows] | None:
    """Give the names of the columns of a table, or ``None`` if it has none at all, and its rows; of others ``None``."""
    if _is(table, "pandas", "DataFrame"):
        return [str(name) for name in table.columns] or None, _pandas_rows(table)
    if _is(table, "pandas", "Series") and _is_text_column(table, text_column):
        return None, _pandas_rows(table.to_frame(text_column))
    if _is(table, "datasets", "Dataset"):
        if table.format["type"] == "custom":  # what its function makes of a row is what is meant
            return [*table[0]] if len(table) else None, _numbered(table)
        parts = table.with_format("arrow").iter(_ROWS_TOGETHER)
        return table.column_names, _numbered(row for part in parts for row in frame_rows(part))
    if hasattr(table, "__arrow_c_stream__") and any(hasattr(table, one) for one in ("schema", "columns")):
        import pyarrow as pa

        reader = pa.RecordBatchReader.from_stream(table)
        return reader.schema.names, _numbered(_arrow_rows(reader))
    if isinstance(table, Mapping) and table and all(map(_is_column, table.values())):
        return table, _numbered(frame_rows(table))
    return None


def _is_text_column(series: pd.Series[Any], text_column: str) -> bool:
    """Tell a column from a row, whose labels are the names of columns."""
    return series.name in (None, text_column) or not all(isinstance(label, str) for label in series.index)


def _pandas_rows(frame: pd.DataFrame) -> _NamedRows:
    for start in range(0, len(frame), _ROWS_TOGETHER):
        part = frame.iloc[start : start + _ROWS_TOGETHER]
        yield from zip(map(str, part.index), frame_rows(part), strict=True)


def _arrow_rows(reader: pa.RecordBatchReader) -> Iterator[Values]:
    for batch in reader:
        for start in range(0, batch.num_rows, _ROWS_TOGETHER):
            yield from frame_rows(batch.slice(start, _ROWS_TOGETHER))


def _numbered(rows: Iterable[Values]) -> _NamedRows:
    return ((str(number), row) for number, row in enumerate(rows))


def _is_column(value: object) -> bool:
    """Tell whether this is a list or array of values: no text, and no table itself, as in a DatasetDict."""
    is_sequence = hasattr(value, "__len__") and hasattr(value, "__getitem__")
    return is_sequence and not isinstance(value, str | bytes | Mapping) and not hasattr(value, "column_names")


_NO_ARTICLES: tuple[tuple[Callable[[Any, str], bool], str], ...] = (
    (lambda one, _: isinstance(one, str | bytes), "one text: give a list, [text], or call pipe(text) for one article"),
    (lambda one, _: isinstance(one, Article), "one article: give a list, [article], or call pipe(article)"),
    (lambda one, _: isinstance(one, os.PathLike), "a path: give quotestance.read_articles(path)"),
    (
        lambda one, _: _is(one, "datasets", "DatasetDict"),
        "a DatasetDict: choose one of its splits, such as dataset['train']",
    ),
    (
        lambda one, text: isinstance(one, Mapping) and text in one,
        "one record: give a list, [record], or call pipe(record) for one article",
    ),
    (
        lambda one, _: isinstance(one, Mapping),
        "a dict: give its texts, texts.values(), or as_tuples=True with pairs (text, key); a table needs a column of "
        "texts, which text_column names",
    ),
    (
        lambda one, _: _is(one, "pandas", "Series"),
        "what may be a row: call pipe(row), or of a column of texts give column.tolist()",
    ),
    (
        lambda one, _: hasattr(one, "columns"),
        "a table of this kind: give its rows as dicts or as a pandas DataFrame, or score it with quotestance.Scorer",
    ),
)
"""What is not articles though it might be iterated over, and what to give instead."""


def _no_articles(things: object, text_column: str) -> str | None:
    for applies, fix in _NO_ARTICLES:
        if applies(things, text_column):
            return fix
    return None if isinstance(things, Iterable) else f"{_a(things)}: give a list"


def _what_else(thing: Any) -> str:
    """Say what was given in place of an article, and what to do."""
    if isinstance(thing, bytes):
        return "bytes: decode them, data.decode(); quotestance.read_articles(path) reads files"
    if isinstance(thing, os.PathLike):
        return "a path: quotestance.read_articles(path) reads files"
    if _is(thing, "spacy.tokens", "Doc"):
        return "a Doc: give doc.text, or quotestance.Article.from_doc(doc)"
    if _table_rows(thing, "text") is not None or hasattr(thing, "columns"):
        return f"{_a(thing)}: pipe.stream(table) reads a table"
    if isinstance(thing, tuple) and len(thing) == 2 and _is(thing[1], "pandas", "Series"):
        return "a label with its row: give the DataFrame itself, or frame.itertuples()"
    if isinstance(thing, tuple) and len(thing) == 2 and not hasattr(thing, "_asdict"):
        return "a pair: pipe.stream(pairs, as_tuples=True) reads articles with their contexts"
    if isinstance(thing, list | tuple | Iterator):
        return (
            f"{_a(thing)}: pipe.stream(articles) reads many, and text_column names the field of a record with the text"
        )
    return f"{_a(thing)}; for rows of other kinds give dict(row), for files quotestance.read_articles"


def _missing() -> tuple[Any, Any]:
    """Give what pandas takes for missing."""
    return _of("pandas", "NA"), _of("pandas", "NaT")


def _a(thing: object) -> str:
    name = type(thing).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _is(thing: object, module: str, name: str) -> bool:
    kind = _of(module, name)
    return isinstance(kind, type) and isinstance(thing, kind)


def _of(module: str, name: str) -> Any:
    """Give something of a module, if it is imported: else nobody can have made one of it."""
    return getattr(sys.modules.get(module), name, None)
