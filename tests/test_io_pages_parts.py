"""Of a web page what is its article is read, and what stands beside it is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from clock import Clock
from pages import DAY, STORY, read, told_page


def test_readers_take_a_live_blog_for_one_article_and_not_for_its_first_update(tmp_path: Path) -> None:
    update = '{"@type": "BlogPosting", "headline": "Talks tomorrow", "datePublished": "2023-01-02T18:01:00Z"}'
    live = f'"@type": "LiveBlogPosting", "headline": "Truce, live", "liveBlogUpdate": [{update}], {DAY}'
    [article] = read(tmp_path / "a.html", told_page(f'{{"@context": "https://schema.org", {live}}}'))
    assert (article.title, article.published) == ("Truce, live", "2023-01-01")


LIVE = f'{{"@context": "https://schema.org", "@type": "LiveBlogPosting", "headline": "Truce, live", {DAY}}}'


UPDATE = "<article class='update'><h3>{0} leaves the harbour</h3><time>18:0{0}</time>{1}</article>"


@pytest.mark.parametrize(
    ("frame", "update"),
    [
        ("<main><article>{lead}</article><div>{updates}</div>{card}</main>", "{}"),
        ("<main>{lead}<ol>{updates}</ol></main>{card}", "<li>{}</li>"),
        ("<main><div>{lead}</div>{updates}{card}</main>", "<div id='u' class='promo'>{}</div>"),
        ("<article>{lead}{updates}</article>{card}", "{}"),
    ],
    ids=["beside the lead", "list", "in boxes", "inside"],
)
@pytest.mark.parametrize("times", [1, 9])
def test_readers_read_every_update_of_a_live_blog_with_its_heading(
    tmp_path: Path, frame: str, update: str, times: int
) -> None:
    said = [[f"{STORY[3:-4]}{number} left, {nth} stayed." for nth in range(times)] for number in range(4)]
    told = [UPDATE.format(number, "".join(f"<p>{one}</p>" for one in words)) for number, words in enumerate(said)]
    card = "<article><a href='/x'><h3>Boats come back to the harbour</h3></a></article>"
    body = frame.format(lead="<p>The truce holds.</p>", updates="".join(map(update.format, told)), card=card)
    page = f"<html><head><script type='application/ld+json'>{LIVE}</script></head><body>{body}</body></html>"
    text = read(tmp_path / "a.html", page)[0].text
    expected = [[f"{number} leaves the harbour", *words] for number, words in enumerate(said)]
    assert text.split("\n\n") == ["The truce holds.", *(words for one in expected for words in one)]


@pytest.mark.parametrize(
    "frame", ["<main>{}<section>{}</section></main>", "<div>{}</div><div>{}</div>", "<main>{}{}</main>"]
)
def test_readers_leave_cards_of_other_articles_out_of_a_live_blog(tmp_path: Path, frame: str) -> None:
    updates = "".join(UPDATE.format(number, f"{STORY}<p>{number} stayed.</p>") for number in range(3))
    own = "<article class='update'><h3><a href='/3'>It rains</a></h3><p>They wait.</p></article>"
    summary = "<p>They come back from the sea, said a minister who keeps watch at the harbour.</p>"
    card = f"<article class='card'><a href='/x'><h3>Boats come back to the harbour</h3></a>{summary}</article>"
    body = frame.format(updates + own, card * 3)
    page = f"<html><head><script type='application/ld+json'>{LIVE}</script></head><body>{body}</body></html>"
    text = read(tmp_path / "a.html", page)[0].text
    assert "come back" not in text
    assert text.count(" stayed.") == 3
    assert text.endswith("It rains\n\nThey wait.")


@pytest.mark.parametrize("frame", ["<div>{}</div><div>{}</div>", "{}{}"])
def test_readers_leave_the_index_of_its_updates_out_of_a_live_blog(tmp_path: Path, frame: str) -> None:
    links = "<li><time>18:01</time> <a href='/live#u1'>Boats come back</a></li><li><a href='#u2'>They left</a></li>"
    index = f"<div><h2>Key events</h2><ul>{links}</ul></div>"
    updates = "".join(UPDATE.format(number, f"{STORY}<p>{number} stayed.</p>") for number in range(3))
    own = "<div><h2>Key moments</h2><ul><li>It rains, said <a href='#u3'>Ann Lee</a>.</li></ul></div>"
    body = f"<main>{frame.format(index + own, updates)}</main>"
    page = f"<html><head><script type='application/ld+json'>{LIVE}</script></head><body>{body}</body></html>"
    text = read(tmp_path / "a.html", page)[0].text
    assert not any(words in text for words in ("Key events", "come back", "They left"))
    assert text.startswith("Key moments\n\n- It rains, said Ann Lee.\n\n0 leaves the harbour")
    assert text.count(" stayed.") == 3


@pytest.mark.parametrize(
    "mark", ["class='article-body'", "class='text-content'", "itemprop='articleBody'", "class='story'", "class='post'"]
)
@pytest.mark.parametrize("tag", ["div", "section"])
def test_readers_read_every_part_of_a_body_that_an_advertisement_parts(tmp_path: Path, mark: str, tag: str) -> None:
    said = [f"{STORY[3:-4].strip()} {number} left." for number in range(8)]
    parts = [f"<{tag} {mark}><p>{said[at]}</p><p>{said[at + 1]}</p></{tag}>" for at in (0, 2, 6)]
    between = f"<div class='ad'></div><h2>At night</h2><p>{said[4]}</p><blockquote><p>{said[5]}</p></blockquote>"
    cards = f"<div class='card'><a href='/x'><h3>Boats come back</h3></a><p>{STORY[3:-4]}</p></div>" * 3
    comments = f"<div class='comment'><p>{STORY[3:-4]}</p></div>" * 3
    body = f"<h1>Boats</h1>{parts[0]}{parts[1]}{between}{parts[2]}<div>{cards}</div>{comments}"
    text = read(tmp_path / "a.html", f"<html><body><main>{body}</main></body></html>")[0].text
    assert text.split("\n\n") == [*said[:4], "At night", *said[4:]]


def test_readers_read_no_cards_of_other_articles_beside_an_article(tmp_path: Path) -> None:
    card = f"<div class='post'><h3><a href='/x'>Boats come back</a></h3><p>{STORY[3:-4]} They came back.</p></div>"
    page = f"<html><body><main><div class='post'>{STORY * 4}</div>{card * 3}</main></body></html>"
    assert "back" not in read(tmp_path / "a.html", page)[0].text


def test_readers_read_very_many_parts_of_a_body_in_linear_time(tmp_path: Path) -> None:
    part = f"<div class='post'>{STORY}<p>The harbour is quiet.</p></div>"
    with Clock() as clock:
        assert "harbour" in read(tmp_path / "a.html", f"<main>{part * 9_000}</main>")[0].text
    assert clock.seconds < 20


@pytest.mark.parametrize(
    "quote",
    [
        '<p class="pullquote">“We like it quiet here”</p>',
        '<div class="article-pull-quote"><p>We like it quiet here</p><cite>Ann Lee</cite></div>',
        '<blockquote class="pull_quote"><p>“We like it quiet here,”</p><p>Ann Lee</p></blockquote>',
    ],
)
def test_readers_leave_out_a_pull_quote_that_the_text_has(tmp_path: Path, quote: str) -> None:
    said = "<p>“We like it quiet here,” said Ann Lee, who keeps watch.</p>"
    [article] = read(tmp_path / "a.html", told_page(body=said + quote))
    assert article.text.count("like it quiet") == 1
    [article] = read(tmp_path / "b.html", told_page(body=f"<p>Ann Lee keeps watch.</p>{quote * 2}"))
    assert "like it quiet" in article.text  # it says so nowhere else


@pytest.mark.parametrize(
    "box",
    [
        "<p>Subscribe to read on</p>",
        "<p>Subscribe to read on<br> <br></p>",
        "<p><br>Sign up for<br>our <b>newsletter</b></p>",
        "<div>Sign Up For<br>The Harbour Newsletter</div>",
        "<div class='box'><p>Sign up to continue reading.</p></div>",
        "<div><h3>Subscribe to continue reading</h3><p>Two pounds a month for a year.</p><a>Subscribe now</a></div>",
        "<div><p>This article is for subscribers only.</p><p>Already a subscriber? <a href='/l'>Log in</a></p></div>",
        "<p>Sign up for our daily newsletter to hear of the harbour first.</p>",
        "<div><p>Advertisement</p></div>",
        "<div><a href='#skip'>skip past newsletter promotion</a><p>Sign up to our newsletter</p></div>",
        "<p>Story continues below advertisement</p>",
        "<p><b>READ MORE:</b> <a href='/x'>Boats come back to the harbour</a></p>",
        "<p><a href='/x'>Read also: Boats come back to the harbour</a></p>",
        "<p>Related: <a href='/x'>Boats come back to the harbour</a></p>",
        "<p><strong>READ:</strong> <a href='/x'>Boats come back to the harbour</a></p>",
        "<p>ALSO READ | <a href='/x'>Boats come back to the harbour</a></p>",
        "<p>Read more - <a href='/x'>Boats come back to the harbour</a></p>",
        "<p><a href='/x'>Watch: Boats come back to the harbour</a></p>",
        "<p>Story continues below</p>",
        "<div><button>Copy the link</button></div>",
        "<p hidden>The harbour opens at six.</p>",
        "<div style='color: red; display: none'><p>The harbour opens at six.</p></div>",
        "<p class='sr-only'>Picture of a harbour in the morning.</p>",
        "<template><p>The harbour opens at six.</p></template>",
        "<amp-ad><p>Buy a boat at the harbour now.</p></amp-ad>",
    ],
)
@pytest.mark.parametrize("more", ["", STORY])
def test_readers_leave_out_furniture_inside_the_article_of_a_page(tmp_path: Path, box: str, more: str) -> None:
    said = [
        "Subscribers asked Ann Lee, who keeps watch, to sign up.",
        "Sign up for the harbour newsletter was what she told them.",
        "Read more books, she said: “Subscribe now.”",
    ]
    first, second, last = (f"<p>{one}</p>" for one in said)
    [article] = read(
        tmp_path / "a.html", f"<html><body><article>{first}{second}{box}{last}{more}</article></body></html>"
    )
    assert article.text.split("\n\n") == [*said, *([more[3:-4].strip()] if more else [])]


@pytest.mark.parametrize(
    "said", ["Related: <a href='/x'>the talks</a> came late.", "Watch: said <a href='/x'>Ann Lee</a>, he comes."]
)
def test_readers_keep_a_sentence_of_a_page_with_a_link_that_begins_as_a_label(tmp_path: Path, said: str) -> None:
    page = f"<html><body><article>{STORY}<p>{said}</p>{STORY}</article></body></html>"
    assert said.replace("<a href='/x'>", "").replace("</a>", "") in read(tmp_path / "a.html", page)[0].text


@pytest.mark.parametrize("line", ["Subscribe now", "Sign up for our newsletter", "Advertisement"])
def test_readers_keep_a_sentence_of_a_page_on_a_line_after_an_invitation(tmp_path: Path, line: str) -> None:
    page = f"<html><body><article>{STORY}<p>{line}<br>On Monday Ann Lee left.</p>{STORY}</article></body></html>"
    assert "On Monday Ann Lee left." in read(tmp_path / "a.html", page)[0].text


@pytest.mark.parametrize(
    "line", ["<p>Subscribe now</p>", "<h3>Join us</h3>", "<p>Sign up for our daily newsletter.</p>"]
)
@pytest.mark.parametrize("more", ["", STORY])
def test_readers_leave_out_an_invitation_above_an_article_and_no_more(tmp_path: Path, line: str, more: str) -> None:
    said = ["“We stay,” said Ann Lee, who keeps watch at the harbour.", "Nobody has asked her to leave, she said."]
    box = f"<div>{line}{''.join(f'<p>{one}</p>' for one in said)}</div>"
    menu = "<ul>" + "<li><a href='/x'>News of the harbour and the river</a></li>" * 30 + "</ul>"
    [article] = read(tmp_path / "a.html", f"<html><body>{menu}<article>{box}{more}</article></body></html>")
    told = [one for one in article.text.split("\n\n") if "News of" not in one]
    assert told == [*said, *([more[3:-4].strip()] if more else [])]


@pytest.mark.parametrize("more", ["", STORY])
def test_readers_leave_out_the_buttons_of_a_page_but_for_those_in_a_sentence(tmp_path: Path, more: str) -> None:
    said = "<p>The <button title='of war'>minister</button> said no.</p><p>He left. <button>Listen</button></p>"
    [article] = read(tmp_path / "a.html", f"<html><body><article>{said}{more}</article></body></html>")
    assert article.text.split("\n\n")[:2] == ["The minister said no.", "He left."]
    assert read(tmp_path / "b.html", f"{said}<button>Share</button>")[0].text == "The minister said no.\n\nHe left."


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("<p>The [harbour watch], a body of nine, said no.</p>", "The harbour watch, a body of nine, said no."),
        ("<p>The [watch]’s head said no to the [council].</p>", "The watch’s head said no to the council."),
        ("<p>So said the head of [the watch] Ann Lee.</p>", "So said the head of the watch Ann Lee."),
        ("<p>The <b>old</b> [watch] went.</p>", "The old watch went."),
        ("<p>The old <i>[watch]</i> body went.</p>", "The old watch body went."),
        ("<p>The [harbour] [watch] went.</p>", "The harbour watch went."),
        ("<p>They left. [Watchmen] of the harbour went.</p>", "They left. Watchmen of the harbour went."),
        ("<h3>[<b>Why did they go?</b>]</h3><p>Nobody knows that.</p>", "Why did they go?"),
        ("<p>They left. [Listen] [Share]</p>", "They left."),
        ("<p>They left. [Listen] Nobody stayed.</p>", "They left. Nobody stayed."),
        ("<h3>Boats leave [Share]</h3><p>Nobody knows why.</p>", "Boats leave"),
    ],
)
@pytest.mark.parametrize("more", ["", STORY])
def test_readers_tell_a_button_of_a_sentence_from_others(tmp_path: Path, said: str, expected: str, more: str) -> None:
    body = said.replace("[", "<button>").replace("]", "</button>")
    page = f"<html><body><article><p>Ann Lee keeps watch.</p>{body}{more}</article></body></html>"
    assert read(tmp_path / "a.html", page)[0].text.split("\n\n")[1] == expected


def test_readers_read_many_buttons_of_a_page_in_linear_time(tmp_path: Path) -> None:
    with Clock() as clock:
        assert "a b c" in read(tmp_path / "a.html", "<p>" + "a <button>b</button> c " * 50_000)[0].text
    assert clock.seconds < 5


@pytest.mark.parametrize("more", ["", STORY])
def test_readers_leave_out_what_points_at_notes_and_keep_exponents(tmp_path: Path, more: str) -> None:
    notes = "<sup><a href='#n1'>1</a></sup>", "<sup>[2]</sup>", "<sup>[citation needed]</sup>"
    said = "<p>They left{}, said Ann Lee{} on the 5<sup>th</sup>. It has 3 km<sup>2</sup>.</p>".format(*notes[:2])
    heading = "<h2>The harbour <span class='mw-editsection'>[<a href='/e'>edit</a>]</span></h2>"
    page = f"<html><body><article>{said}{heading}<p>“We stay,” she said.{notes[2]}</p>{more}</article></body></html>"
    [article] = read(tmp_path / "a.html", page)
    told = ["They left, said Ann Lee on the 5th. It has 3 km2.", "The harbour", "“We stay,” she said."]
    assert article.text.split("\n\n")[:3] == told


@pytest.mark.parametrize("more", ["", STORY])
def test_readers_leave_out_what_points_at_notes_in_a_page_that_a_program_saved(tmp_path: Path, more: str) -> None:
    browser = "<sup><a href='https://news.example/harbour#fn1'>1</a></sup>"
    word = "<a href='#_ftn2'><span class='MsoFootnoteReference'>[2]</span></a>"
    said = f"<p>“We stay.”{browser} So said Ann Lee.{word} “We has<sup>[sic]</sup> time.”</p>"
    [article] = read(tmp_path / "a.html", f"<html><body><article>{said}{more}</article></body></html>")
    assert article.text.split("\n\n")[0] == "“We stay.” So said Ann Lee. “We has[sic] time.”"


@pytest.mark.parametrize("tag", ["del", "s", "strike"])
@pytest.mark.parametrize("more", ["", STORY])
def test_readers_leave_out_struck_words_of_a_page(tmp_path: Path, tag: str, more: str) -> None:
    said = f"<p>The <{tag}>head</{tag}> watch of the harbour said <b>no</b>.</p>"
    [article] = read(tmp_path / "a.html", f"<html><body><article>{said}{more}</article></body></html>")
    assert article.text.split("\n\n")[0] == "The watch of the harbour said no."
    page = f"<html><body><article><p>Ann Lee left.</p><{tag}>{STORY}{STORY}</article></body></html>"  # it is not closed
    assert STORY[3:-4].strip() in read(tmp_path / "b.html", page)[0].text


def test_readers_keep_an_article_and_a_date_that_a_page_hides(tmp_path: Path) -> None:
    dated = "<p style='display:none'>Published <time datetime='2024-05-03'>3 May 2024</time></p>"
    for hidden in ("hidden", "style='display:none'"):
        [article] = read(tmp_path / "a.html", f"<html><body><article {hidden}>{STORY}{dated}</article></body></html>")
        assert STORY[3:-4].strip() in article.text
        assert article.published == "2024-05-03"


@pytest.mark.parametrize(
    ("first", "more"),
    [
        ("<p style='opacity:0;display:none'>{}</p>", "<p style='opacity:0;display:none'>{}</p>"),
        ("<h3>{}</h3>", "<div hidden><p>{}</p></div>"),
        ("<p>{}</p>", "<p hidden>{}</p>"),
    ],
    ids=["all", "answers", "all but the first"],
)
def test_readers_keep_an_article_that_a_page_hides_piece_by_piece(tmp_path: Path, first: str, more: str) -> None:
    said = [f"Boat {number} left the harbour on Monday, said Ann Lee, who keeps watch." for number in range(9)]
    body = first.format(said[0]) + "".join(more.format(one) for one in said[1:])
    [article] = read(tmp_path / "a.html", f"<html><body><article>{body}</article></body></html>")
    assert article.text.split("\n\n") == said
