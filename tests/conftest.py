"""Tiny random models, so that nothing here needs trained weights unless it tests them."""

from __future__ import annotations

import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # read when transformers is imported: no test may fetch anything

import pytest
import torch
from hypothesis import settings
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

from quotestance.pipeline import Pipeline, load
from quotestance.reader.model import AttributionConfig, AttributionModel
from quotestance.stance.article_model import ArticleStanceConfig, ArticleStanceModel
from quotestance.types import STANCES

# The default run draws the same examples every time and keeps none; `make fuzz` draws others, and more of them.
settings.register_profile("fixed", derandomize=True, database=None, deadline=None)
settings.register_profile("fuzz", max_examples=500, database=None, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    """Build a WordPiece tokenizer that spells: letters, digits and marks, each also as a continuation."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    marks = ".,:;!?'\"“”‘’«»„()-–—`"
    words = [*SPECIAL, *letters, *(f"##{letter}" for letter in letters), *marks, "said", "the", "war", "peace"]
    tokenizer = Tokenizer(models.WordPiece({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))  # noqa: S106  # no password
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), SPECIAL, strict=True))
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names)


def tiny_encoder() -> BertConfig:
    return BertConfig(
        vocab_size=128, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip


@pytest.fixture(scope="session")
def attribution_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save an attribution checkpoint with random weights that finds many quotes."""
    folder = tmp_path_factory.mktemp("attribution")
    torch.manual_seed(1)
    config = AttributionConfig(encoder=tiny_encoder().to_dict(), link_size=8, window=60, before=16, after=8)
    model = AttributionModel(config)
    torch.nn.init.normal_(model.tag.weight, std=1.0)
    model.save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def stance_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a stance checkpoint with random weights and the label ``conditional``."""
    folder = tmp_path_factory.mktemp("stance")
    torch.manual_seed(2)
    config = tiny_encoder()
    config.initializer_range = 0.5  # so that every word makes a difference
    config.id2label = dict(enumerate((*STANCES, "conditional")))
    config.label2id = {label: number for number, label in config.id2label.items()}
    model = BertForSequenceClassification(config)
    torch.nn.init.normal_(model.classifier.weight, std=1.0)
    model.save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def article_stance_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a checkpoint with random weights that reads quotes in their article."""
    folder = tmp_path_factory.mktemp("article_stance")
    torch.manual_seed(4)
    encoder = tiny_encoder()
    encoder.initializer_range = 0.5
    config = ArticleStanceConfig(encoder=encoder.to_dict(), window=100, before=40, after=16)
    model = ArticleStanceModel(config)
    torch.nn.init.normal_(model.encoder.embeddings.word_embeddings.weight, std=1.0)
    torch.nn.init.normal_(model.mark.weight, std=1.0)
    torch.nn.init.normal_(model.out.weight, std=1.0)
    model.save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def inference_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save an inference checkpoint with random weights and token types that make a difference."""
    folder = tmp_path_factory.mktemp("inference")
    torch.manual_seed(3)
    config = tiny_encoder()
    config.initializer_range = 0.5
    config.id2label = {0: "CONTRADICTION", 1: "ENTAILMENT", 2: "NEUTRAL"}
    config.label2id = {label: number for number, label in config.id2label.items()}
    model = BertForSequenceClassification(config)
    torch.nn.init.normal_(model.classifier.weight, std=1.0)
    model.save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_pipe(attribution_folder: Path, stance_folder: Path) -> Pipeline:
    """Load a pipeline of random models."""
    return load(attribution=attribution_folder, stance=stance_folder)
