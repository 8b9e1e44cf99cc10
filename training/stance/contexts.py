"""Invented quotes in short news passages, in minimal pairs: checked, counted, and a measure of stance models.

    python -m training.stance.contexts [models/stance-en ...] [--split held]

contexts.jsonl has a quote a line: the passage, the place of content, source and cue in it, and the label. The quotes of
a group are near each other in words and differ in who acts, who speaks, what is negated, or what "this" points to, so
a label is told by reading the passage. A passage with several quotes has a line for each. Stops with status 1 where a
line is wrong, else prints the counts and, for every model folder given, macro-F1, F1 of ``conditional``, the share of
groups of which every quote is right, and the share of quotes by family, in %. Data sheet: labels/README.md.
"""

from __future__ import annotations

import itertools
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from quotestance.evaluation.metrics.classification import macro_f1_of
from quotestance.stance.classifier import Classifier
from quotestance.stance.loading import load_classifier
from quotestance.stance.quotes import stances_of
from quotestance.threads import set_threads
from quotestance.types import STANCES, Article, Quote, QuoteKind, Span, Stance
from training.cards import compared, head, line
from training.fitting import make_parser
from training.stance.data import Row, gold_of, read_jsonl

CONTEXTS = Path(__file__).with_name("contexts.jsonl")
REREAD = Path(__file__).with_name("contexts_reread.jsonl")
SPLITS = ("train", "held")

CASES = {
    "who_acts": "own side, the other side, a third party or nobody acts",
    "forecast": "forecast or report of the other side's move, against a commitment to one's own",
    "past_act": "account of a past act, against its justification or an announcement",
    "weapons": "weapons and deployments discussed, announced, given up",
    "truce": "a truce described, offered, refused",
    "nuclear": "veiled nuclear threats, statements about doctrine, appeals",
    "negation": "what is not done, not stopped, not ruled out",
    "condition": "moves that hang on a condition, and forecasts that only look so",
    "irony": "the intended meaning against the words",
    "denial": "of intent, of a past act, of the need to hold back",
    "condemnation": "blame with a call to act, with a demand to stop, alone",
    "aid_sanctions": "announced, withheld, described",
    "deterrence": "an answer promised, described, replaced by reassurance",
    "surrender": "demanded, offered, refused, reported",
    "speaker_swap": "the same words from an attacker, an observer, a mediator",
    "reference": "the same words after another sentence",
    "flip": "countries changed, label unchanged",
}
"""The families and what differs inside their groups."""


def problems(rows: Sequence[Row]) -> Iterator[str]:
    """What is wrong with the rows, a sentence each that begins with the id."""
    for row in rows:
        yield from (f"{row.get('id')}: {problem}" for problem in _row_problems(row))
    for name, count in Counter(row.get("id") for row in rows).items():
        if count > 1:
            yield f"{name}: {count} rows have this id"
    for key, count in Counter((row.get("text"), row.get("start"), row.get("end")) for row in rows).items():
        if count > 1:
            yield f"{str(key[0])[:40]!r}: {count} rows label one quote"
    for number, members in by_group(rows).items():
        yield from (f"group {number}: {problem}" for problem in _group_problems(members))


def _row_problems(row: Row) -> Iterator[str]:
    if not isinstance(row.get("text"), str):
        yield "no text"
        return
    spans: Row = {name: row[name] for name in ("source", "cue") if name in row}
    spans["content"] = [row.get("start"), row.get("end")]
    wrong = [name for name, span in spans.items() if not _slices(span, row["text"])]
    yield from (f"{name} {spans[name]} does not slice to whole words" for name in wrong)
    if not wrong:
        taken = sorted(spans.values())
        if any(before[1] > after[0] for before, after in itertools.pairwise(taken)):
            yield "content, source and cue overlap"
    if row.get("label") not in STANCES:
        yield f"unknown label {row.get('label')!r}"
    if not isinstance(row.get("conditional"), bool):
        yield "conditional is neither true nor false"
    elif row["conditional"] and row.get("label") == "neutral":
        yield "a neutral quote has no move that could be conditional"
    if row.get("case") not in CASES:
        yield f"unknown case {row.get('case')!r}"
    if row.get("split") not in SPLITS:
        yield f"unknown split {row.get('split')!r}"
    if not row.get("war"):
        yield "no war"


def _slices(span: object, text: str) -> bool:
    """Whether a span holds words of the text, uncut and without blanks at its ends."""
    if not (isinstance(span, list) and len(span) == 2 and all(type(place) is int for place in span)):
        return False
    start, end = span
    if not 0 <= start < end <= len(text) or text[start:end] != text[start:end].strip():
        return False
    return not any(text[at - 1 : at + 1].isalnum() and 0 < at < len(text) for at in (start, end))


def _group_problems(members: Sequence[Row]) -> Iterator[str]:
    labels = {(row.get("label"), row.get("conditional")) for row in members}
    if len(members) < 2:
        yield "has one quote"
    elif members[0].get("case") == "flip" and len(labels) > 1:
        yield "countries are flipped and the label is another"
    elif members[0].get("case") != "flip" and len(labels) < 2:
        yield "all labels are the same"
    for field in ("case", "split"):
        if len({row.get(field) for row in members}) > 1:
            yield f"has several values of {field}"


def by_group(rows: Iterable[Row]) -> dict[int, list[Row]]:
    """The rows of every group."""
    groups: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.get("group", -1)].append(row)
    return dict(groups)


def load_contexts(split: str | None = None, path: Path = CONTEXTS) -> list[Row]:
    """The rows of a split, or all of them.

    Raises:
        SystemExit: A row is wrong; the message names the first of them.
    """
    rows = list(read_jsonl(path))
    if found := list(problems(rows)):
        raise SystemExit(f"{path} has {len(found)} problem(s), first: {found[0]}.")
    return [row for row in rows if split in (None, row["split"])]


def kind_of(content: str) -> QuoteKind:
    """Whether a content stands in quotation marks wholly, in part or not at all.

    >>> kind_of('"We go home,"'), kind_of('a "swift" answer'), kind_of("that all go home")
    ('direct', 'mixed', 'indirect')
    """
    if '"' not in content:
        return "indirect"
    return "direct" if content[0] == content[-1] == '"' and content.count('"') == 2 else "mixed"


def articles_of(rows: Iterable[Row]) -> list[Article]:
    """An article for every passage, with gold quotes in the order of the text; ``meta["rows"]`` has their rows."""
    passages: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        passages[row["text"]].append(row)
    found = []
    for text, members in passages.items():
        members.sort(key=lambda row: int(row["start"]))
        quotes = tuple(_quote(row) for row in members)
        found.append(Article(text, id=members[0]["id"], quotes=quotes, meta={"rows": members}))
    return found


def _quote(row: Row) -> Quote:
    text = row["text"]
    source, cue = (Span.of(text, *row[name]) if name in row else None for name in ("source", "cue"))
    content = Span.of(text, row["start"], row["end"])
    stance = Stance.certain(row["label"], row["conditional"])
    return Quote(kind_of(content.text), (content,), cue=cue, source=source, stance=stance)


def answers(classifier: Classifier, rows: Sequence[Row]) -> list[Stance]:
    """What a model says of every row when it reads the passages with their gold quotes."""
    articles = articles_of(rows)
    bare = [one.replace(quotes=tuple(_without_answer(quote) for quote in one.quotes)) for one in articles]
    said = {
        row["id"]: stance
        for article, stances in zip(articles, stances_of(bare, classifier), strict=True)
        for row, stance in zip(article.meta["rows"], stances, strict=True)
    }
    return [said[row["id"]] for row in rows]


def _without_answer(quote: Quote) -> Quote:
    return Quote(quote.kind, quote.content, cue=quote.cue, source=quote.source)


def figures(rows: Sequence[Row], stances: Sequence[Stance]) -> dict[str, float]:
    """Macro-F1, F1 of ``conditional``, groups right as a whole, and quotes right by family, each in [0, 1]."""
    guess = np.array([STANCES.index(stance.label) for stance in stances])
    right = {row["id"]: stance.label == row["label"] for row, stance in zip(rows, stances, strict=True)}
    groups = by_group(rows)
    whole = [all(right[row["id"]] for row in members) for members in groups.values()]
    flags = [(stance.conditional or 0.0) >= 0.5 for stance in stances]
    hits = sum(flag and row["conditional"] for flag, row in zip(flags, rows, strict=True))
    asked = sum(flags) + sum(row["conditional"] for row in rows)
    found = {
        "macro-F1": macro_f1_of(gold_of(rows), guess, len(STANCES)),
        "F1 of conditional": 2 * hits / asked if asked else 0.0,
        f"groups right ({len(groups)})": float(np.mean(whole)),
    }
    for case, count in Counter(str(row["case"]) for row in rows).most_common():
        of_case = [right[row["id"]] for row in rows if row["case"] == case]
        found[f"right in {case} ({count})"] = float(np.mean(of_case))
    return found


def counts(rows: Sequence[Row]) -> str:
    """A Markdown table of quotes by family, label and split."""
    lines = [head("family", "groups", "quotes", *STANCES, "conditional", "held")]
    for case in ("all", *CASES):
        members = [row for row in rows if case in ("all", row["case"])]
        labels = Counter(row["label"] for row in members)
        flags = sum(row["conditional"] for row in members)
        held = sum(row["split"] == "held" for row in members)
        lines.append(line(case, len(by_group(members)), len(members), *(labels[one] for one in STANCES), flags, held))
    return "\n".join(lines)


def reread(rows: Sequence[Row], path: Path = REREAD) -> str:
    """How many of the quotes that were read again got the same label and flag."""
    first = {row["id"]: row for row in rows}
    pairs = [(first[row["id"]], row) for row in read_jsonl(path)]
    same = sum(a["label"] == b["label"] and a["conditional"] == b["conditional"] for a, b in pairs)
    return f"Read again without the labels in view: {len(pairs)}, of which {same} have the same label and flag."


def main() -> None:
    """Check, count, measure."""
    parser = make_parser(__doc__)
    parser.add_argument("models", nargs="*", help="model folders to measure")
    parser.add_argument("--split", choices=SPLITS, help="measure on a split only")
    arguments = parser.parse_args()
    rows = list(read_jsonl(CONTEXTS))
    if found := list(problems(rows)):
        sys.exit("\n".join(found))
    print(counts(rows))
    print(f"\n{reread(rows)}")
    if not arguments.models:
        return
    measured = [row for row in rows if arguments.split in (None, row["split"])]
    set_threads(arguments.threads)
    columns = [figures(measured, answers(load_classifier(name), measured)) for name in arguments.models]
    print(f"\n{compared(f'{len(measured)} quotes', arguments.models, columns)}")


if __name__ == "__main__":
    main()
