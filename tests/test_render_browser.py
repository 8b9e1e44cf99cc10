"""Pages of articles and evaluations in a real browser: nothing is cut off, on paper and in a notebook too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import chromium
import pytest
from evaluation_articles import copies, harbour, talks, with_answers

from quotestance import Article, Quote, Span, Speaker, Stance
from quotestance.evaluation import Report, evaluate
from quotestance.render import to_html

pytestmark = pytest.mark.skipif(chromium.BINARY is None, reason="There is no Chromium: apt-get install chromium")

NOTEBOOK = """<!DOCTYPE html><meta charset="utf-8"><title>A notebook</title><style>
body { background: #fff; color: #222; }
.out a:link { color: #1976d2; }
.out p { text-align: left; }
.out table { margin: 0 auto; color: #222; }
.out tbody tr:nth-child(even) { background: #f5f5f5; }
:not(.words).out td, :not(.words).out th { text-align: right; }
</style><div class="out">"""
"""A light one that has its own mind about links, paragraphs and tables."""


@pytest.fixture(scope="module")
def browser() -> Iterator[chromium.Browser]:
    with chromium.Browser(is_dark=True) as started:
        yield started


@pytest.fixture(scope="module")
def report() -> Report:
    gold = copies([talks(), harbour()], 2)
    return evaluate(
        gold, [with_answers(one, stance=Stance({"neutral": 0.9, "escalatory": 0.1})) for one in gold], draws=0
    )


def style(browser: chromium.Browser, words: str, name: str, pseudo: str = "") -> str:
    return str(browser.evaluate(f"getComputedStyle(document.querySelector('{words}'), '{pseudo}').{name}"))


def test_browser_shows_the_words_of_the_last_quote_of_the_list(browser: chromium.Browser, tmp_path: Path) -> None:
    text = "“We will talk,” Ana Ruiz said."
    quote = Quote("direct", (Span.of(text, 1, 13),), speaker=Speaker("Ana Ruiz", "person"))
    (tmp_path / "a.html").write_text(to_html(Article(text, quotes=(quote,))), encoding="utf-8")
    browser.open(tmp_path / "a.html")
    browser.evaluate("document.querySelector('aside a').focus()")
    browser.press("Tab", 9)
    browser.evaluate("document.querySelector('aside a').focus()")
    assert style(browser, "aside a", "content", "::after") == '"We will talk"'
    assert browser.evaluate(
        "document.querySelector('aside').scrollHeight <= document.querySelector('aside').clientHeight"
    )


def test_browser_shows_a_label_from_the_left_to_the_right_in_any_paragraph(
    browser: chromium.Browser, tmp_path: Path
) -> None:
    text = "אנחנו מוכנים לדבר, said Avi."
    quote = Quote("indirect", (Span.of(text, 0, 17),), stance=Stance({"neutral": 0.9, "escalatory": 0.1}))
    page = f"{NOTEBOOK}{to_html(Article(text, quotes=(quote,)), standalone=False)}</div>"
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    browser.open(tmp_path / "a.html")
    assert style(browser, ".qs-text p", "direction") == "rtl"
    assert style(browser, ".qs-text p", "textAlign") == "start"
    assert style(browser, ".qs-text .qs-m", "direction") == "ltr"


def test_browser_shows_an_evaluation_legibly_in_a_notebook_of_other_colours(
    browser: chromium.Browser, report: Report, tmp_path: Path
) -> None:
    (tmp_path / "a.html").write_text(f"{NOTEBOOK}{report._repr_html_()}</div>", encoding="utf-8")
    browser.open(tmp_path / "a.html")
    dark, light = "rgb(15, 19, 24)", "rgb(230, 237, 243)"
    assert (style(browser, ".qs-evaluation", "backgroundColor"), style(browser, "h1", "color")) == (dark, light)
    cell = "tbody tr:nth-child(2) th"
    assert (style(browser, cell, "backgroundColor"), style(browser, cell, "color")) == (dark, light)
    assert (style(browser, cell, "textAlign"), style(browser, "td.qs-number", "textAlign")) == ("start", "end")
    assert style(browser, "nav a", "color") == "rgb(121, 184, 255)"


@pytest.mark.parametrize("is_dark", [False, True])
def test_browser_shows_counts_of_the_confusion_matrix_with_contrast(
    report: Report, tmp_path: Path, is_dark: bool
) -> None:
    (tmp_path / "a.html").write_text(report.to_html(), encoding="utf-8")
    with chromium.Browser(is_dark=is_dark) as browser:
        browser.open(tmp_path / "a.html")
        colours = [
            _rgb(style(browser, words, name))
            for words, name in ((".qs-evaluation", "backgroundColor"), ("figure rect", "fill"), ("figure text", "fill"))
        ]
        first = "document.querySelector('figure')"
        shades = browser.evaluate(
            f"[...{first}.querySelectorAll('rect')].map((one) => getComputedStyle(one).fillOpacity)"
        )
    paper, main, ink = colours
    darkest = max(float(shade) for shade in shades)
    cell = [darkest * a + (1 - darkest) * b for a, b in zip(main, paper, strict=True)]
    low, high = sorted((_luminance(cell), _luminance(ink)))
    assert (high + 0.05) / (low + 0.05) >= 4.5  # WCAG AA


def _rgb(colour: str) -> list[float]:
    return [float(part) for part in re.findall(r"[\d.]+", colour)[:3]]


def _luminance(colour: Sequence[float]) -> float:
    """Relative luminance as WCAG defines it."""
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_browser_on_a_phone_a_long_heading_makes_no_table_wider(report: Report, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(report.to_html(), encoding="utf-8")
    with chromium.Browser(390) as browser:
        browser.open(tmp_path / "a.html")
        assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert style(browser, ".qs-table", "overflowX") == "auto"
        assert browser.evaluate(
            "[...document.querySelectorAll('caption')].every(one => one.scrollWidth <= one.clientWidth)"
        )
        first = "document.querySelector('.qs-table')"
        assert browser.evaluate(f"{first}.scrollWidth <= {first}.clientWidth")


def test_browser_prints_every_column_of_an_evaluation(
    browser: chromium.Browser, report: Report, tmp_path: Path
) -> None:
    (tmp_path / "a.html").write_text(report.to_html(), encoding="utf-8")
    browser.open(tmp_path / "a.html")
    browser.call("Emulation.setEmulatedMedia", media="print")
    browser.resize(720)  # of A4 between its margins
    assert style(browser, ".qs-table", "overflowX") == "visible"
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert style(browser, ".qs-errors mark", "printColorAdjust") == "exact"
