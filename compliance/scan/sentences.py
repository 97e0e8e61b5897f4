"""A second look at raw lines that only name a maker: without a word that speaks of oneself there is no claim to find.

Most lines that the first pass brings up talk about a maker or somebody of its name. Whether a cue of any language
stands in the sentence around is seen in the raw bytes, before the line is parsed.
"""

from __future__ import annotations

import re

from compliance.scan.databases import ONCE, database
from compliance.scan.raw_forms import bounded_json_form
from compliance.scan.signatures import SignatureFile

# What ends a sentence in a JSON string and in plain text alike. `claims` knows more ends: a window is never too short.
_END = re.compile(rb"[.!?][ \"]")
# Farther than a sentence is followed on either side of a name, were each of its characters an escape of twelve bytes.
_REACH = 8192
# A line that names makers more often is parsed.
_MOST = 64


class Speaking:
    """Whether a sentence in a raw line may speak of the speaker."""

    def __init__(self, content: SignatureFile) -> None:
        cues = [bounded_json_form(language.cue) for language in content.languages]
        self._cues = database(cues, [ONCE] * len(cues)) if cues else None

    def near(self, line: bytes, ends: list[int]) -> bool:
        """Whether a cue stands in the sentence around any of the names that end at these offsets of a line."""
        if self._cues is None or len(ends) > _MOST:
            return True
        found: list[int] = []

        def place(unit: int, _start: int, _end: int, _flags: int, _context: object) -> None:
            found.append(unit)

        seen = None
        for end in ends:
            sentence = _sentence(line, end)
            if sentence == seen:
                continue
            seen = sentence
            self._cues.scan(line[slice(*sentence)], match_event_handler=place)
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
