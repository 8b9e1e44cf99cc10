"""Who is named in an article: names that belong to one person, body or state, and the fullest of them.

Persons are joined by their names (surname, given name, initial, short form), bodies by their words, acronyms, what
stands beside them in brackets and by what the reader takes for the same; where two full names compete for a surname
the reader's link decides. A state is what its seat of government stands for (Moscow), and goes by its own name.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from quotestance.speakers.entity import OF, Entity
from quotestance.speakers.named_bodies import gather_bodies
from quotestance.speakers.named_persons import gather_persons
from quotestance.speakers.notes import Noted
from quotestance.text import Extent
from quotestance.text.lexicon import words_at


@dataclass(frozen=True, slots=True)
class Entities:
    """Everybody named in an article.

    Args:
        everyone: In the order of their first mention.
        extents: Of all mentions, in the order of the text; they do not overlap.
        bearers: Whose mention stands at each.
    """

    everyone: tuple[Entity, ...]
    extents: tuple[Extent, ...]
    bearers: tuple[Entity, ...]

    def at(self, extent: Extent) -> Entity | None:
        """Whose mention stands at an extent, or shares a character with it.

        Of several the only person, since bodies in the words for somebody are where they belong; else the first.
        """
        found = [one for _, one in self.placed(extent)]
        persons = {one for one in found if one.kind == "person"}
        return persons.pop() if len(persons) == 1 else next(iter(found), None)

    def holding(self, extent: Extent) -> Entity | None:
        """Whose mention an extent is, or a part of."""
        placed = ((self.extents[number], one) for number, one in self.placed(extent))
        return next((one for (start, end), one in placed if start <= extent[0] and extent[1] <= end), None)

    def placed(self, extent: Extent) -> Sequence[tuple[int, Entity]]:
        """Return number and bearer of every mention that shares a character with an extent."""
        first = bisect_right(self.extents, extent[0], key=lambda own: own[1])
        last = bisect_left(self.extents, extent[1], key=lambda own: own[0])
        return [(number, self.bearers[number]) for number in range(first, last)]


def gather(text: str, names: Sequence[Noted], told: Sequence[Noted] = ()) -> Entities:
    """Gather names into entities; a name without a letter or digit, such as a dash, is nobody's.

    What is told of them tells bodies of one name and two states apart.
    """
    names = _of_one_kind(text, [name for name in names if any(map(str.isalnum, words_at(text, name.extent)))])
    persons = [name for name in names if name.kind == "person"]
    bodies = gather_bodies(text, [name for name in names if name.kind != "person"], told)
    found = [*gather_persons(text, persons), *bodies]
    found.sort(key=lambda one: one.mentions[0].extent)
    placed = sorted(((mention.extent, one) for one in found for mention in one.mentions), key=lambda pair: pair[0])
    return Entities(tuple(found), tuple(extent for extent, _ in placed), tuple(one for _, one in placed))


def _of_one_kind(text: str, names: Sequence[Noted]) -> list[Noted]:
    """Give mentions in the same words the kind that is most probable of all of them together."""
    worded = [words_at(text, name.extent) for name in names]
    votes: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for name, words in zip(names, worded, strict=True):
        votes[words][name.kind] += name.probability
        if name.kind == "person" and " " in words:
            votes[words.rsplit(" ", 1)[1]]["person"] += name.probability
        elif name.kind == "body" and (suffix := OF.search(words)):
            votes[words[: suffix.start()]]["body"] += name.probability
    kinds = {words: max(counts, key=counts.__getitem__) for words, counts in votes.items()}
    return [
        name if name.kind == kinds[words] else replace(name, kind=kinds[words])
        for name, words in zip(names, worded, strict=True)
    ]
