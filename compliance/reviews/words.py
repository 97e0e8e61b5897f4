"""An item in words, for terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compliance.reviews.queue import Whole


def told(whole: Whole) -> list[str]:
    """An item in lines."""
    item = whole.item
    lines = [
        f"{item.id}  {item.state}",
        f"run       {item.run}, decision {item.decision}",
        f"source    {shown(item.source)}, " + ("rows not stated" if item.rows is None else f"{item.rows:,} rows"),
        f"verdict   {item.verdict}: {whole.reason}",
        f"rests on  rule {whole.rule}, profile {whole.profile}, rules {whole.rules[:12]}, corpora {whole.corpora[:12]}",
        f"decided   {whole.decided_at} {('by ' + whole.decided_by) if whole.decided_by else ''}".rstrip(),
    ]
    if item.assignee or item.due:
        lines.append(f"assigned  {item.assignee or 'nobody'}{f', due {item.due}' if item.due else ''}")
    lines += [f"clause    {clause}" for clause in whole.clauses]
    lines += [f"asked     {question}" for question in whole.missing]
    lines += [f"waiver    {w.id} ({w.scope}): {w.says()}; {w.reason}" for w in whole.waivers]
    for step in whole.steps:
        more = "".join(
            [f" to {step.to}" if step.to else "", f" due {step.due}" if step.due else "",
             f" decision {step.decision}" if step.decision else ""]
        )  # fmt: skip
        lines.append(f"entry {step.entry}  {step.at[:19]}Z  {step.event}{more} by {step.by or '-'}: {step.text}")
        lines += [f"    evidence: {reference}" for reference in step.evidence]
    lines.append(f"gate      {'may start' if whole.gate.may_start else 'may not start'}: {whole.gate.why}")
    return lines


def shown(source: str) -> str:
    """A source's name as people read it."""
    return source or "(the run itself)"
