"""What docs/tables.md shows runs on tables as a run writes them, and its data dictionary is that of the columns."""

from __future__ import annotations

import contextlib
import io
import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from test_io_batch import FakePipe

from quotestance import score_folder
from quotestance.io.columns import ARTICLE_COLUMNS, COLUMNS, data_dictionary

PAGE = (Path(__file__).parents[1] / "docs" / "tables.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^## ([^\n]*)\n(?:(?!^## ).)*?```python\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)


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


@pytest.mark.usefixtures("place")
def test_docs_tables_snippets_give_what_they_say() -> None:
    known: dict[str, Any] = {}
    printed = io.StringIO()
    assert [title for title, _ in SNIPPETS] == ["pandas", "DuckDB", "How the table was made"]
    for title, code in SNIPPETS:
        if title != "DuckDB" or find_spec("duckdb"):
            with contextlib.redirect_stdout(printed):
                exec(compile(code, "tables.md", "exec"), known)  # noqa: S102  # our own page
    assert known["per_article"].to_dict() == {f"a.jsonl#{n}": 1 for n in range(1, 6)}
    assert known["by_month"]["size"].to_dict() == {"2023-12": 1, "2024-03": 2}
    assert known["who"].to_numpy().sum() == 5
    assert "attribution-en (0a1b2c3d) device cpu 20" in printed.getvalue()


@pytest.mark.skipif(find_spec("duckdb") is None, reason="needs duckdb: pip install duckdb")
@pytest.mark.usefixtures("place")
def test_docs_tables_duckdb_counts_what_is_there() -> None:
    known: dict[str, Any] = {}
    exec(compile(dict(SNIPPETS)["DuckDB"], "tables.md", "exec"), known)  # noqa: S102  # our own page
    assert known["shares"].to_dict("records") == [
        {"outlet": outlet, "articles": 1, "quotes": 1, "escalatory": 0.0} for outlet in known["shares"]["outlet"]
    ]
    assert sorted(known["shares"]["outlet"]) == ["A", "B"]
    assert known["sections"].to_dict("records") == [{"section": "World", "articles": 5, "quotes": 5}]


@pytest.mark.parametrize("columns", [COLUMNS, ARTICLE_COLUMNS])
def test_docs_tables_data_dictionary_is_that_of_the_columns(columns: Any) -> None:
    assert f"\n\n{data_dictionary(columns)}\n" in PAGE
