"""The gold of the seed article: it slices, it agrees with the text file, and it leaves no quotation mark unanswered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from quotestance.io.encodings import decode
from quotestance.text import quotations
from quotestance.types import STANCES, Article

SEEDS = Path(__file__).parents[1] / "seeds"


@pytest.fixture(scope="module")
def gold() -> Article:
    (line,) = (SEEDS / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    return Article.from_dict(json.loads(line))


def test_seeds_gold_text_is_the_text_file(gold: Article) -> None:
    assert gold.text == decode((SEEDS / f"{gold.id}.txt").read_bytes())


def test_seeds_gold_spans_slice_to_whole_words(gold: Article) -> None:
    for span in (span for quote in gold.quotes for span in quote.spans()):
        assert gold.text[span.start : span.end] == span.text == span.text.strip()
        before, after = gold.text[span.start - 1 : span.start], gold.text[span.end : span.end + 1]
        assert not (before.isalnum() and span.text[0].isalnum()), span
        assert not (after.isalnum() and span.text[-1].isalnum()), span


def test_seeds_every_quotation_is_a_quote_or_a_scare_quote(gold: Article) -> None:
    scare = {tuple(extent) for extent in gold.meta["scare_quotes"]}
    assert {gold.text[start:end] for start, end in scare} == {"no limits"}
    contents = [span for quote in gold.quotes for span in quote.content]
    for found in quotations(gold.text):
        is_quoted = any(span.start <= found.inner_start and found.inner_end <= span.end for span in contents)
        assert is_quoted != ((found.inner_start, found.inner_end) in scare), gold.text[found.start : found.end]


def test_seeds_kind_agrees_with_the_quotation_marks(gold: Article) -> None:
    passages = quotations(gold.text)
    for quote in gold.quotes:
        is_enclosed = [any(p.inner_start == s.start and s.end == p.inner_end for p in passages) for s in quote.content]
        has_passage = any(s.start <= p.inner_start and p.inner_end <= s.end for p in passages for s in quote.content)
        expected = "direct" if all(is_enclosed) else "mixed" if has_passage else "indirect"
        assert quote.kind == expected, quote.text


def test_seeds_every_quote_has_cue_source_speaker_and_stance(gold: Article) -> None:
    for quote in gold.quotes:
        assert None not in (quote.cue, quote.source, quote.speaker), quote.text
        assert quote.stance is not None
        assert set(quote.stance.probabilities) == set(STANCES)
        assert quote.stance.confidence == 1.0
        assert quote.stance.conditional in (0.0, 1.0)


def test_seeds_speakers_are_spelled_as_in_the_article(gold: Article) -> None:
    for speaker in gold.speakers:
        words = (speaker.name, speaker.role, speaker.affiliation, speaker.description, *speaker.members)
        for worded in filter(None, words):
            assert worded in gold.text, worded
        assert speaker.name or speaker.description


@pytest.mark.parametrize(
    "surname", ["Blinken", "Liu", "Shi", "Wilder", "Cha", "Austin", "Lu", "Zelensky", "Turner", "Putin"]
)
def test_seeds_one_speaker_under_the_full_name(gold: Article, surname: str) -> None:
    (name,) = {s.name for s in gold.speakers if s.kind == "person" and s.name and surname in s.name.split()}
    assert name.split()[0] != name
