"""Articles as spaCy Docs, and the pipeline as a component: ``nlp.add_pipe("quotestance")``.

Needs spaCy (``pip install "quotestance[spacy]"``), which is imported when it is used. What a Doc then has:

    doc._.quotes            the quotes, as :class:`~quotestance.Quote`, with speaker and stance
    doc._.article           the :class:`~quotestance.Article`; its ``error`` tells why there are none
    doc.spans["quotes"]     a span for every piece of content; its label is the stance, or ``quote`` where there is none
    doc.spans["sources"]    the words that name the source
    doc.spans["cues"]       the words that attribute
    span._.quote            of a span in these groups, its quote
    span._.speaker          the speaker of that quote, and ``span._.stance`` its stance
    span._.speaker_entity   the entity of ``doc.ents`` that is the speaker, or ``None``

Quotes have offsets in characters and are those of the pipeline; spans are made of tokens. With ``alignment_mode``
"expand" a span takes every token that the quote touches; with "contract" those that lie within it, and with "strict" it
is left out where it does not end at tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from quotestance import types
from quotestance.types import Article

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

AlignmentMode: TypeAlias = Literal["expand", "contract", "strict"]

__all__ = ["AlignmentMode", "from_doc", "to_doc"]


def to_doc(article: Article, nlp: Language, *, alignment_mode: AlignmentMode = "expand") -> Doc:
    """Make a Doc of an article, with the quotes that are in it.

    The pipeline ``nlp`` is run on the text, but for a component of quotestance in it: no quotes are looked for.

    Args:
        article: The article. Lone surrogates, which spaCy does not take, become U+FFFD.
        nlp: A spaCy pipeline; ``spacy.blank("en")`` tokenizes and no more.
        alignment_mode: What becomes of a quote that does not begin and end with a token.

    Raises:
        FormatError: The tokenizer changes the text.
        TypeError: ``article`` is none, or ``nlp`` no pipeline.
        ValueError: The mode is unknown, or the text is longer than ``nlp.max_length``.
    """
    from quotestance.spacy import docs  # imports spaCy, which is optional

    return docs.make_doc(article, nlp, alignment_mode)


def from_doc(doc: Doc) -> Article:
    """Make an article of a Doc: of one with quotes that article, of any other one with its text.

    Raises:
        SpanError: The quotes are not of this text: the Doc is a piece of another.
        TypeError: ``doc`` is none.
    """
    from quotestance.spacy import docs

    return docs.article_of(doc)


types.doc_views.update(to_doc=to_doc, from_doc=from_doc)
