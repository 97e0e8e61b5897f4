"""The reference page of one provider."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compliance.corpus.dossier import SEEN, Dossier, days, reach, stands_in
from compliance.corpus.in_force import version_days
from compliance.corpus.records import Channel, Clause, Document, Family, Licence, Source
from compliance.corpus.show import weights_text
from compliance.report.markdown import code, escaped

_UPSTREAM = {"model-terms": "and the terms of the model's maker", "unseen": "and what was not seen"}


def provider_page(found: Dossier) -> str:
    """Names, control, channels by date, documents with versions and clauses, model families and licences."""
    party = found.party
    lines = [f"# {escaped(party.name)}", "", *_who(found), ""]
    if party.note:
        lines += [escaped(party.note), ""]
    if found.channels:
        lines += ["## Which texts bind", "", "| channel | when | texts |", "| --- | --- | --- |"]
        lines += [*map(_channel, found.channels), ""]
    for document in found.documents:
        lines += [*_document(document), ""]
    if found.families:
        lines += ["## Models", "", "| family | kind | released | weights | ids |", "| --- " * 5 + "|"]
        lines += [*map(_family, found.families), ""]
    if found.licences:
        lines += ["## Licences", "", *map(_licence, found.licences), ""]
    lines.append(f"Source: {_source(party.source)}.")
    return "\n".join(lines)


def _who(found: Dossier) -> Iterator[str]:
    party = found.party
    home = f", {escaped(party.home)}" if party.home else ""
    yield f"- Record {code(party.id)}: {party.kind}{home}"
    yield from _item("Also called", (*party.aliases, *party.former_names))
    yield from _item("Sells", (product.name for product in party.products))
    yield from _item("Offers models of the kinds", party.offers)
    yield from _item("Controlled by", (f"{h.party} ({days(h.since, h.until)})" for h in party.controlled_by))
    yield from _item("Controls", (f"{other.name} ({days(h.since, h.until)})" for other, h in found.controls))
    yield from _item("Holds a stake, which is not control, in", (h.party for h in party.stakes_in))


def _item(word: str, names: Iterable[str]) -> Iterator[str]:
    joined = ", ".join(names)
    if joined:
        yield f"- {word}: {escaped(joined)}"


def _channel(channel: Channel) -> str:
    name: str = channel.channel
    if channel.names:
        name += f": {', '.join(channel.names[:3])}"
    narrowed = [f"customers in the {channel.region}"] if channel.region else []
    narrowed += [f"models of {', '.join(channel.models_of)}"] if channel.models_of else []
    texts = [*channel.documents] or ["no text seen"]
    texts += [_UPSTREAM[channel.upstream]] if channel.upstream in _UPSTREAM else []
    where = escaped(name + (f" ({'; '.join(narrowed)})" if narrowed else ""))
    note = f". {channel.note}" if channel.note else ""
    return f"| {where} | {escaped(days(channel.since, channel.until))} | {escaped(', '.join(texts) + note)} |"


def _document(document: Document) -> Iterator[str]:
    yield f"## {escaped(document.title)}"
    yield ""
    yield f"Record {code(document.id)}. {escaped(document.note)}".rstrip()
    if document.incorporates:
        yield f"It incorporates {escaped(', '.join(document.incorporates))}."
    yield ""
    for version in document.versions:
        note = f" {escaped(version.note)}" if version.note else ""
        span = escaped(version_days(document, version))
        yield f"- Version {code(version.id)}, {span}: {SEEN[version.seen]}; {_source(version.source)}.{note}"
    if document.clauses:
        yield ""
        yield "| section | clause | in our words | versions |"
        yield "| --- | --- | --- | --- |"
        yield from (_clause(document, clause) for clause in document.clauses)


def _clause(document: Document, clause: Clause) -> str:
    only = stands_in(document, clause)
    where = "all" if len(only) == len(document.versions) else ", ".join(v.id for v in only)
    says = clause.paraphrase
    if clause.exceptions:
        says += " Except: " + "; ".join(e.text for e in clause.exceptions) + "."
    if clause.scope is not None and clause.scope.note:
        says += f" (Reaches {clause.scope.note}.)"
    kind = f"{clause.category}; {reach(clause)}; binds the {clause.bound}"
    pinned = f"; pinned in {', '.join(dict.fromkeys(p.version for p in clause.pins))}" if clause.pins else ""
    return f"| {escaped(clause.section)} | {escaped(kind)} | {escaped(says)} | {escaped(where + pinned)} |"


def _family(family: Family) -> str:
    weights = "; ".join(weights_text(w) for w in family.weights) or "not open"
    ids = ", ".join(family.patterns[:4]) + (", ..." if len(family.patterns) > 4 else "")
    cells = (family.name, family.kind, family.released or "-", weights, ids)
    return f"| {' | '.join(escaped(cell) for cell in cells)} |"


def _licence(licence: Licence) -> str:
    outputs = f" Outputs: {licence.outputs.paraphrase}" if licence.outputs and licence.outputs.paraphrase else ""
    return f"- **{escaped(licence.name)}** ({code(licence.id)}): {escaped(licence.paraphrase + outputs)}"


def _source(source: Source) -> str:
    return escaped(f"{source.ref} ({source.basis})")
