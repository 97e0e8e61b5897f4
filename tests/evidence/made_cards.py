"""Cards, bills of materials and lineage, made here in our own words."""

from __future__ import annotations

from evidence_making import Made, js, text

CARDS: list[Made] = [
    Made(
        "README.md",
        text("""
---
license: llama3.1
base_model:
- meta-llama/Llama-3.1-8B
datasets: [teknium/OpenHermes-2.5]
model-index:
- name: x
  results:
  - dataset: {type: gsm8k}
---
# Harbour 8B

Rows were generated with GPT-4o and scored by Claude 3 Opus. It does better than Gemini 1.5 Pro.
"""),
        "hf_model_card",
        ["GPT-4o", "Claude 3 Opus"],
        ["Anthropic", "Meta", "OpenAI"],
        ["teknium/OpenHermes-2.5"],
        ["meta-llama/Llama-3.1-8B"],
        ["llama3.1"],
    ),
    Made(
        "README.md",
        b"\xef\xbb\xbf---\r\nlicense:\r\n- cc-by-nc-4.0\r\nsource_datasets:\r\n- extended|acme/base-set\r\n"
        b"- original\r\n---\r\n# Set\r\n",
        "hf_dataset_card",
        [],
        [],
        ["acme/base-set"],
        [],
        ["cc-by-nc-4.0"],
    ),
    Made(
        "dataset_infos.json",
        js({"harbour": {"description": "Boats.", "citation": "", "license": "mit", "features": {}, "splits": {}}}),
        "dataset_infos_json",
        [],
        [],
        ["harbour"],
        [],
        ["mit"],
    ),
    Made(
        "x.json",
        js(
            {
                "@context": {"@vocab": "https://schema.org/"},
                "@type": "sc:Dataset",
                "name": "Boats",
                "license": "https://spdx.org/licenses/MIT",
                "datePublished": "2025-02-03",
                "isBasedOn": "https://example.org/ships",
                "description": "Labels were produced by prompting GPT-4.",
            }
        ),
        "croissant_json",
        ["GPT-4"],
        ["OpenAI"],
        ["Boats", "https://example.org/ships"],
        [],
        ["https://spdx.org/licenses/MIT"],
        ["2025-02-03"],
    ),
    Made(
        "bom.json",
        js(
            {
                "bomFormat": "CycloneDX",
                "specVersion": "1.6",
                "components": [
                    {
                        "type": "machine-learning-model",
                        "name": "Qwen2.5-7B",
                        "group": "Qwen",
                        "purl": "pkg:huggingface/Qwen/Qwen2.5-7B@1",
                        "licenses": [{"license": {"id": "Apache-2.0"}}],
                        "modelCard": {"modelParameters": {"datasets": [{"type": "dataset", "name": "boats"}]}},
                        "pedigree": {
                            "ancestors": [{"type": "machine-learning-model", "group": "Qwen", "name": "Qwen2-7B"}]
                        },
                    }
                ],
            }
        ),
        "cyclonedx_mlbom",
        ["Qwen2.5-7B"],
        ["Alibaba"],
        ["boats"],
        ["Qwen/Qwen2-7B", "Qwen/Qwen2.5-7B"],
        ["Apache-2.0"],
    ),
    Made(
        "spdx.json",
        js(
            {
                "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
                "@graph": [
                    {"type": "ai_AIPackage", "spdxId": "urn:m", "name": "harbour-7b"},
                    {"type": "ai_AIPackage", "spdxId": "urn:b", "name": "falcon-7b"},
                    {"type": "dataset_DatasetPackage", "spdxId": "urn:d", "name": "boats"},
                    {"type": "Relationship", "relationshipType": "trainedOn", "from": "urn:m", "to": ["urn:d"]},
                    {"type": "Relationship", "relationshipType": "descendantOf", "from": "urn:m", "to": ["urn:b"]},
                    {
                        "type": "Relationship",
                        "relationshipType": "hasDeclaredLicense",
                        "from": "urn:d",
                        "to": ["urn:l"],
                    },
                    {
                        "type": "simplelicensing_LicenseExpression",
                        "spdxId": "urn:l",
                        "simplelicensing_licenseExpression": "CC-BY-4.0",
                    },
                ],
            }
        ),
        "spdx3_json",
        ["harbour-7b", "falcon-7b"],
        datasets=["boats"],
        base_models=["falcon-7b"],
        licences=["CC-BY-4.0"],
    ),
    Made(
        "e.json",
        js(
            {
                "eventType": "COMPLETE",
                "eventTime": "2025-05-06T07:08:09Z",
                "run": {"runId": "1"},
                "job": {"name": "j"},
                "inputs": [{"namespace": "s3://boats", "name": "raw.jsonl"}],
                "outputs": [],
            }
        ),
        "openlineage_event",
        [],
        [],
        ["raw.jsonl"],
        dates=["2025-05-06"],
    ),
    Made(
        "MLmodel",
        text("""
flavors:
  transformers: {source_model_name: google/flan-t5-base}
run_id: abc
utc_time_created: '2025-05-06 07:08:09'
"""),
        "mlflow_mlmodel",
        base_models=["google/flan-t5-base"],
        dates=["2025-05-06"],
    ),
    Made(
        "config.yaml",
        text("""
_wandb: {value: {cli_version: 0.19.1}}
model_name_or_path: {value: mistralai/Mistral-7B-v0.3}
dataset_name: {value: acme/boats}
"""),
        "wandb_config",
        base_models=["mistralai/Mistral-7B-v0.3"],
        datasets=["acme/boats"],
    ),
    Made(
        "dvc.yaml",
        text("""
stages:
  train:
    cmd: python train.py --model_name_or_path microsoft/phi-2 --dataset acme/boats
    deps: [train.py, data/boats.jsonl]
"""),
        "dvc_yaml",
        base_models=["microsoft/phi-2"],
        datasets=["acme/boats", "data/boats.jsonl"],
    ),
]
