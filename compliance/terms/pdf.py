"""The text of a PDF, page by page."""

from __future__ import annotations

import io
import logging
import re
from typing import TYPE_CHECKING, Any

from compliance.errors import InputError, MalformedText, UnsafeInput

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PAGES = 1000
_MAX_CHARACTERS = 4_000_000
_PAGE_NUMBER = re.compile(r"\s*(?:page\s+)?\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?\s*", re.IGNORECASE)


def pdf_text(data: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    """The text of the pages and notes on what could not be read; a PDF that needs a password is an error."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        pages = list(_pages(data, name))
    except InputError:
        raise
    except Exception as error:  # pypdf raises whatever a broken file trips it with
        raise MalformedText(
            f"cannot be read as PDF: {type(error).__name__}", file=name, remedy="save it again, or as text"
        ) from None
    empty = sum(not page.strip() for page in pages)
    if empty == len(pages):
        raise MalformedText("the PDF has no text, only pictures of it", file=name, remedy="run text recognition first")
    notes = (f"{empty} of {len(pages)} pages have no text",) if empty else ()
    return "\n\n".join(_without_furniture(pages)), notes


def _pages(data: bytes, name: str) -> Iterator[str]:
    from pypdf import PasswordType, PdfReader
    from pypdf.errors import DependencyError

    reader: Any = PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        locked = MalformedText("the PDF is encrypted", file=name, remedy="save a copy without a password")
        try:
            if reader.decrypt("") == PasswordType.NOT_DECRYPTED:
                raise locked
        except (DependencyError, NotImplementedError):
            raise locked from None
    if len(reader.pages) > MAX_PAGES:
        raise UnsafeInput(f"more than {MAX_PAGES} pages", file=name, remedy="split it into smaller files")
    total = 0
    for page in reader.pages:
        text = page.extract_text() or ""
        total += len(text)
        if total > _MAX_CHARACTERS:
            raise UnsafeInput("more text than terms can have", file=name, remedy="split it into smaller files")
        yield text


def _without_furniture(pages: list[str]) -> Iterator[str]:
    """The pages without page numbers and without a first or last line that most of them share."""
    lines = [[line.rstrip() for line in page.splitlines()] for page in pages]
    for index in (0, -1):
        edge = [page[index] for page in lines if page]
        common = {line for line in edge if len(pages) > 2 and edge.count(line) > len(pages) / 2}
        for page in lines:
            if page and (page[index] in common or _PAGE_NUMBER.fullmatch(page[index])):
                del page[index]
    for page in lines:
        yield "\n".join(page)
