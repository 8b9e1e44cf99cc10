"""An article with its quotes: checked, to a dict and back, shown in notebooks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from quotestance.errors import FormatError, SpanError
from quotestance.nesting import nested_in
from quotestance.types.checks import check_fields, check_kind, drop_empty, tuple_of
from quotestance.types.forms import quote_from_dict, quote_to_dict
from quotestance.types.quote import Quote, Speaker

notebook_view: Callable[[Article], str] | None = None
"""How a notebook shows an article, as HTML; :mod:`quotestance.render` sets it, so that data need not import views."""

doc_views: dict[str, Callable[..., Any]] = {}
"""``to_doc`` and ``from_doc``, between an article and a Doc of spaCy's; :mod:`quotestance.spacy` sets them."""


@dataclass(frozen=True, slots=True)
class Article:
    """An article, its text untouched, and the quotes found in it so far.

    Args:
        text: The text that every offset points into.
        id: Identifier, unique within a run; the readers use the path or the record's id.
        title, published, url: As the source gives them.
        meta: Whatever else came with the article.
        quotes: In the order of the text.
        error: Why the article could not be read or processed; such an article keeps its place in a stream.

    Raises:
        FormatError: The text, the id or another of its fields is not of its type.
        SpanError: A span of a quote, or of the evidence on its speaker, does not slice to its text (the article was
            edited after annotation).

    >>> from quotestance import Span
    >>> text = '"We will talk," Liu said.'
    >>> quote = Quote("direct", (Span.of(text, 1, 14),), cue=Span.of(text, 20, 24), source=Span.of(text, 16, 19))
    >>> article = Article(text, quotes=(quote,))
    >>> Article.from_dict(article.to_dict()) == article
    True
    """

    text: str
    id: str = ""
    title: str | None = None
    published: str | None = None
    url: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    quotes: tuple[Quote, ...] = ()
    error: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise FormatError(f"The text of an article is a string, got {self.text!r:.60}.")
        if not isinstance(self.id, str):
            raise FormatError(f"The id of an article is a string, got {self.id!r:.60}. Give str(id).")
        check_kind(self, "an article", ("title", "published", "url", "error"), str, "a string")
        if not isinstance(self.meta, Mapping):
            raise FormatError(f"The meta of an article maps names to values, got {self.meta!r:.60}.")
        object.__setattr__(self, "meta", MappingProxyType(dict(self.meta)))
        object.__setattr__(
            self, "quotes", tuple_of(Quote, "The quotes of an article are Quotes, as in (quote,)", self.quotes)
        )
        for number, quote in enumerate(self.quotes):
            evidence = () if quote.speaker is None else quote.speaker.evidence.values()
            for span in (*quote.spans(), *evidence):
                if self.text[span.start : span.end] != span.text:
                    found = self.text[span.start : span.end]
                    raise SpanError(
                        f"Article {self.id!r}, quote {number}: span {span.start}:{span.end} says {span.text[:60]!r} "
                        f"but the text there is {found[:60]!r}. Was the text edited after it was annotated?"
                    )

    @property
    def speakers(self) -> Mapping[Speaker, tuple[Quote, ...]]:
        """Everyone quoted, in the order of their first quote, each with their quotes."""
        found: dict[Speaker, list[Quote]] = {}
        for quote in self.quotes:
            if quote.speaker is not None:
                found.setdefault(quote.speaker, []).append(quote)
        return {speaker: tuple(quotes) for speaker, quotes in found.items()}

    @property
    def nested_in(self) -> tuple[int | None, ...]:
        """For every quote the number, from 0, of the innermost other that its content stands inside; ``None``: none."""
        return nested_in([[(span.start, span.end) for span in quote.content] for quote in self.quotes])

    def without_nested(self) -> Article:
        """Return a copy without the quotes that stand inside others, whose words are those of the outer ones too."""
        pairs = zip(self.quotes, self.nested_in, strict=True)
        return self.replace(quotes=tuple(quote for quote, outer in pairs if outer is None))

    def replace(self, **changes: Any) -> Article:
        """Return a copy with some fields changed, checked like a new one.

        Raises:
            SpanError: A span of a quote, or of the evidence on its speaker, does not slice to its text.
            TypeError: An article has no such field.
        """
        return dataclasses.replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dict, as far as ``meta`` is; :meth:`from_dict` reads it back.

        Fields that hold nothing are left out.
        """
        return drop_empty(
            {
                "id": self.id,
                "title": self.title,
                "published": self.published,
                "url": self.url,
                "meta": dict(self.meta),
                "text": self.text,
                "quotes": [quote_to_dict(quote) for quote in self.quotes],
                "error": self.error,
            },
            keep=("id", "text", "quotes"),
        )

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Article:
        """Build an article from :meth:`to_dict`'s form.

        Spans are ``[start, end]`` or ``{"start", "end", "text"}``; a ``text`` that does not match is an error. A field
        that is ``None`` counts as left out.

        Raises:
            FormatError: A field is missing, unknown or of the wrong type.
            SpanError: A span does not fit the text.
        """
        check_fields(data, cls)
        if not isinstance(data.get("text"), str):
            raise FormatError(f"Article {data.get('id', '')!r} needs a field 'text' that is a string.")
        fields = {name: value for name, value in data.items() if value is not None}
        for name, value in fields.items():
            kind, words = _FIELD_TYPES.get(name, (str, "a string"))
            if not isinstance(value, kind) or (kind is Sequence and isinstance(value, str)):
                raise FormatError(f"Field {name!r} of an article must be {words}, got {value!r:.60}.")
        quotes = tuple(quote_from_dict(quote, data["text"]) for quote in fields.get("quotes", ()))
        return cls(**{**fields, "quotes": quotes})

    def to_doc(self, nlp: Any, **options: Any) -> Any:
        """Make a spaCy Doc of the article, with its quotes; see :func:`quotestance.spacy.to_doc`.

        Args:
            nlp: A spaCy pipeline.
            options: ``alignment_mode``.

        Raises:
            TypeError: ``nlp`` is no pipeline, but a name, say.
        """
        return doc_views["to_doc"](self, nlp, **options)

    @classmethod
    def from_doc(cls, doc: Any) -> Article:
        """Make an article of a spaCy Doc, with the quotes that it holds; see :func:`quotestance.spacy.from_doc`."""
        found: Article = doc_views["from_doc"](doc)
        return found

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        """Show itself on one line in IPython, in lists too; ``repr`` tells every field."""
        count = f"{len(self.quotes)} quote{'s' if len(self.quotes) != 1 else ''}"
        found = count if self.error is None else f"error: {self.error}"
        printer.text(f"<Article {(self.title or self.id or 'untitled')!r}, {len(self.text)} characters, {found}>")

    def _repr_html_(self) -> str | None:
        return None if notebook_view is None else notebook_view(self)

    def __reduce__(self) -> tuple[Any, ...]:
        state = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return _rebuild, ({**state, "meta": dict(self.meta)},)

    def __hash__(self) -> int:
        return hash((self.id, self.text, self.quotes))


_FIELD_TYPES: Mapping[str, tuple[type, str]] = {"meta": (Mapping, "an object"), "quotes": (Sequence, "a list")}
"""What a field of an article's dict has to be, and the words for it; the other fields are strings."""


def _rebuild(state: dict[str, Any]) -> Article:
    return Article(**state)


def given_articles(things: Iterable[Article]) -> Iterator[Article]:
    """Yield articles, each checked to be one.

    Raises:
        TypeError: It is one article, or no iterable; or, when it is come to, something in it is no article.
    """
    if isinstance(things, Article) or not isinstance(things, Iterable):
        is_one = isinstance(things, Article)
        what = "one Article: give a list, [article]" if is_one else f"a {type(things).__name__}"
        raise TypeError(f"Give an iterable of Articles, not {what}.")
    return map(given_article, things)


def given_article(thing: Article) -> Article:
    """Return an article, checked to be one.

    Raises:
        TypeError: It is none.
    """
    if isinstance(thing, list | tuple):
        raise TypeError(f"Give one Article, not a {type(thing).__name__}: those that are in it one by one.")
    if not isinstance(thing, Article):
        raise TypeError(
            f"Give Articles, not a {type(thing).__name__}: pipe(text) makes one, and pipe.stream(texts) many, "
            "of texts, records and tables."
        )
    return thing
