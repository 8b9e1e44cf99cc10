"""Where models compute: the device of a name, after a look whether it is there."""

from __future__ import annotations

import torch


def find_device(name: str) -> torch.device:
    """Return the device of a name.

    Args:
        name: A device of torch, as ``cpu``, ``cuda`` or ``cuda:1``; or ``auto``: CUDA where there is any, else the
            processor.

    Raises:
        ValueError: There is no such device on this machine, or this build of torch cannot use it.

    >>> find_device("cpu")
    device(type='cpu')
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    device = known_device(name)
    try:
        torch.zeros(1, device=device).item()
    except Exception as error:  # torch raises AssertionError, RuntimeError, NotImplementedError and others
        raise _no_device(name, error) from error
    return device


def known_device(name: str) -> torch.device:
    """Return the device of a name, which another machine may have.

    Args:
        name: A device of torch.

    Raises:
        ValueError: No machine has it: torch knows no such name.
    """
    try:
        return torch.device(name)
    except (RuntimeError, TypeError) as error:
        raise _no_device(name, error) from error


def _no_device(name: str, error: Exception) -> ValueError:
    reason = str(error).split("\n", maxsplit=1)[0].rstrip(".")
    return ValueError(
        f"There is no device {name!r} here ({reason}). Available: {', '.join(_available())}; 'auto' takes the best."
    )


def _available() -> list[str]:
    return ["cpu", *(f"cuda:{number}" for number in range(torch.cuda.device_count()))]
