"""The signatures of `corpora/signatures/`: what shows which model wrote a text, as data."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Literal

import msgspec

from compliance.corpus.load import data_folder
from compliance.errors import CorpusError, InputError
from compliance.reading.structured import decode, parse, read_bytes
from compliance.reading.typed import convert

# The corpora's own loader reads every `*.yaml` as records of another form, so these files end in `.yml`.
PATTERN = "*.yml"

Strength = Literal["strong", "medium", "weak", "none"]
RANK: dict[str, int] = {"none": 0, "weak": 1, "medium": 2, "strong": 3}


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One mark: a pattern in text, a value below certain keys, or a key by itself."""

    id: str
    kind: Literal["response-id", "tool-call-id", "fingerprint", "record-key", "host", "artefact", "template", "phrase",
                  "refusal"]  # fmt: skip
    strength: Strength
    party: str | None = None
    channel: str | None = None
    where: Literal["text", "value", "key"] = "text"
    keys: tuple[str, ...] = ()
    pattern: str = ""
    anchor: str = ""
    check: Literal["issued", "typed", "anthropic-signature"] | None = None
    unproven: Strength = "none"
    caseless: bool = False
    evidence: str = ""
    false_positives: str = ""


class ModelPattern(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the model ids of one maker look."""

    id: str
    party: str
    pattern: str
    anchor: str
    false_positives: str = ""


class Maker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The names by which texts speak of a maker (regular expressions), and of its models."""

    party: str
    maker: str = ""
    everyday: str = ""
    product: str = ""
    common: str = ""


class Beside(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands before or after a name that is an everyday word too."""

    before: str
    after: str


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence form; a doubtful one is said by people too and counts only beside words about models."""

    text: str
    doubtful: bool = False


class Language(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a language says 'I am a model made by ...'."""

    language: str
    cue: str
    words: dict[str, str]
    templates: tuple[str | Template, ...]


class SignatureFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of signatures; each key may be absent."""

    signatures: tuple[Signature, ...] = ()
    models: tuple[ModelPattern, ...] = ()
    makers: tuple[Maker, ...] = ()
    languages: tuple[Language, ...] = ()
    beside: Beside | None = None
    model_words: str = ""
    life_words: str = ""


class Signatures(msgspec.Struct, frozen=True):
    """All files together, and the hash of their bytes."""

    content: SignatureFile
    sha256: str


def default_root() -> Path:
    """The signatures that come with the program."""
    return data_folder("corpora") / "signatures"


def load_signatures(root: Path | None = None) -> Signatures:
    """The signatures below `root` (default: those that come with the program); a `CorpusError` names a fault."""
    root = root or default_root()
    digest = hashlib.sha256()
    signatures: list[Signature] = []
    models: list[ModelPattern] = []
    makers: list[Maker] = []
    languages: list[Language] = []
    beside, model_words, life_words = None, "", ""
    paths = sorted(root.glob(PATTERN))
    if not paths:
        raise CorpusError("no signatures", file=str(root), remedy="name the folder that holds *.yml")
    for path in paths:
        data = read_bytes(path)
        digest.update(b"%d:%s%d:" % (len(path.name.encode()), path.name.encode(), len(data)) + data)
        found = _read(data, path)
        signatures += found.signatures
        models += found.models
        makers += found.makers
        languages += found.languages
        beside = found.beside or beside
        model_words = found.model_words or model_words
        life_words = found.life_words or life_words
    content = SignatureFile(
        tuple(signatures), tuple(models), tuple(makers), tuple(languages), beside, model_words, life_words
    )
    _validate(content, root)
    return Signatures(content, digest.hexdigest())


def _read(data: bytes, path: Path) -> SignatureFile:
    text = decode(data, str(path))
    try:
        return convert(parse(text, frozenset()), SignatureFile, text)
    except InputError as error:
        raise CorpusError(
            error.message, file=error.file, line=error.line, field=error.field, remedy=error.remedy
        ) from None


def _validate(content: SignatureFile, root: Path) -> None:
    seen: set[str] = set()
    entries: list[Signature | ModelPattern] = [*content.signatures, *content.models]
    for entry in entries:
        if entry.id in seen:
            raise CorpusError(f"the id {entry.id!r} stands twice", file=str(root), remedy="rename one of the two")
        seen.add(entry.id)
        try:
            re.compile(entry.pattern)
        except re.error as error:
            raise CorpusError(f"{entry.id}: not a regular expression: {error}", file=str(root)) from None
    for signature in content.signatures:
        if signature.where == "key" and not (signature.keys and signature.anchor):
            raise CorpusError(f"{signature.id}: a key signature needs `keys` and `anchor`", file=str(root))
        if signature.where != "key" and not signature.pattern:
            raise CorpusError(f"{signature.id}: the pattern is missing", file=str(root))
