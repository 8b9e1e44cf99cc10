"""The form of an attribution, for slices: where its cue stands and what names its source."""

from __future__ import annotations

import re

from quotestance.types import Quote, Span

_PRONOUNS = frozenset(
    {
        *("he", "she", "it", "they", "i", "we", "you", "him", "her", "them", "us", "me"),
        *("who", "whom", "which", "that", "this", "these", "those", "himself", "herself", "themselves"),
    }
)
_OPENERS = frozenset(
    {
        *("the", "a", "an", "some", "many", "most", "several", "one", "two", "three", "all", "both", "other"),
        *("his", "her", "their", "its", "our", "my", "officials", "critics", "experts", "analysts"),
    }
)


def cue_position(quote: Quote) -> str:
    """``before`` the content, ``inside`` it (between its pieces), ``after`` it, or ``none``."""
    if quote.cue is None:
        return "none"
    if quote.cue.end <= quote.start:
        return "before"
    return "after" if quote.cue.start >= quote.end else "inside"


def source_form(quote: Quote) -> str:
    """``pronoun``, ``name``, other ``words``, or ``none``.

    Names are told by capitals alone: a source that opens a sentence with a noun which is not among the usual ones
    ("Residents of the town") counts as a name too.
    """
    return "none" if quote.source is None else _form_of(quote.source)


def _form_of(source: Span) -> str:
    words = re.findall(r"\w[\w'’-]*", source.text)
    if len(words) == 1 and words[0].lower() in _PRONOUNS:
        return "pronoun"
    is_name = [word[0].isupper() and (place > 0 or word.lower() not in _OPENERS) for place, word in enumerate(words)]
    return "name" if any(is_name) else "words"
