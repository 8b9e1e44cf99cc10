from __future__ import annotations

import gzip
import json
import textwrap
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from clock import assert_linear
from hypothesis import given, settings
from hypothesis import strategies as st

from quotestance.errors import FormatError
from quotestance.io.encodings import decode, detect
from quotestance.text import Quotation, paragraphs, quotations, read_lexicon, scalar_values, sentences

CASES = [
    json.loads(line) for line in (Path(__file__).parent / "cases/quotations.jsonl").read_text("utf-8").splitlines()
]
QUICK = settings(max_examples=200, deadline=None)
MARKED = st.text(st.sampled_from("ab sS9.,!\n\r\u2028\u00a0\"'`“”„‟«»‹›‘’‚「」—(İß\ud800😀"), max_size=120) | st.text(
    max_size=60
)
ENGLISH = "He said “no” twice, then left the café. "
RUSSIAN = "Министр сказал вчера, что переговоры начнутся в понедельник. Никто этому не верит. "
POLISH = "Minister powiedział wczoraj, że rozmowy zaczną się w poniedziałek. Wszyscy są źli. "


def slices(text: str, extents: list[tuple[int, int]]) -> list[str]:
    return [text[start:end] for start, end in extents]


def quoted(text: str) -> list[str]:
    return [text[q.inner_start : q.inner_end] for q in quotations(text)]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)  # fmt: skip
@pytest.mark.parametrize("text", [ENGLISH, ENGLISH * 3_000], ids=["short", "long"])
def test_text_decode_reads_english_in_any_encoding(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("bom", ["utf-16-le", "utf-16-be", "utf-32-be"])
def test_text_decode_leaves_the_byte_order_mark_out(bom: str) -> None:
    assert decode(("\ufeff" + RUSSIAN).encode(bom)) == RUSSIAN


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("caf\xe9", "latin-1"),
        ("Le président a déclaré : « Où est passée la forêt ? » Señor Muñoz lächelte über die Straße.", "latin-1"),
        ("“Oui”", "cp1252"),
        ("It cost £5 — or €6 — at the ‘café’…", "cp1252"),
        (RUSSIAN * 3, "cp1251"),
        (RUSSIAN * 3, "koi8-r"),
        (POLISH * 3, "iso-8859-2"),
        (POLISH * 3, "cp1250"),
    ],
)
def test_text_decode_reads_single_byte_encodings(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_text_decode_of_nothing_is_nothing() -> None:
    assert decode(b"") == ""
    assert decode(b"\xef\xbb\xbf") == ""


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0",
        gzip.compress(b"an article"),
        b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n" + zlib.compress(bytes(range(256)) * 8),
        bytes(1 + number * 7 % 255 for number in range(3_000)),
        ENGLISH.encode("utf-16-le")[:-1],
    ],
    ids=["png", "gzip", "pdf", "noise without NUL", "half a UTF-16 character"],
)
def test_text_decode_refuses_what_is_no_text(data: bytes) -> None:
    with pytest.raises(FormatError, match="Not text"):
        decode(data)


@pytest.mark.parametrize("data", [(ENGLISH * 20).encode()[:-1] + b"\xe2\x80", b"\xff" + (ENGLISH * 20).encode()])
def test_text_decode_reads_damaged_utf8_and_does_not_garble_it(data: bytes) -> None:
    assert decode(data).replace("\ufffd", "") == (ENGLISH * 20).removesuffix(ENGLISH[-1] if data[-1] == 0x80 else "")


@pytest.mark.parametrize(
    ("text", "lost"),
    [("“We stay,” said Zoë Lee.", "ë"), ("“We wait”, she said.", "”"), ("«Мы ждём», сказала она.", "ж")],
)
def test_text_decode_reads_short_utf8_with_a_damaged_byte(text: str, lost: str) -> None:
    data = text.encode().replace(lost.encode(), lost.encode()[:1])
    assert (decode(data), detect(data).name) == (text.replace(lost, "\ufffd"), "utf-8")


def test_text_encoding_of_a_part_may_end_in_mid_character() -> None:
    data = "“".encode()[:2]
    assert detect(data, of_records=True).name == "utf-8"
    assert detect(data).name != "utf-8"


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_text_decode_gives_text_or_a_format_error(data: bytes) -> None:
    try:
        text = decode(data)
    except FormatError:
        return
    assert len(text) <= len(data)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\t\r\n ", []),
        ("One.", ["One."]),
        ("One.\nTwo.\n\n\n Three. \n", ["One.", "Two.", "Three."]),
        ("One.\r\nTwo.\r\n\r\nThree.\r", ["One.", "Two.", "Three."]),
        ("One.\u2028Two.\u2029Three.\x0bFour.\x85Five.", ["One.", "Two.", "Three.", "Four.", "Five."]),
        ("\u00a0One.\u3000\n\u00a0\nTwo.", ["One.", "Two."]),
    ],
)
def test_text_paragraphs_are_the_lines(text: str, expected: list[str]) -> None:
    assert slices(text, paragraphs(text)) == expected


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\u2028"])
def test_text_paragraphs_of_a_hard_wrapped_text_are_parted_by_blank_lines(newline: str) -> None:
    first = newline.join(
        ["The council of the old town met on Monday and", "could not agree on anything at all, so that it"]
    )
    first += newline + "had to meet again on Tuesday, when it rained and" + newline + "nobody came."
    second = newline.join(
        ["On Wednesday the mayor lost his patience and let", "the matter rest for good, which pleased them all."]
    )
    text = first + newline + newline + second + newline
    assert slices(text, paragraphs(text)) == [first, second]


@pytest.mark.parametrize("columns", [40, 72, 100, 120, 160])
def test_text_paragraphs_of_a_text_are_found_in_however_many_columns_it_is_wrapped(columns: int) -> None:
    told = "The council of the old town met on Monday and could not agree on anything at all, as Ann Lee said, "
    expected = [told + ("so that it had to meet again " * number).strip() + "." for number in (8, 10, 12)]
    text = "\n\n".join(textwrap.fill(paragraph, columns) for paragraph in expected)
    assert [" ".join(found.split()) for found in slices(text, paragraphs(text))] == expected


def test_text_paragraphs_of_long_lines_in_lower_case_stay_where_more_words_would_fit_into_them() -> None:
    told = "the council of the old town met on Monday and could not agree on anything at all, as Ann Lee said"
    lines = [told + " and went home" * number for number in (1, 5, 2, 6, 3)]
    assert slices("\n".join(lines), paragraphs("\n".join(lines))) == lines


def test_text_paragraphs_of_short_lines_are_not_taken_for_hard_wrapping() -> None:
    text = "milk\neggs\nbread\nbutter\ncheese"
    assert len(paragraphs(text)) == 5


@pytest.mark.parametrize(
    "expected",
    [
        ["Gen. Roe left.", "He said so."],
        ["Sen. A. B. Roe (R-Ohio) left.", "He came back."],
        ["“We go.”", "“We stay.”", "Then silence…", "Really?!", "Yes."],
        ["He said no.", "Then he left."],
        ["It was No. 10 again.", "See fig. 3 there."],
        ["It was No.\u00a010 again.", "See fig.\u202f3 there."],
        ["He left.", "``We go,'' he said.", "``Yes.''", "Then silence."],
        ["He said „Nein.“", "Then he left."],
        ["It rose.", "$5 million went."],
        ["The U.S. Senate met at 5 p.m. Monday.", "It adjourned."],
        ["It cost 3.5 million.", "Nobody paid."],
        ["Was it he?", "It was I.", "Oh."],
        ["e.g. the mayor", "Next paragraph"],
        ["He stopped... and went on.", "It ended (badly).", "The end."],
    ],
)
def test_text_sentences_end_where_a_reader_ends_them(expected: list[str]) -> None:
    text = ("\n" if expected[0].startswith("e.g.") else " ").join(expected)
    assert slices(text, sentences(text)) == expected


def test_text_sentences_of_an_extent_stay_inside_it() -> None:
    text = "One. Two.\nThree. Four."
    assert slices(text, sentences(text, (10, 22))) == ["Three.", "Four."]


@QUICK
@given(MARKED)
def test_text_paragraphs_and_sentences_leave_out_nothing_but_white_space(text: str) -> None:
    for extents in (paragraphs(text), sentences(text)):
        edges = [0, *(edge for extent in extents for edge in extent), len(text)]
        assert edges == sorted(edges)
        assert all(text[start:end] == text[start:end].strip() != "" for start, end in extents)
        assert not "".join(text[edges[i] : edges[i + 1]] for i in range(0, len(edges), 2)).strip()


@pytest.mark.parametrize("case", CASES, ids=[f"{case['id']}-{case['form']}" for case in CASES])
def test_text_quotations_of_the_hard_cases(case: dict[str, Any]) -> None:
    defaults = {"depth": 0, "is_closed": True, "continues": False}
    found = [
        {
            "inner": case["text"][q.inner_start : q.inner_end],
            "depth": q.depth,
            "is_closed": q.is_closed,
            "continues": q.continues,
        }
        for q in quotations(case["text"])
    ]
    assert found == [defaults | expected for expected in case["quotations"]]


def test_text_quotations_tell_where_the_marks_stand() -> None:
    assert quotations("x « a » ``b'' “c") == [
        Quotation(2, 7, 4, 5, 0, True),
        Quotation(8, 13, 10, 11, 0, True),
        Quotation(14, 16, 15, 16, 0, False),
    ]


@pytest.mark.parametrize("marks", ["\x93\x94", "\x91\x92", ("‘‘", "’’")])
def test_text_quotations_stand_in_marks_of_other_encodings_and_in_doubled_ones(marks: str | tuple[str, str]) -> None:
    text = f"Liu said {marks[0]}we don’t know{marks[1]} and left."
    [found] = quotations(text)
    assert text[found.start : found.end] == f"{marks[0]}we don’t know{marks[1]}"
    assert text[found.inner_start : found.inner_end] == "we don’t know"


def test_text_quotations_of_an_unclosed_passage_do_not_reach_into_the_next_paragraph() -> None:
    assert quoted("He said “no and left.\n\nShe said “yes” and stayed.") == ["no and left.", "yes"]


def test_text_quotations_of_many_unclosed_marks_do_not_hide_the_sound_ones() -> None:
    assert "the last one" in quoted("“a " * 30 + "and “the last one” too")
    assert "the last one" in quoted("the ‘a " * 30 + "and “the last one” too")


@QUICK
@given(MARKED)
def test_text_quotations_are_ordered_and_nested_inside_a_paragraph(text: str) -> None:
    extents = paragraphs(text)
    around: list[Quotation] = []
    found = quotations(text)
    assert [(q.start, -q.end) for q in found] == sorted((q.start, -q.end) for q in found)
    for q in found:
        assert q.start < q.inner_start < q.inner_end <= q.end
        assert (q.inner_end < q.end) == q.is_closed
        assert any(start <= q.start and q.end <= end for start, end in extents)
        inner = text[q.inner_start : q.inner_end]
        assert inner == inner.strip() != ""
        while around and around[-1].end <= q.start:
            around.pop()
        assert q.depth == len(around)
        assert not around or (around[-1].inner_start <= q.start and q.end <= around[-1].inner_end)
        around.append(q)


HOSTILE = {
    "straight marks": '"',
    "opening marks": "“",
    "closing marks": "”",
    "single marks": "'",
    "possessives": "s' a ",
    "possessives in an open single": "‘s’ a ",
    "unclosed singles": "'a ",
    "curly unclosed singles": "‘a ",
    "mixed openers": "“‘«\"'„ ",
    "words in marks": '"a" ',
    "inches": '9" a ',
    "opening paragraphs": "“a\n",
    "full stops": ".",
    "stops and brackets": ".)",
    "question marks and marks": '?" ',
    "newlines": "\n",
    "line separators and spaces": "\u2028 \x0b",
    "spaces": " ",
    "dotted letters": "a.",
    "hard-wrapped": "and so the long line went on and on and on\n",
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_text_takes_linear_time_on_hostile_strings(unit: str) -> None:
    def reading(size: int) -> Callable[[], object]:
        text = unit * (size // len(unit))
        return lambda: (quotations(text), sentences(text))

    assert_linear(reading, 8_000, 32_000, most=2, slack=0.05)


def test_text_scalar_values_keep_every_offset() -> None:
    assert scalar_values("a\ud800b\udfff😀") == "a\ufffdb\ufffd😀"


@pytest.mark.parametrize(
    ("name", "some"), [("abbreviations.txt", {"mr", "u.s"}), ("no_speaker_labels.txt", {"READ MORE"})]
)
def test_text_read_lexicon_leaves_comments_out(name: str, some: set[str]) -> None:
    entries = read_lexicon(name)
    assert some <= set(entries)
    assert all(entry == entry.strip() != "" and "#" not in entry for entry in entries)
