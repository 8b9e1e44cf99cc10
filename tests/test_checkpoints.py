from __future__ import annotations

import hashlib
import json
import logging
import shutil
import threading
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification

from quotestance.checkpoints import load_model, load_tokenizer, shipped
from quotestance.errors import CheckpointError
from quotestance.reader.pretrained import AttributionModel
from quotestance.weights import as_float, as_int8, read_weights, write_weights

FILE = "model.safetensors"


def copy(folder: Path, target: Path, *, without: str = "") -> Path:
    shutil.copytree(folder, target, dirs_exist_ok=True)
    if without:
        (target / without).unlink()
    return target


def quantised(folder: Path, target: Path) -> Path:
    copy(folder, target, without=FILE)
    write_weights(as_int8(load_file(folder / FILE)), target)
    return target


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.floats(1e-6, 1e4), st.integers(0, 99))
def test_checkpoints_int8_is_off_by_half_a_step_of_its_row(rows: int, columns: int, size: float, seed: int) -> None:
    weight = torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed)) * size
    back = as_float(as_int8({"w": weight}))["w"]
    step = weight.abs().amax(1, keepdim=True) / 127
    assert ((back - weight).abs() <= 0.501 * step + 1e-12).all()


def test_checkpoints_int8_keeps_zeros_vectors_and_whole_numbers() -> None:
    weights = {"zero": torch.zeros(2, 3), "bias": torch.tensor([0.1, -3.0]), "ids": torch.arange(4)}
    stored = as_int8(weights)
    assert stored["zero"].dtype == torch.int8
    back = as_float(stored)
    assert back.keys() == weights.keys()
    assert all(torch.equal(back[name].float(), weights[name].float()) for name in weights)


def test_checkpoints_shards_stay_below_the_limit_and_are_indexed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quotestance.weights._SHARD_BYTES", 1_000)
    weights = {f"w{number}": torch.full((10, 10), float(number)) for number in range(7)}  # 400 bytes each
    write_weights(weights, tmp_path)
    shards = sorted(tmp_path.glob("*.safetensors"))
    assert [shard.name for shard in shards] == [f"model-{n:05d}-of-00004.safetensors" for n in range(1, 5)]
    assert all(sum(w.nbytes for w in load_file(shard).values()) <= 1_000 for shard in shards)
    index = json.loads((tmp_path / "model.safetensors.index.json").read_text())
    assert index["metadata"]["total_size"] == 2_800
    assert {name: index["weight_map"][name] for name in weights} == {
        name: shard.name for shard in shards for name in load_file(shard)
    }
    back = read_weights(tmp_path)
    assert all(torch.equal(back[name], weights[name]) for name in weights)


def test_checkpoints_small_weights_are_one_file_without_index(tmp_path: Path) -> None:
    write_weights({"w": torch.ones(2, 2)}, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize("limit", [90_000_000, 8_000])
def test_checkpoints_int8_folder_gives_the_model_of_the_float_folder(
    stance_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr("quotestance.weights._SHARD_BYTES", limit)
    small = quantised(stance_folder, tmp_path)
    models = [load_model(AutoModelForSequenceClassification, folder) for folder in (stance_folder, small)]
    assert sum(f.stat().st_size for f in small.glob("*.safetensors")) < 0.6 * (stance_folder / FILE).stat().st_size
    ids = torch.tensor([[2, 30, 40, 50, 3]])
    floats, ints = (model(input_ids=ids).logits for model in models)
    assert torch.allclose(floats, ints, atol=0.2)
    assert not torch.equal(floats, ints)
    assert not any(model.training for model in models)


def test_checkpoints_load_our_own_model_from_int8(attribution_folder: Path, tmp_path: Path) -> None:
    model = load_model(AttributionModel, quantised(attribution_folder, tmp_path))
    expected = load_file(attribution_folder / FILE)
    assert model.config.window == 60
    for name, weight in model.state_dict().items():
        assert torch.allclose(weight, expected[name], atol=float(expected[name].abs().max()) / 127 + 1e-6), name


@pytest.mark.parametrize("form", ["float", "int8"])
@pytest.mark.parametrize("other", ["other.safetensors", "checkpoint.safetensors", "model-00009-of-00009.safetensors"])
def test_checkpoints_read_no_weights_that_lie_beside_those_of_the_model(
    stance_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, other: str
) -> None:
    monkeypatch.setattr("quotestance.weights._SHARD_BYTES", 8_000)  # so that the int8 model has an index
    folder = copy(stance_folder, tmp_path) if form == "float" else quantised(stance_folder, tmp_path)
    alone = load_model(AutoModelForSequenceClassification, folder).state_dict()
    beside = {name: torch.zeros_like(weight) for name, weight in alone.items()} | {"more.weight": torch.zeros(2, 2)}
    save_file(as_int8(beside) if form == "float" else beside, folder / other, metadata={"format": "pt"})
    assert read_weights(folder).keys() == alone.keys()
    for name, weight in load_model(AutoModelForSequenceClassification, folder).state_dict().items():
        assert torch.equal(weight, alone[name]), name


def test_checkpoints_shards_take_the_place_of_a_file_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_weights({"a": torch.zeros(10, 10)}, tmp_path)
    monkeypatch.setattr("quotestance.weights._SHARD_BYTES", 1_000)
    write_weights({name: torch.ones(10, 10) for name in "abcd"}, tmp_path)
    assert all(torch.equal(weight, torch.ones(10, 10)) for weight in read_weights(tmp_path).values())
    assert len(read_weights(tmp_path)) == 4


def test_checkpoints_refuse_weights_by_another_name(stance_folder: Path, tmp_path: Path) -> None:
    folder = quantised(stance_folder, tmp_path)
    (folder / FILE).rename(folder / "other.safetensors")
    with pytest.raises(CheckpointError, match=r"has no model\.safetensors, and no .*save the model anew"):
        load_model(AutoModelForSequenceClassification, folder)


@pytest.mark.parametrize("form", ["float", "int8"])
def test_checkpoints_refuse_a_checkpoint_without_its_head(stance_folder: Path, tmp_path: Path, form: str) -> None:
    weights = {n: w for n, w in load_file(stance_folder / FILE).items() if not n.startswith("classifier")}
    copy(stance_folder, tmp_path, without=FILE)
    save_file(as_int8(weights) if form == "int8" else weights, tmp_path / FILE, metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match=r"classifier\.") as caught:
        load_model(AutoModelForSequenceClassification, tmp_path)
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize("form", ["float", "int8"])
@pytest.mark.parametrize("damage", ["cut", "pointer"])
def test_checkpoints_say_which_file_is_damaged(stance_folder: Path, tmp_path: Path, form: str, damage: str) -> None:
    folder = copy(stance_folder, tmp_path) if form == "float" else quantised(stance_folder, tmp_path)
    data = (folder / FILE).read_bytes()
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    (folder / FILE).write_bytes(data[: len(data) // 2] if damage == "cut" else pointer)
    with pytest.raises(CheckpointError, match=str(tmp_path)):
        load_model(AutoModelForSequenceClassification, folder)
    with pytest.raises(CheckpointError, match=f"{FILE} cannot be read"):
        read_weights(folder)


@pytest.mark.parametrize("content", [None, "not json", '{"model_type": "no-such-model"}', "{}"])
def test_checkpoints_refuse_a_folder_without_a_sound_config(
    stance_folder: Path, tmp_path: Path, content: str | None
) -> None:
    folder = copy(stance_folder, tmp_path, without="config.json")
    if content is not None:
        (folder / "config.json").write_text(content)
    with pytest.raises(CheckpointError, match=str(tmp_path)):
        load_model(AutoModelForSequenceClassification, folder)


def test_checkpoints_say_what_cannot_be_fetched_offline() -> None:
    with pytest.raises(CheckpointError, match="nobody/no-such-model"):
        load_model(AutoModelForSequenceClassification, "nobody/no-such-model")
    with pytest.raises(CheckpointError, match="nobody/no-such-model"):
        load_tokenizer("nobody/no-such-model")


def test_checkpoints_load_without_a_word(
    stance_folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folders = [stance_folder, quantised(stance_folder, tmp_path)]
    capfd.readouterr()
    for folder in folders:
        load_model(AutoModelForSequenceClassification, folder)
        load_tokenizer(folder)
    assert capfd.readouterr() == ("", "")


def test_checkpoints_leave_the_logging_of_transformers_as_it_was(stance_folder: Path) -> None:
    level = logging.getLogger("transformers").level
    load_model(AutoModelForSequenceClassification, stance_folder)
    assert logging.getLogger("transformers").level == level


def test_checkpoints_may_be_loaded_by_threads_at_once(stance_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, level, loaded = torch.nn.Module.register_parameter, logging.getLogger("transformers").level, []
    monkeypatch.setattr(torch.nn.Module, "register_parameter", own)  # put back for the tests after this one

    def load() -> None:
        loaded.append(load_model(AutoModelForSequenceClassification, stance_folder))

    threads = [threading.Thread(target=load) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loaded) == 6
    assert torch.nn.Module.register_parameter is own
    assert logging.getLogger("transformers").level == level


def test_checkpoints_make_up_no_tokenizer(stance_folder: Path, tmp_path: Path) -> None:
    folder = copy(stance_folder, tmp_path, without="tokenizer.json")
    with pytest.raises(CheckpointError, match=r"has no tokenizer\.json"):
        load_tokenizer(folder)


def test_checkpoints_shipped_names_what_there_is() -> None:
    with pytest.raises(CheckpointError, match=r"No model 'stance-xx' is shipped here\. Available: "):
        shipped("stance-xx")


def sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def test_checkpoints_shipped_files_are_those_that_were_released() -> None:
    """After a release: ``cd models && sha256sum */*.safetensors */tokenizer.json > SHA256SUMS``."""
    models = Path(__file__).parents[1] / "models"
    lines = (models / "SHA256SUMS").read_text().splitlines()
    told = {name: digest for digest, name in (line.split("  ") for line in lines)}
    files = [*models.glob("*/*.safetensors"), *models.glob("*/tokenizer.json")]
    assert {file.relative_to(models).as_posix(): sha256(file) for file in files} == told
    assert len({name.partition("/")[0] for name in told}) == 2


def test_checkpoints_weights_are_held_in_the_type_that_is_asked_for(stance_folder: Path, tmp_path: Path) -> None:
    for folder in (stance_folder, quantised(stance_folder, tmp_path)):
        exact = load_model(AutoModelForSequenceClassification, folder).state_dict()
        short = load_model(AutoModelForSequenceClassification, folder, dtype=torch.bfloat16).state_dict()
        assert all(torch.equal(short[name], weight.to(torch.bfloat16)) for name, weight in exact.items())
        assert {weight.device.type for weight in short.values()} == {"cpu"}


def test_checkpoints_modules_built_after_a_load_have_weights(stance_folder: Path) -> None:
    load_model(AutoModelForSequenceClassification, stance_folder)
    layer = torch.nn.Linear(2, 2)
    assert layer.weight.device.type == "cpu"
    assert torch.isfinite(layer(torch.ones(2))).all()
