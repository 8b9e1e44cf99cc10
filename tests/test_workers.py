"""Processes that read articles; the readers here need no models, so that they start at once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from quotestance.types import Article
from quotestance.workers import read_in_processes

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
