"""Encoders in plain torch say what those of transformers say, whatever is padding."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tiny import tiny_encoder
from transformers import BertModel, MPNetConfig, MPNetForSequenceClassification

from quotestance.encoders import Encoder, SequenceClassifier, bert_names, is_plain


def tiny_mpnet() -> MPNetConfig:
    return MPNetConfig(
        vocab_size=128, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, initializer_range=0.5,
    )  # fmt: skip


def rows(padding: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Two rows of 150 tokens, more than MPNet tells apart; the second with padding from the 90th."""
    ids = torch.randint(5, 128, (2, 150), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    ids[1, 90:], mask[1, 90:] = padding, 0
    return ids, mask


def test_encoders_classify_as_transformers_does() -> None:
    torch.manual_seed(0)
    config: Any = tiny_mpnet()
    config.id2label = {0: "a", 1: "b", 2: "c"}
    theirs = MPNetForSequenceClassification(config).eval()
    stored = {**config.to_dict(), "architectures": [type(theirs).__name__]}
    assert SequenceClassifier.reads(stored)
    ours = SequenceClassifier.of(stored).eval()
    ours.load_state_dict(SequenceClassifier.named(theirs.state_dict()))
    ids, mask = rows(config.pad_token_id)
    given = {"input_ids": ids, "attention_mask": mask}
    with torch.inference_mode():
        expected = theirs(**given).logits
        assert expected.std() > 0.1
        assert torch.allclose(ours(**given).logits, expected, atol=1e-5)
        whole = {name: tensor[:1] for name, tensor in given.items()}
        assert torch.allclose(ours(**whole).logits, theirs(**whole).logits, atol=1e-5)


def test_encoders_read_vectors_as_transformers_does() -> None:
    torch.manual_seed(0)
    config = tiny_encoder()
    config.initializer_range = 0.5
    theirs = BertModel(config, add_pooling_layer=False).eval()
    ours = Encoder(config.to_dict()).eval()
    ours.load_state_dict(bert_names(theirs.state_dict()))
    ids, mask = rows(0)
    vectors = theirs.get_input_embeddings()(ids)
    with torch.inference_mode():
        expected = theirs(inputs_embeds=vectors, attention_mask=mask).last_hidden_state
        read = ours(inputs_embeds=vectors, attention_mask=mask).last_hidden_state
    real = mask.bool()
    assert torch.allclose(read[real], expected[real], atol=1e-5)


@pytest.mark.parametrize(
    "change",
    [
        {"model_type": "roberta"},
        {"hidden_act": "relu"},
        {"position_embedding_type": "relative_key"},
        {"is_decoder": True},
    ],
)
def test_encoders_leave_what_they_do_not_know_to_transformers(change: dict[str, Any]) -> None:
    config = tiny_encoder().to_dict()
    assert is_plain(config)
    assert not is_plain({**config, **change})
