"""A user's own annotated articles, as ``quotestance evaluate`` takes them -> articles of train, dev and test.

An article's split is the ``split`` of its ``meta``, where it has one: train, dev or test; articles of other splits are
not read. A fifth of the articles without one becomes dev, drawn by the seed. Articles with the same text, under
whatever ids, come into one split.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

from quotestance.errors import FormatError, GoldWarning
from quotestance.evaluation.formats.gold import read_gold
from quotestance.evaluation.formats.quotes_csv import holds_labelled_quotes
from quotestance.types import Article, place_of

SPLITS = ("train", "dev", "test")
DEV_SHARE = 0.2
"""Share of the rows, or articles, without a split that become dev."""


def split_of(article: Article) -> str:
    """Return what an article says of its split, in small letters; empty where it says nothing."""
    return str(article.meta.get("split") or "").strip().lower()


def warn_of_splits(path: Path, what: str, splits: Sequence[str]) -> None:
    """Warn of what is left out since it is of another split than train, dev and test.

    Args:
        path: Where it is.
        what: ``rows`` or ``articles``.
        splits: Of each that is left out.
    """
    if splits:
        left = f"{path}: {len(splits)} {what} of the splits {', '.join(sorted(set(splits)))} are left out; read are "
        warnings.warn(f"{left}{', '.join(SPLITS)} and blank.", GoldWarning, stacklevel=4)


def read_articles(path: Path, *, annotator: str | None = None, seed: int = 13) -> dict[str, list[Article]]:
    """Read annotated articles by split; the quotes of each in the order of the text, outer before inner ones.

    Args:
        path: File or folder, as ``quotestance evaluate`` takes it.
        annotator: Whose annotation, where an article has several; see
            :func:`quotestance.evaluation.formats.gold.read_gold`.
        seed: Of the draw of dev.

    Raises:
        FormatError: There is nothing there or it is malformed; it holds labelled quotes without their articles; or
            train or dev has no quote.
        SpanError: A span does not fit its text.

    Warns:
        GoldWarning: Articles of other splits are left out.
    """
    if path.exists() and holds_labelled_quotes(path):
        raise FormatError(
            f"{path}: these are labelled quotes without their articles. Finding quotes is learned from annotated "
            "articles: Article JSONL, brat or Label Studio. Train stance on this file."
        )
    found: dict[str, list[Article]] = {split: [] for split in (*SPLITS, "")}
    others: list[str] = []
    for article in read_gold(path, annotator):
        split = split_of(article)
        if split in found:
            found[split].append(article.replace(quotes=tuple(sorted(article.quotes, key=place_of))))
        else:
            others.append(split)
    warn_of_splits(path, "articles", others)
    _draw_dev(found, seed)
    _check(path, found)
    return found


def _draw_dev(found: dict[str, list[Article]], seed: int) -> None:
    """Put a fifth of the articles without a split into dev, at least one with quotes where dev has none, else train."""
    drawn = sorted(_without_split(found), key=lambda own: own[0].id)
    random.Random(seed).shuffle(drawn)  # noqa: S311  # no secret
    drawn.sort(key=lambda own: not _has_quotes(own))  # those with quotes come first, and have their own share
    quoted = sum(map(_has_quotes, drawn))
    most = max(round(DEV_SHARE * quoted), 0 if _has_quotes(found["dev"]) else 1)
    bare = round(DEV_SHARE * (len(drawn) - quoted))
    found["dev"] += chain(*drawn[:most], *drawn[quoted : quoted + bare])
    found["train"] += chain(*drawn[most:quoted], *drawn[quoted + bare :])


def _without_split(found: dict[str, list[Article]]) -> list[list[Article]]:
    """Take out the articles without a split, copies together; a copy of an article with a split goes there."""
    told = {article.text: split for split in SPLITS for article in found[split]}
    copies: dict[str, list[Article]] = {}
    for article in found.pop(""):
        if article.text in told:
            found[told[article.text]].append(article)
        else:
            copies.setdefault(article.text, []).append(article)
    return [*copies.values()]


def _has_quotes(articles: Iterable[Article]) -> bool:
    return any(article.quotes for article in articles)


def _check(path: Path, found: Mapping[str, list[Article]]) -> None:
    """Check that train and dev have quotes."""
    for split in ("train", "dev"):
        if not _has_quotes(found[split]):
            count = sum(map(len, found.values()))
            raise FormatError(
                f"{path}: no article of {split} has a quote, and train and dev each need some. There are {count} "
                "articles; annotate more, or set 'split' in their 'meta'."
            )
