"""The article that comes on standard input."""

from __future__ import annotations

import sys
from contextlib import suppress

from quotestance.errors import FormatError
from quotestance.io.encodings import check_encoding, decode
from quotestance.io.records import parse_json
from quotestance.io.webpage import decode_page, is_page, read_page
from quotestance.types import Article


def read_standard_input(encoding: str | None) -> Article:
    """Read an article from standard input, a text or a page.

    Args:
        encoding: Its encoding; by default it is detected.

    Raises:
        FormatError: It is closed, there is no such encoding, it has another, the page has no text, or it holds
            records.
    """
    check_encoding(encoding)
    if sys.stdin is None:
        raise FormatError("Standard input is closed. Name a file.")
    data, name = sys.stdin.buffer.read(), "standard input"
    if encoding is not None:
        data = _recoded(data, encoding)
    if not is_page(data):
        text = decode(data)
        if _is_json(text):
            raise FormatError("Standard input is JSON, not a text. Save it as .json or .jsonl, and name that file.")
        return Article(text, id=name)
    page = read_page(data.decode() if encoding is not None else decode_page(data))
    if not page.text:
        raise FormatError("The page on standard input has no readable text. Copy the text itself.")
    meta = {"outlet": page.outlet} if page.outlet else {}
    return Article(page.text, id=name, title=page.title, published=page.published, url=page.url, meta=meta)


def _is_json(text: str) -> bool:
    """Whether a text is an object or a list of objects, or its first line is, as in JSON Lines."""
    start = text.lstrip()
    if not start.startswith(("{", "[")):
        return False
    for part in (start, start.partition("\n")[0]):
        with suppress(FormatError):
            found = parse_json(part)
            if isinstance(found[0] if isinstance(found, list) and found else found, dict):
                return True
    return False


def _recoded(data: bytes, encoding: str) -> bytes:
    """Return text of an encoding in UTF-8."""
    try:
        return data.decode(encoding).removeprefix("\ufeff").encode()
    except UnicodeDecodeError as error:
        raise FormatError(f"Standard input is not {encoding}: {error.reason} at byte {error.start}.") from error
