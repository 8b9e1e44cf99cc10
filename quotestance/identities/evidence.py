"""How sure it is that two profiles are one person's: log-odds that add up, each with its reason.

A full name that few bear is worth 4.0 (98 in 100), one that many bear 1.0; what agrees adds and what differs takes
away. The weights were set by hand on the development half of tests/cases/identities.jsonl.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from quotestance.identities.names import Name, bare_cost, compare, is_guess
from quotestance.identities.profiles import Profile, Years
from quotestance.identities.roles import reach
from quotestance.logistic import logistic

THRESHOLD = 1.386  # log-odds of 0.8, from which two are linked
_SUREST = 0.99
MARGIN = 1.0  # log-odds by which the best of several must lead, or none is taken

_RARE_NAME, _COMMON_NAME = 4.0, 1.0
_RARE_SURNAME, _COMMON_SURNAME = -0.5, -1.5
_SAME_COUNTRY, _OTHER_COUNTRY = 1.5, -4.0
_SAME_OFFICE, _SAME_OFFICE_UNSEEN, _SAME_CALLING = 2.5, 2.0, 1.5
_SAME_DUTY = 1.5
_OTHER_OFFICE = -0.3
_OFFICE_AND_STUDY = -0.6  # one is called by an office alone, the other by a study
_SAME_BODY = 1.0
_OTHER_BODY = -2.0  # of a name that many bear
_OUT_OF_OFFICE = -2.0
_OUT_OF_TERM = -3.0
_TERM_YEARS = 0.5  # by which a term of the table of known names may be off: "2020" stands for its middle
_TWO_OFFICES_AT_ONCE = -2.0  # of a name that many bear
_SAME_REGION, _OTHER_REGION = 1.0, -6.0
_OTHER_WALK, _PRIVATE_WALK = -4.0, -5.0
_OTHER_SUFFIX = -4.0
_ORDER_COUNTRIES = frozenset(("CHN", "JPN", "KOR", "PRK", "TWN", "VNM", "HUN", "HKG", "SGP", "KHM", "MAC"))
_LATIN_COUNTRIES = frozenset(
    [
        "USA",
        "GBR",
        "CAN",
        "AUS",
        "NZL",
        "IRL",
        "FRA",
        "DEU",
        "ITA",
        "ESP",
        "PRT",
        "NLD",
        "BEL",
        "LUX",
        "AUT",
        "CHE",
        "SWE",
        "NOR",
        "DNK",
        "FIN",
        "ISL",
        "MEX",
        "ARG",
        "BRA",
        "COL",
        "CHL",
        "PER",
        "VEN",
        "CUB",
        "BOL",
        "ECU",
        "URY",
        "PRY",
        "PHL",
        "ZAF",
    ]
)
_LEADERS = frozenset(("head of state", "head of government", "supreme leader", "monarch", "crown prince"))
_HEADS = frozenset(
    ("chair", "director", "secretary general", "high representative", "chief of the general staff", "police chief")
)
_MINISTERS = (" minister", " secretary")
_STUDY = frozenset(("analyst", "professor"))
_ELSEWHERE = frozenset(
    ("mayor", "governor", "police chief", "ambassador", "spokesperson", "analyst", "professor", "cleric")
)
_AT_ONCE_YEARS = 0.25
_CROWNED = frozenset(("monarch", "pope"))
_LEGISLATORS = frozenset(("senator", "representative", "governor"))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for two profiles being one person's.

    Args:
        log_odds: Sum of what speaks for and against it.
        reasons: In words, the strongest first.
    """

    log_odds: float
    reasons: tuple[str, ...]

    @property
    def probability(self) -> float:
        """In [0, 1], to two digits."""
        return as_probability(self.log_odds)


def as_probability(log_odds: float) -> float:
    """Return the logistic function, to two digits; nothing is surer than 0.99.

    >>> as_probability(0.0), as_probability(4.0), as_probability(9.0)
    (0.5, 0.98, 0.99)
    """
    return min(_SUREST, round(logistic(log_odds), 2))


def _sum(parts: list[tuple[float, str]]) -> Evidence:
    ordered = sorted((part for part in parts if part[1]), key=lambda part: (-abs(part[0]), part[1]))
    return Evidence(math.fsum(points for points, _ in parts), tuple(words for _, words in ordered))


def full_names(a: Profile, b: Profile) -> Evidence | None:
    """How sure it is that the bearers of two full names are one person; ``None`` where it is out of the question.

    Args:
        a, b: Profiles of one name each.
    """
    (name,), (other,) = a.names, b.names
    match = compare(name, other)
    if match is None:
        return None
    if match.is_swapped and not (a.countries | b.countries) & _ORDER_COUNTRIES:
        return None
    if match.is_spelling and not _may_be_romanized(a, b):
        return None  # "Davis" and "Davies" are two families, "Gaddafi" and "Qadhafi" one
    if match.is_guess and not _is_one_post(a, b):
        return None  # "Salimi" and "Salami" are two families, too
    if "CHN" in a.countries & b.countries and _are_two_in_pinyin(name, other):
        return None
    is_common = name.is_common and other.is_common
    base = _COMMON_NAME if is_common else _RARE_NAME
    parts = [(base - match.cost, ", ".join(match.reasons)), *_context(a, b, is_common)]
    gap = _gap(a.years, b.years)
    parts.append(_years_apart_full(gap, name.suffix != other.suffix))
    if is_common and _hold_two_at_once(a, b):
        parts.append((_TWO_OFFICES_AT_ONCE, "another office at the same time"))
    if name.suffix != other.suffix and _are_two_of_a_family(a, b):
        parts.append((_OTHER_SUFFIX, "father and son may bear it"))
    return _sum(parts)


def _are_two_of_a_family(a: Profile, b: Profile) -> bool:
    """Whether of two whose names differ in a suffix each has a role, or the one without it alone an office of a state.

    "President Donald Trump" is not "Donald Trump Jr.", while "President Joseph R. Biden Jr." may be "Joe Biden".
    """
    if _role_agrees(a, b):
        return False
    if a.duties and b.duties:
        return True
    elder = next((one for one in (a, b) if all(name.suffix is None for name in one.names)), None)
    return elder is not None and any(reach(office) == "state" for office in elder.offices)


def _may_be_romanized(a: Profile, b: Profile) -> bool:
    """Whether both are of a country whose names are put into Latin letters, or, where one is not told, of one body."""
    if a.countries and b.countries:
        return bool((a.countries & b.countries) - _LATIN_COUNTRIES)
    return bool(a.bodies & b.bodies) and not (a.countries | b.countries) & _LATIN_COUNTRIES


def _is_one_post(a: Profile, b: Profile) -> bool:
    """Whether both hold one office of a state, or are of one body and called no two things there."""
    if any(reach(office) == "state" for office in _shared_offices(a, b)):
        return True
    is_called_so = not a.duties or not b.duties or bool(a.duties & b.duties or _shared_offices(a, b))
    return bool(a.bodies & b.bodies) and is_called_so


def _are_two_in_pinyin(a: Name, b: Name) -> bool:
    """Whether two Chinese names differ in a given name: pinyin has one spelling, "Xiaoming" is not "Xiaomeng"."""
    one, other = "".join(a.given), "".join(b.given)
    return a.is_family_first and b.is_family_first and one != other and min(len(one), len(other)) > 1


def partial_name(part: Name, a: Profile, full: Profile) -> Evidence | None:
    """How sure it is that a surname, or initials with one, stand for somebody known by a full name."""
    is_own = not part.fathers and (part.is_sheikhs or bool(a.offices & _CROWNED))
    is_sure = _is_one_post(a, full)
    names = [name for name in full.names if is_sure or not is_guess(part.surname, name.surname)]
    costs = [found for name in names if (found := _partial_cost(part, name, is_own=is_own)) is not None]
    if not costs or (a.countries and full.countries and not a.countries & full.countries):
        return None
    if a.known and full.known and a.known != full.known:
        return None
    is_alias = part in full.aliases
    if not part.given and not is_alias and not _role_agrees(a, full):
        return None
    points, what = (-_RARE_NAME, "an alias in the table of known names") if is_alias else min(costs)
    base = _COMMON_SURNAME if part.is_common else _RARE_SURNAME
    parts = [(base - points, what), *_context(a, full, part.is_common), _years_apart_partial(_gap(a.years, full.years))]
    if a.offices and full.offices and not _shared_offices(a, full):
        parts.append((-0.7, ""))
    if _is_out_of_office(a, full) or _is_out_of_office(full, a):
        parts.append((_OUT_OF_OFFICE, "in office and out of it"))
    if _is_out_of_term(a, full):
        parts.append((_OUT_OF_TERM, "not in office then by the table of known names"))
    return _sum(parts)


def _partial_cost(part: Name, full: Name, *, is_own: bool) -> tuple[float, str] | None:
    if not part.given:
        cost = bare_cost(part, full, is_own=is_own)
        return None if cost is None else (cost[0], f"{cost[1]} alone")
    match = compare(part, full)
    return None if match is None else (match.cost - 3.0, ", ".join(match.reasons))


def _role_agrees(a: Profile, b: Profile) -> bool:
    return bool(_shared_offices(a, b) or a.duties & b.duties or a.bodies & b.bodies)


def traits(profile: Profile) -> set[object]:
    """Return what of a role two people must share, one at least, for their roles to agree."""
    loose = {"leader": profile.offices & _LEADERS, "head": profile.offices & _HEADS}
    found: set[object] = {*profile.offices, *profile.duties, *profile.bodies, *(word for word in loose if loose[word])}
    return found | ({"minister"} if any(office.endswith(_MINISTERS) for office in profile.offices) else set())


def _shared_offices(a: Profile, b: Profile) -> frozenset[str]:
    shared = a.offices & b.offices
    for one, other in ((a, b), (b, a)):
        if "leader" in one.offices and other.offices & _LEADERS:
            shared |= {"leader"}
        if "head" in one.offices and a.bodies & b.bodies and other.offices & _HEADS:
            shared |= {"head"}
        if "minister" in one.offices and any(office.endswith(_MINISTERS) for office in other.offices):
            shared |= {"minister"}
    return shared


def _context(a: Profile, b: Profile, is_common: bool) -> list[tuple[float, str]]:
    points, words = _office(a, b)
    return [
        _country(a, b),
        (3 * points if points < 0 and is_common else points, words),
        _body(a, b, is_common),
        _region(a, b),
        _walk(a, b, is_common),
    ]


def _body(a: Profile, b: Profile, is_common: bool) -> tuple[float, str]:
    if a.bodies & b.bodies:
        return _SAME_BODY, "same body"
    is_told = a.bodies and b.bodies and not any(reach(office) == "state" for office in _shared_offices(a, b))
    is_western = not any(name.is_family_first for name in (*a.names, *b.names))
    return (_OTHER_BODY, "another body") if is_told and is_common and is_western else (0.0, "")


def _country(a: Profile, b: Profile) -> tuple[float, str]:
    if shared := a.countries & b.countries:
        return _SAME_COUNTRY, f"country {min(shared)}"
    if not a.countries or not b.countries:
        return 0.0, ""
    if any(key[0] == "listed" for key in a.bodies & b.bodies):
        return 0.0, ""  # officials of the United Nations are of any country
    return _OTHER_COUNTRY, f"countries {min(a.countries)} and {min(b.countries)}"


def _office(a: Profile, b: Profile) -> tuple[float, str]:
    shared = _shared_offices(a, b)
    is_apart = bool(a.countries and b.countries and not a.countries & b.countries)
    if held := sorted(office for office in shared if reach(office) == "state"):
        if is_apart:
            return 0.0, ""
        return (_SAME_OFFICE if a.countries & b.countries else _SAME_OFFICE_UNSEEN), f"office: {held[0]}"
    is_elsewhere = a.bodies and b.bodies and not a.bodies & b.bodies
    if (shared or a.duties & b.duties) and is_elsewhere:
        return 0.0, ""  # every body has its spokesman
    if shared:
        is_near = bool(a.countries & b.countries or a.bodies & b.bodies)
        return (_SAME_CALLING if is_near else 0.7), f"role: {min(shared)}"
    if a.duties & b.duties:
        return (_SAME_DUTY if a.countries & b.countries else 0.7), "same role"
    if a.offices and b.offices:
        is_study = (a.offices <= _STUDY) != (b.offices <= _STUDY)
        return (_OFFICE_AND_STUDY if is_study else _OTHER_OFFICE), ""
    return 0.0, ""


def _region(a: Profile, b: Profile) -> tuple[float, str]:
    if shared := a.regions & b.regions:
        return _SAME_REGION, f"home {min(shared)}"
    if a.regions and b.regions:
        return _OTHER_REGION, f"homes {min(a.regions)} and {min(b.regions)}"
    return 0.0, ""


def _walk(a: Profile, b: Profile, is_common: bool) -> tuple[float, str]:
    if not a.walks or not b.walks:
        return 0.0, ""
    if not a.walks & b.walks:
        return (_PRIVATE_WALK if "private" in a.walks | b.walks else _OTHER_WALK), "another walk of life"
    if a.walks == b.walks == {"private"} and is_common and not a.duties & b.duties:
        return -2.0, "another walk of life"
    return 0.0, ""


def _gap(a: Years | None, b: Years | None) -> float | None:
    """Years between two spans; 0 where they meet."""
    return None if a is None or b is None else max(0.0, a[0] - b[1], b[0] - a[1])


def _is_out_of_office(holder: Profile, former: Profile) -> bool:
    """Whether one holds an office when, or after, the other is called its former holder and no longer its holder."""
    shared = _shared_offices(holder, former)
    if holder.held is None or former.left is None or not any(reach(office) == "state" for office in shared):
        return False
    is_back = former.held is not None and former.held[1] >= min(former.left[0], holder.held[0])
    return holder.held[1] >= former.left[0] and not is_back


def _is_out_of_term(holder: Profile, known: Profile) -> bool:
    """Whether one holds an office when, by the user's table, the other did not."""
    terms = [years for office, years in known.terms if office in holder.offices]
    return bool(terms) and all((_gap(holder.held, years) or 0.0) > _TERM_YEARS for years in terms)


def _hold_two_at_once(a: Profile, b: Profile) -> bool:
    """Whether one holds an office of a state, and the other one that nobody holds beside it, in the same months."""
    gap = _gap(a.held, b.held)
    if gap is None or gap > _AT_ONCE_YEARS or _shared_offices(a, b):
        return False
    pairs = ((a.offices, b.offices), (b.offices, a.offices))
    return any(other and other <= _ELSEWHERE and any(reach(one) == "state" for one in held) for held, other in pairs)


def _years_apart_full(gap: float | None, is_suffix_left_out: bool) -> tuple[float, str]:
    if gap is None:
        return 0.0, ""
    if gap <= 8:
        return (0.5, "at the same time") if gap <= 4 else (0.0, "")
    points = -1.5 if gap <= 15 else -3.0 if gap <= 30 else -6.0
    return points - (4.0 if is_suffix_left_out and gap > 10 else 0.0), f"{gap:.0f} years apart"


def _years_apart_partial(gap: float | None) -> tuple[float, str]:
    if gap is None:
        return 0.0, ""
    if gap <= 1:
        return 0.5, "at the same time"
    points = 0.0 if gap <= 4 else -0.5 if gap <= 8 else -1.5 if gap <= 15 else -3.0
    return points, f"{gap:.0f} years apart" if points else ""


def exclude(a: Profile, b: Profile) -> bool:
    """Whether two people, each of several names and places, cannot be one, however like two of their names are."""
    if a.known and b.known and a.known != b.known:
        return True
    if a.regions and b.regions and not a.regions & b.regions and (a.offices | b.offices) & _LEGISLATORS:
        return True
    if _country(a, b)[0] < 0:
        return True
    if _walk_apart(a, b) or (_are_common(a, b) and _hold_two_at_once(a, b)):
        return True
    if a.known or b.known:  # whose aliases need not be like each other
        return not a.names & b.names and all(compare(one, other) is None for one in a.names for other in b.names)
    return any(one != other and compare(one, other) is None for one in a.names for other in b.names)


def _walk_apart(a: Profile, b: Profile) -> bool:
    return _are_common(a, b) and bool(a.walks and b.walks) and not a.walks & b.walks


def _are_common(a: Profile, b: Profile) -> bool:
    return all(name.is_common for name in (*a.names, *b.names))
