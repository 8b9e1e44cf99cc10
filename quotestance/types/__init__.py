"""What flows through quotestance: an :class:`Article` and the quotes found in it.

Everything here is immutable. Gold annotation and predictions are the same types. This package imports nothing
of the others but errors and what tells which quotes stand inside others, so that every other module may import it.
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from quotestance.types.article import Article as Article
from quotestance.types.article import _rebuild as _rebuild  # pickles made before it moved name it here
from quotestance.types.article import doc_views as doc_views
from quotestance.types.article import given_article as given_article
from quotestance.types.article import given_articles as given_articles
from quotestance.types.checks import check_count as check_count
from quotestance.types.checks import check_threshold as check_threshold
from quotestance.types.quote import Quote as Quote
from quotestance.types.quote import QuoteKind as QuoteKind
from quotestance.types.quote import Span as Span
from quotestance.types.quote import Speaker as Speaker
from quotestance.types.quote import SpeakerKind as SpeakerKind
from quotestance.types.quote import place_of as place_of
from quotestance.types.stance import STANCES as STANCES
from quotestance.types.stance import Stance as Stance


def _read_only(values: dict[str, Any]) -> MappingProxyType[str, Any]:
    return MappingProxyType(values)


def _reduce(mapping: MappingProxyType[str, Any]) -> tuple[Callable[..., MappingProxyType[str, Any]], tuple[Any, ...]]:
    return _read_only, (dict(mapping),)


copyreg.pickle(MappingProxyType, _reduce)  # Python pickles none by itself
