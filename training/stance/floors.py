"""What a stance model has to beat: the majority label, a lexicon of cue words, and TF-IDF with logistic regression."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from quotestance.evaluation.metrics.classification import Numbers
from quotestance.types import STANCES
from training.stance.data import Row, gold_of

CUES = {
    "escalatory": """arm arms attack attacks bomb bombs crush defeat deploy destroy escalate fight force forces
        invade kill missiles mobilize offensive punish retaliate retaliation revenge sanction sanctions strike strikes
        surrender threat threaten troops ultimatum victory war weapons""",
    "de-escalatory": """accord agreement armistice calm ceasefire cease-fire compromise de-escalate de-escalation
        dialogue diplomacy diplomatic disarm disarmament mediate mediation negotiate negotiations peace peaceful
        reconciliation restraint settlement talks truce withdraw withdrawal""",
}
"""Written down before they were scored, by thinking of the codebook's ladder; not tuned."""


def by_lexicon(rows: Sequence[Row]) -> Numbers:
    """The label with more cue words in the text; neutral where they are level."""
    cues = {label: frozenset(words.split()) for label, words in CUES.items()}
    guesses = []
    for row in rows:
        words = re.findall(r"[a-z-]+", row["text"].lower())
        up, down = (sum(word in cues[label] for word in words) for label in ("escalatory", "de-escalatory"))
        label = "neutral" if up == down else "escalatory" if up > down else "de-escalatory"
        guesses.append(STANCES.index(label))
    return np.array(guesses)


def by_words(train: Sequence[Row], test: Sequence[Row]) -> Numbers:
    """TF-IDF of words and pairs of words with logistic regression, taught by the same labels."""
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    learner = LogisticRegression(C=4, class_weight="balanced", max_iter=1000)
    learner.fit(words.fit_transform([row["text"] for row in train]), gold_of(train))
    guesses: Numbers = learner.predict(words.transform([row["text"] for row in test]))
    return guesses


def floors(rows: Sequence[Row], test: Sequence[Row]) -> dict[str, Numbers]:
    """Guesses of each on ``test``; those of ``rows`` whose ``split`` is train teach the one that learns."""
    return {
        "majority": np.full(len(test), STANCES.index("neutral")),
        "cue_lexicon": by_lexicon(test),
        "tfidf_logistic_regression": by_words([row for row in rows if row["split"] == "train"], test),
    }
