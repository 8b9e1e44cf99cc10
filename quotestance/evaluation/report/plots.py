"""The four plots of a report, as SVG that stands in the page itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from quotestance.render import wording
from quotestance.render.svg import ACCENT, FAINT, INK, SECOND, SECONDARY, element, label, line, picture

_PAPER = "var(--qs-paper)"  # what is behind all
_DARKEST = 0.55  # of the main colour: ink is legible on it on light and dark paper (WCAG AA)
_SIZE = 240  # side of the square plots
_LEFT, _TOP, _BELOW = 56, 34, 46  # room for labels around them
_KEY_LINE = 16  # height of a line that says what the marks mean
_LABEL_WIDTH, _LABEL_HEIGHT = 22, 13  # what labels of marks take, with room around them
_LONGEST = 25  # columns of the name of a bar, with its count: as many as its room holds


_RELIABILITY_KEY = (
    "Bar: share right; stronger colour: more answers.",
    "Dot: the same at their mean confidence.",
    "Dashed line: as often right as confident.",
)


def confusion_matrix(confusion: Mapping[str, Mapping[str, int]]) -> str:
    """Gold labels (rows) against predicted ones (columns); the shade is the share of the gold label.

    Args:
        confusion: Gold label to predicted label to count.
    """
    columns = list(next(iter(confusion.values())))
    left, top, cell = 112, _TOP + 24, 92
    title = "Confusion matrix of the stance labels"
    parts = [label(title, 4, 18, anchor="start", size=13)]
    for y, (gold, row) in enumerate(confusion.items()):
        parts.append(label(gold, left - 8, top + cell * (y + 0.5) + 4, anchor="end"))
        for x, column in enumerate(columns):
            parts.append(_cell(row[column], sum(row.values()), left + cell * x, top + cell * y, cell))
    parts += [label(name, left + cell * (x + 0.5), top - 8) for x, name in enumerate(columns)]
    height = top + cell * len(confusion) + 46
    parts.append(label("predicted", left + cell * len(columns) / 2, height - 26, fill=SECONDARY))
    parts.append(label("gold", left - 8, height - 26, anchor="end", fill=SECONDARY))
    parts += _key(("Shade and %: share of the quotes with this gold label.",), 4, height - 8)
    return picture(title, left + cell * len(columns) + 10, height, *parts)


def _cell(count: int, total: int, x: float, y: float, side: float) -> str:
    share = count / total if total else 0.0
    return (
        element(
            "rect",
            x=x,
            y=y,
            width=side,
            height=side,
            fill=ACCENT,
            fill_opacity=0.06 + (_DARKEST - 0.06) * share,
            stroke=_PAPER,
        )
        + label(str(count), x + side / 2, y + side / 2, size=16)
        + label(f"{100 * share:.0f}%", x + side / 2, y + side / 2 + 18, size=11)
    )


def _axes(x_title: str, y_title: str, *, to_percent: bool = True) -> list[str]:
    parts = []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = _at(tick, tick)
        text = f"{100 * tick:.0f}" if to_percent else f"{tick:g}"
        parts += [line(_LEFT, y, _LEFT + _SIZE, y), label(text, _LEFT - 6, y + 4, anchor="end", size=11)]
        parts += [line(x, _TOP, x, _TOP + _SIZE), label(text, x, _TOP + _SIZE + 16, size=11)]
    middle = _TOP + _SIZE / 2
    parts.append(label(x_title, _LEFT + _SIZE / 2, _TOP + _SIZE + 36))
    parts.append(label(y_title, 16, middle, transform=f"rotate(-90 16 {middle:g})"))
    return parts


def _at(x: float, y: float) -> tuple[float, float]:
    return _LEFT + _SIZE * x, _TOP + _SIZE * (1 - y)


def _square(title: str, parts: Sequence[str], key: Sequence[str]) -> str:
    bottom = _TOP + _SIZE + _BELOW
    heading = label(title, _LEFT, 18, anchor="start", size=13)
    height = bottom + _KEY_LINE * len(key)
    return picture(title, _LEFT + _SIZE + 24, height, heading, *parts, *_key(key, _LEFT, bottom + _KEY_LINE - 6))


def _key(lines: Sequence[str], x: float, y: float) -> list[str]:
    """Say what marks and shades mean, a line below the other."""
    return [
        label(words, x, y + _KEY_LINE * number, anchor="start", size=11, fill=SECONDARY)
        for number, words in enumerate(lines)
    ]


def reliability_diagram(bins: Sequence[Mapping[str, float | int | None]], title: str) -> str:
    """How often answers are right against how confident they are; on the diagonal both agree.

    Args:
        bins: As :func:`quotestance.evaluation.metrics.calibration.reliability` gives them.
        title: Heading.
    """
    most = max(int(row["count"] or 0) for row in bins) or 1
    parts = _axes("confidence, %", "right, %")
    for row in bins:
        if row["accuracy"] is None or row["confidence"] is None:
            continue
        left, top = _at(float(row["low"] or 0), row["accuracy"])
        width = _SIZE / len(bins) - 2
        opacity = 0.25 + 0.75 * float(row["count"] or 0) / most
        tip = f"{row['count']} answers, confidence {100 * row['confidence']:.1f}%, right {100 * row['accuracy']:.1f}%"
        bar = {"x": left + 1, "y": top, "width": width, "height": _SIZE * row["accuracy"]}
        parts.append(element("rect", element("title", tip), fill=ACCENT, fill_opacity=opacity, **bar))
        x, y = _at(row["confidence"], row["accuracy"])
        parts.append(element("circle", cx=x, cy=y, r=3.5, fill=SECOND))
    parts.append(line(*_at(0, 0), *_at(1, 1), stroke=INK, stroke_dasharray="4 3"))
    return _square(title, parts, _RELIABILITY_KEY)


def precision_recall(points: Sequence[Mapping[str, float]]) -> str:
    """Precision against recall as the least confidence that is kept rises; some values of it are marked.

    Args:
        points: ``precision`` and ``recall`` in [0, 1], with their ``threshold``.
    """
    parts = _axes("recall, %", "precision, %")
    places = [_at(point["recall"], point["precision"]) for point in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    parts.append(element("polyline", points=path, fill="none", stroke=ACCENT, stroke_width=2))
    marked: dict[tuple[float, float], list[str]] = {}  # where, and the confidences that lead there
    for wanted in (0.5, 0.7, 0.9):
        reached = next((k for k, point in enumerate(points) if point["threshold"] >= wanted), None)
        if reached is not None:
            marked.setdefault(places[reached], []).append(f"{wanted:g}")
    parts += [element("circle", cx=x, cy=y, r=4, fill=SECOND) for x, y in marked]
    for mark, (x, y) in _apart(marked).items():
        parts.append(label(", ".join(marked[mark]), x, y, size=11))
    return _square(
        "Precision and recall by quote confidence", parts, ("Dots: only quotes of this confidence or more.",)
    )


def _apart(marks: Collection[tuple[float, float]]) -> dict[tuple[float, float], tuple[float, float]]:
    """Return for each mark the place of its label: below it, where it covers neither a mark nor another label."""
    places: dict[tuple[float, float], tuple[float, float]] = {}
    for x, y in sorted(marks, key=lambda mark: mark[1]):
        near = [place[1] for place in (*marks, *places.values()) if abs(place[0] - x) < _LABEL_WIDTH]
        base = y + 18
        while any(abs(place - base) < _LABEL_HEIGHT for place in near):
            base += 1
        places[x, y] = (x, base)
    return places


def bars(values: Mapping[str, float | None], counts: Mapping[str, int], title: str) -> str:
    """Draw a horizontal bar for each slice, with its count.

    Args:
        values: Slice to a share in [0, 1]; slices without a value get no bar.
        counts: Slice to how many quotes it holds.
        title: Heading.
    """
    left, height, width = 190, 22, 190
    parts = [label(title, 4, 18, anchor="start", size=13)]
    for k, (name, value) in enumerate(values.items()):
        y = _TOP + height * k
        count = f" ({counts[name]})"
        parts.append(label(_clip(name, _LONGEST - len(count)) + count, left - 8, y + 15, anchor="end"))
        parts.append(element("rect", x=left, y=y + 2, width=width, height=height - 5, fill=FAINT, fill_opacity=0.4))
        if value is not None:
            parts.append(element("rect", x=left, y=y + 2, width=width * value, height=height - 5, fill=ACCENT))
        parts.append(label("-" if value is None else f"{100 * value:.1f}", left + width + 6, y + 15, anchor="start"))
    return picture(title, left + width + 50, _TOP + height * len(values) + 8, *parts)


def _clip(text: str, width: int) -> str:
    if wording.columns(text) <= width:
        return text
    text = text[: width - 1]
    while wording.columns(text) >= width:
        text = text[:-1]
    return f"{text}…"
