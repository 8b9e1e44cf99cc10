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
``timing.json``      when, and how long: besides that head all that differs between reruns
===================  ================================================================================================
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from quotestance.errors import FormatError
from quotestance.evaluation.formats.records import located
from quotestance.evaluation.metrics.bootstrap import CountTable
from quotestance.evaluation.outcomes import Item
from quotestance.evaluation.report.findings import headline
from quotestance.evaluation.report.report import Report
from quotestance.text import scalar_values
from quotestance.types import Article
from quotestance.version import __version__

logger = logging.getLogger(__name__)

_LIBRARIES = ("numpy", "safetensors", "scikit-learn", "tokenizers", "torch", "transformers")
_REPORT_FIELDS = ("title", "settings", "notes", "intervals")


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
) -> Path:
    """Write a run folder; an earlier run in the same folder is replaced.

    Args:
        folder: Where to.
        report: The report.
        predicted: The predicted articles.
        gold: File or folder of the gold.
        predictions: File or folder of the predictions, where they came from one.
        models: Name to checkpoint folder of the models that predicted.
        timing: When the run began and what else may differ between reruns.

    Returns:
        The folder.

    Raises:
        FormatError: The folder holds something that is no run.
    """
    folder = Path(folder)
    if folder.exists() and not (folder / "run.json").exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FormatError(f"{folder}: holds something else than a run. Name another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    run = {
        "options": dict(report.settings),
        "slices": list(report.metrics["slices"]),
        "gold": _hashed(gold),
        "predictions": _hashed(predictions),
        "models": {name: hash_checkpoint(path) for name, path in (models or {}).items()},
        **describe_environment(),
    }
    _write_json(folder / "run.json", run)
    _write_json(folder / "timing.json", dict(timing or {}))
    _write_lines(folder / "predictions.jsonl", (article.to_dict() for article in predicted))
    _write_report(folder, report)
    return folder


def _hashed(path: str | Path | None) -> dict[str, str] | None:
    return None if path is None else {"path": str(path), "sha256": sha256(Path(path))}


def _write_report(folder: Path, report: Report) -> None:
    counts = {"ids": report.counts.ids, "names": report.counts.names, "values": report.counts.values.tolist()}
    _write_json(folder / "metrics.json", report.to_dict())
    _write_json(folder / "counts.json", counts)
    _write_lines(folder / "items.jsonl", (item.to_dict() for item in report.items))
    (folder / "report.md").write_text(scalar_values(report.to_markdown()), encoding="utf-8")
    (folder / "report.html").write_text(report.to_html(), encoding="utf-8")


def _write_json(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    # ASCII, since an article may hold lone surrogates, which UTF-8 cannot.
    with path.open("w", encoding="ascii") as file:
        file.writelines(json.dumps(row, allow_nan=False) + "\n" for row in rows)


def sha256(path: Path) -> str:
    """SHA-256 of a file, or of a folder's files with their names, in the order of these."""
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            if path.is_dir():
                digest.update(file.relative_to(path).as_posix().encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest() if path.is_dir() else file.read_bytes())
    return digest.hexdigest()


def hash_checkpoint(folder: Path) -> dict[str, Any]:
    """Where a model lies and the SHA-256 of each of its weight files."""
    return {"path": str(folder), "sha256": {file.name: sha256(file) for file in sorted(folder.glob("*.safetensors"))}}


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
    """The commit that is checked out, where the package runs from a clone."""
    try:
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        return (git / head.removeprefix("ref: ")).read_text(encoding="utf-8").strip() if "ref: " in head else head
    except OSError:
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor()
    )


def load_report(folder: str | Path) -> Report:
    """The report of a run folder.

    Raises:
        FormatError: The folder is no run, or one of its files is damaged.
    """
    folder = Path(folder)
    data, counts = (_read_json(folder / name) for name in ("metrics.json", "counts.json"))
    with located(str(folder)):
        return Report(
            metrics={name: value for name, value in data.items() if name not in _REPORT_FIELDS},
            intervals={name: (low, high) for name, (low, high) in data["intervals"].items()},
            notes=tuple(data["notes"]),
            settings=data["settings"],
            items=tuple(Item(**row) for row in _read_lines(folder / "items.jsonl")),
            counts=CountTable(
                tuple(counts["ids"]), tuple(counts["names"]), np.array(counts["values"], dtype=np.float64)
            ),
            title=data["title"],
        )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FormatError(
            f"{path.parent}: no run folder ({path.name}: {error.strerror}). Make one with 'quotestance evaluate --out'."
        ) from error
    except ValueError as error:
        raise FormatError(f"{path}: damaged ({error}). Run the evaluation again.") from error
    return data


def _read_lines(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        raise FormatError(f"{path}: missing. Run the evaluation again.")
    return [json.loads(line) for line in path.read_text(encoding="ascii").split("\n") if line]


def list_runs(folder: str | Path = "runs") -> list[Run]:
    """The runs in a folder, by name; what is no run, or damaged, is passed over with a warning in the log.

    Raises:
        FormatError: There is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FormatError(f"{folder}: no such folder. Make a run with 'quotestance evaluate GOLD --out {folder}/NAME'.")
    runs = []
    for path in sorted(folder.iterdir()):
        try:
            metrics, timing = (_read_json(path / name) for name in ("metrics.json", "timing.json"))
        except FormatError as error:
            logger.warning("%s", error)
            continue
        runs.append(Run(path, timing.get("started", ""), metrics.get("articles", 0), headline(metrics)))
    return runs
