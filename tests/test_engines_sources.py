"""What a run on many machines lists, reads and writes is what a plain run does; here without an engine."""

from __future__ import annotations

import dataclasses
import json
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import pytest
import typer
from fsspec import AbstractFileSystem
from fsspec.implementations.memory import MemoryFileSystem
from test_io_batch import FakePipe

from quotestance.cli.engines import score_on_engine
from quotestance.engines import on_ray
from quotestance.engines.ids import hashes_of
from quotestance.engines.parts import ARTICLES, PartFolder, write_part
from quotestance.engines.sources import Listing, Reading, Source, list_files, read_in_parts, readings
from quotestance.errors import FormatError, RunError
from quotestance.io.batch import score_folder
from quotestance.types import Article

Run = Callable[..., on_ray.EngineSummary]


class FakeScorer(FakePipe):
    """Finds what the fake pipe finds."""

    text_column, id_column, attribution, stance = "text", None, None, None
    options: dict[str, Any] = {}  # noqa: RUF012  # as that of a Scorer


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a run that does in this process, one after the other, what Ray has its workers do."""

    @contextmanager
    def no_cluster(_: object) -> Iterator[int]:
        yield 1

    def in_this_process(work: Any, listing: Any, *_: object) -> dict[str, Any]:
        score, done = on_ray._PartScorer(work), {}
        with on_ray.Progress(None, is_shown=False) as bar:
            for one in readings(listing.names, work.part_size):
                for part in work.read({"reading": [json.dumps(dataclasses.astuple(one))]}):
                    row = score({name: values[0] for name, values in part.items()})
                    done[row["part"]] = on_ray._to_done(row, bar)
        return done

    monkeypatch.setattr(on_ray, "_check_ray", lambda: None)
    monkeypatch.setattr(on_ray, "_ray", no_cluster)
    monkeypatch.setattr(on_ray, "_score_parts", in_this_process)
    return partial(on_ray.score_on_ray, scorer=FakeScorer(), part_size=3, progress=False)  # type: ignore[arg-type]


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """Make a folder with everything that a run tells of."""
    folder = tmp_path / "news"
    (folder / "sub").mkdir(parents=True)
    for number in range(5):
        (folder / f"{number}.txt").write_text(f"Word{number} said so.")
    (folder / "2.txt").write_text("boom")
    (folder / "3.txt").write_text(" \n")
    (folder / "4.txt").write_bytes("Ministr řekl, že příměří bude dodrženo.".encode("cp1250"))
    (folder / "sub" / "broken.txt").symlink_to(folder / "gone")
    (folder / "sub" / "up").symlink_to(folder)
    (folder / "sub" / "rows.jsonl").write_text('{"id": "0.txt", "text": "Row said so."}\n{"text": "Other."}\n{')
    for name in ("a.pdf", "b.zip", ".hidden.txt", "README"):
        (folder / name).write_text("x")
    (folder / "sub" / "none.csv").write_text("id,text\n")
    os.mkfifo(folder / "f.txt")
    return folder


def table(path: Path, *keys: str) -> pd.DataFrame:
    return pd.read_parquet(path).sort_values(list(keys), ignore_index=True)


def test_engines_sources_give_both_tables_of_a_plain_run(run: Run, news: Path, tmp_path: Path) -> None:
    summary = run(news, tmp_path / "out")
    plain = score_folder(news, tmp_path / "q.parquet", pipe=FakePipe(), progress=False)
    found = table(tmp_path / "out" / "articles", "file", "article_id")
    pd.testing.assert_frame_equal(found, table(tmp_path / "q.articles.parquet", "file", "article_id"))
    keys = "article_id", "quote"
    pd.testing.assert_frame_equal(table(tmp_path / "out" / "quotes", *keys), table(tmp_path / "q.parquet", *keys))
    assert (summary.articles, summary.skipped) == (plain.read + plain.failed, plain.skipped) == (8, 8)
    assert (summary.failed, summary.renamed) == (plain.failed, plain.doubled) == (3, 1)
    before = (tmp_path / "out" / "run.json").read_bytes()
    with pytest.raises(FileExistsError, match="holds a run that is finished"):
        run(news, tmp_path / "out")
    assert (tmp_path / "out" / "run.json").read_bytes() == before
    again = run(news, tmp_path / "out", overwrite=True)
    assert (again.articles, again.skipped, again.failed, again.quotes) == (8, 8, 3, summary.quotes)
    assert again.reused > 0


def test_engines_sources_that_could_not_be_scored_are_tried_again(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"id": one, "text": "A b."}) + "\n" for one in "abcd"))

    class Weak(FakeScorer):
        def stream(self, articles: Iterable[Article]) -> Iterator[Article]:
            for article in super().stream(articles):
                yield article.replace(quotes=(), error="out of memory") if article.id == "d" else article

    out = tmp_path / "out"
    assert run(tmp_path / "a.jsonl", out, scorer=Weak()).failed == 1
    again = run(tmp_path / "a.jsonl", out, overwrite=True)
    assert (again.failed, again.reused) == (0, 3)
    assert set(pd.read_parquet(out / "articles").state) == {"read"}


def test_engines_sources_keep_the_tables_that_would_lose_most_to_files_that_fail(run: Run, tmp_path: Path) -> None:
    (news := tmp_path / "news").mkdir()
    (disk := tmp_path / "disk").mkdir()
    for number in range(8):
        (disk / f"{number}.txt").write_text(f"Word{number} said so.")
        (news / f"{number}.txt").symlink_to(disk / f"{number}.txt")
    (news / "9.txt").write_text("Word9 said so.")
    out = tmp_path / "out"
    run(news, out)
    before = [(out / name).read_bytes() for name in ("run.json", "quotes/part-000000-000000.parquet")]
    disk.rename(tmp_path / "away")
    with pytest.raises(RunError, match=r"out stays: it has 9 quotes, .* have 1, since 8 .* failed: 0\.txt: .*link"):
        run(news, out, overwrite=True)
    assert [(out / name).read_bytes() for name in ("run.json", "quotes/part-000000-000000.parquet")] == before
    assert list(pd.read_parquet(out / "articles").state) == ["read"] * 9
    (tmp_path / "away").rename(disk)
    again = run(news, out, overwrite=True)
    assert (again.quotes, again.failed, again.reused) == (9, 0, 9)
    assert sorted(path.name for path in out.iterdir()) == [".lock", "articles", "quotes", "run.json"]


def test_engines_sources_of_a_finished_run_stay_until_all_is_done(run: Run, tmp_path: Path) -> None:
    (news := tmp_path / "news").mkdir()
    for number in range(9):
        (news / f"{number}.txt").write_text(f"Word{number} said so.")
    out = tmp_path / "out"
    run(news, out)
    before = pd.read_parquet(out / "quotes")
    for number in range(9):
        (news / f"{number}.txt").write_text(f"New{number} said so.")

    def stop(number: int, *, at: int) -> None:
        if number == at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(news, out, scorer=FakeScorer(partial(stop, at=5)), overwrite=True)
    pd.testing.assert_frame_equal(pd.read_parquet(out / "quotes"), before)
    assert run(news, out).reused == 3
    run(news, tmp_path / "anew")
    pd.testing.assert_frame_equal(pd.read_parquet(out / "quotes"), pd.read_parquet(tmp_path / "anew" / "quotes"))
    assert not (out / "new").exists()


def test_engines_sources_of_a_run_that_was_cut_keep_what_is_done_while_a_disk_is_away(run: Run, tmp_path: Path) -> None:
    (news := tmp_path / "news").mkdir()
    (disk := tmp_path / "disk").mkdir()
    for number in range(9):
        (disk / f"{number}.txt").write_text(f"Word{number} said so.")
        (news / f"{number}.txt").symlink_to(disk / f"{number}.txt")
    out = tmp_path / "out"

    def stop(number: int) -> None:
        if number == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(news, out, scorer=FakeScorer(stop))
    disk.rename(tmp_path / "away")
    for _ in range(2):
        with pytest.raises(RunError, match=r"out stays: it has 6 quotes, .* have 0, since 9 .* failed: 0\.txt: .*link"):
            run(news, out)
        assert len(pd.read_parquet(out / "quotes")) == 6
    (tmp_path / "away").rename(disk)
    again = run(news, out)
    assert (again.quotes, again.failed, again.reused) == (9, 0, 6)
    assert len(pd.read_parquet(out / "quotes")) == 9
    assert not (out / "new").exists()


def test_engines_sources_leave_files_alone_that_no_run_wrote(run: Run, news: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(news, out)
    (out / "quotes" / "sub" / "quotes").mkdir(parents=True)
    mine = [out / "quotes" / "README.md", out / "quotes" / "sub" / "a.txt", out / "articles" / "._copy.parquet"]
    for file in mine:
        file.write_text("mine")
    (out / "quotes" / "part-000099-000000.parquet").write_bytes(b"of a file that is gone")
    run(news, out, overwrite=True)
    assert [file.read_text() for file in mine] == ["mine"] * 3
    assert not (out / "quotes" / "part-000099-000000.parquet").exists()
    for name in ("all.parquet", "sub/quotes/part-000000-000000.parquet"):
        (out / "quotes" / name).write_bytes(b"PAR1")
        with pytest.raises(FileExistsError, match=rf"{name} is not the work of a run, and would be read as a part"):
            run(news, out, overwrite=True)
        (out / "quotes" / name).unlink()


def test_engines_sources_go_to_a_store_with_brackets_in_its_name(run: Run, tmp_path: Path) -> None:
    for words in ("One said so.", "Another said so."):
        (tmp_path / "a.txt").write_text(words)
        run(tmp_path / "a.txt", "memory://scored[1]", overwrite=True)
    there = PartFolder("memory://scored[1]")
    assert there.read("quotes", "part-000000-000000")["text"].to_pylist() == ["Another"]
    assert not any("/new/" in path for path in MemoryFileSystem().find("/scored[1]"))


def test_engines_sources_of_a_finished_run_are_finished_where_no_cluster_is_reached(
    run: Run, news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(_: object) -> Any:
        raise ConnectionError

    run(news, tmp_path / "out")
    before = (tmp_path / "out" / "run.json").read_bytes()
    monkeypatch.setattr(on_ray, "_ray", unreachable)
    with pytest.raises(ConnectionError):
        run(news, tmp_path / "out", overwrite=True)
    assert (tmp_path / "out" / "run.json").read_bytes() == before


def test_engines_sources_tell_which_option_is_another(run: Run, news: Path, tmp_path: Path) -> None:
    class Fast(FakeScorer):
        options = {"fast": True}  # noqa: RUF012

    class Slow(FakeScorer):
        options = {"fast": False}  # noqa: RUF012

    run(news, tmp_path / "out", scorer=Fast())
    with pytest.raises(FileExistsError, match=r"differs in: settings \(options: fast was True, is False\)\. "):
        run(news, tmp_path / "out", scorer=Slow())


@pytest.mark.parametrize("number", [{"workers": 0}, {"workers": 1.5}, {"part_size": "3"}, {"part_size": 0}])
def test_engines_sources_take_whole_numbers(run: Run, news: Path, tmp_path: Path, number: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(number))} is a whole number of"):
        run(news, tmp_path / "out", **number)


def test_engines_sources_that_are_remote_are_told_of_alike(run: Run, news: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for name in ("0.txt", "a.pdf", "b.zip", ".hidden.txt", "README"):
            archive.write(news / name, f"news/{name}")
    run(f"zip://news::file://{tmp_path}/all.zip", tmp_path / "out")
    remote = table(tmp_path / "out" / "articles", "file")
    run(news, tmp_path / "here")
    here = table(tmp_path / "here" / "articles", "file")
    assert len(remote) == 5
    both = remote[["file", "state", "why"]].merge(here[["file", "state", "why"]])
    assert len(both) == len(remote)


def test_engines_sources_lose_one_article_to_a_damaged_member(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for name in "abc":
            archive.writestr(f"news/{name}.txt", f"Liu said {name}.")
    data = (tmp_path / "all.zip").read_bytes()
    (tmp_path / "all.zip").write_bytes(data.replace(b"Liu said b.", b"Liu said x."))
    source = Source(f"zip://news::file://{tmp_path}/all.zip")
    (part,) = read_in_parts(source, Reading(0, list_files(source).names), 10)
    assert [bool(article and article.error) for _, article in part] == [False, True, False]


def test_engines_sources_whose_outlet_changed_are_made_again(run: Run, tmp_path: Path) -> None:
    for outlet, reused in (("Old", 0), ("New", 0), ("New", 1)):
        (tmp_path / "a.jsonl").write_text(json.dumps({"id": "a", "text": "A b.", "outlet": outlet}))
        assert run(tmp_path / "a.jsonl", tmp_path / "out", overwrite=True).reused == reused
        assert list(pd.read_parquet(tmp_path / "out" / "quotes").outlet) == [outlet]


def test_engines_sources_never_hold_the_output(run: Run, news: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(news)
    for output in (news, news / "sub" / "out", tmp_path / "link" / "out", f"file://{news}/out"):
        with pytest.raises(FormatError, match="would be among the articles"):
            run(news, output, overwrite=True)
    assert not (news / "out").exists()


def test_engines_sources_are_scored_by_one_run_at_a_time(run: Run, news: Path, tmp_path: Path) -> None:
    (news / "2.txt").write_text("Nothing fails.")  # parts with what failed are made again

    def second(number: int) -> None:
        if number == 3:
            run(news, tmp_path / "out", overwrite=True)

    with pytest.raises(RunError, match="Another run writes to this output"):
        run(news, tmp_path / "out", scorer=FakeScorer(second))
    assert run(news, tmp_path / "out").reused > 0


@pytest.mark.parametrize(
    ("changed", "words"), [("on_ray.code_digest", "code"), ("scorer.folder_digest", "model folders")]
)
def test_engines_sources_are_not_gone_on_with_by_other_code_or_weights(
    run: Run, news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str, words: str
) -> None:
    run(news, tmp_path / "out")
    assert run(news, tmp_path / "out", overwrite=True).reused > 0
    monkeypatch.setattr(f"quotestance.engines.{changed}", lambda *_: "another")
    with pytest.raises(FileExistsError, match=rf"differs in: settings \({words}\)\. "):
        run(news, tmp_path / "out")
    assert run(news, tmp_path / "out", overwrite=True).reused == 0


def test_engines_sources_go_on_after_a_kill_at_any_write(run: Run, news: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".lock").write_text("")
    (tmp_path / "out" / ".0a1b.partial").write_text("{")  # settings that were never written to their end
    run(news, tmp_path / "out")
    for name in ("quotes", "articles"):
        (tmp_path / "out" / name / ".0a1b.partial").write_bytes(b"PAR1")
    run(news, tmp_path / "out", overwrite=True)
    assert not list((tmp_path / "out").glob("*/.*"))


@pytest.mark.parametrize(
    ("files", "code", "words"),
    [
        ({"a.txt": "A b."}, 0, "1 read, 0 skipped, 0 failed; 1 quote"),
        ({"a.txt": "A b.", "b.txt": "boom", "c.pdf": "x"}, 1, "1 read, 1 skipped, 1 failed; 1 quote"),
        ({"a.txt": "boom"}, 2, "0 read, 0 skipped, 1 failed; 0 quotes"),
        ({"a.txt": " "}, 2, "0 read, 1 skipped, 0 failed; 0 quotes"),
    ],
)
@pytest.mark.usefixtures("run")
def test_engines_sources_are_counted_by_the_command(
    files: dict[str, str], code: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr("quotestance.engines.scorer.Scorer", FakeScorer)
    (tmp_path / "news").mkdir()
    for name, text in files.items():
        (tmp_path / "news" / name).write_text(text)
    source, output = str(tmp_path / "news"), str(tmp_path / "out")
    try:
        score_on_engine(source, output, address=None, overwrite=False, quiet=True)
        ended = 0
    except typer.Exit as error:
        ended = error.exit_code
    told = capsys.readouterr().err
    assert (ended, words in told, f"What became of each input: {output}/articles" in told) == (code, True, True)


def test_engines_sources_make_parts_of_few_long_articles(tmp_path: Path) -> None:
    lines = ["A" * size for size in (3, 3_000_000, 2_000_001, 4, 5_000_001, 6)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"text": line}) + "\n" for line in lines))
    parts = read_in_parts(Source(str(tmp_path)), Reading(0, ("a.jsonl",)), 4)
    assert [[len(article.text) for _, article in part if article] for part in parts] == [
        [3, 3_000_000, 2_000_001],
        [4, 5_000_001],
        [6],
    ]


@pytest.mark.parametrize(
    ("changed", "words"), [("on_ray.code_digest", "code"), ("scorer.folder_digest", "model folders")]
)
def test_engines_sources_are_not_scored_by_a_machine_with_other_code_or_weights(
    run: Run, news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str, words: str
) -> None:
    begin = on_ray._score_parts

    def elsewhere(*arguments: Any) -> Any:
        monkeypatch.setattr(f"quotestance.engines.{changed}", lambda *_: "another")
        return begin(*arguments)

    monkeypatch.setattr(on_ray, "_score_parts", elsewhere)
    with pytest.raises(RunError, match=f"begun: {words} differ"):
        run(news, tmp_path / "out")
    assert not list((tmp_path / "out" / "quotes").iterdir())


def test_engines_sources_name_articles_apart_in_the_order_of_the_input_however_many_there_are(tmp_path: Path) -> None:
    folder = PartFolder(str(tmp_path))
    folder.make()
    done = {}
    for name in ("part-1000000-000000", "part-999999-000000"):
        counts = write_part(folder, name, [(f"{name}.txt", Article("A b.", id="same"))], "")
        done[name] = on_ray._Done(counts, hashes_of(["same"]))
    assert on_ray._finish(folder, Listing(()), done, 0.0).renamed == 1
    assert folder.read(ARTICLES, "part-999999-000000")["article_id"].to_pylist() == ["same"]


class Listed(MemoryFileSystem):
    """A store that looks up a folder once, as those of buckets do; what others write there it does not see."""

    protocol = "listed"
    store: dict[str, Any] = {}  # noqa: RUF012  # as that of its parent
    pseudo_dirs = [""]  # noqa: RUF012
    find = AbstractFileSystem.find

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.replace("listed://", "memory://")))

    def ls(self, path: str, detail: bool = True, **options: Any) -> Any:
        path = self._strip_protocol(path)
        if path not in self.dircache:
            self.dircache[path] = super().ls(path, detail=True, **options)
        return [one if detail else one["name"] for one in self.dircache[path]]

    def invalidate_cache(self, path: str | None = None) -> None:  # noqa: ARG002  # as its parent has it
        self.dircache.clear()


def test_engines_sources_that_have_grown_are_read_whole_by_the_same_process(run: Run, tmp_path: Path) -> None:
    fsspec.register_implementation("listed", Listed, clobber=True)
    others = MemoryFileSystem()
    others.store, others.pseudo_dirs = Listed.store, Listed.pseudo_dirs
    others.pipe_file("/news/a.txt", b"One said so.")
    assert [run("listed://news", out).articles for out in (tmp_path / "out", "listed://out")] == [1, 1]
    others.pipe_file("/news/b.txt", b"Two said so.")
    for out in (tmp_path / "out", "listed://out"):
        assert run("listed://news", out, overwrite=True).articles == 2
    assert len(pd.read_parquet(tmp_path / "out" / "quotes")) == len(pd.read_parquet("listed://out/quotes")) == 2
    assert not any("/new/" in path for path in others.find("/out"))
