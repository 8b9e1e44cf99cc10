"""How sure a speaker is: the share of sources of each kind that are resolved rightly."""

from __future__ import annotations

from typing import Literal

Evidence = Literal[
    "full name",
    "short name",
    "list",
    "relative",
    "clear pronoun",
    "close pronoun",
    "named after",
    "role",
    "spoken of",
    "introduced later",
    "body",
    "body noun",
    "body pronoun",
    "group pronoun",
    "unnamed",
    "no source",
]
"""What tells who speaks.

``short name``: a surname or the like, where the article has a fuller name; ``list``: several names; ``relative``: the
name before "who"; ``clear pronoun`` and ``close pronoun``: "he" with the runner-up far behind or near; ``named after``:
"he", and the name follows; ``role``: "the senator" by what the article says of somebody; ``spoken of``: such a phrase,
for whoever the article speaks of; ``introduced later``: such a phrase before the name; ``body``: a proper name of one;
``body noun``: "the report"; ``body pronoun``: "it"; ``group pronoun``: "they"; ``unnamed``: anybody else.
"""

# Fitted by training/speakers/calibrate.py --fit on our tune and tune2; see training/speakers/README.md.
CONFIDENCE: dict[Evidence, float] = {
    "full name": 0.98,
    "short name": 0.93,
    "list": 0.9,
    "relative": 0.8,
    "clear pronoun": 0.9,
    "close pronoun": 0.6,
    "named after": 0.4,
    "role": 0.7,
    "spoken of": 0.5,
    "introduced later": 0.6,
    "body": 0.85,
    "body noun": 0.75,
    "body pronoun": 0.5,
    "group pronoun": 0.6,
    "unnamed": 0.8,
    "no source": 0.5,
}
"""Probability that kind and name of a speaker are right, by what tells who it is."""
