"""Agreement between annotators."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from evaluation_articles import TALKS, harbour, talks, with_answers

from quotestance import Article, Stance
from quotestance.annotation.label_studio import to_task
from quotestance.errors import FormatError
from quotestance.evaluation import agreement, krippendorff_alpha

POLNEAR = Path(__file__).parents[2] / "shared" / "corpora" / "polnear"


def second_annotator() -> list[Article]:
    first, second, third, _ = talks().quotes
    quotes = (first, replace(second, stance=Stance.certain("escalatory")), replace(third, source=None, speaker=None))
    return [talks().replace(quotes=quotes), harbour()]


def test_agreement_of_an_annotator_with_himself_is_full() -> None:
    report = agreement([talks(), harbour()], [talks(), harbour()], draws=0)
    assert {report.figure(name) for name in ("quotes.all.exact.f1", "speakers.speaker", "stance.alpha")} == {1.0}


def test_agreement_says_that_a_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"none\.json: no such file or folder"):
        agreement(tmp_path / "none.json")


def test_agreement_is_symmetrical() -> None:
    one, other = [talks(), harbour()], second_annotator()
    forth, back = agreement(one, other, draws=0), agreement(other, one, draws=0)
    assert forth.metrics == back.metrics
    soft = forth.metrics["quotes"]["all"]["soft"]
    assert soft["precision"] == soft["recall"] == soft["f1"] == 5 / 5.5  # 5 of 6 and of 5, both ways


def test_agreement_on_labelled_quotes_tells_none_on_contents_that_were_given(tmp_path: Path) -> None:
    rows = [f"{number},We will go {number} times.," for number in range(3)]
    for name, labels in {"one": "ned", "other": "nee"}.items():
        full = {"n": "neutral", "e": "escalatory", "d": "de-escalatory"}
        lines = [row + full[label] for row, label in zip(rows, labels, strict=True)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["id,text,stance", *lines]))
    report = agreement(tmp_path / "one.csv", tmp_path / "other.csv", draws=0)
    assert report.figure("stance.accuracy") == pytest.approx(2 / 3)
    assert {*report.headline()} == {name for name in report.headline() if name.startswith("stance.")}
    assert "The quotes were given: only what follows them is scored." in report.notes
    assert "content" not in str(report)


def test_agreement_alpha_is_that_of_the_shared_quotes() -> None:
    report = agreement([talks(), harbour()], second_annotator(), draws=0)
    pairs = [("d", "d"), ("n", "e"), ("e", "e"), ("d", "d"), ("e", "e")]
    assert report.figure("stance.alpha") == pytest.approx(krippendorff_alpha(pairs))


def test_agreement_alpha_of_three_annotators_counts_each_label_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("He left, she said. It rained, he said.", encoding="utf-8")
    spans = "T1\tContent 0 7\tHe left\nT2\tContent 19 28\tIt rained\nE1\tAttribution:T1 Content:T1\n"
    spans += "E2\tAttribution:T2 Content:T2\nA1\tStance E1 neutral\nA2\tStance E2 "
    labels = {"abe": "escalatory", "bea": "escalatory", "cyd": "neutral"}
    for annotator, label in labels.items():
        (tmp_path / f"a_{annotator}.ann").write_text(f"{spans}{label}\n", encoding="utf-8")
    expected = krippendorff_alpha([["neutral"] * 3, [*labels.values()]])
    assert agreement(tmp_path, draws=0).figure("stance.alpha") == pytest.approx(expected)


def annotate(folder: Path, name: str, labels: Mapping[str, Sequence[str | None]]) -> None:
    """Write an article of brat's in which each annotator gives every sentence a label, or leaves it out."""
    sentences = [f"{word} left, he said." for word in ("Amber", "Birch", "Cedar")]
    (folder / f"{name}.txt").write_text("\n".join(sentences), encoding="utf-8")
    for annotator, given in labels.items():
        lines, start = [], 0
        for number, (sentence, label) in enumerate(zip(sentences, given, strict=True), 1):
            if label is not None:
                lines.append(f"T{number}\tContent {start} {start + 10}\t{sentence[:10]}")
                lines += [f"E{number}\tAttribution:T{number} Content:T{number}", f"A{number}\tStance E{number} {label}"]
            start += len(sentence) + 1
        (folder / f"{name}_{annotator}.ann").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_agreement_alpha_of_articles_with_different_numbers_of_annotators(tmp_path: Path) -> None:
    e, d, n = "escalatory", "de-escalatory", "neutral"
    many = {"abe": (e, d, n), "bea": (d, d, e), "cyd": (n, e, None), "dov": (e, n, None)}
    few = {"abe": (e, d, n), "bea": (e, d, n)}
    annotate(tmp_path, "a", many)
    annotate(tmp_path, "b", few)
    units = [*zip(*many.values(), strict=True), *zip(*few.values(), strict=True)]
    assert agreement(tmp_path, draws=0).figure("stance.alpha") == pytest.approx(krippendorff_alpha(units))


def test_agreement_leaves_out_what_one_annotator_did() -> None:
    report = agreement([talks(), harbour()], [harbour()], draws=0)
    assert report.metrics["articles"] == 1
    assert any("1 article(s) were annotated once" in note for note in report.notes)
    with pytest.raises(FormatError, match="annotated twice"):
        agreement([talks()], [harbour()])
    with pytest.raises(FormatError, match="two annotations"):
        agreement([talks()])


def test_agreement_leaves_out_a_layer_that_one_annotator_did_not_mark() -> None:
    full, bare = [talks(), harbour()], [with_answers(article, stance=None) for article in (talks(), harbour())]
    forth, back = agreement(full, bare, draws=0), agreement(bare, full, draws=0)
    assert forth.metrics == back.metrics
    assert forth.metrics["stance"] is None
    assert forth.figure("chain.f1") == 1.0
    assert any("stance from two annotators" in note for note in forth.notes)


def test_agreement_on_different_texts_is_refused() -> None:
    with pytest.raises(FormatError, match=r"'talks'.*different texts"):
        agreement([talks()], [Article(TALKS + "!", id="talks")])


def test_agreement_of_a_brat_folder_takes_all_ordered_pairs(tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    (tmp_path / "attributions").mkdir()
    (tmp_path / "text" / "a.txt").write_text("He left, she said. It rained, he said.", encoding="utf-8")
    first = "T1\tContent 0 7\tHe left\nT2\tSource 9 12\tshe\nE1\tAttribution:T1 Content:T1 Source:T2\n"
    more = first + "T3\tContent 19 28\tIt rained\nE2\tAttribution:T3 Content:T3\n"
    for annotator, annotation in {"abe": first, "bea": first, "cyd": more}.items():
        (tmp_path / "attributions" / f"a_{annotator}.ann").write_text(annotation, encoding="utf-8")
    report = agreement(tmp_path, draws=0)
    assert "6 ordered pairs" in report.title
    assert report.figure("quotes.all.exact.recall") == 6 / 8


def test_agreement_counts_the_layers_of_every_annotator(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("He left, she said.", encoding="utf-8")
    spans = "T1\tContent 0 7\tHe left\nT2\tSource 9 12\tshe\nE1\tAttribution:T1 Content:T1 Source:T2\n"
    stance = "A1\tStance E1 neutral\n"
    for annotator, annotation in {"abe": spans, "bea": spans + stance, "cyd": spans + stance}.items():
        (tmp_path / f"a_{annotator}.ann").write_text(annotation, encoding="utf-8")
    report = agreement(tmp_path, draws=0)
    assert report.figure("stance.accuracy") == 1.0
    assert report.metrics["stance"]["count"] == 2


def test_agreement_refuses_a_brat_folder_that_is_there_twice(tmp_path: Path) -> None:
    for folder in (tmp_path / "x", tmp_path / "copy of x"):
        folder.mkdir()
        annotate(folder, "a", {"ana": ("neutral", None, None), "ben": ("escalatory", None, None)})
    with pytest.raises(FormatError, match=r"ana has annotated article 'a' twice .*copy of x.*x/a_ana\.ann"):
        agreement(tmp_path, draws=0)
    assert agreement(tmp_path / "x", draws=0).figure("stance.accuracy") == 0.0


@pytest.mark.parametrize("is_told", [True, False])
def test_agreement_refuses_an_export_that_is_there_twice(is_told: bool, tmp_path: Path) -> None:
    task = to_task(talks())
    result = task["predictions"][0]["result"]
    task["annotations"] = [
        {"result": result, **({"completed_by": {"email": name}} if is_told else {})} for name in ("ana", "ben")
    ]
    for name in ("one.json", "one (1).json"):
        (tmp_path / name).write_text(json.dumps([task]), encoding="utf-8")
        agreement(tmp_path / name, draws=0)
    if is_told:
        with pytest.raises(FormatError, match=r"ana has annotated article 'talks' twice .*one \(1\)\.json.*one\.json"):
            agreement(tmp_path, draws=0)
    else:
        assert "12 ordered pairs" in agreement(tmp_path, draws=0).title


def test_agreement_of_polnear_is_the_human_ceiling() -> None:
    if not POLNEAR.is_dir():
        pytest.skip(f"PolNeAR is not here: {POLNEAR}")
    report = agreement(POLNEAR, draws=0)
    wanted = {"all": 75.9, "direct_mixed": 95.1, "indirect": 67.3}  # train and dev; 75.3, 94.3, 67.0 with test
    found = {group: round(100 * (report.figure(f"quotes.{group}.end_to_end.f1") or 0), 1) for group in wanted}
    assert found == wanted


def test_agreement_reports_no_calibration() -> None:
    assert agreement([talks()], [with_answers(talks())], draws=0).figure("stance.ece") is None
