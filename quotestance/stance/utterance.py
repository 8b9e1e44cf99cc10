"""The words that a stance classifier reads for a quote, and what it may read before them: a sentence, or a passage."""

from __future__ import annotations

from collections.abc import Callable

from quotestance.text import scalar_values, sentences
from quotestance.text.segments import LINE_END
from quotestance.types import Article, Quote

ContextOf = Callable[[Article, Quote], str]
"""What gives the words that a classifier reads as the context of a quote."""

_CONTEXT_CHARACTERS = 300  # looked back at
_CONTEXT_WORDS = 40  # read of the sentence before
_PASSAGE_CHARACTERS = 600
_PASSAGE_WORDS = 45
_PASSAGE_SENTENCES = 2
_NAME_CHARACTERS, _NAME_WORDS = 200, 25  # read of the words for somebody
_OPENING = " \t\r\n\u00a0\"“„‘'«‹([–—-"  # what may stand between a sentence and a quote
_FARTHEST = 600  # characters between what is read, the content first, and the cue or source that is read with it


def utterance_extent(article: Article, quote: Quote) -> tuple[int, int]:
    """Offsets of the words that the classifier reads: the content, and source and cue where they stand next to it.

    The extent runs from the first to the last of content, cue and source in the paragraphs of the content, as long as
    they are near; a split quote is read with what splits it.
    """
    start, end = quote.start, quote.end
    for span in (quote.cue, quote.source):
        if span is None or start - span.end > _FARTHEST or span.start - end > _FARTHEST:
            continue
        if LINE_END.search(article.text, min(end, span.end), max(start, span.start)) is None:
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
    return _before(text, start, _CONTEXT_CHARACTERS, 1, _CONTEXT_WORDS)


def _before(text: str, start: int, characters: int, most: int, words: int) -> str:
    near = scalar_values(text[max(0, start - characters) : start]).rstrip(_OPENING)
    extents = sentences(near)[-most:]
    return " ".join(near[extents[0][0] : extents[-1][1]].split()[-words:]) if extents else ""


def context(article: Article, quote: Quote) -> str:
    """Return the sentence before the words of :func:`utterance_extent`."""
    return sentence_before(article.text, utterance_extent(article, quote)[0])


def passage(article: Article, quote: Quote) -> str:
    """Return who speaks, and the last two sentences, or parts of them, before the words of :func:`utterance_extent`.

    Of the sentences at most the last 45 words, and nothing from more than 600 characters before. Whether a move is
    one's own or another's, which decides the stance, hangs on who speaks, and that often stands far from the quote.

    >>> from quotestance.types import Span, Speaker
    >>> text = "Arden fired. Both sides should stop. She said no."
    >>> she = Speaker("Ann Roe", "person", role="minister", country="UKR")
    >>> quote = Quote("indirect", (Span.of(text, 46, 48),), source=Span.of(text, 37, 40), speaker=she)
    >>> passage(Article(text, quotes=(quote,)), quote)
    'Ann Roe, minister, UKR: Arden fired. Both sides should stop.'
    """
    start, _ = utterance_extent(article, quote)
    before = _before(article.text, start, _PASSAGE_CHARACTERS, _PASSAGE_SENTENCES, _PASSAGE_WORDS)
    return f"{_who(quote)}{before}".strip()


def _who(quote: Quote) -> str:
    """Return the speaker in words: name, or words of the source, role, affiliation and country, each once."""
    one = quote.speaker
    if one is None:
        return ""
    name = one.name or (one.description if quote.source is None else quote.source.text)
    read = (_shortened(words) for words in (name, one.role, one.affiliation, one.country) if words)
    told = ", ".join(dict.fromkeys(filter(None, read)))
    return f"{told}: " if told else ""


def _shortened(words: str) -> str:
    return " ".join(scalar_values(words[:_NAME_CHARACTERS]).split()[:_NAME_WORDS])
