"""Which quotes stand inside others, as Brandt's does in "Hale said Brandt had promised that ...", a quote of Hale."""

from __future__ import annotations

from collections.abc import Sequence

Extent = tuple[int, int]
"""Half-open offsets."""


def nested_in(contents: Sequence[Sequence[Extent]]) -> tuple[int | None, ...]:
    """Return for every content the number, from 0, of the innermost other that it stands inside; ``None`` for none.

    It stands inside where each of its pieces is within a piece of the other, which is longer.

    Args:
        contents: The pieces of each, in the order of the text.

    >>> nested_in([[(0, 20)], [(5, 9)], [(22, 30), (40, 50)], [(32, 38)]])
    (None, 0, None, None)
    """
    found: list[int | None] = [None] * len(contents)
    around: list[int] = []
    lengths = [_length(pieces) for pieces in contents]
    places = [(pieces[0][0], -pieces[-1][1], -length) for pieces, length in zip(contents, lengths, strict=True)]
    for number in sorted(range(len(contents)), key=places.__getitem__):
        while around and contents[around[-1]][-1][1] <= contents[number][0][0]:
            around.pop()
        longer = (one for one in reversed(around) if lengths[number] < lengths[one])
        found[number] = next((one for one in longer if _holds(contents[one], contents[number])), None)
        around.append(number)
    return tuple(found)


def _holds(outer: Sequence[Extent], inner: Sequence[Extent]) -> bool:
    return all(any(first <= start and end <= last for first, last in outer) for start, end in inner)


def _length(pieces: Sequence[Extent]) -> int:
    return sum(end - start for start, end in pieces)
