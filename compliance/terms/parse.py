"""Files to documents: text, Markdown, HTML, PDF and Word files, told apart by their content.

Text and Markdown are kept as they are, so that offsets count code points of the file. The others are written out as
light Markdown, and offsets count code points of that. Every file is hostile: sizes are bounded before and after
decompression, nothing is fetched, and what cannot be read is an error that says so.
"""

from __future__ import annotations

import re
from pathlib import Path

from compliance.errors import MalformedText, UnsafeInput
from compliance.reading.structured import decode, read_bytes
from compliance.terms.blocks import scan
from compliance.terms.document import Document

MAX_BYTES = 32 * 1024 * 1024
MAX_CHARACTERS = 4_000_000

_HTML_HEAD = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_HTML_TAGS = re.compile(rb"</(?:p|div|li|span|h[1-6]|body|ul|ol|table)>", re.IGNORECASE)
_OTHER_FORMATS = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old Word file or another file of the same container",
        "save it as .docx, PDF or text",
    ),
    (b"{\\rtf", "a Rich Text file", "save it as .docx, PDF or text"),
    (b"\x89PNG", "an image", "name a document with text"),
    (b"\xff\xd8\xff", "an image", "name a document with text"),
    (b"GIF8", "an image", "name a document with text"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first"),
    (b"\x7fELF", "a program", "name a document with text"),
)


def read_document(path: Path, *, name: str = "") -> Document:
    """The document in a file; `name` is what it is called in answers and errors, the path unless given."""
    name = name or str(path)
    return document_from(read_bytes(path, limit=MAX_BYTES), name, suffix=path.suffix.lower())


def document_from(data: bytes, name: str, *, suffix: str = "") -> Document:
    """The document in the bytes of a file."""
    if not data.strip():
        raise MalformedText("the file is empty", file=name, remedy="name a file that holds the terms")
    if b"%PDF-" in data[:1024]:
        from compliance.terms.pdf import pdf_text

        text, notes = pdf_text(data, name)
        return _written_out(name, "pdf", text, notes)
    if data.startswith(b"PK\x03\x04"):
        from compliance.terms.docx import docx_text

        return _written_out(name, "docx", docx_text(data, name), ())
    for magic, kind, remedy in _OTHER_FORMATS:
        if data.startswith(magic):
            raise MalformedText(f"this is {kind}, not terms", file=name, remedy=remedy)
    if _is_html(data, suffix):
        from compliance.terms.html import html_text

        return _written_out(name, "html", html_text(data, name), ())
    return _plain(data, name, suffix)


def _is_html(data: bytes, suffix: str) -> bool:
    head = data[:4096]
    if _HTML_HEAD.match(head):
        return True
    return suffix in (".html", ".htm", ".xhtml") and bool(_HTML_TAGS.search(data[:65536]))


def _plain(data: bytes, name: str, suffix: str) -> Document:
    if b"\x00" in data[:65536] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise MalformedText(
            "a binary file, not terms", file=name, remedy="name a text, Markdown, HTML, PDF or .docx file"
        )
    text = decode(data, name).content
    if data.startswith(b"\xef\xbb\xbf"):
        text = "\ufeff" + text  # offsets count the mark, as they do for everyone who reads the file as UTF-8
    controls = sum(text[:65536].count(c) for c in map(chr, range(1, 9)))
    if controls > 16:
        raise MalformedText(
            "a binary file, not terms", file=name, remedy="name a text, Markdown, HTML, PDF or .docx file"
        )
    _bounded(text, name)
    return Document(
        name=name, format="markdown" if suffix in (".md", ".markdown") else "text", text=text, blocks=scan(text)
    )


def _written_out(name: str, format_: str, text: str, notes: tuple[str, ...]) -> Document:
    _bounded(text, name)
    if not text.strip():
        raise MalformedText("no text in it", file=name, remedy="a scan needs text recognition first")
    kind = {"pdf": "pdf", "docx": "docx", "html": "html"}[format_]
    return Document(
        name=name,
        format=kind,  # type: ignore[arg-type]
        text=text,
        blocks=scan(text),
        text_is_file=False,
        notes=(*notes, "offsets count the text drawn from the file (--save-text writes it out)"),
    )


def _bounded(text: str, name: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise UnsafeInput(
            f"more than {MAX_CHARACTERS:,} characters of text", file=name, remedy="split it into smaller files"
        )
