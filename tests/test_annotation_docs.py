"""What docs/annotation.md shows is what the commands do, from articles to agreement."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from quotestance.cli import main as cli

PAGE = (Path(__file__).parents[1] / "docs" / "annotation.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
TEXT = '"We will talk," Ann Lee said. "Soon," she added.\r\n\r\nThe mayor \U0001f525 said that the war was over.\n'

Call = Callable[..., tuple[int, str]]


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], attribution_folder: Path, stance_folder: Path
) -> Call:
    """Run a command with models of random weights in place of the fast ones; gives exit code and all that it wrote."""
    models = ["--attribution", str(attribution_folder), "--stance", str(stance_folder)]

    def run(command: str, *more: str) -> tuple[int, str]:
        words = [*shlex.split(command), *more]
        given = [one for word in words for one in (models if word == "--fast" else [word])]
        monkeypatch.setattr(sys, "argv", given)
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.run()
        return int(ended.value.code or 0), "".join(capfd.readouterr())

    return run


def annotate(folder: Path) -> None:
    """Do what people do between the commands: accept all predictions, one of them, and two of them."""
    tasks = json.loads((folder / "to_correct" / "tasks.json").read_text(encoding="utf-8"))
    for name, people in {
        "corrected.json": ["ana@example.org"],
        "by_two.json": ["bo@example.org", "ana@example.org"],
    }.items():
        done = [
            {
                "id": number,
                "data": task["data"],
                "annotations": [
                    {"completed_by": {"email": by}, "result": task["predictions"][0]["result"]} for by in people
                ],
            }
            for number, task in enumerate(tasks, 1)
        ]
        (folder / name).write_text(json.dumps(done), encoding="utf-8")


def test_annotation_docs_commands_run_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("articles").mkdir()
    for number in range(2):
        Path("articles", f"{number}.txt").write_bytes(f"Day {number}. {TEXT}".encode())
    lines = [json.dumps({"id": str(number), "text": f"Day {number}. {TEXT}"}) for number in range(2)]
    Path("articles.jsonl").write_text("\n".join(lines), encoding="utf-8")
    told = {}
    for command in COMMANDS:
        code, told[command] = call(
            command, *(["--draws", "0"] if "evaluate" in command or "agreement" in command else [])
        )
        assert code == 0, told[command]
        if command.startswith("quotestance export articles/"):
            annotate(tmp_path)
    assert "evaluate" in "".join(COMMANDS)
    assert re.search(r"2 articles, [1-9]\d* quotes -> to_correct", told[COMMANDS[0]])
    found = [json.loads(line) for line in Path("found.jsonl").read_text(encoding="utf-8").splitlines()]
    assert any(article["quotes"] for article in found)
    assert len(list(Path("collection").glob("*.ann"))) == 2
    code, words = call("quotestance evaluate corrected.json --predictions to_correct/tasks.json --json", "--draws", "0")
    assert json.loads(words)["quotes"]["all"]["exact"]["f1"] == 1.0


def test_annotation_cli_refuses_what_would_lose_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("found.jsonl").write_text(json.dumps({"id": "a", "text": "Liu said no.", "quotes": [
        {"kind": "indirect", "content": [[9, 11]]}]}), encoding="utf-8")  # fmt: skip
    assert call("quotestance export found.jsonl --to brat") == (0, "1 article, 1 quote -> found.brat\n")
    code, words = call("quotestance export found.jsonl --to brat")
    assert (code, words) == (
        2,
        "quotestance: found.brat is there already, maybe with corrections in it. Name another output (-o).\n",
    )
    code, words = call("quotestance export found.jsonl --to jsonl -o again.jsonl --device cpu --no-cascade")
    assert (code, Path("again.jsonl").exists()) == (2, False)
    assert "--no-cascade, --device would have no effect: all articles were scored before" in " ".join(words.split())
    Path("empty.jsonl").touch()
    code, words = call("quotestance export empty.jsonl --to brat --fast")
    assert (code, words) == (2, "quotestance: empty.jsonl: no articles in it, so there is nothing to export.\n")
    shutil.copy("found.brat/a.ann", "found.brat/a_ben.ann")
    code, words = call("quotestance evaluate found.brat --predictions found.jsonl --draws 0")
    assert code == 0
    assert "--annotator NAME" in words
    assert call("quotestance evaluate found.brat --predictions found.jsonl --annotator ben --draws 0")[0] == 0
    row = {"article_id": "a", "quote": 0, "text": "no", "start": 9, "end": 11}
    Path("quotes.jsonl").write_text(json.dumps(row), encoding="utf-8")
    code, words = call("quotestance export quotes.jsonl --to jsonl")
    assert (code, words.count("table of quotes")) == (2, 1)
    Path("none.txt").write_bytes(b"\x00\x01\x02\xff")
    code, words = call("quotestance export none.txt --to jsonl")
    assert (code, words.count("no article can be read")) == (2, 1)
    assert not Path("none.export.jsonl").exists()
