"""Finds answers of any known shape inside other records: recorded traffic, logs and wrappers."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

from compliance.evidence.readers.api_makers import Anthropic, Bedrock, Gemini, OtherMakers, read_gemini, read_message
from compliance.evidence.readers.api_openai import OpenAiBatches, OpenAiShapes, read_answer
from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.interface import Reader, Shape, walk
from compliance.evidence.readers.limits import LINE

_FAMILIES: tuple[Reader, ...] = (OpenAiBatches(), Bedrock(), Gemini(), Anthropic(), OpenAiShapes(), OtherMakers())
_URL_MODEL = re.compile(
    r"/(?:models?|deployments|endpoints|foundation-model|run)/((?:[^/?:]|:(?![a-zA-Z]+(?:$|\?)))+(?:/[^/?:]+){0,3}?)"
    r"(?::[a-zA-Z]+|/(?:converse|converse-stream|invoke|invoke-with-response-stream|chat/completions|responses|completions)"
    r"|\?|$)"
)


def read_body(body: Any, out: Collector, path: str, host: str = "") -> bool:
    """State what the answer in `body` (a value or its text) says; whether a known shape was found."""
    found = False
    for value in values_of(body):
        for family in _FAMILIES:
            label = family.recognise(value, Shape("lines"))
            if label is None:
                continue
            found = True
            if isinstance(family, OpenAiShapes):
                read_answer(value, out, path, host)
            elif isinstance(family, Gemini) and label == "gemini_generate_content":
                read_gemini(value, out, path, host)
            elif isinstance(family, Anthropic) and label == "anthropic_messages":
                read_message(value, out, path, host)
            else:
                family.read(value, out, label)
            break
    return found


def values_of(body: Any) -> list[dict[str, Any]]:
    """The mappings that a body holds: itself, its elements, or those of its text (JSON, JSON lines, SSE)."""
    if isinstance(body, dict):
        return [body]
    if isinstance(body, list):
        return [v for v in body if isinstance(v, dict)]
    if not isinstance(body, str) or not body.strip() or len(body) > LINE:
        return []
    text = body.strip()
    whole = decoded(text)
    if whole is not None:
        return values_of(whole)
    found = []
    for line in text.split("\n"):
        value = decoded(line.strip().removeprefix("data:").strip())
        found += [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, dict)]
    return found


def decoded(text: str) -> Any:
    """The list or mapping that a JSON text holds; None for anything else."""
    if text[:1] not in ("{", "["):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, (dict, list)) else None


def model_in_url(url: str) -> str:
    """The model, deployment or profile that the path of a service's address names; empty where it names none."""
    match = _URL_MODEL.search(unquote(url.split("://")[-1][:2_000]))
    if not match:
        return ""
    name = match.group(1)
    return "" if name in ("list", "embeddings", "generate") else name


def inner_models(value: Any, out: Collector, path: str) -> None:
    """State the models that tools and options inside a request name."""
    for place, key, item in walk(value, path, 20_000):
        if key == "model" and isinstance(item, str) and place != f"{path}.model":
            out.model(item, field=place, role="requested")
