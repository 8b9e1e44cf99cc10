"""Organizations, states, metonyms and documents that speak: their fullest name and country."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from quotestance.speakers.countries import (
    country_code,
    country_in,
    demonym_code,
    is_listed_body,
    is_nationality,
    listed_country,
    seat_code,
    state_name,
)
from quotestance.speakers.lexicon import fold, word_set
from quotestance.speakers.words import Word, Words
from quotestance.types import Speaker


@dataclass(frozen=True, slots=True)
class Bodies:
    """The proper names of bodies in an article.

    Args:
        names: ``(number of the first word, number of the last)`` in the order of the text.
    """

    words: Words
    names: tuple[tuple[int, int], ...]
    starts: tuple[int, ...]
    fuller: dict[str, str]  # folded short form -> the fullest name

    def speaker(self, first: int, head: int, description: str | None) -> Speaker:
        """Return the body named by the words ``first..head``."""
        while first < head and self.words.row[first].lower in word_set("determiners.txt"):
            first += 1
        if joint := self._joint(first, head):
            return self._pair(first, joint, head)
        name = self.words.between(first, head)
        is_proper = self.is_proper(first, head)
        country = _country(name)
        if not is_proper and (earlier := self._earlier(first, head)):
            return earlier
        if not is_proper:
            return Speaker(None, "organization", country=country, description=description)
        full = self.fuller.get(fold(name), name)
        return Speaker(full, "organization", country=country or _country(full))

    def is_proper(self, first: int, head: int) -> bool:
        """Whether the words ``first..head`` hold a proper name: "the Interior Ministry", not "the ministry"."""
        return any(_is_proper(word) for word in self.words.row[first : head + 1])

    def _joint(self, first: int, head: int) -> int | None:
        """Return the number of the "and" between two states or bodies: "the United States and South Korea"."""
        row = self.words.row
        for number in range(first + 1, head):
            after = number + 1 + (row[number + 1].lower == "the")
            if row[number].lower == "and" and after <= head and row[after].kind in ("place", "body", "acronym"):
                return number if row[number - 1].kind in ("place", "body", "acronym") else None
        return None

    def _pair(self, first: int, joint: int, head: int) -> Speaker:
        second = joint + 1 + (self.words.row[joint + 1].lower == "the")
        names = self.words.between(first, joint - 1), self.words.between(second, head)
        members = tuple(self.fuller.get(fold(name), name) for name in names)
        return Speaker(" and ".join(members), "group", members=members)

    def _earlier(self, first: int, head: int) -> Speaker | None:
        """Find the body that is meant: "the ministry" after "the Interior Ministry", "the court" after "Court of ...".

        The last name before that begins or ends with the noun or, where there are more words, that has them all.
        """
        is_definite = first > 0 and self.words.row[first - 1].lower in ("the", "this")
        if not is_definite:
            return None
        wanted = {word.lower for word in self.words.row[first : head + 1]}
        upper = bisect_left(self.starts, head)
        for begin, end in reversed(self.names[max(0, upper - 40) : upper]):
            inside = range(begin, end + 1) if first < head else (begin, end)
            if begin < end and wanted <= {self.words.row[number].lower for number in inside}:
                return self.speaker(begin, end, None)
        return None

    def speaker_before(self, number: int) -> Speaker:
        """Return the body that "it" or "which" means: the last one named in the same or the previous sentences."""
        upper = bisect_left(self.starts, number)
        here = self.words.row[number].sentence
        for first, last in reversed(self.names[max(0, upper - 6) : upper]):
            is_adjective = is_nationality(self.words.between(first, last))  # "German officials", "Americans"
            if here - self.words.row[first].sentence <= 2 and not is_adjective:
                return self.speaker(first, last, None)
        return Speaker(None, "organization", description=self.words.row[number].text)


def _is_proper(word: Word) -> bool:
    is_named = word.is_capital and (not word.opens or word.is_possessive)
    return is_named or word.kind in ("body", "place", "acronym", "given")


def _country(name: str) -> str | None:
    if is_listed_body(name):
        return listed_country(name)
    if state_name(name) and not country_code(name):
        return "USA" if name != "Georgia" else None
    return country_code(name) or demonym_code(name) or seat_code(name) or country_in(name)


def gather_bodies(words: Words) -> Bodies:
    """Every proper name of a body in the article.

    >>> from quotestance.speakers.words import read_words
    >>> bodies = gather_bodies(read_words("The National Rifle Association (NRA) sued. The NRA lost."))
    >>> bodies.fuller["nra"]
    'National Rifle Association'
    """
    names: list[tuple[int, int]] = []
    number = 0
    while number < len(words.row):
        last = _body_end(words, number) or _spelled_out(words, number)
        if last is not None:
            names.append((number, last))
            number = last
        number += 1
    texts = list(dict.fromkeys(words.between(*name) for name in names))
    return Bodies(words, tuple(names), tuple(first for first, _ in names), _fuller_names(texts))


def _spelled_out(words: Words, first: int) -> int | None:
    """ "International Crisis Watch (ICW)": capitals whose first letters stand in parentheses behind them."""
    if not words.row[first].is_capital or words.row[first].kind == "function":
        return None
    last, letters = first, words.row[first].text[0]
    while last + 1 < len(words.row) and words.row[last + 1].follows and last - first < 9:
        last += 1
        letters += words.row[last].text[0] if words.row[last].is_capital else ""
    is_acronym = last + 1 < len(words.row) and words.gap(last).endswith("(") and len(letters) > 1
    return last if is_acronym and words.row[last + 1].text.replace(".", "") == letters else None


def _body_end(words: Words, first: int) -> int | None:
    """Return the number of the last word of a body's name that begins at ``first``, or ``None`` where none does."""
    word = words.row[first]
    if not word.is_capital or word.kind in ("function", "honorific") or word.sentence in words.title_case:
        return None
    last, decided = first, None
    number = first
    while True:
        here = words.row[number]
        if here.kind in ("organization", "body", "acronym") and (number > first or here.kind != "organization"):
            decided = number
        if here.is_possessive or number + 1 >= len(words.row) or number - first > 10:
            break
        after = words.row[number + 1]
        if after.follows and after.is_capital and after.kind not in ("honorific",):
            number += 1
        elif (
            after.follows
            and after.lower in ("of", "for", "and", "on", "&", "the")
            and _reaches(words, number + 1)
            and (here.kind in ("organization", "role") or decided is not None)
        ):
            number += 1
            while not words.row[number].is_capital:
                number += 1
            decided = number if decided is not None else None
        else:
            break
    last = decided if decided is not None else last
    if decided is None and word.kind == "place":
        while last + 1 < len(words.row) and words.row[last + 1].follows and words.row[last + 1].kind == "place":
            last += 1
        return last
    return decided


def _reaches(words: Words, number: int) -> bool:
    for later in words.row[number + 1 : number + 3]:
        if not later.follows:
            return False
        if later.is_capital:
            return True
        if later.lower not in ("the", "a"):
            return False
    return False


def _fuller_names(texts: list[str]) -> dict[str, str]:
    """Short form -> fullest: acronyms by their letters, "Daily News" by "New York Daily News"."""
    fuller: dict[str, str] = {}
    by_last: dict[str, list[str]] = {}
    for text in texts:
        by_last.setdefault(fold(text.split()[-1]), []).append(text)
        letters = "".join(word[0] for word in text.split() if word[0].isupper()).lower()
        if len(letters) >= 2 and " " in text:
            fuller.setdefault(letters, text)
            fuller.setdefault(".".join(letters) + ".", text)
    for text in texts:
        others = [other for other in by_last[fold(text.split()[-1])][:20] if other.endswith(" " + text)]
        if others and " " in text:
            fuller[fold(text)] = max(others, key=len)
    return {short: full for short, full in fuller.items() if short in {fold(text) for text in texts}}
