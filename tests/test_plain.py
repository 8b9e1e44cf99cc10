"""Shipped models are read without transformers, and say what they say through it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForSequenceClassification

from quotestance.checkpoints import load_both, load_model, load_tokenizer
from quotestance.encoders import SequenceClassifier
from quotestance.errors import CheckpointError
from quotestance.folders import shipped, shipped_names
from quotestance.plain import PlainTokenizer, load_plain
from quotestance.quotes.finder import QuoteFinder
from quotestance.reader.inference import pad_batch
from quotestance.reader.model import PlainReader
from quotestance.reader.pretrained import AttributionModel
from quotestance.reader.tokens import plan_windows, tokenize
from quotestance.stance.logits import mean_logits

SEED = Path(__file__).parents[1] / "seeds" / "000_04dd59ab06717f65.txt"
HEAVY = (
    "transformers", "huggingface_hub", "datasets", "pandas", "pyarrow", "sklearn", "scipy", "sympy", "trafilatura",
    "lxml", "jinja2", "torch._dynamo", "torch._inductor", "torch.distributed.tensor", "charset_normalizer", "rapidfuzz",
)  # fmt: skip
"""What no article of plain text needs, and what takes longer to import than to read one."""

ONE = '"We are ready to talk," said Liu Pengyu, a spokesman.'
FIRST = f"import quotestance; article = quotestance.load()({ONE!r}); assert article.quotes[0].stance"
COMMAND = "import sys; sys.argv = ['quotestance', 'analyze', {file!r}]\nfrom quotestance.cli.main import run\nrun()"


@pytest.mark.parametrize("way", ["library", "command"])
def test_plain_reading_an_article_imports_nothing_heavy(way: str, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(ONE, encoding="utf-8")
    code = FIRST if way == "library" else COMMAND.format(file=str(tmp_path / "one.txt"))
    told = f"import atexit, json, sys\natexit.register(lambda: print('\\n' + json.dumps(sorted(sys.modules))))\n{code}"
    process = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)  # noqa: S603  # our own code
    loaded = set(json.loads(process.stdout.splitlines()[-1]))
    assert "torch" in loaded
    assert not loaded & set(HEAVY)


@pytest.mark.parametrize("name", shipped_names())
def test_plain_tokenizers_are_those_of_transformers(name: str) -> None:
    theirs, ours = load_tokenizer(name), PlainTokenizer.load(shipped(name))
    assert json.loads(ours.backend_tokenizer.to_str()) == json.loads(theirs.backend_tokenizer.to_str())
    for token in ("pad_token_id", "cls_token_id", "sep_token_id"):
        assert getattr(ours, token) == getattr(theirs, token)


def test_plain_reader_says_what_that_of_transformers_says() -> None:
    folder, text = shipped("attribution-en"), SEED.read_text(encoding="utf-8")
    found = load_plain(PlainReader, folder)
    assert found is not None
    ours, tokenizer = found
    tokens = tokenize(text, tokenizer)
    windows = [(tokens, window) for window in plan_windows(tokens)][:2]
    batch = pad_batch(windows, tokenizer)
    with torch.inference_mode():
        read, expected = ours(batch), load_model(AttributionModel, folder)(batch)
    assert torch.allclose(read.tags, expected.tags, atol=1e-4)
    assert torch.equal(read.rows, expected.rows)
    assert torch.allclose(read.links, expected.links, atol=1e-3)


@pytest.mark.parametrize("name", [name for name in shipped_names() if name.startswith("stance")])
def test_plain_stance_is_that_of_transformers(name: str) -> None:
    found = load_plain(SequenceClassifier, name)
    if found is None:
        pytest.skip(f"{name} is read by transformers")
    texts = ["We will bomb them.", "Both sides should stop, he said, " * 20]
    seconds = ["The talks failed.", ""]
    theirs = load_both(AutoModelForSequenceClassification, name)
    models = (found, theirs)
    read, expected = (mean_logits(*one, texts, seconds=seconds, precision="float32") for one in models)
    assert abs(read - expected).max() < 1e-4


def test_plain_leaves_other_folders_to_transformers(attribution_folder: Path) -> None:
    assert load_plain(PlainReader, attribution_folder) is None
    assert isinstance(QuoteFinder.load(attribution_folder).model, AttributionModel)
    assert isinstance(QuoteFinder.load(shipped("attribution-en")).model, PlainReader)


def test_plain_tells_of_a_damaged_shipped_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shutil.copytree(shipped("attribution-en"), tmp_path / "models" / "attribution-en")
    monkeypatch.setattr("quotestance.folders._SHIPPED", (tmp_path / "models",))
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="cut short"):
        load_plain(PlainReader, folder)


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        ("num_hidden_layers", 10**9, "num_hidden_layers is 1"),
        ("hidden_size", 10**9, "hidden_size is 1"),
        ("vocab_size", 10**9, "vocab_size is 1"),
        (None, None, "Cannot load a model"),
    ],
)
def test_plain_builds_no_shipped_model_of_other_sizes_than_its_weights(
    setting: str | None, value: int | None, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(shipped("attribution-en"), tmp_path / "models" / "attribution-en")
    monkeypatch.setattr("quotestance.folders._SHIPPED", (tmp_path / "models",))
    config = json.loads((folder / "config.json").read_text())
    config["encoder"] = None if setting is None else config["encoder"] | {setting: value}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match=reason):
        QuoteFinder.load(folder)
