"""From a source to who is meant: the time does not grow with what is noted elsewhere in the text."""

from __future__ import annotations

import re
from typing import Any

import pytest

from quotestance.speakers import resolve
from quotestance.speakers.entities import gather
from quotestance.speakers.notes import Decoding, Noted, Notes
from quotestance.speakers.pointings import Belongs, Pointing
from quotestance.speakers.profiles import tell
from quotestance.types import Article, Quote, Span, Speaker

NAME = "Ada Reiss"
TEXT = f"{NAME} came. It is ours, she said. It stays ours, she said. It was ours, she said."
NAMES = (Noted((0, len(NAME)), "person", 0.9, Pointing({}, 1.0)),)
MEANT = Pointing({(0, len(NAME)): 0.9}, 0.1)


class Counted(tuple[Any, ...]):
    """Counts what is looked at, and may not be gone through."""

    looks = 0

    def __getitem__(self, place: Any) -> Any:
        Counted.looks += 1
        return super().__getitem__(place)

    def __iter__(self) -> Any:
        raise AssertionError("All tokens of the article were gone through for one source.")


def sources() -> list[Span]:
    return [Span.of(TEXT, place, place + 3) for place in range(len(TEXT)) if TEXT.startswith("she", place)]


def test_speakers_resolve_looks_only_at_the_tokens_of_a_source() -> None:
    source = sources()[0]
    far = tuple((1_000 + place, Pointing({}, 1.0)) for place in range(50_000))
    notes = Notes(NAMES, (), Counted(((source.start, MEANT), *far)))
    found = resolve.answer(source, notes, gather(TEXT, NAMES))
    assert [one.name for one in found.entities] == [NAME]
    assert found.probability == pytest.approx(0.9)
    assert 0 < Counted.looks < 100


def test_speakers_resolve_tells_of_somebody_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = tuple((source.start, MEANT) for source in sources())
    quotes = tuple(
        Quote("indirect", (Span.of(TEXT, source.start - 12, source.start - 2),), source=source) for source in sources()
    )
    told = []

    def counted(*given: Any) -> Any:
        told.append(given[1])
        return tell(*given)

    monkeypatch.setattr(resolve, "tell", counted)
    article = resolve.resolve_speakers(Article(TEXT, quotes=quotes), Notes(NAMES, (), asked))
    assert [quote.speaker and quote.speaker.name for quote in article.quotes] == [NAME] * 3
    assert len(told) == 1


def test_speakers_resolve_without_notes_are_the_words_of_the_source() -> None:
    text = "The mayor of Kyiv said no. Ukraine waited."
    quotes = (
        Quote("indirect", (Span.of(text, 23, 25),), source=Span.of(text, 0, 17)),
        Quote("indirect", (Span.of(text, 23, 25),)),
    )
    found = [quote.speaker for quote in resolve.resolve_speakers(Article(text, quotes=quotes), Notes()).quotes]
    assert [one and (one.kind, one.name, one.description, one.country) for one in found] == [
        ("unnamed", None, "The mayor of Kyiv", None),
        ("unnamed", None, None, None),
    ]


def test_resolve_confidence_is_one_or_none_whatever_a_checkpoint_says() -> None:
    article = Article(TEXT, quotes=(Quote("indirect", (Span.of(TEXT, 16, 26),)),))
    for intercept, expected in ((-1e6, 0), (1e6, 1)):
        (quote,) = resolve.resolve_speakers(article, Notes(), Decoding(intercept=intercept)).quotes
        assert quote.speaker is not None
        assert quote.speaker.confidence == expected


@pytest.mark.parametrize(
    ("source", "shares", "members"),
    [
        ("Ada Reiss and Tom Vey", (0.9, 0.05), ("Ada Reiss", "Tom Vey")),
        ("Ada Reiss, Tom Vey", (0.9, 0.05), None),
        ("Ada Reiss and her deputy Tom Vey", (0.1, 0.85), ("Ada Reiss", "Tom Vey")),
        ("Ada Reiss in rain and a call with Tom Vey", (0.9, 0.05), None),
        ("Ada Reiss and Tom Vey", (0.9, 0.01), None),
    ],
)
def test_resolve_takes_those_who_are_listed_in_a_source_for_a_group(
    source: str, shares: tuple[float, float], members: tuple[str, ...] | None
) -> None:
    text = f"{source} said no."
    extents = [(text.index(name), text.index(name) + len(name)) for name in ("Ada Reiss", "Tom Vey")]
    names = tuple(Noted(extent, "person", 0.9, Pointing({}, 1.0)) for extent in extents)
    asked = ((0, Pointing(dict(zip(extents, shares, strict=True)), 0.05)),)
    assert _speaker_of(text, source, Notes(names, (), asked)).members == (members or ())


@pytest.mark.parametrize(
    ("source", "is_group"),
    [
        ("Ada Reiss and two aides", True),
        ("Her aides and the Ada Reiss", True),
        ("Ada Reiss\r\nand two aides", True),
        ("Ada Reiss and\u00a0two aides", True),
        ("Her aides\nand the\nAda Reiss", True),
        ("Ada Reiss, who came and went", False),
        ("the aides to Ada Reiss", False),
    ],
)
def test_resolve_takes_somebody_with_others_for_a_group(source: str, is_group: bool) -> None:
    text = f"{source}, said no."
    at = text.index(NAME), text.index(NAME) + len(NAME)
    notes = Notes((Noted(at, "person", 0.9, Pointing({}, 1.0)),), (), ((0, Pointing({at: 0.9}, 0.1)),))
    speaker = _speaker_of(text, source, notes)
    assert (speaker.name, speaker.kind) == (NAME, "group" if is_group else "person")
    assert speaker.members == ((NAME,) if is_group else ())


@pytest.mark.parametrize(
    ("home", "kind", "affiliation"),
    [
        ("North Arden", "body", None),
        ("Arden Pact", "body", "Arden Pact"),
        ("North Arden", "state", None),
        ("Arden Pact", "state", None),
    ],
)
def test_resolve_nobody_is_affiliated_with_themselves_and_a_state_with_none(
    home: str, kind: str, affiliation: str | None
) -> None:
    text = "North Arden left the Arden Pact. North Arden said no."
    at, told = (0, 11), (text.index(home), text.index(home) + len(home))
    notes = Notes(
        (Noted(at, kind, 0.9, Pointing({}, 1.0)), Noted((33, 44), kind, 0.9, Pointing({}, 1.0))),
        (Noted(told, "body", 0.9, Pointing({at: 0.9}, 0.1)),),
        ((33, Pointing({(33, 44): 0.9}, 0.1)),),
    )
    speaker = _speaker_of(text, "North Arden", notes, start=33)
    assert (speaker.name, speaker.affiliation, "affiliation" in speaker.evidence) == (
        "North Arden",
        affiliation,
        affiliation is not None,
    )


@pytest.mark.parametrize(
    ("source", "told", "role"),
    [
        ("a weary officer in Arden", None, "officer"),
        ("a weary officer in Arden", "weary", "weary"),
        ("Ada Reiss", None, None),
    ],
)
def test_resolve_takes_a_doubted_role_for_the_unnamed_alone(source: str, told: str | None, role: str | None) -> None:
    text = f"{source}, officer, said no."
    words = [(text.index(word), text.index(word) + len(word)) for word in (told, "officer") if word]
    sure = [Noted(extent, "role", 0.9, Pointing({}, 1.0)) for extent in words[:-1]]
    doubted = Noted(words[-1], "role", 0.3, Pointing({(0, len(NAME)): 1.0}, 0.0))
    named = (Noted((0, len(NAME)), "person", 0.9, Pointing({}, 1.0)),) if source == NAME else ()
    speaker = _speaker_of(text, source, Notes(named, tuple(sure), doubted=(doubted,)))
    assert (speaker.kind, speaker.role) == ("person" if named else "unnamed", role)


@pytest.mark.parametrize("blank", [" ", "\n", "\r\n", "\u00a0"])
def test_resolve_words_for_several_are_told_wherever_a_line_ends(blank: str) -> None:
    source = f"the two{blank}generals"
    text = f"{source} of Ada Reiss and Tom Vey said no."
    extents = [(text.index(name), text.index(name) + len(name)) for name in ("Ada Reiss", "Tom Vey")]
    names = tuple(Noted(extent, "person", 0.9, Pointing({}, 1.0)) for extent in extents)
    asked = ((0, Pointing(dict.fromkeys(extents, 0.5), 0.0)),)
    assert _speaker_of(text, source, Notes(names, (), asked)).members == ("Ada Reiss", "Tom Vey")


def test_resolve_words_for_the_unnamed_hold_nothing_unseen() -> None:
    assert _speaker_of("A\u200b may\u00ador said no.", "A\u200b may\u00ador", Notes()).description == "A mayor"


def _speaker_of(text: str, source: str, notes: Notes, start: int = 0) -> Speaker:
    content = Span.of(text, len(text) - 3, len(text) - 1)
    quote = Quote("indirect", (content,), source=Span.of(text, start, start + len(source)))
    speaker = resolve.resolve_speakers(Article(text, quotes=(quote,)), notes).quotes[0].speaker
    assert speaker is not None
    return speaker


@pytest.mark.parametrize(
    ("again", "role"), [("the official", "official"), ("He", "official"), ("an official", None), ("the envoy", None)]
)
def test_resolve_the_unnamed_who_are_pointed_back_at_have_the_role_told_before(again: str, role: str | None) -> None:
    text = f"A tired official said no. It is late, {again} said."
    sources = [Span.of(text, 0, 16), Span.of(text, 38, 38 + len(again))]
    quotes = tuple(Quote("indirect", (Span.of(text, 22, 24),), source=source) for source in sources)
    told = (Noted((8, 16), "role", 0.9, Pointing({}, 1.0)),)
    found = resolve.resolve_speakers(Article(text, quotes=quotes), Notes((), told)).quotes
    assert [one.speaker and one.speaker.role for one in found] == ["official", role]


@pytest.mark.parametrize(
    ("source", "country"),
    [("Russian and Ukrainian officials", None), ("Russian\nand the Ukrainian envoys", None), ("A Russian aide", "RUS")],
)
def test_resolve_the_unnamed_of_two_countries_are_of_neither(source: str, country: str | None) -> None:
    text = f"{source} said no."
    at = text.index("Russian"), text.index("Russian") + len("Russian")
    belonging = (Belongs(0, Pointing({}, 1.0), Pointing({at: 0.9}, 0.1)),)
    speaker = _speaker_of(text, source, Notes(belonging=belonging))
    assert (speaker.country, "country" in speaker.evidence) == (country, country is not None)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("a Rivers Board-backed body", None),
        ("a Rivers Board-run clinic", None),
        ("a Rivers Board-based lawyer", "Rivers Board"),
        ("the Rivers Board in a Rivers Board-owned van", "Rivers Board"),
    ],
)
def test_resolve_the_first_part_of_a_compound_does_not_speak(source: str, name: str | None) -> None:
    text = f"{source} said no."
    starts = [found.start() for found in re.finditer("Rivers Board", text)]
    names = tuple(Noted((start, start + 12), "body", 0.9, Pointing({}, 1.0)) for start in starts)
    asked = ((0, Pointing({names[0].extent: 0.9}, 0.1)),)
    speaker = _speaker_of(text, source, Notes(names, (), asked))
    assert (speaker.name, speaker.kind) == (name, "organization" if name else "unnamed")
