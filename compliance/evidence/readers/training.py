"""What any training config says: one walk over its keys, led by the vocabulary, for all trainers.

What stands above a key decides whose it is: `path` below `teacher` is a teacher's, below `tokenizer` nobody's.
"""

from __future__ import annotations

import re
import shlex
from typing import Any

from compliance.evidence.claims import ClaimRole
from compliance.evidence.readers import vocabulary as words
from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.limits import DEPTH
from compliance.evidence.readers.names import channel_of_url, interpolated, named_end, plausible
from compliance.evidence.readers.words import word_set

_MODEL_PLACES = word_set(
    """
    model policy actor student checkpointer actor_rollout_ref policy_model actor_model model_args model_config
    model_arguments modelargs base critic
    """
)
# Older trainers name the weights by a type: one with a size is a model, one without is an architecture.
_SIZED = re.compile(r"\d[bB](?:-|\Z)")
_NAMED = frozenset(("model", "model_name_or_path", "model_path", "model_id_or_path", "model_name"))
# Commands that let a model answer, and train nothing.
_ANSWERS = re.compile(r"\b(?:swift|megatron) infer\b")
_NUMBER = re.compile(r"[\d.eE+-]+\Z")
# A command that serves a model.
SERVED = re.compile(
    r"\b(?:vllm serve|trl vllm-serve --model|sglang\.launch_server.*?--model-path|--model) +([\w.-]+/[\w.-]+)"
)
_SAMPLED = re.compile(r"#\d+\Z|[@:]\d+(?:\.\d+)?%?\Z")
_LOADERS: tuple[Any, ...] = (
    "",
    [],
    "json",
    "csv",
    "parquet",
    "text",
    "arrow",
    "jsonl",
    "local",
    "file",
    "hf",
    "huggingface",
)
_OPTIONS = word_set(
    """
    split subset config weight ratio num_samples max_samples frac fraction type revision
    """
)


def read_training(value: dict[str, Any], out: Collector, path: str = "") -> None:
    """State the base models, teachers, judges and data sets that a config names."""
    _walk(value, out, path, "", 0)


def _walk(value: dict[str, Any], out: Collector, path: str, role: str, depth: int) -> None:
    if depth > DEPTH:
        return
    for key, item in value.items():
        place = f"{path}{key}"
        word = words.snake(str(key).rpartition(".")[2]) if isinstance(key, str) else ""
        if not word or item is None or item == "" or words.IGNORED.search(word):
            continue
        here = _role(word, role)
        if word in words.EVAL_DATASETS:
            read_sets(item, out, place, "evaluation")
        elif word in words.DATASETS and here != "evaluation":
            read_sets(item, out, place, "training")
        elif word in words.DATASETS:
            read_sets(item, out, place, "evaluation")
        elif _names_model(word, here, key, item):
            _model(item, out, place, here or "base", depth)
        elif isinstance(item, dict):
            _walk(item, out, f"{place}.", here, depth + 1)
        elif isinstance(item, list):
            for at, entry in enumerate(item[:10_000]):
                if isinstance(entry, dict):
                    _walk(entry, out, f"{place}[{at}].", here, depth + 1)
        elif word in ("license", "licence"):
            out.licence(item, field=place)
        elif word in ("base_url", "api_base") and isinstance(item, str) and channel_of_url(item):
            out.channel(channel_of_url(item), field=place, strength="medium")


def _role(word: str, above: str) -> str:
    """The part that what stands below a key plays: its own word's, or that of what stands above it."""
    if "teacher" in word:
        return "logits"
    if word in words.REWARDS or word in ("reward", "rm", "reward_model", "rewards"):
        return "reward"
    if word in words.JUDGES or word in ("judge", "evaluator"):
        return "preference"
    if word in words.EMBEDDERS:
        return "embedding"
    if word in words.CONFIG_GENERATORS or word in ("generator", "generators"):
        return "targets"
    if word in words.PROMPTERS:
        return "prompts"
    if word.startswith(("eval", "valid", "test")) or word in words.RIVALS:
        return "evaluation"
    if word in ("ref", "ref_model", "reference", "reference_model", "ref_policy"):
        return "base"
    return above


def _names_model(word: str, role: str, key: Any, item: Any) -> bool:
    """Whether a key holds a model: by its own word, or by a plain word below one that says whose it is."""
    if word in words.BASES or word in words.TEACHERS or word in words.CONFIG_GENERATORS or word in words.RIVALS:
        return True
    if isinstance(item, bool) or not isinstance(item, (str, dict, list)):
        return False
    if isinstance(item, str) and word.endswith(("_teacher", "teacher_name", "_judge", "judge_name")):
        return "/" in item or bool(re.search(r"\d", item))
    if role and role != "evaluation" and word in words.MODEL_NAMES and isinstance(item, str):
        return word != "name" or "/" in item
    if word in words.REWARDS | words.JUDGES | words.EMBEDDERS | words.PROMPTERS:
        return isinstance(item, (str, list)) or bool(isinstance(item, dict) and item.keys() & set(words.MODEL_NAMES))
    return word in _MODEL_PLACES


def _model(item: Any, out: Collector, place: str, role: str, depth: int) -> None:
    if isinstance(item, str):
        _say_model(item, out, place, role)
    elif isinstance(item, list):
        for at, entry in enumerate(item[:1_000]):
            _model(entry, out, f"{place}[{at}]", role, depth + 1)
    elif isinstance(item, dict) and depth < DEPTH:
        key = next((k for k in words.MODEL_NAMES if isinstance(item.get(k), str) and item[k]), "")
        if key and (key != "name" or "/" in item[key] or role != "base"):
            _say_model(item[key], out, f"{place}.{key}", role)
        rest = {
            k: v
            for k, v in item.items()
            if isinstance(v, (dict, list)) or (words.snake(str(k)) in words.BASES and k != key)
        }
        _walk(rest, out, f"{place}.", "" if role == "base" else role, depth + 1)


def _say_model(name: str, out: Collector, place: str, role: str) -> None:
    if interpolated(name):
        out.warn("unresolved", f"{place}: the value is set somewhere else: {name[:120]}")
        end = named_end(name)
        if end and out.corpus.family(end) is None and not re.search(r"\d", end):
            end = ""
        if end and role == "base":
            out.base_model(end, field=place, note=f"the end of {name[:200]}")
        elif end:
            out.model(end, field=place, role=role, strength="medium", note=f"the end of {name[:200]}")  # type: ignore[arg-type]
        else:
            out.unknown("base_model" if role == "base" else "model")
    elif not plausible(name) or name.startswith(("torchtune.", "torch.", "nemo.", "transformers.")):
        return
    elif role == "base":
        out.base_model(name, field=place)
    else:
        out.model(name, field=place, role=role, strength="medium")  # type: ignore[arg-type]


def read_sets(item: Any, out: Collector, place: str, role: ClaimRole) -> None:
    """State the data sets in any of the forms in which trainers list them: names, lists, mixtures with weights."""
    if isinstance(item, str):
        names = item.split(",") if "://" not in item and "{" not in item else [item]
        for name in names:
            _say_set(name.strip(), out, place, role)
    elif isinstance(item, list):
        for at, entry in enumerate(item[:10_000]):
            read_sets(entry, out, f"{place}[{at}]", role)
    elif isinstance(item, dict):
        key = next((k for k in words.SET_NAMES if isinstance(item.get(k), (str, list)) and item[k] not in _LOADERS), "")
        if key == "name" and any(
            isinstance(v, (dict, list)) and words.snake(str(k)) in words.DATASETS for k, v in item.items()
        ):
            key = ""
        if key:
            read_sets(item[key], out, f"{place}.{key}", role)
            _split_names(item, out, place)
            return
        for name, inner in item.items():
            word = words.snake(str(name))
            if word in words.DATASETS or word in ("train", "training", "sft", "data", "default", "blend", "mixture"):
                read_sets(inner, out, f"{place}.{name}", role)
            elif word in words.EVAL_DATASETS or word in ("validation", "eval", "test", "val", "evaluation"):
                read_sets(inner, out, f"{place}.{name}", "evaluation")
            elif _is_weight(inner) or (
                isinstance(inner, dict) and (not inner or len(item) == 1 or inner.keys() & _OPTIONS)
            ):
                if "/" in str(name) or isinstance(inner, dict) or place.endswith(("mixer", "mixer_list", "]")):
                    _say_set(str(name), out, f"{place}.{name}", role)
            elif isinstance(inner, dict):
                read_sets(inner, out, f"{place}.{name}", role)


def _is_weight(value: Any) -> bool:
    return (isinstance(value, (int, float)) and not isinstance(value, bool)) or (
        isinstance(value, str) and bool(_NUMBER.match(value))
    )


def _split_names(item: dict[str, Any], out: Collector, place: str) -> None:
    """A teacher may be named by a split or a subset only."""
    for key in ("split", "config", "subset", "name"):
        for text in [item[key]] if isinstance(item.get(key), str) else []:
            for model in words.models_in_name(text):
                out.model(
                    model, field=f"{place}.{key}", role="targets", strength="weak", note="named by a split or subset"
                )


def _say_set(name: str, out: Collector, place: str, role: ClaimRole) -> None:
    name = _SAMPLED.sub("", name.strip("'\" []"))
    if interpolated(name):
        out.warn("unresolved", f"{place}: the value is set somewhere else: {name[:120]}")
        if named_end(name):
            out.dataset(named_end(name), field=place, role=role, note=f"the end of {name[:200]}")
        else:
            out.unknown("datasets")
    elif not _NUMBER.match(name):
        out.dataset(name.removeprefix("hf://datasets/").removeprefix("hf://"), field=place, role=role)


def read_command(line: str, out: Collector, place: str = "", number: int | None = None) -> None:
    """State what the flags of one command say: `--model_name_or_path X`, `data.train_files=Y`, `+teacher.path=Z`."""
    try:
        parts = shlex.split(re.split(r"\s#\s", line)[0])
    except ValueError:
        parts = line.split()
    flat: dict[str, Any] = {}
    pending = ""
    for part in parts:
        name, equals, value = part.partition("=")
        if (
            equals
            and re.fullmatch(r"(?:--|\+{0,2})[A-Za-z_][\w.-]*", name)
            and (name.startswith(("-", "+")) or "." in name)
        ):
            flat[name.lstrip("-+")] = value.strip("[]'\"")
            pending = ""
        elif re.fullmatch(r"--?[A-Za-z_][\w.-]*", part):
            pending = part.lstrip("-")
        elif pending:
            held = flat.get(pending)
            flat[pending] = part if held is None else [*held, part] if isinstance(held, list) else [held, part]
    kind = flat.get("model_type")
    if isinstance(kind, str) and _SIZED.search(kind) and not flat.keys() & _NAMED:
        flat["model_path"] = flat.pop("model_type")
    if _ANSWERS.search(line) and isinstance(flat.get("model"), str):
        flat["generator_model"] = flat.pop("model")
    before, after = out.line_of, (lambda _: number)
    out.line_of = after if number is not None else before
    _walk(_nested(flat), out, f"{place} --" if place else "--", "", 0)
    out.line_of = before


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Dotted keys as mappings in mappings, so that what stands above a key is seen."""
    tree: dict[str, Any] = {}
    for dotted, value in flat.items():
        steps = dotted.split(".")[:20]
        here = tree
        for step in steps[:-1]:
            inner = here.setdefault(step, {})
            if not isinstance(inner, dict):
                inner = here[step] = {"path": inner}
            here = inner
        here[steps[-1]] = value
    return tree
