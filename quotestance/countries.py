"""Countries as newsrooms write them: names, demonyms, seats of government and U.S. states to ISO 3166-1 alpha-3.

The official names and codes are those of the ``iso3166`` package; what newsrooms say instead stands in
``data/demonyms.tsv`` and ``data/us_states.tsv``; names that only hold a country's ("South America", "British
Columbia") in ``data/regions.tsv``, bodies of several states in ``data/between_states.txt``. A country is
told only where the words themselves name one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from iso3166 import countries, countries_by_alpha2

from quotestance.text import Extent, read_lexicon
from quotestance.text.lexicon import table, word_set, words_at
from quotestance.text.segments import BLANK_LINE

_PARTY_TAG = re.compile(
    r"\(?\b(?:[RDI]|Rep|Dem|Ind|Republican|Democrat)\.?\s?[-–—,‑]\s?((?:[A-Z][\w.]*\.?\s?){1,3})\)?"
)
_KOSOVO = "XKX"  # has no ISO code of its own; the user-assigned one that the EU and the World Bank use


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    known = {country.name.lower(): country.alpha3 for country in countries}
    for row in _rows():
        known |= {name.lower(): row[0] for name in row[1]}
    known.pop("georgia", None)  # the U.S. state as often; only "Georgian" is plain
    return known


@lru_cache(maxsize=1)
def _demonyms() -> dict[str, str]:
    return {name.lower(): code for code, _, names, _ in _rows() for name in names}


@lru_cache(maxsize=1)
def _seats() -> dict[str, str]:
    return {name.lower(): code for code, _, _, names in _rows() for name in names}


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset((*(country.alpha3 for country in countries), _KOSOVO))


@lru_cache(maxsize=1)
def _rows() -> list[tuple[str, list[str], list[str], list[str]]]:
    rows = []
    for entry in read_lexicon("demonyms.tsv"):
        code, *cells = entry.split("\t")
        names, demonyms, seats = ([n for n in cell.split("|") if n] for cell in [*cells, "", "", ""][:3])
        if code in _codes():
            rows.append((code, names, demonyms, seats))
    return rows


@lru_cache(maxsize=1)
def _regions() -> dict[str, str]:
    """Names that hold a country's, in lower case, to the country that they are of, "" for none."""
    return {name: code for name, (code, *_) in ((name, (*row, "")) for name, row in table("regions.tsv").items())}


@lru_cache(maxsize=1)
def _states() -> dict[str, str]:
    """State names, postal codes, abbreviations and demonyms, in lower case, to the state's name."""
    known: dict[str, str] = {}
    for entry in read_lexicon("us_states.tsv"):
        name, *cells = entry.split("\t")
        forms = [name, *(form for cell in cells for form in cell.split("|"))]
        known |= {form.lower(): name for form in forms if form}
    return known


def country_code(words: str) -> str | None:
    """Code of a country that is named by its name ("Ukraine", "the U.S.").

    >>> country_code("the United States"), country_code("Russian"), country_code("Us")
    ('USA', None, None)
    """
    bare = _bare(words)
    return None if bare == "us" and "US" not in words else _names().get(bare)


@lru_cache(maxsize=4096)
def told_code(cell: str) -> str:
    """Code of the country that a cell of a table tells, by its code or its name; else the cell as it is.

    Two letters are a code only where both are capitals, and "NA" is no Namibia: programs write it for nothing.

    >>> told_code("RUS"), told_code("rus"), told_code("RU"), told_code("Russia"), told_code("Georgia")
    ('RUS', 'RUS', 'RUS', 'RUS', 'GEO')
    >>> told_code("NA"), told_code("no"), told_code("Arden")
    ('NA', 'no', 'Arden')
    """
    code = cell.upper()
    if code in _codes():
        return code
    if cell in countries_by_alpha2 and cell != "NA":
        return countries_by_alpha2[cell].alpha3
    return "GEO" if _bare(cell) == "georgia" else country_code(cell) or cell


def demonym_code(words: str) -> str | None:
    """Code of the country of a demonym or its adjective.

    >>> demonym_code("North Korean"), demonym_code("Ukrainians")
    ('PRK', 'UKR')
    """
    bare = _bare(words)
    return _demonyms().get(bare) or _demonyms().get(bare.removesuffix("s"))


def region_code(words: str) -> str | None:
    """Code of the country of a region whose name holds another country's, "" where it is of none or of several.

    >>> region_code("British Columbia"), region_code("South Americans"), region_code("Bavaria")
    ('CAN', '', None)
    """
    bare = _bare(words)
    return _regions().get(bare, _regions().get(bare.removesuffix("s")))


def seat_code(words: str) -> str | None:
    """Code of the country whose government a place stands for ("Beijing", "the Kremlin").

    >>> seat_code("the Kremlin")
    'RUS'
    """
    return _seats().get(_bare(words))


def state_code(words: str) -> str | None:
    """Code of the country whose name, demonym or seat of government words are, and nothing else.

    >>> state_code("Ukraine"), state_code("Russian"), state_code("Beijing"), state_code("the Russian army")
    ('UKR', 'RUS', 'CHN', None)
    """
    return country_code(words) or demonym_code(words) or seat_code(words)


def state_name(words: str) -> str | None:
    """Return the U.S. state that is named in full, abbreviated or by a demonym.

    >>> state_name("Fla."), state_name("Texan"), state_name("Bavaria")
    ('Florida', 'Texas', None)
    """
    return _states().get(_bare(words))


@lru_cache(maxsize=16384)
def _bare(words: str) -> str:
    lower = " ".join(words.split()).replace("’", "'").lower()
    lower = lower.removesuffix("'s").removesuffix("'")
    return lower.removeprefix("the ") if lower != "the hague" else lower


def party_tag(text: str) -> str | None:
    """Return the state or district in a tag such as ``(R-Ohio)``, as worded; ``None`` where there is none.

    >>> party_tag("(D-N.Y.)"), party_tag("(45)")
    ('N.Y.', None)
    """
    match = _PARTY_TAG.search(text)
    return match.group(1).strip() if match and state_name(match.group(1).strip()) else None


def listed_country(name: str) -> str | None:
    """Country of a listed body that is the state's own: of the White House, not of the New York Times.

    Of an armed group, or where several states have a body of that name, none (``data/stateless_names.txt``).

    >>> listed_country("White House"), listed_country("Justice Department"), listed_country("New York Times")
    ('USA', 'USA', None)
    >>> listed_country("Supreme Court"), listed_country("SCOTUS")
    (None, 'USA')
    """
    return _listed().get(_undotted(name))


def listed_name(name: str) -> str | None:
    """Name that stands for a listed body in all its names; ``None`` also where a name is that of two bodies.

    >>> listed_name("U.N."), listed_name("Foggy Bottom"), listed_name("Congress"), listed_name("New Bank of Arden")
    ('United Nations', 'Department of State', None, None)
    """
    return _names_of_listed().get(_undotted(name))


def _undotted(name: str) -> str:
    """Return a name as listed ones are compared: "U.S. Central Command" is "US Central Command"."""
    return _bare(name).replace(".", "")


@lru_cache(maxsize=1)
def _names_of_listed() -> dict[str, str | None]:
    known: dict[str, str | None] = {}
    for name, _, forms in listed_bodies():
        known |= {form: None if form in known else name for form in map(_undotted, forms)}
    return known


@lru_cache(maxsize=1)
def _listed() -> dict[str, str]:
    """Names in ``organizations.tsv`` and ``bodies.tsv`` to the state whose own the body is."""
    known = {name: code for name, (code,) in table("organizations.tsv").items()}
    for _, code, forms in listed_bodies():
        if code:
            known |= {form: code for form in map(_undotted, forms) if _names_of_listed()[form]}  # "AFP": three
    return {form: code for form, code in known.items() if form not in word_set("stateless_names.txt")}


def listed_bodies() -> Iterator[tuple[str, str, list[str]]]:
    """Rows of ``bodies.tsv``: the name that stands for all, the state whose own the body is, or "", and all names."""
    for entry in read_lexicon("bodies.tsv"):
        name, code, cell = (*entry.split("\t"), "", "")[:3]
        yield name, code, [name, *filter(None, cell.split("|"))]


_NAME_WORDS = re.compile(r"(?:[A-Z]\.){2,}|U\.[SK]\b|[^\W\d_]+(?:['’-][^\W\d_]+)*")
_AND = re.compile(r"\s+and\s+(?:the\s+)?")
LONGEST = 6
"""Words in the longest name of a country that is looked for."""

_LONGEST_JOINT = 60  # characters of a word before a hyphen that are looked at: keeps the time linear


@lru_cache(maxsize=1)
def _between_states() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Match how a body of several states begins, and how far it goes before it says where it works."""
    names = "|".join(map(re.escape, read_lexicon("between_states.txt")))
    begin = rf"(?:[Tt]he )?(?:{names})(?![\w-])"
    return re.compile(begin), re.compile(rf"{begin}[^,;]*? (?:in|for|to|on) ")


def is_between_states(name: str) -> bool:
    """Whether a name begins with that of a body of several states.

    >>> is_between_states("UN Security Council"), is_between_states("Security Council of Arden")
    (True, False)
    """
    return _between_states()[0].match(name) is not None


def _is_joint(phrase: str, name: str) -> bool:
    """ "U.S.-China Dialogue": two countries, and so none; "U.S.-led coalition": not of the country that leads it."""
    before, _, after = phrase.partition(name)
    return bool(
        re.match(r"[-–](?:[A-Z]|led\b|backed\b)", after) or re.search(r"[A-Z.][\w.]*[-–]$", before[-_LONGEST_JOINT:])
    )


def _other_follows(words: list[str], code: str) -> bool:
    """ "German and Czech", "U.S. and South Korean": another country after "and", and so none; "Cuban American"."""
    if words[:1] in (["American"], ["Americans"]):
        return code != "USA"
    if words[:1] != ["and"]:
        return False
    rest = words[2:] if words[1:2] == ["the"] else words[1:]
    names = (" ".join(rest[:size]) for size in range(min(LONGEST, len(rest)), 0, -1))
    other = next((found for name in names if (found := country_code(name) or demonym_code(name))), code)
    return other != code


def joins_countries(phrase: str) -> bool:
    """Whether the first two countries that a phrase names stand around "and" and are two: such people are of neither.

    Worth -0.6 / -0.7 / -0.7 / -0.6 / 0 points of spurious country on conflict dev / tune / test / fresh / test2.

    >>> joins_countries("Russian and Ukrainian officials"), joins_countries("a U.S. envoy to Iran and Iraq")
    (True, False)
    """
    found = countries_in(phrase)[:2]
    joint = _AND.fullmatch(phrase, found[0][0][1], found[-1][0][0]) if found else None
    return joint is not None and found[0][1] != found[-1][1]


def country_in(phrase: str) -> str | None:
    """Code of the first country that a phrase names by name, demonym, U.S. state or party tag.

    Seats of government do not count here: somebody at an institute in Moscow may be of any country.

    >>> country_in("spokesperson for the Chinese embassy in Washington"), country_in("a lawyer from Springfield")
    ('CHN', None)
    >>> country_in("UN mission in South Sudan")
    """
    if party_tag(phrase):
        return "USA"
    if between := _between_states()[1].match(phrase):
        phrase = between.group()
    words = [match.group() for match in _NAME_WORDS.finditer(phrase)][:60]
    read = 0  # words up to the end of the last region
    for first in range(len(words)):
        if first < read or not words[first][0].isupper():
            continue
        for last in range(min(len(words), first + LONGEST), first, -1):
            name = " ".join(words[first:last])
            if _is_joint(phrase, name):
                break
            if (region := region_code(name)) is not None:
                if region:
                    return region
                read = last
                break
            if code := country_code(name) or demonym_code(name):
                return None if _other_follows(words[last:], code) else code
            if state_name(name) and len(name) > 2:
                return None if name == "Georgia" else "USA"
    return None


def country_of(words: str) -> str | None:
    """Code of the country that the words of a home or of a body's name tell: listed, named in them, or by its seat.

    >>> country_of("Russian Defence Ministry"), country_of("the Kremlin"), country_of("Taiwan Affairs Office")
    ('RUS', 'RUS', 'CHN')
    """
    return listed_country(words) or country_in(words) or seat_code(words)


def countries_in(text: str) -> list[tuple[Extent, str]]:
    """Extent and code of every country that a text names: by name, demonym, seat of government or U.S. state.

    Takes time linear in the length of the text.

    >>> countries_in("Ukrainian officials met in Berlin.")
    [((0, 9), 'UKR'), ((27, 33), 'DEU')]
    """
    words = [match.span() for match in _NAME_WORDS.finditer(text)]
    found: list[tuple[Extent, str]] = []
    number = 0
    while number < len(words):
        size, code = _mentioned_at(text, words, number) if text[words[number][0]].isupper() else (1, None)
        if code:
            found.append(((words[number][0], words[number + size - 1][1]), code))
        number += size
    return found


@lru_cache(maxsize=1)
def _openings() -> frozenset[str]:
    """First words of everything that names a country, without an ending in "s"; "the" may stand before each."""
    names = (name for known in (_names(), _demonyms(), _seats(), _states(), _regions()) for name in known)
    return frozenset(("the", *(_bare(name.split()[0]).removesuffix("s") for name in names)))


def _mentioned_at(text: str, words: list[tuple[int, int]], first: int) -> tuple[int, str | None]:
    """Return how many words name a country or a region from a word on, and which country, if any."""
    start, end = words[first]
    if _bare(text[start:end]).removesuffix("s") not in _openings():
        return 1, None
    for size in range(min(LONGEST, len(words) - first), 0, -1):
        extent = start, words[first + size - 1][1]
        parts = text[slice(*extent)].split()
        if len(parts) == size and not BLANK_LINE.search(text, *extent):  # a line may end inside a name
            name = " ".join(parts)
            code = state_code(name) or region_code(name)
            if code is None and len(name) > 2 and state_name(name):
                code = "USA"
            if code is not None:
                return size, code or None
    return 1, None


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
