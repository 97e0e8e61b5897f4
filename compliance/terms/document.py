"""A terms document as stored text and blocks with exact offsets."""

from __future__ import annotations

from typing import Literal

import msgspec

BlockKind = Literal["heading", "paragraph", "item", "row", "matter"]
"""`row` is a row of a table, `matter` the front matter before the text."""


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the stored text: `text[start:end]` is its content, without its marker.

    `lead_in` holds the indexes of the blocks whose words govern this one, outermost first: "You may not:" governs
    each item below it. `section` is the path of headings above it.
    """

    kind: BlockKind
    start: int
    end: int
    marker: str = ""
    level: int = 0
    section: str = ""
    lead_in: tuple[int, ...] = ()


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """The stored text of a file and its blocks; `notes` say what a reader should know before trusting them.

    `text_is_file` says whether offsets count code points of the file itself (text, Markdown) or of text drawn from it.
    """

    name: str
    format: Literal["text", "markdown", "html", "pdf", "docx"]
    text: str
    blocks: tuple[Block, ...]
    text_is_file: bool = True
    notes: tuple[str, ...] = ()
