"""Speaker metrics: what counts as the same name, role or affiliation, and what as made up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from evaluation_articles import OFFICIAL, OKORO, RUIZ, harbour, span_of, talks, with_answers

from quotestance import Article, Speaker
from quotestance.errors import FormatError
from quotestance.evaluation import evaluate
from quotestance.evaluation.metrics.speakers import is_indirect_reference, judge, normalise


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("The Defence Minister", "defence minister", True),
        ("López-Obrador", "Lopez Obrador", True),
        ("U.S. State Department", "the US State Department", True),
        ("Verania’s envoy", "Verania envoy", True),
        ("minister", "former minister", False),
        ("Ana Ruiz", "Ruiz", False),
        ("The", "a", False),
        ("ＡＮＡ", "Ana", True),
    ],
)
def test_speakers_normalise(one: str, other: str, same: bool) -> None:
    assert (normalise(one) == normalise(other)) is same


def verdict(gold: Speaker, predicted: Speaker | None, **meta: Any) -> dict[str, bool | None]:
    return judge(Article("x", id="a", meta=meta), gold, predicted)


def test_speakers_right_in_every_field() -> None:
    assert verdict(RUIZ, RUIZ) == {
        "kind": True,
        "name": True,
        "spurious_name": None,
        "role": True,
        "spurious_role": None,
        "affiliation": True,
        "spurious_affiliation": None,
        "country": True,
        "spurious_country": None,
        "speaker": True,
    }


def test_speakers_missing_prediction_is_wrong_not_skipped() -> None:
    found = verdict(RUIZ, None)
    assert (found["kind"], found["name"], found["role"], found["speaker"]) == (False, False, False, False)


def test_speakers_an_unnamed_source_that_gets_a_name_is_told() -> None:
    official = Speaker(kind="unnamed", description="the official")
    assert verdict(official, RUIZ)["spurious_name"] is True
    assert verdict(official, official)["spurious_name"] is False
    assert verdict(RUIZ, official)["spurious_name"] is None


def test_speakers_alternatives_of_the_gold_are_right() -> None:
    accepted = {"Ana Ruiz": {"role": ["minister"], "name": ["Ana María Ruiz"]}}
    given = replace(RUIZ, name="Ana Maria Ruiz", role="the minister")
    assert verdict(RUIZ, given)["speaker"] is False
    found = verdict(RUIZ, given, accepted=accepted)
    assert (found["name"], found["role"], found["speaker"]) == (True, True, True)


@pytest.mark.parametrize(
    ("gold", "predicted", "right"),
    [
        ("Russia", "RUS", True),
        ("RU", "RUS", True),
        ("the U.S.", "usa", True),
        ("us", "US", True),
        ("Arden", "arden", True),
        ("Russia", "UKR", False),
        ("Arden", "RUS", False),
    ],
)
def test_speakers_countries_are_one_by_code_or_name(gold: str, predicted: str, right: bool) -> None:
    one, other = replace(RUIZ, country=gold), replace(RUIZ, country=predicted)
    assert verdict(one, other)["country"] is verdict(other, one)["country"] is right
    meta = {"accepted": {str(RUIZ): {"country": [gold]}}}
    assert verdict(replace(RUIZ, country="FRA"), other, **meta)["country"] is right


def test_speakers_unnamed_wants_no_name() -> None:
    assert verdict(OFFICIAL, OFFICIAL)["name"] is None
    assert verdict(OFFICIAL, OFFICIAL)["speaker"] is True
    assert verdict(OFFICIAL, replace(OFFICIAL, name="Port Authority"))["speaker"] is False


def test_speakers_group_is_named_by_its_members() -> None:
    group = Speaker("Ruiz and Okoro", kind="group", members=("Ana Ruiz", "Ben Okoro"))
    assert verdict(group, Speaker(None, kind="group", members=("Ben Okoro", "Ana Ruiz")))["name"] is True
    assert verdict(group, Speaker(None, kind="group", members=("Ben Okoro",)))["name"] is False


def test_speakers_value_that_the_gold_lacks_is_spurious() -> None:
    assert verdict(OKORO, replace(OKORO, country="USA"))["spurious_country"] is True
    assert verdict(OKORO, OKORO)["spurious_country"] is False
    assert verdict(OKORO, OKORO)["country"] is None


@pytest.mark.parametrize(
    "accepted",
    ["Ruiz", ["Ruiz"], {"Ana Ruiz": "minister"}, {"Ana Ruiz": {"role": "minister"}}, {"Ana Ruiz": {"role": [1]}}],
)
def test_speakers_malformed_alternatives_name_the_article(accepted: Any) -> None:
    gold = talks().replace(meta={"accepted": accepted})
    with pytest.raises(FormatError, match=r"'talks'.*accepted"):
        evaluate([gold], [talks()], draws=0)


def test_speakers_pronouns_and_descriptions_are_indirect_references() -> None:
    assert [is_indirect_reference(q) for q in talks().quotes] == [False, True, False, False]


def test_speakers_figures_by_hand() -> None:
    gold = [talks(), harbour()]
    wrong = with_answers(talks(), speaker=replace(RUIZ, role=None, country="FRA"))
    speakers = evaluate(gold, [wrong, harbour()], draws=0).metrics["speakers"]
    assert speakers["cases"]["kind"] == 6
    assert speakers["kind"] == 5 / 6
    assert speakers["name"] == 4 / 5  # the official has none
    assert speakers["person_name_by_pronoun_or_description"] == 1.0
    assert speakers["role"] == 2 / 5
    assert speakers["country"] == 1 / 3
    assert speakers["spurious_country"] == 2 / 3
    assert speakers["spurious_role"] == 0.0
    assert speakers["speaker"] == 4 / 6


def test_speakers_confidence_is_scored_where_it_is_given() -> None:
    sure = with_answers(harbour(), speaker=replace(RUIZ, confidence=0.75))
    report = evaluate([harbour()], [sure], draws=0)
    assert report.figure("speakers.ece") == 0.25  # one of two is right
    (held,) = (row for row in report.metrics["speakers"]["reliability"] if row["count"])
    assert (held["count"], held["confidence"], held["accuracy"]) == (2, 0.75, 0.5)
    for page in (report.to_html(), report.to_markdown()):
        assert "Reliability of the speaker confidence, %" in page
    assert ">Reliability of the speaker confidence</text>" in report.to_html()
    bare = evaluate([harbour()], [harbour()], draws=0)
    assert (bare.metrics["speakers"]["ece"], bare.metrics["speakers"]["reliability"]) == (None, None)
    assert "speaker confidence" not in bare.to_html()
    unasked = evaluate([with_answers(harbour(), speaker=None)], [sure], draws=0)
    assert unasked.metrics["speakers"] is None
    assert "speaker confidence" not in unasked.to_html()


def test_speakers_reliability_is_of_found_quotes_whose_gold_has_a_speaker() -> None:
    gold = harbour().replace(quotes=(harbour().quotes[0], replace(harbour().quotes[1], speaker=None)))
    sure = with_answers(harbour(), speaker=replace(RUIZ, confidence=0.75))
    spurious = replace(sure.quotes[0], content=(span_of(sure.text, "The harbour was quiet."),))
    report = evaluate([gold], [sure.replace(quotes=(spurious, *sure.quotes))], draws=0)
    assert sum(row["count"] for row in report.metrics["speakers"]["reliability"]) == 1
