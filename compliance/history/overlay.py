"""Confirmed clauses as records that the gate reads beside its own: a file a party, written from the database.

A text counts as seen once each clause that can change a verdict was accepted or rejected. Until then it leads to
review: it is not seen, or, where an accepted ban must bite already, a clause of its own says that the rest is open.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

import msgspec
from msgspec.structs import replace

from compliance.corpus.corpus import Corpus
from compliance.corpus.records import Channel, Clause, CorpusFile, Document, Party, Pin, Source, TraineeKind, Version
from compliance.errors import UnreadableFile, UsageError
from compliance.history.confirmations import BINDS, Confirmation, Item, Text, items, said, texts_of, was_looked_through
from compliance.history.database import DocumentKey, History
from compliance.history.sync import INGESTED
from compliance.history.wording import GATING, record

MARK = "# Written by `clearance terms confirm` from the database of terms. Do not edit: it is written anew."
KINDS = ("lab", "cloud", "reseller", "tool", "dataset-maker", "university", "company", "community", "person")
CHANNELS = ("first-party-api", "consumer-app", "cloud-reseller")
_BANS = frozenset({"train-competing-models", "train-any-models", "competing-product", "distill"})
_CONSUMER = re.compile(r"consumer|personal|end[- ]user", re.IGNORECASE)
_BUSINESS = re.compile(r"\bapi\b|business|commercial|enterprise|developer|platform", re.IGNORECASE)


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a document binds: users of these channels of a party that offers these kinds of model (none: any kind)."""

    channels: tuple[str, ...]
    kind: str = "lab"
    offers: tuple[str, ...] = ()


class State(NamedTuple):
    """A document as it stands: its texts, its clauses, whom it binds, and per text what is still open."""

    key: DocumentKey
    texts: list[Text]
    items: list[Item]
    binding: Binding
    open: dict[str, list[Item]]
    unread: dict[str, bool]

    @property
    def pending(self) -> int:
        """How many clauses that can change a verdict nobody has decided on."""
        return len({i.found.id for found in self.open.values() for i in found})


def state_of(history: History, key: DocumentKey, texts: list[Text] | None = None) -> State:
    """How far a document is confirmed; its `texts` are read where they are not given."""
    texts, words = texts_of(history, key) if texts is None else texts, said(history, key)
    found = items(history, key, texts)
    by_id = {i.found.id: i for i in found}
    open_: dict[str, list[Item]] = {}
    unread: dict[str, bool] = {}
    for text in texts:
        here = [by_id[c.id] for c in text.looked.clauses] if text.looked else []
        complete = f"text:{text.sha256}" in words
        open_[text.sha256] = [i for i in here if i.status == "unconfirmed" and i.found.category in GATING]
        unread[text.sha256] = text.looked is None or (not here and not complete)
    return State(key, texts, found, _binding(key, words.get(BINDS)), open_, unread)


def binding_words(channels: Sequence[str], offers: Sequence[str], kind: str | None) -> dict[str, str]:
    """What a person says of whom a document binds, as it is kept; a word that no record knows is an error."""
    for given, known in ((channels, CHANNELS), (offers, get_args(TraineeKind)), ([kind] if kind else [], KINDS)):
        for word in given:
            if word not in known:
                raise UsageError(f"{word!r} is not known here", remedy=f"one of {', '.join(known)}")
    told = {"channels": ",".join(channels), "offers": ",".join(offers), "kind": kind or ""}
    return {name: words for name, words in told.items() if words}


def write(history: History, party: str, folder: Path, corpus: Corpus, known: State | None = None) -> Path:
    """Write the file of a party: every document of it in which somebody has looked for clauses.

    `known` is the state of one of them, where it was read already.
    """
    keys = [k for k in history.documents() if slug(k.party) == slug(party) and was_looked_through(history, k)]
    states = [known if known and known.key == k else state_of(history, k) for k in keys]
    states = [s for s in states if any(t.looked for t in s.texts)]
    if not states:
        raise UsageError(f"nobody has looked for clauses of {party}", remedy="clearance terms confirm DOCUMENT --list")
    target = folder / f"{slug(party)}.yaml"
    text = f"{MARK}\n" + _yaml(msgspec.to_builtins(records_of(party, states, corpus)))
    try:
        if target.exists() and not target.read_bytes().startswith(MARK[:40].encode()):
            raise UsageError(f"{target} was not written by this command", remedy="name another folder with --overlay")
        folder.mkdir(parents=True, exist_ok=True)
        made = target.with_suffix(".part")
        made.write_text(text, encoding="utf-8", newline="\n")
        made.replace(target)
    except OSError as error:
        raise UnreadableFile(
            f"cannot be written: {error.strerror}", file=str(target), remedy="name another folder with --overlay"
        ) from None
    return target


def records_of(party: str, states: Sequence[State], corpus: Corpus) -> CorpusFile:
    """The records: the party where the corpora do not know it, its channels, and its documents."""
    known = corpus.parties_in(party)
    party_id = known[0].id if len(known) == 1 else slug(party)
    documents: list[Document] = []
    bound: dict[str, list[Document]] = {}
    for state in states:
        name = f"{party_id}/{slug(state.key.name)}"
        taken = {*corpus.documents, *(d.id for d in documents)}
        number = 2
        while name in taken:
            name = f"{party_id}/{slug(state.key.name)}-confirmed-{number}"
            number += 1
        made = _documents(name, party_id, party, state)
        documents += made
        for channel in state.binding.channels:
            bound.setdefault(channel, []).extend(made)
    source = Source(ref=f"terms of {party} in the database of terms", basis="documented")
    channels = [
        Channel(
            party=party_id,
            channel=channel,  # type: ignore[arg-type]
            names=(slug(party),) if channel == "cloud-reseller" else (),
            documents=tuple(d.id for d in found),
            since=min((d.versions[0].since for d in found), key=lambda s: s.strip("/")[:10]),
            upstream="unseen" if channel == "cloud-reseller" else None,
            source=source,
        )
        for channel, found in bound.items()
    ]
    if len(known) == 1:
        return CorpusFile(channels=tuple(channels), documents=tuple(documents))
    offers = tuple(dict.fromkeys(o for s in states for o in s.binding.offers))
    own = Party(
        id=party_id,
        name=party,
        kind=states[0].binding.kind,  # type: ignore[arg-type]
        offers=offers,  # type: ignore[arg-type]
        source=source,
    )
    return CorpusFile(parties=(own,), channels=tuple(channels), documents=tuple(documents))


def slug(name: str) -> str:
    """A name as an id: small letters, digits and hyphens."""
    made = re.sub(r"[^\w]+", "-", name.casefold(), flags=re.UNICODE).strip("-_").replace("_", "-")
    return made[:80] or "unnamed"


def _documents(name: str, party_id: str, party: str, state: State) -> list[Document]:
    """The document; and beside it, where a text does not count as seen, one that stands for what is not confirmed."""
    source = Source(ref=f"{state.key.source}: {state.key.label}", basis="archive")
    accepted = {i.found.id: i for i in state.items if i.status == "accepted"}
    versions: list[Version] = []
    waiting: list[Version] = []
    clauses: dict[str, tuple[Clause, list[Pin]]] = {}
    marks: list[Clause] = []
    before = ""
    for text in state.texts:
        day = text.version.day
        since = day if state.key.source == INGESTED else f"{before}/{day}"
        before = day
        pending, unread = state.open[text.sha256], state.unread[text.sha256]
        bites = False
        for found in text.looked.clauses if text.looked else ():
            item = accepted.get(found.id)
            if item is not None:
                made = _clause(item, party)
                bites = bites or (made.effect == "prohibit" and made.category in _BANS and made.test is not None)
                clauses.setdefault(found.id, (made, []))[1].append(Pin(version=day, sha256=found.quote_sha256))
        if pending and bites:
            marks.append(_mark(day, pending))
        unseen = unread or (bool(pending) and not bites)
        origin = Source(ref=f"{state.key.source}: {state.key.label} {text.version.origin}", basis="archive")
        note = f"text {text.sha256}"
        versions.append(
            Version(
                id=day, since=since, recorded=day, seen="archived" if text.looked else "unseen", note=note,
                source=origin,
            )
        )  # fmt: skip
        waiting.append(
            Version(id=day, since=since, seen="unseen" if unseen else "archived", note=_why(text, pending),
                    source=origin)
        )  # fmt: skip
    left = any(v.seen == "unseen" for v in waiting)
    title = f"{party} {state.key.name}" if not state.key.name.startswith(party) else state.key.name
    if left:
        title += f" ({state.pending} found clauses confirmed by nobody)" if state.pending else " (confirmed by nobody)"
    confirmed = [replace(c, versions=tuple(p.version for p in pins), pins=tuple(pins)) for c, pins in clauses.values()]
    own = Document(
        id=name,
        party=party_id,
        title=title,
        source=source,
        versions=tuple(versions),
        clauses=(*confirmed, *marks),
    )
    if not left:
        return [own]
    note = "Stands for what nobody has confirmed, so that the text does not count as seen."
    return [
        own,
        Document(
            id=f"{name}.unconfirmed", party=party_id, title=title, note=note, source=source, versions=tuple(waiting)
        ),
    ]


def _clause(item: Item, party: str) -> Clause:
    made = record(item.found, item.quote, party, item.edits)
    edited = f", with {', '.join(sorted(item.edits))} as that person says" if item.edits else ""
    note = f"Confirmed by {item.by} on {item.at}{edited}; found with confidence {item.found.confidence:.2f}."
    return replace(made, note=f"{note} {made.note}".strip())


def _mark(day: str, pending: Sequence[Item]) -> Clause:
    """A clause that says what is open: it lets nothing through, and blocks nothing."""
    named = ", ".join(dict.fromkeys(i.found.category for i in pending))
    return Clause(
        id=f"unconfirmed-{day}",
        category="train-any-models",
        effect="prohibit",
        object=("output",),
        paraphrase=f"{len(pending)} found clauses are confirmed by nobody yet ({named}).",
        section="; ".join(dict.fromkeys(i.found.section or "unnumbered" for i in pending))[:300],
        versions=(day,),
        pins=tuple(Pin(version=day, sha256=i.found.quote_sha256) for i in pending),
        test="unauthorised",
        bound="anyone",
        note="Stands for what nobody has confirmed: a person decides.",
    )


def _why(text: Text, pending: Sequence[Item]) -> str:
    if text.looked is None:
        return "nobody has looked for clauses in this text"
    if pending:
        return f"{len(pending)} found clauses are confirmed by nobody: " + ", ".join(i.found.id for i in pending)
    if text.looked.clauses:
        return "every clause was decided on"
    return text.looked.note or "no clause was found, and nobody has said that there is none"


def _binding(key: DocumentKey, word: Confirmation | None) -> Binding:
    """Whom the document binds, as somebody said; else the channels that its name speaks of, and any kind of model."""
    told = word.edits if word else {}
    channels = tuple(c for c in told.get("channels", "").split(",") if c)
    if not channels:
        consumer, business = _CONSUMER.search(key.name), _BUSINESS.search(key.name)
        channels = CHANNELS[:2] if bool(consumer) == bool(business) else CHANNELS[1:2] if consumer else CHANNELS[:1]
    offers = tuple(o for o in told.get("offers", "").split(",") if o)
    return Binding(channels=channels, kind=told.get("kind", "lab"), offers=offers)


def _yaml(value: Any) -> str:
    import yaml

    return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=110))
