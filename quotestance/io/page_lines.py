"""Where the lines and paragraphs of a page end, before trafilatura reads it.

That keeps line ends of the source, every ``br``, and every line of a ``pre``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise, takewhile
from typing import Any

from quotestance.text.segments import paragraphs

INNER_BLOCKS = ("blockquote", "div", "li", "ol", "p", "pre", "section", "table", "ul")
BLOCKS = (
    "address", "article", "aside", "blockquote", "br", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "legend",
    "li", "main", "nav", "ol", "option", "p", "pre", "section", "summary", "table", "td", "th", "tr", "ul",
)  # fmt: skip
UNREAD = ("script", "style", "template", "noscript", "svg")
FEWEST_BLANKS = 3
"""Blanks of what may be a sentence: "Last updated on" is none."""
_PARAGRAPHS = 2  # in a cell of a table that lays out a page
_ITEM_BLOCKS = ("p", "div", "h2", "h3", "h4", "h5", "h6")
_CELLS = ("td", "th")
_TABLE_PARTS = ("thead", "tbody", "tfoot")
_GONE = "gone"  # a name that no element has
_NO_WORDS = ("audio", "button", "iframe", "img", "input", "object", "picture", "select", "video", *UNREAD)
_CAPTION = re.compile(r"author|byline|caption|copyright|credit", re.IGNORECASE)
_MOST_IN_LINKS = 0.8  # share of its characters, from which on an element leads to another page
_CLOSING = "\"'”’»)"
_BLANKS = re.compile(r"[\t\n\f\r ]+")


def end_lines(page: Any) -> None:
    """End the lines of a page where a browser ends them, and where its sentences do, in place.

    Args:
        page: The root element of lxml's tree of the page.
    """
    _collapse(page)
    _join_lines(page)
    _part_sources(page)


def _collapse(page: Any) -> None:
    """Make one blank, in place, of white space in the source of a page, which tells lines in a ``pre`` alone."""
    from lxml import etree

    depth = 0
    for event, element in etree.iterwalk(page, events=("start", "end", "comment", "pi")):
        if element.tag == "pre":
            depth += 1 if event == "start" else -1
        if event == "start" and not depth and element.text:
            element.text = _BLANKS.sub(" ", element.text)
        elif event != "start" and not depth and element.tail:
            element.tail = _BLANKS.sub(" ", element.tail)


def _join_lines(page: Any) -> None:
    """Put a blank, in place, for every ``br`` between two lines of the blocks of a page that are hard-wrapped."""
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


def _part_sources(page: Any) -> None:
    """Part, in place, the ``footer`` of a ``blockquote``, or a ``cite`` after a sentence, from what is quoted."""
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
        elif not (element.tail or "").strip() and element.getnext() is None and ends_sentence(text_before(element)):
            element.addprevious(etree.Element("br"))


def open_fonts(page: Any) -> None:
    """Make text of what is around them, in place, of the ``font`` elements of a page, but for captions.

    Args:
        page: The root element of lxml's tree of the page.
    """
    from lxml import etree

    with_pictures = {one.getparent() for one in page.iter("img", "picture")}
    for element in page.iter("font"):
        if element.getparent() not in with_pictures and not _CAPTION.search(element.get("class") or ""):
            element.tag = _GONE
    etree.strip_tags(page, _GONE)


def make_paragraphs(page: Any) -> None:
    """Make paragraphs, in place, of the sentences that stand beside paragraphs in none.

    They stand in a ``div`` without a class between paragraphs, as editors write it, or bare before the first one.
    trafilatura leaves them out where it finds enough in paragraphs.

    Args:
        page: The root element of lxml's tree of the page.
    """
    for parent in {one.getparent(): None for one in page.iterdescendants("p")}:
        _wrap_beginning(parent)
        for element in parent.iterchildren("div"):
            is_plain = not (element.get("class") or element.get("id")) and all(one.tag not in BLOCKS for one in element)
            if is_plain and _tells(element):
                element.tag = "p"


def _is_sentence(text: str | None, elements: Iterable[Any]) -> bool:
    """Whether a text with what stands between and behind the elements that follow it may be a sentence."""
    texts = [text or "", *(one.tail or "" for one in elements)]
    told = [one for one in texts if one.strip()]
    return bool(told) and ends_sentence(told[-1]) and sum(one.count(" ") for one in texts) >= FEWEST_BLANKS


def is_inline(element: Any) -> bool:
    """Whether an element runs on with the text around it, or only breaks its line."""
    return element.tag == "br" or element.tag not in BLOCKS


def _tells(element: Any) -> bool:
    """Whether a sentence stands in an element, in its own text or in inline elements."""
    return _is_sentence(element.text, element) or _tells_inside(element)


def _tells_inside(element: Any) -> bool:
    """Whether a sentence stands, be it in part, in inline elements of an element, other than a link or a caption."""
    in_links, outermost = 0, None
    for one in element.iterdescendants():
        if one.tag in _NO_WORDS or not is_inline(one) or _CAPTION.search(one.get("class") or ""):
            return False
        if one.tag == "a" and (outermost is None or outermost not in one.iterancestors("a")):
            outermost = one
            in_links += len("".join(one.itertext()))
    words = "".join(element.itertext())
    return in_links <= _MOST_IN_LINKS * len(words) and _is_sentence(words, ())


def _wrap_beginning(parent: Any) -> None:
    """Make a paragraph of the sentences before the first block of an element, ``br`` aside."""
    from lxml import etree

    inline = list(takewhile(is_inline, parent))
    if _is_sentence(parent.text, inline):
        paragraph = etree.Element("p")
        paragraph.text, parent.text = parent.text, None
        paragraph.extend(inline)
        parent.insert(0, paragraph)


def open_tables(page: Any) -> None:
    """Make plain blocks, in place, of the tables of a page that lay out its paragraphs, as old pages do.

    trafilatura makes one line of every row.

    Args:
        page: The root element of lxml's tree of the page.
    """
    _open_rows(page)
    blocks = [one for one in page.iter("p", "div", "br") if one.tag == "p" or all(of.tag not in BLOCKS for of in one)]
    places = {one: next(one.iterancestors(*_CELLS, "table"), None) for one in blocks}
    counts = Counter(cell for one, cell in places.items() if cell is not None and cell.tag in _CELLS and _is_line(one))
    cells = {cell for cell, count in counts.items() if count >= _PARAGRAPHS}
    for line in [one for one, cell in places.items() if cell in cells and one.tag == "div"]:
        line.tag = "p"  # or trafilatura leaves it out where it finds enough in paragraphs
    tables: dict[Any, None] = {}
    for cell in (one for one in counts if one in cells):
        for table in takewhile(lambda one: one not in tables, cell.iterancestors("table")):
            tables[table] = None
    for table in tables:
        groups = [table, *(one for one in table if one.tag in _TABLE_PARTS)]
        rows = [row for group in groups for row in group if row.tag == "tr"]
        for element in (*groups, *rows):
            element.tag = "div"
        for cell in (cell for row in rows for cell in row):
            cell.tag = "p" if all(map(is_inline, cell)) and _tells(cell) else "div"


def _open_rows(page: Any) -> None:
    """Leave, in place, the paragraphs alone of the tables that have one in each row, or a heading."""
    from lxml import etree

    around = {next(one.iterancestors("table"), None) for one in page.iter("table")}
    for table in [one for one in page.iter("table") if one not in around]:
        rows = [[one for one in row if "".join(one.itertext()).strip()] for row in table.iter("tr")]
        cells = [cell for row in rows for cell in row]
        told = sum(_is_sentence("".join(cell.itertext()), ()) for cell in cells)
        if any(len(row) > 1 for row in rows) or told < _PARAGRAPHS or table.find("caption") is not None:
            continue
        for element in [one for cell in cells for one in (cell, *cell.iter("div"))]:
            if all(map(is_inline, element)):
                element.tag = "p"
        for element in [table, *table.iter(*_TABLE_PARTS, "tr", *_CELLS)]:
            own = "".join((element.text or "", *(one.tail or "" for one in element)))
            element.tag = "div" if element.tag in _CELLS and own.strip() else _GONE
    etree.strip_tags(page, _GONE)


def _is_line(element: Any) -> bool:
    """Whether an element is a paragraph, or ends a sentence as one, be it a ``div`` or a ``br``."""
    if element.tag == "br":
        return _is_sentence(text_before(element), ())
    return element.tag == "p" or _tells(element)


def part_items(page: Any) -> None:
    """Put a ``br`` between the blocks of each item of the lists of a page, and what follows them, in place.

    trafilatura runs them together.

    Args:
        page: The root element of lxml's tree of the page.
    """
    from lxml import etree

    begun = set()
    for block in list(page.iter(*_ITEM_BLOCKS)):
        item = next(block.iterancestors("li"), None)
        if item is None or any(one.tag in BLOCKS for one in block) or not "".join(block.itertext()).strip():
            continue
        if item in begun or _follows_text(block, item):
            line_break = etree.Element("br")
            line_break.tail, block.text = block.text, None
            block.insert(0, line_break)
        begun.add(item)
    for block in list(page.iter(*_ITEM_BLOCKS, "blockquote")):
        if next(block.iterancestors("li"), None) in begun and _is_followed(block):
            line_break = etree.Element("br")
            line_break.tail, block.tail = block.tail, None
            block.addnext(line_break)


def _follows_text(block: Any, item: Any) -> bool:
    """Whether text stands right before a block, or one around it in its item, be it in an inline element."""
    for one in takewhile(lambda around: around is not item, (block, *block.iterancestors())):
        before = one.getprevious()
        is_told = before is not None and before.tag not in BLOCKS and "".join(before.itertext()).strip()
        if is_told or text_before(one).strip():
            return True
    return False


def _is_followed(block: Any) -> bool:
    """Whether text stands right behind a block, be it in an inline element."""
    following = block.getnext()
    if (block.tail or "").strip() or following is None or following.tag in BLOCKS:
        return bool((block.tail or "").strip())
    return any(text.strip() for text in following.itertext())


def unwrap(page: Any) -> None:
    """Make paragraphs, in place, of the ``pre`` elements of a page whose lines break off in mid-sentence.

    Args:
        page: The root element of lxml's tree of the page.
    """
    from lxml import etree

    outer = [one for one in page.iter("pre") if next(one.iterancestors("pre"), None) is None]
    for element in outer:
        if any(one.tag in INNER_BLOCKS for one in element.iterdescendants() if one.tag != "pre"):
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


def leave_out(page: Any, elements: Iterable[Any]) -> None:
    """Leave elements out of a page, in place, but for the text behind them.

    Args:
        page: The root element of lxml's tree of the page, or what is around them.
        elements: Which.
    """
    from lxml import etree

    for element in list(elements):
        element.tag = _GONE
    etree.strip_elements(page, _GONE, with_tail=False)


def ends_sentence(text: str) -> bool:
    """Whether a text ends with a sentence."""
    return text.rstrip().rstrip(_CLOSING).endswith((".", "!", "?", "…"))


def text_before(element: Any) -> str:
    """Return the text right before an element, inside its parent."""
    previous, parent = element.getprevious(), element.getparent()
    if previous is not None:
        return previous.tail or ""
    return (parent.text or "") if parent is not None else ""
