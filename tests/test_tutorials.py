"""What the pages of the documentation print is what their code and commands print."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tests.tutorials import (
    CHART,
    DOCS,
    HOW_TO,
    NOTEBOOK,
    PAGES,
    blocks,
    loading_once,
    notebook_cells,
    printed,
    reader_folder,
    tidied,
    without_what_varies,
)


@pytest.fixture(scope="module", autouse=True)
def _models_are_loaded_once() -> Iterator[None]:
    with loading_once():
        yield


@pytest.mark.parametrize("name", [*PAGES, *HOW_TO])
def test_tutorials_print_what_they_say(name: str) -> None:
    page = (DOCS / name).read_text(encoding="utf-8")
    with reader_folder() as folder:
        for block, output in printed(page):
            if block.output is not None:
                assert without_what_varies(output) == without_what_varies(block.output), "make tutorials writes it"
        chart = folder / CHART.name
        if chart.is_file():
            assert words_of(chart.read_text(encoding="utf-8")) == words_of(CHART.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", PAGES)
def test_tutorials_show_what_they_print(name: str) -> None:
    assert [block for block in blocks((DOCS / name).read_text(encoding="utf-8")) if block.output]


def test_tutorials_notebook_is_the_page_with_its_outputs() -> None:
    page = (DOCS / "tutorials" / "analyst.md").read_text(encoding="utf-8")
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    assert [(cell["cell_type"], "".join(cell["source"])) for cell in cells] == notebook_cells(page)
    shown = [tidied("".join(map(stream_of, cell["outputs"]))) for cell in cells if cell["cell_type"] == "code"]
    for block, output in zip(blocks(page), shown, strict=True):
        assert block.output is None or without_what_varies(output) == without_what_varies(block.output)


def stream_of(output: dict[str, object]) -> str:
    text = output.get("text", "")
    return "".join(text) if isinstance(text, list) else str(text)


def words_of(drawing: str) -> list[str]:
    """Return what an SVG says: its titles, labels and numbers."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", drawing)
