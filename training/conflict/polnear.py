"""The people layer of PolNeAR train articles on their gold quotes: names, roles, homes, and who every source is.

usage: python -m training.conflict.polnear POLNEAR_TRAIN LINES_FOLDER IDS.json -o training/conflict/polnear_people.jsonl
           [--add]

LINES_FOLDER holds ``pNN.jsonl`` for the articles of IDS.json, as :mod:`training.conflict.lines` reads them, with
``{"at": OFFSET, "who": ID}`` for every source.  An article without lines is left out; with ``--add`` it keeps the
labels that it has.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from quotestance.evaluation import read_gold
from quotestance.types import Article
from training.conflict.corpus import (
    HERE,
    CorpusError,
    Joined,
    Record,
    read_labels,
    stand_off,
    with_words,
    write_records,
)
from training.conflict.lines import Text, stored_layers

PEOPLE = HERE / "polnear_people.jsonl"


def load(articles: dict[str, Article], path: Path = PEOPLE) -> list[tuple[Article, Joined]]:
    """The annotated articles, each with its people; ``articles`` are those of PolNeAR's train split by id.

    Raises:
        CorpusError: An article is missing, or its text is another than the one that was annotated.
    """
    found = []
    for record in read_labels(path):
        article = articles.get(record["document"])
        if article is None or _digest(article.text) != record["sha256"]:
            raise CorpusError(f"PolNeAR's {record['document']!r} is missing, or another version of it is there.")
        entities = [with_words(one, article.text) for one in record["entities"]]
        found.append((article, Joined(article.text, record | {"entities": entities})))
    return found


def record_of(article: Article, lines: list[str]) -> tuple[Record, list[str]]:
    """The stand-off record of an article, and what is wrong with the reader's lines."""
    made, wrong = stored_layers(lines, Text(article.text))
    starts = {quote.source.start for quote in article.quotes if quote.source is not None}
    wrong += [f"no answer for the source at {at}" for at in sorted(starts - {at for at, _ in made["sources"]})]
    entities = [stand_off(one, article.text) for one in made["entities"]]
    record: dict[str, Any] = {"document": article.id, "sha256": _digest(article.text)}
    return record | {"entities": entities, "sources": made["sources"]}, wrong


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def main() -> None:
    """Build the layer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("polnear", type=Path)
    parser.add_argument("lines", type=Path)
    parser.add_argument("ids", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=PEOPLE)
    parser.add_argument("--add", action="store_true", help="keep the labels of articles without lines")
    options = parser.parse_args()
    articles = {article.id: article for article in read_gold(options.polnear, annotator="first")}
    kept = {record["document"]: record for record in read_labels(options.output)} if options.add else {}
    records, problems = [], []
    for number, name in enumerate(json.loads(options.ids.read_text(encoding="utf-8"))):
        path = options.lines / f"p{number:02}.jsonl"
        if not path.exists():
            records += [kept[name]] if name in kept else []
            continue
        record, wrong = record_of(articles[name], path.read_text(encoding="utf-8").splitlines())
        problems += [f"{path.name}: {problem}" for problem in wrong]
        records.append(record)
    if problems:
        sys.exit("\n".join(problems))
    write_records(records, options.output)
    print(f"{len(records)} articles, {sum(len(record['sources']) for record in records)} sources -> {options.output}")


if __name__ == "__main__":
    main()
