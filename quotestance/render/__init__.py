"""From an Article to something to look at: a highlighted page, a notebook's view, a table for the terminal."""

from functools import partial

from quotestance.render.html import Explanations, to_html
from quotestance.render.terminal import to_text
from quotestance.types import article

__all__ = ["Explanations", "to_html", "to_text"]

article.notebook_view = partial(to_html, standalone=False)
