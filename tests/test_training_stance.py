"""What the stance models are calibrated by, and how their labels are split."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import softmax

from quotestance.checkpoints import load_tokenizer
from quotestance.evaluation.metrics.classification import balancing_weights
from quotestance.training.calibration import fit_calibration
from quotestance.training.inputs import logits_of, predict, tokenize, without_context
from quotestance.types import STANCES
from training.stance import data, triples
from training.stance.train import Settings, loss_of, new_model, sides_loss

Row = dict[str, Any]


def drawn(seed: int, shift: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> tuple[np.ndarray, np.ndarray]:
    """Logits of four outputs and the labels drawn by them, as they are without the shift."""
    dice = np.random.default_rng(seed)
    logits = dice.normal(0, 2, (6_000, 4))
    gold = (logits[:, :3] + dice.gumbel(size=(6_000, 3))).argmax(1)
    return logits + np.array([*shift, 0.0]), gold


def without(rows: list[Row], column: str) -> list[Row]:
    return [{name: value for name, value in row.items() if name != column} for row in rows]


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


def test_training_stance_temperature_of_a_quote_of_each_label_stays_modest() -> None:
    temperature, _ = fit_calibration(3 * np.eye(3), np.arange(3))
    assert 0.4 < temperature < 1


@pytest.mark.parametrize(("quotes", "seed"), [(60, 108), (60, 162), (200, 166)])
def test_training_stance_calibration_goes_on_until_no_bias_is_better(quotes: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    logits = dice.normal(0, 2, (quotes, 3))
    gold = (logits + dice.gumbel(size=(quotes, 3))).argmax(1)
    temperature, biases = fit_calibration(logits, gold)
    missed = softmax((logits + biases) / temperature, axis=1) - np.eye(3)[gold]
    slope = balancing_weights(gold, 3) @ missed / temperature + biases - biases[2]  # of the loss and of the prior
    assert slope[:2] == pytest.approx([0, 0], abs=0.005)


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
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = data.load_pairs(path)
    assert without(found, "split") == rows
    assert {row["pair"] for row in found if row["split"] == "pairs"} == {*range(10), *range(50, 60)}
    assert {row["split"] for row in found} == {"pairs", "train"}


def test_training_stance_pairs_of_the_project_stand_on_one_side() -> None:
    sides: dict[int, set[str]] = {}
    for row in data.load_pairs():
        sides.setdefault(row["pair"], set()).add(row["split"])
    assert all(len(found) == 1 for found in sides.values())
    assert 0.15 < sum(found == {"pairs"} for found in sides.values()) / len(sides) < 0.25


def test_training_stance_triples_of_the_project_are_sound_and_stand_on_one_side() -> None:
    found = data.load_triples()
    assert list(triples.problems(found)) == []
    sides = [{row["split"] for row in members} for members in triples.by_triple(found).values()]
    assert all(len(splits) == 1 for splits in sides)
    assert {split for splits in sides for split in splits} == {"train", "held"}
    learned = {row["text"] for row in data.our_quotes() if row["split"] == "train"}
    assert not any(row["text"] in learned for row in found if row["split"] == "held" and "context" not in row)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"label": "hawkish"}, "1: 'hawkish' is no label"),
        ({"text": " He left. "}, "1: the quote is empty or has blanks around it"),
        ({"label": "neutral", "conditional": True}, "1: a neutral quote makes no move that hangs on a condition"),
        ({"text": "They stay."}, "'They stay.': 2 rows label one quote"),
        ({"triple": 2}, "1: 2 quotes"),
        ({"split": "held"}, "1: the quotes of a triple are all for training, or all held"),
    ],
)
def test_training_stance_triples_with_a_fault_are_told(change: Row, told: str) -> None:
    texts = ("They go.", "They stay.", "They may go.")
    rows = [
        {"triple": 1, "text": text, "label": label, "conditional": False, "split": "train"}
        for text, label in zip(texts, ("de-escalatory", "escalatory", "de-escalatory"), strict=True)
    ]
    assert list(triples.problems(rows)) == []
    assert told in list(triples.problems([rows[0] | change, *rows[1:]]))


def test_training_stance_learns_to_say_the_same_of_both_sides(stance_folder: Path) -> None:
    words = {"text": "Russia will answer.", "context": "", "label": "escalatory", "conditional": False}
    rows: list[Row] = [words | {"other": words | {"text": "Kyiv will speak."}}, dict(words)]
    tokenizer = load_tokenizer(stance_folder)
    tokenize([*rows, rows[0]["other"]], tokenizer)

    def apart(sides_weight: float) -> float:
        settings = Settings(sides_weight=sides_weight)
        model, pad = new_model(str(stance_folder), settings), tokenizer.pad_token_id
        steps = torch.optim.AdamW(model.parameters(), lr=1e-3)
        for _ in range(20):
            sides_loss(model, rows, torch.ones(3), pad, settings).backward()  # type: ignore[no-untyped-call]
            steps.step()
            steps.zero_grad()
        one, two = torch.from_numpy(predict(model, [rows[0], rows[0]["other"]], pad)[:, :3]).log_softmax(-1)
        return float(((one.exp() - two.exp()) * (one - two)).sum())

    assert apart(100.0) < apart(0.0) / 3


def test_training_stance_reads_the_other_without_context_where_it_reads_a_quote_so(stance_folder: Path) -> None:
    words = {"text": "Russia will answer.", "context": "Kyiv had spoken.", "label": "escalatory", "conditional": False}
    row: Row = words | {"other": words | {"text": "Ukraine will answer.", "context": "Moscow had spoken."}}
    tokenizer = load_tokenizer(stance_folder)
    tokenize([row, row["other"]], tokenizer)
    model, pad = new_model(str(stance_folder), Settings()), tokenizer.pad_token_id
    model.eval()
    other = row["other"]
    for read, beside in ((row, other), (without_context([row])[0], without_context([other])[0])):
        both = loss_of(logits_of(model, [read, beside], pad), [read, beside], torch.ones(3), Settings())
        found = sides_loss(model, [read], torch.ones(3), pad, Settings(sides_weight=0.0))
        assert found.item() == pytest.approx(both.item(), abs=1e-5)
