"""The charts of a report, as SVG that stands in the page; colours are classes of ``report.css``.

Each is 400 units wide, so that its words stay legible on a telephone; the same numbers stand in a table beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from quotestance.render.html import look_of
from quotestance.render.svg import FAINT, SECONDARY, element, label, line, picture
from quotestance.render.wording import clipped, percent, plural
from quotestance.report.figures import LEAST_ARTICLES, NONE, PUSHES, Breakdown, Share

_WIDTH = 400
_ROW = 34  # height of a country
_LABELS = 132  # room for the names of countries
_LONGEST = 20  # characters of such a name


def stance_bar(counts: Mapping[str, int], title: str, *, width: int = 100, height: int = 12) -> str:
    """One bar parted by stance, in the order of the codebook.

    Args:
        counts: Stance to how many quotes have it.
        title: What it shows, for those who do not see it.
        width, height: Of the drawing.
    """
    total = sum(counts.values()) or 1
    parts, x = [], 0.0
    for name, count in counts.items():
        if count:
            wide = width * count / total
            parts.append(_box(name, x, 0, max(wide - 0.6, 0.4), height))
            x += wide
    return picture(f"{title}: {counted(counts)}", width, height, *parts, preserveAspectRatio="none", class_="bar")


def counted(counts: Mapping[str, int]) -> str:
    """Return counts in words.

    >>> counted({"escalatory": 2, "neutral": 1})
    '2 escalatory, 1 neutral'
    """
    return ", ".join(f"{count} {clipped(name)}" for name, count in counts.items() if count) or "none"


def share_in_words(share: Share | None) -> str:
    """Return a share with its interval, in %.

    >>> share_in_words(Share(0.25, 0.2, 0.31)), share_in_words(Share(0.25)), share_in_words(None)
    ('25% (20 to 31)', '25%', '–')
    """
    if share is None:
        return "–"
    extent = "" if share.low is None or share.high is None else f" ({100 * share.low:.0f} to {100 * share.high:.0f})"
    return percent(share.value) + extent


def _css(name: str) -> str:
    return look_of(None if name == NONE else name).css


def _box(name: str, x: float, y: float, width: float, height: float, *children: str) -> str:
    return element("rect", *children, class_=_css(name), x=x, y=y, width=width, height=height)


# --- shares with whiskers


def country_chart(rows: Sequence[Breakdown], names: Mapping[str, str], title: str) -> str:
    """Return the shares of the two pushes by country: a dot or diamond with its interval for each.

    Args:
        rows: The countries, from above to below.
        names: What each is called.
        title: What it shows.
    """
    most = _most(rows)
    top, height = 46, 46 + _ROW * len(rows) + 8
    parts = [*_legend(14), *_vertical_grid(most, top, height - 8)]
    for number, row in enumerate(rows):
        y = top + _ROW * (number + 0.5)
        name = clipped(names[row.key])
        short = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
        marks = [_mark(push, row, _across(most), y + shift) for push, shift in zip(PUSHES, (-6, 6), strict=True)]
        tip = element("title", _escaped(_tip(name, row)))
        parts.append(element("g", tip, label(short, _LABELS - 8, y + 4, anchor="end"), *marks))
    return picture(title, _WIDTH, height, *parts)


def _most(rows: Sequence[Breakdown]) -> float:
    """Return the end of the axis: the next tenth above every share and interval."""
    found = [share.high or share.value for row in rows for share in row.shares.values()]
    return min(1.0, math.ceil(10 * max(found, default=1.0) + 1e-9) / 10) or 0.1


def _across(most: float) -> tuple[float, float]:
    """Where a share of 0 stands, and how much a share of 1 adds."""
    return float(_LABELS), (_WIDTH - 16 - _LABELS) / most


def _ticks(most: float) -> list[float]:
    step = 0.1 if most <= 0.5 else 0.25
    return [step * n for n in range(int(most / step + 1e-9) + 1)]


def _vertical_grid(most: float, top: float, bottom: float) -> list[str]:
    start, unit = _across(most)
    parts = []
    for tick in _ticks(most):
        x = start + unit * tick
        parts += [line(x, top, x, bottom), label(percent(tick), x, top - 6, size=11, fill=SECONDARY)]
    return parts


def _legend(y: float) -> list[str]:
    shapes = [_shape(push, x + 5, y - 4) for push, x in zip(PUSHES, (0, 110), strict=True)]
    return [*shapes, *(label(push, x + 14, y, anchor="start") for push, x in zip(PUSHES, (0, 110), strict=True))]


def _shape(push: str, x: float, y: float) -> str:
    """Return a dot for the one, a diamond for the other: told apart without colour."""
    if push == PUSHES[0]:
        return element("circle", class_=_css(push), cx=x, cy=y, r=4.5)
    points = f"{x - 5.5:.1f},{y:.1f} {x:.1f},{y - 5.5:.1f} {x + 5.5:.1f},{y:.1f} {x:.1f},{y + 5.5:.1f}"
    return element("polygon", class_=_css(push), points=points)


def _mark(push: str, row: Breakdown, axis: tuple[float, float], y: float) -> str:
    share = row.shares.get(push)
    if share is None:
        return ""
    start, unit = axis
    whisker = ""
    if share.low is not None and share.high is not None:
        ends = start + unit * share.low, start + unit * share.high
        whisker = element("line", class_=f"whisker {_css(push)}", x1=ends[0], x2=ends[1], y1=y, y2=y)
    return whisker + _shape(push, start + unit * share.value, y)


def _tip(name: str, row: Breakdown) -> str:
    shares = [f"{push} {share_in_words(share)}" for push, share in row.shares.items()]
    few = f"; fewer than {LEAST_ARTICLES} articles, so no interval" if row.articles < LEAST_ARTICLES else ""
    size = f"{plural(row.quotes, 'quote')} in {plural(row.articles, 'article')}"
    return f"{name}: {', '.join((*shares, size))}{few}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# --- over time


def period_chart(rows: Sequence[Breakdown], title: str) -> str:
    """Return the shares of the two pushes over time, each with its interval, above how many quotes there are.

    Args:
        rows: The periods in order, those without a quote too.
        title: What it shows.
    """
    most, left, top, bottom, base = _most(rows), 38, 34, 190, 240
    step = (_WIDTH - left - 8) / len(rows)
    unit = (bottom - top) / most
    parts = _legend(14)
    for tick in _ticks(most):
        y = bottom - unit * tick
        parts += [line(left, y, _WIDTH - 8, y), label(percent(tick), left - 5, y + 4, anchor="end", size=11)]
    for push in PUSHES:
        parts.append(_curve(push, rows, left, step, bottom, unit))
    largest = max(row.quotes for row in rows) or 1
    for number, row in enumerate(rows):
        x = left + step * number
        marks = [
            _upright(push, row, x + step * place, bottom, unit)
            for push, place in zip(PUSHES, (0.36, 0.64), strict=True)
        ]
        tall = 36 * row.quotes / largest
        column = element("rect", class_="size", x=x + step * 0.15, y=base - tall, width=step * 0.7, height=tall)
        area = element("rect", fill="transparent", x=x, y=top, width=step, height=base - top)
        parts.append(element("g", element("title", _escaped(_tip(row.key, row))), *marks, column, area))
    parts += _period_names([row.key for row in rows], left, step, base)
    parts.append(label(f"quotes, at most {largest}", left, bottom + 12, anchor="start", size=10, fill=SECONDARY))
    return picture(title, _WIDTH, base + 22, *parts)


def _curve(push: str, rows: Sequence[Breakdown], left: float, step: float, bottom: float, unit: float) -> str:
    """Return a line through the shares, broken where a period has none."""
    shift = 0.36 if push == PUSHES[0] else 0.64
    path, is_on = [], False
    for number, row in enumerate(rows):
        share = row.shares.get(push)
        if share is not None:
            path.append(
                f"{'L' if is_on else 'M'}{left + step * (number + shift):.1f} {bottom - unit * share.value:.1f}"
            )
        is_on = share is not None
    return element("path", class_=f"curve {_css(push)}", d="".join(path))


def _upright(push: str, row: Breakdown, x: float, bottom: float, unit: float) -> str:
    share = row.shares.get(push)
    if share is None:
        return ""
    whisker = ""
    if share.low is not None and share.high is not None:
        ends = bottom - unit * share.low, bottom - unit * share.high
        whisker = element("line", class_=f"whisker {_css(push)}", x1=x, x2=x, y1=ends[0], y2=ends[1])
    return whisker + _shape(push, x, bottom - unit * share.value)


def _period_names(names: Sequence[str], left: float, step: float, base: float) -> list[str]:
    """As many names as there is room for."""
    every = max(1, math.ceil(56 / step))
    shown = [(left + step * (n + 0.5), name) for n, name in enumerate(names) if n % every == 0]
    return [label(name, min(x, _WIDTH - 26), base + 15, size=11, fill=SECONDARY) for x, name in shown]


def timeline(rows: Sequence[Breakdown], title: str) -> str:
    """How many quotes a speaker has in each period, parted by stance.

    Args:
        rows: The periods in order, those without a quote too.
        title: What it shows.
    """
    left, top, base = 38, 12, 132
    step = (_WIDTH - left - 8) / len(rows)
    largest = max(row.quotes for row in rows) or 1
    parts = []
    for tick in sorted({0, (largest + 1) // 2, largest}):
        y = base - (base - top) * tick / largest
        parts += [line(left, y, _WIDTH - 8, y, stroke=FAINT), label(str(tick), left - 5, y + 4, anchor="end", size=11)]
    for number, row in enumerate(rows):
        width = min(step * 0.8, 28)
        x = left + step * (number + 0.5) - width / 2  # above its name
        tip = element("title", f"{row.key}: {_escaped(counted(row.counts))}")
        parts.append(element("g", tip, *_column(row.counts, x, width, base, (base - top) / largest)))
    parts += _period_names([row.key for row in rows], left, step, base)
    return picture(title, _WIDTH, base + 22, *parts)


def _column(counts: Mapping[str, int], x: float, width: float, base: float, unit: float) -> list[str]:
    parts, y = [], base
    for name, count in counts.items():
        if count:
            y -= unit * count
            parts.append(_box(name, x, y, width, max(unit * count - 0.5, 0.5)))
    return parts
