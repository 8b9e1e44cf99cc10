"""The words of a title before a name: "Former Secretary of State" in front of "Antony Blinken"."""

from __future__ import annotations

from quotestance.speakers.lexicon import is_role_noun, word_set
from quotestance.speakers.words import Word, Words, is_abbreviation

_CONNECTORS = frozenset(("of", "for", "and", "the", "&", "to", "on"))
_ORDINALS = frozenset(("first", "second", "third"))
_LONGEST_TITLE = 16  # words before a name


def title_before(words: Words, first: int) -> tuple[int, int] | None:
    """Numbers ``(first, last)`` of the words of a title that leads up to a name, or ``None``.

    >>> from quotestance.speakers.words import read_words
    >>> words = read_words("Former Secretary of State Antony Blinken")
    >>> title_before(words, 4)
    (0, 3)
    """
    last = first - 1
    if last < 0 or not words.row[first].follows or not _ends_title(words, last):
        return None
    start = last
    has_role = _is_role(words.row[last])
    while start > 0 and last - start < _LONGEST_TITLE and _extends_title(words, start - 1, start):
        if has_role and words.row[start - 1].lower in ("of", "for", "to", "on", "the"):
            break  # "a spokesman for Senator Roe": what stands before is somebody else's role
        start -= 1
        has_role = has_role or _is_role(words.row[start])
    while start < last and words.row[start].lower in _CONNECTORS:
        start += 1
    return (start, last) if any(_is_role(words.row[number]) for number in range(start, last + 1)) else None


def _is_role(word: Word) -> bool:
    return word.kind == "honorific" or is_role_noun(word.text)


def _ends_title(words: Words, last: int) -> bool:
    word = words.row[last]
    if word.is_possessive:
        return False
    if _is_role(word):
        return True
    # "Secretary of State", "minister for Foreign Affairs": the office's field stands last.
    if word.is_capital and word.lower in word_set("portfolios.txt"):
        return True
    return word.is_capital and word.kind in ("organization", "body", "place") and _ends_office(words, last)


def _ends_office(words: Words, last: int) -> bool:
    """ "Speaker of the House", "President of Turkey": a role noun, "of" and the body that ``last`` ends."""
    for number in range(last - 1, max(0, last - 7), -1):
        if not words.row[number + 1].follows:
            return False
        if words.row[number].lower in ("of", "for") and _is_role(words.row[number - 1]):
            return words.row[number].follows
        if not words.row[number].is_capital and words.row[number].lower not in _CONNECTORS:
            return False
    return False


def _extends_title(words: Words, number: int, after: int) -> bool:
    word = words.row[number]
    if word.is_possessive:
        # "Trump's campaign manager": a name may own the role, and the title goes on before it.
        return words.gap(number).strip() in ("'s", "’s", "'", "’", "'S") and word.is_capital
    if not words.row[after].follows:
        return words.gap(number) in ("-", "–", "/") and word.is_capital
    if word.lower in _CONNECTORS:
        return _connects(words, number, after)
    if word.kind == "function":
        return word.lower in _ORDINALS
    if word.is_capital and not word.opens:
        return True
    return (
        word.kind in ("honorific", "role", "organization", "place", "body")
        or word.lower.startswith(("then-", "ex-"))
        or (word.is_capital and word.kind != "plain")
        or (word.is_capital and is_abbreviation(word.text))
        or (word.is_capital and word.opens and words.row[after].kind in ("organization", "role", "honorific"))
    )


def _connects(words: Words, number: int, after: int) -> bool:
    """ "of" in "Secretary of State": words of an office on both sides."""
    if number == 0:
        return False
    before = words.row[number - 1]
    if words.row[number].lower == "the":
        return before.lower in ("of", "for") and words.row[after].is_capital
    belongs = before.kind in ("role", "honorific", "organization") or before.is_capital
    if words.row[number].lower == "and" and is_role_noun(before.text) and (before.opens or not before.is_capital):
        # "scholar and former Moscow correspondent David Roe": two roles of one person, neither with a name of its own.
        return words.row[number].follows and not words.row[after].is_capital and words.row[after].kind == "role"
    if words.row[number].lower in ("and", "&"):
        if _is_role(before) or _is_role(words.row[after]) or not words.row[number].follows:
            return False
        return (
            before.is_capital
            and words.row[after].is_capital
            and before.kind in ("role", "organization", "place", "plain")
            and not (before.kind == "plain" and words.row[after].kind == "place")
        )
    return belongs and words.row[number].follows and (words.row[after].is_capital or _is_role(before))
