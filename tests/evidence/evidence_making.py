"""What the small files of the tests are made with: a file, its format, and what must be seen in it."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Made:
    """A file, its format, and items that its report must hold; a kind that is not named is not looked at."""

    name: str
    content: bytes
    format: str
    models: list[str] | None = None
    parties: list[str] | None = None
    datasets: list[str] | None = None
    base_models: list[str] | None = None
    licences: list[str] | None = None
    dates: list[str] | None = None
    channels: list[str] | None = None
    unknown: list[str] = field(default_factory=list)


def js(value: Any) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False).encode()


def jsonl(*values: Any) -> bytes:
    return b"".join(json.dumps(v).encode() + b"\n" for v in values)


def text(words: str) -> bytes:
    return words.lstrip("\n").encode()


def completion(model: str, identifier: str, created: int = 1_750_000_000, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": "Seven."}, "finish_reason": "stop"}
    return {
        "id": identifier,
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [choice],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1},
        **more,
    }


def tar_of(members: dict[str, bytes]) -> bytes:
    """A tar that holds `members`."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return held.getvalue()
