"""From a source to who is meant: the time does not grow with what is noted elsewhere in the text."""

from __future__ import annotations

from typing import Any

import pytest

from quotestance.speakers import learned
from quotestance.speakers.entities import gather
from quotestance.speakers.notes import Noted, Notes, Pointing
from quotestance.speakers.profiles import tell
from quotestance.types import Article, Quote, Span

TEXT = "It is ours, Ada Reiss said. It stays ours, Ada Reiss said. It was ours, Ada Reiss said."
NAME = "Ada Reiss"


class Counted(tuple[Any, ...]):
    """Counts what is looked at, and may not be gone through."""

    looks = 0

    def __getitem__(self, place: Any) -> Any:
        Counted.looks += 1
        return super().__getitem__(place)

    def __iter__(self) -> Any:
        raise AssertionError("All tokens of the article were gone through for one source.")


def extents() -> list[tuple[int, int]]:
    starts = [place for place in range(len(TEXT)) if TEXT.startswith(NAME, place)]
    return [(start, start + len(NAME)) for start in starts]


def test_learned_looks_only_at_the_tokens_of_a_source() -> None:
    (first, *_) = extents()
    names = tuple(Noted(extent, "person", 0.9, Pointing({}, 1.0)) for extent in extents())
    own = (first[0], Pointing({first: 0.9}, 0.1))
    far = tuple((1_000 + place, Pointing({}, 1.0)) for place in range(50_000))
    notes = Notes(names, (), Counted((own, *far)))
    found = learned.answer(Span.of(TEXT, *first), notes, gather(TEXT, names))
    assert [one.name for one in found.entities] == [NAME]
    assert found.probability == pytest.approx(0.9)
    assert Counted.looks < 100


def test_learned_tells_of_somebody_once(monkeypatch: pytest.MonkeyPatch) -> None:
    names = tuple(Noted(extent, "person", 0.9, Pointing({}, 1.0)) for extent in extents())
    asked = tuple((extent[0], Pointing({extents()[0]: 0.9}, 0.1)) for extent in extents())
    quotes = tuple(
        Quote("indirect", (Span.of(TEXT, start - 12, start - 2),), source=Span.of(TEXT, start, end))
        for start, end in extents()
    )
    told = []

    def counted(*given: Any) -> Any:
        told.append(given[1])
        return tell(*given)

    monkeypatch.setattr(learned, "tell", counted)
    article = learned.resolve(Article(TEXT, quotes=quotes), Notes(names, (), asked))
    assert [quote.speaker and quote.speaker.name for quote in article.quotes] == [NAME] * 3
    assert len(told) == 1
