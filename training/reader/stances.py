"""What the reader learns of stance: labelled quotes of conflict news, of our own writing and of other documents.

The quotes of an article that have a stance are asked for wherever the article is read.  Beside the conflict corpus
these are our own passages (contexts.jsonl), our own quotes with a sentence before them or none (written.jsonl,
pairs.jsonl, triples.jsonl), and the labelled stretches of other documents, each with some of the text around it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from quotestance.reader.model import Output
from quotestance.reader.stances import OUTPUTS, PARTS, StanceHead
from quotestance.reader.tokens import IntArray, Tokens, Window
from quotestance.stance.marked import marked, places_of
from quotestance.stance.utterance import sentence_before, utterance_extent
from quotestance.types import STANCES, Article, Quote, Span, Stance
from training.stance.contexts import CONTEXTS, articles_of
from training.stance.data import Item, Row, load_items, our_quotes, read_jsonl, texts

BEFORE, AFTER = 900, 300
"""Characters of a document that are read around a labelled stretch, about."""

SMOOTHING = 0.05
"""Probability that a label leaves to all three."""

BALANCE = 0.6
"""Power of the inverse frequency that a label weighs by: 0 as they fall, 1 as if equally frequent."""

CONDITIONAL_WEIGHT = 0.2
"""Of the loss of ``conditional`` beside that of the stance."""

LEAST_INSIDE = 0.5
"""Share of a quote's content that a window has to hold for the quote to be asked for there."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A quote with a stance: its tokens for each of PARTS, and what is known of it.

    Args:
        parts: Tokens of content, source and cue.
        chances: Probability of every label of STANCES: 1 and 0 where a label is known, others where a teacher spoke.
        conditional: Probability that the stance hangs on a condition.
    """

    parts: tuple[IntArray, ...]
    chances: tuple[float, ...]
    conditional: float


@dataclass(frozen=True, slots=True)
class Asked:
    """The quotes of a batch whose stance is asked.

    Args:
        rows: The window of each, ``(quotes,)``.
        parts: Its tokens in that window, ``(quotes, 3, length)``.
        chances: Probabilities of the labels ``(quotes, 3)``.
        conditional: Probability that the stance hangs on a condition, ``(quotes,)``.
    """

    rows: Tensor
    parts: Tensor
    chances: Tensor
    conditional: Tensor


def judged_of(article: Article, tokens: Tokens) -> tuple[Judged, ...]:
    """The quotes of an article that have a stance, by their tokens."""
    told = [(marked(quote), quote.stance) for quote in article.quotes if quote.stance is not None]
    pieces = places_of(tokens, [places for places, _ in told], longest=max(1, len(tokens)))
    return tuple(
        Judged(
            tuple(getattr(piece, name) for name in PARTS),
            tuple(told[piece.quote][1].probabilities[name] for name in STANCES),
            told[piece.quote][1].conditional or 0.0,
        )
        for piece in pieces
    )


def asked_of(cut: Sequence[tuple[Sequence[Judged], Window]], length: int) -> Asked:
    """What is asked of windows, each padded to a length with a special token before it."""
    rows: list[int] = []
    parts: list[Tensor] = []
    chances: list[tuple[float, ...]] = []
    conditional: list[float] = []
    for row, (quotes, window) in enumerate(cut):
        for quote in quotes:
            inside = [part[(part >= window.start) & (part < window.end)] - window.start + 1 for part in quote.parts]
            if len(inside[0]) < LEAST_INSIDE * len(quote.parts[0]) or not len(inside[0]):
                continue
            mask = torch.zeros((len(PARTS), length), dtype=torch.bool)
            for place, part in enumerate(inside):
                mask[place, part] = True
            rows.append(row)
            parts.append(mask)
            chances.append(quote.chances)
            conditional.append(quote.conditional)
    masks = torch.stack(parts) if parts else torch.zeros((0, len(PARTS), length), dtype=torch.bool)
    told = torch.tensor(chances).view(-1, len(STANCES))
    return Asked(torch.tensor(rows, dtype=torch.long), masks, told, torch.tensor(conditional))


def stance_loss(head: StanceHead, output: Output, asked: Asked, weights: Tensor) -> Tensor:
    """Weighted cross-entropy with the stances, and with ``conditional``; 0 where nothing is asked.

    A quote weighs as its labels do, whatever the others of its batch: batches may hold one label alone.

    Args:
        head: Of the model.
        output: What it says of the batch.
        asked: The quotes.
        weights: Of the labels, ``(3,)``.
    """
    assert output.stance is not None
    focus, values = output.stance
    if not len(asked.rows):
        return focus.sum() * 0
    logits = head(focus[asked.rows], values[asked.rows], asked.parts)
    wanted = (1 - SMOOTHING) * asked.chances + SMOOTHING / len(STANCES)
    losses = -(wanted * logits[:, : len(STANCES)].log_softmax(-1)).sum(-1)
    loss: Tensor = (asked.chances @ weights * losses).mean()
    told = logits[:, OUTPUTS.index("conditional")]
    extra = torch.nn.functional.binary_cross_entropy_with_logits(told, asked.conditional)
    return loss + CONDITIONAL_WEIGHT * extra


def label_weights(articles: Sequence[Article]) -> Tensor:
    """What every label weighs in the loss, ``(3,)``, by its frequency in articles; 1 on average over their quotes."""
    counts = np.ones(len(STANCES))
    for article in articles:
        for quote in article.quotes:
            if quote.stance is not None:
                counts[STANCES.index(quote.stance.label)] += 1
    weights = (counts.sum() / counts) ** BALANCE
    return torch.tensor(weights * counts.sum() / (weights @ counts), dtype=torch.float32)


def our_passages() -> list[Article]:
    """Our own quotes in passages that are for training, and those with no more than a sentence before."""
    passages = articles_of([row for row in read_jsonl(CONTEXTS) if row["split"] == "train"])
    alone = [row for row in our_quotes() if row["split"] == "train"]
    return [*passages, *map(_bare, alone)]


def _bare(row: Row) -> Article:
    lead = f"{row['context']} " if row.get("context") else ""
    text = lead + row["text"]
    stance = Stance.certain(row["label"], row["conditional"])
    return Article(text, quotes=(Quote("mixed", (Span.of(text, len(lead), len(text)),), stance=stance),))


def labelled_documents(corpora: Path) -> list[Article]:
    """The labelled stretches of documents for training, each with some of the text around it."""
    documents, _ = texts(corpora)
    return [
        _around(item, documents.get((item.source, item.path))) for item in load_items(corpora) if item.split == "train"
    ]


def _around(item: Item, document: str | None) -> Article:
    if document is None:
        document, start = f"{item.before}{item.text}", len(item.before)
    else:
        start = item.start
    end = start + (item.end - item.start)
    first = max(0, start - BEFORE)
    if first and (edge := re.search(r"[.!?\n][\"”’]?\s+", document[first:start])):
        first += edge.end()
    last = min(len(document), end + AFTER)
    if edge := re.search(r"[.!?\n]", document[last:]):
        last = min(last + edge.end(), last + AFTER)
    text = document[first:last]
    content = Span.of(text, start - first, end - first)
    return Article(text, quotes=(Quote("mixed", (content,), stance=Stance.certain(item.label, item.conditional)),))


def widened(article: Article) -> Article:
    """The article with the words that attribute its quotes as their content: how a bare text is read."""
    quotes = (
        replace(quote, content=(Span.of(article.text, *utterance_extent(article, quote)),), source=None, cue=None)
        for quote in article.quotes
    )
    return article.replace(quotes=tuple(quotes))


def alone(article: Article, *, before: bool) -> Article:
    """The first quote of an article by itself, or after the sentence before it: what a bare text is."""
    (quote, *_) = article.quotes
    lead = sentence_before(article.text, quote.start) if before else ""
    lead = f"{lead} " if lead else ""
    text = lead + article.text[quote.start : quote.end]
    return Article(text, quotes=(Quote(quote.kind, (Span.of(text, len(lead), len(text)),), stance=quote.stance),))


def drawn(
    passages: Sequence[Article],
    documents: Sequence[Article],
    share: float,
    dice: random.Random,
    *,
    wide: float,
    bare: float,
) -> Iterator[Article]:
    """What an epoch reads for stance alone.

    Args:
        passages: Our own; all are read.
        documents: Labelled stretches in their documents.
        share: How many of these are read; of neutral ones half as many.
        dice: What decides.
        wide: Share of our passages that are :func:`widened`.
        bare: Share of the stretches that are read :func:`alone`, half of these without the sentence before.
    """
    for article in passages:
        yield widened(article) if dice.random() < wide else article
    for article in documents:
        stance = article.quotes[0].stance
        is_common = stance is not None and stance.label == "neutral"
        if dice.random() < (share / 2 if is_common else share):
            yield alone(article, before=dice.random() < 0.5) if dice.random() < bare else article
