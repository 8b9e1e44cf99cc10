"""Whom "he" and "she" mean: the library's rules against scorers that are trained, side by side.

Usage:

    python training/speakers/antecedents.py --gum ../shared/corpora/gum --polnear polnear_dev.jsonl \\
        --stance ../shared/corpora/stance

A scorer ranks the people named before a pronoun by what :func:`describe` tells of each. It is trained on the pronouns
of GUM train (gold chains, see ``gum.py``) and on the pronoun sources of our tune and tune2. Compared are the rules of
``quotestance/speakers/anaphora.py``, a logistic regression over pairs of candidates, gradient-boosted trees, and the
rules with their own constants fitted, all on GUM dev and, through the whole resolver, on our gold; where a scorer was
trained on tune and tune2, the figure on them is from cross-validation by article.
"""

from __future__ import annotations

import argparse
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from math import log1p
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from evaluate import fits, predict, read_gold, read_texts
from gum import Pronoun, pronouns_of, read_split
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from quotestance.speakers.anaphora import WEIGHTS, Discourse, Weights, agrees, find_antecedent, pronoun_gender
from quotestance.speakers.confidence import Evidence
from quotestance.speakers.lexicon import word_set
from quotestance.speakers.mentions import Mention
from quotestance.speakers.people import Person

REACH = 60  # mentions looked back at, as in anaphora.py
FOLDS = 5
STEPS = (1.25, 1.1, 1.25, 1.05)  # factors by which the constants are moved, round after round
OURS = 3.0  # weight of a pronoun source of our own gold beside one of GUM's
FEATURES = (
    "sentences",
    "same sentence",
    "sentences without the pronoun",
    "paragraphs",
    "first in sentence",
    "subject of previous sentence",
    "quoted",
    "possessive",
    "after preposition",
    "gender unknown",
    "spoke last",
    "spoke before",
    "mentions",
    "people named since",
    "in headline",
)

Array = NDArray[np.float64]
Finder = Callable[[Discourse, int, str | None], tuple[Person, Evidence] | None]


@dataclass(frozen=True, slots=True)
class Item:
    """A pronoun with its candidates.

    Args:
        rows: One row of features for each candidate.
        right: Which of the candidates it means.
    """

    pronoun: Pronoun
    candidates: tuple[Person, ...]
    rows: Array
    right: NDArray[np.bool_]


def describe(discourse: Discourse, number: int, gender: str | None) -> tuple[tuple[Person, ...], Array]:
    """Everybody of a gender who was named before word ``number``, and a row of :data:`FEATURES` for each."""
    people = discourse.people
    upper = bisect_left(people.starts, number)
    named: dict[Person, list[Mention]] = {}
    for mention in people.mentions[max(0, upper - REACH) : upper]:
        person = people.owners[mention.first]
        if agrees(person, gender):
            named.setdefault(person, []).append(mention)
    for _, person in discourse.spoken[-6:]:
        if agrees(person, gender) and person not in named:
            before = [mention for mention in person.mentions if mention.first < number]
            named[person] = before[-1:] or person.mentions[:1]
    latest = sorted(mentions[-1].first for mentions in named.values())
    rows = []
    for person, mentions in named.items():
        since = len(latest) - 1 - bisect_left(latest, mentions[-1].first)
        rows.append(
            [*_place(discourse, number, gender, mentions), *_standing(discourse, number, person, mentions, since)]
        )
    return tuple(named), np.array(rows, dtype=np.float64).reshape(len(rows), len(FEATURES))


def _place(discourse: Discourse, number: int, gender: str | None, mentions: list[Mention]) -> list[float]:
    """Where somebody was named last, and in which part of the clause."""
    row = discourse.people.words.row
    last = max(mentions, key=lambda m: m.first)
    here, there = row[number], row[last.first]
    sentences = max(0, here.sentence - there.sentence)
    in_sentence = [m for m in mentions if row[m.first].sentence == there.sentence]
    is_first = any(_is_first(discourse, m) for m in in_sentence)
    is_object = last.first > 0 and row[last.first - 1].lower in word_set("prepositions.txt")
    return [
        log1p(sentences),
        sentences == 0,
        log1p(_without_pronoun(discourse, number, gender, there.sentence)),
        log1p(max(0, here.paragraph - there.paragraph)),
        is_first,
        is_first and sentences == 1 and not is_object,
        there.is_quoted and not here.is_quoted,
        row[last.last].is_possessive,
        is_object,
    ]


def _standing(discourse: Discourse, number: int, person: Person, mentions: list[Mention], since: int) -> list[float]:
    """What is known of somebody apart from the place where they were named last."""
    words = discourse.people.words
    spoke = [0.0, 0.0]
    for rank, (place, speaker) in enumerate(reversed(discourse.spoken[-6:])):
        if speaker is person:
            distance = max(0, words.row[number].sentence - words.row[place].sentence)
            spoke[rank > 0] = max(spoke[rank > 0], 0.85**distance)
    in_headline = any(words.row[m.first].sentence in words.title_case for m in mentions)
    return [person.gender is None, *spoke, log1p(len(mentions)), log1p(since), in_headline]


def _is_first(discourse: Discourse, mention: Mention) -> bool:
    """Whether nobody else is named before in the sentence."""
    people = discourse.people
    place = bisect_left(people.starts, mention.first)
    row = people.words.row
    return place == 0 or row[people.mentions[place - 1].first].sentence < row[mention.first].sentence


def _without_pronoun(discourse: Discourse, number: int, gender: str | None, sentence: int) -> int:
    """How many of the (at most ten) sentences between have no pronoun of the gender: others are spoken of there."""
    row = discourse.people.words.row
    here = row[number].sentence
    taken: set[int] = set()
    place = number
    while place > 0 and row[place].sentence > max(sentence, here - 10):
        if pronoun_gender(row[place].text) == gender and place != number:
            taken.add(row[place].sentence)
        place -= 1
    return max(0, min(10, here - sentence) - 1 - len(taken - {here}))


def item_of(pronoun: Pronoun) -> Item:
    """A pronoun with its candidates described."""
    candidates, rows = describe(pronoun.discourse, pronoun.number, pronoun.gender)
    right = np.array([person in pronoun.people for person in candidates], dtype=bool)
    return Item(pronoun, candidates, rows, right)


def pairs(items: Sequence[Item], weights: Sequence[float]) -> tuple[Array, NDArray[np.int_], Array]:
    """Differences of a right and a wrong candidate, both ways round, with 1 where the right one is first."""
    rows, labels, shares = [], [], []
    for item, weight in zip(items, weights, strict=True):
        good, bad = item.rows[item.right], item.rows[~item.right]
        for one in good:
            for other in bad:
                rows += [one - other, other - one]
                labels += [1, 0]
                shares += [weight / (len(good) * len(bad))] * 2
    return np.array(rows), np.array(labels), np.array(shares)


def fit_linear(items: Sequence[Item], weights: Sequence[float], c: float) -> Callable[[Array], Array]:
    """A logistic regression over pairs; its score is linear in the features."""
    rows, labels, shares = pairs(items, weights)
    scale = np.maximum(rows.std(axis=0), 1e-6)
    model = LogisticRegression(C=c, fit_intercept=False, max_iter=2000).fit(rows / scale, labels, shares)
    coefficients = model.coef_[0] / scale
    return lambda rows: np.asarray(rows @ coefficients)


def fit_trees(items: Sequence[Item], weights: Sequence[float], depth: float) -> Callable[[Array], Array]:
    """Gradient-boosted trees that tell the candidates that are meant."""
    rows = np.concatenate([item.rows for item in items])
    labels = np.concatenate([item.right for item in items])
    shares = np.concatenate(
        [np.full(len(item.rows), weight / len(item.rows)) for item, weight in zip(items, weights, strict=True)]
    )
    model = HistGradientBoostingClassifier(
        max_depth=int(depth), max_iter=80, learning_rate=0.08, min_samples_leaf=15, random_state=0
    ).fit(rows, labels, shares)
    return lambda rows: np.asarray(model.predict_proba(rows)[:, 1])


LEARNERS: dict[
    str, tuple[Callable[[Sequence[Item], Sequence[float], float], Callable[[Array], Array]], tuple[float, ...]]
]
LEARNERS = {"logistic regression": (fit_linear, (0.01, 0.1, 1.0)), "boosted trees": (fit_trees, (2, 3))}


def finder_of(score: Callable[[Array], Array]) -> Finder:
    """A drop-in for :func:`find_antecedent` that ranks by a score."""

    def find(discourse: Discourse, number: int, gender: str | None) -> tuple[Person, Evidence] | None:
        candidates, rows = describe(discourse, number, gender)
        if not candidates:
            return find_antecedent(discourse, number, gender)
        return candidates[int(np.argmax(score(rows)))], "clear pronoun"

    return find


def share_right(items: Sequence[Item], find: Finder) -> float:
    """How many of the pronouns a finder gets right."""
    found = [find(item.pronoun.discourse, item.pronoun.number, item.pronoun.gender) for item in items]
    return sum(one is not None and one[0] in item.pronoun.people for one, item in zip(found, items, strict=True)) / len(
        items
    )


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article of our gold: its text, and its sources."""

    text: str
    sources: list[dict[str, Any]]

    def is_pronoun(self, source: dict[str, Any]) -> bool:
        """Whether a source is a pronoun of the third person singular that stands for a named person."""
        return source["kind"] == "person" and pronoun_gender(self.text[slice(*source["source"])]) is not None

    def right(self) -> list[bool]:
        """Whether each pronoun is resolved to its person, by the resolver as it is now."""
        said = zip(self.sources, predict(self.text, self.sources), strict=True)
        return [fits(speaker.name, source["name"]) for source, speaker in said if self.is_pronoun(source)]

    def items(self) -> list[Item]:
        """Its pronouns with the candidates that the resolver would have, and the gold on whom they mean."""
        seen: list[tuple[Discourse, int, str | None]] = []

        def spy(discourse: Discourse, number: int, gender: str | None) -> tuple[Person, Evidence] | None:
            seen.append((replace(discourse, spoken=list(discourse.spoken)), number, gender))
            return find_antecedent(discourse, number, gender)

        with patch("quotestance.speakers.resolve.find_antecedent", spy):
            predict(self.text, self.sources)
        meant = {source["source"][0]: source["name"] for source in self.sources if self.is_pronoun(source)}
        found = []
        for discourse, number, gender in seen:
            names = meant.get(discourse.people.words.row[number].start, [])
            people = frozenset(person for person in discourse.people.everyone if fits(person.name, names))
            if people:
                found.append(item_of(Pronoun(discourse, number, gender, people)))
        return found


def read_labelled(name: str, texts: dict[tuple[str, str], str]) -> list[Labelled]:
    """The articles of one of our gold files."""
    return [Labelled(texts[article["corpus"], article["id"]], article["sources"]) for article in read_gold(name)]


def count_right(articles: Sequence[Labelled], find: Finder) -> tuple[int, int]:
    """Right ones and all of the pronoun sources of some articles, through the whole resolver."""
    with patch("quotestance.speakers.resolve.find_antecedent", find):
        right = [one for article in articles for one in article.right()]
    return sum(right), len(right)


@dataclass(frozen=True, slots=True)
class Data:
    """Everything that is trained on and scored."""

    train: list[Item]
    dev: list[Item]
    tune: list[Labelled]
    tune2: list[Labelled]
    test: list[Labelled]
    test2: list[Labelled]


Trainer = Callable[[Sequence[Labelled]], Finder]


def learner(data: Data, kind: str) -> Trainer:
    """A trainer whose one setting is the best on GUM dev."""
    fit, settings = LEARNERS[kind]

    def train(articles: Sequence[Labelled]) -> Finder:
        ours = [item for article in articles for item in article.items() if item.right.any()]
        theirs = [item for item in data.train if item.right.any()]
        weights = [1.0] * len(theirs) + [OURS] * len(ours)
        finders = [finder_of(fit([*theirs, *ours], weights, setting)) for setting in settings]
        return max(finders, key=lambda find: share_right(data.dev, find))

    return train


def constants(data: Data) -> Trainer:
    """A trainer that moves the constants of the rules one by one, as long as more pronouns come out right."""

    def train(articles: Sequence[Labelled]) -> Finder:
        ours = [item for article in articles for item in article.items()]

        def worth(weights: Weights) -> float:
            with patch("quotestance.speakers.anaphora.WEIGHTS", weights):
                return len(data.train) * share_right(data.train, find_antecedent) + OURS * len(ours) * share_right(
                    ours, find_antecedent
                )

        best = WEIGHTS
        top = worth(best)
        for step in STEPS:
            for field in fields(Weights):
                for factor in (step, 1 / step):
                    tried = replace(best, **{field.name: getattr(best, field.name) * factor})
                    if (value := worth(tried)) > top:
                        best, top = tried, value
        return finder_with(best)

    return train


def finder_with(weights: Weights) -> Finder:
    """:func:`find_antecedent` with other constants; nothing else that looks at them is touched."""

    def find(discourse: Discourse, number: int, gender: str | None) -> tuple[Person, Evidence] | None:
        with patch("quotestance.speakers.anaphora.WEIGHTS", weights):
            return find_antecedent(discourse, number, gender)

    return find


def cross_validated(articles: Sequence[Labelled], others: Sequence[Labelled], train: Trainer) -> tuple[int, int]:
    """Right ones and all of the pronouns, each article scored by what was trained without it."""
    counts = np.zeros(2, dtype=int)
    for fold in range(FOLDS):
        held = articles[fold::FOLDS]
        rest = [article for number, article in enumerate(articles) if number % FOLDS != fold]
        counts += count_right(held, train([*rest, *others]))
    return int(counts[0]), int(counts[1])


def report(name: str, data: Data, train: Trainer) -> None:
    """Print a row of the table."""
    find = train([*data.tune, *data.tune2])
    cells = [f"{100 * share_right(data.dev, find):5.1f}"]
    counts = (
        cross_validated(data.tune, data.tune2, train),
        cross_validated(data.tune2, data.tune, train),
        count_right(data.test, find),
        count_right(data.test2, find),
    )
    cells += [f"{100 * right / total:5.1f} ({right}/{total})" for right, total in counts]
    print(f"| {name:24} | " + " | ".join(f"{cell:>14}" for cell in cells) + " |", flush=True)


def pronouns_in(gum: Path, split: str) -> Iterator[Item]:
    """The pronouns of a split of GUM."""
    for document in read_split(gum, split):
        yield from (item_of(pronoun) for pronoun in pronouns_of(document))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gum", type=Path, required=True)
    parser.add_argument("--polnear", type=Path, required=True)
    parser.add_argument("--stance", type=Path, required=True)
    options = parser.parse_args()
    texts = read_texts(options.polnear, options.stance)
    gold = [read_labelled(name, texts) for name in ("tune", "tune2", "test", "test2")]
    data = Data(list(pronouns_in(options.gum, "train")), list(pronouns_in(options.gum, "dev")), *gold)
    print(f"GUM train {len(data.train)} pronouns, GUM dev {len(data.dev)}")
    report("rules", data, lambda _: find_antecedent)
    for kind in LEARNERS:
        report(kind, data, learner(data, kind))
    report("rules, constants fitted", data, constants(data))


if __name__ == "__main__":
    main()
