"""Invented articles, annotated whole by those who wrote them: what real ones have too little of.

usage: python -m training.conflict.invented LINES_FOLDER [-o training/conflict/invented.jsonl]
       python -m training.conflict.invented --articles OUT [-o blind/invented_second.jsonl] [--like blind/...]

LINES_FOLDER holds ``ID.txt`` and ``ID.jsonl`` for every article, the lines as :mod:`training.conflict.lines` reads
them.  Since the texts are the project's own, the records hold them (``text``), beside the layers of labels.jsonl.
Articles that the output has already keep their place unless there are lines for them.  The second form writes the
articles of a file as Article JSONL, for ``quotestance agreement``; ``--like`` takes those alone that another file has.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from quotestance.io.article_lines import write_articles
from training.conflict.corpus import HERE, Joined, Record, read_labels, to_article, write_records
from training.conflict.draw import war
from training.conflict.lines import Text, stored_layers
from training.conflict.validate import problems

INVENTED = HERE / "invented.jsonl"
FILE = "invented"
"""What stands for the file of an invented article, where a real one has that of its corpus."""


def load(path: Path = INVENTED) -> list[Joined]:
    """The invented articles; all are for training."""
    return [joined(record) for record in read_labels(path)] if path.exists() else []


def joined(record: Record) -> Joined:
    """A record of the file as an annotated article."""
    layers_alone = {name: value for name, value in record.items() if name != "text"}
    return Joined(record["text"], layers_alone | {"file": FILE, "split": "train"})


def record_of(name: str, text: str, lines: list[str]) -> tuple[Record, list[str]]:
    """The record of an article, and what is wrong with its lines."""
    made, wrong = stored_layers(lines, Text(text))
    made.pop("sources")
    record: dict[str, Any] = {"id": name, "war": war(text), "text": text} | made
    return record, wrong or list(problems(joined(record)))


def main() -> None:
    """Build the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", type=Path, nargs="?")
    parser.add_argument("-o", "--output", type=Path, default=INVENTED)
    parser.add_argument("--articles", type=Path)
    parser.add_argument("--like", type=Path)
    options = parser.parse_args()
    if options.articles:
        wanted = {record["id"] for record in read_labels(options.like or options.output)}
        write_articles(
            [to_article(one) for one in load(options.output) if one.record["id"] in wanted], options.articles
        )
        return
    if options.lines is None:
        parser.error("give a folder of lines, or --articles")
    records = {record["id"]: record for record in read_labels(options.output)} if options.output.exists() else {}
    faults = []
    for path in sorted(options.lines.glob("*.jsonl")):
        text = path.with_suffix(".txt").read_bytes().decode()
        record, wrong = record_of(path.stem, text, path.read_text(encoding="utf-8").splitlines())
        faults += [f"{path.name}: {problem}" for problem in wrong]
        records[path.stem] = record
    if faults:
        sys.exit("\n".join(faults))
    write_records(records.values(), options.output)
    print(f"{len(records)} articles, {sum(len(one['quotes']) for one in records.values())} quotes -> {options.output}")


if __name__ == "__main__":
    main()
