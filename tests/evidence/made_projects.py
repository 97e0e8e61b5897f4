"""Shapes as projects really leave them, made here in our own words: half-filled cards, short lists, open variables."""

from __future__ import annotations

from evidence_making import Made, js, text

FEATURES = {"question": {"dtype": "string"}}

PROJECTS: list[Made] = [
    Made(
        "README.md",
        text("""
---
licenses:
- cc-by-4.0
tags:
- generated_from_trainer
model-index:
- name: harbour
  results: []
---
# harbour

This model is a fine-tuned version of [google-t5/t5-base](https://huggingface.co/google-t5/t5-base) on the acme/boats
dataset. It knows boats.
"""),
        "hf_model_card",
        [],
        ["Google"],
        ["acme/boats"],
        ["google-t5/t5-base"],
        ["cc-by-4.0"],
    ),
    Made(
        "README.md",
        text("""
---
license: mit
base_model: acme/harbour-7b
model-index: []
---
This model is a fine-tuned version of [acme/harbour-7b](https://huggingface.co/acme/harbour-7b) on an unknown dataset.
"""),
        "hf_model_card",
        [],
        [],
        [],
        ["acme/harbour-7b"],
    ),
    Made(
        "README.md",
        text("""
---
license: mit
task_categories:
- text-generation
language_creators:
- machine-generated
---
# Boats

The teacher, **Gemma-3-27B-it**, wrote every line.
"""),
        "hf_dataset_card",
        ["Gemma-3-27B-it"],
        ["Google"],
        [],
    ),
    Made(
        "dataset_infos.json",
        js({"harbour": {"description": "Boats.", "citation": "none", "homepage": "", "config_name": "labelled"}}),
        "dataset_infos_json",
        [],
        [],
        ["harbour"],
    ),
    Made(
        "dataset_infos.json",
        js(
            {
                part: {"features": FEATURES, "splits": {"train": {"name": "train", "dataset_name": "acme-harbour"}}}
                for part in ("sail", "motor")
            }
        ),
        "dataset_infos_json",
        [],
        [],
        ["acme-harbour"],
    ),
    Made(
        "bom.json",
        js(
            {
                "bomFormat": "CycloneDX",
                "components": [
                    {
                        "type": "machine-learning-model",
                        "name": "gpt-4o",
                        "manufacturer": {"name": "OpenAI Inc"},
                        "tags": ["dataset:acme/ships", "region:eu"],
                        "modelCard": {"modelParameters": {"datasets": [{"ref": "component-7"}]}},
                    },
                    {"type": "data", "bom-ref": "component-7", "name": "harbour-rows"},
                ],
            }
        ),
        "cyclonedx_mlbom",
        ["gpt-4o"],
        ["OpenAI"],
        ["acme/ships", "harbour-rows"],
    ),
    Made(
        "proxy.yaml",
        text("""
model_list:
  - model_name: clever
    litellm_params:
      model: azure/gpt-4o
  - model_name: quick
    litellm_params:
      model: anthropic/claude-3-5-haiku-20241022
"""),
        "litellm_config_yaml",
        [],
        [],
        [],
    ),
    Made(
        "settings.yml",
        text("""
model: acme/harbour-1b
teacher:
  kind: server
  model: Qwen/Qwen2.5-32B-Instruct
dataset:
  train_dataset:
    repo_id: acme/boats
    split: train
training_args:
  learning_rate: 5e-5
"""),
        "yaml",
        ["Qwen/Qwen2.5-32B-Instruct"],
        ["Alibaba"],
        ["acme/boats"],
        ["acme/harbour-1b"],
    ),
    Made(
        "train.sh",
        text(r"""
HOME_OF_ALL=${HOME_OF_ALL:-"${HOME}/runs"}
BASE=${BASE:-"${HOME_OF_ALL}/models/Qwen2.5-Math-7B"}
TEACHER=${TEACHER:-"Qwen/Qwen2.5-72B-Instruct"}
ROWS=${ROWS:-"./data/boats.jsonl"}

python3 -m verl.trainer.main_ppo \
    data.train_files="${ROWS}" \
    data.val_files="${HOME}/data/train.parquet" \
    actor_rollout_ref.model.path="${BASE}" \
    teacher.model.path=${TEACHER}
"""),
        "verl_script",
        ["Qwen/Qwen2.5-72B-Instruct"],
        ["Alibaba"],
        ["./data/boats.jsonl"],
        ["Qwen2.5-Math-7B"],
    ),
    Made(
        "gkd.sh",
        text(r"""
TOKEN=x swift infer \
    --model OpenGVLab/InternVL3-8B \
    --val_dataset 'acme/pictures#500' \
    --result_path answers.jsonl

MODEL_NAME="my_first_run"
SIZE=2 swift sft \
    --model_type qwen-14b-chat \
    --dataset answers.jsonl \
    --output_dir out/${MODEL_NAME}
"""),
        "swift_script",
        ["OpenGVLab/InternVL3-8B"],
        None,
        ["answers.jsonl"],
        ["qwen-14b-chat"],
    ),
    Made(
        "calls.yaml",
        text("""
interactions:
- request:
    body: '{"max_tokens": 9}'
    method: POST
    uri: https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-3-haiku-20240307-v1:0/invoke
  response:
    body:
      string: '{"id":"msg_bdrk_01A","type":"message","role":"assistant","model":"claude-3-haiku-20240307","content":[]}'
    headers:
      Date:
      - Tue, 12 Aug 2025 13:07:42 GMT
"""),
        "vcr_cassette",
        ["anthropic.claude-3-haiku-20240307-v1:0", "claude-3-haiku-20240307"],
        ["Anthropic"],
        dates=["2025-08-12"],
        channels=["cloud-reseller:AWS Bedrock"],
    ),
]
