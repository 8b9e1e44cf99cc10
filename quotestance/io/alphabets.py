"""Which encoding makes words of bytes that are Latin letters: told by the alphabets of the languages of Europe.

Guesses from frequencies alone read Czech as Norwegian and French from DOS as Romanian: half of the single-byte
encodings have a letter at nearly every byte. The letters of one text, however, are those of one language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WESTERN = (
    "àâæçéèêëîïôœùûüÿ",  # French
    "äöüß",  # German
    "áéíñóúüªº",  # Spanish
    "àáâãçéêíóôõúüªº",  # Portuguese
    "àèéìîòóùªº",  # Italian
    "àáåäéöü",  # Swedish
    "åäöšž",  # Finnish
    "áàâåæéèêøóòô",  # Danish, Norwegian
    "ëïéèêöüáíóú",  # Dutch
    "áæéíðóöúþý",  # Icelandic
    "àçèéíïòóúü",  # Catalan
    "çë",  # Albanian
)
_CENTRAL = (
    "ąćęłńóśźż",  # Polish
    "áčďéěíňóřšťúůýž",  # Czech
    "áäčďéíĺľňóôŕšťúýž",  # Slovak
    "áéíóöőúüű",  # Hungarian
    "ćčđšž",  # Croatian, Bosnian, Serbian, Slovene
    "ăâîşţ",  # Romanian before the comma below
    "äöüß",
)
_TURKISH = ("âçğıîöşûü",)
_BALTIC = ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž")
# In the order in which they are taken where several fit alike: the more frequent first.
_ENCODINGS = {
    "cp1252": _WESTERN,
    "cp1250": _CENTRAL,
    "iso8859_2": _CENTRAL,
    "cp1254": _TURKISH,
    "cp1257": _BALTIC,
    "cp850": _WESTERN,
    "cp852": _CENTRAL,
    "mac_roman": _WESTERN,
}
_MARKS = frozenset("“”„‟‘’‚‛«»‹›–—…·•†‡§¡¿©®™°£€´`¨\u00a0\u00ad\u2009\u202f")  # what stands in news beside letters
_IN_WORDS = frozenset("’‘´–—·\u00ad")  # those of them that stand inside a word
_HIGH = re.compile(r"[^\x00-\x7f]")
_LONG_RUN = re.compile(rb"[\x80-\xff]{4,}")
_SAMPLE = 1 << 14  # bytes that are tried in every encoding
_MOST_HIGH = 0.3  # share of bytes beyond ASCII in Latin text; Czech has 0.17
_MOST_IN_RUNS = 0.3  # share of them that stand four or more in a row, as in Cyrillic or Chinese
_MOST_MISFITS = 0.5  # share of them above which no encoding is said to fit


@dataclass(frozen=True, slots=True)
class LatinGuess:
    """The encoding that fits best.

    Args:
        encoding: A codec of Python's.
        confidence: In [0, 1]: the share of the characters beyond ASCII that fit, one of them taken for a misfit so
            that few never make sure, divided by the number of different texts that fit as well.
        misfits: How many characters beyond ASCII do not fit.
    """

    encoding: str
    confidence: float
    misfits: int = 0


def guess_latin(data: bytes, errors: str = "strict") -> LatinGuess | None:
    """Return the encoding of bytes that look like Latin letters; ``None`` where they do not, or none fits.

    Args:
        data: Bytes, some of them beyond ASCII.
        errors: What becomes of bytes that an encoding does not have: by default it does not fit; with
            ``surrogateescape`` they are misfits.

    >>> guess_latin("Ministr řekl, že příměří bude dodrženo.".encode("cp1250")).encoding
    'cp1250'
    """
    sample = data[:_SAMPLE]
    high = sum(byte > 0x7F for byte in sample)
    in_runs = sum(map(len, _LONG_RUN.findall(sample)))
    if not high or high > max(3, _MOST_HIGH * len(sample)) or in_runs > _MOST_IN_RUNS * high:
        return None
    found = {}
    for encoding, alphabets in _ENCODINGS.items():
        try:
            text = sample.decode(encoding, errors)
        except UnicodeDecodeError:
            continue
        found[encoding] = (_misfits(text, alphabets), text)
    if not found:
        return None
    best = min(found, key=lambda encoding: found[encoding][0])
    least = found[best][0]
    if least > _MOST_MISFITS * high:
        return None
    readings = {text for misfits, text in found.values() if misfits == least}
    return LatinGuess(best, round((high - least) / (high + 1) / len(readings), 3), least)


def _misfits(text: str, alphabets: tuple[str, ...]) -> int:
    """How many characters beyond ASCII are no letters of the language that fits best, or not where such stand."""
    letters: list[str] = []
    misplaced = 0
    for match in _HIGH.finditer(text):
        place, character = match.start(), match.group()
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        if _is_misplaced(before, character, after):
            misplaced += 1
        elif character.isalpha():
            letters.append(character.lower())
    return misplaced + min(sum(letter not in alphabet for letter in letters) for alphabet in alphabets)


def _is_misplaced(before: str, character: str, after: str) -> bool:
    if not character.isalpha():
        inside = before.isalpha() and after.isalpha()
        return character not in _MARKS or (inside and character not in _IN_WORDS)
    if before.isdigit() or after.isdigit():
        return True
    return (before.islower() and character.isupper()) or (character.islower() and after.isupper())
