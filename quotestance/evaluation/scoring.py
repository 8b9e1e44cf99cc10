"""Scoring a system against gold, from articles to a :class:`Report`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from quotestance.errors import FormatError
from quotestance.evaluation.counting import Tally
from quotestance.evaluation.formats.gold import check_was_read, checked, read_gold
from quotestance.evaluation.formats.predictions import read_predictions
from quotestance.evaluation.formats.quotes_csv import holds_labelled_quotes
from quotestance.evaluation.formats.records import located
from quotestance.evaluation.metrics.bootstrap import check_draws
from quotestance.evaluation.outcomes import check_columns, without_nested
from quotestance.evaluation.report.report import Report
from quotestance.evaluation.summary import summarise
from quotestance.types import Article, Quote, given_articles


@runtime_checkable
class Pipe(Protocol):
    """What can be evaluated: a :class:`quotestance.Pipeline`, or anything with these methods."""

    def stream(self, articles: Iterable[Article]) -> Iterator[Article]:
        """Yield the articles in their order, with quotes, speakers and stances filled in."""


class StagedPipe(Pipe, Protocol):
    """A pipe whose later stages can be run alone, on gold quotes."""

    def resolve_speakers(self, article: Article) -> Article:
        """Return the article with a speaker for each of its quotes."""

    def classify_stance(self, article: Article) -> Article:
        """Return the article with a stance for each of its quotes."""


def evaluate(
    gold: Iterable[Article] | str | Path,
    predicted: Iterable[Article] | str | Path | Pipe,
    *,
    slices: Sequence[str] = (),
    draws: int = 1000,
    seed: int = 0,
    by_piece: bool = False,
    flat: bool = False,
    gold_quotes: bool = False,
    annotator: str | None = None,
) -> Report:
    """Score a system's quotes, speakers and stances against gold.

    The metrics are defined in :mod:`quotestance.evaluation.metrics`: in its modules ``spans``, ``speakers`` and
    ``stance``. In the whole chain (``chain``) a quote counts when its content, its speaker (its source, where the gold
    names no speaker) and its stance (where the gold has one) are all right.

    Args:
        gold: Annotated articles, or a file or folder of them (see :mod:`quotestance.evaluation.formats.gold`).
        predicted: The same articles as a system annotated them; a file or folder of its predictions (see
            :mod:`quotestance.evaluation.formats.predictions`); or a pipe, which is run on the articles without quotes.
        slices: Columns to report by: ``kind``, ``cue_position`` (before, inside, after, none), ``source_form`` (name,
            pronoun, words, none), ``speaker_kind``, ``stance``, or a key of the gold's ``meta``.
        draws: Bootstrap draws behind the intervals, ``>= 0``; 0 for none. Fewer than 10 articles have no interval.
        seed: Of the draws, ``>= 0``.
        by_piece: Score the contiguous pieces of split quotes one by one.
        flat: Leave out the quotes that stand inside others, of gold and predictions alike: for corpora that annotate
            none, as PolNeAR, where every one that is found counts as wrong otherwise.
        gold_quotes: The quotes were given: run only the pipe's later stages, and report speakers and stance alone.
            Always so for gold that is labelled quotes.
        annotator: Whose annotation is the gold, where a file has several; ``"first"`` for the first of each article.

    Returns:
        The report: ``str()`` is a table, ``to_dict()`` is ready for JSON.

    Raises:
        FormatError: Gold or predictions cannot be read or scored; the message says where and what to do.
        SpanError: A span does not fit its text.
        ValueError: ``draws`` or ``seed`` is below 0.
        TypeError: Gold or predictions are one article, or hold what is none.

    >>> from quotestance import Article, Quote, Span
    >>> text = 'Ana Ruiz said: "We will talk."'
    >>> quote = Quote("direct", (Span.of(text, 16, 29),), source=Span.of(text, 0, 8))
    >>> article = Article(text, id="a", quotes=(quote,))
    >>> evaluate([article], [article], draws=0).metrics["quotes"]["all"]["end_to_end"]["f1"]
    1.0
    """
    check_draws(draws, seed)
    articles, given = load_gold(gold, annotator), gold_quotes or gives_quotes(gold)
    check_columns(articles, slices)
    answers = predict(articles, predicted, gold_quotes=given)
    settings = {"draws": draws, "seed": seed, "by_piece": by_piece, "flat": flat, "gold_quotes": given}
    return score(articles, answers, slices=slices, settings=settings)


def load_gold(gold: Iterable[Article] | str | Path, annotator: str | None = None) -> list[Article]:
    """Gold articles from a path, by one annotator, or from memory, checked."""
    if isinstance(gold, (str, Path)):
        return read_gold(gold, annotator)
    articles = checked(given_articles(gold), origin="gold")
    for article in articles:
        with located(f"gold, article {article.id!r}"):
            check_was_read(article)
    return articles


def gives_quotes(gold: Iterable[Article] | str | Path) -> bool:
    """Whether gold is labelled quotes, which whoever labelled them did not find but was given."""
    return isinstance(gold, (str, Path)) and holds_labelled_quotes(Path(gold))


def predict(
    gold: Sequence[Article],
    predicted: Iterable[Article] | str | Path | Pipe,
    *,
    gold_quotes: bool = False,
    watch: Callable[[Iterator[Article]], Iterator[Article]] = iter,
) -> list[Article]:
    """Return predicted articles: read, checked, or made by a pipe from the gold articles without their answers.

    Args:
        gold, predicted, gold_quotes: As in :func:`evaluate`.
        watch: Passes on what a pipe makes, one by one as it comes, and may show that it does.
    """
    if isinstance(predicted, (str, Path)):
        return read_predictions(predicted, gold)
    if isinstance(predicted, Pipe):
        made = list(watch(_run_stages(gold, predicted) if gold_quotes else _run(gold, predicted)))
        if [article.id for article in made] != [article.id for article in gold]:
            raise FormatError(
                "The pipe's stream must yield one article for each that it was given, in order, with its id."
            )
        return checked(made, origin="the pipe's predictions")
    found = list(given_articles(predicted))
    return checked(found, origin="predictions") if found else []


def _run(gold: Sequence[Article], pipe: Pipe) -> Iterator[Article]:
    return pipe.stream(article.replace(quotes=(), meta={}) for article in gold)


def _run_stages(gold: Sequence[Article], pipe: Any) -> Iterator[Article]:
    if not (hasattr(pipe, "resolve_speakers") and hasattr(pipe, "classify_stance")):
        raise FormatError("To be scored on gold quotes a pipe needs the methods resolve_speakers and classify_stance.")
    staged: StagedPipe = pipe
    return (staged.classify_stance(staged.resolve_speakers(_without_answers(article))) for article in gold)


def _without_answers(article: Article) -> Article:
    bare = tuple(replace(quote, speaker=None, stance=None, confidence=None) for quote in article.quotes)
    return article.replace(quotes=bare, meta={})


def score(
    gold: Sequence[Article], predicted: Sequence[Article], *, slices: Sequence[str] = (), settings: Mapping[str, Any]
) -> Report:
    """Score predicted articles; see :func:`evaluate` for the arguments and the settings.

    The settings of the report have ``gold_sha256`` too, by which runs on other gold are told apart.
    """
    if settings["flat"]:
        gold, predicted = ([without_nested(article) for article in articles] for articles in (gold, predicted))
    by_id = {article.id: article for article in predicted}
    tally = Tally()
    for article in gold:
        answer = by_id.get(article.id)
        if answer is None or answer.error is not None:
            answer = _without_answers(article) if settings["gold_quotes"] else article.replace(quotes=())
        if answer.text != article.text:
            raise FormatError(
                f"Article {article.id!r}: the predictions hold another text than the gold, so offsets cannot be "
                "compared. Predict on the gold's text, unchanged."
            )
        tally.add(article, answer, by_piece=settings["by_piece"])
    settings = {**settings, "gold_sha256": _digest(gold)}
    return summarise(tally, gold, predicted, slices=slices, settings=settings)


def _digest(gold: Iterable[Article]) -> str:
    """SHA-256, in hexadecimal, over what predictions are measured by; the order of the articles does not count."""
    digest = hashlib.sha256()
    for article in sorted(gold, key=lambda one: one.id):
        found = [article.id, article.text, article.meta.get("accepted"), *map(_measured, article.quotes)]
        digest.update(json.dumps(found, sort_keys=True, default=str).encode() + b"\n")
    return digest.hexdigest()


def _measured(quote: Quote) -> list[object]:
    who = quote.speaker
    return [
        quote.kind,
        [(piece.start, piece.end) for piece in quote.content],
        None if quote.source is None else (quote.source.start, quote.source.end),
        None if who is None else (who.kind, who.name, who.role, who.affiliation, who.country, who.description),
        None if who is None else who.members,
        None if quote.stance is None else quote.stance.label,
    ]
