"""Records of runs and pipelines: OpenLineage, DVC, MLflow models, Weights & Biases, distilabel pipelines."""

from __future__ import annotations

import re
from typing import Any

from compliance.evidence.claims import ClaimRole
from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.interface import Shape, dig, text_at, walk
from compliance.evidence.readers.names import channel_of_provider, channel_of_url, known_model, party_of_provider
from compliance.evidence.readers.training import read_command, read_training

_JUDGING = re.compile(
    r"judge|ultrafeedback|prometheus|pairrm|scorer|quality|complexity|preference|reward|critic|classif", re.I
)


class Lineage:
    """What tools write down about a run."""

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        keys = value.keys()
        if "eventTime" in keys and isinstance(value.get("run"), dict) and isinstance(value.get("job"), dict):
            return "openlineage_event"
        if isinstance(value.get("flavors"), dict):
            return "mlflow_mlmodel"
        if isinstance(dig(value, "info", "run_id"), str) and isinstance(value.get("data"), dict):
            return "mlflow_run"
        if "_wandb" in keys or "wandb_version" in keys:
            return "wandb_config"
        stages = value.get("stages")
        if isinstance(stages, dict) and any(isinstance(s, dict) and ("cmd" in s or "do" in s) for s in stages.values()):
            return "dvc_lock" if "schema" in keys else "dvc_yaml"
        outs = value.get("outs")
        if isinstance(outs, list) and isinstance(dig(outs, 0), dict) and outs[0].keys() & {"md5", "path", "hash"}:
            return "dvc_file"
        if "pipeline" in keys and isinstance(value.get("distilabel"), dict):
            return "distilabel_pipeline_yaml"
        return None

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        {
            "openlineage_event": _openlineage,
            "mlflow_mlmodel": _mlmodel,
            "mlflow_run": _mlflow_run,
            "wandb_config": _wandb,
            "dvc_yaml": _dvc,
            "dvc_lock": _dvc,
            "dvc_file": _dvc_file,
            "distilabel_pipeline_yaml": _distilabel,
        }[label](value, out)


def _openlineage(value: dict[str, Any], out: Collector) -> None:
    out.date(value.get("eventTime"), field="eventTime")
    for side in ("inputs", "outputs"):
        for at, item in enumerate(value.get(side) or []):
            name = text_at(item, "name")
            out.dataset(
                name,
                field=f"{side}[{at}].name",
                role="training" if side == "inputs" else "subject",
                strength="strong",
                note=text_at(item, "namespace"),
            )
            for path, key, inner in walk(dig(item, "facets") or {}, f"{side}[{at}].facets", 5_000):
                if key in ("license", "licence") and isinstance(inner, str):
                    out.licence(inner, field=path, strength="strong")
                elif key in ("model", "model_name", "modelName") and isinstance(inner, str):
                    out.model(inner, field=path)


def _mlmodel(value: dict[str, Any], out: Collector) -> None:
    out.date(value.get("utc_time_created"), field="utc_time_created")
    for flavor, options in value["flavors"].items():
        source = text_at(options, "source_model_name")
        out.base_model(source, field=f"flavors.{flavor}.source_model_name", strength="strong")
        out.base_model(
            text_at(options, "peft_adaptor") and text_at(options, "base_model"), field=f"flavors.{flavor}.base_model"
        )
        maker = party_of_provider(flavor) if flavor not in ("google",) else ""
        if maker:
            out.party(
                maker, field=f"flavors.{flavor}", strength="strong", note="the flavour calls this maker's service"
            )
            model = text_at(options, "model")
            if model:
                out.model(model, field=f"flavors.{flavor}.model", role="tooling")
            else:
                out.unknown("model", "the model's name stands in the data file of the flavour")
    for at, endpoint in enumerate(dig(value, "resources", "databricks", "serving_endpoint") or []):
        out.model(
            text_at(endpoint, "name"),
            field=f"resources.databricks.serving_endpoint[{at}].name",
            role="tooling",
            channel="cloud-reseller:Databricks",
        )
    for path, key, item in walk(value.get("metadata") or {}, "metadata", 2_000):
        if key in ("pretrained_model_name", "source_model", "base_model", "model_name") and isinstance(item, str):
            out.base_model(item, field=path)
        elif key in ("license", "licence"):
            out.licence(item, field=path)


def _mlflow_run(value: dict[str, Any], out: Collector) -> None:
    out.date(dig(value, "info", "start_time"), field="info.start_time")
    for at, item in enumerate(dig(value, "inputs", "dataset_inputs") or []):
        out.dataset(
            text_at(item, "dataset", "name"),
            field=f"inputs.dataset_inputs[{at}].dataset.name",
            strength="strong",
            note=text_at(item, "dataset", "source")[:200],
        )
    for group in ("params", "tags"):
        pairs = dig(value, "data", group) or []
        flat = {text_at(p, "key"): p.get("value") for p in pairs if isinstance(p, dict)}
        read_training(flat, out, f"data.{group}.")


def _wandb(value: dict[str, Any], out: Collector) -> None:
    plain = {k: v["value"] if isinstance(v, dict) and "value" in v else v for k, v in value.items() if k != "_wandb"}
    read_training(plain, out)
    if not out.names("dataset"):
        out.unknown("datasets", "the run logged no data set")


def _dvc(value: dict[str, Any], out: Collector) -> None:
    for name, stage in value["stages"].items():
        if not isinstance(stage, dict):
            continue
        command = stage.get("cmd")
        for line in command if isinstance(command, list) else [command]:
            if isinstance(line, str):
                read_command(line, out, f"stages.{name}.cmd")
        for at, item in enumerate(stage.get("deps") or []):
            path = item if isinstance(item, str) else text_at(item, "path")
            if re.search(r"(?:^|/)data|\.(?:jsonl?|csv|parquet|arrow|tsv|txt)(?:$|\.)|dataset", path):
                out.dataset(path, field=f"stages.{name}.deps[{at}]", strength="strong")


def _dvc_file(value: dict[str, Any], out: Collector) -> None:
    for at, item in enumerate(value["outs"]):
        out.dataset(
            text_at(item, "path"),
            field=f"outs[{at}].path",
            role="subject",
            strength="strong",
            note=text_at(item, "md5") or text_at(item, "hash"),
        )


def _distilabel(value: dict[str, Any], out: Collector) -> None:
    for at, item in enumerate(dig(value, "pipeline", "steps") or []):
        step = item.get("step") if isinstance(item, dict) else None
        if not isinstance(step, dict):
            continue
        path = f"pipeline.steps[{at}].step"
        out.dataset(step.get("repo_id"), field=f"{path}.repo_id", strength="strong")
        if not step.get("repo_id") and isinstance(step.get("data_files"), str):
            out.dataset(step["data_files"], field=f"{path}.data_files", strength="strong")
        kind = text_at(step, "type_info", "name") + " " + text_at(step, "name")
        role: ClaimRole = "preference" if _JUDGING.search(kind) else "targets"
        role = "embedding" if "mbedding" in kind else role
        for place, key, inner in walk(step, path, 20_000):
            if key in ("llm", "llms", "embeddings") and isinstance(inner, dict):
                _llm(inner, out, place, role)


def _llm(llm: dict[str, Any], out: Collector, path: str, role: ClaimRole) -> None:
    key = next((k for k in ("model", "model_id", "model_name", "repo_id") if text_at(llm, k)), "")
    if not key:
        out.unknown("model", "a step's LLM names no model")
        return
    maker = known_model(out.corpus, llm[key]).maker
    host = text_at(llm, "base_url")
    kind = text_at(llm, "type_info", "name")
    local = bool(re.search(r"vLLM|Transformers|LlamaCpp|Ollama|MLX", kind)) and "Client" not in kind
    provider = (
        kind.removesuffix("LLM").lower().replace("azureopenai", "azure").replace("inferenceendpoints", "huggingface")
    )
    channel = channel_of_url(host, maker) if host else "open-weights" if local else channel_of_provider(provider, maker)
    out.model(llm[key], field=f"{path}.{key}", role=role, strength="strong", channel=channel)
