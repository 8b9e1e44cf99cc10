"""What a page tells of its own article in JSON-LD and microdata, where trafilatura takes it for that of something else.

It takes the first ``datePublished`` of any object, be it a comment, an update of a live blog or a related article; the
time of the last change before that; the longest name of any body, or of the page, for the outlet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from quotestance.io.dates import iso_date
from quotestance.io.page_claims import json_scripts

_ARTICLE = re.compile(r"(?:article|posting|report)\Z", re.IGNORECASE)
_BODIES = ("newsmediaorganization", "organization", "corporation")
_DAY = 10  # characters of a date that tells a day
_FIRST_YEAR = "1995"  # before it trafilatura believes no date
_PULL_QUOTE = re.compile(r"\bpull[-_]?(?:ed[-_]?)?quote", re.IGNORECASE)
_MOST_PULL_QUOTES = 50
_QUOTING = ("p", "div", "blockquote", "q", "span")
_FEWEST_WORDS = 3  # parted by so many spaces at least, or what is said again may be said again by chance
_NO_XML = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NO_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class PageData:
    """What a page tells of its article.

    Args:
        title: The headline; of a live blog that of the whole.
        published: The day when it was published, in ISO 8601; ``None`` where none is told.
        publisher: Who published it.
        strangers: Names that stand for no outlet, in lower case: of the page itself, and of who wrote the article.
        body: The text of the article with its line ends or tags, where JSON-LD has it.
        is_live: Whether it is a live blog.
    """

    title: str | None = None
    published: str | None = None
    publisher: str | None = None
    strangers: frozenset[str] = frozenset()
    body: str = ""
    is_live: bool = False

    def date(self, found: str | None) -> str | None:
        """Return the date that trafilatura found, or the one that is told, if that is earlier than it can find."""
        return self.published if self.published and self.published < _FIRST_YEAR else found

    def outlet(self, found: str | None) -> str | None:
        """Return the outlet that trafilatura found, or the publisher that is told, if it found a stranger or none."""
        return self.publisher if not found or found.casefold() in self.strangers else found


def page_data(page: Any) -> PageData:
    """Read what a page tells of its article.

    Args:
        page: The root element of lxml's tree of the page.
    """
    objects = list(_objects(page))
    article = next((one for one in objects if _is_article(one)), {})
    bodies = {one["@id"]: one for one in objects if isinstance(one.get("@id"), str)}
    publisher = _name(_referred(article.get("publisher"), bodies)) or _name(_first(objects, ("website",)))
    site = _meta(page, "og:site_name")
    authors = (_name(_referred(author, bodies)) for author in _listed(article.get("author")))
    pages = (_name(one) for one in objects if "webpage" in _types(one))
    own = {site, publisher, *(_name(one) for one in objects if "website" in _types(one))}
    return PageData(
        title=_text(article.get("headline")),
        published=_day(_meta(page, "article:published_time")) or _day(article.get("datePublished")) or _microdata(page),
        publisher=site or publisher or _name(_first(objects, _BODIES)),
        strangers=frozenset(name.casefold() for name in (*authors, *pages) if name and name not in own),
        body=next((one["articleBody"] for one in objects if isinstance(one.get("articleBody"), str)), ""),
        is_live=any("liveblogposting" in _types(one) for one in objects),
    )


def put_first(page: Any, data: PageData) -> None:
    """Put title and date into the head of a page, in place, where trafilatura looks before it looks elsewhere.

    Args:
        page: The root element of lxml's tree of the page.
        data: What the page tells. Its own ``meta`` elements go before it.
    """
    from lxml import etree

    if not (data.published or data.title):
        return
    if (head := page.find("head")) is None:
        page.insert(0, head := etree.Element("head"))
    if data.published:
        etree.SubElement(head, "meta", property="article:published_time", content=data.published)
    if data.title:
        etree.SubElement(head, "meta", name="title", content=data.title)


def drop_pull_quotes(page: Any) -> None:
    """Leave out, in place, the pull quotes of a page: what its marking calls so, and the page says elsewhere, too.

    Args:
        page: The root element of lxml's tree of the page.
    """
    marked = {one for one in page.iter(*_QUOTING) if _PULL_QUOTE.search(one.get("class", ""))}
    outer = [one for one in marked if marked.isdisjoint(one.iterancestors())]
    if not 0 < len(outer) <= _MOST_PULL_QUOTES:
        return
    text = _words(page.xpath("//body//text()[not(parent::script or parent::style)]"))
    inside = [_words(one.itertext()) for one in outer]
    for element in outer:
        quote = next(filter(None, (_words([piece]) for piece in element.itertext())), "")
        if quote.count(" ") >= _FEWEST_WORDS and text.count(quote) > sum(words.count(quote) for words in inside):
            element.drop_tree()


def _words(texts: Iterable[str]) -> str:
    return _NO_WORDS.sub(" ", " ".join(texts)).strip().lower()


def _objects(page: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects of JSON-LD that stand on their own or in a graph, or are what a page is mainly about."""
    for script in json_scripts(page):
        try:
            told = json.loads(script.text, strict=False)
        except (ValueError, RecursionError):
            continue
        for one in _listed(told):
            for inner in _listed(one.get("@graph", one)) if isinstance(one, dict) else ():
                yield from (
                    found for found in (inner, *_listed(_field(inner, "mainEntity"))) if isinstance(found, dict)
                )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _types(thing: dict[str, Any]) -> set[str]:
    return {one.lower() for one in _listed(thing.get("@type")) if isinstance(one, str)}


def _is_article(thing: dict[str, Any]) -> bool:
    return any(_ARTICLE.search(one) for one in _types(thing)) and isinstance(thing.get("datePublished"), str)


def _first(things: Iterable[dict[str, Any]], types: Iterable[str]) -> dict[str, Any] | None:
    """Return the first of some things that is of one of some types."""
    return next((one for one in things if not _types(one).isdisjoint(types)), None)


def _referred(value: Any, things: Mapping[str, dict[str, Any]]) -> Any:
    """Return what a value stands for that may only name the ``@id`` of another thing of the page."""
    name = _field(value, "@id")
    return things.get(name, value) if isinstance(name, str) and "name" not in value else value


def _name(value: Any) -> str | None:
    return _text(value if isinstance(value, str) else _field(value, "name"))


def _text(value: Any) -> str | None:
    return " ".join(_NO_XML.sub(" ", unescape(value)).split()) or None if isinstance(value, str) else None


def _day(value: Any) -> str | None:
    """Return the date of a value in ISO 8601 if it tells a day."""
    told = iso_date(value) if isinstance(value, str) else None
    return told if told and len(told) == _DAY else None


def _meta(page: Any, name: str) -> str | None:
    found = page.xpath("string((//meta[@property = $name]/@content)[1])", name=name)
    return _text(str(found))


def _microdata(page: Any) -> str | None:
    """Return the day that an element marks as that of publication."""
    for element in page.xpath("//*[@itemprop = 'datePublished' or self::time[@pubdate]]"):
        if day := _day(element.get("datetime") or element.get("content")):
            return day
    return None
