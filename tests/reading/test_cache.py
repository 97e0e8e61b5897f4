"""The user's cache: where it lies, and that nothing half-written is ever read."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance.errors import UsageError
from compliance.reading import cache


def test_what_is_kept_is_read_again_and_leaves_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARANCE_CACHE", str(tmp_path))
    spot = cache.place_of("marks.bin")
    assert cache.read(spot) is None
    assert cache.write(spot, b"one") and cache.write(spot, b"two")
    assert cache.read(spot) == b"two"
    assert [p.name for p in (tmp_path / "clearance").iterdir()] == ["marks.bin"]


def test_a_folder_that_cannot_be_made_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("CLEARANCE_CACHE", str(tmp_path / "file"))
    spot = cache.spot_of("marks.bin")
    assert not cache.write(spot, b"one") and cache.read(spot) is None


def test_without_a_home_nothing_is_kept_and_what_must_be_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError

    for name in ("CLEARANCE_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert cache.spot_of("marks.bin") is None and not cache.write(None, b"") and cache.read(None) is None
    with pytest.raises(UsageError, match="no folder"):
        cache.place_of("marks.bin")
