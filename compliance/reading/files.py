"""Regular files to decoded texts: bounded in size, never waiting on a pipe or device, UTF-8 alone."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from compliance.errors import MalformedText, UnreadableFile, UnsafeInput

MAX_BYTES = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Text:
    """A decoded text, the name under which errors speak of it, and the line of the file on which it starts."""

    name: str
    content: str
    first_line: int = 1

    @property
    def looks_like_json(self) -> bool:
        """Whether the first character that is not blank opens a JSON object or list."""
        return self.content[:4096].lstrip()[:1] in ("{", "[")

    def line_at(self, offset: int) -> int:
        """The line of the file in which the character at `offset` stands."""
        return self.first_line + self.content.count("\n", 0, offset)


def read_bytes(path: Path, *, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a regular file of at most `limit` bytes."""
    name = str(path)
    try:
        # Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
        try:
            mode = os.fstat(handle).st_mode
            if stat.S_ISDIR(mode):
                raise UnreadableFile("this is a folder", file=name, remedy="name a file inside it")
            if not stat.S_ISREG(mode):
                raise UnreadableFile("not a regular file", file=name, remedy="save its content to a file first")
            with open(handle, "rb", closefd=False) as file:
                data = file.read(limit + 1)
        finally:
            os.close(handle)
    except FileNotFoundError:
        raise UnreadableFile("no such file", file=name, remedy="check the path") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFile(f"cannot be read: {reason}", file=name, remedy="check the path and permissions") from None
    except ValueError:
        raise UnreadableFile("the path holds a NUL character", file=name, remedy="check the path") from None
    if len(data) > limit:
        raise UnsafeInput(f"larger than {limit // 1048576} MiB", file=name, remedy="split it into smaller files")
    return data


def decode(data: bytes, name: str) -> Text:
    """`data` as text: UTF-8 with or without a byte order mark; any other encoding is an error with its line."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise MalformedText("the file is UTF-16", file=name, line=1, remedy="save it as UTF-8")
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MalformedText(
            f"byte 0x{data[error.start]:02x} is not UTF-8", file=name, line=line, remedy="save the file as UTF-8"
        ) from None
    text = Text(name, content)
    nul = content.find("\0")
    if nul >= 0:
        raise MalformedText("a NUL byte", file=name, line=text.line_at(nul), remedy="save the file as plain UTF-8 text")
    if not content or content.isspace():
        raise MalformedText(
            "the file is empty", file=name, line=1, remedy="docs/manifest.md shows what belongs in a manifest"
        )
    return text
