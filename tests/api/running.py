"""A real service in a process of its own, on the loopback interface."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
LAUNCH = Path(__file__).with_name("launch.py")
EXAMPLES = ROOT / "examples"
OWN_LAB = (EXAMPLES / "own-lab.yaml").read_bytes()
ENVIRONMENT = {
    **{k: v for k, v in os.environ.items() if not k.startswith("CLEARANCE_")},
    "PYTHONPATH": str(ROOT),
}
SECONDS = 90


def run(*words: str, folder: Path = ROOT, **more: str) -> subprocess.CompletedProcess[str]:
    """A command to its end."""
    return subprocess.run(
        [sys.executable, str(LAUNCH), *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**ENVIRONMENT, **more},
        timeout=SECONDS,
    )


class Running:
    """`clearance serve` on a port of its own; `client` speaks to it, without a credential."""

    def __init__(self, folder: Path, *words: str, ledger: str = "audit.db", up: str = "/readyz") -> None:
        self.folder, self.ledger = folder, ledger
        self.log = folder / f"log-{time.monotonic_ns()}"
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, str(LAUNCH), "serve", "--port", "0", "--ledger", ledger, "--deciders", "1", *words],
                cwd=folder,
                stderr=out,
                env=ENVIRONMENT,
            )
        self.url = self._told(r"serving on (http://\S+),")
        self.client = httpx.Client(base_url=self.url, timeout=SECONDS)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            try:
                if self.client.get(up).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    @property
    def token(self) -> str:
        """The start-up token."""
        return self._told(r"login\?token=(\S+)")

    def key(self, role: str, name: str = "test", days: int = 1) -> str:
        """A new key's token."""
        words = ("keys", "create", "--name", name, "--role", role, "--days", str(days), "--ledger", self.ledger)
        made = run(*words, folder=self.folder)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    def as_(self, token: str) -> httpx.Client:
        """A client that holds a token."""
        return httpx.Client(base_url=self.url, timeout=SECONDS, headers={"Authorization": f"Bearer {token}"})

    def stop(self) -> None:
        """End it as a service manager does."""
        self.client.close()
        self.process.terminate()
        self.process.wait(SECONDS)

    def _told(self, pattern: str) -> str:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            found = re.search(pattern, self.log.read_text())
            if found:
                return found[1]
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())


def check(
    client: httpx.Client, manifest: bytes = OWN_LAB, kind: str = "application/yaml", **more: str
) -> httpx.Response:
    """A check by POST; `more` are headers, with - for _."""
    headers = {"Content-Type": kind, **{name.replace("_", "-"): value for name, value in more.items()}}
    return client.post("/v1/checks", content=manifest, headers=headers)
