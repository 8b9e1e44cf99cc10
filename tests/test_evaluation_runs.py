"""Run folders, their comparison, the commands, and what the reports look like."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import typer
from evaluation_articles import OKORO, RUIZ, TALKS, Parrot, copies, harbour, quote, talks, with_answers
from typer.testing import CliRunner

from quotestance import Article, Stance
from quotestance.cli.evaluate import register
from quotestance.errors import FormatError
from quotestance.evaluation import Report, compare, evaluate, list_runs, load_report, write_run
from quotestance.evaluation import runs as run_folders
from quotestance.evaluation.report.plots import confusion_matrix, precision_recall
from quotestance.evaluation.runs import describe_environment, sha256

STATIC = ("run.json", "metrics.json", "counts.json", "items.jsonl", "predictions.jsonl", "report.md", "report.html")


def soft(article: Article, label: str, sure: float) -> Article:
    others = [name for name in ("escalatory", "de-escalatory", "neutral") if name != label]
    stance = Stance({label: sure, **dict.fromkeys(others, (1 - sure) / 2)})
    return article.replace(quotes=tuple(replace(q, stance=stance, confidence=0.8) for q in article.quotes))


def answers() -> list[Article]:
    spurious = quote(TALKS, "told reporters", "Ana Ruiz", RUIZ, "neutral", 0.9)
    first = soft(talks(), "neutral", 0.7)
    return [first.replace(quotes=(*first.quotes[1:], spurious)), soft(harbour(), "escalatory", 0.6)]


def report(**options: Any) -> Report:
    return evaluate([talks(), harbour()], answers(), draws=200, slices=("kind", "outlet"), **options)


def report_of_ten(**options: Any) -> Report:
    return evaluate(copies([talks(), harbour()], 5), copies(answers(), 5), **{"draws": 200, **options})


def jsonl(path: Path, articles: Sequence[Article]) -> Path:
    path.write_text("\n".join(json.dumps(article.to_dict()) for article in articles) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def app() -> typer.Typer:
    found = typer.Typer()
    register(found)
    return found


class _Tags(HTMLParser):
    """Checks that every tag that is opened is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(page: str) -> _Tags:
    tags = _Tags()
    tags.feed(page)
    assert not tags.open
    return tags


def test_run_folder_holds_everything_and_reads_back(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "runs" / "a", report(), answers())
    assert {path.name for path in folder.iterdir()} == {*STATIC, "timing.json", "articles"}
    back = load_report(folder)
    assert back.to_dict() == report().to_dict()
    assert back.items == report().items
    assert str(back) == str(report())
    run = json.loads((folder / "run.json").read_text())
    assert run["code"]["version"]
    assert run["libraries"]["numpy"]
    assert run["machine"]["python"]


def test_run_report_links_errors_to_the_pages_of_their_articles(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "a", report(), answers())
    page = (folder / "report.html").read_text(encoding="utf-8")
    targets = re.findall(r'<a href="(articles/[^"#]+)(?:#([^"]*))?"', page)
    assert targets
    for file, anchor in targets:
        article = (folder / file).read_text(encoding="utf-8")
        assert not anchor or f'id="{anchor}"' in article
    assert any(anchor for _, anchor in targets)
    assert {file for file, _ in targets} == {f"articles/{path.name}" for path in (folder / "articles").iterdir()}


def test_run_is_bit_identical_when_repeated(tmp_path: Path) -> None:
    folders = [write_run(tmp_path / name, report(), answers(), timing={"started": name}) for name in "ab"]
    for name in STATIC:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name


def test_run_hashes_gold_and_weights(tmp_path: Path) -> None:
    gold = jsonl(tmp_path / "gold.jsonl", [talks()])
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.safetensors").write_bytes(b"weights")
    (model / "README.md").write_text("card")
    folder = write_run(tmp_path / "run", report(), answers(), gold=gold, models={"stance": model})
    run = json.loads((folder / "run.json").read_text())
    weights = {"model.safetensors": hashlib.sha256(b"weights").hexdigest()}
    assert run["models"] == {"stance": {"path": str(model), "sha256": weights}}
    before = run["gold"]["sha256"]
    assert before == sha256(gold)
    jsonl(gold, [harbour()])
    assert sha256(gold) != before


@pytest.mark.parametrize("name", ["HEAD", "refs/heads/main", "packed-refs", "nowhere"])
def test_run_tells_the_commit_wherever_git_keeps_it(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git, commit = tmp_path / ".git", 40 * "a"
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    packed = (
        f"# pack-refs with: peeled fully-peeled sorted\n{40 * '1'} refs/heads/maintenance\n{commit} refs/heads/main\n"
    )
    (git / name).write_text(packed if name == "packed-refs" else f"{commit}\n")
    monkeypatch.setattr(run_folders, "__file__", str(tmp_path / "quotestance" / "evaluation" / "runs.py"))
    assert describe_environment()["code"]["commit"] == (None if name == "nowhere" else commit)


def test_run_keeps_out_of_other_folders(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(FormatError, match="something else than a run"):
        write_run(tmp_path, report(), answers())
    write_run(tmp_path / "run", report(), answers())
    write_run(tmp_path / "run", report(seed=1), answers())
    assert load_report(tmp_path / "run").settings["seed"] == 1


def test_run_survives_lone_surrogates(tmp_path: Path) -> None:
    text = "Lu said \ud800 peace."
    odd = Article(text, id="odd", quotes=(quote(text, "\ud800 peace", "Lu"),))
    folder = write_run(tmp_path / "run", evaluate([odd], [], draws=0), [odd])
    assert load_report(folder).items[0].text == "\ud800 peace"
    assert "\ufffd peace" in (folder / "report.html").read_text(encoding="utf-8")


def test_runs_are_listed_and_damaged_ones_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_run(tmp_path / "b", report(), answers(), timing={"started": "2026-01-01"})
    write_run(tmp_path / "a", report(), answers())
    write_run(tmp_path / "c", report(), answers())
    (tmp_path / "c" / "metrics.json").write_text("{")
    found = list_runs(tmp_path)
    assert [(run.path.name, run.started, run.articles) for run in found] == [("a", "", 2), ("b", "2026-01-01", 2)]
    assert found[0].headline["chain.f1"] == report().figure("chain.f1")
    assert "damaged" in caplog.text
    with pytest.raises(FormatError, match="no such folder"):
        list_runs(tmp_path / "nowhere")


def test_run_that_is_not_written_whole_is_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_run(tmp_path / "a", report(), answers())
    (folder / "notes.txt").write_text("mine")

    def fail(*_: object) -> None:
        raise OSError("full")

    monkeypatch.setattr("quotestance.evaluation.runs._write_lines", fail)
    with pytest.raises(OSError, match="full"):
        write_run(folder, report(), answers())
    with pytest.raises(FormatError, match="no run folder"):  # half of it is of the new run, half of the old one
        load_report(folder)
    monkeypatch.undo()
    assert load_report(write_run(folder, report(), answers())).counts.ids == report().counts.ids
    assert (folder / "notes.txt").read_text() == "mine"


def test_compare_finds_gains_and_regressions() -> None:
    gold = copies([talks(), harbour()], 5)
    better = copies([talks(), with_answers(harbour(), stance=Stance.certain("neutral"))], 5)
    found = compare(report_of_ten(), evaluate(gold, better, draws=0), draws=300)
    changes = {(change.change, change.layer, change.text) for change in found.changes}
    assert ("gain", "content", "We will open talks on Monday.") in changes
    assert ("gain", "content", "told reporters") in changes  # a spurious quote that is gone
    assert ("gain", "stance", talks().quotes[2].text) in changes
    assert ("regression", "stance", harbour().quotes[1].text) in changes
    assert found.changes[0].change == "regression"
    by_name = {difference.name: difference for difference in found.differences}
    exact = by_name["quotes.all.exact.f1"]
    assert exact.b == 1.0
    assert exact.difference == 1.0 - exact.a
    assert exact.is_better
    assert exact.low is not None
    assert exact.high is not None
    assert exact.low <= exact.difference <= exact.high


def test_compare_counts_every_spurious_quote_of_one_extent() -> None:
    said = quote(talks().text, "told reporters", "Ana Ruiz")
    spurious = [talks().replace(quotes=(*talks().quotes, *[said] * count)) for count in range(4)]
    one, three = (evaluate([talks()], [spurious[count]], draws=0) for count in (1, 3))
    for a, b, expected in ((one, three, ["regression"] * 2), (three, one, ["gain"] * 2)):
        found = [change for change in compare(a, b, draws=0).changes if change.gold == "(no quote)"]
        assert [change.change for change in found] == expected


def test_compare_with_itself_has_no_difference() -> None:
    found = compare(report_of_ten(), report_of_ten(), draws=200)
    assert found.changes == ()
    assert {(difference.difference, difference.p) for difference in found.differences} == {(0, 1.0)}


def test_compare_pairs_articles_whatever_their_order() -> None:
    turned = evaluate(copies([talks(), harbour()], 5), copies(answers(), 5)[::-1], draws=0)
    assert {found.p for found in compare(report_of_ten(), turned, draws=100).differences} == {1.0}


def test_compare_lists_changes_whatever_the_order_of_the_articles() -> None:
    gold = [talks(), harbour()]
    found = compare(evaluate(gold, gold, draws=0), evaluate(gold[::-1], [harbour()], draws=0), draws=0)
    assert {change.where.partition(":")[0] for change in found.changes} == {"talks"}


def test_compare_lists_no_changes_of_a_layer_that_was_not_scored() -> None:
    gold = [talks(), harbour()]
    bare = [with_answers(article, speaker=None, stance=None) for article in gold]
    assert compare(evaluate(gold, bare, draws=0), evaluate(gold, gold, draws=0), draws=0).changes == ()


def test_compare_of_few_articles_gives_no_p_value() -> None:
    found = compare(report(), report(), draws=100)
    assert {(one.p, one.low, one.high) for one in found.differences} == {(None, None, None)}
    assert "too few articles" in str(found)


def test_compare_gives_no_p_value_where_one_system_answered_in_few_articles() -> None:
    gold = copies([talks()], 12)
    few = [article.replace(quotes=article.quotes if number < 9 else ()) for number, article in enumerate(gold)]
    first, second = (evaluate(gold, answers, draws=20) for answers in (gold, few))
    for a, b in ((first, second), (second, first)):
        found = {one.name: one for one in compare(a, b, draws=20).differences}
        assert (found["quotes.all.soft.f1"].articles, found["stance.macro_f1"].articles) == (12, 9)
        assert found["quotes.all.soft.f1"].p is not None
        assert found["stance.macro_f1"].low is found["stance.macro_f1"].p is None


def test_compare_less_calibration_error_is_better() -> None:
    sure = [soft(talks(), "neutral", 0.95), soft(harbour(), "escalatory", 0.95)]
    found = compare(evaluate([talks(), harbour()], sure, draws=0), report(), draws=0)
    ece = next(difference for difference in found.differences if difference.name == "stance.ece")
    assert ece.difference < 0
    assert ece.is_better
    assert ece.p is None


def test_compare_refuses_different_gold_or_options() -> None:
    with pytest.raises(FormatError, match="different gold"):
        compare(report(), evaluate([talks()], answers(), draws=0))
    whole, pieces = (evaluate([talks()], [talks()], draws=0, by_piece=by_piece) for by_piece in (False, True))
    with pytest.raises(FormatError, match="'by_piece'"):
        compare(whole, pieces)


@pytest.mark.parametrize("changes", [{"speaker": OKORO}, {"source": None}], ids=["speaker", "source"])
def test_compare_refuses_gold_with_other_speakers_or_sources(changes: dict[str, Any]) -> None:
    other = evaluate([with_answers(talks(), **changes), harbour()], answers(), draws=0)
    with pytest.raises(FormatError, match="different gold"):
        compare(report(), other)


def test_compare_refuses_gold_that_was_changed_where_no_list_shows_it(tmp_path: Path) -> None:
    edited = talks().replace(text=TALKS + " The hall was empty.")
    more_right = talks().replace(meta={"accepted": {"Ana Ruiz": {"role": ["envoy"]}}})
    other_kind = with_answers(talks(), kind="mixed")
    for other in (edited, more_right, other_kind):
        gold = [other, harbour()]
        run = write_run(tmp_path / "run", evaluate(gold, [other, harbour()], draws=0), [])
        with pytest.raises(FormatError, match="different gold: texts or annotations"):
            compare(report(), run, draws=0)
    assert compare(report(), evaluate([harbour(), talks().replace(title="Talks")], answers(), draws=0), draws=0)


def test_compare_takes_runs_that_tell_no_digest_of_their_gold() -> None:
    older = report()
    older = older.replace(settings={name: value for name, value in older.settings.items() if name != "gold_sha256"})
    assert compare(older, report(), draws=0).articles == 2


def test_report_page_is_sound_and_escapes_the_articles() -> None:
    nasty = '<script>alert("x")</script> & <b>bold</b>'
    text = f"Lu said {nasty} again."
    gold = Article(
        text, id="<i>id</i>", meta={"outlet": "<u>Post</u>"}, quotes=(quote(text, nasty, "Lu", RUIZ, "neutral"),)
    )
    wrong = with_answers(gold, speaker=replace(RUIZ, name="<em>x</em>"), stance=Stance.certain("escalatory"))
    found = evaluate([gold], [wrong], draws=10, slices=("outlet", "kind"))
    for page in (found.to_html(), found._repr_html_()):
        tags = parsed(page)
        assert not {"script", "b", "i", "u", "em"} & set(tags.seen)
        assert nasty in tags.text
        assert "<u>Post</u>" in tags.text
    assert not re.search(r"(?<!\\)[<>]", found.to_markdown())


def test_report_page_stands_alone_with_every_plot() -> None:
    tags = parsed(report().to_html())
    assert not {"link", "img", "script", "iframe"} & set(tags.seen)
    for title in (
        "Confusion matrix of the stance labels",
        "Reliability of the stance confidence",
        "Reliability of the quote confidence",
        "Precision and recall by quote confidence",
        "recall of the whole chain by outlet, % (quotes)",
    ):
        assert title in tags.text
    assert not re.search(r"\b(nan|None)\b", report().to_html())


def test_report_bars_tell_how_many_quotes_they_stand_for_whatever_their_name() -> None:
    outlet = "The Northern Provinces Evening Herald and Weekly Advertiser"
    found = evaluate([talks().replace(meta={"outlet": outlet})], [talks()], draws=0, slices=("outlet",))
    assert ">The Northern Provinc… (4)</text>" in found.to_html()


def test_report_tells_how_many_answers_each_bin_holds() -> None:
    for shown in (report().to_html(), report().to_markdown()):
        assert "Reliability of the stance confidence, %" in shown
    rows = re.findall(r"^\| (\d+ to \d+) \| (\d+) \|", report().to_markdown(), re.MULTILINE)
    assert ("67 to 73", "3") in rows


def test_report_contents_lead_to_what_is_there() -> None:
    page = report().to_html()
    targets = re.findall(r'<a href="#([^"]+)"', page)
    assert len(targets) > 5
    assert set(targets) <= set(re.findall(r' id="([^"]+)"', page))


def test_report_contents_name_the_plots_where_they_stand() -> None:
    page = report().to_html()
    targets = re.findall(r'<a href="#qs-(t\d+|plots|e\d+)"', page)
    places = [page.index(f' id="qs-{target}"') for target in targets]
    assert "plots" in targets
    assert places == sorted(places)
    assert '<h2 id="qs-plots">Plots</h2>' in page


def test_report_plots_say_what_their_marks_and_shades_mean() -> None:
    page = report().to_html()
    for words in (
        "Bar: share right; stronger colour: more answers.",
        "Dot: the same at their mean confidence.",
        "Dashed line: as often right as confident.",
    ):
        assert page.count(f">{words}</text>") == 2  # stance and quotes
    assert page.count(">Dots: only quotes of this confidence or more.</text>") == 1
    assert page.count(">Shade and %: share of the quotes with this gold label.</text>") == 1


def test_report_rows_have_heads_and_say_how_many_words() -> None:
    page = report().to_html()
    assert '<th scope="row">three words or more</th>' in page
    assert "three words or more" in str(report())
    assert '<th scope="row">whole chain F1</th>' in page


def test_confusion_matrix_is_no_darker_than_ink_is_legible_on() -> None:
    drawn = confusion_matrix({"a": {"a": 7, "b": 0}, "b": {"a": 0, "b": 7}})
    assert max(float(shade) for shade in re.findall(r'fill-opacity="([^"]+)"', drawn)) <= 0.55
    assert set(re.findall(r'<text[^>]* fill="([^"]+)"[^>]*>\d', drawn)) == {"var(--qs-ink)"}


def test_report_table_and_markdown_show_the_same_figures() -> None:
    found = report()
    value = f"{100 * (found.figure('chain.f1') or 0):.1f}"
    for shown in (str(found), found.to_markdown()):
        assert re.search(rf"whole chain F1\W+{re.escape(value)}\b", shown)
    assert "Wrong stance, most confident first" in found.to_markdown()
    lines = [line for line in found.to_markdown().splitlines() if "talks:" in line]
    assert {line.count("|") - line.count("\\|") for line in lines} == {5}


def test_report_is_frozen() -> None:
    with pytest.raises(AttributeError):
        report().title = "Better"  # type: ignore[misc]


def test_cli_evaluates_predictions_and_writes_a_run(app: typer.Typer, tmp_path: Path) -> None:
    gold, predicted = jsonl(tmp_path / "gold.jsonl", [talks(), harbour()]), jsonl(tmp_path / "p.jsonl", answers())
    arguments = ["evaluate", str(gold), "--predictions", str(predicted), "--draws", "50", "--slice", "outlet"]
    for name in ("a", "b"):
        result = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "runs" / name)])
        assert result.exit_code == 0, result.output
        assert "Headline figures" in result.output
        assert "By outlet" in result.output
    for name in STATIC:
        paths = [tmp_path / "runs" / run / name for run in ("a", "b")]
        if not name.startswith("report"):  # tells when, and with which command
            assert paths[0].read_bytes() == paths[1].read_bytes(), name
    page = (tmp_path / "runs" / "a" / "report.html").read_text(encoding="utf-8")
    assert all(f"<dt>{name}</dt>" in page for name in ("Predictions", "Data", "Date", "Command"))
    assert f"<dd>{gold}</dd>" in page
    listed = CliRunner().invoke(app, ["runs", str(tmp_path / "runs")])
    assert re.search(r"^ +a .*^ +b ", listed.output, re.MULTILINE | re.DOTALL)
    compared = CliRunner().invoke(
        app, ["compare", *(str(tmp_path / "runs" / run) for run in ("a", "b")), "--draws", "20"]
    )
    assert "B against A on 2 articles" in compared.output


def test_compare_counts_one_article_as_one() -> None:
    report = evaluate([talks()], [talks()], draws=0)
    assert str(compare(report, report)).startswith("B against A on 1 article\n")


@pytest.mark.parametrize("recalls", [(0.9, 0.9, 0.8), (0.9, 0.9, 0.89), (0.7, 0.7, 0.7)])
def test_report_marks_of_confidence_do_not_cover_each_other(recalls: tuple[float, ...]) -> None:
    precisions = (0.93, 0.96, 1.0)
    points = [
        {"precision": precision, "recall": recall, "threshold": threshold}
        for precision, recall, threshold in zip(precisions, recalls, (0.5, 0.7, 0.9), strict=True)
    ]
    drawn = precision_recall(points)
    labels = re.findall(r"<text[^>]*>0\.[579]</text>", drawn)
    places = [tuple(float(re.search(rf' {axis}="([^"]+)"', one)[1]) for axis in "xy") for one in labels]  # type: ignore[index]
    assert len(places) == 3
    assert all(abs(a - c) > 20 or abs(b - d) > 10 for (a, b), (c, d) in combinations(places, 2))


def test_report_marks_of_confidence_in_one_place_share_a_label() -> None:
    assert ">0.5, 0.7, 0.9</text>" in precision_recall([{"precision": 1.0, "recall": 0.5, "threshold": 0.95}])


def test_cli_prints_json(app: typer.Typer, tmp_path: Path) -> None:
    gold = jsonl(tmp_path / "gold.jsonl", [talks(), harbour()])
    result = CliRunner().invoke(app, ["evaluate", str(gold), "--predictions", str(gold), "--draws", "0", "--json"])
    assert json.loads(result.stdout)["quotes"]["all"]["end_to_end"]["f1"] == 1.0
    agreed = CliRunner().invoke(app, ["agreement", str(gold), str(gold), "--draws", "0", "--json"])
    assert json.loads(agreed.stdout)["stance"]["alpha"] == 1.0


def test_cli_agreement_tells_warnings_in_its_own_words(app: typer.Typer, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("He left, she said.", encoding="utf-8")
    annotation = "T1\tContent 0 7\tHe left\nE1\tAttribution:T1 Content:T1\n"
    for annotator in ("abe", "bea"):
        (tmp_path / f"a_{annotator}.ann").write_text(annotation, encoding="utf-8")
    result = CliRunner().invoke(app, ["agreement", str(tmp_path), str(tmp_path), "--draws", "0"])
    assert result.exit_code == 0, result.output
    assert result.stderr.startswith(f"{tmp_path}: 1 of 1 articles have several annotators")
    assert "GoldWarning" not in result.stderr


def test_cli_runs_the_models_that_are_asked_for(
    app: typer.Typer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def load(**options: Any) -> Parrot:
        asked.update(options)
        pipe = Parrot([talks()])
        pipe.folders = models
        return pipe

    monkeypatch.setattr("quotestance.pipeline.load", load)
    models = {name: tmp_path / name for name in ("attribution", "stance")}
    for path in models.values():
        path.mkdir()
        (path / "model.safetensors").write_bytes(path.name.encode())
    gold = jsonl(tmp_path / "gold.jsonl", [talks()])
    options = [part for name, path in models.items() for part in (f"--{name}", str(path))]
    result = CliRunner().invoke(app, ["evaluate", str(gold), *options, "--draws", "0", "--out", str(tmp_path / "run")])
    assert result.exit_code == 0, result.output
    assert asked == {name: str(path) for name, path in models.items()}
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert {name: len(found["sha256"]) for name, found in run["models"].items()} == {"attribution": 1, "stance": 1}


def test_cli_leaves_bad_gold_to_the_app(app: typer.Typer, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["evaluate", str(tmp_path / "nowhere.jsonl"), "--predictions", "x"])
    assert isinstance(result.exception, FormatError)


def damage_json(name: str, change: Any) -> Any:
    def damage(folder: Path) -> None:
        data = json.loads((folder / name).read_text())
        (folder / name).write_text(json.dumps(change(data)))

    return damage


def without(field: str) -> Any:
    return lambda data: {name: value for name, value in data.items() if name != field}


def damage_items(change: Any) -> Any:
    def damage(folder: Path) -> None:
        first, *rest = (folder / "items.jsonl").read_text().splitlines()
        (folder / "items.jsonl").write_text("\n".join([json.dumps(change(json.loads(first))), *rest]))

    return damage


def cut(name: str) -> Any:
    def damage(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])

    return damage


def replaced(name: str, content: bytes | None) -> Any:
    def damage(folder: Path) -> None:
        (folder / name).unlink()
        if content is None:
            (folder / name).mkdir()
        else:
            (folder / name).write_bytes(content)

    return damage


DAMAGES = {
    **{f"{name} missing": (lambda folder, name=name: (folder / name).unlink()) for name in STATIC[1:4]},
    **{f"{name} cut": cut(name) for name in STATIC[1:4]},
    **{f"{name} a folder": replaced(name, None) for name in STATIC[1:4]},
    **{f"{name} binary": replaced(name, b"\xff\x00\xfe") for name in STATIC[1:4]},
    **{f"{name} a list": replaced(name, b"[1]") for name in STATIC[1:4]},
    **{f"{name} deep": replaced(name, b"[" * 100_000) for name in STATIC[1:4]},
    **{f"metrics without {name}": damage_json("metrics.json", without(name)) for name in ("title", "notes", "stance")},
    "metrics empty": replaced("metrics.json", b""),
    "metrics null": replaced("metrics.json", b"null"),
    "intervals a list": damage_json("metrics.json", lambda data: {**data, "intervals": [1]}),
    "interval of three": damage_json("metrics.json", lambda data: {**data, "intervals": {"x": [1, 2, 3]}}),
    "settings empty": damage_json("metrics.json", lambda data: {**data, "settings": {}}),
    "articles a string": damage_json("metrics.json", lambda data: {**data, "articles": "2"}),
    "metrics not a number": replaced("metrics.json", b'{"articles": NaN}'),
    "counts without ids": damage_json("counts.json", without("ids")),
    "counts too few": damage_json("counts.json", lambda data: {**data, "values": data["values"][:1]}),
    "counts ragged": damage_json("counts.json", lambda data: {**data, "values": [[1], [1, 2]]}),
    "counts of strings": damage_json("counts.json", lambda data: {**data, "values": [["x"]]}),
    "counts without names": damage_json("counts.json", lambda data: {**data, "names": ["x"] * len(data["names"])}),
    "counts of one article": damage_json("counts.json", lambda data: {**data, "ids": ["a"] * len(data["ids"])}),
    "item without a field": damage_items(without("right")),
    "item with another field": damage_items(lambda data: {**data, "colour": "red"}),
    "item without a layer": damage_items(lambda data: {**data, "right": {}}),
    "item at a string": damage_items(lambda data: {**data, "start": "0"}),
    "item with a wrong side": damage_items(lambda data: {**data, "gold": [1]}),
    "item with a wrong text": damage_items(lambda data: {**data, "text": None}),
    "items in another encoding": replaced("items.jsonl", "é".encode("cp1252")),
}


@pytest.fixture(scope="module")
def sound_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "sound", report(), answers(), timing={"started": "2026-01-01"})


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_compare_names_the_damaged_file_and_what_to_do(sound_run: Path, tmp_path: Path, damage: Any) -> None:
    folder = Path(shutil.copytree(sound_run, tmp_path / "runs" / "damaged"))
    damage(folder)
    for pair in ((folder, sound_run), (sound_run, folder)):
        with pytest.raises(FormatError, match=r"(metrics\.json|counts\.json|items\.jsonl)") as caught:
            compare(*pair, draws=5)
        assert "Run the evaluation again." in str(caught.value) or "quotestance evaluate --out" in str(caught.value)
    assert len(list_runs(tmp_path / "runs")) <= 1


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"started": 5}', b"\xff", b'{"started": NaN}', None])
def test_runs_pass_over_a_folder_with_damaged_times(
    sound_run: Path, tmp_path: Path, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    folder = Path(shutil.copytree(sound_run, tmp_path / "damaged"))
    replaced("timing.json", content)(folder)
    (tmp_path / "file.txt").write_text("no run")
    os.mkfifo(tmp_path / "fifo")
    assert list_runs(tmp_path) == []
    assert "timing.json" in caplog.text


def test_report_page_bears_surrogates_in_names_of_slices(tmp_path: Path) -> None:
    text = "Lu said peace."
    odd = Article(text, id="a\udcff", meta={"out\ud800": "x\udfff"}, quotes=(quote(text, "peace", "Lu"),))
    found = evaluate([odd], [odd], draws=10, slices=("out\ud800",))
    folder = write_run(tmp_path / "run", found, [odd])
    assert "out\ufffd" in (folder / "report.html").read_text(encoding="utf-8")
    assert load_report(folder).metrics["slices"].keys() == {"out\ud800"}


def test_run_keeps_surrogates_apart_so_that_offsets_stay(tmp_path: Path) -> None:
    text = "Lu said \ud83d" + "\ude00 peace, and left."
    odd = Article(text, id="odd", quotes=(quote(text, "peace", "Lu"),))
    folder = write_run(tmp_path / "run", evaluate([odd], [odd], draws=0), [odd])
    assert load_report(folder).items[0].before == "Lu said \ufffd\ufffd "
    saved = json.loads((folder / "predictions.jsonl").read_text(encoding="utf-8"))
    assert Article.from_dict(saved).quotes[0].text == "peace"
