"""Progress of embedding on standard error: how many texts, how many a second, and how long it will take."""

from __future__ import annotations

import time
from typing import TextIO

_TERMINAL_EVERY = 0.2
_LOG_EVERY = 15.0
_SLOW = 600.0
_WIDTH = 70


class TextProgress:
    """A line that is rewritten on a terminal, and a line now and then elsewhere; `hint` is said once of a long run."""

    def __init__(self, stream: TextIO, hint: str = "") -> None:
        self._stream = stream
        self._hint = hint
        self._terminal = stream.isatty()
        self._started = self._last = time.monotonic()
        self._shown = False

    def show(self, done: int, total: int) -> None:
        """Tell of `done` texts out of `total`."""
        now = time.monotonic()
        rate = done / max(1e-6, now - self._started)
        left = (total - done) / max(1e-6, rate)
        if self._hint and left > _SLOW:
            self.end()
            self._stream.write(f"clearance: {self._hint}\n")
            self._hint = ""
        if now - self._last < (_TERMINAL_EVERY if self._terminal else _LOG_EVERY):
            return
        self._last = now
        text = f"{done / total:4.0%} of {total:,} texts, {rate:,.0f} a second, {_span(left)} left"
        self._stream.write(f"\r{text:<{_WIDTH}}" if self._terminal else f"{text}\n")
        self._stream.flush()
        self._shown = True

    def end(self) -> None:
        """Clear the line."""
        if self._shown and self._terminal:
            self._stream.write("\r" + " " * _WIDTH + "\r")
            self._stream.flush()
        self._shown = False


def _span(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
