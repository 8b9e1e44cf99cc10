"""Invented articles and tiny random models, so that runs over many articles take minutes and need no corpus."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from tiny import save_attribution, save_stance

_NAMES = ("Ana Ruiz", "Ben Okoro", "Liu Pengyu", "Yeva Tarr", "Tom Reiss", "Noor Haddad")
_ROLES = ("the defence minister", "a spokesman", "the mayor", "an analyst", "the envoy")
_SAID = ("We will talk", "There will be no truce", "The border stays shut", "Both sides must stop", "We are ready")
_REST = ("Rain fell on the port.", "Traffic was slow.", "The hall was full.", "Talks go on next week.")


def invented_text(number: int, sentences: int) -> str:
    """Return the text of an article, the same for the same number.

    Args:
        number: Which article.
        sentences: How many sentences it has; two in three hold a quote.
    """
    draw = random.Random(number)
    parts = [f"Report {number}."]
    for place in range(sentences):
        if place % 3 == 2:
            parts.append(draw.choice(_REST))
        else:
            who = f"{draw.choice(_NAMES)}, {draw.choice(_ROLES)}"
            parts.append(f'"{draw.choice(_SAID)}, for day {draw.randint(1, 99)}," said {who}.')
    return " ".join(parts)


def write_folder(folder: Path, count: int, sentences: int) -> Path:
    """Write articles as text files, one each, and return the folder."""
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:06}.txt").write_text(invented_text(number, sentences), encoding="utf-8")
    return folder


def write_lines(path: Path, count: int, sentences: int) -> Path:
    """Write articles as JSON Lines, and return the file."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            file.write(json.dumps({"id": str(number), "text": invented_text(number, sentences)}) + "\n")
    return path


def tiny_models(folder: Path) -> dict[str, str]:
    """Save tiny random models in a folder, and return the options of ``load`` that name them."""
    for name, save in (("attribution", save_attribution), ("stance", save_stance)):
        save(folder / name)
    return {name: str(folder / name) for name in ("attribution", "stance")}
