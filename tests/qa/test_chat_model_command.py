"""`clearance ask` with a chat model: questions, batches, conversations, and what is refused before anything is sent."""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path

import pytest
from scripted_model import fails, says, scripted

from compliance.cli import ask
from compliance.errors import UsageError

pytest.importorskip("langchain_openai")

QUESTION = "Are we allowed to scrape the Quillon platform with robots?"
LAW = "Which law governs the Quillon business agreement?"
BAN = "pull data from the platform by robots, scrapers or scripts other than through the interface meant for it"
HONEST = f'No: the agreement says that Customer will not "{BAN}".'


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    ask.register(parser.add_subparsers())
    options = parser.parse_args(["ask", *words, "--words-only"])
    return int(options.run(options))


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARANCE_CACHE", str(tmp_path / "cache"))


def test_a_question(corpus: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARANCE_MODEL_KEY", "of-this-server")
    with scripted(says(HONEST)) as model:
        assert run(QUESTION, "--corpus", str(corpus), "--model-url", model.url, "--model", "small") == 0
    out, err = capsys.readouterr()
    assert out.startswith("NO\n\nNo: the agreement says that Customer will not “pull data") and "small" not in out
    assert "a chat model worded the answer" in out and "are sent" not in err
    assert model.asked[0]["model"] == "small"
    assert model.headers[0]["authorization"] == "Bearer of-this-server"


def test_a_model_that_fails_is_named(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with scripted(fails(500)) as model:
        assert run(QUESTION, "--corpus", str(corpus), "--model-url", model.url) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert out.startswith("NO No: the terms forbid it. The Quillon business agreement")
    assert "the chat model was not used: it answered with status 500" in out


def test_a_batch(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(json.dumps({"id": n, "question": q}) for n, q in enumerate((QUESTION, LAW, QUESTION))))
    with scripted(says(HONEST), says("By Norway, surely."), says("")) as model:
        assert run("--batch", str(path), "--corpus", str(corpus), "--model-url", model.url) == 0
    drafted, struck, unused = map(json.loads, capsys.readouterr().out.splitlines())
    assert drafted["answer"].startswith("No: the agreement") and not drafted["abstained"]
    assert struck["abstained"] and struck["citations"] == []
    assert unused["answer"].startswith("No: the terms forbid it.") and "not used" in unused["notes"][-1]


def test_a_conversation_shows_each_sentence_as_it_stands(
    corpus: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{QUESTION}\n{LAW}\n\n"))
    second = 'The text says "The courts of Lisbon have exclusive jurisdiction."'
    with scripted(says(f"{HONEST}\nNothing else.\n"), says(f"This is made up.\n{second}\n")) as model:
        assert run("--corpus", str(corpus), "--model-url", model.url) == 0
    out = capsys.readouterr().out
    first, _, rest = out.partition("The text says “The courts of Lisbon")
    assert first.count("NO\n\nNo: the agreement says that Customer will not “pull data") == 1
    assert first.count("Where it stands:") == 1 and first.count("1 sentence of the model's draft was struck") == 1
    assert rest.count("Where it stands:") == 1 and "made up" not in out, out


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("--model-url", "http://example.org/v1"), "not this machine"),
        (("--model-url", "https://example.org/v1", "--model-host", "example.com"), "not this machine"),
        (("--model-url", "http://example.org/v1", "--model-host", "example.org"), "in the clear"),
        (("--model-url", "https://example.org@evil.example/v1", "--model-host", "example.org"), "not this machine"),
        (("--model-url", "http://127.0.0.1:80\\@evil.example/v1"), "not this machine"),
        (("--model-url", "http://127.0.0.1.evil.example/v1"), "not this machine"),
        (("--model-url", "http://2130706433/v1"), "not this machine"),
        (("--model-url", "file:///etc/passwd"), "not this machine"),
        (("--model-url", "http://127.0.0.1/v1?to=evil"), "not this machine"),
        (("--model-url", "http://127.0.0.1/v1", "--model-timeout", "0"), "0 seconds"),
        (("--model-url", "http://127.0.0.1/v1", "--model-timeout", "nan"), "nan seconds"),
        (("--model-host", "example.org"), "without --model-url"),
        (("--model", "my-model"), "without --model-url"),
        (("--decision", "d.json", "--model-url", "http://127.0.0.1/v1"), "do not go together"),
    ],
)
def test_what_is_refused_before_anything_is_read_or_sent(words: tuple[str, ...], wrong: str) -> None:
    with pytest.raises(UsageError, match=wrong) as caught:
        run(QUESTION, "--corpus", "nowhere", *words)
    assert caught.value.remedy


def test_a_key_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARANCE_MODEL_KEY", "two\r\nlines: x")
    with pytest.raises(UsageError, match="key"):
        run(QUESTION, "--corpus", "nowhere", "--model-url", "http://[::1]:8080/v1")


def test_an_allowed_host_is_named_to_the_user(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    away = ("--model-url", "https://models.invalid/v1", "--model-host", "Models.invalid", "--model-timeout", "5")
    assert run(QUESTION, "--corpus", str(corpus), *away) == 0
    out, err = capsys.readouterr()
    assert "questions and passages of terms are sent to models.invalid" in err
    assert "the chat model was not used: it could not be reached" in " ".join(out.split())
