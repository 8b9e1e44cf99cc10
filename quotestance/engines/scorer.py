"""A :class:`Scorer` takes frames of articles to frames of quotes, on any engine that hands frames to functions."""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quotestance.engines.frames import SCORED_COLUMNS, articles_of, dataframe, frame_like, spark_ddl
from quotestance.errors import RunError
from quotestance.folders import shipped, shipped_names
from quotestance.identity import folder_digest
from quotestance.io.frames import is_frame
from quotestance.io.objects import Articles, to_articles
from quotestance.io.table import arrow_schema
from quotestance.stance.shares import NAMED, shares_of
from quotestance.types import Article, check_count, check_threshold
from quotestance.version import __version__

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from quotestance.batching import Precision
    from quotestance.pipeline import Pipeline

_COLUMNS = ("text_column", "id_column")

_State = tuple[object, ...]
_pipelines: dict[_State, tuple[_State, Pipeline]] = {}  # of this process, by their settings, with the state of models
_lock = threading.RLock()


def _renew_lock() -> None:
    """Give a forked process a lock of its own: another thread may have held it while the process was forked."""
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


class _OfClass:
    """A property of a class, and of its instances.

    Args:
        compute: Gives the value.
    """

    def __init__(self, compute: Callable[[], Any]) -> None:
        self.compute = compute
        self.__doc__ = compute.__doc__

    def __get__(self, instance: object, owner: type) -> Any:
        return self.compute()


def _schema() -> pa.Schema:
    """Give the Arrow schema of what a scorer returns."""
    return arrow_schema(SCORED_COLUMNS)


@dataclass(frozen=True, kw_only=True)
class Scorer:
    """Takes frames of articles to frames of quotes: what engines for large data call on every batch.

    It holds settings only, so it is made at no cost and pickled to any worker. The models are loaded at the first
    batch, once per process, whatever the number of scorers and threads; threads of one process take turns.

    A frame is a pandas DataFrame, an Arrow table or record batch, or a mapping of column names to lists or arrays. A
    DataFrame gives a DataFrame, a record batch one, anything else an Arrow table, which has types even where it is
    empty. An iterator of frames gives an iterator of frames. There is a row for every quote, as in
    :data:`quotestance.io.table.COLUMNS`, the same that :func:`quotestance.score_folder` writes. An article that fails
    costs one row, with ``article_id`` and ``error`` alone; everywhere else ``error`` is null.

    Args:
        text_column: Column of the text.
        id_column: Column of the id; by default ``id`` where a row has one, else a hash of the text. Ids are taken as
            they are, even if they come twice.
        attribution, stance, fast, cascade, device, min_confidence, precision: As in :func:`quotestance.load`.
        stance_shares: As there, by name: ``news`` or ``balanced``.
        threads: Processor threads of torch in each process, ``>= 1``; as torch chooses where ``None``. One worker a
            core with one thread each reads more than fewer workers with more.

    Attributes:
        schema: The Arrow schema of what comes back; of the class too.
        ddl: The same as Spark writes schemas; of the class too.

    Raises:
        ValueError: ``fast`` is given with ``stance`` or ``cascade``, ``threads`` is below 1, or ``min_confidence`` is
            no probability, the precision is unknown, torch knows no such device (whether it is there is seen where
            articles are scored), or the shares have no such name.

    >>> scorer = Scorer(fast=True)
    >>> frame = scorer({"id": ["a", "b"], "text": ['"We are ready to talk," said Liu Pengyu.', None]})
    >>> frame.select(["article_id", "speaker_name", "text"]).to_pylist()[0]
    {'article_id': 'a', 'speaker_name': 'Liu Pengyu', 'text': 'We are ready to talk,'}
    >>> frame["article_id"][1].as_py(), frame["error"][1].as_py()[:27]
    ('b', "b: no text in field 'text'.")
    >>> len(Scorer.empty()), Scorer.ddl[:40]
    (0, '`article_id` STRING, `title` STRING, `pu')
    """

    text_column: str = "text"
    id_column: str | None = None
    attribution: str | Path | None = None
    stance: str | Path | None = None
    fast: bool = False
    cascade: bool | None = None
    device: str = "cpu"
    threads: int | None = 1
    min_confidence: float | None = None
    precision: Precision = "auto"
    stance_shares: str | None = None

    schema = _OfClass(_schema)
    ddl = _OfClass(spark_ddl)

    def __post_init__(self) -> None:
        if self.fast and (self.stance or self.cascade):
            raise ValueError("Give fast alone, without stance or cascade: with it the reader alone tells stance.")
        if self.threads is not None:
            check_count("threads", self.threads, "processor threads")
        if self.min_confidence is not None:
            check_threshold("min_confidence", self.min_confidence)
        if self.stance_shares is not None:
            if not isinstance(self.stance_shares, str):
                raise ValueError(
                    f"A Scorer takes stance_shares by name, got {self.stance_shares!r}. Give one of: "
                    f"{', '.join(NAMED)}; shares of your own go to quotestance.load."
                )
            shares_of(self.stance_shares)
        _check_computing(self.device, self.precision)
        for name in ("attribution", "stance"):
            object.__setattr__(self, name, _lasting(getattr(self, name)))
        object.__setattr__(self, "_made_of", self._state())  # pickled with it, so that caches of results see it

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take what was pickled.

        Raises:
            RunError: Another version of quotestance pickled it.
        """
        if (version := state["_made_of"][0]) != __version__:
            raise RunError(
                f"This Scorer was made by quotestance {version}, and {__version__} is installed here. Install the same "
                "version wherever it is used, or make it anew."
            )
        self.__dict__.update(state)

    def __call__(self, frame: Any) -> Any:
        """Score a frame, or lazily an iterator of frames.

        Raises:
            FormatError: The frame has rows, and no such column.
            CheckpointError: A checkpoint is missing or unsound.
            TypeError: It is no frame.
        """
        if isinstance(frame, Mapping) and any(isinstance(values, str) for values in frame.values()):
            raise TypeError(
                "Give a mapping of columns, each a list, not one record: map(scorer, batched=True) of datasets, and "
                "map_batches of Ray, hand over columns; pipe(record) reads one."
            )
        if is_frame(frame):
            return self._score(frame)
        if isinstance(frame, Iterator):
            return map(self, frame)
        if hasattr(frame, "__arrow_c_stream__"):  # a DataFrame too, but that of Polars
            raise TypeError(
                f"Give a DataFrame of pandas or an Arrow table, not a {type(frame).__name__} of "
                f"{type(frame).__module__.partition('.')[0]}: pyarrow.table(frame) makes an Arrow table of it."
            )
        raise TypeError(
            f"Give a DataFrame, an Arrow table or a mapping of columns, not {type(frame).__name__}; for texts see "
            "quotestance.load, for files quotestance.score_folder."
        )

    def _score(self, frame: Any) -> Any:
        articles = articles_of(frame, text_column=self.text_column, id_column=self.id_column)
        with _lock:
            return frame_like(frame, self.stream(articles))

    def stream(self, articles: Articles) -> Iterator[Article]:
        """Score articles in their order, as :meth:`quotestance.Pipeline.stream` of the pipeline behind it does.

        Raises:
            TypeError: ``articles`` is one article or one text, or not iterable.
            FormatError: A table, or the first of the records, has no column of this name.
        """
        remaining = to_articles(articles, text_column=self.text_column, id_column=self.id_column)
        for first in remaining:  # without articles the models are not loaded
            yield from self._pipeline().stream(chain([first], remaining))

    @staticmethod
    def empty() -> pd.DataFrame:
        """Make a DataFrame without rows, typed like a scored one: the ``meta`` that Dask asks for."""
        return dataframe([])

    @property
    def options(self) -> dict[str, Any]:
        """What :func:`quotestance.load` is called with."""
        return {
            field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.name not in _COLUMNS
        }

    def _state(self) -> _State:
        """Tell versions of the package, and of models in the same folder, apart without reading the models."""
        folders = [Path(name) for name in (self.attribution, self.stance) if name is not None and Path(name).is_dir()]
        stats = ((file, file.stat()) for folder in folders for file in sorted(folder.iterdir()) if file.is_file())
        return __version__, *((str(file), found.st_size, found.st_mtime_ns) for file, found in stats)

    def _pipeline(self) -> Pipeline:
        from quotestance.pipeline import load

        options = self.options
        key, state = tuple(options.values()), self._state()
        with _lock:
            if key not in _pipelines or _pipelines[key][0] != state:
                _pipelines[key] = state, load(**options)
            return _pipelines[key][1]


def _check_computing(device: str, precision: str) -> None:
    """Check where and in what is computed, as far as it is the same on any machine; without torch for the defaults."""
    if device not in ("auto", "cpu"):
        from quotestance.devices import known_device

        known_device(device)
    if precision != "auto":
        from quotestance.batching import check_precision

        check_precision(precision)


def _lasting(name: str | Path | None) -> str | None:
    """Give a folder that is here by its absolute path, for workers may run elsewhere; the name of a model as it is."""
    if name is None:
        return None
    return str(Path(name).absolute()) if Path(name).exists() else str(name)


def checkpoints(scorer: Scorer) -> dict[str, str]:
    """Hash the model folders that a scorer names, and those that are shipped, so that other weights are told apart.

    Those that are shipped go by their names, wherever the package is installed.

    Raises:
        OSError: A file cannot be read.
    """
    folders = {name: shipped(name) for name in shipped_names()}
    folders |= {str(name): Path(name) for name in (scorer.attribution, scorer.stance) if name and Path(name).is_dir()}
    return {name: folder_digest(folder) for name, folder in folders.items()}
