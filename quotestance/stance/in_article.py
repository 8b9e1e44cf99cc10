"""What models that read quotes in their article have in common: from logits of marked quotes to their stances."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from quotestance.stance.calibration import Calibration
from quotestance.stance.logits import Logits
from quotestance.stance.marked import Text, bare_texts, texts_of
from quotestance.stance.shares import Shares
from quotestance.text import Segments
from quotestance.types import Article, Stance


class InArticle:
    """A classifier of quotes in their article; what inherits from it tells the logits of marked quotes."""

    __slots__ = ()

    calibration: Calibration
    prior: Shares | None
    shares: Shares | None

    def classify_quotes(
        self,
        articles: Sequence[Article],
        asked: Sequence[Collection[int]] | None = None,
        segments: Sequence[Segments] | None = None,
    ) -> list[list[Stance]]:
        """Stance of the quotes of articles, which are read for it.

        Args:
            articles: With their quotes.
            asked: For every article the numbers of the quotes that are asked for; ``None`` for all.
            segments: Those of the articles, where they are known.

        Returns:
            For every article a stance for each quote asked for, in their order.

        Raises:
            ValueError: ``asked`` or ``segments`` has another length than ``articles``.
        """
        return self.classify_marked(texts_of(articles, asked, segments))

    def classify_marked(self, texts: Sequence[Text]) -> list[list[Stance]]:
        """Stance of the marked quotes of texts that are asked for, in their order."""
        return [[self.stance_of(row) for row in rows] for rows in self.logits(texts)]

    def classify(self, texts: Sequence[str], contexts: Sequence[str] | None = None) -> list[Stance]:
        """Stance of texts, each read as one quote, in order.

        Args:
            texts: Utterances of any length; one without a word has the stance of no words at all.
            contexts: For every text what stands before it, empty where there is nothing; ``None`` for none at all.

        Raises:
            ValueError: There are not as many contexts as texts.
        """
        return [stance for (stance,) in self.classify_marked(bare_texts(texts, contexts))]

    def logits(self, texts: Sequence[Text]) -> list[Logits]:
        """Logits ``(asked, 4)`` of the marked quotes of texts."""
        raise NotImplementedError

    def stance_of(self, logits: Logits) -> Stance:
        """Return the stance that the logits of a quote stand for."""
        return self.calibration.stance(logits, self.prior, self.shares)
