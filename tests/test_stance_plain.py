"""Stance models as folders that plain transformers answers rightly from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tiny import tiny_tokenizer
from transformers import (
    GPT2Config,
    GPT2ForSequenceClassification,
    MPNetConfig,
    MPNetForSequenceClassification,
    pipeline,
)
from typer.testing import CliRunner

from quotestance.cli.main import app
from quotestance.errors import CheckpointError, RunError
from quotestance.stance.classifier import StanceClassifier
from quotestance.stance.plain import export_model
from quotestance.stance.shares import NEWS
from quotestance.types import STANCES, Stance
from quotestance.weights import as_int8, write_weights

PRIOR = {"escalatory": 0.2, "de-escalatory": 0.1, "neutral": 0.7}
QUOTES = (
    ("The war must end, the mayor said.", "The war goes on."),
    ("peace", ""),
    ("“We will answer,” he said; nobody replied.", "They shelled the port, it said."),
)


@pytest.fixture
def model(stance_folder: Path, tmp_path: Path) -> Path:
    """Save a checkpoint with a temperature, shares of its own, a second segment, and its outputs in another order."""
    folder = tmp_path / "model"
    shutil.copytree(stance_folder, folder)
    config = json.loads((folder / "config.json").read_text())
    labels = ["CONDITIONAL", "neutral", "escalatory", "de-escalatory"]
    config |= {"id2label": dict(enumerate(labels)), "label2id": {label: n for n, label in enumerate(labels)}}
    config |= {"stance_temperature": 2.5, "stance_context": True, "stance_prior": PRIOR}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def by_pipeline(folder: Path) -> list[dict[str, float]]:
    """Ask plain transformers about the quotes."""
    classify: Any = pipeline("text-classification", str(folder))
    given = [{"text": text, "text_pair": second} if second else {"text": text} for text, second in QUOTES]
    return [{one["label"]: one["score"] for one in classify(quote, top_k=None)} for quote in given]


def by_quotestance(folder: Path | str) -> list[Stance]:
    classifier = StanceClassifier.load(folder, precision="float32")
    return classifier.classify([text for text, _ in QUOTES], [second for _, second in QUOTES])


def test_plain_pipeline_says_what_quotestance_says(model: Path, tmp_path: Path) -> None:
    out = export_model(model, tmp_path / "out")
    for found, stance in zip(by_pipeline(out), by_quotestance(model), strict=True):
        assert found == pytest.approx(dict(stance.probabilities), abs=1e-5)


def test_plain_folder_is_still_a_stance_model_that_knows_its_shares(model: Path, tmp_path: Path) -> None:
    out = export_model(model, tmp_path / "out")
    for again, stance in zip(by_quotestance(out), by_quotestance(model), strict=True):
        assert again.probabilities == pytest.approx(dict(stance.probabilities), abs=1e-5)
        assert again.prior == pytest.approx(PRIOR)
        assert again.conditional is None


def test_plain_card_tells_that_quotestance_answers_so_in_float32(model: Path, tmp_path: Path) -> None:
    card = (export_model(model, tmp_path / "out") / "README.md").read_text()
    assert "what quotestance answers in float32, within 0.001" in card
    assert "computes in bfloat16" in card


def test_plain_weights_may_be_read_by_those_who_may_read_the_config(model: Path, tmp_path: Path) -> None:
    out = export_model(model, tmp_path / "out")
    assert (out / "model.safetensors").stat().st_mode == (out / "config.json").stat().st_mode


def test_plain_shares_that_are_asked_for_are_folded_in(model: Path, tmp_path: Path) -> None:
    out = export_model(model, tmp_path / "out", shares=NEWS)
    for found, stance in zip(by_pipeline(out), by_quotestance(model), strict=True):
        assert found == pytest.approx(dict(stance.under(NEWS).probabilities), abs=1e-5)
    assert by_quotestance(out)[0].prior == by_quotestance(model)[0].under(NEWS).prior
    assert "13% escalatory, 9% de-escalatory, 78% neutral" in (out / "README.md").read_text()


def test_plain_model_without_token_types_is_given_none(tmp_path: Path) -> None:
    torch.manual_seed(5)
    config = MPNetConfig(
        vocab_size=128, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        pad_token_id=0, initializer_range=0.5, id2label=dict(enumerate(STANCES)), stance_context=True,
    )  # fmt: skip
    folder = tmp_path / "model"
    MPNetForSequenceClassification(config).save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    out = export_model(folder, tmp_path / "out")
    for found, stance in zip(by_pipeline(out), by_quotestance(folder), strict=True):
        assert found == pytest.approx(dict(stance.probabilities), abs=1e-5)


def test_plain_model_command_says_where_it_cannot_write(model: Path, tmp_path: Path) -> None:
    (tmp_path / "taken.csv").touch()
    run = CliRunner().invoke(app, ["export-model", str(tmp_path / "taken.csv" / "out"), "--stance", str(model)])
    assert isinstance(run.exception, RunError)
    assert "taken.csv is no folder. Name another output." in str(run.exception)


def test_plain_model_of_integers_is_written_in_floats_by_the_command(model: Path, tmp_path: Path) -> None:
    write_weights(as_int8(load_file(model / "model.safetensors")), model)  # as the shipped model is stored
    out = tmp_path / "out"
    run = CliRunner().invoke(app, ["export-model", str(out), "--stance", str(model)])
    assert run.exit_code == 0, run.output
    assert {weight.dtype for weight in load_file(out / "model.safetensors").values()} == {torch.float32}
    for found, stance in zip(by_pipeline(out), by_quotestance(model), strict=True):
        assert found == pytest.approx(dict(stance.probabilities), abs=1e-3)
        assert set(found) == set(STANCES)
    card = (out / "README.md").read_text()
    assert "`conditional`" in card
    assert "of more than 256 tokens" in card
    assert 'pipeline("text-classification", "out")' in card


def test_plain_folder_of_a_model_that_reads_passages_reads_them_too(model: Path, tmp_path: Path) -> None:
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps(config | {"stance_context": "passage"}))
    out = export_model(model, tmp_path / "out")
    assert "who speaks and the last two sentences before" in (out / "README.md").read_text()
    assert StanceClassifier.load(out).reads_passage
    for found, stance in zip(by_pipeline(out), by_quotestance(model), strict=True):
        assert found == pytest.approx(dict(stance.probabilities), abs=1e-5)


def test_plain_folder_tells_how_many_places_there_are(model: Path, tmp_path: Path) -> None:
    out = export_model(model, tmp_path / "out")
    assert "up to the model's 510 places" in (out / "README.md").read_text()
    assert json.loads((out / "tokenizer_config.json").read_text())["model_max_length"] == 510
    classify: Any = pipeline("text-classification", str(out))
    assert classify("the war " * 400, truncation=True)


def test_plain_model_without_a_bias_is_refused(tmp_path: Path) -> None:
    labels = dict(enumerate(STANCES))
    config = GPT2Config(vocab_size=128, n_embd=16, n_layer=1, n_head=2, pad_token_id=0, id2label=labels)
    GPT2ForSequenceClassification(config).save_pretrained(tmp_path)
    tiny_tokenizer().save_pretrained(tmp_path)
    with pytest.raises(CheckpointError, match="cannot be exported"):
        export_model(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_plain_nothing_is_overwritten(model: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="Name a new folder"):
        export_model(model, tmp_path / "out")


def test_plain_model_goes_into_the_empty_folder_that_one_stands_in(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path / "mine")
    assert export_model(model, ".") == tmp_path / "mine"
    assert Path("config.json").exists()
    assert Path("README.md").read_text(encoding="utf-8").splitlines()[6] == "# mine"


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("attribution_folder", "reads whole articles"),
        ("inference_folder", "judges entailment"),
    ],
)
def test_plain_models_of_other_kinds_are_refused(
    kind: str, told: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(CheckpointError, match=told):
        export_model(request.getfixturevalue(kind), tmp_path / "out")
    assert not (tmp_path / "out").exists()
