"""Words without markup."""

from __future__ import annotations

import re

_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>])")
_EMPHASIS = re.compile(r"(\*{1,3}|(?<![\w])_{1,3}|_{1,3}(?![\w]))")
_SIMPLE = str.maketrans(
    {
        "\u2019": "'",
        "\u2018": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": " - ",
        "\u200b": "",
        "\uff0c": ", ",
    }
)


def plain(text: str) -> str:
    """`text` without Markdown's links, emphasis and escapes, its blanks folded, its dashes and quotes made simple."""
    text = _LINK.sub(r"\1", text)
    text = _EMPHASIS.sub("", text)
    text = _ESCAPE.sub(r"\1", text)
    text = text.translate(_SIMPLE)
    return " ".join(text.split())
