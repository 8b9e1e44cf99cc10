"""From an Article to something to look at: a highlighted page, a notebook's view, a table for the terminal."""

from functools import partial

from quotestance import types
from quotestance.render.html import Explanations, to_html
from quotestance.render.terminal import to_text

__all__ = ["Explanations", "to_html", "to_text"]

types.notebook_view = partial(to_html, standalone=False)
