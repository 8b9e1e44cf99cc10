"""Ways of training the reader, side by side: one short run each from a pretrained encoder.

    python -m training.reader.ways CORPORA --encoder FOLDER [--variants base gumless ...] [--share 0.15]

Every variant learns the same share of conflict news, of the invented articles and of PolNeAR's articles with people,
is read with the settings of the decoder that a checkpoint without any has, and gets a line of a Markdown table in %:
F1 of content and source on PolNeAR dev and conflict dev, and what it makes of the speakers of conflict dev when it is
given the quotes. Short runs tell what helps early, not what is best at the end; gaps under a point are ties.

The variants: ``base`` as train.py trains, but for stance; ``gumless`` without GUM; ``quotes`` learns quotes alone and
``people`` people alone, as two encoders would that share nothing; ``unmasked`` without hidden words and with all
articles under their own names.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from quotestance.checkpoints import load_tokenizer
from quotestance.evaluation import evaluate, read_gold
from quotestance.quotes.finder import QuoteFinder
from quotestance.speakers.notes import Decoding
from quotestance.types import Article
from training.attribution.compare import share_of
from training.attribution.dev import find_all
from training.cards import head, line, percent
from training.fitting import SEED, make_parser, start
from training.reader.attention import learn_by_groups
from training.reader.compare import figures
from training.reader.corpora import Corpora
from training.reader.release import notes_of
from training.reader.settings import Settings
from training.reader.stance_fit import articles_of
from training.reader.train import fit, new_model

CHANGES: Mapping[str, Mapping[str, Any]] = {
    "base": {},
    "gumless": {},
    "quotes": {"people_weight": 0.0},
    "people": {"quotes_weight": 0.0},
    "unmasked": {"masked": 0.0, "masked_names": 0.0, "swapped": 0.0},
}
"""What the settings of each variant are, where they are not those of train.py."""

QUOTES = "quotes.all.end_to_end.f1"
PEOPLE = ("speaker", "person_name", "body_name", "role", "affiliation", "country")


def smaller(gold: Corpora, share: float, variant: str) -> Corpora:
    """What a variant learns."""
    return replace(
        gold,
        polnear_people=share_of(gold.polnear_people, share),
        conflict=share_of(gold.conflict, share),
        forms=share_of(gold.forms, share),
        gum=[] if variant == "gumless" else share_of(gold.gum, share),
    )


def measured(finder: QuoteFinder, polnear: Sequence[Article], conflict: Sequence[Article]) -> list[float | None]:
    """The figures of a line."""
    found = [evaluate(gold, find_all(finder, gold), draws=0).figure(QUOTES) for gold in (polnear, conflict)]
    people = figures(conflict, notes_of(finder, conflict), Decoding.of(finder.settings))
    return [*found, *(people[name] for name in PEOPLE)]


def run(variant: str, gold: Corpora, args: argparse.Namespace) -> list[float | None]:
    """Train one variant and measure it."""
    start(seed=args.seed, threads=args.threads)
    usual = Settings(epochs=args.epochs, rate=args.rate, seed=args.seed, polnear_share=0.0, put_share=0.0, put=0.1)
    settings = replace(usual, **{"swapped": args.swapped, "labels_share": 0.0, **CHANGES[variant]})
    tokenizer = load_tokenizer(args.encoder)
    model = new_model(args.encoder, stance=False)
    learn_by_groups(model.encoder)
    model.train()
    for _ in fit(model, smaller(gold, args.share, variant), tokenizer, settings):
        pass
    polnear = read_gold(args.corpora / "polnear" / "data" / "dev", annotator="first")
    return measured(QuoteFinder(model.eval(), tokenizer), polnear, articles_of(args.corpora, "dev"))


def main() -> None:
    """Print a line for every variant."""
    parser = make_parser(__doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--variants", nargs="+", choices=CHANGES, default=list(CHANGES))
    parser.add_argument("--share", type=float, default=0.15, help="of the articles")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--swapped", type=float, default=0.2, help="as of train.py")
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    gold = Corpora.read(args.corpora, Settings())
    print(head("variant", "PolNeAR", "conflict", *PEOPLE), flush=True)
    for variant in args.variants:
        cells = ("-" if value is None else percent(value) for value in run(variant, gold, args))
        print(line(variant, *cells), flush=True)


if __name__ == "__main__":
    main()
