"""One writer a store: two at once would spoil it, so the second is refused, or only reads.

The system lets go of a lock when its process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from compliance.errors import InputError


@contextlib.contextmanager
def one_writer(folder: Path) -> Iterator[None]:
    """Hold the store's lock for as long as the block lasts; an `InputError` where another process holds it."""
    try:
        handle = _opened(folder / "writer.lock")
    except OSError as error:
        raise InputError(
            f"the store cannot be written: {error.strerror or type(error).__name__}",
            file=str(folder),
            remedy="name a folder that may be written with --in",
        ) from None
    try:
        if not _taken(handle):
            raise InputError(
                "another process is writing to this store", file=str(folder), remedy="wait until it has ended"
            )
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def if_free(lock: Path) -> Iterator[bool]:
    """Hold a lock file for as long as the block lasts; False where another holds it or it cannot be made."""
    try:
        handle = _opened(lock)
    except OSError:
        yield False
        return
    try:
        yield _taken(handle)
    finally:
        os.close(handle)


def _opened(lock: Path) -> int:
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)


def _taken(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
