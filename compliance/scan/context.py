"""What stands around a mark in a text: quotations, code, lists of marks, the shape of a record."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

# How far a quotation is followed within its line.
_REACH = 2000
_PAIRS = (("“", "”"), ("„", "“"), ("«", "»"), ("「", "」"), ("『", "』"), ("\u2039", "\u203a"), ("\u2018", "\u2019"))
_SINGLE = re.compile(r"(?<![\w])'(?:[^'\n]|(?<=\w)'(?=\w)){0,400}'(?!\w)")
_ANY_QUOTE = re.compile("[\"'`" + "".join(opening for opening, _ in _PAIRS) + "]")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_CODE = re.compile(
    r"^[ \t]*(?:assert |def |class |import |from \w[\w.]* import|const |let |var |function |return |if \(|for \(|"
    r"export |#include|public |private |expect\()|=>|\bre\.(?:search|match|compile|sub)\(|\bprint\(|\bconsole\.log\(|"
    r"\);[ \t]*$|\.test\(|\.includes\(|\{%|\{\{",
    re.MULTILINE,
)
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"?')
_YAML_LINE = re.compile(r"^[ \t]*(?:- )?[\w.$-]+:(?:[ \t]+[^\s].{0,200})?[ \t]*$", re.MULTILINE)
_KEY = re.compile(r'"\s*:\s*["\d\[{tfn-]')
_PROSE = re.compile(r"(?:\b[A-Za-z][a-z'\u2019]*,? ){7,}")
_QUOTED_LINE = re.compile(r"^\s*>", re.MULTILINE)
_TABLE_ROW = re.compile(r"^\s*\|.*\|.*\|")
# These two are held against small letters, which is much faster than to ignore case.
_SPOKEN_OF = re.compile(
    r"(?:\b(?:such as|like|e\.g\.,?|remov(?:e|es|ed|ing)|strip(?:s|ped|ping)?|delet(?:e|es|ed|ing)|"
    r"replac(?:e|es|ed|ing)|"
    r"filter(?:s|ed|ing)? out|detect(?:s|ed|ing)?|contain(?:s|ed|ing)?|never emit|avoid|named|called|written|"
    r"(?:string|mark|marker|tag|token|pattern|artifact|artefact|citation)s?)(?: the| a| an)?(?: \w+)?[:,(]?\s*)$"
)
_REPORTED = re.compile(
    r"(?:\b(?:pretend(?:ing)?|imagine|suppose|as if|act as|says?|said|whether|if|claim(?:s|ed|ing)?|repl(?:y|ies|ied)|"
    r"respond(?:s|ed)?|answer(?:s|ed)?|wrote|writes?|print(?:s|ed)?|output|example|e\.g\.|told (?:me|us|him|her|them))"
    r"(?: that)?[:,]?\s*|\|\s*)$"
)


class TextContext:
    """Questions about one text, answered once and kept."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def code_like(self) -> bool:
        """Whether program code surrounds the text's strings."""
        return bool(_CODE.search(self.text))

    @cached_property
    def fenced(self) -> list[tuple[int, int]]:
        """The spans between code fences."""
        text = self.text
        # One character is sought many times faster than three.
        if not ("`" in text and "```" in text) and not ("~" in text and "~~~" in text):
            return []
        marks = [m.start() for m in _FENCE.finditer(text)]
        return [
            (start, marks[i + 1] if i + 1 < len(marks) else len(text)) for i, start in enumerate(marks) if i % 2 == 0
        ]

    @cached_property
    def record_like(self) -> bool:
        """Whether the text is a piece of a JSON or YAML record and not prose or code that shows one."""
        text = self.text[:20_000]
        if self.fenced or _CODE.search(text):
            return False
        keys = len(_KEY.findall(text))
        yaml_lines = len(_YAML_LINE.findall(text))
        if yaml_lines >= 2 and yaml_lines * 2 > text.count("\n"):
            return True
        if keys < 1 or len(text) > 400 * keys:
            return False
        first = text.find('"')
        return any(not _PROSE.search(_STRING.sub('""', part)) for part in (text, text[first + 1 :]))

    def quoted(self, start: int, end: int) -> bool:
        """Whether the span stands in quotation marks, back-quotes, a quoted line or fenced code."""
        text = self.text
        low = max(0, start - _REACH)
        line_start = text.rfind("\n", low, start) + 1 or low
        line_end = text.find("\n", end, end + _REACH)
        line = text[line_start : min(len(text), end + _REACH) if line_end < 0 else line_end]
        at, to = start - line_start, end - line_start
        if _QUOTED_LINE.match(line) or _TABLE_ROW.match(line) or self._in_fence(start):
            return True
        if not _ANY_QUOTE.search(line):
            return False
        if line[:at].count("`") % 2:
            return True
        if self._between(line, '"', at, to):
            return True
        for opening, closing in _PAIRS:
            before = line[:at]
            opened = before.rfind(opening)
            if opened >= 0 and opened >= before.rfind(closing) and closing in line[to:] and not _whole(line, opened):
                return True
        return any(m.start() <= at and m.end() >= to and not _whole(line, m.start()) for m in _SINGLE.finditer(line))

    def _in_fence(self, position: int) -> bool:
        fenced = self.fenced
        index = bisect_right(fenced, (position, len(self.text))) - 1
        return index >= 0 and fenced[index][0] <= position < fenced[index][1]

    @staticmethod
    def _between(line: str, mark: str, at: int, to: int) -> bool:
        before = line[:at]
        if before.count(mark) % 2 == 0 or mark not in line[to:]:
            return False
        opened = before.rfind(mark)
        return not _whole(line, opened) and not _JSON_ANSWER.search(before[: opened + 1])

    def reported(self, start: int) -> bool:
        """Whether a verb of saying or supposing leads directly to the position, or a table cell opens there."""
        return bool(_REPORTED.search(self.text[max(0, start - 24) : start].casefold()))

    def spoken_of(self, start: int) -> bool:
        """Whether the words before the position name a mark in order to talk about it."""
        return bool(_SPOKEN_OF.search(self.text[max(0, start - 40) : start].casefold()))

    def around(self, start: int, end: int, reach: int) -> str:
        """The text up to `reach` characters before and after the span."""
        return self.text[max(0, start - reach) : end + reach]


_JSON_ANSWER = re.compile(
    r'"(?:output|response|completion|answer|content|value|chosen|text|generated_text|assistant|reply|message)"\s*:\s*"$'
)


def _whole(line: str, opened: int) -> bool:
    """Whether the quotation that opens here is the whole line, so that nobody quotes it."""
    stripped = line.strip()
    return line[:opened].strip() == "" and stripped[-1:] in "\"”»」'\u2019" and len(stripped) > 2
