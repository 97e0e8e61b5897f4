"""The texts of a row: all of them, or told apart into what was asked and what was answered.

A set is recognised by either. But whoever asks another model the same questions has only the questions from the set,
so a match says which of the two it rests on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from compliance.evidence.readers.words import word_set

MAX_CHARACTERS = 8_000_000  # of one row; what lies beyond is not looked at
_MAX_FIELDS = 200_000
_SHORTEST = 9  # characters that five words need

_ANSWERS = word_set(
    """answer answers chosen completion completions generated generated_text generation generations gpt4 model_answer
    model_output model_response output outputs rationale reasoning reasoning_content rejected reply response
    response_text responses solution solutions target targets thinking thought"""
)
_PROMPTS = word_set(
    """context document human input inputs instruction instructions passage persona problem prompt prompts query
    question questions source source_text system system_prompt task user"""
)
_ANSWERERS = word_set("assistant model gpt chatgpt bot ai bard bing claude chatbot response answer")
_SPEAKER = ("role", "from", "speaker", "author")
_SPLIT = re.compile(r"(?<=[.!?])\s+|\n")

# Words in which assistants of every maker refuse, and in which they are courteous. A sentence with one of them tells
# nothing about where a row comes from and is left out of packs, and so is the short rest of a refusal.
_REFUSAL = frozenset((
    "as an ai", "as a language model", "as a large language model", "i'm an ai", "i am an ai", "i'm just an ai",
    "language model, i", "i'm sorry", "i am sorry", "i apologize", "i apologise", "sorry, but", "i cannot ",
    "i can't ", "i can not ", "i'm unable", "i am unable", "i'm not able to", "i am not able to", "i won't ",
    "i will not ", "i must decline", "not comfortable", "not appropriate to", "not ethical", "knowledge cutoff",
    "knowledge cut-off", "real-time information", "personal opinions", "personal beliefs", "ethical guidelines",
    "content policy", "provide more context", "provide more information", "provide more details",
    "rephrase your", "clarify your",
))  # fmt: skip
_COURTESY = (
    *sorted(_REFUSAL), "anything else i can", "let me know", "feel free to", "hope this helps", "hope that helps",
    "happy to help", "glad to help", "here to help", "here to assist", "can i help you", "can i assist you",
    "may i help", "how can i help", "more information about", "helpful and harmless", "helpful, harmless",
    "respectful and honest", "helpful, respectful", "ethical and legal", "up-to-date information", "consult a ",
    "consult with a", "consult your", "seek professional", "professional advice", "medical advice", "legal advice",
    "financial advice", "mental health professional", "reach out to a", "important to note that",
    "important to remember that", "below is an instruction that describes a task",
    "write a response that appropriately completes", "a chat between a curious user", "you are a helpful assistant",
    "you are an ai assistant", "think step by step", "think step-by-step",
)  # fmt: skip
_REST = 400  # characters that a refusal must go on for, apart from its phrases, to be anybody's own


@dataclass(slots=True)
class Parts:
    """The texts of one row by what they are; `other` holds those whose field says neither."""

    answers: list[str] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)


def texts(row: Any) -> Iterator[str]:
    """Every text of a row that may hold five words, in order."""
    for text, _ in _walk(row):
        yield text


def parts(row: Any) -> Parts:
    """The texts of a row told apart, without sentences that are everybody's."""
    found = Parts()
    by_kind = {"answer": found.answers, "prompt": found.prompts, "": found.other}
    for text, kind in _walk(row):
        by_kind[kind].append(distinctive(text))
    return found


def distinctive(text: str) -> str:
    """A text without its sentences of refusal and courtesy; nothing where little else is left of a refusal."""
    folded = _folded(text)
    found = [phrase for phrase in _COURTESY if phrase in folded]
    if not found:
        return text
    rest = "\n".join(s for s in _SPLIT.split(text) if not _holds(_folded(s), found))
    return "" if len(rest) < _REST and not _REFUSAL.isdisjoint(found) else rest


def _folded(text: str) -> str:
    return text.lower().replace("\u2019", "'")


def _holds(text: str, phrases: list[str]) -> bool:
    return any(phrase in text for phrase in phrases)


def _walk(row: Any) -> Iterator[tuple[str, str]]:
    """The texts of a row with `answer`, `prompt` or nothing, without recursion and within bounds."""
    stack: list[tuple[Any, str, int]] = [(row, "", 0)]
    fields, characters = _MAX_FIELDS, MAX_CHARACTERS
    while stack and fields > 0 and characters > 0:
        value, kind, depth = stack.pop()
        if isinstance(value, str):
            if len(value) < _SHORTEST:
                continue
            inner = _unpacked(value) if value[0] in "[{" and depth < 3 else None
            if inner is not None:
                stack.append((inner, kind, depth + 1))
                continue
            text = value[:characters]
            characters -= len(text)
            yield text, kind
        elif isinstance(value, dict):
            fields -= len(value)
            said = _speaker(value)
            for key, item in reversed(value.items()):
                if isinstance(item, (str, dict, list)) and not (said and key in _SPEAKER):
                    stack.append((item, said or _kind(key) or kind, depth))
        elif isinstance(value, list):
            fields -= len(value)
            stack += [(item, kind, depth) for item in reversed(value) if isinstance(item, (str, dict, list, tuple))]
        elif isinstance(value, tuple):  # a pair of a map in a column
            stack += [(item, kind, depth) for item in reversed(value)]


def _kind(key: Any) -> str:
    name = key.lower().replace("-", "_").replace(" ", "_") if isinstance(key, str) else ""
    return "answer" if name in _ANSWERS else "prompt" if name in _PROMPTS else ""


def _speaker(turn: dict[str, Any]) -> str:
    """Whose turn of a conversation a mapping is; empty where it is none."""
    if not any(k in turn for k in ("content", "value", "text", "parts", "message")):
        return ""
    for key in _SPEAKER:
        name = turn.get(key)
        if isinstance(name, str):
            return "answer" if name.lower() in _ANSWERERS else "prompt"
    return ""


def _unpacked(text: str) -> Any:
    """The value of a text that is JSON itself, as logs keep their messages; None where it is not."""
    try:
        value = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, (dict, list)) else None
