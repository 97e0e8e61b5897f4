"""The direction of imports, and what the command line may load before it knows the command."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# The one table: what each part of the program may import beside itself. A part is a folder or a module of
# `compliance/`, or the folder `api/`. `errors` and `reading` serve all.
FOR_ALL = {"errors", "reading"}
FACTS = {"domain", "corpus", "ruleset"}
JUDGEMENT = FACTS | {"evidence", "scan", "provenance", "decision"}
TEXTS = {"terms", "index", "qa"}
WALK = JUDGEMENT | TEXTS | {"report", "ledger", "store"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "reading": {"errors"},
    "domain": set(),
    "corpus": {"domain"},
    "ruleset": {"domain", "corpus"},
    "evidence": FACTS,
    "scan": FACTS | {"evidence"},
    "fingerprint": FACTS | {"evidence"},
    "recordstore": FACTS | {"evidence", "scan", "fingerprint", "index", "store"},
    "provenance": FACTS | {"evidence", "scan", "fingerprint"},
    "decision": FACTS | {"evidence", "provenance"},
    "report": JUDGEMENT,
    "store": {"domain"},
    "ledger": JUDGEMENT | {"store"},  # a replay decides again
    "reviews": JUDGEMENT | {"store", "ledger"},
    "terms": {"domain", "corpus", "store"},
    "history": {"domain", "corpus", "store", "terms"},
    "index": {"domain", "corpus", "store", "terms"},
    "qa": {"domain", "corpus", "store", "terms", "index"},
    "check": WALK,
    "rule_cases": WALK | {"check"},
    "docs_providers": WALK | {"check"},
    "docs_pages": WALK | {"check", "cli", "docs_providers"},
    "cli": WALK | {"check", "rule_cases", "fingerprint", "history", "recordstore", "reviews", "api"},
    "api": WALK | {"check", "rule_cases", "history", "reviews"},
    "__main__": {"cli"},
    "__init__": set(),
}

HEAVY = {
    "chromadb",
    "fastapi",
    "fsspec",
    "hyperscan",
    "jinja2",
    "langchain",
    "langchain_chroma",
    "langchain_core",
    "langchain_huggingface",
    "license_expression",
    "msgspec",
    "numpy",
    "onnxruntime",
    "pyarrow",
    "pydantic",
    "ray",
    "rich",
    "sentence_transformers",
    "spacy",
    "sqlalchemy",
    "torch",
    "transformers",
    "uvicorn",
    "yaml",
}


def modules() -> list[Path]:
    """Every Python file of the program."""
    return sorted(p for top in ("compliance", "api") for p in (ROOT / top).rglob("*.py"))


def part_of(path: Path) -> str:
    """The part of the program that a file belongs to."""
    top, *rest = path.relative_to(ROOT).with_suffix("").parts
    return "api" if top == "api" else rest[0]


def imports(tree: ast.AST, path: Path) -> Iterator[tuple[str, int]]:
    """The full names that a file imports, wherever the import stands, with the line."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)


def target(name: str) -> str | None:
    """The part that an imported name belongs to; None for other libraries and for names of the package itself."""
    top, *rest = name.split(".")
    if top == "api":
        return "api"
    return rest[0] if top == "compliance" and rest and not rest[0].startswith("__") else None


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    part = part_of(path)
    assert part in MAY_IMPORT, f"say in the table of this test what {part} may import"
    allowed = MAY_IMPORT[part] | (FOR_ALL if part not in FOR_ALL else set()) | {part}
    wrong = [
        f"line {line}: {part} imports {name}"
        for name, line in imports(ast.parse(path.read_text("utf-8")), path)
        if (to := target(name)) is not None and to not in allowed
    ]
    assert not wrong, "\n".join(wrong)


def test_the_table_has_no_circle() -> None:
    done: set[str] = set()
    while left := [part for part in MAY_IMPORT if part not in done]:
        free = {part for part in left if MAY_IMPORT[part] <= done | {p for p in done if p in MAY_IMPORT}}
        assert free, f"a circle among {left}"
        done |= free


def at_module_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run on import, those inside `if`, `try` and classes included."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from at_module_level(node.orelse)
            continue
        yield node
        for field in ("body", "orelse", "finalbody", "handlers"):
            yield from at_module_level(getattr(node, field, []))


@pytest.mark.parametrize("path", sorted((ROOT / "compliance" / "cli").rglob("*.py")), ids=lambda p: p.name)
def test_commands_import_heavy_libraries_only_when_run(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    found = {
        name.partition(".")[0]
        for node in at_module_level(tree.body)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name, _ in imports(ast.Module([node], []), path)
    }
    assert not found & HEAVY


def test_the_command_line_loads_nothing_heavy() -> None:
    code = "import compliance.cli.main, sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = run.stdout.split()
    assert not {name.partition(".")[0] for name in loaded} & HEAVY
    own = {name.split(".")[1] for name in loaded if name.startswith("compliance.")}
    assert own <= {"cli", "errors"}, "a command imports its work inside its run function"
