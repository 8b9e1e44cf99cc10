"""A person, body or state that an article names, with every form of the name and the fullest of them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from quotestance.countries import seat_code
from quotestance.speakers.notes import Noted
from quotestance.text import read_lexicon

OF = re.compile(rf" (?:{'|'.join(read_lexicon('name_ends.txt'))})\b")
"""What parts the short form of a body's name from the rest of it."""

NAMESAKES = 50
"""Bearers of one word of a name that are looked at: keeps the time linear."""


@dataclass(eq=False, slots=True)
class Entity:
    """A person, body or state with all mentions of it by name.

    Args:
        kind: ``person`` | ``body`` | ``state``.
        mentions: In the order of the text, once all are gathered.
        forms: Every form of the name, with its first mention, in the order in which they were met.
        counts: How often each form stands.
        probability: How sure it is that somebody is named, in [0, 1]: the surest mention.
    """

    kind: str
    mentions: list[Noted] = field(default_factory=list)
    forms: dict[str, Noted] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    probability: float = field(default=0.0, init=False)
    _name: str | None = field(default=None, init=False, repr=False)  # once it has been asked for

    def add(self, mention: Noted, form: str) -> None:
        """Add a mention."""
        self.mentions.append(mention)
        self.forms.setdefault(form, mention)
        self.counts[form] += 1
        self.probability = max(self.probability, mention.probability)
        self._name = None

    @property
    def name(self) -> str:
        """The fullest form; of equally full ones the most frequent, then the first."""
        if self._name is None:
            self._name = self._fullest()
        return self._name

    def _fullest(self) -> str:
        if self.kind == "person":
            return max(self.forms, key=lambda form: (_fullness(form), self.counts[form]))
        if self.kind == "state":
            return max(self.forms, key=lambda form: (not seat_code(form), not is_acronym(form), self.counts[form]))
        proper = {word.lower() for form in self.forms for word in form.split() if not word[0].islower()}
        full = {form: sum(word in proper for word in form.lower().split()) for form in self.forms}
        return max(self.forms, key=lambda form: (not is_acronym(form), full[form], self.counts[form]))


def is_acronym(form: str) -> bool:
    """Whether a form is one word in capitals ("SOHR", "U.N.")."""
    return len(form.split()) == 1 and form.replace(".", "").isupper()


def _fullness(form: str) -> tuple[int, int]:
    words = form.split()
    bare = (word.rstrip(".") for word in words)
    return sum(len(word) > 1 and "." not in word for word in bare), len(form)  # initials are not full names
