"""What fields and arguments have to be, and the words for those that are something else."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Any

from quotestance.errors import FormatError


def check_threshold(name: str, value: float) -> None:
    """Check an argument that probabilities are compared with.

    Args:
        name: The argument, for the message.
        value: What was given for it.

    Raises:
        ValueError: It is not in [0, 1], or not a number.
    """
    if not (isinstance(value, Real) and 0 <= value <= 1):
        raise ValueError(f"{name} is a probability in [0, 1], got {value!r}.")


def check_count(name: str, value: int, what: str) -> None:
    """Check an argument that says how many.

    Args:
        name: The argument, for the message.
        value: What was given for it.
        what: What it counts, for the message.

    Raises:
        ValueError: It is no whole number, or below 1.
    """
    if isinstance(value, bool) or not (isinstance(value, Integral) and value >= 1):
        raise ValueError(f"{name} is a whole number of {what}, at least 1, got {value!r}.")


def check_kind(thing: object, whose: str, names: Iterable[str], kind: type, words: str) -> None:
    """Check that fields of a thing are of a kind, which words tell, or None."""
    for name in names:
        value = getattr(thing, name)
        if not (value is None or isinstance(value, kind)):
            raise FormatError(f"The {name} of {whose} is {words} or None, got {value!r:.60}.")


def tuple_of(kind: type, words: str, values: Any) -> tuple[Any, ...]:
    """Return things as a tuple, checked to be of a kind; the words tell what they have to be."""
    found = tuple(values) if isinstance(values, Iterable) else None
    if found is None or not all(isinstance(one, kind) for one in found):
        raise FormatError(f"{words}, got {values!r:.60}.")
    return found


def to_probability(what: str, value: Any) -> float | None:
    """Return a probability, checked; a number of another kind, as numpy has them and JSON not, becomes a float."""
    if value is None:
        return None
    is_number = isinstance(value, Real)
    if not (is_number and 0 <= value <= 1):
        raise FormatError(f"{what} is a number in [0, 1] or None, got {value!r}.")
    return value if isinstance(value, int | float) else float(value)


def check_fields(data: Mapping[str, Any], kind: type[Any]) -> None:
    """Check that a dict has the fields of a dataclass only."""
    known = {one.name for one in dataclasses.fields(kind)}
    if not isinstance(data, Mapping):
        raise FormatError(f"{kind.__name__} is made from an object with its fields, got {data!r:.60}.")
    if unknown := sorted(map(str, data.keys() - known)):
        raise FormatError(
            f"Unknown field(s) in {kind.__name__.lower()}: {', '.join(unknown)}. Available: {', '.join(sorted(known))}."
        )


def drop_empty(data: dict[str, Any], keep: tuple[str, ...] = ()) -> dict[str, Any]:
    """Leave out fields that hold nothing, but those that are to be kept."""
    return {key: value for key, value in data.items() if key in keep or value not in (None, (), [], {})}
