"""Join the stand-off stance labels with the corpora they point into.

    python training/stance/data.py CORPORA_DIR OUT_DIR     writes a datasets.DatasetDict (train, dev, test)

CORPORA_DIR is the folder that holds ``stance/candidates.jsonl`` and ``stance/docs_*.jsonl``. The split is by
document, so that no article stands on both sides: a hash of the document's path puts it into test (15%), dev (15%) or
train; wire copy that stands in train too, word for word, is left out of dev and test. Where an item was labelled more
than once, the adjudicated label counts, else the first pass.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LABELS = Path(__file__).parent / "labels"
PAIRS = Path(__file__).parent / "pairs.jsonl"
WRITTEN = Path(__file__).parent / "written.jsonl"
DOCUMENTS = ("docs_us_leaders", "docs_fakes", "docs_ukr_news", "docs_web2016_conflict")


@dataclass(frozen=True, slots=True)
class Item:
    """One labelled quote with the text around it."""

    source: str
    path: str
    start: int
    end: int
    text: str
    before: str
    label: str
    conditional: bool
    hard_case: str
    annotators: tuple[str, ...]
    passes: tuple[str, ...]

    split: str


def split_of(source: str, path: str) -> str:
    """``train`` | ``dev`` | ``test``, decided by the document."""
    share = int(hashlib.sha256(f"{source}/{path}".encode()).hexdigest(), 16) % 100
    return "test" if share < 15 else "dev" if share < 30 else "train"


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """Records of a JSONL file."""
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def texts(corpora: Path) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str, int], str]]:
    """Document texts by (repository, path), and candidate texts by (repository, path, start)."""
    documents = {
        (row["repo"], row["path"]): row["text"]
        for name in DOCUMENTS
        for row in read_jsonl(corpora / "stance" / f"{name}.jsonl")
    }
    candidates = {
        (row["source_repo"], row["source_path"], row["char_start"]): row["text"]
        for row in read_jsonl(corpora / "stance" / "candidates.jsonl")
    }
    return documents, candidates


def load_items(corpora: Path, labels: Path = LABELS) -> list[Item]:
    """Every usable labelled quote, each once."""
    documents, candidates = texts(corpora)
    grouped: dict[tuple[str, str, int, int], list[dict[str, Any]]] = {}
    for file in sorted(labels.glob("*.jsonl")):
        for row in read_jsonl(file):
            key = (row["source_repo"], row["source_path"], row["char_start"], row["char_end"])
            grouped.setdefault(key, []).append(row)
    items = []
    for (source, path, start, end), rows in sorted(grouped.items()):
        rows.sort(key=lambda row: (row["annotator"] != "adjudicated", row["pass"]))
        best = rows[0]
        if not best["usable"]:
            continue
        document = documents.get((source, path))
        text = document[start:end] if document else candidates[source, path, start]
        before = document[max(0, start - 300) : start] if document else ""
        items.append(
            Item(
                *(source, path, start, end, text, before),
                label=best["label"],
                conditional=best["conditional"],
                hard_case=next((row["hard_case"] for row in rows if row.get("hard_case")), "none"),
                annotators=tuple(row["annotator"] for row in rows),
                passes=tuple(row["label"] for row in rows),
                split=split_of(source, path),
            )
        )
    learned = {words_of(item.text) for item in items if item.split == "train"}
    return [item for item in items if item.split == "train" or words_of(item.text) not in learned]


def load_pairs(path: Path = PAIRS) -> list[dict[str, Any]]:
    """Our own minimal pairs; every fifth block of ten has the ``split`` pairs (held out), the others train."""
    return [{**row, "split": "pairs" if row["pair"] // 10 % 5 == 0 else "train"} for row in read_jsonl(path)]


def load_written(path: Path = WRITTEN) -> list[dict[str, Any]]:
    """Life-like quotes that were written for this project; all are for training."""
    return [{**row, "split": "train"} for row in read_jsonl(path)]


def words_of(text: str) -> str:
    """A text as the copies of a wire story share it: its words in lower case."""
    return " ".join(re.findall(r"\w+", text.lower()))


def main() -> None:
    """Write the joined data as a DatasetDict."""
    from dataclasses import asdict

    from datasets import Dataset, DatasetDict

    items = load_items(Path(sys.argv[1]))
    splits = {name: [asdict(i) for i in items if i.split == name] for name in ("train", "dev", "test")}
    DatasetDict({name: Dataset.from_list(rows) for name, rows in splits.items()}).save_to_disk(sys.argv[2])
    print({name: len(rows) for name, rows in splits.items()})


if __name__ == "__main__":
    main()
