"""Party and state in parentheses after a name."""

from __future__ import annotations

from quotestance.speakers.countries import party_tag
from quotestance.speakers.words import Words


def tag_after(words: Words, last: int) -> str | None:
    """Party and state in parentheses after a name, as worded: "R-Ohio" in "Jane Roe (R-Ohio)"."""
    gap = words.text[words.row[last].end : words.row[last].end + 40].lstrip(" .")
    if not gap.startswith("(") or ")" not in gap:
        return None
    tag = gap[1 : gap.index(")")].strip()
    return tag if party_tag("(" + tag + ")") or tag in ("R", "D", "I") else None


def past_tag(words: Words, last: int) -> int:
    """Number of the last word of the party tag after a name, or of the name itself where it has none."""
    tag = tag_after(words, last)
    if tag is None:
        return last
    end = words.text.index(")", words.row[last].end)
    while last + 1 < len(words.row) and words.row[last + 1].start < end:
        last += 1
    return last
