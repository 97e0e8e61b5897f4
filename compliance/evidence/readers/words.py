"""A set of words out of one text, so that lists of names can be read and sorted like prose."""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """The words of `text`."""
    return frozenset(text.split())
