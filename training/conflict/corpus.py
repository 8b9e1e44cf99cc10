"""The conflict corpus joined with its texts: stand-off labels here, the texts in a folder that the user names.

usage: python -m training.conflict.corpus CORPORA -o conflict.jsonl [--split dev] [--labels FILE]

writes the articles as Article JSONL for ``quotestance evaluate`` and ``quotestance agreement``.  What the layers are
stands in README.md beside this file.
"""

import argparse
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quotestance.io.article_lines import write_articles
from quotestance.types import Article, Quote, Span, Speaker, SpeakerKind, Stance, place_of

HERE = Path(__file__).parent
DOCUMENTS, LABELS = HERE / "documents.jsonl", HERE / "labels.jsonl"
SPLITS = ("train", "dev", "tune", "test", "fresh")
FITTED = ("dev", "tune")
"""Splits that thresholds and probabilities are fitted on."""
WORDED = ("name", "description", "role", "affiliation", "role_alternatives", "affiliation_alternatives")
MOST_WORDS = 9
"""Words from which a string of the text is stored as its place: no text of the corpora stands here."""
FARTHEST = 120
"""Characters between the parts of a source that are still read as one span."""

Record = dict[str, Any]


class CorpusError(ValueError):
    """A text is missing, is another version than the one that was annotated, or a label does not fit it."""


@dataclass(frozen=True)
class Joined:
    """An annotated article: its text and its layers."""

    text: str
    record: Record

    @property
    def entities(self) -> dict[str, Record]:
        """People, bodies, states and unnamed sources, by id."""
        return {one["id"]: one for one in self.record["entities"]}


def stand_off(entity: Record, text: str) -> Record:
    """An entity with the place in the text of every string of many words instead of the words, else their beginning."""

    def place(value: Any) -> Any:
        if isinstance(value, str) and len(value.split()) >= MOST_WORDS:
            start = text.find(value)
            return [start, start + len(value)] if start >= 0 else " ".join(value.split()[: MOST_WORDS - 1])
        return [place(one) for one in value] if isinstance(value, list) else value

    return {name: place(value) if name in WORDED else value for name, value in entity.items()}


def with_words(entity: Record, text: str) -> Record:
    """Undo :func:`stand_off`."""

    def words(value: Any) -> Any:
        if isinstance(value, list) and len(value) == 2 and all(isinstance(one, int) for one in value):
            return text[slice(*value)]
        return [words(one) for one in value] if isinstance(value, list) else value

    return {name: words(value) if name in WORDED else value for name, value in entity.items()}


def read_documents(corpora: Path) -> Iterator[tuple[Record, str]]:
    """Every drawn document: its row in documents.jsonl (with ``repo``), and its text.

    Raises:
        CorpusError: A text is missing or is another version than the one that was annotated.
    """
    with DOCUMENTS.open(encoding="utf-8") as stream:
        rows = [json.loads(line) for line in stream]
    texts = {
        (file, one["path"]): one
        for file in sorted({row["file"] for row in rows})
        for one in map(json.loads, (corpora / "stance" / f"{file}.jsonl").open(encoding="utf-8"))
    }
    for row in rows:
        found = texts.get((row["file"], row["path"]))
        if found is None:
            raise CorpusError(f"{corpora} has no document {row['path']!r} in stance/{row['file']}.jsonl.")
        if hashlib.sha256(found["text"].encode()).hexdigest() != row["sha256"]:
            raise CorpusError(f"{row['path']!r} is another version of the text than the one that was annotated.")
        yield row | {"repo": found["repo"]}, found["text"]


def read_labels(path: Path = LABELS) -> list[Record]:
    """The stand-off records of a file of labels."""
    with path.open(encoding="utf-8") as stream:  # not splitlines: a name may hold other line breaks
        return [json.loads(line) for line in stream]


def write_records(records: Iterable[Record], path: Path) -> None:
    """Write records, one a line, without spaces that say nothing."""
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in records)


def load(corpora: Path, split: str | None = None, labels: Path = LABELS) -> list[Joined]:
    """The annotated articles of a split, or all of them.

    Raises:
        CorpusError: A text is missing or is another version than the one that was annotated.
    """
    texts = {row["id"]: text for row, text in read_documents(corpora)}
    wanted = [one for one in read_labels(labels) if split in (None, one["split"])]
    for one in wanted:
        one["entities"] = [with_words(entity, texts[one["id"]]) for entity in one["entities"]]
    return [Joined(texts[one["id"]], one) for one in wanted]


def to_article(joined: Joined) -> Article:
    """The gold article; ``meta["accepted"]`` has what else is right, ``meta["scare_quotes"]`` marks without speech."""
    record, text = joined.record, joined.text
    entities = joined.entities
    speakers = [speaker_of([entities[one] for one in quote["speakers"]]) for quote in record["quotes"]]
    quotes = [_quote(text, quote, speaker) for quote, speaker in zip(record["quotes"], speakers, strict=True)]
    quotes.sort(key=place_of)
    meta = {
        "accepted": {str(speaker_of([one])): alternatives(one, text) for one in record["entities"]},
        "scare_quotes": record["not_quotes"],
        "borderline": record["borderline"],
        "file": record["file"],
        "war": record["war"],
    }
    return Article(text, id=record["id"], meta=meta, quotes=tuple(quotes))


def speaker_of(entities: list[Record]) -> Speaker:
    """The Speaker that entities make: one of them as it is, several as a group."""
    if not entities:
        return Speaker()
    if len(entities) > 1:
        members = tuple(one["name"] for one in entities if one["name"])
        if not members:
            return Speaker(None, "unnamed", description=" and ".join(one["description"] or "" for one in entities))
        return Speaker(" and ".join(members), "group", members=members)
    (one,) = entities
    kind: SpeakerKind = "organization" if one["kind"] == "state" else one["kind"]
    description = one["description"] if one["name"] is None else None
    return Speaker(one["name"], kind, one["role"], one["affiliation"], one["country"], description)


def alternatives(entity: Record, text: str) -> dict[str, list[str]]:
    """What else is right of a speaker: a state's other names, the words of further roles and homes."""
    forms = {text[slice(*place)] for place in entity["mentions"]} if entity["kind"] == "state" else set()
    roles = {text[slice(*place)] for place in entity["roles"]} | set(entity["role_alternatives"])
    homes = {text[slice(*home["span"])] for home in entity["homes"]} | set(entity["affiliation_alternatives"])
    return {"name": sorted(forms), "role": sorted(roles), "affiliation": sorted(homes)}


def _quote(text: str, quote: Record, speaker: Speaker) -> Quote:
    return Quote(
        quote["kind"],
        tuple(Span.of(text, *place) for place in quote["content"]),
        cue=_one_span(text, quote["cue"]),
        source=_one_span(text, quote["source"]),
        speaker=speaker,
        stance=Stance.certain(quote["stance"], quote["conditional"]),
        via=_one_span(text, quote["via"]),
    )


def _one_span(text: str, places: list[list[int]]) -> Span | None:
    """Parts that lie near each other as one span, else the first."""
    if not places:
        return None
    start, end = places[0][0], places[-1][1]
    inside = sum(b - a for a, b in places)
    return Span.of(text, start, end) if end - start - inside <= FARTHEST else Span.of(text, *places[0])


def main() -> None:
    """Join labels and texts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--split", choices=SPLITS)
    parser.add_argument("--labels", type=Path, default=LABELS)
    options = parser.parse_args()
    articles = [to_article(joined) for joined in load(options.corpora, options.split, options.labels)]
    write_articles(articles, options.output)
    print(f"{len(articles)} articles, {sum(len(article.quotes) for article in articles)} quotes -> {options.output}")


if __name__ == "__main__":
    main()
