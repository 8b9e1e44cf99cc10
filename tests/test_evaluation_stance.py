"""Stance metrics against scikit-learn and worked examples."""

from __future__ import annotations

import math

import numpy as np
from evaluation_articles import harbour, quote, talks, with_answers
from hypothesis import given, settings
from hypothesis import strategies as st

from quotestance import Article, Stance
from quotestance.evaluation import evaluate, krippendorff_alpha
from quotestance.evaluation.metrics.bootstrap import CountTable
from quotestance.evaluation.metrics.figures import stance_figures
from quotestance.evaluation.metrics.stance import classification_figures, count_stances
from quotestance.types import STANCES

_ = None
# Krippendorff (2011), section C: four observers, twelve units, nominal alpha 0.743.
PUBLISHED = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3),
    (_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _),
)


def test_stance_alpha_of_the_published_examples() -> None:
    alpha = krippendorff_alpha(zip(*PUBLISHED, strict=True))
    assert alpha is not None
    assert round(alpha, 3) == 0.743
    two = krippendorff_alpha(zip((0, 1, 0, 0, 0, 0, 0, 0, 1, 0), (1, 1, 1, 0, 0, 1, 0, 0, 0, 0), strict=True))
    assert two is not None
    assert round(two, 3) == 0.095


def test_stance_alpha_without_variation_is_undefined() -> None:
    assert krippendorff_alpha([("a", "a"), ("a", "a")]) is None
    assert krippendorff_alpha([("a", None)]) is None
    assert krippendorff_alpha([]) is None


_LABELS = st.sampled_from(STANCES)
_PAIRS = st.lists(st.tuples(_LABELS, st.none() | _LABELS), min_size=1, max_size=30)


@given(_PAIRS)
@settings(deadline=None)
def test_stance_counts_give_what_scikit_learn_gives(labels: list[tuple[str, str | None]]) -> None:
    pairs = [(Stance.certain(a), None if b is None else Stance.certain(b)) for a, b in labels]
    expected = classification_figures(pairs)
    with np.errstate(divide="ignore", invalid="ignore"):
        derived = stance_figures(CountTable.of({"a": count_stances(pairs)}).columns())
    alpha = krippendorff_alpha(labels)
    for name, value in (*((n, expected[n]) for n in ("macro_f1", "accuracy", "mcc")), ("alpha", alpha)):
        found = float(derived[f"stance.{name}"][0])
        assert math.isnan(found) if value is None else math.isclose(found, value, abs_tol=1e-12), name
    for label in STANCES:
        value = expected["labels"][label]["f1"]
        found = float(derived[f"stance.labels.{label}.f1"][0])
        assert math.isnan(found) if value is None else math.isclose(found, value, abs_tol=1e-12)


def test_stance_label_that_the_gold_lacks_has_no_f1() -> None:
    pairs = [(Stance.certain("neutral"), Stance.certain(label)) for label in ("neutral", "escalatory")]
    found = classification_figures(pairs)
    assert found["macro_f1"] == found["labels"]["neutral"]["f1"] == 2 / 3
    assert found["labels"]["escalatory"] == {"precision": 0.0, "recall": None, "f1": None, "support": 0}
    assert found["labels"]["de-escalatory"]["precision"] is None
    assert found["mcc"] is None


def test_stance_macro_f1_of_draws_is_over_the_labels_of_the_whole_set() -> None:
    labels = ["escalatory", *["neutral", "de-escalatory"] * 10]  # many draws lack the first
    gold = [
        Article("We will act.", id=str(number), quotes=(quote("We will act.", "We will act.", None, stance=label),))
        for number, label in enumerate(labels)
    ]
    report = evaluate(gold, [with_answers(gold[0], stance=Stance.certain("neutral")), *gold[1:]], draws=300)
    assert report.intervals["stance.macro_f1"][1] <= 2 / 3
    assert evaluate(gold, gold, draws=300).intervals["stance.macro_f1"] == (1.0, 1.0)


def test_stance_found_quote_without_one_counts_as_wrong() -> None:
    answered = talks().quotes
    answer = talks().replace(quotes=(with_answers(talks(), stance=None).quotes[0], *answered[1:]))
    report = evaluate([talks()], [answer], draws=0)
    assert report.figure("stance.accuracy") == 3 / 4
    assert report.metrics["stance"]["confusion"]["de-escalatory"]["none"] == 1
    assert any("given no stance" in note for note in report.notes)


def test_stance_calibration_by_hand() -> None:
    # Two answers at 0.8, one right; one at 0.55, right: |1.6 - 1| + |0.55 - 1| over three answers.
    def stance(label: str, sure: float) -> Stance:
        return Stance({**dict.fromkeys(STANCES, (1 - sure) / 2), label: sure})

    quotes = talks().quotes[:3]
    gold = talks().replace(quotes=quotes)
    given_ = [stance("de-escalatory", 0.8), stance("escalatory", 0.8), stance("escalatory", 0.55)]
    answers = [with_answers(gold.replace(quotes=(q,)), stance=s).quotes[0] for q, s in zip(quotes, given_, strict=True)]
    report = evaluate([gold], [gold.replace(quotes=tuple(answers))], draws=0)
    ece, brier = report.figure("stance.ece"), report.figure("stance.brier")
    assert ece is not None
    assert brier is not None
    assert math.isclose(ece, (0.6 + 0.45) / 3)
    first, second, third = 0.2**2 + 2 * 0.1**2, 0.8**2 + 0.1**2 + 0.9**2, 0.45**2 + 2 * 0.225**2
    assert math.isclose(brier, (first + second + third) / 3)


def test_stance_labels_without_probabilities_have_no_calibration() -> None:
    report = evaluate([talks(), harbour()], [talks(), harbour()], draws=0)
    assert report.figure("stance.ece") is None
    assert report.metrics["stance"]["reliability"] is None
    assert any("without probabilities" in note for note in report.notes)
