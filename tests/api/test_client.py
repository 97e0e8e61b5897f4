"""The gate of training scripts: open on a clear answer alone."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
from running import EXAMPLES, Running, check

from api.client import gate
from compliance.errors import ClearanceError, InputError, UsageError

OPEN = {
    "run": {"date": "2025-11-03"},
    "trainer": {"name": "A"},
    "trainee": {"kind": "other"},
    "sources": [{"name": "s", "generated_by": None, "licence": "CC0-1.0", "kind": "human-data"}],
}


def entered(*args: object, **named: object) -> bool:
    with gate(*args, **named) as decision:  # type: ignore[arg-type]
        assert decision["verdict"].startswith("allow")
        return True


def test_a_cleared_run_goes_on(service: Running, tokens: dict[str, str]) -> None:
    assert entered(EXAMPLES / "own-lab.yaml", url=service.url, key=tokens["engineer"])
    assert entered(OPEN, url=service.url, key=tokens["engineer"])


@pytest.mark.parametrize(("name", "code"), [("distillation-testimony", {1, 2}), ("spoiled-mixture", {1, 2})])
def test_a_run_that_is_not_cleared_stops_with_its_reason(
    name: str, code: set[int], service: Running, tokens: dict[str, str]
) -> None:
    with pytest.raises(ClearanceError, match=r"not cleared: (block|review)") as stopped:
        entered(EXAMPLES / f"{name}.yaml", url=service.url, key=tokens["engineer"])
    assert stopped.value.exit_code in code


def test_duties_can_stop_a_run_too(service: Running, tokens: dict[str, str]) -> None:
    with_duties = None
    with service.as_(tokens["engineer"]) as client:
        for path in sorted(EXAMPLES.glob("*.yaml")):
            if check(client, path.read_bytes()).json()["verdict"] == "allow-with-obligations":
                with_duties = path
    assert with_duties is not None, "an example owes duties"
    assert entered(with_duties, url=service.url, key=tokens["engineer"])
    with pytest.raises(ClearanceError) as stopped:
        entered(with_duties, url=service.url, key=tokens["engineer"], obligations=False)
    assert stopped.value.exit_code == 3


def test_a_wrong_key_a_wrong_role_and_a_bad_manifest_stop_it(
    service: Running, tokens: dict[str, str], tmp_path: Path
) -> None:
    for key in ("clr_startup_" + "x" * 43, tokens["auditor"]):
        with pytest.raises(ClearanceError):
            entered(OPEN, url=service.url, key=key)
    bad = tmp_path / "clearance.yaml"
    bad.write_text("run: {date: never}\n")
    with pytest.raises(InputError) as stopped:
        entered(bad, url=service.url, key=tokens["engineer"])
    assert (stopped.value.file, stopped.value.line) == ("clearance.yaml", 1)


def test_no_service_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLEARANCE_URL", raising=False)
    with pytest.raises(UsageError):
        entered(OPEN)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ClearanceError, match="no answer"):
        entered(OPEN, url=f"http://127.0.0.1:{port}", key="k")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}",
        b'HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n{"verdict": "allow"}',
        b'HTTP/1.1 201 Created\r\nContent-Length: 20\r\n\r\n{"verdict": "ALLOW!"}',
        b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nallow",
        b'HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{"verdict": "allow"}',
        b"HTTP/1.1 302 Found\r\nLocation: /allow\r\nContent-Length: 0\r\n\r\n",
        b"nonsense",
        b"",
    ],
)
def test_whatever_is_no_clear_answer_stops_it(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for _ in range(3):
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(2)
                    try:
                        while b"CC0" not in connection.recv(65536):
                            pass
                        connection.sendall(answer)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        with pytest.raises(ClearanceError):
            entered(OPEN, url=f"http://127.0.0.1:{listening.getsockname()[1]}", key="k", seconds=5)
