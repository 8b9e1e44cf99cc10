"""How far Speaker.confidence can be believed, and the table behind it.

    python -m training.speakers.calibrate --polnear POLNEAR_DIR/data/dev --corpora CORPORA_DIR [--fit]

With ``--fit`` prints the table of ``quotestance/speakers/confidence.py``: for everything that can tell who a source is,
the share of the sources of ``tune`` and ``tune2`` whose speaker is right, as ``quotestance evaluate`` judges it. Each
share is drawn toward that of all sources by :data:`PRIOR` sources, since some kinds of evidence are rare. Without it,
prints a reliability table and the expected calibration error of the table as it is, on ``test`` and ``test2``, per
source.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import get_args

from quotestance.evaluation.metrics.calibration import expected_calibration_error
from quotestance.evaluation.metrics.speakers import judge
from quotestance.speakers.confidence import CONFIDENCE, Evidence
from quotestance.speakers.resolve import find_speakers, speakers_of
from training.cards import bin_rows, table
from training.fitting import make_parser
from training.speakers.corpus import Document, add_folders, load, read_texts

PRIOR = 8.0
"""Sources that every kind of evidence is given beforehand."""


def judged(texts: Mapping[Document, str], *names: str) -> Iterator[tuple[Evidence, bool]]:
    """What told each source of some gold files, and whether the answer was right."""
    for article in (article for name in names for article in load(name, texts)):
        found, profiles = find_speakers(article)
        for quote, one, said in zip(article.quotes, found, speakers_of(found, profiles), strict=True):
            if quote.speaker is not None:
                yield one.evidence, bool(judge(article, quote.speaker, said)["speaker"])


def fit(texts: Mapping[Document, str]) -> None:
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


def report(texts: Mapping[Document, str]) -> None:
    """Print the reliability table on articles that the confidences were not fitted on."""
    answers = list(judged(texts, "test", "test2"))
    confidences = [CONFIDENCE[evidence] for evidence, _ in answers]
    error, bins = expected_calibration_error(confidences, [fine for _, fine in answers])
    print(table(("confidence from", "sources", "mean confidence", "share right"), *bin_rows(bins)))
    print(f"\nexpected calibration error {error:.3f} over {len(answers)} sources")


def main() -> None:
    """Fit or report."""
    parser = make_parser(__doc__)
    add_folders(parser)
    parser.add_argument("--fit", action="store_true")
    args = parser.parse_args()
    texts = read_texts(args.polnear, args.corpora)
    (fit if args.fit else report)(texts)


if __name__ == "__main__":
    main()
