"""Pages of the site that are files of the repository: cards, codebook, data sheets, changelog; and links to files.

They are taken from where they are, so that no copy can fall behind. A page in docs/ links to them by their path in the
repository, which is right wherever the page is read; on the site the link leads to the page made from the file, and a
link to a file that is no page becomes its bare words. A page can also show one section of a file:

    <!-- section: README.md How good it is -->
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]

FOLDERS = ("models", "training", "seeds")
"""Folders of the repository whose .md files become pages, under their own path."""

FILES = ("CHANGELOG.md", "CONTRIBUTING.md")
"""Files beside README.md that become pages."""

LEFT_OUT = {"training/attribution/card.md", "training/stance/card.md"}
"""Sources of cards that are pages already."""

_README = "README.md"
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\((?!\w+:|#)([^)\s#]+)(#[^)\s]*)?\)")
_SECTION = re.compile(r"^<!-- section: (\S+) (.+) -->$", re.MULTILINE)
_FENCE = re.compile(r"^( *)(```+|~~~+).*?^\1\2 *$", re.MULTILINE | re.DOTALL)


def sources() -> list[str]:
    """Return the paths of all files of the repository outside docs/ that become pages."""
    found = [path.relative_to(ROOT).as_posix() for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.md"))]
    return [*FILES, *(path for path in found if path not in LEFT_OUT)]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are files of the repository."""
    for path in sources():
        files.append(File.generated(config, path, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links by path in the repository into links of the site, and put in the sections that comments name."""
    del config
    here = page.file.src_uri
    path = here if here in sources() else f"docs/{here}"
    return _SECTION.sub(
        lambda match: with_links(section(match[1], match[2]), match[1], here, files),
        with_links(markdown, path, here, files),
    )


def section(path: str, title: str) -> str:
    """Return what stands under a heading of a file, up to the next of its level or above.

    Raises:
        ValueError: There is no such heading, or nothing under it.
    """
    text = (ROOT / path).read_text(encoding="utf-8")
    match = re.search(rf"^(##+) {re.escape(title)}\n(.*?)(?=^##? |\Z)", text, re.MULTILINE | re.DOTALL)
    if match is None or not match[2].strip():
        raise ValueError(f"{path} has no section {title!r}, which a page of docs/ shows.")
    return match[2].strip()


def with_links(markdown: str, path: str, here: str, files: Files) -> str:
    """Return text of a file of the repository with its links as a page of the site needs them.

    Args:
        markdown: The text.
        path: Path in the repository of the file that it stands in.
        here: The page of the site that shows it.
        files: All files of the site.
    """

    def rewrite(match: re.Match[str]) -> str:
        words, link, anchor = match[1], match[2], match[3] or ""
        target = page_of(posixpath.normpath(posixpath.join(posixpath.dirname(path), link)), files)
        if target is None:
            return words
        return f"[{words}]({posixpath.relpath(target, posixpath.dirname(here) or '.')}{anchor})"

    return outside_fences(markdown, lambda text: _LINK.sub(rewrite, text))


def page_of(path: str, files: Files) -> str | None:
    """Return the page, or other file of the site, that stands for a path in the repository, or ``None``."""
    inside = path.removeprefix("docs/")
    candidates = ["index.md"] if path == _README else [inside, f"{inside}/{_README}", f"{inside}.md"]
    return next((one for one in candidates if files.get_file_from_path(one) is not None), None)


def outside_fences(markdown: str, change: Any) -> str:
    """Change the text of a page, but not its fenced blocks."""
    parts, last = [], 0
    for fence in _FENCE.finditer(markdown):
        parts += [change(markdown[last : fence.start()]), fence[0]]
        last = fence.end()
    return "".join([*parts, change(markdown[last:])])
