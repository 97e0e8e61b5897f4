"""The same terms in every format, and input that is none."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from compliance.errors import InputError, MalformedText, UnreadableFile, UnsafeInput
from compliance.terms.document import Document
from compliance.terms.extract import extractor
from compliance.terms.parse import MAX_BYTES, document_from, read_document

RULES = ("use Output to train other AI models", "reverse-engineer the Service", "scrape Output with bots")
CATEGORIES = {"train-any-models", "reverse-engineer", "scrape-output"}
PAGE = (
    "<!DOCTYPE html><html><head><title>x</title><style>p{}</style></head><body><nav>Menu</nav><h1>Terms of Use</h1>"
    "<p>You must <b>not</b>:</p><ol type='a'>" + "".join(f"<li>{rule};</li>" for rule in RULES) + "</ol>"
    "<table><tr><th>Plan</th><th>Price</th></tr><tr><td>Free</td><td>0</td></tr></table>"
    "<script>train()</script></body></html>"
)


def word_file() -> bytes:
    import docx

    document = docx.Document()
    document.add_heading("Terms of Use", 1)
    document.add_paragraph("You must not:")
    for rule in RULES:
        document.add_paragraph(rule + ";", style="List Bullet")
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Plan", "Price"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def pdf_file(lines: list[str], password: str | None = None) -> bytes:
    """A PDF of one page, written object by object."""
    shown = " ".join(f"({line}) Tj 0 -16 Td" for line in lines)
    content = f"BT /F1 12 Tf 50 780 Td {shown} ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, 2)
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    if password is None:
        return out.getvalue()
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter()
    writer.append(PdfReader(io.BytesIO(out.getvalue())))
    writer.encrypt(password, algorithm="RC4-128")
    locked = io.BytesIO()
    writer.write(locked)
    return locked.getvalue()


def said(document: Document) -> set[str]:
    return {c.category for c in extractor(lexical=True).document(document).clauses}


@pytest.mark.parametrize(
    ("data", "name", "format_"),
    [
        (PAGE.encode(), "terms.html", "html"),
        (PAGE.encode(), "terms", "html"),
        (word_file(), "terms.docx", "docx"),
        (pdf_file(["Terms of Use", "You must not:", *(f"* {rule};" for rule in RULES)]), "terms.pdf", "pdf"),
    ],
)
def test_every_format_says_the_same(data: bytes, name: str, format_: str) -> None:
    document = document_from(data, name, suffix=Path(name).suffix)
    assert document.format == format_
    assert said(document) == CATEGORIES
    assert not document.text_is_file
    for clause in extractor(lexical=True).document(document).clauses:
        assert document.text[clause.start : clause.end] == clause.quote


def test_html_keeps_headings_lists_and_tables_and_drops_menus_and_scripts() -> None:
    text = document_from(PAGE.encode(), "x.html").text
    assert text.startswith("# Terms of Use\n\nYou must not:\n\n(a) use Output")
    assert "| Plan | Price |" in text
    assert "Menu" not in text and "train()" not in text


def test_offsets_count_every_code_point_of_the_file() -> None:
    text = "\ufeff# Terms\r\n\r\n\U0001f600 You must not use Output to train other AI models.\r\n"
    document = document_from(text.encode(), "x.md", suffix=".md")
    assert document.text == text
    (clause,) = extractor(lexical=True).document(document).clauses
    assert text[clause.start : clause.end] == clause.quote


def test_a_page_in_an_encoding_that_it_names() -> None:
    page = "<html><head><meta charset='windows-1252'></head><body><p>Caf\u00e9 terms</p></body></html>"
    assert "Caf\u00e9" in document_from(page.encode("windows-1252"), "x.html").text


def test_nesting_that_the_parser_gives_up_on_is_an_error_and_no_empty_page() -> None:
    page = b"<html><body>" + b"<div>" * 200 + b"You may not sell it." + b"</div>" * 200
    assert "sell it" in document_from(page, "x.html").text
    page = b"<html><body><p>First</p>" + b"<div>" * 5000 + b"You may not sell it." + b"</div>" * 5000
    with pytest.raises(UnsafeInput, match="nested"):
        document_from(page, "x.html")


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name.replace("__", "/"), body)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "error", "words"),
    [
        (b"", "x.md", MalformedText, "empty"),
        (b" \n\n ", "x.md", MalformedText, "empty"),
        (b"text \x00\x01\x02 more", "x.md", MalformedText, "binary"),
        (bytes(range(1, 9)) * 9, "x.txt", MalformedText, "binary"),
        ("You may".encode("utf-16"), "x.txt", MalformedText, "UTF-16"),
        (b"line\nna\xefve", "x.txt", MalformedText, "not UTF-8"),
        (b"<html><body>na\xefve</body></html>", "x.html", MalformedText, "neither UTF-8"),
        (b"\x89PNG\r\n\x1a\n", "x.png", MalformedText, "image"),
        (b"\x1f\x8b\x08\x00", "x.gz", MalformedText, "gzip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "x.doc", MalformedText, "old Word"),
        (b"%PDF-1.7\ngarbage", "x.pdf", MalformedText, "PDF"),
        (pdf_file(["Secret"], password="pw"), "x.pdf", MalformedText, "encrypted"),
        (pdf_file([]), "x.pdf", MalformedText, "no text"),
        (b"PK\x03\x04 broken", "x.docx", MalformedText, "damaged"),
        (zipped(a=b"b"), "x.docx", MalformedText, "not a Word file"),
        (zipped(word__document=b"b", **{"word__document.xml": b"<a"}), "x.docx", MalformedText, "Word file"),
        (zipped(**{"word__document.xml": bytes(30_000_000)}), "x.docx", UnsafeInput, "unpacks"),
        (b"<html><body><script>x</script></body></html>", "x.html", MalformedText, "no text"),
        (b"a" * 4_000_001, "x.txt", UnsafeInput, "characters"),
    ],
)
def test_bad_input_is_a_clear_error(data: bytes, name: str, error: type[InputError], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        document_from(data, name, suffix=Path(name).suffix)
    assert caught.value.remedy and caught.value.file == name


def test_a_huge_file_is_refused_without_reading_it_all(tmp_path: Path) -> None:
    path = tmp_path / "huge.md"
    with path.open("wb") as handle:
        handle.truncate(200 * 1024 * 1024)
    with pytest.raises(UnsafeInput, match=f"{MAX_BYTES // 1048576} MiB"):
        read_document(path)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.md"):
        with pytest.raises(UnreadableFile):
            read_document(path)


@pytest.mark.parametrize(
    "text",
    [
        "# 403 Forbidden\n\nnginx\n",
        "Just a moment...\n\nEnable JavaScript and cookies to continue",
        "This page isn\u2019t available\n-----\n\nAn unexpected error has occurred. Try reloading the page.\n",
        "ok",
    ],
)
def test_no_text_is_not_no_restriction(text: str) -> None:
    found = extractor(lexical=True).document(document_from(text.encode(), "x.md", suffix=".md"))
    assert found.has_training_restriction is None
    assert found.notes


def test_a_document_of_one_line_is_read() -> None:
    found = extractor(lexical=True).document(
        document_from(b"By using this you agree that you must not use Output to train other AI models.", "x.txt")
    )
    assert found.has_training_restriction is True


def test_long_nonsense_ends() -> None:
    text = "(a) " * 20_000 + "you may not, " * 5_000 + "[" * 5_000 + "**" * 5_000 + "|" * 500
    assert extractor(lexical=True).document(document_from(text.encode(), "x.txt")).file == "x.txt"
