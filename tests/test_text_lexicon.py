"""The word lists and how words are looked up in them."""

from quotestance.text.lexicon import fold, is_given_name, table, word_set


def test_speakers_lexicon_given_names_in_any_case_and_without_diacritics() -> None:
    assert is_given_name("Volodymyr")
    assert is_given_name("HILLARY")
    assert is_given_name("José") == is_given_name("Jose")
    assert not is_given_name("Xyzzy")


def test_speakers_lexicon_fold_leaves_diacritics_and_apostrophes_aside() -> None:
    assert fold("Erdoğan") == fold("Erdogan")
    assert fold("O’Neill") == fold("O'neill")


def test_speakers_lexicon_is_read_in_lower_case() -> None:
    assert table("honorifics.tsv")["sen"] == ("senator",)
    assert table("honorifics.tsv")["mr"] == ()
    assert all(word == word.lower() for word in word_set("given_names.txt"))
