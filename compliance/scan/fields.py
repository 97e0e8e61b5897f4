"""The texts inside a record: every string with its path, the key above it, and who speaks."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

# A path is a chain of (chain of the parent, last step), which is written out only where something was found.
Link = tuple[Any, "str | int"] | None

_PROMPT_KEYS = frozenset({
    "instruction", "instructions", "prompt", "prompts", "question", "query", "input", "inputs", "system",
    "system_prompt", "systemprompt", "context", "reference", "user", "problem", "developer", "document", "documents",
    "few_shot", "examples", "template", "chat_template", "user_prompt", "user_input", "passage", "source_text",
})  # fmt: skip
_PROMPT_ROLES = frozenset({
    "user", "human", "system", "developer", "prompter", "tool", "function", "ipython", "environment", "observation",
    "instruction", "question",
})  # fmt: skip
_ANSWER_ROLES = frozenset({"assistant", "gpt", "model", "bot", "chatgpt", "ai", "chatbot", "claude", "answer"})
_ROLE_KEYS = ("role", "from", "speaker", "sender", "author")
_ROLE_SET = frozenset(_ROLE_KEYS)
_PLAIN = re.compile(r"[A-Za-z0-9_-]+\Z")


class Field(NamedTuple):
    """A string of a record; `prompt` is true where a user, a system or a tool speaks and not the model."""

    link: Link
    key: str
    value: str
    prompt: bool


# A field not yet made one: most are looked at once and dropped.
Entry = tuple[Link, str, str, bool]


class Key(NamedTuple):
    """A key of an object, by itself."""

    link: Link
    name: str


def walk(record: Any, watched: frozenset[str]) -> tuple[list[Entry], list[Key]]:
    """All strings of a record in their order, as what a `Field` is made of, and the keys among `watched`."""
    fields: list[Entry] = []
    keys: list[Key] = []
    add, asks, roles = fields.append, _PROMPT, _ROLE_SET
    if type(record) is str:
        return ([(None, "", record, False)] if record else []), keys
    # What is left of the containers around: they are taken up again one by one, so memory grows with depth alone.
    left: list[tuple[Any, Link, str, bool, bool]] = []
    link: Link = None
    value, key, prompt = record, "", False
    while True:
        named = type(value) is dict
        if named:
            if not roles.isdisjoint(value):
                prompt = _speaker(value, prompt)
            if not watched.isdisjoint(value):
                keys += [Key((link, name), name) for name in value if name in watched]
            steps: Any = iter(value.items())
        elif type(value) is list:
            steps = enumerate(value)
        else:
            return fields, keys
        while True:
            if named:
                for step, inner in steps:
                    kind = type(inner)
                    if kind is str:
                        if inner:
                            add(((link, step), step, inner, prompt or asks[step]))
                    elif (kind is list or kind is dict) and inner:
                        left.append((steps, link, key, prompt, True))
                        value, link, key, prompt = inner, (link, step), step, prompt or asks[step]
                        break
                else:
                    if not left:
                        return fields, keys
                    steps, link, key, prompt, named = left.pop()
                    continue
                break
            for step, inner in steps:
                kind = type(inner)
                if kind is str:
                    if inner:
                        add(((link, step), key, inner, prompt))
                elif (kind is dict or kind is list) and inner:
                    left.append((steps, link, key, prompt, False))
                    value, link = inner, (link, step)
                    break
            else:
                if not left:
                    return fields, keys
                steps, link, key, prompt, named = left.pop()
                continue
            break


class _Prompts(dict[str, bool]):
    """For each key seen, whether a prompt stands below it; long keys and endless kinds of keys are not kept."""

    def __missing__(self, name: str) -> bool:
        told = name.lower() in _PROMPT_KEYS
        if len(name) <= 64 and len(self) < 65536:
            self[name] = told
        return told


_PROMPT = _Prompts()


# What the roles say as they are mostly written.
_ROLES = dict.fromkeys(_PROMPT_ROLES, True) | dict.fromkeys(_ANSWER_ROLES, False)


def _speaker(record: dict[str, Any], prompt: bool) -> bool:
    first = record.get("role")
    if type(first) is str and (told := _ROLES.get(first)) is not None:
        return told
    for key in _ROLE_KEYS:
        role = record.get(key)
        if type(role) is dict:
            role = role.get("role")
        if type(role) is str:
            name = role.lower()
            if name in _PROMPT_ROLES:
                return True
            if name in _ANSWER_ROLES:
                return False
    return prompt


class _Paths(dict[Link, str]):
    """The paths that were written out before; long and endless ones are not kept."""

    def __missing__(self, link: Link) -> str:
        path = _written(link)
        if len(path) <= 200 and len(self) < 65536:
            self[link] = path
        return path


_PATHS = _Paths()


def path_of(link: Link) -> str:
    """A chain written as `messages[1].content`; keys of other characters are put in brackets and quotes."""
    return _PATHS[link]


def _written(link: Link) -> str:
    steps: list[str | int] = []
    while link is not None:
        link, step = link
        steps.append(step)
    out = ""
    for step in reversed(steps):
        if isinstance(step, int):
            out += f"[{step}]"
        elif _PLAIN.match(step):
            out += f".{step}" if out else step
        else:
            quoted = step.encode("utf-8", "backslashreplace").decode("utf-8")
            quoted = quoted.replace("\\", "\\\\").replace('"', '\\"')
            out += f'["{quoted}"]'
    return out
