"""The verifier shares no code with the writer, and runs as a folder of its own."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

from tampering import filled

import compliance.ledger.verify as verifier

FOLDER = Path(verifier.__file__).parent


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level <= 1, f"{path}: reaches outside its folder"
            if node.level == 0:
                found.add(str(node.module).split(".")[0])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "__import__":
            assert path.name == "__main__.py"
    return found


def test_it_imports_python_and_cryptography_alone() -> None:
    for path in FOLDER.glob("*.py"):
        others = imports(path) - sys.stdlib_module_names
        assert others <= ({"cryptography", "psycopg"} if path.name == "stores.py" else {"cryptography"}), path


def test_importing_it_loads_nothing_of_the_writer() -> None:
    code = (
        "import sys, compliance.ledger.verify as v; "
        "own = [m for m in sys.modules if m.startswith('compliance') and not m.startswith(v.__name__)]; "
        "print(sorted(own), [m for m in ('sqlalchemy', 'msgspec', 'rfc8785', 'alembic') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.split("\n")[0] == "['compliance', 'compliance.ledger'] []"


def test_it_runs_as_a_copied_folder(tmp_path: Path) -> None:
    filled(tmp_path / "audit.db", 12).close()
    shutil.copytree(FOLDER, tmp_path / "verify", ignore=shutil.ignore_patterns("__pycache__"))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        # -I: neither this project's folder nor its installation may help.
        command = [sys.executable, "-I", str(tmp_path / "verify"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    done = run("audit.db")
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("ok: the ledger is as it was written")
    data = bytearray((tmp_path / "audit.db").read_bytes())
    at = data.index(b'"kind":"login"')
    data[at + 8] ^= 1
    (tmp_path / "audit.db").write_bytes(data)
    done = run("audit.db")
    assert done.returncode == 1 and "FAULT" in done.stdout and "entry " in done.stdout
    assert run("absent").returncode == 65
    assert run("verify/check.py").returncode == 65
