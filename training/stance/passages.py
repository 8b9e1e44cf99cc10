"""Labelled quotes in the texts they stand in, as the stance model that reads articles learns them.

Passages come from the conflict corpus (articles with every quote labelled), from the documents of the stance labels (a
few quotes each), and from our own writing (pairs.jsonl, written.jsonl, contexts.jsonl).  In documents the quotes that
the shipped reader finds there are marked as well, as they are when articles are scored; a found quote has the label of
the labelled stretch of text which it fills.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from quotestance.io.readers import read_articles
from quotestance.stance.marked import Marked, marked
from quotestance.stance.utterance import sentence_before, utterance_extent
from quotestance.text import Extent
from quotestance.types import STANCES, Article, Quote
from training.conflict import corpus
from training.stance.contexts import CONTEXTS
from training.stance.data import Item, Row, load_items, load_pairs, load_written, read_jsonl, texts

FILLED = 0.4
"""Share of a labelled stretch that the content of a found quote has, from which it is the labelled quote."""

Chances = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Target:
    """A marked quote of a passage and what is known of it.

    Args:
        marked: Its places.
        wide: The same with all words that attribute it as content: how a quote is read that is given as a bare text.
        label: Index into STANCES; ``None`` where nobody labelled it.
        conditional: Whether the stance hangs on a condition.
        soft: A teacher's probabilities of STANCES.
        is_common: Whether it is one of the many neutral quotes, of which an epoch reads a share.
    """

    marked: Marked
    wide: Extent
    label: int | None = None
    conditional: bool = False
    soft: Chances | None = None
    is_common: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """A text with its marked quotes.

    Args:
        key: What tells it from all others, the same in every run.
        origin: ``conflict`` | ``labels`` | ``pairs`` | ``written`` | ``contexts`` | ``found``.
        split: ``train`` | ``dev`` | ``test`` | ``pairs`` | ``held``.
        group: Which minimal pair or triple it belongs to; empty for none.
    """

    key: str
    origin: str
    split: str
    text: str
    targets: tuple[Target, ...]
    group: str = ""


def conflict_passages(corpora: Path) -> Iterator[Passage]:
    """The articles of the conflict corpus."""
    for joined in corpus.load(corpora):
        article = corpus.to_article(joined)
        targets = tuple(
            Target(
                marked(quote),
                utterance_extent(article, quote),
                STANCES.index(quote.stance.label),
                bool(quote.stance.conditional),
            )
            for quote in article.quotes
            if quote.stance is not None
        )
        yield Passage(f"conflict/{article.id}", "conflict", joined.record["split"], article.text, targets)


def label_passages(corpora: Path, found: Mapping[str, Article]) -> Iterator[Passage]:
    """The documents of the stance labels, and labelled texts whose document is not at hand.

    Documents of the conflict corpus are left to it where they are to be learned from.
    """
    documents, _ = texts(corpora)
    known = {(row["repo"], row["path"]) for row, _ in corpus.read_documents(corpora)}
    grouped: dict[tuple[str, str], list[Item]] = {}
    for item in load_items(corpora):
        place = (item.source, item.path)
        if item.split == "train" and place in known:
            continue
        grouped.setdefault(place, []).append(item)
    for place, items in grouped.items():
        text, key = documents.get(place), "\t".join(place)
        if text is None:
            for item in items:
                yield _alone(f"labels/{key}/{item.start}", "labels", item.split, item.text, "", item)
            continue
        yield Passage(f"labels/{key}", "labels", items[0].split, text, tuple(_targets(items, found.get(key))))


def _targets(items: Sequence[Item], found: Article | None) -> Iterator[Target]:
    quotes = [] if found is None else list(found.quotes)
    for item in items:
        near = [quote for quote in quotes if item.start < quote.end and quote.start < item.end]
        quotes = [quote for quote in quotes if quote not in near]
        filling = [quote for quote in near if _filled(quote, item) >= FILLED]
        extent = (item.start, item.end)
        places = marked(filling[0]) if len(filling) == 1 else Marked((extent,))
        yield Target(
            places,
            extent,
            STANCES.index(item.label),
            item.conditional,
            is_common=item.label == "neutral",
        )
    yield from (Target(marked(quote), (quote.start, quote.end)) for quote in quotes)


def _filled(quote: Quote, item: Item) -> float:
    inside = sum(max(0, min(span.end, item.end) - max(span.start, item.start)) for span in quote.content)
    size = sum(span.end - span.start for span in quote.content)
    return inside / (item.end - item.start) if inside >= 0.8 * size else 0.0


def _alone(key: str, origin: str, split: str, text: str, context: str, item: Item | Row, group: str = "") -> Passage:
    """A quote by itself, after the sentence before it where there is one."""
    lead = f"{context} " if context else ""
    extent = (len(lead), len(lead) + len(text))
    label, conditional = (
        (item.label, item.conditional) if isinstance(item, Item) else (item["label"], item["conditional"])
    )
    target = Target(Marked((extent,)), extent, STANCES.index(label), conditional, is_common=False)
    return Passage(key, origin, split, lead + text, (target,), group)


def alone_passages(corpora: Path) -> Iterator[Passage]:
    """Labelled quotes with no more than the sentence before, as they are read when given as bare texts."""
    for item in load_items(corpora):
        before = sentence_before(item.before, len(item.before))
        yield _alone(f"alone/{item.source}\t{item.path}/{item.start}", "alone", item.split, item.text, before, item)


def written_passages() -> Iterator[Passage]:
    """Our own writing."""
    for number, row in enumerate(load_pairs()):
        context = row.get("context", "")
        yield _alone(f"pairs/{number}", "pairs", row["split"], row["text"], context, row, str(row["pair"]))
    for number, row in enumerate(load_written()):
        yield _alone(f"written/{number}", "written", "train", row["text"], row.get("context", ""), row)
    for row in read_jsonl(CONTEXTS):
        source, cue = (None if row.get(name) is None else tuple(row[name]) for name in ("source", "cue"))
        content = (row["start"], row["end"])
        extents = [content, *(one for one in (source, cue) if one is not None)]
        wide = (min(start for start, _ in extents), max(end for _, end in extents))
        target = Target(Marked((content,), source, cue), wide, STANCES.index(row["label"]), bool(row["conditional"]))
        yield Passage(f"contexts/{row['id']}", "contexts", row["split"], row["text"], (target,), str(row["group"]))


def conflict_places(corpora: Path) -> set[str]:
    """Repository and path, as ids of found documents are, of the articles of the conflict corpus: they are labelled."""
    return {f"{row['repo']}\t{row['path']}" for row, _ in corpus.read_documents(corpora)}


def found_passages(found: Iterable[Article], held_out: set[str]) -> Iterator[Passage]:
    """Documents without labels, for a teacher to tell the stance of their quotes."""
    for article in found:
        if article.id in held_out or not article.quotes:
            continue
        targets = (Target(marked(quote), utterance_extent(article, quote)) for quote in article.quotes)
        yield Passage(f"found/{article.id}", "found", "train", article.text, tuple(targets))


def read_found(path: Path) -> dict[str, Article]:
    """The documents with the quotes that the reader found, as ``found.py`` writes them, by repository and path."""
    return {article.id: article for article in read_articles(path)}


def with_soft(passages: Iterable[Passage], soft: Mapping[str, Sequence[Chances]]) -> Iterator[Passage]:
    """Passages with a teacher's probabilities, where it told some."""
    for passage in passages:
        told = soft.get(passage.key)
        if told is None:
            yield passage
            continue
        targets = (replace(one, soft=chances) for one, chances in zip(passage.targets, told, strict=True))
        yield replace(passage, targets=tuple(targets))
