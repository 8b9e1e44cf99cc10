"""What scoring gathers, article by article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from quotestance.evaluation.metrics.calibration import count_calibration
from quotestance.evaluation.metrics.spans import align, count_spans
from quotestance.evaluation.metrics.speakers import count_speakers
from quotestance.evaluation.metrics.stance import Pair, count_stances
from quotestance.evaluation.outcomes import Item, confident_answers, count_chain, list_items, quote_pairs, stance_pairs
from quotestance.types import Article


@dataclass(slots=True)
class Tally:
    """Counts by article, and what cannot be counted: the items, the pairs of stances, the confidences.

    Args:
        rows: Article id to its additive counts.
        items: Every quote and what became of it.
        stances: Gold and predicted stance of the matched quotes.
        answers: Confidence of every predicted quote that has one, and whether content and source are right.
        has_speaker_confidence: Whether any scored speaker tells how sure it is.
    """

    rows: dict[str, dict[str, float]] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    stances: list[Pair] = field(default_factory=list)
    answers: list[tuple[float, bool]] = field(default_factory=list)
    has_speaker_confidence: bool = False

    def add(self, gold: Article, predicted: Article, *, by_piece: bool = False, annotators: int = 0) -> None:
        """Score one article; scored again (by another annotator, say), its counts add up.

        Args:
            gold, predicted: The article on either side.
            by_piece: Score the pieces of split quotes one by one.
            annotators: How many annotated the article, where every ordered pair of them is scored: Krippendorff's
                alpha then counts the label of each annotator once, however many pairs it is in.
        """
        alignment = align(gold, predicted, by_piece=by_piece)
        items = list(list_items(gold, predicted, alignment))
        stances = stance_pairs(gold, predicted, alignment)
        answers = confident_answers(items, "source")
        named = [(sure, right) for sure, right in confident_answers(items, "speaker") if right is not None]
        row = self.rows.setdefault(gold.id, {})
        for counts in (
            count_spans(alignment),
            count_speakers(gold, quote_pairs(gold, predicted, alignment)),
            count_stances(stances),
            _count_coded(stances, annotators),
            count_calibration("quotes", [(sure, bool(right)) for sure, right in answers]),
            count_calibration("speakers", named),
            count_chain(items),
        ):
            for name, value in counts.items():
                row[name] = row.get(name, 0.0) + value
        self.items += items
        self.stances += stances
        self.answers += [(sure, bool(right)) for sure, right in answers]
        self.has_speaker_confidence |= bool(named)


def _count_coded(stances: Sequence[Pair], annotators: int) -> dict[str, float]:
    """How many labels stand behind pairs of stances: two each, or those of each annotator once."""
    answered = sum(answer is not None for _, answer in stances)
    return {"stance.coded": answered / (annotators - 1) if annotators else 2.0 * answered}
