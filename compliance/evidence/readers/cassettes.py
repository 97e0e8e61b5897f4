"""Recorded HTTP traffic: VCR cassettes of Python and Ruby, HAR files, and plain request and response records."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any

from compliance.evidence.readers.answers import inner_models, model_in_url, read_body, values_of
from compliance.evidence.readers.api_makers import read_bedrock_id
from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.dates import day_of
from compliance.evidence.readers.interface import Shape, dig, text_at
from compliance.evidence.readers.names import channel_of_url, party_of_url

_MAX_BODY = 16 * 1024 * 1024


class Cassettes:
    """Recordings of calls: the address names the service, the answer names the model."""

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        calls = value.get("interactions") or value.get("http_interactions")
        if isinstance(calls, list) and any(isinstance(dig(c, "request"), dict) for c in calls[:20]):
            return "vcr_cassette"
        if isinstance(dig(value, "log", "entries"), list):
            return "har"
        addressed = text_at(value, "request", "url") or text_at(value, "request", "uri")
        if addressed and isinstance(value.get("response"), dict):
            return "http_log"
        return None

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        if label == "http_log":
            _read_call(value, out, "")
            return
        key = next((k for k in ("interactions", "http_interactions") if k in value), "")
        calls = value[key] if key else value["log"]["entries"]
        for at, call in enumerate(calls):
            if isinstance(call, dict):
                _read_call(call, out, f"{key or 'log.entries'}[{at}].")


def _read_call(call: dict[str, Any], out: Collector, path: str) -> None:
    request = call.get("request") if isinstance(call.get("request"), dict) else {}
    response = call.get("response") if isinstance(call.get("response"), dict) else {}
    assert isinstance(request, dict) and isinstance(response, dict)
    url = text_at(request, "uri") or text_at(request, "url")
    answer = response.get("parsed_body") or _body(response.get("body") or response.get("content"), out)
    asked = request.get("parsed_body") or _body(request.get("body") or request.get("postData"), out)
    day = _day(call, response)
    if day:
        out.date(day, field=f"{path}recorded_at")
    requested = {m for v in values_of(asked) for m in [text_at(v, "model")] if m}
    for value in values_of(asked):
        inner_models(value, out, f"{path}request.body")
    before = out.names("model")
    model = model_in_url(url)
    host = url
    answered = {m for v in values_of(answer) for m in [text_at(v, "model"), text_at(v, "modelVersion")] if m}
    if "bedrock" in url and model:
        read_bedrock_id(model, out, f"{path}request.uri", day)
        if answered:
            read_body(answer, out, f"{path}response.body.", host)
        return
    found = read_body(answer, out, f"{path}response.body.", host)
    for name in sorted(requested - answered):
        out.model(name, field=f"{path}request.body.model", role="requested", channel=channel_of_url(url), day=day)
    if model and not answered and party_of_url(url) != "openai":
        out.model(model, field=f"{path}request.uri", role="targets", channel=channel_of_url(url), day=day)
    if found and not before and not out.names("model"):
        out.channel(channel_of_url(url), field=f"{path}request.uri")


def _body(body: Any, out: Collector) -> Any:
    """The text of a recorded body: plain, in `string` or `text`, or gzip in base64, unfolded within bounds."""
    if isinstance(body, dict):
        body = body.get("string", body.get("text", body.get("base64_string", body)))
    if not isinstance(body, str):
        return body
    packed = body.strip()
    if packed.startswith("H4sI"):
        try:
            stream = zlib.decompressobj(31)
            raw = stream.decompress(base64.b64decode("".join(packed.split())), _MAX_BODY)
        except (binascii.Error, ValueError, zlib.error):
            out.warn("corrupt", "a recorded body is not the gzip that it says")
            return None
        if stream.unconsumed_tail:
            out.warn("bomb", f"a recorded body unfolds to more than {_MAX_BODY} bytes; the rest was not read")
        return raw.decode("utf-8", "replace")
    return body


def _day(call: dict[str, Any], response: dict[str, Any]) -> str:
    for item in (call.get("recorded_at"), call.get("startedDateTime"), call.get("timestamp")):
        if day_of(item):
            return day_of(item)
    headers = response.get("headers")
    if isinstance(headers, dict):
        for key, item in headers.items():
            if str(key).lower() == "date":
                return day_of(item[0] if isinstance(item, list) and item else item)
    if isinstance(headers, list):
        for header in headers:
            if text_at(header, "name").lower() == "date":
                return day_of(text_at(header, "value"))
    return ""
