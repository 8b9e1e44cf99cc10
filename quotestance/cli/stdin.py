"""The article that comes on standard input."""

from __future__ import annotations

import sys

from quotestance.errors import FormatError
from quotestance.io.encodings import decode
from quotestance.io.webpage import decode_page, is_page, read_page
from quotestance.types import Article


def read_standard_input(encoding: str | None) -> Article:
    """Read an article from standard input, a text or a page.

    Args:
        encoding: Its encoding; by default it is detected.

    Raises:
        FormatError: There is no such encoding, it has another, or the page has no text.
    """
    data, name = sys.stdin.buffer.read(), "standard input"
    if encoding is not None:
        data = _recoded(data, encoding)
    if not is_page(data):
        return Article(decode(data), id=name)
    page = read_page(data.decode() if encoding is not None else decode_page(data))
    if not page.text:
        raise FormatError("The page on standard input has no readable text. Copy the text itself.")
    return Article(page.text, id=name, title=page.title, published=page.published, url=page.url)


def _recoded(data: bytes, encoding: str) -> bytes:
    """Return text of an encoding in UTF-8."""
    try:
        return data.decode(encoding).removeprefix("\ufeff").encode()
    except UnicodeDecodeError as error:
        raise FormatError(f"Standard input is not {encoding}: {error.reason} at byte {error.start}.") from error
    except LookupError:
        raise FormatError(f"Unknown encoding {encoding!r}. Leave it out to have it detected.") from None
