from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import quotestance

ROOT = Path(__file__).parents[1]
PUBLIC = {
    name
    for name, value in vars(quotestance).items()
    if not name.startswith("_") and getattr(value, "__module__", "").startswith("quotestance.")
}


def python(code: str) -> str:
    run = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return run.stdout.strip()


def test_api_all_is_sorted_and_complete() -> None:
    assert quotestance.__all__ == sorted(set(quotestance.__all__))
    assert set(quotestance.__all__) >= PUBLIC - {"annotations"}
    assert set(quotestance.__all__) <= set(dir(quotestance))


@pytest.mark.parametrize("name", quotestance.__all__)
def test_api_every_public_name_is_documented(name: str) -> None:
    value = getattr(quotestance, name)
    own = vars(value).get("__doc__") if inspect.isclass(value) else value.__doc__
    assert own
    assert len(own.split()) >= 4
    assert own.strip().split("\n")[0].endswith((".", ":")) or "\n" in own


@pytest.mark.parametrize("name", quotestance.__all__)
def test_api_every_method_is_documented(name: str) -> None:
    value = getattr(quotestance, name)
    members = vars(value).items() if inspect.isclass(value) else ()
    functions = [(one, m) for one, m in members if not one.startswith("_") and (callable(m) or hasattr(m, "__func__"))]
    assert [one for one, method in functions if not inspect.getdoc(method)] == []


def test_api_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'analyse'"):
        _ = quotestance.analyse


def test_api_errors_are_of_one_family() -> None:
    for error in (quotestance.SpanError, quotestance.FormatError, quotestance.CheckpointError):
        assert issubclass(error, quotestance.QuotestanceError)


def test_api_import_leaves_the_heavy_libraries_alone() -> None:
    heavy = {"torch", "transformers", "pandas", "pyarrow", "datasets", "sklearn", "scipy", "numpy", "typer", "spacy"}
    loaded = python("import sys, quotestance; print(*{name.partition('.')[0] for name in sys.modules})")
    assert heavy.isdisjoint(loaded.split())


def test_api_import_is_quick() -> None:
    code = "import time; t = time.process_time(); import quotestance; print(time.process_time() - t)"
    assert min(float(python(code)) for _ in range(3)) < 0.5


def test_api_late_names_come_when_they_are_asked_for() -> None:
    assert python("from quotestance import Pipeline, load; print(load.__module__, Pipeline.__module__)") == (
        "quotestance.pipeline quotestance.pipeline"
    )


@pytest.mark.parametrize(
    "name",
    [
        *("annotation.export_articles", "engines", "evaluation.read_gold", "identities.Linked"),
        *("report.write_report", "spacy.to_doc", "stance", "training.train_stance"),
    ],
)
def test_api_packages_are_there_without_an_import_of_their_own(name: str) -> None:
    package = name.partition(".")[0]
    code = f"import quotestance; print({package!r} in dir(quotestance), bool(quotestance.{name}))"
    assert python(code) == "True True"
