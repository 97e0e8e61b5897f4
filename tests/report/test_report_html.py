"""The HTML file: well formed, offline, locked against what names may hold, readable in both themes, and its picture."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise

import msgspec
import pytest
import report_sample as sample

from compliance.decision.model import Decision, Edge, Node
from compliance.report import html, picture, render

VOID = {"meta", "br", "link", "img", "input", "hr"}
TAGS = {
    "html", "head", "meta", "title", "style", "body", "a", "svg", "symbol", "path", "header", "div", "span", "strong",
    "h1", "h2", "h3", "h4", "p", "dl", "dt", "dd", "nav", "ul", "ol", "li", "main", "section", "article", "table",
    "thead", "tbody", "tr", "th", "td", "small", "bdi", "use", "details", "summary", "footer", "rect", "text", "g",
    "defs", "desc", "marker", "code", "br",
}  # fmt: skip


class Page(HTMLParser):
    """Reads a page strictly: every element closes, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)


DECISIONS = {
    "full": sample.full(),
    "hostile": sample.full(sample.HOSTILE),
    "many": sample.many(400),
    "plain": sample.simple(),
    "empty": sample.simple("review", ()),
}


@pytest.fixture(params=DECISIONS)
def decision(request: pytest.FixtureRequest) -> Decision:
    return DECISIONS[request.param]


def test_page_is_well_formed_and_its_ids_are_single(decision: Decision) -> None:
    page = Page(render(decision, "html"))
    assert {tag for tag, _ in page.tags} <= TAGS
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for _, attrs in page.tags:
        for key in ("aria-labelledby", "href"):
            for target in (attrs.get(key) or "").split():
                assert target.removeprefix("#") in ids


def test_page_asks_nothing_of_the_network(decision: Decision) -> None:
    text = render(decision, "html")
    page = Page(text)
    for tag, attrs in page.tags:
        assert tag not in ("script", "link", "img", "iframe", "object", "form", "base")
        assert "src" not in attrs and "style" not in attrs
        assert not any(name.startswith("on") for name in attrs)
        assert (attrs.get("href") or "#").startswith("#")
        assert (attrs.get("marker-end") or "url(#").startswith("url(#")
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style and "@import" not in style and "http" not in style


def test_policy_allows_the_pages_own_style_and_nothing_else(decision: Decision) -> None:
    text = render(decision, "html")
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = next(a["content"] for t, a in Page(text).tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert text.index("http-equiv") < text.index("<style>")


def test_hostile_names_are_shown_as_text() -> None:
    page = Page(render(DECISIONS["hostile"], "html"))
    words = "".join(page.words)
    assert "<script>alert(1)</script>" in words
    assert "\\x1b[31mred" in words
    assert "safe\\u202etxt.exe" in words
    assert "</style><img src=x" in words


def test_page_has_landmarks_headings_and_table_headers() -> None:
    page = Page(render(DECISIONS["full"], "html"))
    names = [tag for tag, _ in page.tags]
    assert all(names.count(tag) == 1 for tag in ("h1", "main", "nav", "footer"))
    levels = [int(name[1]) for name in names if re.fullmatch("h[1-6]", name)]
    assert levels[0] == 1 and all(after - before <= 1 for before, after in pairwise(levels))
    assert all("scope" in attrs for tag, attrs in page.tags if tag == "th")
    assert dict(page.tags)["html"]["lang"] == "en"
    for tag, attrs in page.tags:
        if tag == "svg":
            assert attrs.get("aria-hidden") == "true" or (attrs["role"] == "img" and "aria-labelledby" in attrs)


def test_proofs_open_and_close_without_script() -> None:
    names = [tag for tag, _ in Page(render(DECISIONS["full"], "html")).tags]
    assert names.count("details") == 1 + 4 == names.count("summary")


# --- colours


def _themes() -> dict[str, dict[str, str]]:
    css = (html.TEMPLATES / "report.css").read_text()
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    themes = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", block)) for block in blocks]
    return dict(zip(("light", "dark", "print"), themes, strict=True))


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    r, g, b = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_contrast_meets_wcag_aa(theme: str) -> None:
    colours = _themes()[theme]
    pairs = [(ink, ground) for ink in ("ink", "soft", "link") for ground in ("page", "card", "sunk")]
    for verdict in ("block", "review", "duty", "allow"):
        pairs += [(verdict, f"{verdict}-tint"), (verdict, "card"), ("ink", f"{verdict}-tint")]
        pairs += [("link", f"{verdict}-tint")]
    for ink, ground in pairs:
        bright, dim = sorted((_luminance(colours[ink]), _luminance(colours[ground])), reverse=True)
        assert (bright + 0.05) / (dim + 0.05) >= 4.5, (theme, ink, ground)


# --- the picture


def test_boxes_do_not_overlap_and_arrows_point_right() -> None:
    drawn = picture.draw(DECISIONS["full"])
    assert drawn is not None
    boxes = [block.box for block in drawn.blocks]
    for i, one in enumerate(boxes):
        for other in boxes[i + 1 :]:
            apart = (
                one.x + one.width <= other.x or other.x + other.width <= one.x
                or one.y + one.height <= other.y or other.y + other.height <= one.y
            )  # fmt: skip
            assert apart
    at = {block.node.id: block.box for block in drawn.blocks}
    assert all(at[arrow.edge.start].x < at[arrow.edge.end].x for arrow in drawn.arrows)
    assert max(box.y + box.height for box in boxes) <= drawn.height


def test_what_taints_what_is_drawn_heavier() -> None:
    drawn = picture.draw(DECISIONS["full"])
    assert drawn is not None
    carries = {(arrow.edge.start, arrow.edge.end): arrow.carries for arrow in drawn.arrows}
    assert carries["party:openai", "model:gpt-4o"] == "block"
    assert carries["source:gpt-4o answers", "run"] == "block"
    assert carries["dataset:ultrafeedback", "source:UltraFeedback (cleaned)"] == "review"
    assert carries["source:hand-written dialogues", "run"] == ""
    assert carries["party:meta", "base_model:meta-llama/Llama-3.1-8B"] == ""


def test_large_lineage_is_cut_to_what_stops_the_run_and_says_so() -> None:
    drawn = picture.draw(sample.many(3000))
    assert drawn is not None
    assert len(drawn.blocks) == picture.MOST
    assert drawn.left_out == 3001 - picture.MOST
    assert {block.node.verdict for block in drawn.blocks} == {"block", "review"}
    assert "2,921 are left out" in render(sample.many(3000), "html")


def test_cycles_and_stray_edges_are_drawn_or_dropped_without_harm() -> None:
    nodes = tuple(Node(id=key, label=key, kind="dataset") for key in "abc")
    edges = (*(Edge(start=a, end=b) for a, b in ("ab", "bc", "ca", "aa")), Edge(start="a", end="nowhere"))
    decision = msgspec.structs.replace(sample.simple(), nodes=nodes, edges=edges)
    drawn = picture.draw(decision)
    assert drawn is not None and len(drawn.blocks) == 3 and len(drawn.arrows) == 4
    Page(render(decision, "html"))


def test_no_nodes_no_picture() -> None:
    assert picture.draw(sample.simple()) is None
    assert "Lineage" not in render(sample.simple(), "html")


def test_labels_break_where_they_can_and_end_in_an_ellipsis() -> None:
    assert picture.wrapped("meta-llama/Llama-3.1-8B") == ("meta-llama/", "Llama-3.1-8B")
    long = picture.wrapped("x" * 500)
    assert len(long) == picture.LABEL_LINES and long[-1].endswith("…")
    assert all(len(line) <= picture.CHARACTERS for line in long)
    assert picture.wrapped("") == ("(no name)",)
