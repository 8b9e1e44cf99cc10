"""Training a stance model on one's own labels, and what it is calibrated and split by."""

from __future__ import annotations

import csv
import json
import logging
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tiny import tiny_encoder, tiny_tokenizer
from transformers import BertModel

from quotestance import load
from quotestance.checkpoints import as_int8, write_weights
from quotestance.stance.classifier import StanceClassifier
from quotestance.types import STANCES
from training.stance import data, train
from training.stance.own_labels import own_rows
from training.stance.temperature import fit_calibration

ESCALATORY, DE_ESCALATORY, NEUTRAL = STANCES
SAYINGS = {ESCALATORY: "the war", DE_ESCALATORY: "the peace", NEUTRAL: "the said"}  # words that tiny_tokenizer knows
Row = dict[str, Any]


def labelled(count: int, **more: object) -> list[Row]:
    """Invented quotes, ``count`` of each label."""
    return [
        {"text": f"“{SAYINGS[label]} {number}”, she said", "label": label, **more}
        for number in range(count)
        for label in STANCES
    ]


def written(path: Path, rows: list[Row]) -> Path:
    """Rows in a CSV or JSONL file, by its name."""
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
            table.writeheader()
            table.writerows(rows)
    return path


def shares(rows: list[Row]) -> Counter[tuple[str, str]]:
    return Counter((row["split"], row["label"]) for row in rows)


def drawn(seed: int, shift: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> tuple[np.ndarray, np.ndarray]:
    """Logits of four outputs and the labels drawn by them, as they are without the shift."""
    dice = np.random.default_rng(seed)
    logits = dice.normal(0, 2, (6_000, 4))
    gold = (logits[:, :3] + dice.gumbel(size=(6_000, 3))).argmax(1)
    return logits + np.array([*shift, 0.0]), gold


@pytest.fixture
def encoder(tmp_path: Path) -> Path:
    """Save a pretrained encoder with random weights, without a head."""
    folder = tmp_path / "encoder"
    torch.manual_seed(4)
    BertModel(tiny_encoder()).save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder


def test_training_stance_command_makes_a_model_that_loads_and_classifies(
    encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rows = labelled(4, context="They met.", conditional="no") + labelled(1, split="test")
    own, out = written(tmp_path / "labels.csv", rows), tmp_path / "out"
    options = ["--encoder", encoder, "--own", own, "--epochs", 1, "--threads", torch.get_num_threads()]
    monkeypatch.setattr(sys, "argv", ["train.py", *map(str, [out, *options])])
    with caplog.at_level(logging.INFO, logger="training"):
        train.main()
    assert f"{own}: 3 row(s) of the split(s) test ignored" in caplog.messages
    assert "an epoch reads {'escalatory': 3.0, 'de-escalatory': 3.0, 'neutral': 3.0}" in caplog.messages

    classifier = StanceClassifier.load(out)
    assert classifier.reads_context
    assert 0.1 <= classifier.temperature <= 10
    stances = classifier.classify([row["text"] for row in rows], [row.get("context", "") for row in rows])
    for stance in stances:
        assert set(stance.probabilities) == set(STANCES)
        assert sum(stance.probabilities.values()) == pytest.approx(1)
        assert stance.conditional is not None


def test_training_stance_learns_the_labels_and_goes_on_from_there(
    encoder: Path, attribution_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, first, second = written(tmp_path / "labels.jsonl", labelled(20)), tmp_path / "first", tmp_path / "second"
    for out, start, rate, epochs in ((first, encoder, 0.01, 20), (second, first, 0, 1)):
        options = ["--encoder", start, "--own", own, "--rate", rate, "--epochs", epochs]
        threads = ["--threads", torch.get_num_threads()]
        monkeypatch.setattr(sys, "argv", ["train.py", *map(str, [out, *options, *threads])])
        train.main()
        classifier = load(attribution=attribution_folder, stance=out).classifier
        stances = classifier.classify([f"“{SAYINGS[label]} 77”, he said" for label in STANCES])
        assert [stance.label for stance in stances] == list(STANCES)
        write_weights(as_int8(load_file(out / "model.safetensors")), out)  # as the shipped models are


@pytest.mark.parametrize("name", ["labels.csv", "labels.jsonl"])
def test_training_stance_reads_own_labels(tmp_path: Path, name: str) -> None:
    rows = [
        {"text": "“War, ”\nhe said.", "label": ESCALATORY, "context": "It rains.", "split": "train", "is_common": "no"},
        {"text": "“NA”, he said.", "label": NEUTRAL, "context": " ", "split": "Dev "},
    ]
    path = written(tmp_path / name, rows + labelled(2, split="dev") + labelled(2, split="train"))
    found = own_rows(path)
    assert len(found) == len(rows) + 12
    assert found[0] == {
        "text": "“War, ”\nhe said.", "label": ESCALATORY, "context": "It rains.",
        "conditional": False, "split": "train",
    }  # fmt: skip
    assert (found[1]["text"], found[1]["context"], found[1]["split"]) == ("“NA”, he said.", "", "dev")


@pytest.mark.parametrize("name", ["labels.csv", "labels.jsonl"])
def test_training_stance_reads_conditional_as_it_is_written(tmp_path: Path, name: str) -> None:
    true, false = ["yes", "TRUE", "1", 1, 1.0, True], ["no", "False", "0", 0, 0.0, False, None, ""]
    rows = [{**labelled(1)[0], "conditional": value} for value in true + false]
    found = own_rows(written(tmp_path / name, rows + labelled(5)))
    assert [row["conditional"] for row in found] == [True] * len(true) + [False] * (len(false) + 15)


def without(rows: list[Row], column: str) -> list[Row]:
    return [{name: value for name, value in row.items() if name != column} for row in rows]


@pytest.mark.parametrize("name", ["labels.csv", "labels.jsonl"])
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "labels.* has no rows"),
        (without(labelled(3), "text"), r"labels.* lacks the column\(s\) text\.$"),
        (without(labelled(3), "label"), r"labels.* lacks the column\(s\) label\.$"),
        ([*labelled(3), {"text": "He spoke.", "label": "hostile"}], r"labels.*'hostile'.*neutral\) in row\(s\) 10\.$"),
        ([{"text": "He spoke.", "label": None}, *labelled(3)], r"labels.*\[''\] .*neutral\) in row\(s\) 1\.$"),
        ([*labelled(1), {"text": " ", "label": NEUTRAL}, *labelled(2)], r"labels.* has no text in row\(s\) 4\.$"),
        (labelled(1, conditional="no") + labelled(4, conditional="maybe"), r"\['maybe'\].*yes.* 4, 5.* and 2 more\.$"),
        (labelled(3, conditional=2), r"\['2'\] as conditional .* in row\(s\) 1, 2"),
        (labelled(3, split="train"), f"for dev no row that is {DE_ESCALATORY} or {ESCALATORY} or {NEUTRAL};"),
        ([row for row in labelled(3) if row["label"] != NEUTRAL], f"for train no row that is {NEUTRAL};"),
        (labelled(1), "for dev no row that is .*; each needs every label"),
        (labelled(3, split="test"), r"for train no row .* 0 row\(s\) for the two and 9 of other splits"),
    ],
)
def test_training_stance_refuses_own_labels(tmp_path: Path, name: str, rows: list[Row], message: str) -> None:
    with pytest.raises(SystemExit, match=message):
        own_rows(written(tmp_path / name, rows))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("labels.csv", "text,label\nHe spoke, at last,neutral\n", r"more cells than columns in row\(s\) 1"),
        ("labels.csv", 'text,label\n"a",neutral\n"He said "no", again",neutral\n', "cannot be read after row 1: "),
        ("labels.jsonl", '{"text": "a", "label": "neutral"}\n{"text": "b",\n', "cannot be read after row 1: "),
        ("labels.jsonl", '["a", "neutral"]\n', r"no object with columns in row\(s\) 1"),
        ("labels.jsonl", '{"text": "a", "label": "neutral", "context": 3}\n', r"context of no text in row\(s\) 1"),
        ("labels.csv", b"text,label\n\x93a\x94,neutral\n", "cannot be read after row 0: .*utf-8"),
    ],
)
def test_training_stance_names_what_cannot_be_read(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SystemExit, match=f"{name}.*{message}"):
        own_rows(tmp_path / name)


def test_training_stance_draws_dev_label_by_label(tmp_path: Path) -> None:
    rare = [row for row in labelled(2) if row["label"] != NEUTRAL]
    common = [row for row in labelled(40) if row["label"] == NEUTRAL]
    path = written(tmp_path / "labels.csv", rare + common)
    found = own_rows(path)
    rare_shares = {(split, label): 1 for split in ("train", "dev") for label in (ESCALATORY, DE_ESCALATORY)}
    assert shares(found) == {**rare_shares, ("train", NEUTRAL): 32, ("dev", NEUTRAL): 8}
    assert own_rows(path) == found
    assert [row["text"] for row in found] == [row["text"] for row in rare + common]
    assert {row["split"] for row in found[-20:]} == {"train", "dev"}  # drawn, not cut off


def test_training_stance_draws_what_given_splits_lack(tmp_path: Path) -> None:
    rows = [
        *labelled(1, split="train"),
        *[{"text": f"“{label}”", "label": label, "split": ""} for label in STANCES],
        *labelled(1, split="test"),
    ]
    found = own_rows(written(tmp_path / "labels.csv", rows))
    assert [row["split"] for row in found] == ["train"] * 3 + ["dev"] * 3


def test_training_stance_says_how_many_rows_of_other_splits_it_ignores(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = labelled(5) + labelled(2, split="test") + [{"text": "", "label": "secret", "split": "later"}]
    path = written(tmp_path / "labels.csv", rows)
    with caplog.at_level(logging.INFO, logger="training"):
        assert len(own_rows(path)) == 15
    assert caplog.messages == [f"{path}: 7 row(s) of the split(s) later, test ignored"]


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_training_stance_finds_by_how_much_logits_are_too_sure(factor: float) -> None:
    logits, gold = drawn(1)
    temperature, biases = fit_calibration(logits * factor, gold)
    assert temperature == pytest.approx(factor, rel=0.06)
    assert biases == pytest.approx(np.zeros(3), abs=0.1 * factor)


def test_training_stance_finds_the_biases_of_logits() -> None:
    logits, gold = drawn(2, shift=(1.0, -2.0, 1.0))
    assert fit_calibration(logits, gold)[1] == pytest.approx([-1, 2, -1], abs=0.1)


@pytest.mark.parametrize("absent", range(3))
def test_training_stance_fits_no_bias_to_a_label_that_does_not_occur(absent: int) -> None:
    logits, gold = drawn(3)
    kept = gold != absent
    temperature, biases = fit_calibration(logits[kept] * 2, gold[kept])
    assert temperature == pytest.approx(2, rel=0.06)
    assert biases == pytest.approx(np.zeros(3), abs=0.2)
    assert biases[absent] == 0


@pytest.mark.parametrize("labels", [(0, 1, 2), (1,)])
def test_training_stance_temperature_is_above_0_where_every_quote_is_right(labels: tuple[int, ...]) -> None:
    gold = np.array(labels * 4)
    temperature, biases = fit_calibration(np.eye(4)[gold] / 20, gold)
    assert 0.1 <= temperature <= 1
    assert np.abs(biases).max() < 1


def test_training_stance_split_is_of_the_document() -> None:
    paths = [f"news/{number % 7}/article-{number}.txt" for number in range(2_000)]
    splits = [data.split_of("someone/news", path) for path in paths]
    assert splits == [data.split_of("someone/news", path) for path in paths]
    assert splits[:6] == ["dev", "train", "train", "train", "train", "dev"]  # no document may change sides
    counts = Counter(splits)
    for name, share in (("test", 0.15), ("dev", 0.15), ("train", 0.7)):
        assert counts[name] / len(splits) == pytest.approx(share, abs=0.02)


def test_training_stance_split_holds_out_every_fifth_block_of_pairs(tmp_path: Path) -> None:
    rows = [{"pair": pair, "text": f"{pair}", "label": label} for pair in range(100) for label in STANCES[:2]]
    found = data.load_pairs(written(tmp_path / "pairs.jsonl", rows))
    assert without(found, "split") == rows
    assert {row["pair"] for row in found if row["split"] == "pairs"} == {*range(10), *range(50, 60)}
    assert {row["split"] for row in found} == {"pairs", "train"}


def test_training_stance_pairs_of_the_project_stand_on_one_side() -> None:
    sides: dict[int, set[str]] = {}
    for row in data.load_pairs():
        sides.setdefault(row["pair"], set()).add(row["split"])
    assert all(len(found) == 1 for found in sides.values())
    assert 0.15 < sum(found == {"pairs"} for found in sides.values()) / len(sides) < 0.25
