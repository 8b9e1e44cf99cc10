"""What a Doc holds of an article, and what its spans tell of quotes.

All of it is in ``doc.user_data``, as JSON could hold it, so that it survives pickling, ``DocBin`` and other processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args
from weakref import WeakKeyDictionary

from spacy.language import Language
from spacy.tokens import Doc, Span

from quotestance.errors import FormatError
from quotestance.io.article_lines import plain_record
from quotestance.spacy import AlignmentMode
from quotestance.text import scalar_values
from quotestance.types import Article, Quote, Speaker, Stance, given_article

FACTORY = "quotestance"
"""The name of the component's factory."""

_KEY = "quotestance"  # of what doc.user_data holds
_ID = "quotestance-"  # before the number of a quote, in the ids of its spans
_PEOPLE = ("PERSON", "PER")  # labels of people, in English models and in others
_ARTICLES = frozenset(("the", "a", "an"))
_TEXTS: WeakKeyDictionary[Doc, str] = WeakKeyDictionary()  # of Docs that were asked: Doc.text is made anew each time


def make_doc(article: Article, nlp: Language, alignment_mode: AlignmentMode) -> Doc:
    """Make a Doc of an article; see :func:`quotestance.spacy.to_doc`."""
    check_mode(alignment_mode)
    given_article(article)
    if not isinstance(nlp, Language):
        raise TypeError(f'Give a spaCy pipeline, as spacy.blank("en") is, not a {type(nlp).__name__}.')
    own = [name for name in nlp.pipe_names if nlp.get_pipe_meta(name).factory == FACTORY]
    text = scalar_values(article.text)
    doc = nlp(text, disable=own)
    if doc.text != text:
        raise FormatError(
            f"Article {article.id!r}: the tokenizer of this pipeline changes the text, so that no offset fits. "
            'Take one that keeps it, as spacy.blank("en") does.'
        )
    annotate(doc, article, alignment_mode)
    return doc


def article_of(doc: Doc) -> Article:
    """Give the article that a Doc holds, or one with its text; see :func:`quotestance.spacy.from_doc`."""
    if not isinstance(doc, Doc):
        raise TypeError(f"Give a spaCy Doc, as nlp(text) makes it, not a {type(doc).__name__}.")
    record = doc.user_data.get(_KEY)
    return Article(doc.text) if record is None else Article.from_dict({**record, "text": doc.text})


def check_mode(alignment_mode: str) -> None:
    """Check the name of a mode.

    Raises:
        ValueError: It is unknown.
    """
    if alignment_mode not in get_args(AlignmentMode):
        raise ValueError(f"Unknown alignment_mode {alignment_mode!r}. Available: {', '.join(get_args(AlignmentMode))}.")


def annotate(doc: Doc, article: Article, alignment_mode: AlignmentMode) -> None:
    """Put an article's quotes into a Doc of the same text; what it held of quotes is replaced."""
    record = plain_record(article)
    del record["text"]
    doc.user_data[_KEY] = record
    groups: dict[str, list[Span]] = {"quotes": [], "sources": [], "cues": []}
    for number, quote in enumerate(article.quotes):
        label = "quote" if quote.stance is None else _shown(quote.stance.label)
        places = [("quotes", label, place) for place in quote.content]
        places += [(f"{name}s", name, place) for name in ("source", "cue") if (place := getattr(quote, name))]
        marks = {"span_id": f"{_ID}{number}", "alignment_mode": alignment_mode}
        if quote.speaker is not None and quote.speaker.id is not None:
            marks["kb_id"] = _shown(quote.speaker.id)
        for group, name, place in places:
            span = doc.char_span(place.start, place.end, label=name, **marks)
            if span is not None:
                groups[group].append(span)
    for group, spans in groups.items():
        doc.spans[group] = spans


def _shown(words: str) -> str:
    """Return a label or id as displaCy may show it: it puts them into its page as they are, tags and all."""
    return words.replace("<", "&lt;")


def quotes_of(doc: Doc) -> tuple[Quote, ...]:
    """Give the quotes that a Doc holds."""
    return article_of(doc).quotes if _KEY in doc.user_data else ()


def quote_of(span: Span) -> Quote | None:
    """Give the quote that a span belongs to, if it is of a group of ours."""
    if not span.id_.startswith(_ID):
        return None
    record: Mapping[str, Any] = span.doc.user_data.get(_KEY, {})
    number = int(span.id_.removeprefix(_ID))
    one = record.get("quotes", [])[number : number + 1]
    found = Article.from_dict({"text": _text_of(span.doc), "quotes": one}).quotes
    return found[0] if found else None


def _text_of(doc: Doc) -> str:
    """Give the text of a Doc that spans are asked about, made once for all of them."""
    if (text := _TEXTS.get(doc)) is None:
        text = _TEXTS[doc] = doc.text
    return text


def speaker_of(span: Span) -> Speaker | None:
    """Give the speaker of the quote that a span belongs to."""
    quote = quote_of(span)
    return None if quote is None else quote.speaker


def stance_of(span: Span) -> Stance | None:
    """Give the stance of the quote that a span belongs to."""
    quote = quote_of(span)
    return None if quote is None else quote.stance


def speaker_entity_of(span: Span) -> Span | None:
    """Give the entity that is the speaker of the quote that a span belongs to.

    That is the entity in the words of the source that shares most words with the speaker's name, all of one being words
    of the other; else the first in the text with all words of the name. Somebody unnamed is no entity, and what the
    text calls a person is no body.
    """
    quote = quote_of(span)
    if quote is None or quote.speaker is None or quote.speaker.name is None:
        return None
    name = _words(quote.speaker.name)
    is_person = quote.speaker.kind == "person"
    entities = [(one, _words(one.text)) for one in span.doc.ents if is_person or one.label_ not in _PEOPLE]
    if quote.source is not None:
        start, end = quote.source.start, quote.source.end
        near = [
            (entity, words)
            for entity, words in entities
            if entity.start_char < end and entity.end_char > start and words and (words <= name or name <= words)
        ]
        if near:
            return max(near, key=lambda one: len(one[1] & name))[0]
    return next((entity for entity, words in entities if words == name), None)


def _words(name: str) -> frozenset[str]:
    """Give the words of a name, without articles and the ending of a genitive."""
    words = (word.removesuffix("'s").removesuffix("’s").strip(".,'’") for word in name.casefold().split())
    return frozenset(word for word in words if word and word not in _ARTICLES)


def register() -> None:
    """Tell spaCy of the attributes in ``._``."""
    Doc.set_extension("article", getter=article_of, force=True)
    Doc.set_extension("quotes", getter=quotes_of, force=True)
    Span.set_extension("quote", getter=quote_of, force=True)
    Span.set_extension("speaker", getter=speaker_of, force=True)
    Span.set_extension("stance", getter=stance_of, force=True)
    Span.set_extension("speaker_entity", getter=speaker_entity_of, force=True)


register()
