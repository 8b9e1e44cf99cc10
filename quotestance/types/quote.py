"""A quote with its pieces, and who it is of."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, get_args

from quotestance.errors import FormatError, SpanError
from quotestance.types.checks import check_kind, to_probability, tuple_of
from quotestance.types.stance import Stance

QuoteKind = Literal["direct", "mixed", "indirect"]
"""``direct``: all words are in quotation marks, or a turn of a transcript; ``mixed``: some are; ``indirect``: none."""

SpeakerKind = Literal["person", "organization", "group", "unnamed"]

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
        check_kind(self, "a speaker", names, str, "a string")
        if not isinstance(self.members, list | tuple) or not all(isinstance(one, str) for one in self.members):
            raise FormatError(f"A speaker's members are a list of strings, got {self.members!r}.")
        is_mapping = isinstance(self.evidence, Mapping)
        if not is_mapping or not all(isinstance(one, Span) for one in self.evidence.values()):
            raise FormatError(f"A speaker's evidence maps fields to spans, got {self.evidence!r:.200}.")
        object.__setattr__(self, "members", tuple(self.members))
        object.__setattr__(self, "evidence", MappingProxyType(dict(self.evidence)))
        object.__setattr__(self, "confidence", to_probability("A speaker's confidence", self.confidence))

    def __str__(self) -> str:
        return self.name or self.description or "unnamed"

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        """Show itself on one line in IPython, in lists too; ``repr`` tells every field."""
        details = (word for word in (self.role, self.affiliation, self.country) if word)
        printer.text(f"<Speaker {', '.join((str(self), *details))}>")


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
            self, "content", tuple_of(Span, "The content of a quote is its Spans, as in (span,)", self.content)
        )
        check_kind(self, "a quote", ("cue", "source", "via"), Span, "a Span")
        check_kind(self, "a quote", ("speaker",), Speaker, "a Speaker")
        check_kind(self, "a quote", ("stance",), Stance, "a Stance")
        if not self.content:
            raise SpanError("A quote needs at least one content span.")
        object.__setattr__(self, "confidence", to_probability("A quote's confidence", self.confidence))
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


def place_of(quote: Quote) -> tuple[int, int]:
    """Return what puts quotes in the order of the text, one before those inside it."""
    return quote.start, -quote.end
