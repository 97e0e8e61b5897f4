"""Training of the clause model, and its measurement with whole providers left out.

python -m compliance.terms.train GOLD TERMS_DIR -o FOLDER    writes the weights of both models
python -m compliance.terms.train GOLD TERMS_DIR --check      prints the grouped cross-validation only
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from compliance.errors import InputError
from compliance.terms import embedding, linear
from compliance.terms.categories import CATEGORIES
from compliance.terms.extract import Extractor, embed_readings
from compliance.terms.features import VERDICT, WIDTH, bucket, hashed
from compliance.terms.parse import read_document
from compliance.terms.readings import readings_of
from compliance.terms.scoring import Score, score, shared
from compliance.terms.signals import signals

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from compliance.terms.document import Document
    from compliance.terms.features import Reading

FOLDS = 10
STRENGTH = 0.5
"""Inverse strength of the penalty on weights; see docs/explanation/clauses.md for how it was chosen."""
FEW = 15
"""Below so many examples a category is left to its prior verdict, which then has the log-odds `PRIOR`."""
PRIOR = 2.5
DENSE_SCALE = 2.0
"""How much an embedding weighs beside hand-made features before training."""


class Example(NamedTuple):
    """A document of the gold set, read: its units, those to judge, and their labels (1, 0, or -1 for a border case)."""

    gold: dict[str, Any]
    document: Document
    readings: list[Reading]
    chosen: list[Reading]
    rows: list[dict[int, float]]
    labels: NDArray[np.int8]


def load_examples(gold: Path, folder: Path) -> list[Example]:
    """The gold set; failed captures and texts in other languages are left out."""
    lines = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines() if line.strip()]
    usable = [g for g in lines if not g.get("capture_failed") and g.get("language", "en") == "en"]
    if not usable:
        raise InputError("no document to learn from", file=str(gold), remedy="name a gold set of terms clauses")
    return [_example(g, folder) for g in usable]


def _example(gold: dict[str, Any], folder: Path) -> Example:
    import numpy as np

    document = read_document(folder / gold["file"], name=gold["file"])
    readings = readings_of(document)
    chosen = [r for r in readings if r.signals & signals().enough]
    labels = np.zeros((len(chosen), len(CATEGORIES)), dtype=np.int8)
    for i, reading in enumerate(chosen):
        span = {"start": reading.unit.start, "end": reading.unit.end}
        for clause in gold["clauses"]:
            both = shared(span, clause)
            column = CATEGORIES.index(clause["category"])
            if both * 2 >= min(span["end"] - span["start"], clause["end"] - clause["start"]):
                labels[i, column] = 1
            elif both and labels[i, column] == 0:
                labels[i, column] = -1
    return Example(gold, document, readings, chosen, [hashed(r) for r in chosen], labels)


def embedded(examples: Sequence[Example], cache: Path | None = None) -> list[NDArray[np.float32]]:
    """The embeddings of each example's chosen units; kept in `cache` by their text where one is named."""
    import hashlib

    import numpy as np

    from compliance.terms.extract import embedded_text

    found = []
    for example in examples:
        texts = "\n".join(embedded_text(r) for r in example.chosen)
        file = cache / (hashlib.sha256(texts.encode()).hexdigest() + ".npy") if cache else None
        if file is not None and file.exists():
            found.append(np.load(file, allow_pickle=False))
            continue
        rows = embed_readings(example.chosen)
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            np.save(file, rows, allow_pickle=False)
        found.append(rows)
    return found


def matrix(rows: Sequence[dict[int, float]], dense: NDArray[np.float32] | None) -> Any:
    """The features as one sparse matrix, the embedding's columns last."""
    import numpy as np
    from scipy.sparse import csr_matrix, hstack  # type: ignore[import-untyped]

    ends = np.cumsum([0, *(len(r) for r in rows)])
    places = np.fromiter((p for r in rows for p in r), dtype=np.int32, count=int(ends[-1]))
    values = np.fromiter((v for r in rows for v in r.values()), dtype=np.float32, count=int(ends[-1]))
    sparse = csr_matrix((values, places, ends), shape=(len(rows), WIDTH))
    return sparse if dense is None else hstack([sparse, csr_matrix(dense * DENSE_SCALE)]).tocsr()


def fit(
    examples: Sequence[Example], rows: Sequence[NDArray[np.float32]] | None, thresholds: NDArray[np.float32]
) -> linear.LinearModel:
    """A model of all categories from the examples; a category without examples never fires."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    data = matrix([r for e in examples for r in e.rows], np.vstack(rows) if rows is not None else None)
    labels = np.vstack([e.labels for e in examples])
    coef = np.zeros((len(CATEGORIES), WIDTH), dtype=np.float32)
    dense = np.zeros((len(CATEGORIES), embedding.DIMENSIONS), dtype=np.float32) if rows is not None else None
    bias = np.full(len(CATEGORIES), -20.0, dtype=np.float32)
    for column in range(len(CATEGORIES)):
        clear = labels[:, column] >= 0
        target = labels[clear, column]
        if target.sum() < FEW:
            # Too few examples to learn from: the prior verdict speaks alone.
            coef[column, bucket(f"signal = {CATEGORIES[column]}")] = 2 * PRIOR / VERDICT
            bias[column] = -PRIOR
            continue
        learner = LogisticRegression(C=STRENGTH, class_weight={0: 1.0, 1: 2.0}, solver="liblinear", random_state=0)
        learner.fit(data[clear], target)
        coef[column] = learner.coef_[0, :WIDTH]
        if dense is not None:
            dense[column] = learner.coef_[0, WIDTH:] * DENSE_SCALE
        bias[column] = learner.intercept_[0]
    about = {"categories": list(CATEGORIES), "embedding": embedding.WEIGHTS_SHA256 if rows is not None else None}
    return linear.LinearModel(coef, dense, bias, thresholds, about)


def folds(examples: Sequence[Example], count: int = FOLDS) -> list[list[int]]:
    """The indexes of the examples in `count` groups of about equal size; one provider is never in two."""
    sizes: dict[str, list[int]] = {}
    for i, example in enumerate(examples):
        sizes.setdefault(provider(example.gold), []).append(i)
    groups: list[list[int]] = [[] for _ in range(count)]
    for _, members in sorted(sizes.items(), key=lambda item: (-len(item[1]), item[0])):
        min(groups, key=len).extend(members)
    return [sorted(g) for g in groups if g]


def provider(gold: dict[str, Any]) -> str:
    """The provider of a document, its brands pooled."""
    party = str(gold["party"])
    return "Microsoft" if "Microsoft" in party else party


def left_out(
    examples: Sequence[Example], rows: Sequence[NDArray[np.float32]] | None, thresholds: NDArray[np.float32]
) -> list[NDArray[np.float32]]:
    """The probabilities of each example's units by a model that saw no document of its provider."""
    found: list[Any] = [None] * len(examples)
    for group in folds(examples):
        others = [i for i in range(len(examples)) if i not in set(group)]
        model = fit([examples[i] for i in others], [rows[i] for i in others] if rows is not None else None, thresholds)
        for i in group:
            found[i] = model.probabilities(examples[i].rows, rows[i] if rows is not None else None)
    return found


def answers(
    examples: Sequence[Example], probabilities: Sequence[NDArray[np.float32]], thresholds: NDArray[np.float32]
) -> list[dict[str, Any]]:
    """What the extractor would answer for each example with these probabilities."""
    import msgspec
    import numpy as np

    empty = np.zeros((len(CATEGORIES), WIDTH), dtype=np.float32)
    judge = Extractor(linear.LinearModel(empty, None, np.zeros(len(CATEGORIES), dtype=np.float32), thresholds, {}))
    found = []
    for example, probability in zip(examples, probabilities, strict=True):
        clauses = judge.judged(example.document, example.readings, example.chosen, probability)
        extract = judge.answer(example.document, clauses)
        found.append(msgspec.to_builtins(extract))
    return found


def best_thresholds(examples: Sequence[Example], probabilities: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """For each category the threshold with the best F1 of its units, drawn towards a half where examples are few."""
    import numpy as np

    labels = np.vstack([e.labels for e in examples])
    values = np.vstack(list(probabilities))
    chosen = np.full(len(CATEGORIES), 0.5, dtype=np.float32)
    grid = np.arange(0.35, 0.66, 0.05)
    for column in range(len(CATEGORIES)):
        clear = labels[:, column] >= 0
        target, value = labels[clear, column] == 1, values[clear, column]
        f1 = []
        for threshold in grid:
            said = value >= threshold
            right = int((said & target).sum())
            f1.append(2 * right / max(1, int(said.sum()) + int(target.sum())))
        top = [t for t, f in zip(grid, f1, strict=True) if f >= max(f1) - 0.005]
        best = float(np.median(top))
        weight = min(1.0, int(target.sum()) / 60)
        chosen[column] = 0.5 + weight * (best - 0.5)
    return chosen


def measure(
    examples: Sequence[Example], rows: Sequence[NDArray[np.float32]] | None, hard: list[dict[str, Any]]
) -> tuple[Score, NDArray[np.float32]]:
    """The grouped cross-validation, and the thresholds that it suggests.

    The thresholds of a fold come from the other folds alone, so that no document helps to judge itself.
    """
    import numpy as np

    start = np.full(len(CATEGORIES), 0.5, dtype=np.float32)
    probabilities = left_out(examples, rows, start)
    said: list[dict[str, Any]] = []
    for group in folds(examples):
        others = [i for i in range(len(examples)) if i not in set(group)]
        thresholds = best_thresholds([examples[i] for i in others], [probabilities[i] for i in others])
        said.extend(answers([examples[i] for i in group], [probabilities[i] for i in group], thresholds))
    return score([e.gold for e in examples], said, hard), best_thresholds(examples, probabilities)


def read_hard(gold: Path) -> list[dict[str, Any]]:
    """The hard negatives beside a gold set, where there are any."""
    path = gold.with_name("hard_negatives.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def table(name: str, result: Score) -> str:
    """A score in one line."""
    training, everything = result.tallies.get("training"), result.tallies.get("all")
    cells = [f"{name:28}"]
    for tally in (training, everything):
        cells.append(
            f"R {tally.recall:6.1%} P {tally.precision:6.1%} F1 {tally.f1:6.1%}" if tally else "nothing found    "
        )
    cells.append(f"label {result.label_accuracy:6.1%}")
    cells.append(f"effect {result.effect_accuracy:6.1%}")
    cells.append(f"hard {result.flagged}/{result.hard}")
    return "  ".join(cells)


def main(argv: list[str] | None = None) -> int:
    """Train, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m compliance.terms.train", description=__doc__)
    parser.add_argument("gold", type=Path, metavar="GOLD")
    parser.add_argument("folder", type=Path, metavar="TERMS_DIR")
    parser.add_argument("-o", "--output", type=Path, help="the folder for the weights")
    parser.add_argument("--check", action="store_true", help="measure only")
    parser.add_argument("--errors", action="store_true", help="print what the cross-validation got wrong")
    parser.add_argument("--cache", type=Path, help="a folder that keeps embeddings between runs")
    options = parser.parse_args(argv)
    if not options.check and options.output is None:
        parser.error("name a folder with -o, or measure only with --check")
    examples = load_examples(options.gold, options.folder)
    hard = read_hard(options.gold)
    plans: list[tuple[str, Any]] = [("clauses-lexical", None)]
    if embedding.available():
        plans.append(("clauses", embedded(examples, options.cache)))
    else:
        print("the embedding model is not installed: only the lexical model is trained", file=sys.stderr)
    for name, rows in plans:
        result, thresholds = measure(examples, rows, hard)
        print(table(name, result))
        if options.errors:
            for error in result.errors:
                print("   ", *(part[:110].replace("\n", " ") for part in error), sep="\t")
            for category in CATEGORIES:
                tally = result.tallies.get(category)
                if tally:
                    print(f"    {category:24} R {tally.recall:.3f} P {tally.precision:.3f} ({tally.gold} gold)")
        if not options.check:
            options.output.mkdir(parents=True, exist_ok=True)
            fit(examples, rows, thresholds).save(options.output / f"{name}.npz")
    return 0


if __name__ == "__main__":
    sys.exit(main())
