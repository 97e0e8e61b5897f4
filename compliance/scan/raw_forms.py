r"""Regular expressions over decoded text, rewritten for the bytes of a file.

A JSON text is not the text that it encodes: a character may be escaped (`\u2019`, `\/`, `\n`), so that a pattern for
the decoded text would miss it. `json_form` gives a pattern that matches the raw bytes wherever the original matches
the decoded text: it may match more, never less. It knows the escapes that JSON writers use. Those that none has a
reason to use (`\u0041`, `\u005f`: letters, digits and most punctuation) are left to the caller: a line that
`UNUSUAL_ESCAPE` matches must be decoded before it can be called clean.
Understood are literals, escapes, classes without negation, groups, alternatives and bounded repeats; word boundaries
and look-arounds have no width and are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from compliance.errors import CorpusError

# The printable ASCII characters of `_ESCAPED` are escaped by common writers, for HTML's sake, and have a form here.
UNUSUAL_ESCAPE = rb"\\u00(?:2[0134589acdefACDEF]|3[0-9abfABF]|4[0-9a-fA-F]|5[0-9a-fA-F]|6[1-9a-fA-F]|7[0-9a-eA-E])"
_ESCAPED = "\"&'+<=>`"

_JSON_BOUNDARY = r"(?:\b|\\[bfnrt]|\\u[0-9a-fA-F]{4})"

_SHORT = {"\n": "n", "\r": "r", "\t": "t", "\f": "f", "\b": "b"}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v"}
_CLASSES = {"d": "[0-9]", "w": "[A-Za-z0-9_]"}
_SPACES = " \t\n\r\f\v"
# A class with an unbounded repeat at the end of a name only makes a database report one place many times.
_TAIL = re.compile(r"\[[^\]]*\][*+]")


def json_form(pattern: str) -> bytes:
    """The pattern for the raw bytes of a JSON text."""
    return _Rewriter(pattern, _json_atom).rewrite().encode("utf-8")


def without_tails(pattern: str) -> str:
    """The pattern of a name without what may follow endlessly."""
    return _TAIL.sub("", pattern)


def text_form(pattern: str) -> bytes:
    """The pattern for the bytes of UTF-8 text."""
    return _Rewriter(pattern, _text_atom).rewrite().encode("utf-8")


def bounded_text_form(pattern: str) -> bytes:
    """The same, with the word boundaries of the pattern in it."""
    return _Rewriter(pattern, _text_atom, boundary=r"\b").rewrite().encode("utf-8")


def _text_atom(char: str) -> str:
    quoted = _quote(char)
    return quoted if char.isascii() else f"(?:{quoted})"


def _quote(char: str) -> str:
    return char if char == " " else re.escape(char)


def _json_atom(char: str) -> str:
    if not char.isascii():
        return rf"(?:{char}|{_unicode(char)})"
    quoted = _quote(char)
    if char == "/":
        return r"\\?/"
    if char == "\\":
        return r"\\\\"
    if char in _SHORT:
        return rf"(?:\\{_SHORT[char]}|{_unicode(char)})"
    if char < " ":
        return _unicode(char)
    if char in _ESCAPED:
        before = r"\\?" if char == '"' else ""
        return rf"(?:{before}{quoted}|{_unicode(char)})"
    return quoted


def _unicode(char: str) -> str:
    units = char.encode("utf-16-be")
    digits = (f"{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
    return "".join(r"\\u" + "".join(f"[{d}{d.upper()}]" if d.isalpha() else d for d in four) for four in digits)


def bounded_json_form(pattern: str) -> bytes:
    """The pattern for a JSON text, with its word boundaries: letters of an escape are no part of the next word."""
    return _Rewriter(pattern, _json_atom, boundary=_JSON_BOUNDARY).rewrite().encode("utf-8")


class _Rewriter:
    def __init__(self, pattern: str, atom: Callable[[str], str], *, boundary: str = "") -> None:
        self.pattern = pattern
        self.atom = atom
        self.boundary = boundary
        self.at = 0

    def rewrite(self) -> str:
        out: list[str] = []
        pattern = self.pattern
        while self.at < len(pattern):
            char = pattern[self.at]
            if char == "\\":
                out.append(self._escape())
            elif char == "[":
                out.append(self._class())
            elif char == "(":
                out.append(self._group())
            elif char in ")|?*+":
                out.append(char)
                self.at += 1
            elif char == "{":
                end = pattern.index("}", self.at) + 1
                if re.fullmatch(r"\{\d*,?\d*\}", pattern[self.at : end]):
                    out.append(pattern[self.at : end])
                    self.at = end
                else:
                    out.append(self.atom(char))
                    self.at += 1
            elif char in "^$":
                self.at += 1
            elif char == ".":
                raise self._fault("a dot has no bounded raw form")
            else:
                out.append(self.atom(char))
                self.at += 1
        return "".join(out)

    def _escape(self) -> str:
        char = self.pattern[self.at + 1]
        self.at += 2
        if char in "bBAZ":
            return self.boundary if char == "b" else ""
        if char in _CLASSES:
            return _CLASSES[char] if char == "d" else self._alternatives("_", "A-Za-z0-9")
        if char == "s":
            return self._alternatives(_SPACES, "")
        if char in _ESCAPES:
            return self.atom(_ESCAPES[char])
        if char.isalnum():
            raise self._fault(f"the escape \\{char} has no raw form")
        return self.atom(char)

    def _group(self) -> str:
        rest = self.pattern[self.at :]
        if rest.startswith("(?:"):
            self.at += 3
            return "(?:"
        if not rest.startswith("(?"):
            self.at += 1
            return "(?:"
        depth, index = 0, self.at
        while index < len(self.pattern):
            if self.pattern[index] == "\\":
                index += 1
            elif self.pattern[index] == "[":
                index = self._class_end(index) - 1
            elif self.pattern[index] == "(":
                depth += 1
            elif self.pattern[index] == ")":
                depth -= 1
                if depth == 0:
                    break
            index += 1
        self.at = index + 1
        return ""

    def _class_end(self, start: int) -> int:
        index = start + 1
        while self.pattern[index] != "]":
            index += 2 if self.pattern[index] == "\\" else 1
        return index + 1

    def _class(self) -> str:
        end = self._class_end(self.at)
        body = self.pattern[self.at + 1 : end - 1]
        self.at = end
        if body.startswith("^"):
            raise self._fault("a negated class has no bounded raw form")
        plain, others = "", ""
        index = 0
        while index < len(body):
            char = body[index]
            if char == "\\":
                escaped = body[index + 1]
                if escaped == "d":
                    plain += "0-9"
                elif escaped == "s":
                    others += _SPACES
                elif escaped in _ESCAPES or not escaped.isalnum():
                    others += _ESCAPES.get(escaped, escaped)
                else:
                    raise self._fault(f"the escape \\{escaped} in a class has no raw form")
                index += 2
            elif body[index + 1 : index + 2] == "-" and index + 2 < len(body):
                last = body[index + 2]
                if char.isascii() and last.isascii() and char.isalnum() and last.isalnum():
                    plain += body[index : index + 3]
                else:
                    others += "".join(map(chr, range(ord(char), ord(last) + 1)))
                index += 3
            else:
                if char.isascii() and char.isalnum():
                    plain += char
                else:
                    others += char
                index += 1
        return self._alternatives(others, plain)

    def _alternatives(self, others: str, plain: str) -> str:
        forms = [f"[{plain}]"] if plain else []
        forms += [self.atom(char) for char in others]
        return forms[0] if len(forms) == 1 else f"(?:{'|'.join(forms)})"

    def _fault(self, message: str) -> CorpusError:
        return CorpusError(f"{message}: {self.pattern}", remedy="give the signature an `anchor`")
