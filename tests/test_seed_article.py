"""The whole pipeline with the shipped models on the seed article, against its hand-made gold."""

from __future__ import annotations

from pathlib import Path

import pytest

import quotestance
from quotestance.text import quotations
from quotestance.types import STANCES, Article, Quote

SEEDS = Path(__file__).parents[1] / "seeds"


@pytest.fixture(scope="module")
def gold() -> Article:
    (article,) = quotestance.read_articles(SEEDS / "gold.jsonl")
    return article


@pytest.fixture(scope="module")
def found(gold: Article) -> Article:
    return quotestance.load()(gold.text)


def speakers_of(article: Article, start: int, end: int) -> set[str]:
    """Names of those who say most of the characters ``start:end``."""

    def covers(quote: Quote) -> bool:
        inside = sum(max(0, min(end, span.end) - max(start, span.start)) for span in quote.content)
        return 2 * inside > end - start

    return {quote.speaker.name or "" for quote in article.quotes if quote.speaker and covers(quote)}


def test_seed_article_gives_every_quoted_passage_its_person(gold: Article, found: Article) -> None:
    passages = [q for q in quotations(gold.text) if q.depth == 0]
    assert len(passages) == 16
    for passage in passages:
        expected = speakers_of(gold, passage.inner_start, passage.inner_end)
        given = speakers_of(found, passage.inner_start, passage.inner_end)
        assert given == expected, gold.text[passage.start : passage.end]


def test_seed_article_leaves_its_scare_quote_with_nobody(gold: Article, found: Article) -> None:
    ((start, end),) = gold.meta["scare_quotes"]
    assert gold.text[start:end] == "no limits"
    assert speakers_of(found, start, end) == set()


@pytest.mark.xfail(strict=True, reason="what Putin announced is not taken for a quote")
def test_seed_article_names_role_and_affiliation_of_those_quoted_by_name(gold: Article, found: Article) -> None:
    given = {speaker.name: speaker for speaker in found.speakers if speaker.kind == "person"}
    expected = {speaker.name: speaker for speaker in gold.speakers if speaker.kind == "person"}
    assert set(expected) <= set(given)
    roles = [given[name].role == speaker.role for name, speaker in expected.items() if speaker.role]
    assert sum(roles) >= 0.8 * len(roles)


def test_seed_article_names_the_others_and_most_roles(gold: Article, found: Article) -> None:
    given = {speaker.name: speaker for speaker in found.speakers if speaker.kind == "person"}
    expected = {speaker.name: speaker for speaker in gold.speakers if speaker.kind == "person"}
    assert set(expected) - set(given) <= {"Vladimir Putin"}
    roles = [given[name].role == speaker.role for name, speaker in expected.items() if speaker.role and name in given]
    assert sum(roles) >= 0.75 * len(roles)


def test_seed_article_has_a_stance_for_every_quote(found: Article) -> None:
    assert all(quote.stance is not None and quote.stance.label in STANCES for quote in found.quotes)
    turner = [q for q in found.quotes if q.speaker and q.speaker.name == "Mike Turner" and "direct military" in q.text]
    assert [quote.stance.label for quote in turner if quote.stance] == ["escalatory"]
