"""The stance classifier inside the reader: what tells the quotes tells their stance, in the same pass.

While articles are read, the reader notes a few numbers of every token that may be part of a quote
(:mod:`quotestance.reader.stances`); once quotes are assembled, their stance is told from these. Quotes that come from
elsewhere are told from a pass of the reader over their article. How logits become probabilities stands in the
checkpoint's config, as ``decoding.stance_temperature`` and ``decoding.stance_bias_...``
(:mod:`quotestance.stance.calibration`), beside ``stance_prior``, the shares of the labels where they hold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from quotestance.batching import Precision, computing, dtype_of
from quotestance.checkpoints import TRIAL, check_outputs, loading
from quotestance.errors import CheckpointError
from quotestance.reader.inference import HalfArray, Reading, StanceReading, read_stance
from quotestance.reader.loading import load_reader
from quotestance.reader.stances import OUTPUTS, PARTS
from quotestance.reader.tokens import IntArray, Tokens, Window, plan_windows, tokenize
from quotestance.stance.calibration import Calibration
from quotestance.stance.logits import Logits
from quotestance.stance.marked import Marked, Places, Text, bare_texts, marked, places_of, texts_of
from quotestance.stance.shares import Shares, prior_of
from quotestance.text import Segments
from quotestance.types import Article, Stance

_PREFIX = "stance_"  # of the calibration in the reader's decoding
_TOKENS_AT_ONCE = 50_000  # of texts that are read together, about
_WINDOWS_AT_ONCE = 32
_NOTES_AT_ONCE = 20_000  # tokens, padding included, whose notes are pooled together
_LONGEST = 4_096  # tokens of a quote that are pooled together; a longer one is told by its pieces
_NOWHERE = np.int32(np.iinfo(np.int32).max)  # the place of no token
_NOTED = ("places", "focus", "values")
_NOTHING = Places(0, *(np.zeros(0, dtype=np.int32) for _ in PARTS))


@dataclass(slots=True)
class StanceNotes:
    """What a reader notes of an article for the stance of its quotes, window by window in order."""

    tokens: Tokens | None = None
    readings: list[StanceReading] = field(default_factory=list)

    def add(self, reading: Reading) -> None:
        """Take what is noted of a window."""
        if reading.stance is not None:
            self.tokens = reading.tokens
            self.readings.append(reading.stance)


@dataclass(frozen=True, slots=True)
class ReaderClassifier:
    """A reader as a stance classifier.

    Args:
        model: A reader with a head for stance, in evaluation mode.
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
    prior: Shares | None = field(default=None, hash=False)  # mappings have no hash
    shares: Shares | None = field(default=None, hash=False)

    @classmethod
    def load(cls, name: str | Path, *, device: str = "cpu", precision: Precision = "auto") -> ReaderClassifier:
        """Load a reader that tells stance.

        Args:
            name: Folder, shipped name or hub name of its checkpoint.
            device: A torch device ("cpu", "cuda").
            precision: What the model computes in; see :func:`quotestance.batching.computing`.

        Raises:
            CheckpointError: The checkpoint is missing, incomplete or malformed, tells no stance, or its settings make
                no sense.
        """
        dtype = dtype_of(torch.device(device), precision)
        model, tokenizer = load_reader(name, device=device, dtype=dtype)
        return cls.over(model, tokenizer, name, precision=precision)

    @classmethod
    def over(cls, model: Any, tokenizer: Any, name: str | Path, *, precision: Precision = "auto") -> ReaderClassifier:
        """Put a classifier over a reader that is loaded, such as a pipeline's own.

        Args:
            model: The reader.
            tokenizer: Its fast tokenizer.
            name: What it is called in errors.
            precision: As in :meth:`load`.

        Raises:
            CheckpointError: It has no head for stance, or its settings make no sense.
        """
        if not model.config.reads_stance:
            raise CheckpointError(
                f"The reader {str(name)!r} tells no stance (reads_stance in its config.json is not true). "
                "Give a stance model beside it."
            )
        calibration = Calibration.of(model.config.decoding, name, prefix=_PREFIX)
        made = cls(model, tokenizer, calibration, precision, prior_of(model.config, name))
        with loading("a reader that tells stance", name):
            check_outputs(name, made.logits(bare_texts([TRIAL]))[0])
        return made

    def classify(self, texts: Sequence[str], contexts: Sequence[str] | None = None) -> list[Stance]:
        """Stance of texts, each read as one quote, in order.

        Args:
            texts: Utterances of any length; one without a word has the stance of no words at all.
            contexts: For every text what stands before it, empty where there is nothing; ``None`` for none at all.

        Raises:
            ValueError: There are not as many contexts as texts.
            TypeError: Texts are one text.
        """
        return [stance for (stance,) in self.classify_marked(bare_texts(texts, contexts))]

    def classify_quotes(
        self,
        articles: Sequence[Article],
        asked: Sequence[Collection[int]] | None = None,
        segments: Sequence[Segments] | None = None,
    ) -> list[list[Stance]]:
        """Stance of the quotes of articles, which are read for it.

        Args:
            articles: With their quotes.
            asked: For every article the numbers of the quotes that are asked for; ``None`` for all.
            segments: Those of the articles, where they are known.

        Returns:
            For every article a stance for each quote asked for, in their order.

        Raises:
            ValueError: ``asked`` or ``segments`` has another length than ``articles``.
        """
        return self.classify_marked(texts_of(articles, asked, segments))

    def classify_marked(self, texts: Sequence[Text]) -> list[list[Stance]]:
        """Stance of the marked quotes of texts that are asked for, in their order."""
        return [[self._stance_of(row) for row in rows] for rows in self.logits(texts)]

    def classify_noted(self, articles: Sequence[Article], notes: Sequence[StanceNotes]) -> list[list[Stance]]:
        """Stance of all quotes of articles, from what was noted while they were read.

        A quote with words that the reader took for no part of one is read again.
        """
        return [self._of_notes(article, own) for article, own in zip(articles, notes, strict=True)]

    def _of_notes(self, article: Article, notes: StanceNotes) -> list[Stance]:
        if not article.quotes:
            return []
        if notes.tokens is None:
            return self.classify_quotes([article])[0]
        quotes = _by_quote(notes.tokens, [marked(quote) for quote in article.quotes])
        known = np.append(np.concatenate([reading.places for reading in notes.readings]), _NOWHERE)
        lacking = [
            number
            for number, own in enumerate(quotes)
            if any(len(_rows(known, piece)[0]) < len(piece.content) for piece in own)
        ]
        stances = [self._stance_of(row) for row in self._pooled(notes.readings, quotes)]
        if lacking:
            for number, stance in zip(lacking, self.classify_quotes([article], [lacking])[0], strict=True):
                stances[number] = stance
        return stances

    def logits(self, texts: Sequence[Text]) -> list[Logits]:
        """Logits ``(asked, 4)`` of the marked quotes of texts, in the order of :data:`OUTPUTS`."""
        found: list[Logits] = []
        group: list[_Asked] = []
        size = 0
        for text in texts:
            group.append(self._asked(*text))
            size += 0 if group[-1].tokens is None else len(group[-1].tokens)
            if size >= _TOKENS_AT_ONCE:
                found += self._read(group)
                group, size = [], 0
        return found + self._read(group)

    def _stance_of(self, logits: Logits) -> Stance:
        return self.calibration.stance(logits, self.prior, self.shares)

    def _asked(
        self, text: str, quotes: Sequence[Marked], numbers: Collection[int] | None, segments: Segments | None
    ) -> _Asked:
        wanted = quotes if numbers is None else [quotes[number] for number in sorted(numbers)]
        if not wanted:
            return _Asked(None, [])
        tokens = tokenize(text, self.tokenizer, segments)
        return _Asked(tokens, _by_quote(tokens, wanted))

    def _read(self, texts: Sequence[_Asked]) -> list[Logits]:
        """Logits of the quotes of texts, which are read together."""
        readings: list[list[StanceReading]] = [[] for _ in texts]
        jobs = ((number, window) for number, own in enumerate(texts) for window in self._windows(own))
        while chunk := list(islice(jobs, _WINDOWS_AT_ONCE)):
            windows = [window for _, window in chunk]
            read = read_stance(self.model, self.tokenizer, windows, precision=self.precision)
            for (number, _), reading in zip(chunk, read, strict=True):
                readings[number].append(reading)
        return [self._pooled(own, text.quotes) for own, text in zip(readings, texts, strict=True)]

    def _windows(self, asked: _Asked) -> Iterator[tuple[Tokens, Window, IntArray]]:
        """Yield the windows of a text in whose homes quotes stand, each with the tokens of these."""
        parts = [getattr(piece, name) for own in asked.quotes for piece in own for name in PARTS]
        if asked.tokens is None or not parts:
            return
        places = np.unique(np.concatenate(parts)).astype(np.int32)
        config = self.model.config
        for window in plan_windows(asked.tokens, length=config.window, before=config.before, after=config.after):
            first, last = np.searchsorted(places, np.asarray((window.home_start, window.home_end), dtype=np.int32))
            if first < last:
                yield asked.tokens, window, places[first:last]

    def _pooled(self, readings: Sequence[StanceReading], quotes: Sequence[Sequence[Places]]) -> Logits:
        """Logits of quotes, ``(quotes, 4)``, from the notes on their tokens; of long ones the mean over pieces."""
        pieces = [(number, piece) for number, own in enumerate(quotes) for piece in own or [_NOTHING]]
        sums, sizes = np.zeros((len(quotes), len(OUTPUTS))), np.zeros((len(quotes), 1))
        for (number, piece), row in zip(pieces, self._of_pieces(readings, [one for _, one in pieces]), strict=True):
            size = max(1, len(piece.content))
            sums[number] += row * size
            sizes[number] += size
        found: Logits = sums / np.maximum(sizes, 1)
        return found

    def _of_pieces(self, readings: Sequence[StanceReading], pieces: Sequence[Places]) -> Iterator[Logits]:
        width = len(PARTS) * self.model.config.stance_size
        nothing = StanceReading(  # stands last, so that there is a row for whatever has no token
            np.array([_NOWHERE]),
            np.zeros((1, len(PARTS)), dtype=np.float16),
            np.zeros((1, width), dtype=np.float16),
        )
        whole = [np.concatenate([getattr(one, name) for one in (*readings, nothing)]) for name in _NOTED]
        rows = [_rows(whole[0], piece) for piece in pieces]
        for chunk in _chunks([max(1, sum(map(len, own))) for own in rows]):
            yield from self._head(whole[1], whole[2], [rows[number] for number in chunk])

    def _head(self, focus: HalfArray, values: HalfArray, rows: Sequence[Sequence[IntArray]]) -> Logits:
        """Logits of pieces, whose parts are rows of the notes."""
        length = max(1, *(sum(map(len, own)) for own in rows))
        index = np.zeros((len(rows), length), dtype=np.int64)
        parts = np.zeros((len(rows), len(PARTS), length), dtype=np.bool_)
        for number, own in enumerate(rows):
            filled = 0
            for part, places in enumerate(own):
                index[number, filled : filled + len(places)] = places
                parts[number, part, filled : filled + len(places)] = True
                filled += len(places)
        device, dtype = self.model.device, self.model.dtype
        given = (torch.from_numpy(one[index]).to(device, dtype) for one in (focus, values))
        with torch.inference_mode(), computing(device, self.precision, held=dtype):
            found: Logits = (
                self.model.stance(*given, torch.from_numpy(parts).to(device)).float().cpu().numpy().astype(np.float64)
            )
        return found


@dataclass(frozen=True, slots=True)
class _Asked:
    """The tokens of a text, ``None`` where nothing is asked of it, and the pieces of every quote that is asked for."""

    tokens: Tokens | None
    quotes: list[list[Places]]


def _by_quote(tokens: Tokens, quotes: Sequence[Marked]) -> list[list[Places]]:
    found: list[list[Places]] = [[] for _ in quotes]
    for piece in places_of(tokens, quotes, _LONGEST):
        found[piece.quote].append(piece)
    return found


def _rows(known: IntArray, piece: Places) -> list[IntArray]:
    """Return for each part of a piece the rows of the notes that hold its tokens; ``known`` ends with no token."""
    found = []
    for name in PARTS:
        places = getattr(piece, name)
        rows = np.searchsorted(known, places)
        found.append(rows[known[rows] == places].astype(np.int32))
    return found


def _chunks(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield runs of neighbours that are pooled together; the longest of a run decides how much it takes."""
    chunk: list[int] = []
    longest = 0
    for number, length in enumerate(lengths):
        longest = max(longest, length)
        if chunk and longest * (len(chunk) + 1) > _NOTES_AT_ONCE:
            yield chunk
            chunk, longest = [], length
        chunk.append(number)
    if chunk:
        yield chunk
