"""Dev articles read once by a model and decoded in many ways, and the figures that ways are compared by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from quotestance.evaluation import Report
from quotestance.quotes.assembly import SettleJoins
from quotestance.quotes.decoding import BestTags, best_sequence
from quotestance.quotes.finder import QuoteFinder
from quotestance.quotes.grouping import settle_joins
from quotestance.quotes.nested import assemble_layers, decode_layers
from quotestance.reader.inference import Reading, read_windows
from quotestance.reader.tokens import Tokens, plan_windows, tokenize
from quotestance.types import Article, place_of
from training.cards import line, percent

COLUMNS = (
    "quotes.all.end_to_end.f1",
    "quotes.direct_mixed.end_to_end.f1",
    "quotes.indirect.end_to_end.f1",
    "passages.three_words.end_to_end.f1",
)
COLUMN_NAMES = ("all", "direct + mixed", "indirect", "passages")

Read = list[tuple[Tokens, list[Reading]]]
"""The tokens of every article, and what the model says of its windows."""


@dataclass(frozen=True, slots=True)
class Decoder:
    """The parts of the decoder that a comparison may exchange."""

    best_tags: BestTags = best_sequence
    settle: SettleJoins = settle_joins


def read_all(
    finder: QuoteFinder,
    articles: Sequence[Article],
    change: Callable[[Tokens], Tokens] = lambda tokens: tokens,
    window: int | None = None,
) -> Read:
    """The model's readings of every article, kept so that the decoder can be tried with many settings.

    Args:
        finder: The model.
        articles: What it reads.
        change: Of what the model is given; the decoder gets the tokens as they are.
        window: Tokens read at once; None: as many as the checkpoint says.
    """
    config = finder.model.config
    found: Read = []
    for article in articles:
        tokens = tokenize(article.text, finder.tokenizer)
        windows = plan_windows(tokens, length=window or config.window, before=config.before, after=config.after)
        given = change(tokens)
        readings = read_windows(finder.model, finder.tokenizer, [(given, own) for own in windows])
        found.append((tokens, [_over(reading, tokens) for reading in readings]))
    return found


def without_nested(read: Read) -> Read:
    """The readings without their layer of quotes inside quotes, which PolNeAR's annotation has none of."""
    return [(tokens, [replace(reading, nested=None) for reading in readings]) for tokens, readings in read]


def _over(reading: Reading, tokens: Tokens) -> Reading:
    """The same reading of the tokens as they are."""
    nested = None if reading.nested is None else replace(reading.nested, tokens=tokens)
    return replace(reading, tokens=tokens, nested=nested)


def decode_all(
    gold: Sequence[Article],
    read: Read,
    settings: Mapping[str, float],
    decoder: Decoder = Decoder(),  # frozen
) -> list[Article]:
    """Predicted articles under some settings of the decoder."""
    predicted = []
    for article, (tokens, readings) in zip(gold, read, strict=True):
        pieces = [decode_layers(reading, settings, decoder.best_tags) for reading in readings]
        quotes = sorted(assemble_layers(tokens, pieces, settings, decoder.settle), key=place_of)
        kept = tuple(quote for quote in quotes if (quote.confidence or 0.0) >= settings["min_confidence"])
        predicted.append(article.replace(quotes=kept, meta={}))
    return predicted


def find_all(finder: QuoteFinder, gold: Sequence[Article]) -> list[Article]:
    """What ``find_quotes`` gives for the texts of gold articles."""
    return [found for article in gold for found in finder.find([article.replace(quotes=(), meta={})])]


def row(name: str, report: Report) -> str:
    """The line of a comparison: F1 in %."""
    return line(name, *(percent(report.figure(column) or 0.0) for column in COLUMNS))
