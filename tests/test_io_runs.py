"""Runs that are killed, stopped, locked out or out of space lose nothing, and say what is saved."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from test_io_batch import FakePipe, content

from quotestance.errors import RunError
from quotestance.io.batch import score_folder
from quotestance.io.locking import locked

ROOT = Path(__file__).parents[1]
DISK = 1 << 20  # bytes of a disk that runs full
RUN = """
import os, sys, time
from pathlib import Path
sys.path[:0] = [{root!r}, {tests!r}]
from test_io_batch import FakePipe
from quotestance.io.batch import score_folder
log = os.open({log!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
class Slow(FakePipe):
    def score(self, article):
        time.sleep(0.004)
        done = super().score(article)
        os.write(log, (article.id + "\\n").encode())
        return done
print("ready", flush=True)
score_folder({news!r}, {output!r}, pipe=Slow(), settings="fake", progress=False)
"""


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """60 small articles, two of which fail."""
    folder = tmp_path / "news"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number:02}.txt").write_text("boom" if number in (7, 31) else f"Word{number} said so. " * 5)
    return folder


def tables(folder: Path) -> dict[str, bytes]:
    return {file.name: content(file) for file in folder.glob("q.*") if file.is_file()}


@pytest.fixture
def whole(news: Path, tmp_path: Path) -> dict[str, bytes]:
    """Return the tables of a run that was not interrupted."""
    score_folder(news, tmp_path / "whole" / "q.csv", pipe=FakePipe(), settings="fake", progress=False)
    return tables(tmp_path / "whole")


def started(code: str) -> subprocess.Popen[str]:
    """Start a process that runs this, and wait until it is ready to score."""
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert run.stdout is not None
    assert run.stdout.readline() == "ready\n"
    return run


def test_runs_killed_at_random_give_the_same_tables(news: Path, tmp_path: Path, whole: dict[str, bytes]) -> None:
    draw, log, kills = random.Random(19), tmp_path / "log", 0  # noqa: S311
    log.touch()
    while kills < 20:
        output = tmp_path / f"after {kills}" / "q.csv"
        log.unlink()
        own = 0
        while True:
            code = RUN.format(
                root=str(ROOT), tests=str(ROOT / "tests"), log=str(log), news=str(news), output=str(output)
            )
            with started(code) as run:
                time.sleep(draw.uniform(0, 0.2))
                run.kill()
            if run.returncode == 0:
                break
            kills += 1
            own += 1
            assert tables(output.parent) in ({}, whole) or set(tables(output.parent)) == {"q.articles.csv"}
            if kills >= 20:
                score_folder(news, output, pipe=FakePipe(), settings="fake", progress=False, overwrite=True)
                break
        assert tables(output.parent) == whole
        begun = Counter(log.read_text().split())
        twice = sum(count - 1 for name, count in begun.items() if name not in ("07.txt", "31.txt"))  # those failed
        assert twice <= 3 * own


def test_runs_by_command_killed_give_the_same_table(
    attribution_folder: Path, stance_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02}.txt").write_text(f'"We will talk {number} times," Ann Lee said. ' * 4)
    options = ["--attribution", str(attribution_folder), "--stance", str(stance_folder), "--quiet", "--threads", "1"]
    command = [sys.executable, "-m", "quotestance", "score", str(folder), *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def call(output: Path, after: int | None = None) -> tuple[int, str]:
        """Run the command, and end it when so many lines are saved."""
        with subprocess.Popen(  # noqa: S603
            [*command, "-o", str(output)], stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT
        ) as run:
            while after is not None and run.poll() is None and saved_lines(output) < after:
                time.sleep(0.001)
            if after is not None:
                run.send_signal(signal.SIGKILL if after < 5 else signal.SIGTERM)
            return run.wait(), run.stderr.read() if run.stderr else ""

    assert call(tmp_path / "whole" / "q.jsonl")[0] == 0
    output = tmp_path / "q.jsonl"
    assert call(output, 3)[0] == -signal.SIGKILL
    assert not output.exists()
    code, words = call(output, 8)
    if not output.exists():  # else it was done before the signal came
        assert code == 128 + signal.SIGTERM
        assert "articles are saved in" in words
        code, words = call(output)
        assert "not scored again" in words
    assert code == 0
    assert tables(tmp_path) == tables(tmp_path / "whole")


def saved_lines(output: Path) -> int:
    return sum(file.read_bytes().count(b"\n") for file in output.with_name(output.name + ".cache").glob("results-*"))


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("limit", [0, 1, 100, 3_000, 6_000, 9_000])
@pytest.mark.parametrize("name", ["q.csv", "q.jsonl", "q.parquet", "q.xlsx"])
def test_runs_out_of_room_say_so_and_go_on(news: Path, tmp_path: Path, limit: int, name: str) -> None:
    score_folder(news, tmp_path / "whole" / name, pipe=FakePipe(), settings="fake", progress=False)
    with pytest.raises(RunError) as raised, files_of_at_most(limit):
        score_folder(news, tmp_path / name, pipe=FakePipe(), settings="fake", progress=False)
    assert "limit on the size of files" in str(raised.value)
    assert tables(tmp_path) == {}
    score_folder(news, tmp_path / name, pipe=FakePipe(), settings="fake", progress=False)
    assert tables(tmp_path) == tables(tmp_path / "whole")


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """Mount a disk of so many bytes; skips where that is not permitted."""
    folder.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run(  # noqa: S603
        [mount, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if not made or made.returncode:
        pytest.skip("No disk can be mounted here; limits on the size of files stand in, in the tests beside this one.")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)  # noqa: S603, S607


@pytest.mark.parametrize("pages", [0, 1, 2, 4, 8, 12])
@pytest.mark.parametrize("name", ["q.csv", "q.parquet"])
def test_runs_on_a_full_disk_say_so_and_go_on(news: Path, tmp_path: Path, pages: int, name: str) -> None:
    score_folder(news, tmp_path / "whole" / name, pipe=FakePipe(), settings="fake", progress=False)
    with small_disk(tmp_path / "disk", DISK) as disk:
        (disk / "full").write_bytes(bytes(DISK - 4096 * (pages + 1)))  # a page is the folder's own
        with pytest.raises(RunError, match="Free some space"):
            score_folder(news, disk / name, pipe=FakePipe(), settings="fake", progress=False)
        assert tables(disk) == {}
        (disk / "full").unlink()
        score_folder(news, disk / name, pipe=FakePipe(), settings="fake", progress=False)
        assert tables(disk) == tables(tmp_path / "whole")


def test_runs_refuse_to_keep_their_work_on_another_disk_than_their_tables(news: Path, tmp_path: Path) -> None:
    pipe = FakePipe()
    with small_disk(tmp_path / "disk", DISK) as disk:
        (tmp_path / "q.csv.cache").symlink_to(disk)
        with pytest.raises(FileExistsError, match=r"q\.csv\.cache is on another disk"):
            score_folder(news, tmp_path / "q.csv", pipe=pipe, settings="fake", progress=False)
    assert not pipe.seen


def test_runs_whose_folder_is_removed_say_so(news: Path, tmp_path: Path) -> None:
    def remove(number: int) -> None:
        if number == 30:
            shutil.rmtree(tmp_path / "out")

    output = tmp_path / "out" / "q.csv"
    with pytest.raises(RunError, match="Cannot write") as raised:
        score_folder(news, output, pipe=FakePipe(remove), settings="fake", progress=False)
    assert "gone: nothing is saved" in raised.value.__notes__[0]


def test_runs_on_one_output_exclude_each_other(news: Path, tmp_path: Path) -> None:
    def second(number: int) -> None:
        if number == 5:
            score_folder(news, tmp_path / "q.csv", pipe=FakePipe(), settings="fake", progress=False)

    with pytest.raises(RunError, match=f"process {os.getpid()} on {socket.gethostname()} holds"):
        score_folder(news, tmp_path / "q.csv", pipe=FakePipe(second), settings="fake", progress=False)
    score_folder(news, tmp_path / "q.csv", pipe=FakePipe(), settings="fake", progress=False)


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"', "\xff", '{"pid": 999999999, "host": "elsewhere"}'])
def test_runs_take_over_a_lock_that_nobody_holds(tmp_path: Path, content: str) -> None:
    (tmp_path / "lock").write_text(content)
    with locked(tmp_path / "lock"):
        assert json.loads((tmp_path / "lock").read_text())["pid"] == os.getpid()


@pytest.mark.parametrize(
    ("holder", "is_free"),
    [
        ({}, True),
        ({"pid": 2**22 + 1, "host": socket.gethostname()}, True),
        ({"pid": os.getpid(), "host": socket.gethostname()}, False),
        ({"pid": 1, "host": "another"}, False),
    ],
)
def test_runs_without_locks_of_the_system_go_by_what_the_file_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holder: dict[str, object], is_free: bool
) -> None:
    monkeypatch.setattr("quotestance.io.locking.fcntl", None)
    (tmp_path / "lock").write_text(json.dumps(holder))
    if is_free:
        with locked(tmp_path / "lock"):
            pass
    else:
        with pytest.raises(RunError, match="Another run"), locked(tmp_path / "lock"):
            pass


def test_runs_that_are_killed_leave_no_lock_to_their_workers(tmp_path: Path) -> None:
    code = f"""
        import os, time
        from pathlib import Path
        from quotestance.io.locking import locked
        with locked(Path({str(tmp_path / "lock")!r})):
            if not os.fork():  # a worker, which tells when it is there
                print("ready", os.getpid(), sep="\\n", flush=True)
            time.sleep(60)
    """
    with started(textwrap.dedent(code)) as run:
        assert run.stdout is not None
        worker = int(run.stdout.readline())
        with pytest.raises(RunError, match=f"process {run.pid} on"), locked(tmp_path / "lock"):
            pass  # a fork that closes the file does not give the lock away
        run.kill()
        run.wait()
        with locked(tmp_path / "lock"):
            os.kill(worker, signal.SIGKILL)


def test_runs_go_on_in_a_fork_of_the_process_that_holds_the_lock(tmp_path: Path) -> None:
    with locked(tmp_path / "lock"):
        child = os.fork()
    if not child:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
