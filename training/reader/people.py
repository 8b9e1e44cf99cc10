"""Fitting how the reader's answers on people are decoded: from which probability and share a role or home is taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

from quotestance.evaluation.metrics.speakers import judge
from quotestance.quotes.finder import QuoteFinder
from quotestance.reader.inference import Reading
from quotestance.speakers.notes import Decoding, Notebook, Notes
from quotestance.speakers.resolve import describe, identify, resolve_speakers
from quotestance.types import Article
from training.fitting import log, nearest_of_the_best

BIASES = (0.0, 0.6, 1.2)
LEAST = (0.0, 0.5, 0.6, 0.75)
LINKS = (0.35, 0.6)
DOUBTED = (0.1, 0.15, 0.2, 0.3, 0.5)
SHARES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
"""Values tried: for the bias, the probability of a role or home, the share that points at its holder, the probability
of a role inside the words for somebody unnamed, and the share of the pointing at an affiliation or a country."""

TIE = 0.01
"""Difference between two F1, or sums of two, that counts as none."""


@dataclass(frozen=True, slots=True)
class Read:
    """A gold article, and what the reader says of its windows."""

    gold: Article
    readings: tuple[Reading, ...]

    def notes(self, decoding: Decoding) -> Notes:
        """What is noted with some thresholds."""
        book = Notebook(decoding)
        for reading in self.readings:
            book.add(reading)
        return book.notes()


def read_people(finder: QuoteFinder, articles: Sequence[Article]) -> list[Read]:
    """Read articles whose quotes are known; the links of quotes are let go, since they take the most memory."""
    found = []
    for article in articles:
        readings: list[Reading] = []
        finder.observe(article, partial(_keep, readings))
        found.append(Read(article, tuple(readings)))
    return found


def _keep(readings: list[Reading], _: int, reading: Reading) -> None:
    readings.append(replace(reading, links=reading.links[:, :0], nested=None))


def f1(read: Sequence[Read], found: Sequence[Article], field: str) -> float:
    """F1 of a field of the speakers of gold quotes, in [0, 1]."""
    verdicts = [
        (judge(one.gold, quote.speaker, other.speaker)[field], getattr(other.speaker, field) is not None)
        for one, article in zip(read, found, strict=True)
        for quote, other in zip(one.gold.quotes, article.quotes, strict=True)
        if quote.speaker is not None
    ]
    right = sum(bool(verdict) for verdict, _ in verdicts)
    return 2 * right / max(1, sum(given + (verdict is not None) for verdict, given in verdicts))


def fit_decoding(read: Sequence[Read], start: Decoding) -> Decoding:
    """The thresholds that are best for the F1 of roles and of affiliations.

    Of those that are level with the best, the least bias counts, which takes the most for told.
    """
    tried = list(_tried(read, start))
    sums = [scores["role"] + scores["affiliation"] for _, scores in tried]
    best = min(
        (one for (one, _), both in zip(tried, sums, strict=True) if both >= max(sums) - TIE),
        key=lambda one: one.told_bias,
    )
    for field in ("role", "affiliation"):
        log.info("%s: F1 %.4f", field, max(scores[field] for one, scores in tried if one == best))
    return best


def _tried(read: Sequence[Read], start: Decoding) -> Iterator[tuple[Decoding, dict[str, float]]]:
    """Settings with their scores: roles and homes do not meddle with each other, so each is tried by itself."""
    for bias in BIASES:
        open_ = replace(start, told_bias=bias, role_least=0.0, home_least=0.0)
        notes = [one.notes(open_) for one in read]
        identified = [identify(one.gold, own) for one, own in zip(read, notes, strict=True)]
        tried: dict[tuple[float, float], dict[str, float]] = {}
        for least, link in product(LEAST, LINKS):
            decoding = replace(open_, role_link=link, home_link=link)
            kept = [_sure(one, least) for one in notes]
            found = [
                describe(one.gold, own, who, decoding) for one, own, who in zip(read, kept, identified, strict=True)
            ]
            tried[least, link] = {field: f1(read, found, field) for field in ("role", "affiliation")}
        role, home = (max(tried, key=lambda pair: tried[pair][field]) for field in ("role", "affiliation"))
        scores = {"role": tried[role]["role"], "affiliation": tried[home]["affiliation"]}
        yield replace(open_, role_least=role[0], role_link=role[1], home_least=home[0], home_link=home[1]), scores


def fit_belonging(read: Sequence[Read], start: Decoding) -> Decoding:
    """The shares from which affiliation and country are taken, for the F1 of both; where that is level, the default."""
    scores: dict[float, tuple[float, float]] = {}
    for share in SHARES:
        decoding = replace(start, affiliation_least=share, country_least=share)
        found = [speakers_of(one, decoding) for one in read]
        scores[share] = f1(read, found, "affiliation"), f1(read, found, "country")
    usual = start.affiliation_least, start.country_least
    affiliation, country = (
        nearest_of_the_best({share: both[field] for share, both in scores.items()}, usual[field], tie=TIE)
        for field in (0, 1)
    )
    log.info("shares of affiliation and country: %s, %s of %s", affiliation, country, scores)
    return replace(start, affiliation_least=affiliation, country_least=country)


def fit_doubted(read: Sequence[Read], start: Decoding) -> Decoding:
    """The probability from which the unnamed have a role, for the F1 of roles; where that is level, the default."""
    tried = {least: replace(start, unnamed_role_least=least) for least in DOUBTED}
    scores = {least: f1(read, [speakers_of(one, own) for one in read], "role") for least, own in tried.items()}
    best = nearest_of_the_best(scores, start.unnamed_role_least, tie=TIE / 2)
    log.info("roles of the unnamed from %s: F1 %s", best, scores)
    return tried[best]


def _sure(notes: Notes, least: float) -> Notes:
    return replace(notes, told=tuple(one for one in notes.told if one.probability >= least))


def speakers_of(read: Read, decoding: Decoding) -> Article:
    """The speakers of an article."""
    return resolve_speakers(read.gold, read.notes(decoding), decoding)
