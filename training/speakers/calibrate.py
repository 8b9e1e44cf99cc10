"""How far Speaker.confidence can be believed, and the table behind it.

    python training/speakers/calibrate.py --polnear polnear_dev.jsonl --stance ../shared/corpora/stance [--fit]

With ``--fit`` prints the table of ``quotestance/speakers/confidence.py``: for everything that can tell who a source is,
the share of the sources of ``tune`` and ``tune2`` whose kind and name came out right (members, for a group; an answer
without a name is right where gold lists none). Each share is drawn toward that of all sources by :data:`PRIOR` sources,
since some kinds of evidence are rare. Without it, prints a reliability table and the expected calibration error (Naeini
et al., AAAI 2015) of the table as it is, on ``test`` and ``test2``, per source.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from evaluate import fits, quotes_of, read_gold, read_texts

from quotestance.speakers.confidence import CONFIDENCE, Evidence
from quotestance.speakers.resolve import find_speakers, speakers_of
from quotestance.types import Article, Speaker

PRIOR = 8.0  # sources that every kind of evidence is given beforehand
BINS = 15

Texts = dict[tuple[str, str], str]


def is_right(gold: dict[str, Any], said: Speaker) -> bool:
    """Whether kind and name are right."""
    if said.kind != gold["kind"]:
        return False
    if said.kind == "group":
        members = gold.get("members", [])
        return len(said.members) == len(members) and all(fits(one, members) for one in said.members)
    return fits(said.name, gold["name"]) if gold["name"] else said.name is None


def judged(texts: Texts, *names: str) -> Iterator[tuple[Evidence, bool]]:
    """What told each source of some gold files, and whether the answer was right."""
    for name in names:
        for article in read_gold(name):
            text = texts[article["corpus"], article["id"]]
            asked = Article(text, quotes=quotes_of(text, article["sources"]))
            found, profiles = find_speakers(asked)
            for gold, one, said in zip(article["sources"], found, speakers_of(found, profiles), strict=True):
                yield one.evidence, is_right(gold, said)


def fit(texts: Texts) -> None:
    """Print the table."""
    seen: Counter[Evidence] = Counter()
    right: Counter[Evidence] = Counter()
    for evidence, fine in judged(texts, "tune", "tune2"):
        seen[evidence] += 1
        right[evidence] += fine
    overall = right.total() / seen.total()
    for evidence in get_args(Evidence):
        if evidence == "no source":
            continue  # gold has none of these: its confidence is that of "unnamed"
        share = (right[evidence] + PRIOR * overall) / (seen[evidence] + PRIOR)
        print(f'    "{evidence}": {share:.2f},  # {right[evidence]} of {seen[evidence]}')


def report(texts: Texts) -> None:
    """Print the reliability table on articles that the confidences were not fitted on."""
    answers = list(judged(texts, "test", "test2"))
    error = 0.0
    print("| confidence from | sources | mean confidence | share right |\n| --- | --- | --- | --- |")
    for place in range(BINS):
        inside = [(CONFIDENCE[e], fine) for e, fine in answers if min(int(CONFIDENCE[e] * BINS), BINS - 1) == place]
        if inside:
            mean, share = (sum(column) / len(inside) for column in zip(*inside, strict=True))
            error += len(inside) * abs(mean - share) / len(answers)
            print(f"| {place / BINS:.2f} | {len(inside)} | {mean:.2f} | {share:.2f} |")
    print(f"\nexpected calibration error {error:.3f} over {len(answers)} sources")


def main() -> None:
    """Fit or report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--polnear", type=Path, required=True)
    parser.add_argument("--stance", type=Path, required=True)
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    texts = read_texts(options.polnear, options.stance)
    (fit if options.fit else report)(texts)


if __name__ == "__main__":
    main()
