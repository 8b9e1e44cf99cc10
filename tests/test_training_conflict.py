"""The conflict corpus, on the seed article: lines become layers, which are checked and join with the text."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from quotestance.evaluation import evaluate
from training.conflict import corpus, invented
from training.conflict.corpus import Joined, to_article
from training.conflict.lines import Text, layers
from training.conflict.validate import problems

SEED = Path(__file__).parents[1] / "seeds" / "000_04dd59ab06717f65.txt"
LINES: list[dict[str, Any]] = [
    {"e": "us", "k": "state", "n": "United States", "m": ["United States", "U.S.", "Washington#1"], "c": "USA"},
    {"e": "china", "k": "state", "n": "China", "m": ["China", "Beijing"], "c": "CHN"},
    {"e": "blinken", "k": "person", "n": "Antony Blinken", "m": ["Antony Blinken"],
     "role": ["[[Secretary of State]] Antony"], "home": ["state:to the [[United States]] to express"], "c": "USA"},
    {"e": "liu", "k": "person", "n": "Liu Pengyu", "m": ["Liu Pengyu", "Liu"],
     "role": ["A [[spokesperson]] for the Chinese"], "home": ["body:[[Chinese embassy]]"], "aff_alt": ["China"],
     "c": "CHN", "c_at": "the [[Chinese]] embassy"},
    {"e": "u1", "k": "unnamed", "desc": "a U.S. State Department representative",
     "role": ["State Department [[representative]] on"], "c": "USA", "c_at": "a [[U.S.]] State"},
    {"q": "I", "t": ["three high-ranking ~ North Korea"], "cue": "as stated by",
     "src": "a U.S. State Department representative", "who": "u1", "via": "Associated Press", "s": "N"},
    {"q": "M", "t": ["that the parties had an \"active conversation this week\""], "cue": "mentioned",
     "src": "Secretary of State Antony Blinken", "who": "blinken", "s": "D"},
    {"q": "D", "t": ["\"This is a call ~ around the world,\""], "cue": "noted", "src": "he",
     "who": "blinken", "s": "N"},
    {"q": "M", "t": ["that China's position ~ \"consistent and clear.\""], "cue": "stated",
     "src": "Liu Pengyu", "who": "liu", "s": "N", "s2": "D", "sure": 0},
    {"nq": "\"no limits\""},
]  # fmt: skip


@pytest.fixture(scope="module")
def joined() -> Joined:
    text = SEED.read_text(encoding="utf-8")
    made, wrong = layers([json.dumps(line) for line in LINES], Text(text))
    assert wrong == []
    return Joined(text, {"id": "seed", "file": "seed", "path": SEED.name, "split": "dev", "war": "Korea"} | made)


def test_conflict_snippets_become_the_ranges_that_are_meant(joined: Joined) -> None:
    quotes, text = joined.record["quotes"], joined.text
    assert text[slice(*quotes[2]["content"][0])].endswith('countries around the world,"')
    assert text[slice(*quotes[2]["source"][0])] == "he"
    assert text[slice(*joined.entities["blinken"]["roles"][0])] == "Secretary of State"
    assert [text[slice(*place)] for place in joined.entities["liu"]["mentions"]] == ["Liu Pengyu", "Liu"]


def test_conflict_sound_layers_have_no_problems(joined: Joined) -> None:
    assert list(problems(joined)) == []


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("quotes", 0, "content"), [[10, 10]], "does not slice"),
        (("quotes", 0, "content"), [[10**6, 10**6 + 5]], "does not slice"),
        (("quotes", 1, "speakers"), ["nobody"], "no entity has the id"),
        (("quotes", 1, "speakers"), [], "a source and no speaker"),
        (("quotes", 1, "stance"), "hawkish", "unknown stance"),
        (("quotes", 1, "second_stance"), "de-escalatory", "the second stance is the first"),
        (("quotes", 1, "conflict"), False, "a stance toward no conflict"),
        (("quotes", 1, "nested_in"), 3, "is nested in 3"),
        (("quotes", 1, "kind"), "free", "unknown kind"),
        (("entities", 0, "country"), "US", "no ISO alpha-3 code"),
        (("entities", 0, "kind"), "city", "unknown kind"),
        (("entities", 1, "id"), "us", "two entities have one id"),
        (("entities", 2, "name"), None, "has a name and is unnamed, or the reverse"),
        (("split",), "held out", "unknown split"),
    ],
)
def test_conflict_the_validator_names_what_is_wrong(joined: Joined, path: Any, value: Any, told: str) -> None:
    record = deepcopy(joined.record)
    place: Any = record
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert any(told in problem for problem in problems(Joined(joined.text, record)))


def test_conflict_a_line_that_names_nothing_of_the_text_is_told() -> None:
    text = Text("Liu said no.")
    lines = [
        '{"e": "liu", "k": "person", "n": "Liu", "m": ["Wang"]}',
        '{"q": "D", "t": ["yes"], "cue": "said", "src": "Liu", "who": "liu", "s": "N"}',
        "{",
    ]
    _, wrong = layers(lines, text)
    assert [line.split(":")[0] for line in wrong] == ["line 1", "line 2", "line 3"]
    assert "no mention 'Wang'" in wrong[0]


def test_conflict_articles_are_gold_for_the_evaluation(joined: Joined) -> None:
    gold = to_article(joined)
    assert [str(quote.speaker) for quote in gold.quotes][1:] == ["Antony Blinken", "Antony Blinken", "Liu Pengyu"]
    assert gold.quotes[0].via is not None
    report = evaluate([gold], [gold], draws=0)
    for figure in ("quotes.all.end_to_end.f1", "speakers.affiliation", "speakers.country", "chain.f1"):
        assert report.figure(figure) == 1.0


def test_conflict_the_committed_labels_are_well_formed() -> None:
    """Ids, splits and links need no text; spans are checked against it by ``training.conflict.validate``."""
    with corpus.LABELS.open(encoding="utf-8") as stream:
        records = [json.loads(line) for line in stream]
    assert len({record["id"] for record in records}) == len(records) >= 300
    assert sum(len(record["quotes"]) for record in records) >= 5_500
    for record in records:
        end = max((span[1] for quote in record["quotes"] for span in quote["content"]), default=0)
        faults = [fault for fault in problems(Joined("x" * (end + 10**5), record)) if "no word" not in fault]
        assert faults == [], record["id"]


INVENTED_TEXT = "Ada Reiss, minister of Norland, said the army denied that it fired. Nobody spoke.\n"
INVENTED_LINES: list[dict[str, Any]] = [
    {
        "e": "reiss",
        "k": "person",
        "n": "Ada Reiss",
        "m": ["Ada Reiss"],
        "role": ["minister"],
        "home": ["state:Norland"],
    },
    {"e": "army", "k": "body", "n": "army", "m": ["army"]},
    {"q": "I", "t": ["the army denied that it fired"], "cue": "said", "src": "Ada Reiss", "who": "reiss", "s": "N"},
    {"q": "I", "t": ["that it fired"], "cue": "denied", "src": "the army", "who": "army", "in": 0, "s": "N"},
]


def test_invented_articles_are_articles_of_the_corpus_with_their_texts(tmp_path: Path) -> None:
    record, wrong = invented.record_of("x01", INVENTED_TEXT, [json.dumps(line) for line in INVENTED_LINES])
    assert wrong == []
    file = tmp_path / "invented.jsonl"
    file.write_text(json.dumps(record) + "\n")
    (one,) = invented.load(file)
    article = to_article(one)
    assert one.record["split"] == "train"
    assert [quote.text for quote in article.quotes] == ["the army denied that it fired", "that it fired"]
    assert article.quotes[0].speaker is not None
    assert article.quotes[0].speaker.affiliation == "Norland"
    assert "text" not in one.record


def test_invented_articles_with_a_fault_are_told() -> None:
    lines = [json.dumps(line) for line in INVENTED_LINES]
    _, wrong = invented.record_of("x01", INVENTED_TEXT.replace("denied", "said"), lines)
    assert wrong
    assert "denied" in wrong[0]


def test_the_invented_articles_are_sound() -> None:
    found = invented.load()
    assert len(found) > 200
    assert [fault for one in found for fault in problems(one)] == []
    assert len({one.text for one in found}) == len(found)
