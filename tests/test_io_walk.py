"""Whatever is in a folder comes out, read or told why not, and none of it ends the walk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quotestance.io.readers import count_inputs, read_articles, read_inputs
from quotestance.io.walk import walk


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """Make a folder with a file whose path is longer than the system allows, and one behind it."""
    folder, here = tmp_path / "deep", Path.cwd()
    folder.mkdir()
    (folder / "z.txt").write_text("Z.")
    os.chdir(folder)
    try:
        for _ in range(30):
            Path("d" * 200).mkdir()
            os.chdir("d" * 200)
        Path("x.txt").write_text("X.")
        os.chdir(folder)
        yield folder
    finally:
        os.chdir(here)
        shutil.rmtree("deep", ignore_errors=True, dir_fd=os.open(tmp_path, os.O_RDONLY))


def test_walk_passes_over_paths_that_are_too_long(deep: Path) -> None:
    first, last = walk(deep, {".txt"})
    assert "longer than the system allows" in (first.skipped or "")
    assert (last.path, last.skipped) == (deep / "z.txt", None)


def test_walk_goes_on_behind_a_folder_that_may_not_be_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Its names can be listed, but nothing of what is in it can be looked at. Tests may run as root, whom nothing stops.
    (tmp_path / "closed" / "folder.txt").mkdir(parents=True)
    for name in ("a.txt", "closed/b.txt", "closed/c.pdf", "z.txt"):
        (tmp_path / name).write_text("Liu said no.")
    see, open_descriptor = Path.stat, os.open

    def refused(path: Any) -> bool:
        return Path(path).parent.name == "closed"

    def look(path: Path, **options: Any) -> os.stat_result:
        if refused(path):
            raise PermissionError(13, "Permission denied", str(path))
        return see(path, **options)

    def opened(path: Any, *rest: Any, **more: Any) -> int:
        if refused(path):
            raise PermissionError(13, "Permission denied", str(path))
        return open_descriptor(path, *rest, **more)

    monkeypatch.setattr(Path, "stat", look)
    monkeypatch.setattr(os, "open", opened)
    found = {
        one.file: one.why or (one.article and (one.article.error or one.article.text)) for one in read_inputs(tmp_path)
    }
    assert list(found) == ["a.txt", "closed/b.txt", "closed/c.pdf", "closed/folder.txt", "z.txt"]
    assert "Permission denied" in (found["closed/b.txt"] or "")
    assert "Permission denied" in (found["closed/folder.txt"] or "")
    assert found["closed/c.pdf"] == "no kind of file that is read (.pdf)"
    assert found["z.txt"] == "Liu said no."
    assert count_inputs(tmp_path) == 5


@pytest.mark.parametrize("suffix", [".html", ".htm"])
def test_walk_passes_over_the_parts_of_a_saved_page(tmp_path: Path, suffix: str) -> None:
    for name in (f"story{suffix}", "story_files/frame.html", "other_files/a.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("<p>Liu said no.")
    found = {one.path.name: one.skipped for one in walk(tmp_path, {".txt", suffix})}
    assert found == {"a.txt": None, f"story{suffix}": None, "story_files": "parts of the saved page story"}
    assert [article.id for article in read_articles(tmp_path)] == ["other_files/a.txt", f"story{suffix}"]
    assert [article.id for article in read_articles(tmp_path / "story_files")] == ["frame.html"]
