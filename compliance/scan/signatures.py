"""The signatures of `corpora/signatures/`: what shows which model wrote a text, as data."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any, Literal

import msgspec

from compliance.errors import CorpusError, InputError
from compliance.reading import cache
from compliance.reading.files import read_bytes

# The corpora's own loader reads every `*.yaml` as records of another form, so these files end in `.yml`.
PATTERN = "*.yml"

Strength = Literal["strong", "medium", "weak", "none"]
RANK: dict[str, int] = {"none": 0, "weak": 1, "medium": 2, "strong": 3}


# What may match the end of a line, or look beyond it: the names of makers are sought line by line.
_BEYOND_LINE = re.compile(r"\\[nrsSWDfv]|\[\^|\(\?[=!<]|\$|\n")


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
    # As `compliance.corpus.load.data_folder` finds it, whose imports take longer than a small scan.
    package = Path(__file__).resolve().parent.parent
    beside = package.parent / "corpora"
    return (beside if beside.is_dir() else package / "_data" / "corpora") / "signatures"


def load_signatures(root: Path | None = None) -> Signatures:
    """The signatures below `root` (default: those that come with the program); a `CorpusError` names a fault."""
    root = root or default_root()
    paths = sorted(root.glob(PATTERN))
    if not paths:
        raise CorpusError("no signatures", file=str(root), remedy="name the folder that holds *.yml")
    files = [(path, read_bytes(path)) for path in paths]
    digest = hashlib.sha256()
    for path, data in files:
        digest.update(b"%d:%s%d:" % (len(path.name.encode()), path.name.encode(), len(data)) + data)
    sha256 = digest.hexdigest()
    spot = _cache_spot(sha256)
    content = _kept(spot)
    if content is None:
        content = _merged([_read(data, path) for path, data in files])
        _validate(content, root)
        cache.write(spot, msgspec.msgpack.encode(content))
    return Signatures(content, sha256)


def _merged(files: list[SignatureFile]) -> SignatureFile:
    """All files as one; of a thing that a file holds once, the last counts."""
    merged: dict[str, Any] = {}
    for found in files:
        for name in SignatureFile.__struct_fields__:
            value = getattr(found, name)
            if isinstance(value, tuple):
                merged[name] = (*merged.get(name, ()), *value)
            elif value:
                merged[name] = value
    return SignatureFile(**merged)


def _cache_spot(sha256: str) -> Path | None:
    """Where the signatures of these bytes are kept, in the form that this module gives them."""
    try:
        code = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    except OSError:
        return None
    return cache.spot_of(f"signatures-{code[:16]}-{sha256[:32]}.msgpack")


def _kept(spot: Path | None) -> SignatureFile | None:
    kept = cache.read(spot)
    try:
        return None if kept is None else msgspec.msgpack.decode(kept, type=SignatureFile)
    except (msgspec.DecodeError, ValueError):
        return None


def _read(data: bytes, path: Path) -> SignatureFile:
    # The readers of YAML take longer to import than a small scan.
    from compliance.reading.structured import decode, parse
    from compliance.reading.typed import convert

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
    sides = [("beside", content.beside.before + content.beside.after)] if content.beside else []
    for maker in content.makers:
        sides += [(maker.party, name) for name in (maker.maker, maker.everyday, maker.product, maker.common)]
    for party, name in sides:
        if _BEYOND_LINE.search(name):
            raise CorpusError(
                f"{party}: a name may not reach beyond its line: {name}",
                file=str(root),
                remedy=r"write it without \s, negated classes and look-arounds",
            )
    for signature in content.signatures:
        if signature.where == "key" and not (signature.keys and signature.anchor):
            raise CorpusError(f"{signature.id}: a key signature needs `keys` and `anchor`", file=str(root))
        if signature.where != "key" and not signature.pattern:
            raise CorpusError(f"{signature.id}: the pattern is missing", file=str(root))
