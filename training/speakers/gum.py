"""Documents of GUM (CoNLL-U with entities) as plain text, with its mentions of people in chains of coreference.

The text is put together from the words (``SpaceAfter``), with a space between sentences and a line break between
paragraphs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_ENTITY = re.compile(r"\((\d+)(?:\[[\d/]+\])?-(\w+)[^()]*(\))?|(\d+)(?:\[[\d/]+\])?\)")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the corpus.

    Args:
        start, end: Offsets into the document's text.
        head: Place of the word it depends on in the document, -1 for none.
        relation: Its Universal Dependencies relation.
        entities: The ``Entity`` field.
    """

    start: int
    end: int
    form: str
    head: int
    relation: str
    entities: str


@dataclass(frozen=True, slots=True)
class Chained:
    """A gold mention of a person: its chain, its first and last token, and the token that heads it."""

    chain: int
    first: int
    last: int
    head: int


@dataclass(slots=True)
class Document:
    """A document's text and tokens."""

    name: str
    text: str = ""
    tokens: list[Token] = field(default_factory=list)


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
    document = Document(name)
    separator = ""
    for block in conllu.split("\n\n"):
        lines = block.split("\n")
        if any(line.startswith("# newpar") for line in lines) and document.text:
            separator = "\n"
        _add_sentence(document, [line.split("\t") for line in lines if line[:1].isdigit()], separator)
        separator = " "
    return document


def _add_sentence(document: Document, rows: list[list[str]], separator: str) -> None:
    offset = len(document.tokens)
    text = document.text + separator
    joined_to = 0  # last word of a contraction, which has the blank after it
    is_glued = False
    for row in rows:
        if "-" in row[0]:
            joined_to, is_glued = int(row[0].split("-")[1]), "SpaceAfter=No" in row[9]
            continue
        if "." in row[0]:
            continue
        number, entities = int(row[0]), re.search(r"(?:^|\|)Entity=([^|]*)", row[9])
        head = int(row[6]) + offset - 1 if row[6] != "0" else -1
        end = len(text) + len(row[1])
        document.tokens.append(Token(len(text), end, row[1], head, row[7], entities[1] if entities else ""))
        text += row[1]
        inside = number < joined_to
        glued = is_glued if number == joined_to else "SpaceAfter=No" in row[9]
        text += "" if inside or glued else " "
    document.text = text.rstrip(" ") if rows else document.text


def chained_people(document: Document) -> list[Chained]:
    """Every gold mention of a person."""
    opened: dict[int, list[tuple[int, bool]]] = {}
    found: list[Chained] = []
    for place, token in enumerate(document.tokens):
        for opening, kind, closes, closing in _ENTITY.findall(token.entities):
            if opening:
                opened.setdefault(int(opening), []).append((place, kind == "person"))
            if closes or closing:
                chain = int(opening or closing)
                first, is_person = opened[chain].pop()
                if is_person:
                    found.append(Chained(chain, first, place, _head(document, first, place)))
    return found


def _head(document: Document, first: int, last: int) -> int:
    return next((n for n in range(first, last + 1) if not first <= document.tokens[n].head <= last), first)
