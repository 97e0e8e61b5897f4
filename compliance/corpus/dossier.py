"""All that the records say of one party, gathered for people: `corpora show` and the reference pages."""

from __future__ import annotations

from dataclasses import dataclass

from compliance.corpus.corpus import Corpus
from compliance.corpus.records import Channel, Clause, Document, Family, Licence, Party, Relation, Version
from compliance.domain.days import span

SEEN = {
    "archived": "text archived",
    "quoted": "quoted word for word by sources of its time",
    "secondary": "only reported",
    "unseen": "not seen",
}


@dataclass(frozen=True, slots=True)
class Dossier:
    """A party with what belongs to it: records by date, the oldest first."""

    party: Party
    controls: tuple[tuple[Party, Relation], ...]
    channels: tuple[Channel, ...]
    documents: tuple[Document, ...]
    families: tuple[Family, ...]
    licences: tuple[Licence, ...]

    @property
    def speaks(self) -> bool:
        """Whether there is more to tell than names and control."""
        return bool(self.channels or self.documents or self.families or self.licences)


def dossier(corpus: Corpus, party: Party) -> Dossier:
    """What the corpora hold of `party`."""
    content = corpus.content
    held = [(other, hold) for other in content.parties for hold in other.controlled_by if hold.party == party.id]
    return Dossier(
        party,
        tuple(held),
        tuple(sorted((c for c in content.channels if c.party == party.id), key=_channel_order)),
        tuple(sorted((d for d in content.documents if d.party == party.id), key=lambda d: d.id)),
        tuple(sorted((f for f in content.families if f.maker == party.id), key=lambda f: (f.released or "", f.id))),
        tuple(sorted((x for x in content.licences if x.licensor == party.id), key=lambda x: (x.since or "", x.id))),
    )


def days(since: str | None, until: str | None) -> str:
    """From when to when, as people write it; 'at all times' where neither end is known."""
    start = "" if since is None else begins(since)
    end = "" if until is None else f"to {until}"
    return " ".join(part for part in (start, end) if part) or "at all times"


def begins(since: str) -> str:
    """`from 2025-06-01`, `by 2025-06-01` where only the last possible day is known, `between A and B` for a span."""
    when = span(since)
    first, _, last = since.partition("/")
    if when.first is None:
        return f"by {last}"
    return f"between {first} and {last}" if last else f"from {first}"


def reach(clause: Clause) -> str:
    """What a clause does and how far it reaches: `prohibits (competing): output, service`."""
    verb = {"prohibit": "prohibits", "permit": "permits", "oblige": "obliges", "assign": "assigns"}[clause.effect]
    test = f" ({clause.test})" if clause.test else ""
    return f"{verb}{test}: {', '.join(clause.object)}"


def stands_in(document: Document, clause: Clause) -> tuple[Version, ...]:
    """The versions of `document` in which `clause` stands."""
    return tuple(v for v in document.versions if not clause.versions or v.id in clause.versions)


def _channel_order(channel: Channel) -> tuple[str, str, str]:
    first = span(channel.since).first if channel.since else None
    return (channel.channel, channel.region or "", f"{first or 0:09d}")
