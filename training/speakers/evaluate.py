"""How often resolve_speakers is right, on the gold of training/speakers/gold/.

Usage (the texts are not in this repository; they are read from where they lie):

    python training/speakers/evaluate.py --polnear polnear_dev.jsonl --stance ../shared/corpora/stance --gold tune

``--polnear`` is a file of one article a line with "id" and "text" (the text that PolNeAR's offsets point into),
``--stance`` a folder of docs_*.jsonl with "text". ``--gold`` is ``tune``, ``test``, ``tune2`` or ``test2``; look at
the errors of ``tune`` and ``tune2`` only (``--errors``). Case, articles, punctuation and diacritics are left aside
where names, roles and affiliations are compared; any of the accepted alternatives counts.

What is printed, in %: kind over all sources; name over person sources, and over those that are pronouns or nominals
(none of the name's words stands in the source); role and affiliation over the person sources for which the article
gives one; "invented" is how often a role or affiliation is given where gold has none, over those sources.
"""

from __future__ import annotations

import argparse
import json
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

from quotestance.speakers import resolve_speakers
from quotestance.types import Article, Quote, Span, Speaker

GOLD = Path(__file__).parent / "gold"
MEASURES = ("kind", "name", "name, pronoun or nominal", "role", "affiliation", "invented", "unnamed affiliation")


def normal(words: str) -> str:
    """Words as they are compared."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", words) if not unicodedata.combining(c))
    kept = re.sub(r"[^\w\s]", "", re.sub(r"['’]s\b", "", bare.casefold()).replace("-", " "))
    return " ".join(word for word in kept.split() if word not in ("the", "a", "an"))


def fits(given: str | None, accepted: list[str]) -> bool:
    """Whether an answer is one of the accepted ones."""
    return given is not None and normal(given) in {normal(one) for one in accepted}


def read_texts(polnear: Path, stance: Path) -> dict[tuple[str, str], str]:
    """Texts by (corpus, id)."""
    texts: dict[tuple[str, str], str] = {}
    for path in (polnear, *sorted(stance.glob("docs_*.jsonl"))):
        with path.open(encoding="utf-8") as lines:  # not splitlines: a text may hold other line breaks
            for number, line in enumerate(lines):
                row = json.loads(line)
                key = ("polnear_dev", row["id"]) if path == polnear else (path.stem, str(number))
                texts[key] = row["text"]
    return texts


def predict(text: str, sources: list[dict[str, Any]]) -> list[Speaker]:
    """A speaker for each gold source; contents play no part in finding it."""
    quotes = []
    for source in sources:
        start, end = source["source"]
        anywhere = Span.of(text, 0, 1)
        quotes.append(Quote("indirect", (anywhere,), source=Span.of(text, start, end)))
    found = resolve_speakers(Article(text, quotes=tuple(quotes)))
    return [quote.speaker for quote in found.quotes if quote.speaker is not None]


def compare(gold: dict[str, Any], said: Speaker, words: str) -> dict[str, bool]:
    """Which measures a source counts for, and whether the answer is right."""
    scores = {"kind": said.kind == gold["kind"]}
    if gold["kind"] == "person":
        scores["name"] = right = fits(said.name, gold["name"])
        name_words = {word for name in gold["name"] for word in normal(name).split()}
        if not name_words & set(normal(words).split()):
            scores["name, pronoun or nominal"] = right
        for field in ("role", "affiliation"):
            if gold[field]:
                scores[field] = fits(getattr(said, field), gold[field])
    elif gold["kind"] == "unnamed" and gold["affiliation"]:
        scores["unnamed affiliation"] = fits(said.affiliation, gold["affiliation"])
    return scores


def invented(gold: dict[str, Any], said: Speaker) -> list[bool]:
    """For role and affiliation, where gold has none: whether something is given."""
    return [getattr(said, field) is not None for field in ("role", "affiliation") if not gold[field]]


def main() -> None:
    """Print the table, and the errors if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--polnear", type=Path, required=True)
    parser.add_argument("--stance", type=Path, required=True)
    parser.add_argument("--gold", choices=("tune", "test", "tune2", "test2"), default="tune")
    parser.add_argument("--errors", action="store_true")
    options = parser.parse_args()
    texts = read_texts(options.polnear, options.stance)
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for line in (GOLD / f"{options.gold}.jsonl").read_text(encoding="utf-8").splitlines():
        article = json.loads(line)
        text = texts[article["corpus"], article["id"]]
        for gold, said in zip(article["sources"], predict(text, article["sources"]), strict=True):
            words = text[slice(*gold["source"])]
            scores = compare(gold, said, words)
            wrong = [measure for measure, is_right in scores.items() if not is_right]
            total.update(scores.keys())
            right.update(measure for measure, is_right in scores.items() if is_right)
            extra = invented(gold, said)
            total["invented"] += len(extra)
            right["invented"] += sum(extra)
            if options.errors and (wrong or any(extra)):
                print(f"{article['id'][:24]} {words[:60]!r} {','.join(wrong)} {'invented' if any(extra) else ''}")
                print(f"    said {said.kind} | {said.name} | {said.role} | {said.affiliation} | {said.description}")
                named = gold["name"] or gold.get("members")
                print(f"    gold {gold['kind']} | {named} | {gold['role']} | {gold['affiliation']}")
    for measure in MEASURES:
        print(f"{measure:26} {100 * right[measure] / max(1, total[measure]):5.1f}  of {total[measure]}")


if __name__ == "__main__":
    main()
