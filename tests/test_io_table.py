"""Articles become a table: the documented columns, in every format, whatever the text holds."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotestance import Article, Quote, Span, Speaker, Stance, evaluate, link_speakers, write_articles
from quotestance.annotation import export_articles
from quotestance.errors import FormatError
from quotestance.io.records import own_csv_records
from quotestance.io.saving import check_writable
from quotestance.io.table import (
    ARTICLE_COLUMNS,
    COLUMNS,
    article_row,
    has_columns,
    outlet_of,
    page_name,
    rows,
    to_csv,
    to_dataframe,
    to_dataset,
    to_jsonl,
    to_parquet,
    to_xlsx,
    write_rows,
)
from quotestance.io.writers import column_names, row_count

NAMES = [
    *("article_id", "title", "published", "date", "url", "outlet", "meta", "quote", "link", "report_link"),
    *("kind", "text", "start", "end", "nested_in", "context", "cue", "source"),
    *("speaker_name", "speaker_kind", "speaker_role", "speaker_affiliation", "speaker_country", "speaker_description"),
    *(
        "speaker_confidence",
        "speaker_id",
        "speaker_country_words",
        "speaker_role_start",
        "speaker_role_end",
        "speaker_affiliation_start",
        "speaker_affiliation_end",
        "speaker_country_start",
        "speaker_country_end",
        "stance",
        "p_escalatory",
        "p_de_escalatory",
        "p_neutral",
        "conditional",
        "confidence",
        "via",
    ),
]


needs_excel = pytest.mark.skipif(
    not (find_spec("xlsxwriter") and find_spec("openpyxl")), reason="needs xlsxwriter and openpyxl: pip install them"
)


def article(content: str = "We will talk,", name: str = "a.txt") -> Article:
    """Build an article whose one quote has every field."""
    text = f'{content}" Liu told Reuters. Chinese spokesperson'
    at = len(content) + 2
    quote = Quote(
        "direct",
        (Span.of(text, 0, len(content)),),
        cue=Span.of(text, at + 4, at + 8),
        source=Span.of(text, at, at + 3),
        via=Span.of(text, at + 9, at + 16),
        speaker=Speaker(
            *("Liu Pengyu", "person", "spokesperson", "the embassy", "CHN", "he"),
            confidence=0.5,
            evidence={"role": Span.of(text, at + 26, at + 38), "country": Span.of(text, at + 18, at + 25)},
            id="liu-pengyu",
        ),
        stance=Stance({"neutral": 0.25, "de-escalatory": 0.5, "escalatory": 0.25}, conditional=0.125),
        confidence=0.75,
    )
    meta = {"Publication": "The Post", "section": "World", "tags": ["a", 1], "html": "x" * 5_000, "none": None}
    given = {"title": "Talks", "published": "2 November 2024", "url": "https://x.org"}
    return Article(text, id=name, meta=meta, quotes=(quote,), **given)


def bare_article() -> Article:
    text = "Liu said no."
    return Article(text, id="b.txt", quotes=(Quote("indirect", (Span.of(text, 9, 11),)),))


FULL_ROW: dict[str, Any] = {
    "article_id": "a.txt",
    "title": "Talks",
    "published": "2 November 2024",
    "date": "2024-11-02",
    "url": "https://x.org",
    "outlet": "The Post",
    "meta": '{"section": "World", "tags": ["a", 1], "left_out": 1}',
    "quote": 0,
    "link": "a.txt#0",
    "report_link": "articles/18b7cb099a9ea3f5.html#q1",
    "kind": "direct",
    "text": "We will talk,",
    "start": 0,
    "end": 13,
    "nested_in": None,
    "context": 'We will talk," Liu told Reuters.',
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
    "speaker_country_words": "Chinese",
    "speaker_role_start": 41,
    "speaker_role_end": 53,
    "speaker_affiliation_start": None,
    "speaker_affiliation_end": None,
    "speaker_country_start": 33,
    "speaker_country_end": 40,
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
    assert {column.name for column in COLUMNS if column.dtype == "Int64"} == {
        *("quote", "start", "end", "nested_in"),
        *(name for name in NAMES if name.startswith("speaker_") and name.endswith(("_start", "_end"))),
    }
    assert {column.name for column in COLUMNS if column.dtype == "Float64"} == {
        *("speaker_confidence", "p_escalatory", "p_de_escalatory", "p_neutral", "conditional", "confidence"),
    }


def test_table_has_a_row_for_every_quote() -> None:
    full, bare = rows([article(), Article("No quotes."), bare_article()])
    assert full == FULL_ROW
    assert list(bare) == NAMES
    assert {name: value for name, value in bare.items() if value is not None} == {
        **{"article_id": "b.txt", "quote": 0, "kind": "indirect", "text": "no", "start": 9, "end": 11},
        **{"link": "b.txt#9", "report_link": f"articles/{page_name('b.txt')}.html#q1", "context": "Liu said no."},
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
        "meta": '{"outlet": ["no", "text"]}',
    }
    assert list(rows([failed])) == []


@pytest.mark.parametrize("published", ["0001-01-01T00:00:00Z", "0001-01-01 00:00:00", "1/1/0001", "9999-12-31"])
def test_table_has_no_date_where_a_system_writes_that_there_is_none(published: str) -> None:
    assert article_row(Article("No.", published=published))["date"] is None
    assert article_row(Article("No.", published="1848-03-01"))["date"] == "1848-03-01"


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


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("content", FORMULAS)
def test_table_csv_is_lossless_unless_it_is_for_a_spreadsheet(tmp_path: Path, content: str) -> None:
    to_csv([article(content)], tmp_path / "exact.csv")
    assert read_csv(tmp_path / "exact.csv")[0]["text"] == content
    to_csv([article(content)], tmp_path / "safe.csv", spreadsheet=True)
    assert (tmp_path / "safe.csv").read_bytes().startswith(b"\xef\xbb\xbfarticle_id,")
    assert read_csv(tmp_path / "safe.csv")[0]["text"] == "'" + content


@pytest.mark.parametrize("content", [*FORMULAS, "'=1+1", "''-1", "'", "'Tis so", "so"])
def test_table_csv_for_a_spreadsheet_is_read_back_as_it_was(tmp_path: Path, content: str) -> None:
    for spreadsheet in (True, False):
        to_csv([article(content)], tmp_path / "a.csv", spreadsheet=spreadsheet)
        [record] = own_csv_records(tmp_path / "a.csv", "text", advice="")
        assert record.content["text"] == content


@needs_excel
def test_table_excel_holds_text_as_text(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    contents = [
        *FORMULAS,
        "https://x.org",
        "mailto:a@x.org",
        "12",
        "_x0041_",
        "\x00\x1b[31m",
        "\ufffe\uffff",
        "<b>&",
        "Łódź 😀",
    ]
    articles = [article(content, str(number)) for number, content in enumerate(contents)]
    assert to_xlsx(articles, tmp_path / "a.xlsx") == len(contents)
    sheet = load_workbook(tmp_path / "a.xlsx").worksheets[0]
    names = [cell.value for cell in sheet[1]]
    assert names == NAMES
    column = [row[names.index("text")] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in column} == {"s"}
    assert not any(cell.hyperlink for row in sheet.iter_rows() for cell in row)
    read = [unescape_excel(str(cell.value)) for cell in column]
    assert read == [content.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd") for content in contents]
    numbers = [row[names.index("p_neutral")].value for row in sheet.iter_rows(min_row=2)]
    assert numbers == [0.25] * len(contents)


def unescape_excel(text: str) -> str:
    return re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), text)


@needs_excel
def test_table_excel_is_the_same_again_and_says_what_it_cuts(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        to_xlsx([article("x" * 40_000)], tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert "2 cells were cut after 32767 characters" in caplog.text


@needs_excel
def test_table_excel_refuses_more_than_a_sheet_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quotestance.io.writers._MOST_EXCEL_ROWS", 3)
    assert to_xlsx([article(), article()], tmp_path / "a.xlsx") == 2
    with pytest.raises(FormatError, match=r"holds 2 rows. Write \.parquet or \.csv"):
        to_xlsx([article()] * 3, tmp_path / "b.xlsx")
    assert not (tmp_path / "b.xlsx").exists()


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", pytest.param("a.xlsx", marks=needs_excel)])
def test_table_knows_its_own_columns_again(tmp_path: Path, name: str) -> None:
    write_rows(rows([article()]), tmp_path / name)
    assert has_columns(tmp_path / name, COLUMNS)
    assert not has_columns(tmp_path / name, ARTICLE_COLUMNS)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:20])
    assert not has_columns(tmp_path / name, COLUMNS)


def test_table_context_is_the_sentence_and_of_a_giant_one_what_is_near() -> None:
    text = "Rain fell. “No,” Liu said. Then he left."
    [row] = rows([Article(text, quotes=(Quote("direct", (Span.of(text, 12, 15),)),))])
    assert row["context"] == "“No,” Liu said."
    giant = "word " * 2_000
    [row] = rows([Article(giant, quotes=(Quote("indirect", (Span.of(giant, 5_000, 5_004),)),))])
    assert row["context"] == giant[4_700:5_304]


def test_table_further_fields_stay_short_whatever_they_hold() -> None:
    circle: list[Any] = []
    circle.append(circle)
    meta = {"nan": float("nan"), "circle": circle, 3: {1: b"x"}, "inner": [float("inf")]} | dict.fromkeys(
        map(str, range(4, 9_999)), "x" * 90
    )
    found = article_row(Article("x", meta=meta))["meta"]
    assert len(found) < 11_000
    read = json.loads(found)
    assert read["circle"] == "list that JSON cannot hold"
    assert read["3"] == {"1": "b'x'"}
    assert "nan" not in read
    assert read["left_out"] + len(read) - 1 == len(meta) - 1


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (pd.NA, None),
        (pd.NaT, None),
        (float("nan"), None),
        (np.array([1, 2]), "[1 2]"),
        (np.array([]), "[]"),
        (pd.Series([1, 2]), "0    1\n1    2\ndtype: int64"),
    ],
)
def test_table_meta_of_pandas_and_numpy_costs_no_row(value: Any, told: str | None) -> None:
    article = Article("Yes.", meta={"x": value, "y": 1}, quotes=(Quote("indirect", (Span.of("Yes.", 0, 3),)),))
    (row,) = rows([article])
    meta = json.loads(str(row["meta"]))
    assert meta["y"] == 1
    assert meta.get("x") == told


@pytest.mark.parametrize(
    ("meta", "outlet"),
    [
        ({"outlet": "A", "source": "B"}, "A"),
        ({"Site-Name": " A "}, "A"),
        ({"source": {"id": "a", "name": "A"}}, "A"),
        ({"publisher": "", "source": 3}, None),
        ({}, None),
    ],
)
def test_table_outlet_is_taken_from_the_usual_fields(meta: dict[str, Any], outlet: str | None) -> None:
    assert outlet_of(meta) == outlet


def test_table_format_is_told_by_the_suffix(tmp_path: Path) -> None:
    assert write_rows(rows([article()]), tmp_path / "a.JSONL") == 1
    assert json.loads((tmp_path / "a.JSONL").read_text()) == FULL_ROW
    with pytest.raises(FormatError, match=r"suffix '\.xls'\. Available: \.parquet, \.csv, \.jsonl, \.xlsx"):
        write_rows([], tmp_path / "a.xls")


def test_table_is_never_written_under_the_suffix_of_another_format(tmp_path: Path) -> None:
    (there := tmp_path / "y.parquet").write_text("of another")
    with pytest.raises(FormatError, match=r"y\.parquet: .* is \.csv\. .* ends in \.csv, or call to_parquet\.$"):
        to_csv([article()], there)
    assert there.read_text() == "of another"
    for write, suffix in ((to_csv, "csv"), (to_jsonl, "jsonl"), (to_parquet, "parquet"), (to_xlsx, "xlsx")):
        with pytest.raises(FormatError, match=rf"y\.xls: .* Name a file that ends in \.{suffix}\.$"):
            write([article()], tmp_path / "y.xls")
    (tmp_path / "Y.CSV").touch(0o600)
    assert to_csv([article()], tmp_path / "Y.CSV") == to_jsonl([article()], tmp_path / "no_suffix") == 1
    assert (tmp_path / "Y.CSV").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("write", "right", "wrong"),
    [
        (to_csv, ("q.txt", "results_v1.2", "a.2024-05-17", "q.csv.tmp"), ("q.tsv", "q.csv.gz", "q.json", "q.pq")),
        (to_jsonl, ("q.ndjson", "q.JSON", "q.txt", "results_v1.2"), ("q.jsonl.zst", "q.csv")),
        (to_parquet, ("q.pq", "results_v1.2", "q.parquet.bak"), ("q.txt", "q.ndjson", "q.zip")),
        (to_xlsx, ("results_v1.2",), ("q.xls", "q.txt")),
    ],
)
def test_table_goes_by_any_name_that_tells_of_no_other_format(
    tmp_path: Path, write: Any, right: tuple[str, ...], wrong: tuple[str, ...]
) -> None:
    for name in right:
        assert write([article()], tmp_path / name) == 1
    for name in wrong:
        with pytest.raises(FormatError, match="what is written is"):
            write([article()], tmp_path / name)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(right)


def test_table_that_is_damaged_has_no_rows(tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter")
    file = tmp_path / "q.xlsx"
    to_xlsx([article(f"He said {number}.") for number in range(300)], file)
    whole = file.read_bytes()
    assert (row_count(file), row_count(file, above=299), row_count(file, above=300)) == (300, 300, 0)
    place = whole.index(b"xl/worksheets/sheet1.xml")
    for at in range(place + 60, place + 2000, 61):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
        assert row_count(file) in range(301)
        column_names(file)


def test_table_never_takes_the_place_of_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    for name in ("pipe", "link"):
        with pytest.raises(FileExistsError, match=r"device or a pipe, and would be replaced\. Name a file"):
            to_csv([article()], tmp_path / name)
        with pytest.raises(FileExistsError, match=f"{name} is a device or a pipe"):
            check_writable(tmp_path / name)
    assert (tmp_path / "pipe").is_fifo()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["link", "pipe"]


def test_table_leaves_nothing_when_writing_fails(tmp_path: Path) -> None:
    def failing() -> Any:
        yield article()
        raise RuntimeError

    for write, name in ((to_csv, "a.csv"), (to_jsonl, "a.jsonl"), (to_parquet, "a.parquet"), (to_xlsx, "a.xlsx")):
        with pytest.raises(RuntimeError):
            write(failing(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "fix"),
    [
        (article(), "give a list, \\[article\\]"),
        (None, "an iterable of Articles, not a NoneType"),
        (["We will talk."], "pipe.stream\\(texts\\)"),
        (pd.DataFrame({"text": ["We will talk."]}), "pipe.stream\\(texts\\)"),
    ],
)
def test_table_of_what_is_no_articles_says_what_to_give(tmp_path: Path, given: Any, fix: str) -> None:
    for make in (to_dataframe, to_dataset, link_speakers):
        with pytest.raises(TypeError, match=fix):
            make(given)
    for write in (to_csv, to_jsonl, to_parquet, to_xlsx, write_articles):
        with pytest.raises(TypeError, match=fix):
            write(given, tmp_path / "a")
    with pytest.raises(TypeError, match=fix):
        export_articles(given, tmp_path / "a", "brat")
    for gold, predicted in ((given, [article()]), ([article()], given)):
        with pytest.raises(TypeError, match=fix):
            evaluate(gold, predicted)
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
