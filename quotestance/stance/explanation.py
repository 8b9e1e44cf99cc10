"""Which words carried the stance label of a quote: leave one out, and see how far the label falls.

Representation erasure at the level of words (Li, Monroe and Jurafsky, "Understanding Neural Networks through
Representation Erasure", 2016, arXiv:1612.08220): a word matters as much as the log-odds of the label fall when the
classifier reads the utterance without it. The word is dropped, not masked: a fine-tuned classifier has never seen a
mask token, but it knows clipped speech; without its "not" a refusal reads as the announcement that it denies, which is
the comparison that is wanted; and a checkpoint needs no mask token to be explained. A reader reads the text around in
every variant too.
"""

from __future__ import annotations

import math
import re
from typing import Any

from quotestance.errors import FormatError
from quotestance.stance.cascade import Cascade
from quotestance.stance.classifier import Classifier
from quotestance.stance.marked import Marked, Text, marked
from quotestance.stance.quotes import context_of
from quotestance.stance.reader_classifier import ReaderClassifier
from quotestance.stance.utterance import utterance, utterance_extent
from quotestance.text import Extent
from quotestance.types import Article, Quote, Span, Stance, given_article


class Explanation(tuple[tuple[Span, float], ...]):
    """Words of the article (or groups of neighbouring ones) in the order of the text, each with its weight in [-1, 1].

    >>> from quotestance.types import Span
    >>> [span.text for span, weight in Explanation([(Span(0, 3, "war"), 1.0)]) if weight > 0]
    ['war']
    """

    __slots__ = ()

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        """Show the weightiest words on one line in IPython; ``repr`` tells every span."""
        ranked = sorted(self, key=lambda pair: -abs(pair[1]))
        words = [f"{' '.join(span.text.split())[:_SHOWN_CHARACTERS]} {weight:+.2f}" for span, weight in ranked[:_SHOWN]]
        more = f" and {len(self) - _SHOWN} more" if len(self) > _SHOWN else ""
        printer.text(f"<Explanation {', '.join(words) or 'of no words'}{more}>")


MOST_VARIANTS = 100
"""Most readings of one utterance; where it has more words, neighbours are left out together."""

MOST_CHARACTERS = 1_000_000
"""About how much is read for one quote; an utterance of over 10,000 characters gets fewer variants for it."""

_CHARACTERS_BEFORE, _CHARACTERS_AFTER = 900, 450  # of the article, read with a quote by a reader
_SHOWN, _SHOWN_CHARACTERS = 8, 40  # words that a notebook shows, and how much of each
_WORD = re.compile(r"[^\W_]+(?:[-'’.,][^\W_]+)*")
_LEAST_PROBABILITY = 1e-7


def explain(article: Article, quote: Quote, classifier: Classifier) -> Explanation:
    """Weigh the words that the classifier read for a quote by what each did for the quote's label.

    Weights are in [-1, 1]: above 0 the word spoke for the label, below 0 against it. The strongest word has 1 or -1
    (unless leaving a word out never changes anything, and all have 0), so weights tell the words of one quote apart,
    not one quote from another. Empty where the utterance holds no word. One variant of the utterance is read for
    every word, or for every group of neighbouring words where :data:`MOST_VARIANTS` and :data:`MOST_CHARACTERS` do not
    allow more; such a group has one span.

    Args:
        article: The article that the quote stands in.
        quote: Its ``stance`` names the label; without one it is the label that the classifier gives.
        classifier: What told the stance.

    Raises:
        SpanError: The quote is not of this article.
        FormatError: The classifier does not know the label of the quote.
        TypeError: These are no article and no quote.
    """
    if not isinstance(quote, Quote):
        raise TypeError(f"Give a Quote of the article, such as article.quotes[0], got {quote!r:.60}.")
    article = given_article(article).replace(quotes=(quote,))  # checks the spans of the quote against the text
    offset, _ = utterance_extent(article, quote)
    text = utterance(article, quote)
    groups = _word_groups(text)
    if not groups:
        return Explanation()
    if isinstance(classifier, Cascade):  # readings of two models cannot be compared
        classifier = classifier.answering(article, 0)
    if isinstance(classifier, ReaderClassifier):
        whole, *parts = _read_in_article(article, quote, [(offset + s, offset + e) for s, e in groups], classifier)
    else:
        texts = [text, *(_without(text, *group) for group in groups)]
        before = context_of(classifier)(article, quote)
        whole, *parts = classifier.classify(texts, [before] * len(texts))
    label = whole.label if quote.stance is None else quote.stance.label
    falls = [_log_odds(whole, label) - _log_odds(part, label) for part in parts]
    largest = max(map(abs, falls)) or 1.0
    return Explanation(
        (Span.of(article.text, offset + start, offset + end), fall / largest)
        for (start, end), fall in zip(groups, falls, strict=True)
    )


def _read_in_article(
    article: Article, quote: Quote, groups: list[Extent], classifier: ReaderClassifier
) -> list[Stance]:
    """Stance of a quote in the text around it, whole and without each of some words."""
    start, end = utterance_extent(article, quote)
    first, last = max(0, start - _CHARACTERS_BEFORE), min(len(article.text), end + _CHARACTERS_AFTER)
    texts: list[Text] = []
    for gap in [(first, first), *groups]:
        places = marked(quote)
        content = tuple(filter(None, (_shifted(extent, gap, first) for extent in places.content)))
        source, cue = (None if one is None else _shifted(one, gap, first) for one in (places.source, places.cue))
        kept = article.text[first : gap[0]] + article.text[gap[1] : last]
        texts.append((kept, [Marked(content or ((0, 0),), source, cue)], None, None))
    return [stance for (stance,) in classifier.classify_marked(texts)]


def _shifted(extent: Extent, gap: Extent, first: int) -> Extent | None:
    """Where an extent lies in a text that begins at ``first`` and lacks a gap; ``None`` where nothing is left of it."""
    start, end = (place - first - max(0, min(place, gap[1]) - gap[0]) for place in extent)
    return (start, end) if 0 <= start < end else None


def _word_groups(text: str) -> list[tuple[int, int]]:
    """Extents of the words, or of as many groups of neighbouring words as may be left out."""
    words = [match.span() for match in _WORD.finditer(text)]
    most = max(1, min(MOST_VARIANTS, MOST_CHARACTERS // max(1, len(text))))
    size = max(1, math.ceil(len(words) / most))
    groups = [words[first : first + size] for first in range(0, len(words), size)]
    return [(group[0][0], group[-1][1]) for group in groups]


def _without(text: str, start: int, end: int) -> str:
    return text[:start] + text[end:].lstrip()


def _log_odds(stance: Stance, label: str) -> float:
    if label not in stance.probabilities:
        known = ", ".join(stance.probabilities)
        raise FormatError(f"The quote has the stance {label!r}, which the classifier does not know. It knows: {known}.")
    probability = min(max(stance.probabilities[label], _LEAST_PROBABILITY), 1 - _LEAST_PROBABILITY)
    return math.log(probability / (1 - probability))
