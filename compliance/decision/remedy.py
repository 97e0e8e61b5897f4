"""The smallest changes that clear a run: each is applied to the manifest and decided again before it is shown.

What must go is a minimum cut of the derivation graph, weighted by rows. Every source feeds the run itself, so each
source that fails on its own merits lies on a path that nothing else can cut: those sources are the cut. What was made
from them and from other things is rebuilt without them; what was made from them alone goes with them. Other changes (a
teacher, a role, the purpose, a permission) are made first and completed by the cut of what they leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import UNSET

from compliance.corpus.names import key
from compliance.corpus.records import Family
from compliance.decision.case import Case
from compliance.decision.decide import Decided, Decider
from compliance.decision.edits import apply
from compliance.decision.frame import Frame, in_role, made_with, under
from compliance.decision.model import Edit, Remedy
from compliance.decision.turns import WORDS, tested
from compliance.decision.use import Use, resolve
from compliance.domain.days import span
from compliance.domain.manifest import BaseModel, Generator, Manifest, Source
from compliance.domain.verdict import Verdict

TRIES = 3
"""So many other teachers or bases are tried before the search is given up."""
ASKED = 5
"""Of so many makers a permission is asked for at most; of more, it is no small change."""
LARGE = 2_000
"""Of a run of more sources, only the cut is tried: each further try decides all of them again."""
NAMES = 5
"""So many names are written out in a sentence."""

Kind = Literal["drop", "replace-teacher", "change-role", "change-purpose", "permission", "swap-base"]


class Remedies:
    """Tries changes on one decided run."""

    def __init__(self, what_ifs: Decider, decided: Decided) -> None:
        self.decider = what_ifs
        self.decided = decided
        self.manifest = decided.case.manifest
        self._cut: Remedy | None = None
        self._here = self.decider.answers.of(self.decided.case.whole_key)
        self._open_models: dict[str, list[Family]] = {}
        self.total = sum(s.rows for s in self.manifest.sources if s.rows is not UNSET)

    def all(self) -> tuple[Remedy, ...]:
        """The changes that help, the cut first; nothing where the run may start as it is."""
        if self.decided.verdict.permits or not self.decided.answers:
            return ()
        self._cut = self._completed("drop", [], "")
        found = [self._cut]
        if len(self.manifest.sources) <= LARGE:
            for remedy in (self._teacher(), self._role(), self._permission(), self._purpose()):
                if remedy is not None and Verdict.of(remedy.verdict) < self.decided.verdict:
                    found.append(remedy)
        return tuple(remedy for remedy in found if remedy is not None)

    def _teacher(self) -> Remedy | None:
        """Make the rows again with a model whose licence permits it."""
        edits: list[Edit] = []
        told = ""
        for source in self._failing(self.decided):
            use = self._use(source)
            if use is None or use.role == "evaluation":
                continue
            for family in self._open(use.family):
                made = Generator(model=family.id, maker=family.maker, channel="open-weights", by_whom="trainer")
                own = source.licence is not UNSET and source.licence is not None
                changed = made_with(self.decided.frame(source), made)
                if self._permits(under(self.decider.corpus, changed, "own") if own else changed):
                    told = f"make the rows again with a model such as {family.name}, whose licence permits it"
                    value = msgspec.to_builtins(made)
                    edits.append(Edit(at=("sources", source.name, "generated_by"), value=value))
                    if own and source.licence != "own":
                        edits.append(Edit(at=("sources", source.name, "licence"), value="own"))
                    break
        return self._completed("replace-teacher", edits, told) if edits else None

    def _role(self) -> Remedy | None:
        """Keep the outputs for evaluation."""
        edits = []
        for source in self._failing(self.decided):
            if self._use(source) is not None and self._permits(in_role(self.decided.frame(source), "evaluation")):
                edits.append(Edit(at=("sources", source.name, "role"), value="evaluation"))
        told = "use the outputs for evaluation alone, so that nothing of them flows into weights"
        return self._completed("change-role", edits, told) if edits else None

    def _purpose(self) -> Remedy | None:
        """Make it a research run."""
        run, trainee = self.manifest.run, self.manifest.trainee
        edits = []
        if run.purpose is UNSET or run.purpose != "research":
            edits.append(Edit(at=("run", "purpose"), value="research"))
        if trainee.commercial is UNSET or trainee.commercial:
            edits.append(Edit(at=("trainee", "commercial"), value=False))
        told = "run it as research, and rule out commercial use of the model"
        return self._completed("change-purpose", edits, told) if edits and self._clears(edits) else None

    def _clears(self, edits: Sequence[Edit]) -> bool:
        """Whether what is changed of the run lets any source or base go on that fails now."""
        if any(not a.own.permits for a in self.decided.answers[len(self.manifest.sources) :]):
            return True
        decider = self.decider
        here = self.decided.case
        case = Case(apply(self.manifest, edits), decider.corpus, decider.judge.terms, here)
        if here.reads_as(case, decider.judge.same_outlook):
            return False
        words = WORDS["purpose"] if decider.judge.same_outlook(here, case) else WORDS["purpose"] | WORDS["commercial"]
        memo = decider.answers.of(case.whole_key)
        return any(
            all(part.verdict.permits for part in decider.own_parts(case, self.decided.frame(source), memo))
            for source, answer in zip(self.manifest.sources, self.decided.answers, strict=False)
            if not answer.own.permits and tested(answer.parts) & words
        )

    def _permission(self) -> Remedy | None:
        """Get written permissions of the makers whose terms stand against the run."""
        makers: dict[str, str] = {}
        for source in self._failing(self.decided):
            use = self._use(source)
            if use is not None and use.maker is not None and use.by_trainer:
                makers[use.maker.id] = use.maker.name
        if len(makers) > ASKED:
            return None
        edits = [
            Edit(at=("agreements", name), value={"party": name, "form": "written", "permits": "all"})
            for name in makers.values()
        ]
        told = f"get a written permission of {_listed(list(makers.values()))} that reaches this run"
        return self._completed("permission", edits, told) if edits else None

    def _completed(self, kind: Kind, edits: list[Edit], told: str) -> Remedy | None:
        """The remedy that `edits` begin: sources and bases that still fail are dropped and swapped."""
        manifest = apply(self.manifest, edits)
        decided = self._decide(manifest, self.decided) if edits else self.decided
        steps = [told] if told else []
        gone, rebuilt = cut(decided)
        swaps = self._swaps(decided)
        if kind != "drop" and len(gone) == len(manifest.sources):
            return None
        more = [Edit(at=("sources", name), drop=True) for name in gone]
        more += [Edit(at=("sources", name, "derived_from"), value=left) for name, left in rebuilt.items()]
        more += swaps
        if gone:
            steps.append(f"drop {_listed(list(gone))}")
        if rebuilt:
            steps.append(f"rebuild {_listed(list(rebuilt))} without what was dropped")
        steps += [f"start from {e.value['model']} instead of {e.at[1]}" for e in swaps]
        rows = sum(s.rows for s in manifest.sources if s.name in gone and s.rows is not UNSET)
        if not steps or self._saves_nothing(rows, len(gone)):
            return None
        decided = self._decide(apply(manifest, more), decided) if more else decided
        if kind == "drop" and not gone:
            kind = "swap-base"
        return Remedy(
            change=", then ".join(steps),
            kind=kind,
            verdict=decided.verdict.text,
            steps=tuple(steps) if len(steps) > 1 else (),
            rows_removed=rows,
            share_removed=round(rows / self.total, 6) if self.total else None,
            edits=(*edits, *more),
        )

    def _saves_nothing(self, rows: int, sources: int) -> bool:
        """Whether all goes that goes with the plain cut."""
        least = self._cut
        return least is not None and rows >= least.rows_removed and sources >= sum(e.drop for e in least.edits)

    def _swaps(self, decided: Decided) -> list[Edit]:
        """Other bases for those that fail, where one is found that permits the run."""
        found = []
        for base in decided.case.manifest.base_models if decided.case.manifest.base_models is not UNSET else []:
            answer = next(a for a in decided.answers if a.name == f"base_model:{base.model}")
            if answer.verdict.permits:
                continue
            for family in self._open(self.decider.corpus.family(base.model)):
                other = BaseModel(model=family.id, maker=family.maker)
                if all(p.verdict.permits for p in self.decider.base_parts(decided.case, other)):
                    value = msgspec.to_builtins(other)
                    found.append(Edit(at=("base_models", base.model), value=value))
                    break
        return found

    def _decide(self, manifest: Manifest, like: Decided) -> Decided:
        return self.decider.decide(manifest, self.decided.differences, like)

    def _permits(self, changed: Frame) -> bool:
        """Whether a changed copy of a source may be used, on its own merits."""
        parts = self.decider.own_parts(self.decided.case, changed, self._here)
        return all([part.verdict.permits for part in parts])

    def _failing(self, decided: Decided) -> list[Source]:
        bad = {a.name for a in decided.answers if not a.own.permits}
        return [s for s in self.manifest.sources if s.name in bad]

    def _use(self, source: Source) -> Use | None:
        """The use of the only generator that is declared and is not the trainer's own."""
        if not isinstance(source.generated_by, Generator):
            return None
        role = "evaluation" if source.role == "evaluation" else "trains"
        use = resolve(self.decided.case, source.generated_by, role, None)
        return None if use.own else use

    def _open(self, like: Family | None) -> list[Family]:
        """Models of the same kind that anyone may train with: under permissive weights, the newest first."""
        kind = like.kind if like is not None else "general-llm"
        found = self._open_models.get(kind)
        if found is None:
            day = self.decided.case.date
            models = self.decider.corpus.open_models(kind)
            found = self._open_models[kind] = [f for f in models if f.released and (span(f.released).last or 0) <= day]
        return [family for family in found[: TRIES + 1] if family is not like][:TRIES]


def cut(decided: Decided) -> tuple[dict[str, None], dict[str, list[str]]]:
    """The sources that must go, and those to be rebuilt, with what is left of what they are made from."""
    sources = decided.case.manifest.sources
    gone: dict[str, None] = {a.name: None for a in decided.answers[: len(sources)] if not a.own.permits}
    keys = {key(name) for name in gone}
    rebuilt: dict[str, list[str]] = {}
    if not gone:
        return gone, rebuilt
    for at in decided.order:
        source = decided.by_key[at]
        if at in keys or source.derived_from is UNSET or not source.derived_from:
            continue
        left = [name for name in source.derived_from if key(name) not in keys]
        if len(left) == len(source.derived_from):
            continue
        if left or source.generated_by is None:
            rebuilt[source.name] = left
        else:
            gone[source.name] = None
            keys.add(at)
    return gone, rebuilt


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:NAMES])
    if len(names) > NAMES:
        return f"{', '.join(shown)} and {len(names) - NAMES:,} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
