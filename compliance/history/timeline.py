"""A document's versions in order of time: what each is, and which of them change a rule of training or competing.

A version is compared with the document's last own text, never with a failed or foreign capture in between. Texts that
alternate within days are one change and its return. While a page bundles several documents only the rules that this
document brought along are followed: they can go, and what stands elsewhere in the bundle is not theirs.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from compliance.history.captures import Capture, Kind, kind_of, overlap
from compliance.history.compare import DEFAULT, Rule, RuleChange, Settings, compare
from compliance.history.database import DocumentKey, History, Version

FLIP = datetime.timedelta(days=7)
"""A text that comes back within this time had not gone."""
SETTLED = datetime.timedelta(days=90)
"""A text that looks like a part of the page, and has stood so long, is the document."""
_SAME_RUN = datetime.timedelta(hours=24)
_NEARLY = 0.97


class Event(NamedTuple):
    """A version, what kind of capture it is, the version it was compared with, and the rules that changed."""

    version: Version
    kind: Kind
    note: str
    compared: Version | None
    changes: tuple[RuleChange, ...]


class _Known(NamedTuple):
    """A text that stood here: since which version, as what kind, and when another took its place."""

    version: Version
    capture: Capture
    kind: Kind
    until: datetime.datetime | None

    @property
    def own(self) -> bool:
        """Whether it was the document's own text."""
        return self.kind == "text"


class Timelines:
    """The timelines of a database's documents; texts that several versions share are read once."""

    def __init__(self, history: History, settings: Settings = DEFAULT) -> None:
        self.history = history
        self.settings = settings
        self.documents = history.documents()
        self._versions: dict[int, list[Version]] = {}
        self._capture = lru_cache(maxsize=400)(lambda sha256, party: Capture(history.text(sha256), party))

    def versions(self, document: DocumentKey) -> list[Version]:
        """The document's versions in order of time."""
        if document.id not in self._versions:
            self._versions[document.id] = self.history.versions(document.id)
        return self._versions[document.id]

    def events(self, document: DocumentKey) -> list[Event]:
        """What happened to a document, version by version."""
        walk = _Walk(lambda sha256: self._capture(sha256, document.party), self.settings)
        others = [
            d
            for d in self.documents
            if d.id != document.id and (d.source, d.party) == (document.source, document.party)
        ]
        return [walk.step(v, self._siblings(others, v)) for v in self.versions(document)]

    def capture(self, sha256: str, party: str) -> Capture:
        """A stored text of a party."""
        return self._capture(sha256, party)

    def _siblings(self, others: list[DocumentKey], version: Version) -> list[Capture]:
        """The texts of the party's other documents when `version` was recorded, in the same run of the archive."""
        found: list[Capture] = []
        for document in others:
            past = [
                v for v in self.versions(document) if v.text_sha256 is not None and v.when <= version.when + _SAME_RUN
            ]
            found.extend(self._capture(v.text_sha256, document.party) for v in past[-3:] if v.text_sha256 is not None)
        return [c for c in found if not c.stored.failure]


class _Walk:
    """The state between versions: the document's own text, the rules that are followed, and the texts around."""

    def __init__(self, capture: Callable[[str], Capture], settings: Settings) -> None:
        self.capture = capture
        self.settings = settings
        self.base: _Known | None = None
        self.rules: list[Rule] = []
        self.around: list[_Known] = []

    def step(self, version: Version, siblings: list[Capture]) -> Event:
        """Take a version."""
        if version.text_sha256 is None:
            kind: Kind = "withdrawn" if version.note.startswith("withdrawn") else "failed"
            return Event(version, kind, version.note, None, ())
        new = self.capture(version.text_sha256)
        if new.stored.failure:
            return Event(version, "failed", new.stored.failure, None, ())
        if self.base is None:
            self._adopt(version, new)
            return Event(version, "first", "", None, ())
        old = self.base
        language = new.stored.language
        if language != old.capture.stored.language and "und" not in (language, old.capture.stored.language):
            if language == "en":
                self._adopt(version, new)
            note = f"the text is in another language ({language}, before {old.capture.stored.language}): not compared"
            return Event(version, "language", note, old.version, ())
        return self._compared(version, new, siblings)

    def _compared(self, version: Version, new: Capture, siblings: list[Capture]) -> Event:
        base = self.base
        assert base is not None
        known = self._nearest(version, new)
        if known is not None and known.own:
            # Back to an earlier text of its own: what changed in between is undone, and told as that.
            self._adopt(version, new)
            return Event(version, "returned", f"back to the text of {known.version.day}", base.version, ())
        kind, note = kind_of(base.capture, new, siblings)
        if known is not None and self._goes_on(known, kind, version, new):
            # The foreign text stayed and goes on by itself: from now on it is the document.
            changes, _ = self._changes(known.capture.rules, known.capture, new)
            self._adopt(version, new)
            return Event(version, "text", f"goes on from the text of {known.version.day}", known.version, changes)
        if kind == "layout":
            self._forget_foreign()
            return Event(version, kind, note, base.version, ())
        if kind == "bundled":
            found, alive = self._changes(self.rules, base.capture, new)
            self.rules = [alive[i] for i in sorted(alive)]
            gone = tuple(c for c in found if c.kind != "added")
            self.around.append(_Known(version, new, kind, None))
            return Event(version, kind, note, base.version, gone)
        if kind in ("partial", "replaced", "misfiled"):
            if known is None or kind != "partial":
                self.around.append(_Known(version, new, kind, None))
            return Event(version, kind, note, base.version, ())
        changes, _ = self._changes(self.rules, base.capture, new)
        self._forget_foreign()
        self._adopt(version, new)
        return Event(version, "text", note, base.version, changes)

    def _goes_on(self, known: _Known, kind: Kind, version: Version, new: Capture) -> bool:
        """Whether `new` is the next text of a foreign one that stands here since, and no own text came between."""
        if kind in ("bundled", "misfiled", "layout") or kind_of(known.capture, new, [])[0] not in ("text", "layout"):
            return False
        return "partial" not in (kind, known.kind) or version.when - known.version.when > SETTLED

    def _changes(self, rules: list[Rule], old: Capture, new: Capture) -> tuple[tuple[RuleChange, ...], dict[int, Rule]]:
        found, alive = compare(rules, new.rules, old.text, new.text, self.settings)
        return tuple(found), alive

    def _nearest(self, version: Version, new: Capture) -> _Known | None:
        """A text seen before that the new one is nearer to than to the document's last own text."""
        assert self.base is not None
        best, limit = None, overlap(self.base.capture, new).dice + 0.02
        for known in self.around:
            if known.until is not None and version.when - known.until > FLIP:
                continue
            score = overlap(known.capture, new).dice
            if score > limit and (not known.own or score >= _NEARLY):
                best, limit = known, score
        return best

    def _forget_foreign(self) -> None:
        """The document's own text is back: what stood in its place was passing."""
        self.around = [k for k in self.around if k.own]

    def _adopt(self, version: Version, new: Capture) -> None:
        """Make `new` the document's own text; the one before may come back for a while."""
        if self.base is not None and self.base.capture.key != new.key:
            self.around.append(self.base._replace(until=version.when))
        self.around = [
            k._replace(until=k.until or version.when)
            for k in self.around
            if k.capture.key != new.key and (k.until is None or version.when - k.until <= FLIP)
        ]
        self.base = _Known(version, new, "text", None)
        self.rules = new.rules
