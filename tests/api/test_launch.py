"""What starts training: each way stops a run that is not cleared, and goes on offline only when told to, loudly."""

from __future__ import annotations

import json
import logging
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from running import ENVIRONMENT, EXAMPLES, ROOT, Running

from api.client import UNANSWERED, ask, gate
from compliance.errors import ClearanceError

CLEARED = EXAMPLES / "own-lab.yaml"
STOPPED = EXAMPLES / "distillation-testimony.yaml"
ROW = b'{"model": "gpt-4o-2024-08-06", "prompt": "a", "completion": "b"}\n'


@pytest.fixture
def nowhere() -> str:
    """An address at which nothing answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def launch(folder: Path, url: str, key: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.launch", *words],
        cwd=folder,
        env={**ENVIRONMENT, "CLEARANCE_URL": url, "CLEARANCE_KEY": key},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_command_runs_only_when_cleared(service: Running, tokens: dict[str, str], tmp_path: Path) -> None:
    train = (sys.executable, "-c", "print('trained')")
    made = launch(tmp_path, service.url, tokens["engineer"], str(CLEARED), "--", *train)
    assert (made.returncode, made.stdout.strip()) == (0, "trained"), made.stderr
    made = launch(tmp_path, service.url, tokens["engineer"], str(STOPPED), "--", *train)
    assert (made.returncode, made.stdout) == (1, "")
    assert "not cleared: block" in made.stderr and "Traceback" not in made.stderr
    both = launch(tmp_path, service.url, tokens["engineer"], str(CLEARED), str(STOPPED))
    assert both.returncode == 1


@pytest.mark.parametrize("words", [(), ("no-such.yaml",), (str(CLEARED), "--unknown")])
def test_what_cannot_be_asked_does_not_run(words: tuple[str, ...], service: Running, tmp_path: Path) -> None:
    made = launch(tmp_path, service.url, "k", *words, "--", sys.executable, "-c", "print('trained')")
    assert made.returncode in (64, 65) and "trained" not in made.stdout


def test_without_the_service_it_stops(nowhere: str, tmp_path: Path) -> None:
    made = launch(tmp_path, nowhere, "k", str(CLEARED))
    assert (made.returncode, "no answer" in made.stderr) == (UNANSWERED, True)
    assert not list(tmp_path.iterdir())


def test_offline_is_loud_and_logged_and_still_decides(nowhere: str, tmp_path: Path) -> None:
    made = launch(tmp_path, nowhere, "k", str(CLEARED), "--allow-offline")
    assert made.returncode == 0
    assert "CLEARANCE IS OFFLINE" in made.stderr
    (line,) = (tmp_path / "clearance-offline.jsonl").read_text().splitlines()
    told = json.loads(line)
    assert (told["verdict"], "no answer" in told["offline"]) == ("allow", True)
    made = launch(tmp_path, nowhere, "k", str(STOPPED), "--allow-offline")
    assert (made.returncode, "not cleared: block" in made.stderr) == (1, True)
    assert len((tmp_path / "clearance-offline.jsonl").read_text().splitlines()) == 2


def test_offline_that_cannot_be_logged_stops(
    nowhere: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CLEARANCE_OFFLINE_LOG", str(tmp_path / "missing" / "log"))
    with pytest.raises(ClearanceError), gate(CLEARED, url=nowhere, key="k", allow_offline=True):
        pytest.fail("entered")
    monkeypatch.setenv("CLEARANCE_OFFLINE_LOG", str(tmp_path / "log"))
    with caplog.at_level(logging.WARNING), gate(CLEARED, url=nowhere, key="k", allow_offline=True) as decision:
        assert "no answer" in decision["offline"]
    assert "CLEARANCE IS OFFLINE" in caplog.text


def test_a_refusal_is_not_offline(service: Running, tokens: dict[str, str], tmp_path: Path) -> None:
    for key in ("wrong", tokens["auditor"]):
        made = launch(tmp_path, service.url, key, str(CLEARED), "--allow-offline")
        assert made.returncode not in (0, UNANSWERED)
    assert not list(tmp_path.iterdir())


def test_evidence_is_sent_along(service: Running, tokens: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_bytes(ROW)
    manifest = {
        "run": {"date": "2025-11-03"},
        "trainer": {"name": "A"},
        "trainee": {"kind": "other"},
        "sources": [{"name": "s", "kind": "human-data", "licence": "CC0-1.0", "files": ["rows.jsonl"]}],
    }
    decision = ask(manifest, url=service.url, key=tokens["engineer"], evidence=[tmp_path / "rows.jsonl"])
    assert "OpenAI" in json.dumps(decision)


def test_a_large_manifest_is_followed_as_a_job(service: Running, tokens: dict[str, str], tmp_path: Path) -> None:
    large = tmp_path / "clearance.yaml"
    large.write_bytes(CLEARED.read_bytes() + b"# " + b"x" * (2 * 1024 * 1024) + b"\n")
    with gate(large, url=service.url, key=tokens["engineer"]) as decision:
        assert decision["verdict"] == "allow"
    stopped = tmp_path / "stopped.yaml"
    stopped.write_bytes(STOPPED.read_bytes() + b"# " + b"x" * (2 * 1024 * 1024) + b"\n")
    with (
        pytest.raises(ClearanceError, match="not cleared: block"),
        gate(stopped, url=service.url, key=tokens["engineer"]),
    ):
        pytest.fail("entered")


def test_the_processes_of_one_launch_make_one_entry(
    service: Running, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", os.urandom(8).hex())
    with service.as_(tokens["admin"]) as client:
        ask(CLEARED, url=service.url, key=tokens["engineer"])
        size = client.get("/v1/ledger").json()["size"]
        ask(CLEARED, url=service.url, key=tokens["engineer"])
        assert client.get("/v1/ledger").json()["size"] == size


def test_the_trainers_callback_stops_training(service: Running, tokens: dict[str, str]) -> None:
    callbacks = pytest.importorskip("transformers.trainer_callback")
    from api.trainer import clearance_callback

    control = callbacks.TrainerControl()
    for manifest, cleared in ((CLEARED, True), (STOPPED, False)):
        callback = clearance_callback(manifest, url=service.url, key=tokens["engineer"])
        handler = callbacks.CallbackHandler([callback], None, None, None, None)
        if cleared:
            handler.on_train_begin(None, callbacks.TrainerState(), control)
            assert callback.decision["verdict"] == "allow"
        else:
            with pytest.raises(ClearanceError, match="not cleared: block"):
                handler.on_train_begin(None, callbacks.TrainerState(), control)


def test_the_examples_of_the_page_name_what_there_is() -> None:
    page = (ROOT / "docs" / "how-to" / "gate-a-run.md").read_text("utf-8")
    options = set(re.findall(r"(?<![\w-])--[a-z-]+", "".join(re.findall(r"api\.launch[^\n]*", page))))
    from api.launch import main

    assert options and main(["--help"]) == 0
    assert options <= {"--allow-offline", "--fail-on-obligations", "--evidence", "--profile", "--seconds"}
