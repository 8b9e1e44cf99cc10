"""The stance classifier: a sequence classifier over a quote with the words that attribute it, and the sentence before.

Any checkpoint with the three labels of :data:`quotestance.types.STANCES` in its ``id2label`` serves. Its logits of
these labels, divided by the ``stance_temperature`` of its config (fitted on held-out quotes, Guo et al., ICML 2017;
``temperature`` alone is a setting of text generation to transformers), give the probabilities; a
fourth label ``conditional``, where there is one, is read as a probability of its own. Quotes longer than a window are
scored window by window and averaged; nothing is cut off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from transformers import AutoModelForSequenceClassification

from quotestance.checkpoints import load_both
from quotestance.errors import CheckpointError
from quotestance.folders import is_number
from quotestance.logits import (
    LONGEST_WINDOW,
    Logits,
    check_one_each,
    columns_of,
    mean_logits,
    softmax,
    try_out,
    window_of,
)
from quotestance.text import scalar_values, sentences
from quotestance.types import STANCES, Article, Quote, Stance

CONDITIONAL = "conditional"
_CONTEXT_CHARACTERS = 300  # looked back at
_CONTEXT_WORDS = 40  # read of the sentence before
_OPENING = " \t\r\n\u00a0\"“„‘'«‹([–—-"  # what may stand between a sentence and a quote
_FARTHEST = 600  # characters between a content and the source or cue that is still read with it


class Classifier(Protocol):
    """Whatever tells the stance of texts; what a pipeline needs of a stance model."""

    def classify(self, texts: Sequence[str], contexts: Sequence[str] | None = None) -> list[Stance]:
        """Stance of each text, in order.

        Args:
            texts: Utterances of any length.
            contexts: For every text the sentence before it, empty where there is none; ``None`` for none at all.

        Raises:
            ValueError: There are not as many contexts as texts.
        """


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
    """The words of :func:`utterance_extent`, character for character, but for lone surrogates, which become U+FFFD."""
    start, end = utterance_extent(article, quote)
    return scalar_values(article.text[start:end])


def sentence_before(text: str, start: int) -> str:
    """The last sentence, or part of one, that ends before an offset: what "this" and "such steps" point back to.

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
    """The sentence before the words of :func:`utterance_extent`."""
    return sentence_before(article.text, utterance_extent(article, quote)[0])


@dataclass(frozen=True, slots=True)
class StanceClassifier:
    """A loaded classifier.

    Args:
        model: A sequence classifier of transformers, in evaluation mode.
        tokenizer: Its fast tokenizer.
        columns: For every stance label the index of its logit; ``conditional`` too where the model has it.
        temperature: What the logits of the stance labels are divided by, ``> 0``.
        window: Most tokens read in one pass, special tokens and context counted, ``>= 3``.
        reads_context: Whether it was trained with the sentence before as a second segment (``stance_context`` in the
            config); without it, contexts are not read.
    """

    model: Any
    tokenizer: Any
    columns: dict[str, int]
    temperature: float = 1.0
    window: int = LONGEST_WINDOW
    reads_context: bool = False

    @classmethod
    def load(cls, name: str | Path, *, device: str = "cpu") -> StanceClassifier:
        """Load a classifier.

        Args:
            name: Folder or hub name of its checkpoint.
            device: A torch device ("cpu", "cuda").

        Raises:
            CheckpointError: The checkpoint is missing or incomplete, lacks a stance label, has a
                ``stance_temperature`` that is not above 0, or a ``stance_context`` that is neither true nor false.
        """
        model, tokenizer = load_both(AutoModelForSequenceClassification, name, device=device)
        names = columns_of(model.config)
        missing = [label for label in STANCES if label not in names]
        if missing:
            raise CheckpointError(
                f"The stance model {str(name)!r} has the labels {sorted(names)}, without {', '.join(missing)}. "
                f'Name its outputs in config.json: "id2label": {{"0": "{STANCES[0]}", ...}}.'
            )
        columns = {label: names[label] for label in (*STANCES, CONDITIONAL) if label in names}
        temperature = getattr(model.config, "stance_temperature", 1.0)
        if not (is_number(temperature) and temperature > 0):
            raise CheckpointError(
                f"The stance model {str(name)!r} has the stance_temperature {temperature!r} in config.json. "
                "Give a number above 0, or leave it out for 1."
            )
        reads_context = getattr(model.config, "stance_context", False)
        if not isinstance(reads_context, bool):
            raise CheckpointError(
                f"The stance model {str(name)!r} has the stance_context {reads_context!r} in config.json. "
                "Give true or false, or leave it out for false."
            )
        try_out(model, tokenizer, window := window_of(model.config), name)
        return cls(model, tokenizer, columns, float(temperature), window, reads_context)

    def classify(
        self, texts: Sequence[str], contexts: Sequence[str] | None = None, *, batch_tokens: int = 4_096
    ) -> list[Stance]:
        """Stance of each text, in order.

        Args:
            texts: Utterances of any length; an empty one is read like any other.
            contexts: For every text the sentence before it, empty where there is none; ``None`` for none at all.
                Left out where it would fill more than half of a window, and where the model does not read it.
            batch_tokens: About how many tokens, padding included, are read at once.

        Raises:
            ValueError: There are not as many contexts as texts.
        """
        check_one_each(texts, contexts, "context")
        if not texts:
            return []
        seconds = contexts if self.reads_context else None
        logits = mean_logits(
            self.model, self.tokenizer, texts, seconds=seconds, window=self.window, batch_tokens=batch_tokens
        )
        return [self._stance(row) for row in logits]

    def _stance(self, logits: Logits) -> Stance:
        chances = softmax(logits[[self.columns[label] for label in STANCES]] / self.temperature)
        conditional = None
        if CONDITIONAL in self.columns:
            conditional = float(1 / (1 + np.exp(-np.clip(logits[self.columns[CONDITIONAL]], -30, 30))))
        return Stance(dict(zip(STANCES, map(float, chances), strict=True)), conditional)


def classify_stance(articles: Sequence[Article], classifier: Classifier) -> list[Article]:
    """The articles with the stance of every quote filled in; all their quotes are given to the classifier at once.

    A stance that a quote had before is replaced.
    """
    texts, contexts = [], []
    for article in articles:
        for quote in article.quotes:
            texts.append(utterance(article, quote))
            contexts.append(context(article, quote))
    stances = iter(classifier.classify(texts, contexts))
    return [
        article.replace(quotes=tuple(replace(quote, stance=next(stances)) for quote in article.quotes))
        for article in articles
    ]
