"""Configs of trainers and scripts, made here in our own words."""

from __future__ import annotations

from evidence_making import Made, js, text

CONFIGS: list[Made] = [
    Made(
        "a.yml",
        text("""
base_model: NousResearch/Meta-Llama-3-8B
datasets:
  - path: acme/boats
    type: alpaca
test_datasets:
  - path: acme/boats-test
adapter: lora
# teacher_model: Qwen/Qwen2.5-72B-Instruct
"""),
        "axolotl_yaml",
        [],
        ["Meta"],
        ["acme/boats"],
        ["NousResearch/Meta-Llama-3-8B"],
    ),
    Made(
        "b.yaml",
        text("""
model_name_or_path: Qwen/Qwen2.5-1.5B-Instruct
stage: sft
finetuning_type: lora
dataset: boats_en,boats_de
eval_dataset: boats_test
"""),
        "llamafactory_yaml",
        [],
        ["Alibaba"],
        ["boats_en", "boats_de"],
        ["Qwen/Qwen2.5-1.5B-Instruct"],
    ),
    Made(
        "c.json",
        js({"boats": {"hf_hub_url": "acme/boats"}, "ships": {"file_name": "ships.json", "formatting": "sharegpt"}}),
        "llamafactory_dataset_info",
        [],
        [],
        ["acme/boats", "ships.json"],
    ),
    Made(
        "many.json",
        js({f"set{n}": {"hf_hub_url": f"acme/set{n}"} for n in range(30)}),
        "llamafactory_dataset_info",
        [],
        [],
        [],
    ),
    Made(
        "d.yaml",
        text("""
model_name_or_path: mistralai/Mistral-7B-v0.1
dataset_mixer:
  acme/boats: 0.5
  acme/ships: 1.0
learning_rate: 2.0e-05
teacher_model_name_or_path: Qwen/Qwen2.5-32B-Instruct
"""),
        "recipe_yaml",
        ["Qwen/Qwen2.5-32B-Instruct"],
        ["Alibaba", "Mistral AI"],
        ["acme/boats", "acme/ships"],
        ["mistralai/Mistral-7B-v0.1"],
    ),
    Made(
        "e.yaml",
        text("""
model_name_or_path: allenai/OLMo-2-1124-7B
dataset_mixer_list: [acme/boats, 1.0, acme/ships, '2000']
"""),
        "open_instruct_yaml",
        datasets=["acme/boats", "acme/ships"],
        base_models=["allenai/OLMo-2-1124-7B"],
    ),
    Made(
        "f.yaml",
        text("""
checkpointer: {_component_: torchtune.training.FullModelHFCheckpointer, checkpoint_dir: /tmp/Llama-3.2-1B}
teacher_checkpointer: {_component_: torchtune.training.FullModelHFCheckpointer, checkpoint_dir: /tmp/Llama-3.1-8B}
dataset: {_component_: torchtune.datasets.chat_dataset, source: acme/boats}
"""),
        "torchtune_yaml",
        ["/tmp/Llama-3.1-8B"],
        ["Meta"],
        ["acme/boats"],
        ["/tmp/Llama-3.2-1B"],
    ),
    Made(
        "g.yaml",
        text("""
defaults: base.yaml
policy: {model_name: Qwen/Qwen3-1.7B, tokenizer: {name: Qwen/Qwen3-1.7B}}
teacher: {model_name: Qwen/Qwen3-32B}
data: {dataset_name: acme/boats}
"""),
        "nemo_rl_yaml",
        ["Qwen/Qwen3-32B"],
        ["Alibaba"],
        ["acme/boats"],
        ["Qwen/Qwen3-1.7B"],
    ),
    Made(
        "h.yml",
        text("""
merge_method: slerp
base_model: mistralai/Mistral-7B-v0.1
slices:
- sources:
  - {model: mistralai/Mistral-7B-v0.1, layer_range: [0, 32]}
  - {model: HuggingFaceH4/zephyr-7b-beta, layer_range: [0, 32]}
"""),
        "mergekit_yaml",
        base_models=["mistralai/Mistral-7B-v0.1", "HuggingFaceH4/zephyr-7b-beta"],
    ),
    Made(
        "adapter_config.json",
        js({"peft_type": "LORA", "base_model_name_or_path": "unsloth/Llama-3.2-3B-Instruct", "r": 8}),
        "peft_adapter_config",
        [],
        ["Meta"],
        [],
        ["unsloth/Llama-3.2-3B-Instruct"],
    ),
    Made(
        "trainer_state.json",
        js({"global_step": 3, "log_history": []}),
        "hf_trainer_state",
        [],
        [],
        [],
        [],
        unknown=["base_model", "datasets"],
    ),
    Made(
        "pipeline.yaml",
        text("""
distilabel: {version: 1.5.0}
pipeline:
  steps:
  - step: {name: load, repo_id: acme/boats, type_info: {name: LoadDataFromHub}}
  - step:
      name: write
      type_info: {name: TextGeneration}
      llm: {model: deepseek-chat, base_url: https://api.deepseek.com, type_info: {name: OpenAILLM}}
  - step:
      name: rate
      type_info: {name: UltraFeedback}
      llm: {model: gpt-4-turbo, type_info: {name: OpenAILLM}}
"""),
        "distilabel_pipeline_yaml",
        ["deepseek-chat", "gpt-4-turbo"],
        ["DeepSeek", "OpenAI"],
        ["acme/boats"],
        channels=["first-party-api"],
    ),
    Made(
        "run.sh",
        text("""
#!/bin/bash
BASE=meta-llama/Llama-3.1-8B
deepspeed --module openrlhf.cli.train_sft \\
   --pretrain $BASE \\
   --dataset acme/boats#500 \\
   --reward_pretrain acme/reward-model-7b
"""),
        "openrlhf_script",
        ["acme/reward-model-7b"],
        ["Meta"],
        ["acme/boats"],
        ["meta-llama/Llama-3.1-8B"],
    ),
    Made(
        "ppo.sh",
        text("""
python3 -m verl.trainer.main_ppo \\
    data.train_files=data/boats.parquet \\
    actor_rollout_ref.model.path=Qwen/Qwen2.5-3B \\
    +reward_model.model.path=acme/rm-1b
"""),
        "verl_script",
        ["acme/rm-1b"],
        ["Alibaba"],
        ["data/boats.parquet"],
        ["Qwen/Qwen2.5-3B"],
    ),
    Made(
        "make.py",
        text("""
from datasets import load_dataset
from openai import OpenAI
MODEL = "gpt-4o-mini"
rows = load_dataset("acme/boats", split="train")
client = OpenAI()
client.chat.completions.create(model=MODEL, messages=[])
"""),
        "python_script",
        ["gpt-4o-mini"],
        ["OpenAI"],
        ["acme/boats"],
    ),
]
