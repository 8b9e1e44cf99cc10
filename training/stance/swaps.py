"""How neutral a stance model is toward sides: the share of labels that flip when two sides are swapped.

    python -m training.stance.swaps CORPORA [models/stance-en ...] [--most 100] [--pair Russia/Ukraine] [--around]

Takes the dev quotes of the conflict corpus, with their gold quotes and speakers, and of the stance labels, and swaps
countries, capitals, demonyms and leaders of a pair in the whole article, both ways at once: who was Russian is
Ukrainian and the reverse. By the codebook no label changes. Prints a Markdown table for every model: pair, direction,
quotes, labels flipped in % with their interval, how many became escalatory and how many ceased to be, and the same of
de-escalatory. The direction is the side that the quote names, in its content, source or cue: "Russia to Ukraine" are
quotes that name Russia alone; "both" name both; with ``--around``, "around" name neither, while the paragraphs beside
them do. Totals go without "around". Names come from sides.csv, which may be extended. ``release.py`` puts the table of
a model into its card.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from quotestance.stance.classifier import Classifier
from quotestance.stance.loading import load_classifier
from quotestance.stance.quotes import stances_of
from quotestance.threads import set_threads
from quotestance.types import Article, Quote, Span
from training.cards import head, interval, line, percent
from training.conflict import corpus
from training.fitting import SEED, make_parser
from training.stance.data import Item, Row, load_items, texts
from training.stance.sides import SIDES, Sides, read_sides, swap_article

ESCALATORY, DE_ESCALATORY = "escalatory", "de-escalatory"
AROUND = "around"

MOST = 100
"""Quotes of a pair that are counted, from articles in a seeded order; about 700 of all pairs."""

NEIGHBOURS = 1
"""Paragraphs before and after a quote that count as beside it."""


@dataclass(frozen=True)
class Case:
    """A quote before and after a swap.

    Args:
        pair: The sides that were swapped.
        direction: See the top of this file.
        before, after: The labels.
    """

    pair: str
    direction: str
    before: str
    after: str


def stance_articles(items: Iterable[Item], documents: dict[tuple[str, str], str]) -> list[Article]:
    """An article for every document of labelled quotes; a quote whose document is not at hand is one by itself."""
    quotes: dict[tuple[str, str], list[Quote]] = defaultdict(list)
    found = []
    for item in items:
        place = (item.source, item.path)
        if place in documents:
            quotes[place].append(_labelled(documents[place], item.start, item.end))
        else:
            found.append(Article(item.text, id=item.path, quotes=(_labelled(item.text, 0, len(item.text)),)))
    for place, labelled in quotes.items():
        labelled.sort(key=lambda quote: (quote.start, quote.end))
        found.append(Article(documents[place], id=place[1], quotes=tuple(labelled)))
    return found


def _labelled(text: str, start: int, end: int) -> Quote:
    marks = text[start:end].count('"') + text[start:end].count("“")
    return Quote("mixed" if marks else "indirect", (Span.of(text, start, end),))


def dev_articles(corpora: Path) -> list[Article]:
    """The dev articles of the conflict corpus and of the stance labels, without their answers."""
    conflict = [corpus.to_article(joined) for joined in corpus.load(corpora, "dev")]
    items = [item for item in load_items(corpora) if item.split == "dev"]
    known = {article.text for article in conflict}
    others = [one for one in stance_articles(items, texts(corpora)[0]) if one.text not in known]
    return [without_stances(article) for article in (*conflict, *others)]


def without_stances(article: Article) -> Article:
    """An article whose quotes have no stance."""
    return article.replace(quotes=tuple(replace(quote, stance=None) for quote in article.quotes))


def direction_of(article: Article, quote: Quote, sides: Sides) -> str | None:
    """Which side a quote names, as a direction; ``None`` where neither it nor the paragraphs beside it name one."""
    named = sides.named_in(" ".join(span.text for span in quote.spans()))
    if named == {"a", "b"}:
        return "both"
    if named:
        return f"{sides.a} to {sides.b}" if named == {"a"} else f"{sides.b} to {sides.a}"
    return AROUND if sides.named_in(beside(article.text, quote.start, quote.end)) else None


def beside(text: str, start: int, end: int) -> str:
    """The paragraphs that ``start:end`` stands in, with their neighbours."""
    for _ in range(NEIGHBOURS + 1):
        start = max(0, text.rfind("\n\n", 0, start))
        after = text.find("\n\n", end)
        end = len(text) if after < 0 else after + 2
    return text[start:end]


def drawn(articles: Sequence[Article], sides: Sides, most: int) -> Iterator[tuple[Article, list[str | None]]]:
    """Articles with the directions of their quotes, in a seeded order, until ``most`` quotes name a side."""
    order = list(articles)
    random.Random(SEED).shuffle(order)
    found = 0
    for article in order:
        directions = [direction_of(article, quote, sides) for quote in article.quotes]
        named = sum(direction not in (None, AROUND) for direction in directions)
        if named and found < most:
            found += named
            yield article, directions


def swapped_cases(
    classifier: Classifier, articles: Sequence[Article], sides: Sides, most: int = MOST, *, around: bool = False
) -> list[Case]:
    """Every quote that names a side, with the labels before and after a swap.

    Both readings are of the quote in its whole article, so any stance model can be asked.

    Args:
        classifier: The model.
        articles: With quotes.
        sides: What is swapped.
        most: About how many quotes that name a side are drawn.
        around: Take also those that stand beside a name.
    """
    chosen = list(drawn(articles, sides, most))
    unasked = (None,) if around else (None, AROUND)
    asked = [[n for n, one in enumerate(directions) if one not in unasked] for _, directions in chosen]
    old = [article for article, _ in chosen]
    before = labels(classifier, old, asked)
    after = labels(classifier, [swap_article(article, sides) for article in old], asked)
    named = (str(directions[n]) for (_, directions), numbers in zip(chosen, asked, strict=True) for n in numbers)
    return [Case(sides.name, *found) for found in zip(named, before, after, strict=True)]


def labels(classifier: Classifier, articles: Sequence[Article], asked: Sequence[Sequence[int]]) -> list[str]:
    """The labels that a model gives the quotes of articles that are asked for."""
    return [stance.label for told in stances_of(articles, classifier, asked) for stance in told]


def counts(cases: Sequence[Case]) -> list[Row]:
    """How many labels flip, by pair and direction and over all that name a side, ready for JSON."""
    rows: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases:
        rows[case.pair, case.direction].append(case)
    named = [case for case in cases if case.direction != AROUND]
    found = [_count(pair, direction, inside) for (pair, direction), inside in sorted(rows.items())]
    return [*found, _count("all", f"without {AROUND}", named)]


def _count(pair: str, direction: str, cases: Sequence[Case]) -> Row:
    flipped = [case for case in cases if case.before != case.after]
    moves = {
        f"{where} {label}": sum(getattr(case, name) == label for case in flipped)
        for label in (ESCALATORY, DE_ESCALATORY)
        for where, name in (("to", "after"), ("from", "before"))
    }
    return {"pair": pair, "direction": direction, "quotes": len(cases), "flipped": len(flipped), **moves}


def table(rows: Sequence[Row]) -> str:
    """A Markdown table of :func:`counts`."""
    names = ("pair", "direction", "quotes", "flipped, %", "95% interval")
    lines = [head(*names, "to / from escalatory", "to / from de-escalatory")]
    return "\n".join((*lines, *map(_line, rows)))


def _line(row: Row) -> str:
    flipped, quotes = row["flipped"], row["quotes"]
    shares = (percent(flipped / quotes), interval(wilson(flipped, quotes))) if quotes else ("-", "-")
    moves = (f"{row[f'to {label}']} / {row[f'from {label}']}" for label in (ESCALATORY, DE_ESCALATORY))
    return line(row["pair"], row["direction"], quotes, *shares, *moves)


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """The 95% interval of a share (Wilson, JASA 1927), as if the quotes were independent."""
    share, z = hits / trials, 1.96
    middle, width = share + z * z / (2 * trials), z * math.sqrt((share * (1 - share) + z * z / (4 * trials)) / trials)
    scale = 1 + z * z / trials
    return max(0.0, (middle - width) / scale), min(1.0, (middle + width) / scale)


def measured(classifier: Classifier, articles: Sequence[Article], most: int) -> list[Row]:
    """The counts of all pairs on quotes that name a side."""
    return counts([case for sides in read_sides() for case in swapped_cases(classifier, articles, sides, most)])


def main() -> None:
    """Print a table for every model."""
    parser = make_parser(__doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("models", nargs="*", default=["models/stance-en", "models/attribution-en"])
    parser.add_argument("--most", type=int, default=MOST, help="quotes of a pair that name a side")
    parser.add_argument("--pair", action="append", help="only this pair; may be given more than once")
    parser.add_argument("--around", action="store_true", help="count quotes that stand beside a name too")
    parser.add_argument("--sides", type=Path, default=SIDES, help="another table of names")
    arguments = parser.parse_args()
    pairs = read_sides(arguments.sides)
    if unknown := set(arguments.pair or ()).difference(sides.name for sides in pairs):
        parser.error(f"no pair {sorted(unknown)[0]!r}; available: {', '.join(sides.name for sides in pairs)}")
    articles = dev_articles(arguments.corpora)
    set_threads(arguments.threads)
    for name in arguments.models:
        classifier = load_classifier(name)
        chosen = [sides for sides in pairs if not arguments.pair or sides.name in arguments.pair]
        cases = [
            case
            for sides in chosen
            for case in swapped_cases(classifier, articles, sides, arguments.most, around=arguments.around)
        ]
        print(f"\n**{Path(name).name}**\n\n{table(counts(cases))}", flush=True)


if __name__ == "__main__":
    main()
