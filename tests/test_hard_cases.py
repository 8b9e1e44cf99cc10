"""The shipped attribution model on tests/cases/quotes.jsonl, a table that anybody can extend.

A case: ``text``; ``quotes``, each with ``content`` (its pieces, word for word), ``source`` (the words that name it, or
null) and ``kind``; ``not_quotes``, passages in marks that are no quotes. Words that occur more than once are given as
``{"words", "nth"}``. A quote is found when the words of some predicted content and its own overlap by half (Jaccard),
with a source that shares a word (``kind`` tells the reader, and is not compared). Where ``quotes`` is empty nothing may
be found; a passage of ``not_quotes`` may not be most of the words of a direct or mixed quote. ``xfail`` and
``xfail_not_quotes`` say why a case fails so far; when it passes, the test says so.

As in PolNeAR, direct speech that goes on after its cue, or in the next paragraph without another, is one quote with it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from quotestance.checkpoints import shipped
from quotestance.quotes.finder import QuoteFinder
from quotestance.types import Article, Quote, Span

TABLE = Path(__file__).with_name("cases") / "quotes.jsonl"
CASES = [json.loads(line) for line in TABLE.read_text(encoding="utf-8").split("\n") if line]
PARAMETERS = [
    pytest.param(
        case,
        id=f"{case['id']}-{case['form']}",
        marks=[pytest.mark.xfail(reason=case["xfail"])] if "xfail" in case else [],
    )
    for case in CASES
]


@pytest.fixture(scope="module")
def found() -> dict[str, tuple[Quote, ...]]:
    """Read in float32, whatever is fast here, so that a close case goes the same way on every machine."""
    articles = [Article(case["text"], id=case["id"]) for case in CASES]
    read = QuoteFinder.load(shipped("attribution-en"), precision="float32").find(articles)
    return {article.id: article.quotes for article in read}


def locate(text: str, words: str | dict[str, Any]) -> Span:
    wanted, nth = (words, 1) if isinstance(words, str) else (words["words"], words["nth"])
    start = -1
    for _ in range(nth):
        start = text.index(wanted, start + 1)
    return Span.of(text, start, start + len(wanted))


def places(text: str, spans: list[Span]) -> set[int]:
    """Where the words of some spans start, a leading "that" left out."""
    starts = [m.start() + s.start for s in spans for m in re.finditer(r"\w+", s.text)]
    return set(starts[1:] if starts and text[starts[0] : starts[0] + 5].lower() == "that " else starts)


def answers(text: str, expected: dict[str, Any], quote: Quote) -> bool:
    wanted = places(text, [locate(text, words) for words in expected["content"]])
    given = places(text, list(quote.content))
    if 2 * len(wanted & given) < len(wanted | given):
        return False
    if expected["source"] is None or quote.source is None:
        return expected["source"] is None and quote.source is None
    wanted_source = locate(text, expected["source"]).text
    return wanted_source == quote.source.text or bool(words_of(wanted_source) & words_of(quote.source.text))


def words_of(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"\w+", text)} - {"the", "a", "an", "of", "s"}


@pytest.mark.parametrize("case", PARAMETERS)
def test_hard_cases_are_found_with_their_source(case: dict[str, Any], found: dict[str, tuple[Quote, ...]]) -> None:
    text, quotes = case["text"], found[case["id"]]
    missed = [e for e in case["quotes"] if not any(answers(text, e, quote) for quote in quotes)]
    got = [(q.kind, q.text, q.source and q.source.text) for q in quotes]
    assert not missed, f"got {got}"
    assert case["quotes"] or not quotes, f"got {got}"


@pytest.mark.parametrize("case", [case for case in CASES if case["not_quotes"]], ids=lambda case: str(case["id"]))
def test_hard_cases_leave_alone_what_is_no_quote(
    case: dict[str, Any], found: dict[str, tuple[Quote, ...]], request: pytest.FixtureRequest
) -> None:
    if "xfail_not_quotes" in case:
        request.applymarker(pytest.mark.xfail(reason=case["xfail_not_quotes"]))
    text = case["text"]
    quoted = [places(text, list(quote.content)) for quote in found[case["id"]] if quote.kind != "indirect"]
    for passage in case["not_quotes"]:
        words = places(text, [locate(text, passage)])
        assert not any(words <= quote and len(quote) < 2 * len(words) for quote in quoted)
