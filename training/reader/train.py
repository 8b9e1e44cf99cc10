"""Train the reader: quotes and people together, from an encoder or from an earlier reader.

usage: python -m training.reader.train CORPORA OUT --encoder FOLDER [--epochs 5] [--rate 8e-5]
           [--polnear 0.35] [--people-share 1] [--passages-share 1] [--put-share 0.2] [--put 1] [--swapped 1]
           [--labels-share 0.35] [--soft SOFT.jsonl]
           [--layers 0 2 4 7 9 11] [--dropout 0.1] [--window 382] [--plain] [--threads 2]

CORPORA is the folder with ``polnear``, ``stance`` and ``gum``.  Every epoch leaves a checkpoint in OUT/epoch-N, whose
weights are the running average; OUT/log.txt has the losses.  With ``--layers`` what learns is a smaller reader, of some
layers of an earlier one, which is its teacher (student.py).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
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
from quotestance.types import STANCES, Article
from training.attribution.forms import read_forms
from training.conflict import corpus, invented, polnear
from training.fitting import RunningAverage, Steps, make_parser, save_checkpoint, start
from training.reader.attention import learn_by_groups
from training.reader.dropout import drop_by_windows
from training.reader.examples import Cut, Example, Targets, collate, make_example
from training.reader.gold import People, conflict_gold, from_gum, full_names, people_of_polnear, swap_names
from training.reader.stances import drawn, label_weights, labelled_documents, our_passages, stance_loss
from training.reader.student import held_to, shortened
from training.reader.teach import Answers, read_answers, taught
from training.reader.wrapping import put_inside
from training.speakers.gum import read_split
from training.stance.sides import Sides, read_sides, swap_some

HOMES = PEOPLE_RELATIONS.index("affiliation")
"""From here on relations point at where somebody belongs: those of most words that point, with a loss of their own."""
_QUOTE_HEADS = ("tag.", "link.")
_NESTED_HEADS = ("nested_tag.", "nested_link.")
_PEOPLE_HEADS = ("mention.", "profile.", "people.")
_STANCE_HEADS = ("stance.",)
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
        stance_factor: The same for the head of stance.
        window, overlap: Tokens read at once, and shared by neighbouring windows.
        tokens_a_step: Tokens of a batch, about.
        dropout: Share of the units of the encoder's states that are dropped in a window (dropout.py).
        masked, masked_names: Share of the words, and of the capitalised words, that are hidden from the encoder.
        link_weight, people_weight: Weights of the losses of links and of people beside that of the tags.
        nested_weight: Weight of the loss of the tags of quotes inside quotes, of which there are few.
        stance_weight: Weight of the loss of stance.
        states_weight: Weight of the loss that holds a smaller reader to its teacher.
        labels_share: Share of the labelled stretches of documents read in an epoch for their stance.
        wide_share: Share of our passages whose quotes are read with the words that attribute them as content.
        bare_share: Share of the labelled stretches that are read without their documents.
        sides_share: Share of the texts read for stance alone, and of the articles with sentences put into quotes, that
            are read with two sides of a conflict swapped, where they name one: by the codebook no stance changes.
        invented_share: Share of the invented articles read in an epoch; of real conflict news all are.
        polnear_share: Share of PolNeAR's articles without people read in an epoch.
        people_share: The same of those with people.
        passages_share: Share of our own passages and quotes read in an epoch for their stance.
        put_share: Share of them read in an epoch with sentences put into quotes (wrapping.py); of other articles.
        put: Times that an article of conflict news is read so in an epoch; of 0.5 every other article is.
        forms: Our own passages read in an epoch.
        swapped: Times that an article of conflict news is read with other names in an epoch, and share of PolNeAR's
            articles with people that are read with other names instead of their own.
        average_decay: Of the running average of the weights.
        seed: Of order, names and masking.
    """

    epochs: int = 5
    rate: float = 8e-5
    head_factor: float = 4.0
    new_head_factor: float = 4.0
    nested_factor: float = 12.0
    stance_factor: float = 8.0
    weight_decay: float = 0.01
    warm_up: float = 0.06
    window: int = 382
    overlap: int = 64
    tokens_a_step: int = 2_048
    dropout: float = 0.0
    masked: float = 0.08
    masked_names: float = 0.2
    link_weight: float = 0.5
    people_weight: float = 0.7
    nested_weight: float = 3.0
    stance_weight: float = 1.0
    states_weight: float = 3.0
    labels_share: float = 0.35
    wide_share: float = 0.15
    bare_share: float = 0.5
    sides_share: float = 0.3
    invented_share: float = 1.0
    polnear_share: float = 0.35
    people_share: float = 1.0
    passages_share: float = 1.0
    put_share: float = 0.2
    put: float = 1.0
    forms: int = 361
    swapped: float = 1.0
    average_decay: float = 0.995
    seed: int = 13


@dataclass(frozen=True, slots=True)
class Corpora:
    """Gold of every corpus, split into what is learned from; ``conflict`` has invented articles beside real ones."""

    polnear: list[Article]
    forms: list[Article]
    polnear_people: list[tuple[Article, People]]
    conflict: list[tuple[Article, People]]
    gum: list[tuple[Article, People]]
    passages: list[Article]
    documents: list[Article]
    sides: list[Sides]

    @classmethod
    def read(cls, folder: Path, settings: Settings, labels: Path = corpus.LABELS, soft: Path | None = None) -> Corpora:
        """The train splits of a folder of corpora; ``soft`` has a teacher's answers on stance (teach.py)."""
        answers: Answers = read_answers(soft) if soft else {}
        joined = [*corpus.load(folder, "train", labels), *invented.load()]
        articles = [taught(one, answers) for one in read_gold(folder / "polnear" / "data" / "train", annotator="first")]
        people = polnear.load({article.id: article for article in articles})
        return cls(
            articles,
            read_forms(FORMS)[: settings.forms],
            [(article, people_of_polnear(article, one)) for article, one in people],
            [(taught(article, answers), one) for article, one in conflict_gold(joined)],
            [from_gum(document) for document in read_split(folder / "gum", "train")],
            [taught(article, answers) for article in our_passages()],
            [taught(article, answers) for article in labelled_documents(folder)],
            read_sides(),
        )

    @property
    def judged(self) -> list[Article]:
        """Articles whose quotes have a stance."""
        return [*(article for article, _ in self.conflict), *self.passages, *self.documents]

    def epoch(self, settings: Settings, names: Sequence[str], dice: random.Random) -> Iterator[Gold]:
        """What is read in an epoch."""
        plain, put = (round(share * len(self.polnear)) for share in (settings.polnear_share, settings.put_share))
        with_people = {article.id for article, _ in self.polnear_people}
        others = [article for article in self.polnear if article.id not in with_people]
        chosen = dice.sample(others, min(plain + put, len(others)))
        yield from map(Gold, (*chosen[:plain], *self.forms))
        for article in chosen[plain:]:
            inside, places = put_inside(article, names, dice, _PUT_SENTENCES)
            yield Gold(inside, nested_in=places)
        yield from (Gold(*one, has_quotes=False) for one in self.gum)
        if settings.labels_share:
            shares = {"wide": settings.wide_share, "bare": settings.bare_share}
            passages = [one for one in self.passages if dice.random() < settings.passages_share]
            for article in drawn(passages, self.documents, settings.labels_share, dice, **shares):
                yield Gold(self._other_sides(article, settings, dice), has_quotes=False)
        conflict = [one for one in self.conflict if _is_real(one) or dice.random() < settings.invented_share]
        for article, _ in _repeated(conflict, settings.put, dice):
            inside, _ = put_inside(self._other_sides(article, settings, dice), names, dice, _PUT_SENTENCES)
            yield Gold.whole(inside, None)
        yield from (Gold.whole(*one) for one in conflict)
        yield from (Gold.whole(*swap_names(*one, names, dice)) for one in _repeated(conflict, settings.swapped, dice))
        for one in self.polnear_people:
            if dice.random() >= settings.people_share:
                continue
            yield Gold(*swap_names(*one, names, dice)) if dice.random() < settings.swapped else Gold(*one)

    def _other_sides(self, article: Article, settings: Settings, dice: random.Random) -> Article:
        return swap_some(article, self.sides, dice) if dice.random() < settings.sides_share else article


Named = tuple[Article, People]


def _is_real(one: Named) -> bool:
    return bool(one[0].meta["file"] != invented.FILE)


def _repeated(articles: Sequence[Named], times: float, dice: random.Random) -> Iterator[Named]:
    """Articles so many times each, on average."""
    for one in articles:
        for _ in range(int(times) + (dice.random() < times % 1)):
            yield one


def batches(examples: Sequence[Example], settings: Settings, dice: random.Random) -> list[list[Cut]]:
    """Windows of like length together, up to so many tokens a batch, in random order."""
    sizes = {"length": settings.window, "overlap": settings.overlap, "tokens_a_step": settings.tokens_a_step}
    return batches_of(examples, dice, **sizes)


def losses(
    model: AttributionModel, batch: Batch, targets: Targets, stance_weights: Tensor | None = None
) -> dict[str, Tensor]:
    """Cross-entropy of the labels, and the negative log of the probability mass on the right tokens of each link.

    Args:
        model: What learns.
        batch: Windows.
        targets: What it should say of them.
        stance_weights: Of the labels of stance, ``(3,)``; by default they all weigh the same.
    """
    with computing(model.device):
        output = model(batch)
    found = {"tag": label_loss(output.tags, targets.tags), "link": link_loss(output.links, targets.links)}
    if output.stance is not None:
        weights = torch.ones(len(STANCES)) if stance_weights is None else stance_weights
        with computing(model.device):
            found["stance"] = stance_loss(model.stance, output, targets.stance, weights)
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


def new_model(encoder: str, *, nested: bool = True, stance: bool = True) -> AttributionModel:
    """A pretrained encoder under fresh heads; an earlier reader keeps the heads that it has.

    With ``nested``, one that does not read quotes inside quotes begins to with the heads that it reads quotes with;
    with ``stance``, one that does not read stance begins to.
    """
    if AutoConfig.from_pretrained(encoder, trust_remote_code=False).model_type == AttributionConfig.model_type:
        known = load_model(AttributionModel, encoder)
        weights = known.state_dict()
        if nested and not known.config.reads_nested:
            weights |= {f"nested_{name}": weight for name, weight in weights.items() if name.startswith(_QUOTE_HEADS)}
        known.config.reads_people = True
        known.config.reads_nested = known.config.reads_nested or nested
        known.config.reads_stance = known.config.reads_stance or stance
        known.config.decoding = {}  # what was fitted to other weights
        known.config.stance_prior = None
        again = AttributionModel(known.config)
        again.load_state_dict(weights, strict=False)
        return again
    given = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    config = AutoConfig.from_pretrained(encoder, trust_remote_code=False, **given)
    own = AttributionConfig(encoder=config.to_dict(), reads_people=True, reads_nested=nested, reads_stance=stance)
    model = AttributionModel(own)
    pretrained = AutoModel.from_pretrained(
        encoder, add_pooling_layer=False, trust_remote_code=False, use_safetensors=True
    )
    model.encoder.load_state_dict(pretrained.state_dict())
    return model


def new_optimizer(model: AttributionModel, settings: Settings) -> torch.optim.AdamW:
    """AdamW with higher rates for the heads."""
    factors = {name: settings.head_factor for name, _ in model.named_parameters()}
    factors |= {name: 1.0 for name in factors if name.startswith("encoder.")}
    for heads, factor in (
        (_PEOPLE_HEADS, settings.new_head_factor),
        (_NESTED_HEADS, settings.nested_factor),
        (_STANCE_HEADS, settings.stance_factor),
    ):
        factors |= {name: factor for name in factors if name.startswith(heads)}
    groups = [
        {"params": [weight for name, weight in model.named_parameters() if factors[name] == factor],
         "lr": factor * settings.rate}
        for factor in sorted(set(factors.values()))
    ]  # fmt: skip
    return torch.optim.AdamW(groups, weight_decay=settings.weight_decay, fused=True)


def fit(
    model: AttributionModel,
    gold: Corpora,
    tokenizer: Any,
    settings: Settings,
    teacher_loss: Callable[[Batch], Tensor] | None = None,
) -> Iterator[int]:
    """Train, and give the number of every epoch when it is over; then, and at the end, the model holds its averages.

    With ``teacher_loss``, see :func:`training.reader.student.held_to`, it is held to a teacher as well.
    """
    dice = random.Random(settings.seed)
    names = full_names(gold.conflict)

    def cuts() -> list[list[Cut]]:
        chosen = gold.epoch(settings, names, dice)
        made = [one.example(tokenizer) for one in chosen]
        return batches(made, settings, dice)

    ahead = cuts()
    of_stance = label_weights(gold.judged)
    total = settings.epochs * len(ahead)
    steps = Steps(model, new_optimizer(model, settings), total=total, warm_up=settings.warm_up)
    average = RunningAverage(model, settings.average_decay)
    for epoch in range(1, settings.epochs + 1):
        for rows in ahead:
            batch, targets = collate(rows, tokenizer)
            batch = distort(batch, tokenizer, dice, settings.masked, settings.masked_names)
            found = losses(model, batch, targets, of_stance)
            if teacher_loss is not None:
                found["states"] = teacher_loss(batch)
            weights = {"tag": 1.0, "nested": settings.nested_weight, "stance": settings.stance_weight}
            weights |= {"states": settings.states_weight}
            weights |= {"link": settings.link_weight, "nested_link": settings.link_weight}
            whole = [weights.get(name, settings.people_weight) * loss for name, loss in found.items()]
            steps.take(torch.stack(whole).sum(), **found)
            average.follow(steps.taken)
        with average.in_place():
            yield epoch
        if epoch < settings.epochs:
            ahead = cuts()
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
    parser.add_argument("--invented", type=float, default=usual.invented_share, help="share of the invented articles")
    parser.add_argument(
        "--polnear", type=float, default=usual.polnear_share, help="share of PolNeAR's articles read in an epoch"
    )
    parser.add_argument("--people-share", type=float, default=usual.people_share, help="the same, of those with people")
    parser.add_argument("--passages-share", type=float, default=usual.passages_share, help="of our own passages")
    parser.add_argument("--put-share", type=float, default=usual.put_share, help="the same, put into quotes")
    parser.add_argument("--put", type=float, default=usual.put, help="times that conflict news is read so")
    parser.add_argument(
        "--labels-share",
        type=float,
        default=usual.labels_share,
        help="of documents; with 0 nothing begins to learn stance",
    )
    parser.add_argument("--soft", type=Path, help="a teacher's answers on stance (teach.py)")
    parser.add_argument("--swapped", type=float, default=usual.swapped, help="times that articles have other names")
    parser.add_argument("--dropout", type=float, default=usual.dropout, help="share of the units that are dropped")
    parser.add_argument("--window", type=int, default=usual.window, help="tokens read at once")
    parser.add_argument("--layers", type=int, nargs="+", help="of the earlier reader that a smaller one begins with")
    parser.add_argument("--plain", action="store_true", help="learn nothing of quotes inside quotes")
    parser.add_argument("--seed", type=int, default=usual.seed)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    start(seed=args.seed, threads=args.threads, log_file=args.out / "log.txt")
    settings = Settings(
        epochs=args.epochs,
        rate=args.rate,
        invented_share=args.invented,
        polnear_share=args.polnear,
        people_share=args.people_share,
        passages_share=args.passages_share,
        put_share=0.0 if args.plain else args.put_share,
        put=0 if args.plain else args.put,
        swapped=args.swapped,
        labels_share=args.labels_share,
        window=args.window,
        dropout=args.dropout,
        seed=args.seed,
    )
    tokenizer = AutoTokenizer.from_pretrained(args.encoder, trust_remote_code=False)
    model = new_model(args.encoder, nested=not args.plain, stance=bool(args.labels_share))
    teacher_loss = None
    if args.layers:
        teacher, model = model, shortened(model, args.layers)
        learn_by_groups(teacher.encoder)
        teacher_loss = held_to(teacher, model)
    model.config.window = args.window  # it reads as it learned
    learn_by_groups(model.encoder)
    if settings.dropout:
        drop_by_windows(model.encoder, settings.dropout)
    gold = Corpora.read(args.corpora, settings, args.labels, args.soft)
    for epoch in fit(model, gold, tokenizer, settings, teacher_loss):
        save_checkpoint(model, tokenizer, args.out / f"epoch-{epoch}")


if __name__ == "__main__":
    main()
