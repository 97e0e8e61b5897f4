"""How pages are made: templates with escaping on, style sheets and scripts let in by their hashes alone."""

from __future__ import annotations

import base64
import hashlib
import itertools
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from fastapi import Request
from markupsafe import Markup
from starlette.responses import Response

from api.keys import Principal
from api.roles import allows
from compliance.report.html import TEMPLATES as REPORT
from compliance.report.words import shown

TEMPLATES = Path(__file__).parent / "templates"


def page(request: Request, template: str, status: int = 200, *, script: str = "", **values: Any) -> Response:
    """A template as a page; `script` names the one script that it may run, which asks only this service."""
    principal: Principal | None = getattr(request.state, "principal", None)
    code, digest = _file(script) if script else ("", "")
    text = _environment().get_template(template).render(
        principal=principal,
        may=lambda call: principal is not None and allows(principal.role, call),
        path=request.url.path,
        sheets=[Markup(sheet) for sheet, _ in _sheets()],
        script=Markup(code),
        **values,
    )  # fmt: skip
    styles = " ".join(f"'sha256-{digest}'" for _, digest in _sheets())
    scripts = f" script-src 'sha256-{digest}'; connect-src 'self';" if script else ""
    policy = (
        f"default-src 'none'; style-src {styles};{scripts} form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    # Not `no-referrer`, under which browsers send forms with `Origin: null`.
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "same-origin"}
    return Response(text, status, headers, "text/html; charset=utf-8")


def fragment(template: str, **values: Any) -> str:
    """A template that is a part of a page."""
    return _environment().get_template(template).render(**values)


def sheet(name: str) -> tuple[Markup, str]:
    """A style sheet, and the hash that lets it in."""
    text, digest = _file(name)
    return Markup(text), digest


def hashed(text: str) -> str:
    """How a policy names an inline text."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _file(name: str) -> tuple[str, str]:
    text = (TEMPLATES / name).read_text("utf-8")
    return text, hashed(text)


@cache
def _sheets() -> list[tuple[str, str]]:
    """The style sheets of every page, the report's and then our own, each with the hash that lets it in."""
    texts = [(REPORT / "report.css").read_text("utf-8"), (TEMPLATES / "pages.css").read_text("utf-8")]
    return [(text, hashed(text)) for text in texts]


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
    )
    environment.filters["groupby_runs"] = lambda blocks: [
        (kind, list(some)) for kind, some in itertools.groupby(blocks, key=lambda block: block.kind)
    ]
    return environment
