"""The countries that an article names: where, and by which name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from quotestance.countries import countries_in, country_code
from quotestance.speakers.extents import words_at
from quotestance.text import Extent


@dataclass(frozen=True, slots=True)
class NamedCountries:
    """The countries that an article names.

    Args:
        places: Extent of every mention, in the order of the text.
        names: The name that the article uses most for each that it names by name, not only by a demonym or a capital.
    """

    places: tuple[Extent, ...]
    names: Mapping[str, str]

    @classmethod
    def of(cls, text: str) -> NamedCountries:
        """Find them."""
        found = countries_in(text)
        forms = Counter((code, words_at(text, place).removeprefix("The ")) for place, code in found)
        named = [(code, form) for (code, form), _ in forms.most_common() if country_code(form)]
        return cls(tuple(place for place, _ in found), dict(reversed(named)))
