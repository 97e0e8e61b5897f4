"""The pages in a real browser, by keyboard alone; without one, or its driver, they are tested by their text only."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from running import Running

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

EVIL = "</textarea><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


@pytest.fixture(scope="module", params=["light", "dark"])
def page(request: pytest.FixtureRequest, service: Running) -> Iterator[Any]:
    """A page that is logged in; what it asked of other hosts and what it complained about are kept on it."""
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(color_scheme=request.param)
        opened = context.new_page()
        opened.elsewhere = []
        opened.complaints = []
        opened.on("request", lambda r: opened.elsewhere.append(r.url) if not r.url.startswith(service.url) else None)
        opened.on("console", lambda m: opened.complaints.append(m.text) if "favicon" not in str(m.location) else None)
        opened.goto(f"{service.url}/login?token={service.token}")
        opened.wait_for_function("document.activeElement.tagName === 'BUTTON'")  # focus is given after the load
        opened.keyboard.press("Enter")
        opened.wait_for_url(f"{service.url}/")
        yield opened
        browser.close()


def test_a_manifest_is_checked_by_keyboard_alone(page: Any, service: Running) -> None:
    page.goto(f"{service.url}/check")
    page.wait_for_function("document.activeElement.id === 'manifest'")
    page.keyboard.type("run: {date: 2025-11-03, name: by keyboard}\ntrainer: {name: A}\ntrainee: {kind: other}\n")
    page.keyboard.type("sources: []\n")
    page.keyboard.press("Tab")  # to the manifest's file
    page.keyboard.press("Tab")  # to the evidence
    page.keyboard.press("Tab")  # to the profile
    page.keyboard.press("Tab")  # to the button
    page.keyboard.press("Enter")
    page.wait_for_url(f"{service.url}/runs/*")
    assert "by keyboard" in page.inner_text("h1")
    page.goto(service.url)
    assert page.get_by_role("link", name="by keyboard").count() >= 1


DROP = """([zone, files]) => {
  const held = new DataTransfer();
  for (const [name, text] of files) held.items.add(new File([text], name));
  const place = document.querySelector(`[data-drop="${zone}"]`);
  for (const kind of ["dragover", "drop"]) {
    place.dispatchEvent(new DragEvent(kind, { dataTransfer: held, bubbles: true, cancelable: true }));
  }
}"""


def test_a_manifest_and_its_evidence_are_dropped(page: Any, service: Running) -> None:
    page.goto(f"{service.url}/check")
    page.fill("#manifest", "what was pasted before")
    manifest = "run: {date: 2025-11-03, name: dropped}\ntrainer: {name: A}\ntrainee: {kind: other}\n"
    row = '{"model": "gpt-4o-2024-08-06", "prompt": "a", "completion": "b"}\n'
    page.evaluate(DROP, ["manifest_file", [["clearance.yaml", manifest + "sources: [{name: r, files: [a.jsonl]}]\n"]]])
    page.evaluate(DROP, ["evidence", [["a.jsonl", row]]])
    page.evaluate(DROP, ["evidence", [["b.jsonl", row]]])
    assert page.locator("#evidence-told li").all_inner_texts() == [f"{n}.jsonl, {len(row)} bytes" for n in "ab"]
    assert page.input_value("#manifest") == "", "the file is taken in place of the text"
    page.get_by_role("button", name="Check").press("Enter")
    page.wait_for_url(f"{service.url}/runs/*")
    assert "dropped" in page.inner_text("h1") and "OpenAI" in page.inner_text("main")


def test_the_page_of_a_job_follows_it_to_the_run(page: Any, service: Running) -> None:
    manifest = "run: {date: 2025-11-03, name: large}\ntrainer: {name: A}\ntrainee: {kind: other}\nsources: []\n"
    page.goto(f"{service.url}/check")
    large = {
        "name": "clearance.yaml",
        "mimeType": "application/yaml",
        "buffer": f"{manifest}# {'x' * 2_200_000}\n".encode(),
    }
    page.set_input_files("#manifest_file", [large])
    page.get_by_role("button", name="Check").press("Enter")
    page.wait_for_url(f"{service.url}/runs/*")
    assert "large" in page.inner_text("h1")


def test_a_script_in_a_name_does_not_run(page: Any, service: Running) -> None:
    run = {"run": {"date": "2025-11-03", "name": EVIL}, "trainer": {"name": "A"}, "trainee": {"kind": "other"}}
    manifest = json.dumps({**run, "sources": [{"name": EVIL}]})
    page.goto(f"{service.url}/check")
    page.fill("#manifest", manifest)
    page.get_by_role("button", name="Check").click()
    page.wait_for_url(f"{service.url}/runs/*")
    for place in (page.url, service.url, page.url.replace("/runs/", "/v1/checks/") + "?format=html"):
        page.goto(place)
        assert page.title() != "owned"
        assert EVIL in page.inner_text("body")


def test_the_ledger_is_verified_by_its_button(page: Any, service: Running) -> None:
    page.goto(f"{service.url}/ledger")
    page.get_by_role("button", name="Verify all entries").press("Enter")
    page.get_by_role("status").wait_for()
    assert "Everything is as it was written" in page.inner_text("[role=status]")


def test_a_question_is_answered_as_it_streams_by_keyboard_alone(page: Any, service: Running) -> None:
    page.goto(f"{service.url}/chat")
    page.wait_for_function("document.activeElement.id === 'question'")
    page.keyboard.type("Who owns the output of Plumecraft?")
    page.keyboard.press("Enter")
    page.locator("article.turn:not([aria-busy]) .cited").wait_for()
    assert "session=" in page.url
    assert "(from 2025-08-01)" in page.inner_text("article.turn"), "the days of the version are told"
    page.wait_for_function("document.activeElement.id === 'question'")
    page.keyboard.type("And how long do they keep prompts?")
    page.keyboard.press("Enter")
    page.locator("article.turn:not([aria-busy])").nth(1).wait_for()
    assert "And how long" in page.locator("article.turn").nth(1).inner_text()
    page.reload()
    assert page.locator("article.turn").count() == 2, "the conversation is still there"


def test_a_citation_opens_the_text_at_the_marked_words(page: Any, service: Running) -> None:
    page.goto(f"{service.url}/chat")
    page.fill("#question", "Who owns the output of Plumecraft?")
    page.keyboard.press("Enter")
    page.locator(".cited a").first.wait_for()
    quote = page.locator(".cited blockquote").first.inner_text()
    page.locator(".cited a").first.press("Enter")
    page.locator("#span").wait_for()
    assert " ".join(page.inner_text("#span").split()) == " ".join(quote.split())
    assert page.evaluate("document.querySelector('#span').getBoundingClientRect().top < innerHeight")


def test_a_memo_is_copied_and_feedback_recorded(page: Any, service: Running) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{service.url}/chat")
    page.fill("#question", "Who owns the output of Plumecraft?")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Copy as memo").click()
    page.get_by_role("link", name="Copied").wait_for()
    assert "not legal advice" in page.evaluate("navigator.clipboard.readText()")
    page.get_by_text("Say how it was").press("Enter")
    page.get_by_role("button", name="Helpful").press("Enter")
    page.get_by_text("Recorded in the ledger").wait_for()


def test_a_script_in_a_text_does_not_run(page: Any, service: Running) -> None:
    page.goto(f"{service.url}/chat")
    page.fill("#question", "What may I do with the output of Vantrel? <img src=x onerror=\"document.title='owned'\">")
    page.keyboard.press("Enter")
    page.locator("article.turn:not([aria-busy])").first.wait_for()
    assert page.title() != "owned"
    page.goto(f"{service.url}/texts?file=vantrel/terms-of-service@2025-03-03.md")
    assert page.title() != "owned" and "<script>" in page.inner_text("main")


def test_a_problem_of_the_stream_is_shown(page: Any, service: Running) -> None:
    page.goto(f"{service.url}/chat")
    page.fill("#question", "???")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert "empty" in page.get_by_role("alert").inner_text()
    page.complaints[:] = [c for c in page.complaints if "422" not in c]


@contextmanager
def audited(page: Any, width: int) -> Iterator[Any]:
    """A page of another context of the same login, in which the checker may put a script of its own."""
    context = page.context.browser.new_context(
        bypass_csp=True,
        color_scheme="dark" if page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else "light",
        storage_state=page.context.storage_state(),
        viewport={"width": width, "height": 900},
    )
    yield context.new_page()
    context.close()


def usable(opened: Any, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = [v for v in axe.run(opened).response["violations"] if v["impact"] in ("serious", "critical")]
    assert found == []
    assert opened.evaluate("document.documentElement.scrollWidth") <= width, "nothing sticks out at the side"


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize(
    "place", ["/", "/check", "/chat", "/terms", "/terms/1", "/terms/1/text", "/terms/1/diff", "/ledger", "/login"]
)
def test_every_page_can_be_used_by_everybody(place: str, width: int, page: Any, service: Running) -> None:
    with audited(page, width) as opened:
        opened.goto(service.url + place)
        usable(opened, width)


RUN = '"run": {"date": "2025-11-03"}, "trainer": {"name": "A"}, "trainee": {"kind": "other"}'
BATCHES = {
    "under way": f'{{"id": "a", "manifest": {{{RUN}, "sources": []}}}}\n' * 2000,
    "done": f'{{"id": "a", "manifest": {{{RUN}, "sources": []}}}}\n' * 2,
    "refused": f'{{"id": "a", "manifest": {{{RUN}, "sources": 7}}}}\n',
}


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_the_page_of_a_job_can_be_used_by_everybody(
    batch: str, width: int, page: Any, service: Running, engineer: httpx.Client
) -> None:
    long = len(batch) > 10_000
    headers = {"Content-Type": "application/x-ndjson", "Prefer": "respond-async"}
    taken = engineer.post("/v1/checks/batch", content=batch, headers=headers)
    name = taken.headers["location"].rpartition("/")[2]
    if not long:
        engineer.get(f"/v1/jobs/{name}/events", timeout=60)  # they end with the job
    with audited(page, width) as opened:
        opened.route("**/events", lambda route: route.abort())  # else it ends while it is looked at
        opened.goto(f"{service.url}/jobs/{name}")
        assert opened.get_by_role("progressbar", name="Progress").count() == long
        assert opened.get_by_role("status").count() == long
        usable(opened, width)


@pytest.mark.parametrize("width", [1400, 1100])
def test_the_head_of_a_page_is_one_line_where_there_is_room(width: int, page: Any, service: Running) -> None:
    with audited(page, width) as opened:
        opened.goto(service.url)
        places = [opened.locator(".site a").first, opened.get_by_role("button", name="Log out")]
        middles = [box["y"] + box["height"] / 2 for box in (place.bounding_box() for place in places)]
        assert abs(middles[0] - middles[1]) < 8


def test_the_skip_link_is_first(page: Any, service: Running) -> None:
    page.goto(service.url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#content"


def test_nothing_was_asked_of_others_and_no_policy_was_broken(page: Any) -> None:
    assert page.elsewhere == []
    assert page.complaints == []
