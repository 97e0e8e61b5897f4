"""Progress on standard error: how much is done, how fast, and when it will end."""

from __future__ import annotations

import time
from typing import TextIO

_FIRST = 1.0
_TERMINAL_EVERY = 0.2
_LOG_EVERY = 15.0


class Progress:
    """A line that is rewritten on a terminal, and a line now and then elsewhere; nothing for a scan of a moment."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.terminal = stream.isatty()
        self.started = time.monotonic()
        self.last = self.started
        self.first_done: int | None = None
        self.shown = False

    def show(self, done: int, total: int) -> None:
        """Tell of `done` bytes out of `total`."""
        now = time.monotonic()
        if self.first_done is None:
            self.first_done = done
        if now - self.started < _FIRST or now - self.last < (_TERMINAL_EVERY if self.terminal else _LOG_EVERY):
            return
        self.last = now
        rate = max(1.0, (done - self.first_done) / (now - self.started))
        left = max(0, total - done) / rate
        share = min(1.0, done / total) if total else 1.0
        text = f"{share:4.0%} of {_size(total)}, {rate / 1e6:.0f} MB/s, {_span(left)} left"
        self.stream.write(f"\r{text:<60}" if self.terminal else f"{text}\n")
        self.stream.flush()
        self.shown = True

    def end(self) -> None:
        """Clear the line."""
        if self.shown and self.terminal:
            self.stream.write("\r" + " " * 60 + "\r")
            self.stream.flush()


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1_000_000_000 else f"{count / 1e6:.0f} MB"


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
