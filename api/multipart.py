"""Reading `multipart/form-data`: files go to the disk as they arrive, under random names, and never beyond a limit."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import anyio
from anyio import to_thread
from fastapi import HTTPException, Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

KIND = "multipart/form-data"
MAX_FILES = 500
MAX_FIELDS = 50
DEPTH = 8
_PART = re.compile(r"[\w@+=,()\[\]-][\w .@+=,()\[\]-]{0,119}")


@dataclass(slots=True)
class SentFile:
    """A file that was sent: its name, where its bytes lie, and the field of the form that it came in."""

    name: str
    path: Path
    field: str = ""
    bytes: int = 0
    sha256: str = ""


@dataclass(slots=True)
class Sent:
    """What was sent: fields in memory, files on the disk."""

    fields: dict[str, str] = field(default_factory=dict)
    files: list[SentFile] = field(default_factory=list)


def safe_name(given: str) -> str:
    """A file's name as we keep it, with its folders; 422 for one that could lead elsewhere."""
    parts = given.replace("\\", "/").split("/")
    if len(parts) > DEPTH or not all(_PART.fullmatch(p) and not p.endswith((" ", ".")) for p in parts):
        raise HTTPException(422, "a file's name has letters, digits and . _ - + = @, in at most 8 folders")
    return "/".join(parts)


class _Receiver:
    """The parser's callbacks; they run beside the loop, since they write."""

    def __init__(self, folder: Path, max_field: int, apart: str) -> None:
        self.sent = Sent()
        self._apart = apart
        self._folder = folder
        self._left = max_field
        self._names: set[tuple[bool, str]] = set()
        self._header = [b"", b""]
        self._disposition = b""
        self._out: BinaryIO | None = None
        self._digest = hashlib.sha256()
        self._field: tuple[str, bytearray] | None = None
        self.ended = False

    def on_part_begin(self) -> None:
        self._disposition = b""

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def on_header_end(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            self._disposition = value
        self._header = [b"", b""]

    def on_headers_finished(self) -> None:
        kind, options = parse_options_header(self._disposition)
        if kind != b"form-data" or b"name" not in options:
            raise HTTPException(400, "a part says not what it is")
        name = _text(options[b"name"])
        if b"filename" not in options:
            if len(self.sent.fields) >= MAX_FIELDS:
                raise HTTPException(413, f"at most {MAX_FIELDS} fields")
            self._field = (name, bytearray())
            return
        given = _text(options[b"filename"])
        if not given:  # a file input that was left empty
            return
        if len(self.sent.files) >= MAX_FILES:
            raise HTTPException(413, f"at most {MAX_FILES} files at once")
        kept = safe_name(given)
        if (name == self._apart, kept) in self._names:
            raise HTTPException(422, f"two files have the name {kept}")
        self._names.add((name == self._apart, kept))
        path = self._folder / secrets.token_hex(16)
        self._out, self._digest = path.open("xb"), hashlib.sha256()
        self.sent.files.append(SentFile(kept, path, name))

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._out is not None:
            chunk = memoryview(data)[start:end]
            self._out.write(chunk)
            self._digest.update(chunk)
            self.sent.files[-1].bytes += end - start
        elif self._field is not None:
            self._left -= end - start
            if self._left < 0:
                raise HTTPException(413, "the fields are too large")
            self._field[1].extend(data[start:end])

    def on_part_end(self) -> None:
        if self._out is not None:
            self._out.close()
            self.sent.files[-1].sha256 = self._digest.hexdigest()
        elif self._field is not None:
            self.sent.fields[self._field[0]] = _text(bytes(self._field[1]))
        self._out, self._field = None, None

    def on_end(self) -> None:
        self.ended = True

    def close(self) -> None:
        if self._out is not None:
            self._out.close()


async def receive(
    request: Request, folder: Path, *, limit: int, max_field: int, seconds: float, apart: str = ""
) -> Sent:
    """What a request sends, its files below `folder`; 413 at the byte that is too many, 408 if the rest stays out.

    Files of the field `apart` are not of the others: they may have the same names.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if kind != KIND.encode() or not 1 <= len(boundary) <= 70:
        raise HTTPException(415, f"send {KIND}")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > limit:
        raise HTTPException(413, f"at most {limit:,} bytes")
    receiver = _Receiver(folder, max_field, apart)
    names = [name for name in dir(receiver) if name.startswith("on_")]
    callbacks: Any = {name: getattr(receiver, name) for name in names}
    parser = MultipartParser(boundary, callbacks)
    taken = 0
    try:
        with anyio.fail_after(seconds):
            async for chunk in request.stream():
                taken += len(chunk)
                if taken > limit:
                    raise HTTPException(413, f"at most {limit:,} bytes")
                await to_thread.run_sync(parser.write, chunk)
    except TimeoutError:
        raise HTTPException(408) from None
    except (ClientDisconnect, MultipartParseError):
        raise HTTPException(400, "the form is broken off or not well formed") from None
    finally:
        receiver.close()
    if not receiver.ended:
        raise HTTPException(400, "the form is broken off or not well formed")
    return receiver.sent


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise HTTPException(400, "the form is not UTF-8") from None
