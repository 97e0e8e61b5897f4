"""Running git on what may be hostile: no hooks, helpers, prompts, lazy fetching, user or system configuration."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from compliance.errors import InternalError, UnsafeInput

_SECONDS = 3600
_SAFE = (
    "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.attributesFile=/dev/null",
    "-c", "protocol.allow=never", "-c", "submodule.recurse=false", "-c", "fetch.recurseSubmodules=false",
    "-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "safe.directory=*",
    "-c", "credential.helper=", "-c", "core.askPass=", "-c", "log.showSignature=false",
)  # fmt: skip


def command(arguments: list[str], folder: Path | None) -> list[str]:
    """The command line of git with our settings, on a repository of ours or on none."""
    return ["git", *_SAFE, *([f"--git-dir={folder}"] if folder else []), *arguments]


def git(arguments: list[str], folder: Path | None, *, cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run git to its end; the caller looks at the return code."""
    try:
        return subprocess.run(
            command(arguments, folder),
            cwd=cwd,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            env=environment() | ({"GIT_CEILING_DIRECTORIES": str(cwd.resolve().parent)} if cwd else {}),
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnsafeInput(f"git {arguments[0]} took more than an hour", remedy="clone it yourself first") from None


def environment() -> dict[str, str]:
    """What git may see: no configuration but ours, no prompts, no credentials, no lazy fetching."""
    kept = {k: os.environ[k] for k in ("PATH", "TMPDIR", "SYSTEMROOT", "SSL_CERT_FILE") if k in os.environ}
    return kept | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_PAGER": "cat",
        "HOME": os.devnull,
        "LC_ALL": "C",
    }


def reason(stderr: bytes) -> str:
    """The line in which git says why."""
    lines = [x.strip() for x in stderr.decode("utf-8", "replace").splitlines() if x.strip()]
    words = next((x for x in lines if x.startswith(("fatal:", "error:"))), lines[0] if lines else "no reason given")
    return re.sub(r"^(fatal|error):\s*", "", words)[:200]


def empty_repository(own: Path, object_format: str) -> None:
    """Make an empty bare repository, whose configuration is ours alone."""
    if object_format not in ("sha1", "sha256"):
        raise UnsafeInput("its objects are named in a way that is not known", remedy="clone it again")
    done = subprocess.run(
        command(["init", "--quiet", "--bare", "--template=", f"--object-format={object_format}", str(own)], None),
        capture_output=True,
        env=environment(),
        check=False,
    )
    if done.returncode != 0:
        raise InternalError(f"git init failed: {reason(done.stderr)}", remedy="check the space for temporary files")
    (own / "objects" / "info").mkdir(exist_ok=True)
