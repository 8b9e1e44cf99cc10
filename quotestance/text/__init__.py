"""Where the paragraphs, sentences and quotation marks of a text stand, and the word lists that tell."""

from quotestance.text.lexicon import read_lexicon
from quotestance.text.quotation_marks import Quotation, quotations
from quotestance.text.reading import Segments
from quotestance.text.segments import Extent, json_line, paragraphs, scalar_values, sentences

__all__ = [
    "Extent",
    "Quotation",
    "Segments",
    "json_line",
    "paragraphs",
    "quotations",
    "read_lexicon",
    "scalar_values",
    "sentences",
]
