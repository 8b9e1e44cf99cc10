"""Everything that is read off a text before any model: found once, and shared by all stages."""

from __future__ import annotations

from dataclasses import dataclass

from quotestance.text.quotation_marks import Quotation, quotations
from quotestance.text.segments import Extent, paragraphs, scalar_values, sentences


@dataclass(frozen=True, slots=True)
class Segments:
    """Where the paragraphs, sentences and passages in quotation marks of a text stand.

    Args:
        paragraphs: Extents, in the order of the text.
        sentences: For every paragraph the extents of its sentences.
        quotations: Passages in quotation marks, the outer before the inner.
    """

    paragraphs: tuple[Extent, ...]
    sentences: tuple[tuple[Extent, ...], ...]
    quotations: tuple[Quotation, ...]

    @classmethod
    def of(cls, text: str) -> Segments:
        """Find the segments of any string, in time linear in its length.

        >>> Segments.of("Liu left. He waved.").sentences
        (((0, 9), (10, 19)),)
        """
        readable = scalar_values(text)
        extents = paragraphs(readable)
        inside = (tuple(sentences(readable, extent)) for extent in extents)
        return cls(tuple(extents), tuple(inside), tuple(quotations(readable, extents)))
