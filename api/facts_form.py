"""Which facts the form of an item asks for: those that the manifest does not state, and the words it has for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

import msgspec
from msgspec import UNSET

from compliance.domain.manifest import Collected, Feature, Generator, Method, Purpose, Role, Source, SourceKind
from compliance.ledger.basis import Basis
from compliance.reviews.answers import OPEN

Kind = Literal["choice", "suggested", "text", "yes-or-no"]
PREFIX = "fact:"
MAX_FIELDS = 60


class Fact(NamedTuple):
    """A key of the manifest as a field of the form."""

    key: str
    label: str
    kind: Kind
    words: tuple[str, ...] = ()
    hint: str = ""

    @property
    def field(self) -> str:
        """The field's name in the form."""
        return PREFIX + self.key


OF_SOURCE = (
    Fact("role", "What the rows are used for", "choice", get_args(Role)),
    Fact("kind", "What they are", "choice", get_args(SourceKind)),
    Fact("licence", "Licence attached to them", "text", hint="as attached: CC-BY-4.0"),
    Fact("collected_by", "How they were collected", "choice", get_args(Collected)),
)
OF_MODEL = (
    Fact("generated_by.model", "Model", "text", hint="as the logs name it"),
    Fact("generated_by.maker", "Its maker", "text"),
    Fact(
        "generated_by.channel",
        "Channel",
        "suggested",
        ("first-party-api", "consumer-app", "open-weights", "in-house", "cloud-reseller:"),
        "through which it was called",
    ),
    Fact("generated_by.feature", "Feature of the service", "choice", get_args(Feature)),
    Fact("generated_by.when", "When the rows were made", "text", hint="2025-06, or 2025-03/2025-09"),
    Fact(
        "generated_by.by_whom",
        "By whom",
        "suggested",
        ("trainer", "affiliate:", "contractor:", "third-party:"),
        "whose account it was",
    ),
)
OF_RUN = (
    Fact("run.purpose", "Purpose of the run", "choice", get_args(Purpose)),
    Fact("run.method", "Method", "choice", get_args(Method)),
    Fact("trainee.domain", "Domain of the trained model", "text", hint="general, or the single domain"),
    Fact("trainee.distributed", "Is the model, or a product with it, given to others?", "yes-or-no"),
    Fact("trainee.commercial", "Is commercial use intended?", "yes-or-no"),
)


def unstated(basis: bytes | None, source: str) -> list[tuple[str, list[Fact]]]:
    """By group, the facts that nobody stated about a source, its model and the run; empty where the basis is gone."""
    try:
        manifest = msgspec.json.decode(basis or b"", type=Basis).manifest
    except (msgspec.MsgspecError, RecursionError):
        return []
    held = next((s for s in manifest.sources if s.name == source), None)
    groups: list[tuple[str, list[Fact]]] = []
    if held is not None:
        groups.append(("These rows", [f for f in OF_SOURCE if _open(held, f.key)]))
        made = held.generated_by
        if made is UNSET or isinstance(made, Generator):
            groups.append(("The model that made them", [f for f in OF_MODEL if _of_model(held, f.key)]))
    groups.append(
        ("The run", [f for f in OF_RUN if _open(getattr(manifest, f.key.split(".")[0]), f.key.split(".")[1])])
    )
    return [(title, facts) for title, facts in groups if facts]


def stated(fields: Mapping[str, str]) -> dict[str, Any]:
    """The facts that a form states, as `edits_of` takes them."""
    known = {f.field: f for f in (*OF_SOURCE, *OF_MODEL, *OF_RUN)}
    found: dict[str, Any] = {}
    for name, given in fields.items():
        fact, value = known.get(name), given.strip()
        if fact is not None and value:
            found[fact.key] = value == "yes" if fact.kind == "yes-or-no" else value
    return found


def _of_model(source: Source, key: str) -> bool:
    made = source.generated_by
    return not isinstance(made, Generator) or _open(made, key.partition(".")[2])


def _open(part: Any, key: str) -> bool:
    value = getattr(part, key)
    return value is UNSET or value in OPEN
