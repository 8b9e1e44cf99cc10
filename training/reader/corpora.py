"""What the reader learns from: the gold of every corpus, and which of it is read in an epoch."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quotestance.evaluation import read_gold
from quotestance.text import Extent
from quotestance.types import Article
from training.attribution.forms import read_forms
from training.conflict import corpus, invented, polnear
from training.reader.examples import Example, make_example
from training.reader.gold import People, conflict_gold, from_gum, people_of_polnear, swap_names
from training.reader.settings import Settings
from training.reader.stances import drawn, labelled_documents, our_passages
from training.reader.teach import Answers, read_answers, taught
from training.reader.wrapping import put_inside
from training.speakers.gum import read_split
from training.stance.sides import Sides, read_sides, swap_some

Named = tuple[Article, People]

_PUT_SENTENCES = 0.5  # share of the sentences with one attribution that are put into quotes
FORMS = Path(__file__).parent.parent / "attribution" / "forms.jsonl"


@dataclass(frozen=True, slots=True)
class Gold:
    """What is known of an article: see :func:`training.reader.examples.make_example`."""

    article: Article
    people: People | None = None
    has_quotes: bool = True
    nested_in: Sequence[Extent] = ()

    @classmethod
    def whole(cls, article: Article, people: People | None) -> Gold:
        """An article of which all quotes are known, those inside quotes as well."""
        return cls(article, people, nested_in=[(0, len(article.text))])

    def example(self, tokenizer: Any) -> Example:
        """It as an example."""
        return make_example(self.article, self.people, tokenizer, has_quotes=self.has_quotes, nested_in=self.nested_in)


@dataclass(frozen=True, slots=True)
class Corpora:
    """Gold of every corpus, split into what is learned from; ``conflict`` has invented articles after real ones."""

    polnear: list[Article]
    forms: list[Article]
    polnear_people: list[Named]
    conflict: list[Named]
    gum: list[Named]
    passages: list[Article]
    documents: list[Article]
    sides: list[Sides]

    @classmethod
    def read(cls, folder: Path, settings: Settings, labels: Path = corpus.LABELS, soft: Path | None = None) -> Corpora:
        """The train splits of a folder of corpora; ``soft`` has a teacher's answers on stance (teach.py)."""
        answers: Answers = read_answers(soft) if soft else {}
        joined = [*corpus.load(folder, "train", labels), *invented.load()]
        articles = [taught(one, answers) for one in read_gold(folder / "polnear" / "data" / "train", annotator="first")]
        people = polnear.load({article.id: article for article in articles})
        return cls(
            articles,
            read_forms(FORMS)[: settings.forms],
            [(article, people_of_polnear(article, one)) for article, one in people],
            [(taught(article, answers), one) for article, one in conflict_gold(joined)],
            [from_gum(document) for document in read_split(folder / "gum", "train")],
            [taught(article, answers) for article in our_passages()],
            [taught(article, answers) for article in labelled_documents(folder)],
            read_sides(),
        )

    @property
    def judged(self) -> list[Article]:
        """Articles whose quotes have a stance."""
        return [*(article for article, _ in self.conflict), *self.passages, *self.documents]

    def epoch(self, settings: Settings, names: Sequence[str], dice: random.Random) -> Iterator[Gold]:
        """What is read in an epoch."""
        plain, put = (round(share * len(self.polnear)) for share in (settings.polnear_share, settings.put_share))
        with_people = {article.id for article, _ in self.polnear_people}
        others = [article for article in self.polnear if article.id not in with_people]
        chosen = dice.sample(others, min(plain + put, len(others)))
        yield from map(Gold, (*chosen[:plain], *self.forms))
        for article in chosen[plain:]:
            inside, places = put_inside(article, names, dice, _PUT_SENTENCES)
            yield Gold(inside, nested_in=places)
        yield from (Gold(*one, has_quotes=False) for one in self.gum)
        if settings.labels_share:
            shares = {"wide": settings.wide_share, "bare": settings.bare_share}
            passages = [one for one in self.passages if dice.random() < settings.passages_share]
            for article in drawn(passages, self.documents, settings.labels_share, dice, **shares):
                yield Gold(self._other_sides(article, settings, dice), has_quotes=False)
        parted = len(self.conflict) - settings.newest
        newest = self.conflict[parted:]
        conflict = [one for one in self.conflict[:parted] if _is_real(one) or dice.random() < settings.invented_share]
        conflict += newest
        for article, _ in _repeated(conflict, settings.put, dice):
            inside, _ = put_inside(self._other_sides(article, settings, dice), names, dice, _PUT_SENTENCES)
            yield Gold.whole(inside, None)
        yield from (Gold.whole(*one) for one in conflict)
        for one in (*newest, *_repeated(conflict, settings.swapped, dice)):
            yield Gold.whole(*swap_names(*one, names, dice))
        for one in self.polnear_people:
            if dice.random() >= settings.people_share:
                continue
            yield Gold(*swap_names(*one, names, dice)) if dice.random() < settings.swapped else Gold(*one)

    def _other_sides(self, article: Article, settings: Settings, dice: random.Random) -> Article:
        return swap_some(article, self.sides, dice) if dice.random() < settings.sides_share else article


def _is_real(one: Named) -> bool:
    return bool(one[0].meta["file"] != invented.FILE)


def _repeated(articles: Sequence[Named], times: float, dice: random.Random) -> Iterator[Named]:
    """Articles so many times each, on average."""
    for one in articles:
        for _ in range(int(times) + (dice.random() < times % 1)):
            yield one
