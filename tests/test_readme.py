"""What the README prints is what its code prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tutorials import printed

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("page", ["README.md", "docs/identities.md"])
def test_readme_and_docs_print_what_they_say(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = (ROOT / page).read_text(encoding="utf-8")
    shown = [(output, block.output) for block, output in printed(text, ("python",)) if block.output is not None]
    assert shown
    for output, said in shown:
        assert output == said
