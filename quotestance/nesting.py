"""Which quotes stand inside others, as Brandt's does in "Hale said Brandt had promised that ...", a quote of Hale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quotestance.types import Quote


def nested_in(quotes: Sequence[Quote]) -> tuple[int | None, ...]:
    """Return for every quote the number, from 0, of the innermost other that its content stands inside.

    It stands inside where each of its pieces is within a piece of the other, which has more words. ``None`` is for one
    that stands in none.
    """
    found: list[int | None] = [None] * len(quotes)
    around: list[int] = []
    for number in sorted(range(len(quotes)), key=lambda one: (quotes[one].start, -quotes[one].end)):
        while around and quotes[around[-1]].end <= quotes[number].start:
            around.pop()
        found[number] = next((one for one in reversed(around) if _holds(quotes[one], quotes[number])), None)
        around.append(number)
    return tuple(found)


def _holds(outer: Quote, inner: Quote) -> bool:
    return _length(inner) < _length(outer) and all(
        any(piece.start <= own.start and own.end <= piece.end for piece in outer.content) for own in inner.content
    )


def _length(quote: Quote) -> int:
    return sum(piece.end - piece.start for piece in quote.content)
