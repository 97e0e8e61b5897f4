"""Speed of answers and of indexing: `python benchmarks/ask.py` prints one table.

python benchmarks/ask.py            10,000 passages, some minutes on a CPU; exit code 1 where a target is missed
python benchmarks/ask.py --quick    400 passages, for CI; targets are not judged
python benchmarks/ask.py --json     rows for machines

With --questions FILE --corpus DIR, answers are timed on those questions instead of on made ones. What is timed is warm:
an open index, no chat model. Indexing is compared with the bare `encode()` of the same texts on the same machine.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from compliance.index import embedder, vectors
from compliance.qa.answer import Answerer
from compliance.qa.question import Turn
from compliance.qa.session import open_answerer
from compliance.store import chroma

TARGET_P95_MS = 150.0
TARGET_SHARE = 0.9
PROVIDERS = [
    f"{a}{b}" for a in ("Quill", "Bright", "Marrow", "Ferro", "Lumen") for b in ("on", "fern", "field", "works")
]
WHO = ("You", "The customer", "Each user", "A licensee", "Every member of a team")
MAY = ("may not", "must not", "may", "will not", "may only with our written permission", "is asked to")
DO = (
    "train models that compete with {p} on what the service returns",
    "collect answers of the service with robots or scripts",
    "publish test results about the models of {p}",
    "hand access keys to other people",
    "sell the service of {p} on to others",
    "claim that a person wrote what the models of {p} wrote",
    "store results for longer than {n} days",
    "use the app of {p} for paid work in section {n}",
    "take apart the software of {p} to learn how it works",
    "share an account with more than {n} colleagues",
    "ask for a refund within {n} days of the order",
    "refuse arbitration by a letter sent within {n} days",
)
QUESTIONS = (
    "Can we train a rival model on {p} outputs?",
    "How do I opt out of arbitration with {p}?",
    "Does {p} allow scraping?",
    "May we publish benchmarks of {p}?",
    "Who may use an account of {p} and can it be shared?",
    "What did {p} say about refunds in 2025?",
    "{p} or {q}: which one lets me resell the service?",
    "Is it ok to say a person wrote it, under the {p} terms?",
    "My tooth hurts, what should I take?",
    "What does the licence of WizardCoder say?",
)


def made_corpus(folder: Path, passages: int) -> Path:
    """A folder of invented terms with about `passages` different sentences."""
    per_text = max(1, passages // len(PROVIDERS))
    for provider in PROVIDERS:
        said = itertools.islice(
            (
                f"{w} {m} {d.format(p=provider, n=n)}, as plan {n} says."
                for n in itertools.count(1)
                for d in DO
                for m in MAY
                for w in WHO
            ),
            per_text,
        )
        lines = [f"# Terms of {provider}", "", "Effective: May 1, 2025", ""]
        for number, sentence in enumerate(said):
            lines += [f"## Part {number // 20}", ""] if number % 20 == 0 else []
            lines += [sentence, ""]
        path = folder / provider.lower() / "terms-of-service@2025-05-02.md"
        path.parent.mkdir(parents=True)
        path.write_text("\n".join(lines), encoding="utf-8")
    return folder


def made_questions(count: int) -> list[dict[str, Any]]:
    """Questions about the invented providers."""
    pairs = itertools.cycle(zip(PROVIDERS, PROVIDERS[1:] + PROVIDERS[:1], strict=True))
    asked = itertools.cycle(QUESTIONS)
    return [{"question": next(asked).format(p=p, q=q)} for p, q in itertools.islice(pairs, count)]


def timed_answers(answerer: Answerer, questions: list[dict[str, Any]]) -> list[float]:
    """Milliseconds of each answer, sorted; the first ten questions are asked before, unmeasured."""
    spent = []
    for place, asked in enumerate([*questions[:10], *questions]):
        turns = [Turn(t["role"], t["text"]) for t in asked.get("history", [])]
        start = time.perf_counter()
        answerer.answer(asked["question"], turns)
        if place >= 10:
            spent.append(1000 * (time.perf_counter() - start))
    return sorted(spent)


def indexing(answerer: Answerer, folder: Path) -> tuple[float, float]:
    """Passages per second into a fresh store, and by the bare encoder."""
    index = answerer.index
    assert index.store is not None
    texts = dict(zip(index.keys, (p.embedded for p in index.passages), strict=True))
    model: Any = index.store.embedder
    model.embed(list(texts.values())[:64])
    start = time.perf_counter()
    model.encoder.encode(list(texts.values()), batch_size=32, normalize_embeddings=True, show_progress_bar=False)
    bare = len(texts) / (time.perf_counter() - start)
    store = vectors.VectorStore(folder, model)
    start = time.perf_counter()
    store.fill(texts)
    return len(texts) / (time.perf_counter() - start), bare


def main() -> int:
    """Measure and print; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--corpus", type=Path, action="append", default=[])
    options = parser.parse_args()
    semantic = embedder.available() and chroma.installed()
    rows: list[tuple[str, float, str, float | None]] = []
    with tempfile.TemporaryDirectory() as scratch:
        made = made_corpus(Path(scratch) / "terms", 400 if options.quick else 10_000)
        today = date(2026, 6, 1).toordinal()
        answerer = open_answerer([made], cache=Path(scratch) / "index", embed=False, today=today)
        rows.append(("passages", len(answerer.index.passages), "", None))
        if semantic:
            ours, bare = indexing(answerer, Path(scratch) / "fresh")
            rows += [("bare encode()", bare, "passages/s", None), ("indexing", ours, "passages/s", None)]
            rows.append(("indexing, share of encode()", ours / bare, "", TARGET_SHARE))
        answerer.index.embed()
        questions = made_questions(40 if options.quick else 200)
        if options.questions:
            questions = [
                json.loads(line) for line in options.questions.read_text(encoding="utf-8").splitlines() if line
            ]
            answerer = open_answerer(options.corpus, today=today)
        spent = timed_answers(answerer, questions)
        rows += [("answer, median", spent[len(spent) // 2], "ms", None)]
        rows += [("answer, 95th percentile", spent[int(len(spent) * 0.95)], "ms", TARGET_P95_MS)]
    if options.json:
        print(json.dumps([{"name": n, "value": v, "unit": u, "target": t} for n, v, u, t in rows]))
    else:
        for name, value, unit, target in rows:
            print(f"{name:<32}{value:>10,.2f} {unit:<12}" + (f"target {target}" if target is not None else ""))
    missed = [n for n, v, u, t in rows if t is not None and (v > t if u == "ms" else v < t)]
    return 1 if missed and not options.quick else 0


if __name__ == "__main__":
    sys.exit(main())
