"""The judge of what-ifs gives the verdicts and labels of the whole one."""

from __future__ import annotations

from decision.manifests import DECIDER, mixtures
from hypothesis import given, settings

from compliance.decision.decide import Decided, Decider
from compliance.domain.manifest import Manifest
from compliance.domain.verdict import Verdict

OTHER = Decider(DECIDER.corpus, DECIDER.rules)
"""Its whole judge decides nothing, so that its judge of what-ifs cannot lean on it."""


def answers(decided: Decided) -> list[tuple[str, Verdict, str, Verdict]]:
    return [(a.name, a.verdict, a.rule, a.own) for a in decided.answers]


@settings(max_examples=200, deadline=None)
@given(mixtures())
def test_verdicts_and_labels_are_those_of_the_whole_judge(run: Manifest) -> None:
    whole, swift = DECIDER.decide(run), OTHER.what_ifs().decide(run)
    assert answers(swift) == answers(whole)
    assert [[(p.verdict, p.rule) for p in a.parts] for a in swift.answers] == [
        [(p.verdict, p.rule) for p in a.parts] for a in whole.answers
    ]
