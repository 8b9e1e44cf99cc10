"""What the start costs: seconds and peak memory until the library is imported, loaded, and has read a first article.

    python benchmarks/start.py [--repeats 3]

Every figure is of a process of its own, the least of some runs. Processor seconds hardly move when the machine has
other work to do, those on the clock do.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass

READ = """pipe('"We are ready to talk," said Liu Pengyu, a spokesman. "Soon," he added.')"""
STEPS = {
    "python and torch": "import torch",
    "import quotestance": "import quotestance",
    "load(fast=True)": "import quotestance; quotestance.load(fast=True)",
    "first article, fast": f"import quotestance; pipe = quotestance.load(fast=True); {READ}",
    "load()": "import quotestance; quotestance.load()",
    "first article": f"import quotestance; pipe = quotestance.load(); {READ}",
}


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took.

    Args:
        processor, clock: Seconds.
        memory: Most that it held at once, in MB.
    """

    processor: float
    clock: float
    memory: float


def cost_of(code: str) -> Cost:
    """Run code in a process of its own, with one thread.

    Raises:
        RuntimeError: It fails.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code], env=environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{code!r} ended with {process.returncode}.")
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 1024)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    print(f"{'':22s} {'processor':>10s} {'clock':>8s} {'peak memory':>12s}")
    for name, code in STEPS.items():
        costs = [cost_of(code) for _ in range(args.repeats)]
        processor, clock, memory = (min(getattr(cost, key) for cost in costs) for key in Cost.__slots__)
        print(f"{name:22s} {processor:8.1f} s {clock:6.1f} s {memory:9.0f} MB", flush=True)


if __name__ == "__main__":
    main()
