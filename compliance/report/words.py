"""The words, marks and numbers that all reports share, and the one place where hostile text is made harmless.

Names of sources, files and models come from manifests, cards and logs that somebody else wrote. `shown` makes every
character visible that could move a cursor, hide text or turn its direction round; each form then escapes what has a
meaning in its own syntax.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from compliance.decision.model import Citation, Flip, MissingFact, Owed, Version
from compliance.domain.evidence import Evidence
from compliance.domain.verdict import Verdict

NOT_ADVICE = (
    "This is not legal advice. It says what the terms and licences on record permit and forbid, "
    "and what follows from the house rules; it never says what is legal or illegal."
)

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def shown(text: str) -> str:
    r"""`text` with everything unprintable written out: `\x1b`, `\u202e`, `\n`; other kinds of space become a space."""
    if text.isprintable():
        return text
    return "".join(map(_visible, text))


def _visible(char: str) -> str:
    if char.isprintable():
        return char
    if char in _NAMED:
        return _NAMED[char]
    if unicodedata.category(char) == "Zs":
        return " "
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def prose(text: str) -> str:
    """A sentence of ours on one line: line breaks and tabs are only layout there, all else is as in `shown`."""
    return shown(" ".join(text.split()) if any(c in text for c in "\n\r\t") else text)


class Mark(NamedTuple):
    """How a verdict or an outcome looks where colour cannot be relied on: a symbol in ASCII and one in Unicode."""

    ascii: str
    symbol: str
    style: str


MARKS = {
    Verdict.BLOCK: Mark("[x]", "✖", "red"),
    Verdict.REVIEW: Mark("[?]", "◆", "yellow"),
    Verdict.OBLIGATIONS: Mark("[!]", "●", "blue"),
    Verdict.ALLOW: Mark("[+]", "✔", "green"),
}
OUTCOMES = {
    # Not the verdicts' colours: that a claim holds may be good news or bad.
    "holds": Mark("[+]", "✔", "cyan"),
    "fails": Mark("[-]", "✖", "dim"),
    "unknown": Mark("[?]", "◆", "yellow"),
}
FINDINGS = {
    "conflict": "Conflict",
    "presumption": "Presumption",
    "unknown-name": "Unknown name",
    "note": "Note",
}


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 source`, `1,200 sources`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def rows(number: int | None) -> str:
    """A number of rows in words; None is 'rows not stated', which is not the same as none."""
    return "rows not stated" if number is None else count(number, "row")


def percent(share: float | None) -> str:
    """A share for people: never 0% for a little, never 100% for not quite all; nothing where it is not known."""
    if share is None:
        return ""
    if 0 < share < 0.001:
        return "<0.1%"
    if 0.999 < share < 1:
        return ">99.9%"
    return f"{share:.1%}".replace(".0%", "%")


def listed(words: list[str] | tuple[str, ...], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def period(text: str) -> str:
    """A span of the manifest's notation in words: `2024-10-23/` is `since 2024-10-23`."""
    first, slash, last = text.partition("/")
    if not slash:
        return text
    if first and last:
        return f"{first} to {last}"
    return f"since {first}" if first else f"until {last}" if last else "always"


def clause_name(clause: Citation) -> str:
    """Which clause: party, title, version, section, and the days on which it was in force."""
    parts = [clause.party, clause.title or clause.document]
    parts += [f"version {clause.version}"] if clause.version else []
    parts += [f"section {clause.section}"] if clause.section else []
    parts += [f"in force {period(clause.in_force)}"] if clause.in_force else []
    return ", ".join(part for part in parts if part)


def clause_source(clause: Citation) -> str:
    """Where the clause's text was seen, and the hash that pins it."""
    how = "archived copy" if clause.seen == "archived" else clause.seen
    parts = [clause.source, how, f"text sha256 {short(clause.text_sha256)}" if clause.text_sha256 else ""]
    return "; ".join(part for part in parts if part)


def place(evidence: Evidence) -> str:
    """Where the evidence lies: `file:line field`, or the record of the corpora."""
    where = evidence.file + (f":{evidence.line}" if evidence.file and evidence.line is not None else "")
    parts = [where, f"field {evidence.field}" if evidence.field else "", evidence.record]
    return ", ".join(part for part in parts if part)


def short(sha256: str | None) -> str:
    """The first twelve digits of a hash, enough to tell two apart by eye; a tag such as `sha256:` is left out."""
    return (sha256 or "").rpartition(":")[2][:12]


def capital(sentence: str) -> str:
    """The sentence with a capital first letter, unless it begins with a name such as gpt-4o."""
    word = sentence.partition(" ")[0].rstrip(",;:")
    return sentence[:1].upper() + sentence[1:] if word.isalpha() else sentence


def sentence(text: str) -> str:
    """A clause of the rules (`the terms forbid it`) as a sentence."""
    text = capital(prose(text).strip())
    return text if not text or text[-1] in ".!?…" else f"{text}."


def on(trigger: str) -> str:
    """When a duty arises."""
    return {"use": "on use", "distribution": "on distribution"}.get(trigger, trigger)


def size(number: int | None) -> str:
    """A length in bytes, as a table shows it."""
    return f"{number:,}" if number else "not known"


def placed(evidence: Evidence) -> str:
    """What the evidence says, and where it lies."""
    where = place(evidence)
    return f"{evidence.says} ({where})" if where else evidence.says


def pinned(evidence: Evidence) -> str:
    """A file that was read, and the hash of what it held."""
    return (place(evidence) or evidence.says) + (f", sha256 {short(evidence.sha256)}" if evidence.sha256 else "")


def state(version: Version, noun: str) -> str:
    """Which state of the corpora or the rules decided."""
    parts = [version.name, count(version.records, noun), f"sha256 {short(version.sha256)}"]
    return ", ".join(part for part in parts if part)


def flip_change(flip: Flip) -> str:
    """What would have to be otherwise: `if the outputs came from open weights`."""
    return flip.change if flip.change.lower().startswith("if ") else f"if {flip.change}"


def flipped(flip: Flip) -> str:
    """A flip as a clause: `if the outputs came from open weights: allow (licence-permits)`."""
    return f"{flip_change(flip)}: {flip.verdict} ({flip.rule})"


def owed(duty: Owed) -> str:
    """A duty, when it arises and who asks for it."""
    return f"{duty.text} ({', '.join(part for part in (duty.kind, on(duty.on), duty.clause) if part)})"


def ask(fact: MissingFact) -> str:
    """Who could answer, and between which verdicts the answer would settle."""
    between = f" Settles between {listed(fact.between)}." if fact.between else ""
    return f"Ask: {fact.ask}.{between}"
