"""Two stance classifiers as one: the fast answers what it is sure of, the accurate is asked about the rest.

All answers are told under the shares of the labels that the fast one tells its own for, so that the probabilities of
two quotes can be compared, whoever answered.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from quotestance.stance.classifier import Classifier
from quotestance.stance.logits import check_one_each
from quotestance.stance.quotes import stances_of
from quotestance.stance.shares import BALANCED, NEWS, pooled
from quotestance.text import Segments
from quotestance.types import Article, Stance, check_threshold

LEAST_CONFIDENCE = 0.9
"""Confidence from which the fast model's answer stands, chosen on dev; see docs/decisions/cascade.md."""

SHARE = 0.3
"""Weight of the fast model's answer where both answer, chosen on dev with it."""


@dataclass(frozen=True, slots=True)
class Cascade:
    """Two classifiers as one.

    Args:
        fast: Reads every text.
        accurate: Reads the texts of which the fast one is not sure.
        least: Confidence in [0, 1] from which the fast one's answer stands.
        prior: Shares of the labels in what is read, under which that confidence is taken (:meth:`Stance.under`):
            where the labels are equally frequent no neutral quote of news is ever sure. ``None`` takes the confidence
            as the fast one tells it.
        share: Weight in [0, 1] of the fast one's answer beside that of the accurate one, where that is asked
            (:func:`~quotestance.stance.shares.pooled`); 0 takes the accurate one's alone.

    Raises:
        ValueError: ``least`` or ``share`` is not in [0, 1].

    >>> class Always:
    ...     def __init__(self, stance):
    ...         self.stance = stance
    ...
    ...     def classify(self, texts, contexts=None):
    ...         return [self.stance for _ in texts]
    >>> sure, other = Always(Stance.certain("neutral")), Always(Stance.certain("escalatory"))
    >>> Cascade(sure, other).classify(["The port is open."])[0].label
    'neutral'
    """

    fast: Classifier
    accurate: Classifier
    least: float = LEAST_CONFIDENCE
    prior: Mapping[str, float] | None = field(default_factory=lambda: NEWS, hash=False)  # mappings have no hash
    share: float = SHARE

    def __post_init__(self) -> None:
        check_threshold("least", self.least)
        check_threshold("share", self.share)

    def classify(self, texts: Sequence[str], contexts: Sequence[str] | None = None) -> list[Stance]:
        """Stance of each text, in order.

        Args:
            texts: Utterances of any length.
            contexts: For every text what stands before it, empty where there is nothing; ``None`` for none at all.

        Raises:
            ValueError: There are not as many contexts as texts.
            TypeError: Texts are one text.
        """
        check_one_each(texts, contexts, "context")
        stances = list(self.fast.classify(texts, contexts))
        unsure = [place for place, stance in enumerate(stances) if not self.is_sure(stance)]
        if not unsure:
            return stances
        before = None if contexts is None else [contexts[place] for place in unsure]
        answers = self.accurate.classify([texts[place] for place in unsure], before)
        for place, stance in zip(unsure, answers, strict=True):
            stances[place] = self._together(stances[place], stance)
        return stances

    def classify_quotes(
        self,
        articles: Sequence[Article],
        asked: Sequence[Collection[int]] | None = None,
        segments: Sequence[Segments] | None = None,
        known: Sequence[Sequence[Stance]] | None = None,
    ) -> list[list[Stance]]:
        """Stance of the quotes of articles; arguments and result as those of :func:`stances_of`.

        Args:
            articles, asked, segments: As there.
            known: What the fast model said of the quotes that are asked for, where that is known.
        """
        wanted = [sorted(range(len(a.quotes)) if asked is None else asked[n]) for n, a in enumerate(articles)]
        stances = stances_of(articles, self.fast, wanted, segments) if known is None else [list(own) for own in known]
        unsure = [[at for at, stance in enumerate(told) if not self.is_sure(stance)] for told in stances]
        if not any(unsure):
            return stances
        numbers = [[own[at] for at in places] for own, places in zip(wanted, unsure, strict=True)]
        for place, answers in enumerate(stances_of(articles, self.accurate, numbers, segments)):
            for at, answer in zip(unsure[place], answers, strict=True):
                stances[place][at] = self._together(stances[place][at], answer)
        return stances

    def answering(self, article: Article, quote: int) -> Classifier:
        """Return the one of the two whose answer counts most for a quote: what an explanation has to ask.

        Args:
            article: With its quotes.
            quote: The number of one of them.
        """
        ((stance,),) = stances_of([article], self.fast, [[quote]])
        return self.fast if self.is_sure(stance) else self.accurate

    def _together(self, quick: Stance, answer: Stance) -> Stance:
        return pooled(quick, answer, self.share) if self.share else answer.under(quick.prior or BALANCED)

    def is_sure(self, stance: Stance) -> bool:
        """Tell whether an answer of the fast one stands."""
        shifted = stance if self.prior is None else stance.under(self.prior)
        return shifted.confidence >= self.least
