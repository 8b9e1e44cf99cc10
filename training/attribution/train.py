"""Train the attribution model on PolNeAR (and, if given, on further Article files).

    python training/attribution/train.py POLNEAR_DIR OUT_DIR [--encoder FOLDER] [--more FILE.jsonl ...]

Constants are at the top. Every epoch leaves a checkpoint in OUT_DIR/epoch-N.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from examples import Example, collate, distort, make_example, read_forms, sample_windows
from torch import Tensor
from transformers import AutoConfig, AutoModel, AutoTokenizer, get_linear_schedule_with_warmup

from quotestance.attribution import AttributionConfig, AttributionModel
from quotestance.types import Article, Quote, Span

EPOCHS = 6
WINDOW = 510
OVERLAP = 64
TOKENS_A_STEP = 4_096
RATE = 2e-4
HEAD_RATE = 1e-3
WEIGHT_DECAY = 0.01
WARM_UP = 0.06
MASKED = 0.08  # share of the words hidden from the encoder: a regulariser that, unlike dropout, costs nothing
MASKED_NAMES = 0.25  # the same for capitalised words, so that the model learns forms, not the names of 2016
LINK_WEIGHT = 0.5
FORMS_REPEATED = 3  # times that our own passages are read in an epoch
AVERAGE_DECAY = 0.999  # of the running average of the weights, which is what is saved
SEED = 13

log = logging.getLogger("train")


def losses(model: AttributionModel, batch: Any, targets: Any, weights: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Cross-entropy of the tags, and the negative log of the probability mass on the right tokens of each link."""
    with torch.autocast("cpu", torch.bfloat16):
        tags, links = model(batch)
    tag = torch.nn.functional.nll_loss(tags.flatten(0, 1), targets.tags.flatten())
    asked = targets.links.any(-1)
    mass = links[asked].masked_fill(~targets.links[asked], -1e4).logsumexp(-1)
    return tag, -mass.mean() if asked.any() else links.sum() * 0


def batches(examples: list[Example], dice: random.Random) -> list[list[tuple[Example, Any]]]:
    cut = [(e, w) for e in examples for w in sample_windows(e, WINDOW, OVERLAP, dice)]
    dice.shuffle(cut)
    chunk = 16 * TOKENS_A_STEP // WINDOW
    found = []
    for i in range(0, len(cut), chunk):
        rows: list[tuple[Example, Any]] = []
        for item in sorted(cut[i : i + chunk], key=lambda item: item[1].end - item[1].start):
            if rows and (len(rows) + 1) * (item[1].end - item[1].start) > TOKENS_A_STEP:
                found.append(rows)
                rows = []
            rows.append(item)
        found.append(rows)
    dice.shuffle(found)
    return found


def load_gold(path: Path) -> list[Article]:
    articles = []
    for line in path.open(encoding="utf-8"):
        data = json.loads(line)
        text, quotes = data["text"], []
        for a in data["attributions"]:
            if a["content"]:
                one = {k: Span.of(text, *a[k][0]) if a[k] else None for k in ("source", "cue")}
                pieces = [Span.of(text, s, e) for s, e in a["content"]]
                pieces = [p for i, p in enumerate(pieces) if not i or p.start >= pieces[i - 1].end]
                quotes.append(Quote("direct", tuple(pieces), **one))
        articles.append(Article(text, id=data["id"], quotes=tuple(quotes)))
    return articles


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--more", type=Path, nargs="*", default=[])
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--window", type=int, default=WINDOW)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    globals()["WINDOW"] = args.window
    args.out.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", filename=args.out / "log.txt")
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    dice = random.Random(args.seed)

    tokenizer = AutoTokenizer.from_pretrained(args.encoder)
    encoder = AutoConfig.from_pretrained(args.encoder, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    model = AttributionModel(AttributionConfig(encoder=encoder.to_dict()))
    pretrained = AutoModel.from_pretrained(args.encoder, add_pooling_layer=False)
    model.encoder.load_state_dict(pretrained.state_dict())
    examples = [make_example(article, tokenizer) for article in load_gold(args.gold)]
    for path in args.more:
        examples += FORMS_REPEATED * [make_example(article, tokenizer) for article in read_forms(path)]
    dev = [make_example(article, tokenizer) for article in load_gold(Path("/work/tmp/pol/polnear_dev.jsonl"))]
    dev_batches = batches(dev, random.Random(0))

    encoder_weights = [p for n, p in model.named_parameters() if n.startswith("encoder.")]
    head_weights = [p for n, p in model.named_parameters() if not n.startswith("encoder.")]
    optimizer = torch.optim.AdamW(
        [{"params": encoder_weights, "lr": args.rate}, {"params": head_weights, "lr": HEAD_RATE}],
        weight_decay=WEIGHT_DECAY,
    )
    per_epoch = len(batches(examples, random.Random(1)))
    steps = per_epoch * args.epochs
    schedule = get_linear_schedule_with_warmup(optimizer, int(WARM_UP * steps), steps)
    average = {k: v.clone() for k, v in model.state_dict().items()}
    done, began = 0, time.time()
    for epoch in range(1, args.epochs + 1):
        model.train()
        seen: list[tuple[float, float]] = []
        for rows in batches(examples, dice):
            batch, targets = collate(rows, tokenizer)
            tag, link = losses(model, distort(batch, tokenizer, dice, MASKED, MASKED_NAMES), targets)
            (tag + LINK_WEIGHT * link).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            done += 1
            decay = min(AVERAGE_DECAY, (1 + done) / (10 + done))
            with torch.no_grad():
                for k, v in model.state_dict().items():
                    if v.is_floating_point():
                        average[k].lerp_(v, 1 - decay)
            seen.append((tag.item(), link.item()))
            if done % 50 == 0:
                t, l = np.mean(seen[-50:], axis=0)
                log.info("step %d/%d tag %.4f link %.4f  %.0f s", done, steps, t, l, time.time() - began)
        kept = {k: v.clone() for k, v in model.state_dict().items()}
        model.load_state_dict(average)
        model.eval()
        with torch.inference_mode():
            out = [[x.item() for x in losses(model, *collate(rows, tokenizer))] for rows in dev_batches]
        log.info("epoch %d dev tag %.4f link %.4f", epoch, *np.mean(out, axis=0))
        model.save_pretrained(args.out / f"epoch-{epoch}")
        tokenizer.save_pretrained(args.out / f"epoch-{epoch}")
        model.load_state_dict(kept)


if __name__ == "__main__":
    main()
