"""Every format is told by its content, and what it states is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from evidence_making import Made
from made_files import TEXTS

from compliance.corpus.corpus import Corpus, load_corpus
from compliance.evidence.inspect import inspect_file


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    return load_corpus()


@pytest.mark.parametrize("made", TEXTS, ids=[f"{m.format}-{m.name}" for m in TEXTS])
def test_format_and_claims(made: Made, tmp_path: Path, corpus: Corpus) -> None:
    path = tmp_path / made.name
    path.write_bytes(made.content)
    report = inspect_file(path, corpus)
    assert report.format == made.format, report
    for kind in ("models", "parties", "datasets", "base_models", "licences", "dates", "channels"):
        wanted = getattr(made, kind)
        if wanted is not None:
            assert sorted(getattr(report, kind)) == sorted(wanted), (kind, report.claims, report.warnings)
    assert set(made.unknown) <= set(report.unknown)
