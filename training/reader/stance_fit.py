"""Fit and measure the stance that a reader tells.

usage: python -m training.reader.stance_fit CORPORA MODEL [MODEL ...]

prints what every model says of held-out quotes: those of the conflict corpus in their articles, and labelled quotes as
bare texts with the sentence before.  MODEL is a reader or any stance model.

Temperature and biases are fitted on both sets of dev together (of the conflict corpus tune is read too), as if the
three labels were equally frequent; then the probabilities lean toward the shares of news as those of the other stance
models do (training/stance/lean.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from quotestance.evaluation.metrics.calibration import expected_calibration_error
from quotestance.evaluation.metrics.classification import Numbers, balancing_weights, macro_f1_of
from quotestance.stance.calibration import Calibration
from quotestance.stance.classifier import Classifier
from quotestance.stance.loading import load_classifier
from quotestance.stance.marked import bare_texts, texts_of
from quotestance.stance.quotes import stances_of
from quotestance.stance.reader_classifier import ReaderClassifier
from quotestance.stance.shares import BALANCED, Shares
from quotestance.threads import set_threads
from quotestance.training.calibration import fit_calibration
from quotestance.types import STANCES, Article, Stance
from training.cards import head, line, percent
from training.conflict import corpus
from training.fitting import log, make_parser
from training.stance import contexts
from training.stance.data import Row, gold_of, load_pairs, load_triples, project_rows
from training.stance.lean import Judged, best, shares_at, table_of
from training.stance.measures import classify, groups_right, probabilities

SETS = ("dev", "tune", "test", "fresh")


def articles_of(corpora: Path, *splits: str) -> list[Article]:
    """The articles of splits of the conflict corpus."""
    return [corpus.to_article(joined) for split in splits for joined in corpus.load(corpora, split)]


def labels_of(articles: Sequence[Article]) -> Numbers:
    """The labels of the quotes of articles, as indices into STANCES."""
    quotes = (quote for article in articles for quote in article.quotes)
    return np.array([STANCES.index(quote.stance.label) for quote in quotes if quote.stance is not None])


def fit(classifier: ReaderClassifier, corpora: Path) -> ReaderClassifier:
    """The classifier with calibration and prior fitted on dev: labelled quotes, and news of dev and tune."""
    news = articles_of(corpora, *corpus.FITTED)
    rows = [row for row in project_rows(corpora) if row["split"] == "dev"]
    bare = bare_texts([row["text"] for row in rows], [row["context"] for row in rows])
    read = [np.concatenate(classifier.logits(texts)) for texts in (texts_of(news), bare)]
    gold = [labels_of(news), gold_of(rows)]
    temperature, biases = fit_calibration(np.concatenate(read)[:, : len(STANCES)], np.concatenate(gold))
    even = replace(classifier, calibration=Calibration(temperature, tuple(biases.tolist())), prior=None, shares=None)
    told = [[even.calibration.stance(row, None, None) for row in logits] for logits in read]
    judged = [Judged(probabilities(own, BALANCED), labels) for own, labels in zip(told, gold, strict=True)]
    tried = table_of(judged[0], judged[1])
    lean = best(tried)
    shares = shares_at(lean)
    shift = temperature * np.log(shares)
    calibration = Calibration(round(temperature, 4), tuple(np.round(biases + shift - shift.mean(), 4).tolist()))
    prior = {label: round(float(one), 4) for label, one in zip(STANCES, shares, strict=True)}
    log.info("temperature %.3f, biases %s, lean %.1f of %s", temperature, biases.round(3).tolist(), lean, tried)
    return replace(even, calibration=calibration, prior=prior if lean else None)


def settings_of(classifier: ReaderClassifier) -> dict[str, float]:
    """The calibration as a reader's ``decoding`` holds it."""
    biases = {f"stance_bias_{label}": one for label, one in zip(STANCES, classifier.calibration.biases, strict=True)}
    return {"stance_temperature": classifier.calibration.temperature} | biases


def of_news(classifier: Classifier, articles: Sequence[Article]) -> list[Stance]:
    """Stance of all quotes of articles, read where they stand."""
    return [stance for own in stances_of(articles, classifier) for stance in own]


def figures(stances: Sequence[Stance], gold: Numbers, *, as_balanced: bool) -> Row:
    """Macro-F1 and expected calibration error, as the labels fall, or told for labels that are equally frequent."""
    chances = probabilities(stances, BALANCED if as_balanced else None)
    weights = balancing_weights(gold, len(STANCES)) if as_balanced else np.ones(len(gold))
    return {
        "macro_f1": macro_f1_of(gold, chances.argmax(1), len(STANCES), as_balanced=as_balanced),
        "ece": expected_calibration_error(chances.max(1), chances.argmax(1) == gold, weights)[0],
    }


def measured(classifier: Classifier, corpora: Path) -> Row:
    """Every figure of a stance model, by set."""
    found: Row = {}
    for split in SETS:
        articles = articles_of(corpora, split)
        found[f"conflict {split}"] = figures(of_news(classifier, articles), labels_of(articles), as_balanced=False)
    for split in ("dev", "test"):
        rows = [row for row in project_rows(corpora) if row["split"] == split]
        told = classify(classifier, rows)
        found[f"labelled {split}"] = figures(told, gold_of(rows), as_balanced=False)
        found[f"labelled {split}, balanced"] = figures(told, gold_of(rows), as_balanced=True)
    pairs = [row for row in load_pairs() if row["split"] == "pairs"]
    threes = [row for row in load_triples() if row["split"] == "held"]
    for name, rows, column in (("pairs", pairs, "pair"), ("triples", threes, "triple")):
        right = groups_right(probabilities(classify(classifier, rows)), rows, column)
        found[f"{name} ({right.pop('groups')} groups)"] = right
    held = contexts.load_contexts("held")
    found["passages held"] = contexts.figures(held, contexts.answers(classifier, held))
    return found


def table_of_figures(columns: Mapping[str, Row]) -> str:
    """A Markdown table in % of what :func:`measured` gives, a column for each model."""
    (first, *_) = columns.values()
    lines = [head("set", "figure", *columns)]
    for name, figures in first.items():
        lines += [line(name, one, *(percent(column[name][one]) for column in columns.values())) for one in figures]
    return "\n".join(lines)


def told_for(prior: Shares | None) -> str:
    """The sentence of the card on the shares of the labels that probabilities are told for.

    >>> told_for({"escalatory": 0.2, "de-escalatory": 0.1, "neutral": 0.7})
    'By default probabilities are told for the shares 20% escalatory, 10% de-escalatory, 70% neutral.'
    """
    shares = prior or BALANCED
    words = ", ".join(f"{percent(shares[label], 0)}% {label}" for label in STANCES)
    return f"By default probabilities are told for the shares {words}."


def main() -> None:
    """Print the table."""
    parser = make_parser(__doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("models", nargs="+")
    args = parser.parse_args()
    set_threads(args.threads)
    print(table_of_figures({Path(name).name: measured(load_classifier(name), args.corpora) for name in args.models}))


if __name__ == "__main__":
    main()
