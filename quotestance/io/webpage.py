"""The readable text of a web page, and its title, date, address and outlet, as trafilatura reads them.

On the 181 pages of the article-extraction-benchmark trafilatura reaches F1 0.957 (Barbaresi, ACL 2021).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

from quotestance.errors import FormatError
from quotestance.io.encodings import Encoding, decode_as, detect
from quotestance.io.page_bodies import join_bodies
from quotestance.io.page_claims import cut_claims
from quotestance.io.page_data import drop_pull_quotes, page_data, put_first
from quotestance.io.page_inline import dissolve, keep_times, mark_quotes
from quotestance.io.page_lines import (
    BLOCKS,
    UNREAD,
    end_lines,
    make_paragraphs,
    open_fonts,
    open_tables,
    part_items,
    unwrap,
)
from quotestance.io.page_live import join_updates
from quotestance.io.page_parts import drop_buttons, drop_furniture, drop_unseen

_INVISIBLE = ("title", *UNREAD)
_TABLE_RULE = re.compile(r"^\|(?:---\|)+$", re.MULTILINE)  # which trafilatura puts under the head of a table
_PAGE_BEGINS = re.compile(
    rb"[\xef\xbb\xbf\xfe\xff\s]*+(?:<\?xml[^>]*>\s*+|<!--(?>.*?-->)\s*+)*+"
    rb"<(?:!doctype\s+html|html|head|body|title|meta|script|article|main|div|p|h1)\b",
    re.IGNORECASE | re.DOTALL,
)
_CHARSET = re.compile(
    rb"""(?:charset|<\?xml[^>]{0,200}?encoding)\s{0,9}=\s{0,9}["']?\s{0,9}"""
    rb"""((?:windows|iso-8859|iso-2022|koi8|gb|hz|big5|shift_jis|x-sjis|sjis|euc|ks_c|cp\d|ibm|macintosh|x-mac|tis)[\w-]*)""",
    re.IGNORECASE,
)
_SAYS_UTF8 = re.compile(rb"""(?:charset|encoding)\s{0,9}=\s{0,9}["']?\s{0,9}utf-?8\b""", re.IGNORECASE)
_DECLARED_IN = 4096  # bytes from the beginning of a page; browsers look at 1,024
_MOST_BROKEN = 0.05  # share of the characters beyond ASCII that may not fit what a page declares; one is always borne
_WIDER = {  # browsers read the one as the other (WHATWG Encoding Standard)
    "iso-8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "x-sjis": "cp932",
    "sjis": "cp932", "windows-31j": "cp932", "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874", "tis-620": "cp874", "windows-874": "cp874", "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic", "hz-gb-2312": "hz",
}  # fmt: skip
_LONG_DECLARATION = re.compile(r"\A<\?xml[^>]{200,}+>?")  # lxml looks through it in time that grows with its square
_DATES = {"original_date": True, "extensive_search": False}  # else any year in the text is a date, with 1 January
# Beyond these a page is read as a whole, for trafilatura's time grows with the square of its tables.
_MOST_TAGS = 60_000
_MOST_TABLES = 400


@dataclass(frozen=True, slots=True)
class Webpage:
    """What a page says.

    Args:
        text: Its paragraphs, parted by blank lines; white space inside them is collapsed.
        title, url, outlet: As the page tells them, or ``None``.
        published: The date as YYYY-MM-DD, or ``None``.
    """

    text: str
    title: str | None = None
    published: str | None = None
    url: str | None = None
    outlet: str | None = None


def is_page(data: bytes) -> bool:
    """Whether bytes of unknown kind are the source of a page, by how they begin.

    >>> is_page(b"<!DOCTYPE html><p>No."), is_page(b"<no> means no")
    (True, False)
    """
    return bool(_PAGE_BEGINS.match(data[:4096].replace(b"\0", b"")))  # UTF-16 too


def decode_page(data: bytes) -> str:
    """Return the source of a page in the encoding that :func:`detect_page` finds.

    >>> decode_page('<meta charset="windows-1252"><p>“Non”'.encode("cp1252"))
    '<meta charset="windows-1252"><p>“Non”'
    """
    return decode_as(data, detect_page(data))


def detect_page(data: bytes) -> Encoding:
    """Return the encoding of a page: by its byte order mark, UTF-8, else what the page declares, else a guess.

    Bytes that are UTF-8 are read as such whatever is declared, for those of other encodings hardly ever are.
    """
    declared = _CHARSET.search(data[:_DECLARED_IN])
    if declared and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\0\0\xfe\xff")):
        name = declared.group(1).decode("ascii", "replace").lower()
        name = _WIDER.get(name, name)
        if name in ("hz", "iso-2022-jp", "iso-2022-kr") or not _is_utf8(data):
            return _as_declared(data, name) or detect(data)
    if _SAYS_UTF8.search(data[:_DECLARED_IN]) and _is_mostly_utf8(data):
        return Encoding("utf-8", errors="replace")  # as browsers do: what is cut costs one letter
    return detect(data)


def _as_declared(data: bytes, name: str) -> Encoding | None:
    """Return the encoding that a page declares, where all but a few bytes fit it; ``None`` where they do not."""
    try:
        text = data.decode(name, "replace")
    except (LookupError, UnicodeError):
        return None
    broken = text.count("\ufffd")
    if broken > max(1, _MOST_BROKEN * _beyond_ascii(text)):
        return None
    return Encoding(name, errors="replace" if broken else "strict")


def _is_mostly_utf8(data: bytes) -> bool:
    """Whether bytes are not UTF-8 only for some of them."""
    text = data.decode("utf-8", "replace")
    return 0 < text.count("\ufffd") <= _beyond_ascii(text) / 2


def _beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def read_page(source: str) -> Webpage:
    """Extract the article of a page without scripts, navigation, captions, comments and related links.

    Where no article can be told from the rest, all that is visible is the text. What has no tags is a text, whose lines
    count.

    >>> page = "<title>Talks</title><article><p>Liu said <b>no</b>.<p>He left.</article>"
    >>> read_page(page).text
    'Liu said no.\\n\\nHe left.'
    """
    if "<" not in source:
        return Webpage(_parted(unescape(source)))
    tree = _parsed(source, is_deep=False)
    is_deep = tree is None
    if is_deep and (tree := _parsed(source, is_deep=True)) is None:
        raise FormatError("elements stand in one another more than 2,000 deep. Save the text of the page as .txt.")
    found = Webpage("") if is_deep or not _is_readable(source) else _extracted(source)
    visible = _visible(tree)
    return replace(found, text=_in_paragraphs(found.text, visible) if found.text else visible)


def _is_readable(source: str) -> bool:
    """Whether a page is small enough for its article to be told from the rest."""
    return source.count("<") <= _MOST_TAGS and source.count("<table") + source.count("<TABLE") <= _MOST_TABLES


def _extracted(source: str) -> Webpage:
    from trafilatura import bare_extraction, load_html

    try:
        with _quiet_trafilatura():
            if (page := load_html(_LONG_DECLARATION.sub("", source, count=1))) is None:
                return Webpage("")
            cut_claims(page)
            told = page_data(page)
            drop_unseen(page)
            drop_furniture(page)
            if told.is_live:
                join_updates(page)
            join_bodies(page)
            end_lines(page)
            open_fonts(page)
            open_tables(page)
            make_paragraphs(page)
            part_items(page)
            drop_pull_quotes(page)
            mark_quotes(page)
            keep_times(page)
            dissolve(page)
            unwrap(page)
            put_first(page, told)
            found = bare_extraction(page, with_metadata=True, include_comments=False, date_extraction_params=_DATES)
    except (ValueError, TypeError, AttributeError, RecursionError, IndexError):  # what a hostile page does to it
        return Webpage("")
    if found is None or isinstance(found, dict):
        return Webpage("")
    published, outlet = told.date(found.date), told.outlet(found.sitename)
    text = _in_paragraphs(_parted(_TABLE_RULE.sub("", found.text or "")), _told(told.body))
    return Webpage(text, found.title, published, found.url, outlet)


def _told(body: str) -> str:
    """Return the text of an article that JSON-LD tells, be it plain or HTML, with its paragraphs."""
    body = unescape(body)
    if "<" not in body:
        return _parted(body)
    tree = _parsed(body, is_deep=False)
    return "" if tree is None else _visible(tree)


def _parsed(source: str, *, is_deep: bool) -> Any:
    """Return the elements of a page; an empty page has no text, and ``None`` stands for one nested too deeply.

    libxml2 stops, in silence, at the element that is nested more than 256 deep, or 2,048 with ``is_deep``.
    """
    from lxml import etree, html

    parser = etree.HTMLParser(encoding="utf-8", huge_tree=is_deep, remove_comments=True, remove_pis=True)
    try:
        page = html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, ValueError):  # no element at all
        return etree.Element("html")
    is_cut = any("XML_PARSE_HUGE" in entry.message for entry in parser.error_log)
    return None if is_cut else page


def _visible(page: Any) -> str:
    """All text that a browser would show, its blocks parted by blank lines."""
    from lxml import etree

    etree.strip_elements(page, *_INVISIBLE, with_tail=False)
    drop_unseen(page)
    drop_buttons(page)
    end_lines(page)
    mark_quotes(page)
    unwrap(page)
    for block in page.iter(*BLOCKS):
        block.text, block.tail = f"\n{block.text or ''}", f"\n{block.tail or ''}"
    return _parted(str(page.xpath("string()")))


def _in_paragraphs(text: str, visible: str) -> str:
    """Return what trafilatura found in the paragraphs that the page has; as it is where it is not made of these.

    Of a page of a few words it makes one paragraph of an article, or one of every element in a sentence.
    """
    wanted, found, at = "".join(text.split()), [], 0
    for paragraph in visible.split("\n\n"):
        if wanted.startswith(words := "".join(paragraph.split()), at):
            found.append(paragraph)
            at += len(words)
    return "\n\n".join(found) if at == len(wanted) else text


def _parted(text: str) -> str:
    """Lines as paragraphs, the white space inside them collapsed."""
    return "\n\n".join(words for line in text.split("\n") if (words := " ".join(line.split())))


@contextmanager
def _quiet_trafilatura() -> Iterator[None]:
    """Keep what trafilatura logs about pages that it cannot read to itself: the reader says so in its own words."""
    log = logging.getLogger("trafilatura")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)
