"""Fine-tune a stance classifier on one's own labels.

    rows = read_labels(path)                    labels.py
    model = the one that is gone on from, or a new head over an encoder
    for every epoch: learn train, look at dev, save a checkpoint
    temperature and biases are fitted on dev     calibration.py
    the model, its figures and its card are written

The last epoch is taken: on a few dozen rows of dev the best of several is mostly luck. On a processor, where no model
to go on from is given, the lower half of the layers of ``stance-en`` stays as it is: 489 steps of 32 quotes then took 8
minutes on two cores.
"""

from __future__ import annotations

import hashlib
import logging
import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING, AutoModelForSequenceClassification

from quotestance.checkpoints import (
    load_config,
    load_model,
    load_tokenizer,
    loading,
    quiet_transformers,
    without_weights,
)
from quotestance.devices import find_device
from quotestance.errors import CheckpointError
from quotestance.evaluation.metrics.classification import macro_f1_of, numbered
from quotestance.folders import open_folder
from quotestance.identity import folder_digest
from quotestance.io.saving import saving
from quotestance.stance.classifier import CONDITIONAL, PASSAGE, StanceClassifier
from quotestance.stance.loading import load_classifier
from quotestance.stance.logits import columns_of, output_layer, window_of, with_outputs
from quotestance.stance.utterance import context, passage
from quotestance.threads import set_threads
from quotestance.training import checkpoint, run
from quotestance.training.calibration import calibrate
from quotestance.training.card import figures_of, write_card
from quotestance.training.inputs import (
    LONGEST,
    OUTPUTS,
    Row,
    batches,
    logits_of,
    predict,
    tokenize,
    without_context,
)
from quotestance.training.labels import read_labels
from quotestance.training.steps import Progress, freeze, rate_at, take_step
from quotestance.types import STANCES
from quotestance.weights import open_weights

log = logging.getLogger(__name__)

_START = "stance-en"  # what is gone on from where nothing is given
_WEIGHT_DECAY = 0.01  # of AdamW
_SMOOTHING = 0.05  # probability that a label leaves to all three
_CONDITIONAL_WEIGHT = 0.3  # of the loss of ``conditional`` beside that of the stance
_CONTEXT_DROPPED = 0.4  # share of the rows read without the sentence before, since not every user has one
_ROWS_A_STEP = 16
_SMALL = 384  # width up to which an encoder wants the greater rate
_DROPOUTS = ("hidden_dropout_prob", "attention_probs_dropout_prob")  # where a kind of encoder has them
_RATES = (1e-4, 3e-5)  # of a small and of a larger encoder


@dataclass(frozen=True, slots=True)
class StanceTraining:
    """What a training run came to.

    Args:
        folder: The model, which ``quotestance.load(stance=folder)`` takes.
        rows: Rows of each split.
        metrics: What ``metrics.json`` holds.
        was_done: Whether the folder held the very run already.
    """

    folder: Path
    rows: dict[str, int]
    metrics: dict[str, Any]
    was_done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settings:
    """What the weights at the end depend on, beside the labels."""

    start: str
    epochs: int
    rate: float
    rows_a_step: int
    seed: int
    frozen: int  # layers of the encoder, from the first, that stay as they are


def train_stance(
    labels: str | Path,
    folder: str | Path,
    *,
    start: str | Path | None = None,
    annotator: str | None = None,
    epochs: int = 5,
    rate: float | None = None,
    rows_a_step: int = _ROWS_A_STEP,
    seed: int = 13,
    device: str = "auto",
    threads: int | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> StanceTraining:
    """Fine-tune a stance classifier on labels, in a folder that :func:`quotestance.load` takes as ``stance``.

    A run that was interrupted goes on with the same call, from the last epoch that was done.

    Args:
        labels: File or folder of labels; see :mod:`quotestance.training.labels`.
        folder: Where to: the run folder, which becomes the model.
        start: A stance model to go on from, or a pretrained encoder, all of whose layers learn; as folder, shipped name
            or hub name. By default ``stance-en``, the lower half of whose layers stays as it is on a processor, so that
            a step of 32 quotes takes about a second on two cores.
        annotator: Whose annotation, where an article has several; ``"first"`` for the first of each.
        epochs: Times that the rows are read, ``>= 1``.
        rate: Learning rate, in (0, 1); by default 1e-4 up to 384 units a layer, else 3e-5.
        rows_a_step: Rows that a step learns from, ``>= 1``.
        seed: Of the draw of dev, the order of the rows and a new head.
        device: A torch device, or "auto": CUDA where there is any, else the processor.
        threads: Processor threads for torch in this process, ``>= 1``; torch's own choice by default.
        overwrite: Replace a run of other settings or labels.
        progress: Is told after every step how many are done, and of how many.

    Raises:
        FormatError, SpanError: The labels cannot be read, or train or dev lacks a label; or the folder holds something
            else than a run.
        CheckpointError: There is no such model, or it is unsound.
        FileExistsError: The folder holds a run of other settings or labels, and not ``overwrite``.
        RunError: Another run writes there, or something cannot be written.
        ValueError: A number is out of its range, or there is no such device.
    """
    run.check_numbers(rate, seed, epochs=epochs, rows_a_step=rows_a_step)
    out, where = Path(folder), find_device(device)
    if threads is not None:
        set_threads(threads)
    begin = _START if start is None else start
    config = load_config(begin)
    _check_start(begin, config)
    before = passage if _reads_passages(config) else context
    rows = read_labels(Path(labels), annotator=annotator, seed=seed, before=before)
    settings = _Settings(
        start=str(begin),
        epochs=epochs,
        rate=rate or _RATES[_width(config) > _SMALL],
        rows_a_step=rows_a_step,
        seed=seed,
        frozen=0 if start is not None or where.type != "cpu" else config.num_hidden_layers // 2,
    )
    about = {**asdict(settings), "start_digest": folder_digest(open_folder(settings.start)), "labels": _digest(rows)}
    run.check_apart(out, open_folder(settings.start))
    if run.open_run(out, about, overwrite=overwrite):
        log.info("%s holds this very run, ended", out)
        return StanceTraining(out, _sizes(rows), run.read_metrics(out), was_done=True)
    with run.held(out):
        metrics = _train(rows, out, settings, where, progress or run.unseen)
        write_card(out, metrics, labels=Path(labels).name, config=load_config(out))
        run.note(out, about, ended=True)
        checkpoint.clear(out)
    return StanceTraining(out, _sizes(rows), metrics)


def _check_start(start: str | Path, config: Any) -> None:
    """Check, before there is a folder, that a model of this kind can learn to classify."""
    if type(config) not in MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING:
        raise CheckpointError(
            f"The checkpoint {str(start)!r} is of the model_type {config.model_type!r}, of which transformers has no "
            "sequence classifier. Go on from stance-en, from another stance model, or from an encoder."
        )
    with loading("a sequence classifier", start):
        model = without_weights(AutoModelForSequenceClassification, config, {})
    try:
        output_layer(model)  # takes the biases that are fitted on dev
    except ValueError as error:
        raise CheckpointError(
            f"The checkpoint {str(start)!r} cannot learn stance: {error} Go on from stance-en, from another stance "
            "model, or from an encoder."
        ) from None


def _reads_passages(config: Any) -> bool:
    return bool(getattr(config, "stance_context", False) == PASSAGE)


def _width(config: Any) -> int:
    """Return the units of a layer; 0 where the config does not tell."""
    nested = getattr(config, "encoder", None)
    width = nested.get("hidden_size", 0) if isinstance(nested, dict) else getattr(config, "hidden_size", 0)
    return width if isinstance(width, int) else 0


def _digest(rows: Sequence[Row]) -> str:
    """Return what tells these rows from others."""
    return hashlib.sha256(repr([sorted(row.items()) for row in rows]).encode(errors="replace")).hexdigest()


def _sizes(rows: Sequence[Row]) -> dict[str, int]:
    return dict(Counter(row["split"] for row in rows))


def _train(rows: list[Row], out: Path, settings: _Settings, where: torch.device, progress: Progress) -> dict[str, Any]:
    """Train, calibrate, measure and save; return the metrics."""
    split = {name: [row for row in rows if row["split"] == name] for name in ("train", "dev", "test")}
    torch.manual_seed(settings.seed)
    tokenizer = load_tokenizer(settings.start)
    model, pad = new_model(settings.start).to(where), tokenizer.pad_token_id
    if model.config.pad_token_id is None:  # a decoder finds the last token of a row by it
        model.config.pad_token_id = pad
    tokenize(rows, tokenizer, min(LONGEST, window_of(model.config)))
    freeze(model.base_model, settings.frozen)
    log.info("%s: %d rows to learn, %d of dev, on %s", out, len(split["train"]), len(split["dev"]), where)
    before = _before(settings.start, split, where)
    scores = _fit(model, split["train"], split["dev"], pad, settings, out, progress)
    has_contexts = any(row["context"] for row in split["train"])
    model.config.stance_context = PASSAGE if has_contexts and _reads_passages(model.config) else has_contexts
    held_out = split["dev"] + without_context(split["dev"])
    calibrate(model, predict(model, held_out, pad), _gold(held_out))
    if not _tells_conditional(settings.start) and all(row["conditional"] is None for row in split["train"]):
        with_outputs(model, STANCES)  # nobody has taught it the last one
    model.config.name_or_path = ""  # where the start lay says nothing to others
    with saving(out), quiet_transformers():
        model.eval().save_pretrained(out)
        tokenizer.save_pretrained(out)
        open_weights(out)
    classifier = StanceClassifier.load(out)
    metrics = {
        "settings": asdict(settings),
        "rows": {name: _labels_of(part) for name, part in split.items() if part},
        "epochs": scores,
        "before": before,
        **{name: figures_of(classifier, split[name]) for name in ("dev", "test") if split[name]},
    }
    run.write_json(out / "metrics.json", metrics)
    return metrics


def _labels_of(rows: Sequence[Row]) -> dict[str, int]:
    counts = Counter(row["label"] for row in rows)
    return {label: counts[label] for label in STANCES}


def _gold(rows: Sequence[Row]) -> Any:
    return numbered([row["label"] for row in rows], STANCES)


def is_stance_model(config: Any) -> bool:
    """Whether a model with this config tells the stances, in whatever order, so that it can go on learning."""
    return set(STANCES) <= set(columns_of(config))


def _tells_conditional(start: str) -> bool:
    config = load_config(start)
    return is_stance_model(config) and CONDITIONAL in columns_of(config)


def new_model(start: str, *, dropout: float = 0.0) -> Any:
    """Build a classifier with our labels over a pretrained encoder; one of ours goes on learning.

    Args:
        start: Folder, shipped name or hub name.
        dropout: In a new model.

    Raises:
        CheckpointError: There is no such model, or it is unsound.
    """
    config = load_config(start)
    if is_stance_model(config):
        return with_outputs(load_model(AutoModelForSequenceClassification, start), OUTPUTS).train()
    with loading("an encoder", start):
        return AutoModelForSequenceClassification.from_pretrained(
            str(open_folder(start)),
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            ignore_mismatched_sizes=True,  # the head of another task
            id2label=dict(enumerate(OUTPUTS)),
            label2id={label: index for index, label in enumerate(OUTPUTS)},
            **{name: dropout for name in _DROPOUTS if hasattr(config, name)},
        ).train()


def _before(start: str, split: dict[str, list[Row]], where: torch.device) -> dict[str, float]:
    """Return what a stance model gets right before it learns, in macro-F1; nothing for an encoder, which guesses."""
    if not is_stance_model(load_config(start)):
        return {}
    classifier = load_classifier(start, device=str(where))
    return {name: figures_of(classifier, split[name])["macro_f1"] for name in ("dev", "test") if split[name]}


def scores_of(logits: Any, rows: Sequence[Row]) -> float:
    """Return the macro-F1 of the greatest logits ``(rows, 4)``."""
    return float(macro_f1_of(_gold(rows), logits[:, : len(STANCES)].argmax(1), len(STANCES)))


def _fit(
    model: Any, train: list[Row], dev: list[Row], pad: int, settings: _Settings, out: Path, progress: Progress
) -> list[dict[str, float]]:
    """Train a model, or go on with it; return what every epoch came to."""
    learning = {"params": [weight for weight in model.parameters() if weight.requires_grad], "rate": settings.rate}
    optimizer = torch.optim.AdamW([learning], lr=settings.rate, weight_decay=_WEIGHT_DECAY)
    done, scores = checkpoint.load(out, model, optimizer)
    if done:
        log.info("going on after epoch %d", done)
    steps = math.ceil(len(train) / settings.rows_a_step)
    total, weights = steps * settings.epochs, class_weights(train).to(model.device)
    for epoch in range(done + 1, settings.epochs + 1):
        torch.manual_seed(settings.seed + epoch)
        dice = random.Random(f"{settings.seed}/{epoch}")  # noqa: S311  # no secret
        losses = []
        for place, part in enumerate(batches(_epoch_of(train, dice), settings.rows_a_step, dice), 1):
            taken = (epoch - 1) * steps + place
            loss = _loss(logits_of(model, part, pad), part, weights)
            losses.append(take_step(model, optimizer, loss, rate_at(taken, total)))
            progress(taken, total)
        scores.append({"loss": sum(losses) / len(losses), "dev_macro_f1": scores_of(predict(model, dev, pad), dev)})
        log.info("epoch %d of %d: loss %.4f, macro-F1 on dev %.4f", epoch, settings.epochs, *scores[-1].values())
        checkpoint.save(out, model, optimizer, epoch, scores)
    return scores


def _epoch_of(train: Sequence[Row], dice: random.Random) -> list[Row]:
    return [without_context([row])[0] if dice.random() < _CONTEXT_DROPPED else row for row in train]


def _loss(logits: Tensor, rows: Sequence[Row], weights: Tensor) -> Tensor:
    """Return cross-entropy with the stance, and with ``conditional`` where that is known.

    Each row has the weight of its label whatever stands beside it: a mean over the weights of a batch would lose those
    of a batch of one label, and all of them where a step has one row.
    """
    gold = torch.as_tensor(_gold(rows), device=logits.device)
    said = torch.nn.functional.cross_entropy(
        logits[:, : len(STANCES)], gold, label_smoothing=_SMOOTHING, reduction="none"
    )
    loss = (weights[gold] * said).mean()
    known = [place for place, row in enumerate(rows) if row["conditional"] is not None]
    if not known:
        return loss
    truths = torch.tensor([float(rows[place]["conditional"]) for place in known], device=logits.device)
    extra = torch.nn.functional.binary_cross_entropy_with_logits(logits[known, len(STANCES)], truths)
    return loss + _CONDITIONAL_WEIGHT * extra


def class_weights(rows: Sequence[Row]) -> Tensor:
    """Return the inverse frequency of every label, ``(3,)``, 1 on average over the rows.

    With them the three are learned as if equally frequent.
    """
    counts = torch.tensor([max(1, count) for count in _labels_of(rows).values()], dtype=torch.float32)
    return counts.sum() / (len(STANCES) * counts)
