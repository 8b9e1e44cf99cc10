"""Inputs that break readers, some 400 kinds of them, the same for the same seed.

Every kind makes one path in a folder that it is given: a file, a link, a FIFO, whatever. Names tell what it is.
"""

from __future__ import annotations

import base64
import codecs
import json
import os
import random
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SEED = 20_261_127
_SAID = '"We will talk," Liu said on Monday. "No limits," he added, and left the hall. '
_TEXTS = {
    "english": _SAID * 3,
    "french": "Le président a déclaré que la guerre est finie et que l'armée française était prête à rentrer. " * 2,
    "german": 'Der Außenminister erklärte: "Wir müssen über Frieden verhandeln", und fügte hinzu, er höre zu. ' * 2,
    "spanish": "El señor Muñoz dijo que la situación mejoró después del año pasado, según él mismo añadió. " * 2,
    "polish": "Minister powiedział wczoraj, że rozmowy zaczną się w poniedziałek. Wszyscy są źli i głodni. " * 2,
    "czech": "Ministr zahraničí řekl, že příměří bude dodrženo a že nechce válku, dodal po jednání v Praze. " * 2,
    "hungarian": "A külügyminiszter azt mondta, hogy a tárgyalások folytatódnak, és őszintén reméli a békét. " * 2,
    "turkish": "Dışişleri Bakanı görüşmelerin süreceğini söyledi ve barış için çağrı yaptı, şöyle dedi. " * 2,
    "russian": "Министр сказал вчера, что переговоры начнутся в понедельник. Никто этому не верит. " * 2,
    "greek": "Ο υπουργός είπε ότι οι διαπραγματεύσεις θα συνεχιστούν την επόμενη εβδομάδα. " * 2,
    "arabic": "قال الوزير إن المفاوضات ستستمر وأضاف أن القوات لن تنسحب من المدينة. " * 2,
    "hebrew": "השר אמר כי השיחות יימשכו וכי הכוחות לא ייסוגו מן העיר בשבוע הבא. " * 2,
    "chinese": "外交部长说，谈判将继续进行，军队不会撤出这座城市。\n" * 3,
    "japanese": "外務大臣は「戦争は終わった」と述べた。交渉は来週も続く予定だと、関係者が語った。\n" * 3,
    "korean": "외무장관은 협상이 계속될 것이라고 말했다. 군대는 철수하지 않을 것이다.\n" * 3,
}
_ENCODINGS = (
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-7", "cp1250",
    "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp437", "cp850", "cp852", "cp866", "cp932", "cp949",
    "iso8859-2", "iso8859-5", "iso8859-7", "iso8859-15", "koi8-r", "mac_roman", "gb18030", "big5", "hz", "euc_jp",
    "euc_kr", "iso2022_jp", "iso2022_kr", "cp037",
)  # fmt: skip
_SUFFIXES = (".txt", ".md", ".html", ".json", ".jsonl", ".csv", ".tsv", ".parquet")
_CHARACTERS = {
    "nul": "\0",
    "escape": "\x1b[31m",
    "bell": "\x07",
    "delete": "\x7f",
    "next line": "\x85",
    "line separator": "\u2028",
    "right to left": "\u202e",
    "zero width": "\u200b",
    "bom inside": "\ufeff",
    "noncharacter": "\uffff",
    "private": "\ue000",
    "astral": "\U0001f600",
    "combining": "e" + "\u0301" * 500,
    "last": "\U0010ffff",
    "replacement": "\ufffd",
    "carriage return": "\r",
    "form feed": "\f",
    "soft hyphen": "\u00ad",
}


@dataclass(frozen=True, slots=True)
class Hostile:
    """One kind of input.

    Args:
        name: What it is.
        suffix: Of its file, with the dot.
        make: Writes it at a path.
    """

    name: str
    suffix: str
    make: Callable[[Path], object]


def hostile_inputs(seed: int = SEED) -> list[Hostile]:
    """Every kind, in a fixed order."""
    chance = random.Random(seed)  # noqa: S311
    kinds = [*_encoded(), *_mixed(), *_binary(chance), *_json(), *_tables(), *_pages(), *_parquet(), *_paths()]
    assert len({(kind.name, kind.suffix) for kind in kinds}) == len(kinds)
    return kinds


def _written(name: str, suffix: str, content: bytes | str) -> Hostile:
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return Hostile(name, suffix, lambda path: path.write_bytes(data))


def _encoded() -> Iterator[Hostile]:
    for language, text in _TEXTS.items():
        for encoding in _ENCODINGS:
            try:
                data = text.encode(encoding)
                page = f'<html><head><meta charset="{encoding}"></head><p>{text}</p></html>'.encode(encoding)
            except UnicodeEncodeError:
                continue
            yield _written(f"{language} in {encoding}", ".txt", data)
            if language in ("french", "japanese", "russian"):
                yield _written(f"{language} declared {encoding}", ".html", page)
                yield _written(f"{language} cut in {encoding}", ".md", data[: len(data) // 2 + 1])


def _mixed() -> Iterator[Hostile]:
    for name, character in _CHARACTERS.items():
        yield _written(f"one {name}", ".txt", f"{_SAID}{character}{_SAID}")
        yield _written(f"many {name}", ".txt", f"{_SAID}{character * 300}")
        yield _written(f"{name} in a cell", ".csv", f'id,text\n1,"{_SAID.replace(chr(34), chr(34) * 2)}{character}"\n')
        yield _written(f"{name} in a string", ".jsonl", json.dumps({"text": _SAID + character}, ensure_ascii=False))
    surrogates_of = {"high": "\ud83d", "low": "\ude00", "pair": "\ud83d\ude00", "turned": "\ude00\ud83d"}
    for name, surrogates in surrogates_of.items():
        yield _written(f"surrogate {name} as bytes", ".txt", _SAID + surrogates)
        yield _written(f"surrogate {name} escaped", ".json", json.dumps({"text": _SAID + surrogates}))
    yield _written("two encodings", ".txt", "é".encode() * 20 + b"\xe9" * 20)
    yield _written("mark alone", ".txt", codecs.BOM_UTF16_LE)
    yield _written("two marks", ".txt", codecs.BOM_UTF8 * 2 + _SAID.encode())
    yield _written("mark of another encoding", ".txt", codecs.BOM_UTF16_LE + _SAID.encode() + b"!")
    for size in (0, 1, 2, 3):
        yield _written(f"{size} bytes", ".txt", b"\xff" * size)
    yield _written("one word of a megabyte", ".txt", "a" * 1_000_000)
    yield _written("one sentence of a megabyte", ".txt", "and he said that " * 60_000)
    yield _written("quotation marks only", ".txt", '"' * 300_000)
    yield _written("blank lines only", ".txt", "\n" * 1_000_000)
    yield _written("white space only", ".md", " \t\u00a0\n" * 1_000)


def _binary(chance: random.Random) -> Iterator[Hostile]:
    magic = {
        "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF",
        "gzip": b"\x1f\x8b\x08\0",
        "zip": b"PK\x03\x04\x14\0",
        "pdf": b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n",
        "elf": b"\x7fELF\x02\x01\x01\0",
        "sqlite": b"SQLite format 3\0",
        "parquet": b"PAR1",
    }
    for name, head in magic.items():
        for suffix in _SUFFIXES:
            yield _written(f"{name} as {suffix}", suffix, head + chance.randbytes(2_000))
    for suffix in _SUFFIXES:
        yield _written("empty", suffix, b"")
        yield _written("random", suffix, chance.randbytes(5_000))
        yield _written("zeros", suffix, bytes(10_000))
        yield _written("high bytes", suffix, bytes(chance.randrange(128, 256) for _ in range(5_000)))


def _json() -> Iterator[Hostile]:
    text = json.dumps(_SAID)
    values = {
        "deep lists": "[" * 100_000,
        "deep objects": '{"a":' * 50_000,
        "deep and closed": "[" * 900 + "]" * 900,
        "deep meta": f'{{"text": {text}, "x": {"[" * 400}{"]" * 400}}}',
        "huge integer": f'{{"text": {text}, "n": {"9" * 9_000}}}',
        "huge exponent": f'{{"text": {text}, "n": 1e999999}}',
        "text is a number": f'{{"text": {"1" * 5_000}}}',
        "nan": f'{{"text": {text}, "n": NaN, "m": -Infinity}}',
        "doubled": f'{{"text": {text}, "text": "other"}}',
        "doubled alike": f'{{"text": {text}, "text": {text}}}',
        "mark": f'\ufeff{{"text": {text}}}',
        "null": "null",
        "number": "5",
        "string": text,
        "empty list": "[]",
        "empty object": "{}",
        "text null": '{"text": null}',
        "text list": '{"text": ["a"]}',
        "trailing": f'{{"text": {text}}}}}',
        "cut": f'{{"text": {text[:-5]}',
        "comment": f'// no\n{{"text": {text}}}',
        "single quotes": "{'text': 'a'}",
        "control": '{"text": "a\x01b"}',
        "quotes of a wrong type": f'{{"text": {text}, "quotes": [5]}}',
        "id an object": f'{{"text": {text}, "id": {{}}}}',
        "quotes out of range": '{"text": "A.", "quotes": [{"kind": "direct", "content": [[0, 99]]}]}',
        "many keys": json.dumps({"text": _SAID, **{f"k{n}": n for n in range(20_000)}}),
        "nul": f'{{"text": "{chr(92)}u0000"}}',
        "nuls": json.dumps({"text": "\0" * 100}),
        "long key": json.dumps({"k" * 500_000: 1, "text": _SAID}),
        "keys of other case": json.dumps({"Text": _SAID}),
        "carriage returns": f'{{"text": {text}}}\r{{"text": {text}}}',
    }
    for name, value in values.items():
        for suffix in (".json", ".jsonl"):
            yield _written(f"json {name}", suffix, value)
    yield _written("json ten thousand bad lines", ".jsonl", "{\n" * 10_000)


def _tables() -> Iterator[Hostile]:
    rows = "".join(f"{n},He said no.\n" for n in range(1_000))
    tables = {
        "unclosed": f'id,text\n0,"He said\n{rows}',
        "unclosed at the end": f'id,text\n{rows}1000,"He said',
        "unclosed in every row": "id,text\n" + '1,"He said\n' * 1_000,
        "stray": 'id,text\n1,"He said "no""\n2,B.\n',
        "one mark": '"',
        "marks": '"' * 9_999,
        "marks in rows": "id,text\n" + '",",\n' * 5_000,
        "opening and closing": "id,text\n" + 'a",x,"b\n' * 5_000,
        "a cell of two megabytes": f"text\n{'x' * 2_000_000}\n",
        "a row of commas": f"id,text\n{',' * 200_000}\n",
        "a header of commas": f"{',' * 200_000}text\n",
        "header only": "id,text\n",
        "no header": "1,A.\n2,B.\n",
        "header twice": "text,text\nA.,B.\n",
        "rows too long": "id,text\n1,A.,C.\n",
        "rows too short": "id,text\n1\n",
        "carriage returns": "id,text\r1,A.\r2,B.\r",
        "line separator": "id,text\n1,A\u2028B\n",
        "nul": "id,text\n1,A\0B\n",
        "nuls": "id,text\n1," + "\0" * 200 + "\n",
        "blank": "\n\n\n",
        "formula": "id,text\n1,=1+1\n",
        "bytes that do not fit": "id,text\n1,é\n2,B\n",
    }
    for name, table in tables.items():
        yield _written(f"table {name}", ".csv", table)
        yield _written(f"table {name}", ".tsv", table.replace(",", "\t"))


def _pages() -> Iterator[Hostile]:
    said = f"<p>{_SAID}</p>"
    bomb = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    pages = {
        "nested div": "<div>" * 100_000 + said,
        "nested b": said + "<b>" * 100_000 + said,
        "nested sup": f"<p>{'<sup>' * 1_900}1{'</sup>' * 1_900}</p>" * 42,
        "nested 300": "<div>" * 300 + said,
        "nested tables": "<table><tr><td>" * 5_000 + said,
        "nested lists": "<ul><li>" * 5_000 + said,
        "entity bomb": f'<!DOCTYPE x [<!ENTITY a0 "ha">{bomb}]><p>&a9; {_SAID}',
        "entities": "<p>" + "&amp;" * 100_000,
        "numeric entities": "<p>&#0;&#55357;&#56832;&#1114112;&#x110000;" + _SAID,
        "a megabyte": said * 10_000,
        "an attribute": f"<p class='{'x ' * 300_000}'>{_SAID}",
        "attributes": f"<p {'a=1 ' * 50_000}>{_SAID}",
        "tables": f"<table><tr><td>{_SAID}</td></tr></table>" * 2_000,
        "links": "<a href=x>y</a> " * 20_000,
        "breaks": "a<br>" * 50_000,
        "comment": f"<!--{_SAID}",
        "script": f"<script>{_SAID}",
        "no text": "<p></p>",
        "title only": "<title>Talks</title>",
        "cdata": f"<![CDATA[{_SAID}]]>",
        "xml": f'<?xml version="1.0"?><p>{_SAID}</p>',
        "charset unknown": f'<meta charset="klingon">{said}',
        "charset zip": f'<meta charset="zip">{said}é',
        "charset utf-7": f'<meta charset="utf-7">+ADw-p+AD4-{said}',
        "charset lies": f'<meta charset="utf-16">{said}',
        "data uri": f'<img src="data:image/png;base64,{base64.b64encode(bytes(200_000)).decode()}">{said}',
        "json-ld": f'<script type="application/ld+json">{"[" * 20_000}</script>{said}',
        "frames": "<frameset><frame>",
        "date": f'<meta property="article:published_time" content="{"9" * 10_000}">{said}',
        "plaintext": f"<plaintext>{said}",
        "metas": "<meta name=author content=x>" * 5_000 + said,
        "title": f"<title>{'t ' * 100_000}</title>{said}",
        "textarea": f"<textarea>{_SAID}",
        "svg": f"<svg><foreignObject>{said}</foreignObject></svg>",
        "null tags": "<\0p>" * 99,
    }
    for name, page in pages.items():
        yield _written(f"page {name}", ".html", page)
    for piece in ("<", "<a ", "<a b='", "<!--", "<![", "</", "&#", "<p x=<", "<article>", "<nav>"):
        yield _written(f"page of {piece}", ".htm", piece * (100_000 // len(piece)))


def _parquet() -> Iterator[Hostile]:
    import pyarrow as pa

    columns = {
        "binary": [_SAID.encode()],
        "binary cp1252": ["“Non”, dit-il, café".encode("cp1252")],
        "binary junk": [bytes(range(256)) * 4],
        "binary utf-16": [_SAID.encode("utf-16")],
        "null": [None],
        "integers": [5],
        "lists": [[_SAID]],
        "empty": pa.array([], pa.string()),
        "dictionary": pa.array([_SAID] * 100).dictionary_encode(),
        "large": pa.array([_SAID], pa.large_string()),
        "fixed": pa.array([b"abcd"], pa.binary(4)),
        "structs": [{"a": _SAID}],
        "two megabytes": ["x" * 2_000_000],
    }
    for name, values in columns.items():
        yield Hostile(f"parquet {name}", ".parquet", lambda path, values=values: _write_parquet(path, {"text": values}))
    others = {
        "decimal": pa.array([1], pa.decimal128(5)),
        "far": pa.array([2**50], pa.timestamp("ms")),
        "raw": [b"\xff"],
    }
    for name, values in others.items():
        table = {"text": [_SAID], "other": values}
        yield Hostile(f"parquet beside {name}", ".parquet", lambda path, table=table: _write_parquet(path, table))
    for share in (0.2, 0.5, 0.9, 0.99):
        yield Hostile(f"parquet cut at {share}", ".parquet", lambda path, share=share: _write_cut(path, share))


def _write_parquet(path: Path, columns: dict[str, object]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path)


def _write_cut(path: Path, share: float) -> None:
    _write_parquet(path, {"text": [_SAID] * 100})
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])


def _paths() -> Iterator[Hostile]:
    for suffix in _SUFFIXES:
        yield Hostile("fifo", suffix, os.mkfifo)
        yield Hostile("link to itself", suffix, lambda path: path.symlink_to(path))
        yield Hostile("broken link", suffix, lambda path: path.symlink_to(path.with_name("gone")))
        yield Hostile("link to zeros", suffix, lambda path: path.symlink_to("/dev/zero"))
        yield Hostile("link to a terminal", suffix, lambda path: path.symlink_to("/dev/tty"))
        yield Hostile("link to a folder", suffix, lambda path: path.symlink_to("/"))
        yield Hostile("socket", suffix, _make_socket)
        yield Hostile("no permission", suffix, _make_unreadable)


def _make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        here = os.open(path.parent, os.O_RDONLY)  # the address of a socket is short: it is named by the open folder
        try:
            made.bind(f"/proc/self/fd/{here}/{path.name}")
        finally:
            os.close(here)


def _make_unreadable(path: Path) -> None:
    path.write_text(_SAID)
    path.chmod(0)
