"""The memo as a PDF: set by fpdf2, in a font that is found on the machine, with the text selectable and in order."""

from __future__ import annotations

import importlib
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from api.decision_memo import Memo
from compliance.errors import UsageError

FONTS = tuple(
    Path(folder)
    for folder in (
        "/usr/share/fonts/truetype/dejavu",
        "/usr/share/fonts/dejavu",
        "/usr/share/fonts/dejavu-sans-fonts",
        "/usr/share/fonts/TTF",
        "/opt/homebrew/share/fonts",
    )
)
"""Where a font of many scripts is looked for; without one, letters beyond Latin-1 are written as their code points."""
SIZES = {"heading": 13.0, "part": 11.0, "text": 10.0, "item": 10.0, "quote": 10.0, "small": 8.0}
COLOURS = {
    "block": (156, 21, 41),
    "review": (116, 70, 0),
    "allow-with-obligations": (21, 79, 138),
    "allow": (18, 92, 54),
}
INK, SOFT = (29, 32, 36), (86, 92, 100)
MARGIN = 22.0


def pdf(memo: Memo) -> bytes:
    """The memo on A4."""
    try:
        library: Any = importlib.import_module("fpdf")
    except ImportError:
        raise UsageError("the PDF library is not installed", remedy="pip install fpdf2, or ask for the HTML") from None
    page = library.FPDF(format="A4")
    said = _font(page)
    page.set_title(said(memo.title))
    page.set_creator("clearance")
    page.set_lang("en")
    page.set_margins(MARGIN, MARGIN, MARGIN)
    page.set_auto_page_break(True, MARGIN)
    page.alias_nb_pages()
    page.add_page()
    _head(page, memo, said)
    for block in memo.blocks:
        _block(page, block.kind, said(block.text))
    _numbers(page, said(memo.title))
    return bytes(page.output())


def _font(page: Any) -> Callable[[str], str]:
    """Set the font; what makes a text fit to be set in it."""
    found = next((f for f in FONTS if (f / "DejaVuSans.ttf").is_file() and (f / "DejaVuSans-Bold.ttf").is_file()), None)
    if found is None:
        page.set_font("Helvetica", "", 10)
        return _latin
    page.add_font("memo", "", found / "DejaVuSans.ttf")
    page.add_font("memo", "B", found / "DejaVuSans-Bold.ttf")
    page.set_font("memo", "", 10)
    held = page.fonts["memo"].cmap
    return lambda text: "".join(c if ord(c) in held else _spelled(c) for c in text)


def _latin(text: str) -> str:
    plain = text.translate(
        {0x2013: "-", 0x2014: "-", 0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2026: "..."}
    )
    return "".join(c if c.isprintable() and ord(c) < 256 else _spelled(c) for c in unicodedata.normalize("NFC", plain))


def _spelled(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def _head(page: Any, memo: Memo, said: Callable[[str], str]) -> None:
    _style(page, "", 9, SOFT)
    page.cell(0, 5, said("Clearance memo"), new_x="LMARGIN", new_y="NEXT")
    _style(page, "B", 20, COLOURS[memo.verdict])
    page.multi_cell(0, 10, said(memo.outcome), new_x="LMARGIN", new_y="NEXT")
    _style(page, "", 11, INK)
    page.multi_cell(0, 6, said(memo.headline), new_x="LMARGIN", new_y="NEXT", align="L")
    page.ln(3)
    for name, value in memo.facts:
        _style(page, "", 9, SOFT)
        page.cell(28, 5, said(name))
        _style(page, "", 9, INK)
        page.multi_cell(0, 5, said(value) or "-", new_x="LMARGIN", new_y="NEXT", align="L", wrapmode="CHAR")
    page.ln(2)


def _block(page: Any, kind: str, text: str) -> None:
    size = SIZES[kind]
    if kind == "heading":
        page.ln(4)
        if page.will_page_break(22):
            page.add_page()
        _style(page, "B", size, INK)
        page.start_section(text)
    elif kind == "part":
        page.ln(2)
        _style(page, "B", size, INK)
    else:
        _style(page, "", size, SOFT if kind == "small" else INK)
    indent = {"item": 5.0, "quote": 5.0}.get(kind, 0.0)
    page.set_x(MARGIN + indent)
    if kind == "item":
        page.cell(4, size * 0.5, "-")
    page.multi_cell(0, size * 0.5, text, new_x="LMARGIN", new_y="NEXT", align="L")
    page.ln(1)


def _numbers(page: Any, title: str) -> None:
    """The foot of every page; set at the end, since only then the pages are known."""
    page.set_auto_page_break(False)
    for number in range(1, page.pages_count + 1):
        page.page = number
        page.set_y(-14)
        _style(page, "", 8, SOFT)
        page.cell(0, 5, f"{title[:90]}, page {number} of {page.pages_count}", align="C")


def _style(page: Any, style: str, size: float, colour: tuple[int, int, int]) -> None:
    page.set_font(page.font_family, style, size)
    page.set_text_color(*colour)
