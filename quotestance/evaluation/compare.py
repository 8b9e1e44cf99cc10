"""Is system B better than system A? Paired bootstrap of the differences, and the quotes that changed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from quotestance.errors import FormatError
from quotestance.evaluation.metrics.bootstrap import LEAST_ARTICLES, CountTable, check_draws, draw, interval, p_value
from quotestance.evaluation.metrics.figures import derive
from quotestance.evaluation.outcomes import Item
from quotestance.evaluation.report.findings import HEADLINE, LOWER_IS_BETTER, TOO_FEW
from quotestance.evaluation.report.page import to_page
from quotestance.evaluation.report.report import Report
from quotestance.evaluation.report.tables import Table, in_percent, render_text, shown, side, where
from quotestance.evaluation.runs import load_report
from quotestance.render.wording import plural

_LAYERS = {"content": "quotes", "source": "quotes", "speaker": "speakers", "stance": "stance"}  # and their figures
_SHOWN = 40  # changes that a terminal or a notebook shows of each sort; the dict has them all


@dataclass(frozen=True, slots=True)
class Difference:
    """A headline figure of both systems.

    Args:
        name: Its dotted name.
        a, b: The figures.
        difference: ``b - a``.
        low, high: 95% interval of the difference, by paired bootstrap over articles; ``None`` where no draw has one,
            or fewer than 10 articles stand behind either figure.
        p: Two-sided p-value of "no difference"; ``None`` likewise.
        articles: How many articles have a case that it rests on, in the system with fewer of them.
    """

    name: str
    a: float
    b: float
    difference: float
    low: float | None
    high: float | None
    p: float | None
    articles: int

    @property
    def is_better(self) -> bool:
        """Whether B does better than A."""
        return self.difference < 0 if self.name in LOWER_IS_BETTER else self.difference > 0


@dataclass(frozen=True, slots=True)
class Change:
    """A quote that one system has right in a layer, and the other wrong.

    Args:
        change: ``gain`` where B is right, ``regression`` where A was. A spurious quote of B alone is a regression in
            ``content``, one of A alone a gain.
        layer: Which layer.
        where: Article and offsets.
        text: The quote.
        gold, a, b: What gold and the two systems say.
    """

    change: Literal["gain", "regression"]
    layer: str
    where: str
    text: str
    gold: str
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """System B against system A on the same gold.

    Args:
        articles: Number of articles.
        differences: Of every headline figure that both have.
        changes: Every quote that changed, regressions first.
    """

    articles: int
    differences: tuple[Difference, ...]
    changes: tuple[Change, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return asdict(self)

    def tables(self) -> list[Table]:
        """Differences, how many quotes changed in each layer, and the regressions and gains."""
        parts = [_difference_table(self.differences), _count_table(self.changes)]
        return parts + [table for kind in ("regression", "gain") if (table := _change_table(self.changes, kind)).rows]

    def _lead(self) -> str:
        return f"B against A on {plural(self.articles, 'article')}"

    def __str__(self) -> str:
        return "\n\n".join((self._lead(), *(render_text(table) for table in self.tables())))

    def _repr_html_(self) -> str:
        return to_page("Comparison", self._lead(), self.tables(), standalone=False)


def compare(a: Report | str | Path, b: Report | str | Path, *, draws: int = 1000, seed: int = 0) -> Comparison:
    """Compare two evaluations on the same gold.

    Args:
        a, b: Reports, or run folders that hold them.
        draws: Bootstrap draws; each draws the same articles for both systems.
        seed: Of the draws.

    Raises:
        FormatError: A folder is no run, or the two were not scored on the same gold in the same way.
        ValueError: ``draws`` or ``seed`` is below 0.
    """
    check_draws(draws, seed)
    first, second = (load_report(report) if isinstance(report, (str, Path)) else report for report in (a, b))
    _check_same_gold(first, second)
    layers = [layer for layer, name in _LAYERS.items() if first.metrics[name] and second.metrics[name]]
    changes = sorted(_changes(first.items, second.items, layers), key=lambda change: change.change != "regression")
    differences = tuple(_differences(first, second, draws=draws, seed=seed))
    return Comparison(len(first.counts.ids), differences, tuple(changes))


def _check_same_gold(a: Report, b: Report) -> None:
    for name in ("by_piece", "flat", "gold_quotes"):
        if a.settings.get(name, False) != b.settings.get(name, False):  # older runs have no "flat"
            raise FormatError(f"The two runs differ in the option {name!r}. Evaluate both in the same way first.")
    if _gold_of(a.items) != _gold_of(b.items):
        raise FormatError("The two runs were scored on different gold. Evaluate both on the same file first.")
    if set(a.counts.ids) != set(b.counts.ids):
        raise FormatError("The two runs were scored on different articles. Evaluate both on the same file first.")
    digests = {report.settings["gold_sha256"] for report in (a, b) if "gold_sha256" in report.settings}  # older: none
    if len(digests) > 1:
        raise FormatError(
            "The two runs were scored on different gold: texts or annotations of the same articles were changed "
            "between them. Evaluate both on the same file first."
        )


def _gold_of(items: Iterable[Item]) -> dict[tuple[str, int], tuple[int, int, Mapping[str, str]]]:
    """Article and number of every gold quote to where it stands, and what gold says of it."""
    return {(item.article, item.number): (item.start, item.end, item.gold) for item in items if item.gold}


def _differences(a: Report, b: Report, *, draws: int, seed: int) -> Iterator[Difference]:
    tables = [a.counts, _reordered(b.counts, a.counts.ids)]
    drawn = draw(tables, derive, draws=draws, seed=seed) if draws else None
    given = b.headline()
    for name, value in a.headline().items():
        if name in given:
            articles = min(table.articles_behind(name) for table in tables)
            draws_of = drawn[1][name] - drawn[0][name] if drawn and articles >= LEAST_ARTICLES else None
            low, high = (interval(draws_of) if draws_of is not None else None) or (None, None)
            p = p_value(draws_of) if draws_of is not None else None
            yield Difference(name, value, given[name], given[name] - value, low, high, p, articles)


def _reordered(table: CountTable, ids: Sequence[str]) -> CountTable:
    rows = {name: number for number, name in enumerate(table.ids)}
    return CountTable(tuple(ids), table.names, table.values[[rows[name] for name in ids]])


def _changes(a: Sequence[Item], b: Sequence[Item], layers: Sequence[str]) -> Iterator[Change]:
    others = {(item.article, item.number): item for item in b if item.gold}
    for one in (item for item in a if item.gold):
        other = others[one.article, one.number]
        for layer in layers:
            before, after = one.right[layer], other.right[layer]
            if None not in (before, after) and before != after:
                sides = side(one, layer, "gold"), side(one, layer, "predicted"), side(other, layer, "predicted")
                yield Change("gain" if after else "regression", layer, where(one), one.text, *sides)
    yield from _spurious_changes(a, b)


def _spurious_changes(a: Sequence[Item], b: Sequence[Item]) -> Iterator[Change]:
    """Yield the spurious quotes that only one system has: of several in one extent, those that the other has fewer."""
    first, second = (_spurious(items) for items in (a, b))
    for item in _without(first, second):
        yield Change("gain", "content", where(item), item.text, "(no quote)", item.text, "(no quote)")
    for item in _without(second, first):
        yield Change("regression", "content", where(item), item.text, "(no quote)", "(no quote)", item.text)


def _spurious(items: Iterable[Item]) -> defaultdict[tuple[str, int, int], list[Item]]:
    found = defaultdict(list)
    for item in items:
        if not item.gold:
            found[item.article, item.start, item.end].append(item)
    return found


def _without(
    own: Mapping[tuple[str, int, int], Sequence[Item]], others: Mapping[tuple[str, int, int], Sequence[Item]]
) -> Iterator[Item]:
    for extent in sorted(own):
        yield from own[extent][len(others.get(extent, ())) :]


def _difference_table(differences: Sequence[Difference]) -> Table:
    rows = []
    for found in differences:
        low, high = (None if value is None else shown(value, found.name) for value in (found.low, found.high))
        missing = TOO_FEW if found.articles < LEAST_ARTICLES else "-"
        extent = missing if low is None else f"{low} to {high}"
        p = missing if found.p is None else f"{found.p:.3f}"
        values = (shown(value, found.name) for value in (found.a, found.b, found.difference))
        rows.append((HEADLINE[found.name], *values, extent, p))
    return Table(
        in_percent("Differences", (found.name for found in differences)),
        ("figure", "A", "B", "B - A", "95% interval", "p"),
        tuple(rows),
    )


def _count_table(changes: Sequence[Change]) -> Table:
    counts = Counter((change.layer, change.change) for change in changes)
    rows = [(layer, str(counts[layer, "gain"]), str(counts[layer, "regression"])) for layer in _LAYERS]
    return Table("Quotes that changed", ("layer", "gains", "regressions"), tuple(rows))


def _change_table(changes: Sequence[Change], kind: str) -> Table:
    found = [change for change in changes if change.change == kind]
    rows = [
        (change.where, change.layer, *(_clip(text) for text in (change.text, change.gold, change.a, change.b)))
        for change in found[:_SHOWN]
    ]
    title = f"{kind.capitalize()}s ({len(found)}{f', the first {_SHOWN}' if len(found) > _SHOWN else ''})"
    return Table(title, ("where", "layer", "quote", "gold", "A", "B"), tuple(rows))


def _clip(text: str, length: int = 50) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"
