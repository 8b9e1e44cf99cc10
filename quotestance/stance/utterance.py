"""The words that a stance classifier reads for a quote, and the sentence before them."""

from __future__ import annotations

from quotestance.text import scalar_values, sentences
from quotestance.types import Article, Quote

_CONTEXT_CHARACTERS = 300  # looked back at
_CONTEXT_WORDS = 40  # read of the sentence before
_OPENING = " \t\r\n\u00a0\"“„‘'«‹([–—-"  # what may stand between a sentence and a quote
_FARTHEST = 600  # characters between a content and the source or cue that is still read with it


def utterance_extent(article: Article, quote: Quote) -> tuple[int, int]:
    """Offsets of the words that the classifier reads: the content, and source and cue where they stand next to it.

    The extent runs from the first to the last of content, cue and source in the paragraphs of the content, as long as
    they are near; a split quote is read with what splits it.
    """
    start, end = quote.start, quote.end
    for span in (quote.cue, quote.source):
        if span is None or start - span.end > _FARTHEST or span.start - end > _FARTHEST:
            continue
        if "\n" not in article.text[min(end, span.end) : max(start, span.start)]:
            start, end = min(start, span.start), max(end, span.end)
    return start, end


def utterance(article: Article, quote: Quote) -> str:
    """Return the words of :func:`utterance_extent` unchanged, but for lone surrogates, which become U+FFFD."""
    start, end = utterance_extent(article, quote)
    return scalar_values(article.text[start:end])


def sentence_before(text: str, start: int) -> str:
    """Return the last sentence, or part of one, before an offset: what "this" and "such steps" point back to.

    At most its last 40 words, and nothing from more than 300 characters before; empty where nothing stands there.

    Args:
        text: The article's.
        start: An offset in code points.

    >>> sentence_before("Arden fired. Both sides should stop. This is a call from all of us.", 37)
    'Both sides should stop.'
    """
    near = scalar_values(text[max(0, start - _CONTEXT_CHARACTERS) : start]).rstrip(_OPENING)
    extents = sentences(near)
    return " ".join(near[slice(*extents[-1])].split()[-_CONTEXT_WORDS:]) if extents else ""


def context(article: Article, quote: Quote) -> str:
    """Return the sentence before the words of :func:`utterance_extent`."""
    return sentence_before(article.text, utterance_extent(article, quote)[0])
