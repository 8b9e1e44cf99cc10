"""The command that switches off rules on people, one at a time."""

from __future__ import annotations

from itertools import product
from pkgutil import resolve_name

import pytest

from quotestance.speakers import combined
from quotestance.types import Speaker
from training.reader.ablate import PARTS, SAYS, combine, count, to_article

SPEAKERS = (
    Speaker("Kuleba", "person", role="minister", confidence=0.9),
    Speaker("Dmytro Kuleba", "person", role="Foreign Minister", affiliation="Ukraine", country="UKR", confidence=0.5),
    Speaker("Ann Roe", "person", confidence=0.5),
    Speaker(kind="unnamed", affiliation="Hamas", confidence=0.4),
    Speaker(kind="unnamed", confidence=0.8),
    Speaker("Kremlin", "organization", country="RUS", confidence=0.6),
    Speaker("Kremlin", "organization", confidence=0.6),
    Speaker("Ann Roe and Bob Poe", "group", members=("Ann Roe", "Bob Poe"), confidence=0.6),
)


@pytest.mark.parametrize("pair", list(product(SPEAKERS, SPEAKERS)))
def test_training_ablate_nothing_off_is_what_is_shipped(pair: tuple[Speaker, Speaker]) -> None:
    assert combine(*pair, 0.7, frozenset()) == combined.combine(*pair, 0.7)


@pytest.mark.parametrize("pair", list(product(SPEAKERS, SPEAKERS)))
def test_training_ablate_all_off_is_the_reader_alone(pair: tuple[Speaker, Speaker]) -> None:
    assert combine(*pair, 0.7, frozenset(SAYS)) == pair[0]


@pytest.mark.parametrize("path", sorted({path for parts in PARTS.values() for path in parts}))
def test_training_ablate_switches_off_functions_that_there_are(path: str) -> None:
    assert callable(resolve_name(f"quotestance.speakers.{path}"))


def test_training_ablate_counts_a_case() -> None:
    case = {
        "text": "Ann Roe left. Roes fell. Roe slept.",
        "source": "Roe",
        "nth": 2,
        "kind": "person",
        "name": "Ann Roe",
    }
    gold = to_article({**case, "accept": {"role": ["mayor", None]}}, 0)
    counts = count([(gold, gold)])
    assert gold.quotes[0].source is not None
    assert gold.quotes[0].source.start == 25
    assert (counts["speaker.right"], counts["person_name.all"], counts["role.all"]) == (1, 1, 1)
