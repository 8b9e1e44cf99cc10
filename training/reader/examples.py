"""Gold articles as training examples for the reader: labels, whom tokens point at, and batches of windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from quotestance.reader.model import MENTIONS, PEOPLE_RELATIONS, PROFILES, Batch
from quotestance.reader.tokens import IntArray, Tokens, Window
from quotestance.text import Extent
from quotestance.training import examples as quotes
from quotestance.training.examples import UNKNOWN
from quotestance.training.examples import Example as Layer
from quotestance.types import Article
from training.reader.gold import People
from training.reader.stances import Asked, Judged, asked_of, judged_of


@dataclass(frozen=True, slots=True)
class Pointing:
    """Tokens that point, by which relation, and at which tokens; at nobody where there are none."""

    tokens: IntArray
    relation: int
    targets: IntArray


@dataclass(frozen=True, slots=True)
class Example:
    """An article's tokens with gold.

    Args:
        quotes: Tags and links of its quotes; ``None`` where quotes were not annotated.
        nested: The same of those inside others; ``None`` where these were not annotated.
        tokens: Its tokens.
        mentions, profiles: Labels ``(n,)`` of :data:`MENTIONS` and :data:`PROFILES`, :data:`UNKNOWN` where not told.
        pointings: Whom sources, names, roles and homes belong to.
        judged: Its quotes that have a stance.
    """

    quotes: Layer | None
    nested: Layer | None
    tokens: Tokens
    mentions: IntArray
    profiles: IntArray
    pointings: tuple[Pointing, ...]
    judged: tuple[Judged, ...] = ()


def make_example(
    article: Article,
    people: People | None,
    tokenizer: Any,
    *,
    has_quotes: bool = True,
    nested_in: Sequence[Extent] = (),
) -> Example:
    """An example from gold quotes, gold people or both.

    Args:
        article: With its gold quotes.
        people: Its gold people, if it has any.
        tokenizer: Of the reader.
        has_quotes: Whether quotes were annotated.
        nested_in: Where quotes inside quotes were.
    """
    outer, inner = quotes.layers_of(article if has_quotes or nested_in else article.replace(quotes=()))
    read = quotes.make_example(outer, tokenizer)
    tokens = read.tokens
    made = read if has_quotes else None
    judged = judged_of(article, tokens)
    nested = _known(quotes.make_example(inner, tokenizer), nested_in) if nested_in else None
    if people is None:
        nothing = np.full(len(tokens), UNKNOWN, dtype=np.int32)
        return Example(made, nested, tokens, nothing, nothing, (), judged)
    named = [((one.extent), one.kind) for one in people.names]
    mentions = _labels(tokens, named, MENTIONS)
    for extent in people.unknown:
        mentions[_run(tokens, extent)] = UNKNOWN
    profiles = _labels(tokens, [(one.extent, one.kind) for one in people.told], PROFILES)
    if not people.has_profiles:
        profiles[:] = UNKNOWN
    return Example(made, nested, tokens, mentions, profiles, tuple(_pointings(tokens, people)), judged)


def _known(layer: Layer, extents: Sequence[Extent]) -> Layer:
    """A layer of which nothing is asked outside some extents."""
    tags = np.full_like(layer.tags, UNKNOWN)
    for run in (_run(layer.tokens, extent) for extent in extents):
        tags[run] = layer.tags[run]
    return replace(layer, tags=tags)


def _run(tokens: Tokens, extent: Extent) -> slice:
    first = int(np.searchsorted(tokens.ends, extent[0], side="right"))
    last = int(np.searchsorted(tokens.starts, extent[1], side="left"))
    return slice(first, max(first, last))


def _labels(tokens: Tokens, extents: Sequence[tuple[Extent, str]], names: Sequence[str]) -> IntArray:
    """Begin and inside labels; of extents that overlap the longest has the tokens."""
    labels = np.zeros(len(tokens), dtype=np.int32)
    for extent, kind in sorted(extents, key=lambda one: one[0][0] - one[0][1]):
        run = _run(tokens, extent)
        if f"B-{kind}" in names and run.start < run.stop and not labels[run].any():
            labels[run] = names.index(f"I-{kind}")
            labels[run.start] = names.index(f"B-{kind}")
    return labels


def _pointings(tokens: Tokens, people: People) -> Iterator[Pointing]:
    places = np.arange(len(tokens), dtype=np.int32)
    names: dict[str, list[IntArray]] = {}
    stands: dict[str, list[IntArray]] = {}
    alone: dict[str, list[IntArray]] = {}
    for name in people.names:
        names.setdefault(name.entity, []).append(places[_run(tokens, name.extent)])
    for source in people.sources:
        words = _joined([places[_run(tokens, extent)] for extent in source.extents])
        for entity in source.entities:
            stands.setdefault(entity, []).append(words)
            if len(source.entities) == 1:
                alone.setdefault(entity, []).append(words)
        targets = _joined([run for entity in source.entities for run in names.get(entity, [])])
        yield Pointing(words, PEOPLE_RELATIONS.index("who"), targets)
    for runs in names.values():
        for number, run in enumerate(runs):
            others = _joined(runs[:number] + runs[number + 1 :])
            yield Pointing(run, PEOPLE_RELATIONS.index("same"), np.setdiff1d(others, run))
    for told in people.told:
        run = places[_run(tokens, told.extent)]
        holder = _joined(names.get(told.entity, []) + stands.get(told.entity, []))
        relation = PEOPLE_RELATIONS.index("role" if told.kind == "role" else "home")
        yield Pointing(run, relation, np.setdiff1d(holder, run))
    for home in people.homes:
        holder = _joined(names.get(home.entity, []) + alone.get(home.entity, []))
        for way, extents in (("affiliation", home.affiliation), ("country", home.country)):
            if extents is None:
                continue
            targets = _joined([places[_run(tokens, extent)] for extent in extents])
            yield Pointing(holder, PEOPLE_RELATIONS.index(way), targets)


def _joined(runs: Sequence[IntArray]) -> IntArray:
    return np.concatenate(runs).astype(np.int32) if runs else np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Targets:
    """What a batch should answer.

    Args:
        tags: Of quotes ``(windows, length)``, :data:`UNKNOWN` where no answer is asked.
        links: Tokens that count as right for every relation of quotes, ``(windows, 3, length, length + 1)``; a row
            without any asks for no answer.
        mentions, profiles: Labels ``(windows, length)``.
        people: As ``links``, for the relations of people, ``(windows, 6, length, length + 1)``.
        nested: Tags and links of quotes inside quotes.
        stance: The quotes whose stance is asked.
    """

    tags: Tensor
    links: Tensor
    mentions: Tensor
    profiles: Tensor
    people: Tensor
    nested: quotes.Targets
    stance: Asked


Cut = tuple[Example, Window]


def collate(cut: Sequence[Cut], tokenizer: Any) -> tuple[Batch, Targets]:
    """Pad windows into one batch with its targets."""
    batch, of_quotes = _layer([(example.tokens, example.quotes, window) for example, window in cut], tokenizer)
    _, nested = _layer([(example.tokens, example.nested, window) for example, window in cut], tokenizer)
    windows, length = batch.ids.shape
    mentions, profiles = (torch.full((windows, length), UNKNOWN) for _ in range(2))
    people = torch.zeros((windows, len(PEOPLE_RELATIONS), length, length + 1), dtype=torch.bool)
    for row, (example, window) in enumerate(cut):
        inside = slice(1, window.end - window.start + 1)
        mentions[row, inside] = torch.from_numpy(example.mentions[window.start : window.end].astype(np.int64))
        profiles[row, inside] = torch.from_numpy(example.profiles[window.start : window.end].astype(np.int64))
        for pointing in example.pointings:
            asking, targets = (_within(tokens, window) for tokens in (pointing.tokens, pointing.targets))
            columns = targets if len(targets) else torch.tensor([length])
            people[row, pointing.relation, asking[:, None], columns[None, :]] = True
    asked = people.any(-1).any(1).long()
    stance = asked_of([(example.judged, window) for example, window in cut], length)
    whole = Targets(of_quotes.tags, of_quotes.links, mentions, profiles, people, nested, stance)
    return replace(batch, asked=asked), whole


def _layer(cut: Sequence[tuple[Tokens, Layer | None, Window]], tokenizer: Any) -> tuple[Batch, quotes.Targets]:
    """Pad windows with what one layer of quotes should answer."""
    batch, targets = quotes.collate([(own or _no_quotes(tokens), window) for tokens, own, window in cut], tokenizer)
    for row, (_, own, _) in enumerate(cut):
        if own is None:
            targets.tags[row] = UNKNOWN
    return batch, targets


def _within(tokens: IntArray, window: Window) -> Tensor:
    """The tokens that lie in a window, as columns of its batch."""
    inside = tokens[(tokens >= window.start) & (tokens < window.end)]
    return torch.from_numpy((inside - window.start + 1).astype(np.int64))


def _no_quotes(tokens: Tokens) -> Layer:
    return Layer(tokens, np.zeros(len(tokens), dtype=np.int32), np.full(len(tokens), -1, dtype=np.int32), ())
