"""Fine-tune the reader, which finds quotes, on one's own annotated articles.

    articles = read_articles(path)              gold.py
    for every epoch: learn train, look at dev, save a checkpoint
    the model, its figures and its card are written

Quotes, sources and cues are learned. What the reader says of people (names, roles, homes, and whom a source stands
for), of quotes inside quotes and of stance is not learned from such articles, and the same encoder says it: it is held
to what the start says of them, word by word (learning without forgetting, Li and Hoiem, ECCV 2016). The decoder's
thresholds stay those of the start.
The last epoch is taken.
"""

from __future__ import annotations

import hashlib
import json
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from quotestance.batching import computing
from quotestance.checkpoints import load_config, load_model, load_tokenizer
from quotestance.devices import find_device
from quotestance.errors import CheckpointError
from quotestance.folders import open_folder
from quotestance.identity import folder_digest
from quotestance.quotes.finder import QuoteFinder
from quotestance.reader.model import RELATIONS, TAGS, Batch, Output, PeopleOutput
from quotestance.reader.pretrained import AttributionConfig, AttributionModel
from quotestance.threads import set_threads
from quotestance.training import checkpoint, run
from quotestance.training.examples import Example, Targets, batches, collate, distort, make_example
from quotestance.training.gold import read_articles
from quotestance.training.losses import label_loss, link_loss, same_loss
from quotestance.training.quote_card import figures_of, write_card
from quotestance.training.steps import Progress, rate_at, take_step
from quotestance.types import Article

log = logging.getLogger(__name__)

_HEAD_FACTOR = 4.0  # rate of the heads as a multiple of the encoder's
_WEIGHT_DECAY = 0.01  # of AdamW
_OVERLAP = 64  # tokens that neighbouring windows share
_MASKED, _MASKED_NAMES = 0.08, 0.2  # share of the words, and of the capitalised words, hidden from the encoder
_LINK_WEIGHT, _HELD_WEIGHT = 0.5, 0.7  # of the losses of links, and of what is held, beside that of the tags
_LIKELY = 0.3  # probability, by the start, of being a name, role or home from which a token is asked whom it points at
_LEAST_VARIANCE = 1e-6  # of notes for stance
_SOURCES = slice(TAGS.index("B-source"), TAGS.index("I-source") + 1)

_Batches = list[list[tuple[Example, Any]]]


@dataclass(frozen=True, slots=True)
class QuoteTraining:
    """What a training run came to.

    Args:
        folder: The model, which ``quotestance.load(attribution=folder)`` takes.
        articles: Articles of each split.
        metrics: What ``metrics.json`` holds.
        was_done: Whether the folder held the very run already.
    """

    folder: Path
    articles: dict[str, int]
    metrics: dict[str, Any]
    was_done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settings:
    """What the weights at the end depend on, beside the gold."""

    start: str
    epochs: int
    rate: float
    tokens_a_step: int
    seed: int


@dataclass(frozen=True, slots=True)
class _Learner:
    """What learns, and from what.

    Args:
        model, tokenizer: The reader.
        teacher: The reader as it was, for what is held to it; ``None`` where it reads nothing but quotes.
        unmarked: ``source`` or ``cue``, where no quote of the gold has one: it is not asked for.
    """

    model: AttributionModel
    tokenizer: Any
    teacher: AttributionModel | None
    unmarked: tuple[str, ...]


def train_quotes(
    gold: str | Path,
    folder: str | Path,
    *,
    start: str | Path = "attribution-en",
    annotator: str | None = None,
    epochs: int = 4,
    rate: float = 5e-5,
    tokens_a_step: int = 1_536,
    seed: int = 13,
    device: str = "auto",
    threads: int | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> QuoteTraining:
    """Fine-tune the reader on annotated articles, in a folder that :func:`quotestance.load` takes as ``attribution``.

    A run that was interrupted goes on with the same call, from the last epoch that was done.

    Args:
        gold: File or folder of annotated articles, as ``quotestance evaluate`` takes them; see
            :mod:`quotestance.training.gold` for how they are split.
        folder: Where the run is kept, and the model at the end.
        start: Attribution model to go on from: a folder, a shipped name or a hub name.
        annotator: Whose annotation, where an article has several; ``"first"`` for the first of each.
        epochs: Times that the articles are read, ``>= 1``.
        rate: Learning rate of the encoder, in (0, 1); that of the heads is four times as high.
        tokens_a_step: Tokens that a step learns from, padding included, ``>= 1``; at least a window is read.
        seed: Of the draw of dev, of the order of the articles and of the words that are hidden.
        device: A torch device, or "auto": CUDA where there is any, else the processor.
        threads: Processor threads for torch in this process, ``>= 1``; torch's own choice by default.
        overwrite: Replace a run of other settings or gold.
        progress: Is told after every step how many are done, and of how many.

    Raises:
        FormatError, SpanError: The gold cannot be read, or train or dev has no quote; or the folder holds something
            else than a run.
        CheckpointError: There is no such attribution model, or it is unsound.
        FileExistsError: The folder holds a run of other settings or gold, and not ``overwrite``.
        RunError: Another run writes there, or something cannot be written.
        ValueError: A number is out of its range, or there is no such device.
    """
    run.check_numbers(rate, seed, epochs=epochs, tokens_a_step=tokens_a_step)
    out, where = Path(folder), find_device(device)
    if threads is not None:
        set_threads(threads)
    _check_start(start)
    split = read_articles(Path(gold), annotator=annotator, seed=seed)
    settings = _Settings(start=str(start), epochs=epochs, rate=rate, tokens_a_step=tokens_a_step, seed=seed)
    about = {**asdict(settings), "start_digest": folder_digest(open_folder(start)), "gold": _digest(split)}
    sizes = {name: len(articles) for name, articles in split.items() if articles}
    run.check_apart(out, open_folder(start))
    if run.open_run(out, about, overwrite=overwrite):
        log.info("%s holds this very run, ended", out)
        return QuoteTraining(out, sizes, run.read_metrics(out), was_done=True)
    with run.held(out):
        metrics = _train(split, out, settings, where, progress or run.unseen)
        write_card(out, metrics, gold=Path(gold).name)
        run.note(out, about, ended=True)
        checkpoint.clear(out)
    return QuoteTraining(out, sizes, metrics)


def _check_start(start: str | Path) -> None:
    """Check, before there is a folder, that a model can go on learning to find quotes."""
    found, wanted = load_config(start).model_type, AttributionConfig.model_type
    if found != wanted:
        raise CheckpointError(
            f"The checkpoint {str(start)!r} is of the model_type {found!r}, not {wanted!r}. Go on from attribution-en, "
            "or from a folder that train quotes has written."
        )


def _digest(split: Mapping[str, Sequence[Article]]) -> str:
    """Return what tells this gold from another."""
    told = {name: [article.to_dict() for article in articles] for name, articles in split.items()}
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def _train(
    split: Mapping[str, list[Article]], out: Path, settings: _Settings, where: torch.device, progress: Progress
) -> dict[str, Any]:
    """Train, save and measure; return the metrics."""
    measured = {name: split[name] for name in ("dev", "test") if any(article.quotes for article in split[name])}
    before = _measured(settings.start, measured, where)
    learner = _learner(settings.start, [article for own in split.values() for article in own], where)
    examples = {name: [make_example(one, learner.tokenizer) for one in own] for name, own in split.items()}
    log.info("%s: %d articles to learn, %d of dev, on %s", out, len(split["train"]), len(split["dev"]), where)
    scores = _fit(learner, examples["train"], examples["dev"], settings, out, progress)
    checkpoint.save_half(learner.model.eval(), learner.tokenizer, out)
    metrics = {
        "settings": asdict(settings),
        "articles": {name: _sizes(own) for name, own in split.items() if own},
        "held_out": {name: [article.id for article in own] for name, own in measured.items()},
        "unmarked": list(learner.unmarked),
        "reads_people": learner.model.config.reads_people,
        "reads_stance": learner.model.config.reads_stance,
        "epochs": scores,
        "before": before,
        **_measured(out, measured, where),
    }
    run.write_json(out / "metrics.json", metrics)
    return metrics


def _sizes(articles: Sequence[Article]) -> dict[str, int]:
    return {"articles": len(articles), "quotes": sum(len(article.quotes) for article in articles)}


def _measured(model: str | Path, splits: Mapping[str, list[Article]], where: torch.device) -> dict[str, Any]:
    finder = QuoteFinder.load(model, device=str(where))
    return {name: figures_of(finder, articles) for name, articles in splits.items()}


def _learner(start: str, articles: Sequence[Article], where: torch.device) -> _Learner:
    """Load what goes on learning."""
    model = load_model(AttributionModel, start).to(where)
    model.config.name_or_path = ""  # where the start lay says nothing to others
    config = load_config(start)
    reads_more = config.reads_people or config.reads_nested or config.reads_stance
    teacher = load_model(AttributionModel, start).to(where) if reads_more else None
    if config.reads_stance:
        model.stance.requires_grad_(requires_grad=False)  # what it makes of notes stays; the notes are held
    quotes = [quote for article in articles for quote in article.quotes]
    unmarked = tuple(role for role in ("source", "cue") if not any(getattr(quote, role) for quote in quotes))
    if unmarked:
        log.info("no quote has a %s, so that is not learned", " or a ".join(unmarked))
    return _Learner(model, load_tokenizer(start), teacher, unmarked)


def _fit(
    learner: _Learner,
    train: Sequence[Example],
    dev: Sequence[Example],
    settings: _Settings,
    out: Path,
    progress: Progress,
) -> list[dict[str, float]]:
    """Train a model, or go on with it; return what every epoch came to."""
    optimizer = _optimizer(learner.model, settings.rate)
    done, scores = checkpoint.load(out, learner.model, optimizer)
    if done:
        log.info("going on after epoch %d", done)
    plans = [_batches(train, learner, settings, f"{settings.seed}/{epoch}") for epoch in range(settings.epochs)]
    looked_at = _batches(dev, learner, settings, "dev")
    total, taken = sum(map(len, plans)), sum(map(len, plans[:done]))
    for epoch, plan in enumerate(plans[done:], done + 1):
        torch.manual_seed(settings.seed + epoch)
        dice = random.Random(f"{settings.seed}/{epoch}/marks")  # noqa: S311  # no secret
        learner.model.train()
        losses = []
        for rows in plan:
            taken += 1
            loss = _loss(learner, *collate(rows, learner.tokenizer), dice)
            losses.append(take_step(learner.model, optimizer, loss, rate_at(taken, total)))
            progress(taken, total)
        scores.append({"loss": sum(losses) / len(losses), "dev_loss": _dev_loss(learner, looked_at)})
        log.info("epoch %d of %d: loss %.4f, loss on dev %.4f", epoch, settings.epochs, *scores[-1].values())
        checkpoint.save(out, learner.model, optimizer, epoch, scores)
    return scores


def _optimizer(model: AttributionModel, rate: float) -> torch.optim.Optimizer:
    """Return AdamW with a higher rate for the heads."""
    learning = [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
    groups = [
        {"params": [weight for name, weight in learning if name.startswith("encoder.") is inside],
         "rate": rate * factor}
        for inside, factor in ((True, 1.0), (False, _HEAD_FACTOR))
    ]  # fmt: skip
    return torch.optim.AdamW(groups, lr=rate, weight_decay=_WEIGHT_DECAY)


def _batches(examples: Sequence[Example], learner: _Learner, settings: _Settings, seed: str) -> _Batches:
    length = learner.model.config.window
    return batches(
        [example for example in examples if len(example.tokens)],
        random.Random(seed),  # noqa: S311  # no secret
        length=length,
        overlap=min(_OVERLAP, length // 4),
        tokens_a_step=settings.tokens_a_step,
    )


def _loss(learner: _Learner, batch: Batch, targets: Targets, dice: random.Random | None = None) -> Tensor:
    """Return the loss of a batch; with dice in training, with some words hidden, and with people held to the start."""
    where = learner.model.device
    links = targets.links.to(where)
    for role in learner.unmarked:
        links[:, RELATIONS.index(role)] = False
    told = None if dice is None or learner.teacher is None else _told(learner.teacher, batch.to(where))
    if told is not None and told.people is not None:
        batch = replace(batch, asked=_asked(told.people, targets).cpu())
    if dice is not None:
        batch = distort(batch, learner.tokenizer, dice, _MASKED, _MASKED_NAMES)
    with computing(where):
        output = learner.model(batch.to(where))
    tags = _merged(output.tags, learner.unmarked)
    loss = label_loss(tags, targets.tags.to(where)) + _LINK_WEIGHT * link_loss(output.links, links)
    return loss if told is None else loss + _HELD_WEIGHT * _held_loss(output, told, batch.mask.to(where))


def _merged(tags: Tensor, unmarked: Sequence[str]) -> Tensor:
    """Count the labels of what the gold does not mark as none: it may stand where the gold says nothing."""
    if not unmarked:
        return tags
    none = [TAGS.index("O"), *(TAGS.index(f"{part}-{role}") for role in unmarked for part in "BI")]
    return torch.cat((tags[..., none].logsumexp(-1, keepdim=True), tags[..., 1:]), dim=-1)


def _told(teacher: AttributionModel, batch: Batch) -> Output:
    """Return what the start says of a batch, every token asked whom it points at, in order."""
    with torch.no_grad(), computing(teacher.device):
        output: Output = teacher(replace(batch, asked=torch.ones_like(batch.asked)))
    return output


def _held_loss(said: Output, told: Output, mask: Tensor) -> Tensor:
    """Return how far what a reader says of people, quotes inside quotes and stance is from what the start says."""
    losses = [mask.new_zeros((), dtype=torch.float32)]
    if told.people is not None:
        losses.append(_people_loss(said.people, told.people, mask))
    if told.nested is not None:
        losses.append(_nested_loss(said.nested, told.nested, mask))
    if told.stance is not None:
        losses.append(_stance_loss(said, told, mask))
    return torch.stack(losses).sum()


def _asked(told: PeopleOutput, targets: Targets) -> Tensor:
    """Choose the tokens that are asked whom they point at: the gold's sources, and names, roles and homes."""
    likely = torch.stack([1 - labels[..., 0].exp() for labels in (told.mentions, told.profiles)]).amax(0) > _LIKELY
    sources = (targets.tags >= _SOURCES.start) & (targets.tags < _SOURCES.stop)
    return (likely | sources.to(likely.device)).long()


def _people_loss(people: PeopleOutput | None, told: PeopleOutput, mask: Tensor) -> Tensor:
    """Return how far a reader's words on people are from those of the start."""
    assert people is not None  # noqa: S101  # the start reads people
    rows = people.rows[:, None, :, None].expand(-1, told.links.shape[1], -1, told.links.shape[3])
    there = mask > 0
    return (
        same_loss(people.mentions[there], told.mentions[there])
        + same_loss(people.profiles[there], told.profiles[there])
        + same_loss(people.links, told.links.gather(2, rows))
    )


def _nested_loss(nested: Output | None, told: Output, mask: Tensor) -> Tensor:
    """Return the same for quotes inside quotes, of which the start says where some tokens point."""
    assert nested is not None  # noqa: S101  # the start reads them
    assert told.rows is not None  # noqa: S101  # it had no gradients
    there = mask > 0
    asked = told.rows >= 0
    rows = told.rows.clamp(min=0)[:, None, :, None].expand(-1, told.links.shape[1], -1, told.links.shape[3])
    links = (links.transpose(1, 2)[asked] for links in (nested.links.gather(2, rows), told.links))
    loss = same_loss(nested.tags[there], told.tags[there])
    return loss + same_loss(*links) if asked.any() else loss


def _stance_loss(said: Output, told: Output, mask: Tensor) -> Tensor:
    """Return how far a reader's notes for stance are from those of the start: the share of their variance, squared."""
    assert said.stance is not None and told.stance is not None  # noqa: S101, PT018  # the start notes them
    there = mask > 0
    losses = []
    for notes, before in zip(said.stance, told.stance, strict=True):
        own, old = notes[there].float(), before[there].float()
        losses.append((own - old).square().mean() / old.var().clamp(min=_LEAST_VARIANCE))
    return torch.stack(losses).sum()


def _dev_loss(learner: _Learner, plan: _Batches) -> float:
    """Return the mean loss of tags and links over batches of dev."""
    learner.model.eval()
    with torch.enable_grad():  # without, only some tokens are asked where they point
        losses = [_loss(learner, *collate(rows, learner.tokenizer)).item() for rows in plan]
    return sum(losses) / len(losses)
