from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from quotestance.pipeline import load
from quotestance.stance.cascade import Cascade
from quotestance.stance.classifier import StanceClassifier
from quotestance.stance.explanation import explain
from quotestance.stance.reader_classifier import ReaderClassifier
from quotestance.stance.shares import BALANCED
from quotestance.types import Article, Quote, Span, Stance


class Listed:
    """Answers from a table, and remembers what it was asked."""

    def __init__(self, answers: dict[str, Stance]) -> None:
        self.answers, self.asked, self.before = answers, list[str](), list[str]()

    def classify(self, texts: Sequence[str], contexts: Sequence[str] | None = None) -> list[Stance]:
        self.asked += texts
        self.before += contexts or []
        return [self.answers[text] for text in texts]


def leaning(label: str, confidence: float) -> Stance:
    rest = (1 - confidence) / 2
    return Stance({name: confidence if name == label else rest for name in ("escalatory", "de-escalatory", "neutral")})


def test_cascade_leaves_to_the_accurate_model_what_the_fast_one_is_not_sure_of() -> None:
    texts = ["sure", "unsure", "sure too"]
    fast = Listed(
        {"sure": leaning("neutral", 0.95), "unsure": leaning("neutral", 0.5), "sure too": leaning("escalatory", 0.8)}
    )
    accurate = Listed({"unsure": leaning("de-escalatory", 0.7)})
    stances = Cascade(fast, accurate, least=0.8, prior=None).classify(texts, ["a", "b", "c"])
    assert [stance.label for stance in stances] == ["neutral", "de-escalatory", "escalatory"]
    assert accurate.asked == ["unsure"]
    assert accurate.before == ["b"]


def test_cascade_takes_the_confidence_under_the_shares_of_what_is_read() -> None:
    fast = Listed({"calm": leaning("neutral", 0.6), "loud": leaning("escalatory", 0.6)})
    accurate = Listed({"calm": leaning("escalatory", 0.9), "loud": leaning("escalatory", 0.9)})
    Cascade(fast, accurate).classify(["calm", "loud"])
    assert accurate.asked == ["loud"]  # in news, where most quotes are neutral, "neutral" is the surer guess
    accurate.asked.clear()
    Cascade(fast, accurate, prior=None).classify(["calm", "loud"])
    assert accurate.asked == ["calm", "loud"]


def test_cascade_does_not_wake_the_accurate_model_for_nothing() -> None:
    accurate = Listed({})
    assert Cascade(Listed({}), accurate).classify([]) == []
    Cascade(Listed({"sure": leaning("neutral", 0.95)}), accurate, least=0.9).classify(["sure"])
    assert accurate.asked == []


@pytest.mark.parametrize("contexts", [[], ["a", "b"]])
def test_cascade_wants_a_context_for_every_text(contexts: list[str]) -> None:
    fast = Listed({"unsure": leaning("neutral", 0.5)})
    with pytest.raises(ValueError, match=f"one context for every text: {len(contexts)} for 1 texts"):
        Cascade(fast, fast).classify(["unsure"], contexts)
    assert fast.asked == []


@pytest.mark.parametrize("least", [-0.1, 1.1, 70, float("nan")])
def test_cascade_refuses_a_confidence_that_is_no_probability(least: float) -> None:
    with pytest.raises(ValueError, match=rf"least is a probability in \[0, 1\], got {least}"):
        Cascade(Listed({}), Listed({}), least=least)


def test_cascade_is_explained_by_the_model_that_answered() -> None:
    text = "He said no"
    quote = Quote("indirect", (Span.of(text, 8, 10),), cue=Span.of(text, 3, 7), source=Span.of(text, 0, 2))
    answers = dict.fromkeys((text, "said no", "He no", "He said "), leaning("neutral", 0.6))
    fast, accurate = Listed({text: leaning("escalatory", 0.5)}), Listed(answers)
    words = explain(Article(text, quotes=(quote,)), quote, Cascade(fast, accurate, least=0.8))
    assert fast.asked == [text]
    assert len(words) == 3


def test_cascade_of_both_shipped_models_is_the_default() -> None:
    pipe = load()
    assert isinstance(pipe.classifier, Cascade)
    assert isinstance(pipe.classifier.fast, ReaderClassifier)
    assert pipe.classifier.fast.model is pipe.finder.model
    assert isinstance(pipe.classifier.accurate, StanceClassifier)
    names = {use: folder.name for use, folder in pipe.folders.items()}
    assert names == {"attribution": "attribution-en", "stance": "stance-en", "stance, fast": "attribution-en"}
    assert pipe.about["options"].startswith("cascade True")
    assert len(pipe.classifier.classify(["The minister said that talks will go on.", "He opened the bakery."])) == 2


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        ({"stance": "STANCE"}, [StanceClassifier]),
        ({"stance": "STANCE", "cascade": False}, [StanceClassifier]),
        ({"stance": "STANCE", "cascade": True}, [ReaderClassifier, StanceClassifier]),
        ({"cascade": False}, [StanceClassifier]),
        ({"fast": True}, [ReaderClassifier]),
        ({"fast": True, "cascade": False}, [ReaderClassifier]),
    ],
)
@pytest.mark.parametrize("tells", [True, False])
def test_cascade_is_loaded_where_it_is_asked_for(
    options: dict[str, Any], kinds: list[type], tells: bool, request: pytest.FixtureRequest
) -> None:
    folder, other = (request.getfixturevalue(name) for name in ("reader_folder", "attribution_folder"))
    stance = {"stance": request.getfixturevalue("stance_folder")} if "stance" in options else {}
    pipe = load(attribution=folder if tells else other, **options | stance)
    told = pipe.classifier
    models = [told.fast, told.accurate] if isinstance(told, Cascade) else [told]
    assert [type(model) for model in models] == kinds
    if isinstance(models[0], ReaderClassifier):  # the pipeline's own, or the shipped one beside it
        assert (models[0].model is pipe.finder.model) is tells
        reader = pipe.folders["stance, fast" if len(models) == 2 else "stance"]
        assert reader == pipe.folders["attribution"] if tells else reader.name == "attribution-en"
    assert pipe.identity


def test_cascade_of_the_reader_with_itself_is_none(reader_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(reader_folder.parent)
    pipe = load(attribution=reader_folder.name, stance=reader_folder, cascade=True)
    assert isinstance(pipe.classifier, ReaderClassifier)
    assert pipe.classifier.model is pipe.finder.model


@pytest.mark.parametrize("options", [{"cascade": True}, {"stance": "stance-en"}])
def test_cascade_and_other_models_are_not_for_the_reader_alone(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Give fast alone"):
        load(fast=True, **options)


def test_cascade_can_weigh_both_answers() -> None:
    fast, accurate = Listed({"a": leaning("escalatory", 0.7)}), Listed({"a": leaning("neutral", 0.6)})
    told = [Cascade(fast, accurate, 1.0, None, share).classify(["a"])[0] for share in (0.0, 0.5, 0.9)]
    assert [stance.label for stance in told] == ["neutral", "escalatory", "escalatory"]
    assert told[1].confidence < told[2].confidence
    with pytest.raises(ValueError, match="share is a probability"):
        Cascade(fast, accurate, share=2.0)


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_cascade_tells_all_quotes_for_the_same_shares(share: float) -> None:
    shares = {"escalatory": 0.2, "de-escalatory": 0.1, "neutral": 0.7}
    fast = Listed({"sure": leaning("neutral", 0.95).under(shares), "unsure": leaning("neutral", 0.4).under(shares)})
    accurate = Listed({"unsure": leaning("escalatory", 0.9)})
    told = Cascade(fast, accurate, 0.9, None, share).classify(["sure", "unsure"])
    assert accurate.asked == ["unsure"]
    assert told[0].prior == told[1].prior == shares
    assert told[1].label == "escalatory"
    if not share:
        assert told[1].under(BALANCED).probabilities == pytest.approx(leaning("escalatory", 0.9).probabilities)
