"""Means of runs: every run counts by its share, and heads that only some have are averaged over these."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from training.average import with_share
from training.fitting import mean_weights


def test_runs_count_by_their_shares() -> None:
    states = [{"tag": torch.tensor([0.0, 8.0])}, {"tag": torch.tensor([4.0, 0.0])}]
    assert mean_weights(states)["tag"].tolist() == [2.0, 4.0]
    assert mean_weights(states, [3, 1])["tag"].tolist() == pytest.approx([1.0, 6.0])


def test_a_head_that_one_run_lacks_is_that_of_the_others() -> None:
    states = [{"tag": torch.ones(1), "nested": torch.full((1,), 5.0)}, {"tag": torch.zeros(1)}]
    mean = mean_weights(states, [1, 3])
    assert mean["nested"].item() == 5.0
    assert mean["tag"].item() == 0.25


def test_a_checkpoint_without_a_share_counts_once() -> None:
    assert with_share("runs/one") == (Path("runs/one"), 1.0)
    assert with_share("runs/one=0.4") == (Path("runs/one"), 0.4)
