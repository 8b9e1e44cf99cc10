"""Training the reader on annotated articles of one's own: what is read, what is learned, and what is left as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub import ModelCard
from safetensors.torch import load_file
from test_cli import Call
from tiny import tiny_encoder, tiny_tokenizer

from quotestance import Article, Quote, Span, Speaker, load, write_articles
from quotestance.annotation import export_articles
from quotestance.checkpoints import load_model, load_tokenizer
from quotestance.errors import CheckpointError, FormatError, GoldWarning
from quotestance.evaluation import evaluate
from quotestance.reader.inference import read_windows
from quotestance.reader.model import TAGS
from quotestance.reader.pretrained import AttributionConfig, AttributionModel
from quotestance.reader.tokens import plan_windows, tokenize
from quotestance.training import checkpoint, train_quotes
from quotestance.training.examples import make_example
from quotestance.training.gold import read_articles

pytest_plugins = ["test_cli"]  # its fixture "call"

SOURCES = ("ann", "bo", "cy")
LEARNING: dict[str, Any] = {"rate": 0.01, "epochs": 12, "tokens_a_step": 120, "device": "cpu"}


def article(number: int, *, cue: bool = True, **meta: str) -> Article:
    """Invent an article in which somebody says something twice."""
    who = SOURCES[number % len(SOURCES)]
    text = f"The peace {number}. {who} said the war {number}. The peace. “The war,” {who} said."
    found = [(f"the war {number}", f"{who} said", "indirect"), ("The war,", f"{who} said.", "direct")]
    quotes = []
    for words, attribution, kind in found:
        start, place = text.index(words), text.rindex(attribution) if kind == "direct" else text.index(attribution)
        said = place + attribution.index("said")
        quotes.append(
            Quote(
                "direct" if kind == "direct" else "indirect",
                (Span.of(text, start, start + len(words)),),
                cue=Span.of(text, said, said + 4) if cue else None,
                source=Span.of(text, place, place + len(who)),
                speaker=Speaker(who, kind="person"),
            )
        )
    return Article(text, id=f"a{number}", quotes=tuple(quotes), meta=dict(meta))


def written(path: Path, count: int, **options: Any) -> Path:
    """Write annotated articles as Article JSONL."""
    write_articles([article(number, **options) for number in range(count)], path)
    return path


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a reader with random weights that tells people and quotes inside quotes too."""
    folder = tmp_path_factory.mktemp("reader")
    torch.manual_seed(5)
    kinds = {"reads_people": True, "reads_nested": True}
    config = AttributionConfig(encoder=tiny_encoder().to_dict(), link_size=8, window=60, **kinds)
    model = AttributionModel(config)
    for head in (model.tag, model.mention, model.profile, model.nested_tag):
        torch.nn.init.normal_(head.weight, std=0.3)
    model.nested_tag.bias.data[0] = 9.0  # no quote inside quotes
    model.save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder


def test_training_quotes_are_split_by_article(tmp_path: Path) -> None:
    path = written(tmp_path / "gold.jsonl", 20)
    split = read_articles(path)
    assert {name: len(articles) for name, articles in split.items()} == {"train": 16, "dev": 4, "test": 0}
    assert split == read_articles(path)
    assert split["dev"] != read_articles(path, seed=2)["dev"]
    told = [article(0, split="Train "), article(1, split="dev"), article(2, split="test"), article(3, split="later")]
    write_articles([*told, article(4), Article("Nothing was said.", id="bare")], tmp_path / "told.jsonl")
    with pytest.warns(GoldWarning, match="1 articles of the splits later are left out; read are train, dev, test and"):
        split = read_articles(tmp_path / "told.jsonl")
    assert {name: [one.id for one in articles] for name, articles in split.items()} == {
        "train": ["a0", "a4", "bare"],
        "dev": ["a1"],
        "test": ["a2"],
    }
    write_articles([article(0), article(1)], tmp_path / "two.jsonl")
    assert [len(read_articles(tmp_path / "two.jsonl")[name]) for name in ("train", "dev")] == [1, 1]


def test_training_quotes_of_one_text_come_into_one_split(tmp_path: Path) -> None:
    both = [replace(article(number), id=f"{number}{copy}") for number in range(20) for copy in "ab"]
    write_articles([*both, article(0, split="test")], tmp_path / "gold.jsonl")
    split = read_articles(tmp_path / "gold.jsonl")
    assert {name: len(articles) for name, articles in split.items()} == {"train": 30, "dev": 8, "test": 3}
    texts = [{one.text for one in articles} for articles in split.values()]
    assert len(set.union(*texts)) == sum(map(len, texts)) == 20


def test_training_quotes_of_an_article_come_outer_before_inner(tmp_path: Path) -> None:
    one = article(0)
    inner = Quote("indirect", (Span.of(one.text, one.quotes[0].start + 4, one.quotes[0].end),))
    write_articles([one.replace(quotes=(inner, *one.quotes)), article(1)], tmp_path / "gold.jsonl")
    both = [one for split in read_articles(tmp_path / "gold.jsonl").values() for one in split]
    (found,) = (one for one in both if one.id == "a0")
    assert found.quotes[:2] == (one.quotes[0], inner)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("labels.csv", "text,stance\nHe spoke.,neutral\n", "labelled quotes without their articles"),
        ("labels.jsonl", '{"text": "He spoke.", "stance": "neutral"}', "labelled quotes without their articles"),
        ("labels.json", '[{"text": "He spoke.", "stance": "neutral"}]', "labelled quotes without their articles"),
        ("gold.jsonl", '{"id": "a", "text": "He spoke.", "quotes": []}', "no article of train has a quote"),
        ("one.jsonl", json.dumps(article(0).to_dict()), "no article of train has a quote.* 1 articles"),
        ("bad.jsonl", '{"id": "a", "text": "x", "quotes": [{"kind": "direct", "content": [[0, 9]]}]}', "line 1"),
        ("none.jsonl", None, "no such file"),
    ],
)
def test_training_quotes_that_do_not_serve_are_named(
    name: str, content: str | None, message: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises((FormatError, ValueError), match=message):
        train_quotes(tmp_path / name, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_training_quotes_learns_them_and_goes_on_from_there(reader: Path, stance_folder: Path, tmp_path: Path) -> None:
    gold, first = written(tmp_path / "gold.jsonl", 15), tmp_path / "first"
    done = train_quotes(gold, first, start=reader, **LEARNING)
    assert done.articles == {"train": 12, "dev": 3}
    f1 = "quotes.all.end_to_end.f1"
    assert done.metrics["before"]["dev"][f1] < 0.5 < done.metrics["dev"][f1]
    pipe = load(attribution=first, stance=stance_folder)
    new = article(77)
    found = pipe(new.text)
    assert [(quote.text, quote.source and quote.source.text) for quote in found.quotes] == [
        (quote.text, quote.source and quote.source.text) for quote in new.quotes
    ]
    metrics = json.loads((first / "metrics.json").read_text())
    assert metrics == json.loads(json.dumps(done.metrics))
    assert (first / "model.safetensors").stat().st_mode == (first / "config.json").stat().st_mode
    assert (len(metrics["epochs"]), metrics["unmarked"], metrics["reads_people"]) == (12, [], True)
    assert [len(ids) for ids in metrics["held_out"].values()] == [3]
    held_out = [one for one in read_articles(gold)["dev"] if one.id in metrics["held_out"]["dev"]]
    assert evaluate(held_out, pipe, draws=0).figure(f1) == metrics["dev"][f1]
    card = (first / "README.md").read_text()
    assert f"| dev | {100 * metrics['dev'][f1]:.1f} |" in card
    assert "| train | 12 | 24 |" in card
    assert "$" not in card
    assert ModelCard(card).data.to_dict()["library_name"] == "quotestance"
    assert "epoch 12 of 12" in (first / "log.txt").read_text()
    assert not (first / checkpoint.FILE).exists()
    assert not (first / "lock").exists()

    again = train_quotes(gold, first, start=reader, **LEARNING)
    assert (again.was_done, again.metrics) == (True, metrics)
    with pytest.raises(FileExistsError, match="epochs: 12, now 1"):
        train_quotes(gold, first, start=reader, **{**LEARNING, "epochs": 1})
    second = train_quotes(gold, tmp_path / "second", start=first, **{**LEARNING, "epochs": 1, "rate": 1e-9})
    assert second.metrics["before"]["dev"] == second.metrics["dev"] == metrics["dev"]


def test_training_quotes_that_was_interrupted_ends_as_one_that_was_not(reader: Path, tmp_path: Path) -> None:
    gold, options = written(tmp_path / "gold.jsonl", 6), {**LEARNING, "epochs": 2}
    steps: list[tuple[int, int]] = []
    whole = train_quotes(gold, tmp_path / "whole", start=reader, **options, progress=lambda *step: steps.append(step))
    total = steps[-1][1]
    assert [done for done, _ in steps] == list(range(1, total + 1))

    def tire(done: int, total: int) -> None:
        if done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stopped:
        train_quotes(gold, tmp_path / "parts", start=reader, **options, progress=tire)
    assert "run the same again" in "".join(stopped.value.__notes__)
    assert not (tmp_path / "parts" / "config.json").exists()
    later: list[int] = []
    parts = train_quotes(gold, tmp_path / "parts", start=reader, **options, progress=lambda done, _: later.append(done))
    assert 1 < later[0] < total == later[-1]
    assert parts.metrics == whole.metrics
    weights = [load_file(tmp_path / name / "model.safetensors") for name in ("whole", "parts")]
    assert all(torch.equal(weight, weights[1][name]) for name, weight in weights[0].items())


def said_of(folder: Path, text: str) -> Any:
    """Read a text with a model: log-probabilities of its tokens."""
    model, tokenizer = load_model(AttributionModel, folder), load_tokenizer(folder)
    tokens = tokenize(text, tokenizer)
    (window,) = plan_windows(tokens, length=60)
    (reading,) = read_windows(model, tokenizer, [(tokens, window)], precision="float32")
    return reading


def test_training_quotes_leaves_what_is_said_of_people_and_inside_quotes(
    reader: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gold, options = written(tmp_path / "gold.jsonl", 6), {**LEARNING, "epochs": 8}
    train_quotes(gold, tmp_path / "held", start=reader, **options)
    monkeypatch.setattr("quotestance.training.quotes._HELD_WEIGHT", 0.0)
    train_quotes(gold, tmp_path / "free", start=reader, **options)
    text = article(50).text
    said = [said_of(folder, text) for folder in (reader, tmp_path / "held", tmp_path / "free")]
    layers = {"mentions": [one.people.mentions for one in said], "profiles": [one.people.profiles for one in said]}
    layers["nested"] = [one.nested.tags for one in said]
    for layer, (before, held, free) in layers.items():
        far = [abs(one - before).mean() for one in (held, free)]
        assert far[0] < 0.75 * far[1], (layer, far)


def test_training_quotes_without_cues_leaves_cues_alone(reader: Path, tmp_path: Path) -> None:
    knows, text = tmp_path / "knows", article(50).text
    train_quotes(written(tmp_path / "gold.jsonl", 12), knows, start=reader, **LEARNING)
    bare = train_quotes(written(tmp_path / "bare.jsonl", 12, cue=False), tmp_path / "bare", start=knows, **LEARNING)
    assert bare.metrics["unmarked"] == ["cue"]
    assert "No quote of the gold has a cue" in (tmp_path / "bare" / "README.md").read_text()
    cue = [TAGS.index("B-cue"), TAGS.index("I-cue")]
    least = [said_of(folder, text).tags[:, cue].max() for folder in (knows, tmp_path / "bare")]
    assert min(least) > -0.7  # some token is a cue, more probably than not


def test_training_quotes_of_one_source_all_lead_to_it() -> None:
    text = "“The war,” ann said. “The peace.”"
    said, source, cue = ("The war,", "The peace."), "ann", "said"
    spans = {words: Span.of(text, text.index(words), text.index(words) + len(words)) for words in (*said, source, cue)}
    quotes = tuple(Quote("direct", (spans[words],), cue=spans[cue], source=spans[source]) for words in said)
    first, second = make_example(Article(text, quotes=quotes), tiny_tokenizer()).links
    assert None not in first
    assert second[:2] == first[:2]


def test_training_quotes_reads_windows_one_by_one_where_a_step_has_few_tokens(reader: Path, tmp_path: Path) -> None:
    gold, options = written(tmp_path / "gold.jsonl", 4), {**LEARNING, "epochs": 1, "tokens_a_step": 1}
    assert train_quotes(gold, tmp_path / "out", start=reader, **options).metrics["dev"]


def test_training_quotes_card_measures_speakers_as_evaluate_does(
    quotes_folder: Path, stance_folder: Path, tmp_path: Path
) -> None:
    gold, out = written(tmp_path / "gold.jsonl", 15), tmp_path / "out"
    done = train_quotes(gold, out, start=quotes_folder, **LEARNING)
    found = evaluate(read_articles(gold)["dev"], load(attribution=out, stance=stance_folder), draws=0)
    assert done.metrics["dev"]["speakers.speaker"] == found.figure("speakers.speaker")


def test_training_quotes_takes_no_other_model(stance_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="of the model_type 'bert', not 'quotestance-attribution'"):
        train_quotes(written(tmp_path / "gold.jsonl", 4), tmp_path / "out", start=stance_folder, device="cpu")
    assert not (tmp_path / "out").exists()


def by_two(tmp_path: Path) -> Path:
    """Write a Label Studio export in which two people annotated every article."""
    export_articles([article(number) for number in range(4)], tmp_path / "exported", "label-studio")
    tasks = json.loads((tmp_path / "exported" / "tasks.json").read_text(encoding="utf-8"))
    for number, task in enumerate(tasks, 1):
        result = task.pop("predictions")[0]["result"]
        task["id"] = number
        task["annotations"] = [{"completed_by": {"email": f"{by}@x.org"}, "result": result} for by in ("ann", "bo")]
    (tmp_path / "by_two.json").write_text(json.dumps(tasks), encoding="utf-8")
    return tmp_path / "by_two.json"


def test_training_quotes_command_asks_whose_annotation_it_is(call: Call, reader: Path, tmp_path: Path) -> None:
    gold, out = by_two(tmp_path), tmp_path / "out"
    options = ["-o", out, "--start", reader, "--epochs", "1", "--device", "cpu"]
    run = call("train", "quotes", gold, *options)
    assert (run.code, run.out, len(run.err.splitlines())) == (2, "", 1)
    assert "--annotator" in run.err
    assert not out.exists()
    run = call("train", "quotes", gold, *options, "--annotator", "bo@x.org")
    assert (run.code, run.out) == (0, "")
    assert f"4 articles -> {out}; use it with --attribution {out}" in run.err
    assert "dev: F1 of content and source" in run.err
    assert "this very run already" in call("train", "quotes", gold, *options, "--annotator", "first").err
    run = call("train", "quotes", gold, *options, "--annotator", "ann@x.org", "--rate", "2")
    assert (run.code, "learning rate between 0 and 1" in run.err) == (2, True)
    run = call("train", "quotes", gold, *options, "--annotator", "ann@x.org", "--rate", "0.1")
    assert (run.code, "set --overwrite" in run.err) == (2, True)


def test_training_quotes_command_tells_that_the_first_annotator_is_taken(
    call: Call, reader: Path, tmp_path: Path
) -> None:
    export_articles([article(number) for number in range(3)], tmp_path / "brat", "brat")
    one = next((tmp_path / "brat").glob("*.ann"))
    (one.parent / f"{one.stem}_ben.ann").write_bytes(one.read_bytes())
    run = call("train", "quotes", tmp_path / "brat", "-o", tmp_path / "out", "--start", reader, "--epochs", "1")
    assert run.code == 0, run.err
    assert (
        "1 of 3 articles have several annotators; the first by name is taken. Choose with --annotator NAME" in run.err
    )
    quotes = replace(article(0)).quotes
    assert sum(
        len(one.quotes) for own in read_articles(tmp_path / "brat", annotator="first").values() for one in own
    ) == (3 * len(quotes))
