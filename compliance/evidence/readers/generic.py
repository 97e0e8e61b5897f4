"""Values of no known format: every field whose name and value both speak of provenance."""

from __future__ import annotations

from typing import Any

from compliance.domain.evidence import Strength
from compliance.evidence.readers import limits
from compliance.evidence.readers import vocabulary as words
from compliance.evidence.readers.answers import decoded
from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.interface import strings, walk
from compliance.evidence.readers.rows import _a_model, _a_set, read_row
from compliance.evidence.readers.trainers import is_run
from compliance.evidence.readers.training import SERVED, read_command, read_training


def read_anything(value: dict[str, Any], out: Collector, strength: Strength = "strong") -> None:
    """State what the fields of an unknown mapping say; a value counts where it looks like what its key speaks of.

    `strength` is `medium` for what people write, as settings are.
    """
    out.says = "unknown"
    if is_run(value):
        read_training(value, out)
        return
    read_row(value, out, known_format=False, strength=strength)
    for path, key, item in walk(value, "", limits.FIELDS):
        word = words.snake(key)
        if word in words.IGNORED_WORDS:
            continue
        given = strings(item)[:1_000]
        if len(given) > 1 and sum(g.startswith("--") for g in given) * 3 >= len(given):
            read_command(" ".join(given), out, path)
        for name in given:
            if word in words.GENERATORS:
                continue
            if (word in words.BASES or word in words.TEACHERS or word in words.CONFIG_GENERATORS) and _a_model(
                name, out, False
            ):
                if word in words.BASES:
                    out.base_model(name, field=path)
                else:
                    out.model(
                        name, field=path, role="logits" if word in words.TEACHERS else "targets", strength="medium"
                    )
            elif word in words.DATASETS and _a_set(name, out):
                out.dataset(name, field=path)
            elif word in words.EVAL_DATASETS and _a_set(name, out):
                out.dataset(name, field=path, role="evaluation")
            elif " --" in name and len(name) < 100_000:
                read_command(name.replace("\\", " "), out, path)
                for match in SERVED.finditer(name):
                    out.model(match.group(1), field=path, strength="medium", channel="open-weights")
            elif name[:1] in "{[" and len(name) < limits.LINE and len(name) > 20:
                inner = decoded(name)
                if isinstance(inner, dict):
                    read_row(inner, out, known_format=False, strength=strength)
