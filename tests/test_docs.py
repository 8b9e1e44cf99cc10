"""What the pages for people say of files, links and commands is there."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from pathlib import Path

import pytest
from huggingface_hub import ModelCard

from training.reader.stance_fit import told_for

ROOT = Path(__file__).parents[1]
FOLDERS = ("docs", "training", "models", "seeds")
OURS = ("quotestance", "training", "tests")
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
DECISIONS = ROOT / "docs" / "decisions"
HEADINGS = ["Context", "Decision", "Figures", "Consequences"]
MOST_LINES = 60  # of a page on a decision

LINK = re.compile(r"\]\((?!https?:)([^)#]+)[^)]*\)")
MODULE = re.compile(r"python -m ((?:training|quotestance)[\w.]*)")
TARGET = re.compile(r"`make ([a-z]+)")
NAMED_FILE = re.compile(r"`([\w.-]+(?:/[\w.*{},-]+)*(?:\.(?:py|jsonl|toml|yaml)|/))`")


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_docs_links_lead_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_docs_modules_that_are_run_exist(page: Path) -> None:
    modules = {ROOT / name.replace(".", "/") for name in MODULE.findall(page.read_text(encoding="utf-8"))}
    assert [path for path in modules if not (path.with_suffix(".py").is_file() or path.is_dir())] == []


def is_there(name: str) -> bool:
    """Whether the repository has a file or folder; a name without a folder may stand in any of ours."""
    places = [name.rstrip("/")] if "/" in name else [name, *(f"{folder}/**/{name}" for folder in OURS)]
    return any(any(ROOT.glob(place)) for place in places)


def test_docs_contributing_names_files_and_targets_that_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = NAMED_FILE.findall(text)
    assert len(named) > 20
    assert [name for name in named if not is_there(name)] == []
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert [target for target in TARGET.findall(text) if f"\n{target}:" not in makefile] == []


def test_docs_contributing_has_a_row_for_every_package() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    packages = [path.parent.name for path in ROOT.glob("quotestance/*/__init__.py")]
    assert [name for name in packages if f"| `quotestance/{name}/` |" not in text] == []


@pytest.mark.parametrize(
    "page", sorted(set(DECISIONS.glob("*.md")) - {DECISIONS / "README.md"}), ids=lambda page: page.stem
)
def test_docs_a_decision_is_short_has_its_headings_and_is_listed(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(text.splitlines()) < MOST_LINES
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == HEADINGS
    assert f"[{page.name}]({page.name})" in (DECISIONS / "README.md").read_text(encoding="utf-8")


ROLE = re.compile(r":(?:func|class|mod|data|meth|attr|exc):`~?([\w.]+)`")
SOURCES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for folder in ("quotestance", "training")
    for path in (ROOT / folder).rglob("*.py")
}


@cache
def names_in(module: str) -> frozenset[str]:
    """Every name that a module defines, anywhere in it, or imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(SOURCES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return frozenset(found)


def is_there_as(name: str, module: str) -> bool:
    """Whether what a docstring of a module names is in it, beside it or in the package, or where the full name says."""
    home, first = name, name.partition(".")[0]
    if first not in ("quotestance", "training"):
        beside = f"{module.rpartition('.')[0]}.{name}"
        known = any(first in names_in(one) for one in (module, "quotestance"))
        return known or (beside.rpartition(".")[0] in SOURCES and is_there_as(beside, module))
    while home not in SOURCES:
        home, _, first = home.rpartition(".")
    return home == name or first in names_in(home)


def test_docs_docstrings_name_what_is_there() -> None:
    named = [(module, name) for module, path in SOURCES.items() for name in ROLE.findall(path.read_text("utf-8"))]
    assert len(named) > 100
    assert [(module, name) for module, name in named if not is_there_as(name, module)] == []


CARDS = sorted(ROOT.glob("models/*/README.md"))


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.parent.name)
def test_docs_cards_begin_with_what_a_hub_reads(card: Path) -> None:
    told = ModelCard(card.read_text(encoding="utf-8")).data.to_dict()
    assert (told["language"], told["license"], told["library_name"]) == ("en", "apache-2.0", "quotestance")
    assert all(isinstance(tag, str) for tag in told["tags"])


def test_docs_the_readers_card_tells_for_which_shares_its_probabilities_are_told() -> None:
    folder = ROOT / "models" / "attribution-en"
    prior = json.loads((folder / "config.json").read_text(encoding="utf-8"))["stance_prior"]
    assert told_for(prior) in (folder / "README.md").read_text(encoding="utf-8")
