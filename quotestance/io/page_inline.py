"""What stands in the sentences of a page but not in what trafilatura reads of it: marks of ``q``, words of ``time``.

A browser puts quotation marks around a ``q``; trafilatura takes it for a block, and leaves out every ``time``.
"""

from __future__ import annotations

from typing import Any

from quotestance.io.page_lines import FEWEST_BLANKS, INNER_BLOCKS, ends_sentence, text_before

_MARKS = (("“", "”"), ("‘", "’"))  # in turn, the deeper a quote stands in others
_OWN_MARKS = tuple("\"'“”„‘’‚«»‹›`")
_LEFT_OUT = "left-out"  # a name that no element has; the words stay
_LONGEST_TIME = 60  # characters; what is longer is no day
_LEAST_DATE = 7  # characters; htmldate looks for no date in less


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
        if all(child.tag not in INNER_BLOCKS for child in element):
            element.tag = _LEFT_OUT
            if not _is_marked(element):
                _mark(element, *_MARKS[kind])


def _is_marked(element: Any) -> bool:
    """Whether an element is empty, or the page has put marks of its own into it or around it."""
    text, after = (element.text or "").lstrip(), (element.tail or "").lstrip()
    if not text and not len(element):
        return True
    if text.startswith(_OWN_MARKS):
        return True
    return after.startswith(_OWN_MARKS) and text_before(element).rstrip().endswith(_OWN_MARKS)


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
    before, after = text_before(element).strip(), (element.tail or "").strip()
    if before and after:
        return True
    if after:
        return after[0].islower() and ends_sentence(element.getparent()[-1].tail or "")
    last = before.rsplit(maxsplit=1)[-1:]
    return before.count(" ") >= FEWEST_BLANKS and last[0].isalpha() and last[0].islower()


def dissolve(page: Any) -> None:
    """Leave out, in place, the elements that the functions above have put words into, and join the words to the text.

    Args:
        page: The root element of lxml's tree of a page of few elements: the time grows with the square of those.
    """
    from lxml import etree

    etree.strip_tags(page, _LEFT_OUT)
    for element in page.iter(etree.Element):  # each text is one node again, or XPath sees the first of it
        element.text, element.tail = element.text, element.tail
