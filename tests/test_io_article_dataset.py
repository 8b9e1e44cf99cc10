"""Articles survive a datasets.Dataset, and the files that it writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import datasets
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quotestance import (
    Article,
    FormatError,
    Quote,
    Span,
    Speaker,
    Stance,
    articles_to_dataset,
    read_articles,
    to_articles,
)
from quotestance.io.article_dataset import article_schema
from quotestance.pipeline import Pipeline
from quotestance.types import STANCES

TEXT = 'Minister Ann Lee said "no 👩‍👩‍👧‍👦",\r\nand "لا", Reuters reported. They left.'
WORDS = st.text(st.characters(codec="utf-8"), max_size=8)
PROBABILITY = st.none() | st.floats(0, 1)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start = draw(st.integers(0, len(TEXT) - 1))
    return Span.of(TEXT, start, draw(st.integers(start + 1, len(TEXT))))


SPEAKERS = st.builds(
    Speaker,
    name=st.none() | WORDS,
    kind=st.sampled_from(["person", "organization", "group", "unnamed"]),
    role=st.none() | WORDS,
    country=st.none() | WORDS,
    members=st.lists(WORDS, max_size=2).map(tuple),
    confidence=PROBABILITY,
    evidence=st.dictionaries(st.sampled_from(["role", "affiliation", "country"]), spans(), max_size=2),
    id=st.none() | WORDS,
)
STANCED = st.builds(
    Stance, st.dictionaries(st.sampled_from(STANCES), st.floats(0, 1), min_size=1), conditional=PROBABILITY
)
QUOTES = st.builds(
    Quote,
    kind=st.sampled_from(["direct", "mixed", "indirect"]),
    content=spans().map(lambda one: (one,)),
    cue=st.none() | spans(),
    source=st.none() | spans(),
    speaker=st.none() | SPEAKERS,
    stance=st.none() | STANCED,
    confidence=PROBABILITY,
    via=st.none() | spans(),
)
META = st.dictionaries(WORDS, st.none() | st.integers(-9, 9) | WORDS | st.lists(WORDS, max_size=2), max_size=3)
ARTICLES = st.builds(
    Article,
    text=st.just(TEXT),
    id=WORDS,
    title=st.none() | WORDS,
    published=st.none() | WORDS,
    url=st.none() | WORDS,
    meta=META,
    quotes=st.lists(QUOTES, max_size=3).map(tuple),
    error=st.none() | WORDS,
)


def evidence(article: Article) -> list[Any]:
    """Return what plays no part in whether two speakers are equal."""
    return [quote.speaker and dict(quote.speaker.evidence) for quote in article.quotes]


@settings(max_examples=60)
@given(st.lists(ARTICLES, max_size=4))
def test_io_article_dataset_gives_equal_articles_back(articles: list[Article]) -> None:
    dataset = articles_to_dataset(articles)
    back = list(to_articles(dataset))
    assert back == articles
    assert [evidence(one) for one in back] == [evidence(one) for one in articles]


@pytest.fixture
def articles(tiny_pipe: Pipeline) -> list[Article]:
    texts = ['"We said so," the war said. Peace, Liu said, is 5 o\'clock.', "Nothing.", "“War,” said the two."]
    made = [Article(text, f"a{number}", meta={"outlet": "Herald", "n": number}) for number, text in enumerate(texts)]
    return [*tiny_pipe.stream(made), Article("", "broken", error="not text")]


def test_io_article_dataset_survives_the_files_that_it_writes(articles: list[Article], tmp_path: Path) -> None:
    dataset = articles_to_dataset(articles)
    assert sum(len(article.quotes) for article in articles) >= 3
    dataset.to_parquet(tmp_path / "a.parquet")
    dataset.save_to_disk(tmp_path / "folder")
    for back in (
        read_articles(tmp_path / "a.parquet"),
        to_articles(datasets.load_from_disk(str(tmp_path / "folder"))),
        to_articles(dataset.to_pandas()),
        to_articles(pd.read_parquet(tmp_path / "a.parquet")),
        to_articles(dataset.data.table),
    ):
        assert list(back) == articles


def test_io_article_dataset_gives_articles_without_an_id_back_as_they_were() -> None:
    dataset = articles_to_dataset([Article("No."), Article("Yes.", "b"), Article("", error="not text")])
    for table in (dataset, dataset.to_pandas(), dataset.data.table, dataset.to_list()):
        assert [article.id for article in to_articles(table)] == ["", "b", ""]
    assert [article.id for article in to_articles(dataset.remove_columns("quotes"))] == ["0", "b", "2"]


def test_io_article_dataset_has_one_schema_however_few_the_articles(articles: list[Article]) -> None:
    assert articles_to_dataset([]).features == articles_to_dataset(articles).features
    assert articles_to_dataset(articles).column_names == article_schema().names
    assert list(to_articles(articles_to_dataset([]))) == []


def test_io_article_dataset_can_be_filtered_by_what_was_found(articles: list[Article]) -> None:
    found = articles_to_dataset(articles)
    kept = found.filter(lambda row: any(quote["speaker"]["kind"] != "person" for quote in row["quotes"]))
    expected = [one.id for one in articles if any(q.speaker and q.speaker.kind != "person" for q in one.quotes)]
    assert kept["id"][:] == expected
    assert 0 < len(expected) < len(articles)


def test_io_article_dataset_holds_what_no_table_can_as_near_as_it_can() -> None:
    article = Article("He said \ud800no.", "a", quotes=(Quote("indirect", (Span.of("He said \ud800no.", 8, 11),)),))
    back = next(to_articles(articles_to_dataset([article])))
    assert back.text == "He said \ufffdno."
    assert (back.quotes[0].start, back.quotes[0].end) == (8, 11)


def test_io_article_dataset_refuses_one_article() -> None:
    with pytest.raises(TypeError, match=r"one article: give a list, \[article\]"):
        articles_to_dataset(Article("No."))


def test_io_article_dataset_refuses_what_has_no_column() -> None:
    span = Span.of("No.", 0, 2)
    for quote in (
        Quote("indirect", (span,), stance=Stance({"hawkish": 1.0})),
        Quote("indirect", (span,), speaker=Speaker(evidence={"age": span})),
    ):
        with pytest.raises(FormatError, match=r"Article 'a': no column for (hawkish|age) .*write_articles"):
            articles_to_dataset([Article("No.", "a", quotes=(quote,))])
