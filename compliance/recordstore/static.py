"""A static model distilled from the full one: a vector for each token of its vocabulary, and a text is their mean.

Each token is embedded by itself; the vectors are centred and turned onto their main axes, and tokens that are frequent
(the vocabulary is in the order of frequency) weigh less. It is many times as fast as the full model on a CPU,
knows nothing of the order of words, and finds less: see benchmarks/embed.py.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

LABEL = "static-256-of-all-MiniLM-L6-v2"
_DIMENSIONS = 256
_AT_ONCE = 1_024
_RARITY = 3e-5  # the constant of smooth inverse frequency
_LONGEST = 512  # tokens


def distil(encoder: Any, path: Path) -> None:
    """Write the static model of a sentence-transformers model; half a minute on two cores."""
    from safetensors.numpy import save

    rows = _tokens(encoder)
    rows -= rows.mean(axis=0)
    axes = np.linalg.eigh(np.cov(rows, rowvar=False))[1][:, ::-1][:, :_DIMENSIONS]
    frequency = 1 / np.arange(2, len(rows) + 2)
    weights = _RARITY / (_RARITY + frequency / frequency.sum())
    table = ((rows @ axes) * weights[:, None]).astype(np.float16)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(f".{os.getpid()}")
    told = encoder.tokenizer.backend_tokenizer.to_str()
    partial.write_bytes(save({"table": table, "tokenizer": np.frombuffer(told.encode(), np.uint8)}))
    os.replace(partial, path)


def load(path: Path) -> tuple[Any, int]:
    """The model as a sentence-transformers model, and its dimensions; `ValueError` or `KeyError` for a damaged file."""
    from safetensors import SafetensorError
    from safetensors.numpy import load as read
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    try:
        parts = read(path.read_bytes())
    except SafetensorError as error:
        raise ValueError(str(error)) from None
    tokenizer = Tokenizer.from_str(parts["tokenizer"].tobytes().decode())
    tokenizer.enable_truncation(_LONGEST)
    table = parts["table"].astype(np.float32)
    return SentenceTransformer(modules=[StaticEmbedding(tokenizer, table)], device="cpu"), table.shape[1]


def _tokens(encoder: Any) -> Any:
    """The full model's vector of every token of its vocabulary, in the order of their numbers."""
    import torch

    tokenizer = encoder.tokenizer
    count = len(tokenizer)
    network = encoder[0].auto_model
    found = np.zeros((count, encoder.get_embedding_dimension()), np.float64)
    with torch.inference_mode():
        for low in range(0, count, _AT_ONCE):
            ids = torch.arange(low, min(count, low + _AT_ONCE))
            first, last = (torch.full_like(ids, n) for n in (tokenizer.cls_token_id, tokenizer.sep_token_id))
            inputs = torch.stack([first, ids, last], dim=1)
            states = network(input_ids=inputs, attention_mask=torch.ones_like(inputs)).last_hidden_state
            found[low : low + len(ids)] = states.float().mean(dim=1).numpy()
    return found
