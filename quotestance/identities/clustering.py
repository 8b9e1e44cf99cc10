"""Groups from pairwise evidence: the surest links first, none that a group forbids, none where two groups compete."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from quotestance.identities.evidence import MARGIN, THRESHOLD, Evidence, exclude
from quotestance.identities.profiles import Profile


@dataclass(frozen=True, slots=True)
class Edge:
    """Evidence that two of a sequence of profiles are one person's; ``first < second``."""

    first: int
    second: int
    evidence: Evidence


class Groups:
    """Disjoint groups of numbered profiles, each with what is known of all its members together."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        self._parents = list(range(len(profiles)))
        self.profiles = list(profiles)

    def find(self, member: int) -> int:
        """Return the number that stands for the group of a member."""
        root = member
        while self._parents[root] != root:
            root = self._parents[root]
        while self._parents[member] != root:
            self._parents[member], member = root, self._parents[member]
        return root

    def join(self, a: int, b: int) -> None:
        """Make one group of two."""
        first, second = sorted((self.find(a), self.find(b)))
        self._parents[second] = first
        self.profiles[first] = self.profiles[first].joined(self.profiles[second])

    def profile(self, member: int) -> Profile:
        """Return what is known of the group of a member."""
        return self.profiles[self.find(member)]

    def members(self) -> dict[int, list[int]]:
        """Every group under the number that stands for it, members in their order."""
        found: dict[int, list[int]] = {}
        for member in range(len(self._parents)):
            found.setdefault(self.find(member), []).append(member)
        return found


def cluster(profiles: Sequence[Profile], edges: Sequence[Edge]) -> tuple[Groups, dict[int, Edge]]:
    """Return groups of profiles, and for every profile the edge that first tied it.

    Args:
        profiles: In an order that does not hang on that of the articles.
        edges: Evidence for some of the pairs.
    """
    groups = Groups(profiles)
    for same in _by_known_id(profiles).values():
        for member in same[1:]:
            groups.join(same[0], member)
    beside = _by_member(edges)
    ties: dict[int, Edge] = {}
    for edge in sorted(edges, key=lambda edge: (-edge.evidence.log_odds, edge.first, edge.second)):
        if edge.evidence.log_odds < THRESHOLD:
            break
        first, second = groups.find(edge.first), groups.find(edge.second)
        if first != second:
            if exclude(groups.profiles[first], groups.profiles[second]) or _is_contested(edge, beside, groups):
                continue
            groups.join(first, second)
        for member in (edge.first, edge.second):
            ties.setdefault(member, edge)
    return groups, ties


def _by_known_id(profiles: Sequence[Profile]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, profile in enumerate(profiles):
        for known in profile.known:
            found.setdefault(known, []).append(number)
    return found


def _by_member(edges: Sequence[Edge]) -> dict[int, list[tuple[int, float]]]:
    found: dict[int, list[tuple[int, float]]] = {}
    for edge in edges:
        found.setdefault(edge.first, []).append((edge.second, edge.evidence.log_odds))
        found.setdefault(edge.second, []).append((edge.first, edge.evidence.log_odds))
    return found


def _is_contested(edge: Edge, beside: dict[int, list[tuple[int, float]]], groups: Groups) -> bool:
    """Whether one end of an edge could as well be somebody else whom the other end cannot be."""
    least = edge.evidence.log_odds - MARGIN
    for end, other in ((edge.first, edge.second), (edge.second, edge.first)):
        own = groups.find(end)
        rivals = {groups.find(rival) for rival, log_odds in beside[end] if log_odds >= max(least, 0.0)}
        target = groups.profile(other)
        for rival in sorted(rivals - {own, groups.find(other)}):
            if exclude(groups.profiles[rival], target):
                return True
    return False


def neighbours(size: int, key: Callable[[int], object], reach: int) -> list[tuple[int, int]]:
    """Pairs of a block: all of a small one, of a large one each with the next ``reach`` in the order of ``key``."""
    order = sorted(range(size), key=lambda one: (str(key(one)), one))
    return [(order[i], order[j]) for i in range(size) for j in range(i + 1, min(size, i + 1 + reach))]
