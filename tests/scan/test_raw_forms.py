"""The pass over raw bytes may find too much, never too little."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.errors import CorpusError
from compliance.scan.confirm import Confirmer
from compliance.scan.matcher import Expressions, Matcher
from compliance.scan.raw_forms import UNUSUAL_ESCAPE, json_form, text_form
from compliance.scan.signatures import load_signatures

CONFIRMER = Confirmer(load_signatures().content)
RAW = Matcher(Expressions(CONFIRMER, raw=True))
TEXT = Matcher(Expressions(CONFIRMER, raw=False))

atoms = st.sampled_from(
    ["a", "Z", "7", "é", "中", "😀", "\u2019", "'", '"', "/", "\\\\", r"\n", r"\.", "-", "_", " ", "<", r"\|"]
)
classes = st.sampled_from(["[a-z]", "[0-9]{3}", "[\u2013-\u2014]", r"[\s]", r"\d", "['\u2019]", "[A-Za-z0-9_-]"])
patterns = st.lists(st.one_of(atoms, classes, atoms.map(lambda a: f"(?:{a}|x)?")), min_size=1, max_size=6).map("".join)


def escaped(text: str, how: int) -> bytes:
    """The text as a JSON string, written in one of several ways that all mean the same."""
    if how == 0:
        return json.dumps(text, ensure_ascii=False).encode()
    if how == 1:
        return json.dumps(text).encode()
    if how == 2:
        return json.dumps(text).replace("/", "\\/").encode()
    units = text.encode("utf-16-be")
    out = ""
    for i in range(0, len(units), 2):
        code = units[i] << 8 | units[i + 1]
        char = chr(code)
        out += char if char.isascii() and char.isalnum() else f"\\u{code:04X}"
    return f'"{out}"'.encode()


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.data(), patterns, st.integers(0, 3))
def test_a_raw_form_matches_wherever_the_pattern_matches_the_text(data: st.DataObject, pattern: str, how: int) -> None:
    text = data.draw(st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True))
    assert json.loads(escaped(text, how)) == text
    raw = escaped(text, how)
    assert re.search(json_form(pattern), raw) or re.search(UNUSUAL_ESCAPE, raw), (json_form(pattern), raw)
    if how < 3:
        assert re.search(json_form(pattern), raw), (json_form(pattern), raw)
    assert re.search(text_form(pattern), text.encode())


@pytest.mark.parametrize("name", sorted(CONFIRMER.text))
@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_signature_is_missed_in_raw_json(name: str, data: st.DataObject) -> None:
    _, pattern = CONFIRMER.text[name]
    mark = data.draw(st.from_regex(pattern, fullmatch=False))
    before = data.draw(st.sampled_from(["", "x\n", "“quoted” ", "\\", "/"]))
    text = before + mark
    if pattern.search(text):
        assert any(name in units for units in TEXT.live([text]).values())
        for how in range(4):
            assert RAW.ends(escaped(text, how))


def test_a_pattern_without_a_bounded_raw_form_is_refused() -> None:
    for pattern in ("a.b", "[^a]", r"a\W"):
        with pytest.raises(CorpusError):
            json_form(pattern)
