"""Where people are named."""

import pytest

from quotestance.speakers.mentions import find_mentions
from quotestance.speakers.words import read_words


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Chinese President Xi Jinping met Gen. Milley.", ["Xi Jinping", "Milley"]),
        ("The Clinton Foundation and the Kennedy School closed.", []),
        ("Anna de la Cruz and Robert “Bud” Kane left.", ["Anna de la Cruz", "Robert “Bud” Kane"]),
        ("The Affordable Care Act failed.", []),
        ("Martin Doyle Jr. left.", ["Martin Doyle Jr."]),
        ("How Paul Grau Thinks About Helen Farrow", []),
        ("New York and the White House agreed.", []),
        ("Steve King left.", ["Steve King"]),
    ],
)
def test_speakers_mentions_found(text: str, names: list[str]) -> None:
    assert [mention.text for mention in find_mentions(read_words(text))] == names


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Former Secretary of State Harold Pinkney left.", "Former Secretary of State"),
        ("A spokesman for Senator Helen Farrow left.", "Senator"),
        ("Speaker of the House Dale Whitcomb left.", "Speaker of the House"),
        ("Ron Haskell’s campaign manager Ivo Brandt left.", "Ron Haskell’s campaign manager"),
    ],
)
def test_speakers_mentions_title(text: str, title: str) -> None:
    words = read_words(text)
    mention = find_mentions(words)[-1]
    assert mention.title is not None
    assert words.between(*mention.title) == title
