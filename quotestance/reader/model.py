"""The learned model: who said what, and who that is, read in one pass of an encoder over a window of an article.

Quotes. A tag head labels every token (source, cue, content or none, as begin/inside), and a link head lets every
content token point at its source, its cue and the first token of its quote, as a distribution over the tokens of the
window and "none". PolNeAR is univocal (Newell et al., LREC 2018): a token plays one role in one attribution, so a tag
sequence and these pointers hold all of its annotation. In conflict news quotes inside quotes are annotated too ("He
said the army denied that ..."): heads of the same kind, of their own, read what is quoted inside a quote.

People. Two more tag heads label names (of a person, a body, a state) and what is told of their bearers (role, and
home: body, state or party). A second link head lets the words of a source point at the names of who is meant, names at
other names of the same bearer, roles and homes at their holder, and names and sources at every word that names the
affiliation, or the country, of who is meant. Only the few words that are one of these are asked.

Stance. Notes on every token, from which the stance of a quote is told once it is assembled
(:mod:`quotestance.reader.stances`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from quotestance.encoders import Encoder, bert_names, is_plain
from quotestance.reader.stances import StanceHead
from quotestance.reader.tokens import LAYOUT, QUOTING, SHAPES

TAGS = ("O", "B-source", "I-source", "B-cue", "I-cue", "B-content", "I-content")
RELATIONS = ("source", "cue", "quote")
MENTIONS = ("O", "B-person", "I-person", "B-body", "I-body", "B-state", "I-state")
PROFILES = ("O", "B-role", "I-role", "B-body", "I-body", "B-state", "I-state", "B-party", "I-party")
PEOPLE_RELATIONS = ("who", "same", "role", "home", "affiliation", "country")
_ASKED = 0.3  # probability of being a source, a name, a role or a home from which a token is asked whom it points at
_POINTING = 0.02  # probability of being content from which a token outside quotation marks is asked where it points
_FARTHEST = 4  # sentences and paragraphs: distances beyond count as this one
_NEAR = 2 * _FARTHEST + 1  # distances in sentences, or paragraphs, that are told apart
_BUCKETS = 32
_LATER = {"reads_nested": False, "reads_stance": False, "stance_size": 64}  # of a config that may lack them
_SETTINGS = {"encoder", "link_size", "reads_people", "window", "before", "after", "decoding"}  # of a config


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows of tokens, padded, every array ``(windows, length)``; first and last token of a window are special.

    Args:
        ids, shape, quoting, layout, sentence, paragraph: As in :class:`quotestance.reader.tokens.Tokens`.
        mask: 1 for a token, 0 for padding.
        asked: 1 for a token that is asked whom it points at, whatever the model takes it for.
    """

    ids: Tensor
    mask: Tensor
    shape: Tensor
    quoting: Tensor
    layout: Tensor
    sentence: Tensor
    paragraph: Tensor
    asked: Tensor

    def to(self, device: torch.device) -> Batch:
        """Move the batch to a device."""
        return Batch(*(getattr(self, name).to(device) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class PeopleOutput:
    """What the model says of names, roles and homes; everything is in logarithms of probabilities.

    Args:
        mentions, profiles: Of :data:`MENTIONS` and :data:`PROFILES`, ``(windows, length, 7)`` and ``(.., 9)``.
        rows: The tokens that were asked whom they point at, ``(windows, asked)``, in any order; without gradients -1
            for none.
        links: Where they point, of :data:`PEOPLE_RELATIONS`, ``(windows, 6, asked, length + 1)``.
    """

    mentions: Tensor
    profiles: Tensor
    rows: Tensor
    links: Tensor


@dataclass(frozen=True, slots=True)
class Output:
    """What the model says of a batch; everything is in logarithms of probabilities.

    Args:
        tags: Of :data:`TAGS`, ``(windows, length, 7)``.
        links: Of :data:`RELATIONS`, ``(windows, 3, length, length + 1)``; the last column is "none".
        people: What it says of people; ``None`` where it reads none.
        rows: Without gradients only tokens that may be content are asked where they point: these, ``(windows,
            asked)``, in any order, -1 for none, and ``links`` is ``(windows, 3, asked, length + 1)``. ``None`` where
            all are.
        nested: Tags and links of quotes inside quotes; ``None`` where it reads none.
        stance: What is noted of tokens for the stance of quotes, see :meth:`StanceHead.notes`; ``None`` where it
            reads no stance. These are no probabilities.
    """

    tags: Tensor
    links: Tensor
    people: PeopleOutput | None = None
    rows: Tensor | None = None
    nested: Output | None = None
    stance: tuple[Tensor, Tensor] | None = None


class LinkHead(nn.Module):
    """Scores for every pair of tokens and relation, and for "none".

    A scaled dot product of projections, plus learned biases for the distance in tokens (bucketed by logarithm, as in
    T5, Raffel et al. 2020), in sentences and in paragraphs.
    """

    def __init__(self, hidden: int, size: int, relations: int) -> None:
        super().__init__()
        self.size, self.relations = size, relations
        self.query = nn.Linear(hidden, relations * size)
        self.key = nn.Linear(hidden, relations * size)
        self.none = nn.Linear(hidden, relations)
        self.token_bias = nn.Embedding(2 * _BUCKETS, relations)
        self.sentence_bias = nn.Embedding(2 * _FARTHEST + 1, relations)
        self.paragraph_bias = nn.Embedding(2 * _FARTHEST + 1, relations)

    def forward(self, states: Tensor, batch: Batch, rows: Tensor | None = None) -> Tensor:
        """Log-probabilities ``(windows, relations, length, length + 1)``; the last column is "none".

        With ``rows``, indices of tokens ``(windows, asked)``, only those point: ``(windows, relations, asked, ...)``.
        """
        windows, length, hidden = states.shape
        places = torch.arange(length, device=batch.ids.device).expand(windows, -1) if rows is None else rows
        asking = states if rows is None else states.gather(1, rows[..., None].expand(-1, -1, hidden))
        query = self.query(asking).view(windows, -1, self.relations, self.size).permute(0, 2, 1, 3)
        key = self.key(states).view(windows, length, self.relations, self.size).permute(0, 2, 3, 1)
        scores = (query @ key).float() / math.sqrt(self.size)
        scores = scores + self._bias(batch, places)
        if not batch.mask.all():
            scores = scores.masked_fill(batch.mask[:, None, None, :] == 0, torch.finfo(torch.float32).min)
        none = self.none(asking).float().permute(0, 2, 1).unsqueeze(-1)
        return torch.cat((scores, none), dim=-1).log_softmax(-1)

    def _bias(self, batch: Batch, places: Tensor) -> Tensor:
        """Biases ``(windows, relations, asked, length)``, read from a table of all sums of the three."""
        length = batch.ids.shape[1]
        tables = (self.token_bias, self.sentence_bias, self.paragraph_bias)
        tokens, sentences, paragraphs = (table.weight.float().T for table in tables)
        table = tokens[:, :, None, None] + sentences[:, None, :, None] + paragraphs[:, None, None, :]
        buckets = _bucket(torch.arange(1 - length, length, device=batch.ids.device)) * _NEAR**2
        entry = buckets.unfold(0, length, 1)[length - 1 - places]
        entry = entry + _apart(batch.sentence, places) * _NEAR + _apart(batch.paragraph, places)
        found: Tensor = _LookedUp.apply(table.flatten(1), entry)  # type: ignore[no-untyped-call]
        return found.transpose(0, 1)


class _LookedUp(torch.autograd.Function):
    """Entries of the rows of a table, ``(rows, *entry.shape)``.

    Learning through it counts the weights of every entry, which is several times as fast as what indexing does by
    itself: a table has some thousand entries and a batch a million.
    """

    @staticmethod
    def forward(context: Any, table: Tensor, entry: Tensor) -> Tensor:
        context.save_for_backward(entry)
        context.entries = table.shape[1]
        return table.index_select(1, entry.flatten()).view(-1, *entry.shape)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (entry,) = context.saved_tensors
        found = [torch.bincount(entry.flatten(), row.flatten(), context.entries) for row in gradient]
        return torch.stack(found).to(gradient.dtype), None


def _apart(numbers: Tensor, places: Tensor) -> Tensor:
    """How far tokens are from those at some places, in sentences or paragraphs: 0 to 8, 4 for the same one."""
    return (numbers[:, None, :] - numbers.gather(1, places)[:, :, None]).clamp(-_FARTHEST, _FARTHEST) + _FARTHEST


def _bucket(distance: Tensor) -> Tensor:
    """Distance to a bucket: exact up to 8, then by logarithm up to 512, apart by sign."""
    size = distance.abs()
    exact = _BUCKETS // 4
    far = exact + (torch.log(size.clamp(min=1) / exact) / math.log(512 / exact) * (_BUCKETS - exact)).long()
    bucket = torch.where(size < exact, size, far.clamp(max=_BUCKETS - 1))
    return bucket + (distance > 0) * _BUCKETS


class Reads:
    """The heads beside an encoder, and what they say of a batch: what the reader has, whoever made its encoder."""

    config: Any
    encoder: Any
    shape: nn.Embedding
    quoting: nn.Embedding
    layout: nn.Embedding
    tag: nn.Linear
    link: LinkHead
    mention: nn.Linear
    profile: nn.Linear
    people: LinkHead
    nested_tag: nn.Linear
    nested_link: LinkHead
    stance: StanceHead

    def _add_heads(self, hidden: int) -> None:
        """Make the features and heads for an encoder with so many hidden units."""
        self.shape = nn.Embedding(len(SHAPES), hidden)
        self.quoting = nn.Embedding(len(QUOTING), hidden)
        self.layout = nn.Embedding(len(LAYOUT), hidden)
        self.tag = nn.Linear(hidden, len(TAGS))
        self.link = LinkHead(hidden, self.config.link_size, len(RELATIONS))
        if self.config.reads_people:
            self.mention = nn.Linear(hidden, len(MENTIONS))
            self.profile = nn.Linear(hidden, len(PROFILES))
            self.people = LinkHead(hidden, self.config.link_size, len(PEOPLE_RELATIONS))
        if self.config.reads_nested:
            self.nested_tag = nn.Linear(hidden, len(TAGS))
            self.nested_link = LinkHead(hidden, self.config.link_size, len(RELATIONS))
        if self.config.reads_stance:
            self.stance = StanceHead(hidden, self.config.stance_size)

    def stance_notes(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Read windows for the stance of quotes alone: what is noted of every token."""
        return self.stance.notes(self._states(batch))

    def _states(self, batch: Batch) -> Tensor:
        embedded = self.encoder.get_input_embeddings()(batch.ids)
        embedded = embedded + self.shape(batch.shape) + self.quoting(batch.quoting) + self.layout(batch.layout)
        states: Tensor = self.encoder(inputs_embeds=embedded, attention_mask=batch.mask).last_hidden_state
        return states

    def forward(self, batch: Batch) -> Output:
        """Read windows."""
        states = self._states(batch)
        in_marks = batch.quoting > 0  # a passage in marks votes as a block
        quotes = self._quotes(states, batch, self.tag, self.link, always=in_marks)
        nested = None
        if self.config.reads_nested:
            nested = self._quotes(states, batch, self.nested_tag, self.nested_link)
        people = self._people(states, batch, quotes, nested) if self.config.reads_people else None
        stance = self.stance.notes(states) if self.config.reads_stance else None
        return replace(quotes, people=people, nested=nested, stance=stance)

    @staticmethod
    def _quotes(states: Tensor, batch: Batch, tag: nn.Linear, link: LinkHead, always: Tensor | None = None) -> Output:
        """Return tags and links of one layer of quotes; ``always`` tells tokens that are asked where they point."""
        tags = tag(states).float().log_softmax(-1)
        if torch.is_grad_enabled():
            return Output(tags, link(states, batch))
        likely = tags[..., TAGS.index("B-content") :].exp().sum(-1) > _POINTING
        wanted = (likely if always is None else likely | always) & (batch.mask > 0)
        rows = _chosen(wanted)
        return Output(tags, link(states, batch, rows), rows=_without_others(rows, wanted))

    def _people(self, states: Tensor, batch: Batch, quotes: Output, nested: Output | None) -> PeopleOutput:
        mentions, profiles = (head(states).float().log_softmax(-1) for head in (self.mention, self.profile))
        layers = [quotes.tags] if nested is None else [quotes.tags, nested.tags]
        wanted = _asked(batch, layers, mentions, profiles)
        rows = _chosen(wanted)
        links = self.people(states, batch, rows)
        if not torch.is_grad_enabled():  # others that fill a row up hang on the windows that are read with it
            rows = _without_others(rows, wanted)
        return PeopleOutput(mentions, profiles, rows, links)


class PlainReader(Reads, nn.Module):
    """The reader in plain torch, for reading alone; its weights have the names that those of AttributionModel have.

    Args:
        config: What :class:`~quotestance.reader.pretrained.AttributionConfig` stores; one that :meth:`reads` takes.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        self.config = SimpleNamespace(**_LATER | dict(config))
        self.encoder = Encoder(config["encoder"])
        self._add_heads(config["encoder"]["hidden_size"])

    @classmethod
    def reads(cls, config: Mapping[str, Any]) -> bool:
        """Whether it reads a checkpoint with this config."""
        return config.keys() >= _SETTINGS and isinstance(config["encoder"], Mapping) and is_plain(config["encoder"])

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> PlainReader:
        """Make a reader for this config."""
        return cls(config)

    @classmethod
    def named(cls, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return weights of AttributionModel under the names that they have here."""
        return bert_names(weights)

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return self.tag.weight.device

    @property
    def dtype(self) -> torch.dtype:
        """What its weights are held in."""
        return self.tag.weight.dtype


def _asked(batch: Batch, tags: Sequence[Tensor], mentions: Tensor, profiles: Tensor) -> Tensor:
    """Tell the tokens that point at somebody, ``(windows, length)``: in training those with gold, else all that may."""
    wanted = batch.asked > 0
    if not torch.is_grad_enabled():
        sources = (layer[..., 1:3].exp().sum(-1) for layer in tags)
        others = (1 - head[..., 0].exp() for head in (mentions, profiles))
        likely = torch.stack((*sources, *others)).amax(0) > _ASKED
        wanted = wanted | (likely & (batch.mask > 0))
    return wanted


def _chosen(wanted: Tensor) -> Tensor:
    """Return the tokens that are wanted, ``(windows, asked)``, with others where a window has fewer than the most."""
    most = max(1, int(wanted.sum(1).max()))
    return wanted.int().topk(most, dim=1).indices if most < wanted.shape[1] else _all_places(wanted)


def _without_others(rows: Tensor, wanted: Tensor) -> Tensor:
    """Return tokens that were chosen, -1 in the place of those that are not wanted."""
    return rows.masked_fill(~wanted.gather(1, rows), -1)


def _all_places(wanted: Tensor) -> Tensor:
    return torch.arange(wanted.shape[1], device=wanted.device).expand(len(wanted), -1)
