"""Train the reader: quotes and people together, from an encoder or from an earlier reader.

usage: python -m training.reader.train CORPORA OUT --encoder FOLDER [--epochs 5] [--rate 8e-5]
           [--polnear 0.35] [--people-share 1] [--passages-share 1] [--put-share 0.2] [--put 1] [--swapped 1]
           [--labels-share 0.35] [--soft SOFT.jsonl] [--invented 1] [--newest 0] [--stance-weight 1]
           [--layers 0 2 4 7 9 11] [--dropout 0.1] [--window 382] [--plain] [--threads 2]

CORPORA is the folder with ``polnear``, ``stance`` and ``gum``.  Every epoch leaves a checkpoint in OUT/epoch-N, whose
weights are the running average; OUT/log.txt has the losses.  With ``--layers`` what learns is a smaller reader, of some
layers of an earlier one, which is its teacher (student.py).
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoConfig, AutoModel, AutoTokenizer

from quotestance.batching import computing
from quotestance.checkpoints import load_model
from quotestance.reader.model import PEOPLE_RELATIONS, Batch
from quotestance.reader.pretrained import AttributionConfig, AttributionModel
from quotestance.training.examples import batches, distort
from quotestance.training.losses import label_loss, link_loss
from quotestance.types import STANCES
from training.conflict import corpus
from training.fitting import RunningAverage, Steps, make_parser, save_checkpoint, start
from training.reader.attention import learn_by_groups
from training.reader.corpora import Corpora
from training.reader.dropout import drop_by_windows
from training.reader.examples import Cut, Targets, collate
from training.reader.gold import full_names
from training.reader.settings import Settings
from training.reader.stances import label_weights, stance_loss
from training.reader.student import held_to, shortened

HOMES = PEOPLE_RELATIONS.index("affiliation")
"""From here on relations point at where somebody belongs: those of most words that point, with a loss of their own."""
_QUOTE_HEADS = ("tag.", "link.")
_NESTED_HEADS = ("nested_tag.", "nested_link.")
_PEOPLE_HEADS = ("mention.", "profile.", "people.")
_STANCE_HEADS = ("stance.",)


def losses(
    model: AttributionModel, batch: Batch, targets: Targets, stance_weights: Tensor | None = None
) -> dict[str, Tensor]:
    """Cross-entropy of the labels, and the negative log of the probability mass on the right tokens of each link.

    Args:
        model: What learns.
        batch: Windows.
        targets: What it should say of them.
        stance_weights: Of the labels of stance, ``(3,)``; by default they all weigh the same.
    """
    with computing(model.device):
        output = model(batch)
    found = {"tag": label_loss(output.tags, targets.tags), "link": link_loss(output.links, targets.links)}
    if output.stance is not None:
        weights = torch.ones(len(STANCES)) if stance_weights is None else stance_weights
        with computing(model.device):
            found["stance"] = stance_loss(model.stance, output, targets.stance, weights)
    if output.nested is not None:
        found["nested"] = label_loss(output.nested.tags, targets.nested.tags)
        found["nested_link"] = link_loss(output.nested.links, targets.nested.links)
    if output.people is not None:
        people = output.people
        found["mention"] = label_loss(people.mentions, targets.mentions)
        found["profile"] = label_loss(people.profiles, targets.profiles)
        width = targets.people.shape[-1]
        rows = people.rows[:, None, :, None].expand(-1, targets.people.shape[1], -1, width)
        right = targets.people.gather(2, rows)
        found["people"] = link_loss(people.links[:, :HOMES], right[:, :HOMES])
        found["homes"] = link_loss(people.links[:, HOMES:], right[:, HOMES:])
    return found


def new_model(encoder: str, *, nested: bool = True, stance: bool = True) -> AttributionModel:
    """A pretrained encoder under fresh heads; an earlier reader keeps the heads that it has.

    With ``nested``, one that does not read quotes inside quotes begins to with the heads that it reads quotes with;
    with ``stance``, one that does not read stance begins to.
    """
    if AutoConfig.from_pretrained(encoder, trust_remote_code=False).model_type == AttributionConfig.model_type:
        known = load_model(AttributionModel, encoder)
        weights = known.state_dict()
        if nested and not known.config.reads_nested:
            weights |= {f"nested_{name}": weight for name, weight in weights.items() if name.startswith(_QUOTE_HEADS)}
        known.config.reads_people = True
        known.config.reads_nested = known.config.reads_nested or nested
        known.config.reads_stance = known.config.reads_stance or stance
        known.config.decoding = {}  # what was fitted to other weights
        known.config.stance_prior = None
        again = AttributionModel(known.config)
        again.load_state_dict(weights, strict=False)
        return again
    given = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    config = AutoConfig.from_pretrained(encoder, trust_remote_code=False, **given)
    own = AttributionConfig(encoder=config.to_dict(), reads_people=True, reads_nested=nested, reads_stance=stance)
    model = AttributionModel(own)
    pretrained = AutoModel.from_pretrained(
        encoder, add_pooling_layer=False, trust_remote_code=False, use_safetensors=True
    )
    model.encoder.load_state_dict(pretrained.state_dict())
    return model


def new_optimizer(model: AttributionModel, settings: Settings) -> torch.optim.AdamW:
    """AdamW with higher rates for the heads."""
    factors = {name: settings.head_factor for name, _ in model.named_parameters()}
    factors |= {name: 1.0 for name in factors if name.startswith("encoder.")}
    for heads, factor in (
        (_PEOPLE_HEADS, settings.new_head_factor),
        (_NESTED_HEADS, settings.nested_factor),
        (_STANCE_HEADS, settings.stance_factor),
    ):
        factors |= {name: factor for name in factors if name.startswith(heads)}
    groups = [
        {"params": [weight for name, weight in model.named_parameters() if factors[name] == factor],
         "lr": factor * settings.rate}
        for factor in sorted(set(factors.values()))
    ]  # fmt: skip
    return torch.optim.AdamW(groups, weight_decay=settings.weight_decay, fused=True)


def fit(
    model: AttributionModel,
    gold: Corpora,
    tokenizer: Any,
    settings: Settings,
    teacher_loss: Callable[[Batch], Tensor] | None = None,
) -> Iterator[int]:
    """Train, and give the number of every epoch when it is over; then, and at the end, the model holds its averages.

    With ``teacher_loss``, see :func:`training.reader.student.held_to`, it is held to a teacher as well.
    """
    dice = random.Random(settings.seed)
    names = full_names(gold.conflict)
    sizes = {"length": settings.window, "overlap": settings.overlap, "tokens_a_step": settings.tokens_a_step}

    def cuts() -> list[list[Cut]]:
        chosen = gold.epoch(settings, names, dice)
        made = [one.example(tokenizer) for one in chosen]
        return batches(made, dice, **sizes)

    ahead = cuts()
    weights = _loss_weights(settings)
    of_stance = label_weights(gold.judged)
    total = settings.epochs * len(ahead)
    steps = Steps(model, new_optimizer(model, settings), total=total, warm_up=settings.warm_up)
    average = RunningAverage(model, settings.average_decay)
    for epoch in range(1, settings.epochs + 1):
        for rows in ahead:
            batch, targets = collate(rows, tokenizer)
            batch = distort(batch, tokenizer, dice, settings.masked, settings.masked_names)
            found = losses(model, batch, targets, of_stance)
            if teacher_loss is not None:
                found["states"] = teacher_loss(batch)
            whole = [weights.get(name, settings.people_weight) * loss for name, loss in found.items()]
            steps.take(torch.stack(whole).sum(), **found)
            average.follow(steps.taken)
        with average.in_place():
            yield epoch
        if epoch < settings.epochs:
            ahead = cuts()
    average.load()


def _loss_weights(settings: Settings) -> dict[str, float]:
    """Weights of the losses by name; of those that are not there it is ``people_weight``."""
    quotes = {"tag": 1.0, "nested": settings.nested_weight}
    quotes |= {"link": settings.link_weight, "nested_link": settings.link_weight}
    weights = {name: settings.quotes_weight * weight for name, weight in quotes.items()}
    return weights | {"stance": settings.stance_weight, "states": settings.states_weight}


def _arguments() -> argparse.Namespace:
    usual = Settings()
    parser = make_parser(__doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--labels", type=Path, default=corpus.LABELS)
    parser.add_argument("--epochs", type=int, default=usual.epochs)
    parser.add_argument("--rate", type=float, default=usual.rate)
    parser.add_argument("--invented", type=float, default=usual.invented_share, help="share of the invented articles")
    parser.add_argument(
        "--newest", type=int, default=usual.newest, help="invented articles that are read whatever the share"
    )
    parser.add_argument(
        "--polnear", type=float, default=usual.polnear_share, help="share of PolNeAR's articles read in an epoch"
    )
    parser.add_argument("--people-share", type=float, default=usual.people_share, help="the same, of those with people")
    parser.add_argument("--passages-share", type=float, default=usual.passages_share, help="of our own passages")
    parser.add_argument("--put-share", type=float, default=usual.put_share, help="the same, put into quotes")
    parser.add_argument("--put", type=float, default=usual.put, help="times that conflict news is read so")
    parser.add_argument(
        "--labels-share",
        type=float,
        default=usual.labels_share,
        help="of documents; with 0 nothing begins to learn stance",
    )
    parser.add_argument("--soft", type=Path, help="a teacher's answers on stance (teach.py)")
    parser.add_argument("--stance-weight", type=float, default=usual.stance_weight, help="of the loss of stance")
    parser.add_argument("--swapped", type=float, default=usual.swapped, help="times that articles have other names")
    parser.add_argument("--dropout", type=float, default=usual.dropout, help="share of the units that are dropped")
    parser.add_argument("--window", type=int, default=usual.window, help="tokens read at once")
    parser.add_argument("--layers", type=int, nargs="+", help="of the earlier reader that a smaller one begins with")
    parser.add_argument("--plain", action="store_true", help="learn nothing of quotes inside quotes")
    parser.add_argument("--seed", type=int, default=usual.seed)
    return parser.parse_args()


def _settings(args: argparse.Namespace) -> Settings:
    return Settings(
        epochs=args.epochs,
        rate=args.rate,
        invented_share=args.invented,
        newest=args.newest,
        polnear_share=args.polnear,
        people_share=args.people_share,
        passages_share=args.passages_share,
        put_share=0.0 if args.plain else args.put_share,
        put=0 if args.plain else args.put,
        swapped=args.swapped,
        labels_share=args.labels_share,
        stance_weight=args.stance_weight,
        window=args.window,
        dropout=args.dropout,
        seed=args.seed,
    )


def main() -> None:
    """Train."""
    args = _arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    start(seed=args.seed, threads=args.threads, log_file=args.out / "log.txt")
    settings = _settings(args)
    tokenizer = AutoTokenizer.from_pretrained(args.encoder, trust_remote_code=False)
    model = new_model(args.encoder, nested=not args.plain, stance=bool(args.labels_share))
    teacher_loss = None
    if args.layers:
        teacher, model = model, shortened(model, args.layers)
        learn_by_groups(teacher.encoder)
        teacher_loss = held_to(teacher, model)
    model.config.window = args.window  # it reads as it learned
    learn_by_groups(model.encoder)
    if settings.dropout:
        drop_by_windows(model.encoder, settings.dropout)
    gold = Corpora.read(args.corpora, settings, args.labels, args.soft)
    for epoch in fit(model, gold, tokenizer, settings, teacher_loss):
        save_checkpoint(model, tokenizer, args.out / f"epoch-{epoch}")


if __name__ == "__main__":
    main()
