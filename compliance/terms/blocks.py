"""Stored text to blocks: headings, paragraphs, list items with their lead-ins, rows of tables.

Terms come as Markdown, as plain text wrapped by hand, and as both at once, so lines are read by their shape and
nothing is rewritten: Markdown's own rules would turn an indented licence into code and renumber its lists.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from compliance.terms.document import Block, BlockKind
from compliance.terms.markers import Marker, line_marker
from compliance.terms.plain import plain

_ATX = re.compile(r"[ \t]{0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$")
_SETEXT = re.compile(r"[ \t]{0,3}(=+|-{2,})[ \t]*$")
_RULE = re.compile(r"[ \t]*([-*_=~\u2022\u00b7\u2013\u2014][ \t]*){3,}$")
_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*$|[^|]+\|[^|]+\|[^|]+")
_ROW_RULE = re.compile(r"[ \t|:\-]+$")
_BOLD_LINE = re.compile(r"[ \t]*(\*\*|__)(?P<title>[^*_]{2,90})\1[ \t]*$")
_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(.*?\r?\n)---[ \t]*(\r?\n|$)", re.DOTALL)
_TERMINAL = re.compile(r"[.!?][\"\u201d\u2019')\]*_]*$")
_NUMBERED_TITLE = re.compile(r"(section|article|part|annex|appendix|schedule|exhibit|attachment)\b", re.IGNORECASE)
_OPENS_LIST = re.compile(
    r"(:|\u2014|\u2013|\bto|\bfollowing|\bnot|\bby|\bfor|\bthat|\bwill|\bmust|\bshall|\bmeans|\bincluding|\bor|\band)"
    r"[\"\u201d\u2019*_)\s]*$",
    re.IGNORECASE,
)
_TITLED = re.compile(r"(\*\*|__)[^*_\n]{2,80}(?:[.:]\1|\1[.:])\s")
_DEFINITION = re.compile(
    r"[*_\s]*[\"\u201c].{2,60}?[\"\u201d][*_\s]*"
    r"(?:(?:shall )?means?|refers? to|is|are|does not include|do not include)\b"
)
_MAX_TITLE = 90
_SHORT_TITLE = 50


class _Open(NamedTuple):
    """An item on the stack: its marker, the series it counts in, and its block's index."""

    marker: Marker
    series: dict[str, int]
    block: int


class _Lines:
    """The state of one pass over the lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.blocks: list[Block] = []
        self.titles: list[tuple[int, str]] = []
        self.stack: list[_Open] = []
        self.leader: tuple[int, ...] = ()
        self.over_titles: tuple[int, ...] = ()
        self.start = -1
        self.end = -1
        self.lines = 0
        self.kind: BlockKind = "paragraph"
        self.marker: Marker | None = None

    def close(self) -> None:
        """End the block that is open."""
        if self.start < 0:
            return
        content = self.text[self.start : self.end]
        marker, self.marker = self.marker, None
        start, end, self.start = self.start, self.end, -1
        if self.kind == "item" and marker is not None:
            self._close_item(start, end, content, marker)
        elif self.kind == "paragraph" and self.lines == 1 and _is_title(content):
            self.heading(start, end, 7)
        else:
            self._close_paragraph(start, end, content)
        self.kind = "paragraph"

    def _close_item(self, start: int, end: int, content: str, marker: Marker) -> None:
        series = self._place(marker)
        if self.leader == self.over_titles and self.over_titles == (len(self.blocks) - 1,):
            self.over_titles = ()  # items follow at once: the list is theirs, and later titles stand for themselves
        if marker.form != "bullet" and _is_numbered_title(content):
            self.heading(start, end, 7 + len(self.stack), marker.text)
            self.stack.append(_Open(marker, series, -1))
            return
        parents = tuple(o.block for o in self.stack if o.block >= 0 and self._leads(o.block))
        lead = (*self.leader, *parents)
        self._add("item", start, end, marker.text, len(self.stack) + 1, lead)
        self.stack.append(_Open(marker, series, len(self.blocks) - 1))

    def _close_paragraph(self, start: int, end: int, content: str) -> None:
        if self.stack and _DEFINITION.match(content):
            # A term explained between two items does not end their list.
            self._add("paragraph", start, end, "", 0, ())
            return
        indent = start - (self.text.rfind("\n", 0, start) + 1)
        while self.stack and (indent < 2 or self.stack[-1].marker.indent >= indent):
            self.stack.pop()
        parents = tuple(o.block for o in self.stack if o.block >= 0 and self._leads(o.block))
        # "The following are prohibited:" may be followed by paragraphs with run-in titles in place of items.
        titled = bool(self.over_titles) and not self.stack and bool(_TITLED.match(content))
        lead = self.over_titles if titled else (*self.leader, *parents) if self.stack else ()
        self._add("paragraph", start, end, "", len(self.stack), lead)
        if titled:
            self.leader = (*self.over_titles, len(self.blocks) - 1) if _opens_list(content) else self.over_titles
        elif not self.stack:
            self.over_titles = (len(self.blocks) - 1,) if content.rstrip("*_ ").endswith(":") else ()
            self.leader = (len(self.blocks) - 1,) if _opens_list(content) else ()

    def _title_above(self, line: str) -> bool:
        """Whether the item that is open is a title such as "2. Behaviour", and `line` starts the text below it."""
        if self.start < 0 or self.kind != "item" or self.lines != 1 or not line[:1].isupper():
            return False
        content = self.text[self.start : self.end]
        return len(content) < _SHORT_TITLE and _is_numbered_title(content)

    def _leads(self, index: int) -> bool:
        block = self.blocks[index]
        return _opens_list(self.text[block.start : block.end])

    def _place(self, marker: Marker) -> dict[str, int]:
        """Pop the stack to where `marker` belongs; the series that it goes on with."""
        for depth in range(len(self.stack) - 1, -1, -1):
            other = self.stack[depth]
            if marker.form != other.marker.form:
                continue
            if marker.form == "bullet":
                if marker.text == other.marker.text and abs(marker.indent - other.marker.indent) < 2:
                    del self.stack[depth:]
                    return {}
                continue
            if marker.indent > other.marker.indent + 1 and 1 in marker.ordinals.values():
                continue  # "(i)" set deeper than "(g)" begins a list of its own
            going_on = {s: v for s, v in marker.ordinals.items() if other.series.get(s, -9) in (v - 1, v - 2)}
            if going_on:
                del self.stack[depth:]
                return going_on
        while self.stack and self.stack[-1].marker.indent > marker.indent:
            self.stack.pop()
        if self.stack and self.stack[-1].marker.form == "bullet" and self.stack[-1].marker.indent == marker.indent:
            self.stack.pop()
        first = {s: v for s, v in marker.ordinals.items() if v == 1}
        if marker.ordinals and not first and not any("dotted" in s for s in marker.ordinals) and marker.indent < 2:
            self.stack.clear()
        return first or marker.ordinals

    def heading(self, start: int, end: int, level: int, marker: str = "") -> None:
        """Add a heading and make it the section of what follows."""
        title = plain(self.text[start:end]).strip("*_# \t")
        while self.titles and self.titles[-1][0] >= level:
            self.titles.pop()
        self._add("heading", start, end, marker, level, ())
        self.titles.append((level, f"{marker} {title}".strip().replace("\\", "")))
        if level <= 7:
            self.stack.clear()
        self.leader = (len(self.blocks) - 1,) if title.endswith(":") else ()

    def _add(self, kind: BlockKind, start: int, end: int, marker: str, level: int, lead: tuple[int, ...]) -> None:
        section = " > ".join(title for _, title in self.titles)
        self.blocks.append(
            Block(kind=kind, start=start, end=end, marker=marker, level=level, section=section, lead_in=lead)
        )

    def row(self, start: int, end: int) -> None:
        """Add a row of a table."""
        self._add("row", start, end, "", 0, self.leader)

    def line(self, at: int, line: str) -> None:
        """Take the line that starts at `at`, without its line break."""
        bare = line.strip()
        if not bare:
            self.close()
            return
        if self.start >= 0 and self.kind == "paragraph" and self.lines <= 2 and _SETEXT.match(line):
            start, end, self.start, self.kind = self.start, self.end, -1, "paragraph"
            if _RULE.match(bare) and end - start > 2 * _MAX_TITLE:
                self._close_paragraph(start, end, self.text[start:end])
            else:
                self.heading(start, end, 1 if "=" in bare else 2)
            return
        if _RULE.match(line) or bare.startswith("```"):
            self.close()
            return
        left = at + len(line) - len(line.lstrip())
        right = at + len(line.rstrip())
        atx = _ATX.match(line)
        if atx:
            self.close()
            self.heading(at + atx.start(2), at + atx.end(2), len(atx[1]))
            return
        if _ROW.match(line) and line.count("|") >= 2:
            self.close()
            if not _ROW_RULE.match(line):
                self.row(left, right)
            return
        marker = line_marker(line)
        bold = _BOLD_LINE.match(line)
        if marker is None and bold:
            self.close()
            self.heading(at + bold.start("title"), at + bold.end("title"), 7)
            return
        if marker is not None:
            self.close()
            self.kind, self.marker = "item", marker
            self.start = at + marker.length
            self.lines = 0
        elif self._title_above(bare):
            self.close()
        if marker is None and self.start < 0:
            self.start, self.lines = left, 0
        self.end = right
        self.lines += 1


def scan(text: str) -> tuple[Block, ...]:
    """The blocks of `text`, in order; they do not overlap."""
    state = _Lines(text)
    at = 0
    matter = _FRONT_MATTER.match(text)
    if matter and re.search(r"^[\w-]+:", matter[1], re.MULTILINE):
        state.blocks.append(Block(kind="matter", start=matter.start(1), end=matter.end(1)))
        at = matter.end()
    for line in text[at:].splitlines(keepends=True):
        state.line(at, line.rstrip("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"))
        at += len(line)
    state.close()
    return tuple(state.blocks)


def _opens_list(content: str) -> bool:
    return bool(_OPENS_LIST.search(content[-40:])) or not _TERMINAL.search(content.rstrip())


def _is_title(content: str) -> bool:
    bare = content.strip("*_ \t")
    if not 2 <= len(bare) <= _MAX_TITLE or _TERMINAL.search(bare) or bare[-1] in ",;:-\u2013\u2014":
        return False
    words = re.findall(r"[A-Za-z][\w\u2019'-]*", bare)
    if not words or len(words) > 12:
        return False
    return bare.isupper() or bool(_NUMBERED_TITLE.match(bare)) or _title_case(words) or len(words) <= 4


def _title_case(words: list[str]) -> bool:
    heavy = [w for w in words if len(w) > 3]
    return words[0][0].isupper() and sum(w[0].isupper() for w in heavy) >= max(1, round(0.7 * len(heavy)))


def _is_numbered_title(content: str) -> bool:
    bare = content.strip("*_ \t").rstrip(".")
    words = re.findall(r"[A-Za-z][\w\u2019'-]*", bare)
    if "\n" in bare or not words or len(words) > 10 or content.rstrip()[-1:] in ",;:":
        return False
    return bare.isupper() or (_title_case(words) and not re.search(r"\b(will|may|shall|must|not|is|are|means)\b", bare))
