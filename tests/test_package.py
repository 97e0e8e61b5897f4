"""What the package itself offers."""

from __future__ import annotations

import subprocess
import sys

import pytest

import compliance
from api import client


def test_the_gate_is_an_attribute_of_the_package() -> None:
    from compliance import gate

    assert gate is compliance.gate is client.gate
    assert "gate" in dir(compliance)
    with pytest.raises(AttributeError, match="gates"):
        _ = compliance.gates


def test_the_package_loads_nothing_until_the_gate_is_asked_for() -> None:
    code = "import sys, compliance; before = set(sys.modules); compliance.gate; print(*before, ':', *sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, _, after = run.stdout.partition(":")
    assert not {"httpx", "api.client", "msgspec", "compliance.errors"} & set(before.split())
    assert {"httpx", "api.client"} <= set(after.split())
