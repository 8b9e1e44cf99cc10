"""What body a name stands for: a state, a state's own ministry or army, or a body with a name of its own.

A state is its name, its capital, its government and, for Russia, the Kremlin. A name of nothing but common words
("Foreign Ministry") is the body of its state, and nobody's where no state is known. Everything else goes by its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from iso3166 import countries_by_alpha3

from quotestance.countries import LONGEST, country_code, demonym_code, listed_bodies, seat_code
from quotestance.identities.romanization import plain, romanized
from quotestance.text import read_lexicon

_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:['’&-][^\W_]+)*")
_ARTICLES = frozenset(["the", "a", "an"])
_STOPS = _ARTICLES | {"of", "for", "and", "in", "at", "on", "to"}
_NUMERAL = re.compile(r"[ivx]+")  # "II Corps" is not "I Corps"
_COMPANY = frozenset(["inc", "corp", "corporation", "ltd", "llc", "plc", "co", "company", "gmbh", "ag", "holdings"])
_ARMED = frozenset(["movement", "rebel", "rebels", "militant", "militants", "fighter", "fighters", "militia", "side"])
_PALACES = frozenset(
    (
        "white house",
        "pentagon",
        "downing street",
        "whitehall",
        "westminster",
        "elysee",
        "élysée",
        "malacanang",
        "malacañang",
        "miraflores",
    )
)
_AND = re.compile(r"\s*(?:,|;|/|\band\b|&)\s*")
_UNITED_NATIONS = re.compile(r"\b(?:UN\b|U\.N\.?)(?!\w)")
_MILITARY = frozenset(("military", "defense"))


@dataclass(frozen=True, slots=True)
class Body:
    """What a name of a body says.

    Args:
        words: What it is called, in one form and in alphabetical order, without its state.
        state: ISO 3166-1 alpha-3 code of the state whose it is or that it is; ``None`` where nothing tells.
        sort: ``state``, ``own`` (a body that every state has), ``listed`` (in ``bodies.tsv``) or ``named``.
        has_state_word: Whether the name itself tells the state.
        why: How that was read.
        name: The first name that ``bodies.tsv`` has for it; ``None`` for a body that is not listed.
    """

    words: tuple[str, ...]
    state: str | None
    sort: str
    has_state_word: bool = False
    why: str = ""
    name: str | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for names of one body; of a ``named`` one without its state."""
        return (self.sort, self.words) if self.sort in ("listed", "named") else (self.sort, self.words, self.state)

    @property
    def is_known(self) -> bool:
        """Whether the name tells one body: a ministry of no known state does not, nor does a name without a word."""
        return self.state is not None or (self.sort != "own" and bool(self.words))


@lru_cache(maxsize=1)
def _forms() -> dict[str, tuple[str, ...]]:
    """Words of the bodies that every state has -> the words that they count as."""
    found = {}
    for entry in read_lexicon("body_words.tsv"):
        word, _, form = entry.partition("\t")
        found[plain(word)] = () if form == "-" else tuple(form.split()) if form else (word,)
    return found


@lru_cache(maxsize=1)
def _listed() -> dict[str, list[tuple[str, str, bool]]]:
    """Bare name -> country of the body, its first name, and whether the name had its country in it."""
    found: dict[str, list[tuple[str, str, bool]]] = {}
    for name, country, forms in listed_bodies():
        for alias in forms:
            found.setdefault(_bare(alias), []).append((country, name, False))
            rest, states, _ = _without_states(_words(alias), country or None)
            if country and states == [country] and rest:
                found.setdefault(" ".join(rest), []).append((country, name, True))
    return found


@lru_cache(maxsize=1)
def _stateless() -> frozenset[str]:
    """Bare names that tell no state by themselves."""
    return frozenset(map(_bare, read_lexicon("stateless_names.txt")))


def _bare(name: str) -> str:
    lower = " ".join(name.replace("’", "'").split()).lower()
    return lower.removeprefix("the ").replace(".", "").removesuffix("'s")


def _words(name: str) -> list[str]:
    return [word.replace(".", "") if "." in word else word for word in _WORD.findall(name.replace("’", "'"))]


def _state_at(words: list[str], size: int, is_last_of_embassy: bool) -> str | None:
    phrase = " ".join(words[:size])
    bare = phrase.removesuffix("'s")
    if bare.lower() == "us" and bare != "US":
        return None
    code = country_code(bare) or demonym_code(bare)
    if code is None and (bare != phrase or is_last_of_embassy):
        code = seat_code(bare)
    return code


def _without_states(words: list[str], country: str | None) -> tuple[list[str], list[str], str | None]:
    """Return the words in lower case that name no state, the states in their order, and where an embassy stands.

    Small words are left out, unless there are no others ("FOR").
    """
    rest: list[str] = []
    states: list[str] = []
    host, position = None, 0
    is_embassy = any(word.lower() in ("embassy", "consulate", "mission") for word in words)
    while position < len(words):
        after_place = is_embassy and position > 0 and _is_place(words[max(0, position - 2) : position])
        ahead = words[position : position + LONGEST]
        sizes = range(len(ahead), 0, -1)
        code, size = next(((c, n) for n in sizes if (c := _state_at(ahead, n, after_place))), (None, 1))
        if code is None:
            rest.append(words[position].lower().removesuffix("'s"))
        elif after_place and (states or country):
            host = code
        else:
            states.append(code)
        position += size
    kept = [word for word in rest if word not in _STOPS] or [word for word in rest if word not in _ARTICLES]
    return kept, states, host


def _is_place(before: list[str]) -> bool:
    return before[-1].lower() in ("in", "to") or [word.lower() for word in before[-2:]] in (
        ["in", "the"],
        ["to", "the"],
    )


def _one_form(words: list[str]) -> Iterator[str]:
    for word in words:
        base = plain(word)
        yield from _forms().get(base) or ([] if base in _forms() else _singular_form(base))


def singular(word: str) -> str | None:
    """Return the singular of a plural noun in lower case, by its ending; ``None`` where the word is no plural.

    >>> singular("spokesmen"), singular("agencies"), singular("critics"), singular("boss")
    ('spokesman', 'agency', 'critic', None)
    """
    word = word.lower()
    for ending, ending_of_one in (("men", "man"), ("women", "woman"), ("people", "person"), ("wives", "wife")):
        if word.endswith(ending):
            return word[: -len(ending)] + ending_of_one
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word == "children":
        return "child"
    if word.endswith("s") and not word.endswith(("ss", "us", "sis", "xis", "ris")) and len(word) > 3:
        return word[:-1]
    return None


def _singular_form(word: str) -> tuple[str, ...]:
    one = singular(word) or word
    spelt = one if _NUMERAL.fullmatch(one) else romanized(one)
    return _forms().get(one, (spelt,))


def _is_common(words: list[str]) -> bool:
    return bool(words) and all(
        (base := plain(word)) in _forms() or (singular(base) or base) in _forms() for word in words
    )


def is_joint(name: str) -> bool:
    """Whether a name is several states' ("Russia and China"), and so nobody's.

    >>> is_joint("France, Germany and Britain"), is_joint("Bosnia and Herzegovina"), is_joint("Law and Justice")
    (True, False, False)
    """
    if country_code(name):
        return False
    parts = [part for part in _AND.split(name) if part]
    return len(parts) > 1 and sum(bool(_whole_state(part)) for part in parts) > 1


def _whole_state(name: str) -> str | None:
    bare = _bare(name)
    if code := country_code(name) or country_code(bare):
        return code
    return None if bare in _PALACES else seat_code(bare)


@lru_cache(maxsize=65536)
def parse_body(name: str, country: str | None = None) -> Body:
    """Return what a name of a body says, with the country that the article gives it.

    >>> parse_body("Ministry of Foreign Affairs of Russia").key == parse_body("foreign ministry", "RUS").key
    True
    >>> parse_body("Pentagon").key == parse_body("U.S. Department of Defense").key
    True
    >>> parse_body("Moscow").key == parse_body("the Kremlin").key == parse_body("Russian government").key
    True
    """
    bare = _bare(name)
    if listed := _look_up(bare, country) or _look_up(_without_fighters(bare), country):
        return listed
    state = _whole_state(name) or ("GEO" if bare == "georgia" and country == "GEO" else None)
    if state:
        return Body((), state, "state", True, "names the state")
    words = _words(_UNITED_NATIONS.sub("United Nations", name))
    rest, states, host = _without_states(words, country)
    state = _own_state(states, country) if words else None
    if states and (listed := _look_up(" ".join(rest), state)):
        return listed
    others = [f"@{code}" for code in states if code != state] + ([f"@{host}"] if host else [])
    if not rest and not states and not host:
        rest = [word.lower() for word in words]  # "THE"
    return _by_words(rest, others, state, bool(states))


def _without_fighters(bare: str) -> str:
    """Return "m23" for "m23 rebels": what a listed body is called where those who fight for it speak."""
    words = bare.split()
    while words and words[-1] in _ARMED:
        words.pop()
    return " ".join(words)


def _own_state(states: list[str], country: str | None) -> str | None:
    return country if country and (country in states or not states) else states[0] if states else None


def _by_words(rest: list[str], others: list[str], state: str | None, has_word: bool) -> Body:
    named = [word for word in rest if word not in _COMPANY and word not in _ARMED] or rest
    forms = set(_one_form(named))
    if not _is_common(named):
        return Body(tuple(sorted({*forms, *others})) or tuple(sorted(named)), state, "named", has_word, "same words")
    if {"general", "staff"} <= forms:
        forms -= {"military"}
    if {"defense", "ministry"} <= forms:
        forms -= {"national"}
    if forms & {"military"} and forms <= _MILITARY:
        forms = {"military"}
    if forms == {"government"} and state:
        return Body((), state, "state", True, "the government of the state")
    return Body(tuple(sorted({*forms, *others})), state, "own", has_word, "the body of its state")


def _look_up(bare: str, country: str | None) -> Body | None:
    rows = _listed().get(bare, ())
    is_shared = len({own for own, _, _ in rows if own}) > 1  # "PTI", of Pakistan and of India
    is_stateless = bare in _stateless()  # there "of" does not make a name of its own: "Ministry of Defence"
    is_common = _is_common([word for word in bare.split() if not (is_stateless and word in _STOPS)])
    for own, name, has_country in sorted(rows, key=lambda row: row[0] != country):
        if own and country != own and (country is not None or has_country or (is_common and "department" not in bare)):
            continue
        if own and country is None and is_shared:
            continue
        if not own and country is not None and is_common:
            continue
        return _first_name(name, own)
    return None


@lru_cache(maxsize=1024)
def _first_name(name: str, own: str) -> Body:
    rest, states, _ = _without_states(_words(name), own or None)
    body = _by_words(rest, [], own or None, bool(states))
    if own and body.sort != "named":
        return Body(body.words, body.state, body.sort, body.has_state_word, f"a name of {name} ({own})", name)
    return Body((name,), own or None, "listed", True, f"a name of {name}", name)


def without_state(name: str, state: str | None) -> str:
    """Return a name in lower case without the words that tell the state.

    >>> without_state("Russian Foreign Ministry", "RUS")
    'foreign ministry'
    """
    return " ".join(_without_states(_words(name), state)[0])


@lru_cache(maxsize=512)
def country_name(code: str) -> str:
    """Return a country as newsrooms name it.

    >>> country_name("USA"), country_name("RUS")
    ('United States', 'Russia')
    """
    rows = (entry.split("\t") for entry in read_lexicon("demonyms.tsv"))
    name = next((row[1].split("|")[0] for row in rows if row[0] == code), "")
    return name or (countries_by_alpha3[code].name if code in countries_by_alpha3 else code)  # "Georgia", the state


def initials(name: str) -> frozenset[str]:
    """Return what a name may be cut to: the first letters of its words, with and without the small ones.

    >>> sorted(initials("Organisation for the Prohibition of Chemical Weapons"))
    ['ofpcw', 'oftpocw', 'opcw']
    """
    words = [plain(word) for word in _words(name.removeprefix("the ").removeprefix("The ")) if plain(word)]
    short = {"us", "un", "uk", "eu"}  # stay whole: USDA
    small = ("the", "of"), ("the", "of", "for", "and", "in", "on", "to"), ()
    return frozenset(
        "".join(word if word in short else word[0] for word in words if word not in left_out)
        for left_out in small
        if len(words) > 1
    )


def as_acronym(name: str) -> str | None:
    """Return the letters of a name that is an acronym, in lower case; ``None`` for another name.

    >>> as_acronym("O.P.C.W."), as_acronym("Reuters")
    ('opcw', None)
    """
    letters = name.removeprefix("the ").replace(".", "")
    return letters.lower() if letters.isalpha() and letters.isupper() and 2 <= len(letters) <= 7 else None
