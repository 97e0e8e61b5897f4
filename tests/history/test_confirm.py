"""From a text to the gate: found clauses lead to review, confirmed ones to a verdict, and each says who said so."""

from __future__ import annotations

import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from archive import Archive, Ran, page, run
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.check import Checker
from compliance.corpus.check import check_corpora
from compliance.errors import UsageError
from compliance.history.found import Found
from compliance.history.wording import record
from compliance.ledger.log import open_log
from compliance.terms.categories import CATEGORIES

TERMS = """# Quillmark API Terms

These terms govern the language models that Quillmark offers behind a chat assistant. A language model answers in text.

1. Use. Customer may use the Services to build applications, and must pay the fees.

2. Limits. You may not:

(a) use Output to develop models that compete with our Services;

(b) reverse engineer the Services;

(c) extract Output with automated means such as scraping.

3. You own the Output.
"""
SHOP = page("Customer must pay the fees for the wooden spoons within thirty days of each delivery.")
MANIFEST = """run: {date: 2026-06-15, purpose: commercial}
trainer: {name: Another Company}
trainee: {kind: %s, domain: general, commercial: true, distributed: true}
base_models: []
sources:
  - name: chat answers
    kind: model-outputs
    role: targets
    generated_by:
      {model: quillmark-2, maker: Quillmark, channel: first-party-api, when: %s, by_whom: trainer}
"""


class Desk:
    """A database with ingested terms, the overlay made from it, and the gate."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.db = folder / "terms.sqlite"
        self.overlay = folder / "overlay"

    def ingest(self, text: str, day: str = "2026-01-01") -> Ran:
        file = self.folder / "api.md"
        file.write_text(text)
        named = ["--party", "Quillmark", "--document", "API Terms", "--date", day]
        return run("ingest", file, *named, "--db", self.db, "--lexical")

    def confirm(self, *arguments: str | Path) -> Ran:
        return run("confirm", "quillmark", "--db", self.db, "--overlay", self.overlay, *arguments, "--lexical")

    def told(self, *arguments: str) -> dict[str, Any]:
        done = self.confirm("--list", "--format", "json", *arguments)
        found: dict[str, Any] = json.loads(done.out)
        return found

    def decided(self, trainee: str = "general-llm", when: str = "2026-04-10") -> Any:
        assert [f for f in check_corpora([self.overlay]).findings if f.severity == "error"] == []
        file = self.folder / "run.yaml"
        file.write_text(MANIFEST % (trainee, when))
        return Checker(corpora=[self.overlay]).file(file).decision()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_unconfirmed_clauses_lead_to_review_which_says_why_and_confirmed_ones_to_the_verdict(desk: Desk) -> None:
    assert "3 clauses found" in desk.ingest(TERMS).out
    listed = desk.confirm("--list")
    assert "“use Output to develop models that compete with our Services”" in listed.out
    assert "under:   “You may not:”" in listed.out
    before = desk.decided()
    assert (before.verdict, before.sources[0].rule) == ("review", "terms-unseen")
    assert "2 found clauses confirmed by nobody" in before.sources[0].clauses[0].title
    done = desk.confirm("--accept", "all", "--offers", "general-llm", "--by", "Ada Lopez")
    assert (done.code, done.error) == (0, "")
    after = desk.decided()
    assert (after.verdict, after.sources[0].rule) == ("block", "competing-output")
    cited = after.sources[0].clauses[0]
    words = "use Output to develop models that compete with our Services"
    assert cited.text_sha256 == hashlib.sha256(words.encode()).hexdigest()
    assert words not in json.dumps([c.says for c in after.sources[0].clauses])
    assert desk.decided(trainee="embedding").verdict == "allow"
    assert desk.decided(when="2025-12-01").verdict == "review"  # before the text that we hold


def test_who_confirmed_and_when_stands_in_the_record(desk: Desk) -> None:
    desk.ingest(TERMS)
    desk.confirm("--accept", "train", "--by", "Ada Lopez")
    written = (desk.overlay / "quillmark.yaml").read_text()
    assert re.search(r"Confirmed by Ada Lopez on \d{4}-\d\d-\d\dT[\d:]{8}\+00:00", " ".join(written.split()))
    (clause,) = [c for c in desk.told()["clauses"] if c["status"] == "accepted"]
    assert (clause["by"], clause["found"]["category"]) == ("Ada Lopez", "train-competing-models")


def test_a_ledger_says_who_said_what_before_the_database_does(desk: Desk, tmp_path: Path) -> None:
    desk.ingest(TERMS)
    place = tmp_path / "audit.db"
    desk.confirm("--accept", "train", "--edit", "test=any", "--by", "Ada Lopez", "--ledger", place)
    desk.confirm("--reject", "scrape", "--by", "Bo", "--ledger", place)
    desk.confirm("--offers", "general-llm", "--by", "Bo", "--ledger", place)
    refused = desk.confirm("--reject", "train", "--ledger", place)
    assert (refused.code, "who says so is not named" in refused.error) == (64, True)
    with open_log(place) as log:
        said = [e for e in (log.entry(n) for n in range(log.size())) if e.kind == "terms"]
    assert [(e.value("by"), re.sub(r"-[0-9a-f]{10}", "", e.value("note"))) for e in said] == [
        ("Ada Lopez", "accepted train-competing-models; test=any"),
        ("Bo", "rejected scrape-output"),
        ("Bo", "binds; offers=general-llm"),
    ]
    words = "use Output to develop models that compete with our Services"
    assert [(e.value("word"), e.value("edits"), (e.value("clause") or "")[:-11]) for e in said] == [
        ("accepted", {"test": "any"}, "train-competing-models"),
        ("rejected", None, "scrape-output"),
        ("binds", {"offers": "general-llm"}, ""),
    ]
    assert said[0].value("sha256") == hashlib.sha256(words.encode()).hexdigest()
    assert {e.subject for e in said} == {"Quillmark/API Terms"}
    desk.confirm("--list", "--ledger", tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists(), "who says nothing needs no ledger"


def test_an_accepted_ban_bites_while_the_rest_is_open_and_lets_nothing_through(desk: Desk) -> None:
    desk.ingest(TERMS)
    desk.confirm("--accept", "train", "--offers", "general-llm", "--by", "Ada")
    assert desk.decided().verdict == "block"
    elsewhere = desk.decided(trainee="embedding")
    assert elsewhere.verdict == "review"
    assert any("confirmed by nobody" in c.says for c in elsewhere.sources[0].clauses)


def test_a_rejected_clause_is_not_enforced(desk: Desk) -> None:
    desk.ingest(TERMS)
    desk.confirm("--reject", "train", "--accept", "scrape", "--by", "Ada")
    assert desk.decided().verdict == "allow"
    desk.confirm("--accept", "train", "--by", "Bo")
    assert desk.decided().verdict == "block"  # the last word counts


def test_an_edit_reaches_the_gate(desk: Desk) -> None:
    desk.ingest(TERMS)
    desk.confirm("--accept", "scrape", "--reject", "train", "--by", "Ada")
    edited = desk.confirm(
        "--accept", "scrape", "--edit", "category=train-any-models", "--edit", "test=any", "--by", "Ada"
    )
    assert edited.code == 0
    decided = desk.decided(trainee="embedding")
    assert (decided.verdict, decided.sources[0].rule) == ("block", "unqualified-output-clause")
    assert "category, test as that person says" in (desk.overlay / "quillmark.yaml").read_text().replace("\n     ", "")


def test_a_text_without_clauses_is_for_review_until_somebody_says_that_it_is_complete(desk: Desk) -> None:
    desk.ingest(SHOP)
    desk.confirm("--list")
    assert desk.decided().verdict == "review"
    desk.confirm("--complete", "--by", "Ada")
    decided = desk.decided()
    assert (decided.verdict, decided.sources[0].rule) == ("allow", "no-restriction-in-force")


def test_a_word_on_a_clause_holds_for_each_version_that_repeats_it(desk: Desk) -> None:
    desk.ingest(TERMS)
    desk.confirm("--accept", "all", "--by", "Ada")
    desk.ingest(TERMS.replace("pay the fees", "pay the monthly fees"), "2026-03-01")
    told = desk.told()
    assert told["open"] == 0
    assert {d for c in told["clauses"] for d in c["days"]} == {"2026-01-01", "2026-03-01"}
    assert desk.decided(when="2026-04-10").verdict == "block"
    desk.ingest(TERMS.replace("compete with our Services", "compete with any of our Services"), "2026-04-01")
    assert desk.told()["open"] == 1
    assert desk.decided(when="2026-03-10").verdict == "block"
    assert desk.decided(when="2026-04-10").verdict == "review"


def test_a_permission_on_a_condition_is_a_duty(desk: Desk) -> None:
    desk.ingest(TERMS.partition("2. Limits")[0] + "You may use Output to train models as long as you name Quillmark.\n")
    desk.confirm("--accept", "all", "--by", "Ada")
    decided = desk.decided()
    assert decided.verdict == "allow-with-obligations"


def test_a_text_in_between_that_nobody_looked_through_is_not_taken_for_its_neighbour(
    archive: Archive, desk: Desk
) -> None:
    for day, extra in (("2026-01-01", "one"), ("2026-02-01", "two"), ("2026-03-01", "three")):
        text = TERMS.replace("must pay the fees", f"must pay the fees to account {extra}")
        archive.record(day, text, "Quillmark/API Terms.md")
    run("sync", archive.folder, "--db", desk.db)
    desk.confirm("--date", "2026-01-15", "--accept", "all", "--by", "Ada")
    desk.confirm("--accept", "all", "--by", "Ada")
    assert desk.decided(when="2026-02-10").verdict == "review"
    assert desk.decided(when="2026-03-10").verdict == "block"
    desk.confirm("--every", "--list")
    assert desk.decided(when="2026-02-10").verdict == "block"  # it repeats what was confirmed


def test_a_party_that_the_corpora_know_gets_a_further_document(tmp_path: Path) -> None:
    file = tmp_path / "x.md"
    file.write_text(TERMS.replace("Quillmark", "Airon"))
    db, overlay = tmp_path / "t.sqlite", tmp_path / "overlay"
    run("ingest", file, "--party", "Airon", "--document", "Terms of Service", "--date", "2026-01-01", "--db", db,
        "--lexical")  # fmt: skip
    done = run("confirm", "airon", "--db", db, "--accept", "all", "--by", "Ada", "--overlay", overlay)
    assert done.code == 0
    assert [f.one_line() for f in check_corpora([overlay]).findings if f.severity == "error"] == []
    written = (overlay / "airon.yaml").read_text()
    assert "parties:" not in written and "airon/terms-of-service-confirmed-2" in written


def test_what_a_party_sells_is_never_guessed_for_that_could_let_a_run_through(desk: Desk) -> None:
    desk.ingest(TERMS + "\nWe offer image generation, and image generation alone. You agree to image generation.\n")
    desk.confirm("--accept", "all", "--by", "Ada")
    assert desk.told()["binding"]["offers"] == []
    assert desk.decided().verdict == "block"
    assert desk.decided(trainee="embedding").verdict == "review"


def test_whom_a_document_binds_can_be_said(desk: Desk) -> None:
    desk.ingest(TERMS)
    desk.confirm("--accept", "all", "--channel", "consumer-app", "--offers", "music", "--by", "Ada")
    told = desk.told()
    assert (told["binding"]["channels"], told["binding"]["offers"]) == (["consumer-app"], ["music"])
    assert desk.decided().verdict == "review"  # the API has no text then


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--accept", "train"], "who says so"),
        (["--accept", "nothing", "--by", "A"], "no clause is called"),
        (["--accept", "", "--by", "A"], "3 clauses are called"),
        (["--accept", "train", "--edit", "test=sometimes", "--by", "A"], "sometimes"),
        (["--accept", "train", "--edit", "colour=red", "--by", "A"], "edits nothing"),
        (["--accept", "all", "--edit", "test=any", "--by", "A"], "the one clause"),
        (["--accept", "train", "--reject", "train", "--by", "A"], "both accepted and rejected"),
        (["--offers", "spoons", "--by", "A"], "spoons"),
        (["--date", "2020-01-01"], "no text up to 2020-01-01"),
    ],
)
def test_what_cannot_be_said_is_kept_nowhere(desk: Desk, arguments: list[str], words: str) -> None:
    desk.ingest(TERMS)
    before = desk.told()
    done = desk.confirm(*arguments)
    assert done.code == 64
    assert words in done.error
    assert desk.told() == before


def test_a_file_of_somebody_else_is_not_written_over(desk: Desk) -> None:
    desk.ingest(TERMS)
    desk.overlay.mkdir()
    (desk.overlay / "quillmark.yaml").write_text("parties: []\n")
    done = desk.confirm("--accept", "all", "--by", "A")
    assert done.code == 64 and "was not written by this command" in done.error
    assert (desk.overlay / "quillmark.yaml").read_text() == "parties: []\n"


def test_two_spellings_of_a_party_share_a_file_and_lose_nothing(desk: Desk) -> None:
    desk.ingest(TERMS)
    file = desk.folder / "more.md"
    file.write_text(SHOP)
    named = ["--party", "QUILLMARK", "--document", "Usage Policy", "--date", "2026-01-05"]
    run("ingest", file, *named, "--db", desk.db, "--lexical")
    for part in ("API", "usage"):
        more = ["--complete"] if part == "usage" else ["--accept", "all"]
        run("confirm", part, "--db", desk.db, "--overlay", desk.overlay, *more, "--by", "Ada", "--lexical")
    assert [p.name for p in desk.overlay.iterdir()] == ["quillmark.yaml"]
    written = (desk.overlay / "quillmark.yaml").read_text()
    assert "quillmark/api-terms" in written and "quillmark/usage-policy" in written
    assert desk.decided().verdict == "block"


class Terminal(io.StringIO):
    """Answers typed in a terminal."""

    def isatty(self) -> bool:
        return True


def test_in_a_terminal_each_clause_is_asked_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.ingest(TERMS)
    typed = ["e", "test=sometimes", "e", "exceptions=approval", "a", "Ada Lopez", "r", "s", "q"]
    monkeypatch.setattr("sys.stdin", Terminal("\n".join(typed) + "\n"))
    done = desk.confirm()
    assert "clause 1 of 3" in done.out and "exceptions=approval" in done.out and "sometimes" in done.out
    assert "1 accepted, 1 rejected, 1 unconfirmed" in done.out
    monkeypatch.setattr("sys.stdin", Terminal(""))
    assert "1 accepted, 1 rejected, 1 unconfirmed" in desk.confirm().out


def found(category: str, effect: str, about: str, condition: str, exceptions: str) -> Found:
    return Found(
        id="x", category=category, effect=effect, object=about, condition=condition, exceptions=exceptions,
        bound="customer", section="1", start=0, end=1, quote_sha256="0" * 64, confidence=0.9,
    )  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    category=st.sampled_from(CATEGORIES),
    effect=st.sampled_from(["prohibit", "permit", "oblige", "assign"]),
    about=st.sampled_from(["output", "service", "service,output", "weights", "input,output"]),
    condition=st.sampled_from(["none", "competing", "commercial", "as long as you write to us each day"]),
    exceptions=st.sampled_from(["", "unless you have our prior written consent", "except for the zebra programme"]),
    quote=st.text(alphabet="zebraqux ", min_size=12, max_size=60),
)
def test_every_clause_makes_a_record_in_our_own_words(
    category: str, effect: str, about: str, condition: str, exceptions: str, quote: str
) -> None:
    made = record(found(category, effect, about, condition, exceptions), quote, "Quillmark")
    assert made.paraphrase.endswith(".") and "{" not in made.paraphrase
    assert quote not in made.paraphrase
    assert "zebra" not in made.paraphrase and "write to us" not in made.paraphrase
    assert all("zebra" not in e.text for e in made.exceptions)


def test_an_edit_with_a_line_break_is_refused() -> None:
    from compliance.history.wording import parse_edits

    with pytest.raises(UsageError):
        parse_edits(["note=one\ntwo"])
