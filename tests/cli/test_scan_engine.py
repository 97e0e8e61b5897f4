"""`clearance scan --engine ray`: what is refused before a cluster is asked, in one line with the remedy."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from compliance.cli.main import main


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CLEARANCE_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "log.jsonl"
    path.write_text('{"model": "gpt-4o"}\n')
    return str(path)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["scan", *arguments]) == 64
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1
    return told.err


def test_urls_and_clusters_need_the_engine(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "add --engine ray" in refused(capsys, "file:///tmp/x", "--allow-url", "file")
    assert "add --engine ray" in refused(capsys, log, "--cluster", "auto")


def test_only_allowed_urls_are_read_and_not_copied(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--allow-url file" in refused(capsys, "file:///tmp/x", "--engine", "ray")
    url = ["file:///tmp/x", "--engine", "ray", "--allow-url", "file", "--write-clean", "clean"]
    assert "leave --write-clean out" in refused(capsys, *url)


def test_a_missing_extra(log: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert "install clearance[ray]" in refused(capsys, log, "--engine", "ray")


def test_a_cluster_that_is_not_there(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("ray", reason="needs clearance[ray]")
    with socket.socket() as held:  # a port on which nobody listens
        held.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{held.getsockname()[1]}"
        told = refused(capsys, log, "--engine", "ray", "--cluster", address)
    assert f"no Ray cluster to use at {address}" in told and "on a node of the cluster" in told
    for wrong in ("ray://head:10001", "head", "head:port"):
        assert "no address of a cluster" in refused(capsys, log, "--engine", "ray", "--cluster", wrong)
