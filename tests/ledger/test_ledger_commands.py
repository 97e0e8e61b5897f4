"""`clearance ledger` on real decisions: recorded, shown, verified, exported, decided again, erased."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import shlex
from pathlib import Path

import msgspec
import pytest

from compliance.check import Checker, Result
from compliance.cli import ledger as command
from compliance.errors import ClearanceError, InputError, UnreadableFile, UsageError
from compliance.ledger.basis import basis_of
from compliance.ledger.entry import Entry
from compliance.ledger.ledger import Ledger, open_ledger
from compliance.ledger.record import PROGRAM, document, record_decision, record_decision_async, record_decisions
from compliance.ledger.replay import differences

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
CHECKER = Checker()


def run(*arguments: object) -> int:
    top = argparse.ArgumentParser()
    command.register(top.add_subparsers())
    options = top.parse_args(["ledger", *map(str, arguments)])
    return int(options.run(options))


def basis(result: Result) -> bytes:
    return basis_of(result.decided, result.places, result.inputs)


def recorded(ledger: Ledger, example: str) -> Entry:
    path = EXAMPLES / f"{example}.yaml"
    result = CHECKER.file(path)
    return record_decision(ledger, result.decision(), path.read_bytes(), basis(result), by="ci")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ledger with two real decisions, and the one that the commands mean when none is named."""
    path = tmp_path / "audit.db"
    with open_ledger(path) as ledger:
        recorded(ledger, "distillation-testimony")
        recorded(ledger, "own-lab")
    monkeypatch.setenv("CLEARANCE_LEDGER", str(path))
    return path


def test_a_decision_is_recorded_with_all_that_made_it(place: Path) -> None:
    path = EXAMPLES / "distillation-testimony.yaml"
    decision = CHECKER.file(path).decision()
    with open_ledger(place) as ledger:
        entry = ledger.log.find(decision.id)
        assert entry.raw("document") == document(decision)
        assert msgspec.json.decode(document(decision), type=type(decision)) == decision
        assert entry.raw("manifest") == path.read_bytes()
        assert entry.value("corpora") == CHECKER.corpus.sha256 and entry.value("rules") == CHECKER.rules.sha256
        assert entry.value("program") == PROGRAM and entry.value("by") == "ci"
        assert entry.value("inputs")[str(path)] == entry.value("manifest_sha256")
        texts = entry.value("texts")
        assert {f"rules/{s.rule}/rule.yaml" for s in decision.sources} <= texts.keys()
        clauses = [c for s in decision.sources for c in s.clauses]
        assert clauses
        for clause in clauses:
            name = f"clauses/{clause.party}/{clause.document}/{clause.version}/{clause.section}"
            assert json.loads(ledger.log.text(texts[name]) or b"")["says"] == clause.says


def test_many_decisions_share_one_wait(tmp_path: Path) -> None:
    paths = sorted(EXAMPLES.glob("*.yaml"))
    results = [(CHECKER.file(path), path) for path in paths]
    made = [(result.decision(), path.read_bytes(), basis(result)) for result, path in results]
    with open_ledger(tmp_path / "audit.db") as ledger:
        entries = record_decisions(ledger, made)
        assert [e.subject for e in entries] == [decision.id for decision, _, _ in made]
        entry = asyncio.run(record_decision_async(ledger, *made[0], by="api"))
        assert entry.value("by") == "api" and entry.raw("document") == entries[0].raw("document")
    assert run("verify", tmp_path / "audit.db") == 0


def test_list_and_show(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["2", "1", "0"]
    assert lines[1].endswith("block") and "decision" in lines[1]
    assert run("list", "--kind", "decision", "--limit", 1, "--format", "json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert (listed["index"], listed["kind"]) == (2, "decision")
    assert run("show", listed["subject"][:8], "--format", "json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["fields"]["document"]["id"] == listed["subject"] and shown["erased"] == []
    assert run("show", 1) == 0
    out = capsys.readouterr().out
    assert "verdict: block" in out and "\x1b" not in out


def test_verify(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify") == 0
    assert capsys.readouterr().out.startswith("ok: the ledger")
    assert run("checkpoint") == 0
    (tmp_path / "kept").write_text(capsys.readouterr().out)
    assert run("key") == 0
    (tmp_path / "vkey").write_text(capsys.readouterr().out)
    assert run("verify", place, "--checkpoint", tmp_path / "kept", "--key", tmp_path / "vkey") == 0
    with open_ledger(place) as ledger, ledger.log.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE entries SET payload = replace(payload, 'block', 'allow') WHERE entry_index = 1"
        )
    capsys.readouterr()
    assert run("verify", place, "--format", "json") == 1
    report = json.loads(capsys.readouterr().out)
    assert not report["ok"] and {f["entry"] for f in report["faults"]} == {1}
    with pytest.raises(UnreadableFile, match="No such file"):
        run("verify", tmp_path / "absent")
    with pytest.raises(UnreadableFile):
        run("verify", place, "--key", tmp_path / "absent")
    with pytest.raises(InputError, match="neither a ledger"):
        run("verify", tmp_path / "vkey")
    with pytest.raises(InputError, match="database says"):
        run("verify", "postgresql://nobody:secret@127.0.0.1:1/x")


def test_export(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("list", "--kind", "decision", "--format", "json")
    subject = json.loads(capsys.readouterr().out.splitlines()[-1])["subject"]
    run("checkpoint")
    (tmp_path / "kept").write_text(capsys.readouterr().out)
    out = tmp_path / "proof.zip"
    assert run("export", "--decision", subject[:10], "-o", out, "--without", "manifest") == 0
    assert run("verify", out) == 0
    assert "not shown, only committed to: manifest" in capsys.readouterr().out
    assert run("export", "--decision", 2, "-o", out, "--checkpoint", tmp_path / "kept") == 0
    assert run("verify", out, "--checkpoint", tmp_path / "kept") == 0
    with pytest.raises(UsageError, match="no decision called '0'"):
        run("export", "--decision", 0, "-o", out)
    with pytest.raises(UnreadableFile, match="cannot be written"):
        run("export", "--decision", 1, "-o", tmp_path)


@pytest.mark.parametrize("example", [p.stem for p in sorted(EXAMPLES.glob("*.yaml"))])
def test_replay_gives_the_same_bytes(example: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_ledger(tmp_path / "audit.db") as ledger:
        recorded(ledger, example)
    assert run("replay", 1, "--ledger", tmp_path / "audit.db") == 0
    assert "the same bytes" in capsys.readouterr().out
    assert run("replay", 1, "--now", "--ledger", tmp_path / "audit.db", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["same"] is True


def test_replay_says_what_is_not_installed_and_what_would_differ(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = EXAMPLES / "own-lab.yaml"
    result = CHECKER.file(path)
    decision = result.decision()
    older = msgspec.structs.replace(
        decision,
        verdict="review",
        corpora=msgspec.structs.replace(decision.corpora, sha256="0" * 64),
        sources=(msgspec.structs.replace(decision.sources[0], reason="another"), *decision.sources[1:]),
    )
    with open_ledger(tmp_path / "audit.db") as ledger:
        for stored in (older, msgspec.structs.replace(decision, verdict="block")):
            record_decision(ledger, stored, path.read_bytes(), basis(result))
    assert run("replay", 1, "--ledger", tmp_path / "audit.db") == 2
    out = capsys.readouterr().out
    assert f"corpora then {'0' * 64}, now {CHECKER.corpus.sha256}" in out and "not decided again" in out
    assert run("replay", 1, "--now", "--ledger", tmp_path / "audit.db") == 1
    out = capsys.readouterr().out
    name = decision.sources[0].source
    assert "review then, allow now" in out and f'sources[{name}].reason: "another" ->' in out
    assert run("replay", 2, "--ledger", tmp_path / "audit.db") == 1
    assert '  verdict: "block" -> "allow"' in capsys.readouterr().out
    with pytest.raises(UsageError, match="no decision"):
        run("replay", 0, "--ledger", tmp_path / "audit.db")


def test_a_manifest_that_was_no_file_is_replayed_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = EXAMPLES / "own-lab.yaml"
    result = CHECKER.manifest(CHECKER.file(path).decided.case.manifest)
    with open_ledger(tmp_path / "audit.db") as ledger:
        record_decision(ledger, result.decision(), path.read_bytes(), basis(result))
    assert run("replay", 1, "--ledger", tmp_path / "audit.db") == 0
    assert "the same bytes" in capsys.readouterr().out


def test_a_decision_that_rests_on_evidence_is_replayed_without_the_files(tmp_path: Path) -> None:
    path, card = tmp_path / "clearance.yaml", tmp_path / "README.md"
    path.write_bytes((EXAMPLES / "own-lab.yaml").read_bytes())
    card.write_text("---\nlicense: cc-by-nc-4.0\nbase_model: meta-llama/Llama-3.1-8B\n---\nGenerated with gpt-4o.\n")
    result = CHECKER.file(path, [card])
    decision = result.decision()
    assert result.decided.differences and str(card) in {e.file for e in decision.inputs}
    with open_ledger(tmp_path / "audit.db") as ledger:
        record_decision(ledger, decision, path.read_bytes(), basis(result))
        path.write_text("changed meanwhile")
        with pytest.raises(InputError, match="changed while it was decided"):
            record_decision(ledger, decision, path.read_bytes(), basis(result))
    path.unlink()
    card.unlink()
    assert run("replay", 1, "--ledger", tmp_path / "audit.db") == 0


def test_a_basis_of_another_program_is_told(tmp_path: Path) -> None:
    path = EXAMPLES / "own-lab.yaml"
    with open_ledger(tmp_path / "audit.db") as ledger:
        record_decision(ledger, CHECKER.file(path).decision(), path.read_bytes(), b'{"manifest":{}}')
    with pytest.raises(InputError, match="cannot be read by this program"):
        run("replay", 1, "--ledger", tmp_path / "audit.db")


def test_differences_name_their_place() -> None:
    then = {"a": [1, 2], "sources": [{"source": "x", "n": 1}, {"source": "y"}], "same": {"k": None}}
    now = {"a": [1, 3, 4], "sources": [{"source": "z"}, {"source": "x", "n": 2}], "same": {"k": None}}
    assert [d.at for d in differences(then, now)] == ["a[1]", "a[2]", "sources[x].n", "sources[y]", "sources[z]"]


def test_duties(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    who = ("--reason", "asked", "--by", "dpo")
    assert run("hold", "case 7", 1, *who) == 0
    with pytest.raises(UsageError, match="legal hold"):
        run("redact", 1, *who)
    assert run("redact", 2, "--field", "manifest", "--field", "basis", *who) == 0
    with pytest.raises(InputError, match="basis, manifest was destroyed"):
        run("replay", 2)
    assert run("release", "case 7", *who) == 0
    assert run("rotate-key", *who) == 0
    assert run("expire", "--older-than", 0, "--kind", "decision", *who) == 0
    assert run("expire", "--older-than", 0, "--kind", "decision", *who) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert run("show", 1) == 0
    assert "manifest: destroyed; sha256:" in capsys.readouterr().out
    with pytest.raises(UsageError, match="36,500"):
        run("expire", "--older-than", -1, "--kind", "decision", *who)
    assert run("verify") == 0
    assert "erased" in capsys.readouterr().out


def test_no_ledger_is_made_by_reading_or_erasing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    who = ("--reason", "r", "--by", "b")
    for arguments in (["list"], ["show", 1], ["checkpoint"], ["key"], ["redact", 1, *who], ["rotate-key", *who]):
        with pytest.raises(ClearanceError, match="no ledger here"):
            run(*arguments, "--ledger", tmp_path / "absent.db")
    monkeypatch.delenv("CLEARANCE_LEDGER", raising=False)
    for arguments in (["list"], ["verify"]):
        with pytest.raises(UsageError, match="no ledger is named"):
            run(*arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("page", ["explanation/ledger.md", "how-to/verify-the-ledger.md"])
def test_the_commands_in_the_documentation_exist(page: str) -> None:
    text = (Path(__file__).parent.parent.parent / "docs" / page).read_text(encoding="utf-8")
    lines = [line.split(" > ")[0] for line in text.splitlines() if line.startswith("clearance ledger ")]
    assert lines or page.startswith("explanation")
    top = argparse.ArgumentParser()
    command.register(top.add_subparsers())
    for line in lines + [line.strip().split("  ")[0].split(" > ")[0] for line in command.EXAMPLES.splitlines()]:
        words = shlex.split(line)
        if words[:2] == ["clearance", "ledger"]:
            assert top.parse_args(words[1:]).run
    for named in re.findall(r"`clearance ledger ([a-z-]+)`", text):
        with pytest.raises(SystemExit) as ended:
            top.parse_args(["ledger", named, "--help"])
        assert ended.value.code == 0, named
