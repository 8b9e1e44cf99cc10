"""Names of organizations and what takes them up."""

import pytest

from quotestance.speakers.bodies import gather_bodies
from quotestance.speakers.words import read_words


@pytest.mark.parametrize(
    ("text", "short", "full"),
    [
        ("The National Rifle Association sued. NRA lost.", "nra", "National Rifle Association"),
        ("The International Crisis Watch (ICW) sued. ICW lost.", "icw", "International Crisis Watch"),
        ("The Springfield Daily News wrote. The Daily News lost.", "daily news", "Springfield Daily News"),
    ],
)
def test_speakers_bodies_short_forms_lead_to_the_full_name(text: str, short: str, full: str) -> None:
    assert gather_bodies(read_words(text)).fuller[short] == full


def test_speakers_bodies_it_takes_up_the_last_one() -> None:
    words = read_words("The Export Council met. It")
    assert gather_bodies(words).speaker_before(len(words.row) - 1).name == "Export Council"


def test_speakers_bodies_without_a_proper_name_keep_their_words() -> None:
    words = read_words("A new report")
    speaker = gather_bodies(words).speaker(0, 2, "A new report")
    assert (speaker.name, speaker.description, speaker.kind) == (None, "A new report", "organization")
