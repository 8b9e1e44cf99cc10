"""Sides of a conflict swapped in articles: words, offsets, speakers, and the flips that are counted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotestance.stance.classifier import Classifier
from quotestance.types import Article, Quote, Span, Speaker, Stance
from training.stance.news import swapped_some
from training.stance.sides import Sides, read_sides, swap_article, swap_text
from training.stance.swaps import counts, direction_of, swapped_cases, table

SIDES = {sides.name: sides for sides in read_sides()}
RUSSIA, US = SIDES["Russia/Ukraine"], SIDES["US/North Korea"]

TEXT = (
    "MOSCOW. A Russian spokesman said on Monday that Kyiv would be hit.\n\n"
    'In Geneva a delegate told Putin: "Go home."\n\n'
    "The weather was mild. She said the harvest was good."
)


def quote(text: str, content: str, source: str, speaker: Speaker | None = None) -> Quote:
    """An indirect quote of words of a text."""
    spans = [Span.of(text, at, at + len(words)) for words in (content, source) for at in (text.index(words),)]
    return Quote("indirect", (spans[0],), source=spans[1], speaker=speaker)


def article() -> Article:
    """An article with one quote that names both sides, one that names none, and one far from any."""
    speaker = Speaker("the Russian spokesman", "person", "spokesman", "Russia", "RUS")
    return Article(
        TEXT,
        id="seven",
        quotes=(
            quote(TEXT, "that Kyiv would be hit", "A Russian spokesman", speaker=speaker),
            quote(TEXT, '"Go home."', "a delegate"),
            quote(TEXT, "the harvest was good", "She"),
        ),
    )


@pytest.mark.parametrize(
    ("pair", "old", "new"),
    [
        ("Russia/Ukraine", "Russia's army left Kiev", "Ukraine's army left Moscow"),
        ("Russia/Ukraine", "KYIV. Ukrainians and pro-Russian men", "MOSCOW. Russians and pro-Ukrainian men"),
        ("Russia/Ukraine", "Vladimir Putin met Zelensky", "Volodymyr Zelensky met Putin"),
        ("Russia/Ukraine", "Prussian Russianness", "Prussian Russianness"),
        ("Israel/Iran", "an Israeli and an Iranian", "an Iranian and an Israeli"),
        ("India/Pakistan", "an Indian in New Delhi", "a Pakistani in Islamabad"),
        ("India/Pakistan", "a Pakistani boat", "an Indian boat"),
        ("US/North Korea", "The US said so", "North Korea said so"),
        ("US/North Korea", "the U.S. military and North Korea", "the North Korean military and the United States"),
        ("US/North Korea", "the United States' guns, North Korea's", "North Korea's guns, the United States'"),
        ("US/North Korea", "US President Joe Biden on the DPRK", "North Korean President Kim Jong Un on the U.S."),
        ("US/North Korea", "South Koreans fear North Koreans", "South Koreans fear Americans"),
        ("China/Philippines", "a China that talks", "a Philippines that talks"),
        ("China/Japan", "Tell us of Xi", "Tell us of Abe"),
    ],
)
def test_swaps_names_of_the_sides_change_places(pair: str, old: str, new: str) -> None:
    assert swap_text(old, SIDES[pair]).text == new


def test_swaps_a_quote_and_the_sentence_before_it_are_swapped_alike() -> None:
    told = {"text": "Russia will answer.", "context": "Kyiv had spoken.", "label": "escalatory"}
    rows = [told | {"split": split} for split in ("train", "dev") for _ in range(200)]
    swapped = swapped_some(rows, random.Random(1))  # noqa: S311
    assert {row["label"] for row in swapped} == {"escalatory"}
    assert swapped[200:] == rows[200:]  # what measures stays as it is
    read = Counter((row["text"], row["context"]) for row in swapped[:200])
    assert 20 < read.pop(("Ukraine will answer.", "Moscow had spoken.")) < 60
    assert read.pop(("Russia will answer.", "Kyiv had spoken.")) > 100
    assert {before for _, before in read} == {"Kyiv had spoken."}  # the United States and Russia: Kyiv is neither's


def test_swaps_a_quote_stands_beside_itself_with_other_sides() -> None:
    told = {"text": "Russia will answer.", "context": "Kyiv had spoken.", "label": "escalatory", "split": "train"}
    sideless = told | {"text": "We will answer.", "context": "He had spoken."}
    rows = swapped_some([told] * 100 + [sideless] * 100, random.Random(1), beside=True)  # noqa: S311
    others = [row.pop("other") for row in rows[:100] if "other" in row]
    assert rows == [told] * 100 + [sideless] * 100  # its own words stay, and without a side there is no other
    assert 50 < len(others) < 90
    assert told | {"text": "Ukraine will answer.", "context": "Moscow had spoken."} in others
    assert {row["label"] for row in others} == {"escalatory"}


def test_swaps_spans_and_speaker_move_with_the_text() -> None:
    swapped = swap_article(article(), RUSSIA)
    said, told, far = swapped.quotes
    assert said.text == "that Moscow would be hit"
    assert (said.source and said.source.text, told.source and told.source.text) == (
        "A Ukrainian spokesman",
        "a delegate",
    )
    assert said.speaker == Speaker("the Ukrainian spokesman", "person", "spokesman", "Ukraine", "UKR")
    assert (told.text, far.text) == ('"Go home."', "the harvest was good")
    assert all(span.text == swapped.text[span.start : span.end] for one in swapped.quotes for span in one.spans())


def test_swaps_a_span_that_begins_after_the_article_stays_there() -> None:
    text = "An Iranian envoy spoke."
    bare = Quote("indirect", (Span.of(text, 3, 16),))
    assert swap_article(Article(text, quotes=(bare,)), SIDES["Israel/Iran"]).quotes[0].text == "Israeli envoy"


def test_swaps_a_span_that_cuts_a_name_takes_the_whole() -> None:
    text = "In New Delhi it rains."
    cut = Quote("indirect", (Span.of(text, 7, 12),))
    assert swap_article(Article(text, quotes=(cut,)), SIDES["India/Pakistan"]).quotes[0].text == "Islamabad"


@given(st.data(), st.sampled_from(list(SIDES.values())))
def test_swaps_any_span_still_slices_and_outside_words_are_kept(data: st.DataObject, sides: Sides) -> None:
    words = st.sampled_from([*list(sides.names)[:40], "a", "an", "the", "fleet", "é", "\n\n", ".", "'s"])
    text = " ".join(data.draw(st.lists(words, min_size=1, max_size=30)))
    moved = swap_text(text, sides)
    start = data.draw(st.integers(0, len(text) - 1))
    span = Span.of(text, start, data.draw(st.integers(start + 1, len(text))))
    assert moved.span(span).text == moved.text[moved.at(span.start) : moved.at(span.end, is_end=True)]
    assert moved.text.count("fleet") == text.count("fleet")


def test_swaps_direction_is_the_side_that_the_quote_names() -> None:
    both, beside, far = (direction_of(article(), one, RUSSIA) for one in article().quotes)
    assert (both, beside, far) == ("both", "around", "around")
    one_sided = replace(article().quotes[0], source=None)
    assert direction_of(article(), one_sided, RUSSIA) == "Ukraine to Russia"
    assert direction_of(article(), one_sided, US) is None


class Partial(SimpleNamespace):
    """A model that calls what names Ukraine's capital escalatory."""

    def classify(self, texts: Sequence[str], _: object = None) -> list[Stance]:
        return [Stance.certain("escalatory" if "Kyiv" in text else "neutral") for text in texts]


def test_swaps_flips_are_counted_by_pair_and_direction() -> None:
    model = cast(Classifier, Partial())
    assert [case.direction for case in swapped_cases(model, [article()], RUSSIA)] == ["both"]
    cases = swapped_cases(model, [article()], RUSSIA, around=True)
    assert [(case.direction, case.before, case.after) for case in cases] == [
        ("both", "escalatory", "neutral"),
        ("around", "neutral", "neutral"),
        ("around", "neutral", "neutral"),
    ]
    printed = table(counts(cases))
    assert "| Russia/Ukraine | both | 1 | 100.0 | 20.7 to 100.0 | 0 / 1 | 0 / 0 |" in printed
    assert "| Russia/Ukraine | around | 2 | 0.0 | 0.0 to 65.8 | 0 / 0 | 0 / 0 |" in printed
    assert "| all | without around | 1 | 100.0 | 20.7 to 100.0 | 0 / 1 | 0 / 0 |" in printed


def test_swaps_articles_that_name_no_side_are_not_read() -> None:
    class Never(SimpleNamespace):
        def classify(self, texts: Sequence[str], _: object = None) -> list[Stance]:
            assert not texts
            return []

    assert swapped_cases(cast(Classifier, Never()), [article()], SIDES["India/Pakistan"]) == []
    assert "| all | without around | 0 | - | - | 0 / 0 | 0 / 0 |" in table(counts([]))


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("Arden/Belmark,country,Arden,", "line 2: give pair"),
        ("Arden,country,Arden,Belmark", "not of the form side/side"),
        ("Arden/Belmark,country,Arden,Belmark\nArden/Belmark,city,Belmark,Lasko", "'Belmark' stands for both sides"),
        ("Arden/Belmark,adjective,Arden,Belmarkian", "'Arden' has no line of another kind"),
    ],
)
def test_swaps_a_bad_table_is_refused(rows: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "sides.csv"
    path.write_text(f"pair,kind,a,b\n{rows}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        read_sides(path)
