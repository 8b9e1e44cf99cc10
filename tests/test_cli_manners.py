"""What the commands do when they are used in a hurry, interrupted, or wrongly."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from evaluation_articles import talks
from test_cli import TEXT, Call, articles_of
from test_io_batch import FakePipe

from quotestance.cli import evaluate, messages
from quotestance.cli.models import load_pipe
from quotestance.cli.stdin import read_standard_input
from quotestance.devices import find_device
from quotestance.errors import CheckpointError
from quotestance.evaluation.runs import sha256
from quotestance.folders import open_folder, shipped_names
from quotestance.io.article_lines import write_articles
from quotestance.io.readers import read_articles
from quotestance.io.table import to_csv
from quotestance.pipeline import Pipeline, load
from quotestance.render import to_html
from quotestance.types import Article

pytest_plugins = ["test_cli"]  # its fixtures

ROOT = Path(__file__).parents[1]
COMMANDS = (
    *("analyze", "score", "evaluate", "compare", "runs", "agreement", "link", "report", "export"),
    *("train quotes", "train stance"),
)


class Terminal(io.StringIO):
    """Standard error of a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    "words", ["export articles --to spacy", "analyze a.txt --format pdf", "score news -o q.csv --engine x"]
)
def test_cli_a_value_that_is_no_choice_is_told_with_the_choices(call: Call, words: str) -> None:
    run = call(*words.split())
    assert run.code == 2
    assert f"{words.split()[-1]!r} is not one of '" in run.err
    assert "Value error" not in run.err


def test_cli_help_is_short_too_and_every_command_can_tell_more(call: Call) -> None:
    assert call("-h").out == call("--help").out != ""
    for command in COMMANDS:
        run = call(*command.split(), "-h")
        assert run.code == 0
        assert "--verbose" in run.out
        assert f"Usage: quotestance {command} " in run.out


def test_cli_completes_commands(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_QUOTESTANCE_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "quotestance ev")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert call("ev").out.split() == ["evaluate"]


def test_cli_output_name_tells_the_format(call: Call, models: list[str], article: Path, tmp_path: Path) -> None:
    starts = {
        "a.html": "<!DOCTYPE html>",
        "a.HTM": "<!DOCTYPE html>",
        "a.json": "{\n",
        "a.jsonl": '{"',
        "a.csv": "article_id,",
    }
    for name, start in starts.items():
        assert call("analyze", article, *models, "-o", tmp_path / name).code == 0
        assert (tmp_path / name).read_text().startswith(start), name
    assert call("analyze", article, *models, "--explain", "-o", tmp_path / "why.html").code == 0
    assert call("analyze", article, *models, "-f", "json", "-o", tmp_path / "b.html").code == 0
    assert (tmp_path / "b.html").read_text().startswith("{")
    run = call("analyze", article, *models, "-o", tmp_path / "a.parquet")
    assert (run.code, (tmp_path / "a.parquet").exists()) == (2, False)
    assert ".html" in run.err
    assert "--format" in run.err


def test_cli_encoding_is_the_one_that_is_given(call: Call, models: list[str], tmp_path: Path) -> None:
    text = "“Мы готовы”, said Bo."
    data = text.encode("cp1251")
    (tmp_path / "a.txt").write_bytes(data)
    options = [*models, "-f", "jsonl", "--encoding", "cp1251"]
    assert [article.text for article in articles_of(call("analyze", tmp_path / "a.txt", *options))] == [text]
    assert [article.text for article in articles_of(call("analyze", "-", *options, given=data))] == [text]
    page = f"<html><article><p>{text}</p></article></html>".encode("cp1251")
    assert [article.text for article in articles_of(call("analyze", "-", *options, given=page))] == [text]
    exported = [*models, "--to", "jsonl", "-o", tmp_path / "e.jsonl"]
    for command in (["score", "-o", tmp_path / "q.jsonl", *models, "-q"], ["export", *exported]):
        run = call(command[0], tmp_path / "a.txt", *command[1:], "--encoding", "utf-8")
        assert (run.code, "not utf-8" in run.err) == (2, True), run.err
    assert call("export", tmp_path / "a.txt", *exported, "--encoding", "cp1251", "--device", "cpu").code == 0
    assert json.loads((tmp_path / "e.jsonl").read_text(encoding="utf-8"))["text"] == text
    run = call("export", tmp_path / "a.txt", *models, "--to", "brat", "--device", "abacus")
    assert (run.code, "no device 'abacus'" in run.err) == (2, True)
    for source in (tmp_path / "a.txt", "-"):
        run = call("analyze", source, *models, "--encoding", "klingon", given=data)
        assert (run.code, run.err.count("klingon"), len(run.err.splitlines())) == (2, 1, 1)


def test_cli_refuses_an_unknown_encoding_before_anything_else(call: Call, tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    for name in ("bogus", "rot13"):
        for command in (
            ["report", "none.parquet", "--articles", tmp_path],
            ["report", tmp_path / "news"],
            ["score", "-"],
        ):
            run = call(*command, "-o", tmp_path / "new" / "out", "--encoding", name)
            assert (run.code, f"Unknown encoding '{name}'" in run.err, len(run.err.splitlines())) == (2, True, 1)
    assert [*tmp_path.iterdir()] == [tmp_path / "news"]


def test_cli_report_reads_articles_as_they_were_scored(call: Call, models: list[str], tmp_path: Path) -> None:
    news, table, site = tmp_path / "news.csv", tmp_path / "quotes.parquet", tmp_path / "site"
    news.write_bytes("key,body\nn1,“Мы готовы” said the war.\n".encode("cp1251"))
    reading = ["--text-column", "body", "--id-column", "key", "--encoding", "cp1251"]
    assert call("score", news, "-o", table, *models, *reading, "--min-confidence", "0", "-q").code == 0
    run = call("report", table, "--articles", news, "-o", site, *reading)
    assert (run.code, "do not stand" in run.err) == (0, False), run.err
    (page,) = (site / "articles").glob("*.html")
    assert "Мы готовы" in re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))


def test_cli_report_of_a_folder_in_which_one_failed_is_1(
    call: Call, tiny_pipe: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "a.txt").write_text(TEXT)
    (tmp_path / "news" / "b.txt").write_bytes(b"PK\x03\x04\x00\x00\x01")
    monkeypatch.setattr("quotestance.cli.report.load_pipe", lambda *_, **__: tiny_pipe)
    run = call("report", tmp_path / "news", "-o", tmp_path / "site")
    assert (run.code, (tmp_path / "site" / "index.html").exists()) == (1, True)
    assert "1 read, 0 skipped, 1 failed" in run.err


def test_cli_score_tells_of_cells_that_excel_cuts(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("xlsxwriter")
    monkeypatch.setattr("quotestance.cli.score.load_pipe", lambda *_: FakePipe())
    (tmp_path / "a.txt").write_text("\U0001f600" * 20_000 + " he said.")
    run = call("score", tmp_path / "a.txt", "-o", tmp_path / "q.xlsx", "-q")
    assert (run.code, run.err.count("cells were cut")) == (0, 1)


def test_cli_names_models_that_there_are_at_once(
    call: Call, article: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quotestance.pipeline.load", lambda **_: pytest.fail("began to load"))
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: pytest.fail("asked the hub"))
    for arguments in (["analyze", article], ["score", article, "-o", tmp_path / "q.csv"]):
        run = call(*arguments, "--stance", "stance-em")
        assert (run.code, len(run.err.splitlines())) == (2, 1)
        assert all(name in run.err for name in ("stance-em", *shipped_names()))


def test_cli_takes_the_name_of_a_shipped_model() -> None:
    assert shipped_names() == ["attribution-en", "stance-en"]
    assert open_folder("stance-en").name == "stance-en"
    with pytest.raises(CheckpointError, match="no folder"):
        open_folder(Path("stance-en"))  # a path is a folder


def test_cli_asks_the_hub_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def nobody(_: object, name: str, **options: float) -> None:
        asked.append(name)
        assert options["timeout"] <= 10
        raise OSError("no network.\nTry again.")

    monkeypatch.setattr("huggingface_hub.HfApi.model_info", nobody)
    with pytest.raises(CheckpointError, match=r"from the hub: no network\. Try again\. Name .* stance-en\.$"):
        open_folder("nobody/no-such-model")
    assert asked == ["nobody/no-such-model"]


def test_devices_are_found_or_named(
    call: Call, article: Path, attribution_folder: Path, stance_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert find_device("auto").type == "cpu"
    folders = {"attribution": attribution_folder, "stance": stance_folder}
    assert load(**folders, device="auto").identity == load(**folders, device="cpu").identity
    with pytest.raises(ValueError, match="no device 'cuda:99' here"):
        load(**folders, device="cuda:99")
    for name in ("cuda:99", "abacus", "meta"):
        run = call("analyze", article, "--device", name)
        assert run.code == 2
        assert f"--device: There is no device '{name}' here" in run.err
        assert "Available: cpu" in run.err
    assert (
        call(
            "analyze", article, "--attribution", attribution_folder, "--stance", stance_folder, "--device", "auto"
        ).code
        == 0
    )


def test_cli_checks_what_it_would_write_before_it_loads(
    call: Call, article: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quotestance.pipeline.load", lambda **_: pytest.fail("began to load"))
    gold, run_folder, table, site = tmp_path / "g.jsonl", tmp_path / "run", tmp_path / "q.csv", tmp_path / "site"
    write_articles([talks()], gold)
    to_csv([talks()], table)
    run_folder.mkdir()
    (run_folder / "run.json").write_text("precious")
    assert call("report", table, "-o", site).code == 0
    assert call("link", table).code == 0
    before = (site / "report.json").read_bytes()
    for arguments in (
        ["evaluate", gold, "--out", run_folder],
        ["score", article, "-o", table],
        ["report", table, "-o", site],
        ["link", table],
        ["link", table, "-o", table],
    ):
        run = call(*arguments)
        assert run.code == 2, arguments
        assert "--overwrite" in run.err
        assert "overwrite=True" not in run.err
        assert len(run.err.splitlines()) == 1
    assert (run_folder / "run.json").read_text() == "precious"
    assert (site / "report.json").read_bytes() == before
    assert call("link", table, "--overwrite").code == 0
    assert call("report", table, "-o", site, "--overwrite").code == 0


@pytest.mark.parametrize("place", ["file/out", "missing/out", "locked/out", "folder"])
def test_cli_finds_before_it_works_that_an_output_cannot_be_written(
    place: str, call: Call, article: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quotestance.pipeline.load", lambda **_: pytest.fail("began to load"))
    monkeypatch.setattr("quotestance.identities.tables._rows", lambda *_: pytest.fail("began to read"))
    monkeypatch.setattr(os, "access", lambda folder, _: Path(folder).name != "locked")  # root may write anywhere
    gold, table, news = tmp_path / "g.jsonl", tmp_path / "q.csv", tmp_path / "news"
    write_articles([talks()], gold)
    to_csv([talks()], table)
    for folder in (news, tmp_path / "locked"):
        folder.mkdir()
    (news / "a.txt").write_text("No.")
    (tmp_path / "file").write_text("precious")
    out = tmp_path / place
    taken = out.with_name(f"{out.name}.csv")
    if place == "folder":
        for folder in (taken, out.with_name("folder.identities.parquet"), out):
            folder.mkdir()
            (folder / "thesis.tex").write_text("precious")
    commands = {
        "analyze": ["analyze", article, "-o", taken, "--overwrite"],
        "export": ["export", article, "--to", "brat", "-o", out],
        "link": ["link", table, "-o", taken, "--overwrite"],
        "identities": ["link", table, "--identities", taken, "--overwrite"],
        "score": ["score", article, "-o", taken, "--overwrite"],
        "evaluate": ["evaluate", gold, "--out", out],
        "report": ["report", news, "-o", out],
    }
    makes_folders = ("score", "evaluate", "report")
    for name, command in commands.items():
        if place == "missing/out" and name in makes_folders:
            continue
        run = call(*command)
        assert (run.code, len(run.err.splitlines()), out.name in run.err) == (2, 1, True), (name, run.err)
    assert not list(tmp_path.rglob("*.partial"))
    if place == "folder":
        (out / "thesis.tex").unlink()
        run = call("report", news, "-o", out)
        assert (run.code, "folder.identities.parquet is a folder" in run.err) == (2, True)


@pytest.mark.parametrize("given", [True, False])
def test_cli_evaluate_shows_how_far_it_is(
    given: bool, tiny_pipe: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gold = tmp_path / "gold.jsonl"
    write_articles([talks().replace(id=str(number)) for number in range(3)], gold)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("quotestance.cli.evaluate.load_pipe", lambda *_, **__: tiny_pipe)
    evaluate.evaluate(gold, gold_quotes=given, draws=0)
    assert "3/3" in terminal.getvalue()


def test_cli_tells_an_error_of_its_own_without_a_traceback(
    call: Call, article: Path, models: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("a \x1b[31mnut came loose")

    monkeypatch.setattr("quotestance.cli.analyze._formatted", fail)
    run = call("analyze", article, *models)
    assert (run.code, len(run.err.splitlines()), run.err.count("nut")) == (2, 1, 1)
    assert "\x1b" not in run.err
    assert "Traceback" in call("analyze", article, *models, "--verbose").err


LOADING = """
import sys, time, types
pipeline = types.ModuleType("quotestance.pipeline")
def load(**options):
    print("loading", flush=True)
    try:
        time.sleep(60)
    except BaseException:  # as what imports torch in C may do
        raise ImportError("initialization failed")
pipeline.load = load
devices = types.ModuleType("quotestance.devices")
devices.find_device = str
sys.modules |= {"quotestance.pipeline": pipeline, "quotestance.devices": devices}
sys.argv = ["quotestance", *sys.argv[1:]]
from quotestance.cli.main import run
run()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_cli_ends_cleanly_while_models_load(article: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-c", LOADING, "analyze", str(article)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "loading\n"
        run.send_signal(number)
        _, err = run.communicate(timeout=60)
    assert (run.returncode, err) == (128 + number, "quotestance: interrupted.\n")


@pytest.mark.parametrize("command", ["analyze", "evaluate", "runs"])
def test_cli_ends_cleanly_while_it_works(
    command: str, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gold = tmp_path / "gold.jsonl"
    write_articles([talks()], gold)

    class Tired:
        def stream(self, _: object) -> Iterator[object]:
            os.kill(os.getpid(), signal.SIGINT)
            yield from ()

        resolve_speakers = classify_stance = stream

    def list_runs(_: object) -> Any:
        os.kill(os.getpid(), signal.SIGTERM)

    for module in ("analyze", "evaluate"):
        monkeypatch.setattr(f"quotestance.cli.{module}.load_pipe", lambda *_, **__: Tired())
    monkeypatch.setattr("quotestance.evaluation.list_runs", list_runs)
    handler = signal.getsignal(signal.SIGINT)
    run = call(command, gold)
    assert (run.code, run.out, run.err) == (143 if command == "runs" else 130, "", "quotestance: interrupted.\n")
    assert signal.getsignal(signal.SIGINT) is handler


def test_cli_messages_name_options() -> None:
    words = messages.in_options("Name the one with the text (text_column), or set overwrite=True.")
    assert words == "Name the one with the text (--text-column), or set --overwrite."


def test_cli_options_that_exclude_each_other(call: Call, article: Path) -> None:
    run = call("analyze", article, "--fast", "--cascade")
    assert run.code == 2
    assert "give --fast or --cascade" in run.err
    run = call("score", article, "-o", "x", "--engine", "ray", "--encoding", "utf-8")
    assert (run.code, "--encoding" in run.err) == (2, True)
    run = call("score", article, "-o", "x", "--workers", "2", "--threads", "2")
    assert (run.code, "give --threads or --workers" in run.err) == (2, True)
    with pytest.raises(typer.BadParameter):
        load_pipe(None, None, fast=True, cascade=True)
    with pytest.raises(typer.BadParameter, match="give --fast or --stance"):
        load_pipe(None, "stance-en", fast=True, cascade=None)


@pytest.mark.parametrize(
    ("given", "passed_on"),
    [
        ("", {}),
        ("--fast", {"fast": True}),
        ("--cascade --stance stance-en", {"cascade": True, "stance": "stance-en"}),
        ("--no-cascade", {"cascade": False}),
        ("--min-confidence 0", {"min_confidence": 0.0}),
    ],
)
def test_cli_passes_on_what_is_given(
    given: str,
    passed_on: dict[str, Any],
    call: Call,
    article: Path,
    monkeypatch: pytest.MonkeyPatch,
    tiny_pipe: Pipeline,
) -> None:
    asked: list[dict[str, Any]] = []

    def noted(**options: Any) -> Pipeline:
        asked.append(options)
        return tiny_pipe

    monkeypatch.setattr("quotestance.pipeline.load", noted)
    assert call("analyze", article, *given.split()).code == 0
    assert asked == [passed_on]


@pytest.mark.parametrize(
    ("command", "idle"),
    [
        ("analyze ARTICLE --fast --stance stance-en", "--fast or --stance"),
        ("analyze ARTICLE --overwrite", "--overwrite"),
        ("analyze - --id-column key", "--id-column"),
        ("analyze - --text-column body", "--text-column"),
        ("score ARTICLE -o x --engine ray --fast --stance stance-en", "--fast or --stance"),
        ("score ARTICLE -o x --engine ray --no-cache", "--no-cache"),
        ("score ARTICLE -o x.csv --address auto", "--address"),
        ("evaluate GOLD --predictions GOLD --attribution attribution-en", "--attribution"),
        ("evaluate GOLD --predictions GOLD --stance stance-en", "--stance"),
        ("evaluate GOLD --predictions GOLD --fast --device cpu", "--fast, --device"),
        ("evaluate GOLD --predictions GOLD --cascade --stance-shares news", "--cascade, --stance-shares"),
        ("evaluate GOLD --predictions GOLD --no-cascade", "--no-cascade"),
        ("evaluate GOLD --overwrite", "--overwrite"),
        ("report GOLD -o x --fast", "--fast"),
        ("report GOLD -o x --id-column key --encoding utf-8", "--id-column, --encoding"),
    ],
)
def test_cli_refuses_options_without_effect(
    command: str, idle: str, call: Call, article: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quotestance.pipeline.load", lambda **_: pytest.fail("began to load"))
    monkeypatch.chdir(tmp_path)
    write_articles([talks()], gold := tmp_path / "g.jsonl")
    paths = {"ARTICLE": article, "GOLD": gold}
    run = call(*(paths.get(word, word) for word in command.split()), given=b"No.")
    assert (run.code, run.out, idle in run.err) == (2, "", True), run.err
    assert {path.name for path in tmp_path.iterdir()} == {"g.jsonl", "article.txt"}


def test_cli_evaluate_takes_gold_quotes_with_predictions(call: Call, tmp_path: Path) -> None:
    write_articles([talks()], gold := tmp_path / "g.jsonl")
    run = call("evaluate", gold, "--predictions", gold, "--gold-quotes", "--json", "--draws", "0")
    assert (run.code, json.loads(run.out)["quotes"]) == (0, None)  # they tell which layers are scored


def test_cli_evaluate_tells_the_hashes_of_what_it_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, gold = tmp_path / "model", tmp_path / "g.jsonl"
    folder.mkdir()
    weights = folder / "model.safetensors"
    weights.write_bytes(b"first")
    write_articles([talks()], gold)
    before = {file: sha256(file) for file in (weights, gold)}

    class Pipe(FakePipe):
        @property
        def folders(self) -> dict[str, Path]:
            return {"attribution": folder}

        def stream(self, articles: Iterable[Article]) -> Iterator[Article]:
            for file in before:  # somebody trains on, and corrects the gold
                file.write_bytes(b"second")
            return super().stream(articles)

    monkeypatch.setattr("quotestance.cli.evaluate.load_pipe", lambda *_, **__: Pipe())
    evaluate.evaluate(gold, out=tmp_path / "run", draws=0)
    run = json.loads((tmp_path / "run" / "run.json").read_bytes())
    assert run["models"]["attribution"]["sha256"] == {weights.name: before[weights]}
    assert run["gold"]["sha256"] == before[gold]


def test_cli_evaluate_keeps_its_results_whatever_the_names_hold(call: Call, tmp_path: Path) -> None:
    odd = [talks().replace(id=name, meta={"out\ud800": "x\udfff"}) for name in ("a\ud800", "b\udcff")]
    gold = tmp_path / "gold\udcff.jsonl"
    gold.write_text("".join(json.dumps(article.to_dict()) + "\n" for article in odd))
    found, out = tmp_path / "found\udcff", tmp_path / "run\udcff"
    found.mkdir()
    (found / "p\udcff.jsonl").write_bytes(gold.read_bytes())
    for arguments in ([], ["--json"]):
        options = ["--predictions", found, "--out", out, "--slice", "out\ud800", "--draws", "0", *arguments]
        run = call("evaluate", gold, *options, *(["--overwrite"] if arguments else []))
        assert (run.code, (out / "run.json").exists(), (out / "report.html").exists()) == (0, True, True), run.err
    assert call("runs", tmp_path).code == call("compare", out, out, "--draws", "0").code == 0


def test_cli_export_scores_the_articles_that_tell_nothing_of_quotes(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Pipe:
        def stream(self, articles: list[Article]) -> Iterator[Article]:
            for article in articles:
                yield article.replace(quotes=talks().quotes)

    loaded: list[Pipe] = []

    def load_pipe(*_: object, **__: object) -> Pipe:
        loaded.append(Pipe())
        return loaded[-1]

    monkeypatch.setattr("quotestance.cli.export.load_pipe", load_pipe)
    news = tmp_path / "news"
    news.mkdir()
    text = talks().text
    done = [talks().replace(id="done"), talks().replace(id="none", quotes=())]  # somebody found that it has none
    records = [*(article.to_dict() for article in done), {"id": "new", "text": text}]
    (news / "some.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    (news / "text.txt").write_text(text)
    for number, source in enumerate((news, news / "some.jsonl")):
        run = call("export", source, "--to", "jsonl", "-o", tmp_path / f"{number}.jsonl")
        assert run.code == 0, run.err
        found = {article.id: len(article.quotes) for article in read_articles(tmp_path / f"{number}.jsonl")}
        all_of_them = len(talks().quotes)
        expected = {"done": all_of_them, "none": 0, "new": all_of_them}
        assert found == (expected if number else {**expected, "text.txt": all_of_them})
    assert len(loaded) == 2
    write_articles(done, whole := tmp_path / "done.jsonl")
    assert call("export", whole, "--to", "jsonl").code == 0
    whole.write_text(whole.read_text() + "{damaged\n")
    assert call("export", whole, "--to", "brat").code == 1
    assert len(loaded) == 2


def test_cli_analyze_puts_articles_into_one_page_with_ids_of_their_own(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Pipe:
        def stream(self, articles: Iterable[Article]) -> Iterator[Article]:
            for article in articles:
                yield article.replace(quotes=talks().quotes)

    monkeypatch.setattr("quotestance.cli.analyze.load_pipe", lambda *_: Pipe())
    many = tmp_path / "many.jsonl"
    many.write_text("".join(json.dumps({"id": name, "text": talks().text}) + "\n" for name in "abc"))
    page = call("analyze", many, "-f", "html").out
    for tag in ("<!doctype", "<html", "<meta charset", "<main"):
        assert page.lower().count(tag) == 1, tag
    assert "<title>3 articles</title>" in page
    assert re.findall(r'<h1 dir="auto">([^<]*)</h1>', page) == ["a", "b", "c"]
    ids = re.findall(r'\bid="([^"]*)"', page)
    assert len(ids) == len(set(ids)) > 3
    assert set(re.findall(r'href="#([^"]*)"', page)) <= set(ids)
    many.write_text(json.dumps({"id": "a", "text": talks().text}) + "\n")
    (read,) = read_articles(many)
    assert call("analyze", many, "-f", "html").out == to_html(read.replace(quotes=talks().quotes)) + "\n"


def test_cli_export_tells_what_was_skipped(call: Call, tmp_path: Path) -> None:
    (news := tmp_path / "news").mkdir()
    write_articles([talks()], news / "g.jsonl")
    for number in range(7):
        (news / f"{number}.jpg").write_bytes(b"")
    run = call("export", news, "--to", "jsonl")
    told = [line for line in run.err.splitlines() if line.startswith("Skipped: ")]
    assert (run.code, len(told), told[-1]) == (0, 6, "Skipped: 2 more"), run.err
    assert told[0].startswith("Skipped: 0.jpg: ")
    assert len(told[0]) > len("Skipped: 0.jpg: ")
    write_articles([talks(), Article("", id="none")], one := tmp_path / "one.jsonl")
    run = call("export", one, "--to", "brat")
    assert "1 article, 4 quotes" in run.err
    assert "Skipped: none: empty" in run.err


@pytest.mark.parametrize("where", [".", "..", "sub/.."])
def test_cli_export_goes_beside_the_folder_that_one_stands_in(
    where: str, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "news" / "sub").mkdir(parents=True)
    write_articles([talks()], tmp_path / "news" / "g.jsonl")
    monkeypatch.chdir(tmp_path / "news" / ("sub" if where == ".." else ""))
    run = call("export", where, "--to", "brat")
    assert (run.code, (tmp_path / "news.brat" / "annotation.conf").exists()) == (0, True), run.err


def test_cli_writes_nothing_among_the_articles(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quotestance.pipeline.load", lambda **_: pytest.fail("began to load"))
    news, table = tmp_path / "news", tmp_path / "q.csv"
    news.mkdir()
    (news / "a.txt").write_text("No.")
    to_csv([talks()], table)
    for arguments in (
        ["report", table, "--articles", news, "-o", news / "site"],
        ["report", news, "-o", news / "site"],
        ["export", news, "--to", "jsonl", "-o", news / "found.jsonl"],
        ["score", news, "-o", news / "q.csv"],
    ):
        run = call(*arguments)
        assert (run.code, "among the articles" in run.err) == (2, True), run.err
    assert [file.name for file in news.iterdir()] == ["a.txt"]


def test_cli_report_needs_a_folder_with_a_name(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    to_csv([talks()], tmp_path / "q.csv")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    run = call("report", tmp_path / "q.csv", "-o", ".")
    assert (run.code, "a folder of its own" in run.err) == (2, True), run.err


def test_cli_tells_what_table_was_meant(call: Call, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("id,name\n1,Roe\n")
    for arguments in (["link", other], ["report", other, "-o", tmp_path / "site"]):
        run = call(*arguments)
        assert (run.code, "other.csv a table that 'quotestance score' wrote" in run.err) == (2, True), run.err
        assert "--text-column" not in run.err
    write_articles([talks()], gold := tmp_path / "g.jsonl")
    to_csv([talks()], tmp_path / "q.csv")
    run = call("evaluate", gold, "--predictions", tmp_path / "q.csv")
    assert (run.code, "--to jsonl" in run.err) == (2, True), run.err


def test_cli_runs_tells_of_damaged_runs_and_of_none(call: Call, tmp_path: Path) -> None:
    write_articles([talks()], gold := tmp_path / "g.jsonl")
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / "notes.txt").write_text("Mine.")
    run = call("runs", runs)
    assert (run.code, run.out, "holds no run" in run.err, "notes" in run.err) == (0, "", True, False)
    for name in ("one", "two"):
        call("evaluate", gold, "--predictions", gold, "--draws", "0", "--out", runs / name)
    (runs / "two" / "metrics.json").write_text("{")
    run = call("runs", runs)
    assert (run.code, "one" in run.out, "two" in run.out) == (0, True, False)
    (line,) = run.err.splitlines()
    assert "two/metrics.json: damaged" in line.replace(os.sep, "/")


@pytest.mark.parametrize(
    ("given", "is_json"),
    [
        (b'{"text": "No."}', True),
        (b'{"text": "No."}\n{"text": "Yes."}\n', True),
        (b' [\n{"text": "No."}]', True),
        (b"[Updated] He said no.", False),
        (b"{1} He said no.", False),
        (b"[1]\nHe said no.", False),
    ],
)
def test_cli_standard_input_is_no_records(given: bytes, is_json: bool, call: Call, models: list[str]) -> None:
    run = call("analyze", "-", *models, given=given)
    assert (run.code, "is JSON" in run.err) == ((2, True) if is_json else (0, False)), run.err


def test_cli_says_how_to_read_a_pipe(call: Call, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "63")
    run = call("analyze", tmp_path / "63")
    assert (run.code, "'analyze -' reads a pipe" in run.err) == (2, True)


def test_cli_export_tells_of_failures_in_options(
    call: Call, tiny_pipe: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quotestance.cli.export.load_pipe", lambda *_, **__: tiny_pipe)
    (tmp_path / "a.jsonl").write_text('{"text": "He said no."}\n{"body": "She said yes."}\n')
    run = call("export", tmp_path / "a.jsonl", "--to", "jsonl")
    assert (run.code, "(--text-column)" in run.err) == (1, True), run.err


def test_cli_says_what_to_do_about_a_full_disk(
    call: Call, models: list[str], article: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    write_articles([talks()], gold := tmp_path / "g.jsonl")
    to_csv([talks()], table := tmp_path / "q.csv")
    monkeypatch.setattr("quotestance.io.saving.os.fsync", fail)
    monkeypatch.setattr("quotestance.evaluation.runs._write_json", fail)
    commands = {
        "analyze": ["analyze", article, *models, "-o", tmp_path / "found.txt"],
        "link": ["link", table],
        "evaluate": ["evaluate", gold, "--predictions", gold, "--draws", "0", "--out", tmp_path / "run"],
    }
    for name, command in commands.items():
        run = call(*command)
        assert (run.code, len(run.err.splitlines())) == (2, 1), (name, run.err)
        assert "No space left on device. Free some space, and run the same again." in run.err, name
        assert "Errno" not in run.err


def test_cli_leaves_the_end_of_a_terminal_to_nohup() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with messages.stopping_in_words():
            os.kill(os.getpid(), signal.SIGHUP)
            assert signal.getsignal(signal.SIGTERM) != signal.SIG_DFL
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_cli_says_that_an_output_is_a_link_in_a_circle(call: Call, article: Path, tmp_path: Path) -> None:
    out, table = tmp_path / "out", tmp_path / "table.csv"
    out.mkdir()
    table.write_text("article_id,text,speaker_name\na,No.,Bo\n")
    for command, source, name, *options in (
        ("analyze", article, "a.txt"),
        ("score", article, "q.csv"),
        ("export", article, "e.jsonl", "--to", "jsonl"),
        ("link", table, "l.csv"),
        ("report", table, "site"),
    ):
        (out / name).symlink_to(out / name)
        run = call(command, source, "-o", out / name, *options)
        assert (run.code, run.out) == (2, ""), command
        assert f"{name}: a link in a circle. Remove it, or name another output." in run.err, command


@pytest.mark.parametrize("length", [250, 300])
def test_cli_says_that_the_name_of_an_output_is_long(call: Call, article: Path, tmp_path: Path, length: int) -> None:
    (table := tmp_path / "table.csv").write_text("article_id,text,speaker_name\na,No.,Bo\n")
    for command, source, suffix in (("score", article, ".csv"), ("link", table, ".csv"), ("report", table, "")):
        run = call(command, source, "-o", tmp_path / ("a" * (length - len(suffix)) + suffix))
        assert run.code == 2, command
        assert "File name too long" in run.err, command
        assert "Give a shorter name" in run.err, command
        assert "Errno" not in run.err, command


def test_cli_says_what_to_do_where_the_disk_of_an_output_is_away(call: Call, tmp_path: Path) -> None:
    (table := tmp_path / "table.csv").write_text("article_id,text,speaker_name\na,No.,Bo\n")
    (tmp_path / "out").symlink_to(tmp_path / "away")
    run = call("report", table, "-o", tmp_path / "out" / "site")
    assert run.code == 2
    assert "File exists" in run.err
    assert "Mend the link that leads to what is missing" in run.err
    assert "Errno" not in run.err


def test_cli_analyze_does_not_write_among_the_articles_that_it_reads(call: Call, article: Path, tmp_path: Path) -> None:
    for name in ("found.jsonl", "found.html", "sub/found.csv"):
        run = call("analyze", article.parent, "-o", tmp_path / name)
        assert (run.code, "would be among the articles of" in run.err) == (2, True), name
    assert [path.name for path in tmp_path.iterdir()] == [article.name]


def test_cli_takes_the_outlet_of_a_page_on_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    head = '<title>Talks</title><meta property="og:site_name" content="The Herald">'
    page = f"<html><head>{head}</head><body><article><p>Liu said that the talks go on.</p></article></body></html>"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(page.encode())))
    assert read_standard_input(None).meta == {"outlet": "The Herald"}


def test_cli_report_of_a_folder_never_replaces_identities_unless_told(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quotestance.cli.report.load_pipe", lambda **_: pytest.fail("not before all is checked"))
    news, people = tmp_path / "news", tmp_path / "site.identities.parquet"
    news.mkdir()
    (news / "a.txt").write_text("Liu said no.")
    people.write_text("of another table")
    run = call("report", news, "-o", tmp_path / "site")
    assert (run.code, people.read_text()) == (2, "of another table")
    assert f"{people} is there already. Name another output, or set --overwrite." in run.err
    assert sorted(file.name for file in tmp_path.iterdir()) == ["news", people.name]
