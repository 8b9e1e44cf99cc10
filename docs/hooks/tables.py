"""Tables of the site that are made from the code when it is built, where a page has a comment that names them.

<!-- names: quotestance -->     the public names of a module, with the first line of each docstring
<!-- others: quotestance -->    the public names of a module that no page of reference/ documents
<!-- commands -->               the commands, with their arguments and options
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

_COMMENT = re.compile(r"^<!-- (names|others|commands)(?:: ([\w.]+))? -->$", re.MULTILINE)
_DIRECTIVE = re.compile(r"^::: (\S+)$", re.MULTILINE)
_REFERENCE = Path(__file__).parents[1] / "reference"
_ROLE = re.compile(r":\w+:`~?([\w.]+)`")


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the tables in the place of the comments."""
    del page, config, files
    made: dict[str, Callable[[str], str]] = {"names": names, "others": others, "commands": commands}
    return _COMMENT.sub(lambda match: made[match[1]](match[2]), markdown)


def names(module: str) -> str:
    """Return the table of the public names of a module."""
    found = _module(module)
    rows = [(f"[`{name}`][{_full_name(found, name)}]", _first_line(getattr(found, name))) for name in found.__all__]
    return _table(("name", "what it is"), rows)


def others(module: str) -> str:
    """Return directives for the public names of a module that the pages of the reference lack."""
    pages = (page.read_text(encoding="utf-8") for page in sorted(_REFERENCE.glob("*.md")))
    found = _module(module)
    shown = {_resolved(name) for page in pages for name in _DIRECTIVE.findall(page)}
    rest = [name for name in map(partial(_full_name, found), found.__all__) if name not in shown]
    return "\n\n".join(f"::: {name}\n    options: {{heading_level: 3}}" for name in rest)


def _resolved(name: str) -> str:
    """Return the full name of what a directive names."""
    package, _, last = name.rpartition(".")
    try:
        return _full_name(_module(package), last)
    except (ImportError, AttributeError):
        return name


def _full_name(module: Any, name: str) -> str:
    """Return the name where it is defined, as a module may be called like a function in it."""
    value = getattr(module, name)
    is_defined = inspect.isclass(value) or inspect.isfunction(value)
    return f"{value.__module__}.{value.__qualname__}" if is_defined else f"{module.__name__}.{name}"


def commands(_: str) -> str:
    """Return a section for every command, those of a group behind its name."""
    import typer.main

    from quotestance.cli.main import app

    group: Any = typer.main.get_command(app)
    context = group.make_context("quotestance", [], resilient_parsing=True)
    return "\n\n".join(_commands("", group, context))


def _commands(prefix: str, group: Any, context: Any) -> Iterator[str]:
    for name, one in sorted(group.commands.items()):
        if hasattr(one, "commands"):
            inside = one.make_context(name, [], parent=context, resilient_parsing=True)
            yield from _commands(f"{prefix}{name} ", one, inside)
        else:
            yield _command(prefix, name, one, context)


def _command(prefix: str, name: str, command: Any, parent: Any) -> str:
    context = command.make_context(name, [], parent=parent, resilient_parsing=True)
    usage = " ".join(["quotestance", prefix + name, *command.collect_usage_pieces(context)])
    records = [one.get_help_record(context) for one in command.get_params(context)]
    options = _table(("option", "what it does"), [(f"`{record[0]}`", record[1]) for record in records if record])
    words, _, examples = re.sub(r"\n+Examples?:", "\n\0", inspect.cleandoc(command.help or "")).partition("\0")
    lines = [line.strip() for line in examples.splitlines() if line.strip()]
    shown = [f"```sh\n{line}\n```" for line in ["\n".join(lines)] if line]
    return "\n\n".join([f"## {prefix}{name}", words.strip(), *shown, f"```text\n{usage}\n```", options])


def _module(name: str) -> Any:
    """Import a module, by the name that it has for users: ``quotestance.table`` is an attribute of the package."""
    package, _, last = name.rpartition(".")
    return import_module(name) if not package else getattr(import_module(package), last, None) or import_module(name)


def _first_line(value: object) -> str:
    is_defined = inspect.isclass(value) or inspect.isfunction(value)
    line = (inspect.getdoc(value) or "").partition("\n")[0] if is_defined else "a type or a constant"
    return _ROLE.sub(r"`\1`", line)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
