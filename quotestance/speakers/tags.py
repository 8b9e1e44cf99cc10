"""Party and state after a name: in parentheses or between commas."""

from __future__ import annotations

import re

from quotestance.speakers.countries import party_tag, state_name
from quotestance.speakers.words import Words

_BETWEEN_COMMAS = re.compile(r",\s([RDI][-–][A-Z][\w. ]{0,12}\.?)(?=[,.;:]|\s(?:and|said)\b)")


def tag_after(words: Words, last: int) -> str | None:
    """Party or state after a name, as worded: "R-Ohio" in "Jane Roe (R-Ohio)" and in "Jane Roe, R-Ohio,"."""
    gap = words.text[words.row[last].end : words.row[last].end + 40].lstrip(" .")
    if match := _BETWEEN_COMMAS.match(gap):
        return match[1] if party_tag("(" + match[1] + ")") else None
    if not gap.startswith("(") or ")" not in gap:
        return None
    tag = gap[1 : gap.index(")")].strip()
    return tag if party_tag("(" + tag + ")") or tag in ("R", "D", "I") or state_name(tag) else None


def past_tag(words: Words, last: int) -> int:
    """Return the number of the last word of the party tag after a name, or of the name where it has none."""
    tag = tag_after(words, last)
    if tag is None:
        return last
    end = words.text.index(tag, words.row[last].end) + len(tag)
    while last + 1 < len(words.row) and words.row[last + 1].start < end:
        last += 1
    return last
