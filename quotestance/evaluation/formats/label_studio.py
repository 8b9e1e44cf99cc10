"""Label Studio's JSON export.

The labelling is that of :mod:`quotestance.annotation`: regions labelled ``Content``, ``Cue``, ``Source`` and ``Via``;
relations from or to a content tie its cue, source and medium to it, and a relation between two contents makes them one
quote. On a content region, choices and text areas are the fields of the quote: ``stance``, ``conditional``,
``quote_kind``, and of the speaker ``kind``, ``name``, ``role``, ``affiliation``, ``country``, ``description``,
``members`` and ``speaker_id``. Whatever else is there is an error, so that nothing an annotator did is lost unseen.

Offsets are code points, as Label Studio counts them since version 1.4; where the words that a region holds stand at
its offsets only if they are counted as UTF-16, as older versions did, they are read so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from quotestance.annotation.label_studio import HASH, HEAD
from quotestance.annotation.scheme import article_of, check_text
from quotestance.errors import FormatError
from quotestance.evaluation.formats.records import id_in
from quotestance.evaluation.formats.regions import read_results
from quotestance.types import Article

_UNNAMED = re.compile(r"annotator \d+")
_TEXT_FIELDS = ("text", "article", "content")


def is_task(data: Mapping[str, Any]) -> bool:
    """Whether a JSON object is a task of Label Studio."""
    return isinstance(data.get("data"), Mapping) and any(
        name in data for name in ("annotations", "completions", "predictions", "drafts")
    )


def check_not_other_export(data: Mapping[str, Any]) -> None:
    """Check that a record is in none of the forms of Label Studio that cannot be read.

    Raises:
        FormatError: It is of the export JSON-MIN, or of a storage that holds annotations one by one.
    """
    if "annotation_id" in data and "annotator" in data:
        raise FormatError("This is Label Studio's export JSON-MIN, which has no relations. Export as JSON.")
    if "result" in data and isinstance(data.get("task"), Mapping):
        raise FormatError("This is one annotation from a storage of Label Studio. Export the project as JSON.")


def task_to_article(task: Mapping[str, Any], annotator: str | None = None) -> Article:
    """Read the article of a task as an annotator marked it.

    Args:
        task: The task.
        annotator: Whose annotation, by e-mail, user name or number, or ``"first"``: the one that was made first, or
            stands first where they do not all tell when. By default the only one, or the one that is marked as ground
            truth.

    Raises:
        FormatError: The task has no text or no such annotation, several where none is chosen, or something in it is
            unknown or belongs to nothing.
        SpanError: A region does not fit the text.
    """
    found = _annotations(task)
    names = ", ".join(sorted({name for name, _ in found}))
    chosen = [annotation for name, annotation in found if name == annotator]
    if annotator == "first" and not chosen:
        chosen = [_earliest([annotation for _, annotation in found])]
    elif annotator is None:
        chosen = [annotation for _, annotation in found]
        if len(chosen) > 1:
            chosen = [annotation for annotation in chosen if annotation.get("ground_truth")] or chosen
    if not chosen:
        raise FormatError(f"{annotator!r} has not annotated this task; {names} has. Leave it out of the export.")
    if len(chosen) > 1:
        raise FormatError(
            f"The task has {len(chosen)} annotations to choose from, of {names}. Choose with annotator=NAME (or "
            "'first'), or mark one as ground truth; to compare annotators, measure their agreement."
        )
    return _read(task, chosen[0]["result"])


def task_annotators(task: Mapping[str, Any]) -> dict[str, Article]:
    """Annotator to the article of a task as they marked it, in the order of the export.

    Raises:
        FormatError, SpanError: As :func:`task_to_article`; or an annotator has two annotations.
    """
    articles: dict[str, Article] = {}
    for name, annotation in _annotations(task):
        if name in articles:
            raise FormatError(f"{name} has annotated the task twice. Delete one of the annotations in Label Studio.")
        article = _read(task, annotation["result"])
        articles[name] = article.replace(meta={**article.meta, "annotator": name})
    return articles


def task_to_prediction(task: Mapping[str, Any]) -> Article:
    """Read the article of a task as a model predicted it, with probabilities where quotestance exported the task.

    Raises:
        FormatError, SpanError: As :func:`task_to_article`; or the task has several predictions, or none.
    """
    predictions = task.get("predictions")
    if not predictions:
        return task_to_article(task)
    if len(predictions) > 1:
        versions = ", ".join(str(prediction.get("model_version")) for prediction in predictions)
        raise FormatError(f"The task has predictions of several models: {versions}. Keep those of one.")
    return _read(task, predictions[0]["result"], keep_scores=True)


def _annotations(task: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Every annotation of a task that was not cancelled, with its annotator."""
    if "completions" in task:
        raise FormatError("This is an export of a Label Studio before version 1.0. Export it from a newer one.")
    given = task.get("annotations") or []
    done = [annotation for annotation in given if not annotation.get("was_cancelled")]
    if given and not done:
        raise FormatError("The task has no annotation that was not skipped. Leave it out of the export.")
    if not done and task.get("drafts"):
        raise FormatError("The task has no annotation, but a draft. Submit it in Label Studio and export again.")
    if not done:
        raise FormatError("The task has no annotation, so it is no gold. Export only tasks that are done.")
    return [(_annotator(annotation, number), annotation) for number, annotation in enumerate(done, 1)]


def _earliest(annotations: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the annotation that was made first; the first of all where they do not all tell when."""
    if all(isinstance(annotation.get("created_at"), str) for annotation in annotations):
        return min(annotations, key=lambda annotation: str(annotation["created_at"]))
    return annotations[0]


def _annotator(annotation: Mapping[str, Any], number: int) -> str:
    by = annotation.get("completed_by")
    if isinstance(by, Mapping):
        by = by.get("email") or by.get("username") or by.get("id")
    return f"annotator {number}" if by is None else str(by)


def is_unnamed(annotator: str) -> bool:
    """Whether a name only counts the annotations of a task, which do not tell who made them."""
    return _UNNAMED.fullmatch(annotator) is not None


def _read(task: Mapping[str, Any], results: object, *, keep_scores: bool = False) -> Article:
    data = task["data"]
    text = next((data[name] for name in _TEXT_FIELDS if isinstance(data.get(name), str)), None)
    if text is None:
        raise FormatError(f"The task's 'data' needs the article under one of: {', '.join(_TEXT_FIELDS)}.")
    check_text(text, data.get(HASH))
    if not isinstance(results, list):
        raise FormatError(f"The 'result' of an annotation is a list, got {type(results).__name__}.")
    scores = data.get(HEAD, {}).get("scores", {}) if keep_scores else {}
    quotes = tuple(read_results(text, results, scores))
    if HEAD in data:
        return article_of(text, data[HEAD], quotes)
    meta = {name: value for name, value in data.items() if name not in (*_TEXT_FIELDS, HASH, "id")}
    return Article(text, id=id_in(data) or id_in(task), meta=meta, quotes=quotes)
