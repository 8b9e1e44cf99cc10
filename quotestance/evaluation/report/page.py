"""The report as an HTML page: no script, no other file, everything from the articles escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

from quotestance.evaluation.outcomes import Item
from quotestance.evaluation.report import plots
from quotestance.evaluation.report.findings import Findings
from quotestance.evaluation.report.tables import (
    ERROR_TITLES,
    Table,
    around,
    error_lists,
    is_numeric,
    reliability_tables,
    report_tables,
    side,
    where,
)
from quotestance.render.templates import Markup, fill
from quotestance.render.wording import plural
from quotestance.version import __version__

Place = tuple[str, int, int]
"""Where an item stands: id of its article, and offsets."""

_AROUND = 110  # characters shown before and after a quote: fewer than an item holds, so that no word is cut


def to_html(report: Findings, *, standalone: bool = True, links: Mapping[Place, str] | None = None) -> str:
    """Render the report with plots and the worst errors.

    Args:
        report: The report.
        standalone: A whole page; else a fragment for a notebook.
        links: Where an item stands to the address of a page that shows it.
    """
    return to_page(
        report.title,
        f"{plural(report.metrics['articles'], 'article')}.",
        (*report_tables(report), *reliability_tables(report)),
        about=report.about,
        notes=report.notes,
        drawings=tuple(_plots(report.metrics)),
        errors=[_errors(layer, found, links or {}) for layer, found in error_lists(report).items()],
        standalone=standalone,
    )


def to_page(
    title: str,
    lead: str,
    tables: Sequence[Table],
    *,
    about: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
    drawings: Sequence[str] = (),
    errors: Sequence[Mapping[str, Any]] = (),
    standalone: bool = True,
) -> str:
    """Render a page of tables.

    Args:
        title, lead: Heading and first sentence.
        about: What was evaluated, heading to words.
        tables: The first stands before the drawings, the others behind them.
        notes: What the figures do not tell.
        drawings: SVG markup.
        errors: Lists of errors: ``title``, and ``rows`` with ``item``, ``around``, ``where``, ``link``, ``gold``,
            ``predicted`` and ``confidence``.
        standalone: A whole page; else a fragment for a notebook.
    """
    return fill(
        "evaluation_page.html" if standalone else "evaluation.html",
        title=title,
        lead=lead,
        about=about or {},
        ids=f"qs-{uuid4().hex[:12]}-" if not standalone else "qs-",
        notes=notes,
        tables=tables,
        plots=[Markup(drawing) for drawing in drawings],  # svg.py escapes what it is given
        error_lists=errors,
        numeric=is_numeric,
        version=__version__,
    )


def _plots(metrics: Mapping[str, Any]) -> Iterator[str]:
    stance, quotes, speakers = metrics["stance"], metrics["quotes"], metrics["speakers"]
    if stance and stance["confusion"]:
        yield plots.confusion_matrix(stance["confusion"])
    if stance and stance["reliability"]:
        yield plots.reliability_diagram(stance["reliability"], "Reliability of the stance confidence")
    if quotes and quotes["reliability"]:
        yield plots.reliability_diagram(quotes["reliability"], "Reliability of the quote confidence")
    if speakers and speakers.get("reliability"):  # earlier runs have none
        yield plots.reliability_diagram(speakers["reliability"], "Reliability of the speaker confidence")
    if quotes and quotes["by_confidence"]:
        yield plots.precision_recall(quotes["by_confidence"])
    for column, values in metrics["slices"].items():
        yield from _bars(column, values)


def _bars(column: str, slices: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    counts = {value: figures["quotes"] for value, figures in slices.items()}
    shown = {
        "chain": "recall of the whole chain",
        "source": "source right, of quotes found,",
        "stance_macro_f1": "stance macro-F1, of quotes found,",
    }
    for name, title in shown.items():
        values = {value: figures[name] for value, figures in slices.items()}
        if any(value is not None for value in values.values()):
            yield plots.bars(values, counts, f"{title} by {column}, % (quotes)")


def _errors(layer: str, found: Sequence[Item], links: Mapping[Place, str]) -> dict[str, Any]:
    return {"title": ERROR_TITLES[layer], "rows": [_error_row(layer, item, links) for item in found]}


def _error_row(layer: str, item: Item, links: Mapping[Place, str]) -> dict[str, Any]:
    confidence = item.confidence[layer]
    return {
        "item": item,
        "around": around(item, _AROUND),
        "where": where(item),
        "link": links.get((item.article, item.start, item.end)),
        "gold": side(item, layer, "gold"),
        "predicted": side(item, layer, "predicted"),
        "confidence": "-" if confidence is None else f"{confidence:.2f}",
    }
