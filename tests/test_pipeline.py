from __future__ import annotations

import json
import pickle
import shutil
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny import save_attribution

import quotestance
from quotestance.folders import shipped
from quotestance.identity import folder_digest
from quotestance.pipeline import Pipeline
from quotestance.quotes.finder import QuoteFinder
from quotestance.stance.cascade import Cascade
from quotestance.stance.classifier import StanceClassifier
from quotestance.types import STANCES, Article, Quote, Span, Stance

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NEWSY = st.text(st.sampled_from("abc Said, \n.\"“”‘’'«»:—\r\t\0\ud800é中ش😀"), max_size=400)

HOSTILE = {
    "empty": "",
    "white space": " \n\t\r\n  ",
    "one character": "x",
    "no quotes": "The rain fell on the town all day. Nobody went out.",
    "marks in a row": '"' * 5_000,
    "curly marks in a row": "“" * 5_000,
    "single marks": "'a " * 5_000,
    "NUL and controls": 'He said\0 "no\x01\x02\x1b[31m" twice.\x7f',
    "lone surrogates": 'He said "\ud800 no \udfff" twice.',
    "right to left": "قال الوزير: «لن نتفاوض» يوم الخميس.",
    "emoji": 'He said "no 👩‍👩‍👧‍👦🇺🇦" twice. 👍🏽',
    "CRLF": 'A.\r\n\r\n"We will talk," he said.\r\n"Soon."\r\n',
    "combining": 'Z̸̡͔̈́a̶l̸g̷o̴ said "ń̶̨o̵".',
    "one long word": "a" * 50_000,
}


def shape(article: Article) -> list[Any]:
    """Return what must not depend on the batch: neither probabilities nor speakers, which hang on their last digits."""
    return [
        (q.kind, [(s.start, s.end) for s in q.content], q.cue and q.cue.start, q.source and q.source.start)
        for q in article.quotes
    ]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_pipeline_gives_an_article_for_hostile_text(tiny_pipe: Pipeline, text: str) -> None:
    article = tiny_pipe(text)
    assert article.text == text
    assert article.error is None
    for quote in article.quotes:
        assert all(text[span.start : span.end] == span.text for span in quote.spans())
        assert quote.speaker is not None
        assert quote.stance is not None


@QUICK
@given(NEWSY)
def test_pipeline_spans_slice_to_their_text_for_any_string(tiny_pipe: Pipeline, text: str) -> None:
    article = tiny_pipe(text)
    assert article.text == text
    assert all(text[s.start : s.end] == s.text for q in article.quotes for s in q.spans())
    assert all(0 <= (q.confidence or 0) <= 1 for q in article.quotes)


@QUICK
@given(st.lists(NEWSY, max_size=6))
def test_pipeline_result_does_not_depend_on_the_company(tiny_pipe: Pipeline, texts: list[str]) -> None:
    together = list(tiny_pipe.stream(texts))
    assert [article.text for article in together] == texts
    for text, article in zip(texts, together, strict=True):
        alone = tiny_pipe(text)
        assert shape(article) == shape(alone)
        for one, other in zip(article.quotes, alone.quotes, strict=True):
            assert one.confidence == pytest.approx(other.confidence, abs=0.02)
            assert one.stance is not None
            assert other.stance is not None
            assert one.stance.probabilities == pytest.approx(dict(other.stance.probabilities), abs=0.02)


def test_pipeline_result_of_shipped_models_does_not_depend_on_the_company() -> None:
    pipe = quotestance.load(fast=True, precision="float32")
    (gold,) = quotestance.read_articles(Path(__file__).parents[1] / "seeds" / "gold.jsonl")
    paragraphs = gold.text.split("\n")
    texts = [gold.text, *("\n".join(paragraphs[first : first + 6]) for first in range(0, len(paragraphs), 6))]
    alone = [pipe(text).quotes for text in texts]
    for one, other in zip(alone, pipe.stream(texts), strict=True):
        assert one
        assert [replace(quote, confidence=None, stance=None) for quote in one] == [
            replace(quote, confidence=None, stance=None) for quote in other.quotes
        ]
        assert [quote.confidence for quote in one] == pytest.approx(
            [quote.confidence for quote in other.quotes], abs=1e-5
        )
        shares, others = (
            [quote.stance and dict(quote.stance.probabilities) for quote in of] for of in (one, other.quotes)
        )
        assert all(a == pytest.approx(b, abs=1e-5) for a, b in zip(shares, others, strict=True))


TALKS = "Mary Holt, the mayor, arrived late. She said they would not yield."


def of_her() -> Article:
    """Return an article with one gold quote, whose source is a pronoun."""
    content, source = TALKS.index("they"), TALKS.index("She")
    quote = Quote("indirect", (Span.of(TALKS, content, len(TALKS) - 1),), source=Span.of(TALKS, source, source + 3))
    return Article(TALKS, quotes=(quote,))


def test_pipeline_stages_take_gold_from_anywhere(tiny_pipe: Pipeline) -> None:
    article = tiny_pipe.resolve_speakers(of_her())
    assert article.quotes[0].speaker is not None
    judged = tiny_pipe.classify_stance(article)
    assert judged.quotes[0].speaker == article.quotes[0].speaker
    assert judged.quotes[0].stance is not None
    assert set(judged.quotes[0].stance.probabilities) == set(STANCES)
    assert sum(judged.quotes[0].stance.probabilities.values()) == pytest.approx(1)


def test_pipeline_a_shipped_model_reads_people_beside_one_that_reads_none(
    quotes_folder: Path, stance_folder: Path
) -> None:
    pipe = quotestance.load(attribution=quotes_folder, stance=stance_folder)
    assert pipe.people is not None
    assert list(pipe.folders) == ["attribution", "stance", "people"]
    assert pipe.folders["people"].name == "attribution-en"
    assert "attribution-en" in pipe.about["models"]
    speaker = pipe.resolve_speakers(of_her()).quotes[0].speaker
    assert speaker is not None
    assert (speaker.kind, speaker.name) == ("person", "Mary Holt")
    text = '"We will talk," Ann Lee said. "Soon," she added.'
    found = pipe(text)
    assert found.quotes
    assert shape(found) == shape(pipe.resolve_speakers(pipe.find_quotes(text)))


def test_pipeline_identity_tells_the_model_that_reads_people(
    quotes_folder: Path, stance_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = quotestance.load(attribution=quotes_folder, stance=stance_folder)
    other = shutil.copytree(before.folders["people"], tmp_path / "attribution-en")
    (other / "README.md").write_text("Another.")
    monkeypatch.setattr("quotestance.pipeline.shipped", lambda name: other if name == other.name else shipped(name))
    assert quotestance.load(attribution=quotes_folder, stance=stance_folder).identity != before.identity


def test_pipeline_that_nothing_reads_people_for_gives_the_words_of_the_source(
    quotes_folder: Path, tiny_pipe: Pipeline
) -> None:
    pipe = Pipeline(QuoteFinder.load(quotes_folder), tiny_pipe.classifier)
    speaker = pipe.resolve_speakers(of_her()).quotes[0].speaker
    assert speaker is not None
    assert (speaker.kind, speaker.name, speaker.description) == ("unnamed", None, "She")
    for quote in pipe('Mary Holt said "yes" twice, and the mayor said "no".').quotes:
        words = quote.source and " ".join(quote.source.text.split()).strip(" ,;:")
        assert quote.speaker is not None
        assert (quote.speaker.kind, quote.speaker.description) == ("unnamed", words or None)


def test_pipeline_stream_keeps_failures_in_their_place(tiny_pipe: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    real = StanceClassifier.classify

    def fail(self: StanceClassifier, texts: Any, contexts: Any = None) -> Any:
        if any("poison" in text for text in texts):
            raise RuntimeError("out of luck")
        return real(self, texts, contexts)

    monkeypatch.setattr(StanceClassifier, "classify", fail)
    unreadable = Article("", id="broken", error="not text")
    poison = 'He said "poison is poison", and "poison" again, and then he said that poison is poison.'
    texts = ['He said "yes".', poison, unreadable, 'She said "no".']
    done = list(tiny_pipe.stream(texts))
    assert [article.text for article in done] == [texts[0], poison, "", texts[3]]
    assert done[1].error == "RuntimeError: out of luck"
    assert done[2] == unreadable
    assert done[0].error is None
    assert done[3].error is None


def test_pipeline_takes_nothing_but_text_and_articles(tiny_pipe: Pipeline) -> None:
    with pytest.raises(TypeError, match="read_articles"):
        tiny_pipe(b"bytes")  # type: ignore[arg-type]


def test_pipeline_later_stages_take_nothing_but_articles(tiny_pipe: Pipeline) -> None:
    for stage in (tiny_pipe.resolve_speakers, tiny_pipe.classify_stance):
        with pytest.raises(TypeError, match=r"Give Articles, not a str: pipe\(text\)"):
            stage("We will talk.")  # type: ignore[arg-type]


def test_pipeline_stream_gives_the_first_soon_and_then_takes_more_at_once(tiny_pipe: Pipeline) -> None:
    taken = 0

    def articles() -> Iterator[str]:
        nonlocal taken
        for taken in range(1, 301):
            yield f"He said no {taken} times."

    seen = [taken for _ in tiny_pipe.stream(articles())]
    assert sorted(set(seen)) == [4, 12, 28, 60, 124, 188, 252, 300]
    assert len(seen) == 300


@pytest.mark.parametrize("workers", [1, 2])
def test_pipeline_stream_gives_what_came_before_its_source_fails(tiny_pipe: Pipeline, workers: int) -> None:
    def failing() -> Iterator[str]:
        yield from ["No."] * 7
        raise OSError("the disk is gone")

    done = tiny_pipe.stream(failing(), workers=workers)
    assert [next(done).text for _ in range(7)] == ["No."] * 7
    with pytest.raises(OSError, match="the disk is gone"):
        next(done)


def test_pipeline_identity_tells_models_and_options_apart(
    attribution_folder: Path, stance_folder: Path, tiny_pipe: Pipeline, tmp_path: Path
) -> None:
    copy = shutil.copytree(stance_folder, tmp_path / "copy")
    assert quotestance.load(attribution=attribution_folder, stance=copy).identity == tiny_pipe.identity != ""
    other = quotestance.load(attribution=attribution_folder, stance=copy, min_confidence=0.5)
    assert other.identity != tiny_pipe.identity
    config = json.loads((copy / "config.json").read_text()) | {"stance_temperature": 2.0}
    (copy / "config.json").write_text(json.dumps(config))
    assert quotestance.load(attribution=attribution_folder, stance=copy).identity != tiny_pipe.identity
    assert replace(tiny_pipe, classifier=other.classifier).identity == ""


def test_pipeline_does_not_answer_under_the_digest_of_weights_that_came_later(
    attribution_folder: Path, stance_folder: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(stance_folder, tmp_path / "copy")
    asked, late = (quotestance.load(attribution=attribution_folder, stance=copy) for _ in range(2))
    before = asked.identity
    (articles := tmp_path / "articles").mkdir()
    (articles / "a.txt").write_text('"We will talk," she said.')
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\xc0\x3f")  # retrained in place: of the same size
    assert asked.identity == before  # noted while the files were those that were loaded
    with pytest.raises(quotestance.CheckpointError, match="copy' has changed since it was loaded"):
        str(late.identity)
    with pytest.raises(quotestance.CheckpointError):
        quotestance.score_folder(articles, tmp_path / "quotes.csv", pipe=late)
    assert "copy (changed since it was loaded)" in late.about["models"]
    assert quotestance.load(attribution=attribution_folder, stance=copy).identity not in ("", before)
    shutil.rmtree(copy)
    with pytest.raises(quotestance.CheckpointError):
        str(late.identity)


def test_pipeline_tells_its_models_and_shows_itself_shortly(
    tiny_pipe: Pipeline, attribution_folder: Path, stance_folder: Path
) -> None:
    class Printer:
        shown = ""

        def text(self, words: str) -> None:
            self.shown += words

    names = [f"{folder.name} ({folder_digest(folder)[:8]})" for folder in (attribution_folder, stance_folder)]
    assert tiny_pipe.about == {"models": ", ".join(names), "options": "device cpu, precision auto"}
    tiny_pipe._repr_pretty_(printer := Printer(), False)
    assert printer.shown == f"<Pipeline {', '.join(names)}; device cpu, precision auto>"
    replace(tiny_pipe, classifier=tiny_pipe.classifier)._repr_pretty_(printer := Printer(), False)
    assert printer.shown == "<Pipeline models of your own>"


def test_pipeline_tells_that_it_keeps_all_quotes(attribution_folder: Path, stance_folder: Path) -> None:
    pipe = quotestance.load(attribution=attribution_folder, stance=stance_folder, min_confidence=0)
    assert "min_confidence 0" in pipe.about["options"]


def test_pipeline_min_confidence_leaves_out_the_unsure(
    attribution_folder: Path, stance_folder: Path, tiny_pipe: Pipeline
) -> None:
    text = "".join(f'He said "yes {"war " * n}". Then {"peace " * n} they said "no {n}" and went.\n' for n in range(6))
    everything = tiny_pipe(text).quotes
    middle = sorted(quote.confidence or 0.0 for quote in everything)[len(everything) // 2]
    strict = quotestance.load(attribution=attribution_folder, stance=stance_folder, min_confidence=middle)
    kept = strict(text).quotes
    assert 0 < len(kept) < len(everything)
    assert all((quote.confidence or 0.0) >= middle for quote in kept)


def test_pipeline_leaves_out_what_the_checkpoint_says_unless_told_otherwise(
    attribution_folder: Path, stance_folder: Path, tmp_path: Path
) -> None:
    text = "".join(f'He said "yes {"war " * n}". Then {"peace " * n} they said "no {n}" and went.\n' for n in range(6))
    folder = shutil.copytree(attribution_folder, tmp_path / "attribution")
    config = json.loads((folder / "config.json").read_text())
    config["decoding"]["min_confidence"] = 1.0
    (folder / "config.json").write_text(json.dumps(config))
    assert quotestance.load(attribution=folder, stance=stance_folder)(text).quotes == ()
    assert quotestance.load(attribution=folder, stance=stance_folder, min_confidence=0)(text).quotes


@pytest.mark.parametrize(
    "options",
    [
        {"min_confidence": 1.5},
        {"min_confidence": float("nan")},
        {"min_confidence": "0.5"},
        {"threads": 0},
        {"threads": "2"},
    ],
)
def test_pipeline_refuses_options_out_of_range(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(options))} is a "):
        quotestance.load(**options)


def test_pipeline_result_survives_pickle_and_json(tiny_pipe: Pipeline) -> None:
    article = tiny_pipe('"We will talk," Ann Lee said. "Soon," she added.')
    assert article.quotes
    assert pickle.loads(pickle.dumps(article)) == article  # noqa: S301
    assert Article.from_dict(json.loads(json.dumps(article.to_dict()))) == article


def test_pipeline_has_stance_models_with_a_hash() -> None:
    pipe = quotestance.load()
    assert isinstance(pipe.classifier, Cascade)
    classifiers = (pipe.classifier, pipe.classifier.fast, pipe.classifier.accurate)  # with the shares of labels
    assert len({*classifiers, replace(pipe.classifier)}) == len(classifiers)


def test_pipeline_survives_pickle() -> None:
    pipe = quotestance.load(fast=True)  # the tiny models have no shares of labels
    assert pickle.loads(pickle.dumps(pipe))(TALKS) == pipe(TALKS)  # noqa: S301  # our own


def test_pipeline_is_a_key_of_caches() -> None:
    pipe = quotestance.load(fast=True)
    assert {pipe: "kept"}[replace(pipe)] == "kept"
    assert replace(pipe, classifier=Given()) not in {pipe}


def test_pipeline_refuses_a_stance_model_with_other_labels(
    attribution_folder: Path, stance_folder: Path, tmp_path: Path
) -> None:
    for file in stance_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text())
    config["id2label"] = {"0": "good", "1": "bad", "2": "ugly", "3": "conditional"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(quotestance.CheckpointError, match="id2label"):
        quotestance.load(attribution=attribution_folder, stance=tmp_path)


def test_pipeline_says_which_folder_is_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(quotestance.CheckpointError, match=str(tmp_path)):
        quotestance.load(attribution=tmp_path)


def test_pipeline_never_unpickles_weights(attribution_folder: Path, stance_folder: Path, tmp_path: Path) -> None:
    for file in stance_folder.iterdir():
        if file.suffix != ".safetensors":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(quotestance.CheckpointError, match="safetensors"):
        quotestance.load(attribution=attribution_folder, stance=tmp_path)


def test_pipeline_finds_the_same_alone_in_a_stream_and_with_workers(tiny_pipe: Pipeline) -> None:
    texts = [f'He said "yes {"war " * n}". Then {"peace " * n} they said "no {n}" and went.\n' * 9 for n in range(14)]
    given: list[Article | str] = [*texts, Article("", id="broken", error="not text")]
    alone = [shape(tiny_pipe(text)) for text in texts]
    assert any(alone)
    for workers in (1, 2):
        done = list(tiny_pipe.stream(given, workers=workers))
        assert [article.text for article in done] == [*texts, ""]
        assert [shape(article) for article in done[:-1]] == alone
        assert all(quote.stance is not None for article in done for quote in article.quotes)
        assert done[-1].error == "not text"


def test_pipeline_workers_take_any_meta(tiny_pipe: Pipeline) -> None:
    lock = threading.Lock()
    given = [
        Article("No.", meta={"n": 1}),
        Article("Yes.", meta={"lock": lock}),
        Article("", error="gone", meta={"n": 2}),
    ]
    done = list(tiny_pipe.stream(given, workers=2))
    assert [article.error for article in done] == [None, None, "gone"]
    assert [article.meta for article in done] == [article.meta for article in given]
    assert done[1].meta["lock"] is lock


def test_pipeline_workers_hold_what_is_said(tiny_pipe: Pipeline) -> None:
    taken = most = 0

    def counted() -> Iterator[str]:
        nonlocal taken
        for taken in range(1, 301):
            yield f"No {taken}."

    for number, _ in enumerate(tiny_pipe.stream(counted(), workers=2)):
        most = max(most, taken - number)
    assert most <= 2 * 3 * 64 // 4


@pytest.mark.parametrize("workers", [0, 1.5, None, "2"])
def test_pipeline_refuses_what_is_no_number_of_workers(tiny_pipe: Pipeline, workers: Any) -> None:
    with pytest.raises(ValueError, match=rf"^workers is a whole number of processes, at least 1, got {workers!r}"):
        tiny_pipe.stream(["He said no."], workers=workers)


class Given:
    """A stance model of somebody's own, which gives so many stances, and cannot read no texts at all."""

    def __init__(self, count: int | None = None) -> None:
        self.count = count

    def classify(self, texts: Sequence[str], contexts: Sequence[str] | None = None) -> list[Stance]:
        if not texts or not contexts:
            raise ValueError("Found array with 0 samples.")
        return [Stance.certain("neutral")] * (len(texts) if self.count is None else self.count)


def test_pipeline_does_not_ask_a_stance_model_about_nothing(tiny_pipe: Pipeline) -> None:
    pipe = Pipeline(tiny_pipe.finder, Given())
    unreadable = Article("", id="broken", error="not text")
    assert list(pipe.stream([unreadable, ""])) == [unreadable, Article("")]
    assert list(pipe.stream([unreadable])) == [unreadable]
    assert pipe.classify_stance(Article("It rained.")).quotes == ()


def test_pipeline_stream_passes_what_came_with_an_error_whatever_the_models_do(tiny_pipe: Pipeline) -> None:
    class Broken:
        def classify_quotes(self, *_: Any) -> Any:
            raise RuntimeError("out of luck")

    unreadable = Article("", id="broken", error="not text")
    assert list(Pipeline(tiny_pipe.finder, Broken()).stream([unreadable])) == [unreadable]  # type: ignore[arg-type]


def test_pipeline_passes_what_came_with_an_error_as_its_stream_does(tiny_pipe: Pipeline) -> None:
    text = '"We will talk," Ann Roe said. "War is near," said Bo Chu.'
    failed = Article(text, error="MemoryError: out of memory")
    assert tiny_pipe(failed) == failed == next(tiny_pipe.stream([failed]))
    assert tiny_pipe(failed.replace(error=None)) == tiny_pipe(text)
    assert tiny_pipe(text).quotes


@pytest.mark.parametrize("count", [0, 2])
def test_pipeline_refuses_a_stance_model_that_does_not_give_one_each(tiny_pipe: Pipeline, count: int) -> None:
    pipe = Pipeline(tiny_pipe.finder, Given(count))
    with pytest.raises(ValueError, match=f"gave {count} stances for 1 texts"):
        pipe.classify_stance(of_her())


def test_pipeline_identity_tells_what_each_model_is_used_for(tmp_path: Path) -> None:
    save_attribution(tmp_path, reads_people=False, reads_stance=True)
    own = quotestance.load(attribution=tmp_path, fast=True)
    other = quotestance.load(attribution=tmp_path, stance="attribution-en")
    assert set(own.folders.values()) == set(other.folders.values())
    assert own.identity != other.identity


def test_pipeline_identity_takes_any_number(attribution_folder: Path, stance_folder: Path) -> None:
    least = np.float32(0.5)
    pipes = [
        quotestance.load(attribution=attribution_folder, stance=stance_folder, min_confidence=x) for x in (0.5, least)
    ]
    assert pipes[0].identity == pipes[1].identity
