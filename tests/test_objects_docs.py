"""The code in docs/objects.md runs, in order, and prints what the page says."""

from __future__ import annotations

import contextlib
import io
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "objects.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```python\n(.*?)```(?:\n\nprints\n\n```text\n(.*?)```)?", re.DOTALL)
BEFORE, SPACY = PAGE.split("\n## spaCy\n")


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """Hold what the blocks of the page leave to those after them."""
    return {}


def run(part: str, names: dict[str, Any]) -> int:
    """Run the blocks of a part of the page, and tell how many there were."""
    blocks = BLOCK.findall(part)
    assert len(blocks) == part.count("```python")
    for code, expected in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "docs/objects.md", "exec"), names)  # noqa: S102  # our own page
        assert printed.getvalue() == expected
    return len(blocks)


def test_objects_docs_print_what_they_say(
    names: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(BEFORE, names) == 3


@pytest.mark.skipif(find_spec("spacy") is None, reason="needs spaCy: pip install 'quotestance[spacy]'")
def test_objects_docs_of_spacy_print_what_they_say(
    names: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import quotestance.spacy.component  # noqa: F401  # a clone that was installed before has no entry point for it

    monkeypatch.chdir(tmp_path)
    if not names:
        run(BEFORE, names)
    assert run(SPACY, names) == 3
    assert "escalatory" in (tmp_path / "quotes.html").read_text(encoding="utf-8")
