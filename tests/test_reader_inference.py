from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import tiny_tokenizer

from quotestance.checkpoints import load_model
from quotestance.quotes.finder import QuoteFinder
from quotestance.reader.inference import Reading, pad_batch, read_windows
from quotestance.reader.pretrained import AttributionModel
from quotestance.reader.tokens import MULTIPLE, SPECIAL_TOKENS, Tokens, Window, plan_windows, tokenize

TOKENIZER = tiny_tokenizer()
PROSE = "".join(f'The mayor said that the war is over. "We want peace {n} times," he said.\n' for n in range(12))


@pytest.fixture(scope="module")
def model(attribution_folder: Path) -> AttributionModel:
    """Load a model whose biases for distances make a difference."""
    found: AttributionModel = load_model(AttributionModel, attribution_folder)
    torch.manual_seed(3)
    for table in (found.link.token_bias, found.link.sentence_bias, found.link.paragraph_bias):
        torch.nn.init.normal_(table.weight)
    return found


def windows_of(text: str) -> list[tuple[Tokens, Window]]:
    tokens = tokenize(text, TOKENIZER)
    return [(tokens, window) for window in plan_windows(tokens, length=62, before=16, after=8)]


def test_inference_links_are_those_of_the_model_in_training(model: AttributionModel) -> None:
    windows = windows_of(PROSE)[:3]
    readings = read_windows(model, TOKENIZER, windows, precision="float32")
    with torch.enable_grad():
        trained = model(pad_batch(windows, TOKENIZER)).links.detach().exp().numpy()
    for links, reading in zip(trained, readings, strict=True):
        size = len(reading.tags)
        own = np.concatenate((links[:, 1 : size + 1, 1 : size + 1], links[:, 1 : size + 1, -1:]), axis=2)
        assert reading.rows is not None
        assert reading.links == pytest.approx(own[:, reading.rows], abs=1e-5)


def test_inference_asks_all_in_marks_and_all_that_may_be_content(model: AttributionModel) -> None:
    for reading in read_windows(model, TOKENIZER, windows_of(PROSE)):
        assert reading.rows is not None
        quoting = reading.tokens.quoting[reading.window.start : reading.window.end]
        content = np.exp(reading.tags[:, 5:]).sum(1)
        assert reading.rows.tolist() == np.flatnonzero((quoting > 0) | (content > 0.02)).tolist()


def test_inference_says_the_same_of_a_window_in_any_company(model: AttributionModel) -> None:
    windows = windows_of(PROSE)
    for together, window in zip(read_windows(model, TOKENIZER, windows), windows, strict=True):
        (alone,) = read_windows(model, TOKENIZER, [window])
        assert together.rows is not None
        assert alone.rows is not None
        assert together.rows.tolist() == alone.rows.tolist()
        assert together.links == pytest.approx(alone.links, abs=1e-5)


def test_inference_asks_the_same_words_whom_they_point_at_in_any_company(attribution_folder: Path) -> None:
    model: AttributionModel = load_model(AttributionModel, attribution_folder)
    for head in (model.tag, model.mention, model.profile):  # else nearly every token is asked
        torch.nn.init.constant_(head.bias[0], 12.0)
    read = [tokenize(text, TOKENIZER) for text in ("war said the " * 10, "peace 1, b; " * 6)]
    windows = [(tokens, Window(0, len(tokens), 0, len(tokens))) for tokens in read]
    together = [reading.people for reading in read_windows(model, TOKENIZER, windows)]
    alone = [read_windows(model, TOKENIZER, [window])[0].people for window in windows]
    asked = [one and one.rows.tolist() for one in alone]
    assert asked[0] != asked[1]
    assert [one and one.rows.tolist() for one in together] == asked


def test_inference_windows_are_full_but_for_the_last() -> None:
    windows = [window for _, window in windows_of(PROSE)]
    assert len(windows) > 3
    assert all((window.end - window.start + SPECIAL_TOKENS) % MULTIPLE == 0 for window in windows[:-1])


def test_inference_pointing_of_what_was_not_asked_is_at_none() -> None:
    tokens = tokenize("He said no.", TOKENIZER)
    links = np.zeros((3, 1, len(tokens) + 1), dtype=np.float32)
    links[:, 0, 2] = 1
    whole = Window(0, len(tokens), 0, len(tokens))
    reading = Reading(tokens, whole, np.zeros((len(tokens), 7), np.float32), links, rows=np.array([1], np.int32))
    assert reading.pointing(0, 2)[:, 2].tolist() == [1, 1, 1]
    assert reading.pointing(2, 4)[:, -1].tolist() == [1, 1, 1]


def test_inference_holds_weights_in_bfloat16_where_it_computes_in_it(attribution_folder: Path) -> None:
    short = QuoteFinder.load(attribution_folder, precision="bfloat16")
    exact = QuoteFinder.load(attribution_folder, precision="float32")
    assert {weight.dtype for weight in short.model.parameters()} == {torch.bfloat16}
    assert {weight.dtype for weight in exact.model.parameters()} == {torch.float32}
    windows = windows_of(PROSE)
    held = read_windows(short.model, TOKENIZER, windows, precision="bfloat16")
    for one, other in zip(held, read_windows(exact.model, TOKENIZER, windows, precision="float32"), strict=True):
        assert np.abs(np.exp(one.tags) - np.exp(other.tags)).mean() < 0.02
