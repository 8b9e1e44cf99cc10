"""Tiny random models, made in a moment: what needs no trained weights uses these, in tests and benchmarks."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

from quotestance.reader.pretrained import AttributionConfig, AttributionModel
from quotestance.types import STANCES

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


def save_attribution(folder: Path, *, reads_people: bool = True, reads_stance: bool = False) -> None:
    """Save an attribution checkpoint with random weights that finds many quotes, and many people if it reads any."""
    torch.manual_seed(1)
    sizes = {"link_size": 8, "window": 60, "before": 16, "after": 8, "stance_size": 6}
    given = {"encoder": tiny_encoder().to_dict(), "reads_stance": reads_stance, **sizes}
    model = AttributionModel(AttributionConfig(**given))
    torch.nn.init.normal_(model.tag.weight, std=1.0)
    if reads_stance:
        torch.nn.init.normal_(model.stance.out.weight, std=2.0)
    if reads_people:  # the same quotes are found, and the same stance told, with people and without
        weights = model.state_dict()
        model = AttributionModel(AttributionConfig(**given, reads_people=True))
        model.load_state_dict(weights, strict=False)
        torch.nn.init.normal_(model.mention.weight, std=1.0)
        torch.nn.init.normal_(model.profile.weight, std=1.0)
    model.save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)


def save_stance(folder: Path) -> None:
    """Save a stance checkpoint with random weights and the label ``conditional``."""
    torch.manual_seed(2)
    config = tiny_encoder()
    config.initializer_range = 0.5  # so that every word makes a difference
    config.id2label = dict(enumerate((*STANCES, "conditional")))
    config.label2id = {label: number for number, label in config.id2label.items()}
    model = BertForSequenceClassification(config)
    torch.nn.init.normal_(model.classifier.weight, std=1.0)
    model.save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
