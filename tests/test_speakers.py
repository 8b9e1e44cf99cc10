"""Who speaks: the tables of hard cases by the shipped models, and what must hold on any text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from clock import Clock, assert_linear
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quotestance.pipeline import Pipeline, load
from quotestance.types import Article, Quote, Span, Speaker

TABLES = Path(__file__).parent / "cases"
CASES = [
    (f"{name}-{number}", json.loads(line))
    for name in ("speakers", "speakers_read")
    for number, line in enumerate((TABLES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines())
]
NAMES = TABLES / "foreign_names.tsv"
CHECKED = ("kind", "name", "role", "affiliation", "country", "description", "members")


def article_of(text: str, *sources: tuple[int, int] | None) -> Article:
    content = (Span.of(text, 0, 1),)
    spans = [Span.of(text, *source) if source else None for source in sources]
    return Article(text, quotes=tuple(Quote("indirect", content, source=span) for span in spans))


def find(text: str, words: str, nth: int = 1) -> tuple[int, int]:
    start = [match.start() for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text)][nth - 1]
    return start, start + len(words)


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


def parameters(number: str, case: dict[str, Any]) -> object:
    reason = case.get("xfail")
    marks = [pytest.mark.xfail(strict=True, reason=f"wrong: {reason}")] if reason else []
    return pytest.param(case, id=f"{number}-{case['form']}", marks=marks)


@pytest.mark.parametrize("case", [parameters(number, case) for number, case in CASES])
def test_speakers_hard_case(case: dict[str, Any], pipe: Pipeline) -> None:
    """Every field that the case gives; ``xfail`` tells which the models get wrong."""
    assert wrong_fields(case, pipe) == []


@pytest.mark.parametrize(
    "said",
    ["{} said on Monday that the talks in the capital would go on.",
     "Fighting went on for a third day. “Nobody here wants this war,” said {}, standing beside a burnt-out bus."],
)  # fmt: skip
def test_speakers_foreign_names_standing_alone_are_persons(said: str, pipe: Pipeline) -> None:
    """Of 160 names in ten languages, with nothing beside them that tells a person, 95 in 100 are read as one."""
    names = [line.split("\t")[1] for line in NAMES.read_text(encoding="utf-8").splitlines()]
    articles = pipe.stream([Article(said.format(name)) for name in names])
    found = [[(quote.speaker.kind, quote.speaker.name) for quote in one.quotes if quote.speaker] for one in articles]
    right = sum(set(own) == {("person", name)} for name, own in zip(names, found, strict=True))
    assert right >= 0.95 * len(names) == 152


def test_speakers_evidence_slices_to_the_words_that_were_read(pipe: Pipeline) -> None:
    text = "Ukrainian Foreign Minister Dmytro Kuleba said on Monday that talks would go on."
    article = pipe.resolve_speakers(article_of(text, find(text, "Ukrainian Foreign Minister Dmytro Kuleba")))
    speaker = article.quotes[0].speaker
    assert speaker is not None
    assert (speaker.name, speaker.role, speaker.country) == ("Dmytro Kuleba", "Foreign Minister", "UKR")
    assert speaker.evidence["role"].text == "Foreign Minister"
    assert Article.from_dict(article.to_dict()).quotes[0].speaker.evidence == speaker.evidence  # type: ignore[union-attr]


def test_speakers_are_one_person_under_the_fullest_name(pipe: Pipeline) -> None:
    text = "Victor Hahn spoke. Mr. Hahn was tired, he said. Hahn left."
    sources = [find(text, words, nth) for words, nth in (("Victor Hahn", 1), ("Mr. Hahn", 1), ("Hahn", 3))]
    quotes = pipe.resolve_speakers(article_of(text, *sources)).quotes
    assert [quote.speaker and (quote.speaker.kind, quote.speaker.name) for quote in quotes] == [
        ("person", "Victor Hahn")
    ] * 3


def test_speakers_names_end_where_a_paragraph_does(pipe: Pipeline) -> None:
    text = (
        "The village burned in spring.\n\nDenis Tarkov\n\nGeorge Dunn/State Gallery Archive\n\nTarkov was a woodsman. "
        "“The forest has many eyes,” Tarkov wrote."
    )
    speaker = pipe.resolve_speakers(article_of(text, find(text, "Tarkov", 3))).quotes[0].speaker
    assert speaker is not None
    assert speaker.name == "Denis Tarkov"


def test_speakers_without_a_source_stay_unnamed(tiny_pipe: Pipeline) -> None:
    article = tiny_pipe.resolve_speakers(article_of("Victor Hahn spoke. It was late.", None))
    assert article.quotes[0].speaker is not None
    assert article.quotes[0].speaker.kind == "unnamed"
    assert article.quotes[0].speaker.name is None


def test_speakers_are_replaced_and_nothing_else_is_touched(tiny_pipe: Pipeline) -> None:
    article = article_of("Victor Hahn said so.", (0, 11))
    wrong = article.replace(
        quotes=(Quote("indirect", article.quotes[0].content, source=article.quotes[0].source, speaker=Speaker("X")),)
    )
    assert tiny_pipe.resolve_speakers(wrong) == tiny_pipe.resolve_speakers(article)
    assert tiny_pipe.resolve_speakers(article).text == article.text


def test_speakers_of_an_article_without_quotes(tiny_pipe: Pipeline) -> None:
    assert tiny_pipe.resolve_speakers(Article("")) == Article("")
    assert tiny_pipe.resolve_speakers(Article("Victor Hahn spoke.")) == Article("Victor Hahn spoke.")


PIECES = st.sampled_from(
    [
        "Victor Hahn",
        "Hahn",
        "Mr. ",
        "President ",
        "the ",
        "he ",
        "said ",
        ", ",
        ". ",
        "\n\n",
        "“",
        "”",
        '"',
        " and ",
        "of ",
        "who ",
        "U.S. ",
        "(R-Ohio) ",
        "'s ",
        "Foreign Ministry ",
        "spokesman ",
        "al-",
        "ﬀ",
        "İ",
        "\ud800",
        "\x00",
        "東京",
        "1",
    ]
)
TEXTS = st.one_of(st.text(min_size=1, max_size=200), st.lists(PIECES, min_size=1, max_size=40).map("".join))


@given(text=TEXTS, data=st.data())
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_speakers_any_text_and_any_spans_get_a_speaker(text: str, data: st.DataObject, tiny_pipe: Pipeline) -> None:
    positions = st.integers(0, len(text) - 1)
    ends = st.tuples(positions, positions).map(lambda pair: (min(pair), max(pair) + 1))
    article = tiny_pipe.resolve_speakers(article_of(text, *data.draw(st.lists(ends, min_size=1, max_size=4))))
    for quote in article.quotes:
        assert quote.speaker is not None
        assert all(text[span.start : span.end] == span.text for span in quote.speaker.evidence.values())


STRESS = {
    "one person": "Victor Hahn of Ward {n} met Mr. Kerr{m}. “It is late,” he said.",
    "namesakes": "Victor{n} Hahn and Mayor Karl Hahn{m} met. Hahn left, he said. The mayor said no.",
    "bodies": "The Ward Council {n} met the Ward{m} Board. It said no, they said. The spokesman he knew left.",
}


@pytest.mark.parametrize("sentence", STRESS.values(), ids=STRESS)
def test_speakers_take_time_linear_in_the_length(sentence: str, tiny_pipe: Pipeline) -> None:
    def resolving(paragraphs: int) -> Callable[[], object]:
        text = "\n\n".join(sentence.format(n=n, m=n % 7) for n in range(paragraphs))
        article = article_of(text, *(match.span() for match in re.finditer(r"\bhe\b|\bHahn\b|\bThe \w+", text)))
        return lambda: tiny_pipe.resolve_speakers(article)

    assert_linear(resolving, 25, 200, most=4)


@pytest.mark.parametrize(
    "text", ["A" * 20_000, "Ab " * 8_000, "Hahn's " * 4_000, "the head of " * 2_500, '"' * 5_000 + "Hahn"]
)
def test_speakers_monotonous_text_is_no_trap(text: str, tiny_pipe: Pipeline) -> None:
    with Clock() as clock:
        tiny_pipe.resolve_speakers(article_of(text, (0, min(5, len(text))), (len(text) - 4, len(text))))
    assert clock.seconds < 30
