"""The stance classifier: a sequence classifier over a quote with the words that attribute it.

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
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForSequenceClassification

from quotestance.checkpoints import load_model, load_tokenizer
from quotestance.errors import CheckpointError
from quotestance.inference import FloatArray, fast_precision
from quotestance.text import scalar_values
from quotestance.types import STANCES, Article, Quote, Stance

CONDITIONAL = "conditional"
_OVERLAP = 32  # tokens that neighbouring windows of a long quote share


def utterance(article: Article, quote: Quote) -> str:
    """The words that the classifier reads: the content, and source and cue where they stand next to it.

    The extent runs from the first to the last of content, cue and source in the paragraphs of the content; a split
    quote is read with what splits it.
    """
    start, end = quote.start, quote.end
    for span in (quote.cue, quote.source):
        if span is not None and "\n" not in article.text[min(end, span.end) : max(start, span.start)]:
            start, end = min(start, span.start), max(end, span.end)
    return scalar_values(article.text[start:end])


@dataclass(frozen=True, slots=True)
class StanceClassifier:
    """A loaded classifier.

    Args:
        model: A sequence classifier of transformers, in evaluation mode.
        tokenizer: Its fast tokenizer.
        columns: For every stance label the index of its logit; ``conditional`` too where the model has it.
        temperature: What the logits of the stance labels are divided by, ``> 0``.
        window: Most tokens read at once, special tokens counted.
    """

    model: Any
    tokenizer: Any
    columns: dict[str, int]
    temperature: float = 1.0
    window: int = 256

    @classmethod
    def load(cls, name: str | Path, *, device: str = "cpu") -> StanceClassifier:
        """Load a folder or hub checkpoint; raises :class:`CheckpointError` where its labels are not the stances'."""
        model = load_model(AutoModelForSequenceClassification, name).to(device)
        names = {str(label).lower(): int(index) for index, label in model.config.id2label.items()}
        missing = [label for label in STANCES if label not in names]
        if missing:
            raise CheckpointError(
                f"The stance model {str(name)!r} has the labels {sorted(names)}, without {', '.join(missing)}. "
                f'Name its outputs in config.json: "id2label": {{"0": "{STANCES[0]}", ...}}.'
            )
        columns = {label: names[label] for label in (*STANCES, CONDITIONAL) if label in names}
        temperature = float(getattr(model.config, "stance_temperature", 1.0))
        limit = min(getattr(model.config, "max_position_embeddings", 512) - 2, 256)
        return cls(model, load_tokenizer(name), columns, temperature, limit)

    def classify(self, texts: Sequence[str], *, batch_tokens: int = 4_096) -> list[Stance]:
        """Stance of each text.

        Args:
            texts: Utterances of any length; an empty one is read like any other.
            batch_tokens: About how many tokens, padding included, are read at once.
        """
        if not texts:
            return []
        windows, owners, sizes = self._windows(texts)
        scores = np.zeros((len(texts), len(self.columns)), dtype=np.float64)
        weights = np.zeros(len(texts))
        for place, row in enumerate(self._scores(windows, batch_tokens)):
            scores[owners[place]] += row * sizes[place]
            weights[owners[place]] += sizes[place]
        return [self._stance(row) for row in scores / weights[:, None]]

    def _windows(self, texts: Sequence[str]) -> tuple[list[list[int]], list[int], list[int]]:
        """Token ids of every window, the text it belongs to and its weight: how many tokens it reads."""
        backend = self.tokenizer.backend_tokenizer
        backend.no_padding()
        backend.no_truncation()
        before, after = self._special_tokens()
        room = self.window - len(before) - len(after)
        overlap = min(_OVERLAP, room // 2)
        windows, owners, sizes = [], [], []
        for owner, encoding in enumerate(backend.encode_batch(list(texts), add_special_tokens=False)):
            ids = encoding.ids
            for start in range(0, max(1, len(ids) - overlap), room - overlap):
                piece = ids[start : start + room]
                windows.append([*before, *piece, *after])
                owners.append(owner)
                sizes.append(max(1, len(piece)))
        return windows, owners, sizes

    def _special_tokens(self) -> tuple[list[int], list[int]]:
        """What the tokenizer puts before and after a text."""
        encoding = self.tokenizer.backend_tokenizer.encode("a")
        marks = encoding.special_tokens_mask
        first = marks.index(0)
        last = len(marks) - marks[::-1].index(0)
        return encoding.ids[:first], encoding.ids[last:]

    def _scores(self, windows: Sequence[list[int]], batch_tokens: int) -> FloatArray:
        """Logits ``(windows, columns)``; each window is padded to a multiple of 16 that depends on its length alone."""
        padded = [-(-len(ids) // 16) * 16 for ids in windows]
        scores = np.zeros((len(windows), len(self.columns)), dtype=np.float32)
        chosen = list(self.columns.values())
        for length in sorted(set(padded)):
            rows = [row for row, own in enumerate(padded) if own == length]
            size = max(1, batch_tokens // length)
            for first in range(0, len(rows), size):
                part = rows[first : first + size]
                scores[part] = self._logits([windows[row] for row in part], length)[:, chosen]
        return scores

    def _logits(self, windows: Sequence[list[int]], length: int) -> FloatArray:
        ids = torch.full((len(windows), length), self.tokenizer.pad_token_id)
        mask = torch.zeros_like(ids)
        for row, window in enumerate(windows):
            ids[row, : len(window)] = torch.tensor(window)
            mask[row, : len(window)] = 1
        device = self.model.device
        with torch.inference_mode(), fast_precision(device):
            logits = self.model(input_ids=ids.to(device), attention_mask=mask.to(device)).logits
        scores: FloatArray = logits.float().cpu().numpy()
        return scores

    def _stance(self, scores: FloatArray) -> Stance:
        logits = scores[: len(STANCES)] / self.temperature
        odds = np.exp(logits - logits.max())
        chances = odds / odds.sum()
        conditional = None
        if CONDITIONAL in self.columns:
            conditional = float(1 / (1 + np.exp(-np.clip(scores[len(STANCES)], -30, 30))))
        return Stance(dict(zip(STANCES, map(float, chances), strict=True)), conditional)


def classify_stance(articles: Sequence[Article], classifier: StanceClassifier) -> list[Article]:
    """The articles with the stance of every quote filled in; all their quotes are batched together."""
    texts = [utterance(article, quote) for article in articles for quote in article.quotes]
    stances = iter(classifier.classify(texts))
    return [
        article.replace(quotes=tuple(replace(quote, stance=next(stances)) for quote in article.quotes))
        for article in articles
    ]
