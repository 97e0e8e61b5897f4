"""Answers and search results as people read them on a terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from compliance.terms.plain import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compliance.qa.answer import Answer, Citation

_WIDTH = 100
_NAMES = {"yes": "YES", "no": "NO", "conditional": "IT DEPENDS", "unknown": "THE TERMS WE HOLD DO NOT SAY", "n/a": ""}


def answer_text(answer: Answer) -> str:
    """An answer for people."""
    lines: list[str] = []
    name = _NAMES[answer.verdict] if not (answer.verdict == "n/a" and answer.abstained) else "NOT ANSWERED"
    if name:
        lines += [name, ""]
    lines += textwrap.wrap(printable(answer.answer), _WIDTH)
    if answer.citations:
        lines += ["", "Where it stands:"]
        for citation in answer.citations:
            lines += _citation(citation)
    for title, items in (("What it turns on:", answer.turns_on), ("Notes:", answer.notes)):
        if items:
            lines += ["", title, *(line for item in items for line in _item(item))]
    return "\n".join(lines) + "\n"


def results_text(citations: Sequence[Citation], notes: Sequence[str]) -> str:
    """Search results for people, best first."""
    lines: list[str] = []
    for number, citation in enumerate(citations, 1):
        lines += [f"{number}. {printable(citation.document)} ({citation.in_force})", *_citation(citation)[0:]]
    if not citations:
        lines.append("nothing found")
    return "\n".join([*lines, *(f"note: {printable(n)}" for n in notes)]) + "\n"


def _citation(citation: Citation) -> list[str]:
    place = f"{citation.file} {citation.start}-{citation.end}" + (
        f", {plain(citation.section)[-60:]}" if citation.section else ""
    )
    quote = printable(plain(citation.quote))
    quote = quote if len(quote) <= 300 else quote[:297].rsplit(" ", 1)[0] + " …"
    return [
        f"  {printable(place)}",
        *textwrap.wrap(f"“{quote}”", _WIDTH, initial_indent="    ", subsequent_indent="    "),
    ]


def _item(text: str) -> list[str]:
    return textwrap.wrap(printable(text), _WIDTH, initial_indent="  - ", subsequent_indent="    ")


def printable(text: str) -> str:
    """A text without control characters, which a hostile document might use to rewrite the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)
