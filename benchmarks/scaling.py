"""What a core reads, what two read, and what that comes to for many cores and articles.

    python benchmarks/scaling.py measure FOLDER_OF_ARTICLES [--seconds 6] [--repeats 2] [--fast-only] [--no-batches]
    python benchmarks/scaling.py model [FILE] [--write]

``measure`` takes some four minutes on two free cores, keeps the figures in benchmarks/scaling.json, and writes them
into docs/scaling.md, between the two comments that name this file. ``model`` prints that part of the page from the
figures that were kept, and with ``--write`` writes it.

Throughput is counted in words per second of processor time, which nearly holds on a machine that others use too: a
core-hour is an hour in which a core does nothing else. Growth is the ratio of the words that two workers read, per
second of processor time, to those of one, in alternating runs: below 2 as far as cores share caches and memory. Growth
by the clock stands beside it, and means something only where two cores are free: the load of the machine is told with
the figures, and above its number of cores they are those of a busy machine.

The model of a run over A articles of w words, by c cores that each read r words a second and keep a share g of that
beside others (g: growth from 1 to 2 workers, halved), with s core-seconds to start a worker and parts of p articles:

    core-hours = (A w / (r g) + c s) / 3600
    hours      = (A w / (r g c) + s + p w / (r g)) / 3600      the last term: one worker ends last, with a whole part
    disk       = A d,  files = 2 A / p,  ids = 8 A             d: bytes an article in both tables; 8: of a hashed id
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from textwrap import wrap
from typing import Any

from quotestance import Article, Scorer, read_articles
from quotestance.engines.parts import ARTICLES, QUOTES, PartFolder, write_part

BATCHES = (1, 64)  # articles a frame, with fast=True; the default would take minutes for the largest
USUAL_BATCH = 8
ON_DISK = 100  # articles that are written, to tell what one takes
PART = 256  # articles a part, as score_on_ray has it
CORES = (1, 100, 10_000)
MILLIONS = (1, 10, 100)
MEASURED = Path(__file__).with_name("scaling.json")
PAGE = Path(__file__).parents[1] / "docs" / "scaling.md"
BEGIN, END = "<!-- begin: benchmarks/scaling.py -->\n", "<!-- end: benchmarks/scaling.py -->\n"

Record = dict[str, str]


@dataclass(frozen=True)
class Share:
    """What one worker did in one run.

    Args:
        words: It read.
        core_seconds, seconds: Of processor time, and by the clock.
        start: Core-seconds until the first article was read: imports and models.
        memory: Its peak, in MB.
    """

    words: int
    core_seconds: float
    seconds: float
    start: float
    memory: float


@dataclass(frozen=True)
class Figures:
    """What is measured of one model.

    Args:
        words_per_core_second: Of one worker.
        growth: Of two workers beside one, in words per core-second.
        growth_by_clock: The same in words per second by the clock.
        start: Core-seconds to start a worker.
        memory: Peak of a worker, in MB.
        words_per_article: Of the articles that were read.
        bytes_per_article: In both tables, as Parquet.
        batches: Words per core-second at sizes of batches, beside those at the usual one.
    """

    words_per_core_second: float
    growth: float
    growth_by_clock: float
    start: float
    memory: float
    words_per_article: float
    bytes_per_article: float
    batches: dict[str, float]


def frames(records: list[Record], size: int, seconds: float) -> Iterator[dict[str, list[str]]]:
    """Hand out batches, over and over, until so much processor time has gone."""
    until = time.process_time() + seconds
    while True:
        for start in range(0, len(records), size):
            batch = records[start : start + size]
            yield {name: [record[name] for record in batch] for name in ("id", "text")}
            if time.process_time() > until:
                return


def work(records: list[Record], fast: bool, size: int, seconds: float) -> Share:
    """Read as one worker, in a process of its own."""
    scorer = Scorer(fast=fast)
    scorer({"id": ["first"], "text": ["“No,” said Liu."]})
    start, began, words = time.process_time(), time.perf_counter(), 0
    for frame in frames(records, size, seconds):
        scorer(frame)
        words += sum(len(text.split()) for text in frame["text"])
    taken = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Share(words, taken, time.perf_counter() - began, start, memory)


def run(workers: int, records: list[Record], fast: bool, size: int, seconds: float) -> list[Share]:
    """Start so many workers at once, each in a fresh process."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return [one.result() for one in [pool.submit(work, records, fast, size, seconds) for _ in range(workers)]]


def rate(shares: list[Share]) -> float:
    """Sum the words per core-second of workers side by side."""
    return sum(share.words / share.core_seconds for share in shares)


def by_clock(shares: list[Share]) -> float:
    """Tell the words per second by the clock of workers side by side."""
    return sum(share.words for share in shares) / max(share.seconds for share in shares)


def disk(records: list[Record]) -> float:
    """Write some articles as a part, and tell how many bytes an article takes; the stance model makes no difference."""
    articles = list(Scorer(fast=True).stream(Article(record["text"], id=record["id"]) for record in records))
    with tempfile.TemporaryDirectory() as folder:
        parts = PartFolder(folder)
        parts.make()
        write_part(parts, "part", [("part.jsonl", article) for article in articles], "")
        sizes = [(Path(folder) / table / "part.parquet").stat().st_size for table in (QUOTES, ARTICLES)]
    return sum(sizes) / len(articles)


def measure(
    records: list[Record], fast: bool, seconds: float, repeats: int, batches: tuple[int, ...], size: float
) -> Figures:
    """Measure one model.

    Args:
        records: Articles.
        fast: Whether the reader alone tells stance.
        seconds: Of processor time, for each worker and run.
        repeats: Of one worker and of two, in turns.
        batches: Sizes of batches to measure beside the usual one.
        size: Bytes an article.
    """
    alone, together = [], []
    for _ in range(repeats):
        alone.append(run(1, records, fast, USUAL_BATCH, seconds))
        together.append(run(2, records, fast, USUAL_BATCH, seconds))
        rates = f"{rate(alone[-1]):.0f} words a core-second, 2 workers {rate(together[-1]):.0f}"
        print(f"  1 worker {rates}; by the clock x {by_clock(together[-1]) / by_clock(alone[-1]):.2f}", flush=True)
    usual = max(map(rate, alone))
    beside = {str(size): round(rate(run(1, records, fast, size, seconds)) / usual, 2) for size in batches}
    words = [len(record["text"].split()) for record in records]
    return Figures(
        words_per_core_second=round(usual),
        growth=round(median(rate(two) / rate(one) for one, two in zip(alone, together, strict=True)), 2),
        growth_by_clock=round(median(by_clock(b) / by_clock(a) for a, b in zip(alone, together, strict=True)), 2),
        start=round(min(share.start for shares in alone for share in shares), 1),
        memory=round(max(share.memory for shares in alone for share in shares)),
        words_per_article=round(sum(words) / len(words)),
        bytes_per_article=round(size),
        batches=beside,
    )


def hours(figures: Figures, articles: float, cores: int) -> tuple[float, float]:
    """Tell the hours of a run, and its core-hours."""
    speed = figures.words_per_core_second * min(1.0, figures.growth / 2)
    reading = articles * figures.words_per_article / speed
    last = PART * figures.words_per_article / speed
    return (reading / cores + figures.start + last) / 3600, (reading + cores * figures.start) / 3600


def table(figures: Figures) -> str:
    """Print the model of a run as a Markdown table."""
    lines = [
        "| articles | core-hours | "
        + " | ".join(f"hours on {cores:,}" for cores in CORES)
        + " | tables, GB | files | ids, GB |",
        "|---:" * (len(CORES) + 5) + "|",
    ]
    for millions in MILLIONS:
        articles = millions * 1e6
        cells = [f"{millions} million", _short(hours(figures, articles, CORES[1])[1])]
        cells += [_short(hours(figures, articles, cores)[0]) for cores in CORES]
        cells += [
            _short(articles * figures.bytes_per_article / 1e9),
            f"{2 * articles / PART:,.0f}",
            _short(articles * 8 / 1e9),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


def report(measured: dict[str, Any]) -> str:
    """Write what was measured, and the model of each, as Markdown."""
    found = {name: Figures(**content) for name, content in measured["models"].items()}
    rows = {
        "words a core-second": [f"{one.words_per_core_second:,.0f}" for one in found.values()],
        "2 workers beside 1, by core-seconds": [f"x {one.growth:.2f}" for one in found.values()],
        "2 workers beside 1, by the clock": [f"x {one.growth_by_clock:.2f}" for one in found.values()],
        "core-seconds to start a worker": [f"{one.start:.1f}" for one in found.values()],
        "memory of a worker, MB": [f"{one.memory:,.0f}" for one in found.values()],
        "words an article": [f"{one.words_per_article:,.0f}" for one in found.values()],
        "bytes an article, in both tables": [f"{one.bytes_per_article:,.0f}" for one in found.values()],
        **{f"batches of {size}, beside {USUAL_BATCH}": _beside(found, size) for size in _sizes(found)},
    }
    machine = measured["machine"]
    head = [
        f"| {machine['processor']}, {machine['date']} | " + " | ".join(found) + " |",
        "|---|" + "---:|" * len(found),
    ]
    body = ["| " + " | ".join([name, *cells]) + " |" for name, cells in rows.items()]
    models = [f"\n`{name}`:\n\n{table(one)}" for name, one in found.items()]
    return "\n".join([*_circumstances(measured), "", *head, *body, *models])


def _sizes(found: dict[str, Figures]) -> list[str]:
    return list(dict.fromkeys(size for one in found.values() for size in one.batches))


def _beside(found: dict[str, Figures], size: str) -> list[str]:
    return [f"x {one.batches[size]:.2f}" if size in one.batches else "" for one in found.values()]


def _circumstances(measured: dict[str, Any]) -> list[str]:
    """Say how it was measured, and what is to be thought of it."""
    machine, articles = measured["machine"], measured["articles"]
    processes, cores = machine["processes"], machine["cores"]
    words = (
        f"Over {articles} articles, for {measured['seconds']:g} core-seconds a worker and run, on {cores} cores with "
        f"{processes} other processes at work; repeats: {measured['repeats']}."
    )
    if processes > cores / 2:
        words += (
            " **The machine was busy**: words a core-second count processor time alone, and come out too low where "
            "others use the caches; growth by the clock is that of processes which wait for their turn."
        )
    if articles < ON_DISK:
        words += " So few articles carry the fixed size of two files: bytes an article are too many."
    return wrap(words, 120)


def write_page(text: str, page: Path) -> None:
    """Put text between the two comments of a page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise SystemExit(f"{page} lacks the comments {BEGIN.strip()} and {END.strip()}.")
    page.write_text(f"{before}{BEGIN}\n{text}\n\n{END}{after}", encoding="utf-8")


def machine() -> dict[str, Any]:
    """Name this machine, and tell how busy it is before anything is measured."""
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    return {
        "processor": names[0] if names else "a processor",
        "date": f"{datetime.now(UTC):%B %Y}",
        "cores": os.cpu_count() or 1,
        "processes": round(os.getloadavg()[1]),
    }


def main() -> None:
    """Measure, or write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    measuring = commands.add_parser("measure")
    measuring.add_argument("folder", type=Path)
    measuring.add_argument("--seconds", type=float, default=6, help="of processor time, for each worker and run")
    measuring.add_argument("--repeats", type=int, default=2, help="of 1 and of 2 workers, in turns")
    measuring.add_argument("--fast-only", action="store_true", help="not the default too")
    measuring.add_argument("--no-batches", action="store_true", help="batches of one size alone")
    modelling = commands.add_parser("model")
    modelling.add_argument("json", type=Path, nargs="?", default=MEASURED)
    modelling.add_argument("--write", action="store_true", help="into the page too")
    for command in (measuring, modelling):
        command.add_argument("--page", type=Path, default=PAGE)
    args = parser.parse_args()
    if args.command == "measure":
        measured = measure_all(args)
        MEASURED.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    else:
        measured = json.loads(args.json.read_text(encoding="utf-8"))
    text = report(measured)
    print(text)
    if args.command == "measure" or args.write:
        write_page(text, args.page)


def measure_all(args: argparse.Namespace) -> dict[str, Any]:
    """Measure the models that are asked for."""
    records = [{"id": one.id, "text": one.text} for one in read_articles(args.folder) if one.text]
    measured = {"machine": machine(), "articles": len(records), "seconds": args.seconds, "repeats": args.repeats}
    size = disk(records[:ON_DISK])
    models: dict[str, Any] = {}
    for name, fast in (("fast=True", True), ("the default", False))[: 1 if args.fast_only else 2]:
        print(name, flush=True)
        batches = BATCHES if fast and not args.no_batches else ()
        models[name] = asdict(measure(records, fast, args.seconds, args.repeats, batches, size))
    return {**measured, "models": models}


if __name__ == "__main__":
    main()
