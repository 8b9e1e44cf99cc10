"""What the article tells of speakers beside their own words: the state whose office holder or body somebody is."""

from __future__ import annotations

from quotestance.speakers.completion import complete
from quotestance.speakers.surroundings import Surroundings
from quotestance.types import Article, Quote, Span, Speaker


def told_of(text: str, source: str, speaker: Speaker) -> Speaker:
    start = text.index(source)
    quote = Quote("indirect", (Span.of(text, 0, 4),), source=Span.of(text, start, start + len(source)), speaker=speaker)
    completed = complete(Article(text, quotes=(quote,)), Surroundings.of(text)).quotes[0].speaker
    assert completed is not None
    return completed


def test_completion_an_office_holder_without_another_home_is_of_the_state_as_the_article_calls_it() -> None:
    text = "Kyiv waited. Defense Minister Olena Hurt spoke; Ukraine needs shells, and Ukraine's allies know."
    minister = Speaker("Olena Hurt", "person", role="Defense Minister", country="UKR")
    told = told_of(text, "Defense Minister Olena Hurt", minister)
    assert (told.affiliation, told.evidence["affiliation"].text) == ("Ukraine", "Ukraine")
    analyst = Speaker("Olena Hurt", "person", role="analyst", country="UKR")
    assert told_of(text, "Olena Hurt", analyst).affiliation is None
    state = Speaker("Ukraine", "organization", country="UKR")
    assert told_of(text, "Ukraine", state).affiliation is None


def test_completion_leaves_what_was_told_and_quotes_without_a_source() -> None:
    text = "Ukraine waited. Minister Olena Hurt of Norway spoke in Ukraine."
    told = Speaker("Olena Hurt", "person", role="Minister", affiliation="Norway", country="NOR")
    assert told_of(text, "Olena Hurt", told) == told
    quote = Quote("indirect", (Span.of(text, 0, 4),), speaker=Speaker(kind="unnamed"))
    article = Article(text, quotes=(quote,))
    assert complete(article, Surroundings.of(text)) == article
