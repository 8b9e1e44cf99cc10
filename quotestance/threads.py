"""Processor threads of torch, and what becomes of them in a forked process.

OpenMP's threads are not copied into a forked child, and its first operation that uses more than one waits without
end, as in ``multiprocessing.Pool().map`` after :func:`quotestance.load` on Linux before Python 3.14. A child that is
forked after a model was loaded therefore gets one thread, with which it works as usual; more workers make up for it.
Where another thread of the parent is reading while it forks, no child of it is safe, as with any library: fork before,
or start workers with "spawn".
"""

from __future__ import annotations

import os
from functools import lru_cache

import torch

from quotestance.types import check_count

_ADVICE = (
    "This process was forked from one that had loaded a model, and would wait for ever for a second thread of torch. "
    'Leave threads out, or start workers with multiprocessing.get_context("spawn").'
)
_is_forked = False


def set_threads(threads: int) -> None:
    """Set the processor threads of torch in this process.

    Args:
        threads: How many, ``>= 1``.

    Raises:
        ValueError: It is no whole number, or below 1; or above 1 in a process that was forked after a model was loaded.
    """
    check_count("threads", threads, "processor threads")
    if threads > 1 and _is_forked:
        raise ValueError(f"threads is {threads}. {_ADVICE}")
    torch.set_num_threads(threads)


@lru_cache(maxsize=1)
def keep_forks_alive() -> None:
    """Limit processes forked from now on to one thread of torch and tokenizers; called wherever a model is loaded."""
    if hasattr(os, "register_at_fork"):  # there is no fork elsewhere
        os.register_at_fork(after_in_child=_in_child)


def _in_child() -> None:
    global _is_forked
    _is_forked = True
    torch.set_num_threads(1)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # its threads are not copied either
