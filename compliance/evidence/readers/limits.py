"""How much the readers are ready to hold, unfold or report; whatever passes a limit is said in a warning.

Sizes are bytes, or characters for decoded text; depths are levels of nesting.
"""

from __future__ import annotations

HEAD = 256 * 1024  # looked at to tell a format
CHUNK = 1024 * 1024  # read at once
DOCUMENT = 64 * 1024 * 1024  # one JSON, YAML or text document held whole
YAML_DOCUMENT = 16 * 1024 * 1024
LINE = 64 * 1024 * 1024  # one line, or one element of a list
DEPTH = 100  # nesting in a value that is kept
ALIASED = 200_000  # nodes that YAML aliases may add
FIELDS = 200_000  # fields looked at in one document
UNFOLDED = 64 * 1024 * 1024 * 1024  # bytes out of one compressed stream
RATIO = 1000  # bytes out for a byte in, once more than RATIO_FREE came out
RATIO_FREE = 64 * 1024 * 1024
LAYERS = 4  # archives in archives
MEMBERS = 1_000_000  # members of one archive
CLAIMS = 20_000  # distinct claims of one file
DAYS = 3_660  # distinct days in one file's summary
WARNINGS = 200  # distinct warnings of one file
FILES = 200_000  # files below the paths that are named
PROSE = 2 * 1024 * 1024  # characters of prose in which mentions are looked for
PLACED = 8 * 1024 * 1024  # characters of a JSON document in which the lines of fields are looked for
PLACES = 300_000  # fields and elements whose lines are kept
