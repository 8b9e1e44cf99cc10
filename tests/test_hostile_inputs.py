"""No input crashes a reader, hangs it, or is lost in silence: every one gives articles with text, or with an error."""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from clock import Clock
from hostile import hostile_inputs

from quotestance import Article, read_articles, score_folder

KINDS = hostile_inputs()
_LONGEST = 120.0  # seconds in which an input that is not waited for is read, on however busy a machine
_MOST_WORK = 20  # times the processor time of an ordinary page, for one input: a quadratic step takes hundreds
_ALL = 200  # the same for all of them
_MAY_BE_EMPTY = frozenset(  # the text of these is empty, or there is no record in them
    (
        "0 bytes",
        "empty",
        "json empty list",
        "mark alone",
        "parquet empty",
        "table a header of commas",
        "table header only",
        "table marks in rows",
    )
)


class Echo:
    """A pipe that finds nothing."""

    def stream(self, articles: Iterable[Article]) -> Iterator[Article]:
        for article in articles:
            yield article.replace(quotes=())


@contextmanager
def time_limit(seconds: float, name: str) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise AssertionError(f"{name} takes longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_hostile_inputs_are_many_and_the_same_each_time() -> None:
    assert len(KINDS) >= 300
    assert [kind.name for kind in hostile_inputs()] == [kind.name for kind in KINDS]


def ordinary_page(folder: Path) -> float:
    """Seconds of processor time that an ordinary page of 250 KB takes on this machine, as busy as it is now."""
    page = folder / "ordinary.html"
    paragraphs = '<p>"We will talk," Liu said on Monday, and left the hall without a further word.</p>' * 3_000
    page.write_text(f"<html><body><article>{paragraphs}</article></body></html>", encoding="utf-8")
    with Clock() as clock:
        assert [article.error for article in read_articles(folder)] == [None]
    page.unlink()
    return clock.seconds


def test_hostile_inputs_neither_crash_nor_hang_nor_vanish(tmp_path: Path) -> None:
    faults = []
    usual, work = ordinary_page(tmp_path), 0.0
    for number, kind in enumerate(KINDS):
        path = tmp_path / f"{number:04}{kind.suffix}"
        kind.make(path)
        name = f"{kind.name}{kind.suffix}"
        try:
            with Clock() as clock, time_limit(_LONGEST, name):
                articles = list(Echo().stream(read_articles(tmp_path)))
        except Exception as error:  # whatever it is: all faults are told together
            faults.append(f"{name}: {error!r}")
            articles = []
        finally:
            path.unlink()
        work += clock.seconds
        if clock.seconds > _MOST_WORK * usual and clock.seconds > _MOST_WORK * ordinary_page(tmp_path):
            faults.append(f"{name}: {clock.seconds:.1f} s")
        if not articles and kind.name not in _MAY_BE_EMPTY:
            faults.append(f"{name}: lost")
        faults += [f"{name}: {fault}" for article in articles if (fault := _fault(article, kind.name))]
    assert not faults, "\n".join(faults)
    assert work < _ALL * usual


def test_hostile_inputs_all_have_their_rows_in_one_run(tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    names = [f"{number:04}{kind.suffix}" for number, kind in enumerate(KINDS)]
    for kind, name in zip(KINDS, names, strict=True):
        kind.make(folder / name)
    with time_limit(_LONGEST * 5, "the folder"):
        summary = score_folder(folder, tmp_path / "q.jsonl", pipe=Echo(), progress=False)
    rows = [json.loads(line) for line in (tmp_path / "q.articles.jsonl").read_text(encoding="utf-8").splitlines()]
    assert set(names) == {row["file"] for row in rows}
    assert [row for row in rows if row["state"] != "read" and not row["why"]] == []
    counted = Counter(row["state"] for row in rows)
    assert counted == {"read": summary.read, "skipped": summary.skipped, "failed": summary.failed}
    assert all((row["article_id"] is None) <= (row["state"] == "skipped") for row in rows)


def _fault(article: Article, kind: str) -> str | None:
    if not (article.text or article.error or kind in _MAY_BE_EMPTY):
        return "neither text nor error"
    if article.text.count("\0") > max(1, len(article.text) // 50):
        return "text full of NULs"
    return None
