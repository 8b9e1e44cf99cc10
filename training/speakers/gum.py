"""Entities of GUM (CoNLL-U): mentions of people, organizations and places with their chains, as extents of a text.

The text is put together from the words (``SpaceAfter``), with a space between sentences and a line break between
paragraphs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from quotestance.text import Extent

_BRACKET = re.compile(
    r"\((\d+)(?:\[[\d/]+\])?-(\w+)[^()]*?(?=\(|\)|\d+(?:\[[\d/]+\])?\)|$)|(\d+)(?:\[[\d/]+\])?\)|(\))"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention: its chain, type and extent, its name if it has one, and whether it is a pronoun."""

    chain: int
    kind: str
    extent: Extent
    name: Extent | None
    is_pronoun: bool


@dataclass(slots=True)
class Word:
    """A word of the corpus: its extent in the text and its universal part of speech."""

    start: int
    end: int
    part_of_speech: str


@dataclass(slots=True)
class Document:
    """A document's text, words and mentions."""

    name: str
    text: str = ""
    words: list[Word] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)


def read_split(gum: Path, split: str) -> Iterator[Document]:
    """The documents of a split that lie in ``gum/dep`` and whose text is given (Reddit's is not)."""
    section = re.split(r"^## ", (gum / "splits.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    names = next(part for part in section if part.startswith(split + "\n")).split("* ")[1:]
    for name in (one.strip() for one in names):
        path = gum / "dep" / f"{name}.conllu"
        if path.exists() and "_reddit_" not in name:
            yield read_document(name, path.read_text(encoding="utf-8"))


def read_document(name: str, conllu: str) -> Document:
    """A document from its CoNLL-U."""
    document, separator = Document(name), ""
    open_mentions: list[tuple[int, str, int]] = []
    for block in conllu.split("\n\n"):
        lines = block.split("\n")
        if any(line.startswith("# newpar") for line in lines) and document.text:
            separator = "\n"
        rows = [line.split("\t") for line in lines if line[:1].isdigit()]
        for place, entities in _add_words(document, rows, separator):
            _read_brackets(document, open_mentions, place, entities)
        separator = " "
    return document


def _add_words(document: Document, rows: list[list[str]], separator: str) -> Iterator[tuple[int, str]]:
    """Add the words of a sentence; gives the number of each with its ``Entity`` field."""
    if not rows:
        return
    document.text += separator
    joined_to, is_glued = 0, False  # last word of a contraction, which has the blank after it
    for row in rows:
        if "-" in row[0]:
            joined_to, is_glued = int(row[0].split("-")[1]), "SpaceAfter=No" in row[9]
            continue
        if "." in row[0]:
            continue
        start = len(document.text)
        document.text += row[1]
        document.words.append(Word(start, len(document.text), row[3]))
        found = re.search(r"(?:^|\|)Entity=([^|]*)", row[9])
        yield len(document.words) - 1, found[1] if found else ""
        inside = int(row[0]) < joined_to
        glued = is_glued if int(row[0]) == joined_to else "SpaceAfter=No" in row[9]
        document.text += "" if inside or glued else " "
    document.text = document.text.rstrip(" ")


def _read_brackets(document: Document, opened: list[tuple[int, str, int]], place: int, entities: str) -> None:
    for match in _BRACKET.finditer(entities):
        if match[1]:
            opened.append((int(match[1]), match[2], place))
        elif opened:
            number = len(opened) - 1
            if match[3]:
                number = next((n for n in range(number, -1, -1) if opened[n][0] == int(match[3])), number)
            chain, kind, first = opened.pop(number)
            document.mentions.append(_mention(document, chain, kind, first, place))


def _mention(document: Document, chain: int, kind: str, first: int, last: int) -> Mention:
    words = document.words[first : last + 1]
    names = [number for number, word in enumerate(words) if word.part_of_speech == "PROPN"]
    name = None
    if names:
        stop = names[0]
        while stop + 1 < len(words) and words[stop + 1].part_of_speech == "PROPN":
            stop += 1
        if names[0] <= 2 and len(words) - (stop - names[0] + 1) <= 2:  # little else than the name
            name = words[names[0]].start, words[stop].end
    is_pronoun = len(words) == 1 and words[0].part_of_speech == "PRON"
    return Mention(chain, kind, (words[0].start, words[-1].end), name, is_pronoun)
