"""Repositories into the database: complete, in steps, again, and never by running what they hold."""

from __future__ import annotations

import datetime
import json
import os
import sqlite3
from pathlib import Path

import pytest
from archive import BAN, Archive, page, run

from compliance.history.database import open_history
from compliance.history.repository import MAX_BLOB, open_repository
from compliance.history.sync import sync


def listed(db: Path) -> dict[str, int]:
    """How many versions of each document there are."""
    found = json.loads(run("list", "--db", db, "--format", "json").out)
    return {d["document"]: d["versions"] for d in found["documents"]}


def test_every_version_of_every_document_is_read(archive: Archive, db: Path) -> None:
    archive.record("2025-01-01", "# Read me\n\nContains information from the test versions database.", "README.md")
    archive.record("2025-01-02", page())
    archive.record("2025-01-03", page(BAN))
    archive.record("2025-01-04", page(title="Privacy Policy"), "Acme/Privacy Policy.md")
    archive.record("2025-01-05", page(), "Überdienst/Nutzungs bedingungen.md")
    done = run("sync", archive.folder, "--db", db)
    assert done.code == 0
    assert "4 new versions of 3 documents" in done.out
    assert "Contains information from the test versions database" in done.out
    assert listed(db) == {
        "Acme/Privacy Policy": 1,
        "Acme/Terms of Service": 2,
        "Überdienst/Nutzungs bedingungen": 1,
    }
    assert BAN in run("show", "acme/terms", "--db", db).out
    assert BAN not in run("show", "acme/terms", "--db", db, "--date", "2025-01-02").out


def test_the_next_sync_reads_only_what_is_new(archive: Archive, db: Path) -> None:
    archive.record("2025-01-02", page())
    assert "1 new versions" in run("sync", archive.folder, "--db", db).out
    assert "0 new versions" in run("sync", archive.folder, "--db", db).out
    archive.record("2025-01-03", page(BAN))
    assert "1 new versions" in run("sync", archive.folder, "--db", db).out
    assert listed(db) == {"Acme/Terms of Service": 2}


def test_a_stopped_sync_goes_on_where_it_was(archive: Archive, db: Path) -> None:
    for n in range(120):
        archive.record(f"2025-01-01T{n // 60:02}:{n % 60:02}:00+00:00", page(f"Our fee is {n} euros."))

    class Stop(Exception):
        pass

    def stop(done: int, total: int) -> None:
        assert total == 120
        raise Stop

    with open_repository(str(archive.folder)) as repository, open_history(db, create=True) as held:
        with pytest.raises(Stop):
            sync(held, repository, stop)
        assert len(held.versions(held.documents()[0].id)) == 50
        again = sync(held, repository)
        assert (again.commits, again.versions) == (70, 70)
        assert len(held.versions(held.documents()[0].id)) == 120


def test_a_history_that_was_written_anew_is_read_again_without_doubles(archive: Archive, db: Path) -> None:
    archive.record("2025-01-02", page())
    run("sync", archive.folder, "--db", db)
    archive.git("checkout", "--quiet", "--orphan", "other")
    archive.git("commit", "--quiet", "-m", "anew", when="2025-01-09T06:30:00+00:00")
    archive.git("branch", "-f", "main")
    assert "1 new versions" in run("sync", archive.folder, "--db", db).out
    assert "0 new versions" in run("sync", archive.folder, "--db", db).out


def test_a_bundle_holds_the_same_as_its_repository(archive: Archive, db: Path, tmp_path: Path) -> None:
    archive.record("2025-01-02", page())
    archive.record("2025-01-03", page(BAN))
    bundle = archive.bundle(tmp_path / "acme.bundle")
    assert "2 new versions of 1 documents" in run("sync", bundle, "--db", db).out


def test_a_bare_and_a_shallow_clone_can_be_read(archive: Archive, db: Path, tmp_path: Path) -> None:
    archive.record("2025-01-02", page())
    archive.record("2025-01-03", page(BAN))
    archive.git("clone", "--quiet", "--bare", str(archive.folder), str(tmp_path / "bare.git"))
    archive.git("clone", "--quiet", "--depth=1", f"file://{archive.folder}", str(tmp_path / "shallow"))
    assert "2 new versions" in run("sync", tmp_path / "bare.git", "--db", db).out
    assert "1 new versions" in run("sync", tmp_path / "shallow", "--db", tmp_path / "other.sqlite").out


def test_a_removed_document_is_withdrawn_and_keeps_its_versions(archive: Archive, db: Path) -> None:
    archive.record("2025-01-02", page(BAN))
    archive.record("2025-02-02", None)
    run("sync", archive.folder, "--db", db)
    told = run("history", "acme", "--db", db)
    assert "withdrawn" in told.out
    assert run("alerts", "--db", db, "--exit-code").code == 0


def test_the_settings_of_a_repository_run_nothing(archive: Archive, db: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap.sh"
    sprung = tmp_path / "sprung"
    trap.write_text(f"#!/bin/sh\ntouch {sprung}\n")
    trap.chmod(0o755)
    archive.record("2025-01-02", page())
    archive.record("2025-01-03", page(BAN))
    settings = "core.fsmonitor core.pager diff.external core.sshCommand core.alternateRefsCommand gpg.program"
    for name in settings.split():
        archive.git("config", name, str(trap))
    archive.git("config", "log.showSignature", "true")
    archive.git("config", "filter.x.smudge", str(trap))
    for hook in ("post-checkout", "reference-transaction", "post-index-change"):
        (archive.folder / ".git" / "hooks").mkdir(exist_ok=True)
        (archive.folder / ".git" / "hooks" / hook).write_bytes(trap.read_bytes())
        (archive.folder / ".git" / "hooks" / hook).chmod(0o755)
    sprung.unlink(missing_ok=True)
    assert "2 new versions" in run("sync", archive.folder, "--db", db).out
    assert not sprung.exists()


@pytest.mark.parametrize(
    ("content", "note"),
    [(b"\x00\x01\x02" * 500, "binary"), (b"x " * (MAX_BLOB // 2 + 9), "too large")],
    ids=["binary", "huge"],
)
def test_a_version_that_cannot_be_read_is_named_and_drops_nothing(
    archive: Archive, db: Path, content: bytes, note: str
) -> None:
    archive.record("2025-01-02", page(BAN))
    archive.record("2025-01-03", content)
    archive.record("2025-01-04", page(BAN))
    done = run("sync", archive.folder, "--db", db)
    assert done.code == 0
    assert "not read: Acme/Terms of Service.md 2025-01-03" in done.out
    assert note in done.out
    assert run("alerts", "--db", db, "--exit-code").code == 0


def test_other_encodings_are_read_and_said(archive: Archive, db: Path) -> None:
    archive.record("2025-01-02", page("Die Gebühr beträgt 5 Euro.").encode("cp1252"))
    run("sync", archive.folder, "--db", db)
    shown = json.loads(run("show", "acme", "--db", db, "--format", "json").out)
    assert "Die Gebühr beträgt 5 Euro." in shown["text"]
    assert shown["note"] == "not UTF-8: read as Windows-1252"


def test_paths_with_control_characters_and_links_are_harmless(archive: Archive, db: Path) -> None:
    archive.record("2025-01-02", page(), "Ac\x01me\x1b[31m/Terms\n of Service.md")
    (archive.folder / "Acme").mkdir()
    (archive.folder / "Acme" / "Secret.md").symlink_to("/etc/passwd")
    archive.record("2025-01-03", page(), "Acme/Terms of Service.md")
    assert run("sync", archive.folder, "--db", db).code == 0
    names = run("list", "--db", db).out
    assert "\x1b" not in names
    assert "Secret" not in names
    assert len(listed(db)) == 2


def test_a_repository_without_versions_is_said(archive: Archive, db: Path, tmp_path: Path) -> None:
    empty = run("sync", archive.folder, "--db", db)
    assert (empty.code, "no commit yet" in empty.error) == (65, True)
    archive.record("2025-01-02", "print()", "src/main.py")
    none = run("sync", archive.folder, "--db", db)
    assert (none.code, "the repository has no versions" in none.error) == (65, True)
    folder = tmp_path / "plain"
    folder.mkdir()
    other = run("sync", folder, "--db", db)
    assert (other.code, "not a git repository" in other.error) == (65, True)


def test_a_folder_inside_a_repository_is_not_taken_for_it(archive: Archive, db: Path) -> None:
    archive.record("2025-01-02", page())
    inner = run("sync", archive.folder / "Acme", "--db", db)
    assert (inner.code, "not a git repository" in inner.error) == (65, True)


@pytest.mark.parametrize("damage", ["cut", "garbled", "not a bundle"])
def test_a_damaged_bundle_is_one_line(archive: Archive, db: Path, tmp_path: Path, damage: str) -> None:
    archive.record("2025-01-02", page(BAN))
    bundle = archive.bundle(tmp_path / "acme.bundle")
    data = bytearray(bundle.read_bytes())
    if damage == "cut":
        del data[len(data) // 2 :]
    elif damage == "garbled":
        data[-60:-20] = b"\xff" * 40
    else:
        data[:4] = b"zzzz"
    bundle.write_bytes(data)
    done = run("sync", bundle, "--db", db)
    assert done.code == 65
    assert str(bundle) in done.error
    assert "\n" not in done.error
    assert "bundle" in done.error


def test_damaged_objects_are_one_line(archive: Archive, db: Path) -> None:
    archive.record("2025-01-02", page(BAN))
    blob = archive.git("rev-parse", "HEAD:Acme/Terms of Service.md")
    file = archive.folder / ".git" / "objects" / blob[:2] / blob[2:]
    file.chmod(0o644)
    file.write_bytes(b"damage")
    done = run("sync", archive.folder, "--db", db)
    assert done.code == 65
    assert "missing or damaged" in done.error


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("https://127.0.0.1:1/acme.git", "--allow-network"),
        ("ssh://example.org/acme.git", "only https"),
        ("git@example.org:acme.git", "only https"),
        ("file:///tmp/acme", "only https"),
        ("ext::sh -c touch", "no such folder"),
        ("--upload-pack=x", ""),
    ],
)
def test_nothing_is_fetched_unasked(db: Path, place: str, says: str) -> None:
    done = run("sync", "--db", db, "--", place)
    assert done.code in (64, 65)
    assert says in done.error
    assert not db.exists()


def test_a_url_that_does_not_answer_is_one_line(db: Path) -> None:
    done = run("sync", "https://user:secret@127.0.0.1:1/acme.git", "--allow-network", "--db", db)
    assert done.code == 65
    assert "cannot be fetched" in done.error
    assert "secret" not in done.error


def test_a_locked_database_is_one_line(archive: Archive, db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive.record("2025-01-02", page())
    run("sync", archive.folder, "--db", db)
    archive.record("2025-01-03", page(BAN))
    monkeypatch.setattr("compliance.store.engine.BUSY_SECONDS", 0.1)
    with sqlite3.connect(db, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        done = run("sync", archive.folder, "--db", db)
        other.execute("ROLLBACK")
    other.close()
    assert (done.code, "locked" in done.error) == (65, True)
    assert "1 new versions" in run("sync", archive.folder, "--db", db).out


def test_a_database_that_cannot_be_written_is_one_line(archive: Archive, tmp_path: Path) -> None:
    archive.record("2025-01-02", page())
    missing = run("sync", archive.folder, "--db", tmp_path / "none" / "terms.sqlite")
    assert (missing.code, "its folder does not exist" in missing.error) == (65, True)
    folder = run("sync", archive.folder, "--db", tmp_path)
    assert (folder.code, "folder" in folder.error) == (65, True)
    other = tmp_path / "other.txt"
    other.write_text("something else entirely")
    wrong = run("sync", archive.folder, "--db", other)
    assert (wrong.code, "no SQLite file" in wrong.error) == (65, True)
    absent = run("list", "--db", tmp_path / "absent.sqlite")
    assert (absent.code, "there is no database of terms" in absent.error) == (65, True)


def test_a_database_of_something_else_holds_no_terms(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE other (x)")
    other.close()
    done = run("list", "--db", path)
    assert (done.code, "there are no terms" in done.error) == (65, True)


def test_files_become_versions(db: Path, tmp_path: Path) -> None:
    folder = tmp_path / "contracts"
    folder.mkdir()
    (folder / "API terms.md").write_text(page(BAN))
    (folder / "Order form.html").write_text("<html><body><p>You shall pay within 30 days.</p></body></html>")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    (folder / "notes.xyz").write_text("no terms")
    done = run("ingest", folder, "--party", "Acme", "--date", "2025-03-01", "--db", db)
    assert done.code == 0
    assert "2 new versions of 2 documents" in done.out
    assert "broken.pdf" in done.out
    file = tmp_path / "new.md"
    file.write_text(page())
    run("ingest", file, "--party", "Acme", "--document", "API terms", "--date", "2025-04-01", "--db", db)
    assert listed(db)["Acme/API terms"] == 2
    raised = json.loads(run("alerts", "--db", db, "--format", "json").out)["alerts"]
    assert [(a["document"], a["day"]) for a in raised] == [("Acme/API terms", "2025-04-01")]


@pytest.mark.parametrize(
    "arguments",
    [
        ("nowhere.md", "--party", "A", "--date", "2025-03-01"),
        (".", "--party", "A", "--document", "B", "--date", "2025-03-01"),
        ("nowhere.md", "--party", "\x1b", "--date", "2025-03-01"),
        ("nowhere.md", "--party", "A", "--date", "yesterday"),
    ],
)
def test_wrong_ingestion_is_one_line(db: Path, arguments: tuple[str, ...]) -> None:
    done = run("ingest", *arguments, "--db", db)
    assert done.code in (64, 65)
    assert done.error


def test_times_are_utc(archive: Archive, db: Path) -> None:
    archive.record("2025-01-02T23:30:00-05:00", page())
    run("sync", archive.folder, "--db", db)
    with open_history(db) as held:
        version = held.versions(held.documents()[0].id)[0]
    assert version.when == datetime.datetime(2025, 1, 3, 4, 30, tzinfo=datetime.UTC)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_database_without_the_right_to_write_is_one_line(archive: Archive, db: Path) -> None:
    archive.record("2025-01-02", page())
    run("sync", archive.folder, "--db", db)
    archive.record("2025-01-03", page(BAN))
    db.chmod(0o400)
    done = run("sync", archive.folder, "--db", db)
    assert (done.code, "database says" in done.error) == (65, True)


def test_a_device_is_no_database(archive: Archive) -> None:
    archive.record("2025-01-02", page())
    done = run("sync", archive.folder, "--db", "/dev/null")
    assert (done.code, "not a file that can hold a database" in done.error) == (65, True)
