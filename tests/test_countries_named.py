"""The countries that an article names."""

from __future__ import annotations

from quotestance.countries import NamedCountries, countries_in


def test_countries_in_take_the_longest_name_over_a_line_break_and_no_paragraph() -> None:
    codes = [code for _, code in countries_in("South Korean and North Korean envoys met U.S. officials in Moscow.")]
    assert codes == ["KOR", "PRK", "USA", "RUS"]
    assert [code for _, code in countries_in("South\nSudan, South\r\nKorea")] == ["SSD", "KOR"]
    assert [code for _, code in countries_in("South\n\nKorea")] == []


def test_countries_in_take_long_official_names_whole_and_no_country_from_the_names_of_regions() -> None:
    text = "The Democratic Republic of the Congo, the Democratic People's Republic of Korea and Iran"
    assert [code for _, code in countries_in(text)] == ["COD", "PRK", "IRN"]
    assert (
        countries_in("Ships of South America, Latin Americans and Us in the South China Sea and the Indian Ocean") == []
    )
    assert [code for _, code in countries_in("British Columbia and New South Wales")] == ["CAN", "AUS"]


def test_named_countries_go_by_the_name_that_the_article_uses_most() -> None:
    text = "The U.S. and Kyiv agreed. The United States sends more, the United States said; Ukrainian troops wait."
    named = NamedCountries.of(text)
    assert named.names == {"USA": "United States"}, "Ukraine is named by its capital and a demonym alone"
    assert [text[slice(*place)] for place in named.places][1] == "Kyiv"


def test_named_countries_go_without_a_possessive() -> None:
    text = "Ukraine's army met the U.S.'s envoys. Kenya’s left, and the Philippines' men."
    assert NamedCountries.of(text).names == {"UKR": "Ukraine", "USA": "U.S.", "KEN": "Kenya", "PHL": "Philippines"}
