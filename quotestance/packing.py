"""Linear layers for a processor that multiplies bfloat16: their weights lie as it takes them.

oneDNN puts weights into an order of its own before every product, and torch goes through the result once more for an
activation. Here weights are put into order once, and GELU is taken while the result is in the cache (``python
benchmarks/packing.py`` times both). The operators are those that torch's own compiler calls; where a torch or a
processor lacks them, layers stay as they are.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class PackedLinear(nn.Module):
    """A linear layer in bfloat16 whose weights lie as oneDNN multiplies them; for reading, and for the processor alone.

    Args:
        layer: With its weights, which are left as they are.
    """

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.bias = layer.bias
        self.packed = _packed(layer.weight)

    def __getstate__(self) -> dict[str, Any]:
        """Return what is copied and pickled: the weights in their usual order."""
        return {**self.__dict__, "packed": self.packed.to_dense()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take it, and put the weights into order again."""
        self.__dict__.update({**state, "packed": _packed(state["packed"])})

    def forward(self, given: Tensor, activation: str = "none") -> Tensor:
        """Return the product after an activation ("none", "gelu"), ``(..., outputs)``."""
        read: Tensor = torch.ops.mkldnn._linear_pointwise(given, self.packed, self.bias, activation, [], "none")
        return read


def _packed(weight: Tensor) -> Tensor:
    packed: Tensor = torch.ops.mkldnn._reorder_linear_weight(weight.detach(), None)
    return packed


def can_pack(dtype: torch.dtype, device: str) -> bool:
    """Whether linear layers of this type of number can be packed on this device."""
    operators = torch.ops.mkldnn
    needed = ("_linear_pointwise", "_reorder_linear_weight", "_is_mkldnn_bf16_supported")
    if dtype is not torch.bfloat16 or torch.device(device).type != "cpu":
        return False
    return all(hasattr(operators, name) for name in needed) and bool(operators._is_mkldnn_bf16_supported())


def pack(layers: nn.Module) -> None:
    """Put packed layers into the place of all linear ones of a module, which is to read alone from now on."""
    # Not the layers themselves: each goes before the next is packed, so that no two sets of weights are held.
    linear = [
        (inside, name)
        for inside in layers.modules()
        for name, layer in inside.named_children()
        if isinstance(layer, nn.Linear)
    ]
    for inside, name in linear:
        inside.register_module(name, PackedLinear(getattr(inside, name)))


def activated(layer: nn.Module, given: Tensor) -> Tensor:
    """Return what GELU makes of what a linear layer gives, whether that is packed or not."""
    read: Tensor = layer(given, "gelu") if isinstance(layer, PackedLinear) else functional.gelu(layer(given))
    return read
