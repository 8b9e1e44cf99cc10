"""The tables of a report, for the terminal, Markdown and HTML alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from quotestance.evaluation.metrics.bootstrap import LEAST_ARTICLES
from quotestance.evaluation.outcomes import LAYERS, Item, worst
from quotestance.evaluation.report.findings import HEADLINE, TOO_FEW, Findings
from quotestance.render.wording import one_line, plural

UNDEFINED = "-"
"""Stands where a figure has no meaning on this set."""

ERROR_TITLES: Mapping[str, str] = {
    "stance": "Wrong stance, most confident first",
    "speaker": "Wrong speaker, most confident first",
    "source": "Wrong source, most confident first",
    "content": "Spurious quotes, most confident first, then missed ones",
}
"""Heading of the list of worst errors of each layer."""

_EXCERPT = 60  # characters shown before and after a quote
_WIDEST = 1_000  # columns of a line: tables are not wrapped, so that they can be cut by other programs
_NUMBER = re.compile(rf"-?\d[\d. /-]*(to [\d.-]+)?$|-$|{TOO_FEW}$")
_DECIMALS: Mapping[str, str] = {"mcc": "MCC", "alpha": "alpha", "ece": "ECE", "brier": "Brier score"}  # no percentages


@dataclass(frozen=True, slots=True)
class Table:
    """A table of strings.

    Args:
        title: What it shows.
        header: Names of the columns.
        rows: One string for each column.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def shown(value: float | None, name: str = "") -> str:
    """Format a share as a percentage, another figure with three decimals, an undefined one as a dash.

    >>> shown(0.5), shown(0.5, "stance.alpha"), shown(None)
    ('50.0', '0.500', '-')
    """
    if value is None:
        return UNDEFINED
    return f"{value:.3f}" if _unit(name) in _DECIMALS else f"{100 * value:.1f}"


def in_percent(title: str, names: Iterable[str]) -> str:
    """Return the heading of a table of figures, which says which of them are no percentages.

    >>> in_percent("Figures", ["stance.accuracy", "stance.mcc"]), in_percent("Figures", ["stance.accuracy"])
    ('Figures, % but for MCC', 'Figures, %')
    """
    others = dict.fromkeys(_DECIMALS[unit] for name in names if (unit := _unit(name)) in _DECIMALS)
    return f"{title}, %{' but for ' if others else ''}{', '.join(others)}"


def _unit(name: str) -> str:
    return name.rpartition(".")[2]


def report_tables(report: Findings) -> Iterator[Table]:
    """Every table of a report that has something in it."""
    rows = [(HEADLINE[name], shown(value, name), _extent(report, name)) for name, value in report.headline().items()]
    yield Table(in_percent("Headline figures", report.headline()), ("figure", "value", "95% interval"), tuple(rows))
    metrics = report.metrics
    if metrics["quotes"]:
        yield _quote_table(metrics["quotes"])
        yield _passage_table(metrics["passages"])
    if metrics["speakers"]:
        yield _speaker_table(report)
    if metrics["stance"] and metrics["stance"]["labels"]:
        yield _label_table(metrics["stance"])
        yield _confusion_table(metrics["stance"]["confusion"])
    if metrics["chain"]:
        yield _chain_table(metrics["chain"])
    for column, values in metrics["slices"].items():
        yield _slice_table(column, values)


def reliability_tables(report: Findings) -> Iterator[Table]:
    """How often answers of a confidence are right, bin by bin, for the layers that have one."""
    header = ("confidence", "answers", "mean confidence", "right")
    for layer in ("stance", "quotes", "speakers"):
        bins = (report.metrics[layer] or {}).get("reliability") or []
        rows = [
            (f"{100 * one['low']:.0f} to {100 * one['high']:.0f}", f"{one['count']:.0f}", *map(shown, _bin(one)))
            for one in bins
            if one["count"]
        ]
        if rows:
            yield Table(f"Reliability of the {layer.removesuffix('s')} confidence, %", header, tuple(rows))


def _bin(one: Mapping[str, Any]) -> tuple[float | None, float | None]:
    return one["confidence"], one["accuracy"]


def _extent(report: Findings, name: str) -> str:
    if name not in report.intervals:
        is_few = bool(report.settings.get("draws")) and report.counts.articles_behind(name) < LEAST_ARTICLES
        return TOO_FEW if is_few else UNDEFINED
    low, high = (shown(value, name) for value in report.intervals[name])
    return f"{low} to {high}"


def _triple(figures: Mapping[str, float | None]) -> str:
    return " / ".join(shown(figures[part]) for part in ("precision", "recall", "f1"))


def _quote_table(quotes: Mapping[str, Any]) -> Table:
    header = ("kind", "gold", "predicted", "exact P / R / F1", "token", "soft", "attribution", "end to end")
    rows = []
    for group, figures in quotes.items():
        if isinstance(figures, Mapping):
            exact, token, soft, whole = (_triple(figures[name]) for name in ("exact", "token", "soft", "end_to_end"))
            counts = str(figures["gold"]), str(figures["predicted"])
            rows.append((_spaced(group), *counts, exact, token, soft, shown(figures["attribution"]), whole))
    return Table("Quotes by kind, %", header, tuple(rows))


def _spaced(name: str) -> str:
    words = name.replace("direct_mixed", "direct + mixed").replace("three_words", "three words or more")
    return words.replace("_", " ")


def _passage_table(passages: Mapping[str, Any]) -> Table:
    rows = [
        (_spaced(group), str(figures["gold"]), str(figures["predicted"]), _triple(figures["end_to_end"]))
        for group, figures in passages.items()
    ]
    return Table("Quoted passages, %", ("length", "gold", "predicted", "right source P / R / F1"), tuple(rows))


def _speaker_table(report: Findings) -> Table:
    speakers = report.metrics["speakers"]
    rows = [
        (_spaced(name), str(cases), shown(speakers[name]), _extent(report, f"speakers.{name}"))
        for name, cases in speakers["cases"].items()
    ]
    header = ("of the quotes found", "cases", "right (spurious: given)", "95% interval")
    return Table("Speakers, %", header, tuple(rows))


def _label_table(stance: Mapping[str, Any]) -> Table:
    rows = [
        (label, str(figures["support"]), *(shown(figures[part]) for part in ("precision", "recall", "f1")))
        for label, figures in stance["labels"].items()
    ]
    return Table("Stance by label, %", ("label", "gold", "precision", "recall", "F1"), tuple(rows))


def _confusion_table(confusion: Mapping[str, Mapping[str, int]]) -> Table:
    columns = tuple(next(iter(confusion.values())))
    rows = [(label, *(str(row[column]) for column in columns)) for label, row in confusion.items()]
    return Table("Stance, gold (rows) against predicted", ("gold", *columns), tuple(rows))


def _chain_table(chain: Mapping[str, Any]) -> Table:
    row = (*(str(chain[name]) for name in ("gold", "predicted", "right")), _triple(chain))
    header = ("gold", "predicted", "all right", "P / R / F1")
    return Table("The whole chain: content, speaker and stance right, %", header, (row,))


_SLICE_COLUMNS = {
    "content": "found",
    "source": "source of found",
    "speaker": "speaker of found",
    "chain": "chain of all",
    "stance_macro_f1": "stance macro-F1 of found",
    "stance_accuracy": "stance accuracy of found",
}


def _slice_table(column: str, values: Mapping[str, Mapping[str, Any]]) -> Table:
    names = [name for name in _SLICE_COLUMNS if any(figures[name] is not None for figures in values.values())]
    rows = [(value, str(found["quotes"]), *(shown(found[name]) for name in names)) for value, found in values.items()]
    header = (column, "quotes", *(_SLICE_COLUMNS[name] for name in names))
    return Table(f"By {column}, %", header, tuple(rows))


def error_lists(report: Findings) -> dict[str, list[Item]]:
    """Layer to its worst errors; layers without errors, or that were not scored, are left out."""
    metrics = report.metrics
    scored = {"content": metrics["quotes"], "source": metrics["quotes"], "speaker": metrics["speakers"]}
    scored["stance"] = metrics["stance"]
    lists = {layer: worst(report.items, layer) for layer in LAYERS if scored.get(layer)}
    return {layer: found for layer in ERROR_TITLES if (found := lists.get(layer))}


def side(item: Item, layer: str, which: str) -> str:
    """Return what gold or prediction says of a layer, for a table.

    Args:
        item: The item.
        layer: One of :data:`ERROR_TITLES`.
        which: ``gold`` or ``predicted``.
    """
    described: Mapping[str, str] | None = getattr(item, which)
    if described is None:
        return "(no quote)"
    return described.get(layer, "(none)")


def to_text(report: Findings) -> str:
    """Render the tables and notes for a terminal; controls that come from articles are never passed on."""
    heading = f"{one_line(report.title)}: {plural(report.metrics['articles'], 'article')}"
    parts = [heading, *(render_text(table) for table in report_tables(report))]
    if report.notes:
        parts.append("\n".join(("Notes", *(f"  {one_line(note)}" for note in report.notes))))
    return "\n\n".join(parts)


def render_text(table: Table) -> str:
    """Render a table in columns, numbers to the right, without the controls that come from articles."""
    from rich import box
    from rich.console import Console
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    for number, name in enumerate(table.header):
        grid.add_column(Text(one_line(name)), justify="right" if is_numeric(table, number) else "left", no_wrap=True)
    for row in table.rows:
        grid.add_row(*(Text(one_line(cell)) for cell in row))
    console = Console(width=_WIDEST, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(grid)
    return "\n".join((one_line(table.title), *(f"  {line}".rstrip() for line in captured.get().splitlines())))


def is_numeric(table: Table, column: int) -> bool:
    """Whether every cell of a column begins like a number."""
    return all(_NUMBER.match(row[column]) for row in table.rows)


def to_markdown(report: Findings) -> str:
    """Render the tables, notes and worst errors as Markdown."""
    parts = [f"# {escape_markdown(report.title)}", f"{plural(report.metrics['articles'], 'article')}."]
    parts += [f"{name}: {escape_markdown(words)}" for name, words in report.about.items()]
    parts += [f"- {escape_markdown(note)}" for note in report.notes]
    parts += [render_markdown(table) for table in (*report_tables(report), *reliability_tables(report))]
    for layer, found in error_lists(report).items():
        rows = [
            (where(item), _excerpt(item), side(item, layer, "gold"), side(item, layer, "predicted")) for item in found
        ]
        header = ("where", "quote", "gold", "predicted")
        parts.append(render_markdown(Table(ERROR_TITLES[layer], header, tuple(rows))))
    return "\n\n".join(parts) + "\n"


def where(item: Item) -> str:
    """Article and offsets of an item."""
    return f"{item.article}:{item.start}-{item.end}"


def around(item: Item, most: int) -> tuple[str, str]:
    """Whole words before and after an item, at most so many characters of each; "…" stands where words are left out.

    >>> from types import SimpleNamespace
    >>> around(SimpleNamespace(before="Ann Roe of the port said ", after=" on Monday, by letter."), 12)
    ('… port said ', ' on Monday, …')
    """
    return _last_words(item.before, most), _last_words(item.after[::-1], most)[::-1]


def _last_words(text: str, most: int) -> str:
    """Return the end of a text from the first blank in its last ``most`` characters on; one without a blank is cut."""
    if len(text) <= most:
        return text
    end = text[-most:]
    blank = next((at for at, character in enumerate(end) if character.isspace()), 0)
    return f"…{end[blank:]}"


def _excerpt(item: Item) -> str:
    before, after = around(item, _EXCERPT)
    return f"{before}[{item.text}]{after}"


def render_markdown(table: Table) -> str:
    """Render a table as Markdown under a heading."""
    rule = ("---:" if is_numeric(table, k) else "---" for k in range(len(table.header)))
    lines = ("| " + " | ".join(escape_markdown(cell) for cell in line) + " |" for line in (table.header, *table.rows))
    header, *rows = lines
    return "\n".join((f"## {escape_markdown(table.title)}", "", header, f"| {' | '.join(rule)} |", *rows))


def escape_markdown(text: str) -> str:
    """Text as one line that Markdown shows as it is."""
    return re.sub(r"([\\`*_<>\[\]|#&])", r"\\\1", one_line(text))
