"""OpenAI's shapes, which many services answer in: chat completions, responses, their streams, batches and jobs.

The shape names nobody: the maker comes from the model, the service from marks that only it writes.
"""

from __future__ import annotations

import re
from typing import Any

from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.dates import day_of, day_of_id
from compliance.evidence.readers.interface import Shape, dig, strings, text_at
from compliance.evidence.readers.names import channel_of_provider, channel_of_url, known_model

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_HEX = re.compile(r"[0-9a-f]{32}\Z")
_MISTRAL = re.compile(r"(?:open-)?(?:mi[sx]tral|codestral|ministral|pixtral|magistral|devstral|voxtral)")
_OBJECTS = {
    "chat.completion": "chat_completion",
    "chat.completion.chunk": "chat_stream",
    "text_completion": "completion",
    "response": "responses",
}


class OpenAiShapes:
    """Answers and streams of chat completions and responses, whoever served them."""

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        kind = _kind(value)
        if kind is None:
            return None
        if kind == "chat_stream":
            return "openai_chat_sse" if shape.container == "sse" else "openai_chat_stream"
        if kind == "responses_stream":
            return "openai_responses_sse" if shape.container == "sse" else "openai_responses_stream"
        return _label(value, kind)

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        read_answer(value, out)


class OpenAiBatches:
    """Lines of batch input and output, stored completions, and fine-tuning jobs."""

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        if "custom_id" in value and isinstance(value.get("response"), (dict, type(None))) and "error" in value:
            return "openai_batch_output"
        if {"custom_id", "method", "url", "body"} <= value.keys():
            return "openai_batch_input"
        if value.get("object") in ("fine_tuning.job", "fine-tune"):
            return "openai_fine_tuning_job"
        return None

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        if label == "openai_fine_tuning_job":
            out.base_model(value.get("model"), field="model", strength="strong")
            out.model(value.get("fine_tuned_model"), field="fine_tuned_model", role="evaluation")
            out.date(value.get("created_at"), field="created_at")
            for field in ("training_file",):
                out.dataset(value.get(field), field=field, strength="strong")
            return
        if label == "openai_batch_input":
            out.model(dig(value, "body", "model"), field="body.model", role="requested")
            return
        body = dig(value, "response", "body")
        if not isinstance(body, dict) or value.get("error"):
            out.warn("error-record", "an error stands where the answer would be")
            return
        read_answer(body, out, "response.body.")


def read_answer(value: dict[str, Any], out: Collector, path: str = "", host: str = "") -> None:
    """State what one answer in OpenAI's shape says; `path` leads to it and `host` is where it came from."""
    inner = value.get("response") if _kind(value) == "responses_stream" else value
    if not isinstance(inner, dict):
        return
    path = f"{path}response." if inner is not value else path
    model = text_at(inner, "model")
    when = inner.get("created", inner.get("created_at"))
    known = known_model(out.corpus, model) if model else None
    channel = channel_of_url(host, known.maker if known else "") or channel_of_answer(inner)
    day = day_of(when)
    inside = day_of_id(inner.get("id"))
    if day:
        out.date(when, field=f"{path}{'created' if 'created' in inner else 'created_at'}")
        if inside and inside != day:
            out.warn("date-conflict", "the date inside the answer's id is not the date beside it")
    if inner.get("error") and not model:
        out.warn("error-record", "an error stands where the answer would be")
        return
    if model:
        out.model(model, field=f"{path}model", role="targets", channel=channel, day=day or inside)
    elif not _part_of_stream(inner):
        out.unknown("model", "an answer names no model")
        out.channel(channel, field=path.rstrip("."))
    for at, upstream in enumerate(strings(inner.get("models"))):
        out.model(upstream, field=f"{path}models[{at}]", role="requested")


def channel_of_answer(value: dict[str, Any]) -> str:
    """The service whose own marks an answer bears, as a manifest writes it; empty where it bears none."""
    identifier = text_at(value, "id")
    if "x_groq" in value or dig(value, "usage", "queue_time") is not None:
        return "cloud-reseller:Groq"
    if identifier.startswith("gen-") and re.match(r"gen-\d{10}-", identifier):
        return "cloud-reseller:OpenRouter"
    if dig(value, "choices", 0, "native_finish_reason") is not None:
        return "cloud-reseller:OpenRouter"
    if _azure(value):
        return "cloud-reseller:Azure OpenAI"
    if "copilot_usage" in value or identifier.startswith("capture-id"):
        return "cloud-reseller:GitHub Copilot"
    if isinstance(value.get("provider"), str):
        return channel_of_provider(value["provider"])
    return ""


def _kind(value: dict[str, Any]) -> str | None:
    kind = _OBJECTS.get(str(value.get("object", "")))
    if kind:
        return kind
    event = value.get("type")
    if isinstance(event, str) and event.startswith("response.") and ("response" in value or "sequence_number" in value):
        return "responses_stream"
    choices = value.get("choices")
    if isinstance(choices, list) and ("model" in value or "usage" in value or "object" in value):
        first = choices[0] if choices else {}
        if not isinstance(first, dict):
            return None
        if isinstance(first.get("delta"), dict) or (not choices and "object" in value):
            return "chat_stream"
        if isinstance(first.get("message"), dict) or not choices:
            return "chat_completion"
        if "text" in first and "finish_reason" in first:
            return "completion"
    return None


def _label(value: dict[str, Any], kind: str) -> str:
    """The label of an answer, by the marks of the service and, failing those, by maker and the form of the id."""
    identifier = text_at(value, "id")
    model = text_at(value, "model").lower()
    usage = value.get("usage") if isinstance(value.get("usage"), dict) else {}
    assert isinstance(usage, dict)
    if "x_groq" in value or "queue_time" in usage:
        return f"groq_{kind}"
    if re.match(r"gen-\d{10}-", identifier) or dig(value, "choices", 0, "native_finish_reason") is not None:
        return f"openrouter_{kind}"
    if "num_sources_used" in usage or "cost_in_usd_ticks" in usage or model.startswith(("grok", "xai/")):
        return f"xai_{kind}"
    if _azure(value) and kind == "chat_completion":
        return "azure_openai_response"
    if "sonar" in model or ("citations" in value and "search_results" in value) or "search_context_size" in usage:
        return f"perplexity_{kind}"
    if "prompt_cache_hit_tokens" in usage or "_kvcache" in str(value.get("system_fingerprint")):
        return f"deepseek_{kind}"
    if model.startswith("deepseek") and "/" not in model and _UUID.match(identifier):
        return f"deepseek_{kind}"
    if _MISTRAL.match(model) and _HEX.match(identifier) and "/" not in model:
        return f"mistral_{kind}"
    if re.match(r"q(?:wen|wq|vq)", model) and "/" not in model and _UUID.match(identifier.removeprefix("chatcmpl-")):
        return f"alibaba_{kind}"
    return f"openai_{kind}"


def _azure(value: dict[str, Any]) -> bool:
    first = dig(value, "choices", 0)
    return "prompt_filter_results" in value or (isinstance(first, dict) and "content_filter_results" in first)


def _part_of_stream(value: dict[str, Any]) -> bool:
    return value.get("object") in ("chat.completion.chunk", "") or dig(value, "choices", 0, "delta") is not None
