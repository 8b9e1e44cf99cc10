"""Word lists that are shipped as commented text in ``quotestance/data``."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources


@lru_cache(maxsize=8)
def lexicon(name: str) -> frozenset[str]:
    """Entries of ``quotestance/data/<name>`` as a set."""
    return frozenset(read_lexicon(name))


def read_lexicon(name: str) -> list[str]:
    """Entries of ``quotestance/data/<name>``: one a line, ``#`` starts a comment."""
    lines = resources.files("quotestance.data").joinpath(name).read_text(encoding="utf-8").splitlines()
    return [entry for line in lines if (entry := line.partition("#")[0].strip())]
