"""How a stance model is fitted, stored and described: the lean toward news, the figures, the card."""

from __future__ import annotations

import json
import shutil
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quotestance.stance.classifier import StanceClassifier
from quotestance.stance.shares import BALANCED, NEWS
from quotestance.types import STANCES, Article, Quote, Span, Stance
from training.cards import write_card
from training.stance import release
from training.stance.card import card_values
from training.stance.contexts import load_contexts
from training.stance.lean import Judged, best, figures, lean_toward_news, shares_at, table_of
from training.stance.measures import describe, probabilities, under
from training.stance.release import CARD, Sets, fit_to, measure, mistakes, released

Row = dict[str, Any]


def rows(count: int, split: str) -> list[Row]:
    """Invented quotes with all columns, a third of each label."""
    words = ("We strike at dawn", "We offer talks", "The port is open")
    return [
        {
            **{"text": f"{words[n % 3]}, ship {n}, he said", "label": STANCES[n % 3], "conditional": n % 5 == 0},
            **{"context": "Rain fell.", "split": split, "source": "harbour", "document": n // 4},
            "hard_case": "denial" if n % 2 else "none",
            **{"kind": "indirect", "file": "harbour", "war": "Arden", "speaker": "person", "is_picked": False},
        }
        for n in range(count)
    ]


def judged(shares: dict[str, float], seed: int = 3, count: int = 4_000) -> Judged:
    """Answers that hold where labels are equally frequent, and labels that fall by other shares."""
    dice = np.random.default_rng(seed)
    gold = dice.choice(3, size=count, p=[shares[label] for label in STANCES])
    signs = np.eye(3)[gold] + dice.normal(0, 1, (count, 3))  # of normal noise with deviation 1 the odds are exp(sign)
    odds = np.exp(signs)
    return Judged(odds / odds.sum(1, keepdims=True), gold)


def test_release_lean_is_between_the_two_worlds_that_it_is_fitted_to() -> None:
    total = sum(NEWS.values())
    news, even = judged({label: share / total for label, share in NEWS.items()}), judged(dict(BALANCED))
    assert best(table_of(even, even)) == 0
    assert 0.2 <= best(table_of(news, even)) <= 0.8
    for lean, right, as_balanced in ((1.0, news, False), (0.0, even, True)):
        found = [figures(right, one, as_balanced=as_balanced) for one in (lean, 1 - lean)]
        assert found[0]["log_loss"] < found[1]["log_loss"] - 0.05
        assert found[0]["ece"] < 0.03


def test_release_lean_is_known_to_the_stances_and_can_be_undone(stance_folder: Path) -> None:
    test = rows(6, "test")
    plain = StanceClassifier.load(stance_folder, precision="float32")  # in bfloat16 biases are rounded
    before = release.classify(plain, test)
    after = release.classify(lean_toward_news(plain, 0.4), test)
    for old, new in zip(before, after, strict=True):
        assert new.prior == pytest.approx(dict(zip(STANCES, shares_at(0.4), strict=True)), abs=1e-4)
        assert new.under(BALANCED).probabilities == pytest.approx(dict(old.probabilities), abs=1e-5)
        assert new.probabilities["neutral"] > old.probabilities["neutral"]


def test_release_fits_a_model_that_leans_as_if_it_did_not(stance_folder: Path) -> None:
    dev = rows(30, "dev")
    fitted = fit_to(StanceClassifier.load(stance_folder), dev)
    again = fit_to(lean_toward_news(fitted, 0.6), dev)
    assert again.prior is None
    assert again.model.config.stance_prior is None
    assert probabilities(release.classify(again, dev)) == pytest.approx(
        probabilities(release.classify(fitted, dev)), abs=0.01
    )


def test_release_figures_of_a_model_that_leans_are_right_in_both_worlds() -> None:
    test = rows(300, "test")
    dice = np.random.default_rng(1)
    even = dice.dirichlet((1, 1, 1), 300)
    leaned = under(even, shares_at(1.0))
    prior = dict(zip(STANCES, shares_at(1.0), strict=True))
    stances = [Stance(dict(zip(STANCES, map(float, row), strict=True)), 0.1, prior) for row in leaned]
    plain = [Stance(dict(zip(STANCES, map(float, row), strict=True)), 0.1) for row in even]
    shares = np.array([0.2, 0.1, 0.7])
    found, without = describe(stances, test, shares), describe(plain, test, shares)
    assert found["ece"] == pytest.approx(without["ece"])
    for name in ("balanced_if_asked", "under_shares_of_dev"):
        assert found[name]["macro_f1"] == pytest.approx(without[name]["macro_f1"])
    assert found["macro_f1"] < without["macro_f1"]  # it says "neutral" too often for these labels
    assert np.sum(found["confusion"]) == 300


def test_release_shows_the_surest_mistake_of_each_family() -> None:
    told = {"a": ("escalatory", 0.9), "b": ("neutral", 0.8), "c": ("neutral", 0.95), "d": ("neutral", 0.7)}
    texts = [
        {"text": f"He said {name} was due.", "start": 8, "end": 9, "label": "escalatory", "case": case}
        for name, case in zip("abcd", ("truce", "truce", "truce", "irony"), strict=True)
    ]
    stances = [
        Stance({label: sure, "escalatory" if label == "neutral" else "neutral": 1 - sure})
        for label, sure in told.values()
    ]
    shown = [(one["case"], one["text"], one["said"]) for one in mistakes(texts, stances)]
    assert shown == [("truce", "He said *c* was due.", "neutral"), ("irony", "He said *d* was due.", "neutral")]


def test_release_writes_a_model_with_its_card(stance_folder: Path, tmp_path: Path) -> None:
    checkpoint = tmp_path / "checkpoint"
    shutil.copytree(stance_folder, checkpoint)
    quoted = "Moscow warned that Ukraine would answer."
    article = Article(quoted, quotes=(Quote("indirect", (Span.of(quoted, 14, 39),)),))
    labels = [row for split in ("train", "dev", "test") for row in rows(36, split)]
    pairs = [{**row, "pair": number // 2} for number, row in enumerate(rows(6, "pairs"))]
    threes = [{**row, "triple": number // 3} for number, row in enumerate(rows(6, "held"))]
    passages = list(islice(cycle(load_contexts("held")[:4]), 4))
    sets = Sets(labels, rows(30, "dev") + rows(30, "test"), pairs, threes, passages, labels, 12, [article])
    out = tmp_path / "model"
    full, leaned = released(StanceClassifier.load(checkpoint), sets, out, as_half=False, at=0.4)
    stored = StanceClassifier.load(out)
    assert stored.prior == pytest.approx(dict(zip(STANCES, shares_at(0.4), strict=True)), abs=1e-4)
    metrics = measure(full, stored, sets)
    metrics["lean"] = leaned | {"test": metrics.pop("leans")}
    metrics = json.loads(json.dumps(metrics))
    write_card(CARD, out, name="model", recipe="Made for a test.", **card_values(metrics, out))
    card = (out / "README.md").read_text()
    assert "$" not in card
    assert "toward the shares of news by 0.4" in card.replace("\n", " ")
    for heading in (
        "By war:",
        "Of 2\nfurther triples",
        "By the kind of the speaker:",
        "| gold \\ predicted |",
        "| Russia/Ukraine | Ukraine to Russia | 1 |",
        "**by default**",
    ):
        assert heading in card
    assert [one["direction"] for one in metrics["swaps"]] == ["Ukraine to Russia", "without around"]
