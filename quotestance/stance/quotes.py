"""The stance of quotes, by a reader, which reads them in their article, or by a model that reads bare texts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from quotestance.stance.classifier import Classifier
from quotestance.stance.utterance import ContextOf, context, passage, utterance
from quotestance.text import Segments
from quotestance.types import Article, Quote, Stance


@runtime_checkable
class QuoteClassifier(Protocol):
    """What reads quotes in their article."""

    def classify_quotes(
        self,
        articles: Sequence[Article],
        asked: Sequence[Collection[int]] | None = None,
        segments: Sequence[Segments] | None = None,
    ) -> list[list[Stance]]:
        """As :meth:`quotestance.stance.reader_classifier.ReaderClassifier.classify_quotes`."""


def stances_of(
    articles: Sequence[Article],
    classifier: Classifier,
    asked: Sequence[Collection[int]] | None = None,
    segments: Sequence[Segments] | None = None,
) -> list[list[Stance]]:
    """Stance of the quotes of articles; all are given to the classifier at once.

    Args:
        articles: With their quotes.
        classifier: Reads the quotes in their article if it can, else each as a text after what stands before it.
        asked: For every article the numbers of the quotes that are asked for; ``None`` for all.
        segments: Those of the articles, where they are known.

    Returns:
        For every article a stance for each quote asked for, in their order.

    Raises:
        ValueError: The classifier gives more or fewer stances than it was asked for.
    """
    if isinstance(classifier, QuoteClassifier):
        return classifier.classify_quotes(articles, asked, segments)
    wanted = [range(len(article.quotes)) if asked is None else sorted(asked[n]) for n, article in enumerate(articles)]
    chosen = [
        (article, article.quotes[number])
        for article, numbers in zip(articles, wanted, strict=True)
        for number in numbers
    ]
    stances = iter(_stances_each(classifier, chosen) if chosen else [])  # many a classifier cannot read no texts at all
    return [[next(stances) for _ in numbers] for numbers in wanted]


def _stances_each(classifier: Classifier, quotes: Sequence[tuple[Article, Quote]]) -> list[Stance]:
    before = context_of(classifier)
    texts, contexts = [utterance(*one) for one in quotes], [before(*one) for one in quotes]
    stances = list(classifier.classify(texts, contexts))
    if len(stances) != len(texts):
        raise ValueError(f"The stance model gave {len(stances)} stances for {len(texts)} texts: it must give one each.")
    return stances


def context_of(classifier: Classifier) -> ContextOf:
    """Return what gives the context that a classifier reads: the sentence before, unless it was trained with more."""
    return passage if getattr(classifier, "reads_passage", False) else context


def classify_stance(
    articles: Sequence[Article], classifier: Classifier, segments: Sequence[Segments] | None = None
) -> list[Article]:
    """Fill in the stance of every quote of articles; a stance that a quote had before is replaced."""
    return with_stances(articles, stances_of(articles, classifier, segments=segments))


def with_stances(articles: Sequence[Article], told: Sequence[Sequence[Stance]]) -> list[Article]:
    """Articles with a stance for each of their quotes."""
    return [
        article.replace(
            quotes=tuple(replace(quote, stance=stance) for quote, stance in zip(article.quotes, stances, strict=True))
        )
        for article, stances in zip(articles, told, strict=True)
    ]
