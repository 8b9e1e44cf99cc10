"""Evaluation from end to end: pipes, the whole chain, slices, and what has no value."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from clock import Clock
from evaluation_articles import HARBOUR, OKORO, RUIZ, TALKS, Parrot, harbour, quote, talks, with_answers

import quotestance
from quotestance import Article, Quote, Span, Stance
from quotestance.errors import FormatError
from quotestance.evaluation import agreement, compare, evaluate
from quotestance.evaluation.outcomes import worst


def gold() -> list[Article]:
    return [talks(), harbour()]


def unsure(article: Article) -> Article:
    """Return the article with soft stances, so that calibration can be scored."""
    soft = {"escalatory": 0.6, "de-escalatory": 0.3, "neutral": 0.1}
    return article.replace(quotes=tuple(replace(q, stance=Stance(soft), confidence=0.7) for q in article.quotes))


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from numbers(part)
    elif isinstance(value, float):
        yield value


def test_scoring_is_the_public_evaluate() -> None:
    assert quotestance.evaluate is evaluate


def test_scoring_pipe_sees_no_gold() -> None:
    pipe = Parrot(gold())
    report = evaluate(gold(), pipe, draws=0)
    assert [article.text for article in pipe.seen] == [TALKS, HARBOUR]
    assert all(not article.quotes and not article.meta for article in pipe.seen)
    assert report.figure("chain.f1") == 1.0


def test_scoring_pipe_on_gold_quotes_sees_spans_alone() -> None:
    pipe = Parrot([with_answers(talks(), stance=Stance.certain("neutral")), harbour()])
    report = evaluate(gold(), pipe, draws=0, gold_quotes=True)
    seen = [q for article in pipe.seen for q in article.quotes]
    assert len(seen) == 6
    assert all(q.source is not None and q.speaker is None and q.stance is None for q in seen)
    assert report.figure("speakers.speaker") == 1.0
    assert report.figure("stance.accuracy") == 4 / 6
    assert report.metrics["quotes"] is report.metrics["chain"] is None
    assert any("were given" in note for note in report.notes)


def test_scoring_pipe_that_loses_an_article_is_refused() -> None:
    class Lossy(Parrot):
        def stream(self, articles: Any) -> Iterator[Article]:
            yield from list(super().stream(articles))[:-1]

    with pytest.raises(FormatError, match="one article for each"):
        evaluate(gold(), Lossy(gold()))


def test_scoring_gold_quotes_need_a_staged_pipe() -> None:
    class Whole:
        def stream(self, articles: Any) -> Iterator[Article]:
            yield from articles

    with pytest.raises(FormatError, match="classify_stance"):
        evaluate(gold(), Whole(), gold_quotes=True)


def test_scoring_chain_wants_content_speaker_and_stance() -> None:
    first, second, third, fourth = talks().quotes
    answer = talks().replace(
        quotes=(
            first,
            replace(second, speaker=OKORO),  # wrong speaker
            replace(third, stance=Stance.certain("neutral")),  # wrong stance
            replace(fourth, source=None),  # the speaker is right, which is what counts where the gold has one
            quote(TALKS, "told reporters", "Ana Ruiz", RUIZ, "neutral"),  # spurious
        )
    )
    chain = evaluate([talks()], [answer], draws=0).metrics["chain"]
    assert (chain["gold"], chain["predicted"], chain["right"]) == (4, 5, 2)
    assert (chain["precision"], chain["recall"]) == (2 / 5, 2 / 4)


def test_scoring_chain_has_no_value_where_nobody_is_told_to_speak() -> None:
    (first, *_) = talks().quotes
    labelled = talks().replace(quotes=(replace(first, source=None, speaker=None),))
    report = evaluate([labelled], [talks()], draws=0)
    assert report.metrics["chain"] is None
    assert report.metrics["stance"] is not None
    assert any("does not tell who speaks" in note for note in report.notes)


def test_scoring_chain_falls_back_on_the_source() -> None:
    anonymous = [with_answers(article, speaker=None) for article in gold()]
    answer = [with_answers(talks(), source=None, speaker=None), anonymous[1]]
    assert evaluate(anonymous, answer, draws=0).figure("chain.recall") == 2 / 6


def test_scoring_layer_that_the_predictions_lack_is_not_a_silent_zero() -> None:
    report = evaluate(gold(), [with_answers(article, stance=None) for article in gold()], draws=0, slices=("kind",))
    assert report.metrics["stance"] is report.metrics["chain"] is None
    assert report.metrics["slices"]["kind"]["direct"]["chain"] is None
    assert report.figure("speakers.speaker") == 1.0
    assert any("no stance at all" in note for note in report.notes)


def test_scoring_layer_that_the_gold_lacks_is_none() -> None:
    report = evaluate([with_answers(article, stance=None, speaker=None) for article in gold()], gold(), draws=0)
    assert report.metrics["stance"] is report.metrics["speakers"] is report.metrics["chain"] is None
    assert report.figure("quotes.all.end_to_end.f1") == 1.0


def test_scoring_failed_article_is_noted() -> None:
    failed = Article("", id="talks", error="MemoryError")
    report = evaluate(gold(), [failed, harbour()], draws=0)
    assert report.figure("quotes.all.soft.recall") == 2 / 6
    assert any("carry an error" in note and "'talks'" in note for note in report.notes)


def test_scoring_refuses_gold_of_articles_that_could_not_be_read() -> None:
    with pytest.raises(FormatError, match=r"gold, article 'lost': The article could not be read.*disk"):
        evaluate([*gold(), Article("", id="lost", error="disk")], gold(), draws=0)


def test_scoring_passes_no_controls_of_an_article_on() -> None:
    text = '"We will \x1b[31mstrike\u202e now\x9b31m," Ana said.'
    said = quote(text, "We will \x1b[31mstrike\u202e now\x9b31m,", "Ana", stance="neutral")
    gold = Article(text, id="a\x1b[5m", meta={"outlet": "x\x1b[7my"}, quotes=(said,))
    full = evaluate([gold], [gold, Article("No.", id="b\x1b[2J")], slices=["outlet"], draws=0)
    none = evaluate([gold], [gold.replace(quotes=())], slices=["outlet"], draws=0)
    for shown in (str(full), full.to_markdown(), str(compare(full, none, draws=0))):
        assert not {"\x1b", "\x9b", "\u202e"}.intersection(shown)
        assert "\ufffd" in shown


def test_scoring_labelled_quote_without_an_answer_counts_as_wrong(tmp_path: Path) -> None:
    labelled, answers = tmp_path / "gold.csv", tmp_path / "answers.csv"
    labelled.write_text("id,text,stance\na,we will strike,escalatory\nb,we will talk,de-escalatory\n", encoding="utf-8")
    answers.write_text("id,stance\na,escalatory\n", encoding="utf-8")
    report = evaluate(labelled, answers, draws=0)
    assert report.figure("stance.accuracy") == 0.5
    assert report.metrics["stance"]["count"] == 2
    assert "1 gold article(s) have no prediction and count as wrong: 'b'." in report.notes


def test_scoring_given_quotes_that_the_predictions_leave_out_are_told() -> None:
    report = evaluate([talks()], [talks().replace(quotes=talks().quotes[:1])], gold_quotes=True, draws=0)
    assert any("3 of the given quotes are not among the predictions" in note for note in report.notes)


def test_scoring_gold_without_sources_is_told() -> None:
    def is_told(annotated: Article) -> bool:
        return any("No gold quote has a source" in note for note in evaluate([annotated], [talks()], draws=0).notes)

    assert is_told(with_answers(talks(), source=None, speaker=None))
    assert not is_told(talks())


def test_scoring_predictions_without_sources_are_told() -> None:
    def is_told(predicted: Article, annotated: Article, **options: bool) -> bool:
        report = evaluate([annotated], [predicted], draws=0, **options)
        return any("predictions hold no source at all" in note for note in report.notes)

    bare = with_answers(talks(), source=None)
    assert is_told(bare, talks())
    assert not is_told(talks(), talks())
    assert not is_told(bare, bare)
    assert not is_told(talks().replace(quotes=()), talks())
    assert not is_told(bare, talks(), gold_quotes=True)


def test_scoring_gold_without_sources_does_not_judge_confidence() -> None:
    gold, sure = with_answers(talks(), source=None), with_answers(talks(), confidence=0.9)
    report = evaluate([gold], [sure], draws=0)
    assert [report.metrics["quotes"][name] for name in ("ece", "reliability", "by_confidence")] == [None] * 3
    assert any("confidence of a quote is that of its source too" in note for note in report.notes)
    for told, answer in ((talks(), sure), (gold, with_answers(sure, source=None))):
        report = evaluate([told], [answer], draws=0)
        assert report.figure("quotes.ece") == pytest.approx(0.1)
        assert not any("confidence of a quote" in note for note in report.notes)


def test_scoring_duplicate_ids_are_refused() -> None:
    with pytest.raises(FormatError, match="'talks' was there before"):
        evaluate([talks(), talks()], [])
    with pytest.raises(FormatError, match="'talks' was there before"):
        evaluate([talks()], [talks(), talks()])


@pytest.mark.parametrize(
    "predicted",
    [
        [],
        [talks().replace(quotes=()), harbour().replace(quotes=())],
        [unsure(talks()), unsure(harbour())],
        [talks()],
        [with_answers(talks(), stance=Stance.certain("neutral")), harbour().replace(quotes=())],
    ],
    ids=["nothing", "no quotes", "one label", "one article", "one class"],
)
@pytest.mark.parametrize(
    "annotated",
    [gold(), [with_answers(a, stance=Stance.certain("neutral")) for a in gold()], [Article("Quiet.", id="talks")]],
    ids=["gold", "one class", "no quotes"],
)
def test_scoring_never_gives_nan(annotated: list[Article], predicted: list[Article]) -> None:
    predicted = [answer for answer in predicted if answer.text in [article.text for article in annotated]]
    data = evaluate(annotated, predicted, draws=50, slices=("kind",) if annotated[0].quotes else ()).to_dict()
    assert all(math.isfinite(value) for value in numbers(data))
    assert json.loads(json.dumps(data, allow_nan=False)) == data


def test_scoring_nothing_predicted_is_zero_with_a_note() -> None:
    report = evaluate(gold(), [], draws=0)
    assert report.metrics["quotes"]["all"]["soft"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert report.figure("quotes.all.attribution") == 0.0
    assert any("Nothing was predicted" in note for note in report.notes)


def test_scoring_gold_without_quotes_has_no_recall() -> None:
    quiet = talks().replace(quotes=())
    report = evaluate([quiet], [talks()], draws=0)
    assert report.metrics["quotes"]["all"]["soft"] == {"precision": 0.0, "recall": None, "f1": None}
    assert any("no quote at all" in note for note in report.notes)


def test_scoring_slices_by_kind_by_meta_and_by_a_list_in_meta() -> None:
    annotated = [talks(), harbour().replace(meta={"outlet": "Verania Times", "hard": ["denial", "arms"]})]
    answers = [talks(), with_answers(harbour(), stance=Stance.certain("neutral"))]
    slices = evaluate(annotated, answers, draws=0, slices=("kind", "outlet", "hard", "speaker_kind")).metrics["slices"]
    assert {name: found["quotes"] for name, found in slices["kind"].items()} == {"direct": 2, "indirect": 3, "mixed": 1}
    assert slices["outlet"]["Harbour Post"]["stance_accuracy"] == 1.0
    assert slices["outlet"]["Verania Times"]["stance_accuracy"] == 0.0
    assert slices["hard"]["threat"]["quotes"] == 1
    assert slices["hard"]["denial"]["chain"] == 0.0
    assert set(slices["speaker_kind"]) == {"person", "unnamed"}


def test_scoring_slices_by_the_form_of_the_attribution() -> None:
    text = '"We will talk," he said. "Soon." Critics fear war. "No," said Ana Ruiz.'
    forms = [
        (("We will talk,", "Soon."), "said", "he"),
        (("war",), "fear", "Critics"),
        (("No,",), "said Ana", "Ana Ruiz"),
    ]
    quotes = tuple(
        Quote("direct", tuple(at(text, words) for words in content), cue=at(text, cue), source=at(text, source))
        for content, cue, source in forms
    )
    article = Article(text, id="forms", quotes=quotes)
    slices = evaluate([article], [article], draws=0, slices=("cue_position", "source_form")).metrics["slices"]
    assert {name: found["quotes"] for name, found in slices["cue_position"].items()} == {
        "after": 1,
        "before": 1,
        "inside": 1,
    }
    assert {name: found["quotes"] for name, found in slices["source_form"].items()} == {
        "name": 1,
        "pronoun": 1,
        "words": 1,
    }


def at(text: str, words: str) -> Span:
    return Span.of(text, text.index(words), text.index(words) + len(words))


def test_scoring_unknown_slice_lists_what_there_is() -> None:
    with pytest.raises(FormatError, match=r"'colour'.*Available: cue_position, hard, kind, outlet"):
        evaluate(gold(), gold(), draws=0, slices=("colour",))


def test_scoring_refuses_an_unknown_slice_or_a_bad_seed_before_the_pipe_runs() -> None:
    pipe = Parrot(gold())
    with pytest.raises(FormatError, match="'colour'"):
        evaluate(gold(), pipe, slices=("colour",))
    for draws, seed in ((0, -1), (-1, 0)):
        with pytest.raises(ValueError, match="draws and seed are 0 or more"):
            evaluate(gold(), pipe, draws=draws, seed=seed)
    assert pipe.seen == []


@pytest.mark.parametrize("wrong", [{"draws": -1}, {"seed": -1}])
def test_scoring_agreement_and_comparison_refuse_bad_draws_and_seeds(wrong: dict[str, int]) -> None:
    report = evaluate(gold(), gold(), draws=0)
    with pytest.raises(ValueError, match="draws and seed are 0 or more"):
        agreement(gold(), gold(), **wrong)
    with pytest.raises(ValueError, match="draws and seed are 0 or more"):
        compare(report, report, **wrong)


def test_scoring_worst_errors_are_confident_and_wrong() -> None:
    soft = {"escalatory": 0.1, "de-escalatory": 0.3, "neutral": 0.6}
    sure = {"escalatory": 0.9, "de-escalatory": 0.0, "neutral": 0.1}
    first, second, third, fourth = talks().quotes
    answer = talks().replace(
        quotes=(
            replace(first, stance=Stance(soft)),
            replace(second, stance=Stance(sure)),
            replace(third, stance=Stance(sure)),
        )
    )
    report = evaluate([talks()], [answer], draws=0)
    assert [item.text for item in worst(report.items, "stance")] == [second.text, first.text]
    (missed,) = worst(report.items, "content")
    assert (missed.text, missed.predicted) == (fourth.text, None)
    assert missed.before.endswith("port authority, ")


def test_scoring_is_fast_enough_for_a_corpus() -> None:
    # 84 articles of PolNeAR's size, 28 quotes each; the bar is 20 s on one core.
    text = (TALKS + "\n" + HARBOUR + "\n") * 12
    one = [quote(TALKS, q.text, None) for q in talks().quotes]
    step = len(TALKS) + len(HARBOUR) + 2
    quotes = tuple(_moved(q, step * k, text) for k in range(7) for q in one)
    articles = [Article(text, id=str(n), quotes=quotes) for n in range(84)]
    with Clock() as clock:
        report = evaluate(articles, articles, draws=1000)
    assert clock.seconds < 20
    assert report.intervals["quotes.all.exact.f1"] == (1.0, 1.0)


def _moved(found: Any, by: int, text: str) -> Any:
    return replace(found, content=tuple(quotestance.Span.of(text, s.start + by, s.end + by) for s in found.content))


def test_scoring_reads_paths_as_strings(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(json.dumps(article.to_dict()) for article in gold()), encoding="utf-8")
    assert evaluate(str(path), str(path), draws=0).figure("chain.f1") == 1.0


def test_scoring_tells_of_gold_quotes_without_a_word(tmp_path: Path) -> None:
    gold, answers = tmp_path / "gold.csv", tmp_path / "answers.csv"
    gold.write_text("id,text,stance\n1,We strike.,escalatory\n2,?!,neutral\n", encoding="utf-8")
    answers.write_text("id,stance\n1,escalatory\n2,neutral\n", encoding="utf-8")
    report = evaluate(gold, answers, draws=0)
    assert report.metrics["stance"]["count"] == 1
    assert any(note.startswith("1 gold quote(s) hold no word") for note in report.notes)


def test_scoring_of_nothing_against_nothing_has_no_zeros() -> None:
    bare = Article("Nobody spoke.", id="a")
    notes = " ".join(evaluate([bare], [bare], draws=0).notes)
    assert "precision has no value either" in notes
    assert "count as 0" not in notes


def test_report_headings_say_what_is_no_percentage_and_shares_of_what() -> None:
    report = evaluate([talks()], [talks()], draws=0, slices=["kind"])
    assert "Headline figures, % but for MCC, alpha\n" in str(report)
    assert "source of found" in str(report)
    bare = [with_answers(talks(), stance=None)]
    assert "Headline figures, %\n" in str(evaluate(bare, bare, draws=0))
