"""The documentation is true: its commands run and print what it shows, and its links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
WITH_COMMANDS = [page for page in PAGES if "```console" in page.read_text(encoding="utf-8")]
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def run(command: str, folder: Path) -> tuple[int, str]:
    """The exit code and output of a line of a console block; a redirection writes into `folder`."""
    line, _, target = command.partition(" > ")
    words = shlex.split(line)
    assert words[0] == "clearance", command
    done = subprocess.run(
        [sys.executable, "-m", "compliance", *words[1:]],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    if target:
        (folder / target.strip()).write_text(done.stdout, encoding="utf-8")
        return done.returncode, ""
    return done.returncode, done.stdout + done.stderr


def shown(wanted: list[str], output: str) -> bool:
    """Whether the wanted lines stand in the output in this order; `...` stands for any lines between."""
    lines = [line.rstrip() for line in output.splitlines()]
    at, free = 0, False
    for line in wanted:
        if line.strip() == "...":
            free = True
            continue
        found = next((n for n in range(at, len(lines)) if lines[n] == line.rstrip()), None)
        if found is None or (not free and found != at):
            return False
        at, free = found + 1, False
    return True


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: page.name)
def test_commands_print_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copytree(ROOT / "rules", tmp_path / "my-rules")  # what the page on writing a rule starts from
    for block in re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        for part in re.split(r"(?m)^\$ ", block)[1:]:
            command, *wanted = part.rstrip("\n").split("\n")
            code = 0
            if wanted and wanted[-1].startswith("# exit code "):
                code = int(wanted.pop().removeprefix("# exit code "))
            found, output = run(command, tmp_path)
            assert found == code, f"{command}: {found}\n{output}"
            assert shown(wanted, output), f"{command}\n{output}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
