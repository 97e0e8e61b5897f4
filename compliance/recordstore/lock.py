"""One writer a store: two at once would spoil it, so the second is refused."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from compliance.errors import InputError


@contextlib.contextmanager
def one_writer(folder: Path) -> Iterator[None]:
    """Hold the store's lock for as long as the block lasts; an `InputError` where another process holds it.

    The system lets go of the lock when its process ends, however it ends.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(folder / "writer.lock", os.O_RDWR | os.O_CREAT, 0o600)
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
