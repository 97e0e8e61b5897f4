"""Decisions that are taken again as a job: what came of it, and how far it says it is."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from api import jobs_store, rechecking, work
from api.jobs_store import Task
from api.keys import Principal
from api.roles import Role
from api.store import prepare
from compliance.ledger.ledger import open_ledger
from compliance.ledger.log import open_log

MADE = {
    "model": "quill-1",
    "maker": "Quillworks",
    "channel": "first-party-api",
    "when": "2025-06",
    "by_whom": "trainer",
}
PARTY = """parties:
  - {id: quillworks, name: Quillworks, kind: lab, offers: [general-llm], source: {ref: its site, basis: documented}}
"""
WHO = Principal("0" * 12, "Ada", Role.LEGAL)


def manifest(number: int) -> bytes:
    return msgspec.json.encode({
        "run": {"date": "2025-11-03", "name": f"run {number}", "purpose": "commercial"},
        "trainer": {"name": "Another Company"},
        "trainee": {"kind": "general-llm", "domain": "general", "distributed": True, "commercial": True},
        "sources": [{"name": "answers", "kind": "model-outputs", "role": "targets", "generated_by": MADE}],
    })  # fmt: skip


def test_a_job_says_how_many_decisions_it_has_taken_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rechecking, "EVERY", -1.0)  # every decision is told, however fast they are
    place, overlay = str(tmp_path / "audit.db"), tmp_path / "overlay"
    with open_ledger(place) as ledger:
        prepare(ledger.log.engine)
        for number in range(3):
            made = work.decide(manifest(number), "manifest.json", "default", (), "Ada", True)
            ledger.append("decision", made.body, texts=made.texts)
        task = Task(name="", profile="", work="recheck")
        job, _ = jobs_store.submit(ledger.log.engine, WHO, task, b"", 1, None)
        row = jobs_store.claim(ledger.log.engine)
    overlay.mkdir()
    (overlay / "quillworks.yaml").write_text(PARTY)
    report = rechecking.recheck(place, None, (overlay,), WHO.signature, rechecking.Held(row.id, row.fence))
    assert (report.stored, report.selected) == (3, 3)
    with open_log(place) as log:
        held = jobs_store.find(log.engine, job.id)
        assert (held.state, held.done, held.of) == ("running", 2, 3), "two were done when the third began"
        assert jobs_store.complete(log.engine, row, report.stored, report, "")
        ended = jobs_store.find(log.engine, job.id)
    assert (ended.state, ended.done, ended.of, ended.kind) == ("done", 3, 3, "recheck")
    assert ended.report["selected"] == 3 and ended.checks == []
