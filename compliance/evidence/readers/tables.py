"""CSV and its kin: the separator and the header are told from the rows, and each row is fed as a mapping."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator

from compliance.evidence.readers import limits
from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.json_text import Feed

_SEPARATORS = (",", "\t", ";", "|")


def separator_of(head: str) -> str:
    """The separator of a table that begins with `head`; empty where it is no table of two columns or more."""
    sample = head[:65536]
    if len(head) > 65536 or not sample.endswith("\n"):
        sample = sample.rpartition("\n")[0] or sample
    best, score = "", 0.0
    for separator in _SEPARATORS:
        if separator not in sample:
            continue
        try:
            rows = [r for r in csv.reader(sample.split("\n"), delimiter=separator) if r][:60]
        except csv.Error:
            continue
        widths = [len(r) for r in rows]
        if len(rows) < 2 or widths[0] < 2:
            continue
        same = sum(w == widths[0] for w in widths) / len(widths)
        if same >= 0.9 and same * widths[0] > score:
            best, score = separator, same * widths[0]
    return best


def read_table(lines: Iterator[tuple[int, str]], separator: str, out: Collector, feed: Feed) -> None:
    """Feed every row as a mapping from the header's names; a row that is too long or broken is rejected."""
    csv.field_size_limit(min(limits.LINE, sys.maxsize))
    rows = csv.reader((line + "\n" for _, line in lines), delimiter=separator)
    header: list[str] = []
    index = 0
    while True:
        try:
            row = next(rows)
        except StopIteration:
            break
        except csv.Error as error:
            out.rejected += 1
            out.warn("malformed", f"a row of the table is broken: {str(error)[:80]}", record=index)
            index += 1
            continue
        if not row:
            continue
        if not header:
            header = [name.strip() or f"column {at}" for at, name in enumerate(row)]
            if not _is_header(header):
                header = [f"column {at}" for at in range(len(row))]
                feed(dict(zip(header, row, strict=False)), index, 0)
                index += 1
            continue
        if len(row) != len(header):
            out.warn("mixed", f"rows of another width than the {len(header)} columns of the header", record=index)
        feed(dict(zip(header, row, strict=False)), index, rows.line_num)
        index += 1
    out.records += index


def _is_header(row: list[str]) -> bool:
    return all(len(name) <= 80 and "?" not in name for name in row) and len(set(row)) == len(row)
