"""Answers of services, made here in our own words."""

from __future__ import annotations

import json

from evidence_making import Made, completion, js, jsonl

_UUID = "0b7c2d6e-51a4-4f3b-9e1d-2a6f8c4b7d10"
_HEX = "9f" * 16
_CHAT = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello there."}]}

API: list[Made] = [
    Made(
        "a.json",
        js(completion("gpt-4o-2024-08-06", "chatcmpl-BirdsFlyOverTheHill0123456789")),
        "openai_chat_completion",
        ["gpt-4o-2024-08-06"],
        ["OpenAI"],
        [],
        [],
        [],
        ["2025-06-15"],
    ),
    Made(
        "b.json",
        js(dict(reversed(completion("llama-3.1-8b-instant", f"chatcmpl-{_UUID}", x_groq={"id": "req_1"}).items()))),
        "groq_chat_completion",
        ["llama-3.1-8b-instant"],
        ["Meta"],
        channels=["cloud-reseller:Groq"],
    ),
    Made(
        "c.json",
        js(completion("anthropic/claude-3.7-sonnet", "gen-1750000000-AbCdEfGhIjKlMnOpQrSt", provider="Anthropic")),
        "openrouter_chat_completion",
        ["anthropic/claude-3.7-sonnet"],
        ["Anthropic"],
        channels=["cloud-reseller:OpenRouter"],
    ),
    Made("d.json", js(completion("deepseek-chat", _UUID)), "deepseek_chat_completion", ["deepseek-chat"], ["DeepSeek"]),
    Made(
        "e.json",
        js(completion("mistral-large-latest", _HEX)),
        "mistral_chat_completion",
        ["mistral-large-latest"],
        ["Mistral AI"],
    ),
    Made(
        "f.json",
        js(completion("grok-4", _UUID, usage={"num_sources_used": 0})),
        "xai_chat_completion",
        ["grok-4"],
        ["xAI"],
    ),
    Made(
        "g.json",
        js(completion("qwen-plus", f"chatcmpl-{_UUID}")),
        "alibaba_chat_completion",
        ["qwen-plus"],
        ["Alibaba"],
    ),
    Made(
        "h.json",
        js(completion("sonar-pro", _UUID, citations=["https://example.org"], search_results=[])),
        "perplexity_chat_completion",
        ["sonar-pro"],
    ),
    Made(
        "i.json",
        js(completion("gpt-4o", "chatcmpl-x", prompt_filter_results=[])),
        "azure_openai_response",
        ["gpt-4o"],
        ["OpenAI"],
        channels=["cloud-reseller:Azure OpenAI"],
    ),
    Made(
        "j.jsonl",
        jsonl(*[completion("o3-mini-2025-01-31", f"chatcmpl-{n}", 1_750_000_000 + 86_400 * n) for n in range(3)]),
        "openai_chat_completion",
        ["o3-mini-2025-01-31"],
        dates=["2025-06-15", "2025-06-16", "2025-06-17"],
    ),
    Made(
        "k.txt",
        b"".join(
            b"data: "
            + json.dumps(
                {
                    "id": "chatcmpl-1",
                    "object": "chat.completion.chunk",
                    "created": 1_750_000_000,
                    "model": "gpt-4.1-mini",
                    "choices": [{"index": 0, "delta": {"content": w}}],
                }
            ).encode()
            + b"\n\n"
            for w in ("a", "b")
        )
        + b"data: [DONE]\n\n",
        "openai_chat_sse",
        ["gpt-4.1-mini"],
        ["OpenAI"],
    ),
    Made(
        "l.json",
        js({"object": "response", "id": "resp_1", "created_at": 1_750_000_000, "model": "gpt-5-mini", "output": []}),
        "openai_responses",
        ["gpt-5-mini"],
        dates=["2025-06-15"],
    ),
    Made(
        "m.jsonl",
        jsonl(
            {
                "id": "batch_req_1",
                "custom_id": "q1",
                "response": {"status_code": 200, "body": completion("gpt-4o-mini", "x")},
                "error": None,
            },
            {"id": "batch_req_2", "custom_id": "q2", "response": None, "error": {"code": "x"}},
        ),
        "openai_batch_output",
        ["gpt-4o-mini"],
    ),
    Made(
        "n.jsonl",
        jsonl(
            {"custom_id": "q", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "gpt-4o", **_CHAT}}
        ),
        "openai_batch_input",
        ["gpt-4o"],
    ),
    Made(
        "o.json",
        js(
            {
                "object": "fine_tuning.job",
                "id": "ftjob-1",
                "model": "gpt-4o-mini-2024-07-18",
                "created_at": 1_750_000_000,
                "fine_tuned_model": "ft:gpt-4o-mini-2024-07-18:acme::a1",
                "training_file": "file-abc",
            }
        ),
        "openai_fine_tuning_job",
        base_models=["gpt-4o-mini-2024-07-18"],
        datasets=["file-abc"],
    ),
    Made(
        "p.json",
        js(
            {
                "id": "msg_01AbCdEfGhJkLmNpQrStUvWx",
                "type": "message",
                "role": "assistant",
                "model": "claude-opus-4-1-20250805",
                "content": [{"type": "text", "text": "Seven."}],
                "stop_reason": "end_turn",
                "usage": {"input_tokens": 3},
            }
        ),
        "anthropic_messages",
        ["claude-opus-4-1-20250805"],
        ["Anthropic"],
        dates=[],
    ),
    Made(
        "q.sse",
        b'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_bdrk_1","type":"message",'
        b'"role":"assistant",'
        b'"model":"claude-3-5-haiku-20241022","content":[]}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n',
        "anthropic_sse",
        ["claude-3-5-haiku-20241022"],
        ["Anthropic"],
        channels=["cloud-reseller:AWS Bedrock"],
    ),
    Made(
        "r.jsonl",
        jsonl(
            {
                "custom_id": "q",
                "result": {
                    "type": "succeeded",
                    "message": {
                        "type": "message",
                        "role": "assistant",
                        "id": "msg_1",
                        "model": "claude-sonnet-4-20250514",
                        "content": [],
                    },
                },
            }
        ),
        "anthropic_batch_output",
        ["claude-sonnet-4-20250514"],
    ),
    Made(
        "s.json",
        js(
            {
                "candidates": [{"content": {"parts": [{"text": "Seven."}]}}],
                "usageMetadata": {"trafficType": "ON_DEMAND"},
                "modelVersion": "gemini-2.5-pro",
                "createTime": "2025-09-01T10:00:00Z",
            }
        ),
        "gemini_generate_content",
        ["gemini-2.5-pro"],
        ["Google"],
        dates=["2025-09-01"],
        channels=["cloud-reseller:Vertex AI"],
    ),
    Made(
        "t.json",
        js([{"candidates": [{"content": {"parts": [{"text": "Se"}]}}], "modelVersion": "gemini-2.0-flash"}] * 2),
        "gemini_generate_content",
        ["gemini-2.0-flash"],
        ["Google"],
    ),
    Made(
        "u.jsonl",
        jsonl(
            {
                "request": {"contents": []},
                "status": "",
                "processed_time": "2025-08-02T00:00:00Z",
                "response": {"candidates": [], "modelVersion": "gemini-2.5-flash"},
            }
        ),
        "vertex_batch_output",
        ["gemini-2.5-flash"],
        dates=["2025-08-02"],
    ),
    Made(
        "v.jsonl",
        jsonl(
            {
                "schemaType": "ModelInvocationLog",
                "schemaVersion": "1.0",
                "timestamp": "2025-03-04T05:06:07Z",
                "requestId": "1",
                "operation": "Converse",
                "modelId": "us.anthropic.claude-3-7-sonnet-20250219-v1:0",
                "input": {},
                "output": {},
            }
        ),
        "bedrock_invocation_log",
        ["us.anthropic.claude-3-7-sonnet-20250219-v1:0"],
        ["Anthropic"],
        dates=["2025-03-04"],
        channels=["cloud-reseller:AWS Bedrock"],
    ),
    Made(
        "w.json",
        js(
            {
                "output": {"message": {"role": "assistant", "content": [{"text": "Seven."}]}},
                "stopReason": "end_turn",
                "usage": {"inputTokens": 3},
            }
        ),
        "bedrock_converse",
        [],
        [],
        channels=["cloud-reseller:AWS Bedrock"],
        unknown=["model"],
    ),
    Made(
        "x.json",
        js(
            {
                "id": _UUID,
                "finish_reason": "COMPLETE",
                "message": {"role": "assistant", "content": []},
                "usage": {"billed_units": {"input_tokens": 3}},
            }
        ),
        "cohere_chat",
        [],
        ["Cohere"],
        unknown=["model"],
    ),
    Made(
        "y.json",
        js(
            {
                "model": "llama3.2:3b",
                "created_at": "2025-01-05T10:00:00.123456789Z",
                "done": True,
                "message": {"role": "assistant", "content": "Seven."},
            }
        ),
        "ollama_chat",
        ["llama3.2:3b"],
        ["Meta"],
        dates=["2025-01-05"],
        channels=["open-weights"],
    ),
    Made("z.json", js({"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}), "gemini_error", [], []),
]
