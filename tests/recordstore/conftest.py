"""Rows of invented questions and answers, and a small static model of real parts: a vector for each of a few words."""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from compliance.store.chroma import forget_clients

THINGS = {
    "refund": "the customer wants the money back because the order arrived late",
    "cake": "mix butter sugar flour and eggs and bake the cake in the oven",
    "puppy": "train the young dog with patience short lessons and small treats",
    "tax": "file the yearly tax return with the office before the end of spring",
    "sorting": "the algorithm compares neighbours and swaps them until all are in order",
}


def a_row(number: int, thing: str = "") -> dict[str, Any]:
    """A chat record whose texts differ by more than a few words from those of other numbers."""
    draw = random.Random(number)
    thing = thing or draw.choice(sorted(THINGS))
    words = " ".join(draw.choice(" ".join(THINGS.values()).split()) + draw.choice("abcdefgh") for _ in range(12))
    return {
        "id": f"row-{number}",
        "created_at": f"2025-{1 + number % 12:02d}-10T08:00:00Z",
        "model": ("gpt-4o-2024-08-06", "claude-3-5-sonnet-20241022")[number % 2],
        "messages": [
            {"role": "user", "content": f"What is to be said about {thing} and {words}?"},
            {"role": "assistant", "content": f"As for {words} number {number}: {THINGS[thing]}."},
        ],
    }


def write_rows(path: Path, rows: list[Any]) -> Path:
    """A JSON Lines file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def small_model(seed: int = 1) -> bytes:
    """The file of a static model that knows the words of the rows; another seed is another model."""
    from safetensors.numpy import save
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    known = sorted(
        {*re.findall(r"\w+", " ".join((*THINGS, *THINGS.values()))), *"abcdefghijklmnopqrstuvwxyz0123456789"}
    )
    vocabulary = {word: n for n, word in enumerate(["[UNK]", *known])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", continuing_subword_prefix=""))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    table = np.random.default_rng(seed).standard_normal((len(vocabulary), 64)).astype(np.float16)
    return save({"table": table, "tokenizer": np.frombuffer(tokenizer.to_str().encode(), np.uint8)})


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A store's folder in which the static model is the small one."""
    path = tmp_path / "store"
    path.mkdir()
    (path / "static.safetensors").write_bytes(small_model())
    yield path
    forget_clients()


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs `clearance index` or `clearance search`; its exit code and what it printed."""
    from compliance.cli import index, search

    def run(*words: str | Path) -> tuple[int, str, str]:
        parser = argparse.ArgumentParser()
        commands = parser.add_subparsers()
        index.register(commands)
        search.register(commands)
        options = parser.parse_args([str(w) for w in words])
        code = options.run(options)
        told = capsys.readouterr()
        return code, told.out, told.err

    return run
