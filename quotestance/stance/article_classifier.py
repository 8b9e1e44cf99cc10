"""The stance classifier that reads quotes where they stand: their article around them, source and cue marked.

Windows around the quotes are read once, however many quotes stand in them (:mod:`quotestance.stance.windows`). How
logits become probabilities (:mod:`quotestance.stance.calibration`) stands in the checkpoint's config, beside
``stance_prior``, the shares of the labels where the probabilities hold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from quotestance.batching import Precision, computing, dtype_of, equal_lengths
from quotestance.checkpoints import TRIAL, check_outputs, load_both, loading
from quotestance.errors import CheckpointError
from quotestance.folders import is_whole
from quotestance.reader.stances import OUTPUTS
from quotestance.reader.tokens import IntArray, Tokens, tokenize
from quotestance.stance.article_model import ArticleStanceModel
from quotestance.stance.calibration import Calibration
from quotestance.stance.in_article import InArticle
from quotestance.stance.logits import Logits
from quotestance.stance.marked import Marked, Text, places_of
from quotestance.stance.shares import Shares, prior_of
from quotestance.stance.windows import LEAST_ROOM, QuoteWindow, marks_of, pad, plan
from quotestance.text import Segments

BATCH_TOKENS = 4_096
"""About how many tokens, padding included, are read at once."""

_MULTIPLE = 32  # windows are padded up to a multiple of this


@dataclass(frozen=True, slots=True)
class ArticleClassifier(InArticle):
    """A loaded model that reads quotes in their article.

    Args:
        model: An :class:`~quotestance.stance.article_model.ArticleStanceModel` in evaluation mode.
        tokenizer: Its fast tokenizer.
        calibration: What its logits are turned into probabilities with.
        precision: What the model computes in; see :func:`quotestance.batching.computing`.
        prior: Shares of the labels where the probabilities of the model hold; ``None`` for equal ones.
        shares: Shares under which stances are told; ``None`` for those of ``prior``.
    """

    model: Any
    tokenizer: Any
    calibration: Calibration = field(default_factory=Calibration)
    precision: Precision = "auto"
    prior: Shares | None = None
    shares: Shares | None = None

    @classmethod
    def load(cls, name: str | Path, *, device: str = "cpu", precision: Precision = "auto") -> ArticleClassifier:
        """Load a classifier.

        Args:
            name: Folder or hub name of its checkpoint.
            device: A torch device ("cpu", "cuda").
            precision: What the model computes in; see :func:`quotestance.batching.computing`.

        Raises:
            CheckpointError: The checkpoint is missing, incomplete or malformed, or its settings make no sense.
        """
        special = ("pad_token", "cls_token", "sep_token")
        dtype = dtype_of(torch.device(device), precision)
        model, tokenizer = load_both(ArticleStanceModel, name, device=device, special=special, dtype=dtype)
        _check_windows(model.config, name)
        calibration = Calibration.of(model.config.decoding, name)
        loaded = cls(model, tokenizer, calibration, precision, prior_of(model.config, name))
        with loading("a stance model that runs", name):
            check_outputs(name, loaded.logits([(TRIAL, [Marked(((0, len(TRIAL)),))], None, None)])[0])
        return loaded

    def logits(self, texts: Sequence[Text]) -> list[Logits]:
        """Logits ``(asked, 4)`` of the marked quotes of texts, in the order of :data:`OUTPUTS`; 0 without a token."""
        jobs = [job for number, text in enumerate(texts) for job in self._jobs(number, *text)]
        sums = [np.zeros((len(marked_quotes), len(OUTPUTS))) for _, marked_quotes, _, _ in texts]
        sizes = [np.zeros((len(marked_quotes), 1)) for _, marked_quotes, _, _ in texts]
        for job, rows in self._read(jobs):
            for piece, row in zip(job.window.inside, rows, strict=True):
                sums[job.text][piece.quote] += row * len(piece.content)
                sizes[job.text][piece.quote] += len(piece.content)
        means = [total / np.maximum(size, 1) for total, size in zip(sums, sizes, strict=True)]
        return [
            mean if numbers is None else mean[sorted(numbers)]
            for mean, (_, _, numbers, _) in zip(means, texts, strict=True)
        ]

    def _jobs(
        self, number: int, text: str, quotes: Sequence[Marked], asked: Collection[int] | None, segments: Segments | None
    ) -> Iterator[_Job]:
        """Return the windows of a text."""
        if not quotes or (asked is not None and not asked):
            return
        config = self.model.config
        tokens = tokenize(text, self.tokenizer, segments)
        pieces = list(places_of(tokens, quotes, config.window - config.before - config.after))
        marks = marks_of(tokens, pieces)
        wanted = pieces if asked is None else [piece for piece in pieces if piece.quote in asked]
        for window in plan(tokens, wanted, window=config.window, before=config.before, after=config.after):
            yield _Job(number, tokens, marks, window)

    def _read(self, jobs: Sequence[_Job]) -> Iterator[tuple[_Job, npt.NDArray[np.float32]]]:
        lengths = [job.window.end - job.window.start + 2 for job in jobs]
        for length, rows in equal_lengths(lengths, multiple=_MULTIPLE, batch_tokens=BATCH_TOKENS):
            inside = [jobs[row] for row in rows]
            batch = pad([(job.tokens, job.marks, job.window) for job in inside], self.tokenizer, length)
            with torch.inference_mode(), computing(self.model.device, self.precision, held=self.model.dtype):
                logits = self.model(batch.to(self.model.device)).float().cpu().numpy()
            yield from ((job, one[: len(job.window.inside)]) for job, one in zip(inside, logits, strict=True))


@dataclass(frozen=True, slots=True)
class _Job:
    """A window to read, and the number of the text that it is of."""

    text: int
    tokens: Tokens
    marks: IntArray
    window: QuoteWindow


def _check_windows(config: Any, name: str | Path) -> None:
    places = config.encoder.get("max_position_embeddings", 512)
    sizes = {key: getattr(config, key) for key in ("window", "before", "after")}
    if not all(is_whole(size, 0) for size in sizes.values()) or not (
        sizes["before"] + sizes["after"] + LEAST_ROOM <= sizes["window"] <= places - 4
    ):
        raise CheckpointError(
            f"The stance model {str(name)!r} has the window {sizes} in config.json. Give whole numbers: window at most "
            f"{places - 4}, and at least {LEAST_ROOM} more than before and after together."
        )
