"""The country of somebody whose country is not told beside them, by what the article is about and what they are.

"The president" in an article on Burkina Faso is of Burkina Faso; an analyst need not be. A logistic function weighs
every country that the article names: its share of the article's mentions, whether it was named last, and how often
somebody of such a role is of a country at all (``data/state_words.tsv``, learned from the conflict corpus).
"""

# worth: see training/speakers/README.md, "countries by the article"; weights are fitted by training/reader/people.py

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from quotestance.speakers.countries import countries_in, country_code
from quotestance.speakers.extents import words_at
from quotestance.text import Extent
from quotestance.text.lexicon import table

FEATURES = ("word", "no_word", "share", "most", "word_most", "last", "size")
"""Names of the features: log-odds of the words, whether none is known, share of the article's mentions, whether it is
the country named most, that times the words, whether it was named last before, and the logarithm of all mentions."""

HEAD_END = re.compile(r"[,;]| who | that | in | at | of | for | to | from | with ")
"""What parts the words that tell what somebody is from those that follow."""

_FARTHEST = 200  # mentions before an offset that are looked through: keeps the time linear
_CANDIDATES = 6  # countries that are weighed, the most often named
_EXTREME = 3.0  # log-odds at which those of the words are cut off
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The countries that an article names.

    Args:
        places, codes: Extent and code of every mention, in the order of the text.
        counts: How often each is named.
        names: The name that the article uses most for each that it names by name, not only by a demonym or a capital.
    """

    places: tuple[Extent, ...]
    codes: tuple[str, ...]
    counts: Counter[str]
    names: Mapping[str, str]

    @classmethod
    def of(cls, text: str) -> Surroundings:
        """Find them."""
        found = countries_in(text)
        codes = tuple(code for _, code in found)
        forms = Counter((code, words_at(text, place)) for place, code in found)
        named = [(code, form) for (code, form), _ in forms.most_common() if country_code(form)]
        return cls(tuple(place for place, _ in found), codes, Counter(codes), dict(reversed(named)))

    def candidates(self, words: str, anchor: int) -> dict[str, tuple[float, ...]]:
        """Return the :data:`FEATURES` of every country that somebody may be of.

        Args:
            words: The role of a person, the name of a body, what the article calls somebody unnamed.
            anchor: Where the article speaks of them.
        """
        total = self.counts.total()
        known = _known_odds(words)
        word = max(-_EXTREME, min(_EXTREME, sum(known)))
        before = bisect_right(self.places, (anchor, anchor))
        last = self.codes[before - 1] if before else None
        ranked = [code for code, _ in self.counts.most_common(_CANDIDATES)]
        return {
            code: (
                word,
                float(not known),
                self.counts[code] / total,
                float(code == ranked[0]),
                word * (code == ranked[0]),
                float(code == last),
                math.log(total),
            )
            for code in ranked
        }

    def country(self, words: str, anchor: int, intercept: float, weights: Sequence[float]) -> tuple[str, Extent] | None:
        """Return the country that is more probable than not, and where it is named; ``None`` where there is none.

        Args:
            words, anchor: As in :meth:`candidates`.
            intercept: Of the logistic function, whose threshold is 0.
            weights: Of :data:`FEATURES`.
        """
        scores: Mapping[str, float] = {
            code: intercept + sum(weight * own for weight, own in zip(weights, features, strict=True))
            for code, features in self.candidates(words, anchor).items()
        }
        best = max(scores, key=lambda code: scores[code], default=None)
        if best is None or scores[best] < 0:
            return None
        return best, self._place(best, anchor)

    def _place(self, code: str, anchor: int) -> Extent:
        """Where a country is named last before an offset, else first of all."""
        for number in range(bisect_right(self.places, (anchor, anchor)) - 1, -1, -1)[:_FARTHEST]:
            if self.codes[number] == code:
                return self.places[number]
        return self.places[self.codes.index(code)]


def is_of_state(words: str) -> bool:
    """Whether somebody of such a role, or a body of such a name, is likelier than others to be a state's.

    >>> is_of_state("Defense Minister"), is_of_state("analyst")
    (True, False)
    """
    return sum(_known_odds(words)) > 0


def _known_odds(words: str) -> list[float]:
    return [odds for word in _WORD.findall(HEAD_END.split(words)[0]) if (odds := _odds().get(word.lower())) is not None]


@lru_cache(maxsize=1)
def _odds() -> dict[str, float]:
    return {word: float(row[0]) for word, row in table("state_words.tsv").items()}
