"""Which quotes stand inside others, in Python, in tables and in evaluation."""

from __future__ import annotations

from collections.abc import Callable

from clock import assert_linear

from quotestance import Article, Quote, Span, evaluate, to_dataframe

TEXT = "Ruiz said the army had denied that it fired first. The war, Ann Lee said, after Ray asked for peace, is over."


def quote(*pieces: str) -> Quote:
    """Build a quote of these words of the text."""
    starts = [(TEXT.index(piece), piece) for piece in pieces]
    return Quote("indirect", tuple(Span.of(TEXT, start, start + len(piece)) for start, piece in starts))


INNERMOST, INNER, OUTER = (
    quote("it fired"),
    quote("that it fired first"),
    quote("the army had denied that it fired first"),
)
BETWEEN, SPLIT = quote("for peace"), quote("The war", "is over")


def test_nested_quotes_are_told_with_the_innermost_around_them_in_any_order() -> None:
    article = Article(TEXT, id="a", quotes=(INNERMOST, SPLIT, OUTER, INNER, BETWEEN))
    assert article.nested_in == (3, None, None, 2, None)
    assert article.without_nested().quotes == (SPLIT, OUTER, BETWEEN)
    table = to_dataframe([article])
    assert table["nested_in"].fillna(-1).tolist() == [3, -1, -1, 2, -1]


def test_a_quote_in_the_gap_of_another_or_with_the_same_words_stands_in_none() -> None:
    assert Article(TEXT, quotes=(SPLIT, BETWEEN)).nested_in == (None, None)
    assert Article(TEXT, quotes=(OUTER, OUTER)).nested_in == (None, None)
    assert Article(TEXT).nested_in == ()
    pieces, whole = quote("the army", "fired first"), quote("the army had denied that it fired first")
    assert Article(TEXT, quotes=(pieces, whole)).nested_in == (1, None)


def test_a_flat_evaluation_leaves_out_nested_quotes_of_gold_and_predictions() -> None:
    flat_gold, found = Article(TEXT, id="a", quotes=(OUTER, SPLIT)), Article(TEXT, id="a", quotes=(OUTER, INNER, SPLIT))
    whole, flat = (evaluate([flat_gold], [found], draws=0, flat=flag) for flag in (False, True))
    assert [one.figure("quotes.all.soft.precision") for one in (whole, flat)] == [2 / 3, 1.0]
    assert evaluate([found], [flat_gold], draws=0, flat=True).figure("quotes.all.soft.recall") == 1.0
    assert flat.settings["flat"] is True


def test_a_flat_evaluation_is_sliced_by_what_is_told_of_every_quote() -> None:
    gold = Article(TEXT, id="a", quotes=(INNER, OUTER, SPLIT), meta={"topic": ["denial", "denial", "end"], "desk": "x"})
    slices = evaluate([gold], [gold], draws=0, flat=True, slices=["topic", "desk"]).metrics["slices"]
    assert {topic: found["quotes"] for topic, found in slices["topic"].items()} == {"denial": 1, "end": 1}
    assert slices["desk"]["x"]["quotes"] == 2


def test_many_quotes_are_placed_in_time_that_grows_with_their_number() -> None:
    def placing(count: int) -> Callable[[], None]:
        text = "a b. " * count
        extents = [(5 * number, 5 * number + length) for number in range(count) for length in (1, 3)]
        article = Article(text, quotes=tuple(Quote("indirect", (Span.of(text, *extent),)) for extent in extents))

        def place() -> None:
            assert article.nested_in[:4] == (1, None, 3, None)

        return place

    assert_linear(placing, 2_000, 20_000, most=4, slack=0.1)
