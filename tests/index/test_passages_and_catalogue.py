"""Passages stand where they say, and the catalogue keeps them: unchanged texts are not read again, damage is mended."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.index.catalogue import Catalogue
from compliance.index.passages import passages_of
from compliance.index.texts import HeldText, read_shelf

PIECES = st.sampled_from(
    [
        "You may not copy it.",
        "(a) train models; (b) scrape;",
        "# Heading",
        "* item\n",
        "1. First:",
        "\n\n",
        "“Output” means x.",
        "é—ü ",
    ]
)


def held(text: str) -> HeldText:
    return HeldText(
        file="a/b@2025-01-01.md", sha256="0", text=text, format="markdown", service="A", party="A", kind="b",
        recorded=1, since=1, until=None,
    )  # fmt: skip


@given(st.lists(PIECES, max_size=40).map(" ".join))
def test_passages_stand_inside_the_text_in_order(text: str) -> None:
    last = 0
    for passage in passages_of(held(text)):
        assert last <= passage.start < passage.end <= len(text)
        assert text[passage.start : passage.end].strip()
        last = passage.start


def test_a_list_item_carries_the_words_that_govern_it(corpus: Path) -> None:
    text = next(t for t in read_shelf([corpus]).texts if t.kind == "business-agreement")
    ban = next(p for p in passages_of(text) if "compete with the products" in p.words)
    assert "Customer will not" in ban.lead
    assert "2. Rules of use" in ban.section


def test_unchanged_texts_are_not_read_again(corpus: Path, tmp_path: Path) -> None:
    path = tmp_path / "index" / "catalogue.sqlite"
    texts = read_shelf([corpus]).texts
    first = Catalogue(path)
    assert first.sync(texts) == 4
    before = first.passages()
    first.close()
    again = Catalogue(path)
    assert again.sync(texts) == 0
    assert again.passages() == before
    changed = [msgspec.structs.replace(t, sha256="new") if "2024" in t.file else t for t in texts]
    assert again.sync(changed) == 1
    assert again.sync(texts[-1:]) == 0
    assert {p.file for p in again.passages()} == {texts[-1].file}


def test_words_are_found_by_their_stems_and_within_files(corpus: Path) -> None:
    catalogue = Catalogue(None)
    catalogue.sync(read_shelf([corpus]).texts)
    passages = catalogue.passages()
    found = catalogue.lexical(["distilling", "models"])
    assert any("distillation" in passages[p].words for p in found)
    only = catalogue.lexical(["law"], ["quillon/business-agreement@2025-03-02.md"])
    assert {passages[p].file for p in only} == {"quillon/business-agreement@2025-03-02.md"}
    assert catalogue.lexical(['" OR NEAR(', "*", ""]) is not None


@pytest.mark.parametrize("damage", [b"not a database at all" * 100, b"", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_file_is_built_anew(corpus: Path, tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "catalogue.sqlite"
    path.write_bytes(damage)
    catalogue = Catalogue(path)
    assert catalogue.sync(read_shelf([corpus]).texts) == 4
    assert catalogue.passages()


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_answered_from_memory(corpus: Path, tmp_path: Path) -> None:
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o500)
    catalogue = Catalogue(shut / "index" / "catalogue.sqlite")
    assert "in memory" in catalogue.note
    assert catalogue.sync(read_shelf([corpus]).texts) == 4


def test_a_path_that_is_taken_by_a_file_is_answered_from_memory(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file", encoding="utf-8")
    catalogue = Catalogue(tmp_path / "index" / "catalogue.sqlite")
    assert "in memory" in catalogue.note
    assert catalogue.sync(read_shelf([corpus]).texts) == 4
