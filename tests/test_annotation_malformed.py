"""What annotators and their tools can do wrong: each kind is named, with file, line or task, and no gold is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from evaluation_articles import harbour, talks

from quotestance import Article, Span
from quotestance.annotation import export_articles
from quotestance.annotation.label_studio import to_task
from quotestance.errors import FormatError, SpanError
from quotestance.evaluation import read_gold, read_predictions

Task = dict[str, Any]
Change = Callable[[Task], Any]


def gold() -> Article:
    """Two of the quotes have a cue; all have sources, speakers and stances."""
    article = talks()
    first, second, *rest = article.quotes
    start = article.text.index("told")
    first = replace(first, cue=Span.of(article.text, start, start + 4))
    start = article.text.index("added")
    return article.replace(
        quotes=(first, replace(second, cue=Span.of(article.text, start, start + 5)), *rest),
    )


def annotated() -> Task:
    """Return a task as Label Studio exports it."""
    task = to_task(gold())
    (prediction,) = task.pop("predictions")
    return {"id": 7, **task, "annotations": [{"completed_by": 1, "result": prediction["result"]}], "predictions": []}


def results(task: Task) -> list[Any]:
    found: list[Any] = task["annotations"][0]["result"]
    return found


def result(task: Task, name: str, field: str = "label") -> Any:
    """Return the region of that id, or one of its fields."""
    return next(one for one in results(task) if one.get("id") == name and one.get("from_name") == field)


def value(task: Task, name: str, field: str = "label") -> Any:
    return result(task, name, field)["value"]


def tie(task: Task, start: str, end: str, *labels: str) -> None:
    results(task).append({"type": "relation", "from_id": start, "to_id": end, "labels": [*labels]})


def piece(task: Task, name: str, start: int, end: int, label: str = "Content") -> None:
    words = task["data"]["text"][start:end]
    spot = {"start": start, "end": end, "text": words, "labels": [label]}
    results(task).append({"id": name, "from_name": "label", "to_name": "text", "type": "labels", "value": spot})


def fill(task: Task, name: str, field: str, *values: Any, kind: str = "choices") -> None:
    key = "choices" if kind == "choices" else "text"
    results(task).append({"id": name, "from_name": field, "to_name": "text", "type": kind, "value": {key: [*values]}})


def cut_hash(task: Task) -> None:
    del task["data"]["text_sha256"]
    task["data"]["text"] = "!" + task["data"]["text"]


def overlapping(task: Task) -> None:
    spot = value(task, "quote1")
    piece(task, "more", spot["start"] + 3, spot["end"] + 3)
    tie(task, "more", "quote1", "continues")


def contradicting(task: Task) -> None:
    piece(task, "more", 0, 3)
    tie(task, "more", "quote1", "continues")
    fill(task, "more", "stance", "neutral")


def conditional_alone(task: Task) -> None:
    results(task).remove(result(task, "quote1", "stance"))
    fill(task, "quote1", "conditional", "yes")


def drop(task: Task, *names: str) -> None:
    for name in names:
        del task[name]


TASKS: dict[str, tuple[Change, type[Exception], str]] = {
    "predictions alone": (lambda t: t.update(annotations=[]), FormatError, "no annotation, so it is no gold"),
    "an old export": (lambda t: t.update(completions=t.pop("annotations")), FormatError, "before version 1.0"),
    "skipped": (lambda t: t["annotations"][0].update(was_cancelled=True), FormatError, "not skipped"),
    "a draft": (lambda t: t.update(annotations=[], drafts=[{"result": []}]), FormatError, "a draft. Submit it"),
    "several annotators": (
        lambda t: t["annotations"].append(t["annotations"][0]),
        FormatError,
        "2 annotations.*annotator",
    ),
    "no text": (lambda t: t["data"].pop("text"), FormatError, "'data' needs the article"),
    "another text": (lambda t: t["data"].update(text=t["data"]["text"] + "!"), FormatError, "SHA-256 differs"),
    "another text, no hash": (cut_hash, SpanError, "'quote1'.*Was the text changed"),
    "a broken head": (lambda t: t["data"].update(quotestance=[1]), FormatError, "wrong type"),
    "a head with a title that is a number": (
        lambda t: t["data"]["quotestance"].update(title=3),
        FormatError,
        "'title'",
    ),
    "no results": (lambda t: drop(t["annotations"][0], "result"), FormatError, "'result' is missing"),
    "results that are an object": (lambda t: t["annotations"][0].update(result={}), FormatError, "is a list, got dict"),
    "a result that is a string": (lambda t: results(t).insert(0, "x"), FormatError, "Result 1 is an object, got str"),
    "a result without a value": (lambda t: drop(result(t, "quote1"), "value"), FormatError, "'value' is missing"),
    "another control": (
        lambda t: result(t, "quote1", "stance").update(type="rating"),
        FormatError,
        "'rating'.*not read",
    ),
    "HTML": (lambda t: result(t, "quote1").update(type="hypertextlabels"), FormatError, "'hypertextlabels'.*not read"),
    "an unknown label": (
        lambda t: value(t, "source2").update(labels=["Speaker"]),
        FormatError,
        "'Speaker'.*Content, Cue",
    ),
    "two labels": (
        lambda t: value(t, "quote2").update(labels=["Content", "Cue"]),
        FormatError,
        "'quote2' needs one label",
    ),
    "no label": (lambda t: value(t, "quote2").update(labels=[]), FormatError, "'quote2' needs one label"),
    "an id twice": (lambda t: piece(t, "quote1", 0, 3), FormatError, "Two regions have the id 'quote1'"),
    "an offset that is a string": (lambda t: value(t, "quote1").update(start="3"), FormatError, "whole numbers"),
    "an empty region": (lambda t: value(t, "quote1").update(end=value(t, "quote1")["start"]), SpanError, "start < end"),
    "a region beyond the text": (lambda t: value(t, "quote4").update(end=9999), SpanError, "'quote4'.*over the end"),
    "a region of other words": (lambda t: value(t, "quote1").update(text="We will not"), SpanError, "'We will not'"),
    "words that are a number": (lambda t: value(t, "quote1").update(text=5), FormatError, "its text is a string"),
    "a relation to nowhere": (lambda t: tie(t, "quote1", "gone"), FormatError, "'gone', which is not there"),
    "an unknown relation": (lambda t: tie(t, "quote1", "source2", "says"), FormatError, "'says'.*cue, source, via"),
    "a relation of another name": (lambda t: tie(t, "quote1", "source2", "cue"), FormatError, "Call it 'source'"),
    "a relation of no content": (lambda t: tie(t, "cue1", "source2"), FormatError, "has to be a Content"),
    "a relation to itself": (lambda t: tie(t, "quote1", "quote1"), FormatError, "has to be a Content"),
    "a source of no quote": (
        lambda t: piece(t, "lost", 0, 3, "Source"),
        FormatError,
        "'lost' 'Ana' at 0:3 belongs to no",
    ),
    "two sources": (lambda t: tie(t, "quote1", "source5"), FormatError, "2 regions Source.*one is possible"),
    "overlapping pieces": (overlapping, SpanError, "must not overlap"),
    "pieces that contradict": (contradicting, FormatError, "two values of 'stance'"),
    "an unknown field": (lambda t: fill(t, "quote1", "mood", "x"), FormatError, "Unknown field 'mood'.*stance"),
    "an unknown stance": (
        lambda t: value(t, "quote1", "stance").update(choices=["hawk"]),
        FormatError,
        "'hawk'.*neutral",
    ),
    "an unknown kind": (lambda t: value(t, "quote1", "kind").update(choices=["robot"]), FormatError, "'robot'.*person"),
    "two stances": (
        lambda t: value(t, "quote1", "stance").update(choices=["neutral", "escalatory"]),
        FormatError,
        "2 values.*one is possible",
    ),
    "a stance twice": (lambda t: fill(t, "quote1", "stance", "neutral"), FormatError, "'stance' is there twice"),
    "a condition without a stance": (
        conditional_alone,
        FormatError,
        "'conditional' is given without a stance",
    ),
    "a name that is a number": (lambda t: value(t, "quote1", "name").update(text=[4]), FormatError, "'name'.*strings"),
    "a field of a source": (
        lambda t: fill(t, "source2", "stance", "neutral"),
        FormatError,
        "'stance' belongs to Source",
    ),
    "a field of nothing": (lambda t: fill(t, "gone", "stance", "neutral"), FormatError, "to no region .id 'gone'"),
}


@pytest.mark.parametrize("kind", TASKS)
def test_annotation_malformed_task_is_named(tmp_path: Path, kind: str) -> None:
    change, error, message = TASKS[kind]
    task = annotated()
    change(task)
    path = tmp_path / "export.json"
    path.write_text(json.dumps([task]), encoding="utf-8")
    with pytest.raises(error, match=f"(?s)export.json, record 1(, task 7)?: .*{message}"):
        read_gold(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"id": 1, "data"', "export.json: not JSON"),
        ("<View><Labels/></View>", "export.json: not JSON"),
        ("[3]", "record 1: expected a JSON object, got int"),
        ("[]", "no articles in it"),
        ('[{"id": 1, "text": "x", "annotation_id": 3, "annotator": 1, "label": []}]', "record 1: .*JSON-MIN"),
        ('{"id": 1, "result": [], "task": {"data": {"text": "x"}}}', "one annotation from a storage"),
        ('[{"id": 1, "data": "x", "annotations": []}]', "record 1: Unknown field"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_annotation_malformed_export_is_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "export.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FormatError, match=message):
        read_gold(path)


def test_annotation_malformed_export_for_predictions_is_named(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text('[{"id": 1, "text": "x", "annotation_id": 3, "annotator": 1, "label": []}]', encoding="utf-8")
    with pytest.raises(FormatError, match=r"record 1: .*JSON-MIN"):
        read_predictions(path, [gold()])


def test_annotation_malformed_export_with_an_article_twice_is_named(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps([annotated(), annotated()]), encoding="utf-8")
    with pytest.raises(FormatError, match=r"record 2, task 7: Article id 'talks' was there before"):
        read_gold(path)


def test_annotation_the_tasks_that_are_changed_are_gold_before(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps([annotated()]), encoding="utf-8")
    assert read_gold(path) == [gold()]
    collection = export_articles([gold(), harbour()], tmp_path / "brat", "brat").path
    assert read_gold(collection) == [harbour(), gold()]


# Kind of fault to the words of talks.ann that are replaced, and what by; an empty string stands for the file's end.
STANDOFF: dict[str, tuple[str, str, type[Exception], str]] = {
    "a line of nothing": ("", "hello\n", FormatError, r"line 35: 'hello' is no line"),
    "a relation": ("", "R1\tSays Arg1:T3 Arg2:T2\n", FormatError, r"line 35: 'R1.*are not read"),
    "an equivalence": ("", "*\tEquiv T3 T2\n", FormatError, "are not read"),
    "a normalization": ("", "N1\tReference T3 Wikidata:Q1\tAna\n", FormatError, "are not read"),
    "an unknown label": (
        "T4\tSource",
        "T4\tSpeaker",
        FormatError,
        r"line 4: T4: unknown label 'Speaker'.*Content, Cue",
    ),
    "a span twice": ("T4\tSource", "T3\tSource", FormatError, r"line 4: T3 was there before, in line 3"),
    "a span without offsets": ("T4\tSource 0 8\t", "T4\tSource\t", FormatError, "line 4: T4 has no offsets"),
    "offsets that are none": ("T4\tSource 0 8\t", "T4\tSource 0 x\t", FormatError, "line 4: A span is"),
    "offsets in disorder": ("T4\tSource 0 8\t", "T4\tSource 8 0\t", SpanError, "line 4: A span needs 0 <= start < end"),
    "a span beyond the text": ("T4\tSource 0 8\t", "T4\tSource 0 9999\t", SpanError, "line 4: T4 ends at 9999"),
    "a span of other words": ("8\tAna Ruiz\n", "8\tBen Ruiz\n", SpanError, "line 4: T4 says 'Ben Ruiz'"),
    "a span cut short": (
        "8\tAna Ruiz\n",
        "8\tAna R\n",
        SpanError,
        "line 5: The span before goes on with 'uiz'",
    ),
    "a span of no number": ("T4\tSource", "Tx\tSource", FormatError, "line 4: .*is no span"),
    "an event twice": ("E2\t", "E1\t", FormatError, "E1 was there before"),
    "an unknown event": ("E1\tAttribution:", "E1\tStatement:", FormatError, "line 5: Unknown event 'Statement'"),
    "an unknown part": (" Source:T4\n", " Speaker:T4\n", FormatError, "line 5: Unknown part 'Speaker'.*Content, Cue"),
    "a part that is not there": (" Source:T4\n", " Source:T99\n", FormatError, "line 5: The event names T99"),
    "a part of another label": (" Source:T4\n", " Source:T2\n", FormatError, "line 5: .*T2, whose label is Content"),
    "an event without content": (
        " Content:T2 ",
        " ",
        FormatError,
        r"line 2: T2 \(Content\) is part of no event",
    ),
    "two sources": (" Source:T4\n", " Source:T4 Source2:T8\n", FormatError, "line 5: .*2 pieces of Source"),
    "a span of no event": (" Source:T4\n", "\n", FormatError, r"line 4: T4 \(Source\) is part of no event, so 1 span"),
    "overlapping pieces": (" Content:T2 ", " Content:T2 Content2:T2 ", SpanError, "line 5: .*must not overlap"),
    "an unknown attribute": ("A1\tStance E1", "A1\tMood E1", FormatError, "unknown attribute 'Mood'.*Stance"),
    "an unknown value": ("A1\tStance E1 de-escalatory", "A1\tStance E1 dove", FormatError, "Unknown stance 'dove'"),
    "an attribute without a value": ("A1\tStance E1 de-escalatory", "A1\tStance E1", FormatError, "Unknown stance ''"),
    "an attribute of a span": ("A1\tStance E1", "A1\tStance T2", FormatError, "T2, which is no event"),
    "an attribute of nothing": ("A1\tStance E1 de-escalatory", "A1\tStance", FormatError, "A1 is no attribute"),
    "an attribute twice": ("", "A99\tStance E1 neutral\n", FormatError, "E1 has 'stance' twice"),
    "a condition without a stance": (
        "A1\tStance E1 de-escalatory",
        "A1\tConditional E1 yes",
        FormatError,
        "without a stance",
    ),
    "an unknown field": ("name: Ana Ruiz;", "nom: Ana Ruiz;", FormatError, "got 'nom: Ana Ruiz'"),
    "a note of words": ("", "#99\tAnnotatorNotes E1\tI am not sure\n", FormatError, "got 'I am not sure'"),
    "a note of another kind": ("", "#99\tSystemNotes E1\tx\n", FormatError, "'SystemNotes'"),
    "a note of nothing": ("", "#99\tAnnotatorNotes E77\tname: x\n", FormatError, "E77, which is no event"),
}


def collection(folder: Path) -> Path:
    return export_articles([gold()], folder / "brat", "brat").path


@pytest.mark.parametrize("kind", STANDOFF)
def test_annotation_malformed_standoff_is_named(tmp_path: Path, kind: str) -> None:
    old, new, error, message = STANDOFF[kind]
    path = collection(tmp_path) / "talks.ann"
    lines = path.read_text(encoding="utf-8")
    assert old in lines
    path.write_text(lines.replace(old, new, 1) if old else lines + new, encoding="utf-8")
    with pytest.raises(error, match=f"(?s)talks.ann.*{message}"):
        read_gold(path.parent)


def test_annotation_malformed_standoff_that_was_cut_is_named(tmp_path: Path) -> None:
    path = collection(tmp_path) / "talks.ann"
    path.write_text("T1\tContent 0 8\tAna", encoding="utf-8")
    with pytest.raises(SpanError, match=r"talks.ann: the last span goes on with 'Ruiz'. Was"):
        read_gold(path.parent)


def test_annotation_standoff_of_spans_alone_is_no_empty_gold(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("He left.", encoding="utf-8")
    (tmp_path / "a.ann").write_text("T1\tContent 0 7\tHe left\n", encoding="utf-8")
    with pytest.raises(FormatError, match=r"a.ann, line 1: T1 \(Content\) is part of no event"):
        read_gold(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("talks.txt", "Another text.", "talks.txt: The text is not the one that was exported"),
        ("talks.json", "{", "talks.json: not JSON"),
        ("talks.json", "[]", "talks.json: it has no 'text'"),
        ("talks.json", '{"text": "Another text.", "text_sha256": "0"}', "SHA-256 differs"),
        ("talks.txt", None, "the text that it annotates is missing"),
    ],
)
def test_annotation_malformed_collection_is_named(tmp_path: Path, name: str, content: str | None, message: str) -> None:
    path = collection(tmp_path) / name
    path.unlink() if content is None else path.write_text(content, encoding="utf-8")
    with pytest.raises(FormatError, match=message):
        read_gold(path.parent)


def test_annotation_changed_article_jsonl_is_named(tmp_path: Path) -> None:
    path = export_articles([Article("Liu said no.", id="a")], tmp_path / "a.jsonl", "jsonl").path
    path.write_text(path.read_text(encoding="utf-8").replace("said no", "said yes"), encoding="utf-8")
    with pytest.raises(FormatError, match=r"a.jsonl, line 1: .*SHA-256 differs"):
        read_gold(path)
