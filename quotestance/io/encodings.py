"""The encoding of a file that does not say which it has."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

from quotestance.errors import FormatError

_BOMS = (  # the four-byte marks first: UTF-32's little-endian mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 1 << 16  # bytes that the guess of an encoding reads; it stays linear, and short, on huge files
# What western text holds beside ASCII: punctuation, signs, and the letters that are spelled alike in few encodings.
# Signs that eastern encodings have letters for (0xB1, 0xB3, 0xB6, 0xB9, 0xBE ...) are not among them.
_CP1252_PUNCTUATION = frozenset(b"\x80\x82\x84\x85\x8b\x91\x92\x93\x94\x95\x96\x97\x99\x9b\xa0\xa3\xa7\xab\xb0\xb7\xbb")
_CP1252_LETTERS = frozenset({*range(0xC0, 0x100), *b"\x8a\x8c\x9a\x9c\x9f"} - {*b"\xd0\xd7\xde\xf0\xf7\xfe"})
_MOST_LETTERS = 0.2  # share of them in western text; in Cyrillic or Greek nearly every byte is one
_CONTROLS = bytes({*range(32)} - {*b"\t\n\v\f\r\x1b"})


def decode(data: bytes) -> str:
    """Text of a file whose encoding nobody tells.

    A byte order mark decides; without one UTF-8 is tried, then UTF-16 where every other byte is zero, then
    cp1252 (which has latin-1's letters) where the bytes are such as western text has, then the guess of
    charset-normalizer. The mark itself is not part of the text.

    Raises:
        FormatError: The bytes are no text in any encoding that was tried.

    >>> decode("“Non”, dit-il".encode("cp1252"))
    '“Non”, dit-il'
    """
    encoding = encoding_of(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise FormatError(
            f"Not text: the bytes look like {encoding}, but {error.reason} at byte {error.start}. "
            "Save the file as UTF-8."
        ) from error


def encoding_of(data: bytes, *, is_partial: bool = False) -> str:
    """Name of the encoding that :func:`decode` takes for these bytes, a codec of Python's.

    Args:
        data: The bytes of a file, or the first of them that are not ASCII.
        is_partial: More bytes follow, so that the last character may be incomplete.

    Raises:
        FormatError: They are no text in any encoding that was tried.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return encoding
    sample = data[:_SAMPLE]
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros = sample[offset::2].count(0)
        if len(sample) >= 4 and zeros > 0.7 * (len(sample) // 2) and sample[1 - offset :: 2].count(0) == 0:
            return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, final=not is_partial)
    except UnicodeDecodeError:
        return _guess_encoding(sample)
    return "utf-8"


def _guess_encoding(sample: bytes) -> str:
    """Detect the encoding of bytes that are not UTF-8."""
    if b"\0" in sample or len(sample) - len(sample.translate(None, _CONTROLS)) > 0.02 * len(sample):
        raise FormatError("Not text: neither UTF-8 nor UTF-16, and full of control characters. Is it a binary file?")
    high = [byte for byte in sample if byte >= 0x80]
    damaged = sample.decode("utf-8", "replace").count("\ufffd")
    if damaged <= len(high) // 10:
        raise FormatError(f"Damaged text: UTF-8 but for {damaged} character(s). Was the file cut short? Save it anew.")
    letters = sum(byte in _CP1252_LETTERS for byte in high)
    if letters <= max(3, _MOST_LETTERS * len(sample)) and all(
        b in _CP1252_PUNCTUATION or b in _CP1252_LETTERS for b in high
    ):
        return "cp1252"
    best = from_bytes(sample).best()
    if best is None:
        raise FormatError("Not text: no encoding fits the bytes. Save the file as UTF-8.")
    return best.encoding
