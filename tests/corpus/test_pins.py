"""A pin is the hash of a clause's exact text: where the archived texts lie beside the project, each is recomputed.

`pin_spans.jsonl` says where each pinned text stands (code points of the file, read without newline translation).
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from compliance.corpus.corpus import Corpus, load_corpus
from compliance.corpus.records import Pin

ARCHIVE = Path(__file__).parents[2] / "../shared"
SPANS = [json.loads(line) for line in (Path(__file__).parent / "pin_spans.jsonl").read_text().splitlines()]
FOLDERS = {"claude.ai": "claude", "google-generative-ai-services": "google-genai"}


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus()


def pins(corpus: Corpus) -> list[Pin]:
    of_clauses = [p for document in corpus.content.documents for clause in document.clauses for p in clause.pins]
    return of_clauses + [p for licence in corpus.content.licences if licence.outputs for p in licence.outputs.pins]


def archived(name: str) -> Path | None:
    """The text that a pin's `file` names, in the archive's own or its shorter spelling of the service."""
    service, _, rest = name.partition("/")
    short = f"{FOLDERS.get(service, service)}/{rest.replace('-eu@', '@')}"
    for root, spelling in (("terms", name), ("qa/corpus", name), ("qa/corpus", short)):
        path = ARCHIVE / root / f"{spelling}.md"
        if path.is_file():
            return path
    return None


def test_each_pin_is_the_hash_of_its_text(corpus: Corpus) -> None:
    if not ARCHIVE.is_dir():
        pytest.skip("the archived texts do not lie beside the project")
    places = {(span["file"], span["sha256"]): span for span in SPANS}
    for pin in pins(corpus):
        path = archived(pin.file)
        if path is None:
            continue
        assert (pin.file, pin.sha256) in places, f"{pin.file}: say in pin_spans.jsonl where the text stands"
        span = places[pin.file, pin.sha256]
        with path.open(encoding="utf-8", newline="") as handle:
            text = handle.read()[span["start"] : span["end"]]
        assert text.strip() == text and len(text) > 10
        assert hashlib.sha256(text.encode()).hexdigest() == pin.sha256, (pin.file, text[:60])


def test_the_places_are_those_of_pins(corpus: Corpus) -> None:
    assert {(span["file"], span["sha256"]) for span in SPANS} <= {(pin.file, pin.sha256) for pin in pins(corpus)}
    assert all(0 <= span["start"] < span["end"] for span in SPANS) and len(SPANS) > 300


def test_most_clauses_of_texts_that_were_read_are_pinned(corpus: Corpus) -> None:
    clauses = [clause for document in corpus.content.documents for clause in document.clauses]
    assert sum(bool(clause.pins) for clause in clauses) >= 270


def test_the_page_on_pins_computes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "pin-a-clause.md"
    found = re.search(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    clause = "use Output to train\r\nmodels that compete with us"
    (tmp_path / "terms-of-service@2025-03-01.md").write_bytes(f"(b) {clause};".encode())
    monkeypatch.chdir(tmp_path)
    exec(re.sub(r"^   ", "", found[1], flags=re.MULTILINE), {})
    assert capsys.readouterr().out.strip() == hashlib.sha256(clause.encode()).hexdigest()
