"""What a page shows beside its article, told by its own words or marking where these leave no doubt.

A lost sentence is worse than one too many: what may be a sentence of the article stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate, islice
from math import inf
from typing import Any

from quotestance.io.page_lines import BLOCKS, UNREAD, ends_sentence, is_inline, leave_out

_BOXES = ("div", "section", "aside")
_ASIDE = ("head", "nav", "footer", "a", *UNREAD)
_UNSEEN_TAGS = ("template", "amp-ad", "amp-consent", "amp-sidebar")
_UNSEEN_CLASSES = frozenset(("sr-only", "visually-hidden", "screen-reader-text", "mw-editsection"))
_UNSEEN_STYLE = re.compile(r"(?:^|;)\s*display\s*:\s*none\b", re.IGNORECASE)
_NOTE = re.compile(r"\[(?![Ss]ic\])[\w ]{1,20}\]")
_NOTE_IN_LINE = re.compile(r"\[\d{1,3}\]")  # as Word writes it
_NUMBER = re.compile(r"\[?[\d*†‡]{1,3}\]?")
_ENDING = " .:!>»›→↓"
_HOLD_LINES = ("p", "div", "li", "section", "h2", "h3", "h4", "h5", "h6")
_MOST_UNSEEN = 0.2  # share of a page's characters; of more it is told later, as when somebody scrolls
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_HOLD_SENTENCES = ("p", "li", *_HEADINGS)
_NEAR = 50  # characters around a button that tell whether it stands in a sentence
_GO_ON = tuple(",;:.!?…'’”)")  # after a word
_PART = tuple("|·•/")
_BLANKS = re.compile(r"\s+")
_LONGEST = 200  # characters of a line of furniture
_MOST_PIECES = 30  # elements of a line of furniture
_ACCESS = r"(?:subscribe|sign up|register|log in|sign in|join us|create an? (?:free )?account)(?: now| today| here)?"
_ACCESS_OR = rf"(?:please )?{_ACCESS}(?:,? or {_ACCESS})?"
_WALL = re.compile(  # with which a box begins that says no more than that
    "|".join(
        [
            rf"{_ACCESS_OR} to (?:(?:continue|keep|finish) (?:reading|watching)|read on|read more"
            r"|(?:read|unlock) (?:the (?:full|whole|entire)|this|full|all) (?:articles?|story|stories|posts?))"
            r"(?: (?:this|the|our|all|full) [\w ]{1,40})?",
            rf"to (?:continue|keep) reading,? {_ACCESS_OR}",
            r"this (?:article|story|content|post) is (?:available )?(?:only )?(?:exclusively )?(?:for|to) "
            r"(?:our )?(?:paying |paid |premium |registered )?(?:subscribers|members)(?: only)?",
        ]
    ),
    re.IGNORECASE,
)
_INVITATION = re.compile(  # which may stand before anything, as in a row of links above an article
    "|".join(
        [
            rf"{_ACCESS}",
            r"already a (?:subscriber|member)\?(?: (?:log|sign) in(?: here)?)?",
            r"already have an account\?(?: (?:log|sign) in(?: here)?)?",
            r"(?:please )?(?:sign up|subscribe) (?:for|to) (?:our|the|this) "
            r"[^.!?“”\"]{0,80}\bnewsletters?"
            r"(?:,? (?:and|at|by|every|for|here|in|now|on|so|that|to|today|which)\b[^.!?“”\"]{0,80}"
            r"|, [A-Z][\w ]{1,40})?",
        ]
    ),
    re.IGNORECASE,
)
_FURNITURE = re.compile(
    r"(?:skip )?advertisement|(?:article|story) continues (?:below|after) (?:this |the )?(?:ad|advert|advertisement)"
    r"|(?:article|story) continues below"
    r"|(?:skip past|after) newsletter promotion|(?:read|show|load) more|read also|also read|see also",
    re.IGNORECASE,
)
_SKIP = re.compile(r"skip (?:past|over) (?:the )?(?:newsletter promotion|advertisement)", re.IGNORECASE)  # in a link
_LEADS_ON = re.compile(r"(?:read(?: more| also)?|also read|see also|related|watch)(?: ?[:|–—]| - )", re.IGNORECASE)


def drop_unseen(page: Any) -> None:
    """Leave out, in place, what no reader of a page sees or it strikes out, if short, and what points at notes.

    What is longer may be an article that a script shows, and so may be short pieces where much of a page is unseen;
    dates are left for programs.

    Args:
        page: The root element of lxml's tree of the page.
    """

    lines = list(page.iter(*_HOLD_LINES, "span"))
    found = [one for one in lines if not _UNSEEN_CLASSES.isdisjoint(one.get("class", "").split())]
    unseen = [one for one in lines if one.get("hidden") is not None or _UNSEEN_STYLE.search(one.get("style", ""))]
    if unseen:
        whole, hidden = _characters(page, frozenset(unseen))
        found += unseen if hidden <= _MOST_UNSEEN * whole else []
    found = [one for one in found if one.get("itemprop") is None and _is_short(one)]  # that tells programs of it
    found = [one for one in found if next(one.iter("time", "meta"), None) is None]
    found += [one for one in page.iter("del", "s", "strike") if _is_short(one)]
    found += [one for one in page.iter("sup") if _points_at_note(one)]
    links = (one for one in page.iter("a") if "#" in one.get("href", ""))
    found += [one for one in links if _NOTE_IN_LINE.fullmatch(_text(one).strip())]
    leave_out(page, (*found, *page.iter(*_UNSEEN_TAGS)))


def _points_at_note(element: Any) -> bool:
    """Whether a raised number leads to a note, as "[2]" does, and one with a link into a page; no exponent does."""
    words = _text(element).strip()
    if _NOTE.fullmatch(words):
        return True
    links = (link.get("href", "") for link in element.iter("a"))
    return _NUMBER.fullmatch(words) is not None and any("#" in link for link in links)


def drop_furniture(page: Any) -> None:
    """Leave out, in place, buttons, invitations to subscribe, marks of advertisements and links to other articles.

    Args:
        page: The root element of lxml's tree of the page.
    """

    drop_buttons(page)
    lines = [(one, words) for one in page.iter(*_HOLD_LINES) if (words := _line(one))]
    walls = [one for one, words in lines if _says(words, _WALL)]
    found = [one for one, words in lines if _says(words, _INVITATION) or _is_furniture(one, words)]
    if walls:
        most = _characters(page)[0] / 2
        boxes = [box for one in walls if (box := one.getparent()) is not None and box[0] is one]
        found += [box for box in boxes if box.tag in _BOXES and _is_short(box, most)]
    found += [one for one in page.iter("a") if "#" in one.get("href", "") and _SKIP.fullmatch(_text(one).strip())]
    leave_out(page, (*walls, *found))


def drop_buttons(page: Any) -> None:
    """Leave out the ``button`` elements of a page, in place, but for those with words of a sentence or a whole heading.

    Args:
        page: The root element of lxml's tree of the page.
    """

    said = {button for holder, line in _lines(page) for button in _said(holder, line)}
    for button in [one for element in said for one in element.iter("button")]:
        button.tag = "span"
    leave_out(page, page.iter("button"))


def _lines(page: Any) -> Iterator[tuple[Any, list[Any]]]:
    """Yield the paragraph, item or heading around each line of a page, or ``None``, and its texts and buttons."""
    from lxml import etree

    holders: list[Any] = [None]
    line: list[Any] = []
    events = etree.iterwalk(page, events=("start", "end", "comment", "pi"))
    for event, element in events:
        if event == "start" and element.tag in ("button", *UNREAD):
            events.skip_subtree()
            line += [element] if element.tag == "button" else []
            continue
        if element.tag in BLOCKS:
            yield holders[-1], line
            line = []
            if element.tag in _HOLD_SENTENCES and event == "start":
                holders.append(element)
            elif element.tag in _HOLD_SENTENCES:
                holders.pop()
        text = element.text if event == "start" else element.tail
        line += [_BLANKS.sub(" ", text)] if text else []
    yield holders[-1], line


def _said(holder: Any, line: list[Any]) -> Iterator[Any]:
    """Yield those buttons of a line that its sentence does not do without, and the one that is all of a heading."""
    ends = accumulate(len(one) if isinstance(one, str) else 0 for one in line)
    text = "".join(one for one in line if isinstance(one, str))
    for one, at in zip(line, ends, strict=True):
        if isinstance(one, str):
            continue
        before, after = text[max(0, at - _NEAR) : at].strip(), text[at : at + _NEAR].strip()
        goes_on = after[:1].islower() or after.startswith(_GO_ON)
        if before and not ends_sentence(before):
            is_said = goes_on or (holder is not None and bool(after) and not after.startswith(_PART))
        else:
            is_said = holder is not None and goes_on
        if not is_said and not before and not after and holder is not None and holder.tag in _HEADINGS:
            is_said = _text(holder).split() == _text(one).split() != []
        if is_said:
            yield one


def _characters(page: Any, counted: frozenset[Any] = frozenset()) -> tuple[int, int]:
    """Count the characters of a page outside links, menus and what is no text of it, and of these those in elements."""
    from lxml import etree

    count, inside, depth = 0, 0, 0
    events = etree.iterwalk(page, events=("start", "end", "comment", "pi"))
    for event, element in events:
        if event == "start" and element.tag in _ASIDE:
            events.skip_subtree()
            continue
        if element in counted:
            depth += 1 if event == "start" else -1
        length = len(((element.text if event == "start" else element.tail) or "").strip())
        count += length
        inside += length if depth else 0
    return count, inside


def _text(element: Any) -> str:
    """Return the text of an element of few elements, else nothing, in time that does not grow with their depth."""
    is_large = len(list(islice(element.iter(), _MOST_PIECES))) == _MOST_PIECES
    return "" if is_large else "".join(element.itertext())


def _line(element: Any) -> str:
    """Return the words of an element that has no block in it but ``br``, if they are few, else nothing.

    So it does of one that goes on after an invitation or the like with a line that may be a sentence of its own.
    """
    if not all(map(is_inline, element)):
        return ""
    if not 0 < len(_text(element)) <= 2 * _LONGEST:
        return ""
    words = ""
    for line in _broken(element):
        if words and not line[:1].islower() and _says(words, _WALL, _INVITATION, _FURNITURE):
            return ""
        words = f"{words} {line}".strip()
    return words if len(words) <= _LONGEST else ""


def _broken(element: Any) -> list[str]:
    """Return the lines of an element that are not empty, as its ``br`` part them."""
    from lxml import etree

    lines = [""]
    for event, one in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        lines += [""] if event == "start" and one.tag == "br" else []
        text = one.text if event == "start" else one.tail
        lines[-1] += text if text and not (event == "end" and one is element) else ""
    return [words for line in lines if (words := " ".join(line.split()))]


def _says(words: str, *rules: re.Pattern[str]) -> bool:
    """Whether words are, as a whole but for how they end, what one of these rules is of."""
    return any(rule.fullmatch(words.rstrip(_ENDING)) for rule in rules)


def _is_short(element: Any, most: float = inf) -> bool:
    """Whether an element says little, two lines of furniture, and fewer characters than ``most``."""
    return 0 < len(_text(element)) <= min(2 * _LONGEST, most)


def _is_furniture(element: Any, words: str) -> bool:
    """Whether all that an element says is furniture, or that and links to other articles."""
    if _says(words, _FURNITURE):
        return True
    if (label := _LEADS_ON.match(words)) is None:
        return False
    in_links = " ".join("".join("".join(link.itertext()) for link in element.iter("a")).split())
    return len(in_links) >= len(words) - label.end() - 1 > 0
