"""Scripts: commands of shells, and Python read by its syntax tree; nothing is ever run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.names import channel_of_url
from compliance.evidence.readers.rows import _a_model
from compliance.evidence.readers.training import SERVED, read_command, read_training
from compliance.evidence.readers.vocabulary import BASES, DATASETS, snake

_TOOLS = (
    (re.compile(r"\bopenrlhf\b|--reward_pretrain|--actor_num_nodes"), "openrlhf_script"),
    (re.compile(r"\bverl\.|actor_rollout_ref\."), "verl_script"),
    (re.compile(r"\bswift (?:sft|rlhf|pt|infer)\b|--rlhf_type|--sft_type\b|\bllm_sft\.py"), "swift_script"),
    (re.compile(r"\btrl (?:sft|dpo|grpo)\b|trl/scripts|alignment-handbook|--dataset_mixer"), "trl_script"),
    (re.compile(r"\bllamafactory-cli\b"), "llamafactory_script"),
    (re.compile(r"\btune run\b"), "torchtune_script"),
    (re.compile(r"\bvllm serve\b|vllm\.entrypoints|sglang\.launch_server"), "server_script"),
    (re.compile(r"\b(?:torchrun|accelerate launch|deepspeed)\b"), "training_script"),
)
_PYTHON = re.compile(r"^(?:import [\w.]+|from [\w.]+ import |def \w+\(|class \w+[:(])", re.MULTILINE)
_SHELL = re.compile(
    r"^(?:export \w+=|set -[eux]|(?:\w+=\S* )*[\w./-]+ .*\\$|CUDA_VISIBLE_DEVICES=|"
    r"(?:torchrun|accelerate|deepspeed|python3?|vllm|trl|swift) )",
    re.MULTILINE,
)
_DOWNLOAD = re.compile(
    r"\b(?:tune download|huggingface-cli download|hf download|ollama (?:run|pull)|"
    r"modelscope download --model) +([\w./:-]+)"
)


_ASSIGNED = re.compile(
    r"(?:^|\s|;)(?:export\s+)?([A-Za-z_]\w*)="
    r"((?:\"[^\"]*\"|'[^']*'|\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|[^\s;\"'])+)"
)
_VARIABLE = re.compile(r"\$\{(\w+)(?::?[-=]([^{}]*))?\}|\$(\w+)")
_NESTED = 5  # defaults inside defaults


def script_label(head: str) -> str:
    """The label of a shell script or a Python program that begins with `head`; empty where it is neither."""
    first = head[:200].split("\n")[0]
    if first.startswith("#!") and re.search(r"\b(?:ba|z|da|k)?sh\b", first):
        return _tool(head) or "shell_script"
    if first.startswith("#!") and "python" in first:
        return "python_script"
    if _PYTHON.search(head) and not re.search(r"^(?:---$|[\w-]+: )", head[:400], re.MULTILINE):
        return "python_script"
    flags = re.search(r"(?:^|\s)--[a-z][\w-]+|\s\+{0,2}\w+\.[\w.]+=", head)
    if flags and _SHELL.search(head) and not re.search(r"^\w+:(?: |$)", head, re.MULTILINE):
        return _tool(head) or "shell_script"
    return ""


def _tool(head: str) -> str:
    return next((label for pattern, label in _TOOLS if pattern.search(head)), "")


def read_shell(text: str, out: Collector) -> None:
    """State what the commands of a script say, with variables that the script itself sets put in."""
    variables: dict[str, str] = {}
    for number, line in _commands(text):
        for match in _ASSIGNED.finditer(line):
            value = match.group(2).strip("\"'")
            if not match.group(0).lstrip(" ;").startswith("-") and "$(" not in value:
                variables[match.group(1)] = _filled(value, variables)
        filled = _filled(line, variables)
        served = SERVED.search(filled)
        if served and ("serve" in filled or "api_server" in filled or "launch_server" in filled):
            out.model(
                served.group(1),
                field="vllm serve",
                role="targets",
                channel="open-weights",
                line=number,
                strength="medium",
            )
            continue
        read_command(filled, out, "", number)
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("#"):
            read_comment(line, out, number)
    for name, value in variables.items():
        # A variable that a command uses speaks through its flag; a bare word may name anything, a run among others.
        used = re.search(rf"\$(?:{name}\b|\{{{name}[}}:])", text) is not None
        if (snake(name) in BASES or snake(name) in DATASETS) and ("/" in value or not used):
            read_training({snake(name): value}, out)


def _commands(text: str) -> Iterator[tuple[int, str]]:
    """The commands of a script with the line each begins on: continued lines are joined, comments left out."""
    begun, parts = 0, []
    for number, line in enumerate(text.split("\n"), 1):
        plain = line.rstrip("\r")
        if plain.lstrip().startswith("#"):
            continue
        begun = begun or number
        if plain.endswith("\\"):
            parts.append(plain[:-1])
            continue
        parts.append(plain)
        whole = " ".join(parts).strip()
        if whole and len(whole) < 1_000_000:
            yield begun, whole
        begun, parts = 0, []
    if parts:
        yield begun, " ".join(parts)


def _filled(text: str, variables: dict[str, str]) -> str:
    """A text with the variables that are known put in, or their defaults; what stays open is written `$NAME`."""

    def fill(match: re.Match[str]) -> str:
        name = match.group(1) or match.group(3)
        default = (match.group(2) or "").strip("\"'")
        return variables.get(name, default or f"${name}")[:2_000]

    for _ in range(_NESTED):
        before, text = text, _VARIABLE.sub(fill, text)[:2_000_000]
        if text == before:
            break
    return text


def read_comment(line: str, out: Collector, number: int) -> None:
    """State the models that a comment names in a command or a setting: no use, but worth knowing."""
    text = line.lstrip(" \t#")
    for match in (*_DOWNLOAD.finditer(text), *SERVED.finditer(text)):
        if _a_model(match.group(1), out):
            out.model(match.group(1), field="comment", role="commented", strength="weak", line=number)
    set_ = re.match(r"([\w-]+) *[:=] *[\"']?([\w./:-]+)[\"']?\s*(?:#.*)?$", text)
    if set_ and _a_model(set_.group(2), out):
        word = snake(set_.group(1))
        if word in BASES or "model" in word or "teacher" in word or "judge" in word:
            out.model(set_.group(2), field=f"comment.{set_.group(1)}", role="commented", strength="weak", line=number)


def read_python(text: str, out: Collector) -> None:
    """State the models, data sets and hosts that the string literals of a Python program name."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        out.warn("malformed", f"not Python: {str(error)[:80]}", line=getattr(error, "lineno", None))
        return
    constants: dict[str, str] = {}
    named: dict[int, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            named[id(node.value)] = getattr(node.targets[0], "id", getattr(node.targets[0], "attr", ""))
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    constants[target.id] = node.value.value
                    _setting(target.id, node.value.value, out, node.lineno)
        elif isinstance(node, ast.Call):
            _call(node, constants, named.get(id(node), ""), out)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and _literal(value, constants):
                    _setting(key.value, _literal(value, constants), out, node.lineno)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and 8 < len(node.value) < 500:
            _address(node.value, out, node.lineno)


def _setting(name: str, value: str, out: Collector, line: int) -> None:
    word = snake(name)
    if word == "model" and _a_model(value, out):
        out.model(value, field=name, strength="medium", line=line)
    elif _a_model(value, out) or "/" in value:
        before = out.line_of
        out.line_of = lambda _: line
        read_training({word: value}, out)
        out.line_of = before


def _call(node: ast.Call, constants: dict[str, str], target: str, out: Collector) -> None:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    first = _literal(node.args[0], constants) if node.args else ""
    if (
        name in ("load_dataset", "load_from_disk", "Dataset", "snapshot_download")
        and first
        and first not in ("json", "csv", "parquet", "text")
    ):
        if name != "snapshot_download" or any(
            k.arg == "repo_type" and _literal(k.value, constants) == "dataset" for k in node.keywords
        ):
            out.dataset(first, field=name, line=node.lineno)
    elif name in ("from_pretrained", "LLM", "SentenceTransformer", "pipeline") and first and _a_model(first, out):
        owner = getattr(getattr(node.func, "value", None), "id", "")
        if "Tokenizer" not in owner and "Processor" not in owner:
            word = next((w for w in ("teacher", "reward", "judge") if w in target.lower()), "model_path")
            before = out.line_of
            out.line_of = lambda _: node.lineno
            read_training({word: first}, out, f"{name} ")
            out.line_of = before
    for keyword in node.keywords:
        if keyword.arg and _literal(keyword.value, constants):
            _setting(keyword.arg, _literal(keyword.value, constants), out, node.lineno)


def _literal(node: Any, constants: dict[str, str]) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return constants.get(node.id, "") if isinstance(node, ast.Name) else ""


def _address(text: str, out: Collector, line: int) -> None:
    match = re.search(r"(?:huggingface\.co|hf\.co)/datasets/([\w.-]+/[\w.-]+)", text)
    if match:
        out.dataset(match.group(1), field="address", strength="weak", line=line)
    elif re.match(r"https?://", text) and channel_of_url(text):
        out.channel(channel_of_url(text), field="address", strength="medium")
