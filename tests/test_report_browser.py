"""The report in a real browser: it runs from disk, asks the network for nothing, and does what its controls say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import chromium
import pytest
from matplotlib.image import imread
from test_report import EVIL, article, hostile, made

from quotestance import Article, Quote, Span, Speaker
from quotestance.io.columns import page_name

pytestmark = pytest.mark.skipif(chromium.BINARY is None, reason="There is no Chromium: apt-get install chromium")

ARTICLE = f"articles/{page_name('a/1.txt')}.html"
READY = "document.documentElement.dataset.ready === 'true'"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    made(folder, [article(number, meta={"outlet": f"Paper {number % 3}"}) for number in range(240)] + hostile())
    return folder / "site"


@pytest.fixture(scope="module")
def browser() -> Iterator[chromium.Browser]:
    with chromium.Browser() as started:
        yield started


def state(browser: chromium.Browser) -> str:
    return str(browser.evaluate("document.getElementById('state').textContent"))


def ask(browser: chromium.Browser, field: str, value: str, found: int) -> None:
    """Fill in a field of the filter and wait for the number of quotes found."""
    browser.evaluate(f"""{{ const field = document.getElementById("filter").elements[{json.dumps(field)}];
        field.value = {json.dumps(value)}; field.dispatchEvent(new Event("input", {{bubbles: true}})); }}""")
    browser.wait(f"document.getElementById('state').textContent.startsWith('{found:,} of ')")


def cards(browser: chromium.Browser) -> list[str]:
    return list(browser.evaluate("[...document.querySelectorAll('#cards > li')].map((card) => card.innerText)"))


def test_browser_every_page_is_quiet_and_asks_for_nothing(browser: chromium.Browser, site: Path) -> None:
    for page in ("index.html", "speakers.html", "articles.html", "speakers/ana-ruiz.html", ARTICLE):
        browser.open(site / page, READY if page == "index.html" else "document.readyState === 'complete'")
        assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth"), page
    for path in sorted((site / "articles").iterdir())[-5:]:  # the hostile ones
        browser.open(path)
    assert browser.errors() == []
    assert not [address for address in browser.requests() if not address.startswith(("file:", "data:"))]
    assert browser.evaluate("typeof pwned") == "undefined"


def test_browser_first_page_is_usable_soon(browser: chromium.Browser, site: Path) -> None:
    browser.open(site / "index.html", READY)
    assert browser.evaluate("performance.now()") < 20_000  # ms; 2,000 on a machine that has nothing else to do
    assert state(browser) == "1,208 of 1,208 quotes"
    assert len(cards(browser)) == 25


def test_browser_filters_by_every_field(browser: chromium.Browser, site: Path) -> None:
    browser.open(site / "index.html", READY)
    ask(browser, "country", "ESP", 240)
    assert all("Ana Ruiz" in card and "Spain" in card for card in cards(browser))
    ask(browser, "stance", "escalatory", 80)
    assert browser.evaluate("document.querySelector('#cards .badge.qs-e').textContent") == "E escalatory 80%"
    ask(browser, "text", "matter 3-0.", 1)
    assert "matter 3-0." in cards(browser)[0]
    assert "country=ESP" in browser.evaluate("location.hash")
    ask(browser, "text", "", 80)
    ask(browser, "stance", "", 240)
    ask(browser, "country", "", 1208)
    ask(browser, "speaker", "union", 240)
    ask(browser, "from", "2024-12-01", 20)
    ask(browser, "speaker", "", 100)
    ask(browser, "outlet", "Paper 2", 100)
    ask(browser, "text", "no such words", 0)
    assert cards(browser) == []


def test_browser_cards_are_those_of_the_page_without_scripts(browser: chromium.Browser, site: Path) -> None:
    browser.open(site / "index.html", READY)
    made_here = browser.evaluate("document.querySelector('#cards').innerHTML")
    source = (site / "index.html").read_text(encoding="utf-8")
    written = source.partition('<ol id="cards" class="cards">')[2].partition("</ol>")[0]
    written = browser.evaluate(f"new DOMParser().parseFromString({json.dumps(written)}, 'text/html').body.innerHTML")
    assert re.sub(r"\s*\n\s*", "", written) == made_here


def test_browser_turns_pages_and_orders(browser: chromium.Browser, site: Path) -> None:
    browser.open(site / "index.html", READY)
    first = cards(browser)
    assert browser.evaluate("document.getElementById('back').disabled")
    browser.evaluate("document.getElementById('on').click()")
    browser.wait("document.getElementById('page').textContent === 'Page 2 of 49'")
    assert not set(first) & set(cards(browser))
    browser.evaluate("document.getElementById('filter').elements.order.value = 'oldest'")
    ask(browser, "kind", "direct", 1200)
    assert "2024-01-05" in cards(browser)[0]
    numbers = [re.findall(r"Talks \d+, quote (\d)", card) for card in cards(browser)]
    assert numbers == [[str(number)] for number in (1, 2, 3, 4, 5)] * 5


def test_browser_comes_back_from_an_article_to_the_page_of_quotes_it_was_on(
    browser: chromium.Browser, site: Path
) -> None:
    browser.open(f"{(site / 'index.html').as_uri()}#quotes?who=ben-okoro", READY)
    for page in (2, 3):
        browser.evaluate("document.getElementById('on').click()")
        browser.wait(f"document.getElementById('page').textContent === 'Page {page} of 10'")
    seen = cards(browser)
    address = browser.evaluate("location.href")
    browser.open(site / ARTICLE)
    browser.open(address, READY)
    assert (state(browser), cards(browser)) == ("240 of 1,208 quotes", seen)
    ask(browser, "stance", "neutral", 80)
    browser.wait("document.getElementById('page').textContent === 'Page 1 of 4'")
    assert "page" not in browser.evaluate("location.hash")
    browser.open(f"{(site / 'index.html').as_uri()}#quotes?who=ben-okoro&page=999", READY)
    browser.wait("document.getElementById('page').textContent === 'Page 10 of 10'")


def test_browser_an_address_tells_what_to_show(browser: chromium.Browser, site: Path) -> None:
    browser.open(f"{(site / 'index.html').as_uri()}#quotes?who=ben-okoro&stance=neutral", READY)
    browser.wait("document.getElementById('state').textContent.startsWith('80 of ')")
    assert all("Ben Okoro" in card and "neutral" in card for card in cards(browser))
    month = "[...document.querySelectorAll('th a')].find((link) => link.textContent === '2024-02')"
    browser.evaluate(f"{month}.click()")
    browser.wait("document.getElementById('state').textContent.startsWith('100 of ')")
    assert browser.evaluate(
        "[...document.querySelectorAll('#cards a')].every((link) => !/^[a-z]+:/.test(link.getAttribute('href')))"
    )


def test_browser_a_year_alone_is_found_by_what_holds_all_of_it(browser: chromium.Browser, tmp_path: Path) -> None:
    made(tmp_path, [article(number, published=day) for number, day in enumerate(("2024-02-03", "2024-02", "2024"))])
    browser.open(f"{(tmp_path / 'site' / 'index.html').as_uri()}#quotes?from=2024-02-01&to=2024-02-29", READY)
    browser.wait("document.getElementById('state').textContent.startsWith('10 of ')")
    ask(browser, "from", "2024-01-01", 10)
    ask(browser, "to", "2024-12-31", 15)


def test_browser_quotes_of_one_speaker_stay_theirs_until_another_is_asked_for(
    browser: chromium.Browser, site: Path
) -> None:
    browser.open(f"{(site / 'index.html').as_uri()}#quotes?who=ben-okoro", READY)
    browser.wait("document.getElementById('state').textContent.startsWith('240 of ')")
    assert browser.evaluate("document.getElementById('filter').elements.speaker.value") == "Ben Okoro"
    ask(browser, "stance", "neutral", 80)
    assert all("Ben Okoro" in card for card in cards(browser))
    ask(browser, "speaker", "nobody of that name", 0)


def test_browser_an_address_that_names_no_country_of_the_report_shows_nothing(
    browser: chromium.Browser, site: Path
) -> None:
    browser.open(f"{(site / 'index.html').as_uri()}#quotes?country=XXX", READY)
    browser.wait("document.getElementById('state').textContent.startsWith('0 of ')")
    assert cards(browser) == []


def test_browser_finds_words_as_they_are_typed(browser: chromium.Browser, tmp_path: Path) -> None:
    text = "“We don’t know,” Erdoğan said."
    quote = Quote("direct", (Span.of(text, 1, 15),), speaker=Speaker("Recep Tayyip Erdoğan", "person"))
    made(tmp_path, [Article(text, id="b.txt", quotes=(quote,)), article(1)])
    browser.open(tmp_path / "site" / "index.html", READY)
    ask(browser, "speaker", "erdogan", 1)
    ask(browser, "speaker", "", 6)
    ask(browser, "text", "don't", 1)


def test_browser_shows_hostile_words_as_words(browser: chromium.Browser, site: Path) -> None:
    browser.open(site / "index.html", READY)
    ask(browser, "text", "onerror", 8)
    text = browser.evaluate("document.getElementById('cards').textContent")
    assert EVIL.partition("\u2028")[0] in text
    assert browser.evaluate("document.querySelectorAll('#cards :is(img, script, style)').length") == 0
    assert browser.evaluate("typeof pwned") == "undefined"


def test_browser_tables_are_whole_on_paper_and_on_a_phone(browser: chromium.Browser, site: Path) -> None:
    highest = "getComputedStyle(document.querySelector('.beside .table')).maxHeight"
    browser.open(site / "index.html", READY)
    assert browser.evaluate(highest) != "none"
    browser.call("Emulation.setEmulatedMedia", media="print")
    assert browser.evaluate(highest) == "none"
    browser.call("Emulation.setEmulatedMedia", media="screen")
    browser.resize(390)
    assert browser.evaluate(highest) == "none"
    browser.open(site / "articles.html")
    dates = "[...document.querySelectorAll('td.day')].map((cell) => cell.firstChild.getClientRects().length)"
    assert set(browser.evaluate(dates)) == {1}
    browser.resize(1280)


def test_browser_cuts_no_plain_word_of_a_table_on_a_phone(site: Path) -> None:
    lines = """[...document.querySelectorAll('tbody tr')].filter((row) => row.cells[1].textContent == 'organization')
        .map((row) => row.cells[1].firstChild.getClientRects().length)"""
    with chromium.Browser(390) as browser:
        browser.open(site / "speakers.html")
        assert set(browser.evaluate(lines)) == {1}
        browser.open(site / "index.html", READY)
        width = "getComputedStyle(document.querySelector('tbody th')).minWidth"
        assert browser.evaluate(width) == "128px"  # "International", "Observatory" in one piece


@pytest.mark.parametrize("is_dark", [False, True])
def test_browser_shades_the_edge_where_a_table_goes_on(site: Path, tmp_path: Path, is_dark: bool) -> None:
    table = "document.querySelector('[aria-label=\"Shares of the stances\"]')"

    def shades(browser: chromium.Browser) -> list[bool]:
        """Return whether the corners of the table, left and right, differ from the page beside them."""
        browser.picture(tmp_path / "page.png")
        left, top, right = browser.evaluate(f"(({{x, y, right}}) => [x, y, right])({table}.getBoundingClientRect())")
        row = imread(tmp_path / "page.png")[int(top) + 2, :, :3]
        return [bool(abs(row[int(place)] - row[4]).max() > 0.1) for place in (left + 1, right - 2)]

    with chromium.Browser(390, is_dark) as browser:
        browser.open(site / "speakers" / "ana-ruiz.html")
        assert shades(browser) == [False, True]
        browser.evaluate(f"{table}.scrollLeft = 30")
        assert shades(browser) == [True, True]
        browser.evaluate(f"{table}.scrollLeft = 1000")
        assert shades(browser) == [True, False]
        browser.resize(1280)
        assert shades(browser) == [False, False]


def test_browser_is_worked_by_keyboard(browser: chromium.Browser, site: Path) -> None:
    browser.open(site / "index.html", READY)
    browser.press("Tab", 9)
    assert browser.evaluate("document.activeElement.className") == "skip"
    browser.open(site / ARTICLE)
    browser.evaluate("document.querySelector('.qs-text a.qs-m').focus()")
    browser.press("Tab", 9)
    shown = browser.evaluate("getComputedStyle(document.activeElement, '::after').content")
    assert "Ben Okoro" in shown


def test_browser_looks_for_the_dark_and_for_narrow_screens(site: Path) -> None:
    with chromium.Browser(390, is_dark=True) as browser:
        for page in ("index.html", "speakers/ana-ruiz.html", ARTICLE):
            browser.open(site / page, "document.readyState === 'complete'")
            red = browser.evaluate("parseInt(getComputedStyle(document.body).backgroundColor.slice(4))")
            assert red < 40, page
            assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth"), page
