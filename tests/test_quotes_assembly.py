from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readings import reading, run_of

from quotestance.quotes.assembly import QuotedText, _is_participle, assemble, confidence, join
from quotestance.quotes.decoding import DECODING, Piece, decode
from quotestance.text import quotations
from quotestance.types import Span

QUICK = settings(max_examples=200, deadline=None)
MARKED = st.text(st.sampled_from("ab .,“”‘’\"'«» —\n"), min_size=1, max_size=50)


def fitted(text: str, touched: str) -> str:
    start = text.index(touched)
    first, last = QuotedText(text, quotations(text)).fit(start, start + len(touched))
    return text[first:last]


@pytest.mark.parametrize(
    ("text", "touched", "expected"),
    [
        ("“We go,” he said.", "We go,", "We go,"),
        ("“We go,” he said.", "We go", "We go,"),
        ("“We go,” he said.", "“We go,”", "We go,"),
        ("“We go,” he said.", "“We go", "We go,"),
        ('"We go," he said.', 'We go,"', "We go,"),
        ("« We go », he said.", "We go", "We go"),
        ("« We go », he said.", "« We go »", "We go"),
        ("«\u202fWe go!\u202f» he said.", "We go", "We go!"),
        ("He said “we stay. We go.” Then", "we stay", "we stay"),
        ("He said that “we” go, and left.", "that “we” go,", "“we” go"),
        ("He said “we” go, and left.", "we” go", "“we” go"),
        ("He said “we” go, and left.", "“we” go,", "“we” go"),
        ("He wants to go “at once,” he said.", "to go “at once", "to go “at once,”"),
        ("He wants to “go and stay” there.", "wants to “go", "wants to “go"),
        ("He said: “We go", "“We go", "We go"),
        ("He said “no” and “never”.", "and “never”", "never"),
        ("He said and did it.", "and did it", "and did it"),
        ("He said that they go, but not now.", " that they go, ", "they go"),
        ("He said — that they go —", "— that they go —", "they go"),
        ("He said. ” They go", ". ” They go", "They go"),
        ("“I said ‘go,’” he said.", "I said ‘go", "I said ‘go,’"),
    ],
)
def test_quotes_fit_cuts_to_what_was_said(text: str, touched: str, expected: str) -> None:
    assert fitted(text, touched) == expected


@QUICK
@given(MARKED, st.data())
def test_quotes_fit_stays_in_the_text_and_settles(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    quoted = QuotedText(text, quotations(text))
    first, last = quoted.fit(start, end)
    assert 0 <= first <= last <= len(text)
    kept, asked = text[first:last], text[start:end]
    assert sum(map(str.isalnum, kept)) == sum(map(str.isalnum, asked))  # no word is won or lost
    if kept:
        assert not kept[0].isspace()
        assert not kept[-1].isspace()


@pytest.mark.parametrize(
    ("text", "said", "kind"),
    [
        ("“We go,” he said.", ["We go,"], "direct"),
        ("“We,” he said, “go.”", ["We,", "go."], "direct"),
        ("He said that “we” go.", ["that “we” go"], "mixed"),
        ("“We,” he said, and that they go.", ["We,", "that they go"], "mixed"),
        ("He said that they go.", ["that they go"], "indirect"),
        ("He said ‘we go’ and left", ["we go"], "direct"),
        ("He said “we go", ["we go"], "direct"),
        ("He said “we go. And then they went.", ["And then they went"], "direct"),
        ("He said “—” to that they go.", ["that they go"], "indirect"),
    ],
)
def test_quotes_kind_is_told_by_the_letters_in_marks(text: str, said: list[str], kind: str) -> None:
    spans = [Span.of(text, text.index(part), text.index(part) + len(part)) for part in said]
    assert QuotedText(text, quotations(text)).kind(spans) == kind


def test_quotes_around_finds_the_outermost_passages_that_are_touched() -> None:
    text = "“a ‘b’ c” d “e” f “g”"
    quoted = QuotedText(text, quotations(text))
    around = quoted.around(text.index("c"), text.index("f"))
    assert [text[q.start : q.end] for q in around] == ["“a ‘b’ c”", "“e”"]
    assert quoted.around(text.index("d"), text.index("d") + 1) == []


def pieces(*heads: tuple[int, float]) -> list[Piece]:
    """Pieces of the tokens 0:2, 10:12, 20:22 ... that point at these tokens."""
    return [Piece((10 * number, 10 * number + 2), 0.9, head) for number, head in enumerate(heads)]


@pytest.mark.parametrize(
    ("heads", "groups"),
    [
        ([(0, 1.0), (0, 0.9)], [[0, 1]]),
        ([(0, 1.0), (0, 0.4)], [[0], [1]]),
        ([(0, 1.0), (1, 0.9), (10, 0.9)], [[0, 1, 2]]),
        ([(0, 1.0), (10, 1.0), (0, 0.9)], [[0, 2], [1]]),
        ([(20, 0.9), (10, 1.0), (20, 1.0)], [[0], [1], [2]]),
        ([(0, 1.0), (5, 0.9)], [[0], [1]]),
        ([], []),
    ],
)
def test_quotes_join_follows_the_pointing(heads: list[tuple[int, float]], groups: list[list[int]]) -> None:
    found = join(pieces(*heads), 0.5)
    assert [[piece.run[0] // 10 for piece in group] for group in found] == groups


@QUICK
@given(*[st.floats(0, 1)] * 4)
def test_quotes_confidence_grows_with_content_and_source(found: float, more: float, sure: float, surer: float) -> None:
    settings = {"confidence_intercept": -0.3, "confidence_content": 0.8, "confidence_source": 0.4}
    low, high = sorted((found, more))
    least, most = sorted((sure, surer))
    assert 0 < confidence(low, least, settings) <= confidence(high, most, settings) < 1
    assert confidence(0.1, 0.1, settings) < confidence(0.9, 0.1, settings) < confidence(0.9, 0.9, settings)


def test_quotes_assemble_makes_one_quote_of_a_split_one() -> None:
    text = '"The war," said the man, "is over."'
    read = reading(
        text,
        {
            "The war,": ("content", 0.9),
            "is over.": ("content", 0.9),
            "said": ("cue", 0.9),
            "the man": ("source", 0.9),
        },
        {
            ("The war,", "quote"): {"The": 1.0},
            ("is over.", "quote"): {"The": 1.0},
            ("The war,", "source"): {"the man": 0.9, None: 0.1},
            ("is over.", "source"): {"the man": 0.6, None: 0.4},
            ("The war,", "cue"): {"said": 0.9, None: 0.1},
            ("is over.", "cue"): {"said": 0.9, None: 0.1},
        },
    )
    (quote,) = assemble(read.tokens, decode(read, DECODING), DECODING)
    assert [span.text for span in quote.content] == ["The war,", "is over."]
    assert quote.kind == "direct"
    assert quote.source is not None
    assert quote.source.text == "the man"
    assert quote.cue is not None
    assert quote.cue.text == "said"


def test_quotes_assemble_gives_no_source_where_none_is_likelier() -> None:
    text = '"The war is over." The man left.'
    read = reading(
        text,
        {"The war is over.": ("content", 0.9), "The man": ("source", 0.9)},
        {("The war is over.", "source"): {("The man", 0): 0.3, None: 0.7}},
    )
    (quote,) = assemble(read.tokens, decode(read, DECODING), DECODING)
    assert quote.source is None
    assert quote.cue is None


def test_quotes_assemble_keeps_the_order_of_the_text_and_drops_what_has_no_letters() -> None:
    text = "he said: no. then — — he said: yes."
    read = reading(text, {"no": ("content", 0.9), "— —": ("content", 0.9), "yes": ("content", 0.9)})
    found = assemble(read.tokens, decode(read, DECODING)[::-1], DECODING)
    assert [quote.text for quote in found] == ["no", "yes"]
    assert run_of(read.tokens, "no")[0] < run_of(read.tokens, "yes")[0]


@pytest.mark.parametrize(("joint", "has_source"), [("and", True), ("and emphatically", True), ("while others", False)])
def test_quotes_assemble_carries_the_subject_over_to_a_second_verb(joint: str, has_source: bool) -> None:
    text = f"Ana Ruiz blamed the war {joint} denied the plan."
    read = reading(
        text,
        {
            "Ana Ruiz": ("source", 0.9),
            "blamed": ("cue", 0.9),
            "the war": ("content", 0.9),
            "denied": ("cue", 0.9),
            "the plan": ("content", 0.9),
        },
        {
            ("the war", "source"): {"Ana Ruiz": 0.9, None: 0.1},
            ("the plan", "source"): {None: 1.0},
            ("the plan", "cue"): {"denied": 0.9, None: 0.1},
        },
    )
    first, second = assemble(read.tokens, decode(read, DECODING), DECODING)
    assert first.source is not None
    assert second.source == (first.source if has_source else None)


@pytest.mark.parametrize(("tagged", "source"), [("Orto, who", "Orto"), (", who", ", who"), ("the head of", "the head")])
def test_quotes_sources_end_before_a_dangling_word(tagged: str, source: str) -> None:
    text = f'Then {tagged} said "no".'
    read = reading(
        text,
        {tagged: ("source", 0.9), "said": ("cue", 0.9), "no": ("content", 0.9)},
        {("no", "source"): {tagged: 1.0}, ("no", "cue"): {"said": 1.0}},
    )
    (quote,) = assemble(read.tokens, decode(read, DECODING), DECODING)
    assert quote.source is not None
    assert quote.source.text == source


def test_quotes_confidence_is_one_or_none_whatever_a_checkpoint_says() -> None:
    slopes = {"confidence_content": 0.8, "confidence_source": 0.4}
    assert confidence(0.5, 0.5, {"confidence_intercept": -1e6, **slopes}) == pytest.approx(0)
    assert confidence(0.5, 0.5, {"confidence_intercept": 1e6, **slopes}) == 1


def test_assembly_a_cue_of_blanks_alone_is_no_participle() -> None:
    """A tokenizer whose tokens may be white space, and a model that takes one for a cue."""
    assert not _is_participle(Span(0, 2, " \n"))
    assert _is_participle(Span(0, 7, "Adding "))
