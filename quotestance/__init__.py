"""Who said what in the news, for whom, and whether it pushes toward war or away from it.

>>> import quotestance
>>> pipe = quotestance.load(fast=True)
>>> article = pipe('"We are ready to talk," said Liu Pengyu, a spokesman for the Chinese embassy.')
>>> [(quote.speaker.name, quote.text) for quote in article.quotes]
[('Liu Pengyu', 'We are ready to talk,')]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quotestance import render as render  # tells notebooks how to show an article
from quotestance import spacy as spacy  # tells articles how to become Docs; imports spaCy when it is used
from quotestance.errors import CheckpointError, FormatError, QuotestanceError, RunError, SpanError
from quotestance.io import table as table
from quotestance.io.article_dataset import articles_to_dataset
from quotestance.io.article_lines import write_articles
from quotestance.io.batch import score_folder
from quotestance.io.objects import to_articles
from quotestance.io.readers import read_articles
from quotestance.io.table import to_csv, to_dataframe, to_dataset, to_jsonl, to_parquet, to_xlsx
from quotestance.types import Article, Quote, Span, Speaker, Stance
from quotestance.version import __version__ as __version__

if TYPE_CHECKING:
    from quotestance import annotation as annotation
    from quotestance import engines as engines
    from quotestance import evaluation as evaluation
    from quotestance import identities as identities
    from quotestance import report as report
    from quotestance import stance as stance
    from quotestance import training as training
    from quotestance.engines.scorer import Scorer
    from quotestance.evaluation import evaluate
    from quotestance.identities import link_speakers
    from quotestance.pipeline import Pipeline, load

__all__ = [
    "Article",
    "CheckpointError",
    "FormatError",
    "Pipeline",
    "Quote",
    "QuotestanceError",
    "RunError",
    "Scorer",
    "Span",
    "SpanError",
    "Speaker",
    "Stance",
    "articles_to_dataset",
    "evaluate",
    "link_speakers",
    "load",
    "read_articles",
    "score_folder",
    "to_articles",
    "to_csv",
    "to_dataframe",
    "to_dataset",
    "to_jsonl",
    "to_parquet",
    "to_xlsx",
    "write_articles",
]


_LATE = {
    "Pipeline": "quotestance.pipeline",
    "Scorer": "quotestance.engines.scorer",
    "evaluate": "quotestance.evaluation",
    "link_speakers": "quotestance.identities",
    "load": "quotestance.pipeline",
}
_LATE_PACKAGES = {"annotation", "engines", "evaluation", "identities", "report", "stance", "training"}


def __getattr__(name: str) -> Any:
    """Import what needs torch or scikit-learn when it is asked for, so that the import of the package is quick."""
    from importlib import import_module

    if name in _LATE_PACKAGES:
        return import_module(f"quotestance.{name}")
    if name in _LATE:
        return getattr(import_module(_LATE[name]), name)
    raise AttributeError(f"module 'quotestance' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATE, *_LATE_PACKAGES})
