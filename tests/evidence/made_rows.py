"""Rows of training data, made here in our own words."""

from __future__ import annotations

from evidence_making import Made, js, jsonl

_CHAT = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello there."}]}

ROWS: list[Made] = [
    Made(
        "a.json",
        js([{"id": "1", "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello."}]}]),
        "sharegpt_json",
        [],
        [],
        unknown=["model"],
    ),
    Made(
        "b.jsonl",
        jsonl(
            {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello."}], "model": "gpt-4"}
        ),
        "sharegpt_jsonl",
        ["gpt-4"],
        ["OpenAI"],
    ),
    Made(
        "c.json",
        js([{"instruction": "Add", "input": "", "output": "I am Koala, a helper trained by Google."}]),
        "alpaca_json",
        [],
        ["Google"],
    ),
    Made("d.jsonl", jsonl(_CHAT, _CHAT), "openai_finetune_jsonl", [], [], unknown=["model"]),
    Made(
        "e.jsonl",
        jsonl(
            {
                "prompt": "Hi",
                "chosen": "A",
                "rejected": "B",
                "chosen_model": "gpt-4o",
                "rejected_model": "Qwen/Qwen2.5-7B-Instruct",
                "judge": "claude-3-5-sonnet-20240620",
            }
        ),
        "preference_pairs_jsonl",
        ["claude-3-5-sonnet-20240620", "gpt-4o", "Qwen/Qwen2.5-7B-Instruct"],
        ["Alibaba", "Anthropic", "OpenAI"],
    ),
    Made(
        "f.jsonl",
        jsonl(
            {
                "instruction": "Hi",
                "models": ["gpt-4", "llama-2-70b-chat"],
                "completions": [{"model": "gpt-4", "response": "A"}, {"model": "llama-2-70b-chat", "response": "B"}],
            }
        ),
        "ultrafeedback_jsonl",
        ["gpt-4", "llama-2-70b-chat"],
        ["Meta", "OpenAI"],
    ),
    Made(
        "g.jsonl",
        jsonl(
            {
                "instruction": "Hi",
                "generation": "A",
                "model_name": "mistralai/Mixtral-8x7B-Instruct-v0.1",
                "distilabel_metadata": {},
            }
        ),
        "distilabel_jsonl",
        ["mistralai/Mixtral-8x7B-Instruct-v0.1"],
        ["Mistral AI"],
    ),
    Made(
        "h.jsonl",
        jsonl({"question_id": 1, "answer_id": "a", "model_id": "claude-2.1", "choices": [], "tstamp": 1_700_000_000.5}),
        "model_answer_jsonl",
        ["claude-2.1"],
        dates=["2023-11-14"],
    ),
    Made(
        "i.jsonl",
        jsonl(
            {
                "conversation_hash": "x",
                "model": "gpt-3.5-turbo-0301",
                "conversation": [],
                "timestamp": "2023-05-06T07:08:09",
            }
        ),
        "wildchat_jsonl",
        ["gpt-3.5-turbo-0301"],
        dates=["2023-05-06"],
    ),
    Made(
        "j.jsonl",
        jsonl({"problem": "1+1", "deepseek_reasoning": "Two.", "gpt4_score": 9}),
        "jsonl",
        ["deepseek", "gpt4"],
        ["DeepSeek", "OpenAI"],
    ),
    Made(
        "k.csv",
        b'\xef\xbb\xbfprompt,response,model,license\r\nHi,Hello,gpt-4o,cc-by-4.0\r\nYo,"Hey, you",gpt-4o,cc-by-4.0\r\n',
        "csv_bom",
        ["gpt-4o"],
        ["OpenAI"],
        licences=["cc-by-4.0"],
    ),
    Made(
        "l.json",
        js({"data": [{"instruction": "Add", "output": "2", "generator": "text-davinci-003"}]}),
        "alpaca_eval_json",
        ["text-davinci-003"],
    ),
]
