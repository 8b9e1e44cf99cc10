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
from pages import read

from quotestance import Article, Quote, Span, Speaker, Stance
from quotestance.errors import FormatError
from quotestance.io.article_lines import write_articles
from quotestance.io.encodings import decode
from quotestance.io.readers import read_articles
from quotestance.io.table import to_csv, to_jsonl, to_parquet
from quotestance.text import json_line

TEXT = '"We will talk," Liu said.\r\n\r\n“No limits.”\n'


SUFFIXES = (".txt", ".md", ".html", ".htm", ".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")


def write_parquet(path: Path, columns: dict[str, Any]) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path)
    return path


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


def test_readers_say_what_to_do_with_json_lines_that_are_called_json(tmp_path: Path) -> None:
    [article] = read(tmp_path / "a.json", '{"text": "A."}\n{"text": "B."}\n')
    assert "Extra data: line 2 column 1. Call it .jsonl if it holds a record a line" in (article.error or "")


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


@given(st.sampled_from(SUFFIXES), st.binary(max_size=300))
def test_readers_turn_any_bytes_into_articles(suffix: str, content: bytes) -> None:
    with TemporaryDirectory() as folder:
        articles = read(Path(folder, f"a{suffix}"), content)
    assert all(article.error is None or article.text == "" for article in articles)
    assert len({article.id for article in articles}) == len(articles)
    if suffix in (".txt", ".md"):
        assert articles[0].error is not None or articles[0].text == decode(content)


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
