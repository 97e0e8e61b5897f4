"""Server-sent events: a name, a document, an empty line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.responses import StreamingResponse

MEDIA_TYPE = "text/event-stream"


def event(name: str, data: Any) -> bytes:
    """One event; JSON holds no line break, so its data is one line."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))


def stream(events: AsyncIterator[bytes]) -> StreamingResponse:
    """Events as they come; no proxy may hold them back."""
    return StreamingResponse(events, media_type=MEDIA_TYPE, headers={"X-Accel-Buffering": "no"})
