"""What flows through quotestance: an :class:`Article` and the quotes found in it.

Everything here is immutable. Gold annotation and predictions are the same types. This module imports nothing
of the package but its errors and what tells which quotes stand inside others, so that every other module may import it.
"""

from __future__ import annotations

import copyreg
import dataclasses
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral, Real
from types import MappingProxyType
from typing import Any, Literal, get_args

from quotestance.errors import FormatError, QuotestanceError, SpanError
from quotestance.nesting import nested_in

QuoteKind = Literal["direct", "mixed", "indirect"]
"""``direct``: all words are in quotation marks, or a turn of a transcript; ``mixed``: some are; ``indirect``: none."""

SpeakerKind = Literal["person", "organization", "group", "unnamed"]

STANCES: tuple[str, ...] = ("escalatory", "de-escalatory", "neutral")
"""The three stance labels; what each means stands in ``training/stance/CODEBOOK.md``."""


def _read_only(values: dict[str, Any]) -> MappingProxyType[str, Any]:
    return MappingProxyType(values)


def _reduce(mapping: MappingProxyType[str, Any]) -> tuple[Callable[..., MappingProxyType[str, Any]], tuple[Any, ...]]:
    return _read_only, (dict(mapping),)


copyreg.pickle(MappingProxyType, _reduce)  # Python pickles none by itself

_LEAST_SHARE = 1e-100  # of a label in a prior; from far smaller ones no share can be reckoned
_SHOWN = 60  # characters of a quote that a notebook shows in a list


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of an article's text, as half-open code-point offsets and the text between them.

    Args:
        start: Offset of the first code point, ``>= 0``.
        end: Offset after the last code point, ``> start``.
        text: ``article.text[start:end]``.

    Raises:
        SpanError: The offsets are out of order, or ``text`` is no string or has another length than they say.

    >>> Span.of("Liu said so.", 0, 3)
    Span(start=0, end=3, text='Liu')
    """

    start: int
    end: int
    text: str

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            if type(value := getattr(self, name)) is not int:  # a whole number of numpy's, which JSON does not know
                try:
                    object.__setattr__(self, name, int(operator.index(value)))
                except TypeError:
                    raise SpanError(f"A span's {name} is a whole number, got {value!r}.") from None
        if not 0 <= self.start < self.end:
            raise SpanError(f"A span needs 0 <= start < end, got start={self.start}, end={self.end}.")
        if not isinstance(self.text, str):
            raise SpanError(f"A span's text is a string, got {self.text!r:.60}.")
        if len(self.text) != self.end - self.start:
            raise SpanError(
                f"Span {self.start}:{self.end} has {self.end - self.start} characters, but its text "
                f"{self.text[:60]!r} has {len(self.text)}. Build spans with Span.of(article_text, start, end)."
            )

    @classmethod
    def of(cls, article_text: str, start: int, end: int) -> Span:
        """Build the span ``start:end`` of a text; raises :class:`SpanError` where it reaches out of it."""
        if end > len(article_text):
            raise SpanError(f"Span {start}:{end} reaches over the end of a text of {len(article_text)} characters.")
        return cls(start, end, article_text[start:end])


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who a quote is attributed to.

    Args:
        name: The fullest name that the article gives; ``None`` for the unnamed.
        kind: ``person`` | ``organization`` (also states and metonyms such as "the Kremlin") | ``group`` (several
            people; ``members`` holds those who are named) | ``unnamed``.
        role: Title or function as the article words it ("Secretary of State").
        affiliation: Organisation, government, campaign or country that the role ties to, as worded.
        country: ISO 3166-1 alpha-3 code where the text itself makes it plain, else ``None``.
        description: The article's words for somebody unnamed ("a State Department official").
        members: Full names of the people in a ``group``.
        confidence: Probability in [0, 1] that name and kind are right of this quote; ``None`` for gold. It plays no
            part in whether two speakers are equal.
        evidence: The words of the article that role, affiliation and country were read from, by field. Nor does it.
        id: Who this is across articles ("antony-blinken"), once :func:`quotestance.link_speakers` has told; the same id
            is the same person or body.

    Raises:
        FormatError: The kind is none of these, a field is not of its type, or the confidence is out of range.

    Two quotes of one person in one article share one (equal) Speaker.
    """

    name: str | None = None
    kind: SpeakerKind = "unnamed"
    role: str | None = None
    affiliation: str | None = None
    country: str | None = None
    description: str | None = None
    members: tuple[str, ...] = ()
    confidence: float | None = field(default=None, compare=False)
    evidence: Mapping[str, Span] = field(default_factory=dict, compare=False)
    id: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(SpeakerKind):
            raise FormatError(f"Unknown speaker kind {self.kind!r}. Available: {', '.join(get_args(SpeakerKind))}.")
        names = ("name", "role", "affiliation", "country", "description", "id")
        _check_kind(self, "a speaker", names, str, "a string")
        if not isinstance(self.members, list | tuple) or not all(isinstance(one, str) for one in self.members):
            raise FormatError(f"A speaker's members are a list of strings, got {self.members!r}.")
        is_mapping = isinstance(self.evidence, Mapping)
        if not is_mapping or not all(isinstance(one, Span) for one in self.evidence.values()):
            raise FormatError(f"A speaker's evidence maps fields to spans, got {self.evidence!r:.200}.")
        object.__setattr__(self, "members", tuple(self.members))
        object.__setattr__(self, "evidence", MappingProxyType(dict(self.evidence)))
        object.__setattr__(self, "confidence", _probability("A speaker's confidence", self.confidence))

    def __str__(self) -> str:
        return self.name or self.description or "unnamed"

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        """Show itself on one line in IPython, in lists too; ``repr`` tells every field."""
        details = (word for word in (self.role, self.affiliation, self.country) if word)
        printer.text(f"<Speaker {', '.join((str(self), *details))}>")


@dataclass(frozen=True, slots=True)
class Stance:
    """Stance toward escalation: a probability for every label, keyed by the label's name.

    Args:
        probabilities: Label to probability in [0, 1]. The label order has no meaning, but that the first of equally
            probable labels is :attr:`label`.
        conditional: Probability in [0, 1] that the stance hangs on a condition ("if", "unless", "until");
            1.0 or 0.0 in gold, ``None`` where the model does not tell.
        prior: Label to the share of the quotes that have it where the probabilities hold; sums to 1 here, whatever it
            sums to when it is given. ``None``, which equal shares become, stands for labels that are equally frequent.

    Raises:
        FormatError: There is no mapping or no label in it, a label is no string, a probability is out of range, a
            label has no share above 0 in the prior, or there is no such label.

    >>> stance = Stance({"escalatory": 0.1, "de-escalatory": 0.7, "neutral": 0.2})
    >>> stance.label, stance.confidence
    ('de-escalatory', 0.7)
    """

    probabilities: Mapping[str, float]
    conditional: float | None = None
    prior: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.probabilities, Mapping):
            raise FormatError(f"A stance maps label names to probabilities, got {self.probabilities!r:.60}.")
        if not self.probabilities:
            raise FormatError("A stance needs at least one label with its probability.")
        given = {}
        for label, probability in self.probabilities.items():
            if not isinstance(label, str) or probability is None:
                raise FormatError(f"A stance maps label names to probabilities, got {label!r}: {probability!r}.")
            given[label] = _probability(f"The probability of {label!r}", probability)
        object.__setattr__(self, "conditional", _probability("The probability of conditional", self.conditional))
        object.__setattr__(self, "probabilities", MappingProxyType(given))
        object.__setattr__(self, "prior", _shares(self.prior, self.probabilities))

    @classmethod
    def certain(cls, label: str, conditional: bool | None = None) -> Stance:
        """Build a stance that is known, as in gold: probability 1 for ``label`` and 0 for the others.

        Raises:
            FormatError: The label is none of :data:`STANCES`.
        """
        if label not in STANCES:
            raise FormatError(f"Unknown stance {label!r}. Available: {', '.join(STANCES)}.")
        return cls(
            {name: float(name == label) for name in STANCES}, None if conditional is None else float(conditional)
        )

    @property
    def label(self) -> str:
        """The most probable label."""
        return max(self.probabilities, key=lambda name: self.probabilities[name])

    @property
    def confidence(self) -> float:
        """Probability of :attr:`label`, in [0, 1]."""
        return self.probabilities[self.label]

    def decide(self, least: float) -> str | None:
        """Return the label where its probability is at least ``least``, in [0, 1]; else ``None``: abstain.

        What each threshold costs stands in the tables on abstaining of the model's card. Where you know the shares of
        the labels, ask ``stance.under(shares).decide(least)``: if labels were equally frequent, no neutral quote is
        very sure.

        Raises:
            ValueError: ``least`` is not in [0, 1].

        >>> Stance({"escalatory": 0.1, "de-escalatory": 0.5, "neutral": 0.4}).decide(0.6) is None
        True
        """
        check_threshold("least", least)
        return self.label if self.confidence >= least else None

    def under(self, prior: Mapping[str, float]) -> Stance:
        """Return the same judgement where the labels have other shares than those of :attr:`prior`.

        Args:
            prior: Label to its share of the quotes of a corpus, ``> 0``; need not sum to 1.

        Raises:
            FormatError: A label has no share, or none above 0; there is no such label; or all probabilities are 0.

        Bayes' rule with another prior (Saerens et al., Neural Computation 2002). What it is asked of makes no
        difference: ``stance.under(a).under(b)`` is ``stance.under(b)``.

        >>> stance = Stance({"escalatory": 0.4, "de-escalatory": 0.2, "neutral": 0.4})
        >>> news = stance.under({"escalatory": 1, "de-escalatory": 1, "neutral": 3})
        >>> round(news.probabilities["neutral"], 2), news.prior["neutral"]
        (0.67, 0.6)
        """
        wanted = _shares(prior, self.probabilities)
        ones = dict.fromkeys(self.probabilities, 1.0)
        old, new = self.prior or ones, wanted or ones
        odds = {label: chance / old[label] * new[label] for label, chance in self.probabilities.items()}
        total = math.fsum(odds.values())
        if not total:
            raise FormatError("A stance whose probabilities are all 0 has none under another prior.")
        return Stance({label: one / total for label, one in odds.items()}, self.conditional, wanted)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that are known, ready for JSON; ``Stance(**fields)`` makes it again.

        >>> Stance({"escalatory": 0.25, "neutral": 0.75}, prior={"escalatory": 1, "neutral": 3}).to_dict()["prior"]
        {'escalatory': 0.25, 'neutral': 0.75}
        """
        prior = None if self.prior is None else dict(self.prior)
        return _drop_empty({"probabilities": dict(self.probabilities), "conditional": self.conditional, "prior": prior})

    def __hash__(self) -> int:
        prior = None if self.prior is None else frozenset(self.prior.items())
        return hash((frozenset(self.probabilities.items()), self.conditional, prior))

    def __reduce__(self) -> tuple[type[Stance], tuple[Any, ...]]:
        return Stance, (dict(self.probabilities), self.conditional, None if self.prior is None else dict(self.prior))


def _shares(prior: Mapping[str, float] | None, labels: Iterable[str]) -> Mapping[str, float] | None:
    """Return the shares of labels, scaled so that they sum to 1; ``None`` where all are the same."""
    if prior is None:
        return None
    if not isinstance(prior, Mapping):
        raise FormatError(f"A prior maps every label to its share, got {prior!r}.")
    given = {label: prior.get(label, 0.0) for label in labels}
    if unknown := [label for label in prior if label not in given and label not in STANCES]:
        raise FormatError(f"There is no label {unknown[0]!r}. Give a share to each of: {', '.join(given)}.")
    for label, share in given.items():
        if isinstance(share, bool) or not isinstance(share, Real) or not _LEAST_SHARE <= share <= 1 / _LEAST_SHARE:
            raise FormatError(f"Give every label a share above 0; there is none for {label}: {dict(prior)!r}.")
    total = math.fsum(given.values())
    total = 1.0 if math.isclose(total, 1.0, rel_tol=1e-12) else total  # shares that were scaled stay as they are
    shares = {label: float(share) / total for label, share in given.items()}
    if all(math.isclose(share * len(shares), 1.0, rel_tol=1e-9) for share in shares.values()):
        return None
    return MappingProxyType(shares)


@dataclass(frozen=True, slots=True)
class Quote:
    """One attribution: what was said (content), the words that say so (cue) and those that name who (source).

    The terms are those of PARC and PolNeAR (Newell et al., LREC 2018). Marks that merely enclose a piece of direct
    speech are left out of its span.

    Args:
        kind: ``direct`` (all of it stands in quotation marks, or is a turn of a transcript) | ``mixed`` | ``indirect``.
        content: The pieces of the content in the order of the text; more than one where the cue interrupts it or
            where it runs over several paragraphs.
        cue: The attributing words ("said", "according to", ":"), or ``None``.
        source: The words that name the source, or ``None`` where nobody is named.
        speaker: Who that is, once resolved.
        stance: Stance toward escalation, once classified.
        confidence: Probability in [0, 1] that this is a quote with this source; ``None`` for gold.
        via: The medium that relays the source ("told Reuters"), or ``None``.

    Raises:
        FormatError: The kind is none of these, a field is not of its type, or the confidence is out of range.
        SpanError: There is no content, or its pieces overlap or are out of order.
    """

    kind: QuoteKind
    content: tuple[Span, ...]
    cue: Span | None = None
    source: Span | None = None
    speaker: Speaker | None = None
    stance: Stance | None = None
    confidence: float | None = None
    via: Span | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(QuoteKind):
            raise FormatError(f"Unknown quote kind {self.kind!r}. Available: {', '.join(get_args(QuoteKind))}.")
        object.__setattr__(
            self, "content", _tuple_of(Span, "The content of a quote is its Spans, as in (span,)", self.content)
        )
        _check_kind(self, "a quote", ("cue", "source", "via"), Span, "a Span")
        _check_kind(self, "a quote", ("speaker",), Speaker, "a Speaker")
        _check_kind(self, "a quote", ("stance",), Stance, "a Stance")
        if not self.content:
            raise SpanError("A quote needs at least one content span.")
        object.__setattr__(self, "confidence", _probability("A quote's confidence", self.confidence))
        if any(a.end > b.start for a, b in zip(self.content, self.content[1:], strict=False)):
            raise SpanError("The content spans of a quote must be in the order of the text and must not overlap.")

    @property
    def text(self) -> str:
        """The content as one string, its pieces parted by a space."""
        return " ".join(span.text for span in self.content)

    @property
    def start(self) -> int:
        """Offset of the first content character."""
        return self.content[0].start

    @property
    def end(self) -> int:
        """Offset after the last content character."""
        return self.content[-1].end

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        """Show itself on one line in IPython, in lists too; ``repr`` tells every field."""
        words = f"{self.text[:_SHOWN]}…" if len(self.text) > _SHOWN else self.text
        stance = "" if self.stance is None else f", {self.stance.label} {self.stance.confidence:.0%}"
        speaker = "" if self.speaker is None else f", {self.speaker}"
        printer.text(f"<Quote {self.start}:{self.end} {self.kind} {words!r}{speaker}{stance}>")

    def spans(self) -> tuple[Span, ...]:
        """Every span of the quote: content, then cue, source and via where they are known."""
        return self.content + tuple(s for s in (self.cue, self.source, self.via) if s is not None)


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
        _check_kind(self, "an article", ("title", "published", "url", "error"), str, "a string")
        if not isinstance(self.meta, Mapping):
            raise FormatError(f"The meta of an article maps names to values, got {self.meta!r:.60}.")
        object.__setattr__(self, "meta", MappingProxyType(dict(self.meta)))
        object.__setattr__(
            self, "quotes", _tuple_of(Quote, "The quotes of an article are Quotes, as in (quote,)", self.quotes)
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
        return _drop_empty(
            {
                "id": self.id,
                "title": self.title,
                "published": self.published,
                "url": self.url,
                "meta": dict(self.meta),
                "text": self.text,
                "quotes": [_quote_to_dict(quote) for quote in self.quotes],
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
        _check_fields(data, cls)
        if not isinstance(data.get("text"), str):
            raise FormatError(f"Article {data.get('id', '')!r} needs a field 'text' that is a string.")
        fields = {name: value for name, value in data.items() if value is not None}
        for name, value in fields.items():
            kind, words = _FIELD_TYPES.get(name, (str, "a string"))
            if not isinstance(value, kind) or (kind is Sequence and isinstance(value, str)):
                raise FormatError(f"Field {name!r} of an article must be {words}, got {value!r:.60}.")
        quotes = tuple(_quote_from_dict(quote, data["text"]) for quote in fields.get("quotes", ()))
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


def place_of(quote: Quote) -> tuple[int, int]:
    """Return what puts quotes in the order of the text, one before those inside it."""
    return quote.start, -quote.end


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


def check_threshold(name: str, value: float) -> None:
    """Check an argument that probabilities are compared with.

    Args:
        name: The argument, for the message.
        value: What was given for it.

    Raises:
        ValueError: It is not in [0, 1], or not a number.
    """
    if not (isinstance(value, Real) and 0 <= value <= 1):
        raise ValueError(f"{name} is a probability in [0, 1], got {value!r}.")


def check_count(name: str, value: int, what: str) -> None:
    """Check an argument that says how many.

    Args:
        name: The argument, for the message.
        value: What was given for it.
        what: What it counts, for the message.

    Raises:
        ValueError: It is no whole number, or below 1.
    """
    if isinstance(value, bool) or not (isinstance(value, Integral) and value >= 1):
        raise ValueError(f"{name} is a whole number of {what}, at least 1, got {value!r}.")


def _check_kind(thing: object, whose: str, names: Iterable[str], kind: type, words: str) -> None:
    """Check that fields of a thing are of a kind, which words tell, or None."""
    for name in names:
        value = getattr(thing, name)
        if not (value is None or isinstance(value, kind)):
            raise FormatError(f"The {name} of {whose} is {words} or None, got {value!r:.60}.")


def _tuple_of(kind: type, words: str, values: Any) -> tuple[Any, ...]:
    """Return things as a tuple, checked to be of a kind; the words tell what they have to be."""
    found = tuple(values) if isinstance(values, Iterable) else None
    if found is None or not all(isinstance(one, kind) for one in found):
        raise FormatError(f"{words}, got {values!r:.60}.")
    return found


def _probability(what: str, value: Any) -> float | None:
    """Return a probability, checked; a number of another kind, as numpy has them and JSON not, becomes a float."""
    if value is None:
        return None
    is_number = isinstance(value, Real)
    if not (is_number and 0 <= value <= 1):
        raise FormatError(f"{what} is a number in [0, 1] or None, got {value!r}.")
    return value if isinstance(value, int | float) else float(value)


def _rebuild(state: dict[str, Any]) -> Article:
    return Article(**state)


def _drop_empty(data: dict[str, Any], keep: tuple[str, ...] = ()) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key in keep or value not in (None, (), [], {})}


def _check_fields(data: Mapping[str, Any], kind: type[Article | Quote | Speaker | Stance | Span]) -> None:
    known = {one.name for one in dataclasses.fields(kind)}
    if not isinstance(data, Mapping):
        raise FormatError(f"{kind.__name__} is made from an object with its fields, got {data!r:.60}.")
    if unknown := sorted(map(str, data.keys() - known)):
        raise FormatError(
            f"Unknown field(s) in {kind.__name__.lower()}: {', '.join(unknown)}. Available: {', '.join(sorted(known))}."
        )


def _span_to_dict(span: Span | None) -> dict[str, Any] | None:
    return None if span is None else {"start": span.start, "end": span.end, "text": span.text}


def _span_from_dict(data: Any, text: str) -> Span:
    if isinstance(data, Mapping):
        span = Span.of(text, _whole(data["start"]), _whole(data["end"]))
        _check_fields(data, Span)
        if (said := data.get("text")) is not None and said != span.text:
            raise SpanError(
                f"Span {span.start}:{span.end} says {str(said)[:60]!r} but the text there is {span.text[:60]!r}."
            )
        return span
    if isinstance(data, (list, tuple)) and len(data) == 2 and all(hasattr(x, "__index__") for x in data):
        return Span.of(text, *data)
    raise FormatError(f"A span is [start, end] or {{'start', 'end', 'text'}}, got {data!r}.")


def _whole(offset: Any) -> Any:
    """Return an offset that pandas made a float, since others beside it are missing, as it was."""
    return int(offset) if isinstance(offset, float) and offset.is_integer() else offset


def _quote_to_dict(quote: Quote) -> dict[str, Any]:
    speaker, stance = quote.speaker, quote.stance
    return _drop_empty(
        {
            "kind": quote.kind,
            "content": [_span_to_dict(span) for span in quote.content],
            "cue": _span_to_dict(quote.cue),
            "source": _span_to_dict(quote.source),
            "via": _span_to_dict(quote.via),
            "speaker": None if speaker is None else _speaker_to_dict(speaker),
            "stance": None if stance is None else stance.to_dict(),
            "confidence": quote.confidence,
        }
    )


def _speaker_to_dict(speaker: Speaker) -> dict[str, Any]:
    fields = {one.name: getattr(speaker, one.name) for one in dataclasses.fields(speaker)}
    fields["members"] = list(speaker.members)
    fields["evidence"] = {name: _span_to_dict(span) for name, span in speaker.evidence.items()}
    return _drop_empty(fields, keep=("kind",))


def _speaker_from_dict(data: Mapping[str, Any], text: str) -> Speaker:
    _check_fields(data, Speaker)
    fields = {name: value for name, value in data.items() if value is not None}
    spans = fields.get("evidence", {}).items()
    evidence = {name: _span_from_dict(span, text) for name, span in spans if span is not None}
    return Speaker(**{**fields, "evidence": evidence})


def _stance_from_dict(data: Mapping[str, Any]) -> Stance:
    _check_fields(data, Stance)
    return Stance(**data)


def _quote_from_dict(data: Mapping[str, Any], text: str) -> Quote:
    try:
        content = tuple(_span_from_dict(span, text) for span in data["content"])
        spans = {
            name: _span_from_dict(data[name], text) for name in ("cue", "source", "via") if data.get(name) is not None
        }
        _check_fields(data, Quote)
        speaker, stance = data.get("speaker"), data.get("stance")
        return Quote(
            kind=data["kind"],
            content=content,
            speaker=None if speaker is None else _speaker_from_dict(speaker, text),
            stance=None if stance is None else _stance_from_dict(stance),
            confidence=data.get("confidence"),
            **spans,
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, QuotestanceError):
            raise
        raise FormatError(f"Not a quote in Article form: {error!r} in {str(data)[:200]}") from error
