"""One record, or all of a party, as plain text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compliance.corpus.corpus import Corpus
from compliance.corpus.dossier import SEEN, Dossier, begins, days, dossier, reach, stands_in
from compliance.corpus.in_force import version_days
from compliance.corpus.records import Dataset, Document, Family, Licence, Party, Source, WeightsLicence


def show(corpus: Corpus, name: str) -> str | None:
    """What the records say under `name` (an id, or any name of a party, model, licence or data set); None if nothing.

    An id goes before a name; a party goes before a family, a licence and a data set of the same name.
    """
    ids = (
        corpus.parties.get(name),
        corpus.documents.get(name),
        corpus.families.get(name),
        corpus.licences.by_id.get(name),
        corpus.datasets.get(name),
    )
    names = (corpus.party(name), corpus.dataset(name), corpus.family(name), *corpus.licences.resolve(name))
    found = next((record for record in (*ids, *names) if record is not None), None)
    if found is None:
        return None
    if isinstance(found, Party):
        lines = _party(dossier(corpus, found))
    elif isinstance(found, Document):
        lines = _document(found)
    elif isinstance(found, Family):
        lines = _family(corpus, found)
    elif isinstance(found, Licence):
        lines = _licence(found)
    else:
        lines = _dataset(found)
    return "".join(f"{printable(line)}\n" for line in lines)


def printable(text: str) -> str:
    """`text` on one line, without control characters."""
    return "".join(c if c.isprintable() else " " for c in text)


def _heading(kind: str, id_: str, name: str) -> str:
    return f"{kind} {id_}: {name}" if name != id_ else f"{kind} {id_}"


def _party(found: Dossier) -> Iterator[str]:
    party = found.party
    yield _heading("party", party.id, party.name)
    yield f"  {party.kind}" + (f", {party.home}" if party.home else "")
    yield from _list("also called", (*party.aliases, *party.former_names))
    yield from _list("sells", (p.name for p in party.products))
    yield from _list("offers", party.offers)
    for hold in party.controlled_by:
        yield f"  controlled by {hold.party} ({days(hold.since, hold.until)})"
    for other, hold in found.controls:
        yield f"  controls {other.id} ({days(hold.since, hold.until)})"
    for hold in party.stakes_in:
        yield f"  holds a stake in {hold.party} ({days(hold.since, hold.until)}), which is not control"
    yield from _note(party.note)
    for channel in found.channels:
        where = f", customers in the {channel.region}" if channel.region else ""
        what = ", ".join(channel.documents) or "no text seen"
        upstream = f"; upstream: {channel.upstream}" if channel.upstream else ""
        whose = f", models of {', '.join(channel.models_of)}" if channel.models_of else ""
        yield f"  channel {channel.channel}{where}{whose}, {days(channel.since, channel.until)}: {what}{upstream}"
    for document in found.documents:
        yield ""
        yield from _document(document)
    if found.families:
        yield ""
    for family in found.families:
        licences = ", ".join(w.licence for w in family.weights) or "weights not open"
        yield f"family {family.id}: {family.name} ({family.kind}, {family.released or 'undated'}): {licences}"
    if found.licences:
        yield ""
    for licence in found.licences:
        yield f"licence {licence.id}: {licence.name} ({licence.kind}): {licence.paraphrase}"
    yield _source(party.source)


def _document(document: Document) -> Iterator[str]:
    yield _heading("document", document.id, document.title)
    yield from _list("incorporates", document.incorporates)
    yield from _note(document.note)
    for version in document.versions:
        yield f"  version {version.id}: {version_days(document, version)}; {SEEN[version.seen]}; {version.source.ref}"
    for clause in document.clauses:
        only = stands_in(document, clause)
        where = "" if len(only) == len(document.versions) else f" [{', '.join(v.id for v in only)}]"
        pinned = ", pinned" if clause.pins else ""
        yield f"  {clause.section}: {clause.category}, {reach(clause)}, binds the {clause.bound}{pinned}{where}"
        yield f"    {clause.paraphrase}"
        for exempt in clause.exceptions:
            yield f"    except: {exempt.text}"
    yield _source(document.source)


def _family(corpus: Corpus, family: Family) -> Iterator[str]:
    yield _heading("family", family.id, family.name)
    yield f"  {family.kind} of {family.maker}" + (f", {begins(family.released)}" if family.released else "")
    yield from _list("ids", family.patterns)
    yield from _list("made from", family.parents)
    yield from _list("trained on", family.trained_on or ())
    for weights in family.weights:
        yield f"  weights: {weights_text(weights)}"
    if not family.weights:
        yield "  weights: not open"
    yield from _list("rests on", (f.id for f in corpus.ancestors(family)))
    yield from _note(family.note)
    yield _source(family.source)


def weights_text(weights: WeightsLicence) -> str:
    """A licence of weights with the ids and days that it is for."""
    which = f" for ids with {weights.match!r}" if weights.match else ""
    since = f", {begins(weights.since)}" if weights.since else ""
    return f"{weights.licence}{which}{since}"


def _licence(licence: Licence) -> Iterator[str]:
    yield _heading("licence", licence.id, licence.name)
    yield f"  {licence.kind}" + (f", by {licence.licensor}" if licence.licensor else "")
    yield f"  {licence.paraphrase}"
    yield from _list("spelt", (*((licence.spdx,) if licence.spdx else ()), *licence.aliases))
    yield from _list("duties", (f"{d.text} (on {d.on})" for d in licence.duties))
    outputs = licence.outputs
    if outputs is not None:
        yield f"  outputs ({outputs.section or 'no section'}): {outputs.paraphrase}"
        if outputs.contradiction:
            yield f"  contradiction: {outputs.contradiction}"
    for limit in licence.thresholds:
        yield f"  above {limit.above:,} {limit.measure.replace('_', ' ')}: {limit.effect}"
    if licence.territory is not None:
        yield f"  no rights in: {', '.join(licence.territory.excluded)}"
    yield from _note(licence.note)
    yield _source(licence.source)


def _dataset(dataset: Dataset) -> Iterator[str]:
    yield _heading("dataset", dataset.id, dataset.name)
    for made in dataset.generators:
        who = made.model or made.maker or "an unknown model"
        when = f", {made.when}" if made.when else ""
        yield f"  made by {who} ({made.role or 'role unknown'}, {made.channel or 'channel unknown'}{when})"
    if dataset.human:
        yield "  people wrote rows of it"
    yield from _list("made from", dataset.derived_from)
    for evidence in dataset.licences:
        yield f"  licence according to {evidence.says}: {evidence.label}"
    yield from _note(dataset.note)
    yield _source(dataset.source)


def _list(word: str, names: Iterable[str]) -> Iterator[str]:
    joined = ", ".join(names)
    if joined:
        yield f"  {word}: {joined}"


def _note(note: str) -> Iterator[str]:
    if note:
        yield f"  note: {note}"


def _source(source: Source) -> str:
    return f"  source: {source.ref} ({source.basis})"
