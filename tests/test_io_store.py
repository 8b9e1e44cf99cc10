"""Results are kept by content, and nothing that was damaged since is taken for one."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from test_io_batch import FakePipe, interrupt_at

from quotestance.errors import RunError
from quotestance.io.batch import score_folder
from quotestance.io.store import Store

score = partial(score_folder, settings="fake", progress=False)
Damage = Callable[[Path], object]
FAILED, KEPT, UNUSED = (letter * 32 for letter in "abc")  # keys


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """20 articles."""
    folder = tmp_path / "news"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number:02}.txt").write_text(f"Word{number} said so.")
    return folder


def lines(change: Callable[[list[bytes]], list[bytes]]) -> Damage:
    return lambda path: path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


def flip(seed: int) -> Damage:
    """Another bit, somewhere."""

    def harm(path: Path) -> None:
        data = bytearray(path.read_bytes())
        draw = random.Random(seed)  # noqa: S311
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        path.write_bytes(data)

    return harm


def of_another_run(path: Path) -> None:
    """Add a sound line whose key is another's."""
    data = f'{"0" * 32}\t[{{"quotes": [], "error": null}}]'.encode()
    path.write_bytes(path.read_bytes() + hashlib.sha256(data).hexdigest().encode() + b"\t" + data + b"\n")


DAMAGES: dict[str, tuple[int, Damage]] = {  # with how many articles are scored again
    "cut at a line end": (8, lines(lambda rows: rows[:4])),
    "cut within a line": (11, lines(lambda rows: [*rows[:3], rows[3][:80]])),
    "the last line end is cut off": (2, lambda path: os.truncate(path, path.stat().st_size - 1)),
    "emptied": (20, lines(lambda _: [])),
    "NULs": (20, lines(lambda rows: [bytes(sum(map(len, rows)))])),
    "NULs at the end": (5, lines(lambda rows: [*rows[:5], bytes(sum(map(len, rows[5:])))])),
    "a line is missing": (3, lines(lambda rows: [rows[0], *rows[2:]])),
    "a line is empty": (3, lines(lambda rows: [rows[0], b"\n", *rows[2:]])),
    "a line is doubled": (0, lines(lambda rows: [rows[0], *rows])),
    "lines are in another order": (0, lines(lambda rows: rows[::-1])),
    "a line end is missing": (6, lines(lambda rows: [rows[0].rstrip(b"\n"), *rows[1:]])),
    "a letter is another": (3, lines(lambda rows: [rows[0].replace(b"W", b"V"), *rows[1:]])),
    "a key is another": (3, lines(lambda rows: [rows[0][:70] + b"00000" + rows[0][75:], *rows[1:]])),
    "keys are exchanged": (3, lines(lambda rows: [rows[0][:65] + rows[1][65:97] + rows[0][97:], *rows[1:]])),
    "a checksum is another's": (3, lines(lambda rows: [rows[1][:64] + rows[0][64:], *rows[1:]])),
    "words in front": (3, lines(lambda rows: [b"x" + rows[0], *rows[1:]])),
    "words behind": (0, lines(lambda rows: [*rows, b"no result at all\n"])),
    "line ends of Windows": (20, lines(lambda rows: [row.replace(b"\n", b"\r\n") for row in rows])),
    "in UTF-16": (20, lambda path: path.write_bytes(path.read_bytes().decode().encode("utf-16"))),
    "missing": (20, lambda path: path.unlink()),
    "renumbered": (0, lambda path: path.rename(path.with_name("results-000077.tsv"))),
    "copied": (0, lambda path: path.with_name("results-000009.tsv").write_bytes(path.read_bytes())),
    "with a line of another run": (0, of_another_run),
    **{f"bit flipped, seed {seed}": (-1, flip(seed)) for seed in range(10)},
}


@pytest.mark.parametrize("stop", [18, 20])
@pytest.mark.parametrize("damage", DAMAGES)
def test_store_computes_again_what_is_damaged(news: Path, tmp_path: Path, damage: str, stop: int) -> None:
    score(news, tmp_path / "whole" / "q.jsonl", pipe=FakePipe())
    output = tmp_path / "q.jsonl"
    if stop == 20:
        score(news, output, pipe=FakePipe())
        output.unlink()
        (tmp_path / "q.articles.jsonl").unlink()
    else:
        with pytest.raises(KeyboardInterrupt):
            score(news, output, pipe=FakePipe(interrupt_at(stop)))
    again, harm = DAMAGES[damage]
    harm(tmp_path / "q.jsonl.cache" / "results-000001.tsv")
    pipe = FakePipe()
    score(news, output, pipe=pipe)
    if again >= 0 and stop == 20:
        assert len(pipe.seen) == again
    assert (2 if stop == 18 else 0) <= len(pipe.seen) <= 20
    for name in ("q.jsonl", "q.articles.jsonl"):
        assert (tmp_path / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    pipe = FakePipe()
    assert score(news, output, pipe=pipe, overwrite=True).damaged == 0
    assert pipe.seen == []


FORGED: dict[str, tuple[str, str]] = {  # keys and results behind a checksum that is right
    "no JSON": ("{key}", "nope"),
    "deep": ("{key}", "[" * 100_000),
    "no list": ("{key}", "5"),
    "too few": ("{key}", "[]"),
    "not of objects": ("{key}", "[5]"),
    "empty": ("{key}", "[{{}}]"),
    "quotes of other columns": ("{key}", '[{{"quotes": [[1]], "error": null}}]'),
    "quotes that are none": ("{key}", '[{{"quotes": "abc", "error": null}}]'),
    "an error that is none": ("{key}", '[{{"quotes": [], "error": 5}}]'),
}


@pytest.mark.parametrize("forgery", FORGED)
def test_store_refuses_what_no_run_wrote(news: Path, tmp_path: Path, forgery: str) -> None:
    score(news, tmp_path / "q.csv", pipe=FakePipe())
    folder = tmp_path / "q.csv.cache"
    key = (folder / "results-000001.tsv").read_text().split("\t")[1].split(",")[0]
    forge(folder, *(part.format(key=key) for part in FORGED[forgery]))
    with pytest.raises(RunError, match=r"holds results that no run wrote\. Remove it"):
        score(news, tmp_path / "q.csv", pipe=FakePipe(), overwrite=True)


@pytest.mark.parametrize("keys", ["zz", "é", "-", "a" * 31, "a" * 32 + ",", ""])
def test_store_takes_keys_that_are_none_for_damage(news: Path, tmp_path: Path, keys: str) -> None:
    score(news, tmp_path / "q.csv", pipe=FakePipe())
    forge(tmp_path / "q.csv.cache", keys, "[{}]")
    assert score(news, tmp_path / "q.csv", pipe=FakePipe(), overwrite=True).damaged == 1


def forge(folder: Path, keys: str, results: str) -> None:
    """Put a segment of one line there."""
    data = f"{keys}\t{results}".encode()
    (folder / "results-000009.tsv").write_bytes(hashlib.sha256(data).hexdigest().encode() + b"\t" + data + b"\n")


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_store_reads_no_folder_pipe_or_device(news: Path, tmp_path: Path, make: Damage) -> None:
    score(news, tmp_path / "q.csv", pipe=FakePipe())
    make(tmp_path / "q.csv.cache" / "results-000009.tsv")
    pipe = FakePipe()
    assert score(news, tmp_path / "q.csv", pipe=pipe, overwrite=True).reused == 20
    assert pipe.seen == []


def test_store_says_what_is_damaged(news: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    score(news, tmp_path / "q.csv", pipe=FakePipe())
    path = tmp_path / "q.csv.cache" / "results-000001.tsv"
    DAMAGES["a letter is another"][1](path)
    assert score(news, tmp_path / "q.csv", pipe=FakePipe(), overwrite=True).damaged == 1
    assert [record.getMessage() for record in caplog.records] == [
        f"{path}: the line at byte 0 is damaged; computed again"
    ]


def test_store_never_gives_what_was_damaged_while_it_was_open(tmp_path: Path) -> None:
    with Store(tmp_path, "basis") as store:
        for key in ("a" * 32, "b" * 32):  # what was read last is not read again
            store.add({key: {"quotes": [1], "error": None}})
            assert store.get(key) == {"quotes": [1], "error": None}
        flip(1)(tmp_path / "results-000001.tsv")
        with pytest.raises(RunError, match=r"results-000001\.tsv was damaged"):
            store.get("a" * 32)


def test_store_keys_tell_contents_and_bases_apart(tmp_path: Path) -> None:
    contents = [("a", None), ("a", ""), ("a", "-"), ("", "a"), ("ab", ""), ("\ud800", None), ("?", None)]
    keys = [Store(tmp_path, basis).key(*content) for content in contents for basis in ("one", "other")]
    assert len(set(keys)) == len(keys)
    assert Store(tmp_path, "one").key("a", None) == keys[0]


def test_store_forgets_what_it_is_told_to(tmp_path: Path) -> None:
    with Store(tmp_path, "basis") as store:
        store.add({"a" * 32: {}, "b" * 32: {}})
        store.forget(["a" * 32, "a" * 32])
        store.forget([])
    again = Store(tmp_path, "basis")
    assert ("a" * 32 in again, "b" * 32 in again, len(again)) == (False, True, 1)


def test_store_keeps_what_was_used_when_it_tidies(tmp_path: Path) -> None:
    with Store(tmp_path, "basis") as store:
        for name in "abcdef":
            store.add({name * 32: {"quotes": [name], "error": None}})
        before = store.size()
        store.get("b" * 32)
        store.tidy()
        assert store.get("b" * 32)["quotes"] == ["b"]
        store.add({"0" * 32: {"quotes": ["0"], "error": None}})
    again = Store(tmp_path, "basis")
    assert {name for name in "abcdef0" if name * 32 in again} == {"b", "0"}
    assert again.size() < before / 2


def test_store_does_not_remember_what_it_forgot_when_it_tidies(tmp_path: Path) -> None:
    with Store(tmp_path, "a") as store:
        store.add({FAILED: {"n": 1}, KEPT: {"n": 2}})  # on one line
        store.add({UNUSED: {"text": "x" * 5_000}})
        store.forget([FAILED])
    with Store(tmp_path, "a") as store:
        store.get(KEPT)
        store.tidy()
        assert (FAILED in store, KEPT in store, UNUSED in store) == (False, True, False)
    with Store(tmp_path, "a") as store:
        assert (FAILED in store, store.get(KEPT)) == (False, {"n": 2})


def test_store_has_what_is_to_be_forgotten_until_it_is_closed(tmp_path: Path) -> None:
    with Store(tmp_path, "basis") as store:
        store.add({FAILED: {"n": 1}, KEPT: {"n": 2}})
        store.forget([FAILED], at_once=False)
        assert store.get(FAILED) == {"n": 1}
    again = Store(tmp_path, "basis")
    assert (FAILED in again, KEPT in again) == (False, True)


def test_store_writes_what_it_forgets_once(tmp_path: Path) -> None:
    with Store(tmp_path, "basis") as store:
        store.add({FAILED: {"n": 1}, KEPT: {"n": 2}})
        store.forget([FAILED], at_once=False)
        size = store.size()
        store.forget([FAILED])
        assert (store.size(), FAILED in store) == (size, False)
        store.add({FAILED: {"n": 3}})  # it was computed again
        store.forget([FAILED], at_once=False)
        assert store.size() > size
    assert FAILED not in Store(tmp_path, "basis")


def test_store_that_tidies_does_not_remember_what_it_was_to_forget_when_closed(tmp_path: Path) -> None:
    with Store(tmp_path, "basis") as store:
        store.add({FAILED: {"n": 1}, KEPT: {"n": 2}})
        store.add({UNUSED: {"text": "x" * 5_000}})
        store.forget([FAILED], at_once=False)
        assert (store.get(FAILED), store.get(KEPT)) == ({"n": 1}, {"n": 2})
        store.tidy()  # and should the process end here
    again = Store(tmp_path, "basis")
    assert (FAILED in again, KEPT in again, UNUSED in again) == (False, True, False)


def test_store_reads_a_line_once_for_the_results_that_are_asked_for_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [f"{number:032x}" for number in range(50)]
    read: list[int] = []
    with Store(tmp_path, "any") as store:
        for group in (keys[:40], keys[40:]):
            store.add({key: {"quotes": [], "error": key} for key in group})
        line_of = store._line

        def counted(line: int) -> bytes:
            read.append(line)
            return line_of(line)

        monkeypatch.setattr(store, "_line", counted)
        assert [store.get(key)["error"] for key in keys] == keys
        assert len(read) == 2  # else the time grows with the square of how many are scored together
        assert store.get(keys[0])["error"] == keys[0]
