"""What the pages on tables show runs on tables as a run writes them, and the data dictionary is that of the columns."""

from __future__ import annotations

import contextlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from test_io_batch import FakePipe

from quotestance import Article, Quote, Span, score_folder, to_csv, to_jsonl
from quotestance.identities import IDENTITY_COLUMNS
from quotestance.io.columns import ARTICLE_COLUMNS, COLUMNS, data_dictionary

DOCS = Path(__file__).parents[1] / "docs"
PANDAS, DUCKDB, MADE = "Further questions, in pandas", "Further questions, in DuckDB", "How the table was made"
NUMBERS = "Ids that look like numbers"
SNIPPETS = {
    title: code
    for page in ("tables.md", "howto/duckdb_pandas.md")
    for title, code in re.findall(
        r"^## ([^\n]*)\n(?:(?!^## ).)*?```python\n(.*?)```",
        (DOCS / page).read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )
}


class ToldPipe(FakePipe):
    """Tells what it is, as a loaded pipeline does."""

    about = {"models": "attribution-en (0a1b2c3d)", "options": "device cpu"}  # noqa: RUF012


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder with both tables: six articles of two outlets, one of which fails, and a file that is not read."""
    news = tmp_path / "news"
    news.mkdir()
    dates = ("2024-03-01", "5 March 2024", "2023-12-31", "2019", "soon", "2024-04-01")
    records = [
        {"text": "boom" if n == 5 else f"Word{n} said so.", "date": date, "outlet": "AB"[n % 2], "section": "World"}
        for n, date in enumerate(dates)
    ]
    (news / "a.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    (news / "b.pdf").write_bytes(b"%PDF")
    score_folder(news, tmp_path / "quotes.parquet", pipe=ToldPipe(), settings="s", progress=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(title: str) -> tuple[dict[str, Any], str]:
    """Run a snippet; returns its names, and what it printed."""
    known: dict[str, Any] = {"pd": pd, "quotes": pd.read_parquet("quotes.parquet", dtype_backend="numpy_nullable")}
    if title == DUCKDB:
        known["duckdb"] = pytest.importorskip("duckdb")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(SNIPPETS[title], title, "exec"), known)  # noqa: S102  # our own pages
    return known, printed.getvalue()


@pytest.mark.usefixtures("place")
def test_docs_tables_pandas_gives_what_it_says() -> None:
    known, _ = run(PANDAS)
    assert known["per_article"].to_dict() == {f"a.jsonl#{n}": 1 for n in range(1, 6)}
    assert known["by_month"]["size"].to_dict() == {"2023-12": 1, "2024-03": 2}
    assert known["who"].to_numpy().sum() == 5


@pytest.mark.usefixtures("place")
def test_docs_tables_tell_how_they_were_made() -> None:
    assert "attribution-en (0a1b2c3d) device cpu 20" in run(MADE)[1]


@pytest.mark.usefixtures("place")
def test_docs_tables_pandas_leaves_ids_that_look_like_numbers_as_they_are() -> None:
    text = "Liu said no."
    article = Article(text, "007", published="2019", quotes=(Quote("indirect", (Span.of(text, 9, 11),)),))
    to_csv([article], "quotes.csv")
    to_jsonl([article], "quotes.jsonl")
    known, _ = run(NUMBERS)
    for name in ("quotes", "same"):
        assert known[name][["article_id", "date"]].to_dict("records") == [{"article_id": "007", "date": "2019"}]


@pytest.mark.usefixtures("place")
def test_docs_tables_duckdb_counts_what_is_there() -> None:
    known, _ = run(DUCKDB)
    assert known["shares"].to_dict("records") == [
        {"outlet": outlet, "articles": 1, "quotes": 1, "escalatory": 0.0} for outlet in known["shares"]["outlet"]
    ]
    assert sorted(known["shares"]["outlet"]) == ["A", "B"]
    assert known["sections"].to_dict("records") == [{"section": "World", "articles": 5, "quotes": 5}]


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(("name", "columns"), [("quotes", COLUMNS), ("quotes.articles", ARTICLE_COLUMNS)])
def test_docs_tables_types_are_those_that_pandas_reads_as_the_pages_say(name: str, columns: Any) -> None:
    frame = pd.read_parquet(f"{name}.parquet", dtype_backend="numpy_nullable")
    assert {column: str(dtype) for column, dtype in frame.dtypes.items()} == {one.name: one.dtype for one in columns}


@pytest.mark.parametrize("columns", [COLUMNS, ARTICLE_COLUMNS, IDENTITY_COLUMNS])
def test_docs_tables_data_dictionary_is_that_of_the_columns(columns: Any) -> None:
    assert f"\n\n{data_dictionary(columns)}\n" in (DOCS / "data_dictionary.md").read_text(encoding="utf-8")
