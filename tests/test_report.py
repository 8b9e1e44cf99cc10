"""The report on a table of quotes: counts, intervals, links, sizes, and nothing hostile that comes through."""

from __future__ import annotations

import csv
import json
import math
import random
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from clock import assert_linear
from typer.testing import CliRunner

from quotestance import Article, Quote, Span, Speaker, Stance, to_csv, to_jsonl, to_parquet, write_articles
from quotestance.cli.report import register
from quotestance.errors import FormatError
from quotestance.identities.tables import link_table
from quotestance.io.columns import COLUMNS, page_name
from quotestance.io.table import ARTICLE_COLUMNS, article_row, write_rows
from quotestance.io.table import rows as rows_of
from quotestance.io.writers import Writing, write_parquet
from quotestance.render.wording import country_name
from quotestance.report import ReportSummary, pages, write_report
from quotestance.report.charts import timeline
from quotestance.report.figures import breakdown, by_period, interval
from quotestance.report.scripts import script
from quotestance.report.speakers import find_speakers, roles_of
from quotestance.report.tables import ArticleRow, QuoteRow, read_tables
from quotestance.report.texts import context, highlight
from quotestance.types import STANCES

MADE = datetime(2026, 1, 2, tzinfo=UTC)
EVIL = "</script><img src=x onerror=pwned()>\"'`{{ 7*7 }}<style>*{}</style>\u2028\u202e&amp;<!--"
VOID = {"meta", "link", "br", "input"}
ALLOWED = """html head meta title link script body a nav main footer header section article aside h1 h2 p span b strong
    bdi small br dl div dt dd ul ol li figure figcaption svg g rect circle polygon path line text table caption thead
    tbody tr th td details summary noscript form label select option input button blockquote mark time"""
PEOPLE = (
    Speaker("Ana Ruiz", "person", "defence minister", "Verania", "ESP"),
    Speaker("Ben Okoro", "person", "envoy", None, "NGA"),
    Speaker("Harbour Union", "organization"),
    Speaker(None, "unnamed", description="an official"),
    None,
)


def article(number: int, people: Sequence[Speaker | None] = PEOPLE, **fields: Any) -> Article:
    """Return an article with one quote of each of these people, whose stances differ."""
    text, quotes = "", []
    for place, speaker in enumerate(people):
        words = f"We will talk about matter {number}-{place}."
        text += f'Rain fell. "{words}" {speaker or "Somebody"} said.\n\n'
        start = text.index(words)
        stance = Stance({STANCES[(number + place) % 3]: 0.8, STANCES[(number + place + 1) % 3]: 0.2})
        quotes.append(Quote("direct", (Span.of(text, start, start + len(words)),), speaker=speaker, stance=stance))
    given = {"title": f"Talks {number}", "published": f"2024-{number % 12 + 1:02}-05", **fields}
    return Article(text, id=f"a/{number}.txt", quotes=tuple(quotes), **given)


class Page(HTMLParser):
    """Elements, links and ids of a page; raises where tags do not match."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(source)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.tags if "id" in attrs]

    @property
    def links(self) -> list[str]:
        return [attrs["href"] for tag, attrs in self.tags if tag in ("a", "link") and attrs.get("href") != "data:,"]


def pages_of(site: Path) -> dict[Path, Page]:
    return {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}


def check_links(site: Path) -> None:
    pages = {path.resolve(): page for path, page in pages_of(site).items()}
    for path, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), path
        for link in page.links:
            address = urlsplit(link)
            if address.scheme:
                assert address.scheme in ("http", "https")
                continue
            target = (path.parent / unquote(address.path)).resolve() if address.path else path
            assert target.is_file(), (path, link)
            fragment = unquote(address.fragment).split("?")[0]
            if fragment:
                assert fragment in pages[target].ids, (path, link)


def made(folder: Path, articles: Sequence[Article], **options: Any) -> ReportSummary:
    to_parquet(articles, folder / "quotes.parquet")
    write_articles(articles, folder / "articles.jsonl")
    options.setdefault("articles", folder / "articles.jsonl")
    return write_report(folder / "quotes.parquet", folder / "site", made=MADE, **options)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    summary = made(tmp_path, [article(number) for number in range(24)])
    assert (summary.quotes, summary.shown, summary.articles, summary.speakers) == (120, 120, 24, 3)
    assert (summary.failed, summary.lost) == (0, 0)
    return tmp_path / "site"


# --- the folder


def test_report_every_link_leads_somewhere(site: Path) -> None:
    check_links(site)
    names = {path.name for path in (site / "speakers").iterdir()}
    assert names == {"ana-ruiz.html", "ben-okoro.html", "harbour-union.html"}


def test_report_links_speakers_and_articles_both_ways(site: Path) -> None:
    speaker = (site / "speakers" / "ana-ruiz.html").read_text(encoding="utf-8")
    found = re.findall(r'href="(\.\./articles/(\w+)\.html)#q1"', speaker)
    assert len({number for _, number in found}) == 24
    assert 'href="../speakers/ana-ruiz.html"' in (site / "articles" / f"{found[0][1]}.html").read_text(encoding="utf-8")


def test_report_first_page_tells_what_was_read_and_counts(site: Path) -> None:
    text = " ".join(Page((site / "index.html").read_text(encoding="utf-8")).text.split())
    for words in (
        "120 quotes in 24 articles, from 2024-01-05 to 2024-12-05; 24 articles were read.",
        "quotes.parquet",
        "articles.jsonl",
        "2026-01-02 00:00 UTC",
        "3 people and bodies with a name",
        "48 quotes of somebody unnamed or nobody 40% of the quotes",
        "72 quotes without a country 60% of the quotes",
        "0 articles failed",
    ):
        assert words in text, words


def test_report_counts_what_failed_only_where_the_tables_tell(tmp_path: Path) -> None:
    to_csv([article(1)], tmp_path / "quotes.csv")
    index = write_report(tmp_path / "quotes.csv", tmp_path / "site").index
    assert "failed" not in Page(index.read_text(encoding="utf-8")).text
    (tmp_path / "quotes.errors.csv").write_text("article_id,error\nb.txt,out of memory\n")
    index = write_report(tmp_path / "quotes.csv", tmp_path / "site").index
    assert "1 article failed" in Page(index.read_text(encoding="utf-8")).text


def test_report_loads_and_allows_nothing_from_elsewhere(site: Path) -> None:
    for path, page in pages_of(site).items():
        policy = next(attrs["content"] for _, attrs in page.tags if "http-equiv" in attrs)
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; img-src data:;"), path
        assert "unsafe" not in policy
    source = "".join((site / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    assert not re.search(r"https?:|@import|url\(|eval|innerHTML|insertAdjacent|document\.write", source)


def test_report_pages_are_the_same_when_made_again(site: Path) -> None:
    before = {path: path.read_bytes() for path in site.rglob("*") if path.is_file() and path.name != "index.html"}
    write_report(site.parent / "quotes.parquet", site, articles=site.parent / "articles.jsonl", made=MADE)
    assert {path: path.read_bytes() for path in before} == before
    assert [path.name for path in site.parent.iterdir() if path.name.startswith(".")] == []


def test_report_refuses_an_unknown_encoding_before_it_reads_a_table(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="Unknown encoding 'bogus'"):
        write_report(tmp_path / "none.parquet", tmp_path / "site", articles=tmp_path, encoding="bogus")
    assert not [*tmp_path.iterdir()]


def test_report_keeps_out_of_other_folders(tmp_path: Path) -> None:
    to_csv([article(1)], tmp_path / "quotes.csv")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").write_text("precious")
    with pytest.raises(FormatError, match="something else than a report"):
        write_report(tmp_path / "quotes.csv", tmp_path / "thesis")
    assert (tmp_path / "thesis" / "thesis.tex").read_text() == "precious"


@pytest.mark.parametrize("marker", ['{"coverage": 97}', "[1]", "{", '{"version": "1", "made": "2026"}'])
def test_report_replaces_no_folder_with_somebody_elses_report(tmp_path: Path, marker: str) -> None:
    to_csv([article(1)], tmp_path / "quotes.csv")
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "report.json").write_text(marker)
    (folder / "thesis.tex").write_text("precious")
    with pytest.raises(FormatError, match="something else than a report"):
        write_report(tmp_path / "quotes.csv", folder)
    assert (folder / "thesis.tex").read_text() == "precious"


def test_report_replaces_no_report_that_somebody_put_files_into(site: Path) -> None:
    table = site / "quotes.parquet"
    table.write_bytes((site.parent / "quotes.parquet").read_bytes())
    with pytest.raises(FormatError, match=r"quotes\.parquet.* no part of a report.*Move it"):
        write_report(table, site)
    assert table.exists()
    table.unlink()
    (site / ".DS_Store").write_bytes(b"")  # which macOS leaves in every folder that was looked at
    write_report(site.parent / "quotes.parquet", site)


def test_report_through_a_link_replaces_what_it_points_to(tmp_path: Path) -> None:
    to_csv([article(1)], tmp_path / "quotes.csv")
    (tmp_path / "pages" / "site").mkdir(parents=True)
    link = tmp_path / "site"
    link.symlink_to(tmp_path / "pages" / "site")
    for _ in range(2):
        assert write_report(tmp_path / "quotes.csv", link).index == link / "index.html"
    assert link.is_symlink()
    assert (tmp_path / "pages" / "site" / "index.html").is_file()
    assert {path.name for path in tmp_path.iterdir()} == {"quotes.csv", "pages", "site"}
    assert [path.name for path in (tmp_path / "pages").iterdir()] == ["site"]


def test_report_that_cannot_take_its_place_leaves_the_earlier_one(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if self.suffix == ".partial":
            raise OSError("busy")
        return whole(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OSError, match="busy"):
        write_report(site.parent / "quotes.parquet", site)
    assert (site / "index.html").is_file()


def test_report_without_texts_shows_quotes_and_no_other_word(tmp_path: Path) -> None:
    made(tmp_path, [article(number) for number in range(3)], texts=False)
    check_links(tmp_path / "site")
    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "site").rglob("*") if path.is_file())
    assert "We will talk about matter 1-0." in written
    assert "Rain fell" not in written
    assert not re.search(r"(Ana Ruiz|Somebody) said", written)  # which the context of the table has


def test_report_limit_samples_quotes_and_counts_all(tmp_path: Path) -> None:
    summary = made(tmp_path, [article(number) for number in range(40)], limit=20)
    assert (summary.quotes, summary.shown) == (200, 20)
    check_links(tmp_path / "site")
    assert len(list((tmp_path / "site" / "articles").iterdir())) == summary.articles <= 20
    text = Page((tmp_path / "site" / "index.html").read_text(encoding="utf-8")).text
    assert "a sample of 20 of the 200 quotes" in text
    with pytest.raises(ValueError, match="at least 1"):
        write_report(tmp_path / "quotes.parquet", tmp_path / "site", limit=0)


def test_report_of_a_sample_does_not_say_that_its_quotes_are_the_newest_or_all(tmp_path: Path) -> None:
    made(tmp_path, [article(number) for number in range(24)], limit=6)
    pages = {path.name: page.text for path, page in pages_of(tmp_path / "site").items()}
    assert "The newest" not in pages["ana-ruiz.html"]
    assert "1 of 24 quotes: this report shows a sample" in pages["ana-ruiz.html"]
    assert "2 of 3 people and bodies" in pages["speakers.html"]


def test_report_of_a_sample_counts_all_quotes_of_an_article(tmp_path: Path) -> None:
    made(tmp_path, [article(number) for number in range(6)], limit=5, texts=False)
    site = tmp_path / "site"
    listed = " ".join(Page((site / "articles.html").read_text(encoding="utf-8")).text.split())
    shown = [*(site / "articles").iterdir()]
    assert f"{len(shown)} of 6 articles, newest first: those of the sample, with all their quotes counted." in listed
    for path in shown:
        page = Page(path.read_text(encoding="utf-8"))
        count = sum(attrs.get("class") == "card" for _, attrs in page.tags)
        text = " ".join(page.text.split())
        assert "· 5 quotes" in text
        assert f"{count} of 5 quotes: this report shows a sample." in text


def test_report_of_articles_without_dates_does_not_call_them_the_newest(tmp_path: Path) -> None:
    made(tmp_path, [article(number, PEOPLE[number:], published=None) for number in range(3)])
    listed = Page((tmp_path / "site" / "articles.html").read_text(encoding="utf-8")).text
    assert "3 articles, most quotes first." in listed
    first = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert not re.search("newest|oldest|type=.date", first)


def test_report_of_a_speaker_without_dates_does_not_call_quotes_the_newest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_SPEAKER_CARDS", 1)
    for published, words in ((None, "The first 1 of 3 quotes."), ("2024-05-01", "The newest 1 of 3 quotes.")):
        folder = tmp_path / words.split()[1]
        folder.mkdir()
        made(folder, [article(number, PEOPLE[:1], published=published) for number in range(3)])
        (page,) = (folder / "site" / "speakers").iterdir()
        assert words in Page(page.read_text(encoding="utf-8")).text


def test_report_of_a_sample_links_no_page_that_is_not_there(tmp_path: Path) -> None:
    to_parquet([article(1)], tmp_path / "q.parquet")
    write_articles([Article("Another text.", id="a/1.txt")], tmp_path / "a.jsonl")
    summary = write_report(tmp_path / "q.parquet", tmp_path / "site", articles=tmp_path / "a.jsonl", limit=1)
    assert (summary.lost, summary.speakers) == (5, len([*(tmp_path / "site" / "speakers").iterdir()]))
    check_links(tmp_path / "site")


def test_report_without_countries_tells_what_intervals_are(tmp_path: Path) -> None:
    made(tmp_path, [article(1, PEOPLE[2:])])
    text = Page((tmp_path / "site" / "index.html").read_text(encoding="utf-8")).text
    assert "The country of no speaker is known." in text
    assert "Intervals as above" not in text
    assert "Wilson's" in text
    assert "as far as chance in which articles were read may move it" in " ".join(text.split())
    assert text.count("Share of the quotes with a stance") == 1


def test_report_of_no_quotes_says_so(tmp_path: Path) -> None:
    made(tmp_path, [Article("Nobody spoke.", id="a.txt")])
    check_links(tmp_path / "site")
    text = Page((tmp_path / "site" / "index.html").read_text(encoding="utf-8")).text
    assert "0 quotes in 0 articles" in text
    assert "1 article were read" not in text
    assert "1 article was read" in text
    assert "Nobody with a name is quoted." in text
    assert "Most quoted people and bodies" not in text


def test_report_of_one_quote_counts_in_the_singular(tmp_path: Path) -> None:
    made(tmp_path, [article(1, PEOPLE[:1])])
    text = " ".join(Page((tmp_path / "site" / "index.html").read_text(encoding="utf-8")).text.split())
    assert "1 article read" in text
    assert "1 person or body with a name" in text
    assert "1 quotes" not in text
    assert "1 articles" not in text


def test_report_an_article_with_a_blank_title_goes_by_its_id(tmp_path: Path) -> None:
    made(tmp_path, [article(1, title=" ")])
    assert "<bdi>a/1.txt</bdi></a>" in (tmp_path / "site" / "articles.html").read_text(encoding="utf-8")


def test_report_first_page_stays_small_and_data_are_paged(tmp_path: Path) -> None:
    draw = random.Random(3)  # noqa: S311  # no secret
    people = [Speaker(f"Person {number}", "person", country="FRA") for number in range(400)]
    articles = [
        article(number, draw.choices(people, k=6), meta={"outlet": f"Paper {number % 90}"}) for number in range(300)
    ]
    made(tmp_path, articles)
    site = tmp_path / "site"
    assert (site / "index.html").stat().st_size < 150_000
    assert [path.name for path in sorted((site / "data").iterdir())] == [
        "index.js",
        *(f"quotes-{number}.js" for number in range(4)),
    ]


# --- hostile articles


def hostile() -> list[Article]:
    speaker = Speaker(EVIL, "person", EVIL, EVIL, EVIL)
    official = Speaker(None, "unnamed", description=EVIL)
    text = f"{EVIL} said {EVIL}\n\nand {EVIL}"
    quotes = tuple(
        Quote("indirect", (Span.of(text, start, start + len(EVIL)),), Span.of(text, len(EVIL) + 1, len(EVIL) + 5),
              Span.of(text, 0, len(EVIL)), who, Stance({label: 0.7}), via=Span.of(text, 0, len(EVIL)))
        for start, who, label in ((len(EVIL) + 6, speaker, EVIL), (len(text) - len(EVIL), official, "neutral"))
    )  # fmt: skip
    addresses = ("javascript:pwned()", "https://example.org/?a=1&b=<i>", "//example.org", "data:text/html,x")
    return [
        Article(text, f"../{n}/{EVIL}", EVIL, EVIL, address, {"outlet": EVIL, "date": EVIL}, quotes)
        for n, address in enumerate(addresses)
    ] + [Article("", f"failed {EVIL}", EVIL, error=EVIL)]


@pytest.mark.parametrize("texts", [True, False])
def test_report_nothing_of_a_hostile_article_is_markup_or_script(tmp_path: Path, texts: bool) -> None:
    made(tmp_path, hostile(), texts=texts, title=EVIL)
    site = tmp_path / "site"
    check_links(site)
    for path, page in pages_of(site).items():
        assert {tag for tag, _ in page.tags} <= set(ALLOWED.split()), path
        for tag, attrs in page.tags:
            assert not [name for name in attrs if name.startswith("on") or name in ("style", "srcdoc", "formaction")]
            assert tag != "script" or attrs == {"src": "report.js", "defer": ""}
            assert "pwned()" not in attrs.get("href", "")
    assert "{{ 7*7 }}" in Page((site / "index.html").read_text(encoding="utf-8")).text  # shown, and not filled in
    allowed = {"index.html", "articles.html", "speakers.html", "report.css", "report.js", "report.json"}
    assert {path.name for path in site.iterdir() if path.is_file()} == allowed
    assert all(re.fullmatch(r"[a-z0-9-]+\.html", path.name) for path in (site / "speakers").iterdir())
    assert all(re.fullmatch(r"[0-9a-f]{16}\.html", path.name) for path in (site / "articles").iterdir())


def test_report_data_files_are_one_call_with_json(tmp_path: Path) -> None:
    made(tmp_path, hostile())
    files = [*(tmp_path / "site" / "data").iterdir()]
    assert files
    for path in files:
        source = path.read_text(encoding="utf-8")
        call = re.fullmatch(r"quotestance\.(index|quotes)\((.*)\);\n", source, re.DOTALL)
        assert call
        json.loads(f"[{call[2]}]")
        assert source.isascii()
        assert not re.search("[<>&]", source)


def test_report_scripts_carry_any_string_unchanged() -> None:
    words = "</script>\u2028\u2029\ud800 <!-- ]]> \\ \" ' \x00 é 王"
    source = script("quotes", 0, [words])
    assert json.loads(f"[{source.removeprefix('quotestance.quotes(').removesuffix(');' + chr(10))}]") == [0, [words]]


# --- tables


def test_report_reads_every_table_format_alike(tmp_path: Path) -> None:
    articles = [article(number) for number in range(2)]
    for write, name in (
        (to_parquet, "q.parquet"),
        (to_csv, "q.csv"),
        (to_jsonl, "q.jsonl"),
        (write_articles, "a.jsonl"),
    ):
        write(articles, tmp_path / name)
    found = [read_tables(tmp_path / name) for name in ("q.parquet", "q.csv", "q.jsonl", "a.jsonl")]
    assert all(one.quotes == found[0].quotes and one.articles == found[0].articles for one in found)
    assert [one.is_complete for one in found] == [False, False, False, True]


def test_report_reads_names_as_they_were_before_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text("article_id,text,speaker_name\na,'-We won't.,'+One Media\n", encoding="utf-8-sig")
    [quote] = read_tables(path).quotes
    assert (quote.text, quote.name) == ("-We won't.", "+One Media")


def test_report_refuses_a_field_that_comes_twice(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text('{"article_id": "a", "text": "No.", "text": "Yes."}\n', encoding="utf-8")
    with pytest.raises(FormatError, match="line 1: 'text' comes twice with different values"):
        read_tables(tmp_path / "q.jsonl")


def test_report_of_annotated_articles_needs_no_other_file(tmp_path: Path) -> None:
    write_articles([article(1), Article("Nobody spoke.", id="b")], tmp_path / "a.jsonl")
    summary = write_report(tmp_path / "a.jsonl", tmp_path / "site")
    assert (summary.quotes, summary.articles) == (5, 2)
    assert "Rain fell" in (tmp_path / "site" / "articles" / f"{page_name('a/1.txt')}.html").read_text(encoding="utf-8")
    check_links(tmp_path / "site")


def test_report_of_annotated_articles_skips_those_without_a_text(tmp_path: Path) -> None:
    write_articles([article(1), Article("", id="b"), Article(" \n", id="c")], tmp_path / "a.jsonl")
    assert write_report(tmp_path / "a.jsonl", tmp_path / "site").articles == 1
    index = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert "inputs skipped" in index
    assert index.count("empty: there is no text in it") == 2


def test_report_takes_optional_columns_and_the_table_of_articles(tmp_path: Path) -> None:
    def write(name: str, rows: list[dict[str, str]]) -> None:
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    names = {"1": "A. Blinken", "2": "Antony Blinken", "3": "Antony Blinken"}
    write("q.csv", [
        {"article_id": n, "text": "No.", "speaker_id": "blinken-antony", "speaker_name": name, "date": f"2024-0{n}-01",
         "published": "4/9/2017", "context": "He said No. again."}
        for n, name in names.items()
    ])  # fmt: skip
    write("q.articles.csv", [
        {"article_id": n, "file": f"{n}.txt", "state": state, "why": why, "outlet": "The Post"}
        for n, state, why in (("1", "read", ""), ("2", "read", ""), ("3", "read", ""), ("4", "read", ""),
                              ("5", "failed", "not UTF-8"), ("", "skipped", "a .pdf"))
    ])  # fmt: skip
    summary = write_report(tmp_path / "q.csv", tmp_path / "site")
    assert (summary.speakers, summary.failed, summary.articles) == (1, 1, 4)
    page = Page((tmp_path / "site" / "speakers" / "blinken-antony.html").read_text(encoding="utf-8")).text
    assert "Antony Blinken" in page
    assert "Also quoted as A. Blinken" in page
    assert "2024-03-01" in page
    assert "He said No. again." in page
    index = " ".join(Page((tmp_path / "site" / "index.html").read_text(encoding="utf-8")).text.split())
    assert "4 articles were read" in index
    assert "The Post" in index
    assert "not UTF-8" in index
    assert "a .pdf" in index


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
def test_report_of_a_linked_table_knows_what_was_read(suffix: str, tmp_path: Path) -> None:
    write = {".csv": to_csv, ".parquet": to_parquet, ".jsonl": to_jsonl}[suffix]
    write([article(1)], tmp_path / f"q.linked{suffix}")
    known = [article_row(article(n), file="", state=state) for n, state in ((1, "read"), (2, "read"), (3, "failed"))]
    write_rows(known, tmp_path / f"q.articles{suffix}", ARTICLE_COLUMNS)
    summary = write_report(tmp_path / f"q.linked{suffix}", tmp_path / "site")
    assert (summary.articles, summary.failed) == (2, 1)


def test_report_lists_the_errors_beside_the_table(tmp_path: Path) -> None:
    to_csv([article(1)], tmp_path / "q.csv")
    (tmp_path / "q.errors.csv").write_text("article_id,error\nb.txt,a broken link\n", encoding="utf-8")
    assert write_report(tmp_path / "q.csv", tmp_path / "site").failed == 1
    assert "a broken link" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


def test_report_takes_a_column_of_states_in_a_table_of_quotes_for_the_users_own(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text("article_id,text,state,why\na,No.,Ohio,on the list\nb,Yes.,failed,\n", encoding="utf-8")
    summary = write_report(path, tmp_path / "site")
    assert (summary.articles, summary.failed) == (2, 0)
    assert "Ohio" not in (tmp_path / "site" / "articles.html").read_text(encoding="utf-8")


def test_report_has_no_page_of_articles_that_failed_or_were_not_scored(tmp_path: Path) -> None:
    to_parquet([article(1)], tmp_path / "q.parquet")
    given = [article(number).replace(quotes=()) for number in (1, 2, 3)]
    known = [article_row(given[0], state="read"), article_row(given[1], state="failed", why="out of memory")]
    write_rows(known, tmp_path / "q.articles.parquet", ARTICLE_COLUMNS)
    write_articles(given, tmp_path / "a.jsonl")
    site = tmp_path / "site"
    summary = write_report(tmp_path / "q.parquet", site, articles=tmp_path / "a.jsonl")
    assert (summary.articles, summary.failed) == (1, 1)
    assert [path.stem for path in (site / "articles").iterdir()] == [page_name("a/1.txt")]
    check_links(site)
    index = Page((site / "index.html").read_text(encoding="utf-8")).text
    assert "5 quotes in 1 article, of 2024-02-05; 1 article was read" in index
    assert "out of memory" in index
    assert "it was not scored" in index


def test_report_shows_a_label_that_somebody_corrected(tmp_path: Path) -> None:
    whole = article(1, PEOPLE[:1])
    to_csv([whole], tmp_path / "q.csv")
    table = (tmp_path / "q.csv").read_text(encoding="utf-8")
    (tmp_path / "q.csv").write_text(table.replace(",de-escalatory,", ",neutral,"), encoding="utf-8")
    write_articles([whole.replace(quotes=())], tmp_path / "a.jsonl")
    write_report(tmp_path / "q.csv", tmp_path / "site", articles=tmp_path / "a.jsonl")
    page = (tmp_path / "site" / "articles" / f"{page_name(whole.id)}.html").read_text(encoding="utf-8")
    assert "Quote 1, Ana Ruiz, neutral" in page
    assert "neutral 20%" not in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


def test_report_takes_blanks_that_a_correction_leaves_for_nothing(tmp_path: Path) -> None:
    said = '{},{},direct,"We will talk.",{},person,{},{}\n'
    table = "article_id,quote,kind,text,speaker_name,speaker_kind,stance,confidence\n"
    table += said.format("a.txt", 0, "Ana Ruiz", "escalatory", 0.9) + said.format(
        "a.txt", 1, "Ana Ruiz ", "escalatory ", " "
    )
    table += said.format("a.txt", 2, " ", "\u00a0", "")
    (tmp_path / "q.csv").write_text(table, encoding="utf-8")
    quotes = read_tables(tmp_path / "q.csv").quotes
    assert [(one.name, one.stance, one.confidence) for one in quotes[1:]] == [
        ("Ana Ruiz", "escalatory", None),
        (None, None, None),
    ]
    assert len(find_speakers(quotes)) == 1


def test_report_takes_the_capitals_that_a_spreadsheet_puts_in_for_nothing(tmp_path: Path) -> None:
    rows = [("Escalatory", "Person", "Direct"), ("De-Escalatory ", "ORGANIZATION", "mixed"), ("Hawkish", "", "")]
    names = ("stance", "speaker_kind", "kind")
    table = [{"article_id": "a", "text": "No.", **dict(zip(names, row, strict=True))} for row in rows]
    (tmp_path / "q.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in table))
    quotes = read_tables(tmp_path / "q.jsonl").quotes
    assert [(one.stance, one.speaker_kind, one.kind) for one in quotes] == [
        ("escalatory", "person", "direct"),
        ("de-escalatory", "organization", "mixed"),
        ("Hawkish", None, "unknown"),
    ]


def test_report_takes_countries_that_somebody_wrote_by_name_for_their_codes(tmp_path: Path) -> None:
    cells = ("RUS", "Russia", "rus ", "RU", "GEO", "Georgia", "Arden", "")
    row = {"article_id": "a", "text": "No.", "speaker_name": "Ana Ruiz"}
    table = [{**row, "quote": number, "speaker_country": cell} for number, cell in enumerate(cells)]
    (tmp_path / "q.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in table))
    quotes = read_tables(tmp_path / "q.jsonl").quotes
    assert [one.country for one in quotes] == ["RUS"] * 4 + ["GEO"] * 2 + ["Arden", None]
    assert len(find_speakers(quotes)) == 4


@pytest.mark.parametrize(("suffix", "mark"), [(".csv", ","), (".tsv", "\t")])
def test_report_takes_the_na_that_r_writes_for_nothing(suffix: str, mark: str, tmp_path: Path) -> None:
    columns = ("article_id", "title", "quote", "text", "context", "speaker_id", "speaker_name", "speaker_country")
    cells = [("NA", "NA", str(place), "NA", "NA", "NA", name, "NA") for place, name in enumerate(("Ann", "Bo", "NA"))]
    lines = [(*columns, "start", "p_neutral", "date"), *(one + ("NA",) * 3 for one in cells)]
    (tmp_path / f"q{suffix}").write_text("".join(f"{mark.join(line)}\n" for line in lines), encoding="utf-8")
    tables = read_tables(tmp_path / f"q{suffix}")
    assert [speaker.name for speaker in find_speakers(tables.quotes)] == ["Ann", "Bo"]
    last = tables.quotes[2]
    assert (last.speaker_id, last.name, last.country, last.start, last.probabilities) == (None, None, None, None, {})
    assert (last.article, last.text, last.context, tables.articles["NA"].title) == ("NA",) * 4


def test_report_tells_the_row_that_holds_no_number(tmp_path: Path) -> None:
    row = {"article_id": "a.txt", "quote": 0, "text": "No."}
    rows = [row, row | {"quote": 1, "confidence": "#REF!"}]
    (tmp_path / "q.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in rows))
    with pytest.raises(FormatError, match=r"article 'a\.txt', quote 1: column 'confidence' holds '#REF!', which is no"):
        read_tables(tmp_path / "q.jsonl")


def test_report_refuses_two_rows_of_one_quote(tmp_path: Path) -> None:
    row = {"article_id": "a.txt", "quote": 0, "text": "No."}
    (tmp_path / "q.jsonl").write_text(f"{json.dumps(row)}\n" * 2)
    with pytest.raises(FormatError, match=r"rows 1 and 2 are both quote 0 of the article 'a\.txt'"):
        read_tables(tmp_path / "q.jsonl")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("q.xls", "", "unknown kind of table"),
        ("q.csv", "a,b\n1,2\n", "no column 'article_id'"),
        ("q.csv", "article_id,b\n1,2\n", "Row 1 has no column 'text'; its columns: article_id, b"),
        ("q.csv", "article_id,text\n,2\n", "Row 1 has nothing in 'article_id'; its columns: article_id, text"),
        ("q.csv", "article_id,text,start\n1,x,y\n", "which is no number"),
        ("q.jsonl", "[1]\n", "line 1"),
        ("q.parquet", "PAR", "not valid Parquet"),
    ],
)
def test_report_says_what_is_wrong_with_a_table(tmp_path: Path, name: str, content: str, words: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(FormatError, match=words):
        write_report(tmp_path / name, tmp_path / "site")
    with pytest.raises(FileNotFoundError):
        write_report(tmp_path / "nowhere.csv", tmp_path / "site")
    assert not (tmp_path / "site").exists()


# --- figures


def rows(hits: Sequence[int], sizes: Sequence[int]) -> list[QuoteRow]:
    return [
        QuoteRow(str(number), k, "direct", "x", stance="escalatory" if k < hit else "neutral")
        for number, (hit, size) in enumerate(zip(hits, sizes, strict=True))
        for k in range(size)
    ]


def test_report_no_interval_below_ten_articles() -> None:
    assert breakdown("", rows([5] * 9, [10] * 9)).shares["escalatory"].low is None
    share = breakdown("", rows([5] * 10, [10] * 10)).shares["escalatory"]
    assert share.value == 0.5
    assert share.low is not None
    assert share.low < 0.5


def test_report_intervals_cover_quotes_that_stand_together_in_articles() -> None:
    draw = random.Random(4)  # noqa: S311  # no secret
    covered = []
    for _ in range(400):
        sizes = [draw.randint(1, 8) for _ in range(40)]
        chances = [draw.betavariate(0.6, 1.4) for _ in sizes]  # a mean of 0.3, and articles that differ much
        hits = [sum(draw.random() < p for _ in range(size)) for p, size in zip(chances, sizes, strict=True)]
        low, high = interval(hits, sizes) or (1.0, 0.0)
        covered.append(low <= 0.3 <= high)
    assert 0.91 < sum(covered) / len(covered) < 0.985


def test_report_interval_of_unanimous_articles_counts_articles_not_quotes() -> None:
    low, high = interval([0] * 10, [50] * 10) or (1.0, 0.0)
    assert low == 0.0
    assert high == pytest.approx(0.278, abs=0.01)  # Wilson's for 0 of 10


def test_report_interval_does_not_hang_on_rounding() -> None:
    low, high = interval([1] * 10, [49] * 10) or (0.0, 0.0)
    assert (low, high) == pytest.approx(interval([1] * 10, [50] * 10), abs=0.005)


def test_report_shares_of_a_speaker_are_the_same_in_bar_and_table(tmp_path: Path) -> None:
    whole = article(1, PEOPLE[:1] * 4)
    bare = tuple(replace(quote, stance=None) for quote in whole.quotes[2:])
    made(tmp_path, [whole.replace(quotes=whole.quotes[:2] + bare)])
    page = Page((tmp_path / "site" / "speakers" / "ana-ruiz.html").read_text(encoding="utf-8")).text
    assert "de-escalatory 50% (1)" in page
    assert "no stance (2)" in page


def test_report_periods_widen_where_there_would_be_too_many() -> None:
    quotes = rows([1] * 2, [1] * 2)
    for last, unit, count in (("2024-05", "month", 5), ("2027-12-31", "quarter", 16), ("2050-01", "year", 27)):
        articles = {"0": ArticleRow("0", date="2024-01-01"), "1": ArticleRow("1", date=last)}
        found, periods = by_period(quotes, articles)
        assert (found, len(periods), sum(one.quotes for one in periods)) == (unit, count, 2)
    assert by_period(quotes, {"0": ArticleRow("0"), "1": ArticleRow("1")}) == ("month", [])


def test_report_quotes_of_a_year_stand_in_periods_that_hold_a_year() -> None:
    def found(*days: str) -> tuple[str, list[tuple[str, int]]]:
        articles = {str(number): ArticleRow(str(number), date=day) for number, day in enumerate(days)}
        unit, periods = by_period(rows([1] * len(days), [1] * len(days)), articles)
        return unit, [(one.key, one.quotes) for one in periods if one.quotes]

    assert found("2021-05", "2021-06-01", "2021") == ("month", [("2021-05", 1), ("2021-06", 1)])
    assert found("2021-05", "2022-06-01", "2022", "2023") == ("year", [("2021", 1), ("2022", 2), ("2023", 1)])
    assert found("1960-05", "1975-06-01", "1980") == ("year", [("1960", 1), ("1975", 1), ("1980", 1)])
    assert found("1925", "2001") == ("decade", [("1920s", 1), ("2000s", 1)])


def test_report_speakers_are_told_apart_and_the_unnamed_are_nobody() -> None:
    quotes = [
        QuoteRow("1", 0, "direct", "x", name="Wang Yi", country="CHN", role="minister"),
        QuoteRow("2", 0, "direct", "x", name="wang yi", country="CHN", role="envoy"),
        QuoteRow("3", 0, "direct", "x", name="Wang Yi", country="TWN"),
        QuoteRow("3", 1, "direct", "x", description="an official", speaker_kind="unnamed"),
    ]
    found = find_speakers(quotes)
    assert [(one.page, one.quotes) for one in found] == [("wang-yi", (0, 1)), ("wang-yi-2", (2,))]
    articles = {"1": ArticleRow("1", date="2024-05-01"), "2": ArticleRow("2", date="2020-01-01"), "3": ArticleRow("3")}
    assert [role.role for role in roles_of(found[0], quotes, articles)] == ["envoy", "minister"]


def test_report_puts_nobody_together_whom_linking_left_apart(tmp_path: Path) -> None:
    names = ("article_id", "quote", "text", "speaker_name", "speaker_kind", "speaker_country", "speaker_id")
    told = [
        ("a", 0, "We must strike.", "Rogers", "person", "USA", None),
        ("b", 0, "We must make peace.", "Rogers", "person", "USA", None),
        ("b", 1, "And soon.", "rogers", "person", "USA", None),
        ("b", 2, "We will see.", "Harbour Union", "organization", None, "harbour-union"),
        ("c", 0, "We have seen.", "Harbour Union", "organization", None, "harbour-union"),
    ]

    def write(which: Sequence[tuple[Any, ...]], name: str) -> tuple[str, dict[str, str]]:
        lines = (json.dumps(dict(zip(names, row, strict=True))) for row in which)
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines))
        write_report(tmp_path / name, site := tmp_path / f"site of {name}")
        leads = {path.stem: re.findall(r"\d quotes? in .*?(?=<)", path.read_text()) for path in site.glob("speakers/*")}
        note = re.search("Speakers were linked[^<]*", (site / "index.html").read_text())
        return note[0].strip() if note else "", {name: found[0] for name, found in leads.items()}

    note, leads = write(told, "q.jsonl")
    alone = {"rogers": "2 quotes in 1 article", "rogers-2": "1 quote in 1 article"}
    assert leads == {**alone, "harbour-union": "2 quotes in 2 articles"}
    assert "3 of 5 quotes with a name have no id: who says them is told apart by article" in note
    listed = Page((tmp_path / "site of q.jsonl" / "speakers.html").read_text()).text
    assert "3 of 5 quotes with a name have no id" in listed
    assert re.findall("Rogers.*", listed) == ["Rogers (b)personUnited States2", "Rogers (a)personUnited States1"]
    note, leads = write(told[:3], "q.linked.jsonl")
    assert "3 of 3 quotes with a name have no id" in note
    assert leads == alone
    assert write(told[3:], "q.linked.2.jsonl")[0] == "Speakers were linked across articles (speaker_id)."
    assert write(told[:3], "q.2.jsonl") == ("", {"rogers": "3 quotes in 2 articles"})


def test_report_takes_ids_that_are_no_number_for_missing_ones(tmp_path: Path) -> None:
    cells = {"article_id": ["a", "b", "c"], "text": ["No."] * 3, "speaker_name": ["Ann Roe", "Bo Hale", "Cy Dunn"]}
    ids = pa.array([7.0, math.nan, math.nan])
    pq.write_table(pa.table({**cells, "speaker_id": ids, "date": pa.array([math.nan] * 3)}), tmp_path / "q.parquet")
    read = read_tables(tmp_path / "q.parquet")
    assert [row.speaker_id is None for row in read.quotes] == [False, True, True]
    assert [one.name for one in find_speakers(read.quotes, is_linked=read.is_linked)] == [
        "Ann Roe",
        "Bo Hale",
        "Cy Dunn",
    ]


def test_report_tells_the_country_of_a_speaker_once(tmp_path: Path) -> None:
    told = [
        ("Russia", "RUS"),
        ("russia", "RUS"),
        ("Russian army", "RUS"),
        ("Russia", None),
        (None, "RUS"),
        ("Russia", "FRA"),
        ("U.S.", "USA"),
        ("the United States", "USA"),
        ("Georgia", "USA"),
        ("U.S. Army", "USA"),
        ("Arden", None),
    ]
    people = [Speaker("Oleg Sorin", "person", "minister", affiliation, country) for affiliation, country in told]
    made(tmp_path, [article(1, people)], texts=False)
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'class="details">, <bdi>minister, (.*?)</bdi>', page) == [
        *("Russia", "russia", "Russian army, Russia", "Russia", "Russia", "Russia, France"),
        *("U.S.", "the United States", "Georgia, United States", "U.S. Army, United States", "Arden"),
    ]


def test_report_tells_speakers_without_an_id_apart_in_linear_time() -> None:
    def finding(size: int) -> Callable[[], None]:
        quotes = [QuoteRow(str(number), 0, "direct", "x", name="Rogers") for number in range(size)]

        def find() -> None:
            assert len({one.page for one in find_speakers(quotes, is_linked=True)}) == size

        return find

    assert_linear(finding, 2_000, 8_000, most=3)


def test_report_heads_the_page_of_a_person_by_a_full_name() -> None:
    def headed(kind: str, *names: str) -> tuple[str, tuple[str, ...]]:
        quotes = [
            QuoteRow("1", number, "direct", "x", name=name, speaker_id="ruiz", speaker_kind=kind)
            for number, name in enumerate(names)
        ]
        (found,) = find_speakers(quotes)
        return found.name, found.aliases

    names = ("Ruiz", "Ruiz", "Ruiz", "Ana Ruiz", "Ana Ruiz", "Anna Ruiz", "A. Ruiz")
    assert headed("person", *names) == ("Ana Ruiz", ("Anna Ruiz", "A. Ruiz", "Ruiz"))
    assert headed("person", "Gen. Ruiz", "Gen. Ruiz", "President Ruiz", "Ana Ruiz")[0] == "Ana Ruiz"
    assert headed("person", "Gen. Ruiz", "Gen. Ruiz", "Gen. Ana Ruiz", "A. Ruiz")[0] == "Gen. Ana Ruiz"
    assert headed("person", "Gen. Ruiz", "Gen. Ruiz", "Ruiz") == ("Gen. Ruiz", ("Ruiz",))
    assert headed("organization", "NATO", "NATO", "Atlantic Alliance")[0] == "NATO"


def test_report_finds_speakers_without_latin_letters_in_linear_time() -> None:
    def finding(size: int) -> Callable[[], None]:
        names = ["".join(chr(0x430 + int(digit)) for digit in str(number)) for number in range(size)]
        quotes = [QuoteRow("a", 0, "direct", "x", name=name, speaker_kind="person") for name in names]

        def find() -> None:
            assert len({one.page for one in find_speakers(quotes)}) == size

        return find

    assert_linear(finding, 2_000, 8_000, most=3)


def test_report_takes_titles_off_a_name_in_linear_time() -> None:
    def finding(size: int) -> Callable[[], None]:
        row = QuoteRow("a", 0, "direct", "x", name="Mr. " * size + "Roe", speaker_id="roe", speaker_kind="person")
        return lambda: find_speakers([row, replace(row, name="Ann Roe", number=1)])

    assert_linear(finding, 20_000, 80_000, most=3)


def test_report_countries_have_the_names_of_newsrooms() -> None:
    assert [country_name(code) for code in ("KOR", "USA", "DEU", "XKX")] == [
        "South Korea",
        "United States",
        "Germany",
        "Kosovo",
    ]


# --- texts


def test_report_finds_the_pieces_of_an_interrupted_quote_again() -> None:
    text = '"We will talk," Liu said, "but not now," adding nothing.'
    pieces = (Span.of(text, 1, 14), Span.of(text, 27, 39))
    row = QuoteRow("a", 0, "direct", " ".join(p.text for p in pieces), 1, 39, cue="said", source="Liu")
    found = highlight(Article(text), [row])
    (quote,) = found.article.quotes
    assert quote.content == pieces
    assert (quote.cue, quote.source) == (Span.of(text, 20, 24), Span.of(text, 16, 19))


def test_report_marks_no_part_of_a_word() -> None:
    text = "On Tuesday, he said the war would end. The ministry agreed."
    (quote,) = highlight(Article(text), [QuoteRow("a", 0, "indirect", text[20:37], 20, 37, source="he")]).article.quotes
    assert quote.source == Span.of(text, 12, 14)
    text = '"Yes," Noah said. "No"'
    (quote,) = highlight(Article(text), [QuoteRow("a", 0, "direct", "Yes, No", 1, 21)]).article.quotes
    assert quote.content == (Span.of(text, 1, 5), Span.of(text, 19, 21))


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ('"We will," he said, "fight," he added, "to the very end."', ("We will,", "fight,", "to the very end.")),
        ('"We will," he said, "fight now," he added, "to the end."', ("We will,", "fight now,", "to the end.")),
        ('"Yes," he said. "No," she said. "No," he said.', ("Yes,", "No,", "No,")),
        ('"Here I," he said, "he," he added, "and you stay."', ("Here I,", "he,", "and you stay.")),
    ],
)
def test_report_finds_short_pieces_between_others(text: str, pieces: tuple[str, ...]) -> None:
    spans: list[Span] = []
    for words in pieces:
        start = text.index(f'"{words}', spans[-1].end if spans else 0) + 1
        spans.append(Span.of(text, start, start + len(words)))
    row = QuoteRow("a", 0, "direct", " ".join(pieces), spans[0].start, spans[-1].end)
    (quote,) = highlight(Article(text), [row]).article.quotes
    assert quote.content == tuple(spans)


def test_report_marks_a_colon_or_a_clipped_word_that_attributes() -> None:
    text = "Noor: We will talk. Ben’s claiming they lie."
    rows = [
        QuoteRow("a", 0, "direct", "We will talk.", 6, 19, cue=":", source="Noor"),
        QuoteRow("a", 1, "indirect", "they lie", 35, 43, cue="’s claiming", source="Ben"),
    ]
    quotes = highlight(Article(text), rows).article.quotes
    assert [(quote.cue, quote.source) for quote in quotes] == [
        (Span.of(text, 4, 5), Span.of(text, 0, 4)),
        (Span.of(text, 23, 34), Span.of(text, 20, 23)),
    ]


def test_report_of_annotated_articles_keeps_the_sources_of_quotes_with_the_same_words() -> None:
    text = "Noor and Ben said they would stay."
    sources = (Span.of(text, 0, 4), Span.of(text, 9, 12))
    quotes = tuple(Quote("indirect", (Span.of(text, 18, 33),), source=source) for source in sources)
    article = Article(text, id="a", quotes=quotes)
    found = [QuoteRow("a", n, "indirect", "they would stay", 18, 33, name=f"P {n}") for n in range(2)]
    assert [quote.source for quote in highlight(article, found).article.quotes] == [*sources]


def test_report_tells_of_quotes_that_are_not_in_the_text(tmp_path: Path) -> None:
    to_parquet([article(1)], tmp_path / "q.parquet")
    write_articles([Article("Another text.", id="a/1.txt")], tmp_path / "a.jsonl")
    summary = write_report(tmp_path / "q.parquet", tmp_path / "site", articles=tmp_path / "a.jsonl")
    assert summary.lost == 5
    check_links(tmp_path / "site")
    page = (tmp_path / "site" / "articles" / f"{page_name('a/1.txt')}.html").read_text(encoding="utf-8")
    assert "the text given is not the one that was scored" in page.lower()


def test_report_tells_of_articles_whose_texts_are_not_given(tmp_path: Path) -> None:
    to_parquet([article(1), article(2), Article("Nobody spoke.", id="c")], tmp_path / "q.parquet")
    given = [article(1).replace(quotes=()), Article("Another text.", id="sub/a/2.txt")]
    write_articles(given, tmp_path / "a.jsonl")
    read: dict[str, Any] = {"articles": tmp_path / "a.jsonl"}
    assert write_report(tmp_path / "q.parquet", tmp_path / "site", **read).textless == 1
    assert write_report(tmp_path / "q.parquet", tmp_path / "site", texts=False, **read).textless == 0
    assert write_report(tmp_path / "q.parquet", tmp_path / "site").textless == 0


def test_report_counts_an_outlet_once_however_it_is_spaced(tmp_path: Path) -> None:
    made(tmp_path, [article(n, meta={"outlet": name}) for n, name in enumerate(("The Post", "The \n Post", "\x1c"))])
    index = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'#quotes\?outlet=([^"]*)"><bdi>([^<]*)</bdi></a></th><td class="n">(\d+)', index) == [
        ("The+Post", "The Post", "10")
    ]


def test_report_says_where_a_quote_of_much_white_space_is_cut(tmp_path: Path) -> None:
    text = f"We{' ' * 5_000}leave."
    made(tmp_path, [Article(text, id="a", quotes=(Quote("indirect", (Span.of(text, 0, len(text)),)),))])
    assert "We …</mark>" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


def test_report_links_of_the_table_lead_to_the_quotes(tmp_path: Path) -> None:
    made(tmp_path, [article(1), article(2)], texts=False)
    check_report_links(tmp_path)
    made(tmp_path, [article(1), article(2)])
    check_report_links(tmp_path)


def test_report_numbers_are_those_of_the_table_where_a_quote_is_lost(tmp_path: Path) -> None:
    whole = article(1)
    to_parquet([whole], tmp_path / "quotes.parquet")
    first = whole.quotes[0]
    text = whole.text[: first.start] + "x" * len(first.text) + whole.text[first.end :]
    write_articles([Article(text, id=whole.id)], tmp_path / "a.jsonl")
    summary = write_report(tmp_path / "quotes.parquet", tmp_path / "site", articles=tmp_path / "a.jsonl")
    assert summary.lost == 1
    check_links(tmp_path / "site")
    check_report_links(tmp_path)
    page = (tmp_path / "site" / "articles" / f"{page_name(whole.id)}.html").read_text(encoding="utf-8")
    assert re.findall(r'data-number="(\d+)"', page) == ["2", "3", "4", "5"]


def check_report_links(folder: Path) -> None:
    """Check that ``report_link`` of every row is the place of that quote in the report."""
    import pyarrow.parquet as pq

    pages = {path.resolve(): page for path, page in pages_of(folder / "site").items()}
    for row in pq.read_table(folder / "quotes.parquet").to_pylist():
        page, _, anchor = row["report_link"].partition("#")
        found = pages[(folder / "site" / page).resolve()]
        assert anchor in found.ids
        assert row["text"] in found.text


def test_report_tells_with_which_models_the_table_was_made(tmp_path: Path) -> None:
    about = {"version": "9.9", "models": "attribution-en (0a1b2c3d)", "options": "", "date": "2026-01-01 10:00 UTC"}
    with (tmp_path / "q.parquet").open("wb") as stream:
        write_parquet(rows_of([article(1)]), COLUMNS, stream, Writing(about=about))
    write_report(tmp_path / "q.parquet", tmp_path / "site")
    index = " ".join(Page((tmp_path / "site" / "index.html").read_text(encoding="utf-8")).text.split())
    assert "Scored with quotestance 9.9" in index.replace("quotestance9.9", "quotestance 9.9")
    assert "attribution-en (0a1b2c3d)" in index
    assert "2026-01-01 10:00 UTC" in index
    assert "not told by the table" not in index


@pytest.mark.parametrize("told", [b"{", b"\xff", b"[1]", b"[" * 100_000, b'{"models": {"<img src=x>": 1}}'])
def test_report_takes_any_words_on_the_making_of_a_table(tmp_path: Path, told: bytes) -> None:
    to_parquet([article(1)], tmp_path / "q.parquet")
    table = pq.read_table(tmp_path / "q.parquet").replace_schema_metadata({b"quotestance": told})
    pq.write_table(table, tmp_path / "q.parquet")
    write_report(tmp_path / "q.parquet", tmp_path / "site")
    assert "<img src=x>" not in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


def test_report_names_a_parquet_table_that_is_damaged_inside(tmp_path: Path) -> None:
    """Where the pages of a column are damaged, pyarrow raises an OSError that names no file."""
    path = tmp_path / "q.parquet"
    to_parquet([article(1)], path)
    path.write_bytes(path.read_bytes()[:4] + b"\xff" * 60 + path.read_bytes()[64:])
    with pytest.raises(FormatError, match=r"q\.parquet: not valid Parquet"):
        write_report(path, tmp_path / "site")
    with pytest.raises(FormatError, match=r"q\.parquet: not valid Parquet"):
        link_table(path, tmp_path / "linked.parquet", tmp_path / "who.csv")
    assert {file.name for file in tmp_path.iterdir()} == {"q.parquet"}


def test_report_context_stays_in_its_paragraph() -> None:
    text = "Before.\n\nHe said no, twice.\n\nAfter."
    row = QuoteRow("a", 0, "indirect", "no", text.index("no,"), text.index("no,") + 2)
    assert context(row, text) == ("He said ", ", twice.")
    assert context(row, None) == ("", "")


def test_report_context_of_the_table_parts_no_word() -> None:
    row = QuoteRow("a", 0, "direct", "war", 30, 33, context='The warden said "war".')
    assert context(row, None) == ('The warden said "', '".')
    row = QuoteRow("a", 0, "direct", "war", 30, 33, context="Post-warfare")
    assert context(row, None) == ("Post-", "fare")


# --- the command


def test_cli_report_tells_what_it_made(tmp_path: Path) -> None:
    import typer

    app = typer.Typer()
    app.command("other")(lambda: None)
    register(app)
    to_csv([article(1)], tmp_path / "q.csv")
    result = CliRunner().invoke(app, ["report", str(tmp_path / "q.csv"), "-o", str(tmp_path / "site"), "--limit", "3"])
    assert result.exit_code == 0, result.output
    assert f"3 quotes, 1 speaker, 1 article -> open {tmp_path / 'site' / 'index.html'}" in result.output


def test_cli_report_tells_of_texts_that_are_other_ones_or_not_there(tmp_path: Path) -> None:
    import typer

    app = typer.Typer()
    app.command("other")(lambda: None)
    register(app)
    to_csv([article(1, PEOPLE[:1]), article(2)], tmp_path / "q.csv")
    write_articles([Article("Another text.", id="a/1.txt")], tmp_path / "a.jsonl")
    command = ["report", str(tmp_path / "q.csv"), "-o", str(tmp_path / "site"), "--articles", str(tmp_path / "a.jsonl")]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "1 quote does not stand in the text given for its article: is it the one that was scored?" in result.output
    assert "1 article with quotes has no text among those given" in result.output
    assert "Were ids read as numbers (007 as 7)?" in result.output


class MayorPipe:
    """Finds that a mayor, who goes by three names, said what stands in the middle of a text."""

    def stream(self, articles: Iterable[Article]) -> Iterator[Article]:
        for number, one in enumerate(articles):
            place = Span.of(one.text, 9, 17)
            name = ("Ilsa Brandt", "I. Brandt", "Brandt")[number % 3]
            yield one.replace(
                quotes=(Quote("indirect", (place,), speaker=Speaker(name, "person", "mayor", "X", "DEU")),)
            )


def test_cli_report_of_a_folder_scores_and_links_it_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import typer

    monkeypatch.setattr("quotestance.cli.report.load_pipe", lambda **_: MayorPipe())
    app = typer.Typer()
    app.command("other")(lambda: None)
    register(app)
    folder, site = tmp_path / "news", tmp_path / "site"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.txt").write_text("She said nothing. Rain fell.", encoding="utf-8")
    (folder / "scan.pdf").write_bytes(b"%PDF")
    command = ["report", str(folder), "-o", str(site)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "3 read, 1 skipped, 0 failed; 3 quotes" in result.output
    assert [path.name for path in (site / "speakers").iterdir()] == ["ilsa-brandt.html"]
    assert "Rain fell." in next((site / "articles").iterdir()).read_text(encoding="utf-8")
    assert "Quotes of news" in (site / "index.html").read_text(encoding="utf-8")
    assert isinstance(CliRunner().invoke(app, command).exception, FileExistsError)
    assert CliRunner().invoke(app, [*command, "--overwrite"]).exit_code == 0


@pytest.mark.parametrize("where", ["quotestance.identities.tables.link_table", "quotestance.report.write_report"])
def test_cli_report_of_a_folder_goes_on_where_it_was_interrupted(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import typer

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("quotestance.cli.report.load_pipe", lambda **_: MayorPipe())
    app = typer.Typer()
    app.command("other")(lambda: None)
    register(app)
    for name in ("news", "others"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text("She said nothing. Rain fell.", encoding="utf-8")
    place = tmp_path / "made"
    command = ["report", str(tmp_path / "news"), "-o", str(place / "site")]
    with monkeypatch.context() as patch:
        patch.setattr(where, interrupted)
        assert CliRunner().invoke(app, command).exit_code != 0
    assert (place / "site.quotes.parquet").exists()
    of_others = ["report", str(tmp_path / "others"), "-o", str(place / "site")]
    assert isinstance(CliRunner().invoke(app, of_others).exception, FileExistsError)
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "1 quote, 1 speaker, 1 article" in result.output
    assert not list(place.glob(".*"))
    shutil.rmtree(place / "site")
    assert isinstance(CliRunner().invoke(app, command).exception, FileExistsError)  # tables of a run that did end


def test_report_tells_the_time_of_its_making_in_utc(tmp_path: Path) -> None:
    to_csv([article(1)], tmp_path / "q.csv")
    write_report(
        tmp_path / "q.csv", tmp_path / "site", made=datetime(2026, 1, 2, 1, tzinfo=timezone(timedelta(hours=3)))
    )
    assert "2026-01-01 22:00 UTC" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


def test_report_timeline_has_its_bars_above_their_names() -> None:
    drawn = timeline([breakdown(month, rows([1], [1])) for month in ("2024-01", "2024-02", "2024-03")], "Quotes")
    bars = [
        float(x) + float(width) / 2 for x, width in re.findall(r'<rect [^>]*x="([\d.]+)"[^>]*width="([\d.]+)"', drawn)
    ]
    names = [float(x) for x in re.findall(r'<text x="([\d.]+)"[^>]*>2024-0\d</text>', drawn)]
    assert len(names) == 3
    assert bars == pytest.approx(names, abs=0.02)


def test_report_tells_what_tables_by_time_and_outlet_leave_out(tmp_path: Path) -> None:
    made(tmp_path, [article(0, meta={"outlet": "Harbour Post"}), article(1, published=None)])
    pages = {path.name: " ".join(page.text.split()) for path, page in pages_of(tmp_path / "site").items()}
    assert "5 quotes without a date are left out." in pages["index.html"]
    assert "5 quotes without an outlet are left out." in pages["index.html"]
    assert "1 quote without a date is left out." in pages["ana-ruiz.html"]


def test_report_tells_which_quotes_are_dated_by_a_year_alone(tmp_path: Path) -> None:
    days = ("2024-05-01", "2024-06", "2024", None)
    made(tmp_path, [article(number, PEOPLE[:1], published=day) for number, day in enumerate(days)])
    pages = {path.name: " ".join(page.text.split()) for path, page in pages_of(tmp_path / "site").items()}
    told = "1 quote without a date is left out. 1 quote dated by a year alone is left out."
    assert told in pages["index.html"]
    assert told in pages["ana-ruiz.html"]
    assert "1 quote without a date 25% of the quotes" in pages["index.html"]


def test_report_takes_the_date_that_tells_most(tmp_path: Path) -> None:
    row = {"article_id": "a", "text": "No.", "published": "4/9/2017"}
    (tmp_path / "q.jsonl").write_text(json.dumps(row))
    assert read_tables(tmp_path / "q.jsonl").articles["a"].date == "2017"
    (tmp_path / "q.articles.jsonl").write_text(json.dumps({"article_id": "a", "date": "2017-09-04"}))
    assert read_tables(tmp_path / "q.jsonl").articles["a"].date == "2017-09-04"


def test_report_takes_what_any_row_of_an_article_tells_of_it(tmp_path: Path) -> None:
    told: list[dict[str, str]] = [{}, {"date": "2999-01-01"}, {"title": "Talks", "date": "2024-03"}]
    told += [{"title": "War", "date": "2024-03-02", "outlet": "Post"}, {"date": "2021-01-01"}]
    rows = [{"article_id": "a", "quote": number, "text": "No.", **cells} for number, cells in enumerate(told)]
    (tmp_path / "q.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    found = read_tables(tmp_path / "q.jsonl").articles["a"]
    assert (found.title, found.date, found.outlet, found.misdated) == ("Talks", "2024-03-02", "Post", None)


def test_report_counts_dates_that_lie_ahead_and_does_not_draw_them(tmp_path: Path) -> None:
    days = ("2024-05-01", "2999-01-01", "2099", None)
    made(tmp_path, [article(number, PEOPLE[:1], published=day) for number, day in enumerate(days)])
    pages = {path.name: " ".join(page.text.split()) for path, page in pages_of(tmp_path / "site").items()}
    assert "4 quotes in 4 articles, of 2024-05-01;" in pages["index.html"]
    assert "1 quote without a date 25% of the quotes2 quotes dated in the future 50%" in pages["index.html"]
    told = "1 quote without a date is left out. 2 quotes dated in the future are left out."
    assert told in pages["index.html"]
    assert told in pages["ana-ruiz.html"]
    assert not re.search("2[09]99", pages["articles.html"])


def test_report_says_of_dates_that_all_lie_ahead_that_they_do(tmp_path: Path) -> None:
    def told_of(*days: str | None) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        summary = made(folder, [article(number, PEOPLE[:1], published=day) for number, day in enumerate(days)])
        text = " ".join(Page(summary.index.read_text(encoding="utf-8")).text.split())
        return text.partition("Stance over time")[2].partition("Outlets")[0].strip()

    assert told_of("2999-01-01") == "1 quote dated in the future is left out."
    both = "1 quote without a date is left out. 2 quotes dated in the future are left out."
    assert told_of("2999-01-01", "2099", None) == both
    assert told_of("soon", None).startswith("No article has a date that can be read:")


def test_report_counts_dates_that_cannot_be_and_does_not_draw_them(tmp_path: Path) -> None:
    days = ("2024-05-01", "0024-05-01", "1970-01-01T00:00:00Z", "2999-01-01", None)
    made(tmp_path, [article(number, PEOPLE[:1], published=day) for number, day in enumerate(days)])
    pages = {path.name: " ".join(page.text.split()) for path, page in pages_of(tmp_path / "site").items()}
    zero = "dated 1970-01-01, another placeholder, or before 1800"
    told = f"1 quote without a date is left out. 1 quote dated in the future is left out. 2 quotes {zero} are left out."
    assert told in pages["index.html"]
    assert told in pages["ana-ruiz.html"]
    assert f"2 quotes {zero} 40% of the quotes" in pages["index.html"]
    assert "5 quotes in 5 articles, of 2024-05-01;" in pages["index.html"]


def test_report_takes_today_and_tomorrow_for_dates(tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    days = [str(today + timedelta(days=days)) for days in (0, 1, 3)]
    rows = [{"article_id": day, "text": "No.", "date": day} for day in days]
    (tmp_path / "q.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    articles = read_tables(tmp_path / "q.jsonl").articles
    assert [articles[day].misdated for day in days] == [None, None, "dated in the future"]
    assert [articles[day].date for day in days] == [*days[:2], None]
