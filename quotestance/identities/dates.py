"""Dates as numbers."""

from __future__ import annotations

from quotestance.io.dates import date_of, iso_date

__all__ = ["as_years", "date_of", "iso_date"]

_DAYS = 365.25


def as_years(iso: str) -> float:
    """Return an ISO date as a number of years, the middle of what it spans.

    >>> as_years("2017"), round(as_years("2017-01-01"), 2)
    (2017.5, 2017.0)
    """
    year, month, day = (*(int(part) for part in iso.split("-")), 0, 0)[:3]
    if not month:
        return year + 0.5
    return year + ((month - 1) * _DAYS / 12 + (day - 1 if day else 15)) / _DAYS
