"""Stance without training: a natural-language-inference checkpoint in the place of the stance classifier.

The utterance is the premise. Every stance label has a hypothesis in ``data/stance_hypotheses.tsv``, and the
probability of a label is the softmax over how strongly the model holds that its hypothesis follows (Yin, Hay and Roth,
"Benchmarking Zero-shot Text Classification", EMNLP 2019). Three passes for every utterance, probabilities that nobody
has calibrated, and no word on ``conditional``: a way to try a checkpoint, not a substitute for one that was trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from quotestance.batching import Precision, dtype_of
from quotestance.checkpoints import load_both
from quotestance.errors import CheckpointError
from quotestance.folders import config_of
from quotestance.stance.logits import (
    LONGEST_WINDOW,
    check_one_each,
    columns_of,
    mean_logits,
    softmax,
    try_out,
    window_of,
)
from quotestance.stance.shares import Shares, told
from quotestance.text import read_lexicon
from quotestance.types import STANCES, Stance

ENTAILMENT = "entailment"


def is_inference_checkpoint(name: str | Path) -> bool:
    """Whether a folder or hub checkpoint judges entailment; only its config is read, and one that cannot be is not."""
    labels = config_of(name).get("id2label") or {}
    return any(label.lower() == ENTAILMENT for label in labels.values())


@lru_cache(maxsize=1)
def hypotheses() -> dict[str, str]:
    """Return the hypothesis of every stance label."""
    found = dict(entry.split("\t") for entry in read_lexicon("stance_hypotheses.tsv"))
    return {label: found[label] for label in STANCES}


@dataclass(frozen=True, slots=True)
class ZeroShotClassifier:
    """A loaded inference model that answers for the stance labels.

    Args:
        model: A sequence classifier of transformers with the output ``entailment``, in evaluation mode.
        tokenizer: Its fast tokenizer.
        column: Index of the logit of ``entailment``.
        window: Most tokens read in one pass, hypothesis and special tokens counted, ``>= 3``; a hypothesis that
            fills more than three fifths of it is left out.
        precision: What the model computes in; see :func:`quotestance.batching.computing`.
        shares: Shares of the labels under which stances are told, as if the model's were equal; ``None`` for those.
    """

    model: Any
    tokenizer: Any
    column: int
    window: int = LONGEST_WINDOW
    precision: Precision = "auto"
    shares: Shares | None = field(default=None, hash=False)  # mappings have no hash

    @classmethod
    def load(cls, name: str | Path, *, device: str = "cpu", precision: Precision = "auto") -> ZeroShotClassifier:
        """Load a classifier.

        Args:
            name: Folder or hub name of its checkpoint.
            device: A torch device ("cpu", "cuda").
            precision: What the model computes in; see :func:`quotestance.batching.computing`.

        Raises:
            CheckpointError: The checkpoint is missing or incomplete, or has no output ``entailment``.
        """
        from transformers import AutoModelForSequenceClassification

        dtype = dtype_of(torch.device(device), precision)
        model, tokenizer = load_both(AutoModelForSequenceClassification, name, device=device, dtype=dtype)
        columns = columns_of(model.config)
        if ENTAILMENT not in columns:
            raise CheckpointError(
                f"The inference model {str(name)!r} has the labels {sorted(columns)}, without {ENTAILMENT}. "
                f'Name its outputs in config.json: "id2label": {{"0": "{ENTAILMENT}", ...}}.'
            )
        try_out(model, tokenizer, window := window_of(model.config), name)
        return cls(model, tokenizer, columns[ENTAILMENT], window, precision)

    def classify(
        self,
        texts: Sequence[str],
        contexts: Sequence[str] | None = None,
        *,
        batch_tokens: int = 4_096,
    ) -> list[Stance]:
        """Stance of each text, in order, without ``conditional``.

        Args:
            texts: Utterances of any length; an empty one is read like any other.
            contexts: One for every text, or ``None``; not read: the place behind the text is the hypothesis's.
            batch_tokens: About how many tokens, padding included, are read at once.

        Raises:
            ValueError: There are not as many contexts as texts.
            TypeError: Texts are one text.
        """
        check_one_each(texts, contexts, "context")
        if not texts:
            return []
        logits = [
            mean_logits(
                self.model,
                self.tokenizer,
                texts,
                seconds=[hypothesis] * len(texts),
                window=self.window,
                batch_tokens=batch_tokens,
                precision=self.precision,
            )[:, self.column]
            for hypothesis in hypotheses().values()
        ]
        rows = softmax(np.stack(logits, axis=1))
        return [told(dict(zip(STANCES, map(float, row), strict=True)), None, None, self.shares) for row in rows]
