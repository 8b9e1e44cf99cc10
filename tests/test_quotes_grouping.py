"""Two speakers whose words stand side by side are told apart by the cues beside them, whatever the model links."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from clock import assert_linear
from readings import Place, reading

from quotestance.quotes.assembly import assemble
from quotestance.quotes.decoding import DECODING, Piece, decode
from quotestance.quotes.grouping import settle_joins
from quotestance.types import Quote

SAID = "content", 0.95
WHO = "source", 0.95
CUE = "cue", 0.95


def quotes_of(text: str, tagged: dict[Place, tuple[str, float]], joined: str, to: str) -> tuple[Quote, ...]:
    """Return the quotes where a model joins one passage to another and gives it that one's source."""
    read = reading(text, tagged, {(joined, "quote"): {to: 1.0}, (to, "source"): {"Orto": 1.0}})
    return assemble(read.tokens, decode(read, DECODING), DECODING)


def test_joins_an_answer_with_a_cue_of_its_own_is_not_part_of_the_question() -> None:
    text = '"How many boats?" Orto asked.\n\n"One," said Tighe.'
    tagged: dict[Place, tuple[str, float]] = {
        **{"How many boats?": SAID, "Orto": WHO, "asked": CUE, "One,": SAID, "said": CUE, "Tighe": WHO}
    }
    found = quotes_of(text, tagged, "One,", "How many boats?")
    assert [(quote.text, quote.source and quote.source.text) for quote in found] == [
        ("How many boats?", "Orto"),
        ("One,", "Tighe"),
    ]


def test_joins_leave_a_quote_with_one_cue_whole() -> None:
    text = '"We will wait," Orto said. "Then we will see."'
    tagged: dict[Place, tuple[str, float]] = {
        **{"We will wait,": SAID, "Orto": WHO, "said": CUE, "Then we will see.": SAID}
    }
    (quote,) = quotes_of(text, tagged, "Then we will see.", "We will wait,")
    assert [piece.text for piece in quote.content] == ["We will wait,", "Then we will see."]


def test_joins_leave_paragraphs_of_one_speech_whole() -> None:
    text = '"I came for a week.\n\n"I stayed for life," Orto said.'
    tagged: dict[Place, tuple[str, float]] = {
        **{"I came for a week.": SAID, "I stayed for life,": SAID, "Orto": WHO, "said": CUE}
    }
    (quote,) = quotes_of(text, tagged, "I stayed for life,", "I came for a week.")
    assert len(quote.content) == 2


def test_joins_do_not_take_the_cue_of_the_next_sentence() -> None:
    text = '"Who will pay?" Orto said the state would.'
    tagged: dict[Place, tuple[str, float]] = {
        **{"Who will pay?": SAID, "Orto": WHO, "said": CUE, "the state would": SAID}
    }
    read = reading(text, tagged, {("the state would", "source"): {"Orto": 1.0}})
    first, second = assemble(read.tokens, decode(read, DECODING), DECODING)
    assert first.source is None
    assert second.source is not None
    assert second.source.text == "Orto"


def test_joins_a_passage_with_a_second_cue_before_it_is_not_part_of_the_first() -> None:
    text = '"You lied," Orto told the court, to which Tighe, 41, muttered, "I told you what I knew."'
    tagged: dict[Place, tuple[str, float]] = {
        **{"You lied,": SAID, "Orto": WHO, "told": CUE, "Tighe": WHO, "muttered": CUE, "I told you what I knew.": SAID}
    }
    links: dict[tuple[Place, str], dict[Place | None, float]] = {
        ("I told you what I knew.", "quote"): {"You lied,": 1.0},
        ("I told you what I knew.", "source"): {"Tighe": 1.0},
        ("You lied,", "source"): {"Orto": 1.0},
    }
    read = reading(text, tagged, links)
    first, second = assemble(read.tokens, decode(read, DECODING), DECODING)
    assert (first.text, first.source and first.source.text) == ("You lied,", "Orto")
    assert second.text == "I told you what I knew."
    assert [part and part.text for part in (second.source, second.cue)] == ["Tighe", "muttered"]


def test_joins_a_second_cue_brings_the_source_right_before_it() -> None:
    text = '"You are shelling a hospital!" Orto shouted before Tighe told her, "It is not on our list."'
    tagged: dict[Place, tuple[str, float]] = {
        **{"You are shelling a hospital!": SAID, "Orto": WHO, "shouted": CUE, "Tighe": WHO, "told": CUE},
        "It is not on our list.": SAID,
    }
    _, second = quotes_of(text, tagged, "It is not on our list.", "You are shelling a hospital!")
    assert [part and part.text for part in (second.source, second.cue)] == ["Tighe", "told"]


@pytest.mark.parametrize("marks", ['""', "“”", "«»"])
def test_joins_a_sentence_that_its_cue_halves_is_one_quote(marks: str) -> None:
    text = '"If they come," Orto said, meaning the banks, "they will not leave."'
    text = text.replace(' "', " " + marks[0]).replace('"', marks[0], text.startswith('"')).replace('"', marks[1])
    tagged: dict[Place, tuple[str, float]] = {
        **{"If they come,": SAID, "Orto": WHO, "said": CUE, "meaning": CUE, "the banks": SAID},
        "they will not leave.": SAID,
    }
    read = reading(text, tagged)
    quotes = assemble(read.tokens, decode(read, DECODING), DECODING)
    assert [[span.text for span in quote.content] for quote in quotes] == [
        ["If they come,", "they will not leave."],
        ["the banks"],
    ]


def test_joins_a_new_sentence_in_marks_is_left_to_the_model() -> None:
    text = '"If they come," Orto said, "we go." "They will not leave," said Tighe.'
    tagged: dict[Place, tuple[str, float]] = {
        **{"If they come,": SAID, "Orto": WHO, "said": CUE, "we go.": SAID, "They will not leave,": SAID}
    }
    read = reading(text, tagged)
    quotes = assemble(read.tokens, decode(read, DECODING), DECODING)
    assert [quote.text for quote in quotes] == ["If they come, we go.", "They will not leave,"]


def test_joins_take_linear_time() -> None:
    def joining(count: int) -> Callable[[], object]:
        text = '"Yes," said Orto.\n\n' * count
        tokens = reading(text, {}).tokens
        size = len(tokens) // count
        pieces = [
            Piece((n * size + 1, n * size + 3), 0.9, (n * size + 1, 0.0), {None: 1.0}, {None: 1.0})
            for n in range(count)
        ]
        return lambda: settle_joins(tokens, pieces)

    assert_linear(joining, 100, 400, most=3, slack=0.05)
