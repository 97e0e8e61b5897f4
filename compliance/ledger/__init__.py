"""The append-only audit log: what was decided, on what, by which rules, and who said so.

    kinds.py   what an entry may say        canonical.py  one spelling of a value, and its commitment
    entry.py   drafts, entries, leaves      tree.py       the Merkle tree of RFC 9162
    keys.py    the signing key              writer.py     one thread, many waiting appends, one commit
    ledger.py  the door: open and append    log.py        reading, and proofs
    record.py  a decision as an entry       basis.py      what it was decided from
    bundle.py  evidence for a stranger      replay.py     deciding again from what is stored
    erasure.py redaction, legal hold, retention

`verify/` checks all of it from stored bytes and shares no code with the rest. The design is told in
docs/explanation/ledger.md.
"""
