"""Logs of model servers in plain text: vLLM, SGLang, TGI, Ollama, llama.cpp."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.dates import day_of

_KINDS = (
    (
        re.compile(
            r"vLLM API server version|\bvllm serve\b|Initializing an? (?:V\d )?LLM engine|"
            r"\[api_server\.py:\d+\]|vllm\.entrypoints"
        ),
        "vllm_server_log",
    ),
    (re.compile(r"sglang|server_args=ServerArgs\("), "sglang_server_log"),
    (re.compile(r"text_generation_(?:router|launcher)|router/src/server\.rs"), "tgi_server_log"),
    (re.compile(r"\[GIN\] \d{4}/\d\d/\d\d|OLLAMA_HOST"), "ollama_server_log"),
    (re.compile(r"llama_model_loader:|llm_load_print_meta:|print_info: general\.name|general\.name"), "llama_cpp_log"),
)
_MODEL = re.compile(
    r"(?:\bvllm serve +(?!-)|\bmodel(?:_tag|_path|_id)?(?:=|: ?|'?\"?: ?)|\bgeneral\.name(?: +str)? *[=:] *|"
    r"--model(?:-path|-id)?[= ]|model_id: )[\"']?(?P<model>[\w.@~/-]+(?::[\w.-]+)?)"
)
_SERVED = re.compile(r"served_model_name=\[?[\"']?([\w.@/-]+)")
_DATED = re.compile(r"(?:^|[\[\s])((?:19|20)\d\d[-/]\d\d[-/]\d\d)[ T]")


def server_label(head: str) -> str:
    """The label of a server's log that begins with `head`; empty where it is none."""
    if not re.search(
        r"\b(?:INFO|WARN|WARNING|ERROR|DEBUG|GIN|llama_model_loader|llm_load_print_meta|print_info)\b", head
    ):
        return ""
    return next((label for pattern, label in _KINDS if pattern.search(head)), "")


def read_server_log(lines: Iterator[tuple[int, str]], out: Collector) -> None:
    """State the models that a server loaded and the days that its lines carry; requests name no maker."""
    number = 0
    for number, line in lines:
        text = line[:20_000]
        for match in _MODEL.finditer(text):
            name = match.group("model").rstrip(".,'\"")
            if "/" in name or (out.corpus.family(name) is not None and re.search(r"\d", name)):
                out.model(name, field="log", role="targets", channel="open-weights", line=number)
        for match in _SERVED.finditer(text):
            note = "a name that the server was told to answer to"
            out.model(match.group(1), field="log", role="catalogue", channel="open-weights", line=number, note=note)
        dated = _DATED.search(text)
        if dated and day_of(dated.group(1)):
            out.date(dated.group(1), field="log")
    out.records += number
    if not out.names("model"):
        out.unknown("model", "the log names no model")
