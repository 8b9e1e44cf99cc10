"""Files and folders become articles; what cannot be read costs one article with an error and nothing else."""

from __future__ import annotations

import csv
import json
import os
import socket
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from clock import Clock
from hypothesis import given
from hypothesis import strategies as st

from quotestance import Article, Quote, Span, Speaker, Stance
from quotestance.errors import FormatError
from quotestance.io.article_lines import write_articles
from quotestance.io.encodings import decode
from quotestance.io.readers import read_articles
from quotestance.io.table import to_csv, to_jsonl, to_parquet
from quotestance.io.webpage import is_page
from quotestance.text import json_line

TEXT = '"We will talk," Liu said.\r\n\r\n“No limits.”\n'
SUFFIXES = (".txt", ".md", ".html", ".htm", ".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")


def read(path: Path, content: bytes | str | None = None, **options: Any) -> list[Article]:
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_articles(path, **options))


def write_parquet(path: Path, columns: dict[str, Any]) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path)
    return path


# Text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_readers_leave_the_text_of_a_text_file_as_it_is(tmp_path: Path, encoding: str) -> None:
    [article] = read(tmp_path / "a.txt", TEXT.encode(encoding))
    assert (article.text, article.id, article.error) == (TEXT, "a.txt", None)


def test_readers_read_an_empty_file_and_nuls_as_they_are(tmp_path: Path) -> None:
    assert read(tmp_path / "empty.txt", b"") == [Article("", id="empty.txt")]
    assert read(tmp_path / "nul.md", b"a\0b")[0].text == "a\0b"


def test_readers_take_the_encoding_that_they_are_told(tmp_path: Path) -> None:
    assert read(tmp_path / "a.txt", "Ђока".encode("cp1251"), encoding="cp1251")[0].text == "Ђока"
    [article] = read(tmp_path / "b.txt", b"\xff\xfe\xfd", encoding="utf-8")
    assert article.error is not None
    assert "not utf-8" in article.error
    with pytest.raises(FormatError, match="Unknown encoding 'klingon'"):
        read_articles(tmp_path, encoding="klingon")
    with pytest.raises(FormatError, match="Unknown encoding 'rot13'"):
        read_articles(tmp_path, encoding="rot13")


# Folders


def test_readers_read_a_folder_in_the_order_of_its_names(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/sub/c.md", "c.TXT", ".hidden.txt", ".git/d.txt", "photo.jpg", "README"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    articles = read(tmp_path)
    assert [article.id for article in articles] == ["a/sub/c.md", "a/z.txt", "b.txt", "c.TXT"]
    assert [article.text for article in articles] == [article.id for article in articles]


def test_readers_refuse_what_is_not_there_or_of_no_known_kind_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist"):
        read_articles(tmp_path / "nothing.txt")
    (tmp_path / "a.docx").write_bytes(b"PK")
    with pytest.raises(FormatError, match=r"unknown kind of file '\.docx'\. Available: \.txt"):
        read_articles(tmp_path / "a.docx")


def test_readers_keep_the_place_of_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A.")
    (tmp_path / "b.txt").symlink_to(tmp_path / "gone.txt")
    os.mkfifo(tmp_path / "c.txt")
    (tmp_path / "d.txt").mkdir()
    (tmp_path / "d.txt" / "inner.txt").write_text("D.")
    (tmp_path / "e.txt").symlink_to(tmp_path / "d.txt")
    (tmp_path / "f.txt").write_bytes(b"\x00\xff\x00\x01\x02\x80\x81" * 100)
    (tmp_path / "g.txt").write_text("G.")
    articles = read(tmp_path)
    assert [article.id for article in articles] == [
        *("a.txt", "b.txt", "c.txt", "d.txt/inner.txt", "e.txt", "f.txt", "g.txt"),
    ]
    errors = [article.error or "" for article in articles]
    assert [bool(error) for error in errors] == [False, True, True, False, True, True, False]
    assert f"{tmp_path / 'b.txt'}: a broken link. Restore what it points to" in errors[1]
    assert "neither a file nor a folder" in errors[2]
    assert "name the folder that it links to" in errors[4]
    assert "Is it a binary file?" in errors[5]


@pytest.mark.parametrize(
    ("data", "kind"), [(b"%PDF-1.4\n1 0 obj\n", "a PDF file"), (rb"{\rtf1\ansi He fled.}", "an RTF file")]
)
def test_readers_name_documents_that_only_look_like_text(tmp_path: Path, data: bytes, kind: str) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    (article,) = read(tmp_path)
    assert f"it is {kind}. Save the document as text" in (article.error or "")


def test_readers_tell_of_missing_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Tests may run as root, whom no permission stops.
    (tmp_path / "a.txt").write_text("A.")
    (tmp_path / "closed").mkdir()
    (tmp_path / "z.txt").write_text("Z.")
    open_descriptor, iterdir = os.open, Path.iterdir

    def refuse_both(path: Any, *rest: Any, **more: Any) -> int:
        if str(path).endswith(("a.txt", "closed")):
            raise PermissionError(13, "Permission denied", str(path))
        return open_descriptor(path, *rest, **more)

    def refuse_closed(path: Path) -> Any:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return iterdir(path)

    monkeypatch.setattr(os, "open", refuse_both)
    monkeypatch.setattr(Path, "iterdir", refuse_closed)
    first, closed, last = read(tmp_path)
    assert first.error == f"{tmp_path / 'a.txt'}: Permission denied. Check that it exists and may be read."
    assert (closed.id, closed.text) == ("closed", "")
    assert "Check its permissions" in (closed.error or "")
    assert last.text == "Z."


def test_readers_do_not_follow_links_to_folders_into_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.txt").write_text("B.")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    assert [article.id for article in read(tmp_path)] == ["a/b.txt"]


def test_readers_give_a_name_that_is_no_text_as_replacement_characters(tmp_path: Path) -> None:
    for name in (b"\xfe.txt", b"\xff.txt"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("A.")
    assert [article.id for article in read(tmp_path)] == ["\ufffd.txt", "\ufffd.txt#2"]


# Records


def test_readers_take_the_usual_fields_and_keep_the_rest(tmp_path: Path) -> None:
    record = {"headline": "Talks", "publishedAt": "2024-11-02", "Source URL": "https://x.org", "text": TEXT, "n": [1]}
    [article] = read(tmp_path / "a.json", json.dumps(record))
    assert article == Article(
        TEXT, id="a.json", title="Talks", published="2024-11-02", url="https://x.org", meta={"n": [1]}
    )


def test_readers_take_a_date_that_a_table_made_a_fraction(tmp_path: Path) -> None:
    [article] = read(tmp_path / "a.json", json.dumps({"text": TEXT, "date": 20220301.0}))
    assert (article.published, article.meta) == ("20220301", {})


@pytest.mark.parametrize("published", [True, 1, "TRUE", "yes"])
def test_readers_do_not_take_whether_it_is_published_for_the_date(tmp_path: Path, published: object) -> None:
    record = {"text": TEXT, "id": True, "published": published, "publish_date": "2022-03-01"}
    [article] = read(tmp_path / "a.json", json.dumps(record))
    assert (article.id, article.published) == ("a.json", "2022-03-01")
    assert article.meta == {"id": True, "published": published}


def test_readers_say_of_an_address_that_nothing_is_fetched() -> None:
    with pytest.raises(FileNotFoundError, match="Nothing is fetched: save it"):
        read_articles("https://news.example/talks.html")


def test_readers_read_what_was_written(tmp_path: Path) -> None:
    text = '"We will talk," Liu said, and \ud83d left.'
    speaker = Speaker("Liu Pengyu", "person", "spokesperson", country="CHN")
    quote = Quote(
        "direct",
        (Span.of(text, 1, 14),),
        source=Span.of(text, 16, 19),
        speaker=speaker,
        stance=Stance.certain("neutral"),
    )
    articles = [
        Article(text, id="x", title="T\u2028", meta={"a": {"b": 1}}, quotes=(quote,)),
        Article("", id="y", error="unreadable"),
    ]
    write_articles(articles, tmp_path / "gold.jsonl")
    first, second = read_articles(tmp_path / "gold.jsonl")
    assert first.quotes == (quote,)
    assert first.text == text.replace("\ud83d", "\ufffd")
    assert (first.id, first.title, first.meta) == ("x", "T\u2028", {"a": {"b": 1}})
    assert second == articles[1]
    assert [file.name for file in tmp_path.iterdir()] == ["gold.jsonl"]


def test_readers_write_json_whatever_meta_holds(tmp_path: Path) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    inner = [{"rate": float("inf")}, (1.5, 2), Path("a.txt")]
    meta: dict[Any, Any] = {"score": float("nan"), "counts": {("a", 1): 2, 3: 4, None: 5}, "inner": inner}
    write_articles([Article("A.", id="x", meta=meta)], tmp_path / "a.jsonl")
    written = json.loads((tmp_path / "a.jsonl").read_text(), parse_constant=refuse)["meta"]
    assert written == {
        "score": None,
        "counts": {"('a', 1)": 2, "3": 4, "null": 5},
        "inner": [{"rate": None}, [1.5, 2], "a.txt"],
    }
    assert next(read_articles(tmp_path / "a.jsonl")).meta == written


@pytest.mark.parametrize("depth", [1, 100_000], ids=["circle", "deep"])
def test_readers_name_the_article_and_the_field_that_no_json_can_hold(tmp_path: Path, depth: int) -> None:
    value: list[Any] = []
    if depth == 1:
        value.append(value)
    for _ in range(depth):
        value = [value]
    with pytest.raises(FormatError, match="Article 'x': the field 'tree' of meta holds itself, or is nested too"):
        write_articles([Article("A.", id="x", meta={"good": 1, "tree": value})], tmp_path / "a.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_readers_leave_the_file_that_is_there_when_writing_fails(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("precious")

    def failing() -> Any:
        yield Article("A.")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_articles(failing(), tmp_path / "a.jsonl")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.jsonl", "precious")]


@pytest.mark.parametrize("is_there", [True, False])
def test_readers_write_through_a_link(tmp_path: Path, is_there: bool) -> None:
    (tmp_path / "data").mkdir()
    if is_there:
        (tmp_path / "data" / "real.jsonl").write_text("old")
    (tmp_path / "link.jsonl").symlink_to(Path("data") / "real.jsonl")
    write_articles([Article("A.")], tmp_path / "link.jsonl")
    assert (tmp_path / "link.jsonl").is_symlink()
    assert json.loads((tmp_path / "data" / "real.jsonl").read_text())["text"] == "A."


def test_readers_number_records_and_tell_the_line_of_a_bad_one(tmp_path: Path) -> None:
    lines = ['{"text": "A."}', "", "{broken", "[1]", '{"body": "B."}', '{"text": null}', '{"text": "C.", "id": 7}']
    articles = read(tmp_path / "a.jsonl", "\n".join(lines))
    assert [article.id for article in articles] == ["a.jsonl#1", *(f"a.jsonl#{n}" for n in range(2, 6)), "7"]
    assert [article.text for article in articles] == ["A.", "", "", "", "", "C."]
    errors = [article.error or "" for article in articles]
    assert errors[1].startswith(f"{tmp_path / 'a.jsonl'}, line 3: not valid JSON")
    assert "line 4: a list where an object with a field 'text' belongs" in errors[2]
    assert "line 5: no text in field 'text'. Fields: body." in errors[3]
    assert "text_column" in errors[4]


def test_readers_tell_where_in_a_line_or_file_json_ends(tmp_path: Path) -> None:
    *_, last = read(tmp_path / "a.jsonl", '{"text": "A."}\n' * 6 + '{"text": \n')
    assert (last.error or "").endswith("line 7: not valid JSON: Expecting value: column 10. Mend or remove it.")
    [article] = read(tmp_path / "b.json", '{"text": "A.",\n "id": }')
    assert (article.error or "").endswith("not valid JSON: Expecting value: line 2 column 8. Mend or remove it.")


@pytest.mark.parametrize(
    "record",
    [
        {"text": "A.", "quotes": [5]},
        {"text": "A.", "quotes": [{"kind": "direct", "content": [[0, 99]]}]},
        {"text": "A.", "quotes": [{"kind": "direct", "content": [[0, 1]], "speeker": {"name": "Liu"}}]},
        {"text": "A.", "quotes": [], "meta": 5},
        {"text": "A.", "quotes": [], "title": 5},
        {"text": 5, "quotes": []},
    ],
)
def test_readers_refuse_a_broken_annotation_in_its_place(tmp_path: Path, record: dict[str, Any]) -> None:
    bad, good = read(tmp_path / "a.json", json.dumps([record, {"text": "B.", "quotes": []}]))
    assert (bad.id, bad.text) == ("a.json#1", "")
    assert f"{tmp_path / 'a.json'}, record 1: " in (bad.error or "")
    assert good == Article("B.", id="a.json#2")


def test_readers_keep_quotes_of_another_making_as_meta(tmp_path: Path) -> None:
    [article] = read(tmp_path / "a.json", json.dumps({"text": "A.", "quotes": ["hm"], "author": "X"}))
    assert (article.text, article.quotes, article.meta) == ("A.", (), {"quotes": ["hm"], "author": "X"})


@pytest.mark.parametrize("quotes", [(), (Quote("direct", (Span(0, 2, "No"),)),)])
def test_readers_keep_the_quotes_of_a_record_that_has_a_field_more(tmp_path: Path, quotes: tuple[Quote, ...]) -> None:
    scored = Article("No, he said.", id="x", meta={"page": 3}, quotes=quotes, error=None if quotes else "too long")
    record = scored.to_dict() | {"lang": "en", "page": 4, "key": 7}
    [article] = read(tmp_path / "a.json", json.dumps(record))
    assert article == scored.replace(meta={"lang": "en", "page": 3, "key": 7})
    [article] = read_articles(tmp_path / "a.json", id_column="key")
    assert article == scored.replace(id="7", meta={"lang": "en", "page": 3})


@pytest.mark.parametrize(
    "further",
    [
        {"id": 5, "quotes": []},
        {"quotes": [{"kind": "direct", "content": [[0, 2]]}], "published": 1704153600},
        {"quotes": [], "meta": "politics, war"},
        {"quotes": [], "error": False},
        {"quotes": [{"kind": "direct", "content": ["No"]}]},
    ],
)
def test_readers_lose_no_record_for_quotes_beside_other_fields(tmp_path: Path, further: dict[str, Any]) -> None:
    record = {"text": "No, he said.", "headline": "Talks", "lang": "en", **further}
    [article] = read(tmp_path / "a.json", json.dumps(record))
    assert (article.text, article.title, article.error) == ("No, he said.", "Talks", None)
    assert article.meta["lang"] == "en"


def test_readers_take_the_text_of_another_column_beside_quotes(tmp_path: Path) -> None:
    record = {"body": "No.", "quotes": [{"kind": "direct", "content": [[0, 2]]}]}
    (tmp_path / "a.json").write_text(json.dumps(record))
    [article] = read_articles(tmp_path / "a.json", text_column="body")
    assert (article.text, article.quotes, article.error) == ("No.", (), None)


def test_readers_make_ids_unique(tmp_path: Path) -> None:
    records = [{"text": "A.", "id": name} for name in ("x", "x", "x#2", "x", "a.json#6", None, "")]
    ids = [article.id for article in read(tmp_path / "a.json", json.dumps(records))]
    assert ids == ["x", "x#2", "x#2#2", "x#3", "a.json#6", "a.json#6#2", "a.json#7"]


def test_readers_take_the_id_column_that_they_are_told(tmp_path: Path) -> None:
    first, second = read(tmp_path / "a.csv", "key,id,text\nk1,5,A.\n,6,B.\n", id_column="key")
    assert (first.id, first.meta) == ("k1", {"id": "5"})
    assert "no id in field 'key'" in (second.error or "")


@pytest.mark.parametrize(
    "content", ["", "{", '{"text": ' + "[" * 100_000, '{"text": ' + "1" * 5000 + "}", "5", b'\xff{"text": "\x00"}']
)
def test_readers_survive_junk_in_json(tmp_path: Path, content: str | bytes) -> None:
    [article] = read(tmp_path / "a.json", content)
    assert (article.id, article.text) == ("a.json", "")
    assert (article.error or "").startswith(f"{tmp_path / 'a.json'}: ")


def test_readers_read_a_line_of_fifty_megabytes(tmp_path: Path) -> None:
    long = json.dumps({"text": "x" * 50_000_000})
    first, second = read(tmp_path / "a.jsonl", long + '\n{"text": "B."}\n')
    assert (len(first.text), second.text) == (50_000_000, "B.")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_readers_detect_the_encoding_of_a_long_table(tmp_path: Path, encoding: str) -> None:
    rows = ["text"] + ["plain"] * 20_000 + ["“Non”, dit-il – café"]
    content = "\r\n".join(f'"{row}"' for row in rows).encode(encoding)
    assert read(tmp_path / "a.csv", content)[-1].text == rows[-1]
    lines = "\n".join(json.dumps({"text": row}, ensure_ascii=False) for row in rows[1:]).encode(encoding)
    assert read(tmp_path / "a.jsonl", lines)[-1].text == rows[-1]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_readers_lose_one_record_to_a_byte_that_does_not_fit(tmp_path: Path, name: str) -> None:
    rows = [b"caf\xc3\xa9", b"caf\xe9", b"th\xc3\xa9"]
    lines = rows if name == "a.csv" else [b'{"text": "' + row + b'"}' for row in rows]
    first, second, third = read(tmp_path / name, (b"text\n" if name == "a.csv" else b"") + b"\n".join(lines))
    assert (first.text, third.text) == ("café", "thé")
    assert f"line {3 if name == 'a.csv' else 2}: the byte 0xe9 does not fit" in (second.error or "")


def rows_of(name: str, rows: list[bytes]) -> bytes:
    """Write texts as a table or as JSON Lines."""
    lines = [b"text", *rows] if name.endswith((".csv", ".tsv")) else [b'{"text": "' + row + b'"}' for row in rows]
    return b"\n".join(lines)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl"])
@pytest.mark.parametrize("stray", [b"\xe9", b"\xff", b"\x81", b"\xe2\x80"])
@pytest.mark.parametrize("text", ["café", "“Non” – dit-il à Zürich", "谈判将继续进行。"])
@pytest.mark.parametrize(("plain", "others"), [(0, 1), (0, 40), (3_000, 2)])
def test_readers_lose_one_record_to_a_first_byte_that_does_not_fit(
    tmp_path: Path, name: str, stray: bytes, text: str, plain: int, others: int
) -> None:
    rows = [b"caf" + stray, *[b"plain words in a plain row"] * plain]
    first, *rest = read(tmp_path / name, rows_of(name, [*rows, *[text.encode()] * others]))
    assert "does not fit the encoding of the file" in (first.error or "")
    assert [article.text for article in rest[plain:]] == [text] * others
    assert not any(article.error or article.meta for article in rest)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_readers_keep_the_encoding_of_a_table_with_a_byte_that_it_does_not_have(tmp_path: Path, name: str) -> None:
    text = "Le président a déclaré que l'armée était prête à rentrer."
    rows = [text.encode("cp1252")] * 4
    *before, lost, last = read(tmp_path / name, rows_of(name, [*rows, b"caf\x81", *rows[:1]]))
    assert [article.text for article in (*before, last)] == [text] * 5
    assert {article.meta["encoding"] for article in before} == {"cp1252"}
    assert "the byte 0x81 does not fit" in (lost.error or "")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Ο υπουργός είπε ότι οι διαπραγματεύσεις θα συνεχιστούν την επόμενη εβδομάδα.", "gb18030"),
        ("Министр сказал вчера что переговоры начнутся в понедельник.", "cp866"),
        ("外務大臣は「戦争は終わった」と述べた。交渉は来週も続く予定だと、関係者が語った。", "euc_jp"),
    ],
)
def test_readers_take_no_other_encoding_for_utf_8(tmp_path: Path, text: str, encoding: str) -> None:
    [record] = read(tmp_path / "a.csv", rows_of("a.csv", [text.encode(encoding)]))
    assert record.text == read(tmp_path / "a.txt", text.encode(encoding))[0].text
    assert record.meta["encoding"] != "utf-8"


def test_readers_name_a_column_whose_bytes_do_not_fit_with_a_replacement(tmp_path: Path) -> None:
    first, second = read(tmp_path / "a.csv", b"text,caf\xe9\n" + "“A.”,x\nB.,y\n".encode())
    assert (first.text, first.meta) == ("“A.”", {"caf\ufffd": "x"})
    assert (second.text, second.meta) == ("B.", {"caf\ufffd": "y"})


def test_readers_end_a_broken_utf_16_table_with_an_error(tmp_path: Path) -> None:
    content = "text\nA.\n".encode("utf-16") + b"\x00\xd8\x00"
    articles = read(tmp_path / "a.csv", content)
    assert articles[-1].error is not None
    assert articles[-1].text == ""


def test_readers_read_csv_with_line_breaks_and_quotation_marks(tmp_path: Path) -> None:
    with (tmp_path / "a.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([["title", "text"], ["T", TEXT], ["N", "a\0b"]])
    first, second = read(tmp_path / "a.csv")
    assert (first.title, first.text, first.id) == ("T", TEXT, "a.csv#1")
    assert second.text == "a\0b"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "date;text\n2024;A, b.\n"),
        ("a.csv", "date\ttext\n2024\tA, b.\n"),
        ("a.tsv", "date\ttext\n2024\tA, b.\n"),
        ("a.csv", "\r\n\ndate;text\n2024;A, b.\n"),
    ],
)
def test_readers_find_the_delimiter(tmp_path: Path, name: str, content: str) -> None:
    [article] = read(tmp_path / name, content)
    assert (article.text, article.published) == ("A, b.", "2024")


def test_readers_lose_one_row_to_a_broken_one(tmp_path: Path) -> None:
    content = 'id,text\n1,A.\n2,"He said "no""\n3,one,too many\n\n4,"two\nlines",\n5,B.\n'
    articles = read(tmp_path / "a.csv", content)
    assert [article.text for article in articles] == ["A.", "", "", "", "B."]
    errors = [article.error or "" for article in articles]
    assert "a.csv, line 3: not valid CSV" in errors[1]
    assert "a.csv, line 4: 3 fields where the header has 2" in errors[2]
    assert "a.csv, lines 6 to 7: 3 fields where the header has 2" in errors[3]


def test_readers_tell_of_a_quotation_mark_that_is_never_closed(tmp_path: Path) -> None:
    first, second, third = read(tmp_path / "a.csv", 'text\nA.\n"B.\nC.\n')
    assert (first.text, third.text) == ("A.", "C.")
    assert "line 3: not valid CSV: a quotation mark is never closed" in (second.error or "")


def test_readers_read_fields_beyond_the_limit_of_the_csv_module(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    first, second = read(tmp_path / "a.csv", "text\n" + "x" * 1_000_000 + "\nB.\n")
    assert (len(first.text), second.text) == (1_000_000, "B.")
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "ID,Text,Title\n7,A.,B\n"),
        ("a.csv", "Id ; text ; Title\n7;A.;B\n"),
        ("a.tsv", "id\tTEXT\tTitle\n7\tA.\tB\n"),
        ("a.jsonl", '{"ID": 7, " Text": "A.", "Title": "B"}'),
    ],
)
def test_readers_take_text_and_id_in_whatever_case_and_blanks(tmp_path: Path, name: str, content: str) -> None:
    assert read(tmp_path / name, content) == [Article("A.", id="7", title="B")]


def test_readers_take_text_and_id_of_parquet_in_whatever_case(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", {"Id": ["x"], "TEXT": ["Łódź.".encode()]})
    assert read(tmp_path / "a.parquet") == [Article("Łódź.", id="x")]


def test_readers_prefer_the_column_that_is_written_as_it_is_wanted(tmp_path: Path) -> None:
    [article] = read(tmp_path / "a.csv", "Text,text,ID\nNo.,Yes.,7\n")
    assert (article.text, article.id, article.meta) == ("Yes.", "7", {"Text": "No."})
    [article] = read(tmp_path / "b.csv", "Text,TEXT\nNo.,Yes.\n")
    assert "no column 'text'. Available: Text, TEXT." in (article.error or "")


@pytest.mark.parametrize(("name", "content"), [("a.csv", ""), ("a.csv", "body,id\nA.,1\n"), ("a.tsv", "\n\n")])
def test_readers_tell_of_a_table_without_the_text_column(tmp_path: Path, name: str, content: str) -> None:
    [article] = read(tmp_path / name, content)
    assert "no column 'text'. Available: " in (article.error or "")
    assert article.id == name


@pytest.mark.parametrize(("suffix", "write"), [(".parquet", to_parquet), (".csv", to_csv), (".jsonl", to_jsonl)])
def test_readers_take_no_table_of_quotes_for_articles(tmp_path: Path, suffix: str, write: Any) -> None:
    quote = Quote("direct", (Span.of(TEXT, 1, 14),))
    path = tmp_path / f"quotes{suffix}"
    write([Article(TEXT, id="a", quotes=(quote,))], path)
    [article] = read(path)
    assert "a row of a table of quotes, which has no texts" in (article.error or "")
    [context] = read(path, text_column="context")  # somebody means it
    assert (context.text, context.error) == ('"We will talk," Liu said.', None)


def test_readers_tell_of_a_table_whose_header_is_broken(tmp_path: Path) -> None:
    [article] = read(tmp_path / "a.csv", '\nid,"te"xt\n1,A.\n')
    assert "the header, line 2, is not valid CSV" in (article.error or "")
    [article] = read(tmp_path / "b.csv", "\nid,text\n1,A.\n")
    assert (article.id, article.text) == ("1", "A.")


def test_readers_read_parquet(tmp_path: Path) -> None:
    import pyarrow as pa

    columns = {
        "text": pa.array([f"A{n}." for n in range(200)]),
        "date": pa.array([86_400_000] * 200, pa.timestamp("ms")),
        "score": [float("nan")] * 200,
        "tags": [["x", None]] * 200,
        "raw": [b"\xff"] * 200,
    }
    articles = read(write_parquet(tmp_path / "a.parquet", columns))
    assert [article.text for article in articles] == [f"A{n}." for n in range(200)]
    assert articles[-1].id == "a.parquet#200"
    assert articles[-1].meta == {"score": None, "tags": ["x", None], "raw": "/w=="}
    assert articles[-1].published == "1970-01-02T00:00:00"


def test_readers_lose_one_row_to_a_value_that_is_no_text(tmp_path: Path) -> None:
    import pyarrow as pa

    offsets, data = pa.py_buffer(b"\0\0\0\0\2\0\0\0\3\0\0\0\5\0\0\0"), pa.py_buffer(b"A.\xffB.")
    broken = pa.StringArray.from_buffers(3, offsets, data)
    articles = read(write_parquet(tmp_path / "a.parquet", {"text": broken}))
    assert [article.text for article in articles] == ["A.", "", "B."]
    assert "record 2: a value cannot be read" in (articles[1].error or "")


def test_readers_lose_one_row_to_a_time_zone_that_nobody_knows(tmp_path: Path) -> None:
    import pyarrow as pa

    write_parquet(tmp_path / "a.parquet", {"text": ["A."], "at": pa.array([0], pa.timestamp("us", "Nowhere/X"))})
    (tmp_path / "b.txt").write_text("B.")
    first, second = read(tmp_path)
    assert "record 1: a value cannot be read" in (first.error or "")
    assert second.text == "B."


def test_readers_tell_of_a_parquet_file_that_is_damaged(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a.parquet", {"text": ["Liu said no." * 50] * 500})
    content = bytearray(path.read_bytes())
    content[60:110] = bytes(50)
    [article] = read(path, bytes(content))
    assert "not valid Parquet" in (article.error or "")
    assert "Write the file anew" in (article.error or "")


def test_readers_tell_of_a_parquet_file_that_cannot_be_used(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", {"body": ["A."]})
    (tmp_path / "b.parquet").write_bytes(b"PAR1 nonsense PAR1")
    (tmp_path / "c.parquet").write_bytes(b"")
    write_parquet(tmp_path / "d.parquet", {"text": [None, 5]})
    errors = [article.error or "" for article in read(tmp_path)]
    assert "no column 'text'. Available: body." in errors[0]
    assert "not valid Parquet" in errors[1]
    assert "not valid Parquet" in errors[2]
    assert all("no text in field 'text'" in error for error in errors[3:])


def test_readers_take_one_record_at_a_time(tmp_path: Path) -> None:
    for name, line in (("a.jsonl", '{{"text": "{}"}}\n'), ("b.csv", "{}\n")):
        with (tmp_path / name).open("w") as stream:
            stream.write("text\n" if name == "b.csv" else "")
            stream.writelines(line.format("x" * 20_000) for _ in range(500))
    tracemalloc.start()
    lengths = [len(article.text) for article in read_articles(tmp_path)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert lengths == [20_000] * 1000
    assert peak < 2_000_000  # of 20 MB


# Web pages

PAGE = """<!DOCTYPE html><html><head><title>Talks begin - The Daily</title>
<meta property="og:title" content="Talks &amp; begin">
<meta property="article:published_time" content="2024-11-02T08:00Z">
<meta property="og:site_name" content="The Daily">
<link rel="stylesheet" href="x.css"><link rel="canonical" href="https://x.org/talks"><style>p {}</style></head>
<body><header><a href="/">Home</a></header><nav><ul><li>World</ul></nav><script>var x = "<p>no</p>";</script>
<main><article><header><h1>Talks begin</h1></header><p>&ldquo;We will <b>ta</b>lk, and we will not leave the table
  before there is something that both sides can sign,&rdquo; Liu&nbsp;said on Monday.</p>
<p>He left the meeting after two hours, and nobody asked him where he was going or when he would be back.</p>
<aside>Read also</aside><p>The talks go on next week in the capital, three diplomats told the paper.</p>
</article><div>Related: <a href="/x">other news</a></div></main>
<footer>Imprint</footer></body></html>"""


def test_readers_read_the_article_of_a_page(tmp_path: Path) -> None:
    [article] = read(tmp_path / "a.html", PAGE)
    paragraphs = article.text.split("\n\n")
    assert paragraphs[-3].startswith("“We will talk, and we will not leave the table before there")
    assert paragraphs[-1] == "The talks go on next week in the capital, three diplomats told the paper."
    assert not any(words in article.text for words in ("World", "Read also", "Imprint", "other news", "var x"))
    assert (article.title, article.published, article.url) == ("Talks & begin", "2024-11-02", "https://x.org/talks")
    assert article.meta["outlet"] == "The Daily"
    assert article.id == "a.html"


STORY = f"<p>{'The minister said that the talks would go on, and that nobody should expect results soon. ' * 5}</p>"


@pytest.mark.parametrize(
    "words",
    ["The war of 2008 was short, he said.", "The truce of 3 March 2014 was broken, he said.", "© 2019 The Post"],
)
def test_readers_give_a_page_without_a_date_none(tmp_path: Path, words: str) -> None:
    page = f"<html><head><title>Talks</title></head><body><article>{STORY}<p>{words}</p></article></body></html>"
    assert read(tmp_path / "a.html", page)[0].published is None


def test_readers_read_a_page_in_the_encoding_that_it_declares(tmp_path: Path) -> None:
    page = '<meta charset="windows-1251"><p>Говорит Москва'
    assert read(tmp_path / "a.htm", page.encode("cp1251"))[0].text == "Говорит Москва"
    assert read(tmp_path / "b.htm", page.encode("utf-8"))[0].text == "Говорит Москва"


@pytest.mark.parametrize(
    ("label", "encoding"), [("windows-1252", "cp1252"), ("iso-8859-1", "cp1252"), ("big5", "big5")]
)
def test_readers_lose_one_letter_of_a_page_to_a_byte_that_does_not_fit_what_it_declares(
    tmp_path: Path, label: str, encoding: str
) -> None:
    text = "La fenêtre, a dit Lœb." if encoding == "cp1252" else "談判將繼續進行。"
    page = f'<meta charset="{label}"><p>{text}'.encode(encoding) + b" \x81."
    [article] = read(tmp_path / "a.htm", page)
    assert (article.text, dict(article.meta)) == (f"{text} \ufffd.", {})


def test_readers_say_what_to_do_with_json_lines_that_are_called_json(tmp_path: Path) -> None:
    [article] = read(tmp_path / "a.json", '{"text": "A."}\n{"text": "B."}\n')
    assert "Extra data: line 2 column 1. Call it .jsonl if it holds a record a line" in (article.error or "")


@pytest.mark.parametrize("more", ["", "He said “no” — Müller’s aides agreed. " * 6])
def test_readers_lose_one_letter_of_a_page_to_a_byte_that_does_not_fit(tmp_path: Path, more: str) -> None:
    head = b'<html><head><meta charset="utf-8"><title>T</title><meta name="description" content="the caf\xc3"></head>'
    [article] = read(tmp_path / "a.html", head + f"<article>{STORY}<p>He said it’s over. {more}</article>".encode())
    assert article.error is None
    assert f"He said it’s over. {more}".strip() in article.text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("Plain words", "Plain words"),
        ("<p>A.</article></main></p></nav><p>B.", "A.\n\nB."),
        ("<header><p>All of it in an unclosed header.", "All of it in an unclosed header."),
        (
            "<article>Short teaser</article><div>" + "The long story. " * 9,
            "Short teaser\n\n" + ("The long story. " * 9).strip(),
        ),
        ("<p>A &amp B &copy; &#0; &bogus;<p>3 < 4", "A & B © \ufffd &bogus;\n\n3 < 4"),
        ("<p>A.<svg><title>Icon</title></svg>", "A."),
    ],
)
def test_readers_read_broken_pages_as_a_browser_would(tmp_path: Path, page: str, text: str) -> None:
    assert read(tmp_path / "a.html", page)[0].text == text


def test_readers_tell_of_a_page_without_text(tmp_path: Path) -> None:
    [article] = read(tmp_path / "a.html", "<title>App</title><script>render()</script><noscript>Enable it</noscript>")
    assert "no readable text" in (article.error or "")


@pytest.mark.parametrize(
    "piece",
    ["<", "<a ", "<a/", "<a b='", "<!--", "<![", "<article>", "<article><p>a</main>", "<nav>", "</", "&#", "<p x=<"],
)
def test_readers_read_a_hostile_page_in_linear_time(tmp_path: Path, piece: str) -> None:
    with Clock() as clock:
        read(tmp_path / "a.html", piece * (1_000_000 // len(piece)))
    assert clock.seconds < 10  # html.parser alone takes hours for some of these


_SCHEMA = '"@context": "https://schema.org", "@type": "NewsArticle"'


@pytest.mark.parametrize("piece", ["(", "<!--", "&lt;!--", '\\"', '"author":{', " "])
@pytest.mark.parametrize(
    "frame",
    [
        "<meta name=author content='{}'>",
        "<meta property=og:title content='{}'>",
        "<script type='application/ld+json'>{}</script>",
        f'<script type=\'application/ld+json\'>{{{{{_SCHEMA}, "headline": "{{}}"}}}}</script>',
        f'<script type=\'application/ld+json\'>{{{{{_SCHEMA}, "author": ["{{}}"]}}}}</script>',
        "<title class='{}'>Talks</title>",
        "<title {{x}}y='{}'>Talks</title>",
    ],
    ids=["author", "title", "script", "headline", "authors", "attribute", "name in braces"],
)
def test_readers_read_a_hostile_head_in_linear_time(tmp_path: Path, frame: str, piece: str) -> None:
    hostile = frame.format(piece * (200_000 // len(piece)))
    page = f"<html><head>{hostile}</head><body><article><p>Liu said no.</p></article></body></html>"
    with Clock() as clock:
        assert read(tmp_path / "a.html", page)[0].text == "Liu said no."
    assert clock.seconds < 5  # most of these took minutes


def test_readers_read_a_hostile_xml_declaration_in_linear_time(tmp_path: Path) -> None:
    page = f"<?xml version='1.0'{' ' * 200_000}?><html><body><p>Liu said no.</p></body></html>"
    with Clock() as clock:
        assert read(tmp_path / "a.html", page)[0].text == "Liu said no."
    assert clock.seconds < 5


def test_readers_read_what_a_page_tells_in_json(tmp_path: Path) -> None:
    text = "Liu said that the talks go on. " * 100
    told = f'{{{_SCHEMA}, "headline": "Talks", "author": "{"Ann Lee " * 500}", "articleBody": "{text}"}}'
    page = f"<html><head><script type='application/ld+json'>{told}</script></head><body></body></html>"
    [article] = read(tmp_path / "a.html", page)
    assert (article.title, article.text) == ("Talks", text.strip())


def told_page(*things: str, head: str = "", body: str = "") -> str:
    scripts = "".join(f'<script type="application/ld+json">{thing}</script>' for thing in things)
    return f"<html><head>{head}{scripts}</head><body><article>{body}{STORY}</article></body></html>"


CHANGED = '<meta property="article:modified_time" content="2023-01-09T10:00:00Z">'
DAY = '"datePublished": "2023-01-01T00:30:00+11:00"'


@pytest.mark.parametrize(
    "page",
    [
        told_page(f'{{{_SCHEMA}, "dateModified": "2023-01-09", {DAY}}}', head=CHANGED),
        told_page(head=CHANGED, body='<time itemprop="datePublished" datetime="2023-01-01T08:00Z">1 January</time>'),
        told_page(f'{{{_SCHEMA}, "comment": [{{"@type": "Comment", "datePublished": "2023-01-05"}}], {DAY}}}'),
        told_page('{"@type": "ItemList", "itemListElement": [{"datePublished": "2019-01-05"}]}',
                  f'[{{{_SCHEMA}, {DAY}}}]'),
        told_page(f'{{"@type": "WebPage", "mainEntity": {{{_SCHEMA}, {DAY}}}}}', head=CHANGED),
        told_page(f'{{{_SCHEMA}, "headline": "\\u0000", {DAY}}}', head=CHANGED),
    ],
    ids=["changed later", "microdata", "comment", "related", "main entity", "control character"],
)  # fmt: skip
def test_readers_take_the_day_on_which_a_page_says_that_its_article_was_published(tmp_path: Path, page: str) -> None:
    [article] = read(tmp_path / "a.html", page)
    assert (article.published, article.text) == ("2023-01-01", STORY[3:-4].strip())


@pytest.mark.parametrize("headline", ['["Talks", "go on"]', '{"@value": "Talks go on"}', "12", "true", '["\\ud800"]'])
def test_readers_read_a_page_whose_headline_is_no_string(tmp_path: Path, headline: str) -> None:
    told = f'{{{_SCHEMA}, "headline": {headline}, {DAY}}}'
    [article] = read(tmp_path / "a.html", told_page(told, head="<title>Talks go on</title>"))
    assert (article.error, article.title, article.published) == (None, "Talks go on", "2023-01-01")
    assert article.text == STORY[3:-4].strip()


@pytest.mark.parametrize("year", ["1874", "1991"])
def test_readers_take_the_date_of_a_page_from_an_archive(tmp_path: Path, year: str) -> None:
    told = f'{{{_SCHEMA}, "datePublished": "{year}-01-17T05:00:00Z", "dateModified": "2015-05-26"}}'
    assert read(tmp_path / "a.html", told_page(told, head=CHANGED))[0].published == f"{year}-01-17"
    meta = f'<meta property="article:published_time" content="{year}-01-17T05:00:00Z">{CHANGED}'
    assert read(tmp_path / "b.html", told_page(head=meta))[0].published == f"{year}-01-17"


def test_readers_take_a_live_blog_for_one_article_and_not_for_its_first_update(tmp_path: Path) -> None:
    update = '{"@type": "BlogPosting", "headline": "Talks tomorrow", "datePublished": "2023-01-02T18:01:00Z"}'
    live = f'"@type": "LiveBlogPosting", "headline": "Truce, live", "liveBlogUpdate": [{update}], {DAY}'
    [article] = read(tmp_path / "a.html", told_page(f'{{"@context": "https://schema.org", {live}}}'))
    assert (article.title, article.published) == ("Truce, live", "2023-01-01")


LIVE = f'{{"@context": "https://schema.org", "@type": "LiveBlogPosting", "headline": "Truce, live", {DAY}}}'
UPDATE = "<article class='update'><h3>{0} leaves the harbour</h3><time>18:0{0}</time>{1}</article>"


@pytest.mark.parametrize(
    ("frame", "update"),
    [
        ("<main><article>{lead}</article><div>{updates}</div>{card}</main>", "{}"),
        ("<main>{lead}<ol>{updates}</ol></main>{card}", "<li>{}</li>"),
        ("<main><div>{lead}</div>{updates}{card}</main>", "<div id='u' class='promo'>{}</div>"),
        ("<article>{lead}{updates}</article>{card}", "{}"),
    ],
    ids=["beside the lead", "list", "in boxes", "inside"],
)
@pytest.mark.parametrize("times", [1, 9])
def test_readers_read_every_update_of_a_live_blog_with_its_heading(
    tmp_path: Path, frame: str, update: str, times: int
) -> None:
    said = [[f"{STORY[3:-4]}{number} left, {nth} stayed." for nth in range(times)] for number in range(4)]
    told = [UPDATE.format(number, "".join(f"<p>{one}</p>" for one in words)) for number, words in enumerate(said)]
    card = "<article><a href='/x'><h3>Boats come back to the harbour</h3></a></article>"
    body = frame.format(lead="<p>The truce holds.</p>", updates="".join(map(update.format, told)), card=card)
    page = f"<html><head><script type='application/ld+json'>{LIVE}</script></head><body>{body}</body></html>"
    text = read(tmp_path / "a.html", page)[0].text
    expected = [[f"{number} leaves the harbour", *words] for number, words in enumerate(said)]
    assert text.split("\n\n") == ["The truce holds.", *(words for one in expected for words in one)]


@pytest.mark.parametrize(
    "frame", ["<main>{}<section>{}</section></main>", "<div>{}</div><div>{}</div>", "<main>{}{}</main>"]
)
def test_readers_leave_cards_of_other_articles_out_of_a_live_blog(tmp_path: Path, frame: str) -> None:
    updates = "".join(UPDATE.format(number, f"{STORY}<p>{number} stayed.</p>") for number in range(3))
    own = "<article class='update'><h3><a href='/3'>It rains</a></h3><p>They wait.</p></article>"
    summary = "<p>They come back from the sea, said a minister who keeps watch at the harbour.</p>"
    card = f"<article class='card'><a href='/x'><h3>Boats come back to the harbour</h3></a>{summary}</article>"
    body = frame.format(updates + own, card * 3)
    page = f"<html><head><script type='application/ld+json'>{LIVE}</script></head><body>{body}</body></html>"
    text = read(tmp_path / "a.html", page)[0].text
    assert "come back" not in text
    assert text.count(" stayed.") == 3
    assert text.endswith("It rains\n\nThey wait.")


@pytest.mark.parametrize("frame", ["<div>{}</div><div>{}</div>", "{}{}"])
def test_readers_leave_the_index_of_its_updates_out_of_a_live_blog(tmp_path: Path, frame: str) -> None:
    links = "<li><time>18:01</time> <a href='/live#u1'>Boats come back</a></li><li><a href='#u2'>They left</a></li>"
    index = f"<div><h2>Key events</h2><ul>{links}</ul></div>"
    updates = "".join(UPDATE.format(number, f"{STORY}<p>{number} stayed.</p>") for number in range(3))
    own = "<div><h2>Key moments</h2><ul><li>It rains, said <a href='#u3'>Ann Lee</a>.</li></ul></div>"
    body = f"<main>{frame.format(index + own, updates)}</main>"
    page = f"<html><head><script type='application/ld+json'>{LIVE}</script></head><body>{body}</body></html>"
    text = read(tmp_path / "a.html", page)[0].text
    assert not any(words in text for words in ("Key events", "come back", "They left"))
    assert text.startswith("Key moments\n\n- It rains, said Ann Lee.\n\n0 leaves the harbour")
    assert text.count(" stayed.") == 3


@pytest.mark.parametrize(
    "mark", ["class='article-body'", "class='text-content'", "itemprop='articleBody'", "class='story'", "class='post'"]
)
@pytest.mark.parametrize("tag", ["div", "section"])
def test_readers_read_every_part_of_a_body_that_an_advertisement_parts(tmp_path: Path, mark: str, tag: str) -> None:
    said = [f"{STORY[3:-4].strip()} {number} left." for number in range(8)]
    parts = [f"<{tag} {mark}><p>{said[at]}</p><p>{said[at + 1]}</p></{tag}>" for at in (0, 2, 6)]
    between = f"<div class='ad'></div><h2>At night</h2><p>{said[4]}</p><blockquote><p>{said[5]}</p></blockquote>"
    cards = f"<div class='card'><a href='/x'><h3>Boats come back</h3></a><p>{STORY[3:-4]}</p></div>" * 3
    comments = f"<div class='comment'><p>{STORY[3:-4]}</p></div>" * 3
    body = f"<h1>Boats</h1>{parts[0]}{parts[1]}{between}{parts[2]}<div>{cards}</div>{comments}"
    text = read(tmp_path / "a.html", f"<html><body><main>{body}</main></body></html>")[0].text
    assert text.split("\n\n") == [*said[:4], "At night", *said[4:]]


def test_readers_read_no_cards_of_other_articles_beside_an_article(tmp_path: Path) -> None:
    card = f"<div class='post'><h3><a href='/x'>Boats come back</a></h3><p>{STORY[3:-4]} They came back.</p></div>"
    page = f"<html><body><main><div class='post'>{STORY * 4}</div>{card * 3}</main></body></html>"
    assert "back" not in read(tmp_path / "a.html", page)[0].text


def test_readers_read_very_many_parts_of_a_body_in_linear_time(tmp_path: Path) -> None:
    part = f"<div class='post'>{STORY}<p>The harbour is quiet.</p></div>"
    with Clock() as clock:
        assert "harbour" in read(tmp_path / "a.html", f"<main>{part * 9_000}</main>")[0].text
    assert clock.seconds < 20


AGENCY = '{"@type": "Organization", "@id": "#agency", "name": "The Long Name of an Agency"}'


@pytest.mark.parametrize(
    "things",
    [
        ['{"@type": "WebPage", "name": "Truce on the river holds for a third day"}',
         f'{{{_SCHEMA}, {DAY}, "publisher": {{"name": "The Daily"}}}}'],
        [AGENCY, f'{{{_SCHEMA}, {DAY}, "author": {{"@id": "#agency"}}, "publisher": {{"name": "The Daily"}}}}'],
        ['{"@type": "WebPage", "name": "Truce on the river holds"}', '{"@type": "WebSite", "name": "The Daily"}'],
        ['{"@type": "WebPage", "name": "Truce"}', '{"@type": "Organization", "@id": "#o", "name": "The Daily"}',
         f'{{{_SCHEMA}, {DAY}, "publisher": {{"@id": "#o"}}}}'],
    ],
    ids=["page", "agency", "site", "by its id"],
)  # fmt: skip
def test_readers_take_no_headline_and_no_agency_for_the_outlet_of_a_page(tmp_path: Path, things: list[str]) -> None:
    page = told_page(f'{{"@context": "https://schema.org", "@graph": [{", ".join(things)}]}}')
    assert read(tmp_path / "a.html", page)[0].meta["outlet"] == "The Daily"


@pytest.mark.parametrize(
    "quote",
    [
        '<p class="pullquote">“We like it quiet here”</p>',
        '<div class="article-pull-quote"><p>We like it quiet here</p><cite>Ann Lee</cite></div>',
        '<blockquote class="pull_quote"><p>“We like it quiet here,”</p><p>Ann Lee</p></blockquote>',
    ],
)
def test_readers_leave_out_a_pull_quote_that_the_text_has(tmp_path: Path, quote: str) -> None:
    said = "<p>“We like it quiet here,” said Ann Lee, who keeps watch.</p>"
    [article] = read(tmp_path / "a.html", told_page(body=said + quote))
    assert article.text.count("like it quiet") == 1
    [article] = read(tmp_path / "b.html", told_page(body=f"<p>Ann Lee keeps watch.</p>{quote * 2}"))
    assert "like it quiet" in article.text  # it says so nowhere else


@pytest.mark.parametrize(
    "box",
    [
        "<p>Subscribe to read on</p>",
        "<p>Subscribe to read on<br> <br></p>",
        "<p><br>Sign up for<br>our <b>newsletter</b></p>",
        "<div>Sign Up For<br>The Harbour Newsletter</div>",
        "<div class='box'><p>Sign up to continue reading.</p></div>",
        "<div><h3>Subscribe to continue reading</h3><p>Two pounds a month for a year.</p><a>Subscribe now</a></div>",
        "<div><p>This article is for subscribers only.</p><p>Already a subscriber? <a href='/l'>Log in</a></p></div>",
        "<p>Sign up for our daily newsletter to hear of the harbour first.</p>",
        "<div><p>Advertisement</p></div>",
        "<div><a href='#skip'>skip past newsletter promotion</a><p>Sign up to our newsletter</p></div>",
        "<p>Story continues below advertisement</p>",
        "<p><b>READ MORE:</b> <a href='/x'>Boats come back to the harbour</a></p>",
        "<p><a href='/x'>Read also: Boats come back to the harbour</a></p>",
        "<p>Related: <a href='/x'>Boats come back to the harbour</a></p>",
        "<p><strong>READ:</strong> <a href='/x'>Boats come back to the harbour</a></p>",
        "<p>ALSO READ | <a href='/x'>Boats come back to the harbour</a></p>",
        "<p>Read more - <a href='/x'>Boats come back to the harbour</a></p>",
        "<p><a href='/x'>Watch: Boats come back to the harbour</a></p>",
        "<p>Story continues below</p>",
        "<div><button>Copy the link</button></div>",
        "<p hidden>The harbour opens at six.</p>",
        "<div style='color: red; display: none'><p>The harbour opens at six.</p></div>",
        "<p class='sr-only'>Picture of a harbour in the morning.</p>",
        "<template><p>The harbour opens at six.</p></template>",
        "<amp-ad><p>Buy a boat at the harbour now.</p></amp-ad>",
    ],
)
@pytest.mark.parametrize("more", ["", STORY])
def test_readers_leave_out_furniture_inside_the_article_of_a_page(tmp_path: Path, box: str, more: str) -> None:
    said = [
        "Subscribers asked Ann Lee, who keeps watch, to sign up.",
        "Sign up for the harbour newsletter was what she told them.",
        "Read more books, she said: “Subscribe now.”",
    ]
    first, second, last = (f"<p>{one}</p>" for one in said)
    [article] = read(
        tmp_path / "a.html", f"<html><body><article>{first}{second}{box}{last}{more}</article></body></html>"
    )
    assert article.text.split("\n\n") == [*said, *([more[3:-4].strip()] if more else [])]


@pytest.mark.parametrize(
    "said", ["Related: <a href='/x'>the talks</a> came late.", "Watch: said <a href='/x'>Ann Lee</a>, he comes."]
)
def test_readers_keep_a_sentence_of_a_page_with_a_link_that_begins_as_a_label(tmp_path: Path, said: str) -> None:
    page = f"<html><body><article>{STORY}<p>{said}</p>{STORY}</article></body></html>"
    assert said.replace("<a href='/x'>", "").replace("</a>", "") in read(tmp_path / "a.html", page)[0].text


@pytest.mark.parametrize("line", ["Subscribe now", "Sign up for our newsletter", "Advertisement"])
def test_readers_keep_a_sentence_of_a_page_on_a_line_after_an_invitation(tmp_path: Path, line: str) -> None:
    page = f"<html><body><article>{STORY}<p>{line}<br>On Monday Ann Lee left.</p>{STORY}</article></body></html>"
    assert "On Monday Ann Lee left." in read(tmp_path / "a.html", page)[0].text


@pytest.mark.parametrize(
    "line", ["<p>Subscribe now</p>", "<h3>Join us</h3>", "<p>Sign up for our daily newsletter.</p>"]
)
@pytest.mark.parametrize("more", ["", STORY])
def test_readers_leave_out_an_invitation_above_an_article_and_no_more(tmp_path: Path, line: str, more: str) -> None:
    said = ["“We stay,” said Ann Lee, who keeps watch at the harbour.", "Nobody has asked her to leave, she said."]
    box = f"<div>{line}{''.join(f'<p>{one}</p>' for one in said)}</div>"
    menu = "<ul>" + "<li><a href='/x'>News of the harbour and the river</a></li>" * 30 + "</ul>"
    [article] = read(tmp_path / "a.html", f"<html><body>{menu}<article>{box}{more}</article></body></html>")
    told = [one for one in article.text.split("\n\n") if "News of" not in one]
    assert told == [*said, *([more[3:-4].strip()] if more else [])]


@pytest.mark.parametrize("more", ["", STORY])
def test_readers_leave_out_the_buttons_of_a_page_but_for_those_in_a_sentence(tmp_path: Path, more: str) -> None:
    said = "<p>The <button title='of war'>minister</button> said no.</p><p>He left. <button>Listen</button></p>"
    [article] = read(tmp_path / "a.html", f"<html><body><article>{said}{more}</article></body></html>")
    assert article.text.split("\n\n")[:2] == ["The minister said no.", "He left."]
    assert read(tmp_path / "b.html", f"{said}<button>Share</button>")[0].text == "The minister said no.\n\nHe left."


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("<p>The [harbour watch], a body of nine, said no.</p>", "The harbour watch, a body of nine, said no."),
        ("<p>The [watch]’s head said no to the [council].</p>", "The watch’s head said no to the council."),
        ("<p>So said the head of [the watch] Ann Lee.</p>", "So said the head of the watch Ann Lee."),
        ("<p>The <b>old</b> [watch] went.</p>", "The old watch went."),
        ("<p>The old <i>[watch]</i> body went.</p>", "The old watch body went."),
        ("<p>The [harbour] [watch] went.</p>", "The harbour watch went."),
        ("<p>They left. [Watchmen] of the harbour went.</p>", "They left. Watchmen of the harbour went."),
        ("<h3>[<b>Why did they go?</b>]</h3><p>Nobody knows that.</p>", "Why did they go?"),
        ("<p>They left. [Listen] [Share]</p>", "They left."),
        ("<p>They left. [Listen] Nobody stayed.</p>", "They left. Nobody stayed."),
        ("<h3>Boats leave [Share]</h3><p>Nobody knows why.</p>", "Boats leave"),
    ],
)
@pytest.mark.parametrize("more", ["", STORY])
def test_readers_tell_a_button_of_a_sentence_from_others(tmp_path: Path, said: str, expected: str, more: str) -> None:
    body = said.replace("[", "<button>").replace("]", "</button>")
    page = f"<html><body><article><p>Ann Lee keeps watch.</p>{body}{more}</article></body></html>"
    assert read(tmp_path / "a.html", page)[0].text.split("\n\n")[1] == expected


def test_readers_read_many_buttons_of_a_page_in_linear_time(tmp_path: Path) -> None:
    with Clock() as clock:
        assert "a b c" in read(tmp_path / "a.html", "<p>" + "a <button>b</button> c " * 50_000)[0].text
    assert clock.seconds < 5


@pytest.mark.parametrize("more", ["", STORY])
def test_readers_leave_out_what_points_at_notes_and_keep_exponents(tmp_path: Path, more: str) -> None:
    notes = "<sup><a href='#n1'>1</a></sup>", "<sup>[2]</sup>", "<sup>[citation needed]</sup>"
    said = "<p>They left{}, said Ann Lee{} on the 5<sup>th</sup>. It has 3 km<sup>2</sup>.</p>".format(*notes[:2])
    heading = "<h2>The harbour <span class='mw-editsection'>[<a href='/e'>edit</a>]</span></h2>"
    page = f"<html><body><article>{said}{heading}<p>“We stay,” she said.{notes[2]}</p>{more}</article></body></html>"
    [article] = read(tmp_path / "a.html", page)
    told = ["They left, said Ann Lee on the 5th. It has 3 km2.", "The harbour", "“We stay,” she said."]
    assert article.text.split("\n\n")[:3] == told


@pytest.mark.parametrize("more", ["", STORY])
def test_readers_leave_out_what_points_at_notes_in_a_page_that_a_program_saved(tmp_path: Path, more: str) -> None:
    browser = "<sup><a href='https://news.example/harbour#fn1'>1</a></sup>"
    word = "<a href='#_ftn2'><span class='MsoFootnoteReference'>[2]</span></a>"
    said = f"<p>“We stay.”{browser} So said Ann Lee.{word} “We has<sup>[sic]</sup> time.”</p>"
    [article] = read(tmp_path / "a.html", f"<html><body><article>{said}{more}</article></body></html>")
    assert article.text.split("\n\n")[0] == "“We stay.” So said Ann Lee. “We has[sic] time.”"


@pytest.mark.parametrize("tag", ["del", "s", "strike"])
@pytest.mark.parametrize("more", ["", STORY])
def test_readers_leave_out_struck_words_of_a_page(tmp_path: Path, tag: str, more: str) -> None:
    said = f"<p>The <{tag}>head</{tag}> watch of the harbour said <b>no</b>.</p>"
    [article] = read(tmp_path / "a.html", f"<html><body><article>{said}{more}</article></body></html>")
    assert article.text.split("\n\n")[0] == "The watch of the harbour said no."
    page = f"<html><body><article><p>Ann Lee left.</p><{tag}>{STORY}{STORY}</article></body></html>"  # it is not closed
    assert STORY[3:-4].strip() in read(tmp_path / "b.html", page)[0].text


def test_readers_keep_an_article_and_a_date_that_a_page_hides(tmp_path: Path) -> None:
    dated = "<p style='display:none'>Published <time datetime='2024-05-03'>3 May 2024</time></p>"
    for hidden in ("hidden", "style='display:none'"):
        [article] = read(tmp_path / "a.html", f"<html><body><article {hidden}>{STORY}{dated}</article></body></html>")
        assert STORY[3:-4].strip() in article.text
        assert article.published == "2024-05-03"


@pytest.mark.parametrize(
    ("first", "more"),
    [
        ("<p style='opacity:0;display:none'>{}</p>", "<p style='opacity:0;display:none'>{}</p>"),
        ("<h3>{}</h3>", "<div hidden><p>{}</p></div>"),
        ("<p>{}</p>", "<p hidden>{}</p>"),
    ],
    ids=["all", "answers", "all but the first"],
)
def test_readers_keep_an_article_that_a_page_hides_piece_by_piece(tmp_path: Path, first: str, more: str) -> None:
    said = [f"Boat {number} left the harbour on Monday, said Ann Lee, who keeps watch." for number in range(9)]
    body = first.format(said[0]) + "".join(more.format(one) for one in said[1:])
    [article] = read(tmp_path / "a.html", f"<html><body><article>{body}</article></body></html>")
    assert article.text.split("\n\n") == said


@pytest.mark.parametrize(
    "cell",
    [
        "<td>{}</td>",
        "<td><div>{}</div></td>",
        "<th>{}</th>",
        "<td><font>{}</font></td>",
        "<td><table><tr><td>{}</td></tr></table></td>",
        "<td><a href='/'>Home</a></td><td><table><tr><td><table><tr><td>{}</td></tr></table></td></tr></table></td>",
    ],
)
@pytest.mark.parametrize("more", ["", STORY])
def test_readers_part_the_paragraphs_of_a_page_that_a_table_lays_out(tmp_path: Path, more: str, cell: str) -> None:
    said = "<p>“We stay,” said Ann Lee.</p><p>She keeps watch at the harbour.</p>"
    rows = f"<tr><td>Harbour News</td></tr><tr>{cell.format(said + more)}</tr>"
    [article] = read(tmp_path / "a.html", f"<html><body><table><tbody>{rows}</tbody></table></body></html>")
    assert "“We stay,” said Ann Lee.\n\nShe keeps watch at the harbour." in article.text
    assert "|" not in article.text


@pytest.mark.parametrize("line", ["<div>{}</div>", "{}<br><br>", "<font>{}</font><br><br>"])
@pytest.mark.parametrize("times", [1, 3])
def test_readers_part_the_lines_of_a_page_that_a_table_lays_out(tmp_path: Path, line: str, times: int) -> None:
    said = [f"“We stay at {number},” said Ann Lee." for number in range(3 * times)]
    said = [*said, "Boats", "She keeps watch at the harbour."] if line.startswith("<div") else said
    cell = "".join(line.format(one) for one in said)
    [article] = read(tmp_path / "a.html", f"<html><body><table><tr><td>{cell}</td></tr></table>{STORY}</body></html>")
    assert article.text.split("\n\n")[: len(said)] == said


@pytest.mark.parametrize("more", ["", STORY])
@pytest.mark.parametrize(
    "row", ["<td><p>{}</p></td>", "<td>{}</td>", "<td></td><td><div>{}</div></td>", "<td><font>{}</font></td><td></td>"]
)
def test_readers_part_the_paragraphs_of_a_page_that_has_each_in_a_row(tmp_path: Path, row: str, more: str) -> None:
    said = ["Boats", "“We stay,” said <a href='/x'>Ann Lee</a>.", "She keeps <b>watch</b> at the harbour."]
    table = f"<table><tbody>{''.join(f'<tr>{row.format(one)}</tr>' for one in said)}</tbody></table>"
    page = f"<html><body><table><tr><td>{more}{table}</td></tr></table></body></html>"
    lines = read(tmp_path / "a.html", page)[0].text.split("\n\n")
    assert lines[-3:] == ["Boats", "“We stay,” said Ann Lee.", "She keeps watch at the harbour."]


@pytest.mark.parametrize("more", ["", STORY])
@pytest.mark.parametrize(
    "item",
    [
        "<div>10:30</div><div>“We stay,” said <b>Ann Lee</b>.</div><div></div><div>She left.</div>",
        "<b>10:30</b> <div>“We stay,” said Ann Lee.</div><p>She left.</p>",
        "<div>10:30</div>“We stay,” said <b>Ann Lee</b>.<blockquote></blockquote><p>She left.</p>",
        "<h3>10:30</h3><b>“We stay,”</b> said Ann Lee.<div><p></p></div>She left.",
        "10:30<blockquote><p>“We stay,” said Ann Lee.</p></blockquote>She left.",
        "10:30<div><p>“We stay,” said Ann Lee.</p></div>She left.",
        "10:30<p>“We stay,” <i>said</i> Ann Lee.</p><p>She left.</p>",
        "<div><h3>10:30</h3><p><b>“We stay,”</b> said Ann Lee.</p><blockquote><p>She left.</p></blockquote></div>",
    ],
)
def test_readers_part_the_blocks_of_an_item_of_a_list(tmp_path: Path, more: str, item: str) -> None:
    items = f"<li>{item}</li><li><p>It rains.</p></li><li>Nobody <b>came</b>.</li>"
    body = f"<p>The boats wait.</p><ul>{items}</ul><p>The harbour is quiet.</p>{more}"
    text = read(tmp_path / "a.html", f"<html><body><article>{body}</article></body></html>")[0].text
    lines = [
        "- 10:30",
        "“We stay,” said Ann Lee.",
        "She left.",
        "- It rains.",
        "- Nobody came.",
        "The harbour is quiet.",
    ]
    assert text.split("\n\n")[1:7] == lines


def test_readers_give_a_table_of_a_page_a_line_for_each_row(tmp_path: Path) -> None:
    table = "<table><tr><th>Side</th><th>Boats</th></tr><tr><td>Arden</td><td>30</td></tr></table>"
    [article] = read(tmp_path / "a.html", f"<html><body><article>{STORY}{table}{STORY}</article></body></html>")
    assert "| Side | Boats |\n\n| Arden | 30 |" in article.text


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("<q>We stay</q>, said Ann Lee.", "“We stay”, said Ann Lee."),
        ("<q>He told me <q>no</q> <b>twice</b></q>, she said.", "“He told me ‘no’ twice”, she said."),
        ("“<q>We stay</q>” and <q>“we wait”</q>, said Ann Lee.", "“We stay” and “we wait”, said Ann Lee."),
        ("Ann Lee said on <time>Monday</time> that they stay.", "Ann Lee said on Monday that they stay."),
        ("They left on <time datetime='2020-05-04'>4 <b>May</b></time>, she said.", "They left on 4 May, she said."),
        ("<time>On Monday</time> the minister said <b>no</b>.", "On Monday the minister said no."),
        ("The minister said so on <time>Monday</time>", "The minister said so on Monday"),
        ("The <label title='of war'>minister</label> said no.", "The minister said no."),
        ("<x-tip>The minister</x-tip> said that <output>nine</output> left.", "The minister said that nine left."),
    ],
)
def test_readers_keep_marks_of_quotes_and_words_of_times_in_a_page(tmp_path: Path, said: str, expected: str) -> None:
    body = f"<p>{said}</p><p>The harbour in the north has been quiet since the last of the boats left it.</p>"
    assert expected in read(tmp_path / "long.html", told_page(body=body))[0].text
    assert read(tmp_path / "short.html", f"<p>{said}</p>")[0].text == expected


@pytest.mark.parametrize(
    "line", ["<time>3 May</time> by Ann Lee", "Last updated: <time>3 May</time>", "Ann <time>3 May</time>"]
)
def test_readers_leave_out_a_time_or_label_above_the_article_of_a_page(tmp_path: Path, line: str) -> None:
    for tag in ("time", "label"):
        body = f"<p>{line.replace('time', tag)}</p>"
        assert "3 May" not in read(tmp_path / f"{tag}.html", told_page(body=body))[0].text


def test_readers_read_many_quotes_of_a_page_in_linear_time(tmp_path: Path) -> None:
    with Clock() as clock:
        assert "“b”" in read(tmp_path / "a.html", "<p>" + "a<q>b</q> " * 100_000)[0].text
    assert clock.seconds < 5


def test_readers_read_a_page_of_plain_text_nested_deeply_in_linear_time(tmp_path: Path) -> None:
    page = "<pre>" * 1_900 + "The council of the harbour met on a Monday and\nleft the town.\n" * 99
    with Clock() as clock:
        read(tmp_path / "a.html", page)
    assert clock.seconds < 3


@pytest.mark.parametrize("times", [1, 6])
def test_readers_join_the_wrapped_lines_of_a_page_of_plain_text(tmp_path: Path, times: int) -> None:
    lines = [
        "The council of the harbour met on a Monday and", "could not agree on who should mend the old bridge,",
        "so that “nobody will cross it before the spring", "comes,” said <b>Ann Lee</b>, who keeps the only boat in",
        "the town.",
    ]  # fmt: skip
    body = "\n\n".join(["\n".join(lines)] * times + ["She left."])
    [article] = read(tmp_path / "a.html", f"<html><body><pre>{body}</pre></body></html>")
    joined = " ".join(lines).replace("<b>", "").replace("</b>", "")
    assert article.text.split("\n\n")[0] == joined
    assert article.text.endswith("She left.")
    advert = "<script>var ad = 1;\nload(ad)</script><br><br>"
    [article] = read(tmp_path / "c.html", f"<html><body><pre>{body}{advert}{body}</pre></body></html>")
    assert (article.text.split("\n\n").count(joined), "load" in article.text) == (2 * times, False)
    [article] = read(tmp_path / "b.html", "<pre>The talks end.\nAnn Lee left.\nNobody stayed.\nIt rains.</pre>")
    assert article.text.split("\n\n") == ["The talks end.", "Ann Lee left.", "Nobody stayed.", "It rains."]


@pytest.mark.parametrize("frame", ["<p>{}</p>", "<div>{}</div>", "<blockquote>{}</blockquote>", "<ul><li>{}</li></ul>"])
@pytest.mark.parametrize("more", ["", STORY])
def test_readers_take_line_ends_in_the_source_of_a_page_for_blanks(tmp_path: Path, frame: str, more: str) -> None:
    said = "“We stay\n    here,”\r\nsaid <b>Ann\nLee</b><!-- her -->\n\nof the&#10;harbour watch."
    page = f"<html><body><article>{frame.format(said)}<div>{more}</div></article></body></html>"
    assert "“We stay here,” said Ann Lee of the harbour watch." in read(tmp_path / "a.html", page)[0].text


def test_readers_keep_the_lines_of_a_page_without_any_tags(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("Talks fail\n\nLiu said &quot;no&quot;.\nHe left &amp; will not be back.\n", encoding="utf-8")
    (article,) = read_articles(path)
    assert article.text == 'Talks fail\n\nLiu said "no".\n\nHe left & will not be back.'


def test_readers_let_inline_elements_of_a_page_run_on_with_the_text_around_them(tmp_path: Path) -> None:
    said = "Ann Lee told <i>The Daily</i>, and <a href='/x'>others</a>, <span>that <b>nobody</b></span> came."
    for name, page in {
        "article": f"<article><div>{said}</div><div>He left.</div></article>",
        "div": f"<div>{said}<p>He left.</p></div>",
    }.items():
        [article] = read(tmp_path / f"{name}.html", f"<html><body>{page}</body></html>")
        assert article.text == "Ann Lee told The Daily, and others, that nobody came.\n\nHe left."


def test_readers_keep_what_stands_in_a_div_between_the_paragraphs_of_a_page(tmp_path: Path) -> None:
    said = "<div dir='ltr'>“We <i>stay</i>,” said Ann Lee, who keeps watch.</div>"
    other = "<div class='promo'>Get the news of the harbour by mail.</div><div>Read also</div>"
    [article] = read(tmp_path / "a.html", told_page(body=f"{STORY * 2}{said}{other}"))
    assert "\n\n“We stay,” said Ann Lee, who keeps watch.\n\n" in article.text
    assert not any(words in article.text for words in ("by mail", "Read also"))


@pytest.mark.parametrize(
    "said",
    [
        "<span>“We <i>stay</i>,” said Ann Lee of the watch.</span>",
        "“We stay,” <a href='/x'>said Ann Lee</a> of the watch.",
        "<b>“We</b> stay,” said Ann Lee <font>of the watch.</font>",
    ],
)
def test_readers_keep_a_sentence_in_inline_elements_between_paragraphs(tmp_path: Path, said: str) -> None:
    link = "<div><a href='/x'>The boats come back to the harbour.</a></div>"
    caption = "<div><img src='a.png'><span>The harbour in the light of the sea.</span></div>"
    credit = "<div><span class='caption'>The harbour at the break of day.</span></div>"
    fonts = (caption + credit).replace("span", "font")
    page = told_page(body=f"{STORY}<div dir='auto'>{said}</div>{link}{caption}{credit}{fonts}{STORY}")
    text = read(tmp_path / "a.html", page)[0].text
    assert "\n\n“We stay,” said Ann Lee of the watch.\n\n" in text
    assert "harbour" not in text


@pytest.mark.parametrize("paragraph", ["{}\\n\\n", "<p>{}</p>", "&lt;p&gt;{}&lt;/p&gt;", "{}<br/>"])
def test_readers_keep_the_paragraphs_of_an_article_that_a_page_tells_in_json(tmp_path: Path, paragraph: str) -> None:
    said = [
        "The bridge is closed, the council said on Monday, and will be mended.",
        "“Nobody was hurt,” said Ann Lee.",
    ] * 2
    told = f'{{{_SCHEMA}, "articleBody": "{"".join(paragraph.format(one) for one in said)}"}}'
    page = f"<html><head><script type='application/ld+json'>{told}</script></head><body></body></html>"
    assert read(tmp_path / "a.html", page)[0].text.split("\n\n") == said


@pytest.mark.parametrize(
    "beginning",
    ["{}", "<b>KYIV</b> - {}", "{}<br><br>The gates <i>stay</i> open, she said.<br>", "<font size=2>{}</font>"],
)
def test_readers_keep_sentences_that_stand_bare_before_paragraphs(tmp_path: Path, beginning: str) -> None:
    bare = "The ferry came back on Sunday, said Ann Lee, who keeps watch."
    page = f"<html><body><a href='/'>Home</a><div class='text'>{beginning.format(bare)}{STORY * 3}</div></body></html>"
    [article] = read(tmp_path / "a.html", page)
    lines = article.text.split("\n\n")
    assert lines[0].endswith(bare)
    assert lines[-1] == STORY[3:-4].strip()
    assert ("The gates stay open, she said." in lines) == ("gates" in beginning)


def test_readers_keep_the_paragraphs_of_a_page_of_a_few_words(tmp_path: Path) -> None:
    said = ["The bridge is closed, the council said on Monday.", "“Nobody was hurt,” said Ann Lee, who keeps watch."]
    head = "<h1>Bridge closed</h1><time>3 May 2021</time><figure><figcaption>The bridge</figcaption></figure>"
    page = f"<html><body><article>{head}{''.join(f'<p>{one}</p>' for one in said)}</article></body></html>"
    assert read(tmp_path / "a.html", page)[0].text.split("\n\n")[-2:] == said


@pytest.mark.parametrize(
    "end",
    [
        "<cite>Ann Lee</cite>",
        "<footer>Ann Lee</footer>",
        "<footer><cite>Ann Lee</cite></footer>",
        "<br><cite>Ann Lee</cite>",
    ],
)
@pytest.mark.parametrize("more", ["", STORY])
def test_readers_part_a_block_quote_of_a_page_from_its_source(tmp_path: Path, end: str, more: str) -> None:
    said = "I have read <cite>The Harbour.</cite> We stay."
    for name, words in {"bare": said, "paragraph": f"<p>{said}</p>"}.items():
        page = f"<html><body><article><blockquote>{words}{end}</blockquote>{more}</article></body></html>"
        [article] = read(tmp_path / f"{name}.html", page)
        assert article.text.split("\n\n")[:2] == ["I have read The Harbour. We stay.", "Ann Lee"]


def test_readers_part_the_cells_of_a_page(tmp_path: Path) -> None:
    [article] = read(tmp_path / "a.html", "<table><tr><td>He left.</td><td>She stayed.</td></tr></table>")
    assert article.text == "He left.\n\nShe stayed."


@pytest.mark.parametrize(
    "frame",
    ["<div>{}</div>", "<article><p>{}</p></article>", "<p><b>{}</b></p>", "<article><p>{}</p></article>" + STORY],
)
@pytest.mark.parametrize("times", [1, 6])
def test_readers_join_the_lines_of_a_page_that_has_a_break_at_each(tmp_path: Path, frame: str, times: int) -> None:
    lines = [
        "The council of the harbour met on a Monday and", "could not agree on who should mend the old bridge,",
        "so that “nobody will cross it before the spring", "comes,” said <i>Ann Lee</i>, who keeps a boat.",
    ]  # fmt: skip
    said = [f"{number} times. " + "<br>\n".join(lines) for number in range(times)]
    place = "<p>Ann Lee<br>Old Harbour Road, where the council has its new house<br>Harbour</p>"
    [article] = read(tmp_path / "a.html", f"<html><body>{frame.format('<br><br>'.join(said))}{place}</body></html>")
    joined = " ".join(lines).replace("<i>", "").replace("</i>", "")
    assert article.text.split("\n\n")[:times] == [f"{number} times. {joined}" for number in range(times)]
    assert "Ann Lee Old" not in article.text
    [article] = read(tmp_path / "b.html", f"<p>{'<br>'.join(['Ann Lee', 'Old Harbour Road', 'keeper of a boat'] * 3)}")
    assert len(article.text.split("\n\n")) == 9


@pytest.mark.parametrize("times", [900, 200_000])
def test_readers_read_very_many_line_breaks_of_a_page_in_linear_time(tmp_path: Path, times: int) -> None:
    with Clock() as clock:
        [article] = read(tmp_path / "a.html", "<div>" + "and so the long line went on and on and on<br>" * times)
    assert clock.seconds < 10
    assert "\n" not in article.text


def test_readers_find_the_date_of_a_page_in_a_time_that_stands_in_a_sentence(tmp_path: Path) -> None:
    body = '<p>Published on <time datetime="2021-03-04">a Thursday</time> by Ann Lee</p><p>The harbour is quiet.</p>'
    assert read(tmp_path / "a.html", f"<title>Harbour</title>{body}")[0].published == "2021-03-04"


def test_readers_tell_a_page_that_begins_with_comments_in_linear_time() -> None:
    with Clock() as clock:
        assert not is_page(b"<!---->" * 580 + b"<section>")
        assert is_page(b"<!-- a --> <?xml version='1'?>\n<!-- b --><html>")
    assert clock.seconds < 1


@pytest.mark.parametrize("suffix", [".txt", ".html"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", ["قال الوزير إن المفاوضات ستستمر وأضاف أن القوات لن تنسحب.", "Liu said no, and left."])
def test_readers_read_wide_encodings_without_nuls(tmp_path: Path, suffix: str, encoding: str, text: str) -> None:
    source = f"<p>{text}</p>" if suffix == ".html" else text
    assert read(tmp_path / f"a{suffix}", source.encode(encoding))[0].text == text


@pytest.mark.parametrize(
    "declaration",
    [
        '<meta charset="{}">',
        '<meta http-equiv="Content-Type" content="text/html; charset={}">',
        "<?xml version='1.0' encoding='{}'?>",
    ],
)
@pytest.mark.parametrize(
    ("label", "encoding", "text"),
    [
        ("windows-1250", "cp1250", "Wziął ją."),
        ("iso-8859-2", "iso8859-2", "Wziął ją."),
        ("cp850", "cp850", "Où est passée la forêt ?"),
        ("iso-2022-jp", "iso2022_jp", "戦争は終わった。"),
        ("shift_jis", "cp932", "戦争は終わった①。"),
        ("gb2312", "gb18030", "谈判将继续进行。"),
    ],
)
def test_readers_take_what_a_page_declares_before_they_guess(
    tmp_path: Path, declaration: str, label: str, encoding: str, text: str
) -> None:
    page = (declaration.format(label) + f"<html><p>{text}</p></html>").encode(encoding)
    [article] = read(tmp_path / "a.html", page)
    assert (article.text, dict(article.meta)) == (text, {})


# Guesses

CZECH = "Ministr zahraničí řekl, že příměří bude dodrženo a že nechce válku."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CZECH, "cp1250"),
        (CZECH, "iso8859-2"),
        (CZECH, "cp852"),
        ("Le président a déclaré que la guerre est finie et que l'armée était prête.", "cp850"),
        ("Le président a déclaré que la guerre est finie et que l'armée était prête.", "mac_roman"),
        ("Dışişleri Bakanı görüşmelerin süreceğini söyledi ve çağrı yaptı.", "cp1254"),
    ],
)
def test_readers_tell_the_encoding_that_they_guess(tmp_path: Path, text: str, encoding: str) -> None:
    [article] = read(tmp_path / "a.txt", text.encode(encoding))
    assert article.text == text
    assert article.meta["encoding"]
    assert 0 < article.meta["encoding_confidence"] < 1
    records = read(tmp_path / "a.csv", f"text\n{text}\n".encode(encoding)) if "," not in text else []
    assert all(record.meta["encoding"] == article.meta["encoding"] for record in records)


def test_readers_read_iso_2022_by_its_escape_sequences(tmp_path: Path) -> None:
    for number, (text, encoding) in enumerate((("戦争は終わった。", "iso2022_jp"), ("전쟁은 끝났다.", "iso2022_kr"))):
        assert read(tmp_path / f"{number}.txt", text.encode(encoding))[0].text == text


def test_readers_log_a_guess_that_is_unsure(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    [article] = read(tmp_path / "a.txt", b"caf\xe9")
    assert article.meta["encoding_confidence"] < 0.8
    assert "read as cp1252 (a guess, confidence 0.50). Check its letters" in caplog.text
    caplog.clear()
    read(tmp_path / "b.txt", "café")
    read(tmp_path / "c.txt", "Wszyscy są źli, i mówią, że żona śpi. ".encode("cp1250") * 9)
    assert not caplog.text


def test_readers_say_where_utf8_is_damaged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = ("“We stay,” said Ann Lee. " * 20).encode() + b"\xe2\x80"
    [article] = read(tmp_path / "a.txt", data)
    assert article.text.endswith("Ann Lee. \ufffd")
    assert article.meta["encoding"] == "utf-8"
    assert 0.8 < article.meta["encoding_confidence"] < 1
    assert "read as utf-8 (a guess" in caplog.text


@pytest.mark.parametrize("name", ["a.txt", "a.json", "a.jsonl", "a.html"])
def test_readers_refuse_text_full_of_nuls(tmp_path: Path, name: str) -> None:
    text = "no\0" * 100
    content = json.dumps({"text": text}) if "json" in name else text
    [article] = read(tmp_path / name, content)
    assert not article.text.count("\0")
    assert article.error or "html" in name


# Records that are hostile


def test_readers_decode_binary_text_in_parquet(tmp_path: Path) -> None:
    texts = [b"Liu said no.", "“Non”, dit-il, café".encode("cp1252"), "قال لا.".encode("utf-16"), bytes(range(256)) * 4]
    columns = {"text": texts, "tag": [b"x", b"\xc3\xa9", b"\xff", b""]}
    articles = read(write_parquet(tmp_path / "a.parquet", columns))
    assert [article.text for article in articles] == ["Liu said no.", "“Non”, dit-il, café", "قال لا.", ""]
    assert [article.meta.get("encoding") for article in articles] == [None, "cp1252", None, None]
    assert [article.meta["tag"] for article in articles[:3]] == ["x", "é", "/w=="]
    assert "Not text" in (articles[3].error or "")


def test_readers_read_binary_text_as_they_are_told(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a.parquet", {"text": ["Ђока".encode("cp1251")]})
    assert read(path, encoding="cp1251")[0].text == "Ђока"


def test_readers_read_csv_in_threads_and_change_no_setting(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text\n" + ("x" * 200_000 + "\n") * 20)
    limits = set()

    def count(_: int) -> int:
        found = 0
        for article in read_articles(path):
            limits.add(csv.field_size_limit())
            found += article.error is None
        return found

    before = csv.field_size_limit()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(count, range(4))) == [20] * 4
    assert limits == {before}


def test_readers_read_a_cell_of_fifty_megabytes(tmp_path: Path) -> None:
    first, second = read(tmp_path / "a.csv", 'text\n"' + "x" * 50_000_000 + '"\nB.\n')
    assert (len(first.text), second.text) == (50_000_000, "B.")


def test_readers_hold_few_large_values_of_a_small_parquet_file(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = "Liu said no. " * 400_000
    pq.write_table(pa.table({"text": [text] * 64}), tmp_path / "a.parquet", compression="zstd")
    assert (tmp_path / "a.parquet").stat().st_size < 2 * len(text)
    before, held = pa.total_allocated_bytes(), []
    for article in read_articles(tmp_path / "a.parquet"):
        assert article.text == text
        held.append(pa.total_allocated_bytes() - before)
    assert len(held) == 64
    assert max(held) < 15 * len(text)


def test_readers_read_a_text_of_two_hundred_megabytes(tmp_path: Path) -> None:
    piece = b"Liu said no, and left the hall.\n" * 32_768
    with (tmp_path / "a.txt").open("wb") as stream:
        stream.writelines([piece] * 200)
    with Clock() as clock:
        [article] = read(tmp_path / "a.txt")
    assert len(article.text) == 200 * len(piece)
    assert clock.seconds < 10


def test_readers_lose_one_row_to_a_mark_that_is_never_closed(tmp_path: Path) -> None:
    rows = "".join(f"{n},A.\n" for n in range(1_000))
    articles = read(tmp_path / "a.csv", 'id,text\nx,"He said\n' + rows + 'y,"B."\n')
    assert [bool(article.error) for article in articles] == [True] + [False] * 1_001
    assert "line 2: not valid CSV" in (articles[0].error or "")
    assert "read as rows of their own" in (articles[0].error or "")


def test_readers_read_numbers_that_nothing_holds_as_none(tmp_path: Path) -> None:
    record = '{"text": "A.", "a": ' + "9" * 9_000 + ', "b": 1e999, "c": NaN, "d": -Infinity, "e": 5}'
    [article] = read(tmp_path / "a.json", "\ufeff" + record)
    assert article.meta == {"a": None, "b": None, "c": None, "d": None, "e": 5}


def test_readers_refuse_a_field_that_comes_twice(tmp_path: Path) -> None:
    twice = ['{"text": "A.", "text": "B."}', '{"text": "A.", "text": "A."}', '{"text": "C."}']
    first, second, third = read(tmp_path / "a.json", f"[{','.join(twice)}]")
    assert "the field 'text' comes twice with different values" in (first.error or "")
    assert (second.text, third.text) == ("A.", "C.")


def test_readers_refuse_a_field_that_comes_twice_inside_a_record(tmp_path: Path) -> None:
    speaker = '{"kind": "person", "name": "Liu", "name": "Lee"}'
    twice = f'{{"text": "A.", "quotes": [{{"kind": "indirect", "content": [[0, 1]], "speaker": {speaker}}}]}}'
    same = '{"text": "A.", "x": [[{"y": 1, "y": 1}]]}'
    first, second, third = read(tmp_path / "a.jsonl", "\n".join((twice, same.replace("1}", "2}"), same)))
    assert "the field 'name' comes twice with different values" in (first.error or "")
    assert "the field 'y' comes twice with different values" in (second.error or "")
    assert third.meta == {"x": [[{"y": 1}]]}


def test_readers_refuse_a_row_whose_column_comes_twice_with_different_values(tmp_path: Path) -> None:
    first, second = read(tmp_path / "a.csv", "id,text,text,,\n1,A.,B.,,\n2,C.,C.,x,y\n")
    assert "line 2: the field 'text' comes twice with different values" in (first.error or "")
    assert (second.text, second.id, second.error) == ("C.", "2", None)


def test_readers_refuse_a_parquet_row_whose_column_comes_twice_with_different_values(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table([["A.", "C."], ["B.", "C."]], names=["text", "text"]), tmp_path / "a.parquet")
    first, second = read(tmp_path / "a.parquet")
    assert "record 1: the field 'text' comes twice" in (first.error or "")
    assert (second.text, second.error) == ("C.", None)


@pytest.mark.parametrize("depth", [201, 900, 100_000])
def test_readers_refuse_json_that_is_deeper_than_can_be_written(tmp_path: Path, depth: int) -> None:
    [article] = read(tmp_path / "a.jsonl", '{"text": "A.", "x": ' + "[" * depth + "]" * depth + "}")
    assert "nested too deeply" in (article.error or "")


def test_readers_keep_lone_surrogates_of_json_apart(tmp_path: Path) -> None:
    [article] = read(tmp_path / "a.json", json_line({"text": "a \ud83d" + "\ude00 b"}))
    assert article.text == "a \ufffd\ufffd b"
    assert read(tmp_path / "b.json", json_line({"text": "\ud83d \U0001f600"}))[0].text == "\ud83d \U0001f600"


# Files that are hostile


def test_readers_never_wait_for_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv")
    os.mkfifo(tmp_path / "b.parquet")
    (tmp_path / "c.txt").symlink_to("/dev/zero")
    (tmp_path / "d.json").symlink_to(tmp_path / "d.json")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(tmp_path / "e.txt"))
        articles = read(tmp_path)
    assert [article.id for article in articles] == ["a.csv", "b.parquet", "c.txt", "d.json", "e.txt"]
    reasons = ["neither a file"] * 3 + ["a broken link"] + ["neither a file"]
    assert all(reason in (article.error or "") for reason, article in zip(reasons, articles, strict=True))


def test_readers_do_not_wait_for_a_file_that_becomes_a_fifo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "a.txt")
    monkeypatch.setattr(Path, "is_file", lambda _: True)
    assert "neither a file" in (read(tmp_path / "a.txt")[0].error or "")


def test_readers_tell_of_a_file_that_vanishes(tmp_path: Path) -> None:
    for name in ("a.txt", "b.csv", "c.parquet"):
        (tmp_path / name).write_text("text\nA.")
    articles = read_articles(tmp_path)
    assert next(articles).text == "text\nA."
    for name in ("b.csv", "c.parquet"):
        (tmp_path / name).unlink()
    assert ["No such file" in (article.error or "") for article in articles] == [True, True]


# Pages that are hostile


def test_readers_lose_nothing_behind_deep_elements(tmp_path: Path) -> None:
    page = "<p>First.</p>" + "<div>" * 300 + "Deep." + "</div>" * 300 + "<p>Last.</p>"
    assert read(tmp_path / "a.html", page)[0].text == "First.\n\nDeep.\n\nLast."
    [article] = read(tmp_path / "b.html", page.replace("<div>" * 300, "<div>" * 100_000))
    assert "more than 2,000 deep" in (article.error or "")


@pytest.mark.parametrize(
    "page",
    [
        "<p>Liu said that the talks go on.</p>" * 270_000,
        "<table><tr><td>Liu said no.</td></tr></table>" * 20_000,
        "<p>" + "Liu said no. " * 800_000,
        "<p>" + "&amp;" * 1_000_000,
    ],
    ids=["ten megabytes", "tables", "one paragraph", "entities"],
)
def test_readers_read_a_large_page_in_little_time(tmp_path: Path, page: str) -> None:
    with Clock() as clock:
        [article] = read(tmp_path / "a.html", page)
    assert len(article.text) > 200_000
    assert clock.seconds < 10


# Anything


@given(st.sampled_from(SUFFIXES), st.binary(max_size=300))
def test_readers_turn_any_bytes_into_articles(suffix: str, content: bytes) -> None:
    with TemporaryDirectory() as folder:
        articles = read(Path(folder, f"a{suffix}"), content)
    assert all(article.error is None or article.text == "" for article in articles)
    assert len({article.id for article in articles}) == len(articles)
    if suffix in (".txt", ".md"):
        assert articles[0].error is not None or articles[0].text == decode(content)


@given(st.text(max_size=200))
def test_readers_turn_any_page_into_one_article(page: str) -> None:
    with TemporaryDirectory() as folder:
        [article] = read(Path(folder, "a.html"), ("<p>" + page).encode("utf-8", "surrogatepass"))
    assert (article.error is None) == bool(article.text)


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["text", "id", "title", "x"]), st.none() | st.text(max_size=9) | st.integers())
    )
)
def test_readers_keep_the_count_and_order_of_records(records: list[dict[str, Any]]) -> None:
    with TemporaryDirectory() as folder:
        articles = read(Path(folder, "a.jsonl"), "\n".join(map(json.dumps, records)))
    assert [article.text for article in articles] == [
        record["text"] if isinstance(record.get("text"), str) else "" for record in records
    ]
    assert len({article.id for article in articles}) == len(articles)


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-16LE", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize("header", ["id,text", '"id";"text"'])
def test_readers_take_no_byte_order_mark_for_a_part_of_a_column(tmp_path: Path, encoding: str, header: str) -> None:
    row = header.replace("id", "7").replace("text", "No.")
    (tmp_path / "a.csv").write_bytes(f"\ufeff{header}\r\n{row}\r\n".encode(encoding))
    [article] = read_articles(tmp_path / "a.csv", encoding=encoding)
    assert (article.id, article.text, dict(article.meta)) == ("7", "No.", {})


def test_readers_do_not_take_a_stray_nul_for_a_sign_of_utf_16() -> None:
    text = "The minister told reporters on Monday that no troops would leave, and Liu said “no”."
    for place in range(1, len(text)):
        odd = f"{text[:place]}\0{text[place:]}"
        assert decode(odd.encode()) == odd
    for encoding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        for whole in (text, f"{text}…", "Лю сказал, что нет.", "他说, 不行."):
            assert decode(whole.encode(encoding)) == whole


def test_readers_a_file_that_cannot_be_written_is_told_before_anything_is_read(tmp_path: Path) -> None:
    def never() -> Iterator[Article]:
        raise AssertionError("The articles were read.")
        yield Article("")

    with pytest.raises(IsADirectoryError, match="Name a file"):
        write_articles(never(), tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no such folder to write in: .*missing"):
        write_articles(never(), tmp_path / "missing" / "a.jsonl")
    assert list(tmp_path.iterdir()) == []
