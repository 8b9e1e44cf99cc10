"""Quotes inside quotes: what the nested layer of a reading becomes, and how gold is parted into layers."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from readings import Place, reading, run_of
from tiny import tiny_encoder, tiny_tokenizer

from quotestance.quotes.decoding import DECODING
from quotestance.quotes.finder import QuoteFinder
from quotestance.quotes.nested import assemble_layers, decode_layers
from quotestance.reader.model import PlainReader
from quotestance.reader.pretrained import AttributionConfig, AttributionModel
from quotestance.reader.tokens import Window
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


def test_nested_quote_that_is_one_already_is_left_out_where_quotes_stand_inside_each_other() -> None:
    text = "Ann said the war is over, Ruiz said the peace is here, and that the man is old."
    (first, rest), second = ("the war is over", "the man is old"), "the peace is here"
    tagged: dict[Place, tuple[str, float]] = dict.fromkeys((first, rest, second), ("content", 0.9))
    tagged |= {"Ann": ("source", 0.9), "Ruiz": ("source", 0.9), "said": ("cue", 0.9), ("said", 1): ("cue", 0.9)}
    of_second: dict[tuple[Place, str], dict[Place | None, float]] = {
        (second, "source"): {"Ruiz": 1.0}, (second, "cue"): {("said", 1): 1.0}, (second, "quote"): {second: 1.0}
    }  # fmt: skip
    of_first: dict[tuple[Place, str], dict[Place | None, float]] = {
        **{(words, "source"): {"Ann": 1.0} for words in (first, rest)},
        **{(words, "cue"): {"said": 1.0} for words in (first, rest)},
        **{(words, "quote"): {first: 1.0} for words in (first, rest)},
    }
    read = replace(reading(text, tagged, {**of_first, **of_second}), nested=reading(text, tagged, of_second))
    quotes = assemble_layers(read.tokens, [decode_layers(read, DECODING)], DECODING)
    assert [[span.text for span in quote.content] for quote in quotes] == [[first, rest], [second]]


SAID = " ".join(["the peace the war"] * 6)  # a token a word, so that windows begin with words
LONG = f"the man said {SAID}, said the mayor."


@pytest.mark.parametrize(("seen", "before"), [(0, 3), (2, 3), (0, 0), (2, 0)])
def test_quote_that_is_longer_than_a_window_is_whole_and_has_the_source_that_one_of_them_sees(
    seen: int, before: int
) -> None:
    source, cue = (("the man", "said"), ("the mayor", ("said", 1)))[seen // 2]
    tagged: dict[Place, tuple[str, float]] = {SAID: ("content", 0.9), source: ("source", 0.9), cue: ("cue", 0.9)}
    links: dict[tuple[Place, str], dict[Place | None, float]] = {
        (SAID, "source"): {source: 0.9, None: 0.1}, (SAID, "cue"): {cue: 1.0}, (SAID, "quote"): {SAID: 1.0}
    }  # fmt: skip
    whole = reading(LONG, tagged)
    size, first, last = len(whole.tokens), *run_of(whole.tokens, SAID)
    middle = (first + last) // 2
    windows = [
        Window(0, middle - 2, 0, middle - 5),
        Window(middle - 5 - before, middle + 6, middle - 5, middle + 3),
        Window(middle + 3 - before, size, middle + 3, size),
    ]
    readings = [
        reading(LONG, tagged, links if number == seen else None, window=window) for number, window in enumerate(windows)
    ]
    pieces = [decode_layers(read, DECODING) for read in readings]
    (quote,) = assemble_layers(whole.tokens, pieces, DECODING)
    assert [span.text for span in quote.content] == [SAID]
    assert quote.source is not None
    assert quote.source.text == source
    shorter, *_ = assemble_layers(whole.tokens, [pieces[0], ([], []), pieces[2]], DECODING)
    assert SAID.startswith(shorter.text)  # the window between reads nothing there
    assert shorter.end < quote.end
