"""The door to the ledger: open it, append, close it. Safe to share between threads and coroutines."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from compliance.errors import InputError, UnreadableFile, UsageError
from compliance.ledger import log
from compliance.ledger.appender import Appender, Clock, Operation, now
from compliance.ledger.entry import Draft, Entry, draft
from compliance.ledger.keys import SigningKey, read_key, read_or_make_key, write_key
from compliance.ledger.kinds import OWN, KeyEvent, Said
from compliance.ledger.log import Log
from compliance.ledger.writer import Taken, Ticket, Writer
from compliance.store.engine import is_url, open_engine, said_plainly, sync_folder
from compliance.store.migrate import LEDGER

KEY_VARIABLE = "CLEARANCE_LEDGER_KEY"

_VKEY = re.compile(r"[^\s+]+\+([0-9a-f]{8})\+[A-Za-z0-9+/]+=*\Z")

Body = Mapping[str, Any] | Said


def open_ledger(place: str | Path, *, key: Path | None = None, clock: Clock = now) -> Ledger:
    """The ledger at a path or URL, to append to; where there is none, it is made, with a key of its own."""
    engine = open_engine(place, create=True)
    key_file = key or default_key_file(place)
    appender = Appender(engine, lambda vkey: _key_of(key_file, vkey), clock)
    try:
        with said_plainly(place):
            LEDGER.upgrade(engine)
            _begin(appender, key_file)
    except BaseException:
        engine.dispose()
        raise
    return Ledger(appender, Log(engine, place), key_file)


def default_key_file(place: str | Path) -> Path:
    """Where the signing key is kept: `$CLEARANCE_LEDGER_KEY`, beside a file, or in the user's settings for a URL."""
    chosen = os.environ.get(KEY_VARIABLE)
    if chosen:
        return Path(chosen)
    if not is_url(place):
        return Path(f"{place}.key")
    home = os.environ.get("XDG_CONFIG_HOME")
    try:
        folder = Path(home) if home else Path.home() / ".config"
    except RuntimeError:
        raise UsageError("no place for the ledger's key", remedy=f"set {KEY_VARIABLE} to a file") from None
    return folder / "clearance" / "ledger.key"


class Ledger:
    """An open ledger. Every append returns once its entries are on disk, under a signed checkpoint."""

    def __init__(self, appender: Appender, log: Log, key_file: Path) -> None:
        self.log = log
        self.key_file = key_file
        self._appender = appender
        self._writer = Writer(appender, log.place)

    def append(self, kind: str, body: Body, *, texts: Mapping[str, bytes] | None = None) -> Entry:
        """One entry; `texts` are stored once each, under the hashes by which the body names them."""
        return self._writer.put(Ticket([_said(kind, body)], texts)).wait()[0]

    def append_many(self, said: Sequence[tuple[str, Body]], *, texts: Mapping[str, bytes] | None = None) -> list[Entry]:
        """Several entries, one after the other in the log, all or none."""
        return self._writer.put(Ticket([_said(kind, body) for kind, body in said], texts)).wait()

    async def append_async(self, kind: str, body: Body, *, texts: Mapping[str, bytes] | None = None) -> Entry:
        """As `append`, without blocking the event loop."""
        return (await self._writer.put_async(Ticket([_said(kind, body)], texts)))[0]

    async def append_many_async(
        self, said: Sequence[tuple[str, Body]], *, texts: Mapping[str, bytes] | None = None, taken: Taken | None = None
    ) -> list[Entry]:
        """As `append_many`, without blocking the event loop; no entries where `taken` says no in the transaction."""
        return await self._writer.put_async(Ticket([_said(kind, body) for kind, body in said], texts, taken=taken))

    def perform(self, operation: Operation) -> list[Entry]:
        """Do something to stored entries and record it, in one transaction that nothing else shares."""
        return self._writer.put(Ticket([], operation=operation)).wait()

    def rotate_key(self, reason: str, by: str) -> Entry:
        """Put a new signing key in place; the checkpoint over the entry that says so is signed by both."""
        assert self._appender.key is not None
        private = Ed25519PrivateKey.generate()
        key = SigningKey(self._appender.key.origin, private)
        write_key(_successor(self.key_file, key.vkey), private)
        said = KeyEvent(subject=key.id, event="rotated", vkey=key.vkey, reason=reason, by=by)
        made = self._writer.put(Ticket([draft("key", said)], next_key=key)).wait()[0]
        _succeed(self.key_file, key.vkey)
        return made

    def close(self) -> None:
        """Append what is queued and let go of the database."""
        self._writer.close()
        self.log.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _said(kind: str, body: Body) -> Draft:
    if kind in OWN:
        raise UsageError(
            f"entries of the kind {kind!r} are written by the ledger itself",
            remedy="use redact, hold, release or rotate_key",
        )
    return draft(kind, body)


def _begin(appender: Appender, key_file: Path) -> None:
    """See that the log's key is here; a log that is empty gets one, and its first entry says so."""
    with appender.engine.connect() as connection:
        held = log.vkeys(connection)
    if not held:
        key = SigningKey(f"clearance.local/ledger/{secrets.token_hex(8)}", read_or_make_key(key_file))
        said = draft("key", KeyEvent(subject=key.id, event="created", vkey=key.vkey))

        def first(connection: Connection) -> list[Draft]:
            return [] if log.size(connection) else [said]

        if appender.commit([], operation=first, next_key=key):
            return
        with appender.engine.connect() as connection:
            held = log.vkeys(connection)
        if not held:
            raise InputError("the ledger records no key", remedy="clearance ledger verify says what is wrong")
    appender.key = _key_of(key_file, held[-1][1])


def _key_of(key_file: Path, vkey: str) -> SigningKey:
    """The key whose verifier key this is, from its file or from the file of one that is about to replace it."""
    origin = vkey.split("+")[0]
    successor = _successor(key_file, vkey)
    if not key_file.exists() and not successor.exists():
        raise UnreadableFile(
            "the ledger's signing key is not here", file=str(key_file), remedy=f"name it with {KEY_VARIABLE}"
        )
    if key_file.exists():
        key = SigningKey(origin, read_key(key_file))
        if key.vkey == vkey:
            return key
    if successor.exists():
        # A rotation was recorded, and the file is not in place yet, or the program ended before it was.
        key = SigningKey(origin, read_key(successor))
        if key.vkey == vkey:
            _succeed(key_file, vkey)
            return key
    raise InputError(
        "this is not the key that the ledger was last signed with", file=str(key_file), remedy=f"it is {vkey}"
    )


def _successor(key_file: Path, vkey: str) -> Path:
    """Where a new key waits until the log has recorded it, by its id, so that no other can take its place."""
    known = _VKEY.match(vkey)
    if known is None:
        raise InputError("the ledger's table of keys is broken", remedy="clearance ledger verify says how")
    return key_file.with_name(f"{key_file.name}.{known[1]}.new")


def _succeed(key_file: Path, vkey: str) -> None:
    try:
        os.replace(_successor(key_file, vkey), key_file)
        sync_folder(key_file.parent)
    except FileNotFoundError:
        return  # another process with the same ledger was first
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFile(f"the key cannot be written: {reason}", file=str(key_file)) from None
