"""The columns of the tables of quotes and of articles: names, types, meanings, and the data dictionary made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from quotestance.text import scalar_values
from quotestance.types import STANCES

Row = dict[str, Any]
"""Column name to value, ``None`` where there is none."""

LONGEST_FIELD = 1_000  # characters of a further field of a record
LONGEST_FIELDS = 10_000  # characters of all further fields together

_PAGE_DIGITS = 16  # hexadecimal, of the hash that names the page of an article
_ANCHOR = "q"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Args:
        name: Its name.
        dtype: ``string``, ``Int64`` or ``Float64``: pandas' nullable type; Arrow's and JSON's follow from it.
        meaning: What it holds.
    """

    name: str
    dtype: Literal["string", "Int64", "Float64"]
    meaning: str


def stance_column(label: str) -> str:
    """Return the name of the column with the probability of a stance label."""
    return f"p_{label.replace('-', '_')}"


EVIDENCE = ("role", "affiliation", "country")
"""The fields of a speaker that are read from words of the article, whose place the table tells."""

_PLACES = tuple(
    Column(f"speaker_{field}_{edge}", "Int64", f"offset {where} of the words that the {field} was read from")
    for field in EVIDENCE
    for edge, where in (("start", "of the first character"), ("end", "after the last character"))
)

_OF_ARTICLE: tuple[Column, ...] = (
    Column("title", "string", "title of the article"),
    Column("published", "string", "when the article was published, as its source words it"),
    Column(
        "date", "string", "the same as ISO 8601, as exactly as it tells: a day, month or year (4/9/2017 tells a year)"
    ),
    Column("url", "string", "address of the article"),
    Column("outlet", "string", "who published the article, as its page or its record tells"),
    Column(
        "meta",
        "string",
        "all further fields of its record as a JSON object; of fields beyond "
        f"{LONGEST_FIELD:,} characters, or {LONGEST_FIELDS:,} together, their number alone, as left_out",
    ),
)

ROW = frozenset(("article_id", "quote", "start", "end"))
"""Columns that the rows of a table of quotes have, and articles have not."""

COLUMNS: tuple[Column, ...] = (
    Column("article_id", "string", "id of the article: its path, its path#record or the id that its record gives"),
    *_OF_ARTICLE,
    Column("quote", "Int64", "number of the quote in its article, from 0"),
    Column(
        "link",
        "string",
        "where the quote begins: article_id#start, which by default is file#offset",
    ),
    Column("report_link", "string", "where the quote stands in the folder that quotestance report makes of this table"),
    Column(
        "kind",
        "string",
        "direct (all of it in quotation marks, or a turn of a transcript), mixed (some of it) or indirect (none)",
    ),
    Column("text", "string", "what was said; the pieces of an interrupted quote are parted by a space"),
    Column("start", "Int64", "offset of its first character in the text of the article, in code points"),
    Column("end", "Int64", "offset after its last character"),
    Column("nested_in", "Int64", "number of the quote that it stands inside, the innermost; none for most"),
    Column("context", "string", "the sentences that it stands in, word for word, with marks and attribution"),
    Column("cue", "string", "the words that attribute it: said, according to"),
    Column("source", "string", "the words that name its source, as they stand in the article"),
    Column("speaker_name", "string", "fullest name of the speaker; of a group, its members' names, parted by '; '"),
    Column("speaker_kind", "string", "person, organization, group or unnamed"),
    Column("speaker_role", "string", "title or function of the speaker, as worded"),
    Column("speaker_affiliation", "string", "organisation, government or country that the role belongs to, as worded"),
    Column("speaker_country", "string", "country of the speaker, ISO 3166-1 alpha-3"),
    Column("speaker_description", "string", "the article's words for a speaker without a name"),
    Column("speaker_confidence", "Float64", "probability that name and kind of the speaker are right"),
    Column("speaker_id", "string", "who that is across articles, once link_speakers or quotestance link has told"),
    Column("speaker_country_words", "string", "the words that the country was read from: Moscow, Russian"),
    *_PLACES,
    Column("stance", "string", f"the most probable stance toward escalation: {', '.join(STANCES)}"),
    *(Column(stance_column(label), "Float64", f"probability that the stance is {label}") for label in STANCES),
    Column("conditional", "Float64", "probability that the stance hangs on a condition (if, unless, until)"),
    Column("confidence", "Float64", "probability that this is a quote and has this source"),
    Column("via", "string", "the medium that relays the source, as it stands in the article"),
)
"""The columns of the table of quotes."""

ARTICLE_COLUMNS: tuple[Column, ...] = (
    Column("article_id", "string", "id of the article, as in the table of quotes; none for a file that is not read"),
    Column("file", "string", "path of its file, relative to the folder that was read"),
    Column("state", "string", "read, skipped or failed"),
    Column("why", "string", "why it was skipped or failed, and what to do; or what is odd about it"),
    *_OF_ARTICLE,
    Column("characters", "Int64", "length of its text in code points"),
    Column("quotes", "Int64", "how many quotes were found in it"),
)
"""The columns of the table of articles."""

SHARED = ("article_id", *(column.name for column in _OF_ARTICLE))
"""The columns that the quotes of one article have in common."""

LINKS = ("link", "report_link")
"""The columns that follow from the id of the article and the place of the quote in it."""


def links(article_id: str, quote: int, start: int) -> Row:
    """Return the values of :data:`LINKS`.

    Args:
        article_id: Id of the article.
        quote: Number of the quote in it, from 0.
        start: Offset of its first character.

    >>> links("a.txt", 0, 12)
    {'link': 'a.txt#12', 'report_link': 'articles/18b7cb099a9ea3f5.html#q1'}
    """
    name = scalar_values(article_id)
    return {"link": f"{name}#{start}", "report_link": f"articles/{page_name(name)}.html#{quote_anchor(quote)}"}


def page_name(article_id: str) -> str:
    """Return the name of an article's page in a report: 16 hexadecimal digits, since an id may hold anything."""
    return hashlib.sha256(scalar_values(article_id).encode()).hexdigest()[:_PAGE_DIGITS]


def quote_anchor(quote: int) -> str:
    """Return the id of a quote in the page of its article; pages count from 1.

    Args:
        quote: Its number in the article, from 0.
    """
    return f"{_ANCHOR}{quote + 1}"


def data_dictionary(columns: Iterable[Column]) -> str:
    """Return a Markdown table of columns: name, type and meaning.

    >>> print(data_dictionary(COLUMNS[:1]))
    | column | type | meaning |
    | --- | --- | --- |
    | `article_id` | string | id of the article: its path, its path#record or the id that its record gives |
    """
    lines = (f"| `{column.name}` | {column.dtype} | {column.meaning} |" for column in columns)
    return "\n".join(("| column | type | meaning |", "| --- | --- | --- |", *lines))
