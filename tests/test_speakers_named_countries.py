"""The countries that an article names."""

from __future__ import annotations

from quotestance.countries import countries_in
from quotestance.speakers.named_countries import NamedCountries


def test_countries_in_take_the_longest_name_and_no_line_break() -> None:
    codes = [code for _, code in countries_in("South Korean and North Korean envoys met U.S. officials in Moscow.")]
    assert codes == ["KOR", "PRK", "USA", "RUS"]
    assert [code for _, code in countries_in("South\nKorea")] == []


def test_named_countries_go_by_the_name_that_the_article_uses_most() -> None:
    text = "The U.S. and Kyiv agreed. The United States sends more, the United States said; Ukrainian troops wait."
    named = NamedCountries.of(text)
    assert named.names == {"USA": "United States"}, "Ukraine is named by its capital and a demonym alone"
    assert [text[slice(*place)] for place in named.places][1] == "Kyiv"
