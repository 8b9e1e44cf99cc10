"""Evaluation: how good a system is at quotes, speakers and stance, and whether another one is better.

>>> from quotestance import Article, Quote, Span, Stance
>>> text = 'Ana Ruiz said: "We will talk."'
>>> stance = Stance.certain("de-escalatory")
>>> quote = Quote("direct", (Span.of(text, 16, 29),), source=Span.of(text, 0, 8), stance=stance)
>>> gold = Article(text, id="a", quotes=(quote,))
>>> evaluate([gold], [gold]).figure("stance.macro_f1")
1.0
"""

from quotestance.evaluation.agreement import agreement
from quotestance.evaluation.compare import Comparison, compare
from quotestance.evaluation.formats.gold import read_gold
from quotestance.evaluation.formats.predictions import read_predictions
from quotestance.evaluation.metrics.stance import krippendorff_alpha
from quotestance.evaluation.report.report import Report
from quotestance.evaluation.runs import list_runs, load_report, write_run
from quotestance.evaluation.scoring import evaluate

__all__ = [
    "Comparison",
    "Report",
    "agreement",
    "compare",
    "evaluate",
    "krippendorff_alpha",
    "list_runs",
    "load_report",
    "read_gold",
    "read_predictions",
    "write_run",
]
