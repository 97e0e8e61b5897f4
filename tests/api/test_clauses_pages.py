"""The pages on which clauses are confirmed: every step by a form, in a real browser by keyboard alone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from clause_texts import BAN, EVIL, look, number_of, verdict, write_terms
from running import Running

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ROLES = ("engineer", "legal", "auditor", "admin")
Login = Callable[[str], httpx.Client]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    place = write_terms(tmp_path_factory.mktemp("pages") / "terms.sqlite")
    running = Running(place.parent, "--words-only", "--terms", str(place))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def tokens_here(desk: Running) -> dict[str, str]:
    return {role: desk.key(role, role) for role in ROLES}


@pytest.fixture(scope="module")
def legal(desk: Running, tokens_here: dict[str, str]) -> Iterator[httpx.Client]:
    with desk.as_(tokens_here["legal"]) as client:
        yield client


@pytest.fixture(scope="module")
def quillmark(legal: httpx.Client) -> int:
    document = number_of(legal, "Quillmark")
    look(legal, document)
    return document


@pytest.fixture(scope="module")
def login(desk: Running, tokens_here: dict[str, str]) -> Iterator[Login]:
    with ExitStack() as held:

        def made(role: str) -> httpx.Client:
            client = httpx.Client(base_url=desk.url, headers={"Accept": "text/html"}, timeout=60)
            held.enter_context(client)
            assert client.post("/login", data={"token": tokens_here[role]}).status_code == 303
            return client

        yield made


def send(client: httpx.Client, page: str, place: str, **fields: str) -> httpx.Response:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(page).text)
    assert found
    return client.post(place, data={"csrf": found[1], **fields})


def form_of(page: str) -> dict[str, str]:
    """The fields of the form of a clause as a browser would send them."""
    form = page[page.index('aria-label="What the clause says"') :].partition("</form>")[0]
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    fields |= {name: "on" for name in re.findall(r'<input type="checkbox" name="([^"]+)" checked', form)}
    for name, options in re.findall(r'<select id="[^"]+" name="([^"]+)">(.*?)</select>', form, re.DOTALL):
        fields[name] = re.findall(r"<option selected>([^<]+)", options)[0]
    fields |= dict(re.findall(r'<input id="[^"]+" name="([^"]+)"[^>]* value="([^"]*)"', form))
    fields |= dict(re.findall(r'<textarea id="[^"]+" name="([^"]+)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL))
    return {name: unescape(value) for name, value in fields.items()}


def test_the_pages_lead_from_the_terms_to_a_clause_beside_its_words(login: Login, quillmark: int) -> None:
    client = login("legal")
    terms = client.get("/terms").text
    assert 'href="/terms/clauses"' in terms and "3 open" in terms
    assert f'href="/terms/{quillmark}/clauses"' in client.get("/terms/clauses").text
    page = client.get(f"/terms/{quillmark}/clauses").text
    assert f">{BAN}</mark>" in page
    assert EVIL not in page and "&lt;script&gt;" in page
    place = re.findall(r'href="(/terms/\d+/text\?[^"]+)#span"', page)[0].replace("&amp;", "&")
    assert f'<mark id="span">{BAN}</mark>' in client.get(place).text


def test_a_form_accepts_edits_and_rejects_and_the_next_clause_follows(
    login: Login, legal: httpx.Client, quillmark: int
) -> None:
    client, place = login("legal"), f"/terms/{quillmark}/clauses"
    first = form_of(client.get(place).text)
    assert first["clause"].startswith("train-competing-models")
    said = send(client, place, place, **first, ruling="accepted")
    assert (said.status_code, said.headers["location"]) == (303, f"{place}?done=accepted")
    followed = client.get(said.headers["location"]).text
    assert "Accepted, and recorded in the ledger" in followed
    second = form_of(followed)
    assert second["clause"] != first["clause"]
    assert verdict(legal, "accepted by form")[0] == "block"
    (held,) = [c for c in legal.get(f"/v1{place}").json()["clauses"] if c["id"] == first["clause"]]
    assert (held["status"], held["edits"]) == ("accepted", {}), "a form that is sent as it was shown edits nothing"
    edited = form_of(client.get(place, params={"clause": first["clause"]}).text)
    edited |= {"test": "any", "exceptions-approval": "on", "note": "read twice", "ruling": "accepted"}
    assert send(client, place, place, **edited).status_code == 303
    (held,) = [c for c in legal.get(f"/v1{place}").json()["clauses"] if c["id"] == first["clause"]]
    assert held["edits"] == {"test": "any", "exceptions": "approval", "note": "read twice"}
    assert held["record"]["exceptions"][0]["kind"] == "approval"
    shown = client.get(place, params={"clause": first["clause"]}).text
    assert "legal (key " in shown and "read twice" in shown
    assert (
        send(client, place, place, **(edited | {"ruling": "rejected"})).headers["location"] == f"{place}?done=rejected"
    )
    assert verdict(legal, "rejected by form")[0] == "review"


def test_what_stands_in_the_way_is_told_beside_the_form_which_keeps_its_values(login: Login, quillmark: int) -> None:
    client, place = login("admin"), f"/terms/{quillmark}/clauses"
    fields = form_of(client.get(place).text) | {"ruling": "accepted", "category": "nothing", "note": "kept"}
    refused = send(client, place, place, **fields)
    assert refused.status_code == 400
    assert 'role="alert"' in refused.text and 'value="kept"' in refused.text and "<details open>" in refused.text
    assert send(client, place, place, clause="distill-0123456789", ruling="rejected").status_code == 404


def test_forms_need_the_token_of_the_session(login: Login, legal: httpx.Client, quillmark: int) -> None:
    size = legal.get("/v1/ledger").json()["size"]
    client = login("legal")
    clause = form_of(client.get(f"/terms/{quillmark}/clauses").text)["clause"]
    before = legal.get("/v1/ledger").json()["size"]
    for call in ("clauses", "complete", "binding", "look"):
        for csrf in ("", "x"):
            sent = client.post(
                f"/terms/{quillmark}/{call}", data={"csrf": csrf, "clause": clause, "ruling": "accepted"}
            )
            assert sent.status_code == 403
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(f"/terms/{quillmark}/clauses", data={"clause": clause}, headers=elsewhere).status_code == 403
    assert legal.get("/v1/ledger").json()["size"] == before > size


@pytest.mark.parametrize("role", ["engineer", "auditor"])
def test_who_judges_nothing_reads_and_is_shown_no_form(role: str, login: Login, quillmark: int) -> None:
    client, place = login(role), f"/terms/{quillmark}/clauses"
    page = client.get(place).text
    assert BAN in page and 'name="ruling"' not in page and "/binding" not in page
    assert send(client, place, place, ruling="accepted").status_code == 403


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(chromium: Any, desk: Running, token: str, **how: Any) -> Any:
    page = chromium.new_context(**how).new_page()
    page.goto(f"{desk.url}/login?token={token}")
    page.get_by_role("button").click()
    page.wait_for_url(f"{desk.url}/")
    return page


def test_clauses_are_confirmed_by_keyboard_alone(
    chromium: Any, desk: Running, tokens_here: dict[str, str], legal: httpx.Client, quillmark: int
) -> None:
    page = opened(chromium, desk, tokens_here["admin"])
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if "favicon" not in str(m.location) else None)
    open_ = [
        c["id"] for c in legal.get(f"/v1/terms/{quillmark}/clauses").json()["clauses"] if c["status"] == "unconfirmed"
    ]
    page.goto(f"{desk.url}/terms/{quillmark}/clauses")
    for done in ("rejected", "accepted"):
        page.wait_for_function("document.activeElement.tagName === 'MARK'")
        mark, around = (page.locator(place).bounding_box() for place in ("mark", ".around"))
        assert around["y"] <= mark["y"] and mark["y"] + mark["height"] <= around["y"] + around["height"]
        page.keyboard.press("Tab")  # to the whole text
        page.keyboard.press("Tab")  # to the button that accepts
        if done == "rejected":
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{desk.url}/terms/{quillmark}/clauses?done={done}")
    stands = {c["id"]: c["status"] for c in legal.get(f"/v1/terms/{quillmark}/clauses").json()["clauses"]}
    assert [stands[name] for name in open_] == ["rejected", "accepted"]
    assert page.title() != "owned" and complaints == []


def test_looking_for_clauses_is_a_job_whose_page_follows(
    chromium: Any, desk: Running, tokens_here: dict[str, str], legal: httpx.Client
) -> None:
    page = opened(chromium, desk, tokens_here["legal"])
    shop = number_of(legal, "Woodshop")
    page.goto(f"{desk.url}/terms/{shop}/clauses")
    page.get_by_role("button", name="Look").press("Enter")
    page.wait_for_url(f"{desk.url}/terms/{shop}/clauses")
    page.get_by_role("button", name="Say that it holds no such clause").press("Enter")
    page.wait_for_url(f"{desk.url}/terms/{shop}/clauses?done=complete")
    assert "is decided with what was confirmed" in page.inner_text("main")


def test_decisions_that_a_confirmed_clause_touches_are_taken_again_from_its_page(
    chromium: Any, desk: Running, tokens_here: dict[str, str], legal: httpx.Client, quillmark: int
) -> None:
    named = {c["record"]["category"]: c["id"] for c in legal.get(f"/v1/terms/{quillmark}/clauses").json()["clauses"]}
    ban = f"/v1/terms/{quillmark}/clauses/{named['train-competing-models']}"
    legal.post(ban, json={"ruling": "rejected"}).raise_for_status()
    before = verdict(legal, "decided before the ban")[0]
    legal.post(ban, json={"ruling": "accepted"}).raise_for_status()
    page = opened(chromium, desk, tokens_here["legal"])
    page.goto(f"{desk.url}/terms/{quillmark}/clauses")
    page.get_by_role("button", name="Decide again what it touches").press("Enter")
    page.get_by_role("heading", name="Decisions were taken again").wait_for()
    row = page.get_by_role("row", name="decided before the ban")
    assert before in row.inner_text() and "block" in row.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_the_pages_can_be_used_by_everybody(
    width: int, scheme: str, chromium: Any, desk: Running, tokens_here: dict[str, str], quillmark: int, tmp_path: Path
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = opened(
        chromium, desk, tokens_here["legal"],
        bypass_csp=True,  # for the checker alone, which puts a script of its own into the page
        color_scheme=scheme, viewport={"width": width, "height": 900},
    )  # fmt: skip
    for place in ("/terms", "/terms/clauses", f"/terms/{quillmark}/clauses"):
        page.goto(desk.url + place)
        for details in page.locator("details").all():
            details.evaluate("d => d.open = true")
        found = [v for v in axe.run(page).response["violations"] if v["impact"] in ("serious", "critical")]
        assert found == [], place
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{place} sticks out at the side"
    page.context.close()
