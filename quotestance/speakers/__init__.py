"""Who it is that a source names: one person under the fullest name, with role, affiliation and country.

Rules over characters and small lexicons; the rooms, from the outside in: resolve (sources to Speakers), sources and
nominals (what the words of a source are), anaphora (whom a pronoun means), introductions and bodies (who the article
introduces), people, mentions and titles (which names are one person), roles and phrases (what is said of them), names,
countries, words and lexicon.
"""

from quotestance.speakers.resolve import resolve_speakers

__all__ = ["resolve_speakers"]
