"""Calibrate a stance checkpoint, and write it to models/ with its card and metrics.

    python -m training.stance.release CHECKPOINT CORPORA_DIR models/stance-en --recipe "How it was trained." [--half]
        [--lean 0.4] [--swaps 100]

Temperature and biases are fitted on dev as if the labels were equally frequent (quotestance.training.calibration),
then the lean of the probabilities toward the shares of news (lean.py; ``--lean`` sets it). Weights are stored as int8
by row, with ``--half`` as float16; the card shows what either costs. All figures are on quotes from documents that no
label of training came from (measures.py has them): labelled quotes, those of the conflict corpus, our own pairs and
passages that were held out, and dev quotes with their sides swapped (swaps.py, about ``--swaps`` of each pair; 0 for
none). Those "with labels equally frequent" weigh each quote by the inverse frequency of its label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from quotestance.evaluation.metrics.classification import Numbers, macro_f1_of
from quotestance.quotes.assembly import QuotedText
from quotestance.stance.classifier import StanceClassifier
from quotestance.stance.quotes import context_of
from quotestance.stance.utterance import ContextOf, sentence_before
from quotestance.text import quotations
from quotestance.training.calibration import calibrate
from quotestance.types import STANCES, Article, Span, Stance
from training.cards import write_card, write_metrics
from training.conflict import corpus
from training.fitting import log, make_parser, start, store
from training.stance import contexts, lean, swaps
from training.stance.card import card_values
from training.stance.data import (
    Row,
    bare,
    gold_of,
    load_items,
    load_pairs,
    load_triples,
    our_quotes,
    project_rows,
    texts,
)
from training.stance.floors import floors
from training.stance.lean import Judged
from training.stance.measures import (
    classify,
    conditionals,
    describe,
    groups_right,
    probabilities,
    shares_of,
)
from training.stance.news import news_rows

CARD = Path(__file__).with_name("card.md")

PICKED = frozenset(("lm-f", "lm-g", "lm-h"))
"""Annotators whose quotes a keyword model picked for being hard (labels/README.md)."""

NEWS_COLUMNS = {"kinds": "kind", "files": "file", "wars": "war", "speakers": "speaker"}
"""The slices of the conflict corpus, and what they go by."""

SWAPS = 100
"""Dev quotes of each pair of sides that are swapped."""

MISTAKES = 10
"""Invented quotes that the card shows as wrong, of different families."""


@dataclass(frozen=True, slots=True)
class Sets:
    """What a model is fitted to and measured on.

    Args:
        labels: The labelled quotes, with the columns that they are reported by.
        news: The quotes of the conflict corpus.
        pairs: Our own minimal pairs, those that were held out.
        triples: Our own quotes in threes, those that were held out.
        passages: Our own quotes in passages, those that were held out.
        training: All that a model may learn from, for the floors.
        written: Quotes of our own writing among it.
        swapped: Dev articles whose sides are swapped.
    """

    labels: list[Row]
    news: list[Row]
    pairs: list[Row]
    triples: list[Row]
    passages: list[Row]
    training: list[Row]
    written: int
    swapped: list[Article]

    @classmethod
    def read(cls, corpora: Path, before: ContextOf) -> Sets:
        """From the corpora and the files beside this one; ``before`` gives what stands before a quote of news."""
        return cls(
            read_items(corpora),
            news_rows(corpora, before),
            [row for row in load_pairs() if row["split"] == "pairs"],
            [row for row in load_triples() if row["split"] == "held"],
            contexts.load_contexts("held"),
            project_rows(corpora),
            sum(row["split"] == "train" for row in our_quotes()),
            swaps.dev_articles(corpora),
        )


def of(rows: Sequence[Row], split: str) -> list[Row]:
    """The rows of a split."""
    return [row for row in rows if row["split"] == split]


def fit_to(classifier: StanceClassifier, rows: Sequence[Row]) -> StanceClassifier:
    """The classifier with temperature and biases fitted on held-out quotes, read with and without their context."""
    plain = replace(classifier, temperature=1.0, prior=None, shares=None)
    read = [*classify(plain, rows), *classify(plain, bare(rows))]
    calibrate(plain.model, np.log(np.clip(probabilities(read), 1e-9, 1)), np.tile(gold_of(rows), 2))
    return replace(plain, temperature=plain.model.config.stance_temperature)


def leans(classifier: StanceClassifier, sets: Sets) -> list[Row]:
    """The figures at every lean: labelled quotes of dev, and news of dev and tune."""
    news = [row for split in corpus.FITTED for row in of(sets.news, split)]
    labels = of(sets.labels, "dev")
    return lean.table_of(Judged.of(classify(classifier, news), news), Judged.of(classify(classifier, labels), labels))


def read_items(corpora: Path) -> list[Row]:
    """The labelled quotes with the columns that they are reported by."""
    documents, _ = texts(corpora)
    quoted = {place: QuotedText(text, quotations(text)) for place, text in documents.items()}
    rows = []
    for item in load_items(corpora):
        inside = quoted.get((item.source, item.path))
        start, end = (item.start, item.end) if inside else (0, len(item.text))
        inside = inside or QuotedText(item.text, quotations(item.text))
        rows.append(
            {
                **{"text": item.text, "label": item.label, "split": item.split, "conditional": item.conditional},
                **{"source": item.source, "document": (item.source, item.path), "hard_case": item.hard_case},
                "context": sentence_before(item.before, len(item.before)),
                "kind": inside.kind([Span.of(inside.text, start, end)]),
                "is_picked": not PICKED.isdisjoint(item.annotators),
            }
        )
    return rows


def floor_scores(guesses: dict[str, Numbers], gold: Numbers, *, as_balanced: bool = False) -> dict[str, float]:
    """Macro-F1 of what a model has to beat."""
    return {name: macro_f1_of(gold, guess, len(STANCES), as_balanced=as_balanced) for name, guess in guesses.items()}


def mistakes(rows: Sequence[Row], stances: Sequence[Stance]) -> list[Row]:
    """Of invented quotes in passages those that a model is surest of and wrong about, one of each family."""
    wrong: dict[str, Row] = {}
    judged = sorted(zip(rows, stances, strict=True), key=lambda one: -one[1].confidence)
    for row, stance in judged:
        if stance.label != row["label"]:
            text, start, end = row["text"], row["start"], row["end"]
            marked = f"{text[:start]}*{text[start:end]}*{text[end:]}"
            said = {"said": stance.label, "confidence": stance.confidence}
            wrong.setdefault(row["case"], {"case": row["case"], "text": marked, "label": row["label"], **said})
    return list(wrong.values())[:MISTAKES]


def measure(full: StanceClassifier, stored: StanceClassifier, sets: Sets, *, swapped: int = SWAPS) -> Row:
    """Every figure of a model.

    Args:
        full: The model before its weights were reduced.
        stored: The model as it is shipped.
        sets: What it is measured on.
        swapped: Dev quotes of each pair of sides that are swapped.
    """
    dev, test, news = of(sets.labels, "dev"), of(sets.labels, "test"), of(sets.news, "test")
    told, of_news, in_pairs = (classify(stored, rows) for rows in (test, news, sets.pairs))
    gold, shares, guesses = gold_of(test), shares_of(dev), floors(sets.training, test)
    return {
        "train": len(of(sets.labels, "train")),
        "written": sets.written,
        "documents": len({row["document"] for row in test}),
        "picked": float(np.mean([row["is_picked"] for row in test])),
        "parameters": sum(weight.numel() for weight in full.model.parameters()),  # packed weights are none
        "temperature": stored.temperature,
        "shares_of_dev": dict(zip(STANCES, shares.tolist(), strict=True)),
        "dev": describe(classify(stored, dev), dev, shares),
        "test": describe(told, test, shares),
        "test_without_context": describe(classify(stored, bare(test)), test, shares),
        "test_float": macro_f1_of(gold, probabilities(classify(full, test)).argmax(1), len(STANCES)),
        "news": describe(of_news, news, shares, NEWS_COLUMNS),
        "leans": lean.table_of(Judged.of(of_news, news), Judged.of(told, test)),
        "pairs": groups_right(probabilities(in_pairs), sets.pairs, "pair"),
        "triples": groups_right(probabilities(classify(stored, sets.triples)), sets.triples, "triple"),
        "conditional": {
            name: conditionals(stances, rows)
            for name, stances, rows in (("test", told, test), ("news", of_news, news), ("pairs", in_pairs, sets.pairs))
        },
        "floors": floor_scores(guesses, gold),
        "floors_balanced": floor_scores(guesses, gold, as_balanced=True),
        **measure_passages(stored, sets.passages),
        "swaps": swaps.measured(stored, sets.swapped, swapped),
    }


def measure_passages(stored: StanceClassifier, rows: Sequence[Row]) -> Row:
    """The figures on our own quotes in passages, and what is wrong there."""
    stances = contexts.answers(stored, rows)
    return {"contexts": contexts.figures(rows, stances), "mistakes": mistakes(rows, stances)}


def released(
    classifier: StanceClassifier, sets: Sets, out: Path, *, as_half: bool, at: float | None
) -> tuple[StanceClassifier, Row]:
    """Fit a classifier to dev and store it.

    Args:
        classifier: As it was trained.
        sets: What it is fitted to.
        out: Folder of the model.
        as_half: Store float16 instead of int8.
        at: The lean; ``None`` for the best one.

    Returns:
        The classifier in full precision, and the figures of all leans.
    """
    even = fit_to(classifier, of(sets.labels, "dev"))
    tried = leans(even, sets)
    found = lean.best(tried)
    chosen = found if at is None else at
    full = lean.lean_toward_news(even, chosen)
    store(full.model, full.tokenizer, out, as_half=as_half)
    shares = dict(zip(STANCES, lean.shares_at(chosen).tolist(), strict=True))
    return full, {"chosen": chosen, "best": found, "shares": shares, "dev": tried}


def main() -> None:
    """Fit, store, measure, write."""
    parser = make_parser(__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--recipe", required=True, help="how the checkpoint was trained, for the card")
    parser.add_argument("--half", action="store_true")
    parser.add_argument("--lean", type=float, choices=lean.LEANS, help="of the probabilities toward the shares of news")
    parser.add_argument("--swaps", type=int, default=SWAPS, help="quotes of each pair of sides that are swapped")
    args = parser.parse_args()
    start(threads=args.threads)
    trained = StanceClassifier.load(args.checkpoint, precision="float32")
    sets = Sets.read(args.corpora, context_of(trained))
    full, leaned = released(trained, sets, args.out, as_half=args.half, at=args.lean)
    metrics = measure(full, StanceClassifier.load(args.out), sets, swapped=args.swaps)
    metrics["lean"] = leaned | {"test": metrics.pop("leans")}
    write_metrics(metrics, args.out)
    write_card(CARD, args.out, name=args.out.name, recipe=args.recipe, **card_values(metrics, args.out))
    for part in ("dev", "test", "news"):
        log.info("%s %.3f balanced %s", part, metrics[part]["macro_f1"], metrics[part]["balanced"])
    log.info("float %.3f ece %.3f pairs %s", metrics["test_float"], metrics["test"]["ece"], metrics["pairs"])
    log.info("labels %s floors %s", metrics["test"]["labels"], metrics["floors"])
    log.info(
        "lean %.1f news ece %.3f swaps %s", leaned["chosen"], metrics["news"]["ece_as_they_fall"], metrics["swaps"][-1]
    )


if __name__ == "__main__":
    main()
