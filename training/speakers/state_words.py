"""How often somebody of a role, or a body of a name, is of a country at all: log-odds of words, for the resolver.

usage: python -m training.speakers.state_words CORPORA > quotestance/data/state_words.tsv

Counts the speakers of the training split of the conflict corpus by the words of their role, of a body's name or of the
description of somebody unnamed, and prints every word that is common enough and no name of a country.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from quotestance.countries import countries_in
from quotestance.speakers.own_states import HEAD_END
from quotestance.text.lexicon import word_set
from training.conflict import corpus
from training.fitting import make_parser

LEAST = 4
"""Speakers that a word is counted with before it is listed."""

PRIOR = 2.0
"""Speakers of the average share that every word is given beforehand."""

HEADER = """\
# Words of roles and of names of bodies: how much likelier somebody of whom they are said is to be of a country
# than speakers on average, in log-odds. Printed by training/speakers/state_words.py; not written by hand."""

_WORD = re.compile(r"[^\W\d_]{3,}")


def words_of(entity: corpus.Record) -> set[str]:
    """The words that tell what a speaker is."""
    told = entity["role"] or (entity["name"] if entity["kind"] == "organization" else entity["description"]) or ""
    found = _WORD.findall(HEAD_END.split(told)[0])
    return {word.lower() for word in found if word.isascii() and not countries_in(word)}


def log_odds(joined: Sequence[corpus.Joined]) -> Iterator[tuple[str, float]]:
    """Words with their log-odds, in the order of the alphabet."""
    seen: Counter[str] = Counter()
    having: Counter[str] = Counter()
    for article in joined:
        speaking = {one for quote in article.record["quotes"] for one in quote["speakers"]}
        for entity in article.record["entities"]:
            if entity["id"] in speaking and entity["kind"] != "state":
                words = {"", *words_of(entity)}
                seen.update(words)
                having.update(words if entity["country"] else ())
    share = having[""] / seen[""]
    for word in sorted(word for word, count in seen.items() if word and count >= LEAST):
        with_it, without = having[word], seen[word] - having[word]
        yield word, math.log((with_it / share + PRIOR) / (without / (1 - share) + PRIOR))


def main() -> None:
    """Print the table."""
    parser = make_parser(__doc__)
    parser.add_argument("corpora", type=Path)
    args = parser.parse_args()
    known = word_set("given_names.txt")
    print(HEADER)
    for word, odds in log_odds(corpus.load(args.corpora, "train")):
        if word not in known:
            print(f"{word}\t{odds:.2f}")


if __name__ == "__main__":
    main()
