"""The paragraphs, lines, lists and tables of a web page stay apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from clock import Clock
from pages import SCHEMA, STORY, read, told_page

from quotestance.io.readers import read_articles


@pytest.mark.parametrize(
    "cell",
    [
        "<td>{}</td>",
        "<td><div>{}</div></td>",
        "<th>{}</th>",
        "<td><font>{}</font></td>",
        "<td><table><tr><td>{}</td></tr></table></td>",
        "<td><a href='/'>Home</a></td><td><table><tr><td><table><tr><td>{}</td></tr></table></td></tr></table></td>",
    ],
)
@pytest.mark.parametrize("more", ["", STORY])
def test_readers_part_the_paragraphs_of_a_page_that_a_table_lays_out(tmp_path: Path, more: str, cell: str) -> None:
    said = "<p>“We stay,” said Ann Lee.</p><p>She keeps watch at the harbour.</p>"
    rows = f"<tr><td>Harbour News</td></tr><tr>{cell.format(said + more)}</tr>"
    [article] = read(tmp_path / "a.html", f"<html><body><table><tbody>{rows}</tbody></table></body></html>")
    assert "“We stay,” said Ann Lee.\n\nShe keeps watch at the harbour." in article.text
    assert "|" not in article.text


@pytest.mark.parametrize("line", ["<div>{}</div>", "{}<br><br>", "<font>{}</font><br><br>"])
@pytest.mark.parametrize("times", [1, 3])
def test_readers_part_the_lines_of_a_page_that_a_table_lays_out(tmp_path: Path, line: str, times: int) -> None:
    said = [f"“We stay at {number},” said Ann Lee." for number in range(3 * times)]
    said = [*said, "Boats", "She keeps watch at the harbour."] if line.startswith("<div") else said
    cell = "".join(line.format(one) for one in said)
    [article] = read(tmp_path / "a.html", f"<html><body><table><tr><td>{cell}</td></tr></table>{STORY}</body></html>")
    assert article.text.split("\n\n")[: len(said)] == said


@pytest.mark.parametrize("more", ["", STORY])
@pytest.mark.parametrize(
    "row", ["<td><p>{}</p></td>", "<td>{}</td>", "<td></td><td><div>{}</div></td>", "<td><font>{}</font></td><td></td>"]
)
def test_readers_part_the_paragraphs_of_a_page_that_has_each_in_a_row(tmp_path: Path, row: str, more: str) -> None:
    said = ["Boats", "“We stay,” said <a href='/x'>Ann Lee</a>.", "She keeps <b>watch</b> at the harbour."]
    table = f"<table><tbody>{''.join(f'<tr>{row.format(one)}</tr>' for one in said)}</tbody></table>"
    page = f"<html><body><table><tr><td>{more}{table}</td></tr></table></body></html>"
    lines = read(tmp_path / "a.html", page)[0].text.split("\n\n")
    assert lines[-3:] == ["Boats", "“We stay,” said Ann Lee.", "She keeps watch at the harbour."]


@pytest.mark.parametrize("more", ["", STORY])
@pytest.mark.parametrize(
    "item",
    [
        "<div>10:30</div><div>“We stay,” said <b>Ann Lee</b>.</div><div></div><div>She left.</div>",
        "<b>10:30</b> <div>“We stay,” said Ann Lee.</div><p>She left.</p>",
        "<div>10:30</div>“We stay,” said <b>Ann Lee</b>.<blockquote></blockquote><p>She left.</p>",
        "<h3>10:30</h3><b>“We stay,”</b> said Ann Lee.<div><p></p></div>She left.",
        "10:30<blockquote><p>“We stay,” said Ann Lee.</p></blockquote>She left.",
        "10:30<div><p>“We stay,” said Ann Lee.</p></div>She left.",
        "10:30<p>“We stay,” <i>said</i> Ann Lee.</p><p>She left.</p>",
        "<div><h3>10:30</h3><p><b>“We stay,”</b> said Ann Lee.</p><blockquote><p>She left.</p></blockquote></div>",
    ],
)
def test_readers_part_the_blocks_of_an_item_of_a_list(tmp_path: Path, more: str, item: str) -> None:
    items = f"<li>{item}</li><li><p>It rains.</p></li><li>Nobody <b>came</b>.</li>"
    body = f"<p>The boats wait.</p><ul>{items}</ul><p>The harbour is quiet.</p>{more}"
    text = read(tmp_path / "a.html", f"<html><body><article>{body}</article></body></html>")[0].text
    lines = [
        "- 10:30",
        "“We stay,” said Ann Lee.",
        "She left.",
        "- It rains.",
        "- Nobody came.",
        "The harbour is quiet.",
    ]
    assert text.split("\n\n")[1:7] == lines


def test_readers_give_a_table_of_a_page_a_line_for_each_row(tmp_path: Path) -> None:
    table = "<table><tr><th>Side</th><th>Boats</th></tr><tr><td>Arden</td><td>30</td></tr></table>"
    [article] = read(tmp_path / "a.html", f"<html><body><article>{STORY}{table}{STORY}</article></body></html>")
    assert "| Side | Boats |\n\n| Arden | 30 |" in article.text


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("<q>We stay</q>, said Ann Lee.", "“We stay”, said Ann Lee."),
        ("<q>He told me <q>no</q> <b>twice</b></q>, she said.", "“He told me ‘no’ twice”, she said."),
        ("“<q>We stay</q>” and <q>“we wait”</q>, said Ann Lee.", "“We stay” and “we wait”, said Ann Lee."),
        ("Ann Lee said on <time>Monday</time> that they stay.", "Ann Lee said on Monday that they stay."),
        ("They left on <time datetime='2020-05-04'>4 <b>May</b></time>, she said.", "They left on 4 May, she said."),
        ("<time>On Monday</time> the minister said <b>no</b>.", "On Monday the minister said no."),
        ("The minister said so on <time>Monday</time>", "The minister said so on Monday"),
        ("The <label title='of war'>minister</label> said no.", "The minister said no."),
        ("<x-tip>The minister</x-tip> said that <output>nine</output> left.", "The minister said that nine left."),
    ],
)
def test_readers_keep_marks_of_quotes_and_words_of_times_in_a_page(tmp_path: Path, said: str, expected: str) -> None:
    body = f"<p>{said}</p><p>The harbour in the north has been quiet since the last of the boats left it.</p>"
    assert expected in read(tmp_path / "long.html", told_page(body=body))[0].text
    assert read(tmp_path / "short.html", f"<p>{said}</p>")[0].text == expected


@pytest.mark.parametrize(
    "line", ["<time>3 May</time> by Ann Lee", "Last updated: <time>3 May</time>", "Ann <time>3 May</time>"]
)
def test_readers_leave_out_a_time_or_label_above_the_article_of_a_page(tmp_path: Path, line: str) -> None:
    for tag in ("time", "label"):
        body = f"<p>{line.replace('time', tag)}</p>"
        assert "3 May" not in read(tmp_path / f"{tag}.html", told_page(body=body))[0].text


def test_readers_read_many_quotes_of_a_page_in_linear_time(tmp_path: Path) -> None:
    with Clock() as clock:
        assert "“b”" in read(tmp_path / "a.html", "<p>" + "a<q>b</q> " * 100_000)[0].text
    assert clock.seconds < 5


def test_readers_read_a_page_of_plain_text_nested_deeply_in_linear_time(tmp_path: Path) -> None:
    page = "<pre>" * 1_900 + "The council of the harbour met on a Monday and\nleft the town.\n" * 99
    with Clock() as clock:
        read(tmp_path / "a.html", page)
    assert clock.seconds < 3


@pytest.mark.parametrize("times", [1, 6])
def test_readers_join_the_wrapped_lines_of_a_page_of_plain_text(tmp_path: Path, times: int) -> None:
    lines = [
        "The council of the harbour met on a Monday and", "could not agree on who should mend the old bridge,",
        "so that “nobody will cross it before the spring", "comes,” said <b>Ann Lee</b>, who keeps the only boat in",
        "the town.",
    ]  # fmt: skip
    body = "\n\n".join(["\n".join(lines)] * times + ["She left."])
    [article] = read(tmp_path / "a.html", f"<html><body><pre>{body}</pre></body></html>")
    joined = " ".join(lines).replace("<b>", "").replace("</b>", "")
    assert article.text.split("\n\n")[0] == joined
    assert article.text.endswith("She left.")
    advert = "<script>var ad = 1;\nload(ad)</script><br><br>"
    [article] = read(tmp_path / "c.html", f"<html><body><pre>{body}{advert}{body}</pre></body></html>")
    assert (article.text.split("\n\n").count(joined), "load" in article.text) == (2 * times, False)
    [article] = read(tmp_path / "b.html", "<pre>The talks end.\nAnn Lee left.\nNobody stayed.\nIt rains.</pre>")
    assert article.text.split("\n\n") == ["The talks end.", "Ann Lee left.", "Nobody stayed.", "It rains."]


@pytest.mark.parametrize("frame", ["<p>{}</p>", "<div>{}</div>", "<blockquote>{}</blockquote>", "<ul><li>{}</li></ul>"])
@pytest.mark.parametrize("more", ["", STORY])
def test_readers_take_line_ends_in_the_source_of_a_page_for_blanks(tmp_path: Path, frame: str, more: str) -> None:
    said = "“We stay\n    here,”\r\nsaid <b>Ann\nLee</b><!-- her -->\n\nof the&#10;harbour watch."
    page = f"<html><body><article>{frame.format(said)}<div>{more}</div></article></body></html>"
    assert "“We stay here,” said Ann Lee of the harbour watch." in read(tmp_path / "a.html", page)[0].text


def test_readers_keep_the_lines_of_a_page_without_any_tags(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("Talks fail\n\nLiu said &quot;no&quot;.\nHe left &amp; will not be back.\n", encoding="utf-8")
    (article,) = read_articles(path)
    assert article.text == 'Talks fail\n\nLiu said "no".\n\nHe left & will not be back.'


def test_readers_let_inline_elements_of_a_page_run_on_with_the_text_around_them(tmp_path: Path) -> None:
    said = "Ann Lee told <i>The Daily</i>, and <a href='/x'>others</a>, <span>that <b>nobody</b></span> came."
    for name, page in {
        "article": f"<article><div>{said}</div><div>He left.</div></article>",
        "div": f"<div>{said}<p>He left.</p></div>",
    }.items():
        [article] = read(tmp_path / f"{name}.html", f"<html><body>{page}</body></html>")
        assert article.text == "Ann Lee told The Daily, and others, that nobody came.\n\nHe left."


def test_readers_keep_what_stands_in_a_div_between_the_paragraphs_of_a_page(tmp_path: Path) -> None:
    said = "<div dir='ltr'>“We <i>stay</i>,” said Ann Lee, who keeps watch.</div>"
    other = "<div class='promo'>Get the news of the harbour by mail.</div><div>Read also</div>"
    [article] = read(tmp_path / "a.html", told_page(body=f"{STORY * 2}{said}{other}"))
    assert "\n\n“We stay,” said Ann Lee, who keeps watch.\n\n" in article.text
    assert not any(words in article.text for words in ("by mail", "Read also"))


@pytest.mark.parametrize(
    "said",
    [
        "<span>“We <i>stay</i>,” said Ann Lee of the watch.</span>",
        "“We stay,” <a href='/x'>said Ann Lee</a> of the watch.",
        "<b>“We</b> stay,” said Ann Lee <font>of the watch.</font>",
    ],
)
def test_readers_keep_a_sentence_in_inline_elements_between_paragraphs(tmp_path: Path, said: str) -> None:
    link = "<div><a href='/x'>The boats come back to the harbour.</a></div>"
    caption = "<div><img src='a.png'><span>The harbour in the light of the sea.</span></div>"
    credit = "<div><span class='caption'>The harbour at the break of day.</span></div>"
    fonts = (caption + credit).replace("span", "font")
    page = told_page(body=f"{STORY}<div dir='auto'>{said}</div>{link}{caption}{credit}{fonts}{STORY}")
    text = read(tmp_path / "a.html", page)[0].text
    assert "\n\n“We stay,” said Ann Lee of the watch.\n\n" in text
    assert "harbour" not in text


@pytest.mark.parametrize("paragraph", ["{}\\n\\n", "<p>{}</p>", "&lt;p&gt;{}&lt;/p&gt;", "{}<br/>"])
def test_readers_keep_the_paragraphs_of_an_article_that_a_page_tells_in_json(tmp_path: Path, paragraph: str) -> None:
    said = [
        "The bridge is closed, the council said on Monday, and will be mended.",
        "“Nobody was hurt,” said Ann Lee.",
    ] * 2
    told = f'{{{SCHEMA}, "articleBody": "{"".join(paragraph.format(one) for one in said)}"}}'
    page = f"<html><head><script type='application/ld+json'>{told}</script></head><body></body></html>"
    assert read(tmp_path / "a.html", page)[0].text.split("\n\n") == said


@pytest.mark.parametrize(
    "beginning",
    ["{}", "<b>KYIV</b> - {}", "{}<br><br>The gates <i>stay</i> open, she said.<br>", "<font size=2>{}</font>"],
)
def test_readers_keep_sentences_that_stand_bare_before_paragraphs(tmp_path: Path, beginning: str) -> None:
    bare = "The ferry came back on Sunday, said Ann Lee, who keeps watch."
    page = f"<html><body><a href='/'>Home</a><div class='text'>{beginning.format(bare)}{STORY * 3}</div></body></html>"
    [article] = read(tmp_path / "a.html", page)
    lines = article.text.split("\n\n")
    assert lines[0].endswith(bare)
    assert lines[-1] == STORY[3:-4].strip()
    assert ("The gates stay open, she said." in lines) == ("gates" in beginning)


def test_readers_keep_the_paragraphs_of_a_page_of_a_few_words(tmp_path: Path) -> None:
    said = ["The bridge is closed, the council said on Monday.", "“Nobody was hurt,” said Ann Lee, who keeps watch."]
    head = "<h1>Bridge closed</h1><time>3 May 2021</time><figure><figcaption>The bridge</figcaption></figure>"
    page = f"<html><body><article>{head}{''.join(f'<p>{one}</p>' for one in said)}</article></body></html>"
    assert read(tmp_path / "a.html", page)[0].text.split("\n\n")[-2:] == said


@pytest.mark.parametrize(
    "end",
    [
        "<cite>Ann Lee</cite>",
        "<footer>Ann Lee</footer>",
        "<footer><cite>Ann Lee</cite></footer>",
        "<br><cite>Ann Lee</cite>",
    ],
)
@pytest.mark.parametrize("more", ["", STORY])
def test_readers_part_a_block_quote_of_a_page_from_its_source(tmp_path: Path, end: str, more: str) -> None:
    said = "I have read <cite>The Harbour.</cite> We stay."
    for name, words in {"bare": said, "paragraph": f"<p>{said}</p>"}.items():
        page = f"<html><body><article><blockquote>{words}{end}</blockquote>{more}</article></body></html>"
        [article] = read(tmp_path / f"{name}.html", page)
        assert article.text.split("\n\n")[:2] == ["I have read The Harbour. We stay.", "Ann Lee"]


def test_readers_part_the_cells_of_a_page(tmp_path: Path) -> None:
    [article] = read(tmp_path / "a.html", "<table><tr><td>He left.</td><td>She stayed.</td></tr></table>")
    assert article.text == "He left.\n\nShe stayed."


@pytest.mark.parametrize(
    "frame",
    ["<div>{}</div>", "<article><p>{}</p></article>", "<p><b>{}</b></p>", "<article><p>{}</p></article>" + STORY],
)
@pytest.mark.parametrize("times", [1, 6])
def test_readers_join_the_lines_of_a_page_that_has_a_break_at_each(tmp_path: Path, frame: str, times: int) -> None:
    lines = [
        "The council of the harbour met on a Monday and", "could not agree on who should mend the old bridge,",
        "so that “nobody will cross it before the spring", "comes,” said <i>Ann Lee</i>, who keeps a boat.",
    ]  # fmt: skip
    said = [f"{number} times. " + "<br>\n".join(lines) for number in range(times)]
    place = "<p>Ann Lee<br>Old Harbour Road, where the council has its new house<br>Harbour</p>"
    [article] = read(tmp_path / "a.html", f"<html><body>{frame.format('<br><br>'.join(said))}{place}</body></html>")
    joined = " ".join(lines).replace("<i>", "").replace("</i>", "")
    assert article.text.split("\n\n")[:times] == [f"{number} times. {joined}" for number in range(times)]
    assert "Ann Lee Old" not in article.text
    [article] = read(tmp_path / "b.html", f"<p>{'<br>'.join(['Ann Lee', 'Old Harbour Road', 'keeper of a boat'] * 3)}")
    assert len(article.text.split("\n\n")) == 9


@pytest.mark.parametrize("times", [900, 200_000])
def test_readers_read_very_many_line_breaks_of_a_page_in_linear_time(tmp_path: Path, times: int) -> None:
    with Clock() as clock:
        [article] = read(tmp_path / "a.html", "<div>" + "and so the long line went on and on and on<br>" * times)
    assert clock.seconds < 10
    assert "\n" not in article.text
