"""Deciding one run.

1. Read the case against the corpora (`Case`).
2. For every source: rule on each use of a model (which channel, who held the account, which text on which day), on the
   licence of the data, and on the known data sets that it was made from.
3. Where a fact is unknown, rule on every value of it; only what all agree on stands, else `review`.
4. Let derived sources inherit a `review` or `block` of their parents.
5. Rule on every base model: its licences, and what it was trained on.
6. The most severe verdict of the sources is that of the run; of no sources, `review`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec import UNSET, UnsetType

from compliance.corpus.corpus import Corpus
from compliance.corpus.in_force import TermsInForce
from compliance.corpus.names import key
from compliance.corpus.records import Dataset, Family, Licence, Party
from compliance.decision import facts as words
from compliance.decision.case import Case
from compliance.domain.days import Span, span
from compliance.domain.manifest import BaseModel, Generator, LicenceText, Manifest, Source
from compliance.domain.verdict import Verdict, agree, most_severe
from compliance.errors import ManifestError
from compliance.ruleset.ruleset import Ruleset, Ruling

SERVICES = ("first-party-api", "consumer-app")


@dataclass(frozen=True, slots=True)
class Part:
    """The verdict on one aspect of a source, with its label and the reason in plain words."""

    verdict: Verdict
    rule: str
    order: int
    reason: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The verdict on a source or base model, and the parts that it rests on."""

    name: str
    verdict: Verdict
    rule: str
    reason: str
    parts: tuple[Part, ...]


class Decider:
    """Decides runs under one state of corpora and rules; safe to use again and again."""

    def __init__(self, corpus: Corpus, rules: Ruleset) -> None:
        self.corpus = corpus
        self.rules = rules
        self.terms = TermsInForce(corpus)

    def decide(self, manifest: Manifest) -> tuple[Verdict, tuple[Answered, ...]]:
        """The verdict on the run, and the answers for its sources and base models in the manifest's order."""
        case = Case(manifest, self.corpus, self.terms)
        by_key = {key(s.name): s for s in manifest.sources}
        if len(by_key) != len(manifest.sources):
            raise ManifestError("two sources have one name", field="sources", remedy="give each a name of its own")
        own = {s.name: self._source(case, s, by_key) for s in manifest.sources}
        answers: dict[str, Answered] = {}
        for source in _parents_first(manifest.sources, by_key):
            parts = [*own[source.name], *self._inherited(source, by_key, answers)]
            answers[source.name] = self._answer(source.name, parts)
        bases = manifest.base_models if manifest.base_models is not UNSET else []
        result = [answers[s.name] for s in manifest.sources]
        result += [self._answer(f"base_model:{b.model}", self._base(case, b)) for b in bases]
        return most_severe(a.verdict for a in result), tuple(result)

    # Step 2: one source.

    def _source(self, case: Case, source: Source, by_key: dict[str, Source]) -> list[Part]:
        known = self.corpus.dataset(source.name)
        role = words.ROLES.get(source.role, "trains") if source.role is not UNSET else "trains"
        generators = source.generated_by
        parts: list[Part] = []
        uses: list[Generator] = []
        inherited = False
        if generators is UNSET and known is not None and known.generators:
            uses, inherited = _known_generators(known), True
        elif generators is UNSET and source.kind not in ("human-data", "code"):
            parts.append(self._label("unknown-teacher", Verdict.REVIEW, "which model made the rows is not stated"))
        elif isinstance(generators, Generator):
            uses = [generators]
        elif isinstance(generators, list):
            uses = generators
        elif generators is None and source.derived_from is UNSET and known is not None and _model_made(known):
            reason = f"it is declared as made by people, and {known.name} is known to be made by models"
            parts.append(self._label("unknown-teacher", Verdict.REVIEW, reason))
        licences, stated, unread = self._licences(source.licence)
        passes = [
            p
            for n in (source.licence_passes_on or () if source.licence_passes_on is not UNSET else ())
            for p in self.corpus.parties_in(n)
        ]
        passes += [self.corpus.parties[p] for x in licences for p in x.passes_on if p in self.corpus.parties]
        attached = stated or (source.licence is UNSET and known is not None)
        made = [self._use(case, source, use, role, licences, passes, attached) for use in uses]
        if made:
            worst = max(p.verdict for p in made)
            same = [p for p in made if p.verdict == worst]
            parts.append((max if worst.permits else min)(same, key=lambda p: p.order))
        mine = bool(uses) and not inherited and all(self._by_trainer(case, use) for use in uses)
        if not mine and not (uses and role == "tooling"):
            parts += self._data(case, licences, known, people=not uses, stated=attached, unread=unread, role=role)
        human_only = generators is None
        for name in source.derived_from or () if source.derived_from is not UNSET else ():
            parent = self.corpus.dataset(name)
            if parent is not None and key(name) not in by_key:
                parts += self._parent(case, parent, role, human_only)
        return parts

    def _by_trainer(self, case: Case, use: Generator) -> bool:
        whom = use.by_whom if use.by_whom is not UNSET else "unknown"
        return whom == "trainer" or whom.startswith("affiliate:") or case.is_own(whom.partition(":")[2] or None, None)

    def _use(
        self,
        case: Case,
        source: Source,
        use: Generator,
        role: str,
        licences: list[Licence],
        passes: list[Party],
        attached: bool,
    ) -> Part:
        model = use.model if use.model is not UNSET else None
        named = use.maker if use.maker is not UNSET else None
        maker = self.corpus.party(named) if named else None
        family = self.corpus.family(model, maker.id if maker else None) if model else None
        if maker is None and named is None and family is not None:
            maker = self.corpus.parties.get(family.maker)
        whom = use.by_whom if use.by_whom is not UNSET else "unknown"
        channel = use.channel if use.channel is not UNSET else "unknown"
        own = case.is_own(named, maker) or (channel == "in-house" and named is None and whom == "trainer")
        suspected = use.certainty == "suspected"
        teacher = "suspected" if suspected else ("known" if (maker or named or family or own) else "unknown")
        if teacher == "unknown" and use.weights_licence is not UNSET:
            teacher = "known"
        names = {"maker": maker.name if maker else named or "the maker", "model": model or named or "the model"}
        if own or teacher != "known":
            told = self._standing("yes" if own else "no", teacher, "trainer", Verdict.ALLOW, role)
            return self._part(self.rules.rule_on("standing", told), names)
        third = whom.partition(":")[2] if whom.startswith("third-party:") or whom.startswith("contractor:") else ""
        if self._by_trainer(case, use):
            bounds = ["trainer"]
        else:
            bounds = ["third-party"] if third else ["trainer", "third-party"]
        released = (
            bool(third)
            and maker is not None
            and maker in self.corpus.parties_in(third)
            and any(x.kind in ("permissive", "public-domain", "attribution", "share-alike") for x in licences)
        )
        agreement = case.agreement(maker, named, model, role)
        channels = self._channel_parts(case, source, use, role, maker, family, channel, names)
        per_channel: list[Part] = []
        for terms in channels:
            found = []
            for bound in bounds:
                told = self._standing(
                    "no",
                    "known",
                    bound,
                    terms.verdict,
                    role,
                    agreement,
                    maker in passes if maker else False,
                    released,
                    attached,
                )
                ruling = self.rules.rule_on("standing", told)
                found.append(self._part(ruling, names) if ruling else terms)
            per_channel.append(self._worlds(found, "privity-gap"))
        return self._worlds(per_channel, "unknown-channel")

    def _channel_parts(
        self,
        case: Case,
        source: Source,
        use: Generator,
        role: str,
        maker: Party | None,
        family: Family | None,
        channel: str,
        names: dict[str, str],
    ) -> list[Part]:
        """The ruling of the terms or the weights licence for each channel that is possible."""
        possible = [channel]
        if channel in ("unknown", "mixed"):
            possible = [c for c in SERVICES if maker is not None and self.corpus.channels(maker.id, c)]
            open_ = family is not None and family.weights
            if open_:
                possible.append("open-weights")
            possible = possible or ["first-party-api"]
        found = []
        for one in possible:
            if one in ("open-weights", "in-house"):
                found.append(self._weights(case, use, family, role, names))
            else:
                found.append(self._service(case, source, use, role, maker, family, one, names))
        return found

    def _service(
        self,
        case: Case,
        source: Source,
        use: Generator,
        role: str,
        maker: Party | None,
        family: Family | None,
        channel: str,
        names: dict[str, str],
    ) -> Part:
        when = span(use.when) if use.when is not UNSET else Span(None, case.date)
        known = Span(span(family.released).first if family and family.released else None, case.date)
        when = when.within(known) or when
        maker_id = maker.id if maker else ""
        feature = use.feature if use.feature is not UNSET else None
        collected = source.collected_by if source.collected_by is not UNSET else None
        hosted = case.manifest.trainee.hosted_only_by
        tuned = hosted is not UNSET and maker is not None and self.corpus.party(hosted) == maker
        reached = "direct"
        pieces_: list[tuple[str, str]] = [(maker_id, channel)]
        if channel.startswith("cloud-reseller:"):
            name = channel.partition(":")[2]
            reseller = self.corpus.reseller(name)
            own = case.is_own(name, reseller) or any(f"-{key(name)}-" in f"-{key(n)}-" for n in case.names)
            pieces_ = [(maker_id, "first-party-api")]
            if not own:
                records = self.corpus.channels(reseller.id, "cloud-reseller") if reseller else []
                seen = any(r.upstream in ("model-terms", "none") for r in records)
                reached = "reseller" if seen else "reseller-unseen"
                if seen and reseller is not None:
                    pieces_.append((reseller.id, "cloud-reseller"))
        readings: list[Part] = []
        for party, through in pieces_:
            upstream_weights = reached == "reseller" and through != "cloud-reseller" and family and family.weights
            if upstream_weights and family is not None:
                readings.append(self._weights(case, use, family, role, names))
                continue
            parts = []
            for piece in self.terms.pieces(party, through, when, case.region, maker_id):
                for reading in piece.readings:
                    told = words.terms_facts(case, reading, role, reached, maker, family, feature, collected)
                    told["tuning"] = "yes" if tuned else "no"
                    parts.append(self._part(self.rules.rule_on("terms", told), names))
            readings.append(self._worlds(parts, "terms-unseen"))
        return min(readings, key=lambda p: (-p.verdict, p.order))

    def _weights(self, case: Case, use: Generator, family: Family | None, role: str, names: dict[str, str]) -> Part:
        licences: list[Licence] = []
        if use.weights_licence is not UNSET:
            licences = list(self.corpus.licences.resolve(use.weights_licence))
        elif family is not None:
            model = use.model if use.model is not UNSET else ""
            licences = list(self.corpus.weights_licences(family, model, case.date))
            licences += self._inherited_licences(family)
        return self._licensed(case, licences, "outputs", role, family, names)

    def _inherited_licences(self, family: Family) -> list[Licence]:
        """The licences of parents by other makers: a maker may license its own line anew, not another's."""
        found: list[Licence] = []
        for parent in self.corpus.ancestors(family):
            if parent.maker != family.maker:
                found += self.corpus.weights_licences(parent, parent.id)
        return found

    def _licensed(
        self, case: Case, licences: list[Licence], use: str, role: str, family: Family | None, names: dict[str, str]
    ) -> Part:
        if not licences:
            told = {
                "use": use,
                "role": role,
                "licence": "unstated",
                "bars": "none",
                "noncommercial": "none",
                "territory": "open",
                "threshold": "no",
                "duty": "none",
                "permitted": "no",
            }
            return self._part(self.rules.rule_on("weights", told), {**names, "licence": "the licence"})
        parts = []
        multimodal = bool(family and family.multimodal)
        for licence in dict.fromkeys(licences):
            told = words.weights_facts(case, licence, use, role, multimodal)
            parts.append(self._part(self.rules.rule_on("weights", told), {**names, "licence": licence.name}))
        return min(parts, key=lambda p: (-p.verdict, p.order))

    # Step 2, data and parents.

    def _data(
        self,
        case: Case,
        licences: list[Licence],
        known: Dataset | None,
        *,
        people: bool,
        stated: bool,
        unread: bool,
        role: str,
    ) -> list[Part]:
        names = {"licence": licences[0].name if licences else "the licence", "maker": "", "model": ""}
        models = [x for x in licences if x.kind in ("model-community", "use-restricted")]
        parts = [self._licensed(case, models, "data", role, None, names)] if models else []
        told = words.data_facts(case, licences, known, people=people, stated=stated, unread=unread)
        ruling = self.rules.rule_on("data", told)
        if ruling is not None and not (
            models and ruling.rule in ("data-licence-duty", "no-data-licence") and not unread
        ):
            parts.append(self._part(ruling, names))
        return parts

    def _parent(self, case: Case, parent: Dataset, role: str, human_only: bool) -> list[Part]:
        """What a known data set passes on to what is made from it."""
        uses = [] if human_only else _known_generators(parent)
        source = Source(name=parent.name)
        licences = [r for e in parent.licences for r in self.corpus.licences.resolve(e.label)]
        parts = []
        for use in uses:
            third = use.by_whom if use.by_whom is not UNSET else "third-party:unnamed"
            if case.is_own(third.partition(":")[2], None):
                continue
            parts.append(self._use(case, source, use, role, licences, [], True))
        told = words.data_facts(case, (), parent, people=not parent.generators, stated=bool(parent.licences))
        ruling = self.rules.rule_on("data", told)
        if ruling is not None and ruling.rule != "no-data-licence":
            parts.append(self._part(ruling, {"licence": parent.name, "maker": "", "model": ""}))
        return [p for p in parts if p.verdict > Verdict.ALLOW]

    def _inherited(self, source: Source, by_key: dict[str, Source], answers: dict[str, Answered]) -> Iterable[Part]:
        if source.generated_by is None or source.derived_from is UNSET:
            return
        for name in source.derived_from:
            parent = by_key.get(key(name))
            if parent is None or parent.name not in answers:
                continue
            verdict = answers[parent.name].verdict
            state = {Verdict.BLOCK: "block", Verdict.REVIEW: "review"}.get(verdict, "clear")
            ruling = self.rules.rule_on("lineage", {"parent": state, "base": "clear"})
            if ruling is not None:
                yield self._part(ruling, {"parent": parent.name, "model": "", "maker": "", "licence": ""})

    # Step 5: base models.

    def _base(self, case: Case, base: BaseModel) -> list[Part]:
        named = base.maker if base.maker is not UNSET else None
        family = self.corpus.family(base.model)
        maker = self.corpus.party(named) if named else (self.corpus.parties.get(family.maker) if family else None)
        names = {"model": base.model, "maker": maker.name if maker else named or "its maker", "licence": "the licence"}
        licences, _, unread = self._licences(base.licence)
        parts: list[Part] = []
        hosted = case.manifest.trainee.hosted_only_by
        own = case.is_own(named, maker) or any(x.kind == "own" for x in licences)
        if own:
            told = self._standing("yes", "known", "trainer", Verdict.ALLOW, "trains")
            parts.append(self._part(self.rules.rule_on("standing", told), names))
        elif hosted is not UNSET and maker is not None and self.corpus.party(hosted) == maker:
            parts.append(self._label("provider-fine-tuning", Verdict.ALLOW, "the provider offers tuning of this model"))
        else:
            if family is not None:
                licences += self.corpus.weights_licences(family, base.model, case.date)
                licences += self._inherited_licences(family)
            concrete = [x for x in licences if x.kind not in ("unclear", "service")]
            parts.append(self._licensed(case, concrete, "base", "trains", family, names))
            if unread:
                parts.append(self._label("terms-unseen", Verdict.REVIEW, "its licence is one that no record knows"))
        trained: Iterable[str] = base.trained_on if base.trained_on is not UNSET else ()
        if base.trained_on is UNSET and family is not None and family.trained_on:
            trained = family.trained_on
        for name in trained:
            state = self._tainted(case, name)
            ruling = self.rules.rule_on("lineage", {"parent": "clear", "base": state})
            if ruling is not None:
                parts.append(self._part(ruling, {**names, "parent": name}))
        return parts

    def _tainted(self, case: Case, name: str) -> str:
        if key(name) == "undisclosed":
            return "undisclosed"
        known = self.corpus.dataset(name)
        if known is None:
            family = self.corpus.family(name)
            return "tainted" if family is not None and not family.weights else "clear"
        parts = self._parent(case, known, "trains", human_only=False) if known.generators else []
        return "tainted" if any(not p.verdict.permits for p in parts) else "clear"

    # Helpers.

    def _licences(self, text: LicenceText | UnsetType) -> tuple[list[Licence], bool, bool]:
        """The licences of a declared text, whether anything is attached, and whether a label is not known."""
        if text is UNSET or text is None:
            return [], False, False
        labels = [text] if isinstance(text, str) else text
        found = [self.corpus.licences.resolve(label) for label in labels]
        return [x for licences in found for x in licences], True, not all(found)

    def _standing(
        self,
        own: str,
        teacher: str,
        bound: str,
        terms: Verdict,
        role: str,
        agreement: str = "none",
        passes: bool = False,
        released: bool = False,
        attached: bool = True,
    ) -> dict[str, str]:
        return {
            "own": own,
            "teacher": teacher,
            "bound": bound,
            "terms": terms.text,
            "trains": "no" if role in ("evaluation", "tooling") else "yes",
            "agreement": agreement,
            "passes_on": "yes" if passes else "no",
            "released": "yes" if released else "no",
            "attached": "yes" if attached else "no",
        }

    def _part(self, ruling: Ruling | None, names: dict[str, str]) -> Part:
        if ruling is None:
            return self._label("scope-unclear", Verdict.REVIEW, "no rule speaks of this use")
        reason = ruling.reason
        for word, value in names.items():
            reason = reason.replace("{" + word + "}", value)
        return Part(ruling.verdict, ruling.rule, ruling.order, reason)

    def _label(self, rule: str, verdict: Verdict, reason: str) -> Part:
        return Part(verdict, rule, self.rules.order_of(rule), reason)

    def _worlds(self, parts: list[Part], label: str) -> Part:
        """Step 3: what holds in every possible state; where they differ, the unknown fact is the reason."""
        if not parts:
            return self._label("terms-unseen", Verdict.REVIEW, "no text that governed was found")
        verdict = agree(p.verdict for p in parts)
        same = [p for p in parts if p.verdict == verdict]
        if same and (verdict.permits or len(same) == len(parts)):
            return min(same, key=lambda p: p.order)
        both = "; ".join(dict.fromkeys(p.reason for p in parts))
        return self._label(label, Verdict.REVIEW, f"not known, and it decides: {both}")

    def _answer(self, name: str, parts: list[Part]) -> Answered:
        if not parts:
            parts = [self._label("scope-unclear", Verdict.REVIEW, "nothing is known of it")]
        first = min(parts, key=lambda p: (-p.verdict, p.order))
        return Answered(name, first.verdict, first.rule, first.reason, tuple(parts))


def _model_made(known: Dataset) -> bool:
    """Whether models, and not people, are known to have written the substance of a data set."""
    return not known.human and any(g.role in ("targets", "logits", "rewrite", None) for g in known.generators)


def _known_generators(known: Dataset) -> list[Generator]:
    made = []
    for g in known.generators:
        made.append(
            Generator(
                model=g.model or UNSET,
                maker=g.maker or UNSET,
                channel=g.channel or UNSET,
                when=g.when if g.when and not g.when.startswith("/") else UNSET,
                by_whom=f"third-party:{g.by_whom or 'unnamed'}",
            )
        )
    return made


def _parents_first(sources: list[Source], by_key: dict[str, Source]) -> list[Source]:
    """The sources, each after those that it was made from; a cycle is an error."""
    order: list[Source] = []
    state: dict[str, int] = {}
    for start in sources:
        stack: list[tuple[Source, bool]] = [(start, False)]
        while stack:
            source, done = stack.pop()
            if done:
                state[source.name] = 2
                order.append(source)
                continue
            if state.get(source.name) == 2:
                continue
            if state.get(source.name) == 1:
                raise ManifestError(
                    f"{source.name!r} is made from itself", field="derived_from", remedy="break the cycle"
                )
            state[source.name] = 1
            stack.append((source, True))
            for name in source.derived_from or () if source.derived_from is not UNSET else ():
                parent = by_key.get(key(name))
                if parent is None or parent is source:
                    continue
                if state.get(parent.name) == 1:
                    raise ManifestError(
                        f"{source.name!r} is made from itself", field="derived_from", remedy="break the cycle"
                    )
                if state.get(parent.name) != 2:
                    stack.append((parent, False))
    return order
