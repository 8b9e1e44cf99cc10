"""Who speaks, by the reader and the rules together: hard cases, of which the first 150 were written blind to both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_speakers import article_of, find

from quotestance.pipeline import Pipeline, load
from quotestance.speakers.combined import combine, complete
from quotestance.types import Article, Quote, Span, Speaker

TABLE = Path(__file__).parent / "cases" / "speakers_read.jsonl"
CASES = [json.loads(line) for line in TABLE.read_text(encoding="utf-8").splitlines()]
NAMES = Path(__file__).parent / "cases" / "foreign_names.tsv"
CHECKED = ("kind", "name", "role", "affiliation", "country", "members")


@pytest.fixture(scope="module")
def pipe() -> Pipeline:
    """Load the shipped models in float32, so that a close case goes the same way on every machine."""
    return load(fast=True, precision="float32")


def wrong_fields(case: dict[str, Any], pipe: Pipeline) -> list[str]:
    """Return the fields that are neither as the case has them nor as it accepts them."""
    text = case["text"]
    speaker = pipe.resolve_speakers(article_of(text, find(text, case["source"], case["nth"]))).quotes[0].speaker
    assert speaker is not None
    said = {field: getattr(speaker, field) for field in CHECKED if field in case}
    if "members" in said:
        said["members"] = list(said["members"])
    others = case.get("accept", {})
    return [field for field, value in said.items() if value != case[field] and value not in others.get(field, [])]


def parameters(number: int, case: dict[str, Any]) -> object:
    reason = case.get("xfail")
    marks = [pytest.mark.xfail(strict=True, reason=f"wrong: {reason}")] if reason else []
    return pytest.param(case, id=f"{number}-{case['form']}", marks=marks)


@pytest.mark.parametrize("case", [parameters(number, case) for number, case in enumerate(CASES)])
def test_combined_hard_case(case: dict[str, Any], pipe: Pipeline) -> None:
    """Every field that the case gives; ``xfail`` tells which the models get wrong."""
    assert wrong_fields(case, pipe) == []


@pytest.mark.parametrize(
    "said",
    ["{} said on Monday that the talks in the capital would go on.",
     "Fighting went on for a third day. “Nobody here wants this war,” said {}, standing beside a burnt-out bus."],
)  # fmt: skip
def test_combined_foreign_names_standing_alone_are_persons(said: str, pipe: Pipeline) -> None:
    """Of 160 names in ten languages, with nothing beside them that tells a person, 95 in 100 are read as one."""
    names = [line.split("\t")[1] for line in NAMES.read_text(encoding="utf-8").splitlines()]
    articles = pipe.stream([Article(said.format(name)) for name in names])
    found = [[(quote.speaker.kind, quote.speaker.name) for quote in one.quotes if quote.speaker] for one in articles]
    right = sum(set(own) == {("person", name)} for name, own in zip(names, found, strict=True))
    assert right >= 0.95 * len(names) == 152


def test_combined_evidence_slices_to_the_words_that_were_read(pipe: Pipeline) -> None:
    text = "Ukrainian Foreign Minister Dmytro Kuleba said on Monday that talks would go on."
    article = pipe.resolve_speakers(article_of(text, find(text, "Ukrainian Foreign Minister Dmytro Kuleba")))
    speaker = article.quotes[0].speaker
    assert speaker is not None
    assert (speaker.name, speaker.role, speaker.country) == ("Dmytro Kuleba", "Foreign Minister", "UKR")
    assert speaker.evidence["role"].text == "Foreign Minister"
    assert Article.from_dict(article.to_dict()).quotes[0].speaker.evidence == speaker.evidence  # type: ignore[union-attr]


def test_combined_the_rules_fill_in_and_do_not_overrule() -> None:
    reader = Speaker("Kuleba", "person", role="minister", confidence=0.9)
    ruled = Speaker("Dmytro Kuleba", "person", role="Foreign Minister", country="UKR")
    both = combine(reader, ruled)
    assert both is not None
    assert (both.name, both.role, both.country, both.confidence) == ("Dmytro Kuleba", "minister", "UKR", 0.9)
    assert combine(reader, Speaker("Ann Roe", "person", role="mayor")) == reader


PIECES = [
    "Victor Hahn",
    "Hahn",
    "Mr. ",
    "the ",
    "he ",
    "said ",
    ", ",
    ". ",
    "\n\n",
    "“",
    "”",
    " and ",
    "U.S. ",
    "\ud800",
    "東京",
]
TEXTS = st.one_of(st.text(min_size=1, max_size=200), st.lists(st.sampled_from(PIECES), min_size=1).map("".join))


@given(text=TEXTS, data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_combined_any_text_and_any_spans_get_a_speaker(text: str, data: st.DataObject, tiny_pipe: Pipeline) -> None:
    positions = st.integers(0, len(text) - 1)
    ends = st.tuples(positions, positions).map(lambda pair: (min(pair), max(pair) + 1))
    article = tiny_pipe.resolve_speakers(article_of(text, *data.draw(st.lists(ends, min_size=1, max_size=3))))
    for quote in article.quotes:
        assert quote.speaker is not None
        assert all(text[span.start : span.end] == span.text for span in quote.speaker.evidence.values())


def told_of(text: str, source: str, speaker: Speaker) -> Speaker:
    start = text.index(source)
    quote = Quote("indirect", (Span.of(text, 0, 4),), source=Span.of(text, start, start + len(source)), speaker=speaker)
    completed = complete(Article(text, quotes=(quote,))).quotes[0].speaker
    assert completed is not None
    return completed


def test_combined_an_office_holder_without_another_home_is_of_the_state_as_the_article_calls_it() -> None:
    text = "Kyiv waited. Defense Minister Olena Hurt spoke; Ukraine needs shells, and Ukraine's allies know."
    minister = Speaker("Olena Hurt", "person", role="Defense Minister", country="UKR")
    told = told_of(text, "Defense Minister Olena Hurt", minister)
    assert (told.affiliation, told.evidence["affiliation"].text) == ("Ukraine", "Ukraine")
    analyst = Speaker("Olena Hurt", "person", role="analyst", country="UKR")
    assert told_of(text, "Olena Hurt", analyst).affiliation is None
    state = Speaker("Ukraine", "organization", country="UKR")
    assert told_of(text, "Ukraine", state).affiliation is None
