"""Alerts on real histories of terms, held against a list of the real changes.

    python benchmarks/history.py [FOLDER] [--db PATH]

FOLDER holds a git bundle or clone of an Open Terms Archive collection and `changes.jsonl`, a line a real change: {file,
recorded_on}. An alert is a version with at least one changed rule; it hits where a real change of the same file was
recorded at most a day from it, and is false otherwise. Two baselines stand beside: every new text, and every new text
whose passages about training or competing are not the same words as before.

The last lines choose the settings of `compare` anew for each service, on the others alone.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from compliance.history.align import words
from compliance.history.compare import DEFAULT, Settings
from compliance.history.database import DocumentKey, open_history
from compliance.history.norms import on_topic
from compliance.history.repository import open_repository
from compliance.history.sync import sync
from compliance.history.timeline import Event, Timelines

FEATURES = DEFAULT.features
GRID = tuple(
    Settings(pair, contained, features)
    for pair, contained, features in itertools.product(
        (0.3, 0.4, 0.5, 0.6),
        (0.7, 0.85, 0.95),
        (
            FEATURES,
            FEATURES - {"means"},
            FEATURES - {"results"},
            FEATURES - {"numbers", "exceptions"},
            frozenset({"limits", "objects", "acts"}),
        ),
    )
)


class Gold(NamedTuple):
    """A real change."""

    file: str
    day: datetime.date


class Alerted(NamedTuple):
    """A version that was alerted."""

    file: str
    day: datetime.date


class Score(NamedTuple):
    """Real changes that were alerted, those that were missed, and alerts without a real change."""

    hits: frozenset[Gold]
    missed: frozenset[Gold]
    false: frozenset[Alerted]

    @property
    def precision(self) -> float:
        """The share of what was said that is true: changes hit of changes hit and false alerts."""
        return len(self.hits) / max(1, len(self.hits) + len(self.false))

    @property
    def recall(self) -> float:
        """The share of real changes that were alerted."""
        return len(self.hits) / max(1, len(self.hits) + len(self.missed))

    @property
    def f1(self) -> float:
        """Both as one figure."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def read_gold(path: Path) -> list[Gold]:
    """The real changes."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [Gold(line["file"], datetime.date.fromisoformat(line["recorded_on"])) for line in lines]


def score(alerted: set[Alerted], gold: list[Gold]) -> Score:
    """Hold alerts against the real changes, with a day's slack."""

    def near(alert: Alerted, real: Gold) -> bool:
        return alert.file == real.file and abs((alert.day - real.day).days) <= 1

    hits = frozenset(g for g in gold if any(near(a, g) for a in alerted))
    false = frozenset(a for a in alerted if not any(near(a, g) for g in gold))
    return Score(hits, frozenset(gold) - hits, false)


def scored(db: Path, gold: list[Gold], settings: Settings = DEFAULT) -> Score:
    """The score of our alerts on a database."""
    with open_history(db) as held:
        timelines = Timelines(held, settings)
        return score({a for d in timelines.documents for a in ours(d, timelines.events(d))}, gold)


def ours(document: DocumentKey, events: list[Event]) -> set[Alerted]:
    """Our alerts."""
    return {Alerted(file_of(document), e.version.when.date()) for e in events if e.changes}


def file_of(document: DocumentKey) -> str:
    """The archive's file of a document."""
    return f"{document.party}/{document.name}.md"


def naive(timelines: Timelines, document: DocumentKey, on_topic_only: bool) -> set[Alerted]:
    """What a comparison of each version with the one before says, by all words or by those of passages on topic."""
    found: set[Alerted] = set()
    before = None
    for version in timelines.versions(document):
        if version.text_sha256 is None:
            continue
        passages = timelines.capture(version.text_sha256, document.party).stored.passages
        key = frozenset(words(p.plain) for p in passages if not on_topic_only or on_topic(p.plain))
        if before is not None and key != before:
            found.add(Alerted(file_of(document), version.when.date()))
        before = key
    return found


def row(name: str, result: Score, alerts: int) -> str:
    """A line of the table."""
    return (
        f"{name:44}{alerts:7}{len(result.hits):6}{len(result.missed):8}{len(result.false):7}"
        f"{result.precision:11.0%}{result.recall:8.0%}"
    )


def left_out(timelines: dict[Settings, dict[str, set[Alerted]]], gold: list[Gold]) -> tuple[Score, dict[Settings, int]]:
    """The score where the settings for a service are those that score best on the others."""
    services = sorted({party for found in timelines.values() for party in found})
    alerted: set[Alerted] = set()
    chosen: dict[Settings, int] = {}
    for service in services:
        others = [g for g in gold if not g.file.startswith(f"{service}/")]

        def fit(settings: Settings, service: str = service, others: list[Gold] = others) -> tuple[float, bool]:
            seen = {a for party, found in timelines[settings].items() if party != service for a in found}
            return score(seen, others).f1, settings == DEFAULT

        best = max(GRID, key=fit)
        chosen[best] = chosen.get(best, 0) + 1
        alerted |= timelines[best][service]
    return score(alerted, gold), chosen


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    beside = Path(__file__).resolve().parents[2] / "shared" / "terms" / "history"
    parser.add_argument("folder", nargs="?", type=Path, default=beside)
    parser.add_argument("--db", type=Path, help="keep the database here")
    options = parser.parse_args()
    repositories = [*options.folder.glob("*.bundle"), *options.folder.glob("*.git")]
    if not (options.folder / "changes.jsonl").exists() or len(repositories) != 1:
        print("no histories there: name a FOLDER with one repository and changes.jsonl", file=sys.stderr)
        return 64
    gold = read_gold(options.folder / "changes.jsonl")
    with tempfile.TemporaryDirectory() as scratch:
        db = options.db or Path(scratch) / "terms.sqlite"
        began = time.perf_counter()
        with open_repository(str(repositories[0])) as repository, open_history(db, create=True) as held:
            done = sync(held, repository)
        synced = time.perf_counter() - began
        print(f"synced {done.versions} versions of {done.documents} documents, {done.commits / synced:.0f} commits/s")
        measure(db, gold)
    return 0


def measure(db: Path, gold: list[Gold]) -> None:
    """Print the table of a database."""
    with open_history(db) as held:
        timelines = Timelines(held)
        count = sum(len(timelines.versions(d)) for d in timelines.documents)
        began = time.perf_counter()
        own = {a for d in timelines.documents for a in ours(d, timelines.events(d))}
        took = time.perf_counter() - began
        print(f"compared {count} versions in {took:.1f} s, {count / took:.0f} versions/s, {len(gold)} real changes\n")
        print(f"{'':44}{'alerts':>7}{'hits':>6}{'missed':>8}{'false':>7}{'precision':>11}{'recall':>8}")
        for name, topical in (("every new text", False), ("new words in passages on topic", True)):
            found = {a for d in timelines.documents for a in naive(timelines, d, topical)}
            print(row(name, score(found, gold), len(found)))
        print(row("Clearance", score(own, gold), len(own)))
        grid: dict[Settings, dict[str, set[Alerted]]] = {}
        for settings in GRID:
            timelines.settings = settings
            grid[settings] = {}
            for document in timelines.documents:
                found = ours(document, timelines.events(document))
                grid[settings].setdefault(document.party, set()).update(found)
        result, chosen = left_out(grid, gold)
        print(row("Clearance, settings chosen without the service", result, len(result.hits) + len(result.false)))
    worst = min((score({a for f in grid[s].values() for a in f}, gold) for s in GRID), key=lambda s: s.f1)
    print(row("Clearance, the worst of the settings tried", worst, len(worst.hits) + len(worst.false)))
    print(
        f"\nsettings tried: {len(GRID)}; the default was chosen for {chosen.get(DEFAULT, 0)} of {sum(chosen.values())}"
    )
    for one in sorted(score(own, gold).missed):
        print(f"missed: {one.file} {one.day}")
    for alert in sorted(score(own, gold).false):
        print(f"false:  {alert.file} {alert.day}")


if __name__ == "__main__":
    sys.exit(main())
