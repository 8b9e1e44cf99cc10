"""Intervals and p-values from bootstrap draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from evaluation_articles import copies, harbour, talks, with_answers

from quotestance.evaluation import evaluate
from quotestance.evaluation.metrics.bootstrap import CountTable, article_weights, draw, interval, p_value, resample
from quotestance.evaluation.metrics.figures import derive
from quotestance.types import STANCES, Stance


def test_bootstrap_weights_draw_as_many_articles_as_there_are() -> None:
    weights = np.concatenate(list(article_weights(7, 600, seed=3)))
    assert weights.shape == (600, 7)
    assert (weights.sum(axis=1) == 7).all()
    assert abs(weights.mean() - 1) < 1e-12
    # The variance of a bootstrap weight is 1 - 1/n.
    assert abs(weights.var() - 6 / 7) < 0.1


def test_bootstrap_interval_agrees_with_theory() -> None:
    values = np.random.default_rng(5).normal(size=400)
    table = CountTable.of({str(k): {"sum": float(v), "n": 1.0} for k, v in enumerate(values)})
    (drawn,) = draw([table], lambda counts: {"mean": counts["sum"] / counts["n"]}, draws=2000, seed=0)
    extent = interval(drawn["mean"])
    assert extent is not None
    half = 1.96 * values.std() / np.sqrt(400)
    assert abs(extent[0] - (values.mean() - half)) < 0.15 * half
    assert abs(extent[1] - (values.mean() + half)) < 0.15 * half


def test_bootstrap_undefined_draws_are_left_out() -> None:
    assert interval(np.array([np.nan, 0.25, np.nan, 0.25])) == (0.25, 0.25)
    assert interval(np.array([np.nan])) is None
    assert p_value(np.array([np.nan])) is None


def test_bootstrap_p_value_is_two_sided_and_never_zero() -> None:
    assert p_value(np.ones(999)) == 2 / 1000
    assert p_value(-np.ones(999)) == 2 / 1000
    assert p_value(np.zeros(10)) == 1.0
    half = p_value(np.array([-1.0] * 50 + [1.0] * 50))
    assert half is not None
    assert half > 0.9


def test_bootstrap_is_the_same_for_the_same_seed() -> None:
    gold = copies([talks(), harbour()], 5)
    reports = [evaluate(gold, copies([talks()], 5), draws=100, seed=seed) for seed in (1, 1, 2)]
    assert reports[0].intervals == reports[1].intervals
    assert reports[0].intervals != reports[2].intervals
    low, high = reports[2].intervals["quotes.all.soft.recall"]
    assert 0.0 <= low < 0.5 < high <= 1.0


@pytest.mark.parametrize("draws", [1, 250, 251])
def test_bootstrap_a_draw_without_a_rare_label_has_no_macro_f1(draws: int) -> None:
    rare = with_answers(harbour(), stance=Stance.certain("escalatory"))
    gold = [*copies([with_answers(talks(), stance=Stance.certain("neutral"))], 11), rare]
    table = evaluate(gold, gold, draws=0).counts
    for seed in range(8):
        (drawn,) = draw([table], derive, draws=draws, seed=seed)
        weights = np.concatenate(list(article_weights(12, draws, seed)))
        assert np.array_equal(np.isnan(drawn["stance.macro_f1"]), weights[:, table.ids.index(rare.id)] == 0)


def test_bootstrap_of_few_articles_gives_no_interval() -> None:
    nine, ten = (evaluate(found := copies([talks()], count), found, draws=20) for count in (9, 10))
    assert nine.intervals == {}
    assert "too few articles" in str(nine)
    assert ten.intervals["chain.f1"] == (1.0, 1.0)
    assert "too few articles" not in str(evaluate([talks()], [talks()], draws=0))


def test_bootstrap_counts_the_articles_behind_each_figure() -> None:
    found = copies([talks()], 9)
    report = evaluate([*found, harbour()], [*found, harbour()], draws=20)
    assert report.counts.articles_behind("quotes.all.exact.f1") == 10
    assert report.counts.articles_behind("quotes.mixed.exact.f1") == 9  # there is none in the other
    assert "quotes.all.exact.f1" in report.intervals
    assert "quotes.mixed.exact.f1" not in report.intervals


def test_bootstrap_calibration_rests_on_articles_with_answers() -> None:
    sure = with_answers(talks(), confidence=0.9)
    gold = copies([talks()], 12)
    answers = [one.replace(quotes=one.quotes if n < 9 else ()) for n, one in enumerate(copies([sure], 12))]
    report = evaluate(gold, answers, draws=20)
    assert "quotes.all.exact.f1" in report.intervals
    assert report.figure("quotes.ece") is not None
    assert "quotes.ece" not in report.intervals  # nine articles tell nothing of others
    assert "quotes.all.attribution" not in report.intervals


def test_bootstrap_counts_articles_whose_answers_are_certain_and_right() -> None:
    gold = copies([talks()], 12)
    unsure = Stance({"escalatory": 0.2, "de-escalatory": 0.2, "neutral": 0.6})
    first = tuple(replace(quote, stance=unsure) for quote in gold[0].quotes)
    report = evaluate(gold, [gold[0].replace(quotes=first), *gold[1:]], draws=20)
    assert report.counts.articles_behind("stance.brier") == 12
    assert "stance.brier" in report.intervals


def test_bootstrap_counts_the_articles_behind_each_label() -> None:
    found = [*copies([harbour()], 10), talks()]  # of which the first have nothing neutral
    report = evaluate(found, found, draws=20)
    behind = {label: report.counts.articles_behind(f"stance.labels.{label}.f1") for label in STANCES}
    assert behind == {"escalatory": 11, "de-escalatory": 11, "neutral": 1}
    assert "stance.labels.escalatory.f1" in report.intervals
    assert "stance.labels.neutral.f1" not in report.intervals


def test_resample_draws_the_documents_that_draw_draws() -> None:
    table = CountTable.of({str(number): {"a": number, "b": number**2} for number in range(9)})
    (drawn,) = draw([table], dict, draws=300, seed=5)
    found = resample(table.values.reshape(9, 2, 1), draws=300, seed=5)
    assert found.shape == (300, 2, 1)
    assert np.array_equal(found[:, :, 0].T, [drawn["a"], drawn["b"]])
