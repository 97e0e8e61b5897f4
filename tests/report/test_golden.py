"""The reports of the examples, word for word, and the same from a fresh process state."""

from __future__ import annotations

import pytest
from golden.write import EXAMPLES, FOLDER, FORMS, reports

FOUND = reports()


@pytest.mark.parametrize("name", sorted(FOUND))
def test_the_report_is_as_it_was_held_to_be_right(name: str) -> None:
    assert FOUND[name] == (FOLDER / name).read_text(encoding="utf-8"), "see tests/golden/write.py"


def test_every_example_has_its_reports_and_no_other_stands_there() -> None:
    kept = {path.name for path in FOLDER.iterdir() if path.suffix in (".txt", ".json", ".md")}
    assert kept == {f"{path.stem}.{ending}" for path in EXAMPLES for ending in FORMS.values()}


def test_the_same_input_gives_the_same_bytes() -> None:
    assert reports() == FOUND
