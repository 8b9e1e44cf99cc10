import dataclasses
import re
import unicodedata
from html.parser import HTMLParser

import pytest
from clock import Clock
from hypothesis import given, settings
from hypothesis import strategies as st

from quotestance.errors import FormatError, SpanError
from quotestance.render import to_html, to_text
from quotestance.render.wording import columns
from quotestance.types import Article, Quote, Span, Speaker, Stance

VOID = {"meta", "br", "hr", "img", "link", "input"}
LIU = Speaker("Liu Pengyu", "person", role="spokesperson", affiliation="Chinese embassy", country="CHN")
CALM = Stance({"escalatory": 0.1, "de-escalatory": 0.7, "neutral": 0.2})


class Page(HTMLParser):
    """A page as a reader would have it: the text column's characters, elements with their attributes, visible text."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, dict[str, str]]] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.column: list[str] = []
        self.looks: list[str] = []
        self.marked: list[tuple[str, str]] = []
        self.visible: list[str] = []
        self.feed(source)
        self.close()
        assert not self.open, f"unclosed: {self.open}"

    def handle_starttag(self, tag, attrs):
        element = (tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        tags = [tag for tag, _ in self.open]
        if "style" in tags:
            return
        self.visible.append(data)
        if any(attrs.get("class") == "qs-text" for _, attrs in self.open):
            self.column.append(data)
            css = self.open[tags.index("mark")][1]["class"] if "mark" in tags else ""
            self.looks += [css] * len(data)
            if css:
                self.marked.append((css, data))

    def having(self, name):
        return [attrs for _, attrs in self.elements if name in attrs]

    def links(self):
        return [attrs["href"] for tag, attrs in self.elements if tag == "a"]

    def marked_as(self, css):
        return "".join(text for found, text in self.marked if found == css)


def span(text, words, occurrence=0):
    start = [match.start() for match in re.finditer(re.escape(words), text)][occurrence]
    return Span.of(text, start, start + len(words))


def quoting(text, *words, kind="direct", **fields):
    return Quote(kind, tuple(span(text, piece) for piece in words), **fields)


def shown(text):
    """Return what a reader may expect of a text: its characters, but U+FFFD for what no page can hold."""

    def character(c):
        if c.isspace():
            return c if c in "\t\n\r" or unicodedata.category(c) != "Cc" else "\n"
        return "\ufffd" if unicodedata.category(c) in ("Cc", "Cs") else c

    return "".join(map(character, text))


ANY_CHARACTER = st.characters(exclude_categories=()) | st.sampled_from("\n\r\x00\x1b\ud800\u202e<>&\"'“” \u2028")
LABELS = st.sampled_from(["escalatory", "de-escalatory", "neutral", "<i>own</i>", ""])


@st.composite
def articles(draw):
    text = draw(st.text(ANY_CHARACTER, min_size=1, max_size=60))
    anything = st.text(ANY_CHARACTER, max_size=10)

    def extents(at_most):
        edges = sorted(draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=2 * at_most)))
        return [Span.of(text, start, end) for start, end in zip(edges[::2], edges[1::2], strict=False)]

    def one_span():
        return extents(1)[0] if draw(st.booleans()) else None

    quotes = []
    for _ in range(draw(st.integers(0, 5))):
        speaker = draw(st.none() | st.builds(Speaker, anything, st.just("person"), anything, anything))
        stance = draw(st.none() | st.builds(lambda label: Stance({label: 0.8, "neutral": 0.2}), LABELS))
        quotes.append(Quote("direct", tuple(extents(3)), one_span(), one_span(), speaker, stance, 0.5, one_span()))
    quotes.sort(key=lambda quote: quote.start)
    title, url, error = draw(anything), draw(anything), draw(st.none() | anything)
    return Article(text, "", title, draw(anything), url, quotes=tuple(quotes), error=error)


@settings(max_examples=200, deadline=None)
@given(articles(), st.booleans())
def test_render_page_is_well_formed_and_holds_every_character_once(article, standalone):
    source = to_html(article, standalone=standalone)
    source.encode("utf-8")
    page = Page(source)
    assert "".join(page.column) == shown(article.text)
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", source)
    ids = [attrs["id"] for attrs in page.having("id")]
    assert len(ids) == len(set(ids))
    assert source.count("<main>") == standalone
    assert {link for link in page.links() if link.startswith("#")} <= {f"#{name}" for name in ids}
    assert len([attrs for attrs in page.having("aria-label") if "data-hover" in attrs]) == len(article.quotes)


@settings(max_examples=200, deadline=None)
@given(articles())
def test_render_every_character_looks_like_its_innermost_quote(article):
    looks = {None: "qs-x", "escalatory": "qs-e", "de-escalatory": "qs-d", "neutral": "qs-n"}
    expected = [""] * len(article.text)
    pieces = [(piece, quote.stance) for quote in article.quotes for piece in quote.content]
    for piece, stance in sorted(pieces, key=lambda pair: (pair[0].start, -pair[0].end)):
        expected[piece.start : piece.end] = [looks.get(stance and stance.label, "qs-o")] * len(piece.text)
    found = Page(to_html(article)).looks
    compared = [(a, b) for a, b, c in zip(found, expected, article.text, strict=True) if not c.isspace()]
    assert [a for a, _ in compared] == [b for _, b in compared]


@settings(max_examples=200, deadline=None)
@given(articles(), st.integers(-5, 120))
def test_render_text_sends_no_controls_and_keeps_to_the_width(article, width):
    table = to_text(article, width=width)
    table.encode("utf-8")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", table)
    head = 45  # a quote's stance and kind stand on one line however narrow the terminal
    assert all(columns(line) <= max(width, 20, head) for line in table.splitlines())


def test_render_quotes_differ_by_class_letter_and_confidence():
    text = "He said war. She said peace. They said hm. We said nil."
    stances = [Stance({"escalatory": 0.91, "neutral": 0.09}), CALM, Stance.certain("neutral"), None]
    words = ["war", "peace", "hm", "nil"]
    quotes = [quoting(text, word, stance=stance) for word, stance in zip(words, stances, strict=True)]
    page = Page(to_html(Article(text, quotes=tuple(quotes))))
    assert page.marked == [("qs-e", "war"), ("qs-d", "peace"), ("qs-n", "hm"), ("qs-x", "nil")]
    labels = [(attrs["data-mark"], attrs["data-percent"]) for attrs in page.having("data-percent")]
    assert labels == [("E", "91%"), ("D", "70%"), ("N", "100%"), ("–", "")]


def test_render_hover_tells_speaker_kind_and_probabilities():
    text = "Liu told Xinhua that talks are the way."
    stance = Stance(CALM.probabilities, conditional=0.25)
    quote = quoting(text, "talks are the way", kind="indirect", speaker=LIU, stance=stance, confidence=0.93)
    page = Page(to_html(Article(text, quotes=(dataclasses.replace(quote, via=span(text, "Xinhua")),))))
    hovers = {re.sub("[\u2068\u2069]", "", attrs["data-hover"]) for attrs in page.having("data-hover")}
    assert hovers == {
        "Liu Pengyu\nspokesperson · Chinese embassy · CHN\nindirect quote · confidence 93% · via Xinhua\n"
        "de-escalatory 70% · neutral 20% · escalatory 10%\nconditional 25%"
    }


def test_render_list_names_everyone_in_order_and_links_to_their_quotes():
    text = "A: one. B: two. A: three. four"
    official = Speaker(description="a senior official")
    both = Speaker("Seoul and Tokyo", "group", members=("Seoul", "Tokyo"))
    speakers = {"one": LIU, "two": official, "three": LIU, "four": both}
    quotes = [quoting(text, word, speaker=speaker, stance=CALM) for word, speaker in speakers.items()]
    source = to_html(Article(text, quotes=tuple(quotes)))
    entries = [re.sub("<[^>]*>", "|", entry) for entry in source.split("<li ")[1:]]
    assert [re.findall("Liu Pengyu|a senior official|Seoul and Tokyo", entry)[0] for entry in entries] == [
        "Liu Pengyu",
        "a senior official",
        "Seoul and Tokyo",
    ]
    assert "spokesperson" in entries[0]
    assert "2 quotes: 2 de-escalatory" in entries[0]
    assert "group of Seoul, Tokyo" in entries[2]
    first = source.split("<li ")[1].split("</li>")[0]
    assert re.findall('href="#(.*?)"', first) == ["qs-q1", "qs-q3"]
    places = [source.index(words) for words in ('id="qs-q1"', ">one<", 'id="qs-q3"', ">three<")]
    assert places == sorted(places)


def test_render_innermost_quote_shows_where_quotes_nest():
    text = "She said he told her to wait and see."
    outer = quoting(text, "he told her to wait and see", stance=Stance.certain("neutral"))
    inner = quoting(text, "to wait", stance=Stance.certain("de-escalatory"))
    page = Page(to_html(Article(text, quotes=(outer, inner))))
    assert page.marked == [("qs-n", "he told her "), ("qs-d", "to wait"), ("qs-n", " and see")]


def test_render_split_quote_over_paragraphs_stays_inside_each():
    text = "“First part.\n\n“Second part,” he said. “Third.”"
    quote = Quote("direct", (Span.of(text, 1, 27), span(text, "Third.")), span(text, "said"), span(text, "he"))
    source = to_html(Article(text, quotes=(quote,)))
    assert Page(source).marked_as("qs-x") == "First part.“Second part,Third."
    assert '<span class="qs-source">he</span> <span class="qs-cue">said</span>' in source
    assert source.count("data-percent=") == 1


def test_render_label_follows_the_closing_quotation_mark():
    text = "“We will talk,” Liu said."
    source = to_html(Article(text, quotes=(quoting(text, "We will talk,"),)))
    assert re.search(r"talk,</mark>”<a [^>]*></a> Liu", source)
    alone = "“We will talk.”\n\nNext."
    assert re.search(
        r"talk.</mark>”<a [^>]*></a></p>", to_html(Article(alone, quotes=(quoting(alone, "We will talk."),)))
    )


@pytest.mark.parametrize("text", ["One.\nTwo.\nThree.", "One.\r\nTwo.\r\nThree.", "One.\n\n Two.\r\n\r\n\r\nThree.\n"])
def test_render_paragraphs_at_lines_or_blank_lines(text):
    assert to_html(Article(text)).count('<p dir="auto">') == 3


def test_render_hard_wrapped_lines_stay_one_paragraph():
    assert to_html(Article("One line\r\nwrapped here.\r\n\r\nSecond\r\nparagraph.")).count('<p dir="auto">') == 2


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://example.org/a?b=1&c=2", True),
        ("HTTP://example.org", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.org", False),
        (" \x01javascript:alert(1)", False),
        ("https://example.org/\njavascript:x", False),
    ],
)
def test_render_only_web_addresses_are_links(url, is_link):
    page = Page(to_html(Article("x", url=url)))
    assert page.links() == ([url] if is_link else [])


def test_render_escapes_every_field_in_text_and_attributes():
    evil = "\"'><script>alert(1)</script><!--"
    speaker = Speaker(evil, "group", evil, evil, evil, members=(evil,))
    stance = Stance({evil: 0.9})
    quote = Quote("direct", (Span.of(evil, 0, 5),), None, None, speaker, stance, 0.5, Span.of(evil, 3, 9))
    article = Article(evil, evil, evil, evil, evil, quotes=(quote,), error=evil)
    plain = Page(to_html(Article("x", "x", "x", "x", "x", quotes=(quoting("x", "x", speaker=LIU, stance=CALM),))))
    page = Page(to_html(article))
    assert "script" not in {tag for tag, _ in page.elements}
    assert {name for _, attrs in page.elements for name in attrs} <= {
        name for _, attrs in plain.elements for name in attrs
    } | {"role"}
    assert "<!--" not in to_html(article)


def test_render_page_loads_and_runs_nothing():
    page = Page(to_html(Article("x", url="https://example.org", quotes=(quoting("x", "x", stance=CALM),))))
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "form", "base"}
    assert not [name for _, attrs in page.elements for name in attrs if name.startswith("on") or name == "src"]
    policy = next(attrs["content"] for attrs in page.having("http-equiv"))
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert not re.search(r"url\(|@import", to_html(Article("x")))


def test_render_page_is_a_whole_document_and_fragment_is_not():
    article = Article("x", title="A & B")
    page = to_html(article)
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert '<meta charset="utf-8">' in page
    assert 'name="viewport"' in page
    assert "<title>A &amp; B</title>" in page
    fragment = article._repr_html_()
    assert not re.search("<(html|head|body|title|meta)[ >]", fragment)


def test_render_fragment_style_reaches_nothing_outside_it():
    style = re.sub(
        r"/\*.*?\*/",
        "",
        re.findall("<style>(.*?)</style>", to_html(Article("x"), standalone=False), re.S)[0],
        flags=re.S,
    )
    selectors = [s.strip() for s in re.findall(r"([^{}]+)\{", style) if not s.strip().startswith("@")]
    assert len(selectors) > 20
    outside = [
        part for s in selectors for part in re.split(r",(?![^(]*\))", s) if not part.strip().startswith(".quotestance")
    ]
    assert outside == []


def test_render_ids_differ_between_fragments_but_not_between_pages():
    article = Article("x", quotes=(quoting("x", "x", speaker=LIU),))
    first, second = ({attrs["id"] for attrs in Page(to_html(article, standalone=False)).having("id")} for _ in range(2))
    assert len(first) == len(second) == 2
    assert not first & second
    assert to_html(article) == to_html(article)


def test_render_says_when_there_is_an_error_or_no_quote():
    assert "No quotes in this article." in Page(to_html(Article("x"))).visible
    failed = Article("", error="a.txt: not <text>")
    assert "a.txt: not <text>" in Page(to_html(failed)).visible
    assert "No quotes" not in to_html(failed)
    assert to_text(failed) == "Error: a.txt: not <text>"
    assert to_text(Article("x")) == "No quotes in this article."


def test_render_direction_of_one_field_does_not_reach_the_next():
    text = "\u202eabc said x"
    speaker = Speaker("\u202eabc", "person", role="\u2066def")
    source = to_html(Article(text, title="\u202eT", quotes=(quoting(text, "x", speaker=speaker),)))
    assert source.count("\u202e") == 1  # in the text column, where the paragraph's end closes it
    assert '<p dir="auto">\u202eabc' in source
    assert "<bdi>abc</bdi>" in source


def test_render_explanations_shade_words_by_weight():
    text = "We should strike now."
    quote = quoting(text, "We should strike now", stance=Stance.certain("escalatory"))
    weights = [(span(text, "strike"), 1.0), (span(text, "should"), -0.4), (span(text, "now"), 0.01)]
    source = to_html(Article(text, quotes=(quote,)), explanations={0: weights})
    assert '<span class="qs-for5">strike</span>' in source
    assert '<span class="qs-against2">should</span>' in source
    assert not re.search("<span[^>]*>now", source)
    assert "the label" in source
    assert "the label" not in to_html(Article(text, quotes=(quote,)))


@pytest.mark.parametrize(
    ("explanations", "error", "words"),
    [
        ({1: []}, FormatError, "key 1, but the article has 1 quote"),
        ({0: [(Span(0, 1, "x"), 1.5)]}, FormatError, "weight 1.5"),
        ({0: [(Span(0, 1, "x"), float("nan"))]}, FormatError, "weight nan"),
        ({0: [(Span(0, 1, "y"), 0.5)]}, SpanError, "0:1"),
    ],
)
def test_render_explanations_that_do_not_fit_are_refused(explanations, error, words):
    with pytest.raises(error, match=re.escape(words)):
        to_html(Article("x", quotes=(quoting("x", "x"),)), explanations=explanations)


def test_render_text_is_a_readable_table():
    text = "“We will talk,” Liu said. “Soon.” A source urged calm."
    source = Speaker(description="a source")
    quotes = (
        quoting(text, "We will talk,", "Soon.", speaker=LIU, stance=CALM),
        quoting(text, "calm", kind="indirect", speaker=source),
    )
    article = Article(text, title="Talks", published="2024-11-01", quotes=quotes)
    assert to_text(article, width=70).splitlines() == [
        "Talks",
        "2024-11-01",
        "",
        "  1  de-escalatory  70%  direct    Liu Pengyu (spokesperson, Chinese",
        "                                   embassy, CHN)",
        "     “We will talk, … Soon.”",
        "",
        "  2  no stance           indirect  a source (unnamed)",
        "     calm",
        "",
        "2 quotes by 2 speakers: 1 de-escalatory, 1 no stance",
    ]


def test_render_text_names_the_article() -> None:
    assert to_text(Article("x", id="a/1.txt", title="Talks")).splitlines()[:3] == ["Talks", "a/1.txt", ""]


@pytest.mark.parametrize("render", [to_html, to_text])
def test_render_says_what_to_give_instead_of_what_is_no_article(render):
    with pytest.raises(TypeError, match=r"^Give one Article, not a list: "):
        render([Article("x")])
    with pytest.raises(TypeError, match=r"^Give Articles, not a str: pipe\(text\) makes one"):
        render("x")


def test_render_text_narrow_puts_the_speaker_on_a_line_of_its_own():
    lines = to_text(Article("calm", quotes=(quoting("calm", "calm", speaker=LIU),)), width=40).splitlines()
    assert lines[1].startswith("     Liu Pengyu (")


def test_render_text_passes_on_no_terminal_controls():
    text = "\x1b]0;owned\x07\x9b31m \u202erun\r\nit"
    speaker = Speaker("\x1b[2JEve\x00", "person")
    article = Article(text, title="\x1bc", quotes=(Quote("direct", (Span.of(text, 0, len(text)),), speaker=speaker),))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", to_text(article))
    assert re.findall(r"\x1b\[[\d;]*m", to_text(article, color=True)) == ["\x1b[2m", "\x1b[0m"]


def test_render_text_colors_tell_the_stances_apart():
    text = "war peace"
    quotes = (
        quoting(text, "war", stance=Stance.certain("escalatory")),
        quoting(text, "peace", stance=Stance.certain("de-escalatory")),
    )
    codes = re.findall(r"\x1b\[([\d;]+)m", to_text(Article(text, quotes=quotes), color=True))
    assert len(set(codes)) == 3  # one for each stance, and the reset


def many_quotes(number):
    text = "".join(f'"Word {index}," A said. ' for index in range(number))
    contents = (Span.of(text, *match.span(1)) for match in re.finditer('"(.*?)"', text))
    return Article(text, quotes=tuple(Quote("direct", (content,), speaker=LIU, stance=CALM) for content in contents))


def nested_quotes(number):
    text = "a" * (2 * number + 1)
    contents = (Span.of(text, index, len(text) - index) for index in range(number))
    return Article(text, quotes=tuple(Quote("direct", (content,)) for content in contents))


def one_quote(text):
    speaker = Speaker(text, "person", role=text, affiliation=text)
    return Article(text, title=text, quotes=(Quote("direct", (Span.of(text, 0, len(text)),), speaker=speaker),))


@pytest.mark.parametrize(
    "article",
    [
        pytest.param(many_quotes(20_000), id="20,000 quotes"),
        pytest.param(nested_quotes(3_000), id="3,000 nested quotes"),
        pytest.param(one_quote("word " * 1_000_000), id="5 MB paragraph"),
        pytest.param(one_quote("w" * 5_000_000), id="5 MB word"),
        pytest.param(one_quote("é\n \r" * 300_000), id="300,000 lines"),
    ],
)
def test_render_takes_linear_time(article):
    with Clock() as clock:
        page, table = to_html(article), to_text(article)
    assert clock.seconds < 30  # a quadratic step takes minutes
    assert len(page) < 10_000_000 + 20 * len(article.text)
    assert len(table) < 20_000_000


def test_render_number_in_the_text_is_that_of_the_list():
    text = "A: one. B: two. A: three."
    quotes = [quoting(text, word, speaker=LIU if word != "two" else None) for word in ("one", "two", "three")]
    source = to_html(Article(text, quotes=tuple(quotes)))
    in_text = {attrs["data-number"] for attrs in Page(source).having("data-number")}
    in_list = dict(re.findall(r'href="#(qs-q\d)"[^>]*>(\d)</a>', source))
    assert in_text == set(in_list.values()) == {"1", "2", "3"}
    assert all(target.endswith(number) for target, number in in_list.items())


def test_render_always_has_a_heading():
    headings = [
        re.findall("<h1[^>]*>(.*?)</h1>", to_html(article))
        for article in (Article("x"), Article("x", "a.txt"), Article("x", "a.txt", title=" \n"))
    ]
    assert headings == [["Untitled article"], ["a.txt"], ["a.txt"]]


def test_render_what_shows_on_hover_can_be_reached_by_keyboard():
    text = "A: one."
    page = Page(to_html(Article(text, quotes=(quoting(text, "one", speaker=LIU, stance=CALM),))))
    assert not page.having("title")
    hovering = [(tag, "href" in attrs) for tag, attrs in page.elements if {"data-hover", "data-words"} & attrs.keys()]
    assert hovering.count(("a", True)) == 2  # the mark in the text, which the first repeats, needs no focus of its own
