"""Run folders: everything that it takes to see what was evaluated, how, and what came out.

===================  ================================================================================================
file                 what it holds
===================  ================================================================================================
``run.json``         options, gold and models with their SHA-256, code, library versions, machine
``metrics.json``     :meth:`Report.to_dict`
``predictions.jsonl``  the predicted articles, one :meth:`quotestance.Article.to_dict` a line
``items.jsonl``      every quote and what became of it
``counts.json``      additive counts by article
``report.md``, ``report.html``  the report to read; ``about`` in its head may tell date and command
``articles/``        pages of the articles that the report's lists of errors name, as they were predicted
``timing.json``      when, and how long: besides that head all that differs between reruns
===================  ================================================================================================
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import UnionType
from typing import Any

import numpy as np

from quotestance.errors import FormatError
from quotestance.evaluation.metrics.bootstrap import CountTable
from quotestance.evaluation.metrics.figures import derive
from quotestance.evaluation.outcomes import LAYERS, Item
from quotestance.evaluation.report.findings import headline
from quotestance.evaluation.report.page import Place
from quotestance.evaluation.report.report import Report
from quotestance.evaluation.report.tables import error_lists
from quotestance.folders import weight_files
from quotestance.io.columns import page_name, quote_anchor
from quotestance.io.files import read_file
from quotestance.io.saving import check_writable
from quotestance.render import to_html
from quotestance.text import json_line, scalar_values
from quotestance.types import Article
from quotestance.version import __version__

logger = logging.getLogger(__name__)

_ARTICLES = "articles"  # folder of pages
_METRICS = "metrics.json"
_LIBRARIES = ("numpy", "safetensors", "scikit-learn", "tokenizers", "torch", "transformers")
_REPORT_FIELDS = ("title", "settings", "notes", "intervals")
_METRIC_TYPES: Mapping[str, type] = {
    "title": str, "settings": dict, "notes": list, "intervals": dict, "articles": int, "slices": dict
}  # fmt: skip
_NESTED = ("quotes", "passages", "speakers", "stance", "chain")
_SETTINGS = ("by_piece", "gold_quotes")
_ITEM_TYPES: Mapping[str, type | UnionType] = {
    "article": str, "number": int, "start": int, "end": int, "before": str, "text": str, "after": str,
    "gold": dict | None, "predicted": dict | None, "right": dict, "confidence": dict,
    "gold_stance": str | None, "stance": str | None, "columns": dict,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """A run folder in a list.

    Args:
        path: The folder.
        started: When the run began, ISO 8601; empty where the folder does not tell.
        articles: How many gold articles were scored.
        headline: Its headline figures by their dotted name.
    """

    path: Path
    started: str
    articles: int
    headline: Mapping[str, float]


def write_run(
    folder: str | Path,
    report: Report,
    predicted: Iterable[Article],
    *,
    gold: str | Path | None = None,
    predictions: str | Path | None = None,
    models: Mapping[str, Path] | None = None,
    timing: Mapping[str, Any] | None = None,
    inputs: Mapping[str, Any] | None = None,
) -> Path:
    """Write a run folder; an earlier run in the same folder is replaced. One that was not written whole is no run.

    Args:
        folder: Where to.
        report: The report.
        predicted: The predicted articles.
        gold: File or folder of the gold.
        predictions: File or folder of the predictions, where they came from one.
        models: Name to checkpoint folder of the models that predicted.
        timing: When the run began and what else may differ between reruns.
        inputs: What :func:`hashed_inputs` told when the run began; by default it is asked now.

    Returns:
        The folder.

    Raises:
        FormatError: The folder holds something that is no run.
    """
    folder = Path(folder)
    check_run_folder(folder, overwrite=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _METRICS).unlink(missing_ok=True)  # written last: without it what is half written is no run
    run = {
        "options": dict(report.settings),
        "slices": list(report.metrics["slices"]),
        **(inputs or hashed_inputs(gold, predictions, models)),
        **describe_environment(),
    }
    _write_json(folder / "run.json", run)
    _write_json(folder / "timing.json", dict(timing or {}))
    articles = list(predicted)
    _write_lines(folder / "predictions.jsonl", (article.to_dict() for article in articles))
    _write_report(folder, report, _write_articles(folder / _ARTICLES, report, articles))
    return folder


def hashed_inputs(
    gold: str | Path | None, predictions: str | Path | None, models: Mapping[str, Path] | None
) -> dict[str, Any]:
    """Where the gold, the predictions and the models of a run lie, with their SHA-256 as they are now.

    Args:
        gold, predictions, models: As in :func:`write_run`.
    """
    return {
        "gold": _hashed(gold),
        "predictions": _hashed(predictions),
        "models": {name: hash_checkpoint(path) for name, path in (models or {}).items()},
    }


def check_run_folder(folder: Path, *, overwrite: bool) -> None:
    """Check that a run may be written there.

    Args:
        folder: The run folder.
        overwrite: A run that is there may be replaced.

    Raises:
        FormatError: The folder holds something that is no run.
        FileExistsError: It holds a run, and that may not be replaced.
        RunError: Nothing can be written there.
    """
    if (folder / "run.json").exists():
        if not overwrite:
            raise FileExistsError(f"{folder} holds a run already. Name another folder, or set overwrite=True.")
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FormatError(f"{folder}: holds something else than a run. Name another folder.")
    check_writable(folder / "run.json", makes_folders=True)


def _hashed(path: str | Path | None) -> dict[str, str] | None:
    return None if path is None else {"path": str(path), "sha256": sha256(Path(path))}


def _write_articles(folder: Path, report: Report, predicted: Iterable[Article]) -> dict[Place, str]:
    """Write pages of the articles that lists of errors name; where each item of a list stands, to its address."""
    items = [item for found in error_lists(report).values() for item in found]
    named = {item.article for item in items}
    shutil.rmtree(folder, ignore_errors=True)
    if named:
        folder.mkdir()
    links: dict[Place, str] = {}
    for article in predicted:
        if article.id in named:
            page = f"{page_name(article.id)}.html"
            (folder / page).write_text(scalar_values(to_html(article)), encoding="utf-8")
            for item in items:
                if item.article == article.id:
                    links[item.article, item.start, item.end] = f"{_ARTICLES}/{page}{_anchor(article, item)}"
    return links


def _anchor(article: Article, item: Item) -> str:
    """Return where in its page an item stands: at the first quote that overlaps it, if there is one."""
    numbers = (n for n, quote in enumerate(article.quotes) if quote.start < item.end and quote.end > item.start)
    return next((f"#qs-{quote_anchor(number)}" for number in numbers), "")


def _write_report(folder: Path, report: Report, links: Mapping[Place, str]) -> None:
    counts = {"ids": report.counts.ids, "names": report.counts.names, "values": report.counts.values.tolist()}
    _write_json(folder / "counts.json", counts)
    _write_lines(folder / "items.jsonl", (item.to_dict() for item in report.items))
    (folder / "report.md").write_text(scalar_values(report.to_markdown()), encoding="utf-8")
    (folder / "report.html").write_text(report.to_html(links=links), encoding="utf-8")
    _write_json(folder / _METRICS, report.to_dict())


def _write_json(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json_line(row) + "\n" for row in rows)


def sha256(path: Path) -> str:
    """SHA-256 of a file, or of a folder's files with their names, in the order of these."""
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            if path.is_dir():
                digest.update(file.relative_to(path).as_posix().encode("utf-8", "surrogatepass"))
            digest.update(hashlib.sha256(file.read_bytes()).digest() if path.is_dir() else file.read_bytes())
    return digest.hexdigest()


def hash_checkpoint(folder: Path) -> dict[str, Any]:
    """Where a model lies and the SHA-256 of each of its weight files."""
    return {"path": str(folder), "sha256": {file.name: sha256(file) for file in weight_files(folder)}}


def describe_environment() -> dict[str, Any]:
    """Code, library versions and machine."""
    package = Path(__file__).parents[1]
    sources = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        sources.update(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes())
    return {
        "code": {
            "version": __version__,
            "commit": _commit(package.parent / ".git"),
            "sources_sha256": sources.hexdigest(),
        },
        "libraries": {name: version for name in _LIBRARIES if (version := _version(name))},
        "machine": {
            "system": platform.platform(),
            "processor": _processor(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
    }


def _version(library: str) -> str | None:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None


def _commit(git: Path) -> str | None:
    """Return the commit that is checked out, where the package runs from a clone."""
    try:
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        branch = head.removeprefix("ref: ")
        if branch == head:  # no branch, but the commit itself
            return head
        if (git / branch).is_file():
            return (git / branch).read_text(encoding="utf-8").strip()
        packed = (git / "packed-refs").read_text(encoding="utf-8").splitlines()  # where "git gc" puts branches
    except OSError:
        return None
    return next((line.partition(" ")[0] for line in packed if line.partition(" ")[2] == branch), None)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor()
    )


def load_report(folder: str | Path) -> Report:
    """Read the report of a run folder.

    Raises:
        FormatError: The folder is no run, or one of its files is damaged.
    """
    folder = Path(folder)
    data = _read_json(folder / _METRICS)
    with _undamaged(folder / _METRICS):
        _check_metrics(data)
        intervals = {name: (float(low), float(high)) for name, (low, high) in data["intervals"].items()}
    return Report(
        metrics={name: value for name, value in data.items() if name not in _REPORT_FIELDS},
        intervals=intervals,
        notes=tuple(data["notes"]),
        settings=data["settings"],
        items=_read_items(folder / "items.jsonl"),
        counts=_read_counts(folder / "counts.json"),
        title=data["title"],
    )


def _check_metrics(data: Mapping[str, Any]) -> None:
    for name, kind in _METRIC_TYPES.items():
        _expect(data[name], kind, name)
    for name in _SETTINGS:
        _expect(data["settings"][name], bool, f"settings.{name}")
    for note in data["notes"]:
        _expect(note, str, "a note")
    for name in _NESTED:
        _expect(data[name], dict | None, name)


def _read_counts(path: Path) -> CountTable:
    counts = _read_json(path)
    with _undamaged(path):
        ids, names = tuple(counts["ids"]), tuple(counts["names"])
        for name in (*ids, *names):
            _expect(name, str, "an id or a name")
        values = np.array(counts["values"], dtype=np.float64)
        if not ids or values.shape != (len(set(ids)), len(set(names))) or len(set(ids)) < len(ids):
            raise ValueError(f"{values.shape} values for {len(ids)} articles and {len(names)} counts")
        if not np.isfinite(values).all():
            raise ValueError("a count is no number")
        table = CountTable(ids, names, values)
        derive(table.columns())  # raises KeyError for a count that is missing
    return table


def _read_items(path: Path) -> tuple[Item, ...]:
    lines = _read_bytes(path).split(b"\n")
    items = []
    for number, line in enumerate(lines, 1):
        if line:
            with _undamaged(path, f"line {number}: "):
                items.append(_to_item(_parse(line)))
    return tuple(items)


def _to_item(row: Any) -> Item:
    item = Item(**row)
    for name, kind in _ITEM_TYPES.items():
        _expect(getattr(item, name), kind, name)
    for layer in LAYERS:
        _expect(item.right[layer], bool | None, f"right.{layer}")
        _expect(item.confidence[layer], int | float | None, f"confidence.{layer}")
    for texts in (item.gold, item.predicted, item.columns):
        for name, text in (texts or {}).items():
            _expect(text, str, name)
    return item


def _expect(value: Any, kind: type | UnionType, name: str) -> None:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        raise TypeError(f"{name} is {type(value).__name__}")


@contextmanager
def _undamaged(path: Path, place: str = "") -> Iterator[None]:
    """Name the file, and what to do, where what is in it is not what a run writes.

    Raises:
        FormatError: Whatever it is that is wrong.
    """
    try:
        yield
    except KeyError as error:
        raise FormatError(f"{path}: damaged ({place}{error} is missing). Run the evaluation again.") from error
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise FormatError(f"{path}: damaged ({place}{error}). Run the evaluation again.") from error


def _read_json(path: Path) -> dict[str, Any]:
    content = _read_bytes(path)
    with _undamaged(path):
        data: dict[str, Any] = _parse(content)
        _expect(data, dict, "the whole")
    return data


def _read_bytes(path: Path) -> bytes:
    try:
        return read_file(path)
    except OSError as error:
        raise FormatError(
            f"{path.parent}: no run folder ({path.name}: {error.strerror}). Make one with 'quotestance evaluate --out'."
        ) from error
    except FormatError as error:
        raise FormatError(f"{path}: {error} Run the evaluation again.") from error


def _parse(content: bytes) -> Any:
    return json.loads(content.decode("utf-8"), parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def list_runs(folder: str | Path = "runs") -> list[Run]:
    """List the runs in a folder by name; a damaged one is passed over, with a warning in the log.

    Raises:
        FormatError: There is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FormatError(f"{folder}: no such folder. Make a run with 'quotestance evaluate GOLD --out {folder}/NAME'.")
    runs = []
    for path in sorted(folder.iterdir()):
        try:
            runs.append(_read_run(path))
        except FormatError as error:
            is_run = (path / "run.json").is_file() or (path / _METRICS).is_file()
            logger.log(logging.WARNING if is_run else logging.INFO, "%s", error)
    return runs


def _read_run(path: Path) -> Run:
    metrics, timing = (_read_json(path / name) for name in (_METRICS, "timing.json"))
    with _undamaged(path / "timing.json"):
        started = timing.get("started", "")
        _expect(started, str, "started")
    with _undamaged(path / _METRICS):
        _check_metrics(metrics)
    return Run(path, started, metrics["articles"], headline(metrics))
