"""`clearance index`: the records of logs and data, so that they can be searched by meaning."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.cli.commands import command

if TYPE_CHECKING:
    from collections.abc import Callable

    from compliance.cli.commands import Commands
    from compliance.recordstore.models import Model
    from compliance.recordstore.reading import FileRead
    from compliance.recordstore.store import Store

EXAMPLES = """  clearance index logs/ --in records/                  every text of every row, copies once
  clearance index logs/ --in records/                  again: reads only what is new or has changed
  clearance index big/ --in records/ --model static    many times as fast on a CPU, and less exact
  clearance index --in records/ --store arrays         moves the vectors, without making them again
  clearance index logs/ --in records/ --engine ray --cluster auto
                                                       embeds on all GPUs of a Ray cluster
  clearance search --records "refunds" --in records/

A run that is stopped or killed is gone on with by the same command. A store holds the texts: guard it as them."""


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = command(commands, "index", "make the records of logs and data searchable by meaning", EXAMPLES)
    parser.add_argument("records", nargs="*", type=Path, metavar="RECORDS", help="files or folders of rows")
    add_store_option(parser)
    parser.add_argument("--model", choices=("full", "static"), default="", help="what embeds (full at first)")
    parser.add_argument("--store", choices=("chroma", "arrays"), default="", help="kind of vectors (default by size)")
    parser.add_argument("--device", default="", metavar="NAME", help="cuda, mps or cpu (default the fastest there is)")
    parser.add_argument("--engine", choices=("local", "ray"), default="local", help="embed here, or on a Ray cluster")
    parser.add_argument("--cluster", default="", metavar="ADDRESS", help="the cluster (default one of this machine)")
    parser.add_argument("--rebuild", action="store_true", help="start the store from nothing")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=index)


def add_store_option(parser: argparse.ArgumentParser) -> None:
    """The option that `index` and `search` share."""
    parser.add_argument("--in", dest="folder", type=Path, metavar="FOLDER", help="the store (default in the cache)")


def index(options: argparse.Namespace) -> int:
    """Read, embed and keep, and say what there is; 65 where a file could not be read to its end."""
    from compliance.recordstore.store import default_folder, writing

    _check_engine(options)
    folder = options.folder or default_folder()
    try:
        with writing(folder, rebuild=options.rebuild) as store:
            files, passed = _read(store, options.records)
            made = _embed(store, options)
            _print(store, files, passed, made, options.format)
    except KeyboardInterrupt:
        print("\nclearance: stopped; what is done is kept: the same command goes on from there", file=sys.stderr)
        return 130
    return 0 if all(f.complete for f in files) else 65


def _check_engine(options: argparse.Namespace) -> None:
    from compliance.errors import UsageError

    if options.engine != "ray" and options.cluster:
        raise UsageError("a cluster is for the engine ray", remedy="add --engine ray")
    if options.engine == "ray" and options.device:
        raise UsageError("a cluster chooses its devices", remedy="leave --device out")


def _read(store: Store, paths: list[Path]) -> tuple[list[FileRead], list[Any]]:
    from compliance.evidence.inspect import find_files
    from compliance.recordstore.reading import Reading
    from compliance.scan.progress import Progress

    passed: list[Any] = []
    files = list(find_files(paths, passed))
    if not files:
        return [], passed
    sizes = [_size(path) for path in files]
    total, before = sum(sizes), 0
    reading, progress = Reading(store), Progress(sys.stderr)
    found = []
    for path, size in zip(files, sizes, strict=True):
        found.append(reading.file(path, _adding(progress.show, before, total)))
        before += size
    progress.end()
    return found, passed


def _adding(show: Callable[[int, int], None], before: int, total: int) -> Callable[[int], None]:
    return lambda done: show(before + done, total)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _embed(store: Store, options: argparse.Namespace) -> int:
    """Make the vectors that are missing; how many were made."""
    from compliance.recordstore.filling import fill
    from compliance.recordstore.models import STATIC
    from compliance.recordstore.progress import TextProgress

    store.mend(options.store)
    if store.complete(options.model):
        return 0
    if options.engine == "ray":
        return _embed_on_ray(store, options)
    model = _model(store, options)
    try:
        store.adopt(model, options.store)
        slow = model.name != STATIC and str(model.encoder.device) == "cpu" and not store.vector_count
        hint = "without a GPU this takes long; --model static is many times as fast, and less exact"
        progress = TextProgress(sys.stderr, hint if slow else "")
        made = fill(store, model, progress.show)
        progress.end()
    finally:
        model.close()
    return made


def _embed_on_ray(store: Store, options: argparse.Namespace) -> int:
    """The same on a cluster, for the model that is worth it."""
    from compliance.errors import UsageError
    from compliance.recordstore.models import STATIC
    from compliance.recordstore.progress import TextProgress
    from compliance.recordstore.ray_embedding import fill_spread, spread

    if (options.model or store.model_name) == STATIC:
        raise UsageError("the static model is fast where it is", remedy="leave --engine out, or add --model full")
    with spread(options.cluster, os.cpu_count() or 1) as model:
        store.adopt(model, options.store)
        progress = TextProgress(sys.stderr)
        made = fill_spread(store, model, progress.show)
        progress.end()
    return made


def _model(store: Store, options: argparse.Namespace) -> Model:
    from compliance.errors import UsageError
    from compliance.recordstore.models import FULL, open_model

    name = options.model or store.model_name or FULL
    device = options.device
    if device:
        import torch

        try:
            torch.zeros(1, device=device)
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            told = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
            raise UsageError(f"no device {device!r}: {told}", remedy="leave --device out") from None
    return open_model(name, store.folder, (device,) if device else (), spread=True)


def _print(store: Store, files: list[FileRead], passed: list[Any], made: int, form: str) -> None:
    catalogue = store.catalogue
    if form == "json":
        import msgspec

        document = {
            "folder": str(store.folder), "records": catalogue.record_count, "texts": catalogue.text_count,
            "vectors": store.vector_count, "embedded": made, "model": store.model, "store": store.kind,
            "files": files, "skipped": passed, "notes": store.notes,
        }  # fmt: skip
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n")
        return
    from compliance.recordstore.text_form import index_lines

    for warning in passed:
        print(_clean(f"clearance: {warning.file}: {warning.says}"), file=sys.stderr)
    for note in store.notes:
        print(_clean(f"clearance: {note}"), file=sys.stderr)
    sys.stdout.writelines(_clean(line) + "\n" for line in index_lines(store, files, made))


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
