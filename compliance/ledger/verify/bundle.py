"""A bundle: one decision with its proof, as a zip file that stands by itself.

leaf.json        the entry's leaf                  inclusion.json    {"index", "size", "path"}
salts.json       {field: salt}                     checkpoint        the signed note
fields/NAME      a field's bytes                   keys.txt          verifier keys, the newest last
texts/NAME       rules and clauses as they stood   consistency.json  {"old", "path"}, where asked for
rotations.json   how each key was vouched for      README.txt        for people; nothing in it is checked
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

from .keys import Keys
from .leaf import Leaf, differing, read_leaf, read_payload, value_of
from .note import Checkpoint, Key, Malformed, read_checkpoint, read_key
from .result import Report
from .tree import consistent, included, of_leaf

MOST_FILES = 5_000
MOST_BYTES = 256 * 1024 * 1024


def check_bundle(path: Path, report: Report, kept: Checkpoint | None, pinned: Key | None) -> None:
    """Check everything in a bundle against the checkpoint in it, and that against the key."""
    try:
        _check(_read(path), report, kept, pinned)
    except Malformed as error:
        report.fault(str(error))


def _check(files: dict[str, bytes], report: Report, kept: Checkpoint | None, pinned: Key | None) -> None:
    leaf_bytes = _file(files, "leaf.json")
    leaf = read_leaf(leaf_bytes)
    note = read_checkpoint(_file(files, "checkpoint"))
    key_lines = _file(files, "keys.txt")
    keys = [read_key(line) for line in key_lines.decode("utf-8", "replace").splitlines()]
    if "".join(f"{key.line}\n" for key in keys).encode() != key_lines:
        raise Malformed("keys.txt is not a list of verifier keys")
    proof = _proof(files, "inclusion.json", "index", "size")
    report.origin, report.size, report.root, report.entries = note.origin, note.size, note.root.hex(), 1
    fields = _fields(files, leaf, report)
    _texts(files, leaf, fields, report)
    if proof["index"] != leaf.index or proof["size"] != note.size:
        report.fault("the proof is of another entry or another checkpoint", leaf.index)
    if not included(of_leaf(leaf_bytes), leaf.index, note.size, proof["path"], note.root):
        report.fault("the proof does not lead from it to the checkpoint", leaf.index)
    _signed(files, note, keys, pinned, report)
    older = _proof(files, "consistency.json", "old")["path"] if "consistency.json" in files else None
    if kept is not None:
        _continues(note, kept, keys if pinned is None else [*keys, pinned], older, report)
    elif older is not None:
        report.notes.append("reaches back to an older checkpoint, if you have it (--checkpoint)")
    for name in sorted(files.keys() - {"README.txt"}):
        report.fault(f"a file that nothing vouches for: {name[:100]}", leaf.index)


def _read(path: Path) -> dict[str, bytes]:
    """All files of the zip, within limits; none is written anywhere."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            if len(infos) > MOST_FILES or sum(i.file_size for i in infos) > MOST_BYTES:
                raise Malformed("the bundle is larger than one can be")
            if len({i.filename for i in infos}) != len(infos):
                raise Malformed("the bundle holds two files of one name")
            files = {}
            for info in infos:
                with archive.open(info) as member:
                    files[info.filename] = member.read(info.file_size + 1)[: info.file_size]
            return files
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise Malformed(f"the bundle cannot be read: {error}") from None
    except Exception as error:  # zlib, lzma and bz2 each raise their own on damaged data
        raise Malformed(f"the bundle cannot be read: {type(error).__name__}") from None


def _file(files: dict[str, bytes], name: str) -> bytes:
    """Take a file out of those that are still unexplained."""
    if name not in files:
        raise Malformed(f"the bundle lacks {name}")
    return files.pop(name)


def _json(data: bytes, name: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise Malformed(f"{name} is no JSON") from None


def _proof(files: dict[str, bytes], name: str, *numbers: str) -> dict[str, Any]:
    said = _json(_file(files, name), name)
    try:
        path = [bytes.fromhex(step) for step in said["path"]]
        if not all(type(said[n]) is int for n in numbers) or any(len(step) != 32 for step in path) or len(path) > 130:
            raise ValueError
        return {**{n: said[n] for n in numbers}, "path": path}
    except (ValueError, TypeError, KeyError):
        raise Malformed(f"{name} is not a proof") from None


def _fields(files: dict[str, bytes], leaf: Leaf, report: Report) -> dict[str, tuple[bytes, bytes]]:
    try:
        salts = _json(_file(files, "salts.json"), "salts.json")
        fields = {}
        for name, salt in salts.items():
            fields[str(name)] = (bytes.fromhex(salt), _file(files, f"fields/{name}"))
    except (Malformed, ValueError, TypeError, AttributeError) as error:
        report.fault(str(error) if isinstance(error, Malformed) else "salts.json is not what it should be", leaf.index)
        return {}
    for wrong in differing(leaf, fields):
        report.fault(wrong, leaf.index)
    kept_back = sorted(leaf.fields.keys() - fields.keys())
    if kept_back:
        report.notes.append("not shown, only committed to: " + ", ".join(kept_back))
    if not fields:
        report.fault("the bundle shows nothing of it", leaf.index)
    return fields


def _texts(files: dict[str, bytes], leaf: Leaf, fields: dict[str, tuple[bytes, bytes]], report: Report) -> None:
    named = value_of(fields, "texts")
    for name, digest in named.items() if isinstance(named, dict) else ():
        content = files.pop(f"texts/{name}", None)
        if content is None:
            content = files.pop(f"texts/{str(digest).replace(':', '-')}", None)
        if content is None:
            report.fault(f"the text {name[:100]!r} is missing", leaf.index)
        elif "sha256:" + hashlib.sha256(content).hexdigest() != digest:
            report.fault(f"the text {name[:100]!r} was changed", leaf.index)


def _signed(files: dict[str, bytes], note: Checkpoint, keys: list[Key], pinned: Key | None, report: Report) -> None:
    """The checkpoint is signed by the newest key, which is the pinned one or was vouched for from it on."""
    rotations = _json(files.pop("rotations.json", b"[]"), "rotations.json")
    report.keys = [key.line for key in keys]
    if not keys or any(key.name != note.origin for key in keys):
        report.fault("the keys are not those of the checkpoint's log")
        return
    if not note.signed_by(keys[-1]):
        report.fault(f"the checkpoint is not signed by the key {keys[-1].id.hex()}")
    if pinned is None:
        report.notes.append("checked against the key in the bundle; compare it with one you got elsewhere (--key)")
        return
    lines = [key.line for key in keys]
    if pinned.line not in lines:
        report.fault(f"the key that you gave ({pinned.id.hex()}) is not one of the bundle's")
        return
    for at in range(lines.index(pinned.line) + 1, len(keys)):
        if not any(_vouches(r, keys[at - 1], keys[at]) for r in (rotations if isinstance(rotations, list) else ())):
            report.fault(f"nothing vouches for the key {keys[at].id.hex()} in the name of {keys[at - 1].id.hex()}")


def _vouches(rotation: Any, old: Key, new: Key) -> bool:
    """Whether a rotation is an entry that names the new key, in a tree that the old key and the new one signed."""
    try:
        leaf_bytes = rotation["leaf"].encode()
        leaf = read_leaf(leaf_bytes)
        fields = read_payload(rotation["payload"].encode())
        note = read_checkpoint(rotation["checkpoint"].encode())
        path = [bytes.fromhex(step) for step in rotation["path"]]
    except (Malformed, ValueError, TypeError, KeyError, AttributeError):
        return False
    told = Keys(Report("rotation"))
    told.chain.append((0, old))
    told.record(leaf.index, value_of(fields, "event"), value_of(fields, "vkey"))
    return (
        leaf.kind == "key"
        and not differing(leaf, fields)
        and [key.line for _, key in told.chain] == [old.line, new.line]
        and included(of_leaf(leaf_bytes), leaf.index, note.size, path, note.root)
        and note.signed_by(old)
        and note.signed_by(new)
    )


def _continues(note: Checkpoint, kept: Checkpoint, keys: list[Key], older: list[bytes] | None, report: Report) -> None:
    """The bundle's checkpoint continues the one that was kept."""
    if kept.origin != note.origin or not any(kept.signed_by(key) for key in keys):
        report.fault("the checkpoint that you gave is not one of this log")
    elif kept.size != note.size and older is None:
        report.fault("the bundle does not reach back to the checkpoint that you gave: export it with --checkpoint")
    elif not consistent(kept.size, note.size, kept.root, note.root, (older or []) if kept.size != note.size else []):
        report.fault("the bundle's log does not continue the checkpoint that you gave: history was rewritten")
