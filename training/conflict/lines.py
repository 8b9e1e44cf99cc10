"""A reader's lines made into layers: every snippet is found in the article, and what was found is printed for reading.

usage: python training/conflict/lines.py TEXT.txt LINES.jsonl [-o LAYERS.json]

A reader writes one JSON object a line.  Double square brackets in a snippet mark the part that is meant, the words
around it say where: ``"Former [[British]] Defense"``.  `` ~ `` inside a snippet leaves words out (first words ~ last
words).  ``#2`` or ``#1,4`` at the end of a mention takes those occurrences only.

Who is named, before the quotes:

    {"e": ID, "k": "person|body|state|unnamed", "n": fullest name, "m": [form, ...], "role": [snippet, ...],
     "home": ["body:SNIPPET" | "state:SNIPPET" | "party:SNIPPET", ...], "aff": text, "aff_alt": [], "role_alt": [],
     "c": "GBR", "c_at": snippet, "desc": words for somebody unnamed}

Quotes, in reading order:

    {"q": "D|M|I", "t": [snippet, ...], "cue": snippet, "src": snippet or list, "who": ID or list, "via": snippet,
     "in": number of the quote around it, "s": "E|D|N", "s2": second label, "cond": 1, "sure": 0, "conf": 0, "note": ""}

and ``{"nq": snippet}`` for a passage in marks that is no speech, ``{"bl": snippet}`` for a borderline passage,
``{"at": OFFSET, "who": ID or list}`` for a source whose quote is annotated already (it starts at that offset), and
``{"all": {"conf": 0}}`` for what holds for every quote of the article unless its line says otherwise.
"""

import argparse
import itertools
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Range = tuple[int, int]
KINDS = {"D": "direct", "M": "mixed", "I": "indirect"}
STANCES = {"E": "escalatory", "D": "de-escalatory", "N": "neutral"}
ENTITIES = {"person", "body", "state", "unnamed"}
HOMES = {"body", "state", "party"}
ENTITY_KEYS = {"e", "k", "n", "m", "role", "home", "aff", "aff_alt", "role_alt", "c", "c_at", "desc", "note"}
QUOTE_KEYS = {"q", "t", "cue", "src", "who", "via", "in", "s", "s2", "cond", "sure", "conf", "note"}
CUES = re.compile(
    r"\b(?:said|says|say|told|tells|added|according to|warned|stated|reported|announced|asked|believes?|claimed|urged"
    r"|vowed|insisted|noted|argued|called for|accused|denied|wrote|tweeted|confirmed|promised|demanded|suggested)\b"
)
MARKED = re.compile(r"[“\"][^“”\"\n]{3,}[”\"]")
CAPITALS = re.compile(
    r"(?:[A-Z][\w.'’-]+)(?: (?:of|the|for|and|al|de|bin|[A-Z][\w.'’-]+))* [A-Z][\w.'’-]+|\b[A-Z][a-z]+\b"
)


class LineError(ValueError):
    """A line that does not say what it must, or a snippet that the article does not hold."""


class Text:
    """An article in which snippets are looked up."""

    def __init__(self, text: str) -> None:
        self.text = text

    def find(self, snippet: str, start: int = 0, near: list[Range] | None = None, ahead: bool = False) -> Range:
        """The range of a snippet: the occurrence nearest to ``near``, or the first from ``start`` on.

        Raises:
            LineError: There is none.
        """
        places = [(m.start("meant"), m.end("meant")) for m in re.finditer(pattern(snippet), self.text, re.S)]
        if not places:
            raise LineError(f"not found: {snippet!r}")
        if near:
            outside = [p for p in places if not any(a <= p[0] < b for a, b in near)] or places
            return min(outside, key=lambda p: min(min(abs(p[1] - a), abs(p[0] - b)) for a, b in near))
        return min(places, key=lambda p: (p[0] < start, abs(p[0] - start))) if ahead else places[0]

    def occurrences(self, form: str) -> list[Range]:
        """The ranges of a name as whole words, or those of them that ``#`` asks for."""
        name, _, wanted = form.partition("#") if re.search(r"#[\d,]+$", form) else (form, "", "")
        if "[[" in name:
            return [self.find(name)]
        found = [(m.start(), m.end()) for m in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", self.text)]
        if not found:
            raise LineError(f"no mention {name!r}")
        if not wanted:
            return found
        try:
            return [found[int(number) - 1] for number in wanted.split(",")]
        except IndexError:
            raise LineError(f"{form!r}: there are {len(found)} occurrences") from None


def pattern(snippet: str) -> str:
    """A regular expression for a snippet, its group ``meant`` the part in double brackets, or all of it."""
    before, mark, rest = snippet.partition("[[")
    meant, _, after = rest.partition("]]") if mark else (snippet, "", "")
    before = before if mark else ""
    return f"{_loose(before)}(?P<meant>{_loose(meant)}){_loose(after)}"


def _loose(words: str) -> str:
    return r".{0,3000}?".join(re.escape(part) for part in words.split(" ~ "))


def entity(row: dict[str, Any], text: Text) -> dict[str, Any]:
    """The layer of one person, body or state.

    Raises:
        LineError: The line is malformed.
    """
    if extra := row.keys() - ENTITY_KEYS:
        raise LineError(f"unknown keys {sorted(extra)}")
    if row.get("k") not in ENTITIES:
        raise LineError(f"kind {row.get('k')!r} is none of {sorted(ENTITIES)}")
    if (code := row.get("c")) and not re.fullmatch("[A-Z]{3}", code):
        raise LineError(f"country {code!r} is no ISO alpha-3 code")
    roles = [text.find(snippet) for snippet in _list(row.get("role"))]
    homes = [_home(one, text) for one in _list(row.get("home"))]
    mentions = _longest({place for form in row.get("m", []) for place in text.occurrences(form)})
    states = [home["span"] for home in homes if home["type"] == "state"]
    evidence = text.find(row["c_at"]) if row.get("c_at") else next(iter(states + mentions), None)
    return {
        "id": row["e"],
        "kind": {"body": "organization"}.get(row["k"], row["k"]),
        "name": row.get("n"),
        "description": row.get("desc"),
        "mentions": mentions,
        "roles": roles,
        "role": text.text[slice(*roles[0])] if roles else None,
        "role_alternatives": row.get("role_alt", []),
        "homes": homes,
        "affiliation": row.get("aff") or (text.text[slice(*homes[0]["span"])] if homes else None),
        "affiliation_alternatives": row.get("aff_alt", []),
        "country": code,
        "country_evidence": evidence if code else None,
        "note": row.get("note"),
    }


def _home(notation: str, text: Text) -> dict[str, Any]:
    kind, _, snippet = notation.partition(":")
    if kind not in HOMES:
        raise LineError(f"a home is body:, state: or party:, got {notation!r}")
    return {"type": kind, "span": text.find(snippet)}


def _longest(places: set[Range]) -> list[Range]:
    """The ranges that lie in no other: "Orto" inside "Ann Orto" is no mention of its own."""
    return sorted(p for p in places if not any(q != p and q[0] <= p[0] and p[1] <= q[1] for q in places))


def _list(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def quote(row: dict[str, Any], text: Text, start: int, known: set[str], count: int) -> dict[str, Any]:
    """The layer of one quote; ``start`` is where the quote before it starts, ``count`` how many came before.

    Raises:
        LineError: The line is malformed.
    """
    if extra := row.keys() - QUOTE_KEYS:
        raise LineError(f"unknown keys {sorted(extra)}")
    if row["q"] not in KINDS or row.get("s") not in STANCES or row.get("s2", "N") not in STANCES:
        raise LineError("q is D, M or I; s and s2 are E, D or N")
    who = _list(row.get("who"))
    if dangling := set(who) - known:
        raise LineError(f"nobody has the id {sorted(dangling)}; entities stand before quotes")
    if not who and row.get("src"):
        raise LineError("who is missing: add an entity, of kind unnamed where nobody is named")
    if (outer := row.get("in")) is not None and not 0 <= outer < count:
        raise LineError(f"in is the number of an earlier quote (the first is 0), got {outer}")
    content: list[Range] = []
    for snippet in _list(row["t"]):
        content.append(text.find(snippet, content[-1][1] if content else start, ahead=True))
    if any(a[1] > b[0] for a, b in itertools.pairwise(content)):
        raise LineError(f"pieces of the content overlap or are out of order: {row['t']}")
    parts = {key: sorted(text.find(one, near=content) for one in _list(row.get(key))) for key in ("cue", "src", "via")}
    return {
        "kind": KINDS[row["q"]],
        "content": content,
        "cue": parts["cue"],
        "source": parts["src"],
        "via": parts["via"],
        "speakers": who,
        "nested_in": outer,
        "stance": STANCES[row["s"]],
        "second_stance": STANCES[row["s2"]] if "s2" in row else None,
        "conditional": bool(row.get("cond", 0)),
        "conflict": bool(row.get("conf", 1)),
        "sure": bool(row.get("sure", 1)),
        "note": row.get("note"),
    }


def stored_layers(lines: list[str], text: Text) -> tuple[dict[str, Any], list[str]]:
    """As :func:`layers`, without the reader's notes, which quote the text."""
    made, wrong = layers(lines, text)
    for one in (*made["entities"], *made["quotes"]):
        one.pop("note")
    return made, wrong


def layers(lines: list[str], text: Text) -> tuple[dict[str, Any], list[str]]:
    """All layers of an article, and what is wrong with the lines."""
    made: dict[str, Any] = {"entities": [], "quotes": [], "not_quotes": [], "borderline": [], "sources": []}
    known: set[str] = set()
    wrong, start, defaults = [], 0, {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if "all" in row:
                defaults = row["all"]
            elif "e" in row:
                if row["e"] in known:
                    raise LineError(f"two entities have the id {row['e']!r}")
                known.add(row["e"])
                made["entities"].append(entity(row, text))
            elif "q" in row:
                one = quote(defaults | row, text, start, known, len(made["quotes"]))
                start = one["content"][0][0]
                made["quotes"].append(one)
            elif "at" in row:
                if dangling := set(_list(row["who"])) - known:
                    raise LineError(f"nobody has the id {sorted(dangling)}")
                made["sources"].append([row["at"], _list(row["who"])])
            elif "nq" in row or "bl" in row:
                key = "nq" if "nq" in row else "bl"
                place = text.find(row[key], start, ahead=True)
                made["not_quotes" if key == "nq" else "borderline"].append(place)
            else:
                raise LineError("a line has one of the keys e, q, nq, bl, at, all")
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            wrong.append(f"line {number}: {type(error).__name__} {error}")
    return made, wrong


def printed(made: dict[str, Any], text: str) -> Iterator[str]:
    """What was found, to be read against the article."""

    def cut(place: Range, most: int = 90) -> str:
        words = text[slice(*place)].replace("\n", "¶")
        return words if len(words) <= most else f"{words[: most // 2]} … {words[-most // 2 :]}"

    def around(place: Range) -> str:
        return f"{text[max(0, place[0] - 14) : place[0]]}[[{cut(place, 60)}]]{text[place[1] : place[1] + 14]}".replace(
            "\n", "¶"
        )

    for one in made["entities"]:
        forms: dict[str, int] = {}
        for place in one["mentions"]:
            forms[cut(place)] = forms.get(cut(place), 0) + 1
        told = [f"{one['id']} ({one['kind']}) {one['name'] or one['description']}: {forms}"]
        told += [f"role {around(place)}" for place in one["roles"]]
        told += [f"{home['type']} {around(home['span'])}" for home in one["homes"]]
        told += [f"aff {one['affiliation']}"] if one["affiliation"] else []
        told += [f"{one['country']} {around(one['country_evidence'])}"] if one["country_evidence"] else []
        yield " | ".join(told)
    for number, one in enumerate(made["quotes"]):
        content = " + ".join(cut(place) for place in one["content"])
        beside = [" + ".join(around(place) for place in one[key]) for key in ("cue", "source", "via")]
        flags = [f"in {one['nested_in']}"] if one["nested_in"] is not None else []
        flags += ["cond"] if one["conditional"] else []
        yield (
            f"{number} [{one['content'][0][0]}] {one['kind'][0].upper()} {one['stance'][:3]} {' '.join(flags)}"
            f"| {content}"
            f" | cue {beside[0]} | src {beside[1]} | {','.join(one['speakers'])}"
            + (f" | via {beside[2]}" if one["via"] else "")
        )


def missed(made: dict[str, Any], text: str) -> Iterator[str]:
    """Places that the reader may have passed over: a reminder, no verdict."""
    cues = [place for one in made["quotes"] for place in one["cue"]]
    speech = [place for one in made["quotes"] for place in one["content"]] + made["not_quotes"] + made["borderline"]
    named = [place for one in made["entities"] for place in one["mentions"]]
    named += [home["span"] for one in made["entities"] for home in one["homes"]]

    def covered(start: int, end: int, places: list[Range]) -> bool:
        return any(a < end and start < b for a, b in places)

    def around(start: int, end: int) -> str:
        return text[max(0, start - 30) : end + 30].replace("\n", "¶")

    border = made["borderline"]
    verbs = [m for m in CUES.finditer(text) if not covered(*m.span(), cues + border)]
    yield from (f"cue? {around(*m.span())}" for m in verbs)
    yield from (f"marks? {m[0][:70]}" for m in MARKED.finditer(text) if not covered(*m.span(), speech))
    starts = re.compile(r"(?:^|[.!?:\n\"“] ?|[\"“])$")
    names = {
        m[0]
        for m in CAPITALS.finditer(text)
        if not covered(*m.span(), named) and (" " in m[0] or not starts.search(text[: m.start()][-3:]))
    }
    if names:
        yield "names? " + "; ".join(sorted(names))


def main() -> None:
    """Print what was found and what is wrong; exit with 1 where something is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=Path)
    parser.add_argument("lines", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--sources", type=Path, help="known sources, one a line, each beginning with its offset")
    options = parser.parse_args()
    with options.text.open(encoding="utf-8", newline="") as stream:
        text = stream.read()
    made, wrong = layers(options.lines.read_text(encoding="utf-8").splitlines(), Text(text))
    if options.sources:
        given = {at for at, _ in made["sources"]}
        asked = {int(line.split("\t")[0]) for line in options.sources.read_text(encoding="utf-8").splitlines()}
        wrong += [f"no answer for the source at {at}" for at in sorted(asked - given)]
        wrong += [f"there is no source at {at}" for at in sorted(given - asked)]
    print("\n".join(printed(made, text)))
    print("\n".join(missed(made, text)))
    print(f"{len(made['quotes'])} quotes, {len(made['entities'])} entities, {len(wrong)} errors", *wrong, sep="\n")
    if options.output:
        options.output.write_text(json.dumps(made, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
