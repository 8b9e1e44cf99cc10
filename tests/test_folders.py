"""A model folder is data: no code of it is run, nothing is unpickled or fetched, and what is malformed is told."""

from __future__ import annotations

import ast
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification

import quotestance
from quotestance.checkpoints import load_config, load_model, load_tokenizer
from quotestance.errors import CheckpointError
from quotestance.folders import open_folder
from quotestance.quotes.finder import QuoteFinder
from quotestance.stance.classifier import StanceClassifier
from quotestance.stance.zero_shot import is_inference_checkpoint
from quotestance.weights import as_int8

ROOT = Path(__file__).parents[1]
WEIGHTS = "model.safetensors"
LOADERS: dict[str, Callable[[Path], object]] = {"attribution": QuoteFinder.load, "stance": StanceClassifier.load}
CODE = """
from pathlib import Path
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast
Path({marker!r}).touch()
class Config(BertConfig):
    model_type = "evil"
class Model(BertForSequenceClassification):
    config_class = Config
class Tokenizer(PreTrainedTokenizerFast):
    pass
"""


class Marking:
    """Leaves a file where it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.marker,)


def change(file: Path, **settings: Any) -> None:
    """Set keys of a JSON file; "a.b" is a key within a key, and ``...`` takes one away."""
    content = json.loads(file.read_text()) if file.exists() else {}
    for name, value in settings.items():
        *outer, last = name.split(".")
        place = content
        for key in outer:
            place = place[key]
        if value is ...:
            place.pop(last, None)
        else:
            place[last] = value
    file.write_text(json.dumps(content))


@pytest.fixture
def copies(attribution_folder: Path, stance_folder: Path, tmp_path: Path) -> dict[str, Path]:
    """Copy each of the tiny checkpoints, to be damaged."""
    folders = {"attribution": attribution_folder, "stance": stance_folder}
    return {kind: shutil.copytree(folder, tmp_path / kind) for kind, folder in folders.items()}


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "code-was-run"


def bring_code(folder: Path, marker: Path) -> None:
    """Put code into a folder, by way of which each of the automatic classes would load it."""
    (folder / "evil.py").write_text(CODE.format(marker=str(marker)))


CODE_KEYS: list[tuple[str, str, dict[str, Any]]] = [
    ("stance", "config.json", {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Config"}}),
    ("stance", "config.json", {"auto_map": {"AutoModelForSequenceClassification": "evil.Model"}}),
    ("stance", "config.json", {"auto_map": {"AutoConfig": "somebody/else--evil.Config"}}),
    ("stance", "tokenizer_config.json", {"auto_map": {"AutoTokenizer": [None, "evil.Tokenizer"]}}),
    ("stance", "tokenizer_config.json", {"auto_map": [None, "evil.Tokenizer"], "tokenizer_class": "EvilTokenizer"}),
    ("attribution", "tokenizer_config.json", {"auto_map": {"AutoTokenizer": [None, "evil.Tokenizer"]}}),
    ("attribution", "config.json", {"encoder.auto_map": {"AutoModel": "evil.Model"}}),
    ("attribution", "config.json", {"auto_map": {"AutoConfig": "evil.Config"}, "model_type": "evil"}),
]


@pytest.mark.parametrize(("kind", "file", "keys"), CODE_KEYS)
def test_folders_run_no_code_whoever_says_yes(
    copies: dict[str, Path],
    marker: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    file: str,
    keys: dict[str, Any],
) -> None:
    def ask(*_: object) -> str:
        marker.with_name("asked").touch()
        return "y"

    monkeypatch.setattr("builtins.input", ask)
    folder = copies[kind]
    bring_code(folder, marker)
    change(folder / file, **keys)
    with pytest.raises(CheckpointError, match="auto_map") as caught:
        quotestance.load(**copies)
    assert str(folder / file) in str(caught.value)
    assert "delete the key" in str(caught.value)
    for load in (load_tokenizer, load_config, partial(load_model, AutoModelForSequenceClassification)):
        with pytest.raises(CheckpointError, match="auto_map"):
            load(folder)
    assert not is_inference_checkpoint(folder)
    assert not marker.exists()
    assert not marker.with_name("asked").exists()


@pytest.mark.parametrize("is_refused_by_name", [True, False])
def test_folders_run_no_code_of_a_tokenizer_within_a_tokenizer(
    copies: dict[str, Path], marker: Path, monkeypatch: pytest.MonkeyPatch, is_refused_by_name: bool
) -> None:
    """RagTokenizer loads others from subfolders, and says of none that its code is not to be trusted."""
    monkeypatch.setattr("builtins.input", lambda *_: "y")
    if not is_refused_by_name:  # as of a class of transformers that nobody thought of
        monkeypatch.setattr("quotestance.folders._TOKENIZER_CLASS", re.compile(".*"))
    folder = copies["stance"]
    inner = folder / "question_encoder_tokenizer"
    inner.mkdir()
    for place in (folder, inner):
        bring_code(place, marker)
    shutil.copy(folder / "tokenizer.json", inner)
    change(inner / "tokenizer_config.json", auto_map={"AutoTokenizer": [None, "evil.Tokenizer"]})
    change(folder / "config.json", question_encoder={"model_type": "vit"}, generator={"model_type": "bert"})
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "RagTokenizer"}))
    with pytest.raises(CheckpointError, match="RagTokenizer" if is_refused_by_name else "trust_remote_code"):
        StanceClassifier.load(folder)
    assert not marker.exists()


def test_folders_run_no_code_from_the_command_line(copies: dict[str, Path], marker: Path, tmp_path: Path) -> None:
    """What ``echo y | quotestance analyze ...`` did: transformers asked, and ran the folder's Python."""
    bring_code(copies["stance"], marker)
    change(copies["stance"] / "config.json", model_type="evil", auto_map={"AutoConfig": "evil.Config"})
    (tmp_path / "a.txt").write_text("Liu said no.")
    arguments = [sys.executable, "-m", "quotestance", "analyze", str(tmp_path / "a.txt"), "--stance", copies["stance"]]
    run = subprocess.run(  # noqa: S603
        arguments, cwd=ROOT, input="y\n" * 9, capture_output=True, text=True, timeout=120, check=False
    )
    assert not marker.exists()
    assert run.returncode == 2
    assert f"{copies['stance'] / 'config.json'}: 'auto_map' names Python code" in run.stderr
    assert "[y/N]" not in run.stdout + run.stderr


def test_folders_fetch_nothing(copies: dict[str, Path], marker: Path) -> None:
    code = f"""
import pathlib, socket, quotestance
def refuse(*_, **__):
    pathlib.Path({str(marker)!r}).touch()
    raise OSError("no network")
socket.getaddrinfo = socket.socket.connect = socket.create_connection = refuse
quotestance.load(attribution={str(copies["attribution"])!r}, stance={str(copies["stance"])!r})("Liu said no.")
try:
    quotestance.load(stance="no/such/folder")
except quotestance.CheckpointError as error:
    assert "There is no folder" in str(error)
"""
    environment = {key: value for key, value in os.environ.items() if key != "HF_HUB_OFFLINE"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, timeout=120, check=True)  # noqa: S603
    assert not marker.exists()


REFUSED: list[tuple[str, str, dict[str, Any], str]] = [
    ("stance", "config.json", {"transformers_weights": "other.safetensors"}, "another file of weights"),
    ("stance", "config.json", {"configuration_files": ["config.4.0.0.json"]}, "read in the place of this one"),
    ("stance", "config.json", {"quantization_config": {"quant_method": "bitsandbytes"}}, r"dequantize\(\)"),
    ("stance", "config.json", {"attn_implementation": "kernels-community/flash-attn"}, "code on the hub"),
    ("attribution", "config.json", {"encoder._attn_implementation": "somebody/kernel@main"}, "code on the hub"),
    ("stance", "adapter_config.json", {"base_model_name_or_path": "somebody/model"}, "merge_and_unload"),
    ("stance", "tokenizer_config.json", {"tokenizer_class": "AutoModel"}, "no class of tokenizers"),
    ("stance", "tokenizer_config.json", {"tokenizer_class": "AutoTokenizer"}, "no class of tokenizers"),
    ("stance", "config.json", {"id2label": ["escalatory"]}, "'id2label' does not name the outputs"),
    ("stance", "config.json", {"id2label": "escalatory"}, "'id2label' does not name the outputs"),
    ("stance", "config.json", {"id2label": 5}, "'id2label' does not name the outputs"),
    ("stance", "config.json", {"id2label": [{}]}, "'id2label' does not name the outputs"),
    ("stance", "config.json", {"id2label": {}}, "'id2label' does not name the outputs"),
    ("stance", "config.json", {"id2label.0": 0}, "'id2label' does not name the outputs"),
    ("stance", "config.json", {"id2label.0": None}, "'id2label' does not name the outputs"),
    ("stance", "config.json", {"id2label.9": "angry"}, "'id2label' does not name the outputs"),
    ("stance", "config.json", {"id2label.x": "angry"}, "'id2label' does not name the outputs"),
    ("stance", "config.json", {"id2label.4": "angry", "label2id": ...}, "of other sizes than .*classifier"),
    ("stance", "config.json", {"id2label.0": "Neutral"}, "'id2label' does not name the outputs"),
    ("stance", "config.json", {"stance_temperature": "1"}, "stance_temperature '1'"),
    ("stance", "config.json", {"stance_temperature": True}, "stance_temperature True"),
    ("stance", "config.json", {"stance_temperature": None}, "stance_temperature None"),
    ("stance", "config.json", {"stance_temperature": 0}, "stance_temperature 0"),
    ("stance", "config.json", {"stance_temperature": float("nan")}, "stance_temperature nan"),
    ("stance", "config.json", {"stance_temperature": 10**400}, "stance_temperature 10"),
    ("stance", "config.json", {"stance_context": "false"}, "stance_context 'false'"),
    ("stance", "config.json", {"stance_context": "Passage"}, "stance_context 'Passage'"),
    ("stance", "config.json", {"max_position_embeddings": "512"}, "max_position_embeddings"),
    ("stance", "config.json", {"max_position_embeddings": 3}, r"of other sizes than .*position_embeddings"),
    (
        "stance",
        "config.json",
        {"max_position_embeddings": 10**10},
        "of other sizes than .*max_position_embeddings is 1",
    ),
    ("stance", "config.json", {"num_hidden_layers": 10**9}, "of other sizes than .*num_hidden_layers is 1"),
    ("stance", "config.json", {"num_hidden_layers": 10**400}, "of other sizes than .*num_hidden_layers is 1"),
    ("stance", "config.json", {"id2label": ..., "num_labels": 10**9}, "of other sizes than .*num_labels is 1"),
    (
        "attribution",
        "config.json",
        {"encoder.num_hidden_layers": 10**9},
        r"sizes than .*encoder\.num_hidden_layers is 1",
    ),
    (
        "attribution",
        "config.json",
        {"encoder.model_type": "albert", "encoder.num_hidden_groups": 10**9},
        r"sizes than .*encoder\.num_hidden_groups is 1",
    ),
    (
        "attribution",
        "config.json",
        {"encoder.model_type": "albert", "encoder.inner_group_num": 1_000},
        "calls for far more weights than it has",
    ),
    (
        "attribution",
        "config.json",
        {"encoder": {"model_type": "swin", "depths": [10**7]}},
        r"sizes than .*encoder\.depths\.0 is 1",
    ),
    (
        "attribution",
        "config.json",
        {"encoder.max_position_embeddings": 10**7},
        r"sizes than .* where that calls for 3200\d+",
    ),
    (
        "stance",
        "config.json",
        {"model_type": "gpt_neo", "max_position_embeddings": 60_000},
        r"sizes than .*max_position_embeddings is 60000",
    ),
    ("stance", "config.json", {"num_attention_heads": -1}, "a classifier that runs"),
    ("stance", "config.json", {"layer_norm_eps": float("nan")}, "answers with NaN"),
    ("stance", "config.json", {"model_type": ["bert"]}, "a config"),
    ("stance", "config.json", {"model_type": "no-such-kind"}, "of the model_type 'no-such-kind', which is not known"),
    ("stance", "config.json", {"hidden_size": "32"}, "hidden_size"),
    ("stance", "config.json", {"hidden_size": 64}, "of other sizes than"),
    ("stance", "config.json", {"hidden_size": 10**9}, "of other sizes than .*hidden_size is 1"),
    ("stance", "config.json", {"vocab_size": 10**9}, "of other sizes than .*vocab_size is 1"),
    ("stance", "config.json", {"intermediate_size": 10**9}, "of other sizes than .*intermediate_size is 1"),
    ("attribution", "config.json", {"link_size": 10**9}, "of other sizes than .*link_size is 1"),
    ("attribution", "config.json", {"window": "60"}, "window is '60'"),
    ("attribution", "config.json", {"window": 0}, "window is 0"),
    ("attribution", "config.json", {"window": 60.0}, r"window is 60\.0"),
    ("attribution", "config.json", {"window": 511}, "window is 511, but the encoder has 512 places"),
    ("attribution", "config.json", {"before": -1}, "before is -1"),
    ("attribution", "config.json", {"after": None}, "after is None"),
    ("attribution", "config.json", {"link_size": "8"}, "a model"),
    ("attribution", "config.json", {"decoding": [0.5]}, "decoding is a list"),
    ("attribution", "config.json", {"decoding": 0}, "decoding is a int"),
    ("attribution", "config.json", {"decoding": {"join": "0.5"}}, r"decoding\.join is '0\.5'"),
    ("attribution", "config.json", {"decoding": {"min_confidence": 1.5}}, r"decoding\.min_confidence is 1\.5"),
    ("attribution", "config.json", {"decoding": {"min_confidence": True}}, r"decoding\.min_confidence is True"),
    ("attribution", "config.json", {"decoding": {"source": float("nan")}}, r"decoding\.source is nan"),
    ("attribution", "config.json", {"encoder": "bert"}, "a model"),
    ("attribution", "config.json", {"encoder": {}}, "a model"),
    ("attribution", "config.json", {"encoder.model_type": "quotestance-attribution"}, "a model"),
    ("attribution", "config.json", {"encoder.chunk_size_feed_forward": "x"}, "an attribution model that runs"),
    ("attribution", "config.json", {"encoder.layer_norm_eps": float("nan")}, "answers with NaN"),
    (
        "attribution",
        "config.json",
        {"model_type": "bert"},
        "is of the model_type 'bert', not 'quotestance-attribution'",
    ),
    ("stance", "tokenizer.json", {"model": {}}, "a tokenizer"),
    ("stance", "tokenizer.json", {"model.vocab": {"a": 1}}, r"UNK"),
    ("stance", "tokenizer.json", {"model.vocab.a": 10**6}, "ids up to 1000000, but its model knows 128 tokens"),
    ("stance", "tokenizer.json", {"model.vocab.a": -1}, "a tokenizer"),
    ("stance", "tokenizer.json", {"added_tokens": None}, "a tokenizer"),
    ("stance", "tokenizer.json", {"pre_tokenizer": {"type": "Evil"}}, "a tokenizer"),
    (
        "stance",
        "tokenizer.json",
        {"normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAA"}},
        "a tokenizer .*Cannot parse precompiled_charsmap",
    ),
    (
        "attribution",
        "tokenizer.json",
        {"normalizer": {"type": "Precompiled", "precompiled_charsmap": "BAAAAP8AAAA="}},
        "a tokenizer .*out of bounds",
    ),
    (
        "stance",
        "tokenizer_config.json",
        {"fast_tokenizer_files": ["../other/tokenizer.4.0.0.json"]},
        r"in the place of tokenizer\.json",
    ),
    ("stance", "tokenizer_config.json", {"pad_token": None}, "has no pad_token"),
    ("stance", "tokenizer_config.json", {"pad_token": 5}, "a tokenizer"),
    ("attribution", "tokenizer_config.json", {"cls_token": None, "sep_token": None}, "has no cls_token, sep_token"),
    ("stance", "special_tokens_map.json", {"auto_map": {"AutoTokenizer": "evil.Tokenizer"}}, "auto_map"),
]


@pytest.mark.parametrize(("kind", "file", "keys", "reason"), REFUSED)
def test_folders_that_are_malformed_are_refused_by_file_and_key(
    copies: dict[str, Path], kind: str, file: str, keys: dict[str, Any], reason: str
) -> None:
    change(copies[kind] / file, **keys)
    with pytest.raises(CheckpointError, match=reason) as caught:
        LOADERS[kind](copies[kind])
    assert str(copies[kind]) in str(caught.value)


CONTENTS = {
    "empty": b"",
    "a list": b"[]",
    "null": b"null",
    "a number": b"1",
    "a string": b'"x"',
    "cut short": b'{"model_type": "be',
    "NULs": bytes(99),
    "Latin-1": b'{"model_type": "b\xe9rt"}',
    "deep": b"[" * 100_000,
    "a pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
}


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "tokenizer_config.json", "added_tokens.json"])
@pytest.mark.parametrize("content", CONTENTS)
def test_folders_with_another_thing_than_an_object_are_refused(
    copies: dict[str, Path], file: str, content: str
) -> None:
    for kind, folder in copies.items():
        (folder / file).write_bytes(CONTENTS[content])
        with pytest.raises(CheckpointError) as caught:
            LOADERS[kind](folder)
        assert str(folder / file) in str(caught.value)


def test_folders_with_a_config_deeper_than_pythons_stack_are_refused(copies: dict[str, Path]) -> None:
    file = copies["stance"] / "config.json"
    file.write_text(file.read_text().rstrip()[:-1] + ', "deep": ' + '{"a":' * 900 + "1" + "}" * 901)
    with pytest.raises(CheckpointError):
        StanceClassifier.load(copies["stance"])


def test_folders_may_lack_what_is_empty(copies: dict[str, Path]) -> None:
    change(copies["stance"] / "config.json", auto_map={}, quantization_config=None, stance_temperature=...)
    change(copies["attribution"] / "config.json", decoding=None)
    assert quotestance.load(**copies)("Liu said no.").error is None


@pytest.mark.parametrize("kind", LOADERS)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("form", ["float", "int8", "half"])
def test_folders_with_weights_that_are_no_numbers_are_refused(
    copies: dict[str, Path], kind: str, value: float, form: str
) -> None:
    file = copies[kind] / WEIGHTS
    weights = load_file(file)
    name = next(name for name, weight in weights.items() if weight.ndim == 2 and "layer" in name)
    weights[name][1, 2] = value
    if form == "half":
        weights = {key: weight.half() if weight.is_floating_point() else weight for key, weight in weights.items()}
    save_file(as_int8(weights) if form == "int8" else weights, file, metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match=f"NaN or infinite: {name}") as caught:
        LOADERS[kind](copies[kind])
    assert str(copies[kind]) in str(caught.value)


def test_folders_may_hold_weights_whose_sum_overflows(copies: dict[str, Path]) -> None:
    weights = load_file(copies["stance"] / WEIGHTS)
    weights["bert.pooler.dense.bias"][:2] = 3e38
    save_file(weights, copies["stance"] / WEIGHTS, metadata={"format": "pt"})
    assert StanceClassifier.load(copies["stance"]).classify(["no"])


def test_folders_with_int8_weights_without_scales_are_refused(copies: dict[str, Path]) -> None:
    stored = as_int8(load_file(copies["stance"] / WEIGHTS))
    del stored["classifier.weight.int8_scale"]
    save_file(stored, copies["stance"] / WEIGHTS, metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match=r"classifier\.weight is stored as int8 without a scale"):
        StanceClassifier.load(copies["stance"])


@pytest.mark.parametrize("names", [["pytorch_model.bin"], ["model.pt"], ["model.safetensors"]])
def test_folders_unpickle_nothing(copies: dict[str, Path], marker: Path, names: list[str]) -> None:
    folder = copies["stance"]
    (folder / WEIGHTS).unlink()
    for name in names:
        (folder / name).write_bytes(pickle.dumps(Marking(marker)))
    with pytest.raises(CheckpointError):
        StanceClassifier.load(folder)
    assert not marker.exists()


@pytest.mark.parametrize(
    "index",
    [
        {"weight_map": {"classifier.weight": "pytorch_model.bin"}},
        {"weight_map": {"classifier.weight": "../outside.safetensors"}},
        {"weight_map": {"classifier.weight": "/outside.safetensors"}},
        {"weight_map": {"classifier.weight": "missing.safetensors"}},
        {"weight_map": {"classifier.weight": 1}},
        {"weight_map": []},
        {"weight_map": {}},
        {},
    ],
)
def test_folders_take_shards_of_their_own_alone(copies: dict[str, Path], marker: Path, index: dict[str, Any]) -> None:
    folder = copies["stance"]
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Marking(marker)))
    save_file({"classifier.weight": torch.zeros(4, 32)}, folder.parent / "outside.safetensors")
    (folder / WEIGHTS).rename(folder / "model-00001-of-00001.safetensors")
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(CheckpointError, match=r"model\.safetensors\.index\.json"):
        StanceClassifier.load(folder)
    assert not marker.exists()


def test_folders_are_not_looked_for_on_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: pytest.fail("asked the hub"))
    for name in (tmp_path / "none", str(tmp_path / "none"), "./none", "a/b/c", Path("some/model"), "~/model", "a b"):
        with pytest.raises(CheckpointError, match="There is no folder"):
            open_folder(name)


def test_folders_from_the_hub_are_looked_through_too(
    copies: dict[str, Path], marker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a cache as an earlier run leaves it, for nothing can be fetched here."""
    cache = tmp_path / "cache" / "models--some--model"
    snapshot = cache / "snapshots" / ("0" * 40)
    shutil.copytree(copies["stance"], snapshot)
    (cache / "refs").mkdir()
    (cache / "refs" / "main").write_text("0" * 40)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    assert len(StanceClassifier.load("some/model").classify(["no"])) == 1
    bring_code(snapshot, marker)
    change(snapshot / "config.json", auto_map={"AutoModelForSequenceClassification": "evil.Model"})
    with pytest.raises(CheckpointError, match="'auto_map' names Python code"):
        StanceClassifier.load("some/model")
    assert not marker.exists()


def test_folders_no_call_of_ours_trusts_a_checkpoint() -> None:
    """Every call that loads, here and in training, says that no code is run; of weights, that none are unpickled."""
    seen = 0
    for file in [*(ROOT / "quotestance").rglob("*.py"), *(ROOT / "training").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr in ("from_pretrained", "from_config"):
                given = {word.arg: ast.unparse(word.value) for word in node.keywords}
                assert given.get("trust_remote_code") == "False", f"{file}:{node.lineno}"
                is_model = "odel" in ast.unparse(node.func) and node.func.attr == "from_pretrained"
                assert not is_model or given.get("use_safetensors") == "True", f"{file}:{node.lineno}"
                seen += 1
    assert seen >= 6


def test_folders_names_longer_than_any_are_no_folders() -> None:
    with pytest.raises(CheckpointError, match="There is no folder"):
        open_folder("x" * 300)


@pytest.mark.parametrize("given", ["attribution", "stance"])
def test_folders_of_no_name_are_not_the_shipped_ones(given: str) -> None:
    with pytest.raises(CheckpointError, match="There is no folder ''"):
        quotestance.load(**{given: ""})


def test_folders_and_threads_are_told_from_other_things() -> None:
    with pytest.raises(TypeError, match="by its folder or name, as 'stance-en', not as int"):
        quotestance.load(stance=3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least 1, got True"):
        quotestance.load(threads=True)


def test_folders_with_a_vocabulary_larger_than_any_are_refused_unread(copies: dict[str, Path]) -> None:
    with (copies["stance"] / "tokenizer.json").open("r+b") as file:
        file.truncate(1 << 40)  # takes no room
    with pytest.raises(CheckpointError, match=r"tokenizer\.json has 1099511627776 bytes"):
        StanceClassifier.load(copies["stance"])


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json", "generation_config.json", WEIGHTS])
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_folders_with_a_pipe_or_a_device_in_the_place_of_a_file_are_refused_unread(
    copies: dict[str, Path], name: str, kind: str
) -> None:
    """A pipe gives nothing until somebody writes, and /dev/zero gives more than there is memory for."""
    file = copies["stance"] / name
    file.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(file)
    else:
        file.symlink_to("/dev/zero")
    with pytest.raises(CheckpointError, match=f"{name} is a pipe, a device or a socket"):
        StanceClassifier.load(copies["stance"])


@pytest.mark.parametrize("name", ["generation_config.json", "chat_template.jinja", "chat_templates/more.jinja"])
def test_folders_with_other_files_larger_than_any_are_refused_unread(copies: dict[str, Path], name: str) -> None:
    file = copies["stance"] / name
    file.parent.mkdir(exist_ok=True)
    with file.open("wb") as stream:
        stream.truncate(1 << 40)  # takes no room
    with pytest.raises(CheckpointError, match=f"{name} has 1099511627776 bytes"):
        StanceClassifier.load(copies["stance"])
