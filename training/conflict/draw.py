"""Draw the articles of the conflict corpus: by source, war and outlet, near-copies left out.

usage: python training/conflict/draw.py CORPORA -o training/conflict/documents.jsonl

CORPORA is the folder that holds ``stance/docs_*.jsonl``.  The draw is seeded: the same corpora give the same list.
Longer articles are more likely to be drawn, since a quote is read in what stands around it.
"""

import argparse
import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SEED = 20261127
ARTICLES = 350
WORDS = (250, 1300)
SHINGLE_WORDS, MOST_SHARED = 10, 0.3
FILES = {
    "docs_ukr_news": 74,
    "docs_fakes": 20,
    "docs_web2016_conflict": ARTICLES,
    "docs_conflict_more": ARTICLES,
}
"""The most articles that are taken from each file."""
MOST_OF_ONE = 75
"""The most articles of one war, and of one outlet: less than a quarter."""
WARS = {
    "Ukraine": "ukrain|crimea|donbas",
    "Syria and Iraq": "syria|islamic state|isis|iraq|aleppo|mosul",
    "Korea": "north korea|pyongyang|kim jong",
    "South China Sea": "south china sea|spratly|scarborough",
    "Iran": "iran|tehran",
    "Israel": "israel|palestin|hamas|gaza",
    "Turkey": "turkey|turkish|erdogan",
    "Afghanistan": "afghan|taliban",
}
LEAST_NAMES_OF_A_WAR = 4
OUTLETS = [
    "reuters",
    "washington-post",
    "new-york-times",
    "abc-news",
    "fox-news",
    "cbs-news",
    "nbcnews-com",
    "usa-today",
    "bbc-news",
    "cnn",
]


@dataclass(frozen=True)
class Document:
    """An article of the corpora with what it is drawn by."""

    file: str
    path: str
    text: str
    outlet: str
    war: str

    @property
    def words(self) -> int:
        """Length of the text in words."""
        return len(self.text.split())


def war(text: str) -> str:
    """The war that a text names most often, or ``other``.  It steers the draw and is no label."""
    named = {name: len(re.findall(pattern, text.lower())) for name, pattern in WARS.items()}
    most = max(named, key=lambda name: named[name])
    return most if named[most] >= LEAST_NAMES_OF_A_WAR else "other"


def outlet(file: str, row: dict[str, str]) -> str:
    """Where the article appeared, as far as the corpus tells: an outlet, or the country of one, or ``unknown``."""
    if "outlet" in row:
        return row["outlet"]
    if file == "docs_ukr_news":
        found = re.search(r"_([A-Z]{2})_en_", row["path"])
        return f"an outlet of {found[1]}" if found else "unknown"
    return next((name for name in OUTLETS if name in row["path"][-30:]), "unknown")


def documents(corpora: Path) -> Iterator[Document]:
    """Every article of the right length."""
    for file in FILES:
        for line in (corpora / "stance" / f"{file}.jsonl").open(encoding="utf-8"):
            row = json.loads(line)
            document = Document(file, row["path"], row["text"], outlet(file, row), war(row["text"]))
            if WORDS[0] <= document.words <= WORDS[1]:
                yield document


def shingles(text: str) -> set[tuple[str, ...]]:
    """Every run of ten words."""
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + SHINGLE_WORDS]) for at in range(len(words) - SHINGLE_WORDS + 1)}


def draw(pool: list[Document], known: list[str]) -> list[Document]:
    """The articles in the order of a weighted shuffle, within the bounds for files, wars and outlets."""
    chance = random.Random(SEED)
    shuffled = sorted(pool, key=lambda one: chance.random() ** (1 / one.words), reverse=True)
    drawn: list[Document] = []
    taken: Counter[tuple[str, str]] = Counter()
    seen: set[tuple[str, ...]] = set().union(*map(shingles, known))
    for one in shuffled:
        own = shingles(one.text)
        keys = [("file", one.file), ("war", one.war), ("outlet", one.outlet)]
        most = [FILES[one.file]] + [ARTICLES if key[1] in ("other", "unknown") else MOST_OF_ONE for key in keys[1:]]
        if any(taken[key] >= bound for key, bound in zip(keys, most, strict=True)):
            continue
        if len(own & seen) > MOST_SHARED * len(own):
            continue
        drawn.append(one)
        taken.update(keys)
        seen |= own
        if len(drawn) == ARTICLES:
            break
    return drawn


def main() -> None:
    """Write the list: an identifier, file, path, hash of the text, words, outlet and war."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    examples = [
        path.read_text(encoding="utf-8") for path in sorted((options.corpora / "worked_examples").glob("*.txt"))
    ]
    drawn = draw(list(documents(options.corpora)), examples)
    with options.output.open("w", encoding="utf-8") as stream:
        for number, one in enumerate(drawn):
            digest = hashlib.sha256(one.text.encode()).hexdigest()
            row: dict[str, Any] = {"id": f"c{number:03}", "file": one.file, "path": one.path, "sha256": digest}
            row |= {"words": one.words, "outlet": one.outlet, "war": one.war}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(f"{len(drawn)} articles, {sum(one.words for one in drawn)} words")
    for what in ("file", "war", "outlet"):
        print(what, Counter(getattr(one, what) for one in drawn).most_common(12))


if __name__ == "__main__":
    main()
