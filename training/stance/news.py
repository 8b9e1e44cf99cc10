"""Quotes of conflict news and of our own passages, as a model reads them that is told who speaks."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from pathlib import Path

from quotestance.stance.utterance import ContextOf, utterance
from quotestance.types import Article, Quote
from training.conflict import corpus, invented
from training.stance.contexts import CONTEXTS, articles_of
from training.stance.data import Row, read_jsonl
from training.stance.sides import Sides, read_sides, swap_some, swap_words

SWAPPED = 0.3
"""Share of the articles and of the other quotes for training that are read with two sides of a conflict swapped."""


def news_rows(corpora: Path, before: ContextOf) -> list[Row]:
    """The quotes of the conflict corpus, with what they are reported by; neutral ones count as common."""
    rows: list[Row] = []
    for joined in corpus.load(corpora):
        article = corpus.to_article(joined)
        for quote in article.quotes:
            row = _row(article, quote, joined.record["split"], before)
            row |= {"source": "conflict", "is_common": row["label"] == "neutral", "document": article.id}
            row |= {"kind": quote.kind, "war": article.meta["war"], "file": article.meta["file"]}
            rows.append(row | {"speaker": "nobody" if quote.speaker is None else quote.speaker.kind})
    return rows


def context_rows(before: ContextOf) -> list[Row]:
    """Our own quotes in passages; their ``split`` is train or held."""
    return [
        _row(article, quote, row["split"], before)
        for article in articles_of(list(read_jsonl(CONTEXTS)))
        for quote, row in zip(article.quotes, article.meta["rows"], strict=True)
    ]


def learned_rows(
    corpora: Path, dice: random.Random, before: ContextOf, *, share: float = 1.0, newest: int = 0
) -> list[Row]:
    """What is learned: quotes of conflict news, real and invented, some with sides swapped, and our own in passages.

    Args:
        corpora: The folder of the corpora.
        dice: What decides.
        before: What a quote is read with.
        share: How many of the quotes are read.
        newest: Of the last so many invented articles all are read.
    """
    sides = read_sides()
    rows: list[Row] = []
    joined = [*corpus.load(corpora, "train"), *invented.load()]
    for number, one in enumerate(joined, 1):
        article = corpus.to_article(one)
        if dice.random() < SWAPPED:
            article = swap_some(article, sides, dice)
        read = 1.0 if number > len(joined) - newest else share
        rows += [_row(article, quote, "train", before) for quote in article.quotes if dice.random() < read]
    news = [row | {"is_common": row["label"] == "neutral"} for row in rows]
    return news + [row for row in context_rows(before) if row["split"] == "train" and dice.random() < share]


def swapped_some(rows: Iterable[Row], dice: random.Random) -> list[Row]:
    """Quotes that stand by themselves or after a sentence, some of those for training with sides swapped."""
    sides = read_sides()
    return [_swapped(row, sides, dice) if row["split"] == "train" and dice.random() < SWAPPED else row for row in rows]


def _swapped(row: Row, sides: Sequence[Sides], dice: random.Random) -> Row:
    text, before = swap_words((row["text"], row.get("context", "")), sides, dice)
    return row | {"text": text, "context": before}


def _row(article: Article, quote: Quote, split: str, before: ContextOf) -> Row:
    assert quote.stance is not None  # every quote of gold has one
    read = {"text": utterance(article, quote), "context": before(article, quote), "split": split}
    return read | {"label": quote.stance.label, "conditional": bool(quote.stance.conditional)}
