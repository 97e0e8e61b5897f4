"""Decisions that cite a document are found when it changes; others are not."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from pathlib import Path

import pytest
from archive import BAN, Archive, page, run

from compliance.history.decisions import Cited, StoredDecision, read_decisions, touched

DAY = datetime.date(2025, 2, 3)


def decision(**cited: str) -> StoredDecision:
    """A decision that cites one clause."""
    whole = {
        "party": "Acme",
        "document": "acme/terms-of-use",
        "title": "Acme Terms of Use",
        "version": "2024",
        "source": "",
    }
    return StoredDecision("d.json", "d1", "block", (Cited(**{**whole, **cited}),))


@pytest.mark.parametrize(
    ("cited", "document", "found"),
    [
        ({}, "Acme/Terms of Service", True),
        ({}, "acme/terms of service", True),
        ({}, "Other/Terms of Service", False),
        ({}, "Acme/Developer Terms", False),
        ({"document": "acme/developer-terms", "title": "Acme Developer Terms"}, "Acme/Developer Terms", True),
        ({"document": "acme/developer-terms", "title": "Acme Developer Terms"}, "Acme/Terms of Service", False),
        ({"source": "archive Chatbot/Terms of Service.md 12ab"}, "Chatbot/Terms of Service", True),
        (
            {"party": "Black Forest Labs", "document": "black-forest-labs/terms-of-use", "title": "Terms of Use"},
            "BlackForestLabs/Terms of Use",
            True,
        ),
        ({"version": "2025-01-31"}, "Acme/Terms of Service", True),
        ({"version": "2025-02-10"}, "Acme/Terms of Service", False),
        ({"version": "2025-02"}, "Acme/Terms of Service", True),
        ({"version": ""}, "Acme/Terms of Service", True),
    ],
)
def test_which_citations_count(cited: dict[str, str], document: str, found: bool) -> None:
    assert bool(touched([decision(**cited)], document, DAY)) is found


def test_a_real_decision_is_named_in_the_alert(archive: Archive, db: Path, tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    answer = subprocess.run(
        [sys.executable, "-m", "compliance", "check", str(root / "examples" / "alpaca-style.yaml"), "--format", "json"],
        cwd=root,
        capture_output=True,
        check=False,
    )
    folder = tmp_path / "decisions"
    folder.mkdir()
    (folder / "alpaca.json").write_bytes(answer.stdout)
    (folder / "other.json").write_text('{"verdict": "allow", "sources": []}')
    (folder / "broken.json").write_text("{")
    archive.record("2025-01-02", page(BAN), "OpenAI/Terms of Service.md")
    archive.record("2025-02-03", page(), "OpenAI/Terms of Service.md")
    run("sync", archive.folder, "--db", db)
    done = run("alerts", "--db", db, "--decisions", folder, "--format", "json", "--exit-code")
    assert done.code == 2
    (alert,) = json.loads(done.out)["alerts"]
    assert [(Path(d["file"]).name, d["verdict"]) for d in alert["recheck"]] == [
        ("alpaca.json", json.loads(answer.stdout)["verdict"])
    ]
    assert "broken.json" in done.error
    assert "check again" in run("alerts", "--db", db, "--decisions", folder).out


def test_files_that_are_no_decisions_are_named(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[1, 2]")
    (tmp_path / "deep.json").write_text('{"verdict": "block", "sources": [' + "[" * 50 + "]" * 50 + "]}")
    found, refused = read_decisions(tmp_path)
    assert found == []
    assert [name in line for name, line in zip(("deep.json", "list.json"), refused, strict=True)] == [True, True]
