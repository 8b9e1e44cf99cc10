"""Documents of GUM (CoNLL-U with entities) as plain text, with its pronouns and who of the library's people they mean.

The text is put together from the words (``SpaceAfter``), with a space between sentences and a line break between
paragraphs. Names are found in it by the library itself, and mapped onto the gold chains of coreference; nothing of the
gold but the chains, and who is the subject of a clause of speech or thought, is used.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from quotestance.speakers.anaphora import Discourse, pronoun_gender
from quotestance.speakers.mentions import Mention
from quotestance.speakers.people import Person, gather_people
from quotestance.speakers.words import read_words

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


@dataclass(frozen=True, slots=True)
class Pronoun:
    """A pronoun that stands for somebody who was named before it.

    Args:
        discourse: What the document has said; ``spoken`` holds who spoke before the pronoun, as gold has it.
        number: Number of the pronoun's word.
        people: Whom it means: more than one where the library took one person for two.
    """

    discourse: Discourse
    number: int
    gender: str | None
    people: frozenset[Person]


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


def pronouns_of(document: Document) -> Iterator[Pronoun]:
    """Pronouns of the third person singular whose chain has somebody whom the library finds named before them."""
    words = read_words(document.text)
    people = gather_people(words)
    chained = chained_people(document)
    chains = _chains_of_people(document, chained, people.everyone)
    by_chain: dict[int, set[Person]] = {}
    for person, chain in chains.items():
        by_chain.setdefault(chain, set()).add(person)
    spoken = _spoken(document, chained, by_chain, words.starts)
    for mention in sorted(chained, key=lambda one: one.first):
        token = document.tokens[mention.first]
        gender = pronoun_gender(token.form)
        if mention.first != mention.last or gender is None:
            continue
        number = words.within(token.start, token.end).start
        named = {p for p in by_chain.get(mention.chain, ()) if p.mentions[0].first < number}
        if named:
            before = [(place, person) for place, person in spoken if place < number]
            yield Pronoun(Discourse(people, spoken=before), number, gender, frozenset(named))


def _chains_of_people(document: Document, chained: list[Chained], everyone: list[Person]) -> dict[Person, int]:
    """The chain that most mentions of a person belong to."""
    by_head: dict[int, list[Chained]] = {}
    for one in chained:
        by_head.setdefault(one.head, []).append(one)
        by_head.setdefault(one.last, []).append(one)
    starts = [token.start for token in document.tokens]
    chains: dict[Person, int] = {}
    for person in everyone:
        votes = Counter(chain for m in person.mentions[:60] if (chain := _chain_of(m, starts, by_head)) is not None)
        if votes:
            chains[person] = votes.most_common(1)[0][0]
    return chains


def _chain_of(mention: Mention, starts: list[int], by_head: dict[int, list[Chained]]) -> int | None:
    """Chain of the smallest gold mention whose head, or else last word, the name holds."""
    tokens = range(bisect_left(starts, mention.start), bisect_left(starts, mention.end))
    inside = [one for place in tokens for one in by_head.get(place, ()) if one.last <= tokens[-1] + 1]
    return min(inside, key=lambda one: (one.head not in tokens, one.last - one.first)).chain if inside else None


def _spoken(
    document: Document, chained: list[Chained], by_chain: dict[int, set[Person]], starts: tuple[int, ...]
) -> list[tuple[int, Person]]:
    """Who is the subject of a verb with a clause of what is said or thought."""
    clausal = {token.head for token in document.tokens if token.relation == "ccomp"}
    clausal |= {n for n, token in enumerate(document.tokens) if token.relation == "parataxis"}
    chain_at = {one.head: one.chain for one in chained}
    spoken = []
    for place, token in enumerate(document.tokens):
        people = by_chain.get(chain_at.get(place, -1))
        if token.relation == "nsubj" and token.head in clausal and people:
            person = min(people, key=lambda one: one.mentions[0].first)
            spoken.append((bisect_left(starts, token.start), person))
    return spoken
