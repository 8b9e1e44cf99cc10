"""Gold of the reader: where somebody belongs is every place that names it, whichever one an annotator marked."""

from __future__ import annotations

import random
from typing import Any

from tiny import tiny_tokenizer

from quotestance.reader.model import TAGS
from quotestance.reader.tokens import Window
from quotestance.text import Extent
from quotestance.training.examples import layers_of
from quotestance.types import Article, Quote, Span
from training.conflict.corpus import Joined
from training.reader.examples import collate, make_example
from training.reader.gold import Home, Name, People, homes_of, swap_names
from training.reader.wrapping import put_inside

TEXT = "Norwegian minister Ada Reiss left Oslo. Bo Lind of the Ferry Union said so. The Ferry Union met in Norway."


def span(words: str, number: int = 0) -> Extent:
    place = -1
    for _ in range(number + 1):
        place = TEXT.index(words, place + 1)
    return place, place + len(words)


def entity(name: str, kind: str = "person", **given: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "roles": [],
        "homes": [],
        "role": None,
        "affiliation": None,
        "country": None,
        "country_evidence": None,
    }
    others: dict[str, Any] = {"description": None, "role_alternatives": [], "affiliation_alternatives": []}
    return {"id": name, "kind": kind, "name": name, "mentions": [span(name)], **empty, **others, **given}


def joined(*entities: dict[str, Any]) -> Joined:
    return Joined(TEXT, {"entities": list(entities), "quotes": []})


def words(home: Home, field: str) -> set[str]:
    return {TEXT[slice(*extent)] for extent in getattr(home, field)}


def test_reader_gold_a_state_is_all_its_names() -> None:
    homes = [{"type": "state", "span": span("Norwegian")}]
    state: dict[str, Any] = {
        "homes": homes,
        "affiliation": "Norway",
        "country": "NOR",
        "country_evidence": span("Norwegian"),
    }
    (home,) = homes_of(joined(entity("Ada Reiss", **state)))
    assert words(home, "affiliation") == words(home, "country") == {"Norwegian", "Oslo", "Norway"}


def test_reader_gold_a_body_is_all_its_mentions() -> None:
    union = entity("Ferry Union", "organization", mentions=[span("Ferry Union"), span("Ferry Union", 1)])
    body: dict[str, Any] = {"homes": [{"type": "body", "span": span("Ferry Union")}], "affiliation": "Ferry Union"}
    (home,) = homes_of(joined(union, entity("Bo Lind", **body)))
    assert set(home.affiliation) == {span("Ferry Union"), span("Ferry Union", 1)}
    assert home.country == ()


def test_reader_gold_persons_without_a_home_are_asked_and_bodies_that_say_nothing_are_not() -> None:
    found = list(homes_of(joined(entity("Ada Reiss"), entity("Ferry Union", "organization"))))
    assert found == [Home("Ada Reiss", (), ())]


def test_reader_gold_a_span_inside_a_name_that_is_swapped_is_left_out() -> None:
    quote = Quote("indirect", (Span.of(TEXT, *span("so")),), source=Span.of(TEXT, *span("ind")))
    people = People((Name(span("Bo Lind"), "person", "lind"),), (), ())
    article, _ = swap_names(Article(TEXT, quotes=(quote,)), people, ["Ed Ost"], random.Random(0))  # noqa: S311
    assert "Ed Ost of the Ferry Union said so" in article.text
    assert [found.source for found in article.quotes] == [None]
    assert article.quotes[0].text == "so"


def test_reader_learns_quotes_inside_quotes_in_a_layer_of_their_own() -> None:
    example, text = make_example(denial(), None, tiny_tokenizer(), nested_in=[(0, 46)]), denial().text
    assert example.quotes is not None
    assert example.nested is not None
    tokens = example.tokens

    def said(layer: Any, kind: str) -> str:
        places = [number for number, tag in enumerate(layer.tags) if TAGS[tag][2:] == kind]
        return text[tokens.starts[places[0]] : tokens.ends[places[-1]]]

    layers = (example.quotes, example.nested)
    assert [said(layer, "source") for layer in layers] == ["Lind", "the union"]
    assert [said(layer, "cue") for layer in layers] == ["said", "had denied"]
    assert [said(layer, "content") for layer in layers] == ["the union had denied that it struck", "that it struck"]
    _, targets = collate([(example, Window(0, len(tokens), 0, len(tokens)))], tiny_tokenizer())
    assert targets.nested.links.any()
    assert not targets.nested.links.equal(targets.links)


def test_reader_learns_nothing_of_quotes_inside_quotes_where_they_were_not_annotated() -> None:
    example = make_example(denial(), None, tiny_tokenizer())
    size = len(example.tokens)
    _, targets = collate([(example, Window(0, size, 0, size))], tiny_tokenizer())
    assert (targets.tags >= 0).any()
    assert not (targets.nested.tags >= 0).any()
    assert not targets.nested.links.any()


def test_reader_learns_of_quotes_inside_quotes_only_in_the_extents_that_are_known() -> None:
    article = denial()
    example = make_example(article, None, tiny_tokenizer(), nested_in=[(31, 45)])
    assert example.nested is not None
    known = example.nested.tags >= 0
    assert article.text[example.tokens.starts[known][0] : example.tokens.ends[known][-1]] == "that it struck"


def test_reader_sentences_are_put_into_what_somebody_else_says() -> None:
    text = "The lake froze. The union denied that it struck. Roads were closed."
    content, cue, source = (span_of(text, words) for words in ("that it struck", "denied", "The union"))
    plain = Article(text, quotes=(Quote("indirect", (content,), cue=cue, source=source),))
    forms = set()
    for seed in range(40):
        draw = random.Random(seed)  # noqa: S311  # not for secrets
        made, places = put_inside(plain, ["Ada Reiss"], draw, 1.0)
        outer, nested = layers_of(made)
        (inner,), (said,) = nested.quotes, outer.quotes
        assert (inner.content[0].text, inner.cue and inner.cue.text) == ("that it struck", "denied")
        assert inner.source is not None
        assert inner.source.text.lower() == "the union"
        assert [(said.start, said.end)] == list(places)
        assert said.source is not None
        assert said.cue is not None
        forms.add((said.kind, said.source.start < said.start))
        assert made.text.startswith("The lake froze. ")
        assert made.text.endswith(" Roads were closed.")
    assert forms == {("indirect", True), ("direct", True), ("direct", False)}


def denial() -> Article:
    text = "Lind said the union had denied that it struck."
    whole, inside = (span_of(text, words) for words in ("the union had denied that it struck", "that it struck"))
    outer = Quote("indirect", (whole,), cue=span_of(text, "said"), source=span_of(text, "Lind"))
    inner = Quote("indirect", (inside,), cue=span_of(text, "had denied"), source=span_of(text, "the union"))
    return Article(text, quotes=(outer, inner))


def span_of(text: str, words: str) -> Span:
    return Span.of(text, text.index(words), text.index(words) + len(words))
