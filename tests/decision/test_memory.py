"""What a decider remembers changes how long it takes, never what it answers."""

from __future__ import annotations

import msgspec
import pytest
from decision.manifests import DECIDER, mixtures
from hypothesis import given, settings

from compliance.decision import decide, judge
from compliance.decision.compose import compose
from compliance.decision.decide import Decider
from compliance.domain.manifest import Manifest
from compliance.report.json_form import dump


def report(decider: Decider, run: Manifest) -> str:
    return dump(msgspec.structs.asdict(compose(decider, decider.decide(run), {}, ())), indent=False)


@settings(max_examples=40, deadline=None)
@given(mixtures())
def test_the_same_bytes_whether_everything_is_remembered_or_nothing(run: Manifest) -> None:
    twice = msgspec.structs.replace(
        run, sources=[*run.sources, *(msgspec.structs.replace(s, name=f"{s.name} again") for s in run.sources)]
    )
    warm = report(DECIDER, twice)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judge, "REMEMBERED", 0)
        patch.setattr(judge, "TOLD", 0)
        patch.setattr(decide, "SOURCES", 0)
        assert report(Decider(DECIDER.corpus, DECIDER.rules), twice) == warm
    assert report(DECIDER, twice) == warm
