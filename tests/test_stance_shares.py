"""For which shares of the labels a model tells its probabilities, and for which it is asked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from quotestance.errors import CheckpointError
from quotestance.pipeline import load
from quotestance.stance.loading import load_classifier
from quotestance.stance.shares import BALANCED, NEWS, pooled, shares_of
from quotestance.types import STANCES, Article, Quote, Span, Stance

LEANING = {"escalatory": 0.2, "de-escalatory": 0.2, "neutral": 0.6}
TEXT = "The war goes on."


def leaning(folder: Path, target: Path, prior: object = LEANING) -> Path:
    """Copy a checkpoint whose probabilities hold for other shares."""
    shutil.copytree(folder, target)
    config = json.loads((target / "config.json").read_text())
    (target / "config.json").write_text(json.dumps({**config, "stance_prior": prior}))
    return target


def told(folder: Path, shares: dict[str, float] | None = None) -> Stance:
    return load_classifier(folder, shares=shares).classify([TEXT])[0]


@pytest.mark.parametrize("kind", ["stance_folder", "reader_folder"])
def test_stance_shares_of_a_checkpoint_are_known_to_its_stances(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = request.getfixturevalue(kind)
    plain, stance = told(folder), told(leaning(folder, tmp_path / "model"))
    assert plain.prior is None
    assert stance.prior == pytest.approx(LEANING)
    assert stance.probabilities == plain.probabilities  # what the model says is what holds there
    odds = {label: chance / LEANING[label] for label, chance in stance.probabilities.items()}
    even = {label: one / sum(odds.values()) for label, one in odds.items()}
    assert stance.under(dict.fromkeys(STANCES, 1)).probabilities == pytest.approx(even)


@pytest.mark.parametrize("kind", ["stance_folder", "reader_folder", "inference_folder"])
def test_stance_shares_that_are_asked_for_are_those_that_are_told(kind: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(kind)
    assert told(folder, shares=dict(NEWS)) == told(folder).under(NEWS)


def test_stance_shares_are_the_same_asked_of_any_prior(stance_folder: Path, tmp_path: Path) -> None:
    other = leaning(stance_folder, tmp_path / "model")
    balanced = told(other, shares=dict(shares_of("balanced")))
    assert balanced.prior is None
    assert balanced.under(LEANING).probabilities == pytest.approx(dict(told(other).probabilities))


def test_stance_shares_reach_the_quotes_of_a_pipeline(attribution_folder: Path, stance_folder: Path) -> None:
    article = Article(TEXT, quotes=(Quote("indirect", (Span.of(TEXT, 0, 7),)),))
    pipes = [
        load(attribution=attribution_folder, stance=stance_folder, stance_shares=shares)
        for shares in (None, "balanced", "news", NEWS)
    ]
    plain, balanced, news, same = (pipe.classify_stance(article).quotes[0].stance for pipe in pipes)
    assert plain is not None
    assert balanced is not None
    assert news is not None
    assert balanced.probabilities == pytest.approx(dict(plain.probabilities))
    assert news == same
    assert news.probabilities == pytest.approx(dict(plain.under(NEWS).probabilities))
    assert len({pipe.identity for pipe in pipes}) == 3  # what was scored with other shares is scored again
    assert "neutral 0.77" in pipes[2].about["options"]


@pytest.mark.parametrize(
    "prior", [{"escalatory": 1}, dict.fromkeys(STANCES, 0), dict.fromkeys((*STANCES, "mixed"), 1), [1, 1, 1], "news", 5]
)
def test_stance_shares_of_a_checkpoint_that_make_no_sense_are_refused(
    prior: object, stance_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(CheckpointError, match="stance_prior"):
        told(leaning(stance_folder, tmp_path / "model", prior))


def test_stance_shares_by_a_name_that_there_is_not_name_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="one of: balanced, news"):
        shares_of("press")
    with pytest.raises(ValueError, match="share above 0"):
        shares_of({"neutral": 1})
    with pytest.raises(ValueError, match=r"no label 'mixed'.*escalatory, de-escalatory, neutral"):
        shares_of({**LEANING, "mixed": 0.2})


def test_pooled_is_between_the_two_and_keeps_the_first_ones_shares() -> None:
    shares = {"escalatory": 0.2, "de-escalatory": 0.2, "neutral": 0.6}
    first = Stance({"escalatory": 0.8, "de-escalatory": 0.1, "neutral": 0.1}, 0.2).under(shares)
    second = Stance({"escalatory": 0.2, "de-escalatory": 0.1, "neutral": 0.7}, 0.6)
    both = pooled(first, second, 0.5)
    assert both.prior == first.prior
    assert both.conditional == pytest.approx(0.4)
    chances = [one.under(BALANCED).probabilities["escalatory"] for one in (first, both, second)]
    assert chances == sorted(chances, reverse=True)
    assert pooled(first, second, 0.0).under(BALANCED).probabilities == pytest.approx(second.probabilities)
    assert pooled(first, second, 1.0).probabilities == pytest.approx(first.probabilities)
