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

BESIDE = 0.7
"""The same share where a quote keeps its sides and the swapped one stands beside it, as its ``other``."""


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
    corpora: Path,
    dice: random.Random,
    before: ContextOf,
    *,
    share: float = 1.0,
    newest: int = 0,
    beside: bool = False,
) -> list[Row]:
    """What is learned: quotes of conflict news, real and invented, some with sides swapped, and our own in passages.

    Args:
        corpora: The folder of the corpora.
        dice: What decides.
        before: What a quote is read with.
        share: How many of the quotes are read.
        newest: Of the last so many invented articles all are read.
        beside: Quotes with sides swapped stand beside those they were made of.
    """
    sides = read_sides()
    rows: list[Row] = []
    joined = [*corpus.load(corpora, "train"), *invented.load()]
    for number, one in enumerate(joined, 1):
        article = corpus.to_article(one)
        swapped = swap_some(article, sides, dice) if dice.random() < (BESIDE if beside else SWAPPED) else article
        read = 1.0 if number > len(joined) - newest else share
        for own, other in zip(article.quotes, swapped.quotes, strict=True):
            if dice.random() < read:
                changed = _row(swapped, other, "train", before)
                rows.append(_both(_row(article, own, "train", before), changed) if beside else changed)
    news = [row | {"is_common": row["label"] == "neutral"} for row in rows]
    return news + [row for row in context_rows(before) if row["split"] == "train" and dice.random() < share]


def swapped_some(rows: Iterable[Row], dice: random.Random, *, beside: bool = False) -> list[Row]:
    """Quotes that stand by themselves or after a sentence, some of those for training with sides swapped.

    With ``beside`` these keep their own and get the swapped ones as their ``other``.
    """
    sides, share, found = read_sides(), BESIDE if beside else SWAPPED, []
    for row in rows:
        if row["split"] == "train" and dice.random() < share:
            changed = _swapped(row, sides, dice)
            found.append(_both(row, changed) if beside else changed)
        else:
            found.append(row)
    return found


def _both(row: Row, changed: Row) -> Row:
    """A quote with the same of other sides as its ``other``, where that reads otherwise."""
    is_same = all(row.get(name, "") == changed.get(name, "") for name in ("text", "context"))
    return row if is_same else row | {"other": changed}


def _swapped(row: Row, sides: Sequence[Sides], dice: random.Random) -> Row:
    text, before = swap_words((row["text"], row.get("context", "")), sides, dice)
    return row | {"text": text, "context": before}


def _row(article: Article, quote: Quote, split: str, before: ContextOf) -> Row:
    assert quote.stance is not None  # every quote of gold has one
    read = {"text": utterance(article, quote), "context": before(article, quote), "split": split}
    return read | {"label": quote.stance.label, "conditional": bool(quote.stance.conditional)}
