"""A user's own labels, from a CSV or JSONL file that is checked row by row; train.py says what its columns hold."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from quotestance.types import STANCES
from training.fitting import SEED, log
from training.stance.data import Row

DEV_SHARE = 0.2
"""Share of the rows without a split that become dev."""

TRUTHS = {"true": True, "yes": True, "1": True, "1.0": True, "false": False, "no": False, "0": False, "0.0": False}
"""What may stand in the column ``conditional``, in lower case."""

ROWS_NAMED = 10
"""Rows that a message names."""


def records_of(path: Path) -> Iterator[Any]:
    """Records of a CSV or JSONL file."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        if path.suffix.lower() == ".csv":
            yield from csv.DictReader(lines, strict=True)
        else:
            yield from (json.loads(line) for line in lines if line.strip())


def filled(record: Row) -> Row:
    """A record without its blank cells."""
    return {name: cell for name, cell in record.items() if cell is not None and cell == cell and str(cell).strip()}


def refuse(path: Path, numbers: list[int], problem: str) -> None:
    """Stop where rows have a problem."""
    if numbers:
        more = f" and {len(numbers) - ROWS_NAMED} more" if len(numbers) > ROWS_NAMED else ""
        raise SystemExit(f"{path} has {problem} in row(s) {', '.join(map(str, numbers[:ROWS_NAMED]))}{more}.")


def own_records(path: Path) -> dict[int, Row]:
    """Records of a user's file by their number, without blank cells; each column that is needed is there."""
    records: list[Any] = []
    try:
        for record in records_of(path):
            records.append(record)
    except (OSError, ValueError, csv.Error) as error:
        raise SystemExit(f"{path} cannot be read after row {len(records)}: {error}") from error
    if not records:
        raise SystemExit(f"{path} has no rows.")
    refuse(path, [i for i, row in enumerate(records, 1) if not isinstance(row, dict)], "no object with columns")
    refuse(path, [i for i, row in enumerate(records, 1) if None in row], "more cells than columns")
    missing = {"text", "label"}.difference(*records)
    if missing:
        raise SystemExit(f"{path} lacks the column(s) {', '.join(sorted(missing))}.")
    return {number: filled(record) for number, record in enumerate(records, 1)}


def own_rows(path: Path) -> list[Row]:
    """A user's own labels of train and dev."""
    records = own_records(path)
    splits = {number: str(record.get("split", "")).strip().lower() for number, record in records.items()}
    others = {number: split for number, split in splits.items() if split not in ("train", "dev", "")}
    if others:
        log.info("%s: %d row(s) of the split(s) %s ignored", path, len(others), ", ".join(sorted(set(others.values()))))
    read = {number: record for number, record in records.items() if number not in others}
    check(path, read)
    truths = truths_of(path, read)
    rows = [
        {
            **{"text": record["text"], "label": record["label"], "context": record.get("context", "")},
            **{"conditional": truths[number], "split": splits[number]},
        }
        for number, record in read.items()
    ]
    draw_dev(rows)
    check_splits(path, rows, others=len(others))
    return rows


def check(path: Path, records: Mapping[int, Row]) -> None:
    """Stop where a row has no text, a context that is none, or an unknown label."""
    refuse(path, [i for i, row in records.items() if not isinstance(row.get("text"), str)], "no text")
    no_context = [i for i, row in records.items() if not isinstance(row.get("context", ""), str)]
    refuse(path, no_context, "a context of no text")
    unknown = {number: str(row.get("label", "")) for number, row in records.items() if row.get("label") not in STANCES}
    refuse(path, list(unknown), f"the unknown label(s) {sorted(set(unknown.values()))} (allowed: {', '.join(STANCES)})")


def truths_of(path: Path, records: Mapping[int, Row]) -> dict[int, bool]:
    """Whether each row is conditional."""
    words = {number: str(row.get("conditional", False)).strip().lower() for number, row in records.items()}
    doubtful = {number: word for number, word in words.items() if word not in TRUTHS}
    values = sorted(set(doubtful.values()))
    refuse(path, list(doubtful), f"{values} as conditional (allowed: true, yes, 1, false, no, 0, blank)")
    return {number: TRUTHS[word] for number, word in words.items()}


def check_splits(path: Path, rows: list[Row], *, others: int) -> None:
    """Stop where train or dev lacks a label."""
    for split in ("train", "dev"):
        lacking = set(STANCES).difference(row["label"] for row in rows if row["split"] == split)
        if lacking:
            raise SystemExit(
                f"{path} has for {split} no row that is {' or '.join(sorted(lacking))}; each needs every label. "
                f"It has {len(rows)} row(s) for the two and {others} of other splits."
            )


def draw_dev(rows: list[Row]) -> None:
    """Give every row with a blank ``split`` one, label by label, so that dev and train have each label if they can."""
    dice = random.Random(SEED)
    for label in STANCES:
        given = {row["split"] for row in rows if row["label"] == label}
        blank = [row for row in rows if row["label"] == label and not row["split"]]
        dice.shuffle(blank)
        least, most = int("dev" not in given), len(blank) - int("train" not in given)
        dev = min(max(round(DEV_SHARE * len(blank)), least), most)
        for place, row in enumerate(blank):
            row["split"] = "dev" if place < dev else "train"
