"""`corpora check`: each kind of fault is found, at its line, and the records on board have none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.cli.main import main
from compliance.corpus.check import Checked, check_corpora
from compliance.corpus.show import printable

SOURCE = "source: {ref: example.org, basis: documented}"
PARTY = f"parties:\n  - {{id: acme, name: Acme, kind: lab, {SOURCE}}}\n"
FAMILY = f"families:\n  - {{id: acme-1, maker: acme, name: A, kind: general-llm, patterns: [acme-1*], {SOURCE}}}\n"
CHANNEL = f"channels:\n  - {{party: acme, channel: consumer-app, documents: [acme/terms], {SOURCE}}}\n"
LICENCE = f"licences:\n  - {{id: acme-l, name: Acme L, aliases: [al], kind: permissive, paraphrase: Free., {SOURCE}}}\n"
DATASET = f"datasets:\n  - {{id: acme-d, name: Acme D, {SOURCE}}}\n"
PIN = f"pins: [{{version: '1', sha256: {'a' * 64}}}]"
DOCUMENT = f"""documents:
  - id: acme/terms
    party: acme
    title: Terms
    {SOURCE}
    versions:
      - {{id: '1', since: 2024-01-01, {SOURCE}}}
      - {{id: '2', since: 2025-01-01, {SOURCE}}}
    clauses:
      - {{id: a, category: train-any-models, effect: prohibit, object: [output], paraphrase: No., section: '1',
         test: any, bound: customer, {PIN}}}
"""
BOARD = f"""parties:
  - {{id: other, name: Other, aliases: [Other Lab], kind: lab, {SOURCE}}}
families:
  - {{id: other-4, maker: other, name: O, kind: general-llm, patterns: [other-4*], {SOURCE}}}
licences:
  - {{id: other-l, name: Other L, spdx: Other-2.0, kind: permissive, paraphrase: Free., {SOURCE}}}
"""
SOUND = PARTY + FAMILY + CHANNEL + LICENCE + DATASET + DOCUMENT


def check(folder: Path, text: str) -> Checked:
    """The check of a folder with one file, as additions to a few other records."""
    board, mine = folder / "board", folder / "mine"
    board.mkdir()
    mine.mkdir(exist_ok=True)
    (board / "board.yaml").write_text(BOARD, encoding="utf-8")
    (mine / "acme.yaml").write_text(text, encoding="utf-8")
    return check_corpora([mine], root=board)


def test_the_records_on_board_have_no_error() -> None:
    checked = check_corpora()
    assert [f.one_line() for f in checked.of("error")] == []
    assert sum(checked.counts.values()) > 2000 and all(checked.counts.values())


def test_a_sound_file_has_no_finding(tmp_path: Path) -> None:
    assert [f.one_line() for f in check(tmp_path, SOUND).findings] == []


@pytest.mark.parametrize(
    ("good", "bad", "sort", "says"),
    [
        ("maker: acme", "maker: acne", "dangling", "maker names the party 'acne'"),
        ("maker: acme", "parents: [acme-0], maker: acme", "dangling", "the family 'acme-0'"),
        ("maker: acme", "weights: [{licence: al}], maker: acme", "dangling", "the licence 'al'"),
        ("[acme/terms]", "[acme/term]", "dangling", "the document 'acme/term'"),
        ("title: Terms", "incorporates: [acme/x], title: Terms".replace(", ", "\n    "), "dangling", "'acme/x'"),
        ("section: '1'", "section: '1', scope: {models_of: [acne]}", "dangling", "models_of names the party 'acne'"),
        ("section: '1'", "section: '1', versions: ['1', '3']", "dangling", "names the version '3'"),
        ("kind: permissive", "licensor: acne, kind: permissive", "dangling", "the party 'acne'"),
        ("kind: permissive", "outputs: {own_family: [acme-9]}, kind: permissive", "dangling", "begins the id of no"),
        ("name: Acme D", "name: Acme D, keeps: [nothing known]", "dangling", "neither a data set nor a parent"),
        ("name: Acme D", "name: Acme D, generators: [{maker: Zyx Qwv}]", "dangling", "is no party"),
        (
            "name: Acme D",
            "name: Acme D, licences: [{label: zq 9, says: card}]",
            "unknown-label",
            "no licence is called",
        ),
        ("id: acme,", "id: other,", "twice", "a record of the same id"),
        ("name: Acme,", "name: Acme, aliases: [other lab],", "shared-name", "also a name of 'other'"),
        ("aliases: [al]", "aliases: [other_2.0 license]", "shared-name", "also a name of 'other-l'"),
        ("since: 2025-01-01", "since: 2023-01-01", "version", "does not begin after '1'"),
        ("since: 2024-01-01", "since: 2024-01-01, until: 2025-02-01", "version", "ends after '2' has begun"),
        ("since: 2024-01-01", "since: 2024-01-01/", "version", "on no known day"),
        ("id: '2'", "id: '1'", "twice", "two versions are called"),
        ("since: 2024-01-01", "since: 2024-02-30", "date", "2024-02-30"),
        ("maker: acme", "released: 2024-05, retired: 2024-04, maker: acme", "date", "lies before released"),
        ("paraphrase: No.", "paraphrase: ' '", "clause", "has no paraphrase"),
        ("section: '1'", "section: ''", "clause", "has no section"),
        ("test: any, ", "", "clause", "does not say how far it reaches"),
        ("category: train-any-models", "category: permit-training", "clause", "prohibits by effect"),
        ("a" * 64, "A" * 64, "pin", "no SHA-256"),
        (f", {PIN}", "", "unpinned", "has no pin"),
        ("section: '1'", "section: '1', versions: ['2']", "pin", "where it does not stand"),
        ("ref: example.org", "ref: ' '", "source", "without a reference"),
        ("documents: [acme/terms]", "documents: []", "channel", "names no document"),
        ("documents: [acme/terms]", "region: UK, documents: [acme/terms]", "channel", "the region 'UK'"),
        ("aliases: [al], ", "", "licence", "no alias"),
        ("[acme-1*]", "[other-4*]", "pattern", "also one of 'other-4'"),
        ("[acme-1*]", "[acme_1*]", "pattern", "can match no id"),
        ("acme-1, maker", "other-4-0, maker", "pattern", "leads to the family 'other-4'"),
        (CHANNEL, "", "unbound", "no channel binds"),
        ("documents:\n  - id", "documnets:\n  - id", "form", "unknown key"),
    ],
)
def test_each_fault_is_found_where_it_stands(tmp_path: Path, good: str, bad: str, sort: str, says: str) -> None:
    assert good in SOUND
    found = [f for f in check(tmp_path, SOUND.replace(good, bad)).findings if f.sort == sort]
    assert any(says in f.message for f in found), [f.one_line() for f in found]
    for finding in found:
        assert finding.file == str(tmp_path / "mine" / "acme.yaml") and finding.line and finding.remedy


def test_a_broken_file_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a-broken.yaml").write_text("parties: [", encoding="utf-8")
    sorts = {f.sort for f in check(tmp_path, SOUND.replace("maker: acme", "maker: acne")).findings}
    assert sorts == {"form", "dangling"}


def test_errors_exit_65_and_warnings_only_where_strict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "acme.yaml").write_text(SOUND.replace(f", {PIN}", ""), encoding="utf-8")
    command = ["corpora", "check", "--corpora", str(tmp_path)]
    assert main(command) == 0
    assert "1 warning (unpinned 1)" in capsys.readouterr().out
    assert main([*command, "--strict"]) == 65
    (tmp_path / "acme.yaml").write_text(SOUND.replace("maker: acme", "maker: acne"), encoding="utf-8")
    assert main(command) == 65
    out = capsys.readouterr().out
    assert "acme.yaml:4: family acme-1: maker names" in out and "1 error" in out


@pytest.mark.parametrize("name", ["mistral", "openai/terms-of-use", "llama-3.1", "cc-by-nc-4.0", "Alpaca", "gpt-4o"])
def test_records_are_shown_by_id_and_by_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corpora", "show", name]) == 0
    out = capsys.readouterr().out
    assert "source: " in out and len(out.splitlines()) > 3


def test_all_kinds_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corpora", "list"]) == 0
    kinds = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    for kind in kinds:
        assert main(["corpora", "list", kind]) == 0
        assert len(capsys.readouterr().out.splitlines()) > 90
    assert main(["corpora", "list", "nonsense"]) == 64
    assert main(["corpora", "show", "zq 9 of nobody"]) == 64


@given(st.text())
def test_what_is_shown_stays_on_one_line(text: str) -> None:
    assert printable(text).isprintable()
