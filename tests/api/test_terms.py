"""Versions of terms over HTTP, and their pages."""

from __future__ import annotations

import re

import httpx


def document(client: httpx.Client) -> dict[str, object]:
    found = client.get("/v1/terms").json()
    (provider,) = found["providers"]
    assert provider["provider"] == "Plumecraft"
    (one,) = provider["documents"]
    assert (one["versions"], one["first"], one["last"]) == (2, "2025-01-10", "2025-08-01")
    return dict(one)


def test_a_document_has_its_versions_and_alerts(engineer: httpx.Client) -> None:
    found = engineer.get(f"/v1/terms/{document(engineer)['id']}").json()
    assert [v["kind"] for v in found["versions"]] == ["first", "text"]
    (alert,) = found["alerts"]
    assert alert["changes"][0]["kind"] == "added"
    assert "train machine learning models" in alert["changes"][0]["after"]["text"]


def test_the_text_of_a_day_and_its_clauses(engineer: httpx.Client) -> None:
    place = f"/v1/terms/{document(engineer)['id']}/text"
    old = engineer.get(place, params={"date": "2025-03-01"}).json()
    new = engineer.get(place).json()
    assert (old["day"], new["day"]) == ("2025-01-10", "2025-08-01")
    assert "compete" not in old["text"] and "compete" in new["text"]
    assert any("compete" in new["text"][c["start"] : c["end"]] for c in new["clauses"])
    assert engineer.get(place, params={"date": "2020-01-01"}).status_code == 404
    assert engineer.get(place, params={"date": "2020-99-01"}).status_code == 404
    assert engineer.get(place, params={"date": "yesterday"}).status_code == 422


def test_versions_are_compared_clause_by_clause(engineer: httpx.Client) -> None:
    place = f"/v1/terms/{document(engineer)['id']}/diff"
    found = engineer.get(place).json()
    assert (found["before"], found["after"]) == ("2025-01-10", "2025-08-01")
    added = [c for c in found["changes"] if c["change"] == "added"]
    assert len(added) == 1 and added[0]["training"]
    same = engineer.get(place, params={"before": "2025-08-01", "after": "2025-09-01"}).json()
    assert same["changes"] == []


def test_what_is_not_held_is_not_found(engineer: httpx.Client) -> None:
    for path in ("/v1/terms/999", "/v1/terms/999/text", "/v1/terms/999/diff", "/terms/999"):
        assert engineer.get(path).status_code == 404
    assert engineer.get("/v1/terms/x").status_code == 422


def test_the_pages_lead_from_provider_to_clause(engineer: httpx.Client) -> None:
    id_ = document(engineer)["id"]
    assert f'href="/terms/{id_}"' in engineer.get("/terms").text
    timeline = engineer.get(f"/terms/{id_}").text
    assert timeline.index("2025-08-01") < timeline.index("2025-01-10")
    assert "rule added" in timeline
    for link in set(re.findall(rf'href="(/terms/{id_}/[^"]+)"', timeline)):
        answer = engineer.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200, link
    diff = engineer.get(f"/terms/{id_}/diff").text
    assert "<ins>" in diff and "train machine learning models" in diff
    assert "2.1 Plumecraft may keep" in engineer.get(f"/terms/{id_}/text").text
