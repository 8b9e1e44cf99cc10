"""The pipeline as a component of spaCy: ``nlp.add_pipe("quotestance")``, which finds this module by an entry point."""

# No "from __future__ import annotations": spaCy reads the types of the factory's arguments.
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc

from quotestance.batching import Precision
from quotestance.pipeline import Pipeline, load
from quotestance.spacy import AlignmentMode
from quotestance.spacy.docs import FACTORY, annotate, check_mode

_SETTINGS = {
    "attribution": None,
    "stance": None,
    "fast": False,
    "cascade": None,
    "device": "cpu",
    "threads": None,
    "min_confidence": None,
    "precision": "auto",
    "stance_shares": None,
    "alignment_mode": "expand",
}


@dataclass(frozen=True, slots=True)
class QuotesComponent:
    """Finds the quotes in Docs, with speakers and stances; :mod:`quotestance.spacy` says what a Doc then has.

    It needs no other component. Entities are looked up when ``span._.speaker_entity`` is asked for, so it may stand
    before or after what finds them.

    Args:
        pipeline: Does the work.
        alignment_mode: What becomes of a quote that does not begin and end with a token.

    Raises:
        ValueError: The mode is unknown.
    """

    pipeline: Pipeline
    alignment_mode: AlignmentMode = "expand"

    def __post_init__(self) -> None:
        check_mode(self.alignment_mode)

    def __call__(self, doc: Doc) -> Doc:
        """Find the quotes of one Doc."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 64) -> Iterator[Doc]:
        """Find the quotes of many Docs, in order, batched across them.

        A Doc that fails keeps its place, without quotes and with the reason in ``doc._.article.error``.

        Args:
            stream: The Docs.
            batch_size: Docs held at once, ``>= 1``, or about 200,000 characters of them.
        """
        pairs = ((doc.text, doc) for doc in stream)
        for article, doc in self.pipeline.stream(pairs, as_tuples=True, batch_size=batch_size):
            annotate(doc, article, self.alignment_mode)
            yield doc


def make_component(
    nlp: Language,
    name: str,
    attribution: str | None,
    stance: str | None,
    fast: bool,
    cascade: bool | None,
    device: str,
    threads: int | None,
    min_confidence: float | None,
    precision: Precision,
    stance_shares: str | dict[str, float] | None,
    alignment_mode: AlignmentMode,
) -> QuotesComponent:
    """Load the models and make the component.

    Args:
        nlp, name: As spaCy gives them.
        attribution, stance, fast, cascade, device, threads, min_confidence, precision, stance_shares: As in
            :func:`quotestance.load`.
        alignment_mode: See :mod:`quotestance.spacy`.

    Raises:
        CheckpointError: A checkpoint is missing or unsound.
        ValueError: A setting is out of range.
    """
    del nlp, name
    check_mode(alignment_mode)
    pipeline = load(
        attribution=attribution,
        stance=stance,
        fast=fast,
        cascade=cascade,
        device=device,
        threads=threads,
        min_confidence=min_confidence,
        precision=precision,
        stance_shares=stance_shares,
    )
    return QuotesComponent(pipeline, alignment_mode)


Language.factory(
    FACTORY, assigns=["doc._.quotes", "doc._.article", "doc.spans"], default_config=_SETTINGS, func=make_component
)
