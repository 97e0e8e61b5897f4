"""The text of a Word file as light Markdown: headings, list items, rows of tables."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

from compliance.errors import InputError, MalformedText, UnsafeInput

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_UNPACKED = 64 * 1024 * 1024
MAX_ENTRIES = 4096
_MAX_RATIO = 200
_HEADING = re.compile(r"(?:Heading|Title|Überschrift|Titre) ?(\d?)", re.IGNORECASE)


def docx_text(data: bytes, name: str) -> str:
    """The text of the body; an archive that unpacks to more than terms can hold is refused before it is unpacked."""
    _check_archive(data, name)
    try:
        import docx

        return "\n\n".join(_lines(docx.Document(io.BytesIO(data))))
    except InputError:
        raise
    except Exception as error:  # python-docx raises whatever a broken file trips it with
        raise MalformedText(
            f"cannot be read as a Word file: {type(error).__name__}",
            file=name,
            remedy="save it again, or as PDF or text",
        ) from None


def _check_archive(data: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise UnsafeInput(f"more than {MAX_ENTRIES} parts", file=name, remedy="save the document again")
            total = 0
            for entry in entries:
                total += entry.file_size
                if entry.flag_bits & 1:
                    raise MalformedText("the file is encrypted", file=name, remedy="save a copy without a password")
                bomb = entry.file_size > 1_000_000 and entry.file_size > _MAX_RATIO * max(1, entry.compress_size)
                if bomb or total > MAX_UNPACKED:
                    raise UnsafeInput(
                        "unpacks to more than a document holds", file=name, remedy="save the document again"
                    )
            if "word/document.xml" not in archive.namelist():
                raise MalformedText(
                    "a zip archive, not a Word file", file=name, remedy="unpack it and name the document"
                )
            # The sizes that an archive states can lie; the reading itself is bounded as well.
            _bounded_read(archive, name)
    except zipfile.BadZipFile:
        raise MalformedText("a damaged archive, not a Word file", file=name, remedy="save the document again") from None
    except (NotImplementedError, EOFError, OSError, ValueError, RuntimeError) as error:
        raise MalformedText(
            f"cannot be unpacked: {type(error).__name__}", file=name, remedy="save the document again"
        ) from None


def _bounded_read(archive: zipfile.ZipFile, name: str) -> None:
    left = MAX_UNPACKED
    for entry in archive.infolist():
        with archive.open(entry) as part:
            while chunk := part.read(1 << 20):
                left -= len(chunk)
                if left < 0:
                    raise UnsafeInput(
                        "unpacks to more than a document holds", file=name, remedy="save the document again"
                    )


def _lines(document: Any) -> Iterator[str]:
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            rows = [[" ".join(cell.text.split()) for cell in row.cells] for row in block.rows]
            yield "\n".join("| " + " | ".join(dict.fromkeys(row)) + " |" for row in rows)
            continue
        text = block.text.strip()
        if not text:
            continue
        style = (block.style.name or "") if block.style is not None else ""
        heading = _HEADING.match(style)
        if heading:
            yield "#" * min(6, int(heading[1] or 1)) + " " + " ".join(text.split())
            continue
        level = _list_level(block, style)
        yield text if level is None else "    " * level + "* " + text


def _list_level(paragraph: Any, style: str) -> int | None:
    """The depth of a list item, from 0; None for a paragraph. Word keeps numbers apart, so all become bullets."""
    properties = paragraph._p.pPr
    numbering = properties.numPr if properties is not None else None
    if numbering is not None:
        return min(8, int(numbering.ilvl.val)) if numbering.ilvl is not None else 0
    return 0 if style.startswith("List") else None
