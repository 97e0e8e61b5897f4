"""Words on clauses before they are kept: one whose records nobody could decide with is refused."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from clause_texts import TERMS, add_version

from api import confirming
from api.confirming import Word
from compliance.errors import UsageError
from compliance.history.database import open_history

KNOWN = """parties:
  - {id: quillmark, name: Quillmark, kind: lab, source: {ref: its site, basis: documented}}
  - {id: quillmark-openai, name: Something Else, kind: lab, source: {ref: its site, basis: documented}}
"""


def place_of(tmp_path: Path, party: str) -> tuple[str, int, str]:
    """A database with one document that was looked through: its place, the document's id, and that of a clause."""
    place = tmp_path / "terms.sqlite"
    with open_history(place, create=True) as held:
        add_version(held, place, party, "API Terms", datetime.date(2026, 1, 1), TERMS)
        (key,) = held.documents()
    (sha256,) = confirming.texts_to_look(str(place), key.id, every=True)
    assert confirming.look_in(str(place), sha256, lexical=True) == 3
    return str(place), key.id, confirming.document(str(place), key.id)["clauses"][0]["id"]


def test_records_that_the_corpora_cannot_be_read_with_are_refused_before_anything_is_kept(tmp_path: Path) -> None:
    corpora = tmp_path / "corpora"
    corpora.mkdir()
    (corpora / "known.yaml").write_text(KNOWN)
    place, document, clause = place_of(tmp_path, "Quillmark & OpenAI")
    word = Word(action="accepted", on=clause)
    with pytest.raises(UsageError, match="do not go together with the corpora"):
        confirming.judge(place, document, word, "Ada", (corpora,))
    assert confirming.judge(place, document, word, "Ada", ()) is not None
    assert confirming.stamp(place) == (0, 0, 0), "nothing was kept"


def test_the_records_of_one_state_lie_in_one_folder(tmp_path: Path) -> None:
    place, document, clause = place_of(tmp_path, "Quillmark")
    folder = tmp_path / "confirmed"
    assert confirming.overlay(place, (), folder) is None
    judged = confirming.judge(place, document, Word(action="rejected", on=clause), "Ada", ())
    assert judged is not None
    confirming.keep(place, document, judged[1])
    first = confirming.overlay(place, (), folder)
    assert first is not None and [p.name for p in first.iterdir()] == ["quillmark.yaml"]
    assert confirming.overlay(place, (), folder) == first
    judged = confirming.judge(place, document, Word(action="accepted", on=clause), "Ada", ())
    assert judged is not None
    confirming.keep(place, document, judged[1])
    second = confirming.overlay(place, (), folder)
    assert second not in (None, first)
    assert sorted(folder.iterdir()) == sorted([first, second]), "what is half made does not stay"
