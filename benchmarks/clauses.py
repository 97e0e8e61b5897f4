"""Clause extraction measured on a gold set with whole providers left out, beside a keyword and a TF-IDF baseline.

    python benchmarks/clauses.py [GOLD TERMS_DIR] [--cache DIR] [--lexical]

Prints a line a method: recall, precision and F1 of the training clauses and of all clauses, the accuracy of the
document labels and of the effects, and how many hard negatives were flagged. A second table shows each category. The
lexicon and the signals were written with this set in sight, so that its figures flatter them; the weights were not.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from compliance.terms import embedding
from compliance.terms.categories import CATEGORIES
from compliance.terms.scoring import score, shared
from compliance.terms.train import Example, answers, embedded, folds, load_examples, measure, read_hard, table

KEYWORDS = {
    "train-competing-models": r"(?=.*\bmodels?\b)(?=.*\bcompet)",
    "train-any-models": r"\b(?:train|improve|develop)\b.*\bmodels?\b",
    "distill": r"\bdistil|\bmodel extraction",
    "permit-training": r"\bmay\b.*\btrain",
    "reverse-engineer": r"\breverse[- ]engineer|\bdecompile",
    "scrape-output": r"\bscrap|\bcrawl|\bautomated means",
    "competing-product": r"\bcompet.*\b(?:product|service)",
    "output-ownership": r"\bown.*\boutput",
    "naming-attribution": r"\battribution|\bbuilt with",
    "flow-down": r"\bcopy of this",
    "non-commercial": r"\bnon-?commercial",
    "scale-threshold": r"\bmonthly active users|\brevenue",
    "misrepresent-human": r"\bhuman",
    "third-party-conduct": r"\b(?:permit|allow|assist|encourage)\b.*\b(?:third party|others|anyone)",
}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    beside = Path(__file__).resolve().parents[2] / "shared" / "terms"
    parser.add_argument("gold", nargs="?", type=Path, default=beside / "gold.jsonl")
    parser.add_argument("folder", nargs="?", type=Path, default=beside)
    parser.add_argument("--cache", type=Path, help="a folder that keeps embeddings between runs")
    parser.add_argument("--lexical", action="store_true", help="leave the embedding model out")
    options = parser.parse_args()
    if not options.gold.exists():
        print("no gold set there: name GOLD and TERMS_DIR", file=sys.stderr)
        return 64
    examples, hard = load_examples(options.gold, options.folder), read_hard(options.gold)
    whole = [example._replace(chosen=example.readings, labels=labels_of_all(example)) for example in examples]
    gold = [example.gold for example in examples]
    results = {
        "keywords": score(gold, keyword_answers(whole), hard),
        "TF-IDF, linear": score(gold, tfidf_answers(whole), hard),
        "Clearance, lexical": measure(examples, None, hard)[0],
    }
    if embedding.available() and not options.lexical:
        results["Clearance, embeddings"] = measure(examples, embedded(examples, options.cache), hard)[0]
    print(f"{len(examples)} documents, {len(folds(examples))} folds of whole providers; training clauses, then all")
    for name, result in results.items():
        print(table(name, result))
    print()
    print(f"{'F1 by category':24}" + "".join(f"{name:>24}" for name in results))
    for category in CATEGORIES:
        cells = [r.tallies[category].f1 if category in r.tallies else 0.0 for r in results.values()]
        print(f"{category:24}" + "".join(f"{cell:24.1%}" for cell in cells))
    return 0


def labels_of_all(example: Example) -> Any:
    """The labels of every unit of a document, not only of those that the signals let through."""
    import numpy as np

    labels = np.zeros((len(example.readings), len(CATEGORIES)), dtype=np.int8)
    for i, reading in enumerate(example.readings):
        span = {"start": reading.unit.start, "end": reading.unit.end}
        for clause in example.gold["clauses"]:
            if shared(span, clause) * 2 >= min(span["end"] - span["start"], clause["end"] - clause["start"]):
                labels[i, CATEGORIES.index(clause["category"])] = 1
    return labels


def keyword_answers(examples: list[Example]) -> list[dict[str, Any]]:
    """What a search for words says, where the unit or its lead-in forbids something."""
    import numpy as np

    compiled = [re.compile(KEYWORDS[c], re.IGNORECASE) for c in CATEGORIES]
    half = np.full(len(CATEGORIES), 0.5, dtype=np.float32)
    rows = [
        np.array([[float(bool(p.search(r.unit.plain))) for p in compiled] for r in e.readings], dtype=np.float32)
        for e in examples
    ]
    return answers(examples, rows, half)


def tfidf_answers(examples: list[Example]) -> list[dict[str, Any]]:
    """What a linear model over TF-IDF of words and pairs of words says, with whole providers left out."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    texts = [[f"{r.unit.lead[-90:]} {r.unit.plain}" for r in e.readings] for e in examples]
    half = np.full(len(CATEGORIES), 0.5, dtype=np.float32)
    found: list[Any] = [None] * len(examples)
    for group in folds(examples):
        others = [i for i in range(len(examples)) if i not in set(group)]
        vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
        data = vectors.fit_transform([t for i in others for t in texts[i]])
        labels = np.vstack([examples[i].labels for i in others])
        for i in group:
            found[i] = np.zeros((len(texts[i]), len(CATEGORIES)), dtype=np.float32)
        for column in range(len(CATEGORIES)):
            if labels[:, column].sum() < 2:
                continue
            learner = LogisticRegression(C=10.0, class_weight="balanced", solver="liblinear", random_state=0)
            learner.fit(data, labels[:, column])
            for i in group:
                found[i][:, column] = learner.predict_proba(vectors.transform(texts[i]))[:, 1]
    return answers(examples, found, half)


if __name__ == "__main__":
    sys.exit(main())
