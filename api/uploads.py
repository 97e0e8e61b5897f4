"""Evidence: files that were uploaded, kept for a day, and files below the folders that the service may read."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from fastapi import HTTPException
from sqlalchemy import Engine, delete, func, insert, select

from api.keys import Principal
from api.multipart import Sent
from api.settings import Settings
from api.store import moment, uploads
from compliance.store.engine import is_url, writing

KEPT = timedelta(hours=24)
MAX_LISTED = 50_000
"""So many files below a path are looked at for links that lead out."""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """An upload as it is told: its id is what a check names."""

    id: str
    files: list[dict[str, Any]]
    expires_at: str


class Looked(msgspec.Struct, frozen=True):
    """The evidence of a check: files of uploads as (name, place), paths below the roots, and how many bytes that is."""

    files: tuple[tuple[str, str], ...] = ()
    paths: tuple[str, ...] = ()
    bytes: int = 0


NOTHING = Looked()


def folder_of(settings: Settings) -> Path:
    """Where uploads lie: as set, or beside the ledger's file."""
    if settings.uploads is not None:
        return settings.uploads
    if is_url(settings.ledger):
        return Path(tempfile.gettempdir()) / f"clearance-uploads-{os.getuid() if hasattr(os, 'getuid') else 0}"
    return Path(f"{settings.ledger}.uploads")


def room(settings: Settings, engine: Engine) -> Path:
    """A new private folder for one upload; what has run out is removed first, and 413 where the room is used up."""
    base = folder_of(settings)
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    prune(settings, engine)
    with engine.connect() as connection:
        used = connection.execute(select(func.coalesce(func.sum(uploads.c.bytes), 0))).scalar_one()
    if used >= settings.max_stored:
        raise HTTPException(413, "the room for uploads is used up; it is freed within a day")
    return Path(tempfile.mkdtemp(dir=base))


def prune(settings: Settings, engine: Engine) -> None:
    """Remove uploads whose time is over."""
    old = moment(-KEPT)
    with engine.connect() as connection:
        ended = connection.execute(select(uploads.c.folder).where(uploads.c.made_at < old)).scalars().all()
    if not ended:
        return
    for name in ended:
        shutil.rmtree(folder_of(settings) / Path(name).name, ignore_errors=True)
    with writing(engine) as connection:
        connection.execute(delete(uploads).where(uploads.c.made_at < old))


def keep(engine: Engine, principal: Principal, id_: str, folder: Path, sent: Sent) -> Stored:
    """Note an upload, so that checks of the same key may name it."""
    files = [{"name": f.name, "path": f.path.name, "bytes": f.bytes, "sha256": f.sha256} for f in sent.files]
    with writing(engine) as connection:
        connection.execute(
            insert(uploads),
            {
                "id": id_,
                "key": principal.id,
                "folder": folder.name,
                "files": msgspec.json.encode(files),
                "bytes": sum(f.bytes for f in sent.files),
                "made_at": moment(),
            },
        )
    told = [{"name": f.name, "bytes": f.bytes, "sha256": f.sha256} for f in sent.files]
    return Stored(id=id_, files=told, expires_at=moment(KEPT))


def looked(
    settings: Settings, engine: Engine, principal: Principal, ids: Sequence[str], paths: Sequence[str]
) -> Looked:
    """The evidence that a check names; 404 where an upload is not the caller's, or a path not below a root."""
    files: dict[str, str] = {}
    size = 0
    for id_ in ids:
        with engine.connect() as connection:
            row = connection.execute(
                select(uploads).where((uploads.c.id == id_) & (uploads.c.key == principal.id))
            ).first()
        if row is None or row.made_at < moment(-KEPT):
            raise HTTPException(404, f"no upload of this key has the id {id_}")
        size += row.bytes
        for file in msgspec.json.decode(row.files):
            place = folder_of(settings).resolve() / row.folder / file["path"]
            if files.setdefault(file["name"], str(place)) != str(place):
                raise HTTPException(422, f"two uploads hold a file of the name {file['name']}")
    found = [below(settings, path) for path in paths]
    return Looked(tuple(files.items()), tuple(str(path) for path, _ in found), size + sum(n for _, n in found))


def names_of(engine: Engine, principal: Principal, id_: str) -> list[str]:
    """The names of an upload's files; none where it is not the caller's, or its time is over."""
    with engine.connect() as connection:
        row = connection.execute(select(uploads).where((uploads.c.id == id_) & (uploads.c.key == principal.id))).first()
    return [file["name"] for file in msgspec.json.decode(row.files)] if row and row.made_at >= moment(-KEPT) else []


def below(settings: Settings, given: str) -> tuple[Path, int]:
    """A path that the service may read, and its bytes: below a root, and no link leads out from there."""
    for root in settings.evidence_roots:
        held = root.resolve()
        with suppress(OSError, ValueError, RuntimeError):
            path = (held / given).resolve(strict=True)
            if path == held or path.is_relative_to(held):
                return path, _no_way_out(path, held)
    raise HTTPException(404, "there is no such path below the folders that the service may read")


def _no_way_out(path: Path, root: Path) -> int:
    """The bytes below a path; refused where a link in it leads out of the root."""
    if path.is_file():
        return path.stat().st_size
    count = size = 0
    for folder, folders, files in os.walk(path, followlinks=False):
        for name in (*folders, *files):
            count += 1
            if count > MAX_LISTED:
                raise HTTPException(413, f"more than {MAX_LISTED:,} files; name a smaller folder")
            one = Path(folder, name)
            if one.is_symlink() and not one.resolve().is_relative_to(root):
                raise HTTPException(422, f"a link leads out of the folder: {one.relative_to(path)}")
            size += one.lstat().st_size if name in files else 0
    return size
