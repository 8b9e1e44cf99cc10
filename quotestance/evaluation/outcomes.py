"""What became of every quote, gold or predicted: the rows behind error lists, slices and comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from quotestance.errors import FormatError
from quotestance.evaluation.metrics.spans import Alignment, Unit
from quotestance.evaluation.metrics.speakers import judge
from quotestance.evaluation.metrics.stance import Pair
from quotestance.evaluation.slices import cue_position, source_form
from quotestance.types import Article, Quote, Stance

LAYERS = ("content", "source", "speaker", "stance", "chain")
"""What can be right or wrong of a quote, each layer asked only where the ones before it allow the question."""

_COLUMNS = ("kind", "cue_position", "source_form", "speaker_kind", "stance")  # that every gold quote has
_CONTEXT = 120  # characters of the article around a quote, enough to judge it by


@dataclass(frozen=True, slots=True)
class Item:
    """A gold quote and what was predicted for it, or a predicted quote that no gold quote answers to.

    Args:
        article: Id of the article.
        number: Index among the article's gold quotes (pieces, when scored by piece); ``-1`` for a spurious quote.
        start, end: Where the quote stands, in code points.
        before, text, after: Its words, and the characters around it.
        gold, predicted: ``content``, ``source``, ``speaker``, ``stance`` and further details of either side as text;
            ``None`` where that side has no such quote.
        right: For each of :data:`LAYERS` whether it is right; ``None`` where that was not asked.
        confidence: For each layer how sure the prediction is, in [0, 1]; ``None`` where it does not tell.
        gold_stance, stance: Labels of either side.
        columns: What the item can be sliced by.
    """

    article: str
    number: int
    start: int
    end: int
    before: str
    text: str
    after: str
    gold: Mapping[str, str] | None
    predicted: Mapping[str, str] | None
    right: Mapping[str, bool | None]
    confidence: Mapping[str, float | None]
    gold_stance: str | None
    stance: str | None
    columns: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dict; ``Item(**data)`` reads it back."""
        return asdict(self)


def list_items(gold: Article, predicted: Article, alignment: Alignment) -> Iterator[Item]:
    """Every gold quote in its order, then every predicted quote that matched none."""
    for i, unit in enumerate(alignment.gold):
        j = alignment.soft.get(i)
        answer = None if j is None else predicted.quotes[alignment.predicted[j].number]
        yield _gold_item(gold, i, unit, answer, alignment)
    matched = set(alignment.soft.values())
    for j, unit in enumerate(alignment.predicted):
        if j not in matched:
            yield _spurious_item(gold, predicted.quotes[unit.number], unit)


def _gold_item(article: Article, i: int, unit: Unit, answer: Quote | None, alignment: Alignment) -> Item:
    quote = article.quotes[unit.number]
    right = _verdict(article, quote, answer, alignment.source_right.get(i))
    return _item(article, quote, i, right, quote, answer, _columns(article, unit))


def _verdict(article: Article, gold: Quote, answer: Quote | None, source_right: bool | None) -> dict[str, bool | None]:
    if answer is None:
        return {"content": False, "source": None, "speaker": None, "stance": None, "chain": False}
    speaker = None if gold.speaker is None else judge(article, gold.speaker, answer.speaker)["speaker"]
    stance = None if gold.stance is None else answer.stance is not None and answer.stance.label == gold.stance.label
    who = source_right if speaker is None else speaker
    chain = bool(who) and stance is not False
    return {"content": True, "source": source_right, "speaker": speaker, "stance": stance, "chain": chain}


def _spurious_item(article: Article, answer: Quote, unit: Unit) -> Item:
    right = {**dict.fromkeys(LAYERS), "content": False, "chain": False}
    return _item(article, answer, -1, right, None, answer, {"kind": unit.kind})


def _item(
    article: Article,
    shown: Quote,
    number: int,
    right: Mapping[str, bool | None],
    gold: Quote | None,
    answer: Quote | None,
    columns: Mapping[str, str],
) -> Item:
    stances = [quote.stance if quote is not None else None for quote in (gold, answer)]
    return Item(
        article=article.id,
        number=number,
        start=shown.start,
        end=shown.end,
        before=article.text[max(0, shown.start - _CONTEXT) : shown.start],
        text=shown.text,
        after=article.text[shown.end : shown.end + _CONTEXT],
        gold=None if gold is None else _describe(gold),
        predicted=None if answer is None else _describe(answer),
        right=right,
        confidence=_confidence(answer),
        gold_stance=_label(stances[0]),
        stance=_label(stances[1]),
        columns=columns,
    )


def _confidence(answer: Quote | None) -> dict[str, float | None]:
    if answer is None:
        return dict.fromkeys(LAYERS)
    speaker = None if answer.speaker is None else answer.speaker.confidence
    stance = None if answer.stance is None else answer.stance.confidence
    return {**dict.fromkeys(LAYERS, answer.confidence), "speaker": speaker, "stance": stance}


def _label(stance: Stance | None) -> str | None:
    return None if stance is None else stance.label


def _describe(quote: Quote) -> dict[str, str]:
    described = {"content": quote.text, "source": quote.source.text if quote.source else "(no source)"}
    if quote.speaker is not None:
        details = (str(quote.speaker), quote.speaker.role, quote.speaker.affiliation, quote.speaker.country)
        described["speaker"] = f"{', '.join(detail for detail in details if detail)} [{quote.speaker.kind}]"
    if quote.stance is not None:
        described["stance"] = quote.stance.label
    return described


def _columns(article: Article, unit: Unit) -> dict[str, str]:
    """Return what a gold quote can be sliced by: kind, cue position, source form, speaker, stance and ``meta``.

    A list in ``meta`` with one value for every quote of the article gives each quote its own value.
    """
    quote = article.quotes[unit.number]
    columns = _meta_columns(article, unit.number)
    columns["kind"] = unit.kind
    columns["cue_position"] = cue_position(quote)
    columns["source_form"] = source_form(quote)
    columns["speaker_kind"] = quote.speaker.kind if quote.speaker else "(none)"
    columns["stance"] = quote.stance.label if quote.stance else "(none)"
    return columns


def _meta_columns(article: Article, number: int) -> dict[str, str]:
    columns = {name: str(value) for name, value in article.meta.items() if isinstance(value, (str, int, float))}
    for name, values in article.meta.items():
        if _is_by_quote(article, values):
            value = values[number]
            if isinstance(value, (str, int, float)):
                columns[name] = str(value)
    return columns


def _is_by_quote(article: Article, values: object) -> bool:
    """Whether something in ``meta`` is a list with one value for every quote of the article."""
    return isinstance(values, (list, tuple)) and len(values) == len(article.quotes)


def without_nested(article: Article) -> Article:
    """Return an article without its quotes inside others, and without what lists in its ``meta`` say of those."""
    kept = [number for number, outer in enumerate(article.nested_in) if outer is None]
    meta = {
        name: [values[number] for number in kept] if _is_by_quote(article, values) else values
        for name, values in article.meta.items()
    }
    return article.replace(quotes=tuple(article.quotes[number] for number in kept), meta=meta)


def check_columns(gold: Iterable[Article], columns: Iterable[str]) -> None:
    """Check that gold quotes can be sliced by columns, before a model is run for hours.

    Raises:
        FormatError: No gold quote has such a column.
    """
    quotes = [(article, number) for article in gold for number in range(len(article.quotes))]
    available = {*_COLUMNS, *(name for article, number in quotes for name in _meta_columns(article, number))}
    for column in columns:
        if quotes and column not in available:
            raise FormatError(f"No column {column!r} to slice by. Available: {', '.join(sorted(available))}.")


def stance_pairs(gold: Article, predicted: Article, alignment: Alignment) -> list[Pair]:
    """Gold and predicted stance of every matched quote whose gold has one."""
    pairs = quote_pairs(gold, predicted, alignment)
    return [(quote.stance, answer.stance) for quote, answer in pairs if quote.stance is not None]


def quote_pairs(gold: Article, predicted: Article, alignment: Alignment) -> list[tuple[Quote, Quote]]:
    """Every matched gold quote with its prediction."""
    return [
        (gold.quotes[alignment.gold[i].number], predicted.quotes[alignment.predicted[j].number])
        for i, j in alignment.soft.items()
    ]


def confident_answers(items: Iterable[Item], layer: str) -> list[tuple[float, bool | None]]:
    """Confidence of every prediction that tells it, and whether the layer is right; ``None`` where it was not asked."""
    return [(sure, item.right[layer]) for item in items if (sure := item.confidence[layer]) is not None]


def count_chain(items: Iterable[Item]) -> dict[str, float]:
    """Additive counts of the whole chain: gold quotes, predicted quotes, and those right in every layer asked."""
    found = list(items)
    return {
        "chain.gold": float(sum(item.gold is not None for item in found)),
        "chain.predicted": float(sum(item.predicted is not None for item in found)),
        "chain.right": float(sum(bool(item.right["chain"]) for item in found)),
    }


def slice_values(items: Sequence[Item], column: str) -> dict[str, list[Item]]:
    """Group gold quotes by their value in a column, in alphabetical order; those without a value are left out.

    Raises:
        FormatError: No gold quote has such a column.
    """
    gold = [item for item in items if item.gold is not None]
    values = sorted({item.columns[column] for item in gold if column in item.columns})
    if not values and gold:
        available = sorted({name for item in gold for name in item.columns})
        raise FormatError(f"No column {column!r} to slice by. Available: {', '.join(available)}.")
    found: dict[str, list[Item]] = {value: [] for value in values}
    for item in gold:
        if column in item.columns:
            found[item.columns[column]].append(item)
    return found


def worst(items: Iterable[Item], layer: str, count: int = 10) -> list[Item]:
    """Sort the wrong answers of a layer, the most confident first.

    Args:
        items: All items of an evaluation.
        layer: One of :data:`LAYERS`; of ``content`` the spurious quotes come before the missed ones.
        count: At most so many.
    """

    def confidence(item: Item) -> float:
        value = item.confidence[layer]
        return value if value is not None else 0.0 if item.predicted is not None else -1.0

    wrong = [item for item in items if item.right[layer] is False]
    return sorted(wrong, key=lambda item: (-confidence(item), item.article, item.start, item.number))[:count]
