"""Settings for all tests: no property is timed, since machines differ, and CI looks at the same examples each time."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("any-machine", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "any-machine")
