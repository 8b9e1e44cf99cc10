"""Join the stand-off stance labels with the corpora they point into.

    python -m training.stance.data CORPORA_DIR OUT_DIR

writes a datasets.DatasetDict (train, dev, test) and prints Markdown tables: the quotes by split and source, with the
source's licence, and what was left out as a copy.

CORPORA_DIR is the folder that holds ``stance/candidates.jsonl`` and ``stance/docs_*.jsonl``. The split is by
document, so that no article stands on both sides: a hash of the document's path puts it into test (15%), dev (15%) or
train. Wire copy crosses that line, so dev and test go without what stands in a quote of train, word for word or
nearly (:func:`copies`), dev also without what stands in test, and each keeps one of every text. Where an item was
labelled more than once, the adjudicated label counts, else the first pass.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from datasets import Dataset, DatasetDict

from quotestance.evaluation.metrics.classification import Numbers, numbered
from quotestance.stance.utterance import sentence_before
from quotestance.types import STANCES
from training.cards import table

LABELS = Path(__file__).parent / "labels"
PAIRS = Path(__file__).parent / "pairs.jsonl"
WRITTEN = Path(__file__).parent / "written.jsonl"
TRIPLES = Path(__file__).parent / "triples.jsonl"
DOCUMENTS = ("docs_us_leaders", "docs_fakes", "docs_ukr_news", "docs_web2016_conflict")
SPLITS = ("train", "dev", "test")
RUN = 8
"""Words of the runs by which copies are found."""

COPIED = 0.8
"""Share of a quote's runs that stand in a text which holds a copy of it."""

Row = dict[str, Any]
Place = tuple[str, str, int, int]
"""Repository, path, start and end of a labelled quote."""


@dataclass(frozen=True, slots=True)
class Item:
    """One labelled quote with the text around it.

    Args:
        source, path: Repository and path of the document.
        start, end: Where the quote stands in the document, in characters.
        text: The quote.
        before: Up to 300 characters before it; empty where only the candidate's text is at hand.
        label: ``escalatory``, ``de-escalatory`` or ``neutral``, by the reading that decides: the adjudicated one,
            else the first.
        conditional: The move hangs on a condition, by the reading that decides (as are the next four).
        mixed: Moves in both directions are present. None in a starter label, which lacks the flag.
        conflict: A dispute between states or armed parties is at issue. None in a starter label.
        confidence: ``high``, ``medium`` or ``low``, as the annotator put it. None in a starter label.
        note: Why the adjudicator decided so; empty where nobody adjudicated.
        hard_case: Code of the codebook's section 7, by the first reading that has one, the deciding one before others.
        annotators: Who read the quote, the deciding reading first.
        labels: What each of them answered, in the same order: a label, or ``unusable``.
        split: ``train``, ``dev`` or ``test``.
    """

    source: str
    path: str
    start: int
    end: int
    text: str
    before: str
    label: str
    conditional: bool
    mixed: bool | None
    conflict: bool | None
    confidence: str | None
    note: str
    hard_case: str
    annotators: tuple[str, ...]
    labels: tuple[str, ...]
    split: str


def split_of(source: str, path: str) -> str:
    """``train`` | ``dev`` | ``test``, decided by the document."""
    share = int(hashlib.sha256(f"{source}/{path}".encode()).hexdigest(), 16) % 100
    return "test" if share < 15 else "dev" if share < 30 else "train"


def read_jsonl(path: Path) -> Iterator[Row]:
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


def licences(corpora: Path) -> dict[str, str]:
    """Licence of every repository, as the rows of the corpora state it."""
    return {
        row.get("repo") or row["source_repo"]: row["licence"]
        for name in (*DOCUMENTS, "candidates")
        for row in read_jsonl(corpora / "stance" / f"{name}.jsonl")
    }


def place(row: Row) -> Place:
    """Where a labelled quote stands."""
    return row["source_repo"], row["source_path"], row["char_start"], row["char_end"]


def answer(row: Row) -> str:
    """The label, or that there is nothing to label."""
    return str(row["label"]) if row["usable"] else "unusable"


def load_items(corpora: Path) -> list[Item]:
    """Every usable labelled quote, each once, and none in dev or test that is a copy."""
    return without_copies(usable_items(corpora))


def usable_items(corpora: Path) -> list[Item]:
    """Every usable labelled quote, each once, copies in other documents among them."""
    documents, candidates = texts(corpora)
    grouped: dict[Place, list[Row]] = {}
    for file in sorted(LABELS.glob("*.jsonl")):
        for row in read_jsonl(file):
            grouped.setdefault(place(row), []).append(row)
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
                mixed=best.get("mixed"),
                conflict=best.get("conflict"),
                confidence=best.get("confidence"),
                note=best.get("note", ""),
                hard_case=next((row["hard_case"] for row in rows if row.get("hard_case")), "none"),
                annotators=tuple(row["annotator"] for row in rows),
                labels=tuple(answer(row) for row in rows),
                split=split_of(source, path),
            )
        )
    return items


def without_copies(items: list[Item]) -> list[Item]:
    """Items without those of dev and test that stand elsewhere too; see the top of this file."""
    train, dev, test = ([item for item in items if item.split == name] for name in SPLITS)
    test = one_each(unlike(test, train))
    dev = one_each(unlike(dev, train + test))
    return train + dev + test


def unlike(items: list[Item], others: list[Item]) -> list[Item]:
    """Items of which no copy stands in one of the others."""
    found = {quote for quote, _ in copies((i.text for i in items), (o.text for o in others))}
    return [item for number, item in enumerate(items) if number not in found]


def one_each(items: list[Item]) -> list[Item]:
    """The first item of each text."""
    firsts = {words_of(item.text): item for item in reversed(items)}
    return [item for item in items if firsts[words_of(item.text)] is item]


def copies(quotes: Iterable[str], texts: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Numbers ``(quote, text)`` wherever a text holds a copy of a quote.

    It holds one if COPIED of the quote's runs of RUN words stand in it, or, of a quote with fewer words, all words in
    one piece. An index of the runs keeps the time linear in the words of both.
    """
    sizes: set[int] = set()
    lengths: list[int] = []
    index: defaultdict[str, list[int]] = defaultdict(list)
    for number, quote in enumerate(quotes):
        words = words_of(quote).split()
        size = min(RUN, len(words))
        found = runs(words, size)
        sizes.add(size)
        lengths.append(len(found))
        for run in found:
            index[run].append(number)
    for number, text in enumerate(texts):
        words = words_of(text).split()
        shared = Counter(quote for size in sizes for run in runs(words, size) for quote in index.get(run, ()))
        yield from ((quote, number) for quote, count in shared.items() if count >= COPIED * lengths[quote])


def runs(words: list[str], size: int) -> set[str]:
    """Every run of so many words."""
    return {" ".join(words[k : k + size]) for k in range(len(words) - size + 1)} if size else set()


def load_pairs(path: Path = PAIRS) -> list[Row]:
    """Our own minimal pairs; every fifth block of ten has the ``split`` pairs (held out), the others train."""
    return [{**row, "split": "pairs" if row["pair"] // 10 % 5 == 0 else "train"} for row in read_jsonl(path)]


def load_written() -> list[Row]:
    """Life-like quotes that were written for this project; all are for training."""
    return [{**row, "split": "train"} for row in read_jsonl(WRITTEN)]


def load_triples(path: Path = TRIPLES) -> list[Row]:
    """Our own quotes in threes; their ``split`` is train or held."""
    return [{"split": "train", **row} for row in read_jsonl(path)]


def our_quotes() -> list[Row]:
    """Quotes of our own writing that stand by themselves or after a sentence, for training and held out."""
    return [*load_pairs(), *load_written(), *load_triples()]


def words_of(text: str) -> str:
    """A text as the copies of a wire story share it: its words in lower case."""
    return " ".join(re.findall(r"\w+", text.lower()))


def project_rows(corpora: Path) -> list[Row]:
    """The project's labels, joined with their corpora, and the quotes that were written for it."""
    rows: list[Row] = [
        {
            **{"text": item.text, "label": item.label, "conditional": item.conditional, "split": item.split},
            "context": sentence_before(item.before, len(item.before)),
            "source": item.source,
            "is_common": item.label == "neutral",
        }
        for item in load_items(corpora)
    ]
    return rows + our_quotes()


def gold_of(rows: Sequence[Row]) -> Numbers:
    """Labels as indices into STANCES."""
    return numbered([row["label"] for row in rows], STANCES)


def bare(rows: Sequence[Row]) -> list[Row]:
    """The rows without what stands before."""
    return [{**row, "context": ""} for row in rows]


def counts(items: list[Item]) -> list[int]:
    """How many items each split has."""
    return [sum(item.split == name for item in items) for name in SPLITS]


def sources(items: list[Item], licence: dict[str, str]) -> str:
    """Table of the sources, the largest first."""
    names = [name for name, _ in Counter(item.source for item in items).most_common()]
    lines = [(name, licence[name], *counts([i for i in items if i.source == name])) for name in names]
    return table(("source", "licence as stated there", *SPLITS), *lines, ("all", "", *counts(items)))


def main() -> None:
    """Write the joined data as a DatasetDict, and print what it holds."""
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    corpora = Path(sys.argv[1])
    usable = usable_items(corpora)
    items = without_copies(usable)
    features = Dataset.from_list([asdict(item) for item in items]).features  # of all, so that the splits' types agree
    splits = {name: [asdict(item) for item in items if item.split == name] for name in SPLITS}
    data = {name: Dataset.from_list(rows, features=features) for name, rows in splits.items()}
    DatasetDict(data).save_to_disk(sys.argv[2])

    print(sources(items, licences(corpora)))
    steps = (("usable", usable), ("without copies", items))
    print(table(("quotes", *SPLITS), *((name, *counts(found)) for name, found in steps)))


if __name__ == "__main__":
    main()
