from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from quotestance.reader.runs import labelled_runs, viterbi

LABELS = ("O", "B-person", "I-person", "B-body", "I-body")


def scores(*labels: str, sure: float = 0.9) -> np.ndarray:
    """Log-probabilities under which each token has its label."""
    rows = np.full((len(labels), len(LABELS)), (1 - sure) / (len(LABELS) - 1), dtype=np.float32)
    rows[range(len(labels)), [LABELS.index(label) for label in labels]] = sure
    return np.log(rows)


def test_runs_an_inside_label_follows_its_own_kind_only() -> None:
    best = viterbi(scores("O", "I-person", "I-body"), LABELS)
    assert [LABELS[number] for number in best] != ["O", "I-person", "I-body"]
    assert all(not LABELS[b].startswith("I-") or LABELS[a][2:] == LABELS[b][2:] for a, b in itertools.pairwise(best))


def test_runs_are_of_whole_words_with_their_probability() -> None:
    words = np.array([0, 1, 3], dtype=np.int32)  # the second word has two tokens
    (run,) = labelled_runs(scores("O", "B-person", "I-person", "O"), words, LABELS)
    assert (run.kind, run.start, run.end) == ("person", 1, 3)
    assert 0.85 < run.probability <= 1


def test_runs_a_bias_against_none_finds_what_is_less_sure() -> None:
    unsure = scores("O", "O", sure=0.5)
    unsure[1, LABELS.index("B-body")] = np.log(0.45)
    words = np.arange(2, dtype=np.int32)
    assert labelled_runs(unsure, words, LABELS) == []
    assert [run.kind for run in labelled_runs(unsure, words, LABELS, bias=0.3)] == ["body"]


@given(st.integers(1, 12), st.integers(0, 2**32 - 1), st.sampled_from([1.0, 30.0, 9_000.0]))
def test_runs_the_quick_way_finds_what_going_through_all_pairs_finds(words: int, seed: int, spread: float) -> None:
    random = np.random.default_rng(seed)
    rows = (random.standard_normal((words, len(LABELS))) * spread).astype(np.float32)
    through_all = viterbi(rows, LABELS, np.zeros((len(LABELS), len(LABELS)), dtype=np.float32))
    assert viterbi(rows, LABELS).tolist() == through_all.tolist()
