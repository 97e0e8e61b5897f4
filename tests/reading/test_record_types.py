"""No record type may have the shape on which the record library frees memory that is not its own.

msgspec (seen in 0.18.6 to 0.22.0) miscounts the parts of a union of a string with a pattern and a list, tuple, set or
mapping: when the type goes, the compiled pattern is freed as if it were a type. The process then dies in a collection
or at its end, now and then, far from the cause. A pattern in such a union must be checked elsewhere.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import inspect

import compliance

CONTAINERS = (
    inspect.ListType,
    inspect.VarTupleType,
    inspect.TupleType,
    inspect.SetType,
    inspect.FrozenSetType,
    inspect.DictType,
)

EXERCISE = """
import gc, sys
from pathlib import Path
import msgspec
from compliance.corpus.records import CorpusFile
from compliance.domain.manifest import Manifest
from compliance.evidence.places import read_placed
for example in sorted(Path(sys.argv[1]).glob("*.yaml")):
    manifest = read_placed(example).manifest
    assert msgspec.json.decode(msgspec.json.encode(manifest), type=Manifest) == manifest
    gc.collect()
msgspec.msgpack.decode(msgspec.msgpack.encode(CorpusFile()), type=CorpusFile)
"""
EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"


def dangerous(kind: inspect.Type) -> list[str]:
    """The fields below a type where a union mixes a string with a pattern and a container."""
    found: list[str] = []
    seen: set[Any] = set()

    def visit(info: Any, place: str) -> None:
        if isinstance(info, inspect.Metadata):
            visit(info.type, place)
        elif isinstance(info, inspect.UnionType):
            inner = [i.type if isinstance(i, inspect.Metadata) else i for i in info.types]
            patterned = any(isinstance(i, inspect.StrType) and i.pattern is not None for i in inner)
            if patterned and any(isinstance(i, CONTAINERS) for i in inner):
                found.append(place)
            for part in info.types:
                visit(part, place)
        elif isinstance(info, inspect.StructType):
            if info.cls not in seen:
                seen.add(info.cls)
                for field in info.fields:
                    visit(field.type, f"{info.cls.__name__}.{field.name}")
        else:
            for name in ("item_type", "key_type", "value_type"):
                if getattr(info, name, None) is not None:
                    visit(getattr(info, name), place)
            for item in getattr(info, "item_types", ()):
                visit(item, place)

    visit(kind, "")
    return found


def record_types() -> list[type[Any]]:
    """Every record type of the program."""
    found: dict[str, type[Any]] = {}
    for info in pkgutil.walk_packages(compliance.__path__, "compliance."):
        if info.name.rpartition(".")[2] == "__main__":
            continue
        try:
            module = importlib.import_module(info.name)
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("compliance"):
                raise
            continue  # an optional library that is not installed here
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, msgspec.Struct) and value.__module__ == module.__name__:
                found[f"{value.__module__}.{value.__qualname__}"] = value
    return [found[name] for name in sorted(found)]


def test_the_search_sees_the_shape() -> None:
    """Described, not declared: to declare such a type is to crash."""
    patterned, plain = inspect.StrType(pattern="x"), inspect.StrType(min_length=1)
    names = inspect.ListType(patterned)
    assert dangerous(inspect.UnionType((names, inspect.Metadata(patterned), inspect.NoneType()))) == [""]
    assert dangerous(inspect.DictType(plain, inspect.UnionType((patterned, inspect.SetType(plain))))) == [""]
    assert not dangerous(inspect.UnionType((names, plain)))


def test_there_are_record_types() -> None:
    assert len(record_types()) > 40


@pytest.mark.parametrize("kind", record_types(), ids=lambda k: f"{k.__module__}.{k.__name__}")
def test_no_record_type_has_the_shape(kind: type[Any]) -> None:
    assert not dangerous(inspect.type_info(kind))


def test_a_process_that_reads_manifests_ends_well_under_a_checking_allocator() -> None:
    run = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", EXERCISE, str(EXAMPLES)],
        capture_output=True,
        env={**os.environ, "PYTHONMALLOC": "debug"},
    )
    assert run.returncode == 0, run.stderr.decode(errors="replace")[-2000:]
