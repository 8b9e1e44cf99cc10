"""What a stance model thinks of the quotes that the reader learns: a teacher's answers, beside labels or alone.

    python -m training.reader.teach CORPORA models/stance-en SOFT.jsonl [--polnear 0.3] [--invented 1]

asks the teacher about every labelled quote that the reader may read in training, those of invented articles in a share
of these, and about the quotes of a share of PolNeAR's articles, which have no label; ``training.reader.train --soft
SOFT.jsonl`` mixes its answers with the labels.
A line has the key of an article and, for every quote in order, the probabilities of STANCES and of ``conditional``.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from quotestance.evaluation import read_gold
from quotestance.stance.loading import load_classifier
from quotestance.stance.quotes import stances_of
from quotestance.stance.shares import BALANCED
from quotestance.types import STANCES, Article, Quote, Stance
from training.conflict import corpus, invented
from training.fitting import SEED, log, make_parser, start
from training.reader.stances import labelled_documents, our_passages
from training.stance.data import read_jsonl

TRUSTED = 0.3
"""Share of the teacher's answer in what is learned of a quote that has a label."""

AT_ONCE = 200
Answers = dict[str, list[list[float]]]


def key_of(article: Article) -> str:
    """What tells an article with its quotes from others."""
    places = [(quote.start, quote.end) for quote in article.quotes]
    return hashlib.sha256(f"{article.text}{places}".encode(errors="replace")).hexdigest()[:20]


def read_answers(path: Path) -> Answers:
    """The answers of a file by the key of their article."""
    return {row["key"]: row["soft"] for row in read_jsonl(path)}


def taught(article: Article, answers: Answers) -> Article:
    """The article with the teacher's answers in the stances of its quotes, where the teacher was asked."""
    known = answers.get(key_of(article))
    if known is None:
        return article
    quotes = (_taught(quote, answer) for quote, answer in zip(article.quotes, known, strict=True))
    return article.replace(quotes=tuple(quotes))


def _taught(quote: Quote, answer: Sequence[float]) -> Quote:
    *chances, conditional = answer
    if quote.stance is not None:
        own = quote.stance.probabilities
        chances = [TRUSTED * one + (1 - TRUSTED) * own[name] for name, one in zip(STANCES, chances, strict=True)]
        conditional = quote.stance.conditional or 0.0
    whole = sum(chances)
    told = {name: one / whole for name, one in zip(STANCES, chances, strict=True)}
    return replace(quote, stance=Stance(told, conditional))


def asked(corpora: Path, share: float, of_invented: float) -> list[Article]:
    """The articles whose quotes the teacher is asked about: of PolNeAR's and of the invented ones these shares."""
    ours = invented.load()
    written = random.Random(SEED).sample(ours, round(of_invented * len(ours)))
    news = [corpus.to_article(one) for one in (*corpus.load(corpora, "train"), *written)]
    politics = read_gold(corpora / "polnear" / "data" / "train", annotator="first")
    others = random.Random(SEED).sample(politics, round(share * len(politics)))
    return [*news, *our_passages(), *labelled_documents(corpora), *others]


def _numbers(stance: Stance) -> list[float]:
    return [round(stance.probabilities[name], 4) for name in STANCES] + [round(stance.conditional or 0.0, 4)]


def main() -> None:
    """Ask and write."""
    parser = make_parser(__doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("teacher", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--polnear", type=float, default=0.3, help="share of its articles")
    parser.add_argument("--invented", type=float, default=1.0, help="share of these articles")
    args = parser.parse_args()
    start(threads=args.threads)
    teacher = load_classifier(args.teacher, shares=BALANCED)
    articles = asked(args.corpora, args.polnear, args.invented)
    with args.out.open("w", encoding="utf-8") as out:
        for first in range(0, len(articles), AT_ONCE):
            part = articles[first : first + AT_ONCE]
            for article, told in zip(part, stances_of(part, teacher), strict=True):
                out.write(json.dumps({"key": key_of(article), "soft": [_numbers(stance) for stance in told]}) + "\n")
            log.info("%d of %d articles", first + len(part), len(articles))


if __name__ == "__main__":
    main()
