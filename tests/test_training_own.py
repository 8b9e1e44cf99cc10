"""Training a stance model on labels of one's own: what is read, what is learned, what is left when it is killed."""

from __future__ import annotations

import csv
import io
import json
import logging
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import torch
from huggingface_hub import ModelCard
from safetensors import safe_open
from safetensors.torch import load as load_bytes
from safetensors.torch import load_file, save, save_file
from test_cli import Call
from tiny import tiny_encoder, tiny_tokenizer
from transformers import (
    BartConfig,
    BartForSequenceClassification,
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    GPT2Config,
    GPT2Model,
    ModernBertConfig,
    ModernBertModel,
    MPNetConfig,
    MPNetModel,
)

from quotestance import Article, Quote, Span, Stance, load, write_articles
from quotestance.annotation import export_articles
from quotestance.errors import CheckpointError, FormatError, GoldWarning, RunError
from quotestance.evaluation import evaluate, read_gold
from quotestance.stance.classifier import StanceClassifier
from quotestance.training import checkpoint, inputs, run, train_stance
from quotestance.training.card import figures_of
from quotestance.training.labels import read_labels
from quotestance.training.stance import _loss, class_weights
from quotestance.training.steps import freeze
from quotestance.types import STANCES

pytest_plugins = ["test_cli"]  # its fixture "call"

ROOT = Path(__file__).parents[1]
ESCALATORY, DE_ESCALATORY, NEUTRAL = STANCES
SAYINGS = {ESCALATORY: "the war", DE_ESCALATORY: "the peace", NEUTRAL: "the said"}  # words that tiny_tokenizer knows
Row = dict[str, Any]


def labelled(count: int, **more: object) -> list[Row]:
    """Invent quotes, ``count`` of each label."""
    return [
        {"text": f"“{SAYINGS[label]} {number}”, she said", "stance": label, **more}
        for number in range(count)
        for label in STANCES
    ]


def written(path: Path, rows: list[Row]) -> Path:
    """Write rows into a CSV or JSONL file, by its name."""
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
            table.writeheader()
            table.writerows(rows)
    return path


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a pretrained encoder with random weights, without a head."""
    folder = tmp_path_factory.mktemp("encoder")
    torch.manual_seed(4)
    BertModel(tiny_encoder()).save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder


@pytest.mark.parametrize("name", ["labels.csv", "labels.jsonl"])
def test_training_labels_are_those_that_evaluate_takes(name: str, tmp_path: Path) -> None:
    first = {
        "text": "“War, ”\nhe said.",
        "stance": ESCALATORY,
        "context": "It rains. “War, ”\nhe said. Then he left.",
        "conditional": "YES",
        "split": "Train ",
    }
    path = written(tmp_path / name, [first, *labelled(2, split="dev"), *labelled(2, split="train")])
    rows = read_labels(path)
    assert len(rows) == 13
    assert (rows[0]["text"], rows[0]["context"]) == ("“War, ”\nhe said.", "It rains.")
    assert (rows[0]["label"], rows[0]["conditional"], rows[0]["split"]) == (ESCALATORY, True, "train")
    assert {row["conditional"] for row in rows[1:]} == {None}
    assert evaluate(path, read_gold(path), draws=0).figure("stance.macro_f1") == 1.0


def test_training_labels_of_articles_are_drawn_by_article(tmp_path: Path) -> None:
    text = "Ann Lee said: “The war.” Bo Ray said: “The peace.” Cy Day said: “The said.”"
    quotes = _quotes(text)
    bare = Quote("direct", (Span.of(text, 0, 3),))
    articles = [Article(f"{text} {number}", id=str(number), quotes=(*quotes, bare)) for number in range(10)]
    write_articles(articles, tmp_path / "gold.jsonl")
    rows = read_labels(tmp_path / "gold.jsonl")
    assert len(rows) == 30
    assert rows[1]["text"] == "Bo Ray said: “The peace"
    assert rows[1]["context"] == "Ann Lee said: “The war.”"
    sides = {article: {row["split"] for row in rows if row["article"] == article} for article in map(str, range(10))}
    assert all(len(side) == 1 for side in sides.values())
    assert Counter(side for (side,) in sides.values()) == {"train": 8, "dev": 2}


def test_training_labels_of_one_text_are_drawn_into_one_split(tmp_path: Path) -> None:
    text = "Ann Lee said: “The war.” Bo Ray said: “The peace.” Cy Day said: “The said.”"
    contexts = [f"Day {number}. {text}" for number in range(20)]
    rows = [
        {"text": quote.text, "stance": quote.stance.label if quote.stance else "", "context": context}
        for context in contexts
        for quote in _quotes(text)
    ]
    rows += [{"text": text, "stance": label} for label in STANCES]  # the same words thrice
    found = read_labels(written(tmp_path / "labels.csv", rows))
    splits = [{row["split"] for row in found[start : start + 3]} for start in range(0, len(found), 3)]
    assert {len(one) for one in splits} == {1}
    assert Counter(one.pop() for one in splits) == {"train": 17, "dev": 4}
    told = [{**row, "split": "test" if number == 3 else ""} for number, row in enumerate(rows)]
    assert [row["split"] for row in read_labels(written(tmp_path / "told.csv", told))[3:6]] == ["test"] * 3


def test_training_measures_calibration_for_the_shares_that_it_is_fitted_for() -> None:
    class Undecided:
        def classify(self, texts: Sequence[str], contexts: Sequence[str] | None = None) -> list[Stance]:
            assert contexts == [""] * len(texts)
            return [Stance(dict.fromkeys(STANCES, 1 / 3)) for _ in texts]

    rows = [{"text": row["text"], "context": "", "label": row["stance"]} for row in labelled(5)]
    few = [row for row in rows if row["label"] == NEUTRAL] + rows[:2]
    assert figures_of(Undecided(), few)["ece"] == pytest.approx(
        0
    )  # one in three is right, if labels are equally frequent


def _quotes(text: str) -> tuple[Quote, ...]:
    def span(words: str) -> Span:
        return Span.of(text, text.index(words), text.index(words) + len(words))

    said = zip(("Ann Lee", "Bo Ray", "Cy Day"), ("The war", "The peace", "The said"), STANCES, strict=True)
    return tuple(
        Quote("direct", (span(words),), source=span(name), stance=Stance.certain(label)) for name, words, label in said
    )


def test_training_labels_leave_train_some_of_each_where_that_can_be(tmp_path: Path) -> None:
    said = {"a": (DE_ESCALATORY, ESCALATORY), "b": (DE_ESCALATORY, NEUTRAL), "c": (NEUTRAL,), "d": (ESCALATORY,)}
    articles = []
    for name, labels in said.items():
        text = " ".join(f"{name}{place}: “{SAYINGS[label]}.”" for place, label in enumerate(labels))
        spans = [Span.of(text, start := text.index(SAYINGS[label]), start + 4) for label in labels]
        stances = [Stance.certain(label) for label in labels]
        quotes = [Quote("direct", (span,), stance=stance) for span, stance in zip(spans, stances, strict=True)]
        articles.append(Article(text, id=name, quotes=tuple(quotes)))
    write_articles(articles, tmp_path / "gold.jsonl")
    for seed in range(10):
        rows = read_labels(tmp_path / "gold.jsonl", seed=seed)  # raises where a side lacks a label
        assert {row["split"] for row in rows} == {"train", "dev"}


def test_training_labels_are_drawn_label_by_label(tmp_path: Path) -> None:
    rare = [row for row in labelled(2) if row["stance"] != NEUTRAL]
    common = [row for row in labelled(40) if row["stance"] == NEUTRAL]
    path = written(tmp_path / "labels.csv", rare + common)
    rows = read_labels(path)
    drawn = Counter((row["split"], row["label"]) for row in rows)
    assert (drawn["train", NEUTRAL], drawn["dev", NEUTRAL]) == (32, 8)
    for label in (ESCALATORY, DE_ESCALATORY):
        assert (drawn["train", label], drawn["dev", label]) == (1, 1)
    assert read_labels(path) == rows
    assert {row["split"] for row in rows[-20:]} == {"train", "dev"}  # drawn, not cut off


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "no articles"),
        ([{"text": "He spoke.", "stance": "hostile"}, *labelled(3)], "labels.* [12]: .*hostile.*neutral"),
        ([*labelled(3), {"text": "He spoke."}], "labels.*(stance|quote)"),
        ([{"text": " ", "stance": NEUTRAL}, *labelled(3)], "labels.* [12]: .*'text' is missing or empty"),
        (labelled(3, conditional="maybe"), "labels.*'maybe'. Give true, yes"),
        (labelled(3, split="train"), f"no row of dev is {DE_ESCALATORY} or {ESCALATORY} or {NEUTRAL},"),
        ([row for row in labelled(3) if row["stance"] != NEUTRAL], f"no row of train is {NEUTRAL},"),
        (labelled(1), "each need all labels"),
        ([{"text": "He spoke.", "stance": NEUTRAL, "context": "She sang."}], "does not stand in its context"),
    ],
)
@pytest.mark.parametrize("name", ["labels.csv", "labels.jsonl"])
def test_training_labels_that_do_not_serve_are_named(name: str, rows: list[Row], message: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=message):
        read_labels(written(tmp_path / name, rows))


@pytest.mark.parametrize("taken", [(), ("p_escalatory", "p_de_escalatory", "p_neutral")])
@pytest.mark.parametrize("name", ["labels.csv", "labels.jsonl"])
def test_training_labels_of_a_corrected_table_take_no_probability_for_a_condition(
    name: str, taken: tuple[str, ...], tmp_path: Path
) -> None:
    made = corrected_table(4)
    for row, told in zip(made, (0.0003, 1e-05, 0.71, "yes", "No"), strict=False):
        row["conditional"] = told
    rows = read_labels(written(tmp_path / name, [{key: row[key] for key in row if key not in taken} for row in made]))
    assert [row["conditional"] for row in rows[:6]] == [None, None, None, True, False, None]
    made[0]["conditional"] = 1.5
    with pytest.raises(FormatError, match=r"'conditional' is '1\.5'"):
        read_labels(written(tmp_path / name, made))


def corrected_table(count: int) -> list[Row]:
    """Make a table as ``quotestance score`` writes it, every stance corrected; two rows are of one article."""
    rest = {"start": 0, "end": 12, "p_escalatory": 0.1, "p_de_escalatory": 0.1, "p_neutral": 0.8}
    rows = [
        {"article_id": f"{place // 2}.txt", "quote": place % 2, **row, **rest}
        for place, row in enumerate(labelled(count))
    ]
    swapped = {"p_neutral": 0.1, "p_escalatory": 0.8}
    return [{**row, **(swapped if row["stance"] == NEUTRAL else {}), "conditional": 0.0003} for row in rows]


def test_training_labels_of_one_article_id_are_drawn_into_one_split(tmp_path: Path) -> None:
    made = corrected_table(20)
    rows = read_labels(written(tmp_path / "labels.csv", made))
    sides = [{row["split"] for row in rows[start : start + 2]} for start in range(0, len(rows), 2)]
    assert {len(side) for side in sides} == {1}
    made[2]["text"] = made[0]["text"]  # the second article holds a quote of the first
    assert {row["article"] for row in read_labels(written(tmp_path / "joined.csv", made))[:4]} == {"row-1"}


def test_training_labels_of_unknown_splits_are_told(tmp_path: Path) -> None:
    own = written(tmp_path / "labels.csv", [*labelled(3), *labelled(1, split="trian")])
    with pytest.warns(GoldWarning, match=r"3 rows of the splits trian are left out; read are train, dev, test and"):
        assert len(read_labels(own)) == 9


def test_training_learns_the_labels_and_goes_on_from_there(
    encoder: Path, attribution_folder: Path, tmp_path: Path
) -> None:
    rows = [*labelled(12, conditional="no"), *labelled(14, split="test")[-6:]]
    own, first = written(tmp_path / "labels.csv", rows), tmp_path / "first"
    threads = torch.get_num_threads()
    done = train_stance(own, first, start=encoder, rate=0.01, epochs=25, device="cpu", threads=threads)
    assert done.rows == {"train": 30, "dev": 6, "test": 6}
    classifier = load(attribution=attribution_folder, stance=first).classifier
    stances = classifier.classify([f"“{SAYINGS[label]} 77”, he said" for label in STANCES])
    assert [stance.label for stance in stances] == list(STANCES)
    metrics = json.loads((first / "metrics.json").read_text())
    assert metrics == json.loads(json.dumps(done.metrics))
    assert (metrics["test"]["macro_f1"], metrics["before"], len(metrics["epochs"])) == (1.0, {}, 25)
    card = (first / "README.md").read_text()
    assert "| test, 6 quotes | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 |" in card
    assert "$" not in card
    assert ModelCard(card).data.to_dict()["library_name"] == "quotestance"
    assert "epoch 25 of 25" in (first / "log.txt").read_text()
    assert not (first / checkpoint.FILE).exists()
    assert (first / "model.safetensors").stat().st_mode == (first / "config.json").stat().st_mode

    again = train_stance(own, first, start=encoder, rate=0.01, epochs=25, device="cpu")
    assert (again.was_done, again.metrics) == (True, metrics)
    with pytest.raises(FileExistsError, match="epochs: 25, now 1"):
        train_stance(own, first, start=encoder, rate=0.01, epochs=1, device="cpu")
    second = train_stance(own, tmp_path / "second", start=first, rate=1e-9, epochs=1, device="cpu")
    assert second.metrics["before"]["test"] == second.metrics["test"]["macro_f1"] == 1.0


@pytest.mark.parametrize("is_known", [True, False])
def test_training_tells_conditions_where_the_labels_do(encoder: Path, tmp_path: Path, is_known: bool) -> None:
    told = written(tmp_path / "told.csv", labelled(3, **({"conditional": "no"} if is_known else {})))
    bare, folders = written(tmp_path / "bare.csv", labelled(3)), [encoder, tmp_path / "first", tmp_path / "second"]
    for labels, start, out in zip((told, bare), folders, folders[1:], strict=False):
        train_stance(labels, out, start=start, epochs=1, device="cpu")
        (stance,) = StanceClassifier.load(out).classify(["the war"])
        assert (stance.conditional is not None) == is_known
        assert ("hangs on a condition" in (out / "README.md").read_text()) == is_known


@pytest.mark.parametrize("has_contexts", [True, False])
def test_training_goes_on_reading_passages_where_the_labels_have_any(
    encoder: Path, tmp_path: Path, has_contexts: bool
) -> None:
    rows = labelled(4, conditional="no")
    if has_contexts:
        rows = [{**row, "context": f"It rains. {row['text']} Then he left."} for row in rows]
    own, first = written(tmp_path / "labels.csv", rows), tmp_path / "first"
    train_stance(own, first, start=encoder, epochs=1, device="cpu")
    config = json.loads((first / "config.json").read_text())
    assert config["stance_context"] is has_contexts
    (first / "config.json").write_text(json.dumps(config | {"stance_context": "passage"}))
    train_stance(own, tmp_path / "again", start=first, epochs=1, device="cpu")
    again = json.loads((tmp_path / "again" / "config.json").read_text())
    assert again["stance_context"] == ("passage" if has_contexts else False)
    assert ("who speaks" in (tmp_path / "again" / "README.md").read_text()) == has_contexts


def test_training_on_a_processor_keeps_the_lower_half_of_the_usual_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_encoder()
    config.num_hidden_layers = 2
    start = tmp_path / "start"
    BertModel(config).save_pretrained(start)
    tiny_tokenizer().save_pretrained(start)
    monkeypatch.setattr("quotestance.training.stance._START", str(start))
    own = written(tmp_path / "labels.jsonl", labelled(6))
    kept = train_stance(own, tmp_path / "kept", rate=0.01, epochs=1, device="cpu")
    free = train_stance(own, tmp_path / "free", start=start, rate=0.01, epochs=1, device="cpu")
    assert [done.metrics["settings"]["frozen"] for done in (kept, free)] == [1, 0]
    before = load_file(start / "model.safetensors")
    for done, names in ((kept, {"layer.1."}), (free, {"layer.0.", "layer.1.", "embeddings."})):
        after = load_file(done.folder / "model.safetensors")
        learned = [name for name, old in before.items() if not torch.equal(old, after.get(f"bert.{name}", old))]
        parts = ("layer.0.", "layer.1.", "embeddings.")
        assert {part for part in parts if any(part in name for name in learned)} == names
    assert "the first 1 layers stayed as they were" in (kept.folder / "README.md").read_text()
    assert "stayed" not in (free.folder / "README.md").read_text()
    assert train_stance(own, tmp_path / "kept", rate=0.01, epochs=1, device="cpu").was_done


def test_training_freezes_what_all_layers_of_mpnet_share() -> None:
    config = MPNetConfig(
        vocab_size=128, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
    )  # fmt: skip
    model = MPNetModel(config, add_pooling_layer=False)
    freeze(model, 1)
    assert {name[:16] for name, weight in model.named_parameters() if weight.requires_grad} == {"encoder.layer.1."}


def test_training_goes_on_from_three_labels_in_any_order(tmp_path: Path) -> None:
    config, start, out = tiny_encoder(), tmp_path / "start", tmp_path / "out"
    config.id2label = dict(enumerate((NEUTRAL, ESCALATORY, DE_ESCALATORY)))
    config.label2id = {label: number for number, label in config.id2label.items()}
    BertForSequenceClassification(config).save_pretrained(start)
    tiny_tokenizer().save_pretrained(start)
    own = written(tmp_path / "labels.csv", labelled(4, conditional="no"))
    done = train_stance(own, out, start=start, epochs=1, rate=1e-9, device="cpu")
    assert done.metrics["before"]["dev"] is not None
    before, after = (load_file(folder / "model.safetensors")["classifier.weight"] for folder in (start, out))
    assert torch.allclose(before[[1, 2, 0]], after[:3], atol=1e-6)
    assert list(json.loads((out / "config.json").read_text())["id2label"].values()) == [*STANCES, "conditional"]


SIZE = {"vocab_size": 128, "pad_token_id": 0}
DISTILBERT = DistilBertConfig(**SIZE, dim=32, n_layers=1, n_heads=2, hidden_dim=32)
MODERNBERT = ModernBertConfig(
    **SIZE, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, cls_token_id=2,
    sep_token_id=3, bos_token_id=2, eos_token_id=3,
)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "config"), [(DistilBertModel, DISTILBERT), (ModernBertModel, MODERNBERT)], ids=["distilbert", "modernbert"]
)
def test_training_goes_on_from_encoders_that_call_dropout_otherwise(kind: Any, config: Any, tmp_path: Path) -> None:
    kind(config).save_pretrained(tmp_path / "start")
    tiny_tokenizer().save_pretrained(tmp_path / "start")
    own = written(tmp_path / "labels.csv", labelled(3))
    assert train_stance(own, tmp_path / "out", start=tmp_path / "start", epochs=1, device="cpu").metrics["dev"]


BART = BartConfig(
    **SIZE, d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2,
    encoder_ffn_dim=16, decoder_ffn_dim=16, bos_token_id=2, eos_token_id=3, decoder_start_token_id=3, num_labels=3,
)  # fmt: skip
SHORT = BertConfig(
    **SIZE, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, max_position_embeddings=40
)


@pytest.mark.parametrize(
    ("kind", "config"), [(BartForSequenceClassification, BART), (BertModel, SHORT)], ids=["bart", "few places"]
)
def test_training_goes_on_from_models_that_are_read_otherwise(kind: Any, config: Any, tmp_path: Path) -> None:
    """BART wants as many closing tokens in every row of a batch; others have places for fewer tokens than a quote."""
    kind(config).save_pretrained(tmp_path / "start")
    tiny_tokenizer().save_pretrained(tmp_path / "start")
    rows = [{**row, "text": row["text"] + " and the said" * 8} for row in labelled(3)]
    contexts = [{**row, "context": f"The peace {place}. {row['text']}"} for place, row in enumerate(labelled(6))]
    own = written(tmp_path / "labels.csv", [*contexts, *rows])
    assert train_stance(own, tmp_path / "out", start=tmp_path / "start", epochs=1, device="cpu").metrics["dev"]


def test_training_gives_the_logits_of_rows_with_and_without_context_in_their_order() -> None:
    torch.manual_seed(3)
    model, tokenizer = BartForSequenceClassification(BART).eval(), tiny_tokenizer()
    rows: list[Row] = [{"text": f"the war {place}", "context": "the peace" if place % 2 else ""} for place in range(5)]
    inputs.tokenize(rows, tokenizer)
    with torch.inference_mode():
        alone = torch.cat([inputs.logits_of(model, [row], 0) for row in rows])
        assert torch.allclose(inputs.logits_of(model, rows, 0), alone, atol=1e-5)


def test_training_refuses_what_ends_without_biases_before_there_is_a_folder(tmp_path: Path) -> None:
    GPT2Model(GPT2Config(vocab_size=128, n_embd=16, n_layer=1, n_head=2)).save_pretrained(tmp_path / "start")
    tiny_tokenizer().save_pretrained(tmp_path / "start")
    own = written(tmp_path / "labels.csv", labelled(3))
    with pytest.raises(CheckpointError, match=r"GPT2ForSequenceClassification does not end in .*Go on from stance-en"):
        train_stance(own, tmp_path / "out", start=tmp_path / "start", device="cpu")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("size", [1, 3, 8])
def test_training_weighs_a_label_alike_whatever_stands_beside_it(size: int) -> None:
    rows: list[Row] = [{"label": NEUTRAL, "conditional": None}] * 6
    rows += [{"label": label, "conditional": None} for label in (ESCALATORY, DE_ESCALATORY)]
    logits = torch.zeros(8, 4, requires_grad=True)
    weights = class_weights(rows)
    for first in range(0, 8, size):
        part = slice(first, first + size)
        (_loss(logits[part], rows[part], weights) * len(rows[part])).backward()
    assert logits.grad is not None
    assert logits.grad.sum(0) == pytest.approx(torch.zeros(4), abs=1e-6)  # none of the three is pulled at


def test_training_refuses_what_is_no_classifier_before_there_is_a_folder(
    attribution_folder: Path, tmp_path: Path
) -> None:
    own = written(tmp_path / "labels.csv", labelled(3))
    with pytest.raises(CheckpointError, match=r"model_type 'quotestance-attribution'.*no sequence classifier"):
        train_stance(own, tmp_path / "out", start=attribution_folder, device="cpu")
    assert not (tmp_path / "out").exists()


def test_training_does_not_replace_what_it_goes_on_from(encoder: Path, tmp_path: Path) -> None:
    own, out = written(tmp_path / "labels.csv", labelled(3)), tmp_path / "mine"
    train_stance(own, out, start=encoder, epochs=1, device="cpu")
    with pytest.raises(FormatError, match="model to go on from"):
        train_stance(own, out, start=out, epochs=1, device="cpu", overwrite=True)
    assert (out / "config.json").exists()


def test_training_that_replaces_a_run_leaves_nothing_of_its_model(
    encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, out = written(tmp_path / "labels.csv", labelled(3)), tmp_path / "out"
    train_stance(own, out, start=encoder, epochs=1, device="cpu")
    monkeypatch.setattr("quotestance.training.stance._train", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        train_stance(own, out, start=encoder, epochs=2, device="cpu", overwrite=True)
    assert not [name for name in ("config.json", "model.safetensors") if (out / name).exists()]


def test_training_leaves_the_folder_of_a_run_that_is_at_work_alone(encoder: Path, tmp_path: Path) -> None:
    own, out = written(tmp_path / "labels.csv", labelled(5)), tmp_path / "mine"
    options: dict[str, Any] = {"start": encoder, "epochs": 2, "device": "cpu"}
    kept: list[bytes] = []

    def try_another(done: int, total: int) -> None:
        if done == total:
            kept.extend((out / name).read_bytes() for name in ("run.json", checkpoint.FILE))
            with pytest.raises(RunError, match="Another run"):
                train_stance(own, out, **options, seed=2, overwrite=True)
            assert [(out / name).read_bytes() for name in ("run.json", checkpoint.FILE)] == kept

    train_stance(own, out, **options, progress=try_another)
    assert len(kept) == 2


def test_training_logs_to_its_folder_what_is_shown_nowhere_else(tmp_path: Path) -> None:
    shown, one = io.StringIO(), logging.getLogger("quotestance.training.stance")
    handler = logging.StreamHandler(shown)  # as logging.basicConfig() makes one, of no level
    logging.getLogger().addHandler(handler)
    try:
        with run.logged(tmp_path):
            one.info("epoch 1")
            one.warning("a warning")
            logging.getLogger("another").warning("of another")
        one.info("afterwards")
    finally:
        logging.getLogger().removeHandler(handler)
    assert shown.getvalue() == "a warning\nof another\n"
    assert not handler.filters
    told = (tmp_path / "log.txt").read_text()
    assert "epoch 1" in told
    assert "afterwards" not in told


def interrupted(encoder: Path, folder: Path) -> tuple[Path, Path, dict[str, Any]]:
    """Begin a training that ends after its first epoch; return its labels, its output and its options."""
    own, out = written(folder / "labels.csv", labelled(3)), folder / "mine"
    options: dict[str, Any] = {"start": encoder, "epochs": 2, "device": "cpu"}

    def tire(done: int, total: int) -> None:
        if done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_stance(own, out, **options, progress=tire)
    return own, out, options


def test_training_names_a_damaged_checkpoint(encoder: Path, tmp_path: Path) -> None:
    own, out, options = interrupted(encoder, tmp_path)
    whole = (out / checkpoint.FILE).read_bytes()
    odd = ({}, {"epoch": "1", "scores": "null"}, {"epoch": "9", "scores": "[{}]"}, {"epoch": "0", "scores": "[{}]"})
    for damaged in (b"", whole[:-9], *(save(load_bytes(whole), told) for told in odd)):
        (out / checkpoint.FILE).write_bytes(damaged)
        with pytest.raises(CheckpointError, match=r"is damaged.*Remove it") as caught:
            train_stance(own, out, **options)
        assert not getattr(caught.value, "__notes__", [])  # the same again would not help
    (out / checkpoint.FILE).unlink()
    assert train_stance(own, out, **options).metrics["dev"]


def test_training_names_a_checkpoint_that_lacks_what_the_optimizer_goes_on_from(encoder: Path, tmp_path: Path) -> None:
    own, out, options = interrupted(encoder, tmp_path)
    tensors = load_bytes((out / checkpoint.FILE).read_bytes())  # some releases map a file, and it is written over
    with safe_open(out / checkpoint.FILE, "pt") as stored:
        told = stored.metadata()
    first = "optimizer.0.exp_avg"
    changes: tuple[tuple[Callable[[str], bool], dict[str, torch.Tensor], str], ...] = (
        (lambda name: name == first, {}, "lacks 'exp_avg'"),
        (lambda name: name.startswith("optimizer.0."), {}, "optimizer's state of"),
        (lambda name: name.startswith("optimizer."), {}, "optimizer's state of 0 weights"),
        (lambda name: name == first, {first: torch.zeros(1, 2, 3)}, "is of another model"),
    )
    for is_lost, others, words in changes:
        kept = {name: tensor for name, tensor in tensors.items() if not is_lost(name)} | others
        save_file(kept, out / checkpoint.FILE, metadata=told)
        with pytest.raises(CheckpointError, match=rf"{checkpoint.FILE} is damaged \(.*{words}.*Remove it"):
            train_stance(own, out, **options)
    save_file(tensors, out / checkpoint.FILE, metadata=told)
    assert train_stance(own, out, **options).metrics["dev"]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"epochs": 1.5}, "epochs is a whole number of epochs, at least 1, got 1.5"),
        ({"epochs": "2"}, "epochs is a whole number of epochs, at least 1, got '2'"),
        ({"rows_a_step": 2.5}, "rows_a_step is a whole number of rows a step, at least 1, got 2.5"),
        ({"rate": "1e-4"}, "rate is a learning rate between 0 and 1, got '1e-4'"),
        ({"seed": 1.5}, "seed is a whole number of at most 62 bits, got 1.5"),
    ],
)
def test_training_refuses_settings_that_are_no_numbers_before_there_is_a_folder(
    option: dict[str, Any], message: str, encoder: Path, tmp_path: Path
) -> None:
    own = written(tmp_path / "labels.csv", labelled(3))
    with pytest.raises(ValueError, match=message):
        train_stance(own, tmp_path / "mine", start=encoder, **option)
    assert not (tmp_path / "mine").exists()


def test_training_that_was_interrupted_ends_as_one_that_was_not(encoder: Path, tmp_path: Path) -> None:
    own = written(tmp_path / "labels.jsonl", labelled(6))
    options: dict[str, Any] = {"start": encoder, "rate": 0.01, "epochs": 3, "rows_a_step": 8, "device": "cpu"}
    whole = train_stance(own, tmp_path / "whole", **options)

    def tire(done: int, total: int) -> None:
        assert total == 6
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stopped:
        train_stance(own, tmp_path / "parts", **options, progress=tire)
    assert "run the same again" in "".join(stopped.value.__notes__)
    assert not (tmp_path / "parts" / "config.json").exists()
    steps: list[int] = []
    parts = train_stance(own, tmp_path / "parts", **options, progress=lambda done, _: steps.append(done))
    assert steps == [5, 6]
    assert parts.metrics == whole.metrics
    weights = [load_file(tmp_path / name / "model.safetensors") for name in ("whole", "parts")]
    assert all(torch.equal(weight, weights[1][name]) for name, weight in weights[0].items())


def test_training_command_goes_on_after_a_kill(encoder: Path, call: Call, tmp_path: Path) -> None:
    own, out = written(tmp_path / "labels.csv", labelled(4, context="")), tmp_path / "out"
    options = [own, "-o", out, "--start", encoder, "--epochs", "2", "--rate", "0.001", "--device", "cpu"]
    code = f"""
import os, signal, sys
from quotestance.training import checkpoint, stance
save = checkpoint.save
def killed(*arguments):
    save(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
checkpoint.save = killed
sys.argv = {["quotestance", "train", "stance", *map(str, options)]!r}
from quotestance.cli.main import run
run()
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = subprocess.run([sys.executable, "-c", code], check=False, timeout=600, env=environment)  # noqa: S603
    assert killed.returncode == -signal.SIGKILL
    assert (out / checkpoint.FILE).exists()
    run = call("train", "stance", *options)
    assert (run.code, run.out) == (0, "")
    assert f"12 rows -> {out}; use it with --stance {out}" in run.err
    assert "going on after epoch 1" in (out / "log.txt").read_text()
    assert StanceClassifier.load(out).classify(["the war"])[0].label in STANCES
    assert "this very run already" in call("train", "stance", *options).err
    run = call("train", "stance", *options, "--seed", "2")
    assert run.code == 2
    assert "set --overwrite" in run.err
    run = call("train", "stance", *options, "--seed", "2", "--overwrite")
    assert run.code == 0


def test_training_command_says_what_is_wrong(call: Call, encoder: Path, tmp_path: Path) -> None:
    own = written(tmp_path / "labels.csv", labelled(1))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "precious").touch()
    good = written(tmp_path / "good.csv", labelled(3))
    for arguments, words in (
        ([own, "-o", tmp_path / "out", "--start", encoder], "each need all labels"),
        ([good, "-o", tmp_path / "out", "--start", "stance-em"], "stance-en"),
        ([good, "-o", tmp_path / "out", "--start", encoder, "--rate", "7"], "learning rate between 0 and 1"),
        ([good, "-o", tmp_path / "out", "--start", encoder, "--seed", "9" * 20], "seed is a whole number of at most"),
        ([good, "-o", tmp_path / "full", "--start", encoder], "something else than a training run"),
        ([tmp_path / "none.csv", "-o", tmp_path / "out", "--start", encoder], "no such file"),
    ):
        run = call("train", "stance", *arguments)
        assert (run.code, run.out, len(run.err.splitlines())) == (2, "", 1), run.err
        assert words in run.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("what", ["stance", "quotes"])
def test_training_command_says_that_a_file_is_missing_before_torch_is_imported(what: str, tmp_path: Path) -> None:
    code = (
        "import sys; from quotestance.cli.main import run\n"
        f"sys.argv = ['quotestance', 'train', {what!r}, 'none.csv', '-o', 'out']\n"
        "try: run()\n"
        "finally: print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)  # noqa: S603
    assert (done.stdout, done.stderr) == ("False\n", "quotestance: none.csv: no such file or folder.\n")


def test_training_takes_the_labels_of_one_annotator(call: Call, encoder: Path, tmp_path: Path) -> None:
    text = "Ann Lee said: “The war.” Bo Ray said: “The peace.” Cy Day said: “The said.”"
    articles = [Article(f"{text} {number}", id=str(number), quotes=_quotes(text)) for number in range(4)]
    export_articles(articles, tmp_path / "exported", "label-studio")
    tasks = json.loads((tmp_path / "exported" / "tasks.json").read_text(encoding="utf-8"))
    for number, task in enumerate(tasks, 1):
        result = task.pop("predictions")[0]["result"]
        task |= {"id": number, "annotations": [{"completed_by": {"email": by}, "result": result} for by in "ab"]}
    (tmp_path / "by_two.json").write_text(json.dumps(tasks), encoding="utf-8")
    options = [tmp_path / "by_two.json", "-o", tmp_path / "out", "--start", encoder, "--epochs", "1"]
    run = call("train", "stance", *options)
    assert (run.code, "--annotator" in run.err, len(run.err.splitlines())) == (2, True, 1)
    run = call("train", "stance", *options, "--annotator", "b")
    assert (run.code, "12 rows" in run.err) == (0, True), run.err
