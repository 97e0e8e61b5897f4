"""Real git repositories in the shape of an Open Terms Archive collection, and a way to run the command."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from compliance.cli import terms
from compliance.errors import ClearanceError

FILLER = "\n\n".join(
    f"{n}. {topic}. We may tell you about {topic.lower()} by a message to your account, and you agree to read it "
    f"within {n + 3} days of the day on which it was sent to the address on file."
    for n, topic in enumerate(
        ["Accounts", "Payments", "Refunds", "Notices", "Support", "Suspension", "Privacy", "Security", "Law", "Venue"],
        5,
    )
)
OTHER = "\n\n".join(
    f"{n}. {topic}. Each {topic.lower()} is decided by vote of all members present, counted twice by the clerk, and "
    f"written down in the book of {topic.lower()}s on page {n + 40} before anybody leaves the hall that evening."
    for n, topic in enumerate(["Budget", "Festival", "Election", "Garden", "Choir", "Library", "Market", "Bridge"], 1)
)
BAN = "You may not use the output of the Services to train machine learning models."


class Ran(NamedTuple):
    """What a run of the command answered."""

    code: int
    out: str
    error: str


def page(*clauses: str, title: str = "Terms of Service", filler: str = FILLER) -> str:
    """A document with a title, these clauses, and some that never change."""
    return "\n\n".join([f"# {title}", "Welcome to the Services.", *clauses, filler]) + "\n"


class Archive:
    """A repository that is written to commit by commit, a day after the other unless said otherwise."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, when: str = "2025-01-01T00:00:00+00:00") -> str:
        """Run git in the repository."""
        identity = {
            "GIT_AUTHOR_NAME": "archive", "GIT_AUTHOR_EMAIL": "archive@example.org", "GIT_AUTHOR_DATE": when,
            "GIT_COMMITTER_NAME": "archive", "GIT_COMMITTER_EMAIL": "archive@example.org", "GIT_COMMITTER_DATE": when,
            "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
        }  # fmt: skip
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, env={**os.environ, **identity}, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    def record(self, day: str, content: str | bytes | None, path: str = "Acme/Terms of Service.md") -> str:
        """Commit a version (None removes the file); its commit."""
        file = self.folder / path
        if content is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "-A")
        when = day if "T" in day else f"{day}T06:30:00+00:00"
        self.git("commit", "--quiet", "--allow-empty", "-m", f"Record new changes of {path}", when=when)
        return self.git("rev-parse", "HEAD")

    def bundle(self, path: Path) -> Path:
        """The whole history as a bundle."""
        self.git("bundle", "create", str(path), "--all")
        return path


def run(*arguments: str | Path) -> Ran:
    """Run `clearance terms` with these arguments."""
    top = argparse.ArgumentParser(exit_on_error=False)
    terms.register(top.add_subparsers(dest="command"))
    out, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        try:
            options = top.parse_args(["terms", *map(str, arguments)])
            code = int(options.run(options))
        except SystemExit:
            code = 64
        except ClearanceError as wrong:
            error.write(wrong.one_line())
            code = wrong.exit_code
    return Ran(code, out.getvalue(), error.getvalue())
