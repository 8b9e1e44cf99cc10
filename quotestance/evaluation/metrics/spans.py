"""Content and attribution: which quotes were found, and whether each was given to the right source.

The definitions are those of the project's reference scorer, to the last digit, so that figures can be set beside
those published for other systems:

``exact``
    One to one, equal sets of words (a leading "that" aside).
``token``
    All words of the gold contents against all words of the predicted ones (micro average), as in CoNLL-style
    token scoring and PARC (Pareti, LREC 2012).
``soft``
    One to one, greedily by falling Jaccard index of the word sets, which must be at least 0.5; of equal ones the first
    gold quote goes first, then the first predicted one.
``attribution``
    Of the softly matched contents whose gold has a source: the share whose predicted source span overlaps it in at
    least one word that is not a stopword (any word, where the gold source holds nothing but stopwords).
``attribution_by_name``
    The same, or the two source strings share a word that is not a stopword: somebody named elsewhere in the article.
``end_to_end``
    Soft match and right source; where the gold has no source, the prediction must have none.
``passages``
    Text in quotation marks of which a gold content covers at least half of the words, where that quote (of several the
    first) has a source. A passage is answered where the prediction that covers most of it, and at least half, has a
    source, and right where that source matches the gold one; one that is answered and not in the gold is wrong.
``ece``
    Expected calibration error of ``Quote.confidence`` (see :mod:`calibration`), over every predicted quote that tells
    it; right is one that counts for ``end_to_end``, and one that matches no gold quote is wrong.

In the groups, recall counts the gold quotes of the kind, precision the predicted quotes of the kind, and the
counterpart may be of any kind. The kind is always computed from the quotation marks (:func:`words.kind_of`), never
taken from ``Quote.kind``, so that systems are split alike.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from quotestance.evaluation.metrics.words import (
    Words,
    WordSet,
    contiguous_pieces,
    find_words,
    kind_of,
    marked_characters,
    marked_passages,
    name_words,
    stopwords,
    words_within,
)
from quotestance.types import Article, QuoteKind, Span

GROUPS: Mapping[str, tuple[QuoteKind, ...]] = {
    "all": ("direct", "mixed", "indirect"),
    "direct": ("direct",),
    "mixed": ("mixed",),
    "indirect": ("indirect",),
    "direct_mixed": ("direct", "mixed"),
}
"""Groups of quotes that are scored apart, and the kinds in each."""

PASSAGES: Mapping[str, int] = {"all": 1, "three_words": 3}
"""Groups of quoted passages, and the fewest words of a passage in each."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What is matched: a quote, or one contiguous piece of it.

    Args:
        number: Index of the quote in ``Article.quotes``.
        content: Its words.
        source: The words of its source; empty where it has none.
        kind: By the quotation marks.
    """

    number: int
    content: WordSet
    source: WordSet
    kind: QuoteKind


@dataclass(frozen=True, slots=True)
class Alignment:
    """The gold and the predicted quotes of one article, matched.

    Args:
        words: The words of the article.
        passages: The words of each quoted passage.
        gold, predicted: The quotes that hold at least one word.
        exact: Gold to predicted index, for equal contents.
        soft: Gold to predicted index, for a Jaccard index of at least 0.5.
        source_right: Gold index to whether the softly matched prediction has the right source span (or rightly none).
        name_right: The same by source span or name.
    """

    words: Words
    passages: list[WordSet]
    gold: list[Unit]
    predicted: list[Unit]
    exact: dict[int, int]
    soft: dict[int, int]
    source_right: dict[int, bool] = field(default_factory=dict)
    name_right: dict[int, bool] = field(default_factory=dict)


def align(gold: Article, predicted: Article, *, by_piece: bool = False) -> Alignment:
    """Match the quotes of two annotations of one text.

    Args:
        gold: The article with its gold quotes.
        predicted: The same article with the quotes of a system.
        by_piece: Split every quote into its contiguous pieces first, each with the source of the whole, so that a
            system that gives the halves of a split quote one by one is not punished for it.
    """
    text = gold.text
    words, inside = find_words(text), marked_characters(text)
    passages = [found for extent in marked_passages(text) if (found := words_within(words, [extent]))]
    wanted, given = (_units(article, words, inside, by_piece) for article in (gold, predicted))
    exact, soft = _match_exactly(wanted, given), _match_softly(wanted, given)
    alignment = Alignment(words, passages, wanted, given, exact, soft)
    for i, j in soft.items():
        spans = wanted[i].source, given[j].source
        alignment.source_right[i] = source_matches(words, *spans) if spans[0] else not spans[1]
        alignment.name_right[i] = source_matches_by_name(words, *spans) if spans[0] else not spans[1]
    return alignment


def _units(article: Article, words: Words, inside: bytearray, by_piece: bool) -> list[Unit]:
    units = []
    for number, quote in enumerate(article.quotes):
        extents = [(span.start, span.end) for span in quote.content]
        source = words_within(words, _extents(quote.source))
        groups = [[piece] for piece in contiguous_pieces(article.text, extents)] if by_piece else [extents]
        for group in groups:
            if content := words_within(words, group, drop_that=True):
                units.append(Unit(number, content, source, kind_of(article.text, group, inside)))
    return units


def _extents(span: Span | None) -> list[tuple[int, int]]:
    return [] if span is None else [(span.start, span.end)]


def _match_exactly(gold: Sequence[Unit], predicted: Sequence[Unit]) -> dict[int, int]:
    waiting: defaultdict[WordSet, list[int]] = defaultdict(list)
    for i in reversed(range(len(gold))):
        waiting[gold[i].content].append(i)
    pairs = {}
    for j, unit in enumerate(predicted):
        if waiting.get(unit.content):
            pairs[waiting[unit.content].pop()] = j
    return pairs


def _match_softly(gold: Sequence[Unit], predicted: Sequence[Unit]) -> dict[int, int]:
    candidates = []
    holders = _holders(unit.content for unit in gold)
    for j, unit in enumerate(predicted):
        for i, shared in _shared(unit.content, holders).items():
            jaccard = shared / (len(unit.content) + len(gold[i].content) - shared)
            if jaccard >= 0.5:
                candidates.append((-jaccard, i, j))
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in sorted(candidates):
        if i not in pairs and j not in taken:
            pairs[i] = j
            taken.add(j)
    return pairs


def _holders(contents: Iterable[WordSet]) -> dict[int, list[int]]:
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for number, content in enumerate(contents):
        for word in content:
            holders[word].append(number)
    return dict(holders)


def _shared(content: WordSet, holders: Mapping[int, list[int]]) -> Counter[int]:
    return Counter(number for word in content for number in holders.get(word, ()))


def source_matches(words: Words, gold: WordSet, predicted: WordSet) -> bool:
    """Whether two source spans share a word that is not a stopword (any word, if the gold holds only stopwords)."""
    shared = gold & predicted
    if any(words.words[i] not in stopwords() for i in shared):
        return True
    return bool(shared) and all(words.words[i] in stopwords() for i in gold)


def source_matches_by_name(words: Words, gold: WordSet, predicted: WordSet) -> bool:
    """Whether two source spans match, or share a word as strings wherever they stand."""
    shared = name_words(words, gold) & name_words(words, predicted)
    return source_matches(words, gold, predicted) or bool(shared)


def count_spans(alignment: Alignment) -> Counter[str]:
    """Additive counts of one article, from which :mod:`figures` derives every span metric.

    The names are ``quotes.<group>.<count>`` and ``passages.<group>.<count>``.
    """
    counts: Counter[str] = Counter()
    for group, kinds in GROUPS.items():
        for name, value in _count_group(alignment, kinds).items():
            counts[f"quotes.{group}.{name}"] = value
    counts.update(_count_passages(alignment))
    return counts


def _count_group(alignment: Alignment, kinds: Sequence[QuoteKind]) -> dict[str, int]:
    gold = [i for i, unit in enumerate(alignment.gold) if unit.kind in kinds]
    found = [i for i in gold if i in alignment.soft]
    answers = {j: i for i, j in alignment.soft.items()}
    predicted = [j for j, unit in enumerate(alignment.predicted) if unit.kind in kinds]
    matched = [answers[j] for j in predicted if j in answers]
    exact = set(alignment.exact.values())
    sourced = [i for i in found if alignment.gold[i].source]
    return {
        "gold": len(gold),
        "predicted": len(predicted),
        "sourced": sum(bool(alignment.gold[i].source) for i in gold),
        "exact_gold": sum(i in alignment.exact for i in gold),
        "exact_predicted": sum(j in exact for j in predicted),
        "soft_gold": len(found),
        "soft_predicted": len(matched),
        "attributed": len(sourced),
        "attribution": sum(alignment.source_right[i] for i in sourced),
        "attribution_by_name": sum(alignment.name_right[i] for i in sourced),
        "end_to_end_gold": sum(alignment.source_right[i] for i in found),
        "end_to_end_predicted": sum(alignment.source_right[i] for i in matched),
        "end_to_end_by_name_gold": sum(alignment.name_right[i] for i in found),
        "end_to_end_by_name_predicted": sum(alignment.name_right[i] for i in matched),
        **_count_tokens(alignment, gold, predicted),
    }


def _count_tokens(alignment: Alignment, gold: Sequence[int], predicted: Sequence[int]) -> dict[str, int]:
    gold_words = frozenset().union(*(alignment.gold[i].content for i in gold))
    predicted_words = frozenset().union(*(alignment.predicted[j].content for j in predicted))
    return {
        "token_gold_all": len(gold_words),
        "token_gold": len(gold_words & frozenset().union(*(unit.content for unit in alignment.predicted))),
        "token_predicted_all": len(predicted_words),
        "token_predicted": len(predicted_words & frozenset().union(*(unit.content for unit in alignment.gold))),
    }


def _count_passages(alignment: Alignment) -> Counter[str]:
    counts = Counter({f"passages.{group}.{name}": 0 for group in PASSAGES for name in _PASSAGE_COUNTS})
    gold_holders = _holders(unit.content for unit in alignment.gold)
    predicted_holders = _holders(unit.content for unit in alignment.predicted)
    for passage in alignment.passages:
        gold = _gold_source(alignment, passage, _shared(passage, gold_holders))
        answer = _predicted_source(alignment, passage, _shared(passage, predicted_holders))
        outcome = {
            "gold": bool(gold),
            "predicted": bool(answer),
            "right": source_matches(alignment.words, gold, answer),
            "right_by_name": source_matches_by_name(alignment.words, gold, answer),
        }
        for group, fewest in PASSAGES.items():
            if len(passage) >= fewest:
                counts.update({f"passages.{group}.{name}": int(value) for name, value in outcome.items()})
    return counts


_PASSAGE_COUNTS = ("gold", "predicted", "right", "right_by_name")


def _gold_source(alignment: Alignment, passage: WordSet, shared: Mapping[int, int]) -> WordSet:
    """Return the source of the first gold quote that covers half of the passage."""
    covering = [i for i, words in shared.items() if 2 * words >= len(passage)]
    return alignment.gold[min(covering)].source if covering else frozenset()


def _predicted_source(alignment: Alignment, passage: WordSet, shared: Mapping[int, int]) -> WordSet:
    """Return the source of the prediction over most of the passage, if half of it; of equals, one with a source."""
    best: WordSet = frozenset()
    most = 0
    for j in sorted(shared):
        source = alignment.predicted[j].source
        if 2 * shared[j] >= len(passage) and (shared[j], bool(source)) > (most, bool(best)):
            best, most = source, shared[j]
    return best
