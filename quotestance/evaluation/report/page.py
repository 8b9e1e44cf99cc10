"""The report as an HTML page: no script, no other file, everything from the articles escaped."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from string import Template
from typing import Any

from quotestance.evaluation.outcomes import Item
from quotestance.evaluation.report import plots
from quotestance.evaluation.report.findings import Findings
from quotestance.evaluation.report.tables import (
    ERROR_TITLES,
    Table,
    error_lists,
    is_numeric,
    report_tables,
    side,
    where,
)
from quotestance.text import scalar_values


def to_html(report: Findings, *, standalone: bool = True) -> str:
    """The report with plots and the worst errors.

    Args:
        report: The report.
        standalone: A whole page; else a fragment for a notebook.
    """
    parts = [f"<h1>{_text(report.title)}</h1>", f"<p>{report.metrics['articles']} articles.</p>"]
    if report.notes:
        parts.append("<ul>" + "".join(f"<li>{_text(note)}</li>" for note in report.notes) + "</ul>")
    tables = list(report_tables(report))
    parts.append(render_table(tables[0]))
    parts.append(
        f'<div class="qs-plots">{"".join(f"<figure>{plot}</figure>" for plot in _plots(report.metrics))}</div>'
    )
    parts += [render_table(table) for table in tables[1:]]
    parts += [_errors(layer, found) for layer, found in error_lists(report).items()]
    return wrap(report.title, "\n".join(parts), standalone=standalone)


def wrap(title: str, body: str, *, standalone: bool) -> str:
    """A page, or a fragment with its style, around a body of markup."""
    name = "evaluation_page.html" if standalone else "evaluation_fragment.html"
    files = resources.files("quotestance.data")
    style = files.joinpath("evaluation.css").read_text(encoding="utf-8")
    template = Template(files.joinpath(name).read_text(encoding="utf-8"))
    return template.substitute(title=_text(title), style=style, body=body)


def _text(text: str) -> str:
    return html.escape(scalar_values(text))


def render_table(table: Table) -> str:
    """A table with its title as the caption."""
    sides = [' class="qs-number"' if is_numeric(table, k) else "" for k in range(len(table.header))]
    head = "".join(f"<th{side}>{_text(cell)}</th>" for side, cell in zip(sides, table.header, strict=True))
    rows = "".join(f"<tr>{_cells(row, sides)}</tr>" for row in table.rows)
    return f"<table><caption>{_text(table.title)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cells(row: Sequence[str], sides: Sequence[str]) -> str:
    return "".join(f"<td{side}>{_text(cell)}</td>" for side, cell in zip(sides, row, strict=True))


def _plots(metrics: Mapping[str, Any]) -> Iterator[str]:
    stance, quotes = metrics["stance"], metrics["quotes"]
    if stance and stance["confusion"]:
        yield plots.confusion_matrix(stance["confusion"])
    if stance and stance["reliability"]:
        yield plots.reliability_diagram(stance["reliability"], "Reliability of the stance confidence")
    if quotes and quotes["reliability"]:
        yield plots.reliability_diagram(quotes["reliability"], "Reliability of the quote confidence")
    if quotes and quotes["by_confidence"]:
        yield plots.precision_recall(quotes["by_confidence"])
    for column, values in metrics["slices"].items():
        yield from _bars(column, values)


def _bars(column: str, slices: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    counts = {value: figures["quotes"] for value, figures in slices.items()}
    shown = {"chain": "whole chain right", "source": "source right", "stance_macro_f1": "stance macro-F1"}
    for name, title in shown.items():
        values = {value: figures[name] for value, figures in slices.items()}
        if any(value is not None for value in values.values()):
            yield plots.bars(values, counts, f"{title} by {column}, %")


def _errors(layer: str, found: Sequence[Item]) -> str:
    head = "".join(f"<th>{name}</th>" for name in ("in context", "gold", "predicted", "confidence"))
    rows = "".join(_error_row(layer, item) for item in found)
    caption = f"<caption>{ERROR_TITLES[layer]}</caption>"
    return f'<table class="qs-errors">{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _error_row(layer: str, item: Item) -> str:
    context = f"{_text(item.before)}<mark>{_text(item.text)}</mark>{_text(item.after)}"
    confidence = item.confidence[layer]
    cells = (
        f"{context}<br><small>{_text(where(item))}</small>",
        _text(side(item, layer, "gold")),
        _text(side(item, layer, "predicted")),
        "-" if confidence is None else f"{confidence:.2f}",
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
