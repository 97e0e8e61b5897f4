"""The report: one decision, said in the form that a reader needs.

    text      for a terminal              json   for programs, with stable keys
    markdown  for a pull request or wiki  sarif  for code-scanning views
    html      for people: one file that works without a network and prints well

`render` is the only door. Each form lives in a module of its own, imported when it is asked for: a JSON answer never
pays for a terminal library or a template engine. Reports order, group and explain; they never change an answer.
"""

from __future__ import annotations

from collections.abc import Callable

from compliance.decision.model import Decision
from compliance.errors import UsageError

__all__ = ["FORMS", "render"]

FORMS = ("text", "json", "markdown", "html", "sarif")


def render(decision: Decision, form: str, *, colour: bool = False, width: int = 100, explain: str | None = None) -> str:
    """`decision` in one of the `FORMS`, ending in a line break.

    `colour` and `width` matter to the text form alone. With `explain`, the name of a source or base model, the answer
    is that source's proof tree; the forms html and sarif, which hold every tree or none, refuse it.
    """
    writer = _WRITERS.get(form)
    if writer is None:
        raise UsageError(f"no report form is called '{form}'", remedy=f"choose one of {', '.join(FORMS)}")
    if explain is not None and form in ("html", "sarif"):
        raise UsageError(f"the form '{form}' does not explain one source", remedy="choose text, json or markdown")
    return writer(decision, colour, width, explain)


def _text(decision: Decision, colour: bool, width: int, explain: str | None) -> str:
    from compliance.report import text

    return text.render(decision, colour=colour, width=width, explain=explain)


def _json(decision: Decision, colour: bool, width: int, explain: str | None) -> str:
    from compliance.report import json_form

    return json_form.render(decision, explain=explain)


def _markdown(decision: Decision, colour: bool, width: int, explain: str | None) -> str:
    from compliance.report import markdown

    return markdown.render(decision, explain=explain)


def _html(decision: Decision, colour: bool, width: int, explain: str | None) -> str:
    from compliance.report import html

    return html.render(decision)


def _sarif(decision: Decision, colour: bool, width: int, explain: str | None) -> str:
    from compliance.report import sarif

    return sarif.render(decision)


_WRITERS: dict[str, Callable[[Decision, bool, int, str | None], str]] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
    "html": _html,
    "sarif": _sarif,
}
