"""A folder becomes a table: in bounded memory, past bad files, and after an interruption the same as without."""

from __future__ import annotations

import csv
import errno
import gc
import json
import os
import socket
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import pytest
import torch

from quotestance import Article, Quote, Span, Stance
from quotestance.errors import FormatError, RunError
from quotestance.io import records
from quotestance.io.batch import check_run, score_folder
from quotestance.io.outputs import Outputs
from quotestance.io.store import Store
from quotestance.io.table import ARTICLE_COLUMNS, COLUMNS, article_row, has_columns, write_rows

OUTPUTS = ["quotes.parquet", "quotes.csv", "quotes.jsonl"]


class FakePipe:
    """Quotes the first word of every article; reads ``ahead`` articles before it gives the first one out."""

    def __init__(self, on_article: Callable[[int], None] = lambda _: None, ahead: int = 3) -> None:
        self.on_article = on_article
        self.ahead = ahead
        self.seen: list[str] = []

    def stream(self, articles: Iterable[Article]) -> Iterator[Article]:
        waiting: list[Article] = []
        for article in articles:
            waiting.append(article)
            if len(waiting) == self.ahead:
                yield from map(self.score, waiting)
                waiting.clear()
        yield from map(self.score, waiting)

    def score(self, article: Article) -> Article:
        self.on_article(len(self.seen))
        self.seen.append(article.id)
        if article.error or not article.text.strip():
            return article
        if "boom" in article.text:
            return article.replace(error="the model failed")
        content = Span.of(article.text, 0, len(article.text.split()[0]))
        stance = Stance({"escalatory": 0.1, "de-escalatory": 1 / 3, "neutral": 17 / 30})
        return article.replace(quotes=(Quote("indirect", (content,), stance=stance),))


def interrupt_at(count: int) -> Callable[[int], None]:
    def on_article(number: int) -> None:
        if number == count:
            raise KeyboardInterrupt

    return on_article


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """37 articles in three kinds of files; three of them fail."""
    folder = tmp_path / "news"
    (folder / "sub").mkdir(parents=True)
    for number in range(15):
        (folder / f"{number:02}.txt").write_text(f"Word{number} said so.\n")
    (folder / "05.txt").write_text("boom")
    (folder / "sub" / "broken.txt").symlink_to(folder / "gone")
    (folder / "rows.csv").write_text("id,text\n" + "".join(f"r{n},Row{n} said so.\n" for n in range(10)))
    lines = [json.dumps({"text": f"Line{number} said – so."}) for number in range(10)]
    (folder / "lines.jsonl").write_text("\n".join([*lines, "{broken"]))
    return folder


class Stop:
    """Ends a run at one of the steps in which it changes the disk.

    Args:
        number: The step, counted from 1.
        how: ``before`` or ``after`` the step is taken, with what cleans up after an exception; or ``killed`` before
            it, where nothing is done any more.
    """

    steps = ("unlink", "rmdir", "rename", "replace", "mkdir", "fsync")

    def __init__(self, number: int, how: str) -> None:
        self.number, self.how, self.taken = number, how, 0

    def at(self, step: Callable[..., None], *arguments: object, **options: object) -> None:
        self.taken += 1
        if self.taken == self.number and self.how == "after":
            step(*arguments, **options)
        if self.taken == self.number or (self.taken > self.number and self.how == "killed"):
            raise KeyboardInterrupt
        step(*arguments, **options)

    def install(self, patch: pytest.MonkeyPatch) -> None:
        for name in self.steps:
            patch.setattr(os, name, partial(self.at, getattr(os, name)))


def content(file: Path) -> bytes:
    """Return what a table holds; a Parquet file tells in its metadata when it was made, too."""
    if file.suffix != ".parquet":
        return file.read_bytes()
    import pyarrow.parquet as pq

    table = pq.read_table(file)
    return repr((table.schema.names, table.to_pylist())).encode()


def read_states(path: Path) -> dict[str, tuple[str, str]]:
    """By file or id: state, and why."""
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["article_id"] or row["file"]: (row["state"], row["why"]) for row in csv.DictReader(stream)}


def read_ids(path: Path) -> list[str]:
    return [json.loads(line)["article_id"] for line in path.read_text().splitlines()]


score = partial(score_folder, settings="fake", progress=False)


@pytest.mark.parametrize("name", OUTPUTS)
def test_batch_writes_both_tables_and_counts_every_input(news: Path, tmp_path: Path, name: str) -> None:
    summary = score(news, tmp_path / name, pipe=FakePipe())
    assert (summary.read, summary.skipped, summary.failed, summary.quotes) == (34, 0, 3, 34)
    assert (summary.reused, summary.doubled, summary.damaged) == (0, 0, 0)
    assert summary.seconds > 0
    assert summary.cache_bytes == sum(file.stat().st_size for file in (tmp_path / f"{name}.cache").iterdir())
    articles = f"quotes.articles{Path(name).suffix}"
    assert {file.name for file in tmp_path.iterdir()} == {"news", name, articles, f"{name}.cache"}
    assert has_columns(tmp_path / articles, ARTICLE_COLUMNS)
    assert not has_columns(tmp_path / name, ARTICLE_COLUMNS)
    assert has_columns(tmp_path / name, COLUMNS)


def test_batch_tells_what_became_of_every_input(news: Path, tmp_path: Path) -> None:
    for file in ("letter.pdf", "more.zip", ".hidden.txt", "README"):
        (news / file).write_text("x")
    (news / "empty.txt").write_text(" \n")
    (news / "header.csv").write_text("id,text\n")
    (news / "none.json").write_text("[]")
    os.mkfifo(news / "pipe.txt")
    (news / "circle.txt").symlink_to(news / "circle.txt")
    (news / "up").symlink_to(news)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(news / "s.txt"))
        summary = score(news, tmp_path / "q.csv", pipe=FakePipe())
    states = read_states(tmp_path / "q.articles.csv")
    assert (summary.read, summary.skipped, summary.failed) == (34, 11, 3)
    skipped = {name: why for name, (state, why) in states.items() if state == "skipped"}
    words = {
        "letter.pdf": "no kind of file that is read (.pdf)", "more.zip": "archive", ".hidden.txt": "hidden",
        "README": "no suffix", "empty.txt": "empty", "pipe.txt": "FIFO", "circle.txt": "circle",
        "up": "link to a folder", "s.txt": "socket", "header.csv": "no article", "none.json": "no article",
    }  # fmt: skip
    assert skipped.keys() == words.keys()
    assert all(words[name] in why for name, why in skipped.items())
    assert states["05.txt"] == ("failed", "the model failed")
    assert "line 11: not valid JSON" in states["lines.jsonl#11"][1]
    assert states["sub/broken.txt"][0] == "failed"
    assert states["r9"] == ("read", "")


def test_batch_tells_of_doubled_ids_and_what_an_article_says_of_itself(tmp_path: Path) -> None:
    record = {"id": "x", "title": "T", "date": "2024", "url": "u", "outlet": "O"}
    (tmp_path / "a.jsonl").write_text(
        "".join(json.dumps(record | {"text": t}) + "\n" for t in ("A b.", "C d.", "A b."))
    )
    pipe = FakePipe()
    summary = score(tmp_path / "a.jsonl", tmp_path / "q.jsonl", pipe=pipe)
    assert (summary.read, summary.doubled, summary.reused, len(pipe.seen)) == (3, 2, 1, 2)
    first, second, third = map(json.loads, (tmp_path / "q.articles.jsonl").read_text().splitlines())
    assert first == {
        "article_id": "x", "file": "a.jsonl", "state": "read", "why": None, "title": "T", "published": "2024",
        "date": "2024", "url": "u", "outlet": "O", "meta": None, "characters": 4, "quotes": 1,
    }  # fmt: skip
    assert (second["article_id"], second["why"]) == ("x#2", "the id 'x' came before: called 'x#2'")
    assert third["article_id"] == "x#3"
    assert read_ids(tmp_path / "q.jsonl") == ["x", "x#2", "x#3"]


def test_batch_keeps_the_order_of_the_articles(news: Path, tmp_path: Path) -> None:
    score(news, tmp_path / "q.jsonl", pipe=FakePipe(), group_size=5)
    assert read_ids(tmp_path / "q.jsonl") == [
        *(f"{number:02}.txt" for number in range(15) if number != 5),
        *(f"lines.jsonl#{number}" for number in range(1, 11)),
        *(f"r{number}" for number in range(10)),
    ]


@pytest.mark.parametrize("name", OUTPUTS)
@pytest.mark.parametrize("stops", [[0], [13], [20], [34], [8, 8, 8]])
def test_batch_gives_the_same_tables_after_an_interruption(
    news: Path, tmp_path: Path, name: str, stops: list[int]
) -> None:
    (tmp_path / "whole").mkdir()
    whole = score(news, tmp_path / "whole" / name, pipe=FakePipe())
    output = tmp_path / "resumed" / name
    saved = 0
    for stop in stops:
        with pytest.raises(KeyboardInterrupt) as stopped:
            score(news, output, pipe=FakePipe(interrupt_at(stop)))
        saved += max(0, stop // 3 * 3 - 1)  # without the one that fails, which is tried again
        assert stopped.value.__notes__ == [
            f"{saved} articles are saved in {output}.cache: run the same again to go on from there."
        ]
        assert not output.exists()
        assert not list(output.parent.glob("*.articles.*"))
    pipe = FakePipe()
    summary = score(news, output, pipe=pipe)
    assert len(pipe.seen) == 35 - saved
    assert summary.reused == saved
    assert (summary.read, summary.quotes, summary.failed) == (whole.read, whole.quotes, whole.failed)
    articles = f"quotes.articles{output.suffix}"
    for table in (name, articles):
        assert content(output.parent / table) == content(tmp_path / "whole" / table)


def test_batch_scores_only_what_is_new_changed_or_failed(news: Path, tmp_path: Path) -> None:
    output = tmp_path / "q.jsonl"
    score(news, output, pipe=FakePipe())
    (news / "00.txt").rename(news / "sub" / "renamed.txt")
    (news / "01.txt").write_text("Changed it was.")
    (news / "new.txt").write_text("New it is.")
    (news / "02.txt").unlink()
    with pytest.raises(FileExistsError, match="there already"):
        score(news, output, pipe=FakePipe())
    pipe = FakePipe()
    summary = score(news, output, pipe=pipe, overwrite=True)
    assert pipe.seen == ["01.txt", "05.txt", "new.txt"]
    assert (summary.read, summary.reused) == (34, 32)
    assert "sub/renamed.txt" in read_ids(output)
    assert not {"00.txt", "02.txt"} & set(read_ids(output))
    score(news, tmp_path / "anew" / "q.jsonl", pipe=FakePipe())
    assert output.read_bytes() == (tmp_path / "anew" / "q.jsonl").read_bytes()


def test_batch_does_not_mix_results_of_other_settings_or_pipes(news: Path, tmp_path: Path) -> None:
    class Named(FakePipe):
        def __init__(self, identity: str) -> None:
            super().__init__()
            self.identity = identity

    for settings, identity, expected in (("a", "", 35), ("a", "", 1), ("b", "", 35), ("b", "x", 35), ("b", "x", 1)):
        pipe = Named(identity)
        score(news, tmp_path / "q.csv", pipe=pipe, settings=settings, overwrite=True)
        assert len(pipe.seen) == expected


def test_batch_keeps_nothing_where_it_is_told_or_knows_too_little(news: Path, tmp_path: Path) -> None:
    summary = score(news, tmp_path / "q.csv", pipe=FakePipe(), cache=False)
    assert summary.cache_bytes == 0
    score(news, tmp_path / "r.csv", pipe=FakePipe(), settings="")
    assert not list(tmp_path.glob("*.cache"))


def test_batch_drops_what_no_table_needs_any_more(news: Path, tmp_path: Path) -> None:
    output = tmp_path / "q.csv"
    for settings in "abcdef":
        size = score(news, output, pipe=FakePipe(), settings=settings, overwrite=True).cache_bytes
        assert size < 3 * 35 * 300
    pipe = FakePipe()
    score(news, output, pipe=pipe, settings="f", overwrite=True)
    assert len(pipe.seen) == 1


def test_batch_keeps_the_results_of_files_that_cannot_be_read_for_once(
    news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dropped(_: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    for name in ("rows", "lines"):
        (news / f"{name}2.jsonl").write_text("\n".join(json.dumps({"text": f"{name} {n}"}) for n in range(40)))
    score(news, tmp_path / "q.jsonl", pipe=FakePipe())
    (tmp_path / "q.jsonl").unlink()  # else it would stay
    with monkeypatch.context() as patch:
        patch.setattr(records, "open_file", dropped)
        assert score(news, tmp_path / "q.jsonl", pipe=FakePipe(), overwrite=True).read == 14
    pipe = FakePipe()
    assert score(news, tmp_path / "q.jsonl", pipe=pipe, overwrite=True).read == 114
    assert pipe.seen == ["05.txt"]


def test_batch_tells_what_to_do_with_results_that_no_sheet_holds(
    news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("xlsxwriter")
    monkeypatch.setattr("quotestance.io.writers._MOST_EXCEL_ROWS", 4)
    with pytest.raises(FormatError, match="holds 3 rows") as raised:
        score(news, tmp_path / "q.xlsx", pipe=FakePipe())
    notes = " ".join(raised.value.__notes__)
    assert "NAME.parquet.cache" in notes
    assert "run the same again" not in notes
    (tmp_path / "q.xlsx.cache").rename(tmp_path / "q.parquet.cache")
    pipe = FakePipe()
    assert score(news, tmp_path / "q.parquet", pipe=pipe).read == 34
    assert pipe.seen == ["05.txt"]  # which had failed


def test_batch_refuses_groups_without_articles(news: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1, got 0"):
        score(news, tmp_path / "q.jsonl", pipe=FakePipe(), group_size=0)
    assert not list(tmp_path.glob("q.*"))


def test_batch_refuses_a_pipe_that_loses_articles(news: Path, tmp_path: Path) -> None:
    class Lossy(FakePipe):
        def stream(self, articles: Iterable[Article]) -> Iterator[Article]:
            yield from [*super().stream(articles)][1:]

    with pytest.raises(ValueError, match="one article for each"):
        score(news, tmp_path / "q.jsonl", pipe=Lossy())


def test_batch_replaces_a_table_only_when_told(news: Path, tmp_path: Path) -> None:
    score(news, tmp_path / "q.jsonl", pipe=FakePipe())
    before = (tmp_path / "q.jsonl").read_bytes()
    with pytest.raises(FileExistsError, match=r"there already.*overwrite=True"):
        score(news / "00.txt", tmp_path / "q.jsonl", pipe=FakePipe())
    assert (tmp_path / "q.jsonl").read_bytes() == before
    summary = score(news / "00.txt", tmp_path / "q.jsonl", pipe=FakePipe(), overwrite=True)
    assert (summary.read, summary.failed) == (1, 0)
    assert read_ids(tmp_path / "q.jsonl") == ["00.txt"]


@pytest.mark.parametrize("name", [*OUTPUTS, "quotes.xlsx"])
def test_batch_keeps_a_table_that_would_lose_most_to_files_that_fail(news: Path, tmp_path: Path, name: str) -> None:
    if name.endswith(".xlsx"):
        pytest.importorskip("xlsxwriter")
    table, disk = tmp_path / name, tmp_path / "disk"
    score(news, table, pipe=FakePipe())
    before = [content(table), content(Outputs(table).articles)]
    disk.mkdir()
    for kind in ("rows.csv", "lines.jsonl"):
        (news / kind).rename(disk / kind)
        (news / kind).symlink_to(disk / kind)
    disk.rename(tmp_path / "away")
    with pytest.raises(RunError, match=r"stays: it has 34 rows, .* 14, since 4 failed.*: 05.txt: the model") as raised:
        score(news, table, pipe=FakePipe(), overwrite=True)
    assert "14 articles are saved" in raised.value.__notes__[0]
    assert [content(table), content(Outputs(table).articles)] == before
    table.unlink()
    assert score(news, table, pipe=FakePipe(), overwrite=True).quotes == 14
    (tmp_path / "away").rename(disk)
    table.chmod(0o600)
    assert score(news, table, pipe=FakePipe(), overwrite=True).quotes == 34
    assert table.stat().st_mode & 0o777 == 0o600


def test_batch_warns_of_files_that_are_gone_and_scores_none_again_once_they_are_back(
    news: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    table, disk = tmp_path / "q.csv", news / "disk"
    disk.mkdir()
    for file in [*news.glob("0*.txt"), news / "rows.csv", news / "lines.jsonl"]:
        file.rename(disk / file.name)
    for lost in (disk / "05.txt", disk / "lines.jsonl", news / "sub" / "broken.txt"):
        lost.unlink()
    before = score(news, table, pipe=FakePipe())
    assert (before.quotes, before.failed, caplog.text) == (24, 0, "")
    disk.rename(tmp_path / "away")
    disk.mkdir()  # where the disk was mounted
    assert score(news, table, pipe=FakePipe(), overwrite=True).quotes == 5
    assert "q.csv had 24 rows, and has 5 now. If files are missing" in caplog.text
    disk.rmdir()
    (tmp_path / "away").rename(disk)
    again = score(news, table, pipe=FakePipe(), overwrite=True)
    assert (again.quotes, again.reused) == (24, 24)


@pytest.mark.parametrize("name", OUTPUTS)
def test_batch_never_touches_a_file_of_another_table(news: Path, tmp_path: Path, name: str) -> None:
    mine = tmp_path / f"quotes.articles{Path(name).suffix}"
    for content in (b"mine", b"a,b\n1,2\n", b'{"a": 1}\n', b"\xff\xfe", b""):
        mine.write_bytes(content)
        for overwrite in (False, True):
            with pytest.raises(FileExistsError, match=r"there already|no table of articles"):
                score(news, tmp_path / name, pipe=FakePipe(), overwrite=overwrite)
        assert mine.read_bytes() == content
    mine.unlink()
    (tmp_path / "quotes.errors.csv").write_text("a stranger's")
    score(news, tmp_path / name, pipe=FakePipe())
    assert (tmp_path / "quotes.errors.csv").read_text() == "a stranger's"


@pytest.mark.parametrize("name", [*OUTPUTS, "quotes.xlsx"])
def test_batch_replaces_tables_of_another_version(news: Path, tmp_path: Path, name: str) -> None:
    old = tmp_path / f"quotes.articles{Path(name).suffix}"
    if old.suffix == ".xlsx":
        pytest.importorskip("xlsxwriter")
    write_rows([article_row(Article("a"))], old, tuple(column for column in ARTICLE_COLUMNS if column.name != "outlet"))
    score(news, tmp_path / name, pipe=FakePipe(), overwrite=True)
    assert has_columns(old, ARTICLE_COLUMNS)


def test_batch_takes_no_address_for_a_path(news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for check in (partial(score, pipe=FakePipe()), check_run):
        with pytest.raises(FormatError, match=r"bucket.* is no path of this machine"):
            check(news, "s3://bucket/q.csv")
    assert [file.name for file in tmp_path.iterdir()] == ["news"]


def test_batch_writes_through_a_link(news: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "q.csv").symlink_to(tmp_path / "data" / "real.csv")
    summary = score(news, tmp_path / "q.csv", pipe=FakePipe())
    assert (tmp_path / "q.csv").is_symlink()
    assert summary.quotes_table == tmp_path / "data" / "real.csv"
    assert len((tmp_path / "q.csv").read_text().splitlines()) == 35


def test_batch_never_replaces_a_link_in_the_place_of_its_other_table(news: Path, tmp_path: Path) -> None:
    link = tmp_path / "q.articles.csv"
    link.symlink_to(tmp_path / "real.csv")
    for check in (partial(score, pipe=FakePipe()), check_run):
        with pytest.raises(FileExistsError, match=r"q\.articles\.csv is a link, and would be replaced\. Remove it"):
            check(news, tmp_path / "q.csv", overwrite=True)
    assert link.is_symlink()


def test_batch_says_what_to_do_where_the_disk_of_an_output_is_away(news: Path, tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to(tmp_path / "away")
    with pytest.raises(RunError, match=r"q\.csv\.cache: File exists\. Mend the link .* is missing"):
        score(news, tmp_path / "out" / "q.csv", pipe=FakePipe())
    (tmp_path / "away").mkdir()
    assert score(news, tmp_path / "out" / "q.csv", pipe=FakePipe()).quotes == 34


def test_batch_says_that_a_name_is_too_long_for_the_files_beside_it(news: Path, tmp_path: Path) -> None:
    longest = 255 - len(".articles")
    for length in (longest + 1, 256):
        for check in (partial(score, pipe=FakePipe()), check_run):
            with pytest.raises(RunError, match=r"a\.(articles\.)?csv: File name too long\. Give a shorter name\.$"):
                check(news, tmp_path / ("a" * (length - 4) + ".csv"))
    assert [file.name for file in tmp_path.iterdir()] == ["news"]
    assert score(news, tmp_path / ("a" * (longest - 4) + ".csv"), pipe=FakePipe()).quotes == 34


def test_batch_leaves_a_folder_alone_that_it_did_not_make(news: Path, tmp_path: Path) -> None:
    (tmp_path / "q.csv.cache").mkdir()
    (tmp_path / "q.csv.cache" / "diary.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="not the work of a run"):
        score(news, tmp_path / "q.csv", pipe=FakePipe(), overwrite=True)
    assert (tmp_path / "q.csv.cache" / "diary.txt").read_text() == "mine"


@pytest.mark.parametrize("how", ["before", "after", "killed"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_batch_gives_the_same_tables_wherever_a_run_ends(
    news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, overwrite: bool
) -> None:
    run = partial(score, news, pipe=FakePipe())
    run(tmp_path / "whole" / "q.jsonl")
    whole = {name: (tmp_path / "whole" / name).read_bytes() for name in ("q.jsonl", "q.articles.jsonl")}
    is_stopped, number = True, 0
    while is_stopped:
        number += 1
        output = tmp_path / str(number) / "q.jsonl"
        output.parent.mkdir()
        with monkeypatch.context() as patch:
            stop = Stop(number, how)
            stop.install(patch)
            try:
                run(output)
                is_stopped = False
            except KeyboardInterrupt:
                assert output.read_bytes() == whole["q.jsonl"] if output.exists() else True
        try:
            assert run(output, overwrite=overwrite).read == 34
        except FileExistsError as error:
            assert "there already" in str(error)  # noqa: PT017  # a table that is complete already is as good
        assert {name: (output.parent / name).read_bytes() for name in whole} == whole
        assert {file.name for file in output.parent.iterdir()} == {*whole, "q.jsonl.cache"}
    assert number > 7


@pytest.mark.parametrize("step", ["tidy", "forget", "clear"])
def test_batch_that_ends_after_its_tables_never_gives_them_to_another_run(
    news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def kill(*_: object, at_once: bool = True, **__: object) -> None:
        if at_once:  # else it is still scoring
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Outputs if step == "clear" else Store, step, kill)
        with pytest.raises(KeyboardInterrupt):
            score(news, tmp_path / "q.jsonl", pipe=FakePipe())
    finished = (tmp_path / "q.jsonl").read_bytes()
    (news / "sub" / "one.txt").write_text("One said so.")
    with pytest.raises(FileExistsError, match="there already"):
        score(news / "sub", tmp_path / "q.jsonl", pipe=FakePipe())
    assert (tmp_path / "q.jsonl").read_bytes() == finished
    assert score(news, tmp_path / "q.jsonl", pipe=FakePipe(), overwrite=True).read == 35


def test_batch_refuses_to_write_among_the_articles(news: Path, tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(news / "made.csv")
    for source, output in (
        (news, news / "sub" / "q.csv"),
        (news, tmp_path / "link.csv"),
        (news / "rows.csv", news / "rows.csv"),
        (news / "q.articles.csv", news / "q.csv"),
    ):
        if not source.exists():
            source.write_text("text\nA.\n")
        with pytest.raises(FormatError, match="Write it to another folder"):
            score(source, output, pipe=FakePipe(), overwrite=True)
    with pytest.raises(FormatError, match=r"suffix '\.xls'"):
        score(news, tmp_path / "q.xls", pipe=FakePipe())
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(IsADirectoryError):
        score(news, tmp_path / "d.csv", pipe=FakePipe(), overwrite=True)


def test_batch_holds_few_articles_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "many.jsonl").write_text("".join(f'{{"text": "Word{number}"}}\n' for number in range(600)))
    alive: list[int] = []

    def count_articles(number: int) -> None:
        if number % 50 == 0:
            alive.append(sum(type(thing) is Article for thing in gc.get_objects()))

    before = sum(type(thing) is Article for thing in gc.get_objects())
    score(tmp_path / "many.jsonl", tmp_path / "q.parquet", pipe=FakePipe(count_articles))
    assert len(alive) == 12
    assert max(alive) - before < 15


def test_batch_shows_its_progress_on_standard_error(
    news: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (news / "lines.jsonl").unlink()
    (news / "rows.csv").unlink()
    score(news, tmp_path / "q.csv", pipe=FakePipe(), progress=True)
    output, errors = capsys.readouterr()
    assert output == ""
    assert "16/16" in errors
    assert "2 failed" in errors


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "holds nothing to read"),
        ({"a.pdf": "x", "b.zip": "x"}, "2 skipped, 0 failed. a.pdf: no kind"),
        ({"a.txt": "boom", "b.jsonl": "{", "c.txt": ""}, "1 skipped, 2 failed. a.txt: the model failed"),
    ],
)
def test_batch_without_an_article_writes_no_table(tmp_path: Path, files: dict[str, str], words: str) -> None:
    (tmp_path / "news").mkdir()
    for name, content in files.items():
        (tmp_path / "news" / name).write_text(content)
    for _ in range(2):
        with pytest.raises(RunError) as raised:
            score(tmp_path / "news", tmp_path / "q.csv", pipe=FakePipe())
        assert words in str(raised.value)
        assert [file.name for file in tmp_path.iterdir()] == ["news"]


@pytest.mark.parametrize("name", OUTPUTS)
def test_batch_gives_the_same_tables_with_workers(news: Path, tmp_path: Path, name: str) -> None:
    summaries = []
    for workers in (1, 2):
        output = tmp_path / str(workers) / name
        summary = score(news, output, pipe=FakePipe(), workers=workers)
        summaries.append((summary.read, summary.skipped, summary.failed, summary.quotes, summary.reused))
    assert summaries[0] == summaries[1]
    for file in (name, name.replace("quotes.", "quotes.articles.")):
        assert (tmp_path / "1" / file).read_bytes() == (tmp_path / "2" / file).read_bytes()


def test_batch_with_workers_goes_on_where_it_was_interrupted(news: Path, tmp_path: Path) -> None:
    whole, output = tmp_path / "whole.csv", tmp_path / "resumed.csv"
    score(news, whole, pipe=FakePipe())
    with pytest.raises(KeyboardInterrupt):
        score(news, output, pipe=FakePipe(interrupt_at(13)))
    summary = score(news, output, pipe=FakePipe(), workers=2)
    assert summary.reused == 11  # and one of 12 had failed
    assert output.read_bytes() == whole.read_bytes()
    assert score(news, output, pipe=FakePipe(interrupt_at(0)), workers=2, overwrite=True).reused == summary.read


def test_batch_counts_doubles_once_whatever_is_on_its_way(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"text": f"Word{n % 4} said."}) + "\n" for n in range(40)))
    summaries = [
        score(tmp_path / "a.jsonl", tmp_path / f"{workers}.jsonl", pipe=FakePipe(), workers=workers, group_size=1)
        for workers in (1, 2)
    ]
    assert [summary.reused for summary in summaries] == [36, 36]
    assert (tmp_path / "1.jsonl").read_bytes() == (tmp_path / "2.jsonl").read_bytes()


def test_batch_refuses_several_workers_on_an_accelerator(news: Path, tmp_path: Path) -> None:
    pipe = FakePipe()
    pipe.device = torch.device("cuda:0")  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match=r"^workers is 2, but processes do not share a cuda:0: give 1\.$"):
        score(news, tmp_path / "q.jsonl", pipe=pipe, workers=2)
    assert not (tmp_path / "q.jsonl.cache").exists()
    assert score(news, tmp_path / "q.jsonl", pipe=pipe).read


def test_batch_refuses_a_number_of_workers_below_one(news: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^workers is a whole number"):
        score(news, tmp_path / "q.jsonl", pipe=FakePipe(), workers=0)


def test_batch_that_was_interrupted_tries_again_what_failed(news: Path, tmp_path: Path) -> None:
    class Weak(FakePipe):
        def score(self, article: Article) -> Article:
            done = super().score(article)
            return article.replace(error="out of memory") if article.id in ("02.txt", "03.txt") else done

    with pytest.raises(KeyboardInterrupt):
        score(news, tmp_path / "q.jsonl", pipe=Weak(interrupt_at(12)))
    pipe = FakePipe()
    assert score(news, tmp_path / "q.jsonl", pipe=pipe).failed == 3
    assert {"02.txt", "03.txt", "05.txt"} < {*pipe.seen}
    assert not {"00.txt", "01.txt", "04.txt"} & {*pipe.seen}


@pytest.mark.parametrize("name", [*OUTPUTS, "quotes.xlsx"])
def test_batch_writes_reasons_that_no_file_can_hold(news: Path, tmp_path: Path, name: str) -> None:
    class Odd(FakePipe):
        def score(self, article: Article) -> Article:
            return article.replace(error="no \ud800") if article.id == "02.txt" else super().score(article)

    assert score(news, tmp_path / name, pipe=Odd()).failed == 4
    if name == "quotes.csv":
        assert read_states(tmp_path / "quotes.articles.csv")["02.txt"] == ("failed", "no \ufffd")


@pytest.mark.parametrize("name", [".nfs00000000052a8ec100000001", ".DS_Store"])
@pytest.mark.parametrize("cache", [True, False])
def test_batch_bears_hidden_files_that_systems_leave(news: Path, tmp_path: Path, name: str, cache: bool) -> None:
    def leave(_: int) -> None:
        (tmp_path / "q.jsonl.cache" / name).write_text("")

    assert score(news, tmp_path / "q.jsonl", pipe=FakePipe(leave), cache=cache).read == 34
    assert score(news, tmp_path / "q.jsonl", pipe=FakePipe(), cache=cache, overwrite=True).read == 34
