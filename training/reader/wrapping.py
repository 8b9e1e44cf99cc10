"""Quotes put into the mouth of somebody else, so that there is more to learn quotes inside quotes from.

A sentence that attributes something ("The army denied that it fired.") becomes what another one says ("Ruiz said the
army denied that it fired."): the attribution is then a quote inside a quote, whose words the corpus has marked.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from quotestance.text import Extent, Segments
from quotestance.types import Article, Quote, Span
from training.reader.rewriting import Rewriting, moved

CUES = ("said", "said", "said", "added", "warned", "noted", "argued", "insisted", "claimed", "wrote")
"""What the outer speaker does."""

SOURCES = ("Officials", "The ministry", "A spokesman", "One analyst", "He", "She", "They", "Residents", "The report")
"""Who does where nobody is named."""

_NAMED = 0.6  # share of the outer speakers that have a name
_MOST_CHARACTERS = 400
_MARKS = re.compile('["“”‘’«»]')
_WORD = re.compile(r"[^\W\d_]+")
_JOINED = re.compile(r"(?:And|But|Or|So)\b")  # begins a sentence that does not stand alone


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a sentence that somebody says, in place of its full stop.

    Args:
        before, after: The words around it.
        head, tail: How many characters of these, next to the sentence, are content as well.
        source, cue: Words of either, each there once.
    """

    before: str
    after: str
    head: int
    tail: int
    source: str
    cue: str

    def quote(self, text: str, start: int, end: int) -> Quote:
        """The quote that it makes of the sentence at ``[start, end)`` of a text."""

        def place(words: str) -> Span:
            here = self.before.find(words)
            first = start - len(self.before) + here if here >= 0 else end + self.after.index(words)
            return Span.of(text, first, first + len(words))

        content = Span.of(text, start - self.head, end + self.tail)
        cue, source = place(self.cue), place(self.source)
        return Quote("direct" if self.tail else "indirect", (content,), cue=cue, source=source)


def put_inside(
    article: Article, names: Sequence[str], dice: random.Random, share: float
) -> tuple[Article, tuple[Extent, ...]]:
    """Put sentences with one attribution into what somebody else says.

    Args:
        article: With its gold quotes.
        names: Of persons, for the outer speakers.
        dice: Which sentences, said by whom and how.
        share: Of the sentences that can be put so, in [0, 1].

    Returns:
        The article with a further quote for each, and where their contents stand.
    """
    text, small = article.text, set(re.findall(r"\b[^\W\d_A-Z]+\b", article.text))
    changes: list[tuple[Extent, str]] = []
    framed: list[tuple[Extent, Frame]] = []
    for start, end in attributing_sentences(article):
        if dice.random() < share:
            frame = _frame(text[start:end], names, dice)
            first = _WORD.match(text, start)
            changes.append(((start, start), frame.before))
            if first and not frame.tail and first.group().lower() in small:
                changes.append((first.span(), first.group().lower()))
            changes.append(((end - 1, end), frame.after))
            framed.append(((start, end - 1), frame))
    made = Rewriting.of(text, changes)
    outer = [frame.quote(made.text, *made.extent(extent)) for extent, frame in framed]
    kept = [moved(quote, made) for quote in article.quotes]
    return Article(made.text, id=article.id, quotes=(*kept, *outer)), tuple((one.start, one.end) for one in outer)


def attributing_sentences(article: Article) -> Iterator[Extent]:
    """Sentences that end with a full stop and hold one quote, whole, with its source before its content."""
    places = [(_extent(quote), quote) for quote in article.quotes]
    for sentence in (one for paragraph in Segments.of(article.text).sentences for one in paragraph):
        start, end = sentence
        words = article.text[start:end]
        own = [(extent, quote) for extent, quote in places if extent[0] < end and extent[1] > start]
        is_plain = words.endswith(".") and "\n" not in words and not _JOINED.match(words)
        if len(own) != 1 or not is_plain or len(words) > _MOST_CHARACTERS:
            continue
        ((extent, quote),) = own
        is_inside = start <= extent[0] and extent[1] < end
        if is_inside and quote.source and quote.cue and quote.source.start < quote.content[0].start:
            yield sentence


def _extent(quote: Quote) -> Extent:
    spans = [*quote.content, *(span for span in (quote.source, quote.cue) if span)]
    return min(span.start for span in spans), max(span.end for span in spans)


def _frame(sentence: str, names: Sequence[str], dice: random.Random) -> Frame:
    source = dice.choice(names if dice.random() < _NAMED else SOURCES)
    cue = dice.choice(CUES)
    says = f"{source} {cue}"
    if _MARKS.search(sentence) or dice.random() < 0.5:
        that = dice.choice(("that ", "that ", ""))
        return Frame(f"{says} {that}", ".", len(that), 0, source, cue)
    opening, closing = dice.choice(('""', "“”"))
    if dice.random() < 0.5:
        return Frame(f"{says}, {opening}", f".{closing}", 1, 2, source, cue)
    inner = source if source in names else source[0].lower() + source[1:]
    return Frame(opening, f",{closing} {inner} {cue}.", 1, 2, inner, cue)
