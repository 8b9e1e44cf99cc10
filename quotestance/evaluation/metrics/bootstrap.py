"""Uncertainty: bootstrap over articles, for single figures and for the difference of two systems.

Quotes of one article are not independent, so whole articles are drawn (the cluster bootstrap: Efron and Tibshirani,
"An Introduction to the Bootstrap", 1993). Every metric is a function of counts that add up over articles; a draw is
then a weighted sum, and a thousand draws are one product of matrices.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Figures = dict[str, NDArray[np.float64]]
"""A value per draw under the name of each count or figure; NaN where a figure is undefined in a draw."""

LEAST_ARTICLES = 10
"""Articles below which there is neither interval nor p-value: draws of a few tell nothing of other articles."""

_ATTRIBUTION = re.compile(r"\.attribution(?:_by_name)?\Z")
_CHUNK = 250  # draws at a time, which bounds the memory on large sets


@dataclass(frozen=True, eq=False, slots=True)
class CountTable:
    """Additive counts: one row per article, one column per count.

    Args:
        ids: Article ids, in the order of the rows.
        names: Count names, in the order of the columns.
        values: The counts.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    values: NDArray[np.float64]

    @classmethod
    def of(cls, rows: Mapping[str, Mapping[str, float]]) -> CountTable:
        """Build the table from article id to its counts; a count that a row lacks is 0."""
        names = tuple(dict.fromkeys(name for row in rows.values() for name in row))
        values = [[float(row.get(name, 0)) for name in names] for row in rows.values()]
        return cls(tuple(rows), names, np.array(values, dtype=np.float64).reshape(len(rows), len(names)))

    def articles_behind(self, name: str) -> int:
        """How many articles have a case that a figure rests on.

        Counts and figures share the beginnings of their dotted names: ``speakers.role`` rests on
        ``speakers.role.right`` and ``speakers.role.all``, ``quotes.all.exact.f1`` on everything in ``quotes.all``. What
        is told of a label rests on its row of the confusion matrix: ``stance.labels.neutral.f1`` on
        ``stance.cell.neutral``. A calibration error rests on the answers that tell how sure they are, the Brier score
        on all answers, the accuracy of attribution on the quotes that were found.

        Args:
            name: Dotted name of the figure.
        """
        prefix, columns = name.replace("stance.labels.", "stance.cell.").replace(".ece", ".bin"), list[int]()
        prefix = _ATTRIBUTION.sub(".attributed", prefix).replace(".brier", ".answered")
        while prefix and not columns:
            columns = [k for k, count in enumerate(self.names) if f"{count}.".startswith(f"{prefix}.")]
            prefix = prefix.rpartition(".")[0]
        return int(self.values[:, columns].any(axis=1).sum())

    def total(self) -> dict[str, float]:
        """Sum the counts of all articles."""
        return dict(zip(self.names, self.values.sum(axis=0).tolist(), strict=True))

    def columns(self, weights: NDArray[np.float64] | None = None) -> Figures:
        """Count name to its sum in every draw.

        Args:
            weights: How often each article (column) was drawn, a row per draw; without them, one draw of each.
        """
        drawn = np.ones((1, len(self.ids))) if weights is None else weights
        return dict(zip(self.names, (drawn @ self.values).T, strict=True))


def check_draws(draws: int, seed: int) -> None:
    """Check the arguments of a bootstrap.

    Raises:
        ValueError: ``draws`` or ``seed`` is below 0.
    """
    if draws < 0 or seed < 0:
        raise ValueError(f"draws and seed are 0 or more, got {draws} and {seed}.")


def article_weights(articles: int, draws: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """How often each article is drawn in each draw, in chunks of draws; the same for the same arguments."""
    random = np.random.default_rng(seed)
    for start in range(0, draws, _CHUNK):
        size = min(_CHUNK, draws - start)
        yield random.multinomial(articles, np.full(articles, 1 / articles), size=size).astype(np.float64)


def resample(counts: NDArray[np.float64], *, draws: int = 1000, seed: int = 0) -> NDArray[np.float64]:
    """Sum additive counts over documents that are drawn with replacement, as many as there are.

    Args:
        counts: ``(documents, ...)``.
        draws: Number of draws.
        seed: Of the random draws.

    Returns:
        ``(draws, ...)``.
    """
    return np.concatenate([np.tensordot(weights, counts, 1) for weights in article_weights(len(counts), draws, seed)])


def draw(
    tables: Sequence[CountTable], figures: Callable[[Figures], Figures], *, draws: int, seed: int
) -> list[Figures]:
    """Compute the figures of one or more systems in every draw; a draw has the same articles for all of them.

    Args:
        tables: Counts of the systems over the same articles in the same order.
        figures: Derives figures from counts. It is given draws after the whole set, by which it may tell, however few
            the draws are, which labels there are.
        draws: Number of draws.
        seed: Of the random draws.
    """
    chunks: list[list[Figures]] = [[] for _ in tables]
    for weights in article_weights(len(tables[0].ids), draws, seed):
        whole_first = np.vstack([np.ones(weights.shape[1]), weights])
        for table, done in zip(tables, chunks, strict=True):
            found = figures(table.columns(whole_first))
            done.append({name: values[1:] for name, values in found.items()})
    return [{name: np.concatenate([chunk[name] for chunk in done]) for name in done[0]} for done in chunks]


def interval(values: NDArray[np.float64], level: float = 0.95) -> tuple[float, float] | None:
    """Return the percentile interval of bootstrap draws, without those in which the figure is undefined.

    Args:
        values: The figure in every draw.
        level: Coverage in (0, 1).
    """
    defined = values[~np.isnan(values)]
    if not len(defined):
        return None
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def p_value(differences: NDArray[np.float64]) -> float | None:
    """Two-sided p-value that a difference is not zero, from its bootstrap draws.

    Twice the smaller share of draws on either side of zero, each draw with one added so that it is never 0
    (Davison and Hinkley, "Bootstrap Methods and their Application", 1997, chapter 4).
    """
    defined = differences[~np.isnan(differences)]
    if not len(defined):
        return None
    fewer = min(int((defined <= 0).sum()), int((defined >= 0).sum()))
    return min(1.0, 2 * (fewer + 1) / (len(defined) + 1))
