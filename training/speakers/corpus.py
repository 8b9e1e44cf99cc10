"""The gold on speakers joined with its texts: stand-off labels here, the texts in folders that the user names.

    python -m training.speakers.corpus test2 --polnear POLNEAR_DIR/data/dev --corpora CORPORA_DIR -o test2.jsonl
    quotestance evaluate test2.jsonl --gold-quotes --fast

The first writes one of the files of gold/ as Article JSONL. A quote stands for each gold source; its content is the
source itself, since contents play no part in finding who it is. ``meta["accepted"]`` has what else is right. What the
files hold stands in gold/README.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quotestance.evaluation import read_gold
from quotestance.evaluation.formats.records import to_speaker
from quotestance.io.article_lines import write_articles
from quotestance.types import Article, Quote, Span, Speaker
from training.fitting import make_parser

GOLD = Path(__file__).parent / "gold"
FILES = ("tune", "test", "tune2", "test2")
SECOND = "second"
"""The file of the second annotator."""

POLNEAR = "polnear_dev"
"""The corpus of the documents that PolNeAR has; the others are names of docs_*.jsonl."""

Document = tuple[str, str]
"""Corpus, and id in it: of PolNeAR its own, else the number of the line from 0."""


class CorpusError(ValueError):
    """A text is missing, or is another version than the one that was annotated."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What an annotator says of one source.

    Args:
        source: Its extent in the text.
        speaker: Who it is, with the preferred name, role, affiliation and country.
        accepted: Field to what else is right.
    """

    source: tuple[int, int]
    speaker: Speaker
    accepted: Mapping[str, list[str]]

    def values(self, field: str) -> list[str]:
        """Everything that is right for a field, the preferred value first; none where the text does not tell."""
        preferred = getattr(self.speaker, field)
        return [] if preferred is None else [preferred, *self.accepted.get(field, ())]


@dataclass(frozen=True, slots=True)
class Record:
    """The labels of an article, without its text."""

    id: str
    document: Document
    sha256: str
    labels: tuple[Labels, ...]


def read_records(name: str) -> Iterator[Record]:
    """The records of a file of gold/."""
    with (GOLD / f"{name}.jsonl").open(encoding="utf-8") as lines:
        for data in map(json.loads, lines):
            document = data["document"]["corpus"], data["document"]["id"]
            yield Record(data["id"], document, data["sha256"], tuple(map(_labels, data["quotes"])))


def _labels(data: Mapping[str, Any]) -> Labels:
    start, end = data["source"]
    return Labels((start, end), to_speaker(data["speaker"]), data.get("accepted", {}))


def read_texts(polnear: Path, corpora: Path) -> dict[Document, str]:
    """The texts of all documents that labels may point into."""
    texts = {(POLNEAR, article.id): article.text for article in read_gold(polnear, annotator="first")}
    for path in sorted((corpora / "stance").glob("docs_*.jsonl")):
        with path.open(encoding="utf-8") as lines:  # not splitlines: a text may hold other line breaks
            texts |= {(path.stem, str(number)): json.loads(line)["text"] for number, line in enumerate(lines)}
    return texts


def load(name: str, texts: Mapping[Document, str]) -> list[Article]:
    """The articles of a file of gold/.

    Raises:
        CorpusError: A text is missing, or is another version than the one that was annotated.
    """
    return [to_article(record, text_of(record, texts)) for record in read_records(name)]


def text_of(record: Record, texts: Mapping[Document, str]) -> str:
    """The text that a record points into; see :func:`load` for the errors."""
    text = texts.get(record.document)
    if text is None:
        raise CorpusError(f"The folders have no document {record.document[1]!r} of {record.document[0]}.")
    if hashlib.sha256(text.encode()).hexdigest() != record.sha256:
        raise CorpusError(f"{record.id!r} is another version of the text than the one that was annotated.")
    return text


def to_article(record: Record, text: str) -> Article:
    """The gold article."""
    sources = [Span.of(text, *labels.source) for labels in record.labels]
    speakers = [described(labels.speaker, source) for labels, source in zip(record.labels, sources, strict=True)]
    quotes = tuple(
        Quote("indirect", (source,), source=source, speaker=speaker)
        for source, speaker in zip(sources, speakers, strict=True)
    )
    accepted = gathered(zip(map(str, speakers), (labels.accepted for labels in record.labels), strict=True))
    return Article(text, id=record.id, meta={"accepted": accepted}, quotes=quotes)


def described(speaker: Speaker, source: Span) -> Speaker:
    """A speaker without a name as the source words it."""
    if speaker.name is not None:
        return speaker
    return Speaker(None, speaker.kind, speaker.role, speaker.affiliation, speaker.country, source.text, speaker.members)


def gathered(accepted: Iterable[tuple[str, Mapping[str, list[str]]]]) -> dict[str, dict[str, list[str]]]:
    """What else is right, by speaker and field."""
    found: dict[str, dict[str, list[str]]] = {}
    for name, fields in accepted:
        for field, values in fields.items():
            known = found.setdefault(name, {}).setdefault(field, [])
            known.extend(value for value in values if value not in known)
    return found


def add_folders(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of :func:`read_texts` to a parser."""
    parser.add_argument("--polnear", type=Path, required=True, help="PolNeAR's data/dev")
    parser.add_argument("--corpora", type=Path, required=True, help="the folder that holds stance/docs_*.jsonl")


def main() -> None:
    """Join labels and texts."""
    parser = make_parser(__doc__)
    parser.add_argument("name", choices=(*FILES, SECOND))
    add_folders(parser)
    parser.add_argument("-o", "--output", type=Path, required=True)
    args = parser.parse_args()
    articles = load(args.name, read_texts(args.polnear, args.corpora))
    write_articles(articles, args.output)
    print(f"{len(articles)} articles, {sum(len(article.quotes) for article in articles)} sources -> {args.output}")


if __name__ == "__main__":
    main()
