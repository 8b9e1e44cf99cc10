"""How often PolNeAR's annotators agree with what quotestance.quotes.grouping takes for certain, from gold alone.

    python -m training.attribution.rules POLNEAR_DIR/data

Of every two passages in quotation marks that follow each other on a line and that annotators took for quotes: are they
one quote, where the second goes on with the first one's sentence in lower case; are they two, where a second cue stands
right before the second?
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from quotestance.evaluation import read_gold
from quotestance.text import Quotation, quotations
from quotestance.types import Article
from training.cards import table

BETWEEN_HALVES = re.compile(r",?\W{0,3}\s[^.?!\n\"“”]{3,160},\s\W{0,2}")
ADDRESSED = re.compile(r"(?:\s(?:her|him|them|me|us|it|reporters|[A-Z]\w+(?: [A-Z]\w+)?))?[,:]?\s?")
FARTHEST = 300
"""Characters between two passages that are compared."""


def quote_of(article: Article, passage: Quotation) -> int | None:
    """The number of the annotated quote that holds most of a passage."""
    covered = {
        number: sum(
            max(0, min(span.end, passage.inner_end) - max(span.start, passage.inner_start)) for span in quote.content
        )
        for number, quote in enumerate(article.quotes)
    }
    best = max(covered, key=lambda number: covered[number], default=None)
    return best if best is not None and 2 * covered[best] >= passage.inner_end - passage.inner_start else None


def goes_on(text: str, first: Quotation, second: Quotation) -> bool:
    """Whether a passage ends in a comma and the next one goes on in lower case."""
    halved = BETWEEN_HALVES.fullmatch(text, first.inner_end, second.inner_start) is not None
    return halved and "," in text[first.inner_end - 1 : first.inner_end + 1] and text[second.inner_start].islower()


def has_second_cue(article: Article, first: Quotation, second: Quotation) -> bool:
    """Whether two cues stand between two passages, the last right before the second."""
    cues = {(q.cue.start, q.cue.end) for q in article.quotes if q.cue and first.end <= q.cue.start}
    between = sorted(cue for cue in cues if cue[1] <= second.start)
    near = [cue for cue in between if ADDRESSED.fullmatch(article.text, cue[1], second.start)]
    return len(between) > 1 and bool(near)


def verdicts(articles: list[Article]) -> Iterator[tuple[str, bool]]:
    """For every pair that a rule speaks of, the rule and whether the two are one quote."""
    for article in articles:
        passages = [passage for passage in quotations(article.text) if not passage.depth]
        held = [(passage, quote_of(article, passage)) for passage in passages]
        for (first, one), (second, other) in pairwise(held):
            gap = article.text[first.end : second.start]
            if one is None or other is None or "\n" in gap or len(gap) > FARTHEST:
                continue
            if goes_on(article.text, first, second):
                yield "goes on in mid-sentence", one == other
            if has_second_cue(article, first, second):
                yield "second cue right before", one == other


def main() -> None:
    """Print the counts."""
    articles = [
        article for split in ("train", "dev") for article in read_gold(Path(sys.argv[1]) / split, annotator="first")
    ]
    counts = Counter(verdicts(articles))
    rules = sorted({rule for rule, _ in counts})
    rows = [(rule, counts[rule, True], counts[rule, False]) for rule in rules]
    print(table(("rule", "one quote", "two quotes"), *rows))


if __name__ == "__main__":
    main()
