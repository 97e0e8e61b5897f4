"""An answer as a memo that can be pasted elsewhere."""

from __future__ import annotations

from api.chats import Given
from compliance.report.words import shown
from compliance.terms.plain import plain

VERDICTS = {
    "yes": "Yes",
    "no": "No",
    "conditional": "It depends",
    "unknown": "The terms we hold do not say",
    "n/a": "No yes-or-no question",
}
_MARKS = str.maketrans({c: f"\\{c}" for c in "\\`*_[]<>#|~"})


def answer_memo(given: Given) -> str:
    """The memo in Markdown; nothing that a text holds is read as markup."""
    answer = given.answer
    lines = [
        f"# {_said(answer.question)}",
        "",
        f"Asked {given.at[:10]} by {_said(given.by)}; entry {given.entry} of the ledger, answer {given.id}.",
        "",
        f"**{VERDICTS[answer.verdict]}.** {_said(answer.answer)}",
    ]
    if answer.citations:
        lines += ["", "## Where it stands"]
    for number, c in enumerate(answer.citations, 1):
        where = ", ".join(_said(part) for part in (c.provider, c.document, c.section) if part)
        lines += ["", f"{number}. {where} ({_said(c.in_force)}), `{_code(c.file)}`, characters {c.start} to {c.end}:"]
        lines += ["", f"   > {_said(plain(c.quote))}"]
    for title, items in (("What it turns on", answer.turns_on), ("Notes", answer.notes)):
        if items:
            lines += ["", f"## {title}", "", *(f"- {_said(item)}" for item in items)]
    lines += ["", "This reports what texts say. It is not legal advice.", ""]
    return "\n".join(lines)


def _said(text: str) -> str:
    return " ".join(shown(text).split()).translate(_MARKS)


def _code(text: str) -> str:
    return shown(text).replace("`", "'")
