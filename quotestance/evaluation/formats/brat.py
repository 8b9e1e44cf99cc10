"""Brat stand-off annotation, as :mod:`quotestance.annotation` exports it, and in PolNeAR's layout.

``NAME.txt`` beside ``NAME.ann`` or ``NAME_ANNOTATOR.ann``; or as in PolNeAR (Newell et al., LREC 2018)
``text/NAME.txt`` and ``attributions/NAME_ANNOTATOR.ann``. Read are spans, ``T3<tab>Content 115 290<tab>surface`` (the
pieces of a discontinuous one parted by ``;``), events ``E1<tab>Attribution:T4 Content:T3 Cue:T2 Source:T1`` that join
them, their attributes, and their notes; any other line is an error. Notes on spans are for people, and PolNeAR's spans
``Discard`` and ``Discuss`` mark what is no attribution: both are passed over.

Where ``NAME.json`` of an export stands beside the text, the text has to be the exported one, and every span has to be
part of a quote. Elsewhere spans outside events are passed over, unless a file has no event at all, and of a source or
cue in several pieces the first is taken.
"""

from __future__ import annotations

import json
import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from quotestance.annotation.brat import HASH, shown_text
from quotestance.annotation.scheme import article_of, check_text
from quotestance.errors import FormatError, GoldWarning
from quotestance.evaluation.formats.records import check_once, located, read_text
from quotestance.evaluation.formats.standoff import Standoff
from quotestance.types import Article


def is_brat(path: Path) -> bool:
    """Whether a path is a folder with brat annotation, here or in a folder below."""
    return path.is_dir() and next(path.rglob("*.ann"), None) is not None


def read_brat(path: Path, annotator: str | None = None, *, keep_scores: bool = False) -> Iterator[Article]:
    """Every annotated article below a folder.

    Args:
        path: A folder; PolNeAR's own folder with ``data/<split>/`` below it serves as well.
        annotator: Whose annotation, or ``"first"``: the first of each article by name. By default that too, with
            a :class:`~quotestance.errors.GoldWarning` that counts the articles which have others.
        keep_scores: Give the quotes the probabilities that they had when they were exported, as predictions have.

    Raises:
        FormatError: A line is malformed, the text of an annotation is missing or was changed, or an article lacks the
            annotator that was chosen.
        SpanError: A span does not fit its text.
    """
    found = _files(path)
    several = sum(len(files) > 1 for files in found.values())
    if annotator is None and several:
        warnings.warn(
            f"{path}: {several} of {len(found)} articles have several annotators; the first by name is taken. "
            "Choose with annotator=NAME, or 'first' where that is meant.",
            GoldWarning,
            stacklevel=3,
        )
    for text_path, files in found.items():
        yield _read_article(files[_choose(text_path, [*files], annotator)], keep_scores=keep_scores)


def read_annotators(path: Path) -> dict[str, list[Article]]:
    """Article id to the article as each of its annotators marked it, in the alphabetical order of the annotators.

    Args:
        path: As in :func:`read_brat`.

    Raises:
        FormatError, SpanError: As :func:`read_brat`.
    """
    found: defaultdict[str, list[Article]] = defaultdict(list)
    seen: dict[tuple[str, str], str] = {}
    for files in _files(path).values():
        for annotation in files.values():
            article = _read_article(annotation)
            check_once(article.id, _text_of(annotation)[1] or None, str(annotation), seen)
            found[article.id].append(article)
    return dict(found)


def _files(path: Path) -> dict[Path, dict[str, Path]]:
    """Text to its annotators, each with the annotation."""
    found: defaultdict[Path, dict[str, Path]] = defaultdict(dict)
    for annotation in sorted(path.rglob("*.ann")):
        text_path, annotator = _text_of(annotation)
        if annotator in found[text_path]:
            raise FormatError(f"{annotation} and {found[text_path][annotator]} are of one text and one annotator.")
        found[text_path][annotator] = annotation
    return dict(found)


def _choose(text_path: Path, annotators: list[str], annotator: str | None) -> str:
    if annotator in annotators:
        return str(annotator)
    known = ", ".join(found or "somebody without a name" for found in annotators)
    if annotator is not None and annotator != "first":
        raise FormatError(f"{text_path}: {annotator!r} has not annotated it; {known} has. Leave it out of the folder.")
    return annotators[0]


def _text_of(annotation: Path) -> tuple[Path, str]:
    """Return the text of an annotation, and who annotated it where the file's name tells."""
    folder = annotation.parent
    stem, _, annotator = annotation.stem.rpartition("_")
    candidates = [(folder / f"{annotation.stem}.txt", "")]
    if stem:
        candidates += [(place / f"{stem}.txt", annotator) for place in (folder.parent / "text", folder)]
    for candidate in candidates:
        if candidate[0].is_file():
            return candidate
    wanted = " or ".join(str(candidate) for candidate, _ in candidates)
    raise FormatError(f"{annotation}: the text that it annotates is missing. Expected {wanted}.")


def _read_article(annotation: Path, *, keep_scores: bool = False) -> Article:
    text_path, annotator = _text_of(annotation)
    shown, head = read_text(text_path), _read_head(text_path)
    meta = {"annotator": annotator} if annotator else {}
    if head is None:
        standoff = Standoff(annotation, shown, is_export=False)
        return Article(shown, id=text_path.stem, meta=meta, quotes=tuple(standoff.quotes(shown, {})))
    text = head["text"]
    with located(str(text_path)):
        check_text(text, head.get(HASH))
        if shown_text(text) != shown:
            raise FormatError("The text is not the one that was exported. Put it back, or export and annotate it anew.")
    standoff = Standoff(annotation, shown, is_export=True)
    quotes = tuple(standoff.quotes(text, head.get("scores", {}) if keep_scores else {}))
    with located(str(text_path.with_suffix(".json"))):
        article = article_of(text, head, quotes)
    return article.replace(meta={**article.meta, **meta})


def _read_head(text_path: Path) -> dict[str, Any] | None:
    """Read what an export says of an article; ``None`` for other annotation."""
    path = text_path.with_suffix(".json")
    if not path.is_file():
        return None
    try:
        head = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(f"{path}: not JSON ({error}). Put the file back as it was exported.") from error
    if not isinstance(head, dict) or not isinstance(head.get("text"), str):
        raise FormatError(
            f"{path}: it has no 'text' that is a string. Put the file back as it was exported, or take it away if no "
            "export made it."
        )
    return head
