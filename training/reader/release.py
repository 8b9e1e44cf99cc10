"""Fit a reader's thresholds and confidences on dev, and write it to models/ with its card and metrics.

usage: python -m training.reader.release CHECKPOINT CORPORA models/attribution-en

Thresholds and the confidence of quotes are fitted on PolNeAR dev and the splits dev and tune of the conflict corpus
together, those of quotes inside quotes on the latter two alone, since PolNeAR does not annotate them. Those of people,
and the confidence of speakers, are fitted on the latter two alone too, since conflict news is what the reader is for;
that of stance as stance_fit.py says. ``quotestance evaluate`` on the joined splits prints the card's figures again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from quotestance.evaluation import evaluate, read_gold
from quotestance.evaluation.metrics.speakers import judge
from quotestance.logistic import log_odds
from quotestance.quotes.finder import QuoteFinder
from quotestance.reader.inference import Reading
from quotestance.speakers.notes import Decoding, Notebook, Notes
from quotestance.stance.loading import load_classifier
from quotestance.stance.reader_classifier import ReaderClassifier
from quotestance.types import Article
from training.attribution.dev import find_all, read_all, without_nested
from training.attribution.release import describe, fit_decoder, write_model
from training.conflict import corpus
from training.fitting import log, make_parser, start
from training.reader import people_figures, stance_fit
from training.reader.people import Read, fit_belonging, fit_decoding, fit_doubted, read_people, speakers_of
from training.reader.stance_fit import articles_of


def notes_of(finder: QuoteFinder, articles: Sequence[Article]) -> list[Notes]:
    """What the reader notes of people in articles whose quotes are known, with the checkpoint's thresholds."""
    books = [Notebook(Decoding.of(finder.settings)) for _ in articles]
    for article, book in zip(articles, books, strict=True):
        finder.observe(article, partial(_note, book))
    return [book.notes() for book in books]


def _note(book: Notebook, _: int, reading: Reading) -> None:
    book.add(reading)


def fit_confidence(read: Sequence[Read], decoding: Decoding) -> Decoding:
    """The logistic function of the confidence that kind and name of a speaker are right."""
    odds, right = [], []
    plain = replace(decoding, intercept=0.0, slope=1.0)
    for one in read:
        found = speakers_of(one, plain)
        for quote, answer in zip(one.gold.quotes, found.quotes, strict=True):
            if quote.source is None or quote.speaker is None or answer.speaker is None:
                continue
            odds.append(log_odds(answer.speaker.confidence or 0.0))
            right.append(bool(judge(one.gold, quote.speaker, answer.speaker)["speaker"]))
    model = LogisticRegression(C=10.0).fit(np.array(odds)[:, None], right)
    return replace(decoding, intercept=float(model.intercept_[0]), slope=float(model.coef_[0, 0]))


def fit_people(finder: QuoteFinder, conflict: Sequence[Article]) -> Decoding:
    """How the reader's answers on people are decoded."""
    read = read_people(finder, conflict)
    decoding = fit_doubted(read, fit_decoding(read, Decoding()))
    return fit_confidence(read, fit_belonging(read, decoding))


def show(name: str, gold: Sequence[Article], predicted: Sequence[Article]) -> None:
    """Log the headline figures of a set."""
    figures = evaluate(gold, predicted, draws=0).headline()
    log.info("%s: %s", name, ", ".join(f"{key} {value:.3f}" for key, value in figures.items()))


def main() -> None:
    """Tune, calibrate, write."""
    parser = make_parser(__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    start(threads=args.threads)
    polnear = read_gold(args.corpora / "polnear" / "data" / "dev", annotator="first")
    conflict = articles_of(args.corpora, *corpus.FITTED)
    finder = QuoteFinder.load(args.checkpoint, precision="float32")  # its weights are written
    read = [*without_nested(read_all(finder, polnear)), *read_all(finder, conflict)]
    fitted, calibration = fit_decoder([*polnear, *conflict], read)
    decoding = fit_people(finder, conflict)
    settings = {**fitted, **decoding.to_settings()}
    if finder.reads_stance:
        own = ReaderClassifier.over(finder.model, finder.tokenizer, args.checkpoint, precision="float32")
        told = stance_fit.fit(own, args.corpora)
        settings |= stance_fit.settings_of(told)
        finder.model.config.stance_prior = None if told.prior is None else dict(told.prior)
    write_model(finder, settings, args.checkpoint, args.out)
    released = QuoteFinder.load(args.out)
    found = find_all(released, polnear)
    stance: dict[str, Any] = {}
    if finder.reads_stance:
        figures = stance_fit.measured(load_classifier(args.out), args.corpora)
        table = stance_fit.table_of_figures({args.out.name: figures})
        stance = {"stance": figures, "stance_table": f"{table}\n\n{stance_fit.told_for(told.prior)}"}
    report = evaluate(polnear, found, slices=["kind", "cue_position", "source_form"])
    people = people_figures.measured(args.out, args.corpora)
    describe(
        report, calibration, settings, args.out, people=people, people_table=people_figures.tables(people), **stance
    )
    show("PolNeAR dev", polnear, found)


if __name__ == "__main__":
    main()
