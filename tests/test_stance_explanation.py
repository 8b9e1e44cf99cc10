from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quotestance.errors import FormatError, SpanError
from quotestance.pipeline import Pipeline
from quotestance.render import to_html
from quotestance.stance.explanation import MOST_CHARACTERS, MOST_VARIANTS, Explanation, explain
from quotestance.stance.reader_classifier import ReaderClassifier
from quotestance.types import STANCES, Article, Quote, Span, Speaker, Stance

TEXT = "Ann Lee arrived.\n\n“We will not talk to them,” the mayor said. “War is all they know.”"


class Weighing:
    """A classifier whose log-odds of "escalatory" are a sum over words, and which keeps what it was given to read."""

    def __init__(self, weigh: Callable[[str], float]) -> None:
        self.weigh = weigh
        self.reads_passage = False
        self.calls: list[list[str]] = []
        self.contexts: Sequence[str] | None = None

    def classify(self, texts: Sequence[str], contexts: Sequence[str] | None = None) -> list[Stance]:
        self.calls.append(list(texts))
        self.contexts = contexts
        stances = []
        for text in texts:
            chance = 1 / (1 + math.exp(-self.weigh(text)))
            stances.append(Stance({"escalatory": chance, "de-escalatory": 1 - chance, "neutral": 0.0}))
        return stances


def count(text: str) -> float:
    return 0.5 + 2 * text.count("War") + text.count("not") - text.count("know")


def quoting(text: str, *pieces: str, **fields: str) -> Quote:
    def span(words: str) -> Span:
        return Span.of(text, text.index(words), text.index(words) + len(words))

    spans = {name: span(words) for name, words in fields.items()}
    return Quote("direct", tuple(map(span, pieces)), **spans)  # type: ignore[arg-type]


QUOTE = quoting(TEXT, "We will not talk to them,", "War is all they know.", cue="said", source="the mayor")
ARTICLE = Article(TEXT, quotes=(QUOTE,))


def test_explanation_weights_are_the_falls_of_the_log_odds() -> None:
    words = {span.text: weight for span, weight in explain(ARTICLE, QUOTE, Weighing(count))}
    assert {word: weight for word, weight in words.items() if abs(weight) > 1e-9} == pytest.approx(
        {"War": 1.0, "not": 0.5, "know": -0.5}
    )
    assert " ".join(words) == "We will not talk to them the mayor said War is all they know"


def test_explanation_is_of_the_label_that_the_quote_has() -> None:
    turned = replace(QUOTE, stance=Stance({"escalatory": 0.2, "de-escalatory": 0.8}))
    words = {span.text: weight for span, weight in explain(ARTICLE, turned, Weighing(count))}
    assert words["War"] == pytest.approx(-1)
    assert words["know"] == pytest.approx(0.5)


def test_explanation_leaves_out_one_word_at_a_time_in_one_call() -> None:
    quote = quoting(TEXT, "We will not talk")
    classifier = Weighing(count)
    explain(Article(TEXT), quote, classifier)
    assert classifier.calls == [["We will not talk", "will not talk", "We not talk", "We will talk", "We will not "]]
    assert classifier.contexts == 5 * ["Ann Lee arrived."]


def test_explanation_gives_a_model_that_reads_passages_who_speaks() -> None:
    classifier = Weighing(count)
    classifier.reads_passage = True
    explain(Article(TEXT), replace(quoting(TEXT, "We will not talk"), speaker=Speaker("Bo Chu", "person")), classifier)
    assert classifier.contexts == 5 * ["Bo Chu: Ann Lee arrived."]


def test_explanation_by_a_reader_reads_nothing_where_every_word_is_left_out() -> None:
    given: list[Any] = []

    class Keeping(ReaderClassifier):
        def classify_marked(self, texts: Sequence[Any]) -> list[list[Stance]]:
            given.extend(texts)
            return [[Stance.certain("neutral")]] * len(texts)

    text = "Attack! Putin vowed retaliation."
    explain(Article(text), quoting(text, "retaliation"), Keeping(None, None))
    read = [[kept[start:end] for start, end in place.content] for kept, (place,), *_ in given]
    assert read == [["retaliation"], [""]]


def test_explanation_is_zero_where_no_word_matters() -> None:
    assert {weight for _, weight in explain(ARTICLE, QUOTE, Weighing(lambda _: 1.0))} == {0.0}


def test_explanation_without_words_is_empty() -> None:
    text = "“?!” – “…”"
    assert explain(Article(text), quoting(text, "?!"), Weighing(count)) == ()


def test_explanation_groups_the_words_of_a_long_quote() -> None:
    text = "so " * 2_000 + "War " + "and " * 1_000
    classifier = Weighing(count)
    explanation = explain(Article(text), quoting(text, text), classifier)
    assert len(explanation) <= MOST_VARIANTS
    assert len(classifier.calls[0]) == len(explanation) + 1
    assert [span.text.split().count("War") for span, weight in explanation if weight > 0.5] == [1]
    assert sum(len(span.text.split()) for span, _ in explanation) == 3_001


def test_explanation_of_a_huge_quote_reads_no_more_than_a_bounded_number_of_characters() -> None:
    for words in (20_000, 300_000):
        text = "so War " * (words // 2)
        classifier = Weighing(lambda text: len(text) / 1e6)
        explanation = explain(Article(text), quoting(text, text), classifier)
        assert explanation[0][0].start == 0
        assert explanation[-1][0].text.endswith("War")
        assert sum(map(len, classifier.calls[0])) <= MOST_CHARACTERS + 2 * len(text)


def test_explanation_shows_its_weightiest_words_in_a_notebook() -> None:
    class Printer:
        shown = ""

        def text(self, words: str) -> None:
            self.shown += words

    words = [(Span(number, number + 1, str(number)), number / 10) for number in range(10)]
    Explanation(words)._repr_pretty_(printer := Printer(), False)
    assert (
        printer.shown
        == "<Explanation 9 +0.90, 8 +0.80, 7 +0.70, 6 +0.60, 5 +0.50, 4 +0.40, 3 +0.30, 2 +0.20 and 2 more>"
    )
    Explanation()._repr_pretty_(printer := Printer(), False)
    assert printer.shown == "<Explanation of no words>"


def test_explanation_refuses_a_quote_of_another_article() -> None:
    with pytest.raises(SpanError, match="edited"):
        explain(Article("Something else altogether. " * 9), QUOTE, Weighing(count))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((ARTICLE, 0), r"a Quote of the article, such as article\.quotes\[0\], got 0"),
        ((QUOTE, ARTICLE), "a Quote of the article.*, got Article"),
        ((TEXT, QUOTE), "Give Articles, not a str"),
    ],
)
def test_explanation_refuses_what_is_no_article_with_a_quote(given: tuple[Any, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        explain(*given, Weighing(count))


def test_explanation_refuses_a_label_that_the_classifier_does_not_know() -> None:
    with pytest.raises(FormatError, match=r"'hawkish'.*escalatory"):
        explain(ARTICLE, replace(QUOTE, stance=Stance.certain("hawkish")), Weighing(count))


def test_explanation_of_a_sure_classifier_is_finite() -> None:
    weights = [weight for _, weight in explain(ARTICLE, QUOTE, Weighing(lambda text: 700 if "War" in text else -700))]
    assert sorted(set(weights)) == [0.0, 1.0]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("ab War.,'’-“” \n\ud800é中😀\0"), min_size=1, max_size=80), st.data())
def test_explanation_holds_for_any_text(tiny_pipe: Pipeline, text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    quote = Quote("direct", (Span.of(text, start, end),), stance=Stance.certain(data.draw(st.sampled_from(STANCES))))
    article = Article(text, quotes=(quote,))
    explanation = tiny_pipe.explain(article, quote)
    assert all(text[span.start : span.end] == span.text for span, _ in explanation)
    assert all(start <= span.start and span.end <= end for span, _ in explanation)
    assert all(one.end <= two.start for (one, _), (two, _) in pairwise(explanation))
    assert all(-1 <= weight <= 1 for _, weight in explanation)
    assert to_html(article, explanations={0: explanation})


def test_explanation_comes_from_the_pipeline_for_every_quote(tiny_pipe: Pipeline) -> None:
    article = tiny_pipe('"We will talk," Ann Lee said. "Soon," she added.')
    assert article.quotes
    for quote in article.quotes:
        explanation = tiny_pipe.explain(article, quote)
        assert max(abs(weight) for _, weight in explanation) == pytest.approx(1)
        covered = [span.text for span, _ in explanation]
        assert set(covered) & set(quote.text.replace(",", " ").replace(".", " ").split())
