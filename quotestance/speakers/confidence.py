"""How sure a speaker is: the share of sources of each kind that are resolved rightly."""

from __future__ import annotations

from typing import Literal

Evidence = Literal[
    "full name",
    "short name",
    "list",
    "clear pronoun",
    "close pronoun",
    "role",
    "spoken of",
    "body",
    "body noun",
    "body pronoun",
    "unnamed",
    "no source",
]
"""What tells who speaks.

``short name``: a surname or the like, where the article has a fuller name; ``list``: several names; ``clear pronoun``
and ``close pronoun``: "he" with the runner-up far behind or near; ``role``: "the senator" by what the article says of
somebody; ``spoken of``: such a phrase, for whoever the article speaks of; ``body``: a proper name of one;
``body noun``: "the report"; ``body pronoun``: "it"; ``unnamed``: anybody else.
"""

# Printed by training/speakers/calibrate.py --fit: how often each is right on our tune and tune2, drawn toward the mean.
CONFIDENCE: dict[Evidence, float] = {
    "full name": 0.99,  # 58 of 58
    "short name": 0.99,  # 146 of 147
    "list": 0.62,  # 4 of 10
    "clear pronoun": 0.91,  # 54 of 59
    "close pronoun": 0.83,  # 17 of 21
    "role": 0.87,  # 6 of 7
    "spoken of": 0.92,  # 4 of 4
    "body": 0.79,  # 33 of 43
    "body noun": 0.86,  # 34 of 40
    "body pronoun": 0.77,  # 6 of 9
    "unnamed": 0.77,  # 46 of 61
    "no source": 0.77,  # as "unnamed": the gold has none
}
"""Probability that kind and name of a speaker are right, by what tells who it is."""
