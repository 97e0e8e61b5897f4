"""The pipeline manifest, version 1, as types.

`UNSET` stands for a key that is absent, which means *unknown*; an empty list means *known to be none*; None (YAML
null) means what the field says: no licence attached, or no model made the rows.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

Name = Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"\S")]
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
Point = Annotated[str, Meta(pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$")]
When = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?"
        r"(/[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?)?$"
    ),
]
Purpose = Literal["commercial", "internal", "research", "evaluation"]
Method = Literal["pretrain", "finetune", "preference", "distill", "merge", "none"]
TraineeKind = Literal[
    "general-llm",
    "code-llm",
    "vlm",
    "image-generator",
    "speech",
    "video",
    "classifier",
    "embedding",
    "reward-model",
    "reranker",
    "tabular-forecast",
    "seq2seq",
    "other",
]
SourceKind = Literal[
    "dataset",
    "model-outputs",
    "annotations",
    "logits",
    "embeddings",
    "logs",
    "human-data",
    "model-weights",
    "code",
]
Role = Literal[
    "targets",
    "logits",
    "preference",
    "reward",
    "rewrite",
    "prompts",
    "filter",
    "embedding",
    "evaluation",
    "tooling",
]
Feature = Literal["web-search", "grounding", "voice", "image", "model-distillation"]
Collected = Literal["api", "export", "by-hand", "scraper", "browser-extension", "shared-links"]
# Without a pattern for the decoder: in a union with a list, the record library frees a pattern as something else and
# takes the process down. Blank labels are refused by `manifest_file.check`; the schema keeps the pattern.
LicenceName = Annotated[str, Meta(min_length=1, max_length=2000, extra_json_schema={"pattern": r"\S"})]
LicenceText = Annotated[list[Name], Meta(min_length=2)] | LicenceName | None


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Base of the manifest's parts: immutable, and an unknown key is an error."""


class Run(Part, frozen=True, kw_only=True):
    """The run to be judged; `date` is the day for which it is judged."""

    date: Day
    name: Name | UnsetType = UNSET
    purpose: Purpose | UnsetType = UNSET
    method: Method | UnsetType = UNSET


class Users(Part, frozen=True, kw_only=True):
    """A count of monthly active users, of whom and when."""

    count: Annotated[int, Meta(ge=0)]
    on: When | UnsetType = UNSET
    of: Name | UnsetType = UNSET


class Revenue(Part, frozen=True, kw_only=True):
    """A yearly revenue in US dollars, whose and when."""

    amount: Annotated[float, Meta(ge=0)]
    on: When | UnsetType = UNSET
    of: Name | UnsetType = UNSET


class Trainer(Part, frozen=True, kw_only=True):
    """Who trains, and who stands under common control with it or holds a mere stake."""

    name: Name
    affiliates: list[Name] | UnsetType = UNSET
    investors: list[Name] | UnsetType = UNSET
    stakes_in: list[Name] | UnsetType = UNSET
    monthly_active_users: list[Users] | UnsetType = UNSET
    annual_revenue_usd: list[Revenue] | UnsetType = UNSET
    territory: list[Annotated[str, Meta(pattern=r"^([A-Z]{2}|EEA)$")]] | UnsetType = UNSET


class Trainee(Part, frozen=True, kw_only=True):
    """The model to be made: its kind and domain decide what it competes with."""

    kind: TraineeKind
    name: Name | UnsetType = UNSET
    domain: Name | UnsetType = UNSET
    parameters: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    distributed: bool | UnsetType = UNSET
    commercial: bool | UnsetType = UNSET
    hosted_only_by: Name | UnsetType = UNSET


class BaseModel(Part, frozen=True, kw_only=True):
    """A model whose weights the run starts from (several for a merge)."""

    model: Name
    maker: Name | UnsetType = UNSET
    licence: LicenceText | UnsetType = UNSET
    trained_on: list[Name] | UnsetType = UNSET


class Agreement(Part, frozen=True, kw_only=True):
    """Something negotiated that changes a provider's standard terms."""

    party: Name
    form: Literal["written", "oral", "undisclosed"]
    held_by: Name | UnsetType = UNSET
    permits: Literal["train", "evaluate", "distribute", "all"] | UnsetType = UNSET
    models: list[Name] | UnsetType = UNSET
    purposes: list[Purpose] | UnsetType = UNSET
    trainees: list[Name] | UnsetType = UNSET
    since: Point | UnsetType = field(default=UNSET, name="from")
    until: Point | UnsetType = UNSET
    conditions: list[Name] | UnsetType = UNSET


class Generator(Part, frozen=True, kw_only=True, cache_hash=True):
    """A model that made rows of a source: which, through which channel, when, and who held the account."""

    model: Name | UnsetType = UNSET
    maker: Name | UnsetType = UNSET
    channel: (
        Annotated[
            str,
            Meta(pattern=r"^(first-party-api|consumer-app|open-weights|in-house|mixed|unknown|cloud-reseller:\S.*)$"),
        ]
        | UnsetType
    ) = UNSET
    feature: Feature | UnsetType = UNSET
    weights_licence: Name | UnsetType = UNSET
    when: When | UnsetType = UNSET
    by_whom: (
        Annotated[str, Meta(pattern=r"^(trainer|unknown|(affiliate|contractor|third-party):\S.*)$")] | UnsetType
    ) = UNSET
    share: Annotated[float, Meta(gt=0, le=1)] | UnsetType = UNSET
    certainty: Literal["declared", "suspected"] | UnsetType = UNSET


class Source(Part, frozen=True, kw_only=True):
    """A source of training data, of labels or of code, as the engineer declares it."""

    name: Name
    kind: SourceKind | UnsetType = UNSET
    licence: LicenceText | UnsetType = UNSET
    licence_passes_on: list[Name] | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    rows: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    files: list[Name] | UnsetType = UNSET
    collected_by: Collected | UnsetType = UNSET
    derived_from: list[Name] | UnsetType = UNSET
    generated_by: Annotated[list[Generator], Meta(min_length=1)] | Generator | UnsetType | None = UNSET


class Manifest(Part, frozen=True, kw_only=True):
    """One run, one document."""

    run: Run
    trainer: Trainer
    trainee: Trainee
    sources: list[Source]
    clearance: Literal[1] | UnsetType = UNSET
    base_models: list[BaseModel] | UnsetType = UNSET
    agreements: list[Agreement] | UnsetType = UNSET


NUMBER_KEYS = frozenset({"clearance", "count", "amount", "parameters", "rows", "share"})
