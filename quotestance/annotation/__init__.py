"""Articles on their way to annotators: tasks for Label Studio, documents for brat, Article JSONL, and what is labelled.

What annotators send back is read by :func:`quotestance.evaluation.read_gold`.
"""

from quotestance.annotation.export import Exported, Target, export_articles

__all__ = ["Exported", "Target", "export_articles"]
