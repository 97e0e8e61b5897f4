"""The files that run the service for real say what the program understands, and name what the project holds."""

from __future__ import annotations

import argparse
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from compliance.cli.main import parser

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"


def understood(words: list[str]) -> argparse.Namespace:
    """The options of a command line of ours; SystemExit where it is not understood."""
    return parser().parse_args(words)


def test_the_units_start_commands_that_there_are() -> None:
    commands = [
        re.sub(r"'$", "", line.partition("/opt/clearance/bin/clearance ")[2])
        for unit in DEPLOY.glob("*.service")
        for line in unit.read_text(encoding="utf-8").splitlines()
        if line.startswith("ExecStart=")
    ]
    assert len(commands) == 2
    for command in commands:
        understood(shlex.split(command.replace("$(date -u +%%Y%%m%%dT%%H%%M%%SZ)", "now")))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize(
    "unit", sorted(DEPLOY.glob("*.service")) + sorted(DEPLOY.glob("*.timer")), ids=lambda u: u.name
)
def test_systemd_reads_the_units(unit: Path, tmp_path: Path) -> None:
    program = tmp_path / "clearance"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for other in DEPLOY.glob("clearance*.*"):
        text = other.read_text(encoding="utf-8").replace("/opt/clearance/bin/clearance", str(program))
        (tmp_path / other.name).write_text(text, encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", tmp_path / unit.name], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr.strip(), done.stderr


def test_the_image_holds_what_is_here_and_starts_what_there_is() -> None:
    lines = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    copied = [
        word for line in lines if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]
    ]
    assert {"pyproject.toml", "compliance", "api", "corpora", "rules"} <= set(copied)
    assert all((ROOT / name).exists() for name in copied)
    started = {
        line.split()[0]: yaml.safe_load(line.partition(" ")[2]) for line in lines if line.startswith(("ENTRY", "CMD"))
    }
    assert started["ENTRYPOINT"] == ["clearance"]
    understood(started["CMD"])
    named = re.findall(r"clearance (keys .*)", "\n".join(lines))
    assert named and understood(shlex.split(named[0]))
    assert any(line.startswith("USER ") and "root" not in line for line in lines)


def test_the_services_of_the_composition_fit_together() -> None:
    whole = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    ours = whole["services"]["clearance"]
    understood(ours["command"])
    assert ours["environment"]["CLEARANCE_LEDGER"].partition("@")[2].partition("/")[0] in whole["services"]
    assert ours["environment"]["CLEARANCE_CHROMA"] == "http://chroma:8000"
    assert set(ours["depends_on"]) <= set(whole["services"])
    for service in whole["services"].values():
        volumes = [v.partition(":")[0] for v in service.get("volumes", ())]
        assert all(name in whole["volumes"] for name in volumes if not name.startswith("."))
        assert all(name in whole["secrets"] for name in service.get("secrets", ()))
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), "a proxy that ends TLS stands before it"
