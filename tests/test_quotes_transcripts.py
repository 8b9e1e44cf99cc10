from __future__ import annotations

from collections.abc import Callable

import pytest
from clock import assert_linear
from readings import TOKENIZER, reading, run_of

from quotestance.quotes.assembly import assemble
from quotestance.quotes.decoding import DECODING, Piece, decode
from quotestance.quotes.transcripts import find_turns, read_turns
from quotestance.reader.tokens import tokenize

TALK = 'He was asked.\n"HOLT: Why now?\n\n"VANCE: Why not? Nobody else came.\n\nThe talk went on.'


def labels(text: str) -> list[str]:
    tokens = reading(text, {}).tokens
    return [text[tokens.starts[t.label[0]] : tokens.ends[t.label[1] - 1]] for t in find_turns(tokens)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HOLT: Why?\nVANCE: Because.", ["HOLT", "VANCE"]),
        ("Q: Why?\nA: Because.", ["Q", "A"]),
        ("Q. Why?\n\nA. Because.", ["Q", "A"]),
        ("Mr. HOLT. I rise.\nThe CHAIR. Order.", ["Mr. HOLT", "The CHAIR"]),
        ("ANNA REYES, host: Hello.\nOMAR HADDAD, reporter: Hello.", ["ANNA REYES, host", "OMAR HADDAD, reporter"]),
        ("HOLT: Why?\nERDOĞAN: Because.\nGÓMEZ LÓPEZ: No.", ["HOLT", "ERDOĞAN", "GÓMEZ LÓPEZ"]),
        ('HOLT: "Peace" is no word of mine.\nROE: "No."', ["HOLT", "ROE"]),
        ("\u00a0 HOLT: Why?\n\u00a0 Mr.\u00a0ROE. So.\nANN\u00a0LEE: No.", ["HOLT", "Mr.\u00a0ROE", "ANN\u00a0LEE"]),
        ("RUSSIA: No.\nUKRAINE: Yes.\nRUSSIA: No.\nUKRAINE: Yes.", ["RUSSIA", "UKRAINE"] * 2),
        ("READ\u00a0MORE: A.\nREAD\u00a0MORE: B.", []),
        ("HOLT: Why?", []),
        ("He said: no.\nShe said: yes.", []),
        ("NATO.\nEU.", []),
    ],
)
def test_transcripts_labels_open_lines(text: str, expected: list[str]) -> None:
    assert labels(text) == expected


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c"])
def test_transcripts_lines_end_where_paragraphs_do(end: str) -> None:
    text = end.join(("HOLT: Why now?", 'KYIV: "We stay," said Roe.', "VANCE: Why not?", "The talk went on."))
    tokens = reading(text, {}).tokens
    speech = [text[tokens.starts[t.speech[0]] : tokens.ends[t.speech[1] - 1]] for t in find_turns(tokens)]
    assert speech == ["Why now?", "Why not?"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("between", [1, 2])
def test_transcripts_turns_of_a_hard_wrapped_text_go_on_over_its_lines(end: str, between: int) -> None:
    turns = [
        ("Mr. HOLT.", ("Why did the council of the town leave", "before the talks on the northern border", "began?")),
        ("Mr. VANCE.", ("No one had told the council that the", "talks would go on, and so all of them", "left.")),
    ]
    text = (end * between).join(f"{label} {end.join(lines)}" for label, lines in turns)
    tokens = reading(text, {}).tokens
    speech = [text[tokens.starts[t.speech[0]] : tokens.ends[t.speech[1] - 1]] for t in find_turns(tokens)]
    assert speech == [end.join(lines) for _, lines in turns]


@pytest.mark.parametrize(
    "said", ['"We will fight," said Ann Roe.', "“Will we fight?” Ann Roe said.", "'We go', says Roe"]
)
def test_transcripts_a_line_that_says_who_speaks_is_no_turn(said: str) -> None:
    assert labels(f"KYIV: {said}\nMOSCOW: {said}") == []


@pytest.mark.parametrize("label", ["READ MORE", "WATCH", "UPDATE"])
def test_transcripts_what_leads_to_other_pages_is_nobody(label: str) -> None:
    assert labels(f"{label}: Talks are near, says Roe\nThe sky was clear.\n{label}: No end of war, says Lee") == []


@pytest.mark.parametrize(
    "text",
    [
        "ISLAMABAD: The minister said talks failed.\nKABUL: The rebels said so too.",
        "KHARKIV: Shells fell, the mayor said.\nKHARKIV: Nobody slept, a nurse said.",
        "MOSCOW (Reuters): Roe said no.\nGAZA CITY: Lee said yes.\nTEXAS: The governor agreed.",
        "REUTERS: The army said it won.\nAFP: The rebels said they did.",
        "KEY POINTS: Talks failed, Roe said.\nSUMMARY: War goes on, Lee said.",
        "UNITED NATIONS: The envoy said no.\nHOLT: Why now?",
    ],
)
def test_transcripts_datelines_and_headings_are_nobody(text: str) -> None:
    assert labels(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("KABUL: Roe was asked.\nMODERATOR: Why?\nSECRETARY ROE: So.", ["MODERATOR", "SECRETARY ROE"]),
        ("JORDAN: Why?\nROE: So.\nJORDAN: Is that all?", ["JORDAN", "ROE", "JORDAN"]),
        ("REUTERS: Why?\nROE: So.\nREUTERS: Is that all?", ["REUTERS", "ROE", "REUTERS"]),
        ("Mr. JORDAN. Why?\nROE: So.", ["Mr. JORDAN", "ROE"]),
    ],
)
def test_transcripts_a_place_or_agency_that_a_talk_comes_back_to_speaks(text: str, expected: list[str]) -> None:
    assert labels(text) == expected


def test_transcripts_are_looked_for_in_linear_time() -> None:
    def looking(lines: int) -> Callable[[], object]:
        tokens = tokenize(("HOLT: " + "x" * 1_000 + "\n") * lines + '"No," he said.', TOKENIZER)
        return lambda: find_turns(tokens)

    assert_linear(looking, 500, 4_000, most=2, slack=0.1)


def test_transcripts_a_piece_over_two_turns_becomes_one_quote_for_each_speaker() -> None:
    said = '"HOLT: Why now?\n\n"VANCE: Why not? Nobody else came.'
    read = reading(TALK, {said: ("content", 0.9)})
    run = run_of(read.tokens, said)
    whole = Piece(run, 0.9, (run[0], 1.0), {None: 1.0}, {None: 1.0})
    quotes = assemble(read.tokens, [whole], DECODING)
    told = [(quote.text, quote.source and quote.source.text, quote.cue and quote.cue.text) for quote in quotes]
    assert told == [("Why now?", "HOLT", ":"), ("Why not? Nobody else came.", "VANCE", ":")]


def test_transcripts_a_silent_turn_among_spoken_ones_is_speech_too() -> None:
    text = "HOLT: Why now?\nVANCE: Why not?\nHOLT: I ask."
    read = reading(text, {"Why now?": ("content", 0.9), "Why not?": ("content", 0.9)})
    pieces = read_turns(read.tokens, find_turns(read.tokens), decode(read, DECODING))
    assert [text[read.tokens.starts[p.run[0]] : read.tokens.ends[p.run[1] - 1]] for p in pieces] == [
        "Why now?",
        "Why not?",
        "I ask.",
    ]


def test_transcripts_labelled_lines_that_read_as_no_speech_stay_silent() -> None:
    read = reading("TODAY: Closed.\nMONDAY: Open again.", {})
    assert read_turns(read.tokens, find_turns(read.tokens), []) == []


def test_transcripts_turns_are_direct_speech_of_their_label_without_marks() -> None:
    text = "Q: Why so late?\nA: The bridge was shut."
    read = reading(text, {"Why so late?": ("content", 0.9), "The bridge was shut.": ("content", 0.9)})
    found = assemble(read.tokens, decode(read, DECODING), DECODING)
    assert [(quote.kind, quote.source and quote.source.text) for quote in found] == [("direct", "Q"), ("direct", "A")]


def test_transcripts_a_paragraph_in_marks_goes_on_with_the_turn_left_open() -> None:
    text = '"HOLT: Why now?\n\n"VANCE: Why not?\n\n"Nobody else came.\n\n"HOLT: I see."\n\n"Not me," said Orto.'
    said = ("Why now?", "Why not?", "Nobody else came.", "I see.", "Not me,")
    read = reading(text, dict.fromkeys(said, ("content", 0.9)))
    quotes = assemble(read.tokens, decode(read, DECODING), DECODING)
    told = [([span.text for span in quote.content], quote.source and quote.source.text) for quote in quotes]
    assert told == [
        (["Why now?"], "HOLT"),
        (["Why not?", "Nobody else came."], "VANCE"),
        (["I see."], "HOLT"),
        (["Not me,"], None),
    ]


def test_transcripts_a_turn_that_reads_as_speech_is_speech_to_the_end_of_its_line() -> None:
    text = "TOWER: Hold short of the runway.\nCARGO 79: Holding. Holding short.\nInvestigators released it."
    read = reading(
        text, {"Hold short of": ("content", 0.9), "Holding. Holding": ("content", 0.9), "it": ("content", 0.9)}
    )
    quotes = assemble(read.tokens, decode(read, DECODING), DECODING)
    assert [(quote.text, quote.source and quote.source.text) for quote in quotes] == [
        ("Hold short of the runway.", "TOWER"),
        ("Holding. Holding short.", "CARGO 79"),
        ("it", None),
    ]
