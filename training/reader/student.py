"""A smaller reader: some layers of a reader under its own heads, held to what the whole one makes of a window.

The heads of the smaller one begin as those of the whole one, so states that are alike are all that it takes to answer
alike.  That layers are taken from the model that teaches is how DistilBERT began (Sanh et al., 2019).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from quotestance.batching import computing
from quotestance.reader.model import Batch
from quotestance.reader.pretrained import AttributionConfig, AttributionModel

_LAYER = re.compile(r"(?<=encoder\.encoder\.layer\.)\d+")


def shortened(reader: AttributionModel, layers: Sequence[int]) -> AttributionModel:
    """Return a reader that has only some layers of another one's encoder, counted from 0, in this order.

    Raises:
        ValueError: The encoder has no such layer.
    """
    config = AttributionConfig(**reader.config.to_dict())
    depth = int(config.encoder["num_hidden_layers"])
    if not layers or not set(layers) <= set(range(depth)):
        raise ValueError(f"Layers are {list(layers)}, but the encoder has those from 0 to {depth - 1}.")
    config.encoder = dict(config.encoder) | {"num_hidden_layers": len(layers)}
    places = {str(layer): str(place) for place, layer in enumerate(layers)}
    weights = {}
    for name, weight in reader.state_dict().items():
        found = _LAYER.search(name)
        if found is None:
            weights[name] = weight
        elif found[0] in places:
            weights[_LAYER.sub(places[found[0]], name)] = weight
    smaller = AttributionModel(config)
    smaller.load_state_dict(weights)
    return smaller


def held_to(teacher: AttributionModel, student: AttributionModel) -> Callable[[Batch], Tensor]:
    """Return the loss that holds a student to its teacher; the student must just have read the same batch.

    It is the squared distance of the states of the last layer over the tokens of a batch, beside their variance in the
    teacher: 0 where they are alike, 1 for a student that knows no more than their mean.
    """
    teacher.eval()
    of_student = _last_states(student.encoder)
    of_teacher = _last_states(teacher.encoder)

    def loss(batch: Batch) -> Tensor:
        with torch.no_grad(), computing(teacher.device):
            teacher.stance_notes(batch)
        there = batch.mask > 0
        right, told = of_teacher.pop()[there].float(), of_student.pop()[there].float()
        spread = (right - right.mean(0)).square().sum()
        return (told - right).square().sum() / spread

    return loss


def _last_states(encoder: nn.Module) -> list[Tensor]:
    """Return a list that holds what the encoder made of the last batch that it read."""
    kept: list[Tensor] = []

    def keep(_module: nn.Module, _given: object, made: object) -> None:
        kept[:] = [made.last_hidden_state]  # type: ignore[attr-defined]

    encoder.register_forward_hook(keep)
    return kept
