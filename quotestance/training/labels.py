"""A user's own labels: any annotated articles that ``quotestance evaluate`` takes -> rows of train, dev and test.

A table has the columns that ``evaluate`` reads (see :mod:`quotestance.evaluation.formats.gold`), and two more that
only training knows:

    text         the quote with the words that attribute it
    stance       escalatory, de-escalatory or neutral
    context      if you have it, the text around the quote, which holds it; of it the sentence before the quote is
                 read, or two where the model that goes on learning reads so many
    conditional  if you have it, true, yes or 1, else false, no or 0, in any case; blank is not known, nor is a number
                 that a model told, in a table that ``quotestance score`` wrote
    split        if you have it, train, dev or test; rows of other splits are not read. A fifth of the rows where it is
                 blank becomes dev, label by label

JSON Lines with these fields are read alike. In annotated articles every quote with a stance is a row: its words as the
pipeline would read them, ``stance.conditional``, and the ``split`` of the article's ``meta``. Quotes of one article
are drawn into one split together; rows of a table with the same context or ``article_id``, and articles with the same
text under several ids, are of one article. Where some of them have a split, so have the others.
"""

from __future__ import annotations

import logging
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from quotestance.errors import FormatError
from quotestance.evaluation.formats.gold import read_gold
from quotestance.evaluation.formats.quotes_csv import ANSWERED, holds_labelled_quotes
from quotestance.io.columns import ROW
from quotestance.stance.utterance import ContextOf, context, utterance
from quotestance.training.gold import DEV_SHARE, SPLITS, split_of, warn_of_splits
from quotestance.training.inputs import Row
from quotestance.types import STANCES, Article, Quote

log = logging.getLogger(__name__)

_TRUTHS = {"true": True, "yes": True, "1": True, "1.0": True, "false": False, "no": False, "0": False, "0.0": False}


def read_labels(path: Path, *, annotator: str | None = None, seed: int = 13, before: ContextOf = context) -> list[Row]:
    """Read labelled quotes, each in a split.

    Args:
        path: File or folder, as ``quotestance evaluate`` takes it.
        annotator: Whose annotation, where an article has several; see
            :func:`quotestance.evaluation.formats.gold.read_gold`.
        seed: Of the draw of dev.
        before: What gives the context of a quote.

    Raises:
        FormatError: There is nothing there or it is malformed; no quote has a stance, or a label is unknown; or train
            or dev lacks a label.
        SpanError: A span does not fit its text.

    Warns:
        GoldWarning: Rows of other splits are left out.
    """
    articles = read_gold(path, annotator)
    rows = [
        _row(article, quote, path, before) | {"article": name}
        for article, name in zip(articles, _names(articles), strict=True)
        for quote in article.quotes
        if quote.stance is not None
    ]
    lacking = sum(not article.quotes for article in articles) if holds_labelled_quotes(path) else 0
    if lacking:
        raise FormatError(f"{path}: {lacking} of the records have no 'stance'. {_ADVICE}")
    bare = sum(len(article.quotes) for article in articles) - len(rows)
    if not rows:
        raise FormatError(f"{path}: no quote has a stance, so there is nothing to learn. {_ADVICE}")
    if bare:
        log.info("%s: %d quotes without a stance are left out", path, bare)
    used = [row for row in rows if row["split"] in (*SPLITS, "")]
    warn_of_splits(path, "rows", [row["split"] for row in rows if row["split"] not in (*SPLITS, "")])
    _draw_dev(used, seed)
    _check_splits(path, used)
    return used


_ADVICE = f"Give the column 'stance', or quotes with 'stance': {', '.join(STANCES)}."


def _names(articles: Sequence[Article]) -> list[str]:
    """For every article the id of the first one that is the same, by text or ``article_id``."""
    first: dict[tuple[str, str], int] = {}
    nearer = [*range(len(articles))]  # of each article one before it that is the same, or itself

    def root(place: int) -> int:
        while nearer[place] != place:
            nearer[place] = nearer[nearer[place]]
            place = nearer[place]
        return place

    for place, article in enumerate(articles):
        told = article.meta.get("article_id")
        for key in [("text", article.text)] + ([] if told in (None, "") else [("article_id", str(told))]):
            one, other = root(place), root(first.setdefault(key, place))
            nearer[max(one, other)] = min(one, other)
    return [articles[root(place)].id for place in range(len(articles))]


def _row(article: Article, quote: Quote, path: Path, before: ContextOf) -> Row:
    stance = quote.stance
    assert stance is not None  # noqa: S101  # the caller has looked
    conditional = stance.conditional
    known = _truth(article.meta, f"{path}, {article.id!r}") if conditional is None else conditional >= 0.5
    return {
        "text": utterance(article, quote),
        "context": before(article, quote),
        "label": stance.label,
        "conditional": known,
        "split": split_of(article),
    }


def _truth(row: Mapping[str, Any], place: str) -> bool | None:
    """Return what the column ``conditional`` of a row says; ``None`` for a blank one, and for the answer of a model."""
    value = row.get("conditional")
    word = "" if value is None else str(value).strip().lower()
    is_answer = _is_probability(word) and (row.keys() >= ANSWERED or (row.keys() >= ROW and word not in _TRUTHS))
    if is_answer:
        return None
    if word and word not in _TRUTHS:
        raise FormatError(f"{place}: 'conditional' is {word!r}. Give true, yes, 1, false, no, 0, or leave it blank.")
    return _TRUTHS.get(word)


def _is_probability(word: str) -> bool:
    try:
        return 0 <= float(word) <= 1
    except ValueError:
        return False


def _draw_dev(rows: Sequence[Row], seed: int) -> None:
    """Give every row with a blank ``split`` one: to dev about a fifth of each label, by whole articles.

    Where dev has none of a label that two articles hold, it gets one of them, if there is such a one that leaves train
    something of every label.
    """
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    told = {row["article"]: row["split"] for row in rows if row["split"]}
    for row in rows:
        row["split"] = row["split"] or told.get(row["article"], "")
        if not row["split"]:
            groups[row["article"]].append(row)
    order = sorted(groups)
    random.Random(seed).shuffle(order)  # noqa: S311  # no secret
    wanted = {label: round(DEV_SHARE * count) for label, count in _counts(chain(*groups.values())).items()}
    dev: Counter[str] = Counter()
    for name in order:
        own = _counts(groups[name])
        if all(dev[label] + count <= wanted[label] for label, count in own.items()):
            _assign(groups.pop(name), "dev")
            dev += own
    for label in STANCES:
        if any(row["split"] == "dev" and row["label"] == label for row in rows):
            continue
        holders = [name for name in order if name in groups and label in _counts(groups[name])]
        in_train = {row["label"] for row in rows if row["split"] == "train"}
        if len(holders) > (0 if label in in_train else 1):
            held = Counter(chain.from_iterable(_counts(group) for group in groups.values()))
            last = {one for one in held if held[one] == 1 and one not in in_train}  # of which train would have none
            taken = min(holders, key=lambda name: (not last.isdisjoint(_counts(groups[name])), len(groups[name])))
            _assign(groups.pop(taken), "dev")
    for group in groups.values():
        _assign(group, "train")


def _counts(rows: Iterable[Row]) -> Counter[str]:
    return Counter(row["label"] for row in rows)


def _assign(rows: Iterable[Row], split: str) -> None:
    for row in rows:
        row["split"] = split


def _check_splits(path: Path, rows: Sequence[Row]) -> None:
    """Check that train and dev have each label."""
    for split in ("train", "dev"):
        lacking = set(STANCES).difference(row["label"] for row in rows if row["split"] == split)
        if lacking:
            raise FormatError(
                f"{path}: no row of {split} is {' or '.join(sorted(lacking))}, and train and dev each need all labels. "
                f"There are {len(rows)} rows; give more, or set their 'split'."
            )
