"""The signing key (Ed25519), its file, and checkpoints in the C2SP forms signed note and tlog-checkpoint.

The private key is a PKCS 8 file that only its owner may read. What others need is the *verifier key*, one line:
`<origin>+<key id>+<base64 of 0x01 and the public key>`.
"""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.errors import InputError, UnreadableFile
from compliance.reading.structured import read_bytes
from compliance.store.engine import sync_folder

ALGORITHM = b"\x01"
MAX_KEY_FILE = 16 * 1024


class SigningKey:
    """A private key under the name of the log that it signs for."""

    def __init__(self, origin: str, private: Ed25519PrivateKey) -> None:
        self.origin = origin
        self._private = private
        self._public = ALGORITHM + private.public_key().public_bytes_raw()
        self._id = hashlib.sha256(f"{origin}\n".encode() + self._public).digest()[:4]

    @property
    def vkey(self) -> str:
        """The verifier key, for others."""
        return f"{self.origin}+{self._id.hex()}+{base64.b64encode(self._public).decode()}"

    @property
    def id(self) -> str:
        """The key's short name: the four bytes that stand in its signatures, in hex."""
        return self._id.hex()

    def line(self, text: bytes) -> bytes:
        """The signature line of a note."""
        signature = base64.b64encode(self._id + self._private.sign(text))
        return f"\u2014 {self.origin} ".encode() + signature + b"\n"


def checkpoint(size: int, root: bytes, keys: list[SigningKey]) -> bytes:
    """A signed note that says: the log of this origin has this size and this root."""
    text = f"{keys[0].origin}\n{size}\n{base64.b64encode(root).decode()}\n".encode()
    return text + b"\n" + b"".join(key.line(text) for key in keys)


def read_key(path: Path) -> Ed25519PrivateKey:
    """The private key in a file that nobody but its owner may read."""
    data = read_bytes(path, limit=MAX_KEY_FILE)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise InputError("others may read this private key", file=str(path), remedy=f"chmod 600 {path}")
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError):
        raise InputError("not a private key in PEM form", file=str(path), remedy="name the ledger's key file") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError("not an Ed25519 key", file=str(path), remedy="name the ledger's key file")
    return key


def read_or_make_key(path: Path) -> Ed25519PrivateKey:
    """The key at `path`; where there is none, a new one, of which at most one is made whoever else tries."""
    if not path.exists():
        with suppress(FileExistsError):  # where somebody else was first, theirs is read
            write_key(path, Ed25519PrivateKey.generate())
    return read_key(path)


def write_key(path: Path, key: Ed25519PrivateKey) -> None:
    """Put a key into a new file, whole and durable when this returns; `FileExistsError` where a file is there."""
    data = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            os.link(name, path)
        finally:
            Path(name).unlink(missing_ok=True)
        sync_folder(path.parent)
    except FileExistsError:
        raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFile(f"the key cannot be written: {reason}", file=str(path)) from None
