"""Running a command as somebody who may not write and read everywhere, whoever runs the tests."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

NOBODY = 65534


def as_somebody(command: list[str], below: Path) -> list[str]:
    """The command as an ordinary user runs it, who may enter the folders down to `below`."""
    if os.geteuid() != 0:
        return command
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed (apt-get install util-linux)")
    top = Path(tempfile.gettempdir()).resolve()
    for folder in (below, *below.parents):
        if folder == top or top not in folder.parents:
            break
        folder.chmod(folder.stat().st_mode | 0o055)
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]
