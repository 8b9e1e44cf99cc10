"""Pages from the templates in ``quotestance/data/templates``: whatever is put into one is escaped."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from quotestance.render.wording import one_line
from quotestance.text import scalar_values

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["Markup", "fill"]


def fill(name: str, /, **values: Any) -> str:
    """Fill a template with values; a string is escaped, a :class:`Markup` stands as it is.

    Lone surrogates, in whatever place, become U+FFFD.

    Args:
        name: File in ``quotestance/data/templates``.
        values: What the template names.

    Raises:
        jinja2.UndefinedError: The template names something that was not given.
    """
    return scalar_values(_environment().get_template(name).render(values))  # no file in UTF-8 can hold the others


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # what shows no pages does without

    loader = PackageLoader("quotestance", "data/templates")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, keep_trailing_newline=False)
    made.filters["one_line"] = one_line
    made.filters["scalar"] = scalar_values
    return made
