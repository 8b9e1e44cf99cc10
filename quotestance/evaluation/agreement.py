"""Inter-annotator agreement: every annotator scored against every other, layer by layer.

Scores of ordered pairs are added up, so that precision equals recall and no annotator is taken for the truth. On
PolNeAR's articles with several annotators this is the human ceiling that systems are measured against.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from quotestance.errors import FormatError
from quotestance.evaluation.counting import Tally
from quotestance.evaluation.formats.gold import read_annotations
from quotestance.evaluation.metrics.bootstrap import check_draws
from quotestance.evaluation.report.report import Report
from quotestance.evaluation.scoring import gives_quotes, load_gold
from quotestance.evaluation.summary import summarise
from quotestance.types import Article

Annotations = Mapping[str, Sequence[Article]]
"""Article id to the article as each annotator marked it."""


def agreement(
    first: Iterable[Article] | str | Path,
    second: Iterable[Article] | str | Path | None = None,
    *,
    draws: int = 1000,
    seed: int = 0,
) -> Report:
    """How far annotators agree on the same articles.

    Args:
        first: One annotation; or a brat folder or Label Studio export in which several marked the same articles.
        second: The other annotation; without it ``first`` must hold several.
        draws: Bootstrap draws over articles behind the intervals; 0 for none.
        seed: Of the draws.

    Returns:
        A report whose figures are agreements: F1 is symmetrical, speakers and stances are compared on the quotes that
        both annotators have. Articles that one annotator alone marked are left out, with a note. Of labelled quotes,
        which were given to both, there is no agreement on content.

    Raises:
        FormatError: No article was annotated twice, or the annotations stand on different texts.
        SpanError: A span does not fit its text.
        ValueError: ``draws`` or ``seed`` is below 0.
    """
    check_draws(draws, seed)
    annotations = _several(first) if second is None else _two(load_gold(first), load_gold(second))
    by_annotator = [pairs for found in annotations.values() for pairs in _pairs_of(found)]
    pairs = [pair for own in by_annotator for pair in own]
    if not pairs:
        raise FormatError("No article was annotated twice, so there is no agreement to measure.")
    for one, other in pairs:
        if one.text != other.text:
            raise FormatError(f"Article {one.id!r}: the annotations stand on different texts and cannot be compared.")
    tally = Tally()
    for own in by_annotator:
        tally.add_annotator(own)
    given = any(gives_quotes(one) for one in (first, second) if one is not None)
    settings = {"draws": draws, "seed": seed, "by_piece": False, "flat": False, "gold_quotes": given}
    return _report(annotations, tally, pairs, settings)


def _several(path: Iterable[Article] | str | Path) -> Annotations:
    if not isinstance(path, (str, Path)):
        raise FormatError("Agreement needs two annotations, or one file or folder with several annotators.")
    return read_annotations(path)


def _two(first: Sequence[Article], second: Sequence[Article]) -> Annotations:
    found: dict[str, list[Article]] = {}
    for article in (*first, *second):
        found.setdefault(article.id, []).append(article)
    return found


def _pairs_of(found: Sequence[Article]) -> Iterator[list[tuple[Article, Article]]]:
    """Yield the pairs of each annotator of an article with each of the others; none where there is one."""
    for number, one in enumerate(found):
        yield [_in_layers_of_both(one, other) for place, other in enumerate(found) if place != number]


def _in_layers_of_both(one: Article, other: Article) -> tuple[Article, Article]:
    """Two annotations of an article without the speakers, or stances, that one of them alone tells at all."""
    for layer in ("speaker", "stance"):
        if _tells([one], layer) != _tells([other], layer):
            one, other = _without(one, layer), _without(other, layer)
    return one, other


def _without(article: Article, layer: str) -> Article:
    """Return an article without its speakers, or without its stances."""
    if layer == "speaker":
        return article.replace(quotes=tuple(replace(quote, speaker=None) for quote in article.quotes))
    return article.replace(quotes=tuple(replace(quote, stance=None) for quote in article.quotes))


def _report(
    annotations: Annotations, tally: Tally, pairs: Sequence[tuple[Article, Article]], settings: Mapping[str, Any]
) -> Report:
    twice = {name: found for name, found in annotations.items() if len(found) > 1}
    report = summarise(
        tally,
        [one for one, _ in pairs],
        [other for _, other in pairs],
        settings=settings,
        slices=("kind",),
        title=f"Agreement between annotators, {len(pairs)} ordered pairs",
    )
    notes = [
        f"No article has the {layer} from two annotators: there is no agreement on it."
        for layer in ("speaker", "stance")
        if _tells([article for found in twice.values() for article in found], layer)
        and not _tells([one for one, _ in pairs], layer)
    ]
    if len(twice) < len(annotations):
        notes.append(f"{len(annotations) - len(twice)} article(s) were annotated once and do not count.")
    return report.replace(notes=(*report.notes, *notes))


def _tells(articles: Iterable[Article], layer: str) -> bool:
    return any(getattr(quote, layer) is not None for article in articles for quote in article.quotes)
