"""A Scorer gives the rows of a plain run, whatever kind of frame the articles come in."""

from __future__ import annotations

import json
import pickle
import re
import shutil
import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import datasets
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets.fingerprint import Hasher

from quotestance import FormatError, Scorer, score_folder
from quotestance.engines import scorer as scorers
from quotestance.engines.frames import articles_of
from quotestance.errors import RunError
from quotestance.io.table import COLUMNS
from quotestance.pipeline import Pipeline, load

NAMES = [*(column.name for column in COLUMNS), "error"]
TEXTS = ['"We said so," the war said. Peace, Liu said, is 5 o\'clock.', "Nothing.", "", None, "“War,” said the two."]
RECORDS = [
    {"id": f"a{number}", "text": text, "title": f"T{number}", "date": pd.Timestamp("2024-05-06"), "score": 0.5}
    for number, text in enumerate(TEXTS)
]

FRAMES: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "DataFrame": pd.DataFrame,
    "Arrow-backed DataFrame": lambda records: pa.Table.from_pylist(records).to_pandas(types_mapper=pd.ArrowDtype),
    "Arrow table": pa.Table.from_pylist,
    "record batch": pa.RecordBatch.from_pylist,
    "dict of lists": lambda records: {name: [record[name] for record in records] for name in records[0]},
    "dict of arrays": lambda records: {name: np.array([record[name] for record in records]) for name in records[0]},
    "batch of datasets": lambda records: datasets.Dataset.from_list(records)[:],
}


@pytest.fixture
def scorer(attribution_folder: Path, stance_folder: Path) -> Scorer:
    return Scorer(attribution=attribution_folder, stance=stance_folder)


@pytest.fixture
def plain(tmp_path: Path, tiny_pipe: Pipeline) -> pa.Table:
    """Score as a plain run does."""
    pq.write_table(pa.Table.from_pylist(RECORDS), tmp_path / "news.parquet")
    score_folder(tmp_path / "news.parquet", tmp_path / "q.parquet", pipe=tiny_pipe, progress=False)
    return pq.read_table(tmp_path / "q.parquet")


def to_rows(frame: Any) -> list[dict[str, Any]]:
    if isinstance(frame, pd.DataFrame):
        return pa.Table.from_pandas(frame, preserve_index=False).to_pylist()
    return list(frame.to_pylist())


@pytest.mark.parametrize("kind", FRAMES)
def test_engines_scorer_gives_the_rows_of_a_plain_run(scorer: Scorer, plain: pa.Table, kind: str) -> None:
    frame = FRAMES[kind](RECORDS)
    scored = scorer(frame)
    assert isinstance(scored, type(frame) if kind in ("DataFrame", "record batch") else (pa.Table, pd.DataFrame))
    table = to_rows(scored)
    assert all(list(row) == NAMES for row in table)
    found = [{**row} for row in table if row.pop("error") is None]
    assert found == plain.to_pylist()
    assert len(found) >= 3


@pytest.mark.parametrize("kind", FRAMES)
def test_engines_scorer_gives_a_row_for_an_article_that_fails(scorer: Scorer, kind: str) -> None:
    failed = [row for row in to_rows(scorer(FRAMES[kind](RECORDS))) if row["error"] is not None]
    assert [row["article_id"] for row in failed] == ["a3"]
    assert failed[0]["error"].startswith("a3: no text in field 'text'.")
    assert all(value is None for name, value in failed[0].items() if name not in ("article_id", "error"))


def test_engines_scorer_has_one_schema_however_few_the_rows(scorer: Scorer) -> None:
    for rows in (0, 1, 2, 3, 5):
        for frame in (pa.Table.from_pylist(RECORDS).slice(0, rows), {"text": TEXTS[:rows]}):
            assert scorer(frame).schema == Scorer.schema == scorer.schema
        scored = scorer(pd.DataFrame(RECORDS[:rows], columns=list(RECORDS[0])))
        assert scored.dtypes.equals(Scorer.empty().dtypes)
    assert scorer(pd.DataFrame()).dtypes.equals(Scorer.empty().dtypes)
    assert Scorer.schema.names == NAMES
    assert len(Scorer.empty()) == 0
    assert Scorer.ddl.startswith("`article_id` STRING, ")
    assert Scorer.ddl.count(",") == len(NAMES) - 1


def test_engines_scorer_takes_an_iterator_of_frames(scorer: Scorer, plain: pa.Table) -> None:
    frames = (pd.DataFrame(RECORDS[start : start + 2]) for start in range(0, len(RECORDS), 2))
    scored = pd.concat(list(scorer(frames)))
    assert len(scored[scored.error.isna()]) == len(plain)


def test_engines_scorer_takes_text_and_id_by_name(scorer: Scorer) -> None:
    frame = {"body": ["“War,” said the two."] * 3, "key": ["k", 7, None], "id": ["no", "no", "no"]}
    found = to_rows(Scorer(**{**scorer.options, "text_column": "body", "id_column": "key"})(frame))
    assert {row["article_id"] for row in found if not row["error"]} == {"k", "7"}
    (error,) = (row["error"] for row in found if row["error"])
    assert "no id in field 'key'" in error


def test_engines_scorer_names_articles_without_ids_by_their_text(scorer: Scorer) -> None:
    ids = {row["article_id"] for row in to_rows(scorer({"text": ["“War,” said the two."]}))}
    assert len(ids) == 1
    assert ids == {row["article_id"] for row in to_rows(scorer({"text": ["", "“War,” said the two."]}))}
    assert all(one.startswith("sha256:") for one in ids)


def test_engines_scorer_gives_one_id_whatever_the_batch() -> None:
    table = pa.table({"id": [1, None, 3], "text": ["a", "b", "c"]})
    for frame in (table, table.to_pandas(), table.slice(0, 1).to_pandas()):
        assert next(articles_of(frame, text_column="text", id_column=None)).id == "1"
    for given in (UUID(int=5), Decimal("12")):
        frame = pd.DataFrame({"id": [given], "text": ["a"]})
        assert next(articles_of(frame, text_column="text", id_column="id")).id == str(given)


def test_engines_scorer_costs_one_row_for_a_value_that_cannot_be_read(scorer: Scorer) -> None:
    broken = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.py_buffer(np.int32([0, 1, 2]).tobytes()), pa.py_buffer(b"\xffx")]
    )
    frame = pa.table({"id": ["a", "b"], "text": broken})
    errors = [row for row in to_rows(scorer(frame)) if row["error"]]
    assert [row["article_id"] for row in errors] == ["a"]
    assert "a value cannot be read" in errors[0]["error"]


def test_engines_scorer_refuses_what_is_no_frame(scorer: Scorer) -> None:
    for thing in ("text", ["text"], 5, None):
        with pytest.raises(TypeError, match="Give a DataFrame"):
            scorer(thing)
    polars = type("DataFrame", (), {"__module__": "polars.dataframe.frame", "__arrow_c_stream__": None})
    with pytest.raises(TypeError, match=r"not a DataFrame of polars: pyarrow\.table\(frame\)"):
        scorer(polars())
    with pytest.raises(TypeError, match=r"not one record: map\(scorer, batched=True\)"):
        datasets.Dataset.from_dict({"text": ["We will talk."]}).map(scorer)
    with pytest.raises(FormatError, match=r"no column .text.\. Available: body"):
        scorer({"body": ["x"]})
    with pytest.raises(FormatError, match="no column 'key'"):
        Scorer(id_column="key")({"text": ["x"]})
    with pytest.raises(FormatError, match="one length, got 1, 2"):
        scorer({"text": ["x"], "id": ["1", "2"]})


def test_engines_scorer_refuses_shares_that_go_by_no_name() -> None:
    shares: Any = {"escalatory": 1, "de-escalatory": 1, "neutral": 3}
    with pytest.raises(ValueError, match=r"^A Scorer takes stance_shares by name, .* one of: balanced, news; "):
        Scorer(stance_shares=shares)
    assert Scorer(stance_shares="news").stance_shares == "news"


def test_engines_scorer_refuses_settings_that_cannot_be() -> None:
    both: tuple[dict[str, Any], ...] = ({"fast": True, "cascade": True}, {"fast": True, "stance": "stance-en"})
    for settings in (*both, {"threads": 0}, {"min_confidence": 2.0}):
        with pytest.raises(ValueError, match=r"fast alone|threads|min_confidence"):
            Scorer(**settings)


def test_engines_scorer_refuses_a_device_and_a_precision_that_no_machine_has() -> None:
    for name, value in (("device", "gpu"), ("device", ""), ("device", None), ("precision", "x"), ("precision", None)):
        settings: dict[str, Any] = {name: value}
        with pytest.raises(ValueError, match=r"There is no device|Unknown precision") as loaded:
            load(**settings)
        with pytest.raises(ValueError, match=f"^{re.escape(str(loaded.value))}$"):
            Scorer(**settings)
    for device in ("cuda", "cuda:1", "cpu", "auto"):  # a worker may have it
        assert Scorer(device=device, precision="bfloat16").device == device


def test_engines_scorer_is_pickled_without_models(scorer: Scorer) -> None:
    scorer({"text": ["x"]})
    data = pickle.dumps(scorer)
    assert len(data) < 1000
    assert pickle.loads(data) == scorer  # noqa: S301  # our own
    assert hash(scorer) == hash(Scorer(**scorer.options))


def test_engines_scorer_makes_paths_absolute(attribution_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(attribution_folder.parent)
    assert Scorer(attribution=attribution_folder.name, stance="owner/model").options["attribution"] == str(
        attribution_folder
    )


def test_engines_scorer_is_another_where_its_models_are(
    attribution_folder: Path, stance_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(attribution_folder, tmp_path / "own")
    scorer = Scorer(attribution=folder, stance=stance_folder)
    monkeypatch.setattr(scorers, "_pipelines", {})
    before, pipe = Hasher.hash(Scorer(**scorer.options)), scorer._pipeline()
    assert Hasher.hash(Scorer(**scorer.options)) == before
    assert scorer._pipeline() is pipe
    (folder / "config.json").write_text((folder / "config.json").read_text() + "\n")
    assert Hasher.hash(Scorer(**scorer.options)) != before
    assert scorer._pipeline() is not pipe
    assert len(scorers._pipelines) == 1


def test_engines_scorer_loads_the_models_once(
    attribution_folder: Path, stance_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[object] = []

    def counted(**options: Any) -> Pipeline:
        loaded.append(options)
        return load(**options)

    monkeypatch.setattr("quotestance.pipeline.load", counted)
    monkeypatch.setattr(scorers, "_pipelines", {})
    results: list[Any] = []
    scorer = Scorer(attribution=attribution_folder, stance=stance_folder)
    assert len(scorer({"text": []})) == len(loaded) == 0
    threads = [
        threading.Thread(target=lambda: results.append(Scorer(**scorer.options)({"text": TEXTS}).to_pylist()))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loaded) == 1
    assert len(results) == 4
    assert all(json.dumps(one) == json.dumps(results[0]) for one in results)


def test_engines_scorer_serves_a_plain_run_too(scorer: Scorer, plain: pa.Table, tmp_path: Path) -> None:
    score_folder(tmp_path / "news.parquet", tmp_path / "again.parquet", pipe=scorer, progress=False)
    assert pq.read_table(tmp_path / "again.parquet") == plain


def test_engines_scorer_of_another_version_is_refused(scorer: Scorer, monkeypatch: pytest.MonkeyPatch) -> None:
    data = pickle.dumps(scorer)
    monkeypatch.setattr(scorers, "__version__", "9.9")
    with pytest.raises(RunError, match=r"made by quotestance .*, and 9\.9 is installed here"):
        pickle.loads(data)  # noqa: S301  # our own
