"""Shares of the stance labels: those that a model's probabilities hold for, and those that a user asks for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from quotestance.errors import CheckpointError, FormatError
from quotestance.types import STANCES, Stance

Shares = Mapping[str, float]
"""Label to its share of the quotes, ``> 0``."""

BALANCED: Shares = MappingProxyType(dict.fromkeys(STANCES, 1 / len(STANCES)))
"""As in a set that was balanced by label."""

NEWS: Shares = MappingProxyType({"escalatory": 0.13, "de-escalatory": 0.09, "neutral": 0.77})
"""As the labels fall among the news quotes of dev (python -m training.stance.release)."""

_LEAST = 1e-9  # probability that is pooled
NAMED: Mapping[str, Shares] = MappingProxyType({"balanced": BALANCED, "news": NEWS})
"""Shares that go by a name."""


def shares_of(given: str | Shares) -> Shares:
    """Return the shares that a name or a mapping stands for.

    Args:
        given: ``balanced``, ``news``, or every label to its share.

    Raises:
        ValueError: There is no such name or label, or a label has no share above 0.

    >>> shares_of("news")["neutral"]
    0.77
    """
    if isinstance(given, str):
        if given not in NAMED:
            names = ", ".join(NAMED)
            raise ValueError(f"No shares are called {given!r}. Give every label its share, or one of: {names}.")
        return NAMED[given]
    try:
        _prior(given)
    except FormatError as error:
        raise ValueError(str(error)) from None
    return MappingProxyType({label: float(given[label]) for label in STANCES})


def prior_of(config: Any, name: str | Path) -> Shares | None:
    """Return the shares that a model's probabilities hold for, ``stance_prior`` of its config; ``None`` for equal ones.

    Raises:
        CheckpointError: It does not give every label, and nothing else, a share above 0.
    """
    found = getattr(config, "stance_prior", None)
    try:
        return _prior(found)
    except FormatError as error:
        raise CheckpointError(
            f"The stance model {str(name)!r} has the stance_prior {found!r} in config.json. {error} "
            "Or leave it out for labels that are equally frequent."
        ) from None


def _prior(given: Any) -> Shares | None:
    """Return shares that are given to every label and to nothing else; ``None`` for equal ones."""
    return Stance(BALANCED, prior=given).prior


def pooled(first: Stance, second: Stance, share: float) -> Stance:
    """Return what two models say together: the logarithmic opinion pool (Genest and Zidek, Statistical Science 1986).

    Args:
        first, second: Stances of one quote; the answer is told under the shares of the labels that the first has.
        share: Weight of the first, in [0, 1]; the second has the rest.
    """
    one, other = first.under(BALANCED).probabilities, second.under(BALANCED).probabilities
    powers = {label: max(one[label], _LEAST) ** share * max(other[label], _LEAST) ** (1 - share) for label in other}
    whole = sum(powers.values())
    flags = first.conditional, second.conditional
    conditional = None if None in flags else share * (flags[0] or 0.0) + (1 - share) * (flags[1] or 0.0)
    stance = Stance({label: power / whole for label, power in powers.items()}, conditional)
    return stance if first.prior is None else stance.under(first.prior)


def told(
    probabilities: Mapping[str, float], conditional: float | None, prior: Shares | None, wanted: Shares | None
) -> Stance:
    """Build the stance that a model tells.

    Args:
        probabilities: What it says where the labels have the shares of ``prior``.
        conditional: What it says of a condition.
        prior: See :class:`~quotestance.types.Stance`.
        wanted: Shares under which it is asked for; ``None`` for those of ``prior``.
    """
    stance = Stance(probabilities, conditional, prior)
    return stance if wanted is None else stance.under(wanted)
