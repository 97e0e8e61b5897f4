"""The pages in a real browser, by keyboard alone; without one, or its driver, they are tested by their text only."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

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
    page.keyboard.press("Tab")  # to the profile
    page.keyboard.press("Tab")  # to the button
    page.keyboard.press("Enter")
    page.wait_for_url(f"{service.url}/runs/*")
    assert "by keyboard" in page.inner_text("h1")
    page.goto(service.url)
    assert page.get_by_role("link", name="by keyboard").count() >= 1


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


def test_the_skip_link_is_first(page: Any, service: Running) -> None:
    page.goto(service.url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#content"


def test_nothing_was_asked_of_others_and_no_policy_was_broken(page: Any) -> None:
    assert page.elsewhere == []
    assert page.complaints == []
