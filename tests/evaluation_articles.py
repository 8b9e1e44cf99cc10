"""Small articles of our own with gold, from which the evaluation tests are built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from quotestance import Article, Quote, Span, Speaker, Stance
from quotestance.evaluation.metrics.words import kind_of, marked_characters

RUIZ = Speaker("Ana Ruiz", kind="person", role="defence minister", affiliation="Verania", country="ESP")
OKORO = Speaker("Ben Okoro", kind="person", role="envoy", affiliation="Lakeland Union")
OFFICIAL = Speaker(None, kind="unnamed", affiliation="port authority", description="an official")

TALKS = (
    'Ana Ruiz, the defence minister of Verania, told reporters: "We will open talks on Monday." She added that the '
    'army would stay in "its present positions" until then.\n'
    "Ben Okoro, envoy of the Lakeland Union, warned that his side would answer every raid with force.\n"
    "According to an official at the port authority, two ships had been turned back."
)
HARBOUR = (
    'The harbour was quiet. "Nobody wants a war here," Ana Ruiz said, "and nobody will start one."\n'
    "Okoro said that fresh guns were on their way."
)


def quote(
    text: str,
    content: str | tuple[str, ...],
    source: str | None,
    speaker: Speaker | None = None,
    stance: str | Stance | None = None,
    confidence: float | None = None,
) -> Quote:
    """Return the quote whose content and source are these words of the text."""
    pieces = tuple(span_of(text, piece) for piece in ((content,) if isinstance(content, str) else content))
    return Quote(
        kind=kind_of(text, [(piece.start, piece.end) for piece in pieces], marked_characters(text)),
        content=pieces,
        source=None if source is None else span_of(text, source),
        speaker=speaker,
        stance=Stance.certain(stance) if isinstance(stance, str) else stance,
        confidence=confidence,
    )


def span_of(text: str, words: str) -> Span:
    """Return the span of the first occurrence of some words."""
    start = text.index(words)
    return Span.of(text, start, start + len(words))


def copies(articles: Iterable[Article], count: int) -> list[Article]:
    """So many copies of articles, each with an id of its own."""
    return [article.replace(id=f"{article.id}-{number}") for article in articles for number in range(count)]


def talks() -> Article:
    """One direct, one mixed and two indirect quotes of three speakers, one stance each."""
    quotes = (
        quote(TALKS, "We will open talks on Monday.", "Ana Ruiz", RUIZ, "de-escalatory"),
        quote(TALKS, 'that the army would stay in "its present positions" until then', "She", RUIZ, "neutral"),
        quote(TALKS, "his side would answer every raid with force", "Ben Okoro", OKORO, "escalatory"),
        quote(TALKS, "two ships had been turned back", "an official at the port authority", OFFICIAL, "neutral"),
    )
    return Article(
        TALKS,
        id="talks",
        meta={"outlet": "Harbour Post", "hard": ["offer", "posture", "threat", "report"]},
        quotes=quotes,
    )


def harbour() -> Article:
    """Build an article with a split direct quote and an indirect one."""
    quotes = (
        quote(HARBOUR, ("Nobody wants a war here,", "and nobody will start one."), "Ana Ruiz", RUIZ, "de-escalatory"),
        quote(HARBOUR, "that fresh guns were on their way", "Okoro", OKORO, "escalatory"),
    )
    return Article(HARBOUR, id="harbour", meta={"outlet": "Verania Times"}, quotes=quotes)


def with_answers(article: Article, **changes: object) -> Article:
    """Return the article with some fields of all of its quotes changed."""
    return article.replace(quotes=tuple(replace(q, **changes) for q in article.quotes))  # type: ignore[arg-type]


class Parrot:
    """A pipe that answers every article with what it was told beforehand, and notes what it was shown."""

    def __init__(self, answers: Iterable[Article]) -> None:
        self.answers = {article.id: article for article in answers}
        self.seen: list[Article] = []
        self.folders: dict[str, Path] = {}

    def stream(self, articles: Iterable[Article]) -> Iterator[Article]:
        for article in articles:
            self.seen.append(article)
            yield self.answers[article.id]

    def resolve_speakers(self, article: Article) -> Article:
        self.seen.append(article)
        known = self.answers[article.id].quotes
        return article.replace(
            quotes=tuple(replace(q, speaker=k.speaker) for q, k in zip(article.quotes, known, strict=True))
        )

    def classify_stance(self, article: Article) -> Article:
        known = self.answers[article.id].quotes
        return article.replace(
            quotes=tuple(replace(q, stance=k.stance) for q, k in zip(article.quotes, known, strict=True))
        )
