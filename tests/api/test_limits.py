"""How often somebody may ask: buckets by key and by address, and a client that waits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from running import EXAMPLES, Running, run

from api.client import gate
from api.limits import MAX_HELD, Buckets
from compliance.errors import ClearanceError


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("strict"), "--rate", "0.5", "--failed-logins", "3")
    yield running
    running.stop()


def test_a_bucket_fills_again_as_time_goes_by() -> None:
    now = 100.0
    buckets = Buckets(2.0, 4.0, lambda: now)
    assert [buckets.take("a") for _ in range(5)] == [0, 0, 0, 0, 0.5]
    assert buckets.take("b") == 0, "another caller has a bucket of its own"
    now = 100.5
    assert [buckets.wait("a"), buckets.take("a"), buckets.take("a")] == [0, 0, 0.5]
    now = 1000.0
    assert [bool(buckets.take("a")) for _ in range(5)] == [False] * 4 + [True], "it holds no more than its burst"


def test_no_limit_holds_nobody_and_a_limit_remembers_only_so_many() -> None:
    free = Buckets(0.0, 0.0, lambda: 0.0)
    assert {free.take("a") for _ in range(1000)} == {0}
    buckets = Buckets(1.0, 1.0, lambda: 0.0)
    for number in range(MAX_HELD + 1):
        buckets.take(str(number))
    assert (buckets.take(str(MAX_HELD)), buckets.take("0")) == (1.0, 0)


def test_a_key_that_asks_too_often_is_told_when_to_come_back(strict: Running) -> None:
    first, second = strict.key("engineer", "first"), strict.key("engineer", "second")
    with strict.as_(first) as client:
        assert client.get("/v1/checks").status_code == 200
        refused = client.get("/v1/checks")
        assert (refused.status_code, refused.json()["type"]) == (429, "urn:clearance:problem:too-many")
        assert refused.headers["content-type"] == "application/problem+json"
        assert 1 <= int(refused.headers["retry-after"]) <= 2
        page = client.get("/", headers={"Accept": "text/html"})
        assert (page.status_code, "retry-after" in page.headers) == (429, True)
        assert page.headers["content-type"].startswith("text/html")
        assert client.get("/healthz").status_code == 200
    with strict.as_(second) as client:
        assert client.get("/v1/checks").status_code == 200


def test_the_client_waits_for_its_turn_within_its_time(strict: Running, tmp_path: Path) -> None:
    key = strict.key("engineer", "client")
    notes = tmp_path / "notes.txt"
    notes.write_text("nothing of interest\n")
    with gate(EXAMPLES / "own-lab.yaml", url=strict.url, key=key, evidence=[notes]) as decision:
        assert decision["id"], "the upload took the one token, so the check was turned away at first"
    with (
        pytest.raises(ClearanceError, match="asks too often") as stopped,
        gate(EXAMPLES / "own-lab.yaml", url=strict.url, key=key, seconds=0.5),
    ):
        pass
    assert stopped.value.exit_code == 69


def test_an_address_that_guesses_is_shut_out_before_its_guess_is_looked_up(strict: Running) -> None:
    good = strict.key("engineer", "good")

    def at(address: str, token: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": address}
        return strict.client.get("/v1/checks", headers=headers)

    wrong = "clr_startup_" + "x" * 43
    assert [at("192.0.2.7", wrong).status_code for _ in range(4)] == [401, 401, 401, 429]
    assert at("192.0.2.7", good).status_code == 429
    assert int(at("192.0.2.7", good).headers["retry-after"]) <= 20
    by_form = strict.client.post("/login", data={"token": good}, headers={"X-Forwarded-For": "192.0.2.7"})
    assert by_form.status_code == 429
    assert at("192.0.2.8", good).status_code == 200, "a neighbour is not"
    near = [at(f"2001:db8::{n}", wrong).status_code for n in range(1, 5)]
    assert near == [401, 401, 401, 429], "an IPv6 network of one caller counts as one"
    bare = [strict.client.get("/v1/checks", headers={"X-Forwarded-For": "192.0.2.9"}).status_code for _ in range(5)]
    assert bare == [401] * 5, "who sends no credential guesses none"


@pytest.mark.parametrize("words", [("--rate", "-1"), ("--rate", "nan"), ("--failed-logins", "-1")])
def test_a_limit_that_is_none_is_refused(words: tuple[str, str], tmp_path: Path) -> None:
    started = run("serve", *words, "--port", "0", "--ledger", "audit.db", folder=tmp_path)
    assert (started.returncode, "0 to 1000000" in started.stderr) == (64, True)
