"""The peers on the same manifests: a fragment of the policy in Rego, and bare validation against a JSON Schema."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from compliance.corpus.load import load
from compliance.corpus.records import Document
from compliance.domain.manifest import Manifest

POLICY = Path(__file__).parent / "policy" / "fragment.rego"
BANS = {"train-competing-models", "train-any-models", "distill", "competing-product"}
PERMISSIVE = {"permissive", "public-domain"}
Judge = Callable[[dict[str, Any]], Any]
REGO = "Rego fragment, regopy"


def peers() -> dict[str, Judge | None]:
    """Each peer by name; None where its library is not installed."""
    makers: dict[str, tuple[str, Callable[[], Judge]]] = {
        REGO: ("regopy", rego),
        "JSON Schema, jsonschema": ("jsonschema", python_schema),
        "JSON Schema, jsonschema-rs": ("jsonschema_rs", rust_schema),
    }
    return {name: make() if importlib.util.find_spec(module) else None for name, (module, make) in makers.items()}


def rego() -> Judge:
    """Verdicts of the Rego fragment, by the name of the source."""
    from regopy import Interpreter

    interpreter = Interpreter()
    interpreter.add_module("fragment", POLICY.read_text(encoding="utf-8"))
    interpreter.add_data(facts())

    def judge(manifest: dict[str, Any]) -> Any:
        interpreter.set_input(manifest)
        output = interpreter.query("data.fragment.verdicts")
        if not output.ok():
            raise RuntimeError(str(output))
        return json.loads(str(output))["expressions"][0]

    return judge


def python_schema() -> Judge:
    """Whether a manifest fits the schema, by the validator written in Python."""
    from jsonschema import Draft202012Validator

    return Draft202012Validator(msgspec.json.schema(Manifest)).is_valid


def rust_schema() -> Judge:
    """Whether a manifest fits the schema, by the validator written in Rust."""
    import jsonschema_rs

    return jsonschema_rs.validator_for(msgspec.json.schema(Manifest)).is_valid


def facts() -> dict[str, Any]:
    """What the Rego fragment must know of the corpora: months with a ban, and families of permissive weights."""
    content = load().content
    permissive = {licence.id for licence in content.licences if licence.kind in PERMISSIVE}
    names = {party.id: party.name for party in content.parties}
    makers: dict[str, list[dict[str, str]]] = {}
    for document in content.documents:
        makers.setdefault(names.get(document.party, document.party), []).extend(_windows(document))
    families = {
        family.id: {"permissive": bool(family.weights) and all(w.licence in permissive for w in family.weights)}
        for family in content.families
    }
    return {"makers": makers, "families": families}


def _windows(document: Document) -> list[dict[str, str]]:
    ends = [version.since.partition("/")[0] for version in document.versions][1:]
    found = []
    for version, end in zip(document.versions, [*ends, "9999"], strict=True):
        banned = any(
            clause.category in BANS and clause.effect == "prohibit" and version.id in (clause.versions or (version.id,))
            for clause in document.clauses
        )
        if banned:
            since = version.since.rpartition("/")[2] or version.since
            found.append({"since": since[:7], "until": (version.until or end)[:7]})
    return found
