"""Checking a ledger, or a bundle of evidence from one, from stored bytes alone.

This folder shares no code with what writes the ledger, and needs nothing but Python and `cryptography` (and `psycopg`
to read from PostgreSQL): copy it anywhere and run `python verify FILE`. What it checks, in this order:

    1  every entry stands at its place, in the one spelling, and follows the entry before it     log.py, leaf.py
    2  every field answers to its commitment; what is gone was destroyed by a recorded redaction  leaf.py, duties.py
    3  every key is recorded, and was vouched for by the one before it                            keys.py
    4  every checkpoint is signed, and its root is that of the entries (RFC 9162)                 keys.py, tree.py
    5  what repeats evidence for speed (columns, nodes, keys, texts) says the same                log.py
    6  a checkpoint that was kept elsewhere, and a key that was, belong to this very history      log.py

Faults are told, never raised; each names its entry where it has one.
"""

from __future__ import annotations

from .check import verify
from .result import Fault, Report

__all__ = ["Fault", "Report", "verify"]
