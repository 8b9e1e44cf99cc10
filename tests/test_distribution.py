"""What is released is of one version, says what is true, and is not larger than we hold it to."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from quotestance import __version__

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def sizes() -> ModuleType:
    spec = importlib.util.spec_from_file_location("distribution", ROOT / "benchmarks" / "distribution.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cff() -> dict[str, str]:
    """Read the top-level scalars of CITATION.cff."""
    lines = (ROOT / "CITATION.cff").read_text(encoding="utf-8").splitlines()
    pairs = (re.fullmatch(r'([a-z-]+): "?(.+?)"?', line) for line in lines)
    return {pair[1]: pair[2] for pair in pairs if pair}


def test_distribution_is_of_one_version() -> None:
    citation = cff()
    zenodo = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))
    dates = re.findall(rf"^## \[{re.escape(__version__)}\] - (\S+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert [citation["version"], zenodo["version"]] == [__version__] * 2
    assert dates == [citation["date-released"]] == [zenodo["publication_date"]]
    assert citation["title"] == zenodo["title"]


def test_distribution_citation_has_what_the_format_asks_for() -> None:
    citation = cff()
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "software"
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert {"message", "title"} <= set(citation)
    assert "\nauthors:\n  - " in text


def test_distribution_metadata_is_one(project: dict[str, Any]) -> None:
    metadata, citation = project["project"], cff()
    zenodo = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))
    assert {metadata["license"], citation["license"], zenodo["license"]} == {"Apache-2.0"}
    assert [author["name"] for author in metadata["authors"]] == [author["name"] for author in zenodo["creators"]]
    assert (ROOT / metadata["license-files"][0]).is_file()
    assert (ROOT / metadata["readme"]).is_file()
    least = metadata["requires-python"].removeprefix(">=")
    assert f"Programming Language :: Python :: {least}" in metadata["classifiers"]
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"Programming Language :: Python :: {here}" in metadata["classifiers"], "this Python has been run: say so"


def test_distribution_has_all_that_it_needs(project: dict[str, Any]) -> None:
    build = project["tool"]["hatch"]["build"]["targets"]
    assert build["wheel"]["force-include"]["models"] == "quotestance/models"
    missing = [name for name in build["sdist"]["include"] if not (ROOT / name).exists()]
    assert missing == []
    assert {"quotestance", "models", "LICENSE", "README.md"} <= set(build["sdist"]["include"])


def test_distribution_is_not_larger_than_we_hold_it_to(sizes: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert sizes.main([]) == 0
    shown = capsys.readouterr().out
    assert all(f"models/{name}" in shown for name in ("attribution-en", "stance-en"))
    beside = sum(sizes.size_of(ROOT / name) for name in ("quotestance", "training", "tests", "docs", "seeds"))
    assert beside < sizes.MOST_BESIDE_MODELS_MB


def test_distribution_tells_what_is_too_large(
    sizes: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for size, code, words in ((99, 0, ""), (101, 0, "above PyPI's limit"), (201, 1, "ABOVE WHAT WE HOLD")):
        file = tmp_path / f"q-{size}.whl"
        with file.open("wb") as stream:
            stream.truncate(size * sizes.MB)  # a hole
        assert sizes.main([str(file)]) == code
        assert f"{size}.0 MB  {file.name} {words}".rstrip() in capsys.readouterr().out
