"""The report for a terminal: the verdict, what brought it about, and what to do, from the top down.

Plain output is free of escape sequences, and everything it adds of its own is ASCII; colour only repeats what words and
marks already say. Among many sources equal ones are grouped, and whatever is left out is counted.
"""

from __future__ import annotations

from rich.text import Text

from compliance.decision.model import Citation, Decision, Remedy, SourceAnswer
from compliance.domain.verdict import Verdict
from compliance.report import view
from compliance.report.labels import label
from compliance.report.terminal import Sheet
from compliance.report.words import (
    FINDINGS,
    MARKS,
    NOT_ADVICE,
    ask,
    capital,
    clause_name,
    clause_source,
    count,
    flipped,
    listed,
    owed,
    percent,
    pinned,
    placed,
    rows,
    sentence,
    shown,
    size,
    state,
)

DETAILS = 25
"""So many groups of blocked and open sources are explained in full; so long are the other lists."""
NAMES = 5
"""So many names of a group are written out."""
TABLE_FROM = 88
"""Below this width sources are listed, not tabulated."""
ALL = "see all with --format json"


def render(decision: Decision, *, colour: bool = False, width: int = 100, explain: str | None = None) -> str:
    """The whole report; with `explain`, the answer for one source and its proof tree."""
    sheet = Sheet(colour=colour, width=width)
    if explain is not None:
        _explained(sheet, decision, view.chosen(decision, explain))
        return sheet.text()
    groups = view.grouped(decision)
    _top(sheet, decision)
    _sources(sheet, decision, groups)
    _why(sheet, groups)
    _remedies(sheet, decision)
    _missing(sheet, decision)
    _duties(sheet, decision)
    _exposure(sheet, decision)
    _made_by(sheet, decision)
    _findings(sheet, decision)
    _versions(sheet, decision)
    sheet.blank()
    sheet.line(NOT_ADVICE, indent=0, style="dim")
    return sheet.text()


def _top(sheet: Sheet, decision: Decision) -> None:
    sheet.rule()
    verdict = sheet.mark(decision.verdict)
    verdict.plain = verdict.plain.upper()
    sheet.line(verdict, "   ", Text(shown(decision.run), "bold"), indent=1)
    sheet.line(view.headline(decision), indent=1)
    sheet.line(
        f"{shown(decision.trainer)} trains {shown(decision.trainee)}; judged for {decision.date},"
        f" profile {decision.profile}.",
        indent=1,
        style="dim",
    )
    sheet.rule()


def _sources(sheet: Sheet, decision: Decision, groups: list[view.Group]) -> None:
    total = len(decision.sources)
    grouped = total > view.MANY
    sheet.heading("Sources", f"{total:,}, the most severe first" if total else "none was checked")
    if not total:
        return
    if not grouped:
        _listing(sheet, [_line(sheet, answer) for answer in view.ranked(decision.sources)])
        return
    shown_groups, left = view.cut(groups, view.MANY)
    _listing(sheet, [_group_line(sheet, group) for group in shown_groups])
    named = sum(min(NAMES, len(group.members)) for group in shown_groups)
    note = f"Equal sources are grouped; {total - named:,} of {total:,} are not named here"
    sheet.line(f"{note}{f', {left:,} groups among them' if left else ''}: {ALL}.", style="dim")


def _listing(sheet: Sheet, lines: list[list[Text | str]]) -> None:
    """The lines as a table or, where a table would squeeze the names, one below the other."""
    if sheet.width >= TABLE_FROM:
        columns = [("verdict", "fixed"), ("source", ""), ("rule", ""), ("rows", "right"), ("share", "right")]
        sheet.table(columns, lines)
        return
    for verdict, name, rule, number, share in lines:
        sheet.line(verdict, "  ", Text(shown(str(name)), "bold"))
        size = {"-": "rows not stated", "1": "1 row"}.get(str(number), f"{number} rows")
        sheet.line(f"{rule}, {size}{f', {share}' if share != '-' else ''}", indent=6, style="dim")


def _line(sheet: Sheet, answer: SourceAnswer) -> list[Text | str]:
    number = "-" if answer.rows is None else f"{answer.rows:,}"
    return [sheet.mark(answer.verdict), answer.source, answer.rule, number, percent(answer.share) or "-"]


def _group_line(sheet: Sheet, group: view.Group) -> list[Text | str]:
    cells = _line(sheet, group.lead)
    if len(group.members) > 1:
        number = "-" if group.rows is None else f"{group.rows:,}"
        cells[1] = f"{len(group.members):,} sources: {_names(group)}"
        cells[3:] = [number, percent(group.share) or "-"]
    return cells


def _names(group: view.Group) -> str:
    names, left = view.cut([shown(answer.source) for answer in group.members], NAMES)
    return ", ".join(names) + (f" and {left:,} more" if left else "")


def _why(sheet: Sheet, groups: list[view.Group]) -> None:
    seen: dict[Citation, int] = {}
    stopped = [group for group in groups if not group.verdict.permits]
    if not stopped:
        return
    sheet.heading("Why")
    full, left = view.cut(stopped, DETAILS)
    for number, group in enumerate(full):
        if number:
            sheet.blank()
        _detail(sheet, group.lead, seen, group)
    if left:
        sheet.blank()
        sources = sum(len(group.members) for group in stopped[DETAILS:])
        sheet.line(
            f"{count(sources, 'further source')} in {count(left, 'group')} not explained here: {ALL}.", style="dim"
        )


def _detail(sheet: Sheet, answer: SourceAnswer, seen: dict[Citation, int], group: view.Group | None = None) -> None:
    others = len(group.members) - 1 if group else 0
    sheet.line(sheet.mark(answer.verdict), "  ", Text(shown(answer.source), "bold"))
    if group and others:
        same = view.Group(group.members[1:])
        sheet.labelled("Also", f"{count(others, 'source')} in the same position: {_names(same)}")
    sheet.labelled("Rule", f"{answer.rule}: {label(answer.rule).title}")
    sheet.labelled("Reason", sentence(answer.reason))
    for clause in answer.clauses:
        _clause(sheet, clause, seen)
    if len(answer.path) > 1:
        sheet.labelled("Path", " -> ".join(shown(step) for step in answer.path))
    for evidence in answer.evidence:
        sheet.labelled("Evidence", placed(evidence))
    size = percent(answer.share)
    sheet.labelled("Size", rows(answer.rows) + (f", {size} of the run's stated rows" if size else ""))
    for fact in answer.missing:
        sheet.labelled("Missing", f"{capital(fact.question)} {ask(fact)}")
    for flip in answer.flips:
        sheet.labelled("Would flip", flipped(flip))
    for duty in answer.duties:
        sheet.labelled("Duty", owed(duty))


def _clause(sheet: Sheet, clause: Citation, seen: dict[Citation, int]) -> None:
    """A clause in full the first time; later its number, so that ten sources under one clause stay readable."""
    name = clause_name(clause)
    if clause in seen:
        sheet.labelled(f"Clause {seen[clause]}", f"{name} (as above)")
        return
    seen[clause] = len(seen) + 1
    source = clause_source(clause)
    says = f"It says, in our words: {clause.says}"
    sheet.labelled(f"Clause {seen[clause]}", name, says, *([f"Seen in: {source}"] if source else []), dim=(2,))


def _remedies(sheet: Sheet, decision: Decision) -> None:
    smallest, others = view.remedies(decision)
    if smallest is None and not others:
        return
    sheet.heading("The smallest change that clears the run")
    if smallest is None:
        sheet.line("None of the changes that were tried clears it.")
    else:
        _remedy(sheet, smallest)
    if others:
        sheet.heading("Other changes tried")
        listing, left = view.cut(others, DETAILS)
        for remedy in listing:
            _remedy(sheet, remedy)
        _rest(sheet, left, "change")


def _remedy(sheet: Sheet, remedy: Remedy) -> None:
    sheet.line(capital(remedy.change), bullet="-")
    sheet.labelled("Then", sheet.mark(remedy.verdict))
    size = percent(remedy.share_removed)
    removed = f"{rows(remedy.rows_removed)}{f' ({size})' if size else ''}"
    sheet.labelled("Removes", removed if remedy.rows_removed else "no rows")
    if remedy.steps:
        sheet.labelled("Steps", *(f"{number}. {step}" for number, step in enumerate(remedy.steps, 1)))


def _missing(sheet: Sheet, decision: Decision) -> None:
    facts, left = view.cut(view.facts(decision), DETAILS)
    if not facts:
        return
    sheet.heading("Missing facts", "the one that touches most rows first")
    for number, fact in enumerate(facts, 1):
        sheet.line(capital(fact.question), bullet=f"{number}.")
        sheet.labelled("Ask", fact.ask)
        if fact.between:
            sheet.labelled("Settles", f"between {listed(fact.between)}")
        if fact.sources:
            names, more = view.cut([shown(name) for name in fact.sources], NAMES)
            size = f"; {rows(fact.rows)}" if fact.rows else ""
            sheet.labelled("Touches", ", ".join(names) + (f" and {more:,} more" if more else "") + size)
    _rest(sheet, left, "missing fact")


def _duties(sheet: Sheet, decision: Decision) -> None:
    duties, left = view.cut(decision.obligations, DETAILS)
    if not duties:
        return
    sheet.heading("Duties")
    for duty in duties:
        sheet.line(owed(duty), bullet="-")
    _rest(sheet, left, "duty", "duties")


def _exposure(sheet: Sheet, decision: Decision) -> None:
    if not decision.exposure:
        return
    sheet.heading("Exposure", "shares are of the rows that are stated")
    lines: list[list[Text | str]] = []
    for part in sorted(decision.exposure, key=lambda part: -Verdict.of(part.verdict)):
        bar = sheet.bar(part.share or 0.0, MARKS[Verdict.of(part.verdict)].style)
        stated = f"{part.rows:,}" if part.share is not None else "-"
        lines.append([sheet.mark(part.verdict), bar, percent(part.share) or "-", stated, f"{part.sources:,}"])
    columns = [("verdict", "fixed"), ("", ""), ("share", "right"), ("rows", "right"), ("sources", "right")]
    sheet.table(columns, lines)


def _made_by(sheet: Sheet, decision: Decision) -> None:
    made, left = view.cut(view.made_by(decision), DETAILS)
    if not made:
        return
    sheet.heading("Made by models", "as the records of the evidence say; a row may name several")
    lines: list[list[Text | str]] = [
        [shown(part.teacher), shown(file.file), percent(part.share) or "-", f"{part.rows:,}", size(part.bytes)]
        for file, part in made
    ]
    sheet.table([("model", ""), ("file", ""), ("share", "right"), ("rows", "right"), ("bytes", "right")], lines)
    _rest(sheet, left, "model in a file", "models in files")


def _findings(sheet: Sheet, decision: Decision) -> None:
    findings, left = view.cut(decision.findings, DETAILS)
    if not findings:
        return
    sheet.heading("Findings")
    for finding in findings:
        about = f" on {shown(finding.source)}" if finding.source else ""
        sheet.line(Text(f"{FINDINGS[finding.kind]}{about}: ", "bold"), sentence(finding.says), bullet="-")
        for evidence in finding.evidence:
            sheet.labelled("Evidence", placed(evidence))
    _rest(sheet, left, "finding")


def _versions(sheet: Sheet, decision: Decision) -> None:
    sheet.heading("Decided with")
    for name, version, noun in (("Corpora", decision.corpora, "record"), ("Rules", decision.rules, "rule")):
        sheet.labelled(name, state(version, noun), indent=2)
    inputs, left = view.cut(decision.inputs, NAMES)
    lines = [pinned(evidence) for evidence in inputs]
    if left:
        lines.append(f"{left:,} more: {ALL}")
    if lines:
        sheet.labelled("Inputs", *lines, indent=2)
    sheet.labelled("Decision", decision.id, indent=2)


def _rest(sheet: Sheet, left: int, noun: str, plural: str = "") -> None:
    if left:
        sheet.line(f"{count(left, noun, plural)} not shown: {ALL}.", style="dim")


def _explained(sheet: Sheet, decision: Decision, answer: SourceAnswer) -> None:
    _detail(sheet, answer, {})
    proof = view.proof_of(decision, answer)
    sheet.heading("Proof", "every claim with whether it holds, and why")
    if proof is None:
        sheet.line("The decision holds no proof tree for this source.")
    else:
        sheet.proof(proof)
    sheet.blank()
    sheet.line(NOT_ADVICE, indent=0, style="dim")
