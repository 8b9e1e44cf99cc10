"""The stance classifier that reads quotes in their article: what it reads, and that company makes no difference."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import quotestance
from quotestance.errors import CheckpointError
from quotestance.reader.tokens import Tokens, tokenize
from quotestance.stance.article_classifier import ArticleClassifier
from quotestance.stance.cascade import Cascade
from quotestance.stance.explanation import explain
from quotestance.stance.loading import is_article_checkpoint
from quotestance.stance.marked import Marked, places_of
from quotestance.stance.quotes import classify_stance, stances_of
from quotestance.stance.windows import marks_of, plan
from quotestance.types import Article, Quote, Span, Stance

TEXT = (
    'The talks failed on Monday.\n\n"We will answer every shell," General Orlo said. He added that no troops '
    "would leave.\n\nThe mayor of Tesk said the bridge was closed, and that buses ran."
)


def article_of(text: str, *parts: tuple[str, str, str]) -> Article:
    """Build an article whose quotes are given by their words: content, source, cue."""
    quotes = []
    for content, source, cue in parts:
        spans = [Span.of(text, start := text.index(words), start + len(words)) for words in (content, source, cue)]
        quotes.append(Quote("indirect", (spans[0],), source=spans[1], cue=spans[2]))
    return Article(text, id="a", quotes=tuple(quotes))


@pytest.fixture(scope="module")
def classifier(article_stance_folder: Path) -> ArticleClassifier:
    return ArticleClassifier.load(article_stance_folder)


@pytest.fixture(scope="module")
def article() -> Article:
    return article_of(
        TEXT,
        ("We will answer every shell", "General Orlo", "said"),
        ("no troops would leave", "He", "added"),
        ("the bridge was closed", "The mayor of Tesk", "said the"),
    )


def close(one: Stance, other: Stance) -> bool:
    return list(one.probabilities.values()) == pytest.approx(list(other.probabilities.values()), abs=1e-5)


def test_stance_in_article_reads_what_stands_around(classifier: ArticleClassifier, article: Article) -> None:
    (told,) = classifier.classify_quotes([article])
    other = Article(article.text.replace("failed", "went on"), quotes=())
    moved = article_of(other.text, ("We will answer every shell", "General Orlo", "said"))
    assert len(told) == 3
    assert not close(told[0], classifier.classify_quotes([moved])[0][0])


def test_stance_in_article_knows_source_and_cue(classifier: ArticleClassifier, article: Article) -> None:
    bare = article.replace(quotes=tuple(replace(quote, source=None, cue=None) for quote in article.quotes))
    (told,), (other,) = classifier.classify_quotes([article]), classifier.classify_quotes([bare])
    assert not any(close(one, two) for one, two in zip(told, other, strict=True))


def test_stance_in_article_does_not_depend_on_the_company(classifier: ArticleClassifier, article: Article) -> None:
    others = [Article("No quote here."), Article(TEXT * 30, quotes=article.quotes), Article("", error="unread")]
    (alone,) = classifier.classify_quotes([article])
    among = classifier.classify_quotes([others[0], article, *others[1:]])
    assert [len(one) for one in among] == [0, 3, 3, 0]
    assert all(close(one, two) for one, two in zip(alone, among[1], strict=True))


def test_stance_in_article_tells_only_what_is_asked_for(classifier: ArticleClassifier, article: Article) -> None:
    (asked,) = classifier.classify_quotes([article], [{2, 0}])
    assert len(asked) == 2
    assert classifier.classify_quotes([article], [[]]) == [[]]


def test_stance_in_article_reads_a_long_quote_to_its_end(classifier: ArticleClassifier) -> None:
    words = "the mayor of the town will speak of war and peace " * 40
    told = []
    for last in ("war", "rain"):
        text = f"He said {words}{last}."
        quote = Quote("indirect", (Span.of(text, 8, len(text) - 1),))
        told.append(classifier.classify_quotes([Article(text, quotes=(quote,))])[0][0])
    assert not close(*told)


def test_stance_in_article_reads_bare_texts(classifier: ArticleClassifier) -> None:
    with_context, without, empty = classifier.classify(["We will fight.", "We will fight.", ""], ["No.", "", ""])
    assert not close(with_context, without)
    assert sum(empty.probabilities.values()) == pytest.approx(1)
    with pytest.raises(ValueError, match="one context"):
        classifier.classify(["a"], ["b", "c"])


def test_stance_in_article_can_be_explained(classifier: ArticleClassifier, article: Article) -> None:
    weights = explain(article, article.quotes[0], classifier)
    assert [span.text for span, _ in weights][:3] == ["We", "will", "answer"]
    assert max(abs(weight) for _, weight in weights) == 1.0


def test_stance_in_article_serves_in_a_cascade(
    classifier: ArticleClassifier, article: Article, tiny_pipe: quotestance.Pipeline
) -> None:
    accurate = stances_of([article], tiny_pipe.classifier)[0]
    never, always = (Cascade(classifier, tiny_pipe.classifier, least, None) for least in (0.0, 1.0))
    assert never.classify_quotes([article]) == classifier.classify_quotes([article])
    assert always.classify_quotes([article])[0] == accurate
    (done,) = classify_stance([article], always)
    assert [quote.stance for quote in done.quotes] == accurate


def test_load_takes_a_model_that_reads_articles(attribution_folder: Path, article_stance_folder: Path) -> None:
    pipe = quotestance.load(attribution=attribution_folder, stance=article_stance_folder)
    assert isinstance(pipe.classifier, ArticleClassifier)
    assert not is_article_checkpoint(attribution_folder)
    assert not is_article_checkpoint("no such folder")
    assert all(quote.stance is not None for quote in pipe('He said "war is over".').quotes)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"window": 60}, "window"),
        ({"window": 4000}, "window"),
        ({"before": "40"}, "window"),
        ({"decoding": {"temperature": 0}}, "temperature"),
        ({"decoding": {"bias_neutral": "much"}}, "biases"),
    ],
)
def test_settings_that_make_no_sense_are_told(
    article_stance_folder: Path, tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    folder = shutil.copytree(article_stance_folder, tmp_path / "model")
    config = json.loads((folder / "config.json").read_text()) | changes
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match=told):
        ArticleClassifier.load(folder)


def tokens_of(text: str, tokenizer: Any) -> Tokens:
    return tokenize(text, tokenizer)


@settings(deadline=None, max_examples=60)
@given(
    places=st.lists(st.tuples(st.integers(0, 900), st.integers(1, 200)), min_size=1, max_size=12),
    sizes=st.tuples(st.integers(20, 80), st.integers(0, 30), st.integers(0, 20)),
)
def test_windows_hold_every_piece_with_its_context(
    classifier: ArticleClassifier, places: list[tuple[int, int]], sizes: tuple[int, int, int]
) -> None:
    room, before, after = sizes
    window = room + before + after
    tokens = tokens_of("One two three. Four five.\n\nSix seven " * 30, classifier.tokenizer)
    last = len(tokens.text)
    quotes = [Marked(((min(start, last - 1), min(start + size, last)),)) for start, size in places]
    pieces = list(places_of(tokens, quotes, room))
    found = plan(tokens, pieces, window=window, before=before, after=after)
    assert sorted(piece.quote for one in found for piece in one.inside) == sorted(piece.quote for piece in pieces)
    for one in found:
        assert 0 < one.end - one.start <= window
        for piece in one.inside:
            assert one.start <= piece.content[0]
            assert piece.content[-1] < one.end
    for number, quote in enumerate(quotes):
        own = [piece.content for piece in pieces if piece.quote == number]
        covered = np.concatenate(own) if own else np.array([], dtype=int)
        inside = (tokens.starts < quote.content[0][1]) & (tokens.ends > quote.content[0][0])
        assert covered.tolist() == np.flatnonzero(inside).tolist()
    assert set(np.flatnonzero(marks_of(tokens, pieces))) == {int(one) for piece in pieces for one in piece.content}
