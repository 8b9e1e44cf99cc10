"""How well a reader tells who speaks: the tables on people of its card.

usage: python -m training.reader.people_figures CORPORA MODEL

Speakers of the conflict corpus, gold quotes and sources given: fields by split, and speakers by what names them (a
name, a pronoun, other words), by what they are, and by the file that the article is from.  Thresholds are fitted on
dev and tune; nothing is trained or fitted on ``test`` and ``fresh``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quotestance.evaluation import evaluate
from quotestance.evaluation.metrics.speakers import FIGURES
from quotestance.pipeline import load
from quotestance.threads import set_threads
from training.cards import line, percent, table
from training.fitting import make_parser
from training.reader.stance_fit import SETS, articles_of

SLICES = ("source_form", "speaker_kind", "file")
Row = dict[str, Any]


def measured(folder: Path, corpora: Path) -> Row:
    """The figures of every split, and the share of right speakers by slice with the number of quotes."""
    pipe = load(attribution=folder, fast=True)
    found: Row = {}
    for split in SETS:
        gold = articles_of(corpora, split)
        given = [pipe.resolve_speakers(article) for article in gold]
        metrics = evaluate(gold, given, slices=SLICES, draws=0).metrics
        slices = {
            f"{column}: {value}": {"quotes": figures["quotes"], "speaker": figures["speaker"]}
            for column in SLICES
            for value, figures in metrics["slices"][column].items()
        }
        speakers = metrics["speakers"]
        found[split] = {"figures": {name: speakers[name] for name in (*FIGURES, "ece")}, "slices": slices}
    return found


def tables(found: Mapping[str, Row]) -> str:
    """Two Markdown tables in %: fields, and speakers by slice with the number of quotes."""
    fields = [
        (name.replace("_", " "), *(_shown(found[split]["figures"][name]) for split in found))
        for name in (*FIGURES, "ece")
    ]
    values = dict.fromkeys(value for split in found.values() for value in split["slices"])
    slices = [line(value, *(_of(found[split]["slices"].get(value)) for split in found)) for value in values]
    heading = table(("speaker is right, of quotes", *found))
    return "\n".join((table(("field", *found), *fields), "", heading, *slices))


def _of(figures: Row | None) -> str:
    return "" if figures is None else f"{_shown(figures['speaker'])} of {figures['quotes']}"


def _shown(share: float | None) -> str:
    return "" if share is None else percent(share)


def main() -> None:
    """Print the tables."""
    parser = make_parser(__doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("model", type=Path)
    args = parser.parse_args()
    set_threads(args.threads)
    print(tables(measured(args.model, args.corpora)))


if __name__ == "__main__":
    main()
