"""Settings for all tests: no property is timed, since machines differ, and CI looks at the same examples each time."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("any-machine", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "any-machine")


def pytest_unconfigure(config: object) -> None:
    """Leave before the interpreter's last collection, which was seen to crash inside the record library."""
    import sys

    code = getattr(getattr(config, "_clearance_session", None), "exitstatus", 1)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(code))


def pytest_sessionstart(session: object) -> None:
    """Keep the session, whose exit status is the answer."""
    session.config._clearance_session = session  # type: ignore[attr-defined]
