"""Configs of trainers and of the tools around them, told apart by the keys that each of them has."""

from __future__ import annotations

from typing import Any

from compliance.evidence.readers import vocabulary as words
from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.interface import Shape, dig, strings, text_at, walk
from compliance.evidence.readers.names import interpolated
from compliance.evidence.readers.training import read_training
from compliance.evidence.readers.words import word_set

_AXOLOTL = word_set(
    """
    adapter micro_batch_size sequence_len sample_packing datasets pretraining_dataset lora_target_linear
    val_set_size dataset_prepared_path num_epochs
    """
)
_LLAMAFACTORY = word_set(
    """
    stage finetuning_type template cutoff_len dataset_dir do_train lora_target preprocessing_num_workers
    pref_loss infer_backend export_dir
    """
)
_NEMO_RL = word_set(
    """
    policy grpo dpo sft distillation teachers teacher loss_fn env checkpointing cluster logger data rm
    """
)
_TRAINER = word_set(
    """
    learning_rate num_train_epochs per_device_train_batch_size output_dir gradient_accumulation_steps bf16 seed
    max_seq_length lr_scheduler_type warmup_ratio logging_steps torch_dtype epochs batch_size lr optimizer
    """
)
_MODELS = word_set("model student policy teacher models")
_LEARNING = word_set(
    """
    training_args training trainer training_arguments train_config training_config hyperparameters
    loss_functions teacher
    """
)
_RECIPE = word_set(
    """
    model_name_or_path dataset_name dataset_mixer dataset_mixture dataset_mixer_list dataset_splits
    dataset_config
    """
)


def is_run(value: dict[str, Any]) -> bool:
    """Whether a mapping of no known tool configures a training run: it names a model and data, and how to learn."""
    keys = {words.snake(str(k)) for k in value}
    learns = keys & _TRAINER or keys & _LEARNING
    return bool(learns and keys & (words.BASES | _MODELS) and keys & (words.DATASETS | {"data"}))


class Mergekit:
    """Merges: every parent is lineage, the base of the merge as well."""

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        if "merge_method" in value or ("slices" in value and "dtype" in value) or "gate_mode" in value:
            return "mergekit_yaml"
        return None

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        for path, key, item in walk(value):
            name = text_at(item, "model") or text_at(item, "path") if isinstance(item, dict) else item
            if not isinstance(name, str):
                continue
            if key in ("model", "source_model") or (key == "models" and not text_at(item, "model")):
                for part in name.split("+"):
                    out.model(part, field=path, role="base", strength="medium")
                    out.base_model(part, field=path)
            elif key == "base_model":
                out.base_model(name, field=path)
            elif key == "lora" and isinstance(item, str):
                out.base_model(item, field=path)


class ModelFiles:
    """Files that lie beside weights: adapters, model and tokenizer configs, states of a trainer."""

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        keys = value.keys()
        if "peft_type" in keys and "base_model_name_or_path" in keys:
            return "peft_adapter_config"
        if "log_history" in keys and "global_step" in keys:
            return "hf_trainer_state"
        if "model_type" in keys and keys & {
            "architectures",
            "hidden_size",
            "num_hidden_layers",
            "transformers_version",
        }:
            return "hf_config_json"
        if "tokenizer_class" in keys and keys & {"model_max_length", "added_tokens_decoder", "chat_template"}:
            return "hf_tokenizer_config"
        return None

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        if label == "peft_adapter_config":
            out.base_model(value.get("base_model_name_or_path"), field="base_model_name_or_path", strength="strong")
        elif label == "hf_config_json":
            out.base_model(value.get("_name_or_path"), field="_name_or_path", strength="strong")
            if not text_at(value, "_name_or_path"):
                out.unknown("base_model")
        else:
            out.unknown("base_model", "this kind of file names neither models nor data")
            out.unknown("datasets")


class Trainers:
    """Configs of training runs; one walk reads them all, the label tells the tool."""

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        keys = value.keys()
        kind = "json" if shape.container == "document" else "yaml"
        if any(k == "_component_" and str(v).startswith("torchtune") for _, k, v in walk(value, "", 2_000)):
            return "torchtune_yaml"
        if "actor_rollout_ref" in keys:
            return "verl_yaml"
        if "dataset_mixer_list" in keys:
            return "open_instruct_yaml"
        if "data_stages" in keys and "parallelism" in keys:
            return "nanotron_yaml"
        if "judge_model" in keys and keys & {"model_list", "bench_name", "baseline_model"}:
            return "arena_hard_yaml"
        if isinstance(value.get("API"), dict) and keys & {"PROMPTS", "PATH", "SYSTEM", "PHASE"}:
            return "augmentoolkit_yaml"
        if (
            isinstance(value.get("model"), dict)
            and "model_name" in value["model"]
            and isinstance(dig(value, "data", "train"), dict)
        ):
            return "oumi_yaml"
        if "model_name_or_path" in keys and len(keys & _LLAMAFACTORY) >= 2:
            return "llamafactory_yaml"
        if "base_model" in keys and len(keys & _AXOLOTL) >= 1:
            return "axolotl_yaml"
        if ("defaults" in keys and isinstance(value["defaults"], (str, list)) and keys & _NEMO_RL) or len(
            keys & _NEMO_RL
        ) >= 4:
            return "nemo_rl_yaml"
        if "exp_manager" in keys or (
            "trainer" in keys and "model" in keys and "restore_from_path" in str(value)[:20_000]
        ):
            return "nemo_yaml"
        if (keys & _RECIPE and keys & _TRAINER) or len(keys & _RECIPE) >= 2:
            return f"recipe_{kind}"
        if _profiles(value):
            return "trainer_profiles_yaml"
        return None

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        if label == "torchtune_yaml":
            _torchtune(value, out)
        else:
            read_training(value, out)
        included = value.get("defaults")
        for name in strings(included) if label.startswith("nemo") else []:
            out.warn("unresolved", f"defaults: the rest stands in {name[:200]}")
        if not out.names("base_model"):
            out.unknown("base_model")
        if not out.names("dataset"):
            out.unknown("datasets")


def _profiles(value: dict[str, Any]) -> bool:
    """Whether a mapping holds several named configs that a program merges."""
    inner = [v for v in value.values() if isinstance(v, dict)]
    telling = [v for v in inner if v.keys() & {"model_name", "datasets", "model_name_or_path", "base_model"}]
    training = [v for v in inner if v.keys() & _TRAINER]
    return len(telling) >= 2 and len(inner) * 2 > len(value) and bool(training)


def _torchtune(value: dict[str, Any], out: Collector) -> None:
    for key in ("checkpointer", "base_model_checkpointer", "student_checkpointer"):
        _checkpoint(value, key, out, teacher=False)
    for key in ("teacher_checkpointer", "ref_checkpointer", "reward_checkpointer", "reward_and_value_checkpointer"):
        _checkpoint(value, key, out, teacher=key.startswith("teacher"))
    for key in ("dataset", "train_dataset", "datasets"):
        for at, item in enumerate(value[key] if isinstance(value.get(key), list) else [value.get(key)]):
            place = f"{key}[{at}]" if isinstance(value.get(key), list) else key
            source = text_at(item, "source")
            if source and source not in ("json", "csv", "text", "parquet"):
                out.dataset(source, field=f"{place}.source")
            elif dig(item, "data_files"):
                for name in strings(item["data_files"]):
                    out.dataset(name, field=f"{place}.data_files")
            elif isinstance(dig(item, "datasets"), list):
                _torchtune({"datasets": item["datasets"]}, out)
            else:
                out.dataset(
                    text_at(item, "_component_"), field=f"{place}._component_", note="a named loader of the tool"
                )
    for key in ("dataset_val", "eval_dataset", "validation_dataset"):
        out.dataset(
            text_at(value.get(key), "source") or text_at(value.get(key), "_component_"), field=key, role="evaluation"
        )


def _checkpoint(value: dict[str, Any], key: str, out: Collector, *, teacher: bool) -> None:
    directory = text_at(value.get(key), "checkpoint_dir")
    if interpolated(directory):
        out.warn("unresolved", f"{key}.checkpoint_dir: the value is set somewhere else: {directory[:120]}")
        base = text_at(value, "base_model_path") or text_at(value, "model_path") or text_at(value, "checkpoint_dir")
        directory = base if base and not interpolated(base) else ""
    if directory and teacher:
        out.model(directory, field=f"{key}.checkpoint_dir", role="logits", strength="medium")
    elif directory:
        out.base_model(directory, field=f"{key}.checkpoint_dir")
