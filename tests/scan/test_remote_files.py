"""Objects of stores as files: only what was allowed, in a folder's order, with the hits that a file has."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from compliance.errors import UnreadableFile, UsageError
from compliance.scan import remote_files
from compliance.scan.plan import sources_of
from compliance.scan.remote_files import RemoteFile, file_at, files_at, is_url, watching
from compliance.scan.run import Scan

fsspec = pytest.importorskip("fsspec", reason="needs clearance[ray]")

ROWS = "".join(json.dumps({"n": n, "model": "gpt-4o" if n % 3 else "none"}) + "\n" for n in range(500)).encode()


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A store in this process."""
    monkeypatch.setitem(remote_files.SCHEMES, "memory", "")
    system = fsspec.filesystem("memory")
    yield system
    system.rm("/", recursive=True)


def test_the_order_of_a_folder_without_hidden_files_and_links(tmp_path: Path) -> None:
    for name in ("b/z.txt", "b/a/y.txt", "a.txt", "b.txt", ".hidden/x.txt", "b/.x.txt", "ä b.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link.txt").symlink_to(tmp_path / "a.txt")
    found = [str(file).removeprefix("file://") for file in files_at(f"file://{tmp_path}", ["file"])]
    assert found == [source.path for source in sources_of([tmp_path])]
    assert len(found) == 5
    assert [str(f) for f in files_at(f"file://{tmp_path}/a.txt", ["file"])] == [f"file://{tmp_path}/a.txt"]


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz", "rows.csv", "rows.json"])
def test_an_object_has_the_hits_of_its_file(memory: Any, tmp_path: Path, name: str) -> None:
    data = gzip.compress(ROWS) if name.endswith(".gz") else ROWS
    data = b"[" + ROWS.replace(b"\n", b",")[:-1] + b"]" if name.endswith(".json") else data
    (tmp_path / name).write_bytes(data)
    memory.pipe("/bucket/logs/" + name, data)
    here, there = (
        Scan([tmp_path / name], tmp_path / "here"),
        Scan(files_at("memory://bucket/logs", ["memory"]), tmp_path / "there"),
    )
    here.run(1)
    there.run(1)
    assert list(here.hit_lines()) == list(there.hit_lines()) != []
    assert [r.tally for r in here.results()] == [r.tally for r in there.results()]


def test_what_stands_for_a_folder_in_a_store_is_no_file(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    memory.pipe("/bucket/logs/x.txt", b"one")
    found = {"/bucket/logs/sub/": {"type": "file", "size": 0}, **memory.find("/bucket/logs", detail=True)}
    with monkeypatch.context() as patch:
        patch.setattr(type(memory), "find", lambda *a, **k: found)
        files = files_at("memory://bucket/logs", ["memory"])
    assert [file.name for file in files] == ["x.txt"]


def test_a_changed_object_is_another_one(memory: Any) -> None:
    memory.pipe("/bucket/x.txt", b"one")
    before = file_at("memory://bucket/x.txt").stat()
    memory.pipe("/bucket/x.txt", b"more")
    assert file_at("memory://bucket/x.txt").stat().st_size == 4 != before.st_size
    same = RemoteFile("s3://b/k", {"size": 3, "ETag": '"a"'}).stat()
    assert same == RemoteFile("s3://b/k", {"size": 3, "ETag": '"a"', "StorageClass": "x"}).stat()
    assert same != RemoteFile("s3://b/k", {"size": 3, "ETag": '"b"'}).stat()


@pytest.mark.parametrize(
    ("url", "allowed", "message"),
    [
        ("file:///etc/hosts", [], "file: URLs are not allowed"),
        ("s3://bucket/x", ["gs", "file"], "s3: URLs are not allowed"),
        ("http://localhost/x", ["http"], "URLs of http are not read"),
        ("zip://x::http://localhost/y", ["zip", "file"], "URLs of zip are not read"),
        ("file:///x::http://localhost/y", ["file"], "chained"),
        ("s3://key:secret@bucket/x", ["s3"], "a user or a password"),
        ("file:///x\n", ["file"], "not printable"),
        ("file:///" + "x" * 5000, ["file"], "too long"),
    ],
)
def test_urls_are_not_taken_on_trust(url: str, allowed: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message) as error:
        files_at(url, allowed)
    assert "secret" not in error.value.one_line()


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no such object"):
        files_at(f"file://{tmp_path}/none", ["file"])
    assert not is_url("a/b.jsonl") and not is_url("C:\\logs") and is_url("S3://x")


def test_a_store_that_fails_is_told_apart_from_a_damaged_file(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Refused(Exception):
        """An error of a store's own kind."""

    class Broken:
        def read(self, size: int) -> bytes:
            raise Refused("slow down")

        def close(self) -> None:
            """Nothing is held."""

    monkeypatch.setattr(type(memory), "open", lambda *a, **k: Broken())
    memory.pipe("/bucket/x.txt", b"one")
    with watching() as troubles, pytest.raises(OSError, match="slow down"):
        file_at("memory://bucket/x.txt").read_bytes()
    assert troubles == ["slow down"]
