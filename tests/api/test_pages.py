"""The pages: logging in and out, forms, names that want to be markup, and no word to another host."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator

import httpx
import pytest
from running import Running, check

PAGES = (
    "/",
    "/check",
    "/ledger",
    "/terms",
    "/terms/clauses",
    "/terms/1",
    "/terms/1/clauses",
    "/terms/1/text",
    "/terms/1/diff",
)
EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


@pytest.fixture
def browser(service: Running, tokens: dict[str, str]) -> Iterator[httpx.Client]:
    """Somebody who is logged in as admin."""
    with httpx.Client(base_url=service.url, headers={"Accept": "text/html"}, timeout=60) as client:
        answer = client.post("/login", data={"token": tokens["admin"], "next": "/ledger"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/ledger")
        yield client


def csrf(client: httpx.Client, page: str = "/check") -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(page).text)
    assert found
    return found[1]


def test_the_cookie_is_for_this_site_and_no_script(service: Running, tokens: dict[str, str]) -> None:
    answer = service.client.post("/login", data={"token": tokens["engineer"]})
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/"))
    service.client.cookies.clear()


def test_the_token_of_the_start_logs_in(tmp_path: object, service: Running) -> None:
    with httpx.Client(base_url=service.url, headers={"Accept": "text/html"}) as client:
        page = client.get("/login", params={"token": service.token})
        assert service.token in page.text
        assert "set-cookie" not in page.headers, "an address alone opens nothing"
        assert client.post("/login", data={"token": service.token}).status_code == 303
        assert "start-up token" in client.get("/").text


def test_a_wrong_token_is_refused(service: Running) -> None:
    answer = service.client.post("/login", data={"token": "clr_startup_" + "x" * 43})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("next_", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "/%0a"])
def test_a_login_leads_nowhere_else(next_: str, service: Running, tokens: dict[str, str]) -> None:
    answer = service.client.post("/login", data={"token": tokens["engineer"], "next": next_})
    assert answer.headers["location"] == "/"
    service.client.cookies.clear()


@pytest.mark.parametrize("page", PAGES)
def test_who_is_not_logged_in_is_sent_to_log_in(page: str, service: Running) -> None:
    answer = service.client.get(page, headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")


@pytest.mark.parametrize("page", [*sorted({*PAGES} - {"/check"}), "/login", "/nothing"])
def test_pages_ask_nobody_else_and_run_no_script(page: str, browser: httpx.Client) -> None:
    answer = browser.get(page)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy and "script-src" not in policy
    assert "<script" not in answer.text
    assert not re.findall(r'(?:src|href|action)="(?!/|#)[^"]*"', answer.text)
    assert 'lang="en"' in answer.text and "<title>" in answer.text


def test_names_are_text_on_every_page(browser: httpx.Client, admin: httpx.Client) -> None:
    manifest = {
        "run": {"date": "2025-11-03", "name": EVIL},
        "trainer": {"name": EVIL},
        "trainee": {"kind": "other", "name": EVIL},
        "sources": [{"name": EVIL, "licence": EVIL}],
    }
    made = check(admin, json.dumps(manifest).encode(), "application/json").json()
    for page in ("/", f"/runs/{made['id']}", f"/v1/checks/{made['id']}?format=html"):
        text = browser.get(page).text
        assert "&lt;script&gt;" in text, page
        assert "<script" not in text and "<img" not in text, page
    token = browser.get("/login", params={"token": EVIL, "next": EVIL}).text
    assert "<script" not in token and "<img" not in token


def test_the_report_of_a_run_stands_alone_and_in_a_page(browser: httpx.Client, admin: httpx.Client) -> None:
    made = check(admin).json()
    alone = browser.get(f"/v1/checks/{made['id']}?format=html")
    assert "sandbox" in alone.headers["content-security-policy"]
    inside = browser.get(f"/runs/{made['id']}").text
    assert inside.count("<body>") == 1
    assert alone.text.partition("<body>")[2].partition("</body>")[0].strip() in inside


def test_a_pasted_manifest_is_checked_and_shown(browser: httpx.Client) -> None:
    manifest = (
        "run: {date: 2025-11-03, name: pasted}\r\ntrainer: {name: A}\r\ntrainee: {kind: other}\r\nsources: []\r\n"
    )
    form = {"csrf": csrf(browser), "manifest": manifest, "profile": "strict"}
    answer = browser.post("/check", data=form)
    assert answer.status_code == 303
    page = browser.get(answer.headers["location"]).text
    assert "pasted" in page and "strict" in page


def test_evidence_is_sent_with_a_pasted_manifest(browser: httpx.Client) -> None:
    manifest = (
        "run: {date: 2025-11-03, name: pasted with evidence}\ntrainer: {name: A}\ntrainee: {kind: other}\n"
        "sources: [{name: rows, files: [rows.jsonl]}]\n"
    )
    row = b'{"model": "gpt-4o-2024-08-06", "prompt": "a", "completion": "b"}\n'
    form = {"csrf": csrf(browser), "manifest": manifest, "profile": "default"}
    answer = browser.post("/check", data=form, files=[("evidence", ("rows.jsonl", row))])
    assert answer.status_code == 303, answer.text
    assert "OpenAI" in browser.get(answer.headers["location"]).text
    answer = browser.post("/check", data={**form, "csrf": "x"}, files=[("evidence", ("rows.jsonl", row))])
    assert answer.status_code == 403


SMALL = b"run: {date: 2025-11-03, name: %b}\ntrainer: {name: A}\ntrainee: {kind: other}\nsources: []\n"


def sent(client: httpx.Client, *files: tuple[str, str, bytes], **fields: str) -> httpx.Response:
    """The form of a check, with files as (field, name, content)."""
    form = {"csrf": csrf(client), "manifest": "", "profile": "default", **fields}
    return client.post("/check", data=form, files=[(field, (name, content)) for field, name, content in files])


def test_a_manifest_is_checked_from_its_file(browser: httpx.Client) -> None:
    rows = b'{"model": "gpt-4o-2024-08-06", "prompt": "a", "completion": "b"}\n'
    manifest = (SMALL % b"from a file").replace(b"[]", b"[{name: rows, files: [rows.jsonl]}]")
    answer = sent(browser, ("manifest_file", "clearance.yaml", manifest), ("evidence", "rows.jsonl", rows))
    assert answer.status_code == 303, answer.text
    page = browser.get(answer.headers["location"]).text
    assert "from a file" in page and "OpenAI" in page and "clearance.yaml" in page
    same_name = sent(browser, ("manifest_file", "a.yaml", SMALL % b"x"), ("evidence", "a.yaml", b"x: 1\n"))
    assert same_name.status_code == 303


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"run: {date: soon}\n", r"clearance\.yaml(:\d+)?: run\.date: .+"),
        (b"run: [\n", r"clearance\.yaml:\d+: .+ \(.+\)"),
        (b"\xff\xfe", r"clearance\.yaml:1: .+ \(save it as UTF-8\)"),
        (b" \n", r"no manifest was sent \(paste it, or choose its file\)"),
    ],
)
def test_a_fault_in_a_file_is_one_line_and_evidence_need_not_be_sent_again(
    content: bytes, told: str, browser: httpx.Client
) -> None:
    rows = b'{"model": "gpt-4o-2024-08-06", "prompt": "a", "completion": "b"}\n'
    answer = sent(browser, ("manifest_file", "folder/clearance.yaml", content), ("evidence", "rows.jsonl", rows))
    assert 400 <= answer.status_code < 500
    fault = re.findall(r'role="alert" id="fault"><bdi>([^<]*)</bdi>', answer.text)
    assert len(fault) == 1 and re.fullmatch(told, html.unescape(fault[0])), fault
    assert "sent before: <bdi>rows.jsonl</bdi>" in answer.text
    kept = re.findall(r'name="(kept-1)" value="([0-9a-f]{32})"', answer.text)
    manifest = (SMALL % b"corrected").replace(b"[]", b"[{name: rows, files: [rows.jsonl]}]")
    again = sent(browser, manifest=manifest.decode(), **dict(kept))
    assert again.status_code == 303, again.text
    assert "OpenAI" in browser.get(again.headers["location"]).text


def test_what_does_not_go_together_is_one_line(browser: httpx.Client, service: Running, tokens: dict[str, str]) -> None:
    both = sent(browser, ("manifest_file", "a.yaml", SMALL % b"x"), manifest="run: {}")
    assert (both.status_code, "a manifest was pasted and a file was chosen (send one of the two)" in both.text) == (
        400,
        True,
    )
    two = sent(browser, ("manifest_file", "a.yaml", SMALL % b"x"), ("manifest_file", "b.yaml", SMALL % b"x"))
    assert (two.status_code, "send one" in two.text) == (422, True)
    name = sent(browser, ("evidence", "../../etc/passwd", b"x"))
    assert (name.status_code, "name has letters" in html.unescape(name.text)) == (422, True)
    huge = sent(browser, ("manifest_file", "a.yaml", b"x" * 4_300_000))
    assert (huge.status_code, "at most 4,194,304 bytes" in huge.text) == (413, True)
    unknown = sent(browser, manifest=(SMALL % b"x").decode(), profile="nothing")
    assert (unknown.status_code, 'role="alert"' in unknown.text) == (400, True)
    with httpx.Client(base_url=service.url, headers={"Accept": "text/html"}, timeout=60) as other:
        other.post("/login", data={"token": tokens["engineer"]})
        mine = sent(browser, ("manifest_file", "a.yaml", b"run: ["), ("evidence", "rows.jsonl", b"{}\n"))
        ((name_, id_),) = re.findall(r'name="(kept-1)" value="([0-9a-f]{32})"', mine.text)
        theirs = sent(other, manifest=(SMALL % b"x").decode(), **{name_: id_})
        assert theirs.status_code == 404, "an upload belongs to its key"


def test_only_the_script_of_the_check_page_runs(browser: httpx.Client) -> None:
    answer = browser.get("/check")
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/=]{44}';", answer.headers["content-security-policy"])
    assert answer.text.count("<script") == 1 and "unsafe" not in answer.headers["content-security-policy"]


def test_a_large_check_shows_how_it_goes_on(browser: httpx.Client) -> None:
    manifest = (
        "run: {date: 2025-11-03, name: large}\ntrainer: {name: A}\ntrainee: {kind: other}\nsources: []\n"
        + f"# {'x' * 2_200_000}\n"
    )
    answer = browser.post("/check", data={"csrf": csrf(browser), "manifest": manifest, "profile": "default"})
    place = answer.headers["location"]
    assert place.startswith("/jobs/")
    page = browser.get(place)
    assert page.status_code in (200, 303)
    if page.status_code == 200:
        assert "<progress" in page.text and 'http-equiv="refresh"' in page.text
    assert browser.get(f"/v1{place}", params={"wait": 60}).json()["state"] == "done"
    assert browser.get(place).headers["location"].startswith("/runs/")


def test_a_failed_check_says_why_on_its_page(browser: httpx.Client, admin: httpx.Client) -> None:
    lines = b'{"id": "<b>", "manifest": {}}\n'
    headers = {"Content-Type": "application/x-ndjson", "Prefer": "respond-async"}
    place = admin.post("/v1/checks/batch", content=lines, headers=headers).headers["location"]
    assert admin.get(place, params={"wait": 30}).json()["state"] == "failed"
    page = browser.get(place.removeprefix("/v1"))
    assert (page.status_code, 'role="alert"' in page.text, "batch.jsonl:1: " in page.text) == (200, True, True)


def test_a_fault_in_a_pasted_manifest_is_shown_with_the_text(browser: httpx.Client) -> None:
    answer = browser.post("/check", data={"csrf": csrf(browser), "manifest": "run: {date: x}\n</textarea><b>"})
    assert answer.status_code in (400, 422)
    assert 'role="alert"' in answer.text
    assert "&lt;/textarea&gt;" in answer.text


def test_a_form_without_the_sessions_token_is_refused(browser: httpx.Client) -> None:
    for token in ("", "x", csrf(browser)[:-1]):
        assert browser.post("/check", data={"csrf": token, "manifest": "x"}).status_code == 403
    assert browser.post("/logout", data={"csrf": "x"}).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
def test_a_form_of_another_site_is_refused(headers: dict[str, str], browser: httpx.Client) -> None:
    answer = browser.post("/check", data={"csrf": csrf(browser), "manifest": "x"}, headers=headers)
    assert answer.status_code == 403
    assert browser.post("/login", data={"token": "x"}, headers=headers).status_code == 403


def test_a_session_reads_the_interface_but_does_not_write_by_it(browser: httpx.Client) -> None:
    assert browser.get("/v1/checks").status_code == 200
    assert check(browser).status_code == 403


def test_the_ledgers_page_verifies_it(browser: httpx.Client) -> None:
    answer = browser.post("/ledger/verify", data={"csrf": csrf(browser, "/ledger")})
    assert answer.status_code == 200
    assert "Everything is as it was written" in answer.text


def test_logging_out_ends_the_session(browser: httpx.Client) -> None:
    cookies = dict(browser.cookies)
    answer = browser.post("/logout", data={"csrf": csrf(browser)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    browser.cookies.update(cookies)
    assert browser.get("/").status_code == 303


def test_pages_of_an_engineer_hide_the_ledger(service: Running, tokens: dict[str, str]) -> None:
    with httpx.Client(base_url=service.url, headers={"Accept": "text/html"}) as client:
        client.post("/login", data={"token": tokens["engineer"]})
        assert 'href="/ledger"' not in client.get("/").text
        refused = client.get("/ledger")
        assert (refused.status_code, "does not allow" in refused.text) == (403, True)
