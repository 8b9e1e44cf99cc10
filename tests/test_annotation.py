"""Articles to annotators and back: nothing is lost on the way, in any script."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args
from xml.etree import ElementTree

import pytest
from evaluation_articles import TALKS, harbour, talks
from hypothesis import given, settings
from hypothesis import strategies as st

from quotestance import Article, Quote, Span, Speaker, Stance
from quotestance.annotation import Target, export_articles
from quotestance.annotation.brat import annotation_conf, document_names, from_note, shown_text, to_note
from quotestance.annotation.label_studio import labelling_config, to_task
from quotestance.annotation.scheme import CHOICES, LABELS, TEXTS, with_scores
from quotestance.errors import FormatError, SpanError
from quotestance.evaluation import agreement, evaluate, read_gold, read_predictions
from quotestance.evaluation.formats.brat import read_brat
from quotestance.types import STANCES, QuoteKind, SpeakerKind

ROOT = Path(__file__).parents[1]
CORPORA = ROOT.parent / "shared" / "corpora"
SAMPLE = 40  # articles of a corpus

PIECES = [
    *("said ", "war", '"', "'", " ", ";", "\\", "\\n", "<b>&amp;"),
    *("\n", "\r\n", "\r", "\t", "\u2028", "\x85", "\x0c", "\x1b", "\ufeff", "\x00", "\u00a0"),
    *("\U0001f525", "\U0001f469\u200d\U0001f467", "e\u0301", "\u1100\u1161\u11a8", "\u01c6"),
    *("\u05e9\u05dc\u05d5\u05dd", "\u202e\u05e2\u05d1\u202c", "\u0645\u0631\u062d\u0628\u0627"),
]
WORDS = st.text(
    st.one_of(st.sampled_from("ab;:\\\n\t \u2028é\U0001f525ש"), st.characters(codec="utf-8")), min_size=1, max_size=12
)
UNIT = st.floats(0, 1)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    """Draw an article with quotes anywhere in a text of every script."""
    text = "".join(draw(st.lists(st.sampled_from(PIECES), min_size=3, max_size=30)))
    quotes = tuple(draw(st.lists(quotes_of(text), max_size=4)))
    head = {name: draw(st.none() | WORDS) for name in ("title", "published", "url")}
    meta = draw(st.dictionaries(WORDS, st.integers() | WORDS | st.lists(WORDS), max_size=2))
    return Article(text, id=draw(WORDS), meta=meta, quotes=quotes, **head)


@st.composite
def quotes_of(draw: st.DrawFn, text: str) -> Quote:
    """Draw a quote of a text, with all that a model says of it."""
    cuts = st.integers(0, len(text))
    bounds = sorted(draw(st.lists(cuts, min_size=2, max_size=6, unique=True)))
    content = [Span.of(text, a, b) for a, b in zip(bounds[::2], bounds[1::2], strict=False)]

    def span() -> Span | None:
        pair = draw(st.none() | st.lists(cuts, min_size=2, max_size=2, unique=True))
        return None if pair is None else Span.of(text, min(pair), max(pair))

    cue, source, via = span(), span(), span()
    return Quote(
        kind=draw(st.sampled_from(get_args(QuoteKind))),
        content=tuple(content),
        cue=cue,
        source=source,
        speaker=draw(st.none() | speakers(content[0])),
        stance=draw(st.none() | stances()),
        confidence=draw(st.none() | UNIT),
        via=via,
    )


@st.composite
def speakers(draw: st.DrawFn, evidence: Span) -> Speaker:
    names = ("name", "role", "affiliation", "country", "description", "id")
    fields = {name: draw(st.none() | WORDS) for name in names}
    members = tuple(draw(st.lists(WORDS, max_size=2)))
    return Speaker(
        kind=draw(st.sampled_from(get_args(SpeakerKind))),
        members=members,
        confidence=draw(st.none() | UNIT),
        evidence=draw(st.sampled_from([{}, {"role": evidence}])),
        **fields,
    )


@st.composite
def stances(draw: st.DrawFn) -> Stance:
    one, other = draw(UNIT), draw(UNIT)
    shares = [one, (1 - one) * other]
    return Stance(
        dict(zip(STANCES, [*shares, max(0.0, 1 - sum(shares))], strict=True)), draw(st.none() | st.floats(0, 1))
    )


def confirmed(article: Article) -> Article:
    """Return an article as it is once people have confirmed it: without the doubts of a model."""
    return article.replace(quotes=tuple(_confirmed(quote) for quote in article.quotes))


def _confirmed(quote: Quote) -> Quote:
    stance, speaker = quote.stance, quote.speaker
    if stance is not None:
        stance = Stance.certain(stance.label, None if stance.conditional is None else stance.conditional >= 0.5)
    if speaker is not None:
        speaker = replace(speaker, confidence=None, evidence={})
    return replace(quote, stance=stance, speaker=speaker, confidence=None)


def annotated(tasks: Path, by: object = 1) -> Path:
    """Return Label Studio's export of tasks whose predictions an annotator accepted."""
    found = json.loads(tasks.read_text(encoding="utf-8"))
    for number, task in enumerate(found, 1):
        (prediction,) = task.pop("predictions")
        task |= {"id": number, "annotations": [{"completed_by": by, "result": prediction["result"]}], "predictions": []}
    path = tasks.with_name("annotated.json")
    path.write_text(json.dumps(found), encoding="utf-8")
    return path


def round_trips(found: list[Article], folder: Path) -> None:
    """Assert that articles come back from everywhere: predictions with their scores, and gold without."""
    gold = [confirmed(article) for article in found]
    tasks = export_articles(found, folder / "tasks", "label-studio").path / "tasks.json"
    same(read_predictions(tasks, []), found)
    same(read_gold(annotated(tasks)), gold)
    collection = export_articles(found, folder / "collection", "brat").path
    by_id = {article.id: article for article in read_brat(collection, keep_scores=True)}
    same([by_id[article.id] for article in found], found)
    by_id = {article.id: article for article in read_gold(collection)}
    same([by_id[article.id] for article in found], gold)
    lines = export_articles(found, folder / "articles.jsonl", "jsonl").path
    same(read_gold(lines), found)


def same(found: list[Article], wanted: list[Article]) -> None:
    assert found == wanted
    assert [article.to_dict() for article in found] == [article.to_dict() for article in wanted]  # evidence, too


@settings(max_examples=60)
@given(articles())
def test_annotation_round_trips_are_exact_in_any_script(article: Article) -> None:
    with TemporaryDirectory() as folder:
        round_trips([article], Path(folder))


def test_annotation_round_trips_of_the_seed_gold_are_exact(tmp_path: Path) -> None:
    gold = read_gold(ROOT / "seeds" / "gold.jsonl")
    assert [confirmed(article) for article in gold] == gold
    round_trips(gold, tmp_path)


def decorated(article: Article, draw: random.Random) -> Article:
    """Give every quote of an article a speaker of its own words, a stance and confidences."""
    quotes = []
    for quote in article.quotes:
        shares = [draw.random() for _ in STANCES]
        stance = Stance(
            {label: share / sum(shares) for label, share in zip(STANCES, shares, strict=True)}, draw.random()
        )
        source = quote.source or quote.content[0]
        kind: Any = draw.choice(get_args(SpeakerKind))
        speaker = Speaker(source.text, kind, role=quote.content[0].text[:40], confidence=0.5, evidence={"role": source})
        quotes.append(replace(quote, stance=stance, speaker=speaker, confidence=draw.random()))
    return article.replace(quotes=tuple(quotes))


def test_annotation_round_trips_of_a_corpus_are_exact(tmp_path: Path) -> None:
    folder = CORPORA / "polnear" / "data" / "dev"
    if not folder.is_dir():
        pytest.skip(f"PolNeAR is not here: {folder}")
    draw = random.Random(15)  # noqa: S311  # not for secrets
    found = draw.sample(read_gold(folder, annotator="first"), SAMPLE)
    assert sum(len(article.quotes) for article in found) > SAMPLE
    round_trips([decorated(article, draw) for article in found], tmp_path)


def test_annotation_configuration_names_what_the_scheme_has() -> None:
    view = ElementTree.fromstring(labelling_config())  # noqa: S314  # our own
    assert [one.get("value") for one in view.iter("Label")] == list(LABELS.values())
    assert [one.get("value") for one in view.iter("Relation")] == ["cue", "source", "via", "continues"]
    choices = {one.get("name"): tuple(choice.get("value") for choice in one) for one in view.iter("Choices")}
    assert choices == dict(CHOICES)
    assert [one.get("name") for one in view.iter("TextArea")] == list(TEXTS)
    named = {one.get("name") for one in view.iter()} | {None}
    results = to_task(talks())["predictions"][0]["result"]
    assert {result.get("from_name") for result in results} <= named
    assert "Stance\tArg:Attribution, Value:escalatory|de-escalatory|neutral\n" in annotation_conf()


@given(st.dictionaries(st.sampled_from(TEXTS), st.lists(WORDS, min_size=1, max_size=2), max_size=4))
def test_annotation_notes_read_back(fields: dict[str, list[str]]) -> None:
    note = to_note(fields)
    assert from_note(note) == fields
    assert len(note.splitlines()) <= 1


@given(st.text(), st.lists(st.text(max_size=5), max_size=8))
def test_annotation_brat_shows_a_text_of_the_same_length_and_names_documents_apart(text: str, ids: list[str]) -> None:
    assert len(shown_text(text)) == len(text)
    assert not set(shown_text(text)) & set("\r\t\u2028\U0001f525")
    names = [name.lower() for name in document_names(ids)]
    assert len({*names}) == len(ids)


def test_annotation_brat_takes_linear_time_over_a_note_of_semicolons() -> None:
    assert from_note(";" * 200_000) == {}
    with pytest.raises(FormatError, match="field: value"):
        from_note("a" * 200_000 + "\\")


def test_annotation_a_stance_that_was_changed_is_certain() -> None:
    (quote,) = harbour().quotes[:1]
    scores = {"stance": {"probabilities": dict(zip(STANCES, (0.6, 0.3, 0.1), strict=True))}, "confidence": 0.25}
    assert quote.stance == Stance.certain("de-escalatory")
    assert with_scores(quote, scores, harbour().text).stance == quote.stance
    assert with_scores(quote, scores, harbour().text).confidence == 0.25


def test_annotation_export_overwrites_nothing_and_leaves_articles_without_text_out(tmp_path: Path) -> None:
    failed, empty = Article("", id="lost", error="lost.txt: no text"), Article(" \n", id="empty")
    done = export_articles([talks(), failed, empty, harbour()], tmp_path / "out", "brat")
    assert (done.articles, done.quotes, done.failed, done.empty) == (2, 6, (failed,), (empty,))
    assert not (tmp_path / "out" / "empty.txt").exists()
    with pytest.raises(FormatError, match="no article with a text"):
        export_articles([empty], tmp_path / "none", "jsonl")
    (tmp_path / "out" / "talks.ann").write_text("corrected", encoding="utf-8")
    for to in get_args(Target):
        with pytest.raises(FileExistsError, match="corrections"):
            export_articles([talks()], tmp_path / "out", to)
    assert (tmp_path / "out" / "talks.ann").read_text(encoding="utf-8") == "corrected"


@pytest.mark.parametrize(
    ("found", "to", "words"),
    [
        ([], "brat", "no article"),
        ([Article("", id="a", error="lost")], "jsonl", "no article"),
        ([talks(), talks()], "label-studio", "'talks'"),
        ([talks()], "doccano", "Available: label-studio, brat, jsonl"),
        ([talks().replace(quotes=(replace(talks().quotes[0], stance=Stance({"hawk": 1.0})),))], "brat", "'hawk'"),
        (
            [talks().replace(quotes=(replace(talks().quotes[0], stance=Stance({"hawk": 1.0})),))],
            "label-studio",
            "'hawk'",
        ),
    ],
)
def test_annotation_export_that_cannot_be_says_why_and_leaves_nothing(
    tmp_path: Path, found: list[Article], to: Any, words: str
) -> None:
    with pytest.raises(FormatError, match=words):
        export_articles(found, tmp_path / "out", to)
    assert list(tmp_path.iterdir()) == []


def shifted(task: dict[str, Any], *, escaped: bool = True) -> dict[str, Any]:
    """Return a task as a front end before 1.4 writes it: offsets in UTF-16, line breaks as a backslash and an n."""
    text = task["data"]["text"]
    for result in task["annotations"][0]["result"]:
        value = result.get("value", {})
        for name in ("start", "end"):
            if name in value:
                value[name] = len(text[: value[name]].encode("utf-16-le")) // 2
        if isinstance(value.get("text"), str) and escaped:
            value["text"] = value["text"].replace("\r", "\\n").replace("\n", "\\n")
    return task


def test_annotation_label_studio_offsets_may_be_utf_16(tmp_path: Path) -> None:
    text = f"\U0001f525 {TALKS}\r\n\U0001f525\U0001f525 Bye."
    quotes = [
        Span.of(text, text.index("We will"), text.index("army") + 4),
        Span.of(text, text.index("two ships"), len(text)),
    ]
    article = Article(text, id="a", quotes=tuple(Quote("mixed", (span,)) for span in quotes))
    tasks = export_articles([article], tmp_path / "out", "label-studio").path / "tasks.json"
    path = annotated(tasks)
    data = [shifted(task) for task in json.loads(path.read_text(encoding="utf-8"))]
    path.write_text(json.dumps(data), encoding="utf-8")
    assert read_gold(path) == [article]


def test_annotation_label_studio_offsets_counted_in_two_ways_are_refused(tmp_path: Path) -> None:
    text = "\U0001f525 Liu said no. Ana said yes."
    quotes = tuple(Quote("indirect", (Span.of(text, start, end),)) for start, end in ((2, 14), (15, 28)))
    tasks = (
        export_articles([Article(text, id="a", quotes=quotes)], tmp_path / "out", "label-studio").path / "tasks.json"
    )
    path = annotated(tasks)
    data = json.loads(path.read_text(encoding="utf-8"))
    value = data[0]["annotations"][0]["result"][0]["value"]
    value |= {"start": value["start"] + 1, "end": value["end"] + 1}
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(SpanError, match="once and some twice"):
        read_gold(path)


def several(folder: Path, *annotators: object) -> Path:
    """Return Label Studio's export of two articles that several annotated; the last of them missed a quote."""
    tasks = export_articles([talks(), harbour()], folder / "several", "label-studio").path / "tasks.json"
    path = annotated(tasks)
    data = json.loads(path.read_text(encoding="utf-8"))
    for task in data:
        (first,) = task["annotations"]
        rest = [
            result
            for result in first["result"]
            if not str(result.get("id", result.get("from_id"))).startswith("quote1")
        ]
        ties = {result["to_id"] for result in rest if result["type"] == "relation"}
        rest = [one for one in rest if one["type"] != "labels" or one["id"].startswith("quote") or one["id"] in ties]
        task["annotations"] = [{**first, "completed_by": by} for by in annotators[:-1]]
        task["annotations"].append({"completed_by": annotators[-1], "result": rest})
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_annotation_label_studio_with_several_annotators_takes_the_one_that_is_chosen(tmp_path: Path) -> None:
    path = several(tmp_path, {"id": 1, "email": "ana@example.org"}, 2)
    with pytest.raises(FormatError, match=r"record 1, task 1: .*2 annotations.*2, ana@example.org.*annotator=NAME"):
        read_gold(path)
    with pytest.raises(FormatError, match=r"task 1: 'bo' has not annotated this task; 2, ana@example.org has"):
        read_gold(path, annotator="bo")
    assert read_gold(path, annotator="ana@example.org") == [talks(), harbour()]
    assert read_gold(path, annotator="first") == [talks(), harbour()]
    assert [len(article.quotes) for article in read_gold(path, annotator="2")] == [3, 1]
    assert evaluate(path, [talks(), harbour()], annotator="first", draws=0).figure("quotes.all.exact.f1") == 1.0


def test_annotation_label_studio_first_is_the_annotation_that_was_made_first(tmp_path: Path) -> None:
    path = several(tmp_path, "ana", "bo")
    data = json.loads(path.read_text(encoding="utf-8"))
    for task in data:
        for annotation, day in zip(task["annotations"], ("02", "01"), strict=True):
            annotation["created_at"] = f"2026-01-{day}T08:00:00.000000Z"
    path.write_text(json.dumps(data), encoding="utf-8")
    assert read_gold(path, annotator="first") == read_gold(path, annotator="bo") != read_gold(path, annotator="ana")


def test_annotation_label_studio_ground_truth_is_the_gold(tmp_path: Path) -> None:
    path = several(tmp_path, "ana", "bo")
    data = json.loads(path.read_text(encoding="utf-8"))
    for task in data:
        task["annotations"][1]["ground_truth"] = True
    path.write_text(json.dumps(data), encoding="utf-8")
    assert [len(article.quotes) for article in read_gold(path)] == [3, 1]


def test_annotation_export_is_json_whatever_the_meta_holds(tmp_path: Path) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    article = talks().replace(meta={"score": float("nan"), "most": float("inf"), "path": tmp_path})
    for to in get_args(Target):
        export_articles([article], tmp_path / to, to)
    for file in ("label-studio/tasks.json", "brat/talks.json", "jsonl"):
        json.loads((tmp_path / file).read_text(encoding="utf-8"), parse_constant=refuse)
    (found,) = read_predictions(tmp_path / "label-studio" / "tasks.json", [])
    assert found.meta == {"score": "NaN", "most": "Infinity", "path": str(tmp_path)}


def test_annotation_agreement_reads_label_studio(tmp_path: Path) -> None:
    path = several(tmp_path, "ana", "bo", "cy")
    report = agreement(path, draws=0)
    assert "12 ordered pairs" in report.title
    # Of an article's ordered pairs, two have both annotators of all quotes, two the one of fewer first, two second.
    assert report.figure("quotes.all.exact.recall") == (2 * 6 + 2 * 4 + 2 * 4) / (2 * 6 + 2 * 4 + 2 * 6)
    with pytest.raises(FormatError, match="several annotators"):
        agreement(ROOT / "seeds" / "gold.jsonl")
    data = json.loads(path.read_text(encoding="utf-8"))
    data[1]["annotations"][1]["completed_by"] = "ana"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(FormatError, match=r"record 2, task 2: ana has annotated the task twice"):
        agreement(path)


@pytest.mark.parametrize("to", ["label-studio", "brat"])
def test_annotation_says_which_stance_nobody_could_choose(to: Target, tmp_path: Path) -> None:
    odd = replace(talks().quotes[0], stance=Stance({"hawkish": 1.0}))
    article = talks().replace(quotes=(*talks().quotes, odd), id="b")
    with pytest.raises(FormatError, match=rf"'b', quote {len(talks().quotes)}: Unknown stance 'hawkish'"):
        export_articles([harbour(), article], tmp_path / "out", to)
    assert not [*tmp_path.iterdir()]
