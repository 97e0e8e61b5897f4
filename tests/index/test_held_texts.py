"""A folder of terms: what each text is, and between which days it governed."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance.domain.days import day
from compliance.errors import InputError
from compliance.index.texts import read_shelf, stated_day


def test_versions_govern_one_after_the_other(corpus: Path) -> None:
    texts = {t.file: t for t in read_shelf([corpus]).texts}
    old = texts["brightfern/terms-of-service@2024-01-11.md"]
    new = texts["brightfern/terms-of-service@2025-05-06.md"]
    assert (old.since, old.until, old.current) == (day("2024-01-10"), day("2025-05-06"), False)
    assert (new.since, new.until, new.current) == (day("2025-05-05"), None, True)
    assert old.in_force == "from 2024-01-10 to 2025-05-05"


def test_a_folder_without_a_manifest_is_read_from_its_names(tmp_path: Path) -> None:
    path = tmp_path / "marrow-labs" / "terms-of-use@2025-02-01.md"
    path.parent.mkdir()
    path.write_text("You may not copy the service.\n", encoding="utf-8")
    (text,) = read_shelf([tmp_path]).texts
    assert (text.service, text.kind, text.since) == ("Marrow Labs", "terms-of-use", day("2025-02-01"))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("Effective: March 1, 2025", "2025-03-01"),
        ("Last Updated: 7th June 2024", "2024-06-07"),
        ("Updated May 2, 2023\nEffective June 1, 2023", "2023-06-01"),
        ("effective 2024-02-29", "2024-02-29"),
        ("Effective: February 30, 2025", None),
        ("nothing here", None),
    ],
)
def test_the_day_at_the_head_of_a_text(head: str, expected: str | None) -> None:
    value, place = stated_day(head)
    assert value == (day(expected) if expected else None)
    assert (place is None) == (expected is None)


def test_what_cannot_be_read_is_listed_and_the_rest_is_kept(corpus: Path) -> None:
    (corpus / "quillon" / "broken@2025-01-01.md").write_bytes(b"\x00\x01\x02 binary")
    shelf = read_shelf([corpus])
    assert len(shelf.texts) == 4
    (line,) = shelf.skipped
    assert "broken@2025-01-01.md" in line and "binary" in line


def test_a_missing_or_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        read_shelf([tmp_path / "nowhere"])
    with pytest.raises(InputError, match="no terms in this folder"):
        read_shelf([tmp_path])


def test_a_broken_manifest_names_its_line(corpus: Path) -> None:
    (corpus / "manifest.jsonl").write_text('{"file": "a"}\n{nonsense\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_shelf([corpus])
    assert caught.value.line == 2
