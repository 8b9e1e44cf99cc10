"""Processes forked after a model was loaded read as their parent does, where they used to hang."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = '"We will talk," Ann Lee said. "Soon," she added.\n\nThe mayor said that the war was over.\n'
START = f"""
import multiprocessing, threading, warnings
import torch, quotestance
warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 and later warn of every fork beside threads
fork = multiprocessing.get_context("fork")
pipe = quotestance.load(fast=True, threads=2)  # the shipped models: tiny ones are too small for a second thread

def count(_=None):
    return len(pipe({TEXT!r}).quotes)

def map_in_pool(function):
    with fork.Pool(2) as pool:
        return pool.map(function, range(4))
"""
CASES = {
    "before the parent reads": """
assert map_in_pool(count) == [count()] * 4
""",
    "after the parent has read": """
expected = count()
assert expected > 0
assert map_in_pool(count) == [expected] * 4
assert torch.get_num_threads() == 2
assert count() == expected
""",
    "in a thread of the child": """
def count_in_thread(_):
    found = []
    thread = threading.Thread(target=lambda: found.append(count()))
    thread.start()
    thread.join()
    return found

assert map_in_pool(count_in_thread) == [[count()]] * 4
""",
    "in a child that loads anew": """
def load_anew(_):
    other = quotestance.load(fast=True)
    try:
        quotestance.load(fast=True, threads=2)
    except ValueError as error:
        return torch.get_num_threads(), str(error)

threads, reason = map_in_pool(load_anew)[0]
assert threads == 1
assert "forked from one that had loaded a model" in reason
""",
}


@pytest.mark.skipif(sys.platform != "linux", reason="Only on Linux are processes safely forked.")
@pytest.mark.parametrize("case", CASES)
def test_threads_of_a_fork_do_not_hang(case: str) -> None:
    environment = {**os.environ, "TOKENIZERS_PARALLELISM": "true"}  # as some set it, against the warning
    run = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", START + CASES[case]],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # so that its children can be ended with it
    )
    try:
        _, errors = run.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
        pytest.fail("It hangs.")
    assert run.returncode == 0, errors
