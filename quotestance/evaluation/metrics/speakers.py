"""Speakers: kind, name, role, affiliation and country against gold.

Two values are equal when they are equal after :func:`normalise`, or when the predicted one equals, so normalised, an
alternative that the gold accepts; two countries also where they name one, by its ISO code or its name.

Alternatives stand in the gold article's
``meta["accepted"][<the speaker's name, else description>][<field>]`` as a list of strings.

A speaker is *right* when its kind is right and its name is (or when gold and prediction both give no name). A group
that lists members is named rightly by its name or by exactly its members.

``ece`` is the expected calibration error of ``Speaker.confidence`` (see :mod:`calibration`): over the quotes that were
found (softly matched), whose gold has a speaker and whose predicted speaker tells how sure it is; right is the whole.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

from quotestance.countries import told_code
from quotestance.errors import FormatError
from quotestance.evaluation.metrics.words import find_words
from quotestance.types import Article, Quote, Speaker

FIELDS = ("kind", "name", "role", "affiliation", "country")
"""What is scored of a speaker."""

_OPTIONAL = ("role", "affiliation", "country")
_POSSESSIVE = re.compile(r"['\u2019]s\b")
_NO_WORD = re.compile(r"[^\w]+|_")
_ARTICLES = frozenset(("a", "an", "the"))


def normalise(value: str) -> str:
    """Strip a name, role or affiliation of case, accents, articles, possessives and punctuation.

    >>> normalise("The U.S.\u2019s State Department"), normalise("us state department")
    ('us state department', 'us state department')
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", value.casefold()) if not unicodedata.combining(c))
    words = _NO_WORD.sub(" ", _POSSESSIVE.sub("", plain.replace(".", ""))).split()
    return " ".join(word for word in words if word not in _ARTICLES) or plain.strip()


def accepted(article: Article, speaker: Speaker, field: str) -> frozenset[str]:
    """Every normalised value that counts as right for a field of a gold speaker; empty where the gold gives none.

    Raises:
        FormatError: ``meta["accepted"]`` of the article does not have the form that the module's docstring tells.
    """
    value = getattr(speaker, field)
    listed = _alternatives(article, speaker).get(field, [])
    if not isinstance(listed, (list, tuple)) or not all(isinstance(entry, str) for entry in listed):
        raise FormatError(
            f"Article {article.id!r}: meta['accepted'][{str(speaker)!r}][{field!r}] must be a list of strings, "
            f"got {listed!r}."
        )
    return frozenset(form for entry in (value, *listed) if entry is not None for form in _forms(field, entry))


def _forms(field: str, value: str) -> set[str]:
    """Return a value normalised, a country by its code as well."""
    return {normalise(value), normalise(told_code(value.strip()))} if field == "country" else {normalise(value)}


def _alternatives(article: Article, speaker: Speaker) -> Mapping[str, object]:
    listed = article.meta.get("accepted") or {}
    found = listed.get(str(speaker), {}) if isinstance(listed, Mapping) else None
    if not isinstance(found, Mapping):
        raise FormatError(
            f"Article {article.id!r}: meta['accepted'] must map a speaker's name to fields and lists of accepted "
            'values, as in {"Ana Ruiz": {"role": ["minister"]}}.'
        )
    return found


def judge(article: Article, gold: Speaker, predicted: Speaker | None) -> dict[str, bool | None]:
    """Whether each field of a predicted speaker is right.

    Returns:
        Field to right or wrong, ``None`` where the gold gives no value; ``speaker`` for the whole; and
        ``spurious_role`` and so on: whether a value is given though the gold has none (``None`` where it has one);
        ``spurious_name``: whether a source that gold calls unnamed gets somebody's name (``None`` for other kinds).
    """
    given = predicted or Speaker()
    verdict: dict[str, bool | None] = {"kind": predicted is not None and given.kind == gold.kind}
    verdict["name"] = _is_named_rightly(article, gold, given)
    for field in _OPTIONAL:
        allowed = accepted(article, gold, field)
        value = getattr(given, field)
        verdict[field] = (value is not None and not allowed.isdisjoint(_forms(field, value))) if allowed else None
        verdict[f"spurious_{field}"] = None if allowed else value is not None
    verdict["spurious_name"] = given.name is not None if gold.kind == "unnamed" else None
    named = verdict["name"] if verdict["name"] is not None else given.name is None
    verdict["speaker"] = bool(verdict["kind"] and named)
    return verdict


def _is_named_rightly(article: Article, gold: Speaker, given: Speaker) -> bool | None:
    allowed = accepted(article, gold, "name")
    if not allowed and not gold.members:
        return None
    if given.name is not None and normalise(given.name) in allowed:
        return True
    members = {normalise(member) for member in given.members}
    return bool(members) and members == {normalise(member) for member in gold.members}


def is_indirect_reference(quote: Quote) -> bool:
    """Whether the source span is a pronoun or a description: it shares no word with the speaker's full name."""
    if quote.source is None or quote.speaker is None or quote.speaker.name is None:
        return False
    words = (find_words(normalise(value)).words for value in (quote.source.text, quote.speaker.name))
    return not set.intersection(*(set(found) for found in words))


def count_speakers(article: Article, pairs: Iterable[tuple[Quote, Quote]]) -> Counter[str]:
    """Additive counts over matched quotes whose gold has a speaker, as ``speakers.<figure>.right`` and ``.all``.

    Args:
        article: The gold article.
        pairs: Gold quote and the predicted quote that was matched with it.
    """
    counts: Counter[str] = Counter({f"speakers.{name}.{part}": 0 for name in FIGURES for part in ("right", "all")})
    for gold, predicted in pairs:
        if gold.speaker is None:
            continue
        verdict = judge(article, gold.speaker, predicted.speaker)
        verdict["body_name"] = verdict["name"] if gold.speaker.kind == "organization" else None
        if gold.speaker.kind == "person":
            verdict["person_name"] = verdict["name"]
            if is_indirect_reference(gold):
                verdict["person_name_by_pronoun_or_description"] = verdict["name"]
        for name, right in verdict.items():
            if right is not None:
                counts[f"speakers.{name}.right"] += right
                counts[f"speakers.{name}.all"] += 1
    return counts


FIGURES = (
    "speaker",
    *FIELDS,
    "person_name",
    "person_name_by_pronoun_or_description",
    "body_name",
    "spurious_name",
    *(f"spurious_{field}" for field in _OPTIONAL),
)
"""The shares that are reported; ``spurious_*`` is the share of quotes given a value where the gold has none, of the
name the share of unnamed sources that get one."""
