"""What scoring gathers, article by article."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from quotestance.evaluation.metrics.calibration import count_calibration
from quotestance.evaluation.metrics.spans import align, count_spans
from quotestance.evaluation.metrics.speakers import count_speakers
from quotestance.evaluation.metrics.stance import Pair, count_stances
from quotestance.evaluation.outcomes import Item, confident_answers, count_chain, list_items, quote_pairs, stance_pairs
from quotestance.types import STANCES, Article


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

    def add(self, gold: Article, predicted: Article, *, by_piece: bool = False) -> None:
        """Score one article; scored again (by another annotator, say), its counts add up.

        Args:
            gold, predicted: The article on either side.
            by_piece: Score the pieces of split quotes one by one.
        """
        alignment = align(gold, predicted, by_piece=by_piece)
        items = list(list_items(gold, predicted, alignment))
        stances = stance_pairs(gold, predicted, alignment)
        answers = confident_answers(items, "source")
        named = [(sure, right) for sure, right in confident_answers(items, "speaker") if right is not None]
        for counts in (
            count_spans(alignment),
            count_speakers(gold, quote_pairs(gold, predicted, alignment)),
            count_stances(stances),
            count_calibration("quotes", [(sure, bool(right)) for sure, right in answers]),
            count_calibration("speakers", named),
            count_chain(items),
        ):
            self._count(gold.id, counts)
        self.items += items
        self.stances += stances
        self.answers += [(sure, bool(right)) for sure, right in answers]
        self.has_speaker_confidence |= bool(named)

    def add_annotator(self, pairs: Iterable[tuple[Article, Article]]) -> None:
        """Score what an annotator marked in an article, as gold, against what each of the others did.

        Krippendorff's alpha counts the label of every quote once, however many others have found the quote.

        Args:
            pairs: The article as the annotator marked it, and as another did, for each of the others.
        """
        before = len(self.items)
        for one, other in pairs:
            self.add(one, other)
        found = self.items[before:]
        if found:
            self._count(found[0].article, _count_coded(found))

    def _count(self, article: str, counts: Mapping[str, float]) -> None:
        row = self.rows.setdefault(article, {})
        for name, value in counts.items():
            row[name] = row.get(name, 0.0) + value


def _count_coded(items: Iterable[Item]) -> dict[str, float]:
    """Additive counts of the matrix of coincidences, to which every label of an annotator adds 1.

    Args:
        items: Of the pairs of an annotator with each of the others.
    """
    answers: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for item in items:
        if item.gold_stance is not None and item.stance is not None:
            answers[item.number].append((item.gold_stance, item.stance))
    counts = {f"stance.coded.{a}.{b}": 0.0 for a in STANCES for b in STANCES}
    for found in answers.values():
        for one, other in found:
            counts[f"stance.coded.{one}.{other}"] += 1 / len(found)
    return counts
