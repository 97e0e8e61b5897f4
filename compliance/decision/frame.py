"""The frame of a source: all that its verdict rests on but for the case, read once for all what-ifs of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import UNSET, UnsetType

from compliance.corpus.corpus import Corpus
from compliance.corpus.names import key
from compliance.corpus.records import Dataset, Licence, Party
from compliance.decision.use import PLAIN, ROLES, known_generators, model_made
from compliance.domain.manifest import Generator, LicenceText, Source

Made = Generator | list[Generator] | None | UnsetType
"""Who made the rows, as a manifest says it."""


class Frame(msgspec.Struct, frozen=True, gc=False):
    """A source read against the corpora.

    `role` is the rules' word for the use of the outputs, `collected` how they were gathered where that is stated.
    `known` is the record of the data set that it names, `outside` has its parents on record that are no sources of the
    run. `generators` made it; where `inherited`, they are those on record. `amiss` says what is wrong with what is
    declared of who made the rows; `people` tells that it is declared as made by people. `stated` tells whether a
    licence is attached, `unread` whether a label is one that nobody knows, and `attached` whether one is attached or on
    record; `passes_on` has the makers whose restrictions the licence or card passes on. Sources with equal keys `at`
    get equal verdicts in equal cases.
    """

    at: tuple[object, ...]
    known: Dataset | None
    outside: Sequence[Dataset]
    role: str
    collected: str | None
    generators: Sequence[Generator]
    inherited: bool
    amiss: str
    people: bool
    licences: Sequence[Licence]
    stated: bool
    unread: bool
    passes_on: Sequence[Party]
    attached: bool


def framed(corpus: Corpus, source: Source, by_key: Mapping[str, Source]) -> Frame:
    """The frame of a source in a run."""
    made, licence, passing, derived = (
        source.generated_by,
        source.licence,
        source.licence_passes_on,
        source.derived_from,
    )
    known = corpus.dataset(source.name)
    outside = _outside(corpus, derived, by_key) if derived is not UNSET else ()
    licences, stated, unread = read_licences(corpus, licence)
    at = (
        tuple(made) if isinstance(made, list) else made,
        tuple(licence) if isinstance(licence, list) else licence,
        source.role,
        tuple(passing) if isinstance(passing, list) else passing,
        source.kind,
        source.collected_by,
        derived is UNSET,
        known.id if known else None,
        tuple([parent.id for parent in outside]) if outside else (),
    )
    return Frame(
        at,
        known,
        outside,
        ROLES.get(source.role, PLAIN) if source.role is not UNSET else PLAIN,
        source.collected_by if source.collected_by is not UNSET else None,
        *_made(made, known, source.kind, derived is UNSET),
        licences,
        stated,
        unread,
        _passing_on(corpus, passing, licences),
        stated or (licence is UNSET and known is not None),
    )


def made_with(frame: Frame, made: Made) -> Frame:
    """The frame, had the rows been made with other models, or by people."""
    generators, inherited, amiss, people = _made(made, frame.known, "", frame.at[6] is True)
    at = (tuple(made) if isinstance(made, list) else made, *frame.at[1:])
    return msgspec.structs.replace(frame, at=at, generators=generators, inherited=inherited, amiss=amiss, people=people)


def in_role(frame: Frame, role: str) -> Frame:
    """The frame, were the outputs used in another of the manifest's roles."""
    at = (*frame.at[:2], role, *frame.at[3:])
    return msgspec.structs.replace(frame, at=at, role=ROLES[role])


def under(corpus: Corpus, frame: Frame, licence: str) -> Frame:
    """The frame, were this licence attached to the data in place of what is."""
    licences, stated, unread = read_licences(corpus, licence)
    passing = frame.at[3]
    return msgspec.structs.replace(
        frame,
        at=(frame.at[0], licence, *frame.at[2:]),
        licences=licences,
        stated=stated,
        unread=unread,
        passes_on=_passing_on(corpus, passing if isinstance(passing, tuple) else UNSET, licences),
        attached=stated,
    )


def _outside(corpus: Corpus, derived: Sequence[str], by_key: Mapping[str, Source]) -> Sequence[Dataset]:
    outside = [name for name in derived if key(name) not in by_key]
    return [parent for parent in map(corpus.dataset, outside) if parent is not None] if outside else ()


def _made(
    made: Made, known: Dataset | None, kind: str | UnsetType, first_hand: bool
) -> tuple[Sequence[Generator], bool, str, bool]:
    """The generators of a source, whether they are those on record, what is amiss, and whether people made it."""
    if isinstance(made, Generator):
        return (made,), False, "", False
    if isinstance(made, list):
        return made, False, "", False
    if made is UNSET and known is not None and known.generators:
        return known_generators(known), True, "", False
    if made is UNSET and kind not in ("human-data", "code"):
        return (), False, "which model made the rows is not stated", False
    if made is None and first_hand and known is not None and model_made(known):
        reason = f"it is declared as made by people, and {known.name} is known to be made by models"
        return (), False, reason, True
    return (), False, "", made is None


def read_licences(corpus: Corpus, text: LicenceText | UnsetType) -> tuple[list[Licence], bool, bool]:
    """The licences of a declared text, whether anything is attached, and whether a label is not known."""
    if text is UNSET or text is None:
        return [], False, False
    labels = [text] if isinstance(text, str) else text
    found = [corpus.licences.resolve(label) for label in labels]
    return [x for licences in found for x in licences], True, not all(found)


def _passing_on(corpus: Corpus, named: Sequence[str] | UnsetType, licences: Sequence[Licence]) -> Sequence[Party]:
    """The makers whose restrictions the data's licence or card passes on."""
    if named is UNSET and not licences:
        return ()
    found = [p for n in (named if named is not UNSET else ()) for p in corpus.parties_in(n)]
    return found + [corpus.parties[p] for x in licences for p in x.passes_on if p in corpus.parties]
