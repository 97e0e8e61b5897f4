"""The pass over raw bytes may find too much, never too little."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from compliance.errors import CorpusError
from compliance.scan.raw_forms import UNUSUAL_ESCAPE, json_form, text_form
from compliance.scan.run import _engine

ENGINE = _engine()
CONFIRMER = ENGINE.confirmer
RAW, TEXT = ENGINE.raw, ENGINE.text

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
    pattern = CONFIRMER.text[name].pattern
    mark = data.draw(st.from_regex(pattern, fullmatch=False))
    before = data.draw(st.sampled_from(["", "x\n", "“quoted” ", "\\", "/"]))
    text = before + mark
    if pattern.search(text):
        assert any(name in sighted.units for sighted in TEXT.live([text]).values())
        for how in range(4):
            assert RAW.ends(escaped(text, how))


def test_a_pattern_without_a_bounded_raw_form_is_refused() -> None:
    for pattern in ("a.b", "[^a]", r"a\W", r"[\w-]", r"[\ue200-\ue206]"):
        with pytest.raises(CorpusError):
            json_form(pattern)


pieces = st.lists(
    st.sampled_from([
        "OpenAI", "ChatGPT", "GPT-4.", "Claude", "made by Anthropic", "DeepSeek V3.1.", "Mistral AI", "Google",
        "created by Google", "由OpenAI训练", "HyperCLOVA X", "X.AI", "I am", "I", "I'm", "I\u2019m an AI", "trained by",
        "as an AI model", "Je suis une IA", "créé par", "我是", "a language model", "ben", "me", "name", ".", "!",
        "?", "\n", "\t", '"', "'", "\\", "/", "é", "\u201d", "\u3002", "word word", "x" * 300,
    ]),
    min_size=1, max_size=9,
)  # fmt: skip
gaps = st.lists(st.sampled_from(["", " ", " ", " "]), min_size=9, max_size=9)


@settings(max_examples=400)
@given(pieces, gaps, st.integers(0, 2))
@example(["created by OpenAI", "I am a language model", "\n"], [" "] * 9, 1)
@example(["GPT-4.", "I am a language model made by OpenAI"], [" "] * 9, 0)
@example(["x", "\n", "I", "'m Claude, an AI assistant made by Anthropic"], [""] * 9, 1)
def test_no_claim_is_passed_over(words: list[str], between: list[str], how: int) -> None:
    text = "".join(word + gap for word, gap in zip(words, between, strict=False))
    line = b'{"text": ' + escaped(text, how) + b"}"
    assert json.loads(line) == {"text": text}
    places = ENGINE.raw.places(line)
    if any(hit.signature.startswith("claim-") for hit in ENGINE.confirmer.record({"text": text})):
        assert places.firm or (places.ends and ENGINE.raw_speaking.near(line))
        assert TEXT.places(text.encode()).firm or ENGINE.text_speaking.near(text.encode())


def test_lines_about_makers_are_passed_over() -> None:
    for text in (
        "Then OpenAI released ChatGPT in 2022. I was glad.",
        "It rains. The users of Mistral AI like it.",
        "A model made by members of Google in many months.",
        "The search with Google was slow. I waited.",
    ):
        line = json.dumps({"text": text}).encode()
        places = ENGINE.raw.places(line)
        assert places.ends and not places.firm
        assert not ENGINE.raw_speaking.near(line)
        assert not ENGINE.text_speaking.near(text.encode())


def test_french_claims_have_a_cue_whatever_letter_follows_the_apostrophe() -> None:
    for text in ("J'étais entraîné par Mistral AI.", "Mistral AI m\u2019a créé.", "Moi, je suis une IA de Mistral AI."):
        assert ENGINE.text_speaking.near(text.encode())
        for how in range(4):
            raw = escaped(text, how)
            assert RAW.places(raw).firm or ENGINE.raw_speaking.near(raw), raw


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        (b'{"model": "gpt-4o"}', True),
        (b'{"model": "our-own-7b"}', False),
        (b'{"models": ["our-own-7b", "gpt-4o"]}', True),
        (b'{"model_name" : "vendor\\/qwen2"}', True),
        (b'{"model": "\\u0067pt-4o"}', True),
        (b'{"text": "{\\"model\\": \\"gpt-4o\\"}"}', True),
        (b'{"text": "model: o1"}', True),
        (b'{"text": "model: "}', False),
        (b'{"model": ' + b" " * 300_000 + b"1}", False),
        (b'{"model": "' + b"a" * 300_000 + b'"}', False),
    ],
)
def test_a_key_of_a_model_counts_where_a_known_id_may_follow(line: bytes, counts: bool) -> None:
    assert bool(RAW.ends(line)) is counts
    if b"\\" not in line and b"[" not in line:
        assert bool(TEXT.ends(line)) is counts


sightings = st.sampled_from([
    "", "plain", "écrit par chatcmpl-123 ", "xchatcmpl-123", "éfp_ollama", "[cite: 1] and [cite: 2]",
    "\ud800 fp_ollama", '中"model": "gpt-4o"', "I'm Claude, made by Anthropic.", "\x00", "als KI",
])  # fmt: skip


@given(st.lists(sightings, max_size=8))
def test_texts_are_sighted_together_as_each_is_alone(texts: list[str]) -> None:
    alone = {place: sighted[0] for place, text in enumerate(texts) if (sighted := TEXT.live([text]))}
    assert TEXT.live(texts) == alone
    for text in texts:
        assert CONFIRMER.record(text) == CONFIRMER.record(text, TEXT.live)
