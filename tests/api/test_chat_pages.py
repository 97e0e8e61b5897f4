"""The page of questions, without a script: asking, citations in their text, feedback, hostile texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import httpx
import pytest
from running import Running

BAN = "May we train a competing model on the output of Plumecraft?"


@pytest.fixture
def browser(service: Running, tokens: dict[str, str]) -> Iterator[httpx.Client]:
    """Somebody of the role legal who is logged in."""
    with httpx.Client(base_url=service.url, headers={"Accept": "text/html"}, timeout=60) as client:
        assert client.post("/login", data={"token": tokens["legal"]}).status_code == 303
        yield client


def csrf(client: httpx.Client) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/chat").text)
    assert found
    return found[1]


def asked(client: httpx.Client, question: str = BAN, session: str = "") -> tuple[str, str]:
    """The page after a question, and the conversation's name."""
    answer = client.post("/chat", data={"csrf": csrf(client), "question": question, "session": session})
    assert answer.status_code == 303, answer.text
    place = answer.headers["location"].partition("#")[0]
    return client.get(place).text, place.partition("=")[2]


def test_a_question_is_answered_and_gone_on_with(browser: httpx.Client) -> None:
    page, session = asked(browser)
    assert "train machine learning models" in page and "Entry " in page
    page, again = asked(browser, "And who owns it?", session)
    assert again == session
    assert page.count('class="turn card"') == 2


def test_a_citation_opens_the_text_at_the_marked_span(browser: httpx.Client) -> None:
    page, _ = asked(browser)
    links = [unescape(link) for link in re.findall(r'href="(/texts\?[^"]+)"', page)]
    assert links
    texts = [browser.get(link.partition("#")[0]).text for link in links]
    marked = [re.search(r'<mark id="span">(.*?)</mark>', text, re.DOTALL) for text in texts]
    assert all(marked)
    assert any("train machine learning models" in m[1] for m in marked if m)
    assert all("in force" in text and "sha256" in text for text in texts)


def test_feedback_is_recorded_from_the_page(browser: httpx.Client, admin: httpx.Client) -> None:
    page, _ = asked(browser)
    found = re.search(r'name="answer" value="([0-9a-f]{32})"', page)
    assert found
    form = {"csrf": csrf(browser), "answer": found[1], "ruling": "helpful", "note": "clear"}
    answer = browser.post("/chat/feedback", data=form)
    assert answer.status_code == 303
    assert "Recorded in the ledger" in browser.get(answer.headers["location"].partition("#")[0]).text
    newest = admin.get("/v1/ledger", params={"kind": "feedback"}).json()["entries"][0]
    assert newest["subject"] == found[1]
    assert browser.post("/chat/feedback", data={**form, "ruling": "odd"}).status_code == 422
    assert browser.post("/chat/feedback", data={**form, "csrf": "x"}).status_code == 403


def test_the_stream_of_the_page_ends_in_the_turn_as_the_page_shows_it(browser: httpx.Client) -> None:
    answer = browser.post("/chat/stream", data={"csrf": csrf(browser), "question": BAN})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.index("event: start") < answer.text.index("event: text") < answer.text.index("event: turn")
    assert browser.post("/chat/stream", data={"csrf": "x", "question": BAN}).status_code == 403


def test_a_fault_is_shown_with_the_question(browser: httpx.Client) -> None:
    answer = browser.post("/chat", data={"csrf": csrf(browser), "question": "?? </textarea><b>"})
    assert answer.status_code in (303, 422)
    answer = browser.post("/chat", data={"csrf": csrf(browser), "question": "</textarea><b>?", "as_of": "soon"})
    assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)
    assert "&lt;/textarea&gt;" in answer.text and "<b>" not in answer.text


def test_only_the_pages_own_script_runs(browser: httpx.Client) -> None:
    answer = browser.get("/chat")
    policy = answer.headers["content-security-policy"]
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/=]{44}'; connect-src 'self';", policy)
    assert "unsafe" not in policy
    assert answer.text.count("<script") == 1


def test_a_hostile_text_is_text(browser: httpx.Client) -> None:
    page, _ = asked(browser, "What may I do with the output of Vantrel?")
    text = browser.get("/texts", params={"file": "vantrel/terms-of-service@2025-03-03.md"}).text
    for shown in (page, text):
        assert "<img" not in shown and "title='owned'</script>" not in shown
    assert "&lt;script&gt;" in text


def test_another_keys_conversation_is_not_shown(browser: httpx.Client, service: Running) -> None:
    _, session = asked(browser)
    with httpx.Client(base_url=service.url, headers={"Accept": "text/html"}) as other:
        other.post("/login", data={"token": service.key("engineer", "curious")})
        assert other.get("/chat", params={"session": session}).status_code == 404
