"""One person across articles: :func:`link_speakers`."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from quotestance.identities.authority import read_known
from quotestance.identities.identity import Identity
from quotestance.identities.linking import Linkage, key_of_speaker, link
from quotestance.identities.sightings import Tally
from quotestance.types import Article, Quote, given_articles


class Linked(NamedTuple):
    """Articles whose speakers have ids, and who is behind each id.

    Args:
        articles: As given, in their order, with ``speaker.id`` set.
        identities: The most quoted first.
    """

    articles: list[Article]
    identities: tuple[Identity, ...]


def link_speakers(articles: Iterable[Article], known: Any = None) -> Linked:
    """Find out who is one person, or one body, across articles.

    Nobody is linked on a guess: the unnamed and groups have no id, nor has a surname alone whose role and country do
    not tell whose it is, or that two people could bear. What is one body stands in ``docs/identities.md``. The result
    does not hang on the order of the articles, and the time is linear in the number of names.

    Args:
        articles: Articles with speakers resolved; all are held in memory. For a table of any size there is
            ``quotestance link``.
        known: A table of known names, whose ids are used: path of a .csv, .tsv, .jsonl or .parquet file, DataFrame, or
            list of dicts, with the columns ``id``, ``name`` and, where known, ``kind``, ``aliases``, ``country``,
            ``roles``, ``from``, ``to``; or the identities of another corpus, as linking returns or writes them.

    Returns:
        The articles, each speaker with its ``id`` or ``None``, and the identities with why and how sure every link is.

    Raises:
        FormatError: A row of the table of known names is malformed; the message names it.
        OSError: The table of known names cannot be read.
        TypeError: It is one article, or no iterable of articles.

    >>> from quotestance.types import Span, Speaker
    >>> said = lambda speaker: Article("No.", quotes=(Quote("indirect", (Span.of("No.", 0, 3),), speaker=speaker),))
    >>> linked = link_speakers([
    ...     said(Speaker("Antony Blinken", "person", "Secretary of State", country="USA")),
    ...     said(Speaker("Blinken", "person", "U.S. Secretary of State", country="USA")),
    ... ])
    >>> [article.quotes[0].speaker.id for article in linked.articles]
    ['antony-blinken', 'antony-blinken']
    >>> [(link.name, link.reasons[0], link.probability) for link in linked.identities[0].links][1]
    ('Blinken', 'office: foreign minister', 0.97)
    """
    kept = list(given_articles(articles))
    tally = Tally()
    for article in kept:
        for quote in article.quotes:
            if quote.speaker is not None and (key := key_of_speaker(quote.speaker)):
                tally.add(key, article.published)
    linkage = link(tally, [] if known is None else read_known(known))
    done = [_linked(article, linkage) for article in kept]
    counts = Counter(
        one for article in done for one in {quote.speaker.id for quote in article.quotes if quote.speaker} if one
    )
    return Linked(done, linkage.with_articles(counts))


def _linked(article: Article, linkage: Linkage) -> Article:
    return article.replace(quotes=tuple(_linked_quote(quote, article, linkage) for quote in article.quotes))


def _linked_quote(quote: Quote, article: Article, linkage: Linkage) -> Quote:
    if quote.speaker is None:
        return quote
    found = linkage.id_of(key_of_speaker(quote.speaker), article.published)
    return dataclasses.replace(quote, speaker=dataclasses.replace(quote.speaker, id=found))
