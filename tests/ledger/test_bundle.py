"""A bundle of evidence stands by itself, shows what was chosen, and cannot be changed unseen."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tampering import LOGIN, filled

from compliance.errors import InputError, UsageError
from compliance.ledger.bundle import bundle
from compliance.ledger.ledger import Ledger, open_ledger
from compliance.ledger.verify import Report, verify

Files = dict[str, bytes]


@pytest.fixture
def log(tmp_path: Path) -> Ledger:
    """A log with a decision at 1 and a rotated key."""
    ledger = filled(tmp_path / "audit.db", 40)
    ledger.close()
    return ledger


def checked(data: bytes, folder: Path, **options: Path) -> Report:
    path = folder / "bundle.zip"
    path.write_bytes(data)
    return verify(str(path), **options)


def unpacked(data: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: Files) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_it_verifies_alone_and_is_the_same_each_time(log: Ledger, tmp_path: Path) -> None:
    entry = log.log.entry(1)
    data = bundle(log.log, entry)
    assert data == bundle(log.log, entry)
    report = checked(data, tmp_path)
    assert (report.faults, report.size) == ([], 40)
    assert any("compare it" in note for note in report.notes)
    files = unpacked(data)
    assert files["fields/document"] == entry.raw("document") and files["fields/manifest"] == entry.raw("manifest")
    assert files["texts/rules/r/rule.yaml"] == b"rule: r\n"
    assert files["checkpoint"] == log.log.checkpoint()


def test_fields_can_be_held_back(log: Ledger, tmp_path: Path) -> None:
    data = bundle(log.log, log.log.entry(1), without=["manifest", "texts"])
    files = unpacked(data)
    assert b"run: {}" not in b"".join(files.values())
    assert not any(name.startswith("texts/") for name in files)
    report = checked(data, tmp_path)
    assert report.ok and "not shown, only committed to: manifest, texts" in report.notes
    with pytest.raises(UsageError, match="no field 'colour'"):
        bundle(log.log, log.log.entry(1), without=["colour"])
    with pytest.raises(UsageError, match="nothing would be shown"):
        bundle(log.log, log.log.entry(1), without=list(log.log.entry(1).commitments))


def test_a_redacted_entry_is_shown_without_what_is_gone(log: Ledger, tmp_path: Path) -> None:
    report = checked(bundle(log.log, log.log.entry(2)), tmp_path)
    assert report.ok and "not shown, only committed to: method" in report.notes


def test_an_old_key_vouches_for_the_new(log: Ledger, tmp_path: Path) -> None:
    data = bundle(log.log, log.log.entry(1))
    for _, vkey in log.log.vkeys():
        (tmp_path / "vkey").write_text(vkey)
        assert checked(data, tmp_path, key=tmp_path / "vkey").faults == []
    (tmp_path / "vkey").write_text(log.log.vkeys()[0][1])
    files = unpacked(data)
    rotations = json.loads(files["rotations.json"])
    too_late = {**rotations[0], "checkpoint": files["checkpoint"].decode()}
    for spoilt in ([], {}, [1], [{**rotations[0], "path": []}], [too_late]):
        altered = packed({**files, "rotations.json": json.dumps(spoilt).encode()})
        report = checked(altered, tmp_path, key=tmp_path / "vkey")
        assert any("nothing vouches" in f.says for f in report.faults), spoilt
    with open_ledger(tmp_path / "other.db") as other:
        (tmp_path / "vkey").write_text(other.log.vkeys()[0][1])
    assert "not one of the bundle's" in checked(data, tmp_path, key=tmp_path / "vkey").faults[0].says


def test_it_reaches_back_to_an_older_checkpoint(log: Ledger, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(log.log.checkpoint())
    with open_ledger(tmp_path / "audit.db") as ledger:
        entry = ledger.append("login", LOGIN)
        data = bundle(ledger.log, entry, reach_back=kept.read_bytes())
        plain = bundle(ledger.log, entry)
        with pytest.raises(UsageError, match="speaks of 99"):
            bundle(ledger.log, entry, reach_back=b"a\n99\nb\n\n")
        with pytest.raises(InputError, match="not a checkpoint"):
            bundle(ledger.log, entry, reach_back=b"a\nb\n")
    assert checked(data, tmp_path, checkpoint=kept).ok
    assert checked(data, tmp_path).ok
    assert "does not reach back" in checked(plain, tmp_path, checkpoint=kept).faults[0].says
    now = tmp_path / "now"
    now.write_bytes(unpacked(plain)["checkpoint"])
    assert checked(plain, tmp_path, checkpoint=now).ok
    files = unpacked(data)
    proof = json.loads(files["consistency.json"])
    files["consistency.json"] = json.dumps({**proof, "path": proof["path"][::-1]}).encode()
    assert "does not continue" in checked(packed(files), tmp_path, checkpoint=kept).faults[0].says
    with open_ledger(tmp_path / "other.db") as other:
        kept.write_bytes(other.log.checkpoint())
    assert "not one of this log" in checked(data, tmp_path, checkpoint=kept).faults[0].says


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
def test_a_flipped_bit_in_a_file_is_found(data: st.DataObject, sample: Files, tmp_path: Path) -> None:
    name = data.draw(st.sampled_from(sorted(sample.keys() - {"README.txt", "rotations.json"})))
    content = bytearray(sample[name])
    bit = data.draw(st.integers(0, len(content) * 8 - 1))
    content[bit // 8] ^= 1 << bit % 8
    report = checked(packed({**sample, name: bytes(content)}), tmp_path)
    # JSON beside the evidence has several spellings of the same proof; what it says is what counts.
    same = name.endswith(".json") and name != "leaf.json" and _same(bytes(content), sample[name])
    assert not report.ok or same, (name, bit)


def _same(one: bytes, other: bytes) -> bool:
    try:
        return str(json.loads(one)).lower() == str(json.loads(other)).lower()
    except ValueError:
        return False


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_a_flipped_bit_of_the_zip_is_found_or_changes_nothing(
    data: st.DataObject, sample: Files, tmp_path: Path
) -> None:
    content = bytearray(packed(sample))
    bit = data.draw(st.integers(0, len(content) * 8 - 1))
    content[bit // 8] ^= 1 << bit % 8
    try:
        report = checked(bytes(content), tmp_path)
    except ValueError:
        return
    if report.ok:
        assert {**unpacked(bytes(content)), "README.txt": b""} == {**sample, "README.txt": b""}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The files of a bundle."""
    ledger = filled(tmp_path_factory.mktemp("log") / "audit.db", 40)
    files = unpacked(bundle(ledger.log, ledger.log.entry(1)))
    ledger.close()
    return files


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda f: f.pop("leaf.json"), "lacks leaf.json"),
        (lambda f: f.pop("checkpoint"), "lacks checkpoint"),
        (lambda f: f.pop("fields/verdict"), "lacks fields/verdict"),
        (lambda f: f.pop("texts/rules/r/rule.yaml"), "is missing"),
        (lambda f: f.update({"texts/extra": b""}), "nothing vouches for: texts/extra"),
        (lambda f: f.update({"fields/extra": b""}), "nothing vouches for: fields/extra"),
        (lambda f: f.update({"../../etc/passwd": b""}), "nothing vouches for"),
        (lambda f: f.update({"salts.json": b"[]"}), "salts.json"),
        (lambda f: f.update({"salts.json": b"{}"}), "shows nothing"),
        (lambda f: f.update({"salts.json": b"[" * 100_000}), "salts.json is no JSON"),
        (lambda f: f.update({"inclusion.json": b'{"path": [], "index": 1, "size": 40}'}), "does not lead"),
        (lambda f: f.update({"inclusion.json": b'{"path": ["00"], "index": 1, "size": 40}'}), "not a proof"),
        (lambda f: f.update({"keys.txt": b""}), "keys are not those"),
        (lambda f: f.update({"keys.txt": f["keys.txt"].splitlines(True)[0]}), "not signed by the key"),
    ],
)
def test_spoilt_bundles(change: Callable[[Files], object], says: str, sample: Files, tmp_path: Path) -> None:
    files = dict(sample)
    change(files)
    report = checked(packed(files), tmp_path)
    assert any(says in f.says for f in report.faults), report.faults


def test_bombs_are_not_unpacked(sample: Files, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for at in range(5):
            archive.writestr(f"fields/{at}", bytes(60 << 20))
    assert "larger than one can be" in checked(out.getvalue(), tmp_path).faults[0].says
    many = packed({str(at): b"" for at in range(5_001)})
    assert "larger than one can be" in checked(many, tmp_path).faults[0].says
