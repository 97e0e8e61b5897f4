"""Lists of words that come with the program, a few words a line."""

from __future__ import annotations

from pathlib import Path


def words_of(path: Path) -> frozenset[str]:
    """The words in a file, told apart by blanks."""
    return frozenset(path.read_text(encoding="utf-8").split())
