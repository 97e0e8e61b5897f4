"""Logs of gateways and clouds: LiteLLM, Helicone, Azure diagnostics, Vertex request logs."""

from __future__ import annotations

from typing import Any

from compliance.evidence.claims import OFFERED
from compliance.evidence.readers.answers import decoded, read_body
from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.interface import Shape, dig, text_at
from compliance.evidence.readers.names import channel_of_provider, channel_of_url, known_model


class Gateways:
    """A row a call, written by what stood between the caller and the service."""

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        keys = value.keys()
        offered = value.get("model_list")
        if isinstance(offered, list) and any(isinstance(dig(o, "litellm_params"), dict) for o in offered[:100]):
            return "litellm_config_yaml" if shape.container == "yaml" else "litellm_config_json"
        if {"call_type", "model", "startTime"} <= keys and ("custom_llm_provider" in keys or "api_base" in keys):
            return "litellm_spend_log"
        if "litellm_call_id" in keys or ({"hidden_params", "model_map_information"} & keys and "model" in keys):
            return "litellm_log"
        if "request_created_at" in keys or ({"request_body", "response_body"} <= keys and "provider" in keys):
            return "helicone_log"
        if {"category", "operationName", "resourceId"} <= keys and "properties" in keys:
            return "azure_openai_log"
        if {"deployed_model_id", "logging_time"} <= keys or {"full_request", "full_response"} <= keys:
            return "vertex_request_log"
        return None

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        if label.startswith("litellm_config"):
            _offered(value, out)
        elif label.startswith("litellm"):
            _litellm(value, out)
        elif label == "helicone_log":
            _helicone(value, out)
        elif label == "azure_openai_log":
            _azure(value, out)
        else:
            _vertex(value, out)


def _offered(value: dict[str, Any], out: Collector) -> None:
    """The models that a proxy passes on: on offer, used only where a log says so."""
    for at, entry in enumerate(value["model_list"][:10_000]):
        model = text_at(entry, "litellm_params", "model")
        maker = known_model(out.corpus, model).maker
        channel = channel_of_url(text_at(entry, "litellm_params", "api_base"), maker)
        channel = channel or channel_of_provider(model.partition("/")[0], maker)
        note = f"{OFFERED}{text_at(entry, 'model_name')[:200]}"
        field = f"model_list[{at}].litellm_params.model"
        out.model(model, field=field, role="catalogue", strength="medium", channel=channel, note=note)
    out.warn("registry", f"{len(value['model_list'])} models are on offer here; the proxy's log says which were used")


def _litellm(value: dict[str, Any], out: Collector) -> None:
    day = out.date(value.get("startTime"), field="startTime")
    model = text_at(value, "model")
    maker = known_model(out.corpus, model).maker if model else ""
    channel = channel_of_url(text_at(value, "api_base"), maker)
    channel = channel or channel_of_provider(text_at(value, "custom_llm_provider"), maker)
    note = "an older answer repeated from the cache" if str(value.get("cache_hit")) == "True" else ""
    if model:
        out.model(model, field="model", role="targets", channel=channel, day=day, note=note)
    else:
        out.unknown("model", "a logged call names no model")
        out.channel(channel, field="custom_llm_provider")
    if str(value.get("status")) == "failure":
        out.warn("error-record", "a call failed: no answer was made")


def _helicone(value: dict[str, Any], out: Collector) -> None:
    day = out.date(value.get("request_created_at") or value.get("created_at"), field="request_created_at")
    asked = text_at(value, "request_model") or text_at(value, "model")
    model = text_at(value, "response_model") or text_at(value, "model_override") or asked
    maker = known_model(out.corpus, model).maker if model else ""
    channel = channel_of_url(text_at(value, "target_url"), maker)
    channel = channel or channel_of_provider(text_at(value, "provider"), maker)
    if model:
        out.model(model, field="response_model", role="targets", channel=channel, day=day)
    if asked and asked != model:
        out.model(asked, field="request_model", role="requested", channel=channel, day=day)
    if not model and not read_body(value.get("response_body"), out, "response_body."):
        out.unknown("model", "a logged call names no model")


def _azure(value: dict[str, Any], out: Collector) -> None:
    properties = value.get("properties")
    if isinstance(properties, str):
        properties = decoded(properties)
    day = out.date(value.get("time"), field="time")
    channel = "cloud-reseller:Azure OpenAI"
    model = text_at(properties, "modelName")
    version = text_at(properties, "modelVersion")
    if model:
        name = f"{model}-{version}" if version[:2] == "20" else model
        out.model(name, field="properties.modelName", role="targets", channel=channel, day=day)
    elif "properties" in value:
        out.unknown("model", "a diagnostic record names no model; the deployment's own record does")
        out.channel(channel, field="resourceId")


def _vertex(value: dict[str, Any], out: Collector) -> None:
    day = out.date(value.get("logging_time"), field="logging_time")
    model = text_at(value, "model") or text_at(value, "endpoint")
    channel = "cloud-reseller:Vertex AI"
    answer = value.get("full_response") or dig(value, "response_payload")
    if model:
        version = text_at(value, "model_version")
        out.model(model, field="model", role="targets", channel=channel, day=day, note=version)
    elif not read_body(answer, out, "full_response.", "aiplatform.googleapis.com"):
        out.unknown("model", "a logged call names no model")
