"""Texts with words replaced, and where everything that stood in them went."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from quotestance.text import Extent
from quotestance.types import Quote, Span


@dataclass(frozen=True, slots=True)
class Rewriting:
    """A text with some extents replaced, and where its offsets went."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    shifts: tuple[int, ...]

    @classmethod
    def of(cls, text: str, changes: Sequence[tuple[Extent, str]]) -> Rewriting:
        """Replace extents, which are in order and do not overlap."""
        parts, starts, ends, shifts = [], [], [], [0]
        last = 0
        for (start, end), words in changes:
            parts += [text[last:start], words]
            starts.append(start)
            ends.append(end)
            shifts.append(shifts[-1] + len(words) - (end - start))
            last = end
        return cls("".join((*parts, text[last:])), tuple(starts), tuple(ends), tuple(shifts))

    def moved(self, offset: int) -> int:
        """Where an offset is now; one inside a replaced extent goes to its end."""
        place = bisect_right(self.ends, offset)
        if place < len(self.starts) and self.starts[place] < offset:
            offset = self.ends[place]
            place += 1
        return offset + self.shifts[place]

    def extent(self, extent: Extent) -> Extent:
        """Where an extent is now."""
        return self.moved(extent[0]), self.moved(extent[1])

    def span(self, span: Span | None) -> Span | None:
        """A span of the text as a span of the new one; ``None`` where it was part of a replaced word."""
        if span is None:
            return None
        start, end = self.extent((span.start, span.end))
        return Span.of(self.text, start, end) if start < end else None


def moved(quote: Quote, made: Rewriting) -> Quote:
    """A quote of the text as a quote of the new one."""
    content = tuple(span for span in map(made.span, quote.content) if span is not None)
    return replace(
        quote, content=content, cue=made.span(quote.cue), source=made.span(quote.source), via=made.span(quote.via)
    )
