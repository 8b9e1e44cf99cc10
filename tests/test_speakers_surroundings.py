"""Countries by what the article is about."""

from __future__ import annotations

from dataclasses import fields

from quotestance.speakers.completion import complete
from quotestance.speakers.countries import countries_in
from quotestance.speakers.notes import Decoding
from quotestance.speakers.surroundings import Surroundings
from quotestance.types import Article, Quote, Span, Speaker

TEXT = (
    "Burkina Faso buried its dead. Burkinabe troops searched the north of Burkina Faso. The capital of Burkina "
    "Faso was quiet, and Burkina Faso closed its schools. President Idrissa Sana said the attackers would be found. "
    "An analyst at the Institute for Peace said they would not."
)


def country_of(speaker: Speaker, source: str) -> Speaker:
    start = TEXT.index(source)
    span = Span.of(TEXT, start, start + len(source))
    article = Article(TEXT, quotes=(Quote("indirect", (Span.of(TEXT, 0, 1),), source=span, speaker=speaker),))
    found = complete(article, Surroundings.of(TEXT)).quotes[0].speaker
    assert found is not None
    return found


def test_surroundings_an_office_holder_is_of_the_state_that_the_article_is_about() -> None:
    found = country_of(Speaker("Idrissa Sana", "person", role="President"), "President Idrissa Sana")
    assert found.country == "BFA"
    assert found.evidence["country"].text == "Burkina Faso"


def test_surroundings_an_analyst_need_not_be() -> None:
    assert country_of(Speaker(None, "unnamed", role="analyst", description="An analyst"), "An analyst").country is None


def test_surroundings_a_country_that_was_told_stays() -> None:
    assert country_of(Speaker("Idrissa Sana", "person", "President", country="MLI"), "President").country == "MLI"


def test_surroundings_without_a_country_tell_none() -> None:
    assert Surroundings.of("Nothing happened.").country("president", 3, 0.0, [1.0] * 7) is None


def test_countries_in_take_the_longest_name_and_no_line_break() -> None:
    codes = [code for _, code in countries_in("South Korean and North Korean envoys met U.S. officials in Moscow.")]
    assert codes == ["KOR", "PRK", "USA", "RUS"]
    assert [code for _, code in countries_in("South\nKorea")] == []


def test_decoding_comes_back_from_a_checkpoint() -> None:
    decoding = Decoding(**{one.name: number / 10 for number, one in enumerate(fields(Decoding))})
    assert Decoding.of({**decoding.to_settings(), "quoted": 0.5}) == decoding
    assert Decoding.of({}) == Decoding()
