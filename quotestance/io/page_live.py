"""The updates of a live blog, which are one article, before trafilatura reads it.

It takes the first ``article`` element of a page for the whole, and finds of others the paragraphs at most.
"""

from __future__ import annotations

import re
from itertools import islice, takewhile
from typing import Any

from quotestance.io.page_bodies import is_card
from quotestance.io.page_lines import leave_out

_IN_LINKS = 0.5  # share of its characters from which on an ``article`` leads to another page and is no update
_INDEX = re.compile(r"(?:the )?key (?:events|moments)(?: so far)?", re.IGNORECASE)
_MOST_INDEXES = 2  # of a page: one for a narrow window, one for a wide one
_AROUND = 3  # elements around the heading of an index that may be its box
_LISTS = ("ol", "ul", "li", "dl", "dd")


def join_updates(page: Any) -> None:
    """Make one article, in place, of the ``article`` elements of a live blog that stand beside each other.

    Args:
        page: The root element of lxml's tree of the page.
    """
    outer = [one for one in page.iter("article") if next(one.iterancestors("article"), None) is None]
    updates, cards = _parted([one for one in outer if not _leads_on(one)])
    if len(updates) < 2 or (frame := _frame(updates)) is None:
        return
    for update in updates:
        for element in (update, *update.iterancestors()):
            if element is frame:
                break
            if element is update or element.tag in _LISTS:
                element.tag = "div"
                element.attrib.clear()
    leave_out(frame, (*cards, *_indexes(frame)))
    frame.tag = "article"
    frame.set("itemprop", "articleBody")  # for which trafilatura looks first


def _parted(articles: list[Any]) -> tuple[list[Any], list[Any]]:
    """Part the updates of a live blog from cards of other articles, which its page marks and places otherwise."""
    cards = {one for one in articles if is_card(one)}
    kinds = {_kind(one) for one in articles if one not in cards}
    if len(articles) < len(cards) + 2:
        return articles, []  # it links the headings of its updates
    cards = {one for one in cards if _kind(one) not in kinds}
    return [one for one in articles if one not in cards], list(cards)


def _kind(article: Any) -> tuple[str | None, str, str | None]:
    parent = article.getparent()
    return article.get("class"), parent.tag, parent.get("class")


def _indexes(frame: Any) -> list[Any]:
    """Return the boxes of a live blog that list its updates: a heading, "Key events", and links into the page."""
    headings = (
        one for one in frame.iter("h2", "h3", "h4") if _INDEX.fullmatch(" ".join("".join(one.itertext()).split()))
    )
    boxes = []
    for heading in islice(headings, _MOST_INDEXES):
        around = takewhile(lambda box: box is not frame and _is_index(box), islice(heading.iterancestors(), _AROUND))
        boxes += list(around)[-1:]
    return boxes


def _is_index(box: Any) -> bool:
    """Whether all that an element says stands in headings, in times and in links into the page."""
    links = [one for one in box.iter("a") if "#" in one.get("href", "")]
    others = [one for one in box.iter("time", "h2", "h3", "h4") if next(one.iterancestors("a"), None) is None]
    lengths = [len("".join("".join(one.itertext()).split())) for one in (box, *links, *others)]
    return bool(links) and lengths[0] <= sum(lengths[1:])


def _leads_on(article: Any) -> bool:
    """Whether an element is a card with the headline of another article."""
    words = len("".join(article.itertext()).strip())
    return sum(len("".join(link.itertext())) for link in article.iter("a")) >= _IN_LINKS * words


def _frame(updates: list[Any]) -> Any | None:
    """Return the smallest element around all updates, or the ``main`` around that; of a body a part of its own."""
    from lxml import etree

    above = list(updates[0].iterancestors())
    for update in updates[1:]:
        around = set(update.iterancestors())
        above = [one for one in above if one in around]
    frame = next((one for one in above if one.tag == "main"), above[0] if above else None)
    if frame is None or frame.tag != "body":
        return None if frame is None or frame.tag == "html" else frame
    within = set(updates) | {one for update in updates for one in update.iterancestors()}
    children = list(frame)
    places = [place for place, child in enumerate(children) if child in within]
    part = etree.SubElement(frame, "article")
    children[places[0]].addprevious(part)
    part.extend(children[places[0] : places[-1] + 1])
    return part
