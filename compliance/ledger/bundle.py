"""Evidence for a stranger: one entry with its proof, as a zip file that `clearance ledger verify` checks offline.

`verify/bundle.py` says what is in it. Fields can be held back: their commitments are in the leaf, so what is shown is
proved all the same. The same entry, checkpoint and choice give the same bytes.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Collection
from typing import Any

from compliance.errors import InputError, UsageError
from compliance.ledger.canonical import canonical
from compliance.ledger.entry import Entry
from compliance.ledger.log import Log

MADE = (1980, 1, 1, 0, 0, 0)
_SAFE = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9 ._+()/-]{0,150}\Z")

README = """Evidence from the ledger of Clearance: entry {index}, of the kind {kind}, written {at}.

Check it, with no network and without the ledger:   clearance ledger verify FILE
or with the folder compliance/ledger/verify alone:  python verify FILE
Compare the key in keys.txt with one that you got from the ledger's owner by another way (--key FILE).

  fields/        what the entry says; fields/document is the decision with its proof trees, fields/manifest the run
                 as it was declared, fields/inputs the hashes of the evidence
  texts/         the rules and the clauses that the decision rests on, as they stood
  leaf.json      what the log committed to: a salted hash for each field (salts.json has the salts)
  inclusion.json the path from the entry to the root that the checkpoint signs (RFC 9162)
  checkpoint     the signed tree head (C2SP tlog-checkpoint)

{kept_back}"""


def bundle(log: Log, entry: Entry, *, without: Collection[str] = (), reach_back: bytes | None = None) -> bytes:
    """The zip for an entry; `without` names fields to hold back, `reach_back` is an older checkpoint to connect to."""
    unknown = sorted(set(without) - entry.commitments.keys())
    if unknown:
        raise UsageError(
            f"entry {entry.index} has no field {unknown[0]!r}", remedy="it has " + ", ".join(sorted(entry.commitments))
        )
    note = log.checkpoint()
    size = int(note.split(b"\n")[1])
    shown = {name: held for name, held in entry.fields.items() if name not in without}
    if not shown:
        raise UsageError("nothing would be shown", remedy="hold back fewer fields")
    kept_back = sorted(entry.commitments.keys() - shown.keys())
    files: dict[str, bytes] = {
        "README.txt": README.format(
            index=entry.index,
            kind=entry.kind,
            at=entry.at,
            kept_back=f"Held back or destroyed: {', '.join(kept_back)}.\n" if kept_back else "",
        ).encode(),
        "leaf.json": entry.leaf,
        "salts.json": canonical({name: salt.hex() for name, (salt, _) in shown.items()}),
        "inclusion.json": _json({"index": entry.index, "size": size, "path": _hex(log.inclusion(entry.index, size))}),
        "checkpoint": note,
        "keys.txt": "".join(f"{vkey}\n" for _, vkey in log.vkeys()).encode(),
    }
    rotations = _rotations(log)
    if rotations:
        files["rotations.json"] = _json(rotations)
    if reach_back is not None:
        old = _size(reach_back)
        if not 0 < old <= size:
            raise UsageError(f"the checkpoint speaks of {old} entries, the ledger has {size}")
        files["consistency.json"] = _json({"old": old, "path": _hex(log.consistency(old, size))})
    for name, (_, value) in shown.items():
        files[f"fields/{name}"] = value
    if "texts" in shown:
        files |= _texts(log, entry)
    return _zip(files)


def _texts(log: Log, entry: Entry) -> dict[str, bytes]:
    files = {}
    for name, digest in (entry.value("texts") or {}).items():
        content = log.text(digest)
        if content is None:
            raise InputError(f"the text {name!r} is missing", remedy="clearance ledger verify says what else is")
        files[f"texts/{name if _SAFE.match(name) else digest.replace(':', '-')}"] = content
    return files


def _rotations(log: Log) -> list[dict[str, Any]]:
    found = []
    for since, _ in log.vkeys()[1:]:
        entry = log.entry(since)
        found.append(
            {
                "leaf": entry.leaf.decode(),
                "payload": entry.payload.decode(),
                "checkpoint": log.checkpoint_at(since + 1).decode(),
                "path": _hex(log.inclusion(since, since + 1)),
            }
        )
    return found


def _size(note: bytes) -> int:
    lines = note.split(b"\n")
    if len(lines) < 4 or not lines[1].isdigit() or len(lines[1]) > 18:
        raise InputError("this is not a checkpoint", remedy="clearance ledger checkpoint prints one")
    return int(lines[1])


def _hex(path: list[bytes]) -> list[str]:
    return [step.hex() for step in path]


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=1).encode()


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, MADE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, files[name])
    return out.getvalue()
