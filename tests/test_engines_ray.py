"""A run on Ray gives the rows of a plain one, whoever dies on the way, and goes on where it stopped."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import threading
import time
import warnings
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from quotestance import FormatError, Scorer, score_folder
from quotestance.engines.on_ray import EngineSummary, _ray, score_on_ray
from quotestance.pipeline import Pipeline

ray = pytest.importorskip("ray", reason="needs Ray Data: pip install 'quotestance[ray]'")
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("cluster")]  # the warnings are Ray's own

Score = Callable[..., EngineSummary]


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """Two workers on this machine."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    for _ in range(4):  # Ray gives itself 30 seconds to start, and a busy machine may need more
        with contextlib.suppress(Exception):
            ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=100_000_000)
            break
        ray.shutdown()
    if not ray.is_initialized():
        pytest.skip("Ray did not start within the 30 seconds that it gives itself, in four tries: the machine is busy.")
    yield
    with warnings.catch_warnings(action="ignore"):  # Ray leaves the processes that it started to be collected
        ray.shutdown()
        gc.collect()


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """63 articles in three kinds of files; two fail, three take an id that is there, two files are not read."""
    folder = tmp_path / "news"
    (folder / "sub").mkdir(parents=True)
    for number in range(12):
        (folder / f"{number:02}.txt").write_text(f'"Word {number}," the two said. “Peace,” said Liu.')
    (folder / "sub" / "broken.txt").symlink_to(folder / "gone")
    (folder / "rows.csv").write_text("id,text\n" + "".join(f"r{n},“Row {n}” said Liu. War.\n" for n in range(9)))
    lines = [json.dumps({"text": f'The two said line {number}. "So," said Liu.'}) for number in range(37)]
    same = [json.dumps({"id": one, "text": '"War," said the two.'}) for one in ("r1", "r1#2", "r1")]
    (folder / "sub" / "lines.jsonl").write_text("\n".join([*lines, *same, "{broken"]))
    (folder / "a.pdf").write_bytes(b"%PDF")
    (folder / ".hidden.txt").write_text("x")
    return folder


@pytest.fixture
def score(attribution_folder: Path, stance_folder: Path) -> Score:
    scorer = Scorer(attribution=attribution_folder, stance=stance_folder)
    return partial(score_on_ray, scorer=scorer, workers=2, progress=False)


def plain_rows(news: Path, tmp_path: Path, pipe: Pipeline) -> pd.DataFrame:
    score_folder(news, tmp_path / "plain.parquet", pipe=pipe, progress=False)
    return pd.read_parquet(tmp_path / "plain.parquet")


def own_processes(title: str) -> list[int]:
    """Find the processes with this title that come from this one."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                found[int(entry.name)] = (parent, (entry / "cmdline").read_text())
            except OSError:
                continue

    def is_own(pid: int) -> bool:
        return pid == os.getpid() or (pid in found and is_own(found[pid][0]))

    return [pid for pid, (_, command) in found.items() if command.startswith(title) and is_own(pid)]


class Killer(threading.Thread):
    """Kills all workers each time that so many parts are there.

    Args:
        folder: Of the parts.
        after: The numbers of parts.
    """

    def __init__(self, folder: Path, after: tuple[int, ...]) -> None:
        super().__init__(daemon=True)
        self.folder, self.after = folder, after
        self.killed: list[int] = []

    def run(self) -> None:
        for count in self.after:
            while len(list(self.folder.glob("*.parquet"))) < count:
                time.sleep(0.005)
            for pid in own_processes("ray::MapWorker"):
                os.kill(pid, signal.SIGKILL)
                self.killed.append(pid)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the workers in /proc")
def test_engines_ray_loses_nothing_where_workers_are_killed(
    score: Score, news: Path, tmp_path: Path, tiny_pipe: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    killer = Killer(tmp_path / "out" / "articles", (5, 20, 35))
    killer.start()
    summary = score(news, tmp_path / "out", part_size=1)
    killer.join(10)
    assert len(killer.killed) >= 3
    found, plain = pd.read_parquet(tmp_path / "out" / "quotes"), plain_rows(news, tmp_path, tiny_pipe)
    pd.testing.assert_frame_equal(found, plain)
    assert not found.duplicated(["article_id", "quote"]).any()
    articles = pd.read_parquet(tmp_path / "out" / "articles")
    inputs = pd.read_parquet(tmp_path / "plain.articles.parquet")
    keys = ["file", "article_id"]
    pd.testing.assert_frame_equal(*(one.sort_values(keys, ignore_index=True) for one in (articles, inputs)))
    assert (summary.articles, summary.failed, summary.skipped, summary.renamed) == (63, 2, 2, 3)
    assert articles.state.value_counts().to_dict() == {"read": 61, "failed": 2, "skipped": 2}
    assert not articles.article_id.dropna().duplicated().any()
    assert articles.quotes.sum() == summary.quotes == len(plain) > 30
    assert sorted(articles[articles.state == "failed"].article_id) == ["sub/broken.txt", "sub/lines.jsonl#41"]
    (tmp_path / "out").rename(tmp_path / "scored")
    monkeypatch.chdir(tmp_path)
    docs = (Path(__file__).parents[1] / "docs" / "scaling.md").read_text(encoding="utf-8")
    check = docs.partition("**Check a finished run.**")[2].split("```")[1].removeprefix("python\n")
    exec(compile(check, "scaling.md", "exec"), {})  # noqa: S102  # our own


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the readers in /proc")
def test_engines_ray_reads_with_no_more_processes_than_score(score: Score, tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    for number in range(24):  # files of records, which are read one by one
        (tmp_path / "news" / f"{number:02}.jsonl").write_text('{"text": "\\"War,\\" said the two."}\n')
    before, begun, is_done = set(own_processes("ray::")), set[int](), threading.Event()

    def watch() -> None:
        while not is_done.wait(0.1):
            begun.update(own_processes("ray::"))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        assert score(tmp_path / "news", tmp_path / "out").articles == 24
    finally:
        is_done.set()
        watching.join()
    assert len(begun - before) < 12


def test_engines_ray_leaves_a_signal_to_whoever_handles_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def ours(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", lambda **_: signal.signal(signal.SIGTERM, lambda *_: None))  # as Ray itself does
    monkeypatch.setattr(ray, "shutdown", lambda: None)
    before = signal.signal(signal.SIGTERM, ours)
    try:
        with pytest.raises(KeyboardInterrupt), _ray(None):
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)


def cut(part: Path) -> None:
    part.write_bytes(part.read_bytes()[:-100])


def change(part: Path) -> None:
    data = bytearray(part.read_bytes())
    data[len(data) // 3] ^= 1
    part.write_bytes(data)


def swap(part: Path) -> None:
    other = sorted(part.parent.glob("*.parquet"))[-2]
    part.write_bytes(other.read_bytes())


DAMAGES: dict[str, Callable[[Path], Any]] = {
    "removed": Path.unlink,
    "emptied": lambda part: part.write_bytes(b""),
    "cut": cut,
    "changed": change,
    "another": swap,
}


def test_engines_ray_goes_on_and_makes_damaged_parts_again(
    score: Score, news: Path, tmp_path: Path, tiny_pipe: Pipeline
) -> None:
    (news / "rows.csv").unlink()
    score(news, tmp_path / "out", part_size=4)
    parts = sorted((tmp_path / "out" / "articles").glob("part-00*.parquet"))
    assert len(parts) == 15
    for number, damage in enumerate(DAMAGES.values()):
        damage(tmp_path / "out" / ("quotes" if number % 2 else "articles") / parts[2 * number].name)
    (tmp_path / "out" / "quotes" / "part-000099-000000.parquet").write_bytes(parts[1].read_bytes())
    summary = score(news, tmp_path / "out", part_size=4, overwrite=True)
    again = summary.articles - summary.reused
    assert 4 * len(DAMAGES) <= again <= 4 * len(DAMAGES) + 4  # the part that stood twice may be made again too
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "out" / "quotes"), plain_rows(news, tmp_path, tiny_pipe))


def test_engines_ray_warns_of_files_that_are_gone_where_nothing_failed(
    score: Score, news: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (news / "disk").mkdir()
    for file in [*news.glob("0*.txt"), news / "rows.csv", news / "sub" / "lines.jsonl"]:
        file.rename(news / "disk" / file.name)
    (news / "sub" / "broken.txt").unlink()
    (news / "disk" / "lines.jsonl").write_text((news / "disk" / "lines.jsonl").read_text().removesuffix("\n{broken"))
    before = score(news, tmp_path / "out")
    assert (before.failed, caplog.text) == (0, "")
    (news / "disk").rename(tmp_path / "away")
    (news / "disk").mkdir()  # where the disk was mounted
    left = score(news, tmp_path / "out", overwrite=True)
    assert f"out had {before.quotes} quotes, and has {left.quotes} now. If files are missing" in caplog.text
    (news / "disk").rmdir()
    (tmp_path / "away").rename(news / "disk")
    caplog.clear()
    assert score(news, tmp_path / "out", overwrite=True).quotes == before.quotes
    assert caplog.text == ""


def test_engines_ray_reads_what_is_remote(score: Score, news: Path, tmp_path: Path, tiny_pipe: Pipeline) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for file in sorted(news.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(tmp_path))
    (news / "sub" / "broken.txt").unlink()
    summary = score(f"zip://news::file://{tmp_path}/all.zip", f"file://{tmp_path}/out", part_size=20)
    assert (summary.articles, summary.failed, summary.skipped) == (62, 1, 2)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "out" / "quotes"), plain_rows(news, tmp_path, tiny_pipe))
    assert "zip://news::file://" in pd.read_parquet(tmp_path / "out" / "articles").why.str.cat()


def test_engines_ray_reads_one_file(score: Score, news: Path, tmp_path: Path, tiny_pipe: Pipeline) -> None:
    score(news / "rows.csv", tmp_path / "out", part_size=4)
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "out" / "quotes"), plain_rows(news / "rows.csv", tmp_path, tiny_pipe)
    )


def test_engines_ray_leaves_alone_what_is_of_no_run_or_another(score: Score, news: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("x")
    with pytest.raises(FileExistsError, match=r"it has no run\.json"):
        score(news, tmp_path / "mine", overwrite=True)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.json").write_text(json.dumps({"source": "elsewhere"}))
    with pytest.raises(FileExistsError, match=r"differs in: source, reading, settings, part_size\. "):
        score(news, tmp_path / "out")


def test_engines_ray_refuses_what_cannot_be(score: Score, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "a.pdf").write_text("x")
    with pytest.raises(FormatError, match=r"holds nothing that is read \(1 files of other kinds\)"):
        score(tmp_path / "empty", tmp_path / "out")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        score(tmp_path / "gone", tmp_path / "out")
    with pytest.raises(FormatError, match="no kind of file"):
        score(tmp_path / "empty" / "a.pdf", tmp_path / "out")
    with pytest.raises(FormatError, match="Protocol not known: ftps3"):
        score("ftps3://host/news", tmp_path / "out")
    with pytest.raises(ValueError, match="part_size is a whole number of articles, at least 1, got 0"):
        score(tmp_path / "empty", tmp_path / "out", part_size=0)
    assert not (tmp_path / "out").exists()


def test_engines_ray_says_why_a_part_cannot_be_written(score: Score, news: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "quotes" / "part-000000-000000.parquet").mkdir(parents=True)
    (tmp_path / "out" / "run.json").write_text("{}")
    with pytest.raises(OSError, match=r"^Ray failed: IsADirectoryError: .* is kept in .*out; the same"):
        score(news / "00.txt", tmp_path / "out", overwrite=True)
