"""Whatever text stands in a name, no form hands it on as markup, as a command to a terminal, or unreadable."""

from __future__ import annotations

import json
import re

import report_sample as sample
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from test_report_html import TAGS, Page

from compliance.report import render
from compliance.report.markdown import code, escaped
from compliance.report.words import prose, shown

NASTY = st.text(
    st.one_of(
        st.sampled_from("<>&\"'`|\\*_[](){}#+-.!~$:@/=%\n\r\t\x00\x07\x1b\x7f\x85\x9b\xa0\xad\u200b\u202e\u2028\ufeff"),
        st.characters(),
    ),
    min_size=1,
    max_size=24,
)
BITS = st.sampled_from(
    ["<b>", "</td>", "<!--", "]]>", "{{ 7 }}", "{% x %}", "&lt;", "&#60;", "](x)", "![a](b)", "```", "\\|", "\x1b]8;;",
     "http://a.example", "www.a.example", "a@b.example", "@a", "#1", ":tada:", "$x$", "- [ ] ", "\n\n# h", "<a\nb=c>"]
)  # fmt: skip
NAMES = st.lists(st.one_of(NASTY, BITS), min_size=1, max_size=4).map("".join)
QUICK = settings(max_examples=60)


@QUICK
@given(NAMES)
def test_text_sends_nothing_to_the_terminal(name: str) -> None:
    decision = sample.full((name,))
    for report in (render(decision, "text"), render(decision, "text", explain=name)):
        assert all(char == "\n" or char.isprintable() for char in report)


@QUICK
@given(NAMES)
def test_colour_sends_only_colours(name: str) -> None:
    report = re.sub(r"\x1b\[[0-9;]*m", "", render(sample.full((name,)), "text", colour=True))
    assert all(char == "\n" or char.isprintable() for char in report)


@QUICK
@given(NAMES)
def test_html_holds_no_markup_but_its_own(name: str) -> None:
    report = render(sample.full((name,)), "html")
    assert all(char == "\n" or char.isprintable() for char in report)
    page = Page(report)
    plain = Page(render(sample.full(("x",)), "html"))
    assert {tag for tag, _ in page.tags} <= TAGS
    assert sum(tag in ("bdi", "td", "li", "a", "p") for tag, _ in page.tags) == sum(
        tag in ("bdi", "td", "li", "a", "p") for tag, _ in plain.tags
    )
    assert shown(name) in "".join(page.words)


def _inline(markdown: str) -> list[tuple[str, str]]:
    """The kinds and contents of all inline tokens, links found in plain words included."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    found = []
    for token in parser.parse(markdown):
        assert token.type != "html_block"
        found += [(child.type, child.content) for child in token.children or []]
    return found


@QUICK
@given(NAMES)
def test_markdown_holds_no_markup_but_its_own(name: str) -> None:
    report = render(sample.full((name,)), "markdown")
    assert all(char == "\n" or char.isprintable() for char in report)
    tokens = _inline(report)
    kinds = {kind for kind, _ in tokens}
    assert kinds <= {"text", "code_inline", "strong_open", "strong_close", "em_open", "em_close", "text_special"}
    named = shown(name).replace("|", "\\x7c")
    spans = [content for kind, content in tokens if kind == "code_inline"]
    assert any(span.strip() == named.strip() for span in spans)
    blocks = [token.type for token in MarkdownIt("commonmark").enable("table").parse(report)]
    plain = render(sample.full(("x",)), "markdown")
    assert blocks == [token.type for token in MarkdownIt("commonmark").enable("table").parse(plain)]


@QUICK
@given(NAMES)
def test_markdown_words_read_back_as_they_were(name: str) -> None:
    tokens = _inline(f"Text: {escaped(name)}.")
    read = "".join(content for _, content in tokens).replace("\u200b", "")
    assert read.split() == f"Text: {prose(name)}.".split()


@QUICK
@given(NAMES)
def test_code_spans_hold_the_name(name: str) -> None:
    ((kind, content),) = [token for token in _inline(f"x {code(name)}") if token[0] != "text"]
    assert kind == "code_inline"
    assert content.strip() == shown(name).replace("|", "\\x7c").strip()


def test_code_hosts_find_nobody_to_mention_and_nothing_to_link() -> None:
    text = escaped("@everyone #1 http://a.example www.a.example :tada: a@b.example")
    assert "@" not in text and "#1" not in text and "://" not in text and "www." not in text and ":tada:" not in text


@QUICK
@given(NAMES)
def test_json_and_sarif_hold_no_character_that_a_terminal_obeys(name: str) -> None:
    for form in ("json", "sarif"):
        report = render(sample.full((name,)), form)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", report)
        document = json.loads(report)
    assert document["runs"][0]["results"]


def test_shown_is_readable_and_leaves_plain_text_alone() -> None:
    assert shown("日本語 data é") == "日本語 data é"
    assert shown("a\u00a0b\u3000c") == "a b c"
    assert shown("\x1b\n\u202e\U000e0041\ud800") == "\\x1b\\n\\u202e\\U000e0041\\ud800"
