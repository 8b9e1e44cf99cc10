"""Notebooks as pages: their Markdown, code and kept outputs. Nothing is run when the site is built.

A page can show the first HTML that a notebook holds, such as a highlighted article:

    <!-- notebook: tutorials/analyst.ipynb -->
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

_COMMENT = re.compile(r"^<!-- notebook: (\S+) -->$", re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page beside every notebook, which itself can be downloaded."""
    notebooks = [file for file in files if file.src_uri.endswith(".ipynb") and file.abs_src_path]
    for file in notebooks:
        data = json.loads(Path(str(file.abs_src_path)).read_text(encoding="utf-8"))
        heading, _, rest = "\n\n".join(map(cell_markdown, data["cells"])).partition("\n")
        content = f"{heading}\n\n[Download this notebook]({file.src_uri.rpartition('/')[2]})\n{rest}"
        files.append(File.generated(config, f"{file.src_uri}.md", content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the first HTML of a notebook in the place of the comment that names it."""
    del page, files
    return _COMMENT.sub(lambda match: first_html(Path(config.docs_dir, match[1])), markdown)


def first_html(notebook: Path) -> str:
    """Return the first output of a notebook that is HTML.

    Raises:
        ValueError: There is none.
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    shown = [output_markdown(output) for cell in cells for output in cell.get("outputs", ())]
    found = next((one for one in shown if one.startswith("<div")), None)
    if found is None:
        raise ValueError(f"{notebook} has no HTML, which a page of docs/ shows. Run it: make tutorials.")
    return found


def cell_markdown(cell: dict[str, Any]) -> str:
    """Return a cell as Markdown."""
    source = "".join(cell["source"])
    if cell["cell_type"] != "code":
        return source
    return "\n\n".join([f"```python\n{source}\n```", *map(output_markdown, cell["outputs"])])


def output_markdown(output: dict[str, Any]) -> str:
    """Return the output of a cell as Markdown: a picture, else HTML, else text."""
    data = output.get("data", {"text/plain": output.get("text", "")})
    if "image/png" in data:
        return f"![What the cell draws](data:image/png;base64,{''.join(data['image/png']).strip()})"
    if "text/html" in data:
        return f'<div class="output">{unindented("".join(data["text/html"]))}</div>'
    return f"```text\n{''.join(data['text/plain'])}\n```"


def unindented(html: str) -> str:
    """Return HTML without blank lines and indents, which Markdown would read as paragraphs and code."""
    return "\n".join(line.strip() for line in html.splitlines() if line.strip())
