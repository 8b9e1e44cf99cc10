"""Measure a stance model that reads articles, beside any other stance model, and fit its calibration.

    python -m training.stance.measure_in_article CORPORA MODEL [MODEL ...] [--save]

Prints, for every model, macro-F1 in % of gold quotes of the conflict corpus as they fall and with labels equally
frequent, of the labelled quotes of other documents with labels equally frequent, and the share of our held-out pairs of
which every member is right; for every lean of its probabilities from labels that are equally frequent (0) to the shares
of news (1). With ``--save`` temperature and biases that were fitted on the dev splits are written into the config of
models that read articles, with the lean that is best for the mean of the first and third figure on dev.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from quotestance.evaluation.metrics.classification import Numbers, macro_f1_of
from quotestance.stance.article_classifier import ArticleClassifier
from quotestance.stance.classifier import Classifier
from quotestance.stance.loading import load_classifier
from quotestance.stance.marked import Text
from quotestance.stance.quotes import stances_of
from quotestance.stance.shares import BALANCED
from quotestance.types import STANCES, Article, Stance
from training.cards import head, line, percent
from training.conflict import corpus
from training.fitting import make_parser, start
from training.stance import passages as data
from training.stance.data import Row, gold_of, load_pairs, project_rows
from training.stance.measures import classify, pairs_right, probabilities, under
from training.stance.passages import Passage
from training.stance.temperature import fit_calibration

LEANS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
AT_ONCE = 50

Chances = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sets:
    """What is measured on: conflict articles with gold quotes, labelled documents, the same quotes as rows, pairs."""

    articles: dict[str, list[Article]]
    passages: dict[str, list[Passage]]
    rows: dict[str, list[Row]]
    pairs: list[Row]

    @classmethod
    def read(cls, corpora: Path) -> Sets:
        """The dev and test splits."""
        rows, passages = project_rows(corpora), list(data.label_passages(corpora, {}))
        splits = ("dev", "test")
        return cls(
            {name: [corpus.to_article(joined) for joined in corpus.load(corpora, name)] for name in splits},
            {name: [one for one in passages if one.split == name] for name in splits},
            {name: [row for row in rows if row["split"] == name] for name in splits},
            [row for row in load_pairs() if row["split"] == "pairs"],
        )


def gold_of_articles(articles: Sequence[Article]) -> Numbers:
    """Labels of gold quotes as indices into STANCES."""
    labels = [quote.stance.label for article in articles for quote in article.quotes if quote.stance is not None]
    return np.array([STANCES.index(label) for label in labels])


def in_passages(classifier: ArticleClassifier, passages: Sequence[Passage]) -> list[Stance]:
    """Stance of the labelled quotes of passages, in their order; all quotes of a passage are marked."""
    found: list[Stance] = []
    for first in range(0, len(passages), AT_ONCE):
        given: list[Text] = []
        for passage in passages[first : first + AT_ONCE]:
            asked = [number for number, one in enumerate(passage.targets) if one.label is not None]
            given.append((passage.text, [one.marked for one in passage.targets], asked, None))
        found += [stance for stances in classifier.classify_marked(given) for stance in stances]
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """What a model says of a split: of conflict news and of labelled quotes, with their labels."""

    news: Chances
    news_gold: Numbers
    labels: Chances
    labels_gold: Numbers


def tell(classifier: Classifier, sets: Sets, split: str) -> Told:
    """Ask a model; one that reads articles is given the documents, another the quotes with the sentence before."""
    articles = sets.articles[split]
    news = probabilities([stance for stances in stances_of(articles, classifier) for stance in stances], BALANCED)
    if isinstance(classifier, ArticleClassifier):
        passages = sets.passages[split]
        labels = probabilities(in_passages(classifier, passages), BALANCED)
        gold = np.array([one.label for passage in passages for one in passage.targets if one.label is not None])
    else:
        labels = probabilities(classify(classifier, sets.rows[split]), BALANCED)
        gold = gold_of(sets.rows[split])
    return Told(news, gold_of_articles(articles), labels, gold)


def figures(told: Told, shares: Chances) -> tuple[float, float, float]:
    """Macro-F1: conflict news as it falls, the same with labels equally frequent, labelled quotes so."""
    news, labels = (under(one, shares).argmax(1) for one in (told.news, told.labels))
    return (
        macro_f1_of(told.news_gold, news, len(STANCES)),
        macro_f1_of(told.news_gold, news, len(STANCES), as_balanced=True),
        macro_f1_of(told.labels_gold, labels, len(STANCES), as_balanced=True),
    )


def lines(name: str, classifier: Classifier, sets: Sets, shares: Chances, dev: Told) -> Iterator[str]:
    """The lines of the table on a model."""
    pairs = pairs_right(probabilities(classify(classifier, sets.pairs), BALANCED), sets.pairs)["all_right"]
    for split, told in (("dev", dev), ("test", tell(classifier, sets, "test"))):
        for lean in LEANS:
            found = map(percent, figures(told, shares**lean))
            yield line(name, split, f"{lean:.1f}", *found, percent(pairs) if split == "test" and not lean else "")


def save(folder: Path, dev: Told, shares: Chances) -> None:
    """Write what was fitted on dev into the config of a model that reads articles and had no calibration yet."""
    logits = np.log(np.clip(np.concatenate((dev.news, dev.labels)), 1e-9, 1))
    temperature, biases = fit_calibration(logits, np.concatenate((dev.news_gold, dev.labels_gold)))

    def worth(lean: float) -> float:
        moved = [np.exp((np.log(np.clip(one, 1e-9, 1)) + biases) / temperature) for one in (dev.news, dev.labels)]
        natural, _, balanced = figures(Told(moved[0], dev.news_gold, moved[1], dev.labels_gold), shares**lean)
        return natural + balanced

    prior = shares ** max(LEANS, key=worth)
    bias = biases + temperature * np.log(prior)
    bias -= bias.mean()
    config = json.loads((folder / "config.json").read_text())
    config["decoding"] = {"temperature": round(temperature, 4)}
    config["decoding"] |= {f"bias_{label}": round(float(one), 4) for label, one in zip(STANCES, bias, strict=True)}
    prior = prior / prior.sum()
    config["stance_prior"] = {label: round(float(one), 4) for label, one in zip(STANCES, prior, strict=True)}
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def main() -> None:
    """Print the table."""
    parser = make_parser(__doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--save", action="store_true", help="write the calibration of models that have none")
    args = parser.parse_args()
    start(threads=args.threads)
    sets = Sets.read(args.corpora)
    news_train = [corpus.to_article(joined) for joined in corpus.load(args.corpora, "train")]
    gold = gold_of_articles(news_train)
    shares = np.bincount(gold, minlength=len(STANCES)) / len(gold)
    print(head("model", "split", "lean", "news", "news =", "labels =", "pairs"))
    for folder in args.models:
        classifier = load_classifier(folder)
        dev = tell(classifier, sets, "dev")
        if args.save and isinstance(classifier, ArticleClassifier) and not classifier.model.config.decoding:
            save(folder, dev, shares)
            classifier = load_classifier(folder)
            dev = tell(classifier, sets, "dev")
        print(*lines(folder.name, classifier, sets, shares, dev), sep="\n", flush=True)


if __name__ == "__main__":
    main()
