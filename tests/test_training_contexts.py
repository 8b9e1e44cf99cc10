"""Invented quotes in their passages: what the validator refuses, and how a model is measured on them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from quotestance.stance.classifier import Classifier
from quotestance.types import STANCES, Article, Stance
from training.stance import contexts
from training.stance.contexts import answers, articles_of, figures, kind_of, load_contexts, problems

TEXT = 'Arden is tense. "We sail tonight," the admiral said. The mayor said both fleets should stay in port.'
Row = dict[str, Any]


def row(**changes: object) -> Row:
    """A sound row on the passage above, with changes."""
    return {
        **{"id": "1a", "group": 1, "text": TEXT, "start": 16, "end": 34, "source": [35, 46], "cue": [47, 51]},
        **{"label": "escalatory", "conditional": False, "case": "who_acts", "war": "Arden/Belmark", "split": "train"},
        **changes,
    }


def second(**changes: object) -> Row:
    """The other quote of the passage, in the same group."""
    start = TEXT.index("both")
    places = {"start": start, "end": len(TEXT) - 1, "source": [53, 62], "cue": [63, 67]}
    return row(id="1b", label="de-escalatory", **{**places, **changes})


class Told(SimpleNamespace):
    """A model that gives every quote the label that it is told for its first word."""

    def classify_quotes(self, articles: Sequence[Article], *_: object) -> list[list[Stance]]:
        assert all(quote.stance is None for article in articles for quote in article.quotes)
        return [
            [Stance.certain(self.labels[quote.text.split()[0]], False) for quote in article.quotes]
            for article in articles
        ]


FIRST_GROUPS = 300
"""Groups of the first sitting; those that were written later are all for training."""


def model(**labels: str) -> Classifier:
    return cast(Classifier, Told(labels={'"We': labels["direct"], "both": labels["indirect"]}))


def test_contexts_shipped_file_is_sound_and_balanced() -> None:
    rows = load_contexts()
    counted = [sum(one["label"] == label for one in rows) for label in STANCES]
    assert min(counted) > 0.3 * len(rows)
    first = [one for one in rows if one["group"] <= FIRST_GROUPS]
    assert 0.15 < sum(one["split"] == "held" for one in first) / len(first) < 0.25
    assert {one["split"] for one in rows if one["group"] > FIRST_GROUPS} == {"train"}
    assert {one["case"] for one in rows} == set(contexts.CASES)


def test_contexts_no_passage_stands_in_both_splits() -> None:
    train, held = ({one["text"] for one in load_contexts(split)} for split in contexts.SPLITS)
    assert not train & held


def test_contexts_sound_rows_have_no_problems() -> None:
    assert list(problems([row(), second()])) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"end": 33}, ""),
        ({"end": 31}, "does not slice to whole words"),
        ({"end": 10**6}, "does not slice"),
        ({"start": None}, "does not slice"),
        ({"end": 35}, "does not slice"),
        ({"source": [33, 46]}, "overlap"),
        ({"label": "hawkish"}, "unknown label 'hawkish'"),
        ({"label": "neutral", "conditional": True}, "neutral quote has no move"),
        ({"conditional": "no"}, "neither true nor false"),
        ({"case": "none"}, "unknown case"),
        ({"split": "test"}, "unknown split"),
        ({"text": None}, "no text"),
        ({"id": "1b"}, "2 rows have this id"),
        ({"split": "held"}, "several values of split"),
        ({"label": "de-escalatory"}, "all labels are the same"),
        ({"group": 2}, "has one quote"),
    ],
)
def test_contexts_validator_names_what_is_wrong(changes: Row, told: str) -> None:
    found = list(problems([row(**changes), second()]))
    assert any(told in problem for problem in found) if told else not found


def test_contexts_flipped_countries_keep_the_label() -> None:
    found = list(problems([row(case="flip"), second(case="flip")]))
    assert found == ["group 1: countries are flipped and the label is another"]


def test_contexts_one_quote_is_not_labelled_twice() -> None:
    found = list(problems([row(), row(id="1c", label="neutral")]))
    assert any("2 rows label one quote" in problem for problem in found)


def test_contexts_bad_file_is_refused_by_name(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"id": "7a", "text": "No."}\n', encoding="utf-8")
    with pytest.raises(SystemExit, match=r"bad\.jsonl has \d+ problem\(s\), first: 7a"):
        load_contexts(path=bad)


def test_contexts_passage_becomes_one_article_with_its_quotes_in_order() -> None:
    (article,) = articles_of([second(), row()])
    assert [quote.text for quote in article.quotes] == ['"We sail tonight,"', "both fleets should stay in port"]
    assert [quote.kind for quote in article.quotes] == ["direct", "indirect"]
    assert [str(quote.stance and quote.stance.label) for quote in article.quotes] == ["escalatory", "de-escalatory"]


@pytest.mark.parametrize(
    ("content", "kind"), [('"Go,"', "direct"), ("to go", "indirect"), ('"Go" or "stay"', "mixed"), ('a "go"', "mixed")]
)
def test_contexts_kind_is_told_by_the_marks(content: str, kind: str) -> None:
    assert kind_of(content) == kind


def measured(rows: Sequence[Row], **labels: str) -> dict[str, float]:
    return figures(rows, answers(model(**labels), rows))


def test_contexts_figures_count_a_group_only_where_all_of_it_is_right() -> None:
    rows = [second(), row()]
    assert measured(rows, direct="escalatory", indirect="de-escalatory")["groups right (1)"] == 1.0
    half = measured(rows, direct="escalatory", indirect="neutral")
    assert half["groups right (1)"] == 0.0
    assert half["right in who_acts (2)"] == 0.5
