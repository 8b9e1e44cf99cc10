"""What every bias toward the shares of news does to the measures: how the default of a stance model is chosen.

    python -m training.stance.curves MODEL CORPORA FOUND.jsonl

Prints, for biases from none (labels equally frequent) to the shares of the conflict corpus, macro-F1 on the conflict
corpus's dev split as quotes fall and on the labels' dev split with labels equally frequent, expected calibration errors
of both, and pairs of which every member is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from quotestance.checkpoints import load_both
from quotestance.evaluation.metrics.calibration import expected_calibration_error
from quotestance.evaluation.metrics.classification import Numbers, balancing_weights, macro_f1_of
from quotestance.stance.article_model import ArticleStanceModel
from quotestance.stance.logits import softmax
from quotestance.types import STANCES
from training.cards import head, line, percent
from training.fitting import make_parser, start
from training.stance import passages as data
from training.stance.passages import Passage
from training.stance.read_in_article import Cutter, all_passages, predict
from training.stance.temperature import fit_calibration

STEPS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)

Array = npt.NDArray[np.float64]


def told(model: object, passages: Sequence[Passage], cutter: Cutter) -> tuple[Array, Numbers, list[str]]:
    """Logits of the stances, labels and groups of the labelled quotes of passages that have a token."""
    logits, gold, groups = [], [], []
    for passage, rows in zip(passages, predict(model, passages, cutter), strict=True):
        for target, row in zip(passage.targets, rows, strict=True):
            if target.label is not None and not np.isnan(row[0]):
                logits.append(row[: len(STANCES)])
                gold.append(target.label)
                groups.append(passage.group)
    return np.array(logits), np.array(gold), groups


def all_right(right: npt.NDArray[np.bool_], groups: Sequence[str]) -> float:
    """Share of the groups of which every member is right."""
    found: dict[str, bool] = {}
    for one, group in zip(right, groups, strict=True):
        found[group] = found.get(group, True) and bool(one)
    return float(np.mean(list(found.values())))


def main() -> None:
    """Print the table."""
    parser = make_parser(__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("found", type=Path)
    args = parser.parse_args()
    start(threads=args.threads)
    model, tokenizer = load_both(ArticleStanceModel, args.model)
    cutter = Cutter(tokenizer, model.config)
    passages = all_passages(args.corpora, args.found)
    alone = list(data.alone_passages(args.corpora))
    sets = {
        "conflict": [one for one in passages if one.origin == "conflict" and one.split == "dev"],
        "labels": [one for one in passages if one.origin == "labels" and one.split == "dev"],
        "alone": [one for one in alone if one.split == "dev"],
        "pairs": [one for one in passages if one.split == "pairs"],
    }
    read = {name: told(model, inside, cutter) for name, inside in sets.items()}
    logits, gold = (np.concatenate([read[name][place] for name in ("labels", "alone", "conflict")]) for place in (0, 1))
    temperature, biases = fit_calibration(logits, gold)
    shares = np.bincount(read["conflict"][1], minlength=len(STANCES)) / len(read["conflict"][1])
    print(f"temperature {temperature:.3f} biases {biases.round(3).tolist()} shares {shares.round(3).tolist()}")
    columns = ("conflict", "labels =", "labels", "alone =", "pairs", "ECE conflict", "ECE labels =")
    print(head("toward news", *columns))
    for step in STEPS:
        chances = {name: softmax((one[0] + biases) / temperature + step * np.log(shares)) for name, one in read.items()}
        guess = {name: one.argmax(1) for name, one in chances.items()}
        f1 = {
            (name, flag): macro_f1_of(read[name][1], guess[name], len(STANCES), as_balanced=flag)
            for name in read
            for flag in (False, True)
        }
        right = {name: guess[name] == read[name][1] for name in read}
        errors = (
            expected_calibration_error(chances["conflict"].max(1), right["conflict"])[0],
            expected_calibration_error(
                chances["labels"].max(1), right["labels"], balancing_weights(read["labels"][1], len(STANCES))
            )[0],
        )
        cells = (
            f1["conflict", False],
            f1["labels", True],
            f1["labels", False],
            f1["alone", True],
            all_right(right["pairs"], read["pairs"][2]),
            *errors,
        )
        print(line(f"{step:.1f}", *map(percent, cells)), flush=True)


if __name__ == "__main__":
    main()
