"""Further pretraining: the encoder learns to fill in hidden words of raw news before train.py teaches it quotes.

    python training/attribution/pretrain.py ENCODER_FOLDER OUT_DIR POLNEAR_DIR/data/train/text docs_*.jsonl ...

ENCODER_FOLDER is a BERT encoder; texts are whatever ``quotestance.read_articles`` reads, folders of .txt files and JSON
lines with ``text`` among them. The masked-language-model objective of BERT (Devlin et al., NAACL 2019) on windows of
consecutive tokens; its head is new and is thrown away, its output words are those of the encoder. OUT_DIR is an encoder
folder for train.py and compare.py.
"""

from __future__ import annotations

import argparse
import logging
import random
import time
from pathlib import Path

import torch
from transformers import (
    AutoModel,
    BertForMaskedLM,
    DataCollatorForLanguageModeling,
    get_linear_schedule_with_warmup,
)

from quotestance.batching import computing
from quotestance.checkpoints import load_model, load_tokenizer
from quotestance.io.readers import read_articles

LENGTH = 256
BATCH = 16
HIDDEN = 0.15  # share of the words hidden
WARM_UP = 0.1
SEED = 13

log = logging.getLogger("pretrain")


def main() -> None:
    """Pretrain."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder")
    parser.add_argument("out", type=Path)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", filename=args.out / "log.txt")
    torch.manual_seed(SEED)
    torch.set_num_threads(args.threads)
    dice = random.Random(SEED)
    tokenizer = load_tokenizer(args.encoder)
    encoder = load_model(AutoModel, args.encoder, add_pooling_layer=False)
    model = BertForMaskedLM(encoder.config)
    model.bert.load_state_dict(encoder.state_dict())
    model.tie_weights()
    articles = (article for path in args.texts for article in read_articles(path))
    ids = [tokenizer(article.text, add_special_tokens=False)["input_ids"] for article in articles]
    room = LENGTH - 2
    windows = [text[place : place + room] for text in ids for place in range(0, len(text), room)]
    first, last = tokenizer.cls_token_id, tokenizer.sep_token_id
    rows = [[first, *window, last] for window in windows if len(window) > room // 4]
    collate = DataCollatorForLanguageModeling(tokenizer, mlm_probability=HIDDEN)
    steps = args.epochs * len(rows) // BATCH
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.rate, weight_decay=0.01, fused=True)
    schedule = get_linear_schedule_with_warmup(optimizer, int(WARM_UP * steps), steps)
    began, seen = time.time(), []
    model.train()
    for _ in range(args.epochs):
        dice.shuffle(rows)
        for place in range(0, len(rows) - BATCH + 1, BATCH):
            batch = collate([{"input_ids": row} for row in rows[place : place + BATCH]])
            with computing(model.device):
                loss = model(**batch).loss
            loss.backward()
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            seen.append(loss.item())
            if len(seen) % 50 == 0:
                log.info("step %d/%d loss %.3f  %.0f s", len(seen), steps, sum(seen[-50:]) / 50, time.time() - began)
    model.bert.save_pretrained(args.out)
    tokenizer.save_pretrained(args.out)


if __name__ == "__main__":
    main()
