"""How long attention takes by groups of heads beside torch's own, reading and learning.

    python benchmarks/attention.py [--threads 2] [--heads 12] [--size 32]

Prints microseconds a token of one layer in bfloat16, by the clock, for windows of some lengths, and the ratio.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import torch
from timing import best_seconds
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from quotestance.attention import attend
from training.reader.attention import GroupedAttention

TOKENS = 2_048
LENGTHS = (128, 256, 382, 510)


def reading(read: Callable[..., object], parts: list[Tensor]) -> float:
    """Seconds of one pass without gradients."""

    def work() -> None:
        with torch.inference_mode():
            read(*parts)

    work()
    return best_seconds(work)


def learning(read: Callable[..., Tensor], parts: list[Tensor]) -> float:
    """Seconds there and back."""
    held = [part.clone().requires_grad_() for part in parts]
    wanted = torch.ones_like(parts[0])

    def work() -> None:
        torch.autograd.grad(read(*held), held, wanted)

    work()
    return best_seconds(work)


def main() -> None:
    """Print both for every length."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--heads", type=int, default=12)
    parser.add_argument("--size", type=int, default=32)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    print("tokens  reading: torch  ours  ratio   learning: torch  ours  ratio")
    for length in LENGTHS:
        rows = TOKENS // length
        parts = list(torch.randn(3, rows, args.heads, length, args.size).bfloat16())
        times = [
            reading(scaled_dot_product_attention, parts),
            reading(attend, parts),
            learning(scaled_dot_product_attention, parts),
            learning(lambda *given: GroupedAttention.apply(*given, None), parts),  # type: ignore[no-untyped-call]
        ]
        torchs, ours, there, back = (1e6 * seconds / rows / length for seconds in times)
        faster, faster_back = torchs / ours, there / back
        print(
            f"{length:6}  {torchs:14.1f}  {ours:4.1f}  {faster:5.2f}   {there:15.1f}  {back:4.1f}  {faster_back:5.2f}"
        )


if __name__ == "__main__":
    main()
