"""The readable text of a web page, and its title, date and address.

A page is read as a browser would (an unclosed tag or comment swallows what follows), in time linear in its length.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import accumulate

from quotestance.io.encodings import decode

_INVISIBLE = frozenset(("script", "style", "template", "svg", "noscript"))
_BOILERPLATE = frozenset(  # never the article's own words
    ("nav", "header", "footer", "aside", "figcaption", "form", "button", "select", "textarea", "dialog", "iframe")
)
_MAIN = frozenset(("article", "main"))
_OTHER_BLOCKS = (
    "address", "blockquote", "body", "br", "caption", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figure", "h1", "h2", "h3", "h4", "h5", "h6", "head", "hr", "html", "legend", "li", "ol", "p", "pre",
    "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "ul"
)  # fmt: skip
_BLOCKS = frozenset((*_BOILERPLATE, *_MAIN, *_OTHER_BLOCKS))  # a tag of these ends the paragraph before it
_META = {  # name, property or itemprop of a <meta> -> what it tells
    "og:title": "title",
    "og:url": "og:url",
    "article:published_time": "published",
    "datepublished": "published",
}
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*((?:windows|iso-8859|koi8|gb|big5|shift_jis|euc)[\w-]*)", re.IGNORECASE)
_WIDER = {"iso-8859-1": "cp1252", "gb2312": "gb18030"}  # browsers read the one as the other (WHATWG Encoding Standard)


@dataclass(frozen=True, slots=True)
class Webpage:
    """What a page says.

    Args:
        text: Its paragraphs, parted by blank lines; white space inside them is collapsed.
        title, published, url: As the page tells them, or ``None``.
    """

    text: str
    title: str | None
    published: str | None
    url: str | None


def decode_page(data: bytes) -> str:
    """The source of a page: UTF-8, else the encoding that it declares, else as :func:`quotestance.text.decode` guesses.

    >>> decode_page('<meta charset="windows-1252"><p>“Non”'.encode("cp1252"))
    '<meta charset="windows-1252"><p>“Non”'
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        declared = _CHARSET.search(data[:4096])
    if declared:
        name = declared.group(1).decode("ascii").lower()
        try:
            return data.decode(_WIDER.get(name, name))
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data)


def read_page(source: str) -> Webpage:
    """The readable text of a page.

    Scripts, navigation, headers, footers, asides, forms and captions are left out. Where one ``<article>`` or
    ``<main>`` holds at least half of the rest, it is the text; the smallest such.

    >>> read_page("<title>Talks</title><nav>Home</nav><article><p>Liu said <b>no</b>.<p>He left.</article>").text
    'Liu said no.\\n\\nHe left.'
    """
    parser = _Parser()
    # The comment makes feed() give out the text before it. close() would do so too, but reads unclosed tags as text,
    # every one to the end of the page: hours for a hostile one.
    parser.feed(source + "\n<!-- -->")
    parser.end_paragraph()
    found = parser.found
    title = found.get("title") or found.get("<title>")
    return Webpage(parser.text(), title, found.get("published"), found.get("canonical") or found.get("og:url"))


class _Parser(HTMLParser):
    """Gathers the paragraphs of a page, and where among them every <article> and <main> begins and ends."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._paragraphs: list[tuple[str, bool]] = []  # text, and whether it is boilerplate
        self._pieces: list[str] = []
        self._open: Counter[str] = Counter()
        self._begun: dict[str, list[int]] = defaultdict(list)
        self._containers: list[tuple[int, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.end_paragraph()
        if tag in _MAIN:
            self._begun[tag].append(len(self._paragraphs))
        elif tag in ("meta", "link"):
            self._read_metadata(tag, dict(attrs))
        self._open["title"] = 0  # a title holds no tags
        self._open[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.end_paragraph()
        if self._begun[tag]:
            self._containers.append((self._begun[tag].pop(), len(self._paragraphs)))
        self._open[tag] = max(0, self._open[tag] - 1)

    def handle_data(self, data: str) -> None:
        if not any(self._open[tag] for tag in _INVISIBLE):
            self._pieces.append(data)

    def parse_marked_section(self, i: int, report: bool = True) -> int:  # noqa: ARG002
        # <![...]> has no meaning in HTML; the parser's own method raises AssertionError at what it does not know.
        return self.parse_bogus_comment(i, report=False)

    def end_paragraph(self) -> None:
        """Close the paragraph that is being read, if any."""
        text = " ".join("".join(self._pieces).split())
        self._pieces.clear()
        if text and self._open["title"]:
            self.found.setdefault("<title>", text)
        elif text:
            self._paragraphs.append((text, any(self._open[tag] for tag in _BOILERPLATE)))

    def text(self) -> str:
        """The paragraphs of the main part; all that is visible, where nothing else is left."""
        start, end = self._main_part()
        kept = [text for text, is_boilerplate in self._paragraphs[start:end] if not is_boilerplate]
        return "\n\n".join(kept or (text for text, _ in self._paragraphs))

    def _main_part(self) -> tuple[int, int]:
        length = len(self._paragraphs)
        unclosed = [(start, length) for begun in self._begun.values() for start in begun]
        sizes = (0 if is_boilerplate else len(text) for text, is_boilerplate in self._paragraphs)
        before = list(accumulate(sizes, initial=0))
        parts = [(before[end] - before[start], start, end) for start, end in [*self._containers, *unclosed]]
        large = [part for part in parts if 2 * part[0] >= before[-1]]
        _, start, end = min(large, default=(0, 0, length))
        return start, end

    def _read_metadata(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag == "link":
            key = "canonical" if "canonical" in (attributes.get("rel") or "").lower().split() else None
            value = attributes.get("href")
        else:
            names = (attributes.get(name) for name in ("property", "itemprop", "name"))
            key = next((_META[name.lower()] for name in names if name and name.lower() in _META), None)
            value = attributes.get("content")
        if key and value and value.strip():
            self.found.setdefault(key, value.strip())
