"""What kind of words a source is."""

import pytest

from quotestance.speakers.people import gather_people
from quotestance.speakers.sources import read_source
from quotestance.speakers.words import read_words


@pytest.mark.parametrize(
    ("source", "form", "named"),
    [
        ("Helen Farrow", "name", ["Helen Farrow"]),
        ("Helen Farrow and Ms. Grau", "names", ["Helen Farrow", "Grau"]),
        ("he", "pronoun", []),
        ("his spokesman", "person noun", []),
        ("the Helen Farrow campaign", "body", []),
        ("a spokesman for Helen Farrow", "person noun", []),
        ("an analysis by Helen Farrow and Paul Grau", "body", []),
        ("a spokesman for Helen Farrow, Paul Grau,", "name", ["Paul Grau"]),
        ("people familiar with the talks", "people noun", []),
        ("a group of rabbis", "people noun", []),
        ("62% of voters", "people noun", []),
        ("the Japanese", "people noun", []),
        ("the report", "body", []),
        ("an inside source", "person noun", []),
    ],
)
def test_speakers_sources_form(source: str, form: str, named: list[str]) -> None:
    words = read_words(source)
    found = read_source(words, gather_people(words), 0, len(source))
    assert (found.form, [person.name for _, person in found.people]) == (form, named)
