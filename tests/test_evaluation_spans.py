"""Span metrics: worked by hand, and equal to the reference scorer to the last digit."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from evaluation_articles import HARBOUR, TALKS, harbour, quote, talks, with_answers
from hypothesis import given, settings
from hypothesis import strategies as st

from quotestance import Article
from quotestance.evaluation import evaluate, read_gold
from quotestance.evaluation.metrics.spans import align, source_matches, source_matches_by_name
from quotestance.evaluation.metrics.words import find_words, kind_of, marked_characters, marked_passages, words_within

SHARED = Path(__file__).parents[2] / "shared"
POLNEAR = SHARED / "corpora" / "polnear"
GROUPS = {"all": "all", "direct": "direct", "mixed": "mixed", "indirect": "indirect", "dm": "direct_mixed"}
METRICS = {
    "exact": "exact",
    "token": "token",
    "soft": "soft",
    "attr": "attribution",
    "attrS": "attribution_by_name",
    "e2e": "end_to_end",
    "e2eS": "end_to_end_by_name",
}


def figures(gold: list[Article], predicted: list[Article], **options: Any) -> dict[str, Any]:
    quotes: dict[str, Any] = evaluate(gold, predicted, draws=0, **options).metrics["quotes"]
    return quotes


def triple(scores: dict[str, float | None]) -> tuple[float | None, ...]:
    return scores["precision"], scores["recall"], scores["f1"]


def test_spans_gold_against_itself_is_perfect() -> None:
    found = figures([talks(), harbour()], [talks(), harbour()])
    for group in GROUPS.values():
        assert {triple(found[group][name]) for name in ("exact", "token", "soft", "end_to_end")} == {(1.0, 1.0, 1.0)}
        assert found[group]["attribution"] == 1.0


def test_spans_counts_by_hand() -> None:
    # Of four gold quotes one is found exactly with the wrong source, one by 4 of 8 words with the right source,
    # two are missed; one prediction of three words is spurious.
    predicted = Article(
        TALKS,
        id="talks",
        quotes=(
            quote(TALKS, "We will open talks on Monday.", "Ben Okoro"),
            quote(TALKS, "answer every raid with", "Ben Okoro"),
            quote(TALKS, "told reporters:", "Ana Ruiz"),
        ),
    )
    found = figures([talks()], [predicted])["all"]
    assert triple(found["exact"]) == (1 / 3, 1 / 4, 2 * (1 / 3) * (1 / 4) / (1 / 3 + 1 / 4))
    assert triple(found["soft"])[:2] == (2 / 3, 2 / 4)
    assert found["attribution"] == 1 / 2
    assert triple(found["end_to_end"])[:2] == (1 / 3, 1 / 4)
    # Gold words, the "that" of the second quote aside: 6 + 10 + 8 + 6, of which 6 + 4 are found; 2 predicted are not.
    assert triple(found["token"])[:2] == (10 / 12, 10 / 30)


def test_spans_punctuation_marks_and_that_do_not_matter() -> None:
    bare = talks().replace(
        quotes=(
            quote(TALKS, '"We will open talks on Monday."', "Ana Ruiz"),
            quote(TALKS, 'the army would stay in "its present positions" until then.', "She"),
            *talks().quotes[2:],
        )
    )
    assert figures([talks()], [bare])["all"]["exact"]["f1"] == 1.0


def test_spans_soft_match_needs_half_of_the_words() -> None:
    gold = Article(
        "one two three four five six", quotes=(quote("one two three four five six", "one two three four", None),)
    )
    half = gold.replace(quotes=(quote(gold.text, "one two", None),))
    less = gold.replace(quotes=(quote(gold.text, "four five six", None),))
    assert figures([gold], [half])["all"]["soft"]["f1"] == 1.0
    assert figures([gold], [less])["all"]["soft"]["f1"] == 0.0


def test_spans_gold_without_source_wants_none() -> None:
    gold = with_answers(harbour(), source=None)
    assert figures([gold], [harbour()])["all"]["end_to_end"]["f1"] == 0.0
    assert figures([gold], [gold])["all"]["end_to_end"]["f1"] == 1.0
    assert figures([gold], [gold])["all"]["attribution"] is None


def test_spans_split_quote_is_one_or_its_pieces() -> None:
    halves = harbour().replace(
        quotes=(
            quote(HARBOUR, "Nobody wants a war here", "Ana Ruiz"),
            quote(HARBOUR, "and nobody will start one", "Ana Ruiz"),
            harbour().quotes[1],
        )
    )
    assert triple(figures([harbour()], [halves])["all"]["exact"])[:2] == (1 / 3, 1 / 2)
    assert triple(figures([harbour()], [halves], by_piece=True)["all"]["exact"])[:2] == (1.0, 1.0)


@pytest.mark.parametrize(
    ("gold", "predicted", "span", "name"),
    [
        ("Ana Ruiz, the minister", "Ruiz", True, True),
        ("the minister", "Ana Ruiz, the minister", True, True),
        ("She", "She", True, True),
        ("Ana Ruiz, the minister", "the", False, False),
        ("Ana Ruiz, the minister", "Ruiz's aide", False, True),
        ("She", "Ana Ruiz, the minister", False, False),
    ],
)
def test_spans_source_match(gold: str, predicted: str, span: bool, name: bool) -> None:
    text = "Ana Ruiz, the minister, spoke. She left. Later Ruiz's aide spoke."
    words = find_words(text)

    def found(part: str) -> frozenset[int]:
        start = text.index(part)
        return words_within(words, [(start, start + len(part))])

    assert source_matches(words, found(gold), found(predicted)) is span
    assert source_matches_by_name(words, found(gold), found(predicted)) is name


@pytest.mark.parametrize(
    ("text", "passages"),
    [
        ('a "b c" d', ['"b c"']),
        ("“a “b” c", ["“a “b”"]),
        ('"open\n"again"', ['"open', '"again"']),
        ("''a b'' and 'c'", ["''a b''"]),
        ("”a“", ["“"][:0]),
        ('end "', []),
    ],
)
def test_spans_marked_passages(text: str, passages: list[str]) -> None:
    assert [text[start:end] for start, end in marked_passages(text)] == passages


@pytest.mark.parametrize(
    ("extents", "kind"),
    [
        ([(3, 6)], "direct"),
        ([(0, 6)], "mixed"),
        ([(0, 1), (3, 4)], "mixed"),
        ([(8, 9)], "indirect"),
        ([(9, 11)], "indirect"),
    ],
)
def test_spans_kind_follows_the_marks(extents: list[tuple[int, int]], kind: str) -> None:
    text = 'a "b c" d; '
    assert kind_of(text, extents, marked_characters(text)) == kind


def test_spans_passage_by_hand() -> None:
    # Three passages, of 6, 3 and (in harbour) 5 and 5 words; the second is answered with the wrong source.
    wrong = quote(TALKS, 'would stay in "its present positions" until then', "Ben Okoro")
    answer = talks().replace(quotes=(talks().quotes[0], wrong))
    passages = evaluate([talks()], [answer], draws=0).metrics["passages"]["all"]
    assert triple(passages["end_to_end"])[:2] == (1 / 2, 1 / 2)


def test_spans_alignment_is_one_to_one() -> None:
    twice = harbour().replace(quotes=(*harbour().quotes, *harbour().quotes))
    alignment = align(harbour(), twice)
    assert len(set(alignment.soft.values())) == len(alignment.soft) == 2
    assert triple(figures([harbour()], [twice])["all"]["exact"])[:2] == (1 / 2, 1.0)


_TEXTS = st.text(alphabet="ab \"“”'’.\n", max_size=60).map(lambda text: text + " the Lu said that she")
_SPANS = st.lists(st.tuples(st.integers(0, 80), st.integers(1, 25)), min_size=1, max_size=3)
_QUOTES = st.lists(st.tuples(_SPANS, st.none() | _SPANS), max_size=6)


def _offsets(text: str, spans: list[tuple[int, int]]) -> list[list[int]]:
    """Sorted, disjoint and inside the text."""
    found: list[list[int]] = []
    for start, length in sorted(spans):
        start = max(min(start, len(text) - 1), found[-1][1] + 1 if found else 0)
        end = min(len(text), start + length)
        if start < end:
            found.append([start, end])
    return found


def _records(
    text: str, quotes: list[tuple[list[tuple[int, int]], list[tuple[int, int]] | None]]
) -> list[dict[str, Any]]:
    return [
        {"content": _offsets(text, content), "source": _offsets(text, source[:1]) if source else None, "cue": None}
        for content, source in quotes
    ]


@given(_TEXTS, _QUOTES, _QUOTES)
@settings(max_examples=60, deadline=None)
def test_spans_any_annotation_gives_shares_or_none(tmp_path_factory: Any, text: str, gold: Any, predicted: Any) -> None:
    for scores in _ours(tmp_path_factory.mktemp("any"), text, _records(text, gold), _records(text, predicted)).values():
        for value in scores.values():
            assert value is None or 0.0 <= value <= 1.0


def _ours(folder: Path, text: str, gold: list[Any], predicted: list[Any]) -> dict[str, dict[str, float | None]]:
    (folder / "gold.jsonl").write_text(json.dumps({"id": "a", "text": text, "attributions": gold}), encoding="utf-8")
    (folder / "predicted.jsonl").write_text(json.dumps({"id": "a", "quotes": predicted}), encoding="utf-8")
    report = evaluate(folder / "gold.jsonl", folder / "predicted.jsonl", draws=0)
    return {name: flatten(report.metrics["quotes"][name]) for name in GROUPS.values()} | {
        f"passages.{name}": flatten(report.metrics["passages"][name]) for name in ("all", "three_words")
    }


def flatten(scores: dict[str, Any]) -> dict[str, float | None]:
    flat: dict[str, float | None] = {}
    for name, value in scores.items():
        if isinstance(value, dict):
            flat.update({f"{name}.{part}": share for part, share in value.items()})
        elif name not in ("gold", "predicted"):
            flat[name] = value
    return flat


# --- against the reference scorer, which lies outside the repository -------------------------------------------------


@pytest.fixture(scope="module")
def reference() -> Iterator[ModuleType]:
    if not (SHARED / "tools" / "attribution_score.py").exists():
        pytest.skip(f"the reference scorer is not here: {SHARED / 'tools'}")
    sys.path.insert(0, str(SHARED / "tools"))
    import attribution_score

    yield attribution_score
    sys.path.remove(str(SHARED / "tools"))


@pytest.fixture(scope="module")
def dev(reference: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """PolNeAR dev as the reference's own converter reads it."""
    if not (POLNEAR / "data" / "dev").is_dir():
        pytest.skip(f"PolNeAR is not here: {POLNEAR}")
    import polnear_convert

    out = tmp_path_factory.mktemp("polnear")
    arguments, sys.argv = sys.argv, ["polnear_convert", str(POLNEAR), str(out), "dev"]
    try:
        polnear_convert.main()
    finally:
        sys.argv = arguments
    found: list[dict[str, Any]] = reference.load(str(out / "polnear_dev.jsonl"))
    return found


def gold_answers(gold: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"id": a["id"], "quotes": [{"content": x["content"], "source": x["source"] or None} for x in a["attributions"]]}
        for a in gold
    ]


def no_answers(_: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return []


def shuffled_answers(gold: list[dict[str, Any]]) -> list[dict[str, Any]]:
    order = random.Random(1)  # noqa: S311
    answers = gold_answers(gold)
    for answer in answers:
        sources = [found["source"] for found in answer["quotes"]]
        order.shuffle(sources)
        order.shuffle(answer["quotes"])
        answer["quotes"] = [{**found, "source": s} for found, s in zip(answer["quotes"], sources, strict=True)]
    return answers


def truncated_answers(gold: list[dict[str, Any]]) -> list[dict[str, Any]]:
    chance = random.Random(2)  # noqa: S311
    answers = gold_answers(gold)[::2]
    for answer in answers:
        kept = [found for found in answer["quotes"] if chance.random() < 0.8]
        for found in kept:
            share = chance.choice((0.3, 0.5, 0.6, 0.8, 1.0))
            found["content"] = [[s, s + max(1, int((e - s) * share))] for s, e in found["content"]]
            found["source"] = found["source"] if chance.random() < 0.8 else None
        answer["quotes"] = kept
    return answers


def assert_equal_to(expected: dict[str, Any], report: Any) -> None:
    for theirs, ours in GROUPS.items():
        found = report.metrics["quotes"][ours]
        assert (found["gold"], found["predicted"]) == (expected[theirs]["gold"], expected[theirs]["pred"])
        for name, metric in METRICS.items():
            value = triple(found[metric]) if isinstance(found[metric], dict) else found[metric]
            assert value == expected[theirs][name], (theirs, name)
    for theirs, ours in (("pass", "all"), ("passX", "three_words")):
        found = report.metrics["passages"][ours]
        assert (found["gold"], found["predicted"]) == (expected[theirs]["gold"], expected[theirs]["pred"])
        for name in ("e2e", "e2eS"):
            assert triple(found[METRICS[name]]) == expected[theirs][name], (theirs, name)


@pytest.mark.parametrize("by_piece", [False, True])
@pytest.mark.parametrize("answers", [gold_answers, no_answers, shuffled_answers, truncated_answers])
def test_spans_equal_the_reference_on_polnear_dev(
    reference: ModuleType, dev: list[dict[str, Any]], tmp_path: Path, answers: Callable[..., Any], by_piece: bool
) -> None:
    predicted = answers(dev)
    (tmp_path / "answers.jsonl").write_text("\n".join(map(json.dumps, predicted)), encoding="utf-8")
    expected, _ = reference.run(dev, predicted, 0, by_piece)
    report = evaluate(
        read_gold(POLNEAR / "data" / "dev", annotator="first"), tmp_path / "answers.jsonl", draws=0, by_piece=by_piece
    )
    assert_equal_to(expected, report)


@given(_TEXTS, _QUOTES, _QUOTES)
@settings(max_examples=150, deadline=None)
def test_spans_equal_the_reference_on_any_annotation(
    reference: ModuleType, tmp_path_factory: Any, text: str, gold: Any, predicted: Any
) -> None:
    wanted, given_ = _records(text, gold), _records(text, predicted)
    theirs, _ = reference.run(
        [{"id": "a", "text": text, "attributions": wanted}], [{"id": "a", "quotes": given_}], 0, False
    )
    ours = _ours(tmp_path_factory.mktemp("same"), text, wanted, given_)
    for group, name in GROUPS.items():
        for metric, ours_name in METRICS.items():
            values = theirs[group][metric]
            parts = (
                dict(zip(("precision", "recall", "f1"), values, strict=True))
                if isinstance(values, tuple)
                else {"": values}
            )
            for part, value in parts.items():
                found = ours[name][f"{ours_name}.{part}" if part else ours_name]
                # What is undefined here is 0 there.
                assert (0.0 if found is None else found) == value, (group, metric, part)
    for group, name in (("pass", "passages.all"), ("passX", "passages.three_words")):
        for part, value in zip(("precision", "recall", "f1"), theirs[group]["e2e"], strict=True):
            assert (ours[name][f"end_to_end.{part}"] or 0.0) == value
