"""Evidence over HTTP: what is uploaded is read, what lies elsewhere is not, and limits hold while bytes arrive."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from running import Running

MANIFEST = {
    "run": {"date": "2025-11-03", "name": "with evidence"},
    "trainer": {"name": "Northlight Research"},
    "trainee": {"kind": "general-llm"},
    "sources": [{"name": "answers", "kind": "human-data", "licence": "CC-BY-4.0", "rows": 1, "files": ["rows.jsonl"]}],
}
ROW = {
    "id": "chatcmpl-9abcDEFghiJKLmnopQRstuVWxyz12",
    "object": "chat.completion",
    "created": 1750000000,
    "model": "gpt-4o-2024-08-06",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello."}, "finish_reason": "stop"}],
}
ROWS = (json.dumps(ROW) + "\n").encode()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service with a folder that it may read, and a small limit on uploads."""
    folder = tmp_path_factory.mktemp("evidence")
    (folder / "secret.txt").write_text("model: gpt-4o\n")
    roots = folder / "roots"
    (roots / "run").mkdir(parents=True)
    (roots / "run" / "rows.jsonl").write_bytes(ROWS)
    (roots / "leads-out").symlink_to(folder / "secret.txt")
    (roots / "holds-one").mkdir()
    (roots / "holds-one" / "link").symlink_to(folder)
    (roots / "inside").symlink_to(roots / "run")
    made = Running(folder, "--evidence-root", "roots", "--max-upload", "1")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def client(running: Running) -> Iterator[httpx.Client]:
    with running.as_(running.key("engineer")) as opened:
        yield opened


def upload(client: httpx.Client, *files: tuple[str, bytes]) -> httpx.Response:
    return client.post("/v1/evidence", files=[("file", (name, data)) for name, data in files])


def check(client: httpx.Client, **params: Any) -> httpx.Response:
    return client.post("/v1/checks", json=MANIFEST, params=params)


def test_without_evidence_a_file_counts_as_not_found(client: httpx.Client) -> None:
    assert check(client).json()["verdict"] == "review"


def test_what_is_uploaded_is_held_against_the_manifest(client: httpx.Client) -> None:
    kept = upload(client, ("rows.jsonl", ROWS))
    assert kept.status_code == 201
    (file,) = kept.json()["files"]
    assert file == {"name": "rows.jsonl", "bytes": len(ROWS), "sha256": hashlib.sha256(ROWS).hexdigest()}
    made = check(client, evidence=kept.json()["id"])
    assert made.status_code == 201
    decision = made.json()
    assert {"file": "rows.jsonl", "sha256": file["sha256"]}.items() <= decision["inputs"][1].items()
    assert "OpenAI" in made.text
    assert decision["verdict"] in ("review", "block")
    again = check(client, evidence=kept.json()["id"])
    assert again.json() == decision, "the same evidence, the same bytes"


def test_clean_evidence_says_no_more_than_the_manifest(client: httpx.Client) -> None:
    kept = upload(client, ("rows.jsonl", b'{"prompt": "a", "answer": "b"}\n')).json()
    assert "OpenAI" not in check(client, evidence=kept["id"]).text


def test_an_upload_belongs_to_its_key(client: httpx.Client, running: Running) -> None:
    kept = upload(client, ("rows.jsonl", ROWS)).json()
    with running.as_(running.key("engineer", "another")) as other:
        assert check(other, evidence=kept["id"]).status_code == 404
    assert check(client, evidence="0" * 32).status_code == 404


@pytest.mark.parametrize("path", ["run", "run/rows.jsonl", "inside", "run/../run"])
def test_a_path_below_a_root_is_read(path: str, client: httpx.Client) -> None:
    made = check(client, path=path)
    assert made.status_code == 201, made.text
    assert "OpenAI" in made.text


def test_an_absolute_path_below_a_root_is_read(client: httpx.Client, running: Running) -> None:
    assert check(client, path=str(running.folder / "roots" / "run")).status_code == 201


@pytest.mark.parametrize(
    "path", ["..", "../secret.txt", "/etc/passwd", "leads-out", "nowhere", "run/../../secret.txt", "~", "run\x00"]
)
def test_any_other_path_is_not_there(path: str, client: httpx.Client) -> None:
    answer = check(client, path=path)
    assert answer.status_code == 404
    assert "passwd" not in answer.text


def test_a_link_that_leads_out_of_a_named_folder_is_refused(client: httpx.Client) -> None:
    for path in ("holds-one", "."):
        answer = check(client, path=path)
        assert (answer.status_code, "leads out" in answer.json()["detail"]) == (422, True)


def test_without_roots_no_path_is_read(engineer: httpx.Client) -> None:
    assert check(engineer, path="run").status_code == 404
    assert check(engineer, path="/").status_code == 404


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../b", ".hidden", "a\nb", "a" * 300, "a/" * 9 + "b", "\u202ex"])
def test_names_that_could_lead_elsewhere_are_refused(name: str, client: httpx.Client) -> None:
    body = f'--b\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\nx\r\n--b--\r\n'.encode()
    answer = client.post("/v1/evidence", content=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert answer.status_code in (400, 422), answer.text


def test_folders_in_names_are_kept(client: httpx.Client) -> None:
    kept = upload(client, ("data/rows.jsonl", ROWS), ("data/README.md", b"# Card\n")).json()
    manifest = {**MANIFEST, "sources": [{**MANIFEST["sources"][0], "files": ["data/*.jsonl"]}]}  # type: ignore[index,dict-item]
    made = client.post("/v1/checks", json=manifest, params={"evidence": kept["id"]})
    assert "data/rows.jsonl" in {i["file"] for i in made.json()["inputs"]}


def test_the_names_on_the_disk_are_random(client: httpx.Client, running: Running) -> None:
    upload(client, ("tell-tale.jsonl", ROWS))
    names = [p.name for p in (running.folder / "audit.db.uploads").rglob("*")]
    assert names and not any("tell-tale" in name for name in names)


def test_too_much_is_refused_and_nothing_of_it_stays(client: httpx.Client, running: Running) -> None:
    place = running.folder / "audit.db.uploads"
    before = set(place.rglob("*"))
    assert upload(client, ("big.bin", b"x" * 1_100_000)).status_code == 413

    def endless() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n'
        for _ in range(40):
            yield b"y" * 65536

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert client.post("/v1/evidence", content=endless(), headers=headers).status_code == 413
    assert set(place.rglob("*")) == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b",
        b"--b--\r\n",
        b"--b\r\n\r\n--b--",
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\nabc',
        b'--b\r\nContent-Disposition: attachment; filename="x"\r\n\r\nabc\r\n--b--\r\n',
        b"\xff\xfe" * 100,
        b"--b\r\n" + b"X-Long: " + b"y" * 10_000 + b"\r\n\r\n\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="\xff"\r\n\r\nabc\r\n--b--\r\n',
    ],
)
def test_forms_that_are_none_are_refused(body: bytes, client: httpx.Client) -> None:
    answer = client.post("/v1/evidence", content=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_hostile_files_are_read_or_said_and_the_service_goes_on(client: httpx.Client) -> None:
    bomb = b'{"a": \n' + b"{" * 50_000
    kept = upload(client, ("rows.jsonl", bomb), ("x.yaml", b"a: &a [*a]\n"), ("n.gz", b"\x1f\x8b\x08\x00" + b"\0" * 90))
    made = check(client, evidence=kept.json()["id"])
    assert made.status_code == 201
    assert made.json()["verdict"] == "review"


def test_an_idempotency_key_is_of_the_evidence_too(client: httpx.Client) -> None:
    first = upload(client, ("rows.jsonl", ROWS)).json()["id"]
    second = upload(client, ("rows.jsonl", b"{}\n")).json()["id"]
    key = {"Idempotency-Key": "evidence-1"}
    one = client.post("/v1/checks", json=MANIFEST, params={"evidence": first}, headers=key)
    other = client.post("/v1/checks", json=MANIFEST, params={"evidence": second}, headers=key)
    assert (one.status_code, other.status_code) == (201, 422)
    assert client.post("/v1/checks", json=MANIFEST, params={"evidence": [first, second]}).status_code == 422
