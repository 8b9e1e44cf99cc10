"""How the reader is trained: every number that a run may change."""

from __future__ import annotations

from dataclasses import dataclass


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
        weight_decay: Of AdamW.
        warm_up: Share of the steps in which the rate rises.
        window, overlap: Tokens read at once, and shared by neighbouring windows.
        tokens_a_step: Tokens of a batch, about.
        dropout: Share of the units of the encoder's states that are dropped in a window (dropout.py).
        masked, masked_names: Share of the words, and of the capitalised words, that are hidden from the encoder.
        link_weight, people_weight: Weights of the losses of links and of people beside that of the tags.
        quotes_weight: What those of quotes, nested ones and their links are multiplied with.
        nested_weight: Weight of the loss of the tags of quotes inside quotes, of which there are few.
        stance_weight: Weight of the loss of stance.
        states_weight: Weight of the loss that holds a smaller reader to its teacher.
        labels_share: Share of the labelled stretches of documents read in an epoch for their stance.
        wide_share: Share of our passages whose quotes are read with the words that attribute them as content.
        bare_share: Share of the labelled stretches that are read without their documents.
        sides_share: Share of the texts read for stance alone, and of the articles with sentences put into quotes, that
            are read with two sides of a conflict swapped, where they name one: by the codebook no stance changes.
        invented_share: Share of the invented articles read in an epoch; of real conflict news all are.
        newest: The last so many invented articles are all read, as they are and once more with other names.
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
    quotes_weight: float = 1.0
    nested_weight: float = 3.0
    stance_weight: float = 1.0
    states_weight: float = 3.0
    labels_share: float = 0.35
    wide_share: float = 0.15
    bare_share: float = 0.5
    sides_share: float = 0.3
    invented_share: float = 1.0
    newest: int = 0
    polnear_share: float = 0.35
    people_share: float = 1.0
    passages_share: float = 1.0
    put_share: float = 0.2
    put: float = 1.0
    forms: int = 361
    swapped: float = 1.0
    average_decay: float = 0.995
    seed: int = 13
