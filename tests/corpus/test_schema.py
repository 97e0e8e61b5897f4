"""The committed JSON Schemas are those of the record types, and every record is valid under them."""

from __future__ import annotations

import json

import jsonschema
import pytest

from compliance.cli.main import main
from compliance.corpus.load import NUMBER_KEYS, default_root, files_of
from compliance.corpus.schema import KINDS, schemas, written
from compliance.reading.structured import decode, parse, read_bytes

FOLDER = default_root() / "schema"
VALIDATOR = jsonschema.Draft202012Validator


def test_the_committed_schemas_are_those_of_the_types() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.schema.json" for name in KINDS}
    for name in KINDS:
        assert (FOLDER / f"{name}.schema.json").read_text(encoding="utf-8") == written(name), (
            f"{name}: renew the files with `clearance corpora schema --write`"
        )


def test_they_are_schemas_and_describe_what_they_hold() -> None:
    for name, schema in schemas().items():
        VALIDATOR.check_schema(schema)
        assert schema["description"], name
        assert all(part.get("description") for part in schema["$defs"].values()), name


def test_every_file_is_valid() -> None:
    validator = VALIDATOR(schemas()["corpora-file"])
    paths = files_of(default_root())
    assert len(paths) > 200
    for path in paths:
        value = parse(decode(read_bytes(path), path.name), NUMBER_KEYS)
        assert [error.message for error in validator.iter_errors(value)] == [], path.name


@pytest.mark.parametrize(
    "record",
    [
        {"id": "acme", "name": "Acme", "kind": "lab"},  # no source
        {"id": "acme", "name": "Acme", "kind": "labs", "source": {"ref": "x"}},
        {"id": "acme", "name": "Acme", "kind": "lab", "source": {"ref": "x"}, "nmae": "x"},
        {"id": 1, "name": "Acme", "kind": "lab", "source": {"ref": "x"}},
    ],
)
def test_a_wrong_party_is_not(record: dict[str, object]) -> None:
    assert not VALIDATOR(schemas()["party"]).is_valid(record)


def test_a_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corpora", "schema", "licence"]) == 0
    assert json.loads(capsys.readouterr().out) == schemas()["licence"]
    assert main(["corpora", "schema"]) == 0
    assert capsys.readouterr().out.split() == list(KINDS)
    assert main(["corpora", "schema", "nonsense"]) == 64
