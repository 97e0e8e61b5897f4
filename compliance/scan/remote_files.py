"""Files of object stores, through fsspec, with as much of `pathlib.Path` as a scan asks of a file.

A URL is read only if its scheme is one of `SCHEMES` and the user has allowed it. Where the store is and who may read it
is for the store's own library to find (its environment variables and files); nothing of that is taken from a URL.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from compliance.errors import InputError, UnreadableFile, UsageError

# Each scheme that can be allowed, and the package that reads it beside fsspec.
SCHEMES = {"file": "", "gs": "gcsfs", "s3": "s3fs"}
_READ = f"those of {', '.join(SCHEMES)} can be"
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_LONGEST = 4096
# What tells whether an object is still the same, in the words of the stores' libraries.
_MARKS = ("ETag", "etag", "generation", "md5Hash", "LastModified", "mtime", "updated")
# A request costs tens of milliseconds: a worker asks for much at once, a look at the beginning for little.
_READ_AHEAD = 8 * 1024 * 1024
_GLANCE = 64 * 1024

_troubles: list[str] | None = None


class RemoteFile:
    """One object. `exists`, `stat`, `open` and the like answer as those of a `Path` do, and raise only `OSError`."""

    def __init__(self, url: str, about: dict[str, Any] | None = None) -> None:
        self.url = url
        self.ahead = _READ_AHEAD if about is None else _GLANCE
        self._about = about

    def __str__(self) -> str:
        return self.url

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RemoteFile) and other.url == self.url

    def __hash__(self) -> int:
        return hash(self.url)

    @property
    def name(self) -> str:
        """The last part of the object's name."""
        return self.url.rpartition("/")[2]

    def resolve(self) -> RemoteFile:
        """The object itself: a store has no links."""
        return self

    def exists(self) -> bool:
        """Whether the object is there."""
        try:
            return bool(self.about())
        except OSError:
            return False

    def is_dir(self) -> bool:
        """False: `files_at` has opened the folders."""
        return False

    def is_file(self) -> bool:
        """Whether the object is there."""
        return self.exists()

    def about(self) -> dict[str, Any]:
        """What the store says of the object."""
        if self._about is None:
            with _as_oserror():
                self._about = dict(_system(self.url).info(self.url))
        return self._about

    def stat(self) -> SimpleNamespace:
        """Its size in bytes, and for the time of its last change a number that differs when the object does."""
        about = self.about()
        marks = "\0".join(f"{mark}={about[mark]}" for mark in _MARKS if about.get(mark) is not None)
        number = int.from_bytes(hashlib.sha256(marks.encode("utf-8", "surrogateescape")).digest()[:7], "big")
        return SimpleNamespace(st_size=int(about.get("size") or 0), st_mtime_ns=number)

    def open(self, mode: str = "rb", buffering: int = -1) -> io.RawIOBase:
        """The object's bytes from the start; reads are made in large requests whatever `buffering` says."""
        if mode != "rb":
            raise ValueError("objects of a store are only read")
        with _as_oserror():
            opened = _system(self.url).open(self.url, "rb", block_size=self.ahead, cache_type="readahead")
        return _Reader(opened)

    def read_bytes(self) -> bytes:
        """All of it."""
        with self.open() as handle:
            return handle.read()


class _Reader(io.RawIOBase):
    """An open object; a read that fails is noted for whoever is `watching`."""

    def __init__(self, opened: Any) -> None:
        self._opened = opened

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        with _as_oserror():
            data = self._opened.read(len(view))
        view[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._opened.seek(offset, whence))

    def tell(self) -> int:
        return int(self._opened.tell())

    def close(self) -> None:
        if not self.closed:
            self._opened.close()
        super().close()


@contextmanager
def watching() -> Iterator[list[str]]:
    """The troubles with stores until the end of the block: a scan would take them for a damaged file."""
    global _troubles
    _troubles = []
    try:
        yield _troubles
    finally:
        _troubles = None


@contextmanager
def _as_oserror() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # the stores' libraries raise errors of their own kinds
        if _troubles is not None:
            _troubles.append(_told(error))
        raise error if isinstance(error, OSError) else OSError(_told(error)) from None


def is_url(text: str) -> bool:
    """Whether a path on the command line is a URL."""
    return _URL.match(text) is not None


def file_at(spelled: str) -> Path:
    """The file that a source of a scan names: on this machine, or an object that passes for a path."""
    return cast(Path, RemoteFile(spelled)) if is_url(spelled) else Path(spelled)


def files_at(url: str, allowed: Collection[str]) -> list[Path]:
    """The objects that a URL names, those below a prefix in the order in which a folder's files are scanned.

    `UsageError` where the URL's scheme is not allowed, `UnreadableFile` where nothing is there or it cannot be listed.
    """
    _check(url, allowed)
    system = _system(url)
    try:
        path = system._strip_protocol(url)
        about = dict(system.info(path))
        if about.get("type") != "directory":
            return [cast(Path, RemoteFile(system.unstrip_protocol(path), about))]
        below = system.find(path, detail=True)
    except FileNotFoundError:
        raise UnreadableFile("no such object", file=url, remedy="check the URL") from None
    except Exception as error:
        raise UnreadableFile(
            f"the store cannot be read: {_told(error)}", file=url, remedy="check its address and your credentials"
        ) from None
    start = path.rstrip("/") + "/"
    found = {
        name: entry
        for name, entry in below.items()
        if entry.get("type") == "file"
        and not entry.get("islink")
        and not _hidden(name.removeprefix(start))
        and not (name.endswith("/") and not entry.get("size"))  # what stands for a folder in some stores
    }
    names = sorted(found, key=lambda name: _as_walked(name.removeprefix(start)))
    return [cast(Path, RemoteFile(system.unstrip_protocol(name), dict(found[name]))) for name in names]


def _check(url: str, allowed: Collection[str]) -> None:
    match = _URL.match(url)
    scheme = match.group(1) if match else ""
    if scheme not in SCHEMES:
        raise UsageError(f"URLs of {scheme or 'this kind'} are not read", remedy=_READ)
    if scheme not in allowed:
        raise UsageError(f"{scheme}: URLs are not allowed", remedy=f"allow them with --allow-url {scheme}")
    if "::" in url or len(url) > _LONGEST or not url.isprintable():
        raise UsageError("a URL that is chained, too long or not printable is not read", remedy="name an object")
    if scheme != "file" and "@" in url.partition("://")[2].partition("/")[0]:
        raise UsageError("a URL with a user or a password is not read", remedy="set credentials in the environment")


def _system(url: str) -> Any:
    """The file system of a URL's scheme."""
    scheme = url.partition("://")[0]
    if scheme not in SCHEMES:
        raise UsageError(f"URLs of {scheme} are not read", remedy=_READ)
    try:
        import fsspec  # type: ignore[import-untyped]

        return fsspec.filesystem(scheme)
    except ImportError:
        missing = " and ".join(filter(None, ["clearance[ray]", SCHEMES[scheme]]))
        raise UsageError(f"{scheme}: URLs need a library that is not installed", remedy=f"install {missing}") from None
    except Exception as error:
        raise InputError(f"the store of {scheme}: URLs cannot be used: {_told(error)}", file=url) from None


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _as_walked(name: str) -> list[tuple[bool, str]]:
    """An order in which a folder's own files come before those of its folders."""
    *folders, last = name.split("/")
    return [*((True, folder) for folder in folders), (False, last)]


def _told(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text).splitlines()[0][:120]
