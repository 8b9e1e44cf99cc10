"""Who said what in the news, for whom, and whether it pushes toward war or away from it."""

from quotestance.types import Article, Quote, Span, Speaker, Stance

__all__ = ["Article", "Quote", "Span", "Speaker", "Stance"]
__version__ = "0.1.0"
