"""Rows as a stance model reads them: token ids, batches, and the logits that come back."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from quotestance.batching import computing
from quotestance.stance.classifier import CONDITIONAL
from quotestance.types import STANCES

OUTPUTS = (*STANCES, CONDITIONAL)
"""What the logits of a model are of, in their order."""

LONGEST = 192
"""Tokens read of a training quote, where the model has places for so many."""

ROWS_A_BATCH = 32

LENGTH_JITTER = 6
"""Standard deviation, in tokens, by which batches of like length differ from epoch to epoch."""

Row = dict[str, Any]
"""A quote with what is known of it: ``text``, ``context``, ``label``, ``conditional`` and ``split``; see labels.py."""

Logits = npt.NDArray[np.float32]


def encode(row: Row, tokenizer: Any, longest: int = LONGEST) -> tuple[list[int], list[int]]:
    """Return token ids and token types of a row's text, and of its ``context``, where it has one, behind it."""
    given = {"truncation": "longest_first", "max_length": longest, "return_token_type_ids": True}
    encoding = tokenizer(row["text"], row.get("context") or None, **given)
    return encoding["input_ids"], encoding["token_type_ids"]


def tokenize(rows: Sequence[Row], tokenizer: Any, longest: int = LONGEST) -> None:
    """Give every row its token ids and types, at most ``longest`` of them."""
    for row in rows:
        row["ids"], row["types"] = encode(row, tokenizer, longest)
        row["bare"] = row["ids"] if not row.get("context") else encode({"text": row["text"]}, tokenizer, longest)[0]


def without_context(rows: Sequence[Row]) -> list[Row]:
    """Return tokenized rows as they are read without what stands before."""
    return [{**row, "ids": row["bare"], "types": [0] * len(row["bare"])} for row in rows]


def batches(rows: Sequence[Row], size: int = ROWS_A_BATCH, dice: random.Random | None = None) -> list[list[Row]]:
    """Put rows of like length together; shuffled where dice are given."""
    order = sorted(rows, key=lambda row: len(row["ids"]) + (dice.gauss(0, LENGTH_JITTER) if dice else 0))
    found = [order[i : i + size] for i in range(0, len(order), size)]
    if dice:
        dice.shuffle(found)
    return found


def logits_of(model: Any, rows: Sequence[Row], pad: int) -> Tensor:
    """Return logits ``(rows, 4)``; ``pad`` is the id of padding.

    A model with encoder and decoder, as BART, takes no rows with different numbers of closing tokens together.
    """
    if not getattr(model.config, "is_encoder_decoder", False):
        return _read(model, rows, pad)
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        places[row["ids"].count(model.config.eos_token_id)].append(place)
    parts = [_read(model, [rows[place] for place in own], pad) for own in places.values()]
    order = torch.tensor([place for own in places.values() for place in own], device=parts[0].device)
    return torch.cat(parts)[order.argsort()]


def _read(model: Any, rows: Sequence[Row], pad: int) -> Tensor:
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
        logits: Tensor = model(**{name: tensor.to(model.device) for name, tensor in given.items()}).logits
    return logits.float()


def predict(model: Any, rows: Sequence[Row], pad: int) -> Logits:
    """Return the logits of rows in their own order, ``(rows, 4)``."""
    model.eval()
    out = np.zeros((len(rows), len(OUTPUTS)), dtype=np.float32)
    places = {id(row): place for place, row in enumerate(rows)}
    with torch.inference_mode():
        for part in batches(rows):
            out[[places[id(row)] for row in part]] = logits_of(model, part, pad).cpu().numpy()
    model.train()
    return out
