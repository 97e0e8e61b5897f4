"""Reading ahead: the order, the errors, and an end before the end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count

import pytest

from compliance.scan.ahead import read_ahead


def test_items_come_in_their_order() -> None:
    assert list(read_ahead(iter(range(100)), 3)) == list(range(100))
    assert list(read_ahead(iter([None, []]), 1)) == [None, []]


def test_an_error_comes_after_what_was_made_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    ahead = read_ahead(items(), 3)
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="broken"):
        next(ahead)


def test_whoever_stops_early_leaves_no_thread() -> None:
    before = threading.active_count()
    ahead = read_ahead(count(), 3)
    assert next(ahead) == 0
    ahead.close()
    assert threading.active_count() == before
