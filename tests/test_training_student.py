"""A smaller reader begins with layers of a whole one and is held to what that makes of a text."""

from __future__ import annotations

import pytest
import torch
from tiny import tiny_encoder

from quotestance.reader.model import Batch
from quotestance.reader.pretrained import AttributionConfig, AttributionModel
from training.reader.student import held_to, shortened

LENGTH = 12


@pytest.fixture
def reader() -> AttributionModel:
    """Make a reader of three layers with random weights."""
    torch.manual_seed(3)
    encoder = tiny_encoder()
    encoder.num_hidden_layers = 3
    encoder.initializer_range = 0.3  # so that every layer makes a difference
    return AttributionModel(AttributionConfig(encoder=encoder.to_dict(), link_size=8, reads_stance=True)).eval()


@pytest.fixture
def batch() -> Batch:
    """Make a batch of two windows, of which one is padded."""
    ids = torch.randint(5, 60, (2, LENGTH), generator=torch.Generator().manual_seed(4))
    mask = torch.ones_like(ids)
    mask[1, 7:] = 0
    return Batch(ids, mask, *(torch.zeros_like(ids) for _ in range(6)))


def test_a_reader_of_all_layers_answers_as_the_whole_one(reader: AttributionModel, batch: Batch) -> None:
    with torch.inference_mode():
        same = shortened(reader, [0, 1, 2]).eval()(batch)
        less = shortened(reader, [0, 2]).eval()(batch)
        whole = reader(batch)
    assert torch.equal(same.tags, whole.tags)
    assert not torch.allclose(less.tags, whole.tags)


def test_layers_are_taken_in_order(reader: AttributionModel) -> None:
    smaller = shortened(reader, [0, 2])
    assert smaller.config.encoder["num_hidden_layers"] == 2
    taken = smaller.encoder.encoder.layer[1].output.dense.weight
    assert torch.equal(taken, reader.encoder.encoder.layer[2].output.dense.weight)
    assert reader.config.encoder["num_hidden_layers"] == 3


@pytest.mark.parametrize("layers", [[], [0, 3], [-1]])
def test_layers_that_there_are_not_are_told(reader: AttributionModel, layers: list[int]) -> None:
    with pytest.raises(ValueError, match="from 0 to 2"):
        shortened(reader, layers)


def test_a_student_comes_to_know_what_its_teacher_knows(reader: AttributionModel, batch: Batch) -> None:
    student = shortened(reader, [0, 2])
    loss = held_to(reader, student)
    steps = torch.optim.AdamW(student.parameters(), lr=3e-3)
    seen = []
    for _ in range(30):
        student(batch)
        seen.append(loss(batch))
        seen[-1].backward()
        steps.step()
        steps.zero_grad()
    assert 0 < seen[-1].item() < 0.5 * seen[0].item()
    same = shortened(reader, [0, 1, 2])
    loss = held_to(reader, same)
    same(batch)
    assert loss(batch).item() == pytest.approx(0, abs=1e-2)  # in bfloat16, where the processor has it
