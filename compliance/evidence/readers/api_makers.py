"""Answers in the makers' own shapes: Anthropic, Gemini and Vertex, Bedrock, Cohere, Ollama, DashScope."""

from __future__ import annotations

import re
from typing import Any

from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.dates import day_of_gemini_id
from compliance.evidence.readers.interface import Shape, dig, text_at
from compliance.evidence.readers.names import channel_of_url
from compliance.evidence.readers.words import word_set

_ANTHROPIC_EVENTS = word_set(
    """
    message_start message_delta message_stop content_block_start content_block_delta content_block_stop
    """
)
_CONVERSE_EVENTS = word_set("messageStart contentBlockStart contentBlockDelta contentBlockStop messageStop")


class Anthropic:
    """Messages, their streams and batch results, whoever served them."""

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        if value.get("type") == "message" and value.get("role") == "assistant" and "content" in value:
            return "anthropic_messages"
        if value.get("type") == "completion" and "completion" in value and "model" in value:
            return "anthropic_completion"
        if text_at(value, "type") in _ANTHROPIC_EVENTS or (value.get("type") == "ping" and shape.container == "sse"):
            return "anthropic_sse" if shape.container == "sse" else "anthropic_stream"
        if "custom_id" in value and isinstance(dig(value, "result", "type"), str):
            return "anthropic_batch_output"
        if value.get("type") == "error" and isinstance(dig(value, "error", "type"), str):
            return "anthropic_error"
        return None

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        path = ""
        body: Any = value
        if label == "anthropic_batch_output":
            path, body = "result.message.", dig(value, "result", "message")
        elif value.get("type") == "message_start":
            path, body = "message.", value.get("message")
        elif label in ("anthropic_stream", "anthropic_sse"):
            return
        if label == "anthropic_error" or not isinstance(body, dict):
            out.warn("error-record", "an error stands where the answer would be")
            return
        read_message(body, out, path)


def read_message(body: dict[str, Any], out: Collector, path: str = "", host: str = "") -> None:
    """State what one message in Anthropic's shape says; it carries no time of its own."""
    identifier = text_at(body, "id")
    channel = ""
    if identifier.startswith("msg_bdrk"):
        channel = "cloud-reseller:AWS Bedrock"
    elif identifier.startswith("msg_vrtx"):
        channel = "cloud-reseller:Vertex AI"
    channel = channel or channel_of_url(host, "anthropic")
    if not text_at(body, "model"):
        out.unknown("model", "an answer names no model")
        return
    known = out.model(body.get("model"), field=f"{path}model", role="targets", channel=channel)
    if not channel and known.maker == "anthropic" and re.match(r"msg_01\w{22}\Z", identifier):
        out.channel("first-party-api", field=f"{path}id", strength="weak")


class Gemini:
    """Answers of generateContent, their streams, batch lines of the Developer API and of Vertex, and errors."""

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        if isinstance(value.get("candidates"), list) or {"modelVersion", "usageMetadata"} <= value.keys():
            return "gemini_sse" if shape.container == "sse" else "gemini_generate_content"
        if "promptFeedback" in value and "usageMetadata" in value:
            return "gemini_generate_content"
        if isinstance(dig(value, "response", "candidates"), list):
            return "vertex_batch_output" if "request" in value or "processed_time" in value else "gemini_batch_output"
        if isinstance(dig(value, "response", "usageMetadata"), dict) and ("request" in value or "key" in value):
            return "vertex_batch_output" if "request" in value else "gemini_batch_output"
        if isinstance(dig(value, "error", "code"), int) and isinstance(dig(value, "error", "status"), str):
            return "gemini_error"
        return None

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        if label == "gemini_error":
            out.warn("error-record", "an error stands where the answer would be")
        elif "batch" in label:
            out.date(value.get("processed_time"), field="processed_time")
            request = value.get("request")
            read_gemini(value["response"], out, "response.", requested=request if isinstance(request, dict) else None)
        else:
            read_gemini(value, out)


def read_gemini(
    body: dict[str, Any], out: Collector, path: str = "", host: str = "", requested: dict[str, Any] | None = None
) -> None:
    """State what one answer of generateContent says; `createTime` and `trafficType` are marks of Vertex."""
    vertex = "createTime" in body or dig(body, "usageMetadata", "trafficType") is not None
    channel = channel_of_url(host, "google") or ("cloud-reseller:Vertex AI" if vertex else "")
    day = out.date(body.get("createTime"), field=f"{path}createTime") or day_of_gemini_id(body.get("responseId"))
    model = body.get("modelVersion") or body.get("model_version") or (requested or {}).get("model")
    if isinstance(model, str) and model:
        out.model(model, field=f"{path}modelVersion", role="targets", channel=channel, day=day)
    else:
        out.unknown("model", "an answer names no model; a request names it in its address")
        out.party("google", field=f"{path}candidates")
        out.channel(channel, field=path.rstrip("."))


class Bedrock:
    """Bodies of Converse, its stream, and the invocation log, which alone names the model."""

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        if value.get("schemaType") == "ModelInvocationLog" or {"modelId", "requestId", "operation"} <= value.keys():
            return "bedrock_invocation_log"
        if "stopReason" in value and isinstance(dig(value, "output", "message"), dict):
            return "bedrock_converse"
        if len(value) <= 2 and (value.keys() & _CONVERSE_EVENTS or dig(value, "metadata", "usage", "inputTokens")):
            return "bedrock_converse_stream"
        if "modelInput" in value and ("modelOutput" in value or "recordId" in value):
            return "bedrock_batch_output"
        return None

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        bedrock = "cloud-reseller:AWS Bedrock"
        if label == "bedrock_invocation_log":
            day = out.date(value.get("timestamp"), field="timestamp")
            read_bedrock_id(text_at(value, "modelId"), out, "modelId", day)
            inner = dig(value, "output", "outputBodyJson")
            for event in inner if isinstance(inner, list) else [inner]:
                model = text_at(event, "model") or text_at(event, "message", "model")
                if model:
                    out.model(model, field="output.outputBodyJson.model", role="targets", channel=bedrock, day=day)
        elif label == "bedrock_batch_output":
            body = value.get("modelOutput")
            model = text_at(body, "model")
            if model:
                out.model(model, field="modelOutput.model", role="targets", channel=bedrock)
            else:
                out.unknown("model", "a body names no model; the job's own record does")
                out.channel(bedrock, field="modelOutput")
        else:
            out.channel(bedrock, field="output")
            if label == "bedrock_converse" or "messageStop" in value:
                out.unknown("model", "a body of Converse names no model; the invocation log or the address does")


def read_bedrock_id(identifier: str, out: Collector, field: str, day: str = "") -> None:
    """State which model a Bedrock id or ARN names; profiles and imported models name none."""
    channel = "cloud-reseller:AWS Bedrock"
    opaque = re.search(r"(application-inference-profile|provisioned-model|custom-model|imported-model)", identifier)
    if opaque:
        out.channel(channel, field=field)
        out.unknown("model", f"a Bedrock {opaque.group(1)} names no model; the account's own list does")
    elif identifier:
        last = identifier.rpartition("/")[2] if identifier.startswith("arn:") else identifier
        out.model(last, field=field, role="targets", channel=channel, day=day)
    else:
        out.unknown("model", "a Bedrock record names no model")


class OtherMakers:
    """Answers of Cohere, Ollama and DashScope in their own shapes, and OpenRouter's records of generations."""

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        if "finish_reason" in value and isinstance(dig(value, "usage", "billed_units"), dict):
            return "cohere_chat"
        if "generation_id" in value and ("text" in value or "response_id" in value) and "meta" in value:
            return "cohere_chat"
        if (
            "model" in value
            and "created_at" in value
            and "done" in value
            and ("message" in value or "response" in value)
        ):
            return "ollama_chat" if "message" in value else "ollama_generate"
        output = value.get("output")
        if {"request_id", "usage"} <= value.keys() and isinstance(output, dict) and output.keys() & {"choices", "text"}:
            return "dashscope_generation"
        data = value.get("data") if isinstance(value.get("data"), dict) else value
        assert isinstance(data, dict)
        if {"provider_name", "model", "created_at"} <= data.keys() and (
            "upstream_id" in data or "native_tokens_prompt" in data
        ):
            return "openrouter_generation"
        return None

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        if label.startswith("ollama"):
            day = out.date(value.get("created_at"), field="created_at")
            out.model(value.get("model"), field="model", role="targets", channel="open-weights", day=day)
        elif label == "openrouter_generation":
            data = value["data"] if isinstance(value.get("data"), dict) else value
            day = out.date(data.get("created_at"), field="created_at")
            out.model(data.get("model"), field="model", role="targets", channel="cloud-reseller:OpenRouter", day=day)
        else:
            maker = "cohere" if label == "cohere_chat" else "alibaba"
            out.unknown("model", "an answer names no model")
            out.party(maker, field="usage", note="the shape is this maker's own")
