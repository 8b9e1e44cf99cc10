"""Articles become a table: the documented columns, in every format, whatever the text holds."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotestance import Article, Quote, Span, Speaker, Stance
from quotestance.errors import FormatError
from quotestance.io.table import (
    ARTICLE_COLUMNS,
    COLUMNS,
    article_row,
    rows,
    to_csv,
    to_dataframe,
    to_dataset,
    to_jsonl,
    to_parquet,
    write_rows,
)

NAMES = [
    *("article_id", "title", "published", "url", "quote", "kind", "text", "start", "end", "cue", "source"),
    *("speaker_name", "speaker_kind", "speaker_role", "speaker_affiliation", "speaker_country", "speaker_description"),
    *(
        "speaker_confidence",
        "speaker_id",
        "stance",
        "p_escalatory",
        "p_de_escalatory",
        "p_neutral",
        "conditional",
        "confidence",
        "via",
    ),
]


def article(content: str = "We will talk,", name: str = "a.txt") -> Article:
    """Build an article whose one quote has every field."""
    text = f'{content}" Liu told Reuters.'
    at = len(content) + 2
    quote = Quote(
        "direct",
        (Span.of(text, 0, len(content)),),
        cue=Span.of(text, at + 4, at + 8),
        source=Span.of(text, at, at + 3),
        via=Span.of(text, at + 9, at + 16),
        speaker=Speaker(
            "Liu Pengyu", "person", "spokesperson", "the embassy", "CHN", "he", confidence=0.5, id="liu-pengyu"
        ),
        stance=Stance({"neutral": 0.25, "de-escalatory": 0.5, "escalatory": 0.25}, conditional=0.125),
        confidence=0.75,
    )
    return Article(text, id=name, title="Talks", published="2024-11-02", url="https://x.org", quotes=(quote,))


def bare_article() -> Article:
    text = "Liu said no."
    return Article(text, id="b.txt", quotes=(Quote("indirect", (Span.of(text, 9, 11),)),))


FULL_ROW: dict[str, Any] = {
    "article_id": "a.txt",
    "title": "Talks",
    "published": "2024-11-02",
    "url": "https://x.org",
    "quote": 0,
    "kind": "direct",
    "text": "We will talk,",
    "start": 0,
    "end": 13,
    "cue": "told",
    "source": "Liu",
    "speaker_name": "Liu Pengyu",
    "speaker_kind": "person",
    "speaker_role": "spokesperson",
    "speaker_affiliation": "the embassy",
    "speaker_country": "CHN",
    "speaker_description": "he",
    "speaker_confidence": 0.5,
    "speaker_id": "liu-pengyu",
    "stance": "de-escalatory",
    "p_escalatory": 0.25,
    "p_de_escalatory": 0.5,
    "p_neutral": 0.25,
    "conditional": 0.125,
    "confidence": 0.75,
    "via": "Reuters",
}


def test_table_columns_are_the_documented_ones() -> None:
    assert [column.name for column in COLUMNS] == NAMES
    assert all(column.meaning for column in COLUMNS + ARTICLE_COLUMNS)
    assert {column.name for column in COLUMNS if column.dtype == "Int64"} == {"quote", "start", "end"}
    assert {column.name for column in COLUMNS if column.dtype == "Float64"} == {
        *("speaker_confidence", "p_escalatory", "p_de_escalatory", "p_neutral", "conditional", "confidence"),
    }


def test_table_has_a_row_for_every_quote() -> None:
    full, bare = rows([article(), Article("No quotes."), bare_article()])
    assert full == FULL_ROW
    assert list(bare) == NAMES
    assert {name: value for name, value in bare.items() if value is not None} == {
        **{"article_id": "b.txt", "quote": 0, "kind": "indirect", "text": "no", "start": 9, "end": 11},
    }


def test_table_joins_the_pieces_of_an_interrupted_quote() -> None:
    text = '"A," Lu said. "B."'
    quote = Quote("direct", (Span.of(text, 1, 3), Span.of(text, 15, 17)))
    [row] = rows([Article(text, quotes=(quote,))])
    assert (row["text"], row["start"], row["end"]) == ("A, B.", 1, 17)


def test_table_names_the_members_of_a_group() -> None:
    quote = Quote("indirect", (Span(0, 2, "No"),), speaker=Speaker(None, "group", members=("Ann Lee", "Bo Yi")))
    [row] = rows([Article("No", quotes=(quote,))])
    assert (row["speaker_name"], row["speaker_kind"]) == ("Ann Lee; Bo Yi", "group")


def test_table_of_articles_tells_what_became_of_one() -> None:
    failed = Article("", id="bad.txt", error="bad.txt: not text \ud800", meta={"outlet": ["no", "text"]})
    row = article_row(failed, file="bad.txt", state="failed", why=failed.error, characters=None)
    assert list(row) == [column.name for column in ARTICLE_COLUMNS]
    assert {name: value for name, value in row.items() if value is not None} == {
        "article_id": "bad.txt",
        "file": "bad.txt",
        "state": "failed",
        "why": "bad.txt: not text \ufffd",
    }
    assert list(rows([failed])) == []


@pytest.mark.parametrize("articles", [[], [bare_article()], [article(), bare_article()]])
def test_table_dataframe_keeps_its_types(articles: list[Article]) -> None:
    frame = to_dataframe(articles)
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {c.name: c.dtype for c in COLUMNS}
    assert len(frame) == len(articles)
    assert frame.astype(object).where(frame.notna(), None).to_dict("records") == list(rows(articles))


@pytest.mark.parametrize("articles", [[], [article(), bare_article()]])
def test_table_dataset_keeps_its_types(articles: list[Article]) -> None:
    dataset = to_dataset(articles)
    assert dataset.column_names == NAMES
    assert dataset.features["start"].dtype == "int64"
    assert dataset.features["p_neutral"].dtype == "float64"
    assert dataset.to_list() == list(rows(articles))


def test_table_parquet_keeps_types_and_meanings(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    assert to_parquet([], tmp_path / "empty.parquet") == 0
    assert to_parquet([article(), bare_article()], tmp_path / "a.parquet") == 2
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.schema.equals(pq.read_schema(tmp_path / "empty.parquet"))
    assert table.to_pylist() == list(rows([article(), bare_article()]))
    assert table.schema.field("via").metadata == {b"meaning": COLUMNS[-1].meaning.encode()}


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_table_csv_can_be_read_by_pandas(tmp_path: Path) -> None:
    import pandas as pd

    assert to_csv([article('He said "no",\r\nthen\nleft'), bare_article()], tmp_path / "a.csv") == 2
    frame = pd.read_csv(tmp_path / "a.csv", dtype={column.name: column.dtype for column in COLUMNS})
    pd.testing.assert_frame_equal(frame, to_dataframe([article('He said "no",\r\nthen\nleft'), bare_article()]))


@pytest.mark.parametrize("content", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"])
def test_table_csv_is_lossless_unless_it_is_for_a_spreadsheet(tmp_path: Path, content: str) -> None:
    to_csv([article(content)], tmp_path / "exact.csv")
    assert read_csv(tmp_path / "exact.csv")[0]["text"] == content
    to_csv([article(content)], tmp_path / "safe.csv", spreadsheet=True)
    assert (tmp_path / "safe.csv").read_bytes().startswith(b"\xef\xbb\xbfarticle_id,")
    assert read_csv(tmp_path / "safe.csv")[0]["text"] == "'" + content


def test_table_format_is_told_by_the_suffix(tmp_path: Path) -> None:
    assert write_rows(rows([article()]), tmp_path / "a.JSONL") == 1
    assert json.loads((tmp_path / "a.JSONL").read_text()) == FULL_ROW
    with pytest.raises(FormatError, match=r"suffix '\.xlsx'\. Available: \.parquet, \.csv, \.jsonl"):
        write_rows([], tmp_path / "a.xlsx")


def test_table_leaves_nothing_when_writing_fails(tmp_path: Path) -> None:
    def failing() -> Any:
        yield article()
        raise RuntimeError

    for write, name in ((to_csv, "a.csv"), (to_jsonl, "a.jsonl"), (to_parquet, "a.parquet")):
        with pytest.raises(RuntimeError):
            write(failing(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@given(st.text(st.characters(), min_size=1, max_size=40), st.text(st.characters(), max_size=9))
def test_table_survives_any_text_in_every_format(content: str, name: str) -> None:
    articles = [article(content, name), article(name=name)]
    expected = list(rows(articles))
    with TemporaryDirectory() as folder:
        for write, file in ((to_csv, "a.csv"), (to_jsonl, "a.jsonl"), (to_parquet, "a.parquet")):
            assert write(articles, Path(folder, file)) == 2
        import pyarrow.parquet as pq

        assert pq.read_table(Path(folder, "a.parquet")).to_pylist() == expected
        lines = Path(folder, "a.jsonl").read_bytes().decode().split("\n")
        assert [json.loads(line) for line in lines[:-1]] == expected
        assert [(row["text"], row["article_id"]) for row in read_csv(Path(folder, "a.csv"))] == [
            (row["text"], row["article_id"]) for row in expected
        ]
    assert all(len(row["text"]) == row["end"] - row["start"] for row in expected)


def test_table_imports_nothing_heavy() -> None:
    heavy = "'pandas', 'pyarrow', 'datasets', 'torch', 'transformers'"
    code = f"import sys, quotestance.io.batch; print([name for name in ({heavy}) if name in sys.modules])"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert output.stdout.strip() == "[]"
