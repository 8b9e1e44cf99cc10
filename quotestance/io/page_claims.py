"""What a page says of itself, cut down to what a page can mean by it, before trafilatura looks through it.

Several of trafilatura's patterns take time in the square of the length of a ``meta`` element's content, and of the text
of a JSON-LD script that is no JSON or that is full of tags: 24 KB of brackets for an author take it 20 seconds. So does
libxml2 where it writes an attribute full of comments that are not closed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

_LONGEST = 1_000  # characters of a title, date, address or name
_TEXTS = frozenset(("articleBody", "reviewBody", "text", "description"))  # fields of JSON-LD of any length
_TITLES = frozenset(("headline", "name"))  # fields that it takes for a title, be they a list or an object
_MOST_TAGS = 1_000  # of a script; each may cost time in the length of the script
_MOST_COMMENTS = 100  # that begin in an attribute
_MOST_BROKEN = 4_000  # characters of all scripts of a page together that are no JSON


def cut_claims(page: Any) -> None:
    """Leave out of the elements of a page, in place, what is too long to be title, date, address or outlet.

    Args:
        page: The root element of lxml's tree of the page.
    """
    for meta in page.iter("meta"):
        if len(meta.get("content", "")) > _LONGEST:
            del meta.attrib["content"]
    for value in page.xpath("//@*[contains(., '<!--')]"):
        if value.count("<!--") > _MOST_COMMENTS:
            value.getparent().attrib.clear()  # the name may be one by which lxml does not find it: {x}y
    left = _MOST_BROKEN
    for script in json_scripts(page):
        if script.text.count("<") > _MOST_TAGS:
            script.text = ""
        elif (cut := _cut_json(script.text)) is not None:
            script.text = cut
        else:
            script.text = script.text[:left]
            left -= len(script.text)


def json_scripts(page: Any) -> Iterator[Any]:
    """Yield the ``script`` elements of a page that hold JSON-LD, and something in it."""
    return (one for one in page.iter("script") if one.text and one.get("type", "").endswith("+json"))


def _cut_json(text: str) -> str | None:
    """Return a JSON text without strings too long for their fields, and titles that are none; ``None`` if no JSON."""
    is_cut = False

    def cut(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal is_cut
        made = dict(pairs)
        for name, value in made.items():
            is_no_title = name in _TITLES and not isinstance(value, str | None)
            if is_no_title or (name not in _TEXTS and _is_long(value)):
                made[name], is_cut = None, True
        return made

    try:
        value = json.loads(text, strict=False, object_pairs_hook=cut)
        return json.dumps(value) if is_cut else text  # in ASCII: lxml takes no lone surrogate
    except (ValueError, RecursionError):
        return None


def _is_long(value: Any) -> bool:
    """Whether a value is a string that is too long, or a list that holds one."""
    values = value if isinstance(value, list) else [value]
    return any(isinstance(one, str) and len(one) > _LONGEST for one in values)
