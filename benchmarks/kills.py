"""Kill a run at random moments, resume it each time, and compare what comes out with an uninterrupted run.

    python benchmarks/kills.py [--by api|score] [--articles 200] [--kills 20] [--model stub|tiny|fast] [--seed 19]

Each attempt is a process of its own, forked from this one so that nothing is imported anew, and ended by SIGKILL at a
moment drawn evenly from the time that a whole run takes; then the same call goes on, until it ends by itself. ``api``
calls ``score_folder``, ``score`` the command with its arguments. Where a run ends before it is killed, the next begins
with another output, until the kills are done. Counted are articles that were begun again although they had been begun
before the kill: at most three, which are scored together, may be lost to a kill.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from invented import tiny_models, write_folder

from quotestance import Article, Quote, Span
from quotestance.cli import score as score_command
from quotestance.cli.main import run
from quotestance.cli.models import load_pipe
from quotestance.io.batch import score_folder
from quotestance.pipeline import Pipeline

MOST_LOST = 3  # articles a kill, as score_folder's group_size has it
PAUSE = 0.005  # seconds that the stub takes for an article
SENTENCES = 9


class StubPipe:
    """Quotes the first word of every article, and takes its time."""

    identity = "stub"

    def stream(self, articles: Iterable[Article]) -> Iterator[Article]:
        """Yield the articles, each with a quote."""
        for article in articles:
            time.sleep(PAUSE)
            word = article.text.split()[0]
            yield article.replace(quotes=(Quote("indirect", (Span.of(article.text, 0, len(word)),)),))


def logging_to(path: Path, stream: Callable[..., Iterator[Article]]) -> Callable[..., Iterator[Article]]:
    """Return a stream that writes down the id of every article that it begins."""

    def logged(pipe: object, articles: Iterable[Article]) -> Iterator[Article]:
        with path.open("ab", buffering=0) as log:

            def begun() -> Iterator[Article]:
                for article in articles:
                    log.write(f"{article.id}\n".encode())
                    yield article

            yield from stream(pipe, begun())

    return logged


def by_api(news: Path, output: Path, models: list[str]) -> None:
    """Score through ``score_folder``."""
    pipe = StubPipe() if models == ["stub"] else load_pipe(*_given(models), threads=1)
    score_folder(news, output, pipe=pipe, progress=False)


def _given(models: list[str]) -> tuple[str | None, str | None, bool, None]:
    found = dict(zip(models[::2], models[1::2], strict=False))
    return found.get("--attribution"), found.get("--stance"), "--fast" in models, None


def by_score(news: Path, output: Path, models: list[str]) -> None:
    """Score through the command."""
    if models == ["stub"]:
        vars(score_command)["load_pipe"] = lambda *_: StubPipe()
        models = []
    sys.argv = ["quotestance", "score", str(news), "-o", str(output), "--quiet", "--threads", "1", *models]
    run()


def attempt(work: Callable[[], None], log: Path, seconds: float | None) -> bool:
    """Run in a process of its own, and kill it after so long; tells whether it ended by itself."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            StubPipe.stream = logging_to(log, StubPipe.stream)  # type: ignore[method-assign]
            Pipeline.stream = logging_to(log, Pipeline.stream)  # type: ignore[method-assign, assignment]
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            work()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            os._exit(code)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
        raise SystemExit(f"an attempt ended with exit code {os.WEXITSTATUS(status)}")
    return os.WIFEXITED(status)


def tables(output: Path) -> dict[str, bytes]:
    """Return both tables, as far as they are there."""
    return {path.name: path.read_bytes() for path in output.parent.glob("q*.csv") if path.is_file()}


def main() -> None:
    """Kill, resume, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--by", choices=("api", "score"), default="api")
    parser.add_argument("--articles", type=int, default=200)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--model", choices=("stub", "tiny", "fast"), default="stub")
    parser.add_argument("--seed", type=int, default=19)
    args = parser.parse_args()
    draw = random.Random(args.seed)
    score = by_api if args.by == "api" else by_score
    with TemporaryDirectory() as place:
        folder = Path(place)
        models = {"stub": ["stub"], "fast": ["--fast"]}.get(args.model)
        if models is None:
            models = [word for name, path in tiny_models(folder).items() for word in (f"--{name}", path)]
        news, log = write_folder(folder / "news", args.articles, SENTENCES), folder / "log"
        started = time.perf_counter()
        attempt(partial(score, news, folder / "whole" / "q.csv", models), log, None)
        whole, length = tables(folder / "whole" / "q.csv"), time.perf_counter() - started
        kills = runs = most = 0
        lost = 0
        while kills < args.kills:
            runs += 1
            output = folder / f"run{runs}" / "q.csv"
            log.unlink()
            while True:
                before = set(log.read_text().split()) if log.exists() else set()
                log.write_bytes(b"")
                is_last = kills == args.kills
                seconds = None if is_last else draw.uniform(0, length)
                has_ended = attempt(partial(score, news, output, models), log, seconds)
                twice = len(before & set(log.read_text().split()))
                with log.open("a") as file:
                    file.write("".join(f"{name}\n" for name in before))
                most, lost = max(most, twice), lost + twice
                if has_ended:
                    break
                kills += 1
                if tables(output) not in ({}, whole) and set(tables(output)) != {"q.articles.csv"}:
                    raise SystemExit(f"after kill {kills} there is a table that is not whole")
            if tables(output) != whole:
                raise SystemExit(f"run {runs} gave other tables than an uninterrupted one")
    print(f"{args.by}, {args.model} model: {args.articles} articles, {length:.1f} s uninterrupted")
    print(f"{kills} kills at random moments in {runs} runs: all tables equal to those of the uninterrupted run")
    print(f"articles begun again: {lost} in all, at most {most} after a kill")
    if most > MOST_LOST:
        raise SystemExit(f"more than {MOST_LOST} articles were begun again after a kill")


if __name__ == "__main__":
    main()
