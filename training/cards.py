"""Markdown tables, shares in % and the files of a model's card."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from quotestance.evaluation.metrics.calibration import Bin


def line(*cells: object) -> str:
    """A line of a Markdown table."""
    return f"| {' | '.join(map(str, cells))} |"


def head(*names: object) -> str:
    """The first two lines of a Markdown table."""
    return f"{line(*names)}\n{line(*['---'] * len(names))}"


def table(names: Iterable[object], *rows: Iterable[object]) -> str:
    """A Markdown table."""
    return "\n".join((head(*names), *(line(*row) for row in rows)))


def percent(value: float, digits: int = 1) -> str:
    """A share in %."""
    return f"{100 * value:.{digits}f}"


def compared(title: str, models: Sequence[str], columns: Sequence[Mapping[str, float]]) -> str:
    """A Markdown table in % of figures by name, a column for each model folder."""
    rows = ([name, *(percent(column[name]) for column in columns)] for name in columns[0])
    return table([title, *(Path(model).name for model in models)], *rows)


def interval(bounds: Sequence[float]) -> str:
    """The two ends of an interval in %."""
    return " to ".join(map(percent, bounds))


def bin_rows(bins: Iterable[Bin]) -> list[tuple[object, ...]]:
    """Rows of a reliability table: lower edge, answers, mean confidence, share right."""
    return [(f"{one.low:.2f}", one.count, f"{one.confidence:.2f}", f"{one.right:.2f}") for one in bins]


def bins_to_json(bins: Iterable[Bin]) -> list[dict[str, float]]:
    """The bins of a reliability table for metrics.json."""
    return [
        {
            "from": round(one.low, 3),
            "count": one.count,
            "weight": one.weight,
            "confidence": one.confidence,
            "right": one.right,
        }
        for one in bins
    ]


def write_metrics(metrics: Mapping[str, Any], out: Path) -> None:
    """Write metrics.json into a model's folder."""
    (out / "metrics.json").write_text(json.dumps(metrics, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def write_card(template: Path, out: Path, **values: object) -> None:
    """Write README.md into a model's folder, from a template with ``$name`` for every value."""
    text = Template(template.read_text(encoding="utf-8")).substitute(values)
    (out / "README.md").write_text(text, encoding="utf-8")
