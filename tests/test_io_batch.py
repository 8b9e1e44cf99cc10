"""A folder becomes a table: in bounded memory, past bad files, and after an interruption the same as without."""

from __future__ import annotations

import contextlib
import csv
import gc
import json
import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import pytest

from quotestance import Article, Quote, Span, Stance
from quotestance.errors import FormatError
from quotestance.io.batch import score_folder

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
        if article.error or not article.text:
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


def edit(number: int, change: Callable[[list[bytes]], list[bytes]]) -> Callable[[list[Path]], object]:
    """Damage to the lines of one part; the last is its seal."""

    def harm(parts: list[Path]) -> None:
        lines = parts[number].read_bytes().splitlines(keepends=True)
        parts[number].write_bytes(b"".join(change(lines)))

    return harm


def exchange(parts: list[Path]) -> None:
    first, second = parts[1].read_bytes(), parts[2].read_bytes()
    parts[1].write_bytes(second)
    parts[2].write_bytes(first)


def double_the_last(parts: list[Path]) -> None:
    parts[-1].with_name(f"part-{len(parts):08}.jsonl").write_bytes(parts[-1].read_bytes())


def renumber(parts: list[Path]) -> None:
    for number, part in reversed(list(enumerate(parts, 1))):
        part.rename(part.with_name(f"part-{number:08}.jsonl"))


DAMAGES: dict[str, tuple[int, Callable[[list[Path]], object]]] = {  # with how many parts before it are sound
    "the seal is cut off": (2, edit(2, lambda lines: lines[:-1])),
    "cut at a line end": (2, edit(2, lambda lines: lines[:2])),
    "cut within a line": (2, edit(2, lambda lines: [*lines[:2], lines[2][:9]])),
    "the last line end is cut off": (2, edit(2, lambda lines: [*lines[:-1], lines[-1][:-1]])),
    "emptied": (2, edit(2, lambda _: [])),
    "NULs": (2, edit(2, lambda lines: [bytes(sum(map(len, lines)))])),
    "a line is missing": (2, edit(2, lambda lines: [lines[0], *lines[2:]])),
    "a line is doubled": (2, edit(2, lambda lines: [lines[0], *lines])),
    "lines are in another order": (2, edit(2, lambda lines: [lines[1], lines[0], *lines[2:]])),
    "a letter is another": (0, edit(0, lambda lines: [lines[0].replace(b"W", b"V"), *lines[1:]])),
    "only the seal is left": (2, edit(2, lambda lines: lines[-1:])),
    "the count is another": (2, edit(2, lambda lines: [*lines[:-1], lines[-1].replace(b": 4,", b": 3,")])),
    "a line follows": (2, edit(2, lambda lines: [*lines, lines[0]])),
    "no JSON follows": (2, edit(2, lambda lines: [*lines, b"{"])),
    "missing": (2, lambda parts: parts[2].unlink()),
    "the first is missing": (0, lambda parts: parts[0].unlink()),
    "all but the last are missing": (0, lambda parts: [part.unlink() for part in parts[:-1]]),
    "doubled over the next": (3, lambda parts: parts[3].write_bytes(parts[2].read_bytes())),
    "doubled behind the last": (-1, double_the_last),
    "exchanged": (1, exchange),
    "renumbered": (0, renumber),
}


def read_errors(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def read_ids(path: Path) -> list[str]:
    return [json.loads(line)["article_id"] for line in path.read_text().splitlines()]


@pytest.mark.parametrize("name", OUTPUTS)
def test_batch_writes_the_table_and_a_row_for_every_failure(news: Path, tmp_path: Path, name: str) -> None:
    summary = score_folder(news, tmp_path / name, pipe=FakePipe(), part_size=4, progress=False)
    assert (summary.articles, summary.quotes, summary.failed, summary.skipped) == (37, 34, 3, 0)
    assert summary.seconds > 0
    assert {file.name for file in tmp_path.iterdir()} == {"news", "quotes.errors.csv", name}
    header, boom, line, link = read_errors(tmp_path / "quotes.errors.csv")
    assert header == ["article_id", "error"]
    assert boom == ["05.txt", "the model failed"]
    assert line[0] == "lines.jsonl#11"
    assert "line 11: not valid JSON" in line[1]
    assert link[0] == "sub/broken.txt"


def test_batch_keeps_the_order_of_the_articles(news: Path, tmp_path: Path) -> None:
    score_folder(news, tmp_path / "q.jsonl", pipe=FakePipe(), part_size=5, progress=False)
    assert read_ids(tmp_path / "q.jsonl") == [
        *(f"{number:02}.txt" for number in range(15) if number != 5),
        *(f"lines.jsonl#{number}" for number in range(1, 11)),
        *(f"r{number}" for number in range(10)),
    ]


@pytest.mark.parametrize("name", OUTPUTS)
@pytest.mark.parametrize("stops", [[0], [13], [20], [36], [8, 8, 8]])
def test_batch_gives_the_same_table_after_an_interruption(
    news: Path, tmp_path: Path, name: str, stops: list[int]
) -> None:
    (tmp_path / "whole").mkdir()
    whole = score_folder(news, tmp_path / "whole" / name, pipe=FakePipe(), part_size=4, progress=False)
    output = tmp_path / "resumed" / name
    for stop in stops:
        with pytest.raises(KeyboardInterrupt):
            score_folder(news, output, pipe=FakePipe(interrupt_at(stop)), part_size=4, progress=False)
        assert not output.exists()
    pipe = FakePipe()
    summary = score_folder(news, output, pipe=pipe, part_size=4, progress=False)
    assert summary.skipped == sum(stop // 4 * 4 for stop in stops)
    assert len(pipe.seen) == 37 - summary.skipped
    assert (summary.articles, summary.quotes, summary.failed) == (whole.articles, whole.quotes, whole.failed)
    assert output.read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert (output.parent / "quotes.errors.csv").read_bytes() == (tmp_path / "whole" / "quotes.errors.csv").read_bytes()
    assert len(list(output.parent.iterdir())) == 2


def test_batch_keeps_its_work_when_the_table_cannot_be_written(
    news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("quotestance.io.batch.write_rows", full)
        with pytest.raises(OSError, match="No space left"):
            score_folder(news, tmp_path / "q.jsonl", pipe=FakePipe(), part_size=4, progress=False)
    summary = score_folder(news, tmp_path / "q.jsonl", pipe=FakePipe(), part_size=4, progress=False)
    assert (summary.skipped, summary.articles, summary.quotes, summary.failed) == (37, 37, 34, 3)


def test_batch_goes_on_with_another_part_size(news: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        score_folder(news, tmp_path / "q.jsonl", pipe=FakePipe(interrupt_at(20)), part_size=4, progress=False)
    summary = score_folder(news, tmp_path / "q.jsonl", pipe=FakePipe(), part_size=7, progress=False)
    assert (summary.skipped, summary.articles, summary.quotes) == (20, 37, 34)


def test_batch_refuses_parts_without_articles(news: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1, got 0"):
        score_folder(news, tmp_path / "q.jsonl", pipe=FakePipe(), part_size=0, progress=False)
    assert not list(tmp_path.glob("q.*"))


def test_batch_does_not_mix_the_parts_of_different_runs(news: Path, tmp_path: Path) -> None:
    output = tmp_path / "q.jsonl"
    with pytest.raises(KeyboardInterrupt):
        score_folder(news, output, pipe=FakePipe(interrupt_at(20)), part_size=4, settings="a", progress=False)
    with pytest.raises(FileExistsError, match=r"differs in: settings\. .*overwrite=True"):
        score_folder(news, output, pipe=FakePipe(), settings="b", progress=False)
    with pytest.raises(FileExistsError, match="differs in: reading"):
        score_folder(news, output, pipe=FakePipe(), settings="a", id_column="id", progress=False)
    os.utime(news / "00.txt", (1, 1))
    with pytest.raises(FileExistsError, match="differs in: inputs"):
        score_folder(news, output, pipe=FakePipe(), settings="a", progress=False)
    summary = score_folder(news, output, pipe=FakePipe(), settings="b", overwrite=True, progress=False)
    assert (summary.articles, summary.skipped) == (37, 0)


def test_batch_replaces_a_table_only_when_told(news: Path, tmp_path: Path) -> None:
    score_folder(news, tmp_path / "q.jsonl", pipe=FakePipe(), progress=False)
    before = (tmp_path / "q.jsonl").read_bytes()
    with pytest.raises(FileExistsError, match="there already"):
        score_folder(news / "00.txt", tmp_path / "q.jsonl", pipe=FakePipe(), progress=False)
    assert (tmp_path / "q.jsonl").read_bytes() == before
    summary = score_folder(news / "00.txt", tmp_path / "q.jsonl", pipe=FakePipe(), overwrite=True, progress=False)
    assert (summary.articles, summary.failed) == (1, 0)
    assert read_ids(tmp_path / "q.jsonl") == ["00.txt"]
    assert not (tmp_path / "q.errors.csv").exists()


def test_batch_leaves_a_folder_alone_that_it_did_not_make(news: Path, tmp_path: Path) -> None:
    (tmp_path / "q.csv.parts").mkdir()
    (tmp_path / "q.csv.parts" / "diary.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="not the work of an interrupted run"):
        score_folder(news, tmp_path / "q.csv", pipe=FakePipe(), overwrite=True, progress=False)
    assert (tmp_path / "q.csv.parts" / "diary.txt").read_text() == "mine"


@pytest.mark.parametrize("how", ["before", "after", "killed"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_batch_gives_the_same_table_wherever_a_run_ends(
    news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, overwrite: bool
) -> None:
    score = partial(score_folder, news, pipe=FakePipe(), part_size=4, progress=False)
    score(tmp_path / "whole" / "q.jsonl")
    whole = {name: (tmp_path / "whole" / name).read_bytes() for name in ("q.jsonl", "q.errors.csv")}
    is_stopped, number = True, 0
    while is_stopped:
        number += 1
        output = tmp_path / str(number) / "q.jsonl"
        output.parent.mkdir()
        with monkeypatch.context() as patch:
            stop = Stop(number, how)
            stop.install(patch)
            try:
                score(output)
                is_stopped = False
            except KeyboardInterrupt:
                assert output.read_bytes() == whole["q.jsonl"] if output.exists() else True
        try:
            assert score(output, overwrite=overwrite).articles == 37
        except FileExistsError as error:
            assert "there already" in str(error)  # noqa: PT017  # a table that is complete already is as good
        assert {name: (output.parent / name).read_bytes() for name in whole} == whole
        assert not list(output.parent.glob("*.parts*"))
    assert number > 30


@pytest.mark.parametrize("number", range(1, 16))
def test_batch_gives_the_same_table_after_it_ended_twice(
    news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """As when the machine goes down while the parts are removed, and again soon after."""
    score = partial(score_folder, news, pipe=FakePipe(), part_size=4, progress=False)
    score(tmp_path / "whole" / "q.jsonl")
    for first in range(26, 40):
        output = tmp_path / str(first) / "q.jsonl"
        output.parent.mkdir()
        for stop in (Stop(first, "killed"), Stop(number, "killed")):
            with monkeypatch.context() as patch, contextlib.suppress(KeyboardInterrupt, FileExistsError):
                stop.install(patch)
                score(output)
        with contextlib.suppress(FileExistsError):
            score(output)
        assert output.read_bytes() == (tmp_path / "whole" / "q.jsonl").read_bytes()


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("stop", [20, 37])
@pytest.mark.parametrize("damage", DAMAGES)
def test_batch_does_damaged_parts_again(
    news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str, stop: int, overwrite: bool
) -> None:
    score_folder(news, tmp_path / "whole.jsonl", pipe=FakePipe(), part_size=4, progress=False)
    with monkeypatch.context() as patch:
        patch.setattr("quotestance.batch.write_rows", lambda *_: interrupt_at(0)(0))
        with pytest.raises(KeyboardInterrupt):
            score_folder(news, tmp_path / "q.jsonl", pipe=FakePipe(interrupt_at(stop)), part_size=4, progress=False)
    parts = sorted((tmp_path / "q.jsonl.parts").glob("part-*"))
    sound, harm = DAMAGES[damage]
    harm(parts)
    pipe = FakePipe()
    summary = score_folder(news, tmp_path / "q.jsonl", pipe=pipe, part_size=4, overwrite=overwrite, progress=False)
    assert (summary.articles, summary.quotes, summary.failed) == (37, 34, 3)
    assert summary.skipped == 37 - len(pipe.seen) == (stop if sound < 0 else 4 * sound)
    assert (tmp_path / "q.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert (tmp_path / "q.errors.csv").read_bytes() == (tmp_path / "whole.errors.csv").read_bytes()


def test_batch_says_which_part_is_damaged(news: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(KeyboardInterrupt):
        score_folder(news, tmp_path / "q.jsonl", pipe=FakePipe(interrupt_at(20)), part_size=4, progress=False)
    (tmp_path / "q.jsonl.parts" / "part-00000003.jsonl").write_bytes(b"")
    score_folder(news, tmp_path / "q.jsonl", pipe=FakePipe(), part_size=4, progress=False)
    assert [record.getMessage().partition(" is ")[0] for record in caplog.records] == [
        str(tmp_path / "q.jsonl.parts" / "part-00000003.jsonl")
    ]


def test_batch_takes_no_parts_of_another_run(news: Path, tmp_path: Path) -> None:
    for name, settings in (("a", "one"), ("b", "other")):
        with pytest.raises(KeyboardInterrupt):
            score_folder(
                news, tmp_path / name / "q.csv", pipe=FakePipe(interrupt_at(20)), part_size=4, settings=settings,
                progress=False,
            )  # fmt: skip
    part = Path("q.csv.parts", "part-00000002.jsonl")
    (tmp_path / "a" / part).write_bytes((tmp_path / "b" / part).read_bytes())
    summary = score_folder(news, tmp_path / "a" / "q.csv", pipe=FakePipe(), settings="one", progress=False)
    assert summary.skipped == 8


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"inputs"', b'"inputs"', b"\xff\xfe"])
def test_batch_throws_parts_with_a_damaged_manifest_away_when_told(
    news: Path, tmp_path: Path, content: bytes | None
) -> None:
    with pytest.raises(KeyboardInterrupt):
        score_folder(news, tmp_path / "q.csv", pipe=FakePipe(interrupt_at(20)), part_size=4, progress=False)
    manifest = tmp_path / "q.csv.parts" / "manifest.json"
    manifest.unlink()
    if content is not None:
        manifest.write_bytes(content)
    with pytest.raises(FileExistsError, match=r"no manifest\.json that can be read\. .*set overwrite=True"):
        score_folder(news, tmp_path / "q.csv", pipe=FakePipe(), part_size=4, progress=False)
    summary = score_folder(news, tmp_path / "q.csv", pipe=FakePipe(), part_size=4, overwrite=True, progress=False)
    assert (summary.skipped, summary.articles) == (0, 37)


def test_batch_leaves_what_is_in_the_way_of_its_last_step(news: Path, tmp_path: Path) -> None:
    (tmp_path / "q.csv.parts.done").mkdir()
    (tmp_path / "q.csv.parts.done" / "diary.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="in the way"):
        score_folder(news, tmp_path / "q.csv", pipe=FakePipe(), overwrite=True, progress=False)
    assert (tmp_path / "q.csv.parts.done" / "diary.txt").read_text() == "mine"


def test_batch_refuses_to_write_among_the_articles(news: Path, tmp_path: Path) -> None:
    for source, output in (
        (news, news / "sub" / "q.csv"),
        (news / "rows.csv", news / "rows.csv"),
        (news / "q.errors.csv", news / "q.csv"),
    ):
        source.touch()
        with pytest.raises(FormatError, match="Write it to another folder"):
            score_folder(source, output, pipe=FakePipe(), overwrite=True, progress=False)
    with pytest.raises(FormatError, match=r"suffix '\.xlsx'"):
        score_folder(news, tmp_path / "q.xlsx", pipe=FakePipe(), progress=False)
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(IsADirectoryError):
        score_folder(news, tmp_path / "d.csv", pipe=FakePipe(), overwrite=True, progress=False)


def test_batch_holds_few_articles_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "many.jsonl").write_text("".join(f'{{"text": "Word{number}"}}\n' for number in range(600)))
    alive: list[int] = []

    def count_articles(number: int) -> None:
        if number % 50 == 0:
            alive.append(sum(type(thing) is Article for thing in gc.get_objects()))

    before = sum(type(thing) is Article for thing in gc.get_objects())
    score_folder(tmp_path / "many.jsonl", tmp_path / "q.parquet", pipe=FakePipe(count_articles), progress=False)
    assert len(alive) == 12
    assert max(alive) - before < 15


def test_batch_shows_its_progress_on_standard_error(
    news: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (news / "lines.jsonl").unlink()
    (news / "rows.csv").unlink()
    score_folder(news, tmp_path / "q.csv", pipe=FakePipe())
    output, errors = capsys.readouterr()
    assert output == ""
    assert "16/16" in errors


def test_batch_of_an_empty_folder_is_an_empty_table(tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    summary = score_folder(tmp_path / "news", tmp_path / "q.csv", pipe=FakePipe(), progress=False)
    assert (summary.articles, summary.quotes, summary.failed) == (0, 0, 0)
    assert (tmp_path / "q.csv").read_text().startswith("article_id,")
