"""Quotes inside quotes: what the nested layer of a reading becomes, and how gold is parted into layers."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from readings import reading
from tiny import tiny_encoder, tiny_tokenizer

from quotestance.quotes.decoding import DECODING
from quotestance.quotes.finder import QuoteFinder
from quotestance.quotes.nested import assemble_layers, decode_layers
from quotestance.reader.model import PlainReader
from quotestance.reader.pretrained import AttributionConfig, AttributionModel
from quotestance.training.examples import layers_of
from quotestance.types import Article, Quote, Span

INDIRECT = "Ruiz said the army had denied that it fired first."
DIRECT = "“The army told us ‘We fired first’ and left,” said Ruiz."


def quotes_of(
    text: str, outer: tuple[str, str, str], nested: tuple[str, str, str], nested_chance: float = 0.9
) -> list[Quote]:
    """Return the quotes of a reading of two layers, each told by content, source and cue."""
    layers = []
    for (content, source, cue), chance in ((outer, 0.95), (nested, nested_chance)):
        tagged = {content: ("content", chance), source: ("source", 0.9), cue: ("cue", 0.9)}
        links = {(content, "source"): {source: 0.9, None: 0.1}, (content, "cue"): {cue: 0.9, None: 0.1},
                 (content, "quote"): {content: 1.0}}  # fmt: skip
        layers.append(reading(text, tagged, links))
    read = replace(layers[0], nested=layers[1])
    return assemble_layers(read.tokens, [decode_layers(read, DECODING)], DECODING)


def test_nested_quote_has_its_own_source_and_cue() -> None:
    outer, inner = quotes_of(
        INDIRECT,
        ("the army had denied that it fired first", "Ruiz", "said"),
        ("that it fired first", "the army", "had denied"),
    )
    assert (outer.text, outer.source and outer.source.text) == ("the army had denied that it fired first", "Ruiz")
    assert (inner.text, inner.kind) == ("it fired first", "indirect")
    assert inner.source is not None
    assert inner.cue is not None
    assert (inner.source.text, inner.cue.text) == ("the army", "had denied")
    assert all(span.text == INDIRECT[span.start : span.end] for span in (*inner.content, inner.source, inner.cue))


@pytest.mark.parametrize(
    ("content", "kind"), [("We fired first", "direct"), ("us ‘We fired first’", "mixed"), ("us", "indirect")]
)
def test_nested_quotes_go_by_the_marks_inside_the_speech_around_them(content: str, kind: str) -> None:
    _, inner = quotes_of(
        DIRECT, ("The army told us ‘We fired first’ and left", "Ruiz", "said"), (content, "The army", "told")
    )
    assert inner.kind == kind


def test_nested_quote_that_is_one_already_or_has_no_source_is_left_out() -> None:
    around = ("the army had denied that it fired first", "Ruiz", "said")
    assert len(quotes_of(INDIRECT, around, around)) == 1
    assert len(quotes_of(INDIRECT, around, ("that it fired first", "the army", "had denied"), nested_chance=0.2)) == 1
    tagged = {"that it fired first": ("content", 0.9)}
    read = replace(reading(INDIRECT, {around[0]: ("content", 0.9)}), nested=reading(INDIRECT, tagged))
    assert len(assemble_layers(read.tokens, [decode_layers(read, DECODING)], DECODING)) == 1


def test_gold_is_parted_into_quotes_and_those_inside_them() -> None:
    def quote(words: str) -> Quote:
        start = INDIRECT.index(words)
        return Quote("indirect", (Span.of(INDIRECT, start, start + len(words)),))

    whole, inside, deeper = map(quote, ("the army had denied that it fired first", "that it fired first", "it fired"))
    outer, nested = layers_of(Article(INDIRECT, quotes=(deeper, inside, whole)))
    assert outer.quotes == (whole,)
    assert set(nested.quotes) == {inside, deeper}


def test_plain_reader_reads_the_nested_layer_as_transformers_do() -> None:
    torch.manual_seed(1)
    config = AttributionConfig(
        encoder=tiny_encoder().to_dict(), link_size=8, window=60, reads_people=True, reads_nested=True
    )
    model = AttributionModel(config).eval()
    torch.nn.init.normal_(model.nested_tag.weight, std=2.0)
    plain = PlainReader.of(config.to_dict()).eval()
    plain.load_state_dict(PlainReader.named(model.state_dict()))
    article = Article(f"{INDIRECT} {DIRECT}")
    found = [QuoteFinder(one, tiny_tokenizer()).find([article])[0].quotes for one in (model, plain)]
    assert [quote.content for quote in found[0]] == [quote.content for quote in found[1]]
