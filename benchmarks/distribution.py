"""How large the wheel and the sdist are, and whether they fit.

    python benchmarks/distribution.py [dist/*.whl dist/*.tar.gz]

prints what every model adds to them, from the files of the checkout (weights hardly shrink in a zip), and the size of
each distribution that is named. It ends with 1 where something is above what is held here.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
MB = 1_000_000

PYPI_FILE_MB = 100
"""What PyPI takes as one file unless its people raise the limit for the project (https://pypi.org/help/#file-size-limit)."""

MOST_MB = 200
"""What we hold a wheel or sdist to; the limit to be asked for."""

MOST_BESIDE_MODELS_MB = 60
"""What we hold all that is not in models/ to, unpacked: code, word lists, labels, invented articles, docs, tests.

Two thirds are the labels and the invented articles of training/conflict, which grow by some 6 MB a thousand articles.
"""


def size_of(folder: Path) -> float:
    """Return the size of the files below a folder, in MB, caches left out."""
    files = (file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return sum(file.stat().st_size for file in files) / MB


def parts() -> dict[str, float]:
    """Return the size of each model and of the package, in MB."""
    models = sorted(folder for folder in (ROOT / "models").iterdir() if folder.is_dir())
    return {f"models/{folder.name}": size_of(folder) for folder in models} | {
        "quotestance": size_of(ROOT / "quotestance")
    }


def told(name: str, size: float) -> str:
    """Say a size, and which limit it is above."""
    above = " ABOVE WHAT WE HOLD" if size > MOST_MB else " above PyPI's limit" if size > PYPI_FILE_MB else ""
    return f"{size:8.1f} MB  {name}{above}"


def main(arguments: Sequence[str]) -> int:
    """Print the sizes; return whether one is above what we hold."""
    found = parts()
    for name, size in found.items():
        print(told(name, size))
    total = sum(found.values())
    print(told("together, unpacked: about what a wheel has", total))
    named = {Path(name).name: Path(name).stat().st_size / MB for name in arguments}
    for name, size in named.items():
        print(told(name, size))
    return int(max([total, *named.values()]) > MOST_MB)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
