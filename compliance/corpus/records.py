"""The kinds of record that `corpora/` holds.

A corpora file is a YAML mapping whose keys are the kinds of record (`parties`, `families`, `channels`, `documents`,
`licences`, `datasets`) and whose values are lists of them. Any file may hold any kinds, so one file is enough to add a
provider. These types are the one definition of the records: the loader checks files against them.

Times: a *day* is `2024-06-04`; a *span* is a day, a month (`2024-06`), a year, or `a/b` with either end left open
(`/2025-02-18`: on or before that day). A span that says when something began means that it began on some day in it.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Basis = Literal["archive", "licence-file", "documented", "quoted", "secondary", "memory"]
TraineeKind = Literal[
    "general-llm",
    "code-llm",
    "vlm",
    "image-generator",
    "speech",
    "video",
    "music",
    "classifier",
    "embedding",
    "reward-model",
    "reranker",
    "translation",
    "other",
]
Reach = Literal[
    "any",  # any machine-learning model
    "llm",  # any other (large) language model
    "foundation",  # foundation, large language or general-purpose models
    "generative",  # any other large language or generative model
    "text-to-image",  # any other image generator
    "competing",  # only models or products that compete with the provider
    "commercial",  # any model made or used commercially
    "unauthorised",  # any model, but only where the use is not authorised
]


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Base of all records: immutable, and a misspelt key is an error."""


class Source(Record, frozen=True, kw_only=True):
    """Where a fact comes from: a reference that a reader can follow, and how strong it is."""

    ref: str
    basis: Basis = "documented"
    note: str = ""


class Relation(Record, frozen=True, kw_only=True):
    """One party's hold on another, with the days between which it lasted."""

    party: str
    since: str | None = None
    until: str | None = None
    note: str = ""
    source: Source


class Product(Record, frozen=True, kw_only=True):
    """A name under which a party's service is sold, where people write the product for the party or the model."""

    name: str
    aliases: tuple[str, ...] = ()
    channel: str | None = None


class Party(Record, frozen=True, kw_only=True):
    """A lab, cloud, reseller, tool maker, data-set maker or other body that terms or licences name."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    kind: Literal["lab", "cloud", "reseller", "tool", "dataset-maker", "university", "company", "community", "person"]
    home: str | None = None
    offers: tuple[TraineeKind, ...] = ()
    products: tuple[Product, ...] = ()
    controlled_by: tuple[Relation, ...] = ()
    stakes_in: tuple[Relation, ...] = ()
    former_names: tuple[str, ...] = ()
    note: str = ""
    source: Source


class WeightsLicence(Record, frozen=True, kw_only=True):
    """The licence of a family's open weights; `match` narrows it to ids that contain the text (a size or version)."""

    licence: str
    match: str | None = None
    since: str | None = None
    note: str = ""


class Family(Record, frozen=True, kw_only=True):
    """A line of models: how its ids look, who made it, what it is, and under which licence its weights are, if any.

    `patterns` are globs over a normalised id: lower case; `_` and blanks become `-`; an owner such as `meta-llama/` and
    a prefix such as `models/` or `us.anthropic.` are taken off first. The glob with most literal characters wins.
    """

    id: str
    maker: str
    name: str
    kind: TraineeKind
    patterns: tuple[str, ...]
    hub_owners: tuple[str, ...] = ()
    released: str | None = None
    retired: str | None = None
    weights: tuple[WeightsLicence, ...] = ()
    hosted: bool = False
    multimodal: bool = False
    parents: tuple[str, ...] = ()
    trained_on: tuple[str, ...] | None = None
    output_permission: str | None = None
    note: str = ""
    source: Source


class Channel(Record, frozen=True, kw_only=True):
    """Which documents bind those who use a party's service through one channel, from one day to another.

    `channel` is `first-party-api`, `consumer-app`, or `cloud-reseller` where `party` is the reseller. `models_of`
    narrows the binding to models of those makers, `families` to those families; `region` to where the customer is
    (`EEA`). `upstream` says what a reseller makes binding: `model-terms` (the maker's service terms, or the weights
    licence of an open model), `none`, or `unseen` (its text was not seen). `hosts` names makers whose hosted models the
    reseller is well known for; it serves what-if questions alone and narrows nothing.
    """

    party: str
    channel: Literal["first-party-api", "consumer-app", "cloud-reseller"]
    names: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    region: str | None = None
    models_of: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    upstream: Literal["model-terms", "none", "unseen"] | None = None
    hosts: tuple[str, ...] = ()
    note: str = ""
    source: Source


class Duty(Record, frozen=True, kw_only=True):
    """Something that a clause or licence asks for. `on` is what brings the duty about."""

    kind: Literal[
        "naming",  # a prefix or part of the model's name
        "display",  # "Built with ...", a product page that names the model
        "attribution",
        "notice",  # keep or add notices
        "licence-copy",
        "use-restrictions",  # pass the use restrictions on
        "share-alike",
        "non-commercial",
        "no-redistribution",
        "in-house",  # keep the model to oneself
        "registration",
        "other",
    ]
    text: str
    on: Literal["use", "distribution"] = "distribution"


class Exempt(Record, frozen=True, kw_only=True):
    """An exception to a clause: what it lets through, and where it stands (often far from the ban)."""

    kind: Literal[
        "classifier-in-house",  # models that classify or organise data, not distributed or sold
        "provider-fine-tuning",  # tuning inside the provider's own service
        "approval",  # where the provider approves in advance
        "own-family",  # the licensor's own models and their derivatives
        "api",  # collection through the API
        "law",  # where the law overrides the ban
        "other",
    ]
    text: str
    section: str = ""


class Scope(Record, frozen=True, kw_only=True):
    """The part of the outputs or services that a clause reaches; empty: all of them."""

    features: tuple[Literal["web-search", "grounding", "voice", "image", "model-distillation"], ...] = ()
    models_of: tuple[str, ...] = ()
    kinds: tuple[TraineeKind, ...] = ()
    note: str = ""


class Pin(Record, frozen=True, kw_only=True):
    """The SHA-256 of a clause's text as it stands in one version, in UTF-8, without newline translation."""

    version: str
    sha256: str
    file: str = ""


class Clause(Record, frozen=True, kw_only=True):
    """One thing that a document says, in our own words.

    `test` is the reach of a ban on training or distilling, or of a ban on competing products. `versions` lists the
    versions in which the clause stands; empty: in all.
    """

    id: str
    category: Literal[
        "train-competing-models",
        "train-any-models",
        "distill",
        "reverse-engineer",
        "scrape-output",
        "competing-product",
        "permit-training",
        "output-ownership",
        "naming-attribution",
        "flow-down",
        "non-commercial",
        "scale-threshold",
        "misrepresent-human",
        "third-party-conduct",
        "benchmarking",  # benchmarks or evaluation, forbidden or permitted
        "competitor-access",  # competitors may not use the service at all
        "copying",  # no copying or storing of outputs in quantity
    ]
    effect: Literal["prohibit", "permit", "oblige", "assign"]
    object: tuple[Literal["output", "service", "weights", "dataset", "input"], ...]
    paraphrase: str
    section: str
    versions: tuple[str, ...] = ()
    test: Reach | None = None
    scope: Scope | None = None
    exceptions: tuple[Exempt, ...] = ()
    duties: tuple[Duty, ...] = ()
    threshold: Threshold | None = None
    bound: Literal["customer", "end-user", "licensee", "anyone"]
    pins: tuple[Pin, ...] = ()
    note: str = ""


class Version(Record, frozen=True, kw_only=True):
    """One dated text of a document.

    `since` says when it took effect (a span where only an upper bound is known); it ends when the next one starts, or
    on `until`. `seen`: `archived` (we hold or held the text), `quoted` (sources of its time quote the clause word for
    word), `secondary` (only reported) or `unseen`; the last two never support a block or an allow.
    """

    id: str
    since: str
    until: str | None = None
    published: str | None = None
    recorded: str | None = None
    seen: Literal["archived", "quoted", "secondary", "unseen"] = "archived"
    note: str = ""
    source: Source


class Document(Record, frozen=True, kw_only=True):
    """Terms of service, a policy, or another text that binds customers. Versions stand in the order of time."""

    id: str
    party: str
    title: str
    language: str = "en"
    region: str | None = None
    incorporates: tuple[str, ...] = ()
    failed_captures: str = ""
    note: str = ""
    source: Source
    versions: tuple[Version, ...]
    clauses: tuple[Clause, ...] = ()


class Threshold(Record, frozen=True, kw_only=True):
    """A number of users or an income above which a licence ends or asks for more.

    `measured_on` is the day or month that the licence names for the count (`2024-06`), or `run` for the time of use.
    """

    measure: Literal["monthly_active_users", "annual_revenue_usd", "monthly_revenue_usd"]
    above: int
    measured_on: str
    counts_affiliates: bool = True
    effect: Literal["loss-of-rights", "duty"]
    duty: str = ""
    section: str = ""


class Territory(Record, frozen=True, kw_only=True):
    """Countries (ISO 3166, or EU / EEA) whose people and companies get no rights; `multimodal`: only to such models."""

    excluded: tuple[str, ...]
    multimodal_only: bool = False
    section: str = ""


class OutputRule(Record, frozen=True, kw_only=True):
    """What a licence of weights says about training other models with the model's outputs."""

    ban: Reach | None = None
    own_family: tuple[str, ...] = ()
    non_commercial: bool = False
    permitted_in_words: bool = False
    student_is_derivative: bool = False
    duties: tuple[Duty, ...] = ()
    section: str = ""
    paraphrase: str = ""
    contradiction: str = ""
    pins: tuple[Pin, ...] = ()


class Licence(Record, frozen=True, kw_only=True):
    """A licence of data, weights or code, and what it says of use, outputs, duties, thresholds and territory.

    `aliases` are spellings (compared in lower case with runs of blanks, `-` and `_` as one); `phrases` are words that
    settle the licence when they stand inside a longer description.
    """

    id: str
    name: str
    spdx: str | None = None
    aliases: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    kind: Literal[
        "own",  # the trainer's own
        "agreement",  # a commercial licence or purchase on record
        "public-domain",
        "permissive",
        "attribution",
        "share-alike",
        "copyleft",
        "non-commercial",
        "use-restricted",  # RAIL family and like licences whose restrictions travel
        "model-community",  # Llama, Gemma, Qwen and like licences of weights
        "data-agreement",
        "service",  # the terms of a hosted service
        "passes-on",  # "follow the terms of ..." attached to data
        "unclear",  # other, mixed, custom, unspecified
    ]
    licensor: str | None = None
    since: str | None = None
    url: str = ""
    non_commercial: Literal["no", "non-commercial", "research-only", "non-production"] = "no"
    commercial_data_ban: bool = False
    passes_on: tuple[str, ...] = ()
    duties: tuple[Duty, ...] = ()
    outputs: OutputRule | None = None
    thresholds: tuple[Threshold, ...] = ()
    territory: Territory | None = None
    paraphrase: str
    note: str = ""
    source: Source


class Generator(Record, frozen=True, kw_only=True):
    """A model's part in a known data set."""

    model: str | None = None
    maker: str | None = None
    role: str | None = None
    channel: str | None = None
    when: str | None = None
    by_whom: str | None = None


class LicenceEvidence(Record, frozen=True, kw_only=True):
    """What one place says of a data set's licence; several that differ are kept, never averaged."""

    label: str
    says: str
    note: str = ""


class Dataset(Record, frozen=True, kw_only=True):
    """A published data set: who made its rows with what, from what, and what is said of its licence.

    `derived_from` names parents by id or in words. `keeps` lists the parents whose rows stand in it, whole or as
    translations; a parent that only gave seeds or prompts is not kept.
    """

    id: str
    name: str
    hub_id: str | None = None
    aliases: tuple[str, ...] = ()
    licences: tuple[LicenceEvidence, ...] = ()
    generators: tuple[Generator, ...] = ()
    derived_from: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    human: bool = False
    confidence: Literal["high", "medium", "low"] = "medium"
    note: str = ""
    source: Source


class CorpusFile(Record, frozen=True, kw_only=True):
    """One file of `corpora/`."""

    parties: tuple[Party, ...] = ()
    families: tuple[Family, ...] = ()
    channels: tuple[Channel, ...] = ()
    documents: tuple[Document, ...] = ()
    licences: tuple[Licence, ...] = ()
    datasets: tuple[Dataset, ...] = ()
