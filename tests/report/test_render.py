"""Every form of the report, on a decision with all features and hostile names."""

from __future__ import annotations

import json

import pytest
from report_sample import simple

from compliance.errors import UsageError
from compliance.report import FORMS, render


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("verdict", ["allow", "allow-with-obligations", "review", "block"])
def test_every_form_says_the_verdict_and_no_control_character(form: str, verdict: str) -> None:
    decision = simple(verdict)
    said = render(decision, form)
    assert said == render(decision, form)
    assert "\x1b" not in said
    if form not in ("sarif",):
        assert verdict.split("-")[0] in said.lower()
    if form in ("json", "sarif"):
        json.loads(said)
    if form == "html":
        assert "<script" not in said and "http://" not in said.replace("http://www.w3.org", "")


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(UsageError):
        render(simple(), "pdf")
