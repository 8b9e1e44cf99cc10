"""Readers' lines into the stand-off corpus: one line an article, without its text.

usage: python -m training.conflict.build CORPORA LINES_FOLDER -o training/conflict/labels.jsonl [--add]

LINES_FOLDER holds ``ID.jsonl`` for the articles of documents.jsonl, as :mod:`training.conflict.lines` reads them.  An
article whose lines have an error stops the build, and so does one without lines, unless ``--partial`` leaves it out or
``--add`` keeps the labels that it has.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from training.conflict.corpus import LABELS, read_documents, read_labels, stand_off, write_records
from training.conflict.lines import Text, stored_layers
from training.stance.data import split_of


def record_of(row: dict[str, Any], text: str, lines: list[str]) -> tuple[dict[str, Any], list[str]]:
    """The stand-off record of an article, and what is wrong with the reader's lines."""
    made, wrong = stored_layers(lines, Text(text))
    made["entities"] = [stand_off(one, text) for one in made["entities"]]
    made.pop("sources")
    head = {
        "id": row["id"],
        "file": row["file"],
        "path": row["path"],
        "sha256": row["sha256"],
        "split": row.get("split") or split_of(row["repo"], row["path"]),
        "war": row["war"],
    }
    return head | made, wrong


def main() -> None:
    """Build the corpus."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("lines", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=LABELS)
    parser.add_argument("--partial", action="store_true", help="leave out articles without lines")
    parser.add_argument("--add", action="store_true", help="keep the labels of articles without lines")
    options = parser.parse_args()
    kept = {record["id"]: record for record in read_labels(options.output)} if options.add else {}
    records, problems = [], []
    for row, text in read_documents(options.corpora):
        path = options.lines / f"{row['id']}.jsonl"
        if not path.exists() and row["id"] in kept:
            records.append(kept[row["id"]])
            continue
        if not path.exists():
            problems += [] if options.partial else [f"{row['id']}: no lines"]
            continue
        record, wrong = record_of(row, text, path.read_text(encoding="utf-8").splitlines())
        problems += [f"{row['id']}: {problem}" for problem in wrong]
        records.append(record)
    if problems:
        sys.exit("\n".join(problems))
    write_records(records, options.output)
    print(f"{len(records)} articles, {sum(len(record['quotes']) for record in records)} quotes -> {options.output}")


if __name__ == "__main__":
    main()
