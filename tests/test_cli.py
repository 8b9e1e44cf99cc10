from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import quotestance
from quotestance.cli import analyze, score
from quotestance.cli.main import run as run_command_line
from quotestance.types import Article

ROOT = Path(__file__).parents[1]
TEXT = '"We will talk," Ann Lee said. "Soon," she added.\n\nThe mayor said that the war was over.\n'


@pytest.fixture
def models(attribution_folder: Path, stance_folder: Path) -> list[str]:
    return ["--attribution", str(attribution_folder), "--stance", str(stance_folder)]


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "article.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


class Run:
    """A command that has ended: its exit code and what it wrote."""

    def __init__(self, code: int, out: bytes, err: str) -> None:
        self.code, self.out, self.err = code, out.decode(), err


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Run]:
    """Run the console entry point in this process, so that the models are not imported anew for every call."""

    def run(*arguments: str | Path, given: bytes = b"") -> Run:
        monkeypatch.setattr(sys, "argv", ["quotestance", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"))
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            run_command_line()
        out, err = capfdbinary.readouterr()
        return Run(int(ended.value.code or 0), out, err.decode())

    return run


Call = Callable[..., Run]


def articles_of(run: Run) -> list[Article]:
    return [Article.from_dict(json.loads(line)) for line in run.out.splitlines()]


def test_cli_analyze_json_is_the_article(call: Call, models: list[str], article: Path) -> None:
    run = call("analyze", article, *models, "--format", "json")
    assert run.code == 0
    assert run.err == ""
    found = Article.from_dict(json.loads(run.out))
    assert found.text == TEXT
    assert found.quotes
    assert all(quote.speaker and quote.stance for quote in found.quotes)


def test_cli_analyze_text_shows_the_quotes_without_colour_in_a_pipe(
    call: Call, models: list[str], article: Path
) -> None:
    run = call("analyze", article, *models)
    assert run.code == 0
    assert "\x1b" not in run.out
    expected = Article.from_dict(json.loads(call("analyze", article, *models, "-f", "json").out))
    assert any(label in run.out for quote in expected.quotes if quote.stance for label in [quote.stance.label])


def test_cli_analyze_says_at_once_that_standard_output_is_closed(
    call: Call, article: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quotestance.cli.analyze.load_pipe", lambda *_: pytest.fail("began to load"))
    monkeypatch.setattr(sys, "stdout", None)
    run = call("analyze", article)
    assert (run.code, run.err) == (2, "quotestance: Standard output is closed. Name a file with --output.\n")


def test_cli_tells_nothing_among_its_output_where_standard_error_is_closed(
    call: Call, models: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": TEXT}) + "\n{broken\n")
    monkeypatch.setattr(sys, "stderr", None)
    run = call("analyze", tmp_path / "a.jsonl", *models, "--format", "jsonl")
    sys.stderr.close()
    assert (run.code, len(articles_of(run))) == (1, 2)


def test_cli_analyze_csv_goes_to_standard_output(call: Call, models: list[str], article: Path) -> None:
    before = os.lstat("/dev/stdout")
    run = call("analyze", article, *models, "--format", "csv")
    assert run.code == 0
    rows = list(csv.DictReader(io.StringIO(run.out, newline="")))
    (found,) = articles_of(call("analyze", article, *models, "--format", "jsonl"))
    assert len(rows) == len(found.quotes) > 0
    after = os.lstat("/dev/stdout")
    assert (before.st_ino, before.st_mode) == (after.st_ino, after.st_mode)  # it was once replaced by a file


@pytest.mark.parametrize("form", ["text", "json", "jsonl", "csv", "html"])
def test_cli_analyze_writes_to_a_file_what_it_would_print(
    call: Call, models: list[str], article: Path, tmp_path: Path, form: str
) -> None:
    printed = call("analyze", article, *models, "-f", form)
    (tmp_path / "link").symlink_to(tmp_path / "out")
    run = call("analyze", article, *models, "-f", form, "-o", tmp_path / "link")
    assert (run.code, run.out, run.err) == (0, "", "")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "out").read_bytes().decode() == printed.out != ""
    if form == "html":
        assert printed.out.lstrip().lower().startswith("<!doctype html")


def test_cli_analyze_explain_shades_the_words_that_carried_a_stance(
    call: Call, models: list[str], article: Path
) -> None:
    plain = call("analyze", article, *models, "-f", "html")
    run = call("analyze", article, *models, "-f", "html", "--explain")
    assert (run.code, run.err) == (0, "")
    assert re.search(r'<span class="[^"]*qs-(for|against)5">\w+</span>', run.out)
    assert "the label" in run.out
    assert not re.search(r'class="[^"]*qs-(for|against)\d', plain.out)


def test_cli_analyze_explain_needs_a_page(call: Call, article: Path) -> None:
    run = call("analyze", article, "--explain", "-f", "json")
    assert run.code == 2
    assert run.out == ""
    assert "--format html" in run.err


def test_cli_analyze_reads_standard_input(call: Call, models: list[str]) -> None:
    run = call("analyze", "-", *models, "-f", "jsonl", given="“No”, said Bo.".encode("cp1252"))
    assert run.code == 0
    assert [article.text for article in articles_of(run)] == ["“No”, said Bo."]


def test_cli_analyze_reads_a_page_on_standard_input(call: Call, models: list[str]) -> None:
    page = "<!doctype html><title>T</title><article><p>“No”, said Bo.</article><script>var x</script>"
    for encoding in ("utf-8", "utf-16"):
        run = call("analyze", "-", *models, "-f", "jsonl", given=page.encode(encoding))
        assert [article.text for article in articles_of(run)] == ["“No”, said Bo."]
    run = call("analyze", "-", *models, given=b"<html><script>var x</script></html>")
    assert (run.code, run.out) == (2, "")
    assert "no readable text" in run.err


def test_cli_analyze_never_overwrites_unless_told(call: Call, models: list[str], article: Path, tmp_path: Path) -> None:
    (tmp_path / "hard.txt").hardlink_to(article)
    (tmp_path / "soft.txt").symlink_to(article)
    for output in (article, tmp_path / "hard.txt", tmp_path / "soft.txt"):
        run = call("analyze", article, *models, "-o", output, "--overwrite")
        assert run.code == 2
        assert "the article itself" in run.err
    assert article.read_text() == TEXT
    (tmp_path / "out").write_text("precious")
    run = call("analyze", article, *models, "-o", tmp_path / "out")
    assert run.code == 2
    assert "--overwrite" in run.err
    assert (tmp_path / "out").read_text() == "precious"
    assert call("analyze", article, *models, "-o", tmp_path / "out", "--overwrite").code == 0
    assert (tmp_path / "out").read_text() != "precious"
    assert call("analyze", article, *models, "-o", "/dev/null").code == 0


def test_cli_tells_each_error_once_and_without_escapes(
    call: Call, models: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = tmp_path / "a\x1b[31m\u202e.jsonl"
    odd.write_text('{"t\\u001b]0;x": "no text"}\n{"text": "He said no."}\n')
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / odd.name).write_bytes(odd.read_bytes())

    def fail(*_: object) -> None:
        raise RuntimeError("out of \x1b[31mluck")

    for arguments in (["analyze", odd], ["score", folder, "-o", tmp_path / "q.csv", "--quiet"]):
        for verbose in ([], ["--verbose"]):
            run = call(*arguments, *models, *verbose, *(["--overwrite"] if arguments[0] == "score" else []))
            assert run.code == 1
            assert "\x1b" not in run.err
            assert "\u202e" not in run.err
    assert call("analyze", tmp_path / "\x1b[31m.txt", *models).err.count("\ufffd") == 1
    run = call("analyze", odd, *models)
    assert "(--text-column)" in run.err
    monkeypatch.setattr("quotestance.pipeline.classify_stance", fail)
    run = call("analyze", odd, *models)
    assert run.code == 2
    assert run.err.count("luck") == 1
    assert "Traceback" not in run.err
    run = call("analyze", odd, *models, "--verbose")
    assert "Traceback" in run.err
    assert "\x1b" not in run.err


def test_cli_analyze_reads_every_article_of_a_file(call: Call, models: list[str], tmp_path: Path) -> None:
    table = tmp_path / "many.jsonl"
    table.write_text("".join(json.dumps({"body": f"{n} said no.", "key": n}) + "\n" for n in "abc"))
    columns = ["--text-column", "body", "--id-column", "key"]
    run = call("analyze", table, *models, *columns, "-f", "jsonl")
    assert [article.id for article in articles_of(run)] == ["a", "b", "c"]
    assert len(json.loads(call("analyze", table, *models, *columns, "-f", "json").out)) == 3
    assert call("analyze", table, *models, *columns, "-f", "text").code == 0


def test_cli_analyze_writes_what_no_encoding_holds(call: Call, models: list[str], tmp_path: Path) -> None:
    odd = tmp_path / "odd.json"
    odd.write_text(json.dumps({"text": 'He said "\ud800 no" \x1b[31m twice, and she said \u2028 "yes".'}))
    for form in ("text", "json", "jsonl", "csv", "html"):
        run = call("analyze", odd, *models, "-f", form)
        assert run.code == 0, form
        assert "\x1b" not in run.out, form


def test_cli_analyze_exit_code_tells_whether_some_or_all_failed(call: Call, models: list[str], tmp_path: Path) -> None:
    some = tmp_path / "some.jsonl"
    some.write_text('{"text": "He said no."}\nnot json\n')
    run = call("analyze", some, *models, "-f", "jsonl")
    assert run.code == 1
    assert len(run.out.splitlines()) == 2
    assert len(run.err.splitlines()) == 1
    assert "some.jsonl" in run.err
    binary = tmp_path / "picture.txt"
    binary.write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    run = call("analyze", binary, *models, "-f", "json")
    assert run.code == 2
    assert "Not text" in run.err


def test_cli_analyze_with_nothing_to_read_is_2(call: Call, models: list[str], tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "a.pdf").touch()
    (tmp_path / "e.txt").touch()
    for source in (tmp_path / "news", tmp_path / "e.txt", "-"):
        run = call("analyze", source, *models)
        assert (run.code, "no text to read" in run.err, len(run.err.splitlines())) == (2, True, 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["analyze", "no-such-file.txt"], "no-such-file.txt"),
        (["analyze"], "argument"),
        (["analyse", "x.txt"], "analyse"),
        (["analyze", "x.txt", "--format", "xml"], "xml"),
        (["analyze", "x.txt", "--min-confidence", "2"], "min-confidence"),
        (["score", "."], "--output"),
        (["analyze", ""], "empty"),
        (["score", "", "-o", "x.csv"], "empty"),
    ],
)
def test_cli_says_what_is_wrong_in_a_few_lines_and_exits_2(call: Call, arguments: list[str], words: str) -> None:
    run = call(*arguments)
    assert run.code == 2
    assert run.out == ""
    assert words in run.err
    assert "Traceback" not in run.err
    assert len(run.err.splitlines()) <= 6


def test_cli_says_which_model_is_none(call: Call, article: Path, tmp_path: Path) -> None:
    run = call("analyze", article, "--attribution", tmp_path)
    assert run.code == 2
    assert str(tmp_path) in run.err
    assert "Traceback" not in run.err


def test_cli_min_confidence_leaves_quotes_out(call: Call, models: list[str], article: Path) -> None:
    run = call("analyze", article, *models, "--min-confidence", "1", "-f", "json")
    assert Article.from_dict(json.loads(run.out)).quotes == ()


def folder_of(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.txt").write_text(TEXT)
    return folder


def test_cli_score_writes_two_tables_and_counts_all_inputs(call: Call, models: list[str], tmp_path: Path) -> None:
    folder, table = folder_of(tmp_path), tmp_path / "quotes.csv"
    (folder / "bad.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (folder / "letter.pdf").write_text("x")
    run = call("score", folder, "-o", table, *models, "--quiet")
    assert run.code == 1
    assert run.out == ""
    assert "3 read, 1 skipped, 1 failed" in run.err
    assert "quotes.articles.csv" in run.err
    assert "quotes.csv.cache" in run.err
    rows = list(csv.DictReader(io.StringIO(table.read_bytes().decode(), newline="")))
    assert len({row["article_id"] for row in rows}) == 3
    states = csv.DictReader(io.StringIO((tmp_path / "quotes.articles.csv").read_text()))
    assert [(row["file"], row["state"]) for row in states if row["state"] != "read"] == [
        ("bad.txt", "failed"),
        ("letter.pdf", "skipped"),
    ]


def test_cli_spreadsheet_is_a_manner_of_csv(call: Call, models: list[str], tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "a.jsonl").write_text(json.dumps({"text": TEXT, "title": "=1+1"}))
    output = tmp_path / "q.csv"
    assert call("score", tmp_path / "news", "-o", output, "--spreadsheet", "--quiet", *models).code == 0
    for table in (output, output.with_suffix(".articles.csv")):
        data = table.read_bytes()
        assert data.startswith(b"\xef\xbb\xbfarticle_id,")
        assert b",'=1+1," in data
    run = call("score", tmp_path / "news", "-o", tmp_path / "q.jsonl", "--spreadsheet", *models)
    assert (run.code, "ends in .csv" in run.err) == (2, True)
    run = call("analyze", tmp_path / "news" / "a.jsonl", "--spreadsheet", *models)
    assert (run.code, "--format csv" in run.err) == (2, True)


def test_cli_fits_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "57")
    assert (analyze._width(False), analyze._width(True)) == (100, 57)
    monkeypatch.setenv("COLUMNS", "300")
    assert analyze._width(True) == 100


def test_cli_analyze_writes_no_colours_into_a_file(
    call: Call, models: list[str], article: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    assert call("analyze", article, *models, "-o", tmp_path / "out.txt").code == 0
    assert "\x1b" in call("analyze", article, *models).out
    written = (tmp_path / "out.txt").read_text()
    assert "\x1b" not in written
    assert max(map(len, written.splitlines())) > 40


@pytest.mark.parametrize(("content", "words"), [(None, "holds nothing to read"), ("", "1 skipped, 0 failed")])
def test_cli_score_with_nothing_to_do_is_2(
    call: Call, models: list[str], tmp_path: Path, content: str | None, words: str
) -> None:
    (tmp_path / "news").mkdir()
    if content is not None:
        (tmp_path / "news" / "a.pdf").write_text(content)
    run = call("score", tmp_path / "news", "-o", tmp_path / "q.csv", *models, "--quiet")
    assert (run.code, run.out) == (2, "")
    assert words in run.err
    assert len(run.err.splitlines()) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["news"]


def test_cli_score_does_again_only_what_is_new(call: Call, models: list[str], tmp_path: Path) -> None:
    folder, table = folder_of(tmp_path), tmp_path / "quotes.csv"
    for name in "abc":
        (folder / f"{name}.txt").write_text(TEXT + name)
    assert call("score", folder, "-o", table, *models, "--quiet").code == 0
    (folder / "d.txt").write_text(TEXT + "d")
    run = call("score", folder, "-o", table, *models, "--quiet", "--overwrite", "--threads", "1")
    assert "4 read" in run.err
    assert "3 articles not scored again" in run.err
    run = call("score", folder, "-o", table, *models, "--quiet", "--overwrite", "--min-confidence", "0.1")
    assert "not scored again" not in run.err
    assert call("score", folder, "-o", table, *models, "-q", "--overwrite", "--no-cache").code == 0
    assert not (tmp_path / "quotes.csv.cache").exists()


def test_cli_score_says_that_a_text_may_have_come_twice_in_this_run(
    call: Call, models: list[str], tmp_path: Path
) -> None:
    run = call("score", folder_of(tmp_path), "-o", tmp_path / "quotes.csv", *models, "--quiet")
    assert "2 articles not scored again: the same text was read before, in this run or an earlier one" in run.err


def test_cli_score_goes_on_where_it_was_interrupted(
    call: Call, models: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, table = folder_of(tmp_path), tmp_path / "quotes.csv"
    for name in "abc":
        (folder / f"{name}.txt").write_text(TEXT + name)
    whole = tmp_path / "whole.csv"
    assert call("score", folder, "-o", whole, *models, "--quiet").code == 0
    real = score.score_folder

    def interrupted(*arguments: Any, pipe: Any, **options: Any) -> Any:
        class Tired:
            identity = ""

            def stream(self, articles: Any) -> Any:
                for article in pipe.stream(articles):
                    if article.id == "c.txt":
                        raise KeyboardInterrupt
                    yield article

        tired = Tired()
        tired.identity = pipe.identity
        return real(*arguments, pipe=tired, group_size=1, **options)

    with monkeypatch.context() as patch:
        patch.setattr(score, "score_folder", interrupted)
        run = call("score", folder, "-o", table, *models, "--quiet")
    assert run.code == 130
    assert "interrupted. 2 articles are saved in" in run.err
    assert not table.exists()
    run = call("score", folder, "-o", table, *models, "--quiet")
    assert run.code == 0
    assert "2 articles not scored again" in run.err
    # The last digits of a probability depend on what else was in its batch.
    pd.testing.assert_frame_equal(pd.read_csv(table), pd.read_csv(whole), rtol=0.01)


def test_cli_score_does_not_overwrite_unless_told(call: Call, models: list[str], tmp_path: Path) -> None:
    folder, table = folder_of(tmp_path), tmp_path / "quotes.jsonl"
    table.write_text("precious")
    run = call("score", folder, "-o", table, *models, "--quiet")
    assert run.code == 2
    assert "overwrite" in run.err
    assert table.read_text() == "precious"
    assert call("score", folder, "-o", table, *models, "--quiet", "--overwrite").code == 0
    assert table.read_text() != "precious"


def test_cli_score_refuses_a_table_of_unknown_format_before_it_works(
    call: Call, models: list[str], tmp_path: Path
) -> None:
    run = call("score", folder_of(tmp_path), "-o", tmp_path / "quotes.doc", *models)
    assert run.code == 2
    assert ".parquet" in run.err


def test_cli_help_teaches(call: Call) -> None:
    run = call("--help")
    assert run.code == 0
    assert "quotestance analyze ARTICLE.txt" in run.out
    for command in ("analyze", "score", "evaluate"):
        assert command in run.out
        usage = call(command, "--help")
        assert usage.code == 0
        assert f"quotestance {command} " in usage.out.partition("Example")[2]
    told = " ".join(call("score", "--help").out.split())
    assert "0 done, 1 some articles failed, 2 nothing could be done, 130 interrupted, 143 ended by SIGTERM." in told


def test_cli_version(call: Call) -> None:
    run = call("--version")
    assert (run.code, run.out) == (0, f"quotestance {quotestance.__version__}\n")


def test_cli_runs_as_a_module(article: Path, models: list[str]) -> None:
    command = [sys.executable, "-m", "quotestance", "analyze", str(article), *models, "-f", "json"]
    run = subprocess.run(  # noqa: S603
        command, cwd=ROOT, capture_output=True, check=False, timeout=120, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == b""
    assert json.loads(run.stdout)["text"] == TEXT
