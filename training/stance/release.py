"""Calibrate a stance model that reads articles, and write it to models/ with its card and metrics.

    python -m training.stance.release CHECKPOINT CORPORA models/stance-en --recipe "How it was trained."

Weights are stored as int8 by row. All figures are on quotes from documents that no label of training came from
(measures.py has them): the labelled quotes of the documents, read in their article and after no more than the sentence
before, and every quote of the conflict corpus's test split. Temperature and biases are fitted on the dev splits of
both, the biases leaning toward the shares of news as far as serves both measures on dev.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from quotestance.checkpoints import as_int8, write_weights
from quotestance.evaluation.metrics.calibration import expected_calibration_error
from quotestance.evaluation.metrics.classification import Numbers, balancing_weights, macro_f1_of
from quotestance.quotes.assembly import QuotedText
from quotestance.stance.article_classifier import ArticleClassifier, Text
from quotestance.stance.logits import softmax
from quotestance.stance.utterance import sentence_before
from quotestance.text import quotations
from quotestance.types import STANCES, Span, Stance
from training.cards import interval, percent, table, write_card, write_metrics
from training.fitting import floating, log, make_parser, start
from training.stance import passages as data
from training.stance.data import Item, Row, gold_of, load_items, load_pairs, load_written, project_rows, texts
from training.stance.floors import floors
from training.stance.measures import classify, conditionals, describe, pairs_right, probabilities, shares_of
from training.stance.passages import Passage
from training.stance.temperature import fit_calibration

CARD = Path(__file__).with_name("card.md")

PICKED = frozenset(("lm-f", "lm-g", "lm-h"))
"""Annotators whose quotes a keyword model picked for being hard (labels/README.md)."""

LEANS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""How far the biases may lean from labels that are equally frequent (0) to the shares of news (1)."""

AT_ONCE = 50

Probabilities = npt.NDArray[np.float64]


def in_articles(classifier: ArticleClassifier, passages: Sequence[Passage]) -> list[Stance]:
    """Stance of the labelled quotes of passages, in their order; all quotes of a passage are marked."""
    found: list[Stance] = []
    for first in range(0, len(passages), AT_ONCE):
        given: list[Text] = []
        for passage in passages[first : first + AT_ONCE]:
            asked = [number for number, one in enumerate(passage.targets) if one.label is not None]
            given.append((passage.text, [one.marked for one in passage.targets], asked, None))
        found += [stance for stances in classifier.classify_marked(given) for stance in stances]
    return found


def rows_of(passages: Sequence[Passage], columns: Sequence[str] = ()) -> list[Row]:
    """A row with label and document for every labelled quote of passages, in their order."""
    return [
        {
            **{"label": STANCES[one.label], "conditional": one.conditional, "document": passage.key},
            **dict.fromkeys(columns, "all"),
        }
        for passage in passages
        for one in passage.targets
        if one.label is not None
    ]


def item_row(item: Item, document: str | None) -> Row:
    """A labelled quote with the columns that it is reported by."""
    start, end = (item.start, item.end) if document else (0, len(item.text))
    text = document or item.text
    inside = QuotedText(text, quotations(text))
    return {
        **{"text": item.text, "label": item.label, "split": item.split, "conditional": item.conditional},
        **{"source": item.source, "document": (item.source, item.path), "hard_case": item.hard_case},
        "context": sentence_before(item.before, len(item.before)),
        "kind": inside.kind([Span.of(inside.text, start, end)]),
        "is_picked": not PICKED.isdisjoint(item.annotators),
    }


def item_rows(corpora: Path, split: str) -> list[Row]:
    """The labelled quotes of a split, in the order in which label_passages has them: document by document."""
    documents, _ = texts(corpora)
    grouped: dict[tuple[str, str], list[Row]] = {}
    for item in load_items(corpora):
        if item.split == split:
            place = (item.source, item.path)
            grouped.setdefault(place, []).append(item_row(item, documents.get(place)))
    return [row for rows in grouped.values() for row in rows]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A calibrated classifier, what it says of the dev splits, and what every lean toward news does there."""

    classifier: ArticleClassifier
    on_dev: Probabilities
    on_news_dev: Probabilities
    lean: float
    leans: list[Row]


def fit_to(classifier: ArticleClassifier, sets: dict[str, list[Passage]]) -> Fitted:
    """The classifier with temperature and biases fitted on the dev splits of labels and conflict corpus.

    First for labels that are equally frequent, then leaning toward the shares of news as far as is best for the mean of
    two figures on dev: macro-F1 of the labels with all equally frequent, and of the conflict corpus as quotes fall.
    """
    plain = replace(classifier, temperature=1.0, biases=(0.0,) * len(STANCES))
    logits = [np.log(np.clip(probabilities(in_articles(plain, sets[name])), 1e-9, 1)) for name in ("dev", "news_dev")]
    gold = [gold_of(rows_of(sets[name])) for name in ("dev", "news_dev")]
    temperature, biases = fit_calibration(np.concatenate(logits), np.concatenate(gold))
    toward = temperature * np.log(shares_of(rows_of(sets["news_train"])))
    leans = [_lean(lean, logits, gold, biases + lean * toward, temperature) for lean in LEANS]
    best = max(leans, key=lambda one: one["mean"])
    bias = biases + best["lean"] * toward
    bias -= bias.mean()
    decoding = {"temperature": round(temperature, 4)}
    decoding |= {f"bias_{label}": round(float(one), 4) for label, one in zip(STANCES, bias, strict=True)}
    classifier.model.config.decoding = decoding
    fitted = tuple(decoding[f"bias_{label}"] for label in STANCES)
    told = [softmax((one + np.array(fitted)) / decoding["temperature"]) for one in logits]
    calibrated = replace(plain, temperature=decoding["temperature"], biases=fitted)
    return Fitted(calibrated, told[0], told[1], best["lean"], leans)


def _lean(
    lean: float, logits: Sequence[Probabilities], gold: Sequence[Numbers], biases: Probabilities, temperature: float
) -> Row:
    """The figures of a lean on dev."""
    labels, news = (softmax((one + biases) / temperature) for one in logits)
    balanced = macro_f1_of(gold[0], labels.argmax(1), len(STANCES), as_balanced=True)
    natural = macro_f1_of(gold[1], news.argmax(1), len(STANCES))
    error, _ = expected_calibration_error(
        labels.max(1), labels.argmax(1) == gold[0], balancing_weights(gold[0], len(STANCES))
    )
    on_news, _ = expected_calibration_error(news.max(1), news.argmax(1) == gold[1])
    figures = {"balanced": balanced, "natural": natural, "mean": (balanced + natural) / 2}
    return {"lean": lean, **figures, "ece_balanced": error, "ece_natural": on_news}


def store(classifier: ArticleClassifier, out: Path) -> None:
    """Write a model with its weights as int8."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    write_weights(as_int8(floating(classifier.model.state_dict())), out)
    config = classifier.model.config
    config.encoder.pop("_name_or_path", None)
    config.save_pretrained(out)
    classifier.tokenizer.save_pretrained(out)
    settings = json.loads((out / "config.json").read_text())
    settings.pop("_name_or_path", None)
    (out / "config.json").write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n")


def slice_table(name: str, slices: Row) -> str:
    """Slices with how many of their quotes have each label."""
    columns = (name, "quotes", "escalatory / de-escalatory / neutral", "macro-F1", "95% interval")
    lines = (
        (value, one["count"], " / ".join(map(str, one["labels"])), percent(one["macro_f1"]), interval(one["interval"]))
        for value, one in slices.items()
    )
    return table(columns, *lines)


def label_table(test: Row) -> str:
    """Every label, as the quotes fall and with labels equally frequent."""
    columns = ("label", "precision", "recall", "F1", "quotes", "F1, labels equally frequent")
    lines = (
        (
            label,
            *(percent(f[key]) for key in ("precision", "recall")),
            f"{percent(f['f1'])} ({interval(test['f1_interval'][label])})",
            f["support"],
            f"{percent(test['balanced']['f1'][label])} ({interval(test['balanced']['f1_interval'][label])})",
        )
        for label, f in test["labels"].items()
    )
    return table(columns, *lines)


def curve_table(curve: Sequence[Row]) -> str:
    """What abstaining leaves."""
    columns = ("coverage", "accuracy", "macro_f1")
    lines = ((f"{one['least']:.1f}", *(percent(one[column]) for column in columns)) for one in curve)
    return table(("abstain below", "% answered", "% right", "macro-F1"), *lines)


def lean_table(leans: Sequence[Row]) -> str:
    """What each lean toward the shares of news does on dev."""
    columns = ("natural", "balanced", "ece_natural", "ece_balanced")
    lines = ((f"{one['lean']:.1f}", *(percent(one[column]) for column in columns)) for one in leans)
    names = (
        "lean",
        "conflict news as it falls",
        "labels equally frequent",
        "error, as it falls",
        "error, equally frequent",
    )
    return table(names, *lines)


def confusion_table(cells: Sequence[Sequence[int]]) -> str:
    """A confusion matrix with its labels."""
    lines = ((label, *row) for label, row in zip(STANCES, cells, strict=True))
    return table(("gold \\ predicted", *STANCES), *lines)


def card_values(metrics: Row, out: Path) -> Row:
    """What the card says, by the names in its template."""
    test, news, config = metrics["test"], metrics["news_test"], json.loads((out / "config.json").read_text())
    encoder = config["encoder"]
    return {
        "kind": encoder["model_type"],
        "layers": encoder["num_hidden_layers"],
        "width": encoder["hidden_size"],
        "window": config["window"],
        "parameters": f"{metrics['parameters'] / 1e6:.0f}",
        "size": f"{sum(file.stat().st_size for file in out.glob('*.safetensors')) / 1e6:.0f}",
        **{name: metrics[name] for name in ("train", "train_news", "written", "documents")},
        "quotes": test["quotes"],
        "picked": percent(metrics["picked"], 0),
        **{f"{floor}_f1": percent(score) for floor, score in metrics["floors"].items()},
        **{f"{floor}_balanced": percent(score) for floor, score in metrics["floors_balanced"].items()},
        "pairs": percent(metrics["pairs"]["all_right"], 0),
        "groups": metrics["pairs"]["groups"],
        "conditional": ", ".join(
            f"{percent(metrics['conditional'][key]['f1'], 0)} on {words} ({metrics['conditional'][key]['support']})"
            for key, words in (("test", "the test quotes"), ("pairs", "the pairs"))
        ),
        "lean": f"{metrics['lean']:.1f}",
        "leans": lean_table(metrics["leans"]),
        "news_quotes": news["quotes"],
        "news_f1": percent(news["macro_f1"]),
        "news_interval": interval(news["interval"]),
        "news_labels": label_table(news),
        "news_confusion": confusion_table(news["confusion"]),
        "news_ece": f"{news['ece_as_they_fall']:.3f}",
        "news_dev_f1": percent(metrics["news_dev"]["macro_f1"]),
        **score_values(metrics),
        **calibration_values(metrics),
    }


def score_values(metrics: Row) -> Row:
    """The card's scores on labelled quotes: by what is read around them, label, hard case, source and kind."""
    test, hard = metrics["test"], metrics["test"]["all_hard_cases"]
    readings = {"alone": metrics["test_with_sentence"]}
    return {
        "f1": percent(test["macro_f1"]),
        "f1_interval": interval(test["interval"]),
        "balanced": percent(test["balanced"]["macro_f1"]),
        "balanced_interval": interval(test["balanced"]["interval"]),
        **{f"{name}_f1": percent(one["macro_f1"]) for name, one in readings.items()},
        **{f"{name}_balanced": percent(one["balanced"]["macro_f1"]) for name, one in readings.items()},
        "labels": label_table(test),
        "confusion": confusion_table(test["confusion"]),
        "hard": percent(hard["macro_f1"]),
        "hard_interval": interval(hard["interval"]),
        "hard_count": hard["count"],
        "cases": slice_table("hard case", test["hard_cases"]),
        "sources": slice_table("source", test["sources"]),
        "kinds": slice_table("kind", test["kinds"]),
    }


def calibration_values(metrics: Row) -> Row:
    """The card's figures on calibration and abstaining."""
    test, news = metrics["test"], metrics["news_test"]
    bins = (
        (f"{b['from']:.2f}", b["count"], f"{b['confidence']:.2f}", f"{b['right']:.2f}") for b in test["reliability"]
    )
    return {
        "temperature": metrics["decoding"]["temperature"],
        "ece": f"{test['ece']:.3f}",
        "fallen_ece": f"{test['ece_as_they_fall']:.3f}",
        "bins": table(("confidence from", "quotes", "mean confidence", "share right"), *bins),
        "curve": curve_table(test["risk_coverage"]),
        "news_curve": curve_table(news["risk_coverage_as_they_fall"]),
    }


def measured(stances: Sequence[Stance], rows: Sequence[Row], shares: Any) -> Row:
    """Every figure on one set of quotes."""
    return describe(probabilities(stances), rows, shares)


def measure(stored: ArticleClassifier, fitted: Fitted, corpora: Path, sets: dict[str, list[Passage]]) -> Row:
    """Every figure of a model; on dev before its weights were reduced."""
    shares = shares_of(rows_of(sets["news_train"]))
    dev, test = (item_rows(corpora, split) for split in ("dev", "test"))
    pairs = [row for row in load_pairs() if row["split"] == "pairs"]
    in_pairs, in_test = classify(stored, pairs), in_articles(stored, sets["test"])
    gold = gold_of(test)
    assert gold.tolist() == gold_of(rows_of(sets["test"])).tolist()
    guesses = floors(project_rows(corpora), test)
    news = {name: rows_of(sets[name], ("hard_case", "source", "kind")) for name in ("news_dev", "news_test")}
    return {
        "train": sum(item.split == "train" for item in load_items(corpora)),
        "train_news": len(rows_of(sets["news_train"])),
        "written": sum(row["split"] == "train" for row in load_pairs()) + len(load_written()),
        "documents": len({row["document"] for row in test}),
        "picked": float(np.mean([row["is_picked"] for row in test])),
        "parameters": sum(weight.numel() for weight in stored.model.parameters()),
        "decoding": stored.model.config.decoding,
        "lean": fitted.lean,
        "leans": fitted.leans,
        "dev": describe(fitted.on_dev, dev, shares),
        "news_dev": describe(fitted.on_news_dev, news["news_dev"], shares),
        "test": measured(in_test, test, shares),
        "test_with_sentence": measured(classify(stored, test), test, shares),
        "news_test": measured(in_articles(stored, sets["news_test"]), news["news_test"], shares),
        "pairs": pairs_right(probabilities(in_pairs), pairs),
        "conditional": {"test": conditionals(in_test, test), "pairs": conditionals(in_pairs, pairs)},
        "floors": floor_scores(guesses, gold),
        "floors_balanced": floor_scores(guesses, gold, as_balanced=True),
    }


def floor_scores(guesses: dict[str, Numbers], gold: Numbers, *, as_balanced: bool = False) -> dict[str, float]:
    """Macro-F1 of what a model has to beat."""
    return {name: macro_f1_of(gold, guess, len(STANCES), as_balanced=as_balanced) for name, guess in guesses.items()}


def passages_by_use(corpora: Path) -> dict[str, list[Passage]]:
    """The passages that a model is fitted to and measured on."""
    labels, news = list(data.label_passages(corpora, {})), list(data.conflict_passages(corpora))
    return {
        **{split: [one for one in labels if one.split == split] for split in ("dev", "test")},
        **{f"news_{split}": [one for one in news if one.split == split] for split in ("train", "dev", "test")},
    }


def main() -> None:
    """Store, calibrate, measure, write."""
    parser = make_parser(__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--recipe", required=True, help="how the checkpoint was trained, for the card")
    args = parser.parse_args()
    start(threads=args.threads)
    sets = passages_by_use(args.corpora)
    fitted = fit_to(ArticleClassifier.load(args.checkpoint), sets)
    log.info("leans %s", fitted.leans)
    store(fitted.classifier, args.out)
    metrics = measure(ArticleClassifier.load(args.out), fitted, args.corpora, sets)
    write_metrics(metrics, args.out)
    write_card(CARD, args.out, name=args.out.name, recipe=args.recipe, **card_values(metrics, args.out))
    for part in ("dev", "test", "news_dev", "news_test"):
        log.info("%s %.3f balanced %s", part, metrics[part]["macro_f1"], metrics[part]["balanced"])
    log.info("ece %.3f pairs %s", metrics["test"]["ece"], metrics["pairs"])


if __name__ == "__main__":
    main()
