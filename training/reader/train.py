"""Train the reader: quotes and people together, from an encoder or from an earlier reader.

usage: python -m training.reader.train CORPORA OUT --encoder FOLDER [--epochs 5] [--rate 8e-5]
           [--polnear 0.35] [--put-share 0.2] [--swapped 1] [--plain] [--threads 2]

CORPORA is the folder with ``polnear``, ``stance`` and ``gum``.  Every epoch leaves a checkpoint in OUT/epoch-N, whose
weights are the running average; OUT/log.txt has the losses.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoConfig, AutoModel, AutoTokenizer

from quotestance.batching import computing
from quotestance.checkpoints import load_model
from quotestance.evaluation import read_gold
from quotestance.reader.model import PEOPLE_RELATIONS, Batch
from quotestance.reader.pretrained import AttributionConfig, AttributionModel
from quotestance.text import Extent
from quotestance.training.examples import batches as batches_of
from quotestance.training.examples import distort
from quotestance.training.losses import label_loss, link_loss
from quotestance.types import Article
from training.attribution.forms import read_forms
from training.conflict import corpus, polnear
from training.fitting import RunningAverage, Steps, make_parser, save_checkpoint, start
from training.reader.examples import Cut, Example, Targets, collate, make_example
from training.reader.gold import People, conflict_gold, from_gum, full_names, people_of_polnear, swap_names
from training.reader.wrapping import put_inside
from training.speakers.gum import read_split

HOMES = PEOPLE_RELATIONS.index("affiliation")
"""From here on relations point at where somebody belongs: those of most words that point, with a loss of their own."""
_QUOTE_HEADS = ("tag.", "link.")
_NESTED_HEADS = ("nested_tag.", "nested_link.")
_PEOPLE_HEADS = ("mention.", "profile.", "people.")
_PUT_SENTENCES = 0.5  # share of the sentences with one attribution that are put into quotes
FORMS = Path(__file__).parent.parent / "attribution" / "forms.jsonl"


@dataclass(frozen=True, slots=True)
class Gold:
    """What is known of an article: see :func:`training.reader.examples.make_example`."""

    article: Article
    people: People | None = None
    has_quotes: bool = True
    nested_in: Sequence[Extent] = ()

    @classmethod
    def whole(cls, article: Article, people: People | None) -> Gold:
        """An article of which all quotes are known, those inside quotes as well."""
        return cls(article, people, nested_in=[(0, len(article.text))])

    def example(self, tokenizer: Any) -> Example:
        """It as an example."""
        return make_example(self.article, self.people, tokenizer, has_quotes=self.has_quotes, nested_in=self.nested_in)


@dataclass(frozen=True, slots=True)
class Settings:
    """How the reader is trained.

    Args:
        epochs: Passes over the conflict corpus.
        rate: Learning rate of the encoder.
        head_factor: Rate of the heads as a multiple of it.
        new_head_factor: The same for the heads of people.
        nested_factor: The same for the heads of quotes inside quotes.
        window, overlap: Tokens read at once, and shared by neighbouring windows.
        tokens_a_step: Tokens of a batch, about.
        masked, masked_names: Share of the words, and of the capitalised words, that are hidden from the encoder.
        link_weight, people_weight: Weights of the losses of links and of people beside that of the tags.
        nested_weight: Weight of the loss of the tags of quotes inside quotes, of which there are few.
        polnear_share: Share of PolNeAR's articles read in an epoch.
        put_share: Share of them read in an epoch with sentences put into quotes (wrapping.py); of other articles.
        put: Times that an article of the conflict corpus is read so in an epoch.
        forms: Our own passages read in an epoch.
        swapped: Times that an article of the conflict corpus is read with other names in an epoch.
        average_decay: Of the running average of the weights.
        seed: Of order, names and masking.
    """

    epochs: int = 5
    rate: float = 8e-5
    head_factor: float = 4.0
    new_head_factor: float = 4.0
    nested_factor: float = 12.0
    weight_decay: float = 0.01
    warm_up: float = 0.06
    window: int = 382
    overlap: int = 64
    tokens_a_step: int = 2_048
    masked: float = 0.08
    masked_names: float = 0.2
    link_weight: float = 0.5
    people_weight: float = 0.7
    nested_weight: float = 3.0
    polnear_share: float = 0.35
    put_share: float = 0.2
    put: int = 1
    forms: int = 361
    swapped: int = 1
    average_decay: float = 0.995
    seed: int = 13


@dataclass(frozen=True, slots=True)
class Corpora:
    """Gold of every corpus, split into what is learned from."""

    polnear: list[Article]
    forms: list[Article]
    polnear_people: list[tuple[Article, People]]
    conflict: list[tuple[Article, People]]
    gum: list[tuple[Article, People]]

    @classmethod
    def read(cls, folder: Path, settings: Settings, labels: Path = corpus.LABELS) -> Corpora:
        """The train splits of a folder of corpora."""
        joined = corpus.load(folder, "train", labels)
        articles = read_gold(folder / "polnear" / "data" / "train", annotator="first")
        people = polnear.load({article.id: article for article in articles})
        return cls(
            articles,
            read_forms(FORMS)[: settings.forms],
            [(article, people_of_polnear(article, one)) for article, one in people],
            list(conflict_gold(joined)),
            [from_gum(document) for document in read_split(folder / "gum", "train")],
        )

    def epoch(self, settings: Settings, names: Sequence[str], dice: random.Random) -> Iterator[Gold]:
        """What is read in an epoch."""
        plain, put = (round(share * len(self.polnear)) for share in (settings.polnear_share, settings.put_share))
        chosen = dice.sample(self.polnear, min(plain + put, len(self.polnear)))
        yield from map(Gold, (*chosen[:plain], *self.forms))
        for article in chosen[plain:]:
            inside, places = put_inside(article, names, dice, _PUT_SENTENCES)
            yield Gold(inside, nested_in=places)
        yield from (Gold(*one, has_quotes=False) for one in self.gum)
        for _ in range(settings.put):
            for article, _ in self.conflict:
                inside, _ = put_inside(article, names, dice, _PUT_SENTENCES)
                yield Gold.whole(inside, None)
        for make, named in ((Gold.whole, self.conflict), (Gold, self.polnear_people)):
            yield from (make(*one) for one in named)
            for _ in range(settings.swapped):
                yield from (make(*swap_names(*one, names, dice)) for one in named)


def batches(examples: Sequence[Example], settings: Settings, dice: random.Random) -> list[list[Cut]]:
    """Windows of like length together, up to so many tokens a batch, in random order."""
    sizes = {"length": settings.window, "overlap": settings.overlap, "tokens_a_step": settings.tokens_a_step}
    return batches_of(examples, dice, **sizes)


def losses(model: AttributionModel, batch: Batch, targets: Targets) -> dict[str, Tensor]:
    """Cross-entropy of the labels, and the negative log of the probability mass on the right tokens of each link."""
    with computing(model.device):
        output = model(batch)
    found = {"tag": label_loss(output.tags, targets.tags), "link": link_loss(output.links, targets.links)}
    if output.nested is not None:
        found["nested"] = label_loss(output.nested.tags, targets.nested.tags)
        found["nested_link"] = link_loss(output.nested.links, targets.nested.links)
    if output.people is not None:
        people = output.people
        found["mention"] = label_loss(people.mentions, targets.mentions)
        found["profile"] = label_loss(people.profiles, targets.profiles)
        width = targets.people.shape[-1]
        rows = people.rows[:, None, :, None].expand(-1, targets.people.shape[1], -1, width)
        right = targets.people.gather(2, rows)
        found["people"] = link_loss(people.links[:, :HOMES], right[:, :HOMES])
        found["homes"] = link_loss(people.links[:, HOMES:], right[:, HOMES:])
    return found


def new_model(encoder: str, *, nested: bool = True) -> AttributionModel:
    """A pretrained encoder under fresh heads; an earlier reader keeps the heads that it has.

    With ``nested``, one that does not read quotes inside quotes begins to with the heads that it reads quotes with.
    """
    if AutoConfig.from_pretrained(encoder, trust_remote_code=False).model_type == AttributionConfig.model_type:
        known = load_model(AttributionModel, encoder)
        weights = known.state_dict()
        if nested and not known.config.reads_nested:
            weights |= {f"nested_{name}": weight for name, weight in weights.items() if name.startswith(_QUOTE_HEADS)}
        known.config.reads_people = True
        known.config.reads_nested = known.config.reads_nested or nested
        again = AttributionModel(known.config)
        again.load_state_dict(weights, strict=False)
        return again
    given = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    config = AutoConfig.from_pretrained(encoder, trust_remote_code=False, **given)
    model = AttributionModel(AttributionConfig(encoder=config.to_dict(), reads_people=True, reads_nested=nested))
    pretrained = AutoModel.from_pretrained(
        encoder, add_pooling_layer=False, trust_remote_code=False, use_safetensors=True
    )
    model.encoder.load_state_dict(pretrained.state_dict())
    return model


def new_optimizer(model: AttributionModel, settings: Settings) -> torch.optim.AdamW:
    """AdamW with higher rates for the heads."""
    factors = {name: settings.head_factor for name, _ in model.named_parameters()}
    factors |= {name: 1.0 for name in factors if name.startswith("encoder.")}
    for heads, factor in ((_PEOPLE_HEADS, settings.new_head_factor), (_NESTED_HEADS, settings.nested_factor)):
        factors |= {name: factor for name in factors if name.startswith(heads)}
    groups = [
        {"params": [weight for name, weight in model.named_parameters() if factors[name] == factor],
         "lr": factor * settings.rate}
        for factor in sorted(set(factors.values()))
    ]  # fmt: skip
    return torch.optim.AdamW(groups, weight_decay=settings.weight_decay, fused=True)


def fit(model: AttributionModel, gold: Corpora, tokenizer: Any, settings: Settings) -> Iterator[int]:
    """Train, and give the number of every epoch when it is over; then, and at the end, the model holds its averages."""
    dice = random.Random(settings.seed)
    names = full_names(gold.conflict)

    def drawn() -> list[list[Cut]]:
        chosen = gold.epoch(settings, names, dice)
        made = [one.example(tokenizer) for one in chosen]
        return batches(made, settings, dice)

    ahead = drawn()
    total = settings.epochs * len(ahead)
    steps = Steps(model, new_optimizer(model, settings), total=total, warm_up=settings.warm_up)
    average = RunningAverage(model, settings.average_decay)
    for epoch in range(1, settings.epochs + 1):
        for rows in ahead:
            batch, targets = collate(rows, tokenizer)
            batch = distort(batch, tokenizer, dice, settings.masked, settings.masked_names)
            found = losses(model, batch, targets)
            weights = {"tag": 1.0, "nested": settings.nested_weight}
            weights |= {"link": settings.link_weight, "nested_link": settings.link_weight}
            whole = [weights.get(name, settings.people_weight) * loss for name, loss in found.items()]
            steps.take(torch.stack(whole).sum(), **found)
            average.follow(steps.taken)
        with average.in_place():
            yield epoch
        if epoch < settings.epochs:
            ahead = drawn()
    average.load()


def main() -> None:
    """Train."""
    usual = Settings()
    parser = make_parser(__doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--labels", type=Path, default=corpus.LABELS)
    parser.add_argument("--epochs", type=int, default=usual.epochs)
    parser.add_argument("--rate", type=float, default=usual.rate)
    parser.add_argument(
        "--polnear", type=float, default=usual.polnear_share, help="share of PolNeAR's articles read in an epoch"
    )
    parser.add_argument("--put-share", type=float, default=usual.put_share, help="the same, put into quotes")
    parser.add_argument("--swapped", type=int, default=usual.swapped, help="times that articles have other names")
    parser.add_argument("--plain", action="store_true", help="learn nothing of quotes inside quotes")
    parser.add_argument("--seed", type=int, default=usual.seed)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    start(seed=args.seed, threads=args.threads, log_file=args.out / "log.txt")
    settings = Settings(
        epochs=args.epochs,
        rate=args.rate,
        polnear_share=args.polnear,
        put_share=0.0 if args.plain else args.put_share,
        put=0 if args.plain else usual.put,
        swapped=args.swapped,
        seed=args.seed,
    )
    tokenizer = AutoTokenizer.from_pretrained(args.encoder, trust_remote_code=False)
    model = new_model(args.encoder, nested=not args.plain)
    for epoch in fit(model, Corpora.read(args.corpora, settings, args.labels), tokenizer, settings):
        save_checkpoint(model, tokenizer, args.out / f"epoch-{epoch}")


if __name__ == "__main__":
    main()
