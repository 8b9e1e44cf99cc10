"""How the time of everything but the models grows with the length of a text, for contents of many kinds.

    python benchmarks/contents.py [--sizes 10000 100000 1000000] [--kinds "many quotes" "one word"] [--profile]

The models are stand-ins that answer at once: what stands in quotation marks is content, a capitalised word outside is a
name and a source, "said" is a cue, and words point at the nearest name. What is left is tokenising, windows, decoding,
speakers and the preparation of stance. Prints processor seconds, seconds for a million characters, and the exponent of
the growth from the size before: 1 is linear. ``--profile`` prints the functions that took longest at the largest size.
"""

from __future__ import annotations

import argparse
import cProfile
import math
import pstats
import time
from collections.abc import Callable, Sequence
from itertools import count
from types import SimpleNamespace

import torch
from tokenizers import Tokenizer
from torch import Tensor

from quotestance.checkpoints import shipped
from quotestance.pipeline import Pipeline
from quotestance.quotes.finder import QuoteFinder
from quotestance.reader.model import (
    MENTIONS,
    PEOPLE_RELATIONS,
    PROFILES,
    RELATIONS,
    TAGS,
    Batch,
    Output,
    PeopleOutput,
)
from quotestance.reader.tokens import QUOTING, SHAPES
from quotestance.types import STANCES, Stance

_SURE = 0.97  # probability of what a stand-in says
_INSIDE = QUOTING.index("inside")
_ROLES = 7  # every so manieth name is told a role


def _words(number: int) -> str:
    """Spell a number, so that every name is another."""
    spelled = ""
    while number:
        number, digit = divmod(number, 26)
        spelled += chr(97 + digit)
    return spelled.capitalize() or "Ada"


def _paragraph(number: int) -> str:
    name = f"{_words(7 * number % 400 + 900)} {_words(31 * number % 90 + 5000)}"
    return (
        f'"We will not stop before the other side does," said {name}, a spokesman for the ministry of number {number}. '
        f'The road was open again on day {number % 30}. {name.split()[1]} added: "It is theirs to say what comes next."'
    )


KINDS: dict[str, Callable[[int], str]] = {
    "prose without quotes": lambda number: (
        f"The road to the harbour was closed on day {number} and nobody went there.\n\n"
    ),
    "many quotes": lambda number: _paragraph(number) + "\n\n",
    "one paragraph": lambda number: _paragraph(number) + " ",
    "one sentence": lambda number: f'and "it is ours" said {_words(number % 900)} again ',
    "a name for each quote": lambda number: (
        f'"We wait for them," said {_words(900 + number)} {_words(77 + number)}.\n\n'
    ),
    "names alone": lambda number: f"{_words(number)} ",
    "marks alone": lambda _: '"',
    "marks that stay open": lambda _: "“ so ",
    "one word": lambda _: "a",
    "one word in marks": lambda _: '"a',
    "lines": lambda _: "\n",
    "spaces": lambda _: " ",
    "turns of a transcript": lambda number: f"{_words(number % 50).upper()}: We wait for day {number}.\n",
    "marks within marks": lambda _: "\"So 'he said' they,\" she said. ",
}


def text_of(kind: str, size: int) -> str:
    """Make a text of a kind with so many characters."""
    parts: list[str] = []
    made = 0
    for number in count():
        parts.append(KINDS[kind](number))
        made += len(parts[-1])
        if made >= size:
            return "".join(parts)[:size]
    raise AssertionError


def _labelled(labels: Sequence[str], kinds: dict[str, Tensor]) -> Tensor:
    """Log-probabilities of labels ``(windows, length, labels)`` where the tokens of each kind are known."""
    first = next(iter(kinds.values()))
    chances = torch.full((*first.shape, len(labels)), (1 - _SURE) / (len(labels) - 1))
    taken = torch.zeros_like(first)
    for kind, where in kinds.items():
        before = torch.zeros_like(where)
        before[:, 1:] = where[:, :-1]
        chances[..., labels.index(f"B-{kind}")][where & ~before] = _SURE
        chances[..., labels.index(f"I-{kind}")][where & before] = _SURE
        taken |= where
    chances[..., 0][~taken] = _SURE
    return chances.log()


def _pointing(rows: Tensor, targets: Tensor, relations: int) -> Tensor:
    """Log-probabilities of links ``(windows, relations, asked, length + 1)``: each points at the nearest target."""
    windows, length = targets.shape
    apart = (rows[..., None] - torch.arange(length)).abs().masked_fill(~targets[:, None], 2 * length)
    nearest = torch.where(targets.any(1)[:, None], apart.argmin(-1), length)
    chances = torch.full((windows, rows.shape[1], length + 1), (1 - _SURE) / length)
    chances.scatter_(2, nearest[..., None], _SURE)
    return chances.log()[:, None].expand(-1, relations, -1, -1)


class Reader:
    """Stands in for the attribution model."""

    device, dtype = torch.device("cpu"), torch.float32
    config = SimpleNamespace(window=382, before=64, after=64, decoding={}, reads_people=True, reads_nested=False)

    def __init__(self, said: int) -> None:
        self._said = said

    def __call__(self, batch: Batch) -> Output:
        """Say what the class says."""
        inside, outside = batch.quoting >= _INSIDE, (batch.quoting == 0) & (batch.mask > 0)
        names = outside & (batch.shape == SHAPES.index("capitalized"))
        tags = _labelled(TAGS, {"content": inside, "source": names, "cue": outside & (batch.ids == self._said)})
        mentions = _labelled(MENTIONS, {"person": names})
        roles = torch.zeros_like(names)
        roles[:, 1:] = names[:, :-1] & (batch.ids[:, :-1] % _ROLES == 0) & ~names[:, 1:] & outside[:, 1:]
        profiles = _labelled(PROFILES, {"role": roles})
        asked, who = (self._rows(where) for where in (inside, names | roles))
        people = PeopleOutput(mentions, profiles, who, _pointing(who, names, len(PEOPLE_RELATIONS)))
        return Output(tags, _pointing(asked, names, len(RELATIONS)), people, asked)

    @staticmethod
    def _rows(where: Tensor) -> Tensor:
        return where.int().topk(max(1, int(where.sum(1).max())), dim=1).indices


class Neutral:
    """Stands in for the stance model."""

    def classify(self, texts: Sequence[str], contexts: Sequence[str] | None = None) -> list[Stance]:
        """Say that every text is neutral."""
        assert contexts is None or len(contexts) == len(texts)
        stance = Stance(dict(zip(STANCES, (0.1, 0.1, 0.8), strict=True)))
        return [stance] * len(texts)


def stand_in() -> Pipeline:
    """Make a pipeline whose models answer at once, with the tokenizer that is shipped."""
    backend = Tokenizer.from_file(str(shipped("attribution-en") / "tokenizer.json"))
    ids = {name: backend.token_to_id(token) for name, token in (("pad", "[PAD]"), ("cls", "[CLS]"), ("sep", "[SEP]"))}
    tokenizer = SimpleNamespace(backend_tokenizer=backend, **{f"{name}_token_id": one for name, one in ids.items()})
    said = backend.token_to_id("said")
    assert said is not None
    return Pipeline(QuoteFinder(Reader(said), tokenizer), Neutral())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="in characters")
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--profile", action="store_true", help="print the longest functions at the largest size")
    args = parser.parse_args()
    torch.set_num_threads(1)
    pipe = stand_in()
    print(f"{'':24s} {'characters':>10s} {'quotes':>8s} {'seconds':>8s} {'s a million':>12s} {'exponent':>9s}")
    for kind in args.kinds:
        before: tuple[int, float] | None = None
        for size in args.sizes:
            text = text_of(kind, size)
            profiler = cProfile.Profile(time.process_time) if args.profile and size == args.sizes[-1] else None
            start = time.process_time()
            article = profiler.runcall(pipe, text) if profiler else pipe(text)
            taken = time.process_time() - start
            exponent = f"{math.log(taken / before[1]) / math.log(size / before[0]):.2f}" if before else ""
            rate = 1e6 * taken / size
            print(
                f"{kind:24s} {size:10d} {len(article.quotes):8d} {taken:8.2f} {rate:12.1f} {exponent:>9s}", flush=True
            )
            before = size, taken
            if profiler:
                pstats.Stats(profiler).sort_stats("tottime").print_stats(12)


if __name__ == "__main__":
    main()
