"""The word lists and how words are looked up in them."""

import pytest

from quotestance.text.lexicon import fold, is_given_name, read_lexicon, seen, table, word_set


def test_speakers_lexicon_given_names_in_any_case_and_without_diacritics() -> None:
    assert is_given_name("Volodymyr")
    assert is_given_name("HILLARY")
    assert is_given_name("José") == is_given_name("Jose")
    assert not is_given_name("Xyzzy")


def test_speakers_lexicon_fold_leaves_diacritics_and_apostrophes_aside() -> None:
    assert fold("Erdoğan") == fold("Erdogan")
    assert fold("O’Neill") == fold("O'neill") == fold("Oʼneill")
    assert fold("Łukasz") == fold("ŁUKASZ") == fold("Lukasz")
    assert fold("al‐Roe") == fold("al‑Roe") == fold("al-Roe")


def test_speakers_lexicon_seen_leaves_out_what_takes_no_room() -> None:
    assert seen("\ufeffAnn\u200b Ro\u00ade") == "Ann Roe"


def test_speakers_lexicon_is_read_in_lower_case() -> None:
    assert table("honorifics.tsv")["sen"] == ("senator",)
    assert table("honorifics.tsv")["mr"] == ()
    assert all(word == word.lower() for word in word_set("given_names.txt"))


@pytest.mark.parametrize(
    "name", ["honorifics.tsv", "nicknames.tsv", "organizations.tsv", "regions.tsv", "state_words.tsv"]
)
def test_speakers_lexicon_tables_lose_no_row(name: str) -> None:
    assert len(table(name)) == len(read_lexicon(name)) > 0


def test_speakers_lexicon_no_wording_is_of_two_offices() -> None:
    rows = [entry.split("\t") for entry in read_lexicon("offices.tsv")]
    of = {wording: name for name, _, wordings in rows for wording in wordings.split("|")}
    assert [(name, one) for name, _, wordings in rows for one in wordings.split("|") if of[one] != name] == []


def test_speakers_lexicon_titles_of_kings_are_titles() -> None:
    assert word_set("regnal_titles.txt") - table("honorifics.tsv").keys() == set()
