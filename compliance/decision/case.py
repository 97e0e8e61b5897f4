"""The case: what the manifest says of trainer, trained model and purpose, resolved against the corpora."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, UnsetType

from compliance.corpus.corpus import Corpus
from compliance.corpus.in_force import TermsInForce
from compliance.corpus.names import key, pieces
from compliance.corpus.records import Licence, Party
from compliance.domain.days import Span, day, span
from compliance.domain.manifest import Agreement, BaseModel, Generator, Manifest

if TYPE_CHECKING:
    from compliance.decision.use import Behind, Use

LANGUAGE = frozenset({"general-llm", "code-llm", "vlm"})
CLASSIFIERS = frozenset({"classifier", "embedding", "reranker"})
TOY_PARAMETERS = 100_000_000
EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "HR",
        "CY",
        "CZ",
        "DK",
        "EE",
        "FI",
        "FR",
        "DE",
        "GR",
        "HU",
        "IE",
        "IT",
        "LV",
        "LT",
        "LU",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SK",
        "SI",
        "ES",
        "SE",
    ]
)
EEA = EU | {"IS", "LI", "NO"}


def _same_trainer(one: Manifest, other: Manifest) -> bool:
    """Whether a use of a model is read alike in two runs: one trainer, on one day, tied to the same service."""
    return (
        one.trainer is other.trainer
        and one.run.date == other.run.date
        and one.trainee.hosted_only_by == other.trainee.hosted_only_by
    )


class Case:
    """A manifest read against a corpus: the facts that are the same for all of its sources."""

    def __init__(self, manifest: Manifest, corpus: Corpus, terms: TermsInForce, like: Case | None = None) -> None:
        """`like` is a case of which this may be a changed copy: what the same trainer makes of uses is shared."""
        self.manifest = manifest
        self.corpus = corpus
        self.terms = terms
        self.purpose = manifest.run.purpose if manifest.run.purpose is not UNSET else "unknown"
        trainee, trainer = manifest.trainee, manifest.trainer
        if like is None or not _same_trainer(manifest, like.manifest):
            self.date = day(manifest.run.date)
            self.names = [trainer.name, *(trainer.affiliates or () if trainer.affiliates is not UNSET else ())]
            self.keys = {key(p) for name in self.names for p in pieces(name)}
            self.group = {
                held for n in self.names for p in corpus.parties_in(n) for held in corpus.controls(p.id, self.date)
            }
            self.windows: dict[tuple[str | UnsetType, str | None], Span] = {}
            self.uses: dict[Generator, Use] = {}
            self.models: dict[tuple[str | None, str | None], Behind] = {}
        else:
            self.date, self.names, self.keys, self.group = like.date, like.names, like.keys, like.group
            self.windows, self.uses, self.models = like.windows, like.uses, like.models
        self.kind = trainee.kind
        self.commercial = None if trainee.commercial is UNSET else trainee.commercial
        self.distributed = None if trainee.distributed is UNSET else trainee.distributed
        self.domain = None if trainee.domain is UNSET else key(trainee.domain)
        self.territory = set(trainer.territory) if trainer.territory is not UNSET else None
        self.base_families = self._base_families()
        stated = msgspec.structs.replace(
            manifest, sources=[], agreements=UNSET, run=msgspec.structs.replace(manifest.run, name=UNSET)
        )
        self.key = sys.intern(msgspec.json.encode(stated).decode())

    @cached_property
    def whole_key(self) -> str:
        """What tells cases apart, but for their sources."""
        agreements = self.manifest.agreements
        return sys.intern(self.key + msgspec.json.encode(agreements).decode()) if agreements is not UNSET else self.key

    @cached_property
    def reads(self) -> str:
        """All that the facts of a text hang on in a run: cases of equal `reads` read every text alike."""
        return sys.intern(f"{self.outlook} {self.noncommercial()}")

    @cached_property
    def region(self) -> str:
        """`EEA`, `other` or `unknown`: which regional texts bind."""
        if self.territory is None:
            return "unknown"
        return "EEA" if self.territory & (EEA | {"EU", "EEA"}) else "other"

    @property
    def toy(self) -> bool:
        """House rule 1: one domain and at most 100 million parameters."""
        size = self.manifest.trainee.parameters
        return size is not UNSET and size <= TOY_PARAMETERS and self.domain not in (None, "general")

    @cached_property
    def outlook(self) -> tuple[object, ...]:
        """All that `competes` reads of the run."""
        return (self.toy, self.kind, self.domain, self.commercial, self.distributed)

    def reads_as(self, other: Case, same_outlook: Callable[[Case, Case], bool]) -> bool:
        """Whether no source can get another verdict in the `other` case, which differs in facts of run and trainee.

        `same_outlook` says whether the trained model competes with the same makers in both.
        """
        return (
            self.noncommercial() == other.noncommercial()
            and self.distributed == other.distributed
            and self.territory == other.territory
            and self.kind == other.kind
            and (self.purpose == other.purpose or self.manifest.agreements is UNSET)
            and self.manifest.agreements == other.manifest.agreements
            and same_outlook(self, other)
        )

    def is_own(self, name: str | None, party: Party | None) -> bool:
        """Whether a name or party is the trainer or under common control with it."""
        if party is not None and party.id in self.group:
            return True
        return name is not None and key(name) in self.keys

    def competes(self, maker: Party | None, teacher_kind: str | None = None) -> str:
        """`yes`, `unsettled` or `no`: house rule 1, against what `maker` offers."""
        if self.toy or self.kind in ("classifier", "tabular-forecast"):
            return "no"
        if maker is not None and not maker.offers and maker.kind in ("reseller", "cloud", "tool"):
            return "no"  # it sells access to others' models and has none of its own
        offers = set(maker.offers) if maker is not None and maker.offers else None
        sold = bool(self.commercial) and bool(self.distributed)
        if self.kind in LANGUAGE:
            if offers is not None and not offers & LANGUAGE:
                return "no"
            if self.domain != "general":
                return "unsettled"
            if offers is not None and self.kind not in offers and not offers & {"general-llm", "vlm"}:
                return "unsettled"
            return "yes" if sold else "unsettled"
        if self.kind in ("embedding", "reranker"):
            if offers is not None and self.kind not in offers:
                return "no"
            if self.distributed is False and self.commercial is False:
                return "no"  # only one that is sold can take the place of the maker's product
            return "yes" if sold and teacher_kind == self.kind else "unsettled"
        if self.kind == "other" and offers is not None and self.domain in offers:
            return "yes" if sold else "unsettled"
        if self.kind in ("image-generator", "speech", "video"):
            if offers is not None and self.kind not in offers:
                return "no"
            return "yes" if sold else "unsettled"
        return "unsettled"

    def noncommercial(self) -> str:
        """What a non-commercial licence makes of this run (house rule 11)."""
        if self.purpose == "commercial":
            return "forbidden"
        if self.purpose == "unknown" or self.commercial is None or self.commercial:
            return "doubtful"
        return "honoured"

    def registration(self, licence: Licence) -> str:
        """`missing` where commercial use needs a registration that is not shown (label `permission-unproved`)."""
        asked = any(d.kind == "registration" and d.on == "use" for d in licence.duties)
        if not asked or self.noncommercial() == "honoured":
            return "none"
        party = self.corpus.parties.get(licence.licensor or "")
        return "none" if self.agreement(party, None, None, "trains")[0] == "covers" else "missing"

    def excluded(self, licence: Licence, multimodal: bool) -> str:
        """Whether the licence grants nothing in the trainer's territory."""
        rule = licence.territory
        if rule is None or (rule.multimodal_only and not multimodal) or self.territory is None:
            return "open"
        out = set(rule.excluded)
        out |= EU if "EU" in out else set()
        out |= EEA if "EEA" in out else set()
        return "excluded" if self.territory & out else "open"

    def threshold(self, licence: Licence) -> str:
        """`lost`, `duty`, `unsettled` or `no` (house rule 7)."""
        found = "no"
        trainer = self.manifest.trainer
        for limit in licence.thresholds:
            if limit.measure == "monthly_active_users":
                figures = (
                    [(u.count, u.on, u.of) for u in trainer.monthly_active_users or ()]
                    if (trainer.monthly_active_users is not UNSET)
                    else []
                )
            else:
                part = 12 if limit.measure == "monthly_revenue_usd" else 1
                figures = (
                    [(int(r.amount / part), r.on, r.of) for r in trainer.annual_revenue_usd or ()]
                    if (trainer.annual_revenue_usd is not UNSET)
                    else []
                )
            if not figures:
                continue
            when = Span(self.date, self.date) if limit.measured_on == "run" else span(limit.measured_on)
            dated = [f for f in figures if f[1] is not UNSET and span(f[1]).meets(when)]
            loose = limit.measured_on == "run"
            usable = dated or (figures if loose else [])
            if sum(f[0] for f in usable) > limit.above:
                found = "lost" if limit.effect == "loss-of-rights" else ("duty" if found == "no" else found)
                continue
            named = {key(f[2]) for f in usable if f[2] is not UNSET}
            whole = bool(usable) and any(f[2] is UNSET for f in usable)
            missing = not usable or (not whole and any(key(n) not in named for n in self.names))
            if missing and found == "no":
                found = "unsettled"
        return found

    def agreement(
        self, maker: Party | None, name: str | None, model: str | None, role: str
    ) -> tuple[str, tuple[str, ...]]:
        """What was negotiated with a maker, as far as it bears on this use (house rule 8), and on which conditions."""
        agreements = self.manifest.agreements
        if agreements is UNSET:
            return "none", ()
        found = {
            self._reach(a, model, role): tuple(a.conditions if a.conditions is not UNSET else ())
            for a in reversed(agreements)
            if (maker is not None and maker in self.corpus.parties_in(a.party)) or (name and key(name) == key(a.party))
        }
        for state in ("covers", "undisclosed", "oral", "exceeded"):
            if state in found:
                return state, found[state]
        return "none", ()

    def _reach(self, agreement: Agreement, model: str | None, role: str) -> str:
        if agreement.form != "written":
            return agreement.form
        wanted = {"train", "all"} if role != "evaluation" else {"train", "evaluate", "all"}
        if agreement.permits is not UNSET and agreement.permits not in wanted:
            return "exceeded"
        if agreement.models is not UNSET and (model is None or not _named(model, agreement.models)):
            return "exceeded"
        if agreement.purposes is not UNSET and self.purpose not in agreement.purposes:
            return "exceeded"
        trainee = self.manifest.trainee.name
        if agreement.trainees is not UNSET and (trainee is UNSET or not _named(trainee, agreement.trainees)):
            return "exceeded"
        since = span(agreement.since).first if agreement.since is not UNSET else None
        until = span(agreement.until).last if agreement.until is not UNSET else None
        if not Span(since, until).holds(self.date):
            return "exceeded"
        held = agreement.held_by
        if held is not UNSET and not any(self.is_own(p, self.corpus.party(p)) for p in pieces(held)):
            return "exceeded"
        return "covers"

    def _base_families(self) -> set[str]:
        found: set[str] = set()
        bases: list[BaseModel] = self.manifest.base_models if self.manifest.base_models is not UNSET else []
        for base in bases:
            family = self.corpus.family(base.model)
            if family is not None:
                found.add(family.id)
                while len(family.parents) == 1 and family.parents[0] in self.corpus.families:
                    family = self.corpus.families[family.parents[0]]  # several parents are alternatives
                    if family.id in found:
                        break
                    found.add(family.id)
        return found


def _named(name: str, names: list[str]) -> bool:
    return any(key(name) == key(n) or key(n) in key(name) for n in names)
