"""From text to quotes with speaker and stance: :func:`load` and the :class:`Pipeline` that it returns."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from quotestance.batching import Precision, computing
from quotestance.checkpoints import shipped
from quotestance.devices import find_device
from quotestance.errors import CheckpointError
from quotestance.folders import open_folder
from quotestance.identity import NotedFolder
from quotestance.io.objects import ArticleLike, Articles, split_pairs, to_article, to_articles
from quotestance.quotes.finder import QuoteFinder
from quotestance.reader.inference import Reading
from quotestance.speakers.notes import Decoding, Notebook
from quotestance.speakers.resolve import resolve_speakers
from quotestance.stance.cascade import Cascade
from quotestance.stance.classifier import Classifier
from quotestance.stance.loading import load_classifier
from quotestance.stance.quotes import classify_stance, with_stances
from quotestance.stance.reader_classifier import ReaderClassifier, StanceNotes
from quotestance.stance.shares import Shares, shares_of
from quotestance.text import Segments
from quotestance.threads import set_threads
from quotestance.types import Article, Quote, check_count, check_threshold, given_article
from quotestance.workers import check_workers, read_in_processes

if TYPE_CHECKING:
    from quotestance.stance.explanation import Explanation

log = logging.getLogger(__name__)

Context = TypeVar("Context")
_Origin = tuple[dict[str, NotedFolder], dict[str, str | float | bool | None]]  # model folders by use, and options

_SHOWN_DIGITS = 8  # of the digest of a model
_CHARACTERS_AT_ONCE = 200_000  # articles of a stream are read together up to this much text
_ARTICLES_AT_ONCE = 64
_ARTICLES_AT_FIRST, _CHARACTERS_AT_FIRST = 4, 25_000  # then twice as many, and so on, so that the first come soon


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Finds quotes, resolves who said them, and classifies their stance; every stage can be called by itself.

    Made by :func:`load`. The stages take an Article that holds what comes before them, from wherever it comes: gold
    quotes as well as found ones. What a stage fills in replaces what was there.

    Args:
        finder: Finds the quotes.
        classifier: Tells their stance: a :class:`~quotestance.stance.reader_classifier.ReaderClassifier` (over the
            finder's own model it reads nothing again), a :class:`~quotestance.stance.classifier.StanceClassifier`, a
            :class:`~quotestance.stance.cascade.Cascade`, or whatever has their ``classify``.
        people: Reads who is named and whom sources mean, in a pass of its own; ``None`` where the finder does, in the
            pass that finds quotes. If neither can, every speaker is unnamed, with the words of the source.
    """

    finder: QuoteFinder
    classifier: Classifier = field(hash=False)  # it may hold a dict, or be anybody's
    people: QuoteFinder | None = None
    # Not copied by dataclasses.replace: a pipeline with another classifier is not made from these.
    _made_from: _Origin | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def identity(self) -> str:
        """What tells this pipeline from those that find other things: a digest of model files, their use, and options.

        Empty for a pipeline that :func:`load` did not make. The files are those that were loaded; they are read for it
        once, when it is first asked for.

        Raises:
            CheckpointError: The files of a model have changed since they were loaded.
        """
        if self._made_from is None:
            return ""
        folders, options = self._made_from
        uses = {use: noted.digest for use, noted in folders.items()}
        return hashlib.sha256(json.dumps([uses, options], default=float).encode()).hexdigest()

    @property
    def about(self) -> dict[str, str]:
        """Which models these are, each with the first digits of its digest, and with which options; by heading.

        Empty for a pipeline that :func:`load` did not make.
        """
        if self._made_from is None:
            return {}
        folders, options = self._made_from
        once = {noted.folder: noted for noted in folders.values()}
        models = (f"{folder.name} ({_shown_digest(noted)})" for folder, noted in once.items())
        told = (f"{name} {value}" for name, value in options.items() if value is not None and value is not False)
        return {"models": ", ".join(models), "options": ", ".join(told)}

    @property
    def folders(self) -> dict[str, Path]:
        """The folders of the models: ``attribution``, ``stance``, and ``stance, fast`` of a cascade.

        Where the attribution model reads no people, ``people`` is that of the model that does.
        Empty for a pipeline that :func:`load` did not make.
        """
        return {} if self._made_from is None else {use: noted.folder for use, noted in self._made_from[0].items()}

    @property
    def device(self) -> str:
        """The torch device that it reads on, as ``cpu`` or ``cuda:0``."""
        return str(self.finder.model.device)

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        """Show itself on one line in IPython; ``repr`` tells every layer of its models."""
        told = "; ".join(words for words in self.about.values() if words) or "models of your own"
        printer.text(f"<Pipeline {told}>")

    def __call__(self, article: ArticleLike, *, text_column: str = "text", id_column: str | None = None) -> Article:
        """Read an article: its quotes, their speakers and stances.

        One that came with ``error`` set passes as it is; ``article.replace(error=None)`` is read anew.

        Args:
            article: An Article, a text, a record with a text in it, or the row of a DataFrame; see
                :func:`quotestance.to_articles`.
            text_column: Field of a record that holds the text.
            id_column: Field that holds the id; by default ``"id"``, where there is one.

        Raises:
            FormatError: A record has no text, or a field that cannot be read.
            TypeError: What was given is nothing of the kind.
        """
        made = to_article(article, text_column=text_column, id_column=id_column)
        return made if made.error is not None else self._run([made])[0]

    def find_quotes(self, article: ArticleLike) -> Article:
        """Find the quotes in an article's text: content, cue, source, via, kind and confidence.

        Raises:
            FormatError: A record has no text, or a field that cannot be read.
            TypeError: What was given is nothing that a call of the pipeline takes.
        """
        return self.finder.find([to_article(article)])[0]

    def resolve_speakers(self, article: Article) -> Article:
        """Return the article with the speaker of every quote that it holds.

        Raises:
            TypeError: It is no Article.
        """
        book = self._read_people(given_article(article))
        return resolve_speakers(article, book.notes(), book.decoding)

    def classify_stance(self, article: Article) -> Article:
        """Tell the stance of every quote that an article holds.

        The stance model may be told who speaks: call :meth:`resolve_speakers` first where the quotes have no speakers.

        Raises:
            TypeError: It is no Article.
        """
        return classify_stance([given_article(article)], self.classifier)[0]

    def explain(self, article: Article, quote: Quote) -> Explanation:
        """Weigh the words that carried the stance label of a quote, each in [-1, 1].

        Above 0 a word spoke for the label, below 0 against it. Reads the quote once for every word of it, but no more
        than about 100 times; see :func:`quotestance.stance.explanation.explain`.

        Raises:
            SpanError: The quote is not of this article.
            FormatError: The stance model does not know the label of the quote.
            TypeError: These are no article and no quote.
        """
        from quotestance.stance.explanation import explain

        return explain(article, quote, self.classifier)

    @overload
    def stream(
        self,
        articles: Articles,
        *,
        as_tuples: Literal[False] = False,
        batch_size: int | None = None,
        workers: int = 1,
        text_column: str = "text",
        id_column: str | None = None,
    ) -> Iterator[Article]: ...

    @overload
    def stream(
        self,
        articles: Iterable[tuple[ArticleLike, Context]],
        *,
        as_tuples: Literal[True],
        batch_size: int | None = None,
        workers: int = 1,
        text_column: str = "text",
        id_column: str | None = None,
    ) -> Iterator[tuple[Article, Context]]: ...

    def stream(
        self,
        articles: Any,
        *,
        as_tuples: bool = False,
        batch_size: int | None = None,
        workers: int = 1,
        text_column: str = "text",
        id_column: str | None = None,
    ) -> Iterator[Article] | Iterator[tuple[Article, Any]]:
        """Articles in, the same articles out, in order; windows and quotes are batched across them.

        Nothing is lost: an article that fails keeps its place, without quotes and with the reason in ``error``; one
        that came with ``error`` set passes as it is. Up to 64 articles, or about 200,000 characters, are held at once,
        with workers three quarters of that for each; at first fewer, so that the first come soon.

        Args:
            articles: Articles, texts or records, or a table of them (pandas, Arrow, datasets); see
                :func:`quotestance.to_articles`.
            as_tuples: Take pairs (article, context) and give pairs, as spaCy's ``nlp.pipe`` does; contexts are passed
                through.
            batch_size: ``>= 1``, in place of these 64 articles; the bound on characters holds beside it.
            workers: Processes that read, with one thread each and the same weights in memory; 1 reads in this process,
                with its threads. Give as many as there are cores for many articles. What it finds is the same, but for
                the last digits of probabilities. See :mod:`quotestance.workers`.
            text_column: Field or column that holds the text of a record.
            id_column: Field or column that holds the id; by default ``"id"``, where there is one.

        Raises:
            TypeError: ``articles`` is one article or one text, or not iterable; or, when it is come to, something in it
                is no article.
            FormatError: A table, or the first of the records, has no such column.
            ValueError: ``batch_size`` or ``workers`` is no whole number or below 1, or ``workers`` above 1 on a device
                that is no processor.
        """
        if batch_size is not None:
            check_count("batch_size", batch_size, "articles")
        check_workers(workers, self.device)
        contexts: deque[Any] = deque()
        given = split_pairs(articles, contexts) if as_tuples else articles
        made = to_articles(given, text_column=text_column, id_column=id_column)
        done = self._stream(made, batch_size or _ARTICLES_AT_ONCE, workers)
        return ((one, contexts.popleft()) for one in done) if as_tuples else done

    def _stream(self, articles: Iterable[Article], most: int, workers: int) -> Iterator[Article]:
        if workers == 1:
            return (done for group in _groups(articles, most) for done in self._run_each(group))
        metas: deque[Mapping[str, Any]] = deque()  # stay here: no stage reads them, and not all can be sent
        groups = _without_meta(_groups(articles, max(1, most // 4), _CHARACTERS_AT_ONCE // 4), metas)
        read = read_in_processes(self._run_each, groups, workers)
        return (done.replace(meta=metas.popleft()) for _, group in read for done in group)

    def _run(self, articles: Sequence[Article]) -> list[Article]:
        segments = [Segments.of(article.text) for article in articles]
        books = [Notebook(Decoding.of(self.finder.settings)) for _ in articles]
        own = self._own_classifier()
        notes = [StanceNotes() for _ in articles]

        def observe(owner: int, reading: Reading) -> None:
            books[owner].add(reading)
            if own is not None:
                notes[owner].add(reading)

        quoted = self.finder.find(articles, segments, observe, notes_stance=own is not None)
        if self.people is not None:
            books = [self._read_people(article) for article in quoted]
        pairs = zip(quoted, books, strict=True)
        found = [resolve_speakers(article, book.notes(), book.decoding) for article, book in pairs]
        if own is None:
            return classify_stance(found, self.classifier, segments)
        told = own.classify_noted(found, notes)
        if isinstance(self.classifier, Cascade):
            told = self.classifier.classify_quotes(found, segments=segments, known=told)
        return with_stances(found, told)

    def _own_classifier(self) -> ReaderClassifier | None:
        """Return what tells stance first, if it reads with the model that finds the quotes: it need not read again."""
        first = self.classifier.fast if isinstance(self.classifier, Cascade) else self.classifier
        return first if isinstance(first, ReaderClassifier) and first.model is self.finder.model else None

    def _read_people(self, article: Article) -> Notebook:
        """Read an article whose quotes are known, for the people in it."""
        finder = self.people or self.finder
        book = Notebook(Decoding.of(finder.settings))
        if article.quotes and finder.reads_people:
            finder.observe(article, lambda _, reading: book.add(reading))
        return book

    def _run_each(self, group: Sequence[Article]) -> list[Article]:
        """Run a group at once; where that fails, one by one, so that only what is at fault is marked."""
        sound = [article for article in group if article.error is None]
        if not sound:
            return list(group)
        try:
            done = self._run(sound)
        except Exception as error:  # whatever it is, it must not take the neighbours along
            if len(sound) > 1:
                return [one for article in group for one in self._run_each([article])]
            log.warning("Article %r failed", sound[0].id, exc_info=True)
            reason = f"{type(error).__name__}: {error}"
            done = [sound[0].replace(quotes=(), error=reason)]
        results = iter(done)
        return [article if article.error is not None else next(results) for article in group]


def _shown_digest(noted: NotedFolder) -> str:
    try:
        return noted.digest[:_SHOWN_DIGITS]
    except CheckpointError:
        return "changed since it was loaded"


def _groups(
    articles: Iterable[Article], most_at_once: int, most_characters_at_once: int = _CHARACTERS_AT_ONCE
) -> Iterator[list[Article]]:
    group: list[Article] = []
    size, most, most_characters = 0, min(_ARTICLES_AT_FIRST, most_at_once), _CHARACTERS_AT_FIRST
    failure = None
    try:
        for article in articles:
            group.append(article)
            size += len(article.text)
            if size >= most_characters or len(group) >= most:
                yield group
                group, size = [], 0
                most = min(2 * most, most_at_once)
                most_characters = min(2 * most_characters, most_characters_at_once)
    except Exception as error:  # of the source: what came before it is given first
        failure = error
    if group:
        yield group
    if failure is not None:
        raise failure


def _without_meta(groups: Iterable[list[Article]], metas: deque[Mapping[str, Any]]) -> Iterator[list[Article]]:
    for group in groups:
        metas.extend(article.meta for article in group)
        yield [article.replace(meta={}) for article in group]


def load(
    *,
    attribution: str | Path | None = None,
    stance: str | Path | None = None,
    fast: bool = False,
    cascade: bool | None = None,
    device: str = "cpu",
    threads: int | None = None,
    min_confidence: float | None = None,
    precision: Precision = "auto",
    stance_shares: str | Shares | None = None,
) -> Pipeline:
    """Load the models and return the pipeline.

    Args:
        attribution: Folder, shipped name or hub name of an attribution checkpoint, which is the reader of articles;
            ``attribution-en`` by default. Beside one that reads no people, ``attribution-en`` reads them, in a second
            pass.
        stance: Folder, shipped name or hub name of a sequence classifier with the three stance labels, of one for
            natural-language inference, with the label ``entailment`` (see :mod:`quotestance.stance.zero_shot`), or of
            a reader that tells stance (the one of ``attribution`` reads nothing twice); by default ``stance-en``,
            which is asked where the reader is not sure. One that is given is asked about every quote.
        fast: The reader alone tells stance, in the pass in which it finds quotes, and no other model is loaded: the
            one of ``attribution``, or, where that tells none, ``attribution-en`` beside it.
        cascade: Whether the reader's answer stands where it is sure, and ``stance`` is asked elsewhere only (see
            :class:`~quotestance.stance.cascade.Cascade`). By default it is so where no ``stance`` is given and not
            ``fast``; with False ``stance`` is asked about every quote.
        device: A torch device ("cpu", "cuda", "cuda:1"), or "auto": CUDA where there is any, else the processor.
        threads: Processor threads for torch in this process, ``>= 1``; torch's own choice by default. Processes that
            are forked after this have one each (see :mod:`quotestance.threads`).
        min_confidence: Quotes below this confidence are left out, in [0, 1]; 0 keeps all. By default the checkpoint
            says where: ``attribution-en`` at half the F1 that it reaches, which is where F1 is best (Lipton et al.,
            ECML PKDD 2014).
        precision: What the models compute in: ``float32``, ``bfloat16``, or ``auto``, which takes bfloat16 where the
            processor is known to be faster with it; results in the two differ in the last digits.
        stance_shares: Shares of the stance labels in what will be read, which the probabilities are told for: every
            label to its share, ``"news"`` (:data:`quotestance.stance.shares.NEWS`), or ``"balanced"`` where the labels
            are equally frequent. By default as the card of the reader says, whoever answers; where ``stance`` is asked
            about every quote, as that of this model says.
            ``quote.stance.prior`` tells them, and ``quote.stance.under(shares)`` goes from any to any.

    Raises:
        CheckpointError: A checkpoint is missing, incomplete, malformed or of the wrong kind, or calls for code of its
            own.
        ValueError: ``fast`` is given with ``stance`` or ``cascade``; ``min_confidence`` is no probability; ``threads``
            is below 1, or above 1 in a process that was forked after a model was loaded; the precision is unknown;
            there is no such device; or the shares have no such name, or leave a label out.
    """
    if fast and (stance is not None or cascade):
        raise ValueError("Give fast alone, without stance or cascade: with it the reader alone tells stance.")
    if min_confidence is not None:
        check_threshold("min_confidence", min_confidence)
    shares = None if stance_shares is None else shares_of(stance_shares)
    where = find_device(device)
    computing(where, precision)  # says so where it is unknown
    device = str(where)
    if threads is not None:
        set_threads(threads)
    attribution = shipped("attribution-en") if attribution is None else open_folder(attribution)
    noted = {attribution: NotedFolder(attribution)}  # each before its weights are read
    finder = QuoteFinder.load(attribution, device=device, min_confidence=min_confidence, precision=precision)
    loaded = {attribution: finder}
    people = None if finder.reads_people else shipped("attribution-en")
    if people is not None:
        noted[people] = NotedFolder(people)
        loaded[people] = QuoteFinder.load(people, device=device, precision=precision)
    cascade = (stance is None and not fast) if cascade is None else cascade
    reader = attribution if finder.reads_stance else shipped("attribution-en")
    told = reader if fast else shipped("stance-en") if stance is None else open_folder(stance)
    cascade = cascade and told.resolve() != reader.resolve()  # there is nobody else to ask
    stances = {"stance": told} | ({"stance, fast": reader} if cascade else {})
    noted |= {one: NotedFolder(one) for one in stances.values() if one not in noted}
    of = {one: _classifier(one, loaded, device, precision, shares) for one in dict.fromkeys(stances.values())}
    folders = {"attribution": attribution} | stances | ({"people": people} if people else {})
    log.info("Loaded %s", ", ".join(f"{folder} for {what}" for what, folder in folders.items()))
    pipe = Pipeline(finder, Cascade(of[reader], of[told]) if cascade else of[told], loaded[people] if people else None)
    options = {"cascade": cascade, "device": device, "min_confidence": min_confidence, "precision": precision}
    if shares is not None:
        options["stance shares"] = " ".join(f"{label} {share:g}" for label, share in shares.items())
    object.__setattr__(pipe, "_made_from", ({use: noted[one] for use, one in folders.items()}, options))
    return pipe


def _classifier(
    folder: Path, loaded: Mapping[Path, QuoteFinder], device: str, precision: Precision, shares: Shares | None
) -> Classifier:
    """Return the stance model of a folder: over a reader that is loaded already, if it is that one, else loaded now."""
    for one, finder in loaded.items():
        if one.resolve() == folder.resolve():
            own = ReaderClassifier.over(finder.model, finder.tokenizer, folder, precision=precision)
            return replace(own, shares=shares)
    return load_classifier(folder, device=device, precision=precision, shares=shares)
