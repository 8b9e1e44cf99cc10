"""Find the quotes in every document of the stance corpora with the shipped reader: what read_in_article.py marks.

    python -m training.stance.find_in_documents CORPORA FOUND.jsonl

Writes Article JSONL; the id of an article is repository and path with a tab between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from quotestance.checkpoints import shipped
from quotestance.io.readers import write_articles
from quotestance.quotes.finder import QuoteFinder
from quotestance.types import Article
from training.fitting import log, make_parser, start
from training.stance.data import read_jsonl

AT_ONCE = 32


def documents(corpora: Path) -> Iterator[Article]:
    """The documents of the stance corpora, each once."""
    seen: set[str] = set()
    for file in sorted((corpora / "stance").glob("docs_*.jsonl")):
        for row in read_jsonl(file):
            key = f"{row['repo']}\t{row['path']}"
            if key not in seen:
                seen.add(key)
                yield Article(row["text"], id=key)


def main() -> None:
    """Find and write."""
    parser = make_parser(__doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    start(threads=args.threads)
    finder = QuoteFinder.load(shipped("attribution-en"))
    articles, found = list(documents(args.corpora)), []
    for first in range(0, len(articles), AT_ONCE):
        found += finder.find(articles[first : first + AT_ONCE])
        log.info("%d of %d documents", len(found), len(articles))
    write_articles(found, args.out)


if __name__ == "__main__":
    main()
