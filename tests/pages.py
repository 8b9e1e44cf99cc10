"""Reading a file that a test writes, and pages to write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from quotestance import Article
from quotestance.io.readers import read_articles


def read(path: Path, content: bytes | str | None = None, **options: Any) -> list[Article]:
    """Read a file, after it has been written where its content is given."""
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_articles(path, **options))


STORY = f"<p>{'The minister said that the talks would go on, and that nobody should expect results soon. ' * 5}</p>"


SCHEMA = '"@context": "https://schema.org", "@type": "NewsArticle"'


def told_page(*things: str, head: str = "", body: str = "") -> str:
    """Return a page with an article, :data:`STORY` at its end, that tells things in JSON."""
    scripts = "".join(f'<script type="application/ld+json">{thing}</script>' for thing in things)
    return f"<html><head>{head}{scripts}</head><body><article>{body}{STORY}</article></body></html>"


DAY = '"datePublished": "2023-01-01T00:30:00+11:00"'
