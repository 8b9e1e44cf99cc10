"""How long the products of a layer take with packed weights beside plain ones, in bfloat16.

    python benchmarks/packing.py [--threads 2] [--hidden 384] [--inner 1536]

Prints microseconds of the processor a token, for the six products of one layer of an encoder with its GELU and for some
numbers of tokens that are read at once, and the ratio. Where weights cannot be packed it says so.
"""

from __future__ import annotations

import argparse

import torch
from timing import best
from torch import Tensor, nn

from quotestance.packing import activated, can_pack, pack

TOKENS = (256, 1_024, 2_048)
REPEATS = 20


def layer_of(hidden: int, inner: int) -> nn.ModuleList:
    """Query, key, value and output of attention, then the two of the feed-forward network, in bfloat16."""
    sizes = [(hidden, hidden)] * 4 + [(hidden, inner), (inner, hidden)]
    return nn.ModuleList(nn.Linear(*size).bfloat16().requires_grad_(requires_grad=False) for size in sizes)


def seconds(layer: nn.ModuleList, states: Tensor) -> float:
    """Seconds of the processor of all products of a layer."""
    *asking, inner, outer = layer

    def work() -> None:
        with torch.inference_mode():
            for product in asking:
                product(states)
            outer(activated(inner, states))

    work()
    return best(work, REPEATS).processor


def main() -> None:
    """Print both for every number of tokens."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--hidden", type=int, default=384)
    parser.add_argument("--inner", type=int, default=1_536)
    args = parser.parse_args()
    if not can_pack(torch.bfloat16, "cpu"):
        parser.error("this processor, or this torch, packs no weights in bfloat16")
    torch.set_num_threads(args.threads)
    plain, packed = layer_of(args.hidden, args.inner), layer_of(args.hidden, args.inner)
    pack(packed)
    print("tokens  plain  packed  ratio")
    for tokens in TOKENS:
        states = torch.randn(tokens, args.hidden).bfloat16()
        before, after = (1e6 * seconds(layer, states) / tokens for layer in (plain, packed))
        print(f"{tokens:6}  {before:5.1f}  {after:6.1f}  {before / after:5.2f}")


if __name__ == "__main__":
    main()
