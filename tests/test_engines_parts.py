"""Parts of a run on many machines: they hold the rows of a plain run, also where ids come twice."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from quotestance import Article, Quote, Span
from quotestance.engines.ids import _all_ids, hashes_of, name_apart
from quotestance.engines.parts import ARTICLES, QUOTES, PartFolder, write_part
from quotestance.io.columns import links
from quotestance.io.table import article_row, rows


def article(number: int) -> Article:
    text = f"Liu said no {number}."
    quote = Quote("indirect", (Span.of(text, 9, len(text) - 1),))
    return Article(text, id="same", published="1 March 2022", meta={"outlet": "A", "n": number}, quotes=(quote,))


def test_engines_parts_hold_the_rows_of_a_plain_run(tmp_path: Path) -> None:
    folder = PartFolder(str(tmp_path))
    folder.make()
    failed = Article("", id="bad", error="bad.txt: gone")
    counts = write_part(folder, "part-0", [("a.txt", article(1)), ("bad.txt", failed)], "")
    assert (counts.articles, counts.quotes, counts.failed) == (2, 1, 1)
    assert folder.read(QUOTES, "part-0").to_pylist() == list(rows([article(1)]))
    assert folder.read(ARTICLES, "part-0").to_pylist() == [
        article_row(article(1), file="a.txt", state="read", quotes=1),
        article_row(failed, file="bad.txt", state="failed", why=failed.error, characters=None),
    ]


def test_engines_parts_lead_to_the_article_with_its_own_id(tmp_path: Path) -> None:
    folder = PartFolder(str(tmp_path))
    folder.make()
    names = ["part-0", "part-1"]
    for number, name in enumerate(names):
        write_part(
            folder, name, [("a.jsonl", article(number)), ("b.txt", Article("", id=f"bad{number}", error="x"))], ""
        )
    assert name_apart(folder, names, [hashes_of(["same", f"bad{number}"]) for number in range(2)]) == 1
    found = [folder.read(QUOTES, name).to_pylist()[0] for name in names]
    assert [row["article_id"] for row in found] == ["same", "same#2"]
    for row in found:
        assert {name: row[name] for name in ("link", "report_link")} == links(row["article_id"], 0, 9)


def test_engines_parts_are_not_all_read_ahead() -> None:
    read: list[str] = []

    class Counted(PartFolder):
        def read(self, table: str, name: str) -> pa.Table:
            read.append(f"{table}/{name}")
            return pa.table({"article_id": [name]})

    names = [f"part-{number}" for number in range(200)]
    ids = _all_ids(Counted(""), names)
    assert next(ids) == ["part-0"]
    assert len(read) < 20
    assert [["part-0"], *ids] == [[name] for name in names]
