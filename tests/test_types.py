from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from quotestance.errors import FormatError, SpanError
from quotestance.render import to_html, to_text
from quotestance.types import STANCES, Article, Quote, Span, Speaker, Stance


def test_types_stance_under_another_prior_is_bayes_rule() -> None:
    stance = Stance({"escalatory": 0.5, "de-escalatory": 0.1, "neutral": 0.4}, conditional=0.3)
    shifted = stance.under({"escalatory": 0.1, "de-escalatory": 0.1, "neutral": 0.8})
    assert shifted.label == "neutral"
    assert shifted.probabilities["escalatory"] == pytest.approx(0.05 / 0.38)
    assert sum(shifted.probabilities.values()) == pytest.approx(1)
    assert shifted.conditional == 0.3
    assert stance.under(dict.fromkeys(STANCES, 7)).probabilities == pytest.approx(dict(stance.probabilities))


def test_types_stance_knows_the_shares_that_it_holds_for() -> None:
    stance = Stance({"escalatory": 0.5, "de-escalatory": 0.1, "neutral": 0.4}, conditional=0.3)
    news, summit = (
        {"escalatory": 2, "de-escalatory": 1, "neutral": 7},
        {"escalatory": 1, "de-escalatory": 4, "neutral": 1},
    )
    in_news = stance.under(news)
    assert in_news.prior == pytest.approx({"escalatory": 0.2, "de-escalatory": 0.1, "neutral": 0.7})
    assert in_news.under(summit).probabilities == pytest.approx(dict(stance.under(summit).probabilities))
    back = in_news.under(dict.fromkeys(STANCES, 1))
    assert back.prior is None
    assert back.probabilities == pytest.approx(dict(stance.probabilities))
    assert Stance(**in_news.to_dict()) == copy.copy(in_news) == in_news
    assert in_news != Stance(in_news.probabilities, 0.3)


@pytest.mark.parametrize("prior", [None, {"escalatory": 0.19, "de-escalatory": 0.15, "neutral": 0.66}])
def test_types_stance_under_the_shares_that_it_has_stays_as_it_is(prior: dict[str, float] | None) -> None:
    for escalatory in (0.1, 0.21895335672902602, 1 / 3):
        rest = (1 - escalatory) / 7
        stance = Stance({"escalatory": escalatory, "de-escalatory": rest, "neutral": 6 * rest}, 0.2, prior)
        assert stance.under(stance.prior or dict.fromkeys(stance.probabilities, 1.0)) == stance


def test_types_stance_with_any_prior_is_the_same_after_json_and_pickle() -> None:
    for number in range(1, 99):
        prior = dict(zip(STANCES, (1.0, float(number), 100.0 - number), strict=True))
        stance = Stance(dict(zip(STANCES, (0.2, 0.3, 0.5), strict=True)), prior=prior)
        assert pickle.loads(pickle.dumps(stance)) == stance  # noqa: S301
        assert Stance(**stance.to_dict()) == stance


def test_types_stance_prior_survives_json() -> None:
    stance = Stance({"escalatory": 0.5, "neutral": 0.5}, prior={"escalatory": 1, "neutral": 3})
    article = Article("No.", quotes=(Quote("indirect", (Span(0, 3, "No."),), stance=stance),))
    assert Article.from_dict(json.loads(json.dumps(article.to_dict()))) == article


@pytest.mark.parametrize(
    "prior",
    [
        {},
        {"escalatory": 1},
        {"escalatory": 0, "neutral": 1},
        {"escalatory": "1", "neutral": 1},
        [0.5, 0.5],
        {"escalatory": float("nan"), "neutral": 1},
        {"escalatory": 1e-320, "neutral": 1},
        {"escalatory": True, "neutral": 1},
    ],
)
def test_types_stance_prior_gives_every_label_a_share(prior: Any) -> None:
    with pytest.raises(FormatError, match="share"):
        Stance({"escalatory": 0.5, "neutral": 0.5}, prior=prior)


@pytest.mark.parametrize("prior", [{}, {"escalatory": 1, "neutral": 1}, dict.fromkeys(STANCES, 0)])
def test_types_stance_under_needs_a_share_of_every_label(prior: dict[str, float]) -> None:
    with pytest.raises(FormatError, match="share above 0"):
        Stance.certain("neutral").under(prior)


def test_types_stance_under_takes_no_label_that_there_is_not() -> None:
    shares = {**dict.fromkeys(STANCES, 1), "mixed": 3}
    with pytest.raises(FormatError, match=r"no label 'mixed'\. Give a share to each of: escalatory, "):
        Stance.certain("neutral").under(shares)
    assert Stance({"escalatory": 0.5, "neutral": 0.5}).under(dict.fromkeys(STANCES, 1)).label == "escalatory"


def test_types_stance_abstains_below_a_confidence() -> None:
    stance = Stance({"escalatory": 0.1, "de-escalatory": 0.6, "neutral": 0.3})
    assert stance.decide(0.6) == "de-escalatory"
    assert stance.decide(0.61) is None


@pytest.mark.parametrize("least", [-0.1, 1.1, 60, float("nan"), "0.8", None])
def test_types_stance_abstains_below_nothing_but_a_probability(least: Any) -> None:
    with pytest.raises(ValueError, match=rf"least is a probability in \[0, 1\], got {least!r}"):
        Stance.certain("neutral").decide(least)


@pytest.mark.parametrize("least", [0, 1])
def test_types_stance_a_certain_one_is_decided_at_any_confidence(least: float) -> None:
    assert Stance.certain("neutral").decide(least) == "neutral"


@pytest.mark.parametrize(
    ("field", "value"),
    [("text", None), ("text", 5), ("id", 5), ("url", []), ("meta", 5), ("meta", [1]), ("quotes", 5), ("quotes", "no")],
)
def test_types_article_from_dict_refuses_a_field_of_another_type(field: str, value: Any) -> None:
    with pytest.raises(FormatError):
        Article.from_dict({"text": "A.", field: value})


@pytest.mark.parametrize("quotes", ["", "none"])
def test_types_article_from_dict_takes_no_string_for_quotes(quotes: str) -> None:
    with pytest.raises(FormatError, match=f"Field 'quotes' of an article must be a list, got {quotes!r}"):
        Article.from_dict({"text": "A.", "quotes": quotes})


def test_types_article_from_dict_takes_none_for_left_out() -> None:
    given = dict.fromkeys(("id", "title", "published", "url", "meta", "quotes", "error"))
    assert Article.from_dict({"text": "A.", **given}) == Article("A.")


def test_types_article_from_dict_takes_none_for_left_out_of_a_speaker() -> None:
    liu = Speaker("Liu", "person", evidence={"role": Span(0, 3, "Yes")})
    speakers = (liu, Speaker("A", "group", members=("B",)))
    article = Article("Yes.", quotes=[Quote("indirect", (Span(0, 4, "Yes."),), speaker=one) for one in speakers])
    (record,) = pa.Table.from_pylist([article.to_dict()]).to_pylist()  # every struct of Arrow has all fields
    assert Article.from_dict(record) == article


def test_types_article_from_dict_takes_none_for_the_text_of_a_span_that_is_left_out() -> None:
    spans = [{"start": 0, "end": 3, "text": "Yes"}, {"start": 5, "end": 7}]
    (record,) = pa.Table.from_pylist(
        [{"text": "Yes, no.", "quotes": [{"kind": "mixed", "content": spans}]}]
    ).to_pylist()
    assert [span.text for span in Article.from_dict(record).quotes[0].content] == ["Yes", "no"]
    spans[1]["text"] = 5
    with pytest.raises(SpanError, match="Span 5:7 says '5' but the text there is 'no'"):
        Article.from_dict({"text": "Yes, no.", "quotes": [{"kind": "mixed", "content": spans}]})


def test_types_article_refuses_evidence_on_a_speaker_that_does_not_slice_to_its_text() -> None:
    text = "Minister Liu said so."
    liu = Speaker("Liu", "person", role="Minister", evidence={"role": Span.of(text, 0, 8)})
    article = Article(text, "a", quotes=(Quote("indirect", (Span.of(text, 18, 20),), speaker=liu),))
    assert Article.from_dict(article.to_dict()) == article
    with pytest.raises(SpanError, match=r"Article 'a', quote 0: span 0:8 says 'Minister' but"):
        article.replace(text="Premier  Liu said so.")


def test_types_speaker_keeps_a_copy_of_its_evidence_that_nobody_changes() -> None:
    given = {"role": Span(0, 8, "Minister")}
    liu = Speaker("Liu", "person", evidence=given)
    given.clear()
    assert liu.evidence == {"role": Span(0, 8, "Minister")}
    with pytest.raises(TypeError):
        liu.evidence["role"] = Span(0, 1, "M")  # type: ignore[index]
    sent = pickle.loads(pickle.dumps(liu))  # noqa: S301  # our own
    copies = (sent, copy.deepcopy(liu), Speaker(**dataclasses.asdict(Speaker("Liu"))))
    assert [dict(one.evidence) for one in copies] == [liu.evidence, liu.evidence, {}]


@pytest.mark.parametrize("evidence", [None, [], {"role": (0, 8)}, {"role": None}])
def test_types_speaker_refuses_evidence_that_is_no_mapping_to_spans(evidence: Any) -> None:
    with pytest.raises(FormatError, match="evidence maps fields to spans"):
        Speaker("Liu", "person", evidence=evidence)


@pytest.mark.parametrize("text", [None, float("nan"), 5, b"No."])
def test_types_article_text_is_a_string(text: Any) -> None:
    with pytest.raises(FormatError, match="text of an article is a string"):
        Article(text)


def test_types_article_keeps_the_quotes_of_any_iterable() -> None:
    text = "Yes. No."
    listed: Any = [[Span.of(text, 0, 4)], [Span.of(text, 5, 8)]]
    quotes = [Quote("indirect", content) for content in listed]
    article = Article(text, quotes=quotes)
    assert article == Article(text, quotes=tuple(quotes)) == Article.from_dict(article.to_dict())
    assert hash(article) == hash(article.replace())
    kept = article.replace(quotes=(quote for quote in article.quotes if quote.start))
    assert [quote.text for quote in kept.quotes] == ["No."]


def test_types_probabilities_take_numbers_of_numpy() -> None:
    stance = Stance({"escalatory": np.float32(0.25), "neutral": np.float16(0.75)}, np.float32(0.5))
    quote = Quote(
        "indirect", (Span.of("Yes.", 0, 3),), None, None, Speaker(confidence=np.float32(1)), stance, np.float32(0)
    )
    article = Article("Yes.", quotes=(quote,))
    assert Article.from_dict(json.loads(json.dumps(article.to_dict()))) == article
    for wrong in (np.float32(1.5), np.float32("nan"), 10**400, "0.5"):
        with pytest.raises(FormatError, match=r"a number in \[0, 1\]"):
            Stance({"neutral": wrong})


def test_types_span_takes_whole_numbers_of_numpy() -> None:
    article = Article("Yes.", quotes=(Quote("indirect", (Span.of("Yes.", np.int64(0), np.int32(3)),)),))
    assert Article.from_dict(json.loads(json.dumps(article.to_dict()))) == article
    given = {"text": "Yes.", "quotes": [{"kind": "indirect", "content": [[np.int64(0), np.int64(3)]]}]}
    assert Article.from_dict(given) == article
    with pytest.raises(SpanError, match="start is a whole number"):
        Span(0.5, 3, "Yes")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"speeker": {"kind": "person"}}, r"in quote: speeker\. Available: confidence, content"),
        ({"speaker": {"kind": "person", "nam": "Liu"}}, r"in speaker: nam\. Available: affiliation"),
        ({"stance": {"probabilities": {"neutral": 1.0}, "priors": {}}}, r"in stance: priors\. Available"),
        ({"source": {"start": 0, "end": 1, "txt": "A"}}, r"in span: txt\. Available: end, start, text"),
        ({"speaker": {"kind": "group", "members": "Ann Lee"}}, "members are a list of strings, got 'Ann Lee'"),
        ({"speaker": {"kind": "group", "members": {"Ann Lee": 1}}}, "members are a list of strings"),
        ({"speaker": {"kind": "group", "members": ["Ann Lee", 5]}}, "members are a list of strings"),
    ],
)
def test_types_article_from_dict_refuses_what_a_quote_does_not_have(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(FormatError, match=words):
        Article.from_dict({"text": "A.", "quotes": [{"kind": "indirect", "content": [[0, 1]], **changes}]})


def test_types_speaker_has_its_members_as_a_tuple() -> None:
    listed: Any = ["Ann Lee", "Bo Yi"]
    assert Speaker(kind="group", members=listed) == Speaker(kind="group", members=("Ann Lee", "Bo Yi"))
    with pytest.raises(FormatError, match="members are a list of strings"):
        Speaker(kind="group", members="Ann Lee")  # type: ignore[arg-type]


def test_types_a_speaker_of_two_quotes_is_one_however_sure_each_is() -> None:
    text = "No, said Liu. Never, he said."
    quotes = tuple(
        Quote("indirect", (Span.of(text, start, end),), speaker=Speaker("Liu", "person", confidence=sure))
        for start, end, sure in ((0, 2, 0.9), (14, 19, 0.7))
    )
    article = Article(text, quotes=quotes)
    assert [len(own) for own in article.speakers.values()] == [2]
    assert to_text(article).endswith("2 quotes by 1 speaker: 2 no stance")
    assert to_html(article).count("<strong>") == 1


class Printer:
    """What IPython hands to an object that shows itself."""

    def __init__(self) -> None:
        self.shown = ""

    def text(self, words: str) -> None:
        self.shown += words


def test_types_show_themselves_on_one_line_in_a_notebook() -> None:
    text = '"We will\ntalk," Liu said.'
    liu = Speaker("Liu Pengyu", "person", role="spokesperson", country="CHN")
    quote = Quote("direct", (Span.of(text, 1, 14),), speaker=liu, stance=Stance.certain("neutral"))
    article = Article(text, title="Talks", quotes=(quote,))
    shown = []
    for one in (liu, quote, article, Article("", error="a.txt: gone")):
        one._repr_pretty_(printer := Printer(), False)
        shown.append(printer.shown)
    assert shown == [
        "<Speaker Liu Pengyu, spokesperson, CHN>",
        "<Quote 1:14 direct 'We will\\ntalk,', Liu Pengyu, neutral 100%>",
        "<Article 'Talks', 25 characters, 1 quote>",
        "<Article 'untitled', 0 characters, error: a.txt: gone>",
    ]


@pytest.mark.parametrize("field", ["id", "title", "published", "url", "error"])
def test_article_fields_are_strings_from_the_start(field: str) -> None:
    given: Any = {field: 5}
    with pytest.raises(FormatError, match=f"The {field} of an article is a string"):
        Article("Liu said no.", **given)


def test_types_tell_what_they_are_made_of() -> None:
    text = "Liu said no."
    span = Span.of(text, 9, 11)
    wrong: list[tuple[Callable[[], object], str]] = [
        (lambda: Quote("indirect", span), "content of a quote is its Spans"),  # type: ignore[arg-type]
        (lambda: Quote("indirect", ("no",)), "content of a quote is its Spans"),  # type: ignore[arg-type]
        (lambda: Quote("indirect", (span,), cue="said"), "cue of a quote is a Span or None"),  # type: ignore[arg-type]
        (lambda: Quote("indirect", (span,), speaker="Liu"), "speaker of a quote is a Speaker"),  # type: ignore[arg-type]
        (lambda: Quote("indirect", (span,), stance="neutral"), "stance of a quote is a Stance"),  # type: ignore[arg-type]
        (lambda: Article(text, quotes=Quote("indirect", (span,))), "quotes of an article are Quotes"),  # type: ignore[arg-type]
        (lambda: Article(text, quotes=({},)), "quotes of an article are Quotes"),  # type: ignore[arg-type]
        (lambda: Article(text, meta=[1]), "meta of an article maps names"),  # type: ignore[arg-type]
        (lambda: Stance([0.5]), "maps label names to probabilities"),  # type: ignore[arg-type]
        (lambda: Article.from_dict([]), "Article is made from an object"),  # type: ignore[arg-type]
    ]
    for make, words in wrong:
        with pytest.raises(FormatError, match=words):
            make()
    with pytest.raises(SpanError, match="text is a string"):
        Span(0, 3, b"Liu")  # type: ignore[arg-type]


def test_types_offsets_that_were_made_floats_are_those_they_were() -> None:
    quote = {"kind": "indirect", "content": [{"start": 9.0, "end": 11.0, "text": "no"}]}
    article = Article.from_dict({"id": "a", "text": "Roe said no.", "quotes": [quote]})
    assert article.quotes[0].content == (Span(9, 11, "no"),)
    with pytest.raises(FormatError):
        Article.from_dict(
            {"id": "a", "text": "Roe said no.", "quotes": [{**quote, "content": [{"start": 9.5, "end": 11}]}]}
        )
