"""Tiny random models, so that nothing here needs trained weights unless it tests them."""

from __future__ import annotations

import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # read when transformers is imported: no test may fetch anything

import pytest
import torch
from hypothesis import settings
from tiny import save_attribution, save_stance, tiny_encoder, tiny_tokenizer
from transformers import BertForSequenceClassification

from quotestance.pipeline import Pipeline, load

# The default run draws the same examples every time and keeps none; `make fuzz` draws others, and more of them.
settings.register_profile("fixed", derandomize=True, database=None, deadline=None)
settings.register_profile("fuzz", max_examples=500, database=None, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


@pytest.fixture(scope="session")
def attribution_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save an attribution checkpoint with random weights that finds many quotes."""
    folder = tmp_path_factory.mktemp("attribution")
    save_attribution(folder)
    return folder


@pytest.fixture(scope="session")
def quotes_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save one that reads no people."""
    folder = tmp_path_factory.mktemp("quotes")
    save_attribution(folder, reads_people=False)
    return folder


@pytest.fixture(scope="session")
def reader_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save the same with a head for stance."""
    folder = tmp_path_factory.mktemp("reader")
    save_attribution(folder, reads_stance=True)
    return folder


@pytest.fixture(scope="session")
def stance_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a stance checkpoint with random weights and the label ``conditional``."""
    folder = tmp_path_factory.mktemp("stance")
    save_stance(folder)
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
