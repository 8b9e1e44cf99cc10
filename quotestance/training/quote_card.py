"""Figures of a reader that was fine-tuned, and its card, which are written on every save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from quotestance.checkpoints import shipped
from quotestance.evaluation import evaluate
from quotestance.io.saving import replacing
from quotestance.pipeline import Pipeline
from quotestance.quotes.finder import QuoteFinder
from quotestance.training.card import line, percent
from quotestance.types import Article
from quotestance.version import __version__

FIGURES: Mapping[str, str] = {
    "quotes.all.end_to_end.f1": "content and source",
    "quotes.direct_mixed.end_to_end.f1": "direct + mixed",
    "quotes.indirect.end_to_end.f1": "indirect",
    "quotes.all.soft.f1": "content alone",
    "passages.three_words.end_to_end.f1": "passages of 3+ words",
    "speakers.speaker": "speaker, of quotes found",
}
"""Figures of ``quotestance evaluate`` that are kept and shown, with their headings; F1 but for the last, a share."""

_CARD = Template("""---
language: en
library_name: quotestance
tags: [quotation-attribution, token-classification, news]
---
# $name

Finds the quotes of English news articles, with the words that attribute them (cue) and the words that name their
source. Made by `quotestance train quotes` of quotestance $version: `quotestance.load(attribution="$name")`.

## How it was made

Gone on from $start with the annotated articles of $gold: $epochs epochs, learning rate $rate, $tokens_a_step tokens a
step, seed $seed. The last epoch was taken. The decoder's thresholds, and the functions that give the confidence of
quotes and speakers, are those of the model before.$people$unmarked

| split | articles | quotes |
|---|---|---|
$rows

## How good it is

F1 in %, and the share of speakers that are right, where the gold names them; under each split what the model before
reaches on the same articles. They are the figures of `quotestance evaluate`; `metrics.json` has the ids of the
articles.

| split | $figures_head |
|---|$dashes
$figures

Few articles tell little: `quotestance evaluate GOLD --attribution $name` gives intervals, and `quotestance compare`
says whether the difference to the model before is one.

## To be filled in

Who annotated what by which guidelines, how far annotators agree (`quotestance agreement`), and under which licence the
texts and the annotation stand.
""")
_PEOPLE = (
    " The gold says nothing of names, roles and homes that the model could learn from: what it says of people was held"
    " to what the model before says."
)
_STANCE = " What it notes for the stance of quotes was held to that too, and no stance was learned."


def figures_of(finder: QuoteFinder, gold: Sequence[Article]) -> dict[str, float]:
    """Measure a reader on annotated articles; figures without a meaning there are left out.

    Args:
        finder: The reader.
        gold: Annotated articles, at least one with a quote.
    """
    classifier: Any = None  # of a stage that is not run
    people = None if finder.reads_people else QuoteFinder.load(shipped("attribution-en"))  # as load() has it
    pipe = Pipeline(finder, classifier, people)
    found = [pipe.resolve_speakers(pipe.find_quotes(one.replace(quotes=(), meta={}))) for one in gold]
    headline = evaluate(gold, found, draws=0).headline()
    return {name: headline[name] for name in FIGURES if name in headline}


def write_card(folder: Path, metrics: Mapping[str, Any], *, gold: str) -> None:
    """Write the README.md of a reader.

    Args:
        folder: The model.
        metrics: Its figures, as ``metrics.json`` holds them.
        gold: Name of the file or folder of gold.
    """
    measured = [name for name in ("dev", "test") if name in metrics]
    unmarked = " or a ".join(metrics["unmarked"])
    text = _CARD.substitute(
        metrics["settings"],
        name=folder.resolve().name,
        version=__version__,
        start=f"`{Path(metrics['settings']['start']).name}`",
        gold=f"`{gold}`",
        people=(_PEOPLE if metrics["reads_people"] else "") + (_STANCE if metrics["reads_stance"] else ""),
        unmarked=f" No quote of the gold has a {unmarked}, so that was not learned either." if unmarked else "",
        rows="\n".join(line(name, *counts.values()) for name, counts in metrics["articles"].items()),
        figures_head=" | ".join(FIGURES.values()),
        dashes="---|" * len(FIGURES),
        figures="\n".join(_rows(name, metrics[name], metrics["before"][name]) for name in measured),
    )
    with replacing(folder / "README.md") as stream:
        stream.write(text.encode())


def _rows(name: str, now: Mapping[str, float], before: Mapping[str, float]) -> str:
    return "\n".join(
        line(heading, *(percent(one[figure]) if figure in one else "" for figure in FIGURES))
        for heading, one in ((name, now), (f"{name}, before", before))
    )
