"""How often resolve_speakers is right, on the gold of training/speakers/gold/.

Usage (the texts are not in this repository; they are read from where they lie):

    python training/speakers/evaluate.py --polnear polnear_dev.jsonl --stance ../shared/corpora/stance --gold tune

``--polnear`` is a file of one article a line with "id" and "text" (the text that PolNeAR's offsets point into),
``--stance`` a folder of docs_*.jsonl with "text". ``--gold`` is ``tune``, ``test``, ``tune2`` or ``test2``; look at
the errors of ``tune`` and ``tune2`` only (``--errors``). Case, articles, punctuation and diacritics are left aside
where names, roles and affiliations are compared; any of the accepted alternatives counts.

What is printed, in %: kind over all sources; name over person sources, and over those that are pronouns or nominals
(none of the name's words stands in the source); role and affiliation over the person sources for which the article
gives one; "invented" is how often a role or affiliation is given where gold has none, over those sources. Organization
name is over the organizations for which gold lists one. Country (``tune2`` and ``test2``; the others have none) is over
all sources for which gold has one, "invented country" over those for which it has none.
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
MEASURES = (
    "kind",
    "name",
    "name, pronoun or nominal",
    "role",
    "affiliation",
    "invented",
    "unnamed affiliation",
    "organization name",
    "country",
    "invented country",
)


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


def quotes_of(text: str, sources: list[dict[str, Any]]) -> tuple[Quote, ...]:
    """A quote for each gold source; contents play no part in finding who it is."""
    anywhere = Span.of(text, 0, 1)
    spans = (Span.of(text, *source["source"]) for source in sources)
    return tuple(Quote("indirect", (anywhere,), source=span) for span in spans)


def predict(text: str, sources: list[dict[str, Any]]) -> list[Speaker]:
    """A speaker for each gold source."""
    found = resolve_speakers(Article(text, quotes=quotes_of(text, sources)))
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
    elif gold["kind"] == "organization" and gold["name"]:
        scores["organization name"] = fits(said.name, gold["name"])
    if gold.get("country"):
        scores["country"] = said.country in gold["country"]
    return scores


def invented(gold: dict[str, Any], said: Speaker) -> list[bool]:
    """For role and affiliation, where gold has none: whether something is given."""
    return [getattr(said, field) is not None for field in ("role", "affiliation") if not gold[field]]


def read_gold(name: str) -> list[dict[str, Any]]:
    """The articles of a gold file."""
    return [json.loads(line) for line in (GOLD / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def has_countries(articles: list[dict[str, Any]]) -> bool:
    """Whether countries were labelled; where none is then given, there is none to tell."""
    return any("country" in source for article in articles for source in article["sources"])


def show_error(article: dict[str, Any], gold: dict[str, Any], said: Speaker, words: str, wrong: list[str]) -> None:
    """Print what was said of a source, and what gold says."""
    print(f"{article['id'][:24]} {words[:60]!r} {','.join(wrong)}")
    print(
        f"    said {said.kind} | {said.name} | {said.role} | {said.affiliation} | {said.country} | {said.description}"
    )
    named = gold["name"] or gold.get("members")
    print(f"    gold {gold['kind']} | {named} | {gold['role']} | {gold['affiliation']} | {gold.get('country')}")


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
    articles = read_gold(options.gold)
    is_country_told = has_countries(articles)
    for article in articles:
        text = texts[article["corpus"], article["id"]]
        for gold, said in zip(article["sources"], predict(text, article["sources"]), strict=True):
            words = text[slice(*gold["source"])]
            scores = compare(gold, said, words)
            wrong = [measure for measure, is_right in scores.items() if not is_right]
            total.update(scores.keys())
            right.update(measure for measure, is_right in scores.items() if is_right)
            extra = {"invented": invented(gold, said)}
            if is_country_told and not gold.get("country"):
                extra["invented country"] = [said.country is not None]
            for measure, given in extra.items():
                total[measure] += len(given)
                right[measure] += sum(given)
            wrong += [measure for measure, given in extra.items() if any(given)]
            if options.errors and wrong:
                show_error(article, gold, said, words, wrong)
    for measure in MEASURES:
        if total[measure]:
            print(f"{measure:26} {100 * right[measure] / total[measure]:5.1f}  of {total[measure]}")


if __name__ == "__main__":
    main()
