"""The pages of reviews and the portfolio: every step by a form, faults beside it, names that want to be markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest
from reviewing import gate, waiting
from running import Running

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e'
Login = Callable[[str], httpx.Client]


@pytest.fixture(scope="module")
def login(service: Running, tokens: dict[str, str]) -> Iterator[Login]:
    """Somebody of a role who is logged in."""
    with ExitStack() as held:

        def made(role: str) -> httpx.Client:
            client = httpx.Client(base_url=service.url, headers={"Accept": "text/html"}, timeout=60)
            held.enter_context(client)
            assert client.post("/login", data={"token": tokens[role]}).status_code == 303
            return client

        yield made


def send(client: httpx.Client, page: str, place: str, **fields: str) -> httpx.Response:
    """A form of a page, sent with the session's token."""
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(page).text)
    assert found
    return client.post(place, data={"csrf": found[1], **fields})


def test_a_lawyer_takes_a_run_from_the_queue_to_its_start(login: Login, engineer: httpx.Client) -> None:
    legal, admin = login("legal"), login("admin")
    decision, item = waiting(engineer, "lawyer's rows")
    page = f"/reviews/{item}"
    assert f'href="{page}"' in legal.get("/reviews", params={"q": "lawyer's rows"}).text
    assert f'href="{page}"' in legal.get(f"/runs/{decision}").text
    assert "The run may not start" in legal.get(f"/runs/{decision}").text
    taken = send(legal, page, f"{page}/assign", take="yes", due="2099-03-01")
    assert (taken.status_code, taken.headers["location"]) == (303, f"{page}?done=assigned")
    assert "It is assigned" in legal.get(taken.headers["location"]).text
    assert f'href="{page}"' in legal.get("/reviews", params={"who": "me", "q": "lawyer's rows"}).text
    assert f'href="{page}"' not in admin.get("/reviews", params={"who": "me", "q": "lawyer's rows"}).text
    said = {"text": "first line\r\nsecond line", "evidence": "mail of 3 March\r\n\r\nlog 7"}
    assert send(legal, page, f"{page}/comment", **said).status_code == 303
    shown = legal.get(page).text
    assert "first line\nsecond line" in shown
    assert "<li><bdi>mail of 3 March</bdi></li><li><bdi>log 7</bdi></li>" in shown
    asked = {"reason": "few rows", "until": "2099-06-30T18:00", "zone": "Europe/Berlin", "scope": "source"}
    assert send(legal, page, f"{page}/waive", **asked).headers["location"] == f"{page}?done=requested"
    own = legal.get(page).text
    (waiver,) = set(re.findall(r'id="(w[0-9a-f]{16})"', own))
    assert "somebody else must approve" in own and f"/waivers/{waiver}/approve" not in own
    assert send(legal, page, f"/waivers/{waiver}/approve", item=item).status_code == 400
    granted = send(admin, "/waivers", f"/waivers/{waiver}/approve", reason="read it")
    assert (granted.status_code, granted.headers["location"]) == (303, "/waivers?done=granted")
    assert "The run may start" in legal.get(page).text
    assert "The run may start" in legal.get(f"/runs/{decision}").text
    ended = send(legal, page, f"/waivers/{waiver}/withdraw", item=item, reason="they objected")
    assert ended.headers["location"] == f"{page}?done=withdrawn"
    assert send(legal, page, f"{page}/reject", reason="no licence can be had").status_code == 303
    assert gate(engineer, decision)["why"] == "rejected: lawyer's rows"
    assert "rejected" in legal.get("/reviews", params={"state": "rejected", "q": "lawyer's rows"}).text
    assert f'action="{page}/reject"' not in legal.get(page).text


def test_missing_facts_are_stated_by_form(login: Login, engineer: httpx.Client) -> None:
    legal = login("legal")
    decision, item = waiting(engineer)
    page = f"/reviews/{item}"
    text = legal.get(page).text
    assert 'name="fact:collected_by"' in text
    assert 'name="fact:role"' not in text, "a fact that is stated is not asked for"
    empty = send(legal, page, f"{page}/answer", reason="none")
    assert (empty.status_code, "no fact is stated" in empty.text) == (400, True)
    answer = send(
        legal, page, f"{page}/answer", **{"fact:collected_by": "api", "fact:role": "", "reason": "the config"}
    )
    assert answer.status_code == 303, answer.text
    newer = answer.headers["location"].rpartition("/")[2]
    assert newer in gate(engineer, decision)["why"]
    assert legal.get(answer.headers["location"]).status_code == 200


@pytest.mark.parametrize(
    ("form", "fields", "says"),
    [
        ("waive", {"reason": EVIL, "until": "2099-06-30T18:00", "zone": "Mars/Base"}, "no such time or zone"),
        ("waive", {"reason": EVIL, "until": "2001-06-30T18:00", "zone": "UTC"}, "end before it begins"),
        (
            "waive",
            {"reason": EVIL, "until": "2099-06-30T18:00", "zone": "UTC", "scope": "clause"},
            "no clause is named",
        ),
        ("waive", {"reason": EVIL, "until": "2099-06-30T18:00", "zone": "UTC", "scope": EVIL}, "no scope is called"),
        ("assign", {"to": "", "due": ""}, "nothing to say"),
        ("assign", {"to": EVIL, "due": "soon"}, "not a day"),
        ("comment", {"text": "", "evidence": EVIL}, "the comment is empty"),
        ("reject", {"reason": "", "evidence": EVIL}, "the reason is empty"),
        ("answer", {"fact:collected_by": EVIL}, "collected_by: "),
        ("comment", {"text": "", "status": "x", "form": "y", "request": "z", "id_": "0"}, "the comment is empty"),
    ],
)
def test_a_fault_stands_beside_its_form_which_keeps_its_words(
    form: str, fields: dict[str, str], says: str, login: Login, engineer: httpx.Client
) -> None:
    legal = login("legal")
    _, item = waiting(engineer)
    answer = send(legal, f"/reviews/{item}", f"/reviews/{item}/{form}", **fields)
    assert answer.status_code in (400, 422), answer.text
    assert answer.text.count('role="alert"') == 1
    assert says in answer.text
    assert "<script" not in answer.text and "<img" not in answer.text
    if EVIL in (fields.get("reason"), fields.get("evidence")):
        assert "&lt;script&gt;alert(1)" in answer.text


def test_names_and_words_are_text(login: Login, engineer: httpx.Client) -> None:
    legal = login("legal")
    decision, item = waiting(engineer, EVIL, rows=10**12)  # the first on every list, whatever else there is
    page = f"/reviews/{item}"
    send(legal, page, f"{page}/comment", text=EVIL, evidence=EVIL)
    send(legal, page, f"{page}/assign", to=EVIL, due="2001-01-01")
    send(legal, page, f"{page}/waive", reason=EVIL, until="2090-06-30T18:00", zone="UTC")
    for place in (page, "/reviews", "/waivers", "/portfolio", f"/portfolio?dataset={EVIL}", f"/runs/{decision}"):
        answer = legal.get(place)
        assert answer.status_code == 200
        assert "&lt;script&gt;" in answer.text, place
        assert "<script" not in answer.text and "<img" not in answer.text, place
        assert "\u202e" not in answer.text, place
        assert "script-src" not in answer.headers["content-security-policy"]
        assert not re.findall(r'(?:src|href|action)="(?!/|#)[^"]*"', answer.text)


def test_forms_need_the_token_of_the_session(login: Login, engineer: httpx.Client) -> None:
    legal = login("legal")
    decision, item = waiting(engineer)
    waiver = ask_for(login, item)
    places = [f"/reviews/{item}/{name}" for name in ("assign", "comment", "answer", "waive", "reject")]
    places += [f"/waivers/{waiver}/{name}" for name in ("approve", "withdraw")] + ["/reviews/recheck"]
    for place in places:
        for csrf in ("", "x"):
            assert legal.post(place, data={"csrf": csrf, "reason": "x", "text": "x", "to": "x"}).status_code == 403
    assert gate(engineer, decision)["why"].startswith("1 of 1")


def ask_for(login: Login, item: str) -> str:
    """A waiver that an admin asks for by form."""
    admin = login("admin")
    fields = {"reason": "few", "until": "2099-06-30T18:00", "zone": "UTC"}
    assert send(admin, f"/reviews/{item}", f"/reviews/{item}/waive", **fields).status_code == 303
    return re.findall(r'id="(w[0-9a-f]{16})"', admin.get(f"/reviews/{item}").text)[0]


@pytest.mark.parametrize("role", ["engineer", "auditor"])
def test_who_decides_nothing_is_shown_no_form_that_would(role: str, login: Login, engineer: httpx.Client) -> None:
    client = login(role)
    _, item = waiting(engineer)
    waiver = ask_for(login, item)
    text = client.get(f"/reviews/{item}").text
    assert re.findall(r'action="(/(?:reviews|waivers)/[^"]*)"', text) == [f"/reviews/{item}/comment"]
    assert send(client, f"/reviews/{item}", f"/reviews/{item}/comment", text="seen").status_code == 303
    assert "/approve" not in client.get("/waivers").text
    for place in (f"/reviews/{item}/reject", f"/waivers/{waiver}/approve", "/reviews/recheck"):
        assert send(client, f"/reviews/{item}", place, reason="x").status_code == 403


def test_a_recheck_is_told_on_the_page(login: Login) -> None:
    legal = login("legal")
    answer = send(legal, "/reviews", "/reviews/recheck")
    assert (answer.status_code, answer.headers["location"][:6]) == (303, "/jobs/")
    assert legal.get(f"/v1{answer.headers['location']}", params={"wait": 60}).json()["state"] == "done"
    assert "could be touched by what changed" in legal.get(answer.headers["location"]).text


def test_rows_that_nobody_states_are_told_as_such(login: Login, engineer: httpx.Client) -> None:
    waiting(engineer, "unstated on the page", rows=None)
    page = login("auditor").get("/portfolio", params={"dataset": "unstated on the page"}).text
    assert "Rows are not stated" in page and "not stated</span>" in page
    assert not re.search(r">0(<span class=\"unit\">)? rows?<", page)
    stated, _ = waiting(engineer, "stated on the page")
    page = login("auditor").get("/portfolio", params={"dataset": "stated on the page"}).text
    assert stated in page and "800 rows" in page


@pytest.mark.parametrize("query", ["state=nothing", "verdict=allow", "due=never", "after=x", "who=" + "x" * 601])
def test_a_filter_that_does_not_exist_is_refused(query: str, login: Login) -> None:
    assert login("legal").get(f"/reviews?{query}").status_code == 422
