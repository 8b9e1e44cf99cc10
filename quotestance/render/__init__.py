"""From an Article to something to look at: a highlighted page, a notebook's view, a table for the terminal."""

from quotestance.render.html import Explanations, to_html
from quotestance.render.terminal import to_text

__all__ = ["Explanations", "to_html", "to_text"]
