"""Files into the database: every format, once, with clauses and hashes; bad ones are one line that says what to do."""

from __future__ import annotations

import datetime
import gzip
import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from archive import BAN, Ran, page, run

from compliance.history.database import open_history
from compliance.history.tables import clauses, passages, texts, units, versions

MANY = 200 * 1024 * 1024


def add(path: Path, db: Path, *more: str) -> Ran:
    return run("ingest", path, "--party", "Acme", "--date", "2026-01-02", "--db", db, "--lexical", *more)


def counts(db: Path) -> list[int]:
    with open_history(db, create=True) as held, held.reading() as connection:
        tables = (versions, texts, passages, units, clauses)
        return [connection.execute(sa.select(sa.func.count()).select_from(t)).scalar_one() for t in tables]


def word_file(*paragraphs: str) -> bytes:
    import docx

    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def pdf_file(*lines: str, password: str = "") -> bytes:
    from pypdf import PdfWriter
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    writer = PdfWriter()
    sheet = writer.add_blank_page(600, 800)
    font = DictionaryObject(
        {NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"),
         NameObject("/BaseFont"): NameObject("/Helvetica")}
    )  # fmt: skip
    sheet[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
    )
    stream = DecodedStreamObject()
    shown = " ".join(f"({line}) Tj 0 -16 Td" for line in lines)
    stream.set_data(f"BT /F1 9 Tf 20 780 Td {shown} ET".encode())
    sheet[NameObject("/Contents")] = writer._add_object(stream)
    if password:
        writer.encrypt(password, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<a>" * (40 * 1024 * 1024 // 3))
        archive.writestr("[Content_Types].xml", "<Types/>")
    return out.getvalue()


def html_file() -> bytes:
    return f"<html><body><h1>Terms of Service</h1><p>You agree to pay.</p><p>{BAN}</p></body></html>".encode()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("terms.md", page(BAN).encode()),
        ("terms.txt", page(BAN).encode()),
        ("terms.html", html_file()),
        ("terms.pdf", pdf_file("Terms of Service. You agree to pay the fees.", BAN)),
        ("terms.docx", word_file("Terms of Service", "You agree to pay the fees.", BAN)),
        ("latin.md", page(BAN, "Die Gebühr beträgt fünf Euro.").encode("cp1252")),
        ("wide.txt", page(BAN).encode("utf-16")),
        ("marked.md", b"\xef\xbb\xbf" + page(BAN).encode()),
        ("old-mac.txt", page(BAN).replace("\n", "\r").encode()),
        ("line.md", BAN.encode()),
        ("long-line.txt", (BAN + " You must pay each fee that we ask for.").encode() * 2000),
    ],
)
def test_each_format_is_kept_with_its_clause_and_hashes(tmp_path: Path, db: Path, name: str, data: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    done = add(file, db)
    assert (done.code, done.error) == (0, "")
    assert "1 new versions of 1 documents" in done.out
    told = json.loads(run("show", "acme", "--db", db, "--format", "json").out)
    assert told["text_sha256"] == hashlib.sha256(told["text"].encode()).hexdigest()
    assert told["units"]
    found = json.loads(run("confirm", "acme", "--db", db, "--list", "--format", "json", "--lexical").out)["clauses"]
    assert found and {c["found"]["category"] for c in found} <= {"train-any-models", "train-competing-models"}
    for clause in found:
        start, end = clause["found"]["start"], clause["found"]["end"]
        assert told["text"][start:end] == clause["quote"]
        assert clause["found"]["quote_sha256"] == hashlib.sha256(clause["quote"].encode()).hexdigest()


def test_a_folder_is_read_once_and_then_only_what_is_new(tmp_path: Path, db: Path) -> None:
    folder = tmp_path / "contracts"
    for name in ("a/terms.md", "b/terms.md", "usage.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(page(BAN, f"This is the text {name}, which you agree to."))
    (folder / "notes.csv").write_text("a,b\n")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
    first = add(folder, db)
    assert first.code == 0
    assert "3 new versions of 3 documents" in first.out
    assert "not read:" in first.out and "broken.pdf" in first.out
    before = counts(db)
    assert "0 new versions" in add(folder, db).out
    assert counts(db) == before
    (folder / "usage.txt").write_text(page(BAN, "This is another text, which you agree to."))
    assert "1 new versions" in add(folder, db).out
    assert counts(db)[0] == before[0] + 1
    names = [d["document"] for d in json.loads(run("list", "--db", db, "--format", "json").out)["documents"]]
    assert names == ["Acme/a/terms", "Acme/b/terms", "Acme/usage"]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("empty.md", b"", "empty"),
        ("blank.md", b" \n\n\t", "empty"),
        ("binary.md", bytes(range(256)) * 40, "binary"),
        ("picture.pdf", b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "an image"),
        ("locked.pdf", pdf_file(BAN, password="secret"), "encrypted"),
        ("bare.pdf", pdf_file(), "no text"),
        ("error.html", b"<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1>"
         b"<p>The page that you asked for is not on this server. Go back to the first page and try again.</p></html>",
         "an error page"),
        ("wall.html", b"<html><body><p>We use cookies. Accept all cookies to go on to the page that you asked for, or "
         b"manage your consent in the settings of this site at any time.</p></body></html>", "a wall"),
        ("short.txt", b"hello", "too short"),
        ("bomb.docx", bomb(), "unpacks to more"),
        ("packed.gz", gzip.compress(page(BAN).encode()), "gzip"),
        ("half-wide.txt", b"\xff\xfe\x00\xd8x", "UTF-16"),
        ("cut.docx", word_file(BAN)[:900], "damaged"),
    ],
)  # fmt: skip
def test_what_holds_no_terms_is_one_line_with_a_remedy(
    tmp_path: Path, db: Path, name: str, data: bytes, words: str
) -> None:
    good = tmp_path / "good.md"
    good.write_text(page(BAN))
    add(good, db)
    before = counts(db)
    file = tmp_path / name
    file.write_bytes(data)
    done = add(file, db)
    assert done.code == 65
    assert words in done.error.casefold() or words in done.error
    assert str(file) in done.error and "\n" not in done.error and done.error.rstrip().endswith(")")
    assert counts(db) == before


def test_a_file_of_200_mb_is_refused(tmp_path: Path, db: Path) -> None:
    file = tmp_path / "huge.txt"
    with file.open("wb") as handle:
        handle.truncate(MANY)
    done = add(file, db)
    assert done.code == 65
    assert "MiB" in done.error or "larger" in done.error


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.md", "--party", "A", "--date", "2026-01-01"], "no such file"),
        (["/dev/null", "--party", "A", "--date", "2026-01-01"], "not a regular file"),
        ([".", "--party", "A", "--document", "x", "--date", "2026-01-01"], "several documents"),
        (["x.md", "--party", " ", "--date", "2026-01-01"], "names that can be printed"),
        (["x.md", "--party", "a\x1b[2J", "--date", "2026-01-01"], "names that can be printed"),
    ],
)
def test_what_was_asked_for_cannot_be(db: Path, arguments: list[str], words: str) -> None:
    done = run("ingest", *arguments, "--db", db)
    assert done.code in (64, 65)
    assert words in done.error


def test_the_next_version_is_compared_like_any_other(tmp_path: Path, db: Path) -> None:
    file = tmp_path / "terms.md"
    for day, text in ((1, page()), (20, page(BAN))):
        file.write_text(text)
        date = datetime.date(2026, 1, day).isoformat()
        run("ingest", file, "--party", "Acme", "--date", date, "--db", db, "--no-clauses")
    assert run("alerts", "--db", db, "--exit-code").code == 2
    assert counts(db)[-1] == 0
