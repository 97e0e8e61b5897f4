"""The text of an HTML page as light Markdown: headings, list items, rows of tables; scripts and menus left out."""

from __future__ import annotations

import re
from typing import Any

from compliance.errors import MalformedText, UnsafeInput

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_CHARSETS = frozenset(
    [
        "utf-8",
        "utf8",
        "us-ascii",
        "ascii",
        "windows-1252",
        "iso-8859-1",
        "iso-8859-15",
        "latin1",
        "latin-1",
        "cp1252",
        "windows-1251",
        "koi8-r",
        "gb2312",
        "gbk",
        "gb18030",
        "big5",
        "shift_jis",
        "euc-jp",
        "euc-kr",
    ]
)
_SKIPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "nav",
        "iframe",
        "object",
        "button",
        "select",
        "option",
        "input",
        "textarea",
        "head",
        "form",
        "dialog",
        "menu",
        "canvas",
    ]
)
_BREAKING = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "main",
        "header",
        "footer",
        "aside",
        "blockquote",
        "pre",
        "address",
        "dl",
        "dt",
        "dd",
        "figure",
        "figcaption",
        "table",
        "ul",
        "ol",
        "body",
        "details",
        "summary",
    ]
)


def html_text(data: bytes, name: str) -> str:
    """The text of a page, in the order of its source."""
    from lxml import etree, html

    text = _decoded(data, name)
    # A declaration of the encoding would contradict text that is decoded already.
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text).replace("\x00", "")
    parser = html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True)
    try:
        root = html.document_fromstring(text, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise MalformedText(f"cannot be read as HTML: {str(error)[:80]}", file=name, remedy="save it as text") from None
    if any("depth" in entry.message.lower() for entry in parser.error_log):
        # The parser stops at such a place and drops the rest of the page.
        raise UnsafeInput("elements nested too deep", file=name, remedy="save the page as text")
    return _Writer().write(_main(root))


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        declared = _CHARSET.search(data[:4096])
        charset = declared[1].decode("ascii").lower() if declared else ""
        if charset in _CHARSETS and not charset.startswith("utf"):
            return data.decode(charset, errors="replace")
        line = data.count(b"\n", 0, error.start) + 1
        raise MalformedText(
            "neither UTF-8 nor an encoding that the page names", file=name, line=line, remedy="save the page as UTF-8"
        ) from None


def _main(root: Any) -> Any:
    """The element with the text proper: `main` or `article` where it holds most of the page's text."""
    whole = len(" ".join(root.text_content().split())) or 1
    for tag in ("main", "article"):
        for element in root.iter(tag):
            if len(" ".join(element.text_content().split())) > 0.5 * whole:
                return element
    return root


class _Writer:
    """Writes elements out as lines; it walks by events, so that deep nesting costs no stack."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.words: list[str] = []
        self.prefix = ""
        self.lists: list[list[Any]] = []
        self.cells: list[str] = []

    def write(self, root: Any) -> str:
        from lxml import etree

        skipping: Any = None
        for event, element in etree.iterwalk(root, events=("start", "end")):
            tag = element.tag if isinstance(element.tag, str) else ""
            if event == "start":
                if skipping is None and (tag in _SKIPPED or not tag or _hidden(element)):
                    skipping = element
                if skipping is None:
                    self.open(tag, element)
                    self.say(element.text)
                continue
            if skipping is None:
                self.close(tag)
            elif skipping is element:
                skipping = None
            if skipping is None and element is not root:
                self.say(element.tail)
        self.flush()
        return "\n\n".join(self.lines)

    def say(self, text: str | None) -> None:
        if text:
            self.words.append(text)

    def flush(self) -> None:
        content = re.sub(r"[ \t\r\f\v\u00a0]*\n[ \t\r\f\v]*", " ", "".join(self.words))
        content = "\n".join(" ".join(line.split()) for line in content.split("\x00")).strip()
        self.words = []
        if content:
            self.lines.append(self.prefix + content)
            self.prefix = " " * len(self.prefix) if self.lists else ""

    def open(self, tag: str, element: Any) -> None:
        if tag == "br":
            self.words.append("\x00")
        elif re.fullmatch(r"h[1-6]", tag):
            self.flush()
            self.prefix = "#" * int(tag[1]) + " "
        elif tag in ("ul", "ol"):
            self.flush()
            start = str(element.get("start", "1"))
            self.lists.append([tag, int(start) if start.isdigit() and len(start) < 5 else 1, element.get("type", "1")])
        elif tag == "li":
            self.flush()
            self.prefix = "    " * max(0, len(self.lists) - 1) + self.mark()
        elif tag in ("td", "th"):
            self.words.append(" ")
        elif tag in _BREAKING or tag == "tr":
            self.flush()

    def close(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            self.flush()
            if self.lists:
                self.lists.pop()
            self.prefix = ""
        elif tag in ("td", "th"):
            self.cells.append(" ".join("".join(self.words).split()))
            self.words = []
        elif tag == "tr":
            if self.cells:
                self.lines.append("| " + " | ".join(self.cells) + " |")
            self.cells = []
        elif tag == "li" or tag in _BREAKING or re.fullmatch(r"h[1-6]", tag):
            if self.cells and tag in _BREAKING and tag != "table":
                return
            self.flush()
            if tag == "li" or tag.startswith("h"):
                self.prefix = ""

    def mark(self) -> str:
        if not self.lists or self.lists[-1][0] == "ul":
            return "* "
        number, kind = self.lists[-1][1], self.lists[-1][2]
        self.lists[-1][1] += 1
        if kind in ("a", "A") and number <= 26:
            return f"({chr(ord(kind) + number - 1)}) "
        return f"{number}. "


def _hidden(element: Any) -> bool:
    style = str(element.get("style", "")).replace(" ", "").lower()
    return element.get("hidden") is not None or "display:none" in style
