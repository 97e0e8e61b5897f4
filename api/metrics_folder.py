"""The folder in which the workers of one `clearance serve` count together, named by the process that started them."""

from __future__ import annotations

import multiprocessing
import shutil
from contextlib import suppress
from pathlib import Path

from api.metrics import alive
from api.settings import Settings
from compliance.errors import UnreadableFile
from compliance.reading.cache import place_of
from compliance.store.engine import is_url


def shared_folder(settings: Settings) -> Path | None:
    """The folder of this worker and those beside it, made where it is not there yet; None for a process by itself.

    It lies beside the ledger's file, or with a URL in the user's cache. Folders whose service has ended are removed.
    """
    parent = multiprocessing.parent_process()
    if parent is None or parent.pid is None:
        return None
    base = place_of("metrics") if is_url(settings.ledger) else Path(f"{settings.ledger}.metrics").resolve()
    folder = base / f"{parent.pid}-{_began(parent.pid)}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _prune(base)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFile(
            f"the metrics cannot be kept: {reason}", file=str(base), remedy="check its permissions"
        ) from None
    return folder


def _prune(base: Path) -> None:
    for old in base.iterdir():
        pid, _, began = old.name.partition("-")
        if pid.isdecimal() and not (alive(int(pid)) and _began(int(pid)) == began):
            shutil.rmtree(old, ignore_errors=True)


def _began(pid: int) -> str:
    """When a process began, in ticks since the machine did, so that a later one of its number is another; else 0."""
    with suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[19]
    return "0"
