"""What stands in the sentences of a page but not in what trafilatura reads of it: marks of ``q``, words of ``time``.

A browser puts quotation marks around a ``q``; trafilatura takes it for a block, leaves out every ``time``, and keeps
every line of a ``pre``, line ends of the source, and every ``br``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from quotestance.text.segments import paragraphs

_MARKS = (("“", "”"), ("‘", "’"))  # in turn, the deeper a quote stands in others
_OWN_MARKS = tuple("\"'“”„‘’‚«»‹›`")
_INNER_BLOCKS = ("blockquote", "div", "li", "ol", "p", "pre", "section", "table", "ul")
BLOCKS = (
    "address", "article", "aside", "blockquote", "br", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "legend",
    "li", "main", "nav", "ol", "option", "p", "pre", "section", "summary", "table", "td", "th", "tr", "ul",
)  # fmt: skip
UNREAD = ("script", "style", "template", "noscript", "svg")
_LEFT_OUT = "left-out"  # a name that no element has; the words stay
_CLOSING = "\"'”’»)"
_FEWEST_BLANKS = 3  # of what may be a sentence: "Last updated on" is none
_LONGEST_TIME = 60  # characters; what is longer is no day
_LEAST_DATE = 7  # characters; htmldate looks for no date in less
_BLANKS = re.compile(r"[\t\n\f\r ]+")


def collapse(page: Any) -> None:
    """Make one blank, in place, of white space in the source of a page, which tells lines in a ``pre`` alone.

    Args:
        page: The root element of lxml's tree of the page.
    """
    from lxml import etree

    depth = 0
    for event, element in etree.iterwalk(page, events=("start", "end", "comment", "pi")):
        if element.tag == "pre":
            depth += 1 if event == "start" else -1
        if event == "start" and not depth and element.text:
            element.text = _BLANKS.sub(" ", element.text)
        elif event != "start" and not depth and element.tail:
            element.tail = _BLANKS.sub(" ", element.tail)


def make_paragraphs(page: Any) -> None:
    """Make paragraphs, in place, of the ``div`` elements without a class that hold sentences between paragraphs.

    Editors write such; trafilatura leaves them out where it finds enough in paragraphs.

    Args:
        page: The root element of lxml's tree of the page.
    """
    for parent in {one.getparent(): None for one in page.iterdescendants("p")}:
        for element in parent.iterchildren("div"):
            is_plain = not (element.get("class") or element.get("id")) and all(one.tag not in BLOCKS for one in element)
            texts = [element.text or "", *(one.tail or "" for one in element)]
            if is_plain and _ends_sentence(texts[-1]) and sum(text.count(" ") for text in texts) >= _FEWEST_BLANKS:
                element.tag = "p"


def _ends_sentence(text: str) -> bool:
    return text.rstrip().rstrip(_CLOSING).endswith((".", "!", "?", "…"))


def join_lines(page: Any) -> None:
    """Put a blank, in place, for every ``br`` between two lines of the blocks of a page that are hard-wrapped.

    Args:
        page: The root element of lxml's tree of the page.
    """
    blocks = [block for block in _lines(page) if len(block) > 1]
    if not _is_wrapped(blocks):
        return
    wrapped = (block for block in blocks if _is_wrapped([block] * 3))  # else it may have too few lines to tell
    joined = {after: None for block in wrapped for (_, a), (after, b) in pairwise(block) if a and b}
    for element in joined:
        before, parent = element.getprevious(), element.getparent()
        if parent is None:
            continue  # it went with the one before it
        words, following = [], element
        while following in joined:  # at once, or a text that grows is copied for each
            line_break, following = following, following.getnext()
            words.append(f" {line_break.tail or ''}")
            line_break.tail = None
            parent.remove(line_break)
        if before is None:
            parent.text = "".join((parent.text or "", *words))
        else:
            before.tail = "".join((before.tail or "", *words))


def _lines(page: Any) -> Iterator[list[tuple[Any, str]]]:
    """Yield the lines of each block outside a ``pre``, with the ``br`` before each; ``None`` where none is."""
    from lxml import etree

    block: list[tuple[Any, list[str]]] = [(None, [])]
    events = etree.iterwalk(page, events=("start", "end"))
    for event, element in events:
        if event == "start" and element.tag in (*UNREAD, "pre"):
            events.skip_subtree()
            continue
        if element.tag == "br":
            block += [(element, [])] if event == "start" else []
        elif element.tag in BLOCKS:
            yield [(line_break, "".join(words).strip()) for line_break, words in block]
            block = [(None, [])]
        block[-1][1].append((element.text if event == "start" else element.tail) or "")
    yield [(line_break, "".join(words).strip()) for line_break, words in block]


def _is_wrapped(blocks: list[list[tuple[Any, str]]]) -> bool:
    """Whether most lines of some blocks break off in mid-sentence."""
    text = "\n\n".join("\n".join(line for _, line in block) for block in blocks)
    return any("\n" in text[start:end] for start, end in paragraphs(text))


def part_sources(page: Any) -> None:
    """Part the ``footer`` of a ``blockquote``, and a ``cite`` behind its last sentence, from what is quoted, in place.

    Args:
        page: The root element of lxml's tree of the page.
    """
    from lxml import etree

    depth, found = 0, []
    for event, element in etree.iterwalk(page, events=("start", "end"), tag=("blockquote", "cite", "footer")):
        if element.tag == "blockquote":
            depth += 1 if event == "start" else -1
        elif event == "start" and depth:
            found.append(element)
    for element in found:
        if element.tag == "footer":
            element.tag = "div" if any(one.tag in BLOCKS for one in element) else "p"
        elif not (element.tail or "").strip() and element.getnext() is None and _ends_sentence(_before(element)):
            element.addprevious(etree.Element("br"))


def mark_quotes(page: Any) -> None:
    """Put quotation marks around the ``q`` elements of a page, in place, where it has none.

    Args:
        page: The root element of lxml's tree of the page.
    """
    from lxml import etree

    found: list[tuple[Any, int]] = []
    depth = 0
    for event, element in etree.iterwalk(page, events=("start", "end"), tag="q"):
        if event == "start":
            found.append((element, depth % len(_MARKS)))
        depth += 1 if event == "start" else -1
    for element, kind in found:
        if all(child.tag not in _INNER_BLOCKS for child in element):
            element.tag = _LEFT_OUT
            if not _is_marked(element):
                _mark(element, *_MARKS[kind])


def _is_marked(element: Any) -> bool:
    """Whether an element is empty, or the page has put marks of its own into it or around it."""
    text, before, after = element.text or "", _before(element).rstrip(), (element.tail or "").lstrip()
    if not text.strip() and not len(element):
        return True
    return text.lstrip().startswith(_OWN_MARKS) or (before.endswith(_OWN_MARKS) and after.startswith(_OWN_MARKS))


def _mark(element: Any, opening: str, closing: str) -> None:
    element.text = opening + (element.text or "").lstrip()
    if len(element):
        element[-1].tail = (element[-1].tail or "").rstrip() + closing
    else:
        element.text = element.text.rstrip() + closing


def keep_times(page: Any) -> None:
    """Put the words of ``time`` elements that stand in a sentence in their place; an empty copy tells the date.

    The copy has the attributes, by which the date of publication is found. One that stands alone, as above an article,
    is left to trafilatura. So are a ``label`` and an ``output``, whose words it leaves out as well.

    Args:
        page: The root element of lxml's tree of the page.
    """
    from lxml import etree

    for element in list(page.iter("time")):
        words = " ".join("".join(element.itertext()).split())
        if words and len(words) <= _LONGEST_TIME and _is_in_sentence(element):
            copy = etree.Element("time", element.attrib)
            if len(copy.get("datetime", "")) < _LEAST_DATE:
                copy.set("datetime", words)  # which is read as the words are
            element.addprevious(copy)
            element.attrib.clear()
            element.tag = _LEFT_OUT
    for element in page.iter("label", "output"):
        if _is_in_sentence(element):
            element.tag = _LEFT_OUT


def _is_in_sentence(element: Any) -> bool:
    """Whether an element has text on both sides, or begins or ends a sentence, as a date above an article does not."""
    before, after = _before(element).strip(), (element.tail or "").strip()
    if before and after:
        return True
    if after:
        return after[0].islower() and _ends_sentence(element.getparent()[-1].tail or "")
    last = before.rsplit(maxsplit=1)[-1:]
    return before.count(" ") >= _FEWEST_BLANKS and last[0].isalpha() and last[0].islower()


def unwrap(page: Any) -> None:
    """Make paragraphs, in place, of the ``pre`` elements of a page whose lines break off in mid-sentence.

    Args:
        page: The root element of lxml's tree of the page.
    """
    from lxml import etree

    outer = [one for one in page.iter("pre") if next(one.iterancestors("pre"), None) is None]
    for element in outer:
        if any(one.tag in _INNER_BLOCKS for one in element.iterdescendants() if one.tag != "pre"):
            continue  # it has paragraphs
        etree.strip_elements(element, *UNREAD, with_tail=False)
        for line_break in element.iter("br"):
            line_break.tail = "\n" + (line_break.tail or "")
        text = "".join(element.itertext(etree.Element))
        pieces = [text[start:end] for start, end in paragraphs(text)]
        if any("\n" in piece for piece in pieces):
            tail = element.tail
            element.clear()
            element.tag, element.tail = "div", tail
            for piece in pieces:
                etree.SubElement(element, "p").text = " ".join(piece.split())


def dissolve(page: Any) -> None:
    """Leave out, in place, the elements that the functions above have put words into, and join the words to the text.

    Args:
        page: The root element of lxml's tree of a page of few elements: the time grows with the square of those.
    """
    from lxml import etree

    etree.strip_tags(page, _LEFT_OUT)
    for element in page.iter(etree.Element):  # each text is one node again, or XPath sees the first of it
        element.text, element.tail = element.text, element.tail


def _before(element: Any) -> str:
    """Return the text right before an element, inside its parent."""
    previous, parent = element.getprevious(), element.getparent()
    if previous is not None:
        return previous.tail or ""
    return (parent.text or "") if parent is not None else ""
