"""A report in words, for people; nothing of the checked bytes reaches a terminal as a control."""

from __future__ import annotations

from .result import Report


def describe(report: Report) -> list[str]:
    """The lines to print."""
    lines = []
    if report.ok:
        lines.append(f"ok: the {report.what} is as it was written")
    else:
        count = len(report.faults) + report.untold
        lines.append(
            f"FAULT: the {report.what} is not as it was written ({count} {'fault' if count == 1 else 'faults'})"
        )
        lines += [f"  {fault}" for fault in report.faults]
        if report.untold:
            lines.append(f"  and {report.untold} more")
    lines.append(f"  log      {report.origin or 'unknown'}")
    lines.append(f"  size     {report.size} entries, {report.entries} of them checked here")
    lines.append(f"  root     sha256:{report.root}")
    lines += [f"  key      {key}" for key in report.keys]
    if report.erased:
        lines.append(f"  erased   {report.erased} fields, each by a recorded redaction")
    lines += [f"  note     {note}" for note in report.notes]
    return ["".join(c if c.isprintable() else "\ufffd" for c in line) for line in lines]
