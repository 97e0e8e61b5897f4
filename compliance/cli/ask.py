"""`clearance ask`: questions about terms, answered with citations."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.cli.chat_model import add_model_options, named_model
from compliance.cli.commands import command

if TYPE_CHECKING:
    from collections.abc import Callable

    from compliance.cli.commands import Commands
    from compliance.qa.answer import Answer

EXAMPLES = """  clearance ask "may we train a classifier on their output?" --corpus terms/
  clearance ask "did the terms ban distillation in March 2024?" --corpus terms/ --format json
  clearance ask --corpus terms/                        a conversation; an empty line ends it
  clearance ask --corpus terms/ --batch questions.jsonl > answers.jsonl
  clearance ask "why is it blocked?" --decision decision.json
  clearance ask "who owns the output?" --corpus terms/ --model-url http://127.0.0.1:8080/v1 --model my-model

CLEARANCE_MODEL_KEY: the key of the model's server, where it wants one"""

PROMPT = "? "


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = command(commands, "ask", "answer questions about terms, with citations", EXAMPLES)
    parser.add_argument("question", nargs="?", help="a question; without one, a conversation starts")
    add_corpus_options(parser)
    parser.add_argument("--batch", type=Path, metavar="FILE", help="a JSON Lines file of {id, question, history}")
    parser.add_argument("--decision", type=Path, metavar="FILE", help="a decision as JSON, to ask about it")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    add_model_options(parser, seconds=120)
    parser.set_defaults(run=ask)


def add_corpus_options(parser: argparse.ArgumentParser) -> None:
    """The options that `ask` and `search` share."""
    parser.add_argument(
        "--corpus",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="a folder of terms, may repeat; without it, the records",
    )
    parser.add_argument("--as-of", default="", metavar="DATE", help="answer as on this day (2025-08-01)")
    parser.add_argument("--words-only", action="store_true", help="search by words alone, without the embedding model")


def ask(options: argparse.Namespace) -> int:
    """Answer and print."""
    from compliance.errors import UsageError

    if options.decision is not None:
        if options.model_url:
            raise UsageError("--decision and --model-url do not go together", remedy="no model words a decision")
        return _about_decision(options)
    if options.question is not None and options.batch is not None:
        raise UsageError("a question and --batch do not go together", remedy="give one of the two")
    if options.question is not None:
        from compliance.qa.question import checked

        checked(options.question)
    model = named_model(options)
    answerer = open_for(options)
    talk = _Talk(options.format) if options.question is None and options.batch is None else None
    answer = _answering(answerer, model, options, talk)
    if options.batch is not None:
        return _batch(options.batch, answer)
    if options.question is not None:
        _print(answer({"question": options.question, "history": []}), options.format)
        return 0
    return _converse(answer, talk or _Talk(options.format))


def open_for(options: argparse.Namespace) -> Any:
    """The answerer that the options ask for, with progress on stderr while vectors are made."""
    from compliance.qa.session import open_answerer

    def progress(done: int, of: int) -> None:
        print(f"\rclearance: reading passages into the index, {done:,} of {of:,}", end="", file=sys.stderr, flush=True)
        if done == of:
            print(file=sys.stderr)

    return open_answerer(options.corpus, as_of=options.as_of, semantic=not options.words_only, progress=progress)


def _answering(
    answerer: Any, model: Any, options: argparse.Namespace, talk: _Talk | None
) -> Callable[[dict[str, Any]], Answer]:
    if model is None:
        from compliance.qa.question import Turn

        def plain(asked: dict[str, Any]) -> Answer:
            turns = [Turn(str(t.get("role", "")), str(t.get("text", ""))) for t in asked.get("history") or ()]
            found: Answer = answerer.answer(asked["question"], turns)
            return found

        return plain
    from compliance.qa.chain import answer_chain

    show = talk.show if talk is not None and options.format == "text" else None
    return answer_chain(answerer, model, seconds=options.model_timeout, show=show).invoke


class _Talk:
    """How a conversation is printed: with a model, each sentence as soon as it stands, and then the rest."""

    def __init__(self, form: str) -> None:
        self.form = form
        self.begun = False

    def show(self, found: Answer, sentence: str) -> None:
        """Print a sentence of the answer that is being drafted; the first with the verdict above it."""
        import msgspec

        from compliance.qa.text_form import answer_text

        if not self.begun:
            bare = msgspec.structs.replace(found, answer="", citations=(), turns_on=(), notes=())
            sys.stdout.write(answer_text(bare))
            self.begun = True
        only = msgspec.structs.replace(found, answer=sentence, verdict="n/a", citations=(), turns_on=(), notes=())
        sys.stdout.write(answer_text(only))
        sys.stdout.flush()

    def end(self, found: Answer) -> None:
        """Print the answer, or of one whose sentences stand there already what is missing."""
        if self.begun:
            import msgspec

            found = msgspec.structs.replace(found, answer="", verdict="n/a")
            self.begun = False
        _print(found, self.form)


def _batch(path: Path, answer: Callable[[dict[str, Any]], Answer]) -> int:
    """An answer a line. A line that cannot be answered gets its error in the answer's place, so that none is lost."""
    import msgspec

    from compliance.errors import ClearanceError
    from compliance.reading.files import decode, read_bytes

    encode = msgspec.json.Encoder().encode
    text = decode(read_bytes(path), str(path))
    failed = 0
    for number, line in enumerate(text.content.splitlines(), 1):
        if not line.strip():
            continue
        name: Any = number
        try:
            value = msgspec.json.decode(line)
            if not isinstance(value, dict) or not isinstance(value.get("question"), str):
                raise msgspec.DecodeError("expected an object with a question")
            name = value.get("id", number)
            history = value.get("history") or []
            if not isinstance(history, list) or not all(isinstance(t, dict) for t in history):
                raise msgspec.DecodeError("history is not a list of {role, text}")
            found = msgspec.to_builtins(answer({"question": value["question"], "history": history}))
        except (msgspec.DecodeError, ClearanceError) as error:
            failed += 1
            message = error.one_line() if isinstance(error, ClearanceError) else str(error)
            print(f"clearance: {path}:{number}: {message}", file=sys.stderr)
            found = {
                "answer": f"not answered: {message}",
                "verdict": "n/a",
                "abstained": True,
                "citations": [],
                "retrieved": [],
            }
        sys.stdout.write(encode({"id": name, **found}).decode() + "\n")
    return 65 if failed else 0


def _converse(answer: Callable[[dict[str, Any]], Answer], talk: _Talk) -> int:
    from compliance.errors import ClearanceError
    from compliance.qa.session import REMEMBERED

    history: list[dict[str, str]] = []
    while True:
        print(PROMPT, end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline(32_768)
        if not line.strip():
            return 0
        try:
            found = answer({"question": line, "history": history})
        except ClearanceError as error:
            print(f"clearance: {error.one_line()}", file=sys.stderr)
            continue
        talk.end(found)
        history = [*history, {"role": "user", "text": line.strip()}, {"role": "assistant", "text": found.answer}][
            -REMEMBERED:
        ]


def _about_decision(options: argparse.Namespace) -> int:
    from compliance.errors import UsageError
    from compliance.qa.own_decision import answer_own, read_decision

    if not options.question:
        raise UsageError("no question about the decision", remedy='ask for example "why is it blocked?"')
    _print(answer_own(options.question, read_decision(options.decision)), options.format)
    return 0


def _print(answer: Answer, form: str) -> None:
    if form == "json":
        import msgspec

        sys.stdout.write(msgspec.json.format(msgspec.json.encode(answer)).decode() + "\n")
        return
    from compliance.qa.text_form import answer_text

    sys.stdout.write(answer_text(answer))
    sys.stdout.flush()
