"""The documentation site is built with no warning and no network, and has every public name, column and command."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
import zlib
from html import unescape
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path

import pytest

import quotestance
from quotestance import table
from quotestance.cli.main import app
from quotestance.identities import IDENTITY_COLUMNS

ROOT = Path(__file__).parents[1]
PUBLIC = [path.parent for path in sorted((ROOT / "quotestance").rglob("__init__.py")) if "__all__" in path.read_text()]
LOADED = {("script", "src"), ("img", "src"), ("link", "href"), ("iframe", "src"), ("source", "src"), ("use", "href")}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site; a warning ends the build, and so would a request, as every proxy leads nowhere."""
    folder = tmp_path_factory.mktemp("site")
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    environment = {**os.environ, **nowhere, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)}
    build = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert build.returncode == 0, build.stderr[-4000:]
    return folder


def words_of(page: Path) -> str:
    """Return the text of a page, without tags, with single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))).split())


def documented(site: Path) -> set[str]:
    """Return the names that the reference has a place for, from the inventory for other projects' links."""
    data = (site / "objects.inv").read_bytes()
    _, _, _, _, packed = data.split(b"\n", 4)
    return {line.split(" ")[0] for line in zlib.decompress(packed).decode().splitlines()}


def full_name(module: str, name: str) -> str:
    """Return the name where it is defined, as a module may be called like a function in it."""
    value = getattr(import_module(module), name)
    is_defined = inspect.isclass(value) or inspect.isfunction(value)
    return f"{value.__module__}.{value.__qualname__}" if is_defined else f"{module}.{name}"


def test_site_documents_every_public_name(site: Path) -> None:
    modules = [".".join(folder.relative_to(ROOT).parts) for folder in PUBLIC]
    assert set(modules) >= {"quotestance", "quotestance.evaluation", "quotestance.identities", "quotestance.report"}
    names = {full_name(module, name) for module in modules for name in import_module(module).__all__}
    missing = sorted(names - documented(site))
    assert missing == [], "each needs a line '::: NAME' in a page of docs/reference/"


def test_site_documents_every_method_of_the_public_classes(site: Path) -> None:
    found = documented(site)
    classes = [getattr(quotestance, name) for name in quotestance.__all__]
    methods = [
        f"{one.__module__}.{one.__qualname__}.{name}"
        for one in classes
        if isinstance(one, type)
        for name, value in vars(one).items()
        if not name.startswith("_") and (callable(value) or isinstance(value, property | classmethod))
    ]
    assert len(methods) > 10
    assert [name for name in methods if name not in found] == []


def test_site_has_every_column_with_its_meaning(site: Path) -> None:
    words = words_of(site / "data_dictionary.html")
    for column in (*table.COLUMNS, *table.ARTICLE_COLUMNS, *IDENTITY_COLUMNS):
        assert column.name in words
        assert " ".join(column.meaning.split()) in words


def test_site_has_every_command(site: Path) -> None:
    page = (site / "reference" / "command_line.html").read_text(encoding="utf-8")
    commands = [info.callback.__name__.replace("_", "-") for info in app.registered_commands if info.callback]
    assert len(commands) > 5
    ids = [*commands, "train-quotes", "train-stance"]
    assert [name for name in ids if f'<h2 id="{name}">' not in page] == []


def test_site_has_cards_codebook_and_data_sheets(site: Path) -> None:
    for path in (*ROOT.glob("models/*/README.md"), ROOT / "training/stance/CODEBOOK.md", ROOT / "seeds/README.md"):
        heading = re.search(r"^# (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        place = path.relative_to(ROOT).with_suffix(".html")
        page = site / (place.with_name("index.html") if path.name == "README.md" else place)
        assert heading is not None
        assert heading[1].replace("`", "") in words_of(page)


class Loads(HTMLParser):
    """Collects what a page has the browser fetch, and the links that a reader may follow."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.fetched += [given[name] or "" for one, name in LOADED if one == tag and given.get(name)]
        self.links += [given["href"] or ""] if tag == "a" and given.get("href") else []


def test_site_fetches_nothing_from_elsewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 50
    for page in pages:
        found = Loads()
        found.feed(page.read_text(encoding="utf-8"))
        assert [link for link in found.fetched if re.match(r"(?:\w+:)?//", link)] == [], page
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(?:https?:)?//", style.read_text(encoding="utf-8")), style


def test_site_links_lead_somewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        if page.name == "404.html":  # its links are from the root of a server
            continue
        found = Loads()
        found.feed(page.read_text(encoding="utf-8"))
        inside = {link.partition("#")[0] for link in found.links if not re.match(r"\w+:|//|#", link)} - {""}
        assert [link for link in inside if not (page.parent / link).exists()] == [], page


def test_site_shows_docstrings_as_markdown(site: Path) -> None:
    for page in (site / "reference").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r":(?:func|class|mod|data|meth|attr):", text), page
        assert "<blockquote>" not in text, page
