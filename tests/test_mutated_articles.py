"""1,000 mutated articles: every span slices to its text, and spans do not hang on how an article is given."""

from __future__ import annotations

import random
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import pytest
from test_engines_docs import ENGINES, run_example

from quotestance import Article, Scorer
from quotestance.io.table import rows
from quotestance.pipeline import Pipeline
from quotestance.text import scalar_values

COUNT, SEED = 1_000, 19
EVERY = 5  # of the articles an engine reads: it is slow to start, and reads with what frames are read with
BASE = '“We will talk,” Ana Ruiz said. "No," the mayor of Orto told Radio 5: they “lied”, Liu added.\n\nKo: Peace now.'
PIECES = (
    *("", "\n\n", "\u2028", "\r\n", "“", "”", '"', "'", "«", ":", " said ", "—", "\0", "\x1b[31m", "\u202e", "\ud800"),
    *("😀", "e\u0301", "\u200b", "\ufeff", "ＷＡＲ", "ß", "İ", " " * 40, "Mr. ", "(", "]", "…", "12", "the"),
)

Spans = list[tuple[int, int, str]]

shared: Pipeline | None = None  # what forked workers read with


def mutated(seed: int) -> str:
    """Cut, double, move and insert pieces of a text."""
    draw, text = random.Random(seed), BASE  # noqa: S311  # no secret
    for _ in range(draw.randint(1, 8)):
        start, end = sorted(draw.randrange(len(text) + 1) for _ in range(2))
        start = max(start, end - 40)
        how = draw.randrange(4)
        if how == 0 and end - start < len(text) - 5:
            text = text[:start] + text[end:]
        elif how == 1:
            text = text[:end] + text[start:end] + text[end:]
        elif how == 2:
            text = text[:start] + draw.choice(PIECES) + text[start:]
        else:
            text = text[end:] + text[:start] + text[start:end]
    return text


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    made = [Article(mutated(seed), id=str(seed)) for seed in range(SEED, SEED + COUNT)]
    assert len({article.text for article in made}) > 0.95 * COUNT
    return made


@pytest.fixture(scope="module")
def streamed(articles: list[Article], tiny_pipe: Pipeline) -> list[Article]:
    return list(tiny_pipe.stream(articles))


def spans(article: Article) -> Spans:
    assert article.error is None
    return [(span.start, span.end, quote.kind) for quote in article.quotes for span in quote.spans()]


def alone(article: Article) -> Spans:
    assert shared is not None
    return spans(shared(article))


def test_mutated_articles_keep_their_text_and_every_span_slices(
    articles: list[Article], streamed: list[Article]
) -> None:
    assert [(one.id, one.text) for one in streamed] == [(one.id, one.text) for one in articles]
    found = 0
    for article in streamed:
        for quote in article.quotes:
            for span in (*quote.spans(), *(quote.speaker.evidence.values() if quote.speaker else ())):
                assert article.text[span.start : span.end] == span.text
                found += 1
    assert found > COUNT


def test_mutated_articles_have_the_same_spans_alone_in_workers(
    articles: list[Article], streamed: list[Article], tiny_pipe: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.shared", tiny_pipe)
    with get_context("fork").Pool(2) as pool:
        assert pool.map(alone, articles, chunksize=50) == [spans(one) for one in streamed]


# Without the speaker: whom a random model points at hangs on the last digits, and so on the articles read together.
COMPARED = ["article_id", "quote", "start", "end", "kind", "text", "cue", "source", "context"]


def is_refused(article: Article) -> bool:
    """Tell whether a frame's text is refused as no text at all."""
    return article.text.count("\0") > max(1, 0.01 * len(article.text))


def in_a_frame(articles: list[Article]) -> pd.DataFrame:
    return pd.DataFrame({"id": [one.id for one in articles], "text": [one.text for one in articles]}, dtype=object)


def compared(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    cells = frame[COMPARED].astype(object)
    return [tuple(None if pd.isna(cell) else cell for cell in row) for row in cells.itertuples(index=False)]


def plain(streamed: list[Article]) -> list[tuple[object, ...]]:
    return [tuple(row[name] for name in COMPARED) for row in rows(streamed)]


def test_mutated_articles_have_the_same_rows_in_frames(
    articles: list[Article], streamed: list[Article], attribution_folder: Path, stance_folder: Path
) -> None:
    scorer = Scorer(attribution=attribution_folder, stance=stance_folder)
    frames = (in_a_frame(articles[start : start + 37]) for start in range(0, COUNT, 37))
    refused = {one.id for one in articles if is_refused(one)}
    found = [row for frame in scorer(frames) for row in compared(frame) if row[0] not in refused]
    assert len({row[0] for row in found}) > COUNT // 2
    assert found == plain([one for one in streamed if one.id not in refused])


@pytest.mark.parametrize("engine", ENGINES)
def test_mutated_articles_have_the_same_rows_on_engines(
    engine: str, articles: list[Article], streamed: list[Article], attribution_folder: Path, stance_folder: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    # No engine carries lone surrogates: Arrow's strings are UTF-8.
    carried = [one for one in articles[::EVERY] if not is_refused(one) and one.text == scalar_values(one.text)]
    assert len(carried) > 0.85 * COUNT / EVERY
    in_a_frame(carried).to_parquet(tmp_path / "articles.parquet", row_group_size=40)
    found = run_example(tmp_path, engine, attribution_folder, stance_folder)
    assert not found.error.notna().any()
    ids = {one.id for one in carried}
    assert sorted(compared(found), key=_place) == sorted(plain([one for one in streamed if one.id in ids]), key=_place)


def _place(row: tuple[object, ...]) -> tuple[str, int]:
    return str(row[0]), int(str(row[1]))
