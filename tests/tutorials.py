"""Runs the pages of the documentation as a reader would: their code and commands in order, in one folder.

A page is Markdown. Blocks of ``python`` share their names, and blocks of ``console`` hold commands. What a block
prints stands after it, behind a line "prints", as a block of ``text``. Blocks of ``sh`` are only shown.

    python -m tests.tutorials            # tell where a page does not print what it says
    python -m tests.tutorials --write    # write what the pages print into them, and make the notebook and the chart
    python -m tests.tutorials --write tutorials/analyst.md    # one page, and what belongs to it

Outputs hang on the models: after new weights the second command brings the pages up to date.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import quotestance.pipeline
from quotestance.cli.main import run as run_command_line

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
TUTORIALS = DOCS / "tutorials"
NOTEBOOK = TUTORIALS / "analyst.ipynb"
CHART = TUTORIALS / "chart.svg"

PAGES = ("index.md", "how_it_works.md", *(f"tutorials/{name}.md" for name in ("data_desk", "analyst", "scientist")))
HOW_TO = tuple(f"howto/{path.name}" for path in sorted((DOCS / "howto").glob("*.md")))

_BLOCK = re.compile(r"^```(python|console)\n(.*?)^```\n(?:\nprints\n\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
_PROGRESS = "━"  # a progress bar, which a terminal shows for the time being
_VARIES = (  # what differs from run to run, and what stands for it where outputs are compared
    (re.compile(r"\bin \d+ s\b"), "in 0 s"),
    (re.compile(r"\b\d+\.\d [kM]B\b"), "0.0 MB"),
)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a page that is run.

    Args:
        language: ``python`` or ``console``.
        code: What is run.
        output: What the page says that it prints; ``None`` where it says nothing.
        place: Offsets of the output in the page.
    """

    language: str
    code: str
    output: str | None
    place: tuple[int, int]


def blocks(page: str, languages: tuple[str, ...] = ("python", "console")) -> list[Block]:
    """Return the blocks of a page in these languages."""
    found = (Block(match[1], match[2], match[3], match.span(3)) for match in _BLOCK.finditer(page))
    return [block for block in found if block.language in languages]


def printed(page: str, languages: tuple[str, ...] = ("python", "console")) -> Iterator[tuple[Block, str]]:
    """Run the blocks of a page in the current folder and yield each with what it prints."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks(page, languages):
        yield block, _run_python(block.code, names) if block.language == "python" else _run_commands(block.code)


def without_what_varies(output: str) -> str:
    """Return an output without run times and sizes of files."""
    for pattern, words in _VARIES:
        output = pattern.sub(words, output)
    return output


def _run_python(code: str, names: dict[str, Any]) -> str:
    with _captured() as stream:
        exec(compile(code, "page", "exec"), names)  # noqa: S102  # our own pages
    return _text(stream)


def _run_commands(lines: str) -> str:
    return "".join(_run_command(line) for line in lines.replace("\\\n", " ").splitlines() if line.strip())


def _run_command(line: str) -> str:
    """Run a command: ours in this process, so that models are loaded once, others in a shell."""
    command, _, target = line.partition(" > ")
    arguments = shlex.split(command, comments=True)
    if arguments[0] != "quotestance":
        return _run_in_shell(line)
    with _captured() as stream, mock.patch.object(sys, "argv", arguments):
        code = _exit_code()
    assert code == 0, f"{line} ends with code {code}: {_text(stream)}"
    if target:
        Path(target).write_text(_text(stream), encoding="utf-8")
    return "" if target else _text(stream)


def _run_in_shell(line: str) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    run = ["bash", "-c", line]
    done = subprocess.run(run, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=True)  # noqa: S603
    return tidied(done.stdout)


def _exit_code() -> object:
    try:
        run_command_line()
    except SystemExit as end:
        return end.code or 0
    return 0


@contextlib.contextmanager
def _captured() -> Iterator[io.TextIOWrapper]:
    """Take what is printed, on standard error too, as a terminal shows it."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
        yield stream


def _text(stream: io.TextIOWrapper) -> str:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return tidied(buffer.getvalue().decode("utf-8"))


def tidied(output: str) -> str:
    """Return an output without progress bars and without spaces at the ends of lines."""
    return "".join(f"{line.rstrip()}\n" for line in output.splitlines() if not line.startswith(_PROGRESS))


@contextlib.contextmanager
def loading_once() -> Iterator[None]:
    """Load every pipeline once, however many blocks ask for it."""
    load = quotestance.pipeline.load
    cached = functools.cache(lambda items: load(**dict(items)))
    with mock.patch.object(quotestance.pipeline, "load", lambda **given: cached(tuple(sorted(given.items())))):
        yield


def lay_out(folder: Path) -> None:
    """Put into a folder what the tutorials tell their readers to copy there."""
    shutil.copytree(TUTORIALS / "articles", folder / "articles")
    shutil.copytree(ROOT / "seeds", folder / "seeds")


@contextlib.contextmanager
def reader_folder() -> Iterator[Path]:
    """Work in a folder as a reader of a tutorial has it."""
    with TemporaryDirectory() as name, contextlib.chdir(name):
        lay_out(Path(name))
        yield Path(name)


# --- the notebook, which is the analyst's tutorial


def notebook_cells(page: str) -> list[tuple[str, str]]:
    """Return the kind (``markdown`` or ``code``) and the source of each cell of the notebook that a page makes."""
    cells, last = [], 0
    for match in _BLOCK.finditer(page):
        cells += [("markdown", page[last : match.start()]), ("code", match[2])]
        last = match.end()
    cells.append(("markdown", page[last:]))
    kept = ((kind, re.sub(r"^!\[.*\n", "", source, flags=re.MULTILINE).strip()) for kind, source in cells)
    return [(kind, source) for kind, source in kept if source]


def make_notebook(page: str, folder: Path) -> dict[str, Any]:
    """Run the notebook of a page in a folder and return it, with outputs and without what differs from run to run."""
    import nbformat
    from nbclient import NotebookClient

    made = {"markdown": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}
    cells = [made[kind](source, id=f"cell-{n}") for n, (kind, source) in enumerate(notebook_cells(page))]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    with mock.patch.dict(os.environ, {"PYTHONWARNINGS": "ignore"}):  # what other libraries say of this machine
        where = {"metadata": {"path": str(folder)}}
        NotebookClient(notebook, timeout=600, coalesce_streams=True, resources=where).execute()
    for cell in notebook.cells:
        cell.metadata = {}
    text = re.sub(r"\bqs-[0-9a-f]{12}-", "qs-notebook-", nbformat.writes(notebook))  # ids that are drawn for each view
    data: dict[str, Any] = json.loads(text)
    return data


# --- python -m tests.tutorials


def _refreshed(page: str) -> str:
    """Run a page and return it with the outputs that are no longer the same replaced."""
    parts, last = [], 0
    for block, output in printed(page):
        if block.output is not None and without_what_varies(output) != without_what_varies(block.output):
            parts += [page[last : block.place[0]], output]
            last = block.place[1]
    return "".join([*parts, page[last:]])


def _check(name: str, write: bool) -> bool:
    path = DOCS / name
    page = path.read_text(encoding="utf-8")
    with reader_folder() as folder:
        fresh = _refreshed(page)
        if write and (folder / CHART.name).is_file():
            CHART.write_bytes((folder / CHART.name).read_bytes())
    if write:
        path.write_text(fresh, encoding="utf-8")
    print(f"{name}: {'as it says' if fresh == page else 'written' if write else 'prints something else'}")
    return fresh == page or write


def main() -> None:
    """Check the pages, or write their outputs anew."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    write, names = "--write" in sys.argv, [name for name in sys.argv[1:] if name != "--write"]
    with loading_once():
        right = [_check(name, write) for name in names or (*PAGES, *HOW_TO)]
    if write and (not names or "tutorials/analyst.md" in names):
        with reader_folder() as folder:
            notebook = make_notebook((TUTORIALS / "analyst.md").read_text(encoding="utf-8"), folder)
        NOTEBOOK.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.exit(0 if all(right) else 1)


if __name__ == "__main__":
    main()
