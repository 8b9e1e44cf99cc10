"""The stance classifier: a sequence classifier over a quote with the words that attribute it, and words before them.

Any checkpoint with the three labels of :data:`quotestance.types.STANCES` in its ``id2label`` serves. Its logits of
these labels, divided by the ``stance_temperature`` of its config (fitted on held-out quotes, Guo et al., ICML 2017;
``temperature`` alone is a setting of text generation to transformers), give the probabilities; a
fourth label ``conditional``, where there is one, is read as a probability of its own. They hold where the labels have
the shares of ``stance_prior`` in its config, and without it where they are equally frequent. Quotes longer than a
window are scored window by window and averaged; nothing is cut off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from quotestance.batching import Precision, dtype_of
from quotestance.checkpoints import load_both
from quotestance.encoders import SequenceClassifier
from quotestance.errors import CheckpointError
from quotestance.folders import is_number
from quotestance.plain import load_plain
from quotestance.stance.logits import (
    LEAST_TEMPERATURE,
    LONGEST_WINDOW,
    Logits,
    check_one_each,
    columns_of,
    mean_logits,
    softmax,
    try_out,
    window_of,
)
from quotestance.stance.shares import Shares, prior_of, told
from quotestance.types import STANCES, Stance

CONDITIONAL = "conditional"

PASSAGE = "passage"
"""``stance_context`` in the config of a model that was trained with :func:`quotestance.stance.utterance.passage`."""

CONTEXTS: Mapping[bool | str, str] = {
    False: "",
    True: "the sentence before",
    PASSAGE: "who speaks and the last two sentences before (`Ann Roe, minister, Arden Guard, UKR: Guns fired. ...`: "
    "name, role, affiliation and ISO 3166-1 alpha-3 code of the country, as far as they are known; of the sentences at "
    "most 45 words)",
}
"""What a model reads as second segment, in words for its card, by its ``stance_context``."""


class Classifier(Protocol):
    """Whatever tells the stance of texts; what a pipeline needs of a stance model."""

    def classify(self, texts: Sequence[str], contexts: Sequence[str] | None = None) -> list[Stance]:
        """Stance of each text, in order.

        Args:
            texts: Utterances of any length.
            contexts: For every text what stands before it, as :func:`quotestance.stance.quotes.context_of` gives it,
                empty where there is nothing; ``None`` for none at all.

        Raises:
            ValueError: There are not as many contexts as texts.
        """


@dataclass(frozen=True, slots=True)
class StanceClassifier:
    """A loaded classifier.

    Args:
        model: A sequence classifier of transformers, in evaluation mode.
        tokenizer: Its fast tokenizer.
        columns: For every stance label the index of its logit; ``conditional`` too where the model has it.
        temperature: What the logits of the stance labels are divided by, ``> 0``.
        window: Most tokens read in one pass, special tokens and context counted, ``>= 3``.
        reads_context: Whether it was trained with words before the quote as a second segment (``stance_context`` in
            the config); without it, contexts are not read.
        precision: What the model computes in; see :func:`quotestance.batching.computing`.
        prior: Shares of the labels where the probabilities of the model hold; ``None`` for equal ones.
        shares: Shares under which stances are told; ``None`` for those of ``prior``.
        reads_passage: Whether the words before are who speaks and two sentences, and not the sentence before.
    """

    model: Any
    tokenizer: Any
    columns: dict[str, int] = field(hash=False)  # mappings have no hash
    temperature: float = 1.0
    window: int = LONGEST_WINDOW
    reads_context: bool = False
    precision: Precision = "auto"
    prior: Shares | None = field(default=None, hash=False)
    shares: Shares | None = field(default=None, hash=False)
    reads_passage: bool = False

    @classmethod
    def load(cls, name: str | Path, *, device: str = "cpu", precision: Precision = "auto") -> StanceClassifier:
        """Load a classifier.

        Args:
            name: Folder or hub name of its checkpoint.
            device: A torch device ("cpu", "cuda").
            precision: What the model computes in; see :func:`quotestance.batching.computing`.

        Raises:
            CheckpointError: The checkpoint is missing or incomplete, lacks a stance label, has a
                ``stance_temperature`` below 1e-6, a ``stance_context`` that is none of true, false and "passage",
                or a ``stance_prior`` without a share above 0 for every label.
        """
        dtype = dtype_of(torch.device(device), precision)
        model, tokenizer = load_plain(SequenceClassifier, name, device=device, dtype=dtype) or _load(
            name, device, dtype
        )
        return cls.over(model, tokenizer, name, precision=precision)

    @classmethod
    def over(cls, model: Any, tokenizer: Any, name: str | Path, *, precision: Precision = "auto") -> StanceClassifier:
        """Put a classifier over a model that is loaded.

        Args:
            model: A sequence classifier in evaluation mode, with its config.
            tokenizer: Its fast tokenizer.
            name: What it is called in errors.
            precision: As in :meth:`load`.

        Raises:
            CheckpointError: As in :meth:`load`.
        """
        names = columns_of(model.config)
        missing = [label for label in STANCES if label not in names]
        if missing:
            raise CheckpointError(
                f"The stance model {str(name)!r} has the labels {sorted(names)}, without {', '.join(missing)}. "
                f'Name its outputs in config.json: "id2label": {{"0": "{STANCES[0]}", ...}}.'
            )
        columns = {label: names[label] for label in (*STANCES, CONDITIONAL) if label in names}
        temperature = getattr(model.config, "stance_temperature", 1.0)
        if not is_number(temperature, LEAST_TEMPERATURE):
            raise CheckpointError(
                f"The stance model {str(name)!r} has the stance_temperature {temperature!r} in config.json. "
                f"Give a number above 0, at least {LEAST_TEMPERATURE}, or leave it out for 1."
            )
        reads_context = getattr(model.config, "stance_context", False)
        if not isinstance(reads_context, bool) and reads_context != PASSAGE:
            raise CheckpointError(
                f"The stance model {str(name)!r} has the stance_context {reads_context!r} in config.json. "
                f'Give true, false or "{PASSAGE}", or leave it out for false.'
            )
        prior = prior_of(model.config, name)
        try_out(model, tokenizer, window := window_of(model.config), name)
        return cls(
            *(model, tokenizer, columns, float(temperature), window),
            reads_context=bool(reads_context),
            precision=precision,
            prior=prior,
            reads_passage=reads_context == PASSAGE,
        )

    def classify(
        self, texts: Sequence[str], contexts: Sequence[str] | None = None, *, batch_tokens: int = 4_096
    ) -> list[Stance]:
        """Stance of each text, in order.

        Args:
            texts: Utterances of any length; an empty one is read like any other.
            contexts: For every text the sentence before it, or the passage that
                :func:`quotestance.stance.utterance.passage` gives, empty where there is none; ``None`` for none at all.
                Left out where it would fill more than three fifths of a window, and where the model does not read it.
            batch_tokens: About how many tokens, padding included, are read at once.

        Raises:
            ValueError: There are not as many contexts as texts.
            TypeError: Texts are one text.
        """
        check_one_each(texts, contexts, "context")
        if not texts:
            return []
        seconds = contexts if self.reads_context else None
        logits = mean_logits(
            self.model,
            self.tokenizer,
            texts,
            seconds=seconds,
            window=self.window,
            batch_tokens=batch_tokens,
            precision=self.precision,
        )
        return [self._stance(row) for row in logits]

    def _stance(self, logits: Logits) -> Stance:
        chances = softmax(logits[[self.columns[label] for label in STANCES]] / self.temperature)
        conditional = None
        if CONDITIONAL in self.columns:
            conditional = float(1 / (1 + np.exp(-np.clip(logits[self.columns[CONDITIONAL]], -30, 30))))
        return told(dict(zip(STANCES, map(float, chances), strict=True)), conditional, self.prior, self.shares)


def _load(name: str | Path, device: str, dtype: torch.dtype) -> tuple[Any, Any]:
    """Load any sequence classifier that transformers knows, with its tokenizer."""
    from transformers import AutoModelForSequenceClassification

    return load_both(AutoModelForSequenceClassification, name, device=device, dtype=dtype)
