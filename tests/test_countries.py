"""Names, demonyms, seats and states to country codes."""

from collections.abc import Callable

import pytest
from clock import assert_linear
from hypothesis import given
from hypothesis import strategies as st
from iso3166 import countries

from quotestance.countries import (
    countries_in,
    country_code,
    country_in,
    country_of,
    demonym_code,
    listed_bodies,
    listed_name,
    party_tag,
    seat_code,
    state_code,
    state_name,
    told_code,
)
from quotestance.text import read_lexicon

NOT_LISTED = """ABW AIA ALA ATA ATF BES BLM BMU BVT CCK COK CXR CYM FRO GGY GIB GLP GUF GUM HMD IMN IOT JEY MAF
MNP MSR MTQ MYT NCL NFK NIU PCN PYF REU SGS SHN SJM SPM SXM TCA TKL UMI WLF"""
"""Territories that go by their official names alone."""


@pytest.mark.parametrize(
    ("phrase", "code"),
    [
        ("Ukrainian President", "UKR"),
        ("foreign minister of France", "FRA"),
        ("spokesperson for the Chinese embassy in Washington", "CHN"),
        ("the U.S. State Department", "USA"),
        ("North Korean leader", "PRK"),
        ("South Korea's Defence Ministry", "KOR"),
        ("Democratic Republic of the Congo", "COD"),
        ("senator (R-Ohio)", "USA"),
        ("Florida governor", "USA"),
        ("Georgia governor", None),
        ("Georgian president", "GEO"),
        ("U.S.-China Dialogue", None),
        ("think tank in Moscow", None),
        ("Islamic Republic of Pakistan", "PAK"),
        ("Turkish Cypriot leader", "CYP"),
        ("Northern Irish party", "GBR"),
        ("Bosnian Serb general", "BIH"),
        ("Latin American analyst", None),
        ("Organization of American States", None),
        ("Indian Ocean fleet of France", "FRA"),
        ("New South Wales premier", "AUS"),
        ("Niger Delta militants", "NGA"),
        ("Equatorial Guinean army", "GNQ"),
        ("the Congo Republic", "COG"),
        ("eastern Congo governor", "COD"),
        ("Us Weekly editor", None),
        ("a lawyer", None),
        ("", None),
    ],
)
def test_countries_of_a_phrase(phrase: str, code: str | None) -> None:
    assert country_in(phrase) == code


def test_countries_each_kind_of_name_apart() -> None:
    assert (country_code("Russia"), demonym_code("Russians"), seat_code("the Kremlin")) == ("RUS", "RUS", "RUS")
    assert (country_code("Russian"), demonym_code("Russia"), seat_code("Russia")) == (None, None, None)
    assert (state_name("Fla."), state_name("Texan"), state_name("Bavaria")) == ("Florida", "Texas", None)


@pytest.mark.parametrize(
    ("cell", "code"),
    [("usa", "USA"), ("US", "USA"), ("U.S.", "USA"), ("UK", "GBR"), ("the Netherlands", "NLD"), ("xkx", "XKX")]
    + [(cell, cell) for cell in ("NA", "Us", "no", "n/a", "Russia; Ukraine", "Russian", "Arden")],
)
def test_countries_a_cell_tells_one_by_code_or_name_or_stays_as_it_is(cell: str, code: str) -> None:
    assert told_code(cell) == code


def test_countries_table_holds_only_official_codes() -> None:
    codes = {row.split("\t")[0] for row in read_lexicon("demonyms.tsv")}
    assert codes - {country.alpha3 for country in countries} <= {"XKX"}


def test_countries_every_listed_name_demonym_and_seat_stands_for_one_country() -> None:
    for entry in read_lexicon("demonyms.tsv"):
        code, *cells = entry.split("\t")
        for words in filter(None, "|".join(cells).split("|")):
            assert words == "Georgia" or state_code(words) == code, words


@pytest.mark.parametrize("code", [country.alpha3 for country in countries if country.alpha3 not in NOT_LISTED])
def test_countries_every_state_has_a_short_name(code: str) -> None:
    assert code in {row.split("\t")[0] for row in read_lexicon("demonyms.tsv")}


def test_countries_a_listed_body_is_of_its_own_state_whatever_its_name_holds() -> None:
    assert (country_of("Taiwan Affairs Office"), country_of("Malacañang")) == ("CHN", "PHL")
    assert listed_name("U.S. Senate") == listed_name("US Senate") == "Senate"


def test_countries_a_name_of_two_bodies_tells_the_state_of_the_better_known_or_none() -> None:
    assert (country_of("Congress"), country_of("Congress party"), country_of("AFP")) == ("USA", "IND", None)


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("the Pentagon", "Department of Defense"),
        ("Defense Department", "Department of Defense"),
        ("UN", "United Nations"),
        ("Islamic State group", "Islamic State"),
        ("Congress Party", "Indian National Congress"),
        ("Congress", None),
        ("AFP", None),
        ("Rivers Board", None),
    ],
)
def test_countries_the_names_of_a_listed_body_have_one_that_stands_for_all(name: str, listed: str | None) -> None:
    assert listed_name(name) == listed


@pytest.mark.parametrize(
    ("tag", "state"), [("(R-Ohio)", "Ohio"), ("(D-N.Y.)", "N.Y."), ("(R-Mars)", None), ("(45)", None)]
)
def test_countries_party_tag(tag: str, state: str | None) -> None:
    assert party_tag(tag) == state


@pytest.mark.parametrize("blank", [" ", "  ", "\n", "\r\n", "\u00a0", "\u202f"])
def test_countries_in_a_text_are_named_whatever_blank_stands_inside(blank: str) -> None:
    text = f"Of New{blank}Jersey and Saudi{blank}Arabia."
    named = [(text[slice(*place)], code) for place, code in countries_in(text)]
    assert named == [(f"New{blank}Jersey", "USA"), (f"Saudi{blank}Arabia", "SAU")]
    assert countries_in("It is new. New\r\n\r\nYork") == [], "a paragraph does not end inside a name"


@given(st.text(max_size=80))
def test_countries_any_text_gives_a_code_or_none(phrase: str) -> None:
    code = country_in(phrase)
    assert code is None or (len(code) == 3 and code.isupper())


def test_country_in_takes_linear_time() -> None:
    def looking(size: int) -> Callable[[], None]:
        phrase = "A" * size + " Arden" * 20

        def look() -> None:
            assert country_in(phrase) is None

        return look

    assert_linear(looking, 1_000, 4_000, most=3, slack=0.1)


@pytest.mark.parametrize(
    "name",
    [
        "Ministry of Defence",
        "the MoD",
        "Supreme Court",
        "Senate",
        "House of Representatives",
        "Joint Chiefs of Staff",
        "Prime Minister's Office",
        "Foreign Office",
        "Democratic Party",
        "Department of Foreign Affairs",
        "Main Intelligence Directorate",
    ],
)
def test_countries_a_name_that_several_states_have_for_a_body_tells_none(name: str) -> None:
    assert country_of(name) is None


def test_countries_a_state_beside_a_name_that_several_have_tells() -> None:
    assert (country_of("U.S. Senate"), country_of("British Ministry of Defence")) == ("USA", "GBR")


def test_countries_every_stateless_name_is_one_of_a_listed_body() -> None:
    listed = {form for _, _, forms in listed_bodies() for form in forms} | {
        entry.split("\t")[0] for entry in read_lexicon("organizations.tsv")
    }
    assert set(read_lexicon("stateless_names.txt")) <= listed


@pytest.mark.parametrize("name", ["Hamas", "Taliban", "TTP", "FARC", "ELN", "RSF", "Rapid Support Forces", "Wagner"])
def test_countries_an_armed_group_is_of_no_state_by_its_name_alone(name: str) -> None:
    assert country_of(name) is None


def test_countries_a_country_in_the_name_of_an_armed_group_tells() -> None:
    assert (country_of("Pakistani Taliban"), country_of("Revolutionary Armed Forces of Colombia")) == ("PAK", "COL")


def test_countries_one_name_of_two_bodies_of_two_states_tells_none() -> None:
    assert (country_of("PTI"), listed_name("PTI"), country_of("Press Trust of India")) == (None, None, "IND")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("the Syrian Observatory for Human Rights", None),
        ("Islamic State of Iraq and the Levant", None),
        ("Islamic State of Iraq and Syria", None),
        ("U.S.-led coalition", None),
        ("U.S.-backed fighters", None),
        ("U.S.-based group", "USA"),
        ("Cuban American lawmaker", None),
        ("United Nations Mission in South Sudan", None),
        ("U.N. agency for Palestinian refugees", None),
        ("EU ambassador to Ukraine", None),
        ("UN ambassador from France", "FRA"),
        ("UNICEF in Sudan", None),
        ("the ICRC delegate for Yemen", None),
        ("World Food Programme director in Chad", None),
        ("the E.U. mission to Niger", None),
        ("U.N. in Mali", None),
        ("WHO in Geneva", None),
        ("Kosovo Force", None),
        ("Economic Community of Central African States", None),
        ("Al Jazeera English", None),
        ("New York Times", None),
        ("Washington Post", None),
        ("South China Morning Post", "HKG"),
        ("American University of Beirut", "LBN"),
        ("Bureau of Indian Affairs", "USA"),
        ("Gaza health ministry", "PSE"),
        ("U.S officials", "USA"),
        ("Falkland Islands government", "FLK"),
        ("Turkmen fighters", None),
        ("a Turkmen Front lawmaker", None),
        ("the Iraqi Turkmen Front", "IRQ"),
        ("Turkmen militia in Iraq", "IRQ"),
        ("the Turkmen foreign ministry", "TKM"),
        ("the Turkmen president", "TKM"),
    ],
)
def test_countries_names_that_hold_a_country_that_they_are_not_of(name: str, code: str | None) -> None:
    assert country_of(name) == code
