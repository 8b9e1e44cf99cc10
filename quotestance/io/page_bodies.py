"""The parts of an article's body, which are one, before trafilatura reads it.

It takes the first element whose class is that of a body for the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain, islice, takewhile
from typing import Any

_BOXES = ("div", "section", "aside", "article", "footer", "form")
_BODY = re.compile(r"article|body|content|entry|post|story|text", re.IGNORECASE)
_NO_BODY = re.compile(r"aside|card|comment|promo|related|sidebar|teaser|widget", re.IGNORECASE)
_PARAGRAPH = 60  # characters outside links, from which on a ``p`` is more than a label
_LINES = ("p", "h2", "h3", "h4", "h5", "h6", "blockquote")
_FEWEST_LINES, _FEWEST_CHARACTERS = 2, 250  # with which trafilatura looks no further
_MOST_ELEMENTS = 100  # of a card, and of what is looked at of a part


def join_bodies(page: Any) -> None:
    """Put into the first part of a body, in place, the others that stand beside it, and what stands between them.

    They have the same class, or ``itemprop``, and a paragraph each; an advertisement parts them, or a picture.

    Args:
        page: The root element of lxml's tree of the page.
    """
    told, titled = _with_ancestors(page.iter("p"), is_told=True), _with_ancestors(page.iter("h1"))
    for parent in reversed([one for one in page.iter() if one in told]):  # the innermost before what is around them
        firsts: dict[tuple[str, str], Any] = {}
        for child in list(parent):
            name = _body_name(child) if child in told else ""
            if child in titled or (child in told and child.tag in _BOXES and not name):
                firsts.clear()  # another article, or the end of this one
            if name and (child.tag, name) not in firsts:
                firsts[child.tag, name] = child if _is_enough(child) else None
            elif name and (first := firsts[child.tag, name]) is not None:
                following: Any = None
                while following is not child:
                    following = first.getnext()
                    first.append(following)
                firsts = {(child.tag, name): first}


def _is_enough(part: Any) -> bool:
    """Whether trafilatura is content with the first part of a body; else it looks at what is around it."""
    if (part.tail or "").strip():
        return False
    beginning = list(islice(part.iter(), _MOST_ELEMENTS))
    words = sum(len(one.text or "") + len(one.tail or "") for one in beginning)
    return words >= _FEWEST_CHARACTERS and sum(one.tag in _LINES for one in beginning) >= _FEWEST_LINES


def _with_ancestors(elements: Iterable[Any], *, is_told: bool = False) -> set[Any]:
    """Return elements with all that is around them; with ``is_told`` those that tell something outside links."""
    found: set[Any] = set()
    for element in elements:
        if not is_told or _is_told(element):
            found.add(element)
            found.update(takewhile(lambda one: one not in found, element.iterancestors()))
    return found


def _is_told(paragraph: Any) -> bool:
    in_links = sum(len("".join(link.itertext())) for link in paragraph.iter("a"))
    is_long = len("".join(paragraph.itertext()).strip()) - in_links >= _PARAGRAPH
    return is_long and next(paragraph.iterancestors("a"), None) is None


def _body_name(element: Any) -> str:
    """Return the name by which a page marks a part of a body; nothing where it does not, or it is a card."""
    name: str = element.get("itemprop") or element.get("class") or ""
    is_body = element.tag in ("div", "section") and _BODY.search(name) and not _NO_BODY.search(name)
    return name if is_body and not is_card(element) else ""


def is_card(element: Any) -> bool:
    """Whether an element has a heading that leads to another page, and one paragraph at most."""
    elements = list(islice(element.iter(), _MOST_ELEMENTS))
    heading = next((one for one in elements if one.tag in ("h2", "h3", "h4")), None)
    if (
        heading is None
        or len(elements) == _MOST_ELEMENTS
        or sum(one.tag == "p" and _is_told(one) for one in elements) > 1
    ):
        return False
    link = next(chain(heading.iterancestors("a"), heading.iter("a")), None)
    if link is None or link.get("href", "").startswith("#"):
        return False
    return "".join(heading.itertext()).strip() in "".join(link.itertext())
