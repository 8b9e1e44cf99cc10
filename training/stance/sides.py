"""The two sides of a conflict swapped in an Article: names, capitals, demonyms and leaders, offsets moved along.

The table of names is ``sides.csv``: a pair, the kind of the name, and what stands for what. The first line of a name
says what it becomes; other lines with it only serve the way back. Lines of the kind ``adjective`` hold for names before
a noun ("the US army") and go one way, from ``a`` to ``b``. Names are told by letter case; names in capitals, as in
datelines, are swapped to capitals, and "a" or "an" before a name is put right. Cities that are not in the table stay.
"""

from __future__ import annotations

import csv
import random
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from quotestance.types import Article, Quote, Span, Speaker

SIDES = Path(__file__).with_name("sides.csv")
_NO_NOUNS = """says said told is was are were be been has have had will would can could may might must should did does
    do to in of on at by for from with without about and or but nor that which who as if when while because since after
    before over against into than not also never still then itself wants wanted warned warns announced calls called"""
"""Words after which a name stands by itself: "the US said" against "the US army"."""

_SHORTEST_IN_CAPITALS = (
    4  # letters of a name that is also looked for in capitals: "US" is no word, "XI" may be a numeral
)


@dataclass(frozen=True)
class Sides:
    """Two sides and the names that stand for each other.

    Args:
        a, b: What the sides are called in tables ("Russia", "Ukraine").
        to_b: Names of ``a`` to those of ``b``.
        to_a: Names of ``b`` to those of ``a``.
        adjectives: Names of ``a`` before a noun to those of ``b``.
        codes: Country codes to each other.
    """

    a: str
    b: str
    to_b: Mapping[str, str]
    to_a: Mapping[str, str]
    adjectives: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Both sides in one word."""
        return f"{self.a}/{self.b}"

    @cached_property
    def names(self) -> dict[str, str]:
        """Every name to its counterpart, in capitals too."""
        both = {**self.to_b, **self.to_a}
        long = {old: new for old, new in both.items() if len(old) >= _SHORTEST_IN_CAPITALS}
        return {**{old.upper(): new.upper() for old, new in long.items()}, **both}

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The names as whole words, longer ones first, with what stands around them."""
        words = "|".join(re.escape(name) for name in sorted(self.names, key=len, reverse=True))
        before, after = (
            r"(?<!\w)(?:(?P<article>[Aa]n?)\s+)?",
            r"(?P<genitive>['’]s?(?!\w))?(?=(?: (?P<next>[A-Za-z]+))?)",
        )
        return re.compile(rf"{before}(?P<name>{words})(?!\w){after}")

    def side_of(self, name: str) -> str:
        """Which side a name stands for, ``a`` or ``b``."""
        upper = {one.upper() for one in self.to_b}
        return "a" if name in self.to_b or (name not in self.to_a and name in upper) else "b"

    def named_in(self, text: str) -> set[str]:
        """The sides that a text names, of ``{"a", "b"}``."""
        return {self.side_of(found["name"]) for found in self.pattern.finditer(text)}


def read_sides(path: Path = SIDES) -> list[Sides]:
    """The pairs of a table, in its order.

    Raises:
        ValueError: A row is incomplete, a pair is none of two sides, or a name stands for both sides.
    """
    tables: dict[str, list[dict[str, str]]] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        for number, row in enumerate(csv.DictReader(stream), start=2):
            if not all(row.get(name) for name in ("pair", "kind", "a", "b")):
                raise ValueError(f"{path}, line {number}: give pair, kind, a and b.")
            tables.setdefault(row["pair"], []).append(row)
    return [_sides(path, pair, rows) for pair, rows in tables.items()]


def _sides(path: Path, pair: str, rows: list[dict[str, str]]) -> Sides:
    called = pair.split("/")
    if len(called) != 2:
        raise ValueError(f"{path}: the pair {pair!r} is not of the form side/side.")
    to_b: dict[str, str] = {}
    to_a: dict[str, str] = {}
    adjectives: dict[str, str] = {}
    codes: dict[str, str] = {}
    for row in rows:
        if row["kind"] == "code":
            codes |= {row["a"]: row["b"], row["b"]: row["a"]}
        elif row["kind"] == "adjective":
            adjectives[row["a"]] = row["b"]
        else:
            to_b.setdefault(row["a"], row["b"])
            to_a.setdefault(row["b"], row["a"])
    if both := sorted(set(to_a) & set(to_b)):
        raise ValueError(f"{path}: in {pair} the name {both[0]!r} stands for both sides.")
    if lone := sorted(set(adjectives) - set(to_b)):
        raise ValueError(f"{path}: in {pair} the adjective {lone[0]!r} has no line of another kind.")
    return Sides(called[0], called[1], to_b, to_a, adjectives, codes)


@dataclass(frozen=True)
class Moved:
    """A text in which passages were replaced, and where each place of the old one is now."""

    text: str
    edits: tuple[tuple[int, int, int, int], ...]
    """Start and end before, start and end now, of every replaced passage in order."""

    def at(self, offset: int, *, is_end: bool = False) -> int:
        """The place of an old offset; one inside a replaced passage goes to its beginning, as an end to its end."""
        place = bisect_right(self.edits, offset - is_end, key=lambda edit: edit[0]) - 1
        if place < 0:
            return offset
        start, end, new_start, new_end = self.edits[place]
        if start < offset < end:
            return new_end if is_end else new_start
        return new_start if offset == start else offset - end + new_end

    def span(self, span: Span) -> Span:
        """A span in the new text."""
        return Span.of(self.text, self.at(span.start), self.at(span.end, is_end=True))


def swap_text(text: str, sides: Sides) -> Moved:
    """Swap the sides in a text."""
    pieces, edits, done, length = [], [], 0, 0
    for start, end, new in _edits(text, sides):
        pieces += [text[done:start], new]
        length += start - done
        edits.append((start, end, length, length + len(new)))
        done, length = end, length + len(new)
    return Moved("".join((*pieces, text[done:])), tuple(edits))


def _edits(text: str, sides: Sides) -> Iterator[tuple[int, int, str]]:
    """Start, end and new words of every name, of "a" or "an" before it and of a genitive after it.

    "An" is put before a vowel that is heard: no name of the table begins with a U that is.
    """
    for found in sides.pattern.finditer(text):
        new = _counterpart(found, sides)
        if found["article"]:
            new = new.removeprefix("the ").removeprefix("The ")
            yield *found.span("article"), found["article"][0] + ("n" if new[0] in "AEIO" else "")
        yield *found.span("name"), new
        if found["genitive"] and found["name"].endswith("s") != new.endswith("s"):
            yield *found.span("genitive"), found["genitive"][0] + ("" if new.endswith("s") else "s")


def _counterpart(found: re.Match[str], sides: Sides) -> str:
    """What a name becomes where it stands."""
    name, following = found["name"], found["next"]
    if name in sides.adjectives and following and following not in _NO_NOUNS.split():
        return sides.adjectives[name]
    return sides.names[name]


def swap_article(article: Article, sides: Sides) -> Article:
    """Swap the sides in an article: text, title, the spans of its quotes, their speakers; stances stay, ``meta`` goes.

    >>> from quotestance.types import Article
    >>> russia_ukraine = next(one for one in read_sides() if one.name == "Russia/Ukraine")
    >>> swap_article(Article("A Russian guard in Moscow spoke of Kyiv's drones."), russia_ukraine).text
    "A Ukrainian guard in Kyiv spoke of Moscow's drones."
    """
    moved = swap_text(article.text, sides)
    title = None if article.title is None else swap_text(article.title, sides).text
    quotes = tuple(_swap_quote(quote, moved, sides) for quote in article.quotes)
    return article.replace(text=moved.text, title=title, quotes=quotes, meta={})


def swap_some(article: Article, everyone: Sequence[Sides], dice: random.Random) -> Article:
    """Swap a pair of sides that an article names, drawn from all of them; without one the article stays as it is."""
    sides = _one_named((article.text,), everyone, dice)
    return swap_article(article, sides) if sides else article


def swap_words(words: Sequence[str], everyone: Sequence[Sides], dice: random.Random) -> list[str]:
    """Swap in several texts at once a pair of sides that one of them names, drawn from all; without one they stay."""
    sides = _one_named(words, everyone, dice)
    return [swap_text(one, sides).text for one in words] if sides else list(words)


def _one_named(texts: Sequence[str], everyone: Sequence[Sides], dice: random.Random) -> Sides | None:
    named = [sides for sides in everyone if any(sides.pattern.search(text) for text in texts)]
    return dice.choice(named) if named else None


def _swap_quote(quote: Quote, moved: Moved, sides: Sides) -> Quote:
    source, cue, via = (None if one is None else moved.span(one) for one in (quote.source, quote.cue, quote.via))
    speaker = None if quote.speaker is None else _swap_speaker(quote.speaker, sides)
    content = tuple(moved.span(span) for span in quote.content)
    return replace(quote, content=content, source=source, cue=cue, via=via, speaker=speaker)


def _swap_speaker(speaker: Speaker, sides: Sides) -> Speaker:
    def swapped(words: str | None) -> str | None:
        return words and swap_text(words, sides).text

    return replace(
        speaker,
        name=swapped(speaker.name),
        role=swapped(speaker.role),
        affiliation=swapped(speaker.affiliation),
        description=swapped(speaker.description),
        country=speaker.country and sides.codes.get(speaker.country, speaker.country),
        members=tuple(swap_text(member, sides).text for member in speaker.members),
        evidence={},
    )
