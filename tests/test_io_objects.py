"""What people hold becomes articles, or an error says what to give: nothing is read letter by letter."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from quotestance import Article, FormatError, Quote, Span, read_articles, to_articles
from quotestance.engines.frames import articles_of
from quotestance.engines.scorer import Scorer
from quotestance.io.objects import to_article
from quotestance.pipeline import Pipeline

RECORDS: list[dict[str, Any]] = [
    {
        "id": "a",
        "headline": "War",
        "text": "Liu said no.",
        "date": "2024-05-06",
        "outlet": "Herald",
        "link": "http://a",
    },
    {"id": "b", "headline": None, "text": "Ann said yes.", "date": None, "outlet": None, "link": None},
]
ARTICLES = [
    Article("Liu said no.", "a", "War", "2024-05-06", "http://a", {"outlet": "Herald"}),
    Article("Ann said yes.", "b", meta={"headline": None, "date": None, "outlet": None, "link": None}),
]


class Foreign:
    """A table of a library that nothing here knows, which hands itself over as an Arrow stream."""

    def __init__(self, table: pa.Table) -> None:
        self.columns = table.column_names
        self._table = table

    def __arrow_c_stream__(self, schema: object = None) -> object:
        return self._table.__arrow_c_stream__(schema)


TABLES: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "list of dicts": list,
    "generator of dicts": iter,
    "DataFrame": pd.DataFrame,
    "Arrow-backed DataFrame": lambda records: pa.Table.from_pylist(records).to_pandas(types_mapper=pd.ArrowDtype),
    "DataFrame rows": lambda records: (row for _, row in pd.DataFrame(records).iterrows()),
    "DataFrame named tuples": lambda records: pd.DataFrame(records).itertuples(),
    "named tuples without index": lambda records: pd.DataFrame(records).itertuples(index=False),
    "to_dict": lambda records: pd.DataFrame(records).to_dict("records"),
    "Arrow table": pa.Table.from_pylist,
    "record batch": pa.RecordBatch.from_pylist,
    "record batch reader": lambda records: pa.Table.from_pylist(records).to_reader(),
    "Arrow rows": lambda records: pa.array(records),
    "foreign table": lambda records: Foreign(pa.Table.from_pylist(records)),
    "Dataset": datasets.Dataset.from_list,
    "Dataset that gives arrays": lambda records: datasets.Dataset.from_list(records).with_format("numpy"),
    "Dataset with a function": lambda records: datasets.Dataset.from_list(records).with_transform(lambda batch: batch),
    "IterableDataset": lambda records: datasets.Dataset.from_list(records).to_iterable_dataset(),
    "batch of a Dataset": lambda records: datasets.Dataset.from_list(records)[:],
    "dict of lists": lambda records: {name: [record[name] for record in records] for name in records[0]},
    "dict of arrays": lambda records: {name: np.array([record[name] for record in records]) for name in records[0]},
}


@pytest.mark.parametrize("kind", TABLES)
def test_io_objects_rows_of_any_table_are_articles(kind: str) -> None:
    assert list(to_articles(TABLES[kind](RECORDS))) == ARTICLES


@pytest.mark.parametrize("kind", TABLES)
def test_io_objects_text_and_id_are_taken_by_name(kind: str) -> None:
    records: list[dict[str, Any]] = [{"key": 3, "body": "No."}, {"key": 4, "body": "Yes."}]
    made = list(to_articles(TABLES[kind](records), text_column="body", id_column="key"))
    assert [(article.id, article.text) for article in made] == [("3", "No."), ("4", "Yes.")]


@pytest.mark.parametrize("kind", TABLES)
def test_io_objects_text_and_id_are_taken_in_whatever_case(kind: str) -> None:
    made = list(to_articles(TABLES[kind]([{"ID": 3, "Text": "No."}, {"ID": 4, "Text": "Yes."}])))
    assert [(article.id, article.text, dict(article.meta)) for article in made] == [("3", "No.", {}), ("4", "Yes.", {})]


@pytest.mark.parametrize("kind", [kind for kind in TABLES if "tuple" not in kind and "rows" not in kind])
def test_io_objects_a_table_without_the_column_is_refused(kind: str) -> None:
    with pytest.raises(FormatError, match=r"no column 'text'\. Available: body, key\. .*text_column"):
        list(to_articles(TABLES[kind]([{"body": "No.", "key": "a"}])))


@pytest.mark.parametrize("name", ["text", "id"])
def test_io_objects_two_columns_of_text_or_id_are_refused(name: str) -> None:
    frame = pd.DataFrame([["No.", "a", "Yes."], ["No.", "b", "Yes."]], columns=["text", "id", name])
    batch = pa.record_batch([pa.array(["No."]), pa.array(["a"]), pa.array(["Yes."])], names=[*frame.columns])
    for table in (frame, batch, pa.Table.from_batches([batch])):
        with pytest.raises(FormatError, match=f"2 columns are named '{name}'. Rename or drop"):
            to_articles(table)
        with pytest.raises(FormatError, match=f"2 columns are named '{name}'"):
            list(articles_of(table, text_column="text", id_column=None))
    with pytest.raises(FormatError, match=f"2 columns are named '{name}'"):
        to_article(frame.iloc[0])
    others = frame.set_axis(["body", "key", "more"], axis=1)
    others.insert(3, "more", "also", allow_duplicates=True)  # of no concern
    assert [one.text for one in to_articles(others, text_column="body", id_column="key")] == ["No.", "No."]


def test_io_objects_rows_without_id_go_by_label_or_number() -> None:
    frame = pd.DataFrame({"text": ["No.", "Yes."]}, index=["x", "y"])
    assert [article.id for article in to_articles(frame)] == ["x", "y"]
    assert [article.id for article in to_articles(frame["text"])] == ["x", "y"]
    assert [article.id for article in to_articles(row for _, row in frame.iterrows())] == ["x", "y"]
    assert [article.id for article in to_articles(frame.itertuples())] == ["x", "y"]
    many = pa.table({"text": ["No."] * 200})
    assert [article.id for article in to_articles(many)] == [str(number) for number in range(200)]
    assert [article.id for article in to_articles(datasets.Dataset(many))] == [str(number) for number in range(200)]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["No.", None, "Yes."], name="text", index=list("abc")),
        pd.Series(["No.", None, "Yes."], name="body"),
        pd.Series(["No.", pd.NA, "Yes."], dtype="string"),
        ["No.", None, "Yes."],
        np.array(["No.", None, "Yes."]),
        ["No.", float("nan"), "Yes."],
        pa.array(["No.", None, "Yes."]),
        pa.chunked_array([["No.", None], ["Yes."]]),
        datasets.Dataset.from_dict({"text": ["No.", None, "Yes."]})["text"],
        datasets.Dataset.from_dict({"text": ["No.", None, "Yes."]}),
        pd.DataFrame({"text": ["No.", float("nan"), "Yes."]}),
        [{"text": "No."}, {"text": None}, {"text": "Yes."}],
        [{"text": "No."}, {"body": "Perhaps."}, {"text": "Yes."}],
    ],
    ids=lambda one: type(one).__name__,
)
def test_io_objects_a_missing_text_keeps_its_place_and_says_so(column: Any, tiny_pipe: Pipeline) -> None:
    done = list(tiny_pipe.stream(column))
    assert [article.text for article in done] == ["No.", "", "Yes."]
    assert [article.error is None for article in done] == [True, False, True]
    assert "no text" in str(done[1].error)


def test_io_objects_types_of_pandas_and_arrow_become_plain() -> None:
    moment = datetime.datetime(2024, 5, 6, 7, 8, 9)
    record: dict[Any, Any] = {
        "text": b"\xff\xfeN\0o\0",
        "date": pd.Timestamp(moment),
        "score": np.float32(0.5),
        "none": pd.NaT,
    }
    article = to_article({**record, "tags": np.array(["x"]), "image": b"\x89PNG\xff", 5: "five"})
    assert article == Article(
        "No",
        published="2024-05-06T07:08:09",
        meta={"score": 0.5, "none": None, "tags": ["x"], "image": "iVBOR/8=", "5": "five"},
    )


@pytest.mark.skipif(not hasattr(datasets, "Json"), reason="datasets before 5 has no feature for mixed objects")
def test_io_objects_mixed_objects_of_a_dataset_are_objects(tmp_path: Path) -> None:
    quotes = (Quote("indirect", (Span.of("Liu said no.", 9, 11),)),)
    articles = [
        Article("Liu said no.", "a", quotes=quotes, meta={"section": "x"}),
        Article("Ann said yes.", "b", meta={"section": 3}),
    ]
    lines = tmp_path / "articles.jsonl"
    lines.write_text("".join(f"{json.dumps(article.to_dict())}\n" for article in articles))
    loaded = datasets.load_dataset("json", data_files=str(lines), split="train", cache_dir=str(tmp_path / "cache"))
    assert "Json" in str(loaded.features)
    assert list(to_articles(loaded)) == articles
    for feature, value in (
        (datasets.List(datasets.Json()), [{"n": 1}, "two"]),
        ({"deep": datasets.Json()}, {"deep": 3}),
    ):
        features = datasets.Features({"text": datasets.Value("string"), "notes": feature})
        table = datasets.Dataset.from_list([{"text": "Liu said no.", "notes": value}], features=features)
        assert [article.meta for article in to_articles(table)] == [{"notes": value}]


@pytest.mark.skipif(not hasattr(pa, "json_"), reason="Arrow before 19 has no type for JSON")
def test_io_objects_json_in_an_arrow_table_is_read_and_where_it_is_none_costs_its_row(tmp_path: Path) -> None:
    notes = pa.array(['{"n": [1]}', "{", None], pa.json_())
    pairs = pa.array([[("k", '{"n": 1}')], [], None], pa.map_(pa.string(), pa.string()))
    table = pa.table(
        {"text": ["One.", "Two.", "Three."], "notes": notes, "pairs": pairs.cast(pa.map_(pa.string(), pa.json_()))}
    )
    pq.write_table(table, tmp_path / "a.parquet")
    for articles in (to_articles(table), read_articles(tmp_path / "a.parquet")):
        first, second, third = articles
        assert first.meta == {"notes": {"n": [1]}, "pairs": [["k", {"n": 1}]]}
        assert "a value cannot be read" in str(second.error)
        assert third.text == "Three."


def test_io_objects_a_value_that_cannot_be_read_costs_its_row() -> None:
    offsets = pa.py_buffer(np.array([0, 1, 2], dtype=np.int32).tobytes())
    broken = pa.Array.from_buffers(pa.string(), 2, [None, offsets, pa.py_buffer(b"\xffx")])
    for table in (pa.table({"text": broken}), datasets.Dataset(pa.table({"text": broken}))):
        first, second = to_articles(table)
        assert "a value cannot be read" in str(first.error)
        assert (second.text, second.error) == ("x", None)


def test_io_objects_a_time_zone_that_nobody_knows_costs_its_row() -> None:
    moments = pa.array([0, None], pa.timestamp("us", "Nowhere/X"))
    first, second = to_articles(pa.table({"text": ["A.", "B."], "at": moments}))
    assert "a value cannot be read" in str(first.error)
    assert (second.text, second.error) == ("B.", None)


def test_io_objects_an_article_as_a_dict_is_that_article(tiny_pipe: Pipeline) -> None:
    quote = Quote("indirect", (Span.of("Liu said no.", 9, 11),))
    article = Article("Liu said no.", "a", quotes=(quote,), meta={"x": 1})
    assert list(to_articles([article, article.to_dict()])) == [article, article]
    failed = Article("", "a", error="not text")
    assert to_article(failed.to_dict()) == failed
    assert tiny_pipe(article.to_dict()) == tiny_pipe(article)


def test_io_objects_one_call_takes_a_record_or_a_row(tiny_pipe: Pipeline) -> None:
    frame = pd.DataFrame(RECORDS)
    expected = tiny_pipe(ARTICLES[0])
    assert tiny_pipe(RECORDS[0]) == expected
    assert tiny_pipe(frame.iloc[0]) == expected
    assert tiny_pipe(next(frame.itertuples())) == expected
    assert tiny_pipe(datasets.Dataset.from_list(RECORDS)[0]) == expected
    assert tiny_pipe({"body": "Liu said no."}, text_column="body").text == "Liu said no."
    assert tiny_pipe.find_quotes(RECORDS[0]).text == "Liu said no."


@pytest.mark.parametrize(
    ("given", "fix"),
    [
        (None, "a NoneType"),
        (b"No.", r"data\.decode\(\)"),
        (Path("a.txt"), r"read_articles\(path\)"),
        (["No."], r"pipe\.stream\(articles\)"),
        (pd.DataFrame(RECORDS), r"a DataFrame: pipe\.stream\(table\)"),
        (pa.Table.from_pylist(RECORDS), r"a Table: pipe\.stream\(table\)"),
        (datasets.Dataset.from_list(RECORDS), r"a Dataset: pipe\.stream\(table\)"),
        ({"text": ["No."]}, r"a dict: pipe\.stream\(table\)"),
        (("No.", 1), "as_tuples=True"),
        (next(pd.DataFrame(RECORDS).iterrows()), r"give the DataFrame itself"),
        (7, r"an int; for rows of other kinds give dict\(row\)"),
    ],
    ids=repr,
)
def test_io_objects_one_call_refuses_what_is_no_article(tiny_pipe: Pipeline, given: Any, fix: str) -> None:
    with pytest.raises(TypeError, match=fix):
        tiny_pipe(given)


def test_io_objects_one_call_tells_what_a_record_lacks(tiny_pipe: Pipeline) -> None:
    with pytest.raises(FormatError, match=r"no text in field 'text'. Fields: body.*text_column"):
        tiny_pipe({"body": "No."})
    with pytest.raises(
        FormatError, match=r"no text in field 'text'\. It holds (nan|None)\. Other fields: id\. Name the one"
    ):
        tiny_pipe({"text": float("nan"), "id": "a"})


ONE_ARTICLE = [
    ("He said no.", r"one text: give a list, \[text\]"),
    (b"He said no.", r"one text: give a list, \[text\]"),
    (Article("He said no."), r"one article: give a list, \[article\]"),
    ({"id": "a", "text": "He said no."}, r"one record: give a list, \[record\]"),
    ({"a": "He said no."}, r"texts\.values\(\)"),
    (pd.DataFrame(RECORDS).iloc[0], "may be a row: call pipe"),
    (pd.Series(["No."], index=["a"], name="b"), r"column\.tolist\(\)"),
    (datasets.DatasetDict({"train": datasets.Dataset.from_list(RECORDS)}), r"a DatasetDict: .*dataset\['train'\]"),
    (Path("a.txt"), r"read_articles\(path\)"),
    (None, "a NoneType: give a list"),
]


@pytest.mark.parametrize(("given", "fix"), ONE_ARTICLE, ids=[type(given).__name__ for given, _ in ONE_ARTICLE])
def test_io_objects_a_stream_refuses_what_is_no_stream_at_once(
    tiny_pipe: Pipeline, attribution_folder: Path, stance_folder: Path, given: Any, fix: str
) -> None:
    with pytest.raises(TypeError, match=fix):
        tiny_pipe.stream(given)
    with pytest.raises(TypeError, match=fix):
        to_articles(given)
    with pytest.raises(TypeError, match=fix):
        next(Scorer(attribution=attribution_folder, stance=stance_folder).stream(given))


@pytest.mark.parametrize("names", [{"text_column": 1}, {"text_column": None}, {"text_column": "1", "id_column": 0}])
def test_io_objects_columns_are_named_by_strings(tiny_pipe: Pipeline, names: dict[str, Any]) -> None:
    frame = pd.DataFrame([["a", "We will talk."]])
    for read, given in ((tiny_pipe, {"1": "We will talk."}), (tiny_pipe.stream, frame)):
        with pytest.raises(TypeError, match=r"_column is the name of a column, as a string, not (1|0|None);"):
            read(given, **names)
    (article,) = tiny_pipe.stream(frame, text_column="1", id_column="0")
    assert (article.id, article.text) == ("a", "We will talk.")


def test_io_objects_a_stream_refuses_tables_that_cannot_be_read() -> None:
    class Distant:
        columns = ("text",)

        def __iter__(self) -> Iterator[str]:
            return iter(self.columns)

    with pytest.raises(TypeError, match=r"quotestance\.Scorer"):
        to_articles(Distant())
    with pytest.raises(FormatError, match="one length, got 1, 2"):
        to_articles({"text": ["No."], "id": ["a", "b"]})


def test_io_objects_what_is_no_article_among_others_is_told_when_it_is_come_to(tiny_pipe: Pipeline) -> None:
    made = tiny_pipe.stream(["He said no.", ["He", "said"]], batch_size=1)
    assert next(made).text == "He said no."
    with pytest.raises(TypeError, match=r"Give texts, Articles or records, not a list"):
        next(made)


CONTEXTS = ["first", None, {"third": 3}, ("fourth", 4), 5.0]
TEXTS = [f'He said "no {number}" twice.' for number in range(len(CONTEXTS))]


def test_io_objects_as_tuples_passes_contexts_through(tiny_pipe: Pipeline) -> None:
    plain = list(tiny_pipe.stream(TEXTS))
    for batch_size in (None, 1, 2):
        pairs = list(tiny_pipe.stream(zip(TEXTS, CONTEXTS, strict=True), as_tuples=True, batch_size=batch_size))
        assert [context for _, context in pairs] == CONTEXTS
        assert [article.text for article, _ in pairs] == [article.text for article in plain]
    frame = pd.DataFrame(RECORDS).set_index("id")
    rows = zip(frame.to_dict("records"), frame.index, strict=True)
    assert [(one.title, label) for one, label in tiny_pipe.stream(rows, as_tuples=True)] == [("War", "a"), (None, "b")]


def test_io_objects_as_tuples_keeps_contexts_with_articles_that_fail(tiny_pipe: Pipeline) -> None:
    pairs: list[Any] = [
        (None, 0),
        ("He said no.", 1),
        (Article("", error="not text"), 2),
        ({"text": None}, 3),
        ("Yes.", 4),
    ]
    done = list(tiny_pipe.stream(pairs, as_tuples=True))
    assert [(article.error is None, context) for article, context in done] == [
        (False, 0), (True, 1), (False, 2), (False, 3), (True, 4),
    ]  # fmt: skip


@pytest.mark.parametrize("given", ["ab", {"a": "b"}, pd.DataFrame({"text": ["x"], "id": ["y"]}), None])
def test_io_objects_as_tuples_refuses_what_is_no_stream_of_pairs(tiny_pipe: Pipeline, given: Any) -> None:
    with pytest.raises(TypeError, match=r"give pairs \(article, context\), not a .*zip\("):
        tiny_pipe.stream(given, as_tuples=True)


@pytest.mark.parametrize("pair", ["ab", {"a": 1, "b": 2}, ("a", 1, 2), Article("ab")])
def test_io_objects_as_tuples_refuses_what_is_no_pair(tiny_pipe: Pipeline, pair: Any) -> None:
    with pytest.raises(TypeError, match=r"give pairs \(article, context\), not an? "):
        list(tiny_pipe.stream([pair], as_tuples=True))


@pytest.mark.parametrize(("batch_size", "most"), [(1, 1), (3, 3), (None, 64), (100, 100)])
def test_io_objects_batch_size_bounds_the_articles_held_at_once(
    tiny_pipe: Pipeline, batch_size: int | None, most: int
) -> None:
    taken = 0

    def texts() -> Iterator[str]:
        nonlocal taken
        for taken in range(1, 301):
            yield f"No {taken}."

    held = [taken - given for given, _ in enumerate(tiny_pipe.stream(texts(), batch_size=batch_size))]
    assert max(held) == most


@pytest.mark.parametrize("batch_size", [0, -1, 2.5, "3"])
def test_io_objects_batch_size_is_a_whole_number_of_at_least_one(tiny_pipe: Pipeline, batch_size: Any) -> None:
    with pytest.raises(ValueError, match="batch_size is a whole number of articles"):
        tiny_pipe.stream(["No."], batch_size=batch_size)


def test_io_objects_tables_are_read_lazily() -> None:
    def batches() -> Iterable[pa.RecordBatch]:
        yield pa.RecordBatch.from_pylist([{"text": "No."}])
        raise AssertionError("read ahead")

    reader = pa.RecordBatchReader.from_batches(pa.schema([("text", pa.string())]), batches())
    assert next(to_articles(reader)).text == "No."


def test_io_objects_texts_need_no_pandas() -> None:
    code = "import sys; from quotestance import to_articles; list(to_articles(['No.', {'text': 'No.'}])); " \
        "print({'pandas', 'pyarrow', 'datasets', 'numpy'} & {*sys.modules})"  # fmt: skip
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert run.stdout.strip() == "set()"
