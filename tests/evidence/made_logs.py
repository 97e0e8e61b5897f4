"""Logs of gateways, traces, recordings and servers, made here in our own words."""

from __future__ import annotations

from evidence_making import Made, js, jsonl, text

LOGS: list[Made] = [
    Made(
        "a.json",
        js(
            {
                "call_type": "acompletion",
                "request_id": "1",
                "startTime": "2025-04-05 06:07:08",
                "model": "claude-3-5-sonnet-20241022",
                "custom_llm_provider": "anthropic",
                "api_base": "https://api.anthropic.com",
            }
        ),
        "litellm_spend_log",
        ["claude-3-5-sonnet-20241022"],
        ["Anthropic"],
        dates=["2025-04-05"],
        channels=["first-party-api"],
    ),
    Made(
        "b.jsonl",
        jsonl(
            {"request_id": "1", "request_created_at": "2025-04-05T06:07:08Z", "provider": "OPENAI", "model": "gpt-4o"}
        ),
        "helicone_log",
        ["gpt-4o"],
        dates=["2025-04-05"],
        channels=["first-party-api"],
    ),
    Made(
        "c.json",
        js(
            {
                "time": "2025-04-05T06:07:08Z",
                "resourceId": "/X",
                "category": "RequestResponse",
                "operationName": "Create",
                "properties": '{"modelName": "gpt-4o", "modelVersion": "2024-11-20", "modelDeploymentName": "prod"}',
            }
        ),
        "azure_openai_log",
        ["gpt-4o-2024-11-20"],
        ["OpenAI"],
        channels=["cloud-reseller:Azure OpenAI"],
    ),
    Made(
        "d.json",
        js(
            {
                "trace": {"id": "t", "timestamp": "2025-04-05T06:07:08Z", "observations": []},
                "observations": [
                    {"id": "o", "type": "GENERATION", "model": "gpt-4.1", "startTime": "2025-04-05T06:07:08Z"}
                ],
            }
        ),
        "langfuse_trace",
        ["gpt-4.1"],
        ["OpenAI"],
        dates=["2025-04-05"],
    ),
    Made(
        "e.json",
        js(
            {
                "id": "r",
                "run_type": "llm",
                "start_time": "2025-04-05T06:07:08",
                "inputs": {},
                "extra": {"metadata": {"ls_provider": "anthropic", "ls_model_name": "claude-3-opus-20240229"}},
                "outputs": {},
            }
        ),
        "langsmith_run",
        ["claude-3-opus-20240229"],
        ["Anthropic"],
        channels=["first-party-api"],
    ),
    Made(
        "f.json",
        js(
            {
                "resourceSpans": [
                    {
                        "scopeSpans": [
                            {
                                "spans": [
                                    {
                                        "name": "chat",
                                        "startTimeUnixNano": "1750000000000000000",
                                        "attributes": [
                                            {"key": "gen_ai.provider.name", "value": {"stringValue": "gcp.vertex_ai"}},
                                            {
                                                "key": "gen_ai.response.model",
                                                "value": {"stringValue": "gemini-2.5-flash"},
                                            },
                                            {
                                                "key": "gen_ai.request.model",
                                                "value": {"stringValue": "gemini-flash-latest"},
                                            },
                                        ],
                                    }
                                ]
                            }
                        ]
                    }
                ]
            }
        ),
        "otel_spans",
        ["gemini-2.5-flash", "gemini-flash-latest"],
        ["Google"],
        dates=["2025-06-15"],
        channels=["cloud-reseller:Vertex AI"],
    ),
    Made(
        "g.jsonl",
        jsonl(
            {
                "name": "llm",
                "context": {"span_id": "1"},
                "start_time": "2025-04-05T06:07:08Z",
                "attributes": {"llm.model_name": "gpt-4o-mini", "llm.provider": "openai"},
            }
        ),
        "otel_spans",
        ["gpt-4o-mini"],
        ["OpenAI"],
    ),
    Made(
        "h.json",
        js(
            {
                "info": {"trace_id": "t"},
                "data": {"spans": [{"name": "s", "attributes": {"mlflow.llm.model": '"gpt-4o"'}}]},
            }
        ),
        "mlflow_trace",
        ["gpt-4o"],
    ),
    Made(
        "i.yaml",
        text("""
interactions:
- request:
    uri: https://api.mistral.ai/v1/chat/completions
    body: '{"model": "mistral-small-latest"}'
  response:
    headers: {date: ['Tue, 04 Mar 2025 10:00:00 GMT']}
    body:
      string: '{"object":"chat.completion","id":"1","created":1741082400,"model":"mistral-small-2501","choices":[]}'
"""),
        "vcr_cassette",
        ["mistral-small-2501", "mistral-small-latest"],
        ["Mistral AI"],
        dates=["2025-03-04"],
        channels=["first-party-api"],
    ),
    Made(
        "j.log",
        text("""
INFO 02-03 10:11:12 [api_server.py:100] vLLM API server version 0.9.1
INFO 02-03 10:11:12 [api_server.py:101] args: Namespace(model_tag='google/gemma-2-9b-it', served_model_name=['gpt-4'])
"""),
        "vllm_server_log",
        ["google/gemma-2-9b-it"],
        ["Google"],
        channels=["open-weights"],
    ),
    Made(
        "k.jsonl",
        jsonl({"model_id": "meta-llama/Llama-3.3-70B-Instruct", "question": "Why?", "log_data": {}, "error": None}),
        "agent_log_jsonl",
        ["meta-llama/Llama-3.3-70B-Instruct"],
        ["Meta"],
    ),
    Made(
        "one.json",
        js(
            {
                "id": "g1",
                "traceId": "t1",
                "type": "GENERATION",
                "startTime": "2025-04-05T06:07:08Z",
                "model": "qwen2.5:7b",
                "prompt": "Why?",
                "completion": "So.",
            }
        ),
        "langfuse_observations",
        ["qwen2.5:7b"],
        ["Alibaba"],
        dates=["2025-04-05"],
    ),
    Made(
        "events.jsonl",
        jsonl(
            {"event": "on_chat_model_start", "run_id": "1", "metadata": {"ls_model_name": "gpt-4o-mini"}, "data": {}},
            {"event": "on_chat_model_end", "run_id": "1", "metadata": {}, "data": {"output": "So."}},
        ),
        "jsonl",
        ["gpt-4o-mini"],
        ["OpenAI"],
    ),
]
