"""Fine-tune a stance classifier.

    python training/stance/train.py OUT_DIR --encoder FOLDER --corpora CORPORA_DIR
    python training/stance/train.py OUT_DIR --encoder FOLDER --own MY_LABELS.csv

The first form trains on the project's labels (see data.py); the second on your own: a CSV or JSONL file with the
columns ``text`` and ``label`` (escalatory, de-escalatory, neutral), ``conditional`` if you have it, and ``split``
(train, dev), drawn at random where it is missing. OUT_DIR becomes an ordinary sequence-classification folder with a
fitted ``stance_temperature`` in its config, and loads with ``quotestance.load(stance=OUT_DIR)``. Constants are on top.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from data import load_items, load_pairs
from scipy.optimize import minimize_scalar
from sklearn.metrics import f1_score
from torch import Tensor
from transformers import AutoModelForSequenceClassification, AutoTokenizer, get_linear_schedule_with_warmup

from quotestance.inference import fast_precision
from quotestance.stance import CONDITIONAL
from quotestance.types import STANCES

EPOCHS = 3
RATE = 5e-5  # for all-mpnet-base-v2; MiniLM wants 2e-4
BATCH = 32
WEIGHT_DECAY = 0.01
WARM_UP = 0.1
SMOOTHING = 0.05
CONDITIONAL_WEIGHT = 0.3
LONGEST = 192  # tokens read of a training quote
SEED = 13
LABELS = (*STANCES, CONDITIONAL)

log = logging.getLogger("train")
Row = dict[str, Any]


def own_rows(path: Path) -> list[Row]:
    """A user's own labels."""
    import pandas as pd

    frame = pd.read_csv(path) if path.suffix == ".csv" else pd.read_json(path, lines=True)
    missing = {"text", "label"} - set(frame.columns)
    if missing:
        raise SystemExit(f"{path} lacks the column(s) {', '.join(sorted(missing))}.")
    unknown = set(frame["label"]) - set(STANCES)
    if unknown:
        raise SystemExit(f"{path} has unknown labels {sorted(map(str, unknown))}. Available: {', '.join(STANCES)}.")
    rows = [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
    dice = random.Random(SEED)
    for row in rows:
        row.setdefault("split", "dev" if dice.random() < 0.2 else "train")
        row.setdefault("conditional", False)
    return rows


def encode(rows: list[Row], tokenizer: Any) -> list[list[int]]:
    """Token ids of the rows' texts, each followed by the row's ``context``, where it has one, as a second segment."""
    texts, contexts = [row["text"] for row in rows], [row.get("context", "") for row in rows]
    pairs = (texts, contexts) if any(contexts) else (texts,)
    ids: list[list[int]] = tokenizer(*pairs, truncation="longest_first", max_length=LONGEST)["input_ids"]
    return ids


def batches(rows: list[Row], dice: random.Random | None = None) -> list[list[Row]]:
    """Rows of like length together; shuffled where dice are given."""
    order = sorted(rows, key=lambda row: len(row["ids"]) + (dice.gauss(0, 6) if dice else 0))
    found = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
    if dice:
        dice.shuffle(found)
    return found


def logits_of(model: Any, rows: list[Row], pad: int) -> Tensor:
    """Logits ``(rows, 4)``."""
    longest = max(len(row["ids"]) for row in rows)
    ids = torch.full((len(rows), longest), pad)
    mask = torch.zeros_like(ids)
    for place, row in enumerate(rows):
        ids[place, : len(row["ids"])] = torch.tensor(row["ids"])
        mask[place, : len(row["ids"])] = 1
    with fast_precision(model.device):
        logits: Tensor = model(input_ids=ids, attention_mask=mask).logits
    return logits.float()


def loss_of(logits: Tensor, rows: list[Row], weights: Tensor) -> Tensor:
    """Cross-entropy with the stance (or the teacher's probabilities) and with ``conditional``."""
    conditional = torch.tensor([float(row["conditional"]) for row in rows])
    extra = torch.nn.functional.binary_cross_entropy_with_logits(logits[:, len(STANCES)], conditional)
    stance = logits[:, : len(STANCES)]
    if "soft" in rows[0]:
        soft = torch.tensor([row["soft"] for row in rows])
        main = -(soft * stance.log_softmax(-1)).sum(-1).mean()
    else:
        gold = torch.tensor([STANCES.index(row["label"]) for row in rows])
        main = torch.nn.functional.cross_entropy(stance, gold, weight=weights, label_smoothing=SMOOTHING)
    return main + CONDITIONAL_WEIGHT * extra


def predict(model: Any, rows: list[Row], pad: int) -> npt.NDArray[np.float32]:
    """Logits of rows in their own order."""
    model.eval()
    out = np.zeros((len(rows), len(LABELS)), dtype=np.float32)
    places = {id(row): place for place, row in enumerate(rows)}
    with torch.inference_mode():
        for part in batches(rows):
            out[[places[id(row)] for row in part]] = logits_of(model, part, pad).numpy()
    model.train()
    return out


def fit_temperature(logits: npt.NDArray[np.floating], gold: Sequence[int] | npt.NDArray[np.int64]) -> float:
    """Temperature of least negative log-likelihood (Guo et al., ICML 2017)."""

    def nll(log_temperature: float) -> float:
        scaled = logits[:, : len(STANCES)] / math.exp(log_temperature)
        scaled = scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True)
        return float(-scaled[np.arange(len(gold)), gold].mean())

    return math.exp(float(minimize_scalar(nll, bounds=(-2.0, 2.0), method="bounded").x))


def project_rows(corpora: Path) -> list[Row]:
    """The project's labels, joined with their corpora, and its minimal pairs."""
    items = load_items(corpora)
    rows: list[Row] = [
        {"text": i.text, "label": i.label, "conditional": i.conditional, "split": i.split} for i in items
    ]
    return rows + load_pairs()


def new_model(encoder: str) -> Any:
    """A sequence classifier with our labels over a pretrained encoder, without dropout."""
    return AutoModelForSequenceClassification.from_pretrained(
        encoder,
        id2label=dict(enumerate(LABELS)),
        label2id={label: index for index, label in enumerate(LABELS)},
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )


def class_weights(rows: list[Row]) -> Tensor:
    """Square root of the inverse frequency of every label, ``(3,)``."""
    counts = np.array([sum(row["label"] == label for row in rows) for label in STANCES])
    log.info("train %s", dict(zip(STANCES, counts.tolist(), strict=True)))
    return torch.tensor((counts.sum() / (3 * np.maximum(counts, 1))) ** 0.5, dtype=torch.float32)


def fit(model: Any, train: list[Row], dev: list[Row], weights: Tensor, pad: int, args: argparse.Namespace) -> None:
    """Train the model, saving it after every epoch."""
    dice = random.Random(args.seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.rate, weight_decay=WEIGHT_DECAY, fused=True)
    steps = args.epochs * math.ceil(len(train) / BATCH)
    schedule = get_linear_schedule_with_warmup(optimizer, int(WARM_UP * steps), steps)
    began, seen = time.time(), []
    model.train()
    for epoch in range(1, args.epochs + 1):
        for part in batches(train, dice):
            loss = loss_of(logits_of(model, part, pad), part, weights)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            seen.append(loss.item())
            if len(seen) % 50 == 0:
                log.info("step %d/%d loss %.4f %.0f s", len(seen), steps, np.mean(seen[-50:]), time.time() - began)
        guess = predict(model, dev, pad)[:, : len(STANCES)].argmax(1)
        score = f1_score([STANCES.index(row["label"]) for row in dev], guess, average=None, labels=range(len(STANCES)))
        log.info("epoch %d dev macro-F1 %.4f %s", epoch, score.mean(), score.round(3))
        model.save_pretrained(args.out)


def main() -> None:
    """Train, choose nothing on dev but the temperature, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--encoder", required=True)
    data = parser.add_mutually_exclusive_group(required=True)
    data.add_argument("--corpora", type=Path)
    data.add_argument("--own", type=Path)
    parser.add_argument("--soft", type=Path, help="JSONL of texts with a teacher's probabilities (distill.py)")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", filename=args.out / "log.txt")
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)

    rows = own_rows(args.own) if args.own else project_rows(args.corpora)
    train = [row for row in rows if row["split"] == "train"]
    dev = [row for row in rows if row["split"] == "dev"]
    weights = class_weights(train)
    if args.soft:
        train = [json.loads(line) for line in args.soft.read_text(encoding="utf-8").splitlines()]
    tokenizer = AutoTokenizer.from_pretrained(args.encoder)
    for part in (train, dev):
        for row, ids in zip(part, encode(part, tokenizer), strict=True):
            row["ids"] = ids
    model = new_model(args.encoder)
    fit(model, train, dev, weights, tokenizer.pad_token_id, args)
    gold = [STANCES.index(row["label"]) for row in dev]
    model.config.stance_temperature = fit_temperature(predict(model, dev, tokenizer.pad_token_id), gold)
    model.save_pretrained(args.out)
    tokenizer.save_pretrained(args.out)
    log.info("temperature %.3f", model.config.stance_temperature)


if __name__ == "__main__":
    main()
