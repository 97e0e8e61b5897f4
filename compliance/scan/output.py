"""The result of a scan as one JSON document or in words; hits are written as they are read, never held together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

import msgspec

if TYPE_CHECKING:
    from compliance.scan.run import FileResult, Scan

_SHOWN = 5


def name_of(path: str) -> str:
    """A path for display and JSON: names that are not UTF-8 keep their bytes as escapes."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def file_entry(result: FileResult) -> dict[str, Any]:
    """One file of the document."""
    tally = result.tally
    return {
        "file": name_of(result.source.path),
        "format": result.source.form,
        "records": tally.records,
        "rejected": tally.rejected,
        "bytes": tally.bytes,
        "complete": tally.complete,
        "by_party": dict(sorted(tally.by_party.items())),
        "by_strength": dict(sorted(tally.by_strength.items())),
        "warnings": tally.warnings,
    }


def write_json(scan: Scan, out: TextIO) -> None:
    """`{files, hits}`, with a hit a line."""
    encode = msgspec.json.encode
    files = ",\n".join(encode(file_entry(result)).decode() for result in scan.results())
    out.write(f'{{"files":[\n{files}\n],\n"hits":[\n')
    names = [encode(name_of(s.path)).decode() for s in scan.sources]
    between = ""
    for source, record, rest in scan.hit_lines():
        out.write(f'{between}{{"file":{names[source]},"record":{record},{rest.decode()}')
        between = ",\n"
    out.write(f'\n],\n"signatures":"{scan.signatures.sha256}"}}\n')


def write_text(scan: Scan, out: TextIO) -> None:
    """A paragraph a file: what it holds, who is named and how surely, and where to look first."""
    first: dict[int, list[str]] = {}
    hits = 0
    for source, record, rest in scan.hit_lines():
        hits += 1
        shown = first.setdefault(source, [])
        if len(shown) < _SHOWN:
            hit = msgspec.json.decode(b"{" + rest)
            if hit["strength"] != "weak":
                what = hit["model"] or hit["party"] or hit["channel"]
                day = f", dated {hit['date']}" if hit["date"] else ""
                shown.append(
                    f"record {record}, {hit['field'] or 'text'}: {what} ({hit['signature']}, {hit['strength']}{day})"
                )
    for index, result in enumerate(scan.results()):
        tally = result.tally
        out.write(f"{name_of(result.source.path)}: {tally.records} records")
        out.write(f", {tally.rejected} not readable\n" if tally.rejected else "\n")
        for party, counts in sorted(tally.by_strength.items(), key=lambda item: (-_weight(item[1]), item[0])):
            named = ", ".join(f"{number} {strength}" for strength, number in counts.items() if number)
            out.write(f"  {party}: {named}\n")
        for line in first.get(index, []):
            out.write(f"    {line}\n")
        for warning in tally.warnings:
            out.write(f"  warning: {warning}\n")
    out.write(f"{hits} hits. Weak ones alone name nobody; medium ones ask for a look; absence proves nothing.\n")


def _weight(counts: dict[str, int]) -> int:
    return counts["strong"] * 1_000_000 + counts["medium"] * 1_000 + counts["weak"]
