"""What reading quotes inside quotes is worth: the quotes that are found, with the nested layer and without it.

usage: python -m training.reader.nested MODEL GOLD [GOLD ...]

GOLD is what ``quotestance evaluate`` takes: Article JSONL as ``training.conflict.corpus`` joins it, or PolNeAR's
``data/dev`` (the first annotator). PolNeAR has hardly any quotes inside quotes, so what is found there counts as wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from quotestance.evaluation import evaluate, read_gold
from quotestance.quotes.finder import QuoteFinder
from quotestance.training.examples import layers_of
from quotestance.types import Article
from training.attribution.dev import find_all
from training.cards import line, percent
from training.fitting import make_measuring_parser, start

F1 = ("quotes.all.end_to_end.f1", "quotes.direct_mixed.end_to_end.f1", "quotes.indirect.end_to_end.f1")
COLUMNS = ("all", "direct + mixed", "indirect", "recall of quotes inside quotes", "recall of others")


def recall(gold: Sequence[Article], found: Sequence[Article]) -> str:
    """Share of the quotes of gold whose content and source are found, in %; ``-`` where gold has none."""
    if not any(article.quotes for article in gold):
        return "-"
    return percent(evaluate(gold, found, draws=0).metrics["quotes"]["all"]["end_to_end"]["recall"] or 0.0)


def rows(gold: Sequence[Article], found: Sequence[Article]) -> Iterator[str]:
    """The lines of a table: with the nested layer, and without it."""
    outer, nested = zip(*map(layers_of, gold), strict=True)
    for name, given in (("with", found), ("without", [layers_of(article)[0] for article in found])):
        report = evaluate(gold, given, draws=0)
        figures = (percent(report.figure(figure) or 0.0) for figure in F1)
        yield line(name, *figures, recall(nested, given), recall(outer, given))


def main() -> None:
    """Print a table for every gold file."""
    args = make_measuring_parser(__doc__).parse_args()
    start(threads=args.threads)
    finder = QuoteFinder.load(args.model)
    for path in args.gold:
        gold = read_gold(path, annotator="first") if path.is_dir() else read_gold(path)
        print(path, line("nested layer", *COLUMNS), *rows(gold, find_all(finder, gold)), sep="\n", flush=True)


if __name__ == "__main__":
    main()
