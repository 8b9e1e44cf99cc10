"""Stance toward escalation: a probability for every label, and what it is under other shares of the labels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from types import MappingProxyType
from typing import Any

from quotestance.errors import FormatError
from quotestance.types.checks import check_threshold, drop_empty, to_probability

STANCES: tuple[str, ...] = ("escalatory", "de-escalatory", "neutral")
"""The three stance labels; what each means stands in ``training/stance/CODEBOOK.md``."""

_LEAST_SHARE = 1e-100  # of a label in a prior; from far smaller ones no share can be reckoned


@dataclass(frozen=True, slots=True)
class Stance:
    """Stance toward escalation: a probability for every label, keyed by the label's name.

    Args:
        probabilities: Label to probability in [0, 1]. The label order has no meaning, but that the first of equally
            probable labels is :attr:`label`.
        conditional: Probability in [0, 1] that the stance hangs on a condition ("if", "unless", "until");
            1.0 or 0.0 in gold, ``None`` where the model does not tell.
        prior: Label to the share of the quotes that have it where the probabilities hold; sums to 1 here, whatever it
            sums to when it is given. ``None``, which equal shares become, stands for labels that are equally frequent.

    Raises:
        FormatError: There is no mapping or no label in it, a label is no string, a probability is out of range, a
            label has no share above 0 in the prior, or there is no such label.

    >>> stance = Stance({"escalatory": 0.1, "de-escalatory": 0.7, "neutral": 0.2})
    >>> stance.label, stance.confidence
    ('de-escalatory', 0.7)
    """

    probabilities: Mapping[str, float]
    conditional: float | None = None
    prior: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.probabilities, Mapping):
            raise FormatError(f"A stance maps label names to probabilities, got {self.probabilities!r:.60}.")
        if not self.probabilities:
            raise FormatError("A stance needs at least one label with its probability.")
        given = {}
        for label, probability in self.probabilities.items():
            if not isinstance(label, str) or probability is None:
                raise FormatError(f"A stance maps label names to probabilities, got {label!r}: {probability!r}.")
            given[label] = to_probability(f"The probability of {label!r}", probability)
        object.__setattr__(self, "conditional", to_probability("The probability of conditional", self.conditional))
        object.__setattr__(self, "probabilities", MappingProxyType(given))
        object.__setattr__(self, "prior", _shares(self.prior, self.probabilities))

    @classmethod
    def certain(cls, label: str, conditional: bool | None = None) -> Stance:
        """Build a stance that is known, as in gold: probability 1 for ``label`` and 0 for the others.

        Raises:
            FormatError: The label is none of :data:`STANCES`.
        """
        if label not in STANCES:
            raise FormatError(f"Unknown stance {label!r}. Available: {', '.join(STANCES)}.")
        return cls(
            {name: float(name == label) for name in STANCES}, None if conditional is None else float(conditional)
        )

    @property
    def label(self) -> str:
        """The most probable label."""
        return max(self.probabilities, key=lambda name: self.probabilities[name])

    @property
    def confidence(self) -> float:
        """Probability of :attr:`label`, in [0, 1]."""
        return self.probabilities[self.label]

    def decide(self, least: float) -> str | None:
        """Return the label where its probability is at least ``least``, in [0, 1]; else ``None``: abstain.

        What each threshold costs stands in the tables on abstaining of the model's card. Where you know the shares of
        the labels, ask ``stance.under(shares).decide(least)``: if labels were equally frequent, no neutral quote is
        very sure.

        Raises:
            ValueError: ``least`` is not in [0, 1].

        >>> Stance({"escalatory": 0.1, "de-escalatory": 0.5, "neutral": 0.4}).decide(0.6) is None
        True
        """
        check_threshold("least", least)
        return self.label if self.confidence >= least else None

    def under(self, prior: Mapping[str, float]) -> Stance:
        """Return the same judgement where the labels have other shares than those of :attr:`prior`.

        Args:
            prior: Label to its share of the quotes of a corpus, ``> 0``; need not sum to 1.

        Raises:
            FormatError: A label has no share, or none above 0; there is no such label; or all probabilities are 0.

        Bayes' rule with another prior (Saerens et al., Neural Computation 2002). What it is asked of makes no
        difference: ``stance.under(a).under(b)`` is ``stance.under(b)``. Probabilities that sum to 1 stay as they are
        under the shares that they hold for.

        >>> stance = Stance({"escalatory": 0.4, "de-escalatory": 0.2, "neutral": 0.4})
        >>> news = stance.under({"escalatory": 1, "de-escalatory": 1, "neutral": 3})
        >>> round(news.probabilities["neutral"], 2), news.prior["neutral"]
        (0.67, 0.6)
        """
        wanted = _shares(prior, self.probabilities)
        ones = dict.fromkeys(self.probabilities, 1.0)
        old, new = self.prior or ones, wanted or ones
        odds = {label: chance * (new[label] / old[label]) for label, chance in self.probabilities.items()}
        total = _total(odds.values())
        if not total:
            raise FormatError("A stance whose probabilities are all 0 has none under another prior.")
        return Stance({label: one / total for label, one in odds.items()}, self.conditional, wanted)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that are known, ready for JSON; ``Stance(**fields)`` makes it again.

        >>> Stance({"escalatory": 0.25, "neutral": 0.75}, prior={"escalatory": 1, "neutral": 3}).to_dict()["prior"]
        {'escalatory': 0.25, 'neutral': 0.75}
        """
        prior = None if self.prior is None else dict(self.prior)
        return drop_empty({"probabilities": dict(self.probabilities), "conditional": self.conditional, "prior": prior})

    def __hash__(self) -> int:
        prior = None if self.prior is None else frozenset(self.prior.items())
        return hash((frozenset(self.probabilities.items()), self.conditional, prior))

    def __reduce__(self) -> tuple[type[Stance], tuple[Any, ...]]:
        return Stance, (dict(self.probabilities), self.conditional, None if self.prior is None else dict(self.prior))


def _total(numbers: Iterable[float]) -> float:
    """Return the sum of numbers; exactly 1 where they were scaled to it, so that those stay as they are."""
    total = math.fsum(numbers)
    return 1.0 if math.isclose(total, 1.0, rel_tol=1e-12) else total


def _shares(prior: Mapping[str, float] | None, labels: Iterable[str]) -> Mapping[str, float] | None:
    """Return the shares of labels, scaled so that they sum to 1; ``None`` where all are the same."""
    if prior is None:
        return None
    if not isinstance(prior, Mapping):
        raise FormatError(f"A prior maps every label to its share, got {prior!r}.")
    given = {label: prior.get(label, 0.0) for label in labels}
    if unknown := [label for label in prior if label not in given and label not in STANCES]:
        raise FormatError(f"There is no label {unknown[0]!r}. Give a share to each of: {', '.join(given)}.")
    for label, share in given.items():
        if isinstance(share, bool) or not isinstance(share, Real) or not _LEAST_SHARE <= share <= 1 / _LEAST_SHARE:
            raise FormatError(f"Give every label a share above 0; there is none for {label}: {dict(prior)!r}.")
    total = _total(given.values())
    shares = {label: float(share) / total for label, share in given.items()}
    if all(math.isclose(share * len(shares), 1.0, rel_tol=1e-9) for share in shares.values()):
        return None
    return MappingProxyType(shares)
