"""Rows of training data: chats, instructions, preferences, completions, and answers of benchmarks."""

from __future__ import annotations

import re
from typing import Any

from compliance.domain.evidence import Strength
from compliance.evidence.claims import ClaimRole
from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.interface import Shape, dig, strings, walk
from compliance.evidence.readers.vocabulary import ROW_DATES, ROW_LICENCES, ROW_SETS, column_claim, row_role, snake
from compliance.evidence.readers.words import word_set

_SELF = re.compile(
    r"\b(?:I(?:'m|\u2019m| am)|my name is|call me)\b[^.\n]{0,100}?\b(?:trained|developed|created|made|built|designed)\b"
    r"(?: and (?:trained|maintained|developed))? (?:by|at) (?:(?:the |a )?(?:researchers|engineers|team|people|company)"
    r"[^.\n]{0,20}? (?:from|at|called) )?([A-Z][\w.&'-]*(?: [A-Z][\w.&'-]*){0,5})"
)
_SELF_HINT = re.compile(r"(?:trained|developed|created|made|built|designed)\b[^.\n]{0,40} (?:by|at) ")
_TALK = word_set(
    "prompt messages completion response responses output input usage temperature instruction question answer text "
    "conversation conversations content tokens reasoning problem solution"
)
_EVAL = frozenset(("model_answer", "model_judgment", "alpaca_eval"))


class Rows:
    """Training rows, told apart by the fields that hold the texts."""

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        name = _name(value, value.keys())
        return f"{name}_{shape.suffix}" if name else None

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        name = label.rpartition("_")[0]
        evaluation = name in _EVAL
        found = read_row(value, out, evaluation=evaluation)
        if not found:
            out.unknown("model")
        if name in ("sharegpt", "openai_finetune", "alpaca", "nemo_sft", "preference_pairs"):
            _self_named(value, out)


def _name(value: dict[str, Any], keys: Any) -> str | None:
    """The name of the row's format; the narrower shapes first."""
    if "question_id" in keys and "model_id" in keys and "choices" in keys:
        return "model_answer"
    if "question_id" in keys and "judge" in keys:
        return "model_judgment"
    if "instruction" in keys and "output" in keys and "generator" in keys:
        return "alpaca_eval"
    if (
        isinstance(value.get("completions"), list)
        and isinstance(dig(value, "completions", 0), dict)
        and "instruction" in keys
    ):
        return "ultrafeedback"
    if "distilabel_metadata" in keys or (
        "generation" in keys and keys & {"model_name", "generation_model", "generation_models"}
    ):
        return "distilabel"
    if ("chosen" in keys and "rejected" in keys) or "chosen_messages" in keys or "preferred_output" in keys:
        return "preference_pairs"
    if isinstance(value.get("responses"), list) and any("reward" in k or "score" in k or k == "ranks" for k in keys):
        return "preference_pairs"
    if "conversation_hash" in keys or ("conversation_id" in keys and "conversation" in keys and "model" in keys):
        return "wildchat"
    turns = value.get("conversations", value.get("conversation"))
    first = turns[0] if isinstance(turns, list) and turns else None
    if isinstance(first, dict) and "from" in first and "value" in first:
        return "nemo_sft" if "mask" in keys and "system" in keys else "sharegpt"
    if isinstance(first, dict) and "role" in first and "content" in first:
        return "openai_finetune"
    first = dig(value, "messages", 0)
    if isinstance(first, dict) and "role" in first and not keys & {"usage", "choices", "run_type"}:
        return "openai_finetune"
    if {"generator", "used_in_training"} <= keys or {"generator", "input", "output"} <= keys:
        return "nemotron"
    if "gen_input_configs" in keys or "gen_response_configs" in keys:
        return "magpie"
    if "message_id" in keys and "parent_id" in keys and "text" in keys:
        return "oasst"
    if "instruction" in keys and keys & {"output", "response", "answer", "completion"}:
        return "alpaca"
    if "prompt" in keys and keys & {"completion", "response", "answer"}:
        return "prompt_completion"
    return None


def read_row(
    value: dict[str, Any],
    out: Collector,
    *,
    evaluation: bool = False,
    known_format: bool = True,
    strength: Strength = "strong",
) -> bool:
    """State what the provenance fields of any row say; whether a model was named. `strength` says who wrote them.

    Only what stands in a field speaks: the texts of prompts and answers are not searched here. In a row of no known
    format that holds no text of a conversation either, a model must be one that is known, or a hub id.
    """
    day = ""
    loose = known_format or bool({snake(k) for k in value} & _TALK)
    models: list[tuple[str, str, ClaimRole]] = []
    for path, key, item in walk(value, "", 2_000):
        role = row_role(key)
        if role is not None:
            for name in strings(item):
                if _a_model(name, out, loose):
                    models.append((name, path, role))
        elif key == "models" and isinstance(item, list):
            models += [(n, path, "targets") for n in strings(item) if _a_model(n, out, loose)]
        elif isinstance(item, str):
            word = snake(key)
            if word in ROW_LICENCES:
                out.licence(item, field=path, strength=strength)
            elif word in ROW_SETS and _a_set(item, out):
                out.dataset(item, field=path, role="training", strength=strength)
            elif word in ROW_DATES and not day:
                day = out.date(item, field=path)
        elif isinstance(item, (int, float)) and not day and snake(key) in ROW_DATES:
            day = out.date(item, field=path)
    for name, path, role in models:
        part: ClaimRole = "evaluation" if evaluation and role == "targets" else role
        out.model(name, field=path, role=part, strength=strength, day=day)
    named = bool(models)
    for key in value:
        claim = column_claim(key)
        if claim is not None and value[key] not in (None, "", []):
            out.model(claim[0], field=key, role=claim[1], strength="weak", note="named by the column itself")
            named = named or claim[1] == "targets"
    return named


def _a_model(name: str, out: Collector, loose: bool = True) -> bool:
    """Whether the value of a field that may hold a model does: a known id, a hub id, or a word with a version."""
    if not 2 <= len(name) <= 200 or "\n" in name or name.count(" ") > 4:
        return False
    if out.corpus.family(name) is not None:
        return True
    hub = bool(re.fullmatch(r"[\w.-]+/[\w.:@-]+", name))
    return (hub or (loose and bool(re.search(r"\d", name) or "/" in name))) and not name.startswith("http")


def _a_set(name: str, out: Collector) -> bool:
    """Whether the value of a field that may hold a data set does: a known set, or a hub id."""
    if not 3 <= len(name) <= 150 or name.startswith(("http", "/", ".")) or " " in name.strip():
        return False
    return out.corpus.dataset(name) is not None or bool(re.fullmatch(r"[\w.-]+/[\w.-]+", name))


def _self_named(value: dict[str, Any], out: Collector) -> None:
    """State which maker an answer says made it: weak evidence, since models copy each other's words."""
    for text, path in _answers(value):
        if len(text) < 20_000 and _SELF_HINT.search(text):
            for match in _SELF.finditer(text):
                party = _party(match.group(1), out)
                if party:
                    out.party(party, field=path, strength="weak", note="the answer says so of itself")


def _party(words: str, out: Collector) -> str:
    parts = words.strip(".'").split(" ")
    for end in range(len(parts), 0, -1):
        party = out.corpus.party(" ".join(parts[:end]))
        if party is not None:
            return party.name
    return ""


def _answers(value: dict[str, Any]) -> list[tuple[str, str]]:
    found = []
    for key in ("output", "response", "answer", "chosen", "completion"):
        if isinstance(value.get(key), str):
            found.append((value[key], key))
    for key in ("conversations", "messages", "conversation"):
        turns = value.get(key)
        for at, turn in enumerate(turns if isinstance(turns, list) else []):
            if isinstance(turn, dict) and str(turn.get("from", turn.get("role"))).lower() in (
                "gpt",
                "assistant",
                "model",
                "chatgpt",
                "bing",
                "bard",
                "ai",
                "bot",
            ):
                text = turn.get("value", turn.get("content"))
                if isinstance(text, str):
                    found.append((text, f"{key}[{at}]"))
    return found
