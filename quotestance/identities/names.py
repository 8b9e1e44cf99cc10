"""Names of people across articles: their parts, and how far two of them agree.

What text/person_names.py does inside one article, where the context is one, is done here for strangers: titles left
in the name come off, spellings are brought into one, and an order of the parts is an assumption that can be wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from quotestance.countries import country_code, demonym_code
from quotestance.identities.given_names import agreement, is_one_in_korean
from quotestance.identities.roles import office_words
from quotestance.identities.romanization import best_likeness, plain, romanized, skeleton, vowels
from quotestance.text import read_lexicon
from quotestance.text.lexicon import is_given_name, table, word_set

_SUFFIXES = frozenset(
    ("jr", "sr", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xvi")
)
_PARTICLES = frozenset(("al", "el", "y", "e", "of", "the", "bin", "ibn", "ben", "bint", "ould", "abu"))
_PATRONYMIC = frozenset(("bin", "ibn", "bint", "ben", "ould"))
_MODIFIERS = frozenset(
    (
        "former",
        "ex",
        "then",
        "acting",
        "deputy",
        "vice",
        "assistant",
        "rear",
        "the",
        "crown",
        "grand",
        "sayyed",
        "sayyid",
        "seyed",
        "hojatoleslam",
        "commodore",
        "brigadier",
        "air",
        "chief",
        "field",
        "pm",
        "fm",
        "retired",
        "staff",
    )
)
_SHEIKHS = frozenset(("sheikh", "sheikha", "sheik"))
_NICKNAME = re.compile(r"[\"“”'‘(]\s*(\w[\w .-]*?)\s*[\"“”'’)](?=\s|$)")
_INITIALS = re.compile(r"(?:[A-Z]\.-?)+[A-Z]?\.?|[A-Z]{1,2}")
_TWO_SYLLABLES = re.compile(r"[A-Z][a-z]+-[A-Za-z][a-z]+")
_FUSED_ARTICLE = re.compile(r"^(?:El|Al)(?=[A-Z][a-z])")  # "ElBaradei"
_UMLAUT = re.compile(r"([ou])e(?=[^aeiouy])|(a)e(?=u|[^aeiouy])")
_ONE_SYLLABLE = re.compile(r"[^aeiouy]*[aeiouy]+[^aeiouy]*|ng|lv")
_LEAST_LIKENESS = 0.75  # of two surnames with one skeleton
_ONE_SOUND, _OTHER_VOWELS = 1.0, 1.5  # of a surname that no rule brings into one spelling: "Qadhafi", "Hifter"
_OTHER_SPELLING = 1.2  # of a surname of one syllable: "Lee" for "Ri"
_LONGEST_SYLLABLE = 6  # letters of a syllable of a given name: "Kyoung", "Phuong"
_SHORT_GIVEN = 4  # letters; a given name this short behind an East Asian surname is shared by many


@dataclass(frozen=True, slots=True)
class Name:
    """A name of a person in parts, each plain (see :func:`~quotestance.identities.romanization.plain`).

    Args:
        given: Given names and initials (one letter), in their order; empty for a surname alone.
        surname: The surname, or the only part there is.
        suffix: ``jr``, ``ii`` ... or ``None``.
        nickname: What stands in quotation marks or parentheses inside the name.
        titles: Words before the name that are no part of it, as worded.
        fathers: Positions in ``given`` that name the bearer's father ("bin Salman").
        is_family_first: Whether the surname stands first, as in "Xi Jinping".
        letters: First letters of its words, particles too ("mbs").
        hyphenated: The parts of a surname with hyphens ("Duterte-Carpio"); empty for another.
        called: The syllable of the given name by which a Vietnamese is called ("Chinh" of "Pham Minh Chinh"), as far as
            the country is known; else empty.
    """

    given: tuple[str, ...]
    surname: str
    suffix: str | None = None
    nickname: str | None = None
    titles: str = ""
    fathers: frozenset[int] = field(default=frozenset())
    is_family_first: bool = False
    letters: str = field(default="", compare=False)
    hyphenated: tuple[str, ...] = ()
    called: str = ""

    @property
    def is_full(self) -> bool:
        """Whether there is a given name that is more than an initial, or two initials."""
        return any(len(part) > 1 for part in self.given) or len(self.given) > 1

    @property
    def parts(self) -> tuple[str, ...]:
        """Given names, then the surname."""
        return (*self.given, self.surname)

    @property
    def surnames(self) -> tuple[str, ...]:
        """The surname, and each of its parts where it has hyphens."""
        return (self.surname, *self.hyphenated)

    @property
    def is_regnal(self) -> bool:
        """Whether it is a given name alone, as of a king or pope: "King Salman", "Abdullah II"."""
        has_number = self.suffix is not None and self.suffix not in ("jr", "sr")
        is_crowned = not word_set("regnal_titles.txt").isdisjoint(self.titles.lower().split())
        return not self.given and (has_number or is_crowned)

    @property
    def is_sheikhs(self) -> bool:
        """Whether it is a name alone behind "Sheikh": the bearer's own or a surname."""
        return not self.given and not _SHEIKHS.isdisjoint(self.titles.lower().split())

    @property
    def is_common(self) -> bool:
        """Whether there are many bearers, so that the same name says less: "John Smith", "Li Wei"."""
        if self.is_family_first:
            return all(len(part) <= _SHORT_GIVEN for part in self.given)
        if self.surname not in _common_surnames():
            return False
        return not self.is_full or is_given_name(self.given[0]) or len(self.given[0]) == 1


@dataclass(frozen=True, slots=True)
class Match:
    """How two names agree.

    Args:
        cost: Log-odds that the differences take from equal names, ``>= 0``.
        reasons: What agrees and what differs, in words.
        is_swapped: Whether they agree only if one has its surname first.
        is_spelling: Whether a surname is spelled in two ways that no rule explains.
        is_guess: Whether one of the names has other vowels in either, by no rule and no table.
    """

    cost: float
    reasons: tuple[str, ...]
    is_swapped: bool = False
    is_spelling: bool = False
    is_guess: bool = False


@lru_cache(maxsize=1)
def _common_surnames() -> frozenset[str]:
    return frozenset(plain(name) for name in read_lexicon("common_surnames.txt"))


@lru_cache(maxsize=1)
def _family_first() -> frozenset[str]:
    return word_set("family_first_surnames.txt").union(_family_spellings())


@lru_cache(maxsize=1)
def _family_spellings() -> dict[str, frozenset[int]]:
    """Every surname of ``family_name_spellings.tsv``, plain, with the numbers of its lines."""
    found: dict[str, set[int]] = {}
    for number, entry in enumerate(read_lexicon("family_name_spellings.tsv")):
        for name in entry.split("|"):
            found.setdefault(plain(name), set()).add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


@lru_cache(maxsize=1)
def _same_families() -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for name, numbers in _family_spellings().items():
        for number in numbers:
            found.setdefault(number, []).append(name)
    return found


def family_spellings(surname: str) -> frozenset[str]:
    """Plain surnames of one syllable that may be a plain surname spelled otherwise, and itself.

    >>> sorted(family_spellings("ri")), sorted(family_spellings("lavrov"))
    (['lee', 'rhee', 'rhie', 'ri', 'yi'], ['lavrov'])
    """
    lines = _family_spellings().get(surname, frozenset())
    return frozenset((surname, *(name for line in lines for name in _same_families()[line])))


def _is_title(word: str) -> bool:
    lower = word.lower().rstrip(".")
    if word in ("To", "In"):
        return False  # "To Lam"; in a title they are small
    return lower in table("honorifics.tsv") or (lower in office_words() and not is_given_name(word))


def _is_before_title(word: str) -> bool:
    lower = word.lower().rstrip(".").removesuffix("'s").removesuffix("’s")
    return (
        lower in _MODIFIERS or bool(country_code(word) or demonym_code(word)) or lower in ("north", "south", "united")
    )


def _split_titles(words: list[str]) -> tuple[list[str], list[str]]:
    """Titles before a name, and the name: at least one word stays."""
    end = 0
    for position, word in enumerate(words[:-1]):
        if _is_title(word):
            end = position + 1
        elif not _is_before_title(word):
            break
    return words[:end], words[end:]


def _suffix(words: list[str]) -> tuple[list[str], str | None]:
    last = words[-1].lower().strip(".,") if len(words) > 1 else ""
    is_suffix = last in _SUFFIXES and (last in ("jr", "sr") or words[-1].strip(".,").isupper())  # not "Li Xi"
    return (words[:-1], last) if is_suffix else (words, None)


def _initials(word: str) -> tuple[str, ...]:
    """Return the letters of initials ("H.W.", "J", "JD"); none where the word is a name."""
    if not _INITIALS.fullmatch(word):
        return ()
    return tuple(letter for letter in word.lower() if letter.isalpha())


def _pieces(words: list[str]) -> tuple[list[str], frozenset[int]]:
    """Return the plain parts of a name without particles, and which of them name a father."""
    parts: list[str] = []
    fathers: set[int] = set()
    is_father, pending = False, ""
    is_upper = all(word.isupper() for word in words)  # then "JO" is a name
    for position, word in enumerate(words):
        lower = plain(_FUSED_ARTICLE.sub("", word))
        if not is_upper and (letters := _initials(word)):
            parts += letters
            continue
        if lower in ("abd", "abdel", "abdul", "abdal") and position + 1 < len(words):
            pending = "abdel"
            continue
        if not lower or (_is_particle(word, lower, position, words) and position + 1 < len(words)):
            is_father |= lower in _PATRONYMIC
            continue
        if is_father or word.lower().startswith("ben-"):
            fathers.add(len(parts))
        parts.append(pending + lower)
        is_father, pending = False, ""
    return parts or [plain(" ".join(words)).replace(" ", "")], frozenset(fathers)


def _is_particle(word: str, lower: str, position: int, words: list[str]) -> bool:
    if position == 0 and len(words) > 2 and word.istitle() and words[1].islower() and not is_given_name(word):
        return lower in word_set("name_particles.txt")  # "Von der Leyen" where the name begins a sentence
    if position == 0 and ((is_given_name(word) and not word.islower()) or len(words) == 1):
        return False
    is_listed = lower in word_set("name_particles.txt")
    return lower in _PARTICLES or (is_listed and (position > 0 or word.islower() or len(words) == 2))


def _is_short(part: str) -> bool:
    return 1 < len(part) <= _LONGEST_SYLLABLE and not is_given_name(part)


def _ordered(parts: list[str], words: list[str]) -> tuple[tuple[str, ...], str, bool]:
    """Given names, surname, and whether the surname stood first."""
    if len(parts) == len(words) == 2 and parts[0] in _family_first() and _TWO_SYLLABLES.fullmatch(words[1]):
        return (parts[1],), parts[0], True  # "Kim Yong-chol"
    if len(parts) == 3 and parts[0] in _family_first() and _is_short(parts[1]) and _is_short(parts[2]):
        return (parts[1] + parts[2],), parts[0], True  # "Kim Jong Un"
    is_last = len(parts) == 3 and parts[2] in _family_first() and parts[0] not in _family_first()
    if is_last and _is_short(parts[0]) and _is_short(parts[1]):
        return (parts[0] + parts[1],), parts[2], True  # "Suk Yeol Yoon"
    if len(parts) == 2:
        first, last = (part in _family_first() for part in parts)
        is_western = [is_given_name(part) for part in parts]
        if first and not is_western[0] and (not last or _is_two_syllables(parts[1])):
            return (parts[1],), parts[0], True
        if last and not is_western[0] and not first:
            return (parts[0],), parts[1], True
        if first and last and not any(is_western):
            return (parts[1],), parts[0], True
    return tuple(parts[:-1]), parts[-1], False


def _is_two_syllables(part: str) -> bool:
    return len(part) > 5


@lru_cache(maxsize=131072)
def parse_name(text: str) -> Name:
    """Return a name in parts.

    >>> name = parse_name("Secretary of State Antony J. Blinken")
    >>> name.given, name.surname, name.titles
    (('antony', 'j'), 'blinken', 'Secretary of State')
    >>> parse_name("Kim Jong-un").parts == parse_name("Kim Jong Un").parts
    True
    """
    nickname = match.group(1) if (match := _NICKNAME.search(text)) and match.start() else None
    words = (text.replace(match.group(), " ") if match and nickname else text).replace("‑", "-").split()
    if not words:
        return Name((), "")
    if sum(word.endswith(",") for word in words) == 1 and words[0].endswith(",") and len(words) < 5:
        words = [*words[1:], words[0]] if words[1:] and words[1].lower().strip(".") not in _SUFFIXES else words
    words, suffix = _suffix([word.strip(",;") for word in words if word.strip(",;")] or ["?"])
    titles, words = _split_titles(words)
    parts, fathers = _pieces(words)
    given, surname, is_family_first = _ordered(parts, words)
    hidden = plain(nickname).replace(" ", "") if nickname else None
    letters = "".join(plain(word)[:1] for word in words)
    hyphenated = () if is_family_first else _hyphenated(words[-1], surname)
    return Name(given, surname, suffix, hidden, " ".join(titles), fathers, is_family_first, letters, hyphenated)


def _hyphenated(word: str, surname: str) -> tuple[str, ...]:
    """Return the plain parts of a surname with hyphens; none where it has none or a short one ("Ben-Gvir")."""
    parts = tuple(plain(part) for part in word.split("-"))
    is_double = len(parts) > 1 and "".join(parts) == surname and min(map(len, parts)) > 3
    return parts if is_double else ()


def turned(name: Name) -> Name | None:
    """Return the other reading of three words of which the first and the last are East Asian surnames.

    >>> name = turned(parse_name("Suk Yeol Yoon"))
    >>> name == parse_name("Yoon Suk Yeol"), turned(parse_name("Yoon Suk Yeol"))
    (True, None)
    """
    if not name.is_family_first or len(name.letters) != 3 or len(name.given[0]) > 2 * _LONGEST_SYLLABLE:
        return None
    given = name.given[0]
    starts = (place for place in range(1, len(given)) if given[place] == name.letters[2])
    start = next((place for place in starts if given[place:] in _family_first()), None)
    return None if start is None else replace(name, given=(name.surname + given[:start],), surname=given[start:])


def surname_cost(a: str, b: str) -> float | None:
    """Return what two plain surnames take for being spelled in two ways: 0 for equal ones, ``None`` for two families.

    >>> surname_cost("zelensky", "zelenskiy"), surname_cost("gaddafi", "qadhafi"), surname_cost("smith", "smart")
    (0.3, 1.0, None)
    >>> surname_cost("yoon", "yun"), surname_cost("lee", "ri"), surname_cost("zhou", "zhu")
    (0.3, 1.2, None)
    """
    if a == b:
        return 0.0
    if _is_syllable(a, b):
        if b not in family_spellings(a):
            return None
        return 0.3 if romanized(a) == romanized(b) else _OTHER_SPELLING
    if romanized(a) == romanized(b) or _without_umlauts(a) == _without_umlauts(b):
        return 0.3
    like = best_likeness(a, b)
    if like is None or min(len(a), len(b)) < 4 or _differ_by_gender(a, b):
        return None
    is_long = len(skeleton(a)) >= 3
    if vowels(a) == vowels(b) and like >= _LEAST_LIKENESS:
        return _ONE_SOUND
    is_near = is_long and len(vowels(a)) == len(vowels(b))
    return _OTHER_VOWELS if is_near or like >= _LEAST_LIKENESS else None


def is_guess(a: str, b: str) -> bool:
    """Whether two plain surnames are one but for vowels: "Hifter" and "Haftar", and so are "Salimi" and "Salami"."""
    return surname_cost(a, b) == _OTHER_VOWELS


def _is_syllable(a: str, b: str) -> bool:
    """Whether two plain surnames have one syllable each, and one of them is Chinese, Korean or Vietnamese."""
    is_listed = a in _family_first() or b in _family_first()
    return is_listed and bool(_ONE_SYLLABLE.fullmatch(a) and _ONE_SYLLABLE.fullmatch(b))


def _without_umlauts(word: str) -> str:
    """ "Schroeder" for "Schröder"; of six letters and more, so that "Baek" is not "Bak"."""
    return _UMLAUT.sub(r"\1\2", word) if len(word) > 5 else word


def _differ_by_gender(a: str, b: str) -> bool:
    """ "Petrov" and "Petrova", "Zelensky" and "Zelenska": husband and wife, brother and sister."""
    return (a.endswith("a") != b.endswith("a")) and a.rstrip("aiy")[-3:] == b.rstrip("aiy")[-3:] and a[-2:] != "ko"


def _given_cost(a: Name, b: Name) -> tuple[float, tuple[str, ...]] | None:
    """Return what the given names of two bearers of one surname take, and why; ``None`` where they are two people's."""
    costs = {"same": 0.0, "spelling": 0.5, "short form": 1.0, "rare short form": 4.0, "initial": 2.0, "alike": 0.5}
    if a.given != b.given and len(a.given) != len(b.given) and "".join(a.given) == "".join(b.given):
        return 0.1, ("given names in one word",)  # "Amir-Saeid" and "Amir Saeid"
    found = agreement(a.given[0], b.given[0])
    known_as = {name for name in (a.nickname, b.nickname) if name}
    if found is None and known_as & {a.given[0], b.given[0]}:
        found = "short form"
    if found is None:
        if _are_one_in_korean(a, b):
            return costs["alike"], (f"given names: spelling ({a.given[0]}, {b.given[0]})",)
        return _used_middle(a, b) or _used_middle(b, a)
    if not _middles_agree(a.given[1:], b.given[1:], found):
        return None
    is_middle_left_out = len(a.given) != len(b.given)
    told = "spelling" if found == "alike" else found
    reasons = [] if found == "same" else [f"given names: {told} ({a.given[0]}, {b.given[0]})"]
    reasons += ["middle names left out"] if is_middle_left_out else []
    both_initials = found == "initial" and len(a.given) > 1 and len(b.given) > 1
    return costs[found] + 0.3 * is_middle_left_out - 1.0 * both_initials, tuple(reasons)


def _are_one_in_korean(a: Name, b: Name) -> bool:
    """Whether two names with the surname first have given names that are one but for the rules of Korean."""
    if not (a.is_family_first and b.is_family_first) or agreement(a.given[0], b.given[0]) is not None:
        return False
    return is_one_in_korean(a.given[0], b.given[0])


def _middles_agree(a: tuple[str, ...], b: tuple[str, ...], _: str) -> bool:
    """Whether middle names go along as far as both have any: "F." and "N." do not, nor "W." and "H.W."."""
    shorter, longer = sorted((a, b), key=len)
    if not shorter:
        return True
    return all(agreement(x, y) is not None for x, y in zip(shorter, longer, strict=False))


def _used_middle(short: Name, full: Name) -> tuple[float, tuple[str, ...]] | None:
    """ "Boris Johnson" of "Alexander Boris de Pfeffel Johnson", "Lula da Silva": a later name in use."""
    for position, name in enumerate(full.given[1:], 1):
        if position in full.fathers or len(name) < 3:
            continue
        if agreement(short.given[0], name) in ("same", "spelling") and len(short.given) <= len(full.given) - position:
            return 2.5, (f"a middle name in use ({name})",)
    return None


def _begins_with_ben(short: Name, full: Name) -> tuple[float, tuple[str, ...]] | None:
    """ "Ben Gvir" of "Itamar Ben-Gvir": what reads as a given name begins the surname."""
    is_surname = short.given == ("ben",) and len(full.given) in full.fathers
    return (3.0, ("a surname that begins with Ben",)) if is_surname else None


def _compared(a: Name, b: Name) -> Match | None:
    cost = surname_cost(a.surname, b.surname)
    reasons = ["same surname"] if cost == 0 else [f"surname spelled in two ways ({a.surname}, {b.surname})"]
    if cost is None:
        doubles = (_double_surname, _unhyphenated, _half_of_surname)
        return next((match for double in doubles for x, y in ((a, b), (b, a)) if (match := double(x, y))), None)
    given = _given_cost(a, b) or _begins_with_ben(a, b) or _begins_with_ben(b, a)
    if given is None:
        return None
    extra, more = given
    if not more and not cost:
        reasons = ["same name"] if a.given == b.given else reasons
    if a.suffix != b.suffix:
        if a.suffix and b.suffix:
            return None
        extra, more = extra + 0.7, (*more, "one without suffix")
    is_alike = any(agreement(x, y) == "alike" for x, y in zip(a.given, b.given, strict=False))
    is_guessed = cost == _OTHER_VOWELS or is_alike or _are_one_in_korean(a, b)
    return Match(cost + extra, (*reasons, *more), is_spelling=cost >= _ONE_SOUND, is_guess=is_guessed)


def _double_surname(short: Name, full: Name) -> Match | None:
    """ "Nicolás Maduro" of "Nicolás Maduro Moros"; the names before must agree."""
    if len(full.given) < 2 or full.is_family_first:
        return None
    if (len(full.given) - 1) in full.fathers and len(short.given) not in short.fathers:
        return None  # "bin Salman" is a name in use where it stands last in the other, else the father's
    cost = surname_cost(short.surname, full.given[-1])
    inner = Name(full.given[:-1], full.given[-1], full.suffix, full.nickname)
    given = None if cost is None or len(full.given[-1]) < 3 else _given_cost(short, inner)
    if cost is None or given is None or given[0] > 0.5:
        return None
    return Match(
        cost + given[0] + 0.8,
        ("the first of two surnames", *given[1]),
        is_spelling=cost >= _ONE_SOUND,
        is_guess=cost == _OTHER_VOWELS,
    )


def _unhyphenated(joined: Name, parted: Name) -> Match | None:
    """ "Bilawal Bhutto-Zardari" and "Bilawal Bhutto Zardari"."""
    size = len(joined.hyphenated) or 2
    if len(parted.given) < 2 or joined.surname != "".join(parted.parts[-size:]):
        return None
    rest = parted.given[: 1 - size]
    given = _given_cost(joined, Name(rest, joined.surname, parted.suffix, parted.nickname)) if rest else None
    return given and Match(0.2 + given[0], ("same surname with and without hyphen", *given[1]))


def _half_of_surname(short: Name, full: Name) -> Match | None:
    """ "Sara Duterte" of "Sara Duterte-Carpio"; the names before must agree, and be more than an initial."""
    if short.surname not in full.hyphenated or len(short.given[0]) < 2:
        return None
    given = _given_cost(short, full)
    if given is None or given[0] > 0.8:
        return None
    return Match(0.8 + given[0], ("one of two surnames", *given[1]))


@lru_cache(maxsize=262144)
def compare(a: Name, b: Name) -> Match | None:
    """How two names with given names or initials agree; ``None`` where they are two people's.

    >>> compare(parse_name("Antony Blinken"), parse_name("Tony Blinken")).reasons
    ('same surname', 'given names: short form (antony, tony)')
    >>> compare(parse_name("Kishida Fumio"), parse_name("Fumio Kishida")).is_swapped
    True
    >>> compare(parse_name("Kim Jong Il"), parse_name("Kim Jong Un")) is None
    True
    """
    if not a.given or not b.given:
        return None
    if match := _compared(a, b):
        return match
    if len(a.given) == len(b.given) == 1 and min(len(a.given[0]), len(b.given[0])) > 1:
        swapped = _compared(Name((b.surname,), b.given[0], b.suffix, b.nickname), a)
        if swapped and swapped.cost <= 1.0:
            return Match(
                swapped.cost + 0.3,
                ("surname first in one", *swapped.reasons),
                True,
                swapped.is_spelling,
                swapped.is_guess,
            )
    return None


def bare_cost(bare: Name, full: Name, *, is_own: bool = False) -> tuple[float, str] | None:
    """Return what it takes to read a lone name as part of a full one, and which part it is; ``None`` where it is none.

    Args:
        bare, full: The names.
        is_own: Whether the lone name is not that of the bearer's father.

    >>> bare_cost(parse_name("Putin"), parse_name("Vladimir Putin"))
    (0.0, 'surname')
    >>> bare_cost(parse_name("Lula"), parse_name("Luiz Inácio Lula da Silva"))
    (0.8, 'a name in use')
    >>> bare_cost(parse_name("King Salman"), parse_name("Mohammed bin Salman")) is None
    True
    """
    word = bare.surname
    if bare.suffix and full.suffix and bare.suffix != full.suffix:
        return None
    if full.given and (bare.is_regnal or is_own):
        if agreement(word, full.given[0]) in ("same", "spelling", "alike"):
            return 1.3, "given name"
        if bare.is_regnal or word in {full.parts[place] for place in full.fathers}:
            return None
    if (cost := surname_cost(word, full.surname)) is not None:
        return cost, "surname"
    if word in full.hyphenated:
        return 0.8, "one of two surnames"
    if full.called and word == full.called:
        return 0.0, "given name"
    if len(full.given) > 1 and word in full.given[1:] and len(word) > 2:
        return (1.5 if full.given.index(word) in full.fathers else 0.8), "a name in use"
    if word in full.given or word == full.nickname:
        return 1.3, "given name"
    return (0.8, "initials") if 3 <= len(word) <= 5 and word == full.letters else None
