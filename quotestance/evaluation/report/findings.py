"""What an evaluation found: figures, intervals, notes, and every item behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from quotestance.evaluation.metrics.bootstrap import CountTable
from quotestance.evaluation.outcomes import Item

HEADLINE: Mapping[str, str] = {
    "quotes.all.exact.f1": "content, exact F1",
    "quotes.all.token.f1": "content, token F1",
    "quotes.all.soft.f1": "content, soft F1",
    "quotes.all.attribution": "attribution accuracy",
    "quotes.all.end_to_end.f1": "end to end F1",
    "quotes.direct_mixed.end_to_end.f1": "end to end F1, direct + mixed",
    "quotes.indirect.end_to_end.f1": "end to end F1, indirect",
    "passages.all.end_to_end.f1": "quoted passages, right source F1",
    "passages.three_words.end_to_end.f1": "quoted passages of 3+ words F1",
    "quotes.ece": "quote confidence, ECE",
    "speakers.speaker": "speaker accuracy (kind and name)",
    "speakers.kind": "speaker kind accuracy",
    "speakers.name": "speaker name accuracy",
    "speakers.role": "speaker role accuracy",
    "speakers.affiliation": "speaker affiliation accuracy",
    "speakers.country": "speaker country accuracy",
    "speakers.ece": "speaker confidence, ECE",
    "stance.macro_f1": "stance macro-F1",
    "stance.accuracy": "stance accuracy",
    "stance.mcc": "stance MCC",
    "stance.alpha": "stance Krippendorff's alpha",
    "stance.ece": "stance ECE",
    "stance.brier": "stance Brier score",
    "chain.f1": "whole chain F1",
}
"""The figures that are listed first, by their dotted name."""

TOO_FEW = "too few articles"
"""Stands where an interval or a p-value would be, if more articles stood behind the figure."""

LOWER_IS_BETTER = frozenset(("quotes.ece", "speakers.ece", "stance.ece", "stance.brier"))
"""Headline figures of which less is better."""


def figure(metrics: Mapping[str, Any], name: str) -> float | None:
    """Look up a figure of nested metrics by its dotted name; ``None`` where it has no value."""
    value: Any = metrics
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value if isinstance(value, float) else None


def headline(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Return the headline figures that have a value in nested metrics, by their dotted name."""
    found = {name: figure(metrics, name) for name in HEADLINE}
    return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, eq=False, slots=True)
class Findings:
    """How a system did against gold.

    How they are shown is the business of :class:`~quotestance.evaluation.Report`, which adds no data.

    Args:
        metrics: Nested figures, shares in [0, 1]; ``None`` where a figure or a whole layer has no meaning on this set.
        intervals: Dotted name of a figure to its 95% bootstrap interval over articles.
        notes: What the figures do not tell: missing articles, layers that were not scored, and why.
        settings: The options that the scoring was run with.
        items: Every quote and what became of it.
        counts: Additive counts by article, from which the figures follow.
        title: Heading.
        about: What was evaluated: model, data, date and command, heading to words; only for show.
    """

    metrics: Mapping[str, Any]
    intervals: Mapping[str, tuple[float, float]]
    notes: tuple[str, ...]
    settings: Mapping[str, Any]
    items: tuple[Item, ...] = field(repr=False)
    counts: CountTable = field(repr=False)
    title: str = "Evaluation"
    about: Mapping[str, str] = field(default_factory=dict, repr=False)

    def figure(self, name: str) -> float | None:
        """Look up a figure by its dotted name; ``None`` where it has no meaning on this set.

        >>> from quotestance import Article
        >>> from quotestance.evaluation import evaluate
        >>> evaluate([Article("Nobody spoke.", id="a")], [], draws=0).figure("quotes.all.soft.f1") is None
        True
        """
        return figure(self.metrics, name)

    def headline(self) -> dict[str, float]:
        """Return the headline figures that have a value here, by their dotted name."""
        return headline(self.metrics)

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed."""
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dict without items and ``about``; an undefined figure is ``None``, and nothing is NaN."""
        return {
            "title": self.title,
            "settings": dict(self.settings),
            "notes": list(self.notes),
            **self.metrics,
            "intervals": {name: list(extent) for name, extent in self.intervals.items()},
        }
