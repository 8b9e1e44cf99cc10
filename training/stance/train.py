"""Fine-tune a stance classifier.

    python training/stance/train.py OUT_DIR --encoder FOLDER --corpora CORPORA_DIR
    python training/stance/train.py OUT_DIR --encoder FOLDER --own MY_LABELS.csv

The first form trains on the project's labels (see data.py); the second on your own: a .csv file with a header, or
JSONL, in UTF-8, with the columns

    text         the quote with the words that attribute it
    label        escalatory, de-escalatory or neutral
    context      if you have it, the sentence before
    conditional  if you have it, true, yes or 1, else false, no or 0, in any case; blank is false
    split        if you have it, train or dev; rows of other splits are ignored. A fifth of the rows where it is blank
                 becomes dev, drawn label by label

Other columns are not read. Train and dev each need every label, so two rows of each label are the least. Where a cell
is not as above the script stops and names the rows, counted from 1 without the header.

FOLDER is a pretrained encoder, or a stance model such as models/stance-en to go on from. OUT_DIR becomes an ordinary
sequence-classification folder with a fitted ``stance_temperature`` in its config and fitted biases, and loads with
``quotestance.load(stance=OUT_DIR)``. Constants are on top.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import math
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from data import load_items, load_pairs, load_written
from scipy.optimize import minimize
from sklearn.metrics import f1_score
from torch import Tensor
from transformers import AutoModelForSequenceClassification, get_linear_schedule_with_warmup

from quotestance.batching import computing
from quotestance.checkpoints import load_config, load_model, load_tokenizer
from quotestance.folders import open_folder
from quotestance.stance.classifier import CONDITIONAL
from quotestance.stance.utterance import sentence_before
from quotestance.types import STANCES

EPOCHS = 3
RATE = 5e-5  # for all-mpnet-base-v2; MiniLM wants 2e-4
BATCH = 32
WEIGHT_DECAY = 0.01
WARM_UP = 0.1
SMOOTHING = 0.05
NEUTRAL_SHARE = 0.5  # of the neutral quotes of news read in an epoch, drawn anew each time; there are too many
CONDITIONAL_WEIGHT = 0.3
CONTEXT_DROPPED = 0.4  # share of the quotes read without the sentence before, since not every user has one
LONGEST = 192  # tokens read of a training quote
DEV_SHARE = 0.2  # of a user's own labels that come without a split
TEMPERATURES = (0.1, 10.0)  # a model that is right about every dev quote, as about a few it may be, would have 0
SEED = 13
LABELS = (*STANCES, CONDITIONAL)

log = logging.getLogger("train")
Row = dict[str, Any]
Labels = npt.NDArray[np.int64]
TRUTHS = {"true": True, "yes": True, "1": True, "1.0": True, "false": False, "no": False, "0": False, "0.0": False}


def records_of(path: Path) -> Iterator[Any]:
    """Records of a CSV or JSONL file."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        if path.suffix.lower() == ".csv":
            yield from csv.DictReader(lines, strict=True)
        else:
            yield from (json.loads(line) for line in lines if line.strip())


def filled(record: Row) -> Row:
    """A record without its blank cells."""
    return {name: cell for name, cell in record.items() if cell is not None and cell == cell and str(cell).strip()}


def refuse(path: Path, numbers: list[int], problem: str) -> None:
    """Stop where rows have a problem."""
    if numbers:
        more = f" and {len(numbers) - 10} more" if len(numbers) > 10 else ""
        raise SystemExit(f"{path} has {problem} in row(s) {', '.join(map(str, numbers[:10]))}{more}.")


def own_records(path: Path) -> dict[int, Row]:
    """Records of a user's file by their number, without blank cells; each column that is needed is there."""
    records: list[Any] = []
    try:
        for record in records_of(path):
            records.append(record)
    except (OSError, ValueError, csv.Error) as error:
        raise SystemExit(f"{path} cannot be read after row {len(records)}: {error}") from error
    if not records:
        raise SystemExit(f"{path} has no rows.")
    refuse(path, [i for i, row in enumerate(records, 1) if not isinstance(row, dict)], "no object with columns")
    refuse(path, [i for i, row in enumerate(records, 1) if None in row], "more cells than columns")
    missing = {"text", "label"}.difference(*records)
    if missing:
        raise SystemExit(f"{path} lacks the column(s) {', '.join(sorted(missing))}.")
    return {number: filled(record) for number, record in enumerate(records, 1)}


def own_rows(path: Path) -> list[Row]:
    """A user's own labels of train and dev."""
    rows = own_records(path)
    splits = {number: str(row.get("split", "")).strip().lower() for number, row in rows.items()}
    others = {number: split for number, split in splits.items() if split not in ("train", "dev", "")}
    if others:
        log.info("%s: %d row(s) of the split(s) %s ignored", path, len(others), ", ".join(sorted(set(others.values()))))
    rows = {number: row for number, row in rows.items() if number not in others}

    refuse(path, [i for i, row in rows.items() if not isinstance(row.get("text"), str)], "no text")
    refuse(path, [i for i, row in rows.items() if not isinstance(row.get("context", ""), str)], "a context of no text")
    unknown = {number: str(row.get("label", "")) for number, row in rows.items() if row.get("label") not in STANCES}
    refuse(path, list(unknown), f"the unknown label(s) {sorted(set(unknown.values()))} (allowed: {', '.join(STANCES)})")
    truths = {number: str(row.get("conditional", False)).strip().lower() for number, row in rows.items()}
    doubtful = {number: truth for number, truth in truths.items() if truth not in TRUTHS}
    values = sorted(set(doubtful.values()))
    refuse(path, list(doubtful), f"{values} as conditional (allowed: true, yes, 1, false, no, 0, blank)")
    found = [
        {
            **{"text": row["text"], "label": row["label"], "context": row.get("context", "")},
            **{"conditional": TRUTHS[truths[number]], "split": splits[number]},
        }
        for number, row in rows.items()
    ]
    draw_dev(found)
    for split in ("train", "dev"):
        lacking = set(STANCES).difference(row["label"] for row in found if row["split"] == split)
        if lacking:
            raise SystemExit(
                f"{path} has for {split} no row that is {' or '.join(sorted(lacking))}; each needs every label. "
                f"It has {len(found)} row(s) for the two and {len(others)} of other splits."
            )
    return found


def draw_dev(rows: list[Row]) -> None:
    """Give every row with a blank ``split`` one, label by label, so that dev and train have each label if they can."""
    dice = random.Random(SEED)
    for label in STANCES:
        given = {row["split"] for row in rows if row["label"] == label}
        blank = [row for row in rows if row["label"] == label and not row["split"]]
        dice.shuffle(blank)
        least, most = int("dev" not in given), len(blank) - int("train" not in given)
        dev = min(max(round(DEV_SHARE * len(blank)), least), most)
        for place, row in enumerate(blank):
            row["split"] = "dev" if place < dev else "train"


def encode(row: Row, tokenizer: Any) -> tuple[list[int], list[int]]:
    """Token ids and token types of a row's text, followed by its ``context``, where it has one, as a second segment."""
    given = {"truncation": "longest_first", "max_length": LONGEST, "return_token_type_ids": True}
    encoding = tokenizer(row["text"], row.get("context") or None, **given)
    return encoding["input_ids"], encoding["token_type_ids"]


def tokenize(rows: list[Row], tokenizer: Any) -> None:
    """Give every row its token ids and types."""
    for row in rows:
        row["ids"], row["types"] = encode(row, tokenizer)
        row["bare"] = row["ids"] if not row.get("context") else encode({"text": row["text"]}, tokenizer)[0]


def without_context(rows: list[Row]) -> list[Row]:
    """The rows as they are read without the sentence before."""
    return [{**row, "ids": row["bare"], "types": [0] * len(row["bare"])} for row in rows]


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
    mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
    for place, row in enumerate(rows):
        ids[place, : len(row["ids"])] = torch.tensor(row["ids"])
        mask[place, : len(row["ids"])] = 1
        types[place, : len(row["ids"])] = torch.tensor(row["types"])
    given = {"input_ids": ids, "attention_mask": mask}
    if getattr(model.config, "type_vocab_size", 0) > 1:  # the others have no token types
        given["token_type_ids"] = types
    with computing(model.device):
        logits: Tensor = model(**given).logits
    return logits.float()


def epoch_of(rows: list[Row], dice: random.Random) -> list[Row]:
    """The rows that an epoch reads: all but a share of the quotes whose ``is_common`` is set, some without context."""
    kept = [row for row in rows if not row.get("is_common") or dice.random() < NEUTRAL_SHARE]
    return [one for row in kept for one in (without_context([row]) if dice.random() < CONTEXT_DROPPED else [row])]


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


def step_loss(model: Any, rows: list[Row], weights: Tensor, pad: int) -> Tensor:
    """The loss of a step."""
    return loss_of(logits_of(model, rows, pad), rows, weights)


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


def fit_calibration(logits: npt.NDArray[np.floating], gold: Labels) -> tuple[float, npt.NDArray[np.float64]]:
    """A temperature and what to add to the logits of the stances, ``(3,)``, for probabilities that hold.

    Of least negative log-likelihood with every label weighing the same (vector scaling with one temperature, Guo et
    al., ICML 2017): probabilities are those of a world in which the three labels are equally frequent, where the label
    of the highest one is the best bet for macro-F1. :meth:`quotestance.types.Stance.under` turns them into another's.
    The biases sum to 0. A label that does not occur is left out and keeps the bias 0: there is nothing to fit it by.
    """
    occurring, places = np.unique(gold, return_inverse=True)
    known, weights = logits[:, occurring], label_weights(gold)

    def nll(values: npt.NDArray[np.float64]) -> float:
        scaled = (known + np.append(values[1:], 0.0)) / math.exp(values[0])
        scaled = scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True)
        return float(-(weights * scaled[np.arange(len(gold)), places]).mean())

    bounds = [(math.log(TEMPERATURES[0]), math.log(TEMPERATURES[1])), *[(None, None)] * (len(occurring) - 1)]
    best = minimize(nll, np.zeros(len(occurring)), method="Nelder-Mead", bounds=bounds, options={"maxiter": 2000}).x
    biases, fitted = np.zeros(len(STANCES)), np.append(best[1:], 0.0)
    biases[occurring] = fitted - fitted.mean()
    return math.exp(best[0]), biases


def label_weights(gold: Labels) -> npt.NDArray[np.float64]:
    """Weights ``(n,)`` with mean 1 under which the labels of a set of quotes are equally frequent."""
    counts = np.bincount(gold, minlength=len(STANCES))
    weights: npt.NDArray[np.float64] = len(gold) / ((counts > 0).sum() * counts[gold])
    return weights


def macro_f1(gold: Labels, guess: Labels, *, balanced: bool = False) -> float:
    """Macro-F1 over the three labels; ``balanced``: as if they were equally frequent."""
    weights = label_weights(gold) if balanced else None
    labels = range(len(STANCES))
    return float(f1_score(gold, guess, average="macro", labels=labels, zero_division=0, sample_weight=weights))


def project_rows(corpora: Path) -> list[Row]:
    """The project's labels, joined with their corpora, and the quotes that were written for it."""
    rows: list[Row] = [
        {
            **{"text": item.text, "label": item.label, "conditional": item.conditional, "split": item.split},
            "context": sentence_before(item.before, len(item.before)),
            "source": item.source,
            "is_common": item.label == "neutral",
        }
        for item in load_items(corpora)
    ]
    return rows + load_pairs() + load_written()


def new_model(encoder: str, dropout: float = 0.0) -> Any:
    """A classifier with our labels over a pretrained encoder; one of ours goes on learning."""
    config = load_config(encoder)
    if [config.id2label.get(number) for number in range(len(LABELS))] == list(LABELS):
        return load_model(AutoModelForSequenceClassification, encoder).train()
    return AutoModelForSequenceClassification.from_pretrained(
        str(open_folder(encoder)),
        use_safetensors=True,
        local_files_only=True,
        trust_remote_code=False,
        id2label=dict(enumerate(LABELS)),
        label2id={label: index for index, label in enumerate(LABELS)},
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
    )


def class_weights(rows: list[Row]) -> Tensor:
    """Inverse frequency of every label in an epoch, ``(3,)``: the three are learned as if equally frequent."""
    shares = [(row["label"], NEUTRAL_SHARE if row.get("is_common") else 1.0) for row in rows]
    counts = np.array([sum(share for name, share in shares if name == label) for label in STANCES])
    log.info("an epoch reads %s", dict(zip(STANCES, counts.tolist(), strict=True)))
    return torch.tensor(counts.sum() / (3 * np.maximum(counts, 1)), dtype=torch.float32)


def gold_of(rows: Sequence[Row]) -> Labels:
    """Labels as indices into STANCES."""
    return np.array([STANCES.index(row["label"]) for row in rows])


def fit(model: Any, train: list[Row], dev: list[Row], weights: Tensor, pad: int, args: argparse.Namespace) -> None:
    """Train the model, saving it after every epoch."""
    dice = random.Random(args.seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.rate, weight_decay=WEIGHT_DECAY, fused=True)
    steps = args.epochs * math.ceil(len(epoch_of(train, random.Random(0))) / BATCH)
    schedule = get_linear_schedule_with_warmup(optimizer, int(WARM_UP * steps), steps)
    began, seen = time.time(), []
    model.train()
    for epoch in range(1, args.epochs + 1):
        for part in batches(epoch_of(train, dice), dice):
            loss = step_loss(model, part, weights, pad)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            seen.append(loss.item())
            if len(seen) % 50 == 0:
                log.info("step %d/%d loss %.4f %.0f s", len(seen), steps, np.mean(seen[-50:]), time.time() - began)
        for name, rows in (("", dev), (" without context", without_context(dev))):
            guess = predict(model, rows, pad)[:, : len(STANCES)].argmax(1)
            scores = macro_f1(gold_of(rows), guess), macro_f1(gold_of(rows), guess, balanced=True)
            log.info("epoch %d dev%s macro-F1 %.4f, labels equally frequent %.4f", epoch, name, *scores)
        model.save_pretrained(args.out)


def calibrate(model: Any, logits: npt.NDArray[np.floating], gold: Labels) -> None:
    """Set the temperature of a model and the biases of its last layer, by its logits of held-out quotes."""
    temperature, biases = fit_calibration(logits, gold)
    last = [module for module in model.modules() if isinstance(module, torch.nn.Linear)][-1]
    with torch.no_grad():
        last.bias[: len(STANCES)] += torch.tensor(biases, dtype=last.bias.dtype)
    model.config.stance_temperature = round(temperature, 4)
    log.info("temperature %.3f, biases %s", temperature, biases.round(3).tolist())


def main() -> None:
    """Train, choose nothing on dev but temperature and biases, save."""
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
    parser.add_argument("--seed", type=int, default=SEED, help="order of the quotes")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", filename=args.out / "log.txt")
    torch.manual_seed(SEED)  # heads begin alike, so that runs end close enough to be averaged (average.py)
    torch.set_num_threads(args.threads)

    rows = own_rows(args.own) if args.own else project_rows(args.corpora)
    train = [row for row in rows if row["split"] == "train"]
    dev = [row for row in rows if row["split"] == "dev"]
    weights = torch.ones(len(STANCES)) if args.soft else class_weights(train)
    if args.soft:
        train = [json.loads(line) for line in args.soft.read_text(encoding="utf-8").splitlines()]
    tokenizer = load_tokenizer(args.encoder)
    tokenize(train, tokenizer)
    tokenize(dev, tokenizer)
    model = new_model(args.encoder)
    fit(model, train, dev, weights, tokenizer.pad_token_id, args)
    model.config.stance_context = any(row.get("context") for row in train)
    both = dev + without_context(dev)
    calibrate(model, predict(model, both, tokenizer.pad_token_id), gold_of(both))
    model.save_pretrained(args.out)
    tokenizer.save_pretrained(args.out)


if __name__ == "__main__":
    main()
