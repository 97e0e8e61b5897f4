"""Reviews in a real browser: by keyboard alone, usable by everybody, and fit to print."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from reviewing import ask, gate, waiting
from running import Running

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def scene(service: Running, tokens: dict[str, str]) -> dict[str, str]:
    """A run with a waiver in force, one that waits for approval, and one that nobody looked at; the pages to see."""
    with service.as_(tokens["legal"]) as legal, service.as_(tokens["admin"]) as admin:
        waived, first = waiting(legal, "waived rows")
        admin.post(f"{ask(legal, first).headers['location']}/approve", json={"reason": "read it"})
        legal.post(f"/v1/reviews/{first}/assign", json={"to": "ann", "due": "2020-01-01"})
        legal.post(f"/v1/reviews/{first}/comments", json={"text": "seen", "evidence": ["mail of 3 March"]})
        _, second = waiting(legal, "rows that wait for approval")
        ask(admin, second)
        _, third = waiting(legal, "untouched rows")
    return {
        "queue": "/reviews",
        "none": "/reviews?state=superseded&q=nothing-is-called-this",
        "waived": f"/reviews/{first}",
        "asked": f"/reviews/{second}",
        "open": f"/reviews/{third}",
        "waivers": "/waivers",
        "portfolio": "/portfolio",
        "touched": "/portfolio?teacher=openai",
        "untouched": "/portfolio?teacher=nobody",
        "run": f"/runs/{waived}",
    }


def opened(chromium: Any, service: Running, token: str, **how: Any) -> Any:
    """A page of somebody who is logged in."""
    page = chromium.new_context(**how).new_page()
    page.goto(f"{service.url}/login?token={token}")
    page.get_by_role("button").click()
    page.wait_for_url(f"{service.url}/")
    return page


def test_a_lawyer_asks_for_a_waiver_by_keyboard_alone(
    chromium: Any, service: Running, tokens: dict[str, str], engineer: httpx.Client
) -> None:
    decision, item = waiting(engineer, "keyboard rows")
    page = opened(chromium, service, tokens["legal"], timezone_id="Europe/Berlin")
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if "favicon" not in str(m.location) else None)
    page.goto(f"{service.url}/reviews?q=keyboard+rows")
    page.get_by_role("link", name="keyboard rows").press("Enter")
    page.wait_for_url(f"{service.url}/reviews/{item}")
    page.get_by_text("Ask for a waiver").press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("few rows, to be replaced")
    page.keyboard.press("Tab")
    page.keyboard.type("06302099")
    page.keyboard.press("Tab")
    page.keyboard.type("0600PM")
    page.get_by_label("Time zone").fill("Europe/Berlin")
    page.keyboard.press("Enter")
    page.get_by_role("status").wait_for()
    assert "second person must approve" in page.get_by_role("status").inner_text()
    assert page.get_by_role("button", name="Approve").count() == 0
    second = opened(chromium, service, tokens["admin"])
    second.goto(f"{service.url}/reviews/{item}")
    second.get_by_role("button", name="Approve").press("Enter")
    second.get_by_role("status").wait_for()
    assert "The run may start" in second.locator("#gate").inner_text()
    outcome = gate(engineer, decision)
    assert (outcome["may_start"], outcome["until"]) == (True, "2099-06-30T16:00:00.000000Z")
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_every_page_of_reviews_can_be_used_by_everybody(
    scheme: str, width: int, chromium: Any, service: Running, tokens: dict[str, str], scene: dict[str, str]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    # The checker alone puts a script of its own into the page.
    how = {"bypass_csp": True, "color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    page = opened(chromium, service, tokens["legal"], **how)
    for name, place in scene.items():
        page.goto(service.url + place)
        for summary in page.locator("main .actions summary, main .waiver summary").all():
            summary.click()
        found = [v for v in axe.run(page).response["violations"] if v["impact"] in ("serious", "critical")]
        assert found == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name}: something sticks out"


def test_an_item_is_printed_without_its_forms(
    chromium: Any, service: Running, tokens: dict[str, str], scene: dict[str, str]
) -> None:
    page = opened(chromium, service, tokens["legal"])
    page.goto(service.url + scene["waived"])
    page.emulate_media(media="print")
    assert page.locator("form:visible").count() == 0
    assert page.get_by_text("mail of 3 March").is_visible()
    assert page.locator("#gate").is_visible()
