"""The encoding of a file that does not say which it has."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass, field

from quotestance.errors import FormatError
from quotestance.io.alphabets import guess_latin

_BOMS = (  # the four-byte marks first: UTF-32's little-endian mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MARKS = tuple(mark for mark, _ in _BOMS)
"""Byte order marks."""

_SAMPLE = 1 << 16  # bytes that the guess of an encoding reads; it stays linear, and short, on huge files
_BEFORE = 256  # bytes of ASCII before the first others that it reads with them
_CONTROLS = bytes({*range(32)} - {*b"\t\n\v\f\r\x1b"})
_UNREADABLE = bytes({*range(1, 32), 0x7F} - {*b"\t\n\v\f\r"})  # in UTF-8, NUL aside
_FEWEST_NULS = 0.25  # share of the bytes of text that is ASCII in wider units; it is a half, or three quarters
_WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_COMMON = " \n.,\u060c\u3002\u3001\uff0c"  # of which some stand in any text; a wrong byte order has none
_UNWRITTEN = frozenset(("Cc", "Cn", "Co", "Cs"))  # categories of Unicode that no article has letters in
_MOST_UNWRITTEN = 0.005  # share of the characters, beside line breaks and tabs
_CUT = re.compile(rb"\A[\x80-\xbf]{1,3}")  # of a character that begins before a sample
_ESCAPE = re.compile(rb"\x1b(?:\$[@AB(]|\([IJ]|\$\)C|N)")
_ESCAPED = ("iso2022_jp", "iso2022_jp_2", "iso2022_jp_3", "iso2022_kr")
_DOCUMENTS = {b"%PDF-": "a PDF file", b"{\\rtf": "an RTF file"}
"""Documents of which some or all bytes are ASCII, by their first bytes."""
_MOST_NULS = 0.01  # share of the characters of a text; one alone is always borne
_FEWEST_FITTING = 4  # bytes in characters of UTF-8 for each that is damaged: two letters, or a mark of _PUNCTUATION
_PUNCTUATION = frozenset("‐‑–—‘’“”…")  # whose bytes stand side by side in no word of another encoding
_AS_GOOD = 0.02  # mess beyond that of the best reading, as charset-normalizer measures it, that tells nothing
SURE = 0.8
"""A guess less confident than this is told in the log."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding, and how sure that is.

    Args:
        name: A codec of Python's.
        confidence: In [0, 1] where it is a guess; ``None`` where a mark or the bytes themselves leave no doubt.
        errors: What becomes of bytes that do not fit, as codecs have it.
    """

    name: str
    confidence: float | None = None
    errors: str = field(default="strict", repr=False)

    def __str__(self) -> str:
        return self.name if self.confidence is None else f"{self.name} (a guess, confidence {self.confidence:.2f})"


def check_encoding(name: str | None) -> None:
    """Raise :class:`FormatError` where somebody names an encoding that there is not; ``None`` is one to be detected."""
    try:
        "".encode("utf-8" if name is None else name)
    except (LookupError, ValueError) as error:  # codecs that make no bytes of text, and NUL in the name
        raise FormatError(f"Unknown encoding {name!r}. Leave it out to have it detected.") from error


def decode(data: bytes) -> str:
    """Text of a file whose encoding nobody tells.

    A byte order mark decides; without one UTF-32 and UTF-16 are tried where there are NUL bytes, then the escape
    sequences of ISO 2022, then UTF-8, of which a few bytes may be damaged, then the encodings of Latin letters by the
    alphabets of the languages that they serve, then the guess of charset-normalizer. The mark itself is not part of the
    text; damaged bytes become U+FFFD.

    Raises:
        FormatError: The bytes are no text in any encoding that was tried.

    >>> decode("“Non”, dit-il".encode("cp1252"))
    '“Non”, dit-il'
    """
    return decode_as(data, detect(data))


def decode_as(data: bytes, encoding: Encoding) -> str:
    """Text of a file in the encoding that was found for it.

    Raises:
        FormatError: The bytes do not fit it, or they are PDF or RTF, or the text is full of NUL characters.
    """
    if kind := next((kind for start, kind in _DOCUMENTS.items() if data.startswith(start)), None):
        raise FormatError(f"Not text: it is {kind}. Save the document as text or HTML.")
    try:
        text = data.decode(encoding.name, encoding.errors)
    except UnicodeDecodeError as error:
        raise FormatError(
            f"Not text: the bytes look like {encoding}, but {error.reason} at byte {error.start}. "
            "Save the file as UTF-8."
        ) from error
    check_nuls(text)
    return text


def check_nuls(text: str) -> None:
    """Raise :class:`FormatError` where a text is so full of NUL characters that it is none."""
    count = text.count("\0")
    if count > max(1, _MOST_NULS * len(text)):
        raise FormatError(
            f"Not text: {count} of {len(text)} characters are NUL. Is it a binary file, or in another encoding?"
        )


def detect(data: bytes, *, of_records: bool = False) -> Encoding:
    """Return the encoding that :func:`decode` takes for these bytes.

    Args:
        data: The bytes of a file, or the first of them that are not ASCII.
        of_records: They are of a file of records, of which more may follow: the last character may be incomplete, and
            a byte that does not fit costs its record and not the file.

    Raises:
        FormatError: They are no text in any encoding that was tried.

    >>> detect(b"caf\\xe9")
    Encoding(name='cp1252', confidence=0.5)
    """
    if told := detect_marked(data):
        return told
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, final=not of_records)
    except UnicodeDecodeError as error:
        first, around = max(0, error.start - _BEFORE), max(0, error.start - _SAMPLE)
        sample = data[first : first + _SAMPLE]
        _check_controls(sample)
        whole = data[around : error.start + _SAMPLE]
        return _damaged_utf8(_CUT.sub(b"", whole) if around else whole) or _guess(sample, of_records=of_records)
    return Encoding("utf-8")


def _check_controls(sample: bytes) -> None:
    if b"\0" in sample or len(sample) - len(sample.translate(None, _CONTROLS)) > 0.02 * len(sample):
        raise FormatError("Not text: neither UTF-8 nor UTF-16, and full of control characters. Is it a binary file?")


def _damaged_utf8(sample: bytes) -> Encoding | None:
    """Return UTF-8 for bytes that are it but for a few; ``None`` where they are not, or fit another encoding better."""
    text = sample.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    fitting = [len(character.encode()) for character in text if character > "\x7f" and character != "\ufffd"]
    if not fitting or sum(fitting) + sum(map(text.count, _PUNCTUATION)) < _FEWEST_FITTING * damaged:
        return None
    if (latin := guess_latin(sample)) and latin.misfits < damaged:
        return None
    return Encoding("utf-8", round(len(fitting) / (len(fitting) + damaged + 1), 3), errors="replace")


def detect_marked(data: bytes) -> Encoding | None:
    """Return the encoding that a byte order mark, NUL bytes or escape sequences tell; ``None`` where none does."""
    marked = next((encoding for bom, encoding in _BOMS if data.startswith(bom)), None)
    told = marked or _wide(data[:_SAMPLE]) or _escaped(data)
    return Encoding(told) if told else None


def _wide(sample: bytes) -> str | None:
    """Return the encoding of text in units of two or four bytes, most of whose ASCII characters hold NUL bytes."""
    if b"\0" not in sample or len(sample) < 4 or _is_utf8_with_nuls(sample):
        return None
    readings = {}
    for encoding in _WIDE:
        size = 4 if "32" in encoding else 2
        try:
            readings[encoding] = codecs.getincrementaldecoder(encoding)().decode(sample[: len(sample) // size * size])
        except UnicodeDecodeError:
            continue
    fitting = {encoding: text for encoding, text in readings.items() if _is_written(text)}
    return max(fitting, key=lambda encoding: sum(map(fitting[encoding].count, _COMMON)), default=None)


def _is_utf8_with_nuls(sample: bytes) -> bool:
    """Whether bytes are UTF-8 and stray NUL bytes, which in pairs may happen to be Chinese."""
    if sample.count(0) >= _FEWEST_NULS * len(sample) or len(sample.translate(None, _UNREADABLE)) < len(sample):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _is_written(text: str) -> bool:
    """Whether nearly all characters are such as people write, and some such as stand in any text."""
    unwritten = sum(unicodedata.category(c) in _UNWRITTEN for c in text) - sum(map(text.count, "\t\n\r\f\v"))
    has_common = text.isascii() or any(c in text for c in _COMMON)
    return has_common and "\0" not in text and unwritten <= _MOST_UNWRITTEN * len(text)


def _escaped(data: bytes) -> str | None:
    """Return the encoding whose escape sequences switch alphabets in bytes that are all ASCII, as in ISO-2022-JP."""
    if not (first := _ESCAPE.search(data)) or not data.isascii():
        return None
    sample = data[first.start() : first.start() + _SAMPLE]
    if b"\x1b$)C" in data[:_SAMPLE]:  # stands once, at the beginning of the file
        sample = data[:_SAMPLE]
    for encoding in _ESCAPED:
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(sample)
        except UnicodeDecodeError:
            continue
        if not text.isascii() and "\x1b" not in text:
            return encoding
    return None


def _guess(sample: bytes, *, of_records: bool) -> Encoding:
    """Return the encoding of bytes that are not UTF-8."""
    if latin := guess_latin(sample, errors="surrogateescape" if of_records else "strict"):
        return Encoding(latin.encoding, latin.confidence)
    from charset_normalizer import from_bytes  # takes longer to import than to read UTF-8

    found = from_bytes(sample)
    best = found.best()
    if best is None:
        raise FormatError("Not text: no encoding fits the bytes. Save the file as UTF-8.")
    readings = {str(other) for other in found if other.chaos <= best.chaos + _AS_GOOD} | {str(best)}
    return Encoding(best.encoding, round((1 - min(best.chaos, 1)) / len(readings), 3))
