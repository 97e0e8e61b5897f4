"""How fast the ledger appends and verifies: `python benchmarks/ledger.py [--postgres URL] [--seconds N]`.

Every append is answered when it is on disk. The yardstick is SQLite itself with the same durability: one row of the
same size a transaction, and a hundred rows a transaction as the most that any batching could give. `--postgres` takes
the URL of an empty database; without it only SQLite is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from compliance.check import Checker
from compliance.ledger.basis import basis_of
from compliance.ledger.kinds import DecisionMade
from compliance.ledger.ledger import Ledger, open_ledger
from compliance.ledger.record import entry_of
from compliance.ledger.verify import verify

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "own-lab.yaml"
CALLERS = (1, 20, 200)


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", metavar="URL")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each line")
    options = parser.parse_args()
    result = Checker().file(EXAMPLE)
    basis = basis_of(result.decided, result.places, result.inputs)
    body, texts = entry_of(result.decision(), EXAMPLE.read_bytes(), basis)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = row_bytes(folder, body, texts)
        print(f"a decision's row has {size:,} bytes\n\n{'':38}{'appends/s':>11}{'p50 ms':>9}{'p99 ms':>9}")
        for rows in (1, 100):
            line(f"bare SQLite, {rows} a transaction", *bare(folder / f"bare{rows}.db", size, rows, options.seconds))
        places = {"SQLite": str(folder / "audit.db")}
        if options.postgres:
            places["PostgreSQL"] = options.postgres
        for kind, place in places.items():
            with open_ledger(place, key=folder / f"{kind}.key") as ledger:
                for count in CALLERS:
                    line(f"{kind}, {count} threads", *threads(ledger, body, texts, count, options.seconds))
                for count in CALLERS:
                    line(f"{kind}, {count} coroutines", *coroutines(ledger, body, texts, count, options.seconds))
        print()
        for kind, place in places.items():
            began = time.perf_counter()
            report = verify(place)
            spent = time.perf_counter() - began
            print(
                f"verify, {kind}: {report.entries / spent:,.0f} entries/s ({report.entries:,} entries, ok: {report.ok})"
            )
    return 0


def line(name: str, count: int, seconds: float, waits: list[float]) -> None:
    """A line of the table."""
    cuts = statistics.quantiles(waits, n=100) if len(waits) > 1 else [0.0] * 99
    print(f"{name:38}{count / seconds:>11,.0f}{cuts[49] * 1000:>9.2f}{cuts[98] * 1000:>9.2f}", flush=True)


def row_bytes(folder: Path, body: DecisionMade, texts: dict[str, bytes]) -> int:
    """The size of a decision's row."""
    with open_ledger(folder / "size.db") as ledger:
        entry = ledger.append("decision", body, texts=texts)
    return len(entry.leaf) + len(entry.payload)


def bare(path: Path, size: int, rows: int, seconds: float) -> tuple[int, float, list[float]]:
    """What SQLite does by itself."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in (
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "CREATE TABLE t (i INTEGER PRIMARY KEY, b)",
    ):
        connection.execute(statement)
    content = b"x" * size
    number = itertools.count()

    def once() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(next(number), content) for _ in range(rows)])
        connection.execute("COMMIT")

    waits = list(timed(once, seconds))
    connection.close()
    return len(waits) * rows, sum(waits), waits


def timed(call: Callable[[], object], seconds: float) -> Iterator[float]:
    """How long each of many calls took."""
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        call()
        yield time.perf_counter() - began


def threads(
    ledger: Ledger, body: DecisionMade, texts: dict[str, bytes], count: int, seconds: float
) -> tuple[int, float, list[float]]:
    """Callers in threads of their own."""
    waits: list[float] = []

    def caller() -> None:
        waits.extend(list(timed(lambda: ledger.append("decision", body, texts=texts), seconds)))

    running = [threading.Thread(target=caller) for _ in range(count)]
    began = time.perf_counter()
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return len(waits), time.perf_counter() - began, waits


def coroutines(
    ledger: Ledger, body: DecisionMade, texts: dict[str, bytes], count: int, seconds: float
) -> tuple[int, float, list[float]]:
    """Callers on one event loop, as in a server."""
    waits: list[float] = []

    async def caller() -> None:
        end = time.perf_counter() + seconds
        while (began := time.perf_counter()) < end:
            await ledger.append_async("decision", body, texts=texts)
            waits.append(time.perf_counter() - began)

    async def everyone() -> None:
        await asyncio.gather(*(caller() for _ in range(count)))

    began = time.perf_counter()
    asyncio.run(everyone())
    return len(waits), time.perf_counter() - began, waits


if __name__ == "__main__":
    sys.exit(main())
