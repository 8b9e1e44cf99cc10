from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from tiny import tiny_tokenizer
from tokenizers.processors import TemplateProcessing
from transformers import GPT2Config, GPT2ForSequenceClassification

from quotestance.errors import CheckpointError
from quotestance.stance.cascade import Cascade
from quotestance.stance.classifier import StanceClassifier
from quotestance.stance.quotes import classify_stance, stances_of
from quotestance.stance.reader_classifier import ReaderClassifier
from quotestance.stance.utterance import context, passage, sentence_before, utterance
from quotestance.types import STANCES, Article, Quote, Span, Speaker, Stance

LONG = "the war " * 400
TEXT = "Ann Lee arrived. “We will talk,” the mayor said. “Soon.”\n\nNobody else, Bo Chu said, was there."


@pytest.fixture(scope="module")
def classifier(stance_folder: Path) -> StanceClassifier:
    return StanceClassifier.load(stance_folder)


def changed(folder: Path, target: Path, *, order: list[int] | None = None, **config: object) -> Path:
    """Copy a checkpoint with other config entries, and with its outputs in another order."""
    shutil.copytree(folder, target, dirs_exist_ok=True)
    settings = json.loads((target / "config.json").read_text())
    if order is not None:
        labels = [settings["id2label"][str(number)] for number in order]
        settings["id2label"] = dict(enumerate(labels))
        settings["label2id"] = {label: number for number, label in enumerate(labels)}
        weights = load_file(target / "model.safetensors")
        for name in ("classifier.weight", "classifier.bias"):
            weights[name] = weights[name][order].contiguous()
        save_file(weights, target / "model.safetensors", metadata={"format": "pt"})
    (target / "config.json").write_text(json.dumps({**settings, **config}))
    return target


def chances(stances: list[Stance]) -> list[list[float]]:
    return [[stance.probabilities[label] for label in STANCES] for stance in stances]


@pytest.mark.parametrize("name", [None, "stance-en"])
def test_stance_holds_weights_in_bfloat16_where_it_computes_in_it(name: str | None, stance_folder: Path) -> None:
    short = StanceClassifier.load(name or stance_folder, precision="bfloat16")
    exact = StanceClassifier.load(name or stance_folder, precision="float32")
    assert {weight.dtype for weight in short.model.parameters()} == {torch.bfloat16}
    assert {weight.dtype for weight in exact.model.parameters()} == {torch.float32}
    texts = ["the war", "We will bomb them.", "Both sides should stop, he said."]
    held, full = (np.asarray(chances(one.classify(texts))) for one in (short, exact))
    assert np.abs(held - full).mean() < 0.02


def test_stance_gives_every_label_a_probability(classifier: StanceClassifier) -> None:
    texts = ["", "war", "He said no.", LONG]
    stances = classifier.classify(texts)
    assert len(stances) == len(texts)
    for stance in stances:
        assert set(stance.probabilities) == set(STANCES)
        assert sum(stance.probabilities.values()) == pytest.approx(1)
        assert stance.conditional is not None
        assert 0 < stance.conditional < 1
    assert classifier.classify([]) == []


def test_stance_reads_the_sentence_before_where_it_was_trained_to(stance_folder: Path, tmp_path: Path) -> None:
    texts, contexts = ["This must stop.", "The war."], ["The war goes on.", ""]
    plain = StanceClassifier.load(stance_folder)
    assert chances(plain.classify(texts, contexts)) == chances(plain.classify(texts))
    reader = StanceClassifier.load(changed(stance_folder, tmp_path, stance_context=True))
    (first, second), (alone, same) = chances(reader.classify(texts, contexts)), chances(reader.classify(texts))
    assert not np.allclose(first, alone, atol=1e-3)
    assert np.allclose(second, same, atol=0.02)


@pytest.mark.parametrize("contexts", [[], ["He spoke."], ["He spoke.", "", ""]])
@pytest.mark.parametrize("reads", [False, True])
def test_stance_wants_a_context_for_every_text(
    stance_folder: Path, tmp_path: Path, contexts: list[str], reads: bool
) -> None:
    model = StanceClassifier.load(changed(stance_folder, tmp_path, stance_context=reads))
    with pytest.raises(ValueError, match=f"one context for every text: {len(contexts)} for 2 texts"):
        model.classify(["This must stop.", "The war."], contexts)
    with pytest.raises(ValueError, match="1 for 0 texts"):
        model.classify([], ["He spoke."])


def test_stance_of_one_text_is_not_told_letter_by_letter(stance_folder: Path, reader_folder: Path) -> None:
    model, reader = StanceClassifier.load(stance_folder), ReaderClassifier.load(reader_folder)
    for one in (model, reader, Cascade(reader, model), Cascade(model, model)):
        with pytest.raises(TypeError, match=r"Give a list of texts, not one text: \[text\]"):
            one.classify("This must stop.")


@pytest.mark.parametrize("temperature", [0, -1.0, "warm", float("nan"), float("inf"), 1e-310])
def test_stance_refuses_a_temperature_that_is_not_above_0(
    stance_folder: Path, tmp_path: Path, temperature: object
) -> None:
    folder = changed(stance_folder, tmp_path, stance_temperature=temperature)
    with pytest.raises(CheckpointError, match="stance_temperature"):
        StanceClassifier.load(folder)


def test_stance_context_is_the_sentence_before_the_utterance() -> None:
    text = "Rain fell. They shelled the port again.\n\n“This must stop,” the mayor said."
    quote = Quote("direct", (Span.of(text, 42, 57),), source=Span.of(text, 59, 68))
    assert text[42:57] == "This must stop,"
    assert context(Article(text, quotes=(quote,)), quote) == "They shelled the port again."
    assert sentence_before(text, 0) == ""


@pytest.mark.parametrize(("reads", "is_told"), [("passage", True), (True, False)])
def test_stance_a_model_trained_with_passages_is_told_who_speaks(
    stance_folder: Path, tmp_path: Path, reads: object, is_told: bool
) -> None:
    model = StanceClassifier.load(changed(stance_folder, tmp_path, stance_context=reads))
    text = "Rain fell. They shelled the port. This must stop, the mayor said."
    source = Span.of(text, 50, 59)
    assert source.text == "the mayor"
    speakers = [None, Speaker("Ann Roe", "person", role="mayor"), Speaker("Ann Roe", "person", country="UKR")]
    quotes = [Quote("indirect", (Span.of(text, 34, 48),), source=source, speaker=speaker) for speaker in speakers]
    told = chances([stances_of([Article(text, quotes=(quote,))], model)[0][0] for quote in quotes])
    same = [np.allclose(told[0], other, atol=1e-6) for other in told[1:]]
    assert same == [not is_told, not is_told]


def test_stance_passage_is_who_speaks_and_two_sentences_in_a_few_words() -> None:
    text = "Rain fell. They shelled the port.\nIt burned. This must stop, he said."
    named = Speaker("Ann Roe", "person", role="mayor", affiliation="Arden", country="UKR")
    unnamed = Speaker(kind="unnamed", role="mayor", country="UKR")
    quote = Quote("indirect", (Span.of(text, 45, 59),), source=Span.of(text, 61, 63), speaker=named)
    before = "They shelled the port. It burned."
    assert passage(Article(text, quotes=(quote,)), quote) == f"Ann Roe, mayor, Arden, UKR: {before}"
    assert passage(Article(text), replace(quote, speaker=unnamed)) == f"he, mayor, UKR: {before}"
    assert passage(Article(text), replace(quote, speaker=None)) == before
    nameless = replace(quote, source=None, speaker=Speaker(kind="unnamed"))
    assert passage(Article(text), nameless) == before, "nobody is told of"
    twice = replace(quote, speaker=replace(named, role="Arden"))
    assert passage(Article(text), twice) == f"Ann Roe, Arden, UKR: {before}"
    huge = replace(quote, speaker=replace(named, name="x" * 1_000_000))
    assert len(passage(Article(text), huge)) < 300
    long = "Rain fell. " * 500 + " ".join(["word"] * 500) + ". " + text
    moved = Quote(
        "indirect", (Span.of(long, len(long) - 24, len(long) - 10),), speaker=replace(named, name="Roe " * 99)
    )
    assert len(passage(Article(long, quotes=(moved,)), moved).split()) < 85


def test_stance_reads_a_long_text_to_its_end(classifier: StanceClassifier) -> None:
    others = [LONG + "peace", "peace " + LONG, LONG[:1600] + "peace " + LONG[1600:]]
    plain, *changes = chances(classifier.classify([LONG, *others]))
    for change in changes:
        assert not np.allclose(plain, change, atol=1e-5)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.sampled_from("abc war.\ud800é\0")), min_size=1, max_size=6))
def test_stance_does_not_depend_on_the_company(classifier: StanceClassifier, texts: list[str]) -> None:
    texts = [text.replace("\ud800", "\ufffd") for text in texts]
    alone = [classifier.classify([text], batch_tokens=1)[0] for text in texts]
    assert np.allclose(chances(classifier.classify(texts)), chances(alone), atol=0.02)


def test_stance_a_decoder_is_read_to_its_last_token_and_not_to_its_padding(tmp_path: Path) -> None:
    torch.manual_seed(3)
    config = GPT2Config(
        vocab_size=128, n_embd=16, n_layer=1, n_head=2, pad_token_id=None, initializer_range=1.0,
        id2label=dict(enumerate(STANCES)),
    )  # fmt: skip
    model, tokenizer = GPT2ForSequenceClassification(config).eval(), tiny_tokenizer()
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(single="$A", pair="$A $B")
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    decoder = StanceClassifier.load(tmp_path, precision="float32")
    one, other, empty = chances(decoder.classify(["the war goes on", "peace", ""]))
    ids = torch.tensor([tokenizer.backend_tokenizer.encode("the war goes on").ids])
    with torch.inference_mode():
        assert one == pytest.approx(model(input_ids=ids).logits.softmax(-1)[0].tolist(), abs=1e-4)
    assert chances(decoder.classify(["peace"])) == [pytest.approx(other)]
    assert sum(empty) == pytest.approx(1)


@pytest.mark.parametrize("order", [[3, 2, 1, 0], [1, 3, 0, 2]])
def test_stance_label_order_cannot_matter(
    classifier: StanceClassifier, stance_folder: Path, tmp_path: Path, order: list[int]
) -> None:
    texts = ["The war goes on.", "peace now", LONG]
    other = StanceClassifier.load(changed(stance_folder, tmp_path, order=order))
    assert other.columns != classifier.columns
    ours, theirs = classifier.classify(texts), other.classify(texts)
    assert np.allclose(chances(ours), chances(theirs), atol=1e-6)
    assert [one.conditional for one in ours] == pytest.approx([two.conditional for two in theirs])


def test_stance_labels_may_be_written_in_capitals(stance_folder: Path, tmp_path: Path) -> None:
    labels = {number: label.upper() for number, label in enumerate((*STANCES, "conditional"))}
    folder = changed(stance_folder, tmp_path, id2label=labels, label2id={label: n for n, label in labels.items()})
    assert set(StanceClassifier.load(folder).classify(["war"])[0].probabilities) == set(STANCES)


def test_stance_temperature_divides_the_logits(
    classifier: StanceClassifier, stance_folder: Path, tmp_path: Path
) -> None:
    mild = StanceClassifier.load(changed(stance_folder, tmp_path, stance_temperature=4.0))
    (sharp,), (soft,) = classifier.classify(["The war goes on."]), mild.classify(["The war goes on."])
    assert soft.label == sharp.label
    assert 1 / 3 < soft.confidence < sharp.confidence
    logits = np.log([sharp.probabilities[label] for label in STANCES]) / 4
    assert np.allclose(chances([soft])[0], np.exp(logits) / np.exp(logits).sum(), atol=1e-5)
    assert soft.conditional == pytest.approx(sharp.conditional)


def test_stance_without_an_output_for_conditional_tells_none(stance_folder: Path, tmp_path: Path) -> None:
    folder = changed(stance_folder, tmp_path, order=[2, 0, 1])
    (stance,) = StanceClassifier.load(folder).classify(["The war goes on."])
    assert stance.conditional is None
    assert sum(stance.probabilities.values()) == pytest.approx(1)


def quote(content: list[str], cue: str | None = None, source: str | None = None) -> Quote:
    def span(words: str) -> Span:
        return Span.of(TEXT, TEXT.index(words), TEXT.index(words) + len(words))

    return Quote("direct", tuple(map(span, content)), cue=cue and span(cue), source=source and span(source))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (quote(["We will talk,"]), "We will talk,"),
        (quote(["We will talk,"], "said", "the mayor"), "We will talk,” the mayor said"),
        (quote(["Soon."], "said", "the mayor"), "the mayor said. “Soon."),
        (quote(["We will talk,", "Soon."], "said", "the mayor"), "We will talk,” the mayor said. “Soon."),
        (quote(["Nobody else", "was there"], "said", "Ann Lee"), "Nobody else, Bo Chu said, was there"),
        (quote(["We will talk,"], "said", "Bo Chu"), "We will talk,” the mayor said"),
    ],
)
def test_stance_utterance_is_the_content_with_the_words_that_attribute_it(given: Quote, read: str) -> None:
    assert utterance(Article(TEXT, quotes=(given,)), given) == read


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x0b", "\x85", "\u2028", "\u2029"])
def test_stance_utterance_ends_with_the_paragraph_however_lines_end(end: str) -> None:
    text = f"The mayor said so.{end}We will talk."
    given = Quote("indirect", (Span.of(text, len(text) - 13, len(text) - 1),), source=Span.of(text, 4, 9))
    assert utterance(Article(text, quotes=(given,)), given) == "We will talk"


def test_stance_utterance_is_readable_where_the_text_is_not() -> None:
    text = "He said “\ud800 no”."
    given = Quote("direct", (Span.of(text, 9, 13),))
    assert utterance(Article(text, quotes=(given,)), given) == "\ufffd no"


def test_stance_classify_fills_every_quote_in_and_leaves_the_rest(classifier: StanceClassifier) -> None:
    quotes = (quote(["We will talk,"], "said", "the mayor"), quote(["was there"]))
    articles = [
        Article(TEXT, id="a", quotes=quotes),
        Article("Nothing.", id="b"),
        Article(TEXT, id="c", quotes=quotes[1:]),
    ]
    done = classify_stance(articles, classifier)
    assert [(article.id, article.text) for article in done] == [(article.id, article.text) for article in articles]
    assert [len(article.quotes) for article in done] == [2, 0, 1]
    assert all(one.stance is not None for article in done for one in article.quotes)
    assert done[0].quotes[0].content == quotes[0].content
    assert torch.is_grad_enabled()
