"""Trace stores: Langfuse, LangSmith, MLflow traces, OpenTelemetry GenAI in all its spellings, and agents' own logs."""

from __future__ import annotations

from typing import Any

from compliance.evidence.readers.answers import decoded
from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.interface import Shape, dig, text_at, walk
from compliance.evidence.readers.names import channel_of_provider, channel_of_url, known_model

# The spellings of one fact, the answer's before the request's.
_ANSWERED = (
    "gen_ai.response.model",
    "ai.response.model",
    "llm.response.model",
    "gen_ai.response.model_name",
)
_REQUESTED = (
    "gen_ai.request.model",
    "llm.model_name",
    "embedding.model_name",
    "llm.request.model",
    "ai.model.id",
    "mlflow.llm.model",
    "traceloop.association.properties.ls_model_name",
    "langsmith.metadata.ls_model_name",
    "model_name",
)
_PROVIDER = (
    "gen_ai.provider.name",
    "gen_ai.system",
    "llm.provider",
    "llm.system",
    "ai.model.provider",
    "mlflow.llm.provider",
    "traceloop.association.properties.ls_provider",
)
_HOST = (
    "server.address",
    "url.full",
    "http.url",
    "gen_ai.openai.api_base",
    "llm.base_url",
    "llm.invocation_parameters.base_url",
)
_TIMES = (
    "startTimeUnixNano",
    "start_time_unix_nano",
    "startTime",
    "start_time",
    "start_time_ns",
    "timestamp",
    "timeUnixNano",
)


class Spans:
    """OpenTelemetry: OTLP documents, single spans, and rows that keep attributes flat."""

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        if any(isinstance(value.get(k), list) for k in ("resourceSpans", "resource_spans", "resourceLogs")):
            return "otel_spans"
        attributes = _attributes(value.get("attributes"))
        known = any(k.startswith(("gen_ai.", "llm.", "ai.model", "mlflow.", "traceloop.")) for k in attributes)
        if known and ("name" in value or "spanId" in value or "span_id" in value or "context" in value):
            return "mlflow_trace" if any(k.startswith("mlflow.") for k in attributes) else "otel_spans"
        if any(isinstance(k, str) and k.startswith("gen_ai.") for k in value):
            return "otel_spans"
        if isinstance(dig(value, "data", "spans"), list) and "info" in value:
            return "mlflow_trace"
        return None

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        found = False
        if "attributes" in value:
            found = _span(value, out, "")
        for path, key, item in walk(value, "", 500_000):
            if isinstance(item, dict) and key in ("spans", "logRecords", "log_records"):
                found |= _span(item, out, path)
        if label == "otel_spans" and any(isinstance(k, str) and k.startswith("gen_ai.") for k in value):
            found |= _span({**value, "attributes": value}, out, "")
        if not found:
            out.unknown("model", "no span names a model")


def _span(span: dict[str, Any], out: Collector, path: str) -> bool:
    attributes = _attributes(span.get("attributes"))
    if not attributes:
        return False
    key = next((k for k in (*_ANSWERED, *_REQUESTED) if isinstance(attributes.get(k), str) and attributes[k]), "")
    if not key:
        return False
    model = str(attributes[key]).strip('"')
    maker = known_model(out.corpus, model).maker
    host = next((str(attributes[k]) for k in _HOST if attributes.get(k)), "")
    provider = next((str(attributes[k]) for k in _PROVIDER if attributes.get(k)), "").strip('"')
    channel = channel_of_url(host, maker) if host else channel_of_provider(provider, maker)
    day = ""
    for name in _TIMES:
        day = out.date(span.get(name), field=f"{path}.{name}".strip("."))
        if day:
            break
    place = f"{path}.attributes.{key}".strip(".")
    out.model(model, field=place, role="targets", channel=channel, day=day)
    asked = next((k for k in _REQUESTED if isinstance(attributes.get(k), str) and attributes[k]), "")
    if key in _ANSWERED and asked and str(attributes[asked]).strip('"') != model:
        out.model(str(attributes[asked]), field=f"{path}.attributes.{asked}".strip("."), role="requested", day=day)
    return True


def _attributes(value: Any) -> dict[str, Any]:
    """Attributes as a flat mapping, whether OTLP's list of {key, value: {stringValue}} or a mapping, nested or not."""
    flat: dict[str, Any] = {}
    if isinstance(value, list):
        for item in value[:10_000]:
            inner = dig(item, "value")
            if isinstance(inner, dict):
                inner = next(iter(inner.values()), None)
            if isinstance(dig(item, "key"), str):
                flat[item["key"]] = inner
    elif isinstance(value, dict):
        for key, inner in list(value.items())[:10_000]:
            if isinstance(inner, dict):
                flat.update(
                    {f"{key}.{path}": leaf for path, _, leaf in walk(inner, "", 2_000) if not isinstance(leaf, dict)}
                )
            flat[str(key)] = inner
    return flat


class TraceStores:
    """Exports of Langfuse and LangSmith, and runs of agents."""

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        keys = value.keys()
        if isinstance(value.get("trace"), dict) and ("observations" in keys or "observations" in value["trace"]):
            return "langfuse_trace"
        if {"traceId", "type"} <= keys and (
            keys & {"modelParameters", "usageDetails", "promptName"}
            or ("startTime" in keys and value["type"] in ("GENERATION", "SPAN", "EVENT"))
        ):
            return "langfuse_observations"
        if isinstance(value.get("observations"), list) and "timestamp" in keys:
            return "langfuse_trace"
        if "run_type" in keys and ("inputs" in keys or "trace_id" in keys or "extra" in keys):
            return "langsmith_run"
        if {"model_id", "question"} <= keys and keys & {"log_data", "error", "answer", "generated_answer", "score"}:
            return "agent_log_jsonl" if shape.suffix == "jsonl" else "agent_log_json"
        if {"sessionId", "type", "timestamp"} <= keys and ("message" in keys or "uuid" in keys):
            return "claude_code_log"
        return None

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        if label.startswith("langfuse"):
            _langfuse(value, out)
        elif label == "langsmith_run":
            _langsmith(value, out)
        elif label == "claude_code_log":
            day = out.date(value.get("timestamp"), field="timestamp")
            if text_at(value, "message", "model"):
                out.model(value["message"]["model"], field="message.model", role="targets", day=day)
        else:
            out.model(value.get("model_id"), field="model_id", role="targets")
            if value.get("error"):
                out.warn("error-record", "an error stands where the answer would be")


def _langfuse(value: dict[str, Any], out: Collector) -> None:
    trace = value.get("trace") if isinstance(value.get("trace"), dict) else value
    assert isinstance(trace, dict)
    out.date(trace.get("timestamp") or trace.get("startTime"), field="trace.timestamp")
    seen: set[str] = set()
    rows = [value] if "traceId" in value else [*(trace.get("observations") or []), *(value.get("observations") or [])]
    for at, row in enumerate(r for r in rows if isinstance(r, dict)):
        if text_at(row, "id") in seen:
            continue
        seen.add(text_at(row, "id"))
        day = out.date(row.get("startTime"), field=f"observations[{at}].startTime")
        if isinstance(row.get("model"), str) and row["model"]:
            out.model(row["model"], field=f"observations[{at}].model", role="targets", day=day)
    if not out.names("model"):
        out.unknown("model", "no observation names a model")


def _langsmith(value: dict[str, Any], out: Collector) -> None:
    day = out.date(value.get("start_time"), field="start_time")
    metadata = dig(value, "extra", "metadata") or {}
    asked = text_at(metadata, "ls_model_name") or next(
        (
            text_at(value, "extra", "invocation_params", k)
            for k in ("model", "model_name", "model_id")
            if text_at(value, "extra", "invocation_params", k)
        ),
        "",
    )
    answered = ""
    for path, key, item in walk(value.get("outputs"), "outputs", 20_000):
        if key in ("model_name", "model") and isinstance(item, str) and "response_metadata" in path:
            answered = item
            out.model(item, field=path, role="targets", channel=_langsmith_channel(value, item, out), day=day)
    if asked and asked != answered:
        role: Any = "requested" if answered else "targets"
        out.model(
            asked,
            field="extra.metadata.ls_model_name",
            role=role,
            channel=_langsmith_channel(value, asked, out),
            day=day,
        )
    if value.get("run_type") in ("llm", "chat_model") and not asked and not answered:
        out.unknown("model", "a run of a model names no model")


def _langsmith_channel(value: dict[str, Any], model: str, out: Collector) -> str:
    maker = known_model(out.corpus, model).maker
    host = text_at(value, "extra", "invocation_params", "base_url") or text_at(
        value, "serialized", "kwargs", "base_url"
    )
    if host:
        return channel_of_url(host, maker)
    return channel_of_provider(text_at(value, "extra", "metadata", "ls_provider"), maker)


def parsed(value: Any) -> Any:
    """A value that may be JSON in a string, decoded once."""
    return decoded(value) if isinstance(value, str) and value[:1] in ("{", "[") else value
