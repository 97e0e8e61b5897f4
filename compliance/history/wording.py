"""A found clause as a record of the corpora, in our own words: its paraphrase is composed from what was read of it."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from compliance.corpus.records import Clause
from compliance.errors import UsageError
from compliance.history.found import Found

EDITS = ("category", "effect", "object", "section", "test", "bound", "exceptions", "paraphrase", "note")
"""What a person may set: `object` and `exceptions` are lists with commas, `test` may be `none`."""
GATING = frozenset(
    {
        "train-competing-models", "train-any-models", "distill", "competing-product", "permit-training",
        "naming-attribution", "scrape-output", "non-commercial",
    }
)  # fmt: skip
"""The categories that can change a verdict: until they are confirmed, a text does not count as seen."""

_OBJECTS = {"output": "outputs", "service": "the service", "weights": "the weights", "input": "inputs",
            "dataset": "the data"}  # fmt: skip
_MODELS = {
    "any": "any other model",
    "llm": "other language models",
    "foundation": "other foundation models",
    "generative": "other generative models",
    "text-to-image": "other image generators",
    "competing": "models that compete with those of {party}",
    "commercial": "models for commercial use",
    "unauthorised": "models without authorisation",
}
_PROHIBIT = {
    "train-competing-models": "{objects} may not be used to train {models}",
    "train-any-models": "{objects} may not be used to train {models}",
    "distill": "{objects} may not be distilled into {models}",
    "permit-training": "training with {objects} is limited",
    "reverse-engineer": "no reverse engineering of {objects}",
    "scrape-output": "{objects} may not be collected by automated means",
    "competing-product": "{objects} may not serve to build what competes with {party}",
    "output-ownership": "rights in {objects} are kept back",
    "naming-attribution": "the name of {party} may not be used for what is built on {objects}",
    "flow-down": "{objects} may not be passed on without the terms",
    "non-commercial": "{objects} may not be used commercially",
    "scale-threshold": "above a size that the section names, {objects} may not be used",
    "misrepresent-human": "{objects} may not be passed off as made by people",
    "third-party-conduct": "nobody may be helped or allowed to break the terms on {objects}",
}
_OTHERWISE = {
    ("distill", "oblige"): "a model distilled from {objects} falls under the same terms",
    ("permit-training", "permit"): "{objects} may be used to train models",
    ("train-competing-models", "permit"): "{objects} may be used to train {models}",
    ("train-any-models", "permit"): "{objects} may be used to train {models}",
    ("distill", "permit"): "{objects} may be distilled into {models}",
    ("output-ownership", "assign"): "rights in {objects} belong to the customer as far as the section says",
    ("naming-attribution", "oblige"): "what is built on {objects} must name its origin",
    ("naming-attribution", "permit"): "what is built on {objects} may name its origin",
    ("flow-down", "oblige"): "the terms must be passed on with {objects}",
    ("scale-threshold", "oblige"): "above a size that the section names, {objects} need a licence of their own",
    ("misrepresent-human", "oblige"): "it must be said that {objects} were made by a machine",
}
_KINDS = (
    ("classifier-in-house", re.compile(r"\bclassif|\bcategori[sz]|\borgani[sz]e", re.IGNORECASE)),
    ("provider-fine-tuning", re.compile(r"\bfine[- ]?tun", re.IGNORECASE)),
    ("approval", re.compile(r"\b(?:prior|written|express)\b.{0,30}\b(?:consent|permission|approval|authori[sz]ation)|"
                            r"\b(?:permitted|authori[sz]ed|approved) (?:in writing|by us)\b", re.IGNORECASE)),
    ("law", re.compile(r"\b(?:applicable|governing|local|mandatory) law|\bby law\b", re.IGNORECASE)),
    ("own-family", re.compile(r"\bderivative", re.IGNORECASE)),
    ("api", re.compile(r"\bAPIs?\b")),
)  # fmt: skip
_EXEMPT = {
    "classifier-in-house": "models that classify or organise data, kept to oneself",
    "provider-fine-tuning": "tuning inside the provider's own service",
    "approval": "where the provider approves",
    "own-family": "the licensor's own models and what derives from them",
    "api": "through the API",
    "law": "where the law overrides it",
    "other": "an exception that the section states",
}
_REACH = (
    ("text-to-image", re.compile(r"\b(?:text[- ]to[- ]image|image generat\w+) models?\b", re.IGNORECASE)),
    ("llm", re.compile(r"\b(?:other|another|any) (?:large )?language models?\b", re.IGNORECASE)),
    ("foundation", re.compile(r"\bfoundation(?:al)? (?:or [\w -]+ )?models?\b", re.IGNORECASE)),
    ("generative", re.compile(r"\bgenerative (?:ai )?models?\b", re.IGNORECASE)),
)  # fmt: skip


def record(found: Found, quote: str, party: str, edits: dict[str, str] | None = None) -> Clause:
    """The record that a clause makes under `edits`; its paraphrase takes no words of `quote`."""
    edits = edits or {}
    told: dict[str, Any] = {
        "id": found.id,
        "category": found.category,
        "effect": found.effect,
        "object": [x for x in found.object.split(",") if x],
        "section": found.section.strip() or "unnumbered",
        "bound": found.bound,
        "exceptions": [{"kind": k, "text": _EXEMPT[k]} for k in kinds_of(found.exceptions)],
    }
    told["test"] = _reach(found, quote)
    for name in ("object", "exceptions"):
        if name in edits:
            words = [w.strip() for w in edits[name].split(",") if w.strip() and w.strip() != "none"]
            told[name] = words if name == "object" else [{"kind": k, "text": _EXEMPT.get(k, k)} for k in words]
    for name in ("category", "effect", "section", "bound"):
        told[name] = edits.get(name, told[name]).strip() or told[name]
    if "test" in edits:
        told["test"] = None if edits["test"] in ("", "none") else edits["test"]
    conditional = found.condition not in ("none", "") and told["category"] == "permit-training"
    if conditional and told["effect"] == "permit":
        told["duties"] = [{"kind": "other", "text": f"keep the condition of section {told['section']}", "on": "use"}]
    told["paraphrase"] = edits.get("paraphrase", "").strip() or paraphrase(told, party, conditional=conditional)
    told["note"] = edits.get("note", "").strip()
    try:
        return msgspec.convert(told, Clause)
    except msgspec.ValidationError as error:
        raise UsageError(
            f"{found.id}: {error}", remedy=f"--edit takes {', '.join(EDITS)}, with the words of the corpora's schema"
        ) from None


def parse_edits(pairs: list[str]) -> dict[str, str]:
    """`key=value` pairs as a mapping; a key that cannot be set is an error."""
    edits: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        name = name.strip().lower()
        if not sign or name not in EDITS:
            raise UsageError(f"{pair!r} edits nothing", remedy=f"write KEY=VALUE, with a key of {', '.join(EDITS)}")
        if len(value) > 2000 or not value.isprintable():
            raise UsageError(f"the value of {name} cannot be kept", remedy="write one line of up to 2,000 characters")
        edits[name] = value.strip()
    return edits


def paraphrase(told: dict[str, Any], party: str, *, conditional: bool = False) -> str:
    """One sentence in our own words."""
    objects = " and ".join(_OBJECTS.get(x, x) for x in told["object"]) or "what is provided"
    models = _MODELS.get(told["test"] or "any", "other models")
    pattern = _OTHERWISE.get((told["category"], told["effect"])) or _PROHIBIT.get(told["category"], "see the section")
    sentence = pattern.format(objects=objects, models=models.format(party=party), party=party)
    if conditional:
        sentence += ", on a condition that the section states"
    if told["exceptions"]:
        sentence += "; except " + ", or ".join(e["text"] for e in told["exceptions"])
    return sentence[0].upper() + sentence[1:] + "."


def kinds_of(exceptions: str) -> list[str]:
    """The kinds of exception that the words of a clause speak of; `other` where none is known."""
    if not exceptions.strip():
        return []
    return [kind for kind, pattern in _KINDS if pattern.search(exceptions)] or ["other"]


def _reach(found: Found, quote: str) -> str | None:
    """How far a ban reaches; None for what is no ban on models or products."""
    if found.effect != "prohibit":
        return None
    if found.category in ("train-competing-models", "competing-product"):
        return "competing"
    if found.category == "distill" and "output" not in found.object:
        return None  # speaks of the model's inside, not of what it answers
    if found.category not in ("train-any-models", "distill"):
        return None
    if "compet" in found.condition:
        return "competing"
    if found.condition == "commercial":
        return "commercial"
    return next((name for name, pattern in _REACH if pattern.search(quote)), "any")
