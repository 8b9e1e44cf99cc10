"""Processes that read articles; the readers here need no models, so that they start at once."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.progress import Progress

from quotestance.types import Article
from quotestance.workers import _work, read_in_processes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Elsewhere workers start slowly, each with an import.")


def titled(articles: Sequence[Article]) -> list[Article]:
    """Give every article the number of its process as title; the text says what happens to the process."""
    for article in articles:
        if article.text == "deadly" or (article.text == "deadly in company" and len(articles) > 1):
            os.kill(os.getpid(), signal.SIGKILL)
        if article.text == "slow":
            time.sleep(0.3)
        if article.text == "wrong":
            raise LookupError("no such word")
    return [article.replace(title=str(os.getpid())) for article in articles]


def short(articles: Sequence[Article]) -> list[Article]:
    return titled(articles)[1:]


def large(articles: Sequence[Article]) -> list[Article]:
    """Give articles that no pipe holds, so that a worker waits until they are taken."""
    return [article.replace(title="x" * 3_000_000) for article in articles]


def telling(articles: Sequence[Article]) -> list[Article]:
    """Say something, and die where that takes five seconds."""
    signal.alarm(5)
    sys.stdout.write("said by a worker\n")
    sys.stderr.write("told by a worker\n")
    signal.alarm(0)
    return titled(articles)


class TwoWordedError(Exception):
    """One that is pickled and comes to nothing: it is made anew of one word."""

    def __init__(self, word: str, other: str) -> None:
        super().__init__(f"{word} {other}")


def groups(*texts: Sequence[str]) -> list[list[Article]]:
    return [[Article(text) for text in group] for group in texts]


def test_workers_keep_the_order_and_share_the_work() -> None:
    given = groups(["slow", "a"], ["b"], ["c"], ["slow"], *([str(n)] for n in range(20)))
    done = list(read_in_processes(titled, given, 2))
    assert [articles for articles, _ in done] == given
    assert [[one.text for one in read] for _, read in done] == [[one.text for one in group] for group in given]
    assert len({one.title for _, read in done for one in read}) == 2
    assert str(os.getpid()) not in {one.title for _, read in done for one in read}


def test_workers_take_few_groups_ahead() -> None:
    taken = 0

    def counted() -> Iterator[list[Article]]:
        nonlocal taken
        for taken in range(1, 101):
            yield [Article(str(taken))]

    for number, _ in enumerate(read_in_processes(titled, counted(), 2), start=1):
        assert taken <= number + 6
    assert taken == 100


def test_workers_read_nothing_without_a_process() -> None:
    assert list(read_in_processes(titled, [], 4)) == []
    assert not multiprocessing.active_children()


def test_workers_that_die_cost_the_article_at_fault_alone() -> None:
    given = groups(["a", "deadly", "b"], ["c"], ["d", "deadly in company"], ["e"])
    read = [one for _, done in read_in_processes(titled, given, 2) for one in done]
    assert [one.text for one in read] == [one.text for group in given for one in group]
    errors = {one.text: one.error for one in read if one.error is not None}
    assert errors == {"deadly": "WorkerError: the process that read it died twice, with exit code -9"}
    assert not multiprocessing.active_children()


def test_workers_raise_what_their_reader_raises() -> None:
    with pytest.raises(LookupError, match="no such word"):
        list(read_in_processes(titled, groups(["a"], ["wrong"], ["b"]), 2))
    assert not multiprocessing.active_children()


def test_workers_tell_what_cannot_be_sent() -> None:
    def failing(_: Sequence[Article]) -> list[Article]:
        raise TwoWordedError("no", "luck")

    def locked(articles: Sequence[Article]) -> list[Article]:
        return [article.replace(meta={"lock": threading.Lock()}) for article in articles]

    with pytest.raises(RuntimeError, match=r"^TwoWordedError: no luck$"):
        list(read_in_processes(failing, groups(["a"]), 2))
    with pytest.raises(TypeError, match="cannot pickle"):
        list(read_in_processes(locked, groups(["a"]), 2))
    assert not multiprocessing.active_children()


def test_workers_refuse_a_reader_that_loses_articles() -> None:
    with pytest.raises(ValueError, match="one article for each"):
        list(read_in_processes(short, groups(["a", "b"], ["c"]), 2))
    assert not multiprocessing.active_children()


def test_workers_give_what_came_before_a_source_fails() -> None:
    def failing() -> Iterator[list[Article]]:
        yield from groups(["slow"], ["a"])
        raise OSError("the disk is gone")

    reading = read_in_processes(titled, failing(), 2)
    assert [next(reading)[0][0].text for _ in range(2)] == ["slow", "a"]
    with pytest.raises(OSError, match="the disk is gone"):
        next(reading)
    assert not multiprocessing.active_children()


def test_workers_that_cannot_begin_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def ends(*_: object) -> None:
        os._exit(1)

    monkeypatch.setattr("quotestance.workers._work", ends)
    with pytest.raises(RuntimeError, match="ended before it began, with exit code 1"):
        list(read_in_processes(titled, groups(["a"], ["b"]), 2))
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_workers_leave_signals_to_their_parent_from_the_start(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def signalled(*given: Any) -> None:
        os.kill(os.getpid(), number)
        _work(*given)

    monkeypatch.setattr("quotestance.workers._work", signalled)
    assert len(list(read_in_processes(titled, groups(["a"], ["b"]), 2))) == 2
    assert capfd.readouterr().err == ""


def test_workers_that_are_answering_end_with_the_iterator_and_print_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    reading = read_in_processes(large, groups(*([str(n)] for n in range(50))), 2)
    next(reading)
    reading.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()
    assert capfd.readouterr().err == ""


def test_workers_of_two_teams_end_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quotestance.workers._SECONDS_TO_END", 30.0)
    teams = [read_in_processes(titled, groups(*([str(n)] for n in range(20))), 2) for _ in range(2)]
    began = time.monotonic()
    assert len(list(zip(*teams, strict=True))) == 20
    assert time.monotonic() - began < 30  # else each worker is waited for so long, and killed


def test_workers_say_what_they_say_while_a_bar_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    with Progress(console=Console(file=io.StringIO(), force_terminal=True)) as bar:
        done: list[list[Article]] = []
        with bar.live._lock:  # as while it is drawn; another thread holds it than the one that forks
            thread = threading.Thread(
                target=lambda: done.extend(read for _, read in read_in_processes(telling, groups("a"), 2))
            )
            thread.start()
            thread.join()
    assert [article.error for (article,) in done] == [None]
    assert capfd.readouterr() == ("said by a worker\n", "told by a worker\n")


def test_workers_end_with_the_iterator() -> None:
    reading = read_in_processes(titled, groups(*([str(n)] for n in range(50))), 2)
    next(reading)
    assert len(multiprocessing.active_children()) == 2
    reading.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_their_parent(number: signal.Signals, tmp_path: Path) -> None:
    code = f"""
    import os, signal, time
    from pathlib import Path
    from quotestance.types import Article
    from quotestance.workers import read_in_processes

    def read(articles):
        (Path({str(tmp_path)!r}) / str(os.getpid())).touch()
        time.sleep(1)
        return articles

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have told it to ignore Ctrl-C
    list(read_in_processes(read, [[Article(str(n))] for n in range(100)], 2))
    """
    root = Path(__file__).parents[1]
    run = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=root,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    _wait(lambda: len(list(tmp_path.iterdir())) == 2)
    if number == signal.SIGINT:
        os.killpg(run.pid, number)  # as a terminal does, to the workers too
    else:
        run.kill()
    _, errors = run.communicate(timeout=60)
    assert errors.count("Traceback") == (number == signal.SIGINT), errors
    _wait(lambda: not any(_is_running(int(file.name)) for file in tmp_path.iterdir()))


def _wait(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def _is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
