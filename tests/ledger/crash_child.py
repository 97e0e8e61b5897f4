"""Run by `test_crash`: appends from many threads in a forked process until it is killed, telling what was answered.

A line `<place> <key>` on standard input starts a process; its id is the answer, then a line `<index> <leaf hash>` for
each entry that the ledger acknowledged, and `gone` once it is dead.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

from compliance.ledger.erasure import hold, redact, release
from compliance.ledger.ledger import Ledger, open_ledger

# What a first call would import is imported before the fork, so that a process starts within milliseconds.
with open_ledger(Path(sys.argv[1]) / "warm.db") as warm:
    warm.append("login", {"subject": "a", "event": "in", "method": "m"})


def tell(text: str) -> None:
    os.write(1, text.encode())


def append(ledger: Ledger, name: str) -> None:
    number = 0
    while True:
        number += 1
        body = {"subject": f"{name}-{number}", "event": "in", "method": "x" * (number % 50)}
        for entry in ledger.append_many([("login", body)] * (1 + number % 3)):
            tell(f"{entry.index} {entry.leaf_hash.hex()}\n")
        time.sleep(0.002)


def administer(ledger: Ledger) -> None:
    while True:
        name = f"hold {time.monotonic_ns()}"
        last = ledger.append("login", {"subject": "b", "event": "out", "method": "m"}).index
        made = [
            hold(ledger, name, [last], reason="r", by="b"),
            release(ledger, name, reason="r", by="b"),
            redact(ledger, {last: None}, reason="r", by="b"),
            ledger.rotate_key("r", "b"),
        ]
        for entry in made:
            tell(f"{entry.index} {entry.leaf_hash.hex()}\n")


def work(place: str, key: str) -> None:
    ledger = open_ledger(place, key=Path(key))
    for name in ("a", "b", "c", "d"):
        threading.Thread(target=append, args=(ledger, name), daemon=True).start()
    administer(ledger)


for line in sys.stdin:
    place, key = line.split()
    child = os.fork()
    if child == 0:
        try:
            work(place, key)
        except BaseException as error:
            tell(f"failed {type(error).__name__}: {error}\n")
        finally:
            os._exit(1)
    tell(f"pid {child}\n")
    os.waitpid(child, 0)
    tell("gone\n")
