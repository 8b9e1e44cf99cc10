"""What the reader learns of stance: which quotes are asked, in which windows, and what is left of their texts."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
import torch
from tiny import tiny_tokenizer

from quotestance.reader.model import Output, _LookedUp
from quotestance.reader.stances import StanceHead
from quotestance.reader.tokens import Window, tokenize
from quotestance.types import STANCES, Article, Quote, Span, Stance
from training.reader.examples import collate, make_example
from training.reader.stances import Asked, alone, asked_of, drawn, judged_of, label_weights, stance_loss, widened
from training.reader.teach import key_of, taught

TEXT = "Orlo spoke. The army said it would fire again. Nobody left."


def quote(words: str, label: str, *, source: str | None = None, conditional: bool = False) -> Quote:
    spans = {words: (TEXT.index(words), TEXT.index(words) + len(words))}
    found = None if source is None else Span.of(TEXT, TEXT.index(source), TEXT.index(source) + len(source))
    return Quote("indirect", (Span.of(TEXT, *spans[words]),), source=found, stance=Stance.certain(label, conditional))


ARTICLE = Article(TEXT, quotes=(quote("it would fire again", "escalatory", source="The army", conditional=True),))


def test_stances_are_asked_where_a_window_holds_most_of_the_quote() -> None:
    tokens = tokenize(TEXT, tiny_tokenizer())
    judged = judged_of(ARTICLE, tokens)
    first, last = int(judged[0].parts[0][0]), int(judged[0].parts[0][-1])
    whole = asked_of([(judged, Window(0, len(tokens), 0, len(tokens)))], len(tokens) + 2)
    assert whole.chances.argmax(-1).tolist() == [STANCES.index("escalatory")]
    assert whole.conditional.tolist() == [1.0]
    assert whole.parts[0, 0].nonzero().flatten().tolist() == list(range(first + 1, last + 2))
    assert whole.parts[0, 1].any()
    assert not whole.parts[0, 2].any()  # it has no cue
    beginning = asked_of([(judged, Window(0, first + 2, 0, first + 2))], first + 4)
    assert len(beginning.rows) == 0


def test_stances_are_asked_of_articles_whose_quotes_are_not_learned() -> None:
    tokenizer = tiny_tokenizer()
    example = make_example(ARTICLE, None, tokenizer, has_quotes=False)
    window = Window(0, len(example.tokens), 0, len(example.tokens))
    _, targets = collate([(example, window)], tokenizer)
    assert (targets.tags == -100).all()
    assert not targets.links.any()
    assert len(targets.stance.rows) == 1


def test_a_quote_alone_has_its_own_words_and_perhaps_the_sentence_before() -> None:
    bare, led = (alone(ARTICLE, before=flag) for flag in (False, True))
    assert bare.text == "it would fire again"
    assert led.text == "The army said it would fire again"
    assert all(one.quotes[0].text == "it would fire again" for one in (bare, led))
    assert bare.quotes[0].stance == ARTICLE.quotes[0].stance


def test_a_widened_quote_has_the_words_that_attribute_it() -> None:
    (found,) = widened(ARTICLE).quotes
    assert found.text == "The army said it would fire again"
    assert found.source is None


def test_an_epoch_reads_neutral_stretches_half_as_often() -> None:
    dice = random.Random(0)  # noqa: S311
    loud, calm = (Article(TEXT, quotes=(quote("Nobody left", label),)) for label in ("escalatory", "neutral"))
    read = list(drawn([], [loud, calm] * 400, 0.5, dice, wide=0.0, bare=0.0))
    neutral = sum(one.quotes[0].stance == calm.quotes[0].stance for one in read)
    assert 0.35 < neutral / (len(read) - neutral) < 0.65


def test_rare_labels_weigh_more() -> None:
    calm = [Article(TEXT, quotes=(quote("Nobody left", "neutral"),))] * 30
    weights = dict(zip(STANCES, label_weights([ARTICLE, *calm]).tolist(), strict=True))
    assert weights["escalatory"] > 2 * weights["neutral"]


def test_a_rare_label_weighs_as_much_in_a_batch_of_its_own() -> None:
    head = StanceHead(4, 2)
    states = torch.randn(1, 6, 4)
    parts = torch.ones(1, 3, 6, dtype=torch.bool)
    output = Output(states, states, stance=head.notes(states))
    chances = torch.eye(3)[:1]
    asked = Asked(torch.zeros(1, dtype=torch.long), parts, chances, torch.zeros(1))
    losses = [stance_loss(head, output, asked, torch.full((3,), weight)).item() for weight in (0.0, 1.0, 3.0)]
    assert losses[2] - losses[0] == pytest.approx(3 * (losses[1] - losses[0]), rel=1e-4)


def test_a_teacher_is_heard_beside_a_label_and_alone_without_one() -> None:
    unlabelled = ARTICLE.replace(quotes=tuple(replace(quote, stance=None) for quote in ARTICLE.quotes))
    assert key_of(unlabelled) == key_of(ARTICLE)
    answers = {key_of(ARTICLE): [[0.2, 0.1, 0.7, 0.4]]}
    both, told = (taught(one, answers).quotes[0].stance for one in (ARTICLE, unlabelled))
    assert both is not None
    assert both.label == "escalatory"
    assert 0 < both.probabilities["neutral"] < 0.5
    assert both.conditional == 1.0
    assert told is not None
    assert told.probabilities["neutral"] == pytest.approx(0.7)
    assert told.conditional == 0.4
    assert taught(ARTICLE, {}) == ARTICLE


def test_looked_up_biases_learn_as_indexing_does() -> None:
    torch.manual_seed(0)
    table = torch.randn(3, 20, requires_grad=True)
    entry = torch.randint(0, 20, (2, 4, 5))
    gradient = torch.randn(3, 2, 4, 5)
    _LookedUp.apply(table, entry).backward(gradient)  # type: ignore[no-untyped-call]
    found = table.grad
    table.grad = None
    table[:, entry].backward(gradient)
    assert found is not None
    assert found.flatten().tolist() == pytest.approx(table.grad.flatten().tolist(), abs=1e-5)
