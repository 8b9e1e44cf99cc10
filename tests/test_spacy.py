"""The component finds what the pipeline finds, and Docs keep it: aligned, saved, in other processes."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from clock import assert_linear

from quotestance import Article, FormatError, Quote, Span, SpanError, Speaker, Stance
from quotestance.pipeline import Pipeline, load
from quotestance.stance.shares import NEWS

spacy = pytest.importorskip("spacy", reason="needs spaCy: pip install 'quotestance[spacy]'")

from spacy import displacy  # noqa: E402
from spacy.tokens import Doc, DocBin  # noqa: E402

from quotestance.spacy import from_doc, to_doc  # noqa: E402
from quotestance.spacy.component import QuotesComponent  # noqa: E402

ROOT = Path(__file__).parents[1]
TEXTS = [
    '"We said so," the war said. Peace, Liu said, is 5 o\'clock.',
    "Nothing.",
    "",
    " \r\n“War,” said the two…\r\n\r\n“Peace”—they said 👩‍👩‍👧‍👦 “لا”.\t",
    'He said "no' + " and no" * 300 + '" and went.',
] + [f'The {number} said "peace {number}" and that war is war, they said.' for number in range(8)]


@pytest.fixture(scope="module")
def nlp(attribution_folder: Path, stance_folder: Path) -> Any:
    made = spacy.blank("en")
    made.add_pipe("quotestance", config={"attribution": str(attribution_folder), "stance": str(stance_folder)})
    return made


@pytest.fixture
def article() -> Article:
    """Make an article with a person under two names, a body, and somebody unnamed."""
    text = 'Antony Blinken met aides. "We want peace," he said. "No," said Blinken\'s office. An official said no.'

    def of(words: str) -> Span:
        return Span.of(text, text.index(words), text.index(words) + len(words))

    blinken, office = Speaker("Antony Blinken", "person"), Speaker("Office of Blinken", "organization")
    stance = Stance.certain("de-escalatory")
    return Article(
        text,
        "a1",
        title="Talks",
        meta={"outlet": "Herald"},
        quotes=(
            Quote("direct", (of("We want peace,"),), of("said"), of("he"), blinken, stance),
            Quote("direct", (of("No,"),), source=of("Blinken's office"), speaker=office),
            Quote("indirect", (of("no."),), source=of("An official"), speaker=Speaker(description="An official")),
        ),
    )


def entities(patterns: dict[str, str]) -> Any:
    made = spacy.blank("en")
    made.add_pipe("entity_ruler").add_patterns([{"label": label, "pattern": one} for one, label in patterns.items()])
    return made


def assert_aligned(doc: Any) -> None:
    """Check that every span of a group holds its piece of the quote that it points to."""
    for group in ("quotes", "sources", "cues"):
        for span in doc.spans[group]:
            quote = span._.quote
            pieces = quote.content if group == "quotes" else (getattr(quote, group[:-1]),)
            assert any(span.start_char <= piece.start and piece.end <= span.end_char for piece in pieces)
            assert all(piece.text in span.text for piece in pieces if span.start_char <= piece.start < span.end_char)
    assert len(doc.spans["quotes"]) == sum(len(quote.content) for quote in doc._.quotes)
    assert len(doc.spans["sources"]) == sum(quote.source is not None for quote in doc._.quotes)
    assert len(doc.spans["cues"]) == sum(quote.cue is not None for quote in doc._.quotes)


def test_spacy_component_finds_what_the_pipeline_finds(nlp: Any, tiny_pipe: Pipeline) -> None:
    expected = list(tiny_pipe.stream(TEXTS))
    assert sum(len(article.quotes) for article in expected) > 20
    docs = list(nlp.pipe(TEXTS, batch_size=64))
    assert [doc.text for doc in docs] == TEXTS
    assert [doc._.quotes for doc in docs] == [article.quotes for article in expected]
    assert [doc._.article for doc in docs] == expected
    for doc in docs:
        assert_aligned(doc)


def test_spacy_component_reads_one_doc(nlp: Any, tiny_pipe: Pipeline) -> None:
    doc = nlp(TEXTS[0])
    assert doc._.quotes == tiny_pipe(TEXTS[0]).quotes
    assert_aligned(doc)
    span = doc.spans["quotes"][0]
    assert span._.speaker == span._.quote.speaker is not None
    assert span._.stance.label == span.label_


def test_spacy_component_passes_contexts_and_lets_the_first_come_soon(nlp: Any) -> None:
    taken: list[int] = []

    def pairs() -> Any:
        for number, text in enumerate(TEXTS * 20):
            taken.append(number)
            yield text, number

    docs = nlp.pipe(pairs(), as_tuples=True, batch_size=8)
    assert next(docs)[1] == 0
    assert len(taken) <= 16
    assert [context for _, context in docs] == list(range(1, len(TEXTS) * 20))


def test_spacy_component_keeps_a_doc_that_fails(nlp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    component = nlp.get_pipe("quotestance")

    def fail(articles: Sequence[Article]) -> list[Article]:
        if any("poison" in article.text for article in articles):
            raise RuntimeError("out of luck")
        return [article.replace(quotes=()) for article in articles]

    monkeypatch.setattr(Pipeline, "_run", lambda _, articles: fail(articles))
    docs = list(component.pipe(map(nlp.make_doc, ["One.", "Take poison.", "Two."])))
    assert [doc._.article.error for doc in docs] == [None, "RuntimeError: out of luck", None]


def test_spacy_component_is_found_by_its_entry_point(
    attribution_folder: Path, stance_folder: Path, tmp_path: Path
) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    points = project["entry-points"]["spacy_factories"]
    installed = tmp_path / "quotestance_here-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: quotestance-here\nVersion: 1\n")
    lines = "".join(f"{name} = {target}\n" for name, target in points.items())
    (installed / "entry_points.txt").write_text(f"[spacy_factories]\n{lines}")
    code = (
        "import spacy; nlp = spacy.blank('en'); "
        f"nlp.add_pipe('quotestance', config={{'attribution': {str(attribution_folder)!r}, "
        f"'stance': {str(stance_folder)!r}}}); nlp.to_disk({str(tmp_path / 'saved')!r}); "
        f"print(spacy.load({str(tmp_path / 'saved')!r}).pipe_names)"
    )
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}", "PYTHONWARNINGS": "ignore"}
    run = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=600
    )
    assert run.stdout.strip() == "['quotestance']"


@pytest.mark.parametrize("shares", ["news", dict(NEWS)])
def test_spacy_component_tells_stances_for_the_shares_that_are_asked_for(
    attribution_folder: Path, stance_folder: Path, tmp_path: Path, shares: Any
) -> None:
    models = {"attribution": str(attribution_folder), "stance": str(stance_folder)}
    made = spacy.blank("en")
    made.add_pipe("quotestance", config={**models, "stance_shares": shares})
    made.to_disk(tmp_path / "saved")
    expected = load(**models, stance_shares=shares)(TEXTS[0]).quotes  # type: ignore[arg-type]
    assert {quote.stance is not None and quote.stance.prior is not None for quote in expected} == {True}
    for one in (made, spacy.load(tmp_path / "saved")):
        assert one(TEXTS[0])._.quotes == expected


def test_spacy_component_has_every_setting_of_the_pipeline(nlp: Any) -> None:
    assert {*nlp.get_pipe_config("quotestance")} - {"factory", "alignment_mode"} == {*signature(load).parameters}


@pytest.mark.parametrize(
    "settings",
    [
        {"alignment_mode": "round"},
        {"fast": True, "cascade": True},
        {"fast": True, "stance": "stance-en"},
        {"fsat": True},
        {"stance_shares": "press"},
    ],
)
def test_spacy_component_refuses_settings_that_cannot_be(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"alignment_mode|fast|fsat|balanced, news"):
        spacy.blank("en").add_pipe("quotestance", config=settings)


def test_spacy_docs_are_saved_with_their_quotes(nlp: Any, article: Article) -> None:
    docs = [nlp(TEXTS[0]), to_doc(article, nlp)]
    kept = DocBin(store_user_data=True, docs=docs).to_bytes()
    elsewhere = spacy.blank("en").vocab
    for back in (
        [*DocBin().from_bytes(kept).get_docs(elsewhere)],
        [Doc(spacy.blank("en").vocab).from_bytes(doc.to_bytes()) for doc in docs],
        [doc.copy() for doc in docs],
    ):
        assert [doc._.article for doc in back] == [doc._.article for doc in docs]
        for doc in back:
            assert_aligned(doc)


def test_spacy_an_article_is_its_doc_and_back(nlp: Any, article: Article) -> None:
    doc = article.to_doc(nlp)
    assert Article.from_doc(doc) == from_doc(doc) == article  # nothing was looked for
    assert [(span.text, span.label_) for span in doc.spans["quotes"]] == [
        ("We want peace,", "de-escalatory"), ("No,", "quote"), ("no.", "quote"),
    ]  # fmt: skip
    assert [span.text for span in doc.spans["sources"]] == ["he", "Blinken's office", "An official"]
    assert [span.text for span in doc.spans["cues"]] == ["said"]
    assert doc.spans["sources"][0]._.quote == article.quotes[0]
    assert from_doc(spacy.blank("en")("No quotes.")) == Article("No quotes.")


def test_spacy_spans_tell_their_quotes_in_linear_time() -> None:
    said = "We go, she said. "

    def telling(count: int) -> Callable[[], None]:
        text = said * count
        places = (Span.of(text, start, start + 5) for start in range(0, len(text), len(said)))
        article = Article(text, quotes=tuple(Quote("indirect", (place,)) for place in places))
        doc = to_doc(article, spacy.blank("en"))
        spans = list(doc.spans["quotes"])

        def tell() -> None:
            assert tuple(span._.quote for span in spans) == article.quotes

        return tell

    assert_linear(telling, 500, 4_000, most=2, slack=0.1)


def test_spacy_a_doc_without_quotes_has_none() -> None:
    doc = spacy.blank("en")("Ann Lee said no.")
    assert doc._.quotes == ()
    assert doc[0:2]._.quote is doc[0:2]._.speaker is doc[0:2]._.stance is doc[0:2]._.speaker_entity is None


def test_spacy_a_piece_of_a_doc_does_not_pass_for_the_whole(nlp: Any, article: Article) -> None:
    piece = to_doc(article, nlp)[3:].as_doc(copy_user_data=True)
    with pytest.raises(SpanError, match="but the text there is"):
        from_doc(piece)


def test_spacy_speakers_are_aligned_with_entities(article: Article) -> None:
    ruled = entities({"Antony Blinken": "PERSON", "Blinken's office": "ORG", "official": "NORP"})
    doc = to_doc(article, ruled)
    found = [span._.speaker_entity for span in doc.spans["quotes"]]
    assert [entity and entity.text for entity in found] == ["Antony Blinken", "Blinken's office", None]
    assert found[0] == doc.ents[0] == doc.spans["sources"][0]._.speaker_entity
    nameless = article.replace(quotes=(replace(article.quotes[0], source=None),))
    doc = to_doc(nameless, ruled)
    assert doc.spans["quotes"][0]._.speaker_entity.start == 0
    doc = to_doc(article, entities({"Blinken": "PERSON"}))  # the person is not the office
    assert [span._.speaker_entity for span in doc.spans["quotes"]] == [None, None, None]
    other = article.replace(quotes=(replace(article.quotes[0], speaker=Speaker("John Kirby", "person")),))
    doc = to_doc(other, ruled)
    assert doc.spans["quotes"][0]._.speaker_entity is None


def test_spacy_speakers_bring_the_id_of_linked_articles(nlp: Any, article: Article) -> None:
    speaker = Speaker("Antony Blinken", "person", id="antony-blinken")
    linked = article.replace(quotes=(replace(article.quotes[0], speaker=speaker),))
    doc = to_doc(linked, nlp)
    assert {span.kb_id_ for group in doc.spans.values() for span in group} == {"antony-blinken"}


@pytest.mark.parametrize(("mode", "expected"), [("expand", ["don't"]), ("contract", ["do"]), ("strict", [])])
def test_spacy_alignment_mode_says_what_becomes_of_half_tokens(nlp: Any, mode: Any, expected: list[str]) -> None:
    text = "We don't, she said."
    article = Article(text, quotes=(Quote("indirect", (Span.of(text, 3, 6),)),))
    doc = to_doc(article, nlp, alignment_mode=mode)
    assert [span.text for span in doc.spans["quotes"]] == expected
    assert doc._.quotes == article.quotes


def test_spacy_doc_needs_a_tokenizer_that_keeps_the_text(article: Article) -> None:
    careless = spacy.blank("en")
    careless.tokenizer = lambda text: Doc(careless.vocab, words=text.split())
    with pytest.raises(FormatError, match="changes the text"):
        to_doc(article.replace(text=article.text + "\n\nEnd.", quotes=()), careless)


def test_spacy_says_what_to_give_instead_of_a_name_or_text(nlp: Any, article: Article) -> None:
    with pytest.raises(TypeError, match=r'^Give a spaCy pipeline, as spacy\.blank\("en"\) is, not a str\.$'):
        article.to_doc("en")
    with pytest.raises(TypeError, match=r"^Give one Article, not a list: "):
        to_doc([article], nlp)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^Give a spaCy Doc, as nlp\(text\) makes it, not a str\.$"):
        Article.from_doc("He said no.")


def test_spacy_doc_bears_what_spacy_does_not_take(nlp: Any) -> None:
    article = Article("\ud800 He said no.", quotes=(Quote("indirect", (Span.of("\ud800 He said no.", 10, 12),)),))
    doc = to_doc(article, nlp)
    assert doc.text == "\ufffd He said no."
    assert_aligned(doc)
    assert (doc._.quotes[0].start, doc._.quotes[0].text) == (10, "no")


def test_spacy_displacy_shows_the_quotes(nlp: Any, article: Article) -> None:
    page = displacy.render(to_doc(article, nlp), style="span", options={"spans_key": "quotes"}, jupyter=False)
    assert "de-escalatory" in page
    assert "peace" in page


def test_spacy_component_can_be_made_of_a_pipeline(tiny_pipe: Pipeline) -> None:
    doc = QuotesComponent(tiny_pipe)(spacy.blank("en")(TEXTS[0]))
    assert doc._.quotes == tiny_pipe(TEXTS[0]).quotes


def test_spacy_docs_are_told_apart_from_texts(tiny_pipe: Pipeline) -> None:
    with pytest.raises(TypeError, match=r"a Doc: give doc\.text"):
        tiny_pipe(spacy.blank("en")("No."))


def test_spacy_displacy_shows_no_markup_of_an_article(nlp: Any) -> None:
    words = '"><img src=x onerror=alert(1)>'
    article = Article(f"{words} said no.", title=words, id=words)
    speaker, stance = Speaker(words, "person", role=words, id=words), Stance({words: 1.0})
    source = Span.of(article.text, 0, len(words))
    content = Span.of(article.text, article.text.index("no"), len(article.text) - 1)
    quote = Quote("indirect", (content,), source=source, speaker=speaker, stance=stance)
    doc = to_doc(article.replace(quotes=(quote,)), nlp)
    for group in ("quotes", "sources"):
        assert "<img" not in displacy.render(doc, style="span", options={"spans_key": group}, jupyter=False)
    assert from_doc(doc).quotes == (quote,)
