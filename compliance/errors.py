"""Every error that Clearance raises on purpose, in one tree.

    ClearanceError
    ├── UsageError             64  the command line asks for something that does not exist
    ├── InputError             65  a file, manifest or record cannot be read as what it should be
    │   ├── UnreadableFile         it is not there, is a folder, or may not be opened
    │   ├── UnsafeInput            it is larger, deeper or more repetitive than we are ready to read
    │   ├── MalformedText          it is not UTF-8, YAML or JSON
    │   ├── SchemaError            a key is missing, unknown or of the wrong type
    │   ├── ManifestError          the manifest contradicts itself (cycles, two sources of one name, ...)
    │   ├── CorpusError            a record of `corpora/` is wrong
    │   └── RulesetError           a rule, profile or vocabulary of `rules/` is wrong
    └── InternalError          70  a defect of Clearance itself

A user sees one line, `file:line: field: what is wrong`, and then what to do about it; never a traceback.
"""

from __future__ import annotations

__all__ = [
    "ClearanceError",
    "CorpusError",
    "InputError",
    "InternalError",
    "MalformedText",
    "ManifestError",
    "RulesetError",
    "SchemaError",
    "UnreadableFile",
    "UnsafeInput",
    "UsageError",
]


class ClearanceError(Exception):
    """Base of all errors: a message, the remedy, and the exit code that the command line answers with."""

    exit_code = 70

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def one_line(self) -> str:
        """The error as the user sees it, without line breaks or control characters."""
        text = f"{self.where()}{self.message}" + (f" ({self.remedy})" if self.remedy else "")
        return "".join(c if c.isprintable() else " " for c in text)

    def where(self) -> str:
        """The place at fault, ending in ': ', or nothing."""
        return ""


class UsageError(ClearanceError):
    """The command line or a call asks for something that does not exist or does not go together."""

    exit_code = 64


class InputError(ClearanceError):
    """Something that was handed over cannot be used; it names file, line (from 1) and field where they are known."""

    exit_code = 65

    def __init__(
        self, message: str, *, file: str = "", line: int | None = None, field: str = "", remedy: str = ""
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.file = file
        self.line = line
        self.field = field

    def where(self) -> str:
        place = self.file + (f":{self.line}" if self.line is not None else "")
        return (f"{place}: " if place else "") + (f"{self.field}: " if self.field else "")


class UnreadableFile(InputError):
    """A file is not there, is a folder, or may not be opened."""


class UnsafeInput(InputError):
    """An input is larger, deeper or more repetitive than the limits allow."""


class MalformedText(InputError):
    """A text is not UTF-8, or neither YAML nor JSON."""


class SchemaError(InputError):
    """A key is missing, unknown or of the wrong type."""


class ManifestError(InputError):
    """A manifest is well formed, but contradicts itself."""


class CorpusError(InputError):
    """A record of the corpora is wrong."""


class RulesetError(InputError):
    """A rule, a profile or the vocabulary is wrong."""


class InternalError(ClearanceError):
    """A defect of Clearance itself; the message asks the user to report it."""
