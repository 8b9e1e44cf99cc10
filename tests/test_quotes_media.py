from __future__ import annotations

from collections.abc import Callable

import pytest
from clock import assert_linear
from hypothesis import example, given
from hypothesis import strategies as st

from quotestance.quotes.media import is_medium, tell_media_apart
from quotestance.text import Segments
from quotestance.types import Quote, Span

CASES = [
    (
        "The convoy will leave at dawn, the Harbour Gazette reported, citing a port official who gave no name.",
        "The convoy will leave at dawn",
        "the Harbour Gazette",
        ("a port official who gave no name", "the Harbour Gazette"),
    ),
    (
        "State television quoted an unnamed colonel as saying the bridge had been mined.",
        "the bridge had been mined",
        "State television",
        ("an unnamed colonel", "State television"),
    ),
    (
        "According to Reuters, the ship sailed at dawn, as stated by a U.S. Navy captain on condition of anonymity.",
        "the ship sailed at dawn",
        "Reuters",
        ("a U.S. Navy captain", "Reuters"),
    ),
    (
        "The port will close in May, the financial daily Tide & Anchor reported, citing two people at the ministry.",
        "The port will close in May",
        "Tide & Anchor",
        ("two people at the ministry", "Tide & Anchor"),
    ),
    (
        "According to the Sunday Herald, which cited a friend of the envoy, the visit was called off.",
        "the visit was called off",
        "the Sunday Herald",
        ("a friend of the envoy", "the Sunday Herald"),
    ),
    ("“We are ready,” a relative told Radio Halmar.", "We are ready,", "a relative", ("a relative", "Radio Halmar")),
    ("“We are ready,” a relative told Ann Lee.", "We are ready,", "a relative", ("a relative", None)),
    (
        "The Daily Courier said the mayor was citing old figures.",
        "the mayor was citing old figures",
        "The Daily Courier",
        ("The Daily Courier", None),
    ),
    (
        "In a New York Times interview Roe said the war is over, citing the will of the people.",
        "the war is over",
        "Roe",
        ("Roe", None),
    ),
    (
        "Speaking to Fox News host Ann Lee on Sunday Roe said the war is over, citing secret reports.",
        "the war is over",
        "Roe",
        ("Roe", None),
    ),
]


def relayed(text: str, *quotes: tuple[str, str]) -> tuple[str | None, str | None]:
    """Source and medium of the first of these quotes, each given by its content and its source."""

    def span(words: str) -> Span:
        return Span.of(text, text.index(words), text.index(words) + len(words))

    given = [Quote("indirect", (span(content),), source=span(source)) for content, source in quotes]
    told, *_ = tell_media_apart(text, given)
    return told.source and told.source.text, told.via and told.via.text


@pytest.mark.parametrize(("text", "content", "source", "expected"), CASES)
def test_relay_tells_medium_and_speaker_apart(
    text: str, content: str, source: str, expected: tuple[str, str | None]
) -> None:
    assert relayed(text, (content, source)) == expected


@pytest.mark.parametrize(
    "name",
    [
        "White House Press Secretary Ann Lee",
        "the Central Intelligence Agency",
        "the U.N. refugee agency",
        "Independent Sen. Ann Lee",
        "the president's press office",
    ],
)
def test_relay_takes_no_office_for_a_medium(name: str) -> None:
    assert not is_medium(name)
    text = f"The war is over, {name} said, citing satellite images."
    assert relayed(text, ("The war is over", name)) == (name, None)


@pytest.mark.parametrize(
    "name",
    [
        "Iran's Guardian Council",
        "the Haqqani network",
        "a network of activists",
        "the police station",
        "Vicente Fox",
        "Michael R. Bloomberg",
        "Mr. Fox",
        "the Euro-Med Human Rights Monitor",
        "NGO Monitor",
        "the Press Council of Arden",
        "the National Press Club",
        "the army's Press Centre",
        "the Afghanistan Independent Human Rights Commission",
        "the Commonwealth of Independent States",
        "the Reuters Institute",
        "Standard & Poor's",
        "News\nCorp",
        "Mirror Group",
        "the Post Office",
        "a crowd on Times Square",
        "the U.S. Agency for International Development",
        "a U.N. agency",
        "the ministry's daily briefing",
        "a policy paper",
    ],
)
def test_relay_takes_no_body_or_person_for_a_medium(name: str) -> None:
    assert not is_medium(name)
    assert relayed(f"The war is over, Roe said, citing {name}.", ("The war is over", "Roe")) == ("Roe", None)
    text = f"The war is over, {name} said, citing Ann Lee."
    assert relayed(text, ("The war is over", name)) == (name, None)


@pytest.mark.parametrize(
    "name",
    [
        "the Guardian",
        "the Guardian newspaper",
        "the Al Jazeera network",
        "the network",
        "Fox News",
        "Fox",
        "Rupert Vale's Fox",
        "Bloomberg",
        "the Kyiv Post",
        "the Kyiv Independent",
        "Ms. magazine",
        "the Associated Press bureau in the West Bank",
        "a TV station",
        "the Christian Science Monitor",
        "Radio Liberty",
        "the Arden Times Union",
        "the Press Association",
        "the Thomson Reuters Foundation",
        "the BBC World Service",
        "the Communist Party newspaper",
        "the newspaper of the ruling Party",
        "Press Trust of India",
        "a Telegram channel",
    ],
)
def test_relay_keeps_media_whose_names_are_like_those_of_bodies(name: str) -> None:
    text = f"The war is over, {name} said, citing Ann Lee."
    assert relayed(text, ("The war is over", name)) == ("Ann Lee", name)


@pytest.mark.parametrize(
    "name", ["Anadolu Agency", "the state news agency", "Korean Central News Agency", "the state agency Belta"]
)
def test_relay_takes_a_news_agency_for_a_medium(name: str) -> None:
    assert is_medium(name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CNN reported, citing Ann Lee, that talks failed, and Reuters said the war is over.", ("Reuters", None)),
        ("Reuters said the war is over, and CNN, citing Ann Lee, said talks failed.", ("Reuters", None)),
        (
            "Reuters, citing Bo Roe, said the war is over, and CNN, citing Ann Lee, said talks failed.",
            ("Bo Roe", "Reuters"),
        ),
    ],
)
def test_relay_gives_every_medium_the_source_that_it_cites(text: str, expected: tuple[str, str | None]) -> None:
    assert relayed(text, ("the war is over", "Reuters"), ("talks failed", "CNN")) == expected


@pytest.mark.parametrize(
    ("rest", "medium"),
    [
        ("told Reuters on Monday", "Reuters"),
        ("told Reuters in an interview on Monday", "Reuters"),
        ("told Reuters Monday", "Reuters"),
        ("told Reuters after the Bild newspaper said so", "Reuters"),
        ("told the Sunday Times on Monday", "the Sunday Times"),
        ("told the TASS news agency on Friday", "the TASS news agency"),
        ("said in an interview with CBS News on Sunday", "CBS News"),
    ],
)
def test_relay_a_name_of_a_medium_ends_where_the_sentence_goes_on(rest: str, medium: str) -> None:
    assert relayed(f"“We are ready,” Roe {rest}.", ("We are ready,", "Roe")) == ("Roe", medium)


@given(st.text(st.sampled_from('ab told citing quoted as saying Reuters,.\n"“”'), min_size=2, max_size=300))
@example("\n\n")
@example(" \n")
def test_relay_accepts_any_text(text: str) -> None:
    quote = Quote("indirect", (Span.of(text, 0, 1),), source=Span.of(text, 1, 2))
    assert len(tell_media_apart(text, [quote])) == 1


def test_relay_takes_linear_time() -> None:
    def telling(size: int) -> Callable[[], object]:
        text = "Reuters said so, citing " + "a b c d e f " * size
        quote = Quote("indirect", (Span.of(text, 8, 12),), source=Span.of(text, 0, 7))
        return lambda: tell_media_apart(text, [quote])

    assert_linear(telling, 10_000, 40_000, most=3, slack=0.05)


@pytest.mark.parametrize(
    "piece",
    [
        "Reuters told Ann Lee and she told Bob ",
        "Reuters was citing a b ",
        "told " + "x" * 995,
        "Reuters" + " " * 993,
        "quoted and cited as ",
        "the of for ",
    ],
)
def test_relay_takes_linear_time_for_many_quotes_in_one_unbroken_sentence(piece: str) -> None:
    def telling(size: int) -> Callable[[], object]:
        text = "Reuters " + piece * (size // len(piece))
        places = range(0, len(text) - 20, 2_000)
        quotes = [Quote("indirect", (Span.of(text, p, p + 2),), source=Span.of(text, p + 8, p + 15)) for p in places]
        segments = Segments.of(text)
        return lambda: tell_media_apart(text, quotes, segments)

    assert_linear(telling, 50_000, 200_000, most=3, slack=0.1)


def test_relay_does_not_cut_a_name_where_its_search_ends() -> None:
    text = (
        "Reuters said the ship sailed, "
        + "x " * 475
        + "citing an unnamed colonel of the northern army "
        + "y" * 200
        + "."
    )
    quote = Quote("indirect", (Span.of(text, 13, 28),), source=Span.of(text, 0, 7))
    assert tell_media_apart(text, [quote]) == [quote]


@pytest.mark.parametrize("end", ["told .", "told ., by phone.", "said in an interview with .", "said, speaking to ."])
def test_relay_takes_a_bare_full_stop_for_no_medium(end: str) -> None:
    text = f"We will stay, the mayor {end}"  # as where the link with the name was lost from a page
    quote = Quote("indirect", (Span.of(text, 0, 12),), source=Span.of(text, 14, 23))
    assert tell_media_apart(text, [quote]) == [quote]
