"""What the corpora say of terms, written out as texts, for when no terms are at hand: paraphrases, never quotations."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from compliance.domain.days import day_text, span
from compliance.index.texts import HeldText, Shelf

if TYPE_CHECKING:
    from compliance.corpus.corpus import Corpus
    from compliance.corpus.records import Clause, Document, Version

NOTE = (
    "answered from paraphrases on record, not from the terms' own words: name a folder of terms with --corpus to quote"
)


def recorded_shelf(corpus: Corpus) -> Shelf:
    """A text for each version of each document on record of which clauses are known."""
    return Shelf(tuple(text for d in corpus.documents.values() for text in _texts(corpus, d)))


def _texts(corpus: Corpus, document: Document) -> list[HeldText]:
    party = corpus.parties.get(document.party)
    found = []
    for at, version in enumerate(document.versions):
        clauses = [c for c in document.clauses if not c.versions or version.id in c.versions]
        if not clauses or version.seen in ("secondary", "unseen"):
            continue
        later = document.versions[at + 1 :]
        content = _written(document, version, clauses)
        found.append(
            HeldText(
                file=f"corpora/{document.id}@{version.id.replace('/', '-')}",
                sha256=hashlib.sha256(content.encode()).hexdigest(),
                text=content,
                format="markdown",
                service=party.name if party else document.party,
                party=party.name if party else document.party,
                kind=document.id.rpartition("/")[2],
                recorded=span(version.since).last,
                since=_since(version),
                until=span(version.until).last if version.until else _since(later[0]) if later else None,
                region=document.region or "",
                current=not later and version.until is None,
                record=document.id,
            )
        )
    return found


def _since(version: Version) -> int | None:
    began = span(version.since)
    return began.first if began.first is not None else began.last


def _written(document: Document, version: Version, clauses: list[Clause]) -> str:
    since = _since(version)
    lines = [f"# {document.title}", ""]
    if since is not None:
        lines += [f"In force from {day_text(since)}.", ""]
    for clause in clauses:
        lines += [f"## Section {clause.section}", "", " ".join(clause.paraphrase.split()), ""]
        for exception in clause.exceptions:
            lines += [f"Except: {' '.join(exception.text.split())}.", ""]
    return "\n".join(lines)
