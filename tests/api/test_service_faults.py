"""What breaks within: a process that dies or never ends, a ledger that takes nothing, a decision that was destroyed."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import HTTPException
from running import SECONDS, Running, check, run

from api.deciders import Deciders
from api.settings import Settings
from api.work import profiles


def with_deciders(work: Callable[[Deciders], Any], **settings: Any) -> Any:
    """What a coroutine over fresh deciders comes to."""
    return asyncio.run(work(Deciders(Settings(ledger="unused", **settings))))


def test_a_check_that_never_ends_is_ended_and_the_next_is_decided() -> None:
    async def work(deciders: Deciders) -> None:
        began = time.monotonic()
        with pytest.raises(HTTPException) as ended:
            await deciders.run(time.sleep, 600)
        assert (ended.value.status_code, time.monotonic() - began < 60) == (503, True)
        assert "default" in await deciders.run(profiles)
        assert deciders.waiting == 0

    with_deciders(work, deciders=1, decide_seconds=5)


def test_a_process_that_dies_takes_no_other_check_with_it() -> None:
    async def work(deciders: Deciders) -> None:
        with pytest.raises(HTTPException) as ended:
            await deciders.run(os._exit, 1)
        assert ended.value.status_code == 503
        assert "default" in await deciders.run(profiles)

    with_deciders(work, deciders=1)


def test_more_than_may_wait_are_turned_away() -> None:
    async def work(deciders: Deciders) -> None:
        calls = [deciders.run(time.sleep, 0.2) for _ in range(6)]
        found = await asyncio.gather(*calls, return_exceptions=True)
        refused = [f for f in found if isinstance(f, HTTPException)]
        assert [(f.status_code, f.headers) for f in refused] == [(503, {"Retry-After": "2"})] * 3

    with_deciders(work, deciders=1, max_waiting=3)


def test_without_an_entry_there_is_no_answer(tmp_path: Path) -> None:
    service = Running(tmp_path)
    try:
        with service.as_(service.token) as client:
            assert check(client).status_code == 201
            ledger = sqlite3.connect(tmp_path / service.ledger)
            with ledger:  # the newest entry is torn out: nothing can follow it any more
                ledger.execute("DELETE FROM entries WHERE entry_index = (SELECT max(entry_index) FROM entries)")
            ledger.close()
            for key in (None, "k"):
                answer = check(client, **({"Idempotency_Key": key} if key else {}))
                assert answer.status_code == 503
                assert "verdict" not in answer.json()
        assert "checkpoint speaks of" in service.log.read_text()
    finally:
        service.stop()


def test_a_decision_that_was_destroyed_is_gone_and_the_list_says_so(tmp_path: Path) -> None:
    service = Running(tmp_path)
    try:
        with service.as_(service.token) as client:
            made = check(client)
            entry = made.headers["clearance-entry"]
            words = ("--reason", "a request", "--by", "dpo", "--ledger", service.ledger)
            assert run("ledger", "redact", entry, *words, "--field", "document", folder=tmp_path).returncode == 0
            gone = client.get(made.headers["location"])
            assert (gone.status_code, gone.json()["type"]) == (410, "urn:clearance:problem:gone")
            assert client.get(f"/v1/ledger/{entry}").json()["erased"] == ["document"]
            listed = client.get("/v1/checks").json()["checks"]
            assert [(c["id"], c["run"]) for c in listed] == [(made.json()["id"], "")]
            assert client.get("/", headers={"Accept": "text/html"}).status_code == 200
    finally:
        service.stop()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_order_when_told_to(how: signal.Signals, tmp_path: Path) -> None:
    service = Running(tmp_path)
    service.process.send_signal(how)
    assert service.process.wait(SECONDS) in (0, -how)
    service.client.close()
    assert "Traceback" not in service.log.read_text()
    assert run("ledger", "verify", service.ledger, folder=tmp_path).returncode == 0
