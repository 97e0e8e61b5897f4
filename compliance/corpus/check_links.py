"""Checks of records together: ids that lead nowhere, and names by which two records would be found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from compliance.corpus.names import key, licence_key
from compliance.corpus.records import Channel, Dataset, Document, Family, Licence, Party
from compliance.corpus.shelf import Fault, Placed, Severity, Shelf
from compliance.reading.structured import Path_


def check_links(shelf: Shelf) -> Iterator[Fault]:
    """All faults of records as they refer to each other."""
    yield from _dangling(shelf)
    yield from _twins(shelf)
    yield from _shared_names(shelf)
    yield from _unbound(shelf)


def _dangling(shelf: Shelf) -> Iterator[Fault]:
    corpus = shelf.corpus
    known = {
        "party": corpus.parties.keys(),
        "family": corpus.families.keys(),
        "document": corpus.documents.keys(),
        "licence": corpus.licences.by_id.keys(),
    }
    for placed in shelf.placed:
        for kind, name, within in _references(placed):
            if name not in known[kind]:
                message = f"{_spot(within)} names the {kind} {name!r}, which no record has"
                yield Fault("error", "dangling", placed, message, f"add that {kind}, or correct the id", within)
    for placed in shelf.of("licence"):
        yield from _own_family(shelf, placed)
    for placed in shelf.of("family"):
        yield from _trained_on(shelf, placed)
    for placed in shelf.of("dataset"):
        yield from _dataset(shelf, placed)


def _references(placed: Placed) -> Iterator[tuple[str, str, Path_]]:
    """The ids that a record names: of which kind, the id, and where it stands."""
    record = placed.record
    if isinstance(record, Party):
        for name in ("controlled_by", "stakes_in"):
            for at, hold in enumerate(getattr(record, name)):
                yield "party", hold.party, (name, at, "party")
    elif isinstance(record, Family):
        yield "party", record.maker, ("maker",)
        yield from _each("family", record.parents, "parents")
        for at, weights in enumerate(record.weights):
            yield "licence", weights.licence, ("weights", at, "licence")
    elif isinstance(record, Channel):
        yield "party", record.party, ("party",)
        yield from _each("document", record.documents, "documents")
        yield from _each("party", record.models_of, "models_of")
        yield from _each("party", record.hosts, "hosts")
        yield from _each("family", record.families, "families")
    elif isinstance(record, Document):
        yield "party", record.party, ("party",)
        yield from _each("document", record.incorporates, "incorporates")
        for at, clause in enumerate(record.clauses):
            for kind, name, within in _each("party", clause.scope.models_of if clause.scope else (), "models_of"):
                yield kind, name, ("clauses", at, "scope", *within)
    elif isinstance(record, Licence):
        if record.licensor is not None:
            yield "party", record.licensor, ("licensor",)
        yield from _each("party", record.passes_on, "passes_on")


def _each(kind: str, names: Iterable[str], where: str) -> Iterator[tuple[str, str, Path_]]:
    for at, name in enumerate(names):
        yield kind, name, (where, at)


def _own_family(shelf: Shelf, placed: Placed) -> Iterator[Fault]:
    assert isinstance(placed.record, Licence)
    outputs = placed.record.outputs
    for at, prefix in enumerate(outputs.own_family if outputs else ()):
        if not any(name.startswith(prefix) for name in shelf.corpus.families):
            message = f"own_family {prefix!r} begins the id of no family"
            yield Fault("error", "dangling", placed, message, "name families that exist", ("outputs", "own_family", at))


def _trained_on(shelf: Shelf, placed: Placed) -> Iterator[Fault]:
    assert isinstance(placed.record, Family)
    for at, name in enumerate(placed.record.trained_on or ()):
        if key(name) != "undisclosed" and not shelf.corpus.dataset(name) and not shelf.corpus.family(name):
            message = f"it was trained on {name!r}, which no data set or family is called"
            remedy = "use the name of a record, add one, or write 'undisclosed'"
            yield Fault("warning", "unknown-name", placed, message, remedy, ("trained_on", at))


def _dataset(shelf: Shelf, placed: Placed) -> Iterator[Fault]:
    record, corpus = placed.record, shelf.corpus
    assert isinstance(record, Dataset)
    for at, made in enumerate(record.generators):
        if made.maker and not corpus.parties_in(made.maker):
            message = f"the maker {made.maker!r} of a generator is no party"
            yield Fault(
                "error", "dangling", placed, message, "add the party, or correct the name", ("generators", at, "maker")
            )
        if made.model and not made.maker and corpus.family(made.model) is None:
            message = f"the generator {made.model!r} belongs to no family, and its maker is not named"
            yield Fault(
                "warning", "unknown-name", placed, message, "name its maker, or add a family", ("generators", at)
            )
    kept = {key(parent) for parent in record.derived_from}
    for at, name in enumerate(record.keeps):
        if key(name) not in kept and corpus.dataset(name) is None:
            message = f"it keeps rows of {name!r}, which is neither a data set nor a parent of it"
            yield Fault("error", "dangling", placed, message, "add that data set, or correct the name", ("keeps", at))
    for at, evidence in enumerate(record.licences):
        if not corpus.licences.resolve(evidence.label):
            message = f"no licence is called {evidence.label!r}"
            remedy = "add the spelling to a licence, or correct it"
            yield Fault("warning", "unknown-label", placed, message, remedy, ("licences", at, "label"))


def _twins(shelf: Shelf) -> Iterator[Fault]:
    """Two records of one id; channels, which have none, are one where all that narrows them is the same."""
    seen: dict[tuple[object, ...], Placed] = {}
    for placed in shelf.placed:
        mark: tuple[object, ...] = (placed.kind, placed.id)
        if isinstance(placed.record, Channel):
            c = placed.record
            mark = (*mark, c.region, c.models_of, c.families, c.since, c.until)
        if mark in seen:
            message = f"{_place(seen[mark])} holds a record of the same id"
            yield Fault("error", "twice", placed, message, "keep one of the two, or give this one an id of its own")
        seen.setdefault(mark, placed)


def _shared_names(shelf: Shelf) -> Iterator[Fault]:
    """Names that find two records: which of them is meant would depend on the order of the files."""

    def party(record: Party) -> Iterator[str]:
        yield from (record.id, record.name, *record.aliases, *record.former_names)
        for product in record.products:
            yield from (product.name, *product.aliases)

    def licence(record: Licence) -> Iterator[str]:
        yield from (name for name in (record.id, record.name, record.spdx, *record.aliases) if name)

    def dataset(record: Dataset) -> Iterator[str]:
        yield from (name for name in (record.id, record.name, record.hub_id, *record.aliases) if name)

    yield from _shared(shelf, "party", party, key)
    yield from _shared(shelf, "licence", licence, licence_key)
    yield from _shared(shelf, "dataset", dataset, key)


def _shared(
    shelf: Shelf, kind: str, names: Callable[..., Iterable[str]], form: Callable[[str], str]
) -> Iterator[Fault]:
    seen: dict[str, Placed] = {}
    for placed in shelf.of(kind):
        for name in {form(n): n for n in names(placed.record)}.values():
            first = seen.setdefault(form(name), placed)
            if first is not placed and first.id != placed.id:
                message = f"{name!r} is also a name of {first.id!r} ({_place(first)})"
                yield Fault("error", "shared-name", placed, message, "let one of the two records have the name")


def _unbound(shelf: Shelf) -> Iterator[Fault]:
    """Documents that no channel binds to anybody, directly or by another document."""
    bound: set[str] = set()
    queue = [name for channel in shelf.corpus.content.channels for name in channel.documents]
    while queue:
        name = queue.pop()
        document = shelf.corpus.documents.get(name)
        if document is not None and name not in bound:
            bound.add(name)
            queue += document.incorporates
    for placed in shelf.of("document"):
        document = shelf.corpus.documents[placed.id]
        if placed.id not in bound:
            remedy = (
                "name it in a channel or in `incorporates` of a bound document, or say in `note` why it stands alone"
            )
            severity: Severity = "warning" if document.note else "error"
            yield Fault(severity, "unbound", placed, "no channel binds anybody to it", remedy)


def _spot(within: Path_) -> str:
    return ".".join(str(step) for step in within if not isinstance(step, int))


def _place(placed: Placed) -> str:
    return placed.text.name
