"""The report as Markdown, for a pull request, an issue or a wiki; without HTML, so that every renderer shows it.

Names are set as code, where nothing is parsed, mentioned or linked; sentences, which may quote a name, have every
character escaped that Markdown or a code host would act on. Lists are cut so that a report fits into a comment.
"""

from __future__ import annotations

import re

from compliance.decision.model import Citation, Decision, Remedy, SourceAnswer, Step
from compliance.domain.verdict import Verdict
from compliance.report import view
from compliance.report.labels import label
from compliance.report.words import (
    FINDINGS,
    MARKS,
    NOT_ADVICE,
    OUTCOMES,
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
    prose,
    rows,
    sentence,
    shown,
    size,
    state,
)

DETAILS = 15
"""So many groups of sources are explained, and so many entries of each list are shown."""
NAMES = 5
"""So many names of a group are written out."""
DEEPEST = 8
"""The proof tree's lists are nested so deep at most; Markdown renderers give up on deeper ones."""
ALL = "see all with `--format json`"

_SPECIAL = re.compile(r"[\\`*_\[\]<>&|~$]|:(?=//|[\w+-]+:)|(?<=www)\.|[@#](?=\w)", re.IGNORECASE)


def escaped(text: str) -> str:
    """A sentence as plain inline text: no emphasis, link, HTML, cell, mention, issue number or emoji."""
    return _SPECIAL.sub(_escape, prose(text))


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if char in "\\`*_[]~$":
        return f"\\{char}"
    # A code host looks for @name and #1 in the finished page, where an escape is gone: a zero-width space keeps it off.
    return f"&#{ord(char)};" + ("&#8203;" if char in "@#" else "")


def code(text: str) -> str:
    """A name as a code span, safe in a table as well."""
    # A bar ends a table cell even within code, and how it is escaped depends on where it stands: it is written out.
    content = (shown(text) or "(no name)").replace("|", "\\x7c")
    fence = "`" * (1 + max(map(len, re.findall("`+", content)), default=0))
    pad = " " if content[0] in " `" or content[-1] in " `" else ""
    return f"{fence}{pad}{content}{pad}{fence}"


def render(decision: Decision, *, explain: str | None = None) -> str:
    """The whole report; with `explain`, the answer for one source and its proof tree."""
    lines: list[str] = []
    if explain is not None:
        answer = view.chosen(decision, explain)
        lines += _detail(answer, {}, None)
        lines += ["### Proof", "", *_proof(view.proof_of(decision, answer)), ""]
    else:
        groups = view.grouped(decision)
        lines += _top(decision)
        lines += _sources(decision, groups)
        lines += _why(groups)
        lines += _remedies(decision)
        lines += _missing(decision)
        lines += _duties(decision)
        lines += _exposure(decision)
        lines += _made_by(decision)
        lines += _findings(decision)
        lines += _versions(decision)
    lines += ["---", "", f"*{NOT_ADVICE}*"]
    return "\n".join(lines) + "\n"


def _mark(verdict: str) -> str:
    return f"{MARKS[Verdict.of(verdict)].symbol} **{verdict}**"


def _top(decision: Decision) -> list[str]:
    who = f"{escaped(decision.trainer)} trains {escaped(decision.trainee)}; judged for {escaped(decision.date)}"
    return [
        f"## Clearance: {_mark(decision.verdict)} for {code(decision.run)}",
        "",
        f"**{escaped(view.headline(decision))}**",
        "",
        f"Run: {who}, profile {escaped(decision.profile)}.",
        "",
    ]


def _sources(decision: Decision, groups: list[view.Group]) -> list[str]:
    total = len(decision.sources)
    if not total:
        return ["### Sources", "", "None was checked.", ""]
    lines = [
        f"### Sources ({total:,})",
        "",
        "| Verdict | Source | Rule | Rows | Share |",
        "| --- | --- | --- | ---: | ---: |",
    ]
    if total <= view.MANY:
        groups = [view.Group((answer,)) for answer in view.ranked(decision.sources)]
    cut, left = view.cut(groups, view.MANY)
    for group in cut:
        number = "not stated" if group.rows is None else f"{group.rows:,}"
        rule = f"{code(group.lead.rule)} {escaped(label(group.lead.rule).title)}"
        names = (
            f"{len(group.members):,} sources: {_names(group)}" if len(group.members) > 1 else code(group.lead.source)
        )
        lines.append(f"| {_mark(group.lead.verdict)} | {names} | {rule} | {number} | {percent(group.share)} |")
    if total > view.MANY:
        named = sum(min(NAMES, len(group.members)) for group in cut)
        more = f", {count(left, 'group')} among them" if left else ""
        lines += ["", f"Equal sources are grouped; {total - named:,} of {total:,} are not named here{more}: {ALL}."]
    return [*lines, ""]


def _names(group: view.Group) -> str:
    names, left = view.cut(group.members, NAMES)
    return ", ".join(code(answer.source) for answer in names) + (f" and {left:,} more" if left else "")


def _why(groups: list[view.Group]) -> list[str]:
    stopped = [group for group in groups if not group.verdict.permits]
    if not stopped:
        return []
    seen: dict[Citation, int] = {}
    full, left = view.cut(stopped, DETAILS)
    lines = ["### Why", ""]
    for group in full:
        lines += _detail(group.lead, seen, group)
    if left:
        sources = sum(len(group.members) for group in stopped[DETAILS:])
        lines += [f"{count(sources, 'further source')} in {count(left, 'group')} not explained here: {ALL}.", ""]
    return lines


def _detail(answer: SourceAnswer, seen: dict[Citation, int], group: view.Group | None) -> list[str]:
    lines = [
        f"#### {_mark(answer.verdict)}: {code(answer.source)}",
        "",
        f"Reason: {escaped(sentence(answer.reason))}",
        "",
    ]
    if group and len(group.members) > 1:
        others = view.Group(group.members[1:])
        lines.append(f"- **Also** {count(len(others.members), 'source')} in the same position: {_names(others)}")
    lines.append(f"- **Rule** {code(answer.rule)}: {escaped(label(answer.rule).title)}")
    for clause in answer.clauses:
        again = clause in seen
        number = seen.setdefault(clause, len(seen) + 1)
        says = (
            "(as above)" if again else f"says, in our words: {escaped(clause.says)} *{escaped(clause_source(clause))}*"
        )
        lines.append(f"- **Clause {number}** {escaped(clause_name(clause))}: {says}")
    if len(answer.path) > 1:
        lines.append(f"- **Path** {' → '.join(map(code, answer.path))}")
    lines += [f"- **Evidence** {escaped(placed(evidence))}" for evidence in answer.evidence]
    size = percent(answer.share)
    lines.append(f"- **Size** {rows(answer.rows)}" + (f", {escaped(size)} of the run's stated rows" if size else ""))
    lines += [f"- **Missing** {escaped(capital(fact.question))} {escaped(ask(fact))}" for fact in answer.missing]
    lines += [f"- **Would flip** {escaped(flipped(flip))}" for flip in answer.flips]
    lines += [f"- **Duty** {escaped(owed(duty))}" for duty in answer.duties]
    return [*lines, ""]


def _remedies(decision: Decision) -> list[str]:
    smallest, others = view.remedies(decision)
    if smallest is None and not others:
        return []
    lines = ["### The smallest change that clears the run", ""]
    lines += _remedy(smallest) if smallest else ["None of the changes that were tried clears it."]
    if others:
        cut, left = view.cut(others, DETAILS)
        lines += ["", "Other changes tried:", "", *(line for remedy in cut for line in _remedy(remedy)), *_rest(left)]
    return [*lines, ""]


def _remedy(remedy: Remedy) -> list[str]:
    size = percent(remedy.share_removed)
    removes = (
        f"{rows(remedy.rows_removed)}{f' ({escaped(size)})' if size else ''}" if remedy.rows_removed else "no rows"
    )
    first = f"- Change: {escaped(remedy.change)}; then {_mark(remedy.verdict)}; removes {removes}"
    return [first, *(f"  {number}. Step: {escaped(step)}" for number, step in enumerate(remedy.steps, 1))]


def _missing(decision: Decision) -> list[str]:
    facts, left = view.cut(view.facts(decision), DETAILS)
    if not facts:
        return []
    lines = ["### Missing facts", "", "The one that touches most rows comes first.", ""]
    for number, fact in enumerate(facts, 1):
        names, more = view.cut(fact.sources, NAMES)
        about = ", ".join(map(code, names)) + (f" and {more:,} more" if more else "")
        touches = f" Touches {about}." if names else ""
        lines.append(f"{number}. Question: {escaped(capital(fact.question))} {escaped(ask(fact))}{touches}")
    return [*lines, *_rest(left), ""]


def _duties(decision: Decision) -> list[str]:
    duties, left = view.cut(decision.obligations, DETAILS)
    if not duties:
        return []
    return ["### Duties", "", *(f"- [ ] Duty: {escaped(owed(duty))}" for duty in duties), *_rest(left), ""]


def _exposure(decision: Decision) -> list[str]:
    if not decision.exposure:
        return []
    lines = ["### Exposure", "", "| Verdict | Share of stated rows | Rows | Sources |", "| --- | ---: | ---: | ---: |"]
    for part in sorted(decision.exposure, key=lambda part: -Verdict.of(part.verdict)):
        share = escaped(percent(part.share)) or "not known"
        stated = f"{part.rows:,}" if part.share is not None else "not known"
        lines.append(f"| {_mark(part.verdict)} | {share} | {stated} | {part.sources:,} |")
    return [*lines, ""]


def _made_by(decision: Decision) -> list[str]:
    made, left = view.cut(view.made_by(decision), DETAILS)
    if not made:
        return []
    lines = ["### Made by models", "", "| Model | File | Share | Rows | Bytes |", "| --- | --- | ---: | ---: | ---: |"]
    for file, part in made:
        share = escaped(percent(part.share)) or "not known"
        lines.append(f"| {code(part.teacher)} | {code(file.file)} | {share} | {part.rows:,} | {size(part.bytes)} |")
    return [*lines, *_rest(left), ""]


def _findings(decision: Decision) -> list[str]:
    findings, left = view.cut(decision.findings, DETAILS)
    if not findings:
        return []
    lines = ["### Findings", ""]
    for finding in findings:
        about = f" on {code(finding.source)}" if finding.source else ""
        proof = f" Evidence: {escaped(listed([placed(e) for e in finding.evidence]))}" if finding.evidence else ""
        lines.append(f"- **{FINDINGS[finding.kind]}**{about}: {escaped(sentence(finding.says))}{proof}")
    return [*lines, *_rest(left), ""]


def _versions(decision: Decision) -> list[str]:
    inputs, left = view.cut(decision.inputs, NAMES)
    lines = [
        "### Decided with",
        "",
        f"- **Corpora** {escaped(state(decision.corpora, 'record'))}",
        f"- **Rules** {escaped(state(decision.rules, 'rule'))}",
        *(f"- **Input** {escaped(pinned(evidence))}" for evidence in inputs),
        *_rest(left),
        f"- **Decision** {code(decision.id)}",
    ]
    return [*lines, ""]


def _rest(left: int) -> list[str]:
    return [f"- {left:,} more not shown: {ALL}"] if left else []


def _proof(step: Step | None) -> list[str]:
    if step is None:
        return ["The decision holds no proof tree for this source."]
    lines: list[str] = []
    waiting = [(step, 0)]
    while waiting:
        claim, depth = waiting.pop()
        indent = "  " * depth
        if depth == DEEPEST:
            lines.append(f"{indent}- deeper claims are left out: {ALL}")
            continue
        because = f" Because: {escaped(claim.because)}." if claim.because else ""
        cites = "".join(f" Clause: {escaped(clause_name(c))}: {escaped(c.says)}" for c in claim.clauses)
        mark = OUTCOMES[claim.holds].symbol
        lines.append(f"{indent}- {mark} **{claim.holds}**: {escaped(claim.claim)}.{because}{cites}")
        waiting += [(child, depth + 1) for child in reversed(claim.steps)]
    return lines
