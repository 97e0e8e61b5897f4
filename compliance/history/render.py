"""Alerts, timelines and differences as a person reads them: two columns, with the words that changed marked."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from compliance.history.alerts import Alert, Notice, Words
from compliance.history.diff import ClauseDiff, Piece, pieces

_TITLES = {"added": "added", "removed": "removed", "changed": "changed"}
_LEAD_SHOWN = 90


def alert_lines(alert: Alert, width: int) -> Iterator[str]:
    """An alert: what changed, why, and which decisions to take again."""
    since = f"since the version of {alert.before.recorded_at[:10]}" if alert.before else ""
    yield f"{alert.day}  {alert.document}  ({since}; {alert.after.origin[:12]})"
    for change in alert.changes:
        section = (change.after or change.before or _NO_WORDS).section
        yield (
            f"  {_TITLES[change.kind]}" + (f" under “{section}”" if section else "") + f": {'; '.join(change.because)}"
        )
        before, after = _governed(change.before), _governed(change.after)
        left, right = pieces(before, after) if before and after else (_whole(before), _whole(after))
        yield from columns(left, right, width)
    for decision in alert.recheck:
        name = f" {decision.id}" if decision.id else ""
        versions = ", ".join(v or "undated" for v in decision.versions)
        yield f"  check again: {decision.file}{name} ({decision.verdict}; cites {versions})"


def notice_line(notice: Notice) -> str:
    """A run of captures that were not read as changes."""
    span = notice.day if notice.day == notice.until else f"{notice.day} to {notice.until}"
    count = f"{notice.versions} versions, " if notice.versions > 1 else ""
    return f"{span}  {notice.document}: {notice.kind}: {count}{notice.note}"


def diff_lines(diffs: Sequence[ClauseDiff], width: int) -> Iterator[str]:
    """The clauses that differ, side by side."""
    for diff in diffs:
        mark = " [training]" if diff.training else ""
        why = f": {'; '.join(diff.because)}" if diff.because else ""
        yield f"{diff.change}{mark}" + (f" under “{diff.section}”" if diff.section else "") + why
        left = diff.before_pieces or _whole(diff.before or "")
        right = diff.after_pieces or _whole(diff.after or "")
        if diff.change == "moved" and diff.before and diff.after:
            right = ()
        yield from columns(left, right, width)


def columns(left: Iterable[Piece], right: Iterable[Piece], width: int) -> Iterator[str]:
    """Two texts beside each other; the words that one side alone has stand in [-brackets-] and {+braces+}."""
    wide = max(20, (width - 7) // 2)
    a = textwrap.wrap(_marked(left, "[-", "-]"), wide)
    b = textwrap.wrap(_marked(right, "{+", "+}"), wide)
    for i in range(max(len(a), len(b))):
        yield f"    {(a[i] if i < len(a) else ''):{wide}} | {b[i] if i < len(b) else ''}".rstrip()


def _marked(found: Iterable[Piece], opens: str, closes: str) -> str:
    return clean(" ".join(f"{opens}{p.text}{closes}" if p.changed else p.text for p in found))


def clean(text: str) -> str:
    """`text` for a terminal: what cannot be printed becomes a replacement character."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _governed(words: Words | None) -> str:
    """A clause's words after the end of those that govern it."""
    if words is None:
        return ""
    lead = words.lead if len(words.lead) <= _LEAD_SHOWN else f"… {words.lead[-_LEAD_SHOWN:].partition(' ')[2]}"
    return f"{lead} {words.text}".strip()


def _whole(text: str) -> tuple[Piece, ...]:
    return (Piece(text, False),) if text else ()


_NO_WORDS = Words(text="", lead="", section="", start=0, end=0)
