from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from clock import assert_linear

from quotestance.speakers.entities import Entities, gather
from quotestance.speakers.entity import Entity
from quotestance.speakers.notes import Noted, Notes
from quotestance.speakers.pointings import Pointing
from quotestance.speakers.resolve import resolve_speakers
from quotestance.types import Article, Quote, Span

NOWHERE = Pointing({}, 1.0)
SIDES = ("Russian", "Ukrainian")


def noted(text: str, *names: tuple[str, str]) -> list[Noted]:
    """Names in the order of the text: the words and the kind of each occurrence."""
    found = [
        Noted(match.span(), kind, 0.9, NOWHERE)
        for words, kind in dict.fromkeys(names)
        for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text)
    ]
    longest = [one for one in found if not any(_inside(one, other) for other in found)]
    return sorted(longest, key=lambda one: one.extent)


def _inside(one: Noted, other: Noted) -> bool:
    return one is not other and other.extent[0] <= one.extent[0] and one.extent[1] <= other.extent[1]


def forms(entities: Entities) -> dict[str, set[str]]:
    return {one.name: set(one.forms) for one in entities.everyone}


def test_entities_join_a_surname_and_an_initial_with_the_full_name() -> None:
    text = "Victor Hahn spoke. Hahn left. V. Hahn wrote to Ann Roe, and Roe to Hahn."
    names = noted(text, *((name, "person") for name in ("Victor Hahn", "V. Hahn", "Hahn", "Ann Roe", "Roe")))
    assert forms(gather(text, names)) == {
        "Victor Hahn": {"Victor Hahn", "Hahn", "V. Hahn"},
        "Ann Roe": {"Ann Roe", "Roe"},
    }


def test_entities_a_name_is_one_with_and_without_what_nobody_sees() -> None:
    text = "Olena Hurs\u00adka spoke. Hurska left. Olena\u200b Hurska wrote."
    names = noted(text, *((name, "person") for name in ("Olena Hurs\u00adka", "Hurska", "Olena\u200b Hurska")))
    assert forms(gather(text, names)) == {"Olena Hurska": {"Olena Hurska", "Hurska"}}


def test_entities_two_people_of_one_surname_stay_two_and_the_last_named_has_it() -> None:
    text = "Ann Roe met Tom Roe. Roe smiled."
    entities = gather(text, noted(text, ("Ann Roe", "person"), ("Tom Roe", "person"), ("Roe", "person")))
    assert forms(entities) == {"Ann Roe": {"Ann Roe"}, "Tom Roe": {"Tom Roe", "Roe"}}


def test_entities_a_link_decides_between_two_of_one_surname() -> None:
    text = "Ann Roe met Tom Roe. Roe smiled."
    names = noted(text, ("Ann Roe", "person"), ("Tom Roe", "person"))
    start = text.index("Roe smiled")
    linked = Noted((start, start + 3), "person", 0.9, Pointing({names[0].extent: 0.8, names[1].extent: 0.1}, 0.1))
    assert forms(gather(text, [*names, linked]))["Ann Roe"] == {"Ann Roe", "Roe"}


def test_entities_of_a_surname_alone_who_was_named_in_full_last_has_it_however_often_it_stands() -> None:
    text = "John Roe came. Roe ate. Roe left. Ann Roe came. John Roe came back. Roe spoke."
    entities = gather(text, noted(text, *((name, "person") for name in ("John Roe", "Ann Roe", "Roe"))))
    john = next(one for one in entities.everyone if one.name == "John Roe")
    assert (text.rindex("Roe spoke"), text.rindex("Roe spoke") + 3) in [mention.extent for mention in john.mentions]


def test_entities_two_letters_of_a_given_name_are_no_initial() -> None:
    text = "Ed Davis spoke. Elizabeth Davis left. Edward Davis slept. J.R. Holt rang John Holt."
    names = ("Ed Davis", "Elizabeth Davis", "Edward Davis", "J.R. Holt", "John Holt")
    assert forms(gather(text, noted(text, *((name, "person") for name in names)))) == {
        "Edward Davis": {"Ed Davis", "Edward Davis"},
        "Elizabeth Davis": {"Elizabeth Davis"},
        "John Holt": {"John Holt", "J.R. Holt"},
    }


@pytest.mark.parametrize(
    ("body", "state"),
    [("University of Sydney", "United States"), ("United Steelworkers", "US"), ("University of Kent", "Britain")],
)
def test_entities_a_body_with_the_initials_of_a_state_is_not_the_state(body: str, state: str) -> None:
    text = f"The {body} opened a hall. {state} said it would strike."
    assert len(gather(text, noted(text, (body, "body"), (state, "state"))).everyone) == 2


def test_entities_a_state_in_capitals_is_the_state() -> None:
    text = "RUSSIA: Russia said no."
    assert len(gather(text, noted(text, ("RUSSIA", "state"), ("Russia", "state"))).everyone) == 1


def test_entities_a_title_is_no_part_of_a_name() -> None:
    text = "Bryan Fogel filmed it. Mr. Fogel said so."
    names = noted(text, ("Bryan Fogel", "person"), ("Mr. Fogel", "person"))
    assert forms(gather(text, names)) == {"Bryan Fogel": {"Bryan Fogel", "Fogel"}}


@pytest.mark.parametrize("title", ["Sultan", "Sheikh", "Justice", "Prince"])
def test_entities_a_title_that_may_be_a_given_name_stays_where_no_fuller_name_is(title: str) -> None:
    text = f"{title} Roe spoke. Roe left."
    names = noted(text, (f"{title} Roe", "person"), ("Roe", "person"))
    assert forms(gather(text, names)) == {f"{title} Roe": {f"{title} Roe", "Roe"}}


def test_entities_a_title_that_may_be_a_given_name_goes_where_a_fuller_name_is() -> None:
    text = "Justice Roe spoke. Ann Roe wrote."
    found = gather(text, noted(text, ("Justice Roe", "person"), ("Ann Roe", "person")))
    assert forms(found) == {"Ann Roe": {"Ann Roe", "Roe"}}


@pytest.mark.parametrize("title", ["Crown Prince", "Emperor", "Empress", "Brigadier General"])
def test_entities_any_title_is_no_part_of_a_name(title: str) -> None:
    text = f"{title} Anselm spoke."
    assert forms(gather(text, noted(text, (f"{title} Anselm", "person")))) == {"Anselm": {"Anselm"}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "King Salman agreed. Crown Prince Mohammed bin Salman and Salman spoke.",
            {"Salman": {"Salman"}, "Mohammed bin Salman": {"Mohammed bin Salman"}},
        ),
        (
            "Mohammed bin Salman spoke. So did King Salman. Prince Mohammed left.",
            {"Salman": {"Salman"}, "Mohammed bin Salman": {"Mohammed bin Salman", "Mohammed"}},
        ),
        ("Osama bin Laden spoke. Laden left.", {"Osama bin Laden": {"Osama bin Laden", "Laden"}}),
    ],
)
def test_entities_a_king_is_not_his_son(text: str, expected: dict[str, set[str]]) -> None:
    names = [
        (match.group(), "person")
        for match in re.finditer(r"Mohammed bin Salman|Osama bin Laden|Salman|Mohammed|Laden", text)
    ]
    assert forms(gather(text, noted(text, *names))) == expected


def test_entities_a_possessive_ending_in_capitals_is_no_part_of_a_name() -> None:
    text = "ANN ROE'S ANSWER: Ann Roe said no."
    names = [Noted((0, 9), "person", 0.9, NOWHERE), Noted((18, 25), "person", 0.9, NOWHERE)]
    assert forms(gather(text, names)) == {"ANN ROE": {"ANN ROE", "Ann Roe"}}


def test_entities_a_given_name_that_is_a_particle_elsewhere_does_not_join_two_of_one_surname() -> None:
    text = "Ben Hale met Kate Hale. Itamar Ben Gvir left, Ben Gvir said."
    names = noted(text, *((name, "person") for name in ("Ben Hale", "Kate Hale", "Itamar Ben Gvir", "Ben Gvir")))
    assert set(forms(gather(text, names))) == {"Ben Hale", "Kate Hale", "Itamar Ben Gvir"}


def test_entities_a_listed_body_is_one_with_and_without_full_stops() -> None:
    text = "U.S. Central Command fired. CENTCOM said so. The Israeli army agreed with the IDF."
    names = noted(text, *((name, "body") for name in ("U.S. Central Command", "CENTCOM", "Israeli army", "IDF")))
    assert set(forms(gather(text, names))) == {"U.S. Central Command", "Israeli army"}


def test_entities_a_body_is_one_with_its_acronym_and_its_short_forms() -> None:
    text = (
        "The Syrian Observatory for Human Rights (SOHR) and the U.S. State Department. SOHR and the State Department."
    )
    names = ("Syrian Observatory for Human Rights", "SOHR", "U.S. State Department", "State Department")
    assert set(forms(gather(text, noted(text, *((name, "body") for name in names))))) == {names[0], names[2]}


def test_entities_a_capital_is_one_with_its_state_and_ministries_are_not_one() -> None:
    text = "Russia spoke, and Moscow again. The Defense Ministry and the Foreign Ministry did not."
    kinds = (("Russia", "state"), ("Moscow", "state"), ("Defense Ministry", "body"), ("Foreign Ministry", "body"))
    assert len(gather(text, noted(text, *kinds)).everyone) == 3


def test_entities_find_whose_mention_stands_at_an_extent() -> None:
    text = "Ann Roe met Tom Poe."
    entities = gather(text, noted(text, ("Ann Roe", "person"), ("Tom Poe", "person")))
    (ann, tom) = entities.everyone
    assert entities.at((4, 7)) is ann
    assert entities.at((8, 11)) is None
    assert [one for _, one in entities.placed((0, len(text)))] == [ann, tom]
    assert isinstance(ann, Entity)


def test_entities_words_that_name_a_body_and_a_person_are_of_the_person() -> None:
    text = "A spokesman for the Rivers Board, Tom Poe, spoke. Ann Roe and Tom Poe left the Rivers Board."
    names = ("Rivers Board", "body"), ("Tom Poe", "person"), ("Ann Roe", "person")
    entities = gather(text, noted(text, *names))
    found = [
        entities.at((text.index(words), text.index(words) + len(words)))
        for words in ("A spokesman for the Rivers Board, Tom Poe", "Ann Roe and Tom Poe")
    ]
    assert [one and one.name for one in found] == ["Tom Poe", "Ann Roe"]


def test_entities_a_body_is_one_with_another_name_in_brackets() -> None:
    text = (
        "The U.N. Sea and River Organization (SRO) and the Rivers Board (Orlovka) met. The SRO voted, Orlovka did not."
    )
    bodies = "U.N. Sea and River Organization", "SRO", "Rivers Board", "Orlovka"
    found = gather(text, noted(text, *((name, "body") for name in bodies)))
    assert forms(found) == {
        "Sea and River Organization": {"Sea and River Organization", "SRO"},
        "Rivers Board": {"Rivers Board", "Orlovka"},
    }


@pytest.mark.parametrize("blank", ["\n", "\r\n", "\u00a0"])
def test_entities_a_name_in_brackets_may_open_a_line(blank: str) -> None:
    text = f"Men of the Arden Shield{blank}(Lanz) spoke. Lanz left."
    entities = gather(text, noted(text, ("Arden Shield", "body"), ("Lanz", "body")))
    assert forms(entities) == {"Arden Shield": {"Arden Shield", "Lanz"}}


def test_entities_a_name_in_brackets_is_known_wherever_it_stands() -> None:
    text = "Sea Club rose. Sea Club (Orlik) fell. Orlik left."
    found = gather(text, noted(text, ("Sea Club", "body"), ("Orlik", "body")))
    assert forms(found) == {"Sea Club": {"Sea Club", "Orlik"}}
    before = "Orlovka met. The Rivers Board (Orlovka) voted."
    found = gather(before, noted(before, ("Rivers Board", "body"), ("Orlovka", "body")))
    assert forms(found) == {"Rivers Board": {"Rivers Board", "Orlovka"}}


def test_entities_a_state_in_brackets_is_not_the_body_before_it() -> None:
    text = "The Rivers Board (Sweden) met."
    assert len(gather(text, noted(text, ("Rivers Board", "body"), ("Sweden", "state"))).everyone) == 2


def test_entities_a_body_named_by_its_acronym_first_is_one_with_its_name() -> None:
    text = "SRO inspectors left. The Sea and River Organization said so. The Sea and Sand Club is another."
    names = noted(text, ("SRO", "body"), ("Sea and River Organization", "body"), ("Sea and Sand Club", "body"))
    assert forms(gather(text, names)) == {
        "Sea and River Organization": {"SRO", "Sea and River Organization"},
        "Sea and Sand Club": {"Sea and Sand Club"},
    }


def test_entities_a_body_goes_by_the_noun_that_its_name_is_about_unless_two_do() -> None:
    text = (
        "The Omani Council for Sea Rights wrote. The Council for Sand did not. The Observatory of Stars did. "
        "The Omani Observatory for Birds sang."
    )
    one = noted(text, ("Omani Observatory for Birds", "body"))
    short = Noted((text.index("Observatory of"), text.index(" of Stars")), "body", 0.9, NOWHERE)
    assert set(forms(gather(text, [*one, short]))) == {"Omani Observatory for Birds"}
    two = noted(text, ("Omani Council for Sea Rights", "body"), ("Omani Observatory for Birds", "body"))
    other = Noted((text.index("Council for Sand"), text.index(" for Sand")), "body", 0.9, NOWHERE)
    assert forms(gather(text, [*two, other]))["Omani Council for Sea Rights"] == {
        "Omani Council for Sea Rights",
        "Council",
    }


def test_entities_bodies_are_one_under_their_listed_names_and_not_under_one_that_two_have() -> None:
    text = "U.N. and United Nations met the Pentagon. The Defense Department, Congress and Capitol Hill agreed."
    names = ("U.N.", "United Nations", "the Pentagon", "Defense Department", "Congress", "Capitol Hill")
    assert forms(gather(text, noted(text, *((name, "body") for name in names)))) == {
        "United Nations": {"U.N.", "United Nations"},
        "Defense Department": {"Pentagon", "Defense Department"},
        "Congress": {"Congress"},
        "Capitol Hill": {"Capitol Hill"},
    }


@pytest.mark.parametrize(("longer", "name"), [("group", "Islamic State"), ("Group", "Islamic State Group")])
def test_entities_a_body_goes_by_the_most_words_that_have_a_capital(longer: str, name: str) -> None:
    text = f"The Islamic State {longer} fled. Islamic State lost, and Islamic State fell."
    found = gather(text, noted(text, (f"Islamic State {longer}", "body"), ("Islamic State", "body")))
    assert forms(found) == {name: {f"Islamic State {longer}", "Islamic State"}}


@pytest.mark.parametrize(("share", "bodies"), [(0.3, 1), (0.0, 2)])
def test_entities_a_noun_in_small_letters_is_the_body_that_the_reader_points_at(share: float, bodies: int) -> None:
    text = "The Syrian Observatory for Human Rights counted 12. More may have died, the observatory said."
    (name,) = noted(text, ("Syrian Observatory for Human Rights", "body"))
    (noun,) = noted(text, ("the observatory", "body"))
    pointed = Noted(noun.extent, "body", 0.9, Pointing({name.extent: share}, 1 - share))
    found = gather(text, [name, pointed])
    assert [one.name for one in found.everyone] == ["Syrian Observatory for Human Rights", "observatory"][:bodies]


def test_entities_a_state_is_one_with_its_capital_and_goes_by_its_own_name_while_a_palace_is_a_body() -> None:
    text = "Moscow denied it. The Russian Federation and Russia did, Russia again. The Kremlin was silent."
    names = noted(text, ("Moscow", "state"), ("Russian Federation", "state"), ("Russia", "state"), ("Kremlin", "body"))
    assert forms(gather(text, names)) == {"Russia": {"Moscow", "Russian Federation", "Russia"}, "Kremlin": {"Kremlin"}}


def test_entities_mentions_in_the_same_words_are_of_one_kind() -> None:
    text = "Gowan wrote. Richard Gowan said so. Gowan left."
    names = noted(text, ("Richard Gowan", "person"), ("Gowan", "person"))
    first = Noted(names[0].extent, "body", 0.4, NOWHERE)
    assert forms(gather(text, [first, *names[1:]])) == {"Richard Gowan": {"Gowan", "Richard Gowan"}}


MANY = {
    "namesakes": ("Victor{n} Hahn met Karl Hahn{m}. Hahn left.", "person", r"Victor\d+ Hahn|Karl Hahn\d+|Hahn"),
    "branches": (
        "Ward Bank of A{n} met. Ward Bank spoke to Y{n} Bank.",
        "body",
        r"Ward Bank of A\d+|Ward Bank|Y\d+ Bank",
    ),
    "brackets": ("Body{n} of Ward (B{n}) met B{m}.", "body", r"Body\d+ of Ward|B\d+"),
    "one name": ("Rivers Board met.", "body", r"Rivers Board"),
}


@pytest.mark.parametrize(("sentence", "kind", "pattern"), MANY.values(), ids=MANY)
def test_entities_take_time_linear_in_the_names(sentence: str, kind: str, pattern: str) -> None:
    def resolving(count: int) -> Callable[[], object]:
        text = " ".join(sentence.format(n=n, m=n % 7) for n in range(count))
        names = [Noted(match.span(), kind, 0.9, NOWHERE) for match in re.finditer(rf"\b(?:{pattern})\b", text)]
        content = (Span.of(text, 0, 1),)
        quotes = (Quote("indirect", content, source=Span.of(text, *one.extent)) for one in names)
        article = Article(text, quotes=tuple(quotes))
        return lambda: resolve_speakers(article, Notes(tuple(names)))

    assert_linear(resolving, 200, 1_600, most=4)


@pytest.mark.parametrize("words", ["—", "'s", "?!"])
def test_entities_are_none_by_a_name_without_a_word(words: str) -> None:
    text = f"{words} said no."
    name = Noted((0, len(words)), "person", 0.9, NOWHERE)
    start = text.index("no")
    quote = Quote("indirect", (Span.of(text, start, start + 2),), source=Span.of(text, 0, len(words)))
    speaker = resolve_speakers(Article(text, quotes=(quote,)), Notes((name,))).quotes[0].speaker
    assert speaker is not None
    assert (speaker.name, speaker.kind, speaker.description) == (None, "unnamed", words)


def test_entities_ministries_of_two_states_are_two_and_a_bare_name_is_the_last_one() -> None:
    text = (
        "Russia's Defense Ministry spoke. Ukraine's Defense Ministry denied it. The Ukrainian Defense Ministry wrote. "
        "The Russian Defense Ministry spoke. The Defense Ministry left."
    )
    bare = noted(text, ("Defense Ministry", "body"), *((f"{side} Defense Ministry", "body") for side in SIDES))
    homes = [
        Noted((text.index(word), text.index(word) + len(word)), "state", 0.9, Pointing({one.extent: 1.0}, 0.0))
        for word, one in zip(("Russia", "Ukraine"), bare[:2], strict=True)
    ]
    entities = gather(text, bare, homes)
    assert [len(one.mentions) for one in entities.everyone] == [3, 2]
    assert forms(entities) == {
        f"{side} Defense Ministry": {"Defense Ministry", f"{side} Defense Ministry"} for side in SIDES
    }


def test_entities_a_bare_ministry_goes_to_the_state_that_the_reader_links_it_to() -> None:
    text = "The Iranian Foreign Ministry spoke. The Israeli Foreign Ministry answered. The Foreign Ministry left."
    names = noted(text, ("Iranian Foreign Ministry", "body"), ("Israeli Foreign Ministry", "body"))
    start = text.index("Foreign Ministry left")
    linked = Noted((start, start + 16), "body", 0.9, Pointing({names[0].extent: 0.8}, 0.2))
    assert forms(gather(text, [*names, linked]))["Iranian Foreign Ministry"] == {
        "Iranian Foreign Ministry",
        "Foreign Ministry",
    }
    nowhere = Noted((start, start + 16), "body", 0.9, NOWHERE)
    assert "Foreign Ministry" in forms(gather(text, [*names, nowhere]))["Israeli Foreign Ministry"]


def test_entities_a_ministry_met_without_its_state_is_the_first_that_is_named_with_one() -> None:
    text = "The Defense Ministry spoke. The Russian Defense Ministry wrote. The Ukrainian Defense Ministry left."
    names = noted(text, ("Defense Ministry", "body"), *((f"{side} Defense Ministry", "body") for side in SIDES))
    assert [set(one.forms) for one in gather(text, names).everyone] == [
        {"Defense Ministry", "Russian Defense Ministry"},
        {"Ukrainian Defense Ministry"},
    ]


def test_entities_a_council_of_a_state_is_not_that_of_the_united_nations() -> None:
    text = "The UN Security Council met. The Security Council of Russia spoke. Russia's Security Council wrote."
    bodies = ("UN Security Council", "Security Council of Russia", "Security Council")
    names, start = noted(text, *((name, "body") for name in bodies)), text.index("Russia's")
    home = Noted((start, start + len("Russia")), "state", 0.9, Pointing({names[-1].extent: 1.0}, 0.0))
    assert [set(one.forms) for one in gather(text, names, [home]).everyone] == [
        {"UN Security Council"},
        {"Security Council of Russia", "Security Council"},
    ]


@pytest.mark.parametrize(
    ("text", "full", "king"),
    [("Charles Michel spoke. King Charles smiled.", "Charles Michel", "Charles"),
     ("Leo Varadkar spoke. Pope Leo prayed.", "Leo Varadkar", "Leo")],
)  # fmt: skip
def test_entities_a_king_is_not_whoever_has_his_name_beside_another(text: str, full: str, king: str) -> None:
    start = text.rindex(king)
    found = gather(text, [*noted(text, (full, "person")), Noted((start, start + len(king)), "person", 0.9, NOWHERE)])
    assert forms(found) == {full: {full}, king: {king}}


@pytest.mark.parametrize("full", ["Prince Turki al-Faisal", "King Salman bin Abdulaziz"])
def test_entities_a_prince_is_who_was_named_with_his_title_in_full(full: str) -> None:
    title, name, *_ = full.split()
    text = f"{full} came. {title} {name} spoke."
    start = text.rindex(name)
    first = Noted((0, len(full)), "person", 0.9, NOWHERE)
    assert len(gather(text, [first, Noted((start, start + len(name)), "person", 0.9, NOWHERE)]).everyone) == 1


def test_entities_a_family_name_that_stands_first_is_one_too() -> None:
    text = "Kim Jong Un came. Soo Kim wrote. Kim spoke."
    names = noted(text, ("Kim Jong Un", "person"), ("Soo Kim", "person"))
    start = text.rindex("Kim")
    linked = Noted((start, start + 3), "person", 0.9, Pointing({names[0].extent: 0.9}, 0.1))
    assert forms(gather(text, [*names, linked]))["Kim Jong Un"] == {"Kim Jong Un", "Kim"}
