"""`clearance reviews`, `waivers` and `portfolio` on a real ledger."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest
from review_stage import generated, human, manifest, recorded

from compliance.cli import portfolio, reviews, waivers
from compliance.errors import ClearanceError, UsageError
from compliance.ledger.ledger import open_ledger

LATER = "2999-06-30T18:00+02:00"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A ledger with a run that waits; the id of its decision."""
    monkeypatch.setenv("CLEARANCE_LEDGER", str(tmp_path / "audit.db"))
    with open_ledger(tmp_path / "audit.db") as ledger:
        decision, _ = recorded(ledger, manifest(generated(), human()))
    return decision.id


def run(*arguments: str) -> int:
    top = argparse.ArgumentParser()
    parts = top.add_subparsers()
    for command in (reviews, waivers, portfolio):
        command.register(parts)
    options = top.parse_args(arguments)
    return int(options.run(options))


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    run(*arguments, "--format", "json")
    return json.loads(capsys.readouterr().out)


def test_from_open_to_waived_to_withdrawn(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    (item,) = told(capsys, "reviews", "list")
    assert (item["decision"], item["source"], item["state"]) == (kept, "teacher rows", "open")
    name = item["id"]
    assert run("reviews", "gate", kept[:8]) == 1
    assert run("reviews", "assign", name, "--to", "ann", "--due", "2999-01-31", "--by", "lead") == 0
    assert run("reviews", "comment", name, "asked them", "--by", "ann", "--evidence", "mail 17") == 0
    capsys.readouterr()
    waiver = told(capsys, "reviews", "accept", name, "--reason", "small", "--until", LATER, "--by", "ann")["waiver"]
    with pytest.raises(UsageError, match="ann asked for it"):
        run("reviews", "approve", waiver, "--by", "Ann")
    assert run("reviews", "approve", waiver[:8], "--by", "ben") == 0
    capsys.readouterr()
    assert run("reviews", "gate", kept) == 0
    assert f"block, waived until {LATER} by ann and ben" in capsys.readouterr().out
    run("reviews", "show", name)
    shown = capsys.readouterr().out
    for words in ("teacher rows", "waiver granted by ben", "evidence: mail 17", "due 2999-01-31", "may start"):
        assert words in shown
    assert [e["what"] for e in told(capsys, "portfolio", "--expiring")] == ["item", "waiver"]
    assert run("waivers", "revoke", waiver, "--reason", "objected", "--by", "ann") == 0
    assert run("reviews", "gate", kept) == 1
    assert "does not hold: ann withdrew it" in capsys.readouterr().out
    assert [w["standing"] for w in told(capsys, "waivers", "list")] == ["withdrawn"]


def test_an_answer_decides_again(kept: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with open_ledger(tmp_path / "audit.db") as ledger:
        made_with = {"model": "gpt-4o", "maker": "OpenAI"}
        recorded(ledger, manifest(generated("open rows", role=None, **made_with), human(), name="another"))
    (item,) = [i for i in told(capsys, "reviews", "list") if i["source"] == "open rows"]
    made = told(capsys, "reviews", "answer", item["id"], "--set", "role=filter", "--by", "ann")
    (newer,) = told(capsys, "reviews", "list", "--decision", made["decision"])
    edits = tmp_path / "edits.json"
    edits.write_text(json.dumps([{"at": ["sources", "open rows", "licence"], "value": "MIT"}]), "utf-8")
    with pytest.raises(UsageError, match="states what nobody stated"):
        run("reviews", "answer", newer["id"], "--edits", str(edits), "--by", "ann")
    assert [i["state"] for i in told(capsys, "reviews", "list", "--state", "answered")] == ["answered"]
    assert kept in {i["decision"] for i in told(capsys, "reviews", "list")}


def test_rejecting_and_the_portfolio(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    (item,) = told(capsys, "reviews", "list")
    found = told(capsys, "portfolio", "--teacher", "anthropic")
    assert [(r["decision"], r["rows"], r["run_rows"]) for r in found["runs"]] == [(kept, 800, 1800)]
    assert run("reviews", "reject", item["id"], "--reason", "not these", "--by", "ann") == 0
    assert run("reviews", "gate", kept) == 1
    assert "rejected: teacher rows" in capsys.readouterr().out
    assert run("portfolio") == 0
    assert run("portfolio", "--teacher", "nobody") == 0
    assert "no run is touched" in capsys.readouterr().out


def test_rechecking_with_what_is_installed_changes_nothing(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "reviews", "recheck", "--by", "watch")["reopened"] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("reviews", "answer", "ITEM", "--by", "ann"),
        ("reviews", "answer", "ITEM", "--set", "role", "--by", "ann"),
        ("reviews", "answer", "ITEM", "--set", "no_such=1", "--by", "ann"),
        ("reviews", "answer", "ITEM", "--edits", "/nowhere", "--by", "ann"),
        ("reviews", "accept", "ITEM", "--reason", "x", "--until", "2999-01-01", "--by", "ann"),
        ("reviews", "show", "nothere"),
        ("reviews", "gate", "nothere"),
        ("waivers", "revoke", "nothere", "--reason", "x", "--by", "ann"),
        ("portfolio", "--expiring", "--teacher", "x"),
        ("reviews", "list", "--ledger", "/nowhere/audit.db"),
    ],
)
def test_mistakes_are_one_line(kept: str, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    (item,) = told(capsys, "reviews", "list")
    with pytest.raises(ClearanceError) as caught:
        run(*(item["id"] if a == "ITEM" else a for a in arguments))
    assert "\n" not in caught.value.one_line()
    assert caught.value.remedy


def test_control_characters_do_not_reach_the_terminal(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    (item,) = told(capsys, "reviews", "list")
    run("reviews", "comment", item["id"], "red \x1b[31m", "--by", "ann")
    run("reviews", "show", item["id"])
    assert "\x1b" not in capsys.readouterr().out
