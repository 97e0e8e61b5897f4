"""The nearest vectors: what both kinds answer is what comparing everything answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from compliance.recordstore.chroma import Chroma
from compliance.recordstore.vectors import CANDIDATES, Arrays, Vectors, best
from compliance.store.chroma import forget_clients

DRAW = np.random.default_rng(5)


def unit(count: int, dimensions: int = 64) -> np.ndarray:
    """Rows of unit length around some centres, as texts on some topics have them."""
    centres = DRAW.standard_normal((40, dimensions))
    rows = centres[DRAW.integers(0, 40, count)] + 0.5 * DRAW.standard_normal((count, dimensions))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(params=["arrays", "chroma"])
def vectors(request: pytest.FixtureRequest, tmp_path: Path):  # type: ignore[no-untyped-def]
    yield Arrays(tmp_path, 64) if request.param == "arrays" else Chroma(tmp_path)
    forget_clients()


@pytest.mark.parametrize("allowed", [None, 3, 400, 1_900])
def test_the_nearest_are_found_under_any_filter(vectors: Vectors, allowed: int | None) -> None:
    rows = unit(2_000)
    vectors.cut(0)
    vectors.add(0, rows[:1_200])
    vectors.add(1_200, rows[1_200:])
    among = None if allowed is None else np.sort(DRAW.choice(2_000, allowed, replace=False))
    wrong = 0
    for query in unit(10):
        numbers, scores = vectors.nearest(query, 5, among, 2_000)
        exact, cosines = best(
            rows if among is None else rows[among], query, np.arange(2_000) if among is None else among, 5
        )
        assert len(numbers) == len(exact)
        assert among is None or np.isin(numbers, among).all()
        assert (np.diff(scores) <= 1e-6).all()
        wrong += len(set(exact.tolist()) - set(numbers.tolist()))
        assert abs(scores[0] - cosines[0]) < 0.02
    assert wrong <= 2  # of 50: half precision turns equals round, and Chroma's graph is not exact


def test_what_is_added_again_is_written_over(vectors: Vectors) -> None:
    rows = unit(100)
    vectors.cut(0)
    vectors.add(0, rows[:60])
    vectors.add(40, rows[40:])
    assert np.abs(vectors.rows(np.array([0, 45, 99])) - rows[[0, 45, 99]]).max() < 1e-3


def test_many_are_found_by_their_signs(tmp_path: Path) -> None:
    """Where there are more than are compared, signs choose whom to compare, and hardly ever wrongly."""
    count = 8 * CANDIDATES
    rows = unit(count, 256)
    arrays = Arrays(tmp_path, 256)
    arrays.cut(0)
    arrays.add(0, rows)
    among = np.arange(0, count, 2)
    found = wanted = 0
    for query in rows[:20] + 0.3 * unit(20, 256):
        for allowed in (None, among):
            numbers, _ = arrays.nearest(query, 10, allowed, count)
            exact, _ = best(
                rows if allowed is None else rows[among], query, np.arange(count) if allowed is None else among, 10
            )
            found += len(set(exact.tolist()) & set(numbers.tolist()))
            wanted += 10
    assert found / wanted > 0.97


def test_equal_vectors_are_no_burden(tmp_path: Path) -> None:
    arrays = Arrays(tmp_path, 64)
    arrays.cut(0)
    arrays.add(0, np.repeat(unit(1), 20_000, axis=0))
    numbers, scores = arrays.nearest(unit(1)[0], 10, None, 20_000)
    assert numbers.tolist() == list(range(10))
    assert len(set(scores.tolist())) == 1


def test_dimensions_that_fill_no_word_of_bits(tmp_path: Path) -> None:
    rows = unit(10_000, 50)
    arrays = Arrays(tmp_path, 50)
    arrays.cut(0)
    crc = arrays.add(0, rows)
    assert arrays.nearest(rows[77], 1, None, 10_000)[0].tolist() == [77]
    assert arrays.sound([(0, 10_000, crc)], thorough=True) == 1
    assert arrays.sound([(0, 10_000, crc ^ 1)], thorough=False) == 0
