"""Draw the articles of the conflict corpus: by source, war and outlet, near-copies left out.

usage: python -m training.conflict.draw CORPORA -o training/conflict/documents.jsonl

CORPORA is the folder that holds ``stance/docs_*.jsonl``.  The draw is seeded: the same corpora give the same list.
Longer articles are more likely to be drawn, since a quote is read in what stands around it.  After the first draw,
which is split by document, come two of documents for training alone, from what those before left, one of documents
of the test split that nobody who works on the models has read (the split ``fresh``), two for training of any
length: of all files, then of the one that has any left; what is left of the dev split, of any length (the split
``tune``, on which thresholds are fitted beside dev); and all that is left for training.
"""

import argparse
import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.stance.data import split_of

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
FURTHER: list[dict[str, int]] = [
    {"docs_ukr_news": 70, "docs_fakes": 8, "docs_web2016_conflict": 21, "docs_conflict_more": 11},
    {"docs_ukr_news": 78, "docs_fakes": 24, "docs_web2016_conflict": 9, "docs_conflict_more": 5},
]
"""The most that the further draws take from each file: all that two files of wire copy, and then a third, still had."""
FRESH = {"docs_ukr_news": 22, "docs_fakes": 8, "docs_web2016_conflict": 4, "docs_conflict_more": 3}
"""The most that the draw of what nobody reads takes from each file."""
ANY_WORDS = (60, 2500)
ANY_LENGTH = {"docs_ukr_news": 88, "docs_fakes": 30, "docs_web2016_conflict": 12, "docs_conflict_more": 0}
"""The most that the draw of shorter and longer articles takes from each file."""
SYRIA = dict.fromkeys(FILES, 0) | {"docs_fakes": 120}
"""The same of the draw after it: the other files have no more articles for training."""
TUNE = {"docs_ukr_news": 40, "docs_fakes": 23, "docs_web2016_conflict": 7, "docs_conflict_more": 2}
"""The most that the draw of what is left of the dev split takes: all that there is, and some of FA-KES."""
REST = dict.fromkeys(FILES, 0) | {"docs_fakes": 400}
"""More than what is left for training: the last draw takes all of it."""
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
    split: str

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


def documents(corpora: Path, words: tuple[int, int] = WORDS) -> Iterator[Document]:
    """Every article of the right length."""
    for file in FILES:
        for line in (corpora / "stance" / f"{file}.jsonl").open(encoding="utf-8"):
            row = json.loads(line)
            kind = outlet(file, row), war(row["text"]), split_of(row["repo"], row["path"])
            document = Document(file, row["path"], row["text"], *kind)
            if words[0] <= document.words <= words[1]:
                yield document


def shingles(text: str) -> set[tuple[str, ...]]:
    """Every run of ten words."""
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + SHINGLE_WORDS]) for at in range(len(words) - SHINGLE_WORDS + 1)}


def draw(pool: list[Document], known: list[str]) -> list[Document]:
    """The first draw: in the order of a weighted shuffle, within the bounds for files, wars and outlets."""

    def bounds(one: Document) -> list[tuple[tuple[str, str], int]]:
        kinds = [("war", one.war), ("outlet", one.outlet)]
        most = [(kind, ARTICLES if kind[1] in ("other", "unknown") else MOST_OF_ONE) for kind in kinds]
        return [(("file", one.file), FILES[one.file]), *most]

    return _first(_shuffled(pool), known, bounds, ARTICLES)


def draw_further(pool: list[Document], known: list[str], files: Mapping[str, int], split: str) -> list[Document]:
    """A further draw: documents of a split that are no near-copies of ``known``, so many of each file."""
    left = [one for one in pool if one.split == split and one.text not in known]
    return _first(_shuffled(left), known, lambda one: [(("file", one.file), files[one.file])], sum(files.values()))


def _shuffled(pool: list[Document]) -> list[Document]:
    chance = random.Random(SEED)
    return sorted(pool, key=lambda one: chance.random() ** (1 / one.words), reverse=True)


def _first(
    shuffled: list[Document],
    known: list[str],
    bounds: Callable[[Document], list[tuple[tuple[str, str], int]]],
    count: int,
) -> list[Document]:
    drawn: list[Document] = []
    taken: Counter[tuple[str, str]] = Counter()
    seen: set[tuple[str, ...]] = set().union(*map(shingles, known))
    for one in shuffled:
        own, bound = shingles(one.text), bounds(one)
        if any(taken[key] >= most for key, most in bound):
            continue
        if len(own & seen) > MOST_SHARED * len(own):
            continue
        drawn.append(one)
        taken.update(key for key, _ in bound)
        seen |= own
        if len(drawn) == count:
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
    pool = list(documents(options.corpora))
    drawn = draw(pool, examples)
    for files in FURTHER:
        drawn += draw_further(pool, [*examples, *(one.text for one in drawn)], files, "train")
    fresh = draw_further(pool, [*examples, *(one.text for one in drawn)], FRESH, "test")
    known = [*examples, *(one.text for one in (*drawn, *fresh))]
    everything = list(documents(options.corpora, ANY_WORDS))
    last = draw_further(everything, known, ANY_LENGTH, "train")
    last += draw_further(everything, [*known, *(one.text for one in last)], SYRIA, "train")
    tune = draw_further(everything, [*known, *(one.text for one in last)], TUNE, "dev")
    rest = draw_further(everything, [*known, *(one.text for one in (*last, *tune))], REST, "train")
    with options.output.open("w", encoding="utf-8") as stream:
        for number, one in enumerate([*drawn, *fresh, *last, *tune, *rest]):
            digest = hashlib.sha256(one.text.encode()).hexdigest()
            row: dict[str, Any] = {"id": f"c{number:03}", "file": one.file, "path": one.path, "sha256": digest}
            row |= {"words": one.words, "outlet": one.outlet, "war": one.war}
            row |= {"split": "fresh"} if one in fresh else {"split": "tune"} if one in tune else {}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    drawn += [*fresh, *last, *tune, *rest]
    print(f"{len(drawn)} articles, {sum(one.words for one in drawn)} words")
    for what in ("file", "war", "outlet"):
        print(what, Counter(getattr(one, what) for one in drawn).most_common(12))


if __name__ == "__main__":
    main()
