"""Questions over HTTP that a chat model words: the gate holds its draft against the texts, and the ledger has both."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from running import Running, run
from test_chat import given
from texts import write_corpus

sys.path.append(str(Path(__file__).resolve().parents[1] / "qa"))
from scripted_model import fails, says, scripted

pytest.importorskip("langchain_openai")

QUESTION = "May we train a competing model on the output of Plumecraft?"
BAN = "You may not use the output of the service to train machine learning models that compete with Plumecraft."
HONEST = f'No: the terms say "{BAN}"'
INVENTED = ' Plumecraft also pays you "one million dollars each year".'
MODEL = "a chat model worded the answer"


def test_a_model_words_the_answer_and_the_gate_strikes_what_no_text_says(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "texts")
    with scripted(says(HONEST + INVENTED), fails(500)) as model:
        words = ("--corpus", str(corpus), "--words-only", "--model-url", model.url, "--model", "small")
        service = Running(tmp_path, *words)
        try:
            with service.as_(service.token) as client:
                while client.get("/readyz").json()["questions"] == "loading":
                    time.sleep(0.1)
                drafted, found = given(client, QUESTION), given(client, QUESTION)
                held = client.get(f"/v1/ledger/{drafted['entry']}").json()["fields"]["answer"]
            assert BAN in drafted["answer"]["answer"] and "million" not in drafted["answer"]["answer"]
            assert drafted["answer"]["drafted"] and any(n.startswith(MODEL) for n in drafted["answer"]["notes"])
            assert held == drafted["answer"], "what was said is in the ledger, the note on the model included"
            assert any("the chat model was not used" in note for note in found["answer"]["notes"])
            assert "train machine learning models" in found["answer"]["answer"], "a model that fails changes nothing"
        finally:
            service.stop()
    assert {asked["model"] for asked in model.asked} == {"small"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--model", "small"), "without --model-url"),
        (("--model-url", "http://127.0.0.1:1/v1"), "without --corpus"),
        (("--corpus", ".", "--model-url", "http://elsewhere.example/v1"), "is not this machine"),
    ],
)
def test_what_does_not_go_together_is_told_before_anything_starts(
    words: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    refused = run("serve", "--port", "0", "--ledger", "audit.db", *words, folder=tmp_path)
    assert refused.returncode == 64 and told in refused.stderr
