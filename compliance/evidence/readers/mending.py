"""JSON documents that are broken in one place, mended so far that the rest can be read; each change is said by callers.

Three faults are known: a comma before a closing bracket, words that stand where none may, and an end that is missing.
"""

from __future__ import annotations

import json
import re

_TRAILING = re.compile(r'("(?:[^"\\]|\\.)*")|,(\s*[\]}])')
_JUNK = re.compile(r'[^"{}\[\],\s][^"{}\[\]]*')
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|"')
_TRIES = 5
_EDGES = frozenset(' \t\r\n"{}[],:')
_TAIL = 2_000  # a key that is cut off is looked for in that many last characters


def mended(text: str) -> tuple[str, str]:
    """`text` so that a parser can read it, and what was wrong with it; both empty where it cannot be mended."""
    plain = without_trailing_commas(text)
    says = "a comma stands before a closing bracket; read as if it did not" if plain != text else ""
    for _ in range(_TRIES):
        error = _fault(plain)
        if error is None:
            return (plain, says) if says else ("", "")
        if error.pos >= len(plain.rstrip()) or error.msg.startswith("Unterminated"):
            closed = _closed(plain)
            return (closed, "the document is cut off; what stands before was read") if closed else ("", "")
        junk = _JUNK.match(plain, error.pos)
        if junk is None:
            return "", ""
        plain = plain[: junk.start()] + plain[junk.end() :]
        says = "words stand where none may; read as if they did not"
    return "", ""


def without_trailing_commas(text: str) -> str:
    """`text` with the commas before a closing bracket blanked, outside strings; places stay as they are."""
    return _TRAILING.sub(lambda m: m.group(1) or f" {m.group(2)}", text)


def _fault(text: str) -> json.JSONDecodeError | None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error
    except (ValueError, RecursionError):
        return json.JSONDecodeError("deep", text, 0)
    return None


def _closed(text: str) -> str:
    """A cut-off document, cut back to its last whole value and closed; empty where that does not help."""
    open_: list[str] = []
    end = len(text)
    for match in _TOKEN.finditer(text):
        token = match.group(0)
        if token in "{[":
            open_.append("}" if token == "{" else "]")
        elif token in "}]":
            if not open_:
                return ""
            open_.pop()
        elif token == '"':
            end = match.start()
            break
    closing = "".join(reversed(open_))
    while end and text[end - 1] not in _EDGES:
        end -= 1
    whole = text[:end].rstrip()
    before, last = whole[:-_TAIL], whole[-_TAIL:]
    for tail in (r"", r",\Z", r',?\s*"(?:[^"\\]|\\.)*"\s*:?\Z'):
        tried = before + (re.sub(tail, "", last).rstrip() if tail else last)
        if _fault(tried + closing) is None:
            return tried + closing
    return ""
