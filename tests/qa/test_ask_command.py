"""`clearance ask` and `clearance search` as people call them: forms, batches, conversations, decisions, bad input."""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path

import pytest

from compliance.cli import ask, search
from compliance.errors import ClearanceError


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    ask.register(commands)
    search.register(commands)
    options = parser.parse_args([*words, *([] if "--decision" in words else ["--words-only"])])
    return int(options.run(options))


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARANCE_CACHE", str(tmp_path / "cache"))


def test_an_answer_in_words_and_as_json(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    question = "Are we allowed to scrape the Quillon platform with robots?"
    assert run("ask", question, "--corpus", str(corpus)) == 0
    words = capsys.readouterr().out
    assert words.startswith("NO\n") and "business-agreement@2025-03-02.md" in words
    assert run("ask", question, "--corpus", str(corpus), "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] == "no"
    assert {"file", "start", "end", "quote", "section", "in_force"} <= found["citations"][0].keys()


def test_a_batch_answers_every_line(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [
        {"id": "one", "question": "Which law governs the Quillon business agreement?"},
        {"id": "two", "question": ""},
        {
            "id": "three",
            "question": "and Brightfern?",
            "history": [{"role": "user", "text": "Which law governs Quillon?"}],
        },
    ]
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join([*map(json.dumps, lines), "{broken", '{"id": 5}', '{"question": "x", "history": 7}']))
    assert run("ask", "--batch", str(path), "--corpus", str(corpus)) == 65
    out, err = capsys.readouterr()
    answers = [json.loads(line) for line in out.splitlines()]
    assert [a["id"] for a in answers] == ["one", "two", "three", 4, 5, 6]
    assert [a["abstained"] for a in answers] == [False, True, False, True, True, True]
    assert set(answers[0]) >= {"id", "answer", "verdict", "abstained", "citations", "retrieved"}
    assert "questions.jsonl:2" in err and "questions.jsonl:4" in err


def test_a_conversation_remembers(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = "Who owns the results in the Quillon business agreement?\n?\nand how long are logs kept?\n\nnever read\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(asked))
    assert run("ask", "--corpus", str(corpus)) == 0
    out, err = capsys.readouterr()
    assert "45 days" in out
    assert "the question is empty" in err


def test_search_lists_passages(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("search", "law", "--corpus", str(corpus), "--provider", "brightfern", "--as-of", "2024-06-01") == 0
    assert "terms-of-service@2024-01-11.md" in capsys.readouterr().out
    assert run("search", "law of the contract", "--corpus", str(corpus), "--format", "json", "--limit", "2") == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["passages"]) == 2


def test_without_a_folder_the_records_answer_in_paraphrase(capsys: pytest.CaptureFixture[str]) -> None:
    question = "May we use OpenAI API output to develop competing models?"
    assert run("ask", question, "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] in ("no", "conditional")
    assert found["citations"][0]["file"].startswith("corpora/openai/")
    assert any("paraphrases" in note for note in found["notes"])


DECISION = {
    "id": "abc",
    "verdict": "block",
    "run": "my-run",
    "sources": [
        {
            "source": "chats",
            "verdict": "block",
            "rule": "competing-output",
            "reason": "the terms forbid it",
            "clauses": [{"title": "Terms", "section": "2(c)", "in_force": "from 2024-01-01", "says": "No rivals."}],
            "flips": [{"change": "the provider permitted it", "verdict": "allow", "rule": "permission"}],
        },
        {"source": "books", "verdict": "allow", "rule": "own", "reason": "they are your own"},
    ],
    "remediation": [{"change": "drop chats"}],
}


def test_questions_about_ones_own_decision(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "decision.json"
    path.write_text(json.dumps(DECISION))
    assert (
        run("ask", "why is chats blocked, and what would change it?", "--decision", str(path), "--format", "json") == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert "competing-output" in found["answer"] and "drop chats" in found["answer"]
    assert "books" not in found["answer"]
    assert found["turns_on"] == ["if the provider permitted it: allow"]
    assert run("ask", "what about books?", "--decision", str(path)) == 0
    assert "they are your own" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["", "[]", '{"verdict": 3}', "{", '{"verdict": "block", "sources": "x"}'])
def test_what_is_no_decision_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "decision.json"
    path.write_text(content)
    with pytest.raises(ClearanceError) as caught:
        run("ask", "why?", "--decision", str(path))
    assert caught.value.exit_code == 65


@pytest.mark.parametrize(
    "words",
    [
        ("ask", "", "--corpus", "{corpus}"),
        ("ask", "which law?", "--corpus", "{corpus}/nowhere"),
        ("ask", "which law?", "--corpus", "{corpus}", "--as-of", "yesterday"),
        ("ask", "which law?", "--corpus", "{corpus}", "--batch", "x.jsonl"),
        ("ask", "--corpus", "{corpus}", "--batch", "nowhere.jsonl"),
        ("search", "law", "--corpus", "{corpus}", "--provider", "nobody"),
        ("search", "\x00\x01", "--corpus", "{corpus}"),
        ("ask", "x" * 1_000_000, "--corpus", "{corpus}"),
    ],
)
def test_bad_input_is_one_line_with_a_remedy(corpus: Path, words: tuple[str, ...]) -> None:
    with pytest.raises(ClearanceError) as caught:
        run(*(w.format(corpus=corpus) for w in words))
    assert caught.value.exit_code in (64, 65)
    assert caught.value.remedy and "\n" not in caught.value.one_line()
