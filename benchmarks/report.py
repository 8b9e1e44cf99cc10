"""The report on 2,000 invented articles in a real browser: ``python benchmarks/report.py [FOLDER] [--articles N]``.

Articles are made, scored by a stand-in for the models that reads their one form, linked and reported on, all as the
commands do it. Chromium then opens the report and tells the size of the first page, the time until it can be used,
console errors and requests. ``--axe node_modules/axe-core/axe.min.js`` adds violations of accessibility rules
(``npm install axe-core``), and ``--pictures`` what the pages look like. Both are of light and dark, wide and narrow.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import re
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import chromium

from quotestance import Article, Quote, Span, Speaker, Stance, score_folder
from quotestance.identities.tables import link_table
from quotestance.report import write_report
from quotestance.types import STANCES

ARTICLES = 2_000
_GIVEN = ("Ana", "Ben", "Chidi", "Dora", "Emil", "Farida", "Goran", "Hana", "Ilsa", "Jonas", "Katia", "Luis", "Mina")
_SURNAMES = ("Ruiz", "Okoro", "Brandt", "Tarr", "Reiss", "Haddad", "Novak", "Lindqvist", "Marchetti", "Osei", "Petrov")
_COUNTRIES = (
    *("USA", "RUS", "UKR", "CHN", "GBR", "FRA", "DEU", "ISR", "IRN", "TUR", "IND", "JPN", "POL"),
    *("EGY", "SAU", "BRA", "NGA", "ESP", "ITA", "KOR", "PAK", "KEN", "CAN", "AUS", "NOR"),
)
_ROLES = ("foreign minister", "defence minister", "president", "spokesperson", "ambassador", "senator", "analyst")
_BODIES = ("Foreign Ministry", "Defence Ministry", "Harbour Union", "Centre for River Studies", "Border Agency")
_OUTLETS = ("Lasko Courier", "Northern Wire", "Ardenholm Post", "The Strait Review", "Evening Herald")
_PLACES = ("the port", "the border", "the strait", "the old bridge", "the grain terminal", "the airfield")
_SAYINGS = {
    "escalatory": ("If they cross {0}, we will strike without a warning", "There will be no truce while {0} is held"),
    "de-escalatory": ("We are ready to talk about {0} at any hour", "Both sides must pull their troops back from {0}"),
    "neutral": ("The figures on {0} will be published next week", "Work at {0} goes on, and more I cannot say today"),
}
_FILLERS = (
    "Rain fell on {0} for most of the week, and few people were about.",
    "Traders said that prices near {0} had hardly moved since the last round of talks.",
    "The road to {0} was open in the morning, and closed again by noon.",
)
_FORM = re.compile(r'"([^"]+)," said (?:(an official)|([^,\n]+), ([^,\n]+) \((\w{3})\)|the ([^(\n]+) \((\w{3})\))\.')
_WIDTHS = (1280, 390)  # CSS pixels
_TALLEST = 3_000  # CSS pixels of a picture
_READY = "document.documentElement.dataset.ready === 'true'"
_LOADED = "document.readyState === 'complete'"


def _people() -> list[tuple[str, str, str]]:
    """Name, role and country of 143 people, those who speak most first."""
    draw = random.Random(7)
    names = [f"{given} {surname}" for given in _GIVEN for surname in _SURNAMES]
    draw.shuffle(names)
    return [(name, draw.choice(_ROLES), _COUNTRIES[min(24, int(draw.expovariate(0.15)))]) for name in names]


def article_text(number: int, people: list[tuple[str, str, str]]) -> str:
    """Return the text of an article, the same for the same number."""
    draw = random.Random(number)
    paragraphs = []
    for _ in range(draw.randint(6, 16)):
        place, kind = draw.choice(_PLACES), draw.random()
        if kind < 0.4:
            paragraphs.append(" ".join(draw.choice(_FILLERS).format(place) for _ in range(3)))
            continue
        words = draw.choice(_SAYINGS[draw.choices(STANCES, (3, 4, 5))[0]]).format(place)
        if kind < 0.5:
            who = "an official"
        elif kind < 0.6:
            who = f"the {draw.choice(_BODIES)} ({draw.choice(_COUNTRIES[:8])})"
        else:
            name, role, country = people[min(len(people) - 1, int(draw.expovariate(0.05)))]
            who = f"{name}, {role} ({country})"
        paragraphs.append(f'"{words}," said {who}. {draw.choice(_FILLERS).format(place)}')
    return "\n\n".join(paragraphs)


def write_articles(folder: Path, count: int) -> None:
    """Write articles of five outlets over two years, and two files that cannot be read."""
    folder.mkdir()
    people = _people()
    for place, outlet in enumerate(_OUTLETS):
        with (folder / f"{outlet.lower().replace(' ', '_')}.jsonl").open("w", encoding="utf-8") as file:
            for number in range(place, count, len(_OUTLETS)):
                month = 1 + number * 24 // count
                record = {
                    "title": f"Talks on {_PLACES[number % 6]} enter day {number % 365}",
                    "date": f"{2024 + (month - 1) // 12}-{(month - 1) % 12 + 1:02}-{number % 28 + 1:02}",
                    "outlet": outlet,
                    "text": article_text(number, people),
                }
                file.write(json.dumps(record) + "\n")
    (folder / "scan.pdf").write_bytes(b"%PDF-1.4")
    (folder / "broken.json").write_text("{")


class StandIn:
    """Finds what :func:`article_text` says, as a pipeline would."""

    identity = "stand-in"
    about = {"models": "none: a stand-in that reads one form", "options": "of benchmarks/report.py"}  # noqa: RUF012

    def stream(self, articles: Iterable[Article]) -> Iterator[Article]:
        """Yield every article with its quotes."""
        for article in articles:
            yield article.replace(quotes=tuple(_quote(article.text, match) for match in _FORM.finditer(article.text)))


def _quote(text: str, match: re.Match[str]) -> Quote:
    draw = random.Random(match[0])
    words, unnamed, name, role, country, body, home = match.groups()
    if unnamed:
        speaker = Speaker(None, "unnamed", description=unnamed)
    elif name:
        speaker = Speaker(name, "person", role, country=country, confidence=0.9)
    else:
        speaker = Speaker(body, "organization", country=home, confidence=0.8)
    label = next(one for one, forms in _SAYINGS.items() if any(words.startswith(f.partition("{")[0]) for f in forms))
    sure = draw.uniform(0.5, 0.98)
    others = (1 - sure) / 2
    said = Span.of(text, match.start() + match[0].index("said"), match.start() + match[0].index("said") + 4)
    return Quote(
        "direct",
        (Span.of(text, match.start(1), match.end(1) + 1),),
        cue=said,
        source=next(Span.of(text, *match.span(group)) for group in (2, 3, 6) if match[group]),
        speaker=speaker,
        stance=Stance({one: sure if one == label else others for one in STANCES}, draw.uniform(0, 0.3)),
        confidence=draw.uniform(0.6, 0.99),
    )


def make(folder: Path, count: int, **options: Any) -> Path:
    """Make articles, tables and report in a folder, telling the time of each; return the report."""
    clock = time.perf_counter()
    write_articles(folder / "articles", count)
    table = folder / "quotes.parquet"
    done = score_folder(folder / "articles", table, pipe=StandIn(), progress=False)
    clock = _tell(f"{done.read} articles, {done.quotes} quotes scored", clock)
    linked = link_table(table, table, folder / "identities.parquet", overwrite=True)
    clock = _tell(f"{linked.identities} identities linked", clock)
    write_report(table, folder / "site", articles=folder / "articles", title="Talks on the strait", **options)
    _tell("report written", clock)
    return folder / "site"


def _tell(what: str, since: float) -> float:
    now = time.perf_counter()
    print(f"{what} in {now - since:.1f} s")
    return now


def pages_of(site: Path) -> dict[str, Path]:
    """Return the first page, that of somebody often quoted, and that of a long article."""
    largest = {name: max((site / name).iterdir(), key=lambda path: path.stat().st_size) for name in _FOLDERS}
    return {"first": site / "index.html", "speaker": largest["speakers"], "article": largest["articles"]}


_FOLDERS = ("speakers", "articles")


def look(site: Path, axe: Path | None, pictures: Path | None) -> None:
    """Open the report in Chromium and tell what it is like."""
    print(f"first page: {(site / 'index.html').stat().st_size / 1e6:.2f} MB")
    for is_dark in (False, True):
        for width in _WIDTHS:
            with chromium.Browser(width, is_dark=is_dark) as browser:
                _look(browser, site, f"{'dark' if is_dark else 'light'}-{width}", axe, pictures)


def _look(browser: chromium.Browser, site: Path, look: str, axe: Path | None, pictures: Path | None) -> None:
    errors = past = 0
    for name, page in pages_of(site).items():
        browser.open(page, _READY if name == "first" else _LOADED)
        told = f"{look} {name}: usable after {browser.evaluate('performance.now()') / 1000:.2f} s"
        is_wide = browser.evaluate("document.documentElement.scrollWidth > innerWidth")
        told += ", WIDER THAN THE WINDOW" if is_wide else ""
        errors += len(browser.errors()) - past
        if pictures is not None:
            pictures.mkdir(exist_ok=True)
            _picture(browser, pictures / f"{name}-{look}.png")
        if axe is not None:  # last, since it adds a style, which the page's policy refuses
            told += f", violations: {violations(browser, axe) or 'none'}"
        past = len(browser.errors())
        print(told, flush=True)
    outside = [address for address in browser.requests() if not address.startswith(("file:", "data:"))]
    print(f"{look}: {errors} console errors, {len(outside)} requests to the network", flush=True)


def _picture(browser: chromium.Browser, path: Path) -> None:
    width, height = browser.evaluate("[innerWidth, document.documentElement.scrollHeight]")
    area = {"x": 0, "y": 0, "width": width, "height": min(height, _TALLEST), "scale": 1}
    answer = browser.call("Page.captureScreenshot", captureBeyondViewport=True, clip=area)
    path.write_bytes(base64.b64decode(answer["data"]))


def violations(browser: chromium.Browser, axe: Path) -> dict[str, str]:
    """Rules of accessibility that the page breaks, with how bad that is and where first."""
    browser.evaluate(axe.read_text(encoding="utf-8") + "\n;true")
    told = "[v.id, v.impact, v.nodes.length, v.nodes[0].html.slice(0, 120)]"
    found = browser.evaluate(f"axe.run().then((result) => result.violations.map((v) => {told}))")
    return {rule: f"{impact}, {count} times, first {where}" for rule, impact, count, where in found}


def main() -> None:
    """Make the report and look at it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="an empty folder to keep; a temporary one by default")
    parser.add_argument("--articles", type=int, default=ARTICLES)
    parser.add_argument("--limit", type=int, help="quotes that the report shows")
    parser.add_argument("--axe", type=Path, help="axe.min.js of axe-core")
    parser.add_argument("--pictures", type=Path, help="folder for pictures of the pages")
    arguments = parser.parse_args()
    with TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        site = folder / "site"
        if not site.exists():
            site = make(folder, arguments.articles, limit=arguments.limit)
        if chromium.BINARY is None:
            print("no Chromium here: apt-get install chromium")
        else:
            look(site, arguments.axe, arguments.pictures)


if __name__ == "__main__":
    main()
