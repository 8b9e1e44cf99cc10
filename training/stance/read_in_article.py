"""Train the stance model that reads quotes in their article.

    python -m training.stance.read_in_article OUT --encoder FOLDER --corpora CORPORA [--found FILE] [--soft FILE]

FOLDER is a pretrained encoder, a sequence classifier such as stance-en was until 0.2 (its encoder is taken), or a model
of this kind to go on from.  The FILE of --found is what find_in_documents.py writes, that of --soft what teach.py
writes.  Every epoch leaves a checkpoint in OUT, the running average of the weights, and OUT/log.txt has its figures on
dev.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from transformers import AutoConfig, AutoModel

from quotestance.batching import computing, equal_lengths
from quotestance.checkpoints import load_model, load_tokenizer
from quotestance.evaluation.metrics.classification import macro_f1_of
from quotestance.reader.stances import OUTPUTS
from quotestance.reader.tokens import IntArray, Tokens, tokenize
from quotestance.stance.article_model import ArticleStanceConfig, ArticleStanceModel
from quotestance.stance.marked import Marked, places_of
from quotestance.stance.windows import QuoteWindow, marks_of, pad, plan
from quotestance.types import STANCES
from training.fitting import SEED, RunningAverage, Steps, freeze, log, make_parser, save_checkpoint, start
from training.stance import passages as data
from training.stance.data import load_items, read_jsonl
from training.stance.passages import Passage, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the model is trained.

    Args:
        epochs: Passes over the conflict corpus.
        rate: Of the encoder: as it is for a mpnet that knows stance; small encoders want 1e-4.
        head_factor: Rate of the marks and heads as a multiple of it.
        tokens_a_step: Tokens of a batch, about.
        shares: Of the passages of every origin, how many an epoch reads.
        common: Share of the many neutral quotes of the labels that an epoch asks for.
        alone: Share of the labelled quotes in documents that are read by themselves instead.
        bare: Share of those, and of our own writing, without the sentence before.
        wide: Share of the passages whose quotes are marked with the words that attribute them.
        smoothing: Probability that a label leaves to all three.
        taught: Weight of the teacher where there is a label too.
        balance: Power of the inverse frequency that a label weighs by: 0 as they fall, 1 as if equally frequent.
        neutral_windows: Share of the conflict corpus's windows without any other label that an epoch reads.
        frozen: Layers of the encoder, from the first, that stay as they are, with the embeddings where there are any.
        average_decay: Of the running average of the weights.
    """

    epochs: int = 3
    rate: float = 3e-5
    head_factor: float = 10.0
    weight_decay: float = 0.01
    warm_up: float = 0.08
    tokens_a_step: int = 2_048
    shares: tuple[tuple[str, float], ...] = (
        ("conflict", 1.0),
        ("labels", 0.25),
        ("pairs", 0.5),
        ("written", 0.5),
        ("contexts", 1.0),
        ("found", 0.3),
    )
    common: float = 0.5
    alone: float = 0.3
    bare: float = 0.3
    wide: float = 0.15
    smoothing: float = 0.05
    taught: float = 0.5
    conditional_weight: float = 0.2
    balance: float = 0.6
    neutral_windows: float = 0.4
    frozen: int = 0
    average_decay: float = 0.99
    seed: int = SEED


@dataclass(frozen=True, slots=True)
class Cut:
    """A window to read, and what is asked of the quotes in it."""

    tokens: Tokens
    marks: IntArray
    window: QuoteWindow
    targets: tuple[Target, ...]

    @property
    def length(self) -> int:
        """Tokens, special ones counted."""
        return self.window.end - self.window.start + 2


class Cutter:
    """Cuts passages into windows; tokens are kept, so that a text is tokenized once."""

    def __init__(self, tokenizer: Any, config: ArticleStanceConfig) -> None:
        self.tokenizer, self.config = tokenizer, config
        self._known: dict[str, Tokens] = {}

    def __call__(self, passage: Passage, *, before: int, after: int) -> list[Cut]:
        """Windows of a passage; those where nothing is known of any quote are left out."""
        tokens = self._known.get(passage.key)
        if tokens is None or tokens.text != passage.text:
            tokens = self._known[passage.key] = tokenize(passage.text, self.tokenizer)
        longest = self.config.window - before - after
        pieces = list(places_of(tokens, [one.marked for one in passage.targets], longest))
        marks = marks_of(tokens, pieces)
        asked = [piece for piece in pieces if _is_known(passage.targets[piece.quote])]
        windows = plan(tokens, asked, window=self.config.window, before=before, after=after)
        return [
            Cut(tokens, marks, window, tuple(passage.targets[piece.quote] for piece in window.inside))
            for window in windows
        ]


def _is_known(target: Target) -> bool:
    return target.label is not None or target.soft is not None


def drawn(passages: Sequence[Passage], settings: Settings, dice: random.Random) -> Iterator[Passage]:
    """The passages that an epoch reads, as it reads them."""
    shares = dict(settings.shares)
    for passage in passages:
        if dice.random() >= shares.get(passage.origin, 1.0):
            continue
        if passage.origin == "labels":
            passage = replace(passage, targets=tuple(_thinned(passage.targets, settings, dice)))
        if dice.random() < settings.wide:
            wide = (replace(one, marked=Marked((one.wide,))) for one in passage.targets)
            passage = replace(passage, targets=tuple(wide))
        yield passage


def _thinned(targets: Sequence[Target], settings: Settings, dice: random.Random) -> Iterator[Target]:
    """Targets of which many of the common ones are marked, but not asked for."""
    for one in targets:
        is_left = one.is_common and dice.random() >= settings.common
        yield replace(one, label=None, soft=None) if is_left else one


def cuts_of_epoch(
    passages: Sequence[Passage], alone: Sequence[Passage], cutter: Cutter, settings: Settings, dice: random.Random
) -> list[Cut]:
    """Windows of an epoch: passages with varied context, and quotes by themselves."""
    found: list[Cut] = []
    config = cutter.config
    for passage in drawn(passages, settings, dice):
        before = round(config.before * dice.uniform(0.4, 1.3))
        after = round(config.after * dice.uniform(0.2, 1.5))
        cuts = cutter(passage, before=before, after=after)
        found += [cut for cut in cuts if not _is_dull(passage, cut) or dice.random() < settings.neutral_windows]
    share = dict(settings.shares).get("labels", 0.0) * settings.alone
    for passage in alone:
        if dice.random() < share and (passage.targets[0].label != 2 or dice.random() < settings.common):
            found += cutter(passage, before=0 if dice.random() < settings.bare else config.before, after=config.after)
    return found


def _is_dull(passage: Passage, cut: Cut) -> bool:
    neutral = STANCES.index("neutral")
    return passage.origin == "conflict" and all(one.label == neutral for one in cut.targets)


def batches(cuts: Sequence[Cut], settings: Settings, dice: random.Random) -> list[list[Cut]]:
    """Windows of like length together, up to so many tokens a batch, in random order."""
    order = sorted(cuts, key=lambda cut: cut.length + dice.gauss(0, 8))
    found: list[list[Cut]] = []
    rows: list[Cut] = []
    longest = 0
    for cut in order:
        longest = max(longest, cut.length)
        if rows and (len(rows) + 1) * longest > settings.tokens_a_step:
            found.append(rows)
            rows, longest = [], cut.length
        rows.append(cut)
    if rows:
        found.append(rows)
    dice.shuffle(found)
    return found


def goal_of(target: Target, settings: Settings) -> npt.NDArray[np.float32]:
    """Probabilities to learn: the softened label, the teacher's, or a mix of the two."""
    soft = None if target.soft is None else np.array(target.soft, dtype=np.float32)
    if target.label is None:
        assert soft is not None
        return soft
    gold = np.full(len(STANCES), settings.smoothing / len(STANCES), dtype=np.float32)
    gold[target.label] += 1 - settings.smoothing
    if soft is None:
        return gold
    mixed: npt.NDArray[np.float32] = (1 - settings.taught) * gold + settings.taught * soft
    return mixed


def step_loss(model: Any, cuts: Sequence[Cut], tokenizer: Any, weights: Tensor, settings: Settings) -> Tensor:
    """Weighted cross-entropy with the stance, and with ``conditional`` where somebody told."""
    logits = read(model, cuts, tokenizer)
    goals = torch.tensor(np.stack([goal_of(one, settings) for cut in cuts for one in cut.targets]))
    scale = goals @ weights
    main = (-(goals * logits[:, : len(STANCES)].log_softmax(-1)).sum(-1) * scale).sum() / scale.sum()
    told = [number for number, one in enumerate(one for cut in cuts for one in cut.targets) if one.label is not None]
    if not told:
        return main
    conditional = torch.tensor([float(one.conditional) for cut in cuts for one in cut.targets if one.label is not None])
    extra = torch.nn.functional.binary_cross_entropy_with_logits(logits[told, len(STANCES)], conditional)
    return main + settings.conditional_weight * extra


def read(model: Any, cuts: Sequence[Cut], tokenizer: Any) -> Tensor:
    """Logits ``(quotes, 4)`` of the quotes of windows, in their order."""
    length = -(-max(cut.length for cut in cuts) // 8) * 8
    batch = pad([(cut.tokens, cut.marks, cut.window) for cut in cuts], tokenizer, length)
    with computing(model.device):
        logits = model(batch)
    return torch.cat([logits[row, : len(cut.targets)] for row, cut in enumerate(cuts)]).float()


def predict(model: Any, passages: Sequence[Passage], cutter: Cutter) -> list[npt.NDArray[np.float64]]:
    """Mean logits ``(targets, 4)`` of every passage; NaN for targets that nothing is known of."""
    config = cutter.config
    cuts = [
        (number, cut)
        for number, passage in enumerate(passages)
        for cut in cutter(passage, before=config.before, after=config.after)
    ]
    sums = [np.zeros((len(passage.targets), len(OUTPUTS))) for passage in passages]
    sizes = [np.zeros((len(passage.targets), 1)) for passage in passages]
    model.eval()
    with torch.inference_mode():
        for _, rows in equal_lengths([cut.length for _, cut in cuts], multiple=32, batch_tokens=4_096):
            logits = iter(read(model, [cuts[row][1] for row in rows], cutter.tokenizer).numpy())
            for row in rows:
                number, cut = cuts[row]
                for piece in cut.window.inside:
                    sums[number][piece.quote] += next(logits) * len(piece.content)
                    sizes[number][piece.quote] += len(piece.content)
    model.train()
    with np.errstate(invalid="ignore"):
        return [total / size for total, size in zip(sums, sizes, strict=True)]


def scores(model: Any, passages: Sequence[Passage], cutter: Cutter) -> tuple[float, float, float]:
    """Macro-F1 as the quotes fall and with labels equally frequent, and the share of groups that are all right."""
    found = predict(model, passages, cutter)
    gold: list[int] = []
    guess: list[int] = []
    groups: dict[str, bool] = {}
    for passage, logits in zip(passages, found, strict=True):
        for target, row in zip(passage.targets, logits, strict=True):
            if target.label is not None and not np.isnan(row[0]):
                gold.append(target.label)
                guess.append(int(row[: len(STANCES)].argmax()))
                if passage.group:
                    groups[passage.group] = groups.get(passage.group, True) and gold[-1] == guess[-1]
    told, said = np.array(gold), np.array(guess)
    natural, balanced = (macro_f1_of(told, said, len(STANCES), as_balanced=flag) for flag in (False, True))
    return natural, balanced, float(np.mean(list(groups.values()))) if groups else float("nan")


def new_model(encoder: str) -> ArticleStanceModel:
    """A pretrained encoder under a fresh head, or a model of this kind as it is."""
    config = AutoConfig.from_pretrained(encoder, trust_remote_code=False)
    if config.model_type == ArticleStanceConfig.model_type:
        known: ArticleStanceModel = load_model(ArticleStanceModel, encoder)
        known.train()
        return known
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    model = ArticleStanceModel(ArticleStanceConfig(encoder=config.to_dict()))
    if "ForSequenceClassification" in (config.architectures or [""])[0]:
        from transformers import AutoModelForSequenceClassification

        whole = load_model(AutoModelForSequenceClassification, encoder)
        pretrained = whole.base_model
    else:
        pretrained = AutoModel.from_pretrained(
            encoder, add_pooling_layer=False, trust_remote_code=False, use_safetensors=True
        )
    model.encoder.load_state_dict(pretrained.state_dict(), strict=False)
    model.train()
    return model


def new_optimizer(model: torch.nn.Module, settings: Settings) -> torch.optim.AdamW:
    """AdamW with a higher rate for what is not the encoder."""
    named = [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
    groups = [
        {"params": [weight for name, weight in named if name.startswith("encoder.") is inside], "lr": rate}
        for inside, rate in ((True, settings.rate), (False, settings.rate * settings.head_factor))
    ]
    return torch.optim.AdamW(groups, weight_decay=settings.weight_decay, fused=True)


def label_weights(passages: Sequence[Passage], settings: Settings) -> Tensor:
    """What every label weighs, ``(3,)``, by its frequency in the conflict corpus and the labels."""
    counts = np.ones(len(STANCES))
    for passage in passages:
        for target in passage.targets:
            if target.label is not None:
                counts[target.label] += settings.common if target.is_common else 1.0
    weights = (counts.sum() / counts) ** settings.balance
    log.info("labels %s weights %s", counts.tolist(), (weights / weights.mean()).tolist())
    return torch.tensor(weights / weights.mean(), dtype=torch.float32)


def report(model: Any, dev: dict[str, list[Passage]], cutter: Cutter, epoch: int) -> None:
    """Log the figures on dev."""
    for name, passages in dev.items():
        if passages:
            natural, balanced, groups = scores(model, passages, cutter)
            log.info("epoch %d %s: natural %.4f balanced %.4f groups %.3f", epoch, name, natural, balanced, groups)


def fit(
    model: ArticleStanceModel,
    train: Sequence[Passage],
    alone: Sequence[Passage],
    dev: dict[str, list[Passage]],
    cutter: Cutter,
    settings: Settings,
    out: Path,
) -> None:
    """Train, and save the running average after every epoch."""
    dice = random.Random(settings.seed)
    weights = label_weights(train, settings)
    ahead = batches(cuts_of_epoch(train, alone, cutter, settings, dice), settings, dice)
    log.info("an epoch: %d steps, %d tokens", len(ahead), sum(cut.length for rows in ahead for cut in rows))
    steps = Steps(model, new_optimizer(model, settings), total=settings.epochs * len(ahead), warm_up=settings.warm_up)
    average = RunningAverage(model, settings.average_decay)
    model.train()
    for epoch in range(1, settings.epochs + 1):
        for cuts in ahead:
            steps.take(step_loss(model, cuts, cutter.tokenizer, weights, settings))
            average.follow(steps.taken)
        with average.in_place():
            save_checkpoint(model, cutter.tokenizer, out)
            last = epoch == settings.epochs
            report(model, dev if last else {"conflict": dev["conflict"]}, cutter, epoch)
        if epoch < settings.epochs:
            ahead = batches(cuts_of_epoch(train, alone, cutter, settings, dice), settings, dice)


def all_passages(corpora: Path, found: Path | None = None) -> list[Passage]:
    """Labelled passages of every origin and split; without found quotes only labelled ones are marked."""
    by_key = {} if found is None else data.read_found(found)
    return [
        *data.conflict_passages(corpora),
        *data.label_passages(corpora, by_key),
        *data.written_passages(),
    ]


def held_out(corpora: Path, passages: Sequence[Passage]) -> set[str]:
    """Documents that nobody learns from without their labels: those of dev and test, and the conflict corpus."""
    held = {one.key.removeprefix("labels/") for one in passages if one.split in ("dev", "test")}
    held |= {f"{item.source}\t{item.path}" for item in load_items(corpora) if item.split != "train"}
    return held | data.conflict_places(corpora)


def main() -> None:
    """Train."""
    usual = Settings()
    parser = make_parser(__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("out", type=Path)
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--found", type=Path)
    parser.add_argument("--soft", type=Path)
    parser.add_argument("--epochs", type=int, default=usual.epochs)
    parser.add_argument("--rate", type=float, default=usual.rate)
    parser.add_argument("--balance", type=float, default=usual.balance)
    parser.add_argument("--share", type=float, default=dict(usual.shares)["labels"], help="of the labelled documents")
    parser.add_argument("--writing", type=float, default=dict(usual.shares)["pairs"], help="share of our own writing")
    parser.add_argument("--frozen", type=int, default=usual.frozen)
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    start(seed=args.seed, threads=args.threads, log_file=args.out / "log.txt")
    shares = {**dict(usual.shares), "labels": args.share, "pairs": args.writing, "written": args.writing}
    settings = Settings(
        epochs=args.epochs,
        rate=args.rate,
        seed=args.seed,
        balance=args.balance,
        frozen=args.frozen,
        shares=tuple(shares.items()),
    )

    passages = all_passages(args.corpora, args.found)
    alone = list(data.alone_passages(args.corpora))
    if args.soft:
        soft = {row["key"]: [tuple(one) for one in row["soft"]] for row in read_jsonl(args.soft)}
        held = held_out(args.corpora, passages)
        passages += list(data.found_passages(data.read_found(args.found).values(), held))
        passages = list(data.with_soft(passages, soft))
    train = [one for one in passages if one.split == "train"]
    dev = {
        "conflict": [one for one in passages if one.origin == "conflict" and one.split == "dev"],
        "labels": [one for one in passages if one.origin == "labels" and one.split == "dev"],
        "alone": [one for one in alone if one.split == "dev"],
        "pairs": [one for one in passages if one.split == "pairs"],
        "contexts": [one for one in passages if one.split == "held"],
    }
    model = new_model(args.encoder)
    freeze(model.encoder, settings.frozen)
    if settings.frozen:
        model.mark.requires_grad_(requires_grad=False)
    cutter = Cutter(load_tokenizer(args.encoder), model.config)
    fit(model, train, [one for one in alone if one.split == "train"], dev, cutter, settings, args.out)


if __name__ == "__main__":
    main()
