"""The terms that we hold: a folder of dated texts, each with its provider, its kind and the days on which it governed.

A folder is read as `service/kind@date.ext`. A `manifest.jsonl` beside the texts may say more of each (party, service,
kind, the day it was recorded, the day a differing text replaced it). What the manifest does not say is read from the
path and from the head of the text itself.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from compliance.domain.days import day, day_text
from compliance.errors import ClearanceError, InputError, MalformedText, UnreadableFile
from compliance.reading.files import decode, read_bytes
from compliance.terms.document import Document
from compliance.terms.parse import MAX_BYTES, document_from

MANIFEST = "manifest.jsonl"
MAX_FILES = 20_000
_SUFFIXES = frozenset({".md", ".markdown", ".txt", ".html", ".htm", ".pdf", ".docx"})
_DATED = re.compile(r"^(?P<kind>.+?)(?:-(?P<region>eu|us|uk))?@(?P<date>\d{4}-\d{2}-\d{2})$")
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = r"(?P<month>jan\w*|feb\w*|mar\w*|apr\w*|may|june?|july?|aug\w*|sept?\w*|oct\w*|nov\w*|dec\w*)"
_STATED = re.compile(
    r"(?P<what>effective|in force|last (?:updated?|modified|revised)|updated?|version|release(?:d|"
    r" date)?|posted|published|revised)"
    r"[^\n]{0,30}?(?:"
    + _MONTH
    + r"\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>20\d\d)|(?P<day2>\d{1,2})(?:st|nd|rd|th)?\s+"
    + _MONTH.replace("month", "month2")
    + r"\.?,?\s+(?P<year2>20\d\d)|(?P<iso>20\d\d-\d\d-\d\d))",
    re.IGNORECASE,
)
_HEAD = 1500


class HeldText(msgspec.Struct, frozen=True, kw_only=True):
    """A text on the shelf. Days are ordinals; `until` is the first day on which another text had replaced it.

    `since` is when it began to govern: the day that it states, or at the latest the day on which it was recorded.
    `stated_at` is the line that states the day. `record` is the id of the corpora's document, where that is known.
    `current` says that nothing newer of its series is held or known.
    """

    file: str
    sha256: str
    text: str
    format: Literal["text", "markdown", "html", "pdf", "docx"]
    service: str
    party: str
    kind: str
    recorded: int | None
    since: int | None
    until: int | None
    stated: int | None = None
    stated_at: tuple[int, int] | None = None
    region: str = ""
    current: bool = True
    record: str = ""

    @property
    def title(self) -> str:
        """What people call it: service and kind."""
        return f"{self.service} {self.kind.replace('-', ' ')}"

    @property
    def in_force(self) -> str:
        """The days on which it governed, as people write them."""
        start = f"from {day_text(self.since)}" if self.since is not None else "from an unknown day"
        return f"{start} to {day_text(self.until - 1)}" if self.until is not None else start


class Shelf(msgspec.Struct, frozen=True):
    """The texts of one or more folders, and a line for each file that could not be read."""

    texts: tuple[HeldText, ...]
    skipped: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """The hash of all names and contents."""
        digest = hashlib.sha256()
        for text in self.texts:
            digest.update(f"{text.file}\0{text.sha256}\0{text.since}\0{text.until}\n".encode())
        return digest.hexdigest()


def read_shelf(roots: Sequence[Path]) -> Shelf:
    """The texts below `roots`; an error where a folder is missing or holds no text that can be read."""
    texts: list[HeldText] = []
    skipped: list[str] = []
    taken: set[str] = set()
    for root in roots:
        for text in _folder(root, skipped):
            if text.file in taken:
                skipped.append(f"{text.file}: a text of this name is held already")
                continue
            taken.add(text.file)
            texts.append(text)
    if not texts:
        names = ", ".join(str(r) for r in roots)
        raise InputError(
            "no terms in this folder" if not skipped else f"no terms could be read: {skipped[0]}",
            file=names,
            remedy="name a folder of texts such as provider/terms-of-service@2025-01-31.md",
        )
    return Shelf(tuple(_in_series(texts)), tuple(skipped))


def _folder(root: Path, skipped: list[str]) -> Iterable[HeldText]:
    if not root.is_dir():
        raise UnreadableFile("no such folder", file=str(root), remedy="name a folder of terms with --corpus")
    facts = _manifest(root / MANIFEST)
    paths = sorted(p for p in root.rglob("*") if p.suffix.lower() in _SUFFIXES and p.is_file() and not p.is_symlink())
    for path in paths[:MAX_FILES]:
        name = path.relative_to(root).as_posix()
        known = facts.get(name)
        if (
            known is None
            and not _DATED.match(path.stem)
            and (facts or path.stem.lower() in ("readme", "licence", "license"))
        ):
            continue
        try:
            yield _text(path, name, known or {})
        except ClearanceError as error:
            skipped.append(error.one_line())
    skipped += [f"{p}: more than {MAX_FILES} files" for p in paths[MAX_FILES : MAX_FILES + 1]]


def _manifest(path: Path) -> dict[str, dict[str, Any]]:
    if not path.is_file():
        return {}
    content = decode(read_bytes(path, limit=16 * 1024 * 1024), str(path)).content
    found: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = msgspec.json.decode(line)
        except msgspec.DecodeError as error:
            raise MalformedText(f"not JSON: {error}", file=str(path), line=number, remedy="one object a line") from None
        if isinstance(value, dict) and isinstance(value.get("file"), str):
            found[value["file"]] = value
    return found


def _text(path: Path, name: str, known: dict[str, Any]) -> HeldText:
    data = read_bytes(path, limit=MAX_BYTES)
    document = _document(data, name, path.suffix.lower())
    match = _DATED.match(path.stem)
    folder = Path(name).parent.name or path.parent.name
    recorded = _day(known.get("recorded_at")) or _day(match["date"] if match else None)
    kind = str(known.get("terms_type") or (match["kind"] if match else path.stem))
    stated, stated_at = stated_day(document.text[:_HEAD])
    return HeldText(
        file=name,
        sha256=hashlib.sha256(data).hexdigest(),
        text=document.text,
        format=document.format,
        service=str(known.get("service") or folder.replace("-", " ").title()),
        party=str(known.get("party") or known.get("service") or folder.replace("-", " ")),
        kind="-".join(kind.lower().split()),
        recorded=recorded,
        since=recorded if stated is None else stated,
        until=_day(known.get("superseded_on")),
        stated=stated,
        stated_at=stated_at,
        region=str(known.get("region") or (match["region"] if match and match["region"] else "")),
    )


def _document(data: bytes, name: str, suffix: str) -> Document:
    """The text of a file; the blocks of plain text and Markdown are left for those who need them."""
    if suffix in (".md", ".markdown", ".txt") and data.strip() and b"\x00" not in data:
        text = decode(data, name).content
        if data.startswith(b"\xef\xbb\xbf"):
            text = "\ufeff" + text  # offsets count the mark, as they do for everyone who reads the file as UTF-8
        return Document(name=name, format="markdown" if suffix != ".txt" else "text", text=text, blocks=())
    return document_from(data, name, suffix=suffix)


def stated_day(head: str) -> tuple[int | None, tuple[int, int] | None]:
    """The day on which a text says at its head that it takes effect, else that it was last updated, and that line."""
    found: dict[bool, tuple[int, tuple[int, int]]] = {}
    for match in _STATED.finditer(head):
        value = _stated(match)
        if value is not None:
            found.setdefault(match["what"].lower() in ("effective", "in force"), (value, match.span()))
    best = found.get(True, found.get(False))
    return best if best is not None else (None, None)


def _stated(match: re.Match[str]) -> int | None:
    try:
        if match["iso"]:
            return day(match["iso"])
        name = (match["month"] or match["month2"])[:3].lower()
        month = next(i for i, m in enumerate(_MONTHS, 1) if m.startswith(name))
        return datetime.date(
            int(match["year"] or match["year2"]), month, int(match["day"] or match["day2"])
        ).toordinal()
    except (ValueError, StopIteration):
        return None


def _day(value: object) -> int | None:
    try:
        return day(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _in_series(texts: list[HeldText]) -> list[HeldText]:
    """The texts with the days between which each governed, told from its neighbours of the same series."""
    series: dict[tuple[str, str, str], list[HeldText]] = {}
    for text in texts:
        series.setdefault((text.party.casefold(), text.kind, text.region), []).append(text)
    found: dict[str, HeldText] = {}
    for members in series.values():
        members.sort(key=lambda t: (t.recorded or t.since or 0, t.since or 0, t.file))
        many_services = len({t.service for t in members if t.until is None}) > 1
        for at, text in enumerate(members):
            later = [t for t in members[at + 1 :] if not many_services or t.service == text.service]
            earlier = [t for t in members[:at] if not many_services or t.service == text.service]
            found[text.file] = _placed(text, earlier[-1:], later[:1])
    return [found[t.file] for t in texts]


def _placed(text: HeldText, before: list[HeldText], after: list[HeldText]) -> HeldText:
    since, until = text.since, text.until
    if before and since is not None and before[0].recorded is not None and since <= before[0].recorded:
        # It states a day on which another text was still on record: the day must be an earlier edition's.
        since = before[0].until if before[0].until is not None else text.recorded
    if after:
        begins = after[0].since if after[0].since is not None else after[0].recorded
        takes_over = until is None or (after[0].recorded is not None and after[0].recorded - until < 45)
        if takes_over and begins is not None and (since is None or begins > since):
            until = begins if until is None else max(until, begins)
    return msgspec.structs.replace(text, since=since, until=until, current=not after)
