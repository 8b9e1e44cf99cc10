"""Reading gold and predictions: every format, and every way in which they can be wrong."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from clock import Clock
from evaluation_articles import HARBOUR, RUIZ, TALKS, harbour, span_of, talks, with_answers

from quotestance import Article, Quote, Span, Stance, to_csv, to_jsonl, write_articles
from quotestance.errors import FormatError, GoldWarning, QuotestanceError, SpanError
from quotestance.evaluation import evaluate, read_gold, read_predictions
from quotestance.io.table import rows as rows_of

SEEDS = Path(__file__).parents[1] / "seeds"


def write(path: Path, *records: Any) -> Path:
    path.write_text("\n".join(json.dumps(record) for record in records) + "\n", encoding="utf-8")
    return path


def offsets(text: str, *pieces: str) -> list[list[int]]:
    return [[span.start, span.end] for span in (span_of(text, piece) for piece in pieces)]


def brat_folder(folder: Path, article: Article, annotators: dict[str, list[tuple[str, str, str]]]) -> Path:
    """PolNeAR's layout: for each annotator the content, cue and source of every attribution."""
    (folder / "text").mkdir(parents=True, exist_ok=True)
    (folder / "attributions").mkdir(exist_ok=True)
    (folder / "text" / f"{article.id}.txt").write_text(article.text, encoding="utf-8", newline="")
    for annotator, attributions in annotators.items():
        lines = []
        for n, parts in enumerate(attributions):
            for k, (label, words) in enumerate(zip(("Content", "Cue", "Source"), parts, strict=True)):
                span = span_of(article.text, words)
                lines.append(f"T{3 * n + k}\t{label} {span.start} {span.end}\t{words}")
            lines.append(f"E{n}\tAttribution:T{3 * n + 1} Content:T{3 * n} Cue:T{3 * n + 1} Source:T{3 * n + 2}")
        path = folder / "attributions" / f"{article.id}_{annotator}.ann"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_gold_article_jsonl_reads_back(tmp_path: Path) -> None:
    path = write(tmp_path / "gold.jsonl", talks().to_dict(), harbour().to_dict())
    assert [article.quotes for article in read_gold(path)] == [talks().quotes, harbour().quotes]


def test_gold_folder_reads_every_json_file(tmp_path: Path) -> None:
    write(tmp_path / "b.jsonl", talks().to_dict())
    (tmp_path / "a.json").write_text(json.dumps([harbour().to_dict()], indent=1), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not gold", encoding="utf-8")
    assert [article.id for article in read_gold(tmp_path)] == ["harbour", "talks"]


def test_gold_seed_is_perfect_against_itself() -> None:
    report = evaluate(SEEDS, read_gold(SEEDS), draws=0)
    assert report.figure("quotes.all.end_to_end.f1") == 1.0
    assert report.figure("speakers.role") == 1.0
    assert report.figure("chain.f1") == 1.0


def test_gold_attribution_jsonl_merges_overlaps_and_keeps_publisher(tmp_path: Path) -> None:
    start, end = offsets(TALKS, "his side would answer every raid with force")[0]
    record = {
        "id": 7,
        "text": TALKS,
        "publisher": "post",
        "attributions": [
            {"content": [[start + 9, end], [start, start + 14]], "source": offsets(TALKS, "Ben Okoro"), "cue": []},
            {"content": [], "source": [], "cue": []},
        ],
    }
    (article,) = read_gold(write(tmp_path / "gold.jsonl", record))
    assert (article.id, article.meta["publisher"]) == ("7", "post")
    assert [q.text for q in article.quotes] == ["his side would answer every raid with force"]
    assert article.quotes[0].source == span_of(TALKS, "Ben Okoro")
    assert article.quotes[0].kind == "indirect"


def test_gold_brat_with_several_annotators_takes_the_one_that_is_chosen(tmp_path: Path) -> None:
    folder = brat_folder(
        tmp_path,
        talks(),
        {
            "zoe": [("two ships", "According to", "an official")],
            "abe": [("We will open talks on Monday.", "told", "Ana Ruiz")],
        },
    )
    with pytest.warns(UserWarning, match=r"1 of 1 articles have several annotators.*annotator=NAME"):
        assert [q.text for q in read_gold(folder)[0].quotes] == ["We will open talks on Monday."]
    with pytest.raises(FormatError, match="'bea' has not annotated it; abe, zoe has"):
        read_gold(folder, annotator="bea")
    assert [q.text for q in read_gold(folder, annotator="zoe")[0].quotes] == ["two ships"]
    (article,) = read_gold(folder, annotator="first")
    assert article.id == "talks"
    assert [(q.text, q.kind) for q in article.quotes] == [("We will open talks on Monday.", "direct")]
    assert article.quotes[0].cue == span_of(TALKS, "told")


def test_gold_brat_reads_discontinuous_content_and_broken_surface(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("One two.\nThree four, Lu said.", encoding="utf-8")
    (tmp_path / "a.ann").write_text(
        "T1\tContent 4 14;15 19\ttwo.\nThree four\nT2\tSource 21 23\tLu\nE1\tAttribution:T9 Content:T1 Source:T2\n",
        encoding="utf-8",
    )
    (article,) = read_gold(tmp_path)
    assert [span.text for span in article.quotes[0].content] == ["two.\nThree", "four"]


def test_gold_label_studio_reads_relations_choices_and_utf16_offsets(tmp_path: Path) -> None:
    text = "\N{FIRE} " + TALKS
    shift = 1  # the browser counts the first character twice

    def region(name: str, label: str, words: str) -> dict[str, Any]:
        span = span_of(text, words)
        value = {"start": span.start + shift, "end": span.end + shift, "text": words, "labels": [label]}
        return {"id": name, "type": "labels", "from_name": "label", "to_name": "text", "value": value}

    def field(name: str, kind: str, value: dict[str, Any], region: str = "c") -> dict[str, Any]:
        return {"id": region, "type": kind, "from_name": name, "to_name": "text", "value": value}

    result = [
        region("s", "Source", "Ana Ruiz"),
        region("c", "Content", "We will open talks"),
        region("d", "Content", "on Monday."),
        region("k", "Cue", "told"),
        {"type": "relation", "from_id": "c", "to_id": "s", "direction": "right"},
        {"type": "relation", "from_id": "k", "to_id": "c", "direction": "right"},
        {"type": "relation", "from_id": "d", "to_id": "c", "direction": "right"},
        field("stance", "choices", {"choices": ["de-escalatory"]}),
        field("name", "textarea", {"text": ["Ana Ruiz"]}),
        field("role", "textarea", {"text": ["defence minister"]}),
    ]
    task = {
        "id": 3,
        "data": {"text": text, "outlet": "Post"},
        "annotations": [{"was_cancelled": True, "result": []}, {"result": result}],
    }
    path = tmp_path / "export.json"
    path.write_text(json.dumps([task]), encoding="utf-8")
    (article,) = read_gold(path)
    (found,) = article.quotes
    assert (article.id, article.meta["outlet"]) == ("3", "Post")
    assert [span.text for span in found.content] == ["We will open talks", "on Monday."]
    assert found.source is not None
    assert found.source.text == "Ana Ruiz"
    assert found.cue is not None
    assert found.stance is not None
    assert found.stance.label == "de-escalatory"
    assert found.speaker is not None
    assert (found.speaker.name, found.speaker.kind, found.speaker.role) == ("Ana Ruiz", "person", "defence minister")


def test_gold_csv_gives_a_quote_a_row_with_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "quotes.csv"
    path.write_text(
        'id,text,context,stance,hard case\nq1,"we will, surely, talk","She said we will, surely, talk today",'
        "de-escalatory,offer\n,no comment,,neutral,\n",
        encoding="utf-8",
    )
    first, second = read_gold(path)
    assert (first.id, first.text, first.quotes[0].start) == ("q1", "She said we will, surely, talk today", 9)
    assert first.meta["hard case"] == "offer"
    assert (second.id, second.quotes[0].text) == ("row-2", "no comment")


@pytest.mark.parametrize("heading", ["ID,Text,Stance", " id ;text ; Stance"])
def test_gold_csv_has_its_columns_in_whatever_case_and_blanks(heading: str, tmp_path: Path) -> None:
    path = tmp_path / "quotes.csv"
    path.write_text(
        f"{heading}\n{'a,They left.,neutral'.replace(',', ';' if ';' in heading else ',')}\n", encoding="utf-8"
    )
    [article] = read_gold(path)
    assert (article.id, article.text, dict(article.meta)) == ("a", "They left.", {})
    assert [quote.stance and quote.stance.label for quote in article.quotes] == ["neutral"]


@pytest.mark.parametrize("name", ["quotes.csv", "quotes.tsv"])
@pytest.mark.parametrize("delimiter", list(",;\t|"))
def test_gold_csv_is_parted_as_its_header_is(name: str, delimiter: str, tmp_path: Path) -> None:
    path = tmp_path / name
    table = f'text{delimiter}stance\n"we, too; will\ttalk"{delimiter}neutral\n'
    path.write_text(table, encoding="utf-8-sig")
    assert [article.text for article in read_gold(path)] == ["we, too; will\ttalk"]
    path.write_text(f"\n{table}", encoding="utf-8")  # whose first line is blank
    assert [article.text for article in read_gold(path)] == ["we, too; will\ttalk"]


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json", "folder/rows.jsonl"])
def test_gold_labelled_quotes_in_any_json_are_scored_on_stance_alone(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    rows = labelled_rows()
    path.write_text(json.dumps(rows) if path.suffix == ".json" else "\n".join(map(json.dumps, rows)), encoding="utf-8")
    report = evaluate(tmp_path / name.partition("/")[0], [], draws=0)
    assert report.settings["gold_quotes"]
    assert report.metrics["stance"]["count"] == len(rows)


def test_gold_labelled_quotes_may_have_the_id_0(tmp_path: Path) -> None:
    answers = [{"id": row["id"], "stance": row["stance"]} for row in labelled_rows()]
    report = evaluate(write(tmp_path / "gold.jsonl", *labelled_rows()), write(tmp_path / "p.jsonl", *answers), draws=0)
    assert report.figure("stance.accuracy") == 1.0
    assert not any("no prediction" in note for note in report.notes)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_gold_that_a_model_made_is_refused_until_somebody_has_corrected_it(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"quotes{suffix}"
    answers = [scored(talks(), "neutral"), scored(harbour(), "escalatory")]
    if suffix == ".csv":
        to_csv(answers, path)
    else:
        to_jsonl(answers, path)
    with pytest.raises(
        FormatError, match=r"score' makes it.*no gold.*Correct.*p_escalatory, p_de_escalatory, p_neutral"
    ):
        evaluate(path, [], draws=0)
    made = [*rows_of(answers)]
    write_rows(path, [{**made[0], "stance": "de-escalatory"}, *made[1:]])
    with pytest.warns(GoldWarning, match="in 5 of 6 rows the stance is still the model's answer"):
        assert read_gold(path)[0].quotes[0].stance == Stance.certain("de-escalatory")
    probabilities = {"p_escalatory", "p_de_escalatory", "p_neutral"}
    write_rows(path, [{name: row[name] for name in row if name not in probabilities} for row in made])
    assert len(read_gold(path)) == 6  # people have read and agreed
    write_rows(path, [{name: row[name] for name in ("text", "stance", *probabilities)} for row in made])
    assert len(read_gold(path)) == 6  # somebody's own table


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_gold_of_a_corrected_table_has_interrupted_quotes_in_their_pieces(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"quotes{suffix}"
    made = [*rows_of([scored(harbour(), "escalatory")])]
    write_rows(path, [{**made[0], "stance": "neutral"}, *made[1:]])
    with pytest.warns(GoldWarning, match="in 1 of 2 rows"):
        first, second = read_gold(path)
    (found,) = first.quotes
    assert first.text == made[0]["context"]
    assert [span.text for span in found.content] == ["Nobody wants a war here,", "and nobody will start one."]
    assert (found.kind, second.quotes[0].text) == ("direct", made[1]["text"])


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_gold_of_a_corrected_table_counts_quotes_that_are_not_in_their_context(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"quotes{suffix}"
    made = [*rows_of([scored(harbour(), "escalatory")])]
    write_rows(path, [{**made[0], "stance": "neutral", "context": "Nobody wants a strike here."}])
    with pytest.warns(GoldWarning, match="1 quotes do not stand in their context") as warned:
        assert read_gold(path)[0].text == made[0]["text"]
    assert {one.filename for one in warned} == {__file__}
    words = {**made[0], "stance": "neutral", "text": "yes " * 20_000, "context": "yes no " * 20_000, "end": 140_000}
    write_rows(path, [words])
    with Clock() as clock, pytest.warns(GoldWarning, match="1 quotes"):
        read_gold(path)
    assert clock.seconds < 10


def test_gold_of_a_table_for_spreadsheets_has_no_apostrophes_before_formulas(tmp_path: Path) -> None:
    path = tmp_path / "quotes.csv"
    text = "@POTUS must act, Lu Han wrote."
    made = Article(text, quotes=(Quote("indirect", (Span.of(text, 0, 15),), stance=Stance({"neutral": 1.0})),))
    to_csv([scored(made, "neutral")], path, spreadsheet=True)
    table = path.read_text(encoding="utf-8-sig")
    assert "'@POTUS" in table
    path.write_text(table.replace(",neutral,", ",escalatory,"), encoding="utf-8-sig")
    (article,) = read_gold(path)
    assert (article.text, article.quotes[0].text) == (text, "@POTUS must act")
    path.write_text("text,stance\n'=1 said he,neutral\n", encoding="utf-8")
    assert read_gold(path)[0].text == "'=1 said he"  # no mark, so the words are as they stand


def write_rows(path: Path, table: list[dict[str, Any]]) -> None:
    if path.suffix == ".jsonl":
        write(path, *table)
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*table[0]])
        writer.writeheader()
        writer.writerows(table)


def scored(article: Article, label: str) -> Article:
    rest = {name: 0.2 for name in ("escalatory", "de-escalatory", "neutral") if name != label}
    return with_answers(article, stance=Stance({label: 0.6, **rest}), confidence=0.9)


@pytest.mark.parametrize("field", ["quotes", "attributions"])
def test_gold_with_quotes_that_are_null_is_no_gold(tmp_path: Path, field: str) -> None:
    path = write(tmp_path / "gold.jsonl", {"id": "a", "text": "He left.", field: None})
    with pytest.raises(FormatError, match=r"line 1: There are no 'quotes' and no 'stance'.* has \[\]"):
        read_gold(path)


def test_predictions_with_quotes_that_are_null_found_none(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", {"id": "talks", "quotes": None})
    assert [article.quotes for article in read_predictions(path, [talks()])] == [()]


@pytest.mark.parametrize("rest", [{}, {"quotes": []}, {"quotes": None}])
def test_predictions_without_text_tell_of_articles_that_failed(tmp_path: Path, rest: dict[str, Any]) -> None:
    path = write(tmp_path / "p.jsonl", {"id": "talks", "error": {"message": "timeout"}, **rest})
    report = evaluate([talks(), harbour()], path, draws=0)
    assert "1 predicted article(s) carry an error instead of a result: 'talks'." in report.notes
    records: list[dict[str, Any]] = [
        {"id": "talks", "quotes": [], "error": None},
        {"id": "talks", "content": [0, 8], "error": 0.03},
    ]
    for record in records:
        assert [article.error for article in read_predictions(write(path, record), [talks()])] == [None]


def test_an_id_that_is_null_is_none(tmp_path: Path) -> None:
    path = write(tmp_path / "gold.jsonl", {"id": None, "text": "He left.", "quotes": []})
    assert [article.id for article in read_gold(path)] == [""]
    assert [article.id for article in read_predictions(path, [])] == [""]
    task = {"id": 7, "data": {"id": None, "text": "He left."}, "annotations": [{"result": []}]}
    assert [article.id for article in read_gold(write(tmp_path / "tasks.json", [task]))] == ["7"]
    with pytest.raises(FormatError, match="line 1: The field 'id' is missing"):
        read_predictions(write(tmp_path / "p.jsonl", {"id": None, "quotes": []}), [Article("x", id="None")])
    with pytest.raises(FormatError, match="line 1: The field 'id' is missing"):
        read_gold(write(tmp_path / "gold.jsonl", {"id": None, "text": "He left.", "attributions": []}))


def labelled_rows() -> list[dict[str, Any]]:
    return [{"id": number, "text": f"we will strike {number}", "stance": "escalatory"} for number in range(4)]


def article_records() -> list[dict[str, Any]]:
    return [{"id": a.id, "quotes": [_record(q) for q in a.quotes]} for a in (talks(), harbour())]


def flat_records() -> list[dict[str, Any]]:
    return [{"id": a.id, **_record(q)} for a in (talks(), harbour()) for q in a.quotes]


def _record(q: Any) -> dict[str, Any]:
    return {"content": [[s.start, s.end] for s in q.content], "source": [q.source.start, q.source.end]}


@pytest.mark.parametrize("records", [article_records(), flat_records()])
def test_predictions_of_another_system_need_three_fields(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    gold = write(tmp_path / "gold.jsonl", talks().to_dict(), harbour().to_dict())
    answers = tmp_path / "answers"
    answers.mkdir()
    for number, record in enumerate(records):
        write(answers / f"{number}.jsonl", record)
    report = evaluate(gold, answers, draws=0)
    assert report.figure("quotes.all.end_to_end.f1") == 1.0
    assert report.metrics["speakers"] is None
    assert any("no speaker" in note for note in report.notes)


def test_predictions_csv_of_offsets(tmp_path: Path) -> None:
    rows = ["id,content,source,confidence"]
    for article in (talks(), harbour()):
        for q in article.quotes:
            assert q.source is not None
            content = ";".join(f"{span.start} {span.end}" for span in q.content)
            rows.append(f"{article.id},{content},{q.source.start} {q.source.end},0.5")
    (tmp_path / "answers.csv").write_text("\n".join(rows), encoding="utf-8")
    report = evaluate([talks(), harbour()], tmp_path / "answers.csv", draws=0)
    assert report.figure("quotes.all.end_to_end.f1") == 1.0
    assert report.figure("quotes.ece") == 0.5


def test_predictions_csv_of_offsets_have_a_column_for_each_label(tmp_path: Path) -> None:
    rows = ["id,content,source,escalatory,de-escalatory,neutral,stance"]
    ((start, end),) = offsets(TALKS, "two ships")
    rows += [f"talks,{start} {end},,0.25,0.5,0.25,", f"talks,{start} {end},,,,,neutral", f"talks,{start} {end}"]
    (tmp_path / "answers.csv").write_text("\n".join(rows), encoding="utf-8")
    ((first, second, third),) = [article.quotes for article in read_predictions(tmp_path / "answers.csv", [talks()])]
    assert first.stance is not None
    assert first.stance.probabilities == {"escalatory": 0.25, "de-escalatory": 0.5, "neutral": 0.25}
    assert second.stance == Stance.certain("neutral")
    assert third.stance is None


@pytest.mark.parametrize(
    ("rows", "lacking"),
    [
        ("id,stance,escalatory,neutral\nrow,neutral,0.8,0.2", "escalatory, neutral, but none of de-escalatory"),
        ("id,content,escalatory,de-escalatory,neutral\nrow,0 7,0.8,,0.2", "but none of de-escalatory"),
        ("id,stance,escalatory,de_escalatory,neutral\nrow,neutral,0.8,0.1,0.1", "but none of de-escalatory"),
        ('{"id": "row", "escalatory": 1, "de-escalatory": null}', "escalatory, but none of de-escalatory, neutral"),
    ],
)
def test_predictions_with_a_probability_of_some_labels_say_which_are_missing(
    rows: str, lacking: str, tmp_path: Path
) -> None:
    quote = Quote("indirect", (Span.of("the war", 0, 7),), stance=Stance.certain("neutral"))
    path = tmp_path / ("answers.jsonl" if rows.startswith("{") else "answers.csv")
    path.write_text(rows, encoding="utf-8")
    with pytest.raises(FormatError, match=f"line [12]: .*probability of .*{lacking}"):
        read_predictions(path, [Article("the war", id="row", quotes=(quote,))])


@pytest.mark.parametrize(
    "rows",
    [
        "id,stance,escalatory,de-escalatory,neutral\nrow,neutral,0.8,0.1,0.1",
        "id,content,Stance,escalatory,de-escalatory,neutral\nrow,0 7,Neutral,0.8,0.1,0.1",
        '{"id": "row", "quotes": [{"content": [0, 7], "stance": "neutral", '
        '"escalatory": 1, "de-escalatory": 0, "neutral": 0}]}',
    ],
)
def test_predictions_refuse_a_stance_that_their_probabilities_do_not_tell(rows: str, tmp_path: Path) -> None:
    quote = Quote("indirect", (Span.of("the war", 0, 7),), stance=Stance.certain("neutral"))
    path = tmp_path / ("answers.jsonl" if rows.startswith("{") else "answers.csv")
    path.write_text(rows, encoding="utf-8")
    with pytest.raises(FormatError, match=r"line [12]: .*stance is neutral, but escalatory is more.*Take out 'stance'"):
        read_predictions(path, [Article("the war", id="row", quotes=(quote,))])


@pytest.mark.parametrize("stance", ["escalatory", "neutral", "", "none"])
def test_predictions_may_have_a_stance_that_is_a_most_probable_label(stance: str, tmp_path: Path) -> None:
    (tmp_path / "answers.csv").write_text(
        f"id,content,stance,escalatory,de-escalatory,neutral\nrow,0 7,{stance},0.4,0.2,0.4\n", encoding="utf-8"
    )
    (article,) = read_predictions(tmp_path / "answers.csv", [Article("the war", id="row")])
    assert article.quotes[0].stance == Stance({"escalatory": 0.4, "de-escalatory": 0.2, "neutral": 0.4})


def test_predictions_have_labels_in_any_case_for_headings(tmp_path: Path) -> None:
    (tmp_path / "answers.csv").write_text("ID,Content,Escalatory,De-escalatory, Neutral\nrow,0 7,0.2,0.7,0.1\n")
    (article,) = read_predictions(tmp_path / "answers.csv", [Article("the war", id="row")])
    assert article.quotes[0].stance == Stance({"escalatory": 0.2, "de-escalatory": 0.7, "neutral": 0.1})


def test_predictions_carry_speaker_stance_and_confidence(tmp_path: Path) -> None:
    record = {
        "id": "talks",
        "quotes": [
            {
                "content": offsets(TALKS, "We will open talks on Monday."),
                "source": None,
                "speaker": {"name": "Ana Ruiz", "kind": "person"},
                "stance": {"escalatory": 0.2, "de-escalatory": 0.7, "neutral": 0.1},
                "confidence": 0.9,
            },
            {"content": offsets(TALKS, "his side"), "speaker": "Ben Okoro", "stance": "neutral"},
        ],
    }
    (article,) = read_predictions(write(tmp_path / "p.jsonl", record), [talks()])
    first, second = article.quotes
    assert (first.speaker, second.speaker) == (
        RUIZ.__class__("Ana Ruiz", kind="person"),
        RUIZ.__class__("Ben Okoro", kind="person"),
    )
    assert first.stance is not None
    assert (first.stance.label, first.confidence) == ("de-escalatory", 0.9)
    assert second.stance is not None
    assert second.stance.label == "neutral"


def test_predictions_refuse_members_that_are_no_list(tmp_path: Path) -> None:
    quote = {"content": offsets(TALKS, "his side"), "speaker": {"kind": "group", "members": "Ben Okoro"}}
    with pytest.raises(FormatError, match=r"line 1.*members are a list of strings, got 'Ben Okoro'"):
        read_predictions(write(tmp_path / "p.jsonl", {"id": "talks", "quotes": [quote]}), [talks()])


def test_predictions_csv_of_stances(tmp_path: Path) -> None:
    gold, answers = tmp_path / "gold.csv", tmp_path / "answers.csv"
    gold.write_text("id,text,stance\na,we will strike,escalatory\nb,we will talk,de-escalatory\n", encoding="utf-8")
    answers.write_text("id,escalatory,de-escalatory,neutral\na,0.8,0.1,0.1\nb,0.6,0.3,0.1\n", encoding="utf-8")
    report = evaluate(gold, answers, draws=0)
    assert report.figure("stance.accuracy") == 0.5
    assert report.metrics["quotes"] is None
    assert report.metrics["chain"] is None


BARE = '{"id": "a", "text": "x", "quotes": []}'
BAD_GOLD: list[tuple[str, str, type[QuotestanceError], str]] = [
    ("gold.jsonl", "", FormatError, "no articles"),
    ("gold.jsonl", "\n\n", FormatError, "no articles"),
    ("gold.jsonl", f"{BARE}\n{BARE}", FormatError, "line 2.*'a'.*line 1"),
    ("gold.jsonl", f"{BARE}\nnonsense", FormatError, "line 2: not JSON"),
    ("gold.jsonl", f"{BARE}\n[1]", FormatError, "line 2: expected a JSON object"),
    ("gold.jsonl", f'{BARE}\n{{"id": "b", "text": "y"}}', FormatError, r"line 2.*no 'quotes'.*has \[\]"),
    ("gold.jsonl", '{"id": "a"}', FormatError, "line 1.*'text'"),
    ("gold.jsonl", '{"id": "a", "text": "x", "quotes": 5}', FormatError, "line 1"),
    ("gold.jsonl", '{"id": "a", "text": "x", "quotes": ["y"]}', FormatError, "line 1"),
    ("gold.jsonl", '{"id": "a", "quotes": []}', FormatError, "line 1.*without the article's text"),
    ("gold.jsonl", f'{BARE}\n{{"id": "b", "text": "", "error": "no text"}}', FormatError, "line 2.*not.*read.*no text"),
    (
        "gold.jsonl",
        '{"id": "a", "text": "x", "quotes": [], "error": "MemoryError"}',
        FormatError,
        "line 1.*not be read.*MemoryError.*Leave it out",
    ),
    (
        "gold.jsonl",
        '{"id": "a", "text": "He left.", "quotes": [{"kind": "direct", "content": [[3, 99]]}]}',
        SpanError,
        "line 1.*3:99",
    ),
    (
        "gold.jsonl",
        '{"id": "a", "text": "He left.", "quotes": [{"kind": "direct", '
        '"content": [{"start": 0, "end": 2, "text": "It"}]}]}',
        SpanError,
        "line 1.*'It'",
    ),
    (
        "gold.jsonl",
        '{"id": "a", "text": "He left.", "attributions": [{"content": [[5, 3]]}]}',
        SpanError,
        "line 1.*quote 0",
    ),
    ("gold.jsonl", '{"id": "a", "text": "He left.", "attributions": [{"content": [["x"]]}]}', FormatError, "line 1"),
    ("gold.jsonl", '{"id": "a", "text": "He left.", "attributions": {"content": 1}}', FormatError, "line 1"),
    (
        "gold.jsonl",
        '{"id": "a", "text": "He left.", "quotes": [{"kind": "direct", "content": [[0, 2]], '
        '"stance": {"probabilities": {"hawkish": 1.0}}}]}',
        FormatError,
        "line 1.*'hawkish'.*escalatory, de-escalatory, neutral",
    ),
    (
        "gold.jsonl",
        '{"id": "a", "text": "He left.", "quotes": [{"kind": "direct", "content": [[0, 2]], "confidence": NaN}]}',
        FormatError,
        "line 1.*nan",
    ),
    ("gold.csv", "text,stance\nhello,angry\n", FormatError, "line 2.*'angry'.*neutral"),
    ("gold.csv", "text,label\nhello,neutral\n", FormatError, "line 2.*'stance'"),
    ("gold.csv", "id,text,stance\na,b,neutral\na,c,neutral\n", FormatError, "line 3.*'a'.*line 2"),
    ("gold.csv", "text,stance,context\nhello,neutral,goodbye\n", FormatError, "line 2.*does not stand in its context"),
    ("gold.csv", "text,stance\nhello, you,neutral\n", FormatError, "line 2.*more cells"),
    ("gold.json", '[{"id": 1, "data": {"text": "x"}, "annotations": []}]', FormatError, "record 1.*no annotation"),
    ("gold.json", '[{"id": 1, "data": {}, "annotations": [{"result": []}]}]', FormatError, "record 1.*'data' needs"),
    (
        "gold.json",
        '[{"id": 1, "data": {"text": "xyz"}, "annotations": [{"result": [{"id": "r", "type": "labels", '
        '"value": {"start": 0, "end": 2, "text": "zz", "labels": ["Content"]}}]}]}]',
        SpanError,
        "record 1.*'zz'",
    ),
]


@pytest.mark.parametrize(("name", "content", "error", "message"), BAD_GOLD)
def test_gold_that_is_bad_says_where(
    tmp_path: Path, name: str, content: str, error: type[QuotestanceError], message: str
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(error, match=f"(?s){name}.*{message}" if "no articles" not in message else message):
        read_gold(path)


@pytest.mark.parametrize(("name", "kind"), [("gold.parquet", "Parquet"), ("gold.XLSX", "Excel")])
def test_gold_in_a_table_that_is_no_text_says_what_it_is_and_what_to_do(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"PAR1\x00PK\x03\x04\xff")
    for read in (read_gold, lambda file: read_predictions(file, [talks()])):
        with pytest.raises(FormatError, match=rf"{name}: a table in the format of {kind}.*Save it as .csv or .jsonl"):
            read(path)


def test_gold_that_is_missing_or_empty_says_so(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no such file"):
        read_gold(tmp_path / "nowhere.jsonl")
    with pytest.raises(FormatError, match="in this folder"):
        read_gold(tmp_path)
    with pytest.raises(FormatError, match="no articles"):
        evaluate([], [])


@pytest.mark.parametrize(
    ("annotation", "error", "message"),
    [
        ("T1\tContent 0 99\tHe\n", SpanError, "line 1: T1 ends at 99"),
        ("T1\tContent 0 2\tShe\n", SpanError, "line 1: T1 says 'She'"),
        ("T1\tContent\tHe\n", FormatError, "line 1: T1 has no offsets"),
        ("T1\tContent x y\tHe\n", FormatError, "line 1: A span is"),
        ("T1\tContent 0 2\tHe\nE1\tAttribution:T2 Content:T7\n", FormatError, "line 2.*T7"),
    ],
)
def test_gold_brat_that_is_bad_says_where(
    tmp_path: Path, annotation: str, error: type[QuotestanceError], message: str
) -> None:
    (tmp_path / "a.txt").write_text("He left.", encoding="utf-8")
    (tmp_path / "a.ann").write_text(annotation, encoding="utf-8")
    with pytest.raises(error, match=f"(?s)a.ann.*{message}"):
        read_gold(tmp_path)


def test_gold_brat_without_its_text_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a_abe.ann").write_text("", encoding="utf-8")
    with pytest.raises(FormatError, match=r"a\.txt"):
        read_gold(tmp_path)


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ('{"quotes": []}', FormatError, "line 1.*'id'"),
        ('{"id": "talks"}', FormatError, "line 1.*'quotes'"),
        ('{"id": "talks", "quotes": []}\n{"id": "talks", "quotes": []}', FormatError, "line 2.*line 1"),
        ('{"id": "talks", "quotes": [{"content": [[0, 9999]]}]}', SpanError, "line 1.*quote 0.*9999"),
        ('{"id": "talks", "quotes": [{"content": [[0, 9]], "stance": "angry"}]}', FormatError, "line 1.*'angry'"),
        ('{"id": "talks", "quotes": [{"content": [[0, 9]], "confidence": 7}]}', FormatError, "line 1.*7.0"),
        ('{"id": "talks", "quotes": [{"content": [[0, 9]], "confidence": "x"}]}', FormatError, "line 1"),
        (
            '{"id": "talks", "quotes": [{"content": [[0, 9]], "stance": {"neutral": 0.5}}]}',
            FormatError,
            "line 1.*add up to 0.500",
        ),
        ('{"id": "talks", "stance": "neutral"}', FormatError, "line 1.*one quote an article"),
    ],
)
def test_predictions_that_are_bad_say_where(
    tmp_path: Path, content: str, error: type[QuotestanceError], message: str
) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(error, match=f"(?s)answers.jsonl, {message}"):
        read_predictions(path, [talks()])


@pytest.mark.parametrize("order", [1, -1])
def test_predictions_refuse_single_quotes_beside_a_whole_article(tmp_path: Path, order: int) -> None:
    records = [{"id": "talks", "content": [0, 8]}, {"id": "talks", "quotes": []}][::order]
    with pytest.raises(FormatError, match=r"line 2: Article id 'talks' was there before.*line 1"):
        read_predictions(write(tmp_path / "p.jsonl", *records), [talks()])


def test_predictions_in_brat_refuse_an_id_twice(tmp_path: Path) -> None:
    for split in ("dev", "test"):
        brat_folder(tmp_path / split, talks(), {"abe": [("two ships", "According to", "an official")]})
    with pytest.raises(FormatError, match="'talks' was there before"):
        read_predictions(tmp_path, [talks()])


def test_predictions_with_a_quote_a_row_take_time_by_their_number(tmp_path: Path) -> None:
    # The bar is 3 s for what takes a tenth of that, and 20 s where every row reads the whole article.
    text = "".join(f'He said "word{number} goes here now and then" to them.\n' for number in range(2_000))
    places = [text.index(f"word{number} ") for number in range(2_000)]
    path = write(tmp_path / "p.jsonl", *({"id": "a", "content": [place, place + 8]} for place in places))
    with Clock() as clock:
        (found,) = read_predictions(path, [Article(text, id="a")])
    assert clock.seconds < 3
    assert len(found.quotes) == 2_000


def test_predictions_on_another_text_are_refused(tmp_path: Path) -> None:
    edited = Article(TALKS + " ", id="talks")
    with pytest.raises(FormatError, match=r"'talks'.*another text"):
        evaluate([talks()], write(tmp_path / "p.jsonl", edited.to_dict()))


def test_predictions_tell_unknown_articles_apart(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", {"id": "elsewhere", "quotes": [{"content": [[0, 500]]}]}, harbour().to_dict())
    report = evaluate([talks(), harbour()], path, draws=0)
    assert report.metrics["quotes"]["all"]["predicted"] == len(harbour().quotes)
    assert any("1 predicted article(s) are not in the gold" in note and "'elsewhere'" in note for note in report.notes)
    missing = "1 gold article(s) have no prediction and count as nothing found: 'talks'."
    assert missing in report.notes


def test_gold_line_separators_inside_strings_are_no_lines(tmp_path: Path) -> None:
    text = HARBOUR.replace(" was ", "\u2028was\x0b")
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps({"id": "a", "text": text, "quotes": []}, ensure_ascii=False) + "\n", encoding="utf-8")
    assert read_gold(path)[0].text == text


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\n\n", "\r\n"])
def test_gold_table_reads_a_cell_with_any_line_separator(tmp_path: Path, character: str) -> None:
    text = f"We will{character}talk"
    path = tmp_path / "gold.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["id", "text", "stance"], ["a", text, "neutral"], ["b", "No.", "neutral"]])
    assert [article.text for article in read_gold(path)] == [text, "No."]


def test_gold_that_tells_no_annotators_refuses_a_name(tmp_path: Path) -> None:
    write_articles([talks()], tmp_path / "gold.jsonl")
    (tmp_path / "gold.csv").write_text("text,stance\nHe left.,neutral\n", encoding="utf-8")
    for name in ("gold.jsonl", "gold.csv"):
        with pytest.raises(FormatError, match=rf"{name}.*'ana' cannot be chosen. Leave annotator=NAME out"):
            read_gold(tmp_path / name, annotator="ana")
        assert read_gold(tmp_path / name, annotator="first") == read_gold(tmp_path / name)


def test_predictions_without_text_read_spans_as_articles_have_them(tmp_path: Path) -> None:
    text = talks().text
    role = Span.of(text, text.index("defence minister"), text.index("defence minister") + 16)
    quotes = (replace(one, speaker=replace(RUIZ, evidence={"role": role})) for one in talks().quotes)
    answer = talks().replace(quotes=tuple(quotes)).to_dict()
    del answer["text"]
    path = tmp_path / "answers.jsonl"
    path.write_text(json.dumps(answer), encoding="utf-8")
    (found,) = read_predictions(path, [talks()])
    assert found.to_dict()["quotes"][0]["speaker"] == answer["quotes"][0]["speaker"]
    answer["quotes"][1]["source"]["start"] += 1
    answer["quotes"][1]["source"]["end"] += 1
    path.write_text(json.dumps(answer), encoding="utf-8")
    with pytest.raises(SpanError, match=r"quote 1: Span \d+:\d+ says 'She' but the text there is 'he '"):
        read_predictions(path, [talks()])


def test_gold_folder_reads_files_with_endings_in_capitals(tmp_path: Path) -> None:
    (tmp_path / "a.JSONL").write_text('{"id": "a", "text": "We strike.", "stance": "escalatory"}\n', encoding="utf-8")
    (tmp_path / "b.jsonl").write_text('{"id": "b", "text": "We talk.", "stance": "neutral"}\n', encoding="utf-8")
    assert [article.id for article in read_gold(tmp_path)] == ["a", "b"]
    one = tmp_path / "c.JSON"
    one.write_text('{"id": "c",\n "text": "We wait.",\n "stance": "neutral"}\n', encoding="utf-8")
    assert [article.id for article in read_gold(one)] == ["c"]


def test_gold_csv_passes_over_the_empty_rows_of_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "gold.csv"
    path.write_text("text,stance\nWe strike.,escalatory\n,\nWe talk.,neutral\n, \n", encoding="utf-8")
    assert [article.id for article in read_gold(path)] == ["row-1", "row-2"]


def test_gold_with_two_labels_in_an_object_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text('{"text": "We talk.", "stance": "neutral", "stance": "escalatory"}\n', encoding="utf-8")
    with pytest.raises(FormatError, match=r"line 1: the field 'stance' comes twice with different values"):
        read_gold(path)


def test_gold_csv_with_two_labels_in_a_row_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gold.csv"
    path.write_text("text,stance,stance\nWe talk.,neutral,neutral\nWe strike.,escalatory,neutral\n", encoding="utf-8")
    with pytest.raises(FormatError, match=r"line 3: The column 'stance' is there twice, with 'escalatory' and 'neutr"):
        read_gold(path)
