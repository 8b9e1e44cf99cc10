from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from tiny import tiny_encoder, tiny_tokenizer
from tokenizers.processors import RobertaProcessing
from transformers import (
    AutoModelForSequenceClassification,
    BartConfig,
    BartForSequenceClassification,
    BertConfig,
    BertForSequenceClassification,
)

from quotestance.errors import CheckpointError
from quotestance.stance.logits import Frame, cut_windows, mean_logits, softmax, window_of

LONG = "the war " * 400


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return tiny_tokenizer()


@pytest.fixture(scope="module")
def model(inference_folder: Path) -> Any:
    return AutoModelForSequenceClassification.from_pretrained(inference_folder).eval()


@pytest.mark.parametrize(("places", "window"), [(512, 256), (130, 128), (5, 3), (-1, 256)])
def test_logits_windows_are_as_long_as_the_config_has_room_for(places: int, window: int) -> None:
    assert window_of(BertConfig(max_position_embeddings=places)) == window


@pytest.mark.parametrize("places", [4, 0, "512", True, None, 512.0])
def test_logits_windows_need_a_number_of_places(places: Any) -> None:
    with pytest.raises(CheckpointError, match="max_position_embeddings is"):
        window_of(SimpleNamespace(max_position_embeddings=places, name_or_path="folder"))


@pytest.mark.parametrize("count", [1, 27, 28, 29, 60, 61, 253, 254, 255, 1000])
@pytest.mark.parametrize("window", [8, 30, 256])
@pytest.mark.parametrize("hypothesis", [None, "war"])
def test_logits_windows_hold_every_token(tokenizer: Any, count: int, window: int, hypothesis: str | None) -> None:
    text = " ".join("abcdefghij"[number % 10] for number in range(count))
    frame = Frame.of(tokenizer, hypothesis)
    around = len(frame.before) + len(frame.after)
    windows, owners, sizes = cut_windows(tokenizer, [text], [frame], window)
    assert {len(own) <= window for own in windows} == {True}
    assert set(owners) == {0}
    assert sizes == [len(own) - around for own in windows]
    assert all(own[:1] == frame.before and own[-len(frame.after) :] == frame.after for own in windows)
    pieces = [own[1 : -len(frame.after)] for own in windows]
    overlap = min(32, (window - around) // 2)
    assert all(before[-overlap:] == after[:overlap] for before, after in pairwise(pieces))
    joined = pieces[0] + [token for piece in pieces[1:] for token in piece[overlap:]]
    assert joined == tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids


def test_logits_of_a_pair_are_those_of_the_tokenizers_own_pair(tokenizer: Any, model: Any) -> None:
    texts = ["the war", "", "peace, he said."]
    ours = mean_logits(model, tokenizer, texts, seconds=["The peace."] * 3, precision="float32")
    for text, row in zip(texts, ours, strict=True):
        encoding = tokenizer.backend_tokenizer.encode(text, "The peace.")
        with torch.inference_mode():
            whole = model(
                input_ids=torch.tensor([encoding.ids]), token_type_ids=torch.tensor([encoding.type_ids])
            ).logits[0]
        assert np.allclose(row, whole, atol=1e-4)


def test_logits_each_text_has_its_own_second_segment(tokenizer: Any, model: Any) -> None:
    texts = ["the war", "the war", "peace"]
    mixed = mean_logits(model, tokenizer, texts, seconds=["he said", "", "the war"])
    assert np.allclose(mixed[0], mean_logits(model, tokenizer, ["the war"], seconds=["he said"])[0], atol=1e-3)
    assert np.allclose(mixed[1], mean_logits(model, tokenizer, ["the war"])[0], atol=1e-3)
    assert not np.allclose(mixed[0], mixed[1], atol=1e-3)


def test_logits_leave_out_a_second_segment_that_takes_the_room(tokenizer: Any, model: Any) -> None:
    flooded = mean_logits(model, tokenizer, [LONG], seconds=[LONG])
    assert np.array_equal(flooded, mean_logits(model, tokenizer, [LONG]))


@pytest.mark.parametrize("places", [40, 100])
def test_logits_of_a_long_text_whatever_the_number_of_places(tokenizer: Any, places: int) -> None:
    config = tiny_encoder()
    config.max_position_embeddings = places
    model = BertForSequenceClassification(config).eval()
    assert np.isfinite(mean_logits(model, tokenizer, [LONG, "peace"], window=window_of(config))).all()


def test_logits_of_a_model_that_counts_closing_tokens_for_any_texts_together() -> None:
    """BART wants as many closing tokens in every row of a batch."""
    config = BartConfig(
        vocab_size=128, d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2, encoder_ffn_dim=16,
        decoder_attention_heads=2, decoder_ffn_dim=16, pad_token_id=0, bos_token_id=2, eos_token_id=3,
        decoder_start_token_id=3,
    )  # fmt: skip
    model, tokenizer = BartForSequenceClassification(config).eval(), tiny_tokenizer()
    tokenizer.backend_tokenizer.post_processor = RobertaProcessing(("[SEP]", 3), ("[CLS]", 2))
    texts, seconds = ["the war", "no [SEP] x", "peace"], ["", "", "the war"]
    together = mean_logits(model, tokenizer, texts, seconds=seconds, precision="float32")
    for text, second, row in zip(texts, seconds, together, strict=True):
        assert np.allclose(row, mean_logits(model, tokenizer, [text], seconds=[second], precision="float32"), atol=1e-4)


def test_logits_frame_follows_the_tokenizer(tokenizer: Any) -> None:
    assert Frame.of(tokenizer) == Frame([2], [3], [0])
    other = tiny_tokenizer()
    other.backend_tokenizer.post_processor = RobertaProcessing(("[SEP]", 3), ("[CLS]", 2))
    frame = Frame.of(other, "the war")
    assert frame.before == [2]
    assert frame.after == [3, 3, *tokenizer.backend_tokenizer.encode("the war", add_special_tokens=False).ids, 3]
    assert set(frame.types) == {0}


def test_logits_ignore_what_the_tokenizers_file_says_of_padding_and_cutting(tokenizer: Any, model: Any) -> None:
    cutting = tiny_tokenizer()
    cutting.backend_tokenizer.enable_truncation(8)
    cutting.backend_tokenizer.enable_padding(length=64)
    cut, whole = (
        mean_logits(model, own, [LONG, "peace"], seconds=["a long hypothesis about the war"] * 2)
        for own in (cutting, tokenizer)
    )
    assert np.array_equal(cut, whole)


def test_logits_softmax_holds_for_large_logits() -> None:
    assert softmax(np.array([[1e4, 1e4, -1e4]])).tolist() == [[0.5, 0.5, 0.0]]
