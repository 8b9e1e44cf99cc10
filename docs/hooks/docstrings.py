"""Docstrings of the package as Markdown: examples become code, and roles of Sphinx become links.

A docstring of ours says ``:class:`Report` `` and has ``>>>`` lines with no heading; Markdown would take the first for
text and the second for a quotation.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

_ROLE = re.compile(r":(?:func|class|mod|data|meth|attr|exc):`(~?)([\w.]+)`")
_EXAMPLE = re.compile(r"^( *)>>> .*(?:\n(?!\s*$).*)*", re.MULTILINE)


def with_links(text: str, obj: griffe.Object) -> str:
    """Replace roles by links that stay plain words where nothing on the site has the name."""

    def link(match: re.Match[str]) -> str:
        name, words = match[2], match[2].rpartition(".")[2] if match[1] else match[2]
        return f'<autoref optional identifier="{full_name(name, obj)}"><code>{words}</code></autoref>'

    return _ROLE.sub(link, text)


def full_name(name: str, obj: griffe.Object) -> str:
    """Return the full name of what a docstring of an object calls by a name."""
    if name.startswith("quotestance"):
        return name
    for scope in (obj, obj.parent, obj.module):
        first, _, rest = name.partition(".")
        if scope is not None and first in scope.members:
            found = scope.members[first]
            path = found.target_path if isinstance(found, griffe.Alias) else found.path
            return f"{path}.{rest}" if rest else path
    return f"quotestance.{name}"


def with_fences(text: str) -> str:
    """Put examples into fenced blocks."""

    def fence(match: re.Match[str]) -> str:
        return f"{match[1]}```pycon\n{match[0]}\n{match[1]}```"

    return _EXAMPLE.sub(fence, text)


class OurDocstrings(griffe.Extension):
    """Rewrites the docstrings of whatever is loaded."""

    def on_object(self, *, obj: griffe.Object, loader: griffe.GriffeLoader, **_: Any) -> None:
        """Rewrite the docstring of an object."""
        del loader
        if obj.docstring is not None:
            obj.docstring.value = with_fences(with_links(obj.docstring.value, obj))
