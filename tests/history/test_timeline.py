"""Real changes raise an alert, and noise raises none: each in a repository made for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from archive import BAN, FILLER, OTHER, Archive, page, run

NARROW = "You may not use the output of the Services to train machine learning models that compete with us."
LIST = "You may not:\n\n* resell the Services;\n* use output to develop models that compete with us; or\n* harm others."
ERROR_PAGE = "# Page not found\n\n404 error: the page is not available. Please try again later.\n"
COOKIES = "# Your privacy\n\nWe and our partners use cookies.\n\nAccept all cookies\n\nManage your consent\n"
GERMAN = (
    "# Nutzungsbedingungen\n\nWillkommen bei den Diensten. Sie dürfen die Ausgaben der Dienste nicht verwenden, um "
    "Modelle zu trainieren, die mit uns im Wettbewerb stehen.\n\n" + "Wir informieren Sie über die Konten und die "
    "Zahlungen, und Sie lesen die Nachricht, die wir an die Adresse senden, die für Sie hinterlegt ist.\n\n" * 12
)


def raised(archive: Archive, db: Path) -> list[dict[str, Any]]:
    """The alerts after a sync."""
    assert run("sync", archive.folder, "--db", db).code == 0
    found: list[dict[str, Any]] = json.loads(run("alerts", "--db", db, "--format", "json").out)["alerts"]
    return found


def kinds(db: Path, document: str = "acme/terms") -> list[str]:
    """What kind of capture each version is."""
    found = json.loads(run("history", document, "--db", db, "--format", "json").out)
    return [v["kind"] for v in found["versions"]]


@pytest.mark.parametrize(
    ("before", "after", "kind", "because"),
    [
        ("We like you.", BAN, "added", "nothing forbids training by output before"),
        (BAN, "We like you.", "removed", "nothing forbids training by output any more"),
        (BAN, NARROW, "changed", "limits: now competing"),
        (NARROW, BAN, "changed", "limits: no longer competing"),
        (BAN, BAN.replace("train", "train, fine-tune, distil or improve"), "changed", "acts: now distil, improve"),
        (BAN, BAN.replace("the output of the Services", "the Services"), "changed", "what is used: now service"),
        (BAN, BAN.replace("use the output", "access or use the output"), "changed", "means: now access"),
        (BAN, BAN.replace("models.", "models, except for evaluation."), "changed", "exceptions: now evaluat"),
        (BAN, BAN.replace("You may not", "You may"), "changed", "it forbids it before, and permits it now"),
        (
            BAN.replace("models.", "models with more than 1 million parameters."),
            BAN.replace("models.", "models with more than 9 million parameters."),
            "changed",
            "numbers: now 9 million",
        ),
        (
            "You may not use the Services to develop competing products.",
            "You may not use the Services to develop or market competing products.",
            "changed",
            "acts: now offer",
        ),
    ],
    ids=[
        "added",
        "removed",
        "narrowed",
        "widened",
        "acts",
        "object",
        "access",
        "exception",
        "polarity",
        "number",
        "offer",
    ],
)  # fmt: skip
def test_a_real_change_is_alerted(archive: Archive, db: Path, before: str, after: str, kind: str, because: str) -> None:
    archive.record("2025-01-02", page(before))
    commit = archive.record("2025-02-03", page(after))
    (alert,) = raised(archive, db)
    assert (alert["document"], alert["day"]) == ("Acme/Terms of Service", "2025-02-03")
    assert (alert["before"]["recorded_at"][:10], alert["after"]["origin"]) == ("2025-01-02", commit)
    (change,) = alert["changes"]
    assert change["kind"] == kind
    assert because in change["because"]
    for side, text in (("before", before), ("after", after)):
        if change[side] is not None:
            shown = run("show", "acme", "--db", db, "--date", alert[side]["recorded_at"][:10], "--format", "json")
            whole = json.loads(shown.out)["text"]
            assert whole[change[side]["start"] : change[side]["end"]] == text.rstrip(".")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (BAN, BAN.replace("You may not", "You **may not**")),
        (BAN, BAN.upper()),
        (BAN, BAN.replace("You may not use", "You are prohibited from using")),
        (LIST, LIST.replace("*", "-").replace("You may not:", "For example, you may not:")),
        (LIST, "\n\n".join([LIST.replace("use output", "Use Output"), "Be kind."])),
        (BAN, f"Be kind.\n\n## New heading\n\n7.3 {BAN}"),
        (f"{BAN}\n\nOur fee is 5 euros.", f"{BAN}\n\nOur fee is 9 euros."),
        ("We may use your content to train our models.", "We may use your content to train and improve our models."),
        ("We do not use your prompts to train our models.", "Be kind."),
        ("You are responsible for training your authorized users.", "You must train your staff."),
        ("The output may distill a licence or organisation.", "The output may distil a license or organization."),
        (
            "You may not use output to train, fine-tune, distill, or optimize models.",
            "You may not use output to train, fine-tune, distil or optimise models.",
        ),
    ],
    ids=[
        "emphasis", "case", "prohibited from", "bullets", "capitals", "moved", "other clause", "provider trains",
        "promise", "staff", "spelling", "spelling of a ban",
    ],
)  # fmt: skip
def test_noise_is_not_alerted(archive: Archive, db: Path, before: str, after: str) -> None:
    archive.record("2025-01-02", page(before))
    archive.record("2025-02-03", page(after))
    assert raised(archive, db) == []


@pytest.mark.parametrize(
    ("content", "kind"),
    [(ERROR_PAGE, "failed"), (COOKIES, "failed"), ("  \n", "failed"), (GERMAN, "language"), (FILLER[:400], "partial")],
    ids=["error page", "cookie wall", "empty", "language", "part"],
)
def test_a_failed_capture_drops_no_clause(archive: Archive, db: Path, content: str, kind: str) -> None:
    archive.record("2025-01-02", page(BAN))
    archive.record("2025-02-03", content)
    archive.record("2025-02-04", page(BAN))
    archive.record("2025-02-05", content)
    archive.record("2025-02-06", page(NARROW))
    found = raised(archive, db)
    assert [a["day"] for a in found] == ["2025-02-06"]
    assert found[0]["before"]["recorded_at"][:10] == "2025-01-02"
    assert kinds(db) == ["first", kind, "layout", kind, "text"]


def test_a_failed_first_capture_is_not_the_document(archive: Archive, db: Path) -> None:
    archive.record("2025-01-02", ERROR_PAGE)
    archive.record("2025-01-03", page(BAN))
    assert raised(archive, db) == []
    assert kinds(db) == ["failed", "first"]


def test_texts_that_alternate_are_one_change_and_its_return(archive: Archive, db: Path) -> None:
    for day, clause in enumerate([BAN, NARROW, BAN, NARROW, BAN], start=2):
        archive.record(f"2025-01-{day:02}", page(clause))
    assert [a["day"] for a in raised(archive, db)] == ["2025-01-03"]
    assert kinds(db) == ["first", "text", "returned", "returned", "returned"]


def test_a_clause_that_goes_after_a_month_is_alerted(archive: Archive, db: Path) -> None:
    archive.record("2025-01-02", page())
    archive.record("2025-02-03", page(BAN))
    archive.record("2025-03-10", page())
    assert [a["day"] for a in raised(archive, db)] == ["2025-02-03", "2025-03-10"]


def test_a_page_for_all_documents_adds_no_clause_to_each(archive: Archive, db: Path) -> None:
    privacy = OTHER.replace("vote", "consent")
    whole = "\n\n".join([page(BAN), privacy, OTHER.replace("members", "buyers")])
    archive.record("2025-01-02", page(BAN))
    archive.record("2025-01-02", page(filler=privacy, title="Privacy Policy"), "Acme/Privacy Policy.md")
    for path in ("Acme/Terms of Service.md", "Acme/Privacy Policy.md"):
        archive.record("2025-02-03", whole, path)
    assert raised(archive, db) == []
    assert kinds(db, "acme/privacy") == ["first", "bundled"]
    for path in ("Acme/Terms of Service.md", "Acme/Privacy Policy.md"):
        archive.record("2025-02-20", whole.replace(BAN, "Be kind."), path)
    (alert,) = raised(archive, db)
    assert (alert["document"], alert["changes"][0]["kind"]) == ("Acme/Terms of Service", "removed")


def test_the_text_of_another_document_is_no_change(archive: Archive, db: Path) -> None:
    privacy = page(
        title="Privacy Policy", filler=FILLER.replace("We may tell", "Personal data on").replace("you", "we")
    )
    archive.record("2025-01-02", page(BAN))
    archive.record("2025-01-02", privacy, "Acme/Privacy Policy.md")
    archive.record("2025-02-03", privacy)
    archive.record("2025-02-04", page(BAN))
    assert raised(archive, db) == []
    assert kinds(db) == ["first", "misfiled", "layout"]


def test_a_document_in_its_place_is_told_and_then_followed(archive: Archive, db: Path) -> None:
    archive.record("2025-01-02", page(BAN))
    archive.record("2025-02-03", page(title="Community Charter", filler=OTHER))
    archive.record("2025-03-04", page("Be kind.", title="Community Charter", filler=OTHER))
    archive.record("2025-04-05", page("Be kind.", BAN, title="Community Charter", filler=OTHER))
    assert [a["day"] for a in raised(archive, db)] == ["2025-04-05"]
    assert kinds(db) == ["first", "replaced", "text", "text"]
    told = run("alerts", "--db", db).out
    assert "replaced" in told
    assert "Community Charter" in told


def test_a_rewritten_document_is_still_compared(archive: Archive, db: Path) -> None:
    archive.record("2025-01-02", page(title="Acme Terms of Use"))
    archive.record("2025-02-03", page(NARROW, title="Terms of Service", filler=OTHER))
    (alert,) = raised(archive, db)
    assert alert["changes"][0]["kind"] == "added"
