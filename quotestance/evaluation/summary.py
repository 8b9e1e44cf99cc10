"""From a tally to a report: which layers can be scored, their figures, intervals and notes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from quotestance.evaluation.counting import Tally
from quotestance.evaluation.metrics.bootstrap import LEAST_ARTICLES, CountTable, draw, interval
from quotestance.evaluation.metrics.calibration import reliability
from quotestance.evaluation.metrics.classification import confusion, macro_f1, numbered
from quotestance.evaluation.metrics.figures import derive
from quotestance.evaluation.metrics.speakers import FIGURES
from quotestance.evaluation.metrics.stance import NONE, classification_figures
from quotestance.evaluation.metrics.words import find_words
from quotestance.evaluation.outcomes import Item, slice_values
from quotestance.evaluation.report.findings import TOO_FEW, headline
from quotestance.evaluation.report.report import Report
from quotestance.types import STANCES, Article

_LAYERS = ("quotes", "passages", "speakers", "stance", "chain")


def summarise(
    tally: Tally,
    gold: Sequence[Article],
    predicted: Sequence[Article],
    *,
    settings: Mapping[str, Any],
    slices: Sequence[str] = (),
    title: str = "Evaluation",
) -> Report:
    """Build the report on what was tallied.

    Args:
        tally: The scored articles.
        gold, predicted: The articles themselves.
        settings: ``draws``, ``seed``, ``by_piece``, ``flat`` and ``gold_quotes``, as for :func:`quotestance.evaluate`.
        slices: Columns to report by.
        title: Heading of the report.
    """
    given = bool(settings["gold_quotes"])
    notes = [*_article_notes(gold, predicted, are_given=given), *_answer_notes(gold, predicted)]
    notes += _quote_notes(gold, predicted, tally, given=given)
    left_out, layer_notes = _layers_left_out(gold, predicted, gold_quotes=settings["gold_quotes"])
    is_unjudged = not given and _is_sourceless(gold) and _has(predicted, "source")
    left_out |= _uncalibrated(tally, notes, is_unjudged=is_unjudged)
    table = CountTable.of(tally.rows)
    flat = {name: float(value[0]) for name, value in derive(table.columns()).items() if not _is_under(name, left_out)}
    metrics: dict[str, Any] = {"articles": len(tally.rows), **dict.fromkeys(_LAYERS), **_nest(flat)}
    _add_counts(metrics, table.total())
    _add_stance(metrics, tally)
    _add_confidence(metrics, tally, table.total())
    metrics["slices"] = {column: _slice(tally.items, column, left_out) for column in slices}
    return Report(
        metrics=metrics,
        intervals=_intervals(table, flat, settings),
        notes=tuple(notes + layer_notes + _label_notes(tally, metrics) + _interval_notes(table, flat, settings)),
        settings=dict(settings),
        items=tuple(tally.items),
        counts=table,
        title=title,
    )


def _is_under(name: str, prefixes: Iterable[str]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def _article_notes(gold: Sequence[Article], predicted: Sequence[Article], *, are_given: bool) -> list[str]:
    wanted, given = {article.id for article in gold}, {article.id for article in predicted}
    missing = [article.id for article in gold if article.id not in given]
    extra = [article.id for article in predicted if article.id not in wanted]
    failed = [article.id for article in predicted if article.error is not None and article.id in wanted]
    return [
        f"{len(ids)} {said}: {', '.join(map(repr, ids[:5]))}{' ...' if len(ids) > 5 else ''}."
        for ids, said in (
            (missing, f"gold article(s) have no prediction and count as {'wrong' if are_given else 'nothing found'}"),
            (extra, "predicted article(s) are not in the gold and do not count"),
            (failed, "predicted article(s) carry an error instead of a result"),
        )
        if ids
    ]


def _quote_notes(gold: Sequence[Article], predicted: Sequence[Article], tally: Tally, *, given: bool) -> list[str]:
    unfound = sum(item.gold is not None and not item.right["content"] for item in tally.items)
    if given:
        return [f"{unfound} of the given quotes are not among the predictions and are not scored."] if unfound else []
    if _is_sourceless(gold):
        return ["No gold quote has a source: one counts as right end to end only where the prediction has none either."]
    if _has(gold, "source") and _is_sourceless(predicted):
        return ["The predictions hold no source at all: where the gold has one, they count as wrong end to end."]
    return []


def _answer_notes(gold: Sequence[Article], predicted: Sequence[Article]) -> list[str]:
    ids = {article.id for article in gold}
    notes = []
    has_gold = any(article.quotes for article in gold)
    if not has_gold:
        notes.append("The gold holds no quote at all: recall and F1 have no value.")
    if not any(article.quotes for article in predicted if article.id in ids):
        rest = ": precision, F1 and attribution count as 0" if has_gold else ", so precision has no value either"
        notes.append(f"Nothing was predicted{rest}.")
    quotes = ((article.id, quote) for article in gold for quote in article.quotes)
    wordless = {(name, quote.start, quote.end) for name, quote in quotes if not find_words(quote.text).words}
    if wordless:
        notes.append(f"{len(wordless)} gold quote(s) hold no word (marks or emoji alone) and are not scored.")
    return notes


def _layers_left_out(
    gold: Sequence[Article], predicted: Sequence[Article], *, gold_quotes: bool
) -> tuple[set[str], list[str]]:
    """Layers that have no figures, and why."""
    notes = []
    left_out = set()
    asked = 0
    for layer, field in (("speakers", "speaker"), ("stance", "stance")):
        if not _has(gold, field):
            left_out.add(layer)
            continue
        asked += 1
        if not _has(predicted, field) and any(article.quotes for article in predicted):
            left_out |= {layer, "chain"}
            notes.append(f"The predictions hold no {field} at all: this layer, and the whole chain, are not scored.")
    if not asked:
        left_out.add("chain")
    elif _is_sourceless(gold) and not _has(gold, "speaker"):
        left_out.add("chain")
        notes.append("The gold does not tell who speaks, by source or speaker: the whole chain is not scored.")
    if gold_quotes:
        left_out |= {"quotes", "passages", "chain"}
        notes.append("The quotes were given: only what follows them is scored.")
    return left_out, notes


def _is_sourceless(articles: Sequence[Article]) -> bool:
    return any(article.quotes for article in articles) and not _has(articles, "source")


def _has(articles: Iterable[Article], field: str) -> bool:
    return any(getattr(quote, field) is not None for article in articles for quote in article.quotes)


def _uncalibrated(tally: Tally, notes: list[str], *, is_unjudged: bool) -> set[str]:
    """Calibration figures without a meaning: labels that came without probabilities, quotes without confidence.

    Args:
        tally: What was scored.
        notes: Is added to.
        is_unjudged: The predicted quotes have sources, of which the gold does not tell whether they are right.
    """
    left_out = set()
    given = [answer for _, answer in tally.stances if answer is not None]
    if all(answer.confidence == 1.0 for answer in given):
        left_out |= {"stance.ece", "stance.brier"}
        if given:
            notes.append("The predicted stances come without probabilities: calibration is not scored.")
    if is_unjudged and tally.answers:
        notes.append("The confidence of a quote is that of its source too, which the gold lacks: it is not scored.")
    if is_unjudged or not tally.answers:
        left_out.add("quotes.ece")
    if not tally.has_speaker_confidence:
        left_out.add("speakers.ece")
    return left_out


def _label_notes(tally: Tally, metrics: Mapping[str, Any]) -> list[str]:
    if not metrics["stance"] or not tally.stances:
        return []
    present = {gold.label for gold, _ in tally.stances}
    missing = [label for label in STANCES if label not in present]
    notes = []
    if missing:
        notes.append(
            f"No scored gold quote is labelled {' or '.join(missing)}: macro-F1 is the mean over the labels that occur."
        )
    if unanswered := sum(answer is None for _, answer in tally.stances):
        notes.append(f"{unanswered} found quote(s) were given no stance and count as wrong (column {NONE!r}).")
    return notes


def _interval_notes(table: CountTable, flat: Mapping[str, float], settings: Mapping[str, Any]) -> list[str]:
    few = [name for name in headline(_nest(flat)) if table.articles_behind(name) < LEAST_ARTICLES]
    if not (settings["draws"] and few):
        return []
    return [
        f"No interval where fewer than {LEAST_ARTICLES} articles have a case ({TOO_FEW!r}): a few articles do not tell "
        "how others would come out."
    ]


def _nest(flat: Mapping[str, float]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for name, value in flat.items():
        *path, last = name.split(".")
        place = nested
        for part in path:
            place = place.setdefault(part, {})
        place[last] = None if np.isnan(value) else value
    return nested


def _add_counts(metrics: dict[str, Any], total: Mapping[str, float]) -> None:
    """Beside every figure the number of cases that it rests on."""
    for layer in ("quotes", "passages"):
        for group, figures in (metrics[layer] or {}).items():
            if isinstance(figures, dict):
                figures["gold"] = int(total[f"{layer}.{group}.gold"])
                figures["predicted"] = int(total[f"{layer}.{group}.predicted"])
    if metrics["speakers"]:
        metrics["speakers"]["cases"] = {name: int(total[f"speakers.{name}.all"]) for name in FIGURES}
    if metrics["chain"]:
        metrics["chain"].update({name: int(total[f"chain.{name}"]) for name in ("gold", "predicted", "right")})


def _add_stance(metrics: dict[str, Any], tally: Tally) -> None:
    if metrics["stance"] is None:
        return
    total = CountTable.of(tally.rows).total()
    is_calibrated = "ece" in metrics["stance"]
    metrics["stance"].update({"ece": metrics["stance"].get("ece"), "brier": metrics["stance"].get("brier")})
    metrics["stance"].update(classification_figures(tally.stances))
    metrics["stance"]["reliability"] = reliability(total, "stance") if is_calibrated else None


def _add_confidence(metrics: dict[str, Any], tally: Tally, total: Mapping[str, float]) -> None:
    for layer in filter(metrics.get, ("speakers", "quotes")):
        own = metrics[layer]
        own["reliability"] = reliability(total, layer) if "ece" in own else None
        own.setdefault("ece", None)
    if metrics["quotes"] is None:
        return
    gold, is_told = int(total["quotes.all.gold"]), metrics["quotes"]["ece"] is not None
    metrics["quotes"]["by_confidence"] = precision_recall_curve(tally.answers, gold) if is_told and gold else None


def precision_recall_curve(answers: Sequence[tuple[float, bool]], gold: int) -> list[dict[str, float]]:
    """Precision and recall of quotes with the right source when only confident ones are kept.

    Args:
        answers: Confidence of each predicted quote, and whether its content and source are right.
        gold: Number of gold quotes, found or not.

    Returns:
        A point for each threshold (thinned to fewer than 400): ``threshold``, ``precision``, ``recall``, rising in the
        threshold.
    """
    from sklearn.metrics import precision_recall_curve as curve

    right = sum(is_right for _, is_right in answers)
    if not right:
        return []
    precision, recall, thresholds = curve([is_right for _, is_right in answers], [value for value, _ in answers])
    points = [
        {"threshold": float(t), "precision": float(p), "recall": float(r) * right / gold}
        for t, p, r in zip(thresholds, precision, recall, strict=False)
    ]
    return points[:: max(1, len(points) // 200)]


def _intervals(
    table: CountTable, flat: Mapping[str, float], settings: Mapping[str, Any]
) -> dict[str, tuple[float, float]]:
    wanted = [n for n, value in flat.items() if not np.isnan(value) and table.articles_behind(n) >= LEAST_ARTICLES]
    if not (settings["draws"] and wanted):
        return {}
    (drawn,) = draw([table], derive, draws=settings["draws"], seed=settings["seed"])
    found = {name: interval(drawn[name]) for name in wanted}
    return {name: extent for name, extent in found.items() if extent is not None}


def _slice(items: Sequence[Item], column: str, left_out: Iterable[str]) -> dict[str, dict[str, Any]]:
    return {value: _slice_figures(members, set(left_out)) for value, members in slice_values(items, column).items()}


def _slice_figures(items: Sequence[Item], left_out: set[str]) -> dict[str, Any]:
    """Figures of some gold quotes: shares of those for which a layer was asked, and the stance figures."""
    layers = {"content": "quotes", "source": "quotes", "speaker": "speakers", "chain": "chain"}
    shares = {
        layer: None if scored in left_out else _share([item.right[layer] for item in items])
        for layer, scored in layers.items()
    }
    is_scored = "stance" not in left_out
    pairs = [(item.gold_stance, item.stance) for item in items if item.gold_stance and item.right["content"]]
    return {"quotes": len(items), **shares, **_slice_stance(pairs if is_scored else [])}


def _share(verdicts: Iterable[bool | None]) -> float | None:
    asked = [verdict for verdict in verdicts if verdict is not None]
    return sum(asked) / len(asked) if asked else None


def _slice_stance(pairs: Sequence[tuple[str, str | None]]) -> dict[str, float | None]:
    if not pairs:
        return {"stance_macro_f1": None, "stance_accuracy": None}
    columns = (*STANCES, NONE)
    gold, given = (numbered(side, columns) for side in ([a for a, _ in pairs], [b or NONE for _, b in pairs]))
    cells = confusion(gold, given, len(STANCES), answers=len(columns))
    return {"stance_macro_f1": float(macro_f1(cells)), "stance_accuracy": _share((gold == given).tolist())}
