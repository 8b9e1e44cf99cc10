"""Web pages become articles: their text, title, date, outlet and encoding, whatever stands in them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from clock import Clock
from hypothesis import given
from hypothesis import strategies as st
from pages import DAY, SCHEMA, STORY, read, told_page

from quotestance.io.webpage import is_page

PAGE = """<!DOCTYPE html><html><head><title>Talks begin - The Daily</title>
<meta property="og:title" content="Talks &amp; begin">
<meta property="article:published_time" content="2024-11-02T08:00Z">
<meta property="og:site_name" content="The Daily">
<link rel="stylesheet" href="x.css"><link rel="canonical" href="https://x.org/talks"><style>p {}</style></head>
<body><header><a href="/">Home</a></header><nav><ul><li>World</ul></nav><script>var x = "<p>no</p>";</script>
<main><article><header><h1>Talks begin</h1></header><p>&ldquo;We will <b>ta</b>lk, and we will not leave the table
  before there is something that both sides can sign,&rdquo; Liu&nbsp;said on Monday.</p>
<p>He left the meeting after two hours, and nobody asked him where he was going or when he would be back.</p>
<aside>Read also</aside><p>The talks go on next week in the capital, three diplomats told the paper.</p>
</article><div>Related: <a href="/x">other news</a></div></main>
<footer>Imprint</footer></body></html>"""


def test_readers_read_the_article_of_a_page(tmp_path: Path) -> None:
    [article] = read(tmp_path / "a.html", PAGE)
    paragraphs = article.text.split("\n\n")
    assert paragraphs[-3].startswith("“We will talk, and we will not leave the table before there")
    assert paragraphs[-1] == "The talks go on next week in the capital, three diplomats told the paper."
    assert not any(words in article.text for words in ("World", "Read also", "Imprint", "other news", "var x"))
    assert (article.title, article.published, article.url) == ("Talks & begin", "2024-11-02", "https://x.org/talks")
    assert article.meta["outlet"] == "The Daily"
    assert article.id == "a.html"


@pytest.mark.parametrize(
    "words",
    ["The war of 2008 was short, he said.", "The truce of 3 March 2014 was broken, he said.", "© 2019 The Post"],
)
def test_readers_give_a_page_without_a_date_none(tmp_path: Path, words: str) -> None:
    page = f"<html><head><title>Talks</title></head><body><article>{STORY}<p>{words}</p></article></body></html>"
    assert read(tmp_path / "a.html", page)[0].published is None


def test_readers_read_a_page_in_the_encoding_that_it_declares(tmp_path: Path) -> None:
    page = '<meta charset="windows-1251"><p>Говорит Москва'
    assert read(tmp_path / "a.htm", page.encode("cp1251"))[0].text == "Говорит Москва"
    assert read(tmp_path / "b.htm", page.encode("utf-8"))[0].text == "Говорит Москва"


@pytest.mark.parametrize(
    ("label", "encoding"), [("windows-1252", "cp1252"), ("iso-8859-1", "cp1252"), ("big5", "big5")]
)
def test_readers_lose_one_letter_of_a_page_to_a_byte_that_does_not_fit_what_it_declares(
    tmp_path: Path, label: str, encoding: str
) -> None:
    text = "La fenêtre, a dit Lœb." if encoding == "cp1252" else "談判將繼續進行。"
    page = f'<meta charset="{label}"><p>{text}'.encode(encoding) + b" \x81."
    [article] = read(tmp_path / "a.htm", page)
    assert (article.text, dict(article.meta)) == (f"{text} \ufffd.", {})


@pytest.mark.parametrize("more", ["", "He said “no” — Müller’s aides agreed. " * 6])
def test_readers_lose_one_letter_of_a_page_to_a_byte_that_does_not_fit(tmp_path: Path, more: str) -> None:
    head = b'<html><head><meta charset="utf-8"><title>T</title><meta name="description" content="the caf\xc3"></head>'
    [article] = read(tmp_path / "a.html", head + f"<article>{STORY}<p>He said it’s over. {more}</article>".encode())
    assert article.error is None
    assert f"He said it’s over. {more}".strip() in article.text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("Plain words", "Plain words"),
        ("<p>A.</article></main></p></nav><p>B.", "A.\n\nB."),
        ("<header><p>All of it in an unclosed header.", "All of it in an unclosed header."),
        (
            "<article>Short teaser</article><div>" + "The long story. " * 9,
            "Short teaser\n\n" + ("The long story. " * 9).strip(),
        ),
        ("<p>A &amp B &copy; &#0; &bogus;<p>3 < 4", "A & B © \ufffd &bogus;\n\n3 < 4"),
        ("<p>A.<svg><title>Icon</title></svg>", "A."),
    ],
)
def test_readers_read_broken_pages_as_a_browser_would(tmp_path: Path, page: str, text: str) -> None:
    assert read(tmp_path / "a.html", page)[0].text == text


def test_readers_tell_of_a_page_without_text(tmp_path: Path) -> None:
    [article] = read(tmp_path / "a.html", "<title>App</title><script>render()</script><noscript>Enable it</noscript>")
    assert "no readable text" in (article.error or "")


@pytest.mark.parametrize(
    "piece",
    ["<", "<a ", "<a/", "<a b='", "<!--", "<![", "<article>", "<article><p>a</main>", "<nav>", "</", "&#", "<p x=<"],
)
def test_readers_read_a_hostile_page_in_linear_time(tmp_path: Path, piece: str) -> None:
    with Clock() as clock:
        read(tmp_path / "a.html", piece * (1_000_000 // len(piece)))
    assert clock.seconds < 10  # html.parser alone takes hours for some of these


@pytest.mark.parametrize("piece", ["(", "<!--", "&lt;!--", '\\"', '"author":{', " "])
@pytest.mark.parametrize(
    "frame",
    [
        "<meta name=author content='{}'>",
        "<meta property=og:title content='{}'>",
        "<script type='application/ld+json'>{}</script>",
        f'<script type=\'application/ld+json\'>{{{{{SCHEMA}, "headline": "{{}}"}}}}</script>',
        f'<script type=\'application/ld+json\'>{{{{{SCHEMA}, "author": ["{{}}"]}}}}</script>',
        "<title class='{}'>Talks</title>",
        "<title {{x}}y='{}'>Talks</title>",
    ],
    ids=["author", "title", "script", "headline", "authors", "attribute", "name in braces"],
)
def test_readers_read_a_hostile_head_in_linear_time(tmp_path: Path, frame: str, piece: str) -> None:
    hostile = frame.format(piece * (200_000 // len(piece)))
    page = f"<html><head>{hostile}</head><body><article><p>Liu said no.</p></article></body></html>"
    with Clock() as clock:
        assert read(tmp_path / "a.html", page)[0].text == "Liu said no."
    assert clock.seconds < 5  # most of these took minutes


def test_readers_read_a_hostile_xml_declaration_in_linear_time(tmp_path: Path) -> None:
    page = f"<?xml version='1.0'{' ' * 200_000}?><html><body><p>Liu said no.</p></body></html>"
    with Clock() as clock:
        assert read(tmp_path / "a.html", page)[0].text == "Liu said no."
    assert clock.seconds < 5


def test_readers_read_what_a_page_tells_in_json(tmp_path: Path) -> None:
    text = "Liu said that the talks go on. " * 100
    told = f'{{{SCHEMA}, "headline": "Talks", "author": "{"Ann Lee " * 500}", "articleBody": "{text}"}}'
    page = f"<html><head><script type='application/ld+json'>{told}</script></head><body></body></html>"
    [article] = read(tmp_path / "a.html", page)
    assert (article.title, article.text) == ("Talks", text.strip())


CHANGED = '<meta property="article:modified_time" content="2023-01-09T10:00:00Z">'


@pytest.mark.parametrize(
    "page",
    [
        told_page(f'{{{SCHEMA}, "dateModified": "2023-01-09", {DAY}}}', head=CHANGED),
        told_page(head=CHANGED, body='<time itemprop="datePublished" datetime="2023-01-01T08:00Z">1 January</time>'),
        told_page(f'{{{SCHEMA}, "comment": [{{"@type": "Comment", "datePublished": "2023-01-05"}}], {DAY}}}'),
        told_page('{"@type": "ItemList", "itemListElement": [{"datePublished": "2019-01-05"}]}',
                  f'[{{{SCHEMA}, {DAY}}}]'),
        told_page(f'{{"@type": "WebPage", "mainEntity": {{{SCHEMA}, {DAY}}}}}', head=CHANGED),
        told_page(f'{{{SCHEMA}, "headline": "\\u0000", {DAY}}}', head=CHANGED),
    ],
    ids=["changed later", "microdata", "comment", "related", "main entity", "control character"],
)  # fmt: skip
def test_readers_take_the_day_on_which_a_page_says_that_its_article_was_published(tmp_path: Path, page: str) -> None:
    [article] = read(tmp_path / "a.html", page)
    assert (article.published, article.text) == ("2023-01-01", STORY[3:-4].strip())


@pytest.mark.parametrize("headline", ['["Talks", "go on"]', '{"@value": "Talks go on"}', "12", "true", '["\\ud800"]'])
def test_readers_read_a_page_whose_headline_is_no_string(tmp_path: Path, headline: str) -> None:
    told = f'{{{SCHEMA}, "headline": {headline}, {DAY}}}'
    [article] = read(tmp_path / "a.html", told_page(told, head="<title>Talks go on</title>"))
    assert (article.error, article.title, article.published) == (None, "Talks go on", "2023-01-01")
    assert article.text == STORY[3:-4].strip()


@pytest.mark.parametrize("year", ["1874", "1991"])
def test_readers_take_the_date_of_a_page_from_an_archive(tmp_path: Path, year: str) -> None:
    told = f'{{{SCHEMA}, "datePublished": "{year}-01-17T05:00:00Z", "dateModified": "2015-05-26"}}'
    assert read(tmp_path / "a.html", told_page(told, head=CHANGED))[0].published == f"{year}-01-17"
    meta = f'<meta property="article:published_time" content="{year}-01-17T05:00:00Z">{CHANGED}'
    assert read(tmp_path / "b.html", told_page(head=meta))[0].published == f"{year}-01-17"


AGENCY = '{"@type": "Organization", "@id": "#agency", "name": "The Long Name of an Agency"}'


@pytest.mark.parametrize(
    "things",
    [
        ['{"@type": "WebPage", "name": "Truce on the river holds for a third day"}',
         f'{{{SCHEMA}, {DAY}, "publisher": {{"name": "The Daily"}}}}'],
        [AGENCY, f'{{{SCHEMA}, {DAY}, "author": {{"@id": "#agency"}}, "publisher": {{"name": "The Daily"}}}}'],
        ['{"@type": "WebPage", "name": "Truce on the river holds"}', '{"@type": "WebSite", "name": "The Daily"}'],
        ['{"@type": "WebPage", "name": "Truce"}', '{"@type": "Organization", "@id": "#o", "name": "The Daily"}',
         f'{{{SCHEMA}, {DAY}, "publisher": {{"@id": "#o"}}}}'],
    ],
    ids=["page", "agency", "site", "by its id"],
)  # fmt: skip
def test_readers_take_no_headline_and_no_agency_for_the_outlet_of_a_page(tmp_path: Path, things: list[str]) -> None:
    page = told_page(f'{{"@context": "https://schema.org", "@graph": [{", ".join(things)}]}}')
    assert read(tmp_path / "a.html", page)[0].meta["outlet"] == "The Daily"


def test_readers_find_the_date_of_a_page_in_a_time_that_stands_in_a_sentence(tmp_path: Path) -> None:
    body = '<p>Published on <time datetime="2021-03-04">a Thursday</time> by Ann Lee</p><p>The harbour is quiet.</p>'
    assert read(tmp_path / "a.html", f"<title>Harbour</title>{body}")[0].published == "2021-03-04"


def test_readers_tell_a_page_that_begins_with_comments_in_linear_time() -> None:
    with Clock() as clock:
        assert not is_page(b"<!---->" * 580 + b"<section>")
        assert is_page(b"<!-- a --> <?xml version='1'?>\n<!-- b --><html>")
    assert clock.seconds < 1


def test_readers_lose_nothing_behind_deep_elements(tmp_path: Path) -> None:
    page = "<p>First.</p>" + "<div>" * 300 + "Deep." + "</div>" * 300 + "<p>Last.</p>"
    assert read(tmp_path / "a.html", page)[0].text == "First.\n\nDeep.\n\nLast."
    [article] = read(tmp_path / "b.html", page.replace("<div>" * 300, "<div>" * 100_000))
    assert "more than 2,000 deep" in (article.error or "")


@pytest.mark.parametrize(
    "page",
    [
        "<p>Liu said that the talks go on.</p>" * 270_000,
        "<table><tr><td>Liu said no.</td></tr></table>" * 20_000,
        "<p>" + "Liu said no. " * 800_000,
        "<p>" + "&amp;" * 1_000_000,
    ],
    ids=["ten megabytes", "tables", "one paragraph", "entities"],
)
def test_readers_read_a_large_page_in_little_time(tmp_path: Path, page: str) -> None:
    with Clock() as clock:
        [article] = read(tmp_path / "a.html", page)
    assert len(article.text) > 200_000
    assert clock.seconds < 10


@given(st.text(max_size=200))
def test_readers_turn_any_page_into_one_article(page: str) -> None:
    with TemporaryDirectory() as folder:
        [article] = read(Path(folder, "a.html"), ("<p>" + page).encode("utf-8", "surrogatepass"))
    assert (article.error is None) == bool(article.text)
