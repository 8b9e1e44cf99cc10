"""Further pretraining: the encoder learns to fill in hidden words of raw news before train.py teaches it quotes.

    python -m training.attribution.pretrain ENCODER_FOLDER OUT_DIR POLNEAR_DIR/data/train/text docs_*.jsonl ...

ENCODER_FOLDER is a BERT encoder; texts are whatever ``quotestance.read_articles`` reads, folders of .txt files and JSON
lines with ``text`` among them. The masked-language-model objective of BERT (Devlin et al., NAACL 2019) on windows of
consecutive tokens; its head is new and is thrown away, its output words are those of the encoder. OUT_DIR is an encoder
folder for train.py and compare.py.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModel, BertForMaskedLM, DataCollatorForLanguageModeling

from quotestance.batching import computing
from quotestance.checkpoints import load_model, load_tokenizer
from quotestance.io.readers import read_articles
from training.fitting import SEED, Steps, make_parser, save_checkpoint, start


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the encoder is trained.

    Args:
        epochs: Times that the texts are read.
        rate: Of all weights.
        weight_decay: Of AdamW.
        warm_up: Share of the steps in which the rate rises.
        window: Tokens read at once, the two special ones among them.
        windows_a_step: Windows of a batch.
        hidden: Share of the words hidden.
    """

    epochs: int = 1
    rate: float = 1e-4
    weight_decay: float = 0.01
    warm_up: float = 0.1
    window: int = 256
    windows_a_step: int = 16
    hidden: float = 0.15


def windows_of(texts: Iterable[str], tokenizer: Any, settings: Settings) -> list[list[int]]:
    """Token ids of consecutive windows, without the short ends of texts."""
    room = settings.window - 2
    first, last = tokenizer.cls_token_id, tokenizer.sep_token_id
    ids = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts)
    windows = (text[place : place + room] for text in ids for place in range(0, len(text), room))
    return [[first, *window, last] for window in windows if len(window) > room // 4]


def new_model(encoder: str) -> Any:
    """The encoder under a new head that fills in words."""
    known = load_model(AutoModel, encoder, add_pooling_layer=False)
    model = BertForMaskedLM(known.config)
    model.bert.load_state_dict(known.state_dict())
    model.tie_weights()
    return model


def fit(model: Any, rows: list[list[int]], tokenizer: Any, settings: Settings) -> None:
    """Train."""
    dice, size = random.Random(SEED), settings.windows_a_step
    collate = DataCollatorForLanguageModeling(tokenizer, mlm_probability=settings.hidden)
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings.rate, weight_decay=settings.weight_decay, fused=True)
    total = settings.epochs * len(rows) // size
    steps = Steps(model, optimizer, total=total, warm_up=settings.warm_up, clip=None)
    model.train()
    for _ in range(settings.epochs):
        dice.shuffle(rows)
        for place in range(0, len(rows) - size + 1, size):
            batch = collate([{"input_ids": row} for row in rows[place : place + size]])
            with computing(model.device):
                loss = model(**batch).loss
            steps.take(loss)


def main() -> None:
    """Pretrain."""
    usual = Settings()
    parser = make_parser(__doc__)
    parser.add_argument("encoder")
    parser.add_argument("out", type=Path)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--epochs", type=int, default=usual.epochs)
    parser.add_argument("--rate", type=float, default=usual.rate)
    args = parser.parse_args()
    settings = Settings(epochs=args.epochs, rate=args.rate)
    args.out.mkdir(parents=True, exist_ok=True)
    start(threads=args.threads, log_file=args.out / "log.txt")
    tokenizer = load_tokenizer(args.encoder)
    model = new_model(args.encoder)
    articles = chain.from_iterable(read_articles(path) for path in args.texts)
    fit(model, windows_of((article.text for article in articles), tokenizer, settings), tokenizer, settings)
    save_checkpoint(model.bert, tokenizer, args.out)


if __name__ == "__main__":
    main()
