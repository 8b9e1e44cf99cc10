"""What docs/scaling.md shows for each engine runs on two workers and gives the rows of a plain run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from quotestance import score_folder
from quotestance.pipeline import Pipeline

ROOT = Path(__file__).parents[1]
DOCS = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")


def example(title: str) -> str:
    """Return the Python code under a title."""
    match = re.search(rf"{re.escape(title)}.*?```python\n(.*?)```", DOCS, re.DOTALL)
    assert match is not None
    return match[1]


def without(module: str, program: str | None = None) -> pytest.MarkDecorator:
    is_missing = find_spec(module) is None
    reason = f"needs {module}: pip install 'quotestance[{module.removeprefix('py')}]'"
    if program is not None and shutil.which(program) is None:
        is_missing, reason = True, f"needs {program}: apt-get install default-jre-headless"
    return pytest.mark.skipif(is_missing, reason=reason)


ENGINES = [
    pytest.param("### Ray Data", marks=without("ray")),
    pytest.param("### Dask", marks=without("dask")),
    pytest.param("### Spark", marks=[without("pyspark"), without("pyspark", "java")]),
    pytest.param("### datasets"),
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Make a folder with articles.parquet: 24 articles in four row groups, one of which fails."""
    texts: list[Any] = [f'The two said {n}. "War {n}," said Liu.' for n in range(24)]
    texts[5] = None
    frame = pd.DataFrame({"id": [f"a{n}" for n in range(24)], "text": texts, "title": "T", "outlet": "O"})
    frame.to_parquet(tmp_path / "articles.parquet", row_group_size=6)
    return tmp_path


@pytest.mark.parametrize("engine", ENGINES)
def test_engines_docs_example_gives_the_rows_of_a_plain_run(
    place: Path, engine: str, attribution_folder: Path, stance_folder: Path, tiny_pipe: Pipeline
) -> None:
    found = run_example(place, engine, attribution_folder, stance_folder)
    assert list(found[found.error.notna()].article_id) == ["a5"]
    score_folder(place / "articles.parquet", place / "plain.parquet", pipe=tiny_pipe, progress=False)
    plain = pd.read_parquet(place / "plain.parquet")
    keys = ["article_id", "quote"]
    found = found[found.error.isna()].drop(columns="error").sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(found, plain.sort_values(keys, ignore_index=True), check_dtype=False)
    assert len(found) > 0


def run_example(place: Path, engine: str, attribution: Path, stance: Path) -> pd.DataFrame:
    """Run the code under the title of an engine in a folder with articles.parquet, and return what it writes."""
    models = {"attribution": str(attribution), "stance": str(stance)}
    given = ", ".join(f'"{name}": "{folder}"' for name, folder in models.items())
    code = example(engine).replace('"fast": True', given).replace("fast=True", f"**{models}")
    assert code.count(models["stance"]) == 1
    (place / "example.py").write_text(code)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0", "PYTHONWARNINGS": "ignore"}
    subprocess.run(
        [sys.executable, "example.py"], cwd=place, env=environment, check=True, timeout=600, capture_output=True
    )
    return pd.read_parquet(place / ("quotes" if (place / "quotes").exists() else "quotes.parquet"))


def test_engines_docs_wire_copy_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["Liu said no.", "Other.", "LIU said:  “No”", "Liu said not."]
    pd.DataFrame({"id": list("abcd"), "text": texts}).to_parquet(tmp_path / "articles.parquet")
    monkeypatch.chdir(tmp_path)
    exec(compile(example("**Wire copy first.**"), "scaling.md", "exec"), {})  # noqa: S102  # our own
    assert list(pd.read_parquet("distinct.parquet").id) == list("abd")
    assert list(pd.read_parquet("copies.parquet").same_as) == list("abad")


def scaling(*arguments: object) -> str:
    command = [sys.executable, "benchmarks/scaling.py", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603


def test_engines_docs_figures_are_those_that_the_benchmark_prints() -> None:
    assert f"\n\n{scaling('model')}\n\n" in DOCS


def test_engines_docs_figures_are_written_into_the_page(tmp_path: Path) -> None:
    page, figures = tmp_path / "scaling.md", tmp_path / "scaling.json"
    page.write_text(DOCS)
    measured = json.loads((ROOT / "benchmarks" / "scaling.json").read_text())
    measured |= {"articles": 120, "machine": {"processor": "P", "date": "May 2027", "cores": 2, "processes": 0}}
    measured["models"]["fast=True"] |= {"words_per_core_second": 1234, "batches": {"64": 1.5}}
    figures.write_text(json.dumps(measured))
    printed = scaling("model", figures, "--write", "--page", page)
    assert "| batches of 64, beside 8 | x 1.50 |" in printed
    assert "| words a core-second | 1,234 |" in printed
    assert "busy" not in printed
    found = page.read_text()
    assert f"\n\n{printed}\n\n" in found
    assert found.replace(printed, "") == DOCS.replace(scaling("model"), "")
