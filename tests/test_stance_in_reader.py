"""Stance told in the reader's own pass: the same however a quote comes to it, and nothing read twice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from clock import assert_linear
from hypothesis import given, settings
from hypothesis import strategies as st

import quotestance
from quotestance.errors import CheckpointError
from quotestance.reader import inference
from quotestance.reader.stances import PARTS, StanceHead
from quotestance.stance import reader_classifier
from quotestance.stance.cascade import Cascade
from quotestance.stance.explanation import explain
from quotestance.stance.loading import load_classifier
from quotestance.stance.quotes import classify_stance, stances_of
from quotestance.stance.reader_classifier import ReaderClassifier
from quotestance.types import Article, Quote, Span, Stance

TEXT = (
    'The talks failed on Monday.\n\n"We will answer every shell," General Orlo said. He added that no troops '
    "would leave.\n\nThe mayor of Tesk said the bridge was closed, and that buses ran."
)


@pytest.fixture(scope="module")
def pipe(reader_folder: Path) -> quotestance.Pipeline:
    return quotestance.load(attribution=reader_folder, stance=str(reader_folder))


@pytest.fixture(scope="module")
def classifier(reader_folder: Path) -> ReaderClassifier:
    return ReaderClassifier.load(reader_folder)


def close(one: Stance | None, other: Stance | None) -> bool:
    assert one is not None
    assert other is not None
    return list(one.probabilities.values()) == pytest.approx(list(other.probabilities.values()), abs=1e-3)


def quoted(text: str, *words: str) -> Article:
    """Build an article whose quotes are given by their words."""
    spans = [Span.of(text, start := text.index(content), start + len(content)) for content in words]
    return Article(text, quotes=tuple(Quote("indirect", (span,)) for span in spans))


def test_a_reader_that_tells_stance_reads_an_article_once(
    pipe: quotestance.Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    windows = inference._read

    def counted(model: Any, tokenizer: Any, given: Any, *options: Any) -> Any:
        read.extend(window.start for _, window in given)
        return windows(model, tokenizer, given, *options)

    monkeypatch.setattr(inference, "_read", counted)
    assert isinstance(pipe.classifier, ReaderClassifier)
    done = pipe(TEXT * 3)
    assert done.quotes
    assert all(quote.stance is not None for quote in done.quotes)
    assert len(read) == len(set(read))


def test_stance_is_the_same_from_notes_and_from_another_reading(pipe: quotestance.Pipeline) -> None:
    done = pipe(TEXT * 3)
    assert done.quotes
    again = pipe.classify_stance(done)
    assert all(close(one.stance, two.stance) for one, two in zip(done.quotes, again.quotes, strict=True))


def test_words_that_the_reader_noted_nothing_of_are_read_again(
    pipe: quotestance.Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pipe(TEXT)
    assert whole.quotes
    monkeypatch.setattr(inference, "_OUTSIDE", 0.0)  # nothing outside quotation marks is noted
    again = pipe(TEXT)
    assert all(close(one.stance, two.stance) for one, two in zip(whole.quotes, again.quotes, strict=True))


def test_many_quotes_of_one_article_take_linear_time(classifier: ReaderClassifier) -> None:
    def classifying(count: int) -> Callable[[], None]:
        text = "He said no. " * count
        quotes = tuple(Quote("indirect", (Span.of(text, at + 8, at + 10),)) for at in range(0, len(text), 12))
        article = Article(text, quotes=quotes)

        def classify() -> None:
            assert len(classifier.classify_quotes([article])[0]) == count

        return classify

    assert_linear(classifying, 500, 4_000, most=3)


def test_stance_in_reader_does_not_depend_on_the_company(pipe: quotestance.Pipeline) -> None:
    alone = pipe(TEXT)
    among = list(pipe.stream(["", TEXT, "No quote here.", TEXT * 20]))[1]
    assert [quote.start for quote in alone.quotes] == [quote.start for quote in among.quotes] != []
    assert all(close(one.stance, two.stance) for one, two in zip(alone.quotes, among.quotes, strict=True))


def test_stance_in_reader_of_given_quotes_does_not_depend_on_the_company(classifier: ReaderClassifier) -> None:
    article = quoted(TEXT, "We will answer every shell", "no troops would leave")
    others = [Article("No quote here."), Article(TEXT * 30, quotes=article.quotes), Article("", error="unread")]
    (alone,) = classifier.classify_quotes([article])
    among = classifier.classify_quotes([others[0], article, *others[1:]])
    assert [len(own) for own in among] == [0, 2, 2, 0]
    assert all(close(one, two) for one, two in zip(alone, among[1], strict=True))


def test_stance_in_reader_reads_what_stands_around(classifier: ReaderClassifier) -> None:
    article, other = (quoted(text, "no troops would leave") for text in (TEXT, TEXT.replace("He added", "It is war")))
    told = classifier.classify_quotes([article, other])
    assert not close(told[0][0], told[1][0])


def test_stance_in_reader_knows_source_and_cue(classifier: ReaderClassifier) -> None:
    (bare,) = quoted(TEXT, "no troops would leave").quotes
    source, cue = (Span.of(TEXT, start := TEXT.index(words), start + len(words)) for words in ("He", "added"))
    named, cued = (Quote("indirect", bare.content, source=source, cue=one) for one in (None, cue))
    told = [classifier.classify_quotes([Article(TEXT, quotes=(quote,))])[0][0] for quote in (bare, named, cued)]
    assert not close(*told[:2])
    assert not close(*told[1:])


@pytest.mark.parametrize("longest", [4_096, 50])
def test_stance_in_reader_reads_a_long_quote_to_its_end(
    classifier: ReaderClassifier, monkeypatch: pytest.MonkeyPatch, longest: int
) -> None:
    monkeypatch.setattr(reader_classifier, "_LONGEST", longest)
    words = "the mayor of the town will speak of war and peace " * 60
    told = [
        classifier.classify_quotes([quoted(text, text[8:-1])])[0][0]
        for text in (f"He said {words}{last}." for last in ("war war war war", "rain rain rain"))
    ]
    assert not close(*told)


def test_stance_in_reader_tells_only_what_is_asked_for(classifier: ReaderClassifier) -> None:
    article = quoted(TEXT, "We will answer every shell", "no troops would leave", "the bridge was closed")
    (first, _, third), (two, three), nothing = classifier.classify_quotes([article] * 3, [{0, 1, 2}, {2, 0}, []])
    assert nothing == []
    assert close(first, two)
    assert close(third, three)
    assert not close(two, three)
    with pytest.raises(ValueError, match=r"shorter|longer"):
        classifier.classify_quotes([article], [[0], [0]])


def test_stance_in_reader_reads_bare_texts(classifier: ReaderClassifier) -> None:
    with_context, without, empty = classifier.classify(["We will fight.", "We will fight.", ""], ["No.", "", ""])
    assert not close(with_context, without)
    assert sum(empty.probabilities.values()) == pytest.approx(1)
    with pytest.raises(ValueError, match="one context"):
        classifier.classify(["a"], ["b", "c"])


@settings(max_examples=40)
@given(text=st.text(max_size=300), place=st.floats(0, 1), size=st.integers(1, 300))
def test_stance_in_reader_tells_any_extent_of_any_text(
    classifier: ReaderClassifier, text: str, place: float, size: int
) -> None:
    start = int(place * len(text))
    end = min(len(text), start + size)
    if start < end:
        article = Article(text, quotes=(Quote("direct", (Span.of(text, start, end),)),))
        ((stance,),) = classifier.classify_quotes([article])
        assert sum(stance.probabilities.values()) == pytest.approx(1)


def test_stance_in_reader_can_be_explained(pipe: quotestance.Pipeline) -> None:
    article = quoted(TEXT, "no troops would leave")
    weights = explain(article, article.quotes[0], pipe.classifier)
    assert [span.text for span, _ in weights][:2] == ["no", "troops"]
    assert max(abs(weight) for _, weight in weights) == 1.0


def test_stance_in_reader_serves_in_a_cascade(classifier: ReaderClassifier, tiny_pipe: quotestance.Pipeline) -> None:
    article = quoted(TEXT, "We will answer every shell", "no troops would leave")
    (accurate,) = stances_of([article], tiny_pipe.classifier)
    never, always = (Cascade(classifier, tiny_pipe.classifier, least, None, share=0.0) for least in (0.0, 1.0))
    assert never.classify_quotes([article]) == classifier.classify_quotes([article])
    assert always.classify_quotes([article]) == [accurate]
    (done,) = classify_stance([article], always)
    assert [quote.stance for quote in done.quotes] == accurate


def test_a_cascade_takes_what_the_reader_noted(reader_folder: Path, stance_folder: Path) -> None:
    made = quotestance.load(attribution=reader_folder, stance=reader_folder)
    other = quotestance.load(attribution=reader_folder, stance=stance_folder)
    pipe = replace(made, classifier=Cascade(made.classifier, other.classifier, share=0.5))
    assert isinstance(made.classifier, ReaderClassifier)
    assert made.classifier.model is pipe.finder.model
    done = pipe(TEXT)
    assert done.quotes
    again = pipe.classify_stance(done)
    assert all(close(one.stance, two.stance) for one, two in zip(done.quotes, again.quotes, strict=True))


def test_a_reader_serves_as_a_stance_model_of_another(reader_folder: Path, attribution_folder: Path) -> None:
    pipe = quotestance.load(attribution=attribution_folder, stance=reader_folder)
    assert isinstance(pipe.classifier, ReaderClassifier)
    assert pipe.classifier.model is not pipe.finder.model
    assert {quote.stance is not None for quote in pipe(TEXT).quotes} == {True}


def test_a_model_that_read_articles_in_a_pass_of_its_own_is_refused(stance_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(stance_folder, tmp_path / "model")
    (folder / "config.json").write_text(json.dumps({"model_type": "quotestance-article-stance", "window": 320}))
    with pytest.raises(CheckpointError, match="'quotestance-article-stance', which is not known"):
        load_classifier(folder)


def test_a_reader_without_stance_is_told(attribution_folder: Path) -> None:
    with pytest.raises(CheckpointError, match="reads_stance"):
        load_classifier(attribution_folder)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"decoding": {"stance_temperature": 0}}, "stance_temperature above 0"),
        ({"decoding": {"stance_temperature": 1e-310}}, "stance_temperature above 0"),
        ({"decoding": {"stance_bias_neutral": float("nan")}}, "where a number belongs"),
        ({"decoding": [1]}, "where an object belongs"),
        ({"window": 5000}, "the encoder has 512 places"),
        ({"stance_prior": {"neutral": 1}}, "stance_prior"),
    ],
)
def test_settings_of_stance_that_make_no_sense_are_told(
    reader_folder: Path, tmp_path: Path, settings: dict[str, Any], told: str
) -> None:
    folder = shutil.copytree(reader_folder, tmp_path / "model")
    config = json.loads((folder / "config.json").read_text()) | settings
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match=told):
        ReaderClassifier.load(folder)


def test_stance_head_pools_each_part_over_its_own_tokens() -> None:
    torch.manual_seed(0)
    head = StanceHead(hidden=8, size=4)
    focus, values = head.notes(torch.randn(1, 6, 8))
    parts = torch.zeros((1, len(PARTS), 6), dtype=torch.bool)
    parts[0, 0, 1:3] = True
    told = head(focus, values, parts)
    others = torch.ones(6, dtype=torch.bool)
    others[1:3] = False
    values[0, others] = 100.0  # what no part has makes no difference
    assert torch.allclose(told, head(focus, values, parts))
    parts[0, 2, 5] = True
    assert not torch.allclose(told, head(focus, values, parts))
