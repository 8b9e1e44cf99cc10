"""What a stance model's card says: the tables of its figures, by the names in card.md."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from quotestance.folders import weight_files
from quotestance.types import STANCES
from training.cards import interval, percent, table
from training.stance import swaps
from training.stance.data import Row

LONGEST_PASSAGE = 300
"""Characters of a passage that a table of mistakes shows."""


def slice_table(name: str, slices: Row) -> str:
    """Slices with how many of their quotes have each label."""
    head = (name, "quotes", "escalatory / de-escalatory / neutral", "macro-F1", "95% interval")
    lines = (
        (value, one["count"], " / ".join(map(str, one["labels"])), percent(one["macro_f1"]), interval(one["interval"]))
        for value, one in slices.items()
    )
    return table(head, *lines)


def label_table(test: Row) -> str:
    """Every label, as the quotes fall and with labels equally frequent."""
    head = ("label", "precision", "recall", "F1", "quotes", "F1, labels equally frequent")
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
    return table(head, *lines)


def curve_table(curve: Sequence[Row]) -> str:
    """What abstaining leaves."""
    columns = ("coverage", "accuracy", "macro_f1")
    lines = ((f"{one['least']:.1f}", *(percent(one[column]) for column in columns)) for one in curve)
    return table(("abstain below", "% answered", "% right", "macro-F1"), *lines)


def card_values(metrics: Row, out: Path) -> Row:
    """What the card says, by the names in its template."""
    test, config = metrics["test"], json.loads((out / "config.json").read_text())
    return {
        "kind": config["model_type"],
        "layers": config["num_hidden_layers"],
        "width": config["hidden_size"],
        "parameters": f"{metrics['parameters'] / 1e6:.0f}",
        "size": f"{sum(file.stat().st_size for file in weight_files(out)) / 1e6:.0f}",
        **{name: metrics[name] for name in ("train", "written", "documents", "temperature")},
        "quotes": test["quotes"],
        "picked": percent(metrics["picked"], 0),
        "float_f1": percent(metrics["test_float"]),
        **{f"{floor}_f1": percent(score) for floor, score in metrics["floors"].items()},
        **{f"{floor}_balanced": percent(score) for floor, score in metrics["floors_balanced"].items()},
        "pairs": percent(metrics["pairs"]["all_right"], 0),
        "groups": metrics["pairs"]["groups"],
        "triples": percent(metrics["triples"]["all_right"], 0),
        "threes": metrics["triples"]["groups"],
        "conditional": ", ".join(
            f"{percent(metrics['conditional'][key]['f1'], 0)} on {words} ({metrics['conditional'][key]['support']})"
            for key, words in (("test", "the test quotes"), ("news", "conflict news"), ("pairs", "the pairs"))
        ),
        "shares": ", ".join(f"{percent(share, 0)}% {label}" for label, share in metrics["shares_of_dev"].items()),
        **score_values(test, metrics["test_without_context"]),
        **calibration_values(test, metrics["test_without_context"]),
        **news_values(metrics["news"]),
        **lean_values(metrics["lean"]),
        **invented_values(metrics["contexts"], metrics["mistakes"]),
        "swaps": swaps.table(metrics["swaps"]),
        "swapped": percent(metrics["swaps"][-1]["flipped"] / max(1, metrics["swaps"][-1]["quotes"])),
        "swaps_count": metrics["swaps"][-1]["quotes"],
    }


def score_values(test: Row, alone: Row) -> Row:
    """The card's scores: with and without the sentence before, by label, hard case, source and kind."""
    hard = test["all_hard_cases"]
    return {
        "f1": percent(test["macro_f1"]),
        "f1_interval": interval(test["interval"]),
        "balanced": percent(test["balanced"]["macro_f1"]),
        "balanced_interval": interval(test["balanced"]["interval"]),
        "shifted": percent(test["under_shares_of_dev"]["macro_f1"]),
        "asked_f1": percent(test["as_they_fall_if_balanced"]["macro_f1"]),
        "asked_balanced": percent(test["balanced_if_asked"]["macro_f1"]),
        "alone_f1": percent(alone["macro_f1"]),
        "alone_balanced": percent(alone["balanced"]["macro_f1"]),
        "labels": label_table(test),
        "confusion": confusion_table(test["confusion"]),
        "hard": percent(hard["macro_f1"]),
        "hard_interval": interval(hard["interval"]),
        "hard_count": hard["count"],
        "cases": slice_table("hard case", test["hard_cases"]),
        "sources": slice_table("source", test["sources"]),
        "kinds": slice_table("kind", test["kinds"]),
    }


def calibration_values(test: Row, alone: Row) -> Row:
    """The card's figures on calibration and abstaining."""
    return {
        "ece": f"{test['ece']:.3f}",
        "alone_ece": f"{alone['ece']:.3f}",
        "default_ece": f"{test['ece_by_default']:.3f}",
        "fallen_ece": f"{test['ece_as_they_fall']:.3f}",
        "balanced_fallen_ece": f"{test['ece_as_they_fall_if_balanced']:.3f}",
        "shifted_ece": f"{test['ece_under_shares_of_dev']:.3f}",
        "bins": bin_table(test["reliability"]),
        "curve": curve_table(test["risk_coverage"]),
        "shifted_curve": curve_table(test["risk_coverage_under_shares_of_dev"]),
    }


def news_values(news: Row) -> Row:
    """The card's figures on conflict news as it falls."""
    names = {"kinds": "kind", "files": "source", "wars": "war", "speakers": "speaker"}
    return {
        "news_quotes": news["quotes"],
        "news_f1": percent(news["macro_f1"]),
        "news_interval": interval(news["interval"]),
        "news_balanced": percent(news["balanced"]["macro_f1"]),
        "news_ece": f"{news['ece_as_they_fall']:.3f}",
        "news_labels": label_table(news),
        "news_confusion": confusion_table(news["confusion"]),
        "news_bins": bin_table(news["reliability_as_they_fall"]),
        "news_curve": curve_table(news["risk_coverage_as_they_fall"]),
        **{f"news_{name}": slice_table(word, news[name]) for name, word in names.items()},
    }


def lean_values(lean: Row) -> Row:
    """The card's figures on the shares that probabilities are told for."""
    shares = ", ".join(f"{percent(share, 0)}% {label}" for label, share in lean["shares"].items())
    named = {0.0: 'equal, `stance_shares="balanced"`', 1.0: 'of news, `stance_shares="news"`'}
    named[lean["chosen"]] = f"**by default**: {shares}"
    lines = (
        (
            named[row["lean"]],
            *(
                cell
                for name in ("news", "labels")
                for cell in (percent(row[name]["macro_f1"]), f"{row[name]['ece']:.3f}")
            ),
        )
        for row in lean["test"]
        if row["lean"] in named
    )
    head = ("shares of the labels", "conflict news as it falls: macro-F1", "error")
    return {
        "lean": f"{lean['chosen']:.1f}",
        "best_lean": f"{lean['best']:.1f}",
        "default_shares": shares,
        "leans": table((*head, "labelled quotes, labels equally frequent: macro-F1", "error"), *lines),
    }


def invented_values(contexts: Row, mistakes: Sequence[Row]) -> Row:
    """The card's figures on invented quotes in passages, and some that are wrong."""
    families = [(name.removeprefix("right in "), percent(share, 0)) for name, share in contexts.items()]
    lines = (
        (one["case"], shown(one["text"]), one["label"], f"{one['said']}, {one['confidence']:.2f}") for one in mistakes
    )
    return {
        "families": table(("invented quotes in passages", "%"), *families),
        "mistakes": table(("family", "passage, with the *quote*", "right", "the model says"), *lines),
    }


def shown(passage: str) -> str:
    """A passage in one cell of a table."""
    words = " ".join(passage.split()).replace("|", "/")
    return words if len(words) <= LONGEST_PASSAGE else f"{words[:LONGEST_PASSAGE].rsplit(' ', 1)[0]} ..."


def bin_table(bins: Sequence[Row]) -> str:
    """A reliability table."""
    lines = ((f"{b['from']:.2f}", b["count"], f"{b['confidence']:.2f}", f"{b['right']:.2f}") for b in bins)
    return table(("confidence from", "quotes", "mean confidence", "share right"), *lines)


def confusion_table(confusion: Sequence[Sequence[int]]) -> str:
    """A confusion matrix with its labels."""
    return table(
        ("gold \\ predicted", *STANCES), *((label, *row) for label, row in zip(STANCES, confusion, strict=True))
    )
