"""Bills of materials for AI: CycloneDX ML-BOM and SPDX 3."""

from __future__ import annotations

import re
from typing import Any

from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.interface import Shape, dig, strings, text_at, walk

_HUB = re.compile(r"(?:huggingface\.co|hf\.co)/(?!datasets/)([\w.-]+/[\w.-]+)|pkg:huggingface/([\w.-]+/[\w.-]+)")


class CycloneDx:
    """Components that are models or data, their cards, and their pedigree."""

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        if value.get("bomFormat") != "CycloneDX":
            return None
        kinds = {item for _, key, item in walk(value, "", 100_000) if key == "type" and isinstance(item, str)}
        return (
            "cyclonedx_mlbom"
            if "machine-learning-model" in kinds or '"modelCard"' in str(value.keys())
            else "cyclonedx_bom"
        )

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        out.date(dig(value, "metadata", "timestamp"), field="metadata.timestamp", strength="medium")
        parts = list(walk({"components": value.get("components"), "metadata": value.get("metadata")}))
        by_ref = {ref: _joined(item) for _, _, item in parts for ref in [text_at(item, "bom-ref")] if ref}
        for path, _, item in parts:
            if not isinstance(item, dict):
                continue
            if item.get("type") == "machine-learning-model":
                _component(item, out, path, by_ref)
            elif item.get("type") == "data" and "bom-ref" in item:
                out.dataset(_joined(item), field=f"{path}.name", role="subject")
                _licences(item, out, path)


def _component(item: dict[str, Any], out: Collector, path: str, by_ref: dict[str, str]) -> None:
    ancestor = re.search(r"pedigree\.(ancestors|variants|descendants)", path)
    if ancestor and ancestor.group(1) == "ancestors":
        out.base_model(_joined(item), field=f"{path}.name")
        return
    if ancestor:
        return
    out.model(item.get("name"), field=f"{path}.name", strength="medium", note=_joined(item))
    urls = [text_at(r, "url") for r in item.get("externalReferences") or []] + [text_at(item, "purl")]
    hub = next((m.group(1) or m.group(2) for u in urls for m in [_HUB.search(u)] if m), "")
    if hub:
        out.base_model(hub, field=f"{path}.externalReferences", note="the component's own weights")
    group = text_at(item, "group")
    out.party(group, field=f"{path}.group")
    for key in () if group else ("manufacturer", "supplier", "author", "publisher"):
        name = item.get(key) if isinstance(item.get(key), str) else text_at(item, key, "name")
        if out.corpus.party(str(name or "")) is not None:
            out.party(name, field=f"{path}.{key}")
            break
    _licences(item, out, path)
    for at, tag in enumerate(strings(item.get("tags"))):
        if tag.startswith("dataset:"):
            out.dataset(tag.removeprefix("dataset:"), field=f"{path}.tags[{at}]")
    datasets = dig(item, "modelCard", "modelParameters", "datasets")
    for at, entry in enumerate(datasets if isinstance(datasets, list) else []):
        place = f"{path}.modelCard.modelParameters.datasets[{at}]"
        ref = text_at(entry, "ref")
        name = text_at(entry, "name") or by_ref.get(ref) or ref if isinstance(entry, dict) else entry
        out.dataset(name, field=f"{place}.{'ref' if ref else 'name'}")
        out.dataset(text_at(entry, "contents", "url"), field=f"{place}.contents.url")


def _joined(item: dict[str, Any]) -> str:
    group, name = text_at(item, "group"), text_at(item, "name")
    return f"{group}/{name}" if group and name else name


def _licences(item: dict[str, Any], out: Collector, path: str) -> None:
    for entry in item.get("licenses") or []:
        out.licence(
            text_at(entry, "expression") or text_at(entry, "license", "id") or text_at(entry, "license", "name"),
            field=f"{path}.licenses",
        )


class Spdx:
    """SPDX 3 graphs with the AI and dataset profiles; SPDX 2 documents are told and not searched for models."""

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        if isinstance(value.get("@graph"), list) and "spdx" in str(value.get("@context", ""))[:500].lower():
            return "spdx3_json"
        return "spdx2_json" if "spdxVersion" in value and "packages" in value else None

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        if label == "spdx2_json":
            out.unknown("model", "SPDX 2 has no field for models or training data")
            return
        nodes = [n for n in value["@graph"] if isinstance(n, dict)]
        by_id = {text_at(n, "spdxId") or text_at(n, "@id"): n for n in nodes}
        subjects: set[str] = set()
        for at, node in enumerate(nodes):
            kind = _kind(node)
            if kind == "AIPackage":
                out.model(node.get("name"), field=f"@graph[{at}].name", strength="medium")
                subjects.add(text_at(node, "spdxId"))
            elif kind == "DatasetPackage":
                out.dataset(node.get("name"), field=f"@graph[{at}].name", role="subject")
                subjects.add(text_at(node, "spdxId"))
            if kind in ("AIPackage", "DatasetPackage"):
                for key in ("suppliedBy", "originatedBy"):
                    for party in strings(node.get(key)):
                        known = out.corpus.party(text_at(by_id.get(party), "name") or party)
                        if known is not None:
                            out.party(known.name, field=f"@graph[{at}].{key}")
        for at, node in enumerate(nodes):
            _relationship(node, by_id, subjects, out, f"@graph[{at}]")


def _relationship(node: dict[str, Any], by_id: dict[str, Any], subjects: set[str], out: Collector, path: str) -> None:
    relation = text_at(node, "relationshipType")
    origin = text_at(node, "from")
    for target in strings(node.get("to")):
        name = text_at(by_id.get(target), "name") or target
        if relation == "trainedOn":
            out.dataset(name, field=path)
        elif relation in ("testedOn", "evaluatedOn"):
            out.dataset(name, field=path, role="evaluation")
        elif relation in ("descendantOf", "dependsOn") and _kind(by_id.get(target)) == "AIPackage":
            out.base_model(name, field=path)
        elif relation == "ancestorOf" and _kind(by_id.get(origin)) == "AIPackage":
            out.base_model(text_at(by_id.get(origin), "name"), field=path)
        elif relation in ("hasDeclaredLicense", "hasConcludedLicense") and origin in subjects:
            licence = by_id.get(target)
            label = text_at(licence, "simplelicensing_licenseExpression") or text_at(licence, "name")
            label = label or target.rpartition("/")[2]
            words = text_at(licence, "simplelicensing_licenseText")[:300]
            note = f"{'declared' if 'Declared' in relation else 'concluded'} for {text_at(by_id.get(origin), 'name')}"
            out.licence(label, field=path, note=f"{note}: {words}" if words else note)


def _kind(node: Any) -> str:
    kind = node.get("type") or node.get("@type") if isinstance(node, dict) else ""
    return str(kind).rpartition("_")[2].rpartition("/")[2]
