"""A few words of SVG: elements with escaped attributes and text, and the frame of a plot."""

from __future__ import annotations

import html

INK, SECONDARY, FAINT = "var(--qs-ink)", "var(--qs-less)", "var(--qs-rule)"
ACCENT, SECOND = "var(--qs-main)", "var(--qs-second)"
"""Colours: text, lesser text, rules, the main series, the second one, as the style sheet of the page sets them."""


def element(tag: str, *children: str, **attributes: object) -> str:
    """Write an element. Underscores in attribute names become hyphens; children are markup already.

    >>> element("rect", x=1, fill_opacity=0.5)
    '<rect x="1" fill-opacity="0.5"/>'
    """
    given = "".join(f' {name.rstrip("_").replace("_", "-")}="{_shown(value)}"' for name, value in attributes.items())
    return f"<{tag}{given}>{''.join(children)}</{tag}>" if children else f"<{tag}{given}/>"


def _shown(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else html.escape(str(value))


def label(
    text: str, x: float, y: float, *, anchor: str = "middle", size: int = 12, fill: str = INK, **more: object
) -> str:
    """Write a line of text, escaped; ``anchor`` is ``start``, ``middle`` or ``end``."""
    return element("text", html.escape(text), x=x, y=y, text_anchor=anchor, font_size=size, fill=fill, **more)


def line(x1: float, y1: float, x2: float, y2: float, *, stroke: str = FAINT, **more: object) -> str:
    """Draw a straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, **more)


def picture(title: str, width: int, height: int, *children: str, **more: object) -> str:
    """Write a whole drawing that scales with its place and tells screen readers what it shows."""
    return element(
        "svg",
        element("title", html.escape(title)),
        *children,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        width=width,
        role="img",
        font_family="system-ui, sans-serif",
        **more,
    )
