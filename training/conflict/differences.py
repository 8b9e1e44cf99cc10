"""Where two readings of the same articles differ, quote by quote, for adjudication.

usage: python -m training.conflict.differences FIRST.jsonl SECOND.jsonl        (Article JSONL, as corpus.py joins it)
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from quotestance.evaluation import read_gold
from quotestance.evaluation.metrics.spans import align
from quotestance.types import Article, Quote


def describe(quote: Quote) -> str:
    """A quote in one line."""
    speaker = quote.speaker
    who = f"{speaker} ({speaker.kind})" if speaker else "nobody"
    told = f" {speaker.role} / {speaker.affiliation} / {speaker.country}" if speaker else ""
    label = quote.stance.label if quote.stance else None
    return f"[{quote.start}] {quote.kind} {label} | {quote.text[:100]!r} | {who}{told}"


def differences(first: Article, second: Article) -> Iterator[str]:
    """What the second reading has otherwise."""
    pairs = align(first, second).soft
    for number, quote in enumerate(first.quotes):
        if number not in pairs:
            yield f"only first  {describe(quote)}"
            continue
        other = second.quotes[pairs[number]]
        if (quote.stance, quote.speaker) != (other.stance, other.speaker):
            yield f"first       {describe(quote)}\n  second    {describe(other)}"
    found = set(pairs.values())
    yield from (f"only second {describe(quote)}" for n, quote in enumerate(second.quotes) if n not in found)


def main() -> None:
    """Print the differences by article."""
    first, second = (read_gold(Path(name)) for name in sys.argv[1:])
    others = {article.id: article for article in second}
    for article in first:
        found = list(differences(article, others[article.id]))
        print(f"# {article.id}: {len(found)} differences of {len(article.quotes)} quotes", *found, sep="\n")


if __name__ == "__main__":
    main()
