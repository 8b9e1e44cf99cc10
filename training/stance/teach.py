"""What a model that reads quotes in their article thinks of the quotes that others are to learn.

    python -m training.stance.teach MODEL CORPORA FOUND.jsonl SOFT.jsonl [--documents 300]

Writes, for every passage of train (passages.py) and for some documents without labels, the probabilities of each marked
quote, for ``read_in_article.py --soft``.  Documents whose labels are held out are left out.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from quotestance.checkpoints import load_both
from quotestance.stance.article_model import ArticleStanceModel
from quotestance.stance.logits import softmax
from quotestance.types import STANCES
from training.fitting import SEED, log, make_parser, start
from training.stance import passages as data
from training.stance.passages import Passage
from training.stance.read_in_article import Cutter, all_passages, held_out, predict

AT_ONCE = 100


def asked(passage: Passage) -> Passage:
    """The passage with every quote asked for, labelled or not."""
    return replace(passage, targets=tuple(replace(one, label=one.label or 0) for one in passage.targets))


def chosen(corpora: Path, found: Path, documents: int) -> list[Passage]:
    """Passages of train, and some documents without labels."""
    passages = all_passages(corpora, found)
    others = list(data.found_passages(data.read_found(found).values(), held_out(corpora, passages)))
    random.Random(SEED).shuffle(others)
    return [one for one in passages if one.split == "train"] + others[:documents]


def told(model: object, passages: Sequence[Passage], cutter: Cutter) -> list[list[list[float]]]:
    """Probabilities of the quotes of every passage."""
    logits = predict(model, [asked(one) for one in passages], cutter)
    third = 1 / len(STANCES)  # of a quote without a token
    return [np.nan_to_num(softmax(rows[:, : len(STANCES)]), nan=third).round(4).tolist() for rows in logits]


def main() -> None:
    """Ask and write."""
    parser = make_parser(__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("found", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--documents", type=int, default=300)
    args = parser.parse_args()
    start(threads=args.threads)
    model, tokenizer = load_both(ArticleStanceModel, args.model)
    cutter = Cutter(tokenizer, model.config)
    passages = chosen(args.corpora, args.found, args.documents)
    with args.out.open("w", encoding="utf-8") as out:
        for first in range(0, len(passages), AT_ONCE):
            part = passages[first : first + AT_ONCE]
            for passage, soft in zip(part, told(model, part, cutter), strict=True):
                out.write(json.dumps({"key": passage.key, "soft": soft}) + "\n")
            log.info("%d of %d passages", first + len(part), len(passages))


if __name__ == "__main__":
    main()
