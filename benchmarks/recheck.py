"""How long stored decisions take to be held against changed corpora: `python benchmarks/recheck.py [--count N]`.

Records N decisions (10,000) on runs of several sources over many teachers, licences and data sets, changes one
document, one licence and one data set of the corpora, and re-checks: first with the decisions that the change can
touch, then, as after a change of rules, with every decision.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from compliance.corpus.corpus import Corpus, load_corpus
from compliance.decision.compose import compose
from compliance.decision.decide import Decider
from compliance.domain.manifest import Manifest
from compliance.ledger.basis import basis_of
from compliance.ledger.ledger import Ledger, open_ledger
from compliance.ledger.record import record_decisions
from compliance.reviews.desk import Desk
from compliance.reviews.recheck import recheck, remember
from compliance.ruleset.load import load_ruleset

BATCH = 200
SOURCES = 5


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--place", help="a database's URL instead of a file")
    options = parser.parse_args()
    corpus, rules = load_corpus(), load_ruleset(None, "default")
    with tempfile.TemporaryDirectory() as folder:
        place = options.place or str(Path(folder) / "audit.db")
        with open_ledger(place, key=Path(folder) / "audit.key") as ledger:
            began = time.perf_counter()
            record(ledger, Decider(corpus, rules), options.count)
            print(f"recorded {options.count:,} decisions of {SOURCES} sources in {time.perf_counter() - began:.1f} s")
            began = time.perf_counter()
            Desk(ledger)
            print(f"indexed for reviews and the portfolio in {time.perf_counter() - began:.1f} s")
            remember(ledger.log, corpus)
            timed(ledger, "one document, licence and data set changed", Decider(revised(corpus), rules))
            timed(ledger, "the rules changed: every decision", Decider(corpus, load_ruleset(None, "strict")))
    return 0


def timed(ledger: Ledger, what: str, decider: Decider) -> None:
    """Re-check and print the figure."""
    began = time.perf_counter()
    report = recheck(ledger, lambda _profile: decider, by="benchmark")
    spent = time.perf_counter() - began
    print(
        f"{what}: {report.stored:,} stored, {report.selected:,} taken again, {len(report.reopened):,} re-opened, "
        f"{len(report.refused)} refused, in {spent:.1f} s"
    )


def record(ledger: Ledger, decider: Decider, count: int) -> None:
    """Decide and record runs that differ, in batches."""
    runs = manifests(decider.corpus)
    for start in range(0, count, BATCH):
        made = []
        for run in itertools.islice(runs, min(BATCH, count - start)):
            decided = decider.decide(run)
            made.append((compose(decider, decided, {}, ()), msgspec.json.encode(run), basis_of(decided)))
        record_decisions(ledger, made)


def manifests(corpus: Corpus) -> Any:
    """Runs without end: the families, licences and data sets of the corpora, taken in turn."""
    families = itertools.cycle([f for f in corpus.content.families if f.patterns])
    licences = itertools.cycle(corpus.content.licences)
    datasets = itertools.cycle(corpus.content.datasets)
    for number in itertools.count():
        teacher, data, licence = next(families), next(datasets), next(licences)
        sources = [
            {"name": data.name, "role": "targets", "rows": 10_000},
            {"name": f"own rows {number}", "kind": "human-data", "licence": "own", "role": "targets", "rows": 500,
             "generated_by": None},
            {"name": "licensed", "kind": "dataset", "licence": licence.name, "role": "targets", "generated_by": None},
            *({"name": f"teacher {at}", "kind": "model-outputs", "licence": None, "role": role, "rows": 1000,
               "generated_by": {"model": teacher.patterns[0].replace("*", "x"), "maker": teacher.maker,
                                "channel": "first-party-api", "when": "2025-03-01", "by_whom": "trainer"}}
              for at, role in enumerate(("targets", "filter"))),
        ]  # fmt: skip
        yield msgspec.convert(
            {
                "run": {"name": f"run {number}", "date": "2025-06-01", "purpose": "commercial", "method": "finetune"},
                "trainer": {"name": "A trainer"},
                "trainee": {"kind": "general-llm", "domain": "general", "distributed": True, "commercial": True},
                "sources": sources[:SOURCES],
            },
            Manifest,
        )


def revised(corpus: Corpus) -> Corpus:
    """The corpora with the clauses of one document, the kind of one licence and the origin of one data set changed."""
    replace, content = msgspec.structs.replace, corpus.content
    cited = next(d for d in content.documents if d.clauses and corpus.channels(d.party, "first-party-api"))
    licence = next(x for x in content.licences if x.kind == "permissive")
    dataset = next(d for d in content.datasets if not d.generators)
    changed = replace(
        content,
        documents=tuple(replace(d, clauses=()) if d is cited else d for d in content.documents),
        licences=tuple(replace(x, kind="unclear") if x is licence else x for x in content.licences),
        datasets=tuple(replace(d, human=not d.human) if d is dataset else d for d in content.datasets),
    )
    return Corpus(changed, "revised")


if __name__ == "__main__":
    raise SystemExit(main())
