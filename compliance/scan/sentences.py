"""A second look at lines that only name a maker: without a word that speaks of oneself there is no claim to find.

Most lines that the first pass brings up talk about a maker or somebody of its name. Whether the name counts by what
stands beside it, and a cue of any language stands in the sentence around, is seen in the bytes, before the line is
parsed.
"""

from __future__ import annotations

import re

from compliance.scan.confirm import Confirmer
from compliance.scan.databases import ONCE, database
from compliance.scan.raw_forms import (
    bounded_json_form,
    bounded_text_form,
    json_form,
    text_form,
    without_tails,
)

# What ends a sentence in a JSON string and in plain text alike. `claims` knows more ends: a window is never too short.
_END = re.compile(rb"[.!?][ \"]")
# Farther than a sentence is followed on either side of a name, were each of its characters an escape of twelve bytes.
_REACH = 8192
# A line that names makers more often is parsed.
_MOST = 64


class Speaking:
    """Whether a line may speak of the speaker; a line of JSON as it stands in a file, or decoded text."""

    def __init__(self, confirmer: Confirmer, *, raw: bool) -> None:
        form, bounded = (json_form, bounded_json_form) if raw else (text_form, bounded_text_form)
        names = [form(without_tails(claim.anchor)) for claim in confirmer.claims.values()]
        cues = [bounded(language.cue) for language in confirmer.content.languages]
        self._names = database(names, [0] * len(names)) if names else None
        self._cues = database(cues, [ONCE] * len(cues)) if cues else None

    def near(self, line: bytes) -> bool:
        """Whether a cue stands in the sentence around any of the names in a line that count as a maker's."""
        if self._names is None or self._cues is None:
            return True
        ends: list[int] = []

        def name(_unit: int, _start: int, end: int, _flags: int, _context: object) -> None:
            ends.append(end)

        self._names.scan(line, match_event_handler=name)
        if len(ends) > _MOST:
            return True
        found: list[int] = []

        def cue(unit: int, _start: int, _end: int, _flags: int, _context: object) -> None:
            found.append(unit)

        seen = None
        for end in ends:
            sentence = _sentence(line, end)
            if sentence == seen:
                continue
            seen = sentence
            self._cues.scan(line[slice(*sentence)], match_event_handler=cue)
            if found:
                return True
        return False


def _sentence(line: bytes, end: int) -> tuple[int, int]:
    """The sentence around a name that ends at an offset, or more than that."""
    low = max(0, end - _REACH)
    first = line.rfind(b". ", low, end) + 1 or low
    # The name may go on to the next space, and the full stop before that belongs to it.
    space = line.find(b" ", end, end + _REACH)
    closing = _END.search(line, space, end + _REACH) if space >= 0 else None
    return first, closing.start() + 1 if closing else end + _REACH
