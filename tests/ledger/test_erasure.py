"""What is destroyed is gone, provably by a recorded redaction; what is held stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy

from compliance.errors import UsageError
from compliance.ledger.erasure import expire, hold, redact, release
from compliance.ledger.ledger import Ledger, open_ledger
from compliance.ledger.verify import verify

SECRET = "Zanzibar-77 internal run"
REVIEW = {"subject": "d" * 32, "ruling": "allow", "reason": SECRET, "by": "ann"}


def test_a_redacted_field_is_gone_and_the_proofs_stay(ledger: Ledger) -> None:
    entry = ledger.append("review", REVIEW)
    ledger.append("review", REVIEW)
    root, path = ledger.log.root(3), ledger.log.inclusion(1, 3)
    made = redact(ledger, {entry.index: ["reason"]}, reason="erasure request 4", by="dpo")
    left = ledger.log.entry(entry.index)
    assert left.erased == ["reason"] and left.value("reason") is None and left.value("ruling") == "allow"
    assert (left.leaf, left.subject) == (entry.leaf, REVIEW["subject"])
    assert (ledger.log.root(3), ledger.log.inclusion(1, 3)) == (root, path)
    assert made.value("erased") == {"1": ["reason"]} and made.value("by") == "dpo"
    report = verify(str(ledger.log.place))
    assert (report.faults, report.erased) == ([], 1)


def test_a_whole_entry_can_go_and_is_no_longer_found(ledger: Ledger) -> None:
    ledger.append("review", REVIEW)
    redact(ledger, {1: None}, reason="r", by="b")
    left = ledger.log.entry(1)
    assert not left.fields and left.subject is None and left.kind == "review"
    with pytest.raises(UsageError):
        ledger.log.find(REVIEW["subject"])
    assert verify(str(ledger.log.place)).ok


def test_the_bytes_leave_the_files(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with open_ledger(path) as ledger:
        for at in range(30):
            ledger.append("review", {**REVIEW, "reason": SECRET * (1 + 400 * (at % 3))})

        def holds_the_secret() -> bool:
            return any(SECRET.encode() in file.read_bytes() for file in tmp_path.iterdir())

        assert holds_the_secret()
        redact(ledger, dict.fromkeys(range(1, 31)), reason="r", by="b")
        assert not holds_the_secret()
    assert not holds_the_secret()
    assert verify(str(path)).ok


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({}, "nothing to destroy"),
        ({0: None}, "could not be verified"),
        ({9: None}, "no entry 9"),
        ({1: ["colour"]}, "no field 'colour'"),
        ({1: []}, "is empty already"),
        ({2: None}, "under the legal hold 'case 7'"),
        ({1: None, 2: None}, "under the legal hold"),
        ({3: None}, "could not be verified"),
    ],
)
def test_what_may_not_be_destroyed(chosen: dict[int, list[str] | None], says: str, ledger: Ledger) -> None:
    ledger.append_many([("review", REVIEW)] * 2)
    hold(ledger, "case 7", [2], reason="suit", by="legal")
    with pytest.raises(UsageError, match=says):
        redact(ledger, chosen, reason="r", by="b")
    assert ledger.log.size() == 4 and ledger.log.entry(1).value("reason") == SECRET
    assert verify(str(ledger.log.place)).ok


def test_a_hold_ends_by_name(ledger: Ledger) -> None:
    ledger.append("review", REVIEW)
    hold(ledger, "a", [1], reason="r", by="b")
    hold(ledger, "b", [1], reason="r", by="b")
    with pytest.raises(UsageError, match="in place already"):
        hold(ledger, "a", [1], reason="r", by="b")
    with pytest.raises(UsageError, match="no entry 50"):
        hold(ledger, "c", [50], reason="r", by="b")
    with pytest.raises(UsageError, match="on nothing"):
        hold(ledger, "c", [], reason="r", by="b")
    release(ledger, "a", reason="r", by="b")
    with pytest.raises(UsageError, match="no hold called 'a'"):
        release(ledger, "a", reason="r", by="b")
    with pytest.raises(UsageError, match="hold 'b'"):
        redact(ledger, {1: None}, reason="r", by="b")
    release(ledger, "b", reason="r", by="b")
    redact(ledger, {1: None}, reason="r", by="b")
    assert verify(str(ledger.log.place)).ok


def test_retention_takes_the_old_of_a_kind_and_leaves_the_held(place: str, tmp_path: Path) -> None:
    today = [datetime(2026, 1, 1, tzinfo=UTC)]
    with open_ledger(place, key=tmp_path / "k", clock=lambda: today[0]) as ledger:
        login = {"subject": "ann", "event": "in", "method": "token"}
        ledger.append_many([("review", REVIEW), ("login", login), ("review", REVIEW)])
        hold(ledger, "case", [3], reason="r", by="b")
        today[0] += timedelta(days=10)
        ledger.append("review", REVIEW)
        limit = datetime(2026, 1, 5, tzinfo=UTC)
        made = expire(ledger, limit, ["review"], reason="90 days", by="policy")
        assert [e.value("erased") for e in made] == [{"1": ["by", "reason", "ruling", "subject"]}]
        assert [bool(ledger.log.entry(i).fields) for i in (1, 2, 3, 5)] == [False, True, True, True]
        assert expire(ledger, limit, ["review"], reason="90 days", by="policy") == []
        for kinds, says in ((["key"], "'key' do not expire"), (["rumour"], "'rumour' do not"), ([], "no kind")):
            with pytest.raises(UsageError, match=says):
                expire(ledger, limit, kinds, reason="r", by="b")
    assert verify(place).ok


def test_destroying_without_a_record_or_under_a_hold_is_found(ledger: Ledger) -> None:
    ledger.append_many([("review", REVIEW)] * 3)
    hold(ledger, "case", [2], reason="r", by="b")
    redact(ledger, {1: None}, reason="r", by="b")
    place = str(ledger.log.place)

    def put(index: int, payload: bytes, subject: str | None) -> None:
        with ledger.log.engine.begin() as connection:
            connection.execute(
                sqlalchemy.text("UPDATE entries SET payload = :p, subject = :s WHERE entry_index = :i"),
                {"p": payload, "s": subject, "i": index},
            )

    put(2, b"{}", None)
    assert [f.entry for f in verify(place).faults] == [2] * 4
    put(2, ledger.log.entry(3).payload, REVIEW["subject"])
    assert all("was changed" in f.says for f in verify(place).faults if f.entry == 2)
    put(1, ledger.log.entry(3).payload, REVIEW["subject"])
    assert any("though a redaction says" in f.says for f in verify(place).faults if f.entry == 1)
