"""The folder of a report: reads the tables and texts, and writes the pages, style, script and data files.

===================  ===========================================================================
``index.html``       the first page, with the table of quotes
``speakers.html``, ``articles.html``  lists; further pages of them are ``speakers-2.html`` ...
``speakers/``        a page for everyone with a name
``articles/``        a page for every article
``data/``            what the table of quotes loads
``report.json``      what was read, in numbers; tells a later run that it may replace the folder
===================  ===========================================================================
"""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from uuid import uuid4

from quotestance.io.columns import page_name, quote_anchor
from quotestance.io.dates import date_of, misdated
from quotestance.io.encodings import check_encoding
from quotestance.io.outputs import check_not_among
from quotestance.io.readers import read_articles
from quotestance.io.table import outlet_of
from quotestance.render.wording import country_name
from quotestance.report import pages
from quotestance.report.cards import Card, to_cards
from quotestance.report.folder import MARKER, check_report_folder, place_of, replace_folder
from quotestance.report.scripts import index_script, quote_scripts
from quotestance.report.speakers import Speaker, find_speakers
from quotestance.report.tables import ArticleRow, QuoteRow, Tables, read_tables, with_texts
from quotestance.report.texts import Highlighted, context, highlight
from quotestance.types import Article, check_count
from quotestance.types import Speaker as QuotedSpeaker
from quotestance.version import __version__

_SEED = 0  # of the sample of a limited report
_UNSCORED = "the tables do not know it: it was not scored"


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """What a report came to.

    Args:
        index: Its first page.
        quotes: Quotes of the table.
        shown: How many of them the report shows.
        articles: Pages of articles.
        speakers: Pages of speakers.
        failed: Articles that failed.
        lost: Quotes that do not stand in the text that was given for their article.
        textless: Articles with quotes that have no text among those given, where texts are to be shown.
    """

    index: Path
    quotes: int
    shown: int
    articles: int
    speakers: int
    failed: int
    lost: int
    textless: int


def write_report(
    quotes: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    articles: str | os.PathLike[str] | None = None,
    texts: bool = True,
    limit: int | None = None,
    title: str | None = None,
    made: datetime | None = None,
    text_column: str = "text",
    id_column: str | None = None,
    encoding: str | None = None,
) -> ReportSummary:
    """Write the report on a table of quotes: a folder of pages that needs no network and no server.

    Args:
        quotes: A table as ``score`` writes it (.parquet, .csv, .jsonl), or articles with their quotes (.jsonl). The
            table of articles or of errors beside it is read too.
        output: Folder of the report, or a link to it. An earlier report there is replaced, all at once.
        articles: File or folder of the articles that were scored, for their texts.
        texts: Show the texts; else only the quotes.
        limit: Show at most so many quotes, a sample that is the same each time; counts and charts are of all.
        title: Heading of the first page.
        made: When the report was made, a time without a zone being local; now by default.
        text_column, id_column, encoding: How ``articles`` are read, as they were when they were scored; see
            :func:`quotestance.read_articles`.

    Raises:
        FileNotFoundError: There is no such table or no such articles.
        FormatError: It is no table of quotes, there is no such encoding, the output holds something else than a report
            or besides one, or is in the folder of the articles.
        ValueError: The limit is below 1.
        OSError: The report cannot be written.
    """
    if limit is not None:
        check_count("limit", limit, "quotes")
    check_encoding(encoding)
    target = Path(output)
    check_report_folder(target, overwrite=True)
    if articles is not None and Path(articles).is_dir():
        check_not_among(target, Path(articles))
    read = read_tables(Path(quotes))
    source = Path(articles) if articles is not None else read.texts
    time = (made or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    place = place_of(target)
    partial = place.with_name(f".{place.name}.{uuid4().hex[:8]}.partial")
    try:
        building = _Building(partial, read, time, limit)
        given: Iterable[Article] | None = None
        if articles is not None:
            given = read_articles(articles, text_column=text_column, id_column=id_column, encoding=encoding)
        elif source is not None:
            given = read_articles(source)
        building.write(source, given, shows_texts=texts, title=title or f"Quotes of {Path(quotes).name}")
        replace_folder(place, partial)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return building.summary(target / "index.html")


@dataclass(slots=True)
class _Building:
    """A report on its way.

    Args:
        folder: Where it is written.
        read: The tables.
        made: When, in words.
        limit: Most quotes to show.
    """

    folder: Path
    read: Tables
    made: str
    limit: int | None
    speakers: list[Speaker] = field(default_factory=list)
    speaker_of: dict[int, Speaker] = field(default_factory=dict)
    by_article: dict[str, list[int]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    addresses: dict[tuple[str, int], str] = field(default_factory=dict)
    contexts: dict[int, tuple[str, str]] = field(default_factory=dict)
    shown: list[int] = field(default_factory=list)
    with_page: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)
    shows_texts: bool = True

    def write(self, source: Path | None, texts: Iterable[Article] | None, *, shows_texts: bool, title: str) -> None:
        """Write everything; with the articles of a source, where there is one."""
        self.shows_texts = shows_texts
        for name in ("", "speakers", "articles", "data"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._look_up()
        rows, is_read = self.read.articles, self.read.is_complete
        if texts is not None:
            given = list(self._write_texts(texts, shows_texts))
            rows, is_read = with_texts(rows, given), True
            has_text = {article.id for article in given if article.state != "failed"}
            self.counts["textless"] = len(self.by_article.keys() - has_text) if shows_texts else 0
        cards = self._cards(rows)
        self._write_bare(rows, cards)
        content = pages.Content(
            title=title,
            about={**self.read.about, **({"Texts": str(source.name)} if source else {}), "Report made": self.made},
            made=self.made,
            quotes=self.read.quotes,
            articles=rows,
            speakers=self.speakers,
            cards=cards,
            pages={key: f"articles/{name}.html" for key, name in self.names.items()},
            is_complete=is_read,
            is_linked=self.read.is_linked,
        )
        self._write_pages(content)
        self._write_data(content)

    def _look_up(self) -> None:
        quotes = self.read.quotes
        self.shown = list(range(len(quotes)))
        if self.limit is not None and self.limit < len(quotes):
            self.shown = sorted(random.Random(_SEED).sample(self.shown, self.limit))  # noqa: S311  # no secret
        self.speakers = find_speakers(quotes, is_linked=self.read.is_linked)
        self.speaker_of = {index: speaker for speaker in self.speakers for index in speaker.quotes}
        for index, row in enumerate(quotes):
            self.by_article.setdefault(row.article, []).append(index)
        self.with_page = {self.speaker_of[index].page for index in self.shown if index in self.speaker_of}
        shown_articles = {quotes[index].article for index in self.shown}
        for key in self.read.articles:
            if key in shown_articles or (not self._is_limited and self.read.articles[key].state == "read"):
                self._name(key)

    @property
    def _is_limited(self) -> bool:
        return len(self.shown) < len(self.read.quotes)

    def _name(self, article: str) -> str:
        """Return the name of the page of an article, which ``report_link`` in the table of quotes has too."""
        return self.names.setdefault(article, page_name(article))

    # --- articles

    def _write_texts(self, articles: Iterable[Article], shows_texts: bool) -> Iterator[ArticleRow]:
        """Write the pages of articles whose texts are given; tells what is known of each."""
        quotes = self.read.quotes
        for article in articles:
            known, told = self.read.articles.get(article.id), _row(article)
            is_scored = known.state == "read" if known else not self.read.is_complete
            yield told if known or is_scored or article.error else replace(told, state="skipped", why=_UNSCORED)
            own = self.by_article.get(article.id, [])
            is_wanted = article.id in self.names or (is_scored and not (self._is_limited or article.error))
            if not (shows_texts and is_wanted) or (article.error and own):
                continue
            name = self._name(article.id)
            found = highlight(article, [quotes[index] for index in own])
            for index in own:
                row = quotes[index]
                self.addresses[article.id, row.number] = _address(row)
                self.contexts[index] = context(row, article.text if row.number in found.anchors else None)
            self._write_article(name, found, own)

    def _write_article(self, name: str, found: Highlighted, own: list[int]) -> None:
        lost_numbers = {row.number for row in found.lost}
        lost = [index for index in own if self.read.quotes[index].number in lost_numbers]
        self.counts["lost"] = self.counts.get("lost", 0) + len(lost)
        cards = self._some_cards(lost, {found.article.id: _row(found.article)})
        page = pages.article_page(found, self._pages_of_speakers(found, own), list(cards.values()), self.made)
        self._put(f"articles/{name}.html", page)

    def _pages_of_speakers(self, found: Highlighted, own: list[int]) -> dict[QuotedSpeaker, str]:
        """Whoever is quoted in an article -> the name of their page."""
        named: dict[QuotedSpeaker, str] = {}
        for index in own:
            place = found.anchors.get(self.read.quotes[index].number)
            speaker = None if place is None else found.article.quotes[place].speaker
            if speaker is not None and index in self.speaker_of and self.speaker_of[index].page in self.with_page:
                named[speaker] = self.speaker_of[index].page
        return named

    def _write_bare(self, rows: Mapping[str, ArticleRow], cards: Mapping[int, Card]) -> None:
        """Write the pages of the articles whose texts are not given."""
        for key, name in self.names.items():
            if not (self.folder / "articles" / f"{name}.html").exists():
                indices = self.by_article.get(key, [])
                own = [cards[index] for index in indices if index in cards]
                page = pages.bare_article_page(rows[key], own, self.made, quotes=len(indices))
                self._put(f"articles/{name}.html", page)

    # --- the rest

    def _cards(self, rows: Mapping[str, ArticleRow]) -> dict[int, Card]:
        return self._some_cards(self.shown, rows)

    def _some_cards(self, indices: list[int], rows: Mapping[str, ArticleRow]) -> dict[int, Card]:
        quotes = self.read.quotes
        for index in indices:
            row = quotes[index]
            self._name(row.article)
            self.addresses.setdefault((row.article, row.number), _address(row))
            self.contexts.setdefault(index, context(row, None) if self.shows_texts else ("", ""))
        return to_cards(
            quotes,
            indices,
            articles=rows,
            speakers={i: who for i in indices if (who := self.speaker_of.get(i)) and who.page in self.with_page},
            addresses=self.addresses,
            contexts=self.contexts,
        )

    def _write_pages(self, content: pages.Content) -> None:
        self._put("index.html", pages.index_page(content))
        for name, page in (*pages.speaker_lists(content), *pages.article_lists(content)):
            self._put(name, page)
        written = 0
        for speaker in content.speakers:
            if speaker.page in self.with_page:
                self._put(f"speakers/{speaker.page}.html", pages.speaker_page(speaker, content))
                written += 1
        states = [article.state for article in content.articles.values()]
        self.counts |= {"speakers": written, "articles": len(content.pages), "failed": states.count("failed")}

    def _write_data(self, content: pages.Content) -> None:
        cards = list(content.cards.values())
        codes = {row.country for row in content.quotes if row.country}
        self._put("data/index.js", index_script(cards, {code: country_name(code) for code in codes}))
        for number, script in enumerate(quote_scripts(cards)):
            self._put(f"data/quotes-{number}.js", script)
        templates = files("quotestance") / "data" / "templates"
        style = [(templates / name).read_text(encoding="utf-8") for name in ("article.css", "report.css")]
        self._put("report.css", "\n".join(style))
        self._put("report.js", (templates / "report.js").read_text(encoding="utf-8"))
        told = {"version": __version__, "made": self.made, **self._numbers()}
        self._put(MARKER, json.dumps(told, indent=1) + "\n")

    def _numbers(self) -> dict[str, int]:
        counts = {name: self.counts.get(name, 0) for name in ("articles", "speakers", "failed", "lost", "textless")}
        return {"quotes": len(self.read.quotes), "shown": len(self.shown), **counts}

    def _put(self, name: str, words: str) -> None:
        (self.folder / name).write_text(words, encoding="utf-8", newline="\n")

    def summary(self, index: Path) -> ReportSummary:
        """Return what was written."""
        return ReportSummary(index, **self._numbers())


def _row(article: Article) -> ArticleRow:
    return ArticleRow(
        id=article.id,
        title=article.title,
        published=article.published,
        date=date_of(article.meta.get("date"), article.published),
        misdated=misdated(article.meta.get("date"), article.published),
        url=article.url,
        outlet=outlet_of(article.meta),
        state="read" if article.error is None else "failed",
        why=article.error,
    )


def _address(row: QuoteRow) -> str:
    """Where a quote stands: in the text of its article, or in the list of its quotes."""
    return f"articles/{page_name(row.article)}.html#{quote_anchor(row.number)}"
