from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest

import quotestance
from quotestance.stance import zero_shot
from quotestance.stance.classifier import StanceClassifier
from quotestance.stance.zero_shot import ZeroShotClassifier, hypotheses, is_inference_checkpoint
from quotestance.types import STANCES, Stance

LONG = "the war " * 400


@pytest.fixture(scope="module")
def classifier(inference_folder: Path) -> ZeroShotClassifier:
    return ZeroShotClassifier.load(inference_folder)


def relabelled(folder: Path, target: Path, labels: list[str]) -> Path:
    shutil.copytree(folder, target, dirs_exist_ok=True)
    config = json.loads((target / "config.json").read_text())
    config["id2label"] = dict(enumerate(labels))
    config["label2id"] = {label: number for number, label in enumerate(labels)}
    (target / "config.json").write_text(json.dumps(config))
    return target


def near(stance: Stance, other: Stance) -> bool:
    return dict(stance.probabilities) == pytest.approx(dict(other.probabilities), abs=0.02)


def test_zero_shot_gives_every_label_a_probability_and_no_conditional(classifier: ZeroShotClassifier) -> None:
    stances = classifier.classify(["", "war", "He said no.", LONG, "\x00 [SEP] \ufffd"])
    assert len(stances) == 5
    for stance in stances:
        assert set(stance.probabilities) == set(STANCES)
        assert sum(stance.probabilities.values()) == pytest.approx(1)
        assert stance.conditional is None
    assert not near(stances[1], stances[2])
    assert classifier.classify([]) == []


def test_zero_shot_wants_a_context_for_every_text(classifier: ZeroShotClassifier) -> None:
    with pytest.raises(ValueError, match="one context for every text: 1 for 2 texts"):
        classifier.classify(["war", "peace"], ["He spoke."])
    assert near(classifier.classify(["war"], ["He spoke."])[0], classifier.classify(["war"])[0])


def test_zero_shot_every_label_has_a_hypothesis_of_its_own() -> None:
    assert tuple(hypotheses()) == STANCES
    assert len(set(hypotheses().values())) == len(STANCES)
    assert all(sentence.startswith("The speaker") and sentence.endswith(".") for sentence in hypotheses().values())


def test_zero_shot_probabilities_go_with_the_hypotheses(
    classifier: ZeroShotClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    (before,) = classifier.classify(["the war"])
    given = hypotheses()
    turned = dict(zip(STANCES, (given[label] for label in reversed(STANCES)), strict=True))
    with monkeypatch.context() as patch:
        patch.setattr(zero_shot, "hypotheses", lambda: turned)
        (after,) = classifier.classify(["the war"])
    swapped = Stance({label: before.probabilities[other] for label, other in zip(STANCES, STANCES[::-1], strict=True)})
    assert near(after, swapped)
    assert not near(after, before)
    with monkeypatch.context() as patch:
        patch.setattr(zero_shot, "hypotheses", lambda: dict.fromkeys(STANCES, "the same"))
        (even,) = classifier.classify(["the war"])
    assert even.confidence == pytest.approx(1 / 3)


def test_zero_shot_reads_the_column_of_entailment(
    classifier: ZeroShotClassifier, inference_folder: Path, tmp_path: Path
) -> None:
    other = ZeroShotClassifier.load(relabelled(inference_folder, tmp_path, ["entailment", "neutral", "contradiction"]))
    assert (classifier.column, other.column) == (1, 0)
    assert not near(classifier.classify(["the war"])[0], other.classify(["the war"])[0])


def test_zero_shot_reads_a_long_text_to_its_end(classifier: ZeroShotClassifier) -> None:
    others = [LONG + "peace " * 9, "peace " * 9 + LONG, LONG[:1600] + "peace " * 9 + LONG[1600:]]
    plain, *changes = classifier.classify([LONG, *others])
    for change in changes:
        assert not all(
            math.isclose(plain.probabilities[label], change.probabilities[label], abs_tol=1e-5) for label in STANCES
        )


def test_zero_shot_does_not_depend_on_the_company(classifier: ZeroShotClassifier) -> None:
    texts = ["", "war", "The war, he said, goes on and on and on.", LONG]
    for text, together in zip(texts, classifier.classify(texts), strict=True):
        assert near(classifier.classify([text], batch_tokens=1)[0], together)


def test_zero_shot_is_what_load_takes_for_an_inference_checkpoint(
    attribution_folder: Path, inference_folder: Path, stance_folder: Path
) -> None:
    assert is_inference_checkpoint(inference_folder)
    assert not is_inference_checkpoint(stance_folder)
    pipe = quotestance.load(attribution=attribution_folder, stance=inference_folder)
    assert isinstance(pipe.classifier, ZeroShotClassifier)
    assert isinstance(
        quotestance.load(attribution=attribution_folder, stance=stance_folder).classifier, StanceClassifier
    )
    article = pipe('"We will talk," Ann Lee said. "Soon," she added.')
    assert article.quotes
    for quote in article.quotes:
        assert quote.stance is not None
        assert quote.stance.conditional is None
        assert max(abs(weight) for _, weight in pipe.explain(article, quote)) == pytest.approx(1)


def test_zero_shot_a_folder_that_is_no_checkpoint_is_told(attribution_folder: Path, tmp_path: Path) -> None:
    assert not is_inference_checkpoint(tmp_path)
    with pytest.raises(quotestance.CheckpointError, match=str(tmp_path)):
        quotestance.load(attribution=attribution_folder, stance=tmp_path)


def test_zero_shot_refuses_a_model_without_entailment(stance_folder: Path) -> None:
    with pytest.raises(quotestance.CheckpointError, match="entailment"):
        ZeroShotClassifier.load(stance_folder)
