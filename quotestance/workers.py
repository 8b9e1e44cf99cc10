"""Articles read in several processes: order kept, nothing lost, and no process left behind.

A worker is a copy of this process where that is safe (Linux), so that all read with the same weights in memory, and a
process of its own that is given what it reads with elsewhere. Each works with one processor thread. A worker that dies,
as when memory runs out, is replaced, and what it was reading is read once more, article by article; the article whose
worker dies again is marked as failed.
"""

from __future__ import annotations

import logging
import multiprocessing
import pickle
import signal
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any

from quotestance.types import Article, check_count

log = logging.getLogger(__name__)

Read = Callable[[Sequence[Article]], list[Article]]
"""Articles to the same articles, filled in. Where processes are not forked it must survive pickling."""

_ADVICE = (
    "Outside Linux workers run the script anew: call stream and score_folder with workers only below "
    'if __name__ == "__main__":.'
)
_GROUPS_A_WORKER = 3  # taken ahead at most, so that no worker waits for the slowest
_SECONDS_TO_END = 5.0  # before a worker that was asked to end is killed
_ENDING = {getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)}


def check_workers(workers: int, device: object = "cpu") -> None:
    """Check a number of processes.

    Args:
        workers: How many there are to be.
        device: The torch device that they would read on.

    Raises:
        ValueError: It is no whole number, below 1, or above 1 on a device that is no processor.
    """
    check_count("workers", workers, "processes")
    if workers > 1 and str(device or "cpu").partition(":")[0] != "cpu":
        raise ValueError(f"workers is {workers}, but processes do not share a {device}: give 1.")


def read_in_processes(
    read: Read, groups: Iterable[Sequence[Article]], workers: int
) -> Iterator[tuple[Sequence[Article], list[Article]]]:
    """Yield groups of articles in their order, each with what was read.

    The processes start at the first group and end with the iterator, whether it is used up, closed or interrupted. At
    most three groups for every worker are held at once.

    Args:
        read: What each worker calls with a group; its exceptions are raised here.
        groups: Articles to be read together.
        workers: How many processes, ``>= 1``.
    """
    remaining = enumerate(groups)
    failure: Exception | None = None
    held: dict[int, _Job] = {}
    turn = 0
    with _Team(read, workers) as team:
        while True:
            while failure is None and team.has_room() and len(held) < _GROUPS_A_WORKER * workers:
                try:
                    numbered = next(remaining, None)
                except Exception as error:  # of the source: what came before it is given first
                    numbered, failure = None, error
                if numbered is None:
                    break
                number, articles = numbered
                held[number] = job = _Job(articles)
                team.give(job)
            if not held:
                if failure is not None:
                    raise failure
                return
            while turn in held and held[turn].is_done():
                job = held.pop(turn)
                turn += 1
                yield job.articles, job.done
            if held and not (turn in held and held[turn].is_done()):
                team.wait()


@dataclass(slots=True)
class _Job:
    """A group on its way: after the death of a worker its articles are read one by one."""

    articles: Sequence[Article]
    done: list[Article] = field(default_factory=list)
    is_repeated: bool = False

    def part(self) -> Sequence[Article]:
        return self.articles[len(self.done) :][:1] if self.is_repeated else self.articles

    def is_done(self) -> bool:
        return len(self.done) == len(self.articles)

    def died(self, exit_code: int | None) -> None:
        """Note that a worker died of it."""
        if self.is_repeated:
            article = self.articles[len(self.done)]
            reason = f"WorkerError: the process that read it died twice, with exit code {exit_code}"
            log.warning("Article %r failed: %s", article.id, reason)
            self.done.append(article.replace(quotes=(), error=reason))
        self.is_repeated = True


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: connection.Connection
    job: _Job | None = None
    has_begun: bool = False


class _Team:
    """The processes; a context manager, which ends them."""

    def __init__(self, read: Read, workers: int) -> None:
        self._read, self._most = read, workers
        self._context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        self._workers: list[_Worker] = []

    def __enter__(self) -> _Team:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.pipe.close()
            worker.process.terminate()  # one that waits too: workers of another team may hold its pipe open
        for worker in self._workers:
            worker.process.join(_SECONDS_TO_END)
            if worker.process.exitcode is None:
                worker.process.kill()
                worker.process.join()

    def has_room(self) -> bool:
        return len(self._workers) < self._most or any(worker.job is None for worker in self._workers)

    def give(self, job: _Job) -> None:
        """Let a worker that has nothing to do read a group."""
        idle = next((worker for worker in self._workers if worker.job is None), None) or self._start()
        self._send(idle, job)

    def wait(self) -> None:
        """Wait until a worker answers or dies, and take what it has."""
        busy = {worker.pipe: worker for worker in self._workers if worker.job is not None}
        for pipe in connection.wait(list(busy)):
            self._take(busy[pipe])  # type: ignore[index]  # only pipes were given

    def _take(self, worker: _Worker) -> None:
        job = worker.job
        assert job is not None  # noqa: S101  # only busy workers are waited for
        try:
            answer = worker.pipe.recv()
        except (EOFError, OSError):
            self._replace(worker, job)
            return
        if not worker.has_begun:  # the first message says so
            worker.has_begun = True
            return
        worker.job = None
        if isinstance(answer, BaseException):
            raise answer
        if len(answer) != len(job.part()):  # else it would be asked again without end
            raise ValueError("The pipe's stream must give one article for each that it was given, in order.")
        job.done += answer
        if not job.is_done():
            self._send(worker, job)

    def _send(self, worker: _Worker, job: _Job) -> None:
        worker.job = job
        try:
            worker.pipe.send(list(job.part()))
        except (BrokenPipeError, ConnectionError):
            self._replace(worker, job)

    def _replace(self, worker: _Worker, job: _Job) -> None:
        """Start a worker in place of a dead one, and let it go on."""
        has_begun = worker.has_begun or _begins(worker.pipe)
        worker.pipe.close()
        worker.process.join()
        self._workers.remove(worker)
        if not has_begun:  # nor would the next
            raise RuntimeError(f"A worker ended before it began, with exit code {worker.process.exitcode}. {_ADVICE}")
        log.warning("A worker died with exit code %s", worker.process.exitcode)
        job.died(worker.process.exitcode)
        if not job.is_done():
            self._send(self._start(), job)

    def _start(self) -> _Worker:
        own, other = self._context.Pipe()
        theirs = [worker.pipe for worker in self._workers] + [own]
        inherited = theirs if self._context.get_start_method() == "fork" else []
        process = self._context.Process(target=_work, args=(self._read, other, inherited), daemon=True)
        with _signals_waiting(), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of Python 3.12, at every fork beside threads
            process.start()
            other.close()  # so that the end of the process is seen here
            self._workers.append(worker := _Worker(process, own))
        return worker


@contextmanager
def _signals_waiting() -> Iterator[None]:
    """Let signals that end a process wait, here until the block is left and in a worker until it says what they do."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begins(pipe: connection.Connection) -> bool:
    try:
        return pipe.recv() is None
    except (EOFError, OSError):
        return False


def _work(read: Read, pipe: connection.Connection, inherited: Sequence[connection.Connection]) -> None:
    """Read groups until the other end of the pipe is closed."""
    for number in _ENDING:  # Ctrl-C and the end of a terminal are the parent's, which ends its workers
        signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    for other in inherited:
        other.close()  # else the end of the parent would not be seen here
    for name in ("stdout", "stderr"):  # above a progress bar, whose lock another thread may have held at the fork
        setattr(sys, name, getattr(getattr(sys, name), "rich_proxied_file", getattr(sys, name)))
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
    with suppress(EOFError, OSError):  # of the pipe: the parent has ended, or wants no more
        pipe.send(None)  # it has begun
        while True:
            _answer(read, pipe)


def _answer(read: Read, pipe: connection.Connection) -> None:
    articles = pipe.recv()
    try:
        answer: Any = read(articles)
    except Exception as error:
        answer = _sendable(error)
    try:
        pipe.send(answer)
    except OSError:
        raise
    except Exception as error:  # the articles do not survive pickling
        pipe.send(_sendable(error))


def _sendable(error: Exception) -> Exception:
    """Give an exception itself, or, if it does not survive pickling, one that says the same."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
